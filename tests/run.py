"""`make test`: every step of the suite in two lanes, one for the code and one for the pages, each step with its time.

Any step by its name: ``.venv/bin/python tests/run.py units pages``. What a step says is printed when it ends. A step
that cannot run here is skipped: it ends with the code SKIPPED and the reason on its last line.
"""

import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = Path(sysconfig.get_path("scripts"))  # bin, or Scripts in Windows
SKIPPED = 77  # the code that build tools agree on
BOOK = ["build", "--all", "-W", "--keep-going", "--quiet", "."]
UNITS = ["-m", "pytest", "-q", "-x", "tests", "--ignore=tests/browser"]
# Whole-book checks read files and run notebooks' drawings: once is enough, and the jitted pass is the fast one.
KERNELS = [*UNITS, "-m", "not book"]


class Step(NamedTuple):
    """A command of the suite. `lane` is 0 or 1, or None: whoever is free first. `after` names a step to wait for."""

    name: str
    command: list
    lane: int | None = 0
    extra: dict = {}
    after: str = ""


def steps(scratch=""):
    """All steps, in the order in which their lanes run them; those of no lane come last. `scratch` is a folder."""
    python = sys.executable
    notebooks = sorted(str(p) for p in (ROOT / "notebooks").glob("*.ipynb"))
    coverage = ["--branch", "--source=nnlib", "--omit=nnlib/lab/*"]
    bounds = {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": scratch}
    nbval = ["-m", "pytest", "-q", "--nbval", "--nbval-cell-timeout=120", "-p", "no:cacheprovider", *notebooks]

    def in_browser(*names):
        return [python, "-m", "pytest", "-q", "-rs", *(f"tests/browser/test_{name}.py" for name in names)]

    return [
        Step("lint", [python, "-m", "ruff", "check", "."]),
        Step("format", [python, "-m", "ruff", "format", "--check", "."]),
        Step("units", [python, "-X", "warn_default_encoding", *UNITS]),
        Step("bounds-checked", [python, *KERNELS], extra=bounds),
        Step("unjitted", [python, "-m", "coverage", "run", *coverage, *KERNELS], extra={"NUMBA_DISABLE_JIT": "1"}),
        Step("coverage", [python, "-m", "coverage", "report", "--show-missing", "--skip-covered", "--fail-under=100"]),
        Step("notebooks", [python, *nbval]),
        Step("notebooks-afar", [python, "-m", "tests.processors", "farthest", *nbval], lane=None),
        Step("cp1252", [python, "-m", "tests.code_page"]),
        Step("speed", [python, "-m", "benchmarks", "gate"]),
        Step("jupyterlab", in_browser("jupyterlab", "wasm")),
        Step("book", [str(PROGRAMS / "jupyter-book"), *BOOK], lane=1),
        Step("pages", in_browser("pages"), lane=None, after="book"),
        Step("questions", in_browser("questions"), lane=None, after="book"),
        Step("explorers", in_browser("explorers", "playground"), lane=None, after="book"),
    ]


class Suite:
    """The steps wanted, two at a time at most. The first fault ends it."""

    def __init__(self, wanted, scratch):
        self.steps = [step for step in steps(scratch) if not wanted or step.name in wanted]
        self.done = {step.name: threading.Event() for step in self.steps}
        self.failed, self.speaking, self.table = threading.Event(), threading.Lock(), []
        self.choosing = threading.Lock()
        self.environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self.environment["PATH"] = f"{PROGRAMS}{os.pathsep}{self.environment['PATH']}"
        self.environment["PYTHONIOENCODING"] = "utf-8"  # the words that `take` reads
        self.environment.pop("NNLIB_STATIC", None)

    def run(self):
        """True if all went well."""
        lanes = [threading.Thread(target=self.lane, args=(k,)) for k in (0, 1)]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
        return not self.failed.is_set()

    def lane(self, k):
        while not self.failed.is_set() and (step := self.next(k)):
            while step.after in self.done and not self.failed.is_set():
                if self.done[step.after].wait(1):
                    break
            if not self.failed.is_set():
                self.take(step)

    def next(self, k):
        """The first step left for lane k, or for any lane; None if there is none."""
        with self.choosing:
            step = next((s for lane in (k, None) for s in self.steps if s.lane == lane), None)
            if step:
                self.steps.remove(step)
            return step

    def take(self, step):
        start = time.monotonic()
        said = subprocess.run(
            step.command,
            cwd=ROOT,
            env={**self.environment, **step.extra},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            errors="replace",
            encoding="utf-8",
        )
        code, seconds = said.returncode, time.monotonic() - start
        with self.speaking:
            self.table.append((step, seconds, outcome(code, said.stdout)))
            end = f", FAILED with {code}" if code not in (0, SKIPPED) else ""
            print(f"\n=== {step.name}\n{said.stdout.rstrip()}\n=== {step.name}: {seconds:.0f} s{end}", flush=True)
        if code not in (0, SKIPPED):
            self.failed.set()
        self.done[step.name].set()


def outcome(code, said):
    """What the table says of a step: "ok", "skipped" with the reason, or "FAILED"; and how many tests were skipped."""
    last = (said.strip().splitlines() or [""])[-1]
    if code == SKIPPED:
        return f"skipped: {last}"
    if code:
        return "FAILED"
    left_out = re.search(r"(\d+) skipped", last)
    if left_out and not re.search(r"\d+ (passed|xfailed)", last):
        return f"skipped: all {left_out[1]} tests, each with its reason above"
    return f"ok, {left_out[1]} tests skipped" if left_out else "ok"


def main(wanted):
    """The exit code: 0 if no step failed."""
    unknown = set(wanted) - {step.name for step in steps()}
    if unknown:
        print(f"no step {', '.join(sorted(unknown))}; there are {', '.join(step.name for step in steps())}")
        return 2
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nnlib-cache-", ignore_cleanup_errors=True) as scratch:
        suite = Suite(wanted, scratch)
        good = suite.run()
    print("\n" + "\n".join(f"{s.name:15}{t:6.0f} s  {said}" for s, t, said in suite.table))
    counts = [sum(said.startswith(word) for *_, said in suite.table) for word in ("ok", "FAILED", "skipped")]
    print(f"all steps: {time.monotonic() - begun:.0f} s")
    print("{} passed, {} failed, {} skipped".format(*counts))
    return 0 if good else 1


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # a pipe in another code page may lack a sign of what steps say
    sys.exit(main(sys.argv[1:]))

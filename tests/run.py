"""`make test`: every step of the suite, two at a time, each with its time; `make check`: what a change needs, fast.

Any step by its name: ``.venv/bin/python tests/run.py units pages``. While steps run, a line says which. What a step
says is printed if it fails, with --verbose and in CI. A step that cannot run here is skipped: it ends with the code
SKIPPED and the reason on its last line.
"""

import argparse
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "book"))
from line import Line, duration  # noqa: E402

PROGRAMS = Path(sysconfig.get_path("scripts"))  # bin, or Scripts in Windows
SKIPPED = 77  # the code that build tools agree on
LANES = 2
SOON = 10  # seconds in which a step is over that no other step shall keep waiting
PAUSE = 0.2  # seconds between two looks at what runs
PYTEST = ["-m", "pytest", "-q", "-rs"]
FIRST = [*PYTEST, "-x"]  # until the first fault
# Each process of pytest would otherwise load what all installed packages bring for it, for two seconds.
PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_PLUGINS": "_hypothesis_pytestplugin"}


READ_BY_MARK = ("bounds", "processors")


def marked(mark):
    """The modules of tests in which a mark stands. To import all the others takes as long as some of these run."""
    paths = sorted((ROOT / "tests").glob("test_*.py"))
    return [p.relative_to(ROOT).as_posix() for p in paths if f"mark.{mark}" in p.read_text(encoding="utf-8")]


UNITS = [*FIRST, "tests", "--ignore=tests/browser"]
# What runs the lab and the book's tools: by itself, since there coverage counts lines, and not in units, too.
TOOLS = (
    "lab course book build builder benchmarks digit explorers fonts formulas frames guessing numbering paper parsons "
    "picture planes playground quizzes symbols"
)
LAB = [f"tests/test_{name}.py" for name in TOOLS.split()]
# Whole-book checks read files and run notebooks' drawings, other processes are not seen from here, and pictures have no
# kernel: once is enough, and the jitted pass is the fast one.
KERNELS = [*UNITS, "--ignore=tests/test_frames.py", "-m", "not book and not once and not processors"]
BOUNDS = [*FIRST, *marked("bounds"), "-m", "bounds and not once"]
QUICK = "not book and not once and not long and not processors"
LEFT_OUT = """\
--check runs ruff, mypy, JavaScript's own tools and tests, the jitted units in two processes, and of the chapters those
that differ from the main branch: their stored outputs, what their claims, equations and explorers are tested for. It
leaves out what needs other processes, processors or users, long trainings and tests of the whole book (markers once,
processors, long and book), the passes that check bounds and count lines, code page 1252, speed, the book itself and the
browser.
It needs nothing but what is compiled already; `make test` runs everything.
"""


class Step(NamedTuple):
    """A command of the suite. `after` names steps to wait for, `seconds` is what it may take, `why` it is skipped."""

    name: str
    command: list
    seconds: float = 10
    extra: dict = {}
    after: tuple = ()
    why: str = ""


class Result(NamedTuple):
    """How a step ended: its time on the clock and of the processor, if known, and what the table says of it."""

    step: Step
    wall: float
    processor: float | None
    said: str
    text: str = ""


def steps():
    """All steps of `make test`."""
    python = sys.executable
    afar = ["-m", "tests.processors", "farthest"]  # compiled for by the processors' own step
    coverage = ["--branch", "--source=nnlib", "--omit=nnlib/lab/*,nnlib/wasm/__main__.py"]
    lab = ["--branch", "--source=nnlib/lab,book/_ext", "--data-file=.coverage.lab"]
    strict = [python, "-X", "warn_default_encoding"]

    def in_browser(*names):
        return [python, *PYTEST, *(f"tests/browser/test_{name}.py" for name in names)]

    looks = "explorers builder digit planes questions moving pages numbers access paper wrong".split()
    return [
        Step("lint", [python, "-m", "ruff", "check", "."], 2),
        Step("format", [python, "-m", "ruff", "format", "--check", "."], 2),
        Step("types", [python, "-m", "mypy"], 6),
        Step("javascript", [python, "-m", "tests.javascript"], 6),
        Step("units", [*strict, *UNITS, *(f"--ignore={name}" for name in LAB), "-m", "not processors"], 190),
        Step("lab", [*strict, "-m", "coverage", "run", *lab, *FIRST, *LAB, "-m", "not drawn"], 150),
        Step("processors", [python, *FIRST, *marked("processors"), "-m", "processors"], 95),
        Step("bounds-checked", [python, *BOUNDS], 45, {"NUMBA_BOUNDSCHECK": "1"}),
        Step("unjitted", [python, "-m", "coverage", "run", *coverage, *KERNELS], 62, {"NUMBA_DISABLE_JIT": "1"}),
        Step("coverage", [python, "-m", "tests.covered"], 3, after=("unjitted", "lab")),
        Step("notebooks", [python, "-m", "tests.executed"], 5, after=("book",)),
        Step("notebooks-afar", [python, *afar, "-m", "tests.executed", "anew"], 85, after=("processors",)),
        Step("cp1252", [python, "-m", "tests.code_page"], 15),
        Step("speed", [python, "-m", "benchmarks", "gate"], 20),
        Step("jupyterlab", in_browser("jupyterlab", "wasm"), 60),
        Step("book", [python, "book/build.py", "--all"], 300),
        Step("pages", in_browser(*looks), 320, after=("book",)),
        Step("playground", in_browser("playground"), 100, after=("book",)),
        Step("other-browsers", in_browser("others"), 60, after=("book",)),
    ]


def chapters():
    return sorted(str(p) for p in (ROOT / "notebooks").glob("*.ipynb"))


def nbval(paths):
    return [*PYTEST, "-p", "nbval", "--nbval", "--nbval-cell-timeout=120", "-p", "no:cacheprovider", *paths]


# ---- make check ------------------------------------------------------------------------------------------------------


def check_steps():
    """The steps of `make check`."""
    python, names = sys.executable, {"lint", "format", "types", "javascript"}
    changed, against = changed_chapters()
    halves = [
        Step(f"units {k + 1} of 2", [python, *FIRST, "-m", QUICK, *half], 60)
        for k, half in enumerate(split(modules(), seconds()))
    ]
    if changed:
        numbers = " or ".join(f"{path.stem} or {path.stem[:2]}- or ch{path.stem[:2]}" for path in changed)
        theirs = [python, *FIRST, "-k", numbers, *(f"tests/test_{name}.py" for name in ABOUT_CHAPTERS)]
        more = [
            Step("chapters", [python, *nbval(map(str, changed))], 8 * len(changed)),
            Step("claims", theirs, 20 * len(changed)),
        ]
    else:
        more = [Step("chapters", [], why=f"no chapter differs from {against}")]
    return [*(step for step in steps() if step.name in names), *halves, *more]


ABOUT_CHAPTERS = ("claims", "equations", "errata", "explorers", "quizzes", "guessing", "book")


def modules():
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").glob("test_*.py"))


def seconds():
    """What each module of tests took when it ran last, as tests/conftest.py notes it."""
    try:
        return json.loads((ROOT / ".pytest_cache/v/nnlib/seconds").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def split(names, known, parts=2):
    """The names in parts that take about as long as one another; each name is in one."""
    usual = sum(known.values()) / len(known) if known else 1
    parts = [[0.0, []] for _ in range(parts)]
    for name in sorted(names, key=lambda name: (-known.get(name, usual), name)):
        least = min(parts, key=lambda part: part[0])
        least[0] += known.get(name, usual)
        least[1].append(name)
    return [sorted(part) for _, part in parts]


def changed_chapters(root=ROOT):
    """The chapters that differ from where this branch left main, their questions included; and what that is called."""

    def git(*words):
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, encoding="utf-8", errors="replace")
        return done.stdout.strip() if done.returncode == 0 else None

    with contextlib.suppress(OSError):
        bases = (git("merge-base", "HEAD", name) for name in ("origin/main", "main"))
        base = next(filter(None, bases), "HEAD")
        told = git("-c", "core.quotePath=false", "diff", "--name-only", "--relative", base, "--", "notebooks", "tests")
        new = git("-c", "core.quotePath=false", "ls-files", "--others", "--exclude-standard", "notebooks", "tests")
        if told is not None:
            names = [*told.splitlines(), *(new or "").splitlines()]
            numbers = {n for name in names for n in re.findall(r"(?:^notebooks/|/quiz/|/ch)(\d\d)[_.]", name)}
            same = git("rev-parse", "HEAD") == base or base == "HEAD"
            found = sorted(path for n in numbers for path in (root / "notebooks").glob(f"{n}_*.ipynb"))
            return found, "the last commit" if same else "where this branch left main"
    return [], "a commit (there is no git here)"


# ---- running ---------------------------------------------------------------------------------------------------------


class Suite:
    """Steps, `lanes` at a time at most: the longest that may begin comes first. The first fault ends it."""

    def __init__(self, wanted, verbose=False, lanes=LANES, stream=None):
        self.steps, self.verbose, self.lanes = list(wanted), verbose, lanes
        self.waiting, self.running, self.results = list(wanted), {}, {}
        self.line, self.begun, self.failed = Line(stream or sys.stdout), time.monotonic(), False
        self.environment = {**os.environ, **PLUGINS, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
        self.environment["PATH"] = f"{PROGRAMS}{os.pathsep}{self.environment.get('PATH', '')}"
        self.environment["PYTHONIOENCODING"] = "utf-8"  # the words that `end` reads
        self.environment.pop("NNLIB_STATIC", None)

    def rank(self, step):
        """The time from the begin of a step to the end of what waits for it. What takes seconds is told of first."""
        if step.seconds < SOON and not step.after:
            return float("inf")
        return step.seconds + max((self.rank(s) for s in self.steps if step.name in s.after), default=0)

    def next(self):
        """The step to begin now, or None: one whose turn is not yet come waits, and so do all after a fault."""
        open_ = {step.name for step in self.waiting} | set(self.running)
        may = [step for step in self.waiting if not self.failed and not open_ & set(step.after)]
        return max(may, key=self.rank, default=None)

    def run(self):
        """True if all went well."""
        try:
            while True:
                while len(self.running) < self.lanes and (step := self.next()):
                    self.begin(step)
                if not self.running:
                    return not self.failed
                time.sleep(PAUSE)
                for name in list(self.running):
                    self.look(name)
                now = time.monotonic()
                doing = ", ".join(f"{name} {duration(now - begun)}" for name, (_, _, begun, _) in self.running.items())
                self.line.tell(f"{doing}; {len(self.results)} of {len(self.steps)} done")
        finally:
            for _, process, _, file in self.running.values():
                process.kill()
                process.wait()
                file.close()

    def begin(self, step):
        self.waiting.remove(step)
        if step.why:
            self.end(step, 0.0, None, SKIPPED, step.why)
            return
        file = tempfile.TemporaryFile()
        environment = {**self.environment, **step.extra}
        process = subprocess.Popen(step.command, cwd=ROOT, env=environment, stdout=file, stderr=subprocess.STDOUT)
        self.running[step.name] = step, process, time.monotonic(), file
        self.line.note(f"{step.name} begins")

    def look(self, name):
        step, process, begun, file = self.running[name]
        processor = None
        if hasattr(os, "wait4"):  # as poll, and it says what the processor did
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                process.returncode, processor = os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
        else:
            process.poll()
        if process.returncode is not None:
            del self.running[name]
            file.seek(0)
            text = file.read().decode("utf-8", errors="replace").replace("\r\n", "\n")
            file.close()
            self.end(step, time.monotonic() - begun, processor, process.returncode, text)

    def end(self, step, wall, processor, code, text):
        result = Result(step, wall, processor, outcome(code, text), text)
        self.results[step.name] = result
        failed = code not in (0, SKIPPED)
        self.failed = self.failed or failed
        if failed or self.verbose:
            end = f", FAILED with {code}" if failed else ""
            self.line.say(f"\n=== {step.name}\n{text.rstrip()}\n=== {step.name}: {duration(wall)}{end}")
        else:
            self.line.say(f"{step.name}: {duration(wall)}, {result.said}")

    # ---- what it says at the end

    def table(self):
        """A row for every step: its time, that of the processor, and how it ended."""
        rows = [f"{'step':15}{'clock':>8}{'processor':>11}"]
        for step in self.steps:
            if result := self.results.get(step.name):
                processor = "" if result.processor is None else f"{result.processor:.0f} s"
                rows.append(f"{step.name:15}{result.wall:6.0f} s{processor:>11}  {result.said}")
            else:
                rows.append(f"{step.name:15}{'':19}  not run: {self.culprits()} failed")
        return "\n".join(rows)

    def culprits(self):
        return " and ".join(name for name, result in self.results.items() if result.said == "FAILED") or "nothing"

    def summary(self):
        """How many steps passed, failed, were not run, were skipped; the latter by their names and reasons."""
        said = [result.said for result in self.results.values()]
        passed, failed = sum(s.startswith("ok") for s in said), said.count("FAILED")
        words = [f"{passed} passed", f"{failed} failed"]
        if left := len(self.steps) - len(said):
            words.append(f"{left} not run")
        reasons = {}
        for step in self.steps:
            found = self.results.get(step.name)
            if found and found.said.startswith("skipped"):
                reason = re.sub(r"^skipped: (all \d+ tests: )?", "", found.said)
                reasons.setdefault(reason, []).append(step.name)
        skipped = f"{sum(map(len, reasons.values()))} skipped"
        told = "; ".join(f"{', '.join(names)}: {reason}" for reason, names in reasons.items())
        return ", ".join([*words, f"{skipped}: {told}" if told else skipped])


def outcome(code, text):
    """What the table says of a step: "ok", "skipped" with the reason, or "FAILED"; and what tests were skipped, why."""
    last = (text.strip().splitlines() or [""])[-1]
    if code == SKIPPED:
        return f"skipped: {last}"
    if code:
        return "FAILED"
    left_out = re.search(r"(\d+) skipped", last)
    if not left_out:
        return "ok"
    why = why_skipped(text)
    if not re.search(r"\d+ (passed|xfailed)", last):
        return f"skipped: all {left_out[1]} tests: {why or 'they do not say why'}"
    return f"ok, {left_out[1]} tests skipped" + (f": {why}" if why else "")


def why_skipped(text):
    """The reasons that pytest's -rs told, those of most tests first, without what they have in brackets at the end."""
    counted = Counter()
    for count, reason in re.findall(r"(?m)^SKIPPED \[(\d+)\] \S+?(?::\d+)?: (.+)$", text):
        counted[re.sub(r" \(.*\)?$", "", reason)] += int(count)
    reasons = [reason for reason, _ in counted.most_common()]
    return "; ".join(reasons[:3]) + (f"; and {len(reasons) - 3} reasons more" if len(reasons) > 3 else "")


def hear_ctrl_c():
    """What a shell starts in the background does not hear Ctrl-C, nor does what it starts, and tests press Ctrl-C."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def main(words):
    """The exit code: 0 if no step failed."""
    names = [step.name for step in steps()]
    parser = argparse.ArgumentParser(
        prog="tests/run.py", description="Run the tests.", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.epilog = f"{LEFT_OUT}\nsteps: {', '.join(names)}"
    parser.add_argument("step", nargs="*", help="steps to run; all if none is named")
    parser.add_argument("--check", action="store_true", help="what a change needs, in a minute and a half")
    parser.add_argument("--verbose", action="store_true", help="print what every step says, as CI does")
    told = parser.parse_args(words)
    if unknown := set(told.step) - set(names):
        print(f"no step {', '.join(sorted(unknown))}; there are {', '.join(names)}")
        return 2
    begun = time.monotonic()
    wanted = check_steps() if told.check else [step for step in steps() if not told.step or step.name in told.step]
    suite = Suite(wanted, told.verbose or bool(os.environ.get("CI")))
    try:
        good = suite.run()
    except KeyboardInterrupt:
        suite.line.say("Stopped.")
        return 130
    print(f"\n{suite.table()}\nall steps: {duration(time.monotonic() - begun)}\n{suite.summary()}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    hear_ctrl_c()
    sys.stdout.reconfigure(errors="backslashreplace")  # a pipe in another code page may lack a sign of what steps say
    sys.exit(main(sys.argv[1:]))

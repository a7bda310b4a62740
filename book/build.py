"""`make book`: compile nnlib, run what changed of the pages' cells side by side, then Sphinx; one line says how far.

``.venv/bin/python book/build.py`` builds what changed; ``--all`` has Sphinx read and write every page.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "book" / "_ext")]
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))

import cells  # noqa: E402
from line import Line, duration  # noqa: E402

INTERRUPTED = 130  # the code by which a shell knows


# ---- the parts -----------------------------------------------------------------------------------------------------


def compiled() -> bool:
    """Whether nnlib is compiled already, in the cache that the kernels of the book will use."""
    from nnlib.engine import jit

    return any(jit.is_warm(root.absolute() / f"nnlib-{jit.digest()}") for root in jit.cache_roots())


def compile_nnlib(line: Line) -> None:
    """Compile nnlib once for all kernels, which would otherwise each do it at the same time."""
    if compiled():
        return
    process = subprocess.Popen([sys.executable, "-m", "nnlib"], cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8")
    try:
        while process.poll() is None:
            line.step("compiling nnlib, once")
            time.sleep(0.1)
    except BaseException:
        process.kill()
        raise
    finally:
        process.communicate()
    if process.returncode:
        raise SystemExit(f"nnlib could not be compiled: {sys.executable} -m nnlib says why")


def run_cells(line: Line, root: Path = ROOT) -> list[str]:
    """Run what is not stored; the report of what failed, as lines."""
    all_ = cells.pages(root)
    run = cells.missing(all_, root)
    if not run:
        line.note(f"{len(all_)} pages with cells, all stored")
        return []
    state = cells.run(run, root, teller(line))
    return cells.report(state.faults, len(all_)) if state.faults else []


def teller(line: Line) -> Callable[[cells.State], None]:
    """What draws the line while cells run: chapters, pictures, time left."""
    told = set()

    def tell(state):
        for name in [*state.done, *(fault.page for fault in state.faults)]:
            if name not in told:
                told.add(name)
                failed = name not in state.seconds
                pictures = f", {state.counted[name]} pictures" if state.counted.get(name) else ""
                took = "FAILED" if failed else f"{duration(state.seconds[name])}{pictures}"
                line.note(f"{len(told)} of {state.total}  {name}: {took}")
        left = state.left()
        words = f"cells: {len(told)} of {state.total} pages, {state.pictures():,} pictures"
        line.tell(words + (f", {duration(left)} left" if left is not None else ""))

    return tell


class Sphinx(io.TextIOBase):
    """Where Sphinx writes what it does: the percentages become the line, the rest nobody needs."""

    STEP = re.compile(r"(reading|writing)[^\[]*\[ *(\d+)%\]")

    def __init__(self, line: Line) -> None:
        self.line, self.phase, self.rest = line, "", ""

    def write(self, text: str) -> int:
        for phase, percent in self.STEP.findall(re.sub(r"\x1b\[[0-9;]*m", "", text)):
            if phase != self.phase:
                self.phase = phase
                self.line.note(f"{phase} pages")
            self.line.tell(f"{phase} pages: {percent} %")
        return len(text)

    def flush(self) -> None:
        pass


class Warnings(io.TextIOBase):
    """What Sphinx warns of, each once, with paths from the root."""

    def __init__(self, line: Line) -> None:
        self.line, self.begun = line, ""
        self.said: list[str] = []

    def write(self, text: str) -> int:
        *whole, self.begun = (self.begun + re.sub(r"\x1b\[[0-9;]*m", "", text)).split("\n")
        for row in whole:
            row = row.replace(f"{ROOT}{os.sep}", "")
            if row.strip() and row != "Interrupted!" and row not in self.said:  # the command says so itself
                self.said.append(row)
                self.line.say(row)
        return len(text)

    def flush(self) -> None:
        pass


def run_sphinx(line: Line, everything: bool = False, root: Path = ROOT) -> bool:
    """What jupyter-book does with a book, on all cores; True if there was no warning."""
    # One package that checks addresses compiles a grammar of them as it is imported, which takes seconds; jsonschema
    # does without it, and nothing here is an address.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    from jupyter_book.sphinx import build_sphinx

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_quiet)
    with contextlib.redirect_stdout(Sphinx(line)), contextlib.redirect_stderr(Warnings(line)):
        result = build_sphinx(
            root,
            root / "_build" / "html",
            use_external_toc=True,
            noconfig=True,
            path_config=root / "_config.yml",
            confoverrides={"external_toc_path": (root / "_toc.yml").as_posix(), "latex_individualpages": False},
            builder="html",
            warningiserror=True,
            keep_going=True,
            freshenv=everything,
            force_all=everything,
            jobs=cells.workers(),
        )
    if isinstance(result, KeyboardInterrupt):
        raise result
    return result == 0


def _quiet():
    """In a process that Sphinx forks: Ctrl-C ends it without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


# ---- the command ---------------------------------------------------------------------------------------------------


def build(line: Line, everything: bool = False, root: Path = ROOT) -> int:
    """The exit code."""
    used = {}

    @contextlib.contextmanager
    def timed(part):
        begun = time.monotonic()
        yield
        used[part] = time.monotonic() - begun

    waiting = "another build is at work in this folder; this one waits for it"
    with cells.alone(root, lambda: line.say(waiting)):
        with timed("compiling nnlib"):
            compile_nnlib(line)
        with timed("cells"):
            said = run_cells(line, root)
        if said:
            line.say("\n".join(said))
            return 1
        line.tell("starting Sphinx")
        with timed("Sphinx"):
            good = run_sphinx(line, everything, root)
    if not good:
        line.say("The pages have faults: see above.")
        return 1
    parts = ", ".join(f"{part} {duration(seconds)}" for part, seconds in used.items())
    line.say(f"{parts}; all in all {duration(time.monotonic() - line.begun)}")
    line.say("Open _build/html/index.html")
    return 0


def stop(signum: int, frame: object) -> None:
    """SIGTERM ends the build as Ctrl-C does."""
    raise KeyboardInterrupt


def main(words: list[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="book/build.py", description="Build the book into _build/html.")
    parser.add_argument("--all", action="store_true", help="have Sphinx read and write all pages")
    wanted = parser.parse_args(words)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, stop)
    line = Line()
    try:
        code = build(line, wanted.all)
    except KeyboardInterrupt:
        _end()
        line.say("Stopped. What was finished is stored, and the next build goes on from there.")
        sys.stdout.flush()
        os._exit(INTERRUPTED)  # what watches kernels that are gone would wait for them
    return code


def _end():
    """End what this process has started and what still runs."""
    import psutil

    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            child.kill()


if __name__ == "__main__":
    sys.exit(main())

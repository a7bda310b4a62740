"""`make times`: how long each command of README takes on this machine, from a fresh clone that is thrown away.

``python -m tests.times lab check`` measures these two and what must be there before; rows that are not measured stay
as they were stored. The table is kept in benchmarks/times.json, and README shows it: ``--write`` puts it there and
measures nothing. What is measured is the last commit, not what lies uncommitted in this folder.
"""

import contextlib
import datetime
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .run import hear_ctrl_c

ROOT = Path(__file__).resolve().parents[1]
STORED = ROOT / "benchmarks" / "times.json"
README = ROOT / "README.md"
BEGIN, END = "<!-- measured by make times -->\n", "<!-- end -->\n"
CHAPTER = "09_backprop_by_hand.ipynb"
# What each row says in README, in the order in which they are measured; what must come before it; and its command.
ROWS = {
    "reader": ("what a reader needs, installed and compiled", "", ["make", ".venv/lab"]),
    "lab": ("`make lab`, to the first moved slider", "reader", []),
    "developer": ("what a developer needs, installed and compiled", "", ["make", ".venv/ready"]),
    "book": ("`make book`, the first time", "developer", ["make", "book"]),
    "unchanged": ("`make book`, nothing changed", "book", ["make", "book"]),
    "word": ("`make book`, one word of one chapter changed", "book", ["make", "book"]),
    "answer": ("`make book`, one answer of one quiz changed", "book", ["make", "book"]),
    "pdf": ("`make pdf`, the whole book and each page", "book", ["make", "pdf"]),
    "check": ("`make check`", "developer", ["make", "check"]),
    "test": ("`make test`", "developer", ["make", "test"]),
}
FOREIGN = re.compile("PYTHON|NUMBA_|NNLIB_|JUPYTER|IPYTHON|COVERAGE|VIRTUAL_ENV")


def with_needed(wanted):
    """The rows wanted and those that must come before, in their order; all, if none are named."""
    needed = set(wanted or ROWS)
    while more := {ROWS[row][1] for row in needed} - needed - {""}:
        needed |= more
    return [row for row in ROWS if row in needed]


class Clone:
    """A fresh clone with a download cache of its own, in a folder that is thrown away."""

    def __init__(self, folder):
        self.folder, self.log = Path(folder) / "clone", Path(folder) / "log.txt"
        self.environment = {k: v for k, v in os.environ.items() if not FOREIGN.match(k)}
        self.environment |= {"PIP_CACHE_DIR": str(Path(folder) / "pip"), "MPLCONFIGDIR": str(Path(folder) / "mpl")}
        self.environment |= {"PYTHON": sys._base_executable, "BROWSER": "true", "CI": os.environ.get("CI", "")}
        self.git("clone", "--quiet", str(ROOT), str(self.folder), cwd=ROOT)

    def git(self, *words, cwd=None):
        subprocess.run(["git", *words], cwd=cwd or self.folder, check=True)

    @contextlib.contextmanager
    def started(self, command):
        """A command that runs, in a group of its own. What it says goes to the log."""
        with self.log.open("w", encoding="utf-8") as log:
            process = subprocess.Popen(command, cwd=self.folder, env=self.environment, start_new_session=True,
                                       stdout=log, stderr=subprocess.STDOUT)  # fmt: skip
        try:
            yield process
        finally:
            for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
                if process.poll() is None:
                    os.killpg(process.pid, sent)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(20)

    def prepare(self, row):
        """What comes before a row and is not measured."""
        if row == "developer":  # from nothing
            shutil.rmtree(self.folder / ".venv", ignore_errors=True)
            shutil.rmtree(self.folder / "nnlib" / "__pycache__", ignore_errors=True)
        if row in ("check", "test"):
            self.git("checkout", "--quiet", ".")
        if row == "word":
            change_word(self.folder / "notebooks" / CHAPTER)
        if row == "answer":
            change_answer(self.folder / "notebooks" / "quiz" / f"{CHAPTER[:2]}.json")

    def run(self, row):
        """Run what a row measures, and say when it was done; an error if it fails."""
        if row == "lab":
            with self.started(["make", "lab"]) as process:
                return move_slider(self.address(process))
        with self.started(ROWS[row][2]) as process:
            if process.wait():
                last = "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-30:])
                raise RuntimeError(f"{' '.join(ROWS[row][2])} failed:\n{last}")
            return time.monotonic()

    def address(self, process):
        """What `make lab` prints."""
        while process.poll() is None:
            if found := re.search(r"http\S+", self.log.read_text(encoding="utf-8", errors="replace")):
                return found[0]
            time.sleep(0.05)
        raise RuntimeError(f"make lab ended:\n{self.log.read_text(encoding='utf-8')}")

    def megabytes(self, name):
        """The size of a folder in the clone."""
        paths = (self.folder / name).rglob("*")
        return round(sum(path.stat().st_size for path in paths if path.is_file() and not path.is_symlink()) / 1e6)


def change_word(path):
    """Change one word of a notebook's text."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell = next(c for c in notebook["cells"] if c["cell_type"] == "markdown" and " the " in "".join(c["source"]))
    cell["source"] = "".join(cell["source"]).replace(" the ", " this ", 1)
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def change_answer(path):
    """Change what one question says to one answer."""
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r'("feedback": ")', r"\1So: ", text, count=1), encoding="utf-8")


PANEL = "document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer')"
# The first slider in view, if there is a picture with it.
SLIDER = """() => [...document.querySelectorAll('.jp-NotebookPanel .widget-slider .noUi-handle')]
.find(e => e.closest('.jp-OutputArea-output')?.querySelector('img')) ?? null"""


def move_slider(address):
    """What a reader does first: open a chapter from the page that names them, run all cells, move the first slider.

    Returns when its picture had changed.
    """
    from playwright.sync_api import sync_playwright

    from .browser.conftest import QUIET, executable

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=QUIET)
        page = browser.new_page(viewport={"width": 1300, "height": 1000})
        page.set_default_timeout(120_000)
        page.goto(address)
        page.locator(".jp-MarkdownViewer a", has_text="by hand").click()
        page.locator(".jp-NotebookPanel .jp-Cell").first.click()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        for k in range(2400):  # JupyterLab draws only the cells in view
            page.evaluate(f"e = {PANEL}, e.scrollTop = {k % 60} * 300")
            page.wait_for_timeout(50)
            if slider := page.evaluate_handle(SLIDER).as_element():
                break
        picture = page.evaluate_handle("e => e.closest('.jp-OutputArea-output').querySelector('img')", slider)
        before = picture.evaluate("e => e.src")
        slider.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("([e, old]) => e.src !== old", arg=[picture, before])
        moved = time.monotonic()
        browser.close()
        return moved


def used():
    """Processor seconds of all that has ended below this process."""
    times = resource.getrusage(resource.RUSAGE_CHILDREN)
    return times.ru_utime + times.ru_stime


def measure(rows, stored):
    """Measure rows one after the other and note them in `stored`."""
    with tempfile.TemporaryDirectory(prefix="times-") as folder:
        clone = Clone(folder)
        for row in rows:
            clone.prepare(row)
            began, before = time.monotonic(), used()
            wall = round(clone.run(row) - began, 1)
            processor = round(used() - before, 1)
            stored["rows"][row] = {"wall": wall, "processor": processor, "measured": f"{datetime.date.today()}"}
            if row in ("reader", "developer"):
                stored["megabytes"][row] = clone.megabytes(".venv")
            if row == "book":
                stored["megabytes"]["pages"] = clone.megabytes("_build/html")
            print(f"{ROWS[row][0]:55} {wall:7.1f} s, {processor:7.1f} s of processor time", flush=True)
    stored["cores"], stored["processor"] = os.cpu_count(), model()
    return stored


def model():
    """What this machine's processor is called."""
    with contextlib.suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line for line in lines if line.startswith("model name")).split(":")[1].strip()
    return "an unknown processor"


def spelled(seconds):
    """As README says it."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def table(stored):
    """The table of README."""
    lines = [f"| {stored['cores']} cores, {stored['processor']} | wait | processor time |", "|---|---|---|"]
    for row in ROWS:
        if found := stored["rows"].get(row):
            lines.append(f"| {ROWS[row][0]} | {spelled(found['wall'])} | {spelled(found['processor'])} |")
    sizes = stored["megabytes"]
    words = {"reader": "A reader's environment", "developer": "a developer's", "pages": "the pages"}
    said = [f"{words[name]} takes {sizes[name]} MB" for name in words if name in sizes]
    return "\n".join(lines) + "\n\n" + ", ".join(said).replace("pages takes", "pages take") + ".\n"


def shown(text, stored):
    """README's text with the table in its place."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + "\n" + table(stored) + "\n" + END + rest.split(END)[1]


def main(words):
    """The exit code."""
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    rows = [word for word in words if word != "--write"]
    if unknown := [row for row in rows if row not in ROWS]:
        print(f"no row {', '.join(unknown)}; there are {', '.join(ROWS)}")
        return 2
    try:
        if "--write" not in words:
            measure(with_needed(rows), stored)
    except Exception as fault:  # of a command, of git, of the browser: all are told and none is ours to mend
        print(fault)
        return 1
    finally:  # what was measured before a fault or Ctrl-C stays
        STORED.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
        README.write_text(shown(README.read_text(encoding="utf-8"), stored), encoding="utf-8")
    print("\n" + table(stored), end="")
    return 0


if __name__ == "__main__":
    hear_ctrl_c()
    sys.exit(main(sys.argv[1:]))

"""What every command needs first: an environment of this repository's own, `.venv`, filled by pip, and nnlib compiled.

``python3 book/environment.py lab`` installs what a reader runs, ``book`` what builds the pages besides, ``pdf`` what
prints them besides, ``ready`` what tests them besides. The versions are those of requirements.txt, the names those of
pyproject.toml. It needs nothing but Python, since it runs before there is anything else. Killed, it is begun again by
the same words.

``ready`` has npm, too, install what looks at the JavaScript of the pages: the versions of package-lock.json.
"""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from line import Line, duration

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)
# Each set of extras contains the one before it, and is there when .venv has a file of its name.
SETS = {
    "lab": ["chapters"],
    "book": ["chapters", "book"],
    "pdf": ["chapters", "book", "pdf"],
    "ready": ["chapters", "book", "pdf", "test"],
}
STAMP = ".installed.json"  # in node_modules: the package-lock.json that it was made by
LAST_WORDS = 12  # lines of pip's that are shown when it fails
PAUSE = 0.25  # seconds between two changes of the line
QUIET = ["--disable-pip-version-check", "--no-input"]
UNITS = {"bytes": 1e-6, "kB": 1e-3, "MB": 1, "GB": 1e3}


class Failed(Exception):
    """Words for whoever waits; nothing else is printed."""


def names(extras: Iterable[str], root: Path = ROOT) -> list[str]:
    """What pyproject.toml says is needed: by nnlib, and by each of the extras."""
    import tomllib  # of Python 3.11, whose absence is to be said in words

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["dependencies"] + [name for extra in extras for name in project["optional-dependencies"][extra]]


def python_of(venv: Path) -> Path:
    """The program python in an environment, on any system."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


class Pip:
    """What pip is doing, read from what it says: it collects packages, it downloads them, it installs them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.what, self.package = folder, "collecting packages", ""
        self.packages: set[str] = set()
        self.lines: list[str] = []
        self.megabytes, self.wanted = 0.0, 0
        self.there = len(self.installed())

    def installed(self) -> list[Path]:
        """The packages that are there whole: their list of files is written last."""
        return [*self.folder.glob("*.dist-info/RECORD")]

    def hear(self, line: str) -> None:
        """One line of pip's."""
        line = line.rstrip()
        self.lines = [*self.lines[-200:], line]
        if found := re.match(r"(?:Collecting|Processing|Requirement already satisfied:) (\S+)", line):
            name = re.match(r"[\w.-]*?(?=-\d|[^\w.-]|$)", re.split(r"[/\\]", found[1])[-1])
            self.package = name[0] if name else found[1]
            self.packages.add(self.package.lower())
        elif found := re.match(r"\s+(?:Downloading|Using cached) (\S+)(?: \(([\d.]+) (\w+)\))?", line):
            self.megabytes += float(found[2] or 0) * UNITS.get(found[3], 0)
        elif line.startswith("Installing collected packages: "):
            self.what, self.wanted = "installing packages", line.count(",") + 1

    def more(self) -> str:
        """How far it is."""
        size = f", {self.megabytes:.0f} MB" if self.megabytes >= 1 else ""
        if self.wanted:
            done = min(max(len(self.installed()) - self.there, 0), self.wanted)
            return f": {done} of {self.wanted}{size}"
        return f": {self.package}, number {len(self.packages)}{size}" if self.package else ""


def run(command: Sequence[str | Path], line: Line, pip: Pip | None = None, what: str = "") -> None:
    """Run a command and read what it says; `Failed` with its last words if it fails."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    heard: queue.Queue[str | None] = queue.Queue()
    said: list[str] = []

    def listen():
        with process.stdout:
            for text in process.stdout:
                heard.put(text)
        heard.put(None)

    threading.Thread(target=listen, daemon=True).start()
    try:
        text: str | None = ""
        while text is not None:
            line.step(pip.what if pip else what, pip.more() if pip else "")
            try:
                text = heard.get(timeout=PAUSE)
                while text is not None:
                    said = [*said[-200:], text.rstrip()]
                    if pip:
                        pip.hear(text)
                    text = heard.get_nowait()
            except queue.Empty:
                text = ""
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if process.wait():
        last = [text for text in said if text.strip() and not text.startswith("WARNING: Location")][-LAST_WORDS:]
        raise Failed("\n".join([*last, "", "This command failed, and the lines above are its last:", spelled(command)]))


def spelled(command: Sequence[str | Path]) -> str:
    """A command as one would type it."""
    return " ".join(f'"{word}"' if re.search(r"[\s<>&;]", str(word)) else str(word) for word in command)


def has_pip(venv: Path) -> bool:
    """Whether an environment is whole. One whose making was killed is not."""
    try:
        asked = subprocess.run([python_of(venv), "-m", "pip", "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return asked.returncode == 0


def packages_of(venv: Path) -> Path:
    """The folder that pip installs into."""
    return next(iter([*venv.glob("lib/python*/site-packages"), *venv.glob("Lib/site-packages")]), venv)


def mend(folder: Path) -> None:
    """Let pip install anew what it was killed at: a package without its list of files passes for installed."""
    for package in folder.glob("*.dist-info"):
        if not (package / "RECORD").exists():
            shutil.rmtree(package)


def no_program() -> str:
    """Which program is missing that looks at JavaScript, in a sentence; "" if none is."""
    missing = next((name for name in ("node", "npm") if not shutil.which(name)), "")
    return missing and f"no {missing}: it looks at the scripts of the pages"


def has_modules(root: Path = ROOT) -> bool:
    """Whether node_modules is what package-lock.json names."""
    stamp = root / "node_modules" / STAMP
    return stamp.is_file() and stamp.read_bytes() == (root / "package-lock.json").read_bytes()


def lacks(root: Path = ROOT) -> str:
    """What keeps the tools of JavaScript from running, in a sentence; "" if nothing does."""
    if said := no_program():
        return said
    python = "python" if os.name == "nt" else "python3"
    ready = f"{python} book/environment.py ready"
    return "" if has_modules(root) else f"node_modules is not what package-lock.json names: {ready}"


def javascript(line: Line, root: Path = ROOT) -> str:
    """Install what looks at JavaScript; words for why that cannot be, which keeps nothing else from being tested."""
    if has_modules(root):
        return ""
    words = no_program()
    if not words:
        try:
            run([shutil.which("npm") or "npm", "ci"], line, what="installing what looks at JavaScript")
            shutil.copyfile(root / "package-lock.json", root / "node_modules" / STAMP)
            return ""
        except Failed as fault:
            words = f"{fault}\n"
    return f"{words}\nThe tests skip the step javascript."


def set_up(name: str, line: Line, venv: Path = ROOT / ".venv") -> None:
    """Install a set, and compile nnlib."""
    begun = time.monotonic()
    try:
        venv.mkdir(exist_ok=True)
        stamps = [venv / part for part in SETS]
        for stamp in stamps[stamps.index(venv / name) :]:  # what is there may be changed from here on
            stamp.unlink(missing_ok=True)
    except OSError as fault:
        raise Failed(
            f"{venv} cannot be written ({fault.strerror}): copy the repository to a folder of yours, and begin there"
        ) from fault
    if not has_pip(venv):
        run([sys.executable, "-m", "venv", "--clear", str(venv)], line, what="making .venv")
    mend(packages_of(venv))
    python, pip = str(python_of(venv)), Pip(packages_of(venv))
    install = [python, "-m", "pip", "install", *QUIET]
    run([*install, "--progress-bar", "off", "-c", "requirements.txt", *names(SETS[name])], line, pip)
    run([*install, "--no-deps", "--no-build-isolation", "--editable", "."], line, what="installing nnlib")
    if name == "ready" and (words := javascript(line, venv.parent)):
        line.say(words)
    line.clear()
    compiled = subprocess.run([python, "-m", "nnlib"], cwd=ROOT, check=False)
    if compiled.returncode:
        raise Failed(f"nnlib does not run: {spelled([python, '-m', 'nnlib'])}")
    for part in list(SETS)[: list(SETS).index(name) + 1]:
        (venv / part).touch()
    size = f", {pip.megabytes:.0f} MB fetched" if pip.megabytes >= 1 else ""
    line.say(f"{pip.wanted or 'no new'} packages installed in {duration(time.monotonic() - begun)}{size}")


def main(words: list[str], version: tuple[int | str, ...] = sys.version_info) -> int:
    """The exit code."""
    if version[:2] < OLDEST:
        print(f"Python {'.'.join(map(str, OLDEST))} or later is needed, this is {'.'.join(map(str, version[:3]))}")
        return 1
    if len(words) != 1 or words[0] not in SETS:
        print(f"python3 book/environment.py takes one of {', '.join(SETS)}, got {' '.join(words) or 'nothing'}")
        return 2
    line = Line()
    try:
        set_up(words[0], line)
    except Failed as fault:
        line.clear()
        print(fault)
        return 1
    except KeyboardInterrupt:
        line.say("stopped: the same command goes on where this one was")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

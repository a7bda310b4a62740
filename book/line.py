"""The line in which a command says how far it is: environment.py, build.py and tests/run.py speak through it.

It needs nothing but Python, since it runs before there is anything else. So it takes nnlib's own words for a time from
their file, which needs no more, and does not import nnlib.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import time
from pathlib import Path
from typing import TextIO

_spec = importlib.util.spec_from_file_location(
    "progress", Path(__file__).resolve().parents[1] / "nnlib" / "engine" / "progress.py"
)
assert _spec and _spec.loader
progress = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(progress)
duration = progress.duration


class Line:
    """In a terminal one line that is rewritten; elsewhere a line for each thing that begins or is done."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.rewrites = progress.rewrites(self.stream)
        self.begun = time.monotonic()
        self.width, self.shown, self.doing = 0, 0.0, ""

    def tell(self, words: str) -> None:
        """How far it is, and since when. Only a terminal shows it, and not more often than anybody can read."""
        now = time.monotonic()
        if self.rewrites and now - self.shown >= progress.PAUSE:
            self.shown = now
            words = f"{words}, {duration(now - self.begun)}"[: shutil.get_terminal_size().columns - 1]
            self._write("\r" + words.ljust(self.width))
            self.width = len(words)

    def note(self, words: str) -> None:
        """Something begins or is done; where nothing is rewritten that is a line."""
        if not self.rewrites:
            self._write(words + "\n")

    def step(self, what: str, more: str = "") -> None:
        """What is being done, and how far that is: `note` when it begins, and `tell`."""
        if what != self.doing:
            self.doing, self.shown = what, 0.0
            self.note(what)
        self.tell(what + more)

    def say(self, words: str) -> None:
        """A line, or lines, that stay."""
        self.clear()
        self._write(words + "\n")

    def clear(self) -> None:
        """Take away what a terminal shows."""
        if self.width:
            self._write("\r" + " " * self.width + "\r")
        self.width = 0

    def _write(self, text):
        self.stream.write(text)
        self.stream.flush()

"""One line that says how far a training run has come, and one that says why the first call waits."""

from __future__ import annotations

import os
import sys
import threading
import time
from typing import Any

PAUSE = 0.2  # seconds between two changes: more often nobody reads it
PATIENCE = 2.0  # seconds of compiling after which a reader is told
# Seconds of processor time that the calls of a course compile, with all that they call: measured, one after the other.
COMPILES = {"run_epochs": 6, "propagate": 1.2, "differences": 0.8, "_update": 0.8}
clock, processor_clock = time.monotonic, time.process_time


def rewrites(stream: Any) -> bool:
    """Whether a carriage return begins the line anew there: in a terminal, and in a notebook."""
    return type(stream).__module__.startswith("ipykernel") or bool(getattr(stream, "isatty", lambda: False)())


def duration(seconds: float) -> str:
    """ "48 s", "3 min 20 s" or "2 h 05 min"."""
    s = round(seconds)
    if s < 60:
        return f"{s} s"
    return f"{s // 60} min {s % 60:02} s" if s < 3600 else f"{s // 3600} h {s % 3600 // 60:02} min"


class Line:
    """The line of one run: epoch, loss, validation loss, time left. Where lines cannot change, only its last words.

    Parameters
    ----------
    epochs : int
        All that are to come.
    """

    def __init__(self, epochs: int) -> None:
        self.epochs, self.stream = epochs, sys.stdout
        self.begun = self.shown = clock()
        self.width, self.words = 0, ""

    def tell(self, done: int, loss: float | None, val_loss: float | None = None, share: float = 0.0) -> None:
        """After `done` epochs, with a share of the next one done, too."""
        now, ahead = clock(), self.epochs - done - share
        words = f"epoch {done}/{self.epochs}"
        words += f", loss {loss:.4g}" if loss is not None else ""
        words += f", validation {val_loss:.4g}" if val_loss is not None else ""
        self.words, spent = words, now - self.begun
        if self.stream is None or not rewrites(self.stream) or now - self.shown < PAUSE:
            return
        self.shown = now
        left = spent * ahead / (done + share) if done + share > 0 else None
        self._write(words + (f", {duration(left)} left" if left is not None else ""))

    def end(self, stopped: str | None) -> None:
        """The last words: how long it took, and why it stopped, if it did."""
        if self.stream is None:
            return
        words = f"{self.words or f'epoch 0/{self.epochs}'}, {duration(clock() - self.begun)}"
        self._write(words + (f", stopped: {stopped}" if stopped else ""), "\n")

    def _write(self, words, end=""):
        again = "\r" if rewrites(self.stream) else ""
        self.stream.write(again + words.ljust(self.width) + end)
        self.stream.flush()
        self.width = len(words)


class Wait:
    """The sentence that says why a call waits, after two seconds of compiling, to whoever looks on.

    That is a terminal, or a notebook in JupyterLab. A notebook that a program runs stores what it says, and there the
    sentence would be wrong a minute later.
    """

    def __init__(self) -> None:
        self.is_on, self.is_told_elsewhere, self.kernels = False, False, 0
        self.timer: threading.Timer | None = None

    def begin(self, kernel: str) -> None:
        """The code of a kernel is missing. The first one, which waits for all the others, is the one told of."""
        self.kernels += 1
        if not self.is_on:
            self.is_on, self.begun = True, (clock(), processor_clock())
            self.timer = threading.Timer(PATIENCE, self.say, [kernel])
            self.timer.daemon = True
            self.timer.start()

    def end(self) -> None:
        """All that was missing is there, or there was an error, or Ctrl-C."""
        if self.timer:
            self.timer.cancel()
        self.is_on, self.timer = False, None

    def say(self, kernel: str) -> None:
        if self.is_on and not self.is_told_elsewhere and is_watched(sys.stderr):
            seconds = all_in_all(COMPILES.get(kernel, 0), *self.begun)
            about = f", about {duration(seconds)}" if seconds else ""
            print(f"compiling nnlib, once{about}", file=sys.stderr, flush=True)


def all_in_all(seconds: float, begun: float, used: float) -> float | None:
    """How long so many seconds of processor time take here, judged by what one got since the clocks showed these times.

    None if that is over, or was not known.
    """
    spent, got = clock() - begun, processor_clock() - used
    expected = seconds * max(1.0, spent / max(got, 0.01))
    return expected if expected > spent else None


def is_watched(stream: Any) -> bool:
    """Whether somebody looks on as it is written: in a terminal, or in a notebook that a Jupyter server opened."""
    if "NNLIB_STATIC" in os.environ or stream is None:
        return False
    return rewrites(stream) and (stream.isatty() or "JPY_SESSION_NAME" in os.environ)

"""One line that says how far a training run has come."""

import sys
import time

PAUSE = 0.2  # seconds between two changes: more often nobody reads it
clock = time.monotonic


def _rewrites(stream):
    """Whether a carriage return begins the line anew there: in a terminal, and in a notebook."""
    return type(stream).__module__.startswith("ipykernel") or bool(getattr(stream, "isatty", lambda: False)())


def duration(seconds):
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

    def __init__(self, epochs):
        self.epochs, self.stream = epochs, sys.stdout
        self.begun = self.shown = clock()
        self.width, self.words = 0, ""

    def tell(self, done, loss, val_loss=None, share=0.0):
        """After `done` epochs, with a share of the next one done, too."""
        now, ahead = clock(), self.epochs - done - share
        words = f"epoch {done}/{self.epochs}"
        words += f", loss {loss:.4g}" if loss is not None else ""
        words += f", validation {val_loss:.4g}" if val_loss is not None else ""
        self.words, spent = words, now - self.begun
        if self.stream is None or not _rewrites(self.stream) or now - self.shown < PAUSE:
            return
        self.shown = now
        left = spent * ahead / (done + share) if done + share > 0 else None
        self._write(words + (f", {duration(left)} left" if left is not None else ""))

    def end(self, stopped):
        """The last words: how long it took, and why it stopped, if it did."""
        if self.stream is None:
            return
        words = f"{self.words or f'epoch 0/{self.epochs}'}, {duration(clock() - self.begun)}"
        self._write(words + (f", stopped: {stopped}" if stopped else ""), "\n")

    def _write(self, words, end=""):
        again = "\r" if _rewrites(self.stream) else ""
        self.stream.write(again + words.ljust(self.width) + end)
        self.stream.flush()
        self.width = len(words)

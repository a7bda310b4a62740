"""The line that says how far training has come."""

import io
import sys

import pytest

from nnlib.engine import progress


@pytest.mark.parametrize(
    "seconds, words",
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (200, "3 min 20 s"),
        (3599.4, "59 min 59 s"),
        (7500, "2 h 05 min"),
    ],
)
def test_durations(seconds, words):
    assert progress.duration(seconds) == words


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Notebook(io.StringIO):
    """What a kernel prints to."""

    __module__ = "ipykernel.iostream"


@pytest.fixture
def time(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress, "clock", lambda: now[0])
    return now


@pytest.mark.parametrize("stream", [Terminal, Notebook])
def test_a_line_that_changes(time, monkeypatch, stream):
    out = stream()
    monkeypatch.setattr(sys, "stdout", out)
    line = progress.Line(10)
    line.tell(0, None)  # too early to say anything
    time[0] = 3.0
    line.tell(0, None)
    line.tell(0, None, None, 0.5)  # not so soon again
    time[0] = 5.0
    line.tell(0, None, None, 0.5)
    line.tell(1, 0.25, 0.5)
    time[0] = 6.0
    line.tell(2, 0.125, 0.5)
    line.end(None)
    said = out.getvalue().split("\r")
    assert [part.rstrip(" \n") for part in said] == [
        "", "epoch 0/10", "epoch 0/10, 1 min 35 s left", "epoch 2/10, loss 0.125, validation 0.5, 24 s left",
        "epoch 2/10, loss 0.125, validation 0.5, 6 s",
    ]  # fmt: skip
    assert len(said[4]) >= len(said[3])  # nothing of what stood there is left over


def test_a_file_gets_the_last_words_only(time, monkeypatch):
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    line = progress.Line(10)
    for epoch in range(1, 11):
        time[0] += 30
        line.tell(epoch, 1 / epoch)
    line.end("interrupted after epoch 10")
    assert out.getvalue() == "epoch 10/10, loss 0.1, 5 min 00 s, stopped: interrupted after epoch 10\n"


def test_where_nothing_can_be_said(monkeypatch):
    """A program without a window of its own has no output."""
    monkeypatch.setattr(sys, "stdout", None)
    line = progress.Line(10)
    line.tell(1, 0.5)
    line.end(None)


def test_a_run_that_ended_before_it_began(monkeypatch, time):
    monkeypatch.setattr(sys, "stdout", out := io.StringIO())
    progress.Line(3).end("interrupted after epoch 0")
    assert out.getvalue() == "epoch 0/3, 0 s, stopped: interrupted after epoch 0\n"


# --- the sentence that says why a first call waits


class Opened(Notebook):
    """The same of a notebook that somebody has open."""

    def isatty(self):
        return False


@pytest.mark.parametrize(
    "stream, environment, watched",
    [
        (Terminal(), {}, True),
        (Terminal(), {"NNLIB_STATIC": "1"}, False),
        (io.StringIO(), {"JPY_SESSION_NAME": "a.ipynb"}, False),  # a log
        (Notebook(), {}, False),  # a notebook that a program runs, and stores
        (Notebook(), {"JPY_SESSION_NAME": "a.ipynb"}, True),
        (Notebook(), {"JPY_SESSION_NAME": "a.ipynb", "NNLIB_STATIC": "1"}, False),
        (None, {}, False),
    ],
)
def test_who_looks_on(stream, environment, watched, monkeypatch):
    for name in ("NNLIB_STATIC", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert progress.is_watched(stream) == watched


@pytest.fixture
def timers(monkeypatch):
    """Timers that are started by hand."""
    made = []

    class Timer:
        def __init__(self, seconds, call, words):
            self.seconds, self.call, self.words, self.is_started, self.is_over = seconds, call, words, False, False
            made.append(self)

        def start(self):
            self.is_started = True

        def cancel(self):
            self.is_over = True

    monkeypatch.setattr(progress.threading, "Timer", Timer)
    monkeypatch.delenv("NNLIB_STATIC", raising=False)
    return made


def test_a_wait_is_told_of_once(timers, time, monkeypatch):
    monkeypatch.setattr(progress, "processor_clock", lambda: time[0])
    monkeypatch.setattr(sys, "stderr", Terminal())  # here, since pytest puts its own there after each fixture
    wait = progress.Wait()
    for kernel in ("run_epochs", "enter", "shuffle"):
        wait.begin(kernel)
    (timer,) = timers
    assert timer.is_started and timer.seconds == progress.PATIENCE == 2 and wait.kernels == 3
    time[0] = 2
    timer.call(*timer.words)
    assert sys.stderr.getvalue() == "compiling nnlib, once, about 6 s\n"
    wait.end()
    assert timer.is_over and not wait.is_on
    timer.call(*timer.words)  # it was on its way when the wait ended
    assert sys.stderr.getvalue().count("\n") == 1
    wait.end()
    wait.begin("_something")
    timers[-1].call("_something")
    assert sys.stderr.getvalue().endswith("\ncompiling nnlib, once\n")
    wait.is_told_elsewhere = True
    timers[-1].call("_something")
    assert sys.stderr.getvalue().count("\n") == 2


def test_a_wait_is_longer_where_others_compute(time, monkeypatch):
    monkeypatch.setattr(progress, "processor_clock", lambda: time[0] / 3)
    time[0] = 2
    assert progress.all_in_all(12, 0, 0) == pytest.approx(36)
    monkeypatch.setattr(progress, "processor_clock", lambda: 0)
    assert progress.all_in_all(1, 0, 0) == pytest.approx(200)
    monkeypatch.setattr(progress, "processor_clock", lambda: 9)  # two threads
    assert progress.all_in_all(12, 0, 0) == 12
    assert progress.all_in_all(1, 0, 0) is None  # it should be over

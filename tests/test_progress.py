"""The line that says how far training has come."""

import io
import sys

import pytest

from nnlib import _progress


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
    assert _progress.duration(seconds) == words


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Notebook(io.StringIO):
    """What a kernel prints to."""

    __module__ = "ipykernel.iostream"


@pytest.fixture
def time(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(_progress, "clock", lambda: now[0])
    return now


@pytest.mark.parametrize("stream", [Terminal, Notebook])
def test_a_line_that_changes(time, monkeypatch, stream):
    out = stream()
    monkeypatch.setattr(sys, "stdout", out)
    line = _progress.Line(10)
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
    line = _progress.Line(10)
    for epoch in range(1, 11):
        time[0] += 30
        line.tell(epoch, 1 / epoch)
    line.end("interrupted after epoch 10")
    assert out.getvalue() == "epoch 10/10, loss 0.1, 5 min 00 s, stopped: interrupted after epoch 10\n"


def test_where_nothing_can_be_said(monkeypatch):
    """A program without a window of its own has no output."""
    monkeypatch.setattr(sys, "stdout", None)
    line = _progress.Line(10)
    line.tell(1, 0.5)
    line.end(None)


def test_a_run_that_ended_before_it_began(monkeypatch, time):
    monkeypatch.setattr(sys, "stdout", out := io.StringIO())
    _progress.Line(3).end("interrupted after epoch 0")
    assert out.getvalue() == "epoch 0/3, 0 s, stopped: interrupted after epoch 0\n"

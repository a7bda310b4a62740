"""The line in which a command says how far it is: rewritten in a terminal, a line for each thing elsewhere."""

import io
import re
import subprocess
import sys

import pytest

import line as module
from line import Line
from tests.chapters import ROOT


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes on by a second whenever it is asked."""
    ticks = iter(range(1000, 2000))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(ticks))


def test_a_terminal_has_one_line(clock, monkeypatch):
    monkeypatch.setenv("COLUMNS", "30")
    line = Line(Terminal())
    line.note("units begins")
    line.tell("units 3 s; 1 of 9 done, and a word too much")
    line.tell("2 of 9 done")
    line.say("lint: 2 s, ok")
    line.clear()
    first, second, cleared, last = line.stream.getvalue().split("\r")[1:]
    assert len(first) == 29 and second == "2 of 9 done, 2 s".ljust(29)
    assert not cleared.strip() and last == "lint: 2 s, ok\n"


def test_a_pipe_has_a_line_for_each_thing():
    line = Line(io.StringIO())
    for k in range(3):
        line.step("collecting packages", f": number {k}")
    line.step("installing packages")
    line.tell("nobody can read that")
    line.note("units begins")
    line.clear()
    line.say("done")
    assert line.stream.getvalue() == "collecting packages\ninstalling packages\nunits begins\ndone\n"


def test_a_line_changes_no_faster_than_one_reads_but_a_new_step_shows_at_once():
    line = Line(Terminal())
    for k in range(5):
        line.step("collecting packages", f": number {k}")
    line.step("installing packages", ": 1 of 2")
    line.say("done")
    said = line.stream.getvalue()
    assert re.fullmatch(r"\rcoll\S+ packages: number 0, \d+ s\rinst\S+ packages: 1 of 2, \d+ s *\r *\rdone\n", said)


def test_it_is_there_before_anything_is_installed():
    """Nothing but Python's own modules: no nnlib, no site-packages."""
    code = "import line, sys; print(line.duration(125), 'numpy' in sys.modules, 'nnlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT / "book", capture_output=True, encoding="utf-8")
    assert done.stdout == "2 min 05 s False False\n", done.stderr

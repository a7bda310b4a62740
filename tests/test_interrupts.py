"""Ctrl-C: heard while compiled code runs, and told apart from a second one."""

import importlib.util
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from nnlib.engine import interrupts
from tests.conftest import UNJITTED


def test_what_a_call_returns_and_raises():
    looks = []
    wait = threading.Event().wait
    assert interrupts.heard(lambda: (wait(2.5 * interrupts.LOOK), 7)[1], None, lambda: looks.append(1)) == 7
    assert looks and interrupts.heard(lambda: wait(1.5 * interrupts.LOOK), None) is False
    with pytest.raises(ZeroDivisionError):
        interrupts.heard(lambda: 1 / 0, None)


def interrupted_once(monkeypatch, times):
    """The first looks of the one who waits are interrupted, as by Ctrl-C."""
    wait, left = threading.Event.wait, [times]

    def waiting(event, timeout=None):
        if threading.current_thread() is threading.main_thread() and left[0]:
            left[0] -= 1
            raise KeyboardInterrupt
        return wait(event, timeout)

    monkeypatch.setattr(threading.Event, "wait", waiting)


def test_work_that_stops_when_asked(monkeypatch):
    asked = threading.Event()
    work = threading.Thread.join  # anything that waits in the other thread
    interrupted_once(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt) as caught:
        interrupts.heard(lambda: asked.wait(60), asked.set)
    assert caught.value.quiet and not isinstance(caught.value, interrupts.Twice) and work


def test_work_that_does_not_stop(monkeypatch):
    monkeypatch.setattr(interrupts, "PATIENCE", 0.01)
    end = threading.Event()
    interrupted_once(monkeypatch, 1)
    with pytest.raises(KeyboardInterrupt) as caught:
        interrupts.heard(lambda: end.wait(60), lambda: None)
    assert not caught.value.quiet
    end.set()


def test_a_second_one_while_the_first_is_obeyed(monkeypatch):
    end = threading.Event()
    interrupted_once(monkeypatch, 2)
    with pytest.raises(interrupts.Twice) as caught:
        interrupts.heard(lambda: end.wait(60), lambda: None)
    assert not caught.value.quiet
    end.set()


def test_the_first_one_follows_none():
    """Also where the computer has just been started, and its clock with it."""
    spec = importlib.util.find_spec(interrupts.__name__)
    fresh = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(fresh)
    fresh.clock = lambda: 0.0
    assert [fresh.is_second() for _ in range(2)] == [False, True]


def test_two_that_belong_together(monkeypatch):
    times = iter([10.0, 10.0 + interrupts.TWICE, 10.0 + 2.5 * interrupts.TWICE, 10.0 + 3.4 * interrupts.TWICE])
    monkeypatch.setattr(interrupts, "clock", times.__next__)
    monkeypatch.setattr(interrupts, "last", [-interrupts.TWICE])
    assert [interrupts.is_second() for _ in range(4)] == [False, False, False, True]


LOOP = """
import sys, numpy as np, nnlib as nn
net = nn.mlp([20, 200, 1])
theta, X = nn.initialize(net), nn.data.moons(200_000)[0] @ np.ones((2, 20))
nn.train(net, theta, X[:2], X[:2, :1], epochs=1)
with open(sys.argv[1], "w", encoding="utf-8") as said:
    try:
        for _ in range(9):
            print("begins", file=said, flush=True)
            run = nn.train(net, theta, X, X[:, :1], "l2", nn.sgd(1e-4), epochs=1000, batch_size=int(sys.argv[2]))
            print(run.stopped, np.isfinite(run.theta).all(), (run.theta != theta).any(), file=said, flush=True)
    except KeyboardInterrupt:
        print("KeyboardInterrupt", file=said, flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt" or UNJITTED, reason="sends a signal to compiled code")
@pytest.mark.parametrize("batch_size", ["32", "200000"])
@pytest.mark.once
def test_the_real_thing(tmp_path, batch_size):
    """A process that trains for hours: the first signal ends one run, and two in a row all of them."""
    path = tmp_path / "said"
    process = subprocess.Popen([sys.executable, "-c", LOOP, str(path), batch_size])

    def lines(n):
        while process.poll() is None:
            said = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
            if len(said) >= n:
                return said
            time.sleep(0.05)
        return path.read_text(encoding="utf-8").splitlines()

    try:
        lines(1)
        time.sleep(1)  # so that it is in the middle of an epoch
        process.send_signal(signal.SIGINT)
        first = lines(3)[1]
        assert first.startswith("interrupted in epoch ") or first.startswith("interrupted after epoch ")
        assert "True" in first
        time.sleep(interrupts.TWICE + 0.5)
        process.send_signal(signal.SIGINT)
        lines(5)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        assert path.read_text(encoding="utf-8").splitlines()[-1] == "KeyboardInterrupt"
    finally:
        process.kill()

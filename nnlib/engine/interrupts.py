"""Ctrl-C while compiled code runs, which does not listen.

Python hears Ctrl-C only between two of its own steps. So a call that may take long runs in a thread of its own, and
the one that the reader is waiting in looks up ten times a second.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

LOOK = 0.1  # seconds between two looks
PATIENCE = 0.5  # seconds in which work that was asked to stop may do so
TWICE = 2.0  # seconds: two interruptions within them mean everything, not one run
last = [-TWICE]  # when a run last swallowed one
clock = time.monotonic


class Twice(KeyboardInterrupt):
    """The second Ctrl-C, pressed while the first one was still being obeyed."""

    quiet = True


def is_second() -> bool:
    """Whether an interruption that comes now follows another within TWICE seconds. It is remembered for the next."""
    now, before = clock(), last[0]
    last[0] = now
    return now - before < TWICE


def heard(call: Callable[[], Any], stop: Callable[[], object], meanwhile: Callable[[], object] | None = None) -> Any:
    """What `call()` returns. It runs in another thread, so that Ctrl-C is heard at once.

    Parameters
    ----------
    call : function of nothing
        It should let other threads run, as all compiled functions of nnlib do.
    stop : function of nothing
        Asks `call` to return early.
    meanwhile : function of nothing, optional
        Called at every look.

    Raises
    ------
    KeyboardInterrupt
        Its `quiet` tells whether the call has returned. If not, it ends in its own time, and nobody may use what it
        works on.
    """
    done, outcome = threading.Event(), []

    def work():
        try:
            outcome.append((call(), None))
        except BaseException as fault:  # to be raised where somebody waits
            outcome.append((None, fault))
        finally:
            done.set()

    try:
        threading.Thread(target=work, daemon=True).start()
        while not done.wait(LOOK):
            if meanwhile is not None:
                meanwhile()
    except KeyboardInterrupt as interrupt:
        stop()
        try:
            interrupt.quiet = done.wait(PATIENCE)  # type: ignore[attr-defined]
        except KeyboardInterrupt:
            twice = Twice()
            twice.quiet = done.is_set()
            raise twice from None
        raise
    result, fault = outcome[0]
    if fault is not None:
        raise fault
    return result

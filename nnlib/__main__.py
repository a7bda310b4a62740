"""``python -m nnlib``: compile what a first training run needs, so that the next one starts at once.

``python -m nnlib check``: whether this machine computes the book's bits.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Iterator
from typing import TextIO

import numpy as np

import nnlib as nn
from nnlib.engine import progress
from nnlib.engine.jit import WAIT

# What `warm` compiles, in seconds of processor time: two trainings, two traces and so on, and one gradient check.
ALL = sum((1 if kernel == "differences" else 2) * s for kernel, s in progress.COMPILES.items())


def warm() -> None:
    """Train and check two tiny networks, one in each precision."""
    X, T = nn.data.xor()
    net = nn.mlp([2, 2, 1], hidden="tanh", output="sigmoid")
    for dtype in (np.float64, np.float32):
        theta = nn.initialize(net, dtype=dtype)
        nn.train(net, theta, X, T, "bce", nn.optimizers.adam(), epochs=2)
        nn.trace(net, theta, X, T, "bce")
        _, gradient = nn.backprop(net, theta, X, T, "bce")
        rule = nn.optimizers.adam()
        rule.step(theta, gradient, rule.state(theta))
    nn.gradient_check(net, nn.initialize(net), X, T, "bce")


@contextlib.contextmanager
def told(stream: TextIO) -> Iterator[None]:
    """While a block compiles, say in a terminal how far it is: kernels, time so far, time left."""
    begun, done = (time.monotonic(), time.process_time()), threading.Event()

    def tell():
        while not done.wait(progress.PAUSE):
            spent, total = time.monotonic() - begun[0], progress.all_in_all(ALL, *begun)
            left = f", about {progress.duration(total - spent)} left" if total else ""
            if WAIT.kernels:
                words = f"compiling nnlib, once: kernel {WAIT.kernels}, {progress.duration(spent)}{left}"
                stream.write(f"\r{words:70}")
                stream.flush()

    teller = threading.Thread(target=tell, daemon=True)
    WAIT.kernels, WAIT.is_told_elsewhere = 0, True
    try:
        if progress.rewrites(stream):
            teller.start()
        yield
    finally:
        done.set()
        WAIT.is_told_elsewhere = False
        if teller.ident:
            teller.join()
            stream.write(f"\r{'':70}\r")


def main(words: list[str]) -> int:
    """The command line; returns the exit code."""
    if words not in ([], ["check"]):
        print(f"python -m nnlib: needs nothing, or the word check, got {' '.join(words)}")
        return 2
    begun = time.perf_counter()
    if words:
        from .check import check

        lines, same = check()
        print("\n".join(lines))
        return 0 if same else 1
    with told(sys.stdout):
        warm()
    print(f"nnlib is compiled ({time.perf_counter() - begun:.1f} s)")
    return 0


if __name__ == "__main__":  # pragma: no cover - the tests call main
    sys.exit(main(sys.argv[1:]))

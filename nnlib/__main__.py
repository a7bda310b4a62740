"""``python -m nnlib``: compile what a first training run needs, so that the next one starts at once.

``python -m nnlib check``: whether this machine computes the book's bits.
"""

import sys
import time

import numpy as np

import nnlib as nn


def warm():
    """Train and check two tiny networks, one in each precision."""
    X, T = nn.data.xor()
    net = nn.mlp([2, 2, 1], hidden="tanh", output="sigmoid")
    for dtype in (np.float64, np.float32):
        theta = nn.initialize(net, dtype=dtype)
        nn.train(net, theta, X, T, "bce", nn.adam(), epochs=2)
        nn.trace(net, theta, X, T, "bce")
        nn.backprop(net, theta, X, T, "bce")
        nn.forward(net, theta, X)
    nn.gradient_check(net, nn.initialize(net), X, T, "bce")


def main(words):
    """The command line; returns the exit code."""
    if words not in ([], ["check"]):
        print(f"python -m nnlib: needs nothing, or the word check, got {' '.join(words)}")
        return 2
    begun = time.perf_counter()
    if words:
        from ._bits import check

        lines, same = check()
        print("\n".join(lines))
        return 0 if same else 1
    warm()
    print(f"nnlib is compiled ({time.perf_counter() - begun:.1f} s)")
    return 0


if __name__ == "__main__":  # pragma: no cover - the tests call main
    sys.exit(main(sys.argv[1:]))

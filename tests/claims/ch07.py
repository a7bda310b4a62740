"""Chapter 07's claims: which slopes cross-entropy mends, and which it leaves alone (exercise 4)."""

import numpy as np

import nnlib as nn
from tests.claims import claim

NET = nn.mlp([1, 4, 4, 4, 4, 1], hidden="sigmoid", output="sigmoid")


def _sizes(start, loss):
    theta = nn.initialize(NET, seed=start)
    theta[-1] = -10.0
    work = nn.trace(NET, theta, [[1.0]], [[1.0]], loss)
    return np.array([np.abs(work.dW[layer]).max() for layer in range(1, 6)])


@claim("*all* layers get slopes thousands of times as large, and each layer by the same factor.")
def every_slope_grows_alike(start):
    factors = _sizes(start, "bce") / _sizes(start, "l2")
    return factors.min() > 2000 and np.allclose(factors, factors[0], rtol=1e-9)


@claim("So the ratio of first to last is the same in every digit.")
def the_ratio_stays(start):
    l2, bce = (_sizes(start, loss) for loss in ("l2", "bce"))
    return np.isclose(l2[0] / l2[-1], bce[0] / bce[-1], rtol=1e-9) and bce[0] < bce[-1] / 10

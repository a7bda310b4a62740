"""Chapter 7: what its formulas are worth, by nudging the losses and by what nnlib computes."""

import numpy as np
from scipy.optimize import brentq

import nnlib as nn

UNIT = nn.mlp([1, 1], output="sigmoid")
AS_IS = np.array([1.0, 0.0])  # z = x


def nudged(f, at, step=1e-6):
    """The slope of f, by a nudge up and one down."""
    return (f(at + step) - f(at - step)) / (2 * step)


def slope_in_the_width(y, t, s):
    def minus_log(s):
        return -np.log(np.exp(-((t - y) ** 2) / (2 * s**2)) / (s * np.sqrt(2 * np.pi)))

    return nudged(minus_log, s)


def weighted_signal(y, t, k):
    def loss(z):
        yes, no = (nn.trace(UNIT, AS_IS, [[z]], [[answer]], "bce").J for answer in (1.0, 0.0))
        return k * t * yes + (1 - t) * no

    return nudged(loss, np.log(y / (1 - y)))


def best_common_z(p):
    """Where the slope of J is 0: the target of a batch with a share p of yes is p in the mean."""
    return brentq(lambda z: nn.trace(UNIT, AS_IS, [[z]], [[p]], "bce").delta[1][0, 0], -20, 20, xtol=1e-13)

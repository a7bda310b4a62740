"""Chapter 6: what its formulas are worth, by descending and counting."""

import numpy as np
from scipy.optimize import brentq

import nnlib as nn


def minimum_from_two_slopes(w, v, g, q):
    """Where descent ends on the parabola with these slopes, with a learning rate that is safe."""
    slope, zero = np.polyfit([w, v], [g, q], 1)
    if slope <= 0:  # a hill: descent on its reverse ends at the same place
        slope, zero = -slope, -zero
    rule, at = nn.sgd(0.5 / slope), np.array([w])
    state = rule.state(at)
    for _ in range(80):
        rule.step(at, slope * at + zero, state)
    return at[0]


def steps_to(k, η, c):
    """The time at which a k-th is left, by search."""
    return brentq(lambda steps: (1 - η * c) ** steps - 1 / k, 0, 1000, xtol=1e-13)


def variance_on_the_floor(η, c, s, B):
    """The variance after so many updates that it does not change any more."""
    variance = 0.0
    for _ in range(2000):
        variance = (1 - η * c) ** 2 * variance + η**2 * s**2 / B
    return variance

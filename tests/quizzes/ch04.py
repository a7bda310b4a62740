"""Chapter 4: what its formulas are worth, by nudging each function at the z that gives the output."""

import numpy as np
from scipy.optimize import brentq

import nnlib as nn


def slope_at_output(g, h):
    """The slope of g at the z where it outputs h: the z by search, the slope by a nudge."""
    z = brentq(lambda z: g(z) - h, -40, 40, xtol=1e-14)
    return (g(z + 1e-6) - g(z - 1e-6)) / 2e-6


def stretched_tanh_slope(h, k):
    return slope_at_output(lambda z: k * nn.activations.tanh(z), h)


def softplus_slope(h):
    """ln(1 + eᶻ) is the log-sum-exp of 0 and z."""
    return slope_at_output(lambda z: nn.activations.logsumexp(np.array([0.0, z])), h)


def elu_slope(h, k):
    return slope_at_output(lambda z: k * (np.exp(z) - 1), h)

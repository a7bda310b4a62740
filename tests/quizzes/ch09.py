"""Chapter 9: what its formulas are worth, by nudging what nnlib computes."""

import numpy as np

from nnlib.activations import sigmoid


def nudged(f, at, step=1e-6):
    """The slope of f, by a nudge up and one down."""
    return (f(at + step) - f(at - step)) / (2 * step)


def logit(y):
    """The z at which a sigmoid outputs y."""
    return np.log(y / (1 - y))


def output_signal(y, t):
    return nudged(lambda z: (sigmoid(z) - t) ** 2 / 2, logit(y))


def hidden_signal(h, u, v, δ_1, δ_2):
    """An error that is linear in the children's z has these error signals."""
    return nudged(lambda z: δ_1 * (u * np.tanh(z) + 0.3) + δ_2 * (v * np.tanh(z) - 0.2), np.arctanh(h))


def first_slope(x, v, h, y, t):
    """The biases b and c are such that h and y come out, at w = 0.7."""
    b, c = logit(h) - 0.7 * x, logit(y) - v * h
    return nudged(lambda w: (sigmoid(v * sigmoid(w * x + b) + c) - t) ** 2 / 2, 0.7)


def shared_bias(b, δ_1, δ_2):
    return nudged(lambda b: δ_1 * (0.4 + b) + δ_2 * (b - 1.1), b)


def after_a_step(w, h, δ, η):
    return w - η * nudged(lambda w: δ * (w * h + 0.2), w)

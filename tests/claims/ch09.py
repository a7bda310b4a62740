"""Backpropagation by hand: the page steps one network from given weights; what it says of learning holds for others."""

from functools import cache

import numpy as np

import nnlib as nn
from tests.claims import claim

X, T = np.array([0.05, 0.10]), np.array([0.01, 0.99])


@cache
def stepped(start, steps, update, eta):
    """The errors, and the first step's slopes of the hidden weights: those taken and the right ones.

    The page begins with weights from 0.15 to 0.55; here they are drawn from (0, 1). The biases learn, as there.
    """
    sigma, draws = nn.activations.sigmoid, np.random.default_rng(start)
    W1, W2 = draws.uniform(size=(2, 2, 2))
    b1, b2 = np.full(2, 0.35), np.full(2, 0.60)
    errors, slopes = [], None
    for _ in range(steps + 1):
        h = sigma(X @ W1 + b1)
        y = sigma(h @ W2 + b2)
        errors.append(0.5 * np.sum((y - T) ** 2))
        delta, old = (y - T) * y * (1 - y), W2
        W2 = W2 - eta * np.outer(h, delta)
        back, right = (V @ delta * h * (1 - h) for V in (W2 if update == "sequential" else old, old))
        slopes = slopes or (np.outer(X, back), np.outer(X, right))
        W1, b1, b2 = W1 - eta * np.outer(X, back), b1 - eta * back, b2 - eta * delta
    return errors, *slopes


@claim(
    "The two errors differ by less than one part in ten thousand, although",
    "A falling error does not show that the slopes are right.",
)
def a_step_with_wrong_slopes_descends(start):
    (before, after), taken, right = stepped(start, 1, "sequential", 0.5)
    (_, simultaneous), *_ = stepped(start, 1, "simultaneous", 0.5)
    wrong = np.abs(taken / right - 1).max()
    return after < before and wrong > 0.05 and abs(after / simultaneous - 1) < 1e-4


@claim(
    "With η = 8 the hidden slopes start with the wrong sign, and the network still learns",
    "does not prove that slopes are right.",
)
def a_slope_turned_around_learns(start):
    errors, taken, right = stepped(start, 1_000, "sequential", 8.0)
    return (taken * right < 0).any() and errors[-1] < errors[0] / 1000

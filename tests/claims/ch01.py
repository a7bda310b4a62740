"""Orientation: ten numbers found from several starts, and none from zeros."""

from functools import cache
from itertools import permutations, product

import numpy as np

import nnlib as nn
from tests.claims import claim

NET = nn.mlp([1, 3, 1])
FOUR = (0, 6, 1, 2)  # the seeds that the page calls starts 1 to 4


def points(start):
    """Points whose noise is 0.1; the page has seed 0."""
    return nn.data.sine(n=40, noise=0.1, seed=start)


@cache
def learned(start, weights, epochs=2000):
    """Where training ends from weights of this seed, or from zeros."""
    X, T = points(start)
    theta = np.zeros(10) if weights is None else nn.initialize(NET, seed=weights)
    return nn.train(NET, theta, X, T, "l2", nn.sgd(0.1), epochs=epochs, batch_size=8, seed=start)


def loss(theta, start):
    X, T = points(start)
    return nn.loss_value(nn.forward(NET, theta, X), T, "l2")


def copies(theta):
    """The same curve under other names: an order of the hidden units, and a sign for each."""
    (W1, b1), (W2, b2) = nn.unpack(NET, theta)
    for order in map(list, permutations(range(3))):
        for sign in map(np.array, product((1, -1), repeat=3)):
            yield nn.pack(NET, [(W1[:, order] * sign, b1[order] * sign), (W2[order] * sign[:, None], b2)])


@claim("From each start the loss, here after the epoch, falls to less than a fifth")
def the_loss_falls_to_a_fifth(start):
    """From the page's four starts and others."""
    seeds = {*FOUR, start, 10 + start}
    return all(loss(learned(start, s).theta, start) < loss(nn.initialize(NET, seed=s), start) / 5 for s in seeds)


@claim("Five lines, and something has learned.")
def the_printed_loss_falls(start):
    told = [learned(start, start).loss[epoch - 1] for epoch in (1, 10, 100, 1000)]
    return sorted(told, reverse=True) == told


@claim(
    "Starts 1 and 4 end with much the same curve. Their bars have little in common.",
    "Yes. The curves are close, and some of the numbers are several units apart.",
)
def like_curves_unlike_numbers(start):
    one, four = (learned(start, FOUR[k]).theta for k in (0, 3))
    curves = nn.forward(NET, one, points(start)[0]) - nn.forward(NET, four, points(start)[0])
    return np.sqrt(np.mean(curves**2)) < 0.15 and np.abs(one - four).max() > 3


@claim(
    "Starts 2 and 3 found nearly what start 1 found, under other names. Start 4 found something else.",
    "and some numbers are simply different.",
)
def two_solutions_and_their_copies(start):
    one, *others = (learned(start, seed).theta for seed in FOUR)
    two, three, four = (min(np.abs(c - other).max() for c in copies(one)) for other in others)
    return max(two, three) < 0.8 < 1 < four


@claim("One number of ten moves, the last bias, and the curve stays a flat line near the mean of the targets.")
def zeros_stay(start):
    theta, (_, T) = learned(start, None).theta, points(start)
    return np.flatnonzero(theta).tolist() == [9] and abs(theta[9] - T.mean()) < 0.05

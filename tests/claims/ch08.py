"""Chapter 08's claims: a classifier of digits before and after its training, and exercise 4."""

import functools

import numpy as np

import nnlib as nn
from tests.claims import claim

NET = nn.mlp([64, 32, 10], hidden="tanh", output="softmax")


@functools.cache
def _digits(split):
    return nn.data.split(*nn.data.digits(), seed=split)


def _train(split, start, rule, epochs):
    (X, t), _ = _digits(split)
    theta = nn.initialize(NET, seed=start)
    run = nn.train(NET, theta, X, t, loss="cross_entropy", optimizer=rule, epochs=epochs, batch_size=32, seed=start)
    return theta, run.theta


@functools.cache
def _wrong(split, start):
    """The digits kept aside that the trained network does not recognize."""
    _, (X, t) = _digits(split)
    return nn.predict(NET, _train(split, start, nn.momentum(0.1), 30)[1], X) != t


@claim("A network that knows nothing gives each class about 1/K, so its loss is close to log K.")
def it_starts_near_log_K(start):
    (X, t), _ = _digits(start)
    theta = nn.initialize(NET, seed=start)
    quiet, loud = (nn.trace(NET, scale * theta, X, t, "cross_entropy").J for scale in (1, 10))
    return abs(quiet - np.log(10)) < 0.3 and loud > 10


@claim("This is one run: another start makes other mistakes, about as few.")
def others_err_elsewhere(start):
    here, there = _wrong(start, start), _wrong(start, start + 10)
    return (here != there).any() and all(0.01 < wrong.mean() < 0.05 for wrong in (here, there))


def _row_sums_moved(start, rule):
    before, after = (nn.unpack(NET, theta)[-1][0].sum(axis=1) for theta in _train(start, start, rule, 3))
    return np.abs(after - before).max()


@claim(
    "With plain gradient descent the claim holds to rounding.",
    "Steps proportional to such slopes, momentum's included, never leave the row sums.",
)
def descent_keeps_the_row_sums(start):
    return all(_row_sums_moved(start, rule) < 1e-10 for rule in (nn.sgd(0.1), nn.momentum(0.1)))


@claim("ten numbers that sum to 0 no longer do so once each is divided by its own size.")
def adam_does_not(start):
    return _row_sums_moved(start, nn.adam(0.001)) > 0.01

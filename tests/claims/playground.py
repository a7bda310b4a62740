"""The playground: what its nine experiments show, with other seeds; it has seed 1."""

from functools import cache

import numpy as np

import nnlib as nn
from nnlib.lab.playground import experiment
from tests.claims import claim


@cache
def trained(start, **settings):
    """(network, what it was given, labels or heights, θ and the losses)."""
    state = experiment.checked({"lr": 0.02, **settings, "seed": 1 + start})
    net, X, labels, _, history = experiment.native(state, state["epochs"])
    return net, X, labels, history


def run(start, **settings):
    """The share of the training points that it gets right, θ and the losses."""
    net, X, labels, history = trained(start, **settings)
    return np.mean(nn.predict(net, history.theta, X) == labels), history


def right(start, **settings):
    return run(start, **settings)[0]


@claim("one straight line: enough for two clouds, useless for XOR, however long it trains.")
def no_hidden_layer(start):
    return right(start, data="blobs", hidden=(), epochs=200) > 0.99 and right(start, data="xor", hidden=()) < 0.8


@claim("that two lines cannot close a ring, and three nearly always do.")
def a_ring(start):
    ring = dict(data="circles", noise=0.1)
    return right(start, hidden=(2,), **ring) < 0.9 and right(start, hidden=(3,), **ring) > 0.95


@claim(
    "that two units are enough, and that training often does not find it: one corner stays wrong. "
    "With eight it nearly always finds it."
)
def units_for_xor(start):
    """Of the start and its two neighbors, at least one fails with two units; one of all ten succeeds."""
    xor = dict(data="xor", noise=0.5, lr=0.01)
    two = [right(other, hidden=(2,), **xor) for other in range(10)]
    fails = min(two[start], two[(start + 1) % 10], two[(start + 2) % 10])
    return fails < 0.8 < 0.95 < max(two) and right(start, hidden=(8,), **xor) > 0.97


@claim("eight units with one and the same picture: a layer of equals stays a single unit.")
def equals_stay_equal(start):
    share, history = run(start, data="xor", noise=0.5, scheme="constant", hidden=(8,))
    into = nn.unpack(nn.mlp([2, 8, 1]), history.theta)[0][0]
    return share < 0.8 and np.ptp(into, axis=1).max() < 1e-9


@claim("and nothing happen; with tanh the bars are closer, and it learns.")
def four_layers(start):
    deep = dict(data="circles", noise=0.1, hidden=(8,) * 4, optimizer="sgd", lr=0.5, epochs=200)
    return right(start, activation="sigmoid", **deep) < 0.7 and right(start, activation="tanh", **deep) > 0.95


@claim("the validation loss turn and climb while the training loss goes toward 0; with λ it hardly climbs")
def a_large_network(start):
    large = dict(data="moons", noise=0.35, n=100, train_share=0.5, hidden=(16, 16), epochs=1000)
    (_, free), (_, held) = run(start, **large), run(start, l2=0.03, **large)
    free_climbs, held_climbs = (h.val_loss[-1] / min(h.val_loss) for h in (free, held))
    return free.loss[-1] < 0.1 and free_climbs > 2 and held_climbs < 2


@claim(
    "that with squares no hidden unit is needed, since a ring is a line in them; "
    "with x₁ and x₂ the network hardly beats a guess."
)
def squares_as_inputs(start):
    rings = dict(data="circles", noise=0.1, hidden=())
    return right(start, features=("x1^2", "x2^2"), **rings) > 0.97 and right(start, **rings) < 0.65


@claim(
    "that the best plane stays near R² = 0.6, and that either the right input or a hidden layer brings it above 0.95."
)
def a_wave(start):
    def r2(**settings):
        net, X, heights, history = trained(start, data="wave", noise=0.1, **settings)
        return 1 - np.mean((nn.predict(net, history.theta, X).ravel() - heights) ** 2) / np.var(heights)

    flat, fit, layer = r2(hidden=()), r2(hidden=(), features=("sin(pi*x1)",)), r2(hidden=(8,))
    return abs(flat - 0.6) < 0.06 and min(fit, layer) > 0.95


@claim(
    "all eight units die within twenty epochs, and none of them come back with the smaller η, "
    "since no gradient reaches them; begun with 0.1, the network learns."
)
def units_die(start):
    def dead(**settings):
        net, X, _, history = trained(start, **relu, **settings)
        W, b = nn.unpack(net, history.theta)[0]
        return int((X @ W + b <= 0).all(axis=0).sum())

    relu = dict(data="circles", noise=0.1, activation="relu", hidden=(8,), optimizer="sgd")
    later = dead(lr=10.0, epochs=200, changes=((50, "lr", 0.1),))
    return dead(lr=10.0, epochs=20) == later == 8 and right(start, lr=0.1, epochs=200, **relu) > 0.95

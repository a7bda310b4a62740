"""The playground: what its six experiments show, with other seeds; it has seed 1."""

from functools import cache

import numpy as np

import nnlib as nn
from nnlib.lab.playground import experiment
from tests.claims import claim


@cache
def run(start, **settings):
    """The share of the training points that it gets right, θ and the losses."""
    lr, hidden = settings.pop("lr", 0.02), list(settings.pop("hidden"))
    state = experiment.checked({**settings, "lr": lr, "hidden": hidden, "seed": 1 + start})
    net, X, labels, _, history = experiment.native(state, state["epochs"])
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
    large = dict(data="moons", noise=0.35, n=50, hidden=(16, 16), epochs=1000)
    (_, free), (_, held) = run(start, **large), run(start, l2=0.03, **large)
    free_climbs, held_climbs = (h.val_loss[-1] / min(h.val_loss) for h in (free, held))
    return free.loss[-1] < 0.1 and free_climbs > 2 and held_climbs < 2

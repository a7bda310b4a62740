"""Layers and shapes: what networks with and without a bend find, and how fast straight layers find it."""

from functools import cache

import numpy as np

import nnlib as nn
from tests.claims import STARTS, claim

KINDS = ("clouds", "moons", "circles")


def points(kind, start):
    """The page has seed 1."""
    if kind == "clouds":
        X, quarter = nn.data.blobs(80, noise=0.35, seed=1 + start, classes=4)
        return X, quarter % 2
    return getattr(nn.data, kind)(80, noise=0.2 if kind == "moons" else 0.1, seed=1 + start)


def line(layers):
    """Layers without a bend, as one: w1, w2 and b."""
    W, b = np.eye(2), np.zeros(2)
    for V, c in layers:
        W, b = W @ V, b @ V + c
    return np.array([*W[:, 0], *b])


@cache
def trained(kind, bend, L, start, weights=6):
    """The line of a network without a bend, and the share that it gets right; the page has weights 6."""
    X, labels = points(kind, start)
    net = nn.mlp([2] + [8] * (L - 1) + [1], hidden=bend, output="sigmoid")
    theta = nn.initialize(net, "he_uniform" if bend == "relu" else "glorot_uniform", seed=weights + start)
    rate = 1.0 if L == 1 else 0.03 if bend == "identity" else 0.006
    adam = nn.adam(nn.schedules.exponential(rate, 0.997))
    theta = nn.train(net, theta, X, labels[:, None], loss="bce", optimizer=adam, epochs=1000, batch_size=80).theta
    return line(nn.unpack(net, theta)), np.mean(nn.predict(net, theta, X) == labels)


@claim(
    "It even stays the *same* line, as its equation below it says: "
    "16 layers and 1,041 numbers find what a single neuron finds with three.",
    "On the left every start ends at the same line.",
)
def straight_layers_find_one_line(start):
    lines = [[trained(kind, "identity", L, start)[0] for kind in KINDS] for L in (1, 16)]
    lines += [[trained(kind, "identity", 2, start, weights=16)[0] for kind in KINDS]]  # another start
    moons = [trained("moons", "identity", L, 0, weights=start)[0] for L in (1, 4)]  # the page's, slowest to settle
    return max(np.ptp(lines, axis=0).max(), np.ptp(moons, axis=0).max()) < 0.005  # two decimals are shown


@claim("From L = 2 on, the right one bends around the clouds and the circles; the moons take a layer more.")
def a_bend_goes_around(start):
    around = [
        trained(kind, bend, L, start)[1] for kind in ("clouds", "circles") for bend in ("tanh", "relu") for L in (2, 4)
    ]
    crescents = [trained("moons", bend, 3, start)[1] for bend in ("tanh", "relu")]
    return min(around) > 0.9 and min(crescents) > trained("moons", "identity", 1, start)[1]


@claim("and 16 layers of ReLU may learn nothing.")
def deep_relu_may_learn_nothing(start):
    return any(trained("circles", "relu", 16, other)[1] == 0.5 for other in STARTS)  # one start is enough


@cache
def straight(L, start):
    """The collapsed numbers, the last loss, and the first update within 0.0005 of it; settled after 2,000 epochs."""
    X, labels = points("circles", start)
    net = nn.mlp([2] + [8] * (L - 1) + [1], hidden="identity", output="sigmoid")
    run = nn.train(
        *(net, nn.initialize(net, seed=6 + start), X, labels[:, None], "bce", nn.sgd(0.1)), epochs=2000, batch_size=80
    )
    losses = np.array(run.loss)
    return line(nn.unpack(net, run.theta)), losses[-1], np.argmax(losses < losses[-1] + 0.0005)


@claim("The function is the same to four digits: one line is the best that any of them can do")
def depth_finds_nothing_better(start):
    lines, losses, _ = zip(*(straight(L, start) for L in (1, 2, 10)), strict=True)
    return np.ptp(lines, axis=0).max() < 1e-4 and np.ptp(losses) < 1e-4


@claim("in this run the deep ones are faster, as they are from nearly every start.")
def but_it_is_faster(start):
    one, *deep = (straight(L, start)[2] for L in (1, 2, 10))
    return max(deep) < one

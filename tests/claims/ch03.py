"""Layers and shapes: what half-planes fence in, what networks with and without a bend find, and how fast."""

from functools import cache

import numpy as np

import nnlib as nn
from nnlib.lab.planes.planes import START, parameters
from tests.claims import STARTS, claim


def rings(disc, near, far):
    """The points of the page's half-planes."""
    k = np.arange(60)
    label = (k % 5 < 2).astype(int)
    r = np.where(label, disc * np.sqrt((k + 1) / 60), near + (far - near) * k / 59)
    return np.c_[r * np.cos(2.4 * k), r * np.sin(2.4 * k)], label


WIDE, NARROW = rings(0.4, 0.9, 1.2), rings(0.7, 0.8, 1.1)
TURNS = dict(turn=[90, 210, 330])


def fenced(points, **setting):
    """How many points three half-planes get right."""
    net, theta = parameters(START | setting)
    return int(((nn.forward(net, theta, points[0])[:, 0] >= 0) == points[1]).sum())


@claim(
    "With turns of 90°, 210° and 330° and all shifts at −0.45, all 60 points are right.",
    "Inside it all units fire, and the sum is 3 − 2.5 = 0.5.",
    "Everywhere else it is −0.5 or less.",
)
def three_half_planes_fence_in_a_disc(start):
    net, theta = parameters(START | TURNS | dict(shift=[-0.45] * 3))
    P = np.random.default_rng(start).uniform(-1.5, 1.5, (2000, 2))
    work = nn.trace(net, theta, P)
    inside = work.H[1].sum(axis=1) == 3
    sums = work.H[2][:, 0]
    return fenced(WIDE, **TURNS, shift=[-0.45] * 3) == 60 and set(sums[inside]) == {0.5} and max(sums[~inside]) <= -0.5


def divided(X):
    """All ways in which a straight line divides the points: a row of 0 and 1 for each.

    A line that divides them can be moved until it passes through two of them, which then may lie on either side.
    """
    found = {(0,) * len(X), (1,) * len(X)}
    for i in range(len(X)):
        for j in range(i):
            z = (X - X[i]) @ np.array([X[i, 1] - X[j, 1], X[j, 0] - X[i, 0]])
            for two in ((0, 0), (0, 1), (1, 0), (1, 1)):
                side = (z > 0).astype(int)
                side[[i, j]] = two
                found |= {tuple(side), tuple(1 - side)}
    return np.array(sorted(found))


@cache
def best_of_two():
    """The most points that two steps and an output can get right, out of all there are."""
    X, t = WIDE
    sides = divided(X)
    sides = sides[sides[:, 0] == 0]  # what a unit lights or leaves dark: its weight may have either sign
    best, counts = 0, []
    for label in (0, 1):  # how many points of the class lie in each of the four parts, for each pair of lines
        lit = sides * (t == label).astype(float)
        first, second, both = lit.sum(axis=1)[:, None], lit.sum(axis=1)[None, :], lit @ sides.T.astype(float)
        counts.append([(t == label).sum() - first - second + both, second - both, first - both, both])
    for k in range(16):
        answers = [(k >> cell) & 1 for cell in range(4)]
        if answers not in ([0, 1, 1, 0], [1, 0, 0, 1]):  # XOR and its opposite no output can do
            right = sum(counts[answer][cell] for cell, answer in enumerate(answers))
            best = max(best, int(right.max()))
    return best


@claim("With two units at most 56 points are right, wherever the lines lie")
def two_half_planes_do_not(start):
    return best_of_two() == 56


@claim("with these turns and equal shifts, steps get at most 54 points right.")
def corners_reach_into_the_ring(start):
    biases = (-0.5, -1.5, -2.5)
    shifts = np.arange(-150, 151) / 100
    return max(fenced(NARROW, **TURNS, shift=[s] * 3, bias=b) for s in shifts for b in biases) == 54


@claim("Sigmoids of steepness 5 get all 60, with shifts of −0.5 and a bias of −2.2.")
def sigmoids_round_the_corners(start):
    return fenced(NARROW, **TURNS, shift=[-0.5] * 3, bias=-2.2, unit="sigmoid", steep=5) == 60


@cache
def fence(H, start):
    X, t = NARROW
    net = nn.mlp([2, H, 1], hidden="sigmoid", output="sigmoid")
    adam = nn.adam(0.05)
    run = nn.train(net, nn.initialize(net, seed=start), X, t[:, None], "bce", adam, epochs=1500, batch_size=60)
    return net, run.theta, int((nn.predict(net, run.theta, X) == t).sum())


@claim("All 60 points are right.", "From other starts the lines lie elsewhere, and again all points are right.")
def training_finds_three_lines(start):
    return fence(3, start)[2] == 60


@claim("Two of the units light the outer side, and their weights are negative.")
def of_this_run(start):
    net, theta, _ = fence(3, 0)
    (W, b), (v, _) = nn.unpack(net, theta)
    return (np.sign(b) == np.sign(v[:, 0])).all() and (v < 0).sum() == 2  # b: what a unit says of the origin


@claim("With two hidden units, no start brings more than 47.")
def training_finds_no_two(start):
    return fence(2, start)[2] <= 47


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

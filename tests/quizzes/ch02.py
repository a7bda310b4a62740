"""Chapter 02: what its questions recompute. No table is looked up: linear programs, bisection and training decide."""

from itertools import product

import numpy as np
from scipy.optimize import linprog

import nnlib as nn


def separable(table, corners):
    """Whether weights exist: z ≥ 1 where the table says 1 and z ≤ −1 where it says 0 (scaling makes room)."""
    signs = 2 * np.asarray(table) - 1
    rows = -signs[:, None] * np.c_[corners, np.ones(len(corners))]
    found = linprog(np.zeros(rows.shape[1]), rows, -np.ones(len(rows)), bounds=(None, None))
    return found.status == 0


def tables_by_linear_program(n):
    """How many truth tables of n inputs one neuron can compute."""
    corners = np.array(list(product([0, 1], repeat=n)))
    return sum(separable(table, corners) for table in product([0, 1], repeat=2**n))


def interval_of(gate, parameters, places):
    """Both ends of the values that make a gate or a table, by bisection: places are below, inside and above."""
    net = nn.mlp([2, 1], output="step")
    X, T = nn.data.gates(gate) if isinstance(gate, str) else (nn.data.xor()[0], np.array(gate, float)[:, None])

    def works(v):
        return np.array_equal(nn.forward(net, np.array(parameters(v)), X), T)

    below, inside, above = map(float, places)
    assert works(inside) and not works(below) and not works(above)
    ends = []
    for outside in (below, above):
        good, bad = inside, outside
        while abs(good - bad) > 1e-13:
            middle = (good + bad) / 2
            good, bad = (middle, bad) if works(middle) else (good, middle)
        ends.append((good + bad) / 2)
    return tuple(ends)


def trained_on(gate, epochs=10_000):
    """The parameters of a sigmoid neuron after training on a gate, as in the chapter."""
    net, (X, T) = nn.mlp([2, 1], output="sigmoid"), nn.data.gates(gate)
    start = nn.initialize(net, seed=0)
    return nn.train(net, start, X, T, loss="bce", optimizer=nn.sgd(lr=1.0), epochs=epochs, batch_size=4).theta


def threshold_by_bisection(w, b):
    """The input from which on a step with one input answers 1."""
    net, theta = nn.mlp([1, 1], output="step"), np.array([w, b])
    low, high = -100.0, 100.0
    assert nn.forward(net, theta, [[low]]) == 0 and nn.forward(net, theta, [[high]]) == 1
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (low, middle) if nn.forward(net, theta, [[middle]]) == 1 else (middle, high)
    return high


def boundary_moves_by(w, b, least):
    """How far along w one walks from y = 0.5 to y = least, by bisection."""
    net, theta, w = nn.mlp([2, 1], output="sigmoid"), np.array([*w, b]), np.array(w)
    foot, up = -b * w / (w @ w), w / np.hypot(*w)
    low, high = 0.0, 100.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (low, middle) if nn.forward(net, theta, [foot + middle * up]) >= least else (middle, high)
    return high


def fourth_corner(p, q, r):
    """z at 11 of the neuron whose z at the other three corners is given, by solving for its numbers."""
    X = nn.data.xor()[0]
    theta = np.linalg.solve(np.c_[X, np.ones(4)][:3], [p, q, r])
    return nn.trace(nn.mlp([2, 1]), theta, X).Z[1][3, 0]


def bias_of_a_switch(c, s, step=1e-6):
    """b of the sigmoid neuron that is ½ at c and climbs by s there: its slope grows with w, found by a nudge."""
    slope_of_one = (nn.activations.sigmoid(step) - nn.activations.sigmoid(-step)) / (2 * step)
    w = s / slope_of_one
    return -w * c

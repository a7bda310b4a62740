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
    """Both ends of the values that make a gate, by bisection: places are below, inside and above."""
    net, (X, T) = nn.mlp([2, 1], output="step"), nn.data.gates(gate)

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

"""The first test: what its formulas are worth, by what nnlib computes at x = 0."""

import numpy as np

import nnlib as nn


def at_zero(*layers):
    """The output of a network of linear units at x = 0: the bias of the one unit that computes the same."""
    layers = [(np.array(W, float), np.array(b, float)) for W, b in layers]
    net = nn.mlp([1, *(len(b) for _, b in layers)], hidden="identity")
    return nn.forward(net, nn.pack(net, layers), [[0.0]])[0, 0]


def bias_of_two_units(p, q, r, s, u, v, k):
    return at_zero(([[p, r]], [q, s]), ([[u], [v]], [k]))


def bias_of_a_row(p, q, r, s, u, v):
    return at_zero(([[p]], [q]), ([[r]], [s]), ([[u]], [v]))

"""The first page: XOR learned by three hidden units."""

import numpy as np

import nnlib as nn
from tests.claims import claim


@claim("a small network finds a bent one.")
def three_units_find_xor(start):
    X, T = nn.data.xor()
    net = nn.mlp([2, 3, 1], hidden="tanh", output="sigmoid")
    theta = nn.initialize(net, "glorot_uniform", seed=start)
    run = nn.train(net, theta, X, T, "bce", nn.momentum(0.1), epochs=1000, batch_size=4)
    return np.array_equal(nn.predict(net, run.theta, X), T.ravel())

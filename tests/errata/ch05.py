"""Chapter 05's errata, demonstrated."""

import numpy as np

import nnlib as nn
from nnlib import activations as g
from tests.errata import erratum

CELL = np.linspace(-1, 1, 400)


def fit(bend, H, t):
    """Hidden units as in the chapter, output weights by least squares: the largest gap and the rank."""
    c = -1 + (2 * np.arange(H) + 0.5) / H
    V = np.c_[bend(H / 2 * (CELL[:, None] - c)), np.ones(400)]
    v, _, rank, _ = np.linalg.lstsq(V, t, rcond=None)
    return np.abs(V @ v - t).max(), rank


@erratum("C14")
def a_jump_leaves_half_of_itself():
    beside = np.array([[-1e-12], [1e-12]])
    rng = np.random.default_rng(0)
    for hidden in ("tanh", "relu", "sigmoid"):
        net = nn.mlp([1, 200, 1], hidden=hidden)
        for _ in range(50):
            y = nn.forward(net, 3 * rng.normal(size=net.size), beside)[:, 0]
            assert np.abs(y - [0, 1]).max() >= 0.5 - 1e-6
    x = np.r_[-1e-12, 1e-12]
    assert np.isclose(np.abs(g.sigmoid(50 * x) - g.step(x)).max(), 0.5)  # and ½ can be attained


@erratum("C15")
def squares_stop_and_tanh_goes_on():
    for H in (5, 50, 500):
        gap, rank = fit(np.square, H, np.abs(CELL))
        assert rank == 3 and np.isclose(gap, 0.185470, atol=5e-7)
    rng = np.random.default_rng(0)  # the same for any other squares
    V = np.c_[(CELL[:, None] * rng.normal(size=50) + rng.normal(size=50)) ** 2, np.ones(400)]
    v = np.linalg.lstsq(V, np.abs(CELL), rcond=None)[0]
    assert np.isclose(np.abs(V @ v - np.abs(CELL)).max(), 0.185470, atol=5e-7)
    assert np.isclose(fit(g.tanh, 5, np.abs(CELL))[0], 0.0875, atol=5e-5) and 0.0875 < 1 / 8
    assert np.isclose(fit(g.tanh, 50, np.abs(CELL))[0], 0.0062, atol=5e-5)


@erratum("C15")
def on_the_whole_line_a_tanh_net_is_bounded():
    net = nn.mlp([1, 50, 1], hidden="tanh")
    theta = 3 * np.random.default_rng(1).normal(size=net.size)
    v, c = nn.unpack(net, theta)[1]
    bound = abs(c[0]) + np.abs(v).sum()
    x = np.array([[10 * bound]])
    assert abs(nn.forward(net, theta, x)[0, 0] - x[0, 0]) >= 9 * bound

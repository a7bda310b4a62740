"""Chapter 13's errata, demonstrated."""

import numpy as np

import nnlib as nn
from tests.errata import erratum


def size(v):
    return np.sqrt(np.mean(np.square(v)))


def linear(W, depth, x, back):
    """Identity layers that are all W: the output, and the trace of an error signal `back`."""
    n = len(W)
    net = nn.mlp([n] * (depth + 1), hidden="identity")
    theta = nn.pack(net, [(np.asarray(W, float), np.zeros(n))] * depth)
    y = nn.forward(net, theta, x)
    return y, nn.trace(net, theta, x, y - back, "l2")


@erratum("E3")
def weights_of_one_explode():
    x = np.ones((1, 2))
    y, _ = linear(np.ones((2, 2)), 10, x, x)
    assert np.array_equal(y, [[1024.0, 1024.0]])
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]])  # no entry near one
    y, work = linear(turn, 50, x, x)
    assert np.isclose(np.linalg.norm(y), np.linalg.norm(x), rtol=1e-12)
    assert np.isclose(np.linalg.norm(work.delta[1]), np.linalg.norm(x), rtol=1e-12)
    rng = np.random.default_rng(0)
    z = rng.normal(size=(20_000, 1000)) @ np.ones(1000)
    assert np.isclose(z.std(), np.sqrt(1000), rtol=0.03)  # 31.6


@erratum("E12")
def the_signal_grows_by_L_factors_and_the_gradient_by_one_less():
    x, back = np.array([[1.0, -2.0]]), np.array([[1.0, 0.5]])
    y, work = linear(1.5 * np.eye(2), 10, x, back)
    _, flat = linear(np.eye(2), 10, x, back)
    assert y.shape == (1, 2)  # a vector, not the matrix
    assert np.allclose(y, 1.5**10 * x, rtol=1e-12) and np.isclose(1.5**10, 57.6650390625)
    assert np.allclose(work.dW[1] / flat.dW[1], 1.5**9, rtol=1e-12) and np.isclose(1.5**9, 38.443359375)
    net = nn.mlp([2] * 11, hidden="identity")
    layers = [(np.eye(2), np.zeros(2))] * 9 + [(1.5 * np.eye(2), np.zeros(2))]
    assert np.allclose(nn.forward(net, nn.pack(net, layers), x), 1.5 * x)  # one such layer is not enough
    small, _ = linear(0.5 * np.eye(2), 10, x, back)
    assert np.allclose(small, 0.5**10 * x, rtol=1e-12)


@erratum("E13", slow=True)
def depth_alone_decides_nothing():
    n = m = 64
    rng = np.random.default_rng(0)
    x, back = rng.normal(size=(m, n)), rng.normal(size=(m, n))
    ratio = {}
    for name, gain in (("sigmoid", 1.0), ("relu", 1.0), ("relu", np.sqrt(2)), ("tanh", 2.0), ("relu", 2.0)):
        net = nn.mlp([n] * 32, hidden=name)
        theta = nn.initialize(net, "orthogonal", scale=gain)
        work = nn.trace(net, theta, x, nn.forward(net, theta, x) - m * back, "l2")
        ratio[name, round(gain, 1)] = size(work.delta[1]) / size(work.delta[-1])
    assert ratio["sigmoid", 1.0] < 1e-18
    assert ratio["relu", 1.0] < 1e-4
    assert 0.5 < ratio["relu", 1.4] < 2
    assert 50 < ratio["tanh", 2.0] < 200
    assert ratio["relu", 2.0] > 1e4

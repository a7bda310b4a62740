"""Chapter 04's errata, demonstrated."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import erf

import nnlib as nn
from nnlib import activations as g
from tests.errata import erratum

Z = np.linspace(-5, 5, 41)


def first(condition, low, high):
    """The smallest float in (low, high] from which on the condition holds."""
    while low < (middle := (low + high) / 2) < high:
        low, high = (low, middle) if condition(middle) else (middle, high)
    return high


@erratum("A1")
def not_all_are_monotonic_continuous_differentiable():
    for f, left in ((g.relu, 0.0), (g.leaky_relu, 0.01)):
        slopes = [(f(u) - f(0.0)) / u for u in (-1e-9, 1e-9)]
        assert np.allclose(slopes, [left, 1.0])
    assert (g.step(-1e-12), g.step(0.0)) == (0, 1)

    def silu(z):
        return z * g.sigmoid(z)

    def gelu(z):
        return z * (1 + erf(z / np.sqrt(2))) / 2

    for f, where, least in ((silu, -1.278464543, -0.278464542761), (gelu, -0.751791524, -0.169971207)):
        root = brentq(lambda z, f=f: (f(z + 1e-5) - f(z - 1e-5)) / 2e-5, -3, 0, xtol=1e-13)
        assert np.isclose(root, where, atol=1e-6)
        assert np.isclose(f(where), least, atol=1e-9)
        assert f(where) < f(where - 1) and f(where) < f(where + 1)
    y = g.softmax(np.array([-0.21, 0.47, 1.72]))
    higher = g.softmax(np.array([-0.20, 0.47, 1.72]))
    assert higher[0] > y[0] and (higher[1:] < y[1:]).all()


@erratum("A2")
def relu_attains_zero():
    assert g.relu(-3.0) == 0 == g.relu(0.0)
    assert g.slope("relu", g.relu(0.0)) == 0


@erratum("A3")
def leaky_relu_goes_below_zero():
    assert g.leaky_relu(-1.0) == -0.01
    assert np.isclose(g.leaky_relu(-1e6), -1e4)


@erratum("A4")
def the_slope_of_relu_is_not_relu():
    assert (g.relu(2.0), g.step(2.0), g.slope("relu", g.relu(2.0))) == (2, 1, 1)
    assert (g.slope("step", g.step(Z)) == 0).all()


@erratum("A5")
def the_ends_are_reached_only_in_floating_point():
    reached = first(lambda z: g.sigmoid(z) == 1, 0.0, 100.0)
    assert np.isclose(reached, 53 * np.log(2), atol=1e-6)
    assert np.isclose(reached, 36.7368, atol=1e-4)
    assert abs(first(lambda z: g.tanh(z) == 1, 0.0, 100.0) - 19) < 0.5  # the last digit of tanh is the libm's
    with np.errstate(divide="ignore"):
        assert np.log(1 - g.sigmoid(37.0)) == -np.inf
    assert np.isfinite(np.log(1 - g.sigmoid(36.0)))
    single = np.float32(1) / (np.float32(1) + np.exp(-np.float32(16.64)))
    assert single == 1 > np.float32(1) / (np.float32(1) + np.exp(-np.float32(16.6)))


@erratum("A6")
def combinations_can_be_straight():
    assert np.allclose(g.sigmoid(Z) + g.sigmoid(-Z), 1, rtol=0, atol=1e-15)
    assert np.array_equal(g.relu(Z) - g.relu(-Z), Z)


@erratum("A7")
def a_dead_unit_has_no_gradient_at_all():
    assert (g.slope("relu", g.relu(Z[Z < 0])) == 0).all()
    net = nn.mlp([1, 2, 1], hidden="relu")
    theta = nn.pack(net, [(np.ones((1, 2)), np.array([1.0, -5.0])), (np.ones((2, 1)), np.zeros(1))])
    X, T = np.array([[0.5], [1.0], [2.0]]), np.full((3, 1), 9.0)
    work = nn.trace(net, theta, X, T, "l2")
    assert work.dW[1][0, 1] == 0 == work.db[1][1]
    assert work.dW[1][0, 0] != 0
    after = nn.train(net, theta, X, T, loss="l2", optimizer=nn.sgd(0.01), epochs=50).theta
    (W, b), _ = nn.unpack(net, after)
    assert (W[0, 1], b[1]) == (1.0, -5.0)


@erratum("A8")
def tanh_by_its_formula_breaks():
    def doubled(z):
        e = np.exp(2 * np.float64(z))
        return (e - 1) / (e + 1)

    def both(z):
        up, down = np.exp(np.float64(z)), np.exp(-np.float64(z))
        return (up - down) / (up + down)

    with np.errstate(all="ignore"):
        assert abs(first(lambda z: np.isnan(doubled(z)), 0.0, 1000.0) - 354.8914) < 1e-3
        assert abs(first(lambda z: np.isnan(both(z)), 0.0, 1000.0) - 709.7827) < 1e-3
        assert np.isnan(both(-710.0))
    error = abs(doubled(1e-10) / np.tanh(1e-10) - 1)
    assert 1e-9 < error < 1e-6
    assert (g.tanh(np.array([-1e4, 355.0, 710.0])) == [-1, 1, 1]).all()


@erratum("A10")
def layers_stack_without_activations():
    rng = np.random.default_rng(0)
    net = nn.mlp([4, 6, 5, 2], hidden="identity")
    theta = nn.initialize(net, seed=1) + 0.1
    X = rng.normal(size=(7, 4))
    (W1, b1), (W2, b2), (W3, b3) = nn.unpack(net, theta)
    W, b = W1 @ W2 @ W3, (b1 @ W2 + b2) @ W3 + b3
    assert np.allclose(nn.forward(net, theta, X), X @ W + b, atol=1e-13)

"""Public activations against definitions in higher precision, and kernels against the public ones."""

import math

import numpy as np
import pytest

import nnlib as nn
from nnlib import activations as A
from nnlib import network
from nnlib.engine.jit import jit
from tests import naive

pytestmark = pytest.mark.bounds

Z = np.concatenate([np.linspace(-30, 30, 301), 10.0 ** np.arange(-12, 3), -(10.0 ** np.arange(-12, 3))])
EACH = [row.name for row in A.ROWS if row.slope]


@jit
def _times_slope(g, H, δ):
    A.times_slope(g, H, δ)


def near(got, exact, ulps=2):
    tiny = np.finfo(got.dtype).tiny
    return np.max(np.abs(got - exact) / np.maximum(np.abs(exact), tiny)) <= ulps * np.finfo(got.dtype).eps


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_values(dtype):
    z = Z.astype(dtype)
    wide = z.astype(np.longdouble)
    assert near(A.sigmoid(z), 1 / (1 + np.exp(-wide)))
    assert near(A.tanh(z), np.tanh(wide))
    assert near(A.relu(z), np.where(wide > 0, wide, 0))
    assert near(A.leaky_relu(z), np.where(wide > 0, wide, wide * dtype(0.01)))
    assert near(A.identity(z), wide)
    assert all(getattr(A, name)(z).dtype == dtype for name in EACH)


def test_scalars_lists_integers_and_shapes():
    for name in EACH:
        g = getattr(A, name)
        assert isinstance(g(0.5), float) and isinstance(g(1), float)
        assert g([[1, 2], [3, 4]]).shape == (2, 2)
        assert g(np.arange(3)).dtype == np.float64
        assert np.isnan(g(math.nan))
        z = np.array([-1.0, 2.0])
        g(z)[0] = 9  # never the argument itself
        assert z[0] == -1
    assert A.step(0) == 1 and A.step(-1e-300) == 0 and A.relu(-3) == 0 and A.leaky_relu(-3) == -0.03


def test_extremes_without_warnings():
    for z in (1e4, -1e4, np.inf, -np.inf):
        assert A.sigmoid(z) == (z > 0) and A.tanh(z) == np.sign(z)
        p = A.softmax([z, 0.0])
        if np.isfinite(z):
            assert p.sum() == 1
            assert A.logsumexp([z, 0.0]) == max(z, 0)
            assert np.array_equal(A.log_softmax([z, 0.0]), [min(z, 0.0), min(-z, 0.0)])
    assert A.logsumexp([-np.inf, -np.inf]) == -np.inf
    assert A.logsumexp([np.inf, 0]) == np.inf
    assert A.sigmoid(-700.0) == pytest.approx(math.exp(-700), rel=1e-14)


def test_softmax_family(rng):
    z = rng.normal(size=(2, 3, 4)) * 3
    e = np.exp(z.astype(np.longdouble))
    assert near(A.softmax(z), e / e.sum(-1, keepdims=True), 8)
    np.testing.assert_allclose(A.logsumexp(z), np.log(e.sum(-1)).astype(float), rtol=1e-14)
    np.testing.assert_allclose(A.log_softmax(z), z - A.logsumexp(z)[..., None], rtol=1e-12, atol=1e-14)
    shifted = A.softmax([1000, 1001, 1002])
    np.testing.assert_allclose(shifted, A.softmax([0, 1, 2]), rtol=1e-15)
    assert A.softmax(np.float32([1, 2])).dtype == np.float32
    for f in (A.softmax, A.log_softmax, A.logsumexp):
        for bad in (1.0, [], np.empty((2, 0))):
            with pytest.raises(ValueError, match="^z: needs"):
                f(bad)


def test_softmax_of_the_lecture_notes():
    np.testing.assert_allclose(
        A.softmax([-0.21, 0.47, 1.72]), [0.101385041596, 0.200121675987, 0.698493282417], rtol=1e-11
    )


@pytest.mark.parametrize("name", EACH)
def test_slope_is_the_derivative(name):
    z = np.array([-3.0, -0.7, 0.4, 2.0])
    g = getattr(A, name)
    h = 1e-5
    np.testing.assert_allclose(A.slope(name, g(z)), (g(z + h) - g(z - h)) / (2 * h), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("name", EACH)
def test_against_the_naive_twin(name):
    z = np.array([-3.0, -0.7, 0.0, 0.4, 2.0])
    np.testing.assert_allclose(getattr(A, name)(z), naive.activation(name, z), rtol=1e-14)
    slopes = np.diag(naive.derivative(name, z))
    np.testing.assert_allclose(A.slope(name, getattr(A, name)(z)), slopes, rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", EACH)
def test_slope_kernels_agree(name, dtype):
    """What a reader plots is what a network multiplies by, to the bit."""
    h = getattr(A, name)(np.linspace(-4, 4, 81, dtype=dtype))[:, None]
    for δ in (np.ones_like(h), np.full_like(h, -3)):
        expected = δ * A.slope(name, h)
        _times_slope(A.CODES[name], h, δ)
        np.testing.assert_array_equal(δ, expected)


@pytest.mark.parametrize("code", [-1, len(A.ROWS), 99])
def test_an_unknown_code_is_seen(code):
    """Nothing below the border raises: what an unknown activation leaves is NaN, and that stops a training run."""
    net = nn.mlp([1, 2])._replace(activations=np.array([0, code]))
    H = np.ones(3)
    none = np.empty(0)
    network.propagate(net, np.ones(4), np.ones((1, 1)), np.empty((0, 0)), 0, 0.0, 0.0, H, none, none, none)
    assert np.isnan(H[1:]).all()
    δ = np.ones((2, 3))
    _times_slope(code, np.ones((2, 3)), δ)
    assert np.isnan(δ).all()
    with pytest.raises(ValueError, match="^net: .* do not belong together"):
        nn.forward(net, np.ones(4), [[1.0]])


def test_slope_at_the_edges():
    assert A.slope("relu", 0.0) == 0 and A.slope("leaky_relu", 0.0) == 0.01 and A.slope("step", 1) == 0
    assert isinstance(A.slope("tanh", 0.5), float) and A.slope("sigmoid", 0.5) == 0.25
    assert A.slope("relu", np.float32([1, 0])).dtype == np.float32
    assert np.isnan(A.slope("relu", math.nan))
    with pytest.raises(ValueError, match="softmax.*matrix"):
        A.slope("softmax", 0.5)
    with pytest.raises(ValueError, match="name.*did you mean 'sigmoid'"):
        A.slope("sigmiod", 0.5)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", EACH)
def test_kernels_agree(name, dtype):
    net = nn.mlp([1, 1], output=name)
    theta = np.array([1, 0], dtype)
    z = Z.astype(dtype)
    size = {"rtol": 1e-12} if dtype == np.float64 else {"rtol": 1e-6}
    atol = 1e-300 if dtype == np.float64 else 1e-37
    np.testing.assert_allclose(nn.forward(net, theta, z[:, None])[:, 0], getattr(A, name)(z), atol=atol, **size)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_softmax_kernel_agrees(rng, dtype):
    net = nn.mlp([4, 4], output="softmax")
    theta = nn.pack(net, [(np.eye(4, dtype=dtype), np.zeros(4, dtype))])
    X = (100 * rng.normal(size=(5, 4))).astype(dtype)
    Y = nn.forward(net, theta, X)
    np.testing.assert_allclose(Y, A.softmax(X), rtol=1e-12 if dtype == np.float64 else 1e-5, atol=1e-37)

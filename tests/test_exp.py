"""The polynomials against NumPy's functions in more digits than they have."""

import mpmath
import numpy as np
import pytest

from nnlib.engine import exp
from nnlib.engine.jit import jit

pytestmark = pytest.mark.bounds


@jit
def each(x, e, s, t):
    for i in range(x.size):
        e[i], s[i], t[i] = exp.exp(x[i]), exp.sigmoid(x[i]), exp.tanh(x[i])


def values(x):
    e, s, t = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    each(x, e, s, t)
    return e, s, t


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_to_the_last_digit(dtype):
    small = 10.0 ** np.arange(-12, 0)
    x = np.concatenate([np.linspace(-40, 40, 801), small, -small, [-80, 80, 0]]).astype(dtype)
    wide = x.astype(np.longdouble)
    for got, exact in zip(values(x), (np.exp(wide), 1 / (1 + np.exp(-wide)), np.tanh(wide)), strict=True):
        assert got.dtype == dtype
        assert np.max(np.abs(got - exact) / np.maximum(np.abs(exact), np.finfo(dtype).tiny)) < 2 * np.finfo(dtype).eps


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_ends(dtype):
    x = np.array([np.nan, np.inf, -np.inf, 1e4, -1e4], dtype)
    e, s, t = values(x)
    assert np.isnan([e[0], s[0], t[0]]).all() and np.isfinite(e[1:]).all()
    assert list(s[[1, 3]]) == [1, 1] and (s[[2, 4]] < 1e-37).all() and (s[[2, 4]] >= 0).all()
    assert list(t[1:]) == [1, -1, 1, -1]


@jit
def logs(x, out):
    for i in range(x.size):
        out[i] = exp.log(x[i])


@jit
def powers(x, y, out):
    for i in range(x.size):
        out[i] = exp.power(x[i], y[i])


def exactly(function, *arrays):
    """A function of mpmath, rounded to the nearest float64."""
    with mpmath.workdps(40):
        return np.array(
            [float(function(*(mpmath.mpf(float(v)) for v in values))) for values in zip(*arrays, strict=True)]
        )


@jit
def half_turns(x, out):
    for i in range(x.size):
        out[i] = exp.cos_half_turn(x[i])


def test_half_a_turn():
    x = np.concatenate([np.linspace(0, 1, 999), [1e-300, 1 / 3, 0.5]])
    out = np.empty_like(x)
    half_turns(x, out)
    np.testing.assert_allclose(out, exactly(lambda v: mpmath.cos(mpmath.pi * v), x), rtol=0, atol=2.3e-16)
    assert out[0] == 1 and out[998] == -1 and out[-1] == 0 and (np.diff(out[:999]) < 0).all()


def test_log_to_two_units_in_the_last_place(rng):
    x = np.concatenate([np.exp(rng.uniform(-600, 600, 300)), rng.uniform(0.5, 2, 300), 1 + rng.normal(size=99) * 1e-6])
    out = np.empty_like(x)
    logs(x, out)
    exact = exactly(mpmath.log, x)
    assert (np.abs(out - exact) <= 2 * np.spacing(np.abs(exact))).all()
    logs(np.ones(1), out)
    assert out[0] == 0


def test_powers(rng):
    x, y = rng.uniform(0.5, 20, 300), rng.uniform(0, 6, 300)
    out = np.empty_like(x)
    powers(x, y, out)
    np.testing.assert_allclose(out, exactly(mpmath.power, x, y), rtol=4e-15)
    powers(x, np.ones_like(x), out)
    assert np.array_equal(out, x)  # x¹ is x, to the bit: the first step of Adam is η
    β, t = np.full(300, 0.999), np.arange(300.0) * 40
    powers(β, t, out)
    np.testing.assert_allclose(1 - out[1:], 1 - exactly(mpmath.power, β, t)[1:], rtol=1e-12)
    assert out[0] == 1


def test_cosine_and_sine_to_the_last_digit(rng):
    x = np.concatenate([rng.uniform(-50, 50, 300), np.arange(-9, 9) * np.pi / 4, [1e5, -3e5, 1e6], [0.0, 1e-9]])
    c, s = exp.cos_sin(x)
    for got, function in ((c, mpmath.cos), (s, mpmath.sin)):
        assert np.abs(got - exactly(function, x)).max() <= 1.2e-16
    np.testing.assert_allclose(exp.cos_sin(np.array([[1e-9]]))[1], 1e-9, rtol=1e-15)

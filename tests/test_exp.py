"""The polynomials against NumPy's functions in more digits than they have."""

import numpy as np
import pytest

from nnlib import _exp
from nnlib._jit import jit


@jit
def each(x, e, s, t):
    for i in range(x.size):
        e[i], s[i], t[i] = _exp.exp(x[i]), _exp.sigmoid(x[i]), _exp.tanh(x[i])


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

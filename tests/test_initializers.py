"""Variances, orthogonality, and the same numbers for the same seed."""

import numpy as np
import pytest

import nnlib as nn
from nnlib.initializers import NAMES, VARIANCE, orthonormal

pytestmark = pytest.mark.bounds


@pytest.mark.parametrize("scheme", NAMES)
def test_every_scheme(scheme):
    net = nn.mlp([20, 30, 10], "tanh")
    theta = nn.initialize(net, scheme, seed=1)
    assert theta.shape == (net.size,) and theta.dtype == np.float64
    assert np.array_equal(theta, nn.initialize(net, scheme, seed=1))
    assert np.array_equal(nn.initialize(net, scheme, seed=1, dtype="float32"), theta.astype(np.float32))
    if scheme not in ("zeros", "constant"):
        assert not np.array_equal(theta, nn.initialize(net, scheme, seed=2))
    who, _, how = scheme.rpartition("_")
    for (W, b), (n_in, n_out) in zip(nn.unpack(net, theta), [(20, 30), (30, 10)], strict=True):
        assert not b.any()
        if who in VARIANCE:
            variance = {"lecun": 1 / n_in, "glorot": 2 / (n_in + n_out), "he": 2 / n_in}[who]
            assert abs(W.mean()) < 4 * np.sqrt(variance / W.size)
            assert W.var() == pytest.approx(variance, rel=0.2)
            if how == "uniform":
                assert 0.9 < np.abs(W).max() / np.sqrt(3 * variance) <= 1
        elif scheme == "orthogonal":
            small = W.T @ W if n_in > n_out else W @ W.T
            np.testing.assert_allclose(small, np.eye(len(small)), atol=1e-12)


def test_scales():
    net = nn.mlp([30, 30])
    (W, _), *_ = nn.unpack(net, nn.initialize(net, "uniform", scale=0.01))
    assert 0.009 < np.abs(W).max() <= 0.01
    (W, _), *_ = nn.unpack(net, nn.initialize(net, "normal", scale=3))
    assert W.std() == pytest.approx(3, rel=0.1)
    (W, _), *_ = nn.unpack(net, nn.initialize(net, "orthogonal", scale=2))
    np.testing.assert_allclose(W @ W.T, 4 * np.eye(30), atol=1e-12)
    (W, b), *_ = nn.unpack(net, nn.initialize(net, "constant", scale=0.25))
    assert (W == 0.25).all() and not b.any()
    assert not nn.initialize(net, "zeros").any()


@pytest.mark.parametrize("shape", [(1, 1), (5, 1), (4, 4), (40, 13)])
def test_orthonormal_is_the_q_of_lapack(rng, shape):
    """A = Q R with a positive diagonal of R has one answer."""
    A = rng.normal(size=shape)
    Q, R = np.linalg.qr(A)
    np.testing.assert_allclose(orthonormal(A), Q * np.sign(np.diag(R)), atol=1e-13)


def test_bad_arguments():
    net = nn.mlp([2, 1])
    for extra, kind, text in [
        ({"scheme": "he"}, ValueError, "scheme: unknown name 'he'"),
        ({"scheme": "xavier_uniform"}, ValueError, "did you mean"),
        ({"scheme": 3}, TypeError, "scheme: needs a name"),
        ({"seed": -1}, ValueError, "seed: needs a whole number"),
        ({"seed": 1.5}, TypeError, "seed: needs a whole number"),
        ({"dtype": "float16"}, ValueError, "dtype: needs float64 or float32"),
        ({"dtype": "nonsense"}, TypeError, "dtype: needs float64 or float32"),
        ({"dtype": None}, ValueError, "dtype: needs float64 or float32"),
        ({"scale": 1.0}, ValueError, "scale: 'glorot_uniform' has none"),
        ({"scheme": "normal", "scale": 0}, ValueError, "scale: needs a finite number > 0"),
    ]:
        with pytest.raises(kind, match=text):
            nn.initialize(net, **extra)

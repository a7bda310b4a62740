"""gemm against NumPy, in every combination, and on buffers full of NaN."""

import numpy as np
import pytest

from nnlib import _blas
from nnlib._jit import jit


@jit
def gemm(tx, ty, alpha, X, Y, k, beta, C):
    _blas.gemm(tx, ty, alpha, X, Y, k, beta, C)


@jit
def products(H, W, b, Z, δ, dH, scale, keep, dW, db):
    _blas.times_W(H, W, b, Z)
    _blas.times_W_transposed(δ, W, dH)
    _blas.add_transposed_times(scale, H, δ, keep, dW)
    _blas.add_column_sums(scale, δ, keep, db)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("beta", [0.0, 1.0, -0.5])
@pytest.mark.parametrize("ty", [_blas.N, _blas.T])
@pytest.mark.parametrize("tx", [_blas.N, _blas.T])
def test_gemm(rng, tx, ty, beta, dtype):
    m, n, k = 3, 5, 4
    X = rng.normal(size=(m, k)).astype(dtype)
    Y = rng.normal(size=(k, n)).astype(dtype)
    C = rng.normal(size=(m, n)).astype(dtype)
    expected = 2.5 * X @ Y + beta * C
    if beta == 0:
        C[:] = np.nan  # must be written, not multiplied by 0
    stored_X = np.ascontiguousarray(X.T if tx == _blas.T else X)
    stored_Y = np.ascontiguousarray(Y.T if ty == _blas.T else Y)
    gemm(tx, ty, 2.5, stored_X, stored_Y, k, beta, C)
    np.testing.assert_allclose(C, expected, rtol=20 * np.finfo(dtype).eps, atol=20 * np.finfo(dtype).eps)


SHAPES = [(1, 1, 1), (1, 2, 3), (4, 8, 8), (4, 8, 9), (7, 11, 13), (1, 30, 20), (5, 16, 24), (33, 50, 70), (9, 70, 60)]
# A few samples, and widths from less than one lane to more than two, in both precisions; rows left over from fours.
SHAPES += [(1, 20, 16), (1, 5, 40), (1, 80, 12), (2, 40, 17), (3, 20, 8), (4, 20, 32), (12, 100, 33), (16, 9, 31)]
SHAPES += [(17, 9, 31), (5, 60, 13), (1, 64, 15)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("keep", [0.0, 1.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_products_on_both_sides_of_every_threshold(rng, shape, keep, dtype):
    m, n, k = shape

    def draw(*size):
        return rng.normal(size=size).astype(dtype)

    H, W, b, δ, dW, db = draw(m, n), draw(n, k), draw(k), draw(m, k), draw(n, k), draw(k)
    Z, dH = np.full((m, k), np.nan, dtype), np.full((m, n), np.nan, dtype)
    sum_W, sum_b = keep * dW - 0.5 * H.T @ δ, keep * db - 0.5 * δ.sum(0)
    if keep == 0:
        dW[:], db[:] = np.nan, np.nan  # must be written, not multiplied by 0
    products(H, W, b, Z, δ, dH, -0.5, keep, dW, db)
    near = {"rtol": 50 * np.finfo(dtype).eps, "atol": 50 * np.finfo(dtype).eps}
    np.testing.assert_allclose(Z, H @ W + b, **near)
    np.testing.assert_allclose(dH, δ @ W.T, **near)
    np.testing.assert_allclose(dW, sum_W, **near)
    np.testing.assert_allclose(db, sum_b, **near)


@jit
def transpose(W, V):
    _blas.transpose(W, V)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", [(1, 1), (8, 8), (7, 9), (16, 8), (17, 31), (64, 64), (40, 3)])
def test_transpose(rng, shape, dtype):
    W = rng.normal(size=shape).astype(dtype)
    V = np.full(shape[::-1], np.nan, dtype)
    transpose(W, V)
    np.testing.assert_array_equal(V, W.T)


def test_lanes_stay_inside(rng):
    """What lies before and behind the arrays is neither written nor, being NaN, let in."""
    m, n, k = 5, 19, 27

    def framed(*shape):
        frame = np.full(int(np.prod(shape)) + 64, np.nan, np.float32)
        inner = frame[32:-32].reshape(shape)
        inner[...] = rng.normal(size=shape)
        return inner, frame

    (H, _), (W, _), (b, _), (Z, around) = framed(m, n), framed(n, k), framed(k), framed(m, k)
    forward(H, W, b, Z)
    np.testing.assert_allclose(Z, H @ W + b, rtol=1e-5, atol=1e-5)
    assert np.isnan(around[:32]).all() and np.isnan(around[-32:]).all()


@jit
def forward(H, W, b, Z):
    _blas.times_W(H, W, b, Z)


@jit
def two_rows(A, X, C):
    n = C.shape[1]
    _blas.store(C, 0, n, _blas.times_plus(A, 1, 3, _blas.load(X, 5, n, 1), _blas.load(C, 0, n, 2)))


@jit
def four_rows(A, X, C):
    n = C.shape[1]
    _blas.store(C, 0, n, _blas.times_plus(A, 1, 3, _blas.load(X, 5, n, 1), _blas.load(C, 0, n, 4)))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("rows", "kernel"), [(2, two_rows), (4, four_rows)])
def test_rows_of_lanes(rng, rows, kernel, dtype):
    """Either number of rows, whichever this processor's kernels use."""
    width = 64 // np.dtype(dtype).itemsize
    A, X, C = (rng.normal(size=size).astype(dtype) for size in (13, width + 5, (rows, width + 2)))
    expected = C.copy()
    expected[:, :width] += A[1 : 1 + 3 * rows : 3, None] * X[5 : 5 + width]
    kernel(A, X, C)
    np.testing.assert_allclose(C, expected, rtol=1e-14, atol=20 * np.finfo(dtype).eps)

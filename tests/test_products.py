"""Products in one written order, bit for bit; gemm against NumPy, in every combination; buffers full of NaN."""

from fractions import Fraction

import numpy as np
import pytest

from nnlib.engine import products
from nnlib.engine.jit import FUSED, flat, jit
from tests.conftest import UNJITTED

pytestmark = pytest.mark.bounds


@jit
def gemm(tx, ty, alpha, X, Y, k, beta, C):
    products.gemm(tx, ty, alpha, X, Y, k, beta, C)


@jit
def layer_products(H, W, b, Z, δ, dH, scale, keep, dW, db):
    products.times_W(H, W, b, Z)
    products.times_W_transposed(δ, W, dH)
    products.add_transposed_times(scale, H, δ, keep, dW, flat(dH))
    products.add_column_sums(scale, δ, keep, db)


@jit
def sums(scale, H, δ, keep, dW, db, spare):
    products.add_transposed_times(scale, H, δ, keep, dW, flat(spare))
    products.add_column_sums(scale, δ, keep, db)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("beta", [0.0, 1.0, -0.5])
@pytest.mark.parametrize("ty", [products.N, products.T])
@pytest.mark.parametrize("tx", [products.N, products.T])
def test_gemm(rng, tx, ty, beta, dtype):
    m, n, k = 3, 5, 4
    X = rng.normal(size=(m, k)).astype(dtype)
    Y = rng.normal(size=(k, n)).astype(dtype)
    C = rng.normal(size=(m, n)).astype(dtype)
    expected = 2.5 * X @ Y + beta * C
    if beta == 0:
        C[:] = np.nan  # must be written, not multiplied by 0
    stored_X = np.ascontiguousarray(X.T if tx == products.T else X)
    stored_Y = np.ascontiguousarray(Y.T if ty == products.T else Y)
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
    Z, dH, scale = np.full((m, k), np.nan, dtype), np.full((m, n), np.nan, dtype), -0.5 if keep else 1.0
    sum_W, sum_b = keep * dW + scale * H.T @ δ, keep * db + scale * δ.sum(0)
    if keep == 0:
        dW[:], db[:] = np.nan, np.nan  # must be written, not multiplied by 0
    layer_products(H, W, b, Z, δ, dH, scale, keep, dW, db)
    near = {"rtol": 50 * np.finfo(dtype).eps, "atol": 50 * np.finfo(dtype).eps}
    np.testing.assert_allclose(Z, H @ W + b, **near)
    np.testing.assert_allclose(dH, δ @ W.T, **near)
    np.testing.assert_allclose(dW, sum_W, **near)
    np.testing.assert_allclose(db, sum_b, **near)


def fma(a, b, c):
    """a · b + c, rounded once to the kind that they are, or twice where nnlib cannot fuse."""
    if not FUSED:
        return a * b + c
    exact = Fraction(float(a)) * Fraction(float(b)) + Fraction(float(c))
    if exact == 0:
        return type(a)(0)
    near = float(exact)
    if isinstance(a, np.float64):
        return np.float64(near)
    if (
        Fraction(near) != exact and np.float64(near).view(np.int64) % 2 == 0
    ):  # to odd, so that rounding once more is right
        near = np.nextafter(near, np.inf if exact > Fraction(near) else -np.inf)
    return np.float32(near)


def in_order(A, X, start):
    """start + A X, every entry one sum over k, in order."""
    C = start.copy()
    for i, j in np.ndindex(C.shape):
        for k in range(len(X)):
            C[i, j] = fma(A[i, k], X[k, j], C[i, j])
    return C


# Rows from one to more than a block and what is left of one; columns from one to several strips of any processor.
BITS = [
    (1, 7, 40),
    (2, 7, 1),
    (3, 1, 9),
    (4, 9, 3),
    (5, 4, 8),
    (6, 17, 5),
    (7, 3, 33),
    (8, 2, 17),
    (9, 5, 30),
    (11, 3, 70),
]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", BITS)
def test_every_bit_of_every_sum(rng, shape, dtype):
    """Forward, backward and the gradient, fresh and added, against the written order, spelled out."""
    m, n, k = shape

    def draw(*size):
        return rng.normal(size=size).astype(dtype)

    H, W, b, δ = draw(m, n), draw(n, k), draw(k), draw(m, k)
    Z, dH, scale = np.empty((m, k), dtype), np.empty((m, n), dtype), dtype(-0.3)
    sums, columns = in_order(H.T, δ, np.zeros((n, k), dtype)), np.zeros(k, dtype)
    for row in δ:
        columns = columns + row
    before_W, before_b = draw(n, k), draw(k)
    for keep, factor in ((0.0, 1.0), (1.0, float(scale))):
        dW, db = before_W.copy(), before_b.copy()
        layer_products(H, W, b, Z, δ, dH, factor, keep, dW, db)
        np.testing.assert_array_equal(Z, in_order(H, W, np.tile(b, (m, 1))))
        np.testing.assert_array_equal(dH, in_order(δ, W.T, np.zeros((m, n), dtype)))
        added = [[fma(scale, s, w) for s, w in zip(*rows, strict=True)] for rows in zip(sums, before_W, strict=True)]
        np.testing.assert_array_equal(dW, added if keep else sums)
        np.testing.assert_array_equal(
            db, [fma(scale, s, w) for s, w in zip(columns, before_b, strict=True)] if keep else columns
        )


def test_a_small_step_is_not_lost_sample_by_sample():
    """Two hundred steps of a fifth of a unit in the last place, each too small to be seen, are forty units together."""
    m, size = 200, np.float32(1.0)
    H, δ = np.ones((m, 3), np.float32), np.full((m, 20), np.spacing(size) / 5, np.float32)
    W, b = np.full((3, 20), size), np.full(20, size)
    nothing = np.empty((m, 3), np.float32), np.empty((m, 20), np.float32)
    layer_products(H, W.copy(), b.copy(), nothing[1], δ, nothing[0], 1.0, 1.0, W, b)
    np.testing.assert_allclose((W - size) / np.spacing(size), 40, atol=1)
    np.testing.assert_allclose((b - size) / np.spacing(size), 40, atol=1)


@pytest.mark.slow
def test_a_long_sum_in_float32_keeps_its_digits(rng):
    m = 200_000
    H, δ = (1 + rng.random((m, k), np.float32) for k in (2, 3))
    nothing = np.empty((m, 2), np.float32), np.empty((m, 3), np.float32)
    W, b = np.zeros((2, 3), np.float32), np.zeros(3, np.float32)
    layer_products(H, W.copy(), b.copy(), nothing[1], δ, nothing[0], 1.0, 0.0, W, b)
    np.testing.assert_allclose(W, H.T.astype(float) @ δ, rtol=1e-5)
    np.testing.assert_allclose(b, δ.sum(0, dtype=float), rtol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("value", [0.1, 1.1, 1e-3, 11.9])
def test_a_million_equal_terms(value):
    """Every rounding goes the same way, which is the worst that can happen to a sum."""
    m = 10**6
    H, δ = np.full((m, 3), value, np.float32), np.full((m, 2), 1 / 3, np.float32)
    spare, nothing = np.empty((m, 3), np.float32), np.empty((m, 2), np.float32)
    W, b = np.full((3, 2), np.nan, np.float32), np.full(2, np.nan, np.float32)
    layer_products(H, W.copy(), b.copy(), nothing, δ, spare, 1.0, 0.0, W, b)
    np.testing.assert_allclose(W, m * float(H[0, 0]) * float(δ[0, 0]), rtol=1e-5)
    np.testing.assert_allclose(b, m * float(δ[0, 0]), rtol=1e-5)


@pytest.mark.parametrize("keep", [0.0, 1.0])
def test_group_by_group(rng, monkeypatch, keep):
    """The same sums, with room for a group of their own or without. Compiled code keeps its GROUP, so that is met."""
    if UNJITTED:
        monkeypatch.setattr(products, "GROUP", 2 * products.BLOCK)
    m = 2 * products.GROUP + 300
    H, δ = (rng.normal(size=(m, k)).astype(np.float32) for k in (2, 3))
    dW, db = (rng.normal(size=size).astype(np.float32) for size in ((2, 3), 3))
    scale = 0.5 if keep else 1.0
    expected = keep * dW + scale * (H.T.astype(float) @ δ), keep * db + scale * δ.sum(0, dtype=float)
    for spare in (np.empty((m, 2), np.float32), np.empty((1, 2), np.float32)):
        W, b = dW.copy(), db.copy()
        sums(scale, H, δ, keep, W, b, spare)
        np.testing.assert_allclose(W, expected[0], rtol=1e-4, atol=1e-3)
        np.testing.assert_allclose(b, expected[1], rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("n", "k"), [(40, 513), (700, 200)])
def test_large_layers_go_to_blas(rng, n, k, dtype):
    """Wider than WIDEST, larger than LARGEST: the same numbers, by another way."""
    assert k > products.WIDEST or n * k > products.LARGEST
    H, W, b, δ = (rng.normal(size=size).astype(dtype) for size in ((5, n), (n, k), (k,), (5, k)))
    Z, dH, dW, db = np.empty((5, k), dtype), np.empty((5, n), dtype), W.copy(), b.copy()
    layer_products(H, W, b, Z, δ, dH, -0.5, 1.0, dW, db)
    near = {"rtol": 1e3 * np.finfo(dtype).eps, "atol": 1e3 * np.finfo(dtype).eps}
    np.testing.assert_allclose(Z, H @ W + b, **near)
    np.testing.assert_allclose(dH, δ @ W.T, **near)
    np.testing.assert_allclose(dW, W - 0.5 * H.T @ δ, **near)
    np.testing.assert_allclose(db, b - 0.5 * δ.sum(0), **near)


@pytest.mark.skipif(UNJITTED, reason="says something about registers")
def test_strips_fit_this_processor():
    """Each sum in a register of its own, with two left for the rest: rows · lanes of 32 bytes, in PARTS' registers."""
    registers = {0: 16, 1: 32, 2: 16, 4: 32}[products.PARTS]
    in_a_lane = {0: 2, 1: 0.5, 2: 1, 4: 2}[products.PARTS]
    assert products.ROWS * products.WIDE * in_a_lane + 2 <= registers


def test_lanes_stay_inside(rng):
    """What lies before and behind the arrays is neither written nor, being NaN, let in."""

    def framed(*shape):
        frame = np.full(int(np.prod(shape)) + 64, np.nan, np.float32)
        inner = frame[32:-32].reshape(shape)
        inner[...] = rng.normal(size=shape)
        return inner, frame

    for m, n, k in ((5, 19, 27), (7, 40, 3), (1, 30, 10), (13, 9, 65)):
        (H, _), (W, _), (b, _), (δ, _) = framed(m, n), framed(n, k), framed(k), framed(m, k)
        made = [framed(*size) for size in ((m, k), (m, n), (n, k), (k,), (n, k), (k,))]
        (Z, _), (dH, _), (dW, _), (db, _), (fresh_W, _), (fresh_b, _) = made
        expected = [H @ W + b, δ @ W.T, dW - 0.5 * H.T @ δ, db - 0.5 * δ.sum(0), H.T @ δ, δ.sum(0)]
        layer_products(H, W, b, Z, δ, dH, -0.5, 1.0, dW, db)
        layer_products(H, W, b, Z, δ, dH, 1.0, 0.0, fresh_W, fresh_b)
        for (inner, frame), right in zip(made, expected, strict=True):
            np.testing.assert_allclose(inner, right, rtol=1e-5, atol=1e-5)
            assert np.isnan(frame[:32]).all() and np.isnan(frame[-32:]).all()

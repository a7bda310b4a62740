"""Each activation h = g(z), and its slope g'(z) written in its own output h.

Each stands whole in one block: the function a reader calls and plots, plain NumPy, for scalars and arrays of any shape,
accurate to the last digit and stable for |z| up to 10⁴ and beyond; the same as a kernel, in place, for a whole batch,
which is what a network runs; the kernel of its slope; and its row, from which all else is read.

The limit of this: a network keeps H, not Z, so a slope has to be a function of the output. GELU, SiLU and Mish fall
before they rise, so that one h has two slopes: they cannot be rows here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .engine import border, exp
from .engine.jit import dispatch, flat, inlined, kernel


class Row(NamedTuple):
    """What all others know of an activation. The kernels know it by its place in `ROWS`."""

    name: str
    function: Callable  # h = g(z), for readers
    slope: Callable | None  # g'(z) from h, for readers; None if the derivative is a matrix
    activate: Callable  # kernel: Z ← g(Z)
    times_slope: Callable  # kernel: with H = g(Z), δ ← δ ⊙ g'(Z), or δ times the matrix
    bends: bool = False  # whether the slope jumps somewhere, where a difference quotient says nothing
    trains: bool = True  # False if the slope is 0 everywhere


ROWS: list[Row] = []


def _numbers(z: ArrayLike, name: str = "z") -> np.ndarray:
    a = border.numeric(name, z)
    return a.astype(border.single_or_double(a))


def identity(z: ArrayLike) -> Any:
    """z itself.

    Parameters
    ----------
    z : number or array of any shape

    Returns
    -------
    float or array
        The same shape as `z`; float32 if that is what came, else float64.
    """
    return _numbers(z)[()]


@inlined
def activate_identity(Z):
    pass


@inlined
def times_slope_identity(H, δ):
    pass


ROWS.append(Row("identity", identity, np.ones_like, activate_identity, times_slope_identity))


def sigmoid(z: ArrayLike) -> Any:
    """The logistic sigmoid, 1 / (1 + e⁻ᶻ), in (0, 1).

    Parameters
    ----------
    z : number or array of any shape

    Returns
    -------
    float or array
        The same shape as `z`. Only e to a number ≤ 0 is ever computed, so nothing overflows.
    """
    z = _numbers(z)
    e = np.exp(-np.abs(z))
    return (np.where(z >= 0, z.dtype.type(1), e) / (1 + e))[()]  # (eq-sigmoid)


@inlined
def activate_sigmoid(Z):
    z = flat(Z)
    for i in range(z.size):
        z[i] = exp.sigmoid(z[i])


@inlined
def times_slope_sigmoid(H, δ):
    h, d, one = flat(H), flat(δ), H.dtype.type(1)
    for i in range(h.size):
        d[i] *= h[i] * (one - h[i])  # (eq-sigmoid-slope)


ROWS.append(Row("sigmoid", sigmoid, lambda h: h * (1 - h), activate_sigmoid, times_slope_sigmoid))


def tanh(z: ArrayLike) -> Any:
    """The hyperbolic tangent, (eᶻ - e⁻ᶻ) / (eᶻ + e⁻ᶻ), in (-1, 1).

    Parameters
    ----------
    z : number or array of any shape
    """
    return np.tanh(_numbers(z))[()]  # (eq-tanh)


@inlined
def activate_tanh(Z):
    z = flat(Z)
    for i in range(z.size):
        z[i] = exp.tanh(z[i])


@inlined
def times_slope_tanh(H, δ):
    h, d, one = flat(H), flat(δ), H.dtype.type(1)
    for i in range(h.size):
        d[i] *= one - h[i] * h[i]  # (eq-tanh-slope)


ROWS.append(Row("tanh", tanh, lambda h: 1 - h * h, activate_tanh, times_slope_tanh))


def relu(z: ArrayLike) -> Any:
    """The rectified linear unit, max(0, z).

    Parameters
    ----------
    z : number or array of any shape
    """
    return np.maximum(_numbers(z), 0)[()]  # (eq-relu)


@inlined
def activate_relu(Z):
    z, zero = flat(Z), Z.dtype.type(0)
    for i in range(z.size):
        z[i] = zero if z[i] < zero else z[i]  # asked this way round, NaN stays NaN


@inlined
def times_slope_relu(H, δ):
    h, d = flat(H), flat(δ)
    zero, one = H.dtype.type(0), H.dtype.type(1)
    for i in range(h.size):
        d[i] *= one if h[i] > zero else zero  # (eq-relu-slope)


ROWS.append(Row("relu", relu, lambda h: np.where(h > 0, 1, 0), activate_relu, times_slope_relu, bends=True))


LEAK = 0.01


def leaky_relu(z: ArrayLike) -> Any:
    """z where z > 0, 0.01 z elsewhere (Maas, Hannun and Ng, 2013).

    Parameters
    ----------
    z : number or array of any shape
    """
    z = _numbers(z)
    return np.where(z > 0, z, z.dtype.type(LEAK) * z)[()]  # (eq-leaky-relu)


@inlined
def activate_leaky_relu(Z):
    z, zero, leak = flat(Z), Z.dtype.type(0), Z.dtype.type(LEAK)
    for i in range(z.size):
        z[i] = leak * z[i] if z[i] < zero else z[i]


@inlined
def times_slope_leaky_relu(H, δ):
    h, d = flat(H), flat(δ)
    zero, one, leak = H.dtype.type(0), H.dtype.type(1), H.dtype.type(LEAK)
    for i in range(h.size):
        d[i] *= one if h[i] > zero else leak


def _slope_leaky_relu(h):
    return np.where(h > 0, 1, LEAK)


ROWS.append(Row("leaky_relu", leaky_relu, _slope_leaky_relu, activate_leaky_relu, times_slope_leaky_relu, bends=True))


def _top(z: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """z, and the largest of each row, or 0 where that is infinite and cannot be taken out."""
    z = _numbers(z)
    if z.ndim == 0 or z.shape[-1] == 0:
        raise ValueError(f"z: needs at least one number along its last axis, got shape {z.shape}")
    top = z.max(-1, keepdims=True)
    return z, np.where(np.isfinite(top), top, z.dtype.type(0))


def softmax(z: ArrayLike) -> Any:
    """eᶻʲ / Σₖ eᶻᵏ over the last axis: positive numbers that sum to 1. A constant added to all z cancels.

    Parameters
    ----------
    z : array, shape (..., n) with n ≥ 1
    """
    z, top = _top(z)
    with np.errstate(all="ignore"):
        e = np.exp(z - top)
        return e / e.sum(-1, keepdims=True)  # (eq-softmax)


@kernel
def subtract_row_max(Z):
    """Z ← Z minus the largest of its row: softmax does not notice, and e to a number ≤ 0 cannot overflow."""
    m, n = Z.shape
    for i in range(m):
        top = Z[i, 0]
        for j in range(1, n):
            top = Z[i, j] if Z[i, j] > top else top
        for j in range(n):
            Z[i, j] -= top


@kernel
def normalize_rows(Y):
    """Y ← Y with each row divided by its sum."""
    m, n = Y.shape
    for i in range(m):
        total = Y[i, 0]
        for j in range(1, n):
            total += Y[i, j]
        inverse = Y.dtype.type(1) / total
        for j in range(n):
            Y[i, j] *= inverse


@inlined
def activate_softmax(Z):
    subtract_row_max(Z)
    z = flat(Z)
    for i in range(z.size):
        z[i] = exp.exp(z[i])
    normalize_rows(Z)


@inlined
def times_slope_softmax(H, δ):
    m, n = H.shape
    for i in range(m):
        mean = H.dtype.type(0)
        for j in range(n):
            mean += δ[i, j] * H[i, j]
        for j in range(n):
            δ[i, j] = H[i, j] * (δ[i, j] - mean)


ROWS.append(Row("softmax", softmax, None, activate_softmax, times_slope_softmax))


def step(z: ArrayLike) -> Any:
    """1 where z ≥ 0, else 0: the perceptron's threshold (Rosenblatt, 1958). NaN stays NaN.

    Parameters
    ----------
    z : number or array of any shape
    """
    z = _numbers(z)
    return np.where(np.isnan(z), z, z >= 0).astype(z.dtype)[()]


@inlined
def activate_step(Z):
    z, zero, one = flat(Z), Z.dtype.type(0), Z.dtype.type(1)
    for i in range(z.size):
        z[i] = zero if z[i] < zero else (one if z[i] >= zero else z[i])


@inlined
def times_slope_step(H, δ):
    d, zero = flat(δ), δ.dtype.type(0)
    for i in range(d.size):
        d[i] = zero


ROWS.append(Row("step", step, np.zeros_like, activate_step, times_slope_step, trains=False))


# ---- all of them: a new one goes above this line ----

NAMES = [row.name for row in ROWS]
CODES = {name: code for code, name in enumerate(NAMES)}


@inlined
def activate_unknown(Z):
    """A code without a row: nothing that comes of it is to pass for a result."""
    z = flat(Z)
    for i in range(z.size):
        z[i] = np.nan


@inlined
def times_slope_unknown(H, δ):
    activate_unknown(δ)


# activate(g, Z): Z ← g(Z), in place.
activate = kernel(dispatch("activate", [row.activate for row in ROWS], activate_unknown, "Z"))
# times_slope(g, H, δ): δ ← δ ⊙ g'(Z), where H = g(Z); for softmax, δ times its matrix of derivatives.
times_slope = kernel(dispatch("times_slope", [row.times_slope for row in ROWS], times_slope_unknown, "H, delta"))


def slope(name: str, h: ArrayLike) -> Any:
    """The slope g'(z) of the activation `name`, from its output h = g(z).

    Parameters
    ----------
    name : {"identity", "sigmoid", "tanh", "relu", "leaky_relu", "step"}
    h : number or array of any shape
        What the activation returned. At the kink of relu and leaky_relu the left slope counts (0 and 0.01).

    Raises
    ------
    ValueError
        For an unknown name, and for softmax, whose derivative is a matrix: ∂yⱼ/∂zₖ = yⱼ ([j = k] - yₖ).
    """
    row = ROWS[CODES[border.choice("name", name, NAMES)]]
    if row.slope is None:
        raise ValueError(f"name: {name!r} has no slope per unit; its derivative is the matrix y_j ([j = k] - y_k)")
    h = _numbers(h, "h")
    return np.where(np.isnan(h), h, row.slope(h)).astype(h.dtype)[()]


def logsumexp(z: ArrayLike) -> Any:
    """log Σⱼ exp(zⱼ) over the last axis, without overflow: the largest z is taken out of the sum first.

    Parameters
    ----------
    z : array, shape (..., n) with n ≥ 1

    Returns
    -------
    float or array, shape (...)
    """
    z, top = _top(z)
    with np.errstate(divide="ignore"):  # log 0, where every z is -inf
        return (top[..., 0] + np.log(np.exp(z - top).sum(-1)))[()]  # (eq-logsumexp)


def log_softmax(z: ArrayLike) -> Any:
    """log softmax(z) = z - logsumexp(z) over the last axis, accurate where softmax itself is 0.

    Parameters
    ----------
    z : array, shape (..., n) with n ≥ 1
    """
    z, top = _top(z)
    with np.errstate(all="ignore"):
        return z - top - np.log(np.exp(z - top).sum(-1, keepdims=True))

"""Each activation h = g(z), and its slope g'(z) written in its own output h.

First the functions a reader calls and plots: plain NumPy, for scalars and arrays of any shape, accurate to
the last digit and stable for |z| up to 10⁴ and beyond. Then the same ones as kernels, in place, for a whole
batch: what a network runs.
"""

import numpy as np

from .engine import border, exp
from .engine.jit import flat, kernel

IDENTITY, SIGMOID, TANH, RELU, LEAKY_RELU, SOFTMAX, STEP = range(7)
NAMES = ["identity", "sigmoid", "tanh", "relu", "leaky_relu", "softmax", "step"]
CODES = {name: code for code, name in enumerate(NAMES)}
LEAK = 0.01


def identity(z):
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


def sigmoid(z):
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


def tanh(z):
    """The hyperbolic tangent, (eᶻ - e⁻ᶻ) / (eᶻ + e⁻ᶻ), in (-1, 1).

    Parameters
    ----------
    z : number or array of any shape
    """
    return np.tanh(_numbers(z))[()]  # (eq-tanh)


def relu(z):
    """The rectified linear unit, max(0, z).

    Parameters
    ----------
    z : number or array of any shape
    """
    return np.maximum(_numbers(z), 0)[()]  # (eq-relu)


def leaky_relu(z):
    """z where z > 0, 0.01 z elsewhere (Maas, Hannun and Ng, 2013).

    Parameters
    ----------
    z : number or array of any shape
    """
    z = _numbers(z)
    return np.where(z > 0, z, z.dtype.type(LEAK) * z)[()]  # (eq-leaky-relu)


def step(z):
    """1 where z ≥ 0, else 0: the perceptron's threshold (Rosenblatt, 1958). NaN stays NaN.

    Parameters
    ----------
    z : number or array of any shape
    """
    z = _numbers(z)
    return np.where(np.isnan(z), z, z >= 0).astype(z.dtype)[()]


def logsumexp(z):
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


def log_softmax(z):
    """log softmax(z) = z - logsumexp(z) over the last axis, accurate where softmax itself is 0.

    Parameters
    ----------
    z : array, shape (..., n) with n ≥ 1
    """
    z, top = _top(z)
    with np.errstate(all="ignore"):
        return z - top - np.log(np.exp(z - top).sum(-1, keepdims=True))


def softmax(z):
    """eᶻʲ / Σₖ eᶻᵏ over the last axis: positive numbers that sum to 1. A constant added to all z cancels.

    Parameters
    ----------
    z : array, shape (..., n) with n ≥ 1
    """
    z, top = _top(z)
    with np.errstate(all="ignore"):
        e = np.exp(z - top)
        return e / e.sum(-1, keepdims=True)  # (eq-softmax)


def slope(name, h):
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
    if border.choice("name", name, NAMES) == "softmax":
        raise ValueError("name: 'softmax' has no slope per unit; its derivative is the matrix y_j ([j = k] - y_k)")
    h = _numbers(h, "h")
    if name == "sigmoid":
        d = h * (1 - h)  # (eq-sigmoid-slope)
    elif name == "tanh":
        d = 1 - h * h  # (eq-tanh-slope)
    elif name == "relu":
        d = np.where(h > 0, 1, 0)  # (eq-relu-slope)
    elif name == "leaky_relu":
        d = np.where(h > 0, 1, LEAK)
    else:
        d = np.full(h.shape, 1 if name == "identity" else 0)
    return np.where(np.isnan(h), h, d).astype(h.dtype)[()]


def _numbers(z, name="z"):
    a = border.numeric(name, z)
    return a.astype(border.single_or_double(a))


def _top(z):
    """z, and the largest of each row, or 0 where that is infinite and cannot be taken out."""
    z = _numbers(z)
    if z.ndim == 0 or z.shape[-1] == 0:
        raise ValueError(f"z: needs at least one number along its last axis, got shape {z.shape}")
    top = z.max(-1, keepdims=True)
    return z, np.where(np.isfinite(top), top, z.dtype.type(0))


@kernel
def activate(g, Z):
    """Z ← g(Z), in place."""
    z = flat(Z)
    zero, one, leak = z.dtype.type(0), z.dtype.type(1), z.dtype.type(LEAK)
    if g == SIGMOID:
        for i in range(z.size):
            z[i] = exp.sigmoid(z[i])
    elif g == TANH:
        for i in range(z.size):
            z[i] = exp.tanh(z[i])
    elif g == RELU:
        for i in range(z.size):
            z[i] = zero if z[i] < zero else z[i]  # asked this way round, NaN stays NaN
    elif g == LEAKY_RELU:
        for i in range(z.size):
            z[i] = leak * z[i] if z[i] < zero else z[i]
    elif g == SOFTMAX:
        subtract_row_max(Z)
        for i in range(z.size):
            z[i] = exp.exp(z[i])
        normalize_rows(Z)
    elif g == STEP:
        for i in range(z.size):
            z[i] = zero if z[i] < zero else (one if z[i] >= zero else z[i])


@kernel
def times_slope(g, H, δ):
    """δ ← δ ⊙ g'(Z), where H = g(Z); for softmax, δ times its matrix of derivatives."""
    h, d = flat(H), flat(δ)
    zero, one, leak = h.dtype.type(0), h.dtype.type(1), h.dtype.type(LEAK)
    if g == SIGMOID:
        for i in range(h.size):
            d[i] *= h[i] * (one - h[i])
    elif g == TANH:
        for i in range(h.size):
            d[i] *= one - h[i] * h[i]
    elif g == RELU:
        for i in range(h.size):
            d[i] *= one if h[i] > zero else zero
    elif g == LEAKY_RELU:
        for i in range(h.size):
            d[i] *= one if h[i] > zero else leak
    elif g == SOFTMAX:
        m, n = H.shape
        for i in range(m):
            mean = zero
            for j in range(n):
                mean += δ[i, j] * H[i, j]
            for j in range(n):
                δ[i, j] = H[i, j] * (δ[i, j] - mean)


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

"""How wrong we are, and the error signal with which the way back begins.

Each loss stands whole in one block: its kernel; what it is of given outputs, in NumPy, for readers; and its row, from
which all else is read. The loss of one sample sums over the outputs; J is the mean over the samples. Each kernel
returns the sum of the losses and leaves its derivative in δ. Softmax with cross-entropy and sigmoid with BCE never form
log y: they work from Z_L and turn it into Y on the way. `output_error` divides by m, once: from there on nothing
carries a 1/m.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .activations import subtract_row_max
from .engine import border, exp
from .engine.jit import among, dispatch, flat, inlined, kernel, view


class Row(NamedTuple):
    """What all others know of a loss. The kernels know it by its place in `ROWS`.

    `kernel(Z, T, δ)` returns the sum of the losses. Without a partner Z is Y, and δ becomes ∂/∂Y. With one, the only
    activation that the output may have, the loss is fused with it: Z is Z_L and becomes Y, and δ becomes ∂/∂Z_L.
    """

    name: str
    words: str  # what the playground calls it
    kernel: Callable
    each: Callable  # of (Y, T), for readers: what each output adds to the loss
    partner: str | None = None
    bends: bool = False  # whether its slope jumps somewhere, where a difference quotient says nothing


ROWS: list[Row] = []


@inlined
def l2(Y, T, δ):
    """½ Σ (y - t)², and δ = ∂/∂Y of it."""
    y, t, d = flat(Y), flat(T), flat(δ)
    E = 0.0
    for i in range(y.size):
        d[i] = y[i] - t[i]
        E += 0.5 * d[i] * d[i]  # (eq-l2)
    return E


ROWS.append(Row("l2", "squared error", l2, lambda Y, T: (Y - T) ** 2 / 2))


@inlined
def mae(Y, T, δ):
    """Σ |y - t|, and δ = ∂/∂Y of it, taken as 0 where y = t."""
    y, t, d = flat(Y), flat(T), flat(δ)
    E = 0.0
    for i in range(y.size):
        E += abs(y[i] - t[i])  # (eq-regression-losses)
        d[i] = np.sign(y[i] - t[i])
    return E


ROWS.append(Row("mae", "absolute error", mae, lambda Y, T: abs(Y - T), bends=True))


@inlined
def bce(Z, T, δ):
    """-Σ (t log y + (1 - t) log(1 - y)), y = sigmoid(z), without a log of 0."""
    z, t, d = flat(Z), flat(T), flat(δ)
    zero = z.dtype.type(0)
    E = 0.0
    for i in range(z.size):
        E += np.log1p(np.exp(-abs(z[i]))) + ((zero if z[i] < zero else z[i]) - z[i] * t[i])  # (eq-bce-stable)
        z[i] = exp.sigmoid(z[i])
        d[i] = z[i] - t[i]  # (eq-delta-bce)
    return E


def each_bce(Y, T):
    tiny, gap = np.finfo(Y.dtype).tiny, np.finfo(Y.dtype).epsneg
    return -T * np.log(np.maximum(Y, tiny)) - (1 - T) * np.log(np.maximum(1 - Y, gap))  # (eq-bce)


ROWS.append(Row("bce", "binary cross-entropy", bce, each_bce, partner="sigmoid"))


@inlined
def cross_entropy(Z, T, δ):
    """-Σ t log y, y = softmax(z): log y = z - log Σ e^z, and the rows of T sum to 1.

    The exp has a loop of its own, or the sum beside it, whose order is fixed, would keep it from running eight at a
    time. And Σ log total = log Π total: one logarithm for many rows, as many as the product has room for (ablation:
    log).
    """
    subtract_row_max(Z)
    m, n = Z.shape
    E, product = 0.0, 1.0
    for i in range(m):
        for j in range(n):
            E -= T[i, j] * Z[i, j]
    z, one = flat(Z), Z.dtype.type(1)
    for i in range(z.size):
        z[i] = exp.exp(z[i])
    for i in range(m):
        total = Z[i, 0]
        for j in range(1, n):
            total += Z[i, j]
        if product > 1e200:
            E += np.log(product)
            product = 1.0
        product *= float(total)
        inverse = one / total
        for j in range(n):
            Z[i, j] *= inverse
            δ[i, j] = Z[i, j] - T[i, j]  # (eq-delta-cross-entropy)
    return E + np.log(product)  # (eq-cross-entropy)


def each_cross_entropy(Y, T):
    return -T * np.log(np.maximum(Y, np.finfo(Y.dtype).tiny))


ROWS.append(Row("cross_entropy", "cross-entropy, softmax", cross_entropy, each_cross_entropy, partner="softmax"))


# ---- all of them: a new one goes above this line ----

NAMES = [row.name for row in ROWS]
CODES = {name: code for code, name in enumerate(NAMES)}
PARTNER = {row.name: row.partner for row in ROWS if row.partner}

# Whether a loss is taken from Z_L, and brings the output's activation with it.
is_fused = inlined(among([CODES[name] for name in PARTNER]))


@inlined
def unknown(Z, T, δ):
    """A code without a row: nothing that comes of it is to pass for a result."""
    d = flat(δ)
    for i in range(d.size):
        d[i] = np.nan
    return np.nan


# The sum of the losses, of (loss, Z, T, δ).
loss_of = inlined(dispatch("loss_of", [row.kernel for row in ROWS], unknown, "Z, T, delta"))


@kernel
def output_error(loss, Z, T, weights, δ):
    """The mean loss, and in δ its derivative.

    `weights` are empty, or one for each sample, with a mean of 1 over all data: then samples come one by one.
    """
    m, n = Z.shape
    rows = m if weights.size == 0 else 1
    E, i = 0.0, 0
    while i < m:  # (a range with this step would divide)
        d = view(δ, i * n, (rows, n))
        e = loss_of(loss, view(Z, i * n, (rows, n)), view(T, i * n, (rows, n)), d)
        if weights.size > 0:
            e *= weights[i]
            for j in range(n):
                d[0, j] *= weights[i]
        E += e
        i += rows
    flat_δ, count = flat(δ), δ.dtype.type(m)
    for i in range(flat_δ.size):
        flat_δ[i] /= count
    return E / m


def loss_value(Y, T, loss):
    """The mean loss of given outputs.

    Parameters
    ----------
    Y : array, shape (m, n), or (m,) for one output
        The outputs. For "bce" numbers in [0, 1]; for "cross_entropy" rows that sum to 1. So that logs are finite, y
        is clipped at the smallest positive (normal) number, and 1 - y at the gap between 1 and the number before it: an
        output that was rounded to 1 may have been almost as far from it.
    T : array, shape (m, n); (m,) if n = 1; labels (m,) for "cross_entropy"
        The targets.
    loss : {"l2", "mae", "bce", "cross_entropy"}
        ``½ Σ (y-t)²``, ``Σ |y-t|``, ``-Σ (t log y + (1-t) log(1-y))``, ``-Σ t log y``; summed over outputs.

    Returns
    -------
    float
        The mean over the m samples. No penalty. `backprop` and `trace` have J from Z_L, before the output is rounded:
        where a sigmoid's output is 1 (z > 36.7, in float32 z > 16.6) or a probability 0, only theirs goes on growing.

    Raises
    ------
    ValueError, TypeError
        For an unknown loss, or outputs or targets that do not fit it.
    """
    row = ROWS[CODES[border.choice("loss", loss, NAMES)]]
    Y = border.numeric("Y", Y)
    came, Y = Y.dtype, border.matrix("Y", Y[:, None] if Y.ndim == 1 else Y)
    if row.partner in ("sigmoid", "softmax"):
        border.within_unit("Y", Y, loss)
    if row.partner == "softmax":
        border.rows_sum_to_one("Y", Y, came)
    T = border.targets("T", T, Y.shape[0], Y.shape[1], loss, Y.dtype)
    with np.errstate(over="ignore"):
        return float(row.each(Y, T).sum(axis=1, dtype=np.float64).mean())

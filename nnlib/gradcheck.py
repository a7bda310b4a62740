"""Believe no derivative you have not differenced.

`numerical_gradient` needs nothing but J itself; it is slow, one component at a time, and it is the judge.
`gradient_check` compares, and when the two disagree it looks for the mistakes people make.
"""

from typing import NamedTuple

import numpy as np

from . import _border
from ._jit import jit
from .network import (
    backprop,
    buffers,
    checked_loss,
    checked_net,
    checked_theta,
    copy,
    layer,
    loss_of_batch,
    no_weights,
    penalties,
    penalty,
    unpack,
)


@jit
def _differences(net, θ, X, T, loss, l1, l2, h, H, δ, up, down):
    """up ← J(θ + h e_i) and down ← J(θ - h e_i), for every i. θ is put back after each."""
    m = X.shape[0]
    copy(X, layer(net, H, m, 0))
    for i in range(θ.size):
        kept = θ[i]
        θ[i] = kept + h
        up[i] = loss_of_batch(net, θ, T, no_weights(θ), loss, m, H, δ) + penalty(net, θ, l1, l2)
        θ[i] = kept - h
        down[i] = loss_of_batch(net, θ, T, no_weights(θ), loss, m, H, δ) + penalty(net, θ, l1, l2)
        θ[i] = kept


def _both_sides(net, theta, X, T, loss, step, l1, l2):
    """J on both sides of θ for every component, in float64 whatever came; and the checked arguments."""
    net = checked_net(net)
    θ = checked_theta(net, theta, dtype=np.float64)
    code = checked_loss(net, loss)
    X = _border.matrix("X", X, int(net.sizes[0]), np.float64)
    T = _border.targets("T", T, len(X), int(net.sizes[-1]), loss, np.float64)
    h = _border.number("step", step, 0, 1, open_low=True)
    l1, l2 = penalties(l1, l2)
    up, down = np.empty_like(θ), np.empty_like(θ)
    _differences(net, θ.copy(), X, T, code, l1, l2, h, *buffers(net, len(X), np.float64), up, down)
    return net, θ, X, T, h, up, down


def numerical_gradient(net, theta, X, T, loss="l2", step=6e-6, l1=0.0, l2=0.0):
    """The gradient by central differences: (J(θ + h eᵢ) - J(θ - h eᵢ)) / 2h for each component i.

    Parameters
    ----------
    net, theta, X, T, loss, l1, l2
        As in `backprop`. Always worked out in float64: in float32 the difference would be mostly rounding.
    step : float in (0, 1]
        h. The default is about the cube root of float64's precision, where the error of the formula, of order
        h², and that of rounding, of order 10⁻¹⁶ / h, are about the same.

    Returns
    -------
    vector, shape (net.size,), float64
    """
    *_, h, up, down = _both_sides(net, theta, X, T, loss, step, l1, l2)
    return (up - down) / (2 * h)


class GradientReport(NamedTuple):
    """The verdict of `gradient_check`. Printing it tells what to look for.

    Attributes
    ----------
    ok : bool
        Whether every component agrees.
    index, name : int, str
        The worst component, in θ and as in the book, such as "W_2[1, 0]".
    analytic, numeric, error : float
        Its two values and their relative difference.
    tolerance : float
    hint : str
        The mistake it looks like, if any.
    """

    ok: bool
    index: int
    name: str
    analytic: float
    numeric: float
    error: float
    tolerance: float
    hint: str

    def __repr__(self):
        verdict = "the gradients agree" if self.ok else "the gradients DISAGREE"
        lines = [
            f"{verdict}: worst component {self.name} (theta[{self.index}])",
            f"  analytic  {self.analytic: .12e}",
            f"  numeric   {self.numeric: .12e}",
            f"  relative difference {self.error:.1e}, allowed {self.tolerance:.0e}",
        ]
        return "\n".join(lines + ([f"  {self.hint}"] if self.hint else []))


def gradient_check(net, theta, X, T, loss="l2", gradient=None, step=6e-6, l1=0.0, l2=0.0, tolerance=1e-6):
    """Compare a gradient with central differences.

    Parameters
    ----------
    net, theta, X, T, loss, l1, l2
        As in `backprop`.
    gradient : vector, shape (net.size,), optional
        Yours. Default: the one of `backprop`.
    step : float in (0, 1]
        As in `numerical_gradient`.
    tolerance : float > 0
        The relative difference allowed: the distance over the larger of the two. Components below a
        thousandth of the largest are measured against that thousandth.

    Returns
    -------
    GradientReport
    """
    net, θ, X, T, h, up, down = _both_sides(net, theta, X, T, loss, step, l1, l2)
    tolerance = _border.number("tolerance", tolerance, 0, open_low=True)
    J, own = backprop(net, θ, X, T, loss, l1, l2)
    g = own if gradient is None else _border.vector("gradient", gradient, net.size, np.float64, ", like theta")
    numeric = (up - down) / (2 * h)
    # What rounding alone can do to a difference of two J's; nothing below it can be judged.
    rounding = 8 * np.finfo(float).eps * (1 + abs(J)) / h
    floor = max(1e-3 * np.abs(numeric).max(), rounding / tolerance)
    error = np.abs(g - numeric) / np.maximum(np.maximum(np.abs(g), np.abs(numeric)), floor)
    i = int(np.argmax(error))
    ok = bool(error[i] <= tolerance)
    # At a kink the slopes to the right and to the left differ, and the central difference is their mean.
    kink = abs((up[i] - J) / h - (J - down[i]) / h) > 0.5 * abs(g[i] - numeric[i])
    hint = "" if ok else _hint(net, θ, g, numeric, len(X), l1, l2, error, tolerance, kink)
    return GradientReport(
        ok, i, parameter_name(net, i), float(g[i]), float(numeric[i]), float(error[i]), tolerance, hint
    )


def parameter_name(net, i):
    """What component i of θ is called in the book: "W_l[i, j]" or "b_l[j]"."""
    l = int(np.searchsorted(net.offsets[1:], i, side="right"))
    at, n, k = i - int(net.offsets[l]), int(net.sizes[l - 1]), int(net.sizes[l])
    return f"W_{l}[{at // k}, {at % k}]" if at < n * k else f"b_{l}[{at - n * k}]"


def _hint(net, θ, g, numeric, m, l1, l2, error, tolerance, kink):
    """The first explanation that fits. In ASCII and NumPy's notation, as it is printed wherever people print."""
    if error.max() < 1e-3:
        return "Nearly right: is the gradient in float32, the step far from its best, or a small penalty left out?"
    if kink:
        return "J has a kink right here (relu at 0, |y - t| or |w| at 0): move theta a little and check again."

    def like(x, y):
        return np.allclose(x, y, rtol=1e-3, atol=1e-3 * np.abs(numeric).max())

    if like(g, 0):
        return "Every component is 0: was the gradient ever filled in?"
    if like(g, -numeric):
        return "All signs are flipped: is it Y - T, not T - Y?"
    if m > 1 and like(g, m * numeric):
        return f"It is m = {m} times too large: delta_L carries the 1/m, once."
    if m > 1 and like(g * m, numeric):
        return f"It is m = {m} times too small: the 1/m went in twice."
    if like(g, 2 * numeric):
        return "It is twice too large: the 1/2 of the loss cancels the 2 of its derivative."
    own, true, parameters = unpack(net, g), unpack(net, numeric), unpack(net, θ)
    if (l1 or l2) and like(_weights(own), _weights(true) - np.concatenate([_slope(W, l1, l2) for W, _ in parameters])):
        return "The penalty's own gradient is missing: l2 * W (and l1 * sign(W)), on the weights only."
    pairs = list(zip(own, true, strict=True))
    off = [l for l, ((_, b), (_, c)) in enumerate(pairs, 1) if not like(b, c)]
    if off and all(like(W, V) for (W, _), (V, _) in pairs):
        if all(like(b * m, c) for (_, b), (_, c) in pairs):
            return "The biases are m times too small: dJ/db_l is the sum of delta_l's rows, not their mean."
        return f"The weights are right, b_{off[-1]} is not: dJ/db_l is the sum of delta_l's rows."
    for l, ((W, _), (V, _)) in enumerate(pairs, 1):
        if min(V.shape) > 1 and not like(W, V) and like(W.reshape(V.shape[::-1]).T, V):
            return f"dW_{l} is transposed: it has the shape of W_{l}, so it is H_{l - 1}.T @ delta_{l}."
    wrong = [l for l, (W, b) in enumerate(unpack(net, (error > tolerance).astype(float)), 1) if W.any() or b.any()]
    L = len(pairs)
    if wrong[-1] < L:
        last, above = wrong[-1], wrong[-1] + 1
        return f"Layers above {last} are right: look at delta_{last} = (delta_{above} @ W_{above}.T) * g'(Z_{last})."
    return f"Already layer {L} is wrong: start at delta_{L}, then H_{L - 1}.T @ delta_{L}."


def _weights(layers):
    return np.concatenate([W.reshape(-1) for W, _ in layers])


def _slope(W, l1, l2):
    return (l2 * W + l1 * np.sign(W)).reshape(-1)

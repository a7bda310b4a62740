"""Forward and backward: what a network makes of its inputs, and how its loss changes with each parameter.

Rows are samples. Layer l = 1 … L: Z_l = H_{l-1} W_l + b_l, H_l = g_l(Z_l), with H_0 = X and Y = H_L. δ_l = ∂J/∂Z_l.
`architecture.py` says where each of these lies in memory.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .activations import activate, times_slope
from .architecture import (
    Net,
    biases,
    buffers,
    checked_loss,
    checked_net,
    checked_theta,
    layer,
    layer_of,
    penalties,
    room,
    unpack,
    weights,
)
from .engine import border, memory
from .engine.jit import flat, inlined, jit, kernel, view
from .engine.products import add_column_sums, add_transposed_times, times_W, times_W_transposed
from .losses import is_fused, output_error

# ---- forward, and backward ----


@kernel
def forward_pass(net, θ, m, H, fused):
    """H_0 = X is there. Leaves H_1 … H_L, but for a fused loss Z_L in place of H_L."""
    L = net.sizes.size - 1
    for l in range(1, L + 1):
        Z = layer(net, H, m, l)
        times_W(layer(net, H, m, l - 1), weights(net, θ, l), biases(net, θ, l), Z)  # (eq-forward)
        if l < L or not fused:
            activate(net.activations[l], Z)  # (eq-layer)


@kernel
def backward_pass(net, θ, m, H, δ, fused, to):
    """The output's error is in δ_L. Leaves δ_1 … δ_{L-1}, and the gradient where `to` says.

    What goes down to layer l-1 is taken through W_l before W_l's own gradient is put away: if that changes θ itself, no
    weight is used after its update.
    """
    L = net.sizes.size - 1
    for l in range(L, 0, -1):
        δ_l = layer(net, δ, m, l)
        if l < L or not fused:
            times_slope(net.activations[l], layer(net, H, m, l), δ_l)  # (eq-delta-l2)
        if l > 1:
            times_W_transposed(δ_l, weights(net, θ, l), layer(net, δ, m, l - 1))  # (eq-delta-hidden)
        put_dW(to, net, l, layer(net, H, m, l - 1), δ_l, layer(net, δ, m, 0))  # (eq-weight-gradient)
        put_db(to, net, l, δ_l)  # (eq-bias-gradient)


@border.by_content
class To(NamedTuple):
    """Where a gradient goes: vector ← keep · vector + scale · gradient.

    keep 0, scale 1: a vector like θ becomes the gradient. keep 1, scale -η, and θ as the vector: a step of gradient
    descent.
    """

    vector: np.ndarray
    keep: float
    scale: float


@inlined
def put_dW(to, net, l, H, δ, spare):
    """∂J/∂W_l = Hᵀ δ, H the outputs of the layer below. (Long sums need room: there is no δ_0 in its place.)"""
    add_transposed_times(to.scale, H, δ, to.keep, weights(net, to.vector, l), flat(spare))


@inlined
def put_db(to, net, l, δ):
    """∂J/∂b_l, the sums of δ's columns."""
    add_column_sums(to.scale, δ, to.keep, biases(net, to.vector, l))


@kernel
def penalty(net, θ, l1, l2):
    """(λ/2) ‖W‖² + λ₁ ‖W‖₁ over all weights, not biases."""
    total = 0.0
    for l in range(1, net.sizes.size if l1 != 0 or l2 != 0 else 0):
        W = view(θ, net.offsets[l], (net.sizes[l - 1] * net.sizes[l],))
        for i in range(W.size):
            total += l1 * abs(W[i]) + 0.5 * l2 * W[i] * W[i]
    return total


@kernel
def penalty_slope(net, θ, l1, l2, gradient):
    """gradient ← λ W + λ₁ sign W at weights, 0 at biases. Returns `keep`: 1, or, with no penalty, 0."""
    f = θ.dtype.type
    keep = 0.0
    if l1 != 0 or l2 != 0:
        keep = 1.0
        for i in range(θ.size):
            gradient[i] = f(0)
        for l in range(1, net.sizes.size):
            for i in range(net.offsets[l], net.offsets[l] + net.sizes[l - 1] * net.sizes[l]):
                gradient[i] = f(l2) * θ[i] + f(l1) * np.sign(θ[i])
    return keep


@kernel
def loss_of_batch(net, θ, T, weights, loss, m, H, δ):
    """Forward, then J without penalty. H_L becomes Y, and the output's error is in δ."""
    L = net.sizes.size - 1
    forward_pass(net, θ, m, H, is_fused(loss))
    return output_error(loss, layer(net, H, m, L), T, weights, layer(net, δ, m, L))


@inlined
def no_weights(θ):
    """All samples count alike: an empty vector."""
    return view(θ, 0, (0,))


@kernel
def copy(X, out):
    """out ← X, by rows. (A slice assignment would cost three seconds of compiling.)"""
    m, n = out.shape
    for i in range(m):
        for j in range(n):
            out[i, j] = X[i, j]


# ---- what Python calls ----


@jit
def propagate(net, θ, X, T, loss, l1, l2, H, δ, gradient, Z):
    """Forward; if there are targets, J, which is returned; if there is a gradient, or Z, to be filled, these, too.

    What is not asked for is empty. One function for all four, since each would compile the same passes again.
    """
    m, J = X.shape[0], 0.0
    copy(X, layer(net, H, m, 0))
    if T.size == 0:
        forward_pass(net, θ, m, H, False)
    else:
        J = loss_of_batch(net, θ, T, no_weights(θ), loss, m, H, δ) + penalty(net, θ, l1, l2)
    if gradient.size > 0:
        keep = penalty_slope(net, θ, l1, l2, gradient)
        backward_pass(net, θ, m, H, δ, is_fused(loss), To(gradient, keep, 1.0))
    for l in range(1, net.sizes.size if Z.size > 0 else 0):
        times_W(layer(net, H, m, l - 1), weights(net, θ, l), biases(net, θ, l), layer(net, Z, m, l))
    return J


# What is not asked for of `propagate`: no targets, and an empty vector.
NOTHING = {np.dtype(dtype): (np.empty((0, 0), dtype), np.empty(0, dtype)) for dtype in (np.float32, np.float64)}


def forward(net: Net, theta: ArrayLike, X: ArrayLike) -> np.ndarray:
    """The outputs of the network, Y = H_L.

    Parameters
    ----------
    net : Net
    theta : vector, shape (net.size,)
        Its dtype (float64 or float32) decides in which precision all is done.
    X : array, shape (m, n_0)
        One row per sample.

    Returns
    -------
    array, shape (m, n_L)

    Raises
    ------
    ValueError, TypeError
        For shapes that do not fit, and for NaN or inf.
    """
    net = checked_net(net)
    θ = checked_theta(net, theta)
    X = border.matrix("X", X, int(net.sizes[0]), θ.dtype)
    H = np.empty(room(net, len(X)), θ.dtype)
    no_T, none = NOTHING[θ.dtype]
    propagate(net, θ, X, no_T, 0, 0.0, 0.0, H, none, none, none)
    return layer_of(net, H, len(X), -1).copy()


def predict(net: Net, theta: ArrayLike, X: ArrayLike) -> np.ndarray:
    """The decision the outputs stand for.

    Parameters
    ----------
    net, theta, X
        As in `forward`.

    Returns
    -------
    array
        Softmax: (m,) the class of the largest output. One sigmoid: (m,) 0 or 1. Several sigmoids: (m, n_L) 0
        or 1. A sigmoid says 1 at ≥ 0.5. Any other output: Y itself.
    """
    Y = forward(net, theta, X)
    name = net.names[-1]
    if name == "softmax":
        return Y.argmax(axis=1)
    if name == "sigmoid":
        decided = (Y >= 0.5).astype(np.int64)
        return decided[:, 0] if Y.shape[1] == 1 else decided
    return Y


@border.by_content
class Trace(NamedTuple):
    """All that happens in one forward and one backward pass, indexed by layer as in the book.

    Index 0 of every list is None, except H[0] = X. J, and what comes from it, is None without a loss.
    """

    Z: list
    H: list
    delta: list
    dW: list
    db: list
    J: float | None


def trace(net: Net, theta: ArrayLike, X: ArrayLike, T: ArrayLike | None = None, loss: str | None = None) -> Trace:
    """One pass forward and, with T and loss, one backward, with every intermediate number kept.

    Parameters
    ----------
    net, theta, X
        As in `forward`.
    T, loss
        As in `backprop`. Without both, only the forward pass.

    Returns
    -------
    Trace
        `.Z[l]`, `.H[l]`, `.delta[l]` (δ_l = ∂J/∂Z_l), all (m, n_l); `.dW[l]` like W_l, `.db[l]` like b_l;
        `.J`.
    """
    net = checked_net(net)
    θ = checked_theta(net, theta)
    X = border.matrix("X", X, int(net.sizes[0]), θ.dtype)
    if (T is None) != (loss is None):
        missing, given = ("T", "loss") if T is None else ("loss", "T")
        raise ValueError(f"{missing}: needed for the way back, since {given} is given; got None")
    m, L = len(X), len(net.sizes) - 1
    H, δ = buffers(net, m, θ.dtype)
    Z = np.empty_like(H)
    J: float | None
    deltas: list
    if loss is None:
        no_T, none = NOTHING[θ.dtype]
        propagate(net, θ, X, no_T, 0, 0.0, 0.0, H, none, none, Z)
        J, (deltas, dW, db) = None, ([None] * (L + 1) for _ in range(3))
    else:
        code = checked_loss(net, loss)
        T = border.targets("T", T, m, int(net.sizes[-1]), loss, θ.dtype)
        gradient = np.empty_like(θ)
        J = float(propagate(net, θ, X, T, code, 0.0, 0.0, H, δ, gradient, Z))
        deltas = [None, *(layer_of(net, δ, m, l) for l in range(1, L + 1))]
        dW, db = ([None, *parts] for parts in zip(*unpack(net, gradient), strict=True))
    Zs = [None, *(layer_of(net, Z, m, l) for l in range(1, L + 1))]
    return Trace(Zs, [layer_of(net, H, m, l) for l in range(L + 1)], deltas, dW, db, J)


def backprop(
    net: Net, theta: ArrayLike, X: ArrayLike, T: ArrayLike, loss: str = "l2", l1: float = 0.0, l2: float = 0.0
) -> tuple[float, np.ndarray]:
    """J and its gradient, by backpropagation (Rumelhart, Hinton and Williams, 1986).

    Parameters
    ----------
    net : Net
    theta : vector, shape (net.size,)
    X : array, shape (m, n_0)
    T : array, shape (m, n_L); (m,) if n_L = 1; labels (m,) for "cross_entropy"
    loss : {"l2", "mae", "bce", "cross_entropy"}
        "bce" needs a sigmoid output and T in [0, 1]; "cross_entropy" a softmax output and labels or rows that
        sum to 1.
    l1, l2 : float ≥ 0
        J gains (l2/2) ‖W‖² + l1 ‖W‖₁ over the weights, never the biases.

    Returns
    -------
    J : float
        The mean over the samples of the loss of each, plus the penalties.
    gradient : vector, shape (net.size,)
        ∂J/∂θ; `unpack(net, gradient)` splits it into layers.
    """
    net = checked_net(net)
    θ = checked_theta(net, theta)
    code = checked_loss(net, loss)
    X = border.matrix("X", X, int(net.sizes[0]), θ.dtype)
    T = border.targets("T", T, len(X), int(net.sizes[-1]), loss, θ.dtype)
    l1, l2 = penalties(l1, l2)
    H, δ = buffers(net, len(X), θ.dtype)
    gradient = memory.unheld(θ)
    J = propagate(net, θ, X, T, code, l1, l2, H, δ, gradient, NOTHING[θ.dtype][1])
    return float(J), gradient

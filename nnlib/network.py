"""A network is sizes, activations and one vector θ = [W_1, b_1, W_2, b_2, …]: forward, and backward.

Rows are samples. Layer l = 1 … L: Z_l = H_{l-1} W_l + b_l, H_l = g_l(Z_l), with H_0 = X and Y = H_L. W_l is
(n_{l-1}, n_l), stored by rows. δ_l = ∂J/∂Z_l. The kernels see `Net`, a few arrays of integers, as data: a new
architecture compiles nothing. All H_l of a batch sit one behind the other in one buffer, all δ_l in another.
"""

import functools
from typing import NamedTuple

import numpy as np

from . import activations, losses
from .activations import activate, times_slope
from .engine import border, memory
from .engine.jit import flat, inlined, jit, view
from .engine.products import add_column_sums, add_transposed_times, times_W, times_W_transposed
from .losses import is_fused, output_error


@border.by_content
class Net(NamedTuple):
    """A multilayer perceptron without its parameters. Made by `mlp`.

    Attributes
    ----------
    sizes : int64 array, n_0 … n_L
    activations : int64 array, the codes of g_1 … g_L at 1 … L (0 at 0)
    offsets : int64 array, where W_l starts in θ, at 1 … L; the last entry is the length of θ
    units : int64 array, the units before layer l: in a buffer for m samples H_l starts at m · units[l]
    """

    sizes: np.ndarray
    activations: np.ndarray
    offsets: np.ndarray
    units: np.ndarray

    def __hash__(self):
        return hash(tuple(tuple(np.ravel(a).tolist()) for a in self))

    @property
    def names(self):
        """The names of g_1 … g_L."""
        return [activations.NAMES[g] for g in self.activations[1:]]

    @property
    def size(self):
        """How many parameters: the length of θ."""
        return int(self.offsets[-1])

    def __repr__(self):
        *hidden, output = self.names
        return f"mlp({self.sizes.tolist()}, hidden={hidden}, output={output!r})"


# ---- kernels: where things lie ----


@inlined
def weights(net, θ, l):
    """W_l, a view into θ (or into anything shaped like θ, such as the gradient)."""
    return view(θ, net.offsets[l], (net.sizes[l - 1], net.sizes[l]))


@inlined
def biases(net, θ, l):
    """b_l, a view into θ."""
    return view(θ, net.offsets[l] + net.sizes[l - 1] * net.sizes[l], (net.sizes[l],))


@inlined
def layer(net, buffer, m, l):
    """H_l, or δ_l, of a batch of m samples."""
    return view(buffer, m * net.units[l], (m, net.sizes[l]))


# ---- kernels: forward, and backward ----


@inlined
def forward_pass(net, θ, m, H, fused):
    """H_0 = X is there. Leaves H_1 … H_L, but for a fused loss Z_L in place of H_L."""
    L = net.sizes.size - 1
    for l in range(1, L + 1):
        Z = layer(net, H, m, l)
        times_W(layer(net, H, m, l - 1), weights(net, θ, l), biases(net, θ, l), Z)  # (eq-forward)
        if l < L or not fused:
            activate(net.activations[l], Z)  # (eq-layer)


@inlined
def backward_pass(net, θ, m, H, δ, fused, scale, keep, target):
    """The output's error is there. target ← keep · target + scale · gradient.

    keep 0, scale 1: a gradient. keep 1, scale -η, and θ for a target: a step of gradient descent. What goes down to
    layer l-1 is taken through W_l before W_l's own gradient is added: with target = θ, no weight is used after its
    update.
    """
    L = net.sizes.size - 1
    spare = flat(layer(net, δ, m, 0))  # there is no δ_0, and long sums need room
    for l in range(L, 0, -1):
        δ_l = layer(net, δ, m, l)
        if l < L or not fused:
            times_slope(net.activations[l], layer(net, H, m, l), δ_l)  # (eq-delta-l2)
        if l > 1:
            times_W_transposed(δ_l, weights(net, θ, l), layer(net, δ, m, l - 1))  # (eq-delta-hidden)
        dW, db = weights(net, target, l), biases(net, target, l)
        add_transposed_times(scale, layer(net, H, m, l - 1), δ_l, keep, dW, spare)  # (eq-weight-gradient)
        add_column_sums(scale, δ_l, keep, db)  # (eq-bias-gradient)


@inlined
def penalty(net, θ, l1, l2):
    """(λ/2) ‖W‖² + λ₁ ‖W‖₁ over all weights, not biases."""
    total = 0.0
    for l in range(1, net.sizes.size if l1 != 0 or l2 != 0 else 0):
        W = view(θ, net.offsets[l], (net.sizes[l - 1] * net.sizes[l],))
        for i in range(W.size):
            total += l1 * abs(W[i]) + 0.5 * l2 * W[i] * W[i]
    return total


@inlined
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


@inlined
def loss_of_batch(net, θ, T, weights, loss, m, H, δ):
    """Forward, then J without penalty. H_L becomes Y, and the output's error is in δ."""
    L = net.sizes.size - 1
    forward_pass(net, θ, m, H, is_fused(loss))
    return output_error(loss, layer(net, H, m, L), T, weights, layer(net, δ, m, L))


@inlined
def no_weights(θ):
    """All samples count alike: an empty vector."""
    return view(θ, 0, (0,))


@inlined
def copy(X, out):
    """out ← X, by rows. (A slice assignment would cost three seconds of compiling.)"""
    m, n = out.shape
    for i in range(m):
        for j in range(n):
            out[i, j] = X[i, j]


# ---- what Python calls, after the border ----


@jit
def _forward(net, θ, X, H):
    m = X.shape[0]
    copy(X, layer(net, H, m, 0))
    forward_pass(net, θ, m, H, False)


@jit
def _loss(net, θ, X, T, loss, l1, l2, H, δ):
    m = X.shape[0]
    copy(X, layer(net, H, m, 0))
    return loss_of_batch(net, θ, T, no_weights(θ), loss, m, H, δ) + penalty(net, θ, l1, l2)


@jit
def _backprop(net, θ, X, T, loss, l1, l2, H, δ, gradient):
    m = X.shape[0]
    copy(X, layer(net, H, m, 0))
    J = loss_of_batch(net, θ, T, no_weights(θ), loss, m, H, δ) + penalty(net, θ, l1, l2)
    keep = penalty_slope(net, θ, l1, l2, gradient)
    backward_pass(net, θ, m, H, δ, is_fused(loss), 1.0, keep, gradient)
    return J


@jit
def _preactivations(net, θ, m, H, Z):
    for l in range(1, net.sizes.size):
        times_W(layer(net, H, m, l - 1), weights(net, θ, l), biases(net, θ, l), layer(net, Z, m, l))


# ---- the border ----


def mlp(sizes, hidden="tanh", output="identity"):
    """Describe a fully connected network.

    Parameters
    ----------
    sizes : sequence of int, n_0 … n_L
        Inputs, hidden units of each layer, outputs; at least two numbers, each ≥ 1.
    hidden : str or sequence of str
        One activation for all hidden layers, or one for each: "identity", "sigmoid", "tanh", "relu",
        "leaky_relu", "step".
    output : str
        One of these, or "softmax".

    Returns
    -------
    Net
        Integers only. The parameters are a vector θ of length `net.size`, from `initialize` or `pack`.

    Raises
    ------
    ValueError, TypeError
        For sizes that are not positive whole numbers, unknown names, a softmax in a hidden layer. A network
        with "step" can be run but not trained: its slope is 0.
    """
    if isinstance(sizes, (str, bytes)) or not np.iterable(sizes):
        raise TypeError(f"sizes: needs a sequence of whole numbers such as [2, 3, 1], got {type(sizes).__name__}")
    n = [border.whole(f"sizes[{i}]", size, 1, 2**31 - 1) for i, size in enumerate(sizes)]
    if len(n) < 2:
        raise ValueError(f"sizes: needs at least two numbers, inputs and outputs, got {n}")
    if not isinstance(hidden, str) and not np.iterable(hidden):
        raise TypeError(f"hidden: needs a name, or one for each hidden layer, got {type(hidden).__name__}")
    one = isinstance(hidden, str)
    names = [hidden] * max(len(n) - 2, 1) if one else list(hidden)
    for i, name in enumerate(names):
        place = "hidden" if one else f"hidden[{i}]"
        code = activations.CODES[border.choice(place, name, activations.NAMES)]
        if activations.ROWS[code].slope is None:
            raise ValueError(f"{place}: {name} only works at the output; use another name, such as 'tanh'")
    names = names[: len(n) - 2] if one else names
    if len(names) != len(n) - 2:
        raise ValueError(f"hidden: needs one name, or {len(n) - 2} for sizes {n}, got {len(names)}")
    border.choice("output", output, activations.NAMES)
    codes = [0, *(activations.CODES[name] for name in [*names, output])]
    sizes = np.array(n, np.int64)
    return Net(sizes, np.array(codes, np.int64), *_places(sizes))


def _places(n):
    """Where the weights of each layer start in θ, and its units in a buffer."""
    offsets = np.concatenate([[0, 0], np.cumsum(n[:-1] * n[1:] + n[1:])])  # (eq-parameters)
    return offsets, np.concatenate([[0], np.cumsum(n)])


def checked_net(net):
    """`net`, if it is one that the kernels can trust."""
    if not isinstance(net, Net):
        raise TypeError(f"net: needs what mlp(sizes) returns, got {type(net).__name__}")
    if not all((type(a) is np.ndarray or border.is_unmasked(a)) and a.dtype == np.int64 and a.ndim == 1 for a in net):
        raise TypeError("net: needs four int64 vectors, as mlp(sizes) makes them")
    if not all(a.flags.carray for a in net):  # read-only, as joblib maps them: to Numba that is another type
        net = Net(*(border.ready(a, np.int64) for a in net))
    _trust(*(a.tobytes() for a in net))
    return net


@functools.lru_cache(maxsize=64)
def _trust(*contents):
    """Refuse a Net whose numbers do not belong together. What passed is remembered, by content: 30 μs saved a call."""
    net = Net(*(np.frombuffer(content, np.int64) for content in contents))
    offsets, units = _places(net.sizes)
    same = np.array_equal(offsets, net.offsets) and np.array_equal(units, net.units)
    known = len(net.activations) == len(net.sizes) and set(net.activations) <= set(activations.CODES.values())
    if not (same and known) or len(net.sizes) < 2 or net.sizes.min() < 1:
        raise ValueError(
            f"net: sizes {net.sizes.tolist()} and the rest do not belong together; make it with mlp(sizes)"
        )


class _ParametersOf(NamedTuple):
    """Why θ must have that length, should anyone ask."""

    net: Net

    def __str__(self):
        return f", the parameters of {self.net!r}"


def checked_theta(net, theta, name="theta", dtype=None):
    """θ as the kernels want it: a vector of net.size finite numbers, float32 if it was, else float64."""
    a = border.numeric(name, theta)
    if dtype is None:
        dtype = np.float32 if a.dtype == np.float32 else np.float64
    return border.vector(name, a, net.size, dtype, _ParametersOf(net))


def checked_loss(net, loss):
    """The loss's code, if the loss fits the network's output."""
    border.choice("loss", loss, losses.NAMES)
    return _loss_code(loss, net.activations.tobytes())


@functools.lru_cache(maxsize=256)
def _loss_code(loss, content):
    rows = [activations.ROWS[g] for g in np.frombuffer(content, np.int64)[1:]]
    partner, name = losses.PARTNER.get(loss), rows[-1].name
    if partner and name != partner:
        raise ValueError(f"loss: {loss!r} needs a {partner} output, got {name!r}; use mlp(..., output={partner!r})")
    for row in rows:
        if not row.trains:
            need = f"activations with a slope, got {row.name!r}, whose slope is 0"
            raise ValueError(f"loss: needs {need}; use 'sigmoid' instead")
    return losses.CODES[loss]


def buffers(net, m, dtype):
    """Room for all H_l, and for all δ_l, of m samples."""
    size = room(net, m)
    return np.empty(size, dtype), np.empty(size, dtype)


def room(net, m):
    """How many numbers all H_l of m samples are."""
    return m * int(net.units[-1])


def unpack(net, theta):
    """The layers of θ, as views: writing into W writes into θ.

    Parameters
    ----------
    net : Net
    theta : vector, shape (net.size,)
        Anything of θ's shape, so also a gradient. If it is not a contiguous float array, the views are of a
        copy.

    Returns
    -------
    list of (W, b)
        W_l of shape (n_{l-1}, n_l) and b_l of shape (n_l,), for l = 1 … L. Layer l is at index l - 1.
    """
    net = checked_net(net)
    θ = border.numeric("theta", theta)
    if θ.dtype not in (np.float32, np.float64):
        θ = border.floating("theta", θ)
    if θ.shape != (net.size,):
        raise ValueError(f"theta: needs shape ({net.size},), the parameters of {net!r}, got shape {θ.shape}")
    layers = []
    for l in range(1, len(net.sizes)):
        i, n, k = net.offsets[l], net.sizes[l - 1], net.sizes[l]
        layers.append((θ[i : i + n * k].reshape(n, k), θ[i + n * k : i + n * k + k]))
    return layers


def pack(net, layers):
    """θ from layers: the reverse of `unpack`.

    Parameters
    ----------
    net : Net
    layers : list of (W, b)
        W_l of shape (n_{l-1}, n_l) and b_l of shape (n_l,), for l = 1 … L.

    Returns
    -------
    vector, shape (net.size,)
        A new array; float32 if all parts are, else float64.
    """
    net = checked_net(net)
    L = len(net.sizes) - 1
    try:
        layers = [(W, b) for W, b in layers]
    except (TypeError, ValueError):
        raise ValueError(f"layers: needs {L} pairs (W, b), got {type(layers).__name__}") from None
    if len(layers) != L:
        raise ValueError(f"layers: needs {L} pairs (W, b) for {net!r}, got {len(layers)}")
    parts = []
    for l, (W, b) in enumerate(layers, 1):
        n, k = int(net.sizes[l - 1]), int(net.sizes[l])
        W, b = border.floating(f"layers: W_{l}", W), border.floating(f"layers: b_{l}", b)
        if W.shape != (n, k) or b.shape != (k,):
            got = f"got {W.shape} and {b.shape}"
            raise ValueError(f"layers: layer {l} needs W of shape ({n}, {k}) and b of shape ({k},), {got}")
        parts += [border.finite(f"layers: W_{l}", W).reshape(-1), border.finite(f"layers: b_{l}", b)]
    return np.concatenate(parts)


def forward(net, theta, X):
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
    H, _ = memory.lent(room(net, len(X)), θ.dtype)
    _forward(net, θ, X, H)
    return layer_of(net, H, len(X), -1).copy()


def predict(net, theta, X):
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
    J: float


def trace(net, theta, X, T=None, loss=None):
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
    J, back = None, [None] * (L + 1)
    if loss is None:
        _forward(net, θ, X, H)
        deltas, dW, db = back, back[:], back[:]
    else:
        code = checked_loss(net, loss)
        T = border.targets("T", T, m, int(net.sizes[-1]), loss, θ.dtype)
        gradient = np.empty_like(θ)
        J = float(_backprop(net, θ, X, T, code, 0.0, 0.0, H, δ, gradient))
        deltas = [None, *(layer_of(net, δ, m, l) for l in range(1, L + 1))]
        dW, db = ([None, *parts] for parts in zip(*unpack(net, gradient), strict=True))
    _preactivations(net, θ, m, H, Z)
    Zs = [None, *(layer_of(net, Z, m, l) for l in range(1, L + 1))]
    return Trace(Zs, [layer_of(net, H, m, l) for l in range(L + 1)], deltas, dW, db, J)


def layer_of(net, buffer, m, l):
    """`layer`, for Python."""
    l %= len(net.sizes)
    return buffer[m * net.units[l] : m * net.units[l + 1]].reshape(m, net.sizes[l])


def penalties(l1, l2):
    """Both strengths as floats ≥ 0."""
    return border.number("l1", l1, 0), border.number("l2", l2, 0)


def backprop(net, theta, X, T, loss="l2", l1=0.0, l2=0.0):
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
    H, δ = memory.lent(room(net, len(X)), θ.dtype)
    gradient = memory.unheld(θ)
    J = _backprop(net, θ, X, T, code, l1, l2, H, δ, gradient)
    return float(J), gradient

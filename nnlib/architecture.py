"""What a network is: its sizes, its activations, and where each layer lies in the one vector θ.

θ = [W_1, b_1, W_2, b_2, …], W_l by rows. All H_l of a batch sit one behind the other in one buffer, all δ_l in another.
The kernels see `Net`, a few arrays of integers, as data: a new architecture compiles nothing.
"""

import functools
from typing import NamedTuple

import numpy as np

from . import activations, losses
from .engine import border
from .engine.jit import inlined, view


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


# ---- where things lie: in compiled code, and in Python ----


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


def buffers(net, m, dtype):
    """Room for all H_l, and for all δ_l, of m samples."""
    size = room(net, m)
    return np.empty(size, dtype), np.empty(size, dtype)


def room(net, m):
    """How many numbers all H_l of m samples are."""
    return m * int(net.units[-1])


def layer_of(net, buffer, m, l):
    """`layer`, for Python."""
    l %= len(net.sizes)
    return buffer[m * net.units[l] : m * net.units[l + 1]].reshape(m, net.sizes[l])


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


# ---- made, and checked ----


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


def penalties(l1, l2):
    """Both strengths as floats ≥ 0."""
    return border.number("l1", l1, 0), border.number("l2", l2, 0)

"""The workloads: what is trained, from which weights, on which data, in which order.

A workload is data. `problem` makes it concrete, in one precision; every contender gets the same arrays. All of them
come from fixed seeds, so that they are the same on every machine.
"""

from typing import NamedTuple

import numpy as np

import nnlib as nn
from nnlib.engine import random

SEED = 7


class Workload(NamedTuple):
    """One row of the table. `data` makes (X, T) for a number of samples; T are labels where the loss takes labels."""

    name: str
    sentence: str
    sizes: tuple
    hidden: str
    output: str
    loss: str
    optimizer: nn.optimizers.Optimizer
    batch: int
    epochs: int
    dtype: str
    samples: int
    data: object
    scheme: str = "glorot_uniform"


class Problem(NamedTuple):
    """A workload in numbers."""

    name: str
    net: nn.Net
    theta: np.ndarray
    X: np.ndarray
    T: np.ndarray  # labels for cross-entropy, else (m, n_L)
    loss: str
    optimizer: nn.optimizers.Optimizer
    batch: int
    epochs: int
    order: np.ndarray  # the samples of each epoch; with one batch an epoch they stay where they are
    nets: tuple = ()  # W7 alone: pairs (net, θ), of which only the gradient is asked

    @property
    def whole(self):
        """Whether a batch is the whole data set, which nobody has to gather."""
        return self.batch == len(self.X)

    @property
    def steps(self):
        """Updates in one run; for W7, gradients."""
        return len(self.nets) or self.epochs * -(-len(self.X) // self.batch)

    @property
    def flops(self):
        """Floating-point operations of all matrix products of one run: 2 for each multiplication and its addition."""
        n = self.net.sizes
        forward = int((n[:-1] * n[1:]).sum())
        passes = 3 * forward - int(n[0] * n[1])  # nothing is taken back to the inputs
        return 2 * passes * (len(self.nets) or self.epochs) * len(self.X)


# ---- data: functions of the number of samples ----


def _example(m):
    """The 2-2-2 example of chapter 09: one sample."""
    return np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])


def _spirals(m):
    return nn.data.spirals(m, seed=SEED)


def _digits(m):
    X, labels = nn.data.digits()
    return X[:m], labels[:m]


def _pixels(m):
    """Noise in the shape of MNIST. What the pixels show changes nothing in how long they take."""
    random = np.random.default_rng(SEED)
    return random.random((m, 784), np.float32), random.integers(0, 10, m)


def _pixel_rows(m):
    X, labels = _pixels(m)
    return X, nn.data.one_hot(labels, 10)


def _wide(m):
    random = np.random.default_rng(SEED)
    return random.standard_normal((m, 1024), np.float32), random.integers(0, 10, m)


def _normal(m):
    random = np.random.default_rng(SEED)
    return random.standard_normal((m, 32)), random.standard_normal((m, 32))


# ---- the workloads ----

WORKLOADS = {
    w.name: w
    for w in (
        Workload(
            *("W1", "the 2-2-2 example of chapter 09, biases trained, one sample, 10,000 steps"),
            *((2, 2, 2), "sigmoid", "sigmoid", "l2", nn.sgd(0.5)),
            *(1, 10_000, "float64", 1, _example),
        ),
        Workload(
            *("W2", "2-16-16-2, tanh and softmax, 500 points, batch 32, momentum, 200 epochs"),
            *((2, 16, 16, 2), "tanh", "softmax", "cross_entropy", nn.momentum(0.05)),
            *(32, 200, "float32", 500, _spirals),
        ),
        Workload(
            *("W3", "scikit-learn's digits, 64-64-32-10, ReLU, batch 32, Adam, 100 epochs"),
            *((64, 64, 32, 10), "relu", "softmax", "cross_entropy", nn.adam(1e-3)),
            *(32, 100, "float32", 1797, _digits, "he_normal"),
        ),
        Workload(
            *("W4", "60,000 × 784 to 128-64-10, ReLU, batch 64, momentum, one epoch"),
            *((784, 128, 64, 10), "relu", "softmax", "cross_entropy", nn.momentum(0.01)),
            *(64, 1, "float32", 60_000, _pixels),
        ),
        Workload(
            *("W5", "1024-1024-1024-10, ReLU, batch 256, plain descent, ten steps"),
            *((1024, 1024, 1024, 10), "relu", "softmax", "cross_entropy", nn.sgd(0.01)),
            *(256, 1, "float32", 2560, _wide, "he_normal"),
        ),
        Workload(
            *("W6b1", "784-30-10, sigmoid, batch 1, plain descent, 2,000 steps"),
            *((784, 30, 10), "sigmoid", "sigmoid", "l2", nn.sgd(0.1)),
            *(1, 1, "float32", 2000, _pixel_rows),
        ),
        Workload(
            *("W6b10", "784-30-10, sigmoid, batch 10, plain descent, 1,000 steps"),
            *((784, 30, 10), "sigmoid", "sigmoid", "l2", nn.sgd(1.0)),
            *(10, 1, "float32", 10_000, _pixel_rows),
        ),
        Workload(
            *("W7", "forward and backward of 24 nets of 50 layers, 32 wide, batch 64"),
            *((32,) * 51, "tanh", "tanh", "l2", nn.sgd(1.0)),
            *(64, 1, "float64", 64, _normal),
        ),
    )
}
# W7: six ways to start times four activations.
STARTS = (
    dict(scheme="normal", scale=0.01),
    dict(scheme="normal", scale=1.0),
    dict(scheme="glorot_normal"),
    dict(scheme="he_normal"),
    dict(scheme="glorot_uniform"),
    dict(scheme="lecun_uniform"),
)
ACTIVATIONS = ("sigmoid", "tanh", "relu", "identity")
EXAMPLE = [([[0.15, 0.25], [0.20, 0.30]], [0.35, 0.35]), ([[0.40, 0.50], [0.45, 0.55]], [0.60, 0.60])]


def epoch_orders(samples, epochs, seed=0):
    """The order in which `nnlib.train` visits the samples in each epoch, one row an epoch.

    These are the very lines of its generator; a test holds them beside a training run.
    """
    key = random.key(seed, random.ORDER)
    order = np.empty((epochs, samples), np.int64)
    state = np.empty(1, np.uint64)
    for e in range(epochs):
        with np.errstate(over="ignore"):  # 64 bits wrap around, as they do where it is compiled
            state[0] = random.scramble(key + random.scramble(np.uint64(e) + random._STEP))
        random.fill_permutation(state, order[e])
    return order


def problem(name, dtype=None, epochs=None, samples=None):
    """The workload `name` in numbers; with fewer epochs or samples, or in another precision, if so asked."""
    w = WORKLOADS[name]
    dtype, epochs, samples = np.dtype(dtype or w.dtype), epochs or w.epochs, samples or w.samples
    net = nn.mlp(w.sizes, w.hidden, w.output)
    X, T = w.data(samples)
    X = np.ascontiguousarray(X, dtype)
    T = T.astype(np.int64) if w.loss == "cross_entropy" else np.ascontiguousarray(T, dtype)
    nets = ()
    if name == "W1":
        theta = nn.pack(net, EXAMPLE).astype(dtype)
    else:
        theta = nn.initialize(net, w.scheme, SEED, dtype)
    if name == "W7":
        layered = [nn.mlp(w.sizes, g, g) for g in ACTIVATIONS]
        nets = tuple((n, nn.initialize(n, seed=SEED, dtype=dtype, **start)) for n in layered for start in STARTS)
    batch = min(w.batch, len(X))
    order = np.arange(len(X))[None].repeat(epochs, 0) if batch == len(X) else epoch_orders(len(X), epochs)
    return Problem(name, net, theta, X, T, w.loss, w.optimizer, batch, epochs, order, nets)

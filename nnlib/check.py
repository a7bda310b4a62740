"""``python -m nnlib check``: does this machine compute the book's bits?

Eleven small networks are trained, one with each optimizer, and the digests of their θ are compared with those of the
book. They agree on every processor with fused multiply-adds. `tests/test_bits.py` compares all of `RUNS`, under
pretended processors, too.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from typing import NamedTuple

import numpy as np

import nnlib as nn

from .engine import border, jit, random

RATES = dict(sgd=0.05, momentum=0.02, nesterov=0.02, adagrad=0.05, adadelta=1.0, rmsprop=0.005)  # the others 0.01


@border.by_content
class Task(NamedTuple):
    """A network, its data, and all of `train`'s arguments that are not the optimizer."""

    sizes: list
    hidden: str
    output: str
    loss: str
    scheme: str
    data: Callable
    schedule: Callable
    options: dict


def noise(m: int, n: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Data without a meaning: m samples of n inputs and k outputs."""
    stream = random.Stream(7, random.DATA)
    return stream.normal((m, n)), stream.normal((m, k))


S = nn.schedules
TASKS = {
    "softmax": Task(
        *([2, 17, 3], "tanh", "softmax", "cross_entropy", "glorot_uniform", lambda: nn.data.blobs(90, seed=1)),
        *(S.constant, dict(batch_size=32, epochs=20)),
    ),
    "sigmoid": Task(
        *([2, 10, 1], "relu", "sigmoid", "bce", "he_normal", lambda: nn.data.moons(60, seed=2)),
        *(lambda lr: S.power(lr, 0.3), dict(batch_size=7, epochs=10, l2=1e-3)),
    ),
    "regression": Task(
        *([1, 30, 1], "tanh", "identity", "l2", "lecun_normal", lambda: nn.data.sine(40, seed=3)),
        *(lambda lr: S.exponential(lr, 0.99, 5), dict(batch_size=1, epochs=5)),
    ),
    "deep": Task(
        *([2, 3, 30, 10, 17, 4], "leaky_relu", "softmax", "cross_entropy", "orthogonal"),
        lambda: nn.data.spirals(70, seed=4, classes=4),
        *(lambda lr: S.inverse_time(lr, 0.01), dict(batch_size=32, epochs=10, l1=1e-4)),
    ),
    "wide": Task(
        *([30, 64, 40, 3], "sigmoid", "identity", "mae", "normal", lambda: noise(300, 30, 3)),
        *(S.constant, dict(batch_size=None, epochs=10)),
    ),
}
# Every run that is held: (optimizer, task, dtype).
RUNS = [(name, task, dtype) for name in nn.optimizers.NAMES for task in TASKS for dtype in ("float64", "float32")]
# Those of the check, one for each optimizer, and the digests of the book.
BOOK = {
    ("sgd", "softmax", "float64"): "0d110173a848c065",
    ("momentum", "sigmoid", "float32"): "2f86e27ff8d4735a",
    ("nesterov", "regression", "float64"): "7024b7f8ae18ea07",
    ("adagrad", "deep", "float32"): "a81f10a275dda4cb",
    ("adadelta", "wide", "float64"): "79cd5571b388baf0",
    ("rmsprop", "softmax", "float32"): "df4ec391d125d6e7",
    ("adam", "sigmoid", "float64"): "bd023fba28ff471e",
    ("adamw", "deep", "float32"): "80b8638ad5994bf9",
    ("amsgrad", "wide", "float32"): "7cb6ff135f2243cc",
    ("adamax", "regression", "float32"): "8e5a4ac1d8f31dff",
    ("nadam", "deep", "float64"): "2fb72bb29bede303",
}


def digest(optimizer: str, task: str, dtype: str) -> str:
    """Sixteen letters for the θ at which a run ends, and for each of its bits."""
    t = TASKS[task]
    net, (X, T) = nn.mlp(t.sizes, t.hidden, t.output), t.data()
    θ = nn.initialize(net, t.scheme, seed=5, dtype=dtype)
    way = nn.optimizers.BY_NAME[optimizer](t.schedule(RATES.get(optimizer, 0.01)))
    θ = nn.train(net, θ, X, T, t.loss, way, **t.options).theta
    return hashlib.sha256(θ.astype(θ.dtype.newbyteorder("<")).tobytes()).hexdigest()[:16]


def processor() -> str:
    """What the processor calls itself."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def machine() -> Iterator[str]:
    """The processor and the versions that matter, as lines."""
    yield f"processor: {processor()} ({platform.machine()}), {jit.instructions()}"
    yield f"system: {platform.system()}, Python {platform.python_version()}"
    for name in ("nnlib", "numpy", "scipy", "numba", "llvmlite"):
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:
            yield f"{name}, not installed as a package"


def check() -> tuple[list[str], bool]:
    """Train, and compare.

    Returns
    -------
    list of str
        The machine, and in the last line the answer.
    bool
        Whether the bits are the book's.
    """
    differ = [run for run, book in BOOK.items() if digest(*run) != book]
    of = f"{len(differ)} of {len(BOOK)} small networks"
    if not differ:
        answer = f"This machine computes the book's bits: {len(BOOK)} small networks ended at the book's parameters."
    elif not jit.FUSED:
        answer = (
            "Without fused multiply-adds (an old processor, or nothing is compiled) nnlib works, but its last digits "
            f"may differ from the book's, and did for {of}."
        )
    else:
        runs = ", ".join(f"{optimizer} on {task} in {dtype}" for optimizer, task, dtype in differ)
        answer = (
            f"This machine does not compute the book's bits: {of} ended elsewhere ({runs}). Please report it, with the "
            "lines above."
        )
    return [*machine(), answer], not differ

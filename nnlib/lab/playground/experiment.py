"""The experiment of a playground: its settings and their limits, and the same training here as on the page.

experiment.js is its twin: it makes the data, the first weights and the batches that nnlib makes from the same settings.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np

from ... import activations, data, initialize, initializers, losses, mlp, optimizers, train
from ...engine import border
from ...network import Net
from ...training import History

State = dict[str, Any]  # the settings of an experiment, by the names in START
OUTPUT = {row.name: row.partner or "sigmoid" for row in losses.ROWS}
DATA = dict(xor="XOR", moons="moons", circles="circles", spirals="spirals", blobs="blobs", drawn="drawn by you")
NOISE = dict(xor=0.5, moons=0.1, circles=0.1, spirals=0.05, blobs=0.5)
MOST_POINTS = 150  # drawn by the reader: they are all in the page's address
TRAINABLE = {row.name: row.name.replace("_", " ") for row in activations.ROWS if row.slope and row.trains}
SCHEMES = {name: name.replace("_", " ") for name in initializers.NAMES}
LOSSES = {row.name: row.words for row in sorted(losses.ROWS, key=lambda row: row.partner is None)}
OPTIMIZERS = {name: name for name in optimizers.NAMES}
# The β of an optimizer that has a momentum, by the name that its function has for it.
BETA = {
    name: beta
    for name, function in optimizers.BY_NAME.items()
    for beta in ("beta", "beta1")
    if beta in inspect.signature(function).parameters
}


def _steps(*digits, low, high):
    """1, 3, 10, 30, … as decimals that print as they are written."""
    return [float(f"{d}e{e}") for e in range(low, high + 1) for d in digits]


# What a page trains when it is asked for its bits: a small network for each optimizer. Beside it the digest of the θ at
# which it ends where nothing is fused, as in WebAssembly (tests/test_playground.py).
BITS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": (
        "bbebe244c5b33aac",
        dict(data="moons", hidden=[5], lr=0.1, scheme="glorot_uniform", batch_size=7),
    ),
    "momentum": (
        "3f95b8bce1c07f7e",
        dict(data="circles", hidden=[4, 3], activation="sigmoid", loss="cross_entropy", scheme="normal"),
    ),
    "nesterov": (
        "683736f170327775",
        dict(data="spirals", hidden=[8], activation="relu", loss="l2", scheme="he_normal", l2=0.001),
    ),
    "adagrad": (
        "919e15a85ef857b4",
        dict(data="blobs", hidden=[3], activation="leaky_relu", loss="mae", scheme="lecun_uniform"),
    ),
    "adadelta": (
        "6df22b27ad4d0478",
        dict(data="xor", hidden=[16, 2], loss="cross_entropy", scheme="orthogonal", lr=1.0),
    ),
    "rmsprop": (
        "6826288fb5202cd6",
        dict(data="moons", hidden=[4, 4], activation="leaky_relu", scheme="uniform", batch_size=None),
    ),
    "adam": (
        "642cb0c61622f6e7",
        dict(data="circles", hidden=[16], scheme="he_uniform", l2=0.001, batch_size=1),
    ),
    "adamax": (
        "74030769e8dd5fcb",
        dict(data="spirals", hidden=[3, 5], activation="sigmoid", scheme="glorot_normal"),
    ),
    "nadam": (
        "a71f87d241ebe30a",
        dict(data="xor", hidden=[10], activation="relu", loss="cross_entropy", scheme="lecun_normal"),
    ),
}
SMALL_RUN: dict[str, Any] = dict(n=40, seed=3, epochs=20)

# Each knob: what the reader reads, and either its choices or its places and its limits.
KNOBS: dict[str, dict[str, Any]] = dict(
    data=dict(label="data", choices=DATA),
    n=dict(label="points", grid=[20, 50, 100, 200, 300, 500, 1000], low=10, high=1000, whole=True),
    noise=dict(label="noise", grid=[round(0.05 * i, 2) for i in range(21)], low=0, high=2),
    depth=dict(label="hidden layers", low=0, high=4),
    width=dict(label="units in each", low=1, high=16),
    activation=dict(label="activation", choices=TRAINABLE),
    loss=dict(label="loss", choices=LOSSES),
    scheme=dict(label="initial weights", choices=SCHEMES),
    optimizer=dict(label="optimizer", choices=OPTIMIZERS),
    lr=dict(label="learning rate η", grid=_steps(1, 2, 5, low=-4, high=1), low=1e-6, high=1000),
    beta=dict(label="momentum β", grid=[0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999], low=0, high=0.9999),
    batch_size=dict(label="batch size", grid=[1, 2, 4, 8, 16, 32, 64, 128, None], low=1, high=1000, whole=True),
    l2=dict(label="weight decay λ", grid=[0.0, *_steps(1, 3, low=-5, high=-1), 1.0], low=0, high=10),
    seed=dict(label="seed", low=0, high=2**32 - 1, whole=True),
    epochs=dict(
        label="epochs to train", grid=[10, 50, 100, 200, 500, 1000, 2000, 5000], low=1, high=100_000, whole=True
    ),
    points=dict(high=MOST_POINTS),
)
START = dict(
    data="moons", n=200, noise=None, seed=1, hidden=[8, 8], activation="tanh", loss="bce", scheme="glorot_uniform",
    optimizer="adam", lr=0.01, beta=0.9, batch_size=32, l2=0.0, epochs=500, points=[],
)  # fmt: skip
CONTROLS = [name for name in START if name != "points"]
SMALL = ["data", "hidden", "lr"]
HINT = "Each unit shows its output over the plane. Point at a line to read a weight."


def checked(state: Mapping[str, Any]) -> State:
    """A whole state from the settings that were given; a ValueError or TypeError names the one that does not fit."""
    for name in state:
        border.choice("setting", name, list(START))
    s = {**START, **state}
    for name in ("data", "activation", "loss", "scheme", "optimizer"):
        border.choice(name, s[name], list(KNOBS[name]["choices"]))
    s["noise"] = NOISE.get(s["data"], 0.0) if s["noise"] is None else s["noise"]
    for name in ("n", "seed", "epochs", "noise", "lr", "beta", "l2", "batch_size"):
        if name == "batch_size" and s[name] is None:
            continue
        check = border.whole if KNOBS[name].get("whole") else border.number
        s[name] = check(name, s[name], KNOBS[name]["low"], KNOBS[name]["high"])
    if not isinstance(s["hidden"], (list, tuple)) or len(s["hidden"]) > KNOBS["depth"]["high"]:
        raise ValueError(f"hidden: needs a list of at most 4 whole numbers, such as [8, 8], got {s['hidden']!r}")
    s["hidden"] = [border.whole(f"hidden[{i}]", n, 1, KNOBS["width"]["high"]) for i, n in enumerate(s["hidden"])]
    s["points"] = _checked_points(s["points"])
    return s


def _checked_points(points):
    if len(points) == 0:
        return []
    a = border.matrix("points", points, 3)
    wrong = (np.abs(a[:, :2]) > 2).any(axis=1) | ~np.isin(a[:, 2], (0, 1))
    if len(a) > MOST_POINTS or wrong.any():
        first = np.argmax(wrong)
        what = f"{len(a)} rows" if len(a) > MOST_POINTS else f"{a[first].tolist()} at points[{first}]"
        raise ValueError(f"points: needs at most {MOST_POINTS} rows (x, y, class), -2 to 2 and 0 or 1, got {what}")
    return [[round(x, 2), round(y, 2), int(t)] for x, y, t in a.tolist()]


def samples(s: State) -> tuple[np.ndarray, np.ndarray]:
    """(X, labels) of a state: what the page makes by the same recipe."""
    if s["data"] == "drawn":
        a = np.array(s["points"], float).reshape(-1, 3)
        return a[:, :2], a[:, 2].astype(int)
    given = dict(n=s["n"], noise=s["noise"], seed=s["seed"])
    if s["data"] == "xor":
        X, labels = data.blobs(**given, classes=4)
        return X @ [[1, 1], [1, -1]] / 2, (labels + 1) % 2
    more = {"classes": 2} if s["data"] == "blobs" else {}
    return getattr(data, s["data"])(**given, **more)


def sizes(s: State) -> list[int]:
    """Units of each layer: two inputs, the hidden ones, and two outputs for softmax, else one."""
    return [2, *s["hidden"], 2 if s["loss"] == "cross_entropy" else 1]


def native(s: State, epochs: int) -> tuple[Net, np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray], History]:
    """The experiment of a state, run here: (net, X, labels, validation, History)."""
    (X, labels), validation = data.split(*samples(s), (0.8, 0.2), seed=s["seed"])
    net = mlp(sizes(s), s["activation"], OUTPUT[s["loss"]])
    beta = {BETA[s["optimizer"]]: s["beta"]} if s["optimizer"] in BETA else {}
    optimizer = optimizers.BY_NAME[s["optimizer"]](s["lr"], **beta)
    run = train(
        *(net, initialize(net, s["scheme"], seed=s["seed"]), X, labels, s["loss"], optimizer, epochs),
        *(s["batch_size"], s["seed"]), l2=s["l2"], validation=validation,
    )  # fmt: skip
    return net, X, labels, validation, run


def digest(θ: np.ndarray) -> str:
    """FNV-1a of the bytes of θ, 64 bits (Fowler, Noll and Vo), which is short to say in JavaScript, too."""
    h = 0xCBF29CE484222325
    for byte in θ.astype("<f8").tobytes():
        h = (h ^ byte) * 0x100000001B3 % 2**64
    return f"{h:016x}"


def bits() -> dict[str, dict[str, Any]]:
    """What a page trains to say whether it computes the book's bits: {optimizer: its state and its digest}."""
    return {
        name: {"state": checked({**SMALL_RUN, **state, "optimizer": name}), "digest": book}
        for name, (book, state) in BITS.items()
    }


def kernel_of(name: str) -> dict[str, Any]:
    """What the page has to know of an optimizer: the kernel's code and settings, its memory, its β by name."""
    rule = optimizers.BY_NAME[name]()
    known = {"code": rule.code, "settings": rule.settings._asdict(), "beta": BETA.get(name)}
    return known | {"vectors": rule.row.vectors, "linear": rule.row.linear}

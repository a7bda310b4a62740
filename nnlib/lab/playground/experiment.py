"""The experiment of a playground: its settings and their limits, and the same training here as on the page.

experiment.js is its twin: it makes the data, the first weights and the batches that nnlib makes from the same settings.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ... import activations, data, initialize, initializers, losses, mlp, optimizers, train
from ...engine import border
from ...engine.exp import cos_sin
from ...network import Net
from ...training import History

State = dict[str, Any]  # the settings of an experiment, by the names in START
SURFACES = dict(plane="a plane", hills="a hill, a hollow", wave="a wave")  # regression: their targets are heights
CLASSES = dict(xor="XOR", moons="moons", circles="circles", spirals="spirals", blobs="blobs", drawn="drawn by you")
DATA = {**CLASSES, **SURFACES}
NOISE = dict(xor=0.5, moons=0.1, circles=0.1, spirals=0.05, blobs=0.5, plane=0.1, hills=0.1, wave=0.1)
MOST_POINTS = 150  # drawn by the reader: they are all in the page's address
TRAINABLE = {row.name: row.name.replace("_", " ") for row in activations.ROWS if row.slope and row.trains}
SCHEMES = {name: name.replace("_", " ") for name in initializers.NAMES}
OUTPUT = {row.name: row.partner or "sigmoid" for row in losses.ROWS}  # for two classes
REAL = [row.name for row in losses.ROWS if row.partner is None]  # for any targets; the first is the usual one
LOSSES = {row.name: row.words for row in sorted(losses.ROWS, key=lambda row: row.partner is None)}
OPTIMIZERS = {name: name for name in optimizers.NAMES}
# The β of an optimizer that has a momentum, by the name that its function has for it.
BETA = {
    name: beta
    for name, function in optimizers.BY_NAME.items()
    for beta in ("beta", "beta1")
    if beta in inspect.signature(function).parameters
}

# What the network can be given of a point: what the reader reads, and how it is made. On a square from -1 to 1 the sine
# has one whole period; of x itself it would be nearly a straight line there.
FEATURES: dict[str, tuple[str, Callable[[np.ndarray, np.ndarray], np.ndarray]]] = {
    "x1": ("x₁", lambda x, y: x),
    "x2": ("x₂", lambda x, y: y),
    "x1^2": ("x₁²", lambda x, y: x * x),
    "x2^2": ("x₂²", lambda x, y: y * y),
    "x1*x2": ("x₁x₂", lambda x, y: x * y),
    "sin(pi*x1)": ("sin πx₁", lambda x, y: cos_sin(np.pi * x)[1]),
    "sin(pi*x2)": ("sin πx₂", lambda x, y: cos_sin(np.pi * y)[1]),
}
TURNED = ["lr", "l1", "l2", "batch_size", "beta"]  # what may change during a run
MOST_CHANGES = 20  # they are all in the page's address


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
    "adamw": (
        "d512f26ba62e4860",
        dict(data="moons", hidden=[6, 3], loss="cross_entropy", scheme="he_normal", batch_size=16),
    ),
    "amsgrad": (
        "1572785dfdaada54",
        dict(data="blobs", hidden=[7], activation="relu", scheme="orthogonal", batch_size=8),
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
    features=dict(label="inputs", choices={name: label for name, (label, _) in FEATURES.items()}),
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
    l1=dict(label="L1 penalty λ₁", grid=[0.0, *_steps(1, 3, low=-5, high=-1), 1.0], low=0, high=10),
    l2=dict(label="weight decay λ", grid=[0.0, *_steps(1, 3, low=-5, high=-1), 1.0], low=0, high=10),
    train_share=dict(label="training share", grid=[round(0.1 * i, 1) for i in range(1, 10)], low=0.1, high=0.9),
    seed=dict(label="seed", low=0, high=2**32 - 1, whole=True),
    epochs=dict(
        label="epochs to train", grid=[10, 50, 100, 200, 500, 1000, 2000, 5000], low=1, high=100_000, whole=True
    ),
    points=dict(high=MOST_POINTS),
    changes=dict(high=MOST_CHANGES, names=TURNED, last=1_000_000),
)
START: State = dict(
    data="moons", n=200, noise=None, train_share=0.8, seed=1, features=["x1", "x2"], hidden=[8, 8], activation="tanh",
    loss=None, scheme="glorot_uniform", optimizer="adam", lr=0.01, beta=0.9, batch_size=32, l1=0.0, l2=0.0, epochs=500,
    points=[], changes=[],
)  # fmt: skip
CONTROLS = [name for name in START if name not in ("points", "changes")]
SMALL = ["data", "hidden", "lr"]
HINT = "Point at a unit, tap it, or go there with Tab and the arrow keys: the plane shows it large. A line is a weight."


def checked(state: Mapping[str, Any]) -> State:
    """A whole state from the settings that were given; a ValueError or TypeError names the one that does not fit."""
    for name in state:
        border.choice("setting", name, list(START))
    s = {**START, **state}
    border.choice("data", s["data"], list(DATA))
    s["loss"] = (REAL[0] if is_regression(s) else "bce") if s["loss"] is None else s["loss"]
    for name in ("activation", "loss", "scheme", "optimizer"):
        border.choice(name, s[name], list(KNOBS[name]["choices"]))
    if is_regression(s) and s["loss"] not in REAL:
        known = " or ".join(map(repr, REAL))
        raise ValueError(f"loss: {s['loss']!r} needs classes, and data={s['data']!r} has real targets; use {known}")
    s["noise"] = NOISE.get(s["data"], 0.0) if s["noise"] is None else s["noise"]
    for name in ("n", "seed", "epochs", "noise", "train_share", "lr", "beta", "l1", "l2", "batch_size"):
        s[name] = _checked_number(name, name, s[name])
    if not isinstance(s["hidden"], (list, tuple)) or len(s["hidden"]) > KNOBS["depth"]["high"]:
        raise ValueError(f"hidden: needs a list of at most 4 whole numbers, such as [8, 8], got {s['hidden']!r}")
    s["hidden"] = [border.whole(f"hidden[{i}]", n, 1, KNOBS["width"]["high"]) for i, n in enumerate(s["hidden"])]
    s["features"] = _checked_features(s["features"])
    s["points"] = _checked_points(s["points"])
    s["changes"] = _checked_changes(s["changes"], s["optimizer"])
    return s


def is_regression(s: State) -> bool:
    """Whether the targets are real numbers, and no classes."""
    return s["data"] in SURFACES


def _checked_number(name, knob, value):
    """A setting's number, by the limits of its knob; None is a batch of all."""
    if knob == "batch_size" and value is None:
        return None
    check = border.whole if KNOBS[knob].get("whole") else border.number
    return check(name, value, KNOBS[knob]["low"], KNOBS[knob]["high"])


def _checked_features(features):
    if not isinstance(features, (list, tuple)):
        raise TypeError(f"features: needs a list of names such as {START['features']}, got {border.told(features)}")
    chosen = [border.choice(f"features[{i}]", name, list(FEATURES)) for i, name in enumerate(features)]
    if not chosen or chosen != [name for name in FEATURES if name in chosen]:
        order = ", ".join(FEATURES)
        raise ValueError(f"features: needs at least one of {order}, each once and in this order, got {chosen}")
    return chosen


def _checked_changes(changes, optimizer):
    if not isinstance(changes, (list, tuple)):
        raise TypeError(f"changes: needs a list of [epoch, name, value], got {border.told(changes)}")
    if len(changes) > MOST_CHANGES:
        raise ValueError(f"changes: needs at most {MOST_CHANGES}, got {len(changes)}")
    made = []
    for i, change in enumerate(changes):
        where = f"changes[{i}]"
        if not isinstance(change, (list, tuple)) or len(change) != 3:
            raise ValueError(f"{where}: needs [epoch, name, value], such as [100, 'lr', 0.001], got {change!r}")
        epoch = border.whole(f"{where}[0]", change[0], 0, KNOBS["changes"]["last"])
        name = border.choice(f"{where}[1]", change[1], TURNED)
        if made and epoch < made[-1][0]:
            raise ValueError(f"{where}: needs an epoch of at least {made[-1][0]}, that of the one before, got {epoch}")
        if [epoch, name] in [other[:2] for other in made]:
            raise ValueError(f"{where}: needs each setting once in an epoch, got {name!r} twice in epoch {epoch}")
        if name == "beta" and optimizer not in BETA:
            raise ValueError(f"{where}: {optimizer} has no momentum, so its beta cannot change")
        made.append([epoch, name, _checked_number(f"{where}[2]", name, change[2])])
    return made


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
    """(X, t) of a state: the points, and their labels or targets, as the page makes them by the same recipe."""
    if s["data"] == "drawn":
        a = np.array(s["points"], float).reshape(-1, 3)
        return a[:, :2], a[:, 2].astype(int)
    given = dict(n=s["n"], noise=s["noise"], seed=s["seed"])
    if is_regression(s):
        X, T = data.surface(s["data"], **given)
        return X, T[:, 0]
    if s["data"] == "xor":
        X, labels = data.blobs(**given, classes=4)
        return X @ [[1, 1], [1, -1]] / 2, (labels + 1) % 2
    more = {"classes": 2} if s["data"] == "blobs" else {}
    return getattr(data, s["data"])(**given, **more)


def inputs(s: State, X: np.ndarray) -> np.ndarray:
    """What the network is given of the points X: a column for each feature."""
    return np.column_stack([FEATURES[name][1](X[:, 0], X[:, 1]) for name in s["features"]])


def output(s: State) -> str:
    """The activation of the last layer."""
    return "identity" if is_regression(s) else OUTPUT[s["loss"]]


def sizes(s: State) -> list[int]:
    """Units of each layer: an input for each feature, the hidden ones, and two outputs for softmax, else one."""
    return [len(s["features"]), *s["hidden"], 2 if s["loss"] == "cross_entropy" else 1]


def parts(s: State) -> list[tuple[np.ndarray, np.ndarray]]:
    """The training samples and the validation samples, as points."""
    return data.split(*samples(s), (s["train_share"], 1 - s["train_share"]), seed=s["seed"])


def native(s: State, epochs: int) -> tuple[Net, np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray], History]:
    """The experiment of a state, run here: (net, X, labels or targets, validation, History).

    Where the reader turned something, a new run goes on from where the last one ended: from its θ, with its optimizer's
    memory and its count of updates and epochs. Only the numbers of the optimizer are others from then on, so Adam
    corrects its mean by the new β, as if all had been averaged with it; Nadam keeps the product of all its β.
    """
    (X, t), (V, v) = parts(s)
    X, V = inputs(s, X), inputs(s, V)
    net = mlp(sizes(s), s["activation"], output(s))
    theta, state, now = initialize(net, s["scheme"], seed=s["seed"]), None, s
    ends = [e for e in sorted({epoch for epoch, *_ in s["changes"]}) if 0 < e < epochs]
    runs: list[History] = []
    for begin, end in zip([0, *ends], [*ends, epochs], strict=True):
        now = {**now, **{name: value for epoch, name, value in s["changes"] if epoch == begin}}
        beta = {BETA[s["optimizer"]]: now["beta"]} if s["optimizer"] in BETA else {}
        run = train(
            *(net, theta, X, t, s["loss"], optimizers.BY_NAME[s["optimizer"]](now["lr"], **beta), end - begin),
            *(now["batch_size"], s["seed"], now["l1"], now["l2"]), validation=(V, v), state=state,
        )  # fmt: skip
        theta, state = run.theta, run.state
        runs.append(run)
        if run.stopped:
            run.stopped = _counted_on(run.stopped, begin)
            break
    whole = History(
        *(theta, run.state, np.concatenate([run.loss for run in runs])),
        *(np.concatenate([run.val_loss for run in runs]), sum(run.updates for run in runs), run.stopped),
    )
    return net, X, t, (V, v), whole


def _counted_on(stopped: str, begin: int) -> str:
    """Why a run that went on after `begin` epochs stopped: it has counted them from its own beginning."""
    return re.sub(r"(?<=in epoch )\d+", lambda found: str(begin + int(found[0])), stopped)


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

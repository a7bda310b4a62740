"""Small honest data sets, and the three things one does to data first.

Every set comes as (X, T): X of shape (m, n), T of shape (m, 1), or labels (m,) where the sets are classes;
labels fit "bce" with one sigmoid output and "cross_entropy" with a softmax alike. The same seed gives the
same numbers everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .engine import border, random
from .engine.exp import cos_sin

GATES = {
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "nand": (1, 1, 1, 0),
    "nor": (1, 0, 0, 0),
    "xor": (0, 1, 1, 0),
    "xnor": (1, 0, 0, 1),
}

SURFACES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "plane": lambda x, y: x - y / 2,
    "hills": lambda x, y: _hill(x, y, 0.5) - _hill(x, y, -0.5),
    "wave": lambda x, y: cos_sin(np.pi * x)[1],
}


def _hill(x, y, top):
    """1 at (top, top), half as high at a distance of 0.35."""
    return 1 / (1 + 8 * ((x - top) ** 2 + (y - top) ** 2))


def gates(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The truth table of a logic gate with two inputs.

    Parameters
    ----------
    name : {"and", "or", "nand", "nor", "xor", "xnor"}

    Returns
    -------
    X : array, shape (4, 2)
        00, 01, 10, 11.
    T : array, shape (4, 1)
    """
    border.choice("name", name, list(GATES))
    X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    return X, np.array(GATES[name], np.float64)[:, None]


def xor() -> tuple[np.ndarray, np.ndarray]:
    """`gates("xor")`: the gate that no single unit can be (Minsky and Papert, 1969)."""
    return gates("xor")


def _common(n, noise, seed):
    n, noise = border.whole("n", n, 2), border.number("noise", noise, 0)
    return n, noise, random.Stream(border.seed(seed), random.DATA)


def moons(n: int = 200, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Two interleaved half circles of radius 1.

    Parameters
    ----------
    n : int ≥ 2
        Points in all; the first class gets the odd one.
    noise : float ≥ 0
        Standard deviation of what is added to both coordinates.
    seed : int ≥ 0

    Returns
    -------
    X : array, shape (n, 2)
    labels : int array, shape (n,)
    """
    n, noise, stream = _common(n, noise, seed)
    labels = np.arange(n) % 2
    angle = np.pi * stream.uniform(n)
    upper = np.stack(cos_sin(angle), axis=1)
    X = np.where(labels[:, None] == 0, upper, np.array([1.0, 0.5]) - upper)
    return X + noise * stream.normal((n, 2)), labels


def circles(n: int = 200, noise: float = 0.1, seed: int = 0, factor: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """A ring of radius 1 (class 0) around a ring of radius `factor` (class 1).

    Parameters
    ----------
    n, noise, seed
        As in `moons`.
    factor : float in (0, 1)

    Returns
    -------
    X : array, shape (n, 2)
    labels : int array, shape (n,)
    """
    n, noise, stream = _common(n, noise, seed)
    factor = border.number("factor", factor, 0, 1, open_low=True, open_high=True)
    labels = np.arange(n) % 2
    angle = 2 * np.pi * stream.uniform(n)
    X = np.stack(cos_sin(angle), axis=1) * np.where(labels == 0, 1, factor)[:, None]
    return X + noise * stream.normal((n, 2)), labels


def blobs(n: int = 200, noise: float = 0.5, seed: int = 0, classes: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Round clouds, whose centers lie evenly on a circle of radius 2.

    Parameters
    ----------
    n, noise, seed
        As in `moons`.
    classes : int ≥ 2

    Returns
    -------
    X : array, shape (n, 2)
    labels : int array, shape (n,)
    """
    n, noise, stream = _common(n, noise, seed)
    classes = border.whole("classes", classes, 2)
    labels = np.arange(n) % classes
    angle = np.pi / 2 + 2 * np.pi * labels / classes
    return 2 * np.stack(cos_sin(angle), axis=1) + noise * stream.normal((n, 2)), labels


def spirals(
    n: int = 200, noise: float = 0.05, seed: int = 0, classes: int = 2, turns: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Arms that wind around the origin, from radius 0.1 to 1.

    Parameters
    ----------
    n, noise, seed
        As in `moons`.
    classes : int ≥ 2
        Arms.
    turns : float > 0
        How often each arm goes round.

    Returns
    -------
    X : array, shape (n, 2)
    labels : int array, shape (n,)
    """
    n, noise, stream = _common(n, noise, seed)
    classes, turns = border.whole("classes", classes, 2), border.number("turns", turns, 0, open_low=True)
    labels = np.arange(n) % classes
    radius = 0.1 + 0.9 * stream.uniform(n)
    angle = 2 * np.pi * (turns * radius + labels / classes)
    X = radius[:, None] * np.stack(cos_sin(angle), axis=1)
    return X + noise * stream.normal((n, 2)), labels


def sine(n: int = 100, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """t = sin x + noise, for x between -π and π, in increasing order.

    Parameters
    ----------
    n, noise, seed
        As in `moons`.

    Returns
    -------
    X : array, shape (n, 1)
    T : array, shape (n, 1)
    """
    n, noise, stream = _common(n, noise, seed)
    X = np.sort(np.pi * (2 * stream.uniform(n) - 1))[:, None]
    return X, cos_sin(X)[1] + noise * stream.normal((n, 1))


def surface(name: str = "hills", n: int = 200, noise: float = 0.1, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """The height of a surface over a square, for regression with two inputs.

    Parameters
    ----------
    name : {"plane", "hills", "wave"}
        t = x₁ - x₂/2; a hill around (½, ½) and a hollow around (-½, -½); t = sin(π x₁).
    n : int ≥ 2
        Points, evenly at random with x₁ and x₂ between -1 and 1.
    noise : float ≥ 0
        Standard deviation of what is added to t.
    seed : int ≥ 0

    Returns
    -------
    X : array, shape (n, 2)
    T : array, shape (n, 1)
    """
    border.choice("name", name, list(SURFACES))
    n, noise, stream = _common(n, noise, seed)
    X = 2 * stream.uniform((n, 2)) - 1
    return X, SURFACES[name](X[:, :1], X[:, 1:]) + noise * stream.normal((n, 1))


def digits() -> tuple[np.ndarray, np.ndarray]:
    """1,797 handwritten digits of 8 × 8 pixels (Alpaydin and Kaynak, 1998), from scikit-learn.

    Returns
    -------
    X : array, shape (1797, 64)
        From 0 (white) to 1 (black).
    labels : int array, shape (1797,)

    Raises
    ------
    ImportError
        If scikit-learn is missing.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError("nnlib.data.digits needs scikit-learn: pip install scikit-learn") from None
    X, labels = load_digits(return_X_y=True)
    return X / 16, labels.astype(np.int64)


def one_hot(labels: ArrayLike, classes: int | None = None) -> np.ndarray:
    """Labels as rows with a single 1.

    Parameters
    ----------
    labels : int array, shape (m,)
        Whole numbers from 0.
    classes : int ≥ 1, optional
        Columns; default: the largest label plus 1.

    Returns
    -------
    array, shape (m, classes)
    """
    if classes is not None:
        classes = border.whole("classes", classes, 1)
    labels = border.labels("labels", labels, classes)
    rows = np.zeros((len(labels), int(labels.max()) + 1 if classes is None else classes))
    rows[np.arange(len(labels)), labels] = 1
    return rows


@border.by_content
class Scaling(NamedTuple):
    """What `standardize` learned of each column: mean and standard deviation (1 if it is constant)."""

    mean: np.ndarray
    std: np.ndarray

    def apply(self, X: ArrayLike) -> np.ndarray:
        """(X - mean) / std, worked out in float64, in the precision of X."""
        X = border.matrix("X", X, len(self.mean))
        with np.errstate(over="ignore"):
            Z = (X - self.mean) / self.std
        wrong = ~np.isfinite(Z)
        if wrong.any():  # -1.7e308 - 1.7e308 is too large, half of it is not
            Z = np.where(wrong, (0.5 * X - 0.5 * self.mean) / self.std * 2, Z)
        return Z.astype(X.dtype, copy=False)

    def undo(self, X: ArrayLike) -> np.ndarray:
        """X · std + mean: the way back, likewise."""
        X = border.matrix("X", X, len(self.mean))
        with np.errstate(over="ignore"):
            Z = X * self.std + self.mean
        wrong = ~np.isfinite(Z)
        if wrong.any():
            Z = np.where(wrong, 2 * (X * (0.5 * self.std) + 0.5 * self.mean), Z)
        return Z.astype(X.dtype, copy=False)


def standardize(X_train: ArrayLike, *others: ArrayLike) -> Any:
    """Shift and scale every column to mean 0 and standard deviation 1, as measured on the training data.

    Parameters
    ----------
    X_train : array, shape (m, n)
    *others : arrays, shape (any, n)
        Transformed with what was learned from X_train, never with their own mean.

    Returns
    -------
    tuple
        The arrays, transformed, in the order they came, and a `Scaling` that does the same to new data:
        `X_train, X_test, scaling = standardize(X_train, X_test)`. A constant column becomes 0. Mean and
        standard deviation are float64 whatever comes; float32 arrays come back as float32. A column whose numbers
        differ by no more than a rounding or two counts as constant: dividing by that would turn rounding into data.
    """
    X = border.matrix("X_train", X_train)
    more = [border.matrix(f"others[{i}]", Z, X.shape[1]) for i, Z in enumerate(others)]
    scaling = _measured(X)
    return *(scaling.apply(Z) for Z in (X, *more)), scaling


def _measured(X):
    """Mean and standard deviation of each column, in float64."""
    high, low = X.max(axis=0).astype(np.float64), X.min(axis=0).astype(np.float64)
    # Where squares would overflow or vanish, the largest number of the column is first made about 1, by a power of two:
    # exactly, unless a number is so much smaller than the largest that it does not count.
    e = np.frexp(np.maximum(high, -low))[1]
    far = np.abs(e) > 400
    by = np.where(far, e, 0)
    Z = np.ldexp(X, -by) if far.any() else X
    mean, std = Z.mean(axis=0, dtype=np.float64), Z.std(axis=0, dtype=np.float64)  # (eq-init-standardize)
    if far.any():
        with np.errstate(over="ignore", under="ignore"):  # a mean rounded up to 1 is still no larger than the largest
            limits = np.finfo(np.float64)
            mean = np.where(far, np.clip(np.ldexp(mean, by), low, high), mean)
            std = np.where(far, np.clip(np.ldexp(std, by), limits.smallest_subnormal, limits.max), std)
    # Equal numbers have a std of 0, or of one rounding error; and numbers may be equal but for their rounding.
    spread = np.ldexp(high, -e) - np.ldexp(low, -e)
    constant = spread <= 2 * np.finfo(X.dtype).eps
    return Scaling(np.where(constant, X[0], mean), np.where(constant, 1, std))


def split(
    X: ArrayLike, T: ArrayLike, fractions: Sequence[float] = (0.8, 0.2), seed: int = 0
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Divide the samples at random.

    Parameters
    ----------
    X : array, shape (m, n)
    T : array, shape (m, ...)
    fractions : sequence of floats > 0 with a sum ≤ 1
        The share of each part. Sizes are rounded; every part needs at least one sample.
    seed : int ≥ 0

    Returns
    -------
    list of (X, T)
        One pair for each fraction, as copies: `(X_train, T_train), (X_test, T_test) = split(X, T)`.
    """
    X, T = border.matrix("X", X), border.numeric("T", T)
    if T.ndim < 1 or len(T) != len(X):
        raise ValueError(f"T: needs {len(X)} rows, as many as X, got shape {T.shape}")
    f = border.numeric("fractions", fractions)
    if f.ndim != 1 or not f.size or not ((f > 0).all() and f.sum() <= 1 + 1e-9):
        raise ValueError(f"fractions: needs numbers > 0 that sum to at most 1, got {fractions!r}")
    ends = np.rint(np.cumsum([0, *f]) * len(X)).astype(int)
    if (np.diff(ends) == 0).any():
        raise ValueError(f"fractions: {fractions!r} leaves a part of {len(X)} samples empty")
    order = random.Stream(border.seed(seed), random.SPLIT).permutation(len(X))
    parts = [order[a:b] for a, b in zip(ends[:-1], ends[1:], strict=True)]
    return [(X[part], T[part]) for part in parts]

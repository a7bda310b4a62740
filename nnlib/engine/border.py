"""The border: what comes from outside is checked here, once, before any kernel runs.

Compiled code checks nothing, so a wrong shape there reads foreign memory. Every function takes the name of
the argument, so that the message can say which one it was, what came and what is needed. What comes back has
the dtype and layout the kernels were compiled for; it is a copy only where one of these demanded it.
"""

from __future__ import annotations

import collections
import difflib
import math
import numbers
from collections.abc import Collection
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike

PLAIN = {float, int, bool, str, type(None), np.float64, np.float32, np.int64, np.ndarray}  # these hide no mask
K = TypeVar("K")
NESTED = (list, tuple, collections.deque)


def choice(name: str, value: Any, known: Collection[str]) -> str:
    """One of the names in `known`."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: needs a name ({', '.join(known)}), got {told(value)}")
    if value not in known:
        near = difflib.get_close_matches(value.lower(), known, 1, 0.5)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"{name}: unknown name {value!a}; {hint}known: {', '.join(known)}")
    return value


def number(
    name: str, value: Any, low: float = -math.inf, high: float = math.inf, open_low: bool = False,
    open_high: bool = False,
) -> float:  # fmt: skip
    """A finite float between low and high (both included unless open)."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value[()]
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name}: needs {_range(low, high, open_low, open_high)}, got {told(value)}")
    try:
        value = float(value)
    except OverflowError:
        value = math.inf
    inside = (value > low if open_low else value >= low) and (value < high if open_high else value <= high)
    if not (math.isfinite(value) and inside):
        raise ValueError(f"{name}: needs {_range(low, high, open_low, open_high)}, got {value}")
    return value


def _range(low, high, open_low, open_high):
    need = "a finite number"
    if low > -math.inf:
        need += f" {'>' if open_low else '>='} {low:g}"
    if high < math.inf:
        need += f" and {'<' if open_high else '<='} {high:g}"
    return need


def whole(name: str, value: Any, low: int = 0, high: int = 2**63 - 1) -> int:
    """An int between low and high. A float that is whole is not one: it is more often a mistake."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name}: needs a whole number >= {low}, got {told(value)}")
    if not low <= int(value) <= high:
        raise ValueError(f"{name}: needs a whole number from {low} to {high}, got {value}")
    return int(value)


def flag(name: str, value: Any) -> bool:
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: needs True or False, got {told(value)}")
    return bool(value)


def seed(value: Any) -> int:
    """A seed: a whole number of 64 bits."""
    return whole("seed", value, 0, 2**64 - 1)


def numeric(name: str, value: Any) -> np.ndarray:
    """Anything made of real numbers, as an array; nothing is said of its shape."""
    a = value if type(value) is np.ndarray else _converted(name, value)  # an array as such needs no second look
    if a.dtype.kind not in "fiub":
        dtype = "" if a.dtype == object and a.ndim == 0 else f" of dtype {a.dtype}"
        raise TypeError(f"{name}: needs real numbers, got {told(value)}{dtype}{remedy(name, value, a)}")
    return a


def _converted(name, value):
    """What is not yet an array, as one. A mask would be lost on the way, and what it hides would count as data."""
    try:
        a = np.asarray(value)
    except MemoryError:
        raise
    except Exception as fault:  # whoever offers __array__ may raise anything in it
        _refuse_masked(name, value)
        kind = ValueError if isinstance(fault, ValueError) else TypeError
        raise kind(
            f"{name}: needs an array of numbers, got {told(value)} ({ascii(str(fault))[1:-1]}){remedy(name, value)}"
        ) from None
    if isinstance(value, (np.ma.MaskedArray, *NESTED)):
        # An entry that is masked in itself has become NaN, or an object; only then are a list's entries looked at.
        whole = a.dtype.kind in "iub" or a.dtype.kind == "f" and not np.isnan(a).any()
        _refuse_masked(name, value, a.ndim - 1 if whole else 64)
    return a


def _refuse_masked(name, value, depth=64):
    count, at = _masked(value, depth, set())
    if count:
        place = f"{name}[{', '.join(map(str, at))}]" if at else name
        raise ValueError(
            f"{name}: needs numbers everywhere, got {told(value)} with {count} masked, the first at {place}; "
            ".filled(value) puts a number there, .compressed() or leaving out those rows drops them"
        )


def _masked(value, depth, seen):
    """How many entries masks hide, here and in lists nested that deep, and the place of the first."""
    if isinstance(value, np.ma.MaskedArray):
        hidden = np.ma.getmaskarray(value)
        if hidden.dtype != bool or not hidden.any():  # a mask of fields belongs to what is refused anyway
            return 0, ()
        return int(hidden.sum()), tuple(int(i) for i in np.unravel_index(np.argmax(hidden), hidden.shape))
    total, first_at = 0, ()
    if depth > 0 and isinstance(value, NESTED) and id(value) not in seen:
        seen.add(id(value))  # a list may hold itself
        plain = set(map(type, value)) <= (PLAIN | {list, tuple} if depth == 1 else PLAIN)
        for i, part in enumerate(() if plain else value):
            count, at = _masked(part, depth - 1, seen)
            first_at = (i, *at) if count and not total else first_at
            total += count
    return total, first_at


def remedy(name: str, value: Any, a: np.ndarray | None = None) -> str:
    """What to do about what cannot be taken, as an end of the sentence: "; use .toarray()". Nothing if none is known.

    `a` is the array that NumPy made of it, if it made one. Libraries are known by what their objects can do: none is
    imported for it.
    """
    try:
        text = _of_object(value) or (_of_rows(name, value) if a is None else _of_array(name, value, a))
    except Exception:  # a stranger's object may do anything when looked at, and the refusal matters more
        text = ""
    return f"; {text}" if text else ""


def _of_object(value):
    """For tensors and sparse matrices, or a list of them."""
    for _ in range(64):
        value = value[0] if isinstance(value, (list, tuple)) and value else value
    if hasattr(value, "detach"):
        device = getattr(value, "device", "cpu")
        calls = ".detach()" if getattr(value, "requires_grad", False) else ""
        calls += ".cpu()" if getattr(device, "type", str(device)) != "cpu" else ""
        calls += ".to_dense()" if getattr(value, "is_sparse", False) else ""
        calls += ".float()" if "bfloat16" in str(getattr(value, "dtype", "")) else ""
        return f"use {calls}" if calls else ""
    if hasattr(value, "nnz"):
        return next((f"use .{call}()" for call in ("toarray", "todense") if hasattr(value, call)), "")
    if hasattr(value, "__cuda_array_interface__") and hasattr(value, "get"):
        return "use .get()"
    return ""


def _of_rows(name, value):
    """For nested lists of which NumPy makes no array: most often one row is shorter than the others."""
    if not isinstance(value, (list, tuple)):
        return ""
    lengths = [len(row) if hasattr(row, "__len__") and not isinstance(row, (str, bytes)) else None for row in value]
    for i, n in enumerate(lengths):
        if n != lengths[0]:
            has = ["is a single entry" if k is None else f"has {k}" for k in (lengths[0], n)]
            return f"all rows need the same length, and {name}[0] {has[0]}, {name}[{i}] {has[1]}"
    return next(filter(None, (_of_rows(f"{name}[{i}]", row) for i, row in enumerate(value))), "")


def _of_array(name, value, a):
    """For an array that does not hold real numbers."""
    if a.dtype.kind == "c":
        return "use .real"
    if a.dtype.kind == "M":
        return "count from a start, in days for instance: (dates - dates.min()) / np.timedelta64(1, 'D')"
    if a.dtype.kind == "m":
        return "divide by a unit, a second for instance: times / np.timedelta64(1, 's')"
    if a.dtype.names:
        plain = "numpy.lib.recfunctions.structured_to_unstructured"
        return f"use {plain}({name}), or one field, {name}[{a.dtype.names[0]!a}]"
    if a.ndim:
        return _of_entries(name, value, a)
    if isinstance(value, (str, bytes)):
        return ""
    if isinstance(value, (set, frozenset)):
        return "a set has no order: make it a list in the order that is meant"
    if hasattr(value, "values") and hasattr(value, "keys"):
        return f"use list({name}.values())"
    return f"use list({name})" if np.iterable(value) else ""


def _of_entries(name, value, a):
    """For text, and for objects of any kind: it depends on what is in there."""
    found = {}
    for i, entry in enumerate(a.ravel().tolist()):
        found.setdefault(_kind(entry), (i, entry))
    plain = ".astype(float)" if hasattr(value, "astype") else f"np.array({name}).astype(float)"
    advice = {  # the worst first
        "array": f"is an array in itself: use np.stack({name}), if all have the same shape",
        "other": "is not a number: leave it out, or put a number in its place",
        "date": "is a date or a time: count from a start, in days or seconds",
        "complex": "is complex: use its real part",
        "text": "is text: encode it first (np.unique(labels, return_inverse=True)[1] gives numbers, one_hot columns)",
        "missing": f"is missing: fill it (in pandas .fillna(value)), then use {plain}",
        "huge": "is larger than any float64: scale it first",
    }
    kind = next((kind for kind in advice if kind in found), None)
    if kind is None:
        return f"use {plain}"
    i, entry = found[kind]
    at = [int(k) for k in np.unravel_index(i, a.shape)]
    columns = getattr(value, "columns", ())
    column = f" (column {columns[at[1]]!a})" if a.ndim == 2 and len(columns) == a.shape[1] else ""
    return f"{ascii(entry)[:40]} at {name}[{', '.join(map(str, at))}]{column} {advice[kind]}"


def _kind(entry):
    """What an entry is, as far as the advice differs."""
    if entry is None or entry is np.ma.masked or type(entry).__name__ in ("NAType", "NaTType"):
        return "missing"
    if isinstance(entry, (numbers.Number, np.bool_, str, bytes)):
        try:
            float(entry)
        except OverflowError:
            return "huge"
        except (TypeError, ValueError):
            return "text" if isinstance(entry, (str, bytes)) else "complex"
        return "number"
    if hasattr(entry, "toordinal") or hasattr(entry, "total_seconds"):
        return "date"
    return "array" if isinstance(entry, (list, tuple, np.ndarray)) else "other"


def floating(name: str, value: Any) -> np.ndarray:
    """Real numbers as float32 if that is what they are, else as float64."""
    a = numeric(name, value)
    return ready(a, single_or_double(a))


def single_or_double(a: np.ndarray) -> np.dtype:
    """The precision an array asks for: float32 only if it is that already."""
    return np.dtype(np.float32 if a.dtype == np.float32 else np.float64)


def ready(a: np.ndarray, dtype: DTypeLike) -> np.ndarray:
    """`a` as the kernels want it: this dtype, C order, aligned, writable. Copies only if it must."""
    if a.dtype == dtype and a.flags.carray:  # as np.require would
        return a
    with np.errstate(all="ignore"):
        return np.require(a, dtype, ["C", "A", "W"])


def finite(name: str, a: np.ndarray, came: Any = None) -> np.ndarray:
    """Refuse NaN and inf, naming the first. One sum, of squares, decides; only if it fails are they searched for.

    `came` is what `a` was made of, since there may be a word to say on that: pandas makes NaN of what is missing.
    """
    flat = a.ravel()
    with np.errstate(all="ignore"):
        total = flat.dot(flat) if flat.dtype.kind == "f" else flat.sum()  # BLAS is the fastest way to read all of it
    if not math.isfinite(total):
        bad = ~np.isfinite(a)
        if bad.any():
            hint = "; .fillna(value) fills what is missing, then .astype(float)" if hasattr(came, "fillna") else ""
            raise ValueError(f"{name}: needs finite numbers, got {first(name, a, bad)}{hint}")
    return a


def first(name: str, a: np.ndarray, wrong: np.ndarray) -> str:
    """The first offending entry and where it is, in words."""
    at = tuple(int(i) for i in np.unravel_index(np.argmax(wrong), a.shape))
    return f"{a[at]} at {name}[{', '.join(map(str, at))}]"


def matrix(name: str, value: Any, width: int | None = None, dtype: DTypeLike | None = None) -> np.ndarray:
    """A finite (m, width) array, m ≥ 1, of `dtype` (default: its own precision)."""
    need = f"shape (m, {'n' if width is None else width})"
    a = numeric(name, value)
    if a.ndim != 2:
        hint = f"; {name}[:, None] makes a column, {name}[None, :] a row" if a.ndim == 1 else ""
        raise ValueError(f"{name}: needs {need}, one row per sample, got shape {a.shape}{hint}")
    if width is not None and a.shape[1] != width:
        raise ValueError(f"{name}: needs {need}, got shape {a.shape}")
    if not a.size:
        raise ValueError(f"{name}: needs {need} with at least one sample, got shape {a.shape}")
    return finite(name, ready(a, single_or_double(a) if dtype is None else dtype), value)


def vector(name: str, value: Any, size: int, dtype: DTypeLike, reason: object = "") -> np.ndarray:
    """A finite vector of `size` numbers. `reason` is only put into words if it is needed."""
    a = numeric(name, value)
    if a.shape != (size,):
        raise ValueError(f"{name}: needs shape ({size},){reason}, got shape {a.shape}")
    return finite(name, ready(a, dtype), value)


def labels(name: str, value: Any, classes: int | None = None, rows: int | None = None, came: Any = None) -> np.ndarray:
    """Whole numbers 0 … classes - 1, one per sample, as int64."""
    a = numeric(name, value)
    m = "m" if rows is None else rows
    if a.ndim != 1 or (rows is not None and a.size != rows):
        raise ValueError(f"{name}: needs {m} labels, shape ({m},), got shape {a.shape}")
    if not a.size:
        raise ValueError(f"{name}: needs at least one label, got none")
    finite(name, a, value if came is None else came)
    top = 2**31 if classes is None else classes
    wrong = (a < 0) | (a >= top) | (a != np.floor(a))
    if wrong.any():
        raise ValueError(f"{name}: needs whole labels >= 0 and < {top}, got {first(name, a, wrong)}")
    return a.astype(np.int64)


def targets(name: str, value: Any, rows: int, width: int, loss: str, dtype: DTypeLike) -> np.ndarray:
    """T as a (rows, width) array of `dtype`, fit for the loss: labels become one-hot rows."""
    a = numeric(name, value)
    came = a
    if loss == "cross_entropy" and a.ndim == 1:
        at = labels(name, a, width, rows, value)
        hot = np.zeros((rows, width), dtype)
        hot[np.arange(rows), at] = 1
        return hot
    if a.ndim == 1 and width == 1:
        a = a[:, None]
    if a.shape != (rows, width):
        also = f" or labels of shape ({rows},)" if loss == "cross_entropy" else ""
        raise ValueError(f"{name}: needs shape ({rows}, {width}){also}, got shape {came.shape}")
    a = finite(name, ready(a, dtype), value)
    if loss in ("bce", "cross_entropy"):
        within_unit(name, a, loss)
    if loss == "cross_entropy":
        rows_sum_to_one(name, a, came.dtype)
    return a


def within_unit(name: str, a: np.ndarray, loss: str) -> None:
    """Entries in [0, 1]."""
    wrong = (a < 0) | (a > 1)
    if wrong.any():
        raise ValueError(f"{name}: {loss} needs numbers in [0, 1], got {first(name, a, wrong)}")


def rows_sum_to_one(name: str, a: np.ndarray, came: np.dtype) -> None:
    """Rows that are distributions, as far as the precision in which they came allows, and the one they are in now."""
    sums = a.sum(axis=1, dtype=np.float64)
    wrong = np.abs(sums - 1) > sum_tolerance(a.shape[1], came, a.dtype)
    if wrong.any():
        hint = f"; use {name} / {name}.sum(axis=1, keepdims=True)" if (sums > 0).all() else ""
        raise ValueError(f"{name}: needs rows that sum to 1, got a sum of {first(name, sums, wrong)}{hint}")


def sum_tolerance(classes: int, *dtypes: np.dtype) -> float:
    """How far from 1 the sum of a softmax's outputs may be, if these are the precisions it went through.

    In float64 that is 1e-6, which the numbers people type keep too. In float32 one rounding changes a number by at most
    u = 2^-24 of itself. The softmax sums K terms, which is off by at most (K - 1) u, in whatever order; it inverts the
    sum and multiplies by it, with one u each: (K + 1) u. Seven more are for what is done with targets on their way
    here, such as the mean of several nets. In float16 each entry of such an output is rounded once more, by 2^-11 of
    itself, or by half of the smallest number. (That is told of float32 too, for what came as float64.)
    """
    low = [np.finfo(dtype) for dtype in dtypes if dtype.kind == "f" and dtype.itemsize <= 4]
    if not low:
        return 1e-6
    rounded = max(float(f.eps) / 2 + classes * float(f.smallest_subnormal) / 2 for f in low)
    return max(1e-6, (classes + 8) * 2.0**-24) + rounded


def precision(name: str, value: Any) -> np.dtype:
    """float32 or float64."""
    try:
        dtype = np.dtype(value)
    except TypeError:
        raise TypeError(f"{name}: needs float64 or float32, got {told(value)}") from None
    if value is None or dtype not in (np.float32, np.float64):
        raise ValueError(f"{name}: needs float64 or float32, got {value!r}")
    return dtype.newbyteorder("=")


def is_unmasked(a: object) -> bool:
    """Whether it is an array without a mask."""
    return isinstance(a, np.ndarray) and not isinstance(a, np.ma.MaskedArray)


def by_content(kind: type[K]) -> type[K]:
    """Let a NamedTuple of arrays be compared: a tuple's own `==` would ask for the truth of an array.

    It has no hash, as its arrays have none, unless it brings one. `array == it` is left to it, too.
    """
    changed: Any = kind
    changed.__eq__ = lambda one, other: type(one) is type(other) and _same(tuple(one), tuple(other))
    changed.__ne__ = lambda one, other: not one == other
    changed.__hash__ = None if kind.__hash__ is tuple.__hash__ else kind.__hash__
    changed.__array_ufunc__ = None
    return kind


def _same(a, b):
    if type(a) is type(b) and isinstance(a, (list, tuple)) and not hasattr(a, "_fields"):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and bool(((a == b) | ((a != a) & (b != b))).all())  # NaN is NaN here
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return False
    return bool(a == b or (a != a and b != b))


def told(value: Any) -> str:
    """What came, in a few words."""
    shape = getattr(value, "shape", None)
    if value is None:
        return "None"
    if shape:
        return f"{type(value).__name__} of shape {shape}"
    return " ".join(f"{type(value).__name__} {value!a}".split())[:60]

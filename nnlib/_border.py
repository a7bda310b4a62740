"""The border: what comes from outside is checked here, once, before any kernel runs.

Compiled code checks nothing, so a wrong shape there reads foreign memory. Every function takes the name of
the argument, so that the message can say which one it was, what came and what is needed. What comes back has
the dtype and layout the kernels were compiled for; it is a copy only where one of these demanded it.
"""

import difflib
import math
import numbers

import numpy as np


def choice(name, value, known):
    """One of the names in `known`."""
    if not isinstance(value, str):
        raise TypeError(f"{name}: needs a name ({', '.join(known)}), got {told(value)}")
    if value not in known:
        near = difflib.get_close_matches(value.lower(), known, 1, 0.5)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"{name}: unknown name {value!r}; {hint}known: {', '.join(known)}")
    return value


def number(name, value, low=-math.inf, high=math.inf, open_low=False, open_high=False):
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


def whole(name, value, low=0, high=2**63 - 1):
    """An int between low and high. A float that is whole is not one: it is more often a mistake."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
        raise TypeError(f"{name}: needs a whole number >= {low}, got {told(value)}")
    if not low <= value <= high:
        raise ValueError(f"{name}: needs a whole number from {low} to {high}, got {value}")
    return int(value)


def flag(name, value):
    """True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: needs True or False, got {told(value)}")
    return bool(value)


def seed(value):
    """A seed: a whole number of 64 bits."""
    return whole("seed", value, 0, 2**64 - 1)


def numeric(name, value):
    """Anything made of real numbers, as an array; nothing is said of its shape."""
    try:
        a = np.asarray(value)
    except (ValueError, TypeError) as fault:
        raise ValueError(f"{name}: needs an array of numbers, got {told(value)} ({fault})") from None
    if a.dtype.kind not in "fiub":
        raise TypeError(f"{name}: needs real numbers, got {told(value)} of dtype {a.dtype}")
    return a


def floating(name, value):
    """Real numbers as float32 if that is what they are, else as float64."""
    a = numeric(name, value)
    return ready(a, single_or_double(a))


def single_or_double(a):
    """The precision an array asks for: float32 only if it is that already."""
    return np.dtype(np.float32 if a.dtype == np.float32 else np.float64)


def ready(a, dtype):
    """`a` as the kernels want it: this dtype, C order, aligned, writable. Copies only if it must."""
    if a.dtype == dtype and a.flags.carray:  # as np.require would
        return a
    with np.errstate(all="ignore"):
        return np.require(a, dtype, "CAW")


def finite(name, a):
    """Refuse NaN and inf, naming the first. One sum, of squares, decides; only if it fails are they searched for."""
    flat = a.ravel()
    with np.errstate(all="ignore"):
        total = flat.dot(flat) if flat.dtype.kind == "f" else flat.sum()  # BLAS is the fastest way to read all of it
    if not math.isfinite(total):
        bad = ~np.isfinite(a)
        if bad.any():
            raise ValueError(f"{name}: needs finite numbers, got {first(name, a, bad)}")
    return a


def first(name, a, wrong):
    """The first offending entry and where it is, in words."""
    at = tuple(int(i) for i in np.unravel_index(np.argmax(wrong), a.shape))
    return f"{a[at]} at {name}[{', '.join(map(str, at))}]"


def matrix(name, value, width=None, dtype=None):
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
    return finite(name, ready(a, single_or_double(a) if dtype is None else dtype))


def vector(name, value, size, dtype, reason=""):
    """A finite vector of `size` numbers. `reason` is only put into words if it is needed."""
    a = numeric(name, value)
    if a.shape != (size,):
        raise ValueError(f"{name}: needs shape ({size},){reason}, got shape {a.shape}")
    return finite(name, ready(a, dtype))


def labels(name, value, classes=None, rows=None):
    """Whole numbers 0 … classes - 1, one per sample, as int64."""
    a = numeric(name, value)
    m = "m" if rows is None else rows
    if a.ndim != 1 or (rows is not None and a.size != rows):
        raise ValueError(f"{name}: needs {m} labels, shape ({m},), got shape {a.shape}")
    if not a.size:
        raise ValueError(f"{name}: needs at least one label, got none")
    finite(name, a)
    top = 2**31 if classes is None else classes
    wrong = (a < 0) | (a >= top) | (a != np.floor(a))
    if wrong.any():
        raise ValueError(f"{name}: needs whole labels >= 0 and < {top}, got {first(name, a, wrong)}")
    return a.astype(np.int64)


def targets(name, value, rows, width, loss, dtype):
    """T as a (rows, width) array of `dtype`, fit for the loss: labels become one-hot rows."""
    a = numeric(name, value)
    came = a.shape
    if loss == "cross_entropy" and a.ndim == 1:
        at = labels(name, a, width, rows)
        hot = np.zeros((rows, width), dtype)
        hot[np.arange(rows), at] = 1
        return hot
    if a.ndim == 1 and width == 1:
        a = a[:, None]
    if a.shape != (rows, width):
        also = f" or labels of shape ({rows},)" if loss == "cross_entropy" else ""
        raise ValueError(f"{name}: needs shape ({rows}, {width}){also}, got shape {came}")
    a = finite(name, ready(a, dtype))
    if loss in ("bce", "cross_entropy"):
        within_unit(name, a, loss)
    if loss == "cross_entropy":
        rows_sum_to_one(name, a, 1e-6)
    return a


def within_unit(name, a, loss):
    """Entries in [0, 1]."""
    wrong = (a < 0) | (a > 1)
    if wrong.any():
        raise ValueError(f"{name}: {loss} needs numbers in [0, 1], got {first(name, a, wrong)}")


def rows_sum_to_one(name, a, tolerance):
    """Rows that are distributions."""
    sums = a.sum(axis=1, dtype=np.float64)
    wrong = np.abs(sums - 1) > tolerance
    if wrong.any():
        raise ValueError(f"{name}: needs rows that sum to 1, got a sum of {first(name, sums, wrong)}")


def precision(name, value):
    """float32 or float64."""
    try:
        dtype = np.dtype(value)
    except TypeError:
        raise TypeError(f"{name}: needs float64 or float32, got {told(value)}") from None
    if value is None or dtype not in (np.float32, np.float64):
        raise ValueError(f"{name}: needs float64 or float32, got {value!r}")
    return dtype.newbyteorder("=")


def told(value):
    """What came, in a few words."""
    shape = getattr(value, "shape", None)
    return f"{type(value).__name__} of shape {shape}" if shape else f"{type(value).__name__} {value!r}"[:60]

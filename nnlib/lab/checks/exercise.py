"""One exercise: what is right, and which wrong versions can be told by what they answer."""

from __future__ import annotations

import copy
import numbers
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np


class Verdict(NamedTuple):
    """``state`` is right, open, mistake, wrong or error; ``text`` is what the reader is told."""

    state: str
    text: str

    @property
    def mark(self) -> str:
        return {"right": "✓", "open": "○"}.get(self.state, "✗")


def _same(a, b, tolerance):
    """Equal in structure and within the tolerance, relative where numbers are large."""
    if isinstance(b, (tuple, list)):
        if not isinstance(a, (tuple, list, np.ndarray)) or len(a) != len(b):
            return False
        return all(_same(x, y, tolerance) for x, y in zip(a, b, strict=True))
    try:
        a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    except (TypeError, ValueError):
        return False
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=tolerance, atol=tolerance, equal_nan=True))


def _shape(value):
    if isinstance(value, (tuple, list)):
        return f"{len(value)} results"
    return f"shape {np.shape(value)}"


def _shown(value):
    """An argument in a reply; a list may hold arrays of several shapes."""
    if isinstance(value, (tuple, list)):
        return f"[{', '.join(map(_shown, value))}]"
    return np.array2string(np.asarray(value), precision=4, threshold=8)


@dataclass
class Exercise:
    """A right answer and the wrong ones that have a name.

    Parameters
    ----------
    reference : callable, optional
        The right function. ``inputs(rng)`` yields tuples of arguments for it.
    answer : float, optional
        The right number, where a number is asked for.
    mistakes : list of (callable or float, str)
        A wrong version and the sentence that helps whoever wrote it.
    stub : str
        What an unfinished answer is told.
    right : str
        What a right answer is told.
    tolerance : float
        Absolute near 0, relative elsewhere.
    """

    reference: Callable[..., Any] | None = None
    inputs: Callable[[np.random.Generator], Iterable[Any]] | None = None
    mistakes: list = field(default_factory=list)
    stub: str = "Not yet: replace the dots by your own lines, then run the cell again."
    right: str = "Right, on every input tried."
    tolerance: float = 1e-9
    answer: float | None = None

    def judge(self, answer: Any) -> Verdict:
        """A `Verdict`; whatever the reader's function does, this does not raise."""
        if answer is None or answer is Ellipsis:
            return Verdict("open", self.stub)
        if self.answer is not None:
            return self._judge_number(answer)
        if not callable(answer):
            return Verdict("error", f"A function is needed here, a {type(answer).__name__} came. Pass its name only.")
        assert self.inputs is not None and self.reference is not None
        cases = [tuple(case) for case in self.inputs(np.random.default_rng(0))]
        wanted = [self.reference(*copy.deepcopy(case)) for case in cases]
        given = []
        for case in cases:
            mine = copy.deepcopy(case)
            try:
                with np.errstate(all="ignore"):
                    result = answer(*mine)
            except NotImplementedError:
                return Verdict("open", self.stub)
            except Exception as error:
                return Verdict("error", f"Your function stopped with {type(error).__name__}: {error}")
            if result is None or result is Ellipsis:
                return Verdict("open", self.stub)
            if not _same(list(mine), list(case), 0):
                return Verdict("error", "Your function changes its own arguments. Work on a copy instead.")
            given.append(result)
        tell = [_same(g, w, self.tolerance) for g, w in zip(given, wanted, strict=True)]
        if all(tell):
            return Verdict("right", self.right)
        return self._diagnose(cases, wanted, given, tell)

    def _diagnose(self, cases, wanted, given, tell):
        for wrong, sentence in self.mistakes:
            with np.errstate(all="ignore"):
                typical = [wrong(*copy.deepcopy(case)) for case in cases]
            told_apart = any(not _same(t, w, self.tolerance) for t, w in zip(typical, wanted, strict=True))
            if told_apart and all(_same(g, t, self.tolerance) for g, t in zip(given, typical, strict=True)):
                return Verdict("mistake", sentence)
        first = tell.index(False)
        g, w, case = given[first], wanted[first], cases[first]
        if _shape(g) != _shape(w):
            return Verdict("wrong", f"Your result has {_shape(g)}, {_shape(w)} is needed.")
        inputs = ", ".join(map(_shown, case))
        try:
            finite = all(
                np.isfinite(np.asarray(x, dtype=float)).all() for x in (g if isinstance(g, (tuple, list)) else [g])
            )
        except (TypeError, ValueError):
            return Verdict("wrong", f"Your result is {type(g).__name__}, numbers are needed.")
        if not finite:
            return Verdict("wrong", f"Your result is not finite for the input {inputs}.")
        return Verdict("wrong", f"Not yet: for the input {inputs} you give {g}, {w} is right.")

    def _judge_number(self, answer):
        if isinstance(answer, str):
            return Verdict("error", f"A number is needed here, the text {answer!r} came. Leave the quotes out.")
        try:
            if np.ndim(answer):
                return Verdict("error", f"One number is needed here, an array of shape {np.shape(answer)} came.")
            if isinstance(answer, (bool, np.bool_)) or np.iscomplexobj(answer):
                raise TypeError
            value = float(answer)
        except OverflowError:
            value = np.inf
        except Exception:
            return Verdict("error", f"A number is needed here, a {type(answer).__name__} came.")
        if not np.isfinite(value):
            return Verdict("error", f"A finite number is needed here, {value} came.")
        if abs(value - self.answer) <= self.tolerance:
            return Verdict("right", self.right)
        told = next((sentence for wrong, sentence in self.mistakes if abs(value - wrong) <= self.tolerance), "")
        if short := right_so_far(answer, self.answer, self.tolerance):
            return Verdict("open", short + (f" If you have not rounded: {told}" if told else ""))
        return Verdict("mistake", told) if told else Verdict("wrong", f"{value:.12g} is not it yet.")


def right_so_far(value: Any, right: float, tolerance: float) -> str:
    """What a rounded right number is told: how many digits are needed; "" if the number is anything else.

    It is rounded if it is the right one to the digits that Python shows of it, at least to the first one. A half may
    go both ways, as the number we know may be rounded itself. (number.js has this rule for what is typed.)
    """
    places = 0
    if not isinstance(value, numbers.Integral):
        value = value if isinstance(value, np.floating) else float(value)
        places = len(np.format_float_positional(value, trim="0").partition(".")[2])
    first = int(np.format_float_scientific(right).partition("e")[2])
    if not value or abs(float(value) - right) > 0.5 * 10.0 ** min(-places, first) * (1 + 1e-9):
        return ""
    forms = (f"{right:.{n}e}" for n in range(17))
    digits, _, power = next((f for f in forms if abs(float(f) - right) <= tolerance), f"{right:.16e}").partition("e")
    needed = len(digits.lstrip("-").replace(".", ""))
    after = needed - 1 - int(power)
    count, where = (after, " after the point") if after > 0 else (needed, "")
    words = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return f"Right so far: give {words[count - 1] if count < 10 else count} digit{'s' * (count > 1)}{where}."

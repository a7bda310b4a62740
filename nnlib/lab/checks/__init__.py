"""The code a reader writes, checked: with random inputs, and with an answer to the typical mistake.

Each chapter's exercises lie in ``chNN.py``: a reference, inputs, and the wrong versions people write, each with the
sentence that helps.
"""

from __future__ import annotations

import html
import importlib

from ..terminal import Printable
from .exercise import Exercise, Verdict

__all__ = ["Exercise", "Verdict", "check"]


def exercises(number: str) -> dict[str, Exercise]:
    """The exercises of one chapter, by id."""
    try:
        return importlib.import_module(f"{__name__}.ch{number}").CHECKS
    except ModuleNotFoundError:
        raise ValueError(f"there are no exercises for chapter {number!r}") from None


class _Shown(Printable):
    def __init__(self, id, verdict):
        self.id, self.verdict = id, verdict

    def __repr__(self):
        return f"{self.verdict.mark} {self.verdict.text}"

    def _repr_mimebundle_(self, include=None, exclude=None):
        color = {"right": "#009E73", "open": "#6e7781"}.get(self.verdict.state, "#D55E00")
        return {
            "text/plain": repr(self),
            "text/html": f'<div class="nn-check" data-state="{self.verdict.state}" role="status" '
            f'style="border-left:4px solid {color};padding:.4rem 1rem;white-space:pre-line">'
            f"{html.escape(repr(self))}</div>",
        }


def check(id: str, answer: object) -> Printable:
    """Check an answer to an exercise: a number, or a function you wrote.

    Parameters
    ----------
    id : str
        The exercise, such as ``"04-c1"``.
    answer : callable or number
        A function is called with fresh inputs and compared with the right one; nothing it does can raise here.

    Returns
    -------
    A verdict to look at: right, not yet, or the mistake and where to look.

    Raises
    ------
    ValueError
        If there is no such exercise.
    """
    found = exercises(str(id).split("-")[0])
    if id not in found:
        raise ValueError(f"no exercise {id!r}; this chapter has {', '.join(found)}")
    return _Shown(id, found[id].judge(answer))

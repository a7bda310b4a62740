"""What the chapters say of training runs, tried on ten starts; each chapter's claims lie in ``chNN.py``.

The claims of another page, book/name.md, lie in ``name.py``. A claim quotes its sentence as it stands on the page, in
the chapter or in one of its questions, so that an edit of the page breaks it. Its function takes a start, 0 … 9, and
says whether the sentence is true there: the start seeds the weights, the data and the order of the samples, whichever
of them the page draws. A claim about a mean over k starts takes the starts k · start … k · start + k - 1. The page
itself uses start 0.
"""

import importlib
from pathlib import Path
from typing import NamedTuple

STARTS, NEEDED = range(10), 9


class Claim(NamedTuple):
    """A sentence of chapter `chapter`, or of the page of that name, and the function that tries it on one start."""

    chapter: str
    sentences: tuple
    holds: object

    @property
    def name(self):
        return f"{self.chapter}-{self.holds.__name__}"

    def failures(self):
        """The starts for which it is not true. Once it is true for so many that it holds, the others are not asked."""
        found, held = [], 0
        for start in STARTS:
            if held == NEEDED:
                break
            true = bool(self.holds(start))
            held += true
            if not true:
                found.append(start)
        return found


CLAIMS = []


def claim(*sentences):
    """A decorator: the function is true for a start if all of these sentences of its chapter are."""

    def register(holds):
        CLAIMS.append(Claim(holds.__module__.rpartition(".")[2].removeprefix("ch"), sentences, holds))
        return holds

    return register


def load():
    """All claims of all chapters and pages."""
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        importlib.import_module(f"{__name__}.{path.stem}")
    return CLAIMS

"""The look of the book: one palette, one Matplotlib style, one way to make an empty figure."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.figure import Figure

INK, PAPER, GRAY, FAINT = "#1f2328", "#ffffff", "#59636e", "#d8dee4"
BLUE, ORANGE, GREEN, PURPLE, YELLOW = "#0072B2", "#D55E00", "#009E73", "#8E5BA6", "#E69F00"

# The same hues for letters: on paper they have a contrast of 5 to 1 or more, also in the dark, where the colors for
# lines and areas have 3.9, 3.4 and 2.3. Whoever draws need not think of it: pictures are written with them.
LETTERS = {ORANGE: "#B04A00", GREEN: "#007253", YELLOW: "#7D5700"}


def for_letters(color: str) -> str:
    """The color, as #rrggbb, that letters of a color have in a picture."""
    return LETTERS.get(color.upper(), color)


# What says where and with what a reader looks at pictures, not how they look: that stays the reader's own.
_NOT_LOOKS = (
    "animation",
    "backend",
    "backend_fallback",
    "docstring",
    "interactive",
    "keymap",
    "macosx",
    "tk",
    "toolbar",
    "webagg",
    "date.epoch",
    "figure.max_open_warning",
    "figure.raise_window",
    "savefig.directory",
)


def _look():
    """Every setting of Matplotlib that can change a picture: the book's, or else Matplotlib's own default."""
    own = matplotlib.rc_params_from_file(Path(__file__).with_name("nnlib.mplstyle"), use_default_template=False)
    names = [n for n in matplotlib.rcParamsDefault if not {n, n.partition(".")[0]} & set(_NOT_LOOKS)]
    return {name: matplotlib.rcParamsDefault[name] for name in names} | dict(own)


for _face in sorted(Path(__file__).with_name("fonts").glob("*.ttf")):  # the same as on the page
    font_manager.fontManager.addfont(_face)
STYLE = _look()
# NumPy's own settings: how an array in a label is written, and that an overflow in a drawing is no error.
_WRITTEN: dict[str, Any] = dict(
    precision=8, threshold=1000, edgeitems=3, linewidth=75, suppress=False, nanstr="nan", infstr="inf"
)
_WRITTEN |= dict(sign="-", floatmode="maxprec", formatter=None, legacy=False)
_HEARD: dict[str, Any] = dict(divide="warn", over="warn", under="ignore", invalid="warn")
_worn = False


@contextmanager
def styled() -> Iterator[None]:
    """Context manager and decorator: what is drawn inside wears the book's style, and nothing outside changes.

    Nothing outside is seen, either: a reader's matplotlibrc, a style in use, what NumPy was told to print or to raise.
    """
    global _worn
    if _worn:  # by whoever called: what was chosen there on purpose stays, and an arrow costs no millisecond
        yield
        return
    _worn = True
    try:
        with matplotlib.rc_context(STYLE), np.printoptions(**_WRITTEN), np.errstate(**_HEARD):
            yield
    finally:
        _worn = False


def figure(width: float = 7.0, height: float = 3.4) -> Figure:
    """An empty Matplotlib figure of the book's style.

    Parameters
    ----------
    width, height : float
        Size in inches; the text column of a page is 7 inches wide.

    Returns
    -------
    matplotlib.figure.Figure
        Not registered with pyplot, so a notebook neither shows it twice nor keeps it alive.
    """
    with styled():
        return Figure(figsize=(width, height), dpi=100)


def surroundings() -> list[str]:
    """What can change a picture besides its drawing: versions, the style, and the fonts that are found for it."""
    found = [f"Python {sys.version_info[:2]}", repr(sorted(STYLE.items(), key=lambda item: item[0]))]
    for name in ("matplotlib", "contourpy", "pillow", "numpy", "numba", "llvmlite"):
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"no {name}")
    with styled():
        for weight in ("normal", "bold"):
            path = font_manager.findfont(font_manager.FontProperties(weight=weight))
            found.append(hashlib.sha256(Path(path).read_bytes()).hexdigest())
    return found

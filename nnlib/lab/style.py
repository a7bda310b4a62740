"""The look of the book: one palette, one Matplotlib style, one way to make an empty figure."""

from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

INK, PAPER, GRAY, FAINT = "#1f2328", "#ffffff", "#59636e", "#d8dee4"
BLUE, ORANGE, GREEN, PURPLE, YELLOW = "#0072B2", "#D55E00", "#009E73", "#8E5BA6", "#E69F00"

STYLE = matplotlib.rc_params_from_file(Path(__file__).with_name("nnlib.mplstyle"), use_default_template=False)


def styled():
    """Context manager: everything drawn inside wears the book's style, and nothing outside changes."""
    return matplotlib.rc_context(STYLE)


def figure(width=7.0, height=3.4):
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

"""A picture and the words that stand for it: vector on the page, pixels in a notebook, alt text in both."""

from __future__ import annotations

import base64
import html
import io
import os
from urllib.parse import quote

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from . import page, pen
from .style import LETTERS, for_letters, styled
from .terminal import Printable


def is_static() -> bool:
    """True while the book is built: cells then answer with pages, not with widgets."""
    return os.environ.get("NNLIB_STATIC") == "1"


def svg(fig: Figure) -> str:
    """The figure as SVG text; its axes stay where they are put here."""
    with styled():
        pen.lay_out(fig)
        return pen.write(fig)


def png(fig: Figure, dpi: float = 100, colors: int = 0) -> bytes:
    """The figure as PNG bytes; ``colors`` > 0 reduces it to a palette of that many colors."""
    data = io.BytesIO()
    with styled():
        for text in fig.findobj(Text):  # what the pen does by itself
            if (color := to_hex(text.get_color())).upper() in LETTERS:
                text.set_color(for_letters(color))
        fig.savefig(data, format="png", dpi=dpi, metadata={"Software": None}, pil_kwargs={"compress_level": 1})
    if colors:
        from PIL import Image

        image = Image.open(data).convert("RGB").quantize(colors, dither=Image.Dither.NONE)
        data = io.BytesIO()
        image.save(data, "png", optimize=True)
    return data.getvalue()


def svg_url(text: str) -> str:
    """SVG text as a data URL, shorter than base64; URLs drop line breaks, so spaces take their place."""
    return "data:image/svg+xml," + quote(text.replace("\n", " "), safe=" ~()*!.'/:;,@&=+$?-_[]{}|^`")


# ---- on a phone ------------------------------------------------------------------------------------------------------

SMALLEST = 11  # CSS pixels: no text in a picture is smaller, on any screen
PHONE = 340  # as many CSS pixels has a picture on a narrow phone
MARGIN = 3  # points around a panel


class Parts:
    """What a page must know of a picture to show it on a phone: its panels and how much it may shrink.

    Parameters
    ----------
    figures : list of Figure
        Pictures on the same axes; a panel has room for what it has in each of them.
    """

    def __init__(self, figures: list[Figure]) -> None:
        width, height = 72 * figures[0].get_size_inches()
        whole = Bbox.from_bounds(0, 0, width, height)
        things = [thing for fig in figures for thing in _outlines(fig)]
        self.width, self.least = width, SMALLEST / min(map(_smallest, figures))  # by now ticks have their words
        panels = []
        for group in _divided(things):
            box = _around(group).padded(MARGIN)
            if not any(plot for _, plot in group):  # words: those of other pictures may be longer
                box.x1 = max(box.x1, box.x0 + PHONE / self.least)
            panels.append(Bbox.intersection(box, whole) or whole)
        self.panels = [(b.x0, height - b.y1, b.width, b.height) for b in panels]

    def attributes(self) -> str:
        """The same for the element that holds the picture."""
        panels = self.panels if len(self.panels) > 1 else [(0, 0, self.width, 0)]
        wide = max(width for _, _, width, _ in panels) * self.least > PHONE
        listed = ";".join(" ".join(f"{number:.0f}" for number in panel) for panel in self.panels)
        return (
            f'class="nn-picture{" nn-wide" if wide else ""}" style="--least:{self.least:.3g};--wide:{self.width:.0f}" '
            f'data-width="{self.width:.0f}" data-panels="{listed}"'
        )


def held(image: str, attributes: str) -> str:
    """An image's HTML in the element that places its panels on a phone; `kit` comes before it."""
    return f"<div {attributes}>{image}{page.live('nnPicture')}</div>"


def kit() -> str:
    """What `held` needs on its page."""
    return page.kit("picture", "nnPicture")


def _smallest(fig):
    """The size in points of the smallest words of a picture."""
    sizes = [text.get_fontsize() for text in fig.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return min(sizes, default=SMALLEST)


def _outlines(fig):
    """What a figure is made of: boxes in points from the left bottom, and whether each is of axes or of words."""
    with styled(), pen.at_its_size(fig):
        pen.lay_out(fig)
        ink = fig.canvas.get_renderer()
        things = [*fig.axes, *fig.texts, *fig.legends, *fig.lines, *fig.patches, *fig.artists]
        found = [(thing.get_tightbbox(ink), thing in fig.axes) for thing in things if thing.get_visible()]
    return [(box, plot) for box, plot in found if box is not None and np.isfinite(box.extents).all() and box.width > 0]


def _around(things):
    return Bbox.union([box for box, _ in things])


def _divided(things):
    """Things in groups, in the order in which they are read: cut wherever a straight line touches none.

    First from side to side, then from top to bottom. Words alone stay together.
    """
    for below in (True, False):
        groups = []
        for thing in sorted(things, key=lambda thing: -thing[0].y1 if below else thing[0].x0):
            box, last = thing[0], groups and _around(groups[-1])
            apart = not groups or (box.y1 <= last.y0 if below else box.x0 >= last.x1)
            groups.append([thing]) if apart else groups[-1].append(thing)
        joined = []
        for group in groups:
            words = [not any(plot for _, plot in part) for part in (group, *joined[-1:])]
            if len(words) > 1 and (all(words) if below else any(words)):
                joined[-1] += group
            else:
                joined.append(group)
        if len(joined) > 1:
            return [part for group in joined for part in _divided(group)]
    return [things] if things else []


def bundle_png(fig: Figure) -> str:
    return base64.b64encode(png(fig)).decode()


class show(Printable):
    """Show one still picture with its alt text.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The picture, as made by `figure`.
    alt : str
        One sentence that says what the picture shows; it is what a reader who does not see the picture gets.

    Raises
    ------
    TypeError, ValueError
        If ``fig`` cannot be saved as a figure, or ``alt`` says nothing.
    """

    def __init__(self, fig: Figure, *, alt: str) -> None:
        if not hasattr(fig, "savefig"):
            raise TypeError(f"fig: a Matplotlib figure is needed, {type(fig).__name__} came")
        if not isinstance(alt, str) or not alt.strip():
            raise ValueError(f"alt: a sentence that says what the picture shows is needed, {alt!r} came")
        self.fig, self.alt = fig, alt

    def __repr__(self):
        return self.alt

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"text/plain": self.alt}
        if is_static():
            source = svg_url(svg(self.fig))
            image = f'<img alt="{html.escape(self.alt)}" src="{html.escape(source)}">'
            holder = held(image, Parts([self.fig]).attributes())
            data["text/html"] = f'{kit()}<div class="nn-figure">{holder}</div>'
        else:
            data["image/png"] = bundle_png(self.fig)
        return data, {"image/png": {"alt": self.alt}}

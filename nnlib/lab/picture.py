"""A picture and the words that stand for it: vector on the page, pixels in a notebook, alt text in both."""

from __future__ import annotations

import base64
import html
import io
import os
from urllib.parse import quote

from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from . import pen
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
            data["text/html"] = (
                f'<div class="nn-figure"><img alt="{html.escape(self.alt)}" src="{html.escape(source)}"></div>'
            )
        else:
            data["image/png"] = bundle_png(self.fig)
        return data, {"image/png": {"alt": self.alt}}

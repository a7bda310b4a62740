"""A picture and the words that stand for it: vector on the page, pixels in a notebook, alt text in both."""

import base64
import html
import io
import os
import re
from urllib.parse import quote

import matplotlib
from matplotlib.backends.backend_svg import FigureCanvasSVG

from .style import styled
from .terminal import Printable


def is_static():
    """True while the book is built: cells then answer with pages, not with widgets."""
    return os.environ.get("NNLIB_STATIC") == "1"


def svg(fig):
    """The figure as SVG text, the same bytes for the same drawing (no date, salted ids)."""
    text = io.StringIO()
    with styled():
        _lay_out(fig)
        fig.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    body = text.getvalue()
    body = body[body.index("<svg") :]
    # The namespace comments and the metadata block say nothing about the drawing and weigh as much as a curve.
    return re.sub(r"\s*<metadata>.*?</metadata>", "", body, flags=re.S)


def _lay_out(fig):
    """Place the axes once and for good. Left to itself, savefig draws twice: a fifth of the book's time."""
    engine = fig.get_layout_engine()
    if engine is None or not fig.axes:
        return
    FigureCanvasSVG(fig)  # words are measured as this canvas will write them, at its 72 points to the inch
    dpi, fig.dpi = fig.dpi, 72
    engine.execute(fig)
    fig.dpi = dpi
    with matplotlib.rc_context({"figure.constrained_layout.use": False}):
        fig.set_layout_engine(None)


def png(fig, dpi=100, colors=0):
    """The figure as PNG bytes; ``colors`` > 0 reduces it to a palette of that many colors."""
    data = io.BytesIO()
    with styled():
        fig.savefig(data, format="png", dpi=dpi, metadata={"Software": None}, pil_kwargs={"compress_level": 1})
    if colors:
        from PIL import Image

        image = Image.open(data).convert("RGB").quantize(colors, dither=Image.Dither.NONE)
        data = io.BytesIO()
        image.save(data, "png", optimize=True)
    return data.getvalue()


def svg_url(text):
    """SVG text as a data URL, shorter than base64; URLs drop line breaks, so spaces take their place."""
    return "data:image/svg+xml," + quote(text.replace("\n", " "), safe=" ~()*!.'/:;,@&=+$?-_[]{}|^`")


def bundle_png(fig):
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

    def __init__(self, fig, *, alt):
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

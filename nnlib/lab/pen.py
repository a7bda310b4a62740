"""SVG as Matplotlib writes it, but what it wrote of a word once is looked up.

Left to itself, Matplotlib asks the font for the size of a label four times, and turns its letters into paths anew in
every picture. Here both are remembered for all pictures of a process (benchmarks/pictures.py says what that saves).
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from matplotlib import rc_context
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.colors import rgb2hex
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, fontManager, get_font
from matplotlib.layout_engine import PlaceHolderLayoutEngine
from matplotlib.textpath import text_to_path

from .style import for_letters

REMEMBERED = 4096  # words
_NOTHING = dict.fromkeys(("Date", "Creator", "Format", "Type"))  # said about the file, in as many lines as a curve has
_ELEMENT = re.compile('(<(?:path|use)(?: id="([^"]+)")? .*?/>)')


@contextmanager
def at_its_size(fig: Figure) -> Iterator[float]:
    """Inside, a figure measures words as the pen writes them, at its 72 points to the inch."""
    canvas, dpi = fig.canvas, fig.dpi
    Canvas(fig)
    fig.dpi = 72
    try:
        yield dpi
    finally:
        fig.dpi = dpi
        fig.set_canvas(canvas)


def lay_out(fig: Figure) -> bool:
    """Place the axes for good, as words will be written here; whether there was anything to place.

    Left to itself, Matplotlib finds the layout again whenever a figure is drawn.
    """
    engine = fig.get_layout_engine()
    if engine is None or not fig.axes:
        return False
    with at_its_size(fig):
        engine.execute(fig)
    with rc_context({"figure.constrained_layout.use": False}):
        fig.set_layout_engine(None)
    return not isinstance(engine, PlaceHolderLayoutEngine)


def write(fig: Figure) -> str:
    """The figure as SVG text: drawn once, its axes where they are, the same bytes for the same drawing."""
    stream = io.StringIO()
    with at_its_size(fig) as dpi:
        width, height = 72 * fig.get_size_inches()
        pen = Pen(width, height, stream, image_dpi=dpi, metadata=_NOTHING)
        fig.draw(pen)
        pen.finalize()
    text = stream.getvalue()
    return text[text.index("<svg") :]


class Canvas(FigureCanvasSVG):
    """Measures words as the pen does."""

    def get_renderer(self) -> Pen:
        width, height = 72 * self.figure.get_size_inches()
        return Pen(width, height, io.StringIO(), metadata=_NOTHING)


class Pen(RendererSVG):
    """Matplotlib's renderer of SVG with a memory for words."""

    def __init__(self, width: float, height: float, stream: IO[str], **options: Any) -> None:
        super().__init__(width, height, stream, **options)
        self.stream = stream

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
        return _size(s, prop.copy(), ismath)

    def _get_font_height_metrics(self, prop):  # else Matplotlib reads the font's tables for each label
        parts = _heights(tuple(fontManager._find_fonts_by_props(prop)))
        return [part * prop.get_size_in_points() for part in parts] if parts else (None, None, None)

    def _draw_text_as_path(self, gc, x, y, s, prop, angle, ismath, mtext=None):
        wishes = [getattr(mtext, name, lambda: None)() for name in ("get_fontfeatures", "get_language")]
        if any(wishes):  # no drawing of the book asks for them
            return super()._draw_text_as_path(gc, x, y, s, prop, angle, ismath, mtext)
        letters, uses = _word(s, prop.copy(), ismath)
        self.writer.comment(s)  # which also ends the tag before: from here on lines are written as they are
        if fresh := letters.keys() - self._glyph_map.keys():
            self.stream.write("<defs>\n" + "".join(line for n, line in letters.items() if n in fresh) + "</defs>\n")
            self._glyph_map.update(dict.fromkeys(fresh))
        alpha = gc.get_alpha() if gc.get_forced_alpha() else gc.get_rgb()[3]
        look = f"fill: {for_letters(rgb2hex(gc.get_rgb()))}" + (f"; opacity: {number(alpha)}" if alpha != 1 else "")
        size = prop.get_size_in_points() / text_to_path.FONT_SCALE
        turned = f" rotate({number(-angle)})" if angle else ""
        place = f"translate({number(x)} {number(y)}){turned} scale({number(size)} {number(-size)})"
        self.stream.write(f'<g style="{look}" transform="{place}">\n{uses}</g>\n')


def number(value: float) -> str:
    """Six digits after the point, without zeros at the end: as Matplotlib writes a place."""
    return f"{value:f}".rstrip("0").rstrip(".")


@functools.lru_cache(REMEMBERED)
def _size(s, prop, ismath):
    return text_to_path.get_text_width_height_descent(s, prop, ismath)


@functools.lru_cache
def _heights(files):
    """Ascent, descent and line gap of a font for a size of 1, or None if its tables do not say."""
    font = get_font(files)
    head, lines = font.get_sfnt_table("head"), font.get_sfnt_table("OS/2")
    if head is None or lines is None:
        return None
    parts = lines["sTypoAscender"], -lines["sTypoDescender"], lines["sTypoLineGap"]
    return tuple(part / head["unitsPerEm"] for part in parts)


@functools.lru_cache(REMEMBERED)
def _word(s, prop, ismath):
    """What Matplotlib writes of a word: its letters' names with the lines that define them, and those that use them."""
    stream = io.StringIO()
    scratch = RendererSVG(0, 0, stream, metadata=_NOTHING)
    scratch.writer.comment("")
    before = stream.tell()
    scratch._draw_text_as_path(scratch.new_gc(), 0, 0, s, prop, 0, ismath)
    defined, _, used = stream.getvalue()[before:].rpartition("</defs>")
    letters = {name: f"{line}\n" for line, name in _ELEMENT.findall(defined.replace("\n", " ")) if name}
    uses = "".join(f"{line}\n" for line, _ in _ELEMENT.findall(used.replace("\n", " ")))
    return letters, uses

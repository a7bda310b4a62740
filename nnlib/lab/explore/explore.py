"""A knob and the picture it turns: sliders on the built page without a kernel, continuous ones with it.

``explore(draw, alt=…, lr=np.geomspace(.01, 1, 16), rule=["sgd", "adam"])`` asks for one function that paints a
picture from the values of its knobs. The page gets every picture of the grid, as vector drawings that share their
lines (a hundred pictures weigh what two photographs do); a notebook paints on demand.
"""

from __future__ import annotations

import base64
import gzip
import html
import inspect
import itertools
import json
import os
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from .. import files, page, picture
from ..style import styled, surroundings
from ..terminal import Printable
from .fingerprint import fingerprint
from .frames import Frames, many

MOST_FRAMES = 160


def pack(frames: Iterable[str]) -> str:
    """SVG texts → base64 of gzip of their distinct lines and, for each text, the numbers of its lines."""
    lines: dict[str, int] = {}
    index = [[lines.setdefault(line, len(lines)) for line in frame.split("\n")] for frame in frames]
    return _zip({"lines": list(lines), "frames": index})


def _zip(data):
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.b64encode(gzip.compress(text, 9, mtime=0)).decode()


def say(value: Any) -> str:
    """A knob's value as a reader would write it: three significant digits, a real minus sign."""
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, float, np.number)):
        return str(value)
    text = f"{value:.3g}" if abs(float(value)) < 1e3 and isinstance(value, (float, np.floating)) else f"{value:g}"
    return text.replace("-", "−")


class explore(Printable):
    """Let the reader turn the knobs of a drawing.

    Parameters
    ----------
    draw : callable
        ``draw(fig, **knobs)`` paints one picture on an empty Matplotlib figure. It must survive every corner of the
        grid: what diverges is drawn as divergence, with words.
    alt : callable
        ``alt(**knobs)`` says in one sentence what the picture shows, with its numbers.
    start : dict, optional
        Values at the start, for some knobs; else the middle of a slider and the first entry of a menu.
    size : (float, float)
        Inches.
    labels : dict, optional
        What the reader reads beside a knob, by the knob's name.
    raster : bool
        Pictures as pixels instead of vectors; for heat maps.
    live : dict, optional
        Further knobs that exist only with a kernel; ``draw`` has defaults for them, and the page names these.
    **grids
        An increasing array becomes a slider, a list a menu. At most 160 pictures in all.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what is needed.
    """

    def __init__(
        self,
        draw: Callable[..., object],
        *,
        alt: Callable[..., str],
        start: dict[str, Any] | None = None,
        size: tuple[float, float] = (7.0, 3.4),
        labels: dict[str, str] | None = None,
        raster: bool = False,
        live: dict[str, Any] | None = None,
        **grids: Any,
    ) -> None:
        if not callable(draw):
            raise TypeError(f"draw: a function draw(fig, **knobs) is needed, {type(draw).__name__} came")
        if not callable(alt):
            raise TypeError(
                f"alt: a function of the knobs that returns a sentence is needed, {type(alt).__name__} came"
            )
        if not grids:
            raise ValueError("explore needs at least one knob, for example z=np.linspace(-3, 3, 25)")
        self.draw, self.alt, self.size, self.raster = draw, styled()(alt), size, raster
        self.grids = {name: _grid(name, grid) for name, grid in grids.items()}
        self.live = {name: _grid(name, grid) for name, grid in (live or {}).items()}
        self.labels = {name: name for name in {**grids, **self.live}} | (labels or {})
        count = int(np.prod([len(grid) for grid in self.grids.values()]))
        if count > MOST_FRAMES:
            raise ValueError(f"the grid has {count} pictures, at most {MOST_FRAMES} are needed to feel continuous")
        wanted = inspect.signature(draw).parameters
        takes_any = any(p.kind is p.VAR_KEYWORD for p in wanted.values())
        for name in {**self.grids, **self.live}:
            if name not in wanted and not takes_any:
                raise TypeError(f"draw has no parameter {name!r}; it has {', '.join(list(wanted)[1:])}")
        for name in {**(start or {}), **(labels or {})}:
            if name not in self.labels or name not in {**self.grids, **self.live}:
                raise ValueError(f"{name!r} is not a knob; the knobs are {', '.join(self.grids)}")
        self.start = {name: _nearest(name, grid, start) for name, grid in self.grids.items()}
        for name, grid in self.live.items():
            default = (start or {}).get(name, wanted[name].default if name in wanted else inspect.Parameter.empty)
            if default is inspect.Parameter.empty:
                raise ValueError(f"live={name!r}: draw needs a default for it, because the page has no such knob")
            self.live[name] = (grid, default)
        self.id = draw.__name__.strip("_<>").replace("_", "-")
        self.frames = Frames(draw, size, self._extremes())

    def __repr__(self):
        return self.alt(**self.start)

    # ---- one picture -------------------------------------------------------------------------------------------

    @property
    def points(self) -> list[dict[str, Any]]:
        """Every setting of the grid, the last knob turning fastest."""
        return [dict(zip(self.grids, values, strict=True)) for values in itertools.product(*self.grids.values())]

    def _extremes(self):
        """The settings that between them need the most room: each knob at its ends, or at each entry of a menu."""
        ends = {n: grid[[0, -1]] if isinstance(grid, np.ndarray) else grid for n, grid in self.grids.items()}
        return [self.start, *(self.start | {name: value} for name, values in ends.items() for value in values)]

    def paint(self, **knobs: Any) -> Figure:
        """The figure, painted at one setting."""
        return self.frames.paint(**knobs)

    def render(self, **knobs: Any) -> str | bytes:
        """One picture for the page: SVG text, or PNG bytes where ``raster``."""
        fig = self.paint(**knobs)
        return picture.png(fig, dpi=200, colors=128) if self.raster else picture.svg(fig)

    # ---- the page ----------------------------------------------------------------------------------------------

    def _packed(self):
        """Of all pictures of the grid: what a phone must know, and the pictures, packed.

        From the build's cache where nothing that makes them has changed.
        """
        folder = os.environ.get("NNLIB_FRAMES")
        key = folder and fingerprint(self.draw, self.points, self.size, self.raster, surroundings())
        path = Path(folder) / f"{self.id}-{key}.txt" if key else None
        if path and path.exists():
            _count(len(self.points))
            os.utime(path)  # what nobody uses for a month is forgotten
            parts, packed = path.read_text(encoding="utf-8").split("\n")
            return parts, packed
        with many(), warnings.catch_warnings():
            warnings.simplefilter("error")  # what a drawing warns of, readers of the page would never see
            frames = [_count(1, self.render(**point)) for point in self.points]
            parts = picture.Parts([self.paint(**p) for p in (self.points[0], self.points[-1])]).attributes()
        packed = _zip({"png": [base64.b64encode(f).decode() for f in frames]}) if self.raster else pack(frames)
        if path:
            files.write(path, f"{parts}\n{packed}")
        return parts, packed

    def to_html(self) -> str:
        """The explorer as one piece of HTML: controls, a still picture, every other picture, style and script."""
        places = {n: _index(grid, self.start[n]) for n, grid in self.grids.items()}
        labels = [[say(v) for v in grid] for grid in self.grids.values()]
        parts, packed = self._packed()
        data = {"labels": labels, "alts": [self.alt(**p) for p in self.points], "packed": packed}
        rows = "".join(
            self._control(name, grid, texts, places[name])
            for (name, grid), texts in zip(self.grids.items(), labels, strict=True)
        )
        still = self.render(**self.start)
        if isinstance(still, bytes):
            source = f"data:image/png;base64,{base64.b64encode(still).decode()}"
        else:
            source = picture.svg_url(still)
        image = f'<img alt="{html.escape(self.alt(**self.start))}" src="{html.escape(source)}">'
        more = ", ".join(f"{self.labels[n]} (here {say(value)})" for n, (_, value) in self.live.items())
        note = f"<p>In the notebook you can also turn {html.escape(more)}.</p>" if more else ""
        return (
            f"{picture.kit()}{page.kit('explore/explore', 'nnExplore')}"
            f'<div class="nn-explore{" pix" if self.raster else ""}" id="x-{html.escape(self.id)}">'
            f'<div class="nn-knobs">{rows}</div>{picture.held(image, parts)}{note}'
            f"{page.data(data)}{page.live('nnExplore')}</div>"
        )

    def _control(self, name, grid, texts, place):
        label, text = html.escape(self.labels[name]), html.escape(texts[place])
        if not isinstance(grid, np.ndarray):
            options = "".join(
                f'<option value="{j}"{" selected" if j == place else ""}>{html.escape(text)}</option>'
                for j, text in enumerate(texts)
            )
            return (
                f'<label class="r"><span>{label}</span><select autocomplete="off" disabled>{options}</select></label>'
            )
        slider = (
            f'<input type="range" aria-label="{label}" min="0" max="{len(grid) - 1}" value="{place}" '
            f'aria-valuetext="{text}" autocomplete="off" disabled>'
        )
        back, on = (
            f'<button type="button" value="{step}" aria-label="{word} {label}" disabled>{sign}</button>'
            for step, word, sign in ((-1, "previous", "‹"), (1, "next", "›"))
        )
        return f'<div class="r"><span>{label}</span>{back}{slider}{on}<output aria-live="off">{text}</output></div>'

    # ---- the notebook ------------------------------------------------------------------------------------------

    def to_widget(self) -> Any:
        """The explorer as ipywidgets: every number continuous, each move painted anew."""
        import ipywidgets as w

        knobs = {**self.grids, **{name: grid for name, (grid, _) in self.live.items()}}
        values = {**self.start, **{name: value for name, (_, value) in self.live.items()}}
        controls = {name: _widget(w, self.labels[name], grid, values[name]) for name, grid in knobs.items()}
        image = w.Image(format="png", layout=w.Layout(align_self="flex-start", max_width="100%"))
        caption = w.HTML()

        def update(_=None):
            setting = {name: control.value for name, control in controls.items()}
            try:
                image.value = picture.png(self.paint(**setting))
                caption.value = f"<small>{html.escape(self.alt(**setting))}</small>"
            except Exception as error:  # a picture that cannot be drawn must not take the sliders with it
                caption.value = f"<b>This setting cannot be drawn:</b> {html.escape(str(error))}"

        for control in controls.values():
            control.observe(update, "value")
        update()
        return w.VBox([*controls.values(), image, caption])

    def _repr_mimebundle_(self, include=None, exclude=None):
        data = {"text/plain": repr(self)}
        if picture.is_static():
            return {**data, "text/html": self.to_html()}
        data["image/png"] = picture.bundle_png(self.paint(**self.start))
        self.widget = self.to_widget()
        return {**self.widget._repr_mimebundle_(), **data}


def _grid(name, grid):
    """A slider's numbers as an increasing array, or a menu's entries as a list."""
    if isinstance(grid, np.ndarray):
        if grid.ndim != 1 or grid.size < 2 or grid.dtype.kind not in "iuf":
            raise ValueError(
                f"{name}: a slider needs a 1-D array of two numbers or more, {grid.dtype}{grid.shape} came"
            )
        if not np.isfinite(grid).all() or (np.diff(grid) <= 0).any():
            raise ValueError(f"{name}: a slider needs finite, increasing numbers, {grid} came")
        return grid
    if isinstance(grid, (list, tuple)) and len(grid) >= 2:
        return list(grid)
    raise ValueError(f"{name}: an increasing NumPy array or a list of two entries or more is needed, {grid!r} came")


def _index(grid, value):
    return int(np.argmin(np.abs(grid - value))) if isinstance(grid, np.ndarray) else grid.index(value)


def _nearest(name, grid, start):
    """The start value of a knob, as a member of its grid."""
    if start is None or name not in start:
        return grid[len(grid) // 2] if isinstance(grid, np.ndarray) else grid[0]
    value = start[name]
    if isinstance(grid, np.ndarray):
        if not grid[0] <= value <= grid[-1]:
            raise ValueError(f"start: {name} = {value} is outside {grid[0]} … {grid[-1]}")
        return grid[_index(grid, value)]
    if value not in grid:
        raise ValueError(f"start: {name} = {value!r} is not among {grid}")
    return value


def _widget(w, label, grid, value):
    """The ipywidgets control of one knob; sliders whose steps grow by a constant factor are logarithmic."""
    look = dict(description=label, style={"description_width": "initial"}, layout=w.Layout(width="min(30rem, 100%)"))
    if not isinstance(grid, np.ndarray):
        return w.Dropdown(options=[(say(v), v) for v in grid], value=value, **look)
    low, high = grid[0], grid[-1]
    if grid.dtype.kind in "iu":
        return w.IntSlider(value=int(value), min=int(low), max=int(high), **look)
    ratios = grid[1:] / grid[:-1] if low > 0 else np.zeros(1)
    if len(grid) > 2 and low > 0 and np.allclose(ratios, ratios[0]):
        return w.FloatLogSlider(
            value=value, min=np.log10(low), max=np.log10(high), step=0.01, readout_format=".3g", **look
        )
    return w.FloatSlider(value=value, min=low, max=high, step=(high - low) / 200, readout_format=".3g", **look)


def _count(pictures, made=None):
    """Tell the build how many pictures are there: one byte each in the file that it named."""
    if name := os.environ.get("NNLIB_COUNT"):
        with open(name, "ab") as file:
            file.write(b"." * pictures)
    return made

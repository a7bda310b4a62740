"""The pictures of one drawing, each painted as if it were the only one, while what they share is made once.

A hundred pictures of an explorer differ in a curve and in a number. The same in all are the layout, which is found
once, so that nothing but the answer moves when a reader turns a knob, and the axes with their ticks. These are
restored from a copy of the empty ones: no picture can tell which was painted before it.
"""

from __future__ import annotations

import gc
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec, SubplotSpec
from matplotlib.layout_engine import LayoutEngine
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from ..pen import lay_out
from ..style import styled


@contextmanager
def many() -> Iterator[None]:
    """Inside, hundreds of figures are made and thrown away, and Python looks for garbage a hundred times less often.

    A figure is some ten thousand objects that refer to each other, so each one made sets off a dozen searches through
    them and through all that was there before. benchmarks/pictures.py says what this saves, and the rest of this room.
    """
    often = gc.get_threshold()
    gc.freeze()  # what is there is no garbage of ours
    gc.set_threshold(100_000, *often[1:])
    try:
        yield
    finally:
        gc.set_threshold(*often)
        gc.unfreeze()


class Other(Exception):
    """A picture wants other axes than those that were kept."""


class Sheet(Figure):
    """A figure that notes the axes a drawing wants; a restored one hands out those that it has."""

    wanted: tuple[tuple, ...] = ()  # the calls that asked for axes
    expected, left = (), None  # of a restored sheet: the calls it has axes for, and the axes not yet asked for
    heading = top = None  # the title above all axes, and where it stands if the layout decides that
    settled = False  # whether all axes have their places, so that drawing moves nothing

    def add_subplot(self, *arguments: Any, **options: Any) -> Axes:
        return self._want("add_subplot", arguments, options, super().add_subplot)

    def add_axes(self, *arguments: Any, **options: Any) -> Axes:
        return self._want("add_axes", arguments, options, super().add_axes)

    def suptitle(self, t: str, **options: Any) -> Text:
        if self.top is not None:
            options.setdefault("y", self.top)
        self.heading = super().suptitle(t, **options)
        return self.heading

    def get_layout_engine(self) -> LayoutEngine | None:
        return None if self.settled else super().get_layout_engine()

    def wishes(self) -> tuple[str, ...]:
        """The calls that asked for axes, by content: sheets with the same wishes have the same axes."""
        return tuple(self._spelled(call) for call in self.wanted)

    def _want(self, name, arguments, options, make):
        call = name, arguments, options
        if self.left is None:
            self.wanted = (*self.wanted, call)
            return make(*arguments, **options)
        if not self.left or self._spelled(call) != self.expected[-len(self.left)]:
            raise Other
        self.sca(self.left[0])
        return self.left.pop(0)

    def _spelled(self, thing):
        if isinstance(thing, SubplotSpec):
            thing = _grid(thing), thing.rowspan, thing.colspan
        if isinstance(thing, dict):
            thing = sorted(thing.items())
        if isinstance(thing, (list, tuple)):
            return f"({' '.join(map(self._spelled, thing))})"
        return next((f"axes {n}" for n, axes in enumerate(self.axes) if axes is thing), repr(thing))


def _grid(spec):
    grid = spec.get_gridspec()
    return *grid.get_geometry(), grid.get_width_ratios(), grid.get_height_ratios()


class Frames:
    """The pictures of ``draw(fig, **knobs)``.

    Parameters
    ----------
    draw : callable
    size : (float, float)
        Inches.
    settings : list of dict
        Those whose pictures between them need most room: each axes gets the place that it can have in all of them.
    """

    def __init__(
        self, draw: Callable[..., object], size: tuple[float, float], settings: Sequence[dict[str, Any]]
    ) -> None:
        self.draw, self.size, self.settings = draw, size, settings
        self.kept: dict[tuple[str, ...], bytes] = {}  # wishes → the sheet with these axes, empty, as bytes
        self.latest: bytes | None = None

    @styled()
    def paint(self, **knobs: Any) -> Sheet:
        """One picture: a figure whose axes have their places."""
        sheet = self._restored(self.latest, knobs)
        if sheet is None:
            plain = self._plain(knobs)
            wishes = plain.wishes()
            if wishes not in self.kept:
                self.kept[wishes] = _emptied((lay_out(plain) and self._alike(wishes)) or [plain])
            self.latest = self.kept[wishes]
            sheet = self._restored(self.latest, knobs)
        return sheet

    def _plain(self, knobs):
        sheet = Sheet(figsize=self.size, dpi=100, layout="constrained")
        self.draw(sheet, **knobs)
        return sheet

    def _alike(self, wishes):
        """The sheets that have a say in the layout of those with these wishes; whichever is painted first, the same."""
        found = []
        for knobs in self.settings:
            with suppress(Exception):  # a setting that cannot be drawn needs no room, and says so when it is asked for
                sheet = self._plain(knobs)
                if sheet.wishes() == wishes and lay_out(sheet):
                    found.append(sheet)
        return found

    def _restored(self, empty, knobs):
        """A picture on kept axes; None if there are none, or if it wants others."""
        if empty is None:
            return None
        sheet = pickle.loads(empty)
        try:
            self.draw(sheet, **knobs)
        except Other:
            return None
        sheet.settled = True
        return None if sheet.left else sheet


def _emptied(sheets):
    """A sheet with the axes of these, which have the same wishes, and no picture, as bytes.

    Each axes has the room that all the sheets can spare for it. It is quicker to unpickle axes and ticks than to make
    them, and what is unpickled is as new.
    """
    first = sheets[0]
    sheet = Sheet(figsize=first.get_size_inches(), dpi=first.dpi, layout="constrained")
    for n, (name, arguments, options) in enumerate(first.wanted):
        arguments = [_copied(thing, sheet) for thing in arguments]
        options = {key: sheet.axes[first.axes.index(x)] if x in first.axes else x for key, x in options.items()}
        axes = getattr(sheet, name)(*arguments, **options)
        corners = np.array([other.axes[n].get_position(original=True).extents for other in sheets])
        axes.set_position(Bbox.from_extents(*corners[:, :2].max(axis=0), *corners[:, 2:].min(axis=0)))
        for axis, painted in ((axes.xaxis, first.axes[n].xaxis), (axes.yaxis, first.axes[n].yaxis)):
            axis.get_major_ticks(len(painted.majorTicks))
            axis.get_minor_ticks(len(painted.minorTicks))
    sheet.expected, sheet.wanted, sheet.left = first.wishes(), (), list(sheet.axes)
    tops = [other.heading.get_position()[1] for other in sheets if other.heading is not None]
    sheet.top = min(tops, default=None)
    return pickle.dumps(sheet)


def _copied(thing, sheet):
    """What axes were asked for with, on another sheet: a grid belongs to its figure."""
    if not isinstance(thing, SubplotSpec):
        return thing
    grid = thing.get_gridspec()
    rows, columns = grid.get_geometry()
    ratios = dict(width_ratios=grid.get_width_ratios(), height_ratios=grid.get_height_ratios())
    copy = GridSpec(rows, columns, figure=sheet, **ratios)
    return copy[thing.rowspan.start : thing.rowspan.stop, thing.colspan.start : thing.colspan.stop]

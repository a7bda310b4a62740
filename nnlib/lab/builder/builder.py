"""A curve and boxes to follow it with, under the reader's hand: the network of one hidden layer that they are.

``builder({"sin πx": f})`` shows five boxes. Each is two sigmoid units: one climbs at its left edge, the other at its
right edge, and the height of the box is the weight from the first to the output, its negative that from the second. The
reader moves edges and heights, turns the steepness, reads how far the curve is missed, and can then see what least
squares would have chosen. boxes.js computes on the page what `network` is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np

from ... import activations, forward, mlp, pack
from ...engine import border
from ...network import Net
from .. import page
from ..alive import Alive
from ..style import BLUE, FAINT, GRAY, INK, ORANGE, YELLOW, figure

Box = Sequence[float]  # left edge, right edge, height
# One box as high as it can be read, and four that lie flat until they are wanted.
START = [(-1.0, -0.7, 0.0), (-0.6, -0.3, 0.0), (-0.2, 0.2, 1.0), (0.3, 0.6, 0.0), (0.7, 1.0, 0.0)]
STEEP: list[float] = [3, 4, 5, 7, 10, 14, 20, 30, 40, 50, 70, 100, 150, 200, 300, 500]
X = np.linspace(-1, 1, 201)  # where the gap is measured
SHADOW = "#b4bdc7"
REACH, HIGHEST, NARROWEST = 1.2, 1.3, 0.02  # as boxes.js has them


def network(boxes: Sequence[Box] | np.ndarray, w: float) -> tuple[Net, np.ndarray]:
    """The network that boxes are, and its θ.

    Parameters
    ----------
    boxes : list of (left, right, height)
    w : float
        The weight from the input to every hidden unit: how steep the sides of the boxes are.

    Returns
    -------
    (Net, array)
        1 input, 2 sigmoid units for each box, 1 output.
    """
    left, right, height = np.asarray(boxes, dtype=float).T
    net = mlp([1, 2 * len(left), 1], hidden="sigmoid")
    b = -w * np.stack([left, right], axis=1).ravel()
    v = np.stack([height, -height], axis=1).reshape(-1, 1)
    return net, pack(net, [(np.full((1, len(b)), float(w)), b), (v, np.zeros(1))])


class builder(Alive):
    """Boxes to follow a curve with, moved by mouse, finger or keyboard, on the page and in a notebook.

    Parameters
    ----------
    curves : dict
        What the reader can choose, name → function of an array of x in [-1, 1]; at least one, values from -1.3 to 1.3.
    boxes : list of (left, right, height), optional
        How it begins: at most nine boxes, edges from -1.2 to 1.2, heights from -1.3 to 1.3.
    w : float
        The steepness at the start, one of `STEEP`.
    name : str
        What the page's address calls it, once on a page.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what is needed.
    """

    def __init__(
        self,
        curves: Mapping[str, Callable[[np.ndarray], np.ndarray]],
        *,
        boxes: Sequence[Box] = START,
        w: float = 50,
        name: str = "builder",
    ) -> None:
        if not isinstance(curves, Mapping) or not curves:
            raise TypeError(f"curves: needs a dict of functions by their names, got {border.told(curves)}")
        self.targets = {}
        for label, curve in curves.items():
            if not callable(curve):
                raise TypeError(f"curves: {label!r} needs a function, got {border.told(curve)}")
            t = np.asarray(curve(X), dtype=float)
            if t.shape != X.shape or not (np.abs(t) <= HIGHEST).all():
                raise ValueError(f"curves: {label!r} needs {X.size} numbers from -1.3 to 1.3, got {border.told(t)}")
            self.targets[label] = t.round(6)  # the page gets six decimals and measures by them
        rows = np.asarray(boxes, dtype=float)
        if rows.ndim != 2 or rows.shape[1] != 3 or not 1 <= len(rows) <= 9:
            raise ValueError(f"boxes: needs 1 to 9 rows of left, right and height, got shape {rows.shape}")
        wide = (rows[:, 1] - rows[:, 0] >= NARROWEST - 1e-9) & (np.abs(rows[:, :2]) <= REACH).all(axis=1)
        if not (wide & (np.abs(rows[:, 2]) <= HIGHEST)).all():
            wrong = rows[~(wide & (np.abs(rows[:, 2]) <= HIGHEST))][0].tolist()
            raise ValueError(f"boxes: {wrong} is no box with left < right in [-1.2, 1.2] and a height in [-1.3, 1.3]")
        if w not in STEEP:
            raise ValueError(f"w: needs one of {STEEP}, got {border.told(w)}")
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(f"name: needs a word of letters, digits and _, got {border.told(name)}")
        self.boxes, self.w, self.name = rows.round(2), w, name

    def output(self, x: np.ndarray) -> np.ndarray:
        """What the network of the first boxes outputs at each x."""
        return forward(*network(self.boxes, self.w), np.asarray(x, dtype=float)[:, None])[:, 0]

    def gap(self, curve: str) -> float:
        """The mean squared gap between the first boxes and a curve."""
        return float(np.mean((self.output(X) - self.targets[curve]) ** 2))

    @cached_property
    def _still(self):
        """(figure, words): the boxes of the start, the curve and the units, for who sees only a picture."""
        curve = next(iter(self.targets))
        fig = figure(7.0, 3.3)
        left, right = fig.subplots(1, 2, width_ratios=[1.5, 1])
        x = np.linspace(-1.25, 1.25, 501)
        left.plot(X, self.targets[curve], color=SHADOW, linewidth=7)
        rise = activations.sigmoid
        for start, end, height in self.boxes:
            bump = height * (rise(self.w * (x - start)) - rise(self.w * (x - end)))
            left.fill_between(x, bump, color=YELLOW, alpha=0.5, linewidth=0)
            left.plot([start, end], [height, height], "o", color=INK, markersize=5)
        left.plot(x, self.output(x), color=BLUE)
        left.set(xlim=(-1.25, 1.25), ylim=(-1.6, 1.6), xticks=[-1, 0, 1], yticks=[-1, 0, 1], xlabel="x")
        left.set_title(f"{curve} and {len(self.boxes)} boxes", fontsize=13)
        right.set(xlim=(0, 1), ylim=(-2 * len(self.boxes), 1))
        right.set_axis_off()
        right.text(0, 0.1, "hidden unit", fontsize=12, color=GRAY)
        right.text(1, 0.1, "to the output", fontsize=12, color=GRAY, ha="right")
        for k, (start, end, height) in enumerate(self.boxes):
            for i, (edge, v) in enumerate(((start, height), (end, -height))):
                y, b = -2 * k - i - 0.9, -self.w * edge
                sign = "−" if b < 0 else "+"
                right.text(0, y, f"σ({self.w:g}x {sign} {abs(b):g})", fontsize=12)
                color = BLUE if v > 0 else ORANGE if v < 0 else GRAY
                right.text(1, y, f"{v + 0:g}".replace("-", "−"), fontsize=12, color=color, ha="right")
            right.axhline(-2 * k - 0.1, color=FAINT, linewidth=1)
        words = (
            f"The curve {curve} and {len(self.boxes)} boxes, which are {2 * len(self.boxes)} sigmoid units of "
            f"steepness {self.w:g}; the mean squared gap is {self.gap(curve):.3g}."
        )
        return fig, words

    def to_html(self) -> str:
        """The builder as one piece of HTML: a still picture, and what makes it live."""
        told = dict(
            curves={label: t.tolist() for label, t in self.targets.items()}, steep=STEEP, place=STEEP.index(self.w),
            boxes=[dict(left=a, right=b, height=h) for a, b, h in self.boxes.tolist()],
        )  # fmt: skip
        return (
            f'{page.kit("builder/builder", "nnBuilder")}<div class="nn-build" id="x-{self.name}" '
            f'data-lm-suppress-shortcuts="true"><div class="still">{self._image()}</div>'
            f"{page.data(told)}{page.live('nnBuilder')}</div>"
        )

"""A digit goes through a trained network: the reader chooses or draws it, and sees every unit answer.

``digit(net, theta, X)`` puts a square of 8 × 8 pixels on the page, the units of each layer as tiles that light up, and
the ten outputs with their probabilities. The page computes the forward pass itself, from θ as it was given, and agrees
with `nnlib.forward` to 1e-12 (forward.js).
"""

from __future__ import annotations

import base64
import html
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ... import Net, forward, trace
from ...engine import border
from .. import figures, page
from ..alive import Alive
from ..style import BLUE, FAINT, GRAY, INK, ORANGE, YELLOW, figure

SIDE, LEVELS, CLASSES = 8, 16, 10
MOST_SAMPLES = 30


class digit(Alive):
    """A digit to choose or to draw, and what each layer of a trained network makes of it.

    Parameters
    ----------
    net : Net
        64 inputs, any hidden layers, 10 outputs with softmax.
    theta : float array, shape (net.size,)
        What it has learned.
    X : float array, shape (k, 64), k from 1 to 30
        The digits to choose from, gray values in sixteenths as `nnlib.data.digits` has them. The first one is there at
        the beginning.
    labels : int array, shape (k,), optional
        What they are; the page names them by it.
    layer : int, optional
        How far the digit has gone when the page opens: 0 is the input, the default is the output.
    caption : str, optional
        A sentence under it.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what is needed.
    """

    def __init__(
        self,
        net: Net,
        theta: ArrayLike,
        X: ArrayLike,
        labels: ArrayLike | None = None,
        *,
        layer: int | None = None,
        caption: str | None = None,
    ) -> None:
        forward(net, theta, np.zeros((1, int(net.sizes[0]))) if isinstance(net, Net) else X)  # checks net and θ
        sizes = net.sizes.tolist()
        if sizes[0] != SIDE**2 or sizes[-1] != CLASSES or net.names[-1] != "softmax":
            raise ValueError(f"net: needs 64 inputs and 10 outputs with softmax, got {net!r}")
        self.net, self.theta = net, np.array(theta, np.float64)
        self.X = border.matrix("X", X, SIDE**2, np.float64)
        if len(self.X) > MOST_SAMPLES:
            raise ValueError(
                f"X: needs at most {MOST_SAMPLES} digits, got {len(self.X)}; X[:{MOST_SAMPLES}] are as many"
            )
        grays = LEVELS * self.X
        wrong = (grays < 0) | (grays > LEVELS) | (grays != np.rint(grays))
        if wrong.any():
            raise ValueError(f"X: needs gray values 0, 1/16 ... 1, got {border.first('X', self.X, wrong)}")
        self.labels = None if labels is None else border.labels("labels", labels, CLASSES, len(self.X))
        depth = len(sizes) - 1
        self.layer = depth if layer is None else border.whole("layer", layer, 0, depth)
        if not (caption is None or isinstance(caption, str)):
            raise TypeError(f"caption: needs a sentence, got {border.told(caption)}")
        self.caption = caption

    @cached_property
    def _still(self):
        """(figure, words): the first digit in all layers, for who sees only a picture."""
        H = [h[0] for h in trace(self.net, self.theta, self.X[:1]).H]
        fig = figure(7.0, 2.6)
        fig.set_layout_engine("none")
        ax = figures.blank(fig.add_axes((0, 0, 1, 1)), (0, 7), (0, 2.6))
        _tiles(ax, 0.1, 2.15, 0.2, np.clip(H[0].reshape(SIDE, SIDE), 0, 1), INK)
        ax.text(0.1, 2.33, "input: 64 pixels", fontsize=11)
        hidden = H[1:-1]
        step = 2.9 / max(len(hidden), 1)
        for k, h in enumerate(hidden):
            wide = int(np.ceil(np.sqrt(len(h))))
            grid = np.full(wide * -(-len(h) // wide), np.nan)
            grid[: len(h)] = h / _brightest(self.net.names[k], h)
            left, cell = 2.0 + k * step, min(0.3, (step - 0.2) / wide)
            _tiles(ax, left, 2.15, cell, grid.reshape(-1, wide), YELLOW)
            ax.text(left, 2.33, f"layer {k + 1}: {len(h)} units", fontsize=11)
        y, says = H[-1], int(H[-1].argmax())
        ax.text(5.1, 2.33, "output", fontsize=11)
        for k, p in enumerate(y):
            top, color = 2.15 - 0.2 * k, BLUE if k == says else GRAY
            ax.fill_between([5.3, 5.3 + 1.1 * p], [top - 0.16] * 2, [top] * 2, color=color, linewidth=0)
            ax.text(5.1, top - 0.08, f"{k}", fontsize=11, va="center", color=color)
            ax.text(6.5, top - 0.08, f"{p:.3f}", fontsize=11, va="center", color=color)
        what = "a digit" if self.labels is None else f"a {self.labels[0]}"
        words = (
            f"The network {'-'.join(map(str, self.net.sizes))} and {what} of 8 by 8 pixels, layer by layer. "
            f"It answers {says}, with probability {y[says]:.3f}."
        )
        return fig, words

    def to_html(self) -> str:
        """It as one piece of HTML: a still picture, and what makes it live."""
        told: dict[str, Any] = dict(
            sizes=self.net.sizes.tolist(), activations=self.net.names, layer=self.layer,
            theta=base64.b64encode(self.theta.astype("<f8").tobytes()).decode(),
            samples=["".join(f"{int(gray):x}" if gray < LEVELS else "g" for gray in LEVELS * x) for x in self.X],
        )  # fmt: skip
        if self.labels is not None:
            told["labels"] = self.labels.tolist()
        caption = f"<p>{html.escape(self.caption)}</p>" if self.caption else ""
        return (
            f'{page.kit("digit/digit", "nnDigit")}<div class="nn-digit" data-lm-suppress-shortcuts="true">'
            f'<div class="still">{self._image()}</div>{caption}'
            f"{page.data(told)}{page.live('nnDigit')}</div>"
        )


def _brightest(name, h):
    """The output that lights a tile fully: 1 where no output is larger, else the largest of its layer."""
    return 1 if name in ("sigmoid", "tanh", "step") else max(np.abs(h).max(), 1e-300)


def _tiles(ax, left, top, side, grid, color):
    """Squares that are as full of a color as their numbers say; negative ones are orange."""
    for i, row in enumerate(grid):
        for j, value in enumerate(row):
            if np.isnan(value):
                continue
            x, y = left + side * j, top - side * (i + 1)
            ax.fill_between(
                [x, x + 0.92 * side], [y] * 2, [y + 0.92 * side] * 2, facecolor="white", edgecolor=FAINT, linewidth=0.6
            )
            ax.fill_between(
                [x, x + 0.92 * side], [y] * 2, [y + 0.92 * side] * 2, color=color if value >= 0 else ORANGE,
                alpha=float(min(abs(value), 1)), linewidth=0,
            )  # fmt: skip

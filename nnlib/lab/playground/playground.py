"""A network to play with: the reader builds it, trains it and watches it learn, on a page that has no Python.

``playground(data="spirals", hidden=[8, 8])`` puts a small laboratory on the page: knobs, the decision boundary, the
network with its weights, both losses, the gradient of each layer. What trains there is nnlib itself, its kernels
compiled to WebAssembly (`nnlib.wasm`), with the same random numbers: the lines of Python that the page shows run the
same experiment. Data, first weights and batches are the same bits. So is all that is learned where nothing is fused
(NNLIB_LOOPS=1); beside fused multiply-adds, which WebAssembly has not, it differs in the last digits.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from functools import cache, cached_property
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from ... import activations, initializers, losses, wasm
from ... import forward as _forward
from ...engine import border
from .. import figures, page
from ..alive import Alive
from ..style import BLUE, INK, ORANGE, PAPER, figure
from .experiment import (
    CLASSES,
    CONTROLS,
    HINT,
    KNOBS,
    NOISE,
    OPTIMIZERS,
    REAL,
    SMALL,
    SURFACES,
    bits,
    checked,
    inputs,
    is_regression,
    kernel_of,
    native,
    parts,
    samples,
    sizes,
)

LOW_TO_HIGH = LinearSegmentedColormap.from_list("heights", [ORANGE, PAPER, BLUE])


def _heights(
    ax: Axes, height: Any, X: np.ndarray, t: np.ndarray, limits: tuple[float, float, float, float], low: float,
    high: float,
) -> None:  # fmt: skip
    """What a network says over the plane, as a color from low to high, and the points it learned from, with theirs."""
    x, y = np.linspace(*limits[:2], 61), np.linspace(*limits[2:], 61)
    said = height(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
    said = np.clip(np.nan_to_num(said, nan=(low + high) / 2), low, high).reshape(61, 61)
    levels = np.linspace(low, high, 9)
    ax.contourf(x, y, said, levels=levels, cmap=LOW_TO_HIGH, vmin=low, vmax=high, alpha=0.55, zorder=0)
    ax.scatter(X[:, 0], X[:, 1], 30, t, cmap=LOW_TO_HIGH, vmin=low, vmax=high, edgecolors=INK, linewidths=0.8, zorder=2)
    ax.set(xlim=limits[:2], ylim=limits[2:])


@cache
def kit() -> str:
    """What all playgrounds of a page share: style, script and kernels."""
    kernels = base64.b64encode(wasm.build(wasm.COURSE)).decode()
    return page.kit("playground/playground", "nnPlayground", KERNELS=kernels)


class playground(Alive):
    """A network to build, train and watch: on the built page without a kernel, and in a notebook.

    Parameters
    ----------
    size : {"full", "small"}
        Small has no drawing of the network and no gradients: it fits beside text and on a landing page.
    controls : list of str, optional
        The settings that the reader may turn, by their names below, in this order; all for "full", a few for
        "small". The others stay as they are given here.
    caption : str, optional
        A sentence under it.
    check : bool
        Whether readers can ask, in a fold at the end, if their browser computes the book's bits.
    **state
        How it begins, in nnlib's words: data, of two classes ("xor", "moons", "circles", "spirals", "blobs", "drawn")
        or with real targets ("plane", "hills", "wave": the output is linear then, and the loss "l2" or "mae"), n,
        noise, train_share (0.1 to 0.9; the other points validate); features, the inputs of the network, a list out of
        "x1", "x2", "x1^2", "x2^2", "x1*x2", "sin(pi*x1)", "sin(pi*x2)"; hidden (a list of at most 4 layers of 1 to 16
        units), activation, loss, scheme, optimizer, lr, beta (where the optimizer has a momentum), batch_size (None:
        all), l1, l2, seed; epochs, after which training pauses; for data="drawn", points: rows of (x, y, class); and
        changes, what is turned during the run: at most 20 of [epoch, name, value], with name out of lr, l1, l2,
        batch_size, beta, from the end of that epoch on.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what is needed.
    """

    def __init__(
        self,
        *,
        size: str = "full",
        controls: Sequence[str] | None = None,
        caption: str | None = None,
        check: bool = False,
        **state: Any,
    ) -> None:
        self.size = border.choice("size", size, ["full", "small"])
        if isinstance(controls, str) or not (controls is None or np.iterable(controls)):
            raise TypeError(f"controls: needs a list of names such as {SMALL}, got {border.told(controls)}")
        chosen = (CONTROLS if size == "full" else SMALL) if controls is None else controls
        self.controls = [border.choice(f"controls[{i}]", name, CONTROLS) for i, name in enumerate(chosen)]
        if len(set(self.controls)) < len(self.controls):
            raise ValueError(f"controls: needs each name once, got {self.controls}")
        if not (caption is None or isinstance(caption, str)):
            raise TypeError(f"caption: needs a sentence, got {border.told(caption)}")
        if not isinstance(check, bool):
            raise TypeError(f"check: needs True or False, got {border.told(check)}")
        self.caption, self.check, self.state = caption, check, checked(state)

    @cached_property
    def _still(self):
        """(figure, words): what the network makes of the data when training pauses, for who sees only a picture."""
        s = self.state
        fig = figure(7.0, 3.4)
        left, right = fig.subplots(1, 2, width_ratios=[1, 1.15])
        shape = "-".join(map(str, sizes(s)))
        what = f"A playground: a network {shape} ({s['activation']}) "
        all_t, count = samples(s)[1], s["epochs"]
        if not is_regression(s) and min((all_t == 0).sum(), (all_t == 1).sum()) < 3:
            left.set(xlim=(-2, 2), ylim=(-2, 2))
            right.set_axis_off()
            return fig, what + "and an empty board for points of your own."
        net, _, labels, _, run = native(s, count)

        def score(points):
            return _forward(net, run.theta, inputs(s, points))[:, -1]

        (P, _), (Q, _) = parts(s)  # X and V, before features are made of them
        bottom, top = np.vstack([P, Q]).min(0), np.vstack([P, Q]).max(0)
        (x, y), half = (bottom + top) / 2, 0.56 * (top - bottom).max()
        limits = (x - half, x + half, y - half, y + half)
        if is_regression(s):
            _heights(left, score, P, labels, limits, all_t.min(), all_t.max())
            off = np.sqrt(((score(P) - labels) ** 2).mean())
            far = f"the root mean squared error on the training points is {off:.3g}"
        else:
            figures.boundary(left, score, P, labels, limits)
            far = f"{100 * ((score(P) >= 0.5) == labels).mean():.0f}% of the training points are right"
        epochs = np.arange(1, len(run.loss) + 1)
        right.plot(epochs, run.loss, color=BLUE, label="training")
        if run.stopped is None:
            right.plot(epochs, run.val_loss, "--", color=ORANGE, label="validation")
        right.set(xlabel="epoch", ylabel="loss", ylim=(0, None))
        right.legend()
        end = f"diverged: {run.stopped}" if run.stopped else f"after {count} epochs: loss {run.loss[-1]:.3g}"
        return fig, f"{what}and the data set {s['data']}, {end}; {far}."

    @property
    def _knobs(self):
        """Data with real targets needs another loss: only who can turn the loss is offered both kinds."""
        if "loss" in self.controls:
            return KNOBS
        fit = SURFACES if is_regression(self.state) else CLASSES
        return {**KNOBS, "data": {**KNOBS["data"], "choices": fit}}

    def to_html(self) -> str:
        """The playground as one piece of HTML: a still picture, and what makes it live."""
        told = dict(
            size=self.size, controls=self.controls, start=self.state, knobs=self._knobs, noise=NOISE, hint=HINT,
            regression=dict(data=list(SURFACES), losses=REAL),
            scales=initializers.SCALED, activations=activations.CODES, losses=losses.CODES,
            optimizers={name: kernel_of(name) for name in OPTIMIZERS}, **({"bits": bits()} if self.check else {}),
        )  # fmt: skip
        caption = f"<p>{html.escape(self.caption)}</p>" if self.caption else ""
        return (
            f'{kit()}<div class="nn-play" data-lm-suppress-shortcuts="true"><div class="still">'
            f"{self._image()}"
            "<p>With JavaScript and WebAssembly this picture becomes a playground: you build the network, train it and "
            f"watch. Without them, the picture shows where its training leads.</p></div>{caption}"
            f"{page.data(told)}{page.live('nnPlayground')}</div>"
        )

"""Three half-planes under the reader's hand: what each hidden unit of a 2-3-1 network lights, weighed and added.

``planes({"circles": (X, labels)})`` shows each hidden unit as a small picture of the plane, with its line and its lit
side, and beside them the weighted sum, with its boundary and the points. The reader drags and turns the lines, weighs
them and counts the points that are right. Paper and a page without scripts show a still picture of the start.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ... import forward, mlp, pack, trace
from ...engine import border
from .. import page, picture
from ..alive import Alive
from ..style import BLUE, INK, ORANGE, PAPER, figure, styled

REACH = 1.5  # the plane goes from -REACH to REACH, as in sums.js
START: dict[str, Any] = dict(
    turn=[90, 50, 130], shift=[-0.6, -0.6, -0.6], weight=[1.0, 1.0, 1.0], bias=-2.5, unit="step", steep=5
)
SHADES = [PAPER, "#fcf2dd", "#f9e5bb", "#f3cc77"]
UNITS = {"step": "step", "sigmoid": "sigmoid"}


def parameters(setting: Mapping[str, Any]) -> tuple[Any, np.ndarray]:
    """The network of a setting and its theta, as nnlib has them: the output passes on its sum."""
    net = mlp([2, len(setting["turn"]), 1], hidden=setting["unit"])
    turn, k = np.deg2rad(setting["turn"]), setting["steep"]
    W, b = k * np.array([np.cos(turn), np.sin(turn)]), -k * np.asarray(setting["shift"], float)
    return net, pack(net, [(W, b), (np.array(setting["weight"], float)[:, None], [setting["bias"]])])


class planes(Alive):
    """Let the reader turn, move and weigh three half-planes, and see their sum.

    Parameters
    ----------
    data : dict
        Name → (X, labels): points of the plane, shape (m, 2), within -1.5 and 1.5, and their classes 0 and 1.
    name : str
        What the page's address calls it, once on a page.
    **start
        How it begins: turn, shift and weight, three numbers each (degrees; how far the line lies from the origin along
        its arrow; what the unit's output is multiplied by), bias, unit ("step" or "sigmoid") and steep, the length of
        each unit's weights.

    Raises
    ------
    TypeError, ValueError
        Naming the argument, what came and what is needed.
    """

    def __init__(self, data: Mapping[str, tuple[Any, Any]], *, name: str = "planes", **start: Any) -> None:
        if not isinstance(data, Mapping) or not data:
            raise TypeError(f"data: needs a dict such as {{'circles': (X, labels)}}, got {border.told(data)}")
        if not isinstance(name, str) or not name.isidentifier():
            raise ValueError(f"name: needs a word of letters, digits and _, got {border.told(name)}")
        self.name = name
        self.data = {str(label): _points(label, *given) for label, given in data.items()}
        self.start = dict(START)
        for key, value in start.items():
            border.choice("start", key, list(START))
            if isinstance(START[key], list):
                value = [float(v) for v in np.ravel(value)]
                if len(value) != len(START[key]) or not np.isfinite(value).all():
                    raise ValueError(f"{key}: needs {len(START[key])} finite numbers, got {value}")
            elif key == "unit":
                value = border.choice(key, value, list(UNITS))
            else:
                value = border.number(key, value, *((1, 20) if key == "steep" else ()))
            self.start[key] = value

    @cached_property
    def _still(self) -> tuple[Figure, str]:
        """(figure, words): the start, for paper and for a page without scripts."""
        net, theta = parameters(self.start)
        name, (X, labels) = next(iter(self.data.items()))
        x = np.linspace(-REACH, REACH, 121)
        P = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
        work = trace(net, theta, P)
        fig = figure(7.0, 2.3)
        with styled():
            axes = fig.subplots(1, 4)
            for k, ax in enumerate(axes[:3]):
                lit = work.H[1][:, k].reshape(121, 121)
                ax.contourf(x, x, lit, levels=[-0.01, 0.25, 0.5, 0.75, 1.01], colors=SHADES)
                ax.set_title(f"h{'₁₂₃'[k]}, weight {self.start['weight'][k]:g}".replace("-", "−"), fontsize=12)
            total = work.H[2].reshape(121, 121)
            axes[3].contourf(x, x, total, levels=[-99, 0, 99], colors=["#fbe0d0", "#d3e6f3"])
            axes[3].set_title(f"their sum, bias {self.start['bias']:g}".replace("-", "−"), fontsize=12)
            for ax in axes:
                for value, color, marker in ((0, ORANGE, "s"), (1, BLUE, "o")):
                    ax.plot(*X[labels == value].T, marker, color=color, markersize=3)
                ax.set(xlim=(-REACH, REACH), ylim=(-REACH, REACH), xticks=[], yticks=[])
                ax.set_aspect("equal")
                for side in ax.spines.values():
                    side.set(visible=True, color=INK, linewidth=0.8)
        right = int(((forward(net, theta, X)[:, 0] >= 0) == labels).sum())
        words = (
            f"Three hidden units ({self.start['unit']}), each with its line and its lit side, and their weighted sum"
        )
        return fig, f"{words}; of the points “{name}” {right} of {len(X)} are right."

    def to_html(self) -> str:
        """The whole as one piece of HTML: a still picture, and what makes it live."""
        image, parts = self._image(dpi=160), picture.Parts([self._still[0]])
        points = {
            name: dict(x=X[:, 0].tolist(), y=X[:, 1].tolist(), label=labels.tolist())
            for name, (X, labels) in self.data.items()
        }
        told = dict(start=self.start, data=points, units=UNITS)
        return (
            f"{picture.kit()}{page.kit('planes/planes', 'nnPlanes')}"
            f'<div class="nn-planes" id="x-{html.escape(self.name)}" data-lm-suppress-shortcuts="true">'
            f'<div class="still">{picture.held(image, parts.attributes())}</div>'
            f"{page.data(told)}{page.live('nnPlanes')}</div>"
        )


def _points(name, X, labels):
    """Points that fit on the plane, as floats rounded to what is seen, and labels 0 and 1."""
    X, labels = np.asarray(X, dtype=float), np.asarray(labels)
    if X.ndim != 2 or X.shape[1] != 2 or labels.shape != X.shape[:1]:
        raise ValueError(f"data[{name!r}]: needs X of shape (m, 2) and m labels, got {X.shape} and {labels.shape}")
    if not (np.abs(X) <= REACH).all():
        raise ValueError(f"data[{name!r}]: needs points between -{REACH} and {REACH}, got {np.abs(X).max():g}")
    if not np.isin(labels, (0, 1)).all():
        raise ValueError(f"data[{name!r}]: needs labels 0 and 1, got {np.unique(labels)[:5]}")
    return X, labels.astype(int)

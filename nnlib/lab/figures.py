"""The drawings chapters share: the training loop, a network, a decision boundary, a surface and a path, shape boxes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from numpy.typing import ArrayLike

from .picture import show
from .style import BLUE, FAINT, GRAY, INK, ORANGE, PAPER, figure, styled

Span = tuple[float, float]
STEPS = ("initialize", "forward", "loss", "backward", "update", "repeat")


@styled()
def loop(lit: str = "") -> show:
    """The strip at the head of a chapter: the training loop, with this chapter's box lit.

    Parameters
    ----------
    lit : str
        One of initialize, forward, loss, backward, update, repeat; empty lights none.

    Raises
    ------
    ValueError
        If there is no such box.
    """
    if lit and lit not in STEPS:
        raise ValueError(f"lit: one of {', '.join(STEPS)} is needed, {lit!r} came")
    # Two rows fit a phone. After "repeat" the loop goes on with "forward": the weights are born only once.
    fig = figure(4.6, 1.25)
    ax = blank(fig.subplots(), (0, 3), (0, 2))
    middle = dict(zip(STEPS, [(0.5, 1.5), (1.5, 1.5), (2.5, 1.5), (2.5, 0.5), (1.5, 0.5), (0.5, 0.5)], strict=True))
    for step, (x, y) in middle.items():
        on = step == lit
        box = FancyBboxPatch(
            (x - 0.38, y - 0.26), 0.76, 0.52, boxstyle="round,pad=0.02,rounding_size=0.09",
            facecolor=BLUE if on else PAPER, edgecolor=BLUE if on else GRAY, linewidth=1.4,
        )  # fmt: skip
        ax.add_patch(box)
        ax.text(x, y, step, ha="center", va="center", color=PAPER if on else INK, fontsize=12)
    arrow(ax, (0.91, 1.5), (1.09, 1.5))
    arrow(ax, (1.91, 1.5), (2.09, 1.5))
    arrow(ax, (2.5, 1.21), (2.5, 0.79))
    arrow(ax, (2.09, 0.5), (1.91, 0.5))
    arrow(ax, (1.09, 0.5), (0.91, 0.5))
    arrow(ax, (0.8, 0.79), (1.2, 1.21))
    here = f"; this chapter is about the box “{lit}”" if lit else ""
    return show(fig, alt=f"The training loop: {' → '.join(STEPS)}, back to forward{here}.")


@styled()
def blank(ax: Axes, xlim: Span, ylim: Span, equal: bool = False) -> Axes:
    """An axes without frame or ticks, with fixed limits; returned."""
    ax.set(xlim=xlim, ylim=ylim)
    ax.set_axis_off()
    if equal:
        ax.set_aspect("equal")
    return ax


@styled()
def arrow(
    ax: Axes, start: Span, end: Span, color: str = GRAY, width: float = 1.4, bend: float = 0.0, size: float = 12
) -> FancyArrowPatch:
    """An arrow from one point to another, in data coordinates."""
    patch = FancyArrowPatch(
        start, end, arrowstyle="-|>", mutation_scale=size, color=color, linewidth=width, shrinkA=0, shrinkB=0,
        connectionstyle=f"arc3,rad={bend}",
    )  # fmt: skip
    ax.add_patch(patch)
    return patch


@styled()
def network(
    ax: Axes,
    sizes: Sequence[int],
    weights: Sequence[np.ndarray] | None = None,
    labels: Sequence[Sequence[str]] | None = None,
    values: Sequence[Sequence[str]] | None = None,
    radius: float = 0.2,
    digits: int | None = 2,
) -> dict[tuple[int, int], tuple[float, float]]:
    """A network drawn left to right: units as circles, weights on their edges.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    sizes : list of int
        Units of each layer, input first.
    weights : list of array, optional
        ``weights[l-1]`` of shape (sizes[l-1], sizes[l]); the sign is the color, the size the thickness, the number
        stands on the edge.
    labels, values : list of list of str, optional
        What stands in, and under, each unit.

    Returns
    -------
    dict
        ``(l, i)`` → the position of unit i of layer l.
    """
    top = max(sizes)
    place = {
        (l, i): (2.2 * l, (top - 1) * 0.6 - 1.2 * i - (top - n) * 0.6) for l, n in enumerate(sizes) for i in range(n)
    }
    xs, ys = zip(*place.values(), strict=True)
    blank(ax, (min(xs) - 0.6, max(xs) + 0.6), (min(ys) - 0.75, max(ys) + 0.6), equal=True)
    largest = max((np.abs(W).max() for W in weights), default=1.0) if weights else 1.0
    for l in range(1, len(sizes)):
        for i in range(sizes[l - 1]):
            for j in range(sizes[l]):
                (x0, y0), (x1, y1) = place[l - 1, i], place[l, j]
                w = None if weights is None else float(weights[l - 1][i, j])
                color = GRAY if w is None else BLUE if w >= 0 else ORANGE
                width = 1.2 if w is None else 0.6 + 2.6 * abs(w) / (largest or 1.0)
                ax.plot([x0, x1], [y0, y1], color=color, linewidth=width, zorder=1)
                if w is not None and digits is not None:
                    t = 0.36 if i <= j else 0.3
                    ax.text(
                        x0 + t * (x1 - x0), y0 + t * (y1 - y0), f"{w:.{digits}f}".replace("-", "−"), fontsize=9.5,
                        ha="center", va="center", zorder=2, bbox=dict(facecolor=PAPER, edgecolor="none", pad=0.8),
                    )  # fmt: skip
    for (l, i), (x, y) in place.items():
        ax.plot(x, y, "o", markersize=26, markerfacecolor=PAPER, markeredgecolor=INK, markeredgewidth=1.4, zorder=3)
        if labels:
            ax.text(x, y, labels[l][i], ha="center", va="center", fontsize=10.5, zorder=4)
        if values:
            ax.text(x, y - 0.42, values[l][i], ha="center", va="center", fontsize=9.5, zorder=4)
    return place


@styled()
def boundary(
    ax: Axes,
    decide: Callable[[np.ndarray], np.ndarray],
    X: np.ndarray,
    labels: ArrayLike,
    limits: tuple[float, float, float, float],
    levels: Sequence[float] | None = None,
    steps: int = 61,
) -> Axes:
    """Where a classifier changes its mind, with the points it learned from.

    Parameters
    ----------
    decide : callable
        Maps points (k, 2) to scores (k,) in [0, 1]; the boundary is at 0.5.
    X : array (m, 2)
    labels : array (m,)
        0 or 1; the two classes differ in color and in marker.
    limits : (x0, x1, y0, y1)
    """
    x, y = np.linspace(*limits[:2], steps), np.linspace(*limits[2:], steps)
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    score = np.clip(np.nan_to_num(decide(grid.reshape(-1, 2)), nan=0.5), 0, 1).reshape(steps, steps)
    shades = np.linspace(0, 1, 5) if levels is None else levels
    ax.contourf(x, y, score, levels=shades, colors=["#f6c7a8", "#fbe6da", "#dcebf5", "#a9cfe8"], zorder=0)
    if score.min() < 0.5 < score.max():
        ax.contour(x, y, score, levels=[0.5], colors=[INK], linewidths=1.8, zorder=1)
    for value, color, marker in ((0, ORANGE, "s"), (1, BLUE, "o")):
        chosen = X[np.asarray(labels).ravel() == value]
        ax.plot(*chosen.T, marker, color=color, markeredgecolor=PAPER, markersize=7, zorder=2, label=f"class {value}")
    ax.set(xlim=limits[:2], ylim=limits[2:])
    return ax


@styled()
def surface(
    ax: Axes,
    J: Callable[[np.ndarray, np.ndarray], np.ndarray],
    limits: tuple[float, float, float, float],
    path: ArrayLike | None = None,
    levels: int | Sequence[float] = 12,
    steps: int = 61,
) -> Axes:
    """Contours of a loss over two parameters, and the path a descent took.

    Parameters
    ----------
    J : callable
        Maps two arrays of one shape to losses of that shape.
    limits : (x0, x1, y0, y1)
    path : array (k, 2), optional
        Points outside the picture, and what diverged, are left out.
    """
    x, y = np.meshgrid(np.linspace(*limits[:2], steps), np.linspace(*limits[2:], steps))
    ax.contour(x, y, J(x, y), levels=levels, colors=[FAINT, GRAY], linewidths=0.9, zorder=0)
    if path is not None:
        points = np.asarray(path, dtype=float)
        points = points[np.isfinite(points).all(axis=1)]
        ax.plot(*points.T, "o-", color=ORANGE, markersize=4, linewidth=1.5, zorder=2)
        ax.plot(*points[0], "s", color=INK, markersize=7, zorder=3)
    ax.set(xlim=limits[:2], ylim=limits[2:])
    return ax


@styled()
def shape_boxes(ax: Axes, boxes: Sequence[str | tuple[str, int, int, str]], unit: float = 0.22) -> Axes:
    """Matrices as boxes whose sides are their shapes, in a row with the signs between them.

    Parameters
    ----------
    boxes : list
        Entries are ``(name, rows, columns, color)`` for a matrix and a text such as ``"="`` for a sign.
    unit : float
        Length of one row or column.
    """
    x, tallest = 0.0, max(b[1] for b in boxes if not isinstance(b, str)) * unit
    for box in boxes:
        if isinstance(box, str):
            ax.text(x + 0.25, 0, box, ha="center", va="center", fontsize=15)
            x += 0.5
            continue
        name, rows, columns, color = box
        w, h = columns * unit, rows * unit
        ax.add_patch(FancyBboxPatch((x, -h / 2), w, h, boxstyle="square,pad=0", facecolor=color, alpha=0.85))
        ax.text(x + w / 2, 0, name, ha="center", va="center", color=PAPER, fontsize=12, fontweight="bold")
        ax.text(x + w / 2, -h / 2 - 0.12, f"({rows}, {columns})", ha="center", va="top", fontsize=10)
        x += w
    blank(ax, (-0.3, x + 0.3), (-tallest / 2 - 0.5, tallest / 2 + 0.2), equal=True)
    return ax

"""Chapter 05's exercise: a broken line from ReLUs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _inputs(rng):
    yield np.array([0.0, 1.0, 3.0]), np.array([1.0, 4.0, 2.0]), np.linspace(0, 3, 7)
    for n in (4, 6):
        knots = np.cumsum(0.3 + rng.uniform(size=n)) - 2
        yield knots, rng.normal(size=n), np.sort(rng.uniform(knots[0], knots[-1], size=9))


def _above(knots, x):
    return np.maximum(x[:, None] - knots, 0)


def _changes(knots, values):
    return np.diff(np.diff(values) / np.diff(knots), prepend=0)


def _broken_line(knots, values, x):
    return values[0] + _above(knots[:-1], x) @ _changes(knots, values)


def _slopes_not_changes(knots, values, x):
    return values[0] + _above(knots[:-1], x) @ (np.diff(values) / np.diff(knots))


def _no_start(knots, values, x):
    return _above(knots[:-1], x) @ _changes(knots, values)


def _staircase(knots, values, x):
    return values[0] + (x[:, None] >= knots[1:]) @ np.diff(values)


def _rises_not_slopes(knots, values, x):
    return values[0] + _above(knots[:-1], x) @ np.diff(np.diff(values), prepend=0)


def _knots_too_late(knots, values, x):
    return values[0] + _above(knots[1:], x) @ _changes(knots, values)


def _no_bend(knots, values, x):
    return values[0] + (x[:, None] - knots[:-1]) @ _changes(knots, values)


def _bias_sign(knots, values, x):
    return values[0] + np.maximum(x[:, None] + knots[:-1], 0) @ _changes(knots, values)


def _first_slope_only_later(knots, values, x):
    return values[0] + _above(knots[1:-1], x) @ _changes(knots, values)[1:]


def _column(knots, values, x):
    return _broken_line(knots, values, x)[:, None]


CHECKS = {
    "05-c1": Exercise(
        reference=_broken_line,
        inputs=_inputs,
        right="Right: through every point and straight between, with uneven knots too.",
        mistakes=[
            (
                _slopes_not_changes,
                "Each ReLU goes on rising after its knot, so the slopes add up. Give each one only the *change* of "
                "slope at its knot.",
            ),
            (_no_start, "The shape is right, the height is not: at the first knot all ReLUs are 0. Add values[0]."),
            (_staircase, "This is a staircase of steps. Here each unit is a ReLU, and its weight changes the slope."),
            (
                _rises_not_slopes,
                "This is right for knots at distance 1. A slope is a rise divided by the distance of the knots.",
            ),
            (_knots_too_late, "Each corner comes one knot too late. The first ReLU begins at the first knot."),
            (_no_bend, "Without the ReLU all these lines add up to one straight line. Cut each at its knot."),
            (_bias_sign, "The bias has the wrong sign: a ReLU that begins at k has the pre-activation x − k."),
            (
                _first_slope_only_later,
                "The first stretch is level in yours. The first knot needs a ReLU too, with the first slope.",
            ),
            (_column, "The numbers are right, but they come as a column. One number for each x: shape (k,)."),
        ],
    ),
    "05-c2": Exercise(
        answer=25,
        tolerance=1,
        right="Right: one start of four. The solution exists; most starts do not lead to it.",
        stub="Not yet: put your count in place of None, then run the cell again.",
        mistakes=[
            (100, "Every start? Look at the loss at the end of each, not at whether training stopped."),
            (75, "Those are the failures, or close to the count for four units. How many of two units succeed?"),
            (95, "That is the count for two tanh units. First the two ReLUs."),
            (97, "That is the count for eight ReLUs. First two of them."),
            (0, "None? The loss must be below 0.001, not exactly 0. And start from he_normal, 5,000 epochs, η = 0.1."),
        ],
    ),
}  # fmt: skip

"""The program that the second test asks for: a reference, inputs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _until_near(rng):
    yield 3.0, 1.0, 1.0, 0.5, 0.01
    yield -2.0, 2.0, 0.5, 0.7, 1e-4
    yield 1.0, 4.0, -2.0, 0.4, 0.001
    yield float(rng.normal()), 1.5, 3.0, 0.2, 1e-6


def _count(w, c, p, eta, near):
    count = 0
    while abs(w - p) > near:
        w, count = w - eta * c * (w - p), count + 1
    return count


def _one_more(w, c, p, eta, near):
    return _count(w, c, p, eta, near) + 1


def _to_the_origin(w, c, p, eta, near):
    return _count(w - p, c, 0.0, eta, near * 10)


def _so_many(rng):
    yield 3.0, 1.0, 1.0, 0.5, 4
    yield -2.0, 2.0, 0.5, 0.7, 6
    yield 1.0, 4.0, -2.0, 0.6, 3
    yield float(rng.normal()), 1.5, 3.0, 0.2, 9


def _path(w, c, p, eta, steps):
    seen = [w]
    for _ in range(steps):
        seen.append(seen[-1] - eta * c * (seen[-1] - p))
    return np.array(seen)


def _without_the_start(w, c, p, eta, steps):
    return _path(w, c, p, eta, steps)[1:]


def _one_slope_for_all(w, c, p, eta, steps):
    return w - eta * c * (w - p) * np.arange(steps + 1.0)


CHECKS = {
    "part2-c1": Exercise(
        reference=_count,
        inputs=_until_near,
        mistakes=[
            (_one_more, "One too many: the start is no step."),
            (_to_the_origin, "You stop too early: `near` is the distance that may be left."),
        ],
    ),
    "part2-c2": Exercise(
        reference=_path,
        inputs=_so_many,
        mistakes=[
            (_without_the_start, "The start belongs to the list."),
            (_one_slope_for_all, "The slope is new at each place."),
        ],
    ),
}

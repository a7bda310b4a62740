"""Chapter 11's exercises: a reference, random inputs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _problems(rng):
    for m, P, h in ((4, 3, 0.1), (5, 2, 0.05), (3, 4, 0.2), (2, 1, 0.1)):
        yield rng.normal(size=(m, P)), rng.normal(size=m), rng.normal(size=P), h


def _J(A, b, theta):
    return np.sum((A @ theta - b) ** 4)


def _numerical(A, b, theta, h):
    return np.array([(_J(A, b, theta + e) - _J(A, b, theta - e)) / (2 * h) for e in h * np.eye(len(theta))])


def _reversed(A, b, theta, h):
    return -_numerical(A, b, theta, h)


def _one_sided(A, b, theta, h):
    return np.array([(_J(A, b, theta + e) - _J(A, b, theta)) / h for e in h * np.eye(len(theta))])


def _one_sided_left(A, b, theta, h):
    return np.array([(_J(A, b, theta) - _J(A, b, theta - e)) / h for e in h * np.eye(len(theta))])


def _over_h(A, b, theta, h):
    return 2 * _numerical(A, b, theta, h)


def _not_divided(A, b, theta, h):
    return 2 * h * _numerical(A, b, theta, h)


def _divided_by_two_times_h(A, b, theta, h):
    return h**2 * _numerical(A, b, theta, h)


def _at_once(A, b, theta, h):
    return (_J(A, b, theta + h) - _J(A, b, theta - h)) / (2 * h)


def _at_once_filled(A, b, theta, h):
    return np.full(len(theta), _at_once(A, b, theta, h))


def _not_restored(A, b, theta, h):
    theta, found = theta.copy(), np.zeros(len(theta))
    for i in range(len(theta)):
        theta[i] += h
        up = _J(A, b, theta)
        theta[i] -= 2 * h
        found[i] = (up - _J(A, b, theta)) / (2 * h)
    return found


def _unit_step(A, b, theta, h):
    return np.array([(_J(A, b, theta + e) - _J(A, b, theta - e)) / (2 * h) for e in np.eye(len(theta))])


def _exact(A, b, theta, h):
    return A.T @ (4 * (A @ theta - b) ** 3)


CHECKS = {
    "11-c1": Exercise(
        reference=_numerical,
        inputs=_problems,
        mistakes=[
            (_reversed, "Every sign is turned: J(θ + h e) comes first, J(θ − h e) is subtracted."),
            (
                _one_sided,
                "This is the one-sided difference, from θ to θ + h e: its error is of order h. Nudge to both sides.",
            ),
            (
                _one_sided_left,
                "This is the one-sided difference, from θ − h e to θ: its error is of order h. Nudge to both sides.",
            ),
            (_over_h, "Twice too large: the two points lie 2h apart, so divide by 2h."),
            (_not_divided, "These are the differences of J. Divide them by the distance of the two points, 2h."),
            (_divided_by_two_times_h, "Mind the brackets: / 2 * h multiplies by h. Write / (2 * h)."),
            (
                _at_once,
                "θ + h nudges all components at once: one number comes, the sum of the gradient. Nudge one component at a time.",
            ),
            (
                _at_once_filled,
                "You nudge all components at once, in every turn of the loop: each entry is the sum of the gradient. Nudge component i only.",
            ),
            (
                _not_restored,
                "The first component is right, the others are not: after its turn component i stays h too small. Put it back before the next.",
            ),
            (_unit_step, "You nudge by 1 and divide by 2h. The nudge itself must be h."),
            (
                _exact,
                "This is the exact gradient, by calculus. A judge must not use what it judges: take differences of J only.",
            ),
        ],
        right="Right, for one to four parameters, and θ is left as it was.",
    ),
}

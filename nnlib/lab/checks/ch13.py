"""Chapter 13's exercises: a reference, random inputs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _inputs(rng):
    for limit, scale in ((1.0, 1.0), (2.5, 4.0), (50.0, 1.0), (0.3, 0.001), (7.0, 100.0)):
        yield [scale * rng.normal(size=s) for s in ((3, 4), (4,), (4, 2), (2,))], limit


def _norm(gradients):
    return np.sqrt(sum(np.sum(g**2) for g in gradients))


def _clipped(gradients, limit):
    length = _norm(gradients)
    return [g * min(1.0, limit / length) for g in gradients]


def _always(gradients, limit):
    return [g * limit / _norm(gradients) for g in gradients]


def _each_layer(gradients, limit):
    return [g * min(1.0, limit / _norm([g])) for g in gradients]


def _entry_by_entry(gradients, limit):
    return [np.clip(g, -limit, limit) for g in gradients]


def _unit_length(gradients, limit):
    length = _norm(gradients)
    return [g / length if length > limit else g for g in gradients]


def _squared(gradients, limit):
    square = _norm(gradients) ** 2
    return [g * min(1.0, limit / square) for g in gradients]


def _largest_entry(gradients, limit):
    largest = max(np.abs(g).max() for g in gradients)
    return [g * min(1.0, limit / largest) for g in gradients]


def _upside_down(gradients, limit):
    length = _norm(gradients)
    return [g * (length / limit if length > limit else 1.0) for g in gradients]


def _wrong_way(gradients, limit):
    length = _norm(gradients)
    return [g * max(1.0, limit / length) for g in gradients]


def _sum_of_norms(gradients, limit):
    length = sum(_norm([g]) for g in gradients)
    return [g * min(1.0, limit / length) for g in gradients]


def _one_vector(gradients, limit):
    return np.concatenate([g.ravel() for g in _clipped(gradients, limit)])


CHECKS = {
    "13-c1": Exercise(
        reference=_clipped,
        inputs=_inputs,
        right="Right: long gradients are shortened, short ones stay, and every ratio is kept.",
        mistakes=[
            (_always, "Short gradients get longer: you scale always. Only a norm above the limit is scaled."),
            (
                _each_layer,
                "You clip every array by itself. Then layers lose their ratio; one norm for the whole list is asked for.",
            ),
            (
                _entry_by_entry,
                "You clip entry by entry. That turns the direction: large entries are cut, small ones stay.",
            ),
            (_unit_length, "Long gradients end with length 1. They should end with length `limit`."),
            (_squared, "You divided by the squared norm: a root is missing."),
            (_largest_entry, "You measured the largest entry. The norm is the root of the sum of all squares."),
            (_upside_down, "Long gradients get longer: the factor is limit / norm, not norm / limit."),
            (_wrong_way, "You lengthen the short ones and leave the long ones: min and max are exchanged."),
            (
                _sum_of_norms,
                "You added the norms of the arrays. Add their squares, and take one root at the end.",
            ),
            (_one_vector, "The numbers are right. Return a list of arrays with the shapes you were given."),
        ],
    ),
    "13-c2": Exercise(
        answer=75,
        tolerance=0.5,
        right="Right: (¼)⁷⁵ = 2⁻¹⁵⁰, one half of the smallest float32, and it is rounded to 0.",
        stub="Not yet: put the number of layers in place of None, then run the cell again.",
        mistakes=[
            (74, "(¼)⁷⁴ = 2⁻¹⁴⁸ is still there. One more."),
            (76, "One too many: look at the product after 75 layers."),
            (63, "¼⁶³ = 2⁻¹²⁶ is the smallest normal number. Below it there are still others, with fewer digits."),
            (64, "Below 2⁻¹²⁶ a number keeps fewer digits, but it is not 0 yet."),
            (538, "That is float64. Keep the product in np.float32."),
            (150, "That is a factor of ½. The sigmoid's best is ¼."),
            (149, "2⁻¹⁴⁹ is the smallest float32. A layer takes two powers of 2 at a time."),
        ],
    ),
    "13-c3": Exercise(
        answer=1.2318,
        tolerance=0.0105,
        right="Right: there δ comes back through 30 tanh layers with the size it had.",
        stub="Not yet: put the gain you found in place of None, then run the cell again.",
        mistakes=[
            (1.0, "At 1 δ comes back with 0.15 of its size. It would be flat for very small signals only."),
            (1.667, "At 5/3 δ grows 15-fold. It is h that is flat there."),
            (1.414, "√2 is the ReLU's. Here δ grows almost threefold with it."),
            (1.2, "Close: at 1.2 δ comes back with 0.83. Halve the interval further."),
            (1.25, "Close: at 1.25 δ comes back with 1.11. Halve the interval further."),
        ],
    ),
}  # fmt: skip

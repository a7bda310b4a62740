"""Chapter 04's exercises: a reference, random inputs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _inputs(rng):
    yield (rng.normal(size=5),)
    yield (3.0 * rng.normal(size=(4, 3)),)
    yield (np.array([-1000.0, -36.0, 0.0, 36.0, 1000.0]),)
    yield (np.array([[1e4, -1e4]]),)


def _sigmoid(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def _sign(z):
    return 1 - _sigmoid(z)


def _right_half_only(z):
    return 1 / (1 + np.exp(-np.abs(z)))


def _left_half_only(z):
    e = np.exp(-np.abs(z))
    return e / (1 + e)


def _naive(z):
    return np.exp(z) / (1 + np.exp(z))


def _tanh(z):
    return np.tanh(z)


def _double_speed(z):
    return 0.5 * (1 + np.tanh(z))


def _slope(z):
    h = _sigmoid(z)
    return h * (1 - h)


CHECKS = {
    "04-c1": Exercise(
        reference=_sigmoid,
        inputs=_inputs,
        tolerance=1e-12,
        right="Right on every input tried, from −10,000 to 10,000, and nothing overflowed.",
        mistakes=[
            (_sign, "Mirrored: this is σ(−z). For z ≥ 0 the 1 stands on top, for z < 0 the power does."),
            (
                _right_half_only,
                "Right for z ≥ 0. With |z| in the power, a negative z gives the same as a positive one: "
                "choose by the sign of z.",
            ),
            (_left_half_only, "Right for z < 0. For z ≥ 0 the top of the fraction is 1, not the power."),
            (_naive, "This overflows to nan from z = 709.78 on. Raise e only to −|z|."),
            (_tanh, "This is tanh, which runs from −1 to 1. A sigmoid runs from 0 to 1."),
            (
                _double_speed,
                "The height is right and the speed is double: tanh z = 2σ(2z) − 1, so σ(z) needs tanh(z/2).",
            ),
            (_slope, "This is the slope h(1 − h). The output h itself is asked for."),
        ],
    ),
    "04-c2": Exercise(
        answer=float(np.log(np.finfo(float).max) / 2),
        tolerance=0.006,
        right="Right: there e²ᶻ overflows, at half of 709.78.",
        stub="Not yet: put the z you found in place of None, then run the cell again.",
        mistakes=[
            (709.78, "There eᶻ overflows. This formula contains e²ᶻ: look earlier."),
            (355.0, "Close. Halve the interval further, to two decimals."),
            (354.9, "Close. Halve the interval further, to two decimals."),
            (18.99, "There tanh is rounded to 1, which is right. nan comes much later."),
            (19.06, "There tanh is rounded to 1, which is right. nan comes much later."),
            (36.74, "There a sigmoid is rounded to 1. nan is another event, much further out."),
        ],
    ),
}  # fmt: skip

"""Chapter 07's exercises: a reference, inputs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _scores(rng):
    yield 2.0 * rng.normal(size=6), np.array([0.0, 1.0, 0.0, 1.0, 1.0, 0.0])
    yield rng.normal(size=(3, 2)), rng.uniform(size=(3, 2))
    yield np.array([1000.0, -1000.0, 1000.0, -1000.0, 40.0]), np.array([0.0, 1.0, 1.0, 0.0, 0.0])


def _bce(z, t):
    return np.maximum(z, 0) - t * z + np.log1p(np.exp(-np.abs(z)))


def _sigmoid(z):
    return np.exp(np.minimum(z, 0)) / (1 + np.exp(-np.abs(z)))


def _naive(z, t):
    y = 1 / (1 + np.exp(-z))
    return -t * np.log(y) - (1 - t) * np.log(1 - y)


def _clipped(z, t):
    y = np.clip(_sigmoid(z), 1e-12, 1 - 1e-12)
    return -t * np.log(y) - (1 - t) * np.log(1 - y)


def _softplus_overflows(z, t):
    return np.log(1 + np.exp(z)) - t * z


def _no_absolute_value(z, t):
    return np.maximum(z, 0) - t * z + np.log1p(np.exp(-z))


def _wrong_sign_in_exponent(z, t):
    return np.maximum(z, 0) - t * z + np.log1p(np.exp(np.abs(z)))


def _no_maximum(z, t):
    return -t * z + np.log1p(np.exp(-np.abs(z)))


def _no_logarithm(z, t):
    return np.maximum(z, 0) - t * z


def _sign(z, t):
    return -_bce(z, t)


def _targets_swapped(z, t):
    return _bce(z, 1 - t)


def _mean(z, t):
    return _bce(z, t).mean()


def _sum(z, t):
    return _bce(z, t).sum()


def _slope(z, t):
    return _sigmoid(z) - t


def _numbers(rng):
    for _ in range(4):
        yield float(rng.normal()), float(rng.uniform(0.1, 0.9))
    yield 0.7, 0.2


def _outputs(z):
    return np.array([1 / (1 + np.exp(-z)), z, z, 1 / (1 + np.exp(-z)), np.tanh(z), np.exp(z)])


def _of_the_losses(z, t):
    """∂ℓ/∂y of the six losses."""
    y = _outputs(z)
    e = y - t
    return np.array([e[0] / (y[0] * (1 - y[0])), e[1], 2 * e[2], e[3], e[4], 1 - t / y[5]])


def _of_the_outputs(z):
    """∂y/∂z of the six outputs."""
    y = _outputs(z)
    return np.array([y[0] * (1 - y[0]), 1.0, 1.0, y[3] * (1 - y[3]), 1 - y[4] ** 2, y[5]])


def _six(z, t):
    return _of_the_losses(z, t) * _of_the_outputs(z)


def _all_y_minus_t(z, t):
    return _outputs(z) - t


def _six_negative(z, t):
    return -_six(z, t)


def _slopes_in_y(z, t):
    return _of_the_losses(z, t)


def _outputs_only(z, t):
    return _of_the_outputs(z)


def _slope_twice(z, t):
    return _six(z, t) * np.array([_of_the_outputs(z)[0], 1, 1, 1, 1, 1])


def _no_two(z, t):
    return _six(z, t) * np.array([1, 1, 0.5, 1, 1, 1])


def _two_everywhere(z, t):
    return _six(z, t) * np.array([1, 2, 1, 2, 2, 1])


def _slope_in_z(z, t):
    s = _six(z, t)
    y = _outputs(z)
    s[3] = (y[3] - t) * z * (1 - z)
    s[4] = (y[4] - t) * (1 - z**2)
    return s


def _sigmoid_slope_for_tanh(z, t):
    s = _six(z, t)
    h = np.tanh(z)
    s[4] = (h - t) * h * (1 - h)
    return s


def _exp_slope_twice(z, t):
    return _six(z, t) * np.array([1, 1, 1, 1, 1, np.exp(z)])


def _exp_without_slope(z, t):
    s = _six(z, t)
    s[5] = 1 - t / np.exp(z)
    return s


def _exp_is_not_exp(z, t):
    s = _six(z, t)
    s[5] = z - t
    return s


CHECKS = {
    "07-c1": Exercise(
        reference=_bce,
        inputs=_scores,
        tolerance=1e-10,
        mistakes=[
            (
                _naive,
                "Right for small z. At ±1000 it gives inf or nan, however good the sigmoid: y is rounded to 0 or 1 before the logarithm sees it. Work from z.",
            ),
            (
                _clipped,
                "Clipping hides the inf and puts a wrong number in its place: −log of your limit instead of 1000, with a slope of 0. Work from z.",
            ),
            (
                _softplus_overflows,
                "The algebra is right, but e to the 1000 overflows. Take max(z, 0) out, so that e is only raised to −|z|.",
            ),
            (_no_absolute_value, "Right for z ≥ 0. For z < 0 the exponent −z is positive: it needs −|z|."),
            (_wrong_sign_in_exponent, "The exponent is |z|, it should be −|z|: e to the 1000 overflows."),
            (_no_maximum, "max(z, 0) is missing. Without it a confident yes to a no costs nothing."),
            (
                _no_logarithm,
                "These are the two straight lines the loss comes close to far out. Near 0, log1p is missing.",
            ),
            (_sign, "The size is right, the sign is not: a loss is minus a log-likelihood, and here never negative."),
            (_targets_swapped, "You answer as if t = 0 were yes. For t = 1 the loss must fall as z grows."),
            (_mean, "The mean is J. Here every entry keeps its own ℓ: the shape of z must come back."),
            (_sum, "That is the sum. Here every entry keeps its own ℓ: the shape of z must come back."),
            (_slope, "That is y − t, the slope in z. The loss itself is asked."),
        ],
    ),
    "07-c2": Exercise(
        reference=_six,
        inputs=_numbers,
        tolerance=1e-9,
        right="Right, on every input tried. Now compare with y − t.",
        mistakes=[
            (
                _all_y_minus_t,
                "You gave y − t six times. That is what is to be tested: multiply the slope of each loss in y by the slope of its output in z.",
            ),
            (_six_negative, "All six signs are reversed. That is the push; the slope is minus it."),
            (
                _slopes_in_y,
                "These are the slopes in y. One factor is missing: the slope of the output, from y to z.",
            ),
            (_outputs_only, "These are the slopes of the outputs. Multiply each by the slope of its loss in y."),
            (
                _slope_twice,
                "In pair 1 the slope of the loss in y is (y − t)/(y(1 − y)). Its denominator cancels the slope of the sigmoid.",
            ),
            (_no_two, "Pair 3 has no ½ in front: the 2 from the square stays."),
            (_two_everywhere, "In pairs 2, 4 and 5 the ½ cancels the 2 of the square."),
            (_slope_in_z, "The slopes of sigmoid and tanh are written in the output: y(1 − y) and 1 − y², not with z."),
            (_sigmoid_slope_for_tanh, "In pair 5 the output is tanh: its slope is 1 − y², not y(1 − y)."),
            (
                _exp_slope_twice,
                "In pair 6 the slope of the loss in y is 1 − t/y, and that of e to the z is y. Together y − t: you multiplied by y once more.",
            ),
            (
                _exp_without_slope,
                "In pair 6, 1 − t/y is the slope in y. Multiply by the slope of e to the z, which is y.",
            ),
            (_exp_is_not_exp, "In pair 6 the output is e to the z, not z itself."),
        ],
    ),
}

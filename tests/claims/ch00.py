"""The Toolkit: how a curve leaves its line, what float64 makes of many factors, and a sum without its square."""

import math

import numpy as np

from tests.claims import claim


def leaves(f, slope, x, h):
    return abs(f(x + h) - f(x) - slope * h)


@claim(
    "As a rule, a curve leaves its line in proportion to the *square* of the nudge.",
    "sin x at 0 leaves its line with the cube.",
)
def a_curve_leaves_its_line(start):
    x = 0.3 + 0.1 * start
    bent = leaves(np.sin, math.cos(x), x, 1e-2) / leaves(np.sin, math.cos(x), x, 1e-3)
    straight = leaves(np.sin, 1, 0, 1e-2) / leaves(np.sin, 1, 0, 1e-3)
    return abs(bent - 100) < 5 and abs(straight - 1000) < 5


@claim(
    "The power is rounded to 0.0 at once.",
    "Factor by factor the product ends at 2.5e-323, which one more factor of 0.9 cannot change.",
)
def many_factors(_):
    product = math.prod([0.9] * 10_000)
    return 0.9**10_000 == 0 and str(product) == "2.5e-323" and 0.9 * product == product


@claim("You left out the square: that is 2·1 + 2·2 + 2·3.", "You doubled i twice, 2·(2·i).")
def a_sum_without_its_square(_):
    return sum(2 * i for i in range(1, 4)) == 12 and sum(2 * 2 * i for i in range(1, 4)) == 24


@claim("In this book log is the *natural* logarithm, with the base e, as in `np.log`.")
def log_is_natural(_):
    return np.log(np.e) == 1


@claim("the upper ruler says 0.0, and the lower one −1,053.6, which is 44 ruler widths to the left.")
def forty_four_rulers(_):
    """A ruler of logarithms is 24 long."""
    return round(10_000 * np.log(0.9) / -24) == 44

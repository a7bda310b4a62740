"""The demonstrations behind chapter 11's errata."""

import numpy as np

from tests.errata import erratum


@erratum("E1")
def minus_first_turns_the_sign_and_all_at_once_gives_the_sum():
    eps = 1e-5
    reversed_ = ((1 - eps - 3) ** 2 - (1 + eps - 3) ** 2) / (2 * eps)
    assert abs(reversed_ - 4) < 1e-8

    def J(theta):
        return (theta**2).sum() / 2

    theta = np.array([2.0, 3.0])
    assert abs((J(theta + eps) - J(theta - eps)) / (2 * eps) - 5) < 1e-8
    each = [(J(theta + e) - J(theta - e)) / (2 * eps) for e in eps * np.eye(2)]
    assert np.allclose(each, theta, rtol=0, atol=1e-8)


@erratum("E2")
def as_small_as_possible_is_worse():
    def error(h):
        return abs((np.exp(1 + h) - np.exp(1 - h)) / (2 * h) - np.e)

    assert abs(error(1e-2) - 4.530e-5) < 1e-8
    assert error(6e-6) < 1e-9
    assert error(1e-11) > 1e-6 and error(1e-12) > error(1e-2)

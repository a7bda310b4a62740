"""The demonstrations behind chapter 08's errata."""

import numpy as np
import pytest

import nnlib as nn
from tests.errata import erratum

SCORES, T = np.array([0.3, -1.0, 2.0, 0.1]), np.array([0.0, 1.0, 0.0, 0.0])


def slope(f, z=SCORES, step=1e-5):
    return np.array([(f(z + step * e) - f(z - step * e)) / (2 * step) for e in np.eye(len(z))])


@erratum("A9")
def softmax_of_one_class_is_always_one():
    for score in (-1000.0, 0.0, 3.7, 1000.0):
        assert nn.activations.softmax(np.array([score])) == 1.0
    y = nn.activations.softmax(np.array([3.0, -2.0]))
    assert ((y > 0) & (y < 1)).all()


@erratum("B2")
def output_minus_target_belongs_to_cross_entropy():
    softmax = nn.activations.softmax
    expected = softmax(SCORES) - T
    assert np.allclose(slope(lambda z: -(T * np.log(softmax(z))).sum()), expected, atol=1e-9)
    soft = np.array([0.2, 0.5, 0.3, 0.0])
    assert np.allclose(slope(lambda z: -(soft * np.log(softmax(z))).sum()), softmax(SCORES) - soft, atol=1e-9)
    squared = slope(lambda z: 0.5 * ((softmax(z) - T) ** 2).sum())
    assert np.allclose(squared, [-0.0510, -0.0534, 0.1487, -0.0443], atol=5e-5)


@erratum("B3")
def binary_cross_entropies_on_a_softmax():
    def mixed(z):
        y = nn.activations.softmax(z)
        return -(T * np.log(y) + (1 - T) * np.log(1 - y)).sum()

    assert np.allclose(slope(mixed), [-0.0977, -1.0681, 1.2491, -0.0833], atol=5e-5)
    assert np.allclose(nn.activations.softmax(SCORES) - T, [0.1322, -0.9640, 0.7236, 0.1082], atol=5e-5)
    net = nn.mlp([4, 4], output="softmax")
    with pytest.raises(ValueError):
        nn.backprop(net, nn.pack(net, [(np.eye(4), np.zeros(4))]), SCORES[None, :], T[None, :], "bce")


@erratum("B7")
def the_log_likelihood_prefers_the_worse():
    good, bad = np.log(0.99), np.log(0.01)
    assert round(bad, 2) == -4.61 and round(good, 2) == -0.01
    assert min(good, bad) == bad and min(-good, -bad) == -good


@erratum("B8")
def an_error_may_cost_less_than_one():
    assert round(-np.log(0.49), 5) == 0.71335 and -np.log(0.49) < 1
    assert -np.log2(0.49) >= 1
    rng = np.random.default_rng(0)
    Y = rng.dirichlet(np.ones(3), size=2000)
    wrong = Y.argmax(axis=1) != 0
    assert (-np.log2(Y[wrong, 0]) >= 1).all() and (-np.log(Y[wrong, 0]) < 1).any()


@erratum("B10")
def eight_is_not_the_sum():
    powers = np.exp([-0.21, 0.47, 1.72])
    assert np.isclose(powers.sum(), 7.99510690346, atol=5e-12)
    assert np.isclose((powers / 8).sum(), 0.999388362933, atol=5e-13)
    y = nn.activations.softmax(np.array([-0.21, 0.47, 1.72]))
    assert np.allclose(y, [0.101385041596, 0.200121675987, 0.698493282417], atol=5e-13)


@erratum("B11")
def the_sum_is_one_up_to_rounding():
    Z = 5.0 * np.random.default_rng(0).normal(size=(2000, 10))
    sums = nn.activations.softmax(Z).sum(axis=1)
    assert (sums != 1.0).any() and np.abs(sums - 1.0).max() < 2e-15


@erratum("B12")
def a_hidden_softmax_loses_the_shift_only():
    z = SCORES[:3]
    y = nn.activations.softmax(z)
    assert np.allclose(np.log(y) - np.log(y).mean(), z - z.mean(), atol=1e-14)
    assert np.linalg.matrix_rank(np.diag(y) - np.outer(y, y)) == 2


@erratum("B13")
def softmax_depends_on_the_other_scores():
    first = [nn.activations.softmax(np.array([1.0, other]))[0] for other in (0.0, 1.0)]
    assert first[0] > first[1]
    # Other losses have slopes through a softmax too: the Jacobian serves them all.
    y = nn.activations.softmax(SCORES)
    through = (np.diag(y) - np.outer(y, y)) @ (y - T)
    assert np.allclose(slope(lambda z: 0.5 * ((nn.activations.softmax(z) - T) ** 2).sum()), through, atol=1e-9)


@erratum("B14")
def outputs_are_probabilities_until_something_picks():
    z = np.array([[2.0, 1.9, -3.0]])
    theta = np.r_[np.eye(3).ravel(), np.zeros(3)]
    one, several = nn.mlp([3, 3], output="softmax"), nn.mlp([3, 3], output="sigmoid")
    assert np.all((nn.forward(one, theta, z) > 0) & (nn.forward(one, theta, z) < 1))
    assert nn.predict(one, theta, z).tolist() == [0]
    assert nn.predict(several, theta, z).tolist() == [[1, 1, 0]]


@erratum("B15")
def the_smallest_power_of_the_table():
    assert round(float(np.exp(-2.0)), 6) == 0.135335 and round(float(np.exp(-2.0)), 2) == 0.14
    y = nn.activations.softmax(np.array([5.1, 3.2, -1.7, -2.0]))
    assert np.allclose(y, [0.868426823632, 0.129889400907, 0.000967232213883, 0.000716543247675], atol=5e-13)


@erratum("B18")
def stability_has_no_base():
    with np.errstate(divide="ignore"):
        for log in (np.log, np.log2, np.log10):
            assert np.isinf(log(nn.activations.softmax(np.array([1000.0, 0.0]))[1]))
    assert nn.activations.log_softmax(np.array([1000.0, 0.0]))[1] == -1000.0

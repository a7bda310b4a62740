"""Chapter 02's errata, demonstrated."""

import numpy as np

import nnlib as nn
from tests.errata import erratum

X, AND = nn.data.gates("and")
THETA = np.array([1.0, 1.0, -1.5])


@erratum("C2")
def a_perceptron_thresholds():
    linear = nn.forward(nn.mlp([2, 1], output="identity"), THETA, X)
    assert linear.ravel().tolist() == [-1.5, -0.5, -0.5, 0.5]
    assert not np.isin(linear, [0, 1]).any()
    assert np.array_equal(nn.forward(nn.mlp([2, 1], output="step"), THETA, X), AND)


@erratum("C13")
def scaling_the_weights_moves_the_boundary_too():
    def distance(w, b):
        return abs(b) / np.hypot(*w)

    assert (distance((3, 4), 5), distance((6, 8), 5), distance((6, 8), 10)) == (1.0, 0.5, 1.0)
    unit = nn.mlp([2, 1], output="sigmoid")
    on_the_line = np.array([[-0.6, -0.8]])  # at distance 1 from the origin, along −w
    assert nn.forward(unit, np.array([3.0, 4.0, 5.0]), on_the_line)[0, 0] == 0.5
    assert nn.forward(unit, np.array([6.0, 8.0, 10.0]), on_the_line)[0, 0] == 0.5
    assert nn.forward(unit, np.array([6.0, 8.0, 5.0]), on_the_line)[0, 0] < 0.01
    assert nn.forward(unit, np.array([6.0, 8.0, 5.0]), on_the_line / 2)[0, 0] == 0.5


@erratum("B16")
def a_tie_is_a_decision_and_labels_are_zero_and_one():
    unit, theta, tie = nn.mlp([2, 1], output="sigmoid"), np.array([2.0, 2.0, -2.0]), np.array([[0.0, 1.0]])
    assert nn.forward(unit, theta, tie)[0, 0] == 0.5
    assert nn.predict(unit, theta, tie).tolist() == [1]  # "greater than 0.5, otherwise" would say the other class
    for z in (-30.0, 0.0, 30.0):  # an output in (0, 1) never meets a target of 2
        assert nn.activations.sigmoid(z) <= 1 < 2
    try:
        nn.loss_value(np.array([[0.5]]), np.array([[2.0]]), "bce")
    except ValueError:
        return
    raise AssertionError("a target of 2 should be refused")

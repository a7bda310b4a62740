"""Losses against their definitions, and at the ends of the scale."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlib as nn
from nnlib import losses, network
from tests.naive import loss as naive_loss

pytestmark = pytest.mark.bounds


@pytest.mark.parametrize("loss", losses.NAMES)
def test_values(rng, loss):
    Y, T = rng.dirichlet(np.ones(3), 5), rng.dirichlet(np.ones(3), 5)
    expected = sum(naive_loss(loss, y, t) for y, t in zip(Y, T, strict=True)) / 5
    assert nn.loss_value(Y, T, loss) == pytest.approx(expected, rel=1e-14)
    assert nn.loss_value(Y.astype(np.float32), T, loss) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("code", [-1, len(losses.ROWS), 99])
def test_an_unknown_code_is_seen(code):
    """Nothing below the border raises: what an unknown loss gives is NaN, and that stops a training run."""
    net, gradient = nn.mlp([1, 1]), np.ones(2)
    one, none = np.ones((1, 1)), np.empty(0)
    J = network.propagate(net, np.ones(2), one, one, code, 0.0, 0.0, *np.ones((2, 2)), gradient, none)
    assert np.isnan(J) and np.isnan(gradient).all()


def test_labels_and_columns():
    assert nn.loss_value([[0.25, 0.75]], [1], "cross_entropy") == -math.log(0.75)
    assert nn.loss_value([0.25], [1], "bce") == -math.log(0.25)
    assert nn.loss_value([[1.0], [3.0]], [0, 0], "l2") == 2.5


def test_clipped_at_the_smallest_number():
    largest = -math.log(np.finfo(float).tiny)
    assert nn.loss_value([[0.0, 1.0]], [0], "cross_entropy") == largest
    assert nn.loss_value([0.0], [1], "bce") == largest
    assert nn.loss_value([1.0], [1], "bce") == 0
    assert nn.loss_value([1e300], [0], "l2") == math.inf


@given(st.floats(-120, 120), st.sampled_from([np.float64, np.float32]))
def test_what_a_rounded_output_still_tells(z, dtype):
    """As backprop says, from z, as long as the output is not rounded to 1; then as if it were the number before 1."""
    net, theta = nn.mlp([1, 1], output="sigmoid"), np.array([z, 0], dtype)
    gap = float(np.finfo(dtype).epsneg)
    last = -math.log(gap)
    for t in (0.0, 1.0):
        J, _ = nn.backprop(net, theta, [[1.0]], [[t]], "bce")
        said = nn.loss_value(nn.forward(net, theta, [[1.0]]), [[t]], "bce")
        if t == 1.0 or z < last - 1:
            rounded = 2 * gap * math.exp(z) if t == 0.0 else 0.0  # how far 1 - y is off, as a part of itself
            least = min(J, 708 if dtype == np.float64 else 87)  # a sigmoid never becomes 0
            assert said == pytest.approx(least, rel=1e-6, abs=rounded + 4 * gap)
        if t == 0.0 and z > last + 1:
            assert said == pytest.approx(last, rel=1e-6) and J == pytest.approx(z, rel=1e-6)
    assert nn.loss_value(np.ones(1, dtype), [0], "bce") == pytest.approx(last, rel=1e-6)


@pytest.mark.parametrize("z", [-1e4, -50.0, 0.0, 50.0, 1e4])
def test_fused_losses_are_stable(z):
    bce = nn.mlp([1, 1], output="sigmoid")
    for t in (0.0, 1.0):
        J, g = nn.backprop(bce, [z, 0.0], [[1.0]], [[t]], "bce")
        exact = np.logaddexp(0, -z if t else z)
        assert J == pytest.approx(exact, rel=1e-14, abs=1e-300)
        assert g[1] == pytest.approx(nn.activations.sigmoid(z) - t, abs=1e-15)
    two = nn.mlp([1, 2], output="softmax")
    for label in (0, 1):
        J, _ = nn.backprop(two, [z, 0.0, 0.0, 0.0], [[1.0]], [label], "cross_entropy")
        assert J == pytest.approx(np.logaddexp(0, z if label else -z), rel=1e-14, abs=1e-15)


def test_bad_arguments():
    for args, text in [
        (([0.5], [1], "log"), "loss: unknown name 'log'"),
        (([1.5], [1], "bce"), r"Y: bce needs numbers in \[0, 1\], got 1.5 at Y\[0, 0\]"),
        (([[0.5, 0.6]], [1], "cross_entropy"), r"Y: .*sum to 1, got a sum of 1.1"),
        (([[0.5, 0.5]], [2], "cross_entropy"), r"T: .*got 2 at T\[0\]"),
        (([0.5], [1, 2], "l2"), r"T: needs shape \(1, 1\), got shape \(2,\)"),
        (([0.5, 0.5], 1.0, "l2"), r"T: needs shape"),
        (([[[0.5]]], [1], "l2"), r"Y: needs shape"),
    ]:
        with pytest.raises(ValueError, match=text):
            nn.loss_value(*args)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_one_logarithm_for_many_rows_never_overflows(dtype):
    """8 to the 3,000th does not fit into a float; the mean of 3,000 times log 8 does."""
    net = nn.mlp([1, 8], output="softmax")
    labels = np.arange(3000) % 8
    J, _ = nn.backprop(net, np.zeros(net.size, dtype), np.ones((3000, 1)), labels, "cross_entropy")
    assert J == pytest.approx(math.log(8), rel=1e-13)

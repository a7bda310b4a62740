"""The judge itself: right gradients pass, and each typical mistake gets its own sentence."""

import numpy as np
import pytest

import nnlib as nn
from nnlib.gradcheck import parameter_name


@pytest.fixture
def case(rng):
    net = nn.mlp([3, 4, 4, 2], "tanh", "softmax")
    theta = nn.initialize(net, "normal", seed=4, scale=0.6)
    X, labels = rng.normal(size=(5, 3)), np.array([0, 1, 1, 0, 1])
    return net, theta, X, labels, "cross_entropy"


def edited(net, gradient, l, W=None, b=None):
    layers = [(W_.copy(), b_.copy()) for W_, b_ in nn.unpack(net, gradient)]
    old = layers[l - 1]
    layers[l - 1] = (W(old[0]) if W else old[0], b(old[1]) if b else old[1])
    return nn.pack(net, layers)


def test_the_real_gradient_passes(case):
    for l1, l2 in ((0, 0), (0.01, 0.1)):
        report = nn.gradient_check(*case, l1=l1, l2=l2)
        assert report.ok and report.hint == "" and report.error < 1e-6
        assert repr(report).startswith("the gradients agree: worst component ") and "numeric" in repr(report)


def test_float32_is_judged_in_float64(case):
    net, theta, *rest = case
    numeric = nn.numerical_gradient(net, theta.astype(np.float32), *rest)
    assert numeric.dtype == np.float64
    np.testing.assert_allclose(numeric, nn.numerical_gradient(net, theta, *rest), rtol=1e-4, atol=1e-6)
    assert nn.gradient_check(net, theta.astype(np.float32), *rest).ok


def test_exact_for_a_parabola():
    net = nn.mlp([1, 1])
    numeric = nn.numerical_gradient(net, [2.0, 0.5], [[1.0], [3.0]], [[0.0], [1.0]])
    y = np.array([2.5, 6.5])
    np.testing.assert_allclose(numeric, [((y - [0, 1]) * [1, 3]).mean(), (y - [0, 1]).mean()], rtol=1e-9)


def test_names():
    net = nn.mlp([2, 3, 1])
    names = [parameter_name(net, i) for i in range(net.size)]
    assert names[:6] == ["W_1[0, 0]", "W_1[0, 1]", "W_1[0, 2]", "W_1[1, 0]", "W_1[1, 1]", "W_1[1, 2]"]
    assert names[6:] == ["b_1[0]", "b_1[1]", "b_1[2]", "W_2[0, 0]", "W_2[1, 0]", "W_2[2, 0]", "b_2[0]"]


MISTAKES = {
    "signs are flipped": lambda net, g: -g,
    "m = 5 times too large": lambda net, g: 5 * g,
    "m = 5 times too small": lambda net, g: g / 5,
    "twice too large": lambda net, g: 2 * g,
    "was the gradient ever filled in": lambda net, g: 0 * g,
    "dW_2 is transposed": lambda net, g: edited(net, g, 2, W=lambda W: W.T),
    "dW_1 is transposed": lambda net, g: edited(net, g, 1, W=lambda W: W.T.reshape(W.shape)),
    "not their mean": lambda net, g: np.concatenate([np.append(W.ravel(), b / 5) for W, b in nn.unpack(net, g)]),
    "look at delta_2 = ": lambda net, g: edited(net, edited(net, g, 2, W=lambda W: 3 * W), 1, W=lambda W: W + 1),
    "look at delta_1 = ": lambda net, g: edited(net, g, 1, W=lambda W: W + 1),
    "b_2 is not": lambda net, g: edited(net, g, 2, b=lambda b: 0 * b),
    "b_3 is not": lambda net, g: edited(net, edited(net, g, 1, b=lambda b: b + 1), 3, b=lambda b: b + 1),
    "Already layer 3 is wrong": lambda net, g: edited(net, g, 3, W=lambda W: W + 1),
}


@pytest.mark.parametrize("hint", MISTAKES)
def test_mistakes_are_recognized(case, hint):
    _, gradient = nn.backprop(*case)
    report = nn.gradient_check(*case, gradient=MISTAKES[hint](case[0], gradient))
    assert not report.ok and hint in report.hint
    assert "DISAGREE" in repr(report) and report.hint in repr(report)


def test_forgotten_penalty(case):
    _, gradient = nn.backprop(*case)
    assert "penalty's own gradient" in nn.gradient_check(*case, gradient=gradient, l1=0.05, l2=0.1).hint


def test_nearly_right_is_not_called_a_mistake(case):
    _, gradient = nn.backprop(*case)
    assert "small penalty left out" in nn.gradient_check(*case, gradient=gradient, l2=1e-7).hint
    coarse = nn.gradient_check(*case, step=0.01)
    assert not coarse.ok and coarse.hint.startswith("Nearly right")
    net, theta, X, labels, loss = case
    one = (net, theta, X[:1], labels[:1], loss)
    assert "Nearly right" in nn.gradient_check(*one, gradient=nn.backprop(*one)[1] * (1 + 1e-5)).hint


def test_a_layer_of_small_gradients_is_not_overlooked(case):
    net, theta, *rest = case
    layers = zip((1, 0.01, 0.02), nn.unpack(net, theta), strict=True)
    theta = nn.pack(net, [(scale * W, scale * b) for scale, (W, b) in layers])
    _, gradient = nn.backprop(net, theta, *rest)
    wrong = edited(net, gradient, 1, W=lambda W: 0 * W)
    assert np.abs(gradient - wrong).max() < 1e-3 * np.abs(gradient).max()
    assert "look at delta_1 = " in nn.gradient_check(net, theta, *rest, gradient=wrong).hint


def test_a_kink_is_called_a_kink():
    net = nn.mlp([1, 1, 1], "relu")
    theta = nn.pack(net, [([[1.0]], [0.0]), ([[1.0]], [0.0])])
    report = nn.gradient_check(net, theta, [[0.0]], [[1.0]])
    assert not report.ok and report.name == "b_1[0]" and "kink" in report.hint
    assert (report.analytic, round(report.numeric, 4)) == (0.0, -0.5)


def test_bad_arguments(case):
    for extra, text in [
        ({"step": 0}, "step: needs a finite number > 0"),
        ({"tolerance": 0}, "tolerance: needs"),
        ({"gradient": [1.0]}, "gradient: needs shape"),
        ({"l1": -1}, "l1: needs"),
    ]:
        with pytest.raises(ValueError, match=text):
            nn.gradient_check(*case, **extra)
    with pytest.raises(ValueError, match="X: needs shape"):
        nn.numerical_gradient(case[0], case[1], [[1.0]], [0], "cross_entropy")

"""The judge itself: right gradients pass, and each typical mistake gets its own sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlib as nn
from nnlib import gradcheck
from nnlib.gradcheck import parameter_name

pytestmark = pytest.mark.bounds


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
    "It is twice too large": lambda net, g: 2 * g,
    "was the gradient ever filled in": lambda net, g: 0 * g,
    "dW_2 is transposed": lambda net, g: edited(net, g, 2, W=lambda W: W.T),
    "dW_1 is transposed": lambda net, g: edited(net, g, 1, W=lambda W: W.T.reshape(W.shape)),
    "not their mean": lambda net, g: np.concatenate([np.append(W.ravel(), b / 5) for W, b in nn.unpack(net, g)]),
    "look at delta_2 = (delta_3 @ W_3.T) * g'(Z_2)": lambda net, g: edited(
        net, edited(net, g, 2, W=lambda W: 3 * W), 1, W=lambda W: W + 1
    ),
    "look at delta_1 = (delta_2 @ W_2.T) * g'(Z_1)": lambda net, g: edited(net, g, 1, W=lambda W: W + 1),
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
    for forgotten in (dict(l1=0.05, l2=0.1), dict(l1=0.05), dict(l2=0.1)):
        assert "penalty's own gradient" in nn.gradient_check(*case, gradient=gradient, **forgotten).hint


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


# --- what a check cannot see


def flipped(net, gradient, l, factor=-1.0):
    return edited(net, gradient, l, W=lambda W: factor * W, b=lambda b: factor * b)


def test_a_large_loss_hides_everything(rng):
    """J = 2e20 has 16 digits, so its differences say nothing of gradients of 1e10. Of a standardized T they do."""
    net, X = nn.mlp([3, 6, 1]), rng.normal(size=(20, 3))
    theta, T = nn.initialize(net), 2.1e10 + 4e9 * X[:, :1]
    for factor in (1.0, -1.0, 0.0):
        _, g = nn.backprop(net, theta, X, T)
        report = nn.gradient_check(net, theta, X, T, gradient=flipped(net, g, 1, factor))
        assert not report.ok and report.verdict == "cannot be judged" and report.blind == ("W_1", "b_1", "W_2", "b_2")
        said = repr(report)
        assert "CANNOT BE JUDGED here (W_1, b_1, W_2, b_2)" in said and "standardize T" in said
        assert f"rounding alone can make {report.floor:.1e}" in said and "allowed" not in said
        T_1, _ = nn.data.standardize(T)
        _, g = nn.backprop(net, theta, X, T_1)
        report = nn.gradient_check(net, theta, X, T_1, gradient=flipped(net, g, 1, factor))
        assert report.verdict == ("agree" if factor == 1 else "disagree") and not report.blind
        assert f"rounding floor {report.floor:.1e}" in repr(report)


@pytest.mark.slow
@pytest.mark.parametrize("hidden", [14, 16])
def test_the_first_layers_of_a_deep_sigmoid_network(hidden):
    """What they are is either seen to be wrong or cannot be judged, and never passes."""
    net, (X, t) = nn.mlp([2, *[8] * hidden, 1], "sigmoid", "sigmoid"), nn.data.moons(50)
    theta = nn.initialize(net)
    _, g = nn.backprop(net, theta, X, t, "bce")
    for factor in (1.0, 2.0, 0.0, -1.0):
        report = nn.gradient_check(net, theta, X, t, "bce", gradient=flipped(net, g, 1, factor))
        assert report.verdict == "cannot be judged" or (hidden == 14 and factor != 1.0)
        assert not report.ok and "W_1" in report.blind and f"W_{hidden + 1}" not in report.blind
        assert "fewer layers" in report.hint or report.verdict == "disagree"
    wrong = nn.gradient_check(net, theta, X, t, "bce", gradient=flipped(net, g, hidden + 1))
    assert (
        wrong.verdict == "disagree" and f"Already layer {hidden + 1} has the wrong sign" in wrong.hint and wrong.blind
    )


def test_what_J_does_not_depend_on(case):
    net, theta, X, labels, loss = case
    dead = nn.gradient_check(net, 0 * theta, X, labels, loss)
    assert dead.verdict == "cannot be judged" and set(dead.blind) == {"W_1", "b_1", "W_2", "b_2", "W_3"}
    assert "J does not change with W_1, b_1, W_2, b_2, W_3" in dead.hint and dead.numeric == dead.analytic == 0
    still = nn.gradient_check(net, theta, 0 * X, labels, loss)
    assert still.blind == ("W_1", "W_2", "W_3") and "inputs of 0" in still.hint


def test_a_loss_that_is_not_finite():
    report = nn.gradient_check(nn.mlp([1, 1]), [1e200, 0], [[1e200]], [[0.0]])
    assert report.verdict == "cannot be judged" and not report.ok and "J is not finite here" in repr(report)


@pytest.mark.slow
@given(st.integers(0, 10**6))
def test_the_floor_is_above_the_rounding(seed):
    """With a tiny step nothing but rounding is left of a difference, and it stays below the floor."""
    rng = np.random.default_rng(seed)
    row = nn.losses.ROWS[seed % len(nn.losses.ROWS)]
    loss, output = row.name, row.partner or ("tanh" if row.bends else "identity")
    sizes = rng.integers(1, 9, rng.integers(2, 5)).tolist()
    net, m = nn.mlp(sizes, ["tanh", "sigmoid"][seed % 2], output), int(10 ** rng.uniform(0, 2.5))
    theta = nn.initialize(net, "normal", seed=seed, scale=10 ** rng.uniform(-2, 0.5))
    X = 10 ** rng.uniform(-2, 3) * rng.normal(size=(m, sizes[0])) + 10 ** rng.uniform(-2, 2)
    T = (
        rng.random((m, sizes[-1]))
        if loss == "bce"
        else 10 ** rng.uniform(-2, 6) * (rng.normal(size=(m, sizes[-1])) + 1)
    )
    T = rng.integers(0, sizes[-1], m) if loss == "cross_entropy" else T
    step = 1e-8
    _, g = nn.backprop(net, theta, X, T, loss)
    numeric = nn.numerical_gradient(net, theta, X, T, loss, step=step)
    assert np.abs(numeric - g).max() <= nn.gradient_check(net, theta, X, T, loss, step=step).floor


@pytest.mark.slow
@pytest.mark.parametrize("l", range(1, 6))
@pytest.mark.parametrize("factor, words", [(-1, "has the wrong sign"), (0, "is 0"), (2, "is twice too large")])
def test_one_layer_is_called_what_it_is(rng, l, factor, words):
    """Not transposed, and not nearly right: a small layer is measured by its own numbers."""
    net, X, t = nn.mlp([4, 8, 8, 8, 8, 3], "tanh", "softmax"), rng.normal(size=(12, 4)), rng.integers(0, 3, 12)
    theta = nn.initialize(net, scheme="normal", scale=0.3)
    _, g = nn.backprop(net, theta, X, t, "cross_entropy")
    hint = nn.gradient_check(net, theta, X, t, "cross_entropy", gradient=flipped(net, g, l, factor)).hint
    assert f"layer {l} {words}" in hint and (f"delta_{l} = " in hint or l == 5)
    if l < 5:  # an error signal with the wrong sign turns all that lies below it
        below = np.where(np.arange(net.size) < net.offsets[l + 1], factor * g, g)
        assert f"layer {l} {words}" in nn.gradient_check(net, theta, X, t, "cross_entropy", gradient=below).hint


@pytest.mark.parametrize("work", [0.0, 1e9])
def test_in_pieces_it_is_the_same(case, monkeypatch, work):
    expected = nn.numerical_gradient(*case)
    monkeypatch.setattr(gradcheck, "WORK", work)
    assert np.array_equal(nn.numerical_gradient(*case), expected)


def test_between_two_pieces_an_interruption_is_heard(case, monkeypatch):
    pieces, differences = [], gradcheck.differences

    def interrupted(*args):
        pieces.append(args[8])
        if len(pieces) == 3:
            raise KeyboardInterrupt
        return differences(*args)

    monkeypatch.setattr(gradcheck, "differences", interrupted)
    monkeypatch.setattr(gradcheck, "WORK", 0.0)
    with pytest.raises(KeyboardInterrupt):
        nn.numerical_gradient(*case)
    assert pieces == [0, 1, 2]


def test_a_kink_needs_something_that_bends(case):
    """A smooth network has none, however coarse the step."""
    assert "kink" not in nn.gradient_check(*case, step=0.5).hint
    net = nn.mlp([1, 1])
    for l1, loss in ((0, "mae"), (0.1, "l2")):
        at = [1e-7, 0.0] if l1 else [1.0, 1e-7]
        assert "kink" in nn.gradient_check(net, at, [[1.0]], [[1.0]], loss, l1=l1).hint

"""The numbers behind chapter 09's corrections of the sources."""

import numpy as np
import pytest

import nnlib as nn
from tests.errata import erratum

X, T = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
EXAMPLE = np.array([0.15, 0.25, 0.20, 0.30, 0.35, 0.35, 0.40, 0.50, 0.45, 0.55, 0.60, 0.60])
NET = nn.mlp([2, 2, 2], hidden="sigmoid", output="sigmoid")


def _run(steps, sequential, eta=0.5):
    """The example with frozen biases: new weights, outputs after `steps` updates, errors before each."""
    W_1, W_2 = EXAMPLE[:4].reshape(2, 2).copy(), EXAMPLE[6:10].reshape(2, 2).copy()
    errors = []
    for k in range(steps + 1):
        h = 1 / (1 + np.exp(-(X[0] @ W_1 + 0.35)))
        y = 1 / (1 + np.exp(-(h @ W_2 + 0.60)))
        errors.append(np.sum((y - T[0]) ** 2) / 2)
        if k < steps:
            d_2 = (y - T[0]) * y * (1 - y)
            new = W_2 - eta * np.outer(h, d_2)
            d_1 = ((new if sequential else W_2) @ d_2) * h * (1 - h)
            W_2, W_1 = new, W_1 - eta * np.outer(X[0], d_1)
    return W_1, y, errors


@erratum("D1")
def hidden_signal_uses_its_own_output():
    work = nn.trace(NET, EXAMPLE, X, T, "l2")
    W_2, h, y = nn.unpack(NET, EXAMPLE)[1][0], work.H[1][0], work.H[2][0]
    back = W_2 @ work.delta[2][0]
    numeric = nn.numerical_gradient(NET, EXAMPLE, X, T, "l2")[4:6]
    assert np.allclose(back * h * (1 - h), numeric, atol=1e-9)
    assert not np.allclose(back * y * (1 - y), numeric, atol=1e-4)
    y_of_232 = nn.forward(nn.mlp([2, 3, 2], hidden="sigmoid", output="sigmoid"), np.zeros(17), X)[0]
    with pytest.raises(IndexError):
        y_of_232[2]


@erratum("D2")
def biases_have_slopes():
    work = nn.trace(NET, EXAMPLE, X, T, "l2")
    numeric = nn.numerical_gradient(NET, EXAMPLE, X, T, "l2")
    assert np.allclose(numeric[[4, 5]], work.delta[1][0], atol=1e-9)
    assert np.allclose(numeric[[10, 11]], work.delta[2][0], atol=1e-9)
    assert np.abs(numeric[[4, 5, 10, 11]]).min() > 0.008


@erratum("D10")
def a_shared_weight_adds():
    assert abs((2 * (1 + 1e-30j) + (3 * (1 + 1e-30j)) ** 2).imag / 1e-30 - 20) < 1e-12


@erratum("D11")
def backprop_changes_no_parameter():
    theta = EXAMPLE.copy()
    nn.backprop(NET, theta, X, T, "l2")
    assert np.array_equal(theta, EXAMPLE)


@erratum("D13")
def published_figures():
    W_sim, y_sim, sim = _run(10_000, sequential=False)
    _, y_seq, seq = _run(10_000, sequential=True)
    assert f"{seq[1]:.9f}" == "0.291027924" and f"{sim[1]:.9f}" == "0.291027774"
    assert [f"{v:.9f}" for v in y_seq] == ["0.015912196", "0.984065734"]
    assert [f"{v:.9f}" for v in y_sim] == ["0.015913620", "0.984064274"]
    assert f"{sim[9_999]:.10f}" == "0.0000351085" and f"{sim[10_000]:.10f}" == "0.0000351019"
    assert f"{seq[10_000]:.10f}" == "0.0000350848"
    assert f"{seq[10_000]:.9f}" == "0.000035085"  # so copies with this error show one run
    assert not any(f"{errors[n]:.10f}" == "0.0000351085" for errors, n in ((seq, 9_999), (seq, 10_000), (sim, 10_000)))
    assert f"{_run(1, False)[0][0, 0]:.9f}" == "0.149780716"
    assert f"{_run(1, True)[0][0, 0]:.9f}" == "0.149817639"
    work = nn.trace(NET, EXAMPLE, X, T, "l2")
    assert f"{0.50 * work.delta[2][0, 1]:.9f}" == "-0.019049118"
    assert f"{-0.5 * 0.038098237:.10f}" == "-0.0190491185"  # the rounded factor, which rounds on to …119


@erratum("B2")
def delta_of_the_worked_example_is_not_y_minus_t():
    work = nn.trace(NET, EXAMPLE, X, T, "l2")
    difference = work.H[2][0, 0] - T[0, 0]
    assert f"{work.delta[2][0, 0]:.9f}" == "0.138498562" and f"{difference:.9f}" == "0.741365070"
    assert f"{difference / work.delta[2][0, 0]:.3f}" == "5.353"


@erratum("F8")
def all_slopes_before_any_update():
    work = nn.trace(NET, EXAMPLE, X, T, "l2")
    W_2 = EXAMPLE[6:10].reshape(2, 2)
    early = (W_2 - 0.5 * work.dW[2]) @ work.delta[2][0] * work.H[1][0] * (1 - work.H[1][0])
    right = nn.numerical_gradient(NET, EXAMPLE, X, T, "l2")[4]
    assert f"{early[0] / right:.3f}" == "0.832"

"""The demonstrations behind chapter 10's errata."""

import numpy as np
import pytest

import nnlib as nn
from tests.errata import erratum

RNG = np.random.default_rng(110)
NET = nn.mlp([3, 3, 3, 1], hidden="sigmoid", output="sigmoid")
θ, X, T = nn.initialize(NET, seed=1), RNG.normal(size=(4, 3)), RNG.random((4, 1))
WORK = nn.trace(NET, θ, X, T, "bce")
# D2's matrices: targets in rows, the bias in column 0.
THETA = {l + 1: np.c_[b, W.T] for l, (W, b) in enumerate(nn.unpack(NET, θ))}


def columns(i):
    """D2's activations of sample i, each with its a₀ = 1, and its δ at the output."""
    a = {1: np.r_[1, X[i]]}
    for l in (1, 2):
        a[l + 1] = np.r_[1, WORK.H[l][i]]
    return a, WORK.H[3][i] - T[i]


@erratum("D3")
def the_bias_row_has_to_go():
    a, δ4 = columns(0)
    with pytest.raises(ValueError):
        THETA[3].T @ δ4 * WORK.H[2][0]  # four numbers against three
    with_row_0 = THETA[3].T @ δ4 * a[3] * (1 - a[3])
    assert with_row_0[0] == 0  # a₀ = 1 has no slope
    with pytest.raises(ValueError):
        THETA[2].T @ with_row_0  # (4, 3) times four numbers
    δ3 = with_row_0[1:]
    δ2 = (THETA[2].T @ δ3)[1:] * (a[2] * (1 - a[2]))[1:]
    assert np.allclose(δ2, 4 * WORK.delta[1][0], atol=1e-15)


@erratum("D4")
def one_letter_for_sample_and_row():
    δ, H = 4 * WORK.delta[1], WORK.H[0]
    right = sum(np.outer(δ[s], H[s]) for s in range(4))
    literal = np.zeros((3, 3))
    for i in range(3):  # i is the sample, and also the row of Δ_ij
        for j in range(3):
            literal[i, j] += H[i, j] * δ[i, i]
    assert np.allclose(right.T / 4, WORK.dW[1], atol=1e-15)
    assert abs(literal - right).max() > 0.3 * abs(right).max()


@erratum("D5")
def one_sample_is_not_the_mean():
    one = np.outer(WORK.H[0][0], 4 * WORK.delta[1][0])
    all_of_them = [np.outer(WORK.H[0][i], 4 * WORK.delta[1][i]) for i in range(4)]
    assert abs(one - WORK.dW[1]).max() > 1e-3 and np.allclose(np.mean(all_of_them, axis=0), WORK.dW[1], atol=1e-15)


@erratum("D6")
def a_row_times_a_column_is_one_number():
    back, slope = WORK.delta[2][0] @ nn.unpack(NET, θ)[1][0].T, WORK.H[1][0] * (1 - WORK.H[1][0])
    assert np.ndim(back @ slope) == 0
    assert np.allclose(back * slope, WORK.delta[1][0], atol=1e-16)


@erratum("D7")
def the_layer_below_is_one_below():
    net = nn.mlp([3, 5, 4, 2], hidden="tanh")
    t, x, y = nn.initialize(net, seed=2), RNG.normal(size=(1, 3)), RNG.normal(size=(1, 2))
    work, layers = nn.trace(net, t, x, y, "l2"), nn.unpack(net, t)
    at_h2, at_h1 = work.delta[3] @ layers[2][0].T, work.delta[2] @ layers[1][0].T
    with pytest.raises(ValueError):
        at_h2 * (1 - work.H[1] ** 2)  # the printed index: four slopes against five units
    assert np.allclose(at_h1 * (1 - work.H[1] ** 2), work.delta[1], atol=1e-16)


@erratum("D8")
def the_chain_of_two_weights():
    x, t, w = 0.7, 0.3, np.array([0.4, -0.9])
    s = nn.activations.sigmoid

    def J(w):
        return 0.5 * (s(w[1] * s(w[0] * x)) - t) ** 2

    h = s(w[0] * x)
    y = s(w[1] * h)
    δ2 = (y - t) * y * (1 - y)
    numeric = (J(w + [1e-6, 0]) - J(w - [1e-6, 0])) / 2e-6
    right = δ2 * w[1] * h * (1 - h) * x  # ∂z₂/∂h₁ = w₂
    printed = δ2 * w[0] * h * (1 - h) * x  # ∂z₁/∂h₁, read as the weight of the same layer
    assert abs(right - numeric) < 1e-10 and abs(printed - numeric) > 1e-3


@erratum("D9")
def without_transposes_nothing_fits():
    w2, Delta2, A1 = nn.unpack(NET, θ)[1][0].T, WORK.delta[2].T, WORK.H[1].T
    wide = nn.mlp([3, 5, 2], hidden="sigmoid")
    work = nn.trace(wide, nn.initialize(wide), X, np.zeros((4, 2)), "l2")
    w, Delta = nn.unpack(wide, nn.initialize(wide))[1][0].T, work.delta[2].T
    with pytest.raises(ValueError):
        Delta @ w  # as printed: (2, 4) times (2, 5)
    assert np.allclose((w.T @ Delta) * (work.H[1] * (1 - work.H[1])).T, work.delta[1].T, atol=1e-16)
    assert np.allclose(Delta @ work.H[1].T.T, work.dW[2].T, atol=1e-16)
    assert np.allclose((w2.T @ Delta2) * A1 * (1 - A1), WORK.delta[1].T, atol=1e-16)


@erratum("D15")
def a_sum_needs_a_smaller_rate():
    total = sum(nn.backprop(NET, θ, X[i : i + 1], T[i : i + 1], "bce")[1] for i in range(4))
    assert np.allclose(total, 4 * nn.backprop(NET, θ, X, T, "bce")[1], atol=1e-15)

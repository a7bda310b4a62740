"""What chapter 10 says of networks trained by wrong gradients."""

from functools import cache

import numpy as np

import nnlib as nn
from tests.claims import claim


@cache
def descend(bug, start):
    """The loss before and after 400 steps."""
    net = nn.mlp([4, 4, 4], hidden="tanh")
    theta, draw = nn.initialize(net, seed=start), np.random.default_rng(start)
    X = draw.normal(size=(8, 4))
    T, first = np.tanh(X @ draw.normal(size=(4, 4))), None
    for _ in range(400):
        work = nn.trace(net, theta, X, T, "l2")
        first = work.J if first is None else first
        (W_1, b_1), (W_2, b_2) = nn.unpack(net, theta)
        delta_1, delta_2 = work.delta[1], work.delta[2]
        if bug == "W₂ not transposed":
            delta_1 = (delta_2 @ W_2) * (1 - work.H[1] ** 2)
        if bug == "frozen":
            delta_1 = 0 * delta_1
        dW_1, dW_2 = X.T @ delta_1, work.H[1].T @ delta_2
        W_1 -= 0.1 * (dW_1.T if bug == "∂W₁ transposed" else dW_1)
        W_2 -= 0.1 * dW_2
        b_1 -= 0.1 * delta_1.sum(axis=0)
        b_2 -= 0.1 * delta_2.sum(axis=0)
    return first, nn.trace(net, theta, X, T, "l2").J


@claim(
    "Both wrong gradients bring the loss down. With ∂W₁ transposed it falls by more than half, but ends at more than"
    " twice the loss of the right gradient.",
    "In exercise 10.4 nothing overflows.",
)
def transposed(start):
    first, last = descend("∂W₁ transposed", start)
    return 2 * descend("none", start)[1] < last < first / 2


@claim(
    "With δ carried back by W₂ it falls to less than a twentieth, further than with a frozen layer.",
    "A loss that falls all the same",
)
def carried_back_by_the_wrong_matrix(start):
    first, last = descend("W₂ not transposed", start)
    return last < first / 20 and last < descend("frozen", start)[1]


@claim("In the handwritten digits, three pixels are 0 in every picture, so their weights have the slope 0")
def no_input_no_slope(start):
    X, labels = nn.data.digits()
    empty = ~X.any(axis=0)
    net = nn.mlp([64, 8, 10], hidden="tanh", output="softmax")
    work = nn.trace(net, nn.initialize(net, seed=start), X, labels, "cross_entropy")
    return empty.sum() == 3 and not work.dW[1][empty].any() and work.dW[1][~empty].any(axis=1).all()


def slopes(start, times=1.0, bias=0.0, size=1.0):
    """∂W₁, ∂b₁, ∂W₂, ∂b₂ of a 3-3-2 network, W₂ and the first input multiplied, whose outputs miss by what they did."""
    draw, net = np.random.default_rng(start), nn.mlp([3, 3, 2])
    X, missed = draw.normal(size=(6, 3)), draw.normal(size=(6, 2))
    (W_1, b_1), (W_2, b_2) = nn.unpack(net, nn.initialize(net, seed=start))
    X[:, 0] *= size
    theta = nn.pack(net, [(W_1, b_1 + [0, bias, 0]), (times * W_2, b_2)])
    work = nn.trace(net, theta, X, nn.forward(net, theta, X) - missed, "l2")
    return work.dW[1], work.db[1], work.dW[2], work.db[2]


@claim(
    "With W₂ a tenth, all of layer 1 is a tenth of what it was: δ₁, ∂b₁ and ∂W₁. Layer 2 has not changed.",
    "Yes. W₂ carries the signal back to layer 1, and its own slopes are made of h and δ₂ alone.",
)
def small_weights_slow_the_layer_before(start):
    plain, small = slopes(start), slopes(start, times=0.1)
    before = all(np.allclose(b, a / 10, rtol=1e-9) for a, b in zip(plain[:2], small[:2], strict=True))
    return before and np.allclose(plain[2], small[2], rtol=1e-12)


@claim("if one input is a hundred times as large as another, their weights learn at speeds about a hundred times apart")
def speeds_of_inputs(start):
    dW, *_ = slopes(start, size=0.01)
    return 10 < abs(dW[1:]).mean() / abs(dW[0]).mean() < 1000


@claim(
    "For the next layer such a unit is one more bias.", "The weights *out of* it are not slowed: they read an h near 1."
)
def saturated(start):
    dW_1, db_1, dW_2, db_2 = slopes(start, bias=20.0)
    stopped = max(abs(dW_1[:, 1]).max(), abs(db_1[1])) < 1e-9 * abs(dW_1).max()
    return stopped and np.allclose(dW_2[1], db_2, rtol=1e-6)

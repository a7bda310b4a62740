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
    "Both wrong gradients bring the loss down. With ∂W₁ transposed it falls by more than half",
    "In exercise 10.4 nothing overflows.",
)
def transposed(start):
    first, last = descend("∂W₁ transposed", start)
    return last < first / 2


@claim(
    "With δ carried back by W₂ it falls to less than a twentieth, further than with a frozen layer.",
    "The loss falls, perhaps nearly as far as it should",
)
def carried_back_by_the_wrong_matrix(start):
    first, last = descend("W₂ not transposed", start)
    return last < first / 20 and last < descend("frozen", start)[1]


@claim("sometimes further than with a frozen hidden layer and sometimes not as far.")
def no_order(start):
    further = [descend("∂W₁ transposed", s)[1] < descend("frozen", s)[1] for s in range(10)]
    return 1 < sum(further) < 9

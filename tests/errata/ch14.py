"""Chapter 14's errata, demonstrated."""

from itertools import permutations, product
from math import factorial

import numpy as np

import nnlib as nn
from tests.errata import erratum


def _last_velocity(beta, count):
    rule, theta = nn.momentum(0.01, beta), np.zeros(1)
    state = rule.state(theta)
    for _ in range(count):
        rule.step(theta, np.ones(1), state)
    return state.s[0]


def _sum_form(lr, beta, count):
    rule, w = nn.momentum(lr, beta), np.ones(1)
    state, seen = rule.state(w), [1.0]
    for _ in range(count):
        rule.step(w, w.copy(), state)
        seen.append(w[0])
    return np.array(seen)


def _average_form(lr, beta, count):
    w, u, seen = 1.0, 0.0, [1.0]
    for _ in range(count):
        u = beta * u + (1 - beta) * w
        w = w - lr * u
        seen.append(w)
    return np.array(seen)


@erratum("F1")
def a_sum_is_no_average():
    assert np.isclose(_last_velocity(0.9, 2000), 10) and np.isclose(_last_velocity(0.99, 4000), 100)
    averaged = _average_form(0.1, 0.9, 200)
    assert np.abs(_sum_form(0.1 * (1 - 0.9), 0.9, 200) - averaged).max() < 1e-14
    assert np.abs(_sum_form(0.1, 0.9, 200) - averaged).max() > 1


@erratum("F2")
def it_starts_too_small_and_holds_gradients():
    u, beta = 0.0, 0.9
    for t in range(1, 30):
        u = beta * u + (1 - beta) * 3.0  # every gradient is 3
        assert np.isclose(u / (1 - beta**t), 3.0)
        if t == 1:
            assert np.isclose(u, 0.1 * 3.0)
    ends = []
    for inside in (False, True):
        w, v = 1.0, 0.0
        for t in range(20):
            lr = 0.1 if t < 5 else 0.01
            v = 0.9 * v - lr * w if inside else 0.9 * v + w
            w = w + v if inside else w - lr * v
        ends.append(w)
    assert np.allclose(ends, [-0.131477, -1.223285], atol=1e-6)


@erratum("F4")
def copies_of_a_minimum():
    X, T = nn.data.sine(20)
    net = nn.mlp([1, 3, 1], hidden="tanh")
    theta = nn.initialize(net, seed=1)
    theta += 0.1 * np.arange(theta.size)  # biases that are not 0
    (W1, b1), (W2, b2) = nn.unpack(net, theta)
    J, found = nn.backprop(net, theta, X, T)[0], set()
    for order in permutations(range(3)):
        for signs in product([1, -1], repeat=3):
            k, s = list(order), np.array(signs)
            copy = nn.pack(net, [(W1[:, k] * s, b1[k] * s), (W2[k] * s[:, None], b2)])
            assert np.isclose(nn.backprop(net, copy, X, T)[0], J, rtol=1e-12)
            found.add(tuple(copy))
    assert len(found) == 48 == factorial(3) * 2**3
    assert factorial(10) * 2**10 == 3_715_891_200

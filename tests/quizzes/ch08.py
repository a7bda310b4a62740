"""Chapter 8: what its formulas are worth, by nudging what nnlib computes."""

import numpy as np

import nnlib as nn


def nudged(f, at, step=1e-6):
    """The slope of f, by a nudge up and one down."""
    return (f(at + step) - f(at - step)) / (2 * step)


def slope_in_the_temperature(p, q, τ):
    return nudged(lambda τ: -nn.activations.log_softmax(np.array([p, q]) / τ)[0], τ)


def mixed_curvature(y_1, y_2, t_1, t_2):
    """How nnlib's δ of the first of three scores changes when the second is nudged."""
    net = nn.mlp([3, 3], output="softmax")
    theta = nn.pack(net, [(np.eye(3), np.zeros(3))])  # scores go in
    total = t_1 + t_2 + 1.0
    target = np.array([[t_1, t_2, 1.0]]) / total
    scores = np.log([y_1, y_2, 1 - y_1 - y_2])

    def delta(second):
        return nn.trace(net, theta, [[scores[0], second, scores[2]]], target, "cross_entropy").delta[1][0, 0]

    return nudged(delta, scores[1])


def grown_logsumexp(L, c, s):
    """Three scores, shifted so that their log-sum-exp is L."""
    scores = np.array([0.3, -1.0, 2.0])
    scores += L - nn.activations.logsumexp(scores)
    return nn.activations.logsumexp(np.r_[scores + c, s])

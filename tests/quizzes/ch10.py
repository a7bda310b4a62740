"""Chapter 10: what its formulas are worth, by nnlib's own backward pass or by nudging."""

import numpy as np

import nnlib as nn
from nnlib.activations import sigmoid
from tests.nudge import nudged


def first_signal(Y, T):
    """nnlib's δ of a network whose outputs are Y: inputs arctanh(Y), weights 1."""
    S = Y.shape[1]
    net = nn.mlp([S, S], output="tanh")
    return nn.trace(net, nn.pack(net, [(np.eye(S), np.zeros(S))]), np.arctanh(Y), T, "l2").delta[1]


def signal_before(H, W, δ):
    """A J that is linear in the layer's Z has the error signal δ."""
    return nudged(lambda Z: (δ * (sigmoid(Z) @ W)).sum(), np.log(H / (1 - H)))


def first_weights(X, H, W_2, δ_2):
    """The biases differ by sample, so that H comes out of any W₁: its slopes are the same."""
    W = np.linspace(-1, 1, X.shape[1] * H.shape[1]).reshape(X.shape[1], H.shape[1])
    rest = np.arctanh(H) - X @ W
    return nudged(lambda W: (δ_2 * (np.tanh(X @ W + rest) @ W_2)).sum(), W)


def bias_slopes(D):
    """The loss of a sample is linear in its Z, with the slopes D."""
    return nudged(lambda b: (D * (0.3 + b)).sum(axis=1).mean(), np.zeros(D.shape[1]))


def input_slopes_shape(m, n_in, n_out):
    """Of a J that sums up what the layer gives out."""
    W = np.ones((n_in, n_out))
    return nudged(lambda H: (H @ W).sum(), np.ones((m, n_in))).shape

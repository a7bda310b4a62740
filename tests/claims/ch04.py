"""Activations: what inputs that are all positive do to a path, and what tanh gains over the sigmoid."""

import numpy as np

import nnlib as nn
from tests.claims import claim


def path(inputs, steps=60, lr=0.5):
    """Two weights from (0, 0) toward (1, −1), one sample a step, as on the page."""
    unit, theta, seen = nn.mlp([2, 1]), np.zeros(3), [np.zeros(2)]
    targets = inputs @ np.array([[1.0], [-1.0]])
    for k in range(steps):
        row = slice(k % len(inputs), k % len(inputs) + 1)
        theta[:2] -= lr * nn.backprop(unit, theta, inputs[row], targets[row], "l2")[1][:2]
        seen.append(theta[:2].copy())
    return np.array(seen)


@claim("the path zigzags; with centered inputs it goes ")
def positive_inputs_zigzag(start):
    """With centered inputs it is shorter, some steps part, and it gets further; the page draws with seed 1."""
    positive = np.random.RandomState(1 + start).uniform(size=(60, 2))
    centered = positive - positive.mean(axis=0)
    centered *= np.sqrt((positive**2).mean() / (centered**2).mean())
    paths = [path(positive), path(centered)]
    steps = [np.diff(w, axis=0) for w in paths]
    apart = [np.mean(s[:, 0] * s[:, 1] < 0) for s in steps]
    length = [np.linalg.norm(s, axis=1).sum() for s in steps]
    left = [np.linalg.norm(w[-1] - [1, -1]) for w in paths]
    return apart[0] == 0 < 0.3 < apart[1] and length[1] < 0.8 * length[0] and left[1] < left[0] / 10


@claim("It is one reason why tanh trains faster than the sigmoid it is made of")
def tanh_is_faster(start):
    X, labels = nn.data.circles(100, noise=0.1, seed=start)
    losses = []
    for bend in ("tanh", "sigmoid"):
        net = nn.mlp([2, 8, 8, 1], hidden=bend, output="sigmoid")
        theta = nn.initialize(net, seed=start)
        run = nn.train(net, theta, X, labels[:, None], "bce", nn.sgd(0.1), epochs=100, batch_size=10, seed=start)
        losses.append(run.loss[-1])
    return losses[0] < losses[1]


def sums(start):
    """The pre-activations of the page's random layer, without a bias; it draws with seed 0."""
    draws = np.random.RandomState(start)
    return draws.normal(size=(200, 8)) @ draws.normal(size=(8, 100)) / np.sqrt(8)


@claim("75 units are dead at −3, all at −5. The smallest leak clears every cross.")
def a_bias_kills(start):
    """The counts are this layer's; of any layer more than half are dead at −3, and nearly all at −5."""
    dead = [int((sums(start) + bias <= 0).all(axis=0).sum()) for bias in (-5, -3, 0)]
    return dead[0] > 95 and 50 < dead[1] < 80 and dead[2] == 0 and (start > 0 or dead == [100, 75, 0])

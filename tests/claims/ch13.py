"""Chapter 13: which deep networks learn two moons at which η, what the playground's bars do, what clipping saves."""

import functools
import importlib

import numpy as np

import nnlib as nn
from tests.claims import claim

COIN = np.log(2)
ETAS = np.geomspace(0.01, 10, 16)
NETWORKS = {
    "sigmoid": ("sigmoid", 1.0, 1.0),
    "sigmoid 4": ("sigmoid", 4.0, 1.0),
    "tanh 0.7": ("tanh", 0.7, 1.0),
    "tanh": ("tanh", 1.0, 1.0),
    "tanh × 100": ("tanh", 1.0, 100.0),
    "relu": ("relu", np.sqrt(2), 1.0),
}


def moons(start):
    X, labels = nn.data.moons(200, seed=start)
    return nn.data.standardize(X)[0], labels.reshape(-1, 1).astype(float)


def born(network, start):
    g, gain, scale = NETWORKS[network]
    X, T = moons(start)
    net = nn.mlp([2] + [16] * 10 + [1], hidden=g, output="sigmoid")
    return net, nn.initialize(net, "orthogonal", seed=start, scale=gain), scale * X, T


@functools.cache
def trained(network, i, start):
    """J at the end at η number i, and how far each layer moved."""
    net, theta, X, T = born(network, start)
    run = nn.train(net, theta, X, T, "bce", nn.sgd(ETAS[i]), epochs=200, batch_size=20, seed=start)
    layers = zip(nn.unpack(net, theta), nn.unpack(net, run.theta), strict=True)
    moved = [np.linalg.norm(new - old) / np.linalg.norm(old) for (old, _), (new, _) in layers]
    return np.inf if run.stopped else run.loss[-1], moved


@functools.cache
def sizes(network, start):
    """Of the gradients of layers 1 … 11, before training."""
    net, theta, X, T = born(network, start)
    return [np.sqrt(np.mean(d**2)) for d in nn.trace(net, theta, X, T, "bce").dW[1:]]


def straight(start):
    net, (X, T) = nn.mlp([2, 1], output="sigmoid"), moons(start)
    return nn.train(net, np.zeros(3), X, T, "bce", nn.sgd(0.2), epochs=200, batch_size=20, seed=start).loss[-1]


@claim(
    "The sigmoid's first layer never moves by as much as a thousandth.",
    "Its last ones, at η = 10, are thrown by more than their own length, and J gets *worse* than the coin's.",
    "at η = 0.01 the loss rests at 0.69.",
    "The last layers jump about, the first hardly move",
)
def a_larger_rate_does_not_help_sigmoids(start):
    runs = [trained("sigmoid", i, start) for i in (0, 5, 10, 13, 15)]
    (rests, _), (worse, moved) = runs[0], runs[-1]
    still = all(m[0] < 1e-3 for _, m in runs)
    return still and min(moved[-2:]) > 1 and worse > COIN + 0.05 and abs(rests - COIN) < 0.005


@claim(
    "The gradients are **unequal**: that of layer 10 is tens of thousands of times as long as that of layer 2.",
    "the first and the last hidden layers differ by a factor of tens of thousands.",
)
def gradients_of_sigmoids_are_unequal(start):
    found = sizes("sigmoid", start)
    return found[9] > 2e4 * found[1] and found[9] > 1e4 * found[0]


@claim("*ReLU, gain √2* has a wide range of good η.")
def many_rates_suit_relus(start):
    return all(trained("relu", i, start)[0] < 0.02 for i in (0, 3, 6))


@claim(
    "*tanh, gain 0.7* gets at η = 0.01 only about as far as a straight line would, with J above 0.2; "
    "at its best η, J ends below 0.05.",
    "Its gradients are small and **equal**.",
    "That *is* a matter of step size: a larger η repairs it here.",
)
def a_larger_rate_repairs_equal_gradients(start):
    middle = sizes("tanh 0.7", start)[1:10]
    equal = max(middle) < 1.3 * min(middle) and max(middle) < 0.3 * sizes("tanh", start)[5]
    slow, best = trained("tanh 0.7", 0, start)[0], min(trained("tanh 0.7", i, start)[0] for i in (5, 6, 7, 8))
    return equal and slow > 0.2 and slow > 0.9 * straight(start) and best < 0.05


@claim("And *sigmoid, gain 4* learns: the sigmoid alone is not the trouble.")
def sigmoids_of_gain_4_learn(start):
    return min(trained("sigmoid 4", i, start)[0] for i in (9, 10, 11)) < 0.05


@claim("No η brings J below 0.15; *tanh, gain 1* gets below 0.02.")
def large_inputs_stay_bad(start):
    large = min(trained("tanh × 100", i, start)[0] for i in range(12))
    return large > 0.15 and min(trained("tanh", i, start)[0] for i in (5, 6, 7, 8)) < 0.02


@functools.cache
def played(start, **changes):
    """J at the end, whether about half are right, the bars at epoch 0 and at the end."""
    module = importlib.import_module("nnlib.lab.playground.experiment")
    usual = dict(data="circles", hidden=[8] * 4, activation="sigmoid", optimizer="sgd", lr=0.5)
    s = module.checked({**usual, **changes, "seed": start + 1})
    net, X, labels, _, run = module.native(s, 500)
    T = np.reshape(labels, (-1, 1)).astype(float)
    bars = [
        [np.linalg.norm(d) for d in nn.trace(net, theta, X, T, "bce").dW[1:]]
        for theta in (nn.initialize(net, s["scheme"], seed=s["seed"]), run.theta)
    ]
    return run.loss[-1], np.mean((nn.forward(net, run.theta, X) > 0.5) == (T > 0.5)), *bars


@claim(
    "W₁ has less than a hundredth of what W₅ has.",
    "After 500 epochs the loss is that of a coin, and about half are right.",
    "W₁ ends below 10⁻³.",
)
def the_bars_of_sigmoids(start):
    J, right, first, last = played(start)
    return first[0] < 0.01 * first[4] and abs(J - COIN) < 0.02 and 0.4 < right < 0.6 and last[0] < 1e-3


@claim("The bar of W₁ gets no longer. The loss jumps about, and ends above that of a coin.")
def a_larger_rate_does_not_lengthen_the_bar(start):
    J, _, first, last = played(start, lr=10)
    return last[0] <= first[0] and J > COIN + 0.02


@claim("All five bars begin within a factor of ten. The loss falls below 0.01.")
def the_bars_of_tanh(start):
    J, _, first, _ = played(start, activation="tanh")
    return max(first) < 10 * min(first) and J < 0.01


@claim("On most others it is still waiting at epoch 500.")
def he_is_not_enough_for_sigmoids(start):
    waiting = [played(s, scheme="he_normal")[0] > 0.6 for s in range(9 * start + 1, 9 * start + 10)]
    return sum(waiting) >= 5


@claim("Same network, gain 2.5, same η, same five starts.")
def clipping_saves_the_run(start):
    def ends(limit):
        (X, T), net = moons(start), nn.mlp([2] + [16] * 10 + [1], hidden="relu", output="sigmoid")
        theta = nn.initialize(net, "orthogonal", seed=start, scale=2.5)
        for _ in range(500):
            J, slope = nn.backprop(net, theta, X, T, "bce")
            if not J < 1e30:
                break
            length = np.linalg.norm(slope)
            theta -= 0.1 * (slope * min(1.0, limit / length) if length else slope)
        return J

    return not ends(np.inf) < 0.6 and ends(1.0) < 0.01

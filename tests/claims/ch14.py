"""What chapter 14 says of networks; its bowls and saddles draw nothing at random."""

from functools import cache
from itertools import permutations, product

import numpy as np

import nnlib as nn
from tests.claims import claim


@claim(
    "So a minimum of H different tanh units has $H!\\,2^H$ copies "
    "([Hecht-Nielsen, 1990](../book/references.md#hechtnielsen1990)): 48 for H = 3",
    "the 48 networks above are equally good.",
)
def copies(start):
    X, T = nn.data.sine(20, seed=start)
    net = nn.mlp([1, 3, 1], hidden="tanh")
    theta = nn.initialize(net, seed=start)
    theta = nn.train(net, theta, X, T, epochs=500, optimizer=nn.momentum(0.03, 0.9), seed=start).theta
    (W_1, b_1), (W_2, b_2) = nn.unpack(net, theta)
    found, losses = set(), []
    for order, signs in product(permutations(range(3)), product([1, -1], repeat=3)):
        k, s = list(order), np.array(signs)
        copy = nn.pack(net, [(W_1[:, k] * s, b_1[k] * s), (W_2[k] * s[:, None], b_2)])
        found.add(tuple(copy))
        losses.append(nn.loss_value(nn.forward(net, copy, X), T, "l2"))
    return len(found) == 48 and np.ptp(losses) < 1e-12


@cache
def on_moons(start, eta, beta):
    """The losses of the playground's run, and the share of the points that it gets right in the end."""
    points, side = nn.data.moons(n=200, noise=0.1, seed=start)
    (points, side), _ = nn.data.split(points, side, (0.8, 0.2), seed=start)
    net = nn.mlp([2, 8, 1], output="sigmoid")
    run = nn.train(
        net, nn.initialize(net, seed=start), points, side, "bce", nn.momentum(eta, beta), epochs=300, batch_size=32,
        seed=start,
    )  # fmt: skip
    return np.array(run.loss), np.mean(nn.predict(net, run.theta, points) == side)


@claim("the first run ends on a plateau: after 300 epochs its loss is above 0.15, and its border hardly bends.")
def plateau(start):
    loss, right = on_moons(start, 0.05, 0.0)
    return loss[-1] > 0.15 and loss[200] - loss[-1] < 0.04 and right < 0.95  # a straight border gets this far


@claim("The second is on the plateau by epoch 40, but leaves it later, and ends below 0.05.")
def memory_leaves_it(start):
    (plain, _), (ball, _) = on_moons(start, 0.05, 0.0), on_moons(start, 0.05, 0.9)
    return abs(ball[40] / plain[-1] - 1) < 0.15 and ball[-1] < 0.05


@claim("At a tenth of η, 0.9 brings the first run back.")
def the_first_run_again(start):
    (plain, _), (ball, _) = on_moons(start, 0.05, 0.0), on_moons(start, 0.005, 0.9)
    return np.abs(ball - plain)[40:].max() < 0.01


@claim("rings on its way: near epoch 30 its loss climbs for a few epochs.")
def rings(start):
    near = on_moons(start, 0.005, 0.99)[0][20:41]
    return np.max(near - np.minimum.accumulate(near)) > 0.01

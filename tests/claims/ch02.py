"""One neuron: what it learns of AND, of XOR, and of two clouds."""

from functools import cache

import numpy as np

import nnlib as nn
from tests.claims import claim

UNIT = nn.mlp([2, 1], output="sigmoid")


def answers(gate, epochs, start):
    """At the four corners."""
    X, T = nn.data.gates(gate)
    theta = nn.initialize(UNIT, seed=start)
    rule = nn.sgd(lr=1.0)
    run = nn.train(UNIT, theta, X, T, loss="bce", epochs=epochs, optimizer=rule, batch_size=4, seed=start)
    return nn.forward(UNIT, run.theta, X), T


@claim(
    "On AND the same training gets better and better. On XOR it comes to rest at 0.5, which means *I cannot tell*.",
    "Every other start ends the same way, so more patience does not help.",
    "Whatever line it leans on, two corners pull it back. The least error is to favor neither answer.",
)
def and_is_learned_and_xor_is_not(start):
    early, later, last = (np.abs(np.subtract(*answers("and", n, start))).max() for n in (100, 1_000, 10_000))
    return last < 0.01 < later < 0.1 < early and np.abs(answers("xor", 10_000, start)[0] - 0.5).max() < 1e-6


@cache
def clouds(start):
    """Two clouds, and the neuron that learned from them; the page has seed 0."""
    X, labels = nn.data.blobs(n=4000, noise=2.0, classes=2, seed=start)
    rule = nn.sgd(lr=0.5)
    run = nn.train(UNIT, np.zeros(3), X, labels[:, None], "bce", rule, epochs=1_000, batch_size=4000)
    return X, labels, run.theta


def gap(start, groups, boast=1):
    """The most that a group's mean output and its share of class 1 differ; w and b are multiplied by `boast`."""
    X, labels, theta = clouds(start)
    y = nn.forward(UNIT, boast * theta, X).ravel()
    group = np.floor(groups * y)
    return max(abs(y[group == g].mean() - labels[group == g].mean()) for g in range(groups))


@claim("In the table, what it says and what happens agree within a few hundredths")
def the_table_is_calibrated(start):
    return gap(start, 5) < 0.055


@claim("Each of the ten dots has fewer points, and they lie within a tenth of the diagonal.")
def the_dots_are_near_the_diagonal(start):
    return gap(start, 10) < 0.1


@claim("Scale w and b by 4, and not one decision changes, but the probabilities become boasts.")
def four_times_the_weights_boast(start):
    X, _, theta = clouds(start)
    alike = nn.predict(UNIT, theta, X) == nn.predict(UNIT, 4 * theta, X)
    return alike.all() and gap(start, 5, boast=4) > 2 * gap(start, 5)


@claim("So the claim is false. The neuron still cuts with one flat plane, but the four points now lie in space.")
def the_product_makes_xor_easy(start):
    X, T = nn.data.xor()
    more, net = np.c_[X, X[:, 0] * X[:, 1]], nn.mlp([3, 1], output="sigmoid")
    rule, theta = nn.sgd(lr=1.0), nn.initialize(net, seed=start)
    run = nn.train(net, theta, more, T, "bce", rule, epochs=3_000, batch_size=4, seed=start)
    return np.abs(nn.forward(net, run.theta, more) - T).max() < 0.05


def loss_by_hand(w, b, gate):
    """J, and the cost of each corner, with both weights w."""
    X, T = nn.data.gates(gate)
    y = nn.forward(UNIT, np.array([w, w, b]), X)
    each = -np.log(np.where(T == 1, y, 1 - y)).ravel()
    return each.mean(), each


@claim("AND comes down to J = 0.014 at w = 8 and b = −12. XOR ends at J = 0.693, at w = 0 and b = 0")
def the_sliders_reach_the_least_loss(start):
    """What the page says of the sliders' own grid; and no other three numbers do better on XOR."""
    grid = [(w, b) for w in range(-6, 9) for b in (-12, -6, -3, 0, 3)]
    least = {gate: min(grid, key=lambda at: loss_by_hand(*at, gate)[0]) for gate in ("and", "xor")}
    theta = nn.initialize(UNIT, "normal", seed=start)
    X, T = nn.data.xor()
    other = nn.loss_value(nn.forward(UNIT, theta, X), T, "bce")
    return (
        least == {"and": (8, -12), "xor": (0, 0)}
        and round(loss_by_hand(8, -12, "and")[0], 3) == 0.014
        and round(loss_by_hand(0, 0, "xor")[0], 3) == 0.693
        and other > np.log(2) - 1e-12
    )


@claim(
    "three corners of XOR are right and cost 0.05 each. But 11 is wrong and almost certain, and it costs 9.00. "
    "So J is 2.286, far above 0.693.",
    "As decisions, three of four can be had.",
    "But being sure and wrong at one corner costs more than the other three save.",
)
def three_of_four_costs_more(start):
    J, each = loss_by_hand(6, -3, "xor")
    return each.round(2).tolist() == [0.05, 0.05, 0.05, 9.0] and round(J, 3) == 2.286


@claim(
    "With b = −22 that is at 22 °C for w = 1, at 11 °C for w = 2 and at 44 °C for w = 0.5.",
    "The jump is where $wx + b = 0$, so it is at $x = -b/w$.",
)
def the_jump_of_one_input(start):
    """The last input of many that is answered 0, and the first that is answered 1, lie around −b/w."""
    net, x = nn.mlp([1, 1], output="step"), np.linspace(-10, 50, 60_001)[:, None]
    jumps = [x[nn.forward(net, np.array([w, -22.0]), x)[:, 0] == 1].min() for w in (1.0, 2.0, 0.5)]
    return np.allclose(jumps, [22, 11, 44], atol=0.002)


@claim("With *w and b* the line stays at distance 1.00, and the steepness grows from 0.31 to 5.00.")
def scaling_both_leaves_the_line(start):
    w, b = np.array([3.0, 4.0]), 5.0
    far = [abs(k * b) / np.hypot(*(k * w)) for k in (0.25, 4)]
    steep = [round(float(np.hypot(*(k * w))) / 4, 2) for k in (0.25, 4)]
    return np.allclose(far, 1) and steep == [0.31, 5.0]

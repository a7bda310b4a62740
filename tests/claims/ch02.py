"""One neuron: what it learns of AND, of XOR, and of two clouds."""

from functools import cache
from itertools import product

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
    "Every other start ends the same way, so more patience does not help",
    "so it costs least to favor neither answer.",
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


@claim("Scale w and b by 4, and not one decision changes, but the probabilities become too bold.")
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


@claim("Nor is there another valley, in which a start could get stuck.", "such a J has one lowest place.")
def a_far_start_of_xor_ends_at_half(start):
    """From three numbers of size 20, too; on the way between any two neurons J never rises above the straight line."""
    X, T = nn.data.xor()
    draw = np.random.RandomState(start)
    rule = nn.sgd(lr=1.0)
    run = nn.train(UNIT, draw.normal(scale=20, size=3), X, T, "bce", rule, epochs=1_000, batch_size=4)

    def J(theta):
        return nn.loss_value(nn.forward(UNIT, theta, X), T, "bce")

    bends_up = all(J((a + b) / 2) <= (J(a) + J(b)) / 2 + 1e-12 for a, b in draw.normal(scale=5, size=(100, 2, 3)))
    return bends_up and np.abs(nn.forward(UNIT, run.theta, X) - 0.5).max() < 1e-6


@claim("Even XOR can be built, from four of them", "So NANDs are enough for every table, with any number of inputs.")
def nands_make_every_table(start):
    """Tables of three inputs, drawn; each is an OR of corners, each corner an AND, made of NANDs that are neurons."""
    step, count = nn.mlp([2, 1], output="step"), []

    def nand(a, b):
        count.append(1)
        return nn.forward(step, np.array([-1.0, -1.0, 1.5]), np.c_[a, b]).ravel()

    def both(a, b):
        return nand(nand(a, b), nand(a, b))

    def either(a, b):
        return nand(nand(a, a), nand(b, b))

    corners = np.array(list(product([0.0, 1.0], repeat=3)))
    table = np.random.RandomState(start).randint(0, 2, size=8)
    made = np.zeros(8)
    for corner in corners[table == 1]:
        here = [x if wanted else nand(x, x) for x, wanted in zip(corners.T, corner, strict=True)]
        made = either(made, both(both(here[0], here[1]), here[2]))
    count.clear()
    x1, x2 = nn.data.xor()[0].T
    n = nand(x1, x2)
    xor = nand(nand(x1, n), nand(n, x2))
    return np.array_equal(made, table) and xor.tolist() == [0, 1, 1, 0] and len(count) == 4


@claim("(Clouds that are only round, two discs with sharp rims, have other odds.)")
def discs_have_other_odds(start):
    """In the lens where two discs overlap each class is as likely, wherever one stands; beyond it there is no doubt."""
    draw = np.random.RandomState(start)
    angle, far = draw.uniform(0, 2 * np.pi, 40_000), np.sqrt(draw.uniform(size=40_000))
    label = draw.randint(0, 2, 40_000)
    x = far * np.cos(angle) + np.where(label == 1, 0.7, -0.7)
    y = far * np.sin(angle)
    near = np.abs(y) < 0.1
    share = [label[near & (np.abs(x - at) < 0.03)].mean() for at in (-0.2, 0.2, 0.4)]
    return abs(share[0] - 0.5) < 0.15 and abs(share[1] - 0.5) < 0.15 and share[2] == 1

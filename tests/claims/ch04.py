"""Activations: a unit that dies and revives, a race of four, inputs that are all positive, and reached ends."""

import functools
import re

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


# ---- one unit that dies and revives, as the page runs it -------------------------------------------------------------


@functools.cache
def the_page():
    """The functions of the explorer, from the page itself: what is said of its pictures is said of these."""
    from tests.chapters import NOTEBOOKS, cells

    path = next(p for p in NOTEBOOKS if p.stem.startswith("04"))
    source = next(c.source for c in cells(path).cells if c.cell_type == "code" and "def life(" in c.source)
    names = {"np": np}
    exec(source.partition("STEPS =")[0], names)
    return names["life"]


def died_and_back(eta, leak, before):
    """The first step at which every z is at most 0, the first one after it at which one is not; None if never."""
    seen, slope = the_page()(eta, leak, before)
    dead = (seen <= 0).all(axis=1)
    if not dead.any():
        return None, None, slope
    first = int(np.argmax(dead))
    back = np.flatnonzero(~dead[first:])
    return first, first + int(back[0]) if back.size else None, slope


@claim(
    "With small steps the unit stays alive.",
    "At 0.2 the very first step throws all eight z below 0:",
    "the unit is back at step 28.",
    "With the leak 0.1 it comes back by itself, at step 90.",
)
def one_unit_dies_and_revives(_):
    small = [died_and_back(eta, 0, before)[0] for eta in (0.02, 0.04, 0.06) for before in ("frozen", "learns")]
    frozen, learns, leaky = (died_and_back(0.2, *how) for how in ((0, "frozen"), (0, "learns"), (0.1, "frozen")))
    return set(small) == {None} and frozen == (1, None, 0) and learns[:2] == (1, 28) and leaky[:2] == (1, 90)


@claim(
    "the first error is large, so this step is long, and it moves the bias and the weights under all samples at once."
)
def the_first_step_is_the_longest(_):
    """All z fall in it; of the leaky unit, which goes on, it is the longest."""
    moves = np.diff(the_page()(0.2, 0.1, "frozen")[0], axis=0)
    return (moves[0] < -0.1).all() and np.abs(moves).max(axis=1).argmax() == 0


@claim("The unit is slow on the left, but it can return. Here it has 1,000 steps")
def a_hundredth_takes_longer_than_a_tenth(_):
    back = []
    for leak in (0.1, 0.01):
        dead = (the_page()(0.2, leak, "frozen", 1000)[0] <= 0).all(axis=1)
        back.append(1 + int(np.argmin(dead[1:])))
    return back == [90, 719]


@claim(
    "From then on the lines are flat to the last digit.",
    "Under plain gradient descent a dead unit cannot revive itself, at any learning rate.",
)
def dead_is_for_good_if_nothing_before_learns(_):
    """Whenever the unit dies with no leak behind a frozen layer, none of its z moves again."""
    for eta in np.linspace(0.02, 0.3, 15).round(2):
        seen, slope = the_page()(eta, 0, "frozen")
        dead = (seen <= 0).all(axis=1)
        if dead.any():
            after = seen[np.argmax(dead) :]
            if not ((after == after[0]).all() and slope == 0):
                return False
    return True


# ---- the race --------------------------------------------------------------------------------------------------------


@functools.cache
def race(hidden, eta, start):
    """Loss, and the share of units that output 0 on every sample, after the page's 100 epochs."""
    X, ring = nn.data.circles(200, noise=0.1, seed=start)
    T = 2.0 * ring[:, None] - 1
    net = nn.mlp([2, 20, 20, 20, 1], hidden=hidden)
    theta = nn.initialize(net, seed=start)
    run = nn.train(net, theta, X, T, "l2", nn.sgd(eta), epochs=100, batch_size=10, seed=start)
    work = nn.trace(net, run.theta, X, T, "l2")
    return work.J, np.mean([(H == 0).all(axis=0).mean() for H in work.H[1:4]])


@claim(
    "slope 1 wherever it is on [(4.8)](#eq-relu-slope); small losses in the race",
    "small losses in the race, and none dead",
    "slower in the race",
    "it learned nothing in the race",
)
def what_the_race_shows(start):
    loss = {hidden: race(hidden, 0.1, start)[0] for hidden in ("relu", "leaky_relu", "tanh", "sigmoid")}
    return (
        max(loss["relu"], loss["leaky_relu"]) < loss["tanh"] < 0.1
        and min(loss["sigmoid"], *(race("sigmoid", eta, start)[0] for eta in (0.2, 0.3, 0.4))) > 0.45
        and race("leaky_relu", 0.1, start)[1] == race("leaky_relu", 0.5, start)[1] == 0
    )


@claim("it can die ([4.2](#when-every-z-is-negative)), more often at a large η (race)")
def more_die_at_a_large_rate(start):
    return race("relu", 0.5, start)[1] > race("relu", 0.1, start)[1]


def median(hidden, eta, block):
    """Of ten starts; the page's are block 0."""
    return np.median([race(hidden, eta, start)[0] for start in range(10 * block, 10 * block + 10)])


@claim("The order is the same at both η, and also if each unit takes the best of 0.1, 0.2 and 0.4.")
def the_order_stays_at_the_best_rate(start):
    """At 0.2 both ReLUs end below tanh at its best, so at their best they do, too; at 0.1 tanh is never at its best."""
    tanh = {eta: median("tanh", eta, start) for eta in (0.2, 0.4)}
    relu = median("relu", 0.2, start)
    if max(relu, leaky := median("leaky_relu", 0.2, start)) >= tanh[0.2]:
        return False
    if leaky >= min(tanh.values()):
        leaky = median("leaky_relu", 0.4, start)
    return max(relu, leaky) < min(tanh.values())


@claim("so they share this fault, and in the race they win in spite of it.")
def relu_wins_all_the_same(start):
    return race("relu", 0.1, start)[0] < race("tanh", 0.1, start)[0]


# ---- where an end is reached -----------------------------------------------------------------------------------------


@claim(
    "So the *upper* end is reached in float64, from 36.74 on, and there the slope is exactly 0.",
    "The lower end is far away: at −700 neither h nor its slope is 0",
    "tanh reaches both of its ends, from about 19 on.",
)
def only_the_upper_end_is_near(_):
    from tests.test_claims import words

    sigmoid, slope = nn.activations.sigmoid, nn.activations.slope
    h, low = sigmoid(36.75), sigmoid(-700.0)
    both = nn.activations.tanh(19.1) == 1 and nn.activations.tanh(-19.1) == -1 and nn.activations.tanh(18.9) < 1
    said = re.search(r"the ends are reached from 36\.74|beyond it the slope is exactly 0", words("04"))
    return h == 1 and slope("sigmoid", h) == 0 and low > 0 and slope("sigmoid", low) > 0 and both and not said


# ---- what only z tells, and where J is curved ------------------------------------------------------------------------


@claim("SiLU is −0.2 near z = −2.396, where it falls, and near z = −0.545, where it rises.")
def the_output_of_silu_does_not_tell_its_slope(_):
    z = np.array([-2.396, -0.545])
    share = nn.activations.sigmoid(z)
    slope = share * (1 + z * (1 - share))
    return np.allclose(z * share, -0.2, atol=1e-4) and slope[0] < -0.05 and slope[1] > 0.2


@claim("What remains is a ravine, about 7 to 1 here, and nearly round after centering.")
def positive_inputs_make_a_ravine(start):
    positive = np.random.RandomState(1 + start).uniform(size=(60, 2))
    ratios = []
    for x in (positive, positive - positive.mean(axis=0)):
        curved = np.linalg.eigvalsh(x.T @ x)
        ratios.append(curved[1] / curved[0])
    return 6 < ratios[0] < 11 and ratios[1] < 2

"""What chapter 11 says of six gradients, five of them wrong, and of the networks that they train."""

from functools import cache
from itertools import product

import numpy as np

import nnlib as nn
from tests.chapters import NOTEBOOKS, cells, questions
from tests.claims import claim

NET = nn.mlp([2, 3, 3], hidden="tanh", output="softmax")
LETTERS = "ABCDEF"  # no slope, no 1/m, no bias, right, no transpose, turned sign


def loss_and_gradient(letter, theta, X, t):
    """Backprop, with the bug that the letter stands for."""
    work = nn.trace(NET, theta, X, t, "cross_entropy")
    W_2, H_1 = nn.unpack(NET, theta)[1][0], work.H[1]
    delta_2 = work.delta[2] * {"B": len(X), "F": -1}.get(letter, 1)
    delta_1 = delta_2 @ (W_2 if letter == "E" else W_2.T)
    if letter != "A":
        delta_1 = delta_1 * (1 - H_1**2)
    keep = letter != "C"
    layers = (X.T @ delta_1, keep * delta_1.sum(axis=0)), (H_1.T @ delta_2, keep * delta_2.sum(axis=0))
    return work.J, nn.pack(NET, layers)


def gradient_of(*args):
    return loss_and_gradient(*args)[1]


@cache
def samples(start, m=60):
    X, t = nn.data.blobs(m, seed=start, classes=3)
    return X + np.array([1.0, 0.5]), t


@cache
def trained(start, letter, m=60):
    """θ before each epoch, and the losses there."""
    X, t = samples(start, m)
    theta, path, losses = 0.1 * nn.initialize(NET, "glorot_normal", seed=start), [], []
    for _ in range(301):
        J, g = loss_and_gradient(letter, theta, X, t)
        path.append(theta)
        losses.append(J)
        theta = theta - 0.02 * g
    return path, np.array(losses)


def block_errors(start, letter, epoch):
    """The relative errors of W₁, b₁, W₂ and b₂."""
    theta, (X, t) = trained(start, letter)[0][epoch], samples(start)
    g, n = gradient_of(letter, theta, X, t), nn.numerical_gradient(NET, theta, X, t, "cross_entropy")
    blocks = zip(*([x for layer in nn.unpack(NET, v) for x in layer] for v in (g, n)), strict=True)
    return [np.linalg.norm(p - q) / max(np.linalg.norm(p), np.linalg.norm(q)) for p, q in blocks]


@claim(
    "Exactly one climbs.",
    "Exactly one climbs. And the fastest of the five is not the right one",
    "One of them goes uphill, and steadily.",
)
def one_climbs(start):
    losses = {letter: trained(start, letter)[1] for letter in LETTERS}
    falls = [letter for letter in LETTERS if losses[letter][-1] < losses[letter][0]]
    return "".join(falls) == "ABCDE" and np.all(np.diff(losses["F"]) > 0)


@claim(
    "The one that falls fastest ends below 0.01.",
    "And the fastest of the five is not the right one: look at its bars.",
    "The gradient without its 1/m trained fastest in the lab.",
    "Its loss falls fastest, but its bars are orange.",
    "D has four blue bars, and its loss falls more slowly than that of a wrong one.",
    "so the relative error is 59/60 at every epoch. With 20 samples it would be 19/20",
    "a factor k gives 1 − 1/k.",
)
def fastest(start):
    losses = {letter: trained(start, letter)[1] for letter in LETTERS}
    first = {e: min(LETTERS, key=lambda letter: losses[letter][e]) for e in (30, 100, 300)}
    wrong = [block_errors(start, "B", epoch) for epoch in (0, 100, 300)]
    theta, (X, t) = trained(start, "D")[0][100], samples(start)
    g, n = gradient_of("B", theta, X[:20], t[:20]), gradient_of("D", theta, X[:20], t[:20])
    twenty = np.linalg.norm(g - n) / np.linalg.norm(g)
    ends = set(first.values()) == {"B"} and losses["B"][-1] < 0.01
    return ends and np.allclose(wrong, 59 / 60, atol=1e-6) and abs(twenty - 19 / 20) < 1e-12


@claim(
    "60 · 0.02 = 1.2, which this loss happens to bear. With 600 samples it acts like 12: within the first ten epochs "
    "the loss more than doubles in one of them. Then it recovers, and ends below 0.05."
)
def ten_times_the_samples(start):
    losses = trained(start, "B", 600)[1]
    leaps = np.max(losses[1:11] / losses[:10]) > 2
    return np.all(np.diff(trained(start, "B")[1]) < 0) and leaps and losses[-1] < 0.05


@claim("The two gradients differ by twice their length, in every block and at every epoch")
def turned_sign(start):
    return all(np.allclose(block_errors(start, "F", epoch), 2, atol=0.005) for epoch in (0, 100, 300))


@claim(
    "A forgotten slope does: near z = 0 the slope of tanh is 1, and forgetting it hardly harms $W_1$ at first.",
    "At small weights the slope of tanh is nearly 1, so without it the error of W₁ is small until units saturate, and "
    "grows then. A transpose is wrong from the start.",
    "At the start units are not saturated, and a forgotten slope hardly shows.",
)
def slope_or_transpose(start):
    no_slope = [block_errors(start, "A", epoch)[0] for epoch in (0, 100, 300)]
    return no_slope[0] < 0.1 and np.all(np.diff(no_slope) > 0) and block_errors(start, "E", 0)[0] > 0.2


@claim(
    "Rounding stays below 10⁻⁶, the dashed line.",
    "Blue bars below the dashed 10⁻⁶ are rounding, and orange bars are wrong.",
)
def rounding(start):
    return max(max(block_errors(start, "D", epoch)) for epoch in (0, 50, 100, 200, 300)) < 1e-6


@claim("(The error of $b_1$ is large for both from the start:")
def error_of_the_bias(start):
    return min(block_errors(start, letter, 0)[1] for letter in "AE") > 0.3


@claim("Yes: |0 − n|/|n| is exactly 1 in both.")
def no_bias(start):
    wrong = [block_errors(start, "C", epoch) for epoch in (0, 100, 300)]
    return all(W_1 < 1e-6 and W_2 < 1e-6 and b_1 == b_2 == 1 for W_1, b_1, W_2, b_2 in wrong)


@claim(
    "Now name each program's fault from your notes.",
    "dealt by lot, so that you cannot read here which letter has which",
)
def the_key_comes_last(start):
    sources = [cell.source for cell in cells(next(p for p in NOTEBOOKS if p.stem.startswith("11"))).cells]
    place = {
        key: next(i for i, s in enumerate(sources) if key in s) for key in ("11-q4", "how to read such", "who was who")
    }
    before = "\n".join(sources[: place["11-q4"]])
    named = [f'"{letter}": "{fault}' for letter in LETTERS for fault in ("no ", "right", "turned")]
    asked = " ".join(q["question"] for q in questions("11") if q["id"] in ("11-q4", "11-q5", "11-q6", "11-q7"))
    hidden = not any(name in before for name in named) and not any(c.isdigit() for c in asked)
    return hidden and place["11-q4"] < place["how to read such"] < place["who was who"]


@claim(
    "Only at the good point the right program alone passes.",
    "With one sample 1/m is 1, so B passes.",
    "A symmetric $W_2$ is its own transpose, so E passes.",
    "59 samples: with 20 of each class the gradient is 0 here,",
    "and none of the six can be judged",
)
def where_a_bug_hides(start):
    plain, (X, t) = trained(start, "D")[0][100], samples(start)
    (W_1, b_1), (W_2, b_2) = nn.unpack(NET, plain)
    symmetric = nn.pack(NET, [(W_1, b_1), (W_2 + W_2.T, b_2)])

    def marks(theta, X, t):
        verdicts = (
            nn.gradient_check(NET, theta, X, t, "cross_entropy", gradient=gradient_of(letter, theta, X, t)).verdict
            for letter in LETTERS
        )
        return "".join({"agree": "o", "disagree": ".", "cannot be judged": "?"}[verdict] for verdict in verdicts)

    return [
        marks(plain, X, t), marks(plain, X[:1], t[:1]), marks(0 * plain, X[1:], t[1:]), marks(0 * plain, X, t),
        marks(symmetric, X, t),
    ] == ["...o..", ".o.o..", "?..??.", "??????", "...oo."]  # fmt: skip


def spoiled(net, g, factor):
    """The gradient g with layer 1 multiplied by a factor."""
    (W_1, b_1), *rest = nn.unpack(net, g)
    return nn.pack(net, [(factor * W_1, factor * b_1), *rest])


@claim(
    "it would pass the right gradient, a turned layer and a forgotten one alike,",
    "The largest slope of J lies below that floor.",
    "Standardized, J is below 1, and the turned layer is seen.",
)
def a_large_loss_drowns_the_gradient(start):
    net = nn.mlp([3, 6, 1])
    theta, X = nn.initialize(net, seed=start), np.random.default_rng(start).normal(size=(20, 3))
    T = 2.1e10 + 4e9 * X[:, :1]
    seen = []
    for target in (T, nn.data.standardize(T)[0]):
        J, g = nn.backprop(net, theta, X, target)
        reports = [nn.gradient_check(net, theta, X, target, gradient=spoiled(net, g, k)) for k in (1, 0, -1)]
        seen.append((J < 2, abs(g).max() < reports[0].floor, [report.verdict for report in reports]))
    return seen == [(False, True, ["cannot be judged"] * 3), (True, False, ["agree", "disagree", "disagree"])]


@claim(
    "The layers above are not in the list: they were judged, and agree.",
    "and with three the doubled layer is seen.",
    "In the lowest layers of the deep network too little is left of it to stand out from rounding.",
    "On its way back each layer of sigmoids shrinks the gradient to about a quarter",
)
def a_deep_gradient_drowns(start):
    X, t = nn.data.moons(20, seed=start)
    reports, ratio = [], 0
    for hidden in (16, 3):
        net = nn.mlp([2, *[8] * hidden, 1], hidden="sigmoid", output="sigmoid")
        theta = nn.initialize(net, seed=start)
        g = nn.backprop(net, theta, X, t, "bce")[1]
        reports.append(nn.gradient_check(net, theta, X, t, "bce", gradient=spoiled(net, g, 2)))
        if hidden == 16:
            first, *_, last = (abs(b).max() for _, b in nn.unpack(net, g))
            ratio = (first / last) ** (1 / hidden)
            # a layer that was judged is one whose mistake would have been seen
            parts = [(2.0 if l == 17 else 1.0) * v for l, pair in enumerate(nn.unpack(net, g), 1) for v in pair]
            top = nn.pack(net, list(zip(parts[::2], parts[1::2], strict=True)))
            seen = nn.gradient_check(net, theta, X, t, "bce", gradient=top).verdict
    deep, shallow = reports
    blind = set(deep.blind)
    return (
        (deep.verdict, shallow.verdict, seen) == ("cannot be judged", "disagree", "disagree")
        and {"W_1", "b_1"} <= blind and not blind & {"W_10", "b_10", "W_17", "b_17"} and 0.15 < ratio < 0.35
    )  # fmt: skip


@claim("Two forward passes catch all five wrong gradients.")
def along_one_direction(start):
    plain, (X, t) = trained(start, "D")[0][100], samples(start)
    v = np.random.default_rng(start).normal(size=NET.size)
    up, down = (
        nn.loss_value(nn.forward(NET, plain + s * v, X), t, "cross_entropy") for s in (6e-6, -6e-6)
    )  # fmt: skip
    off = {letter: abs(gradient_of(letter, plain, X, t) @ v - (up - down) / 1.2e-5) for letter in LETTERS}
    return off.pop("D") < 1e-7 and min(off.values()) > 1e-4


@claim(
    "so a forgotten b₂ escapes whenever all its entries of v are equal: in one case of four with three classes, in "
    "every second case with two."
)
def a_coin_misses(start):
    for classes, share in ((2, 1 / 2), (3, 1 / 4)):
        net = nn.mlp([2, 3, classes], hidden="tanh", output="softmax")
        theta, (X, t) = nn.initialize(net, seed=start), nn.data.blobs(31, seed=start, classes=classes)
        b_2 = nn.unpack(net, nn.backprop(net, theta, X, t, "cross_entropy")[1])[-1][1]
        missed = [abs(b_2 @ coins) < 1e-12 for coins in product((-1, 1), repeat=classes)]
        if np.mean(missed) != share:
            return False
    return True


@claim(
    "First comes your case: one unit that is sure of the wrong answer, so that its slopes are tiny.",
    "Beside a J of ½ rounding makes about 10⁻¹⁰ at most, far less than 3 · 10⁻⁹. Beside a J of 1,000 it could make all "
    "of it.",
    "J is about ½, and the other slopes are as small.",
)
def a_tiny_slope_twice_too_large(start):
    net, found = nn.mlp([1, 1], output="sigmoid"), []
    for b, target in ((19.6 + 0.01 * start, 0.0), (23.4, -44.0)):
        at = [np.array([0.0, b]), [[1.0]], [[target]]]
        J, g = nn.backprop(net, *at)
        report = nn.gradient_check(net, *at, gradient=2 * g)
        found.append((J, np.all(abs(g - 3e-9) < 5e-10), report.floor, report.verdict))
    (small, same, low, first), (large, alike, high, second) = found
    sizes = abs(small - 0.5) < 0.01 and abs(large - 1000) < 20 and same and alike and low < 1.3e-10 and high > 3e-9
    return sizes and (first, second) == ("disagree", "cannot be judged")


@claim(
    "A large loss** lifts the rounding floor above every slope. Standardize the targets.",
    "In a dead layer** all slopes are 0, and twice 0 is 0. Take another θ.",
    "At a kink** a right gradient fails, too.",
    "An error of 10⁻⁹** beside slopes near 1 passes.",
)
def what_a_check_does_not_see(start):
    net = nn.mlp([3, 6, 1], hidden="relu")
    theta, X = nn.initialize(net, seed=start), np.random.default_rng(start).normal(size=(5, 3))
    T, ((W_1, b_1), layer_2) = X[:, :1] ** 2, nn.unpack(net, theta)
    unit, b_kink = abs(layer_2[0]).argmax(), b_1.copy()
    b_kink[unit] = 1e-6 - X[0] @ W_1[:, unit]
    dead, kink = (nn.pack(net, [(W_1, b), layer_2]) for b in (b_1 - 20, b_kink))
    seen = []
    for at, target in ((theta, T), (theta, 1e10 + 1e9 * T), (dead, T), (kink, T)):
        g = nn.backprop(net, at, X, target)[1]
        seen += [nn.gradient_check(net, at, X, target, gradient=v).verdict for v in (g, spoiled(net, g, 2))]
    g = nn.backprop(net, theta, X, T)[1]
    g[abs(g).argmax()] += 1e-9
    off = nn.gradient_check(net, theta, X, T, gradient=g)
    blind = ["cannot be judged"] * 4
    hint = nn.gradient_check(net, kink, X, T).hint
    return (
        seen == ["agree", "disagree", *blind, "disagree", "disagree"] and off.verdict == "agree"
        and hint.startswith("J has a kink right here")
    )  # fmt: skip


@claim(
    "With small weights a softmax over K classes must cost about log K.",
    "A penalty must raise it.",
    "The loss must come close to 0.",
    "check at epoch 30",
)
def the_checklist(start):
    images, labels = nn.data.digits()
    drawn = np.random.default_rng(start).permutation(len(images))[:20]
    net = nn.mlp([64, 16, 10], hidden="tanh", output="softmax")
    theta, at = nn.initialize(net, seed=start), (images[drawn], labels[drawn], "cross_entropy")
    way = [nn.train(net, theta, *at, nn.sgd(0.5), batch_size=None, epochs=n).theta for n in (30, 300)]
    small, plain, at_last = (nn.backprop(net, v, *at)[0] for v in (0.1 * theta, theta, way[1]))
    penalized = nn.backprop(net, theta, *at, l2=0.1)[0] > plain
    errors = []
    for v in (theta, way[0]):
        g, n = nn.backprop(net, v, *at)[1], nn.numerical_gradient(net, v, *at)
        errors.append(np.max(abs(g - n) / np.maximum(np.maximum(abs(g), abs(n)), abs(g).max() / 1000)))
    return abs(small - np.log(10)) < 0.05 and penalized and at_last < 0.02 and max(errors) < 1e-6


@claim('return f"error {error:.1e}" if error else "no error at all"')
def a_slope_without_any_error(start):
    w, errors = 1 / 450, []
    for h in 10.0 ** np.arange(-13, -2.9, 0.5):
        errors.append(abs((max(w + h, 0) - max(w - h, 0)) / (2 * h) - 1))
    return min(errors) == 0 and max(errors[:-1]) < 1e-3

"""What chapter 11 says of six gradients, five of them wrong, and of the networks that they train."""

from functools import cache

import numpy as np

import nnlib as nn
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
    for _ in range(301 if m == 60 else 11):
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


@claim("Exactly one climbs.", "only the turned sign climbs.", "One of them goes uphill, and steadily.")
def one_climbs(start):
    losses = {letter: trained(start, letter)[1] for letter in LETTERS}
    falls = [letter for letter in LETTERS if losses[letter][-1] < losses[letter][0]]
    return "".join(falls) == "ABCDE" and np.all(np.diff(losses["F"]) > 0)


@claim(
    "The one that falls fastest ends below 0.01.",
    "And the fastest of the five is not the right one.",
    "The gradient without its 1/m trained fastest in the lab.",
    "all four errors are 0.983 with m = 60 samples, and the loss falls fastest.",
)
def fastest(start):
    losses = {letter: trained(start, letter)[1] for letter in LETTERS}
    first = {e: min(LETTERS, key=lambda letter: losses[letter][e]) for e in (30, 100, 300)}
    wrong = np.round(block_errors(start, "B", 100), 3)
    return set(first.values()) == {"B"} and losses["B"][-1] < 0.01 and np.all(wrong == 0.983)


@claim(
    "60 · 0.02 = 1.2, which this loss happens to bear. With 600 samples it acts like 12, and within the first ten "
    "epochs the loss leaps uphill."
)
def ten_times_the_samples(start):
    losses = trained(start, "B", 600)[1]
    return np.all(np.diff(trained(start, "B")[1]) < 0) and np.max(losses[1:] / losses[:-1]) > 1.25


@claim("all four relative errors are 2.00 at every epoch, and the loss climbs.")
def turned_sign(start):
    return all(np.allclose(block_errors(start, "F", epoch), 2, atol=0.005) for epoch in (0, 100, 300))


@claim(
    "A's error in W₁ starts below 0.1 and grows as the network learns; E's is above 0.2 at the start.",
    "A forgotten slope does: near z = 0 the slope of tanh is 1, and forgetting it hardly harms $W_1$, at first.",
    "At small weights the slope of tanh is nearly 1, so forgetting it costs little until units saturate. A transpose "
    "is wrong from the start.",
)
def slope_or_transpose(start):
    no_slope = [block_errors(start, "A", epoch)[0] for epoch in (0, 100, 300)]
    return no_slope[0] < 0.1 and np.all(np.diff(no_slope) > 0) and block_errors(start, "E", 0)[0] > 0.2


@claim("Rounding stays below 1e−6, the dashed line.", "Blue bars, below the dashed 1e−6, are rounding;")
def rounding(start):
    return max(max(block_errors(start, "D", epoch)) for epoch in (0, 50, 100, 200, 300)) < 1e-6


@claim("(The error of $b_1$ is large for both from the start:")
def error_of_the_bias(start):
    return min(block_errors(start, letter, 0)[1] for letter in "AE") > 0.3


@claim("The loss falls, but later than with D.")
def no_bias_is_late(start):
    (_, without), (_, right) = trained(start, "C"), trained(start, "D")
    half = [np.argmax(losses < 0.6 * losses[0]) for losses in (without, right)]
    return half[0] > half[1] > 0 and without[-1] > right[-1]


@claim(
    "Trust only the first row's ok.",
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
    "The largest slope of J lies below it.",
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


@claim("All five wrong ones are caught by two forward passes.")
def along_one_direction(start):
    plain, (X, t) = trained(start, "D")[0][100], samples(start)
    v = np.random.default_rng(start).normal(size=NET.size)
    up, down = (
        nn.loss_value(nn.forward(NET, plain + s * v, X), t, "cross_entropy") for s in (6e-6, -6e-6)
    )  # fmt: skip
    off = {letter: abs(gradient_of(letter, plain, X, t) @ v - (up - down) / 1.2e-5) for letter in LETTERS}
    return off.pop("D") < 1e-7 and min(off.values()) > 1e-4

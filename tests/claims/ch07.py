"""Chapter 07's claims: likelihoods that underflow, waits, means of libraries, and the slopes that a loss mends."""

import numpy as np

import nnlib as nn
from tests.chapters import NOTEBOOKS, text
from tests.claims import claim

PAGE = text(next(path for path in NOTEBOOKS if path.stem.startswith("07")))

NET = nn.mlp([1, 4, 4, 4, 4, 1], hidden="sigmoid", output="sigmoid")


def _sizes(start, loss):
    theta = nn.initialize(NET, seed=start)
    theta[-1] = -10.0
    work = nn.trace(NET, theta, [[1.0]], [[1.0]], loss)
    return np.array([np.abs(work.dW[layer]).max() for layer in range(1, 6)])


@claim("*all* layers get slopes thousands of times as large, and each layer by the same factor.")
def every_slope_grows_alike(start):
    factors = _sizes(start, "bce") / _sizes(start, "l2")
    return factors.min() > 2000 and np.allclose(factors, factors[0], rtol=1e-9)


@claim("So the ratio of first to last is the same in every digit.")
def the_ratio_stays(start):
    l2, bce = (_sizes(start, loss) for loss in ("l2", "bce"))
    return np.isclose(l2[0] / l2[-1], bce[0] / bce[-1], rtol=1e-9) and bce[0] < bce[-1] / 10


@claim("The slope of J in z is the [error signal](../book/glossary.md#error-signal) δ.")
def one_error_signal_comes_before_a_matrix_of_them(start):
    """δ of a unit is named before δ_L, and h(1 - h) only where h is said."""
    one, many = PAGE.index("#error-signal) δ"), PAGE.index(r"\delta_L")
    return one < many and PAGE.index("h(1 − h)") > many


@claim(
    "By the chain rule each of them puts its own slope h(1 − h) into the product, where h is the output of that unit."
)
def hidden_sigmoids_stay_in_the_product(start):
    net = nn.mlp([1, 1, 1, 1], hidden="sigmoid", output="sigmoid")
    theta, x = 2 * np.random.default_rng(start).normal(size=net.size), 0.7
    for loss in ("l2", "bce"):
        work = nn.trace(net, theta, [[x]], [[1.0]], loss)
        h1, h2, (w2, w3) = work.H[1][0, 0], work.H[2][0, 0], (nn.unpack(net, theta)[k][0][0, 0] for k in (1, 2))
        product = work.delta[3][0, 0] * w3 * h2 * (1 - h2) * w2 * h1 * (1 - h1) * x
        if not np.isclose(work.dW[1][0, 0], product, rtol=1e-9):
            return False
    return True


@claim("By default PyTorch and Keras average both of these losses over samples *and* outputs")
def a_mean_over_outputs_too_divides_by_their_number(start):
    """What their documentation states, (1/mn) Σ (y - t)², has 2/n times the slopes of ½ squared error."""
    rng = np.random.default_rng(start)
    for n in (1, 2, 4, 10):
        Y, T, h = rng.normal(size=(6, n)), rng.normal(size=(6, n)), 1e-6
        way = rng.normal(size=Y.shape)
        theirs = (np.mean((Y + h * way - T) ** 2) - np.mean((Y - h * way - T) ** 2)) / (2 * h)
        ours = (nn.loss_value(Y + h * way, T, "l2") - nn.loss_value(Y - h * way, T, "l2")) / (2 * h)
        absolute = np.mean(np.abs(Y - T)) / nn.loss_value(Y, T, "mae")
        if not np.isclose(theirs / ours, 2 / n, rtol=1e-5) or not np.isclose(absolute, 1 / n, rtol=1e-12):
            return False
    return True


def _rides(start):
    return np.random.default_rng(start).normal(20, 1, 20).round(1)


def _heights(rides, y):
    return np.exp(-((rides - y) ** 2) / 2) / np.sqrt(2 * np.pi)


@claim(
    "With one ride or five the likelihood is small at 30, but above 0. With twenty it is 0 there",
    "Minus its log is a parabola everywhere.",
    "At each of the twenty rides its bell has a height of about 10⁻²².",
)
def twenty_densities_underflow(start):
    rides, y = _rides(start), np.linspace(10, 30, 41)
    small = [np.prod(_heights(rides[:count], 30.0)) for count in (1, 5)]
    logs = np.array([-np.log(_heights(rides, v)).sum() for v in y])
    return (
        all(0 < p < 1e-15 for p in small)
        and np.prod(_heights(rides, 30.0)) == 0
        and np.allclose(np.diff(logs, 2), 20 * 0.5**2, rtol=1e-6)
        and abs(np.log10(_heights(rides, 30.0)).mean() + 22) < 3
    )


@claim(
    "When the start lies 2 lower, cross-entropy needs two epochs more. "
    "Squared error needs 4.57, 5.25 and 6.68 times as many epochs, "
    "and from still lower starts e², about 7.4 times as many."
)
def the_wait_grows_by_a_factor(start):
    unit, found = nn.mlp([1, 1], output="sigmoid"), {}
    for loss in ("l2", "bce"):
        for first in (-1.0, -3.0, -5.0, -7.0):
            seen = [first]
            nn.train(
                unit,
                np.array([first, 0.0]),
                [[1.0]],
                [[1.0]],
                loss=loss,
                optimizer=nn.sgd(0.5),
                epochs=1200,
                callback=lambda epoch, theta, _, seen=seen: seen.append(theta.sum()),
            )
            found[loss, first] = int(np.argmax(np.array(seen) > 0))
    waits = [found["l2", first] for first in (-1.0, -3.0, -5.0, -7.0)]
    factors = [round(b / a, 2) for a, b in zip(waits[:-1], waits[1:], strict=True)]
    more = np.diff([found["bce", first] for first in (-1.0, -3.0, -5.0, -7.0)])
    # Far out a step is e^z, and the wait from z is the integral of e^-z.
    z = np.linspace(-15, 0, 200_001)
    push = (1 - nn.activations.sigmoid(z)) ** 2 * nn.activations.sigmoid(z)
    wait = np.cumsum(1 / push[::-1]) * (z[1] - z[0])
    far = wait[-1] / wait[np.searchsorted(-z[::-1], 13)]
    return factors == [4.57, 5.25, 6.68] and (more == 2).all() and abs(far / np.exp(2) - 1) < 0.01

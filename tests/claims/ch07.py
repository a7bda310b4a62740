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


@claim(
    "so *all* layers get larger slopes, each layer by the same factor: 1/(y(1 − y)) of the output, here 32,035.",
)
def every_slope_grows_alike(start):
    factors = _sizes(start, "bce") / _sizes(start, "l2")
    theta = nn.initialize(NET, seed=start)
    theta[-1] = -10.0
    y = nn.forward(NET, theta, [[1.0]])[0, 0]
    here = start or round(factors[0]) == 32035
    return here and factors.min() > 2000 and np.allclose(factors, 1 / (y * (1 - y)), rtol=1e-9)


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
    "With the twenty rides the likelihood is 0 at y = 30, and no slope is left to follow.",
    "Minus its log is a parabola everywhere.",
    "At y = 30 twenty heights of about 10⁻²² multiply to 10⁻⁴⁴⁰, and float64 has no number between 0 and 5·10⁻³²⁴.",
)
def twenty_densities_underflow(start):
    rides, y = _rides(start), np.linspace(10, 30, 41)
    logs = np.array([-np.log(_heights(rides, v)).sum() for v in y])
    return (
        np.prod(_heights(rides, 30.0)) == 0
        and np.prod(_heights(rides, 29.5)) == 0
        and np.allclose(np.diff(logs, 2), 20 * 0.5**2, rtol=1e-6)
        and abs(np.log10(_heights(rides, 30.0)).mean() + 22) < 3
    )


@claim(
    "When the start lies 2 lower, cross-entropy needs two epochs more. "
    "Squared error needs 4.57, 5.25 and 6.68 times as many epochs, "
    "and from still lower starts e², about 7.4 times as many.",
    "Far out its push is about $e^{z}$, so the wait grows like $e^{-z}$.",
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


@claim(
    "With the four rides −log is smallest at y = 21.",
    "Another fixed s divides every push by s², and the best y stays.",
    "e⁻⁷² times as high as a bell at its middle, and a step toward that ride gains more than the three lose.",
)
def a_bell_asks_for_the_mean(start):
    """On the page's four rides, and on drawn ones; for any width; the push is minus the slope, by differences."""
    rng, y = np.random.default_rng(start), np.arange(10, 30.25, 0.25)

    def minus_log(rides, v, s=1.0):
        return np.sum((rides - v) ** 2 / (2 * s**2) + np.log(s * np.sqrt(2 * np.pi)))

    drawn, s = rng.uniform(15, 25, size=5), rng.uniform(0.5, 3)
    best = [y[np.argmin([minus_log(np.array([17.0, 18, 19, 30]), v, width) for v in y])] for width in (1.0, s)]
    of_drawn = [y[np.argmin([minus_log(drawn, v, width) for v in y])] for width in (1.0, s)]
    push = [(minus_log(drawn, 20 - 1e-4, width) - minus_log(drawn, 20 + 1e-4, width)) / 2e-4 for width in (1.0, s)]
    at_18 = -np.diff([minus_log(np.array([17.0, 18, 19, 30]), v) for v in (18.0, 18.5)])[0]
    return (
        best == [21, 21]
        and of_drawn[0] == of_drawn[1]
        and abs(of_drawn[0] - drawn.mean()) <= 0.125 + 1e-9
        and np.isclose(push[1], push[0] / s**2, rtol=1e-6)
        and at_18 > 0
    )


@claim(
    "For absolute error the best y is the [median](../book/glossary.md#median): "
    "at most half of the rides lie above it, and at most half below. "
    "(With an even number, any y between the middle two.)"
)
def the_median_with_ties_and_without(start):
    rng = np.random.default_rng(start)
    for rides in (rng.integers(10, 16, size=5), rng.integers(10, 16, size=6), rng.uniform(10, 20, size=6)):
        middle = np.sort(rides)[[(len(rides) - 1) // 2, len(rides) // 2]].astype(float)
        inside = [np.abs(rides - v).sum() for v in np.linspace(*middle, 9)]
        around = [np.abs(rides - v).sum() for v in np.linspace(5, 25, 401)]
        apart = [np.abs(rides - v).sum() for v in (middle[0] - 0.1, middle[1] + 0.1)]
        balanced = max((rides > middle[0]).sum(), (rides < middle[0]).sum()) <= len(rides) / 2
        if not (np.allclose(inside, min(inside)) and min(around) > min(inside) - 1e-9 and min(apart) > min(inside)):
            return False
        if not balanced:
            return False
    return True


@claim(
    "But at −1 its push is 22 times that at −5",
    "throws z beyond the minimum, here onto the other flat end, and afterwards z swings around 1.10 forever.",
    "With cross-entropy η = 1 suits all.",
)
def no_single_rate_suits_squared_error(start):
    """Three yes and one no; the start lies between -6 and -4, where the page takes -5."""
    sigma, z = nn.activations.sigmoid, -5 + np.random.default_rng(start).uniform(-1, 1) * (start > 0)
    T = np.array([1.0, 1, 1, 0])
    push = [(1 - sigma(at)) ** 2 * sigma(at) for at in (-1.0, -5.0)]
    squared, crossed = [z], [z]
    for _ in range(600):
        y = sigma(squared[-1])
        squared.append(squared[-1] - 75 * np.mean((y - T) * y * (1 - y)))
        crossed.append(crossed[-1] - np.mean(sigma(crossed[-1]) - T))
    late = np.array(squared[-99:])
    return (
        round(push[0] / push[1]) == 22
        and max(squared) > (1.9 if start else 5)
        and late.min() < 0.9
        and late.max() > 1.4
        and abs(crossed[40] - np.log(3)) < 0.05
    )


@claim(
    "At z = −0.1 the slope of a ReLU is 0, whatever the target. The bias never moves, and the loss stays at 2.",
    "And a ReLU at the output can be dead, as above, even if no target is negative: below 0 its slope is 0.",
)
def a_dead_output_never_learns(start):
    rng = np.random.default_rng(start)
    t, bias = (2.0, -0.1) if start == 0 else (rng.uniform(0, 5), -rng.uniform(0.01, 2))
    ends = {}
    for output in ("relu", "identity"):
        run = nn.train(
            nn.mlp([1, 1], output=output), np.array([0.0, bias]), [[0.0]], [[t]], optimizer=nn.sgd(0.1), epochs=200
        )
        ends[output] = run.theta[1]
    return ends["relu"] == bias and abs(ends["identity"] - t) < 1e-6


@claim(
    "The mean surprise is least at y = p.",
    "What is left there, 0.325, is the [entropy](../book/glossary.md#entropy) of p",
    "from p: 0.145 for the bold y = 0.99.",
)
def a_forecast_costs_least_at_the_true_share(start):
    p = 0.9 if start == 0 else np.random.default_rng(start).uniform(0.05, 0.95)
    y = np.linspace(0.001, 0.999, 999)
    J = [nn.loss_value([[v]], [[p]], "bce") for v in y]
    entropy = -p * np.log(p) - (1 - p) * np.log(1 - p)
    page = start or (f"{entropy:.3f}", f"{nn.loss_value([[0.99]], [[p]], 'bce') - entropy:.3f}") == ("0.325", "0.145")
    return page and abs(y[np.argmin(J)] - p) < 1e-3 and min(J) >= entropy - 1e-12


@claim("The best s is the typical miss (root mean square), different for each kind.")
def the_best_width_is_the_typical_miss(start):
    rng, s = np.random.default_rng(start), np.linspace(0.5, 9, 851)
    for scatter in (2.0, 6.0):
        miss = rng.normal(0, scatter, 500)
        best = s[np.argmin(np.mean(miss**2) / (2 * s**2) + np.log(s))]
        if abs(best - np.sqrt(np.mean(miss**2))) > 0.01:
            return False
    return True

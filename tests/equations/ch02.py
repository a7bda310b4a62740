"""Chapter 02: one neuron, its line, its gates, what it cannot do, and the rule that learns from mistakes."""

from itertools import product

import numpy as np
from scipy.optimize import linprog

import nnlib as nn
from tests.equations import equation

GATES = ("and", "or", "nand", "nor")


@equation("eq-neuron")
def a_neuron_is_a_weighted_sum_and_a_bend():
    r"""
    \begin{aligned}
    z &= w_1 x_1 + w_2 x_2 + b\\
    h &= g(z)\\[1ex]
    \underbrace{Z}_{(m,\,1)} &= \underbrace{X}_{(m,\,2)}\;\underbrace{W}_{(2,\,1)} + \underbrace{b}_{(1,)}\\
    \underbrace{H}_{(m,\,1)} &= g(Z)
    \end{aligned}
    """
    rng = np.random.default_rng(2)
    X = rng.normal(size=(6, 2))
    for name in ("step", "sigmoid"):
        net, theta = nn.mlp([2, 1], output=name), rng.normal(size=3)
        (W, b), = nn.unpack(net, theta)  # fmt: skip
        assert W.shape == (2, 1) and b.shape == (1,)
        work = nn.trace(net, theta, X)
        w1, w2, bias = theta
        for i, (x1, x2) in enumerate(X):  # the first line, for one input
            z = w1 * x1 + w2 * x2 + bias
            h = (1.0 if z >= 0 else 0.0) if name == "step" else 1 / (1 + np.exp(-z))
            assert np.isclose(work.Z[1][i, 0], z, rtol=1e-13) and np.isclose(work.H[1][i, 0], h, rtol=1e-13)
        assert np.allclose(work.Z[1], X @ W + b, rtol=1e-13)  # the second, for all of them
        along = np.array([-w2, w1])  # the boundary is at right angles to w: z does not change along it
        assert np.allclose(nn.trace(net, theta, X + 0.7 * along).Z[1], work.Z[1], atol=1e-12)


@equation("eq-nand")
def nand_leaves_an_interval_closed_below_and_open_above():
    r"""
    \begin{aligned}
    00:\quad & 1 \ge 0\\
    01:\quad & 1 + w_2 \ge 0\\
    10:\quad & 0.7 \ge 0\\
    11:\quad & 0.7 + w_2 < 0\\
    \text{all:}\quad & {-1} \le w_2 < -0.7
    \end{aligned}
    """
    net, (X, T) = nn.mlp([2, 1], output="step"), nn.data.gates("nand")
    for w2 in np.concatenate([np.linspace(-2, 0, 401), [-1.0, -0.7, np.nextafter(-1, -2), np.nextafter(-0.7, -1)]]):
        computes = np.array_equal(nn.forward(net, np.array([-0.3, w2, 1.0]), X), T)
        four = 1 >= 0 and 1 + w2 >= 0 and 0.7 >= 0 and 0.7 + w2 < 0
        assert computes == four == (-1 <= w2 < -0.7)


@equation("eq-xor")
def the_two_diagonals_have_the_same_sum():
    r"""
    \begin{aligned}
    \underbrace{(w_2 + b)}_{01:\ \ge 0} + \underbrace{(w_1 + b)}_{10:\ \ge 0} &\ge 0\\
    \underbrace{b}_{00:\ <0} + \underbrace{(w_1 + w_2 + b)}_{11:\ <0} &< 0
    \end{aligned}
    """
    rng = np.random.default_rng(2)
    net, (X, T) = nn.mlp([2, 1], output="step"), nn.data.xor()
    for _ in range(50):
        theta = rng.normal(size=3)
        z00, z01, z10, z11 = nn.trace(net, theta, X).Z[1][:, 0]
        w1, w2, b = theta
        assert np.isclose((w2 + b) + (w1 + b), z01 + z10) and np.isclose(b + (w1 + w2 + b), z00 + z11)
        assert np.isclose(z01 + z10, z00 + z11, atol=1e-12)
        assert np.isclose(z01 + z10, w1 + w2 + 2 * b, atol=1e-12)
    for gate in (*GATES, "xor", "xnor"):  # a linear program finds no weights for these two
        t = nn.data.gates(gate)[1][:, 0]
        rows = (1 - 2 * t)[:, None] * np.c_[X, np.ones(4)]
        assert (linprog(np.zeros(3), rows, -np.ones(4), bounds=(None, None)).status == 0) == (gate in GATES)
    assert T.ravel().tolist() == [0, 1, 1, 0]


@equation("eq-xor-loss")
def no_neuron_has_a_smaller_loss_of_xor():
    r"""
    \begin{aligned}
    4J &= s(z_{00}) + s(-z_{01})\\
    &\quad {}+ s(-z_{10}) + s(z_{11})\\
    J &\ge s\left(\frac{z_{00} - z_{01} - z_{10} + z_{11}}{4}\right)\\
    &= s(0) = \ln 2
    \end{aligned}
    """

    def s(z):
        return np.log1p(np.exp(z))

    rng = np.random.default_rng(2)
    net, (X, T) = nn.mlp([2, 1], output="sigmoid"), nn.data.xor()
    for size in (0.01, 1.0, 5.0) * 100:
        work = nn.trace(net, size * rng.normal(size=3), X, T, "bce")
        z00, z01, z10, z11 = work.Z[1][:, 0]
        assert np.isclose(4 * work.J, s(z00) + s(-z01) + s(-z10) + s(z11), rtol=1e-10)
        assert abs(z00 - z01 - z10 + z11) < 1e-12 and s(0) == np.log(2)
        assert work.J > np.log(2)
        at = rng.normal(scale=3, size=4)  # of any four places: s bends upward
        assert s(at).mean() >= s(at.mean())
    assert nn.trace(net, np.zeros(3), X, T, "bce").J == np.log(2)


@equation("eq-distance")
def the_nearest_point_of_the_line_is_that_far():
    r"""
    \begin{aligned}
    \text{distance} &= \frac{|z|}{\lVert w\rVert}\\
    &= \frac{|w_1x_1 + w_2x_2 + b|}{\sqrt{w_1^2 + w_2^2}}\\
    \frac{|kz|}{\lVert kw\rVert} &= \frac{|z|}{\lVert w\rVert}
    \end{aligned}
    """
    rng = np.random.default_rng(2)
    for _ in range(20):
        w, b, x = rng.normal(size=2), rng.normal(), rng.normal(size=2)
        z = nn.trace(nn.mlp([2, 1], output="sigmoid"), np.array([*w, b]), x[None]).Z[1][0, 0]
        on_it = -b * w / (w @ w) + np.linspace(-20, 20, 400_001)[:, None] * np.array([-w[1], w[0]]) / np.hypot(*w)
        nearest = np.hypot(*(on_it - x).T).min()  # by looking at points of the line, one by one
        assert np.isclose(abs(z) / np.hypot(*w), nearest, atol=1e-7)
        assert np.isclose(abs(w[0] * x[0] + w[1] * x[1] + b) / np.sqrt(w[0] ** 2 + w[1] ** 2), nearest, atol=1e-7)


@equation("eq-distance")
def scaling_both_keeps_the_line_and_sharpens():
    rng = np.random.default_rng(2)
    net, step = nn.mlp([2, 1], output="sigmoid"), 1e-6
    for k in (0.25, 2.0, 4.0):
        theta, x = rng.normal(size=3), rng.normal(size=(1, 2))
        z = nn.trace(net, theta, x).Z[1][0, 0]
        kz = nn.trace(net, k * theta, x).Z[1][0, 0]
        w, b = theta[:2], theta[2]
        assert np.isclose(kz, k * z, rtol=1e-12)
        assert np.isclose(abs(kz) / np.hypot(*(k * w)), abs(z) / np.hypot(*w), rtol=1e-12)
        foot, up = -b * w / (w @ w), w / np.hypot(*w)
        assert np.isclose(nn.forward(net, k * theta, foot[None])[0, 0], 0.5, atol=1e-12)
        rise = nn.forward(net, k * theta, np.stack([foot + step * up, foot - step * up]))[:, 0]
        assert np.isclose((rise[0] - rise[1]) / (2 * step), k * np.hypot(*w) / 4, rtol=1e-6)
        alone = np.array([*(k * w), b])  # scaling w alone moves the line, as the text says
        assert not np.isclose(nn.forward(net, alone, foot[None])[0, 0], 0.5, atol=1e-3)


@equation("eq-logistic")
def the_output_is_a_probability_and_z_its_log_odds():
    r"""
    \begin{aligned}
    y &= p(t = 1 \mid x) = \sigma(z)\\
    &= \frac{1}{1 + e^{-z}}\\
    z &= \ln\frac{y}{1 - y}
    \end{aligned}
    """
    rng = np.random.default_rng(2)
    net = nn.mlp([2, 1], output="sigmoid")
    theta, X = rng.normal(size=3), rng.normal(size=(40, 2))
    work = nn.trace(net, theta, X)
    z, y = work.Z[1][:, 0], work.H[1][:, 0]
    assert np.allclose(y, 1 / (1 + np.exp(-z)), rtol=1e-13)
    assert np.allclose(np.log(y / (1 - y)), z, atol=1e-12)
    assert np.array_equal(nn.predict(net, theta, X), (z >= 0).astype(int))
    assert nn.predict(net, np.array([1.0, 1.0, -1.0]), [[0.0, 1.0]]).tolist() == [1]  # the tie
    # the likelihood of observed 0s and 1s under p(t = 1 | x) = y is what binary cross-entropy is made of
    t = (rng.uniform(size=40) < 0.5).astype(float)
    likelihood = np.prod([p if one else 1 - p for p, one in zip(y, t, strict=True)])
    assert np.isclose(-np.log(likelihood) / 40, nn.loss_value(y[:, None], t[:, None], "bce"))


@equation("eq-clouds")
def round_clouds_have_linear_log_odds():
    r"""z = \frac{\lVert x - c_0\rVert^2 - \lVert x - c_1\rVert^2}{2 s^2}"""
    rng = np.random.default_rng(2)
    for _ in range(10):
        c0, c1, x, s = rng.normal(size=2), rng.normal(size=2), rng.normal(size=2), rng.uniform(0.5, 2)
        density = [np.prod(np.exp(-((x - c) ** 2) / (2 * s**2)) / (s * np.sqrt(2 * np.pi))) for c in (c0, c1)]
        z = (((x - c0) ** 2).sum() - ((x - c1) ** 2).sum()) / (2 * s**2)
        assert np.isclose(1 / (1 + np.exp(-z)), density[1] / (density[0] + density[1]))
        w, b = (c1 - c0) / s**2, ((c0**2).sum() - (c1**2).sum()) / (2 * s**2)
        assert np.isclose(z, nn.trace(nn.mlp([2, 1], output="sigmoid"), np.array([*w, b]), x[None]).Z[1][0, 0])


def separable_data(rng, gamma_wanted):
    """Points with a known separating arrow of length 1, and a margin no smaller than asked."""
    u = rng.normal(size=3)
    u /= np.linalg.norm(u)
    X = rng.uniform(-1, 1, size=(200, 2))
    s = np.c_[X, np.ones(200)] @ u
    keep = np.abs(s) >= gamma_wanted
    return X[keep], (s[keep] > 0).astype(float), np.abs(s[keep]).min()


def perceptron(X, t, rounds):
    """The rule as printed, and what each mistake did."""
    w, b, mistakes = np.zeros(X.shape[1]), 0.0, 0
    for _ in range(rounds):
        before = mistakes
        for x, target in zip(X, t, strict=True):
            h = nn.activations.step(x @ w + b)
            if h != target:
                w, b, mistakes = w + (target - h) * x, b + (target - h), mistakes + 1
        if mistakes == before:
            return w, b, mistakes, True
    return w, b, mistakes, False


@equation("eq-perceptron")
def the_rule_separates_what_can_be_separated():
    r"""
    \begin{aligned}
    w &\leftarrow w + (t - h)\,x \\
    b &\leftarrow b + (t - h)
    \end{aligned}
    """
    net = nn.mlp([2, 1], output="step")
    for table in product([0.0, 1.0], repeat=4):
        X = nn.data.xor()[0]
        w, b, _, stopped = perceptron(X, np.array(table), 200)
        possible = table not in ((0, 1, 1, 0), (1, 0, 0, 1))
        assert stopped == possible
        if possible:
            assert nn.forward(net, np.array([*w, b]), X).ravel().tolist() == list(table)


@equation("eq-mistake-bound")
def mistakes_are_at_most_r_over_gamma_squared():
    r"""M \le \left(\frac{R}{\gamma}\right)^2"""
    rng = np.random.default_rng(2)
    for gamma_wanted in (0.02, 0.05, 0.1, 0.2) * 5:
        X, t, gamma = separable_data(rng, gamma_wanted)
        R = np.linalg.norm(np.c_[X, np.ones(len(X))], axis=1).max()
        _, _, M, stopped = perceptron(X, t, 100_000)
        assert stopped and M <= (R / gamma) ** 2
    u = np.array([1.0, 1.0, -1.5]) / np.sqrt(4.25)  # AND: without the square the bound would be false
    X, t = nn.data.gates("and")
    gamma = np.abs(np.c_[X, np.ones(4)] @ u).min()
    _, _, M, stopped = perceptron(X, t[:, 0], 100)
    assert stopped and np.sqrt(3) / gamma < M <= (np.sqrt(3) / gamma) ** 2

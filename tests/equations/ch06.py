"""Chapter 06's formulas, as printed, against nnlib's own steps, nudges, SymPy and brute force."""

import numpy as np
import sympy

import nnlib as nn
from tests.equations import equation

UNIT = nn.mlp([3, 1])


def _data(m=7, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(m, 3)), rng.normal(size=(m, 1)), rng.normal(size=4)


def _run(slope, w, lr, count):
    """nnlib's steps on any slope; every point on the way."""
    rule, w = nn.sgd(lr), np.array(w, dtype=float)
    state, seen = rule.state(w), [w.copy()]
    for _ in range(count):
        rule.step(w, slope(w), state)
        seen.append(w.copy())
    return np.array(seen)


@equation("eq-step")
def the_step_is_minus_eta_times_the_slope():
    r"""w \leftarrow w - \eta\,\frac{\mathrm{d}J}{\mathrm{d}w}"""

    def J(w):
        return np.exp(0.3 * w) + 0.1 * w**2

    for start in (-4.0, 1.0, 3.0):
        slope = np.imag(J(start + 1e-30j)) / 1e-30
        printed = start - 0.05 * slope
        after = _run(lambda w: np.imag(J(w + 1e-30j)) / 1e-30, [start], 0.05, 1)[-1, 0]
        assert abs(after - printed) < 1e-15
        assert J(printed) < J(start) < J(start + 0.05 * slope)


@equation("eq-descent-path")
def every_step_multiplies_by_the_same_factor():
    r"""
    \begin{gathered}
    w_t = (1 - \eta c)^t\, w_0\\
    w_t \to 0 \;\text{ exactly for }\; 0 < \eta < \frac{2}{c}
    \end{gathered}
    """
    for c in (0.5, 1.0, 8.0):
        for lr in (0.02, 0.1, 0.3, 1 / c, 1.9 / c, 2.1 / c):
            path = _run(lambda w, c=c: c * w, [2.0], lr, 12)[:, 0]
            assert np.allclose(path, (1 - lr * c) ** np.arange(13) * 2.0, rtol=1e-12, atol=1e-15)
        for share, arrives in ((1e-3, True), (0.999, True), (1.001, False), (-1e-3, False)):
            w = 2.0
            for _ in range(20_000):
                w -= share * 2 / c * c * w
                if abs(w) > 1e3:
                    break
            assert (abs(w) < 1e-6) == arrives


@equation("eq-fall")
def the_curvature_takes_back():
    r"""
    \begin{gathered}
    J(w - \eta g) - J(w)\\
    = -\underbrace{\eta\, g^2}_{\text{promised}}\;
    \underbrace{\Big(1 - \frac{\eta c}{2}\Big)}_{\text{share that is kept}}
    \end{gathered}
    """
    w, c, lr = sympy.symbols("w c eta", positive=True)
    g = sympy.diff(c * w**2 / 2, w)
    fall = c * (w - lr * g) ** 2 / 2 - c * w**2 / 2
    assert sympy.simplify(fall + lr * g**2 * (1 - lr * c / 2)) == 0
    start, after = _run(lambda w: 3 * w, [1.5], 0.4, 1)[:, 0]
    printed = -0.4 * 4.5**2 * (1 - 0.4 * 3 / 2)
    assert np.isclose(1.5 * after**2 - 1.5 * start**2, printed, rtol=1e-12)


@equation("eq-steepest")
def against_the_gradient_falls_furthest():
    r"""
    \begin{gathered}
    J(w + s) - J(w) \approx \underbrace{g \cdot s}_{g_1 s_1 + g_2 s_2}\\
    g \cdot s \;\ge\; -\lVert g\rVert\,\lVert s\rVert
    \end{gathered}
    """
    X, T, theta = _data()

    def J(theta):
        return nn.backprop(UNIT, theta, X, T, "l2")[0]

    g = nn.numerical_gradient(UNIT, theta, X, T, "l2")
    rng, length = np.random.default_rng(1), 1e-5
    nudges = rng.normal(size=(200, 4))
    nudges *= length / np.linalg.norm(nudges, axis=1, keepdims=True)
    bound = -np.linalg.norm(g) * length
    changes = np.array([J(theta + s) - J(theta) for s in nudges])
    assert np.allclose(changes, nudges @ g, rtol=0, atol=1e-9)
    assert (nudges @ g >= bound).all()
    down = -g / np.linalg.norm(g) * length
    assert np.isclose(down @ g, bound, rtol=1e-12)
    assert np.isclose(J(theta + down) - J(theta), bound, rtol=1e-4)
    assert J(theta + down) - J(theta) < changes.min()
    along = nudges[0] - (nudges[0] @ g) / (g @ g) * g  # on the contour
    assert abs(J(theta + along) - J(theta)) < 1e-4 * abs(bound)


@equation("eq-linear-slope")
def slopes_of_a_linear_unit():
    r"""
    \underbrace{\frac{\partial J}{\partial w}}_{(n,\,1)} = \frac{1}{m}\;\underbrace{X^\top}_{(n,\,m)}\;
    \underbrace{(Xw + b - t)}_{(m,\,1)}
    """
    for m in (1, 2, 7):
        X, T, theta = _data(m)
        w, b = theta[:3, None], theta[3]
        printed = X.T @ (X @ w + b - T) / m
        assert printed.shape == (3, 1)
        nudged = nn.numerical_gradient(UNIT, theta, X, T, "l2")
        assert np.allclose(printed.ravel(), nudged[:3], rtol=0, atol=1e-8)
        assert np.isclose((X @ w + b - T).mean(), nudged[3], rtol=0, atol=1e-8)
        assert np.allclose(printed.ravel(), nn.backprop(UNIT, theta, X, T, "l2")[1][:3], rtol=1e-12)


@equation("eq-ravine")
def each_direction_goes_its_own_way():
    r"""
    \begin{gathered}
    w_{k,t} - w_k^{*} = (1 - \eta c_k)^t\,\big(w_{k,0} - w_k^{*}\big)\\
    \text{all arrive for }\; 0 < \eta < \frac{2}{c_{\max}}
    \end{gathered}
    """
    a, b = np.meshgrid([-1.0, 1.0], [-1.0, 1.0])
    X = np.stack([a.ravel(), b.ravel() / np.sqrt(10)], axis=1)  # mean squares 1 and 1/10, not correlated
    w_star, start, unit = np.array([1.0, -1.0]), np.array([3.0, 0.5]), nn.mlp([2, 1])
    T = X @ w_star[:, None]
    for lr in (0.3, 1.0, 1.99):
        theta = np.r_[start, 0.0]
        after = nn.train(unit, theta, X, T, optimizer=nn.sgd(lr), epochs=25, batch_size=None).theta
        printed = (1 - lr * np.array([1.0, 0.1])) ** 25 * (start - w_star)
        assert np.allclose(after[:2] - w_star, printed, rtol=0, atol=1e-12)
    for lr, arrives in ((1.98, True), (2.02, False)):
        after = nn.train(unit, np.r_[start, 0.0], X, T, optimizer=nn.sgd(lr), epochs=3000, batch_size=None).theta
        assert (np.abs(after[:2] - w_star).max() < 1e-6) == arrives


@equation("eq-best-rate")
def both_factors_equal():
    r"""
    \begin{gathered}
    \eta = \frac{2}{c_{\min} + c_{\max}}\\
    |1 - \eta c| = \frac{\kappa - 1}{\kappa + 1} \;\text{ for both}
    \end{gathered}
    """
    for low, high in ((0.1, 1.0), (0.5, 50.0), (2.0, 3.0)):
        rates = np.linspace(0, 2 / high, 200_001)
        worst = np.maximum(abs(1 - rates * low), abs(1 - rates * high))
        kappa = high / low
        assert np.isclose(rates[worst.argmin()], 2 / (low + high), rtol=1e-4)
        assert np.isclose(worst.min(), (kappa - 1) / (kappa + 1), rtol=0, atol=1e-4)
        c = np.array([low, high])
        factors = _run(lambda w, c=c: c * w, [1.0, 1.0], 2 / (low + high), 1)[-1]
        assert np.allclose(factors, 1 - 2 / (low + high) * c, rtol=1e-12)
        assert np.allclose(abs(factors), (kappa - 1) / (kappa + 1), rtol=1e-12)


def _floor(lr, batch, count=2000):
    """The exact rms of a bias that learns unit noise: nnlib's answer to each sample alone, squared and summed."""
    net = nn.mlp([1, count])
    h = nn.train(
        net, np.zeros(net.size), np.zeros((count, 1)), np.eye(count), optimizer=nn.sgd(lr), epochs=1, batch_size=batch
    )
    return np.sqrt(np.sum(h.theta[count:] ** 2))


@equation("eq-floor", slow=True)
def floor_by_the_answer_to_every_single_sample():
    r"""\text{floor} = \frac{1}{\sqrt{B}}\,\sqrt{\frac{\eta}{2 - \eta}}"""
    for lr, batch in ((0.1, 1), (0.5, 1), (1.5, 1), (0.2, 4), (0.5, 16)):
        assert np.isclose(_floor(lr, batch), np.sqrt(lr / (2 - lr)) / np.sqrt(batch), rtol=1e-9)


@equation("eq-floor-variance")
def variance_at_rest():
    r"""
    \begin{gathered}
    V = (1 - \eta)^2\, V + \frac{\eta^2}{B}\\
    \Longrightarrow\quad V = \frac{1}{B}\,\frac{\eta}{2 - \eta}
    \end{gathered}
    """
    lr, V, B = sympy.symbols("eta V B", positive=True)
    rest = sympy.solve(sympy.Eq(V, (1 - lr) ** 2 * V + lr**2 / B), V)
    assert len(rest) == 1 and sympy.simplify(rest[0] - lr / (2 - lr) / B) == 0
    value = 0.0
    for _ in range(500):
        value = (1 - 0.2) ** 2 * value + 0.2**2 / 4
    assert np.isclose(value, _floor(0.2, 4) ** 2, rtol=1e-9)


@equation("eq-floor-ravine", slow=True)
def variance_at_rest_where_the_curvature_scatters():
    r"""V = \frac{\eta\,\sigma^2}{1 - \eta}, \qquad 0 < \eta < 1"""
    signs = np.array([[a, b, c] for a in (-1.0, 1.0) for b in (-1.0, 1.0) for c in (-1.0, 1.0)])
    X, sigma = signs[:, :2], 0.5
    for eta in (0.1, 0.2, 0.5, 0.9, 0.99):
        # The matrix of second moments of the distance, averaged over the eight samples, update after update.
        M = np.zeros((2, 2))
        for _ in range(8000):
            steps = [np.eye(2) - eta * np.outer(x, x) for x in X]
            kicks = [eta * sigma * sign * x for sign, x in zip(signs[:, 2], X, strict=True)]
            M = np.mean([A @ M @ A.T + np.outer(k, k) for A, k in zip(steps, kicks, strict=True)], axis=0)
        assert np.isclose(np.trace(M), eta * sigma**2 / (1 - eta), rtol=1e-9)
    growth = [np.mean([np.sum((np.eye(2) - eta * np.outer(x, x)) ** 2) for x in X]) / 2 for eta in (0.999, 1.0, 1.001)]
    assert growth[0] < 1 and growth[1] == 1 and growth[2] > 1

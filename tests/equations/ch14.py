"""Chapter 14's formulas, as printed, against nnlib's own steps, brute force over η and β, NumPy and SymPy."""

import numpy as np
import sympy

import nnlib as nn
from tests.equations import equation


def _walk(rule, curvatures, start, count):
    """Every θ, and every velocity, of nnlib's steps on a bowl."""
    c, w = np.asarray(curvatures, dtype=float), np.array(start, dtype=float)
    state, path, speed = rule.state(w), [w.copy()], [np.zeros_like(w)]
    for _ in range(count):
        rule.step(w, c * w, state)
        path.append(w.copy())
        speed.append(state.s.copy())
        if np.abs(w).max() > 1e9:
            break
    return np.array(path), np.array(speed)


def _arrives(rule, c, count=6000):
    path, _ = _walk(rule, [c], [1.0], count)
    return np.abs(path[-1, 0]) < 1e-3


@equation("eq-momentum")
def two_lines_are_nnlibs_step():
    r"""
    \begin{gathered}
    v \leftarrow \beta\, v + g\\
    \underbrace{\theta}_{(P,)} \leftarrow \theta - \eta \underbrace{v}_{(P,)}
    \end{gathered}
    """
    rng = np.random.default_rng(0)
    for lr, beta in ((0.1, 0.9), (0.03, 0.5), (0.2, 0.0)):
        theta, v = rng.normal(size=5), np.zeros(5)
        stepped, rule = theta.copy(), nn.momentum(lr, beta)
        state = rule.state(stepped)
        for _ in range(6):
            g = rng.normal(size=5)
            rule.step(stepped, g, state)
            v = beta * v + g
            theta = theta - lr * v
            assert np.allclose(stepped, theta, rtol=1e-14) and np.allclose(state.s, v, rtol=1e-14)


@equation("eq-gains")
def slopes_that_agree_and_slopes_that_swing():
    r"""
    \begin{gathered}
    1 + \beta + \beta^2 + \dots = \frac{1}{1 - \beta}\\
    1 - \beta + \beta^2 - \dots = \frac{1}{1 + \beta}
    \end{gathered}
    """
    for beta in (0.0, 0.3, 0.9, 0.97):
        for sign, printed in ((1.0, 1 / (1 - beta)), (-1.0, 1 / (1 + beta))):
            rule, theta = nn.momentum(1e-3, beta), np.zeros(1)
            state = rule.state(theta)
            for t in range(1500):
                rule.step(theta, np.array([sign**t]), state)
            assert np.isclose(abs(state.s[0]), printed, rtol=1e-12)
            assert np.isclose(abs(sum((sign * beta) ** k for k in range(1500))), printed, rtol=1e-12)


@equation("eq-two-back")
def two_distances_instead_of_a_velocity():
    r"""
    e_{t+1} = e_t \;\underbrace{-\,\eta c\, e_t}_{\text{slope}}\;
    \underbrace{+\,\beta\,(e_t - e_{t-1})}_{\text{last step, kept}}
    """
    for lr, beta, c in ((0.1, 0.9, 3.0), (0.7, 0.4, 2.0), (0.02, 0.99, 1.0)):
        e = _walk(nn.momentum(lr, beta), [c], [1.3], 40)[0][:, 0]
        printed = e[1:-1] - lr * c * e[1:-1] + beta * (e[1:-1] - e[:-2])
        assert np.allclose(e[2:], printed, rtol=0, atol=1e-12)


@equation("eq-roots")
def powers_of_the_roots_make_the_path():
    r"""r^2 - (1 + \beta - \eta c)\, r + \beta = 0"""
    for lr, beta, c in ((0.04, 0.5, 1.0), (0.04, 0.9, 1.0), (1.1, 0.3, 3.2), (0.3, 0.7, -0.5)):
        first, second = np.roots([1, -(1 + beta - lr * c), beta])
        assert np.isclose(first * second, beta) and not np.isclose(first, second)
        e = _walk(nn.momentum(lr, beta), [c], [1.0], 30)[0][:, 0]
        share = np.linalg.solve([[1, 1], [first, second]], e[:2].astype(complex))
        t = np.arange(len(e))
        printed = share[0] * first**t + share[1] * second**t
        assert np.allclose(printed, e, rtol=1e-9, atol=1e-10 * np.abs(e).max())


@equation("eq-ring")
def borders_by_runs():
    r"""
    \begin{gathered}
    (1 - \sqrt\beta)^2 < \eta c < (1 + \sqrt\beta)^2\\
    0 < \eta c < 2\,(1 + \beta)
    \end{gathered}
    """
    for beta in (0.0, 0.25, 0.64, 0.9):
        edge = 2 * (1 + beta)
        for share, arrives in ((1e-2, True), (0.99, True), (1.01, False), (-0.01, False)):
            assert _arrives(nn.momentum(share * edge, beta) if share > 0 else nn.momentum(0.01, beta),
                            1.0 if share > 0 else -1.0) == arrives  # fmt: skip
    for beta in (0.25, 0.64, 0.81):
        low, high = (1 - np.sqrt(beta)) ** 2, (1 + np.sqrt(beta)) ** 2
        for push, rings in ((0.9 * low, False), (1.1 * low, True), (0.97 * high, True), (1.02 * high, False)):
            e = _walk(nn.momentum(push, beta), [1.0], [1.0], 10)[0][:, 0]
            # The two coefficients of the recursion, measured on the run, say whether its roots are a pair.
            sum_, product = np.linalg.solve([[e[1], -e[0]], [e[2], -e[1]]], e[2:4])
            assert (sum_**2 < 4 * product) == rings
            if rings:
                pair = np.roots([1, -sum_, product])
                assert np.allclose(abs(pair), np.sqrt(beta), rtol=1e-9)


def _slowest(lr, beta, c):
    p = 1 + beta - np.multiply.outer(lr, c)
    disc = np.sqrt((p * p - 4 * beta).astype(complex))
    return np.maximum(abs(p + disc), abs(p - disc)).max(axis=-1) / 2


@equation("eq-best-momentum")
def no_other_pair_is_faster():
    r"""
    \begin{gathered}
    \eta = \left(\frac{2}{\sqrt{c_{\min}} + \sqrt{c_{\max}}}\right)^{\!2}\\
    \beta = \left(\frac{\sqrt\kappa - 1}{\sqrt\kappa + 1}\right)^{\!2}
    \end{gathered}
    """
    for low, high in ((1.0, 100.0), (0.5, 2.0), (0.01, 1.0)):
        lr = (2 / (np.sqrt(low) + np.sqrt(high))) ** 2
        kappa = high / low
        beta = ((np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)) ** 2
        c = np.linspace(low, high, 60)
        assert np.allclose([lr * low, lr * high], [(1 - np.sqrt(beta)) ** 2, (1 + np.sqrt(beta)) ** 2])
        best = _slowest(np.array([lr]), beta, c)[0]
        assert np.isclose(best, np.sqrt(beta), rtol=1e-6)
        rates = np.linspace(0.05, 1.3, 251) * lr
        others = min(_slowest(rates, b, c).min() for b in np.linspace(0, 0.99, 199))
        assert best <= others + 1e-9 and others < best * 1.03
        # nnlib's steps: both ends of the bowl stand on a border of the ring, so both have a double root, ±√β.
        t, path = np.arange(60), _walk(nn.momentum(lr, beta), [low, high], [1.0, 1.0], 59)[0]
        for k, s in ((0, np.sqrt(beta)), (1, -np.sqrt(beta))):
            assert np.allclose(path[:, k], (1 + (1 - s) * t) * s**t, rtol=0, atol=1e-9)
    assert np.isclose(lr * low, 0.0330578512397) and np.isclose(beta, 0.669421487603)


@equation("eq-double-root")
def on_both_borders():
    r"""e_t = \big(1 + (1 - s)\,t\big)\, s^t\, e_0"""
    t = np.arange(60)
    for beta in (0.25, 0.64, (9 / 11) ** 2):
        for s in (np.sqrt(beta), -np.sqrt(beta)):
            e = _walk(nn.momentum((1 - s) ** 2, beta), [1.0], [1.7], 59)[0][:, 0]
            assert np.allclose((1 + (1 - s) * t) * s**t * 1.7, e, rtol=0, atol=1e-9)


@equation("eq-momentum-matrix")
def one_linear_step():
    r"""
    \underbrace{\begin{pmatrix} v \\ e \end{pmatrix}}_{(2,\,1)} \leftarrow
    \underbrace{\begin{pmatrix} \beta & c\\ -\eta\beta & 1{-}\eta c \end{pmatrix}}_{(2,\,2)}
    \underbrace{\begin{pmatrix} v \\ e \end{pmatrix}}_{(2,\,1)}
    """
    for lr, beta, c in ((0.04, 0.9, 1.0), (0.5, 0.3, 3.0)):
        M = np.array([[beta, c], [-lr * beta, 1 - lr * c]])
        e, v = (a[:, 0] for a in _walk(nn.momentum(lr, beta), [c], [1.0], 20))
        both = np.stack([v, e], axis=1)
        assert np.allclose(both[1:], both[:-1] @ M.T, rtol=0, atol=1e-12)
        assert np.isclose(np.trace(M), 1 + beta - lr * c) and np.isclose(np.linalg.det(M), beta)


@equation("eq-convert")
def the_average_is_the_sum_in_another_unit():
    r"""
    \begin{gathered}
    u = (1 - \beta)\, v\\
    \eta_{\text{sum}} = (1 - \beta)\;\eta_{\text{EMA}}
    \end{gathered}
    """
    rng = np.random.default_rng(1)
    for lr, beta in ((0.1, 0.9), (0.5, 0.98)):
        theta = rng.normal(size=3)
        stepped, u, rule = theta.copy(), np.zeros(3), nn.momentum((1 - beta) * lr, beta)
        state = rule.state(stepped)
        for _ in range(50):
            g = np.sin(theta) + theta
            rule.step(stepped, np.sin(stepped) + stepped, state)
            u = beta * u + (1 - beta) * g
            theta = theta - lr * u
            assert np.allclose(theta, stepped, rtol=0, atol=1e-12)
            assert np.allclose(u, (1 - beta) * state.s, rtol=0, atol=1e-12)


@equation("eq-nesterov")
def three_lines_are_nnlibs_step():
    r"""
    \begin{gathered}
    \theta = x - \eta\beta v \quad\text{(look ahead)}\\
    v \leftarrow \beta v + g(\theta)\\
    x \leftarrow x - \eta v
    \end{gathered}
    """
    for lr, beta in ((0.1, 0.9), (0.3, 0.5)):
        rule, theta = nn.nesterov(lr, beta), np.array([1.0, -2.0])
        state, x, v = rule.state(theta), theta.copy(), np.zeros(2)
        for _ in range(30):
            ahead = x - lr * beta * v
            assert np.allclose(ahead, theta, rtol=0, atol=1e-12)
            v = beta * v + np.sin(ahead) + 2 * ahead
            x = x - lr * v
            rule.step(theta, np.sin(theta) + 2 * theta, state)
            assert np.allclose(state.s, v, rtol=0, atol=1e-12)


@equation("eq-nesterov-quadratic")
def a_smaller_memory_on_a_parabola():
    r"""\beta' = \beta\,(1 - \eta c)"""
    for lr, beta, c in ((0.3, 0.9, 1.5), (0.1, 0.99, 1.0), (0.25, 0.5, 5.0)):
        rule, theta = nn.nesterov(lr, beta), np.array([1.0])
        state, x, v, less = rule.state(theta), 1.0, 0.0, beta * (1 - lr * c)
        for _ in range(40):
            rule.step(theta, c * theta, state)
            v = less * v + c * x
            x = x - lr * v
            assert np.isclose(theta[0] + lr * beta * state.s[0], x, rtol=0, atol=1e-12)
    r, b, push = sympy.symbols("r beta x", positive=True)
    edge = sympy.solve((r**2 - (1 + b * (1 - push) - push) * r + b * (1 - push)).subs(r, -1), push)
    assert len(edge) == 1 and sympy.simplify(edge[0] - 2 * (1 + b) / (1 + 2 * b)) == 0
    assert _arrives(nn.nesterov(1.35, 0.9), 1.0) and not _arrives(nn.nesterov(1.365, 0.9), 1.0)

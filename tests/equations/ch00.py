"""Chapter 00: nudges, tables, logarithms, mean and variance, as printed, against nnlib, complex steps and loops."""

import math

import numpy as np
import sympy as sp

import nnlib as nn
from tests.equations import equation

RNG = np.random.default_rng(0)


def nudge_ratio(f, x, h):
    """The fraction as printed, before the limit."""
    return (f(x + h) - f(x)) / h


def complex_step(f, x):
    """f′ without a subtraction."""
    return np.imag(f(x + 1e-30j)) / 1e-30


@equation("eq-nudge-ratio")
def ratio_tends_to_the_slope():
    r"""
    \begin{gathered}
    f'(x) = \lim_{h \to 0} \frac{f(x + h) - f(x)}{h}\\
    f(x + h) \approx f(x) + f'(x)\,h
    \end{gathered}
    """
    curves = {"tanh": np.tanh, "exp": np.exp, "sin": np.sin}
    for name, f in curves.items():
        for x in (-1.3, 0.5, 0.9):
            slope = complex_step(f, x)
            far, near = (nudge_ratio(f, x, h) - slope for h in (1e-3, 1e-4))
            assert abs(near) < 2e-4 and abs(far / near - 10) < 0.1
            # The second line: what the line misses is of the order h².
            first, second = (f(x + h) - (f(x) + slope * h) for h in (1e-2, 1e-3))
            assert abs(first / second - 100) < 2
            if name == "tanh":
                assert math.isclose(slope, nn.activations.slope("tanh", np.tanh(x)), rel_tol=1e-12)
    # The prediction: the gap of x² at 1 is h² exactly; the corner of |x| has two ratios.
    x, h = sp.symbols("x h")
    assert sp.expand((x + h) ** 2 - (x**2 + 2 * x * h)) == h**2
    assert nudge_ratio(abs, 0.0, 1e-9) == 1 and nudge_ratio(abs, 0.0, -1e-9) == -1


@equation("eq-nudge-chain")
def ratios_multiply():
    r"""\frac{df}{dx} = \frac{df}{du}\,\frac{du}{dx}"""
    for x in (-0.7, 0.3, 1.1):
        for inner, outer in ((np.sin, np.exp), (np.tanh, lambda u: u**3), (lambda x: 3 * x, lambda u: u * u)):
            product = complex_step(outer, inner(x)) * complex_step(inner, x)
            assert math.isclose(product, complex_step(lambda v: outer(inner(v)), x), rel_tol=1e-12)  # noqa: B023
        # nnlib's slope of J = ½(tanh x - 0.3)² at x is such a product.
        delta = nn.trace(nn.mlp([1, 1], output="tanh"), np.array([1.0, 0.0]), [[x]], [[0.3]], "l2").delta[1][0, 0]
        assert math.isclose((np.tanh(x) - 0.3) * complex_step(np.tanh, x), delta, rel_tol=1e-12)
    assert math.isclose(nudge_ratio(lambda x: (3 * x) ** 2, 1.0, 1e-8), 3 * 6, rel_tol=1e-6)


@equation("eq-nudge-gradient")
def one_knob_at_a_time():
    r"""
    \begin{gathered}
    \frac{\partial f}{\partial w_1}
    \approx \frac{f(w_1 + h, w_2) - f(w_1, w_2)}{h}\\
    \nabla f = \Big(\frac{\partial f}{\partial w_1},\;
    \frac{\partial f}{\partial w_2}\Big)
    \end{gathered}
    """
    net, theta = nn.mlp([2, 1], output="sigmoid"), np.array([0.4, -0.3, 0.1])
    X, T = np.array([[2.0, -1.0]]), np.array([[1.0]])
    _, gradient = nn.backprop(net, theta, X, T, "l2")

    def J(w1, w2):
        return nn.trace(net, np.array([w1, w2, 0.1]), X, T, "l2").J

    h = 1e-7
    printed = [(J(0.4 + h, -0.3) - J(0.4, -0.3)) / h, (J(0.4, -0.3 + h) - J(0.4, -0.3)) / h]
    assert np.allclose(printed, gradient[:2], rtol=1e-5)
    assert np.allclose(nn.numerical_gradient(net, theta, X, T, "l2"), gradient, rtol=1e-8)
    # What the cell prints: w1² w2 at (3, 2).
    w1, w2 = sp.symbols("w1 w2")
    f = w1**2 * w2
    assert [sp.diff(f, w).subs({w1: 3, w2: 2}) for w in (w1, w2)] == [12, 9]


@equation("eq-nudge-both")
def the_bend_cancels():
    r"""f'(x) \approx \frac{f(x + h) - f(x - h)}{2h}"""
    for x in (-0.4, 1.0):
        errors = [(np.exp(x + h) - np.exp(x - h)) / (2 * h) - np.exp(x) for h in (1e-2, 1e-3)]
        assert abs(errors[0] / errors[1] - 100) < 0.1
        assert abs(nudge_ratio(np.exp, x, 1e-2) - np.exp(x)) > 100 * abs(errors[0])

    def J(w):
        """What a sigmoid unit with the weight w, the input 1 and the target 0 pays."""
        return np.log1p(np.exp(w))

    net = nn.mlp([1, 1], output="sigmoid")
    for w, h in ((-0.4, 1e-1), (1.0, 1e-3)):
        of_nnlib = nn.numerical_gradient(net, np.array([w, 0.0]), [[1.0]], [[0.0]], "bce", step=h)[0]
        assert math.isclose((J(w + h) - J(w - h)) / (2 * h), of_nnlib, rel_tol=1e-11)


@equation("eq-matrix-product")
def rows_meet_columns():
    r"""
    \begin{gathered}
    Z_{ij} = \sum_{k=1}^{n} X_{ik}\,W_{kj}\\[4pt]
    \underbrace{Z}_{(m,\,p)} = \underbrace{X}_{(m,\,n)}\;\underbrace{W}_{(n,\,p)}\\[4pt]
    \begin{pmatrix} x_{11} & x_{12} & x_{13}\\ x_{21} & x_{22} & x_{23} \end{pmatrix}
    \begin{pmatrix} w_1\\ w_2\\ w_3 \end{pmatrix}\\[2pt]
    = \begin{pmatrix}
    x_{11} w_1 + x_{12} w_2 + x_{13} w_3\\
    x_{21} w_1 + x_{22} w_2 + x_{23} w_3
    \end{pmatrix}
    \end{gathered}
    """
    for m, n, p in ((2, 3, 4), (1, 3, 1), (5, 2, 3), (3, 3, 3)):
        X, W = RNG.normal(size=(m, n)), RNG.normal(size=(n, p))
        printed = np.array([[sum(X[i, k] * W[k, j] for k in range(n)) for j in range(p)] for i in range(m)])
        assert printed.shape == (m, p)
        net = nn.mlp([n, p])
        assert np.allclose(nn.forward(net, nn.pack(net, [(W, np.zeros(p))]), X), printed, rtol=1e-13, atol=1e-14)
        assert np.allclose(W.T @ X.T, printed.T)
        if m == n == p:
            assert not np.allclose(W @ X, printed) and not np.allclose(X.T @ W.T, printed.T)
    X, w = RNG.normal(size=(2, 3)), RNG.normal(size=3)
    expanded = [
        X[0, 0] * w[0] + X[0, 1] * w[1] + X[0, 2] * w[2],
        X[1, 0] * w[0] + X[1, 1] * w[1] + X[1, 2] * w[2],
    ]
    assert np.allclose((X @ w[:, None]).ravel(), expanded, rtol=1e-13)


@equation("eq-log-of-product")
def products_become_sums():
    r"""
    \begin{gathered}
    \log(uv) = \log u + \log v\\
    \log u^n = n \log u \qquad e^{u + v} = e^u\, e^v\\[4pt]
    \frac{d}{du} \log u = \frac{1}{u} \qquad \frac{d}{dz}\, e^z = e^z
    \end{gathered}
    """
    for u, v in RNG.uniform(0.01, 5, size=(20, 2)):
        assert math.isclose(math.log(u * v), math.log(u) + math.log(v), rel_tol=1e-12, abs_tol=1e-14)
        for n in (2, 7, 20):
            assert math.isclose(math.log(u**n), n * math.log(u), rel_tol=1e-12, abs_tol=1e-14)
        assert math.isclose(math.exp(u + v), math.exp(u) * math.exp(v), rel_tol=1e-13)
        # Twice nnlib's mean of two losses, -ln(u/5) and -ln(v/5), is minus the logarithm of the product.
        both = 2 * nn.loss_value([[u / 5], [v / 5]], np.ones((2, 1)), "bce")
        assert math.isclose(-math.log(u / 5 * v / 5), both, rel_tol=1e-12)
        assert math.isclose(complex_step(np.log, u), 1 / u, rel_tol=1e-12)
        assert math.isclose(complex_step(np.exp, u), math.exp(u), rel_tol=1e-12)
    # The claim under the rulers: the product is lost, the sum is not.
    assert 0.9**10_000 == 0.0
    assert math.isclose(10_000 * math.log(0.9), -1053.605156578263, rel_tol=1e-13)
    assert math.isclose(10_000 * math.log10(0.9), -457.6, abs_tol=0.05)


@equation("eq-mean-variance")
def mean_and_mean_squared_distance():
    r"""
    \begin{gathered}
    \mu = \frac{1}{m} \sum_{i=1}^{m} x_i\\
    \sigma^2 = \frac{1}{m} \sum_{i=1}^{m} (x_i - \mu)^2
    \end{gathered}
    """
    for m in (1, 4, 30):
        x = 3 + 2 * RNG.normal(size=m)
        mu = sum(x) / m
        variance = sum((value - mu) ** 2 for value in x) / m
        assert math.isclose(mu, x.mean(), rel_tol=1e-13)
        assert math.isclose(variance, x.var(), rel_tol=1e-12, abs_tol=1e-15)
        if m > 1:
            scaled, scaling = nn.data.standardize(x[:, None])
            assert math.isclose(scaling.mean[0], mu, rel_tol=1e-13)
            assert math.isclose(scaling.std[0] ** 2, variance, rel_tol=1e-12)
            assert np.allclose(scaled.ravel(), (x - mu) / math.sqrt(variance), rtol=1e-10, atol=1e-13)

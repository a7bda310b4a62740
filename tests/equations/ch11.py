"""Chapter 11: the formula, its two errors, the step that balances them, the complex step: by sympy and in digits."""

import numpy as np
import sympy as sp

import nnlib as nn
from tests.equations import equation

w, h = sp.symbols("w h")


def expanded(quotient, order=4):
    return sp.series(quotient, h, 0, order).removeO()


def softplus(x):
    """What a sigmoid unit with the weight x, the input 1 and the target 0 pays; its slope is σ(x)."""
    return np.log1p(np.exp(x))


def nudged_by_nnlib(x, step):
    net, theta = nn.mlp([1, 1], output="sigmoid"), np.array([x, 0.0])
    return nn.numerical_gradient(net, theta, [[1.0]], [[0.0]], "bce", step=step)[0]


@equation("eq-central")
def the_difference_is_the_slope_for_small_steps():
    r"""f'(w) \approx \frac{f(w + h) - f(w - h)}{2h}"""
    for f in (sp.exp(w), sp.sin(3 * w), 1 / (2 + w)):
        quotient = (f.subs(w, w + h) - f.subs(w, w - h)) / (2 * h)
        assert sp.simplify(sp.limit(quotient, h, 0) - f.diff(w)) == 0
    for step in (1e-2, 1e-4):
        printed = (softplus(0.3 + step) - softplus(0.3 - step)) / (2 * step)
        assert np.isclose(printed, nudged_by_nnlib(0.3, step), rtol=1e-10)


@equation("eq-truncation")
def the_first_error_term_is_a_sixth_of_the_third_derivative():
    r"""
    \begin{gathered}
    \frac{f(w + h) - f(w - h)}{2h}\\[6pt]
    = f'(w) + \frac{h^2}{6} f'''(w) + \cdots
    \end{gathered}
    """
    for f in (sp.exp(w), sp.sin(3 * w), w**5):
        quotient = (f.subs(w, w + h) - f.subs(w, w - h)) / (2 * h)
        printed = f.diff(w) + h**2 / 6 * f.diff(w, 3)
        assert sp.simplify(expanded(quotient) - printed) == 0
    σ = nn.activations.sigmoid(0.3)
    printed = σ + 0.01**2 / 6 * σ * (1 - σ) * (1 - 2 * σ)
    assert abs(nudged_by_nnlib(0.3, 0.01) - printed) < 1e-3 * abs(printed - σ)


@equation("eq-step-error")
def rounding_makes_the_left_flank():
    r"""\text{error} \approx \frac{h^2}{6}\,|f'''(w)| + \frac{\varepsilon\,|f(w)|}{h}"""
    # Values rounded to float32 by hand, all else exact: on both flanks the printed sum bounds the error, tightly.
    eps = np.finfo(np.float32).eps / 2
    for f, third in ((np.exp, np.exp), (np.sin, lambda x: -np.cos(x))):
        for power in (-6, -5, -4, -3, -2, -1):
            errors, printed = [], []
            for x in np.linspace(1.0, 1.4, 400):
                step = 10.0**power
                up, down = (float(np.float32(f(x + s))) for s in (step, -step))
                slope = np.exp(x) if f is np.exp else np.cos(x)
                errors.append(abs((up - down) / (2 * step) - slope))
                printed.append(step**2 / 6 * abs(third(x)) + eps * abs(f(x)) / step)
            ratio = np.max(np.array(errors) / printed)
            assert 0.5 < ratio < 1.05, (f, power, ratio)


@equation("eq-best-step")
def the_printed_step_is_the_bottom_of_the_sum():
    r"""h = \left(\frac{3\,\varepsilon\,|f|}{|f'''|}\right)^{1/3}"""
    x, e, f, third = sp.symbols("x e f t", positive=True)
    total = x**2 / 6 * third + e * f / x
    best = sp.Rational(1, 3)
    printed = (3 * e * f / third) ** best
    assert sp.simplify(total.diff(x).subs(x, printed)) == 0
    assert sp.simplify(total.diff(x, 2).subs(x, printed)).is_positive
    eps = np.finfo(float).eps / 2
    assert abs((3 * eps) ** (1 / 3) - 6.93e-6) < 1e-8


@equation("eq-component")
def every_component_is_its_own_difference():
    r"""g_i \approx \frac{J(\theta + h\,e_i) - J(\theta - h\,e_i)}{2h}"""
    net = nn.mlp([2, 4, 3], "tanh", "softmax")
    theta = nn.initialize(net, seed=5)
    X, labels = nn.data.blobs(10, seed=2, classes=3)

    def J(p):
        return nn.loss_value(nn.forward(net, p, X), labels, "cross_entropy")

    step = 6e-6
    printed = np.array([(J(theta + step * e) - J(theta - step * e)) / (2 * step) for e in np.eye(net.size)])
    g = nn.backprop(net, theta, X, labels, "cross_entropy")[1]
    assert np.allclose(printed, g, rtol=0, atol=1e-9) and np.abs(g).max() > 0.01
    assert np.allclose(printed, nn.numerical_gradient(net, theta, X, labels, "cross_entropy"), rtol=0, atol=1e-9)
    at_once = (J(theta + step) - J(theta - step)) / (2 * step)
    assert abs(at_once - g.sum()) < 1e-8


@equation("eq-along")
def one_direction_measures_the_product_with_the_gradient():
    r"""
    \begin{gathered}
    \frac{J(\theta + h v) - J(\theta - h v)}{2h}\\[6pt]
    \approx g \cdot v = \sum_{i=1}^{P} g_i v_i
    \end{gathered}
    """
    net = nn.mlp([3, 5, 4, 3], "tanh", "softmax")
    theta, rng = nn.initialize(net, seed=2), np.random.default_rng(4)
    X, labels = rng.normal(size=(7, 3)), rng.integers(0, 3, 7)
    g = nn.backprop(net, theta, X, labels, "cross_entropy")[1]

    def J(p):
        return nn.loss_value(nn.forward(net, p, X), labels, "cross_entropy")

    for _ in range(5):
        v = rng.normal(size=net.size)
        measured = (J(theta + 6e-6 * v) - J(theta - 6e-6 * v)) / 1.2e-5
        assert abs(measured - np.sum(g * v)) < 1e-8 < 1e-3 < abs(measured - g.sum())
    bias = nn.unpack(net, g)[-1][1]  # a softmax's: v all ones does not see them
    assert abs(bias.sum()) < 1e-15 < 1e-3 < np.abs(bias).max()


@equation("eq-relative")
def the_judge_of_nnlib_uses_it():
    r"""r_i = \frac{|g_i - n_i|}{\max(|g_i|, |n_i|)}"""
    net = nn.mlp([2, 3, 1], "tanh", "identity")
    theta = nn.initialize(net, seed=1)
    X, T = np.array([[0.5, -1.0], [1.0, 0.3]]), np.array([[1.0], [-0.5]])
    n = nn.numerical_gradient(net, theta, X, T)
    for factor in (2.0, -1.0, 0.5, 1.01, 0.0):
        report = nn.gradient_check(net, theta, X, T, gradient=factor * n)
        i = report.index
        g_i, n_i = factor * n[i], n[i]
        printed = abs(g_i - n_i) / max(abs(g_i), abs(n_i))
        assert abs(report.error - printed) < 1e-12
    assert abs(6e-9 - 3e-9) / max(6e-9, 3e-9) == 0.5


@equation("eq-complex-step")
def the_imaginary_part_is_the_slope():
    r"""
    \begin{gathered}
    \frac{\operatorname{Im} f(w + i h)}{h}\\[6pt]
    = f'(w) - \frac{h^2}{6} f'''(w) + \cdots
    \end{gathered}
    """
    real, step = sp.symbols("w h", real=True)
    for f in (lambda x: sp.exp(x), lambda x: sp.sin(3 * x), lambda x: x**5):
        quotient = sp.im(sp.expand(sp.series(f(real + sp.I * step), step, 0, 5).removeO(), complex=True)) / step
        slope = f(real).diff(real)
        printed = slope - step**2 / 6 * f(real).diff(real, 3)
        assert sp.simplify(sp.expand(quotient) - printed) == 0
    assert abs(np.exp(1 + 1e-200j).imag / 1e-200 - np.e) < 1e-15

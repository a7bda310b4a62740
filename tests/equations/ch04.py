"""Chapter 04: activations and their slopes, as printed, against nnlib, complex steps and SymPy."""

import numpy as np
import sympy

import nnlib as nn
from nnlib import activations as g
from tests.equations import equation

Z = np.concatenate([np.linspace(-6, 6, 49), [-0.3, 1e-3, 20.0, -20.0]])
FAR = np.array([-1e4, -1000.0, -710.0, 710.0, 1000.0, 1e4])


def printed_sigmoid(z):
    return 1 / (1 + np.exp(-z))


def printed_tanh(z):
    return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))


def complex_step(f, z):
    """f′ without subtraction: the imaginary part of f(z + i·10⁻³⁰), divided by 10⁻³⁰."""
    return np.imag(f(z + 1e-30j)) / 1e-30


@equation("eq-sigmoid")
def sigmoid_is_the_quotient():
    r"""\sigma(z) = \frac{1}{1 + e^{-z}}"""
    assert np.allclose(g.sigmoid(Z), printed_sigmoid(Z), rtol=1e-14, atol=0)
    assert g.sigmoid(0.0) == 0.5
    assert np.array_equal(g.sigmoid(FAR), [0, 0, np.exp(-710.0), 1, 1, 1])


@equation("eq-sigmoid-stable")
def stable_sigmoid_chooses_by_sign():
    r"""
    \sigma(z) = \begin{cases} \dfrac{1}{1 + e^{-|z|}} & z \ge 0 \\[2ex] \dfrac{e^{-|z|}}{1 + e^{-|z|}} & z < 0
    \end{cases}
    """
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        for z in np.concatenate([Z, FAR]):
            e = np.exp(-abs(z))
            printed = 1 / (1 + e) if z >= 0 else e / (1 + e)
            assert np.isclose(g.sigmoid(z), printed, rtol=1e-14, atol=0)
    z = sympy.symbols("z", positive=True)
    one_over = 1 / (1 + sympy.exp(-z))
    assert sympy.simplify(one_over.subs(z, -z) - sympy.exp(-z) / (1 + sympy.exp(-z))) == 0


@equation("eq-sigmoid-slope")
def sigmoid_slope_from_its_output():
    r"""\sigma'(z) = h\,(1 - h), \qquad h = \sigma(z)"""
    h = printed_sigmoid(Z)
    true = complex_step(printed_sigmoid, Z)
    assert np.allclose(h * (1 - h), true, rtol=1e-6, atol=1e-15)
    assert np.allclose(g.slope("sigmoid", g.sigmoid(Z)), true, rtol=0, atol=1e-12)
    assert g.slope("sigmoid", g.sigmoid(Z)).max() == g.slope("sigmoid", 0.5) == 0.25
    z = sympy.symbols("z", real=True)
    s = 1 / (1 + sympy.exp(-z))
    assert sympy.simplify(sympy.diff(s, z) - s * (1 - s)) == 0
    assert sympy.simplify(sympy.diff(s, z) - sympy.exp(-z) / (1 + sympy.exp(-z)) ** 2) == 0


@equation("eq-tanh")
def tanh_is_the_quotient():
    r"""\tanh z = \frac{e^{z} - e^{-z}}{e^{z} + e^{-z}}"""
    assert np.allclose(g.tanh(Z), printed_tanh(Z), rtol=1e-13, atol=0)
    assert np.isfinite(g.tanh(FAR)).all()


@equation("eq-tanh-slope")
def tanh_slope_from_its_output():
    r"""\tanh' z = 1 - h^2, \qquad h = \tanh z"""
    true = complex_step(printed_tanh, Z)
    assert np.allclose(1 - printed_tanh(Z) ** 2, true, rtol=0, atol=1e-12)
    assert np.allclose(g.slope("tanh", g.tanh(Z)), true, rtol=0, atol=1e-12)
    assert g.slope("tanh", 0.0) == 1
    z = sympy.symbols("z", real=True)
    t = (sympy.exp(z) - sympy.exp(-z)) / (sympy.exp(z) + sympy.exp(-z))
    assert sympy.simplify(sympy.diff(t, z) - (1 - t**2)) == 0
    assert sympy.simplify(4 / (sympy.exp(z) + sympy.exp(-z)) ** 2 - (1 - t**2)) == 0


@equation("eq-tanh-sigmoid")
def tanh_is_a_stretched_sigmoid():
    r"""\tanh z = 2\,\sigma(2z) - 1"""
    assert np.allclose(g.tanh(Z), 2 * g.sigmoid(2 * Z) - 1, rtol=0, atol=1e-15)
    z = sympy.symbols("z", real=True)
    assert sympy.simplify((sympy.tanh(z) - (2 / (1 + sympy.exp(-2 * z)) - 1)).rewrite(sympy.exp)) == 0


@equation("eq-relu")
def relu_is_the_larger_of_zero_and_z():
    r"""\operatorname{relu}(z) = \max(0, z)"""
    assert np.array_equal(g.relu(Z), [max(0.0, z) for z in Z])


@equation("eq-relu-slope")
def relu_slope_is_one_or_exactly_zero():
    r"""\operatorname{relu}'(z) = \begin{cases} 1 & z > 0 \\ 0 & z \le 0 \end{cases}"""
    printed = np.array([1.0 if z > 0 else 0.0 for z in Z])
    assert np.array_equal(g.slope("relu", g.relu(Z)), printed)
    away = Z[np.abs(Z) > 1e-4]
    differences = (g.relu(away + 1e-6) - g.relu(away - 1e-6)) / 2e-6
    assert np.allclose(differences, [1.0 if z > 0 else 0.0 for z in away], atol=1e-9)
    assert g.slope("relu", g.relu(0.0)) == 0
    assert [(g.relu(u) - g.relu(0.0)) / u for u in (-1e-9, 1e-9)] == [0, 1]
    for c in (0.0, 0.5, 1.0):  # each is a subgradient at 0, and nothing outside [0, 1] is
        assert (c * Z <= g.relu(Z)).all()
    for c in (-0.1, 1.1):
        assert not (c * Z <= g.relu(Z)).all()


@equation("eq-leaky-relu")
def leaky_relu_keeps_a_hundredth():
    r"""\operatorname{leaky}(z) = \begin{cases} z & z > 0 \\ 0.01\,z & z \le 0 \end{cases}"""
    assert np.array_equal(g.leaky_relu(Z), [z if z > 0 else 0.01 * z for z in Z])
    away = Z[np.abs(Z) > 1e-4]
    differences = (g.leaky_relu(away + 1e-6) - g.leaky_relu(away - 1e-6)) / 2e-6
    assert np.allclose(differences, g.slope("leaky_relu", g.leaky_relu(away)), atol=1e-8)
    assert set(g.slope("leaky_relu", g.leaky_relu(Z))) == {1.0, 0.01}


@equation("eq-weight-slope")
def a_weight_hears_three_factors():
    r"""
    \frac{\partial J}{\partial w} = \underbrace{\frac{\partial J}{\partial h}}_{\text{what the loss wants}}\;
    \underbrace{g'(z)}_{\text{slope}}\;\underbrace{x}_{\text{input}}
    """
    x, w, b, t, step = 0.7, 1.3, -0.4, 0.9, 1e-6
    for name in ("sigmoid", "tanh", "relu", "leaky_relu", "identity"):
        net = nn.mlp([1, 1], output=name)

        def J(w, net=net):
            return nn.trace(net, np.array([w, b]), [[x]], [[t]], "l2").J

        h = getattr(g, name)(w * x + b)
        printed = (h - t) * g.slope(name, h) * x
        work = nn.trace(net, np.array([w, b]), [[x]], [[t]], "l2")
        assert np.isclose(work.dW[1][0, 0], printed, rtol=1e-12)
        assert np.isclose((J(w + step) - J(w - step)) / (2 * step), printed, atol=1e-9)


@equation("eq-same-sign")
def positive_inputs_give_slopes_of_one_sign():
    r"""
    \begin{gathered}
    \frac{\partial J}{\partial w_i} = \delta\, x_i, \quad\text{so}\\
    \operatorname{sign}\frac{\partial J}{\partial w_i} = \operatorname{sign}\delta\\
    \text{for all } i, \text{ if every } x_i > 0
    \end{gathered}
    """
    rng = np.random.default_rng(4)
    net = nn.mlp([3, 1], output="tanh")
    mixed = 0
    for _ in range(50):
        theta, x, t = rng.normal(size=4), rng.uniform(0.1, 1, size=(1, 3)), rng.normal(size=(1, 1))
        work = nn.trace(net, theta, x, t, "l2")
        assert np.allclose(work.dW[1][:, 0], work.delta[1][0, 0] * x[0], rtol=1e-12)
        assert len(set(np.sign(work.dW[1][:, 0]))) == 1
        assert np.sign(work.dW[1][0, 0]) == np.sign(work.delta[1][0, 0])
        both = nn.trace(net, theta, rng.normal(size=(1, 3)), t, "l2").dW[1][:, 0]
        mixed += len(set(np.sign(both))) > 1
    assert mixed > 10  # with inputs of both signs the weights do part

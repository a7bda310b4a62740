"""Chapter 01: the rate model, the count of parameters, the first update, the noisy threshold."""

import numpy as np
import sympy
from scipy import integrate

import nnlib as nn
from tests.equations import equation

RNG_SEED = 1


def one_unit(n, activation="sigmoid"):
    return nn.mlp([n, 1], output=activation)


@equation("eq-rate")
def a_threshold_is_subtracted():
    r"""
    \begin{gathered}
    z = \underbrace{w_1 x_1 + \dots + w_n x_n}_{\text{rates of the senders, weighted}}
    - \underbrace{\varphi}_{\text{threshold}}\\
    h = g(z)
    \end{gathered}
    """
    rng = np.random.default_rng(RNG_SEED)
    for activation, g in (("sigmoid", lambda z: 1 / (1 + np.exp(-z))), ("tanh", np.tanh), ("step", lambda z: z >= 0)):
        for _ in range(20):
            w, x, phi = rng.normal(size=3), rng.uniform(0, 2, size=3), rng.normal()
            z = -phi
            for i in range(3):
                z += w[i] * x[i]
            h = nn.forward(one_unit(3, activation), np.append(w, -phi), x[None])[0, 0]
            assert np.isclose(h, g(z), rtol=1e-12)
    # at the threshold z is 0: a unit that hears exactly φ answers ½, and more excitation never lowers it
    assert nn.forward(one_unit(1), np.array([2.0, -6.0]), [[3.0]])[0, 0] == 0.5
    rates = nn.forward(one_unit(1), np.array([0.08, -6.0]), np.linspace(0, 150, 40)[:, None]).ravel()
    assert (np.diff(rates) > 0).all()


@equation("eq-rate-bias")
def a_threshold_a_bias_and_a_steady_input_are_one():
    r"""
    \begin{gathered}
    h = g(w_1 x_1 + \dots + w_n x_n + b)\\
    b = -\varphi + \text{steady inputs, weighted}
    \end{gathered}
    """
    rng = np.random.default_rng(RNG_SEED)
    for _ in range(20):
        w, x, phi, steady, rate = rng.normal(size=2), rng.uniform(size=(5, 2)), rng.normal(), rng.normal(), 0.7
        b = -phi + steady * rate
        as_bias = nn.forward(one_unit(2), np.append(w, b), x)
        as_input = nn.forward(one_unit(3), np.array([*w, steady, -phi]), np.c_[x, np.full(5, rate)])
        by_hand = [[1 / (1 + np.exp(-(sum(wi * xi for wi, xi in zip(w, row, strict=True)) + b)))] for row in x]
        assert np.allclose(as_bias, as_input, rtol=1e-12)
        assert np.allclose(as_bias, by_hand, rtol=1e-12)
        wrong = nn.forward(one_unit(2), np.append(w, phi + steady * rate), x)
        assert not np.allclose(as_bias, wrong, atol=1e-3)


@equation("eq-parameters")
def parameters_are_units_times_inputs_plus_one():
    r"""
    P = \sum_{l=1}^{L} n_l\,\bigl(\underbrace{n_{l-1}}_{\text{weights of a unit}}
    + \underbrace{1}_{\text{its bias}}\bigr)
    """
    rng = np.random.default_rng(RNG_SEED)
    known = {(2, 3, 2): 17, (3, 3, 3, 1): 28, (784, 16, 16, 10): 13002}
    several = [tuple(int(n) for n in rng.integers(1, 9, size=k)) for k in (2, 3, 4, 5) for _ in range(4)]
    for sizes in [*known, *several]:
        printed = sum(sizes[l] * (sizes[l - 1] + 1) for l in range(1, len(sizes)))
        net = nn.mlp(list(sizes))
        assert printed == net.size == nn.initialize(net).size == known.get(sizes, printed)
        # by brute force: draw every edge and every bias, and count
        edges = sum(1 for l in range(1, len(sizes)) for _ in range(sizes[l]) for _ in range(sizes[l - 1]))
        assert printed == edges + sum(1 for n in sizes[1:] for _ in range(n))
        layers = nn.unpack(net, np.zeros(net.size))
        assert [W.size + b.size for W, b in layers] == [sizes[l] * (sizes[l - 1] + 1) for l in range(1, len(sizes))]


@equation("eq-first-update")
def the_update_goes_against_the_slope():
    r"""\theta \leftarrow \theta - \eta\,\frac{\partial J}{\partial \theta}"""
    X, T = nn.data.sine(n=12, noise=0.1, seed=0)
    net = nn.mlp([1, 3, 1])
    theta, eta, step = nn.initialize(net, seed=3) + 0.05, 0.1, 1e-6

    def J(theta):
        return float(
            np.mean([0.5 * (nn.forward(net, theta, x[None])[0, 0] - t[0]) ** 2 for x, t in zip(X, T, strict=True)])
        )

    slopes = np.array([(J(theta + e) - J(theta - e)) / (2 * step) for e in step * np.eye(net.size)])
    printed = theta - eta * slopes
    run = nn.train(net, theta, X, T, loss="l2", optimizer=nn.sgd(eta), epochs=1, batch_size=len(X))
    assert np.allclose(run.theta, printed, rtol=0, atol=1e-9)
    assert J(printed) < J(theta) < J(theta + eta * slopes)
    # for a small step J falls by η times the squared length of the slopes
    tiny = 1e-5
    assert np.isclose(J(theta) - J(theta - tiny * slopes), tiny * slopes @ slopes, rtol=1e-3)


@equation("eq-noisy-threshold")
def a_threshold_with_logistic_noise_is_a_sigmoid():
    r"""\operatorname{Prob}(z + \varepsilon \ge 0) = \frac{1}{1 + e^{-z}}"""

    def density(e):
        return np.exp(-e) / (1 + np.exp(-e)) ** 2

    for z in (-3.0, -2.0, 0.0, 0.7, 2.5):
        fires = integrate.quad(density, -z, 60)[0]  # z + ε ≥ 0 where ε ≥ −z
        assert np.isclose(fires, 1 / (1 + np.exp(-z)), atol=1e-9)
        assert np.isclose(fires, nn.activations.sigmoid(z), atol=1e-9)
        assert np.isclose(np.mean(z + np.random.default_rng(2).logistic(size=200_000) >= 0), fires, atol=0.005)
    e, z = sympy.symbols("e z", real=True)
    cdf = 1 / (1 + sympy.exp(-e))
    assert sympy.simplify(1 - cdf.subs(e, -z) - 1 / (1 + sympy.exp(-z))) == 0

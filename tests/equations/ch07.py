"""Chapter 07: the losses and their δ, as printed, against nnlib, differences, complex steps and integrals."""

import numpy as np

import nnlib as nn
from tests.equations import equation

RNG = np.random.default_rng(7)
Z = 2.0 * RNG.normal(size=(5, 3))
HARD = (RNG.uniform(size=(5, 3)) < 0.5).astype(float)
SOFT = RNG.uniform(size=(5, 3))
REAL = 2.0 * RNG.normal(size=(5, 3))


def passing_on(n, output):
    """A network whose pre-activations are its inputs, so that functions of Z can be asked of nnlib."""
    net = nn.mlp([n, n], output=output)
    return net, nn.pack(net, [(np.eye(n), np.zeros(n))])


def by_differences(J, Z, step=1e-5):
    """∂J/∂Z, one entry at a time."""
    slopes = np.zeros_like(Z)
    for index in np.ndindex(Z.shape):
        up, down = Z.copy(), Z.copy()
        up[index] += step
        down[index] -= step
        slopes[index] = (J(up) - J(down)) / (2 * step)
    return slopes


def sigma(z):
    return 1 / (1 + np.exp(-z))


@equation("eq-regression-losses")
def squared_and_absolute_error():
    r"""
    \begin{gathered}
    J = \frac{1}{m} \sum_{i=1}^{m} \ell_i\\
    \text{½ squared:}\quad \ell = \tfrac12 \sum_k (y_k - t_k)^2\\
    \frac{\partial \ell}{\partial y_k} = y_k - t_k\\
    \text{absolute:}\quad \ell = \sum_k |y_k - t_k|\\
    \frac{\partial \ell}{\partial y_k} = \mathrm{sign}(y_k - t_k)
    \end{gathered}
    """
    samples = range(len(REAL))
    half = sum(0.5 * sum((Z[i, k] - REAL[i, k]) ** 2 for k in range(3)) for i in samples) / 5
    absolute = sum(sum(abs(Z[i, k] - REAL[i, k]) for k in range(3)) for i in samples) / 5
    net, theta = passing_on(3, "identity")
    for loss, J, slopes in (("l2", half, Z - REAL), ("mae", absolute, np.sign(Z - REAL))):
        assert np.isclose(nn.loss_value(Z, REAL, loss), J, rtol=1e-13)
        work = nn.trace(net, theta, Z, REAL, loss)
        assert np.isclose(work.J, J, rtol=1e-13)
        assert np.allclose(work.delta[1], slopes / 5, atol=1e-15)
        measured = by_differences(lambda Y, loss=loss: nn.loss_value(Y, REAL, loss), Z)
        assert np.allclose(measured, slopes / 5, atol=1e-9)
    # What the text says of them: the best constant is the mean, and the median.
    rides = np.array([[11.0], [12.0], [13.0], [14.0], [60.0]])
    for loss, best in (("l2", rides.mean()), ("mae", np.median(rides))):
        at = [nn.loss_value(np.full((5, 1), y), rides, loss) for y in np.linspace(8, 62, 541)]
        assert np.isclose(np.linspace(8, 62, 541)[int(np.argmin(at))], best)


@equation("eq-delta-l2-sigmoid")
def squared_error_keeps_the_slope_of_the_sigmoid():
    r"""
    \delta = \frac{\partial J}{\partial z} = \underbrace{(y - t)}_{\text{how wrong}}\;
    \underbrace{y\,(1 - y)}_{\text{how steep σ is there}}
    """
    for z, t in ((-10.0, 1.0), (-0.7, 1.0), (3.0, 0.0), (0.4, 0.3)):
        y = sigma(z)
        printed = (y - t) * y * (1 - y)
        exact = (0.5 * (sigma(z + 1e-30j) - t) ** 2).imag / 1e-30
        assert np.isclose(printed, exact, rtol=1e-13)
        work = nn.trace(*passing_on(1, "sigmoid"), [[z]], [[t]], "l2")
        assert np.isclose(work.delta[1][0, 0], printed, rtol=1e-12)
    work = nn.trace(*passing_on(3, "sigmoid"), Z, HARD, "l2")
    assert np.allclose(work.delta[1], (sigma(Z) - HARD) * sigma(Z) * (1 - sigma(Z)) / 5, atol=1e-15)


@equation("eq-delta-bce")
def cross_entropy_cancels_it():
    r"""
    \begin{gathered}
    t = 1:\quad -\frac{1}{y}\; y\,(1 - y) = y - 1\\
    t = 0:\quad \frac{1}{1 - y}\; y\,(1 - y) = y - 0\\
    \underbrace{\delta_L}_{(m,\,n_L)} = \frac1m\,\big(\underbrace{Y}_{(m,\,n_L)} - \underbrace{T}_{(m,\,n_L)}\big)
    \end{gathered}
    """
    for z in (-10.0, -0.7, 3.0, 12.0):
        y = sigma(z)
        one, zero = -1 / y * y * (1 - y), 1 / (1 - y) * y * (1 - y)
        assert np.isclose(one, y - 1, rtol=1e-12) and np.isclose(zero, y, rtol=1e-12)
        assert np.isclose(one, (-np.log(sigma(z + 1e-30j))).imag / 1e-30, rtol=1e-9)
        assert np.isclose(zero, (-np.log(1 - sigma(z + 1e-30j))).imag / 1e-30, rtol=1e-9)
    net, theta = passing_on(3, "sigmoid")
    for T in (HARD, SOFT):
        work = nn.trace(net, theta, Z, T, "bce")
        printed = (sigma(Z) - T) / 5
        assert np.allclose(work.delta[1], printed, atol=1e-15)
        measured = by_differences(lambda Z, T=T: nn.trace(net, theta, Z, T, "bce").J, Z)
        assert np.allclose(measured, printed, atol=1e-9)


@equation("eq-likelihood")
def one_recipe():
    r"""
    \begin{gathered}
    J = -\frac1m \log \prod_{i=1}^{m} p(t_i)\\
    \phantom{J} = -\frac1m \sum_{i=1}^{m} \log p(t_i)
    \end{gathered}
    """
    m, faces = len(Z), np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    up = np.eye(3)[[0, 2, 1, 1, 0]]
    bell = np.prod(np.exp(-((Z - REAL) ** 2) / 2) / np.sqrt(2 * np.pi), axis=1)
    coin = np.prod(np.where(HARD == 1, sigma(Z), 1 - sigma(Z)), axis=1)
    die = faces[up == 1]
    constant = 3 * np.log(np.sqrt(2 * np.pi))
    for p, J in (
        (bell, nn.loss_value(Z, REAL, "l2") + constant),
        (coin, nn.loss_value(sigma(Z), HARD, "bce")),
        (die, nn.loss_value(faces, up, "cross_entropy")),
    ):
        assert p.shape == (m,)
        assert np.isclose(-np.log(np.prod(p)) / m, J, rtol=1e-12)
        assert np.isclose(-np.sum(np.log(p)) / m, J, rtol=1e-12)


@equation("eq-bce")
def minus_the_log_of_the_likelihood():
    r"""
    \begin{gathered}
    \text{likelihood:}\quad \prod_{i,\,k} y_{ik}^{\,t_{ik}} (1 - y_{ik})^{1 - t_{ik}}\\
    J = -\frac1m \sum_{i=1}^{m} \sum_{k} \big[\, t_{ik} \log y_{ik}\\
    \qquad {} + (1 - t_{ik}) \log (1 - y_{ik}) \,\big]\\
    Y, T\ \text{both}\ (m, n_L)
    \end{gathered}
    """
    Y = sigma(Z)
    likelihood = np.prod([Y[i, k] if HARD[i, k] else 1 - Y[i, k] for i in range(5) for k in range(3)])
    powers = np.prod(Y**HARD * (1 - Y) ** (1 - HARD))
    assert np.isclose(likelihood, powers, rtol=1e-13)
    for T in (HARD, SOFT):
        J = -sum(
            T[i, k] * np.log(Y[i, k]) + (1 - T[i, k]) * np.log(1 - Y[i, k]) for i in range(5) for k in range(3)
        ) / len(Y)  # fmt: skip
        assert np.isclose(nn.loss_value(Y, T, "bce"), J, rtol=1e-12)
        assert np.isclose(nn.trace(*passing_on(3, "sigmoid"), Z, T, "bce").J, J, rtol=1e-12)
    assert np.isclose(-np.log(likelihood) / 5, nn.loss_value(Y, HARD, "bce"), rtol=1e-12)


@equation("eq-gaussian")
def the_bell_behind_the_square():
    r"""
    \begin{gathered}
    p(t) = \frac{1}{s \sqrt{2\pi}}\; e^{-(t - y)^2 / (2 s^2)}\\
    -\log p(t) = \frac{(y - t)^2}{2 s^2}\\
    \qquad + \log\big(s \sqrt{2\pi}\big)
    \end{gathered}
    """
    for s, y in ((1.0, 0.3), (0.1, -2.0), (3.0, 5.0)):
        t, step = np.linspace(y - 9 * s, y + 9 * s, 20001, retstep=True)
        p = np.exp(-((t - y) ** 2) / (2 * s**2)) / (s * np.sqrt(2 * np.pi))
        assert np.isclose(p.sum() * step, 1, atol=1e-12)  # a density
        assert np.isclose(((t - y) ** 2 * p).sum() * step, s**2, rtol=1e-9)  # of width s
        assert np.allclose(-np.log(p), (y - t) ** 2 / (2 * s**2) + np.log(s * np.sqrt(2 * np.pi)), rtol=1e-12)
    constant = np.log(np.sqrt(2 * np.pi))
    density = np.prod(np.exp(-((Z - REAL) ** 2) / 2) / np.sqrt(2 * np.pi))
    assert np.isclose(-np.log(density) / 5, nn.loss_value(Z, REAL, "l2") + 3 * constant, rtol=1e-12)


@equation("eq-bce-stable")
def cross_entropy_from_the_pre_activation():
    r"""
    \begin{aligned}
    \ell = {} &\max(z, 0) - t\,z\\
    &{} + \log\big(1 + e^{-|z|}\big)
    \end{aligned}
    """

    def printed(z, t):
        return np.maximum(z, 0) - t * z + np.log(1 + np.exp(-np.abs(z)))

    for T in (HARD, SOFT):
        typed = -T * np.log(sigma(Z)) - (1 - T) * np.log(1 - sigma(Z))
        assert np.allclose(printed(Z, T), typed, rtol=1e-12)
        assert np.allclose(np.log(1 + np.exp(Z)) - T * Z, typed, rtol=1e-12)
    net, theta = passing_on(1, "sigmoid")
    for z in (-1e4, -1000.0, -40.0, -1.0, 0.0, 1.0, 40.0, 1000.0, 1e4):
        for t in (0.0, 0.3, 1.0):
            J = nn.trace(net, theta, [[z]], [[t]], "bce").J
            assert np.isclose(J, printed(z, t), rtol=1e-13, atol=1e-16)
    assert nn.trace(net, theta, [[1000.0]], [[0.0]], "bce").J == 1000.0


@equation("eq-canonical")
def a_loss_from_its_output():
    r"""
    \begin{gathered}
    \ell = A(z) - t\,z\\
    A'(z) = g(z)\\
    \frac{\partial \ell}{\partial z} = g(z) - t = y - t
    \end{gathered}
    """
    import sympy as sp

    z, t = sp.symbols("z t", real=True)
    pairs = ((z**2 / 2, z), (sp.log(1 + sp.exp(z)), 1 / (1 + sp.exp(-z))), (sp.exp(z), sp.exp(z)))
    for A, g in pairs:
        assert sp.simplify(sp.diff(A, z) - g) == 0
        assert sp.simplify(sp.diff(A - t * z, z) - (g - t)) == 0
    # Up to a number without z these are ½ squared error and binary cross-entropy.
    assert sp.simplify(z**2 / 2 - t * z + t**2 / 2 - (z - t) ** 2 / 2) == 0
    for score, target in ((0.7, 0.2), (-3.0, 1.0)):
        J = nn.trace(*passing_on(1, "sigmoid"), [[score]], [[target]], "bce").J
        assert np.isclose(J, float(pairs[1][0].subs(z, score)) - target * score, rtol=1e-12)


@equation("eq-poisson")
def counts():
    r"""
    \begin{gathered}
    \ell = y - t \log y, \qquad y = e^z\\
    \frac{\partial \ell}{\partial z} = y - t
    \end{gathered}
    """
    from math import factorial

    for z, t in ((0.7, 3), (-1.2, 0), (2.0, 5)):
        y = np.exp(z)
        exact = (np.exp(z + 1e-30j) - t * np.log(np.exp(z + 1e-30j))).imag / 1e-30
        assert np.isclose(exact, y - t, rtol=1e-13)
        minus_log = -np.log(y**t * np.exp(-y) / factorial(t))
        assert np.isclose(y - t * np.log(y) + np.log(factorial(t)), minus_log, rtol=1e-12)

"""Chapter 08: softmax and cross-entropy, as printed, against nnlib and against differences."""

import numpy as np

import nnlib as nn
from tests.equations import equation

RNG = np.random.default_rng(8)
Z = 2.0 * RNG.normal(size=(5, 4))
LABELS = np.array([0, 3, 1, 1, 2])
T = np.eye(4)[LABELS]
FAR = [np.array([1000.0, 1001.0, 1002.0]), np.array([-1000.0, -1000.0]), np.array([1e4, -1e4, 0.0])]


def printed_softmax(z):
    powers = np.exp(z)
    return powers / powers.sum()


def printed_cross_entropy(Y, T):
    return -sum(T[i, k] * np.log(Y[i, k]) for i in range(len(Y)) for k in range(Y.shape[1])) / len(Y)


def scores_to_scores(K):
    """A network whose scores are its inputs, so that functions of Z can be asked of nnlib."""
    net = nn.mlp([K, K], output="softmax")
    return net, nn.pack(net, [(np.eye(K), np.zeros(K))])


def slopes(f, z, step=1e-5):
    """Central differences of f, one component at a time: row k, column j holds ∂f_k/∂z_j."""
    columns = [(f(z + step * e) - f(z - step * e)) / (2 * step) for e in np.eye(len(z))]
    return np.array(columns).T


@equation("eq-softmax")
def softmax_row_by_row():
    r"""
    \begin{gathered}
    y_k = \frac{e^{z_k}}{\sum_{j=1}^{K} e^{z_j}}\\
    \underbrace{Y}_{(m,\,K)} = \mathrm{softmax}\big(\underbrace{Z_L}_{(m,\,K)}\big)\ \text{by rows}
    \end{gathered}
    """
    Y = nn.activations.softmax(Z)
    assert Y.shape == Z.shape
    for z, y in zip(Z, Y, strict=True):
        assert np.allclose(y, printed_softmax(z), rtol=1e-13)
        assert np.allclose(y, nn.activations.softmax(z), rtol=1e-13)
    net, theta = scores_to_scores(4)
    assert np.allclose(nn.forward(net, theta, Z), Y, rtol=1e-13)


@equation("eq-softmax-shift")
def softmax_ignores_a_shift():
    r"""
    \frac{e^{z_k + c}}{\sum_j e^{z_j + c}}
    = \frac{e^{c}\, e^{z_k}}{e^{c} \sum_j e^{z_j}}
    = \frac{e^{z_k}}{\sum_j e^{z_j}}
    """
    for c in (-30.0, 0.5, 30.0):
        for z in Z:
            above, below = np.exp(c) * np.exp(z), np.exp(c) * np.exp(z).sum()
            middle = above / below
            assert np.allclose(np.exp(z + c), above, rtol=1e-12)
            assert np.allclose(np.exp(z + c).sum(), below, rtol=1e-12)
            assert np.allclose(printed_softmax(z + c), middle, rtol=1e-12)
            assert np.allclose(middle, printed_softmax(z), rtol=1e-12)
    for c in (-1e4, -1000.0, 1000.0, 1e4):
        assert np.allclose(nn.activations.softmax(Z + c), nn.activations.softmax(Z), rtol=1e-10)
    assert not np.allclose(nn.activations.softmax(1.1 * Z), nn.activations.softmax(Z), rtol=1e-3)


@equation("eq-logsumexp")
def logsumexp_both_ways():
    r"""
    \begin{aligned}
    \mathrm{lse}(z) &= \log \sum_{j=1}^{K} e^{z_j}\\
    &= M + \log \sum_{j=1}^{K} e^{z_j - M},\\
    M &= \max_j z_j
    \end{aligned}
    """
    for z in Z:
        M = z.max()
        assert np.isclose(np.log(np.exp(z).sum()), M + np.log(np.exp(z - M).sum()), rtol=1e-13)
        assert np.isclose(nn.activations.logsumexp(z), np.log(np.exp(z).sum()), rtol=1e-13)
        assert np.allclose(
            slopes(lambda z: np.array([nn.activations.logsumexp(z)]), z)[0], printed_softmax(z), atol=1e-9
        )
        assert np.allclose(nn.activations.log_softmax(z), z - nn.activations.logsumexp(z), rtol=1e-12, atol=1e-14)
    for z in FAR:
        M = z.max()
        assert np.isclose(nn.activations.logsumexp(z), M + np.log(np.exp(z - M).sum()), rtol=1e-15)
    assert np.isclose(nn.activations.logsumexp(np.array([1000.0, 1000.0])), 1000.6931471805599, rtol=1e-15)


@equation("eq-softmax-two-classes")
def two_classes_are_a_sigmoid():
    r"""
    \begin{aligned}
    y_1 = \frac{e^{z_1}}{e^{z_1} + e^{z_2}}
    &= \frac{1}{1 + e^{-(z_1 - z_2)}}\\
    &= \sigma(z_1 - z_2)
    \end{aligned}
    """
    for z in 3.0 * RNG.normal(size=(20, 2)):
        first = np.exp(z[0]) / (np.exp(z[0]) + np.exp(z[1]))
        assert np.isclose(first, 1 / (1 + np.exp(-(z[0] - z[1]))), rtol=1e-13)
        assert np.isclose(first, nn.activations.sigmoid(z[0] - z[1]), rtol=1e-13)
        assert np.isclose(first, nn.activations.softmax(z)[0], rtol=1e-13)


@equation("eq-categorical-likelihood")
def likelihood_is_the_product_of_the_true_classes():
    r"""\text{likelihood} = \prod_{i=1}^{m} \prod_{k=1}^{K} y_{ik}^{\,t_{ik}}"""
    Y = nn.activations.softmax(Z)
    likelihood = np.prod([Y[i, k] ** T[i, k] for i in range(5) for k in range(4)])
    assert np.isclose(likelihood, np.prod(Y[np.arange(5), LABELS]), rtol=1e-13)
    assert np.isclose(-np.log(likelihood) / 5, nn.loss_value(Y, T, "cross_entropy"), rtol=1e-12)


@equation("eq-cross-entropy")
def cross_entropy_as_printed():
    r"""
    \begin{gathered}
    J = -\frac{1}{m} \sum_{i=1}^{m} \sum_{k=1}^{K} t_{ik} \log y_{ik}\\
    T, Y\ \text{both}\ (m, K)
    \end{gathered}
    """
    net, theta = scores_to_scores(4)
    soft = RNG.dirichlet(np.ones(4), size=5)
    for target in (T, soft):
        J = printed_cross_entropy(nn.activations.softmax(Z), target)
        assert np.isclose(nn.loss_value(nn.activations.softmax(Z), target, "cross_entropy"), J, rtol=1e-12)
        assert np.isclose(nn.trace(net, theta, Z, target, "cross_entropy").J, J, rtol=1e-12)
    assert np.isclose(
        nn.trace(net, theta, Z, LABELS, "cross_entropy").J, printed_cross_entropy(nn.activations.softmax(Z), T)
    )
    from_scores = np.mean(nn.activations.logsumexp(Z) - Z[np.arange(5), LABELS])
    assert np.isclose(from_scores, printed_cross_entropy(nn.activations.softmax(Z), T), rtol=1e-12)
    far = nn.trace(*scores_to_scores(2), [[1000.0, 0.0]], [1], "cross_entropy").J
    assert far == 1000.0


@equation("eq-cross-entropy-slope")
def slope_from_the_scores():
    r"""
    \begin{gathered}
    \ell = \mathrm{lse}(z) - z_{\text{true}}\\
    \frac{\partial\, \mathrm{lse}}{\partial z_j} = \frac{e^{z_j}}{\sum_k e^{z_k}} = y_j\\
    \frac{\partial \ell}{\partial z_j} = y_j - t_j
    \end{gathered}
    """

    def lse(z):
        return np.array([np.log(np.exp(z).sum())])

    for z, true, t in zip(Z, LABELS, T, strict=True):
        work = nn.trace(*scores_to_scores(4), z[None], t[None], "cross_entropy")
        assert np.isclose(lse(z)[0] - z[true], work.J, rtol=1e-12)
        y = np.exp(z) / np.exp(z).sum()
        assert np.allclose(slopes(lse, z)[0], y, atol=1e-9)
        assert np.allclose(slopes(lambda z, true=true: lse(z) - z[true], z)[0], y - t, atol=1e-9)
        assert np.allclose(work.delta[1][0], y - t, atol=1e-14)


@equation("eq-softmax-jacobian")
def jacobian_of_softmax():
    r"""
    \begin{gathered}
    \frac{\partial y_k}{\partial z_j} = y_k\,\big([\,j = k\,] - y_j\big)\\
    \text{as a table: }\underbrace{\mathrm{diag}(y) - y^\top y}_{(K,\,K),\ y\ \text{a row}\ (1,\,K)}
    \end{gathered}
    """
    for z in Z:
        y = printed_softmax(z)
        measured = slopes(nn.activations.softmax, z)
        index_form = np.array([[y[k] * ((j == k) - y[j]) for j in range(4)] for k in range(4)])
        row = y[None, :]
        matrix_form = np.diag(y) - row.T @ row
        assert np.allclose(index_form, measured, atol=1e-9)
        assert np.allclose(matrix_form, index_form, rtol=1e-13)
        # Complex step: no subtraction, so the agreement is to rounding.
        exact = np.array([printed_softmax(z + 1e-30j * e).imag / 1e-30 for e in np.eye(4)]).T
        assert np.allclose(index_form, exact, rtol=1e-12, atol=1e-15)
        assert np.allclose(index_form.sum(axis=0), 0, atol=1e-15)
        assert np.linalg.matrix_rank(index_form) == 3


@equation("eq-cross-entropy-chain")
def cancellation_in_the_chain():
    r"""
    \begin{aligned}
    \frac{\partial \ell}{\partial z_j}
    &= \sum_{k=1}^{K} \underbrace{-\frac{t_k}{y_k}}_{\text{loss}}\\
    &\quad\cdot \underbrace{y_k\,\big([\,j = k\,] - y_j\big)}_{\text{softmax}}\\
    &= -t_j + y_j \sum_{k=1}^{K} t_k\\
    &= y_j - t_j
    \end{aligned}
    """

    def chain(y, t):
        return np.array([sum(-t[k] / y[k] * y[k] * ((j == k) - y[j]) for k in range(4)) for j in range(4)])

    for z, t in zip(Z, T, strict=True):
        y = printed_softmax(z)
        for any_t in (t, 3 * t):  # the second line does not need t to sum to 1, the third does
            assert np.allclose(chain(y, any_t), -any_t + y * any_t.sum(), atol=1e-14)
        summed = chain(y, t)
        assert np.allclose(summed, y - t, atol=1e-14)
        one = nn.trace(*scores_to_scores(4), z[None], t[None], "cross_entropy")
        assert np.allclose(summed, one.delta[1][0], atol=1e-14)

        def one_loss(z, t=t):
            return np.array([-(t * np.log(printed_softmax(z))).sum()])

        assert np.allclose(summed, slopes(one_loss, z)[0], atol=1e-9)
    _sympy_agrees()


def _sympy_agrees():
    """The same cancellation with symbols, three classes, any target row that sums to 1."""
    import sympy as sp

    z = sp.symbols("z1:4", real=True)
    t1, t2 = sp.symbols("t1 t2", positive=True)
    t = (t1, t2, 1 - t1 - t2)
    y = [sp.exp(s) / sum(sp.exp(r) for r in z) for s in z]
    loss = -sum(t[k] * sp.log(y[k]) for k in range(3))
    for j in range(3):
        assert sp.simplify(sp.diff(loss, z[j]) - (y[j] - t[j])) == 0


@equation("eq-delta-cross-entropy")
def delta_of_a_batch():
    r"""
    \begin{aligned}
    \underbrace{\delta_L}_{(m,\,K)} &= \frac{\partial J}{\partial Z_L}\\
    &= \frac{1}{m}\,\big(\underbrace{Y}_{(m,\,K)} - \underbrace{T}_{(m,\,K)}\big)
    \end{aligned}
    """
    net, theta = scores_to_scores(4)
    work = nn.trace(net, theta, Z, T, "cross_entropy")
    printed = (nn.activations.softmax(Z) - T) / 5
    assert np.allclose(work.delta[1], printed, atol=1e-14)
    assert np.allclose(printed.sum(axis=1), 0, atol=1e-15)

    def J(flat):
        return np.array([nn.trace(net, theta, flat.reshape(5, 4), T, "cross_entropy").J])

    assert np.allclose(slopes(J, Z.ravel())[0].reshape(5, 4), printed, atol=1e-9)

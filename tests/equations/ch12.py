"""Chapter 12: what equal units cannot do, and how large sums are, by exact enumeration and by measurement."""

from itertools import product

import numpy as np

import nnlib as nn
from tests.equations import equation


def _second_moments(W, X):
    """Mean square of z over signs: weights ±W and inputs in X, every combination of signs once, a unit for each."""
    signs = np.array(list(product([-1.0, 1.0], repeat=len(W))))
    net = nn.mlp([len(W), len(signs)])
    return np.mean(nn.forward(net, nn.pack(net, [((signs * W).T, np.zeros(len(signs)))]), X) ** 2)


@equation("eq-init-twins")
def delta_comes_back_over_outgoing_weights():
    r"""
    \begin{aligned}
    \underbrace{\delta_l[i, j]}_{(m,\,n_l)} ={} & \underbrace{g'(Z_l[i, j])}_{(m,\,n_l)} \\
    & {}\cdot \sum_k \underbrace{\delta_{l+1}[i, k]}_{(m,\,n_{l+1})}\;\underbrace{W_{l+1}[j, k]}_{(n_l,\,n_{l+1})}
    \end{aligned}
    """
    rng = np.random.default_rng(12)
    net = nn.mlp([3, 4, 2], hidden="tanh", output="sigmoid")
    theta = nn.initialize(net, "normal", seed=3, scale=0.7)
    X, T = rng.normal(size=(5, 3)), rng.uniform(size=(5, 2))
    work = nn.trace(net, theta, X, T, "l2")
    (W_1, b_1), (W_2, b_2) = nn.unpack(net, theta)

    def J(Z_1):
        Y = 1 / (1 + np.exp(-(np.tanh(Z_1) @ W_2 + b_2)))
        return np.sum((Y - T) ** 2) / 2 / len(X)

    for i, j in product(range(5), range(4)):
        slope = 1 - np.tanh(work.Z[1][i, j]) ** 2
        printed = slope * sum(work.delta[2][i, k] * W_2[j, k] for k in range(2))
        Z = work.Z[1].astype(complex)
        Z[i, j] += 1e-30j
        assert np.isclose(printed, J(Z).imag / 1e-30, rtol=1e-10, atol=1e-15)
        assert np.isclose(printed, work.delta[1][i, j], rtol=1e-12, atol=1e-15)
    # Twins: equal columns, biases and rows; different outgoing weights part them.
    W_1[:, 1], b_1[1], W_2[1] = W_1[:, 0], b_1[0], W_2[0]
    twin = nn.trace(net, theta, X, T, "l2")
    assert np.array_equal(twin.delta[1][:, 0], twin.delta[1][:, 1])
    assert np.array_equal(twin.dW[1][:, 0], twin.dW[1][:, 1])
    assert np.array_equal(twin.dW[2][0], twin.dW[2][1])
    W_2[1] += 0.1
    apart = nn.trace(net, theta, X, T, "l2")
    assert not np.allclose(apart.dW[1][:, 0], apart.dW[1][:, 1], atol=1e-4)


@equation("eq-init-zero")
def zero_network_hears_only_at_the_output_bias():
    r"""
    \begin{aligned}
    \frac{\partial J}{\partial W_2} &= \underbrace{H_1^\top}_{\substack{=\,0\\(n_1,\,m)}}\;
    \underbrace{\delta_2}_{(m,\,n_2)} = 0, \\
    \delta_1 &= \Bigl(\underbrace{\delta_2}_{(m,\,n_2)}\;\underbrace{W_2^\top}_{\substack{=\,0\\(n_2,\,n_1)}}\Bigr)
    \odot \underbrace{g'(Z_1)}_{(m,\,n_1)} \\
    &= 0, \\
    \frac{\partial J}{\partial b_2} &= \textstyle\sum_i \delta_2[i, :] \;\ne\; 0
    \end{aligned}
    """
    X, labels = np.random.default_rng(1).normal(size=(6, 2)), np.array([0, 0, 0, 0, 1, 1])
    for hidden in ("tanh", "relu"):
        net = nn.mlp([2, 3, 2], hidden=hidden, output="softmax")
        theta = np.zeros(net.size)
        work = nn.trace(net, theta, X, labels, "cross_entropy")
        assert not work.H[1].any() and not nn.unpack(net, theta)[1][0].any()
        assert not work.dW[1].any() and not work.db[1].any() and not work.dW[2].any() and not work.delta[1].any()
        assert np.allclose(work.db[2], [0.5 - 4 / 6, 0.5 - 2 / 6], atol=1e-15)
        assert np.allclose(work.delta[2].sum(axis=0), work.db[2], atol=1e-15)
        if hidden == "tanh":
            numeric = nn.numerical_gradient(net, theta, X, labels, "cross_entropy")
            assert np.allclose(numeric[:-2], 0, atol=1e-10) and np.allclose(numeric[-2:], work.db[2], atol=1e-8)


@equation("eq-init-variance")
def variance_of_a_sum_by_enumeration():
    r"""
    \operatorname{Var}(z) = \underbrace{n_\text{in}}_{\text{how many}}\;
    \underbrace{\operatorname{Var}(w)}_{\text{how large}}\;\underbrace{\operatorname{E}[x^2]}_{\text{inputs}}
    """
    rng = np.random.default_rng(2)
    for n in (1, 2, 5, 9):
        X = rng.normal(0.6, 1.3, size=(7, n))  # a mean that is not 0: E[x²] counts, not Var(x)
        for w in (0.2, 1.5):
            got = _second_moments(np.full(n, w), X)
            assert np.isclose(got, n * w**2 * np.mean(X**2), rtol=1e-12)
    assert not np.isclose(got, n * w**2 * X.var(), rtol=0.05)


@equation("eq-init-forward")
def lecun_keeps_the_mean_square():
    r"""
    \begin{gathered}
    n_\text{in}\operatorname{Var}(w) = 1, \\
    \operatorname{std}(w) = \frac{1}{\sqrt{n_\text{in}}}
    \end{gathered}
    """
    X = np.random.default_rng(3).normal(0.4, 1.0, size=(6, 8))
    assert np.isclose(_second_moments(np.full(8, 1 / np.sqrt(8)), X), np.mean(X**2), rtol=1e-12)
    net = nn.mlp([400, 300])
    W = nn.unpack(net, nn.initialize(net, "lecun_normal", seed=1))[0][0]
    assert abs(400 * W.var() - 1) < 0.02 and abs(W.std() * np.sqrt(400) - 1) < 0.01


@equation("eq-init-backward")
def the_way_back_counts_the_outputs():
    r"""
    \begin{gathered}
    \delta_\text{in}[i] = \textstyle\sum_k W[i, k]\;\delta_\text{out}[k], \\
    \operatorname{E}[\delta_\text{in}^2] = n_\text{out}\operatorname{Var}(w)\operatorname{E}[\delta_\text{out}^2], \\
    n_\text{out}\operatorname{Var}(w) = 1
    \end{gathered}
    """
    n_in, n_out = 3, 4
    delta = np.random.default_rng(4).normal(0.2, 1.0, size=(5, n_out))
    signs = np.array(list(product([-1.0, 1.0], repeat=n_in * n_out))).reshape(-1, n_in, n_out)
    for w in (0.3, 1 / np.sqrt(n_out)):
        back = np.einsum("ik,sjk->sij", delta, w * signs)
        assert np.isclose(np.mean(back**2), n_out * w**2 * np.mean(delta**2), rtol=1e-12)
        # the sum over the outputs, for one choice of signs: the slope of Σ δ_out · z along each input
        W, x, h = w * signs[37], np.ones((5, n_in), complex), 1e-30
        for i in range(n_in):
            nudged = x.copy()
            nudged[:, i] += 1j * h
            assert np.allclose((delta * (nudged @ W)).sum(axis=1).imag / h, back[37][:, i], rtol=1e-12)
    assert np.isclose(np.mean(back**2), np.mean(delta**2), rtol=1e-12)
    # and through nnlib: a linear layer between, both ways, with a wide and a narrow side
    net = nn.mlp([10, 300, 60], hidden="identity")
    theta = nn.initialize(net, "normal", seed=0, scale=0.1)
    X, errors = np.random.default_rng(5).normal(size=(50, 10)), np.random.default_rng(6).normal(size=(50, 60))
    work = nn.trace(net, theta, X, nn.forward(net, theta, X) - errors, "l2")  # so that δ_out knows nothing of W
    ratio = np.mean(work.delta[1] ** 2) / np.mean(work.delta[2] ** 2)
    assert np.isclose(ratio, 60 * 0.1**2, rtol=0.05)


@equation("eq-init-glorot")
def glorot_takes_the_mean_of_both_counts():
    r"""
    \begin{gathered}
    \frac{n_\text{in} + n_\text{out}}{2}\,\operatorname{Var}(w) = 1, \\
    \operatorname{Var}(w) = \frac{2}{n_\text{in} + n_\text{out}}
    \end{gathered}
    """
    for n_in, n_out in ((784, 100), (100, 10), (300, 300)):
        net = nn.mlp([n_in, n_out])
        for scheme in ("glorot_normal", "glorot_uniform"):
            W = nn.unpack(net, nn.initialize(net, scheme, seed=1))[0][0]
            assert abs((n_in + n_out) / 2 * W.var() - 1) < 0.08
        limit = np.sqrt(6 / (n_in + n_out))
        assert 0.99 * limit < np.abs(W).max() <= limit
    assert f"{np.sqrt(2 / 884):.9f}" == "0.047565149" and f"{np.sqrt(6 / 884):.9f}" == "0.082385255"


@equation("eq-init-he")
def he_pays_back_what_the_relu_cuts():
    r"""
    \begin{gathered}
    \tfrac12\, n_\text{in}\operatorname{Var}(w) = 1, \\
    \operatorname{Var}(w) = \frac{2}{n_\text{in}}
    \end{gathered}
    """
    n = 10
    X = np.random.default_rng(6).normal(size=(5, n))
    signs = np.array(list(product([-1.0, 1.0], repeat=n)))
    Z = X @ (signs * np.sqrt(2 / n)).T  # symmetric: for each choice of signs the opposite one is there
    assert np.isclose(np.mean(np.maximum(Z, 0) ** 2), np.mean(Z**2) / 2, rtol=1e-12)
    assert np.isclose(np.mean(np.maximum(Z, 0) ** 2), np.mean(X**2), rtol=1e-12)
    net = nn.mlp([784, 400])
    W = nn.unpack(net, nn.initialize(net, "he_normal", seed=1))[0][0]
    assert abs(784 * W.var() / 2 - 1) < 0.02


@equation("eq-init-standardize")
def standardize_learns_on_training_data():
    r"""
    \begin{gathered}
    \underbrace{\hat x_j}_{\text{mean 0, variance 1}} = \frac{x_j - \mu_j}{s_j}, \\
    \mu_j = \frac1m \sum_i X[i, j], \\
    s_j^2 = \frac1m \sum_i (X[i, j] - \mu_j)^2
    \end{gathered}
    """
    rng = np.random.default_rng(7)
    X, new = rng.normal(5, 3, size=(9, 4)), rng.normal(1, 2, size=(3, 4))
    X[:, 2] = 0.1
    X_s, new_s, _ = nn.data.standardize(X, new)
    for j in range(4):
        mu = sum(X[:, j]) / 9
        s = np.sqrt(sum((X[i, j] - mu) ** 2 for i in range(9)) / 9)
        if j == 2:
            assert not X_s[:, j].any()
            continue
        assert np.allclose(X_s[:, j], (X[:, j] - mu) / s, rtol=1e-12)
        assert np.allclose(new_s[:, j], (new[:, j] - mu) / s, rtol=1e-12)
        assert abs(X_s[:, j].mean()) < 1e-12 and np.isclose(np.mean(X_s[:, j] ** 2), 1, rtol=1e-12)

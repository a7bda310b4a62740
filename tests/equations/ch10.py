"""Chapter 10: the backward pass in matrices, by indices, against nnlib, nudging and scikit-learn."""

import warnings

import numpy as np

import nnlib as nn
from tests.equations import equation
from tests.nudge import nudged

RNG = np.random.default_rng(10)


def one_layer(m=6, n=4, S=3):
    """nnlib's work on one layer of S units, and its loss as a function of inputs, weights and bias."""
    net = nn.mlp([n, S], output="tanh")
    H, W, b, T = RNG.normal(size=(m, n)), RNG.normal(size=(n, S)), RNG.normal(size=S), RNG.normal(size=(m, S))

    def work(H=H, W=W, b=b):
        return nn.trace(net, nn.pack(net, [(W, b)]), H, T, "l2")

    return H, W, b, work(), lambda **moved: work(**moved).J


@equation("eq-dw-index")
def a_weight_sums_over_the_samples():
    r"""\frac{\partial J}{\partial W_{jk}} = \sum_{i=1}^{m} h_{ij}\,\delta_{ik}"""
    H, W, b, work, J = one_layer()
    δ = work.delta[1]
    printed = np.array([[sum(H[i, j] * δ[i, k] for i in range(6)) for k in range(3)] for j in range(4)])
    assert np.allclose(printed, work.dW[1], atol=1e-15)
    assert np.allclose(printed, nudged(lambda A: J(W=A), W), atol=1e-8)
    assert np.allclose(δ.sum(axis=0), nudged(lambda a: J(b=a), b), atol=1e-8)


@equation("eq-dw-matrix")
def the_product_is_that_sum():
    r"""
    \underbrace{\frac{\partial J}{\partial W}}_{(n,\,S)} = \underbrace{H^\top}_{(n,\,m)}\;\underbrace{\delta}_{(m,\,S)}
    """
    H, W, _, work, J = one_layer()
    printed = H.T @ work.delta[1]
    assert printed.shape == W.shape
    assert np.allclose(printed, work.dW[1], atol=1e-15)
    assert np.allclose(printed, nudged(lambda A: J(W=A), W), atol=1e-8)


@equation("eq-dw-expanded")
def its_first_row_written_out():
    r"""
    \begin{gathered}
    \begin{pmatrix} h_{11} & h_{21} \\ h_{12} & h_{22} \end{pmatrix}
    \begin{pmatrix} \delta_{11} & \delta_{12} & \delta_{13} \\ \delta_{21} & \delta_{22} & \delta_{23} \end{pmatrix}\\
    \text{row 1, entry } k:\\
    h_{11}\delta_{1k} + h_{21}\delta_{2k}
    \end{gathered}
    """
    h, _, _, work, _ = one_layer(2, 2, 3)
    δ = work.delta[1]
    turned = np.array([[h[0, 0], h[1, 0]], [h[0, 1], h[1, 1]]])
    assert np.allclose(turned @ δ, work.dW[1], atol=1e-15)
    assert np.allclose([h[0, 0] * δ[0, k] + h[1, 0] * δ[1, k] for k in range(3)], work.dW[1][0], atol=1e-15)


@equation("eq-dh")
def an_input_sums_over_the_units():
    r"""
    \begin{gathered}
    \frac{\partial J}{\partial h_{ij}} = \sum_{k=1}^{S} \delta_{ik}\,W_{jk}\\
    \underbrace{\frac{\partial J}{\partial H}}_{(m,\,n)} = \underbrace{\delta}_{(m,\,S)}\;\underbrace{W^\top}_{(S,\,n)}
    \end{gathered}
    """
    H, W, _, work, J = one_layer()
    δ = work.delta[1]
    printed = np.array([[sum(δ[i, k] * W[j, k] for k in range(3)) for j in range(4)] for i in range(6)])
    assert np.allclose(printed, nudged(lambda A: J(H=A), H), atol=1e-8)
    assert np.allclose(printed, δ @ W.T, atol=1e-14) and (δ @ W.T).shape == H.shape


@equation("eq-four-lines")
def four_lines_are_the_whole_gradient():
    r"""
    \begin{aligned}
    \underbrace{\partial W_l}_{(n,\,S)} &= \underbrace{H_{l-1}^\top}_{(n,\,m)}\,\underbrace{\delta_l}_{(m,\,S)}\\
    \underbrace{\partial b_l}_{(S,)} &= \textstyle\sum_i \underbrace{\delta_l[i, :]}_{(S,)}\\
    \underbrace{\partial H_{l-1}}_{(m,\,n)} &= \underbrace{\delta_l}_{(m,\,S)}\,\underbrace{W_l^\top}_{(S,\,n)}\\
    \underbrace{\delta_{l-1}}_{(m,\,n)} &= \underbrace{\partial H_{l-1}}_{(m,\,n)} \odot
    \underbrace{g_{l-1}'(Z_{l-1})}_{(m,\,n)}
    \end{aligned}
    """
    net = nn.mlp([3, 5, 4, 2], hidden=["tanh", "sigmoid"], output="softmax")
    θ, X, labels = nn.initialize(net, seed=4), RNG.normal(size=(7, 3)), RNG.integers(0, 2, 7)
    work = nn.trace(net, θ, X, labels, "cross_entropy")
    layers, δ, slopes = nn.unpack(net, θ), (work.H[3] - np.eye(2)[labels]) / 7, []
    slope = {2: lambda h: h * (1 - h), 1: lambda h: 1 - h**2}
    for l in (3, 2, 1):
        slopes.insert(0, (work.H[l - 1].T @ δ, δ.sum(axis=0)))
        if l > 1:
            δ = (δ @ layers[l - 1][0].T) * slope[l - 1](work.H[l - 1])
            assert np.allclose(δ, work.delta[l - 1], atol=1e-15)
    found = nn.pack(net, slopes)
    assert np.allclose(found, nn.backprop(net, θ, X, labels, "cross_entropy")[1], rtol=0, atol=1e-15)
    assert np.allclose(found, nn.numerical_gradient(net, θ, X, labels, "cross_entropy"), rtol=0, atol=1e-9)


@equation("eq-four-lines")
def one_step_is_scikit_learns():
    from sklearn.neural_network import MLPClassifier

    X, t = nn.data.blobs(24, classes=3, seed=2)
    model = MLPClassifier((5,), "tanh", solver="sgd", alpha=0.0, batch_size=24, learning_rate_init=0.1, max_iter=1,
                          momentum=0.0, shuffle=False, warm_start=True, random_state=0)  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, t)
        net = nn.mlp([2, 5, 3], "tanh", "softmax")
        θ = nn.pack(net, list(zip(model.coefs_, model.intercepts_, strict=True)))
        model.fit(X, t)
    after = nn.pack(net, list(zip(model.coefs_, model.intercepts_, strict=True)))
    mine = nn.train(net, θ, X, t, "cross_entropy", nn.sgd(0.1), epochs=1, batch_size=None).theta
    assert abs(after - θ).max() > 1e-3 and abs(after - mine).max() < 1e-12


PARTNERS = {"sigmoid": ["bce"], "softmax": ["cross_entropy"]}
SLOPES = {
    "identity": np.ones_like,
    "sigmoid": lambda Y: Y * (1 - Y),
    "tanh": lambda Y: 1 - Y * Y,
    "relu": lambda Y: 1.0 * (Y > 0),
    "leaky_relu": lambda Y: np.where(Y > 0, 1.0, 0.01),
}


def by_the_printed_lines(output, loss, Y, T):
    """δ at the output of 5 samples: D, the slope of J at Y, then the slope of the output."""
    at_Y = {
        "l2": lambda: Y - T,
        "mae": lambda: np.sign(Y - T),
        "bce": lambda: (Y - T) / (Y * (1 - Y)),
        "cross_entropy": lambda: -T / Y,
    }
    D = at_Y[loss]() / 5
    if output == "softmax":
        return np.array([[y[k] * (d[k] - sum(d * y)) for k in range(len(y))] for d, y in zip(D, Y, strict=True)])
    return D * SLOPES[output](Y)


@equation("eq-output-delta")
def delta_of_each_pair():
    r"""
    \underbrace{\delta_L}_{(m,\,n_L)} = \underbrace{D}_{(m,\,n_L)} \odot \underbrace{g'(Z_L)}_{(m,\,n_L)}
    """
    compare_pairs(SLOPES)


@equation("eq-output-delta-softmax")
def delta_of_softmax():
    r"""\delta_{ik} = y_{ik}\,\big(D_{ik} - \textstyle\sum_j D_{ij}\,y_{ij}\big)"""
    compare_pairs(["softmax"])


def compare_pairs(outputs):
    """Each loss with each of these outputs: the printed lines, nnlib's δ and the slopes by nudging."""
    Z, T = RNG.normal(size=(5, 3)), RNG.random((5, 3))
    T /= T.sum(axis=1, keepdims=True)
    pairs = [(output, loss) for output in outputs for loss in ("l2", "mae", *PARTNERS.get(output, []))]
    for output, loss in pairs:
        net = nn.mlp([3, 3], output=output)
        θ = nn.pack(net, [(np.eye(3), np.zeros(3))])
        Y = nn.forward(net, θ, Z)
        printed = by_the_printed_lines(output, loss, Y, T)
        if loss in ("bce", "cross_entropy") or (output, loss) == ("identity", "l2"):
            assert np.allclose(printed, (Y - T) / 5, atol=1e-15)  # a matched pair
        assert np.allclose(printed, nn.trace(net, θ, Z, T, loss).delta[1], atol=1e-15)
        by_nudging = nudged(lambda A, net=net, θ=θ, loss=loss: nn.loss_value(nn.forward(net, θ, A), T, loss), Z)
        assert np.allclose(printed, by_nudging, atol=1e-8)


@equation("eq-output-delta")
def the_table_of_pairs():
    # The rows of the table under the formula: what cancels, and what stays.
    Z, T = RNG.normal(size=(5, 3)), RNG.random((5, 3))
    T /= T.sum(axis=1, keepdims=True)
    sigmoid, tanh, softmax = 1 / (1 + np.exp(-Z)), np.tanh(Z), np.exp(Z) / np.exp(Z).sum(axis=1, keepdims=True)
    rows = {
        ("identity", "l2"): Z - T,
        ("sigmoid", "bce"): sigmoid - T,
        ("softmax", "cross_entropy"): softmax - T,
        ("sigmoid", "l2"): (sigmoid - T) * sigmoid * (1 - sigmoid),
        ("tanh", "l2"): (tanh - T) * (1 - tanh * tanh),
        ("relu", "l2"): np.where(Z > 0, Z - T, 0),
        ("identity", "mae"): np.sign(Z - T),
        ("tanh", "mae"): np.sign(tanh - T) * (1 - tanh * tanh),
    }
    for (output, loss), row in rows.items():
        net = nn.mlp([3, 3], output=output)
        θ = nn.pack(net, [(np.eye(3), np.zeros(3))])
        assert np.allclose(5 * nn.trace(net, θ, Z, T, loss).delta[1], row, atol=1e-14)

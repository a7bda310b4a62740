"""Chapter 09's formulas, as printed, against nnlib and against differences or the complex step."""

import numpy as np

import nnlib as nn
from tests.equations import equation

X, T = np.array([[0.05, 0.10]]), np.array([[0.01, 0.99]])
EXAMPLE = np.array([0.15, 0.25, 0.20, 0.30, 0.35, 0.35, 0.40, 0.50, 0.45, 0.55, 0.60, 0.60])
NET = nn.mlp([2, 2, 2], hidden="sigmoid", output="sigmoid")


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def _random(activation="sigmoid", m=3, seed=4):
    """A 4-3-2 net with unequal sizes, so that a transposed product cannot run."""
    net = nn.mlp([4, 3, 2], hidden=activation, output="sigmoid")
    rng = np.random.default_rng(seed)
    theta = rng.normal(size=4 * 3 + 3 + 3 * 2 + 2)
    return net, theta, rng.normal(size=(m, 4)), rng.uniform(size=(m, 2))


def _error(theta):
    """½ squared error of the example written out with w1 … w8; takes complex parameters."""
    w1, w3, w2, w4, b11, b12, w5, w7, w6, w8, b21, b22 = theta
    (x1, x2), (t1, t2) = X[0], T[0]
    h1, h2 = _sigmoid(w1 * x1 + w2 * x2 + b11), _sigmoid(w3 * x1 + w4 * x2 + b12)
    y1, y2 = _sigmoid(w5 * h1 + w6 * h2 + b21), _sigmoid(w7 * h1 + w8 * h2 + b22)
    return (y1 - t1) ** 2 / 2 + (y2 - t2) ** 2 / 2


def _complex_step(f, theta):
    return np.array([f(theta + 1e-30j * e).imag / 1e-30 for e in np.eye(theta.size)])


@equation("eq-path-w5")
def path_of_w5():
    r"""
    \frac{\partial E}{\partial w_5}=\underbrace{(y_1-t_1)}_{y_1\to E}\;\underbrace{y_1(1-y_1)}_{z_{o1}\to y_1}\;
    \underbrace{h_1}_{w_5\to z_{o1}}
    """
    work = nn.trace(NET, EXAMPLE, X, T, "l2")
    (h1, _), (y1, _), t1 = work.H[1][0], work.H[2][0], T[0, 0]
    printed = (y1 - t1) * y1 * (1 - y1) * h1
    assert abs(printed - _complex_step(_error, EXAMPLE)[6]) < 1e-15
    assert abs(printed - work.dW[2][0, 0]) < 1e-15


@equation("eq-meeting")
def meeting():
    r"""
    \frac{\partial E}{\partial q}=\sum_{c\ \text{uses}\ q}\frac{\partial E}{\partial c}\,\frac{\partial c}{\partial q}
    """

    def shared(w):
        return 2 * w + (3 * w) ** 2  # children u = 2w and v = 3w

    for w in (-2.0, 0.0, 1.0):
        printed = 1 * 2 + 2 * (3 * w) * 3
        assert printed == 18 * w + 2
        assert abs(printed - shared(w + 1e-30j).imag / 1e-30) < 1e-12
    # h1 with its children z_o1 and z_o2
    work = nn.trace(NET, EXAMPLE, X, T, "l2")
    W_2 = nn.unpack(NET, EXAMPLE)[1][0]

    def error_of_h1(h1):
        y = _sigmoid(np.array([h1, work.H[1][0, 1]]) @ W_2 + EXAMPLE[10:])
        return np.sum((y - T[0]) ** 2) / 2

    printed = sum(work.delta[2][0, k] * W_2[0, k] for k in range(2))
    assert abs(printed - error_of_h1(work.H[1][0, 0] + 1e-30j).imag / 1e-30) < 1e-15
    assert abs(max(work.delta[2][0] * W_2[0]) - printed) > 0.01  # the larger one alone is not it


@equation("eq-forward")
def forward():
    r"""
    \begin{aligned}
    z_{l,j}&=b_{l,j}+\sum_i h_{l-1,i}\,W_l[i,j]\\
    h_{l,j}&=g_l(z_{l,j})
    \end{aligned}
    """
    net, theta, X, _ = _random()
    work, H = nn.trace(net, theta, X), X
    for l, (W, b) in enumerate(nn.unpack(net, theta), start=1):
        units = np.array(
            [[b[j] + sum(row[i] * W[i, j] for i in range(W.shape[0])) for j in range(W.shape[1])] for row in H]
        )
        assert np.allclose(work.Z[l], units, atol=1e-13)
        H = _sigmoid(units)
        assert np.allclose(work.H[l], H, atol=1e-13)
    assert np.allclose(nn.forward(net, theta, X), H, atol=1e-13)


@equation("eq-l2")
def squared_error():
    r"""E=\tfrac12\sum_{j}\bigl(y_j-t_j\bigr)^2"""
    for y, t in (([0.8, 0.3], [1.0, 0.0]), ([0.1, 0.9], [0.0, 1.0]), ([0.5, 0.5], [1.0, 1.0])):
        printed = 0.5 * sum((y[j] - t[j]) ** 2 for j in range(2))
        assert abs(nn.loss_value(np.array([y]), np.array([t]), "l2") - printed) < 1e-15
    assert abs(nn.loss_value(np.array([[0.8, 0.3]]), np.array([[1.0, 0.0]]), "l2") - 0.065) < 1e-15


@equation("eq-delta-l2")
def delta_output():
    r"""\delta=(y-t)\;g'(z)"""
    for output, slope in (("sigmoid", lambda y: y * (1 - y)), ("tanh", lambda y: 1 - y**2), ("identity", np.ones_like)):
        _, theta, X, T = _random(m=1)
        net = nn.mlp([4, 3, 2], hidden="sigmoid", output=output)
        work = nn.trace(net, theta, X, T, "l2")
        y, t = work.H[2][0], T[0]
        printed = [(y[j] - t[j]) * slope(y[j]) for j in range(2)]
        assert np.allclose(work.delta[2][0], printed, atol=1e-14)
        # an output bias shifts z by one, so its slope by differences is δ
        assert np.allclose(printed, nn.numerical_gradient(net, theta, X, T, "l2")[-2:], atol=1e-8)


@equation("eq-delta-hidden")
def delta_hidden():
    r"""\delta=g'(z)\sum_{c}w_c\,\delta_c"""
    for hidden, slope in (("sigmoid", lambda h: h * (1 - h)), ("tanh", lambda h: 1 - h**2)):
        net, theta, X, T = _random(hidden, m=1)
        work = nn.trace(net, theta, X, T, "l2")
        W_2, h = nn.unpack(net, theta)[1][0], work.H[1][0]
        printed = [slope(h[j]) * sum(W_2[j, c] * work.delta[2][0, c] for c in range(2)) for j in range(3)]
        assert np.allclose(work.delta[1][0], printed, atol=1e-14)
        assert np.allclose(printed, nn.numerical_gradient(net, theta, X, T, "l2")[12:15], atol=1e-8)


@equation("eq-weight-gradient")
def gradient_of_the_weights():
    r"""\frac{\partial E}{\partial w}=h\;\delta"""
    net, theta, X, T = _random(m=1)
    work = nn.trace(net, theta, X, T, "l2")
    numeric = nn.unpack(net, nn.numerical_gradient(net, theta, X, T, "l2"))
    for l in (1, 2):
        h, delta = work.H[l - 1][0], work.delta[l][0]
        printed = [[h[i] * delta[j] for j in range(delta.size)] for i in range(h.size)]
        assert np.allclose(work.dW[l], printed, atol=1e-14)
        assert np.allclose(numeric[l - 1][0], printed, atol=1e-8)


@equation("eq-bias-gradient")
def gradient_of_the_biases():
    r"""\frac{\partial E}{\partial b_{l,j}}=\delta_{l,j}"""
    net, theta, X, T = _random(m=1)
    work = nn.trace(net, theta, X, T, "l2")
    numeric = nn.unpack(net, nn.numerical_gradient(net, theta, X, T, "l2"))
    for l in (1, 2):
        assert np.allclose(work.db[l], work.delta[l][0], atol=1e-14)
        assert np.allclose(numeric[l - 1][1], work.delta[l][0], atol=1e-8)


@equation("eq-weight-gradient", "eq-bias-gradient", "eq-delta-hidden", "eq-delta-l2")
def the_example_by_complex_step():
    _, gradient = nn.backprop(NET, EXAMPLE, X, T, "l2")
    assert np.allclose(gradient, _complex_step(_error, EXAMPLE), rtol=0, atol=1e-15)


@equation("eq-sgd")
def update():
    r"""
    \underbrace{\theta}_{(P,)}\leftarrow\underbrace{\theta}_{(P,)}-\eta\,
    \underbrace{\frac{\partial J}{\partial\theta}}_{(P,)}
    """
    theta = np.array([0.4, -1.0])
    slope = np.array([0.082, 2.0])
    after, rule = theta.copy(), nn.sgd(lr=0.5)
    rule.step(after, slope, rule.state(after))
    assert np.allclose(after, theta - 0.5 * slope, atol=1e-16)
    # all slopes at the old parameters, then all parameters: one step of the example, biases included
    _, slopes = nn.backprop(NET, EXAMPLE, X, T, "l2")
    assert abs(_error(EXAMPLE - 0.5 * slopes) - 0.280471446791) < 1e-12

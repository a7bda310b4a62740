"""Chapter 13: products over depth, as printed, against nnlib, complex steps and brute force."""

import numpy as np

import nnlib as nn
from tests.equations import equation

SLOPES = {  # written down again, in z: nnlib has them in h
    "sigmoid": lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2,
    "tanh": lambda z: 1 / np.cosh(z) ** 2,
    "relu": lambda z: (z > 0) * 1.0,
}


def size(v):
    return np.sqrt(np.mean(np.square(v)))


@equation("eq-van-chain")
def a_row_multiplies_weights_and_slopes():
    r"""
    \begin{gathered}
    \frac{\partial h_L}{\partial x} = \prod_{l=1}^{L} \underbrace{w_l}_{\text{weight}}\;
    \underbrace{g'(z_l)}_{\text{slope}}\\
    h_0 = x
    \end{gathered}
    """
    rng = np.random.default_rng(0)
    for name in ("sigmoid", "tanh"):
        w, b, x = rng.normal(size=4) * 1.5, rng.normal(size=4), 0.7
        net = nn.mlp([1] * 5, hidden=name, output=name)
        theta = nn.pack(net, [([[u]], [v]) for u, v in zip(w, b, strict=True)])
        work = nn.trace(net, theta, [[x]])
        printed = np.prod([w[l] * SLOPES[name](work.Z[l + 1][0, 0]) for l in range(4)])
        step = 1e-6
        ends = [nn.forward(net, theta, [[x + s]])[0, 0] for s in (step, -step)]
        assert np.isclose(printed, (ends[0] - ends[1]) / (2 * step), rtol=1e-6)
        assert not np.isclose(printed, np.prod(w), rtol=0.1)
    assert np.isclose(0.25**30, 8.7e-19, rtol=0.01)


@equation("eq-van-linear")
def orthogonal_layers_scale_lengths_by_a_power():
    r"""
    \begin{gathered}
    \underbrace{y}_{(1,\,n)} = \underbrace{x}_{(1,\,n)}\;\underbrace{W_1 W_2\cdots W_L}_{\text{each }(n,\,n)}, \\
    W_l = s\,Q_l \;\Rightarrow\; \lVert y\rVert = s^L\,\lVert x\rVert
    \end{gathered}
    """
    for s, L in ((1.5, 10), (0.5, 7), (1.0, 30)):
        net = nn.mlp([6] * (L + 1), hidden="identity")
        theta = nn.initialize(net, "orthogonal", scale=s, seed=3)
        x = np.random.default_rng(1).normal(size=(1, 6))
        product = np.eye(6)
        for W, _ in nn.unpack(net, theta):
            assert np.allclose((W / s) @ (W / s).T, np.eye(6), atol=1e-12)
            product = product @ W
        y = nn.forward(net, theta, x)
        assert np.allclose(y, x @ product, rtol=1e-10)
        assert np.isclose(np.linalg.norm(y), s**L * np.linalg.norm(x), rtol=1e-10)


@equation("eq-van-gain")
def gain_is_the_mean_stretch():
    r"""
    \begin{aligned}
    s^2 &= \frac{\operatorname{E}\lVert xW\rVert^2}{\operatorname{E}\lVert x\rVert^2} = \frac1n\sum_{i,j} W[i, j]^2 \\
    &\approx n \operatorname{Var}(w)
    \end{aligned}
    """
    rng = np.random.default_rng(2)
    n = 5
    W = rng.normal(size=(n, n)) + 0.4
    s = np.sqrt((W**2).sum() / n)
    assert np.isclose(s, size(np.linalg.svd(W, compute_uv=False)), rtol=1e-12)
    x = rng.normal(size=(400_000, n))
    stretched = np.mean(np.sum((x @ W) ** 2, axis=1)) / np.mean(np.sum(x**2, axis=1))
    assert np.isclose(stretched, s**2, rtol=0.01)
    net = nn.mlp([400, 400])
    for scheme, wanted in (("lecun_normal", 1), ("he_normal", np.sqrt(2)), ("orthogonal", 1)):
        W = nn.unpack(net, nn.initialize(net, scheme, seed=0))[0][0]
        assert np.isclose(np.sqrt((W**2).sum() / 400), wanted, rtol=0.01)
        assert np.isclose(np.sqrt(400 * W.var()), wanted, rtol=0.01)
    ones = np.ones((2, 2))
    assert np.isclose(np.sqrt((ones**2).sum() / 2), np.sqrt(2))
    assert np.allclose(np.linalg.svd(ones, compute_uv=False), [2, 0])


@equation("eq-van-product")
def the_way_back_is_one_product():
    r"""
    \begin{aligned}
    \underbrace{\delta_1}_{(1,\,n)} = \underbrace{\delta_L}_{(1,\,n)}\;&
    \underbrace{W_L^\top}_{(n,\,n)}\,\underbrace{D_{L-1}}_{(n,\,n)} \\
    \cdot\;& W_{L-1}^\top D_{L-2}\\
    & \cdots W_2^\top D_1
    \end{aligned}
    """
    for name in ("sigmoid", "tanh", "relu"):
        net = nn.mlp([3, 4, 2, 5, 3], hidden=name)
        theta = nn.initialize(net, "normal", scale=0.8, seed=5)
        rng = np.random.default_rng(0)
        theta = theta + 0.1 * rng.normal(size=theta.size)
        x, t = rng.normal(size=(1, 3)), rng.normal(size=(1, 3))
        work = nn.trace(net, theta, x, t, "l2")
        W = [None, *(W for W, _ in nn.unpack(net, theta))]
        D = {l: np.diag(SLOPES[name](work.Z[l][0])) for l in (1, 2, 3)}
        printed = work.delta[4] @ W[4].T @ D[3] @ W[3].T @ D[2] @ W[2].T @ D[1]
        assert np.allclose(printed, work.delta[1], rtol=1e-10, atol=1e-15)
        step, by_nudging = 1e-6, []
        for k in range(4):  # a nudge of b_1 is a nudge of z_1
            J = []
            for sign in (1, -1):
                layers = [(V.copy(), b.copy()) for V, b in nn.unpack(net, theta)]
                layers[0][1][k] += sign * step
                J.append(nn.trace(net, nn.pack(net, layers), x, t, "l2").J)
            by_nudging.append((J[0] - J[1]) / (2 * step))
        assert np.allclose(printed[0], by_nudging, atol=1e-8)


@equation("eq-mean-squares", slow=True)
def mean_squares_multiply_backward():
    r"""
    \operatorname{E}[\delta_l^2] \approx \underbrace{s^2}_{\text{gain}}\;
    \underbrace{\operatorname{E}[g'(Z_l)^2]}_{\text{slopes}}\;\operatorname{E}[\delta_{l+1}^2]
    """
    # Wide layers, drawn weights: within a few percent; without the slopes, or with s for s², far off.
    n, m = 300, 100
    rng = np.random.default_rng(1)
    for name, s in (("sigmoid", 1.0), ("tanh", 2.0), ("relu", 1.3)):
        net = nn.mlp([n, n, n, n], hidden=name)
        theta = nn.initialize(net, "normal", scale=s / np.sqrt(n), seed=1)
        x = rng.normal(size=(m, n))
        work = nn.trace(net, theta, x, nn.forward(net, theta, x) - rng.normal(size=(m, n)), "l2")
        for l in (1, 2):
            slopes = np.mean(SLOPES[name](work.Z[l]) ** 2)
            seen = (size(work.delta[l]) / size(work.delta[l + 1])) ** 2
            assert np.isclose(s**2 * slopes, seen, rtol=0.1)
            assert not np.isclose(s**2, seen, rtol=0.3)
            if s != 1:
                assert not np.isclose(s * slopes, seen, rtol=0.2)


@equation("eq-clip")
def clipping_keeps_direction_and_short_gradients():
    r"""\nabla J \;\leftarrow\; \nabla J \cdot \min\!\left(1, \frac{r}{\lVert \nabla J \rVert}\right)"""
    rng = np.random.default_rng(0)
    for length, r in ((40.0, 5.0), (0.2, 5.0), (5.0, 5.0), (3e4, 0.1)):
        g = rng.normal(size=7)
        g *= length / np.linalg.norm(g)
        printed = g * min(1, r / np.linalg.norm(g))
        assert np.isclose(np.linalg.norm(printed), min(length, r), rtol=1e-12)
        assert np.isclose(printed @ g, np.linalg.norm(printed) * length, rtol=1e-12)  # the same direction
        if length <= r:
            assert np.allclose(printed, g, rtol=1e-12)

"""Chapter 03: layers as printed, by loops over samples and units, against nnlib."""

import numpy as np

import nnlib as nn
from tests.equations import equation

RNG = np.random.default_rng(3)


def unit(inputs, weights, bias):
    """One unit, with nothing but products and sums of numbers."""
    total = float(bias)
    for x, w in zip(inputs, weights, strict=True):
        total += float(x) * float(w)
    return total


def by_loops(layers, X, bends):
    """Every unit of every layer for every sample, one number at a time; all Z and the output."""
    H, Zs = [list(map(float, row)) for row in X], []
    for (W, b), g in zip(layers, bends, strict=True):
        Z = [[unit(row, W[:, j], b[j]) for j in range(W.shape[1])] for row in H]
        Zs.append(np.array(Z))
        H = [[float(g(z)) for z in row] for row in Z]
    return Zs, np.array(H)


def network(sizes, hidden):
    net = nn.mlp(sizes, hidden=hidden)
    return net, nn.initialize(net, "normal", seed=1) + 0.1 * RNG.normal(size=net.size)


def identity(z):
    return z


@equation("eq-line-of-line")
def a_line_of_a_line_is_a_line():
    r"""
    \begin{aligned}
    y &= w_2\,(w_1 x + b_1) + b_2\\
    &= \underbrace{(w_2 w_1)}_{\text{one weight}}\,x + \underbrace{(w_2 b_1 + b_2)}_{\text{one bias}}
    \end{aligned}
    """
    for w_1, b_1, w_2, b_2 in [(2.0, 1.0, 3.0, 4.0), *RNG.normal(size=(5, 4))]:
        net = nn.mlp([1, 1, 1], hidden="identity")
        theta = np.array([w_1, b_1, w_2, b_2])
        for x in (-2.0, 0.0, 1.5):
            y = nn.forward(net, theta, [[x]])[0, 0]
            assert np.isclose(y, (w_2 * w_1) * x + (w_2 * b_1 + b_2), atol=1e-12)
    assert nn.forward(net, np.array([2.0, 1.0, 3.0, 4.0]), [[5.0]])[0, 0] == 6 * 5 + 7


BENDS = {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0), "sigmoid": lambda z: 1 / (1 + np.exp(-z))}


@equation("eq-unit-by-unit")
def a_2_2_1_network_by_units():
    r"""
    \begin{gathered}
    z_1 = x_1 w_{11} + x_2 w_{21} + b_1\\
    z_2 = x_1 w_{12} + x_2 w_{22} + b_2\\
    h_1 = g(z_1), \qquad h_2 = g(z_2)\\
    y = h_1 w'_1 + h_2 w'_2 + b'
    \end{gathered}
    """
    for name, g in BENDS.items():
        net, theta = network([2, 2, 1], name)
        (W, b), (W_out, b_out) = nn.unpack(net, theta)
        assert not np.isclose(W[0, 1], W[1, 0])  # else a transpose would go unseen
        x1, x2 = RNG.normal(size=2)
        z1 = x1 * W[0, 0] + x2 * W[1, 0] + b[0]
        z2 = x1 * W[0, 1] + x2 * W[1, 1] + b[1]
        h1, h2 = g(z1), g(z2)
        y = h1 * W_out[0, 0] + h2 * W_out[1, 0] + b_out[0]
        x = np.array([[x1, x2]])
        assert np.allclose(nn.trace(net, theta, x).Z[1], [[z1, z2]], rtol=0, atol=1e-13)
        assert np.allclose(nn.trace(net, theta, x).H[1], [[h1, h2]], rtol=0, atol=1e-13)
        assert np.isclose(nn.forward(net, theta, x)[0, 0], y, rtol=0, atol=1e-13)


@equation("eq-one-hidden")
def a_2_2_1_network_by_matrices():
    r"""
    \begin{aligned}
    \underbrace{h}_{(1,\,2)} &= g\bigl(\underbrace{x}_{(1,\,2)}\,\underbrace{W}_{(2,\,2)}
    + \underbrace{b}_{(2,)}\bigr)\\
    \underbrace{y}_{(1,\,1)} &= \underbrace{h}_{(1,\,2)}\,\underbrace{W'}_{(2,\,1)} + \underbrace{b'}_{(1,)}
    \end{aligned}
    """
    for name, g in BENDS.items():
        net, theta = network([2, 2, 1], name)
        (W, b), (W_out, b_out) = nn.unpack(net, theta)
        x = RNG.normal(size=(1, 2))
        h = g(x @ W + b)
        y = h @ W_out + b_out
        assert h.shape == (1, 2) and y.shape == (1, 1)
        (Z_1, Z_2), _ = by_loops([(W, b), (W_out, b_out)], x, (g, identity))
        assert np.allclose(h, g(Z_1), rtol=0, atol=1e-13) and np.allclose(y, Z_2, rtol=0, atol=1e-13)
        assert np.allclose(nn.forward(net, theta, x), y, rtol=0, atol=1e-13)


@equation("eq-layer-expanded")
def columns_of_W_are_units():
    r"""
    \begin{aligned}
    \underbrace{\begin{bmatrix} z_1 & z_2 \end{bmatrix}}_{z\;(1,\,2)} ={}&
    \underbrace{\begin{bmatrix} x_1 & x_2 \end{bmatrix}}_{x\;(1,\,2)}
    \underbrace{\begin{bmatrix} w_{11} & w_{12}\\ w_{21} & w_{22} \end{bmatrix}}_{W\;(2,\,2)}\\
    &{}+ \underbrace{\begin{bmatrix} b_1 & b_2 \end{bmatrix}}_{b\;(2,)}
    \end{aligned}
    """
    W, b, x = np.array([[1.0, 20.0], [300.0, 4000.0]]), np.array([0.5, 0.25]), np.array([[2.0, 3.0]])
    z = [[2 * 1 + 3 * 300 + 0.5, 2 * 20 + 3 * 4000 + 0.25]]
    assert np.array_equal(x @ W + b, z)
    net = nn.mlp([2, 2])
    assert np.array_equal(nn.forward(net, nn.pack(net, [(W, b)]), x), z)


@equation("eq-layer")
def every_layer_of_a_batch_by_loops():
    r"""
    \begin{gathered}
    \underbrace{Z_l}_{(m,\,n_l)} = \underbrace{H_{l-1}}_{(m,\,n_{l-1})}\;\underbrace{W_l}_{(n_{l-1},\,n_l)}
    + \underbrace{b_l}_{(n_l,)}\\
    H_l = g_l(Z_l)\\
    H_0 = X, \qquad Y = H_L
    \end{gathered}
    """
    net, theta = network([3, 5, 4, 2], ["tanh", "relu"])
    X = RNG.normal(size=(7, 3))
    layers = nn.unpack(net, theta)
    Zs, Y = by_loops(layers, X, (np.tanh, lambda z: max(z, 0.0), identity))
    work = nn.trace(net, theta, X)
    assert np.array_equal(work.H[0], X)
    for l, Z in enumerate(Zs, start=1):
        assert work.Z[l].shape == (7, net.sizes[l]) == Z.shape
        assert layers[l - 1][0].shape == (net.sizes[l - 1], net.sizes[l]) and layers[l - 1][1].shape == (net.sizes[l],)
        assert np.allclose(work.Z[l], Z, rtol=0, atol=1e-12)
    assert np.allclose(nn.forward(net, theta, X), Y, rtol=0, atol=1e-12)


@equation("eq-columns")
def samples_as_columns_by_loops():
    r"""
    \underbrace{Z^\top}_{(S,\,m)} = \underbrace{W^\top}_{(S,\,n)}\,\underbrace{X^\top}_{(n,\,m)}
    + \underbrace{b^\top}_{(S,\,1)}
    """
    m, n, S = 7, 3, 4
    W, b, X = RNG.normal(size=(n, S)), RNG.normal(size=S), RNG.normal(size=(m, n))
    (Z,), _ = by_loops([(W, b)], X, [identity])
    upright = b[None, :].T
    assert upright.shape == (S, 1) == b[:, None].shape
    column = W.T @ X.T + upright
    assert column.shape == (S, m)
    net = nn.mlp([n, S])
    assert np.allclose(column.T, nn.forward(net, nn.pack(net, [(W, b)]), X), rtol=0, atol=1e-13)
    for j in range(S):
        for s in range(m):
            assert np.isclose(column[j, s], Z[s, j], rtol=0, atol=1e-13)


@equation("eq-bias-trick")
def a_bias_is_the_weight_of_a_one():
    r"""\begin{bmatrix} 1 & x \end{bmatrix}\begin{bmatrix} b \\ W \end{bmatrix} = x W + b"""
    W, b, X = RNG.normal(size=(3, 4)), RNG.normal(size=4), RNG.normal(size=(6, 3))
    (Z,), _ = by_loops([(np.vstack([b, W]), np.zeros(4))], np.hstack([np.ones((6, 1)), X]), [identity])
    net = nn.mlp([3, 4])
    assert np.allclose(Z, nn.forward(net, nn.pack(net, [(W, b)]), X), rtol=0, atol=1e-13)


@equation("eq-collapse")
def two_layers_are_one():
    r"""
    \begin{aligned}
    Y &= (X W_1 + b_1)\,W_2 + b_2\\
    &= X\underbrace{W_1 W_2}_{W^*\;(n_0,\,n_2)} + \underbrace{b_1 W_2 + b_2}_{b^*\;(n_2,)}
    \end{aligned}
    """
    net, theta = network([8, 9, 4], "identity")
    X = RNG.normal(size=(6, 8))
    (W_1, b_1), (W_2, b_2) = nn.unpack(net, theta)
    W, b = W_1 @ W_2, b_1 @ W_2 + b_2
    assert W.shape == (8, 4) and b.shape == (4,)
    one = nn.mlp([8, 4])
    assert np.allclose(nn.forward(one, nn.pack(one, [(W, b)]), X), nn.forward(net, theta, X), rtol=0, atol=1e-11)
    _, Y = by_loops(nn.unpack(net, theta), X, (identity, identity))
    assert np.allclose(X @ W + b, Y, rtol=0, atol=1e-11)
    assert (net.size, one.size, W_1.size + W_2.size, W.size) == (121, 36, 108, 32)
    assert nn.mlp([2] + [100] * 9 + [1]).size == 81201


@equation("eq-collapse-three")
def three_layers_are_one():
    r"""
    \begin{aligned}
    W^* &= W_1 W_2 W_3\\
    b^* &= b_1 W_2 W_3 + b_2 W_3 + b_3
    \end{aligned}
    """
    net, theta = network([4, 6, 5, 2], "identity")
    X = RNG.normal(size=(7, 4))
    (W_1, b_1), (W_2, b_2), (W_3, b_3) = nn.unpack(net, theta)
    W, b = W_1 @ W_2 @ W_3, b_1 @ W_2 @ W_3 + b_2 @ W_3 + b_3
    _, Y = by_loops(nn.unpack(net, theta), X, (identity,) * 3)
    assert np.allclose(X @ W + b, Y, rtol=0, atol=1e-11)
    assert np.allclose(nn.forward(net, theta, np.zeros((1, 4)))[0], b, rtol=0, atol=1e-11)


@equation("eq-rank")
def no_product_has_more_rank_than_its_middle():
    r"""
    \begin{gathered}
    \operatorname{rank}(W_1 W_2)\\
    \le \min(n_0,\, n_1,\, n_2)
    \end{gathered}
    """
    for n_0, n_1, n_2 in ((8, 9, 4), (8, 2, 4), (3, 5, 7), (6, 1, 6)):
        net = nn.mlp([n_0, n_1, n_2], hidden="identity")
        W = nn.forward(net, nn.initialize(net, "normal", scale=1.0), np.eye(n_0))  # no bias: the rows of W_1 W_2
        assert np.linalg.matrix_rank(W) == min(n_0, n_1, n_2)  # attained by almost every pair
    wanted = RNG.normal(size=(8, 4))  # with 9 ≥ 4 in the middle every 8-to-4 matrix can be built
    W_2 = np.vstack([np.eye(4), np.zeros((5, 4))])
    assert np.array_equal(np.hstack([wanted, np.zeros((8, 5))]) @ W_2, wanted)


class Counted(float):
    """A number that counts the multiplications it takes part in."""

    count = 0

    def __mul__(self, other):
        Counted.count += 1
        return Counted(float(self) * float(other))

    def __add__(self, other):
        return Counted(float(self) + float(other))


def multiplications(*tables):
    """How many a chain of products takes, from left to right."""
    Counted.count = 0
    product = [[Counted(v) for v in row] for row in tables[0]]
    for table in tables[1:]:
        columns = list(zip(*table, strict=True))
        product = [[sum((Counted.__mul__(x, w) for x, w in zip(row, column, strict=True)), Counted(0))
                    for column in columns] for row in product]  # fmt: skip
    return Counted.count


@equation("eq-collapse-pays")
def collapsing_pays_from_four_samples():
    r"""
    \begin{aligned}
    &\underbrace{n_0 n_1 n_2 + m\,n_0 n_2}_{\text{collapse, then one layer}}\\
    &\quad < \underbrace{m\,(n_0 n_1 + n_1 n_2)}_{\text{two layers}}
    \end{aligned}
    """
    for n_0, n_1, n_2 in ((8, 9, 4), (8, 2, 4), (5, 5, 5)):
        W_1, W_2 = np.ones((n_0, n_1)), np.ones((n_1, n_2))
        for m in range(1, 9):
            X = np.ones((m, n_0))
            collapsed = multiplications(W_1, W_2) + multiplications(X, W_1 @ W_2)
            two = multiplications(X, W_1, W_2)
            assert collapsed == n_0 * n_1 * n_2 + m * n_0 * n_2
            assert two == m * (n_0 * n_1 + n_1 * n_2)
            if (n_0, n_1, n_2) == (8, 9, 4):
                assert (collapsed < two) == (m >= 4)
            if (n_0, n_1, n_2) == (8, 2, 4):
                assert collapsed > two

"""Chapter 05: XOR by hand, boxes, squares that stop, bounds and regions, as printed, against independent routes."""

import itertools

import numpy as np
import sympy
from scipy.optimize import linprog

import nnlib as nn
from nnlib import activations as g
from tests.equations import equation

X, T = nn.data.xor()


@equation("eq-xor-relu")
def two_relus_are_xor():
    r"""
    \begin{gathered}
    Y = \operatorname{relu}\bigl(\underbrace{X}_{(m,\,2)}\,\underbrace{W_1}_{(2,\,2)} + \underbrace{b_1}_{(2,)}\bigr)\,
    \underbrace{W_2}_{(2,\,1)} \\[1ex]
    W_1 = \begin{pmatrix} 1 & 1 \\ 1 & 1 \end{pmatrix}, \quad
    W_2 = \begin{pmatrix} 1 \\ -2 \end{pmatrix}\\
    b_1 = (0, -1)
    \end{gathered}
    """
    W_1, b_1, W_2 = np.ones((2, 2)), np.array([0.0, -1.0]), np.array([[1.0], [-2.0]])
    assert np.array_equal(g.relu(X @ W_1 + b_1) @ W_2, T)
    net = nn.mlp([2, 2, 1], hidden="relu")
    theta = nn.pack(net, [(W_1, b_1), (W_2, np.zeros(1))])
    P = np.random.default_rng(5).normal(size=(40, 2))
    s = P.sum(axis=1)
    assert np.allclose(nn.forward(net, theta, P)[:, 0], g.relu(s) - 2 * g.relu(s - 1), atol=1e-14)
    for wrong in ([0.0, 1.0], [-1.0, -1.0]):
        assert not np.array_equal(g.relu(X @ W_1 + np.array(wrong)) @ W_2, T)


@equation("eq-box")
def two_steps_make_a_box():
    r"""
    \begin{gathered}
    \operatorname{step}(x - p) - \operatorname{step}(x - r) \\
    = \begin{cases} 1 & p \le x < r \\ 0 & \text{elsewhere} \end{cases}
    \end{gathered}
    """
    p, r = -0.25, 0.5
    x = np.concatenate([np.linspace(-1, 1, 33), [p, r, np.nextafter(r, 0), np.nextafter(p, -1)]])
    assert np.array_equal(g.step(x - p) - g.step(x - r), [1.0 if p <= u < r else 0.0 for u in x])


def staircase(f, N):
    """As printed, as a network."""
    edges, middles = np.linspace(-1, 1, N + 1)[1:-1], -1 + (2 * np.arange(N) + 1) / N
    net = nn.mlp([1, N - 1, 1], hidden="step")
    weights_out = np.diff(f(middles))[:, None]
    return net, nn.pack(net, [(np.ones((1, N - 1)), -edges), (weights_out, f(middles[:1]))])


@equation("eq-staircase")
def the_sum_of_steps_is_the_height_at_the_middle():
    r"""
    \begin{gathered}
    y(x) = f(c_1)\\
    {} + \sum_{j=1}^{N-1} v_j \operatorname{step}(x - e_j) \\
    v_j = f(c_{j+1}) - f(c_j)
    \end{gathered}
    """
    rng = np.random.default_rng(1)
    for N in (2, 5, 16):
        x = rng.uniform(-1, 1, size=200)
        box = np.floor((x + 1) / 2 * N)  # which box, by division
        middle = -1 + (2 * box + 1) / N
        for f in (np.exp, np.cos, lambda u: u**3 - u):
            y = nn.forward(*staircase(f, N), x[:, None])[:, 0]
            assert np.allclose(y, f(middle), atol=1e-13)


@equation("eq-staircase-gap")
def the_gap_is_at_most_the_steepness_by_the_boxes():
    r"""\max_{-1 \le x \le 1} \lvert y(x) - f(x) \rvert \le \frac{K}{N}"""
    x = np.linspace(-1, 1, 4001)
    for N in (3, 10, 40):
        for f, K in ((lambda u: np.sin(np.pi * u), np.pi), (np.abs, 1.0), (lambda u: np.cos(7 * u), 7.0)):
            y = nn.forward(*staircase(f, N), x[:, None])[:, 0]
            assert np.abs(y - f(x)).max() <= K / N + 1e-12
        y = nn.forward(*staircase(lambda u: 2.5 * u, N), x[:, None])[:, 0]
        assert np.isclose(np.abs(y - 2.5 * x).max(), 2.5 / N)  # a straight line attains the bound


@equation("eq-squares")
def a_sum_of_squares_is_one_parabola():
    r"""
    \begin{gathered}
    \sum_{j=1}^{H} v_j (w_j x + b_j)^2 + c \\
    = A x^2 + B x + C
    \end{gathered}
    """
    rng = np.random.default_rng(2)
    v, w, b, c = rng.normal(size=50), rng.normal(size=50), rng.normal(size=50), 0.7
    x = np.linspace(-2, 2, 31)
    units = (np.outer(x, w) + b) ** 2 @ v + c
    A, B, C = (v * w**2).sum(), 2 * (v * w * b).sum(), c + (v * b**2).sum()
    assert np.allclose(units, A * x**2 + B * x + C, atol=1e-11)
    assert np.linalg.matrix_rank(np.c_[(np.outer(x, w) + b) ** 2, np.ones(31)]) == 3
    assert np.linalg.matrix_rank(np.c_[g.tanh(np.outer(x, w[:8]) + b[:8]), np.ones(31)]) == 9


@equation("eq-fourth-difference")
def no_parabola_comes_closer_than_an_eighth():
    r"""
    \begin{gathered}
    q(-1) - 4q(-\tfrac12) + 6q(0) \\
    {} - 4q(\tfrac12) + q(1) = 0 \\[1ex]
    1 - 4\cdot\tfrac12 + 6\cdot 0 \\
    {} - 4\cdot\tfrac12 + 1 = -2
    \end{gathered}
    """
    a, b, c = sympy.symbols("a b c")

    def q(x):
        return a * x**2 + b * x + c

    half = sympy.Rational(1, 2)
    assert sympy.expand(q(-1) - 4 * q(-half) + 6 * q(0) - 4 * q(half) + q(1)) == 0
    assert 1 - 4 * half + 6 * 0 - 4 * half + 1 == -2
    # The smallest largest gap, by linear programming on a grid that has the five points.
    x = np.linspace(-1, 1, 401)
    V, one = np.stack([x**2, x, np.ones(401)], axis=1), np.ones((401, 1))
    best = linprog(
        [0, 0, 0, 1],
        A_ub=np.block([[V, -one], [-V, -one]]),
        b_ub=np.concatenate([np.abs(x), -np.abs(x)]),
        bounds=[(None, None)] * 3 + [(0, None)],
    )
    assert np.isclose(best.fun, 1 / 8, atol=1e-9) and np.isclose(best.fun, 2 / 16, atol=1e-9)
    assert np.allclose(best.x, [1, 0, 1 / 8, 1 / 8], atol=1e-6)


@equation("eq-square-fit")
def least_squares_on_symmetric_points():
    r"""
    \begin{gathered}
    A = \frac{m S_3 - S_1 S_2}{m S_4 - S_2^2} \\[1ex]
    C = \frac{S_1 S_4 - S_2 S_3}{m S_4 - S_2^2}
    \end{gathered}
    """
    for m in (4, 40, 400):
        x = np.linspace(-1, 1, m)
        S1, S2, S3, S4 = (np.sum(np.abs(x) ** k) for k in (1, 2, 3, 4))
        A = (m * S3 - S1 * S2) / (m * S4 - S2**2)
        C = (S1 * S4 - S2 * S3) / (m * S4 - S2**2)
        fitted = np.linalg.lstsq(np.stack([x**2, x, np.ones(m)], axis=1), np.abs(x), rcond=None)[0]
        assert np.allclose(fitted, [A, 0, C], atol=1e-12)
    assert np.isclose(np.abs(A * x**2 + C - np.abs(x)).max(), 0.185470, atol=5e-7)
    S = [None, *(sympy.Rational(1, k + 1) for k in (1, 2, 3, 4))]  # the limits of S_k/m
    bottom = S[4] - S[2] ** 2
    assert (S[1] * S[4] - S[2] * S[3]) / bottom == sympy.Rational(3, 16)
    assert (S[3] - S[1] * S[2]) / bottom == sympy.Rational(15, 16)


@equation("eq-bounded")
def a_tanh_net_is_bounded_by_its_output_weights():
    r"""\lvert y(x) \rvert \le \lvert c \rvert + \sum_{j=1}^{H} \lvert v_j \rvert"""
    rng = np.random.default_rng(3)
    net = nn.mlp([1, 20, 1], hidden="tanh")
    for _ in range(20):
        theta = 3 * rng.normal(size=net.size)
        v, c = nn.unpack(net, theta)[1]
        y = nn.forward(net, theta, np.linspace(-1e3, 1e3, 801)[:, None])
        assert (np.abs(y) <= abs(c[0]) + np.abs(v).sum() + 1e-12).all()
    (w, b), (v, c) = nn.unpack(net, theta)
    w[:], b[:] = np.sign(v).T * 5, 0
    c[:] = 2.0
    assert np.isclose(nn.forward(net, theta, [[100.0]])[0, 0], 2 + np.abs(v).sum())  # and the bound is attained


def regions_by_signs(normals, offsets):
    """Distinct patterns of sides, told by a layer of steps, sampled around every crossing and far out."""
    points = [1e5 * np.array([np.cos(t), np.sin(t)]) for t in np.linspace(0, 2 * np.pi, 20_001)]
    around = np.linspace(0, 2 * np.pi, 720, endpoint=False)
    for i, j in itertools.combinations(range(len(offsets)), 2):
        p = np.linalg.solve(normals[[i, j]], offsets[[i, j]])
        points += [p + 1e-7 * np.array([np.cos(t), np.sin(t)]) for t in around]
    layer = nn.mlp([2, len(offsets)], output="step")
    return len(np.unique(nn.forward(layer, nn.pack(layer, [(normals.T, -offsets)]), points), axis=0))


@equation("eq-regions")
def lines_in_general_position_leave_these_regions():
    r"""
    \begin{gathered}
    R(H) = 1 + \sum_{k=1}^{H} k \\
    = 1 + H + \frac{H(H-1)}{2}
    \end{gathered}
    """
    rng = np.random.default_rng(4)
    for H, wanted in ((1, 2), (2, 4), (3, 7), (5, 16), (8, 37)):
        t = np.pi * (np.arange(H) + rng.uniform(0.2, 0.8, size=H)) / H
        normals, offsets = np.stack([np.cos(t), np.sin(t)], axis=1), rng.uniform(-1, 1, size=H)
        assert 1 + sum(range(1, H + 1)) == 1 + H + H * (H - 1) // 2 == wanted
        assert regions_by_signs(normals, offsets) == wanted
        assert regions_by_signs(normals, np.zeros(H)) == 2 * H

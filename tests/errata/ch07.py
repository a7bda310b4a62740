"""The demonstrations behind chapter 07's errata."""

import numpy as np

import nnlib as nn
from tests.errata import erratum

UNIT = nn.mlp([1, 1], output="sigmoid")
AS_IS = np.array([1.0, 0.0])


@erratum("B1")
def a_relu_output_is_stuck():
    ends = {}
    for output in ("relu", "identity"):
        net = nn.mlp([1, 1], output=output)
        run = nn.train(net, np.array([0.0, 0.1]), [[0.0]], [[-1.0]], loss="l2", optimizer=nn.sgd(0.1), epochs=500)
        ends[output] = nn.backprop(net, run.theta, [[0.0]], [[-1.0]], "l2"), nn.forward(net, run.theta, [[0.0]])
    (J, slopes), Y = ends["relu"]
    assert J == 0.5 and Y[0, 0] == 0 and not slopes.any()
    (J, _), Y = ends["identity"]
    assert J < 1e-20 and np.isclose(Y[0, 0], -1)
    # And a linear output does not make a network with bent hidden layers linear.
    net = nn.mlp([1, 4, 1], hidden="tanh")
    theta = 3 * nn.initialize(net, seed=1)
    bend = np.diff(nn.forward(net, theta, np.linspace(-2, 2, 5)[:, None])[:, 0], n=2)
    assert np.abs(bend).max() > 1e-3


@erratum("B4")
def three_normalizations():
    Q, N = 4, 6
    net = nn.mlp([Q, Q], output="sigmoid")
    theta = nn.pack(net, [(np.eye(Q), np.zeros(Q))])
    rng = np.random.default_rng(4)
    Z, T = rng.normal(size=(N, Q)), (rng.uniform(size=(N, Q)) < 0.5).astype(float)
    work = nn.trace(net, theta, Z, T, "bce")
    y = 1 / (1 + np.exp(-Z[:, 0]))
    assert np.allclose(work.delta[1][:, 0], (y - T[:, 0]) / N)

    def total(Z):
        y = 1 / (1 + np.exp(-Z))
        return -(T * np.log(y) + (1 - T) * np.log(1 - y)).sum()

    def slope(J, h=1e-5):
        up, down = Z.copy(), Z.copy()
        up[2, 1] += h
        down[2, 1] -= h
        return (J(up) - J(down)) / (2 * h)

    error = 1 / (1 + np.exp(-Z[2, 1])) - T[2, 1]
    assert np.isclose(slope(total), error)  # summed over samples and outputs
    assert np.isclose(slope(lambda Z: total(Z) / Q), error / Q)  # mean over outputs
    assert np.isclose(slope(lambda Z: total(Z) / N), error / N)  # the book
    # The same step: η of the book, divided by N for a sum, times Q if the outputs are averaged as well.
    eta = 0.2
    assert np.isclose(eta / N * slope(total), eta * slope(lambda Z: total(Z) / N))
    assert np.isclose(eta * Q * slope(lambda Z: total(Z) / (N * Q)), eta * slope(lambda Z: total(Z) / N))


@erratum("B5")
def norm_square_and_half():
    d = np.array([0.8, 0.3]) - np.array([1.0, 0.0])
    assert np.isclose(np.linalg.norm(d), 0.3605551275463989, rtol=1e-14)
    assert np.isclose(d @ d, 0.13) and np.isclose(d @ d / 2, 0.065)
    assert np.isclose(nn.loss_value([[0.8, 0.3]], [[1.0, 0.0]], "l2"), 0.065)
    h = 1e-6
    square = [((d + h * e) @ (d + h * e) - (d - h * e) @ (d - h * e)) / (2 * h) for e in np.eye(2)]
    assert np.allclose(square, 2 * d, atol=1e-9)


@erratum("B6")
def without_brackets_an_error_is_rewarded():
    y, t = 0.9, 0.0
    literal = -t * np.log(y) + (1 - t) * np.log(1 - y)
    assert np.isclose(literal, -2.302585092994046)
    assert np.isclose(nn.loss_value([[y]], [[t]], "bce"), 2.302585092994046)


@erratum("B9")
def a_density_may_exceed_one():
    s = 0.1
    at_the_top = 1 / (s * np.sqrt(2 * np.pi))
    assert at_the_top > 1 and np.isclose(-np.log(at_the_top), -1.3836465597893728)
    rng = np.random.default_rng(9)
    Y, T = rng.uniform(size=(50, 3)), (rng.uniform(size=(50, 3)) < 0.5).astype(float)
    assert all(nn.loss_value(Y, T, loss) >= 0 for loss in ("l2", "mae", "bce"))
    y, t = [[0.9]], [[1.0]]
    for loss in ("l2", "mae"):
        assert nn.loss_value(y, t, loss) == nn.loss_value(t, y, loss)
    assert np.isclose(nn.loss_value(y, t, "bce"), -np.log(0.9), rtol=1e-12)
    gap = 1 - np.nextafter(1, 0)  # the output 1 stands for all that is rounded to it
    assert np.isclose(nn.loss_value(t, y, "bce"), -0.1 * np.log(gap), rtol=1e-12)


@erratum("B17")
def squared_error_on_a_saturated_sigmoid():
    squared = nn.trace(UNIT, AS_IS, [[-10.0]], [[1.0]], "l2").delta[1][0, 0]
    entropy = nn.trace(UNIT, AS_IS, [[-10.0]], [[1.0]], "bce").delta[1][0, 0]
    assert np.isclose(squared, -4.5393746863e-05, rtol=1e-9)
    assert np.isclose(entropy, -0.9999546021312976, rtol=1e-14)


@erratum("B19")
def several_numbers_per_sample():
    net = nn.mlp([3, 4, 2])
    theta = nn.initialize(net, seed=0)
    X, T = np.ones((5, 3)), np.ones((5, 2))
    assert nn.forward(net, theta, X).shape == T.shape
    assert nn.trace(net, theta, X, T, "l2").delta[2].shape == (5, 2)

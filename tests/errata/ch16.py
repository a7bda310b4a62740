"""Chapter 16's errata, demonstrated."""

import numpy as np

import nnlib as nn
from tests.errata import erratum


def errors(width, m, l2, seed=1):
    """(training, validation) mean squared error on the chapter's noisy sine."""
    net, data = nn.mlp([1, width, 1]), nn.data.sine(m, noise=0.4, seed=seed)
    theta = nn.train(net, nn.initialize(net), *data, optimizer=nn.adam(0.03), epochs=3000, batch_size=None, l2=l2).theta
    return [np.mean((nn.forward(net, theta, X) - T) ** 2) for X, T in (data, nn.data.sine(400, noise=0.4, seed=999))]


@erratum("G1")
def subgradient_steps_give_no_zeros():
    w, v, near = 1.0, 1.0, []
    for k in range(10_000):
        w -= 0.1 * (w - 0.05 + 0.1 * np.sign(w))
        u = v - 0.1 * (v - 0.05)
        v = np.sign(u) * max(abs(u) - 0.01, 0)
        near += [w] if k > 5000 else []
    assert v == 0 and all(near)
    assert min(near) < 0 < max(near) and max(map(abs, near)) < 0.016


@erratum("G2")
def the_gradient_of_a_square_depends_on_the_half():
    net = nn.mlp([2, 2])
    theta, X, T = nn.initialize(net, seed=1), np.eye(2), np.zeros((2, 2))
    ours = nn.backprop(net, theta, X, T, l2=0.02)[1] - nn.backprop(net, theta, X, T)[1]
    theirs = 0.01 * 2 * nn.unpack(net, theta)[0][0]
    assert np.allclose(nn.unpack(net, ours)[0][0], theirs, rtol=1e-9)


@erratum("G3")
def penalties_count_weights_only():
    net = nn.mlp([2, 3, 1])
    theta, X, T = nn.initialize(net, seed=1) + 0.1, np.eye(2), np.zeros((2, 1))
    extra = nn.backprop(net, theta, X, T, l1=0.3, l2=0.2)[1] - nn.backprop(net, theta, X, T)[1]
    for W, b in nn.unpack(net, extra):
        assert (W != 0).all() and (b == 0).all()


@erratum("G5", slow=True)
def validation_error_has_more_than_one_valley():
    seen = np.array([errors(4, 30, l2)[1] for l2 in np.logspace(-5, 0, 16)])
    rises = np.diff(seen) > 0
    first = int(np.argmax(rises))
    assert (seen[first + 1 :] < seen[first]).any() or (~rises[first:]).any()
    assert rises[first] and not rises[first:].all()


@erratum("G6", slow=True)
def more_hidden_units_are_not_always_better():
    assert errors(32, 30, 1e-5)[1] > 1.5 * errors(4, 30, 1e-5)[1]
    assert errors(32, 30, 0.0046)[1] < 1.05 * errors(4, 30, 0.0046)[1]

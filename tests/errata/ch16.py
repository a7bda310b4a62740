"""Chapter 16's errata, demonstrated."""

import numpy as np

import nnlib as nn
from tests.errata import erratum


def errors(width, l2, points=15):
    """The validation errors of the chapter's twenty runs on a noisy sine."""
    net, found = nn.mlp([1, width, 1]), []
    X, T = nn.data.sine(400, noise=0.4, seed=999)
    for start in range(20):
        data = nn.data.sine(points, noise=0.4, seed=start)
        theta = nn.initialize(net, seed=start)
        run = nn.train(net, theta, *data, optimizer=nn.adam(0.03), epochs=1000, batch_size=None, l2=l2)
        found.append(np.mean((nn.forward(net, run.theta, X) - T) ** 2))
    return np.array(found)


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
    several = 0
    for seen in np.transpose([errors(32, l2) for l2 in np.logspace(-5, 0, 16)]):
        several += any(seen[k + 1] > seen[k] + 0.005 and (seen[k + 2 :] < seen[k]).any() for k in range(14))
    assert several >= 3


@erratum("G6", slow=True)
def more_hidden_units_are_not_always_better():
    free, priced, few = errors(32, 1e-5).mean(), errors(32, 0.01).mean(), errors(4, 0.01).mean()
    assert free > 1.4 * few
    assert priced < 1.05 * few

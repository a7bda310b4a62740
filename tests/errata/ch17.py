"""The demonstrations behind chapter 17's errata."""

import numpy as np

import nnlib as nn
from tests.errata import erratum


@erratum("F7", slow=True)
def batch_size_and_scaling_move_the_number_too():
    X, t = nn.data.digits()
    X, t = X[:600], t[:600]
    scaled, _ = nn.data.standardize(X)

    def epochs(X, batch=32, goal=0.2):
        net = nn.mlp([64, 32, 10], "relu", "softmax")
        run = nn.train(
            *(net, nn.initialize(net, "he_normal"), X, t, "cross_entropy", nn.adam(0.003)),
            **dict(epochs=60, batch_size=batch, callback=lambda e, now, h: h.loss[-1] <= goal),
        )
        return len(run.loss)

    base = epochs(scaled)
    assert epochs(scaled, batch=300) > 2 * base and epochs(255 * X) > 2 * base and epochs(scaled, goal=0.05) > base


@erratum("G7")
def two_classes_need_one_sigmoid():
    X, t = nn.data.moons(60, seed=0)
    one, two = nn.mlp([2, 1], output="sigmoid"), nn.mlp([2, 2], output="softmax")
    W, b = np.array([[0.7], [-1.2]]), np.array([0.3])
    theta = nn.pack(one, [(W, b)])
    pair = nn.pack(two, [(np.hstack([0 * W, W]), np.array([0.0, b[0]]))])
    assert np.allclose(nn.forward(one, theta, X)[:, 0], nn.forward(two, pair, X)[:, 1], rtol=0, atol=1e-15)
    assert np.array_equal(nn.predict(one, theta, X), nn.predict(two, pair, X))

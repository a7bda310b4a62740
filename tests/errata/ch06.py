"""Chapter 06's errata, demonstrated."""

import numpy as np

import nnlib as nn
from tests.errata import erratum

LINE = nn.mlp([1, 1])


def updates(samples, batch, epochs=1):
    X, T = nn.data.sine(samples)
    return nn.train(LINE, np.zeros(2), X, T, epochs=epochs, batch_size=batch).updates


@erratum("D12")
def outputs_are_compared_once_per_batch():
    assert [updates(1000, batch) for batch in (1, 50, None)] == [1000, 20, 1]
    seen = []  # the second batch meets weights that the first has changed
    x = np.array([[1.0], [1.0]])
    for batch in (1, 2):
        h = nn.train(LINE, np.zeros(2), x, x, optimizer=nn.sgd(0.1), epochs=1, batch_size=batch)
        seen.append(h.theta[0])
    assert np.allclose(seen, [0.1 + 0.1 * 0.8, 0.1], rtol=1e-12)


@erratum("F5")
def a_short_batch_counts_double():
    losses = np.arange(10.0)
    means = [losses[i : i + 4].mean() for i in (0, 4, 8)]
    assert np.isclose(np.mean(means), 5.1667, atol=5e-5)
    assert np.average(means, weights=[4, 4, 2]) == losses.mean() == 4.5
    # and so with gradients: a bias with error -t has the slope -t
    X, T, theta = np.zeros((10, 1)), losses[:, None], np.zeros(2)
    slopes = [nn.backprop(LINE, theta, X[i : i + 4], T[i : i + 4])[1][1] for i in (0, 4, 8)]
    assert np.isclose(np.mean(slopes), -31 / 6) and np.isclose(nn.backprop(LINE, theta, X, T)[1][1], -4.5)


@erratum("F6")
def the_outer_loop_counts_epochs():
    assert updates(samples=7, batch=1, epochs=3) == 3 * 7

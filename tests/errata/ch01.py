"""Chapter 01's errata, demonstrated."""

import numpy as np

import nnlib as nn
from tests.errata import erratum


@erratum("C16")
def a_threshold_on_spikes_leaves_a_rate_that_is_never_zero():
    # every spike needs the threshold, and below it the rate is small, not 0
    noise = np.random.default_rng(0).logistic(size=100_000)
    z = -2.0
    spikes = z + noise >= 0
    assert 0 < spikes.mean() < 0.5
    assert np.isclose(spikes.mean(), nn.activations.sigmoid(z), atol=0.005)
    assert np.isclose(100 * nn.activations.sigmoid(z), 11.9203, atol=1e-4)
    # without noise the hard threshold is silent there
    assert nn.activations.step(z) == 0


@erratum("C16")
def a_weight_may_change_its_sign():
    net = nn.mlp([1, 1])
    X = np.array([[-1.0], [0.5], [1.0]])
    start = np.array([0.3, 0.0])
    learned = nn.train(net, start, X, -0.2 * X, loss="l2", optimizer=nn.sgd(0.5), epochs=500, batch_size=3).theta
    assert start[0] > 0 > learned[0]
    assert np.isclose(learned[0], -0.2, atol=1e-6)

"""The numbers behind chapter 12's corrections of the sources."""

import numpy as np
import pytest

import nnlib as nn
from tests.errata import erratum


@erratum("E4")
def one_over_n_is_the_variance():
    X = np.random.default_rng(0).normal(size=(4000, 1000))
    for n, wanted in ((10, 0.316), (100, 0.1), (1000, 0.0316)):
        theta = nn.initialize(nn.mlp([n, 1]), "constant", scale=1 / n)
        z = nn.forward(nn.mlp([n, 1]), theta, X[:, :n])
        assert abs(z.std() / wanted - 1) < 0.05
        net = nn.mlp([n, 400])
        z = nn.forward(net, nn.initialize(net, "lecun_normal"), X[:500, :n])
        assert abs(z.std() - 1) < 0.1
    assert np.isclose(nn.forward(nn.mlp([1000, 1]), theta, np.ones((1, 1000)))[0, 0], 1)


@erratum("E5")
def weights_shrink_with_the_number_of_inputs():
    sizes = []
    for n in (50, 200, 800):
        net = nn.mlp([n, 100])
        sizes.append(nn.unpack(net, nn.initialize(net, "lecun_normal"))[0][0].std())
    assert sizes[0] > sizes[1] > sizes[2]
    assert abs(sizes[0] / sizes[2] - 4) < 0.2


@erratum("E6", "E7")
def three_names_three_numbers():
    n_in, n_out = 784, 100
    wanted = dict(lecun=1 / n_in, glorot=2 / (n_in + n_out), he=2 / n_in)
    said = {name: f"{np.sqrt(v):.6f}" for name, v in wanted.items()}
    assert said == dict(lecun="0.035714", glorot="0.047565", he="0.050508")
    net = nn.mlp([n_in, n_out])
    for name, variance in wanted.items():
        W = nn.unpack(net, nn.initialize(net, f"{name}_normal", seed=0))[0][0]
        others = [v for other, v in wanted.items() if other != name]
        assert abs(W.var() / variance - 1) < min(abs(W.var() / v - 1) for v in others)
        assert abs(W.var() / variance - 1) < 0.03


@erratum("E8")
def randn_takes_numbers_and_not_a_shape():
    with pytest.raises(TypeError):
        np.random.RandomState(0).randn((3, 4))


@erratum("E9")
def the_limit_counts_both_sides_of_its_own_matrix():
    sizes = [784, 100, 10]
    assert f"{np.sqrt(6 / (sizes[0] + sizes[1])):.6f}" == "0.082385"
    assert f"{np.sqrt(6 / (sizes[1] + sizes[2])):.6f}" == "0.233550"
    net = nn.mlp(sizes)
    (W_1, _), (W_2, _) = nn.unpack(net, nn.initialize(net, "glorot_uniform"))
    assert 0.0820 < np.abs(W_1).max() <= 0.082386 and 0.23 < np.abs(W_2).max() <= 0.233550


@erratum("E10")
def zero_tanh_network_learns_the_class_frequencies():
    X, labels = np.random.default_rng(0).normal(size=(6, 2)), np.array([0, 0, 0, 0, 1, 1])
    net = nn.mlp([2, 3, 2], hidden="tanh", output="softmax")
    run = nn.train(
        net, np.zeros(net.size), X, labels, "cross_entropy", optimizer=nn.sgd(0.5), epochs=2000, batch_size=6
    )
    assert not run.theta[:-2].any()
    assert np.allclose(nn.forward(net, run.theta, X), [4 / 6, 2 / 6], atol=1e-9)
    assert f"{run.loss[-1]:.6f}" == "0.636514"
    theta = np.zeros(net.size)
    nn.unpack(net, theta)[0][1][:] = 0.5  # a hidden bias wakes W₂, and the units stay twins
    assert nn.trace(net, theta, X, labels, "cross_entropy").dW[2].any()
    run = nn.train(net, theta, X, labels, "cross_entropy", optimizer=nn.sgd(0.5), epochs=200, batch_size=6)
    W = nn.unpack(net, run.theta)[0][0]
    assert W.any() and np.ptp(W, axis=1).max() == 0


@erratum("E11")
def equal_units_stay_identical():
    net = nn.mlp([2, 10, 1], hidden="tanh", output="sigmoid")
    theta = nn.initialize(net, "constant", scale=0.5)
    run = nn.train(net, theta, *nn.data.xor(), "bce", optimizer=nn.sgd(1.0), epochs=500, batch_size=4)
    W, b = nn.unpack(net, run.theta)[0]
    assert np.ptp(W, axis=1).max() == 0 and np.ptp(b) == 0 and np.abs(W - 0.5).max() > 1
    nn.unpack(net, theta)[1][0][:] = np.linspace(-1, 1, 10)[:, None]  # other outgoing weights
    run = nn.train(net, theta, *nn.data.xor(), "bce", optimizer=nn.sgd(1.0), epochs=1, batch_size=4)
    assert len(np.unique(nn.unpack(net, run.theta)[0][0], axis=1).T) == 10


@erratum("E14")
def training_numbers_for_new_data_and_no_division_by_zero():
    train = np.array([[20.0, 1500.0, 1.0], [30.0, 2500.0, 1.0], [40.0, 3500.0, 1.0], [50.0, 4500.0, 1.0]])
    new = np.array([[35.0, 5000.0, 1.0]])
    with np.errstate(invalid="ignore"):
        assert np.isnan((train - train.mean(axis=0)) / train.std(axis=0))[:, 2].all()
    train_s, new_s, _ = nn.data.standardize(train, new)
    assert np.isfinite(train_s).all() and f"{new_s[0, 1]:.3f}" == "1.789"
    assert not nn.data.standardize(new)[0].any()  # by itself, every sample is 0


@erratum("E15")
def one_epsilon_does_not_fit_all_layers():
    X = np.random.default_rng(1).normal(size=(400, 1000))
    sizes = []
    for n in (10, 1000):
        net = nn.mlp([n, 200])
        sizes.append(nn.forward(net, nn.initialize(net, "uniform", scale=0.1), X[:, :n]).std())
    assert abs(sizes[1] / sizes[0] - 10) < 1
    assert 2 * 0.1 * 0.0 - 0.1 == -0.1 and 2 * 0.1 * (1 - 2**-53) - 0.1 < 0.1  # random() is never 1: [−ε, ε)

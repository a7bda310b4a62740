"""Chapter 03's errata, demonstrated."""

import numpy as np
import pytest

import nnlib as nn
from tests.errata import erratum

RNG = np.random.default_rng(33)


@erratum("C1")
def the_linear_part_is_not_the_layer():
    net = nn.mlp([2, 3, 1], hidden="tanh")
    theta = nn.initialize(net, seed=1)
    W, b = nn.unpack(net, theta)[0]
    x = np.array([[0.5, -1.0]])
    work = nn.trace(net, theta, x)
    assert np.allclose(x @ W + b, work.Z[1], atol=1e-14)
    assert not np.allclose(x @ W + b, work.H[1], atol=1e-3)


@erratum("C3")
def shared_indices_name_two_weights():
    # In D1 w_11 … w_22 lead from inputs to units, but w_13 and w_23 from units to the output. Read as one table
    # w[i, j], column 3 would lead from the inputs.
    inputs_to_units, units_to_output = RNG.normal(size=(2, 2)), RNG.normal(size=2)
    table = np.column_stack([inputs_to_units, units_to_output])
    net = nn.mlp([2, 2, 1], hidden="tanh")
    theta = nn.pack(net, [(inputs_to_units, np.zeros(2)), (units_to_output[:, None], np.zeros(1))])
    x = RNG.normal(size=(1, 2))
    y = nn.forward(net, theta, x)[0, 0]
    h = np.tanh(x @ inputs_to_units)
    assert np.isclose(y, (h @ units_to_output)[0], atol=1e-14)
    assert not np.isclose(y, np.tanh(x @ table)[0, 2], atol=1e-3)  # read as one layer: input 1 to unit 3


@erratum("C4")
def one_network_three_counts():
    net = nn.mlp([2, 2, 1], hidden="tanh")
    columns = len(net.sizes)
    assert (columns - 2, columns - 1, columns) == (1, 2, 3)
    assert len(nn.unpack(net, nn.initialize(net))) == 2
    assert [len(nn.mlp([3, 4, 4, 4, 2]).sizes) - k for k in (2, 1, 0)] == [3, 4, 5]


@erratum("C5")
def the_first_layer_needs_its_one_too():
    Theta, x = RNG.normal(size=(3, 4)), RNG.normal(size=3)
    with pytest.raises(ValueError):
        Theta @ x
    net = nn.mlp([3, 3])
    theta = nn.pack(net, [(Theta[:, 1:].T.copy(), Theta[:, 0].copy())])
    assert np.allclose(Theta @ np.append(1.0, x), nn.forward(net, theta, x[None])[0], atol=1e-14)


@erratum("C6")
def the_output_has_weights_of_its_own():
    H, d = 3, 2
    W_1, h = RNG.normal(size=(H, d)), RNG.normal(size=H)  # D3: rows are target units
    w_2 = RNG.normal(size=H)
    assert (W_1.T @ h).shape == (d,)  # the printed line: d numbers, where one output is wanted
    assert np.ndim(w_2 @ h) == 0


@erratum("C7")
def a_star_too_many():
    assert 64 * 64 * 3 == 12288 == np.zeros((64, 64, 3)).reshape(-1).size
    assert np.isclose(float(64**64 * 3), 1.18206018589e116, rtol=1e-11)
    assert nn.mlp([12288, 100, 1]).size == 12288 * 100 + 100 + 100 + 1


@erratum("C8")
def upright_is_safe_and_flat_is_not():
    S, b = 4, np.array([1.0, 2.0, 3.0, 4.0])
    for m in range(1, 17):
        Z = RNG.normal(size=(S, m))
        right = np.array([[Z[j, s] + b[j] for s in range(m)] for j in range(S)])
        assert np.array_equal(Z + b[:, None], right)  # (S, m) and (S, 1) are compatible for every m
        if m == S:
            assert (Z + b).shape == right.shape and not np.allclose(Z + b, right)
        elif m == 1:
            assert (Z + b).shape == (S, S)
        else:
            with pytest.raises(ValueError):
                Z + b


@erratum("C9")
def one_index_for_units_and_samples():
    # w[i] is (S_i, S_{i-1}): its columns number the senders. The columns of z[i] and of its activation number samples.
    senders, S, m = 3, 4, 5
    w, h = RNG.normal(size=(S, senders)), RNG.normal(size=(senders, m))
    assert w.shape[1] == senders != m == (w @ h).shape[1]
    assert (w @ h).shape == (S, m)


@erratum("C10")
def a_star_is_not_a_matrix_product():
    W_1, x = RNG.normal(size=(8, 9)), RNG.normal(size=8)
    for shape in ((8,), (1, 8)):
        with pytest.raises(ValueError):
            x.reshape(shape) * W_1
    assert (x.reshape(8, 1) * W_1).shape == (8, 9) != (x @ W_1).shape
    W_2, b_1, b_2 = RNG.normal(size=(9, 4)), RNG.normal(size=9), RNG.normal(size=4)
    assert (W_1.size + W_2.size, (W_1 @ W_2).size) == (108, 32)
    two = (x @ W_1 + b_1) @ W_2 + b_2
    assert np.allclose(two, x @ (W_1 @ W_2) + b_1 @ W_2 + b_2, atol=1e-12)
    assert not np.allclose(two, x @ (W_1 @ W_2), atol=1e-3)


@erratum("C11", slow=True)
def a_linear_model_need_not_do_regression():
    X, labels = nn.data.circles(80, noise=0.1, seed=1)
    fitted = []
    for sizes in ([2, 1], [2, 8, 8, 1]):
        net = nn.mlp(sizes, hidden="identity", output="sigmoid")
        history = nn.train(
            net, nn.initialize(net, seed=6), X, labels[:, None], loss="bce", optimizer=nn.sgd(0.3), epochs=4000,
            batch_size=len(X),
        )  # fmt: skip
        W, b = np.eye(2), np.zeros(2)
        for V, c in nn.unpack(net, history.theta):
            W, b = W @ V, b @ V + c
        fitted.append([*W[:, 0], *b])
    assert np.allclose(*fitted, atol=1e-4)  # the same logistic classifier
    least_squares = np.linalg.lstsq(np.column_stack([X, np.ones(80)]), labels, rcond=None)[0]
    assert not np.allclose(fitted[0], least_squares, atol=0.1)  # which is not the linear regression


@erratum("C12")
def theta_l_is_w_l_but_layers_are_numbered_apart():
    sizes = [3, 5, 4, 2]
    Thetas = [RNG.normal(size=(out, into + 1)) for into, out in zip(sizes, sizes[1:], strict=False)]
    net = nn.mlp(sizes, hidden="sigmoid", output="sigmoid")
    theta = nn.pack(net, [(T[:, 1:].T.copy(), T[:, 0].copy()) for T in Thetas])
    x = RNG.normal(size=3)
    d2 = {1: x}  # D2: layer 1 is the input, Θ(l) leads from l to l + 1
    for l, T in enumerate(Thetas, start=1):
        d2[l + 1] = 1 / (1 + np.exp(-(T @ np.append(1.0, d2[l]))))
    work = nn.trace(net, theta, x[None])
    for l in range(4):  # D2's activation of layer l + 1 is H_l here
        assert np.allclose(d2[l + 1], work.H[l][0], atol=1e-14)

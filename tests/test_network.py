"""Forward and backward against the naive twin, central differences, and the 2-2-2 example in full."""

import copy
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba.core import event

import nnlib as nn
from nnlib.engine import memory
from tests import naive

pytestmark = pytest.mark.bounds

OUTPUTS = [row.name for row in nn.activations.ROWS if row.trains]
HIDDEN = [row.name for row in nn.activations.ROWS if row.trains and row.slope]
PAIRS = [(row.name, output) for row in nn.losses.ROWS for output in ([row.partner] if row.partner else OUTPUTS)]


def example(rng, sizes, hidden, output, m=5):
    net = nn.mlp(sizes, hidden, output)
    theta = nn.initialize(net, "normal", seed=3, scale=0.7)
    theta += 0.1 * rng.normal(size=theta.size)  # biases too
    return net, theta, rng.normal(size=(m, sizes[0])), rng.dirichlet(np.ones(sizes[-1]), m)


def as_lists(net, theta):
    return [(W.tolist(), b.tolist()) for W, b in nn.unpack(net, theta)]


@pytest.mark.parametrize("loss, output", PAIRS)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_against_the_naive_twin(rng, hidden, loss, output):
    net, theta, X, T = example(rng, [3, 4, 2, 3], hidden, output)
    layers = as_lists(net, theta)
    J, gradient = nn.backprop(net, theta, X, T, loss, l1=0.03, l2=0.05)
    J_naive, layers_naive = naive.gradient(layers, net.names, X.tolist(), T.tolist(), loss, 0.03, 0.05)
    assert J == pytest.approx(J_naive, rel=1e-13)
    np.testing.assert_allclose(gradient, nn.pack(net, layers_naive), rtol=1e-11, atol=1e-14)
    Y = [naive.forward(layers, net.names, x)[1][-1] for x in X]
    np.testing.assert_allclose(nn.forward(net, theta, X), Y, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("loss, output", PAIRS)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_against_central_differences(rng, hidden, loss, output):
    net, theta, X, T = example(rng, [2, 3, 3], hidden, output)
    _, gradient = nn.backprop(net, theta, X, T, loss, l1=0.03, l2=0.05)
    numeric = nn.numerical_gradient(net, theta, X, T, loss, l1=0.03, l2=0.05)
    np.testing.assert_allclose(gradient, numeric, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("sizes", [[1, 1], [3, 2], [2, 1, 1, 1, 1, 2], [5, 40, 30, 4]])
@pytest.mark.parametrize("m", [1, 2, 33])
def test_sizes_on_both_sides_of_blas(rng, sizes, m):
    net, theta, X, T = example(rng, sizes, "tanh", "identity", m)
    H = X
    for l, (W, b) in enumerate(nn.unpack(net, theta), 1):
        H = H @ W + b
        H = np.tanh(H) if l < len(sizes) - 1 else H
    np.testing.assert_allclose(nn.forward(net, theta, X), H, rtol=1e-11, atol=1e-13)
    δ = (H - T) / m
    got = nn.trace(net, theta, X, T, "l2")
    for l in range(len(sizes) - 1, 0, -1):
        W = nn.unpack(net, theta)[l - 1][0]
        np.testing.assert_allclose(got.dW[l], got.H[l - 1].T @ δ, rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(got.db[l], δ.sum(0), rtol=1e-10, atol=1e-13)
        δ = (δ @ W.T) * (1 - got.H[l - 1] ** 2)


def test_float32(rng):
    net, theta, X, T = example(rng, [3, 20, 3], "tanh", "softmax", 20)
    J, g = nn.backprop(net, theta, X, T, "cross_entropy")
    J4, g4 = nn.backprop(net, theta.astype(np.float32), X, T, "cross_entropy")
    assert g4.dtype == np.float32 and nn.forward(net, theta.astype(np.float32), X).dtype == np.float32
    assert J4 == pytest.approx(J, rel=1e-5)
    np.testing.assert_allclose(g4, g, rtol=1e-3, atol=1e-6)


def test_two_two_two_in_full(two_two_two):
    net, theta, X, T, _ = two_two_two
    got = nn.trace(net, theta, X, T, "l2")

    def says(value, *digits):
        np.testing.assert_allclose(np.ravel(value), digits, rtol=6e-12)

    says(got.Z[1], 0.3775, 0.3925)
    says(got.H[1], 0.593269992107, 0.59688437826)
    says(got.Z[2], 1.10590596706, 1.2249214041)
    says(got.H[2], 0.751365069552, 0.772928465321)
    says(got.J, 0.29837110876)
    says(got.delta[2], 0.138498561629, -0.0380982365166)
    says(got.dW[2], 0.0821670405642, -0.0226025404775, 0.0826676278475, -0.022740242216)
    says(got.db[2], 0.138498561629, -0.0380982365166)
    says(got.delta[1], 0.00877135468949, 0.00995425470522)
    says(got.dW[1], 0.000438567734474, 0.000497712735261, 0.000877135468949, 0.000995425470522)
    J, gradient = nn.backprop(net, theta, X, T)
    says(J, 0.29837110876)
    (W1, _), (W2, _) = nn.unpack(net, theta - 0.5 * gradient)
    says(W1.T, 0.149780716133, 0.199561432266, 0.249751143632, 0.299502287265)
    says(W2.T, 0.358916479718, 0.408666186076, 0.511301270239, 0.561370121108)
    with pytest.raises(AssertionError):  # the other pair's δ: cross-entropy forgets the slope
        says(nn.trace(net, theta, X, T, "bce").delta[2], 0.138498561629, -0.0380982365166)
    says(nn.trace(net, theta, X, T, "bce").delta[2], 0.741365069552, 0.772928465321 - 0.99)


def test_trace(rng):
    net, theta, X, T = example(rng, [3, 4, 2], "relu", "softmax")
    got = nn.trace(net, theta, X, T, "cross_entropy")
    J, gradient = nn.backprop(net, theta, X, T, "cross_entropy")
    assert got.J == J
    assert [x[0] for x in (got.Z, got.delta, got.dW, got.db)] == [None] * 4
    assert np.array_equal(got.H[0], X)
    assert np.array_equal(nn.pack(net, list(zip(got.dW[1:], got.db[1:], strict=True))), gradient)
    np.testing.assert_allclose(got.delta[2], (got.H[2] - T) / len(X), rtol=1e-13)
    for l, (W, b) in enumerate(nn.unpack(net, theta), 1):
        np.testing.assert_allclose(got.Z[l], got.H[l - 1] @ W + b, rtol=1e-12, atol=1e-14)
        assert got.dW[l].shape == W.shape and got.db[l].shape == b.shape and got.delta[l].shape == got.Z[l].shape
    ahead = nn.trace(net, theta, X)
    assert ahead.J is None and ahead.delta == ahead.dW == ahead.db == [None] * 3
    assert all(np.array_equal(a, b) for a, b in zip(ahead.H, got.H, strict=True))
    np.testing.assert_array_equal(ahead.H[2], nn.forward(net, theta, X))
    for extra, name in (({"T": T}, "loss"), ({"loss": "l2"}, "T")):
        with pytest.raises(ValueError, match=f"^{name}: needed"):
            nn.trace(net, theta, X, **extra)


def test_buffers_may_hold_anything(rng, monkeypatch):
    net, theta, X, T = example(rng, [3, 30, 20, 3], "tanh", "softmax", 12)
    before = nn.backprop(net, theta, X, T, "cross_entropy", l2=0.1)[1]
    monkeypatch.setattr(np, "empty", lambda n, dtype=float: np.full(n, np.nan, dtype))
    monkeypatch.setattr(np, "empty_like", lambda a: np.full(a.shape, np.nan, a.dtype))
    after = nn.backprop(net, theta, X, T, "cross_entropy", l2=0.1)[1]
    assert np.array_equal(before, after)


def test_infinity_inside_propagates():
    net = nn.mlp([1, 2, 1], "relu")
    theta = np.full(net.size, 1e200)
    assert np.isinf(nn.forward(net, theta, [[1e10]])).all()
    J, g = nn.backprop(net, theta, [[1e10]], [[0.0]])
    assert not np.isfinite(J) and not np.isfinite(g).all()
    for hidden in HIDDEN:  # inf - inf is NaN, and NaN stays NaN behind every activation
        net = nn.mlp([1, 2, 1, 1], ["relu", hidden])
        theta = nn.pack(net, [([[1e200, 1e200]], [0, 0]), ([[1], [-1]], [0]), ([[1]], [0])])
        assert np.isnan(nn.forward(net, theta, [[1e200]])).all()


def test_predict(rng):
    X = rng.normal(size=(6, 2))
    for outputs, output, shape in [(3, "softmax", (6,)), (1, "sigmoid", (6,)), (2, "sigmoid", (6, 2))]:
        net = nn.mlp([2, outputs], output=output)
        theta = nn.initialize(net)
        got, Y = nn.predict(net, theta, X), nn.forward(net, theta, X)
        assert got.shape == shape and got.dtype.kind == "i"
        expected = Y.argmax(1) if output == "softmax" else (Y >= 0.5).astype(int).reshape(shape)
        assert np.array_equal(got, expected)
    net = nn.mlp([2, 1], output="sigmoid")
    assert nn.predict(net, np.zeros(3), X).tolist() == [1] * 6  # exactly 0.5
    net = nn.mlp([2, 1], output="tanh")
    assert np.array_equal(nn.predict(net, np.ones(3), X), nn.forward(net, np.ones(3), X))


def test_pack_unpack(rng):
    net = nn.mlp([2, 3, 1])
    theta = np.arange(net.size, dtype=float)
    layers = nn.unpack(net, theta)
    assert [W.shape for W, _ in layers] == [(2, 3), (3, 1)] and layers[0][0][1, 2] == 5 and layers[0][1][0] == 6
    assert np.array_equal(nn.pack(net, layers), theta)
    layers[1][1][0] = -1.0
    assert theta[-1] == -1
    assert nn.unpack(net, theta.astype(np.float32))[0][0].dtype == np.float32
    assert nn.unpack(net, list(range(13)))[0][0].dtype == np.float64
    assert nn.unpack(net, np.arange(13))[0][0].dtype == np.float64
    for bad, text in [
        (3, "got int"),
        ([1, 2], "got list"),
        (layers[:1], "got 1"),
        ([layers[0], layers[0]], "layer 2 needs W of shape"),
        ([layers[0], (layers[1][0], [np.nan])], r"b_2: needs finite numbers, got nan at layers: b_2\[0\]"),
    ]:
        with pytest.raises(ValueError, match=f"^layers.*{text}"):
            nn.pack(net, bad)
    with pytest.raises(ValueError, match="^theta: needs shape"):
        nn.unpack(net, theta[1:])


def test_net_survives_copies(rng):
    net, theta, X, _ = example(rng, [2, 3, 1], "tanh", "identity")
    for other in (copy.deepcopy(net), pickle.loads(pickle.dumps(net))):
        assert np.array_equal(nn.forward(other, theta, X), nn.forward(net, theta, X))
    assert repr(net) == "mlp([2, 3, 1], hidden=['tanh'], output='identity')"


@given(st.lists(st.integers(1, 5), min_size=2, max_size=4), st.lists(st.integers(1, 5), min_size=2, max_size=4))
def test_nets_are_compared_by_content(sizes, others):
    one, same = nn.mlp(sizes, "relu"), nn.mlp(tuple(sizes), "relu")
    assert one == same and not one != same and hash(one) == hash(same) and one is not same
    assert len({one, same, pickle.loads(pickle.dumps(one))}) == 1 and {one: 3}[same] == 3
    other = nn.mlp(others, "relu")
    assert (one == other) is (sizes == others) and (one != other) is (sizes != others)
    assert one != nn.mlp(sizes, "relu", "tanh") and (one == nn.mlp(sizes)) is (len(sizes) == 2)
    for stranger in (None, 1, repr(one), sizes, tuple(one), np.array(sizes), [one]):
        assert (one == stranger) is False and (stranger == one) is False and (one != stranger) is True
    assert one in [stranger, same] and isinstance(hash(one._replace(sizes=sizes)), int)


def test_an_equal_net_compiles_nothing(rng):
    net, theta, X, _ = example(rng, [2, 3, 1], "tanh", "identity")
    nn.forward(net, theta, X)
    with event.install_recorder("numba:compile") as compiled:
        nn.forward(nn.mlp([4, 2, 2, 1], "relu", "sigmoid"), np.zeros(19), rng.normal(size=(3, 4)))
    assert not compiled.buffer


def test_a_tampered_net_is_refused():
    net = nn.mlp([2, 3, 1])
    theta = nn.initialize(net)
    wrong = copy.deepcopy(net)
    wrong.sizes[1] = 50
    for bad, kind in [
        (wrong, ValueError),
        (net._replace(sizes=[2, 3, 1]), TypeError),
        (net._replace(activations=net.activations[:1]), ValueError),
        (net._replace(activations=net.activations + 40), ValueError),
        (tuple(net), TypeError),
        (None, TypeError),
    ]:
        with pytest.raises(kind, match="^net: "):
            nn.forward(bad, theta, [[0.0, 0.0]])


def test_step_runs_but_does_not_learn():
    X, T = nn.data.xor()
    net = nn.mlp([2, 2, 1], "step", "step")
    theta = nn.pack(net, [([[1, 1], [1, 1]], [-0.5, -1.5]), ([[1], [-2]], [-0.5])])
    assert np.array_equal(nn.forward(net, theta, X), T)
    with pytest.raises(ValueError, match="loss: .*'step'"):
        nn.backprop(net, theta, X, T)


def test_lent_memory_is_nobodys(rng):
    """What a call returns does not change with the next one, in this thread or in another."""
    small = example(rng, [3, 4, 2], "tanh", "softmax", 7)
    large = example(rng, [6, 30, 5], "relu", "softmax", 40)
    Y, (J, gradient) = nn.forward(*small[:3]), nn.backprop(*small, "cross_entropy")
    kept = Y.copy(), gradient.copy()
    nn.backprop(*large, "cross_entropy")
    nn.forward(*large[:3])
    assert np.array_equal(Y, kept[0]) and np.array_equal(gradient, kept[1])
    expected = [nn.backprop(*small, "cross_entropy"), nn.backprop(*large, "cross_entropy")]

    def again(which):
        return [nn.backprop(*(small, large)[which], "cross_entropy") for _ in range(200)]

    with ThreadPoolExecutor(4) as pool:
        for which, found in zip([0, 1, 0, 1], pool.map(again, [0, 1, 0, 1]), strict=True):
            for J, gradient in found:
                assert J == expected[which][0] and np.array_equal(gradient, expected[which][1])


def test_a_gradient_is_written_over_only_when_nobody_holds_it(rng):
    net = nn.mlp([90, 100, 2])
    theta, X, T = nn.initialize(net), rng.normal(size=(3, 90)), rng.normal(size=(3, 2))
    assert theta.nbytes >= memory.WORTH

    def place(array):
        return array.__array_interface__["data"][0]

    first = nn.backprop(net, theta, X, T)[1]
    there, right = place(first), first.copy()
    second = nn.backprop(net, 2 * theta, X, T)[1]
    assert place(second) != there and np.array_equal(first, right)
    W = nn.unpack(net, first)[0][0]  # a view, and nothing else, holds it now
    seen = W.copy()
    del first
    third = nn.backprop(net, 3 * theta, X, T)[1]
    assert place(third) != there and np.array_equal(W, seen)
    del W
    fourth = nn.backprop(net, theta, X, T)[1]
    assert place(fourth) == there and np.array_equal(fourth, right)
    fourth.flags.writeable = False  # who lets go of it like this has spoiled it for others
    del fourth
    fifth = nn.backprop(net, theta, X, T)[1]
    assert fifth.flags.writeable and np.array_equal(fifth, right)
    small = nn.backprop(net, theta.astype(np.float32), X, T)[1]
    assert small.dtype == np.float32


def test_vectors_kept_for_reuse_are_few():
    like = np.zeros(memory.KEEP // 8 // 4)  # a quarter of what may be kept
    held = [memory.unheld(like) for _ in range(11)]
    assert len({id(vector) for vector in held}) == 11
    seen = [weakref.ref(vector) for vector in held]
    held.clear()

    def kept():
        return sum(vector.nbytes for ref in seen if (vector := ref()) is not None)

    assert 0 < kept() <= memory.KEEP
    seen += [weakref.ref(memory.unheld(np.zeros(memory.KEEP // 8 + 1)))]
    assert seen[-1]() is None and kept() <= memory.KEEP


@pytest.mark.slow
@pytest.mark.parametrize(
    "loss, output", [("l2", "identity"), ("mae", "tanh"), ("bce", "sigmoid"), ("cross_entropy", "softmax")]
)
@pytest.mark.parametrize("spread", [0, 1])
def test_a_million_rows_of_float32(rng, loss, output, spread):
    """J and each block of its gradient, within 1e-5 of float64; with equal rows all roundings go one way."""
    net, m = nn.mlp([4, 6, 2], "tanh", output), 10**6
    theta = nn.initialize(net, seed=1, dtype=np.float32)
    X = (3 + spread * rng.normal(size=(m, 4))).astype(np.float32)
    T = nn.data.one_hot(rng.integers(0, 2, m) if spread else np.zeros(m), 2)
    J, g = nn.backprop(net, theta, X, T, loss)
    right_J, right = nn.backprop(net, theta.astype(float), X.astype(float), T, loss)
    assert J == pytest.approx(right_J, rel=1e-5)
    for layer, exact in zip(nn.unpack(net, g), nn.unpack(net, right), strict=True):
        for part, whole in zip(layer, exact, strict=True):
            assert np.abs(part - whole).max() <= 1e-5 * np.abs(whole).max()

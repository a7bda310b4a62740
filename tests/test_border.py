"""The border: bad input is refused with the argument's name and changes nothing, good input in any form is the same."""

import fractions
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlib as nn
from nnlib import _border

NET = nn.mlp([3, 4, 2], "tanh", "softmax")
LINEAR = nn.mlp([3, 4, 1], "tanh", "identity")
THETA = nn.initialize(NET)
THETA1 = nn.initialize(LINEAR)
X = nn.data.blobs(5, seed=1)[0] @ np.array([[1.0, 0.5, -1.0], [0.3, 1.0, 2.0]])
LABELS = np.array([0, 1, 1, 0, 1])
T1 = np.array([0.3, -0.2, 1.0, 0.0, 2.0])[:, None]

CALLS = {
    "forward": (lambda theta, X: nn.forward(NET, theta, X), ("theta", "X")),
    "predict": (lambda theta, X: nn.predict(NET, theta, X), ("theta", "X")),
    "trace": (lambda theta, X, T: nn.trace(NET, theta, X, T, "cross_entropy").J, ("theta", "X", "T")),
    "backprop": (lambda theta, X, T: nn.backprop(NET, theta, X, T, "cross_entropy")[1], ("theta", "X", "T")),
    "check": (
        lambda theta, X, T: nn.gradient_check(NET, theta, X, T, "cross_entropy").analytic,
        ("theta", "X", "T"),
    ),
    "numeric": (lambda theta, X, T: nn.numerical_gradient(NET, theta, X, T, "cross_entropy"), ("theta", "X", "T")),
    "train": (
        lambda theta, X, T: nn.train(NET, theta, X, T, "cross_entropy", epochs=2, batch_size=2).theta,
        ("theta", "X", "T"),
    ),
}
GOOD = {"theta": THETA, "X": X, "T": LABELS}


def refused(call, name):
    """The call raises ValueError or TypeError whose message begins with the argument's name."""
    with pytest.raises((ValueError, TypeError)) as caught:
        call()
    message = str(caught.value)
    assert message.startswith(name), message
    assert "need" in message or "unknown" in message or "has none" in message, message


def broken(name, draw):
    """A bad value for this argument."""
    good = GOOD[name].astype(float)
    kind = draw(st.sampled_from(["shape", "rank", "empty", "not finite", "dtype", "object", "ragged", "none", "text"]))
    if kind == "shape":
        return good[:-1] if name != "X" else good[:, :-1]
    if kind == "rank":
        return draw(st.sampled_from([good[None], good[..., None, None], good.sum()]))
    if kind == "empty":
        return good[:0]
    if kind == "not finite":
        bad = good.copy()
        bad.flat[draw(st.integers(0, bad.size - 1))] = draw(st.sampled_from([np.nan, np.inf, -np.inf]))
        return bad
    if kind == "dtype":
        return good.astype(draw(st.sampled_from([complex, str, object, "M8[s]", "S4"])))
    if kind == "object":
        return [Decimal(1)] * len(good)
    if kind == "ragged":
        return [[1.0], [1.0, 2.0]]
    return None if kind == "none" else "text"


@given(st.sampled_from(sorted(CALLS)), st.data())
def test_bad_arrays(which, data):
    call, names = CALLS[which]
    name = data.draw(st.sampled_from(names))
    args = {n: GOOD[n].copy() for n in names}
    args[name] = broken(name, data.draw)
    kept = {n: np.array(args[n], copy=True) for n in names if n != name}
    if which == "trace" and args.get("T", 0) is None:
        refused(lambda: call(**args), "T: needed")
    else:
        refused(lambda: call(**args), name)
    assert all(np.array_equal(kept[n], args[n]) for n in kept)


@given(st.integers(0, 4), st.sampled_from([-1, 2, 0.5, 1e300, np.nan, np.inf, 10**18]))
def test_bad_labels(i, bad):
    labels = LABELS.astype(float)
    labels[i] = bad
    for which in ("trace", "backprop", "train"):
        with pytest.raises(ValueError, match=rf"^T: .* at T\[{i}\]"):
            CALLS[which][0](THETA, X, labels)


@given(st.integers(0, 4), st.floats(-2, 2).filter(lambda e: abs(e) > 2e-6))
def test_bad_rows(i, excess):
    rows = nn.data.one_hot(LABELS)
    rows[i, LABELS[i]] += excess
    with pytest.raises(ValueError, match="^T: "):
        nn.backprop(NET, THETA, X, rows, "cross_entropy")


@given(st.text(max_size=12))
def test_unknown_names(text):
    for call, name, known in [
        (lambda: nn.mlp([2, 3, 1], hidden=text), "hidden", nn.activations.NAMES),
        (lambda: nn.mlp([2, 3, 1], output=text), "output", nn.activations.NAMES),
        (lambda: nn.initialize(NET, text), "scheme", nn.initializers.NAMES),
        (lambda: nn.backprop(NET, THETA, X, LABELS, text), "loss", nn.losses.NAMES),
        (lambda: nn.train(NET, THETA, X, LABELS, "cross_entropy", text), "optimizer", list(nn.optimizers.BY_NAME)),
        (lambda: nn.data.gates(text), "name", list(nn.data.GATES)),
        (lambda: nn.activations.slope(text, 0.5), "name", nn.activations.NAMES),
    ]:
        if text not in known:
            with pytest.raises(ValueError, match=f"^{name}: unknown name"):
                call()


@given(st.one_of(st.none(), st.integers(-3, 0), st.floats(), st.text(max_size=3), st.booleans(), st.just(1j)))
def test_bad_sizes(size):
    refused(lambda: nn.mlp([2, size, 1]), "sizes[1]")


def test_bad_networks():
    for args, kind, text in [
        (([2],), ValueError, r"sizes: needs at least two numbers.*got \[2\]"),
        ((3,), TypeError, "sizes: needs a sequence"),
        (("2-3",), TypeError, "sizes: needs a sequence"),
        (([2, 3, 1], 3), TypeError, "hidden: needs a name"),
        (([2, 3, 1], ["tanh", "relu"]), ValueError, "hidden: needs one name, or 1 for sizes"),
        (([2, 3, 3, 1], ["tanh", "softmax"]), ValueError, r"hidden\[1\]: softmax only works at the output"),
        (([2, 3, 1], "softmax"), ValueError, "hidden: softmax only works at the output"),
        (([2, 3, 1], "rely"), ValueError, "hidden: unknown name 'rely'; did you mean 'relu'"),
        (([2, 1], "rely"), ValueError, "hidden: unknown name"),
        (([2, 3, 1], [None]), TypeError, r"hidden\[0\]: needs a name"),
        (([2, 3, 1], "tanh", None), TypeError, "output: needs a name"),
    ]:
        with pytest.raises(kind, match=text):
            nn.mlp(*args)
    assert nn.mlp((2, np.int32(3), 1), ["relu"]).names == ["relu", "identity"]
    assert nn.mlp(np.array([2, 1])).names == ["identity"]


def test_pairs_that_do_not_fit():
    for output, loss, partner in [("identity", "bce", "sigmoid"), ("sigmoid", "cross_entropy", "softmax")]:
        net = nn.mlp([3, 2], output=output)
        with pytest.raises(ValueError, match=f"loss: '{loss}' needs a {partner} output, got '{output}'"):
            nn.backprop(net, nn.initialize(net), X, np.full((5, 2), 0.5), loss)


def test_targets_are_never_broadcast():
    for bad in (T1[:1], np.zeros((5, 2)), 0.0, np.zeros((1, 5)), np.zeros(4)):
        with pytest.raises(ValueError, match=r"^T: needs shape \(5, 1\)"):
            nn.backprop(LINEAR, THETA1, X, bad)
    assert nn.backprop(LINEAR, THETA1, X, T1[:, 0])[0] == nn.backprop(LINEAR, THETA1, X, T1)[0]
    two = nn.mlp([3, 2])
    with pytest.raises(ValueError, match=r"^T: needs shape \(5, 2\), got shape \(5,\)"):
        nn.backprop(two, nn.initialize(two), X, LABELS)


def test_an_empty_batch_is_refused():
    for empty in (X[:0], np.empty((0, 3), np.float32), np.empty((0, 3), int)):
        with pytest.raises(ValueError, match=r"^X: needs shape \(m, 3\) with at least one sample, got shape \(0, 3\)"):
            nn.forward(NET, THETA, empty)


def test_a_single_sample_as_a_vector_is_explained():
    with pytest.raises(ValueError, match=r"X: needs shape \(m, 3\).*X\[None, :\] a row"):
        nn.forward(NET, THETA, [1.0, 2.0, 3.0])


def forms(a):
    """The same numbers in every form a reader might bring."""
    read_only = a.copy()
    read_only.flags.writeable = False
    yield from (a.tolist(), tuple(a.tolist()), read_only, np.asfortranarray(a), a.astype(np.longdouble))
    yield np.repeat(a, 2, axis=-1)[..., ::2]
    yield np.repeat(a, 3, axis=0)[::3]
    yield a[::-1].copy()[::-1]
    yield a.astype(">f8")
    yield a.astype(object).astype(float)


@pytest.mark.parametrize("which", sorted(CALLS))
def test_good_forms_are_all_the_same(which):
    call, names = CALLS[which]
    expected = call(**{n: GOOD[n] for n in names})
    for name in names:
        for form in forms(GOOD[name].astype(float)):
            kept = np.array(form, copy=True)
            got = call(**{**{n: GOOD[n] for n in names}, name: form})
            assert np.array_equal(got, expected)
            assert np.array_equal(kept, form)


def test_integers_and_bools_are_numbers():
    whole = np.array([[0, 1, 1], [1, 0, 1]])
    expected = nn.forward(NET, THETA, whole.astype(float))
    for form in (whole, whole.astype(bool), whole.astype(np.uint8), whole.tolist(), whole.astype(np.float16)):
        assert np.array_equal(nn.forward(NET, THETA, form), expected)
    assert nn.forward(NET, np.zeros(NET.size, int), whole).dtype == np.float64
    for labels in (LABELS.astype(float), LABELS.astype(bool), LABELS.astype(np.uint8), LABELS.tolist()):
        assert (
            nn.backprop(NET, THETA, X, labels, "cross_entropy")[0]
            == (nn.backprop(NET, THETA, X, nn.data.one_hot(LABELS), "cross_entropy")[0])
        )


def test_large_finite_numbers_are_finite():
    big = np.full((1, 3), 1e308)  # their sum is not
    assert np.isfinite(nn.forward(NET, THETA, big)).all()
    with pytest.raises(ValueError, match=r"X: needs finite numbers, got inf at X\[0, 0\]"):
        nn.forward(NET, THETA.astype(np.float32), big)


@given(st.one_of(st.none(), st.floats(), st.text(max_size=3), st.booleans(), st.just(1j), st.integers(-5, 5)))
def test_numbers(value):
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value) and 0 < value < 1
    if good:
        assert _border.number("p", value, 0, 1, open_low=True, open_high=True) == value
    else:
        refused(lambda: _border.number("p", value, 0, 1, open_low=True, open_high=True), "p")


def test_numbers_of_other_kinds():
    for value in (np.float32(0.5), np.array(0.5), fractions.Fraction(1, 2), np.float64(0.5)):
        assert _border.number("p", value) == 0.5
    for value in (10**400, np.array([0.5]), Decimal("0.5"), np.datetime64(1, "s")):
        refused(lambda value=value: _border.number("p", value), "p")
    assert _border.whole("n", np.int8(3)) == 3

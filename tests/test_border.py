"""The border: bad input is refused with the argument's name and changes nothing, good input in any form is the same."""

import collections
import copy
import fractions
import importlib
import pkgutil
import typing
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlib as nn
from nnlib.engine import border
from tests.conftest import UNJITTED

pytestmark = pytest.mark.bounds

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
        (lambda: nn.train(NET, THETA, X, LABELS, "cross_entropy", text), "optimizer", nn.optimizers.NAMES),
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
        assert border.number("p", value, 0, 1, open_low=True, open_high=True) == value
    else:
        refused(lambda: border.number("p", value, 0, 1, open_low=True, open_high=True), "p")


def test_numbers_of_other_kinds():
    for value in (np.float32(0.5), np.array(0.5), fractions.Fraction(1, 2), np.float64(0.5)):
        assert border.number("p", value) == 0.5
    for value in (10**400, np.array([0.5]), Decimal("0.5"), np.datetime64(1, "s")):
        refused(lambda value=value: border.number("p", value), "p")
    assert border.whole("n", np.int8(3)) == 3


# ---- masks ----

STATE = nn.sgd().state(THETA)
LAYERS = nn.unpack(NET, THETA)
TAKES_ARRAYS = {
    **{
        f"{which}({name})": (
            name,
            GOOD[name].astype(float),
            lambda a, which=which, name=name: CALLS[which][0](**{**{n: GOOD[n] for n in CALLS[which][1]}, name: a}),
        )
        for which in CALLS
        for name in CALLS[which][1]
    },
    "mask": ("mask", np.ones(NET.size), lambda a: nn.train(NET, THETA, X, LABELS, "cross_entropy", mask=a, epochs=1)),
    "gradient": ("gradient", THETA, lambda a: nn.gradient_check(NET, THETA, X, LABELS, "cross_entropy", a)),
    "validation X": (
        "validation[0]",
        X,
        lambda a: nn.train(NET, THETA, X, LABELS, "cross_entropy", validation=(a, LABELS), epochs=1),
    ),
    "validation T": (
        "validation[1]",
        LABELS * 1.0,
        lambda a: nn.train(NET, THETA, X, LABELS, "cross_entropy", validation=(X, a), epochs=1),
    ),
    "loss_value Y": ("Y", T1, lambda a: nn.loss_value(a, T1, "l2")),
    "loss_value T": ("T", T1, lambda a: nn.loss_value(T1, a, "l2")),
    "T of one output": ("T", T1[:, 0], lambda a: nn.backprop(LINEAR, THETA1, X, a)),
    "rows": ("T", nn.data.one_hot(LABELS), lambda a: nn.backprop(NET, THETA, X, a, "cross_entropy")),
    "standardize": ("X_train", X, lambda a: nn.data.standardize(a)),
    "standardize others": ("others[0]", X, lambda a: nn.data.standardize(X, a)),
    "apply": ("X", X, lambda a: nn.data.standardize(X)[1].apply(a)),
    "undo": ("X", X, lambda a: nn.data.standardize(X)[1].undo(a)),
    "split X": ("X", X, lambda a: nn.data.split(a, LABELS)),
    "split T": ("T", LABELS * 1.0, lambda a: nn.data.split(X, a)),
    "fractions": ("fractions", np.array([0.6, 0.4]), lambda a: nn.data.split(X, LABELS, a)),
    "one_hot": ("labels", LABELS * 1.0, lambda a: nn.data.one_hot(a)),
    "unpack": ("theta", THETA, lambda a: nn.unpack(NET, a)),
    "pack W": ("layers: W_1", LAYERS[0][0], lambda a: nn.pack(NET, [(a, LAYERS[0][1]), LAYERS[1]])),
    "pack b": ("layers: b_2", LAYERS[1][1], lambda a: nn.pack(NET, [LAYERS[0], (LAYERS[1][0], a)])),
    "state": ("theta", THETA, lambda a: nn.sgd().state(a)),
    "step gradient": ("gradient", THETA, lambda a: nn.sgd().step(THETA.copy(), a, STATE.copy())),
    **{g: ("z", X, getattr(nn.activations, g)) for g in (*nn.activations.NAMES, "logsumexp", "log_softmax")},
    "slope": ("h", X, lambda a: nn.activations.slope("tanh", a)),
}


@pytest.mark.filterwarnings("ignore:.*converting a masked element:UserWarning")
@pytest.mark.parametrize("which", sorted(TAKES_ARRAYS))
def test_masked_entries_are_refused_wherever_an_array_comes_in(which):
    name, good, call = TAKES_ARRAYS[which]
    mask = np.zeros(good.shape, bool)
    mask.flat[[-1, 1 % good.size]] = True
    at = ", ".join(str(i) for i in np.unravel_index(1 % good.size, good.shape))
    masked = np.ma.array(good, mask=mask)
    deep = good.tolist()
    for *above, last in np.argwhere(mask):
        row = deep
        for i in above:
            row = row[i]
        row[last] = np.ma.masked
    for form in (masked, list(masked), tuple(masked), collections.deque(masked), deep):
        with pytest.raises(ValueError) as caught:
            call(form)
        said = str(caught.value)
        assert said.startswith(f"{name}: needs numbers everywhere, got "), said
        assert (
            f"with {mask.sum()} masked, the first at {name}[{at}]; .filled(value)" in said and ".compressed()" in said
        )
    for form in (np.ma.array(good), np.ma.array(good, mask=np.zeros_like(mask)), list(np.ma.array(good))):
        call(form)


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_masked_theta_takes_no_step_and_one_without_a_mask_does():
    for wrap in (np.ma.array, lambda a: np.ma.array(a, mask=np.zeros(a.shape, bool))):
        plain, wrapped = THETA.copy(), wrap(THETA.copy())
        for theta in (plain, wrapped):
            nn.sgd(0.5).step(theta, np.ones(theta.shape), nn.sgd().state(theta))
        assert np.array_equal(plain, wrapped) and type(wrapped) is np.ma.MaskedArray
        assert np.array_equal(nn.forward(NET, wrapped, X), nn.forward(NET, plain, X))
    backwards = np.ma.array(THETA.copy())[::-1]  # a copy is worked on, and written back
    nn.sgd(0.5).step(backwards, np.ones(THETA.size), STATE.copy())
    assert np.array_equal(backwards[::-1], plain)
    square = np.matrix(np.ones((2, 2)))
    nn.sgd(0.5).step(square, np.ones((2, 2)), nn.sgd().state(square))
    assert (square == 0.5).all()
    masked = np.ma.array(THETA.copy(), mask=THETA == THETA[3])
    kept = masked.data.copy()
    with pytest.raises(ValueError, match=r"^theta: .* 1 masked, the first at theta\[3\]"):
        nn.sgd().step(masked, np.ones(THETA.size), STATE.copy())
    assert np.array_equal(masked.data, kept)
    views = nn.unpack(NET, np.ma.array(kept))
    views[0][0][0, 0] = 7
    assert kept[0] == 7 and type(views[0][0]) is np.ndarray


@pytest.mark.filterwarnings("ignore:.*converting a masked element:UserWarning")
@given(st.data())
def test_masks_are_counted_and_placed(data):
    shape = tuple(data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    mask = np.array(data.draw(st.lists(st.booleans(), min_size=int(np.prod(shape)), max_size=int(np.prod(shape)))))
    mask = mask.reshape(shape)
    masked = np.ma.array(np.ones(shape), mask=mask, dtype=data.draw(st.sampled_from(["f8", "f4", "i8", "?", "f2"])))
    for form, times, above in [
        (masked, 1, []),
        (list(masked), 1, []),
        ((np.ones(shape), masked, masked), 2, [1]),
        ([[masked], [np.ones(shape)]], 1, [0, 0]),
    ]:
        if mask.any():
            at = above + [int(i) for i in np.argwhere(mask)[0]]
            with pytest.raises(ValueError) as caught:
                border.numeric("a", form)
            said = str(caught.value)
            assert said.startswith("a: needs numbers everywhere, got ")
            assert f" with {times * mask.sum()} masked, the first at a{at}; " in said
        else:
            assert (border.numeric("a", form) == 1).all()


@pytest.mark.filterwarnings("error")
def test_masks_in_odd_places():
    for value in (
        np.ma.masked,
        [1.0, np.ma.masked],
        [np.ma.array(1, mask=True)],
        [["a"], np.ma.array(["a"], mask=[1])],
    ):
        with pytest.raises(ValueError, match="^a: needs numbers everywhere, .* with 1 masked, the first at a"):
            border.numeric("a", value)
    rows = np.ma.array([[1, 2], [3, 4]], mask=[[0, 0], [0, 1]])
    with pytest.raises(ValueError, match=r"^a: .* with 1 masked, the first at a\[0, 1, 1\]; "):
        border.numeric("a", [rows, rows.data])
    with pytest.raises(ValueError, match="^a: needs numbers everywhere"):
        border.numeric("a", [[1.0], rows])  # nothing that could become an array, but this is said first
    with pytest.raises(TypeError, match="needs real numbers"):
        border.numeric("a", np.ma.array([(1.0, 2.0)], dtype="f8,f8", mask=[(1, 0)]))
    itself = []
    itself += [itself]
    with pytest.raises(ValueError, match="^a: needs an array of numbers"):
        border.numeric("a", itself)
    with pytest.raises(TypeError, match="^p: needs a finite number"):
        border.number("p", np.ma.array(1.0, mask=True))
    with pytest.raises(TypeError, match="^net: needs four int64 vectors"):
        nn.forward(NET._replace(sizes=np.ma.array(NET.sizes, mask=[0, 1, 0])), THETA, X)


# ---- what to do about it ----


class Device:
    def __init__(self, name):
        self.type = name.partition(":")[0]


class Tensor:
    """Behaves as a tensor of PyTorch does, where NumPy asks for its numbers."""

    shape = (5, 3)

    def __init__(self, requires_grad=False, device="cpu", dtype="torch.float32", is_sparse=False):
        self.requires_grad, self.device, self.dtype, self.is_sparse = requires_grad, Device(device), dtype, is_sparse

    def detach(self):
        return self

    def __array__(self, dtype=None, copy=None):
        if self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if self.device.type != "cpu":
            raise TypeError("can't convert cuda:0 device type tensor to numpy.")
        if self.dtype == "torch.bfloat16" or self.is_sparse:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return X


class OnDevice:
    __cuda_array_interface__ = {}

    def get(self):
        return X

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")


class Stored:
    """A sparse matrix of another library, which knows `todense` only."""

    shape, nnz = (5, 3), 2

    def todense(self):
        return X


class Hostile:
    @property
    def nnz(self):
        raise ZeroDivisionError

    def __array__(self, dtype=None, copy=None):
        raise KeyError("no")


class OutOfMemory:
    def __array__(self, dtype=None, copy=None):
        raise MemoryError


def remedies():
    complex_rows, dates = X.astype(complex), np.full((5, 3), "2020-01-01", "M8[D]")
    table = np.zeros(5, [("height", "f8"), ("weight", "f8")])
    yield from [
        (Tensor(requires_grad=True), "; use .detach()"),
        (Tensor(device="cuda:0"), "; use .cpu()"),
        (Tensor(dtype="torch.bfloat16"), "; use .float()"),
        (Tensor(is_sparse=True), "; use .to_dense()"),
        (Tensor(True, "cuda:0", "torch.bfloat16"), "; use .detach().cpu().float()"),
        ([Tensor(requires_grad=True), Tensor(requires_grad=True)], "; use .detach()"),
        (OnDevice(), "; use .get()"),
        (Stored(), "; use .todense()"),
        (Hostile(), "('no')"),
        (complex_rows, "complex128; use .real"),
        ([[1j, 2.0]], "complex128; use .real"),
        (np.array([[1.0, 2j]], object), "2j at X[0, 1] is complex: use its real part"),
        (dates, "; count from a start, in days for instance: (dates - dates.min()) / np.timedelta64(1, 'D')"),
        (dates - dates.min(), "; divide by a unit, a second for instance: times / np.timedelta64(1, 's')"),
        ([[1.0, date(2020, 1, 1)]], "datetime.date(2020, 1, 1) at X[0, 1] is a date or a time: count from a start"),
        ([[1.0, timedelta(1)]], "at X[0, 1] is a date or a time"),
        (np.array([[1, Decimal("0.5")]], object), "dtype object; use .astype(float)"),
        ([[1, Decimal("0.5")]], "; use np.array(X).astype(float)"),
        ([[fractions.Fraction(1, 3), 2**70]], "; use np.array(X).astype(float)"),
        (np.empty((0, 3), object), "; use .astype(float)"),
        ([[10**400, 1.0]], "at X[0, 0] is larger than any float64: scale it first"),
        (X.astype(str), "; use .astype(float)"),
        (X.astype("S"), "; use .astype(float)"),
        (X.astype(np.dtypes.StringDType()), "; use .astype(float)"),
        ([["1", "2.5"]], "; use np.array(X).astype(float)"),
        ([["1", "red"]], "'red' at X[0, 1] is text: encode it first"),
        (
            [[1.0, None]],
            "None at X[0, 1] is missing: fill it (in pandas .fillna(value)), then use np.array(X).astype(fl",
        ),
        (np.array([[1.0, np.ma.masked]], object), "at X[0, 1] is missing: fill it"),
        ([[1.0, {}]], "{} at X[0, 1] is not a number: leave it out"),
        (np.array([[1.0], [1.0, 2.0], None], object), "[1.0] at X[0] is an array in itself: use np.stack(X)"),
        ((x for x in X), "; use list(X)"),
        (map(list, X), "; use list(X)"),
        ({"a": X}.values(), "; use list(X)"),
        ({"a": X}, "; use list(X.values())"),
        ({1.0, 2.0}, "; a set has no order"),
        (frozenset([1.0]), "; a set has no order"),
        (None, "X: needs real numbers, got None"),
        ("text", "got str 'text' of dtype <U4"),
        (object(), "got object <object object"),
        ([[1.0], [1.0, 2.0]], "; all rows need the same length, and X[0] has 1, X[1] has 2"),
        ([1.0, [2.0]], "; all rows need the same length, and X[0] is a single entry, X[1] has 1"),
        ([[[1], [1, 2]], [[1], [2]]], "; all rows need the same length, and X[0][0] has 1, X[0][1] has 2"),
        ([[[1, 2], [1, 2]], [[1], [2]]], "inhomogeneous"),
        (table, "; use numpy.lib.recfunctions.structured_to_unstructured(X), or one field, X['height']"),
    ]


@pytest.mark.parametrize("value, text", [pytest.param(*pair, id=str(i)) for i, pair in enumerate(remedies())])
def test_the_refusal_names_the_remedy(value, text):
    for name, call in [
        ("X", lambda: nn.forward(NET, THETA, value)),
        ("X", lambda: nn.data.split(value, LABELS)),
        ("theta", lambda: nn.unpack(NET, value)),
    ]:
        with pytest.raises((TypeError, ValueError)) as caught:
            call()
        said = str(caught.value)
        assert said.startswith(f"{name}: needs ") and said.isascii(), said
        assert text.replace("X", name) in said.replace("X", name), said


def test_memory_that_runs_out_is_not_a_wrong_type():
    with pytest.raises(MemoryError):
        nn.forward(NET, THETA, OutOfMemory())


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_tensors_and_matrices_that_can_be_read_are_numbers():
    expected = nn.forward(NET, THETA, X)
    for form in (Tensor(), np.matrix(X), collections.deque(X.tolist()), list(X), [tuple(row) for row in X]):
        assert np.array_equal(nn.forward(NET, THETA, form), expected)


def test_sparse_matrices_name_their_way_out():
    sparse = pytest.importorskip("scipy.sparse")
    for kind in ("csr", "csc", "coo", "lil", "dok", "dia", "bsr"):
        for make in (getattr(sparse, f"{kind}_matrix"), getattr(sparse, f"{kind}_array")):
            for form in (make(X), [make(X)] * 2):
                with pytest.raises(TypeError, match=r"^X: needs real numbers, got .*; use \.toarray\(\)$"):
                    nn.forward(NET, THETA, form)
            assert np.array_equal(nn.forward(NET, THETA, make(X).toarray()), nn.forward(NET, THETA, X))


def test_data_frames_name_their_way_out():
    pandas = pytest.importorskip("pandas")
    good = pandas.DataFrame({"a": [1.5, 2.0], "b": [True, False], "c": [1, 2]})
    encode = r"'red' at X\[0, 2\] \(column 'c'\) is text: encode it first"
    missing = (
        r"at X\[1, 2\] \(column 'c'\) is missing: fill it \(in pandas \.fillna\(value\)\), then use \.astype\(float\)"
    )
    for frame, text in [
        (good, r"object; use \.astype\(float\)"),
        (good.assign(c=pandas.array([1, 2], dtype="Int64")), r"object; use \.astype\(float\)"),
        (good.assign(c=pandas.array([1, None], dtype="Int64")), missing),
        (good.assign(c=pandas.array([True, None], dtype="boolean")), missing),
        (good.assign(c=pandas.array([1.5, None], dtype="Float64")), missing),
        (good.assign(c=["red", "blue"]), encode),
        (good.assign(c=pandas.Categorical(["red", "blue"])), encode),
        (good.assign(c=pandas.to_datetime(["2020-01-01", "2021-01-01"])), r"at X\[0, 2\].* is a date or a time"),
    ]:
        with pytest.raises(
            TypeError, match=rf"^X: needs real numbers, got DataFrame of shape \(2, 3\) of dtype .*{text}"
        ):
            nn.forward(NET, THETA, frame)
    assert np.array_equal(nn.forward(NET, THETA, good.astype(float)), nn.forward(NET, THETA, [[1.5, 1, 1], [2, 0, 2]]))
    for dtype in ("Int64", "Float64"):  # alone, such a column may become floats, with NaN for what is missing
        for form in (pandas.Series([0, None], dtype=dtype), pandas.array([0, None], dtype=dtype)):
            with pytest.raises((TypeError, ValueError), match=r"^labels: .*\.fillna\(value\)\S* .*\.astype\(float\)"):
                nn.data.one_hot(form)
            with pytest.raises((TypeError, ValueError), match=r"^T: .*\.fillna\(value\)\S* .*\.astype\(float\)"):
                nn.backprop(NET, THETA, X[:2], form, "cross_entropy")


# ---- soft targets ----


def softmax_net(K, seed, dtype):
    net = nn.mlp([3, K], output="softmax")
    return net, nn.initialize(net, "normal", seed=seed, scale=2.0, dtype=dtype)


CLASSES = [2, 3, 10, 50] if UNJITTED else [2, 3, 10, 100, 1000, 10_000]


@given(st.sampled_from(CLASSES), st.integers(0, 99), st.sampled_from([np.float32, np.float64]))
def test_outputs_are_targets(K, seed, own):
    net, teacher = softmax_net(K, seed, np.float32)
    rows = nn.forward(net, teacher, X[:2])
    assert rows.dtype == np.float32
    mean = (rows + nn.forward(net, teacher, X[2:4])) / 2
    smooth = np.float32(0.9) * rows + np.float32(0.1) / np.float32(K)
    theta = nn.initialize(net, seed=seed, dtype=own)
    for T in (rows, mean, smooth, rows.astype(np.float16), list(rows)):
        assert np.isfinite(nn.backprop(net, theta, X[:2], T, "cross_entropy")[0])
        nn.trace(net, theta, X[:2], T, "cross_entropy")
        nn.train(net, theta, X[:2], T, "cross_entropy", epochs=1, validation=(X[:2], T))
        nn.loss_value(T, T, "cross_entropy")
        nn.loss_value(rows, T, "cross_entropy")
    if own == np.float32:
        nn.backprop(net, theta, X[:2], rows.astype(float), "cross_entropy")
        nn.backprop(net, theta, X[:2], rows.tolist(), "cross_entropy")
    if K <= 10:
        assert nn.gradient_check(net, theta, X[:2], rows, "cross_entropy", tolerance=1e-3).ok
        nn.numerical_gradient(net, theta, X[:2], rows, "cross_entropy")


def test_what_was_float32_and_is_not_any_more_has_a_remedy():
    net, teacher = softmax_net(CLASSES[-1], 1, np.float32)
    rows = nn.forward(net, teacher, X).astype(np.float64)
    wrong = rows * (1 + 1e-5)
    theta = nn.initialize(net)
    with pytest.raises(ValueError, match=r"^T: needs rows that sum to 1, .*; use T / T\.sum\(axis=1, keepdims=True\)$"):
        nn.backprop(net, theta, X, wrong, "cross_entropy")
    assert nn.backprop(net, theta, X, wrong / wrong.sum(axis=1, keepdims=True), "cross_entropy")
    with pytest.raises(ValueError, match=r"^Y: needs rows that sum to 1, .*; use Y / Y\.sum"):
        nn.loss_value(wrong, wrong, "cross_entropy")
    with pytest.raises(ValueError, match=r"^T: needs rows that sum to 1, got a sum of 0\.0 at T\[0\]$"):
        nn.backprop(net, theta, X, 0 * wrong, "cross_entropy")  # nothing to divide by


@given(
    st.sampled_from([np.float64, np.float32, np.float16]), st.integers(0, 4), st.sampled_from([1e-3, -1e-3, 0.01, 1])
)
def test_rows_that_are_wrong_are_refused_in_every_precision(dtype, row, excess):
    net, theta = softmax_net(10, 0, np.float32)
    rows = np.full((5, 10), 0.0625)
    rows[:, 0] = 0.4375
    assert nn.backprop(net, theta, X, rows.astype(dtype), "cross_entropy")
    rows[row, 0] += excess
    with pytest.raises(ValueError, match="^T: "):
        nn.backprop(net, theta, X, rows.astype(dtype), "cross_entropy")
    with pytest.raises(ValueError, match="^Y: "):
        nn.loss_value(rows.astype(dtype), rows, "cross_entropy")


@pytest.mark.parametrize("wrong, good", [(3e-6, 5e-7), (-3e-6, -5e-7)])
def test_rows_that_people_type_sum_to_1_within_a_millionth(wrong, good):
    net, theta = softmax_net(3, 0, np.float64)
    row = np.array([0.2, 0.3, 0.5])
    for call in (
        lambda T: nn.backprop(net, theta, X, np.tile(T, (5, 1)), "cross_entropy"),
        lambda T: nn.train(net, theta, X, np.tile(T, (5, 1)), "cross_entropy", epochs=1),
        lambda T: nn.loss_value([row], [T], "cross_entropy"),
        lambda T: nn.loss_value([T], [row], "cross_entropy"),
    ):
        call(row + [good, 0, 0])
        with pytest.raises(ValueError, match="needs rows that sum to 1, got a sum of"):
            call(row + [wrong, 0, 0])


def test_the_tolerance_of_sums():
    f8, f4, f2, i8 = (np.dtype(kind) for kind in ("f8", "f4", "f2", "i8"))
    assert border.sum_tolerance(10_000, f8, f8) == border.sum_tolerance(2, i8, np.dtype(np.longdouble)) == 1e-6
    assert border.sum_tolerance(2, f8, f4) == border.sum_tolerance(2, f4, f8) == 1e-6 + 2.0**-24 + 2.0**-149
    assert 1001 * 2**-24 < border.sum_tolerance(1000, f4) < 1.1 * 1001 * 2**-24
    assert border.sum_tolerance(10, f2, f8) < 5e-4 + 2e-6


# ---- tuples of arrays ----


def tuples():
    for module in pkgutil.walk_packages(nn.__path__, "nnlib."):
        if not module.name.endswith("__main__"):
            found = vars(importlib.import_module(module.name)).values()
            yield from (
                kind
                for kind in found
                if isinstance(kind, type)
                and issubclass(kind, tuple)
                and hasattr(kind, "_fields")
                and kind.__module__ == module.name
            )


def filled(kind, shift=0.0):
    """One of its kind; the same arguments give equal ones that share nothing."""

    def value(hint):
        if hint is list:
            return [None, np.array([[1.0, 2.0 + shift]])]
        if hint is np.ndarray:
            return np.array([3, 2 + int(4 * shift), 1])
        return filled(hint, shift) if hasattr(hint, "_fields") else hint(1 + shift) if hint in (int, float) else "text"

    return kind(*(value(hint) for hint in typing.get_type_hints(kind).values()))


KINDS = sorted(set(tuples()), key=lambda kind: kind.__qualname__)


def test_the_tuples_are_found():
    assert {nn.Net, nn.network.Trace, nn.data.Scaling, nn.training.Work, nn.schedules.Schedule} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_tuples_of_arrays_are_compared_by_content(kind):
    one, same, other = filled(kind), filled(kind), filled(kind, 1.0)
    assert one == same and not one != same and (one == one) is True
    differs = any(not isinstance(part, str) for part in one)
    assert (one != other) is differs and (one == other) is not differs
    assert one == copy.deepcopy(one)
    by_content = kind.__eq__ is not tuple.__eq__
    for stranger in (None, 3, "net", [1, 2], *((np.float64(1), np.ones(len(one)), tuple(one)) if by_content else ())):
        assert (one == stranger) is False and (one != stranger) is True
        assert (stranger == one) is False and (stranger != one) is True


def test_content_in_detail():
    trace = nn.trace(NET, THETA, X, LABELS, "cross_entropy")
    assert trace == nn.trace(NET, THETA, X, LABELS, "cross_entropy") != nn.trace(NET, THETA, X)
    assert trace != trace._replace(J=trace.J + 1) and trace != trace._replace(Z=trace.Z[:-1])
    assert trace != trace._replace(H=trace.H[0]) and trace != trace._replace(H=None)
    broken = trace._replace(J=np.nan, Z=[np.full(2, np.nan)])
    for other in (broken._replace(Z=[np.array([np.nan, 1.0])]), broken._replace(J=1.0)):
        assert broken != other and other != broken and other == copy.deepcopy(other)
    assert broken == copy.deepcopy(broken)
    for kind in (trace, nn.data.standardize(X)[1]):
        with pytest.raises(TypeError, match="unhashable"):
            hash(kind)

"""The data sets look as described, repeat, and the three preparations do what they say."""

import builtins
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlib as nn
from nnlib.engine import random

SETS = ["moons", "circles", "blobs", "spirals", "sine"]
SURFACES = ["plane", "hills", "wave"]


@pytest.mark.parametrize("name", SETS)
def test_shapes_and_seeds(name):
    make = getattr(nn.data, name)
    X, T = make(31, seed=4)
    assert X.shape == (31, 1 if name == "sine" else 2) and X.dtype == np.float64
    assert T.shape == ((31, 1) if name == "sine" else (31,)) and len(T) == 31
    again = make(31, seed=4)
    assert np.array_equal(X, again[0]) and np.array_equal(T, again[1])
    assert not np.array_equal(X, make(31, seed=5)[0])
    assert not np.array_equal(X if name != "sine" else T, make(31, noise=0, seed=4)[name == "sine"])


def test_what_is_not_said_is_what_the_help_says():
    usual = dict(
        moons=(200, 0.1, 0), circles=(200, 0.1, 0, 0.5), blobs=(200, 0.5, 0, 3), spirals=(200, 0.05, 0, 2, 1.0),
        sine=(100, 0.1, 0),
    )  # fmt: skip
    for name in SETS:
        plain, told = getattr(nn.data, name)(), getattr(nn.data, name)(*usual[name])
        assert np.array_equal(plain[0], told[0]) and np.array_equal(plain[1], told[1])


@pytest.mark.parametrize("name", ["moons", "circles", "blobs", "spirals"])
def test_noise_moves_a_point_in_both_directions(name):
    make = getattr(nn.data, name)
    moved = (make(400, noise=0.1, seed=3)[0] - make(400, noise=0, seed=3)[0]) / 0.1
    assert abs(np.corrcoef(moved.T)[0, 1]) < 0.2 and np.abs(moved.std(axis=0) - 1).max() < 0.15


def test_geometry():
    X, labels = nn.data.moons(40, noise=0)
    centers = np.array([[0.0, 0.0], [1.0, 0.5]])[labels]
    np.testing.assert_allclose(np.hypot(*(X - centers).T), 1, rtol=1e-12)
    X, labels = nn.data.circles(40, noise=0, factor=0.3)
    np.testing.assert_allclose(np.hypot(*X.T), np.where(labels, 0.3, 1), rtol=1e-12)
    X, labels = nn.data.blobs(40, noise=0, classes=4)
    assert len(np.unique(X.round(9), axis=0)) == 4 and np.bincount(labels).tolist() == [10] * 4
    np.testing.assert_allclose(X[:4], [[0, 2], [-2, 0], [0, -2], [2, 0]], atol=1e-14)
    X, labels = nn.data.spirals(40, noise=0, classes=3)
    assert 0.1 <= np.hypot(*X.T).min() and np.hypot(*X.T).max() <= 1 and labels.max() == 2
    X, T = nn.data.sine(40, noise=0)
    assert (np.diff(X[:, 0]) > 0).all() and np.allclose(T, np.sin(X), rtol=0, atol=2e-16) and np.abs(X).max() <= np.pi


@pytest.mark.parametrize("name", SURFACES)
def test_surfaces(name):
    X, T = nn.data.surface(name, 300, noise=0, seed=4)
    assert X.shape == (300, 2) and T.shape == (300, 1) and X.dtype == T.dtype == np.float64
    assert X.min() < -0.97 and 0.97 < X.max() < 1 and np.abs(X.mean(axis=0)).max() < 0.1
    x, y = X.T
    up, down = (x - 0.5) ** 2 + (y - 0.5) ** 2, (x + 0.5) ** 2 + (y + 0.5) ** 2
    its = dict(plane=x - 0.5 * y, hills=1 / (1 + 8 * up) - 1 / (1 + 8 * down), wave=np.sin(np.pi * x))
    np.testing.assert_allclose(T[:, 0], its[name], rtol=0, atol=4e-16)
    again, noisy = nn.data.surface(name, 300, noise=0.2, seed=4), nn.data.surface(name, 300, noise=0.2, seed=5)
    assert np.array_equal(X, again[0]), "only the heights are noisy"
    off = (again[1] - T) / 0.2
    assert abs(off.std() - 1) < 0.15 and abs(np.corrcoef(off[:, 0], x)[0, 1]) < 0.2
    assert not np.array_equal(noisy[0], X)


def test_what_is_not_said_of_a_surface():
    for plain, told in zip(nn.data.surface(), nn.data.surface("hills", 200, 0.1, 0), strict=True):
        assert np.array_equal(plain, told)


def test_gates():
    expected = dict(
        zip(["and", "or", "nand", "nor", "xor", "xnor"], ["0001", "0111", "1110", "1000", "0110", "1001"], strict=True)
    )
    for name, row in expected.items():
        X, T = nn.data.gates(name)
        assert X.tolist() == [[0, 0], [0, 1], [1, 0], [1, 1]] and T.shape == (4, 1)
        assert "".join(str(int(t)) for t in T[:, 0]) == row
    assert np.array_equal(nn.data.xor()[1], nn.data.gates("xor")[1])
    with pytest.raises(ValueError, match="name: unknown name 'XOR'; did you mean 'xor'"):
        nn.data.gates("XOR")


def test_digits():
    pytest.importorskip("sklearn")
    X, labels = nn.data.digits()
    assert X.shape == (1797, 64) and (X.min(), X.max()) == (0, 1)
    assert labels.shape == (1797,) and labels.dtype == np.int64 and set(labels) == set(range(10))


def test_digits_without_sklearn(monkeypatch):
    real = builtins.__import__

    def refuse(name, *args, **more):
        if name.startswith("sklearn"):
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ImportError, match="pip install scikit-learn"):
        nn.data.digits()


def test_one_hot():
    assert nn.data.one_hot([0, 2, 1]).tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert nn.data.one_hot([0], classes=3).shape == (1, 3)
    assert nn.data.one_hot([True, False]).tolist() == [[0, 1], [1, 0]]
    for bad, kind, text in [
        ([0.5], ValueError, r"labels: .*got 0.5 at labels\[0\]"),
        ([-1], ValueError, "labels: "),
        ([], ValueError, "labels: needs at least one"),
        ([[0]], ValueError, "labels: needs m labels"),
        (["a"], TypeError, "labels: needs real numbers"),
    ]:
        with pytest.raises(kind, match=text):
            nn.data.one_hot(bad)
    with pytest.raises(ValueError, match="labels: .*< 2, got 2"):
        nn.data.one_hot([0, 2], classes=2)


def test_standardize(rng):
    A, B = 3 * rng.normal(size=(20, 3)) + 5, rng.normal(size=(4, 3))
    A[:, 1] = 0.1
    A1, B1, scaling = nn.data.standardize(A, B)
    np.testing.assert_allclose(A1.mean(0), 0, atol=1e-14)
    np.testing.assert_allclose(A1.std(0), [1, 0, 1], rtol=1e-13)
    assert not A1[:, 1].any()
    np.testing.assert_allclose(B1, (B - A.mean(0)) / np.where(scaling.std == 1, 1, A.std(0)), rtol=1e-9)
    np.testing.assert_allclose(scaling.undo(scaling.apply(B)), B, rtol=1e-12)
    assert len(nn.data.standardize(A)) == 2
    for m in range(2, 40):  # for some m the computed std of equal numbers is not exactly 0
        flat, _ = nn.data.standardize(np.full((m, 1), 0.7))
        assert not flat.any()
    with pytest.raises(ValueError, match=r"others\[0\]: needs shape \(m, 3\)"):
        nn.data.standardize(A, B[:, :2])


def plain_standardize(X):
    """What it was before columns of every size were thought of: right, and to the same bits, for ordinary float64."""
    constant = X.max(axis=0) == X.min(axis=0)
    mean, std = np.where(constant, X[0], X.mean(axis=0)), np.where(constant, 1, X.std(axis=0))
    return (X - mean) / std, mean, std


@given(st.integers(0, 2**32), st.integers(2, 300), st.integers(1, 6), st.integers(-300, 300), st.floats(-1e3, 1e3))
def test_ordinary_columns_keep_their_bits(seed, m, n, power, shift):
    X = (np.random.default_rng(seed).normal(size=(m, n)) + shift) * 2.0**power
    X[:, -1] = X[0, -1] if seed % 2 else X[:, -1]
    got, scaling = nn.data.standardize(X)
    for part, expected in zip((got, scaling.mean, scaling.std), plain_standardize(X), strict=True):
        assert part.tobytes() == expected.astype(float).tobytes()
    wide = np.hstack([X, X[:, :1] * 2.0**700, X[:, :1] * 2.0**-700])  # a neighbor of another size changes nothing
    if n > 1:
        assert nn.data.standardize(wide)[0][:, :n].tobytes() == got.tobytes()


def test_a_float32_column_far_from_0():
    X = np.random.default_rng(0).normal(101325, 600, (1_000_000, 1)).astype(np.float32)
    got, scaling = nn.data.standardize(X)
    assert got.dtype == np.float32 and scaling.mean.dtype == scaling.std.dtype == np.float64
    assert abs(got.mean(dtype=float)) < 1e-5 and abs(got.std(dtype=float) - 1) < 1e-5
    wide, expected = nn.data.standardize(X.astype(float))
    assert np.allclose(scaling, expected, rtol=1e-12, atol=0)
    assert np.array_equal(got, ((X.astype(float) - scaling.mean) / scaling.std).astype(np.float32))
    np.testing.assert_allclose(got, wide, rtol=1e-6, atol=1e-8)
    back = scaling.undo(got)
    assert back.dtype == np.float32 and np.abs(back - X).max() <= np.spacing(np.float32(101325))
    assert scaling.apply(wide).dtype == np.float64


@given(st.integers(0, 2**32), st.integers(2, 50), st.integers(-140, 120), st.floats(-1e4, 1e4))
def test_float32_columns_are_measured_in_float64(seed, m, power, shift):
    X = ((np.random.default_rng(seed).normal(size=(m, 2)) + shift) * 2.0**power).astype(np.float32)
    got, scaling = nn.data.standardize(X)
    wide, expected = nn.data.standardize(X.astype(float))
    constant = np.ptp(X.astype(float), axis=0) <= 4 * np.finfo(np.float32).eps * np.abs(X).max(axis=0)
    np.testing.assert_allclose(scaling.std[~constant], expected.std[~constant], rtol=1e-12)
    np.testing.assert_allclose(got[:, ~constant], wide[:, ~constant], rtol=1e-6, atol=1e-7)


def exact(column):
    """Mean and variance in rational numbers."""
    numbers = [Fraction(float(x)) for x in column]
    mean = sum(numbers) / len(numbers)
    return mean, sum((x - mean) ** 2 for x in numbers) / len(numbers)


LARGEST = np.finfo(float).max


@given(
    st.lists(st.floats(-1, 1), min_size=2, max_size=12).filter(lambda c: max(c) - min(c) > 1e-6),
    st.one_of(st.integers(-1040, 1023), st.sampled_from([-1000, -665, -512, -401, -400, 400, 401, 511, 665, 1023])),
)
def test_columns_of_every_size(column, power):
    X = np.ldexp(column, power)[:, None]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        got, scaling = nn.data.standardize(X)
        back = scaling.undo(got)
    mean, variance = exact(X[:, 0])
    size = Fraction(float(np.abs(X).max()))
    rounding = size * Fraction(1, 10**12) + Fraction(5e-324)  # beside what a subnormal number can tell
    assert abs(Fraction(float(scaling.mean[0])) - mean) <= rounding
    std = Fraction(float(scaling.std[0]))
    assert abs(std * std - variance) <= 3 * std * rounding
    if power > -1000:
        np.testing.assert_allclose(got.mean(), 0, atol=1e-9)
        np.testing.assert_allclose(got.std(), 1, rtol=1e-9)
        np.testing.assert_allclose(back, X, rtol=1e-9, atol=float(size) * 1e-9)


@pytest.mark.parametrize(
    "column, expected",
    [
        ([1e200, 2e200, 3e200], [-(1.5**0.5), 0, 1.5**0.5]),
        ([1e-200, 2e-200, 3e-200], [-(1.5**0.5), 0, 1.5**0.5]),
        ([1e-310, 2e-310, 3e-310], [-(1.5**0.5), 0, 1.5**0.5]),
        ([1.7e308, -1.7e308], [1, -1]),
        ([LARGEST, -LARGEST], [1, -1]),
        ([1.7e308, 1.7e308, -1.7e308], [0.5**0.5, 0.5**0.5, -(2**0.5)]),
        ([1.7e308] * 15 + [-1.7e308], [15**-0.5] * 15 + [-(15**0.5)]),
        ([LARGEST, LARGEST, LARGEST], [0, 0, 0]),
        ([5e-324] * 3, [0, 0, 0]),
        ([2**62, 2**62 + 2**40, 2**62 + 2**41], [-(1.5**0.5), 0, 1.5**0.5]),
        (np.array([-(2**63), 2**63 - 1]), [-1, 1]),
        (np.array([2**64 - 1, 0], np.uint64), [1, -1]),
        (np.array([60000, -60000, 60000, -60000], np.float16), [1, -1, 1, -1]),
    ],
)
def test_columns_whose_squares_overflow_or_vanish(column, expected):
    X = np.array(column)[:, None]
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        got, scaling = nn.data.standardize(X)
        np.testing.assert_allclose(scaling.apply(X)[:, 0], expected, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(got[:, 0], expected, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(scaling.undo(got), X.astype(float), rtol=1e-9)
    assert got.dtype == np.float64


def test_the_smallest_numbers_divide_by_no_0():
    got, scaling = nn.data.standardize([[5e-324], [0.0], [0.0]])
    assert scaling.std[0] > 0 and np.isfinite(got).all() and got[0, 0] != got[1, 0]


def test_columns_that_are_constant_but_for_their_rounding():
    others = [[0.31], [0.3]]
    for X in ([[0.1 + 0.2], [0.3], [0.3]], np.float32([[0.3], [0.3], [0.3 + 3e-8]])):
        got, far, scaling = nn.data.standardize(X, others)
        assert scaling.std.tolist() == [1] and np.abs(got).max() < 1e-7 and np.abs(far).max() < 0.011
    got, scaling = nn.data.standardize(np.array([[2**62 + i] for i in range(1000)]))  # float64 tells no two apart
    assert scaling.std.tolist() == [1] and np.abs(got).max() <= 1024
    got, scaling = nn.data.standardize(np.array([[1.0], [1.0 + 2.0**-40]]))  # small, but told apart
    np.testing.assert_allclose(got[:, 0], [-1, 1])


def test_split():
    X = np.arange(20.0)[:, None]
    T = np.arange(20)
    (X1, T1), (X2, T2), (X3, T3) = nn.data.split(X, T, (0.5, 0.25, 0.25), seed=1)
    assert [len(t) for t in (T1, T2, T3)] == [10, 5, 5]
    assert sorted(np.concatenate([T1, T2, T3])) == list(range(20))
    assert np.array_equal(X1[:, 0], T1) and T1.tolist() != sorted(T1)
    assert np.array_equal(nn.data.split(X, T, (0.5, 0.5), 1)[0][0], X1)
    assert [len(t) for _, t in nn.data.split(X, T)] == [16, 4]
    assert [t.tolist() for _, t in nn.data.split(X, T)] == [t.tolist() for _, t in nn.data.split(X, T, (0.8, 0.2), 0)]
    for args, text in [
        ((X, T[1:]), "T: needs 20 rows"),
        ((X, 3), "T: needs 20 rows"),
        ((X, T, (0.9, 0.2)), "fractions: needs"),
        ((X, T, (0.5, -0.1)), "fractions: needs"),
        ((X, T, ()), "fractions: needs"),
        ((X, T, 0.5), "fractions: needs"),
        ((X, T, (0.99, 0.01)), "fractions: .*empty"),
    ]:
        with pytest.raises(ValueError, match=text):
            nn.data.split(*args)


@pytest.mark.parametrize("seed", range(5))
def test_who_draws_data_and_divides_them_by_one_seed_draws_twice(seed):
    """How the samples are divided has nothing to do with their noise, the first weights or the order of an epoch."""
    rooms = (random.WEIGHTS, random.DATA, random.ORDER)
    orders = [random.Stream(seed, room).permutation(40).tolist() for room in rooms]
    parts = nn.data.split(np.zeros((40, 1)), np.arange(40), (0.5, 0.5), seed)
    assert np.concatenate([t for _, t in parts]).tolist() not in orders


def test_bad_arguments():
    for call, kind, text in [
        (lambda: nn.data.moons(1), ValueError, "n: needs"),
        (lambda: nn.data.moons(9.0), TypeError, "n: needs"),
        (lambda: nn.data.moons(9, noise=-1), ValueError, "noise: needs"),
        (lambda: nn.data.circles(9, factor=1), ValueError, "factor: needs"),
        (lambda: nn.data.blobs(9, classes=1), ValueError, "classes: needs"),
        (lambda: nn.data.spirals(9, turns=0), ValueError, "turns: needs"),
        (lambda: nn.data.sine(9, seed=2**64), ValueError, "seed: needs"),
        (lambda: nn.data.surface("hill"), ValueError, "name: unknown name 'hill'; did you mean 'hills'"),
        (lambda: nn.data.surface(200), TypeError, r"name: needs a name \(plane, hills, wave\)"),
        (lambda: nn.data.surface("wave", 1), ValueError, "n: needs"),
    ]:
        with pytest.raises(kind, match=text):
            call()

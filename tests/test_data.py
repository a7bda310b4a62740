"""The data sets look as described, repeat, and the three preparations do what they say."""

import builtins

import numpy as np
import pytest

import nnlib as nn

SETS = ["moons", "circles", "blobs", "spirals", "sine"]


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


def test_geometry():
    X, labels = nn.data.moons(40, noise=0)
    centers = np.array([[0.0, 0.0], [1.0, 0.5]])[labels]
    np.testing.assert_allclose(np.hypot(*(X - centers).T), 1, rtol=1e-12)
    X, labels = nn.data.circles(40, noise=0, factor=0.3)
    np.testing.assert_allclose(np.hypot(*X.T), np.where(labels, 0.3, 1), rtol=1e-12)
    X, labels = nn.data.blobs(40, noise=0, classes=4)
    assert len(np.unique(X.round(9), axis=0)) == 4 and np.bincount(labels).tolist() == [10] * 4
    X, labels = nn.data.spirals(40, noise=0, classes=3)
    assert 0.1 <= np.hypot(*X.T).min() and np.hypot(*X.T).max() <= 1 and labels.max() == 2
    X, T = nn.data.sine(40, noise=0)
    assert (np.diff(X[:, 0]) > 0).all() and np.allclose(T, np.sin(X), rtol=0, atol=2e-16) and np.abs(X).max() <= np.pi


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


def test_split():
    X = np.arange(20.0)[:, None]
    T = np.arange(20)
    (X1, T1), (X2, T2), (X3, T3) = nn.data.split(X, T, (0.5, 0.25, 0.25), seed=1)
    assert [len(t) for t in (T1, T2, T3)] == [10, 5, 5]
    assert sorted(np.concatenate([T1, T2, T3])) == list(range(20))
    assert np.array_equal(X1[:, 0], T1) and T1.tolist() != sorted(T1)
    assert np.array_equal(nn.data.split(X, T, (0.5, 0.5), 1)[0][0], X1)
    assert [len(t) for _, t in nn.data.split(X, T)] == [16, 4]
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


def test_bad_arguments():
    for call, kind, text in [
        (lambda: nn.data.moons(1), ValueError, "n: needs"),
        (lambda: nn.data.moons(9.0), TypeError, "n: needs"),
        (lambda: nn.data.moons(9, noise=-1), ValueError, "noise: needs"),
        (lambda: nn.data.circles(9, factor=1), ValueError, "factor: needs"),
        (lambda: nn.data.blobs(9, classes=1), ValueError, "classes: needs"),
        (lambda: nn.data.spirals(9, turns=0), ValueError, "turns: needs"),
        (lambda: nn.data.sine(9, seed=2**64), ValueError, "seed: needs"),
    ]:
        with pytest.raises(kind, match=text):
            call()

"""Every schedule against its formula, from Python and inside training."""

import numpy as np
import pytest

import nnlib as nn
from nnlib import schedules as S

pytestmark = pytest.mark.bounds

FORMULAS = [
    (S.constant(0.3), lambda t: 0.3),
    (S.inverse_time(0.5, 0.1), lambda t: 0.5 / (1 + 0.1 * t)),
    (S.power(0.5, 0.7), lambda t: 0.5 / t**0.7),
    (S.exponential(0.5, 0.9), lambda t: 0.5 * 0.9 ** (t - 1)),
    (S.exponential(0.5, 0.9, every=3), lambda t: 0.5 * 0.9 ** ((t - 1) // 3)),
    (S.step_decay(0.5, 0.1, every=4), lambda t: 0.5 * 0.1 ** ((t - 1) // 4)),
]


@pytest.mark.parametrize("schedule, formula", FORMULAS, ids=lambda x: repr(x) if isinstance(x, S.Schedule) else "")
def test_formula(schedule, formula):
    for t in (1, 2, 3, 4, 5, 9, 100):
        assert schedule(t) == pytest.approx(formula(t), rel=1e-14)


@pytest.mark.parametrize("schedule, formula", FORMULAS, ids=lambda x: repr(x) if isinstance(x, S.Schedule) else "")
def test_inside_training(schedule, formula):
    """A unit that only has a bias, gradient 1: θ falls by η at every update."""
    net = nn.mlp([1, 1])
    for mask in (None, [1, 1]):  # fused into the matrix product, and not
        theta, seen = np.array([0.0, 0.0]), [0.0]
        X, T = [[0.0]], [[-1e9]]
        run = nn.train(
            *(net, theta, X, T, "mae", nn.sgd(schedule), 10),
            mask=mask,
            callback=lambda e, th, h, seen=seen: seen.append(th[1]),
        )
        np.testing.assert_allclose(-np.diff(seen), [formula(t) for t in range(1, 11)], rtol=1e-12)
        assert run.state.t == 10


def test_an_unknown_code_is_seen():
    assert all(np.isnan(S.Schedule(code, 0.1, 0.5, 1.0, "")(1)) for code in (-1, 4, 99))


def test_shown_as_asked_for():
    assert repr(S.step_decay(0.1, 0.5, 10)) == "step_decay(0.1, factor=0.5, every=10)"
    assert repr(nn.adam(S.inverse_time(0.1, 1))).startswith("adam(lr=inverse_time(0.1, delta=1), beta1=0.9")


def test_bad_arguments():
    for call, kind, text in [
        (lambda: S.constant(0), ValueError, "lr: needs a finite number > 0, got 0"),
        (lambda: S.constant(True), TypeError, "lr: needs"),
        (lambda: S.inverse_time(0.1, -1), ValueError, "delta: needs"),
        (lambda: S.power(0.1, np.nan), ValueError, "delta: needs"),
        (lambda: S.exponential(0.1, 1.5), ValueError, "gamma: needs a finite number > 0 and <= 1"),
        (lambda: S.exponential(0.1, 0), ValueError, "gamma: needs a finite number > 0 and <= 1"),
        (lambda: S.exponential(0.1, 0.5, 0), ValueError, "every: needs a whole number"),
        (lambda: S.step_decay(0.1, 0, 5), ValueError, "factor: needs"),
        (lambda: S.step_decay(0.1, 0.5, 2.0), TypeError, "every: needs"),
        (lambda: S.constant(0.1)(0), ValueError, "t: needs a whole number"),
    ]:
        with pytest.raises(kind, match=text):
            call()

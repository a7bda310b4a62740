"""Every schedule against its formula, from Python and inside training."""

import math

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
    (S.cosine(0.5, 8), lambda t: 0.25 * (1 + math.cos(math.pi * (t - 1) / 8)) if t <= 8 else 0),
    (S.cosine(0.5, 8, last=0.1), lambda t: 0.1 + 0.2 * (1 + math.cos(math.pi * min(t - 1, 8) / 8))),
    (S.warmup(0.5, 4), lambda t: 0.5 * min(t / 4, 1)),
    (S.warmup(S.power(0.5, 0.7), 3), lambda t: 0.5 * t / 3 if t <= 3 else 0.5 / (t - 2) ** 0.7),
    (S.warmup(S.inverse_time(0.5, 1), 2), lambda t: 0.25 * t / 2 if t <= 2 else 0.5 / (1 + (t - 1))),
]


@pytest.mark.parametrize("schedule, formula", FORMULAS, ids=lambda x: repr(x) if isinstance(x, S.Schedule) else "")
def test_formula(schedule, formula):
    for t in (1, 2, 3, 4, 5, 9, 100):
        assert schedule(t) == pytest.approx(formula(t), rel=1e-14, abs=1e-16)


def test_against_pytorch():
    """CosineAnnealingLR(T_max=10, eta_min=0.02) of 0.5, alone and in a SequentialLR after LinearLR(1/4, 1, 3)."""
    there = [0.5, 0.48825356391083685, 0.45416407864998737, 0.4010684605501936, 0.3341640786499874, 0.26,
             0.18583592135001265, 0.11893153944980649, 0.06583592135001265, 0.03174643608916315, 0.02]  # fmt: skip
    cosine = S.cosine(0.5, 10, last=0.02)
    both = S.warmup(cosine, 4)
    np.testing.assert_allclose([cosine(t) for t in range(1, 12)], there, rtol=1e-14)
    np.testing.assert_allclose([both(t) for t in range(1, 15)], [0.125, 0.25, 0.375, *there], rtol=1e-14)


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
    assert all(np.isnan(S.Schedule(code, 0.1, 0.5, 1.0, "")(1)) for code in (-1, 5, 99))


def test_shown_as_asked_for():
    assert repr(S.step_decay(0.1, 0.5, 10)) == "step_decay(0.1, factor=0.5, every=10)"
    assert repr(S.cosine(0.1, 50, last=0.01)) == "cosine(0.1, steps=50, last=0.01)"
    assert repr(S.warmup(S.cosine(0.1, 50), 5)) == "warmup(cosine(0.1, steps=50), steps=5)"
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
        (lambda: S.cosine(0.1, 0), ValueError, "steps: needs a whole number"),
        (lambda: S.cosine(0.1, 9, last=-0.1), ValueError, "last: needs a finite number >= 0"),
        (lambda: S.warmup(-1, 5), ValueError, "lr: needs a finite number > 0"),
        (lambda: S.warmup(0.1, 2.5), TypeError, "steps: needs"),
        (lambda: S.warmup(S.warmup(0.1, 3), 5), ValueError, "lr: needs a schedule without .*, got warmup.0.1, steps=3"),
        (lambda: S.constant(0.1)(0), ValueError, "t: needs a whole number"),
    ]:
        with pytest.raises(kind, match=text):
            call()

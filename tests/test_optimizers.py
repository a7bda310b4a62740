"""Eleven ways downhill: by hand, against the naive twin, down a parabola and through Rosenbrock's valley."""

import copy
import math

import numpy as np
import pytest

import nnlib as nn
from nnlib import optimizers
from nnlib.optimizers import BY_NAME
from tests import naive

pytestmark = pytest.mark.bounds

NAMES = optimizers.NAMES


def first_step(optimizer, theta=1.0, g=0.5):
    θ = np.array([theta])
    state = optimizer.state(θ)
    optimizer.step(θ, [g], state)
    assert state.t == 1
    return θ[0]


def test_first_steps_by_hand():
    """θ = 1, g = 0.5; the arithmetic is in the comments."""
    assert first_step(nn.sgd(0.1)) == 0.95  # 1 - 0.1 · 0.5
    assert first_step(nn.momentum(0.1)) == 0.95  # v = 0.5
    assert first_step(nn.nesterov(0.1)) == pytest.approx(0.905, rel=1e-15)  # 1 - 0.1 (0.5 + 0.9 · 0.5)
    assert first_step(nn.adagrad(0.1)) == pytest.approx(0.9, rel=1e-9)  # s = 0.25: 1 - 0.1 · 0.5 / 0.5
    Δ = math.sqrt(1e-6) / math.sqrt(0.025 + 1e-6) * 0.5  # s = 0.1 · 0.25
    assert first_step(nn.adadelta()) == pytest.approx(1 - Δ, rel=1e-15)
    assert first_step(nn.rmsprop(0.1)) == pytest.approx(1 - 0.1 * 0.5 / (0.05 + 1e-8), rel=1e-15)  # s = 0.0025
    assert first_step(nn.adam(0.1)) == pytest.approx(1 - 0.1 * 0.5 / (0.5 + 1e-8), rel=1e-15)  # m̂ = g, v̂ = g²
    assert first_step(nn.adamw(0.1)) == pytest.approx(0.999 - 0.1 * 0.5 / (0.5 + 1e-8), rel=1e-15)  # 1 - 0.1 · 0.01
    assert first_step(nn.amsgrad(0.1)) == first_step(nn.adam(0.1))  # the first v is the largest
    assert first_step(nn.adamax(0.1)) == pytest.approx(1 - 0.1 * 0.5 / (0.5 + 1e-8), rel=1e-15)
    μ1, μ2 = (0.9 * (1 - 0.5 * 0.96 ** (t * 0.004)) for t in (1, 2))
    step = (1 - μ1) / (1 - μ1) * 0.5 + μ2 / (1 - μ1 * μ2) * 0.05  # m = 0.05, v̂ = 0.25
    assert first_step(nn.nadam(0.1)) == pytest.approx(1 - 0.1 * step / (0.5 + 1e-8), rel=1e-14)


def test_second_steps_by_hand():
    θ = np.array([1.0])
    o = nn.momentum(0.1)
    s = o.state(θ)
    o.step(θ, [0.5], s)
    o.step(θ, [0.5], s)  # v = 0.9 · 0.5 + 0.5 = 0.95
    assert θ[0] == pytest.approx(0.95 - 0.095, rel=1e-15)
    θ = np.array([1.0])
    o = nn.adam(0.1)
    s = o.state(θ)
    o.step(θ, [0.5], s)
    o.step(θ, [-0.5], s)  # m = 0.9 · 0.05 - 0.05 = -0.005, v = 0.999 · 0.00025 + 0.00025; 1 - 0.9² = 0.19
    m, v = -0.005 / 0.19, 0.25
    assert θ[0] == pytest.approx(0.9 + 2e-9 - 0.1 * m / (math.sqrt(v) + 1e-8), rel=1e-12)


# Gradients of which a few are large, and where PyTorch 2.13 stands after updates 1, 2, 10 and 20 from θ = 1, η = 0.1.
RARE = [3.0 if t % 7 == 0 else (-1) ** t * 0.25 for t in range(20)]
TORCH = [
    (nn.adam(0.1), [0.9000000003333333, 0.8394086508071495, 0.5175968691928061, 0.16915426010698614]),
    (nn.adam(0.1, beta2=0.9), [0.9000000003333333, 0.8377874959070419, 0.49625156740011184, 0.1244479849742057]),
    (
        nn.adamw(0.1, weight_decay=0.1),
        [0.8900000003333333, 0.8205086508038162, 0.44621025533541236, 0.07074730617418071],
    ),
    (nn.amsgrad(0.1, beta2=0.9), [0.9000000003333333, 0.8407527735132378, 0.5378536381156358, 0.2181008340640586]),
]


@pytest.mark.parametrize(("optimizer", "there"), TORCH, ids=[repr(optimizer) for optimizer, _ in TORCH])
def test_against_pytorch(optimizer, there):
    θ, here = np.array([1.0]), []
    state = optimizer.state(θ)
    for g in RARE:
        optimizer.step(θ, [g], state)
        here.append(θ[0])
    np.testing.assert_allclose([here[k] for k in (0, 1, 9, 19)], there, rtol=1e-13)


def test_adam_can_end_at_the_worst_point_and_amsgrad_does_not():
    """Reddi, Kale and Kumar (2018), theorem 1: slopes 3, -1, -1 again and again on [-1, 1]. Their sum pulls to -1."""

    def ends(optimizer):
        x = np.zeros(1)
        state = optimizer.state(x)
        for t in range(3000):
            optimizer.step(x, [-1.0 if t % 3 else 3.0], state)
            np.clip(x, -1, 1, out=x)
        return x[0]

    η, forgetful = nn.schedules.power(0.5, 0.5), dict(beta1=0, beta2=0.1)
    assert ends(nn.adam(η, **forgetful)) > 0.99
    assert ends(nn.amsgrad(η, **forgetful)) < -0.99


def test_decay_is_not_a_penalty():
    """With gradients of any size AdamW forgets the same share of θ; a penalty in the gradient is divided with it."""
    shares = []
    for scale in (1.0, 1000.0):
        θ = np.array([2.0, 2.0])
        optimizer = nn.adamw(0.01, beta1=0, weight_decay=0.5, eps=0)
        state = optimizer.state(θ)
        optimizer.step(θ, [scale, -scale], state)
        shares.append(θ.sum() / 4)
    assert shares == pytest.approx([1 - 0.01 * 0.5] * 2, rel=1e-15)


@pytest.mark.parametrize("name", NAMES)
def test_against_the_naive_twin(name):
    def g(x):
        return 2.0 * x + math.sin(3 * x)

    for lr in (0.05, nn.schedules.inverse_time(0.1, 0.2)):
        optimizer = BY_NAME[name](lr)
        θ = np.array([1.5, -0.7, 0.2])
        expected = [naive.descend(name, x, g, 50, optimizer.lr) for x in θ]
        state = optimizer.state(θ)
        for _ in range(50):
            optimizer.step(θ, [g(x) for x in θ], state)
        np.testing.assert_allclose(θ, expected, rtol=1e-10, atol=1e-13)


# A rate that suits the method; Adadelta is slow by nature.
RATES = dict(
    sgd=0.1, momentum=0.05, nesterov=0.05, adagrad=0.5, adadelta=0.5, rmsprop=0.01, adam=0.05, adamax=0.1, nadam=0.05
)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NAMES)
def test_parabola(name, dtype):
    curvature = np.array([1.0, 4.0], dtype)
    θ = np.array([2.0, -1.0], dtype)
    optimizer = BY_NAME[name](RATES.get(name, 0.05))
    state = optimizer.state(θ)
    for _ in range(1000):
        optimizer.step(θ, curvature * θ, state)
    assert θ.dtype == dtype and np.abs(θ).max() < (0.02 if name in ("rmsprop", "adadelta") else 1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_rosenbrock(name):
    θ = np.array([-1.2, 1.0])
    rate = dict(
        RATES,
        sgd=1e-3,
        adadelta=0.02,
        momentum=3e-4,
        nesterov=3e-4,
        rmsprop=1e-3,
        adam=0.02,
        adamax=0.02,
        nadam=0.02,
        adamw=0.02,
        amsgrad=0.02,
    )
    optimizer = BY_NAME[name](rate.get(name, 1e-3))
    state = optimizer.state(θ)
    for _ in range(15000):
        x, y = θ
        optimizer.step(θ, [-400 * x * (y - x * x) - 2 * (1 - x), 200 * (y - x * x)], state)
    x, y = θ
    assert (1 - x) ** 2 + 100 * (y - x * x) ** 2 < 0.01


@pytest.mark.parametrize("name", NAMES)
def test_training_takes_the_same_steps(name, rng):
    net = nn.mlp([2, 3, 1])
    X, T = rng.normal(size=(5, 2)), rng.normal(size=(5, 1))
    optimizer = BY_NAME[name](0.05)
    theta = nn.initialize(net)
    run = nn.train(net, theta, X, T, "l2", optimizer, epochs=7, batch_size=None)
    θ, state, J = theta.copy(), optimizer.state(theta), []
    for _ in range(7):
        loss, g = nn.backprop(net, θ, X, T)
        J.append(loss)
        optimizer.step(θ, g, state)
    np.testing.assert_allclose(run.theta, θ, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(run.loss, J, rtol=1e-12)
    assert run.state.t == state.t == 7


def test_step_accepts_any_shape_and_layout(rng):
    start, g = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    expected = start - 0.1 * g
    for θ in (start.copy(), np.asfortranarray(start), np.repeat(start, 2, axis=1)[:, ::2]):
        state = nn.sgd(0.1).state(θ)
        nn.sgd(0.1).step(θ, g.tolist(), state)
        np.testing.assert_allclose(θ, expected, rtol=1e-15)


def test_step_refuses_and_changes_nothing():
    o = nn.adam(0.1)
    θ = np.array([1.0, 2.0])
    state = o.state(θ)
    shorter = o.state(np.zeros(3))
    read_only = θ.copy()
    read_only.flags.writeable = False
    for args, kind, text in [
        (([1.0, 2.0], [0, 0], state), TypeError, "theta: needs a float64 or float32 array.*got list"),
        ((np.array([1, 2]), [0, 0], state), TypeError, "theta: needs.*dtype int64"),
        ((read_only, [0, 0], state), ValueError, "theta: needs a writable"),
        ((np.array([np.nan, 0]), [0, 0], state), ValueError, r"theta: .*nan at theta\[0\]"),
        ((θ, [0], state), ValueError, "gradient: needs shape"),
        ((θ, [0, np.inf], state), ValueError, r"gradient: .*inf at gradient\[1\]"),
        ((θ, [0, 1j], state), TypeError, "gradient: needs real numbers"),
        ((θ, [0, 0], None), TypeError, "state: needs"),
        ((θ, [0, 0], nn.nadam().state(θ)), ValueError, "state: needs one of 'adam', got one of 'nadam'"),
        ((θ, [0, 0], o.state(np.zeros(3))), ValueError, "state: needs one for 2"),
        ((θ, [0, 0], o.state(np.zeros(2, np.float32))), ValueError, "state: needs one for 2.*float64"),
        ((θ, [0, 0], shorter), ValueError, "state: needs one for 2 parameters.*got one for 3"),
    ]:
        with pytest.raises(kind, match=text):
            o.step(*args)
    assert θ.tolist() == [1, 2] and state.t == 0 and not state.s.any()


def test_data_that_survives_copies():
    for name in NAMES:
        optimizer = BY_NAME[name](nn.schedules.power(0.1, 0.5))
        assert copy.deepcopy(optimizer) == optimizer
        assert repr(optimizer).startswith(f"{name}(lr=power(0.1, delta=0.5)")
        with pytest.raises(AttributeError):
            optimizer.lr = 3
    assert "t=0" in repr(nn.sgd(1).state([0.0]))
    with pytest.raises(TypeError, match="^theta: "):
        nn.sgd(1).state("many")


def test_by_name_means_the_defaults():
    for name in NAMES:
        assert optimizers.as_optimizer(name) == BY_NAME[name]()
    defaults = dict(
        sgd=1e-3,
        momentum=1e-3,
        nesterov=1e-3,
        adagrad=1e-2,
        adadelta=1,
        rmsprop=1e-2,
        adam=1e-3,
        adamax=2e-3,
        nadam=2e-3,
        adamw=1e-3,
        amsgrad=1e-3,
    )
    assert {name: BY_NAME[name]().lr.lr for name in defaults} == defaults


@pytest.mark.parametrize("code", [-1, len(NAMES), 99])
def test_an_unknown_code_is_seen(code):
    """Nothing below the border raises: what an unknown optimizer leaves is NaN, and that stops a training run."""

    class Unknown(optimizers.Optimizer):
        code = property(lambda self: code)
        row = property(lambda self: nn.adam().row)

    θ, unknown, state = np.ones(2), Unknown(*nn.adam()), nn.adam().state([0.0, 0.0])
    run = nn.train(nn.mlp([1, 1]), θ, [[1.0]], [[1.0]], optimizer=unknown, epochs=3, state=state)
    assert "no longer finite in epoch 1" in run.stopped and np.array_equal(run.theta, θ)
    unknown.step(θ, θ, state)
    assert np.isnan(θ).all()


def test_an_unknown_name_is_refused():
    unknown = nn.adam()._replace(name="adan")
    net, state = nn.mlp([1, 1]), nn.adam().state([0.0])
    state.name = "adan"
    for call in (
        lambda: unknown.state([0.0]),
        lambda: unknown.step(np.ones(1), [1.0], state),
        lambda: nn.train(net, [1.0, 0.0], [[1.0]], [[1.0]], optimizer=unknown),
    ):
        with pytest.raises(ValueError, match="optimizer: unknown name 'adan'; did you mean 'adam'"):
            call()


def test_settings_travel_by_name():
    said = nn.nadam(nn.schedules.exponential(0.1, 0.9, 5), 0.8, 0.99, 1e-7, 0.01).settings
    names = dict(
        schedule=nn.schedules.EXPONENTIAL, lr=0.1, a=0.9, every=5.0, warmup=1.0, beta1=0.8, beta2=0.99, eps=1e-7
    )
    assert said._asdict() == names | {"decay": 0.01}
    assert [type(value) for value in said] == [int] + [float] * 8


def test_bad_settings():
    for call, text in [
        (lambda: nn.sgd(0), "lr: needs"),
        (lambda: nn.sgd(-1), "lr: needs"),
        (lambda: nn.sgd(math.nan), "lr: needs"),
        (lambda: nn.momentum(0.1, 1.0), "beta: needs a finite number >= 0 and < 1, got 1.0"),
        (lambda: nn.nesterov(0.1, -0.1), "beta: needs"),
        (lambda: nn.adagrad(eps=-1), "eps: needs"),
        (lambda: nn.adadelta(rho=2), "rho: needs"),
        (lambda: nn.adadelta(eps=0), "eps: needs a finite number > 0"),
        (lambda: nn.rmsprop(alpha=1), "alpha: needs"),
        (lambda: nn.adam(beta1=1), "beta1: needs"),
        (lambda: nn.adamax(beta2=1), "beta2: needs"),
        (lambda: nn.nadam(momentum_decay=-1), "momentum_decay: needs"),
        (lambda: optimizers.as_optimizer("adan"), "optimizer: unknown name 'adan'; did you mean 'adam'"),
    ]:
        with pytest.raises(ValueError, match=text):
            call()
    for bad in (3, None, nn.sgd):
        with pytest.raises(TypeError, match="optimizer: needs"):
            optimizers.as_optimizer(bad)
    with pytest.raises(TypeError, match="lr: needs"):
        nn.sgd("0.1")


def test_tiny_first_moments_do_not_go_denormal():
    θ = np.zeros(1, np.float32)
    state = nn.adam().state(θ)
    nn.adam().step(θ, np.float32([1e-35]), state)
    assert state.s[0] == 0
    θ = np.zeros(1)
    state = nn.adam().state(θ)
    nn.adam().step(θ, [1e-35], state)
    assert state.s[0] == pytest.approx(1e-36)

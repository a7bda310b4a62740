"""Training: the worked example, exact continuation, masks, validation, and every way to stop."""

import io
import itertools
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlib as nn
from nnlib import training
from nnlib.engine import interrupts, progress
from tests.conftest import UNJITTED

pytestmark = pytest.mark.bounds

ALL = nn.optimizers.NAMES
LOSSES = {name: nn.losses.PARTNER.get(name, "identity") for name in nn.losses.NAMES}


@pytest.fixture
def problem(rng):
    net = nn.mlp([2, 4, 3], "tanh", "softmax")
    X, labels = nn.data.blobs(11, seed=1)
    return net, nn.initialize(net, seed=2), X, labels, "cross_entropy"


def test_two_two_two(two_two_two):
    net, theta, X, T, frozen_biases = two_two_two
    for mask, after_one in ((frozen_biases, 0.291027773694), (None, 0.280471446791)):
        run = nn.train(net, theta, X, T, "l2", nn.sgd(0.5), epochs=2, mask=mask)
        np.testing.assert_allclose(run.loss, [0.29837110876, after_one], rtol=2e-12)
        assert run.updates == 2 and run.stopped is None


@pytest.mark.slow
def test_two_two_two_ten_thousand_times(two_two_two):
    net, theta, X, T, frozen_biases = two_two_two
    after = {
        "frozen": (frozen_biases, 3.51018778298e-05, 3.51085481e-05, (0.0159136204436, 0.984064273515)),
        "per unit": (None, 2.44756223593e-06, 2.44833756e-06, (0.0115875273909, 0.988458935026)),
    }
    for mask, E, before, outputs in after.values():
        run = nn.train(net, theta, X, T, "l2", nn.sgd(0.5), epochs=10_000, mask=mask)
        assert nn.backprop(net, run.theta, X, T)[0] == pytest.approx(E, rel=1e-11)
        assert run.loss[-1] == pytest.approx(before, rel=2e-9)
        np.testing.assert_allclose(nn.forward(net, run.theta, X)[0], outputs, rtol=1e-11)


@pytest.mark.parametrize("batch_size", [1, 4, 11, 100, None])
def test_an_epoch_by_hand(problem, batch_size):
    """Batches in the documented order, the short one last; the loss is the samples' mean before each update."""
    net, theta, X, labels, loss = problem
    run = nn.train(net, theta, X, labels, loss, nn.sgd(0.3), 3, batch_size, seed=5, l1=0.01, l2=0.02)
    θ, losses = theta.copy(), []
    size = min(batch_size or 11, 11)
    for epoch in range(3):
        order = np.arange(11)
        if size < 11:
            state = np.zeros(1, np.uint64)
            epoch_order(state, nn.engine.random.key(5, nn.engine.random.ORDER), epoch, order)
        total = 0.0
        for start in range(0, 11, size):
            rows = order[start : start + size]
            J, g = nn.backprop(net, θ, X[rows], labels[rows], loss, l1=0.01, l2=0.02)
            total += J * len(rows)
            θ -= 0.3 * g
        losses.append(total / 11)
    np.testing.assert_allclose(run.theta, θ, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(run.loss, losses, rtol=1e-12)
    assert run.updates == 3 * -(-11 // size)


@nn.engine.jit.jit
def epoch_order(state, key, epoch, order):
    nn.engine.random.enter(state, key, epoch)
    nn.engine.random.shuffle(state, order)


def test_fused_and_stored_gradient_agree(problem):
    net, theta, X, labels, loss = problem
    one = nn.train(net, theta, X, labels, loss, nn.sgd(0.3), 5, 4)
    two = nn.train(net, theta, X, labels, loss, nn.sgd(0.3), 5, 4, mask=np.ones(net.size))
    np.testing.assert_allclose(one.theta, two.theta, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", ALL)
def test_state_continues_exactly(problem, name):
    net, theta, X, labels, loss = problem
    keep = theta.copy()
    whole = nn.train(net, theta, X, labels, loss, name, 6, 4, seed=3)
    first = nn.train(net, theta, X, labels, loss, name, 2, 4, seed=3)
    stored = first.state.copy()
    second = nn.train(net, first.theta, X, labels, loss, name, 4, 4, seed=3, state=first.state)
    assert np.array_equal(second.theta, whole.theta)
    assert np.array_equal(np.concatenate([first.loss, second.loss]), whole.loss)
    assert second.state.t == whole.state.t == 18 and second.state.epoch == 6 and second.updates == 12
    assert np.array_equal(theta, keep)
    assert first.state.t == stored.t == 6 and np.array_equal(first.state.s, stored.s)


def test_seeds_and_precisions(problem):
    net, theta, X, labels, loss = problem

    def run(**extra):
        return nn.train(net, theta, X, labels, loss, "adam", 4, 3, **extra)

    assert np.array_equal(run().theta, run().theta)
    assert not np.array_equal(run().theta, run(seed=1).theta)
    single = nn.train(net, theta.astype(np.float32), X, labels, loss, "adam", 4, 3)
    assert single.theta.dtype == np.float32 == single.state.s.dtype
    np.testing.assert_allclose(single.theta, run().theta, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ALL)
def test_frozen_parameters_stay_bit_identical(problem, name):
    net, theta, X, labels, loss = problem
    theta[3] = -0.0
    mask = np.arange(net.size) % 3 > 0
    run = nn.train(net, theta, X, labels, loss, name, 3, 4, mask=mask, l1=0.1, l2=0.1)
    assert run.theta[~mask].tobytes() == theta[~mask].tobytes()
    assert (run.theta[mask] != theta[mask]).all()
    assert not run.state.s[~mask[: run.state.s.size]].any()  # their gradient was 0
    # Nor does momentum from an earlier run, when they were free, move them.
    free = nn.train(net, theta, X, labels, loss, name, 2, 4)
    later = nn.train(net, free.theta, X, labels, loss, name, 2, 4, mask=mask, state=free.state)
    assert later.theta[~mask].tobytes() == free.theta[~mask].tobytes()


def test_validation(problem):
    net, theta, X, labels, loss = problem
    V = nn.data.blobs(7, seed=9)
    seen = []
    run = nn.train(
        *(net, theta, X, labels, loss, "adam", 5, 4),
        l2=0.1,
        validation=V,
        callback=lambda epoch, th, h: seen.append(th),
    )
    expected = [nn.backprop(net, th, *V, loss)[0] for th in seen]
    np.testing.assert_allclose(run.val_loss, expected, rtol=1e-13)
    plain = nn.train(net, theta, X, labels, loss, "adam", 5, 4, l2=0.1)
    assert np.array_equal(plain.theta, run.theta) and plain.val_loss is None
    assert "validation" in repr(run) and "validation" not in repr(plain)


def test_callback(problem):
    net, theta, X, labels, loss = problem
    calls = []

    def callback(epoch, th, history):
        calls.append((epoch, len(history.loss), history.updates, history.state.t))
        assert np.array_equal(th, history.theta)
        th[:] = np.nan  # a copy: it does no harm
        return epoch == 3

    run = nn.train(net, theta, X, labels, loss, "sgd", 10, 4, callback=callback)
    assert calls == [(1, 1, 3, 3), (2, 2, 6, 6), (3, 3, 9, 9)]
    assert run.stopped == "the callback said so after epoch 3" and len(run.loss) == 3
    same = nn.train(net, theta, X, labels, loss, "sgd", 3, 4)
    assert np.array_equal(same.theta, run.theta)
    with pytest.raises(ZeroDivisionError):
        nn.train(net, theta, X, labels, loss, callback=lambda *_: 1 / 0)


def test_each_epoch_has_an_order_of_its_own(problem):
    """The epochs begin at the same θ, so that nothing but their order makes them end at different ones."""
    net, theta, X, labels, loss = problem

    def end(k, seed):
        """θ after the k-th epoch of a run that stood still until then."""
        still = nn.train(net, theta, X, labels, loss, nn.sgd(1e-300), k, 1, seed=seed)
        np.testing.assert_allclose(still.theta, theta, rtol=0, atol=1e-290)
        return nn.train(net, theta, X, labels, loss, nn.sgd(0.5), 1, 1, seed=seed, state=still.state).theta.tobytes()

    ends = {(k, seed): end(k, seed) for k in range(1, 5) for seed in range(2)}
    assert len(set(ends.values())) == 8 and ends[2, 1] == end(2, 1)


def test_what_is_not_said_is_what_the_help_says(problem):
    net, theta, X, labels, loss = problem
    one = nn.train(net, theta, X, nn.data.one_hot(labels), "l2")
    two = nn.train(
        *(net, theta, X, nn.data.one_hot(labels)), loss="l2", optimizer=nn.sgd(0.1), epochs=100, batch_size=32, seed=0,
        l1=0.0, l2=0.0, mask=None, validation=None, callback=None, state=None, sample_weight=None, shuffle=True,
    )  # fmt: skip
    assert len(one.loss) == 100 and one.updates == 100 and np.array_equal(one.theta, two.theta)
    X, labels = nn.data.blobs(70, seed=1)  # three batches, in an order that is drawn
    same = [nn.train(net, theta, X, labels, loss, epochs=2, **more) for more in ({}, dict(batch_size=32, seed=0))]
    assert same[0].updates == 6 and np.array_equal(same[0].theta, same[1].theta)
    assert not np.array_equal(same[0].theta, nn.train(net, theta, X, labels, loss, epochs=2, shuffle=False).theta)


def test_a_run_that_goes_on_and_is_interrupted_counts_its_own(problem, clock):
    net, theta, X, labels, loss = problem
    first = nn.train(net, theta, X, labels, loss, "adam", 3, 4)

    def interrupt(epoch, th, history):
        if epoch == 2:
            raise KeyboardInterrupt

    run = nn.train(net, first.theta, X, labels, loss, "adam", 9, 4, state=first.state, callback=interrupt)
    assert run.stopped == "interrupted after epoch 2" and (run.updates, len(run.loss)) == (6, 2)
    assert (run.state.t, run.state.epoch) == (15, 5)
    whole = nn.train(net, theta, X, labels, loss, "adam", 5, 4)
    assert np.array_equal(run.theta, whole.theta) and np.array_equal(run.loss, whole.loss[3:])


def test_a_run_that_goes_on_and_diverges_counts_its_own():
    net, (X, T) = nn.mlp([1, 2, 1], "identity"), nn.data.sine(9)
    first = nn.train(net, nn.initialize(net), X, T, "l2", nn.sgd(0.01), 3, 4)
    run = nn.train(net, first.theta, X, T, "l2", nn.sgd(1e200), 5, 4, state=first.state)
    assert "in epoch 1; try a smaller learning rate" in run.stopped and (run.updates, len(run.loss)) == (0, 1)
    run = nn.train(net, first.theta, 1e200 * X, T, "l2", nn.sgd(0.01), 5, 4, state=first.state)
    assert run.stopped.startswith("the loss was not finite before any update")


@pytest.mark.parametrize("hidden, output", [("step", "identity"), (["tanh", "step"], "identity"), ("tanh", "step")])
@pytest.mark.parametrize("loss", ["l2", "mae"])
def test_what_has_no_slope_anywhere_is_not_trained(hidden, output, loss):
    net = nn.mlp([1, 2, 2, 1], hidden, output)
    θ, X, T = nn.initialize(net), [[1.0]], [[1.0]]
    for call in (nn.train, nn.backprop, nn.numerical_gradient, nn.gradient_check):
        with pytest.raises(ValueError, match="'step'"):
            call(net, θ, X, T, loss)


def test_interruption_keeps_what_was_learned(problem):
    net, theta, X, labels, loss = problem

    def interrupt(epoch, th, history):
        if epoch == 4:
            raise KeyboardInterrupt

    run = nn.train(net, theta, X, labels, loss, "adam", 10, 4, callback=interrupt)
    assert run.stopped == "interrupted after epoch 4" and len(run.loss) == 4
    same = nn.train(net, theta, X, labels, loss, "adam", 4, 4)
    assert np.array_equal(same.theta, run.theta) and run.state.t == 12
    rest = nn.train(net, run.theta, X, labels, loss, "adam", 6, 4, state=run.state)
    assert np.array_equal(rest.theta, nn.train(net, theta, X, labels, loss, "adam", 10, 4).theta)


def test_many_epochs_a_call_change_nothing(problem, monkeypatch):
    net, theta, X, labels, loss = problem
    one = nn.train(net, theta, X, labels, loss, "adam", 40, 4, callback=lambda *_: None)
    many = nn.train(net, theta, X, labels, loss, "adam", 40, 4)
    monkeypatch.setattr(training, "WORK", 1e9)
    most = nn.train(net, theta, X, labels, loss, "adam", 40, 4)
    for other in (many, most):
        assert np.array_equal(one.theta, other.theta) and np.array_equal(one.loss, other.loss)


@pytest.mark.parametrize("work", [0.0, 1e9])
@pytest.mark.parametrize("optimizer", [nn.sgd(30.0), nn.momentum(30.0), nn.nadam(1e200)])
def test_divergence_stops_at_the_last_finite_epoch(optimizer, work, monkeypatch):
    monkeypatch.setattr(training, "WORK", work)
    net = nn.mlp([1, 2, 1], "identity")
    X, T = nn.data.sine(9)
    theta = nn.initialize(net)
    seen = []
    run = nn.train(net, theta, X, T, "l2", optimizer, 200, 4)
    assert "no longer finite in epoch" in run.stopped and "smaller learning rate" in run.stopped
    assert f"epoch {len(run.loss)};" in run.stopped
    assert np.isfinite(run.theta).all() and np.isfinite(run.loss[:-1]).all()
    good = len(run.loss) - 1
    assert run.state.epoch == good and run.state.t == run.updates == 3 * good
    if good:
        same = nn.train(net, theta, X, T, "l2", optimizer, good, 4, callback=lambda e, *_: seen.append(e))
        assert np.array_equal(same.theta, run.theta) and seen == list(range(1, good + 1))
        assert np.array_equal(same.state.s, run.state.s) and same.state.product[0] == run.state.product[0]


def test_a_parameter_that_overflows_under_a_finite_loss():
    """A saturated tanh hides an infinite weight from the loss; it is found all the same."""
    net = nn.mlp([1, 1], output="tanh")
    run = nn.train(net, [0.1, 0.0], [[1.0]], [[-1.0]], "l2", nn.sgd(1e308), 5, None, l2=1e10)
    assert "no longer finite in epoch" in run.stopped and np.isfinite(run.theta).all()
    run = nn.train(net, [1e-9, 0.0], [[1e8]], [[-1.0]], "mae", nn.sgd(1e305), 3, None)
    assert run.stopped.startswith("a parameter was no longer finite in epoch 1")
    assert run.updates == 0 and np.array_equal(run.theta, [1e-9, 0.0]) and len(run.loss) == 1


def test_history_is_shown_in_words(problem):
    net, theta, X, labels, loss = problem
    run = nn.train(net, theta, X, labels, loss, epochs=3)
    assert repr(run).startswith("History(3 epochs, 3 updates, loss from ") and " to " in repr(run)
    stopped = nn.train(net, theta, X, labels, loss, epochs=3, callback=lambda *_: True)
    assert "stopped: the callback" in repr(stopped)
    assert repr(nn.History(theta, None, [], None, 0)) == "History(0 epochs, 0 updates)"


def test_xor_is_learned():
    X, T = nn.data.xor()
    net = nn.mlp([2, 4, 1], "tanh", "sigmoid")
    run = nn.train(net, nn.initialize(net), X, T, "bce", nn.adam(0.1), 60 if UNJITTED else 600, None)
    assert run.loss[-1] < run.loss[0]
    if not UNJITTED:
        assert nn.predict(net, run.theta, X).tolist() == [0, 1, 1, 0]


@pytest.mark.slow
def test_moons_are_learned():
    X, labels = nn.data.moons(200, noise=0.1, seed=1)
    for loss, sizes, output in (("bce", [2, 16, 1], "sigmoid"), ("cross_entropy", [2, 16, 2], "softmax")):
        net = nn.mlp(sizes, "tanh", output)
        run = nn.train(net, nn.initialize(net), X, labels, loss, nn.adam(0.02), 200)
        assert (nn.predict(net, run.theta, X) == labels).mean() > 0.98


def test_bad_arguments(problem):
    net, theta, X, labels, loss = problem
    good = dict(net=net, theta=theta, X=X, T=labels, loss=loss)
    for extra, kind, text in [
        ({"epochs": 0}, ValueError, "epochs: needs a whole number"),
        ({"epochs": 1.5}, TypeError, "epochs: needs a whole number"),
        ({"batch_size": 0}, ValueError, "batch_size: needs"),
        ({"batch_size": True}, TypeError, "batch_size: needs"),
        ({"seed": -1}, ValueError, "seed: needs"),
        ({"l1": -1}, ValueError, "l1: needs"),
        ({"l2": "x"}, TypeError, "l2: needs"),
        ({"mask": [1]}, ValueError, "mask: needs shape"),
        ({"mask": np.full(net.size, 0.5)}, ValueError, r"mask: needs 0 .* got 0.5 at mask\[0\]"),
        ({"optimizer": "sdg"}, ValueError, "optimizer: .*did you mean 'sgd'"),
        ({"validation": X}, TypeError, "validation: needs a pair"),
        ({"validation": (X, labels, 1)}, TypeError, "validation: needs a pair"),
        ({"validation": (X[:, :1], labels)}, ValueError, r"validation\[0\]: needs shape \(m, 2\)"),
        ({"validation": (X, labels[1:])}, ValueError, r"validation\[1\]: needs 11 labels"),
        ({"callback": 3}, TypeError, "callback: needs a function"),
        ({"state": 3}, TypeError, "state: needs"),
        ({"state": nn.adam().state(theta)}, ValueError, "state: needs one of 'sgd'"),
        ({"loss": "bce"}, ValueError, "loss: 'bce' needs a sigmoid output, got 'softmax'"),
        ({"T": labels + 1}, ValueError, "T: needs whole labels"),
        ({"theta": theta[:-1]}, ValueError, "theta: needs shape"),
        ({"sample_weight": [1.0]}, ValueError, r"sample_weight: needs shape \(11,\), one for each row of X"),
        ({"sample_weight": np.arange(11) - 1}, ValueError, r"needs numbers >= 0, got -1.0 at sample_weight\[0\]"),
        ({"sample_weight": np.zeros(11)}, ValueError, "sample_weight: needs a weight > 0, got only zeros"),
        ({"sample_weight": [np.nan] * 11}, ValueError, "sample_weight: needs finite"),
        ({"sample_weight": "balanced"}, TypeError, "sample_weight: needs"),
        ({"shuffle": 1}, TypeError, "shuffle: needs True or False"),
        ({"verbose": "no"}, TypeError, "verbose: needs True or False, got str 'no'"),
    ]:
        with pytest.raises(kind, match=text):
            nn.train(**{**good, **extra})


# --- weights, order, and what is said meanwhile


@given(
    st.lists(st.integers(0, 4), min_size=11, max_size=11).filter(any),
    st.sampled_from(sorted(LOSSES)),
    st.integers(0, 3),
)
def test_a_weight_is_that_many_samples(weights, loss, seed):
    net = nn.mlp([2, 3, 3], "tanh", LOSSES[loss])
    X, labels = nn.data.blobs(11, seed=seed)
    T, theta = nn.data.one_hot(labels), nn.initialize(net, seed=seed)
    many = np.repeat(np.arange(11), weights)
    for scale in (1, 1e-300, 1e300):
        weighted = nn.train(
            *(net, theta, X, T, loss, nn.momentum(0.1), 3, None), l2=0.01, sample_weight=scale * np.array(weights)
        )
        repeated = nn.train(net, theta, X[many], T[many], loss, nn.momentum(0.1), 3, None, l2=0.01)
        np.testing.assert_allclose(weighted.theta, repeated.theta, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(weighted.loss, repeated.loss, rtol=1e-9)


@pytest.mark.parametrize("batch_size", [1, 4, None])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_weighted_epoch_by_hand(loss, batch_size, dtype):
    """Batches of (1/k) Σ ŵ ℓ, ŵ = w m / Σ w, one sample's gradient at a time."""
    net = nn.mlp([2, 4, 3], "tanh", LOSSES[loss])
    X, labels = nn.data.blobs(11, seed=1)
    T, θ = nn.data.one_hot(labels), nn.initialize(net, seed=2, dtype=dtype)
    w = np.arange(11.0)
    run = nn.train(net, θ, X, T, loss, nn.sgd(0.3), 1, batch_size, sample_weight=w, shuffle=False)
    share, total, k = w * 11 / w.sum(), 0.0, batch_size or 11
    θ = θ.astype(float)
    for start in range(0, 11, k):
        rows = range(start, min(start + k, 11))
        each = [nn.backprop(net, θ, X[i : i + 1], T[i : i + 1], loss) for i in rows]
        total += sum(share[i] * J for i, (J, _) in zip(rows, each, strict=True))
        θ -= 0.3 * sum(share[i] * g for i, (_, g) in zip(rows, each, strict=True)) / len(rows)
    tight = 1e-11 if dtype == np.float64 else 1e-5
    np.testing.assert_allclose(run.theta, θ, rtol=tight, atol=tight)
    assert run.loss[0] == pytest.approx(total / 11, rel=tight)


def test_equal_weights_are_none(problem):
    net, theta, X, labels, loss = problem
    plain = nn.train(net, theta, X, labels, loss, epochs=3, batch_size=4)
    for weight in (1, 0.3, np.float32(7)):
        same = nn.train(net, theta, X, labels, loss, epochs=3, batch_size=4, sample_weight=np.full(11, weight))
        assert np.array_equal(same.theta, plain.theta) and np.array_equal(same.loss, plain.loss)


def test_weights_are_shuffled_with_their_samples(problem):
    """A sample of weight 0 might as well have another target."""
    net, theta, X, labels, loss = problem
    weights = np.arange(11) % 3
    other = np.where(weights == 0, (labels + 1) % 3, labels)
    one, two = (
        nn.train(net, theta, X, t, loss, "adam", 5, 4, sample_weight=weights).theta for t in (labels, other)
    )  # fmt: skip
    assert np.array_equal(one, two)


def test_the_given_order(problem):
    net, theta, X, labels, loss = problem
    run = nn.train(net, theta, X, labels, loss, nn.sgd(0.3), 2, 4, shuffle=False)
    θ = theta.copy()
    for start in (0, 4, 8) * 2:
        θ -= 0.3 * nn.backprop(net, θ, X[start : start + 4], labels[start : start + 4], loss)[1]
    np.testing.assert_allclose(run.theta, θ, rtol=1e-11, atol=1e-13)
    assert np.array_equal(run.theta, nn.train(net, theta, X, labels, loss, nn.sgd(0.3), 2, 4, 9, shuffle=False).theta)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_one_line_says_how_far_it_is(problem, monkeypatch, terminal):
    net, theta, X, labels, loss = problem
    out = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(progress, "clock", itertools.count().__next__)  # a second passes at each look
    more = dict(validation=(X, labels), callback=lambda epoch, *_: epoch == 4)
    run = nn.train(net, theta, X, labels, loss, epochs=5, **more, verbose=True)
    said = out.getvalue()
    assert (
        said.isascii() and said.endswith("s, stopped: the callback said so after epoch 4\n") and said.count("\n") == 1
    )
    last = said.split("\r")[-1]
    assert last.startswith(f"epoch 4/5, loss {run.loss[-1]:.4g}, validation {run.val_loss[-1]:.4g}, ")
    assert said.count("\r") == (5 if terminal else 0) and ("left" in said) == terminal
    plain = nn.train(net, theta, X, labels, loss, epochs=4)
    assert np.array_equal(plain.theta, run.theta) and out.getvalue() == said


# --- callbacks


def test_the_line_moves_within_a_long_epoch(long, clock, monkeypatch):
    """And a run that goes on counts its own updates."""
    net, X = nn.mlp([1, 2, 1]), np.linspace(-1, 1, 11)[:, None]
    T = np.where(np.arange(11) < 8, 0.0, 1e3)  # at the third batch's loss the kernel returns
    theta, how, seen = nn.initialize(net), dict(batch_size=4, shuffle=False), []
    first = nn.train(net, theta, X, 0 * T, epochs=3, **how)

    def heard(call, stop, meanwhile=None):
        stop()
        call()
        meanwhile()
        press()

    monkeypatch.setattr(interrupts, "heard", heard)
    monkeypatch.setattr(training.Run, "stop", lambda run: run.work.limit.fill(1e3))
    monkeypatch.setattr(training.Line, "tell", lambda line, done, loss, measured, share: seen.append((done, share)))
    for state in (None, first.state):
        clock[0] += 60
        nn.train(net, theta, X, T, epochs=2, **how, state=state, verbose=True)
        assert seen == [(0, pytest.approx(2 / 3))]
        seen.clear()


@pytest.mark.parametrize("answer", [1, 0.0, "yes", np.ones(3), [], np.float64(1)])
def test_an_answer_that_is_neither_yes_nor_no(problem, answer):
    with pytest.raises(TypeError, match="callback: needs to return True to stop, else False or None, got "):
        nn.train(*problem, callback=lambda *_: answer)


@pytest.mark.parametrize("answer", [True, np.True_, False, np.False_, None])
def test_answers(problem, answer):
    assert len(nn.train(*problem, epochs=3, callback=lambda *_: answer).loss) == (1 if answer else 3)


def test_a_callback_cannot_rewrite_the_past(problem):
    net, theta, X, labels, loss = problem
    kept = []

    def callback(epoch, th, history):
        kept.append(history)
        for losses in (history.loss, history.val_loss):
            with pytest.raises(ValueError, match="read-only"):
                losses[0] = -1
        history.theta[:] = 0
        history.state.s[:] = 0

    run = nn.train(net, theta, X, labels, loss, "adam", 4, 4, validation=(X, labels), callback=callback)
    plain = nn.train(net, theta, X, labels, loss, "adam", 4, 4, validation=(X, labels))
    assert np.array_equal(run.theta, plain.theta) and np.array_equal(run.loss, plain.loss)
    assert [len(h.loss) for h in kept] == [1, 2, 3, 4] and np.array_equal(kept[1].loss, plain.loss[:2])
    run.loss[0] = -1  # afterwards it is the caller's own
    assert kept[3].loss[0] == plain.loss[0]


# --- Ctrl-C


@pytest.fixture
def clock(monkeypatch):
    """The time that two interruptions are apart is what a test says it is."""
    now = [1000.0]
    monkeypatch.setattr(interrupts, "clock", lambda: now[0])
    monkeypatch.setattr(interrupts, "last", [0.0])
    return now


def press(*_):
    raise KeyboardInterrupt


def test_a_second_interruption_goes_on(problem, clock):
    assert nn.train(*problem, callback=press).stopped == "interrupted after epoch 1"
    clock[0] += interrupts.TWICE - 0.1
    with pytest.raises(KeyboardInterrupt):
        nn.train(*problem, callback=press)
    clock[0] += interrupts.TWICE + 0.1
    assert nn.train(*problem, callback=press).stopped == "interrupted after epoch 1"


def test_inside_something_larger_every_interruption_goes_on(problem, clock):
    with pytest.raises(KeyboardInterrupt):
        training.train_or_raise(*problem, callback=press)
    net, theta, X, labels, loss = problem
    same = training.train_or_raise(net, theta, X, T=labels, loss=loss, epochs=3)
    assert np.array_equal(same.theta, nn.train(*problem, epochs=3).theta)


def obedient(call, stop, meanwhile=None, quiet=True):
    """`interrupts.heard`, interrupted as soon as it begins; the kernel hears of it when it looks."""
    stop()
    call()
    fault = KeyboardInterrupt()
    fault.quiet = quiet
    raise fault


@pytest.fixture
def long(monkeypatch):
    """Every call is a long one."""
    monkeypatch.setattr(training, "LONG", 0.0)


def test_long_epochs_are_the_same(problem, long):
    net, theta, X, labels, loss = problem
    plain = nn.train(net, theta, X, labels, loss, "adam", 3, 4, callback=lambda *_: None)
    run = nn.train(net, theta, X, labels, loss, "adam", 3, 4, validation=(X, labels))
    assert np.array_equal(run.theta, plain.theta) and np.array_equal(run.loss, plain.loss)


def test_a_long_epoch_stops_after_its_last_update(clock, long, monkeypatch):
    """Asked to stop, the kernel makes no further update; what it has learned until then is kept."""
    net, X = nn.mlp([1, 2, 1]), np.linspace(-1, 1, 11)[:, None]
    T = np.where(np.arange(11) < 8, 0.0, 1e3)  # the third batch's loss is large
    theta, how = nn.initialize(net), dict(optimizer="adam", epochs=3, batch_size=4, shuffle=False)
    monkeypatch.setattr(interrupts, "heard", obedient)
    run = nn.train(net, theta, X, T, **how)
    assert (run.stopped, run.updates, len(run.loss)) == ("interrupted after epoch 0", 0, 0)
    assert np.array_equal(run.theta, theta)
    monkeypatch.setattr(training.Run, "stop", lambda run: run.work.limit.fill(1e3))  # heard at the third batch
    clock[0] += 60
    run = nn.train(net, theta, X, T, **how)
    assert run.stopped == "interrupted in epoch 1, after 2 of its 3 updates"
    assert (run.updates, run.state.t, run.state.epoch, len(run.loss)) == (2, 2, 0, 0)
    monkeypatch.undo()
    same = nn.train(net, theta, X[:8], T[:8], **(how | dict(epochs=1)))
    assert np.array_equal(run.theta, same.theta) and np.array_equal(run.state.s, same.state.s)


@pytest.mark.parametrize("optimizer", ["adam", nn.sgd(1e305)])
def test_a_kernel_that_does_not_stop_is_left_alone(problem, clock, long, monkeypatch, optimizer):
    """And one that stops where a number is no longer finite: what counts is where the last call began."""
    _, _, X, labels, _ = problem
    net, X, T, calls = nn.mlp([2, 3]), 1e8 * X, nn.data.one_hot(labels), itertools.count()
    theta = nn.initialize(net)
    monkeypatch.setattr(training.Run, "stop", lambda run: None)

    def deaf(call, stop, meanwhile):
        return call() if next(calls) == 0 and optimizer == "adam" else obedient(call, stop, quiet=optimizer != "adam")

    monkeypatch.setattr(interrupts, "heard", deaf)
    run = nn.train(net, theta, X, T, "mae", optimizer, 3, 4)
    done = 1 if optimizer == "adam" else 0
    assert run.stopped == f"interrupted after epoch {done}" and run.updates == 3 * done == run.state.t
    monkeypatch.undo()
    same = nn.train(net, theta, X, T, "mae", optimizer, done, 4).theta if done else theta
    assert np.array_equal(run.theta, same)


def test_an_interruption_while_the_validation_is_measured(problem, clock, long, monkeypatch):
    net, theta, X, labels, loss = problem

    def heard(call, stop, meanwhile=None):
        return press() if "measured" in call.__qualname__ else call()

    monkeypatch.setattr(interrupts, "heard", heard)
    run = nn.train(net, theta, X, labels, loss, "adam", 3, 4, validation=(X, labels))
    assert run.stopped == "interrupted after epoch 1" and len(run.loss) == 1 and np.isnan(run.val_loss).all()
    monkeypatch.undo()
    assert np.array_equal(run.theta, nn.train(net, theta, X, labels, loss, "adam", 1, 4).theta)


# --- what is blamed


def blamed(*arguments, **options):
    return nn.train(*arguments, **options).stopped


DIVIDING = [row for row in nn.optimizers.ROWS if row.divisor and row.name != "adadelta"]  # which needs an eps > 0


def test_who_divides():
    assert {row.name for row in DIVIDING} == {"adagrad", "rmsprop", "adam", "adamw", "amsgrad", "adamax", "nadam"}


@pytest.mark.parametrize("optimizer", [row.function(eps=0) for row in DIVIDING])
def test_a_division_by_an_eps_of_0(optimizer):
    net = nn.mlp([2, 1])
    X, T = [[1.0, 0.0], [2.0, 0.0]], [1.0, 2.0]  # the second input's weight has no gradient
    assert blamed(net, [0.1, 0.2, 0.0], X, T, optimizer=optimizer) == (
        "a parameter was no longer finite in epoch 1; the gradient of W_1[1, 0] was 0, and with eps=0 the step "
        "divides by it; use eps=1e-8"
    )
    assert blamed(net, [0.1, 0.2, 0.0], X, T, optimizer=optimizer, batch_size=1).startswith("the loss was no longer")
    assert blamed(net, [0.1, 0.2, 0.0], [[1.0, 0.5], [2.0, 0.1]], T, optimizer=optimizer) is None


def test_an_eps_of_0_may_be_innocent():
    how = nn.adam(1e200, eps=0)
    assert blamed(nn.mlp([1, 1]), [0.1, 0.2], [[1.0]], [5.0], optimizer=how, epochs=9).endswith("smaller learning rate")


def test_numbers_that_are_too_large_from_the_start():
    net = nn.mlp([1, 1])
    assert blamed(net, [1.0, 0.0], [[1e200]], [0.0], epochs=2) == (
        "the loss was not finite before any update; scale X, which reaches 1e+200, T and theta"
    )
    assert "or use float64, since float32 ends at 3.4e+38" in blamed(net, np.full(2, 10, np.float32), [[1e38]], [0.0])


def test_a_rate_that_is_too_large():
    net, (X, T) = nn.mlp([1, 1]), nn.data.sine(20)
    assert blamed(net, [0.1, 0.0], X, T, optimizer=nn.sgd(5.0), epochs=9999).endswith("; try a smaller learning rate")
    assert blamed(net, [0.1, 0.0], 1e4 * X, T, epochs=9999).endswith(
        "; try a smaller learning rate, or standardize X, which reaches 3e+04"
    )
    assert blamed(net, [0.1, 0.0], X, T, optimizer=nn.momentum(0.1), l2=100.0, epochs=9999).endswith(
        "try a smaller learning rate or a smaller l2: lr * l2 = 10 > 2, so the penalty alone makes the weights grow"
    )


@pytest.mark.slow
@pytest.mark.parametrize("more", [{}, {"l2": 1e-30}])
def test_a_float32_step_does_not_vanish(rng, more):
    """t = 2x + 10.5 from (2, 10): each sample alone moves the bias by less than half a unit in its last place."""
    x = rng.uniform(-1, 1, (2560, 1))
    ends = []
    for dtype in (np.float32, np.float64):
        theta = np.array([2, 10], dtype)
        run = nn.train(nn.mlp([1, 1]), theta, x, 2 * x + 10.5, "l2", nn.sgd(1e-4), 2000, 256, **more)
        ends.append(run.theta)
    assert ends[1][1] == pytest.approx(10.432, abs=0.001)
    np.testing.assert_allclose(*ends, rtol=1e-4)


@given(st.integers(0, 8), st.integers(1, 4), st.sampled_from([0, 1e-30]), st.floats(-3, 3))
def test_tiny_float32_steps_add_up(power, batches, l2, middle):
    """Wherever it stands and however small the step: float32 goes where float64 goes, as far as its digits reach."""
    x = np.linspace(-1, 1, 64)[:, None]
    T = 2 * x + middle + 2.0**-power
    ends = []
    for dtype in (np.float32, np.float64):
        theta, how = np.array([2, middle], dtype), nn.sgd(2.0**-power)
        ends.append(nn.train(nn.mlp([1, 1]), theta, x, T, "l2", how, 20, 64 // batches, l2=l2).theta)
    np.testing.assert_allclose(ends[0], ends[1], rtol=0, atol=1e-5)


@given(st.integers(0, 11), st.integers(1, 5), st.sampled_from(ALL))
def test_wherever_it_is_interrupted_it_stands_after_whole_updates(which, batch_size, name):
    """The kernel hears of it before an update, at a loss that hypothesis picks: what came before it is kept."""
    net, X = nn.mlp([1, 2, 1]), np.linspace(-1, 1, 7)[:, None]
    start, rule = nn.initialize(net), nn.optimizers.as_optimizer(name)
    θ, state, where, losses = start.copy(), rule.state(start), [], []
    parts = [slice(i, i + batch_size) for i in range(0, 7, batch_size)]
    for k in range(12):
        J, g = nn.backprop(net, θ, X[parts[k % len(parts)]], X[parts[k % len(parts)]] ** 2)
        where.append(θ.copy())
        losses.append(J)
        rule.step(θ, g, state)
    limit = losses[which] * (1 - 1e-9)
    k = next(k for k, J in enumerate(losses) if limit <= J)
    kernel = training.run_epochs

    def interrupted(net, θ, data, plan, frozen, memory, work, losses):
        work.limit[0] = limit
        good = kernel(net, θ, data, plan, frozen, memory, work, losses)
        return good if good == losses.size else press()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(interrupts, "last", [-1e9])
        patch.setattr(training, "run_epochs", interrupted)
        run = nn.train(net, start, X, X**2, "l2", rule, 12, batch_size, shuffle=False)
    assert (run.updates, run.state.t, len(run.loss)) == (k, k, k // len(parts))
    assert run.stopped.startswith("interrupted in epoch" if k % len(parts) else "interrupted after epoch")
    np.testing.assert_allclose(run.theta, where[k], rtol=1e-9, atol=1e-12)


@given(
    st.sampled_from([row.name for row in DIVIDING]),
    st.lists(st.sampled_from([0.0, 1.0, -2.0]), min_size=2, max_size=4),
    st.sampled_from([0, 1e-12]),
)
def test_an_eps_of_0_is_blamed_only_where_it_divides(name, inputs, eps):
    net = nn.mlp([len(inputs), 1])
    why = blamed(net, np.full(net.size, 0.3), [inputs], [5.0], optimizer=getattr(nn, name)(eps=eps), epochs=3)
    if eps == 0 and 0.0 in inputs:
        assert f"the gradient of W_1[{inputs.index(0.0)}, 0] was 0, and with eps=0" in why
    else:
        assert why is None

"""The estimators, by scikit-learn's own checks, and against the training they wrap."""

import _thread
import copy
import importlib.util
import os
import pickle
import subprocess
import sys
import threading
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse
from scipy.special import log_expit, logsumexp
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import load_iris, make_regression
from sklearn.ensemble import AdaBoostClassifier, AdaBoostRegressor, BaggingClassifier
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV, cross_val_predict, learning_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler, scale
from sklearn.utils.estimator_checks import check_sample_weight_equivalence_on_dense_data, estimator_checks_generator

import nnlib as nn
import nnlib.estimator
from nnlib.estimator import MLPClassifier, MLPRegressor

BOTH = pytest.mark.parametrize("Model", [MLPClassifier, MLPRegressor])
# Where a test is about something else, and trains too little to learn.
SHORT = pytest.mark.filterwarnings("ignore:the loss came from:sklearn.exceptions.ConvergenceWarning")
CLASSIFIER, REGRESSOR = MLPClassifier(), MLPRegressor()
CHECKS = [
    pytest.param(estimator, check, id=f"{type(estimator).__name__}-{getattr(check, 'func', check).__name__}-{i}")
    for estimator in (CLASSIFIER, REGRESSOR)
    for i, (_, check) in enumerate(estimator_checks_generator(estimator))
]
# Run below, not here: it asks for a setting that has to be there before SciPy is imported.
ELSEWHERE = "check_array_api_input"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # scikit-learn's checks ask for what warns
@pytest.mark.parametrize("estimator, check", [c for c in CHECKS if ELSEWHERE not in c.id])
def test_scikit_learns_own_checks(estimator, check):
    try:
        check(clone(estimator))
    except pytest.skip.Exception as skipped:
        pytest.fail(f"nothing is excepted here, but this was: {skipped}")


@pytest.mark.slow
@pytest.mark.once
def test_scikit_learns_check_of_other_arrays():
    code = """
from sklearn.utils.estimator_checks import estimator_checks_generator
from nnlib.estimator import MLPClassifier, MLPRegressor
for model in (MLPClassifier(epochs=3), MLPRegressor(epochs=3)):
    for model, check in estimator_checks_generator(model):
        if "array_api" in check.func.__name__:
            check(model)
            print(check.func.__name__)
"""
    environment = {**os.environ, "SCIPY_ARRAY_API": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, env=environment, check=True, encoding="utf-8"
    )
    assert done.stdout.split() == [ELSEWHERE] * 2


def test_a_classifier_is_train_with_labels():
    X, t = nn.data.blobs(60, classes=3, seed=1)
    names = np.array(["ant", "bee", "cat"])[t]
    model = MLPClassifier((5,), optimizer=nn.momentum(0.1), epochs=7, batch_size=16, l2=1e-3, random_state=3)
    model.fit(X, names)
    net = nn.mlp([2, 5, 3], "tanh", "softmax")
    theta = nn.initialize(net, "glorot_uniform", seed=3)
    run = nn.train(net, theta, X, t, "cross_entropy", nn.momentum(0.1), epochs=7, batch_size=16, l2=1e-3, seed=3)
    assert np.array_equal(model.theta_, run.theta) and np.array_equal(model.loss_curve_, run.loss)
    assert np.array_equal(model.predict_proba(X), nn.forward(net, run.theta, X))
    assert np.array_equal(model.predict(X), np.array(["ant", "bee", "cat"])[nn.predict(net, run.theta, X)])
    assert model.n_iter_ == 7


@pytest.mark.slow
def test_two_classes_are_one_sigmoid():
    X, t = nn.data.moons(80, seed=0)
    model = MLPClassifier(8, optimizer="adam", learning_rate=0.05, epochs=100, random_state=0).fit(X, t)
    assert model.net_.sizes.tolist() == [2, 8, 1]
    p = model.predict_proba(X)
    assert np.allclose(p.sum(axis=1), 1) and np.array_equal(model.predict(X), (p[:, 1] > 0.5).astype(int))
    assert model.score(X, t) > 0.95
    net = nn.mlp([2, 8, 1], "tanh", "sigmoid")
    run = nn.train(net, nn.initialize(net), X, t, "bce", nn.adam(0.05), epochs=100)
    assert np.array_equal(run.theta, model.theta_)


@pytest.mark.slow
@pytest.mark.parametrize("columns", [None, 1, 3])
def test_a_regressor_keeps_the_shape_of_its_targets(columns):
    X = np.linspace(-1, 1, 40)[:, None]
    Y = X.ravel() ** 2 if columns is None else np.hstack([X**k for k in range(1, columns + 1)])
    model = MLPRegressor((8,), learning_rate=0.1, epochs=150, random_state=0).fit(X, Y)
    assert model.predict(X).shape == Y.shape
    assert model.score(X, Y) > 0.99
    T = Y[:, None] if columns is None else Y
    net = nn.mlp([1, 8, T.shape[1]])
    run = nn.train(net, nn.initialize(net), X, T, "l2", nn.adam(0.1), epochs=150)
    assert np.array_equal(run.theta, model.theta_)


@SHORT
def test_the_learning_rate_replaces_the_optimizers_own():
    X, t = nn.data.moons(40, seed=0)
    for rule in ("momentum", nn.momentum(0.5), nn.momentum(nn.schedules.power(0.2, 0.6))):
        model = MLPClassifier(4, optimizer=rule, learning_rate=0.03, epochs=3, random_state=1).fit(X, t)
        same = MLPClassifier(4, optimizer=nn.momentum(0.03), epochs=3, random_state=1).fit(X, t)
        assert np.array_equal(model.theta_, same.theta_)
    falling = MLPClassifier(4, learning_rate=nn.schedules.inverse_time(0.1, 0.01), random_state=1, epochs=3).fit(X, t)
    assert not np.array_equal(falling.theta_, same.theta_)


@SHORT
def test_the_seed_may_be_drawn():
    X, t = nn.data.moons(40, seed=0)
    one, two = (MLPClassifier(4, epochs=2, random_state=np.random.RandomState(5)).fit(X, t) for _ in range(2))
    assert np.array_equal(one.theta_, two.theta_)
    other = MLPClassifier(4, epochs=2, random_state=6).fit(X, t)
    assert not np.array_equal(one.theta_, other.theta_)


def test_divergence_is_said_and_what_was_learned_is_kept():
    X = np.linspace(-3, 3, 30)[:, None]
    model = MLPRegressor((8,), "relu", optimizer="sgd", learning_rate=1e6, epochs=50, random_state=0)
    with pytest.warns(ConvergenceWarning, match="no longer finite"):
        model.fit(X, X.ravel() ** 2)
    assert np.isfinite(model.theta_).all() and np.isfinite(model.predict(X)).all()


@pytest.mark.parametrize(
    "wrong, said",
    [
        (dict(hidden_layer_sizes=(0,)), "sizes"),
        (dict(hidden_layer_sizes="many"), "sizes"),
        (dict(activation="rely"), "did you mean 'relu'"),
        (dict(initializer="xavier"), "unknown name 'xavier'"),
        (dict(optimizer="adamm"), "did you mean"),
        (dict(learning_rate=-1), "lr"),
        (dict(epochs=0), "epochs"),
        (dict(batch_size=0), "batch_size"),
        (dict(l2=-1e-3), "l2"),
    ],
)
def test_wrong_parameters_are_named_when_fitting(wrong, said):
    X, t = nn.data.moons(20, seed=0)
    with pytest.raises((ValueError, TypeError), match=said):
        MLPClassifier(**wrong).fit(X, t)


def test_one_class_is_not_enough():
    with pytest.raises(ValueError, match="at least 2 classes, got 1 class: 7"):
        MLPClassifier().fit(np.ones((3, 2)), [7, 7, 7])


@pytest.mark.slow
@SHORT
@pytest.mark.parametrize("search", [GridSearchCV, RandomizedSearchCV])
def test_a_search_finds_the_rate_that_learns(search):
    X, t = nn.data.moons(80, seed=2)
    more = dict(n_iter=3, random_state=0) if search is RandomizedSearchCV else {}
    sweep = search(
        MLPClassifier(8, epochs=40, random_state=0), {"learning_rate": [1e-5, 1e-4, 0.05]}, cv=3, **more
    ).fit(X, t)
    assert sweep.best_params_ == {"learning_rate": 0.05} and sweep.best_score_ > 0.9


def test_without_scikit_learn_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    again = importlib.util.spec_from_file_location("nnlib._again", nnlib.estimator.__file__)
    with pytest.raises(ImportError, match="nnlib.estimator needs scikit-learn: pip install scikit-learn"):
        again.loader.exec_module(importlib.util.module_from_spec(again))


# ---- data for the tests below ----


def task(Model, m=60, seed=0, dtype=np.float64):
    """X of three columns, and labels of three kinds or numbers."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(m, 3)).astype(dtype)
    side = X[:, 0] - X[:, 1] + 0.3 * rng.normal(size=m)
    return X, np.array(["ant", "bee", "cat"])[np.digitize(side, [-0.7, 0.7])] if Model is MLPClassifier else side


def same(a, b):
    """Whether two models are the same network to the bit, after the same losses."""
    assert a.theta_.dtype == b.theta_.dtype
    return np.array_equal(a.theta_, b.theta_) and np.array_equal(a.loss_curve_, b.loss_curve_)


def quietly(action, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return action(*arguments, **options)


rules = st.sampled_from(
    ["sgd", "momentum", "adagrad", "adadelta", "adam", "nadam", nn.sgd(nn.schedules.power(0.1, 0.5))]
)
settings = st.fixed_dictionaries(
    dict(
        optimizer=rules,
        hidden_layer_sizes=st.sampled_from([(), 3, (3, 2)]),
        activation=st.sampled_from(["tanh", "relu", "sigmoid"]),
        l2=st.sampled_from([0.0, 0.01]),
        random_state=st.integers(0, 2**64 - 1),
    )
)
batches = st.sampled_from([1, 5, 32, None])


# ---- weights of samples ----


@BOTH
@given(more=settings, w=arrays.arrays(np.int64, 12, elements=st.integers(0, 3)), epochs=st.integers(1, 4))
def test_a_whole_weight_is_a_sample_repeated_where_all_are_one_batch(Model, more, w, epochs):
    X, y = task(Model, 12)
    if len(set(y[w > 0])) < 3:
        w = w + 1
    model = Model(batch_size=None, epochs=epochs, **more)
    weighed = quietly(clone(model).fit, X, y, w)
    repeated = quietly(clone(model).fit, X.repeat(w, axis=0), y.repeat(w))
    assert np.allclose(weighed.theta_, repeated.theta_, rtol=0, atol=1e-9)
    assert np.allclose(weighed.loss_curve_, repeated.loss_curve_, rtol=0, atol=1e-9)
    assert weighed.score(X, y, w) == pytest.approx(repeated.score(X.repeat(w, axis=0), y.repeat(w)), abs=1e-6)


@pytest.mark.slow
@BOTH
@given(
    more=settings, batch=batches, size=st.floats(1e-12, 1e12), w=arrays.arrays(float, 12, elements=st.floats(0.1, 9))
)
def test_what_counts_are_ratios_of_weights(Model, more, batch, size, w):
    X, y = task(Model, 12)
    model = Model(batch_size=batch, epochs=3, **more)
    one, other = (quietly(clone(model).fit, X, y, weights) for weights in (w, size * w))
    assert np.allclose(one.theta_, other.theta_, rtol=0, atol=1e-9)
    assert same(quietly(clone(model).fit, X, y), quietly(clone(model).fit, X, y, np.full(12, size)))


@pytest.mark.slow
@BOTH
@SHORT
@pytest.mark.parametrize("batch_size", [None, 32])
def test_the_check_of_weights_passes_since_its_samples_are_one_batch(Model, batch_size):
    # Its 15 samples are 27 with their repetitions, and a batch is 32. With several batches no check can pass: the 27
    # fall into other batches, in another order, than the 15.
    check_sample_weight_equivalence_on_dense_data("", Model(batch_size=batch_size))
    with pytest.raises(AssertionError, match="not equivalent"):
        check_sample_weight_equivalence_on_dense_data("", Model(batch_size=8, learning_rate=0.1))


@BOTH
@SHORT
def test_a_fit_with_weights_is_train_with_weights(Model):
    X, y = task(Model)
    w = np.linspace(0, 2, 60)
    model = Model(5, epochs=6, batch_size=7, random_state=2, shuffle=False, l1=1e-3).fit(X, y, list(w))
    labels = np.unique(y, return_inverse=True)[1] if Model is MLPClassifier else y
    loss, output, k = ("cross_entropy", "softmax", 3) if Model is MLPClassifier else ("l2", "identity", 1)
    net = nn.mlp([3, 5, k], "tanh", output)
    more = dict(epochs=6, batch_size=7, seed=2, l1=1e-3, shuffle=False, sample_weight=w)
    run = nn.train(net, nn.initialize(net, seed=2), X, labels, loss, "adam", **more)
    assert np.array_equal(run.theta, model.theta_) and np.array_equal(run.loss, model.loss_curve_)


@BOTH
@pytest.mark.parametrize("activation", ["identity", "sigmoid", "tanh", "relu"])
def test_one_step_is_the_slope_of_the_weighted_loss(Model, activation):
    X, y = task(Model, 9)
    w = np.arange(9.0)
    model = Model(4, activation, optimizer=nn.sgd(1.0), batch_size=None, l2=0.02, random_state=3)
    first = {"classes": np.unique(y)} if Model is MLPClassifier else {}
    model.partial_fit(X, y, sample_weight=np.full(9, 1e-9), **first)
    before = model.theta_.copy()

    def J(theta):
        """Σ w ℓ / Σ w and the penalty, from what the model predicts."""
        model.theta_ = theta
        if Model is MLPClassifier:
            losses = -model.predict_log_proba(X)[np.arange(9), np.searchsorted(model.classes_, y)]
        else:
            losses = (model.predict(X) - y) ** 2 / 2
        return w @ losses / w.sum() + 0.01 * sum((W**2).sum() for W in model.coefs_)

    steps = 1e-6 * np.eye(before.size)
    slope = [(J(before + step) - J(before - step)) / 2e-6 for step in steps]
    model.theta_ = before
    model.partial_fit(X, y, sample_weight=w)
    assert np.allclose(before - model.theta_, slope, atol=1e-8)
    assert model.loss_ == pytest.approx(J(before))


@BOTH
@pytest.mark.parametrize(
    "w, said",
    [
        (np.ones(59), r"sample_weight: needs shape \(60,\), one for each row of X, got shape \(59,\)"),
        (np.ones((60, 2)), r"sample_weight: needs shape \(60,\)"),
        (-np.ones(60), r"sample_weight: needs numbers >= 0, got -1"),
        (np.zeros(60), "sample_weight: needs a weight > 0, got only zeros"),
        (np.full(60, np.nan), "sample_weight: needs finite numbers, got nan"),
        (["heavy"] * 60, "sample_weight: needs real numbers"),
    ],
)
def test_wrong_weights_are_named(Model, w, said):
    X, y = task(Model)
    for early in (False, True):
        with pytest.raises((ValueError, TypeError), match=said):
            Model(early_stopping=early).fit(X, y, w)
    with pytest.raises((ValueError, TypeError), match=said):
        Model().partial_fit(X, y, sample_weight=w, **({"classes": np.unique(y)} if Model is MLPClassifier else {}))


def test_one_class_with_weight_is_not_enough():
    X, y = task(MLPClassifier)
    with pytest.raises(ValueError, match="at least 2 classes with a sample_weight > 0, got 1 class: 'bee'"):
        MLPClassifier().fit(X, y, y == "bee")


# ---- epoch by epoch, and on from there ----


def begin_by_parts(Model, model, X, y, *w):
    first = {"classes": np.unique(y)} if Model is MLPClassifier else {}
    return model.partial_fit(X, y, sample_weight=w[0] if w else None, **first)


@BOTH
@given(
    more=settings,
    batch=batches,
    shuffle=st.booleans(),
    dtype=st.sampled_from([np.float64, np.float32]),
    weighed=st.booleans(),
    epochs=st.integers(1, 5),
)
def test_partial_fits_of_the_same_data_are_one_fit(Model, more, batch, shuffle, dtype, weighed, epochs):
    X, y = task(Model, 20, dtype=dtype)
    w = np.linspace(0, 3, 20) if weighed else None
    model = Model(batch_size=batch, epochs=epochs, shuffle=shuffle, **more)
    whole, parts = quietly(clone(model).fit, X, y, w), clone(model)
    begin_by_parts(Model, parts, X, y, w)
    for _ in range(epochs - 1):
        parts.partial_fit(X, y, sample_weight=w)
    assert same(whole, parts) and parts.n_iter_ == whole.n_iter_ == epochs
    assert parts.theta_.dtype == dtype


@pytest.mark.slow
@BOTH
@given(more=settings, batch=batches, shuffle=st.booleans(), epochs=st.tuples(st.integers(1, 4), st.integers(1, 4)))
def test_two_warm_fits_are_one(Model, more, batch, shuffle, epochs):
    X, y = task(Model, 20)
    model = Model(batch_size=batch, shuffle=shuffle, warm_start=True, **more)
    whole = quietly(clone(model).set_params(epochs=sum(epochs)).fit, X, y)
    for n in epochs:
        quietly(model.set_params(epochs=n).fit, X, y)
        assert model.n_iter_ == n
    assert same(whole, model) and model.loss_ == whole.loss_curve_[-1]
    again = quietly(clone(model).set_params(epochs=epochs[0]).fit, X, y)
    begin_by_parts(Model, again, X, y)  # and a part goes on from a fit
    assert np.array_equal(again.loss_curve_, whole.loss_curve_[: again.n_iter_])


@BOTH
@SHORT
def test_without_warm_start_a_fit_forgets(Model):
    X, y = task(Model)
    model = Model(4, epochs=3, random_state=1)
    first = clone(model).fit(X, y)
    assert same(first, model.fit(X[:50, :2], y[:50]).fit(X, y)) and model.n_iter_ == len(model.loss_curve_) == 3


@BOTH
@SHORT
def test_a_drawn_seed_is_kept_on_the_way(Model):
    X, y = task(Model)
    whole = Model(4, epochs=6, random_state=np.random.RandomState(7)).fit(X, y)
    parts = Model(4, epochs=3, random_state=np.random.RandomState(7), warm_start=True).fit(X, y).fit(X, y)
    assert same(whole, parts)


@BOTH
@SHORT
def test_another_kind_of_optimizer_begins_with_an_empty_memory(Model):
    X, y = task(Model)
    model = Model(4, epochs=3, warm_start=True, random_state=0).fit(X, y)
    theta = model.theta_.copy()
    model.set_params(optimizer="momentum").fit(X, y)
    target = np.unique(y, return_inverse=True)[1] if Model is MLPClassifier else y
    loss = "cross_entropy" if Model is MLPClassifier else "l2"
    assert np.array_equal(model.theta_, nn.train(model.net_, theta, X, target, loss, "momentum", epochs=3).theta)


@BOTH
@SHORT
def test_what_training_goes_on_with_must_be_the_same(Model):
    X, y = task(Model)
    model = Model(4, epochs=2, warm_start=True, random_state=0).fit(X, y)
    before = copy.deepcopy(model)
    for wrong in (dict(hidden_layer_sizes=5), dict(activation="relu")):
        model.set_params(**wrong)
        for method in (model.fit, model.partial_fit):
            with pytest.raises(ValueError, match=r"needs? the network that training goes on with, mlp\(\[3, 4, "):
                method(X, y)
        model.set_params(hidden_layer_sizes=4, activation="tanh")
    for method in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match="X has 2 features, but .* is expecting 3"):
            method(X[:, :2], y)
    assert same(before, model) and model.n_features_in_ == 3
    model.fit(X, y)


@SHORT
def test_warm_start_keeps_its_classes():
    X, y = load_iris(return_X_y=True)
    model = MLPClassifier(2, epochs=2, warm_start=True, random_state=0).fit(X, y)
    model.fit(X, np.repeat([0, 1, 2], [40, 40, 70]))
    for other in (np.repeat([0, 1], 75), np.repeat([0, 1, 3], 50), np.arange(150) % 4, y.astype(str)):
        with pytest.raises(ValueError, match=r"y: needs the classes \[0, 1, 2\] of the fit that warm_start"):
            model.fit(X, other)
    assert model.classes_.tolist() == [0, 1, 2]


def test_a_regressor_keeps_its_columns():
    X, y = task(MLPRegressor)
    model = MLPRegressor(4).partial_fit(X, y)
    with pytest.raises(ValueError, match="y: needs 1 columns, as before, got 2"):
        model.partial_fit(X, np.column_stack([y, y]))
    assert model.partial_fit(X, y[:, None]).predict(X).shape == (60, 1)


def test_parts_need_their_classes_first():
    X, y = task(MLPClassifier)
    model = MLPClassifier(4, learning_rate=0.1, random_state=0)
    with pytest.raises(ValueError, match="classes: needs all labels in the first call, .* got None"):
        model.partial_fit(X, y)
    with pytest.raises(ValueError, match=r"classes: needs at least 2 different labels, got \['ant'\]"):
        model.partial_fit(X, y, classes=["ant", "ant"])
    with pytest.raises(ValueError, match=r"y: needs labels that are in classes, \['ant', 'bee'\], got 'cat'"):
        model.partial_fit(X, y, classes=["bee", "ant"])
    assert not hasattr(model, "classes_") and not hasattr(model, "n_features_in_")
    four = ["dog", "ant", "bee", "cat"]
    for part in range(0, 60, 5):  # a part need not have them all, and one may have a single one
        model.partial_fit(X[part : part + 5], y[part : part + 5], classes=None if part else four)
    model.partial_fit(X[:1] + 9, ["dog"], classes=np.array(four, object))
    assert model.classes_.tolist() == sorted(four) and model.predict_proba(X).shape == (60, 4)
    assert model.n_iter_ == 13 and model.score(X, y) > 0.5
    with pytest.raises(ValueError, match=r"classes: needs those of the first call, .*'dog'\], got \['ant', 'bee'\]"):
        model.partial_fit(X, y, classes=["ant", "bee"])
    for stranger in (["emu"], [1]):
        with pytest.raises(ValueError, match="y: needs labels that are in classes"):
            model.partial_fit(X[:1], stranger)


@BOTH
@SHORT
def test_parts_hold_nothing_out(Model):
    X, y = task(Model)
    model = Model(4, early_stopping=True, epochs=3, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="early_stopping: needs False for partial_fit"):
        model.partial_fit(X, y)
    model.set_params(early_stopping=False).partial_fit(X, y)
    assert model.validation_scores_ is None and model.n_iter_ == len(model.loss_curve_) == 4


@SHORT
def test_a_schedule_goes_on_with_the_fit():
    X, y = task(MLPClassifier)
    rule = nn.sgd(nn.schedules.inverse_time(0.5, 0.1))
    warm = MLPClassifier(4, optimizer=rule, epochs=1, warm_start=True, random_state=0)
    for n in (1, 2, 3):
        assert warm.fit(X, y).history_.state.t == 2 * n
    assert same(warm, MLPClassifier(4, optimizer=rule, epochs=3, random_state=0).fit(X, y))


@BOTH
def test_what_diverges_in_parts_is_said(Model):
    X, y = task(Model)
    model = Model(4, "relu", optimizer="sgd", learning_rate=1e200, random_state=0)
    with pytest.warns(ConvergenceWarning, match="training stopped early: .* no longer finite"):
        for _ in range(3):
            begin_by_parts(Model, model, X, y)
    assert np.isfinite(model.theta_).all()


# ---- when to stop ----


def naive_epochs(values, tol, patience):
    """After how many epochs the values, which should grow, have not done so by more than tol for so long."""
    best, waited = -np.inf, 0
    for epoch, value in enumerate(values, 1):
        waited = 0 if value > best + tol else waited + 1
        best = max(best, value)
        if waited == patience:
            return epoch
    return len(values)


@pytest.mark.slow
@BOTH
@SHORT
@pytest.mark.parametrize("tol, patience", [(0.01, 2), (0.01, 5), (1e-4, 3), (0, 1), (1e9, 4)])
def test_training_ends_when_the_loss_no_longer_falls(Model, tol, patience):
    X, y = task(Model)
    model = Model(4, learning_rate=0.05, epochs=60, random_state=0)
    all_epochs = clone(model).fit(X, y)
    model.set_params(tol=tol, n_iter_no_change=patience).fit(X, y)
    assert model.n_iter_ == naive_epochs(-all_epochs.loss_curve_, tol, patience) < 60 or tol == 1e-4
    assert np.array_equal(model.loss_curve_, all_epochs.loss_curve_[: model.n_iter_])
    assert same(model, clone(model).set_params(tol=None, epochs=model.n_iter_).fit(X, y))
    if model.n_iter_ < 60:
        why = f"the training loss has not improved by more than {tol:g} in {patience} epochs"
        assert model.history_.stopped == f"{why} after epoch {model.n_iter_}"
    assert model.validation_scores_ is model.best_validation_score_ is None


@BOTH
@SHORT
def test_patience_may_be_without_end(Model):
    X, y = task(Model, 20)
    for warm in range(2):
        model = Model(2, epochs=10 + warm, n_iter_no_change=np.inf, tol=1e9, warm_start=True).fit(X, y)
        assert model.n_iter_ == 10 + warm and model.history_.stopped is None


@pytest.fixture
def held_out(monkeypatch):
    """A function of X, whose rows differ in their first number: the rows that the last run was not trained on."""
    seen, train = [], nnlib.estimator.train_or_raise

    def noted(net, theta, X, *others, **options):
        seen.append(X[:, 0])
        return train(net, theta, X, *others, **options)

    def held_out(X):
        held = np.flatnonzero(~np.isin(X[:, 0], seen[-1]))
        assert np.array_equal(np.delete(X[:, 0], held), seen[-1]), "the others are trained on, each once and in order"
        return held

    monkeypatch.setattr(nnlib.estimator, "train_or_raise", noted)
    return held_out


@BOTH
@SHORT
@pytest.mark.parametrize("weighed", [False, True])
def test_early_stopping_keeps_the_best_epoch(Model, weighed, held_out):
    X, y = task(Model, 80)
    w = np.random.default_rng(1).integers(0, 3, 80) if weighed else None
    options = dict(learning_rate=0.05, epochs=60, batch_size=8, random_state=4)
    model = Model(6, **options, early_stopping=True, validation_fraction=0.25, n_iter_no_change=4).fit(X, y, w)
    scores = model.validation_scores_
    assert model.n_iter_ == naive_epochs(scores, 1e-4, 4) == len(scores) == len(model.loss_curve_) < 60
    assert model.best_validation_score_ == max(scores)
    why = "the validation score has not improved by more than 0.0001 in 4 epochs"
    assert model.history_.stopped == f"{why} after epoch {model.n_iter_}"
    # The same network by other means: trained on the rest, for as long as the best epoch says.
    held = held_out(X)
    rows = np.setdiff1d(np.arange(80), held)
    assert len(held) == 20
    W = (lambda part: None) if w is None else (lambda part: w[part])
    until = (
        clone(model).set_params(early_stopping=False, epochs=int(scores.argmax()) + 1).fit(X[rows], y[rows], W(rows))
    )
    assert np.array_equal(until.theta_, model.theta_)
    assert model.score(X[held], y[held], W(held)) == pytest.approx(max(scores), abs=1e-12)


@BOTH
@SHORT
def test_equal_weights_stop_where_none_do(Model):
    X, y = task(Model)
    model = Model(4, early_stopping=True, epochs=20, learning_rate=0.05, random_state=0)
    plain, weighed = clone(model).fit(X, y), clone(model).fit(X, y, np.full(60, 0.3))
    assert same(plain, weighed) and np.allclose(plain.validation_scores_, weighed.validation_scores_)


@SHORT
def test_the_part_held_out_has_every_class_by_its_share(held_out):
    t = np.repeat([0, 1, 2], [70, 20, 10])
    X = np.random.default_rng(0).normal(size=(100, 2))
    drawn = []
    for seed in (0, 1, 64, 2**64 - 1):
        MLPClassifier(2, early_stopping=True, epochs=1, random_state=seed, validation_fraction=0.2).fit(X, t)
        held = held_out(X)
        assert np.bincount(t[held]).tolist() == [14, 4, 2]
        drawn.append(held.tolist())
    assert len(set(map(tuple, drawn))) == 4
    MLPClassifier(3, early_stopping=True, epochs=2, random_state=0, validation_fraction=0.2).fit(X, t)
    assert drawn[0] == held_out(X).tolist()


@BOTH
@SHORT
def test_warm_starts_go_on_stopping_early(Model):
    X, y = task(Model)
    model = Model(4, early_stopping=True, epochs=6, warm_start=True, random_state=0, learning_rate=0.01).fit(X, y)
    first, best = model.validation_scores_, model.best_validation_score_
    model.set_params(epochs=20).fit(X, y)
    assert len(model.validation_scores_) == len(model.loss_curve_) == 6 + model.n_iter_
    assert np.array_equal(model.validation_scores_[:6], first)
    assert model.best_validation_score_ == max(model.validation_scores_) >= best
    spoiled = clone(model).set_params(learning_rate=1e6, optimizer="sgd")
    for name, value in vars(model).items():
        vars(spoiled).setdefault(name, value)
    assert np.array_equal(quietly(spoiled.fit, X, y).theta_, model.theta_)  # not given up for a worse one


@pytest.mark.slow
@SHORT
def test_labels_are_strings_where_it_stops_early():
    X, y = task(MLPClassifier, 200)
    model = MLPClassifier(early_stopping=True, epochs=50, random_state=0).fit(X, y.astype(object))
    assert len(model.validation_scores_) == model.n_iter_ and np.isfinite(model.validation_scores_).all()


@SHORT
def test_what_diverges_while_it_is_watched_keeps_its_best():
    X = load_iris().data
    model = MLPRegressor(100, "identity", optimizer="sgd", learning_rate=0.1, epochs=40, early_stopping=True)
    with pytest.warns(ConvergenceWarning, match="no longer finite"):
        model.set_params(random_state=0).fit(X, X[:, 0] + 1e150 * X[:, 1])
    assert np.isfinite(model.theta_).all() and np.isfinite(model.predict(X)).all()
    with pytest.warns(ConvergenceWarning, match="not finite before any update"):
        model.fit(X, 1e200 * X[:, 1])
    assert model.best_validation_score_ == -np.inf and not len(model.validation_scores_) and model.n_iter_ == 1


@SHORT
def test_an_output_that_is_not_finite_has_no_score(held_out):
    X = np.linspace([0.0, 1.0], [1.0, 2.0], 20)
    options = dict(optimizer="sgd", learning_rate=0.1, epochs=9, random_state=0, early_stopping=True)
    model = MLPRegressor((), initializer="zeros", n_iter_no_change=3, **options).fit(X, 5 * X.sum(1))
    assert np.isfinite(model.validation_scores_).all()
    far = X.copy()
    far[held_out(X)[0]] = 1.7e308
    model.fit(far, 5 * X.sum(1))
    assert np.isnan(model.validation_scores_).all() and model.n_iter_ == 3, "and none is the best"
    assert model.best_validation_score_ == -np.inf and not model.theta_.any()


@BOTH
@pytest.mark.parametrize(
    "wrong, said",
    [
        (dict(early_stopping=1), "early_stopping: needs True or False, got int 1"),
        (dict(validation_fraction=0), "validation_fraction: needs a finite number >"),
        (dict(validation_fraction=1), "validation_fraction: needs a finite number >"),
        (dict(validation_fraction="some"), "validation_fraction: needs a finite number >"),
        (dict(n_iter_no_change=0), "n_iter_no_change: needs a whole number from 1"),
        (dict(n_iter_no_change=2.5), "n_iter_no_change: needs a whole number >= 1, got float 2.5"),
        (dict(tol=-1e-4), "tol: needs a finite number >= 0, got -0.0001"),
        (dict(tol=np.nan), "tol: needs a finite number >= 0, got nan"),
        (dict(tol="little"), "tol: needs a finite number >= 0, got str 'little'"),
        (dict(shuffle=2), "shuffle: needs True or False, got int 2"),
        (dict(warm_start="yes"), "warm_start: needs True or False, got str 'yes'"),
        (dict(verbose=None), "verbose: needs True or False, got .*None"),
        (dict(verbose=-1), "verbose: needs a whole number from 0"),
        (dict(random_state=-1), "random_state: needs a whole number from 0 to 18446744073709551615, got -1"),
        (dict(random_state=2**64), "random_state: needs a whole number from 0"),
        (dict(random_state=1.5), "random_state: needs a whole number >= 0, a RandomState or None, got float 1.5"),
        (dict(random_state="x"), "random_state: needs a whole number >= 0, a RandomState or None, got str 'x'"),
        (dict(random_state=True), "random_state: needs a whole number >= 0, got bool True"),
    ],
)
def test_wrong_parameters_of_the_estimator_are_named(Model, wrong, said):
    X, y = task(Model, 20)
    with pytest.raises((ValueError, TypeError), match=said):
        Model(**wrong).fit(X, y)


@pytest.mark.parametrize(
    "Model, y, fraction, w, said",
    [
        (
            MLPRegressor,
            [1, 2],
            0.1,
            None,
            "validation_fraction: needs at least 2 held out, and 1 left to train on, got 0.1",
        ),
        (MLPRegressor, [1, 2, 3], 0.9, None, "got 0.9 of 3 samples, 3 held out"),
        (
            MLPClassifier,
            [0, 1, 2] * 6,
            0.1,
            None,
            "needs at least 3 held out, and 3 left to train on, got 0.1 of 18 sam",
        ),
        (MLPClassifier, [0, 1, 2] * 6, 0.9, None, "got 0.9 of 18 samples, 17 held out"),
        (
            MLPClassifier,
            ["a"] * 30 + ["b"],
            0.1,
            None,
            "early_stopping: needs 2 samples of each class or more, got 1 of 'b'",
        ),
        (
            MLPRegressor,
            range(9),
            0.3,
            np.eye(9)[0],
            "sample_weight: needs a weight > 0 among the samples held out, got",
        ),
        (MLPRegressor, range(9), 0.3, np.eye(9)[2], "sample_weight: needs a weight > 0 among the samples to train on,"),
    ],
)
def test_too_little_to_hold_out_is_said(Model, y, fraction, w, said):
    X = np.arange(2.0 * len(y)).reshape(-1, 2)
    with pytest.raises(ValueError, match=said):
        Model(early_stopping=True, validation_fraction=fraction, random_state=0).fit(X, y, w)


@BOTH
@SHORT
def test_verbose_tells_how_far_it_is(Model, capsys):
    X, y = task(Model, 20)
    begin_by_parts(Model, Model(2, epochs=3).fit(X, y), X, y)
    assert capsys.readouterr().out == ""
    quiet = Model(2, epochs=3, verbose=0).fit(X, y)
    assert capsys.readouterr().out == ""
    model = clone(quiet).set_params(verbose=10).fit(X, y)
    assert "epoch 3/3" in capsys.readouterr().out
    patient = Model(2, epochs=30, tol=1e9, n_iter_no_change=2, verbose=True).fit(X, y)
    assert f"stopped: {patient.history_.stopped}" in capsys.readouterr().out
    model = Model(2, epochs=3, verbose=True, random_state=0).fit(X, y)
    assert f"epoch 3/3, loss {model.loss_:.4g}" in capsys.readouterr().out
    begin_by_parts(Model, model, X, y)
    assert f"epoch 1/1, loss {model.loss_:.4g}" in capsys.readouterr().out


@BOTH
@SHORT
def test_the_order_matters_only_where_there_are_batches(Model):
    X, y = task(Model)
    for batch_size, differ in ((1, True), (7, True), (None, False)):
        model = Model(2, epochs=2, batch_size=batch_size, random_state=0)
        shuffled, given = (clone(model).set_params(shuffle=how).fit(X, y) for how in (True, False))
        assert same(shuffled, clone(model).fit(X, y)) and same(given, clone(given).fit(X, y))
        assert same(shuffled, given) is not differ


# ---- what was learned ----


@BOTH
@SHORT
@pytest.mark.parametrize("hidden", [(), 5, (5, 4)])
def test_coefficients_are_views_of_theta(Model, hidden):
    X, y = task(Model)
    model = Model(hidden, epochs=2, random_state=0)
    for name in ("coefs_", "intercepts_"):
        assert not hasattr(model, name)
        with pytest.raises(NotFittedError):
            getattr(model, name)
    model.fit(X, y)
    pairs = zip(model.coefs_, model.intercepts_, strict=True)
    for found, wanted in zip(pairs, nn.unpack(model.net_, model.theta_), strict=True):
        assert all(
            np.array_equal(a, b) and np.shares_memory(a, model.theta_) for a, b in zip(found, wanted, strict=True)
        )
    before = model.predict(X)
    model.coefs_[-1][:] = 0
    model.intercepts_[-1][:] = np.arange(model.intercepts_[-1].size) + 2.0
    after = model.predict(X)
    assert not np.array_equal(before, after)
    assert (after == "cat").all() if Model is MLPClassifier else (after == 2).all()


def test_a_step_worked_by_hand():
    model = MLPClassifier(2, "sigmoid", optimizer=nn.sgd(0.5), l2=0.2, random_state=0)
    model.partial_fit([[0.0, 0.0]], ["no"], classes=["no", "yes"])
    W1, b1 = np.array([[0.4, -0.3], [0.1, 0.2]]), np.array([0.05, -0.1])
    W2, b2 = np.array([[0.7], [-0.5]]), np.array([0.3])
    for view, value in zip((*model.coefs_, *model.intercepts_), (W1, W2, b1, b2), strict=True):
        view[:] = value
    model.partial_fit([[2.0, -1.0]], ["yes"])
    # z = (0.75, -0.9), h = (0.679179, 0.289051), o = 0.630900, y = 0.652693, δ₂ = y - 1 = -0.347307
    # δ₁ = δ₂ W₂ h (1 - h) = (-0.052973, 0.035686); W ← W - 0.5 (gradient + 0.2 W), b ← b - 0.5 δ
    assert np.allclose(model.coefs_[0], [[0.412973, -0.305686], [0.063513, 0.197843]], atol=1e-6)
    assert np.allclose(model.intercepts_[0], [0.076487, -0.117843], atol=1e-6)
    assert np.allclose(model.coefs_[1], [[0.747942], [-0.399805]], atol=1e-6)
    assert np.allclose(model.intercepts_[1], [0.473653], atol=1e-6)


@given(
    K=st.integers(2, 5),
    m=st.integers(1, 6),
    size=st.sampled_from([1, 30, 1000, 1e5]),
    dtype=st.sampled_from([np.float64, np.float32]),
    seed=st.integers(0, 99),
)
def test_log_probabilities_are_exact_where_probabilities_are_none(K, m, size, dtype, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(m, 3)).astype(dtype)
    model = MLPClassifier((), random_state=0).partial_fit(X[:1], [0], classes=range(K))
    model.coefs_[0][:] = size * rng.normal(size=model.coefs_[0].shape)
    model.intercepts_[0][:] = rng.normal(size=model.intercepts_[0].shape)
    Z = X.astype(float) @ model.coefs_[0].astype(float) + model.intercepts_[0]
    exact = np.hstack([log_expit(-Z), log_expit(Z)]) if K == 2 else Z - logsumexp(Z, axis=1, keepdims=True)
    found = model.predict_log_proba(X)
    assert found.shape == (m, K) and found.dtype == dtype and np.isfinite(found).all()
    eps = np.finfo(dtype).eps
    assert (abs(found - exact) <= 20 * eps * (1 + abs(X).sum(axis=1, keepdims=True) * 4 * size)).all()
    assert np.allclose(np.exp(found), model.predict_proba(X), atol=20 * eps * (1 + 12 * size))


@pytest.mark.slow
@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 2]])
def test_probabilities_agree(labels):
    X, t = nn.data.blobs(90, classes=len(labels), seed=3)
    model = MLPClassifier(5, "sigmoid", learning_rate=0.05, random_state=1).fit(X, t)
    p, log_p = model.predict_proba(X), model.predict_log_proba(X)
    assert p.shape == log_p.shape == (90, len(labels)) and np.allclose(p.sum(axis=1), 1)
    assert np.allclose(np.exp(log_p), p) and np.array_equal(p.argmax(axis=1), log_p.argmax(axis=1))
    assert roc_auc_score(t, p[:, 1] if len(labels) == 2 else p, multi_class="ovr") > 0.95


def test_a_tie_is_decided_as_nn_predict_does():
    X = np.zeros((1, 2))
    for classes in (["no", "yes"], ["a", "b", "c"]):
        model = MLPClassifier(3, random_state=0).partial_fit(X, classes[:1], classes=classes)
        model.theta_[:] = 0
        assert np.ptp(model.predict_proba(X)) == 0
        wanted = classes[nn.predict(model.net_, model.theta_, X)[0]]
        assert model.predict(X) == wanted == (classes[1] if len(classes) == 2 else classes[0])
    model = MLPClassifier((), random_state=0).partial_fit(X, [0], classes=[0, 1])
    model.theta_[:] = [0, 0, -1e-17]  # below ½, and rounded to it
    assert model.predict(X) == nn.predict(model.net_, model.theta_, X)


@pytest.mark.slow
def test_a_larger_penalty_makes_smaller_weights():
    X, t = nn.data.moons(60, seed=0)
    for penalty in ("l1", "l2"):
        free, held = (MLPClassifier(8, learning_rate=0.02, random_state=1, **{penalty: x}).fit(X, t) for x in (0, 0.01))
        assert all(abs(a).sum() > abs(b).sum() for a, b in zip(free.coefs_, held.coefs_, strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["identity", "sigmoid", "tanh", "relu"])
def test_every_activation_learns(activation):
    X, t = nn.data.digits()
    for classes in (2, 3):
        some = np.flatnonzero(t < classes)[:200]
        model = MLPClassifier(50, activation, learning_rate=0.01, random_state=1).fit(X[some[:150]], t[some[:150]])
        assert model.score(X[some[:150]], t[some[:150]]) > 0.95 and model.score(X[some[150:]], t[some[150:]]) > 0.9
        assert model.predict(X[:1]).dtype.kind == "i"
    X, y = make_regression(200, 10, bias=20.0, noise=100.0, random_state=7)
    model = MLPRegressor(50, activation, learning_rate=0.01, epochs=1000, random_state=1).fit(X, scale(y))
    assert model.score(X, scale(y)) > (0.8 if activation == "identity" else 0.98)
    X, Y = make_regression(200, 20, n_targets=5, random_state=11)
    assert MLPRegressor(50, activation, learning_rate=0.02, random_state=1).fit(X, scale(Y)).score(X, scale(Y)) > 0.9


# ---- precision ----


@pytest.mark.slow
@BOTH
@SHORT
@pytest.mark.parametrize("early_stopping", [False, True])
def test_float32_is_kept(Model, early_stopping):
    X, y = task(Model, 100)
    model = Model((5, 3), random_state=1, learning_rate=0.02, epochs=30, early_stopping=early_stopping)
    double, single = clone(model).fit(X, y), clone(model).fit(X.astype(np.float32), y)
    assert all(a.dtype == np.float32 for a in (single.theta_, *single.coefs_, *single.intercepts_))
    assert double.theta_.dtype == np.float64 and np.allclose(single.theta_, double.theta_, atol=0.02)
    if Model is MLPClassifier:
        assert single.predict_proba(X).dtype == single.predict_log_proba(X).dtype == np.float32
        assert np.mean(single.predict(X) == double.predict(X)) > 0.97
    else:
        assert single.predict(X).dtype == single.predict(X.astype(np.float32)).dtype == np.float32
        assert np.allclose(single.predict(X), double.predict(X), atol=0.02)
    if not early_stopping:
        target = np.unique(y, return_inverse=True)[1] if Model is MLPClassifier else y
        theta = nn.initialize(single.net_, seed=1, dtype=np.float32)
        loss = "cross_entropy" if Model is MLPClassifier else "l2"
        run = nn.train(single.net_, theta, X, target, loss, nn.adam(0.02), epochs=30, seed=1)
        assert np.array_equal(run.theta, single.theta_)
    single.set_params(warm_start=True).fit(X, y)  # in the precision it has
    assert single.theta_.dtype == np.float32
    for other in (np.float16, int, object, ">f8"):
        assert clone(model).fit(X.astype(other), y).theta_.dtype == np.float64


# ---- what is refused ----


@BOTH
@SHORT
@pytest.mark.parametrize("form", [sparse.csr_matrix, sparse.coo_array, sparse.csc_array])
def test_sparse_arrays_are_refused_with_what_helps(Model, form):
    X, y = task(Model)
    said = rf"X: needs a dense array, got a sparse {form.__name__} of shape \(60, 3\); use X.toarray\(\)"
    model = Model(4, epochs=1)
    for method in (model.fit, model.partial_fit):
        with pytest.raises(TypeError, match=said):
            method(
                form(X), y, **({"classes": np.unique(y)} if "partial" in str(method) and Model is MLPClassifier else {})
            )
    model.fit(form(X).toarray(), y)
    for name in ("predict", "predict_proba", "predict_log_proba") if Model is MLPClassifier else ("predict",):
        with pytest.raises(TypeError, match=said):
            getattr(model, name)(form(X))
    with pytest.raises(TypeError, match=said):
        model.score(form(X), y)
    for method in (model.fit, model.partial_fit, model.score):
        with pytest.raises(TypeError, match=r"y: needs a dense array, got a sparse .* use y.toarray\(\)"):
            method(X, form(np.ones((60, 1))))


@BOTH
@SHORT
@given(hole=st.integers(0, 59))
def test_masked_entries_are_refused_with_what_helps(Model, hole):
    X, y = task(Model)
    w = np.ones(60)
    model = quietly(Model(4, epochs=1, random_state=0).fit, X, y)
    masked = {}
    for name, a in (("X", X), ("y", y), ("sample_weight", w)):
        assert same(model, quietly(clone(model).fit, **{"X": X, "y": y, name: np.ma.array(a)}))  # nothing is masked
        masked[name] = np.ma.array(a, mask=np.zeros(a.shape, bool))
        masked[name][hole] = np.ma.masked
    for name, a in masked.items():
        holes = 3 if name == "X" else 1
        said = rf"{name}: needs all its entries, got MaskedArray of shape .* with {holes} masked; .filled\(value\)"
        for method in (model.fit, model.partial_fit, model.score):
            with pytest.raises(ValueError, match=said):
                method(**{"X": X, "y": y, "sample_weight": w, name: a})
    with pytest.raises(ValueError, match="X: needs all its entries, got list .* with 3 masked"):
        model.predict(list(masked["X"]))
    for name in ("predict", "predict_proba", "predict_log_proba") if Model is MLPClassifier else ("predict",):
        with pytest.raises(ValueError, match=r"X: needs all its entries, .* masked; .filled\(value\)"):
            getattr(model, name)(masked["X"])


@BOTH
def test_what_needs_a_fit_says_so(Model):
    for name in ("predict", "predict_proba", "predict_log_proba") if Model is MLPClassifier else ("predict",):
        with pytest.raises(NotFittedError):
            getattr(Model(), name)(np.ones((2, 2)))


def test_numbers_without_end_are_refused_or_survived():
    rng = np.random.RandomState(0)
    X, y = np.finfo(float).max * rng.uniform(size=(10, 2)), rng.normal(size=10)
    with pytest.warns(ConvergenceWarning):
        model = MLPRegressor(optimizer="sgd", learning_rate=0.1, activation="relu", random_state=0).fit(X, y)
    assert np.isfinite(model.theta_).all()
    with pytest.raises(ValueError, match="X contains infinity|X: needs finite numbers"):
        MLPRegressor().fit(X * np.inf, y)


# ---- whether to trust it ----


@pytest.mark.slow
@pytest.mark.parametrize("columns", [None, 2])
def test_targets_far_from_0_are_not_fitted_in_silence(columns):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 2))
    y = 1e5 + X[:, 0] if columns is None else 1e5 + X
    model = MLPRegressor(8, random_state=0)
    with pytest.warns(ConvergenceWarning) as told:
        model.fit(X, y)
    (said,) = (str(one.message) for one in told)
    untrained = nn.forward(model.net_, nn.initialize(model.net_), X)
    began, J = (
        np.mean(((A.reshape(y.shape) - y) ** 2).reshape(100, -1).sum(axis=1)) / 2 for A in (untrained, model.predict(X))
    )
    constant = y.var(axis=0).sum() / 2
    assert said == (
        f"the loss came from {began:.4g} to {J:.4g} in 100 epochs, and the mean of y for every x gives {constant:.4g}; "
        "scale y (sklearn.compose.TransformedTargetRegressor) and X, or try more epochs or a larger learning rate"
    )
    assert told[0].filename == __file__ and model.score(X, y) < 0
    remedy = TransformedTargetRegressor(
        MLPRegressor(8, learning_rate=0.02, random_state=0), transformer=StandardScaler()
    )
    assert remedy.fit(X, y).score(X, y) > 0.9
    assert (
        MLPRegressor(8, optimizer="momentum", learning_rate=0.1, epochs=2, random_state=0).partial_fit(X, y).n_iter_
        == 1
    )


def test_a_rate_that_is_too_large_is_named():
    X, y = task(MLPRegressor)
    with pytest.warns(ConvergenceWarning, match="the mean of y for every x gives .* or try a smaller learning rate"):
        MLPRegressor((), learning_rate=50.0, epochs=3, random_state=0).fit(X, y)


def test_a_classifier_below_the_shares_of_its_classes_says_so():
    X, y = task(MLPClassifier)
    w = np.where(y == "ant", 20.0, 1.0)
    for weights in (None, w):
        model = MLPClassifier(5, learning_rate=1e-6, random_state=1)
        with pytest.warns(
            ConvergenceWarning, match=r"scale X \(sklearn.preprocessing.StandardScaler\), or try more"
        ) as told:
            model.fit(X, y, weights)
        at = np.searchsorted(model.classes_, y)
        shares = np.bincount(at, weights) / (60 if weights is None else w.sum())
        J = -np.average(np.log(model.predict_proba(X)[np.arange(60), at]), weights=weights)
        entropy = -(shares * np.log(shares)).sum()
        assert f"to {J:.4g} in 100 epochs, and the share of each class for every x gives {entropy:.4g};" in str(told[0])
    assert J > entropy > 0.1


@pytest.mark.parametrize("value", [0.0, 0.1, 3.7e5])
def test_a_target_that_does_not_vary_is_no_reproach(value):
    MLPRegressor(4, epochs=2, random_state=0).fit(np.arange(7.0)[:, None], np.full(7, value))


def test_outputs_that_are_no_longer_finite_are_a_reproach():
    model = MLPRegressor((), optimizer="sgd", learning_rate=1e200, epochs=1, random_state=0)
    with pytest.warns(ConvergenceWarning, match="to inf in 1 epochs.*a smaller learning rate"):
        model.fit([[0.0], [1.0]], [0.0, 1.0])
    assert np.isfinite(model.theta_).all()


def test_a_run_that_rightly_ends_at_the_constant_is_no_reproach():
    X, y = task(MLPRegressor, 40)
    MLPRegressor(4, l2=100.0, optimizer="sgd", learning_rate=0.009, epochs=100, random_state=0).fit(X, y)


# ---- Ctrl-C ----


def stops_there(model, X, y, interrupted):
    """A fit that Ctrl-C ends leaves the model as it was, and does not end alone."""
    before, endless = copy.deepcopy(model), dict(epochs=10**6)
    interrupted(lambda: model.set_params(**endless).fit(X[:, :2], y))
    assert same(before, model) and model.n_features_in_ == 3 and np.array_equal(model.predict(X), before.predict(X))
    interrupted(lambda: model.set_params(**endless, warm_start=True).fit(X, y))
    assert same(before, model)
    fresh = clone(model)
    interrupted(lambda: fresh.fit(X, y))
    assert not hasattr(fresh, "n_features_in_")
    with pytest.raises(NotFittedError):
        fresh.predict(X)
    interrupted(lambda: GridSearchCV(fresh, dict(l2=[0, 1]), cv=2).fit(X, y))


@BOTH
@SHORT
def test_ctrl_c_ends_more_than_one_fit(Model, monkeypatch):
    X, y = task(Model)
    model = Model(4, epochs=2, random_state=0).fit(X, y)
    calls = []

    def epochs(run, losses, meanwhile=None):
        calls.append(losses.size)
        if len(calls) % 3 == 0:
            raise KeyboardInterrupt
        return whole(run, losses, meanwhile)

    def interrupted(action):
        with pytest.raises(KeyboardInterrupt):
            action()

    whole = nn.training.Run.epochs
    monkeypatch.setattr(nn.training.Run, "epochs", epochs)
    stops_there(model, X, y, interrupted)
    assert len(calls) == 12  # each time three


@pytest.mark.slow  # and not under coverage, whose own locks do not survive Ctrl-C
@BOTH
@SHORT
def test_ctrl_c_at_any_moment(Model):
    def interrupted(action):
        timer = threading.Timer(0.5, _thread.interrupt_main)
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            action()
        timer.join()

    X, y = task(Model)
    stops_there(Model(4, "tanh", epochs=2, random_state=0).fit(X, y), X, y, interrupted)


# ---- in the company of others ----


def test_boosting_weighs():
    X, t = nn.data.moons(80, seed=0)
    boosted = AdaBoostClassifier(MLPClassifier(3, learning_rate=0.05, epochs=20), n_estimators=4, random_state=0).fit(
        X, t
    )
    assert len(boosted.estimators_) > 1 and boosted.score(X, t) > 0.85
    X, y = task(MLPRegressor)
    boosted = AdaBoostRegressor(MLPRegressor(3, learning_rate=0.05, epochs=20), n_estimators=3, random_state=0).fit(
        X, y
    )
    assert boosted.score(X, y) > 0.8


def test_bagging_and_calibration():
    X, y = task(MLPClassifier)
    small = MLPClassifier(3, learning_rate=0.05, epochs=20, random_state=0)
    assert BaggingClassifier(small, 3, random_state=0).fit(X, y).score(X, y) > 0.7
    p = CalibratedClassifierCV(small, cv=2).fit(X, y).predict_proba(X)
    assert p.shape == (60, 3) and np.allclose(p.sum(axis=1), 1)


@pytest.mark.slow
@BOTH
@SHORT
@pytest.mark.parametrize("by_parts", [False, True])
def test_learning_curves(Model, by_parts):
    X, y = task(Model, 90)
    model = Model(4, learning_rate=0.05, epochs=20, random_state=0)
    sizes, train, test = learning_curve(
        model, X, y, train_sizes=[10, 30, 60], cv=3, exploit_incremental_learning=by_parts
    )
    assert sizes.tolist() == [10, 30, 60] and train.shape == test.shape == (3, 3) and np.isfinite(test).all()
    assert by_parts or test[2].mean() > 0.6


@pytest.mark.slow
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_predictions_across_folds(method):
    X, y = task(MLPClassifier)
    model = MLPClassifier(4, learning_rate=0.05, epochs=20, random_state=0)
    found = cross_val_predict(model, X, y, cv=3, method=method)
    assert np.mean((found if method == "predict" else model.fit(X, y).classes_[found.argmax(axis=1)]) == y) > 0.7
    assert cross_val_predict(MLPRegressor(epochs=30, random_state=0), X, X[:, :2], cv=3).shape == (60, 2)


@pytest.mark.slow
@BOTH
@SHORT
def test_frames_of_pandas(Model):
    X, y = task(Model)
    frame = pd.DataFrame(X, columns=["height", "weight", "age"])
    frame["kind"] = np.where(X[:, 0] > 0, "left", "right")
    names = make_column_transformer((OneHotEncoder(sparse_output=False), ["kind"]), remainder=StandardScaler())
    model = Model(4, learning_rate=0.05, epochs=40, early_stopping=True, random_state=0)
    assert make_pipeline(names, model).fit(frame, pd.Series(y)).score(frame, pd.Series(y)) > 0.6
    with pytest.raises(ValueError, match="could not convert string to float"):
        clone(model).fit(frame, y)
    numbers = frame[["height", "weight", "age"]]
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        clone(model).fit(numbers, pd.Series(y), pd.Series(np.arange(60))).score(numbers, pd.Series(y))
    fitted = model.fit(numbers, y)
    assert fitted.feature_names_in_.tolist() == ["height", "weight", "age"]
    with pytest.raises(ValueError, match="feature names"):
        fitted.predict(numbers[["age", "height", "weight"]])
    whole = numbers.round().astype("Int64")
    assert np.array_equal(clone(model).fit(whole, y).theta_, clone(model).fit(whole.to_numpy(float), y).theta_)


@BOTH
@SHORT
def test_copies_learn_on(Model, tmp_path):
    X, y = task(Model)
    model = Model(5, epochs=3, random_state=0).fit(X, y)
    joblib.dump(model, tmp_path / "model")
    others = [
        pickle.loads(pickle.dumps(model)),
        copy.deepcopy(model),
        joblib.load(tmp_path / "model"),
        joblib.load(tmp_path / "model", mmap_mode="r"),  # whose arrays nobody can write into
    ]
    model.partial_fit(X, y)
    for other in others:
        assert not same(model, other) and same(model, other.partial_fit(X, y))
        other.coefs_[0][0, 0] += 1
        assert other.theta_[0] == model.theta_[0] + 1
    assert not hasattr(clone(model), "theta_") and repr(model) and model._repr_html_()


def test_learning_on_changes_the_model():
    model = MLPRegressor(42, learning_rate=0.01, random_state=42).fit([[2.0]], [4.0])
    for _ in range(200):
        model.partial_fit([[2.0]], [1.0])
    assert model.predict([[2.0]]) == pytest.approx(1, rel=1e-3)

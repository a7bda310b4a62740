"""The estimators, by scikit-learn's own checks, and against the training they wrap."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.utils.estimator_checks import estimator_checks_generator

import nnlib as nn
import nnlib.estimator
from nnlib.estimator import MLPClassifier, MLPRegressor

CLASSIFIER, REGRESSOR = MLPClassifier(epochs=60), MLPRegressor(epochs=60)
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


def test_the_learning_rate_replaces_the_optimizers_own():
    X, t = nn.data.moons(40, seed=0)
    for rule in ("momentum", nn.momentum(0.5), nn.momentum(nn.schedules.power(0.2, 0.6))):
        model = MLPClassifier(4, optimizer=rule, learning_rate=0.03, epochs=3, random_state=1).fit(X, t)
        same = MLPClassifier(4, optimizer=nn.momentum(0.03), epochs=3, random_state=1).fit(X, t)
        assert np.array_equal(model.theta_, same.theta_)
    falling = MLPClassifier(4, learning_rate=nn.schedules.inverse_time(0.1, 0.01), random_state=1, epochs=3).fit(X, t)
    assert not np.array_equal(falling.theta_, same.theta_)


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

"""The same training behind scikit-learn's fit and predict.

Whatever takes an estimator takes these: pipelines, cross-validation, `GridSearchCV`, `AdaBoostClassifier`. Needs
scikit-learn, which nothing else here does. `_MLP` has the training, the two classes what a target means to them.
"""

import contextlib
import math
import numbers
import warnings

import numpy as np

try:
    from scipy.sparse import issparse
    from scipy.special import entr
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, is_classifier
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import r2_score
    from sklearn.model_selection import train_test_split
    from sklearn.utils import check_random_state, gen_batches
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError:
    raise ImportError("nnlib.estimator needs scikit-learn: pip install scikit-learn") from None

from . import schedules
from .activations import log_softmax
from .architecture import mlp, unpack
from .engine import border
from .initializers import initialize
from .network import forward, predict
from .optimizers import as_optimizer
from .training import _checked_weights, train_or_raise

WORSE = 1.01  # by this factor: a run that rightly ends near a constant output still jitters around it
FLOATS = [np.float64, np.float32]  # what X may be; the first is what anything else becomes
LOSS = dict(sigmoid="bce", softmax="cross_entropy", identity="l2")
ROWS = 4096  # of X at a time, after training: all at once would need as much memory again


class _MLP(BaseEstimator):
    """What classifier and regressor share: parameters that are only stored, and `train`, whole or epoch by epoch."""

    def __init__(
        self,
        hidden_layer_sizes=(32,),
        activation="tanh",
        initializer="glorot_uniform",
        optimizer="adam",
        learning_rate=None,
        epochs=100,
        batch_size=32,
        l1=0.0,
        l2=0.0,
        random_state=None,
        early_stopping=False,
        validation_fraction=0.1,
        n_iter_no_change=10,
        tol=None,
        shuffle=True,
        warm_start=False,
        verbose=False,
    ):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.initializer = initializer
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.epochs = epochs
        self.batch_size = batch_size
        self.l1 = l1
        self.l2 = l2
        self.random_state = random_state
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.shuffle = shuffle
        self.warm_start = warm_start
        self.verbose = verbose

    # ---- training ----

    def fit(self, X, y, sample_weight=None):
        """Train from scratch or, with `warm_start`, from where the last fit ended.

        Parameters
        ----------
        X : array, shape (m, n)
            If it is float32, so are the parameters and what is predicted; else all is float64.
        y : array, shape (m,), for a regressor also (m, k)
            A classifier's: labels of any kind, at least two different ones. A regressor's: numbers. They are not
            scaled; what is far from 0 or large takes long to reach (see `sklearn.compose.TransformedTargetRegressor`).
        sample_weight : array, shape (m,), optional
            How much each sample counts, ≥ 0. Where all samples are one batch, a weight of 2 is the sample twice.

        Returns
        -------
        self
        """
        goes_on = border.flag("warm_start", self.warm_start) and self.__sklearn_is_fitted__()
        with _all_or_nothing(self):
            X, T, w = self._begin(X, y, sample_weight, goes_on)
            watch, X, T, w = self._watched(X, T, w, goes_on)
            start = self.theta_
            said = self._run(X, T, w, self.epochs, watch)
            self.n_iter_ = max(len(self.history_.loss), 1)
            if watch is None or watch.score is None:
                self.validation_scores_ = self.best_validation_score_ = None
            else:
                before = [] if self.validation_scores_ is None else self.validation_scores_
                self.validation_scores_ = np.append(before, watch.values)
                self.best_validation_score_ = float(watch.best)
                self.theta_, self._state = watch.kept
            said = said or self._doubt(start, X, T, w)
        if said:
            warnings.warn(said, ConvergenceWarning, stacklevel=2)
        return self

    def _partial_fit(self, X, y, sample_weight, **more):
        if border.flag("early_stopping", self.early_stopping):
            raise ValueError(
                "early_stopping: needs False for partial_fit, which sees only a part of the data, got True"
            )
        with _all_or_nothing(self):
            X, T, w = self._begin(X, y, sample_weight, self.__sklearn_is_fitted__(), **more)
            said = self._run(X, T, w, 1)
            self.n_iter_ = max(len(self.loss_curve_), 1)
            self.validation_scores_ = self.best_validation_score_ = None
        if said:
            warnings.warn(said, ConvergenceWarning, stacklevel=3)
        return self

    def _begin(self, X, y, sample_weight, goes_on, **more):
        """Check the data, and stand at the first epoch: on new parameters, or where it goes on. Returns X, T, w."""
        for name, value in (("X", X), ("y", y), ("sample_weight", sample_weight)):
            _plain(name, value)
        X, y = validate_data(self, X, y, reset=not goes_on, dtype=FLOATS, **self._of_y)
        w = None
        if sample_weight is not None:
            _checked_weights(sample_weight, len(X), X.dtype)
            w = np.asarray(sample_weight, np.float64)
        T, outputs, output = self._targets(y, w, goes_on, **more)
        hidden = np.atleast_1d(np.asarray(self.hidden_layer_sizes)).tolist()  # one number, a tuple or a list
        net = mlp([X.shape[1], *hidden, outputs], self.activation, output)
        if not goes_on:
            self.net_, self._seed, self._state = net, _seed(self.random_state), None
            self.theta_ = initialize(net, self.initializer, seed=self._seed, dtype=X.dtype)
            self.loss_curve_, self.validation_scores_ = np.empty(0), None
        elif repr(net) != repr(self.net_):
            raise ValueError(
                f"hidden_layer_sizes, activation: need the network that training goes on with, {self.net_!r}, "
                f"got {net!r}; a clone starts from scratch, and so does fit without warm_start"
            )
        return X, T, w

    def _run(self, X, T, w, epochs, watch=None):
        """Go on from theta_. Returns, in words, what ended it before its time, if that was not the watch."""
        rule = as_optimizer(self.optimizer)
        if self.learning_rate is not None:
            lr = schedules.as_schedule(self.learning_rate)
            rule = rule._replace(lr=lr, text=rule.text.replace(f"lr={rule.lr}", f"lr={lr}", 1))
        state = self._state if self._state is not None and self._state.name == rule.name else None
        self.history_ = run = train_or_raise(
            *(self.net_, self.theta_, X, T, LOSS[self.net_.names[-1]], rule),
            **dict(epochs=epochs, batch_size=self.batch_size, seed=self._seed, l1=self.l1, l2=self.l2),
            **dict(callback=watch, state=state, sample_weight=w, shuffle=self.shuffle, verbose=_wordy(self.verbose)),
        )
        self.theta_, self._state = run.theta, run.state
        self.loss_curve_ = np.append(self.loss_curve_, run.loss)
        self.loss_ = float(self.loss_curve_[-1])
        if watch is not None and watch.over:
            return None
        return f"training stopped early: {run.stopped}" if run.stopped else None

    # ---- when to stop, and whether to trust ----

    def _watched(self, X, T, w, goes_on):
        """What ends training early, or None, and the data that are left to train on."""
        early = border.flag("early_stopping", self.early_stopping)
        fraction = border.number("validation_fraction", self.validation_fraction, 0, 1, True, True)
        patience = self.n_iter_no_change
        if not (isinstance(patience, float) and patience == math.inf):
            patience = border.whole("n_iter_no_change", patience, 1)
        tol = 1e-4 if self.tol is None else border.number("tol", self.tol, 0)
        if not early:
            return None if self.tol is None else _Watch(patience, tol), X, T, w
        rows, held = self._split(T, w, fraction)
        part = [None if a is None else a[held] for a in (X, T, w)]
        watch = _Watch(patience, tol, lambda theta: self._score(theta, *part))
        watch.kept = self.theta_, self._state
        if goes_on:  # the θ it starts from is not given up for a worse one
            watch.see(watch.score(self.theta_), *watch.kept)
        return watch, *(None if a is None else a[rows] for a in (X, T, w))

    def _split(self, T, w, fraction):
        """The rows to train on, in their order, and those held out: of each class its share."""
        m, strata = len(T), T if is_classifier(self) else None
        counts = np.array([m]) if strata is None else np.bincount(T, minlength=len(self.classes_))
        held, least = math.ceil(fraction * m), max(2, len(counts))
        if held < least or m - held < len(counts):
            need = f"at least {least} held out, and {len(counts)} left to train on"
            raise ValueError(f"validation_fraction: needs {need}, got {fraction:g} of {m} samples, {held} held out")
        if counts.min() < 2:
            lonely = self.classes_.tolist()[counts.argmin()]
            raise ValueError(f"early_stopping: needs 2 samples of each class or more, got {counts.min()} of {lonely!r}")
        parts = train_test_split(np.arange(m), test_size=held, random_state=self._seed % 2**32, stratify=strata)
        for rows, name in zip(parts, ("to train on", "held out"), strict=True):
            if w is not None and not w[rows].any():
                raise ValueError(f"sample_weight: needs a weight > 0 among the samples {name}, got only zeros")
        return [np.sort(rows) for rows in parts]

    def _doubt(self, start, X, T, w):
        """In words, that training ended well and a constant output would still be better; or None."""
        with np.errstate(all="ignore"):
            J, constant, slack = self._compared(self.theta_, X, T, w)
            if J <= WORSE * constant + slack:
                return None
            began = self._compared(start, X, T, w)[0]
        rate = "more epochs or a larger learning rate" if J <= began else "a smaller learning rate"
        return (
            f"the loss came from {began:.4g} to {J:.4g} in {self.n_iter_} epochs, and {self._constant} for every x "
            f"gives {constant:.4g}; {self._remedy}, or try {rate}"
        )

    # ---- what was learned ----

    @property
    def coefs_(self):
        """W_1 … W_L, views into `theta_`: who writes into them changes the model."""
        check_is_fitted(self)
        return [W for W, _ in unpack(self.net_, self.theta_)]

    @property
    def intercepts_(self):
        """b_1 … b_L, views into `theta_`, too."""
        check_is_fitted(self)
        return [b for _, b in unpack(self.net_, self.theta_)]

    def __sklearn_is_fitted__(self):
        return hasattr(self, "theta_")

    def _checked(self, X):
        check_is_fitted(self)
        _plain("X", X)
        return validate_data(self, X, reset=False, dtype=FLOATS)


class _Watch:
    """A callback of `train` that ends training when nothing has become better for long enough, and keeps the best.

    What is to grow is the score of θ or, without one, minus the training loss. NaN is never better.
    """

    def __init__(self, patience, tol, score=None):
        self.patience, self.tol, self.score = patience, tol, score
        self.values, self.best, self.kept = [], -math.inf, None  # kept: θ and the optimizer's state
        self.waited, self.over = 0, False
        what = "training loss" if score is None else "validation score"
        self.reason = f"the {what} has not improved by more than {tol:g} in {patience} epochs"

    def __call__(self, epoch, theta, history):
        self.values.append(-history.loss[-1] if self.score is None else self.score(theta))
        self.see(self.values[-1], theta, history.state)
        self.over = self.waited >= self.patience
        return self.over

    def see(self, value, theta, state):
        self.waited = 0 if value > self.best + self.tol else self.waited + 1
        if value > self.best:
            self.best, self.kept = value, (theta, state)


@contextlib.contextmanager
def _all_or_nothing(estimator):
    """What does not come to its end, by an error or by Ctrl-C, leaves the estimator as it was."""
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def _plain(name, value):
    """Refuse what is sparse, and what has holes: scikit-learn's check drops the mask, and what it hides would count."""
    if issparse(value):
        raise TypeError(f"{name}: needs a dense array, got a sparse {border.told(value)}; use {name}.toarray()")
    holes, _ = border._masked(value, 64, set())  # also in rows of a list
    if holes:
        need = f"all its entries, got {border.told(value)} with {holes} masked"
        raise ValueError(f"{name}: needs {need}; .filled(value) puts something there")


def _seed(random_state):
    """The seed of `initialize` and `train`: a whole number is nnlib's own; else one is drawn."""
    if isinstance(random_state, numbers.Integral):
        return border.whole("random_state", random_state, 0, 2**64 - 1)
    try:
        return check_random_state(random_state).randint(2**31)
    except ValueError:
        need = "a whole number >= 0, a RandomState or None"
        raise TypeError(f"random_state: needs {need}, got {border.told(random_state)}") from None


def _wordy(verbose):
    """Whether to tell how far it is. scikit-learn counts degrees of it, and here there is one."""
    if isinstance(verbose, numbers.Integral) and not isinstance(verbose, bool):
        return border.whole("verbose", verbose) > 0
    return border.flag("verbose", verbose)


def _in_parts(outputs, *more):
    """`outputs(*more, X)` for an X that comes last, some rows at a time."""
    *more, X = more
    return np.concatenate([outputs(*more, X[rows]) for rows in gen_batches(len(X), ROWS)])


_PARAMETERS = """
    Parameters
    ----------
    hidden_layer_sizes : int or sequence of ints
        Units of each hidden layer; () for none.
    activation : str
        Of the hidden layers, as `mlp` knows it.
    initializer : str
        As `initialize` knows it.
    optimizer : str or Optimizer
        Its name, for its defaults, or what `nn.momentum(0.1)` and the others return.
    learning_rate : float > 0, schedule or None
        Replaces the optimizer's own. Here, so that a search can turn it.
    epochs : int ≥ 1
    batch_size : int ≥ 1 or None
        None: all samples at once.
    l1, l2 : float ≥ 0
        J gains (l2/2) ‖W‖² + l1 ‖W‖₁ over the weights, never the biases.
    random_state : int, RandomState or None
        An int is the seed of `initialize` and of `train`, so both give the same run. Otherwise the seed is drawn.
    early_stopping : bool
        Hold out a part of the data, and keep the parameters after the epoch that does best there.
    validation_fraction : float in (0, 1)
        How much is held out; of each class its share.
    n_iter_no_change : int ≥ 1 or inf
        Epochs in a row without an improvement of more than `tol` that end training.
    tol : float ≥ 0 or None
        What counts as an improvement: of the validation score with `early_stopping`, else of the training loss. None:
        1e-4 with `early_stopping`, else all epochs are run.
    shuffle : bool
        False: the samples in the given order in every epoch.
    warm_start : bool
        `fit` goes on from `theta_`, in its precision, and from what the optimizer remembers if it is still the same
        one: two fits of 5 epochs are one of 10.
    verbose : bool or int ≥ 0
        A line that shows how far training has come.

    Attributes
    ----------
    net_ : Net
    theta_ : vector
        All parameters, as in the book.
    coefs_, intercepts_ : list of arrays
        W_1 … W_L and b_1 … b_L, views into `theta_`: who writes into them changes the model.
    history_ : History
        Of the last call.
    loss_curve_ : array, one per epoch
        Of all calls that went on from each other.
    loss_ : float
        The last of these.
    validation_scores_, best_validation_score_ : array and float, or None
        With `early_stopping`: what `score` says of the part held out, after each epoch, and the best of it.
    n_iter_ : int
        Epochs run: by the last `fit`; after `partial_fit`, in all.
    n_features_in_ : int
    feature_names_in_ : array
        Only if X had names of columns."""

_RAISES = """
    Raises
    ------
    ValueError, TypeError
        From `fit` and `partial_fit`, if a parameter or the data do not fit. The estimator is then as it was before, and
        so it is after Ctrl-C, which goes on as KeyboardInterrupt.

    Warns
    -----
    ConvergenceWarning
        If training diverges: the last finite parameters are kept. And by `fit`, if a constant output would have a
        smaller loss.
    """


class MLPClassifier(ClassifierMixin, _MLP):
    __doc__ = f"""A network that classifies: a sigmoid and "bce" for two classes, else softmax and "cross_entropy".
{_PARAMETERS}
    classes_ : array
        The labels, sorted; column k of `predict_proba` belongs to classes_[k].
{_RAISES}"""

    _of_y: dict[str, object] = {}
    _constant = "the share of each class"
    _remedy = "scale X (sklearn.preprocessing.StandardScaler)"

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """Train for one epoch, from where the last call ended: k calls with the same data are a fit of k epochs.

        Parameters
        ----------
        X : array, shape (m, n)
        y : array, shape (m,)
        classes : array, needed in the first call
            All labels that will ever come.
        sample_weight : array, shape (m,), optional

        Returns
        -------
        self
        """
        known = self.classes_ if self.__sklearn_is_fitted__() else None
        if classes is None and known is None:
            raise ValueError(
                "classes: needs all labels in the first call, since later parts may bring others, got None"
            )
        classes = known if classes is None else np.unique(classes)
        if known is not None and classes.tolist() != known.tolist():
            raise ValueError(f"classes: needs those of the first call, {known.tolist()}, got {classes.tolist()}")
        if len(classes) < 2:
            raise ValueError(f"classes: needs at least 2 different labels, got {classes.tolist()}")
        return self._partial_fit(X, y, sample_weight, classes=classes)

    def predict_proba(self, X):
        """The probability of each class, shape (m, K)."""
        X = self._checked(X)
        Y = forward(self.net_, self.theta_, X)
        return np.hstack([1 - Y, Y]) if Y.shape[1] == 1 else Y

    def predict_log_proba(self, X):
        """Its logarithm, shape (m, K), exact also where a probability is too small for a float."""
        X = self._checked(X)
        return self._log_proba(self.theta_, X)

    def predict(self, X):
        """The most probable label of each row, shape (m,). Of two that are equal, the one that `nn.predict` takes."""
        X = self._checked(X)
        return self.classes_[predict(self.net_, self.theta_, X)]

    def score(self, X, y, sample_weight=None):
        """The share of right predictions, by weight."""
        _plain("y", y)
        _plain("sample_weight", sample_weight)
        return super().score(X, y, sample_weight)

    def _targets(self, y, w, goes_on, classes=None):
        """The labels as 0 … K - 1, and the network's output."""
        check_classification_targets(y)
        found, labels = np.unique(y, return_inverse=True)
        if classes is None:
            counted = found if w is None else found[np.bincount(labels, w) > 0]
            if len(counted) < 2:
                of_weight = "" if w is None else " with a sample_weight > 0"
                raise ValueError(f"y: needs at least 2 classes{of_weight}, got 1 class: {counted.tolist()[0]!r}")
            if goes_on and found.tolist() != self.classes_.tolist():
                need = f"the classes {self.classes_.tolist()} of the fit that warm_start goes on from"
                raise ValueError(f"y: needs {need}, got {found.tolist()}")
            classes = found
        place = {label: k for k, label in enumerate(classes.tolist())}
        for label in found.tolist():
            if label not in place:
                raise ValueError(f"y: needs labels that are in classes, {classes.tolist()}, got {label!r}")
        self.classes_, K = classes, len(classes)
        labels = np.array([place[label] for label in found.tolist()])[labels]
        return labels, *((1, "sigmoid") if K == 2 else (K, "softmax"))

    def _score(self, theta, X, T, w):
        return np.average(predict(self.net_, theta, X) == T, weights=w)

    def _log_proba(self, theta, X):
        """log σ(z) or log softmax(z), from z = Z_L."""
        *hidden, _ = self.net_.names
        Z = forward(mlp(self.net_.sizes, hidden, "identity"), theta, X)
        return -np.logaddexp(0, np.hstack([Z, -Z])) if Z.shape[1] == 1 else log_softmax(Z)

    def _compared(self, theta, X, T, w):
        """J, that of the classes' shares for every x, and how much more is still no worse: 1 % of a probability."""
        log_p = _in_parts(self._log_proba, theta, X)[np.arange(len(T)), T]
        shares = np.bincount(T, w, len(self.classes_))
        return -np.average(log_p, weights=w), entr(shares / shares.sum()).sum(), 0.01


class MLPRegressor(RegressorMixin, _MLP):
    __doc__ = f"""A network that fits numbers: identity outputs and "l2", one output for each column of y.
{_PARAMETERS}
    n_outputs_ : int
{_RAISES}"""

    _of_y = dict(multi_output=True, y_numeric=True)
    _constant = "the mean of y"
    _remedy = "scale y (sklearn.compose.TransformedTargetRegressor) and X"

    def partial_fit(self, X, y, sample_weight=None):
        """Train for one epoch, from where the last call ended: k calls with the same data are a fit of k epochs.

        Parameters
        ----------
        X : array, shape (m, n)
        y : array, shape (m,) or (m, k)
        sample_weight : array, shape (m,), optional

        Returns
        -------
        self
        """
        return self._partial_fit(X, y, sample_weight)

    def predict(self, X):
        """The outputs, of the shape that y had: (m,) or (m, k)."""
        X = self._checked(X)
        Y = forward(self.net_, self.theta_, X)
        return Y[:, 0] if self._flat else Y

    def score(self, X, y, sample_weight=None):
        """R², by weight; the mean over the columns of y."""
        _plain("y", y)
        _plain("sample_weight", sample_weight)
        return super().score(X, y, sample_weight)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _targets(self, y, w, goes_on):
        """y as columns, and the network's output."""
        T = np.asarray(y[:, None] if y.ndim == 1 else y, np.float64)
        if goes_on and T.shape[1] != self.n_outputs_:
            raise ValueError(f"y: needs {self.n_outputs_} columns, as before, got {T.shape[1]}")
        self._flat, self.n_outputs_ = y.ndim == 1, T.shape[1]
        return T, self.n_outputs_, "identity"

    def _score(self, theta, X, T, w):
        Y = forward(self.net_, theta, X).astype(np.float64)
        with np.errstate(all="ignore"):
            return r2_score(T, Y, sample_weight=w) if np.isfinite(Y).all() else math.nan

    def _compared(self, theta, X, T, w):
        """J, that of the mean of y for every x, and how much more is still no worse: a rounding, if y is constant."""
        mean = np.average(T, axis=0, weights=w)
        Y = _in_parts(forward, self.net_, theta, X)
        J, constant = (np.average(((A - T) ** 2).sum(axis=1) / 2, weights=w) for A in (Y, mean))
        return J, constant, 0.0 if constant > np.spacing(np.abs(T).max()) ** 2 else math.inf

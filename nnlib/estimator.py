"""The same training behind scikit-learn's fit and predict.

Whatever takes an estimator takes these: pipelines, cross-validation, `GridSearchCV`. Needs scikit-learn, which nothing
else here does.
"""

import warnings

import numpy as np

try:
    from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.utils import check_random_state
    from sklearn.utils.multiclass import check_classification_targets
    from sklearn.utils.validation import check_is_fitted, validate_data
except ImportError:
    raise ImportError("nnlib.estimator needs scikit-learn: pip install scikit-learn") from None

from . import schedules
from .initializers import initialize
from .network import forward, mlp
from .optimizers import as_optimizer
from .training import train


class _MLP(BaseEstimator):
    """What classifier and regressor share: parameters that are only stored, and one call of `train`."""

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

    def _fit(self, X, T, outputs, output, loss):
        hidden = np.atleast_1d(np.asarray(self.hidden_layer_sizes)).tolist()  # one number, a tuple or a list
        self.net_ = mlp([X.shape[1], *hidden, outputs], self.activation, output)
        rule = as_optimizer(self.optimizer)
        if self.learning_rate is not None:
            lr = schedules.as_schedule(self.learning_rate)
            rule = rule._replace(lr=lr, text=rule.text.replace(f"lr={rule.lr}", f"lr={lr}", 1))
        # A whole number is nnlib's own seed, so that the same run can be had from `train`.
        seed = self.random_state
        if not isinstance(seed, (int, np.integer)):
            seed = check_random_state(seed).randint(2**31)
        theta = initialize(self.net_, self.initializer, seed=int(seed))
        self.history_ = train(
            *(self.net_, theta, X, T, loss, rule),
            **dict(epochs=self.epochs, batch_size=self.batch_size, seed=int(seed), l1=self.l1, l2=self.l2),
        )
        if self.history_.stopped:
            warnings.warn(f"training stopped early: {self.history_.stopped}", ConvergenceWarning, stacklevel=3)
        self.theta_ = self.history_.theta
        self.loss_curve_ = self.history_.loss
        self.n_iter_ = max(len(self.loss_curve_), 1)
        return self

    def _outputs(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return forward(self.net_, self.theta_, X)


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

    Attributes
    ----------
    net_ : Net
    theta_ : vector
        All parameters, as in the book.
    history_ : History
    loss_curve_ : array, one per epoch
    n_iter_ : int
        Epochs run.
    n_features_in_ : int
    feature_names_in_ : array
        Only if X had names of columns."""

_RAISES = """
    Raises
    ------
    ValueError, TypeError
        From `fit`, if a parameter or the data do not fit. A run that diverges ends with a `ConvergenceWarning` and
        keeps the last finite parameters.
    """


class MLPClassifier(ClassifierMixin, _MLP):
    __doc__ = f"""A network that classifies: a sigmoid and "bce" for two classes, else softmax and "cross_entropy".
{_PARAMETERS}
    classes_ : array
        The labels, sorted; column k of `predict_proba` belongs to classes_[k].
{_RAISES}"""

    def fit(self, X, y):
        """Train from scratch.

        Parameters
        ----------
        X : array, shape (m, n)
        y : array, shape (m,)
            Labels of any kind, at least two different ones.

        Returns
        -------
        self
        """
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, labels = np.unique(y, return_inverse=True)
        K = len(self.classes_)
        if K < 2:
            raise ValueError(f"y: needs at least 2 classes, got 1 class: {self.classes_.tolist()[0]!r}")
        if K == 2:
            return self._fit(X, labels.astype(np.float64), 1, "sigmoid", "bce")
        return self._fit(X, labels, K, "softmax", "cross_entropy")

    def predict_proba(self, X):
        """The probability of each class, shape (m, K)."""
        Y = self._outputs(X)
        return np.hstack([1 - Y, Y]) if Y.shape[1] == 1 else Y

    def predict(self, X):
        """The most probable label of each row, shape (m,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]


class MLPRegressor(RegressorMixin, _MLP):
    __doc__ = f"""A network that fits numbers: identity outputs and "l2", one output for each column of y.
{_PARAMETERS}
    n_outputs_ : int
{_RAISES}"""

    def fit(self, X, y):
        """Train from scratch.

        Parameters
        ----------
        X : array, shape (m, n)
        y : array, shape (m,) or (m, k)
            Not scaled: what is far from 0 or large takes long to reach (see
            `sklearn.compose.TransformedTargetRegressor`).

        Returns
        -------
        self
        """
        X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True)
        self._flat = y.ndim == 1
        T = y[:, None] if self._flat else y
        self.n_outputs_ = T.shape[1]
        return self._fit(X, T, self.n_outputs_, "identity", "l2")

    def predict(self, X):
        """The outputs, of the shape that y had: (m,) or (m, k)."""
        Y = self._outputs(X)
        return Y[:, 0] if self._flat else Y

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

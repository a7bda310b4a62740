"""Chapter 12's exercises: a reference, random inputs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _inputs(rng):
    yield rng.normal(3.0, 2.0, size=(6, 3)), rng.normal(1.0, 4.0, size=(4, 3))
    yield rng.normal(-50.0, 20.0, size=(5, 2)), rng.normal(size=(1, 2))
    constant = rng.normal(size=(4, 3))
    constant[:, 1] = 7.0
    yield constant, np.array([[1.0, 9.0, -2.0], [0.0, 7.0, 0.5]])


def _scaled(train, new, mu, s, mu_new=None, s_new=None):
    s = np.where(s == 0, 1, s)
    mu_new = mu if mu_new is None else mu_new
    s_new = s if s_new is None else np.where(s_new == 0, 1, s_new)
    return (train - mu) / s, (new - mu_new) / s_new


def _standardized(train, new):
    return _scaled(train, new, train.mean(axis=0), train.std(axis=0))


def _by_itself(train, new):
    return _scaled(train, new, train.mean(axis=0), train.std(axis=0), new.mean(axis=0), new.std(axis=0))


def _together(train, new):
    both = np.vstack([train, new])
    return _scaled(train, new, both.mean(axis=0), both.std(axis=0))


def _m_minus_one(train, new):
    return _scaled(train, new, train.mean(axis=0), train.std(axis=0, ddof=1))


def _variance(train, new):
    return _scaled(train, new, train.mean(axis=0), train.var(axis=0))


def _one_number_for_all(train, new):
    return _scaled(train, new, train.mean(), train.std())


def _not_shifted(train, new):
    return _scaled(train, new, 0.0, train.std(axis=0))


def _not_scaled(train, new):
    return train - train.mean(axis=0), new - train.mean(axis=0)


def _no_guard(train, new):
    return (train - train.mean(axis=0)) / train.std(axis=0), (new - train.mean(axis=0)) / train.std(axis=0)


def _only_train(train, new):
    return _standardized(train, new)[0], new


CHECKS = {
    "12-c1": Exercise(
        reference=_standardized,
        inputs=_inputs,
        right="Right on every input tried, a constant column included.",
        mistakes=[
            (_by_itself, "The new data are measured with their own mean and std. Use those of train for both."),
            (_together, "μ and s come from both arrays together. New data must not speak: learn on train only."),
            (_m_minus_one, "Your s divides by m − 1. The formula divides by m, as np.std does when left alone."),
            (_variance, "You divide by the variance. Take its root, the std."),
            (_one_number_for_all, "One mean and one std for all columns. Each column has its own: axis=0."),
            (_not_shifted, "Scaled, not shifted: subtract the mean of each column first."),
            (_not_scaled, "Shifted, not scaled: divide by the std of each column."),
            (_no_guard, "Right, until a column is constant: there you divide by 0. Put 1 in place of an s of 0."),
            (_only_train, "train is right, new came back as it was. It needs the same μ and s."),
        ],
    ),
    "12-c2": Exercise(
        answer=174.0,
        tolerance=2.5,
        right="Right: 10⁻⁴ is a hundredth of 10⁻², and needs three and a half times as long.",
        stub="Not yet: put the number of steps in place of None, then run the cell again.",
        mistakes=[
            (49.0, "That is ε = 10⁻². For 10⁻⁴ the units need longer."),
            (96.0, "That is ε = 10⁻³. Mind the power: 10.0**-4."),
            (371.0, "That is ε = 10⁻⁵. Mind the power: 10.0**-4."),
            (1220.0, "That is ε = 10⁻⁶. Mind the power: 10.0**-4."),
            (3000.0, "The run never stopped by itself. Does your callback return True once the spread exceeds 0.1?"),
        ],
    ),
}  # fmt: skip

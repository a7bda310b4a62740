"""Chapter 08's exercises: a reference, random inputs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _batches(rng):
    yield (rng.normal(size=(3, 4)),)
    yield (rng.normal(size=(1, 2)) + 3.0,)
    yield (np.array([[1000.0, 1000.0, 999.0], [-1000.0, -1001.0, -1000.0]]),)
    yield (np.array([[1e4, -1e4], [-1e4, 0.0]]),)


def _logsumexp(Z):
    M = Z.max(axis=1, keepdims=True)
    return M[:, 0] + np.log(np.exp(Z - M).sum(axis=1))


def _naive(Z):
    return np.log(np.exp(Z).sum(axis=1))


def _maximum_not_added(Z):
    return np.log(np.exp(Z - Z.max(axis=1, keepdims=True)).sum(axis=1))


def _maximum_subtracted_twice(Z):
    M = Z.max(axis=1)
    return np.log(np.exp(Z - M[:, None]).sum(axis=1)) - M


def _mean_subtracted(Z):
    M = Z.mean(axis=1, keepdims=True)
    return M[:, 0] + np.log(np.exp(Z - M).sum(axis=1))


def _one_maximum(Z):
    M = Z.max()
    return M + np.log(np.exp(Z - M).sum(axis=1))


def _columns(Z):
    M = Z.max(axis=0)
    return M + np.log(np.exp(Z - M).sum(axis=0))


def _whole_batch(Z):
    M = Z.max()
    return M + np.log(np.exp(Z - M).sum())


def _kept_dimension(Z):
    return _logsumexp(Z)[:, None]


def _mean_of_powers(Z):
    M = Z.max(axis=1, keepdims=True)
    return M[:, 0] + np.log(np.exp(Z - M).mean(axis=1))


def _maximum(Z):
    return Z.max(axis=1)


def _rows(rng):
    yield (rng.normal(size=4),)
    yield (2.0 * rng.normal(size=3),)
    yield (np.array([1000.0, 1001.0, 1002.0]),)


def _softmax(z):
    powers = np.exp(z - z.max())
    return powers / powers.sum()


def _jacobian(z):
    y = _softmax(z)
    return np.diag(y) - np.outer(y, y)


def _sign(z):
    return -_jacobian(z)


def _outer_only(z):
    y = _softmax(z)
    return -np.outer(y, y)


def _diagonal_of_y(z):
    return np.diag(_softmax(z))


def _elementwise(z):
    y = _softmax(z)
    return y * (1 - y)


def _diagonal_only(z):
    return np.diag(_elementwise(z))


def _square_instead_of_outer(z):
    y = _softmax(z)
    return np.diag(y) - y * y


def _plus(z):
    y = _softmax(z)
    return np.diag(y) + np.outer(y, y)


def _without_softmax(z):
    return np.diag(z) - np.outer(z, z)


def _of_the_logarithm(z):
    y = _softmax(z)
    return np.eye(len(y)) - y


def _naive_jacobian(z):
    y = np.exp(z) / np.exp(z).sum()
    return np.diag(y) - np.outer(y, y)


CHECKS = {
    "08-c1": Exercise(
        reference=_logsumexp,
        inputs=_batches,
        tolerance=1e-12,
        mistakes=[
            (
                _naive,
                "Right for small scores, but exp overflows at 1000 and vanishes at −1000. Subtract each row's maximum first.",
            ),
            (
                _maximum_not_added,
                "The maximum was subtracted and never came back: log of e^M·(…) is M + log(…). Add it outside the logarithm.",
            ),
            (
                _maximum_subtracted_twice,
                "The maximum comes back with the wrong sign. Taking it out of the sum as a factor e^M adds +M to the logarithm.",
            ),
            (
                _mean_subtracted,
                "You subtract the mean. A score far above the mean still overflows: subtract the largest, then no power exceeds 1.",
            ),
            (
                _one_maximum,
                "You subtract the maximum of the whole batch. A row far below it underflows to log 0: every row needs its own maximum.",
            ),
            (_columns, "That runs down the columns, over samples. Each row is a sample: work along axis=1."),
            (_whole_batch, "That is one number for the whole batch. One number per row is needed: work along axis=1."),
            (
                _kept_dimension,
                "The numbers are right, the shape is (m, 1) instead of (m,). keepdims was still on at the end.",
            ),
            (
                _mean_of_powers,
                "That is the logarithm of the mean of the powers, too small by log K. The sum is needed.",
            ),
            (_maximum, "That is the maximum, which log-sum-exp only approaches. The logarithm of the sum is missing."),
        ],
    ),
    "08-c2": Exercise(
        reference=_jacobian,
        inputs=_rows,
        tolerance=1e-10,
        mistakes=[
            (
                _sign,
                "The size is right, the sign is not. Raising a score raises its own probability, so the diagonal is positive: diag(y) − outer(y, y).",
            ),
            (
                _outer_only,
                "The diagonal is missing: a probability depends on its own score in two ways, through the top of the fraction and through the sum. Add np.diag(y).",
            ),
            (
                _diagonal_of_y,
                "That is only the top of the fraction. Every score also stands in the sum below it: subtract np.outer(y, y).",
            ),
            (
                _elementwise,
                "y(1 − y) is the slope of a sigmoid, unit by unit. In a softmax every probability depends on every score: K × K slopes.",
            ),
            (
                _diagonal_only,
                "The diagonal is right, and the rest is not 0: raising one score lowers the other probabilities by y_k y_j.",
            ),
            (
                _square_instead_of_outer,
                "y * y multiplies entry by entry and is then spread over the rows. The table of all products y_k y_j is np.outer(y, y).",
            ),
            (_plus, "The products come with a minus: raising one score lowers the other probabilities."),
            (_without_softmax, "The formula is right, but y is the softmax of z, not z itself."),
            (
                _of_the_logarithm,
                "That is the slope of log y. The slope of y is y_k times it: multiply each row k by y_k.",
            ),
            (
                _naive_jacobian,
                "Right until exp overflows: the last input is (1000, 1001, 1002). Use nn.activations.softmax, or subtract the maximum.",
            ),
        ],
    ),
}

"""Chapter 02's exercises: a reference, inputs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _inputs(rng):
    yield np.array([3.0, 4.0]), 5.0, np.array([[0.0, 0.0], [1.0, -2.0], [-1.0, -0.5]])
    yield rng.normal(size=2), float(rng.normal()), rng.normal(size=(5, 2))
    yield rng.normal(size=4), -2.5, rng.normal(size=(3, 4))
    yield np.array([-2.0]), 1.0, np.array([[3.0]])


def _right(w, b, X):
    return (X @ w + b) / np.sqrt((w**2).sum())


def _only_z(w, b, X):
    return X @ w + b


def _unsigned(w, b, X):
    return np.abs(X @ w + b) / np.linalg.norm(w)


def _squared(w, b, X):
    return (X @ w + b) / (w**2).sum()


def _sum_of_sizes(w, b, X):
    return (X @ w + b) / np.abs(w).sum()


def _bias_forgotten(w, b, X):
    return X @ w / np.linalg.norm(w)


def _bias_not_divided(w, b, X):
    return X @ w / np.linalg.norm(w) + b


def _bias_subtracted(w, b, X):
    return (X @ w - b) / np.linalg.norm(w)


def _bias_in_the_length(w, b, X):
    return (X @ w + b) / np.sqrt((w**2).sum() + b**2)


def _column(w, b, X):
    return _right(w, b, X)[:, None]


CHECKS = {
    "02-c1": Exercise(
        reference=_right,
        inputs=_inputs,
        right="Right on every input tried, with one, two and four inputs to the neuron.",
        mistakes=[
            (_only_z, "This is z. It grows with the length of w, a distance does not: divide by ‖w‖."),
            (_unsigned, "The sizes are right. The sign says on which side the point lies, so leave out the absolute value."),
            (_squared, "You divided by ‖w‖². The length is the square root of the sum of squares."),
            (_sum_of_sizes, "You divided by the sum of the |wᵢ|. The length is the square root of the sum of squares."),
            (_bias_forgotten, "The bias is missing: this is the distance from the parallel line through the origin."),
            (_bias_not_divided, "Divide the whole of z, the bias too: put brackets around X @ w + b."),
            (_bias_subtracted, "The bias is added: z = x·w + b."),
            (_bias_in_the_length, "The bias does not belong to the length. Only w says how fast z changes when x moves."),
            (_column, "The numbers are right; the shape is (m, 1). One number for each point is asked for, shape (m,)."),
        ],
    ),
}  # fmt: skip

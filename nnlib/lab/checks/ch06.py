"""Chapter 06's exercises: a reference, random inputs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _epoch_inputs(rng):
    for m, n, batch in ((10, 3, 4), (7, 2, 3), (6, 2, 3), (5, 1, 8)):
        yield rng.normal(size=n), rng.normal(size=(m, n)), rng.normal(size=m), 0.1, batch


def _batches(X, t, batch):
    return [(X[i : i + batch], t[i : i + batch]) for i in range(0, len(X), batch)]


def _slope(w, X, t):
    return X.T @ (X @ w - t) / len(X)


def _one_epoch(w, X, t, lr, batch):
    for rows, goal in _batches(X, t, batch):
        w = w - lr * _slope(w, rows, goal)
    return w


def _uphill(w, X, t, lr, batch):
    return _one_epoch(w, X, t, -lr, batch)


def _sum(w, X, t, lr, batch):
    for rows, goal in _batches(X, t, batch):
        w = w - lr * rows.T @ (rows @ w - goal)
    return w


def _full_size(w, X, t, lr, batch):
    for rows, goal in _batches(X, t, batch):
        w = w - lr * rows.T @ (rows @ w - goal) / batch
    return w


def _all_samples(w, X, t, lr, batch):
    for rows, goal in _batches(X, t, batch):
        w = w - lr * rows.T @ (rows @ w - goal) / len(X)
    return w


def _no_short_batch(w, X, t, lr, batch):
    for rows, goal in _batches(X, t, batch):
        w = w - lr * _slope(w, rows, goal) if len(rows) == batch else w
    return w


def _old_weights(w, X, t, lr, batch):
    return w - lr * sum(_slope(w, rows, goal) for rows, goal in _batches(X, t, batch))


def _once(w, X, t, lr, batch):
    return w - lr * _slope(w, X, t)


def _first_batch(w, X, t, lr, batch):
    return w - lr * _slope(w, X[:batch], t[:batch])


def _twice(w, X, t, lr, batch):
    return _one_epoch(w, X, t, 2 * lr, batch)


def _edge_inputs(rng):
    for m, n, scale in ((20, 2, 1.0), (8, 3, 2.0), (40, 2, 0.3)):
        X = scale * rng.normal(size=(m, n))
        X[:, 1] += X[:, 0]  # correlated, so that the steepest direction lies between the axes
        yield X, rng.normal(size=m) + X[:, 0]


def _curvatures(X):
    return np.linalg.eigvalsh(X.T @ X / len(X))


def _edge(X, t):
    return 2 / _curvatures(X)[-1]


def _half(X, t):
    return 1 / _curvatures(X)[-1]


def _of_the_sum(X, t):
    return 2 / _curvatures(X)[-1] / len(X)


def _flattest(X, t):
    return 2 / _curvatures(X)[0]


def _all_directions(X, t):
    return 2 / _curvatures(X).sum()


def _along_the_axes(X, t):
    return 2 / np.diag(X.T @ X / len(X)).max()


def _steepest_sample(X, t):
    return 2 / (X**2).sum(axis=1).max()


CHECKS = {
    "06-c1": Exercise(
        reference=_one_epoch,
        inputs=_epoch_inputs,
        right="Right, also where the last batch is short and where one batch holds everything.",
        mistakes=[
            (_uphill, "This climbs: the step is minus η times the slope."),
            (_sum, "Your step is longer the larger the batch. Divide the sum by the number of rows: the mean."),
            (
                _full_size,
                "Right for full batches. The short last one is divided by `batch`, not by the number of rows it has.",
            ),
            (_all_samples, "You divide by all samples. A batch's slope is the mean over its own rows."),
            (_no_short_batch, "The short last batch is left out. It counts as well: an epoch sees every sample."),
            (
                _old_weights,
                "Every batch uses the weights from the start of the epoch. Step after each batch, so that the next "
                "one meets the new weights.",
            ),
            (_once, "This is one full-batch update. Step after every batch, not once at the end of the epoch."),
            (_first_batch, "Only the first batch is used. Is your return inside the loop?"),
            (_twice, "Every step is twice as long: the slope of ½(y − t)² has no factor 2."),
        ],
    ),
    "06-c2": Exercise(
        reference=_edge,
        inputs=_edge_inputs,
        tolerance=0.01,
        right="Right on every data set tried: the runs find 2/c_max.",
        mistakes=[
            (
                _half,
                "Half of the edge. Either your slope is that of (y − t)² without the ½, or you looked for the η that "
                "lands in one step.",
            ),
            (_of_the_sum, "This is the edge of the summed loss. Divide the slope by the number of samples."),
            (
                _flattest,
                "This is 2/c_min, where the flattest direction blows up. The steepest does so long before: does "
                "your test look at J, and run long enough?",
            ),
            (_all_directions, "You added the curvatures of all directions. Only the steepest one sets the limit."),
            (
                _along_the_axes,
                "You looked along the axes only. The inputs are correlated, and the steepest direction lies between.",
            ),
            (_steepest_sample, "This is the edge for the steepest single sample. Descent here uses the mean."),
        ],
    ),
}  # fmt: skip

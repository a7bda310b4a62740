"""Chapter 10's exercises: a reference, random inputs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _layers(rng):
    for m, n, S in ((3, 5, 2), (6, 2, 4), (4, 4, 4), (1, 3, 3)):
        yield np.tanh(rng.normal(size=(m, n))), rng.normal(size=(n, S)), rng.normal(size=(m, S)) / m


def _backward(H, W, delta):
    return H.T @ delta, delta.sum(axis=0), (delta @ W.T) * (1 - H**2)


def _product_or(first, second):
    """The first product that runs: what somebody tries who goes by shapes alone."""
    try:
        return first()
    except ValueError:
        return second()


def _transposed_slopes(H, W, delta):
    return delta.T @ H, *_backward(H, W, delta)[1:]


def _second_mean(H, W, delta):
    dW, db, before = _backward(H, W, delta)
    return dW / len(H), db, before


def _mean_of_bias(H, W, delta):
    dW, _, before = _backward(H, W, delta)
    return dW, delta.mean(axis=0), before


def _bias_over_units(H, W, delta):
    dW, _, before = _backward(H, W, delta)
    return dW, delta.sum(axis=1), before


def _bias_kept(H, W, delta):
    dW, _, before = _backward(H, W, delta)
    return dW, delta.sum(axis=0, keepdims=True), before


def _way_back_by_W(H, W, delta):
    dH = _product_or(lambda: delta @ W, lambda: delta @ W.T)
    return H.T @ delta, delta.sum(axis=0), dH * (1 - H**2)


def _slope_forgotten(H, W, delta):
    return H.T @ delta, delta.sum(axis=0), delta @ W.T


def _sigmoid_slope(H, W, delta):
    return H.T @ delta, delta.sum(axis=0), (delta @ W.T) * H * (1 - H)


def _slope_of_an_output(H, W, delta):
    return H.T @ delta, delta.sum(axis=0), (delta @ W.T) * (1 - np.tanh(H) ** 2)


def _loss_goes_up(H, W, delta):
    return -H.T @ delta, -delta.sum(axis=0), (delta @ W.T) * (1 - H**2)


def _columns(rng):
    for H, W, delta in _layers(rng):
        yield H.T.copy(), W.T.copy(), delta.T.copy()


def _backward_columns(A, w, Delta):
    return Delta @ A.T, Delta.sum(axis=1, keepdims=True), w.T @ Delta


def _row_slopes(A, w, Delta):
    return A @ Delta.T, Delta.sum(axis=1, keepdims=True), w.T @ Delta


def _flat_bias(A, w, Delta):
    return Delta @ A.T, Delta.sum(axis=1), w.T @ Delta


def _bias_over_rows(A, w, Delta):
    return Delta @ A.T, Delta.sum(axis=0, keepdims=True), w.T @ Delta


def _not_turned(A, w, Delta):
    return Delta @ A.T, Delta.sum(axis=1, keepdims=True), _product_or(lambda: w @ Delta, lambda: w.T @ Delta)


def _turned_back(A, w, Delta):
    return Delta @ A.T, Delta.sum(axis=1, keepdims=True), (w.T @ Delta).T


CHECKS = {
    "10-c1": Exercise(
        reference=_backward,
        inputs=_layers,
        mistakes=[
            (_transposed_slopes, "dW has the shape of Wᵀ. The sum over the samples is Hᵀδ, not δᵀH."),
            (_second_mean, "dW is too small by the number of samples: δ carries its 1/m already."),
            (_mean_of_bias, "db is a mean. δ carries its 1/m already, so the rows of δ are added."),
            (
                _bias_over_units,
                "db sums over the units: it has an entry for each sample. Every unit has one bias, so sum over axis 0.",
            ),
            (_bias_kept, "db has the shape (1, S). A bias is a row of S numbers, shape (S,): no keepdims."),
            (_way_back_by_W, "The signal back is wrong where W is square: δ W runs there, but the way back is δ Wᵀ."),
            (
                _slope_forgotten,
                "That is ∂J/∂H. One line is missing: the slope of the layer before, 1 − H² for tanh, entry by entry.",
            ),
            (_sigmoid_slope, "H(1 − H) is the slope of a sigmoid. These are tanh outputs: 1 − H²."),
            (_slope_of_an_output, "H is the output of tanh already: its slope is 1 − H², not 1 − tanh(H)²."),
            (_loss_goes_up, "The signs of dW and db are turned. Return the slopes; the optimizer subtracts them."),
        ],
        right="Right, for four layers, one of them square, one with a single sample.",
    ),
    "10-c2": Exercise(
        reference=_backward_columns,
        inputs=_columns,
        mistakes=[
            (_row_slopes, "dw is turned over: A Δᵀ is (n, S). In columns w is (S, n), and its slope Δ Aᵀ."),
            (_flat_bias, "db has the shape (S,). In this convention b stands upright, (S, 1): keepdims=True."),
            (_bias_over_rows, "db sums over the units. The samples are columns here: sum over axis 1."),
            (_not_turned, "dA is wrong where w is square: w Δ runs there, but the way back is wᵀ Δ."),
            (_turned_back, "dA has samples as rows. In this convention they stay columns: wᵀ Δ as it is."),
        ],
        right="Right, for four layers, one of them square, one with a single sample.",
    ),
}

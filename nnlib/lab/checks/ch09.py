"""Chapter 09's exercises: a reference, random inputs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _inputs(rng):
    """The example of the chapter, then random networks with weights large enough to tell mistakes apart."""
    yield (
        np.array([0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55]),
        np.array([0.35, 0.35, 0.60, 0.60]),
        np.array([0.05, 0.10]),
        np.array([0.01, 0.99]),
    )
    for _ in range(4):
        yield rng.normal(size=8), rng.normal(size=4), rng.normal(size=2), rng.uniform(0, 1, size=2)


def _slopes(
    w, b, x, t, *, sign=1.0, output_slope=True, hidden_slope="own", meet="add", outgoing="right", swapped=False
):
    """The eight slopes, with one place for each mistake that people make."""
    w, b, x, t = (np.asarray(v, dtype=float) for v in (w, b, x, t))
    into_h, into_o = w[:4].reshape(2, 2), w[4:].reshape(2, 2)  # row: the unit an edge ends at
    h = 1 / (1 + np.exp(-(into_h @ x + b[:2])))
    y = 1 / (1 + np.exp(-(into_o @ h + b[2:])))
    delta_o = sign * (y - t) * (y * (1 - y) if output_slope else 1.0)
    parts = (into_o if outgoing == "transposed" else into_o.T) * delta_o  # [j, k]: from o_k back to h_j
    if meet == "add":
        back = parts.sum(axis=1)
    elif meet == "larger":
        back = parts[np.arange(2), np.abs(parts).argmax(axis=1)]
    elif meet == "same":  # h1 hears o1 only, h2 hears o2 only
        back = np.diag(parts)
    else:
        back = parts[:, meet]
    slope = {"own": h * (1 - h), "none": 1.0, "output": y * (1 - y)}[hidden_slope]
    delta_h = back * slope
    first, second = np.outer(delta_h, x), np.outer(delta_o, h)
    if swapped:
        first, second = first.T, second.T
    return np.concatenate([first.ravel(), second.ravel()])


def _wrong(**how):
    return lambda w, b, x, t: _slopes(w, b, x, t, **how)


def _updated_early(w, b, x, t):
    """The hidden slopes pass through w5 … w8 after their update with η = 0.5."""
    w = np.asarray(w, dtype=float)
    right = _slopes(w, b, x, t)
    into_h, into_o = w[:4].reshape(2, 2), w[4:].reshape(2, 2)
    h = 1 / (1 + np.exp(-(into_h @ x + b[:2])))
    y = 1 / (1 + np.exp(-(into_o @ h + b[2:])))
    new = into_o - 0.5 * right[4:].reshape(2, 2)
    delta_h = (new.T @ ((y - t) * y * (1 - y))) * h * (1 - h)
    return np.concatenate([np.outer(delta_h, x).ravel(), right[4:]])


CHECKS = {
    "09-c1": Exercise(
        reference=_slopes,
        inputs=_inputs,
        mistakes=[
            (_wrong(sign=-1.0), "The sizes are right, the signs are not. δ at an output starts with y − t, not t − y."),
            (
                _wrong(output_slope=False),
                "The slope of the output's sigmoid is missing. δ = y − t belongs to cross-entropy; "
                "½ squared error with a sigmoid needs (y − t) · y(1 − y).",
            ),
            (
                _wrong(hidden_slope="none"),
                "w5 … w8 are right. In w1 … w4 the slope of the hidden sigmoid is missing: what arrives at h1 "
                "still has to pass h1(1 − h1).",
            ),
            (
                _wrong(output_slope=False, hidden_slope="none"),
                "Both slopes of the sigmoid are missing, y(1 − y) at the outputs and h(1 − h) at the hidden units.",
            ),
            (
                _wrong(hidden_slope="output"),
                "w5 … w8 are right. For the hidden units you used the outputs' slope y(1 − y). "
                "Each unit uses its own output: h(1 − h).",
            ),
            (
                _wrong(outgoing="transposed"),
                "w5 … w8 are right. At the meeting the weights are transposed: the edges that leave h1 are w5 and w7, "
                "those that leave h2 are w6 and w8.",
            ),
            (_wrong(meet=0), "w5 … w8 are right. The hidden units hear o1 only. Both outputs feel h1: add the two."),
            (_wrong(meet=1), "w5 … w8 are right. The hidden units hear o2 only. Both outputs feel h1: add the two."),
            (
                _wrong(meet="same"),
                "w5 … w8 are right. h1 hears only o1 and h2 only o2. Each hidden unit has two children: add them.",
            ),
            (
                _wrong(meet="larger"),
                "w5 … w8 are right. Of the two children you kept the larger. Both change when h1 changes: add them.",
            ),
            (
                _wrong(swapped=True),
                "The numbers are right, their order is not: w2 and w3 are exchanged, and w6 and w7. "
                "w1 and w2 end at h1, w5 and w6 end at o1.",
            ),
            (
                _updated_early,
                "w5 … w8 are right. w1 … w4 passed back through weights that were updated already. "
                "Compute all slopes with the weights of the forward pass.",
            ),
        ],
        stub="Not yet: the function returns nothing. Begin with h1, h2, y1 and y2; the worked example has the lines.",
        tolerance=1e-9,
    )
}

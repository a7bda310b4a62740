"""Chapter 03's exercises: one network, unit by unit and in one line, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _one_sample(rng):
    yield (
        np.array([0.5, -1.0]),
        np.array([[0.8, -0.4], [0.3, 0.9]]),
        np.array([0.1, -0.2]),
        np.array([1.5, -0.7]),
        0.2,
    )
    for _ in range(4):
        yield rng.normal(size=2), rng.normal(size=(2, 2)), rng.normal(size=2), rng.normal(size=2), float(rng.normal())


def _batch(rng):
    for m, n, S in ((5, 2, 2), (1, 2, 2), (2, 2, 2), (4, 3, 6), (3, 3, 3)):
        yield (
            rng.normal(size=(m, n)),
            rng.normal(size=(n, S)),
            rng.normal(size=S),
            rng.normal(size=(S, 1)),
            rng.normal(size=1),
        )


def _units(x, W, b, w, c, *, swapped=False, bias="in", last_bias=True, hidden=np.tanh, output=None, second="own"):
    """The right network, with one place for each mistake that people make."""
    x, W, b, w = (np.asarray(v, dtype=float) for v in (x, W, b, w))
    z = x @ (W.T if swapped else W)
    if bias == "in":
        z = z + b
    elif bias == "first only":
        z = z + b[0]
    h = hidden(z)
    if bias == "after":
        h = h + b
    if second == "crossed":
        h = h[::-1]
    y = h @ w + (c if last_bias else 0.0)
    return float(output(y) if output else y)


def _wrong_unit(**how):
    return lambda x, W, b, w, c: _units(x, W, b, w, c, **how)


def _right(X, W, b, W2, b2):
    return np.tanh(X @ W + b) @ W2 + b2


def _transposed(X, W, b, W2, b2):
    """X @ W.T + b, where it runs; the right result where it does not, so that only square cases tell."""
    return np.tanh(X @ (W.T if W.shape[0] == W.shape[1] else W) + b) @ W2 + b2


CHECKS = {
    "03-c1": Exercise(
        reference=_units,
        inputs=_one_sample,
        mistakes=[
            (
                _wrong_unit(swapped=True),
                "W is read the wrong way round. W[i, j] leads from input i to unit j, so unit 1 needs W[0, 0] and "
                "W[1, 0]: the first column.",
            ),
            (_wrong_unit(hidden=lambda z: z), "The bend is missing: h is tanh of z."),
            (_wrong_unit(bias="none"), "The biases b of the hidden units are missing."),
            (_wrong_unit(bias="after"), "The biases b come before the bend: tanh(sum + b), not tanh(sum) + b."),
            (_wrong_unit(bias="first only"), "Both hidden units use b[0]. Each unit has its own bias: b[0] and b[1]."),
            (_wrong_unit(last_bias=False), "The bias c of the output is missing."),
            (
                _wrong_unit(output=np.tanh),
                "There is one bend too many: the output passes on its sum as it is.",
            ),
            (_wrong_unit(second="crossed"), "The second layer is crossed: w[0] belongs to h1, w[1] to h2."),
        ],
        stub="Not yet: the function returns nothing. Begin with the two sums z1 and z2.",
        right="Right: four products, two bends, two products.",
    ),
    "03-c2": Exercise(
        reference=_right,
        inputs=_batch,
        mistakes=[
            (
                lambda X, W, b, W2, b2: (X @ W + b) @ W2 + b2,
                "The bend is missing. As it stands, the two layers are one.",
            ),
            (
                lambda X, W, b, W2, b2: np.tanh(np.tanh(X @ W + b) @ W2 + b2),
                "There is one bend too many: the output passes on its sum as it is.",
            ),
            (
                lambda X, W, b, W2, b2: np.tanh(X @ W) @ W2 + b2,
                "The bias b of the hidden layer is missing.",
            ),
            (
                lambda X, W, b, W2, b2: np.tanh(X @ W + b) @ W2,
                "The bias b2 of the output is missing.",
            ),
            (
                lambda X, W, b, W2, b2: (np.tanh(X @ W) + b) @ W2 + b2,
                "b comes before the bend: tanh(X W + b), not tanh(X W) + b.",
            ),
            (
                lambda X, W, b, W2, b2: (np.tanh(X @ W + b) @ W2 + b2).ravel(),
                "The numbers are right, the shape is not: (m, 1) is needed, one row for each sample. You give (m,).",
            ),
            (
                lambda X, W, b, W2, b2: (np.tanh(X @ W + b) @ W2 + b2).T,
                "The numbers are right, but samples stand side by side. One row for each sample: (m, 1).",
            ),
            (
                _transposed,
                "Where W is square, your result is wrong: W is transposed there. Samples are rows, so it is X @ W.",
            ),
        ],
        stub="Not yet: the function returns nothing. The worked network is one line with two @.",
        right="Right, for 1 to 5 samples and for layers of several sizes.",
    ),
}

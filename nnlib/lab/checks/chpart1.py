"""The program that the first test asks for: a reference, inputs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _layers(rng, sizes):
    return [(rng.normal(size=pair), rng.normal(size=pair[1])) for pair in zip(sizes, sizes[1:], strict=False)]


def _inputs(rng):
    yield _layers(rng, (2, 2, 1)), rng.normal(size=(3, 2))
    yield _layers(rng, (3, 4, 4, 2)), rng.normal(size=(5, 3))
    yield _layers(rng, (2, 3)), rng.normal(size=(4, 2))


def _straight_at_the_end(layers, X):
    H = X
    for W, b in layers[:-1]:
        H = np.maximum(H @ W + b, 0)
    W, b = layers[-1]
    return H @ W + b


def _bent_at_the_end(layers, X):
    H = X
    for W, b in layers:
        H = np.maximum(H @ W + b, 0)
    return H


def _never_bent(layers, X):
    H = X
    for W, b in layers:
        H = H @ W + b
    return H


def _all_outputs(layers, X):
    outputs = [X]
    for W, b in layers:
        outputs.append(np.tanh(outputs[-1] @ W + b))
    return outputs


def _all_pre_activations(layers, X):
    found, H = [X], X
    for W, b in layers:
        found.append(H @ W + b)
        H = np.tanh(found[-1])
    return found


def _without_biases(layers, X):
    outputs = [X]
    for W, _ in layers:
        outputs.append(np.tanh(outputs[-1] @ W))
    return outputs


CHECKS = {
    "part1-c1": Exercise(
        reference=_straight_at_the_end,
        inputs=_inputs,
        mistakes=[
            (_bent_at_the_end, "The output unit is linear: the last layer has no ReLU."),
            (_never_bent, "The hidden units are ReLUs. Without them all layers are one."),
        ],
    ),
    "part1-c2": Exercise(
        reference=_all_outputs,
        inputs=_inputs,
        mistakes=[
            (_all_pre_activations, "You kept Z. What a layer outputs is tanh of it."),
            (_without_biases, "The biases are missing."),
        ],
    ),
}

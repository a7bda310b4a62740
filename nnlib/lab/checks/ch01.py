"""Chapter 01's exercise: how many parameters a network has, and the ways people miscount."""

import numpy as np

from .exercise import Exercise


def _inputs(rng):
    yield ([2, 3, 2],)
    yield ([784, 16, 16, 10],)
    yield ([3, 1],)
    for _ in range(3):
        yield ([int(n) for n in rng.integers(2, 9, size=4)],)


def _pairs(sizes):
    return zip(sizes, sizes[1:], strict=False)


def _count(sizes):
    return sum(n * (k + 1) for k, n in _pairs(sizes))


def _weights_only(sizes):
    return sum(n * k for k, n in _pairs(sizes))


def _bias_of_inputs(sizes):
    return _weights_only(sizes) + sum(sizes)


def _one_bias_a_layer(sizes):
    return sum(n * k + 1 for k, n in _pairs(sizes))


def _bias_at_the_sender(sizes):
    return sum((n + 1) * k for k, n in _pairs(sizes))


def _units(sizes):
    return sum(sizes[1:])


def _circles(sizes):
    return sum(sizes)


def _product(sizes):
    return int(np.prod(sizes))


def _without_the_output(sizes):
    return _count(sizes[:-1])


def _first_layer(sizes):
    return _count(sizes[:2])


def _list(sizes):
    return [n * (k + 1) for k, n in _pairs(sizes)]


CHECKS = {
    "01-c1": Exercise(
        reference=_count,
        inputs=_inputs,
        right="Right: 17 for 2-3-2, 13,002 for 784-16-16-10, and every other network tried.",
        stub="Not yet: put your line in place of the dots, with a return, then run the cell again.",
        mistakes=[
            (_weights_only, "All weights are there, no bias is. Each unit owns one number more than it has inputs."),
            (
                _bias_of_inputs,
                "The weights are right, the biases are too many: inputs are given, they have no bias. Leave out sizes[0].",
            ),
            (
                _one_bias_a_layer,
                "The weights are right. You count one bias for each layer; every unit of the layer has its own.",
            ),
            (
                _bias_at_the_sender,
                "The 1 stands on the wrong side: a unit has (inputs + 1) numbers, so units · (inputs + 1), "
                "not inputs · (units + 1).",
            ),
            (_units, "These are the units. Each of them owns a weight for each of its inputs, and a bias."),
            (_circles, "These are units and inputs together. Count what lies between them: weights; and the biases."),
            (_product, "You multiplied all sizes. Multiply neighbors only, and add the layers up."),
            (_without_the_output, "The last layer is missing. The output units have weights and biases too."),
            (_first_layer, "This is the first layer only. Add up over all pairs of neighbors."),
            (_list, "These are the layers, one by one, and they are right. Add them up: sum(…)."),
        ],
    ),
}

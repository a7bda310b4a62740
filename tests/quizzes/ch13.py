"""What the questions of chapter 13 compute."""

import numpy as np


def row_of_tanh(weights=(1.5, 2.0, -1.0), x=0.4):
    """∂h₃/∂x of three tanh units in a row, by a complex step: no slope is written down here."""
    h = x + 1e-30j
    for w in weights:
        h = np.tanh(w * h)
    return h.imag / 1e-30

"""What chapter 14's questions are recomputed with."""

import numpy as np


def updates(rule, curvatures, start=1.0):
    """Updates until a thousandth of the distance is left, and stays so."""
    c = np.array(curvatures, dtype=float)
    w = np.full(c.size, start)
    state, size = rule.state(w), [np.linalg.norm(w)]
    for _ in range(3000):
        rule.step(w, c * w, state)
        size.append(np.linalg.norm(w))
    far = np.array(size) > size[0] / 1000
    return int(np.flatnonzero(far)[-1] + 1)


def twin(beta, lr=0.05, count=2):
    """The weight of the blank twin."""
    x, t = np.array([1.0, 3]), np.array([2.0, 0])
    theta, v = np.array([1.0, 0]), np.zeros(2)
    for _ in range(count):
        error = theta[0] * x + theta[1] - t
        v = beta * v + np.array([(error * x).mean(), error.mean()])
        theta = theta - lr * v
    return float(theta[0])

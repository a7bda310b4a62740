"""Chapter 15's exercise: one step of Adam, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _inputs(rng):
    """A first update, a late one, and random ones between; eps is large enough that its place can be told."""
    zero = np.zeros(3)
    yield np.ones(3), np.array([4.0, -0.5, 0.02]), zero, zero, 1, 0.1, 0.9, 0.999, 1e-2
    for t in (1, 2, 7, 400):
        g, m, v = rng.normal(size=4), 0.3 * rng.normal(size=4), rng.uniform(0.01, 2, size=4)
        yield rng.normal(size=4), g, m, v, t, rng.uniform(0.01, 0.5), 0.8, 0.99, 1e-2


def _adam(
    theta, g, m, v, t, lr, beta1, beta2, eps, *, first=True, second=True, late=0, inside=False, squared="g", sign=1.0,
    root=True, keep=False, weights=True, early=False,
):  # fmt: skip
    """One update, with one place for each mistake that people make."""
    old_m, old_v = m, v
    m = beta1 * m + ((1 - beta1) if weights else 1.0) * g
    v = beta2 * v + ((1 - beta2) if weights else 1.0) * {"g": g * g, "m": m * m, "none": g}[squared]
    use_m, use_v = (old_m, old_v) if early else (m, v)
    t = t - late
    m_hat = use_m / (1 - beta1**t) if first else use_m
    v_hat = use_v / (1 - beta2**t) if second else use_v
    if inside:
        below = np.sqrt(v_hat + eps)
    else:
        below = (np.sqrt(v_hat) if root else v_hat) + eps
    theta = theta - sign * lr * m_hat / below
    return (theta, m_hat, v_hat) if keep else (theta, m, v)


def _wrong(**how):
    return lambda *given: _adam(*given, **how)


def _swapped(theta, g, m, v, t, lr, beta1, beta2, eps):
    return _adam(theta, g, m, v, t, lr, beta2, beta1, eps)


CHECKS = {
    "15-c1": Exercise(
        reference=lambda *given: _adam(*given),
        inputs=_inputs,
        mistakes=[
            (
                _wrong(first=False, second=False),
                "m and v are right. Both bias corrections are missing: divide by 1 − β₁ᵗ and 1 − β₂ᵗ. "
                "Without them the first step is 3.16 times too long.",
            ),
            (_wrong(first=False), "v̂ is right, m̂ is not: m, too, starts at 0 and needs 1 − β₁ᵗ below it."),
            (_wrong(second=False), "m̂ is right, v̂ is not: v, too, starts at 0 and needs 1 − β₂ᵗ below it."),
            (
                _wrong(late=1),
                "Your t is one too small. It is 1 at the first update; with 0 you divide by 1 − β⁰ = 0.",
            ),
            (_wrong(inside=True), "ε is inside the root. It is added to √v̂, after the root is taken."),
            (
                _wrong(squared="m"),
                "v averages the squares of m. It has to average the squares of the gradient, g².",
            ),
            (_swapped, "β₁ and β₂ are exchanged: β₁ belongs to m, β₂ to v, and so do their corrections."),
            (_wrong(squared="none"), "v averages g itself. It has to average g²; a mean of g can be negative."),
            (_wrong(root=False), "You divide by v̂. Its root is needed: only √v̂ has the size of a gradient."),
            (_wrong(sign=-1.0), "The length is right, the direction is not: subtract the step from θ."),
            (
                _wrong(keep=True),
                "θ is right. But you return m̂ and v̂. Keep the plain m and v for the next update, or the corrections "
                "pile up.",
            ),
            (
                _wrong(weights=False),
                "m and v are sums. Averages need the weights 1 − β₁ and 1 − β₂ in front of the new term.",
            ),
            (
                _wrong(early=True),
                "The step uses m and v from before this update. Take the new ones.",
            ),
        ],
        stub="Not yet: the function returns nothing. Begin with the new m, then the new v.",
        tolerance=1e-9,
    )
}

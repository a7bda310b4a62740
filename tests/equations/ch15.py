"""Chapter 15's formulas, as printed, against nnlib's optimizers, brute force and exact sums."""

import mpmath
import numpy as np

import nnlib as nn
from tests.equations import equation

GRADIENTS = np.random.default_rng(0).normal(size=(30, 4)) * np.array([100, 1, 0.01, 3])


def _path(rule, gradients=GRADIENTS):
    """Where nnlib goes."""
    w, seen = np.ones(gradients.shape[1]), []
    state = rule.state(w)
    for g in gradients:
        rule.step(w, g, state)
        seen.append(w.copy())
    return np.array(seen)


def _printed(step, memory):
    """Where the printed formula goes; step(g, t, memory) → (change of θ, memory)."""
    w, seen = np.ones(4), []
    for t, g in enumerate(GRADIENTS, 1):
        change, memory = step(g, t, memory)
        w = w - change
        seen.append(w)
    return np.array(seen)


def _agree(rule, step, memory):
    assert np.allclose(_path(rule), _printed(step, memory), rtol=1e-12, atol=1e-13)


@equation("eq-adagrad")
def adagrad_divides_by_the_root_of_a_sum():
    r"""
    \begin{gathered}
    s \leftarrow s + g^2\\
    \theta \leftarrow \theta - \eta\,\frac{g}{\sqrt{s} + \varepsilon}
    \end{gathered}
    """

    def step(g, t, s):
        s = s + g**2
        return 0.3 * g / (np.sqrt(s) + 1e-3), s

    _agree(nn.adagrad(0.3, eps=1e-3), step, 0.0)
    for k in (1e-3, 1e3):  # a factor cancels
        rule = nn.adagrad(0.3, eps=0)
        assert np.allclose(_path(rule, k * GRADIENTS), _path(rule), rtol=1e-12)


@equation("eq-rmsprop")
def rmsprop_averages():
    r"""s \leftarrow \rho\, s + (1 - \rho)\, g^2"""
    for rho in (0.9, 0.99):

        def step(g, t, s, rho=rho):
            s = rho * s + (1 - rho) * g**2
            return 0.02 * g / (np.sqrt(s) + 1e-3), s

        _agree(nn.rmsprop(0.02, alpha=rho, eps=1e-3), step, 0.0)
        # and the memory is (1 - ρ) Σ ρ^(t-i) g_i²
        rule, w = nn.rmsprop(0.02, alpha=rho), np.ones(4)
        state = rule.state(w)
        for g in GRADIENTS:
            rule.step(w, g, state)
        weights = (1 - rho) * rho ** np.arange(len(GRADIENTS))[::-1]
        assert np.allclose(state.s, weights @ GRADIENTS**2, rtol=1e-12)


@equation("eq-adam")
def adam_corrects_both_averages():
    r"""
    \begin{gathered}
    m \leftarrow \beta_1 m + (1 - \beta_1)\, g\\
    v \leftarrow \beta_2 v + (1 - \beta_2)\, g^2\\
    \hat m = \frac{m}{1 - \beta_1^t}, \qquad \hat v = \frac{v}{1 - \beta_2^t}\\
    \theta \leftarrow \theta - \eta\,\frac{\hat m}{\sqrt{\hat v} + \varepsilon}
    \end{gathered}
    """

    def step(g, t, memory):
        m, v = memory
        m, v = 0.8 * m + 0.2 * g, 0.99 * v + 0.01 * g**2
        m_hat, v_hat = m / (1 - 0.8**t), v / (1 - 0.99**t)
        return 0.1 * m_hat / (np.sqrt(v_hat) + 1e-2), (m, v)

    _agree(nn.adam(0.1, beta1=0.8, beta2=0.99, eps=1e-2), step, (0.0, 0.0))
    # corrected, both are weighted means: their weights add up to 1
    for t in (1, 2, 10):
        weights = 0.2 * 0.8 ** np.arange(t)[::-1] / (1 - 0.8**t)
        assert np.isclose(weights.sum(), 1, rtol=1e-12)
    first = _path(nn.adam(0.1, eps=0))[0]
    assert np.allclose(first, 1 - 0.1 * np.sign(GRADIENTS[0]), rtol=1e-12)


@equation("eq-adadelta")
def adadelta_has_the_unit_of_theta():
    r"""
    \begin{gathered}
    \Delta = \frac{\sqrt{u + \varepsilon}}{\sqrt{s + \varepsilon}}\; g\\
    u \leftarrow \rho\,u + (1-\rho)\,\Delta^2\\
    \theta \leftarrow \theta - \eta\,\Delta
    \end{gathered}
    """

    def step(g, t, memory):
        s, u = memory
        s = 0.9 * s + 0.1 * g**2
        change = np.sqrt(u + 1e-4) / np.sqrt(s + 1e-4) * g
        return 2.0 * change, (s, 0.9 * u + 0.1 * change**2)

    _agree(nn.adadelta(2.0, rho=0.9, eps=1e-4), step, (0.0, 0.0))


@equation("eq-adamax")
def adamax_remembers_the_largest():
    r"""
    \begin{gathered}
    u \leftarrow \max(\beta_2 u,\; |g| + \varepsilon)\\
    \theta \leftarrow \theta - \frac{\eta}{1 - \beta_1^t}\,\frac{m}{u}
    \end{gathered}
    """

    def step(g, t, memory):
        m, u = memory
        m, u = 0.8 * m + 0.2 * g, np.maximum(0.7 * u, abs(g) + 1e-3)
        return 0.1 / (1 - 0.8**t) * m / u, (m, u)

    _agree(nn.adamax(0.1, beta1=0.8, beta2=0.7, eps=1e-3), step, (0.0, np.zeros(4)))


@equation("eq-nadam")
def nadam_looks_ahead():
    r"""
    \begin{gathered}
    \bar m = \frac{(1-\beta_1)\,g}{1 - \beta_1^t} + \frac{\beta_1\, m}{1 - \beta_1^{t+1}}\\
    \theta \leftarrow \theta - \eta\,\frac{\bar m}{\sqrt{\hat v} + \varepsilon}
    \end{gathered}
    """

    def step(g, t, memory):
        m, v = memory
        m, v = 0.8 * m + 0.2 * g, 0.99 * v + 0.01 * g**2
        ahead = 0.2 * g / (1 - 0.8**t) + 0.8 * m / (1 - 0.8 ** (t + 1))
        return 0.1 / (np.sqrt(v / (1 - 0.99**t)) + 1e-2) * ahead, (m, v)

    _agree(nn.nadam(0.1, beta1=0.8, beta2=0.99, eps=1e-2, momentum_decay=1e6), step, (0.0, 0.0))

    def warm(t):  # Keras' warm-up: that of the chapter with ψ = 1
        return 0.8 * (1 - 0.5 * 0.96**t)

    def keras(g, t, memory):
        m, v, product = memory
        m, v, product = 0.8 * m + 0.2 * g, 0.99 * v + 0.01 * g**2, product * warm(t)
        ahead = (1 - warm(t)) * g / (1 - product) + warm(t + 1) * m / (1 - product * warm(t + 1))
        return 0.1 / (np.sqrt(v / (1 - 0.99**t)) + 1e-2) * ahead, (m, v, product)

    _agree(nn.nadam(0.1, beta1=0.8, beta2=0.99, eps=1e-2, momentum_decay=1.0), keras, (0.0, 0.0, 1.0))


@equation("eq-adam-early-epsilon")
def epsilon_before_the_correction_is_a_larger_one():
    r"""
    \begin{gathered}
    \eta\,\frac{\sqrt{1 - \beta_2^t}}{1 - \beta_1^t}\;\frac{m}{\sqrt{v} + \varepsilon}\\[6pt]
    = \eta\,\frac{\hat m}{\sqrt{\hat v} + \varepsilon / \sqrt{1 - \beta_2^t}}
    \end{gathered}
    """
    from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

    theirs = AdamOptimizer([np.ones(4)], 0.1, beta_1=0.8, beta_2=0.99, epsilon=1e-2)
    m = v = np.zeros(4)
    for t, g in enumerate(GRADIENTS, 1):
        m, v = 0.8 * m + 0.2 * g, 0.99 * v + 0.01 * g**2
        first = 0.1 * np.sqrt(1 - 0.99**t) / (1 - 0.8**t) * m / (np.sqrt(v) + 1e-2)
        m_hat, v_hat = m / (1 - 0.8**t), v / (1 - 0.99**t)
        second = 0.1 * m_hat / (np.sqrt(v_hat) + 1e-2 / np.sqrt(1 - 0.99**t))
        assert np.allclose(first, second, rtol=1e-12)
        assert np.allclose(theirs._get_updates([g])[0], -second, rtol=1e-12)
        # nnlib's Adam with that ε, brought to the same memory, takes the same step
        rule, w = nn.adam(0.1, beta1=0.8, beta2=0.99, eps=1e-2 / np.sqrt(1 - 0.99**t)), np.zeros(4)
        state = rule.state(w)
        for earlier in GRADIENTS[: t - 1]:
            rule.step(w, earlier, state)
        w[:] = 0
        rule.step(w, g, state)
        assert np.allclose(w, -second, rtol=1e-12)


@equation("eq-reach")
def rates_that_add_up_to_a_finite_number_reach_a_finite_part():
    r"""
    \begin{aligned}
    w_T &= w_0 \prod_{t=1}^{T} (1 - c\,\eta_t)\\
    &\approx w_0\, e^{-c\,\sum \eta_t}
    \end{aligned}
    """
    c, start = 0.7, 10.0
    for schedule in (nn.schedules.exponential(0.1, 0.9), nn.schedules.power(0.02, 1.5)):
        rule, w, rates = nn.sgd(schedule), np.array([start]), []
        state = rule.state(w)
        for t in range(1, 2001):
            rule.step(w, c * w, state)
            rates.append(schedule(t))
        rates = np.array(rates)
        assert np.isclose(w[0], start * np.prod(1 - c * rates), rtol=1e-12)
        # small cη: ln(1 - x) = -x - x²/2 - …, so the exponential is too large by the squares
        off = np.log(start * np.exp(-c * rates.sum()) / w[0])
        assert 0 < off and np.isclose(off, (c * rates) @ (c * rates) / 2, rtol=0.1)


@equation("eq-two-sums")
def both_sums_hold_between_a_half_and_one():
    r"""
    \underbrace{\sum_{t=1}^{\infty} \eta_t = \infty}_{\text{any distance is in reach}}
    \qquad
    \underbrace{\sum_{t=1}^{\infty} \eta_t^2 < \infty}_{\text{the kicks die out}}
    """
    for d, sums in ((0.45, (True, True)), (0.5, (True, True)), (0.51, (True, False)), (1.0, (True, False)),
                    (1.01, (False, False)), (1.2, (False, False))):  # fmt: skip
        found = []
        for power in (1, 2):  # a sum of t^-p grows from N to N² without end iff p ≤ 1
            p, N = mpmath.mpf(str(d)) * power, mpmath.mpf(10) ** 400
            grow = mpmath.log(N) if p == 1 else (N ** (2 * (1 - p)) - N ** (1 - p)) / (1 - p)
            found.append(bool(grow > 1))
        assert tuple(found) == sums, d
    # the exact rms distance with unit noise on ½w²: it falls where both sums hold, stalls where Σ η is finite
    left = {}
    for d in (0.0, 0.75, 1.5):
        square = 100.0
        for t in range(1, 20_001):
            lr = nn.schedules.power(0.5, d)(t)
            square = (1 - lr) ** 2 * square + lr**2
        left[d] = np.sqrt(square)
    assert np.isclose(left[0.0], np.sqrt(0.5 / 1.5), rtol=1e-9)
    assert left[0.75] < 0.02 and left[1.5] > 1

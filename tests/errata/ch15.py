"""Chapter 15's erratum, demonstrated."""

import numpy as np

import nnlib as nn
from tests.errata import erratum

S = nn.schedules


def block_sums(schedule, power, doublings=14):
    """Sums of η^power over t = 2^k + 1 … 2^(k+1): a series of falling terms converges if these shrink geometrically."""
    rates = np.array([schedule(t) for t in range(1, 2**doublings + 1)]) ** power
    return np.array([rates[2**k : 2 ** (k + 1)].sum() for k in range(doublings)])


def diverges(schedule, power):
    """By Cauchy condensation, from the last doublings."""
    blocks = block_sums(schedule, power)
    return bool(blocks[-1] > 0.999 * blocks[-2])


@erratum("F3")
def which_schedules_satisfy_both_sums():
    verdicts = {
        S.inverse_time(0.1, 1.0): (True, False),
        S.power(0.1, 1.0): (True, False),
        S.power(0.1, 0.75): (True, False),
        S.power(0.1, 0.51): (True, False),
        S.power(0.1, 0.5): (True, True),
        S.power(0.1, 1.1): (False, False),
        S.constant(0.1): (True, True),
        S.exponential(0.1, 0.9): (False, False),
    }
    for schedule, wanted in verdicts.items():
        assert (diverges(schedule, 1), diverges(schedule, 2)) == wanted, schedule
    # any δ > 0: in the end 1/(1 + δt) is 1/t, over δ
    assert np.isclose(S.inverse_time(0.1, 1e-3)(10**9) * 10**9, 0.1 / 1e-3, rtol=1e-4)


@erratum("F3")
def t_counts_updates():
    """One epoch of four batches: four different rates."""
    schedule, net = S.inverse_time(0.4, 0.5), nn.mlp([1, 1])
    X, T = np.zeros((4, 1)), np.ones((4, 1))  # only the bias learns; its error falls by 1 - η each time
    h = nn.train(net, np.zeros(2), X, T, optimizer=nn.sgd(schedule), epochs=1, batch_size=1)
    left = np.prod([1 - 0.4 / (1 + 0.5 * t) for t in (1, 2, 3, 4)])
    assert np.isclose(1 - h.theta[1], left, rtol=1e-12)


@erratum("F3")
def a_constant_rate_hovers_and_a_geometric_one_stalls():
    square = 0.0
    for _ in range(2000):
        square = (1 - 0.1) ** 2 * square + 0.1**2
    assert np.isclose(np.sqrt(square), 0.2294, atol=5e-5)
    assert np.isclose(np.sqrt(square), np.sqrt(0.1 / 1.9), rtol=1e-9)
    rule, w = nn.sgd(S.exponential(0.1, 0.9)), np.array([10.0])
    state = rule.state(w)
    for _ in range(1000):
        rule.step(w, w.copy(), state)
    assert np.isclose(w[0], 3.5785630111791, rtol=1e-12)


@erratum("F3")
def arrival_is_not_speed():
    left = np.prod(1 - 0.1 / np.arange(1, 100_001))
    assert np.isclose(left, 0.296, atol=5e-4)

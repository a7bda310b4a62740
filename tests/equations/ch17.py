"""Chapter 17: the first loss, the entropy, the error bar and the two shares, as printed, by counting and by trying."""

import numpy as np
from sklearn.metrics import balanced_accuracy_score, precision_score, recall_score

import nnlib as nn
from tests.equations import equation


@equation("eq-uniform-loss")
def equal_scores_cost_log_k():
    r"""J = -\log \frac1K = \log K"""
    rng = np.random.default_rng(17)
    for K in (2, 3, 10):
        net = nn.mlp([4, 5, K], "relu", "softmax")
        X, labels = rng.normal(size=(20, 4)), rng.integers(0, K, 20)
        J = nn.loss_value(nn.forward(net, np.zeros(net.size), X), labels, "cross_entropy")
        assert abs(J + np.log(1 / K)) < 1e-12 and abs(J - np.log(K)) < 1e-12


@equation("eq-entropy")
def no_constant_answer_is_better_than_the_shares():
    r"""J = -\sum_{k=1}^{K} p_k \log p_k \le \log K"""
    rng = np.random.default_rng(18)
    for K in (2, 3, 6):
        p = rng.dirichlet(np.ones(K))
        printed = -(p * np.log(p)).sum()
        counts = np.rint(1e5 * p).astype(int)
        labels = np.repeat(np.arange(K), counts)
        share = counts / counts.sum()
        best = nn.loss_value(np.tile(share, (len(labels), 1)), labels, "cross_entropy")
        assert abs(best - printed) < 1e-3 and abs(best + (share * np.log(share)).sum()) < 1e-9
        assert printed <= np.log(K)
        for other in rng.dirichlet(np.ones(K), 200):
            assert -(p * np.log(other)).sum() >= printed
    even = np.full(7, 1 / 7)
    assert abs(-(even * np.log(even)).sum() - np.log(7)) < 1e-12


@equation("eq-standard-error")
def the_share_of_many_coins_scatters_so():
    r"""s = \sqrt{\frac{p\,(1 - p)}{n}}"""
    from itertools import product

    for p, n in ((0.9, 5), (0.3, 8), (0.5, 10)):
        coins = np.array(list(product((0, 1), repeat=n)))
        weight = (p**coins * (1 - p) ** (1 - coins)).prod(axis=1)
        spread = np.sqrt((weight * (coins.mean(axis=1) - p) ** 2).sum())
        assert abs(spread - np.sqrt(p * (1 - p) / n)) < 1e-12


@equation("eq-recall-precision")
def the_two_shares_are_scikit_learns():
    r"""
    \begin{gathered}
    \text{recall} = \frac{\text{TP}}{\text{TP} + \text{FN}}\\[4pt]
    \text{precision} = \frac{\text{TP}}{\text{TP} + \text{FP}}
    \end{gathered}
    """
    TP, FN, FP, TN = 8, 2, 40, 950
    t = np.repeat([1, 1, 0, 0], (TP, FN, FP, TN))
    said = np.repeat([1, 0, 1, 0], (TP, FN, FP, TN))
    assert abs(TP / (TP + FN) - recall_score(t, said)) < 1e-15
    assert abs(TP / (TP + FP) - precision_score(t, said)) < 1e-15
    assert abs((TP / (TP + FN) + TN / (TN + FP)) / 2 - balanced_accuracy_score(t, said)) < 1e-15

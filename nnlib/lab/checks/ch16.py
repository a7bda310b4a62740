"""Chapter 16's exercises: soft-thresholding and patience, with the versions people write first."""

import numpy as np

from .exercise import Exercise


def _weights(rng):
    yield np.array([-2.0, -0.5, -0.1, 0.0, 0.1, 0.5, 2.0]), 0.3, 0.5
    yield rng.normal(size=(3, 4)), 0.5, 0.2
    yield rng.normal(size=6), 0.0, 2.0
    yield rng.normal(size=6), 0.4, 0.0


def _soft(w, k):
    return np.sign(w) * np.maximum(np.abs(w) - k, 0)


def _both(w, k, q):
    return _soft(w, k) / (1 + q)


def _hard(w, k, q):
    return np.where(np.abs(w) > k, w, 0) / (1 + q)


def _beyond(w, k, q):
    return (w - k * np.sign(w)) / (1 + q)


def _positive_only(w, k, q):
    return np.maximum(w - k, 0) / (1 + q)


def _no_sign(w, k, q):
    return np.maximum(np.abs(w) - k, 0) / (1 + q)


def _only_l1(w, k, q):
    return _soft(w, k)


def _only_l2(w, k, q):
    return w / (1 + q)


def _share_first(w, k, q):
    return _soft(w / (1 + q), k)


def _one_step(w, k, q):
    return _soft(w, k) * (1 - q)


def _no_half(w, k, q):
    return _soft(w, k) / (1 + 2 * q)


def _losses(rng):
    bumpy = np.array([8, 6, 7, 5, 6, 5.5, 5.25, 4])
    yield bumpy, 1, 0.0
    yield bumpy, 3, 0.0
    yield bumpy, 2, 0.5
    yield np.array([3.0, 2.0, 1.0]), 2, 0.0
    yield np.array([2.0, 1.0, 1.0, 1.0, 0.5]), 2, 0.0
    yield np.array([9, 8, 10, 8.5, 11, 7, 9]), 2, 0.0
    yield np.array([8, 6, 5.5, 5, 4.5, 4, 3]), 2, 1.0
    yield np.array([8, 6, 5.5, 5, 4.5, 4, 3]), 3, 1.0


def _rule(losses, patience, margin, equal=False, late=0, shift=0, when_found=True):
    best, when = np.inf, 0
    for epoch, loss in enumerate(losses, 1):
        if loss < best - margin or (equal and loss == best - margin):
            best, when = loss, epoch
        elif epoch - when >= patience + late:
            return (when if when_found else epoch) + shift, epoch + shift
    return (when if when_found else len(losses)) + shift, len(losses) + shift


def _from_zero(losses, patience, margin):
    return _rule(losses, patience, margin, shift=-1)


def _equal_counts(losses, patience, margin):
    return _rule(losses, patience, margin, equal=True)


def _no_margin(losses, patience, margin):
    return _rule(losses, patience, 0.0)


def _one_late(losses, patience, margin):
    return _rule(losses, patience, margin, late=1)


def _keeps_the_last(losses, patience, margin):
    return _rule(losses, patience, margin, when_found=False)


def _swapped(losses, patience, margin):
    return _rule(losses, patience, margin)[::-1]


def _sees_the_future(losses, patience, margin):
    return int(np.argmin(losses)) + 1, _rule(losses, patience, margin)[1]


def _lowers_the_mark(losses, patience, margin):
    mark, when = np.inf, 0
    for epoch, loss in enumerate(losses, 1):
        better, mark = loss < mark - margin, min(mark, loss)
        if better:
            when = epoch
        elif epoch - when >= patience:
            return when, epoch
    return when, len(losses)


def _against_the_previous(losses, patience, margin):
    bad, best = 0, 1
    for epoch in range(2, len(losses) + 1):
        bad = bad + 1 if losses[epoch - 1] >= losses[epoch - 2] - margin else 0
        best = epoch if losses[epoch - 1] < losses[best - 1] - margin else best
        if bad >= patience:
            return best, epoch
    return best, len(losses)


def _never_resets(losses, patience, margin):
    best, when, bad = np.inf, 0, 0
    for epoch, loss in enumerate(losses, 1):
        if loss < best - margin:
            best, when = loss, epoch
        else:
            bad += 1
            if bad >= patience:
                return when, epoch
    return when, len(losses)


CHECKS = {
    "16-c1": Exercise(
        reference=_both,
        inputs=_weights,
        tolerance=1e-12,
        right="Right on every input: first the amount k, then a division by 1 + q.",
        mistakes=[
            (_only_l1, "This is L1 alone. The slope of ½qu² is qu: it shrinks what L1 leaves."),
            (_only_l2, "This is L2 alone: no weight becomes 0. The slope of k|u| is k for u > 0."),
            (_share_first, "You divide w by 1 + q and then take k. Solve u − w + k + qu = 0: k is divided, too."),
            (_one_step, "A gradient step multiplies by 1 − q. The minimum divides by 1 + q."),
            (_no_half, "The ½ cancels the 2 of the slope: qu, not 2qu."),
            (_hard, "Small weights become 0, but the large ones must also lose k."),
            (_beyond, "Weights smaller than k jump to the other side of 0. Stop at 0: a maximum with 0 does it."),
            (_positive_only, "Right for positive w. A negative w must move up toward 0, not become 0."),
            (_no_sign, "The sizes are right. Negative weights have lost their sign."),
        ],
    ),
    "16-c2": Exercise(
        reference=_rule,
        inputs=_losses,
        right="Right on every curve tried, flat ones, bumpy ones, and one that gains little.",
        mistakes=[
            (_no_margin, "Every gain counts in yours. It must be larger than `margin`."),
            (_from_zero, "Both epochs are one too small: epochs are counted from 1 here."),
            (_equal_counts, "A gain of just `margin` is not enough. Ask for more."),
            (_one_late, "You stop one epoch late: stop when `patience` epochs have passed since the better one."),
            (_keeps_the_last, "The first number is the last better epoch, not the one where training stopped."),
            (_swapped, "Both numbers are right, in the wrong order: the better epoch comes first."),
            (_sees_the_future, "Your first epoch can lie after the stop. At the stop, later losses are not known."),
            (_lowers_the_mark, "You lower the mark by small gains, too. Many of them together then never count."),
            (_against_the_previous, "You compare with the epoch before. Patience counts from the last better epoch."),
            (_never_resets, "Your count of bad epochs must start again whenever a better one is found."),
        ],
    ),
}  # fmt: skip

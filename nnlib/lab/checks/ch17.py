"""Chapter 17's exercises: a reference, random inputs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise


def _answers(rng):
    for K, n in ((2, 40), (3, 25), (5, 60)):
        t = rng.integers(0, K, n)
        t[t == 0] = np.where(rng.random((t == 0).sum()) < 0.7, 1, 0)  # classes of unequal size
        t[:2] = 0
        yield t, np.where(rng.random(n) < 0.6, t, rng.integers(0, K, n))
    yield np.array([0, 0, 0, 0, 0, 0, 0, 0, 2, 2]), np.array([0, 0, 0, 0, 0, 0, 0, 0, 1, 0])


def _recalls(t, said):
    return np.array([(said[t == k] == k).mean() for k in np.unique(t)])


def _balanced_accuracy(t, said):
    return _recalls(t, said).mean()


def _accuracy(t, said):
    return (t == said).mean()


def _precision(t, said):
    return np.mean([(t[said == k] == k).mean() for k in np.unique(said)])


def _every_class_up_to_the_largest(t, said):
    found = [(said[t == k] == k).mean() if (t == k).any() else 0.0 for k in range(t.max() + 1)]
    return np.mean(found)


def _sum(t, said):
    return _recalls(t, said).sum()


def _all_recalls(t, said):
    return _recalls(t, said)


def _smallest(t, said):
    return _recalls(t, said).min()


def _share_of_all(t, said):
    return np.mean([((said == k) & (t == k)).mean() for k in np.unique(t)])


CHECKS = {
    "17-c1": Exercise(
        reference=_balanced_accuracy,
        inputs=_answers,
        mistakes=[
            (
                _accuracy,
                "This is the share of all right answers: a frequent class counts as often as it comes. Take the share within each class first, then the mean of the shares.",
            ),
            (
                _precision,
                "You grouped by the answer; that gives the mean precision. Group by the label: which samples of class k were answered k?",
            ),
            (
                _every_class_up_to_the_largest,
                "A class that does not occur in t has no recall, and you count it as 0. np.unique(t) lists those that occur.",
            ),
            (_sum, "That is the sum over the classes. Their mean is wanted, between 0 and 1."),
            (_all_recalls, "These are the recalls of the classes, one by one. One number is wanted: their mean."),
            (_smallest, "That is the recall of the worst class, a useful number too. The mean is asked for."),
            (
                _share_of_all,
                "You divided the right answers of class k by all samples. Divide by the samples of class k.",
            ),
        ],
        right="Right, with two, three and five classes, and with one that does not occur.",
    ),
}

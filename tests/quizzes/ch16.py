"""Chapter 16: the mean of the best of several guessers, by the binomial coefficients themselves."""

from fractions import Fraction
from math import comb


def expected_best(models, samples):
    """E[max]/n, exactly: sum of k times the probability that the maximum is k."""
    below, mean, total = Fraction(0), Fraction(0), 0
    for k in range(samples + 1):
        total += comb(samples, k)
        up_to = Fraction(total, 2**samples) ** models
        mean += k * (up_to - below)
        below = up_to
    return float(mean / samples)

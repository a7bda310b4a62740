"""Chapter 00's exercises: a reference, random inputs, and the typical mistakes by their symptoms."""

import numpy as np

from .exercise import Exercise

# ---- a gradient ------------------------------------------------------------------------------------------------------


def _chains(rng):
    yield np.array([0.4, 0.3]), np.array([2.0, -1.0]), 2.0
    for n in (1, 2, 3, 4):
        yield 0.5 * rng.normal(size=n), rng.normal(size=n), rng.uniform(1, 3)


def _gradient(w, x, t):
    y = np.exp(w @ x)
    return (y - t) * y * x


def _uphill_and_down(w, x, t):
    return -_gradient(w, x, t)


def _without_exp(w, x, t):
    return (np.exp(w @ x) - t) * x


def _without_error(w, x, t):
    return np.exp(w @ x) * x


def _without_input(w, x, t):
    y = np.exp(w @ x)
    return (y - t) * y


def _weights_for_inputs(w, x, t):
    y = np.exp(w @ x)
    return (y - t) * y * w


def _sum_for_slope(w, x, t):
    return (np.exp(w @ x) - t) * (w @ x) * x


def _twice(w, x, t):
    return 2 * _gradient(w, x, t)


def _links_added(w, x, t):
    y = np.exp(w @ x)
    return (y - t) + y + x


# ---- a matrix product ------------------------------------------------------------------------------------------------


def _tables(rng):
    yield np.array([[2.0, 1, 3], [0, 4, 1]]), np.array([[1.0, 2, 1, 3], [3, 2, 4, 2], [5, 4, 6, 7]])
    for m, n, p in ((1, 4, 1), (3, 2, 5), (3, 3, 3)):
        yield rng.normal(size=(m, n)), rng.normal(size=(n, p))


def _matmul(A, B):
    return A @ B


def _turned(A, B):
    return (A @ B).T


def _last_term(A, B):
    return np.outer(A[:, -1], B[-1])


def _one_term_short(A, B):
    return A[:, :-1] @ B[:-1]


def _from_one(A, B):
    return A[:, 1:] @ B[1:]


def _never_reset(A, B):
    return np.cumsum((A @ B).ravel()).reshape(len(A), B.shape[1])


def _whole_numbers(A, B):
    Z = np.zeros((len(A), B.shape[1]), dtype=int)
    for i, j in np.ndindex(*Z.shape):
        for k in range(len(B)):
            Z[i, j] += A[i, k] * B[k, j]
    return Z


def _sums_first(A, B):
    return np.outer(A.sum(axis=1), B.sum(axis=0))


# ---- a mean price ----------------------------------------------------------------------------------------------------


def _probabilities(rng):
    yield (np.array([0.5, 0.1, 0.9]),)
    yield (rng.uniform(0.2, 1, size=20),)
    yield (np.full(10_000, 0.9),)


def _mean_price(p):
    return -np.log(p).mean()


def _product_first(p):
    return -np.log(np.prod(p)) / len(p)


def _minus_forgotten(p):
    return np.log(p).mean()


def _not_divided(p):
    return -np.log(p).sum()


def _log_of_mean(p):
    return -np.log(p.mean())


def _base_ten(p):
    return -np.log10(p).mean()


def _base_two(p):
    return -np.log2(p).mean()


def _one_each(p):
    return -np.log(p)


def _product_of_logs(p):
    return -np.prod(np.log(p)) / len(p)


# ---- standardized columns --------------------------------------------------------------------------------------------


def _columns(rng):
    yield (np.array([[3.0, 1, 4], [1, 5, 9], [2, 6, 5], [3, 5, 8], [9, 7, 9]]),)
    for m, n in ((4, 4), (50, 2), (3, 7)):
        yield (5 + 3 * rng.normal(size=(m, n)) * np.arange(1, n + 1),)


def _standardize(D):
    return (D - D.mean(axis=0)) / D.std(axis=0)


def _rows(D):
    return (D - D.mean(axis=1, keepdims=True)) / D.std(axis=1, keepdims=True)


def _whole_table(D):
    return (D - D.mean()) / D.std()


def _by_variance(D):
    return (D - D.mean(axis=0)) / D.var(axis=0)


def _centered_only(D):
    return D - D.mean(axis=0)


def _scaled_only(D):
    return D / D.std(axis=0)


def _brackets(D):
    return D - D.mean(axis=0) / D.std(axis=0)


def _m_minus_one(D):
    return (D - D.mean(axis=0)) / D.std(axis=0, ddof=1)


def _turned_back(D):
    return _rows(D.T)


CHECKS = {
    "00-c1": Exercise(
        reference=_gradient,
        inputs=_chains,
        tolerance=1e-4,  # a nudge of 1e-6 to one side is good enough
        mistakes=[
            (_uphill_and_down, "The sizes are right, the signs are not: the first link is y − t, not t − y."),
            (_without_exp, "The middle link is missing: the slope of eᶻ in z, which is eᶻ again, so y."),
            (
                _without_error,
                "That is the gradient of y. The first link is missing: J moves by y − t for each unit of y.",
            ),
            (
                _without_input,
                "The last link is missing. z = w₁x₁ + w₂x₂ + …, so turning w_k moves z by x_k: multiply by x.",
            ),
            (
                _weights_for_inputs,
                "You multiplied by w. Turning a weight moves z by what stands beside it, and that is x.",
            ),
            (_sum_for_slope, "The middle link is y, the slope of eᶻ. You put z there."),
            (_twice, "Twice too large: the ½ in J cancels the 2 that comes from the square."),
            (_links_added, "The links stand one behind the other: multiply them, do not add."),
        ],
    ),
    "00-c2": Exercise(
        reference=_matmul,
        inputs=_tables,
        tolerance=1e-12,
        mistakes=[
            (_turned, "Rows and columns are exchanged: entry [i, j] belongs to row i of A and column j of B."),
            (
                _last_term,
                "Only the last product of each entry is left. Add with +=; a plain = overwrites what was there.",
            ),
            (_one_term_short, "The last product is missing in every entry: range(n) already stops before n."),
            (_from_one, "The first product is missing in every entry: Python counts from 0."),
            (_never_reset, "The running total is never set back. Each entry starts at 0."),
            (
                _whole_numbers,
                "The result holds whole numbers, so every addition is cut off. np.zeros((m, p)) without dtype=int.",
            ),
            (
                _sums_first,
                "You summed the row and the column before you multiplied. Multiply partner by partner, then sum.",
            ),
        ],
    ),
    "00-c3": Exercise(
        reference=_mean_price,
        inputs=_probabilities,
        tolerance=1e-10,
        mistakes=[
            (
                _product_first,
                "Right for short lists. Ten thousand factors multiply to 0.0, and the logarithm of 0 is −inf. Take the logarithms first, then add.",
            ),
            (_minus_forgotten, "The minus is missing. Logarithms of probabilities are below 0, a price is not."),
            (_not_divided, "That is the sum. Divide by how many there are."),
            (_log_of_mean, "That is the logarithm of the mean. Logarithm first, then the mean."),
            (_base_ten, "That is the logarithm to base 10. np.log has base e."),
            (_base_two, "That is the logarithm to base 2. np.log has base e."),
            (_one_each, "That is one price for each probability. Their mean is asked for, one number."),
            (_product_of_logs, "You multiplied the logarithms. A product of numbers becomes a sum of logarithms."),
        ],
    ),
    "00-c4": Exercise(
        reference=_standardize,
        inputs=_columns,
        tolerance=1e-10,
        mistakes=[
            (_rows, "That standardizes every row. Rows are samples; the columns are wanted: axis=0."),
            (_whole_table, "That is one mean and one σ for the whole table. Each column has its own: axis=0."),
            (_by_variance, "You divided by the variance. The standard deviation is its root: .std(axis=0)."),
            (_centered_only, "The means are 0 now. Divide by the standard deviation too."),
            (_scaled_only, "The spread is 1 now. Subtract the mean first."),
            (_brackets, "Brackets: D − mean/σ divides the mean alone. Subtract first, then divide all of it."),
            (_m_minus_one, "You divided by m − 1 inside σ (ddof=1). This book divides by m, as .std does."),
            (_turned_back, "The numbers are right, but rows and columns came out exchanged."),
        ],
    ),
}

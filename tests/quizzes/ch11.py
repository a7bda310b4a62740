"""Chapter 11: what its formulas are worth, by nudging what they are derived from and by searching."""

from scipy.optimize import minimize_scalar


def slope_of_the_error(u, v, h, ε):
    """How the error of the central difference, the formula's own and rounding's, changes with the step."""

    def error(step):
        return step**2 / 6 * v + ε * u / step

    return (error(h + 1e-6) - error(h - 1e-6)) / 2e-6


def best_one_sided_step(u, v, ε):
    """The step with the least error, found by trying: two values of f are wrong by ε u each."""
    return minimize_scalar(
        lambda h: v * h / 2 + 2 * ε * u / h, bounds=(1e-3, 10), method="bounded", options={"xatol": 1e-12}
    ).x

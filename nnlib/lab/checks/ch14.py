"""Chapter 14's exercises: a reference, random inputs, and the typical mistakes by their symptoms."""

from .exercise import Exercise


def _momentum_inputs(rng):
    for size, lr, beta in ((3, 0.1, 0.9), (1, 0.02, 0.5), (4, 0.3, 0.99)):
        yield rng.normal(size=size), rng.normal(size=size), rng.normal(size=size), lr, beta


def _momentum(theta, v, g, lr, beta):
    v = beta * v + g
    return theta - lr * v, v


def _averaged(theta, v, g, lr, beta):
    v = beta * v + (1 - beta) * g
    return theta - lr * v, v


def _uphill(theta, v, g, lr, beta):
    v = beta * v + g
    return theta + lr * v, v


def _old_velocity(theta, v, g, lr, beta):
    return theta - lr * v, beta * v + g


def _opposed(theta, v, g, lr, beta):
    v = beta * v - g
    return theta - lr * v, v


def _opposed_both(theta, v, g, lr, beta):
    v = beta * v - g
    return theta + lr * v, v


def _rate_inside(theta, v, g, lr, beta):
    v = beta * v + lr * g
    return theta - v, v


def _rate_inside_opposed(theta, v, g, lr, beta):
    v = beta * v - lr * g
    return theta + v, v


def _rate_twice(theta, v, g, lr, beta):
    v = beta * v + lr * g
    return theta - lr * v, v


def _no_memory(theta, v, g, lr, beta):
    return theta - lr * g, beta * v + g


def _all_kept(theta, v, g, lr, beta):
    v = v + g
    return theta - lr * v, v


def _beta_on_the_slope(theta, v, g, lr, beta):
    v = v + beta * g
    return theta - lr * v, v


def _nesterov_too_early(theta, v, g, lr, beta):
    v = beta * v + g
    return theta - lr * (g + beta * v), v


def _velocity_lost(theta, v, g, lr, beta):
    return theta - lr * (beta * v + g), v


def _nesterov_inputs(rng):
    for size, lr, beta in ((2, 0.1, 0.9), (1, 0.3, 0.5), (4, 0.05, 0.99)):
        yield rng.normal(size=size), rng.normal(size=size), rng.uniform(0.1, 3, size=size), lr, beta


def _nesterov(x, v, c, lr, beta):
    v = beta * v + c * (x - lr * beta * v)
    return x - lr * v, v


def _where_you_stand(x, v, c, lr, beta):
    v = beta * v + c * x
    return x - lr * v, v


def _behind(x, v, c, lr, beta):
    v = beta * v + c * (x + lr * beta * v)
    return x - lr * v, v


def _whole_velocity(x, v, c, lr, beta):
    v = beta * v + c * (x - lr * v)
    return x - lr * v, v


def _no_rate(x, v, c, lr, beta):
    v = beta * v + c * (x - beta * v)
    return x - lr * v, v


def _from_ahead(x, v, c, lr, beta):
    ahead = x - lr * beta * v
    v = beta * v + c * ahead
    return ahead - lr * v, v


def _new_velocity_ahead(x, v, c, lr, beta):
    new = beta * v + c * x
    v = beta * v + c * (x - lr * new)
    return x - lr * v, v


def _averaged_ahead(x, v, c, lr, beta):
    v = beta * v + (1 - beta) * c * (x - lr * beta * v)
    return x - lr * v, v


def _climbing(x, v, c, lr, beta):
    v = beta * v + c * (x - lr * beta * v)
    return x + lr * v, v


def _stored_ahead(x, v, c, lr, beta):
    g = c * x
    v = beta * v + g
    return x - lr * (g + beta * v), v


CHECKS = {
    "14-c1": Exercise(
        reference=_momentum,
        inputs=_momentum_inputs,
        right="Right: the new velocity first, then the step along it.",
        mistakes=[
            (_averaged, "You put 1 − β before the gradient. That is the average form; here v is a sum."),
            (_uphill, "This climbs: θ moves by minus η times v."),
            (_old_velocity, "You step with the old v. Update v first, so that the newest gradient counts at once."),
            (_opposed, "v mixes +g here, and the minus stands in the step. With −g and −η it climbs."),
            (
                _opposed_both,
                "Two minus signs moved, so θ is right. But your v is not: after the first step it has the wrong sign "
                "for this convention, v ← βv + g.",
            ),
            (
                _rate_inside,
                "η stands inside your velocity. θ is right at the first step; v is not, and the paths part "
                "when η changes.",
            ),
            (
                _rate_inside_opposed,
                "This is the form with η and the minus inside v. It has its place, but the sum form is asked for.",
            ),
            (_rate_twice, "η is used twice, in v and in the step."),
            (_no_memory, "You step along g. Step along v, or nothing is remembered."),
            (_all_kept, "Nothing is forgotten: the old v must be multiplied by β."),
            (_beta_on_the_slope, "β stands before the gradient. It belongs before the old v."),
            (_nesterov_too_early, "This is Nesterov's step, as nnlib stores it. Plain momentum steps by ηv."),
            (_velocity_lost, "θ is right, but you return the old v: the next step would remember nothing new."),
        ],
    ),
    "14-c2": Exercise(
        reference=_nesterov,
        inputs=_nesterov_inputs,
        right="Right: measured ahead, stepped from where you stand.",
        mistakes=[
            (_where_you_stand, "This is plain momentum: the gradient is taken at x. Take it at the point ahead."),
            (_behind, "You look back: the velocity carries you by *minus* ηβv."),
            (
                _whole_velocity,
                "You look ahead by ηv. Of the old velocity only β survives, so the point ahead is x − ηβv.",
            ),
            (_no_rate, "The point ahead lacks η: a velocity is no distance. x − ηβv."),
            (_from_ahead, "You step from the point ahead, and so go βv twice. Step from x."),
            (
                _new_velocity_ahead,
                "You look ahead along a velocity that already contains a gradient at x. Use the old v.",
            ),
            (_averaged_ahead, "You put 1 − β before the gradient. Here v is a sum."),
            (_climbing, "This climbs: x moves by minus η times v."),
            (
                _stored_ahead,
                "This is the form in which nnlib stores the point ahead. Here x is where you stand: three lines.",
            ),
        ],
    ),
}  # fmt: skip

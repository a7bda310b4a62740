"""Chapter 08's claims: digits before and after training, softmax taken twice, calibration, and what needs no start."""

import functools

import numpy as np

import nnlib as nn
from tests.claims import claim

NET = nn.mlp([64, 32, 10], hidden="tanh", output="softmax")
SCORES = np.array([5.1, 3.2, -1.7, -2.0])
softmax = nn.activations.softmax


@functools.cache
def _digits(split):
    return nn.data.split(*nn.data.digits(), seed=split)


def _train(split, start, epochs, raised=0.0):
    (X, t), _ = _digits(split)
    theta = nn.initialize(NET, seed=start)
    theta[-10:] += raised
    rule = nn.sgd(0.5)
    run = nn.train(NET, theta, X, t, loss="cross_entropy", optimizer=rule, epochs=epochs, batch_size=32, seed=start)
    return theta, run.theta


@functools.cache
def _wrong(split, start):
    """The digits kept aside that the trained network does not recognize."""
    _, (X, t) = _digits(split)
    return nn.predict(NET, _train(split, start, 30)[1], X) != t


# ---- runs ------------------------------------------------------------------------------------------------------------


@claim(
    "A network that knows nothing gives each class about 1/K, so its loss is close to log K.",
    "If it lies far above, the network is already sure of things it cannot know.",
)
def it_starts_near_log_K(start):
    (X, t), _ = _digits(start)
    theta = nn.initialize(NET, seed=start)
    quiet, loud = (nn.trace(NET, scale * theta, X, t, "cross_entropy").J for scale in (1, 10))
    return abs(quiet - np.log(10)) < 0.3 and loud > 10


@claim(
    "Another start makes about as few mistakes, and most of them on the same digits: "
    "the trouble lies in the digits, not in the start."
)
def others_err_on_the_same_digits(start):
    here, *others = (_wrong(start, start + k) for k in range(4))
    few = all(0.01 < wrong.mean() < 0.055 for wrong in (here, *others))
    return few and all((here & there).sum() > 0.5 * there.sum() for there in others)


def _by_hand(start, epochs, twice):
    """Mean loss of the last epoch, and the share of the others that are right; one or two softmaxes before the loss."""
    (X, t), (X_other, t_other) = _digits(start)
    T, order = np.eye(10)[t], np.random.default_rng(start)
    (W1, b1), (W2, b2) = [(W.copy(), b.copy()) for W, b in nn.unpack(NET, nn.initialize(NET, seed=start))]
    for _ in range(epochs):
        losses, samples = [], order.permutation(len(X))
        for k in range(0, len(X), 32):
            i = samples[k : k + 32]
            H = np.tanh(X[i] @ W1 + b1)
            y = softmax(H @ W2 + b2)
            seen = softmax(y) if twice else y
            delta = (seen - T[i]) / len(i)
            if twice:
                delta = np.einsum("ik,ikj->ij", delta, [np.diag(row) - np.outer(row, row) for row in y])
            losses.append(-np.log(seen[T[i] == 1]).mean())
            back = delta @ W2.T * (1 - H**2)
            for θ, slope in ((W2, H.T @ delta), (b2, delta.sum(0)), (W1, X[i].T @ back), (b1, back.sum(0))):
                θ -= 0.5 * slope
    return np.mean(losses), np.mean((np.tanh(X_other @ W1 + b1) @ W2 + b2).argmax(1) == t_other)


@claim(
    "There is no error message, and in the end most digits are recognized all the same.",
    "The loss of a network that is right on every sample stays above $\\log(1 + (K - 1)/e)$, however long you train.",
)
def softmax_twice_hides_on_the_digits(start):
    (scores, right), (stuck, right_all_the_same) = (_by_hand(start, 30, twice) for twice in (False, True))
    early, late = (_by_hand(start, 1, twice)[1] for twice in (False, True))
    floor = np.log(1 + 9 / np.e)
    slow = late < early - 0.1
    return scores < 0.05 and floor < stuck < floor + 0.2 and right > 0.94 and right_all_the_same > 0.85 and slow


def _reliability(scores, labels, tau):
    """What the surest answers say and how many of them are true; and the mean distance from the dashed line."""
    said, true = softmax(scores / tau), np.eye(3)[labels]
    bins = np.minimum((10 * said).astype(int), 9)
    dots = [(said[bins == b].mean(), true[bins == b].mean(), (bins == b).sum()) for b in range(10) if (bins == b).any()]
    dots = np.array([dot for dot in dots if dot[2] >= 50])
    return dots[-1][:2], np.average(np.abs(dots[:, 0] - dots[:, 1]), weights=dots[:, 2])


@claim(
    "After 5 epochs the dots lie near the dashed line.",
    "its surest answers say 0.99, and fewer than eight in ten are true.",
    "A temperature of 8 brings the dots back to the line.",
)
def long_training_makes_overconfident(start):
    net = nn.mlp([2, 32, 3], hidden="tanh", output="softmax")
    few, (X, t) = nn.data.blobs(100, noise=1.5, seed=start), nn.data.blobs(20_000, noise=1.5, seed=100 + start)
    theta, gaps = nn.initialize(net, seed=start), {}
    for epochs in (5, 5000):
        rule = nn.sgd(0.2)
        run = nn.train(net, theta, *few, loss="cross_entropy", optimizer=rule, epochs=epochs, batch_size=16, seed=start)
        scores = np.log(np.maximum(nn.forward(net, run.theta, X), 1e-300))
        for tau in (1, 8):
            (said, true), gaps[epochs, tau] = _reliability(scores, t, tau)
            if (epochs, tau) == (5000, 1) and not (round(said, 2) in (0.99, 1.0) and 0.6 < true < 0.8):
                return False
    return gaps[5, 1] < 0.05 and gaps[5000, 1] > 0.12 and gaps[5000, 8] < 0.06


@claim(
    "Half of the claim holds. The head start costs a lot at first, and in the end both networks recognize about as "
    "many digits. But the bias is still far ahead",
    "And the sum of the biases never moves.",
    "raise all ten biases by 5, and they stay 5 higher to the end.",
    "So training cannot see it either.",
)
def a_head_start_stays_in_the_bias(start):
    (X, t), (X_other, t_other) = _digits(start)
    one = np.eye(10)[0]
    runs = {name: _train(start, start, 10, raised) for name, raised in (("none", 0), ("one", 5 * one), ("all", 5.0))}
    before = {name: nn.trace(NET, run[0], X, t, "cross_entropy").J for name, run in runs.items()}
    right = {name: np.mean(nn.predict(NET, run[1], X_other) == t_other) for name, run in runs.items()}
    kept = all(abs(run[0][-10:].sum() - run[1][-10:].sum()) < 1e-9 for run in runs.values())
    ahead = (runs["one"][1] - runs["none"][1])[-10]
    return (
        before["one"] > before["none"] + 1
        and abs(right["one"] - right["none"]) < 0.02
        and 3 < ahead < 5
        and kept
        and np.allclose(runs["all"][1][-10:] - runs["none"][1][-10:], 5, rtol=0, atol=1e-9)
        and np.isclose(before["all"], before["none"], rtol=1e-12)
    )


# ---- what holds whatever the start -----------------------------------------------------------------------------------


@claim(
    "| Does a shift leave the shares alone? | no | no | yes |",
    "| Does a score of 0 get a share? | no | no | yes |",
    "| Do negative scores make sense? | no: negative shares | no: −2.0 beats −1.7 | yes |",
    "| Is there a slope to learn from? | not if the sum is 0 | not at z = 0 | yes, though tiny far behind |",
    "The first two rules change with every shift; the third keeps every digit.",
    "Only the third rule notices the temperature: at τ = ¼ the cat has 0.999, at τ = 64 all four lie near ¼.",
)
def only_powers_survive(_):
    def share(rule, z):
        return rule(z) / rule(z).sum()

    rules = [lambda z: z, np.square, np.exp]
    shifts, zero = [-10, -5, -2, -1, 1, 1.7, 2, 5, 10, 100], SCORES + 2
    moved = [[not np.allclose(share(g, SCORES + c), share(g, SCORES), atol=5e-4) for c in shifts] for g in rules]
    heard = [
        any(not np.allclose(share(g, SCORES / u), share(g, SCORES)) for u in 2.0 ** np.arange(-2, 7)) for g in rules
    ]
    at_zero = [share(g, zero)[3] for g in rules]
    negative = [share(g, SCORES) for g in rules]
    slope = [(share(g, zero + [0, 0, 0, 1e-6]) - share(g, zero))[3] / 1e-6 for g in rules]
    return (
        [all(m) for m in moved] == [True, True, False]
        and not any(moved[2])
        and heard == [False, False, True]
        and at_zero[:2] == [0, 0]
        and at_zero[2] > 0
        and negative[0].min() < 0
        and negative[1][3] > negative[1][2]
        and (np.diff(negative[2]) < 0).all()
        and abs((SCORES - 1.15).sum()) < 1e-12
        and abs(slope[1]) < 1e-5
        and slope[2] > 1e-4
        and round(softmax(SCORES * 4)[0], 2) == 1.0
        and f"{softmax(SCORES * 4)[0]:.3f}" == "0.999"
        and np.abs(softmax(SCORES / 64) - 0.25).max() < 0.02
    )


@claim("In float32, the default of most frameworks, a score of 89 is enough.")
def float32_ends_at_88(_):
    with np.errstate(over="ignore"):
        return np.isfinite(np.exp(np.float32(88))) and np.isinf(np.exp(np.float32(89)))


@claim("With a temperature one more link joins the chain, and the slope at a score is $(y - t)/\\tau$.")
def the_slope_has_a_temperature(start):
    rng = np.random.default_rng(start)
    z, t, tau = rng.normal(size=4), np.eye(4)[start % 4], 2.0 ** rng.uniform(-2, 4)

    def loss(z):
        return -(t * nn.activations.log_softmax(z / tau)).sum()

    measured = [(loss(z + 1e-5 * e) - loss(z - 1e-5 * e)) / 2e-5 for e in np.eye(4)]
    return np.allclose(measured, (softmax(z / tau) - t) / tau, atol=1e-7)


@claim(
    "at τ = ¼ it is nearly 4, which is 1/τ.",
    "At τ = 32 the probabilities are nearly equal, and every push is below 0.025.",
    "With the cat, which leads, a low temperature leaves almost nothing to push.",
    "In every setting the four slopes sum to 0.",
)
def pushes_at_both_ends(_):
    def slope(tau, true=1):
        return (softmax(SCORES / tau) - np.eye(4)[true]) / tau

    little = np.abs(slope(0.25, true=0)).max() < 0.01
    return -4 < slope(0.25)[1] < -3.9 and np.abs(slope(32)).max() < 0.025 and little and abs(slope(3).sum()) < 1e-15


@claim(
    "It is 0 where y is half of the target.",
    "So the two share the one unit evenly, whoever led at first, and the loss stays at 2 log 2 = 1.386 at best.",
)
def two_labels_share(start):
    s, wanted = np.random.default_rng(start).normal(size=4), np.array([1.0, 1.0, 0.0, 0.0])
    for _ in range(5000):
        s = s - 0.1 * (wanted.sum() * softmax(s) - wanted)
    loss = -(wanted * np.log(softmax(s))).sum()
    return np.allclose(softmax(s), wanted / 2, atol=0.005) and 2 * np.log(2) < loss < 2 * np.log(2) + 0.01


@claim(
    "At 15 the blue loss is 0.000, and the orange one stops at 1.461.",
    "its loss stays above $\\log(1 + (K - 1)/e)$.",
    "At −15 the blue push is 1.000. The orange one is about 3·10⁻⁸",
)
def twice_the_loss_is_stuck(_):
    def both(lead, K, step=1e-4):
        def loss(lead, again):
            y = softmax(np.r_[lead, np.zeros(K - 1)])
            return -np.log((softmax(y) if again else y)[0])

        return [(loss(lead, a), (loss(lead - step, a) - loss(lead + step, a)) / (2 * step)) for a in (False, True)]

    for K in (2, 10, 100):
        floor = np.log(1 + (K - 1) / np.e)
        if not all(both(lead, K)[1][0] > floor - 1e-12 for lead in (-15.0, 0.0, 5.0, 15.0)):
            return False
    (once, _), (twice, _) = both(15.0, 10)
    y = softmax(np.r_[-15.0, np.zeros(9)])
    push = -((softmax(y) - np.eye(10)[0]) @ (np.diag(y) - np.outer(y, y)))[0]
    return f"{once:.3f} {twice:.3f} {both(-15.0, 10)[0][1]:.3f}" == "0.000 1.461 1.000" and f"{push:.0e}" == "3e-08"


@claim(
    "The loss is least at y = t. There it is the [entropy](../book/glossary.md#entropy) of t, "
    "0 for a one-hot row and 0.802 for this one.",
    "of all answers to equal inputs the true shares cost least",
)
def soft_targets_are_asked_for(start):
    rng = np.random.default_rng(start)
    t = np.array([0.1, 0.2, 0.7]) if start == 0 else rng.dirichlet(np.ones(3))
    entropy = -np.sum(t * np.log(t))
    others = [nn.loss_value(y[None], t[None], "cross_entropy") for y in rng.dirichlet(np.ones(3), size=200)]
    at_t = nn.loss_value(t[None], t[None], "cross_entropy")
    return np.isclose(at_t, entropy) and min(others) > entropy and (start or f"{entropy:.3f}" == "0.802")


@claim("their powers sum to 1, so their log-sum-exp is 0, and a second log-softmax gives them back.")
def logarithms_of_probabilities_are_scores(start):
    log_y = nn.activations.log_softmax(3 * np.random.default_rng(start).normal(size=10))
    again = nn.activations.log_softmax(log_y)
    return abs(nn.activations.logsumexp(log_y)) < 1e-12 and np.allclose(again, log_y, atol=1e-12)

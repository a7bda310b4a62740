"""Chapter 17: its five starts of each width, the table of epochs, the first loss, twenty samples, the spirals."""

import functools
import importlib

import numpy as np

import nnlib as nn
from tests.claims import claim

STARTS = 5


@functools.cache
def parts(start):
    """(training, validation, test), standardized, and the raw first two."""
    raw = nn.data.split(*nn.data.digits(), (0.6, 0.2, 0.2), seed=start)
    (X, t), (X_val, t_val), (X_test, t_test) = raw
    *scaled, _ = nn.data.standardize(X, X_val, X_test)
    return (*zip(scaled, (t, t_val, t_test), strict=True), X, X_val)


def fresh(hidden, seed, scheme="he_normal"):
    net = nn.mlp([64, *hidden, 10], hidden="relu", output="softmax")
    return net, nn.initialize(net, scheme, seed=seed)


def right(net, theta, X, t):
    return np.mean(nn.predict(net, theta, X) == t)


@claim(
    "At 1 it is up to about 1 higher: the start already has opinions, and nothing to base them on.",
    "At 5 they are firm: the loss is in the dozens, and with a second hidden layer in the hundreds.",
    "Near log K, or up to about 1 above it as with He's weights, is as it should be.",
)
def the_first_loss(start):
    X, t = parts(start)[1]

    def loss(hidden, factor):
        net, theta = fresh(hidden, start)
        return nn.loss_value(nn.forward(net, factor * theta, X), t, "cross_entropy")

    one, firm, firmer = loss([32], 1), loss([32], 5), loss([32, 32], 5)
    return np.log(10) < one < np.log(10) + 1.1 and 24 < firm < 100 < firmer < 1000


@claim(
    "Yes. It learns the nonsense by heart.",
    "nonsense is worth about as much as guessing, 1 in 10, while twenty honest samples already get about half right.",
)
def twenty_samples(start):
    (X, t), (X_val, t_val), *_ = parts(start)
    net, theta = fresh([32], start)
    shuffled = np.random.default_rng(start).permutation(t[:20])
    runs = [
        nn.train(net, theta, X[:20], labels, "cross_entropy", nn.adam(0.01), epochs=300, batch_size=20)
        for labels in (t[:20], shuffled)
    ]
    honest, nonsense = (right(net, run.theta, X_val, t_val) for run in runs)
    return max(run.loss[-1] for run in runs) < 1e-3 and 0.4 < honest < 0.65 and nonsense < 0.2


class Run:
    """One training of one width: both losses, and its networks at the best epoch and the last."""

    def __init__(self, width, start, seed):
        train, self.validation, self.test, *_ = parts(start)
        self.net, theta = fresh([width], seed)
        path = []
        run = nn.train(
            self.net,
            theta,
            *train,
            "cross_entropy",
            nn.adam(0.003),
            epochs=60 if width == 128 else 150,  # the widest is slow, and as good by then
            batch_size=32,
            seed=seed,
            validation=self.validation,
            callback=lambda e, now, h: path.append(now),
        )
        self.loss, self.val_loss = run.loss, run.val_loss
        self.best, self.last = path[run.val_loss.argmin()], path[-1]

    def wrong(self, theta):
        """Which validation samples it mistakes, and how sure it is of each answer."""
        X, t = self.validation
        Y = nn.forward(self.net, theta, X)
        return Y.argmax(axis=1) != t, Y.max(axis=1)


@functools.cache
def runs(width, start):
    return [Run(width, start, seed) for seed in range(STARTS * start, STARTS * (start + 1))]


def mean_curve(width, start):
    return np.mean([run.val_loss for run in runs(width, start)], axis=0)


@claim(
    "With 8 units the validation loss turns back after a few dozen epochs and climbs by a quarter or more, "
    "while the share of right answers hardly moves.",
    "It climbs by a quarter or more",
    "Yes: about as many errors, made with more and more confidence.",
    "Their training loss ends near 0.002, and is still falling.",
)
def eight_units_grow_too_sure(start):
    curve, eight = mean_curve(8, start), runs(8, start)
    best = [run.wrong(run.best) for run in eight]
    last = [run.wrong(run.last) for run in eight]
    moves = np.mean([w for w, _ in last]) - np.mean([w for w, _ in best])
    surer = np.mean([p[w].mean() for w, p in last]) - np.mean([p[w].mean() for w, p in best])
    end = np.mean([run.loss[-1] for run in eight])
    falls = np.mean([run.loss[-1] / run.loss[-20] for run in eight]) < 0.9
    turns = 15 < curve.argmin() < 75
    return turns and curve[-1] > 1.25 * curve.min() and abs(moves) < 0.02 and surer > 0.05 and falls and end < 0.0035


@claim("With 32 and 128 units it comes back by a few hundredths at most.")
def wider_networks_come_back_little(start):
    return all(mean_curve(w, start)[-1] - mean_curve(w, start).min() < 0.05 for w in (32, 128))


def losses(width, start):
    return [run.val_loss.min() for run in runs(width, start)]


@claim("By the mean loss 128 units win, by a few hundredths at most.")
def the_widest_wins(start):
    eight, some, many = (np.mean(losses(w, start)) for w in (8, 32, 128))
    return eight > some > many > some - 0.07


@claim("One start each could have said otherwise: the losses of 32 units and of 128 overlap.")
def one_start_would_not_do(start):
    return min(losses(32, start)) < max(losses(128, start))


@claim(
    "where the chosen network is sure it is nearly always right, and where it hesitates it is wrong far more often.",
    "The networks that trained far past their best epoch make no more mistakes than before, and hesitate less often.",
    "So more of their mistakes are *sure* ones.",
)
def sure_of_its_mistakes(start):
    def told(pairs):
        """Shares: hesitates; right where sure; right where not; wrong; sure and wrong, of all that is wrong."""
        X, t = parts(start)[2]
        Y = [nn.forward(net, theta, X) for net, theta in pairs]
        sure, ok = np.ravel([y.max(axis=1) > 0.9 for y in Y]), np.ravel([y.argmax(axis=1) == t for y in Y])
        return 1 - sure.mean(), ok[sure].mean(), ok[~sure].mean(), 1 - ok.mean(), sure[~ok].mean()

    chosen = min(runs(128, start), key=lambda run: run.val_loss.min())
    one = told([(chosen.net, chosen.best)])
    best, last = (told([(run.net, getattr(run, when)) for run in runs(8, start)]) for when in ("best", "last"))
    return (
        one[1] > 0.98
        and one[2] < one[1] - 0.15
        and last[3] < best[3] + 0.01
        and last[0] < 0.75 * best[0]
        and last[4] > best[4]
    )


@functools.cache
def epochs(
    start,
    goal=0.25,
    hidden=(32,),
    scheme="he_normal",
    rule=("adam", 0.003),
    batch=32,
    inputs="scaled",
    n=None,
    noise=0,
    starts=STARTS,
):
    """The middle one of the starts, as (epochs, updates); infinite if 120 epochs are too few."""
    (X, t), (X_val, t_val), _, raw, raw_val = parts(start)
    if inputs != "scaled":
        X, X_val = inputs * raw, inputs * raw_val
    rng, t = np.random.default_rng(start), t.copy()
    if noise:
        t[rng.choice(len(t), noise, replace=False)] = rng.integers(0, 10, noise)
    found = []
    for seed in range(STARTS * start, STARTS * start + starts):
        net, theta = fresh(hidden, seed, scheme)
        run = nn.train(
            net,
            theta,
            X[:n],
            t[:n],
            "cross_entropy",
            getattr(nn, rule[0])(rule[1]),
            epochs=120,
            batch_size=batch,
            seed=seed,
            validation=(X_val, t_val),
            callback=lambda e, now, h: h.val_loss[-1] <= goal,
        )
        found.append((len(run.loss), run.updates) if run.val_loss[-1] <= goal else (np.inf, np.inf))
    return tuple(np.median(found, axis=0))


@claim("This network needs about 6 epochs to bring the validation loss to 0.25.")
def six_epochs(start):
    return 5 <= epochs(start)[0] <= 8


@claim(
    "Yes: several changes take it from a few epochs to not at all.",
    "a rate that is too large, a start that cannot break the symmetry, pixels of the wrong size.",
    "too few samples or wrong labels leave a loss that no patience brings down.",
)
def some_changes_never_arrive(start):
    changes = (dict(rule=("adam", 0.1)), dict(scheme="zeros"), dict(inputs=255), dict(n=100), dict(noise=216))
    return all(np.isinf(epochs(start, starts=2, **change)[0]) for change in changes)


@claim(
    "Some only move *when*: the rate, the batch, the layers, and a little the random start.",
    "The rate alone goes beyond that, in both directions.",
)
def some_change_only_when(start):
    usual = epochs(start)[0]
    slow, quick = epochs(start, rule=("adam", 0.0003))[0], epochs(start, rule=("adam", 0.01))[0]
    return quick < 0.5 * usual and slow < np.inf and slow > 3 * usual and epochs(start, hidden=())[0] > 1.5 * usual


@claim(
    "batches of 8 need fewer epochs than batches of 32 and more updates; of the three, one batch of all needs the "
    "most epochs and the fewest updates.",
    "The batch size alone takes it from 3 epochs or fewer to dozens",
    "the scale of the inputs and the goal move it, too.",
)
def what_you_count(start):
    small, usual, full = epochs(start, batch=8), epochs(start), epochs(start, batch=None)
    order = small[0] < usual[0] < full[0] and small[1] > usual[1] > full[1]
    moves = epochs(start, inputs=1)[0] != usual[0] and epochs(start, goal=0.15)[0] > usual[0]
    return order and small[0] <= 3 and full[0] > 36 and moves


@claim(
    "more than 90% of the validation points right with two layers of eight, and fewer with sgd.",
    "Four units are a matter of luck",
)
def the_playground(start):
    module = importlib.import_module("nnlib.lab.playground.experiment")

    def share(**state):
        s = module.checked({"data": "spirals", "lr": 0.02, "seed": start + 1, **state})
        net, _, _, (X, t), run = module.native(s, 500)
        return np.mean((nn.forward(net, run.theta, X)[:, 0] > 0.5) == (np.ravel(t) > 0.5))

    two = share(hidden=[8, 8])
    luck = np.ptp([share(hidden=[4], seed=start + k) for k in range(1, 7)])
    return two > 0.9 and share(hidden=[8, 8], optimizer="sgd") < two and luck > 0.07


@claim(
    "A straight line cannot tell apart arms that wind around each other.",
    "Sixteen units bend it enough.",
    "The second layer gains a few points of 90 at most, about as much as the error bar of a difference",
)
def the_spirals(start):
    X, t = nn.data.spirals(300, noise=0.05, seed=start + 1, classes=3)
    (X, t), (X_val, t_val) = nn.data.split(X, t, (0.7, 0.3), seed=start)
    hits = []
    for hidden in ((), (16,), (16, 16)):
        net = nn.mlp([2, *hidden, 3], hidden="tanh", output="softmax")
        theta = nn.initialize(net, seed=start)
        run = nn.train(net, theta, X, t, "cross_entropy", nn.adam(0.02), epochs=400, seed=start)
        hits.append(90 * right(net, run.theta, X_val, t_val))
    return hits[0] < 45 < 75 < hits[1] and abs(hits[2] - hits[1]) < 6.5


@claim("Two layers are ahead in the mean of five starts, with more than twice the parameters: the claim holds here.")
def two_layers_beat_one(start):
    X, t = nn.data.spirals(600, noise=0.1, seed=start + 2, classes=3)
    (X, t), validation, _ = nn.data.split(X, t, (0.5, 0.25, 0.25), seed=start)
    found = []
    for hidden in ((16,), (12, 12)):
        net = nn.mlp([2, *hidden, 3], hidden="tanh", output="softmax")
        for seed in range(STARTS * start, STARTS * (start + 1)):
            theta = nn.initialize(net, seed=seed)
            rest = dict(epochs=300, seed=seed, validation=validation)
            found.append(nn.train(net, theta, X, t, "cross_entropy", nn.adam(0.02), **rest).val_loss.min())
    return np.mean(found[STARTS:]) < np.mean(found[:STARTS])

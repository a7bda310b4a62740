"""Chapter 16: what its means over twenty runs, its searches and its chosen winners show."""

import functools
from itertools import pairwise

import numpy as np

import nnlib as nn
from nnlib.estimator import MLPClassifier
from tests.claims import claim

NOISE, RUNS = 0.4, 20
LAMBDAS = np.logspace(-5, 0, 16)
UNSEEN = nn.data.sine(400, noise=NOISE, seed=999)
ENDS = np.linspace(-np.pi, np.pi, 21)[:, None]


def fitted(width, m, l2, k):
    net, data = nn.mlp([1, width, 1]), nn.data.sine(m, noise=NOISE, seed=k)
    run = nn.train(net, nn.initialize(net, seed=k), *data, optimizer=nn.adam(0.03), epochs=1000, batch_size=None, l2=l2)
    return net, run.theta, data


def own(start):
    return range(RUNS * start, RUNS * (start + 1))


@functools.cache
def errors(width, m, i, start):
    """(training, validation) error at λ number i, one column a run."""
    found = []
    for k in own(start):
        net, theta, data = fitted(width, m, LAMBDAS[i], k)
        found.append([np.mean((nn.forward(net, theta, X) - T) ** 2) for X, T in (data, UNSEEN)])
    return np.transpose(found)


SEEN = (0, 3, 6, 9, 10, 12, 15)  # of the sixteen λ


def means(width, start):
    return np.transpose([errors(width, 15, i, start).mean(axis=1) for i in SEEN])


@claim(
    "Training error rises all along, about tenfold.",
    "Validation error falls by more than a quarter, then rises above where it began.",
    "Training rises all along; validation falls, then rises",
)
def the_price_takes_the_noise_then_the_signal(start):
    train, choose = means(32, start)
    rises = np.all(np.diff(train) > 0) and 7 < train[-1] / train[0] < 15
    return rises and choose.min() < 0.75 * choose[0] and choose[-1] > choose[0]


@claim("With 100 points there is little to gain.")
def many_points_need_no_price(start):
    left = errors(32, 100, 0, start)[1].mean()
    return left - errors(32, 100, 8, start)[1].mean() < 0.03


@claim("Four units with 15 points overfit, too.", "At the best λ, 32 units do as well as 4.")
def few_units_are_no_cure(start):
    (_, few), (_, many) = means(4, start), means(32, start)
    return few.min() < 0.85 * few[0] and abs(few.min() - many.min()) < 0.03


@claim(
    "Several thin orange lines, the single runs, fall, rise and fall again.",
    "*Demonstration:* patience 1, and the thin orange lines of the explorer above.",
)
def single_runs_have_more_than_one_valley(start):
    lines = np.transpose([errors(32, 15, i, start)[1] for i in range(13)])
    return sum(any(b > a and (y[k + 2 :] < a).any() for k, (a, b) in enumerate(pairwise(y))) for y in lines) >= 3


def wait(losses, patience):
    best, when = np.inf, 0
    for epoch, loss in enumerate(losses, 1):
        if loss < best:
            best, when = loss, epoch
        elif epoch - when >= patience:
            return when, epoch
    return when, len(losses)


@functools.cache
def epochs(start):
    """The validation errors of twenty runs, epoch by epoch; and their training errors."""
    net, validation, training = nn.mlp([1, 32, 1]), [], []
    for k in own(start):
        run = nn.train(
            net,
            nn.initialize(net, seed=k),
            *nn.data.sine(15, NOISE, seed=k),
            optimizer=nn.adam(0.01),
            epochs=600,
            batch_size=10,
            seed=k,
            validation=UNSEEN,
        )
        validation.append(2 * run.val_loss)
        training.append(2 * run.loss)
    return np.array(validation), np.array(training)


@claim(
    "An epoch that is a little worse comes early, so patience 1 ends a typical run before it has learned.",
    "Patience 20 is better, 200 better still: it waits through a bad stretch.",
    "The last epoch is worse than the one that 200 keeps.",
)
def patience_pays(start):
    validation, _ = epochs(start)
    kept = [np.mean([y[wait(y, p)[0] - 1] for y in validation]) for p in (1, 20, 200)]
    early = np.median([wait(y, 1)[1] for y in validation]) < 10
    return early and kept[0] > kept[1] + 0.05 and kept[1] > kept[2] and validation[:, -1].mean() > 1.1 * kept[2]


@claim("mean validation error falls, then rises", "error keeps falling; mean", "Every single orange line zigzags.")
def too_long_is_too_much(start):
    validation, training = (y.mean(axis=0) for y in epochs(start))
    low = validation[50:300].min()
    single, _ = epochs(start)
    zigzag = all(np.sum(np.diff(np.sign(np.diff(y))) != 0) > 20 for y in single)
    falls = np.all(np.diff(training.reshape(6, 100).mean(axis=1)) < 0)
    return validation[0] > 1.2 * low and validation[-50:].mean() > low and falls and zigzag


@functools.cache
def two_errors(m, l2, start):
    curves = []
    for k in own(start):
        net, theta, _ = fitted(8, m, l2, k)
        curves.append(nn.forward(net, theta, ENDS)[:, 0])
    return np.mean((np.mean(curves, axis=0) - np.sin(ENDS[:, 0])) ** 2), np.var(curves, axis=0).mean()


@claim("At the left end, variance falls to less than a fifth.")
def data_cure_variance(start):
    return two_errors(80, 1e-5, start)[1] < 0.2 * two_errors(10, 1e-5, start)[1]


@claim("At λ = 1 it shrinks, too; bias² stays where it is, near 0.45.", "The variance shrinks, the bias stays")
def data_do_not_cure_bias(start):
    few, many = two_errors(10, 1.0, start), two_errors(80, 1.0, start)
    return many[1] < 0.5 * few[1] and abs(few[0] - 0.45) < 0.04 and abs(many[0] - 0.45) < 0.04


@functools.cache
def digits(start, fractions=(0.6, 0.2, 0.2)):
    return nn.data.split(*nn.data.digits(), fractions, seed=start)


@functools.cache
def table(start):
    """Scores on validation digits: one row a λ, one column a learning rate."""
    fit, choose, _ = digits(start)

    def score(l2, rate):
        return MLPClassifier((16,), learning_rate=rate, l2=l2, epochs=20, random_state=start).fit(*fit).score(*choose)

    return np.array([[score(l2, rate) for rate in np.geomspace(1e-4, 1, 5)] for l2 in (1e-5, 1e-3, 1e-1)])


@claim("Above, columns differ more than rows: the learning rate matters most, λ only where it is large.")
def the_learning_rate_matters_most(start):
    scores = table(start)
    small, middle, large = scores[:, 2]
    return np.ptp(scores[1]) > 2 * np.ptp(scores[:, 2]) and abs(small - middle) < 0.05 and large < middle - 0.1


@functools.cache
def score(rate, l2, start):
    """By cross-validation, as the page scores."""
    fit, choose, _ = digits(start)
    pool = [np.concatenate(pair) for pair in zip(fit, choose, strict=True)]
    third = np.arange(len(pool[1])) % 3
    model = MLPClassifier((16,), learning_rate=rate, l2=l2, epochs=20, random_state=start)
    parts = [[a[third != k] for a in pool] + [a[third == k] for a in pool] for k in range(3)]
    return np.mean([model.fit(X, t).score(X_new, t_new) for X, t, X_new, t_new in parts])


@claim("the random search draws a broad hill around", "0.01. Both stars stand on that hill.")
def the_hill_stands_there(start):
    rates = np.geomspace(1e-4, 1, 9)
    scores = np.array([score(rate, 1e-4, start) for rate in rates])
    hill = (rates > 2e-3) & (rates < 5e-2)
    return hill[scores.argmax()] and scores[hill].min() > 0.93 and scores[[0, -1]].max() < 0.8


@claim("The best scores differ by less than one digit in a hundred: luck.")
def both_searches_find_as_good_a_model(start):
    rng = np.random.default_rng(start)
    drawn = [(10 ** (4 * u - 4), 10 ** (4 * v - 5)) for u, v in rng.uniform(size=(25, 2))]
    hill = [trial for trial in drawn if 0.002 < trial[0] < 0.05 and trial[1] < 0.01]  # the others cannot win
    grid = [(0.01, l2) for l2 in np.geomspace(1e-5, 0.1, 5)[:4]]
    return bool(hill) and abs(max(score(*t, start) for t in hill) - max(score(*t, start) for t in grid)) < 0.01


@claim("The claim fails. The winner's score is a maximum over 20 noisy numbers, as with the coins")
def the_winner_shows_too_much(start):
    gaps = []
    for s in range(6 * start, 6 * start + 6):
        fit, choose, report = digits(s, (100 / 1797, 50 / 1797, 0.9))
        model = MLPClassifier((16,), learning_rate=0.03, epochs=15)
        scores = []
        for k in range(20):
            model.set_params(random_state=k).fit(*fit)
            scores.append((model.score(*choose), k))
        best, k = max(scores, key=lambda found: found[0])
        gaps.append(best - model.set_params(random_state=k).fit(*fit).score(*report))
    return np.mean(gaps) > 0.005

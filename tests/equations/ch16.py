"""Chapter 16: selection, penalties, bias and variance, soft-thresholding and search, each by a second route."""

from itertools import product
from math import comb

import numpy as np
from scipy.optimize import minimize, minimize_scalar

import nnlib as nn
from tests.equations import equation

NET = nn.mlp([2, 3, 2])
RNG = np.random.default_rng(0)
X, T = RNG.normal(size=(7, 2)), RNG.normal(size=(7, 2))
THETA = nn.initialize(NET, seed=3) + 0.2


@equation("eq-best-of")
def the_best_of_several_by_listing_every_outcome():
    r"""
    \begin{gathered}
    \operatorname{E}[\text{best accuracy}] =\\
    \frac{1}{n} \sum_{k=0}^{n-1} \bigl(1 - F(k)^{M}\bigr)
    \end{gathered}
    """
    n, M = 4, 3
    F = np.cumsum([comb(n, k) for k in range(n + 1)]) / 2**n
    printed = np.sum(1 - F[:n] ** M) / n
    tosses = list(product([0, 1], repeat=n))
    listed = np.mean([max(map(sum, models)) for models in product(tosses, repeat=M)]) / n
    assert np.isclose(printed, listed, rtol=1e-12)


@equation("eq-penalized-loss")
def the_loss_with_its_penalties():
    r"""
    \begin{gathered}
    J = \underbrace{\frac{1}{m} \sum_{i=1}^{m} \ell_i}_{\text{data}} \;+\\
    \underbrace{\frac{\lambda}{2} \sum_{l} \|W_l\|^2 + \lambda_1 \sum_{l} \|W_l\|_1}_{\text{penalty}}
    \end{gathered}
    """
    l2, l1 = 0.3, 0.07
    Y = nn.forward(NET, THETA, X)
    data = np.mean([np.sum((y - t) ** 2) / 2 for y, t in zip(Y, T, strict=True)])
    weights = [W for W, _ in nn.unpack(NET, THETA)]
    printed = data + l2 / 2 * sum(np.sum(W**2) for W in weights) + l1 * sum(np.abs(W).sum() for W in weights)
    J, gradient = nn.backprop(NET, THETA, X, T, l1=l1, l2=l2)
    assert np.isclose(J, printed, rtol=1e-13)
    for i in range(NET.size):
        step = 1e-6 * np.eye(NET.size)[i]
        up, down = (nn.backprop(NET, THETA + s, X, T, l1=l1, l2=l2)[0] for s in (step, -step))
        assert np.isclose((up - down) / 2e-6, gradient[i], atol=1e-8)


@equation("eq-weight-decay")
def a_plain_step_shrinks_first():
    r"""
    \begin{gathered}
    \underbrace{W_l}_{(n,\,S)} \leftarrow (1 - \eta\lambda)\, W_l\\
    {} - \eta\; \underbrace{H_{l-1}^{\top}}_{(n,\,m)}\; \underbrace{\delta_l}_{(m,\,S)}
    \end{gathered}
    """
    eta, l2 = 0.1, 0.4
    work = nn.trace(NET, THETA, X, T, "l2")
    after = nn.train(NET, THETA, X, T, optimizer=nn.sgd(eta), epochs=1, batch_size=None, l2=l2).theta
    layers = zip(nn.unpack(NET, THETA), nn.unpack(NET, after), strict=True)
    for level, ((W, b), (W_new, b_new)) in enumerate(layers, 1):
        printed = (1 - eta * l2) * W - eta * work.H[level - 1].T @ work.delta[level]
        assert np.allclose(W_new, printed, rtol=0, atol=1e-14)
        assert np.allclose(b_new, b - eta * work.delta[level].sum(axis=0), rtol=0, atol=1e-14)


@equation("eq-monotone")
def a_larger_price_fits_worse_and_weighs_less():
    r"""
    \begin{gathered}
    E(\theta) \le E(\varphi)\\
    R(\varphi) \le R(\theta)\\
    (\lambda < \mu)
    \end{gathered}
    """
    seen = []
    for l2 in (1e-3, 1e-2, 1e-1, 1.0, 10.0):
        line = nn.mlp([2, 2])
        found = minimize(
            lambda t, l2=l2, line=line: nn.backprop(line, t, X, T, l2=l2), np.zeros(line.size), jac=True, tol=1e-12
        )
        R = sum(np.sum(W**2) for W, _ in nn.unpack(line, found.x)) / 2
        seen.append((nn.backprop(line, found.x, X, T)[0], R))
    E, R = np.array(seen).T
    assert (np.diff(E) > 0).all() and (np.diff(R) < 0).all()


@equation("eq-bias-variance")
def the_error_is_the_sum_of_three_parts():
    r"""
    \begin{gathered}
    \operatorname{E}(\hat y - t)^2 =\\
    \underbrace{(\operatorname{E}\hat y - f)^2}_{\text{bias}^2}
    + \underbrace{\operatorname{E}(\hat y - \operatorname{E}\hat y)^2}_{\text{variance}}\\
    + \underbrace{\sigma^2}_{\text{noise}}
    \end{gathered}
    """
    fits, weights = np.array([0.3, 1.1, 2.0]), np.array([0.5, 0.3, 0.2])
    f, noise, chances = 0.7, np.array([-0.4, 0.1, 0.9]), np.array([0.5, 0.35, 0.15])
    noise = noise - chances @ noise
    error = sum(
        p * q * (y - f - e) ** 2
        for (y, p), (e, q) in product(zip(fits, weights, strict=True), zip(noise, chances, strict=True))
    )
    mean = weights @ fits
    assert np.isclose(error, (mean - f) ** 2 + weights @ (fits - mean) ** 2 + chances @ noise**2, rtol=1e-13)


@equation("eq-soft-threshold")
def soft_thresholding_is_the_minimizer():
    r"""
    \begin{gathered}
    \operatorname{soft}(w, k) =\\
    \operatorname{sign}(w)\, \max(|w| - k,\, 0),\\
    k = \eta\lambda_1
    \end{gathered}
    """
    eta, l1 = 0.5, 0.6
    for w in (-1.3, -0.31, -0.2, 0.0, 0.1, 0.29, 0.7, 2.0):
        k = eta * l1
        printed = np.sign(w) * max(abs(w) - k, 0)
        least = minimize_scalar(lambda u, w=w: (u - w) ** 2 / (2 * eta) + l1 * abs(u), bounds=(-3, 3), method="bounded",
                                options=dict(xatol=1e-10))  # fmt: skip
        assert np.isclose(least.x, printed, atol=1e-6)


@equation("eq-ridge")
def l2_takes_a_share():
    r"""w = \frac{c}{c + \lambda}\, \hat w, \quad \text{lost: } \frac{\lambda}{\lambda + c}"""
    for c, l2, w_hat in ((1.0, 1.0, 2.0), (0.1, 1.0, 2.0), (4.0, 1.0, 3.0)):
        w = minimize_scalar(lambda u, c=c, l2=l2, w_hat=w_hat: c / 2 * (u - w_hat) ** 2 + l2 / 2 * u**2).x
        assert np.isclose(w, c / (c + l2) * w_hat, rtol=1e-7)
        assert np.isclose(1 - w / w_hat, l2 / (l2 + c), rtol=1e-6)
        line, inputs = nn.mlp([1, 1]), np.array([[np.sqrt(c)], [-np.sqrt(c)]])
        run = nn.train(line, np.zeros(2), inputs, inputs * w_hat, optimizer=nn.sgd(0.2), epochs=2000,
                       batch_size=None, l2=l2)  # fmt: skip
        assert np.isclose(run.theta[0], c / (c + l2) * w_hat, rtol=1e-12)


@equation("eq-random-search")
def random_trials_hit_the_best_twentieth():
    r"""
    \begin{gathered}
    P(\text{one of } n \text{ in the best } 5\%)\\
    = 1 - 0.95^{n}
    \end{gathered}
    """
    for n in (1, 2, 20, 60):  # one hit, or two, or … n
        hits = sum(comb(n, k) * 0.05**k * 0.95 ** (n - k) for k in range(1, n + 1))
        assert np.isclose(1 - 0.95**n, hits, rtol=1e-12)
    assert np.isclose(1 - 0.95**60, 0.953930201, atol=5e-10)
    hits = (np.random.default_rng(0).uniform(size=(20_000, 60)) < 0.05).any(axis=1).mean()
    assert abs(hits - (1 - 0.95**60)) < 0.006

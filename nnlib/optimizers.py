"""Eleven ways downhill, in order of increasing complexity.

Each stands whole in one block: its step, which is one loop over θ and its gradient g; the function by which one asks
for it; and its row, from which all else is read. Every update equals the one of `torch.optim`, defaults included, so
that readers can move over. An optimizer is a few numbers and never changes; what it remembers from step to step is a
`State`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from . import schedules
from .engine import border
from .engine.exp import power, whole_power
from .engine.jit import apart, dispatch, inlined, jit


class Settings(NamedTuple):
    """All numbers of an optimizer and of its schedule, by name, as the kernels take them."""

    schedule: int  # its code; lr, a, every and warmup are its numbers
    lr: float
    a: float
    every: float
    warmup: float
    beta1: float
    beta2: float
    eps: float
    decay: float


class Row(NamedTuple):
    """What all others know of an optimizer. The kernels know it by its place in `ROWS`.

    `step(θ, g, s, u, product, t, lr, settings)` changes θ and the memory: s and u, of which it has as many as it asks
    for, a third one at the end of u; `product`, Nadam's Π μ. t counts updates from 1, lr is η at t in float64, and the
    settings are a `Settings`.
    """

    name: str
    function: Callable
    step: Callable
    vectors: int = 0  # how many vectors like θ it remembers: s, and from the second on u
    divisor: str = ""  # the one, at its end, by whose root or by which itself the step is divided
    linear: bool = False  # whether twice the gradient is twice the step


ROWS: list[Row] = []


def _make(name, lr, text="", beta1=0.0, beta2=0.0, eps=0.0, decay=0.0):
    lr = schedules.as_schedule(lr)
    return Optimizer(name, lr, beta1, beta2, eps, decay, f"{name}(lr={lr}{text.format(beta1, beta2, eps, decay)})")


def _fraction(name, value):
    return border.number(name, value, 0, 1, open_high=True)


def _moments(name, lr, beta1, beta2, eps, text="", decay=0.0):
    beta1, beta2, eps = _fraction("beta1", beta1), _fraction("beta2", beta2), border.number("eps", eps, 0)
    return _make(name, lr, ", beta1={0:g}, beta2={1:g}, eps={2:g}" + text, beta1, beta2, eps, decay)


@inlined
def step_sgd(θ, g, s, u, product, t, lr, settings):
    η = θ.dtype.type(lr)
    for i in range(θ.size):
        θ[i] -= η * g[i]  # (eq-sgd)


def sgd(lr: float | schedules.Schedule = 1e-3) -> Optimizer:
    """Gradient descent: θ ← θ - η g. Stochastic, when g comes from a batch (Robbins and Monro, 1951).

    Parameters
    ----------
    lr : float > 0 or schedule
        The learning rate η.
    """
    return _make("sgd", lr)


ROWS.append(Row("sgd", sgd, step_sgd, linear=True))


@inlined
def step_momentum(θ, g, v, u, product, t, lr, settings):
    η, β = θ.dtype.type(lr), θ.dtype.type(settings.beta1)
    for i in range(θ.size):
        v[i] = β * v[i] + g[i]
        θ[i] -= η * v[i]  # (eq-momentum)


def momentum(lr: float | schedules.Schedule = 1e-3, beta: float = 0.9) -> Optimizer:
    """The heavy ball: v ← β v + g, θ ← θ - η v (Polyak, 1964).

    Parameters
    ----------
    lr : float > 0 or schedule
    beta : float in [0, 1)
    """
    return _make("momentum", lr, ", beta={0:g}", _fraction("beta", beta))


ROWS.append(Row("momentum", momentum, step_momentum, vectors=1, linear=True))


@inlined
def step_nesterov(θ, g, v, u, product, t, lr, settings):
    η, β = θ.dtype.type(lr), θ.dtype.type(settings.beta1)
    for i in range(θ.size):
        v[i] = β * v[i] + g[i]
        θ[i] -= η * (g[i] + β * v[i])  # (eq-nesterov)


def nesterov(lr: float | schedules.Schedule = 1e-3, beta: float = 0.9) -> Optimizer:
    """Momentum that looks ahead: v ← β v + g, θ ← θ - η (g + β v) (Nesterov, 1983; in this form Sutskever et
    al., 2013).

    Parameters
    ----------
    lr : float > 0 or schedule
    beta : float in [0, 1)
    """
    return _make("nesterov", lr, ", beta={0:g}", _fraction("beta", beta))


ROWS.append(Row("nesterov", nesterov, step_nesterov, vectors=1, linear=True))


@inlined
def step_adagrad(θ, g, s, u, product, t, lr, settings):
    η, ε = θ.dtype.type(lr), θ.dtype.type(settings.eps)
    for i in range(θ.size):
        s[i] += g[i] * g[i]
        θ[i] -= η * g[i] / (np.sqrt(s[i]) + ε)  # (eq-adagrad)


def adagrad(lr: float | schedules.Schedule = 0.01, eps: float = 1e-10) -> Optimizer:
    """A rate of its own for each parameter: s ← s + g², θ ← θ - η g / (√s + ε) (Duchi, Hazan and Singer,
    2011).

    Parameters
    ----------
    lr : float > 0 or schedule
    eps : float ≥ 0
    """
    return _make("adagrad", lr, ", eps={2:g}", eps=border.number("eps", eps, 0))


ROWS.append(Row("adagrad", adagrad, step_adagrad, vectors=1, divisor="s"))


@inlined
def step_adadelta(θ, g, s, u, product, t, lr, settings):
    f = θ.dtype.type
    η, one = f(lr), f(1)
    ρ, ε = f(settings.beta1), f(settings.eps)
    for i in range(θ.size):
        s[i] = ρ * s[i] + (one - ρ) * g[i] * g[i]
        Δ = np.sqrt(u[i] + ε) / np.sqrt(s[i] + ε) * g[i]  # (eq-adadelta)
        u[i] = ρ * u[i] + (one - ρ) * Δ * Δ
        θ[i] -= η * Δ


def adadelta(lr: float | schedules.Schedule = 1.0, rho: float = 0.9, eps: float = 1e-6) -> Optimizer:
    """s ← ρ s + (1-ρ) g², Δ = √(u+ε) / √(s+ε) g, u ← ρ u + (1-ρ) Δ², θ ← θ - η Δ (Zeiler, 2012).

    Parameters
    ----------
    lr : float > 0 or schedule
    rho : float in [0, 1)
    eps : float > 0
        Not 0: the first step is proportional to its root.
    """
    eps = border.number("eps", eps, 0, open_low=True)
    return _make("adadelta", lr, ", rho={0:g}, eps={2:g}", _fraction("rho", rho), eps=eps)


ROWS.append(Row("adadelta", adadelta, step_adadelta, vectors=2, divisor="s"))


@inlined
def step_rmsprop(θ, g, s, u, product, t, lr, settings):
    f = θ.dtype.type
    η, one = f(lr), f(1)
    α, ε = f(settings.beta1), f(settings.eps)
    for i in range(θ.size):
        s[i] = α * s[i] + (one - α) * g[i] * g[i]  # (eq-rmsprop)
        θ[i] -= η * g[i] / (np.sqrt(s[i]) + ε)


def rmsprop(lr: float | schedules.Schedule = 0.01, alpha: float = 0.99, eps: float = 1e-8) -> Optimizer:
    """s ← α s + (1-α) g², θ ← θ - η g / (√s + ε) (Tieleman and Hinton, 2012, with α = 0.9).

    Parameters
    ----------
    lr : float > 0 or schedule
    alpha : float in [0, 1)
    eps : float ≥ 0
    """
    eps = border.number("eps", eps, 0)
    return _make("rmsprop", lr, ", alpha={0:g}, eps={2:g}", _fraction("alpha", alpha), eps=eps)


ROWS.append(Row("rmsprop", rmsprop, step_rmsprop, vectors=1, divisor="s"))


@inlined
def _flushed(x, tiny):
    """0 below `tiny`: a denormal float32 costs 100 cycles. Ablation: flush"""
    return tiny - tiny if abs(x) < tiny else x


@inlined
def step_adam(θ, g, m, v, product, t, lr, settings):
    """Both bias corrections are worked out in float64, whatever θ is: 1 - 0.999ᵗ loses three digits."""
    f = θ.dtype.type
    η = f(lr / (1.0 - whole_power(settings.beta1, t)))  # η / (1 - β1ᵗ), for m̂
    root = f(1.0 / np.sqrt(1.0 - whole_power(settings.beta2, t)))  # 1 / √(1 - β2ᵗ), for √v̂
    β1, β2, ε = f(settings.beta1), f(settings.beta2), f(settings.eps)
    one, tiny = f(1), f(1e-30 if θ.itemsize == 4 else 0)
    for i in range(θ.size):
        m[i] = _flushed(β1 * m[i] + (one - β1) * g[i], tiny)
        v[i] = β2 * v[i] + (one - β2) * g[i] * g[i]
        θ[i] -= η * m[i] / (root * np.sqrt(v[i]) + ε)  # (eq-adam)


def adam(
    lr: float | schedules.Schedule = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
) -> Optimizer:
    """Momentum and RMSprop, both freed from their start at 0 (Kingma and Ba, 2015).

    m ← β₁ m + (1-β₁) g, v ← β₂ v + (1-β₂) g², θ ← θ - η m̂ / (√v̂ + ε), where m̂ = m / (1-β₁ᵗ), v̂ = v /
    (1-β₂ᵗ).

    Parameters
    ----------
    lr : float > 0 or schedule
    beta1, beta2 : float in [0, 1)
    eps : float ≥ 0
    """
    return _moments("adam", lr, beta1, beta2, eps)


ROWS.append(Row("adam", adam, step_adam, vectors=2, divisor="u"))


@inlined
def step_adamw(θ, g, m, v, product, t, lr, settings):
    """Corrections as in Adam. What the decay takes is worked out in float64: 1 - 1e-5 loses two digits."""
    f = θ.dtype.type
    η = f(lr / (1.0 - whole_power(settings.beta1, t)))
    root = f(1.0 / np.sqrt(1.0 - whole_power(settings.beta2, t)))
    β1, β2, ε, kept = f(settings.beta1), f(settings.beta2), f(settings.eps), f(1.0 - lr * settings.decay)
    one, tiny = f(1), f(1e-30 if θ.itemsize == 4 else 0)
    for i in range(θ.size):
        m[i] = _flushed(β1 * m[i] + (one - β1) * g[i], tiny)
        v[i] = β2 * v[i] + (one - β2) * g[i] * g[i]
        θ[i] = kept * θ[i] - η * m[i] / (root * np.sqrt(v[i]) + ε)


def adamw(
    lr: float | schedules.Schedule = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8,
    weight_decay: float = 0.01,
) -> Optimizer:  # fmt: skip
    """Adam, and a decay that its division does not touch (Loshchilov and Hutter, 2019).

    θ ← (1 - η λ) θ - η m̂ / (√v̂ + ε), with m̂ and v̂ as in Adam. A penalty (λ/2)‖W‖², which is `train`'s l2, would come
    in by the gradient and be divided by √v̂ with it. All of θ decays, biases too, as in PyTorch without groups.

    Parameters
    ----------
    lr : float > 0 or schedule
    beta1, beta2 : float in [0, 1)
    eps : float ≥ 0
    weight_decay : float ≥ 0
        λ. It should be far below 1/η: at 1/η a step forgets θ.
    """
    return _moments(
        "adamw", lr, beta1, beta2, eps, ", weight_decay={3:g}", border.number("weight_decay", weight_decay, 0)
    )


ROWS.append(Row("adamw", adamw, step_adamw, vectors=2, divisor="u"))


@inlined
def step_amsgrad(θ, g, m, u, product, t, lr, settings):
    """Corrections as in Adam. u is v, and behind it the largest v so far."""
    f, n = θ.dtype.type, θ.size
    η = f(lr / (1.0 - whole_power(settings.beta1, t)))
    root = f(1.0 / np.sqrt(1.0 - whole_power(settings.beta2, t)))
    β1, β2, ε = f(settings.beta1), f(settings.beta2), f(settings.eps)
    one, tiny = f(1), f(1e-30 if θ.itemsize == 4 else 0)
    v, most = u[:n], u[n:]
    for i in range(n):
        m[i] = _flushed(β1 * m[i] + (one - β1) * g[i], tiny)
        v[i] = β2 * v[i] + (one - β2) * g[i] * g[i]
        most[i] = v[i] if v[i] > most[i] else most[i]
        θ[i] -= η * m[i] / (root * np.sqrt(most[i]) + ε)


def amsgrad(
    lr: float | schedules.Schedule = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
) -> Optimizer:
    """Adam that divides by the largest v so far, and so forgets no large gradient (Reddi, Kale and Kumar, 2018).

    v̄ ← max(v̄, v), θ ← θ - η m̂ / (√(v̄ / (1-β₂ᵗ)) + ε), with m, m̂ and v as in Adam. PyTorch's Adam with amsgrad=True.

    Parameters
    ----------
    lr : float > 0 or schedule
    beta1, beta2 : float in [0, 1)
    eps : float ≥ 0
    """
    return _moments("amsgrad", lr, beta1, beta2, eps)


ROWS.append(Row("amsgrad", amsgrad, step_amsgrad, vectors=3, divisor="u"))


@inlined
def step_adamax(θ, g, m, u, product, t, lr, settings):
    f = θ.dtype.type
    η = f(lr / (1.0 - whole_power(settings.beta1, t)))  # η / (1 - β1ᵗ), for m̂
    β1, β2, ε = f(settings.beta1), f(settings.beta2), f(settings.eps)
    one = f(1)
    for i in range(θ.size):
        m[i] = β1 * m[i] + (one - β1) * g[i]
        now, before = abs(g[i]) + ε, β2 * u[i]
        u[i] = before if before > now else now  # (eq-adamax)
        θ[i] -= η * m[i] / u[i]


def adamax(
    lr: float | schedules.Schedule = 2e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
) -> Optimizer:
    """Adam with the largest recent gradient for a scale (Kingma and Ba, 2015, §7).

    m ← β₁ m + (1-β₁) g, u ← max(β₂ u, abs g + ε), θ ← θ - η / (1-β₁ᵗ) · m / u.

    Parameters
    ----------
    lr : float > 0 or schedule
    beta1, beta2 : float in [0, 1)
    eps : float ≥ 0
    """
    return _moments("adamax", lr, beta1, beta2, eps)


ROWS.append(Row("adamax", adamax, step_adamax, vectors=2, divisor="u"))


@inlined
def step_nadam(θ, g, m, v, product, t, lr, settings):
    """`product` is Π μ, so far: its corrections, and that of v, are worked out in float64 as in Adam."""
    f, b1, ψ = θ.dtype.type, settings.beta1, settings.decay
    μ = b1 * (1.0 - 0.5 * power(0.96, t * ψ))
    μ_next = b1 * (1.0 - 0.5 * power(0.96, (t + 1) * ψ))
    product[0] *= μ
    η_now, η_next = f(lr * (1.0 - μ) / (1.0 - product[0])), f(lr * μ_next / (1.0 - product[0] * μ_next))
    root = f(1.0 / np.sqrt(1.0 - whole_power(settings.beta2, t)))  # 1 / √(1 - β2ᵗ), for √v̂
    β1, β2, ε = f(b1), f(settings.beta2), f(settings.eps)
    one = f(1)
    for i in range(θ.size):
        m[i] = β1 * m[i] + (one - β1) * g[i]
        v[i] = β2 * v[i] + (one - β2) * g[i] * g[i]
        θ[i] -= (η_now * g[i] + η_next * m[i]) / (root * np.sqrt(v[i]) + ε)  # (eq-nadam)


def nadam(
    lr: float | schedules.Schedule = 2e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8,
    momentum_decay: float = 4e-3,
) -> Optimizer:  # fmt: skip
    """Adam with Nesterov's look ahead (Dozat, 2016).

    μₜ = β₁ (1 - ½ 0.96^(t ψ)), with ψ the momentum decay; m and v as in Adam;
    θ ← θ - η [(1-μₜ) / (1-Πμ) g + μₜ₊₁ / (1 - μₜ₊₁Πμ) m] / (√v̂ + ε), where Πμ = μ₁ … μₜ.

    Parameters
    ----------
    lr : float > 0 or schedule
    beta1, beta2 : float in [0, 1)
    eps : float ≥ 0
    momentum_decay : float ≥ 0
    """
    decay = border.number("momentum_decay", momentum_decay, 0)
    return _moments("nadam", lr, beta1, beta2, eps, ", momentum_decay={3:g}", decay)


ROWS.append(Row("nadam", nadam, step_nadam, vectors=2, divisor="u"))


# ---- all of them: a new one goes above this line ----

NAMES = [row.name for row in ROWS]
CODES = {name: code for code, name in enumerate(NAMES)}
BY_NAME = {row.name: row.function for row in ROWS}
__all__ = list(BY_NAME)  # what nnlib takes from here: nn.sgd, nn.adam, …
SGD = CODES["sgd"]


@inlined
def step_unknown(θ, g, s, u, product, t, lr, settings):
    """A code without a row: nothing learned from it is to pass for a result."""
    for i in range(θ.size):
        θ[i] = np.nan


PARAMETERS = "theta, g, s, u, product, t, lr, settings"
# update(code, …): θ ← θ - η · (what the optimizer makes of g); s and u are its memory, `product` Nadam's Π μ.
update = apart(dispatch("update", [row.step for row in ROWS], step_unknown, PARAMETERS))


@inlined
def learning_rate(settings, t):
    """η at update t, from the settings."""
    return schedules.rate(settings.schedule, settings.lr, settings.a, settings.every, settings.warmup, float(t))


@jit
def _update(code, settings, θ, g, s, u, product, t):
    update(code, θ, g, s, u, product, t, learning_rate(settings, t), settings)


def _parts(vectors):
    """How many vectors like θ s holds, and how many u."""
    return min(vectors, 1), max(vectors - 1, 0)


class State:
    """What an optimizer remembers, and where training stands. Made by `optimizer.state(θ)` and by `train`.

    Attributes
    ----------
    name : str
        The optimizer it belongs to.
    t : int
        Updates so far.
    epoch : int
        Epochs so far; it picks the next epoch's order of the samples.
    s, u : vectors like θ, or empty
        The memory: momentum and Nesterov v, Adagrad and RMSprop the mean square, Adadelta both mean squares,
        Adam and its relatives the first and second moment. AMSGrad's u is twice as long: behind the second moment are
        its largest values. What an optimizer does not use is empty.
    product : float64 array of one number
        Nadam's running product of μ.
    """

    def __init__(self, name: str, θ: np.ndarray) -> None:
        self.name, self.t, self.epoch = name, 0, 0
        vectors = ROWS[CODES[name]].vectors
        self.s, self.u = (np.zeros(θ.size * count, θ.dtype) for count in _parts(vectors))
        self.product = np.ones(1)

    def copy(self) -> State:
        """A state that does not change when this one does."""
        return copy.deepcopy(self)

    def __repr__(self):
        return f"State({self.name!r}, t={self.t}, epoch={self.epoch})"


class Optimizer(NamedTuple):
    """A way downhill: a name and a few numbers. Made by the functions above.

    Attributes
    ----------
    name : str
    lr : Schedule
    beta1, beta2, eps, decay : float
        As far as this one uses them; β of momentum, ρ of Adadelta and α of RMSprop are beta1, AdamW's λ is decay.
    text : str
        How it was asked for.
    """

    name: str
    lr: schedules.Schedule
    beta1: float
    beta2: float
    eps: float
    decay: float
    text: str

    def __repr__(self):
        return self.text

    @property
    def code(self) -> int:
        """What the kernels know it by."""
        return CODES[border.choice("optimizer", self.name, NAMES)]

    @property
    def row(self) -> Row:
        """What is known of its kind."""
        return ROWS[self.code]

    @property
    def settings(self) -> Settings:
        """All its numbers, as the kernels take them."""
        lr, numbers = self.lr, (self.beta1, self.beta2, self.eps, self.decay)
        return Settings(int(lr.code), *map(float, (lr.lr, lr.a, lr.every, lr.warmup, *numbers)))

    def state(self, theta: ArrayLike) -> State:
        """An empty memory for parameters like θ, t = 0.

        Parameters
        ----------
        theta : array of any shape
        """
        return State(NAMES[self.code], border.floating("theta", theta))

    def step(self, theta: np.ndarray, gradient: ArrayLike, state: State) -> None:
        """One update by hand: θ changes in place, and so does the state, whose t is increased first.

        Parameters
        ----------
        theta : float64 or float32 array of any shape, writable
        gradient : array of the same shape
        state : State
            From `state(θ)`.

        Raises
        ------
        ValueError, TypeError
            If something does not fit, or is NaN or inf. Nothing has changed then.
        """
        if not isinstance(theta, np.ndarray) or theta.dtype not in (np.float32, np.float64):
            what = f"dtype {theta.dtype}" if isinstance(theta, np.ndarray) else type(theta).__name__
            raise TypeError(f"theta: needs a float64 or float32 array, which the step changes in place, got {what}")
        if not theta.flags.writeable:
            raise ValueError("theta: needs a writable array, which the step changes in place, got a read-only one")
        target = border.numeric("theta", theta)  # the array under a masked one that hides nothing, or a matrix
        border.finite("theta", target)
        g = border.numeric("gradient", gradient)
        if g.shape != theta.shape:
            raise ValueError(f"gradient: needs shape {theta.shape}, like theta, got {g.shape}")
        g = border.finite("gradient", border.ready(g, theta.dtype))
        state = checked_state(state, self, theta)
        θ = border.ready(target, theta.dtype)
        state.t += 1
        _update(
            *(self.code, self.settings, θ.reshape(-1), g.reshape(-1)),
            *(state.s, state.u, state.product, state.t),
        )
        if θ is not target:
            target[...] = θ


def checked_state(state: object, optimizer: Optimizer, θ: np.ndarray) -> State:
    """`state`, if it belongs to this optimizer and these parameters."""
    if not isinstance(state, State):
        raise TypeError(f"state: needs what optimizer.state(theta) or train returns, got {type(state).__name__}")
    if state.name != optimizer.name:
        raise ValueError(f"state: needs one of {optimizer.name!r}, got one of {state.name!r}")
    for count, part in zip(_parts(optimizer.row.vectors), (state.s, state.u), strict=True):
        if part.shape != (θ.size * count,) or part.dtype != θ.dtype:
            need, came = f"one for {θ.size} parameters of dtype {θ.dtype}", part.size // max(count, 1)
            raise ValueError(f"state: needs {need}, got one for {came} of dtype {part.dtype}")
    return state


def as_optimizer(optimizer: object) -> Optimizer:
    """An optimizer from its name, with the defaults, or the optimizer that came."""
    if isinstance(optimizer, Optimizer):
        border.choice("optimizer", optimizer.name, NAMES)
        return optimizer
    if isinstance(optimizer, str):
        return BY_NAME[border.choice("optimizer", optimizer, NAMES)]()
    raise TypeError(f"optimizer: needs one such as nn.sgd(0.1), or a name, got {type(optimizer).__name__}")

"""How the learning rate η changes while training goes on.

A schedule is data, a code and a few numbers, so that it can be evaluated inside a compiled epoch. t counts
updates, from 1. Called from Python, `schedule(t)` is the η of update t.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .engine import border, exp
from .engine.jit import inlined, jit

CONSTANT, INVERSE_TIME, POWER, EXPONENTIAL, COSINE = range(5)


@inlined
def rate(code, lr, a, every, warmup, t):
    """η at update t. NaN for a code that is none, so that training stops."""
    if t < warmup:
        return t / warmup * _steady(code, lr, a, every, 1.0)
    return _steady(code, lr, a, every, t - warmup + 1.0)


@inlined
def _steady(code, lr, a, every, t):
    if code == CONSTANT:
        return lr
    if code == INVERSE_TIME:
        return lr / (1.0 + a * t)
    if code == POWER:
        return lr / exp.power(t, a)
    if code == EXPONENTIAL:
        return lr * exp.whole_power(a, np.int64((t - 1.0) // every))
    if code == COSINE:
        return a + (lr - a) * (0.5 + 0.5 * exp.cos_half_turn(min(t - 1.0, every) / every))
    return np.nan


@jit
def _rate(code, lr, a, every, warmup, t):
    return rate(code, lr, a, every, warmup, t)


class Schedule(NamedTuple):
    """A learning rate as a function of the update's number. Made by the functions below.

    Attributes
    ----------
    code : int
    lr, a, every : float
        The starting rate, and what else the formula of this code needs.
    text : str
        How it was asked for.
    warmup : float
        The update at which η has risen to its start.
    """

    code: int
    lr: float
    a: float
    every: float
    text: str
    warmup: float = 1.0

    def __call__(self, t: int) -> float:
        """η at update t = 1, 2, …"""
        t = border.whole("t", t, 1)
        return float(_rate(self.code, self.lr, self.a, self.every, self.warmup, float(t)))

    def __repr__(self):
        return self.text


def constant(lr: float) -> Schedule:
    """η = lr, always.

    Parameters
    ----------
    lr : float > 0
    """
    lr = border.number("lr", lr, 0, open_low=True)
    return Schedule(CONSTANT, lr, 0.0, 1.0, f"{lr:g}")


def inverse_time(lr: float, delta: float) -> Schedule:
    """η = lr / (1 + delta · t) (Robbins and Monro, 1951: Σ η = ∞ and Σ η² < ∞).

    Parameters
    ----------
    lr : float > 0
    delta : float ≥ 0
    """
    lr, delta = border.number("lr", lr, 0, open_low=True), border.number("delta", delta, 0)
    return Schedule(INVERSE_TIME, lr, delta, 1.0, f"inverse_time({lr:g}, delta={delta:g})")


def power(lr: float, delta: float) -> Schedule:
    """η = lr / tᵟ; Robbins and Monro's conditions hold for ½ < delta ≤ 1.

    Parameters
    ----------
    lr : float > 0
    delta : float ≥ 0
    """
    lr, delta = border.number("lr", lr, 0, open_low=True), border.number("delta", delta, 0)
    return Schedule(POWER, lr, delta, 1.0, f"power({lr:g}, delta={delta:g})")


def exponential(lr: float, gamma: float, every: float = 1) -> Schedule:
    """η = lr · gamma^⌊(t - 1) / every⌋.

    Parameters
    ----------
    lr : float > 0
    gamma : float in (0, 1]
    every : int ≥ 1
        Updates between two drops.
    """
    lr, gamma = (
        border.number("lr", lr, 0, open_low=True),
        border.number("gamma", gamma, 0, 1, open_low=True),
    )
    every = border.whole("every", every, 1)
    return Schedule(EXPONENTIAL, lr, gamma, float(every), f"exponential({lr:g}, gamma={gamma:g}, every={every})")


def step_decay(lr: float, factor: float, every: float) -> Schedule:
    """η = lr · factor^⌊(t - 1) / every⌋: the usual name when the drops are rare and large.

    Parameters
    ----------
    lr : float > 0
    factor : float in (0, 1]
    every : int ≥ 1
    """
    lr, factor = (
        border.number("lr", lr, 0, open_low=True),
        border.number("factor", factor, 0, 1, open_low=True),
    )
    every = border.whole("every", every, 1)
    return Schedule(EXPONENTIAL, lr, factor, float(every), f"step_decay({lr:g}, factor={factor:g}, every={every})")


def cosine(lr: float, steps: int, last: float = 0.0) -> Schedule:
    """η = last + (lr - last) · ½ (1 + cos(π (t - 1) / steps)) for t ≤ steps, then last (Loshchilov and Hutter, 2017).

    Half a wave from lr down to last, flat at both ends. PyTorch's CosineAnnealingLR, except that it rises again.

    Parameters
    ----------
    lr : float > 0
    steps : int ≥ 1
        Updates until it has come down: usually all there will be.
    last : float ≥ 0
    """
    lr, last = border.number("lr", lr, 0, open_low=True), border.number("last", last, 0)
    steps = border.whole("steps", steps, 1)
    end = f", last={last:g}" if last else ""
    return Schedule(COSINE, lr, last, float(steps), f"cosine({lr:g}, steps={steps}{end})")


def warmup(lr: float | Schedule, steps: int) -> Schedule:
    """η rises along a line, t / steps of its start, until update `steps`; from there on the schedule `lr` goes its way.

    Parameters
    ----------
    lr : float > 0 or schedule
        What follows. Its first rate is the one that η rises to.
    steps : int ≥ 1
    """
    after, steps = as_schedule(lr), border.whole("steps", steps, 1)
    if after.warmup != 1:
        raise ValueError(f"lr: needs a schedule without a warm-up of its own, got {after}")
    return after._replace(warmup=float(steps), text=f"warmup({after}, steps={steps})")


def as_schedule(lr: Any) -> Schedule:
    """A schedule from a number, or the schedule that came."""
    return lr if isinstance(lr, Schedule) else constant(lr)

"""Whole epochs of mini-batches in one compiled call, and a Python loop around it.

One call from Python costs about as much as training a tiny network for several steps, so short epochs are run
many at a time. They can be replayed: the order of the samples depends on nothing but the seed and the epoch's
number.
"""

import time
from typing import NamedTuple

import numpy as np

from . import _border, _random, optimizers
from ._jit import inlined, jit, view
from ._products import BLOCK
from .losses import is_fused
from .network import (
    _loss,
    backward_pass,
    buffers,
    checked_loss,
    checked_net,
    checked_theta,
    layer,
    loss_of_batch,
    penalties,
    penalty,
    penalty_slope,
)
from .optimizers import SGD, learning_rate, update

WORK = 0.05  # seconds of compiled work between two looks at the keyboard. Ablation: epochs
DEFAULT_OPTIMIZER = optimizers.sgd(0.1)


@_border.by_content
class Work(NamedTuple):
    """Memory for an epoch, so that the kernel allocates none."""

    H: np.ndarray  # all H_l of a batch
    δ: np.ndarray  # all δ_l of a batch
    T: np.ndarray  # the targets of a batch
    gradient: np.ndarray
    order: np.ndarray  # the samples, shuffled
    random: np.ndarray  # the generator's state
    count: np.ndarray  # updates so far, epochs so far


@inlined
def gather(X, order, start, out):
    """out ← the rows of X that come at start, start + 1, … of the order."""
    m, n = out.shape
    for i in range(m):
        row = order[start + i]
        for j in range(n):
            out[i, j] = X[row, j]


@inlined
def freeze(frozen, θ, kept):
    """Put the frozen parameters back, whatever the optimizer's memory made of them."""
    for i in range(frozen.size):
        θ[i] = kept[i] if frozen[i] else θ[i]


@inlined
def is_finite(θ):
    wrong = 0
    for i in range(θ.size):
        wrong += θ[i] * θ.dtype.type(0) != 0  # 0 unless it is NaN or inf; counted, because counts vectorize
    return wrong == 0


@jit
def run_epochs(net, θ, kept, X, T, loss, optimizer, settings, s, u, product, frozen, l1, l2, batch, key, work, losses):
    """One epoch for each entry of `losses`. Returns how many went well, with all numbers finite."""
    N = X.shape[0]
    # Plain SGD needs no gradient vector: -η times the gradient can be added to θ inside the matrix product.
    # Ablation: direct. (Momentum could add to β v in the same way; it was tried, and is no faster.)
    direct = optimizer == SGD and frozen.size == 0 and l1 == 0 and l2 == 0 and batch <= BLOCK
    for e in range(losses.size):
        if batch < N:
            _random.enter(work.random, key, work.count[1])
            _random.shuffle(work.random, work.order)
        total = 0.0
        for start in range(0, N, batch):
            m = min(batch, N - start)
            Tm = view(work.T, 0, (m, T.shape[1]))
            if batch < N or e == 0:  # a full batch stays where it is
                gather(X, work.order, start, layer(net, work.H, m, 0))
                gather(T, work.order, start, Tm)
            J = loss_of_batch(net, θ, Tm, loss, m, work.H, work.δ) + penalty(net, θ, l1, l2)
            total += m * J
            if not np.isfinite(J):
                losses[e] = J
                return e
            work.count[0] += 1
            if direct:
                scale, keep, target = -learning_rate(settings, float(work.count[0])), 1.0, θ
            else:
                scale, keep, target = 1.0, penalty_slope(net, θ, l1, l2, work.gradient), work.gradient
            backward_pass(net, θ, m, work.H, work.δ, is_fused(loss), scale, keep, target)
            if not direct:
                for i in range(frozen.size):
                    work.gradient[i] = 0 if frozen[i] else work.gradient[i]
                update(optimizer, settings, θ, work.gradient, s, u, product, work.count[0])
                freeze(frozen, θ, kept)
        losses[e] = total / N
        if not is_finite(θ):
            return e
        work.count[1] += 1
    return losses.size


class History:
    """What a training run left behind.

    Attributes
    ----------
    theta : vector
        The parameters after the last epoch that went well: always finite.
    state : State
        What `train(..., state=...)` continues from.
    loss : array, one per epoch
        The mean over the epoch's samples, each taken before its batch's update, penalty included. If training
        stopped because a loss was not finite, that is the last entry.
    val_loss : array, one per epoch, or None
        After the epoch, on the validation data, no penalty.
    updates : int
        Updates that led to `theta`, in this run.
    stopped : str or None
        Why training ended before its last epoch, in words.
    """

    def __init__(self, theta, state, loss, val_loss, updates, stopped=None):
        self.theta, self.state, self.loss, self.val_loss = theta, state, loss, val_loss
        self.updates, self.stopped = updates, stopped

    def __repr__(self):
        last = f", loss from {self.loss[0]:.4g} to {self.loss[-1]:.4g}" if len(self.loss) else ""
        validation = f", validation {self.val_loss[-1]:.4g}" if self.val_loss is not None and len(self.val_loss) else ""
        stopped = f", stopped: {self.stopped}" if self.stopped else ""
        return f"History({len(self.loss)} epochs, {self.updates} updates{last}{validation}{stopped})"


class Run:
    """One run: the arrays the kernel works on, and where it stands."""

    def __init__(self, net, θ, X, T, loss, optimizer, state, frozen, l1, l2, batch, seed):
        N = len(X)
        self.net, self.start, self.θ, self.state = net, θ, θ.copy(), state.copy()
        H, δ = buffers(net, batch, θ.dtype)
        T_batch = np.empty(batch * T.shape[1], θ.dtype)
        count = np.array([state.t, state.epoch])
        self.work = Work(H, δ, T_batch, np.empty_like(θ), np.arange(N), np.zeros(1, np.uint64), count)
        self.before = θ, state, count.copy()  # nothing here changes these, so the first epochs need no copy
        self.fixed = (X, T, loss, optimizer.code, optimizer.settings)
        self.rest = (frozen, l1, l2, batch, _random.key(seed, _random.ORDER), self.work)

    def epochs(self, losses):
        """Run losses.size epochs and return how many went well; stand where the last of these ended."""
        before = self.before or (self.θ.copy(), self.state.copy(), self.work.count.copy())
        good = self._call(losses)
        if good < losses.size:
            self.θ[:], self.state, self.work.count[:] = before[0], before[1].copy(), before[2]
            self._call(np.empty(good))
        self.before = None
        return good

    def _call(self, losses):
        s = self.state
        return run_epochs(self.net, self.θ, self.start, *self.fixed, s.s, s.u, s.product, *self.rest, losses)

    def stand(self):
        """θ and the state, brought up to date. They go on changing while the run does."""
        self.state.t, self.state.epoch = (int(n) for n in self.work.count)
        return self.θ, self.state


def train(
    net,
    theta,
    X,
    T,
    loss="l2",
    optimizer=DEFAULT_OPTIMIZER,
    epochs=100,
    batch_size=32,
    seed=0,
    l1=0.0,
    l2=0.0,
    mask=None,
    validation=None,
    callback=None,
    state=None,
):
    """Fit the parameters by mini-batch descent.

    Parameters
    ----------
    net : Net
    theta : vector, shape (net.size,)
        Where to start. It is not modified. Its dtype decides the precision.
    X : array, shape (m, n_0)
    T : array, shape (m, n_L); (m,) if n_L = 1; labels (m,) for "cross_entropy"
    loss : {"l2", "mae", "bce", "cross_entropy"}
    optimizer : Optimizer or str
        Default: nn.sgd(0.1). A name means that optimizer with its defaults.
    epochs : int ≥ 1
        Passes over the data.
    batch_size : int ≥ 1 or None
        Samples per update; the last batch of an epoch may be smaller. None, or m and more: all at once, in
        the given order. Otherwise the samples are shuffled anew for every epoch.
    seed : int ≥ 0
        Decides the order of the samples.
    l1, l2 : float ≥ 0
        J gains (l2/2) ‖W‖² + l1 ‖W‖₁ over the weights, never the biases.
    mask : vector of 0 and 1, shape (net.size,), optional
        Multiplies the gradient: parameters with 0 stay exactly as they are.
    validation : (X, T), optional
        Data on which the loss is measured after every epoch.
    callback : function (epoch, theta, history), optional
        Called after every epoch (counted from 1) with a copy of θ. If it returns True, training stops.
    state : State, optional
        The `state` of an earlier run: 5 epochs and 5 from its theta and state are the same as 10.

    Returns
    -------
    History
        Its `theta` is the same, bit for bit, on every processor that has fused multiply-adds (x86 since 2013, arm64),
        if no layer has more than 131,072 weights or more than 512 outputs. The products of larger layers are BLAS's,
        whose last digits differ from processor to processor: there it is as fast or faster, by up to a half in float64
        with AVX2. Losses go through the system's logarithm and may differ in their last place.

    Raises
    ------
    ValueError, TypeError
        Before anything is computed, if something does not fit. A loss that becomes NaN or inf does not raise:
        it stops the run, and `stopped` says so. So does Ctrl-C, between epochs.
    """
    net = checked_net(net)
    θ = checked_theta(net, theta)
    code = checked_loss(net, loss)
    X, T = _checked_data("X", X, "T", T, net, loss, θ.dtype)
    optimizer = optimizers.as_optimizer(optimizer)
    epochs = _border.whole("epochs", epochs, 1)
    batch = len(X) if batch_size is None else min(_border.whole("batch_size", batch_size, 1), len(X))
    seed = _border.seed(seed)
    l1, l2 = penalties(l1, l2)
    frozen = _checked_mask(mask, net)
    if validation is not None:
        if not isinstance(validation, (tuple, list)) or len(validation) != 2:
            raise TypeError(f"validation: needs a pair (X, T), got {type(validation).__name__}")
        validation = _checked_data("validation[0]", validation[0], "validation[1]", validation[1], net, loss, θ.dtype)
        scratch = buffers(net, len(validation[0]), θ.dtype)
    if callback is not None and not callable(callback):
        raise TypeError(f"callback: needs a function of (epoch, theta, history), got {type(callback).__name__}")
    state = optimizer.state(θ) if state is None else optimizers.checked_state(state, optimizer, θ)

    run = Run(net, θ, X, T, code, optimizer, state, frozen, l1, l2, batch, seed)
    losses, t0, e0 = np.empty(epochs), state.t, state.epoch
    val_losses = None if validation is None else np.full(epochs, np.nan)
    done, together, stopped, failed = 0, 1, None, False

    def history(θ, state):
        measured = None if val_losses is None else val_losses[:done]
        return History(θ, state, losses[: done + failed], measured, int(run.work.count[0]) - t0, stopped)

    try:
        while done < epochs and not stopped:
            began = time.perf_counter()
            chunk = losses[done : done + together]
            good = run.epochs(chunk)
            done += good
            if good < chunk.size:
                failed = True
                what = "the loss" if not np.isfinite(losses[done]) else "a parameter"
                stopped = f"{what} was no longer finite in epoch {done + 1}; try a smaller learning rate"
            elif validation is not None:
                val_losses[done - 1] = _loss(net, run.θ, *validation, code, 0.0, 0.0, *scratch)
            if callback is not None and not stopped:
                θ, state = (part.copy() for part in run.stand())
                if callback(done, θ.copy(), history(θ, state)):
                    stopped = f"the callback said so after epoch {done}"
            if callback is None and validation is None:
                spent = max(time.perf_counter() - began, 1e-6)
                together = max(1, min(int(together * WORK / spent), 4 * together))
    except KeyboardInterrupt:
        done = int(run.work.count[1]) - e0  # counted where the work is done, so it is right wherever we were
        stopped = f"interrupted after epoch {done}"
    return history(*run.stand())


def _checked_data(name_X, X, name_T, T, net, loss, dtype):
    X = _border.matrix(name_X, X, int(net.sizes[0]), dtype)
    return X, _border.targets(name_T, T, len(X), int(net.sizes[-1]), loss, dtype)


def _checked_mask(mask, net):
    if mask is None:
        return np.zeros(0, np.bool_)
    mask = _border.vector("mask", mask, net.size, np.float64)
    wrong = (mask != 0) & (mask != 1)
    if wrong.any():
        i = int(np.argmax(wrong))
        raise ValueError(f"mask: needs 0 (frozen) or 1 (free) everywhere, got {mask[i]} at mask[{i}]")
    return mask == 0

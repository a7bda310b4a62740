"""Whole epochs of mini-batches in one compiled call, and a Python loop around it.

One call from Python costs about as much as training a tiny network for several steps, so short epochs are run
many at a time. They can be replayed: the order of the samples depends on nothing but the seed and the epoch's
number.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from . import optimizers
from .architecture import Net, buffers, checked_loss, checked_net, checked_theta, layer, penalties
from .engine import border, interrupts, random
from .engine.jit import jit, kernel, view
from .engine.products import BLOCK
from .engine.progress import Line
from .gradcheck import parameter_name
from .losses import is_fused
from .network import NOTHING, To, backward_pass, loss_of_batch, penalty, penalty_slope, propagate
from .optimizers import SGD, Optimizer, State, learning_rate, update

WORK = 0.05  # seconds of compiled work between two looks at the keyboard. Ablation: epochs
LONG = 0.2  # seconds: a call that may take longer runs where Ctrl-C need not wait for it
PACE = 5e9  # multiplications a second, roughly
STEP = 2e-7  # seconds for an update, however small
DEFAULT_OPTIMIZER = optimizers.sgd(0.1)


@border.by_content
class Data(NamedTuple):
    """What is learned from."""

    X: np.ndarray
    T: np.ndarray
    weights: np.ndarray  # of the samples, with a mean of 1, or none


class Plan(NamedTuple):
    """How it is learned: what stays the same throughout a run."""

    loss: int
    optimizer: int
    settings: optimizers.Settings
    l1: float
    l2: float
    batch: int
    shuffled: int
    key: np.uint64  # of the orders of the samples


@border.by_content
class Frozen(NamedTuple):
    """The parameters that stay as they are, if `mask` is not empty: those where it is True, and what they are in θ."""

    mask: np.ndarray
    θ: np.ndarray


@border.by_content
class Memory(NamedTuple):
    """What the optimizer remembers: a `State`'s arrays."""

    s: np.ndarray
    u: np.ndarray
    product: np.ndarray


@border.by_content
class Work(NamedTuple):
    """Room for an epoch, so that the kernel allocates none."""

    H: np.ndarray  # all H_l of a batch
    δ: np.ndarray  # all δ_l of a batch
    T: np.ndarray  # the targets of a batch
    weights: np.ndarray  # the weights of its samples, or none
    gradient: np.ndarray
    order: np.ndarray  # the samples, shuffled
    random: np.ndarray  # the generator's state
    count: np.ndarray  # updates so far, epochs so far
    limit: np.ndarray  # what every loss has to stay below: inf, or 0 once somebody asks to stop


@kernel
def gather(X, order, start, out):
    """out ← the rows of X that come at start, start + 1, … of the order."""
    m, n = out.shape
    for i in range(m):
        row = order[start + i]
        for j in range(n):
            out[i, j] = X[row, j]


@kernel
def freeze(frozen, θ):
    """Put the frozen parameters back, whatever the optimizer's memory made of them."""
    for i in range(frozen.mask.size):
        θ[i] = frozen.θ[i] if frozen.mask[i] else θ[i]


@kernel
def is_finite(θ):
    wrong = 0
    for i in range(θ.size):
        wrong += θ[i] * θ.dtype.type(0) != 0  # 0 unless it is NaN or inf; counted, because counts vectorize
    return wrong == 0


@kernel
def descend(net, θ, plan, frozen, memory, work, m):
    """One update, by the batch of m samples whose errors are in δ_L."""
    work.count[0] += 1
    t, fused = work.count[0], is_fused(plan.loss)
    lr = learning_rate(plan.settings, t)
    # Plain SGD needs no gradient vector: -η times the gradient can be added to θ inside the matrix product.
    # Ablation: direct. (Momentum could add to β v in the same way; it was tried, and is no faster.)
    simple = plan.optimizer == SGD and frozen.mask.size == 0 and plan.l1 == 0 and plan.l2 == 0
    if simple and plan.batch <= BLOCK:
        backward_pass(net, θ, m, work.H, work.δ, fused, To(θ, 1.0, -lr))
    else:
        g = work.gradient
        keep = penalty_slope(net, θ, plan.l1, plan.l2, g)
        backward_pass(net, θ, m, work.H, work.δ, fused, To(g, keep, 1.0))
        for i in range(frozen.mask.size):
            g[i] = 0 if frozen.mask[i] else g[i]
        update(plan.optimizer, θ, g, memory.s, memory.u, memory.product, t, lr, plan.settings)
        freeze(frozen, θ)


@jit
def run_epochs(net, θ, data, plan, frozen, memory, work, losses):
    """One epoch for each entry of `losses`. Returns how many went well, with all numbers finite."""
    N, batch = data.X.shape[0], plan.batch
    for e in range(losses.size):
        if plan.shuffled and batch < N:
            random.enter(work.random, plan.key, work.count[1])
            random.shuffle(work.random, work.order)
        total = 0.0
        for start in range(0, N, batch):
            m = min(batch, N - start)
            T = view(work.T, 0, (m, data.T.shape[1]))
            if batch < N or e == 0:  # a full batch stays where it is
                gather(data.X, work.order, start, layer(net, work.H, m, 0))
                gather(data.T, work.order, start, T)
                for i in range(m if data.weights.size > 0 else 0):
                    work.weights[i] = data.weights[work.order[start + i]]
            J = loss_of_batch(net, θ, T, work.weights, plan.loss, m, work.H, work.δ)
            J += penalty(net, θ, plan.l1, plan.l2)
            total += m * J
            if not abs(J) < work.limit[0]:  # NaN and inf are not below inf, and nothing is below 0
                losses[e] = J
                return e
            descend(net, θ, plan, frozen, memory, work, m)
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
        stopped because a loss was not finite, that is the last entry. An epoch that was interrupted has none.
        In a callback it can be read only.
    val_loss : array, one per epoch, or None
        After the epoch, on the validation data, no penalty. NaN if interrupted before it was measured.
    updates : int
        Updates that led to `theta`, in this run.
    stopped : str or None
        Why training ended before its last epoch, in words.
    """

    def __init__(
        self, theta: np.ndarray, state: State, loss: np.ndarray, val_loss: np.ndarray | None, updates: int,
        stopped: str | None = None,
    ) -> None:  # fmt: skip
        self.theta, self.state, self.loss, self.val_loss = theta, state, loss, val_loss
        self.updates, self.stopped = updates, stopped

    def __repr__(self):
        last = f", loss from {self.loss[0]:.4g} to {self.loss[-1]:.4g}" if len(self.loss) else ""
        validation = f", validation {self.val_loss[-1]:.4g}" if self.val_loss is not None and len(self.val_loss) else ""
        stopped = f", stopped: {self.stopped}" if self.stopped else ""
        return f"History({len(self.loss)} epochs, {self.updates} updates{last}{validation}{stopped})"


class Run:
    """One run: the arrays the kernel works on, and where it stands."""

    before: Any  # θ, the state and the counts where the last call began; None once it has ended well
    failed: Any  # the same where a number was no longer finite

    def __init__(
        self, net: Net, θ: np.ndarray, X: np.ndarray, T: np.ndarray, weights: np.ndarray, loss: int,
        optimizer: Optimizer, state: State, frozen: np.ndarray, l1: float, l2: float, batch: int, shuffle: bool,
        seed: int,
    ) -> None:  # fmt: skip
        N = len(X)
        self.net, self.θ, self.state, self.optimizer = net, θ.copy(), state.copy(), optimizer
        H, δ = buffers(net, batch, θ.dtype)
        T_batch, weigh = np.empty(batch * T.shape[1], θ.dtype), np.empty(batch if weights.size else 0, θ.dtype)
        order, drawn, count = np.arange(N), np.zeros(1, np.uint64), np.array([state.t, state.epoch])
        self.work = Work(H, δ, T_batch, weigh, np.empty_like(θ), order, drawn, count, np.full(1, np.inf))
        self.before = θ, state, count.copy()  # nothing here changes these, so the first epochs need no copy
        self.data = Data(X, T, weights)
        key = random.key(seed, random.ORDER)
        self.plan = Plan(loss, optimizer.code, optimizer.settings, l1, l2, batch, int(shuffle), key)
        self.frozen = Frozen(frozen, θ)
        self.failed = None  # θ, the state and the number of updates where a number was no longer finite
        self.updates = -(-N // batch)  # in an epoch
        # An epoch takes about so long: each sample meets all weights three times, each update a few times.
        self.seconds = (3.0 * N + 5.0 * self.updates) * net.size / PACE + self.updates * STEP

    def epochs(self, losses: np.ndarray, meanwhile: Callable[[], object] | None = None) -> int:
        """Run losses.size epochs and return how many went well; stand where the last of these ended.

        A run that was interrupted stands after its last update, or, if the kernel does not return, where it began.
        """
        first = self.before is not None
        self.before = self.before or (self.θ.copy(), self.state.copy(), self.work.count.copy())
        try:
            if self.seconds * losses.size < LONG:
                good = self._call(losses)
            else:
                if first:
                    self._call(losses[:0])  # it is compiled here, where Ctrl-C is heard anyhow
                good = interrupts.heard(lambda: self._call(losses), self.stop, meanwhile)
            if good < losses.size:
                self.failed = self.θ.copy(), self.state.copy(), int(self.work.count[0])
                self._back()
                self._call(np.empty(good))
        except KeyboardInterrupt as interrupt:
            if not getattr(interrupt, "quiet", True):  # it goes on in those arrays: ours are others from now on
                self.θ, self.work = self.θ.copy(), self.work._replace(count=self.work.count.copy())
                self._back()
            elif not np.isfinite(self.θ).all():
                self._back()
            raise
        self.before = None
        return good

    @property
    def memory(self) -> Memory:
        """What the optimizer remembers now."""
        return Memory(self.state.s, self.state.u, self.state.product)

    def _call(self, losses):
        return run_epochs(self.net, self.θ, self.data, self.plan, self.frozen, self.memory, self.work, losses)

    def _back(self):
        """Stand where the last call began."""
        self.θ[:], self.state, self.work.count[:] = self.before[0], self.before[1].copy(), self.before[2]

    def cause(self, J: float, epoch: int, begun: int) -> str:
        """What was no longer finite, and what helps. `begun` is how many updates there were before this run."""
        θ, state, t = self.failed
        optimizer, largest = self.optimizer, np.abs(self.data.X).max()
        if t == begun:
            single = ", or use float64, since float32 ends at 3.4e+38" if θ.dtype == np.float32 else ""
            return (
                f"the loss was not finite before any update; scale X, which reaches {largest:.1g}, T and theta{single}"
            )
        what = f"{'a parameter' if np.isfinite(J) else 'the loss'} was no longer finite in epoch {epoch}; "
        row = optimizer.row
        if optimizer.eps == 0 and row.divisor:
            lost = (getattr(state, row.divisor)[-θ.size :] == 0) & ~np.isfinite(θ)
            if lost.any():
                where = parameter_name(self.net, int(np.argmax(lost)))
                return f"{what}the gradient of {where} was 0, and with eps=0 the step divides by it; use eps=1e-8"
        what += "try a smaller learning rate"
        if row.linear and (rate := optimizer.lr(max(t, 1)) * self.plan.l2) > 2:
            product = f"{float(f'{rate:.2g}'):g}"
            return f"{what} or a smaller l2: lr * l2 = {product} > 2, so the penalty alone makes the weights grow"
        return what + (f", or standardize X, which reaches {largest:.1g}" if largest > 10 else "")

    def stop(self) -> None:
        """Ask the kernel to return before its next update."""
        self.work.limit[0] = 0

    def stand(self) -> tuple[Any, Any]:
        """θ and the state, brought up to date. They go on changing while the run does."""
        self.state.t, self.state.epoch = (int(n) for n in self.work.count)
        return self.θ, self.state


class Descent:
    """A run from its first epoch to its last, and what is looked at between the epochs."""

    callback: Any
    val_losses: Any
    line: Any
    stopped: str | None

    def __init__(
        self, run: Run, epochs: int, validation: Validation | None,
        callback: Callable[[int, np.ndarray, History], bool | None] | None, verbose: bool,
    ) -> None:  # fmt: skip
        self.run, self.callback, self.validation = run, callback, validation
        self.losses, self.done, self.failed, self.stopped = np.empty(epochs), 0, False, None
        self.val_losses = None if validation is None else np.full(epochs, np.nan)
        self.begun = run.work.count.copy()  # updates and epochs before this run
        self.line = Line(epochs) if verbose else None

    def go(self) -> None:
        """Train. A number that is no longer finite ends it, and so does the callback."""
        together = 1
        while self.done < len(self.losses) and not self.stopped:
            began = time.perf_counter()
            chunk = self.losses[self.done : self.done + together]
            good = self.run.epochs(chunk, self.line and self.show)
            self.done += good
            if good < chunk.size:
                self.failed = True
                self.stopped = self.run.cause(self.losses[self.done], self.done + 1, int(self.begun[0]))
            elif self.validation is not None:
                self.val_losses[self.done - 1] = self.validation.loss(self.run)
            if self.callback is not None and not self.stopped:
                self.ask()
            if self.callback is None and self.validation is None:
                spent = max(time.perf_counter() - began, 1e-6)
                together = max(1, min(int(together * WORK / spent), 4 * together))
            if self.line:
                self.show()

    def ask(self) -> None:
        """What the callback says. It gets copies: what it does with them is its own affair."""
        θ, state = (part.copy() for part in self.run.stand())
        answer = self.callback(self.done, θ.copy(), self.history(θ, state, read_only))
        if isinstance(answer, (bool, np.bool_)):
            why = getattr(self.callback, "reason", "the callback said so")  # an object may know more than a function
            self.stopped = f"{why} after epoch {self.done}" if answer else None
        elif answer is not None:
            raise TypeError(f"callback: needs to return True to stop, else False or None, got {border.told(answer)}")

    def show(self) -> None:
        """How far it has come, also in the middle of an epoch."""
        measured = None if self.val_losses is None or not self.done else self.val_losses[self.done - 1]
        updates = int(self.run.work.count[0] - self.begun[0]) - self.done * self.run.updates
        share = min(max(updates / self.run.updates, 0), 1)
        self.line.tell(self.done, self.losses[self.done - 1] if self.done else None, measured, share)

    def interrupted(self) -> None:
        """Where Ctrl-C came. Counted where the work is done, so it is right wherever we were."""
        updates, self.done = (int(n) for n in self.run.work.count - self.begun)
        self.stopped = f"interrupted after epoch {self.done}"
        if inside := updates - self.done * self.run.updates:
            self.stopped = f"interrupted in epoch {self.done + 1}, after {inside} of its {self.run.updates} updates"

    def end(self) -> History:
        """The history, once it is over."""
        if self.line:
            self.line.end(self.stopped)
        return self.history(*self.run.stand(), np.copy)

    def history(self, θ: np.ndarray, state: State, taken: Callable[[np.ndarray], np.ndarray]) -> History:
        """`taken` makes of a part of the losses what may be given away."""
        measured = None if self.val_losses is None else taken(self.val_losses[: self.done])
        updates = int(self.run.work.count[0] - self.begun[0])
        return History(θ, state, taken(self.losses[: self.done + self.failed]), measured, updates, self.stopped)


def read_only(a: np.ndarray) -> np.ndarray:
    """A view through which nobody can write."""
    view = a[:]
    view.flags.writeable = False
    return view


class Validation:
    """The data on which the loss is measured after every epoch, and room for it."""

    def __init__(self, net: Net, X: np.ndarray, T: np.ndarray, code: int, dtype: np.dtype) -> None:
        _, none = NOTHING[dtype]
        self.fixed = (X, T, code, 0.0, 0.0, *buffers(net, len(X), dtype), none, none)
        self.long = len(X) * net.size / PACE > LONG

    def loss(self, run: Run) -> float:
        """The mean loss at the run's θ, without penalty."""

        def measured():
            return propagate(run.net, run.θ, *self.fixed)

        return interrupts.heard(measured, lambda: None) if self.long else measured()


def train(
    net: Net,
    theta: ArrayLike,
    X: ArrayLike,
    T: ArrayLike,
    loss: str = "l2",
    optimizer: Optimizer | str = DEFAULT_OPTIMIZER,
    epochs: int = 100,
    batch_size: int | None = 32,
    seed: int = 0,
    l1: float = 0.0,
    l2: float = 0.0,
    mask: ArrayLike | None = None,
    validation: tuple[ArrayLike, ArrayLike] | None = None,
    callback: Callable[[int, np.ndarray, History], bool | None] | None = None,
    state: State | None = None,
    sample_weight: ArrayLike | None = None,
    shuffle: bool = True,
    verbose: bool = False,
) -> History:
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
        Called after every epoch (counted from 1) with a copy of θ. It returns True to stop training, otherwise
        False or None.
    state : State, optional
        The `state` of an earlier run: 5 epochs and 5 from its theta and state are the same as 10.
    sample_weight : vector, shape (m,), optional
        How much each sample counts, ≥ 0: J is Σ w ℓ / Σ w. A batch of k samples estimates it by (1/k) Σ ŵ ℓ, where
        ŵ = w m / Σ w has a mean of 1 over all samples. Validation samples all count 1.
    shuffle : bool
        False: the samples come in the given order in every epoch.
    verbose : bool
        True: one line, which changes while training goes on, says epoch, loss, validation loss and the time left.

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
        Before anything is computed, if something does not fit; after the first epoch, if the callback returns
        something else. A loss that becomes NaN or inf does not raise: it stops the run, and `stopped` says why.
    KeyboardInterrupt
        At a second Ctrl-C within two seconds. The first one stops the run, within a second, and what was learned
        until then is kept: θ after the last update, and `stopped` says where. An epoch that it ended early has no
        loss, and a run that goes on from this state begins it anew.
    """
    descent = _prepared(**locals())
    try:
        descent.go()
    except KeyboardInterrupt as interrupt:
        if isinstance(interrupt, interrupts.Twice) or interrupts.is_second():
            raise
        descent.interrupted()
    return descent.end()


def train_or_raise(*arguments: Any, **options: Any) -> History:
    """`train`, except that any Ctrl-C goes on as KeyboardInterrupt: for a run that is a part of something larger."""
    given = inspect.signature(train).bind(*arguments, **options)
    given.apply_defaults()
    descent = _prepared(**given.arguments)
    descent.go()
    return descent.end()


def _prepared(
    net, theta, X, T, loss, optimizer, epochs, batch_size, seed, l1, l2,
    mask, validation, callback, state, sample_weight, shuffle, verbose,
):  # fmt: skip
    """A descent that can begin: all of `train`'s arguments are good."""
    net = checked_net(net)
    θ = checked_theta(net, theta)
    code = checked_loss(net, loss)
    X, T = _checked_data("X", X, "T", T, net, loss, θ.dtype)
    optimizer = optimizers.as_optimizer(optimizer)
    epochs = border.whole("epochs", epochs, 1)
    batch = len(X) if batch_size is None else min(border.whole("batch_size", batch_size, 1), len(X))
    seed = border.seed(seed)
    l1, l2 = penalties(l1, l2)
    frozen = _checked_mask(mask, net)
    if validation is not None:
        if not isinstance(validation, (tuple, list)) or len(validation) != 2:
            raise TypeError(f"validation: needs a pair (X, T), got {type(validation).__name__}")
        V = _checked_data("validation[0]", validation[0], "validation[1]", validation[1], net, loss, θ.dtype)
        validation = Validation(net, *V, code, θ.dtype)
    if callback is not None and not callable(callback):
        raise TypeError(f"callback: needs a function of (epoch, theta, history), got {type(callback).__name__}")
    state = optimizer.state(θ) if state is None else optimizers.checked_state(state, optimizer, θ)
    weights = _checked_weights(sample_weight, len(X), θ.dtype)
    shuffle, verbose = border.flag("shuffle", shuffle), border.flag("verbose", verbose)
    run = Run(net, θ, X, T, weights, code, optimizer, state, frozen, l1, l2, batch, shuffle, seed)
    return Descent(run, epochs, validation, callback, verbose)


def _checked_data(name_X, X, name_T, T, net, loss, dtype):
    X = border.matrix(name_X, X, int(net.sizes[0]), dtype)
    return X, border.targets(name_T, T, len(X), int(net.sizes[-1]), loss, dtype)


def _checked_mask(mask, net):
    if mask is None:
        return np.zeros(0, np.bool_)
    mask = border.vector("mask", mask, net.size, np.float64)
    wrong = (mask != 0) & (mask != 1)
    if wrong.any():
        i = int(np.argmax(wrong))
        raise ValueError(f"mask: needs 0 (frozen) or 1 (free) everywhere, got {mask[i]} at mask[{i}]")
    return mask == 0


def _checked_weights(sample_weight, m, dtype):
    """Weights with a mean of 1; none if all are equal, since they change nothing then."""
    if sample_weight is None:
        return np.empty(0, dtype)
    w = border.vector("sample_weight", sample_weight, m, np.float64, ", one for each row of X")
    if (w < 0).any():
        raise ValueError(f"sample_weight: needs numbers >= 0, got {border.first('sample_weight', w, w < 0)}")
    if not w.any():
        raise ValueError("sample_weight: needs a weight > 0, got only zeros")
    if (w == w[0]).all():
        return np.empty(0, dtype)
    w = w / w.max()  # so that the sum is finite
    return (w * (m / w.sum())).astype(dtype)

"""One small published generator, so that every machine, the page included, draws the same numbers.

SplitMix64 (Steele, Lea and Flood, 2014, "Fast splittable pseudorandom number generators"): the state walks by
a fixed odd step, and each number is the state, scrambled. NumPy does not promise its streams across versions;
this one cannot change. From one seed come separate streams for weights, data and the order of the samples, so
that drawing more of one never moves another.
"""

from __future__ import annotations

import numpy as np

from .exp import log
from .jit import inlined, jit, kernel

WEIGHTS, DATA, ORDER, SPLIT = range(1, 5)
_STEP = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ over the golden ratio, odd
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_R30, _R27, _R31, _R11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@inlined
def scramble(z):
    """A one-to-one map of the 64-bit numbers in which every input bit moves about half of the output bits."""
    z = (z ^ (z >> _R30)) * _M1
    z = (z ^ (z >> _R27)) * _M2
    return z ^ (z >> _R31)


@inlined
def draw(state):
    """The next 64 random bits. `state` is an array of one uint64."""
    state[0] += _STEP
    return scramble(state[0])


@inlined
def uniform(state):
    """A number in [0, 1): the upper 53 bits, as many as a double can hold."""
    return np.float64(draw(state) >> _R11) * 2.0**-53


@kernel
def enter(state, key, index):
    """Set `state` to the start of sub-stream `index` of the stream `key`, for instance one epoch's."""
    state[0] = scramble(key + scramble(np.uint64(index) + _STEP))


@kernel
def shuffle(state, order):
    """order ← a random permutation of 0 … n-1 (Fisher and Yates)."""
    for i in range(order.size):
        order[i] = i
    for i in range(order.size - 1, 0, -1):
        j = np.int64(uniform(state) * (i + 1))
        order[i], order[j] = order[j], order[i]


@jit
def fill_uniform(state, out):
    """Fill the vector `out` with uniform numbers in [0, 1)."""
    for i in range(out.size):
        out[i] = uniform(state)


@jit
def fill_normal(state, out):
    """Fill the vector `out` with standard normal numbers (Marsaglia's polar method: two per point)."""
    i = 0
    while i < out.size:
        x = 2.0 * uniform(state) - 1.0
        y = 2.0 * uniform(state) - 1.0
        r = x * x + y * y
        if 0.0 < r < 1.0:
            scale = np.sqrt(-2.0 * log(r) / r)
            out[i] = x * scale
            if i + 1 < out.size:
                out[i + 1] = y * scale
            i += 2


@jit
def fill_permutation(state, order):
    """Fill the int64 vector `order` with a random permutation of 0 … n-1."""
    shuffle(state, order)


class Stream:
    """Random numbers for Python code: stream number `room` of `seed`."""

    def __init__(self, seed: int, room: int) -> None:
        self.state = np.array([key(seed, room)])

    def uniform(self, shape: int | tuple[int, ...]) -> np.ndarray:
        """Return numbers in [0, 1), float64, of the given shape."""
        out = np.empty(shape)
        fill_uniform(self.state, out.reshape(-1))
        return out

    def normal(self, shape: int | tuple[int, ...]) -> np.ndarray:
        """Return standard normal numbers, float64, of the given shape."""
        out = np.empty(shape)
        fill_normal(self.state, out.reshape(-1))
        return out

    def permutation(self, n: int) -> np.ndarray:
        """Return 0 … n-1 in random order."""
        out = np.empty(n, np.int64)
        fill_permutation(self.state, out)
        return out


@jit
def _key(seed, room):
    return scramble(scramble(seed + _STEP) + room * _STEP)


def key(seed: int, room: int) -> np.uint64:
    """Where stream number `room` of `seed` starts, a uint64."""
    return np.uint64(_key(np.uint64(seed), np.uint64(room)))

"""The generator against its published numbers, and what is made of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlib.engine import random
from nnlib.engine.jit import jit

pytestmark = pytest.mark.bounds


@jit
def draws(state, out):
    for i in range(out.size):
        out[i] = random.draw(state)


def test_published_numbers():
    out = np.empty(5, np.uint64)
    draws(np.array([1234567], np.uint64), out)
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert out.tolist() == [*published, 4593380528125082431, 16408922859458223821]


def scramble(z):
    """The published mixing function, with Python's own whole numbers."""
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    return z ^ (z >> 31)


@given(st.integers(0, 2**64 - 1), st.integers(0, 9), st.integers(0, 2**31))
def test_where_streams_begin(seed, room, index):
    """Of a seed, and within it of an epoch: the same on every machine, so that it may never change."""
    step = 0x9E3779B97F4A7C15
    key = random.key(seed, room)
    assert key.dtype == np.uint64 and int(key) == scramble((scramble((seed + step) % 2**64) + room * step) % 2**64)
    state = np.zeros(1, np.uint64)
    entered(state, key, index)
    assert int(state[0]) == scramble((int(key) + scramble((index + step) % 2**64)) % 2**64)


@jit
def entered(state, key, index):
    random.enter(state, key, index)


def test_streams_are_repeatable_and_apart():
    one = [random.Stream(seed, room).uniform(4) for seed in (0, 1, 2**64 - 1) for room in (1, 2, 3, 4)]
    two = [random.Stream(seed, room).uniform(4) for seed in (0, 1, 2**64 - 1) for room in (1, 2, 3, 4)]
    assert np.array_equal(one, two)
    assert len({float(x) for row in one for x in row}) == 48


def test_uniform_and_normal_look_right():
    stream = random.Stream(5, random.DATA)
    u, z = stream.uniform(4000), stream.normal((4001,))  # an odd count, because normals come in pairs
    assert 0 <= u.min() and u.max() < 1
    assert abs(u.mean() - 0.5) < 0.02 and abs(u.var() - 1 / 12) < 0.005
    assert abs(z.mean()) < 0.05 and abs(z.std() - 1) < 0.04 and abs((z**4).mean() - 3) < 0.5


def test_permutations():
    stream = random.Stream(0, random.ORDER)
    assert sorted(stream.permutation(50)) == list(range(50))
    counts = np.zeros((3, 3))
    for _ in range(600):
        counts[np.arange(3), stream.permutation(3)] += 1
    assert np.abs(counts - 200).max() < 60

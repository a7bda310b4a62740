"""What all unit tests share: slow ones are skipped where loops are not compiled, and random inputs repeat."""

import re
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numba.core import config as NUMBA

from tests import run

UNJITTED = bool(NUMBA.DISABLE_JIT)
settings.register_profile(
    "repeat",
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    max_examples=20 if UNJITTED else 60,
)
settings.load_profile("repeat")


def pytest_collection_modifyitems(items):
    for mark in run.READ_BY_MARK:
        known = {name.rpartition("/")[2] for name in run.marked(mark)}
        for item in items:
            if item.get_closest_marker(mark) and item.path.name not in known:
                raise pytest.UsageError(f"{item.nodeid} has the mark {mark}, which does not stand in its module")
    if UNJITTED:
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="loops too long to run unjitted"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    """Lines are counted for two kinds of tests: what runs bounds-checked, too, must enter every line of every kernel.

    tests/covered.py asks for that.
    """
    counting = sys.modules["coverage"].Coverage.current() if "coverage" in sys.modules else None
    if counting:
        kind = "bounds" if item.get_closest_marker("bounds") and not item.get_closest_marker("once") else "others"
        counting.switch_context(kind)
    return (yield)


# ---- what `make check` runs, and how long it takes -------------------------------------------------------------------

QUICK, took = set(), Counter()


def pytest_collection_finish(session):
    left_out = re.findall(r"not (\w+)", run.QUICK)
    QUICK.update(item.nodeid for item in session.items if not any(map(item.get_closest_marker, left_out)))


def pytest_runtest_logreport(report):
    if report.nodeid in QUICK:
        took[report.nodeid.partition("::")[0]] += report.duration


def pytest_sessionfinish(session, exitstatus):
    """Note what each module took, by which `make check` halves them. Of a part of a module nothing is known."""
    config = session.config
    whole = exitstatus == 0 and not UNJITTED and not NUMBA.BOUNDSCHECK and not config.option.keyword
    if whole and all("::" not in name for name in config.args) and hasattr(config, "cache"):
        known = config.cache.get("nnlib/seconds", {})
        config.cache.set("nnlib/seconds", known | {name: round(s, 1) for name, s in took.items()})


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def two_two_two():
    """The worked example: net, θ, X, T, and the mask that freezes the biases."""
    import nnlib as nn

    net = nn.mlp([2, 2, 2], hidden="sigmoid", output="sigmoid")
    W1, W2 = [[0.15, 0.25], [0.20, 0.30]], [[0.40, 0.50], [0.45, 0.55]]
    theta = nn.pack(net, [(W1, [0.35, 0.35]), (W2, [0.60, 0.60])])
    ones, none = np.ones((2, 2)), np.zeros(2)
    return net, theta, [[0.05, 0.10]], [[0.01, 0.99]], nn.pack(net, [(ones, none), (ones, none)])

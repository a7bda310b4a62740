"""What all unit tests share: slow ones are skipped where loops are not compiled, and random inputs repeat."""

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from numba.core import config

UNJITTED = bool(config.DISABLE_JIT)
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
    if UNJITTED:
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="loops too long to run unjitted"))


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

"""How long a reader waits for the first result: import, compile or load from the cache, train."""

import os
import subprocess
import sys

import pytest

from tests.chapters import ROOT

pytestmark = pytest.mark.book

FIRST_RUN = """
import nnlib as nn
X, T = nn.data.xor()
net = nn.mlp([2, 3, 1], hidden="tanh", output="sigmoid")
run = nn.train(net, nn.initialize(net), X, T, "bce", nn.adam(0.05), epochs=500)
assert run.updates == 500 and run.loss[-1] < run.loss[0]
import time; print(time.process_time())
"""


def first_run(folder):
    """Seconds of processor time of a whole process that imports nnlib and trains; the wall clock is other people's."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_")}
    environment |= {"NUMBA_CACHE_DIR": str(folder), "OPENBLAS_NUM_THREADS": "1"}
    said = subprocess.run(
        [sys.executable, "-c", FIRST_RUN], env=environment, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return float(said.stdout)


def test_first_training_run(tmp_path):
    cold = first_run(tmp_path)
    warm = min(first_run(tmp_path) for _ in range(3))
    print(f"first training run: {cold:.1f} s cold, {warm:.2f} s warm")
    # On an idle machine of the design's class it is 5.9 s cold and 0.6 s warm; the promise is 6 s and 1 s. A busy
    # neighbor may cost half as much again, and that is where this gate stands for the long one.
    assert cold <= 9.0, cold
    assert warm <= 1.0, warm

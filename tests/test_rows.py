"""One block, one place: an activation, a loss and an optimizer are added to a copy, where CONTRIBUTING says, and work.

Nothing else is touched: not the dispatch, no list of names, no menu, no page.
"""

import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.chapters import ROOT

pytestmark = pytest.mark.once

ABOVE = "# ---- all of them: a new one goes above this line ----\n"
ROWS = {
    "activations": '''
def elu(z):
    """z where z > 0, eᶻ - 1 elsewhere (Clevert, Unterthiner and Hochreiter, 2016)."""
    z = _numbers(z)
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))[()]


@inlined
def activate_elu(Z):
    z, zero = flat(Z), Z.dtype.type(0)
    for i in range(z.size):
        s, e, one = exp.split(z[i])
        z[i] = s * e + (s - one) if z[i] < zero else z[i]


@inlined
def times_slope_elu(H, δ):
    h, d = flat(H), flat(δ)
    zero, one = H.dtype.type(0), H.dtype.type(1)
    for i in range(h.size):
        d[i] *= h[i] + one if h[i] < zero else one


ROWS.append(Row("elu", elu, lambda h: np.where(h < 0, h + 1, 1), activate_elu, times_slope_elu))
''',
    "losses": '''
@inlined
def log_cosh(Y, T, δ):
    """Σ log cosh(y - t): a parabola near 0, a line far away."""
    y, t, d = flat(Y), flat(T), flat(δ)
    E = 0.0
    for i in range(y.size):
        far = abs(y[i] - t[i])
        E += far + np.log1p(np.exp(-2.0 * far)) - np.log(2.0)
        d[i] = exp.tanh(y[i] - t[i])
    return E


ROWS.append(Row("log_cosh", "log cosh", log_cosh, lambda Y, T: np.logaddexp(Y - T, T - Y) - np.log(2)))
''',
    "optimizers": '''
@inlined
def step_lowpass(θ, g, v, u, product, t, lr, settings):
    η, β, one = θ.dtype.type(lr), θ.dtype.type(settings.beta1), θ.dtype.type(1)
    for i in range(θ.size):
        v[i] = β * v[i] + (one - β) * g[i]
        θ[i] -= η * v[i]


def lowpass(lr=1e-3, beta=0.9):
    """Momentum as a mean: v ← β v + (1-β) g, θ ← θ - η v."""
    return _make("lowpass", lr, ", beta={0:g}", _fraction("beta", beta))


ROWS.append(Row("lowpass", lowpass, step_lowpass, vectors=1, linear=True))
''',
}
TWINS = {
    "ACTIVATIONS": 'ACTIVATIONS["elu"] = lambda z: z if z > 0 else math.exp(z) - 1, lambda z: min(1.0, math.exp(z))\n',
    "LOSSES": 'LOSSES["log_cosh"] = lambda y, t: math.log(math.cosh(y - t)), lambda y, t: math.tanh(y - t)\n',
    "OPTIMIZERS": """

@optimizer
def lowpass(g, eta, t, past):
    past["v"] = 0.9 * past["v"] + 0.1 * g
    return eta * past["v"]
""",
}
NEW = "elu", "log_cosh", "lowpass"

TRAINED = """
import numpy as np, nnlib as nn
from tests import naive

rng = np.random.default_rng(0)
X, T = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
net = nn.mlp([3, 5, 2], "elu")
theta = nn.initialize(net, seed=1, dtype=np.float32)
run = nn.train(net, theta, X, T, "log_cosh", nn.lowpass(0.1), epochs=200, batch_size=5)
assert run.stopped is None and run.loss[-1] < 0.8 * run.loss[0], run

# In the other precision by hand: the same kernels, and half the compiling.
theta, rule = nn.initialize(net, seed=1), nn.lowpass(0.1)
state, losses = rule.state(theta), []
for _ in range(200):
    J, gradient = nn.backprop(net, theta, X, T, "log_cosh")
    rule.step(theta, gradient, state)
    losses.append(J)
assert losses[-1] < 0.8 * losses[0], losses
report = nn.gradient_check(net, nn.initialize(net, seed=1), X, T, "log_cosh")
assert report.ok, report

theta = run.theta.astype(float)
layers = [(W.tolist(), b.tolist()) for W, b in nn.unpack(net, theta)]
J, gradient = nn.backprop(net, theta, X, T, "log_cosh")
expected, G = naive.gradient(layers, net.names, X.tolist(), T.tolist(), "log_cosh")
np.testing.assert_allclose(J, expected, rtol=1e-12)
np.testing.assert_allclose(gradient, nn.pack(net, G), rtol=1e-9, atol=1e-14)
np.testing.assert_allclose(nn.loss_value(nn.forward(net, theta, X), T, "log_cosh"), J, rtol=1e-12)

rule, θ = nn.lowpass(0.01), np.array([1.5])
state = rule.state(θ)
for _ in range(50):
    rule.step(θ, 2 * θ, state)
np.testing.assert_allclose(θ, naive.descend("lowpass", 1.5, lambda x: 2 * x, 50, rule.lr), rtol=1e-12)
print(rule, nn.activations.slope("elu", -0.5), "lowpass" in nn.__all__)
"""
MENUS = """
from nnlib.lab.playground import experiment as play
print(*(play.KNOBS[knob]["choices"][name] for knob, name in
    (("activation", "elu"), ("loss", "log_cosh"), ("optimizer", "lowpass"))), sep="; ")
print(play.OUTPUT["log_cosh"], play.BETA["lowpass"], play.kernel_of("lowpass")["vectors"])
"""
PAGE = """
import sys
sys.path.insert(0, sys.argv[1])
import course
print(*(line for room in ("activations", "optimizers") for line in course.RowsOf.lines(room)[-1:]), sep="; ")
"""
UNKNOWN = """
import nnlib as nn
net = nn.mlp([1, 1])
for call in (
    lambda: nn.mlp([2, 3, 1], "elu"),
    lambda: nn.backprop(net, [1.0, 0.0], [[1.0]], [[1.0]], "log_cosh"),
    lambda: nn.train(net, [1.0, 0.0], [[1.0]], [[1.0]], optimizer="lowpass"),
):
    try:
        call()
    except ValueError as error:
        print(str(error).partition(";")[0])
print(hasattr(nn, "lowpass"))
"""


def inserted(path, at, block):
    text = path.read_text(encoding="utf-8")
    assert len(re.findall(at, text, re.M)) == 1, (path.name, at)
    path.write_text(re.sub(at, lambda found: block + found[0], text, flags=re.M), encoding="utf-8")


def copied(folder, rows=True):
    """A copy of nnlib, its tests and what they stand on, with one of each where CONTRIBUTING says; or without rows."""
    leave = shutil.ignore_patterns("__pycache__")
    for part in ("nnlib", "tests", "book"):
        shutil.copytree(ROOT / part, folder / part, ignore=leave)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name, block in ROWS.items():
        block = block if rows else block[: block.index("ROWS.append")]
        inserted(folder / "nnlib" / f"{name}.py", re.escape(ABOVE), f"{block}\n\n")
    for name, block in TWINS.items():
        users = {"ACTIVATIONS": "activation", "LOSSES": "loss", "OPTIMIZERS": "descend"}
        inserted(folder / "tests" / "naive.py", rf"\n\ndef {users[name]}\(", block)
    return folder


def said_by(folder, *words, **environment):
    """What a fresh Python says in the copy, with an empty cache there."""
    own = {"PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(folder / "cache"), "OPENBLAS_NUM_THREADS": "1"}
    command, env = [sys.executable, *words], os.environ | own | environment
    done = subprocess.run(command, env=env, cwd=folder, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout.strip()


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return copied(tmp_path_factory.mktemp("with"))


@pytest.mark.long
def test_one_of_each_trains(copy):
    assert said_by(copy, "-c", TRAINED) == "lowpass(lr=0.01, beta=0.9) 0.5 True"


def test_the_playground_offers_them(copy):
    assert said_by(copy, "-c", MENUS).splitlines() == ["elu; log cosh; lowpass", "sigmoid beta 1"]


def test_the_api_page_lists_them(copy):
    said = said_by(copy, "-c", PAGE, str(ROOT / "book" / "_ext"))
    assert said == ".. autofunction:: nnlib.activations.elu; .. autofunction:: nnlib.lowpass"


def test_the_tests_try_them(copy):
    """With no other word than the rows and the twins. Not compiled: it is the same code, and quicker so."""
    files = ["activations", "losses", "optimizers", "network", "border"]
    words = ["-m", "pytest", "-v", "-p", "no:cacheprovider", "-k", " or ".join(NEW)]
    said = said_by(copy, *words, *(f"tests/test_{name}.py" for name in files), NUMBA_DISABLE_JIT="1")
    for name, file in zip(NEW, ("activations", "losses", "optimizers"), strict=True):
        assert re.search(rf"test_{file}.py::\S*\[\S*{name}\S*\] PASSED", said), said
        assert re.search(rf"test_(?!{file})\w+.py::\S*\[\S*{name}\S*\] PASSED", said) or name == "lowpass", said


def test_without_its_row_a_name_is_unknown(tmp_path):
    said = said_by(copied(tmp_path, rows=False), "-c", UNKNOWN)
    known = [
        f"{place}: unknown name '{name}'" for place, name in zip(("hidden", "loss", "optimizer"), NEW, strict=True)
    ]
    assert said.splitlines() == [*known, "False"]


def test_contributing_names_the_place():
    text = " ".join((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split())
    for what, name in (("An activation", "activations"), ("A loss", "losses"), ("An optimizer", "optimizers")):
        assert re.search(rf"\*\*{what}\*\* is a block in `nnlib/{name}.py`:[^*]* twin in `tests/naive.py`", text)
        assert ABOVE.strip() in (ROOT / "nnlib" / f"{name}.py").read_text(encoding="utf-8")
    assert f"`{ABOVE.strip()}`" in text

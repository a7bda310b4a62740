"""The playground: its experiment in node against nnlib.train, its code run as it stands, wrong calls, wrong addresses."""

import importlib
import json
import os
import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

import nnlib as nn
from nnlib import lab, wasm

module = importlib.import_module("nnlib.lab.playground")  # nnlib.lab.playground itself is the class
pytestmark = pytest.mark.book
FOLDER = module._HERE

# What is compared, by name. A stable run: rounding does not grow on its way.
LOOPS = {
    "xor": dict(data="xor", hidden=[4], lr=0.01, seed=2),
    "moons, sgd": dict(data="moons", hidden=[8, 8], optimizer="sgd", lr=0.1),
}
STABLE = {
    "circles, tanh, bce, adam": dict(data="circles", hidden=[8], seed=4),
    "xor, sigmoid, l2, momentum": dict(
        data="xor", hidden=[6], activation="sigmoid", loss="l2", optimizer="momentum", lr=0.1, beta=0.8
    ),
    "moons, cross-entropy, nesterov, λ": dict(
        loss="cross_entropy", optimizer="nesterov", lr=0.02, l2=0.01, scheme="orthogonal", batch_size=20
    ),
    "blobs, none hidden, sgd, all at once": dict(data="blobs", hidden=[], optimizer="sgd", lr=0.5, batch_size=None),
    "spirals, deep, rmsprop": dict(
        data="spirals", hidden=[6, 5, 4], optimizer="rmsprop", lr=0.001, scheme="lecun_normal", n=150, noise=0.1, seed=77
    ),
}
RUN = """
const fs = require('fs'), {told, cases, epochs, kernels, folder, ask} = JSON.parse(fs.readFileSync(0));
const nnWasm = require(folder + '/wasm.js'), {nnExperiments, nnCode, nnChecked} = require(folder + '/playground.js');
nnWasm(fs.readFileSync(kernels)).then(nn => {
  const begin = nnExperiments(nn, told), plain = a => Array.from(a);
  console.log(JSON.stringify(cases.map(c => eval(ask)(c))));
});
"""
TRAINED = """state => {
  const run = begin(state), first = plain(run.theta()), X = run.train.points, V = run.val.points;
  for (let e = 0; e < epochs; e++) run.epoch();
  return {first, X, V, theta: plain(run.theta()), loss: run.losses, val_loss: run.valLosses, stopped: run.stopped,
    updates: run.updates()};
}"""


def told(**state):
    """What a page is told, and the state it begins with."""
    html = lab.playground(**state).to_html()
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.S)[1])


@pytest.fixture(scope="session")
def node(tmp_path_factory):
    """``node(ask, cases)``: what a function of a case, in the script's own scope, gives for each."""
    found = shutil.which("node")
    if not found:
        pytest.skip("no node")
    kernels = tmp_path_factory.mktemp("wasm") / "kernels.wasm"
    kernels.write_bytes(wasm.build(wasm.COURSE))
    page = told()

    def ask(function, cases, epochs=200):
        given = dict(told=page, cases=cases, epochs=epochs, kernels=str(kernels), folder=str(FOLDER), ask=function)
        done = subprocess.run([found, "-e", RUN], input=json.dumps(given), capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


def here(state, epochs=200):
    """The same experiment, by nnlib."""
    s = module.checked(state)
    net, X, labels, validation, run = module.native(s, epochs)
    first = nn.initialize(net, s["scheme"], seed=s["seed"])
    return dict(
        first=first, X=np.column_stack([X, labels]), V=np.column_stack(validation), theta=run.theta, loss=run.loss,
        val_loss=run.val_loss, stopped=run.stopped, updates=run.updates,
    )  # fmt: skip


def apart(one, other):
    """The largest difference of two experiments in anything: data, first and last weights, both losses."""
    names = ("X", "V", "first", "theta", "loss", "val_loss")
    return max(float(np.abs(np.asarray(one[k], float) - np.asarray(other[k], float)).max()) for k in names)


def with_loops(names):
    """The experiments of LOOPS by kernels of loops, without BLAS, compiled for this machine: in a process of its own."""
    code = f"""import json; from tests.test_playground import *
print(json.dumps([{{k: np.asarray(v).tolist() for k, v in here(LOOPS[n]).items()}} for n in {names!r}]))"""
    environment = {**os.environ, "NNLIB_LOOPS": "1", "PYTHONPATH": os.pathsep.join(p or "." for p in sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_page_learns_what_the_same_loops_learn_here(node):
    cases = [module.checked(state) for state in LOOPS.values()]
    for name, page, native in zip(LOOPS, node(TRAINED, cases), with_loops(list(LOOPS)), strict=True):
        print(f"{name}: {apart(page, native):.1e}")
        assert apart(page, native) <= 1e-12


def test_the_page_learns_what_train_learns(node):
    cases = [module.checked(state) for state in STABLE.values()]
    for name, state, page in zip(STABLE, STABLE.values(), node(TRAINED, cases), strict=True):
        native = here(state)
        print(f"{name}: {apart(page, native):.1e}")
        assert apart(page, native) <= 1e-9 and page["updates"] == native["updates"]


@pytest.mark.parametrize("optimizer", module.OPTIMIZERS)
def test_every_optimizer_scheme_loss_and_activation(node, optimizer):
    """Each with the next of the others, so that every choice comes up; few epochs, for rounding has no time to grow."""
    i = list(module.OPTIMIZERS).index(optimizer)

    def nth(names, shift=0):
        return list(names)[(i + shift) % len(names)]

    states = [
        module.checked(
            dict(optimizer=optimizer, lr=0.01, data=nth(list(module.NOISE), k), activation=nth(module.TRAINABLE, k),
                 loss=nth(module.LOSSES, k), scheme=nth(module.SCHEMES, 6 * k), hidden=[[], [3], [5, 4], [3, 16, 2]][k])
        )
        for k in range(4)
    ]  # fmt: skip
    for state, page in zip(states, node(TRAINED, states, 10), strict=True):
        assert apart(page, here(state, 10)) <= 1e-11, state


def test_one_batch_at_a_time_is_the_same(node):
    """Steps, and steps within epochs, lead where epochs lead, to the last bit."""
    steps = """state => { const run = begin(state), other = [];
      const want = TRAINED(state);
      const again = begin(state);
      for (let k = 0; k < 3; k++) again.step();
      for (let e = 0; e < 4; e++) again.epoch();
      while (again.losses.length < epochs) again.step();
      return {same: plain(again.theta()).every((x, i) => x === want.theta[i]),
        loss: Math.max(...again.losses.map((x, i) => Math.abs(x - want.loss[i])))} }""".replace("TRAINED", f"({TRAINED})")
    cases = [module.checked(s) for s in (dict(batch_size=13), dict(batch_size=None), dict(optimizer="nadam", n=50))]
    for found in node(steps, cases, 9):
        assert found["same"] and found["loss"] <= 1e-14


def test_a_run_that_diverges_says_so_and_keeps_the_last_good_weights(node):
    state = module.checked(dict(data="circles", activation="relu", loss="bce", optimizer="sgd", lr=1000, hidden=[16] * 4))
    native = here(state)
    (page,) = node(TRAINED, [state])
    assert native["stopped"] and page["stopped"] == native["stopped"]
    assert len(page["loss"]) == len(native["val_loss"][np.isfinite(native["val_loss"])])
    np.testing.assert_allclose(page["theta"], native["theta"], rtol=1e-9)

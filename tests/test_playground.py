"""The playground: its experiment in node against nnlib.train, its code as it stands, wrong calls, wrong addresses."""

import copy
import json
import os
import re
import shutil
import subprocess
import sys

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from matplotlib.collections import PathCollection

import nnlib as nn
from nnlib import lab, wasm
from nnlib.engine.exp import cos_sin
from nnlib.lab import page as html_page
from nnlib.lab import picture
from nnlib.lab.playground import experiment as play
from tests.chapters import ROOT

pytestmark = pytest.mark.book
FOLDER = ROOT / "nnlib" / "lab" / "playground"
WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"

# What is compared, by name. A stable run: rounding does not grow on its way.
STABLE = {
    "xor, adam": dict(data="xor", hidden=[4], lr=0.01, seed=2),
    "moons, sgd": dict(data="moons", hidden=[8, 8], optimizer="sgd", lr=0.1),
    "circles, tanh, bce, adam": dict(data="circles", hidden=[8], seed=4),
    "xor, sigmoid, l2, momentum": dict(
        data="xor", hidden=[6], activation="sigmoid", loss="l2", optimizer="momentum", lr=0.1, beta=0.8
    ),
    "moons, cross-entropy, nesterov, λ": dict(
        loss="cross_entropy", optimizer="nesterov", lr=0.02, l2=0.01, scheme="orthogonal", batch_size=20
    ),
    "blobs, none hidden, sgd, all at once": dict(data="blobs", hidden=[], optimizer="sgd", lr=0.5, batch_size=None),
    "spirals, deep, rmsprop": dict(
        data="spirals",
        hidden=[6, 5, 4],
        optimizer="rmsprop",
        lr=0.001,
        scheme="lecun_normal",
        n=150,
        noise=0.1,
        seed=77,
    ),
}
RUN = """
const fs = require('fs'), {told, cases, epochs, kernels, folder, ask} = JSON.parse(fs.readFileSync(0));
const from = name => import(require('url').pathToFileURL(`${folder}/${name}.js`));
(async () => {
  const {nnWasm} = await from('wasm');
  const {nnCosSin, nnExperiments, nnCode, nnChecked, nnAddress} = await from('experiment');
  const {nnBits, nnBrowser, nnDigest} = await from('bits');
  const load = () => nnWasm(fs.readFileSync(kernels)), nn = await load();
  const begin = nnExperiments(nn, told), plain = a => Array.from(a), found = [];
  for (const c of cases) found.push(await eval(ask)(c));
  console.log(JSON.stringify(found));
})();
"""
TRAINED = """state => {
  const run = begin(state), first = plain(run.theta()), F = run.sizes[0];
  const [X, V] = [run.train, run.val].map(({X, points}) => points.map((p, i) =>
    [...X.values.subarray(F * i, F * i + F), p[2]]));
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
        done = subprocess.run(
            [found, "-e", RUN], input=json.dumps(given), capture_output=True, encoding="utf-8", timeout=120
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return ask


def here(state, epochs=200):
    """The same experiment, by nnlib."""
    s = play.checked(state)
    net, X, labels, validation, run = play.native(s, epochs)
    first = nn.initialize(net, s["scheme"], seed=s["seed"])
    return dict(
        first=first, X=np.column_stack([X, labels]), V=np.column_stack(validation), theta=run.theta, loss=run.loss,
        val_loss=run.val_loss, stopped=run.stopped, updates=run.updates,
    )  # fmt: skip


def nth(names, i):
    """The i-th of some names, which begin again at their end."""
    return list(names)[i % len(names)]


KINDS = [name for name in play.NOISE if name not in play.SURFACES]
# optimizer → four experiments, each with the next of all the others, so that every choice comes up. Ten epochs.
EVERY = {
    optimizer: [
        dict(optimizer=optimizer, lr=0.01, data=nth(KINDS, i + k), activation=nth(play.TRAINABLE, i + k),
             loss=nth(play.LOSSES, i + k), scheme=nth(play.SCHEMES, i + 6 * k), n=nth([200, 37, 90, 121], i + k),
             hidden=[[], [3], [5, 4], [3, 16, 2]][k])
        for k in range(4)
    ]
    for i, optimizer in enumerate(play.OPTIMIZERS)
}  # fmt: skip
# Every scheme with every way in and out of a layer that a page can have, or nearly.
LAYERS = [[], [1], [2], [3, 16, 9], [16, 16, 7, 1], [8, 15, 2, 12]]
BORN = [dict(scheme=scheme, hidden=hidden, seed=i) for scheme in play.SCHEMES for i, hidden in enumerate(LAYERS)]
BORN += [state | {"loss": "cross_entropy"} for state in BORN]
# Runs that leave every bound: rounding grows on their way.
WILD = [
    dict(data="circles", activation="identity", optimizer="sgd", lr=10),
    dict(optimizer="sgd", lr=1, l2=10),
]
POINTS = [dict(data=data, n=n, seed=n) for data in play.NOISE for n in (10, 333, 1000)]

# What came with the second edition: inputs, heights of surfaces, L1, shares, and what is turned on the way.
ALL = list(play.FEATURES)
INPUTS = [dict(features=[name], data=nth(play.NOISE, i), hidden=[3], loss="l2") for i, name in enumerate(ALL)]
INPUTS += [dict(features=ALL, data=data, hidden=[4], loss="mae", noise=0.3, n=60) for data in play.NOISE]
HEIGHTS = [
    dict(data=data, loss=loss, hidden=hidden, activation=activation, optimizer=optimizer, noise=noise)
    for data, (hidden, activation, optimizer, noise) in zip(
        [*play.SURFACES] * 2,
        [([], "tanh", "adam", 0.1), ([8], "relu", "sgd", 0), ([8, 8], "tanh", "adam", 2),
         ([5], "sigmoid", "momentum", 0.5), ([16], "tanh", "nadam", 0.1), ([3, 3], "leaky_relu", "rmsprop", 0.05)],
        strict=True,
    )
    for loss in play.REAL
]  # fmt: skip
SPARSE = [dict(l1=l1, l2=l2, optimizer=o, hidden=[4]) for o in play.OPTIMIZERS for l1, l2 in ((0.01, 0.0), (0.1, 0.03))]
SHARES = [dict(train_share=share, n=n) for share in (0.1, 0.25, 0.5, 0.7, 0.9) for n in (10, 13, 15, 333)]
SHARES += [dict(train_share=0.5, n=13, features=["x1*x2"], data="xor", batch_size=5)]
TURNS = [  # by each optimizer, each setting, at the beginning, on the way, together, and after the end
    dict(
        optimizer=optimizer, hidden=[4], lr=0.01,
        changes=[[0, "l1", 0.001], [2, "lr", 0.003], [3, "batch_size", 7], [5, "l2", 0.01], [5, "lr", 0.02],
                 [5, "batch_size", None], [6, "l1", 0.0], [7, "batch_size", 50],
                 *([[8, "beta", 0.5]] if optimizer in play.BETA else []), [10, "lr", 0.005], [99, "l2", 1.0]],
    )
    for optimizer in play.OPTIMIZERS
]  # fmt: skip
TURNS += [
    dict(data="wave", features=["x1", "sin(pi*x2)"], loss="mae", batch_size=None, changes=[[4, "batch_size", 16]]),
    dict(optimizer="sgd", n=1000, batch_size=300, lr=0.1, changes=[[3, "batch_size", 1000], [6, "batch_size", 200]]),
]
# Runs that leave every bound only because of what was turned.
THROWN = [
    dict(data="circles", activation="identity", optimizer="sgd", lr=0.1, changes=[[3, "lr", 100.0], [5, "lr", 0.1]]),
    dict(optimizer="sgd", lr=1, changes=[[4, "l2", 10.0]]),
]
NEW = {"inputs": INPUTS, "heights": HEIGHTS, "sparse": SPARSE, "shares": SHARES, "turns": TURNS}


def experiments():
    """{name: experiments} by nnlib, as this process computes: what `train` makes here, or a test build."""
    return {
        "stable": [here(state) for state in STABLE.values()],
        **{name: [here(state, 10) for state in states] for name, states in EVERY.items()},
        **{name: [here(state, 10) for state in states] for name, states in NEW.items()},
        "wild": [here(state) for state in WILD],
        "thrown": [here(state, 60) for state in THROWN],
        "born": [first(state) for state in BORN],
        "points": [drawn(state) for state in POINTS],
        "bits": [ends(play.checked(b["state"])) for b in play.bits().values()],
    }


def first(state):
    s = play.checked(state)
    return nn.initialize(nn.mlp(play.sizes(s)), s["scheme"], seed=s["seed"])


def drawn(state):
    return np.column_stack(play.samples(play.checked(state)))


def ends(s):
    return play.digest(play.native(s, s["epochs"])[-1].theta)


@pytest.fixture(scope="session")
def loops():
    """Of all experiments, what the loops that the page runs learn when they are compiled for this machine.

    A test build: NNLIB_LOOPS=1 fuses no multiply-add, and neither does WebAssembly.
    """
    code = """import json; from tests.test_playground import experiments
print(json.dumps(experiments(), default=lambda v: v.tolist()))"""
    environment = {**os.environ, "NNLIB_LOOPS": "1", "PYTHONPATH": os.pathsep.join(p or "." for p in sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def apart(one, other):
    """The largest difference of two experiments in anything: data, first and last weights, both losses."""
    names = ("X", "V", "first", "theta", "loss", "val_loss")
    return max(float(np.abs(np.asarray(one[k], float) - np.asarray(other[k], float)).max()) for k in names)


def assert_same(page, native, names=("X", "V", "first", "theta")):
    """Data, first and last weights to the bit. A loss goes through the browser's logarithm: last digits may differ."""
    for name in names:
        np.testing.assert_array_equal(np.array(page[name], float), np.array(native[name], float), err_msg=name)
    for name in ("loss", "val_loss"):
        np.testing.assert_allclose(page[name], native[name], rtol=1e-12)
    assert (page["updates"], page["stopped"]) == (native["updates"], native["stopped"] or "")


def test_the_page_learns_what_the_test_build_learns(node, loops):
    cases = [play.checked(state) for state in STABLE.values()]
    for page, native in zip(node(TRAINED, cases), loops["stable"], strict=True):
        assert_same(page, native)


def test_the_page_learns_what_train_learns(node):
    """But for the last digits: `train` rounds a product and its sum once, the page twice."""
    cases = [play.checked(state) for state in STABLE.values()]
    for name, state, page in zip(STABLE, STABLE.values(), node(TRAINED, cases), strict=True):
        native = here(state)
        print(f"{name}: {apart(page, native):.1e}")
        assert apart(page, native) <= 1e-12
        assert_same(page, native, ("X", "V", "first"))


@pytest.mark.parametrize("optimizer", play.OPTIMIZERS)
def test_every_optimizer_scheme_loss_and_activation(node, loops, optimizer):
    states = [play.checked(state) for state in EVERY[optimizer]]
    for state, page, native in zip(states, node(TRAINED, states, 10), loops[optimizer], strict=True):
        assert_same(page, native)
        print(f"{state['activation']}, {state['loss']}: {apart(page, here(state, 10)):.1e}")
        assert apart(page, here(state, 10)) <= 1e-12, state


@pytest.mark.parametrize("what", NEW)
def test_every_new_setting_to_the_bit(node, loops, what):
    """And beside what `train` learns here, but for the last digits."""
    states = [play.checked(state) for state in NEW[what]]
    for state, page, native in zip(states, node(TRAINED, states, 10), loops[what], strict=True):
        assert_same(page, native)
        assert apart(page, here(state, 10)) <= 1e-12, state


def test_every_scheme_of_first_weights_to_the_bit(node, loops):
    pages = node("state => plain(begin(state).theta())", [play.checked(state) for state in BORN])
    for state, page, native in zip(BORN, pages, loops["born"], strict=True):
        np.testing.assert_array_equal(page, native, err_msg=str(state))
        np.testing.assert_array_equal(page, first(state), err_msg=str(state))  # nothing in it is fused


def test_every_point_to_the_bit(node, loops):
    ask = "state => { const {train, val} = begin(state); return [train.points, val.points] }"
    for state, parts, native in zip(POINTS, node(ask, list(map(play.checked, POINTS))), loops["points"], strict=True):
        here = drawn(state)
        np.testing.assert_array_equal(here, native)
        for page, (X, labels) in zip(parts, nn.data.split(here[:, :2], here[:, 2], seed=state["seed"]), strict=True):
            np.testing.assert_array_equal(page, np.column_stack([X, labels]))


def test_cosine_and_sine_to_the_bit(node):
    x = np.concatenate([np.arange(-64, 65) * np.pi / 8, np.linspace(-20, 20, 9999), [1e6, -1e6, 0, 5e-324]])
    np.testing.assert_array_equal(node("nnCosSin", x.tolist()), np.column_stack(cos_sin(x)))


# ---- the page's check ------------------------------------------------------------------------------------------------


def test_the_bits_of_the_check_are_those_of_the_test_build(loops):
    assert play.BITS.keys() == play.OPTIMIZERS.keys()
    assert loops["bits"] == [book for book, _ in play.BITS.values()]
    states = [b["state"] for b in play.bits().values()]
    for name, least in ("activation", 4), ("loss", 4), ("scheme", 9), ("data", 5), ("batch_size", 4):
        assert len({s[name] for s in states}) >= least, name


def test_the_check_names_what_differs(node):
    good = {"bits": play.bits()}
    bad = copy.deepcopy(good)
    for name in ("adam", "sgd"):
        bad["bits"][name]["digest"] = "0" * 16
    assert node("({bits}) => nnBits({...told, bits}, load)", [good, bad]) == [[], ["sgd", "adam"]]
    flipped = (
        "({bits}) => nnBits({...told, bits}, async () => { const nn = await load(), {call} = nn; CHANGE; return nn })"
    )
    change = "nn.call = (name, given) => name === 'key' ? call(name, given) ^ 1n : call(name, given)"
    assert node(flipped.replace("CHANGE", change), [good]) == [list(play.BITS)]


def test_a_digest_is_the_same_in_both(node):
    vectors = [[], [0.0], [1.0, -2.5, 1e-300], [0.1] * 99]
    found = node("v => nnDigest(Float64Array.from(v))", vectors)
    assert found == [play.digest(np.array(v)) for v in vectors]
    assert found[0] == "cbf29ce484222325"  # FNV's offset, as its authors give it
    assert play.digest(np.array([0.0])) != play.digest(np.array([5e-324]))


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox 128 (Linux x86_64)"),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/120.0.0.0 Safari/537.36",
            "Chrome 120 (Windows NT 10.0)",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/120.0.0.0 Safari/537.36 Edg/120.0.1",
            "Edge 120 (Windows NT 10.0)",
        ),
        (
            f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {WEBKIT} Version/17.1 Safari/605.1.15",
            "Safari 17 (Macintosh)",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/120.0.0.0 Mobile Safari/537.36",
            "Chrome 120 (Android 10)",
        ),
        (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) {WEBKIT} CriOS/120.0 Mobile/15E148",
            "Chrome 120 (iPhone)",
        ),
        ("Ladybird", "Ladybird"),
    ],
)
def test_a_browser_has_a_short_name(node, agent, name):
    assert node("nnBrowser", [agent]) == [name]


# ---- what else it does -----------------------------------------------------------------------------------------------


def test_one_batch_at_a_time_is_the_same(node):
    """Steps, and steps within epochs, lead where epochs lead, to the last bit."""
    steps = """state => { const run = begin(state), other = [];
      const want = TRAINED(state);
      const again = begin(state);
      for (let k = 0; k < 3; k++) again.step();
      for (let e = 0; e < 4; e++) again.epoch();
      while (again.losses.length < epochs) again.step();
      return {same: plain(again.theta()).every((x, i) => x === want.theta[i]),
        loss: Math.max(...again.losses.map((x, i) => Math.abs(x - want.loss[i])))} }""".replace(
        "TRAINED", f"({TRAINED})"
    )
    plain = [dict(batch_size=13), dict(batch_size=None), dict(optimizer="nadam", n=50)]
    cases = [play.checked(s) for s in (*plain, *TURNS, dict(data="hills", features=ALL, l1=0.01))]
    for found in node(steps, cases, 9):
        assert found["same"] and found["loss"] <= 1e-14


def test_a_run_that_diverges_says_so_and_keeps_the_last_good_weights(node, loops):
    pages = node(TRAINED, [play.checked(state) for state in WILD])
    for state, page, native in zip(WILD, pages, loops["wild"], strict=True):
        for other in native, (train := here(state)):
            assert other["stopped"] and page["stopped"] == other["stopped"] and page["updates"] == other["updates"]
        np.testing.assert_array_equal(page["theta"], native["theta"])
        for name, its in ("theta", train["theta"]), ("loss", train["loss"][:-1]):
            print(f"{name}: {np.abs(np.array(page[name]) / its - 1).max():.1e}")
            np.testing.assert_allclose(page[name], its, rtol=1e-12)


def test_a_run_that_diverges_after_a_change_says_in_which_epoch(node, loops):
    pages = node(TRAINED, [play.checked(state) for state in THROWN], 60)
    for state, page, native in zip(THROWN, pages, loops["thrown"], strict=True):
        found = here(state, 60)
        assert page["stopped"] == native["stopped"] == found["stopped"] and page["updates"] == found["updates"]
        assert int(re.search(r"in epoch (\d+)", found["stopped"])[1]) == len(page["loss"]) + 1 > state["changes"][0][0]
        np.testing.assert_array_equal(page["theta"], native["theta"])
        assert len(native["loss"]) == len(page["loss"]) + 1 and len(native["val_loss"]) == len(page["loss"])
        assert ("l2" in found["stopped"]) == (state["changes"][0][1] == "l2")


def same_bits(one, other):
    return np.array(one).tobytes() == np.array(other).tobytes()


def test_what_is_turned_by_hand_is_what_an_address_replays(node):
    """Turned between epochs and within one: from the next epoch on, recorded, and the same run when it is replayed."""
    ask = """state => {
      const run = begin(state), said = [];
      run.epoch(); run.epoch();
      said.push(run.change('lr', 0.5), run.change('lr', 0.05), run.change('l1', 0.01), run.change('l1', 0));
      run.epoch();
      run.step();
      said.push(run.change('batch_size', null), run.change('beta', 0.5));
      const waiting = run.waiting(), coming = run.now();
      while (run.losses.length < 6) run.epoch();
      said.push(run.change('l2', 0.01));
      while (run.losses.length < epochs) run.epoch();
      const address = nnAddress(told, run.state);
      const [opened, words] = nnChecked(told, told.start, Object.fromEntries(address));
      const byHand = plain(run.theta()), {losses, changes} = run, code = nnCode(told, run.state, epochs);
      const again = begin(opened);
      for (let k = 0; k < 5; k++) again.step();
      while (again.losses.length < epochs) again.epoch();
      return {said, waiting, coming, address, opened, words, byHand, losses, changes, code, now: again.now(),
        replayed: plain(again.theta()), again: again.losses};
    }"""
    (found,) = node(ask, [play.checked(dict(hidden=[5]))], 10)
    changes = [[2, "lr", 0.05], [4, "batch_size", None], [4, "beta", 0.5], [6, "l2", 0.01]]
    assert found["said"] == [""] * 7 and found["changes"] == changes and found["waiting"] > 0
    assert found["coming"] == dict(lr=0.05, l1=0, l2=0, batch_size=None, beta=0.5)
    assert found["now"] == dict(lr=0.05, l1=0, l2=0.01, batch_size=None, beta=0.5)
    assert dict(found["address"])["changes"] == "2*lr*0.05*4*batch_size*all*4*beta*0.5*6*l2*0.01"
    assert found["opened"]["changes"] == changes and found["words"] == []
    assert same_bits(found["byHand"], found["replayed"])
    native = here(dict(hidden=[5], changes=changes), 10)
    for name in ("byHand", "replayed"):
        assert np.abs(np.array(found[name]) - native["theta"]).max() <= 1e-12
    for name in ("losses", "again"):
        assert np.abs(np.array(found[name]) - native["loss"]).max() <= 1e-12
    assert "    (2, 0.01, 0.9, 32, 0),\n    (2, 0.05, 0.9, 32, 0),\n    (2, 0.05, 0.5, None, 0)," in found["code"]


def test_what_cannot_be_turned_is_said(node):
    ask = """state => {
      const run = begin(state), said = [], change = (...given) => said.push(run.change(...given));
      change('seed', 3); change('lr', 'fast'); change('lr', 1e9); change('batch_size', 2.4); change('beta', 0.5);
      for (let k = 0; k < 30; k++) { run.epoch(); change('lr', k % 2 ? 0.01 : 0.02); }
      return {said, changes: run.changes, now: run.now()};
    }"""
    (found,) = node(ask, [play.checked(dict(optimizer="sgd"))])
    assert found["said"][:5] == [
        "seed cannot change during a run.",
        "lr: “fast” is not a number; 0.01 stays.",
        "lr: 1000000000 is not from 0.000001 to 1000; 1000 is taken.",
        "batch_size: 2.4 is not a whole number from 1 to 1000; 2 is taken.",
        "changes: sgd has no momentum, so its β cannot change; the others stay.",
    ]
    assert set(found["said"][5:23]) == {""} and len(found["changes"]) == play.MOST_CHANGES
    assert set(found["said"][23:]) == {"", "changes: a run keeps 20, and this would be 21; the first 20 are taken."}
    assert found["changes"][:2] == [[0, "lr", 1000], [0, "batch_size", 2]] and found["now"]["lr"] == 0.01


def test_a_run_that_diverged_goes_on_with_another_setting(node):
    """And what it is then, nnlib makes of the same changes."""
    ask = """state => {
      const run = begin(state);
      for (let e = 0; e < 60; e++) run.epoch();
      const {stopped} = run, good = run.losses.length;
      run.change('l1', 0);
      const still = run.stopped;
      run.change('l2', 0.01);
      for (let e = 0; e < 5; e++) run.epoch();
      return {stopped, still, good, now: run.stopped, state: run.state, theta: plain(run.theta()), loss: run.losses};
    }"""
    (found,) = node(ask, [play.checked(THROWN[1])])
    assert found["stopped"] == found["still"] != "" == found["now"] and len(found["loss"]) == found["good"] + 5
    assert found["state"]["changes"] == [[4, "l2", 10], [found["good"], "l2", 0.01]]
    native = here(found["state"], found["good"] + 5)
    assert native["stopped"] is None
    np.testing.assert_allclose(found["theta"], native["theta"], rtol=1e-12)


@pytest.mark.parametrize("optimizer", play.BETA)
def test_a_new_momentum_keeps_the_memory(optimizer):
    """By hand, update for update: another optimizer of the same name goes on with the state of the first."""
    state = dict(optimizer=optimizer, hidden=[3], batch_size=None, n=20, changes=[[4, "beta", 0.3]], lr=0.02)
    s = play.checked(state)
    net, X, labels, _, run = play.native(s, 9)
    theta = nn.initialize(net, s["scheme"], seed=s["seed"])
    rules = [nn.optimizers.BY_NAME[optimizer](0.02, **{play.BETA[optimizer]: beta}) for beta in (0.9, 0.3)]
    memory = rules[0].state(theta)
    for epoch in range(9):
        rules[epoch >= 4].step(theta, nn.backprop(net, theta, X, labels, "bce")[1], memory)
    np.testing.assert_allclose(run.theta, theta, rtol=1e-11)
    assert not np.allclose(run.theta, play.native(play.checked(state | {"changes": []}), 9)[-1].theta, rtol=1e-3)


# ---- what a run says of itself ---------------------------------------------------------------------------------------


def test_errors_of_a_regression(node):
    """In the unit of the targets, and as a share of their variance; what has no classes has no right answers."""
    ask = """state => { const run = begin(state); for (let e = 0; e < 20; e++) run.epoch();
      return [run.measure(), run.range, run.isRegression, run.sizes] }"""
    states = [play.checked(dict(data="hills", features=["x2", "x1*x2"])), play.checked({})]
    (measure, span, regression, sizes), (other, unit, classes, _) = node(ask, states)
    net, X, t, (V, v), run = play.native(states[0], 20)
    for name, (A, b) in dict(rmse=(X, t), valRmse=(V, v)).items():
        off = nn.forward(net, run.theta, A)[:, 0] - b
        assert measure[name] == pytest.approx(np.sqrt((off**2).mean()), rel=1e-9)
        assert measure[name.replace("mse", "2").replace("Rmse", "R2")] == pytest.approx(
            1 - off.var() / b.var(), abs=0.05
        )
    r2 = 1 - ((nn.forward(net, run.theta, X)[:, 0] - t) ** 2).sum() / ((t - t.mean()) ** 2).sum()
    assert measure["r2"] == pytest.approx(r2, rel=1e-9) and 0.1 < r2 < 1
    assert regression is True and classes is False and sizes == [2, 8, 8, 1]
    assert span == [min(t.min(), v.min()), max(t.max(), v.max())] and unit == [0, 1]
    assert measure["accuracy"] is measure["valAccuracy"] is None, "NaN, which JSON has not"
    assert other["rmse"] is other["r2"] is None and other["accuracy"] > 0.5
    ask = "state => { const m = begin(state).measure(); return [Number.isNaN(m.valR2), m.valRmse] }"
    ((unknown, off),) = node(ask, [play.checked(dict(data="plane", n=10, train_share=0.9))])
    assert unknown and off > 0, "one point has no variance"


def test_units_that_are_dead(node):
    """A unit whose ReLU says 0 for every training sample. Other activations have none."""
    ask = "state => { const run = begin(state); for (let e = 0; e < 30; e++) run.epoch(); return run.dead() }"
    thrown = dict(hidden=[8, 6], optimizer="sgd", lr=0.5, seed=5, scheme="he_normal", loss="l2", data="hills")
    states = [play.checked(s) for s in (thrown | {"activation": "relu"}, thrown)]
    dead, tanh = node(ask, states)
    net, X, _, _, run = play.native(states[0], 30)
    H = nn.trace(net, run.theta, X).H
    assert dead == [[l, i] for l in (1, 2) for i in range(net.sizes[l]) if not H[l][:, i].any()]
    assert 0 < len(dead) < 14 and tanh == []
    assert node("state => begin(state).dead()", [play.checked(dict(data="drawn", activation="relu"))]) == [[]]


def test_what_a_unit_computes(node):
    ask = """state => { const run = begin(state);
      run.epoch();
      return run.sizes.map((n, l) => plain(Array(n)).map((_, i) => run.unit(l, i))) }"""
    first = dict(hidden=[3, 11], features=["x2", "x1^2"], loss="cross_entropy")
    states = [play.checked(first), play.checked(dict(data="plane"))]
    units, plane = node(ask, states)
    net, _, _, _, run = play.native(states[0], 1)
    names = [["x₂", "x₁²"], ["h₁", "h₂", "h₃"], [*(f"h{d}" for d in "₁₂₃₄₅₆₇₈₉"), "h₁₀", "h₁₁"], ["y₁", "y₂"]]
    for l, ((W, b), kind) in enumerate(zip(nn.unpack(net, run.theta), ["tanh", "tanh", "softmax"], strict=True), 1):
        for j, unit in enumerate(units[l]):
            np.testing.assert_allclose([*unit["weights"], unit["bias"]], [*W[:, j], b[j]], rtol=1e-12)
            assert (unit["activation"], unit["name"], unit["inputs"]) == (kind, names[l][j], names[l - 1])
    assert [unit["name"] for unit in units[0]] == names[0] and units[0][0]["inputs"] == []
    assert (plane[-1][0]["name"], plane[-1][0]["activation"]) == ("y", "identity")


SHARE = """state => { const run = begin(state); for (let e = 0; e < state.epochs; e++) run.epoch();
  return {...run.measure(), dead: run.dead(), least: Math.min(...run.valLosses), last: run.losses.at(-1)} }"""


def seen(node, start=1, **state):
    """What three seeds lead to."""
    cases = [play.checked({"lr": 0.02, **state, "seed": seed}) for seed in range(start, start + 3)]
    return node(SHARE, cases)


def test_what_the_page_says_you_should_see(node):
    """The nine experiments of book/playground.md, in its order, with three seeds each."""
    none = dict(hidden=[], epochs=200)
    assert min(r["accuracy"] for r in seen(node, data="blobs", **none)) == 1
    assert max(r["accuracy"] for r in seen(node, data="xor", **none)) < 0.8
    assert max(r["accuracy"] for r in seen(node, data="circles", hidden=[2])) < 0.9
    assert min(r["accuracy"] for r in seen(node, data="circles", hidden=[3])) > 0.95
    two = [r["accuracy"] for r in seen(node, data="xor", hidden=[2], lr=0.01)]
    assert min(two) < 0.8 < 0.95 < max(two)
    assert min(r["accuracy"] for r in seen(node, data="xor", hidden=[8], lr=0.01)) > 0.97
    assert max(r["accuracy"] for r in seen(node, data="xor", hidden=[8], scheme="constant")) < 0.8
    deep = dict(data="circles", hidden=[8] * 4, optimizer="sgd", lr=0.5)
    for r in seen(node, activation="sigmoid", **deep):
        assert r["accuracy"] < 0.7 and r["norms"][0] < r["norms"][-1] / 4
    assert min(r["accuracy"] for r in seen(node, activation="tanh", **deep)) > 0.97
    large = dict(data="moons", noise=0.35, n=100, train_share=0.5, hidden=[16, 16], epochs=1000)
    for free, held in zip(seen(node, **large), seen(node, l2=0.03, **large), strict=True):
        assert free["last"] < 0.1 and free["valLoss"] > 2 * free["least"] and held["valLoss"] < free["valLoss"] / 2
    ring = dict(data="circles", hidden=[])
    assert min(r["accuracy"] for r in seen(node, features=["x1^2", "x2^2"], **ring)) > 0.95
    assert max(r["accuracy"] for r in seen(node, **ring)) < 0.7
    wave = dict(data="wave", loss="l2")
    assert all(0.5 < r["r2"] < 0.7 for r in seen(node, hidden=[], **wave))
    for more in dict(features=["x1", "x2", "sin(pi*x1)"], hidden=[]), dict(hidden=[8]):
        assert min(r["r2"] for r in seen(node, **more, **wave)) > 0.95
    relu = dict(data="circles", activation="relu", hidden=[8], optimizer="sgd", epochs=100)
    for slower in [], [[20, "lr", 0.1]]:
        assert {len(r["dead"]) for r in seen(node, lr=10, changes=slower, **relu)} == {8}
    assert min(r["accuracy"] for r in seen(node, **relu | {"lr": 0.1})) > 0.9


def trained(code):
    """The runs of some lines of Python, and what they print."""
    runs, printed, real = [], [], nn.train
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nn, "train", lambda *given, **more: runs.append(real(*given, **more)) or runs[-1])
        exec(code, {"print": printed.append})
    return runs, printed


def test_the_code_runs_the_experiment(node):
    """What the page shows under "Show the code", run as it stands."""
    points = [[round(0.1 * i, 1), -0.25 * (i % 5), i % 2] for i in range(-9, 9)]
    states = [
        play.checked(s)
        for s in (
            *(*STABLE.values(), dict(data="drawn", points=points, loss="mae", optimizer="adadelta", lr=1.0)),
            *(*INPUTS, *HEIGHTS, *SPARSE, *SHARES, *TURNS),
            *(dict(data="drawn", points=points, features=ALL, seed=2**32 - 1), dict(changes=[[0, "lr", 0.005]])),
            *(dict(changes=[[10, "lr", 0.005]]), dict(changes=[[19, "l2", 0.1]], epochs=7)),
        )
    ]
    codes = node("state => nnCode(told, state, 20)", states)
    pages = node(TRAINED, states, 20)
    for state, code, page in zip(states, codes, pages, strict=True):
        runs, printed = trained(code)
        run = runs[-1]
        assert np.abs(run.theta - page["theta"]).max() <= 1e-12, code
        assert np.abs(np.concatenate([run.loss for run in runs]) - page["loss"]).max() <= 1e-12
        assert np.abs(np.concatenate([run.val_loss for run in runs]) - page["val_loss"]).max() <= 1e-12
        assert max(map(len, code.split("\n"))) <= 88
        assert len(runs) == len({e for e, *_ in state["changes"] if 0 < e < 20}) + 1
        net, X, t, _, native = play.native(state, 20)
        assert printed[0] is run
        if play.is_regression(state):
            its = np.sqrt(((nn.forward(net, native.theta, X)[:, 0] - t) ** 2).mean())
        else:
            its = (nn.predict(net, native.theta, X) == t).mean()
        assert printed[1] == pytest.approx(its, rel=1e-9)


def test_the_code_of_a_run_that_diverges_stops_there(node):
    states = [play.checked(state) for state in THROWN]
    for state, code in zip(states, node("state => nnCode(told, state, 60)", states), strict=True):
        runs, _ = trained(code)
        native = here(state, 60)
        assert [bool(run.stopped) for run in runs] == [False, True]
        assert sum(len(run.loss) for run in runs) == len(native["loss"])
        np.testing.assert_array_equal(runs[-1].theta, native["theta"])


@pytest.mark.parametrize(
    ("given", "settings", "sentence"),
    [
        ({}, {}, ""),
        ({"lr": "0.3", "hidden": "4.4", "batch_size": "all"}, {"lr": 0.3, "hidden": [4, 4], "batch_size": None}, ""),
        ({"hidden": ""}, {"hidden": []}, ""),
        ({"hidden": "999.2.2.2.2.2"}, {"hidden": [16, 2, 2, 2]}, "hidden: “999.2.2.2.2.2” is not at most 4 layers"),
        ({"hidden": "x.0"}, {"hidden": [1]}, "[1] is taken."),
        ({"n": "1e9"}, {"n": 1000}, "n: 1000000000 is not a whole number from 10 to 1000; 1000 is taken."),
        ({"n": "33.4"}, {"n": 33}, "33 is taken."),
        ({"seed": "-1"}, {"seed": 0}, "0 is taken."),
        ({"lr": "fast"}, {"lr": 0.01}, "lr: “fast” is not a number; 0.01 stays."),
        ({"lr": ""}, {"lr": 0.01}, "is not a number"),
        ({"lr": "Infinity"}, {"lr": 0.01}, "is not a number"),
        ({"data": "cats"}, {"data": "moons"}, "data: “cats” is none of xor, moons"),
        ({"data": "toString"}, {"data": "moons"}, "is none of"),
        ({"color": "red"}, {}, "There is no setting “color”."),
        ({"depth": "3"}, {}, "There is no setting “depth”."),
        ({"__proto__x": "3"}, {}, "There is no setting"),
        ({"points": "0.400.1.200.200.0"}, {"points": [[-2, 2, 1], [0, 0, 0]]}, ""),
        ({"points": "0.400.1.900.0.0.5"}, {"points": [[-2, 2, 1]]}, "points: 1 of them could be read."),
        ({"features": "x1.x22.s2"}, {"features": ["x1", "x2^2", "sin(pi*x2)"]}, ""),
        ({"features": "s1.x12,x11"}, {"features": ["x1^2", "x1*x2", "sin(pi*x1)"]}, ""),
        ({"features": "x1^2,x1*x2"}, {"features": ["x1^2", "x1*x2"]}, ""),
        (
            {"features": "x2.x3"},
            {"features": ["x2"]},
            "features: “x2.x3” is no list of x1, x2, x11, x22, x12, s1, s2; x2 is taken.",
        ),
        ({"features": ""}, {}, "features: “” is no list of x1, x2, x11, x22, x12, s1, s2; x1, x2 are taken."),
        ({"l1": "11"}, {"l1": 10}, "l1: 11 is not from 0 to 10; 10 is taken."),
        ({"train_share": "1"}, {"train_share": 0.9}, "train_share: 1 is not from 0.1 to 0.9; 0.9 is taken."),
        ({"data": "hills", "loss": "mae"}, {"data": "hills", "loss": "mae"}, ""),
        (
            {"data": "plane"},
            {"data": "plane", "loss": "l2"},
            "loss: binary cross-entropy needs classes, and here the targets are real numbers; squared error is taken.",
        ),
        (
            {"loss": "cross_entropy", "data": "wave"},
            {"data": "wave", "loss": "l2"},
            "loss: cross-entropy, softmax needs classes",
        ),
        (
            {"changes": "3*lr*0.5*3*batch_size*all*9*beta*0"},
            {"changes": [[3, "lr", 0.5], [3, "batch_size", None], [9, "beta", 0]]},
            "",
        ),
        (
            {"changes": "9*lr*99999*3*l2*0.1"},
            {"changes": [[3, "l2", 0.1], [9, "lr", 1000]]},
            "lr: 99999 is not from 0.000001 to 1000; 1000 is taken. "
            "changes: 2 of them could be read, in the order of their epochs.",
        ),
        ({"changes": "3*lr*0.5*3*lr*0.1"}, {"changes": [[3, "lr", 0.1]]}, "changes: 1 of them could be read"),
        ({"changes": "3*seed*5*x*lr*1*2*lr*fast*-1*l1*0"}, {}, "changes: 0 of them could be read"),
        ({"changes": "3*lr*0.5*4"}, {"changes": [[3, "lr", 0.5]]}, "changes: 1 of them could be read"),
        ({"changes": "1000001*lr*1"}, {}, "changes: 0 of them could be read"),
        (
            {"changes": "*".join(f"{e}*lr*0.5" for e in range(22))},
            {"changes": [[e, "lr", 0.5] for e in range(20)]},
            "changes: a run keeps 20, and this would be 22; the first 20 are taken.",
        ),
        (
            {"changes": "3*beta*0.5*4*lr*0.5", "optimizer": "sgd"},
            {"changes": [[4, "lr", 0.5]], "optimizer": "sgd"},
            "changes: sgd has no momentum, so its β cannot change; the others stay.",
        ),
    ],
)
def test_a_wrong_address_gives_the_nearest_setting_and_a_sentence(node, given, settings, sentence):
    ((state, said),) = node("given => nnChecked(told, told.start, given)", [given])
    assert state == play.checked({}) | settings
    assert sentence in " ".join(said) and bool(said) == bool(sentence)
    play.checked(state)  # and nnlib agrees


# What an address may hold: what settings are made of, in any order, and anything else.
TOKENS = [
    "",
    "0",
    "1",
    "-1",
    "0.5",
    "1e9",
    "NaN",
    "x1",
    "x2",
    "s1",
    "x11",
    "lr",
    "beta",
    "batch_size",
    "l2",
    "all",
    "*",
]
TOKENS += [
    "*",
    "*",
    ".",
    ".",
    ",",
    "8",
    "16",
    "200",
    "null",
    "x1^2",
    "3",
    "40",
    *play.DATA,
    *play.LOSSES,
    *play.OPTIMIZERS,
]
TEXTS = st.one_of(
    st.sampled_from(TOKENS), st.lists(st.sampled_from(TOKENS), max_size=12).map("".join), st.text(max_size=20),
    st.lists(st.tuples(*(st.sampled_from(t) for t in (["0", "1", "7", "500"], play.TURNED, ["0.1", "4", "all", "x"]))),
             max_size=25).map(lambda changes: "*".join(sum(changes, ()))),
    st.floats().map(repr), st.integers().map(str),
)  # fmt: skip
NAMES = st.one_of(st.sampled_from([*play.START, "features", "changes", "data", "loss"]), st.text(max_size=9))


@hypothesis.settings(max_examples=8, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
@hypothesis.given(st.lists(st.dictionaries(NAMES, TEXTS, max_size=9), min_size=40, max_size=150))
def test_no_address_is_too_absurd(node, addresses):
    """It gives a setting that nnlib takes, that another address says again, and that the page can begin."""
    ask = """given => {
      const told_again = new URLSearchParams(new URLSearchParams(Object.entries(given).map(([k, v]) => [`x.${k}`, v]))
        .toString());
      const read = Object.fromEntries([...told_again].map(([k, v]) => [k.slice(2), v]));
      const [state, said] = nnChecked(told, told.start, read);
      const [again, more] = nnChecked(told, told.start, Object.fromEntries(nnAddress(told, state)));
      const run = begin({...state, n: Math.min(state.n, 20)});
      run.epoch();
      return {state, said, again, more, code: nnCode(told, run.state, 1), L: run.sizes.length};
    }"""
    for given, found in zip(addresses, node(ask, addresses), strict=True):
        assert play.checked(found["state"]) == found["state"] == found["again"], given
        assert found["more"] == [], given
        assert found["L"] == len(found["state"]["hidden"]) + 2
        compile(found["code"], "shown", "exec")


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (dict(size="huge"), ValueError, "size: unknown name 'huge'; .*known: full, small"),
        (dict(size=3), TypeError, "size: needs a name"),
        (dict(controls="lr"), TypeError, "controls: needs a list of names"),
        (dict(controls=["eta"]), ValueError, "unknown name 'eta'"),
        (dict(controls=["lr", "lr"]), ValueError, "controls: needs each name once"),
        (dict(caption=3), TypeError, "caption: needs a sentence"),
        (dict(check=1), TypeError, "check: needs True or False"),
        (dict(learning_rate=0.1), ValueError, "setting: unknown name 'learning_rate'"),
        (dict(data="moon"), ValueError, "data: unknown name 'moon'; did you mean 'moons'"),
        (dict(activation="softmax"), ValueError, "activation: unknown name 'softmax'"),
        (dict(loss="hinge"), ValueError, "loss: unknown name"),
        (dict(scheme="xavier"), ValueError, "scheme: unknown name"),
        (dict(optimizer="lbfgs"), ValueError, "optimizer: unknown name"),
        (dict(hidden=8), ValueError, "hidden: needs a list of at most 4 whole numbers"),
        (dict(hidden=[1] * 5), ValueError, "hidden: needs a list of at most 4"),
        (dict(hidden=[17]), ValueError, r"hidden\[0\]: needs a whole number from 1 to 16, got 17"),
        (dict(n=9), ValueError, "n: needs a whole number from 10 to 1000, got 9"),
        (dict(n=10.5), TypeError, "n: needs a whole number"),
        (dict(noise=-1), ValueError, "noise: needs a finite number"),
        (dict(lr=0), ValueError, "lr: needs a finite number"),
        (dict(beta=1), ValueError, "beta: needs"),
        (dict(batch_size=0), ValueError, "batch_size: needs"),
        (dict(l2=float("nan")), ValueError, "l2: needs"),
        (dict(seed=-1), ValueError, "seed: needs"),
        (dict(epochs=0), ValueError, "epochs: needs"),
        (dict(train_share=0.05), ValueError, "train_share: needs a finite number >= 0.1 and <= 0.9, got 0.05"),
        (dict(l1=-1), ValueError, "l1: needs a finite number >= 0 and <= 10, got -1"),
        (dict(data="hills", loss="bce"), ValueError,
         "loss: 'bce' needs classes, and data='hills' has real targets; use 'l2' or 'mae'"),
        (dict(data="plane", loss="cross_entropy"), ValueError, "loss: 'cross_entropy' needs classes"),
        (dict(features="x1"), TypeError, r"features: needs a list of names such as \['x1', 'x2'\], got"),
        (dict(features=["x3"]), ValueError, r"features\[0\]: unknown name 'x3'; did you mean"),
        (dict(features=[3]), TypeError, r"features\[0\]: needs a name"),
        (dict(features=[]), ValueError, r"features: needs at least one of x1, x2, .* in this order, got \[\]"),
        (dict(features=["x2", "x1"]), ValueError, r"each once and in this order, got \['x2', 'x1'\]"),
        (dict(features=["x1", "x1"]), ValueError, "each once and in this order"),
        (dict(changes="lr"), TypeError, r"changes: needs a list of \[epoch, name, value\], got"),
        (dict(changes=[[e, "lr", 1.0] for e in range(21)]), ValueError, "changes: needs at most 20, got 21"),
        (dict(changes=[[1, "lr"]]), ValueError,
         r"changes\[0\]: needs \[epoch, name, value\], such as \[100, 'lr', 0.001\], got \[1, 'lr'\]"),
        (dict(changes=[3]), ValueError, r"changes\[0\]: needs \[epoch, name, value\]"),
        (dict(changes=[[1.5, "lr", 1]]), TypeError, r"changes\[0\]\[0\]: needs a whole number"),
        (dict(changes=[[-1, "lr", 1]]), ValueError, r"changes\[0\]\[0\]: needs a whole number from 0 to 1000000, got"),
        (dict(changes=[[1, "seed", 1]]), ValueError, r"changes\[0\]\[1\]: unknown name 'seed'; .*known: lr, l1, l2"),
        (dict(changes=[[1, "lr", 0]]), ValueError, r"changes\[0\]\[2\]: needs a finite number >= 1e-06"),
        (dict(changes=[[1, "lr", None]]), TypeError, r"changes\[0\]\[2\]: needs a finite number"),
        (dict(changes=[[1, "batch_size", 2.5]]), TypeError, r"changes\[0\]\[2\]: needs a whole number"),
        (dict(changes=[[2, "lr", 1], [1, "l2", 1]]), ValueError,
         r"changes\[1\]: needs an epoch of at least 2, that of the one before, got 1"),
        (dict(changes=[[2, "lr", 1], [2, "l2", 1], [2, "lr", 2]]), ValueError,
         r"changes\[2\]: needs each setting once in an epoch, got 'lr' twice in epoch 2"),
        (dict(changes=[[2, "beta", 0.5]], optimizer="sgd"), ValueError,
         r"changes\[0\]: sgd has no momentum, so its beta cannot change"),
        (dict(points=[[0, 0]]), ValueError, "points: needs shape"),
        (
            dict(points=[[0, 3, 1]]),
            ValueError,
            r"points: needs at most 150 rows .*got \[0.0, 3.0, 1.0\] at points\[0\]",
        ),
        (dict(points=[[0, 0, 1]] * 151), ValueError, "got 151 rows"),
    ],
)  # fmt: skip
def test_wrong_calls(call, kind, message):
    with pytest.raises(kind, match=message):
        lab.playground(**call)


def test_the_page_has_a_picture_words_and_one_engine(monkeypatch):
    small = lab.playground(size="small", data="xor", hidden=[4], caption="A <small> one.")
    page = small.to_html()
    assert "A &lt;small&gt; one." in page and repr(small).startswith(
        "A playground: a network 2-4-1 (tanh) and the data set xor"
    )
    assert f'alt="{repr(small)}"' in page and page.count("<script>window.") == 1
    assert page == lab.playground(size="small", data="xor", hidden=[4], caption="A <small> one.").to_html()
    assert len(page) <= 150_000
    both = html_page.once(f"<p>{page}</p>{page}{page}")
    assert both.count("<!--nn:playground-->") == both.count("KERNELS=") == 1 and both.count('class="nn-play"') == 3
    assert "empty board" in repr(lab.playground(data="drawn"))
    assert "diverged" in repr(lab.playground(activation="identity", optimizer="sgd", lr=10, data="circles"))
    monkeypatch.setenv("NNLIB_STATIC", "1")
    assert set(small._repr_mimebundle_()) == {"text/plain", "text/html"}
    monkeypatch.delenv("NNLIB_STATIC")
    bundle = small._repr_mimebundle_()
    assert {"text/plain", "image/png", "application/vnd.jupyter.widget-view+json"} <= set(bundle)
    assert "text/html" not in bundle and "nn-play" in small.widget.outputs[0]["data"]["text/html"]


@pytest.mark.parametrize("state", [dict(data="circles", hidden=[3], n=60, epochs=9, lr=0.02), dict(loss="l2", n=50)])
def test_the_picture_and_its_words_are_true_of_the_run(monkeypatch, state):
    made = []
    monkeypatch.setattr(picture, "png", lambda fig, **_: made.append(fig) or b"")
    shown = lab.playground(epochs=state.pop("epochs", 20), **state)
    shown.to_html()
    left, right = made[0].axes
    net, X, labels, (V, T), run = play.native(shown.state, shown.state["epochs"])
    share = 100 * np.mean((nn.forward(net, run.theta, X).ravel() >= 0.5) == labels)
    assert f"loss {run.loss[-1]:.3g}; {share:.0f}% of the training points are right" in repr(shown) and share < 100
    training, validation = right.lines
    assert training.get_xdata().tolist() == list(range(1, len(run.loss) + 1)) and right.get_ylim()[0] == 0
    assert np.array_equal(training.get_ydata(), run.loss) and training.get_label() == "training"
    assert np.array_equal(validation.get_ydata(), run.val_loss) and validation.get_label() == "validation"
    assert {text.get_text() for text in right.get_legend().get_texts()} == {"training", "validation"}
    assert (right.get_xlabel(), right.get_ylabel()) == ("epoch", "loss")
    points = np.vstack([line.get_xydata() for line in left.lines])
    assert sorted(map(tuple, points)) == sorted(map(tuple, X)), "all it was trained on, and nothing else"
    (x0, x1), (y0, y1) = left.get_xlim(), left.get_ylim()
    both = np.vstack([X, V])
    assert (both > [x0, y0]).all() and (both < [x1, y1]).all() and x1 - x0 == pytest.approx(y1 - y0)
    width = np.ptp(both, axis=0).max()
    assert x1 - x0 < 1.3 * width, "and they fill it"
    assert made[0].get_figwidth() == 7 and made[0].get_figheight() < 0.7 * 7, "as wide as the text, and not tall"


@pytest.mark.parametrize("state", [dict(data="hills", features=["x1", "sin(pi*x2)"]), dict(data="plane", n=10,
    train_share=0.1, hidden=[], loss="mae", changes=[[5, "lr", 0.1]])])  # fmt: skip
def test_the_picture_of_a_regression_has_heights(monkeypatch, state):
    made = []
    monkeypatch.setattr(picture, "png", lambda fig, **_: made.append(fig) or b"")
    shown = lab.playground(epochs=20, **state)
    shown.to_html()
    left, right = made[0].axes
    net, X, t, _, run = play.native(shown.state, 20)
    off = np.sqrt(((nn.forward(net, run.theta, X)[:, 0] - t) ** 2).mean())
    words = f"loss {run.loss[-1]:.3g}; the root mean squared error on the training points is {off:.3g}."
    assert repr(shown).endswith(words) and "%" not in repr(shown)
    assert "-".join(map(str, play.sizes(shown.state))) in repr(shown)
    (P, heights), (Q, others) = play.parts(shown.state)
    (points,) = [c for c in left.collections if isinstance(c, PathCollection)]
    np.testing.assert_array_equal(points.get_offsets(), P)
    np.testing.assert_array_equal(points.get_array(), heights)
    every = np.concatenate([heights, others])
    assert all(c.get_clim() == (every.min(), every.max()) for c in left.collections)
    assert len(right.lines[0].get_ydata()) == 20


def test_a_loss_that_cannot_be_turned_keeps_the_kind_of_the_data():
    def choices(**given):
        html = lab.playground(epochs=2, **given).to_html()
        told = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.S)[1])
        assert told["regression"] == {"data": ["plane", "hills", "wave"], "losses": ["l2", "mae"]}
        assert told["start"]["loss"] == ("l2" if given.get("data") == "wave" else "bce")
        return list(told["knobs"]["data"]["choices"])

    assert choices() == list(play.DATA) == [*play.CLASSES, *play.SURFACES]
    assert choices(controls=["data", "loss"]) == list(play.DATA)
    assert choices(size="small") == choices(controls=["data"]) == list(play.CLASSES)
    assert choices(size="small", data="wave") == list(play.SURFACES)


def test_a_board_with_one_class_is_empty():
    one, other = ([[0.1 * k, 0.2, t] for k in range(4)] for t in (0, 1))
    for points in ([], one, other, [*one, *other[:2]], [*one[:2], *other]):
        assert "empty board" in repr(lab.playground(data="drawn", points=points, epochs=2))
    assert "empty board" not in repr(lab.playground(data="drawn", points=[*one, *other], epochs=2))


def test_knobs_turn_in_even_steps_within_their_limits():
    grids = {name: knob["grid"] for name, knob in play.KNOBS.items() if "grid" in knob}
    for name, grid in grids.items():
        numbers = [place for place in grid if place is not None]
        assert numbers == sorted(set(numbers)) and grid[: len(numbers)] == numbers
        assert play.KNOBS[name]["low"] <= numbers[0] and numbers[-1] <= play.KNOBS[name]["high"]
        assert play.START[name] in [*grid, None], "it begins at one of its places"
        assert not play.KNOBS[name].get("whole") or all(isinstance(place, int) for place in numbers)
        if name not in ("noise", "beta", "batch_size"):
            assert [float(f"{place:.0e}") for place in numbers] == numbers, "a round number is quick to read"
        if name == "noise":
            np.testing.assert_allclose(np.diff(numbers), 0.05)
        elif name == "train_share":
            np.testing.assert_allclose(np.diff(numbers), 0.1)
        elif name != "beta":  # by a factor
            positive = np.array([place for place in numbers if place])
            factors = np.diff(np.log(positive))
            assert factors.max() <= (1.4 if name in ("lr", "l1", "l2") else 2.5) * factors.min(), name
    assert grids["noise"][-1] == 1 and grids["batch_size"][-1] is None and grids["n"][-1] == play.KNOBS["n"]["high"]


def test_what_the_page_is_told_of_optimizers():
    html = lab.playground().to_html()
    told = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.S)[1])["optimizers"]
    assert set(told) == set(nn.optimizers.NAMES)
    for row in nn.optimizers.ROWS:
        rule = nn.optimizers.BY_NAME[row.name]()
        assert told[row.name]["settings"] == json.loads(json.dumps(rule.settings._asdict()))
        assert told[row.name]["vectors"] == row.vectors and told[row.name]["linear"] == row.linear
        assert told[row.name]["code"] == rule.code

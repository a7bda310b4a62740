"""The playground: its experiment in node against nnlib.train, its code as it stands, wrong calls, wrong addresses."""

import copy
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
        done = subprocess.run([found, "-e", RUN], input=json.dumps(given), capture_output=True, encoding="utf-8")
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


def experiments():
    """{name: experiments} by nnlib, as this process computes: what `train` makes here, or a test build."""
    return {
        "stable": [here(state) for state in STABLE.values()],
        **{name: [here(state, 10) for state in states] for name, states in EVERY.items()},
        "wild": [here(state) for state in WILD],
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
    assert len(play.BITS) == 9 and play.BITS.keys() <= play.OPTIMIZERS.keys()
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
    cases = [play.checked(s) for s in (dict(batch_size=13), dict(batch_size=None), dict(optimizer="nadam", n=50))]
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


SHARE = """state => { const run = begin(state); for (let e = 0; e < state.epochs; e++) run.epoch();
  const m = run.measure(); return {...m, least: Math.min(...run.valLosses), last: run.losses.at(-1)} }"""


def seen(node, start=1, **state):
    """What three seeds lead to."""
    cases = [play.checked({"lr": 0.02, **state, "seed": seed}) for seed in range(start, start + 3)]
    return node(SHARE, cases)


def test_what_the_page_says_you_should_see(node):
    """The six experiments of book/playground.md, in its order, with three seeds each."""
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
    large = dict(data="moons", noise=0.35, n=50, hidden=[16, 16], epochs=1000)
    for free, held in zip(seen(node, **large), seen(node, l2=0.03, **large), strict=True):
        assert free["last"] < 0.01 and free["valLoss"] > 2 * free["least"] and held["valLoss"] < free["valLoss"] / 2


def test_the_code_runs_the_experiment(node):
    """What the page shows under "Show the code", run as it stands."""
    points = [[round(0.1 * i, 1), -0.25 * (i % 5), i % 2] for i in range(-9, 9)]
    states = [
        play.checked(s)
        for s in (*STABLE.values(), dict(data="drawn", points=points, loss="mae", optimizer="adadelta", lr=1.0))
    ]
    codes = node("state => nnCode(told, state, 20)", states)
    pages = node(TRAINED, states, 20)
    for code, page in zip(codes, pages, strict=True):
        scope = {"print": lambda *_: None}
        exec(code, scope)
        run = scope["run"]
        assert max(np.abs(run.theta - page["theta"]).max(), np.abs(run.loss - page["loss"]).max()) <= 1e-12
        assert np.abs(run.val_loss - page["val_loss"]).max() <= 1e-12
        assert max(map(len, code.split("\n"))) <= 88


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
    ],
)
def test_a_wrong_address_gives_the_nearest_setting_and_a_sentence(node, given, settings, sentence):
    ((state, said),) = node("given => nnChecked(told, told.start, given)", [given])
    assert state == play.checked({}) | settings
    assert sentence in " ".join(said) and bool(said) == bool(sentence)
    play.checked(state)  # and nnlib agrees


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
        (dict(points=[[0, 0]]), ValueError, "points: needs shape"),
        (
            dict(points=[[0, 3, 1]]),
            ValueError,
            r"points: needs at most 150 rows .*got \[0.0, 3.0, 1.0\] at points\[0\]",
        ),
        (dict(points=[[0, 0, 1]] * 151), ValueError, "got 151 rows"),
    ],
)
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

"""nnlib's kernels in WebAssembly, in a real browser, against the same kernels here; without fusing, bit for bit."""

import base64
import json
import os
import subprocess
import sys

import numpy as np
import pytest

import nnlib as nn
from nnlib import optimizers, training, wasm
from nnlib.architecture import checked_loss
from nnlib.engine import random
from nnlib.lab.page import script
from nnlib.wasm import builder

SCRIPT = script("playground/wasm")
RUN = """async ({bytes, name, given, repeat}) => {
  const nn = await nnWasm(Uint8Array.from(atob(bytes), c => c.charCodeAt(0))), arrays = {};
  const make = (v, name) => v.shape ? arrays[name] = nn.array(v.type, v.shape, v.values)
    : v.fields ? Object.fromEntries(Object.entries(v.fields).map(([k, f]) => [k, make(f, name + '.' + k)]))
    : v.type === 'uint64' ? BigInt(v.value) : v.value;
  const args = Object.fromEntries(Object.entries(given).map(([k, v]) => [k, make(v, k)]));
  let returned, best = Infinity;
  for (let i = 0; i < repeat; i++) {
    const began = performance.now();
    returned = nn.call(name, args);
    best = Math.min(best, performance.now() - began);
  }
  const plain = a => a.type.includes('64') && a.type[0] !== 'f' ? Array.from(a.values, String) : Array.from(a.values);
  return {returned: String(returned), seconds: best / 1000,
    arrays: Object.fromEntries(Object.entries(arrays).map(([k, a]) => [k, plain(a)]))};
}"""


@pytest.fixture(scope="module")
def module():
    return wasm.build(wasm.COURSE)


@pytest.fixture(scope="module")
def page(browser):
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto("about:blank")
    page.add_script_tag(content=SCRIPT)
    yield page
    context.close()


def packed(told, value):
    """A value for the page, as the manifest describes the argument."""
    if "fields" in told:
        return {"fields": {t["name"]: packed(t, getattr(value, t["name"])) for t in told["fields"]}}
    whole = told["type"] == "uint64"
    if not told["ndim"]:
        return {"type": told["type"], "value": str(value) if whole else np.asarray(value).item()}
    values = [str(v) for v in value.ravel()] if whole else value.ravel().tolist()
    return {"type": told["type"], "shape": value.shape, "values": values}


def called(page, module, name, *values, repeat=1):
    """What the page makes of a kernel and these arguments."""
    told = wasm.manifest(module)["kernels"][name]["arguments"]
    given = {t["name"]: packed(t, value) for t, value in zip(told, values, strict=True)}
    return page.evaluate(RUN, dict(bytes=base64.b64encode(module).decode(), name=name, given=given, repeat=repeat))


def arguments(case, epochs):
    """What `train` hands to `run_epochs`."""
    net, θ, X, T, loss, optimizer, batch, l2 = case
    frozen = np.zeros(0, np.bool_)
    of_data = net, θ, X, T, np.zeros(0), checked_loss(net, loss)
    run = training.Run(*of_data, optimizer, optimizer.state(θ), frozen, 0.0, l2, batch, True, 7)
    return net, run.θ, run.data, run.plan, run.frozen, run.memory, run.work, np.empty(epochs)


def case(sizes, hidden, output, loss, optimizer, batch=32, l2=0.0):
    net = nn.mlp(sizes, hidden, output)
    if sizes == [2, 3, 1]:
        X, T = nn.data.xor()
    else:
        X, T = nn.data.moons(96, seed=1) if sizes[-1] == 1 else nn.data.blobs(96, seed=1)
    T = nn.data.one_hot(T) if sizes[-1] > 1 else np.asarray(T).reshape(-1, 1)
    X, T = np.array(X, np.float64), np.array(T, np.float64)
    return net, nn.initialize(net, seed=3), X, T, loss, optimizers.as_optimizer(optimizer), batch, l2


# Stable runs: rounding does not grow on their way.
CASES = {
    "xor": lambda: case([2, 3, 1], "tanh", "sigmoid", "bce", nn.sgd(0.5), batch=3),
    "2-8-8-1": lambda: case([2, 8, 8, 1], "tanh", "sigmoid", "bce", nn.sgd(0.1)),
    "l2, tanh, momentum": lambda: case([2, 8, 1], "tanh", "identity", "l2", nn.momentum(0.01)),
    "bce, sigmoid, adam": lambda: case([2, 20, 20, 1], "sigmoid", "sigmoid", "bce", "adam"),
    "cross-entropy, tanh, rmsprop": lambda: case([2, 8, 3], "tanh", "softmax", "cross_entropy", nn.rmsprop(1e-3)),
    "l2, penalty, nesterov": lambda: case([2, 8, 8, 1], "sigmoid", "tanh", "l2", nn.nesterov(0.01), l2=0.01),
    "cross-entropy, nadam": lambda: case([2, 20, 3], "sigmoid", "softmax", "cross_entropy", "nadam", batch=40),
}


def here(case):
    net, θ, X, T, loss, optimizer, batch, l2 = case
    run = nn.train(net, θ, X, T, loss, optimizer, epochs=200, batch_size=batch, seed=7, l2=l2)
    return run.theta, run.loss


def there(page, module, case):
    found = called(page, module, "run_epochs", *arguments(case, 200))
    assert found["returned"] == "200"
    return np.array(found["arrays"]["θ"]), np.array(found["arrays"]["losses"])


def apart(one, other):
    return max(float(np.abs(a - b).max()) for a, b in zip(one, other, strict=True))


@pytest.fixture(scope="module")
def loops():
    """name → what the kernels that the module was made of learn here, compiled for this machine: a test build."""
    code = """import json; from tests.browser.test_wasm import *
print(json.dumps({name: [part.tolist() for part in here(case())] for name, case in CASES.items()}))"""
    environment = {**os.environ, "NNLIB_LOOPS": "1", "PYTHONPATH": os.pathsep.join(p or "." for p in sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_is_small(module):
    print(f"{len(module):,} bytes")
    assert len(module) <= 40 * 1024
    assert {*wasm.manifest(module)["imports"]} - {*builder.LINKER} == {*builder.MATH}  # nothing that nobody asks for


@pytest.mark.parametrize("name", CASES)
def test_the_page_learns_what_the_test_build_learns(page, module, loops, name):
    """θ to the bit. A loss goes through the browser's logarithm, and may end in another digit."""
    (θ, losses), (their_θ, their_losses) = there(page, module, CASES[name]()), loops[name]
    np.testing.assert_array_equal(θ, their_θ)
    np.testing.assert_allclose(losses, their_losses, rtol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_the_page_learns_what_train_learns(page, module, name):
    """But for the last digits: `train` rounds a product and its sum once, the page twice."""
    difference = apart(there(page, module, CASES[name]()), here(CASES[name]()))
    print(f"{name}: {difference:.1e}")
    assert difference <= 1e-12


def test_the_page_draws_the_same_numbers(page, module):
    assert called(page, module, "key", 5, 2)["returned"] == str(random.key(5, 2))
    stream = random.Stream(5, random.WEIGHTS)
    for name, out, draw in (
        ("fill_uniform", np.empty(99), stream.uniform),
        ("fill_permutation", np.empty(99, np.int64), stream.permutation),
        ("fill_normal", np.empty(99), stream.normal),
    ):
        found = called(page, module, name, stream.state, out)["arrays"]
        drawn = draw(99)
        assert found["state"] == [str(stream.state[0])]
        np.testing.assert_array_equal(np.array(found["order" if "order" in found else "out"], float), drawn)


def test_forward_and_backprop(page, module):
    net, θ, X, T, loss, *_ = CASES["2-8-8-1"]()
    H, δ = (np.empty(len(X) * net.units[-1]) for _ in range(2))
    no_T, none = np.empty((0, 0)), np.empty(0)
    found = called(page, module, "propagate", net, θ, X, no_T, 0, 0.0, 0.0, H, none, none, none)["arrays"]["H"]
    np.testing.assert_allclose(found[-len(X) :], nn.forward(net, θ, X)[:, 0], rtol=1e-12)
    J, gradient = nn.backprop(net, θ, X, T, loss)
    code = checked_loss(net, loss)
    given = net, θ, X, T, code, 0.0, 0.0, H, δ
    found = called(page, module, "propagate", *given, np.empty_like(θ), none)
    assert float(found["returned"]) == pytest.approx(J, rel=1e-12)
    np.testing.assert_allclose(found["arrays"]["gradient"], gradient, atol=1e-14)
    found = called(page, module, "propagate", *given, none, none)
    assert float(found["returned"]) == pytest.approx(J, rel=1e-12)


def test_it_is_fast(page, module):
    """20,000 steps a second are wanted; half of that is the limit, since other work may share the machine."""
    given = arguments(CASES["2-8-8-1"](), 100)
    seconds = called(page, module, "run_epochs", *given, repeat=10)["seconds"]
    print(f"{300 / seconds:,.0f} steps/s")
    assert 300 / seconds >= 10_000


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("nn.call('key', {seed: 1})", "key: room is missing"),
        ("nn.call('key', {seed: 1, room: 2, rooms: 3})", "key: rooms is not an argument"),
        ("nn.call('key', {seed: 1, room: 'x'})", "key: room needs a number"),
        ("nn.call('fill_uniform', {state: 1, out: 2})", r"fill_uniform: state needs array\('uint64'"),
        ("nn.call('nothing', {})", "no kernel nothing; only run_epochs"),
        ("nn.array('float16', [2])", "no arrays of float16"),
        ("nn.array('float64', [2], [1])", "2 values needed, got 1"),
        ("await nnWasm(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))", "it has no manifest"),
    ],
)
def test_mistakes_are_named(page, module, code, message):
    load = "const nn = await nnWasm(Uint8Array.from(atob(bytes), c => c.charCodeAt(0)))"
    with pytest.raises(Exception, match=message):
        page.evaluate(f"async bytes => {{ {load}; {code} }}", base64.b64encode(module).decode())


def test_an_import_that_the_page_lacks_is_named(page):
    name = b"\x06gamma_"
    asks = b"\0asm\1\0\0\0" + b"\x01\x04\x01\x60\0\0" + b"\x02\x0e\x01\x03env" + name + b"\0\0" + b"\0\x08\x05nnlib{}"
    with pytest.raises(Exception, match="the page has no env.gamma_"):
        page.evaluate("code => nnWasm(Uint8Array.from(code))", list(asks))

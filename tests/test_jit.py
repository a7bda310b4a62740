"""The rules of the house, the cache that must never lie, and compiled code against the same code unjitted."""

import ast
import gc
import importlib
import os
import runpy
import shutil
import subprocess
import sys
import threading
import time
import types
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from numba.core import config
from numba.core.runtime import _nrt_python, rtsys

import nnlib as nn
from nnlib import _jit, training
from nnlib._jit import flat, view
from tests.conftest import UNJITTED

PACKAGE = Path(nn.__file__).parent
jitted_only = pytest.mark.skipif(UNJITTED, reason="says something about compiled code")


def imported(path):
    """The top-level packages a file imports, and those it imports only inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top, inside = set(), set()
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [("." * node.level) + (node.module or "")]
            names += [f"{names[0]}.{alias.name}".replace("..", ".") for alias in node.names] if node.level else []
        (top if node in tree.body else inside).update(names)
    return top, inside


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("*.py")), ids=lambda p: p.name)
def test_who_imports_what(path):
    top, inside = imported(path)
    roots = {name.split(".")[0] for name in top | inside if not name.startswith(".")}
    assert not roots & {"matplotlib", "ipywidgets", "IPython", "pandas"}
    assert not any("lab" in name.split(".") for name in top | inside)
    if path.stem not in ("_jit", "_products", "wasm"):
        assert "numba" not in roots
    if path.stem != "estimator":
        assert not any(name.startswith("sklearn") for name in top)
        assert path.stem == "data" or not any(name.startswith("sklearn") for name in inside)
    assert "np.random" not in path.read_text(encoding="utf-8")


def run(code, folder=PACKAGE.parent, **environment):
    """The output of Python code in a new process."""
    env = {**os.environ, "PYTHONPATH": str(folder), **environment}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, cwd=folder, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_import_brings_in_no_pictures_and_no_sklearn():
    code = "import nnlib, sys; print(*{'matplotlib', 'ipywidgets', 'IPython', 'sklearn'} & set(sys.modules))"
    assert run(code) == ""


def test_all_public_names_exist():
    assert all(hasattr(nn, name) for name in nn.__all__)
    assert nn.__version__


def test_warm_up_runs(capsys, monkeypatch):
    assert callable(importlib.import_module("nnlib.__main__").warm)  # importing it does nothing yet
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(sys, "argv", ["nnlib"])
    with pytest.raises(SystemExit, match="0"):
        runpy.run_path(str(PACKAGE / "__main__.py"), run_name="__main__")
    assert "nnlib is compiled" in capsys.readouterr().out


# --- the cache


def test_digest_sees_sources_and_settings(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("x = 1", encoding="utf-8")
    first = _jit.digest(tmp_path)
    assert first == _jit.digest(tmp_path) and len(first) == 16
    (tmp_path / "a.py").write_text("x = 2", encoding="utf-8")
    second = _jit.digest(tmp_path)
    assert second != first
    seen = {second}
    for name in _jit.CHANGE_CODE:
        monkeypatch.setattr(config, name, "something else", raising=False)
        seen.add(_jit.digest(tmp_path))
        monkeypatch.undo()
    assert len(seen) == 1 + len(_jit.CHANGE_CODE)


def test_cache_roots():
    assert _jit.cache_roots({"NUMBA_CACHE_DIR": "/x"}) == [Path("/x")]
    assert _jit.cache_roots({"XDG_CACHE_HOME": "/x"})[1] == Path("/x/nnlib")
    assert len(_jit.cache_roots({})) == 2


def caches(root, *names):
    """Caches in a root that nobody has used for too long."""
    past = time.time() - 86400 * (_jit.KEEP_DAYS + 1)
    for name in names:
        folder = _jit.open_cache([root], name)
        (folder / "deep").mkdir()
        (folder / "deep" / "code").write_bytes(b"")
    for name in names:  # only now: the next one opened would delete it
        os.utime(root / f"nnlib-{name}", (past, past))
    return [root / f"nnlib-{name}" for name in names]


def test_open_cache_falls_back_and_forgets(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    young = _jit.open_cache([tmp_path], "young")
    (old,) = caches(tmp_path, "old")
    opened = _jit.open_cache([blocked, tmp_path], "key")
    assert opened == tmp_path / "nnlib-key" and opened.is_dir()
    assert young.exists() and not old.exists()
    assert _jit.open_cache([blocked], "key") is None
    (again,) = caches(tmp_path, "again")
    assert _jit.open_cache([tmp_path], "again") == again and again.stat().st_mtime > time.time() - 3600


def test_what_bears_no_mark_stays(tmp_path):
    """A folder of somebody else, whatever it is called and however old it is."""
    (marked,) = caches(tmp_path, "marked")
    theirs = tmp_path / "nnlib-notes"
    (theirs / "of mine").mkdir(parents=True)
    (tmp_path / "nnlib-file").write_bytes(b"")
    for path in (theirs, tmp_path / "nnlib-file"):
        os.utime(path, (0, 0))
    assert _jit.open_cache([tmp_path], "notes") == theirs  # not even once it was used
    os.utime(theirs, (0, 0))
    _jit.open_cache([tmp_path], "key")
    assert not marked.exists() and (theirs / "of mine").exists() and (tmp_path / "nnlib-file").exists()


def test_two_may_forget_at_once(tmp_path, monkeypatch):
    """Another process deletes whatever this one is about to look at."""
    old, remove = caches(tmp_path, *"abcd"), _jit.remove

    def both(folder):
        for path in old:
            shutil.rmtree(path, ignore_errors=True)
        remove(folder)

    monkeypatch.setattr(_jit, "remove", both)
    assert _jit.open_cache([tmp_path], "key").is_dir()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["nnlib-key"]


def test_many_may_forget_at_once(tmp_path):
    """Eight wait for each other and then clean the same caches."""
    for _ in range(5):
        old, start = caches(tmp_path, *(f"old{k}" for k in range(20))), threading.Barrier(8)

        def clean(_, start=start):
            start.wait()
            return _jit.open_cache([tmp_path], "key")

        with ThreadPoolExecutor(8) as crowd:
            assert set(crowd.map(clean, range(8))) == {tmp_path / "nnlib-key"}
        _jit.open_cache([tmp_path], "key")  # two may have been in each other's way
        assert not any(path.exists() for path in old)


def test_remove_leaves_what_it_cannot_delete(tmp_path, monkeypatch):
    """And its mark, so that a later import goes on."""
    (old,) = caches(tmp_path, "old")

    def refuse(path, *rest, **options):
        raise PermissionError

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", refuse)
        _jit.remove(old)
    assert (old / "deep" / "code").exists() and (old / _jit.MARK).exists()
    _jit.remove(old)
    assert not old.exists()


EDIT = "import nnlib as nn; n = nn.mlp([1, 1], output='sigmoid'); print(nn.forward(n, [1, 0], [[0]])[0, 0])"


@jitted_only
def test_an_edit_in_another_file_is_seen(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "nnlib", ignore=shutil.ignore_patterns("__pycache__", "lab"))
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    assert run(EDIT, tmp_path, **cache) == "0.5"
    path = tmp_path / "nnlib" / "_exp.py"
    text = path.read_text(encoding="utf-8")
    assert "(one + fma(s, e, s))" in text
    path.write_text(text.replace("(one + fma(s, e, s))", "(one + one + one + one)"), encoding="utf-8")
    assert run(EDIT, tmp_path, **cache) == "0.25"
    path.write_text(text, encoding="utf-8")
    assert run(EDIT, tmp_path, **cache) == "0.5"
    assert len(list((tmp_path / "cache").glob("nnlib-*"))) == 2


@jitted_only
def test_without_a_writable_place_nothing_is_cached(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("", encoding="utf-8")
    code = "import nnlib._jit as j; print(j.CACHE)"
    assert run(code, NUMBA_CACHE_DIR=str(blocked)) == "None"


# --- compiled code


def test_bounds_checks_are_alive():
    """In the bounds-checked pass this kernel has to fail; unjitted, NumPy's own check fails."""

    @_jit.jit
    def outside(x, i):
        return view(x, 0, (x.size,))[i]

    if not (config.BOUNDSCHECK or UNJITTED):
        pytest.skip("only where bounds are checked: NUMBA_BOUNDSCHECK=1")
    with pytest.raises(IndexError):
        outside(np.zeros(3), 3)


def test_a_view_that_reaches_outside_is_caught():
    @_jit.jit
    def outside(x, n):
        return view(x, 1, (n,))[0]

    if not (config.BOUNDSCHECK or UNJITTED):
        pytest.skip("only where bounds are checked: NUMBA_BOUNDSCHECK=1")
    with pytest.raises((IndexError, ValueError)):
        outside(np.zeros(3), 3)


def test_views_are_views():
    @_jit.jit
    def change(x):
        view(x, 2, (2, 3))[1, 0] = 7.0
        flat(view(x, 0, (2, 4)))[0] = 5.0

    x = np.zeros(8)
    change(x)
    assert x[5] == 7 and x[0] == 5 and x.sum() == 12


@jitted_only
def test_one_signature_whatever_the_architecture():
    X, T = np.zeros((6, 2)), np.full((6, 3), 1 / 3)
    before = set(training.run_epochs.signatures)
    for dtype in (np.float64, np.float32):
        for sizes, hidden in (([2, 3], "tanh"), ([2, 4, 3], "relu"), ([2, 2, 5, 3], "sigmoid")):
            for loss, output in (("l2", "identity"), ("cross_entropy", "softmax"), ("bce", "sigmoid")):
                net = nn.mlp(sizes, hidden, output)
                theta = nn.initialize(net, dtype=dtype)
                mask = np.ones(net.size)
                for extra in ({"batch_size": 4}, {"batch_size": None, "l2": 0.1, "mask": mask}):
                    for optimizer in ("sgd", nn.adam(nn.schedules.power(0.1, 0.5))):
                        nn.train(net, theta, X, T, loss, optimizer, epochs=2, **extra)
    for frozen in (X, T):  # read-only arrays are another type to Numba, so the border copies them
        frozen.flags.writeable = False
    net = nn.mlp([2, 3])
    for form in (X, np.asfortranarray(X), X[::-1], X.astype(int)):
        nn.train(net, nn.initialize(net), form, T, epochs=1)
    assert len(before | set(training.run_epochs.signatures)) == 2


@jitted_only
def test_training_allocates_nothing(two_two_two):
    net, theta, X, T, mask = two_two_two
    X, T = np.repeat(X, 5, axis=0), np.repeat(T, 5, axis=0)

    def once(epochs):
        nn.train(net, theta, X, T, "l2", "adam", epochs=epochs, batch_size=2, mask=mask, l2=0.1)

    once(2)
    counted = _nrt_python.memsys_stats_enabled()
    _nrt_python.memsys_enable_stats()
    try:
        before = rtsys.get_allocation_stats()
        once(500)
        after = rtsys.get_allocation_stats()
    finally:
        _ = counted or _nrt_python.memsys_disable_stats()
    # Numba wraps each array that comes in, and lets it go; inside, nothing is allocated.
    assert after.alloc - before.alloc == after.free - before.free
    calls = after.mi_alloc - before.mi_alloc
    assert calls == after.mi_free - before.mi_free and calls < 500


@jitted_only
def test_a_kernel_that_allocates_does_not_compile():
    @_jit.jit
    def greedy(n):
        return np.empty(n)[0]

    with pytest.raises(Exception, match="Only accept returning of array passed into"):
        greedy(3)


BOTH = """
import sys, numpy as np, nnlib as nn
out = {}
X, labels = nn.data.blobs(11, seed=3)
for k, g in enumerate(["identity", "sigmoid", "tanh", "relu", "leaky_relu"]):
    for loss, output in (
        *(("l2", g), ("l2", "softmax"), ("mae", g)),
        *(("bce", "sigmoid"), ("cross_entropy", "softmax")),
    ):
        T = nn.data.one_hot(labels)
        net = nn.mlp([2, 4, 3, 3], g, output)
        theta = nn.initialize(net, "he_normal", seed=k)
        J, gradient = nn.backprop(net, theta, X, T, loss, l1=0.01, l2=0.02)
        out[f"{g} {loss} {output}"] = np.append(gradient, J)
        out[f"Z {g} {loss} {output}"] = np.concatenate([Z.ravel() for Z in nn.trace(net, theta, X).Z[1:]])
net = nn.mlp([2, 40, 3], "tanh", "softmax")
theta = nn.initialize(net)
out["big"] = nn.backprop(net, theta, X, labels, "cross_entropy")[1]
net = nn.mlp([2, 3, 3], "tanh", "softmax")
theta = nn.initialize(net)
for name in nn.optimizers.BY_NAME:
    run = nn.train(net, theta, X, labels, "cross_entropy", name, epochs=3, batch_size=4, l2=0.01)
    out[name] = np.append(run.theta, run.loss)
out["numerical"] = nn.numerical_gradient(net, theta, X, labels, "cross_entropy")
out["moons"] = nn.data.moons(9)[0]
S = nn.schedules
for f in (S.inverse_time(1, 0.1), S.power(1, 0.5), S.exponential(1, 0.9, 3)):
    out[repr(f)] = np.array([f(t) for t in range(1, 9)])
np.savez(sys.argv[1], **out)
"""


@jitted_only
def test_unjitted_is_the_same(tmp_path):
    results = []
    for unjitted in ("0", "1"):
        path = tmp_path / f"{unjitted}.npz"
        run(BOTH.replace("sys.argv[1]", repr(str(path))), NUMBA_DISABLE_JIT=unjitted)
        with np.load(path) as stored:
            results.append({name: stored[name] for name in stored.files})
    compiled, plain = results
    assert compiled.keys() == plain.keys() and len(plain) > 60
    for name, value in plain.items():
        # Central differences divide rounding by 1e-5.
        size = 1e-8 if name == "numerical" else 1e-12
        np.testing.assert_allclose(compiled[name], value, rtol=1e-12, atol=size * np.abs(value).max(), err_msg=name)


@pytest.mark.parametrize("collecting", [True, False])
def test_compiling_leaves_the_collector_as_it_was(collecting):
    def compile(signature):
        assert not gc.isenabled()
        if signature is None:
            raise ValueError("cannot be compiled")
        return signature

    dispatcher = _jit.uncollected(types.SimpleNamespace(compile=compile))
    try:
        gc.enable() if collecting else gc.disable()
        assert dispatcher.compile("f8") == "f8"
        assert gc.isenabled() == collecting
        with pytest.raises(ValueError, match="cannot be compiled"):
            dispatcher.compile(None)
        assert gc.isenabled() == collecting
    finally:
        gc.enable()
    assert _jit.uncollected(len) is len

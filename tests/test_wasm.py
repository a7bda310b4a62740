"""Kernels become a WebAssembly module, or an error that says why. What runs is tests/browser/test_wasm.py."""

import os
import signal
import subprocess
import types
from pathlib import Path

import numpy as np
import pytest

from nnlib import wasm
from nnlib.engine import jit
from nnlib.wasm import builder

DIED = signal.SIGABRT if os.name == "nt" else -signal.SIGABRT
if jit.LOOPS and os.environ.get("NNLIB_TEST_DIES"):  # in the compiling process only
    os.kill(os.getpid(), signal.SIGABRT)


@jit.jit
def add(x, y, factor):
    """x ← x + factor y."""
    for i in range(x.size):
        x[i] += factor * y[i]
    return x[0]


@jit.jit
def asks_too_much(x):
    return np.sinh(x)


ADD = {"add": (add, ("f8[::1]", "f8[::1]", "f8"))}


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))


def refuse(*_):
    raise PermissionError


def test_a_module_its_manifest_and_the_cache(monkeypatch, tmp_path):
    module = wasm.build(ADD)
    assert module[:8] == b"\0asm\1\0\0\0" and len(module) < 2000
    told = wasm.manifest(module)
    vector = {"type": "float64", "ndim": 1}
    arguments = [{"name": "x"} | vector, {"name": "y"} | vector, {"name": "factor", "type": "float64", "ndim": 0}]
    assert told["kernels"] == {"add": {"arguments": arguments, "returns": "float64"}}
    assert set(told["imports"]) <= set(builder.LINKER)
    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", None)  # built once
        assert wasm.build(ADD) == module
        with pytest.raises(TypeError):
            wasm.build({"plus": ADD["add"]})
    with monkeypatch.context() as patch:
        patch.setattr(jit, "open_cache", lambda roots, key: tmp_path)
        patch.setattr(Path, "replace", refuse)
        assert wasm.build(ADD) == module  # another process reads what is there
    monkeypatch.setattr(jit, "open_cache", lambda roots, key: None)
    assert wasm.build(ADD) == module  # nowhere to keep it


def test_what_the_page_does_not_have_is_refused_by_name():
    with pytest.raises(wasm.BuildError, match="(?s)asks_too_much.* failed.*the page has no sinh; a kernel may use exp"):
        wasm.build({"asks_too_much": (asks_too_much, ("f8",))})


def test_a_compiler_that_dies_is_an_error(monkeypatch):
    monkeypatch.setenv("NNLIB_TEST_DIES", "1")
    with pytest.raises(wasm.BuildError, match=rf"(?s)compiling add to WebAssembly died \(exit status {DIED}\):.*add"):
        wasm.build(ADD)


def test_a_kernel_from_nowhere_is_refused():
    kernel = types.FunctionType(test_a_kernel_from_nowhere_is_refused.__code__, {"__name__": "__main__"})
    with pytest.raises(wasm.BuildError, match="a kernel of __main__ cannot be compiled"):
        wasm.build({"kernel": (kernel, ("f8",))})


def test_a_manifest_needs_a_module_of_ours():
    with pytest.raises(ValueError, match="a section 'nnlib'"):
        wasm.manifest(b"\0asm\1\0\0\0" + b"\x00\x02\x01x" + b"\x01\x01\x00")


def test_the_page_has_what_modules_may_ask_for():
    script = (builder.jit.HERE / "lab" / "playground" / "wasm.js").read_text(encoding="utf-8")
    assert all(f"{name}: " in script for name in (*builder.MATH, *builder.LINKER))

"""Tests come through the public doors: what nnlib and the book's tools keep to themselves, they may change."""

import ast
import re
from pathlib import Path

import pytest

from tests.chapters import ROOT

PRIVATE = re.compile(r"_[a-zA-Z]\w*")
# Names that others have given, and by which they call what is ours.
ALLOWED = {
    "_repr_mimebundle_": "IPython asks for it",
    "_cache": "Numba gives a function its cache under this name",
    "_load_index": "Numba's cache has no public door by which two processes could store at once",
    "_guard_against_spurious_io_errors": "Numba's cache asks for it",
}


def kept(tree):
    """The private names that a file gives: to functions and classes, to its variables, and to what objects have."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Attribute, ast.Name)) and isinstance(node.ctx, ast.Store):
            yield getattr(node, "attr", None) or node.id


def asked(tree, names):
    """Where a file asks for one of these names: of something, in an import, or by a text such as setattr's."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found = [node.attr]
        elif isinstance(node, ast.ImportFrom):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", ""))[3:] == "attr":
            found = [part.value.rpartition(".")[2] for part in node.args if isinstance(getattr(part, "value", 0), str)]
        else:
            continue
        yield from (f"line {node.lineno}: {name}" for name in found if name in names)


@pytest.fixture(scope="module")
def names():
    files = [path for folder in ("nnlib", "book") for path in (ROOT / folder).rglob("*.py")]
    given = {name for path in files for name in kept(ast.parse(path.read_text(encoding="utf-8")))}
    return {name for name in given if PRIVATE.fullmatch(name)}


def test_no_test_asks_for_what_is_private(names):
    found = {}
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        there = sorted(asked(ast.parse(path.read_text(encoding="utf-8")), names - ALLOWED.keys()))
        if there:
            found[path.relative_to(ROOT).as_posix()] = there
    assert not found, "rewrite them to go through a public door, or give the thing a public name and a docstring"


def test_every_exception_is_needed(names):
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.rglob("test_*.py")]
    used = {found.split()[-1] for text in texts for found in asked(ast.parse(text), ALLOWED.keys())}
    assert used == ALLOWED.keys() and names >= used


def test_what_is_asked_for_is_seen():
    tree = ast.parse("class A:\n  _a = 1\n  def _b(self): self._c = _d\n_e: int = 2\ndef _f(): _g = 3\n")
    assert {name for name in kept(tree) if PRIVATE.fullmatch(name)} == {"_a", "_b", "_c", "_e", "_f", "_g"}
    tree = ast.parse('x._a\nfrom nnlib.y import z, _b\npatch.setattr(A, "_c", 1)\nhasattr(x, "_d")\nx.e\nset("_f")')
    assert sorted(asked(tree, {"_a", "_b", "_c", "_d", "_e", "_f"})) == [
        f"line {n}: _{'abcd'[n - 1]}" for n in range(1, 5)
    ]

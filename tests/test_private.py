"""Tests come through the public doors: what nnlib and the book's tools keep to themselves, they may change."""

import ast
import re

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


def trees(folder):
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / folder).rglob("*.py"))}


def test_no_test_asks_for_what_is_private():
    given = {name for folder in ("nnlib", "book") for tree in trees(folder).values() for name in kept(tree)}
    names = {name for name in given if PRIVATE.fullmatch(name)}
    assert len(names) > 200
    found = [
        f"{path.relative_to(ROOT)}, {where}" for path, tree in trees("tests").items() for where in asked(tree, names)
    ]
    more = [where for where in found if where.split()[-1] not in ALLOWED]
    assert not more, "rewrite them to go through a public door, or give the thing a public name and a docstring"
    assert {where.split()[-1] for where in found} == ALLOWED.keys(), "an exception that nobody needs goes"


def test_what_is_asked_for_is_seen():
    tree = ast.parse("class A:\n  _a = 1\n  def _b(self): self._c = _d\n_e: int = 2\ndef _f(): _g = 3\n")
    assert {name for name in kept(tree) if PRIVATE.fullmatch(name)} == {"_a", "_b", "_c", "_e", "_f", "_g"}
    tree = ast.parse('x._a\nfrom nnlib.y import z, _b\npatch.setattr(A, "_c", 1)\nhasattr(x, "_d")\nx.e\nset("_f")')
    assert sorted(asked(tree, {"_a", "_b", "_c", "_d", "_e", "_f"})) == [
        f"line {n}: _{'abcd'[n - 1]}" for n in range(1, 5)
    ]

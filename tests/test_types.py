"""Every public function says what it takes and what it gives; mypy, in `make check`, looks whether that fits."""

import ast

import pytest

from tests.chapters import ROOT
from tests.covered import OURS, decorator

pytestmark = pytest.mark.book
FILES = sorted(p for folder in ("nnlib", "book") for p in (ROOT / folder).rglob("*.py") if "banks" not in p.parts)
COMPILED = OURS | {"overload", "intrinsic", "instead_of"}  # Numba reads their types off the arguments


def untyped(tree, public=True, method=False):
    """The names of public functions, and of public classes' methods, that lack an annotation, and how many have all."""
    lacking, whole = [], 0
    for node in ast.iter_child_nodes(tree):
        name = getattr(node, "name", None) or ""
        shown = public and (not name.startswith("_") or name in ("__init__", "__call__"))
        if isinstance(node, ast.ClassDef):
            found, more = untyped(node, shown, True)
            lacking, whole = lacking + [f"{name}.{inner}" for inner in found], whole + more
        elif not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            found, more = untyped(node, public, method) if isinstance(node, (ast.If, ast.Try, ast.With)) else ([], 0)
            lacking, whole = lacking + found, whole + more
        elif shown and not COMPILED & {decorator(d) for d in node.decorator_list}:
            a = node.args
            given = [*a.posonlyargs, *a.args, *a.kwonlyargs, *filter(None, (a.vararg, a.kwarg))]
            static = "staticmethod" in map(decorator, node.decorator_list)
            said = [argument.annotation for argument in given[method and not static :]] + [node.returns]
            lacking, whole = (lacking, whole + 1) if all(said) else (lacking + [name], whole)
    return lacking, whole


def test_every_public_function_has_types():
    found = {p.relative_to(ROOT).as_posix(): untyped(ast.parse(p.read_text(encoding="utf-8"))) for p in FILES}
    assert {path: lacking for path, (lacking, _) in found.items() if lacking} == {}
    assert sum(whole for _, whole in found.values()) > 300


SOME = """
def one(a, b: int) -> int: ...
def two(a: int, *more, **others: int) -> int: ...
def three(a: int): ...
def whole(a: int, *more: int, b: int = 1, **others: int) -> int:
    def inside(x): ...
def _own(a): ...
@kernel
def compiled(a): ...
@jit(nogil=True)
def compiled_too(a): ...
if True:
    def four(a): ...
class Shown:
    def __init__(self, a): ...
    def __repr__(self): ...
    def five(self, a) -> int: ...
    def whole(self, a: int) -> int: ...
    @staticmethod
    def six(a) -> int: ...
    @staticmethod
    def whole_too(a: int) -> int: ...
    @property
    def seven(self): ...
class _Own:
    def eight(self, a): ...
async def nine(a): ...
"""


def test_each_kind_of_gap_is_seen():
    lacking, whole = untyped(ast.parse(SOME))
    shown = ["Shown.__init__", "Shown.five", "Shown.six", "Shown.seven"]
    assert lacking == ["one", "two", "three", "four", *shown, "nine"] and whole == 3

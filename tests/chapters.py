"""What the whole-book tests share: the chapters, their text, their explorers."""

import ast
import contextlib
import functools
import io
import json
import os
from pathlib import Path

import reading

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = list(reading.chapters().values())
NAMES = [p.stem for p in NOTEBOOKS]


@functools.cache
def cells(path):
    return reading.read(path)


def text(path):
    return "\n\n".join(c.source for c in cells(path).cells)


def questions(number):
    """The questions of a chapter as they lie in the file."""
    return json.loads((ROOT / f"notebooks/quiz/{number}.json").read_text(encoding="utf-8"))


@functools.cache
def run(path):
    """Execute a chapter's code here, as far as its last explorer, and return those that a cell shows, in order.

    All of it runs in the build of the book, and in tests/executed.py.
    """
    from nnlib import lab

    found, scope, before = [], {"__name__": f"chapter_{path.stem}"}, os.getcwd()
    code = [c for c in cells(path).cells if c.cell_type == "code"]
    code = code[: max((n for n, c in enumerate(code, 1) if "lab.explore(" in c.source), default=0)]
    os.chdir(path.parent)
    try:
        for n, cell in enumerate(code):
            tree = ast.parse(cell.source)
            last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(tree, f"{path.name}[{n}]", "exec"), scope)
                value = last and eval(compile(ast.Expression(last.value), f"{path.name}[{n}]", "eval"), scope)
            if isinstance(value, lab.explore):
                found.append(value)
    finally:
        os.chdir(before)
    return found, scope

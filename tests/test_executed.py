"""The comparison of built and stored chapters sees what differs, and nothing else."""

import copy
import json
import os
import sys

import numpy as np
import pytest
from IPython import get_ipython

from tests import executed
from tests.chapters import NOTEBOOKS, cells

HTML = "<div>an explorer</div>"


def both(path):
    """A stored chapter, and its cells as a build that agrees with it would have them."""
    stored = copy.deepcopy(cells(path))
    mine = [
        {key: copy.deepcopy(c[key]) for key in ("execution_count", "outputs")} for c in stored.cells if "outputs" in c
    ]
    for output in (o for cell in mine for o in cell["outputs"]):
        if "image/png" in output.get("data", {}):
            del output["data"]["image/png"]
            output["data"]["text/html"] = HTML
    return stored, {"cells": mine}


def first(built, **wanted):
    """The first output with these entries, and the cell that it is of."""
    return next(
        (output, cell)
        for cell in built["cells"]
        for output in cell["outputs"]
        if all(output.get(key) == value or value in output.get(key, ()) for key, value in wanted.items())
    )


@pytest.mark.book
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_chapter_agrees_with_itself(path):
    assert executed.faults(*both(path)) == []


def number(built):
    output, _ = first(built, output_type="stream")
    digit = next(c for c in output["text"] if c.isdigit())
    output["text"] = output["text"].replace(digit, str((int(digit) + 1) % 10), 1)


def other_stream(built):
    first(built, output_type="stream")[0]["name"] = "stderr"


def plain(built):
    first(built, data="text/plain")[0]["data"]["text/plain"] += " "


def page(built):
    next(o for c in built["cells"] for o in c["outputs"] if o.get("data", {}).get("text/html", HTML) != HTML)["data"][
        "text/html"
    ] += " "


def no_picture(built):
    del next(o for c in built["cells"] for o in c["outputs"] if o.get("data", {}).get("text/html") == HTML)["data"][
        "text/html"
    ]


def lacks(built):
    output, cell = first(built, data="text/plain")
    cell["outputs"].remove(output)


def more(built):
    output, cell = first(built, output_type="stream")
    cell["outputs"].append({"output_type": "stream", "name": "stderr", "text": "a warning"})


def raised(built):
    _, cell = first(built, output_type="stream")
    cell["outputs"] = [{"output_type": "error", "ename": "ValueError", "evalue": "no", "traceback": []}]


def not_run(built):
    built["cells"][2] |= {"execution_count": None, "outputs": []}


def one_less(built):
    built["cells"].pop()


@pytest.mark.parametrize(
    "change", [number, other_stream, plain, page, no_picture, lacks, more, raised, not_run, one_less]
)
def test_what_differs_is_seen(change):
    stored, built = both(NOTEBOOKS[4])
    change(built)
    assert executed.faults(stored, built)


def test_what_jupyter_cuts_up_is_one():
    def cell(*outputs):
        return {"cell_type": "code", "execution_count": 1, "outputs": list(outputs)}

    def said(text):
        return {"output_type": "stream", "name": "stdout", "text": text}

    stored = {"cells": [cell(said(["a\n", "b\n"]))]}
    assert executed.faults(stored, {"cells": [cell(said("a\n"), said("b\n"))]}) == []
    (found,) = executed.faults(stored, {"cells": [cell(said("a\n"), said("c\n"))]})
    assert found == "cell 1, printed to stdout: stored 'b', executed 'c'"


# ---- anew ------------------------------------------------------------------------------------------------------------

CODE = [
    "import sys\nimport numpy as np\nfrom IPython.display import *\nnp.set_printoptions(precision=2)",
    "print(np.pi)\ndisplay(1)\nprint(np.array([np.pi]), file=sys.stderr)\n2",
    "print('gone')\nclear_output()\nprint('stays')",
    "1 / 0",
    "class P:\n    def _repr_mimebundle_(self, **_):\n        return {'text/plain': 'a', 'image/png': 'b'}\nP()",
]
GAVE = [
    [],
    [
        {"output_type": "stream", "name": "stdout", "text": "3.141592653589793\n"},
        {"output_type": "display_data", "data": {"text/plain": "1"}},
        {"output_type": "stream", "name": "stderr", "text": "[3.14]\n"},
        {"output_type": "execute_result", "data": {"text/plain": "2"}},
    ],
    [{"output_type": "stream", "name": "stdout", "text": "stays\n"}],
    [{"output_type": "error", "ename": "ZeroDivisionError", "evalue": "division by zero"}],
    [{"output_type": "execute_result", "data": {"text/plain": "a", "image/png": "another"}}],
]


def stored_so():
    """A notebook with these cells, as a kernel would have stored it."""
    return {
        "cells": [
            {"cell_type": "code", "source": source, "execution_count": n, "outputs": copy.deepcopy(outputs)}
            for n, (source, outputs) in enumerate(zip(CODE, GAVE, strict=True), 1)
        ]
    }


@pytest.mark.book
def test_run_anew_each_output_is_compared(tmp_path):
    """Word for word and in its order, whatever kind it is of; of a picture, that it is there."""

    def around():
        hooks = sys.excepthook, sys.displayhook, sys.stdout, sys.stderr
        return np.get_printoptions(), os.getcwd(), get_ipython(), sys.modules["__main__"], *hooks

    before = around()
    built = executed.anew(stored_so(), tmp_path)
    assert executed.faults(stored_so(), built) == []
    assert around() == before
    for cell, outputs in enumerate(GAVE):
        for n, output in enumerate(outputs):
            for key, value in {**output, **output.get("data", {})}.items():
                stored = stored_so()
                changed = stored["cells"][cell]["outputs"][n]
                where = changed["data"] if key in changed.get("data", ()) else changed
                if key == "image/png":
                    del where[key]
                elif isinstance(value, str) and key != "output_type":
                    where[key] = value + "1"
                else:
                    continue
                assert executed.faults(stored, built), (cell, output, key)
    stored = stored_so()
    stored["cells"][1]["outputs"].reverse()
    assert executed.faults(stored, built)


@pytest.mark.book
def test_a_changed_chapter_is_seen_when_it_is_run_anew(tmp_path, capsys):
    """The whole command, on two chapters: one digit in one cell, and the exit code is 1."""
    notebook = stored_so()
    for name in ("00_one", "01_two"):
        (tmp_path / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        del notebook["cells"][1]["outputs"][0]
    assert executed.main(["anew"], tmp_path) == 1
    assert "01_two, cell 2" in (said := capsys.readouterr().out) and "00_one" not in said
    assert "2 chapters, 10 cells executed, 1 differ" in said
    (tmp_path / "01_two.ipynb").unlink()
    assert executed.main(["anew"], tmp_path) == 0

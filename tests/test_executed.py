"""The comparison of built and stored chapters sees what differs, and nothing else."""

import copy

import pytest

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

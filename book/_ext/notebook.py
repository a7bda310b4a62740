"""Run chapters in place, and store them the way the book keeps notebooks.

``python book/_ext/notebook.py notebooks/04_activations.ipynb`` stores the notebook executed, without widget state,
folded for JupyterLab, its minutes computed, its sections, equations, exercises and links numbered, its MyST written as
every viewer reads it, and after its opening a folded line on how to run it on Colab. Then it prints what keeps it from
being a chapter. ``--check`` prints that and runs nothing; ``--restamp`` writes numbers, minutes and the line on Colab.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

import colab
import numbering
import portable
from lint import faults
from nnlib.lab.terminal import tolerate
from reading import MINUTES, ROOT, blocks, read, spelled_minutes, write

ASKS_ONLY = re.compile(r"lab\.(predict|quiz|recall|loop)\([^()]*\)")  # the form says it all, the call says nothing


def execute(path: Path | str) -> None:
    """Run a notebook in place and store it as the book keeps notebooks."""
    from nbclient import NotebookClient

    path = Path(path)
    notebook = read(path)
    environment = {k: v for k, v in os.environ.items() if k != "NNLIB_STATIC"}
    # One print may arrive in two pieces, on a busy machine; coalesced, they are one text again.
    place = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", coalesce_streams=True, resources=place)
    client.execute(env=environment)
    _part_solutions(notebook)
    stamp(notebook, path)
    for cell, _, folded in blocks(notebook):
        _tidy(cell, folded == "solution")
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    write(path, notebook)


def stamp(notebook: NotebookNode, path: Path) -> None:
    """What is written into a chapter for its readers: numbers, minutes, the line on Colab, what Colab is to fold."""
    numbering.stamp(notebook, path)
    colab.stamp(notebook, path.name)
    colab.fold(notebook)
    said = spelled_minutes(notebook)
    for cell in notebook.cells:
        cell.source = MINUTES.sub(said, cell.source)


def restamp(path: Path) -> None:
    """`stamp` a stored notebook; nothing is executed."""
    notebook = read(path)
    stamp(notebook, path)
    write(path, notebook)


def restamp_pages(folder: Path) -> None:
    """The pages beside the chapters that are not notebooks: numbers in their links, and the list of references."""
    for path in sorted(folder.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        new = numbering.links(text, path)
        if path.name == "references.md":
            new = portable.listed(new)
        if new != text:
            path.write_text(new, encoding="utf-8", newline="\n")


def _part_solutions(notebook):
    """Solutions in cells of their own, so that whoever hands out exercises can leave them out by their tag."""
    cells, depth = [], 0  # of the heading "Solution" that holds, 0 if none does
    for cell in notebook.cells:
        cells.append(cell)
        if cell.cell_type != "markdown":
            continue
        parts = []  # [in a solution?, text]
        for text in re.split(r"(?m)^(?=#+ )", cell.source):
            if heading := re.match(r"(#+) +(Solution)?", text):
                if heading[2]:
                    depth = depth or len(heading[1])
                elif len(heading[1]) <= depth:
                    depth = 0
            if parts and (parts[-1][0] == bool(depth) or not parts[-1][1]):
                parts[-1] = [bool(depth), parts[-1][1] + text]
            else:
                parts.append([bool(depth), text])
        cell.source = parts[0][1].rstrip()
        cells += [new_markdown_cell(text.rstrip(), id=f"{cell.id}-{k}") for k, (_, text) in enumerate(parts[1:], 1)]
    notebook.cells = cells


def _tidy(cell, solution):
    """Metadata that says how a cell folds, and nothing that differs from machine to machine."""
    tags = list(cell.metadata.get("tags", []))
    if solution and "solution" not in tags:
        tags.append("solution")
    if cell.cell_type == "code" and ASKS_ONLY.fullmatch(cell.source.strip()) and "remove-input" not in tags:
        tags.append("remove-input")
    keep = {"tags": tags} if tags else {}
    if cell.cell_type == "code":
        if {"hide-input", "hide-cell", "remove-input", "solution"} & set(tags):
            keep["jupyter"] = {"source_hidden": True}
        if {"hide-cell", "solution"} & set(tags):
            keep["jupyter"]["outputs_hidden"] = True
        colab.fold_cell(keep)
        for output in cell.outputs:
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    elif re.match(r"#+ (Deeper|Solution)", cell.source):
        keep["heading_collapsed"] = True
    cell.metadata.clear()
    cell.metadata.update(keep)


def main(arguments: list[str] | None = None) -> int:
    """Execute the notebooks named and print what is left to mend; 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--check", action="store_true", help="only print the faults, run nothing")
    parser.add_argument("--restamp", action="store_true", help="only write numbers and the line on Colab")
    options = parser.parse_args(arguments)
    bad = 0
    if not options.check:
        for path in options.notebooks if not options.restamp else ():
            execute(path)
        for path in options.notebooks:  # once all are as they will be: each names numbers of the others
            restamp(path)
        if ROOT / "notebooks" in {path.resolve().parent for path in options.notebooks}:
            restamp_pages(ROOT / "book")
    for path in options.notebooks:
        found = faults(path)
        bad += len(found)
        print(f"{path.name}: {spelled_minutes(read(path))}, {len(found)} faults", *found, sep="\n  ")
    return 1 if bad else 0


if __name__ == "__main__":
    tolerate()
    sys.exit(main())

"""How a chapter is run on Colab: a folded line after its opening, with the repository's address if there is one."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

import reading

ID = "colab"  # of the cell
UNKNOWN = "OWNER/REPOSITORY"  # what stands in a stored notebook for the repository's name; the built page knows it


def elsewhere(name: str, address: str = f"https://github.com/{UNKNOWN}", branch: str = "main") -> str:
    """How to run a chapter on Colab: a folded line of HTML, which reads with MyST and without.

    Parameters
    ----------
    name : str
        The notebook's file name.
    address, branch : str
        Where the repository is on GitHub. A stored notebook cannot know it, as every fork has its own: without an
        address the line says what to put there, and nothing in it is a link.
    """
    colab = address.replace("https://github.com/", "https://colab.research.google.com/github/", 1)
    url = f"{colab}/blob/{branch}/notebooks/{name}"
    known = UNKNOWN not in address
    at = f"@{branch}" if known else ""
    line = html.escape(f'%pip install "nnlib[chapters] @ git+{address}{at}"', quote=False)
    place = f'<a href="{html.escape(url)}">Open this chapter on Colab</a>' if known else f"Open <code>{url}</code>"
    what = "" if known else f" For {UNKNOWN} put the name of the repository that this notebook comes from."
    return (
        '<details class="nn-fold nn-colab">\n<summary>Run this chapter on Colab …</summary>\n'
        f"<p>{place} and run this first, in a new cell at the top: <code>{line}</code>.{what} The questions and the "
        "checks come along, there as anywhere else. If Colab asks you to restart the session, do.</p>\n</details>"
    )


def stamp(notebook: NotebookNode, name: str, *where: str) -> None:
    """Put the line on Colab after the opening of a notebook, and take away an older one; `where` as in `elsewhere`."""
    cells = [cell for cell in notebook.cells if cell.get("id") != ID]
    after = next((n for n, cell in enumerate(cells, 1) if reading.MINUTES.search(cell.source)), None)
    if after:
        cells.insert(after, new_markdown_cell(elsewhere(name, *where), id=ID))
    notebook.cells = cells


def fold(notebook: NotebookNode) -> None:
    """Have Colab fold the code that JupyterLab folds.

    It knows a mark of its own, and shows a button with which one sees the code. VS Code has none: what it folds it
    keeps for itself, whatever the file says (microsoft/vscode, issue 168807).
    """
    for cell in notebook.cells:
        if cell.cell_type == "code":
            fold_cell(cell.metadata)


def fold_cell(metadata: dict[str, Any]) -> None:
    """`fold` for the metadata of one cell of code."""
    metadata.pop("cellView", None)
    if metadata.get("jupyter", {}).get("source_hidden"):
        metadata["cellView"] = "form"


def restamp(path: Path, *where: str) -> None:
    """`stamp` a stored notebook; nothing is executed."""
    notebook = reading.read(path)
    stamp(notebook, path.name, *where)
    reading.write(path, notebook)

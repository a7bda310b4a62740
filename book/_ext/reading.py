"""What a chapter is made of, read from its notebook: words, equations, questions, and the minutes it takes to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

import numbering
from numbering import slug as slug  # the anchor of a heading, which MyST asks for, too
from portable import EQUATION, myst

ROOT = Path(__file__).resolve().parents[2]
# As the opening prints them.
MINUTES = re.compile(r"\*\*Core\*\* (\d+) min · \*\*Exercises\*\* (\d+) min · \*\*Deeper\*\* (\d+) min")
EXERCISE = re.compile(r"^### Exercise .*· (pencil|code|experiment)\b", re.M)
TAKES = {"pencil": 10, "code": 20, "experiment": 20}  # minutes for an exercise


def chapters(root: Path = ROOT) -> dict[str, Path]:
    """Number → the notebook's path, in the order of the book."""
    return {path.stem[:2]: path for path in sorted((root / "notebooks").glob("[0-9][0-9]_*.ipynb"))}


def read(path: Path) -> NotebookNode:
    """A notebook as nbformat reads it."""
    return nbformat.read(path, as_version=4)


def write(path: Path, notebook: NotebookNode) -> None:
    """Store a notebook: the same bytes on every system."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        nbformat.write(notebook, file)


def blocks(notebook: NotebookNode) -> Iterator[tuple[Any, list[str], str]]:
    """Every cell with where it stands: (cell, headings above it as a list, folded?).

    Folded is ``"deeper"`` or ``"solution"`` inside a heading that starts with "Deeper:" or "Solution", else "".
    """
    trail: list[tuple[int, str]] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for level, title in re.findall(r"^(#{1,6}) +(.+?) *$", cell.source, flags=re.M):
                trail = [h for h in trail if h[0] < len(level)] + [(len(level), title)]
        titles = [title for _, title in trail]
        folded = next((f for t in titles for f in ("Deeper", "Solution") if t.startswith(f)), "")
        yield cell, titles, folded.lower()


def equations(notebook: NotebookNode) -> list[tuple[str | None, str]]:
    """Display equations in order: (label or None, LaTeX)."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found += [(label or None, body.strip()) for body, _, label in EQUATION.findall(myst(cell.source))]
    return found


def asked(source: str) -> list[str]:
    """Ids of the questions a code cell shows."""
    calls = re.findall(r"lab\.(?:predict|quiz)\(([^)]*)\)", source)
    return [id for call in calls for id in re.findall(r"""["']([^"']+)["']""", call)]


def words(text: str) -> int:
    """Words a reader reads: no equations, no folded hints, no markup, no numbers of chapters and sections."""
    text = EQUATION.sub(" ", numbering.unsaid(myst(text)))
    text = re.sub(r"^(:{3,}|`{3,})\{dropdown\}.*?^\1 *$", " ", text, flags=re.S | re.M)
    text = re.sub(r"<details\b.*?</details>", " ", text, flags=re.S)
    text = re.sub(r"\]\([^)]*\)|\$[^$]*\$|\{[a-z:]+\}`[^`]*`|`[^`]*`", " x ", text)
    return len(re.findall(r"[A-Za-zÀ-ž0-9’'.,-]*[A-Za-zÀ-ž0-9][A-Za-zÀ-ž0-9’'.,-]*", text))


def minutes(notebook: NotebookNode) -> tuple[int, int, int]:
    """(core, exercises, deeper): words/180, an equation or question 1, an explorer, playground or worked example 3.

    An exercise takes what TAKES says, all that belongs to it included.
    """
    total = {"": 0.0, "exercises": 0.0, "deeper": 0.0, "solution": 0.0}
    for cell, titles, folded in blocks(notebook):
        if "Exercises" in titles and not folded:
            total["exercises"] += sum(TAKES[kind] for kind in EXERCISE.findall(cell.source))
        elif cell.cell_type == "markdown":
            total[folded] += words(cell.source) / 180 + len(EQUATION.findall(myst(cell.source)))
            head = titles[-1].lower() if titles else ""
            if re.search(r"^#+ ", cell.source, flags=re.M) and re.search(r"worked example|\btwin\b", head):
                total[folded] += 3
        else:
            turned = re.findall(r"lab\.(?:explore|playground|builder|planes|digit)\(", cell.source)
            total[folded] += 3 * len(turned) + len(asked(cell.source))
    return round(total[""]), round(total["exercises"]), round(total["deeper"])


def spelled_minutes(notebook: NotebookNode) -> str:
    """The sentence that the opening prints."""
    core, exercises, deeper = minutes(notebook)
    return f"**Core** {core} min · **Exercises** {exercises} min · **Deeper** {deeper} min"

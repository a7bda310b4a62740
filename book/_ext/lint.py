"""What keeps a notebook from being a chapter."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import colab
import numbering
from nnlib.lab.questions.quiz import fault
from reading import asked, equations, minutes, read, spelled_minutes

SKIPPED = "% no check: definition"
LONGEST_LINE = 76
CORE_LIMIT = 45
OPENING = ("You will be able to", "You need", "Three from before")
CLOSING = ("Mixed quiz", "Exercises", "Summary", "Without looking", "What comes next")


def faults(path: Path | str) -> list[str]:
    """Everything that keeps a notebook from being a chapter, as sentences; empty if nothing does."""
    path = Path(path)
    notebook, found = read(path), []
    text = "\n".join(c.source for c in notebook.cells)
    if "widgets" in notebook.metadata:
        found.append("metadata.widgets is stored")
    for n, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            found += _cell_faults(n, cell)
    for label, body in equations(notebook):
        if label is None and SKIPPED not in body:
            found.append(f"an equation has no label: {body[:50]!r}")
        if label is not None and not label.startswith("eq-"):
            found.append(f"label {label!r} does not start with eq-")
    if text.count("$$") != 2 * len(equations(notebook)):
        found.append("a $$ does not stand in the form $$ … $$ (eq-name) on lines of its own")
    found += [f"no {part!r}" for part in OPENING + CLOSING if part not in text]
    stamped = copy.deepcopy(notebook)
    colab.stamp(stamped, path.name)
    if stamped.cells != notebook.cells:
        found.append("the line on Colab is missing or old: python book/_ext/notebook.py --restamp puts it there")
    numbered = copy.deepcopy(notebook)
    numbering.stamp(numbered, path)
    for n, (new, old) in enumerate(zip(numbered.cells, notebook.cells, strict=True)):
        if new.source != old.source:
            pairs = zip(new.source.split("\n"), old.source.split("\n"), strict=False)
            line = next((b for a, b in pairs if a != b), old.source)
            found.append(
                f"cell {n} has old numbers, or MyST that only the page reads, in {line[:60]!r}: "
                "python book/_ext/notebook.py --restamp mends it"
            )
    core, *_ = minutes(notebook)
    if spelled_minutes(notebook) not in text:
        found.append(f"the opening must say {spelled_minutes(notebook)}")
    if core > CORE_LIMIT:
        found.append(f"the core takes {core} minutes, at most {CORE_LIMIT} are allowed")
    file = path.parent / "quiz" / f"{path.name[:2]}.json"
    questions = {q["id"]: q for q in json.loads(file.read_text(encoding="utf-8"))} if file.exists() else {}
    found += [f"question {id}: {wrong}" for id, q in questions.items() if (wrong := fault(q))]
    shown = [id for c in notebook.cells if c.cell_type == "code" for id in asked(c.source)]
    found += [f"question {id} is not in {file.name}" for id in shown if id not in questions]
    found += [f"question {id} is in {file.name} but not on the page" for id in questions if id not in shown]
    found += [f"question {id} is shown twice" for id in sorted(set(shown)) if shown.count(id) > 1]
    for target in re.findall(r"\]\(([^)#\s:]+\.(?:ipynb|md))[^)]*\)", text):
        if not (path.parent / target).exists():
            found.append(f"link to {target}, which does not exist")
    return found


def _cell_faults(n, cell):
    found = []
    if cell.execution_count is None:
        found.append(f"cell {n} was not executed")
    hidden = bool(cell.metadata.get("jupyter", {}).get("source_hidden"))
    if (cell.metadata.get("cellView") == "form") != hidden:
        found.append(f"cell {n} folds in JupyterLab or on Colab and not in both: --restamp mends it")
    if any(o.output_type == "error" for o in cell.outputs) and "raises-exception" not in cell.metadata.get("tags", []):
        found.append(f"cell {n} stores an error")
    for line in cell.source.split("\n"):
        if len(line) > LONGEST_LINE:
            found.append(f"cell {n} has a line of {len(line)} characters: {line[:40]!r}…")
    if cell.source.rstrip().endswith(";"):
        found.append(f"cell {n} ends with a semicolon, which nbval does not see")
    return found

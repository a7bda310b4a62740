"""What a chapter is made of, read from its notebook: words, equations, explorers, questions, minutes, faults.

``python -m nnlib.lab.notebook notebooks/04_activations.ipynb`` runs a notebook in place and stores it the way the
book keeps notebooks: executed, without widget state, folded for JupyterLab, its minutes computed, and after its opening
a folded line on how to run it on Colab. ``--restamp`` puts that line into stored notebooks and runs nothing.
"""

import argparse
import copy
import html
import json
import os
import re
import sys
from pathlib import Path

from .questions.quiz import fault
from .terminal import tolerate

EQUATION = re.compile(r"^\$\$(.+?)\$\$[ \t]*(\(([^)\s]+)\))?[ \t]*$", re.S | re.M)
SKIPPED = "% no check: definition"
ASKS_ONLY = re.compile(r"lab\.(predict|quiz|recall|loop)\([^()]*\)")  # the form says it all, the call says nothing
LONGEST_LINE = 76
CORE_LIMIT = 45
OPENING = ("You will be able to", "You need", "Three from before")
CLOSING = ("Mixed quiz", "Exercises", "Summary", "Without looking", "What comes next")
MINUTES = re.compile(r"\*\*Core\*\* \d+ min · \*\*Deeper\*\* \d+ min")
COLAB = "colab"  # the id of the cell that says how to run the notebook on Colab
UNKNOWN = "OWNER/REPOSITORY"  # what stands in a stored notebook for the repository's name; the built page knows it


def read(path):
    """A notebook as nbformat reads it."""
    import nbformat

    return nbformat.read(path, as_version=4)


def blocks(notebook):
    """Every cell with where it stands: (cell, headings above it as a list, folded?).

    Folded is ``"deeper"`` or ``"solution"`` inside a heading that starts with "Deeper:" or "Solution", else "".
    """
    trail = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for level, title in re.findall(r"^(#{1,6}) +(.+?) *$", cell.source, flags=re.M):
                trail = [h for h in trail if h[0] < len(level)] + [(len(level), title)]
        titles = [title for _, title in trail]
        folded = next((f for t in titles for f in ("Deeper", "Solution") if t.startswith(f)), "")
        yield cell, titles, folded.lower()


def equations(notebook):
    """Display equations in order: (label or None, LaTeX)."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found += [(label or None, body.strip()) for body, _, label in EQUATION.findall(cell.source)]
    return found


def asked(source):
    """Ids of the questions a code cell shows."""
    calls = re.findall(r"lab\.(?:predict|quiz)\(([^)]*)\)", source)
    return [id for call in calls for id in re.findall(r"""["']([^"']+)["']""", call)]


def words(text):
    """Words a reader reads: no equations, no folded hints, no markup."""
    text = EQUATION.sub(" ", text)
    text = re.sub(r"^(:{3,}|`{3,})\{dropdown\}.*?^\1 *$", " ", text, flags=re.S | re.M)
    text = re.sub(r"<details\b.*?</details>", " ", text, flags=re.S)
    text = re.sub(r"\]\([^)]*\)|\$[^$]*\$|\{[a-z:]+\}`[^`]*`|`[^`]*`", " x ", text)
    return len(re.findall(r"[A-Za-zÀ-ž0-9’'.,-]*[A-Za-zÀ-ž0-9][A-Za-zÀ-ž0-9’'.,-]*", text))


def minutes(notebook):
    """(core, deeper): words/180, an equation or question 1, an explorer, playground or worked example 3."""
    total = {"": 0.0, "deeper": 0.0, "solution": 0.0}
    for cell, titles, folded in blocks(notebook):
        if cell.cell_type == "markdown":
            total[folded] += words(cell.source) / 180 + len(EQUATION.findall(cell.source))
            head = titles[-1].lower() if titles else ""
            if re.search(r"^#+ ", cell.source, flags=re.M) and re.search(r"worked example|\btwin\b", head):
                total[folded] += 3
        else:
            turned = re.findall(r"lab\.(?:explore|playground)\(", cell.source)
            total[folded] += 3 * len(turned) + len(asked(cell.source))
    return round(total[""]), round(total["deeper"])


def spelled_minutes(notebook):
    """The sentence that the opening prints."""
    core, deeper = minutes(notebook)
    return f"**Core** {core} min · **Deeper** {deeper} min"


def elsewhere(name, address=f"https://github.com/{UNKNOWN}", branch="main"):
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
        '<details class="nn-fold">\n<summary>Run this chapter on Colab …</summary>\n'
        f"<p>{place} and run this first, in a new cell at the top: <code>{line}</code>.{what} The questions and the "
        "checks come along, there as anywhere else. If Colab asks you to restart the session, do.</p>\n</details>"
    )


def stamp(notebook, name, *where):
    """Put the line on Colab after the opening of a notebook, and take away an older one; `where` as in `elsewhere`."""
    from nbformat.v4 import new_markdown_cell

    cells = [cell for cell in notebook.cells if cell.get("id") != COLAB]
    after = next((n for n, cell in enumerate(cells, 1) if MINUTES.search(cell.source)), None)
    if after:
        cells.insert(after, new_markdown_cell(elsewhere(name, *where), id=COLAB))
    notebook.cells = cells


def restamp(path, *where):
    """`stamp` a stored notebook; nothing is executed."""
    import nbformat

    notebook = read(path)
    stamp(notebook, path.name, *where)
    with path.open("w", encoding="utf-8", newline="\n") as file:  # the same bytes on every system
        nbformat.write(notebook, file)


def faults(path):
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
    stamp(stamped, path.name)
    if stamped.cells != notebook.cells:
        found.append("the line on Colab is missing or old: python -m nnlib.lab.notebook --restamp puts it there")
    core, _ = minutes(notebook)
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
    if any(o.output_type == "error" for o in cell.outputs) and "raises-exception" not in cell.metadata.get("tags", []):
        found.append(f"cell {n} stores an error")
    for line in cell.source.split("\n"):
        if len(line) > LONGEST_LINE:
            found.append(f"cell {n} has a line of {len(line)} characters: {line[:40]!r}…")
    if cell.source.rstrip().endswith(";"):
        found.append(f"cell {n} ends with a semicolon, which nbval does not see")
    return found


def execute(path):
    """Run a notebook in place and store it as the book keeps notebooks."""
    import nbformat
    from nbclient import NotebookClient

    path = Path(path)
    notebook = read(path)
    environment = {k: v for k, v in os.environ.items() if k != "NNLIB_STATIC"}
    # One print may arrive in two pieces, on a busy machine; coalesced, they are one text again.
    place = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", coalesce_streams=True, resources=place)
    client.execute(env=environment)
    _part_solutions(notebook)
    stamp(notebook, path.name)
    said = spelled_minutes(notebook)
    for cell in notebook.cells:
        cell.source = MINUTES.sub(said, cell.source)
    for cell, _, folded in blocks(notebook):
        _tidy(cell, folded == "solution")
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    with path.open("w", encoding="utf-8", newline="\n") as file:  # the same bytes on every system
        nbformat.write(notebook, file)


def _part_solutions(notebook):
    """Solutions in cells of their own, so that whoever hands out exercises can leave them out by their tag."""
    from nbformat.v4 import new_markdown_cell

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
        for output in cell.outputs:
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)
    elif re.match(r"#+ (Deeper|Solution)", cell.source):
        keep["heading_collapsed"] = True
    cell.metadata.clear()
    cell.metadata.update(keep)


def main(arguments=None):
    """Execute the notebooks named and print what is left to mend; 1 if anything is."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("notebooks", nargs="+", type=Path)
    parser.add_argument("--check", action="store_true", help="only print the faults, run nothing")
    parser.add_argument("--restamp", action="store_true", help="only put the line on Colab there, run nothing")
    options = parser.parse_args(arguments)
    bad = 0
    for path in options.notebooks:
        if options.restamp:
            restamp(path)
        elif not options.check:
            execute(path)
        found = faults(path)
        bad += len(found)
        print(f"{path.name}: {spelled_minutes(read(path))}, {len(found)} faults", *found, sep="\n  ")
    return 1 if bad else 0


if __name__ == "__main__":
    tolerate()
    sys.exit(main())

"""What the book's build ran on this machine against what the chapters have stored: every cell, every output.

    python -m tests.executed

A chapter that is not built yet runs now, and the build has it then. Everything is compared but pictures: an explorer is
drawn by the page in one way and stored in another. The step notebooks-afar runs all chapters anew, as in JupyterLab.
"""

import importlib
import json
import sys
from pathlib import Path

from tests.run import ROOT

PICTURES = ("image/png", "image/svg+xml")


def joined(text):
    """Jupyter's files have texts as such or in lines."""
    return "".join(text) if isinstance(text, list) else text


def outputs(cell):
    """What a cell gave, in order: texts that it printed, one after another, and what it showed."""
    found = []
    for output in cell["outputs"]:
        kind = output["output_type"]
        if kind == "stream":
            about = f"printed to {output['name']}"
            if found and found[-1][0] == about:
                found[-1][1] += joined(output["text"])
            else:
                found.append([about, joined(output["text"])])
        elif kind == "error":
            found.append(["error", f"{output['ename']}: {output['evalue']}"])
        else:
            found.append([kind, {mime: joined(data) for mime, data in output["data"].items()}])
    return found


def shown(data, other):
    """What of a result can be compared: of a picture, where the other one may have a page's, only that it is there.

    An explorer in a page is HTML, and a picture in the stored chapter.
    """
    drawn = any(data.get(mime) for mime in PICTURES)
    if drawn or any(other.get(mime) for mime in PICTURES):
        there = drawn or bool(data.get("text/html"))
        return {mime: text for mime, text in data.items() if mime not in (*PICTURES, "text/html")} | {
            "a picture": there
        }
    return data


def faults(stored, executed):
    """What differs between the cells of a stored chapter and those that were executed, a line for each."""
    mine = [cell for cell in stored["cells"] if cell["cell_type"] == "code"]
    if len(mine) != len(executed["cells"]):
        return [f"{len(mine)} cells of code are stored, {len(executed['cells'])} were executed"]
    found = []
    for n, (old, new) in enumerate(zip(mine, executed["cells"], strict=True), 1):
        if old["execution_count"] != new["execution_count"]:
            found.append(
                f"cell {n}: stored as In [{old['execution_count']}], executed as In [{new['execution_count']}]"
            )
        was, now = outputs(old), outputs(new)
        if [kind for kind, _ in was] != [kind for kind, _ in now]:
            found.append(f"cell {n}: stored is {words(was)}; executed is {words(now)}")
            continue
        for (kind, before), (_, after) in zip(was, now, strict=True):
            if isinstance(before, dict):
                before, after = shown(before, after), shown(after, before)
                for mime in sorted(before.keys() | after.keys()):
                    if before.get(mime) != after.get(mime):
                        found.append(f"cell {n}, {mime}: {differing(before.get(mime), after.get(mime))}")
            elif before != after:
                found.append(f"cell {n}, {kind}: {differing(before, after)}")
    return found


def words(given):
    return ", ".join(kind for kind, _ in given) or "nothing"


def differing(before, after):
    """The first lines that differ, of two texts; one that is not there is None."""
    if isinstance(before, str) and isinstance(after, str):
        pairs = zip([*before.split("\n"), None], [*after.split("\n"), None], strict=False)
        before, after = next(((a, b) for a, b in pairs if a != b), (before, after))
    return f"stored {str(before)[:100]!r}, executed {str(after)[:100]!r}"


def executed(paths, root=ROOT):
    """{path: the cells as the build has them}. What it lacks is run, as the build would; a fault there ends it all."""
    sys.path.insert(0, str(root / "book/_ext"))
    cells = importlib.import_module("cells")
    pages = {path: cells.read(path.relative_to(root).with_suffix("").as_posix()) for path in paths}
    with cells.alone(root):
        state = cells.run(cells.missing(pages.values()))
    if state.faults:
        raise SystemExit("\n".join(cells.report(state.faults, len(pages))))
    return {path: cells.stored(page) for path, page in pages.items()}


def main(folder=ROOT / "notebooks"):
    """The exit code."""
    paths = sorted(Path(folder).glob("*.ipynb"))
    found, count = [], 0
    for path, given in executed(paths).items():
        stored = json.loads(path.read_text(encoding="utf-8"))
        found += [f"{path.stem}, {fault}" for fault in faults(stored, given)]
        count += len(given["cells"])
    print(
        "\n".join(found + [f"{len(paths)} chapters, {count} cells executed, {len(found)} differ from what is stored"])
    )
    return 1 if found or not count else 0


if __name__ == "__main__":
    sys.exit(main())

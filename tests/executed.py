"""What the book's build ran on this machine against what the chapters have stored: every cell, every output.

    python -m tests.executed
    python -m tests.executed anew

A chapter that is not built yet runs now, and the build has it then. Everything is compared but pictures: an explorer is
drawn by the page in one way and stored in another. With `anew` nothing of a build is asked: all chapters run one after
another in this process, on whatever processor it is told to look like, and explorers are drawn as in a notebook.
"""

import contextlib
import importlib
import json
import os
import sys
import warnings
from pathlib import Path

from tests.run import ROOT

PICTURES = ("image/png", "image/svg+xml")
# A search tries rates that do not learn, and the estimator says so of each: that is no fault of the chapter.
EXPECTED = ("the loss came from", "training stopped early")
WIDGET = "application/vnd.jupyter.widget-view+json"  # its id is drawn at random


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

    An explorer in a page is HTML, and a picture in the stored chapter. Two that have a picture are both notebooks.
    """
    data = {mime: text for mime, text in data.items() if mime != WIDGET}
    drawn, other_drawn = (any(d.get(mime) for mime in PICTURES) for d in (data, other))
    if drawn and other_drawn:
        return {mime: text for mime, text in data.items() if mime not in PICTURES}
    if drawn or other_drawn:
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


# ---- anew ------------------------------------------------------------------------------------------------------------


class Stream:
    """What a kernel's output is written to: what is printed becomes an output, in its place among the others."""

    __module__ = "ipykernel.iostream"  # by which nnlib knows a notebook
    encoding = "utf-8"

    def __init__(self, name, outputs):
        self.name, self.outputs = name, outputs

    def write(self, text):
        self.outputs.append({"output_type": "stream", "name": self.name, "text": text})
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False


def shell(outputs):
    """A class of IPython that appends every output to the list, as a notebook would have it."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell

    class Hook(DisplayHook):
        def write_output_prompt(self):
            pass

        def write_format_data(self, data, metadata=None):
            outputs.append({"output_type": "execute_result", "data": data})

        def finish_displayhook(self):
            pass

    class Publisher(DisplayPublisher):
        def publish(self, data, metadata=None, **more):
            outputs.append({"output_type": "display_data", "data": data})

        def clear_output(self, wait=False):
            outputs.clear()

    class Shell(InteractiveShell):
        displayhook_class, display_pub_class = Hook, Publisher

        def init_history(self):  # nothing of it is kept
            super().init_history()
            self.history_manager.enabled = False

        def _showtraceback(self, kind, error, told):
            outputs.append({"output_type": "error", "ename": kind.__name__, "evalue": str(error), "traceback": told})

    return Shell


@contextlib.contextmanager
def as_alone(folder, outputs):
    """Inside is IPython, and what a kernel of its own would find in this folder; what a chapter sets is set back.

    But for warnings, which are errors, also those that a kernel would not show.
    """
    import matplotlib
    import numpy as np

    kind = shell(outputs)
    with contextlib.ExitStack() as put_back:
        put_back.callback(os.chdir, os.getcwd())
        os.chdir(folder)
        put_back.callback(sys.modules.__setitem__, "__main__", sys.modules["__main__"])
        put_back.callback(setattr, sys, "excepthook", sys.excepthook)
        put_back.callback(kind.clear_instance)
        put_back.enter_context(np.printoptions())
        put_back.enter_context(np.errstate())
        put_back.enter_context(matplotlib.rc_context())
        put_back.enter_context(warnings.catch_warnings())
        warnings.simplefilter("error")
        for expected in EXPECTED:
            warnings.filterwarnings("ignore", expected)
        put_back.enter_context(contextlib.redirect_stdout(Stream("stdout", outputs)))
        put_back.enter_context(contextlib.redirect_stderr(Stream("stderr", outputs)))
        yield kind.instance()


def anew(notebook, folder):
    """The cells of a notebook as they run here and now."""
    outputs, cells = [], []
    with as_alone(folder, outputs) as ours:
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                count = ours.execution_count
                ours.run_cell(joined(cell["source"]), store_history=True)
                cells.append({"execution_count": count, "outputs": list(outputs)})
                outputs.clear()
    return {"cells": cells}


def all_anew(paths):
    """{path: its cells, run here}, one chapter after another."""
    os.environ.pop("NNLIB_STATIC", None)
    for path in paths:
        yield path, anew(json.loads(path.read_text(encoding="utf-8")), path.parent)


# ----------------------------------------------------------------------------------------------------------------------


def main(words=(), folder=ROOT / "notebooks"):
    """The exit code."""
    paths = sorted(Path(folder).glob("*.ipynb"))
    found, count = [], 0
    for path, given in all_anew(paths) if "anew" in words else executed(paths).items():
        stored = json.loads(path.read_text(encoding="utf-8"))
        found += [f"{path.stem}, {fault}" for fault in faults(stored, given)]
        count += len(given["cells"])
    print(
        "\n".join(found + [f"{len(paths)} chapters, {count} cells executed, {len(found)} differ from what is stored"])
    )
    return 1 if found or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

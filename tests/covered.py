"""What the unjitted pass has entered: all of nnlib, and its bounds-checked tests every line and branch of every kernel.

And of the lab and of the book's tools nearly all, in the step that is theirs.

    python -m tests.covered

The bounds-checked pass runs only the tests with the marker bounds. What they leave out of a kernel, an index outside
its array could hide in; so it is red here.
"""

import ast
import json
import sys
import tempfile
from pathlib import Path

from tests.run import ROOT

LAB = 95  # percent of lines and branches
OURS = {"jit", "kernel", "apart", "inlined", "pasted"}  # nnlib/engine/jit.py's decorators


def kernels(tree, inside=""):
    """The qualified names of all functions that are compiled."""
    found = set()
    for node in ast.iter_child_nodes(tree):
        name = inside
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            name = f"{inside}{node.name}."
            if any(decorator(d) in OURS for d in node.decorator_list):
                found.add(name[:-1])
        found |= kernels(node, name)
    return found


def decorator(node):
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", None)


def left_out(report, root=ROOT):
    """Lines and branches of kernels that the report, coverage's own in JSON, has as missing; and how many kernels."""
    found, count = [], 0
    for file, told in report["files"].items():
        for name in sorted(kernels(ast.parse((root / file).read_text(encoding="utf-8")))):
            count += 1
            about = told["functions"].get(name)
            if about is None:
                found.append(f"{file}: {name} is not in the report")
                continue
            found += [f"{file}:{line}, in {name}, is not entered" for line in about["missing_lines"]]
            found += [f"{file}:{a}, in {name}, never goes on to {b}" for a, b in about.get("missing_branches", ())]
    return found, count


def main():
    """The exit code."""
    import coverage

    measured = coverage.Coverage()
    measured.load()
    share = measured.report(show_missing=True, skip_covered=True)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "bounds.json"
        measured.json_report(outfile=str(out), contexts=["^bounds$"])
        found, count = left_out(json.loads(out.read_text(encoding="utf-8")))
    for line in found:
        print(f"no bounds-checked test: {line}")
    lab = coverage.Coverage(data_file=".coverage.lab")
    lab.load()
    most = lab.report(show_missing=True, skip_covered=True)
    print(f"{share:.2f} % of nnlib; {count} kernels, {len(found)} gaps in what runs bounds-checked")
    print(f"{most:.2f} % of nnlib/lab and book/_ext; {LAB} % are needed")
    return 0 if share == 100 and count and not found and most >= LAB else 1


if __name__ == "__main__":
    sys.exit(main())

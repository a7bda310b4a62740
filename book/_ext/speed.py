"""The page "How fast, and why": every number on it comes from benchmarks/results.json, through the roles below.

* ``{speed}`W2 torch` `` in a sentence: how many times as long PyTorch takes; `number` lists what else can be asked;
* ``{speed-plot}``, ``{speed-table}``, ``{speed-ablations}``: the pictures of all of them;
* ``{speed-slower}``: where others are faster.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxRole

RESULTS = Path(__file__).resolve().parents[2] / "benchmarks" / "results.json"
SCHEMA = 2
Results = dict[str, Any]  # what benchmarks/results.json holds


def load(path: Path = RESULTS) -> Results:
    """What `make bench` wrote, or an error that stops the build."""
    try:
        results = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExtensionError(f"the page on speed needs {path.name}, which `make bench` writes ({error})") from None
    if results.get("schema") != SCHEMA:
        said = f"{path.name} has schema {results.get('schema')}, the page needs {SCHEMA}"
        raise ExtensionError(f"{said}: run `make bench` again")
    return results


def of(results: Results, kind: str | None = None) -> Results:
    """The results of one kind of processor, by default of the first; what holds for all beside them."""
    kinds = results["kinds"]
    if kind is not None and kind not in kinds:
        raise LookupError(f"results.json has no processors of the kind {kind!r}, only {', '.join(kinds)}")
    kind = kind or next(iter(kinds))
    return kinds[kind] | {"titles": results["titles"]}


# ---- numbers in words ----


def times(ratio: float) -> str:
    """A ratio, with the digits that mean something: 0.98×, 7.4×, 83×."""
    return f"{ratio:.{2 if ratio < 3 else 1 if ratio < 20 else 0}f}×"


def duration(seconds: float) -> str:
    """Three digits and a unit."""
    units = (("s", 1), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9))
    unit, size = next((pair for pair in units if seconds >= pair[1]), units[-1])
    scaled = seconds / size
    return f"{scaled:.{2 if scaled < 10 else 1 if scaled < 100 else 0}f} {unit}"


def number(results: Results, asked: str) -> str:
    """The text for ``{speed}`asked` ``; ``AVX2: W1 jax`` asks it of another kind of processor than the first.

    ``W1 jax`` (how many times as long as nnlib), ``W1 jax step``, ``… run``, ``… first``, ``W1 steps``, ``W1 flops``
    (of a step), ``ablation exp W2``, ``machine cores``, ``version torch``, ``date``, ``rounds``, ``pretended``.
    """
    kind, _, rest = asked.rpartition(": ")
    results, words = of(results, kind or None), rest.split()
    try:
        match words:
            case ["date"] | ["rounds"]:
                return str(results[words[0]])
            case ["machine", what]:
                return str(results["machine"][what])
            case ["version", package]:
                return results["machine"]["versions"][package]
            case ["pretended"]:
                pretended = results["machine"]["pretended"]
                return "Here the machine above is told not to use AVX-512, in every contender." if pretended else ""
            case ["ablation", key, workload]:
                found = [a for a in results["ablations"] if (a["key"], a["workload"]) == (key, workload)]
                return times(found[0]["ratio"]["median"])
            case [workload, "steps"]:
                return f"{results['workloads'][workload]['steps']:,}"
            case [workload, "flops"]:
                w = results["workloads"][workload]
                return f"{w['flops'] / w['steps']:,.0f}"
            case [workload, contender]:
                return times(results["workloads"][workload]["contenders"][contender]["ratio"]["median"])
            case [workload, contender, what]:
                w = results["workloads"][workload]
                m = w["contenders"][contender]
                wall = m["wall"]["median"]
                return duration({"step": wall / w["steps"], "run": wall, "first": m["first"]}[what])
    except (KeyError, IndexError):
        pass
    raise LookupError(f"results.json has no number {asked!r}")


def ratio(results: Results, workload: str, contender: str) -> float:
    """How many times as long as nnlib it takes."""
    return results["workloads"][workload]["contenders"][contender]["ratio"]["median"]


def others(results: Results, workload: str) -> Results:
    """key → measured, without nnlib itself."""
    return {k: m for k, m in results["workloads"][workload]["contenders"].items() if k != "nnlib"}


# ---- the plot ----

INK = "#010203"  # stands for the color of the page's text, whichever theme is on
LOOKS = {  # a shape and a color for each; the edge is in the color of the text, so that no color has to carry it
    "numpy": ("o", "#0072b2"),
    "torch": ("s", "#d55e00"),
    "torch_fused": ("D", "#e69f00"),
    "jax": ("^", "#009e73"),
    "sklearn": ("v", "#cc79a7"),
    "gemms": ("P", "#888888"),
}


def alt(results: Results) -> str:
    """The plot in words."""
    rows = []
    for w in results["workloads"]:
        dots = [f"{results['titles'][k]} {times(m['ratio']['median'])}" for k, m in others(results, w).items()]
        rows.append(f"{w}: {', '.join(dots)}")
    return (
        "Dots on a logarithmic axis, one row for each workload: the time of each contender divided by that of nnlib. "
        "Right of the line at 1× nnlib is faster. " + "; ".join(rows) + "."
    )


def plot(results: Results) -> str:
    """An SVG, without a background, whose text is in the page's own color."""
    from matplotlib import style
    from matplotlib.figure import Figure

    from nnlib.lab import pen

    settings = {"svg.fonttype": "none", "svg.hashsalt": "speed", "font.family": "sans-serif", "font.size": 10}
    settings |= dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK)
    with style.context(["default", settings]):  # not what a chapter set
        figure = Figure(figsize=(4.8, 4.8), layout=None)
        ax = figure.add_axes((0.14, 0.11, 0.83, 0.74))
        names = list(results["workloads"])
        for key, (marker, color) in LOOKS.items():
            there = [(i, ratio(results, w, key)) for i, w in enumerate(names) if key in others(results, w)]
            y, x = zip(*there, strict=True)
            look = dict(marker=marker, color=color, mec=INK, mew=0.7, ms=7.5, ls="none", label=results["titles"][key])
            ax.plot(x, y, zorder=3, **look)
        ax.set_xscale("log")
        ax.axvline(1, color=INK, lw=1.2)
        ax.set_yticks(range(len(names)), names)
        ax.set_ylim(len(names) - 0.5, -0.5)
        low, high = ax.get_xlim()
        ax.set_xlim(min(low, 0.4), high)
        ax.xaxis.set_major_formatter(lambda x, _: f"{x:g}×")
        ax.grid(axis="both", color="#888888", alpha=0.35, lw=0.6)
        ax.tick_params(which="both", length=0)
        ax.spines[:].set_visible(False)
        ax.set_xlabel("time of the others / time of nnlib")
        figure.legend(loc="upper center", ncols=2, frameon=False, handletextpad=0.1, columnspacing=0.8)
        for patch in (figure.patch, ax.patch):
            patch.set_facecolor("none")
        svg = pen.write(figure).replace(INK, "currentColor")
    svg = re.sub(r' (width|height)="[\d.]+pt"', "", svg, count=2)
    place = "display: block; width: 100%; max-width: 36rem; height: auto; margin: 1rem 0"
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(alt(results))}" style="{place}"', 1)


# ---- tables and lists ----


def cells(row: Sequence[str], head: bool = False) -> str:
    """One line of a table; the first cell names the row."""
    if head:
        return "<tr>" + "".join(f'<th scope="col">{escape(c)}</th>' for c in row) + "</tr>"
    first, *rest = row
    return f'<tr><th scope="row">{escape(first)}</th>' + "".join(f"<td>{escape(c)}</td>" for c in rest) + "</tr>"


def table(results: Results) -> str:
    """All ratios, and absolute times."""
    rows = [cells(("who", "times nnlib's (quartiles)", "one step"), head=True)]
    for name, w in results["workloads"].items():
        kind = "gradient" if name == "W7" else "step"
        title = f"{name}: {w['sentence']}; {w['dtype']}, {w['flops'] / w['steps']:,.0f} flops a {kind}"
        rows.append(f'<tr><th scope="rowgroup" colspan="3">{escape(title)}</th></tr>')
        for key, m in w["contenders"].items():
            spread = f" ({times(m['ratio']['q1'])[:-1]}–{times(m['ratio']['q3'])[:-1]})" if key != "nnlib" else ""
            step = duration(m["wall"]["median"] / w["steps"])
            rows.append(cells((results["titles"][key], times(m["ratio"]["median"]) + spread, step)))
    return html_table(rows)


def ablations(results: Results) -> str:
    """What each trick is worth."""
    rows = [cells(("the trick", "without it", "where", "takes"), head=True)]
    for key in dict.fromkeys(a["key"] for a in results["ablations"]):
        found = [a for a in results["ablations"] if a["key"] == key]
        trick, instead = escape(found[0]["trick"]), escape(found[0]["instead"])
        where = [f"<td>{a['workload']}</td><td>{times(a['ratio']['median'])}</td>" for a in found]
        over = f'rowspan="{len(found)}"'
        head = f'<th scope="rowgroup" {over}>{trick}</th><td {over}>{instead}</td>'
        rows.append(f"<tr>{head}{'</tr><tr>'.join(where)}</tr>")
    return html_table(rows)


def html_table(rows: Sequence[str]) -> str:
    """Rows, the first of them the head, in a box that scrolls sideways where the screen is narrow."""
    body = f"<thead>{rows[0]}</thead><tbody>{''.join(rows[1:])}</tbody>"
    return f'<div class="pst-scrollable-table-container" tabindex="0"><table class="table">{body}</table></div>'


def slower(results: Results) -> str:
    """Where another contender is faster than nnlib."""
    found = [
        f"{w}: {results['titles'][k]} takes {m['ratio']['median']:.3f} of nnlib's time."
        for w in results["workloads"]
        for k, m in others(results, w).items()
        if m["ratio"]["median"] < 1 and k != "gemms"
    ]
    return bullets(found or ["Nowhere among these workloads, on this machine."])


def bullets(lines: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


# ---- Sphinx ----


class Speed(SphinxRole):
    """``{speed}`W2 torch` ``."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        self.env.note_dependency(str(RESULTS))
        try:
            return [nodes.Text(number(load(), self.text))], []
        except LookupError as error:
            message = self.inliner.reporter.error(str(error), line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]


def directive(write: Callable[[Results], str]) -> type[Directive]:
    """A directive that puts HTML into the page; its argument is a kind of processor, by default the first."""

    class Generated(Directive):
        optional_arguments = 1

        def run(self):
            self.state.document.settings.env.note_dependency(str(RESULTS))
            return [nodes.raw("", write(of(load(), *self.arguments)), format="html")]

    return Generated


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_role("speed", Speed())
    for write in (plot, table, ablations, slower):
        app.add_directive(f"speed-{write.__name__}", directive(write))
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""What this book asks of Sphinx beyond its settings.

* what the cells of a page gave comes from the store that `cells` keeps; what changed is read, and no more;
* notebooks, which are stored as every viewer reads them, are read as MyST;
* equations and figures have the numbers that `numbering` counts;
* "Deeper:" and "Solution" sections fold;
* every labeled equation links to the line of nnlib that implements it and to the test that checks it;
* buttons to the repository, and its address in the line on Colab, only where there is one;
* "Wrong?" beside questions, equations and explorers knows that address and the version;
* MathJax from the book itself; repairs of the theme.
"""

from __future__ import annotations

import functools
import hashlib
import html
import importlib
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from myst_nb import sphinx_
from myst_nb.core import render
from myst_nb.sphinx_ext import add_global_html_resources
from nbformat import NotebookNode
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.builders import Builder
from sphinx.builders.html import BuildInfo
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.search import IndexBuilder
from sphinx.util import logging

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT / "book/_ext") not in sys.path:
    sys.path.append(str(ROOT / "book/_ext"))
import cells  # noqa: E402
import colab  # noqa: E402
import numbering  # noqa: E402
import paper  # noqa: E402
import portable  # noqa: E402
import reading  # noqa: E402

logger = logging.getLogger(__name__)
Places = dict[str, tuple[str, int]]  # label → file and line

# ---- running the cells ---------------------------------------------------------------------------------------------


# What a page is made of is told here by digests of contents. Sphinx alone looks at times, which an edit that is taken
# back, or an older file that is put in place, does not move as it should.


def house(root: Path = ROOT) -> str:
    """A digest of what no page is independent of: settings, contents, extensions, sources cited, pins."""
    files = [root / name for name in ("_config.yml", "_toc.yml", "requirements.txt", "book/references.bib")]
    lists = [path.name for path in sorted(root.glob("book/errata/*.json"))]  # a page notes only what there is
    return told([*files, *sorted(root.glob("book/_ext/*.py"))]) + f"{lists} {sys.version_info[:2]}"


def told(files: Iterable[Path | str]) -> str:
    """A digest of the names and contents of files; one that is missing counts, too."""
    total = hashlib.sha256()
    for path in files:
        total.update(Path(path).name.encode() + b"\n" + (Path(path).read_bytes() if Path(path).is_file() else b"-"))
    return total.hexdigest()


def prepare(app: Sphinx, config: Config) -> None:
    """What every page depends on becomes a setting; when it changes Sphinx reads all pages anew."""
    config.course_house = house()
    config.math_numfig = False  # equations have the numbers that `number_equations` gives them
    # One numbers sections when all pages are read, the other changes pages for LaTeX, each by itself: both may be there
    # while pages are read side by side, which they do not declare.
    for name in ("sphinx_multitoc_numbering", "sphinx_jupyterbook_latex"):
        if name in app.extensions:
            app.extensions[name].parallel_read_safe = True
    repository(app, config)
    config.html_js_files = [*config.html_js_files, wrong()]


def made_of(env: BuildEnvironment, name: str) -> str:
    """A digest of all that reading a page reads: its source, what it notes as its dependencies, what its cells gave."""
    page = cells.read(name, ROOT)
    noted = [Path(env.srcdir) / path for path in sorted(env.dependencies.get(name, ()))]
    return (
        told([env.doc2path(name), *noted]) + (page.key if page else "") + (nnlib_told() if name == "book/api" else "")
    )


def nnlib_told(root: Path = ROOT) -> str:
    """A digest of the modules that the pages list, link to and describe."""
    return told(listed(root))


def outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """The pages to read anew, by contents."""
    seen = getattr(env, "course_seen", {})
    return [name for name in env.found_docs if name not in added and made_of(env, name) != seen.get(name)]


def execute(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Run the cells of the pages that Sphinx is about to read, where they are not stored yet."""
    app.course_reads = list(docnames)
    wanted = [page for name in docnames if (page := cells.read(name, ROOT))]
    run = cells.missing(wanted)
    if not run:
        return
    logger.info("running the cells of %d pages, %d at once", len(run), cells.workers())
    if faults := cells.run(run).faults:
        raise cells.failure(faults, len(wanted))


def face(app: Sphinx, env: BuildEnvironment) -> str:
    """A digest of all that a page may show of others: titles, headings, labels, numbers, lines of nnlib, the theme."""
    total = hashlib.sha256()
    shown = [env.titles, env.longtitles, env.tocs, env.toctree_includes, env.domaindata]
    shown += [{name: env.metadata[name].get("myst_slugs") for name in env.found_docs}]
    for thing in shown:
        total.update(canonical(thing).encode())
    total.update(BuildInfo(app.config, app.tags, {"html"}).config_hash.encode())
    static = sorted(path for path in (ROOT / "book" / "_static").rglob("*") if path.is_file())
    return total.hexdigest() + told([*listed(), *static])


def canonical(thing: Any) -> str:
    """A text that is the same for equal things, in whatever order they came."""
    if isinstance(thing, nodes.Node):
        return thing.pformat()
    if isinstance(thing, dict):
        return "{" + ",".join(sorted(f"{canonical(k)}:{canonical(v)}" for k, v in thing.items())) + "}"
    if isinstance(thing, (set, frozenset)):
        return "{" + ",".join(sorted(map(canonical, thing))) + "}"
    if isinstance(thing, (list, tuple)) and type(thing) in (list, tuple):
        return "[" + ",".join(map(canonical, thing)) + "]"
    # Of what has no text of its own, which is what a bibliography is made of, an edit is seen in references.bib.
    return re.sub(r" at 0x[0-9a-f]+>", ">", repr(thing))


def kept_face(app: Sphinx) -> Path:
    return Path(app.doctreedir) / f"course-{app.builder.name}"


def updated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """After reading: all pages are written if what they show of others has changed, or the last build broke off."""
    seen = dict(getattr(env, "course_seen", {}))
    seen |= {name: made_of(env, name) for name in app.course_reads}
    env.course_seen = {name: digest for name, digest in seen.items() if name in env.found_docs}
    app.course_face = face(app, env)
    kept = kept_face(app)
    app.course_all = not kept.is_file() or kept.read_text(encoding="utf-8") != app.course_face
    return sorted(env.found_docs) if app.course_all else []


def begin_writing(app: Sphinx, builder: Builder) -> None:
    """From here to the end of the build nothing says that the pages are whole."""
    kept_face(app).unlink(missing_ok=True)
    # A page names the checksums of styles and scripts that are there. Those that come at the end of a build, as
    # MyST-NB's style does, would be there in the second build and not in the first.
    ship_mathjax(app)
    (Path(app.outdir) / "_static").mkdir(parents=True, exist_ok=True)
    add_global_html_resources(app, None)


def end(app: Sphinx, error: Exception | None) -> None:
    """Remember that the pages are whole; forget all if there were warnings, so that the next build says them again."""
    if error or not hasattr(app, "course_face"):
        return
    if app._warncount:
        (Path(app.doctreedir) / ENV_PICKLE_FILENAME).unlink(missing_ok=True)
        return
    sweep(app)
    paper.offer(Path(app.outdir))
    kept_face(app).write_text(app.course_face, encoding="utf-8")
    cells.forget_old(ROOT)


def sweep(app: Sphinx) -> None:
    """Delete pages that the book no longer has, and what was kept of them."""
    if app.builder.format != "html":
        return
    out, there = Path(app.outdir), {*app.env.found_docs, *(f"source/{name}" for name in map(page_of, listed()))}
    for where, folder in ((out, "book"), (out, "notebooks"), (out, "source")):
        for path in (where / folder).rglob("*.html"):
            if path.relative_to(where).with_suffix("").as_posix() not in there:
                path.unlink()
    sources = {app.env.doc2path(name, base=False) for name in app.env.found_docs}
    for path in (out / "_sources").rglob("*"):
        if path.is_file() and path.relative_to(out / "_sources").as_posix() not in sources:
            path.unlink()


def whole_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Each stream of a cell as one output. MyST-NB ends every piece that arrives with a line break, also in midline."""
    found: list[NotebookNode] = []
    streams: dict[str, NotebookNode] = {}
    for output in outputs:
        name = output.get("name") if output["output_type"] == "stream" else None
        if name in streams:
            streams[name]["text"] += output["text"]
            continue
        found.append(output)
        if name:
            streams[name] = output
    return found


# ---- the repository ------------------------------------------------------------------------------------------------


ORIGIN = re.compile(r"(?:(?:https|ssh)://(?:[^@/]+@)?github\.com/|(?:git@)?github\.com:)([\w.-]+/[\w.-]+?)(?:\.git)?/?")


def git(root: Path | str, *words: str) -> str:
    """What git answers about the repository whose root is `root`, one line; "" where there is no answer.

    A folder without a .git of its own has no answer: unzipped inside another repository, git would tell of that one.
    """
    if not (Path(root) / ".git").exists():
        return ""
    try:
        said = subprocess.run(["git", "-C", str(root), *words], capture_output=True, encoding="utf-8", check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return said.stdout.strip()


def branch(root: Path = ROOT) -> str:
    """The branch that links lead to: one that the repository on GitHub has."""
    # In Actions a pull request runs on a branch that is made for it, "12/merge"; what it is meant for is the base.
    if named := os.environ.get("GITHUB_BASE_REF") or os.environ.get("GITHUB_REF_NAME"):
        return named
    # A branch made here and not pushed is nowhere else: then the default one.
    for name in ("@{upstream}", "refs/remotes/origin/HEAD"):
        if (found := git(root, "rev-parse", "--abbrev-ref", name)).startswith("origin/"):
            return found.removeprefix("origin/")
    return git(root, "symbolic-ref", "--short", "HEAD") or "main"


def remote(root: Path = ROOT) -> tuple[str, str] | None:
    """``https://github.com/owner/name`` and the branch, from the environment or the git remote; None without one."""
    name = os.environ.get("GITHUB_REPOSITORY")
    if not name:
        match = ORIGIN.fullmatch(git(root, "remote", "get-url", "origin"))
        name = match and match[1]
    return (f"https://github.com/{name}", branch(root)) if name else None


def repository(app: Sphinx, config: Config) -> None:
    """Repository and launch buttons, derived; a fork gets its own, a copy without a remote none."""
    options = dict(config.html_theme_options or {})
    # The sidebar has the search field already; the theme's top bar would show it twice.
    options |= {"navbar_start": [], "navbar_center": [], "navbar_end": [], "navbar_persistent": []}
    where = remote()
    if where is None:
        for name in ("use_repository_button", "use_issues_button", "use_edit_page_button", "use_source_button"):
            options[name] = False
        options.pop("repository_url", None)
        options["launch_buttons"] = {}
    else:
        options |= {
            "repository_url": where[0],
            "repository_branch": where[1],
            "path_to_docs": "",
            "use_repository_button": True,
            "use_issues_button": True,
            "use_edit_page_button": True,
            "launch_buttons": {
                "binderhub_url": "https://mybinder.org",
                "colab_url": "",
                "notebook_interface": "jupyterlab",
            },
        }
    config.html_theme_options = options


def wrong() -> tuple[str, dict[str, str]]:
    """The script of "Wrong?", with what its element tells it: the version, and the repository if there is one."""
    import nnlib

    where = remote()
    return "wrong.js", {"data-version": nnlib.__version__} | ({"data-repository": where[0]} if where else {})


def address_line(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """On a chapter's page the line on Colab has the repository's address, if there is one."""
    if (where := remote()) is None:
        return
    for raw in list(doctree.findall(nodes.raw)):
        if colab.UNKNOWN in raw.astext():
            line = colab.elsewhere(f"{Path(docname).name}.ipynb", *where)
            raw.replace_self(nodes.raw("", line, format="html"))


def addressed_notebooks(app: Sphinx, error: Exception | None) -> None:
    """The notebooks that the pages offer for download have that address, too: they will be opened far from here."""
    if error or app.builder.format != "html" or (where := remote()) is None:
        return
    for path in Path(app.outdir).glob("_sources/notebooks/*.ipynb"):
        colab.restamp(path, *where)


# ---- what is stored, and its numbers -------------------------------------------------------------------------------


def as_myst(app: Sphinx, docname: str, source: list[str]) -> None:
    """A notebook's Markdown, which is stored as every viewer reads it, as MyST."""
    if not app.env.doc2path(docname).endswith(".ipynb"):
        source[0] = portable.unlisted(source[0])
        return
    notebook = json.loads(source[0])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = portable.myst("".join(cell["source"]))
    source[0] = json.dumps(notebook)


def number_equations(app: Sphinx, doctree: nodes.document) -> None:
    """Equation 9.3 is the third of chapter 9. Sphinx would count them through the book."""
    name = app.env.docname
    known = app.env.get_domain("math").equations
    path = reading.chapters(ROOT).get(Path(name).name[:2])
    if not path or name != f"notebooks/{path.stem}":
        return
    numbers = numbering.chapter(path).equations
    for block in doctree.findall(nodes.math_block):
        if block.get("label") in numbers:
            block["number"] = numbers[block["label"]]
            known[block["label"]] = (name, block["number"])


def keep_addresses(app: Sphinx, doctree: nodes.document) -> None:
    """A section of a chapter is found by its heading without the number, as questions and older links name it."""
    if not re.fullmatch(r"notebooks/\d\d_\w+", app.env.docname):
        return
    taken = {name for section in doctree.findall(nodes.Element) for name in section["ids"]}
    for section in doctree.findall(nodes.section):
        title = section.next_node(nodes.title)
        if title is not None and title.parent is section:
            for name in (numbering.slug(title.astext()), nodes.make_id(numbering.plain(title.astext()))):
                if name not in taken:
                    taken.add(name)
                    section["ids"].append(name)


def number_figures(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Below each picture, explorer and playground of a chapter its number, which has an address."""
    path = ROOT / f"{docname}.ipynb"
    if not re.fullmatch(r"notebooks/\d\d_\w+", docname) or not path.is_file():
        return
    numbers = numbering.chapter(path).figures
    for cell in list(doctree.findall(nodes.container)):
        outputs = next((c for c in cell if c.get("nb_element") == "cell_code_output"), None)
        number = numbers.get(cell.get("cell_index"))
        if outputs is not None and number:
            line = f'<p class="nn-figure-no" id="figure-{number.replace(".", "-")}">Figure {number}</p>'
            outputs += nodes.raw("", line, format="html")


# ---- folding -------------------------------------------------------------------------------------------------------


class fold(nodes.General, nodes.Element):
    """A section that the page shows folded; its heading is the summary."""


def visit_fold(self: Any, node: fold) -> None:
    self.body.append(f'<details class="nn-fold" id="{node["anchor"]}"><summary>{node["title"]}</summary>')


def depart_fold(self: Any, node: fold) -> None:
    self.body.append("</details>")


def fold_sections(app: Sphinx, doctree: nodes.document) -> None:
    """Turn every section whose title starts with "Deeper:" or "Solution" into a folded block."""
    for section in list(doctree.findall(nodes.section)):
        title = section.next_node(nodes.title)
        if title is None or title.parent is not section or not title.astext().startswith(("Deeper:", "Solution")):
            continue
        index = section.index(title)
        block = fold(title=html.escape(title.astext(), quote=False), anchor=f"fold-{section['ids'][0]}")
        block += section.children[index + 1 :]
        section.children = section.children[: index + 1]
        section += block
        title["classes"].append("nn-folded")
        section["classes"].append("nn-folded")


# ---- equations and the lines that implement them -------------------------------------------------------------------

LABEL = re.compile(r"\((eq-[a-z0-9-]+)\)")
CHECK = re.compile(r"@equation\(([^)]*)\)")


def rooms(root: Path = ROOT) -> list[Path]:
    """The files of nnlib that an equation may stand in: its front rooms."""
    return sorted(root.glob("nnlib/*.py"))


@functools.cache
def places(root: Path = ROOT) -> tuple[Places, Places]:
    """label → (file, line) in nnlib, and label → (file, line) of its first check."""
    code: Places = {}
    checks: Places = {}
    for path in rooms(root):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            for label in LABEL.findall(line.partition("#")[2]):
                code.setdefault(label, (path.relative_to(root).as_posix(), number))
    for path in sorted(root.glob("tests/equations/ch*.py")):
        text = path.read_text(encoding="utf-8")
        for match in CHECK.finditer(text):
            for label in re.findall(r"""["'](eq-[^"']+)["']""", match[1]):
                checks.setdefault(label, (path.relative_to(root).as_posix(), text[: match.start()].count("\n") + 1))
    return code, checks


def link_equations(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Under every labeled equation: where nnlib computes it and where a test checks it."""
    code, checks = places()
    depth = docname.count("/")
    for block in list(doctree.findall(nodes.math_block)):
        label = block.get("label")
        links = []
        for kind, where in (("code", code.get(label)), ("check", checks.get(label))):
            if where:
                file, line = where
                url = "../" * depth + f"source/{file.removesuffix('.py')}.html#L{line}"
                chapter = re.search(r"ch(\d\d)\.py$", file)
                text = f"{kind}: {f'chapter {int(chapter[1])}' if chapter else Path(file).name}, line {line}"
                links.append(f'<a class="nn-source" href="{url}">{text}</a>')
        if links:
            raw = nodes.raw("", f'<p class="nn-sources">{" · ".join(links)}</p>', format="html")
            block.parent.insert(block.parent.index(block) + 1, raw)


def listed(root: Path = ROOT) -> list[Path]:
    """The files that equations link to."""
    return sorted([*rooms(root), *root.glob("tests/equations/ch*.py")])


def page_of(path: Path) -> str:
    """The name of a file's page below source."""
    return path.relative_to(ROOT).with_suffix("").as_posix()


def source_pages(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The files that equations link to, with numbered lines, inside the book: the links work from a USB stick."""
    if app.builder.format != "html":
        return
    formatter = HtmlFormatter(linenos="inline", lineanchors="L", anchorlinenos=False, cssclass="highlight nn-listing")
    for path in listed():
        name = path.relative_to(ROOT)
        if not app.course_all and Path(app.builder.get_outfilename(f"source/{page_of(path)}")).is_file():
            continue
        listing = highlight(path.read_text(encoding="utf-8"), PythonLexer(), formatter)
        listing = re.sub(r'(id|name)="L-(\d+)"', r'\1="L\2"', listing)
        body = f"<h1>{name.as_posix()}</h1>{listing}"
        page = f"source/{page_of(path)}"
        yield page, {"title": name.as_posix(), "body": body, "parents": [], "pagename": page}, "page.html"


# ---- errata --------------------------------------------------------------------------------------------------------


@functools.cache
def sections(path: Path) -> dict[str, str]:
    """The headings of a chapter: title, without its number and its minutes → the anchor it has in the book."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    text = "\n".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    titles = map(numbering.plain, re.findall(r"^#{1,6} +(.+?) *$", text, flags=re.M))
    bare = {re.sub(r" \(\d+ minutes?\)$", "", title): title for title in titles}
    return {short: reading.slug(title) for short, title in bare.items()}


def section_link(section: str, env: BuildEnvironment | None = None) -> str:
    """``"03 A layer, unit by unit"`` as a Markdown link to that section of chapter 3, on which a page then depends."""
    number, title = section.split(" ", 1)
    path = reading.chapters(ROOT)[number]
    if env:
        env.note_dependency(str(path))
    anchor = sections(path)[title]
    said = numbering.chapter(path).sections.get(anchor, f"{int(number)} ·")
    return f"[{said} {title}](../notebooks/{path.name}#{anchor})"


class Table(Directive):
    """A table whose cells are Markdown: `rows` says what stands in it."""

    head: Sequence[str] = ()
    widths: Sequence[int] = ()
    look = ""

    def run(self) -> list[nodes.Node]:
        table = nodes.table(classes=[self.look])
        group = nodes.tgroup(cols=len(self.head))
        table += group
        for width in self.widths:
            group += nodes.colspec(colwidth=width)
        head, body = nodes.thead(), nodes.tbody()
        group += [head, body]
        for target, texts in [(head, self.head), *((body, texts) for texts in self.rows())]:
            row = nodes.row()
            target += row
            for text in texts:
                entry = nodes.entry()
                parsed, _ = self.state.inline_text(text, self.lineno)
                entry += nodes.paragraph("", "", *parsed)
                row += entry
        return [table]

    @property
    def env(self) -> BuildEnvironment:
        return self.state.document.settings.env

    def read(self, path: Path) -> Any:
        """What a JSON file of the book holds; the page is built anew when it changes."""
        self.env.note_dependency(str(path))
        return json.loads(path.read_text(encoding="utf-8"))


class Errata(Table):
    """``{errata}``: the table of errata, from ``book/errata/*.json``."""

    head = ("no.", "where", "what it says", "what is right, and how we know")
    widths, look = (8, 14, 35, 43), "nn-errata"

    def rows(self) -> Iterator[Sequence[str]]:
        found = []
        for path in sorted((ROOT / "book" / "errata").glob("*.json")):
            found += self.read(path)
        found.sort(key=lambda r: [int(x) if x.isdigit() else x for x in re.findall(r"\d+|\D+", r["id"])])
        for r in found:
            tested = "Tested. " if r.get("tested") else ""
            links = ", ".join(section_link(section, self.env) for section in r["section"].split("; "))
            yield r["id"], r["where"], r["says"], f"{r['correct']} {tested}{links}."


class Topics(Table):
    """``{topics} D0``: what one of the sources treats, and where it stands here, from ``book/topics.json``."""

    required_arguments = 1
    head = ("no.", "topic", "here")
    widths, look = (12, 48, 40), "nn-topics"

    def rows(self) -> Iterator[Sequence[str]]:
        for row in self.read(ROOT / "book" / "topics.json"):
            if row["id"].startswith(self.arguments[0] + "."):
                yield row["id"], row["topic"], self.place(row["section"], self.env)

    @staticmethod
    def place(section: str, env: BuildEnvironment | None = None) -> str:
        """A section of a chapter, or a page of the book written as Markdown."""
        return section if section.startswith("[") else section_link(section, env)


def labeled_equations() -> dict[str, tuple[str, str]]:
    """Label → (chapter's number, LaTeX) of every labeled equation of the book."""
    return {
        label: (number, body)
        for number, path in reading.chapters(ROOT).items()
        for label, body in reading.equations(reading.read(path))
        if label
    }


class FormulaSheet(Directive):
    """``{formula-sheet}``: the equations that ``book/formula_sheet.json`` names, as they stand in their chapters."""

    def run(self) -> list[nodes.Node]:
        env = self.state.document.settings.env
        env.note_dependency(str(ROOT / "book" / "formula_sheet.json"))
        equations, sheet = labeled_equations(), nodes.container(classes=["nn-sheet"])
        for row in json.loads((ROOT / "book" / "formula_sheet.json").read_text(encoding="utf-8")):
            number, body = equations[row["eq"]]
            env.note_dependency(str(reading.chapters(ROOT)[number]))
            call = f" `{row['call']}`" if row["call"] else ""
            words, _ = self.state.inline_text(f"**{row['name']}** {{eq}}`{row['eq']}`{call}", self.lineno)
            formula = nodes.math_block(body, body, nowrap=False, label=None, number=None)
            block = nodes.container("", nodes.paragraph("", "", *words), formula, classes=["nn-formula"])
            sheet += block
        return [sheet]


class RowsOf(Directive):
    """``.. rows-of:: optimizers``, inside eval-rst: every function that a row of that module has, documented."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        parent = nodes.Element()
        lines = StringList(self.lines(self.arguments[0]), source=__file__)
        self.state.nested_parse(lines, self.content_offset, parent)
        return parent.children

    @staticmethod
    def lines(name: str) -> list[str]:
        import nnlib

        module = importlib.import_module(f"nnlib.{name}")
        where = {row.name: "nnlib" if row.name in nnlib.__all__ else module.__name__ for row in module.ROWS}
        return [f".. autofunction:: {where[row.name]}.{row.name}" for row in module.ROWS]


class Chapters(Table):
    """``{chapters}``: each chapter's goals, minutes, needs, and what there is to answer."""

    head = ("chapter: the reader will be able to …", "minutes", "needs", "questions", "exercises", "errata")
    widths, look = (60, 9, 10, 7, 7, 7), "nn-chapters"

    def rows(self) -> Iterator[Sequence[str]]:
        for number, path in reading.chapters(ROOT).items():
            text = "\n".join("".join(cell["source"]) + "\n" for cell in self.read(path)["cells"])
            title = numbering.plain(re.search(r"^# +(.+)$", text, flags=re.M)[1])
            goals = re.search(r"You will be able to\W*\n((?:[-*] .+\n)+)", text)[1]
            times = reading.MINUTES.search(text).groups()
            needs = sorted(set(re.findall(r"\((\d\d)_\w+\.ipynb", re.search(r"\*\*You need\*\*.*", text)[0])))
            questions = self.read(path.parent / "quiz" / f"{number}.json")
            errata = ROOT / "book" / "errata" / f"{number}.json"
            counts = len(questions), len(re.findall(r"^### Exercise", text, flags=re.M))
            wrong = len(self.read(errata)) if errata.exists() else 0
            able = "; ".join(goal[2:].rstrip(";. ") for goal in goals.strip().split("\n"))
            link = f"[{int(number)} {title}](../notebooks/{path.name})"
            needed = ", ".join(str(int(chapter)) for chapter in needs) or "–"
            yield f"{link}: {able}.", " + ".join(times), needed, *map(str, (*counts, wrong))


# ---- the theme -----------------------------------------------------------------------------------------------------


def one_contents(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Pages that the contents do not list show the same contents as their neighbors: made once for a folder."""
    if pagename in app.env.found_docs or "toctree" not in context:
        return
    made, make, folder = app.__dict__.setdefault("course_contents", {}), context["toctree"], pagename.rpartition("/")[0]

    def contents(**how):
        key = folder, tuple(sorted(how.items()))
        if key not in made:
            made[key] = make(**how)
        return made[key]

    context["toctree"] = contents


def repair_theme(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Drop the two scripts that only log errors without a server, and the roles that no screen reader knows.

    And what questions, explorers and playgrounds share stands once on a page.
    """
    if "body" in context:
        from nnlib.lab import page

        body = page.once(context["body"])
        context["body"] = (
            (body if doctree is None else paper.papered(body, pagename))
            .replace(' role="doc-biblioentry"', "")
            .replace(' aria-label="Toggle hidden content"', "")  # "Show code cell source" is its name
            .replace('<div role="list" class="citation-list">', '<div class="citation-list">')
        )
    said = [(f, f"{getattr(f, 'filename', f)} {getattr(f, 'attributes', '')}".lower()) for f in context["script_files"]]
    context["script_files"] = [f for f, text in said if "thebe" not in text]


def ship_mathjax(app: Sphinx) -> None:
    """Copy what a page loads of MathJax into the book: one script and its fonts."""
    if app.builder.format != "html":
        return
    package = Path(str(importlib.util.find_spec("sphinx-mathjax-offline").origin)).parent / "static" / "mathjax"
    target = Path(app.outdir) / "mathjax"
    fonts = "output/chtml/fonts/woff-v2"
    (target / fonts).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(package / "tex-chtml.js", target / "tex-chtml.js")
    for font in (package / fonts).glob("*.woff"):
        shutil.copyfile(font, target / fonts / font.name)


def pruned(prune: Callable[[IndexBuilder, Iterable[str]], None]) -> Callable[[IndexBuilder, Iterable[str]], None]:
    """Sphinx's `IndexBuilder.prune`, which keeps the words that no page has any more: a new index lacks them."""

    def without(self, docnames):
        prune(self, docnames)
        for words in (self._mapping, self._title_mapping):
            for word in [word for word, pages in words.items() if not pages]:
                del words[word]

    return without


# Of these, `setup` and `end` use what is inside and nobody promises; it is as in the versions that are pinned.
INSIDE = ("myst-nb", "sphinx")


def made_for(root: Path = ROOT) -> None:
    """An error if this is another MyST-NB or Sphinx than the one that this extension was made for."""
    pins = (root / "requirements.txt").read_text(encoding="utf-8")
    for name in INSIDE:
        pinned = re.search(rf"(?mi)^{name}==([\w.]+)", pins)
        if pinned and (found := importlib.metadata.version(name)) != pinned[1]:
            raise ExtensionError(
                f"{name} {found} is installed, and book/_ext/course.py replaces functions inside {name} {pinned[1]}: "
                "install that one, or look in its function setup whether what it replaces is still what it was, "
                "and pin the new one in requirements.txt"
            )


def setup(app: Sphinx) -> dict[str, bool]:
    made_for()
    if not hasattr(IndexBuilder.prune, "__wrapped__"):
        replaced: Any = functools.wraps(IndexBuilder.prune)(pruned(IndexBuilder.prune))
        IndexBuilder.prune = replaced
    render.coalesce_streams = whole_streams
    sphinx_.create_client = cells.client
    # A page has no kernel and so no widgets; their state would bring scripts that ask for a library on the network.
    render.NbElementRenderer.render_nb_finalise = lambda self, metadata: None
    app.add_node(fold, html=(visit_fold, depart_fold), latex=(lambda s, n: None, lambda s, n: None))
    app.add_directive("errata", Errata)
    app.add_directive("topics", Topics)
    app.add_directive("chapters", Chapters)
    app.add_directive("formula-sheet", FormulaSheet)
    app.add_directive("rows-of", RowsOf)
    app.add_config_value("course_house", "", "env")
    app.add_css_file("numbers.css")
    app.connect("config-inited", prepare, priority=900)
    app.connect("env-get-outdated", outdated)
    app.connect("env-before-read-docs", execute)
    app.connect("source-read", as_myst)
    app.connect("env-updated", updated, priority=900)  # when all others have said what pages show of each other
    app.connect("write-started", begin_writing)
    app.connect("doctree-read", fold_sections)
    app.connect("doctree-read", number_equations)
    app.connect("doctree-read", keep_addresses)
    app.connect("doctree-resolved", link_equations)
    app.connect("doctree-resolved", number_figures)
    app.connect("doctree-resolved", address_line)
    app.connect("html-collect-pages", source_pages)
    app.connect("html-page-context", one_contents, priority=100)
    app.connect("html-page-context", repair_theme, priority=900)
    app.connect("build-finished", addressed_notebooks)
    app.connect("build-finished", end, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

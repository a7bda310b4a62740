"""What this book asks of Sphinx beyond its settings.

* cells run in static mode, with an execution cache keyed by everything a page is made of;
* "Deeper:" and "Solution" sections fold;
* every labeled equation links to the line of nnlib that implements it and to the test that checks it;
* buttons to the repository, and its address in the line on Colab, only where there is one;
* MathJax from the book itself; repairs of the theme.
"""

import functools
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from myst_nb.core import render
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer
from sphinx.util import logging

ROOT = Path(__file__).resolve().parents[2]
logger = logging.getLogger(__name__)

# ---- running the cells ---------------------------------------------------------------------------------------------


def digest(root=ROOT):
    """A digest of what a page is made of besides its own cells: files, and what is installed to draw its pictures."""
    from nnlib.lab.style import surroundings

    files = [p for p in root.glob("nnlib/**/*") if p.suffix in {".py", ".js", ".css", ".mplstyle"}]
    files += [*root.glob("notebooks/quiz/*.json"), root / "requirements.txt", Path(__file__)]
    total = hashlib.sha256()
    for path in sorted(files):
        total.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    total.update("\n".join(surroundings()).encode())
    return total.hexdigest()[:16]


def prepare(app, config):
    """Static mode, and a cache that an edit to nnlib, to a question or to the pins empties, or another Matplotlib."""
    os.environ["NNLIB_STATIC"] = "1"
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    caches = ROOT / "_build" / ".cells"
    here = caches / digest()
    for old in caches.glob("*"):
        if old != here:
            shutil.rmtree(old, ignore_errors=True)
    config.nb_execution_cache_path = str(here / "executed")
    os.environ["NNLIB_FRAMES"] = str(here / "frames")
    repository(app, config)


def whole_streams(outputs):
    """Each stream of a cell as one output. MyST-NB ends every piece that arrives with a line break, also in midline."""
    found, streams = [], {}
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


def git(root, *words):
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


def branch(root=ROOT):
    """The branch that links lead to: one that the repository on GitHub has."""
    # In Actions a pull request runs on a branch that is made for it, "12/merge"; what it is meant for is the base.
    if named := os.environ.get("GITHUB_BASE_REF") or os.environ.get("GITHUB_REF_NAME"):
        return named
    # A branch made here and not pushed is nowhere else: then the default one.
    for name in ("@{upstream}", "refs/remotes/origin/HEAD"):
        if (found := git(root, "rev-parse", "--abbrev-ref", name)).startswith("origin/"):
            return found.removeprefix("origin/")
    return git(root, "symbolic-ref", "--short", "HEAD") or "main"


def remote(root=ROOT):
    """``https://github.com/owner/name`` and the branch, from the environment or the git remote; None without one."""
    name = os.environ.get("GITHUB_REPOSITORY")
    if not name:
        match = ORIGIN.fullmatch(git(root, "remote", "get-url", "origin"))
        name = match and match[1]
    return (f"https://github.com/{name}", branch(root)) if name else None


def repository(app, config):
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


def colab(app, doctree, docname):
    """On a chapter's page the line on Colab has the repository's address, if there is one."""
    if (where := remote()) is None:
        return
    from nnlib.lab import notebook

    for raw in list(doctree.findall(nodes.raw)):
        if notebook.UNKNOWN in raw.astext():
            line = notebook.elsewhere(f"{Path(docname).name}.ipynb", *where)
            raw.replace_self(nodes.raw("", line, format="html"))


def addressed_notebooks(app, error):
    """The notebooks that the pages offer for download have that address, too: they will be opened far from here."""
    if error or app.builder.format != "html" or (where := remote()) is None:
        return
    from nnlib.lab import notebook

    for path in Path(app.outdir).glob("_sources/notebooks/*.ipynb"):
        notebook.restamp(path, *where)


# ---- folding -------------------------------------------------------------------------------------------------------


class fold(nodes.General, nodes.Element):
    """A section that the page shows folded; its heading is the summary."""


def visit_fold(self, node):
    self.body.append(f'<details class="nn-fold" id="{node["anchor"]}"><summary>{node["title"]}</summary>')


def depart_fold(self, node):
    self.body.append("</details>")


def fold_sections(app, doctree):
    """Turn every section whose title starts with "Deeper:" or "Solution" into a folded block."""
    for section in list(doctree.findall(nodes.section)):
        title = section.next_node(nodes.title)
        if title is None or title.parent is not section or not title.astext().startswith(("Deeper:", "Solution")):
            continue
        index = section.index(title)
        block = fold(title=self_text(title), anchor=f"fold-{section['ids'][0]}")
        block += section.children[index + 1 :]
        section.children = section.children[: index + 1]
        section += block
        title["classes"].append("nn-folded")
        section["classes"].append("nn-folded")


def self_text(title):
    return title.astext().replace("&", "&amp;").replace("<", "&lt;")


# ---- equations and the lines that implement them -------------------------------------------------------------------

LABEL = re.compile(r"\((eq-[a-z0-9-]+)\)")
CHECK = re.compile(r"@equation\(([^)]*)\)")


@functools.cache
def places(root=ROOT):
    """label → (file, line) in nnlib, and label → (file, line) of its first check."""
    code, checks = {}, {}
    for path in sorted(root.glob("nnlib/*.py")):
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
            for label in LABEL.findall(line.partition("#")[2]):
                code.setdefault(label, (path.relative_to(root).as_posix(), number))
    for path in sorted(root.glob("tests/equations/ch*.py")):
        text = path.read_text(encoding="utf-8")
        for match in CHECK.finditer(text):
            for label in re.findall(r"""["'](eq-[^"']+)["']""", match[1]):
                checks.setdefault(label, (path.relative_to(root).as_posix(), text[: match.start()].count("\n") + 1))
    return code, checks


def link_equations(app, doctree, docname):
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
                text = f"{kind}: {Path(file).name if kind == 'code' else Path(file).stem}, line {line}"
                links.append(f'<a class="nn-source" href="{url}">{text}</a>')
        if links:
            raw = nodes.raw("", f'<p class="nn-sources">{" · ".join(links)}</p>', format="html")
            block.parent.insert(block.parent.index(block) + 1, raw)


def source_pages(app):
    """The files that equations link to, with numbered lines, inside the book: the links work from a USB stick."""
    if app.builder.format != "html":
        return
    formatter = HtmlFormatter(linenos="inline", lineanchors="L", anchorlinenos=False, cssclass="highlight nn-listing")
    wanted = sorted([*ROOT.glob("nnlib/*.py"), *ROOT.glob("tests/equations/ch*.py")])
    for path in wanted:
        name = path.relative_to(ROOT)
        listing = highlight(path.read_text(encoding="utf-8"), PythonLexer(), formatter)
        listing = re.sub(r'(id|name)="L-(\d+)"', r'\1="L\2"', listing)
        body = f"<h1>{name.as_posix()}</h1>{listing}"
        page = f"source/{name.with_suffix('').as_posix()}"
        yield page, {"title": name.as_posix(), "body": body, "parents": [], "pagename": page}, "page.html"


# ---- errata --------------------------------------------------------------------------------------------------------


def chapters():
    """Number → the notebook's path, in the order of the book."""
    return {path.stem[:2]: path for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))}


@functools.cache
def sections(path):
    """The headings of a chapter: title, without its minutes → the anchor it has on GitHub and in the book."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    text = "\n".join("".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "markdown")
    titles = re.findall(r"^#{1,6} +(.+?) *$", text, flags=re.M)
    bare = {re.sub(r" \(\d+ minutes?\)$", "", title): title for title in titles}
    return {short: re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for short, title in bare.items()}


def section_link(section):
    """``"03 A layer, unit by unit"`` as a Markdown link to that section of chapter 03."""
    number, title = section.split(" ", 1)
    path = chapters()[number]
    return f"[{number} · {title}](../notebooks/{path.name}#{sections(path)[title]})"


class Table(Directive):
    """A table whose cells are Markdown: `rows` says what stands in it."""

    head, widths, look = (), (), ""

    def run(self):
        table = nodes.table(classes=[self.look])
        group = nodes.tgroup(cols=len(self.head))
        table += group
        for width in self.widths:
            group += nodes.colspec(colwidth=width)
        head, body = nodes.thead(), nodes.tbody()
        group += [head, body]
        for target, cells in [(head, self.head), *((body, cells) for cells in self.rows())]:
            row = nodes.row()
            target += row
            for text in cells:
                entry = nodes.entry()
                parsed, _ = self.state.inline_text(text, self.lineno)
                entry += nodes.paragraph("", "", *parsed)
                row += entry
        return [table]

    def read(self, path):
        """What a JSON file of the book holds; the page is built anew when it changes."""
        self.state.document.settings.env.note_dependency(str(path))
        return json.loads(path.read_text(encoding="utf-8"))


class Errata(Table):
    """``{errata}``: the table of errata, from ``book/errata/*.json``."""

    head = ("no.", "where", "what it says", "what is right, and how we know")
    widths, look = (8, 14, 35, 43), "nn-errata"

    def rows(self):
        found = []
        for path in sorted((ROOT / "book" / "errata").glob("*.json")):
            found += self.read(path)
        found.sort(key=lambda r: [int(x) if x.isdigit() else x for x in re.findall(r"\d+|\D+", r["id"])])
        for r in found:
            tested = "Tested. " if r.get("tested") else ""
            links = ", ".join(section_link(section) for section in r["section"].split("; "))
            yield r["id"], r["where"], r["says"], f"{r['correct']} {tested}{links}."


class Topics(Table):
    """``{topics} D0``: what one of the sources treats, and where it stands here, from ``book/topics.json``."""

    required_arguments = 1
    head = ("no.", "topic", "here")
    widths, look = (12, 48, 40), "nn-topics"

    def rows(self):
        for row in self.read(ROOT / "book" / "topics.json"):
            if row["id"].startswith(self.arguments[0] + "."):
                yield row["id"], row["topic"], self.place(row["section"])

    @staticmethod
    def place(section):
        """A section of a chapter, or a page of the book written as Markdown."""
        return section if section.startswith("[") else section_link(section)


def labeled_equations():
    """Label → (chapter's number, LaTeX) of every labeled equation of the book."""
    from nnlib.lab import notebook

    return {
        label: (number, body)
        for number, path in chapters().items()
        for label, body in notebook.equations(notebook.read(path))
        if label
    }


class FormulaSheet(Directive):
    """``{formula-sheet}``: the equations that ``book/formula_sheet.json`` names, as they stand in their chapters."""

    def run(self):
        env = self.state.document.settings.env
        env.note_dependency(str(ROOT / "book" / "formula_sheet.json"))
        equations, sheet = labeled_equations(), nodes.container(classes=["nn-sheet"])
        for row in json.loads((ROOT / "book" / "formula_sheet.json").read_text(encoding="utf-8")):
            number, body = equations[row["eq"]]
            env.note_dependency(str(chapters()[number]))
            call = f" `{row['call']}`" if row["call"] else ""
            words, _ = self.state.inline_text(f"**{row['name']}** {{eq}}`{row['eq']}`{call}", self.lineno)
            formula = nodes.math_block(body, body, nowrap=False, label=None, number=None)
            block = nodes.container("", nodes.paragraph("", "", *words), formula, classes=["nn-formula"])
            sheet += block
        return [sheet]


class Chapters(Table):
    """``{chapters}``: each chapter's goals, minutes, needs, and what there is to answer."""

    head = ("chapter: the reader will be able to …", "minutes", "needs", "questions", "exercises", "errata")
    widths, look = (60, 9, 10, 7, 7, 7), "nn-chapters"

    def rows(self):
        for number, path in chapters().items():
            text = "\n".join("".join(cell["source"]) + "\n" for cell in self.read(path)["cells"])
            title = re.search(r"^# +(.+)$", text, flags=re.M)[1]
            goals = re.search(r"You will be able to\W*\n((?:[-*] .+\n)+)", text)[1]
            core, deeper = re.search(r"\*\*Core\*\* (\d+) min · \*\*Deeper\*\* (\d+) min", text).groups()
            needs = sorted(set(re.findall(r"\((\d\d)_\w+\.ipynb", re.search(r"\*\*You need\*\*.*", text)[0])))
            questions = self.read(path.parent / "quiz" / f"{number}.json")
            errata = ROOT / "book" / "errata" / f"{number}.json"
            counts = len(questions), len(re.findall(r"^### Exercise", text, flags=re.M))
            wrong = len(self.read(errata)) if errata.exists() else 0
            able = "; ".join(goal[2:].rstrip(";. ") for goal in goals.strip().split("\n"))
            link = f"[{number} · {title}](../notebooks/{path.name})"
            yield f"{link}: {able}.", f"{core} + {deeper}", ", ".join(needs) or "–", *map(str, (*counts, wrong))


# ---- playgrounds ---------------------------------------------------------------------------------------------------


def one_engine(body):
    """A page with several playgrounds needs what they share, kernels, script and style, once: with the first."""
    first, mark, rest = body.partition("<!--/nn-engine-->")
    return first + mark + re.sub(r"<!--nn-engine-->.*?<!--/nn-engine-->", "", rest, flags=re.S)


# ---- the theme -----------------------------------------------------------------------------------------------------


def repair_theme(app, pagename, templatename, context, doctree):
    """Drop the two scripts that only log errors without a server, and the roles that no screen reader knows."""
    if "body" in context:
        context["body"] = (
            one_engine(context["body"])
            .replace(' role="doc-biblioentry"', "")
            .replace('<div role="list" class="citation-list">', '<div class="citation-list">')
        )
    said = [(f, f"{getattr(f, 'filename', f)} {getattr(f, 'attributes', '')}".lower()) for f in context["script_files"]]
    context["script_files"] = [f for f, text in said if "thebe" not in text]


def ship_mathjax(app, error):
    """Copy what a page loads of MathJax into the book: one script and its fonts."""
    if error or app.builder.format != "html":
        return
    package = Path(importlib.util.find_spec("sphinx-mathjax-offline").origin).parent / "static" / "mathjax"
    target = Path(app.outdir) / "mathjax"
    fonts = "output/chtml/fonts/woff-v2"
    (target / fonts).mkdir(parents=True, exist_ok=True)
    shutil.copyfile(package / "tex-chtml.js", target / "tex-chtml.js")
    for font in (package / fonts).glob("*.woff"):
        shutil.copyfile(font, target / fonts / font.name)


def setup(app):
    render.coalesce_streams = whole_streams
    # A page has no kernel and so no widgets; their state would bring scripts that ask for a library on the network.
    render.NbElementRenderer.render_nb_finalise = lambda self, metadata: None
    app.add_node(fold, html=(visit_fold, depart_fold), latex=(lambda s, n: None, lambda s, n: None))
    app.add_directive("errata", Errata)
    app.add_directive("topics", Topics)
    app.add_directive("chapters", Chapters)
    app.add_directive("formula-sheet", FormulaSheet)
    app.connect("config-inited", prepare, priority=900)
    app.connect("doctree-read", fold_sections)
    app.connect("doctree-resolved", link_equations)
    app.connect("doctree-resolved", colab)
    app.connect("html-collect-pages", source_pages)
    app.connect("html-page-context", repair_theme, priority=900)
    app.connect("build-finished", ship_mathjax)
    app.connect("build-finished", addressed_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True, "version": digest()}

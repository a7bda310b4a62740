"""The extension of Sphinx, on a book of two pages: what folds, where links lead, what is read and written again."""

import importlib.util
import json
import re
import sys
from types import FunctionType, SimpleNamespace

import pytest
from docutils import nodes
from myst_nb import sphinx_
from myst_nb.core import render
from sphinx.application import Sphinx
from sphinx.search import IndexBuilder
from sphinx.util.docutils import docutils_namespace, patch_docutils

import nnlib
from nnlib import lab
from tests.chapters import ROOT

pytestmark = pytest.mark.book

CHAPTER = r"""# 1 One & only

**Core** 3 min · **Exercises** 0 min · **Deeper** 1 min

**You need** [this](01_one.ipynb).

You will be able to:

- say it;
- write it.

## 1.1 Plain (2 minutes)

<a id="eq-one"></a>
$$ y = x\tag{1.1} $$

$$ z = y $$ (eq-two)

With [(1.1)](#eq-one).

<details>
<summary>Hint</summary>

Look at **x**.

</details>

> **In the sources**
>
> *Wrong:* no.

### Exercise 1.1

## Deeper: a & <b>

Folded words.

## Solution

Four.
"""
SHOWN = """\
from IPython.display import HTML, display

lab = HTML
lab.show = lambda picture: display(lab(picture))
lab.show("<img src='data:,' alt='a picture'>")
"""
PAGE = """\
# Index

```{toctree}
../notebooks/01_one
```

```{errata}
```

```{topics} D0
```

```{chapters}
```

```{formula-sheet}
```
"""
ROWS = [
    dict(id="1.10", where="p. 3", says="wrong", correct="right.", section="01 Plain"),
    dict(id="1.9", where="p. 2", says="wr*o*ng", correct="yes.", section="01 Plain; 01 One & only", tested=True),
]
TOPICS = [
    dict(id="D0.1", topic="a topic", section="01 Plain"),
    dict(id="D0.2", topic="another", section="[here](index.md)"),
    dict(id="D01.1", topic="of another source", section="01 Plain"),
]
FILES = {
    "_config.yml": "title: T",
    "_toc.yml": "root: book/index\nparts:\n- chapters:\n  - file: notebooks/01_one\n",
    "requirements.txt": "a==1",
    "book/references.bib": "",
    "book/index.md": PAGE,
    "book/errata/01.json": json.dumps(ROWS),
    "book/topics.json": json.dumps(TOPICS),
    "book/formula_sheet.json": json.dumps([dict(eq="eq-one", name="the law", call="nn.law")]),
    "book/_static/a.css": "p {}",
    "nnlib/a.py": '"""Doc."""\n\n\ndef f(x):\n    y = x  # (eq-one)\n    return y  # (eq-one) again\n',
    "nnlib/b.py": "x = '(eq-two)'  # no label in a text, and (eq-three) is on no page\n",
    "nnlib/engine/c.py": "z = 1  # (eq-two)\n",
    "tests/equations/ch01.py": 'import x\n\n\n@equation("eq-one",\n          "eq-two")\ndef check():\n    pass\n',
    "notebooks/quiz/01.json": "[{}, {}, {}]",
}


def loaded(name, root, monkeypatch):
    """A module of book/_ext as if it lay in the book at `root`."""
    spec = importlib.util.spec_from_file_location(name, ROOT / f"book/_ext/{name}.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, name, module)
    spec.loader.exec_module(module)
    module.ROOT = root
    for thing in vars(module).values():
        function = getattr(thing, "__wrapped__", thing)
        if isinstance(function, FunctionType) and function.__defaults__:
            function.__defaults__ = tuple(root if value == ROOT else value for value in function.__defaults__)
    return module


@pytest.fixture
def book(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    page = {"cells": [], "metadata": {"kernelspec": {"name": "python3", "display_name": "P"}}}
    page["cells"] += [{"cell_type": "markdown", "metadata": {}, "source": CHAPTER, "id": "a"}]
    code = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "id": "b"}
    page["cells"] += [code | {"source": "print(6 * 7, end='')\nprint('!')"}]
    page["cells"] += [code | {"id": "c", "source": SHOWN}]
    path = tmp_path / "notebooks/01_one.ipynb"
    path.write_text(json.dumps(page | {"nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    for thing, name in (
        *((IndexBuilder, "prune"), (render, "coalesce_streams"), (sphinx_, "create_client")),
        (render.NbElementRenderer, "render_nb_finalise"),
    ):
        monkeypatch.setattr(thing, name, getattr(thing, name))  # so that it is put back
    for name in ("GITHUB_REPOSITORY", "GITHUB_REF_NAME", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def course(book, monkeypatch):
    cells = loaded("cells", book, monkeypatch)
    monkeypatch.setattr(cells, "surroundings", lambda: ["fonts"])
    return loaded("course", book, monkeypatch)


class Build:
    """One build of the book: which pages were read and written, and what it said."""

    def __init__(self, course, root, **settings):
        course.places.cache_clear()
        course.sections.cache_clear()
        course.cells.forget()
        self.root = root
        how = dict(
            extensions=["myst_nb", "sphinx_design", "course"],
            html_theme="sphinx_book_theme",
            html_sourcelink_suffix="",
            root_doc="book/index",
            author="A",
        )
        how |= dict(
            myst_enable_extensions=["dollarmath", "colon_fence"],
            myst_heading_anchors=6,
            myst_heading_slug_func="reading.slug",
            numfig=True,
            nb_merge_streams=True,
            templates_path=[],
            project="P",
        )
        how |= dict(exclude_patterns=["_build"], suppress_warnings=["config.cache", "misc.copy_overwrite"]) | settings
        self.status, self.warnings = Said(), Said()
        self.read, self.written = [], []
        with patch_docutils(), docutils_namespace():
            app = Sphinx(
                *(root, None, root / "_build/html", root / "_build/trees", "html"),
                confoverrides=how, status=self.status, warning=self.warnings,
            )  # fmt: skip
            app.connect("source-read", lambda app, name, source: self.read.append(name))
            app.connect("html-page-context", lambda app, name, *_: self.written.append(name))
            app.build()
        self.read.sort()

    def page(self, name):
        return (self.root / f"_build/html/{name}.html").read_text(encoding="utf-8")


class Said(list):
    def write(self, text):
        self.append(text)

    def flush(self):
        pass


def test_a_book(course, book):
    build = Build(course, book)
    assert build.warnings == [] and build.read == ["book/index", "notebooks/01_one"]
    chapter, index = build.page("notebooks/01_one"), build.page("book/index")
    assert ">42!\n" in chapter, "two prints of one stream are one output"
    # What folds: its heading stands outside and, as the summary, inside; the words are in it.
    folds = re.findall(r'<details class="nn-fold" id="([^"]+)"><summary>(.*?)</summary>(.*?)</details>', chapter, re.S)
    assert [(id, title) for id, title, _ in folds] == [
        ("fold-deeper-a", "Deeper: a &amp; &lt;b&gt;"),
        ("fold-solution", "Solution"),
    ]
    assert "Folded words." in folds[0][2] and "Four." in folds[1][2] and "<h2" not in folds[0][2] + folds[1][2]
    assert chapter.count("Folded words.") == 1 and chapter.count("nn-folded") == 4
    # What is stored for every viewer is on the page what MyST makes of it, and has its numbers.
    assert "<title>1 One &amp; only" in chapter
    assert re.findall(r'class="eqno">\((.*?)\)', chapter) == ["1.1", "1.2"] and "tag{" not in chapter
    assert '<a class="reference internal" href="#equation-eq-one">(1.1)</a>' in chapter
    assert 'href="../notebooks/01_one.html#equation-eq-one">(1.1)</a>' in index
    assert re.search(r'<details class="sd-[^>]*>\s*<summary[^>]*>.*?Hint.*?<strong>x</strong>', chapter, re.S)
    assert re.search(r'<div class="note admonition">\s*<p class="admonition-title">In the sources</p>', chapter)
    assert chapter.count('id="figure-1-1"') == 1  # a solution's is in the key for paper again, without
    assert re.search(r'<img[^>]*>\s*</div>\s*<p class="nn-figure-no" id="figure-1-1">Figure 1\.1</p>', chapter)
    for address in ("one--only", "plain-2-minutes", "exercise-1", "exercise-1-1"):
        assert chapter.count(f' id="{address}"') == 1, address
    # Links to the first line that has the label in a comment, in a front room, and to its first check.
    links = dict(re.findall(r'<a class="nn-source" href="\.\./source/([^"]+)">([^<]+)</a>', chapter))
    assert links == {
        "nnlib/a.html#L5": "code: a.py, line 5",
        "tests/equations/ch01.html#L4": "check: chapter 1, line 4",
    }
    assert chapter.count("nn-sources") == 2 and chapter.count('class="nn-source"') == 3
    source = build.page("source/nnlib/a")
    assert "(eq-one)" in re.search(r'id="L5".*', source)[0] and "<h1>nnlib/a.py</h1>" in source
    assert "equation" in re.search(r'id="L4".*', build.page("source/tests/equations/ch01"))[0]
    assert not (book / "_build/html/source/nnlib/engine/c.html").exists()
    # Tables.
    rows = [re.findall(r"<t[hd]\b.*?>(.*?)</t[hd]>", row, re.S) for row in re.findall(r"<tr.*?</tr>", index, re.S)]
    text = [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in rows]
    plain, whole = "1.1 Plain", "1 One &amp; only"
    assert text == [
        ["no.", "where", "what it says", "what is right, and how we know"],
        ["1.9", "p. 2", "wrong", f"yes. Tested. {plain}, {whole}."],
        ["1.10", "p. 3", "wrong", f"right. {plain}."],
        ["no.", "topic", "here"],
        ["D0.1", "a topic", plain],
        ["D0.2", "another", "here"],
        ["chapter: the reader will be able to …", "minutes", "needs", "questions", "exercises", "errata"],
        [f"{whole}: say it; write it.", "3 + 0 + 1", "1", "3", "1", "2"],
    ]
    assert 'href="../notebooks/01_one.html#plain-2-minutes"' in index
    for look in ("nn-errata", "nn-topics", "nn-chapters"):
        assert f"{look} " in index or f'{look}"' in index
    sheet = index.split("nn-sheet")[1]
    assert "the law" in sheet and "nn.law" in sheet and "y = x" in sheet and "01_one.html#equation-eq-one" in sheet
    assert (book / "_build/html/mathjax/tex-chtml.js").is_file()
    assert list((book / "_build/html/mathjax/output/chtml/fonts/woff-v2").glob("*.woff"))


def test_what_a_chapter_needs_is_told_once_and_in_order(course, book, monkeypatch):
    path, needs = (
        book / "notebooks/01_one.ipynb",
        "(05_f.ipynb) (02_c.ipynb) (04_e.ipynb) (02_c.ipynb) (03_d.ipynb) (00_a.ipynb)",
    )
    path.write_text(path.read_text(encoding="utf-8").replace("(01_one.ipynb)", needs), encoding="utf-8")
    monkeypatch.setattr(course.Chapters, "env", SimpleNamespace(note_dependency=lambda path: None))
    ((_, _, told, *_),) = object.__new__(course.Chapters).rows()
    assert told == "0, 2, 3, 4, 5"


def test_the_columns_of_a_table_share_its_width(course):
    for table in (course.Errata, course.Topics, course.Chapters):
        assert len(table.widths) == len(table.head) and sum(table.widths) == 100


def test_what_changed_is_read_and_no_more(course, book):
    assert Build(course, book).read == ["book/index", "notebooks/01_one"]
    again = Build(course, book)
    assert again.read == [] == again.written
    path, page = book / "notebooks/01_one.ipynb", (book / "notebooks/01_one.ipynb").read_text(encoding="utf-8")
    path.write_text(page.replace("Four.", "Five."), encoding="utf-8")
    edited = Build(course, book)
    # The index shows the chapter's goals, so that it has noted it; no other page is written, as no heading changed.
    assert edited.read == ["book/index", "notebooks/01_one"] and "Five." in edited.page("notebooks/01_one")
    assert not [name for name in edited.written if name.startswith("source/")]
    (book / "nnlib/a.py").write_text("\n" + FILES["nnlib/a.py"], encoding="utf-8")
    moved = Build(course, book)
    assert "code: a.py, line 6" in moved.page("notebooks/01_one"), "links are where the lines are"
    assert 'id="L6"' in moved.page("source/nnlib/a")
    (book / "_config.yml").write_text("title: U", encoding="utf-8")
    assert Build(course, book).read == ["book/index", "notebooks/01_one"]
    (book / "book/errata/02.json").write_text("[]", encoding="utf-8")
    assert Build(course, book).read == ["book/index", "notebooks/01_one"]


def test_a_page_that_is_gone_is_gone(course, book):
    (book / "book/more.md").write_text("---\norphan: true\n---\n# More\n\nUncommonword.\n", encoding="utf-8")
    (book / "nnlib/d.py").write_text("# (eq-two)\n", encoding="utf-8")
    first = Build(course, book)
    out = book / "_build/html"
    assert "More" in first.page("book/more") and (out / "_sources/book/more.md").is_file()
    assert first.page("source/nnlib/d") and "uncommonword" in (out / "searchindex.js").read_text(encoding="utf-8")
    (out / "own.html").write_text("", encoding="utf-8")
    (book / "book/more.md").unlink()
    (book / "nnlib/d.py").unlink()
    Build(course, book)
    assert not (out / "book/more.html").exists() and not (out / "_sources/book/more.md").exists()
    assert not (out / "source/nnlib/d.html").exists()
    assert "uncommonword" not in (out / "searchindex.js").read_text(encoding="utf-8")
    assert (out / "book/index.html").is_file() and (out / "own.html").is_file()
    assert (out / "_sources/notebooks/01_one.ipynb").is_file()


def test_a_warning_is_said_again_until_it_is_mended(course, book):
    (book / "book/index.md").write_text(PAGE + "\n{eq}`eq-none`\n", encoding="utf-8")
    for _ in range(2):
        assert "eq-none" in "".join(Build(course, book).warnings)
    (book / "book/index.md").write_text(PAGE, encoding="utf-8")
    assert Build(course, book).warnings == [] and Build(course, book).read == []


def test_a_build_that_breaks_off_is_no_whole_book(course, book, monkeypatch):
    Build(course, book)
    (book / "book/index.md").write_text(PAGE + "\nNew.\n", encoding="utf-8")

    def broken(app):
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(course, "source_pages", broken)
        with pytest.raises(Exception, match="the disk is full"):
            Build(course, book)
    assert "New." in Build(course, book).page("book/index")


def test_cells_that_fail_fail_the_build(course, book):
    path = book / "notebooks/01_one.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("6 * 7", "6 / 0"), encoding="utf-8")
    with pytest.raises(Exception, match="cells of the book failed:\nnotebooks/01_one, code cell 1"):
        Build(course, book)


def test_an_address_brings_buttons_and_none_takes_them_away(course, monkeypatch):
    config = SimpleNamespace(html_theme_options={"repository_url": "x"}, html_js_files=[("a.js", {})])
    app = SimpleNamespace(extensions={})
    course.prepare(app, config)
    version = {"data-version": nnlib.__version__}
    assert config.html_js_files == [("a.js", {}), ("wrong.js", version)]
    options = config.html_theme_options
    assert "repository_url" not in options and options["launch_buttons"] == {} and options["navbar_end"] == []
    assert not any(value for name, value in options.items() if name.startswith("use_"))
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/course")
    monkeypatch.setenv("GITHUB_REF_NAME", "trunk")
    app.extensions["sphinx_multitoc_numbering"] = SimpleNamespace(parallel_read_safe=None)
    config.html_js_files = []
    course.prepare(app, config)
    where = {"data-repository": "https://github.com/acme/course"}
    assert config.html_js_files == [("wrong.js", version | where)], "where what is wrong is reported"
    options = config.html_theme_options
    assert options["repository_url"] == "https://github.com/acme/course" and options["repository_branch"] == "trunk"
    assert options["launch_buttons"]["binderhub_url"] == "https://mybinder.org" and options["path_to_docs"] == ""
    assert (
        options["launch_buttons"]["notebook_interface"] == "jupyterlab" and not options["launch_buttons"]["colab_url"]
    )
    assert all(options[f"use_{name}_button"] is True for name in ("repository", "issues", "edit_page"))
    assert app.extensions["sphinx_multitoc_numbering"].parallel_read_safe is True


def test_equal_things_have_one_text(course):
    paragraph = nodes.paragraph("", "words")
    for one, same, other in (
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 2, "b": 1}),
        ({1, 2}, {2, 1}, {1, 3}),
        ([1, (2,)], [1, [2]], [(2,), 1]),
        (paragraph, nodes.paragraph("", "words"), nodes.paragraph("", "other")),
        ({"x": [object()]}, {"x": [object()]}, {"y": [object()]}),
    ):
        assert course.canonical(one) == course.canonical(same) != course.canonical(other)


def test_streams_are_whole(course):
    out = [dict(output_type="stream", name=name, text=text) for name, text in zip("abab", "1234", strict=True)]
    shown = {"output_type": "display_data", "name": "a"}
    assert course.whole_streams([*out[:2], shown, *out[2:]]) == [
        dict(output_type="stream", name="a", text="13"),
        dict(output_type="stream", name="b", text="24"),
        shown,
    ]


@pytest.mark.parametrize(
    "name",
    ["_config.yml", "_toc.yml", "requirements.txt", "book/references.bib", "book/_ext/cells.py", "book/errata/9.json"],
)
def test_what_all_pages_stand_on(course, book, name):
    before = course.house(book)
    assert course.house(book) == before
    (book / name).parent.mkdir(exist_ok=True)
    (book / name).write_text("changed", encoding="utf-8")
    assert course.house(book) != before


def test_a_digest_tells_names_contents_and_what_is_missing(course, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.write_bytes(b"x")
    seen = {course.told([one]), course.told([two]), course.told([one, two]), course.told([])}
    two.write_bytes(b"x")
    seen |= {course.told([two])}
    one.write_bytes(b"y")
    assert len(seen | {course.told([one])}) == 6


def test_what_the_theme_is_spared(course):
    question = lab.quiz("04-q1")._repr_mimebundle_()["text/html"]
    body = '<p role="doc-biblioentry">x</p><div role="list" class="citation-list">' + question + question
    context = {
        "body": body,
        "script_files": ["a.js", SimpleNamespace(filename="x/thebe.js", attributes={}), "THEBE_JS"],
    }
    context["script_files"].append(SimpleNamespace(filename=None, attributes={"body": "thebe_selector = 1"}))
    course.repair_theme(None, "p", "page.html", context, None)
    assert context["script_files"] == ["a.js"]
    assert 'role="doc' not in context["body"] and '<div class="citation-list">' in context["body"]
    assert context["body"].count("<!--nn:quiz-->") == 1
    course.repair_theme(None, "p", "page.html", context := {"script_files": []}, None)
    assert context == {"script_files": []}


def test_contents_that_are_the_same_are_made_once(course):
    app, made = SimpleNamespace(env=SimpleNamespace(found_docs={"book/index"})), []

    def toctree(**how):
        made.append(how)
        return f"{len(made)}"

    def shown(name, **how):
        context = {"toctree": toctree}
        course.one_contents(app, name, "page.html", context, None)
        return context["toctree"](**how)

    assert [shown("source/a"), shown("source/b"), shown("source/b", depth=2), shown("source/c", depth=2)] == [*"1122"]
    assert [shown("other/a"), shown("book/index"), shown("book/index")] == [*"345"]
    course.one_contents(app, "search", "search.html", {}, None)


def test_another_builder_gets_no_html(course):
    app = SimpleNamespace(builder=SimpleNamespace(format="latex"), outdir="nowhere")
    assert list(course.source_pages(app)) == [] and course.ship_mathjax(app) is None and course.sweep(app) is None

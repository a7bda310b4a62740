"""Every number that a reader sees, counted again; and that what is stored reads without MyST."""

import copy
import html
import json
import re

import nbformat
import pytest
from nbformat import v4

import lint
import notebook as command
import numbering
import portable
import reading
from tests.chapters import NAMES, NOTEBOOKS, ROOT, cells, questions, text

pytestmark = pytest.mark.book

PAGES = [*sorted((ROOT / "book").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
FRAME = ["Three from before", "Mixed quiz", "Exercises", "Summary", "Without looking", "What comes next"]
NUMBER = {path.name: int(path.name[:2]) for path in NOTEBOOKS}


def markdown(path):
    return "\n\n".join(c.source for c in cells(path).cells if c.cell_type == "markdown")


def tags(path):
    """Label → number, as they stand in the notebook."""
    return dict(re.findall(r'<a id="(eq-[^"]+)"></a>\n\$\$[^$]*\\tag\{([\d.]+)\}\s*\$\$', markdown(path)))


# ---- counted again ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_sections_exercises_and_equations_are_numbered_in_their_order(path):
    body, n = markdown(path), NUMBER[path.name]
    titles = re.findall(r"^# (.+)$", body, flags=re.M)
    assert len(titles) == 1 and re.match(rf"{n} [A-Z]", titles[0])
    sections = [t for t in re.findall(r"^## (.+)$", body, flags=re.M) if t not in FRAME and t[:7] != "Deeper:"]
    assert [t.split()[0] for t in sections] == [f"{n}.{k}" for k in range(1, len(sections) + 1)] and len(sections) > 2
    exercises = re.findall(r"^### Exercise (\S+)", body, flags=re.M)
    assert exercises == [f"{n}.{k}" for k in range(1, len(exercises) + 1)] and len(exercises) > 2
    equations = list(tags(path).values())
    assert equations == [f"{n}.{k}" for k in range(1, len(equations) + 1)]
    assert list(tags(path)) == [label for label, _ in reading.equations(cells(path)) if label]
    assert body.count("\\tag{") == len(equations) == body.count('<a id="eq-')


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_reference_says_the_number_of_what_it_leads_to(path):
    for number, file, label in re.findall(r"\[\(([\d.]+)\)\]\(([^)#]*)#(eq-[^)]+)\)", markdown(path)):
        assert tags(path.parent / file if file else path)[label] == number
    for said in re.findall(r"[Ee]xercise (\d[\d.]*)(?!\w)", text(path) + json.dumps(questions(path.name[:2]))):
        chapter, dot, _ = said.rstrip(".").partition(".")
        assert dot, f"exercise {said} has no chapter"
        assert f"### Exercise {said.rstrip('.')} " in text(NOTEBOOKS[int(chapter)])


@pytest.mark.parametrize("path", [*NOTEBOOKS, *PAGES], ids=lambda path: path.stem)
def test_a_link_says_the_number_of_its_chapter_or_section(path):
    body = markdown(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
    for line in body.split("\n"):
        for said, file, anchor in re.findall(r"\[([^][]+)\]\([^)]*?(\d\d_\w+\.ipynb)(?:#([^)]+))?\)", line):
            if said in ("next chapter", "the next chapter") or re.fullmatch(r"\([\d.]+\)", said):
                continue
            wanted = str(NUMBER[file])
            for title in re.findall(r"^## (.+)$", markdown(ROOT / "notebooks" / file), flags=re.M):
                if anchor and title[0].isdigit() and numbering.slug(title) == anchor:
                    wanted = title.split()[0]
            kind = "section" if "." in wanted else "chapter"
            assert said.startswith(f"{wanted} ") or re.search(rf"\b{kind} {re.escape(wanted)}\)?$", said), said


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_what_a_cell_draws_is_a_figure(path):
    """By its stored output, not by its code: a picture that is not the strip at the head of the chapter."""
    drawn = []
    for n, cell in enumerate(cells(path).cells):
        pictures = sum("image/png" in out.get("data", {}) for out in cell.get("outputs", ()))
        if pictures and "lab.loop(" not in cell.source:
            assert pictures == 1, "two pictures would have one number"
            drawn.append(n)
    figures = numbering.chapter(path).figures
    assert list(figures) == drawn
    assert list(figures.values()) == [f"{NUMBER[path.name]}.{k}" for k in range(1, len(drawn) + 1)]


def test_no_reader_sees_the_number_of_a_file():
    seen = {path.name: markdown(path) for path in NOTEBOOKS} | {p.name: p.read_text(encoding="utf-8") for p in PAGES}
    seen |= {p.name: p.read_text(encoding="utf-8") for p in (ROOT / "notebooks/quiz").glob("*.json")}
    for name, body in seen.items():
        assert not re.search(r"\b[Cc]h(?:apters?|\.)? ?0\d", body), name
    for name in ("instructors.md", "index.md", "how_to_use.md"):
        prose = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", "", seen[name], flags=re.S)
        assert not re.search(r"(?<![\d.])\b0\d\b", prose), name


# ---- the tool --------------------------------------------------------------------------------------------------------

ONE = """\
(ch-one)=
# One

Goes on in [Two](02_two.ipynb), at [its part](02_two.ipynb#a-part), in {eq}`eq-two` and {eq}`eq-one`.
See [chapter 9](02_two.ipynb), exercise 2 and exercise 1.1.

| [Two](02_two.ipynb) |

## Three from before

## A part

$$ x = 1 $$ (eq-one)

$$ y = 2 $$

## Other

### Exercise 1 · pencil: p

### Exercise 2 · code: q
"""
TWO = "# Two\n\n## A part\n\n$$\nz = 3\n$$ (eq-two)\n\n### Deeper: d\n"


@pytest.fixture
def book(tmp_path):
    for name, body in (("01_one", ONE), ("02_two", TWO)):
        notebook = v4.new_notebook(cells=[v4.new_markdown_cell(body), v4.new_code_cell("lab.show(f)")])
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    return tmp_path


def restamped(book, capsys):
    command.main(["--restamp", *map(str, sorted(book.glob("*.ipynb")))])
    capsys.readouterr()
    return [reading.read(book / name).cells[0].source for name in ("01_one.ipynb", "02_two.ipynb")]


def test_the_tool_numbers_and_numbers_anew(book, capsys):
    first, second = restamped(book, capsys)
    assert second == '# 2 Two\n\n## 2.1 A part\n\n<a id="eq-two"></a>\n$$\nz = 3\\tag{2.1}\n$$\n\n### Deeper: d\n'
    for line in (
        "# 1 One",
        "Goes on in [Two (chapter 2)](02_two.ipynb), at [its part (section 2.1)](02_two.ipynb#a-part), in "
        "[(2.1)](02_two.ipynb#eq-two) and [(1.1)](#eq-one).",
        "See [chapter 2](02_two.ipynb), exercise 1.2 and exercise 1.1.",
        "| [2 Two](02_two.ipynb) |",
        "## Three from before",
        "## 1.1 A part",
        '<a id="eq-one"></a>\n$$ x = 1\\tag{1.1} $$\n\n$$ y = 2 $$',
        "## 1.2 Other",
        "### Exercise 1.1 · pencil: p",
        "### Exercise 1.2 · code: q",
    ):
        assert line in first, line
    assert first.startswith("# 1 One\n"), "MyST's name for it is gone"
    assert restamped(book, capsys) == [first, second], "once is enough"
    # A section with an equation is put before the others: all numbers move on, no anchor changes.
    path = book / "02_two.ipynb"
    notebook = reading.read(path)
    notebook.cells[0].source = second.replace("## 2.1", "## New\n\n$$ n $$ (eq-new)\n\n## 2.1")
    reading.write(path, notebook)
    told = "\n".join(lint.faults(path))
    assert "has old numbers, or MyST that only the page reads, in '## New'" in told
    first, second = restamped(book, capsys)
    assert (
        "## 2.2 A part" in second and "\\tag{2.2}" in second and "has old numbers" not in "\n".join(lint.faults(path))
    )
    assert "[its part (section 2.2)](02_two.ipynb#a-part), in [(2.2)](02_two.ipynb#eq-two)" in first


def test_anchors_outlive_numbers():
    for title in ("9.3 Every meeting adds", "12.10 Every meeting adds", "Every meeting adds"):
        assert reading.slug(title) == "every-meeting-adds"
    assert reading.slug("Exercise 9.2 · code: eight slopes") == reading.slug("Exercise 2 · code: eight slopes")
    assert reading.slug("784 pixels") == "pixels" and numbering.plain("0.9 times") == "times", "no title begins so"
    for path in NOTEBOOKS:
        for title in re.findall(r"^#{1,6} (.+)$", markdown(path), flags=re.M):
            assert not numbering.plain(title)[0].isdigit(), title


def test_numbers_are_no_words():
    plain = "# Title\n\n## A part\n\nSee [Two](02_two.ipynb), $x$ {eq}`eq-two` {cite}`mazur2015step`.\n\n### Exercise 1"
    told = (
        "# 2 Title\n\n## 2.1 A part\n\nSee [Two (chapter 2)](02_two.ipynb), $x$ [(2.1)](#eq-two) "
        "([Mazur, 2015](../book/references.md#mazur2015step)).\n\n### Exercise 2.1"
    )
    assert reading.words(plain) == reading.words(told) == 11


# ---- without MyST ----------------------------------------------------------------------------------------------------

MYST = r":::|\{(?:eq|cite|cite:t|dropdown|admonition|ref|doc|term)\}|^\([\w-]+\)=|\(eq-|(?<!\$)\{`"


def as_html(path):
    """What nbconvert makes of the Markdown of a chapter, and the text of it that a reader sees."""
    from nbconvert import HTMLExporter

    notebook = copy.deepcopy(cells(path))
    notebook.cells = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    body = HTMLExporter(template_name="basic").from_notebook_node(notebook)[0]
    return body, html.unescape(re.sub(r"<[^>]+>", "", body))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_without_myst_nothing_of_it_is_seen(path):
    body, seen = as_html(path)
    assert not re.search(MYST, seen, flags=re.M), re.search(MYST, seen, flags=re.M)
    assert not re.search(MYST, re.sub(r"\]\([^)]*\)", "]", markdown(path)), flags=re.M)
    # What folds is HTML that holds Markdown: it is set, and no mark of it is left.
    folds = markdown(path).count("<details>\n")
    assert body.count("<details>") == folds >= 3
    for inside in re.findall(r"<details>\n<summary>[^<]+</summary>(.*?)</details>", body, flags=re.S):
        inside = re.sub(r"<code>.*?</code>", "", inside, flags=re.S)
        assert re.match(r"\n*<(p|ul|ol|div)\b", inside) and not re.search(r"\*\*|^- |^\|", inside, flags=re.M), inside
    # A formula has its number in it, the anchor stands before it, and every reference within the chapter arrives.
    for label, number in tags(path).items():
        after = body[body.index(f'id="{label}"') :]
        assert f"\\tag{{{number}}}" in after[: after.index("$$", after.index("$$") + 2)]
    for label in re.findall(r'href="#(eq-[^"]+)"', body):
        assert f'<a id="{label}">' in body
    assert body.count("<blockquote>") >= markdown(path).count("> **In the sources**")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_the_page_reads_what_is_stored(path):
    """To MyST and back is the same, and nothing of what is stored is left in it."""
    labels = numbering.equations(path.parent)

    def reference(label):
        file, number = labels[label]
        return number, f"{'' if file == path.name else file}#{label}"

    for cell in cells(path).cells:
        if cell.cell_type == "markdown":
            read = portable.myst(cell.source)
            assert portable.stored(read, reference) == cell.source
            assert portable.myst(read) == read, "what is MyST stays"
            assert not re.search(r"\\tag|<details>|^> \*\*|references\.md#|\[\(\d", read, flags=re.M), read


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_citation_names_its_source(path):
    for said, key in re.findall(r"\[([^][]+)\]\(\.\./book/references\.md#([\w-]+)\)", markdown(path)):
        names, year = portable.sources()[key]
        assert said in (f"{names}, {year}", f"{names} ({year})")


def test_sources_are_cited_by_one_two_or_many():
    cited = portable.sources()
    assert cited["mazur2015step"] == ("Mazur", "2015") and cited["he2016deep"] == ("He et al.", "2016")
    assert cited["hochreiter1997lstm"] == ("Hochreiter and Schmidhuber", "1997")
    assert cited["chollet2015keras"] == ("Chollet et al.", "2015"), "and others"
    assert cited["geron2017hands"] == ("Géron", "2017")


def test_the_list_of_references_is_that_of_the_file():
    page = (ROOT / "book/references.md").read_text(encoding="utf-8")
    assert portable.listed(page) == page
    assert set(re.findall(r'^\* <a id="([\w-]+)"></a>\w', page, flags=re.M)) == set(portable.sources())
    assert portable.unlisted(page).endswith("## Cited in this book\n\n```{bibliography}\n:all:\n```\n")
    assert portable.unlisted("other") == "other"


@pytest.mark.parametrize(
    ("myst", "stored"),
    [
        ("$$ x $$ (eq-a)", '<a id="eq-a"></a>\n$$ x\\tag{1.2} $$'),
        ("$$x\n$$\n\n$$ y $$ (eq-a)", '$$x\n$$\n\n<a id="eq-a"></a>\n$$ y\\tag{1.2} $$'),
        ("by {eq}`eq-a`,", "by [(1.2)](#eq-a),"),
        (
            "so {cite}`mazur2015step,goh2017`.",
            "so ([Mazur, 2015](../book/references.md#mazur2015step); [Goh, 2017](../book/references.md#goh2017)).",
        ),
        ("{cite:t}`goh2017` has", "[Goh (2017)](../book/references.md#goh2017) has"),
        (
            "a\n\n:::{dropdown} Hint\nb\n\n- c\n:::\n\n:::{dropdown} More\nd\n:::",
            "a\n\n<details>\n<summary>Hint</summary>\n\nb\n\n- c\n\n</details>\n\n"
            "<details>\n<summary>More</summary>\n\nd\n\n</details>",
        ),
        (":::{admonition} T\n:class: note\na\n\nb\n:::\n\nc", "> **T**\n>\n> a\n>\n> b\n\nc"),
    ],
)
def test_each_form(myst, stored):
    assert portable.stored(myst, lambda label: ("1.2", f"#{label}")) == stored
    assert portable.myst(stored) == myst


def test_what_only_looks_like_it_stays():
    folded = '<details class="nn-fold">\n<summary>S</summary>\n<p>x</p>\n</details>'
    for other in (folded, "> quoted", "[(1)](x.md)", "$$ x $$"):
        assert portable.myst(other) == other == portable.stored(other, None)

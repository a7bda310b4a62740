"""The book as a whole: anatomy and minutes of chapters, links, the rules of the house, the extension."""

import importlib.util
import json
import os
import re
import shutil
import subprocess
from types import SimpleNamespace

import pytest
import yaml

import colab
import lint
import reading
from tests.chapters import NAMES, NOTEBOOKS, ROOT, cells, text

pytestmark = pytest.mark.book

PAGES = sorted((ROOT / "book").glob("*.md"))


def extension():
    spec = importlib.util.spec_from_file_location("course", ROOT / "book/_ext/course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def anchors(path):
    body = text(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")
    found = {reading.slug(t) for t in re.findall(r"^#{1,6} +(.+?) *$", body, flags=re.M)}
    return found | {m[1] or m[2] for m in re.finditer(r"^\(([\w-]+)\)=$|<a id=\"([\w-]+)\"></a>", body, flags=re.M)}


# ---- chapters --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_chapter_is_whole(path):
    assert lint.faults(path) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_the_core_takes_25_to_45_minutes(path):
    core, *_ = reading.minutes(cells(path))
    assert 25 <= core <= 45


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_anatomy(path):
    notebook = cells(path)
    body = text(path)
    sections = [t for t in re.findall(r"^## +(.+)$", body, flags=re.M)]
    assert sections[0] == "Three from before"
    assert sections[-1] == "What comes next" or sections[-1].startswith("Deeper")
    goals = re.search(r"You will be able to\**\s*\n+((?:[-*] .+\n?(?:  .+\n?)*)+)", body)
    assert 3 <= len(re.findall(r"^[-*] ", goals[1], flags=re.M)) <= 5
    code = "\n".join(c.source for c in notebook.cells if c.cell_type == "code")
    assert code.count("lab.loop(") == 1
    assert code.count("lab.predict(") >= 2
    assert code.count("lab.explore(") >= 1
    assert body.count("In the sources") <= 3
    exercises = re.findall(r"^### Exercise \d+\.\d+ · (\w+)", body, flags=re.M)
    assert len(exercises) >= 3 and {"pencil", "code", "experiment"} <= set(exercises)
    assert len(re.findall(r"^#### Solution", body, flags=re.M)) == len(exercises)
    assert body.count("<summary>Hint</summary>") >= len(exercises)
    machine = [c for c in notebook.cells if "machine-check" in c.metadata.get("tags", [])]
    assert len(machine) == 1 and machine[0].outputs and machine[0] is notebook.cells[-1]
    assert "remove-cell" in machine[0].metadata.tags, "bare numbers are for the tests, and not on the page"
    solutions = [c for c, _, folded in reading.blocks(notebook) if folded == "solution"]
    assert solutions and all("solution" in c.metadata.get("tags", []) for c in solutions)
    handout = [c.source for c in notebook.cells if "solution" not in c.metadata.get("tags", [])]
    assert not any(re.search(r"^#+ Solution", source, flags=re.M) for source in handout)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_no_mathematics_that_nnlib_has(path):
    """A chapter derives; it does not keep its own copy of what nnlib computes. Of scikit-learn it takes the search."""
    for cell, _, folded in reading.blocks(cells(path)):
        if cell.cell_type == "code" and not folded:
            assert "import torch" not in cell.source
            assert "sklearn" not in cell.source.replace("from sklearn.model_selection import", "")


def test_every_topic_of_the_sources_has_its_place():
    course, rows = extension(), json.loads((ROOT / "book/topics.json").read_text(encoding="utf-8"))
    counts = {"D0": 20, "D1": 19, "D2": 29, "D3": 41, "D4": 28}
    assert [row["id"] for row in rows] == [f"{d}.{k:02}" for d, n in counts.items() for k in range(1, n + 1)]
    assert len(rows) == 137 and len({row["topic"] for row in rows}) == 137
    for row in rows:
        title, target = re.fullmatch(r"\[(.+)\]\((.+)\)", course.Topics.place(row["section"])).groups()
        file, _, anchor = target.partition("#")
        path = (ROOT / "book" / file).resolve()
        assert path.exists() and (not anchor or anchor in anchors(path)), row
        assert not anchor or title[5:] in text(path), row


def test_the_formula_sheet_takes_equations_that_are_checked():
    course, rows = extension(), json.loads((ROOT / "book/formula_sheet.json").read_text(encoding="utf-8"))
    equations, checks = course.labeled_equations(), course.places()[1]
    labels = [row["eq"] for row in rows]
    assert len(labels) == len(set(labels)) >= 20
    assert set(labels) <= set(equations) and set(labels) <= set(checks)
    numbers = [equations[label][0] for label in labels]
    assert numbers == sorted(numbers), "in the order of the chapters"
    calls = [row["call"].split("(")[0].split(".")[0] for row in rows if row["call"]]
    import nnlib

    assert all(hasattr(nnlib, call) or call == "net" for call in calls), calls


def test_all_94_errata_are_there():
    found = [r["id"] for p in (ROOT / "book/errata").glob("*.json") for r in json.loads(p.read_text(encoding="utf-8"))]
    sizes = {"A": 11, "B": 19, "C": 17, "D": 15, "E": 15, "F": 8, "G": 9}
    assert sorted(found) == sorted(f"{letter}{k}" for letter, n in sizes.items() for k in range(1, n + 1))
    assert len(found) == 94


def test_the_contents_list_what_exists():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])]
    there = [f"book/{p.stem}" for p in PAGES] + [f"notebooks/{p.stem}" for p in NOTEBOOKS]
    assert sorted(listed) == sorted(there)


def needs(path):
    """The chapters that a chapter's opening says it needs, the optional Toolkit apart."""
    line = re.search(r"\*\*You need\*\*.*", text(path))[0]
    return [name for name in re.findall(r"\]\((\w+)\.ipynb", line) if not name.startswith("00_")]


def test_no_route_needs_a_chapter_it_skips():
    page = (ROOT / "book/index.md").read_text(encoding="utf-8").partition("## Three routes")[2]
    routes = [re.findall(r"notebooks/(\w+)\.ipynb", line) for line in page.split("\n") if line.startswith("| a ")]
    assert len(routes) == 3 and len(routes[0]) == len(NOTEBOOKS) and len(routes[1]) >= 4
    for route in routes:
        for n, name in enumerate(route):
            assert set(needs(ROOT / f"notebooks/{name}.ipynb")) <= set(route[:n]), f"{name} on the route {route}"


# ---- links -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", [*NOTEBOOKS, *PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda p: p.stem
)
def test_every_link_has_a_target(path):
    if path.suffix == ".ipynb":
        body = "\n".join(c.source for c in cells(path).cells if c.cell_type == "markdown")
    else:
        body = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", body):
        if target.startswith(("http://", "https://", "#")):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve()
        assert found.exists(), target
        if anchor:
            assert anchor in anchors(found), target


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_terms_are_linked_at_first_use(path):
    assert len(re.findall(r"\.\./book/glossary\.md#", text(path))) >= 5


def test_the_glossary_is_in_order():
    terms = re.findall(r"^### (.+)$", (ROOT / "book/glossary.md").read_text(encoding="utf-8"), flags=re.M)
    assert terms == sorted(terms, key=str.lower) and len(set(terms)) == len(terms) >= 20


# ---- the rules of the house ------------------------------------------------------------------------------------------


def tracked():
    said = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, encoding="utf-8")
    if said.returncode or not said.stdout.strip():
        pytest.skip("not a git checkout")
    return [ROOT / name for name in said.stdout.split("\n") if name and (ROOT / name).is_file()]


def test_nothing_names_a_machine_or_a_secret():
    bad = re.compile(r"(?<![\w.:/])/(?:home|root|tmp|Users)/\w+|pypi\.org/simple|BEGIN [A-Z ]*PRIVATE KEY")
    for path in tracked():
        if path.suffix in {".png", ".ico"} or path == ROOT / "tests/test_book.py":
            continue
        found = bad.search(path.read_text(encoding="utf-8", errors="ignore"))
        assert not found, f"{path.relative_to(ROOT)}: {found and found[0]}"


def test_contributing_is_short():
    assert len((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").splitlines()) <= 60


def test_without_make_it_is_the_same():
    """What README tells those who have no make is what make does."""
    told = (ROOT / "README.md").read_text(encoding="utf-8").split("## Without make")[1].split("\n## ")[0]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    programs = re.findall(r"^(?:book|lab|test):.*\n\t\$\(BIN\)/(python \S+)$", makefile, re.M)
    assert len(programs) == 3 and all(f".venv/bin/{program}" in told for program in programs)
    sets = re.findall(r"^(?:book|lab|test): \.venv/(\w+)$", makefile, re.M)
    assert len(sets) == 3 and all(f"python book/environment.py {name}" in told for name in sets)


def test_pins_are_exact():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    lines = [x for x in lines if x and not x.startswith(("#", "-"))]
    assert len(lines) > 50 and all(re.match(r"^[\w.\-\[\]]+==[\w.+!]+( ;.*)?$", x) for x in lines)


# ---- the extension ---------------------------------------------------------------------------------------------------


def at_home(monkeypatch):
    """Not in Actions, and git without the settings of whoever runs the test."""
    for name in ("GITHUB_REPOSITORY", "GITHUB_REF_NAME", "GITHUB_BASE_REF"):
        monkeypatch.delenv(name, raising=False)
    for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(name, os.devnull)


@pytest.mark.parametrize(
    ("origin", "wanted"),
    [
        ("https://github.com/acme/course.git", "https://github.com/acme/course"),
        ("https://someone:secret@github.com/acme/course", "https://github.com/acme/course"),
        ("git@github.com:acme/course.git", "https://github.com/acme/course"),
        ("ssh://git@github.com/acme/course.git", "https://github.com/acme/course"),
        ("https://example.org/acme/course.git", None),
        (None, None),
    ],
)
def test_buttons_come_from_the_remote(tmp_path, monkeypatch, origin, wanted):
    at_home(monkeypatch)
    subprocess.run(["git", "init", "-q", "-b", "main", tmp_path], check=True)
    if origin:
        subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", origin], check=True)
    found = extension().remote(tmp_path)
    assert found == (wanted and (wanted, "main"))
    monkeypatch.setenv("GITHUB_REPOSITORY", "fork/course")
    assert extension().remote(tmp_path) == ("https://github.com/fork/course", "main")


def test_a_copy_inside_another_repository_is_not_that_repository(tmp_path, monkeypatch):
    at_home(monkeypatch)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", "https://github.com/else/where"], check=True)
    (tmp_path / "course").mkdir()
    assert extension().remote(tmp_path / "course") is None
    assert extension().remote(tmp_path)[0] == "https://github.com/else/where"


def clone(tmp_path, branch):
    """A clone of a repository on that branch, which calls the original acme/course on GitHub."""
    first, second = tmp_path / "first", tmp_path / "second"
    who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run(["git", "init", "-q", "-b", branch, first], check=True)
    subprocess.run(["git", "-C", first, *who, "commit", "-q", "--allow-empty", "-m", "begun"], check=True)
    subprocess.run(["git", "clone", "-q", first, second], check=True)
    address = "https://github.com/acme/course"
    subprocess.run(["git", "-C", second, "remote", "set-url", "origin", address], check=True)
    return second


@pytest.mark.parametrize("branch", ["main", "master", "lessons/spring"])
@pytest.mark.parametrize("then", [[], ["checkout", "-q", "-b", "mine"], ["checkout", "-q", "--detach"]])
def test_links_lead_to_a_branch_that_is_there(tmp_path, monkeypatch, branch, then):
    """The branch of the clone; where one is made here or none is checked out, the original's own."""
    at_home(monkeypatch)
    here = clone(tmp_path, branch)
    if then:
        subprocess.run(["git", "-C", here, *then], check=True)
    assert extension().remote(here) == ("https://github.com/acme/course", branch)


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({"GITHUB_REF_NAME": "main"}, "main"),
        ({"GITHUB_REF_NAME": "master", "GITHUB_BASE_REF": ""}, "master"),
        ({"GITHUB_REF_NAME": "12/merge", "GITHUB_BASE_REF": "main"}, "main"),
        ({"GITHUB_REF_NAME": "12/merge", "GITHUB_BASE_REF": "trunk"}, "trunk"),
        ({"GITHUB_REF_NAME": "v1.0"}, "v1.0"),
        ({}, "main"),
    ],
)
def test_in_actions_the_branch_is_one_of_the_repository(tmp_path, monkeypatch, environment, wanted):
    at_home(monkeypatch)
    for name, value in ({"GITHUB_REPOSITORY": "acme/course"} | environment).items():
        monkeypatch.setenv(name, value)
    assert extension().remote(tmp_path) == ("https://github.com/acme/course", wanted)


def test_the_page_has_the_address_in_its_line_on_colab(tmp_path, monkeypatch):
    from docutils import nodes
    from docutils.utils import new_document

    at_home(monkeypatch)
    course, stored = extension(), colab.elsewhere("04_activations.ipynb")
    page = new_document("page")
    page += nodes.raw("", stored, format="html")
    page += nodes.raw("", "<p>other</p>", format="html")
    monkeypatch.setattr(course, "remote", lambda: None)
    course.address_line(None, page, "notebooks/04_activations")
    assert [n.astext() for n in page] == [stored, "<p>other</p>"], "without an address nothing is filled in"
    monkeypatch.setattr(course, "remote", lambda: ("https://github.com/acme/course", "trunk"))
    course.address_line(None, page, "notebooks/04_activations")
    line, other = (n.astext() for n in page)
    there = "https://colab.research.google.com/github/acme/course/blob/trunk/notebooks/04_activations.ipynb"
    assert f'href="{there}"' in line and colab.UNKNOWN not in line and other == "<p>other</p>"
    assert '%pip install "nnlib[chapters] @ git+https://github.com/acme/course@trunk"' in line


def test_a_notebook_for_download_has_the_address(tmp_path, monkeypatch):
    course, app = extension(), SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"))
    kept = tmp_path / "_sources/notebooks" / NOTEBOOKS[4].name
    kept.parent.mkdir(parents=True)
    shutil.copyfile(NOTEBOOKS[4], kept)
    monkeypatch.setattr(course, "remote", lambda: None)
    course.addressed_notebooks(app, None)
    assert kept.read_bytes() == NOTEBOOKS[4].read_bytes()
    monkeypatch.setattr(course, "remote", lambda: ("https://github.com/acme/course", "trunk"))
    course.addressed_notebooks(app, None)
    assert "git+https://github.com/acme/course@trunk" in "\n".join(c.source for c in reading.read(kept).cells)


@pytest.mark.parametrize("name", ["myst-nb", "sphinx"])
def test_another_version_of_what_the_extension_reaches_into_is_told_aloud(monkeypatch, name):
    course = extension()
    course.made_for()  # what is installed here
    versions = {n: course.importlib.metadata.version(n) for n in course.INSIDE} | {name: "99.1"}
    monkeypatch.setattr(course.importlib.metadata, "version", versions.get)
    with pytest.raises(
        course.ExtensionError, match=rf"{name} 99\.1 is installed, .* inside {name} \d.*setup.*pin the new"
    ):
        course.setup(SimpleNamespace())  # before it has touched anything


def test_minutes_count_what_they_say():
    import nbformat.v4 as v4

    md, code = v4.new_markdown_cell, v4.new_code_cell
    notebook = v4.new_notebook(cells=[
        md("# A\n\n" + "word " * 180),
        md("$$ x = y $$ (eq-x)"),
        code('lab.explore(f, x=g)'),
        code('lab.quiz("04-q1", "04-q2")'),
        md("## One worked example: a gate"),
        md("### Deeper: more\n\n" + "word " * 360),
        md("## Exercises\n\n### Exercise 1.1 · pencil: a slope\n\n" + "word " * 180 + "$$ x = y $$ (eq-z)"),
        md("### Exercise 1.2 · code: a function"),
        code('lab.check("01-c1", f)'),
        code('lab.quiz("01-l1")'),
        md("#### Solution\n\n" + "word " * 180),
        md("## Next\n\n:::{dropdown} Hint\n" + "word " * 900 + "\n:::\n"),
    ])  # fmt: skip
    assert reading.minutes(notebook) == (1 + 1 + 3 + 2 + 3, 10 + 20, 2)


def test_quiz_files_belong_to_chapters_or_to_a_page_that_shows_them():
    there = {p.stem for p in (ROOT / "notebooks/quiz").glob("*.json")}
    tests = {stem for stem in there if not stem.isdigit()}
    assert there - tests == {p.stem[:2] for p in NOTEBOOKS}
    pages = "\n".join(p.read_text(encoding="utf-8") for p in PAGES)
    assert tests == set(re.findall(r"""lab\.exam\(["'](\w+)["']""", pages))
    for path in (ROOT / "notebooks/quiz").glob("*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))

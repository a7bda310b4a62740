"""On the built pages: every number is the one that `numbering` counts, in all places that say it."""

import html as entities
import re

import pytest

import numbering
from tests.chapters import NOTEBOOKS, text

from .conftest import CHAPTERS

LINK = re.compile(r"notebooks/(\w+)\.ipynb#([\w-]+)")
PATHS = {f"notebooks/{path.stem}.html": path for path in NOTEBOOKS}


def plain(markup):
    """What a reader sees of a piece of HTML, without the link to itself that a heading has."""
    seen = re.sub(r"<[^>]+>", "", re.sub(r'<a class="headerlink".*?</a>', "", markup, flags=re.S))
    return " ".join(entities.unescape(seen).replace("’", "'").split())


def titles():
    return {name: plain(re.search(r"^# (.+)$", text(path), flags=re.M)[1]) for name, path in PATHS.items()}


@pytest.fixture(scope="module")
def pages(html):
    return {name: (html / name).read_text(encoding="utf-8") for name in CHAPTERS}


@pytest.mark.parametrize("name", PATHS)
def test_a_page_has_the_numbers(pages, name):
    page, counted = pages[name], numbering.chapter(PATHS[name])
    title = titles()[name]
    assert title.startswith(f"{counted.number} ")
    assert plain(re.search(r"<title>(.*?)</title>", page, re.S)[1]).startswith(f"{title} —")
    assert {plain(h) for h in re.findall(r"<h1>(.*?)</h1>", page, re.S)} == {title}
    # Sections, on the page and in its contents at the side; their addresses have no number.
    sections = [plain(h) for h in re.findall(r"<h2[^>]*>(.*?)</h2>", page, re.S)]
    numbers = [number for number in counted.sections.values() if "." in number]
    assert [s.split()[0] for s in sections if s[0].isdigit()] == numbers
    for slug, number in counted.sections.items():
        if "." in number:
            assert re.search(rf'<section[^>]*>\s*(?:<span id="[^"]*"></span>)*<h2[^>]*>{re.escape(number)} ', page), (
                slug
            )
    assert not re.search(r'<section id="\d', page)
    # Equations beside their formulas, and wherever a text refers to one.
    assert re.findall(r'class="eqno">\((.*?)\)<', page) == list(counted.equations.values())
    known = {label: number for path in NOTEBOOKS for label, number in numbering.chapter(path).equations.items()}
    referred = re.findall(r'<a class="reference internal" href="[^"]*#equation-(eq-[^"]+)">\((.*?)\)</a>', page)
    assert all(known[label] == said for label, said in referred)
    # Figures below what is drawn.
    figures = re.findall(r'<p class="nn-figure-no" id="figure-([\d-]+)">Figure ([\d.]+)</p>', page)
    assert figures == [(number.replace(".", "-"), number) for number in counted.figures.values()]
    assert "dropdown}" not in page and "admonition}" not in page and "\\tag{" not in page


def test_the_sidebar_and_the_neighbors_say_the_numbers(pages):
    order, known = list(PATHS), titles()
    for n, name in enumerate(order):
        side = re.search(r'<nav class="bd-links.*?</nav>', pages[name], re.S)[0]
        entries = [plain(a) for a in re.findall(r'<li class="toctree-l1.*?</a>', side, re.S)]
        assert [entry for entry in entries if entry[0].isdigit()] == list(known.values())
        after = re.search(r'<a class="right-next".*?</a>', pages[name], re.S)
        if n + 1 < len(order) and order[n + 1] in after[0].replace("../", "notebooks/"):
            assert plain(after[0]).endswith(known[order[n + 1]])


def test_what_questions_name_is_there(pages):
    """By its heading without the number; so is every exercise, whose number has a chapter now."""
    banks = NOTEBOOKS[0].parent.glob("quiz/*.json")
    named = {link for bank in banks for link in LINK.findall(bank.read_text(encoding="utf-8"))}
    assert len(named) > 40
    for file, anchor in named:
        assert f' id="{anchor}"' in pages[f"notebooks/{file}.html"], anchor
    assert ' id="exercise-2-code-eight-slopes"' in pages["notebooks/09_backprop_by_hand.html"]


def test_other_pages_say_the_numbers(html):
    def rows(name, look):
        table = re.search(
            rf'<table class="[^"]*{look}.*?</table>', (html / f"book/{name}.html").read_text("utf-8"), re.S
        )[0]
        return re.findall(r"<tr.*?</tr>", table, re.S)[1:]

    for row, title in zip(rows("instructors", "nn-chapters"), titles().values(), strict=True):
        assert plain(row).startswith(f"{title}:")
    links = [
        a for row in rows("errata", "nn-errata") for a in re.findall(r'notebooks/(\S+?)\.html#[^"]*">(.*?)</a>', row)
    ]
    assert len(links) > 90
    for file, said in links:
        assert re.match(rf"{int(file[:2])}(?:\.\d+)? ", plain(said)), said

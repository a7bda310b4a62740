"""Every page, as a reader meets it: silent console, no request, no sideways scrolling, nothing that bars anyone."""

import json
import re
import time
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from .conftest import HTML, ROOT, settled, unfold

PAGES = sorted(
    p.relative_to(HTML).as_posix() for folder in ("book", "notebooks") for p in (HTML / folder).glob("*.html")
)
CHAPTERS = [p for p in PAGES if p.startswith("notebooks/")]
OURS = json.loads((ROOT / "tests/browser/theme_faults.json").read_text(encoding="utf-8"))


def test_there_are_pages():
    assert len(CHAPTERS) == len(list((ROOT / "notebooks").glob("*.ipynb"))) > 0


# One page is loaded once, at a desk, and looked at in turn: loading takes longer than most looks.
at_a_desk = pytest.mark.parametrize("whole_page", PAGES, indirect=True, scope="module")


@at_a_desk
def test_silent_and_alone(whole_page):
    whole_page.wait_for_timeout(300)
    assert whole_page.faults == []


@at_a_desk
def test_mathematics_is_typeset(whole_page):
    if whole_page.locator("article .math").count():
        whole_page.wait_for_function("document.querySelectorAll('mjx-container').length > 0")
        whole_page.wait_for_timeout(500)
    else:
        assert whole_page.name not in CHAPTERS
    assert whole_page.locator("mjx-merror, [data-mjx-error]").count() == 0
    assert whole_page.locator("article .math:not(:has(mjx-container))").count() == 0


@at_a_desk
def test_equations_lead_to_their_code(whole_page, html):
    links = whole_page.locator("a.nn-source").evaluate_all("all => all.map(a => a.href)")
    assert links or whole_page.name not in CHAPTERS
    for link in links:
        url = urlparse(link)
        listing = (html / unquote(url.path)).read_text(encoding="utf-8")
        assert f'id="{url.fragment}"' in listing or f'name="{url.fragment}"' in listing


# Most of a page's elements are words of code and parts of formulas, a thousand alike. Three of each kind stay.
THIN = """() => {
const seen = {};
document.querySelectorAll('.highlight span[class]').forEach(e => {
  seen[e.className] = (seen[e.className] || 0) + 1;
  if (seen[e.className] > 3) e.replaceWith(...e.childNodes) });
document.querySelectorAll('.highlight pre').forEach(e => e.normalize());
[...document.querySelectorAll('mjx-container')].slice(3).forEach(e => e.replaceChildren('x')) }"""


@at_a_desk
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_article(whole_page, theme):
    from axe_playwright_python.sync_playwright import Axe

    page = whole_page
    page.emulate_media(color_scheme=theme)
    page.wait_for_function("t => document.documentElement.dataset.theme === t", arg=theme)
    page.wait_for_timeout(200)
    page.evaluate(THIN)
    # Without what passed: telling it takes longer than finding out.
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    inside, outside = [], {}
    for rule in found:
        for node in rule["nodes"]:
            if page.evaluate("s => !!document.querySelector(s)?.closest('article')", node["target"][0]):
                inside.append(f"{rule['id']}: {node['html'][:150]}")
            else:
                outside[rule["id"]] = outside.get(rule["id"], 0) + 1
    assert inside == []
    # The theme's own faults, frozen: they may become fewer, not more.
    assert all(count <= OURS.get(rule, 0) for rule, count in outside.items()), outside


@pytest.mark.parametrize("name", PAGES)
def test_fits_a_phone(open_page, name):
    page = open_page(name, width=390, height=844)
    unfold(page)
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    wide = page.evaluate(
        "[...document.querySelectorAll('article .nn-explore, article .nn-quiz, article img')]"
        ".filter(e => e.getBoundingClientRect().right > 391).map(e => e.id || e.alt)"
    )
    assert wide == []
    # A formula may scroll in its box, but nothing on the screen says so: none is wider than a phone.
    typeset = "[...document.querySelectorAll('article .math')].every(e => e.querySelector('mjx-container'))"
    page.wait_for_function(f"document.fonts.ready.then(() => {typeset})", timeout=30_000)
    cut = page.evaluate(
        "[...document.querySelectorAll('mjx-container[display=true]')]"
        ".filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.closest('[id]').id)"
    )
    assert cut == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_weight_and_first_move(open_page, html, name):
    assert (html / name).stat().st_size <= 2_000_000
    page = open_page(name)
    page.wait_for_load_state("networkidle")
    shared = [Path(file) for file in page.files if not file.endswith(".html")]
    weight = sum(file.stat().st_size for file in shared)
    assert 0 < weight <= 4_000_000, weight
    times = []
    while min(times, default=9) > 1.5 and len(times) < 3:
        begun = time.monotonic()
        page.reload(wait_until="commit")
        page.wait_for_function("document.querySelector('.nn-explore')?.dataset.ready")
        times.append(time.monotonic() - begun)
    assert min(times) <= 1.5, times


@pytest.mark.parametrize("name", CHAPTERS)
def test_without_javascript_everything_is_there(open_page, name):
    page = open_page(name, java_script_enabled=False)
    assert page.locator(".nn-explore img").count() == page.locator(".nn-explore").count() > 0
    assert page.locator(".nn-locked").count() == 0
    for picture in page.locator(".nn-explore img").all():
        assert picture.evaluate("i => i.complete && i.naturalWidth > 100")
        assert len(picture.get_attribute("alt")) > 20
    assert page.locator(".nn-key").count() == page.locator(".nn-quiz").count()


def test_the_formula_sheet_is_one_page_of_a4(open_page):
    page = open_page("book/formula_sheet.html")
    page.wait_for_function("document.querySelectorAll('.nn-sheet mjx-container').length > 0")
    page.wait_for_timeout(500)
    formulas = page.locator(".nn-formula").count()
    assert formulas == page.locator(".nn-formula:has(mjx-container):has(a)").count() >= 20
    printed = page.pdf(format="A4", print_background=True)
    assert len(re.findall(rb"/Type */Page\b", printed)) == 1
    # Nothing is cut off at the width of the sheet, 194 millimeters.
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 733, "height": 1060})
    wide = page.locator(".nn-sheet mjx-container").evaluate_all(
        "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.closest('.nn-formula').innerText)"
    )
    assert wide == []


def test_topics_lead_to_their_sections(open_page, html):
    page = open_page("book/from_your_notes.html")
    links = page.locator(".nn-topics td:last-child a").evaluate_all("all => all.map(a => a.href)")
    assert len(links) == 137
    for link in links:
        url = urlparse(link)
        target = (html / unquote(url.path)).read_text(encoding="utf-8")
        assert not url.fragment or f'id="{unquote(url.fragment)}"' in target, link

"""Every page, as a reader meets it: silent console, no request, no sideways scrolling, nothing that bars anyone."""

import json
import re
from importlib import resources
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from .conftest import CHAPTERS, PAGES, ROOT, WIDE, go, settled, typeset, unfold, whole

OURS = json.loads((ROOT / "tests/browser/theme_faults.json").read_text(encoding="utf-8"))
ONE_OF_EACH = ["book/index.html", "book/playground.html", "book/part_test_1.html", *CHAPTERS[-1:]]  # a class of pages


def test_there_are_pages():
    assert len(CHAPTERS) == len(list((ROOT / "notebooks").glob("*.ipynb"))) > 0


@whole(PAGES)
def test_silent_and_alone(whole_page):
    assert whole_page.faults == []


@whole(PAGES)
def test_mathematics_is_typeset(whole_page):
    seen = whole_page.seen["typeset"]
    assert seen["formulas"] or whole_page.name not in CHAPTERS
    assert seen["wrong"] == seen["left"] == []
    assert seen["thin"] == 0, "a ⊤ whose bar is lost on a coarse screen"


@whole(PAGES)
def test_equations_lead_to_their_code(whole_page, html):
    links = whole_page.locator("a.nn-source").evaluate_all("all => all.map(a => a.href)")
    assert links or whole_page.name not in CHAPTERS
    for link in links:
        url = urlparse(link)
        listing = (html / unquote(url.path)).read_text(encoding="utf-8")
        assert f'id="{url.fragment}"' in listing or f'name="{url.fragment}"' in listing


@whole(PAGES)
def test_fits_a_phone(whole_page):
    fits(whole_page.seen["phone"])


def fits(phone):
    assert phone["width"] <= 390
    assert phone["wide"] == []
    # A formula may scroll in its box, but nothing on the screen says so: none is wider than a phone.
    assert phone["cut"] == []
    # A table may be wider, and then it fades at its edge; one that fits does not.
    assert [hint for hint in phone["hints"] if hint[0] != hint[1]] == []


@whole(PAGES)
def test_pictures_are_seen_at_a_desk_and_on_paper(whole_page):
    assert whole_page.seen["unseen"] == {**dict.fromkeys(WIDE, []), "paper": []}


@whole(PAGES)
def test_letters_in_pictures_can_be_read_on_a_phone(whole_page):
    small = [(name, size) for name, size in whole_page.seen["letters"] if size < 10.9]
    assert small == []
    assert whole_page.seen["letters"] or whole_page.name not in CHAPTERS


@whole(PAGES)
def test_knobs_are_in_sight_while_the_picture_is(whole_page):
    assert [name for name, seen in whole_page.seen["knobs"] if not seen] == []
    assert whole_page.seen["knobs"] or whole_page.name not in CHAPTERS


@whole(PAGES)
def test_nothing_scrolls_sideways_on_a_wide_screen(whole_page):
    assert whole_page.seen["sideways"] == {width: [] for width in WIDE}


@whole(CHAPTERS)
def test_weight_and_first_move(whole_page, html):
    page = whole_page
    assert (html / page.name).stat().st_size <= 2_000_000
    shared = [Path(file) for file in page.seen["files"] if not file.endswith(".html")]
    weight = sum(file.stat().st_size for file in shared)
    assert 0 < weight <= 4_500_000, weight
    times = page.seen["first move"]
    assert len(times) == 2 and all(times)
    assert min(times) <= 1.5, times


# ---- axe -------------------------------------------------------------------------------------------------------------

# Most of a page's elements are words of code and parts of formulas, a thousand alike. Three of each kind stay.
THIN = """() => {
const seen = {};
document.querySelectorAll('.highlight span[class], .sig span[class]').forEach(e => {
  const kind = (e.closest('.highlight') ? '' : 'sig ') + e.className;
  seen[kind] = (seen[kind] || 0) + 1;
  if (seen[kind] > 3) e.replaceWith(...e.childNodes) });
document.querySelectorAll('.highlight pre, .sig').forEach(e => e.normalize());
[...document.querySelectorAll('mjx-container')].slice(3).forEach(e => e.replaceChildren('x')) }"""
# What hangs on colors is asked of three elements of each kind: the same colors, letters and backgrounds up to the
# root, in the article or out of it. The other rules do not see colors: a theme changes for them what it shows or hides.
LOOK = """async all => {
const colors = ['color-contrast', 'link-in-text-block'], kinds = {}, alike = [], known = new Map();
const shown = e => e.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true, opacityProperty: true});
const ground = e => { if (!e) return ''; if (known.has(e)) return known.get(e);
  const s = getComputedStyle(e), own = [s.backgroundColor, s.backgroundImage, s.opacity, s.filter, s.position].join();
  const before = ground(e.parentElement), sum = before.endsWith(own) ? before : before + '|' + own;
  known.set(e, sum); return sum };
const every = [...document.body.querySelectorAll('*')], seen = every.map(shown);
every.forEach((e, k) => {
  const words = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  if (!seen[k] || !words && !e.matches('input,select,textarea,a,button')) return;
  const s = getComputedStyle(e), p = getComputedStyle(e.parentElement), b = e.getBoundingClientRect();
  const kind = [e.matches('a,input,select,textarea,button') ? e.localName : '', s.color, s.fontSize, s.fontWeight,
    s.textDecorationLine, s.textShadow, s.borderBottom, b.width > 1 && b.height > 1, !!e.disabled, p.color,
    p.fontWeight, !!e.closest('article'), ground(e)].join();
  if ((kinds[kind] = (kinds[kind] || 0) + 1) <= 3) alike.push(e) });
/* Without what passed: telling it takes longer than finding out. */
const nodes = [], look = async (context, options) => {
  const found = await axe.run(context, {resultTypes: ['violations'], ...options});
  for (const rule of found.violations) for (const node of rule.nodes)
    nodes.push({rule: rule.id, html: node.html.slice(0, 150),
      inside: !!document.querySelector(node.target[0])?.closest('article')}) };
const before = window.seenBefore, ask = (id, selector) => axe.configure({rules: [{id, selector}]});
window.seenBefore = seen;
document.querySelectorAll('[data-alike]').forEach(e => e.removeAttribute('data-alike'));
alike.forEach(e => { e.dataset.alike = '' });
if (!all) ask('color-contrast', '[data-alike]');
if (all || !before) await look(document, {});
else {
  ask('link-in-text-block', 'a[href][data-alike]');
  await look(document, {runOnly: colors});
  const shows = every.filter((e, k) => seen[k] && !before[k]);
  const others = {rules: Object.fromEntries(colors.map(c => [c, {enabled: false}]))};
  if (shows.length) await look({include: shows}, others) }
return nodes }"""


def axe_script():
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def look(page, theme, every=False):
    """What axe finds on the page in a theme; `every`: all rules on all elements, those that are alike, too."""
    page.emulate_media(color_scheme=theme)
    page.wait_for_function("t => document.documentElement.dataset.theme === t", arg=theme)
    # Colors may fade from one theme to the other.
    page.evaluate("Promise.allSettled(document.getAnimations().filter(a => a.finish).map(a => a.finish()))")
    return page.evaluate(LOOK, every)


def judge(nodes):
    inside = [f"{node['rule']}: {node['html']}" for node in nodes if node["inside"]]
    assert inside == []
    # The theme's own faults, frozen: they may become fewer, not more.
    outside = [node["rule"] for node in nodes if not node["inside"]]
    assert all(outside.count(rule) <= OURS.get(rule, 0) for rule in outside), outside


@pytest.fixture(scope="session")
def looked(whole_page):
    """What axe finds on a page in each theme."""
    whole_page.evaluate(THIN)
    whole_page.evaluate(axe_script())
    return {theme: look(whole_page, theme) for theme in ("light", "dark")}


@pytest.mark.last
@whole(PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_the_article(looked, theme):
    judge(looked[theme])


@pytest.mark.parametrize("name", ONE_OF_EACH)
def test_axe_finds_nothing_with_all_its_rules_in_the_dark(desk, html, name):
    """One page of each class: what is asked of three elements of a kind above is asked of all."""
    page = go(desk, html, name)
    settled(page)
    typeset(page)
    unfold(page)
    page.evaluate(THIN)
    page.evaluate(axe_script())
    judge(look(page, "dark", every=True))


# ---- without JavaScript ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CHAPTERS)
def test_without_javascript_everything_is_there(plain, html, name):
    page = plain
    page.goto((html / name).as_uri())
    seen = page.evaluate("""() => ({explorers: document.querySelectorAll('.nn-explore').length,
        locked: document.querySelectorAll('.nn-locked').length, keys: document.querySelectorAll('.nn-key').length,
        questions: document.querySelectorAll('.nn-quiz').length,
        pictures: [...document.querySelectorAll('.nn-explore img')].map(i =>
            [i.closest('.nn-explore').id, i.complete && i.naturalWidth > 100, i.alt.length > 20])})""")
    assert len(seen["pictures"]) == seen["explorers"] > 0
    assert seen["locked"] == 0
    assert [picture for picture in seen["pictures"] if not all(picture[1:])] == []
    assert seen["keys"] == seen["questions"]


# ---- single pages ----------------------------------------------------------------------------------------------------


def test_the_formula_sheet_is_one_page_of_a4(open_page):
    page = open_page("book/formula_sheet.html")
    page.wait_for_function("document.querySelectorAll('.nn-sheet mjx-container').length > 0")
    typeset(page)
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


@whole(["book/from_your_notes.html"])
def test_topics_lead_to_their_sections(whole_page, html):
    links = whole_page.locator(".nn-topics td:last-child a").evaluate_all("all => all.map(a => a.href)")
    assert len(links) == 137
    for link in links:
        url = urlparse(link)
        target = (html / unquote(url.path)).read_text(encoding="utf-8")
        assert not url.fragment or f'id="{unquote(url.fragment)}"' in target, link

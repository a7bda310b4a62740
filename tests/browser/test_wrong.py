"""What stands beside every question, numbered equation and explorer: "Wrong?" leads where it should, moves nothing."""

import re
from urllib.parse import parse_qs, urlparse

import pytest

import nnlib

from .conftest import HTML, PAGES, settled, unfold, whole
from .test_access import contrast
from .test_pages import axe_script

CHAPTER, EXAM = "notebooks/09_backprop_by_hand.html", "book/part_test_1.html"
REPOSITORY = "https://github.com/acme/course"
VERSION = f"Version: {nnlib.__version__}"
# A book with a repository is the same but for this; one without says the version alone.
ELEMENT = re.compile(r'<script data-version="[^"]*"(?: data-repository="[^"]*")?')


def built(browser, name, repository="", **options):
    """A page of the book as it is built with a repository, or without one, unfolded."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, "offline": True} | options)
    element = f'<script data-version="{nnlib.__version__}"'
    element += f' data-repository="{repository}"' if repository else ""
    text, count = ELEMENT.subn(element, (HTML / name).read_text(encoding="utf-8"))
    assert count == 1
    page = context.new_page()
    page.set_default_timeout(10_000)
    page.route("**/*.html", lambda route: route.fulfill(body=text, content_type="text/html; charset=utf-8"))
    page.goto((HTML / name).as_uri())
    unfold(page)
    settled(page)
    return page


@pytest.fixture
def opened(browser, html):
    """``opened(name, repository)``: `built` for one test."""
    pages = []

    def opens(name, repository="", **options):
        pages.append(built(browser, name, repository, **options))
        return pages[-1]

    yield opens
    for page in pages:
        page.context.close()


@pytest.fixture(scope="module")
def linked(browser, html):
    """The chapter in a book with a repository, for several tests."""
    page = built(browser, CHAPTER, REPOSITORY)
    yield page
    page.context.close()


def asked(page, place):
    """What the link at a place says when it is followed: title and body."""
    link = page.locator(f"{place} .nn-report")
    link.focus()
    url = urlparse(link.get_attribute("href"))
    assert url._replace(query="").geturl() == f"{REPOSITORY}/issues/new"
    told = parse_qs(url.query, strict_parsing=True)
    assert link.get_attribute("target") == "_blank" and link.get_attribute("rel") == "noopener"
    return told["title"][0], told["body"][0].split("\n---\n")[1].split("\n")


# ---- every page ------------------------------------------------------------------------------------------------------

EACH = """() => { const name = s => e => e.querySelector(s)?.ariaLabel ?? `none: ${e.id}`, all = s =>
  [...document.querySelectorAll(`article ${s}`)];
const reports = all('.nn-report').filter(e => e.checkVisibility());
return {
  questions: all('.nn-quiz').map(e => [e.id.slice(2), name(':scope > .nn-wrong > .nn-report')(e)]),
  equations: all('div.math:has(> .eqno)').map(e =>
    [e.querySelector('.eqno').textContent.replace('#', ''),
      name(':scope > .nn-wrong > .nn-report')(e.nextElementSibling)]),
  explorers: all('.nn-explore').map(e => [e.id.slice(2), name(':scope > .link > .nn-wrong > .nn-report')(e)]),
  count: all('.nn-report').length, texts: [...new Set(reports.map(e => e.textContent))],
  small: reports.map(e => e.getBoundingClientRect()).filter(r => Math.min(r.width, r.height) < 24).length,
  over: all('.nn-quiz').filter(e => e.checkVisibility()).filter(e => {
    const a = e.querySelector('.nn-report').getBoundingClientRect();
    return [...e.querySelectorAll('legend, label, button:not(.nn-report)')].some(o => {
      const b = o.getBoundingClientRect();
      return b.width && a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top < a.bottom - 1 }) })
    .map(e => e.id)} }"""


@whole(PAGES)
def test_every_question_equation_and_explorer_has_it(whole_page):
    seen = whole_page.evaluate(EACH)
    kinds = {"questions": "question {}", "equations": "equation {}", "explorers": "explorer {}"}
    for kind, name in kinds.items():
        for id, said in seen[kind]:
            wanted = rf"Wrong\? (Report|Copy a report on) {re.escape(name.format(id))}(, figure \d+\.\d+)?"
            assert re.fullmatch(wanted, said), (kind, id, said)
    assert seen["count"] == sum(len(seen[kind]) for kind in kinds)
    assert set(seen["texts"]) <= {"Wrong?"} and seen["small"] == 0
    assert seen["over"] == [], "it lies over a question"


# ---- with a repository -----------------------------------------------------------------------------------------------


def test_it_leads_to_an_issue_that_says_what_and_where(linked):
    page = linked
    title, said = asked(page, "#equation-eq-path-w5 + .nn-sources")
    assert title == "Wrong? Equation (9.1), eq-path-w5"
    address = f"Address: {CHAPTER}#equation-eq-path-w5"
    assert said == ["Equation (9.1), eq-path-w5", f"Page: {CHAPTER}", address, VERSION]
    title, said = asked(page, "#q-09-r1")
    assert title == "Wrong? Question 09-r1"
    assert said == ["Question 09-r1", f"Page: {CHAPTER}", f"Address: {CHAPTER}#q-09-r1", VERSION]
    page.locator("#q-09-r1 input").first.fill("0.25 & 3%")
    assert asked(page, "#q-09-r1")[1][3:] == ["Answer: 0.25 & 3%", VERSION]
    box = page.locator("#q-09-q9 label").first
    box.click()
    assert asked(page, "#q-09-q9")[1][3:] == [f"Answer: {box.inner_text()}", VERSION]


def test_an_explorer_says_its_setting(linked):
    page = linked
    page.locator("#x-stepper input[type=range]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.locator("#x-stepper select").first.select_option("frozen")
    title, said = asked(page, "#x-stepper")
    assert title == "Wrong? Explorer stepper, figure 9.5"
    assert said[2] == f"Address: {CHAPTER}#x.stepper=2.1.0"
    assert page.url.endswith("#x.stepper=2.1.0"), "as in the page's own address"
    assert said[3] == "Setting: step 3, biases frozen, update of the weights simultaneous"
    shown = "Shown: " + page.locator("#x-stepper img").first.get_attribute("alt")
    assert said[4] == (shown if len(shown) <= 500 else f"{shown[:500]} …") and shown.startswith("Shown: Step 3 of")
    assert said[5:] == [VERSION]


def test_a_test_has_it_and_its_answers_are_told(opened):
    page = opened(EXAM, REPOSITORY)
    first = page.locator(".nn-exam .nn-quiz").first.get_attribute("id")
    title, said = asked(page, f"#{first}")
    assert title == f"Wrong? Question {first[2:]}"
    assert said[1] == f"Page: {EXAM}" and said[-1] == VERSION
    before = page.locator(f"#{first} form").inner_text()
    assert "Wrong?" not in before, "it is no part of the question"


def test_no_folder_of_the_reader_is_told(linked):
    told = linked.locator(".nn-report").evaluate_all("all => all.map(a => decodeURIComponent(a.href)).join()")
    assert "file:" not in told and str(HTML) not in told and "/home" not in told


# ---- without one -----------------------------------------------------------------------------------------------------

CLIPBOARD = """refuses => { window.copied = null;
const writeText = async text => { if (refuses) throw new DOMException('no', 'NotAllowedError'); window.copied = text };
Object.defineProperty(navigator, 'clipboard', {value: {writeText}, configurable: true}) }"""


def test_without_a_repository_it_copies_the_same_text_and_says_so(opened):
    page = opened(CHAPTER)
    page.evaluate(CLIPBOARD, False)
    button = page.get_by_role("button", name="Wrong? Copy a report on equation (9.1)")
    status = page.locator("#equation-eq-path-w5 + .nn-sources [role=status]")
    assert status.text_content() == "" and status.count() == 1
    button.focus()
    place = button.bounding_box()
    page.keyboard.press("Enter")
    page.wait_for_function("window.copied")
    text = page.evaluate("window.copied").split("\n")
    assert text[0] == "Wrong? Equation (9.1), eq-path-w5" and text[-1] == VERSION
    assert f"Page: {CHAPTER}" in text
    assert status.inner_text() == "Copied: what this is, and where. Paste it into a message to the authors."
    assert button.bounding_box() == place and page.evaluate("document.activeElement.ariaLabel").endswith("(9.1)")
    page.keyboard.press("Escape")
    assert status.text_content() == ""
    page.keyboard.press("Enter")
    page.wait_for_function("e => e.textContent", arg=status.element_handle())
    page.keyboard.press("Tab")
    assert status.text_content() == "", "it does not stay in the way"


def test_where_nothing_may_be_copied_the_text_is_there_to_be_copied(opened):
    page = opened(CHAPTER, viewport={"width": 360, "height": 740}, has_touch=True)
    page.evaluate(CLIPBOARD, True)
    for place in ("#q-09-p1", "#equation-eq-path-w5 + .nn-sources", "#x-stepper"):
        page.locator(f"{place} .nn-report").tap()
        field = page.locator(f"{place} textarea")
        field.wait_for()
        assert page.locator(f"{place} .nn-wrong [role=status]").inner_text().startswith("Copy the selected text")
        text, chosen, inside = field.evaluate("""e => { const r = e.getBoundingClientRect();
            return [e.value, [e.selectionStart, e.selectionEnd, e === document.activeElement],
              r.left >= 0 && r.right <= innerWidth && document.documentElement.scrollWidth <= innerWidth] }""")
        assert text.startswith("Wrong? ") and text.endswith(VERSION)
        assert chosen == [0, len(text), True] and inside, place
        page.keyboard.press("Escape")
        assert field.count() == 0 and page.evaluate("document.activeElement.className") == "nn-report"


# ---- how it looks ----------------------------------------------------------------------------------------------------


def test_it_is_quiet_and_can_be_read(linked):
    page = linked
    page.evaluate("document.activeElement.blur()")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("t => document.documentElement.dataset.theme === t", arg=theme)
        seen = page.evaluate("""() => { const of = e => getComputedStyle(e), all =
          [...document.querySelectorAll('.nn-report')].filter(e => e.checkVisibility());
        const text = document.querySelector('section > p:not([class])');
        return [of(document.body).backgroundColor, parseFloat(of(text).fontSize),
          all.map(e => [of(e).color, parseFloat(of(e).fontSize), of(e).borderTopWidth, of(e).textDecorationLine])] }""")
        ground, size, each = seen
        for color, letters, border, line in each:
            assert contrast(color, ground) >= 4.5 and letters <= 0.8 * size and (border, line) == ("0px", "none")
        ring = page.locator("#q-09-r1 .nn-report")
        ring.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        outline = ring.evaluate("e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).outlineColor]")
        assert outline[0] == "solid" and contrast(outline[1], ground) >= 3
        page.evaluate("document.activeElement.blur()")


OVER = """() => [...document.querySelectorAll('.nn-sources')].filter(line => {
  const a = line.querySelector('.nn-report').getBoundingClientRect();
  return [...line.querySelectorAll('a:not(.nn-report)')].some(o => { const b = o.getBoundingClientRect();
    return a.left < b.right && b.left < a.right && a.top < b.bottom - 3 && b.top < a.bottom - 3 }) })
  .map(line => line.innerText)"""


def test_nothing_moves_when_it_comes(opened):
    """The same page with its script and without: everything else stands where it stood."""
    places = """() => [...document.querySelectorAll('article :is(h2, h3, p, .nn-quiz, .nn-explore, legend, pre)')]
      .filter(e => e.checkVisibility()).map(e => { const r = e.getBoundingClientRect();
        return [r.left, Math.round(r.top + scrollY), r.width] })"""
    for width in (360, 1280):
        page = opened(CHAPTER, viewport={"width": width, "height": 900})
        page.wait_for_function("!document.querySelector('article .math:not(:has(mjx-container))')")
        page.evaluate("document.fonts.ready")
        page.evaluate("document.getAnimations().forEach(a => a.finish())")
        there = page.evaluate(places)
        assert page.evaluate(OVER) == [], "it lies over the links beside it"
        page.evaluate("document.querySelectorAll('.nn-wrong').forEach(e => e.remove())")
        assert page.evaluate(places) == there and len(there) > 100


@pytest.mark.parametrize("name", [CHAPTER, EXAM])
def test_paper_does_not_show_it(opened, name):
    page = opened(name)
    page.evaluate(CLIPBOARD, True)
    page.locator(".nn-report").first.click()
    page.locator("textarea").wait_for()
    page.emulate_media(media="print")
    shown = page.locator(".nn-wrong").evaluate_all("all => all.filter(e => e.checkVisibility()).length")
    assert shown == 0 and page.locator(".nn-report").count() > 10


AXE = """async () => { const around = ['.nn-quiz', '.nn-sources', '.nn-explore .link'];
const found = await axe.run({include: around.filter(s => document.querySelector(s)).map(s => [s])},
  {resultTypes: ['violations']});
return found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html}`)) }"""


@pytest.mark.parametrize(("name", "repository"), [(CHAPTER, ""), (EXAM, REPOSITORY)])
def test_axe_finds_nothing_in_what_has_it(opened, name, repository):
    page = opened(name, repository)
    page.evaluate(CLIPBOARD, True)
    if not repository:
        page.locator("#q-09-r1 .nn-report").click()
        page.locator("#q-09-r1 textarea").wait_for()
    page.evaluate(axe_script())
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("t => document.documentElement.dataset.theme === t", arg=theme)
        page.evaluate("Promise.allSettled(document.getAnimations().filter(a => a.finish).map(a => a.finish()))")
        assert page.evaluate(AXE) == []

"""The book in Firefox and in WebKit, as a reader walks through it: from files, the network cut."""

import json

import pytest

from .conftest import ROOT, STORED
from .others import Firefox, Missing, WebKit

# Selenium warns of how its own driver for WebKit calls it.
pytestmark = pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")
CHAPTERS = ("notebooks/04_activations.html", "notebooks/14_momentum.html")
UNTIL = """new Promise((done, fail) => { const end = performance.now() + 20000, look = () => {
  const found = EXPRESSION; if (found) done(found);
  else if (performance.now() > end) fail(Error('never true')); else setTimeout(look, 50) }; look() })"""


@pytest.fixture(scope="module", params=[Firefox, WebKit], ids=lambda kind: kind.__name__)
def other(request):
    try:
        browser = request.param()
    except Missing as error:
        pytest.skip(f"{request.param.__name__}: {error}")
    browser.size(1280, 900)
    yield browser
    browser.close()


@pytest.fixture
def read(other, html):
    """``read(page, fragment)`` opens a page of the book; each page is opened for the first time by one test."""

    def opened(name, fragment=""):
        other.go((html / name).as_uri() + fragment)
        until(other, "document.readyState === 'complete'")
        return other

    return opened


def until(browser, expression):
    """Wait until an expression is true; its value."""
    return browser.run(UNTIL.replace("EXPRESSION", expression))


def press(browser, selector, key):
    browser.run(f"document.querySelector({json.dumps(selector)}).focus()")
    browser.press(key)


def click(browser, selector):
    """With the mouse, in the middle of an element."""
    x, y = browser.run(
        f"""(() => {{ const e = document.querySelector({json.dumps(selector)});
        e.scrollIntoView({{block: 'center', behavior: 'instant'}});
        const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2] }})()"""
    )
    browser.click(round(x), round(y))


def moves(browser, explorer):
    """The first slider of an explorer follows the keyboard, and its picture follows the slider."""
    until(browser, f"document.querySelector('{explorer}').dataset.ready")
    before = browser.run(f"document.querySelector('{explorer}').dataset.frame ?? 'as it came'")
    press(browser, f"{explorer} input[type=range]", "ArrowRight")
    after = until(browser, f"document.querySelector('{explorer}').dataset.frame")
    size = browser.run(f"document.querySelector('{explorer} img').decode().then(() => "
                       f"document.querySelector('{explorer} img').naturalWidth)")  # fmt: skip
    assert after != before and size > 100
    return after


def test_the_landing_page(read):
    browser = read("book/index.html")
    until(browser, "document.querySelector('.nn-explore')?.dataset.ready")
    assert browser.run("document.querySelectorAll('article a[href$=\".html\"]').length") > 18
    moves(browser, ".nn-explore")
    assert browser.run("[...document.images].every(e => !e.offsetWidth || (e.complete && e.naturalWidth))")
    assert browser.faults == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter(read, name):
    """Formulas are set, a prediction opens what it hides, a question is judged; another day a link finds all this."""
    browser = read(name)
    until(browser, "![...document.querySelectorAll('article .math')].some(e => !e.querySelector('mjx-container'))")
    until(browser, "[...document.querySelectorAll('.nn-explore')].every(e => e.dataset.ready)")
    locked = browser.run("document.querySelectorAll('.nn-locked').length")
    assert locked > 0
    click(browser, ".nn-predict input")
    click(browser, ".nn-predict button[type=submit]")
    assert until(browser, "document.querySelector('.nn-predict output').innerText")
    assert browser.run("document.querySelectorAll('.nn-locked').length") < locked

    questions = json.loads((ROOT / f"notebooks/quiz/{name[10:12]}.json").read_text(encoding="utf-8"))
    asked = next(q for q in questions if q["kind"] == "choice")
    right = next(i for i, choice in enumerate(asked["choices"]) if choice.get("correct"))
    click(browser, f"#q-{asked['id']} input[value='{right}']")
    click(browser, f"#q-{asked['id']} button[type=submit]")
    said = until(browser, f"document.querySelector('#q-{asked['id']} output').innerText")
    assert asked["choices"][right]["feedback"][:30] in said
    stored = browser.run(STORED)
    last = browser.run("[...document.querySelectorAll('.nn-explore')].at(-1).id")
    assert browser.run(f"document.getElementById('{last}').closest('.nn-locked') !== null")
    assert browser.faults == []

    browser.go("about:blank")
    read(name, f"#x.{last[2:]}=1.0")
    assert until(browser, f"document.querySelector('#q-{asked['id']} output').innerText") == said
    assert browser.run(STORED) == stored
    until(browser, f"document.getElementById('{last}').dataset.frame")
    assert browser.run(f"document.querySelector('#{last} :is(input, select)').value") == "1"
    until(browser, f"Math.abs(document.getElementById('{last}').getBoundingClientRect().top) < 120")
    dark(browser)
    assert browser.faults == []


def dark(browser):
    """The page in the dark: the button goes round, from what the system wants to light to dark."""
    for _ in range(3):
        click(browser, "button.theme-switch-button")
        if browser.run("document.documentElement.dataset.theme") == "dark":
            break
    paper = browser.run("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert max(paper) < 60
    assert "invert" in browser.run("getComputedStyle(document.querySelector('.nn-explore img')).filter")


def test_the_playground_trains(read):
    browser = read("book/playground.html")
    until(browser, "document.querySelector('.nn-play').dataset.ready")
    before = browser.run("document.querySelector('.nn-play').playground.run.losses.at(-1) ?? 9")
    click(browser, ".nn-play .go")
    until(browser, "document.querySelector('.nn-play').playground.run.losses.length > 3")
    assert browser.run("document.querySelector('.nn-play').playground.run.losses.at(-1)") < before
    assert browser.faults == []

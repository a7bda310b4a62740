"""A real browser on the built book, with the network cut.

Opening a page costs more than most looks at it. So one page is open, and every test of one page of the book looks at
the same opening of it: ``whole_page`` is parametrized for the whole session, and pytest takes the tests of all modules
in the order of these pages. What a page shows only while it is new is noted by ``whole_page`` as it opens.
"""

import os
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

from pdf import QUIET, executable

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
PAGES = sorted(
    p.relative_to(HTML).as_posix() for folder in ("book", "notebooks") for p in (HTML / folder).glob("*.html")
)
CHAPTERS = [p for p in PAGES if p.startswith("notebooks/")]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
NARROWEST = {"width": 320, "height": 640}  # a desk's window at 400 %
WIDE = (1200, 1440)  # nothing is cut from here on
# Before a page's own scripts: what it remembers of the last visit, and when its first explorer was ready to be moved.
STORED = "JSON.stringify(Object.entries(localStorage).sort())"
PUT_BACK = "stored => { localStorage.clear(); for (const [k, v] of JSON.parse(stored)) localStorage.setItem(k, v) }"
NOTES = """(() => { try { window.storedAtStart = STORED } catch (e) { window.storedAtStart = '[]' }
new MutationObserver((changes, all) => { const first = document.querySelector('.nn-explore');
  if (first?.dataset.ready) { window.firstMove = performance.now() / 1000; all.disconnect() } })
.observe(document, {subtree: true, attributes: true, attributeFilter: ['data-ready']}) })()""".replace("STORED", STORED)


def pytest_configure(config):
    config.addinivalue_line("markers", "last: leaves a page changed, so it is the last to look at it")


@pytest.hookimpl(tryfirst=True)  # before pytest brings together what looks at one page
def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("last") is not None)


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            found = playwright.chromium.launch(executable_path=executable(), args=QUIET)
        except Error as error:
            reason = "no browser: set CHROMIUM, or install chromium"
            if os.environ.get("CI"):
                pytest.fail(f"{reason} ({str(error).splitlines()[0]})")
            pytest.skip(reason)
        yield found
        found.close()


@pytest.fixture(scope="session")
def html():
    if not (HTML / "index.html").exists():
        pytest.fail("the book is not built: run make book")
    return HTML


def listen(page):
    """What goes wrong on a page is in ``page.faults``, and the files that it reads are in ``page.files``."""
    page.set_default_timeout(10_000)
    page.faults, page.files = [], set()
    page.on("console", lambda m: page.faults.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: page.faults.append(str(e)))

    def seen(request):
        if request.url.startswith("file:"):
            page.files.add(unquote(urlparse(request.url).path))
        elif not request.url.startswith(("data:", "blob:")):
            page.faults.append(request.url)

    page.on("request", seen)
    page.add_init_script(NOTES)
    return page


def go(page, html, name, hash=""):
    """A page of the book as a newcomer opens it, in a page whose memory is empty."""
    page.goto((html / name).as_uri() + hash)
    page.name = name
    return page


@pytest.fixture
def desk(browser):
    """A page for one test to open with ``go``. What it stores is its own: nothing of another page can come late."""
    context = browser.new_context(viewport=DESK, offline=True)
    yield listen(context.new_page())
    context.close()


@pytest.fixture(scope="session")
def plain(browser):
    """A page on a phone that runs no scripts."""
    context = browser.new_context(viewport=PHONE, offline=True, java_script_enabled=False)
    yield listen(context.new_page())
    context.close()


@pytest.fixture
def open_page(browser, html):
    """``open_page(name, **context)``: a page with a context of its own, for one test."""
    opened = []

    def opens(name, hash="", width=1280, height=900, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **options)
        opened.append(context)
        page = listen(context.new_page())
        page.goto((html / name).as_uri() + hash)
        return page

    yield opens
    for context in opened:
        context.close()


@pytest.fixture(scope="session")
def whole_page(request, browser, html):
    """The page that tests are parametrized with, everything unfolded, at a desk: opened once for all of them.

    Opened on a phone, where its first prediction is made and its first explorer moved; opened again by its address at
    a desk, if there is something to remember. ``page.seen`` has what was to be seen on the way.
    """
    context = browser.new_context(viewport=PHONE, offline=True)  # and so a memory of its own, empty
    page, name = listen(context.new_page()), request.param
    go(page, html, name)
    seen = page.seen = {"typeset": typeset(page)}
    settled(page)
    seen["files"], seen["first move"] = sorted(page.files), [page.evaluate("window.firstMove")]
    seen["new"] = page.evaluate(NEW)
    if seen["new"]["predictions"]:
        seen["prediction"] = predict(page)
    unfold(page)
    seen["phone"] = page.evaluate(ON_A_PHONE)
    seen["letters"] = page.evaluate(LETTERS)
    seen["knobs"] = page.evaluate(KNOBS)
    page.set_viewport_size(NARROWEST)
    seen["letters"] += page.evaluate(LETTERS)
    seen["narrowest"] = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(PHONE)
    explorers = page.locator(".nn-explore").count()
    if explorers:
        seen["moved"] = move(page)
    if explorers or seen["new"]["predictions"]:
        reload(page, DESK)
        settled(page)
        seen["first move"].append(page.evaluate("window.firstMove"))
        seen["again"] = page.evaluate(AGAIN)
        seen["typeset"] = typeset(page)
    else:
        page.set_viewport_size(DESK)
    unfold(page)
    seen["sideways"], seen["unseen"] = {}, {}
    for width in WIDE:
        page.set_viewport_size({**DESK, "width": width})
        seen["sideways"][width] = page.evaluate(SIDEWAYS)
        seen["unseen"][width] = page.evaluate(UNSEEN)
    page.emulate_media(media="print")
    seen["unseen"]["paper"] = page.evaluate(UNSEEN)
    page.emulate_media(media="screen")
    page.set_viewport_size(DESK)
    yield page
    context.close()


def whole(names):
    """For tests that look at these pages, each unfolded, at a desk."""
    return pytest.mark.parametrize("whole_page", names, indirect=True, scope="session")


# How predictions hide what follows, on the screen and in print, before any is made.
NEW = """() => { const all = document.querySelectorAll('.nn-predict');
const next = all[0]?.closest('.cell').nextElementSibling;
return {predictions: all.length, locked: document.querySelectorAll('.nn-locked').length,
  hides: !next || !next.checkVisibility({contentVisibilityAuto: true}) || next.classList.contains('nn-locked')} }"""
PRINTED = """() => { const key = document.querySelector('.nn-key');
return {height: document.querySelector('.nn-locked')?.getBoundingClientRect().height, key: key.checkVisibility(),
  open: key.open} }"""
SAID = "document.querySelector('.nn-predict output').innerText"
LOCKED = "document.querySelectorAll('.nn-locked').length"
ON_A_PHONE = """() => ({width: document.documentElement.scrollWidth,
  wide: [...document.querySelectorAll('article :is(.nn-explore, .nn-quiz, .nn-picture, img:not(.nn-picture img))')]
    .filter(e => e.getBoundingClientRect().right > 391).map(e => e.id || e.alt),
  hints: [...document.querySelectorAll('.pst-scrollable-table-container, .nn-picture')]
    .filter(e => e.checkVisibility()).map(e =>
      [e.scrollWidth > e.clientWidth, getComputedStyle(e).maskImage !== 'none', e.innerText.slice(0, 30)]),
  cut: [...document.querySelectorAll('mjx-container[display=true]')]
    .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.closest('[id]').id)})"""
# What scrolls sideways on a wide screen, by its first words, once the sidebars have come to rest.
SIDEWAYS = """() => { document.getAnimations().forEach(moving => moving.finish());
return [...document.querySelectorAll('article :is(pre, .pst-scrollable-table-container, .cell_output)')]
  .filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
  .map(e => `${e.scrollWidth - e.clientWidth} pixels of ${e.innerText.trim().slice(0, 60)}`) }"""
# The size of the smallest letters of each picture as it is shown, by what picture.py says of it.
LETTERS = """() => [...document.querySelectorAll('.nn-picture')].filter(e => e.checkVisibility()).map(e => {
  const points = 11 / parseFloat(e.style.getPropertyValue('--least'));
  return [e.closest('[id]').id, points * e.querySelector('img').getBoundingClientRect().width / e.dataset.width]})"""
# Each picture that has no place on the screen or on paper: its words.
UNSEEN = """() => { document.getAnimations().forEach(moving => moving.finish());
return [...document.querySelectorAll('.nn-picture')].filter(e => e.checkVisibility()).filter(e => {
  const {width, height} = e.querySelector('img').getBoundingClientRect();
  return width < 100 || height < 30 }).map(e => e.querySelector('img').alt) }"""
# Whether an explorer's knobs are in sight, below the page's header, while one looks at the end of its picture.
KNOBS = """() => { const head = document.querySelector('.bd-header-article')?.getBoundingClientRect().bottom ?? 0;
return [...document.querySelectorAll('.nn-explore')].filter(e => e.checkVisibility()).map(e => {
  const end = scrollY + e.querySelector('.nn-picture').getBoundingClientRect().bottom;
  scrollTo({top: end - innerHeight, behavior: 'instant'});
  const {top, bottom} = e.querySelector('.nn-knobs').getBoundingClientRect();
  return [e.id, top >= head - 9 && bottom < innerHeight] }) }"""
AGAIN = """() => { const e = document.querySelector('.nn-explore');
return {place: e?.querySelector('input').value, alt: e?.querySelector('img').alt, frame: e?.dataset.frame,
  said: document.querySelector('.nn-predict output')?.innerText,
  locked: document.querySelectorAll('.nn-locked').length} }"""
# An explorer's picture, once it is decoded: its words, and a number made of its pixels.
DRAWN = """async e => { const i = e.querySelector('img'), c = document.createElement('canvas');
await i.decode(); c.width = 240; c.height = 160;
const g = c.getContext('2d', {willReadFrequently: true}); g.drawImage(i, 0, 0, 240, 160);
let h = 0; for (const b of new Uint32Array(g.getImageData(0, 0, 240, 160).data.buffer)) h = (h * 31 + b) | 0;
return [i.alt, h] }"""
TYPESET = """() => document.fonts.ready.then(() => new Promise(done => { const began = performance.now();
const math = [...document.querySelectorAll('article .math')], look = () => {
  const left = math.filter(e => !e.querySelector('mjx-container')).map(e => e.textContent.slice(0, 80));
  if (left.length && performance.now() - began < 30000) return setTimeout(look, 50);
  const wrong = [...document.querySelectorAll('mjx-merror, [data-mjx-error]')].map(e => e.textContent.slice(0, 80));
  done({formulas: math.length, left, wrong, thin: document.querySelectorAll('.mjx-c22A4').length}) };
look() }))"""


def typeset(page):
    """What MathJax makes of the page: how many formulas, which of them are left, which it could not read."""
    return page.evaluate(TYPESET)


def predict(page):
    """Make the first prediction with the mouse, after a look at how the page is printed before it."""
    page.emulate_media(media="print")
    seen = {"printed": page.evaluate(PRINTED)}
    page.emulate_media(media="screen")
    first = page.locator(".nn-predict").first
    first.locator("input").first.check()
    first.locator("button[type=submit]").click()
    return seen | {"said": page.evaluate(SAID), "locked": page.evaluate(LOCKED)}


def move(page):
    """Set the first explorer to its third place, and press its button for the next: the pictures, and the address."""
    explorer = page.locator(".nn-explore").first
    explorer.locator("input").first.evaluate("e => { e.value = 2; e.dispatchEvent(new Event('input')) }")
    before = explorer.evaluate(DRAWN)
    explorer.locator("button[value='1']").first.click()
    after = explorer.evaluate(DRAWN)
    return {"id": explorer.get_attribute("id"), "before": before, "after": after, "url": page.url}


def unfold(page):
    """Let every prediction that is not made show what follows it, and open every fold."""
    page.evaluate("""document.querySelectorAll('details').forEach(d => d.open = true);
    document.querySelectorAll('.nn-predict:not([data-state]) button[data-skip]').forEach(b => b.click())""")
    page.wait_for_function("!document.querySelector('.nn-locked')")


def reload(page, size=None):
    """The page anew, with all that it stored.

    Chromium gives a page that is opened again from a file an empty storage once in about fifteen times while the
    machine is busy, never over http (0 of 70). What it has lost is put back, and the page opened once more: these
    tests are of what the page makes of its storage.
    """
    stored = page.evaluate(STORED)
    if size:
        page.set_viewport_size(size)
    page.reload()
    remembers(page, stored)


def remembers(page, stored):
    """The page that was just opened has found what was stored; see `reload`."""
    for _ in range(10):
        if page.evaluate("window.storedAtStart") == stored:
            return
        page.evaluate(PUT_BACK, stored)
        page.reload()
    pytest.fail(f"the browser does not keep what {page.name} stores: {stored}")


def settled(page):
    """Every explorer unpacked and ready."""
    page.wait_for_function("[...document.querySelectorAll('.nn-explore')].every(e => e.dataset.ready)")

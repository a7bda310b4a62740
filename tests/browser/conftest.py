"""A real browser on the built book, with the network cut."""

import os
import shutil
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable():
    """The browser to drive: $CHROMIUM, or what is on the PATH, or None for Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            found = playwright.chromium.launch(executable_path=executable(), args=QUIET)
        except Error as error:
            reason = f"no browser: set CHROMIUM, or install chromium ({str(error).splitlines()[0]})"
            if os.environ.get("CI"):
                pytest.fail(reason)
            pytest.skip(reason)
        yield found
        found.close()


@pytest.fixture(scope="session")
def html():
    if not (HTML / "index.html").exists():
        pytest.fail("the book is not built: run make book")
    return HTML


def visit(browser, html, name, width=1280, height=900, **options):
    """A page of the book in a context of its own, offline; what goes wrong on it is in ``page.faults``."""
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True, **options)
    page = context.new_page()
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
    page.goto((html / name).as_uri())
    return page


@pytest.fixture
def open_page(browser, html):
    """``open_page(name, **context)``: a page for one test."""
    opened = []

    def opens(name, **options):
        opened.append(visit(browser, html, name, **options))
        return opened[-1]

    yield opens
    for page in opened:
        page.context.close()


@pytest.fixture(scope="module")
def whole_page(request, browser, html):
    """The page that a module's tests are parametrized with, everything unfolded: loaded once for all of them."""
    page = visit(browser, html, request.param)
    page.name = request.param
    unfold(page)
    settled(page)
    yield page
    page.context.close()


def unfold(page):
    """Let every prediction show what follows it, and open every fold."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    page.evaluate("document.querySelectorAll('.nn-predict button[data-skip]').forEach(b => b.click())")
    page.wait_for_function("!document.querySelector('.nn-locked')")


def reload(page):
    """The page anew, with all it remembers: a busy Chromium may start one before it has what the last one stored."""
    stored = page.evaluate("localStorage.length")
    page.add_init_script("window.storedAtStart = localStorage.length")
    for _ in range(10):
        page.reload()
        if page.evaluate("window.storedAtStart") == stored:
            break
        page.wait_for_timeout(500)


def settled(page):
    """Every explorer unpacked and ready."""
    page.wait_for_function("[...document.querySelectorAll('.nn-explore')].every(e => e.dataset.ready)")

"""Pages as they are printed: whole, light, without controls, answers at the end; and one chapter as PDF."""

import re
import unicodedata
from html import unescape

import pytest

from .conftest import go, settled, typeset

CHAPTER = "notebooks/09_backprop_by_hand.html"
PAGES = [CHAPTER, "book/part_test_1.html"]
A4 = {"width": 672, "height": 990}  # what the margins leave of the sheet, in pixels
LOOK = """() => {
const all = selector => [...document.querySelectorAll(selector)], css = e => getComputedStyle(e);
const shown = e => e.checkVisibility({contentVisibilityAuto: true}) && e.getBoundingClientRect().width > 1;
const name = e => `${e.localName}.${e.className} ${e.textContent.slice(0, 40)}`;
const own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
const seen = all('body, article, article *').filter(e => shown(e) && !e.closest('mjx-container, svg, .aloud'));
const light = color => { const [r, g, b, a = 1] = color.match(/[\\d.]+/g).map(Number);
  return a < 0.1 ? null : r + g + b };
const wide = document.documentElement.clientWidth + 1;
return {
  closed: all('article details:not(.nn-key)').filter(e => e.checkVisibility() && !e.closest('.nn-play')
    && ![...e.children].slice(1).every(c => c.matches('.nn-sources') || shown(c))).map(name),
  locked: all('.nn-locked').filter(e => !e.matches('[class*=folded], .nn-sources') && e.innerText.trim() && !shown(e)
    && !e.querySelector('.nn-recall')).map(name),
  right: [...seen, ...all('article mjx-math').filter(shown)]
    .filter(e => e.getBoundingClientRect().right > wide).map(name),
  cut: seen.filter(e => e.matches('pre, .highlight, .cell_output, table, div.math')
    && e.scrollWidth > e.clientWidth + 1 && css(e).overflowX !== 'visible').map(name),
  dark: seen.filter(e => !e.closest('.nn-play') && light(css(e).backgroundColor) < 600
    && light(css(e).backgroundColor) !== null).map(name),
  pale: seen.filter(e => own(e) && light(css(e).color) > 420).map(name),
  inverted: all('article img').filter(e => css(e).filter !== 'none').map(name),
  controls: all('article :is(button, .nn-explore input, .nn-key, .nn-recall, .nn-solved, .nn-result), .headerlink,'
    + '.bd-sidebar-primary, .bd-header-article, .prev-next-footer')
    .filter(e => shown(e) && !e.closest('.nn-play') && !e.matches('.nn-parsons .line')).map(name),
  split: all('.nn-quiz, .nn-explore, .nn-play').filter(e => css(e).breakInside !== 'avoid').map(name),
  orphan: all('article :is(h1, h2, h3, h4)').filter(e => css(e).breakAfter !== 'avoid').map(name),
  blank: all('.nn-parsons .line, .nn-order .o, .nn-play .code code').filter(e => !shown(e)).map(name),
  silent: all('.nn-explore').filter(e => { const said = e.querySelector('.nn-said');
    return !shown(said) || said.textContent !== e.querySelector('img').alt }).map(name),
  asked: all('.nn-quiz').length, answered: all('.nn-answer').filter(shown).length,
  numbers: all('.nn-quiz .nn-no').map(e => e.textContent) } }"""
FAULTS = "closed locked right cut dark pale inverted controls split orphan blank silent".split()


def look(page):
    """What is wrong with a page on paper, and what is counted."""
    page.emulate_media(media="print", color_scheme="dark")
    return page.evaluate(LOOK)


def judge(seen):
    assert {name: seen[name] for name in FAULTS if seen[name]} == {}
    assert seen["asked"] == seen["answered"]
    assert seen["numbers"] in ([], [f"Question {k + 1}" for k in range(seen["asked"])])


@pytest.mark.parametrize("name", PAGES)
def test_a_page_in_the_dark_prints_whole_and_light(open_page, name):
    """As it is found, with nothing answered; no event tells its scripts, so this is the work of styles alone."""
    page = open_page(name, **A4, color_scheme="dark")
    typeset(page)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    judge(look(page))


def test_without_scripts_it_prints_so_too(open_page):
    judge(look(open_page("notebooks/14_momentum.html", **A4, java_script_enabled=False)))


def test_words_follow_the_picture_and_all_is_put_back(desk, html):
    page = go(desk, html, CHAPTER)
    settled(page)
    before = page.evaluate("document.querySelectorAll('.nn-locked, details:not([open])').length")
    page.locator(".nn-explore").first.evaluate(
        "e => { const i = e.querySelector('input'); i.value = 5; i.dispatchEvent(new Event('input')) }"
    )
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    judge(look(page))
    # What waits behind a prediction has its margins.
    assert page.evaluate("getComputedStyle(document.querySelector('.nn-predict').closest('.cell ~ p')"
                         " ?? document.querySelectorAll('article p')[20]).marginBottom") != "0px"  # fmt: skip
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert page.evaluate("document.querySelectorAll('.nn-locked, details:not([open])').length") == before > 20


def test_addresses_of_sources_are_readable(open_page):
    page = open_page("book/references.html", **A4, color_scheme="dark")
    judge(look(page))
    links = page.locator("article a.external").evaluate_all(
        "all => all.map(e => [e.getAttribute('href'), getComputedStyle(e, '::after').content])"
    )
    assert len(links) > 10 and all(address in said for address, said in links)


# ---- one chapter as PDF ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def printed(browser, html, tmp_path_factory):
    """Chapter 09 as `make pdf` prints it when 142 sheets come before it."""
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed: make .venv/pdf")
    import pdf

    folder = tmp_path_factory.mktemp("pdf")
    page = next(page for page in pdf.built(pdf.pages(), html) if f"{page.name}.html" == CHAPTER)
    others = {other.name: other.file for other in pdf.pages()}
    pdf.Printer(browser).print(html / CHAPTER, folder / "raw.pdf", 142, page.title, ["one-number-used-twice", "gone"])
    raw = pypdf.PdfReader(folder / "raw.pdf")
    assert "one-number-used-twice" in pdf.places(raw) and "gone" not in pdf.places(raw)
    made = pdf.bind([pdf.Sheets(page, folder / "raw.pdf", 142)], folder / "made.pdf", html, others=others)
    reader = pypdf.PdfReader(folder / "made.pdf")
    assert made == len(reader.pages)
    return reader


@pytest.fixture(scope="module")
def texts(printed):
    return [re.sub(r"\s+", " ", sheet.extract_text()) for sheet in printed.pages]


def test_sheets_bear_the_numbers_of_the_book(printed, texts):
    assert 12 < len(texts) < 40
    assert printed.page_labels == [str(143 + k) for k in range(len(texts))]
    assert [text[:9] for k, text in enumerate(texts) if str(143 + k) not in text[:9] + text[-60:]] == []


def test_the_outline_has_the_sections(printed):
    def words(items):
        return [w for item in items for w in (words(item) if isinstance(item, list) else [item.title])]

    said = {re.sub(r"^[\d.]+ ", "", title) for title in words(printed.outline)}
    assert {"One number, used twice", "Exercises", "Summary", "Key"} <= said


def test_links_lead_into_the_book_or_to_the_web(printed):
    inside, files = 0, set()
    for sheet in printed.pages:
        for link in (entry.get_object() for entry in sheet.get("/Annots", ())):
            inside += "/Dest" in link
            action = link.get("/A", {})
            files |= {str(action["/F"])} if "/F" in action else set()
            assert "file:" not in str(action)
    assert inside > 20 and {"04_activations.pdf", "glossary.pdf"} <= files


def test_questions_are_whole_and_their_answers_come_last(texts, html):
    first = next(k for k, text in enumerate(texts) if re.search(r"(\b|by hand)Key Answers", text[:80]))
    assert first > len(texts) // 2
    questions = re.findall(r'<div class="nn-quiz .*?<details class="nn-key".*?</details>',
                           (html / CHAPTER).read_text(encoding="utf-8"), re.S)  # fmt: skip

    def bare(part):
        # A font may draw two letters as one, which a file may call a letter of its own.
        return re.sub(r"\W", "", unicodedata.normalize("NFKC", unescape(re.sub(r"<[^>]*>", "", part))))

    def is_in(part, text):
        """Whether all of it is there: what a file draws higher or lower it may name before or after its line."""
        return all(bare(piece) in text for piece in re.split(r"<su[bp]>.*?</su[bp]>", part))

    bared = [bare(text.replace("<", " ")) for text in texts]
    looked = 0
    for question in questions:
        legend = re.search(r"<legend>(.*?)</legend>", question, re.S)[1]
        choices = re.findall(r"<label><input[^>]*><span>(.*?)</span>", question, re.S)
        where = [k for k, text in enumerate(bared) if is_in(legend, text)]
        assert len(where) == 1 and where[0] < first, legend
        assert all(is_in(choice, bared[where[0]]) for choice in choices), legend
        key = re.search(r"</summary>(.*?)</details>", question, re.S)[1]
        reason = key.partition(". ")[2]
        if len(bare(reason)) > 40:
            looked += 1
            assert not any(is_in(reason, text) for text in bared[:first]), key
            assert is_in(reason, "".join(bared[first:])), key
    assert looked > 10


def test_a_playground_is_on_one_sheet_with_its_program_and_no_heading_ends_a_sheet(browser, html, tmp_path):
    """Chapter 14, whose exercises begin where a sheet ended."""
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed: make .venv/pdf")
    import pdf

    page = html / "notebooks/14_momentum.html"
    pdf.Printer(browser).print(page, tmp_path / "raw.pdf", 0, "", [])
    lines = [sheet.extract_text().splitlines() for sheet in pypdf.PdfReader(tmp_path / "raw.pdf").pages]
    headings = re.findall(r"<h[123]>(.*?)<a class=\"headerlink", page.read_text(encoding="utf-8"))
    headings = {re.sub(r"<[^>]*>", "", unescape(heading)) for heading in headings}
    assert {"Exercises", "Summary"} <= headings
    assert [sheet[-1] for sheet in lines if sheet[-1].strip() in headings or sheet[-2].strip() in headings] == []
    machine = [sheet for sheet in map("\n".join, lines) if "gradient ‖" in sheet]
    assert len(machine) == 1 and all(word in machine[0] for word in ("epoch 0", "validation", "nn.train(net"))


def test_the_last_formula_is_printed(texts, html):
    last = re.findall(r'<span class="eqno">\((\S+?)\)', (html / CHAPTER).read_text(encoding="utf-8"))[-1]
    assert sum(f"({last})" in text for text in texts) >= 1

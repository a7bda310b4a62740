"""Everybody: what is heard, what the keyboard reaches, what contrast and width a reader needs (WCAG 2.2 AA).

Pictures are asked for, too: they are text in the page, and so are the colors and dashes in them.
"""

import base64
import gzip
import io
import json
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from matplotlib.image import imread

from .conftest import CHAPTERS, HTML, NARROWEST, PAGES, PHONE, TYPESET, go, listen, settled, whole

STEPPER, PLAYGROUND = "notebooks/09_backprop_by_hand.html", "book/playground.html"
EXPLORING = [p for p in PAGES if 'class="nn-explore' in (HTML / p).read_text(encoding="utf-8")]
ORDERS = [p for p in CHAPTERS if 'class="nn-quiz nn-order' in (HTML / p).read_text(encoding="utf-8")]
LISTINGS = sorted(p.relative_to(HTML).as_posix() for p in (HTML / "source").glob("**/*.html"))

# ---- formulas --------------------------------------------------------------------------------------------------------

STALE = """if (!sessionStorage.visited) { sessionStorage.visited = 1; localStorage.setItem('MathJax-Menu-Settings',
JSON.stringify({renderer: 'SVG', explorer: true, collapsible: true})) }"""


def test_formulas_survive_what_their_menu_once_stored(desk, html):
    desk.add_init_script(STALE)
    page = go(desk, html, "notebooks/14_momentum.html")
    seen = page.evaluate(TYPESET)
    assert seen["formulas"] > 0 and seen["left"] == seen["wrong"] == []
    assert page.evaluate("localStorage.getItem('MathJax-Menu-Settings')") is None
    assert page.faults == []


@whole(CHAPTERS)
def test_formulas_are_heard_and_are_no_stops(whole_page):
    """Without a menu a formula has nothing to do: a stop at it would have no name."""
    seen = whole_page.evaluate("""() => { const all = [...document.querySelectorAll('article mjx-container')];
    return [all.filter(e => e.hasAttribute('tabindex')).length,
      all.filter(e => !e.querySelector('mjx-assistive-mml')).length] }""")
    assert seen == [0, 0]


# ---- links -----------------------------------------------------------------------------------------------------------

# Where an element is once the page is whole and at rest, how far down the header goes, and what the knobs say.
ARRIVED = """async id => { const e = document.querySelector(id), wait = ms => new Promise(r => setTimeout(r, ms));
if (document.readyState !== 'complete') await new Promise(r => addEventListener('load', r));
await window.MathJax?.startup?.promise; await document.fonts.ready; await wait(700);
const box = e.getBoundingClientRect(), header = document.querySelector('.bd-header-article').getBoundingClientRect();
return {gap: Math.round(box.top - header.bottom), seen: e.checkVisibility({contentVisibilityAuto: true}),
  places: [...e.querySelectorAll('input[type=range],select')].map(k => k.value).join('.'),
  address: location.hash} }"""
SAID = """() => [...document.querySelectorAll('.nn-predict')].map(e => [e.dataset.state ?? '',
  e.querySelector('output').innerText, e.querySelector('[type=submit]').disabled])"""


def at_the_top(seen):
    """Below the header, and not far below it."""
    assert seen["seen"] and 0 <= seen["gap"] <= 24, seen


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def served(html):
    """The book's address on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=html)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_link_to_a_setting_arrives(browser, html):
    """In a browser that has answered nothing, on a phone; then other links are followed on the open page."""
    context = browser.new_context(viewport=PHONE, offline=True)
    page = go(listen(context.new_page()), html, STEPPER, "#x.stepper=15.0.1")
    settled(page)
    seen = page.evaluate(ARRIVED, "#x-stepper")
    at_the_top(seen)
    assert seen["places"] == "15.0.1"
    said = page.evaluate(SAID)
    opened = [k for k, (_, words, _) in enumerate(said) if "link has opened" in words]
    assert len(opened) == 1 < len(said), said  # only the prediction before it gave way
    assert all(disabled is False for _, _, disabled in said)
    assert page.locator(".nn-locked").count() > 0
    question = page.locator(".nn-predict").nth(opened[0])
    question.locator("input").first.check()
    question.locator("[type=submit]").click()
    assert question.locator("output").inner_text().startswith("Noted.")
    for wish, places in (("x.stepper=999.-3.x", "17.0.1"), ("x.stepper=2", "2.0.1"), ("x.stepper=%E0%A4.1", "2.1.1")):
        page.evaluate("scrollTo(0, 0)")
        page.evaluate("h => { location.hash = h }", wish)
        seen = page.evaluate(ARRIVED, "#x-stepper")
        at_the_top(seen)
        assert seen["places"] == places, wish
    keyboard_and_sidebar(page)
    assert page.faults == []
    context.close()


def keyboard_and_sidebar(page):
    """The phone's sidebar says whether it is open, and gives the focus back."""
    toggle = page.locator(".primary-toggle")
    assert toggle.get_attribute("aria-expanded") == "false"
    toggle.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.primary-toggle').getAttribute('aria-expanded') === 'true'")
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement === document.querySelector('.primary-toggle')")
    assert toggle.get_attribute("aria-expanded") == "false"


def test_a_link_arrives_over_http_behind_a_fold(browser, served):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = context.new_page()
    name = next(p for p in EXPLORING if p.startswith("notebooks/16"))
    page.goto(f"{served}/{name}#x.luckiest=3.1&x.two-ways=4.2")
    settled(page)
    seen = page.evaluate(ARRIVED, "#x-two-ways")  # the last one that the address names
    at_the_top(seen)
    assert seen["places"] == "4.2"
    assert (
        page.evaluate("[...document.querySelectorAll('#x-luckiest :is(input, select)')].map(k => k.value).join('.')")
        == "3.1"
    )
    context.close()


def test_a_link_to_the_playground_arrives_at_its_top(browser, html):
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = go(listen(context.new_page()), html, PLAYGROUND, "#x.play1.data=circles&x.play1.hidden=2")
    page.wait_for_function("document.querySelector('.nn-play').dataset.ready")
    at_the_top(page.evaluate(ARRIVED, ".nn-play"))
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.locator("a[href*='x.play1']").last.evaluate("a => a.click()")
    at_the_top(page.evaluate(ARRIVED, ".nn-play"))
    assert page.evaluate("document.querySelector('.nn-play').playground.state.activation") == "relu"
    forced_colors(page)
    assert page.faults == []
    context.close()


def forced_colors(page):
    """What a color alone says, a reader's own colors leave."""
    page.emulate_media(forced_colors="active")
    seen = page.evaluate("""() => { const of = (e, part) => getComputedStyle(e, part).backgroundColor;
    const one = s => document.querySelector(`.nn-play ${s}`);
    return [of(one('.key.zero'), '::before'), of(one('.key.one'), '::before'), of(one('.bars i')),
      of(document.body)] }""")
    page.emulate_media(forced_colors="none")
    assert len(set(seen)) == 3 and seen[1] == seen[2], seen


COPY = """async refuses => { const e = document.querySelector('.nn-explore'), link = e.querySelector('.link');
window.copied = null;
const writeText = async text => { if (refuses) throw new DOMException('no', 'NotAllowedError'); window.copied = text };
Object.defineProperty(navigator, 'clipboard', {value: {writeText}, configurable: true});
const button = [...link.querySelectorAll('button')].find(b => b.ariaLabel === 'Copy link to this setting');
button.click(); await new Promise(r => setTimeout(r, 50));
const field = link.querySelector('input');
const found = {copied, said: link.querySelector('[role=status]').textContent, text: button.textContent,
  id: e.id.slice(2),
  places: [...e.querySelectorAll('input[type=range],select')].map(k => k.value).join('.'),
  field: field && [field.value, field === document.activeElement, getSelection().toString() || field.selectionEnd]};
field?.remove();
return found }"""


@whole(EXPLORING)
def test_every_explorer_copies_its_link(whole_page):
    page = whole_page
    labels = page.locator(".nn-explore .link button[aria-label='Copy link to this setting']")
    assert labels.count() == page.locator(".nn-explore").count()
    seen = page.evaluate(COPY, False)
    setting = f"#x.{seen['id']}={seen['places']}"
    assert seen["copied"] == page.url.split("#")[0] + setting
    assert seen["said"] == "Link copied" and seen["field"] is None and "Copy link" in seen["text"]
    refused = page.evaluate(COPY, True)
    assert refused["copied"] is None and "Copy" in refused["said"]
    assert refused["field"][0].endswith(setting) and refused["field"][1]


# ---- what is heard ---------------------------------------------------------------------------------------------------

HEARD = """async () => { const found = [], wait = ms => new Promise(r => setTimeout(r, ms));
for (const e of document.querySelectorAll('.nn-explore')) {
  const slider = e.querySelector('input[type=range]'), aloud = e.querySelector(':scope > [role=status]');
  const outputs = [...e.querySelectorAll('output')].filter(o => o.getAttribute('aria-live') !== 'off').length;
  const before = aloud?.textContent, place = slider.value;
  for (const v of [0, slider.max, 1]) { slider.value = v; slider.dispatchEvent(new Event('input')) }
  found.push({e, slider, aloud, place, outputs, early: aloud?.textContent !== before}) }
await wait(450);
return found.map(({e, slider, aloud, place, outputs, early}) => {
  const said = aloud?.textContent === e.querySelector('img').alt;
  slider.value = place; slider.dispatchEvent(new Event('input'));
  return [e.id, said, early, outputs, getComputedStyle(aloud).clipPath !== 'none'] }) }"""


@whole(EXPLORING)
def test_an_explorer_says_its_picture_after_the_last_move(whole_page):
    for id, said, early, outputs, hidden in whole_page.evaluate(HEARD):
        assert (said, early, outputs, hidden) == (True, False, 0, True), f"{whole_page.name}: {id}"


ALTS = """() => [...document.querySelectorAll('.nn-explore')].flatMap(e =>
  JSON.parse(e.querySelector('script[type="application/json"]').textContent).alts)"""


@whole(EXPLORING)
def test_numbers_in_words_are_apart(whole_page):
    """A number and the name of the next one have more than a blank between them, and one is no plural."""
    for words in set(whole_page.evaluate(ALTS)):
        assert not re.search(r"\d (?:[hwozy]\d|[∂σδ])", words), words
        assert "  " not in words and "1 different units" not in words, words


ORDER = """() => { const quiz = document.querySelector('.nn-order');
const status = quiz.querySelector('form > [role=status]');
quiz.querySelector('form').reset();
const rows = () => [...quiz.querySelectorAll('.o')], press = b => { b.focus(); b.click() };
const names = rows().every(r => [...r.querySelectorAll('button')].every(b =>
  b.ariaLabel.startsWith('move ‘' + r.querySelector('span').innerText + '’')));
const row = rows()[1], up = row.querySelector('button[value="-1"]'), found = [names];
press(up); found.push(rows().indexOf(row), status.textContent, document.activeElement === up,
  up.getAttribute('aria-disabled'), up.disabled);
press(up); found.push(rows().indexOf(row), status.textContent, document.activeElement === up);
quiz.querySelector('form').reset();
return [found, rows().length] }"""


@whole(ORDERS)
def test_an_order_is_a_list_that_tells_where_an_item_went(whole_page):
    tree = whole_page.locator(".nn-order").first.aria_snapshot()
    found, n = whole_page.evaluate(ORDER)
    assert len(re.findall(r"^ +- listitem", tree, flags=re.M)) == n and re.search(r"- list:", tree)
    assert found == [True, 0, f"now 1 of {n}", True, "true", False, 0, f"still 1 of {n}", True]


REPLIES = """() => [...document.querySelectorAll('.nn-quiz.nn-choice')].slice(0, 3).map(e => {
const form = e.querySelector('form'), status = form.querySelector('span[role=status]');
const output = form.querySelector('output');
form.reset(); const quiet = status.textContent;
const said = [...form.querySelectorAll('input')].map(box => { box.click(); form.querySelector('[type=submit]').click();
  return [output.querySelector('[role=img]')?.ariaLabel, e.dataset.state, status.textContent, output.innerText] });
form.reset(); return [quiet, output.getAttribute('aria-live'), said] })"""


@whole([STEPPER, "book/part_test_1.html"])
def test_a_reply_is_heard_in_short_and_its_mark_is_a_word(whole_page):
    questions = whole_page.evaluate(REPLIES)
    assert questions
    for quiet, live, said in questions:
        assert quiet == "" and live == "off"
        for mark, state, aloud, reply in said:
            word = {"right": "Right.", "wrong": "Wrong."}[state]
            assert mark == word and aloud.startswith(word)
            sentence = aloud.removeprefix(word + " ")
            assert sentence and sentence in reply and not re.search(r"[.!?] +[A-Z]", sentence), aloud


@whole(CHAPTERS)
def test_names_have_the_words_that_are_seen(whole_page):
    """Of what opens a hidden cell: "Show code cell source"."""
    named = whole_page.locator("article summary[aria-label]").evaluate_all(
        "all => all.filter(e => !e.ariaLabel.includes(e.innerText.trim())).map(e => e.outerHTML)"
    )
    assert named == []


# ---- contrast --------------------------------------------------------------------------------------------------------

# The middles of a choice that is made and of one that is not.
MADE = """kind => { const [made, open] = document.querySelectorAll(`.nn-${kind} input`);
made.click(); made.blur(); made.scrollIntoView({block: 'center', behavior: 'instant'});
return [made, open].map(e => e.getBoundingClientRect()).map(b => [b.x + b.width / 2, b.y + b.height / 2]) }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_choice_that_is_made_is_seen(open_page, scheme):
    """In the middle of a button there is color, or there is none: three times lighter or darker."""
    page = open_page("book/part_test_1.html", color_scheme=scheme)
    for kind in ("choice", "many"):
        made, other = page.evaluate(MADE, kind)
        screen = imread(io.BytesIO(page.screenshot()))
        full, empty = (255 * screen[round(y), round(x), :3] for x, y in (made, other))
        assert contrast(full, empty) >= 3, kind


# Colors of edges and of focus rings against what is behind them, as [name, color, background].
EDGES = """() => { const clear = c => /, 0\\)$|transparent/.test(c), found = [];
const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
  if (!clear(c)) return c } return 'rgb(255, 255, 255)' };
const ours = '.nn-quiz :is(input[type=text], select, button), .nn-explore :is(select, .r button), ' +
  '.nn-play :is(select, input[type=number], button), .nn-result button';
const kinds = new Set();
for (const e of document.querySelectorAll(`${ours}, .nn-explore .link button, .bd-header-article button, summary`)) {
  const kind = `${e.closest('[class^=nn-]')?.className.split(' ')[0]} ${e.localName} ${e.type ?? ''} ${e.className}`;
  if (kinds.has(kind) || !e.checkVisibility()) continue;
  kinds.add(kind);
  const s = getComputedStyle(e), behind = ground(e.parentElement);
  if (e.matches(ours)) found.push([`edge of ${kind}`, s.borderTopColor, behind]);
  e.focus({focusVisible: true, preventScroll: true});
  if (document.activeElement !== e) continue;
  const ring = s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2;
  found.push([`ring of ${kind}`, ring ? s.outlineColor : behind, behind]) }
document.activeElement.blur();
return found }"""


def channels(color):
    return [float(x) for x in re.findall(r"[\d.]+", color)]


def contrast(one, other):
    """The ratio of WCAG, of colors as [red, green, blue] or as rgb(…), a transparent one laid over the other."""

    def bare(color):
        return channels(color) if isinstance(color, str) else [*color]

    one, other = bare(one), bare(other)
    alpha = one[3] if len(one) > 3 else 1
    one = [alpha * a + (1 - alpha) * b for a, b in zip(one[:3], other[:3], strict=True)]

    def luminance(rgb):
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (x / 255 for x in rgb[:3])]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@whole([STEPPER, PLAYGROUND, "book/part_test_1.html"])
def test_edges_and_focus_are_seen(whole_page):
    page, least = whole_page, {}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_function("t => document.documentElement.dataset.theme === t", arg=theme)
        page.evaluate("Promise.allSettled(document.getAnimations().filter(a => a.finish).map(a => a.finish()))")
        found = page.evaluate(EDGES)
        assert len(found) > 8
        pale = {name: round(contrast(color, behind), 2) for name, color, behind in found}
        assert {name: ratio for name, ratio in pale.items() if ratio < 3} == {}, theme
        least[theme] = min(ratio for name, ratio in pale.items() if name.startswith("edge"))
    page.emulate_media(color_scheme="light", contrast="more")
    raised = [contrast(c, b) for name, c, b in page.evaluate(EDGES) if name.startswith("edge") and " go" not in name]
    page.emulate_media(contrast="no-preference")
    assert min(raised) > 7 > least["light"]


# ---- pictures --------------------------------------------------------------------------------------------------------


def explorers(name):
    """{id: [SVG lines of each frame]} of a built page."""
    text, found = (HTML / name).read_text(encoding="utf-8"), {}
    for match in re.finditer(r'<div class="nn-explore[^>]* id="x-([^"]+)"', text):
        begin = text.index('<script type="application/json">', match.end())
        data = text[begin + len('<script type="application/json">') : text.index("</script>", begin)]
        packed = json.loads(gzip.decompress(base64.b64decode(json.loads(data)["packed"])))
        found[match[1]] = packed
    return found


def of_hex(color):
    return [int(color[k : k + 2], 16) for k in (1, 3, 5)]


@pytest.mark.parametrize("name", EXPLORING)
def test_letters_in_pictures_have_contrast(name):
    """Letters alone are groups with a fill. White ones stand on a colored cell of their own."""
    for id, packed in explorers(name).items():
        seen = {c for line in packed.get("lines", []) for c in re.findall(r'<g style="fill: (#[0-9A-Fa-f]{6})', line)}
        assert seen or "png" in packed, id
        pale = {c: round(contrast(of_hex(c), [255] * 3), 2) for c in seen if c.lower() != "#ffffff"}
        assert {c: ratio for c, ratio in pale.items() if ratio < 4.5} == {}, id


# Where lines of two or three colors cross in one picture, what tells them apart without colors.
CROSSING = {"07": "two-runs", "11": "step-error", "15": "race", "16": "freedom two-ways", "17": "curves"}


@pytest.mark.parametrize("number", CROSSING)
def test_lines_are_told_apart_without_color(number):
    name = next(p for p in EXPLORING if p.startswith(f"notebooks/{number}"))
    found = explorers(name)
    for id in CROSSING[number].split():
        packed = found[id]
        frame = "\n".join(packed["lines"][k] for k in packed["frames"][len(packed["frames"]) // 2])
        dashes = {}
        for style in re.findall(r'style="fill: none; ([^"]+)"', frame):
            color = re.search(r"stroke: (#[0-9a-f]{6})", style)
            if color and color[1] in ("#0072b2", "#d55e00", "#009e73") and "opacity" not in style:
                dash = re.search(r"stroke-dasharray: ([^;]+)", style)
                dashes.setdefault(color[1], set()).add(dash[1] if dash else "solid")
        assert len(dashes) >= 2, (id, dashes)
        kinds = [*dashes.values()]
        assert all(a != b for k, a in enumerate(kinds) for b in kinds[:k]), (id, dashes)


# ---- width -----------------------------------------------------------------------------------------------------------


@whole(PAGES)
def test_a_narrow_page_scrolls_in_one_direction(whole_page):
    """320 pixels: a screen of 1280 at 400%."""
    assert whole_page.seen["narrowest"] <= 320


@pytest.mark.parametrize("name", [*LISTINGS[::6], "genindex.html"])
def test_a_narrow_listing_scrolls_in_one_direction(plain, html, name):
    plain.set_viewport_size(NARROWEST)
    plain.goto((html / name).as_uri())
    assert plain.evaluate("document.documentElement.scrollWidth") <= 320
    plain.set_viewport_size(PHONE)

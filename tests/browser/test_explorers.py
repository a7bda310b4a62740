"""Every explorer on the built page: each knob changes the picture and its words, at each of its places."""

import re

import pytest

from .conftest import DRAWN, HTML, PAGES, go, settled, whole

PAGES = [p for p in PAGES if 'class="nn-explore' in (HTML / p).read_text(encoding="utf-8")]


@pytest.mark.parametrize("name", PAGES)
def test_weight_of_every_explorer(name):
    """Here, not with the units: to weigh an explorer one has to draw all of it, and the book has done that."""
    page = (HTML / name).read_text(encoding="utf-8")
    begins = [m.start() for m in re.finditer('<div class="nn-explore', page)]
    for begin in begins:
        weight = page.index("</script></div>", begin) - begin
        assert 10_000 < weight <= 400_000, f"{page[begin : begin + 60]}: {weight} characters"


# Move every knob of an explorer over all its places. The words at each place, a number made of the pixels as long as
# all pictures were alike (each is decoded, though), and the milliseconds from the move to the picture.
SWEEP = f"""async e => {{ const drawn = {DRAWN}, image = e.querySelector('img');
const knobs = [...e.querySelectorAll('input,select')];
const turn = (k, v) => {{ k.value = v; k.dispatchEvent(new Event('input')) }};
const last = k => k.type === 'range' ? +k.max : k.options.length - 1;
const sweep = async k => {{
  const seen = {{steps: last(k), alts: [], pictures: [], times: [], faults: []}}, before = k.value;
  k.focus();
  if (document.activeElement !== k) seen.faults.push('takes no focus');
  for (let place = 0; place <= seen.steps; place++) {{
    const began = performance.now();
    turn(k, place);
    try {{ await image.decode() }}
    catch (error) {{ seen.faults.push(`place ${{place}}: ${{error.message}}`); continue }}
    seen.times.push(performance.now() - began);
    seen.alts.push(image.alt);
    if (new Set(seen.pictures).size < 2) seen.pictures.push((await drawn(e))[1]);
    if (+k.value !== place) seen.faults.push(`stays at ${{k.value}} instead of ${{place}}`);
    if (k.type === 'range' && k.getAttribute('aria-valuetext') !== k.parentElement.querySelector('output').innerText)
      seen.faults.push(`place ${{place}}: says ${{k.getAttribute('aria-valuetext')}}`);
  }}
  turn(k, before);
  return seen }};
const found = [];
for (const k of knobs) {{
  let seen = await sweep(k);
  if (new Set(seen.pictures).size === 1) {{  // a knob may act only later on the way: look again from the other end
    for (const o of knobs) if (o !== k && o.type === 'range') turn(o, o.max);
    seen = await sweep(k) }}
  found.push({{...seen, label: k.closest('.r').querySelector('span').innerText, kind: k.type}}) }}
return found }}"""


@pytest.fixture(scope="session")
def swept(whole_page):
    """[(id, what each knob showed)] of the page's explorers."""
    explorers = whole_page.locator(".nn-explore").all()
    return [(e.get_attribute("id"), e.evaluate(SWEEP)) for e in explorers]


@whole(PAGES)
def test_every_knob_moves_the_picture(whole_page, swept):
    assert swept
    for id, knobs in swept:
        assert knobs, id
        for knob in knobs:
            where = f"{whole_page.name}: {id}: {knob['label']}"
            assert knob["faults"] == [], where
            assert len(knob["alts"]) == knob["steps"] + 1 > 1, where
            assert len(set(knob["pictures"])) > 1, f"{where}: a knob changes no picture"
            assert len(set(knob["alts"])) > 1, f"{where}: a knob changes no words"
    assert whole_page.faults == []


@whole(PAGES)
def test_one_knob_of_each_kind_from_the_keyboard(whole_page):
    """A real key on a real knob: the browser makes the event, and the picture follows."""
    page = whole_page
    for kind, forth, back in (("input", "ArrowRight", "ArrowLeft"), ("select", "ArrowDown", "ArrowUp")):
        knob = page.locator(f".nn-explore {kind}").last
        if page.locator(f".nn-explore {kind}").count() == 0:
            continue
        explorer = page.locator(f".nn-explore:has({kind})").last
        frame = "e => e.dataset.frame"
        knob.focus()
        page.keyboard.press("Home")
        places, frames, alts = [knob.input_value()], [explorer.evaluate(frame)], [explorer.evaluate(DRAWN)[0]]
        for key in (forth, back, "End"):
            page.keyboard.press(key)
            places.append(knob.input_value()), frames.append(explorer.evaluate(frame))
            alts.append(explorer.evaluate(DRAWN)[0])
        last = knob.evaluate("e => String(e.type === 'range' ? e.max : e.options.length - 1)")
        where = f"{page.name}: {explorer.get_attribute('id')}: {kind}"
        assert places == ["0", "1", "0", last], where
        assert frames[0] == frames[2] and len({frames[0], frames[1]}) == 2, f"{where}: frames {frames}"
        assert f"x.{explorer.get_attribute('id').removeprefix('x-')}=" in page.url, f"{where}: no address"
        assert alts[0] == alts[2] and all(alts), where
    assert page.faults == []


@whole(PAGES)
def test_buttons_step_and_the_setting_is_in_the_url(whole_page):
    """The page was opened again by the address that it had after the button."""
    moved, again = whole_page.seen["moved"], whole_page.seen["again"]
    where = f"{whole_page.name}: {moved['id']}"
    assert moved["after"] != moved["before"], f"{where}: the button changes nothing"
    assert f"x.{moved['id'].removeprefix('x-')}=3" in moved["url"], where
    assert again["place"] == "3" and again["alt"] == moved["after"][0], where


@pytest.mark.parametrize("fragment", ["#x.nothing=1", "#x.{id}=999.999", "#x.{id}=abc", "#x.{id}=-1.NaN", "#x.{id}="])
def test_a_broken_url_harms_nothing(desk, html, fragment):
    name = PAGES[0]
    first = re.search(r'<div class="nn-explore[^>]* id="x-([^"]+)"', (html / name).read_text(encoding="utf-8"))[1]
    page = go(desk, html, name, fragment.format(id=first))
    settled(page)
    assert page.locator(".nn-explore").first.evaluate(DRAWN)[0]
    assert page.faults == []


# Milliseconds from a slider's step to the picture that is ready to be shown, nine times.
NINE_STEPS = """async e => { const s = e.querySelector('input'), i = e.querySelector('img'), t = [];
for (let k = 0; k < 9; k++) { const b = performance.now(); s.value = (+s.value + 1) % (+s.max + 1);
s.dispatchEvent(new Event('input')); await i.decode(); t.push(performance.now() - b) }
return t }"""


@whole(PAGES)
def test_slider_to_picture_is_quick(whole_page, swept):
    for id, knobs in swept:
        times = [next(knob["times"] for knob in knobs if knob["kind"] == "range")]
        # 25 ms is the figure of the design, for an idle machine; three times that is a slow explorer anywhere. Other
        # steps of the suite share the processor, so the fastest step counts: a slow explorer has none that is quick.
        while min(times[-1]) > 75 and len(times) < 4:
            times.append(whole_page.locator(f"[id='{id}']").evaluate(NINE_STEPS))
        assert min(times[-1]) <= 75, (whole_page.name, id, times)

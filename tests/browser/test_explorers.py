"""Every explorer on the built page, from the keyboard: each knob changes the picture and its words."""

import re

import pytest

from .conftest import HTML, settled

PAGES = sorted(
    p.relative_to(HTML).as_posix()
    for p in [*HTML.glob("notebooks/*.html"), *HTML.glob("book/*.html")]
    if 'class="nn-explore' in p.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", PAGES)
def test_weight_of_every_explorer(name):
    """Here, not with the units: to weigh an explorer one has to draw all of it, and the book has done that."""
    page = (HTML / name).read_text(encoding="utf-8")
    begins = [m.start() for m in re.finditer('<div class="nn-explore', page)]
    for begin in begins:
        weight = page.index("</script></div>", begin) - begin
        assert 10_000 < weight <= 400_000, f"{page[begin : begin + 60]}: {weight} characters"


of_each_page = pytest.mark.parametrize("whole_page", PAGES, indirect=True, scope="module")


def drawn(page, explorer):
    """(alt text, pixels) of an explorer's picture, once it is decoded."""
    image = explorer.locator("img")
    image.evaluate("i => i.decode()")
    return image.get_attribute("alt"), image.evaluate(
        """i => { const c = document.createElement('canvas'); c.width = 240; c.height = 160;
        const g = c.getContext('2d'); g.drawImage(i, 0, 0, 240, 160);
        let h = 0; for (const b of g.getImageData(0, 0, 240, 160).data) h = (h * 31 + b) | 0; return h }"""
    )


def turn(knob, value):
    knob.evaluate("(e, v) => { e.value = v; e.dispatchEvent(new Event('input')) }", value)


def sweep(page, explorer, knob):
    """Move one knob over all its places from the keyboard; the words and the pictures that were seen."""
    slider = knob.get_attribute("type") == "range"
    steps = int(knob.get_attribute("max")) if slider else knob.locator("option").count() - 1
    before = knob.input_value()
    knob.focus()
    knob.press("Home")
    seen = {drawn(page, explorer)}
    for _ in range(steps):
        knob.press("ArrowRight" if slider else "ArrowDown")
        seen.add(drawn(page, explorer))
    assert knob.input_value() == str(steps)
    if slider:
        assert knob.get_attribute("aria-valuetext") == knob.locator("xpath=..").locator("output").inner_text()
    turn(knob, before)
    return {alt for alt, _ in seen}, {pixels for _, pixels in seen}


@of_each_page
def test_every_knob_moves_the_picture(whole_page):
    page = whole_page
    for explorer in page.locator(".nn-explore").all():
        knobs = explorer.locator("input, select").all()
        for knob in knobs:
            others = [k for k in knobs if k is not knob]
            alts, pictures = sweep(page, explorer, knob)
            if len(pictures) == 1:  # a knob may act only later on the way: look again from the other end
                for other in others:
                    turn(other, other.evaluate("e => e.type === 'range' ? e.max : e.value"))
                alts, pictures = sweep(page, explorer, knob)
            assert len(pictures) > 1, f"{explorer.get_attribute('id')}: a knob changes no picture"
            assert len(alts) > 1, f"{explorer.get_attribute('id')}: a knob changes no words"
    assert page.faults == []


@of_each_page
def test_buttons_step_and_the_setting_is_in_the_url(whole_page):
    page = whole_page
    explorer = page.locator(".nn-explore").first
    explorer.locator("input").first.evaluate("e => { e.value = 2; e.dispatchEvent(new Event('input')) }")
    two = drawn(page, explorer)
    explorer.locator("button[value='1']").first.click()
    three = drawn(page, explorer)
    assert three != two
    url, id = page.url, explorer.get_attribute("id").removeprefix("x-")
    assert f"x.{id}=3" in url
    again = page.context.new_page()
    again.goto(url)
    settled(again)
    assert again.locator(".nn-explore").first.locator("input").first.input_value() == "3"
    assert drawn(again, again.locator(".nn-explore").first)[0] == three[0]
    again.close()


@pytest.mark.parametrize("fragment", ["#x.nothing=1", "#x.{id}=999.999", "#x.{id}=abc", "#x.{id}=-1.NaN", "#x.{id}="])
def test_a_broken_url_harms_nothing(open_page, html, fragment):
    name = PAGES[0]
    page = open_page(name)
    first = page.locator(".nn-explore").first.get_attribute("id").removeprefix("x-")
    page.goto("about:blank")
    page.goto((html / name).as_uri() + fragment.format(id=first))
    settled(page)
    assert drawn(page, page.locator(".nn-explore").first)[0]
    assert page.faults == []


# Milliseconds from a slider's step to the picture that is ready to be shown, nine times.
NINE_STEPS = """async e => { const s = e.querySelector('input'), i = e.querySelector('img'), t = [];
for (let k = 0; k < 9; k++) { const b = performance.now(); s.value = (+s.value + 1) % (+s.max + 1);
s.dispatchEvent(new Event('input')); await i.decode(); t.push(performance.now() - b) }
return t }"""


@of_each_page
def test_slider_to_picture_is_quick(whole_page):
    for explorer in whole_page.locator(".nn-explore").all():
        times = [explorer.evaluate(NINE_STEPS)]
        # 25 ms is the figure of the design, for an idle machine; three times that is a slow explorer anywhere. Other
        # steps of the suite share the processor, so the fastest step counts: a slow explorer has none that is quick.
        while min(times[-1]) > 75 and len(times) < 3:
            times.append(explorer.evaluate(NINE_STEPS))
        assert min(times[-1]) <= 75, (explorer.get_attribute("id"), times)

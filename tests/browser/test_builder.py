"""The builder on the built page: moved by mouse, finger and keys, found by an address, and printed."""

import pytest

from .conftest import go

PAGE = "notebooks/05_capacity.html"
STATE = "document.querySelector('.nn-build').builder.state"
GAP = "document.querySelector('.nn-build').builder.gap"
STACKS = "0.9.8.92.50.26.74.40.-92.-8.-50.-74.-26.-40.-20.20.0"


@pytest.fixture
def built(desk, open_page, html):
    """``built(hash, **context)``: the builder unfolded and ready, in a context of its own if one is described."""

    def opened(hash="", **options):
        page = open_page(PAGE, hash, **options) if options else go(desk, html, PAGE, hash)
        page.wait_for_function("document.querySelector('.nn-build').dataset.ready")
        while (skip := page.locator(".nn-predict:not([data-state]) button[data-skip]").first).count():
            skip.click()
        page.locator(".nn-build").scroll_into_view_if_needed()
        return page

    return opened


def middle(page, k):
    box = page.locator(".nn-build .handle").nth(k).locator("rect").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page, k, dx, dy):
    x, y = middle(page, k)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx / 2, y + dy / 2)
    page.mouse.move(x + dx, y + dy)
    page.mouse.up()


def test_the_mouse_moves_edges_and_heights(built):
    page = built()
    before = page.evaluate(STATE)["boxes"]
    drag(page, 10, 0, -60)  # the height of the fourth box: left, height, right of each
    drag(page, 11, 15, 0)
    after = page.evaluate(STATE)["boxes"]
    assert after[3]["height"] > 0.3 and after[3]["right"] > before[3]["right"] and after[3]["left"] == before[3]["left"]
    assert after[:3] == before[:3] and after[4] == before[4]
    assert f"#x.builder=0.9.{round(100 * after[0]['left'])}." in page.url
    assert page.faults == []


def test_a_finger_moves_what_it_touches(built):
    page = built(width=360, height=800, has_touch=True)
    x, y = middle(page, 7)
    touch = page.context.new_cdp_session(page)
    for kind, at in (
        ("touchStart", [(x, y)]),
        ("touchMove", [(x, y + 20)]),
        ("touchMove", [(x, y + 40)]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": u, "y": v} for u, v in at]})
    assert 0.2 < page.evaluate(STATE)["boxes"][2]["height"] < 0.8
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_keys_move_what_has_the_focus(built):
    page = built()
    page.locator(".nn-build .handle").nth(6).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Tab")  # the height of the same box
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(STATE)["boxes"][2] == {"left": -0.1, "right": 0.18, "height": 0.9}
    label = page.evaluate("[document.activeElement.getAttribute('aria-label'), document.activeElement.ariaValueText]")
    assert label == ["box 3, height; left and right move the box", "height 0.9"]


def test_least_squares_waits_for_five_moves_and_a_reset_takes_it_back(built):
    page = built()
    ask = page.locator(".nn-build input[type=checkbox]")
    page.locator(".nn-build .handle").nth(7).focus()
    for k in range(5):
        assert ask.is_disabled(), k
        page.keyboard.press("ArrowDown")
    ask.check()
    assert page.locator(".nn-build .other").inner_text().startswith("Least squares (dashed): mean squared gap ")
    page.locator(".nn-build").get_by_text("Reset").click()
    assert ask.is_disabled() and page.evaluate(STATE)["boxes"][2]["height"] == 1
    assert page.locator(".nn-build .other").inner_text() == ""


def test_an_address_brings_the_stacks_of_the_chapter(built):
    page = built(f"#x.builder={STACKS}")
    assert abs(page.evaluate(GAP) - 0.00331) < 5e-6
    assert "0.00331" in page.locator(".nn-build .score").inner_text()
    assert page.locator(".nn-build .net text.v").all_text_contents()[:2] == ["0.5", "−0.5"]


def test_softer_boxes_sink(built):
    page = built()
    for _ in range(7):
        page.locator(".nn-build button[aria-label='previous steepness w']").click()
    assert page.locator(".nn-build .knobs output").inner_text() == "5"
    assert page.locator(".nn-build .words").inner_text().endswith("At its middle it is 0.462 high.")


PRINTED = """() => { const e = document.querySelector('.nn-build'), css = x => getComputedStyle(x);
return {shown: [...e.querySelectorAll('button, input')].filter(x => x.checkVisibility()).length,
  plot: e.querySelector('.plot').getBoundingClientRect().height, paper: css(e.querySelector('.plot')).backgroundColor,
  words: css(e.querySelector('.net .name')).fill, breaks: css(e).breakInside} }"""


def test_in_the_dark_it_prints_as_a_light_picture(built):
    page = built(width=672, height=990, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    seen = page.evaluate(PRINTED)
    assert seen.pop("plot") > 150
    assert seen == {"shown": 0, "paper": "rgba(0, 0, 0, 0)", "words": "rgb(31, 35, 40)", "breaks": "avoid"}


def test_without_scripts_it_is_a_picture(built, open_page):
    page = open_page(PAGE, java_script_enabled=False)
    image = page.locator(".nn-build .still img")
    assert "5 boxes, which are 10 sigmoid units" in image.get_attribute("alt")
    assert image.evaluate("e => e.naturalWidth") > 500

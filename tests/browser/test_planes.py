"""Three half-planes on the built page: dragged by mouse, finger and keys, found by an address, and printed."""

import re

import pytest

from .conftest import go

PAGE = "notebooks/03_layers.html"
FENCE = "0.0.5.-25.90.210.330.-45.-45.-45.10.10.10"  # the triangle of the chapter
SKIP = "document.querySelectorAll('.nn-predict:not([data-state]) button[data-skip]').forEach(b => b.click())"


@pytest.fixture
def planes(desk, open_page, html):
    """``planes(hash, **context)``: (page, the half-planes), ready; in a context of its own if one is described."""

    def opened(hash="", **options):
        page = open_page(PAGE, hash, **options) if options else go(desk, html, PAGE, hash)
        page.wait_for_function("document.querySelector('.nn-planes').dataset.ready")
        page.evaluate(SKIP)
        root = page.locator(".nn-planes")
        root.locator(".plane").scroll_into_view_if_needed()
        return page, root

    return opened


def score(root):
    return int(re.match(r"(\d+) of 60 points are right", root.locator(".score").inner_text())[1])


def knob(root, name):
    return root.get_by_label(name, exact=True)


def test_the_chapters_triangle_fences_the_disc(planes):
    """As a reader sets it, slider by slider; and the number of the text."""
    page, root = planes()
    assert score(root) < 60
    for k, turn in enumerate((90, 210, 330), 1):
        knob(root, f"turn of unit {k}").fill(str(turn))
        knob(root, f"shift of unit {k}").fill("-0.45")
    page.wait_for_function("document.querySelector('.nn-planes .score').textContent.startsWith('60 of 60')")
    assert root.locator(".spot").inner_text().endswith("= 0.50")
    page.wait_for_url(f"**#x.planes={FENCE}")
    assert page.faults == []


def test_an_address_brings_it(planes):
    page, root = planes(f"#x.planes={FENCE}")
    assert score(root) == 60
    assert [knob(root, f"turn of unit {k}").input_value() for k in (1, 2, 3)] == ["90", "210", "330"]
    root.get_by_text("Start again").click()
    page.wait_for_function("!document.querySelector('.nn-planes .score').textContent.startsWith('60 of 60')")


def test_the_mouse_turns_and_moves_a_line(planes):
    page, root = planes(f"#x.planes={FENCE}")
    grip = root.locator(".grip").first
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y - 60, steps=4)
    page.mouse.up()
    turn, shift = (float(knob(root, f"{what} of unit 1").input_value()) for what in ("turn", "shift"))
    assert turn != 90 and shift != -0.45
    after = grip.bounding_box()
    assert abs(after["x"] - box["x"] - 40) < 5 and abs(after["y"] - box["y"] + 60) < 5, "the handle is under the mouse"
    assert knob(root, "turn of unit 2").input_value() == "210" and score(root) < 60


def test_a_finger_drags_on_a_narrow_phone(planes):
    page, root = planes(f"#x.planes={FENCE}", width=360, height=800, has_touch=True)
    box = root.locator(".grip").nth(1).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    for kind, at in (
        ("touchStart", [(x, y)]),
        ("touchMove", [(x + 15, y)]),
        ("touchMove", [(x + 30, y)]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": u, "y": v} for u, v in at]})
    assert knob(root, "shift of unit 2").input_value() != "-0.45"
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    heights = "e => [...e.querySelectorAll('button, select')].map(b => b.getBoundingClientRect().height)"
    assert min(root.evaluate(heights)) >= 24


def test_keys_move_a_line_and_the_cross(planes):
    page, root = planes(f"#x.planes={FENCE}")
    grip = root.locator(".grip").first
    grip.focus()
    before = grip.get_attribute("aria-label")
    page.keyboard.press("ArrowUp")
    assert grip.get_attribute("aria-label") != before and "arrow keys move it" in before
    assert knob(root, "shift of unit 1").input_value() == "-0.4"
    root.locator(".cross").focus()
    for _ in range(20):
        page.keyboard.press("ArrowDown")
    page.wait_for_function("document.querySelector('.nn-planes .spot').textContent.endsWith('= −0.50')")
    page.wait_for_timeout(600)
    assert root.locator(".aloud").inner_text().endswith("points are right.")


def test_steepness_is_asked_of_sigmoids_only(planes):
    _page, root = planes()
    assert not knob(root, "steepness").is_visible()
    root.get_by_label("hidden units").select_option("sigmoid")
    assert knob(root, "steepness").is_visible()


PRINTED = """() => { const e = document.querySelector('.nn-planes');
return {shown: [...e.querySelectorAll('button, input, select')].filter(x => x.checkVisibility()).length,
  breaks: getComputedStyle(e).breakInside,
  pictures: [...e.querySelectorAll('canvas, img')].filter(x => x.checkVisibility()
    && x.getBoundingClientRect().width > 60).length} }"""


def test_in_the_dark_it_prints_as_a_picture(planes):
    page, _root = planes(f"#x.planes={FENCE}", width=672, height=990, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    seen = page.evaluate(PRINTED)
    assert seen["pictures"] >= 1 and seen["shown"] == 0 and seen["breaks"] == "avoid"


def test_without_scripts_it_is_a_picture(open_page):
    page = open_page(PAGE, java_script_enabled=False)
    image = page.locator(".nn-planes .still img")
    assert "three hidden units" in image.get_attribute("alt").lower()
    assert image.evaluate("e => e.naturalWidth") > 500

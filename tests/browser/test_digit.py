"""A digit in chapter 1, on the built page with the network cut: chosen, drawn by mouse, finger and keys, shifted."""

import numpy as np
import pytest

import nnlib as nn

from .conftest import DESK, PHONE

PAGE = "notebooks/01_orientation.html"
SKIP = "document.querySelectorAll('.nn-predict:not([data-state]) button[data-skip]').forEach(b => b.click())"


@pytest.fixture(params=["desk", "phone"])
def digit(request, open_page):
    """(page, the digit), with all predictions skipped."""
    size = PHONE if request.param == "phone" else DESK
    page = open_page(PAGE, **size, has_touch=request.param == "phone")
    page.evaluate(SKIP)
    root = page.locator(".nn-digit").first
    root.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('.nn-digit').dataset.ready")
    return page, root


def grays(root):
    return np.array(root.evaluate("e => e.digit.grays()"))


def go_to(root, layer):
    root.locator(".steps input").nth(layer).check()


def shares(root):
    return [float(text) for text in root.locator(".share").all_inner_texts()]


def test_it_goes_layer_by_layer(digit):
    page, root = digit
    assert root.locator(".steps input:checked").input_value() == "0"
    lit = "e => [...e.querySelectorAll('.tile i')].map(i => +i.style.opacity)"
    assert set(root.evaluate(lit)) == {0} and set(root.locator(".share").all_inner_texts()) == {""}
    for layer in (1, 2, 3):
        go_to(root, layer)
        H = root.evaluate("e => e.digit.pass().H")
        expected = [*H[1], *(H[2] if layer > 1 else [0] * 16)]
        assert root.evaluate(lit) == pytest.approx(expected, abs=1e-5)
    assert shares(root) == [round(p, 3) for p in H[3]] and sum(H[3]) == pytest.approx(1)
    best = int(np.argmax(H[3]))
    assert root.locator(".verdict").inner_text() == f"It answers {best}, with probability {H[3][best]:.3f}."
    labels = [tile.get_attribute("aria-label") for tile in root.locator(".tile").all()]
    assert labels[20] == f"unit 5: {H[2][4]:.3f}"
    assert page.faults == [] and page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_is_chosen_shifted_and_cleared(digit):
    page, root = digit
    go_to(root, 3)
    X = (16 * nn.data.digits()[0]).astype(int)
    seen = set()
    for thumb in root.locator(".thumb").all():
        thumb.click()
        seen.add(int(thumb.get_attribute("aria-label")[-1]))
        assert (X == grays(root)).all(axis=1).any(), "one of the data"
    assert seen == set(range(10))
    before = grays(root).reshape(8, 8)
    root.get_by_label("shift one pixel right").click()
    root.get_by_label("shift one pixel up").click()
    expected = np.zeros((8, 8))
    expected[:7, 1:] = before[1:, :7]
    assert np.array_equal(grays(root).reshape(8, 8), expected)
    root.get_by_role("button", name="Clear").click()
    assert not grays(root).any() and sum(shares(root)) == pytest.approx(1, abs=0.006), "an empty square has an answer"
    page.wait_for_function("document.querySelector('.nn-digit .aloud').textContent.startsWith('It answers ')")
    assert page.faults == []


def test_it_is_drawn_with_a_pointer(digit):
    page, root = digit
    go_to(root, 3)
    root.get_by_role("button", name="Clear").click()
    pad = root.locator(".pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    points = [
        (box["x"] + box["width"] * u, box["y"] + box["height"] * v) for u, v in ((0.28, 0.1), (0.75, 0.1), (0.45, 0.95))
    ]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=6)
    page.mouse.up()
    assert 12 < grays(root).sum() / 16 < 26 and ((grays(root) > 0) & (grays(root) < 16)).sum() > 8, "soft edges"
    assert root.locator(".verdict").inner_text().startswith("It answers 7")
    root.get_by_role("button", name="Erase").click()
    page.mouse.click(*points[1])
    assert grays(root)[6] == 0
    root.get_by_role("button", name="Center and stretch").click()
    assert grays(root).reshape(8, 8)[[0, 7]].sum(axis=1).all()


def test_it_is_drawn_with_a_finger(digit):
    page, root = digit
    if not page.evaluate("navigator.maxTouchPoints"):
        pytest.skip("a desk has no touch screen")
    root.get_by_role("button", name="Clear").click()
    pad = root.locator(".pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert grays(root).reshape(8, 8)[3:5, 3:5].all() and pad.evaluate("e => getComputedStyle(e).touchAction") == "none"


def test_it_is_drawn_with_keys_and_units_are_read(digit):
    page, root = digit
    root.get_by_role("button", name="Clear").click()
    pad = root.locator(".pad")
    pad.focus()
    for key in ("ArrowUp", "ArrowLeft", "Space", "ArrowDown"):
        page.keyboard.press(key)
    assert root.locator(".aloud").inner_text() == f"row 4, column 3: {grays(root)[3 * 8 + 2]} of 16"
    assert grays(root).reshape(8, 8)[2, 2] == 16 and grays(root).sum() / 16 < 3
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Delete")
    assert not grays(root).any()
    go_to(root, 3)
    root.locator(".tile").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    z, h = root.evaluate("e => [e.digit.pass().Z[1][3], e.digit.pass().H[1][3]]")
    said = root.locator(".readout").inner_text()
    assert said.startswith(f"layer 1, unit 4: z = {z:.3f}, output {h:.3f}.".replace("-", "−"))
    assert root.locator(".weights rect").count() == 65, "64 weights on paper"


def test_paper_and_a_page_without_scripts_have_the_picture(digit, plain, html):
    page, root = digit
    page.emulate_media(media="print")
    assert root.locator(".still img").is_visible() and not root.locator(".live").is_visible()
    page.emulate_media(media="screen")
    assert not root.locator(".still img").is_visible()
    plain.goto((html / PAGE).as_uri())
    assert plain.locator(".nn-digit .still img").get_attribute("alt").startswith("The network 64-16-16-10 and a ")

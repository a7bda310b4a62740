"""Pictures on a phone: their panels, and how much they may shrink."""

import html
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import font_manager
from matplotlib.lines import Line2D
from matplotlib.transforms import Bbox

from nnlib import lab
from nnlib.lab import picture, style

pytestmark = pytest.mark.book


def drawn(paint, width=7.0, height=3.4):
    fig = lab.figure(width, height)
    with style.styled():
        paint(fig)
    return fig


def two(fig):
    for axes, name in zip(fig.subplots(1, 2), ("left", "right"), strict=True):
        axes.plot([0, 1])
        axes.set(title=name, xlabel="x", ylabel="the value of it")


def test_panels_side_by_side():
    parts = picture.Parts([drawn(two)])
    (x0, _, w0, h0), (x1, _, w1, _) = parts.panels
    assert 0 <= x0 and x0 + w0 <= x1 + 2 * picture.MARGIN and x1 + w1 <= parts.width == 504
    assert w0 == pytest.approx(252, rel=0.1) and h0 <= 3.4 * 72
    assert parts.least == pytest.approx(11 / 11)  # the ticks


def test_words_above_stay_together_and_have_room():
    """A line above two panels is a panel of its own, as wide as a phone: another picture's words may be longer."""

    def paint(fig):
        two(fig)
        fig.suptitle("loss 0.2", x=0.01, ha="left")
        fig.text(0.6, 0.97, "η = 1")

    first, *rest = picture.Parts([drawn(paint)]).panels
    assert len(rest) == 2 and first[1] < rest[0][1]
    assert first[2] >= picture.PHONE


def test_a_panel_has_room_for_what_each_picture_shows():
    def with_note(fig):
        two(fig)
        fig.axes[1].text(0.5, 1.2, "far above", transform=fig.axes[1].transAxes)

    alone, both = picture.Parts([drawn(two)]), picture.Parts([drawn(two), drawn(with_note)])
    assert len(both.panels) == 2 and both.panels[1][3] > alone.panels[1][3]


def test_what_crosses_is_not_cut():
    def crossed(fig):
        two(fig)
        fig.add_artist(Line2D([0.4, 0.6], [0.5, 0.5]))

    assert len(picture.Parts([drawn(crossed)]).panels) == 1


@given(st.lists(st.tuples(*[st.integers(0, 40)] * 4, st.booleans()), max_size=6))
def test_panels_hold_everything_once(given_boxes):
    things = [(Bbox.from_bounds(x, y, w + 1, h + 1), plot) for x, y, w, h, plot in given_boxes]
    panels = picture._divided(things) if things else []
    assert sorted(map(id, (thing for panel in panels for thing in panel))) == sorted(map(id, things))
    for one in panels:
        for other in panels:
            a, b = picture._around(one), picture._around(other)
            apart = a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 or b.y1 <= a.y0
            assert one is other or apart


def test_the_smallest_words_decide_how_much_a_picture_may_shrink():
    def paint(fig):
        axes = fig.subplots()
        axes.set_axis_off()
        axes.text(0.1, 0.1, "small", fontsize=8)
        axes.text(0.1, 0.5, "", fontsize=2)
        axes.text(0.1, 0.9, "unseen", fontsize=3, visible=False)

    parts = picture.Parts([drawn(paint)])
    assert parts.least == pytest.approx(picture.SMALLEST / 8)
    said = parts.attributes()
    assert "nn-wide" in said and "--least:1.38;--wide:504" in said  # 693 pixels, of which a phone has half
    assert "nn-wide" not in picture.Parts([drawn(two)]).attributes()


def test_a_still_says_its_panels(monkeypatch):
    monkeypatch.setenv("NNLIB_STATIC", "1")
    data, _ = lab.show(drawn(two), alt="Two <panels>.")._repr_mimebundle_()
    text = data["text/html"]
    assert re.search(r'data-panels="\d+ \d+ \d+ \d+;\d+ \d+ \d+ \d+"', text)
    assert f'alt="{html.escape("Two <panels>.")}"' in text and "nnPicture(document.currentScript" in text


def test_pictures_and_pages_have_one_face():
    """The style's first family is the one in the repository, for words of either weight, with all signs of pictures."""
    with style.styled():
        for weight in ("normal", "bold"):
            path = font_manager.findfont(font_manager.FontProperties(weight=weight))
            assert "nnlib" in path and "CourseSans" in path
            signs = font_manager.get_font(path).get_charmap()
            assert not [sign for sign in "ηθλβδσμ∂√∞≤≥≈≠→←↑↓·×−–—′²³₀₁₂ₜ…“”‖" if ord(sign) not in signs and sign != "ₜ"]


def test_outlines_do_not_depend_on_what_is_hidden():
    def paint(fig):
        two(fig)
        fig.axes[0].set_visible(False)
        fig.text(np.nan, 0.5, "nowhere")

    assert len(picture.Parts([drawn(paint)]).panels) == 1

"""The pictures of an explorer: each as if it were the only one, in one layout, and words as Matplotlib writes them."""

import gc
import io
import re
import shutil

import numpy as np
import pytest
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.transforms import Bbox

from benchmarks import pictures
from nnlib import lab
from nnlib.lab import pen, style
from nnlib.lab.explore import frames
from tests.chapters import NAMES, NOTEBOOKS, run


def places(sheet):
    return np.array([axes.get_position(original=True).extents for axes in sheet.axes])


def alone(painted, knobs):
    """The same picture on axes made for it alone, in the places that the explorer's pictures have."""
    kept = painted.paint(**knobs)
    with style.styled():
        sheet = frames.Sheet(figsize=painted.size, dpi=100, layout="constrained")
        painted.draw(sheet, **knobs)
        own = places(sheet) if pen.lay_out(sheet) else None
        for axes, place in zip(sheet.axes, places(kept), strict=True):
            axes.set_position(Bbox.from_extents(*place))
        if own is not None and sheet.heading is not None:
            sheet.heading.set_y(kept.top)
        return pen.write(kept), pen.write(sheet), places(kept), own


# A search tries rates that do not learn, and the estimator says so of each: that is no fault of the chapter.
@pytest.mark.filterwarnings("ignore:the loss came from", "ignore:training stopped early")
@pytest.mark.book
@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_every_picture_of_the_book_is_its_own_and_has_room(path):
    """Painted after others it is the one painted alone, and no axes needs more room than the common layout gives."""
    for explorer in run(path)[0]:
        size, points = np.tile(explorer.size, 2) * 72, explorer.points
        for knobs in (points[-1], points[len(points) // 3], points[0]):
            after_others, by_itself, given, wanted = alone(explorer.frames, knobs)
            assert after_others == by_itself, f"{explorer.id} at {knobs}"
            if wanted is not None:
                lacking = ((wanted - given) * [1, 1, -1, -1] * size).max()
                assert lacking < 0.5, f"{explorer.id} at {knobs} lacks {lacking:.1f} points of room"


def stairs(fig, k, kind):
    """One drawing with all that could be remembered by mistake: titles, ticks, scales, shared axes, other axes."""
    if kind == "plain":
        ax = fig.subplots()
        ax.plot([0, k], [0, 10.0**k])
    elif kind == "shared":
        upper, lower = fig.subplots(2, 1, sharex=True, height_ratios=[k, 1])
        upper.semilogy([1, 2, 3], [1, 10, 10.0**k])
        lower.bar([1, 2, 3], [k, 2, 3])
        lower.tick_params(labelsize=6 + k)
        fig.suptitle(f"k is {k}")
    elif kind == "grid":
        grid = fig.add_gridspec(2, 2)
        fig.add_subplot(grid[0, :]).set_title("wide", **(dict(color="red") if k == 2 else {}))
        right = fig.add_subplot(grid[1, 1])
        right.set_yticks([0, 1], ["no", "a long label" * (k == 3)])
        right.get_yticklabels()[0].set_color("blue" if k == 1 else "black")
    else:
        fig.set_layout_engine("none")
        ax = fig.add_axes([0.1, 0.2, 0.8, 0.7])
        ax.spines.left.set_visible(k == 2)
        fig.suptitle("above", y=0.9)


KINDS = ["plain", "shared", "grid", "placed"]


def test_a_picture_cannot_tell_which_was_painted_before_it():
    settings = [dict(k=k, kind=kind) for k in (3, 1, 2) for kind in KINDS]
    painted = frames.Frames(stairs, (5, 3), settings)
    first = [pen.write(painted.paint(**knobs)) for knobs in settings]
    for knobs, before in zip(reversed(settings), reversed(first), strict=True):
        after_others, by_itself, _, _ = alone(painted, knobs)
        assert after_others == by_itself == before, knobs
    # The ratio of heights is a wish, too: three sheets of that kind, one of each other.
    assert len(painted.kept) == len(KINDS) + 2


@pytest.mark.parametrize("kind", ["plain", "grid"])
def test_one_layout_for_all_settings(kind):
    """It leaves each axes what it can have in all of them, whichever is painted first."""
    settings = [dict(k=k, kind=kind) for k in (1, 2, 3)]
    found = [frames.Frames(stairs, (5, 3), settings) for _ in settings]
    common = [places(painted.paint(**knobs)) for painted, knobs in zip(found, settings, strict=True)]
    for other in common[1:]:
        np.testing.assert_allclose(other, common[0], rtol=0, atol=1e-12)
    assert all((alone(found[0], knobs)[3] - common[0])[:, :2].max() < 1e-6 for knobs in settings)
    alone_with_k_1 = places(frames.Frames(stairs, (5, 3), settings[:1]).paint(**settings[0]))
    assert np.abs(alone_with_k_1 - common[0]).max() > 0.01, "the long label or number had no say"


def test_axes_are_made_once(monkeypatch):
    painted = frames.Frames(stairs, (5, 3), [dict(k=1, kind="shared")])
    painted.paint(k=1, kind="shared")
    monkeypatch.setattr(frames.Figure, "add_subplot", None)
    assert len(painted.paint(k=1, kind="shared").axes) == 2
    with pytest.raises(TypeError):
        painted.paint(k=2, kind="shared")  # of other heights: these must be made


def test_a_drawing_that_wants_fewer_axes_gets_no_empty_ones():
    def some(fig, n):
        fig.set_layout_engine("none")
        for k in range(n):
            fig.add_axes([0.1 + 0.3 * k, 0.1, 0.2, 0.8])

    painted = frames.Frames(some, (5, 3), [dict(n=3)])
    assert [len(painted.paint(n=n).axes) for n in (3, 1, 2, 3, 0)] == [3, 1, 2, 3, 0]


def test_an_error_in_a_drawing_is_its_own():
    def touchy(fig, k):
        fig.subplots()
        if k == 2:
            raise KeyError("two")

    painted = frames.Frames(touchy, (5, 3), [dict(k=1), dict(k=2)])
    painted.paint(k=1)
    with pytest.raises(KeyError, match="two"):
        painted.paint(k=2)
    assert len(painted.paint(k=3).axes) == 1


def test_nothing_moves_while_a_kept_picture_is_drawn():
    sheet = frames.Frames(stairs, (5, 3), [dict(k=1, kind="plain")]).paint(k=1, kind="plain")
    before = places(sheet)
    with style.styled():
        sheet.savefig(io.BytesIO(), dpi=60)
        pen.write(sheet)
    assert (places(sheet) == before).all() and sheet.dpi == 100


def test_garbage_waits_only_inside():
    often, frozen = gc.get_threshold(), gc.get_freeze_count()
    with pytest.raises(KeyError), frames.many():
        assert gc.get_threshold()[0] > 10 * often[0] and gc.isenabled()
        raise KeyError
    assert gc.get_threshold() == often and gc.get_freeze_count() <= frozen


def test_the_benchmark_measures_every_variant():
    explorer = lab.explore(lambda fig, k: fig.subplots().set_title(f"{k}"), alt=str, k=np.linspace(1, 5, 5))
    found = pictures.measure([explorer], rounds=1, every=2)
    assert found.keys() == pictures.VARIANTS.keys() and min(found.values()) > 0


# ---- words ---------------------------------------------------------------------------------------------------------


def elements(text):
    """The elements of an SVG text, each on a line, in an order of their own."""
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.S)
    lines = re.sub(r"\n(?! *<)", " ", text[text.index("<svg") :]).split("\n")
    return sorted(re.sub(" +", " ", line).strip().replace(' "', '"') for line in lines if line.strip())


@pytest.mark.parametrize(
    "word, look",
    [
        ("plain words", {}),
        ("−1.25 ∂E/∂w₁ → δ", dict(rotation=30, fontsize=17)),
        ("two\nlines", dict(ha="center", va="center", alpha=0.4)),
        (r"$\frac{\partial E}{\partial w}\;\sqrt{2}$", dict(color="#0072B2")),
        ("<tags> & 'quotes' \"…\" --", dict(fontweight="bold", family="monospace")),
        ("boxed", dict(bbox=dict(facecolor="white", edgecolor="none"))),
        ("aaaa aaaa", dict(color=(1, 0, 0, 0.5))),
    ],
)
def test_words_are_written_as_matplotlib_writes_them(word, look):
    with style.styled():
        fig = style.figure(3, 2)
        ax = fig.subplots()
        ax.text(0.5, 0.5, word, **look)
        ax.set_title(word.replace("\n", " "))
        pen.lay_out(fig)
        wanted = io.StringIO()
        fig.savefig(wanted, format="svg", metadata={"Date": None, "Creator": None})
        fig.set_layout_engine("none")
        for _ in range(2):  # learned, and remembered
            assert elements(pen.write(fig)) == elements(wanted.getvalue())


def test_wishes_for_a_font_s_features_are_heard():
    with style.styled():
        fig = style.figure(3, 2)
        text = fig.text(0.5, 0.5, "first AVAVA office")
        if not hasattr(text, "set_fontfeatures"):
            pytest.skip("this Matplotlib has no font features")
        plain = pen.write(fig)
        text.set_fontfeatures(["-kern"])
        assert pen.write(fig) != plain
        text.set_fontfeatures(None)
        assert pen.write(fig) == plain


def test_a_font_without_tables_is_measured(monkeypatch, tmp_path):
    font = shutil.copy(findfont("DejaVu Sans"), tmp_path)  # nobody has measured it yet
    monkeypatch.setattr(pen, "get_font", lambda files: type("Font", (), {"get_sfnt_table": lambda self, name: None})())
    fig = lab.figure(2, 1)
    fig.text(0.5, 0.5, "word", font=FontProperties(fname=font))
    assert "<use" in lab.picture.svg(fig)


def test_the_figure_is_left_as_it_was():
    fig = lab.figure(2, 1)
    fig.subplots()
    canvas = fig.canvas
    pen.lay_out(fig)
    pen.write(fig)
    assert fig.canvas is canvas and fig.dpi == 100

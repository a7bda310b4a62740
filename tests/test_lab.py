"""The lab beyond explorers: shared drawings, questions and exercises that are asked for wrongly, the notebook tool."""

import importlib.util
import io
import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from fractions import Fraction
from html import unescape
from html.parser import HTMLParser
from itertools import combinations
from pathlib import Path

import matplotlib
import nbformat
import nbformat.v4 as v4
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import rgb2hex, to_rgb
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch

import cells
import colab
import lint
import nnlib as nn
import notebook as command
import reading
from nnlib import lab
from nnlib.lab import files, page, picture, style, terminal
from nnlib.lab.checks.exercise import Exercise
from tests.chapters import ROOT

quiz, recall, exam = (importlib.import_module(f"nnlib.lab.questions.{name}") for name in ("quiz", "recall", "exam"))
pytestmark = pytest.mark.book


# ---- drawings --------------------------------------------------------------------------------------------------------


def place_of(artist):
    """Where an artist stands on its figure: left, bottom, right, top in pixels."""
    return artist.get_window_extent(FigureCanvasAgg(artist.figure).get_renderer()).extents


def is_inside(inner, outer):
    (x0, y0, x1, y1), (left, bottom, right, top) = inner, outer
    return left <= x0 and bottom <= y0 and x1 <= right and y1 <= top


def overlap(a, b):
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def is_legible(fig):
    """Every word of a picture is in it, and none stands on another."""
    FigureCanvasAgg(fig).draw()
    words = [text for ax in fig.axes for text in ax.texts if text.get_text()]
    places = [place_of(text) for text in words]
    clash = next(
        (f"{a} on {b}" for (a, p), (b, q) in combinations(zip(words, places, strict=True), 2) if overlap(p, q)), None
    )
    outside = [str(text) for text, place in zip(words, places, strict=True) if not is_inside(place, fig.bbox.extents)]
    assert clash is None and not outside
    return bool(words)


def colors_at(ax, points):
    """What color a reader sees at these points of an axes."""
    canvas = FigureCanvasAgg(ax.figure)
    canvas.draw()
    image = np.asarray(canvas.buffer_rgba())
    across, up = ax.transData.transform(points).astype(int).T
    return [rgb2hex(color / 255) for color in image[len(image) - 1 - up, across]]


@pytest.mark.parametrize("lit", ["", "forward", "repeat"])
def test_loop(lit):
    shown = lab.loop(lit)
    assert "initialize → forward" in repr(shown) and (not lit or lit in repr(shown))
    with pytest.raises(ValueError, match="one of initialize, forward"):
        lab.loop("sideways")
    assert is_legible(shown.fig)
    (ax,) = shown.fig.axes
    boxes = [patch for patch in ax.patches if isinstance(patch, FancyBboxPatch)]
    arrows = [place_of(patch) for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    steps = "initialize", "forward", "loss", "backward", "update", "repeat"
    for word, box, step in zip(ax.texts, boxes, steps, strict=True):
        assert word.get_text() == step and is_inside(place_of(word), place_of(box))
        middle = np.mean([place_of(box)[::2], place_of(box)[1::2]], axis=1)
        assert np.allclose(ax.transData.transform(word.get_position()), middle, atol=1)
        assert (rgb2hex(box.get_facecolor()) == style.BLUE.lower()) == (step == lit) != (word.get_color() == style.INK)
    places = [place_of(box) for box in boxes]
    assert all(is_inside(place, shown.fig.bbox.extents) for place in (*places, *arrows))
    assert max(place[2] for place in places) - min(place[0] for place in places) > 0.9 * shown.fig.bbox.width

    def apart(one, other):
        """How far two rectangles are apart, to the side and up; below 0 where they overlap."""
        return [max(one[k] - other[k + 2], other[k] - one[k + 2]) for k in (0, 1)]

    # Each arrow fills the gap between two boxes, and the last one leads from "repeat" to "forward".
    for arrow, ends in zip(arrows, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 1)], strict=True):
        gaps = [max(apart(arrow, box)) for box in places]
        assert all(-6 < gap < 6 if k in ends else gap > 0 for k, gap in enumerate(gaps)), gaps


WEIGHTS = [np.array([[0.5, -1.0], [0.0, 2.0], [-0.25, 1.5]]), np.array([[1.25], [-0.75]])]
LABELS, VALUES = [["x1", "x2", "x3"], ["h1", "h2"], ["y"]], [["1", "0.05", "2"], ["0.52", "0.61"], ["3"]]


def test_a_network_is_drawn_as_it_is():
    fig, sizes = lab.figure(7, 3.4), [3, 2, 1]
    ax = fig.subplots()
    place = lab.figures.network(ax, sizes, WEIGHTS, LABELS, VALUES)
    assert is_legible(fig)
    layers = [np.array([place[l, i] for i in range(n)]) for l, n in enumerate(sizes)]
    assert len(place) == 6 and all(np.ptp(layer[:, 0]) == 0 for layer in layers), "a layer is a column"
    (step,) = {round(x, 9) for x in np.diff([layer[0, 0] for layer in layers])}
    (gap,) = {round(y, 9) for layer in layers for y in -np.diff(layer[:, 1])}
    assert step > 0 and gap > 0, "from left to right, and from top to bottom"
    assert np.ptp([layer[:, 1].mean() for layer in layers]) < 1e-9, "all around one line"
    edges = {tuple(map(tuple, line.get_xydata())): line for line in ax.lines if len(line.get_xydata()) == 2}
    units = {tuple(line.get_xydata()[0]): line for line in ax.lines if len(line.get_xydata()) == 1}
    words = {text.get_position(): text for text in ax.texts}
    assert len(edges) == 8 and units.keys() == set(place.values())
    pairs = [(l, i, j, w) for l, W in enumerate(WEIGHTS) for (i, j), w in np.ndenumerate(W)]
    for l, i, j, w in pairs:
        start, end = np.array([place[l, i], place[l + 1, j]])
        line = edges[tuple(start), tuple(end)]
        assert line.get_color() == (style.BLUE if w >= 0 else style.ORANGE)
        assert line.get_linewidth() >= 0.5, "a weight of 0 is seen, too"
        (t,) = [
            t
            for at, text in words.items()
            if text.get_text() == f"{w:.2f}".replace("-", "−")
            and np.allclose(start + (t := (at[0] - start[0]) / step) * (end - start), at)
        ]
        assert 0.2 < t < 0.5, "the number stands on its edge, nearer to the unit from which it comes"
    by_size = sorted((abs(w), edges[place[l, i], place[l + 1, j]].get_linewidth()) for l, i, j, w in pairs)
    assert (np.diff([width for _, width in by_size]) > 0).all(), "the larger, the thicker"
    assert by_size[-1][1] < 5, "and none so thick that it covers another"
    for (l, i), (x, y) in place.items():
        unit = place_of(units[x, y])
        assert is_inside(unit, ax.bbox.extents) and units[x, y].get_zorder() > max(
            e.get_zorder() for e in edges.values()
        )
        assert words[x, y].get_text() == LABELS[l][i] and is_inside(place_of(words[x, y]), unit)
        (under,) = [text for at, text in words.items() if at[0] == x and text.get_text() == VALUES[l][i]]
        _, bottom, _, top = place_of(under)
        assert top < unit[1] and unit[1] - bottom < 1.5 * (unit[3] - unit[1]), "right below"
    names = [words[at].get_fontsize() for at in place.values()]
    assert max(text.get_fontsize() for text in ax.texts) == min(names), (
        "no number is larger than the names of the units"
    )
    fig = lab.figure()
    ax = fig.subplots()
    lab.figures.network(ax, [2, 1])
    assert [line.get_color() for line in ax.lines if len(line.get_xydata()) == 2] == [style.GRAY] * 2 and not ax.texts


def test_the_thickness_of_a_weight_is_its_share_of_the_largest():
    drawn = []
    for factor in (1, 10, -10, 0):
        ax = lab.figure().subplots()
        lab.figures.network(ax, [3, 2, 1], [factor * W for W in WEIGHTS], digits=None)
        assert not ax.texts, "no numbers"
        drawn.append([line.get_linewidth() for line in ax.lines if len(line.get_xydata()) == 2])
    assert np.allclose(drawn[:3], drawn[0]) and len(set(drawn[3])) == 1


def test_a_boundary_is_where_the_score_is_a_half():
    """Sought by the colors that a reader sees, on limits and with a score in which x and y are not alike."""
    fig = lab.figure(7, 3.4)
    ax = fig.subplots()
    X, T = np.array([[1.0, -0.5], [2.0, 0.5], [3.5, 1.0]]), np.array([[0], [1], [1]])

    def score(P):
        p = 0.5 + 0.2 * (P[:, 0] - 2 * P[:, 1] - 1.5)
        return np.where(P[:, 0] < 0.25, np.nan, p)

    assert lab.figures.boundary(ax, score, X, T, (0, 4, -1, 2), steps=81) is ax
    assert ax.get_xlim() == (0, 4) and ax.get_ylim() == (-1, 2)
    shades = ["#f6c7a8", "#fbe6da", "#dcebf5", "#a9cfe8"]  # of class 0, rather 0, rather 1, of class 1
    at = [(1.5 + 5 * (p - 0.5) + 2 * y, y) for p, y in ((0.1, 0.9), (0.4, -0.3), (0.6, 0.2), (0.9, -0.1))]
    far = [(0.6, 1.8), (3.9, -0.9)]  # scores beyond 0 and 1
    line = [(1.5 + 2 * y, y) for y in (-0.4, 0.1, 0.9)]
    points = [style.ORANGE.lower(), style.BLUE.lower(), style.BLUE.lower()]
    wanted = [*shades, shades[0], shades[-1], *[style.INK] * 3, *points]
    assert colors_at(ax, [*at, *far, *line, *X]) == wanted
    first, second = ax.lines
    assert first.get_marker() != second.get_marker() and "None" in {first.get_linestyle(), second.get_linestyle()}
    assert first.get_label() == "class 0" and second.get_label() == "class 1"
    lab.figures.boundary(ax, lambda P: np.full(len(P), 0.7), X, T, (0, 4, -1, 2), levels=[0, 0.6, 0.8, 1])
    assert colors_at(ax, [(1.5, 0.5), (3, -0.5)]) == [shades[1]] * 2, "all of it is class 1, and has no boundary"


def test_a_surface_has_its_levels_and_the_path_that_was_taken():
    fig = lab.figure(7, 3.4)
    ax = fig.subplots()
    J = lambda x, y: (x - 1) ** 2 + 4 * (y + x / 2) ** 2  # noqa: E731
    path = [(2.5, 1.0), (2.0, -1.0), (np.inf, 0), (1.5, 0.5), (np.nan, 1), (9.0, 9.0)]
    assert lab.figures.surface(ax, J, (-1, 3, -2, 1.5), path, levels=[0.5, 2.0, 6.0]) is ax
    assert ax.get_xlim() == (-1, 3) and ax.get_ylim() == (-2, 1.5)
    (contours,) = ax.collections
    for level, line in zip([0.5, 2.0, 6.0], contours.get_paths(), strict=True):
        assert len(line.vertices) > 20 and np.allclose(J(*line.vertices.T), level, rtol=0.05)
    trace, start = ax.lines
    assert trace.get_xydata().tolist() == [[2.5, 1.0], [2.0, -1.0], [1.5, 0.5], [9.0, 9.0]]
    assert trace.get_linestyle() == "-" and trace.get_marker() not in ("None", start.get_marker())
    assert start.get_xydata().tolist() == [[2.5, 1.0]] and start.get_markersize() > trace.get_markersize()
    assert colors_at(ax, [(2.5, 1.0), (2.25, 0.0), (1.75, -0.25)]) == [style.INK, *[style.ORANGE.lower()] * 2]


def test_boxes_have_the_shapes_of_their_matrices():
    fig = lab.figure(7, 2.5)
    ax = fig.subplots()
    parts = [("H", 4, 3, lab.BLUE), "@", ("W", 3, 2, lab.ORANGE), "=", ("Z", 4, 2, lab.GREEN)]
    assert lab.figures.shape_boxes(ax, parts) is ax and is_legible(fig)
    named = {text.get_text(): text for text in ax.texts}
    boxes = [place_of(patch) for patch in ax.patches]
    row = np.array([(right - left) / part[2] for (left, _, right, _), part in zip(boxes, parts[::2], strict=True)])
    column = np.array([(top - bottom) / part[1] for (_, bottom, _, top), part in zip(boxes, parts[::2], strict=True)])
    assert np.allclose([row, column], row[0], rtol=0.02), "a row is as high as a column is wide, in all of them"
    for (left, bottom, right, top), (name, m, n, _) in zip(boxes, parts[::2], strict=True):
        inside, under = place_of(named[name]), place_of(named[f"({m}, {n})"])
        assert is_inside((left, bottom, right, top), ax.bbox.extents)
        assert np.allclose([np.mean(inside[::2]), np.mean(under[::2])], (left + right) / 2, atol=2)
        assert np.mean(inside[1::2]) == pytest.approx((bottom + top) / 2, abs=3)
        assert bottom - 20 < under[3] < bottom
    middle = [np.mean(box[1::2]) for box in boxes]
    assert np.ptp(middle) < 1, "all on one line"
    for before, sign, after in zip(boxes, ("@", "="), boxes[1:], strict=False):
        left, bottom, right, top = place_of(named[sign])
        assert (
            before[2] < left
            and right < after[0]
            and (left + right) / 2 == pytest.approx((before[2] + after[0]) / 2, abs=2)
        )
        assert (bottom + top) / 2 == pytest.approx(middle[0], abs=5)
    assert [rgb2hex(patch.get_facecolor()) for patch in ax.patches] == [part[3].lower() for part in parts[::2]]


def test_shared_drawings():
    fig = lab.figure(7, 3)
    left, right = fig.subplots(1, 2)
    W = [np.array([[0.5, -1.0], [0.0, 2.0]]), np.array([[1.0], [-1.0]])]
    place = lab.figures.network(
        left, [2, 2, 1], W, labels=[["x1", "x2"], ["h1", "h2"], ["y"]], values=[["1", "2"]] * 2 + [["3"]]
    )
    assert set(place) == {(0, 0), (0, 1), (1, 0), (1, 1), (2, 0)}
    assert {t.get_text() for t in left.texts} >= {"0.50", "−1.00", "2.00", "x1", "y", "3"}
    X, T = nn.data.xor()
    lab.figures.boundary(right, lambda P: np.where(P[:, 0] > 0.5, 1.0, np.nan), X, T, (-1, 2, -1, 2), steps=11)
    assert "<svg" in picture.svg(fig)
    fig = lab.figure(7, 3)
    left, right = fig.subplots(1, 2)
    lab.figures.surface(left, lambda x, y: x**2 + 3 * y**2, (-1, 1, -1, 1), path=[(1, 1), (0.5, -1), (np.inf, 0)])
    lab.figures.shape_boxes(right, [("H", 4, 3, lab.BLUE), "@", ("W", 3, 2, lab.ORANGE), "=", ("Z", 4, 2, lab.GREEN)])
    assert {"(4, 3)", "(3, 2)", "(4, 2)"} <= {t.get_text() for t in right.texts}
    assert "<svg" in picture.svg(fig)


def luminance(color):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(*colors):
    """The ratio that WCAG 2.2 asks for, of two colors as shares of red, green and blue."""
    low, high = sorted(map(luminance, colors))
    return (high + 0.05) / (low + 0.05)


def in_the_dark(color):
    """What the dark page makes of a picture's color: invert(0.93) hue-rotate(180deg)."""
    turn = np.array([[-0.574, 1.43, 0.144], [0.426, 0.43, 0.144], [0.426, 1.43, -0.856]])
    return np.clip(turn @ (0.93 - 0.86 * np.array(color)), 0, 1)


@pytest.mark.parametrize("name", ["INK", "GRAY", "BLUE", "ORANGE", "GREEN", "PURPLE", "YELLOW"])
def test_letters_of_every_color_can_be_read(name):
    """On paper, on the light gray of a panel, and in the dark; as the page draws them and as a notebook does."""
    drawn = getattr(style, name)
    color, paper, panel = (to_rgb(c) for c in (style.for_letters(drawn), style.PAPER, "#f3f4f6"))
    assert contrast(color, paper) >= 4.5 and contrast(color, panel) >= 4.5
    assert contrast(in_the_dark(color), in_the_dark(paper)) >= 4.5
    fig = lab.figure(1, 1)
    fig.text(0.1, 0.1, "word", color=drawn)
    assert f"fill: {style.for_letters(drawn).lower()}" in picture.svg(fig).lower()
    assert picture.png(fig).startswith(b"\x89PNG")
    assert fig.texts[0].get_color().lower() == style.for_letters(drawn).lower()


def test_a_picture_says_what_it_shows(monkeypatch):
    shown = lab.show(lab.figure(2, 1), alt="a < b")
    data, metadata = shown._repr_mimebundle_()
    assert set(data) == {"text/plain", "image/png"} and metadata["image/png"]["alt"] == "a < b"
    monkeypatch.setenv("NNLIB_STATIC", "1")
    data, _ = shown._repr_mimebundle_()
    assert 'alt="a &lt; b"' in data["text/html"] and "image/png" not in data


def test_a_picture_is_the_same_whichever_matplotlib_has_drawn_it():
    """Stored notebooks would else change with every version."""
    fig = lab.figure(2, 1)
    made = picture.png(fig)
    assert b"Software" not in made and matplotlib.__version__.encode() not in made
    few = picture.png(fig, dpi=200, colors=16)
    assert int.from_bytes(few[16:20], "big") == 400 and int.from_bytes(made[16:20], "big") == 200
    assert b"PLTE" in few and b"PLTE" not in made


@pytest.mark.parametrize(("checkout", "how"), [(True, 'pip install -e ".[chapters]" in'), (False, '"nnlib[chapters]"')])
def test_what_the_lab_lacks_is_named_with_its_remedy(monkeypatch, tmp_path, checkout, how):
    path = Path(lab.__file__)
    if not checkout:
        (tmp_path / "nnlib" / "lab").mkdir(parents=True)
        path = shutil.copy(path, tmp_path / "nnlib" / "lab")
    spec = importlib.util.spec_from_file_location("another_lab", path)
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ipywidgets" else find(name))
    with pytest.raises(ModuleNotFoundError, match="^nnlib.lab needs ipywidgets: ") as lacking:
        spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert how in str(lacking.value) and (str(ROOT) in str(lacking.value)) == checkout


def test_each_verdict_has_a_sign_and_a_color_of_its_own():
    answers = {"right": lab.checks.exercises("04")["04-c1"].reference, "open": None, "wrong": lambda z: "<b>"}
    shown = {state: lab.check("04-c1", answer) for state, answer in answers.items()}
    html = {state: one._repr_mimebundle_()["text/html"] for state, one in shown.items()}
    assert {state: repr(one)[0] for state, one in shown.items()} == {"right": "✓", "open": "○", "wrong": "✗"}
    colors = {state: re.search("solid (#.{6});", text)[1].upper() for state, text in html.items()}
    assert colors["right"] == style.GREEN and colors["wrong"] == style.ORANGE and len(set(colors.values())) == 3
    for state, text in html.items():
        words = text.partition(">")[2].removesuffix("</div>")
        assert shown[state].verdict.text in unescape(words) and "<" not in words, "what it quotes is no markup"
        assert f'data-state="{shown[state].verdict.state}"' in text and 'role="status"' in text


def test_a_stored_file_is_the_old_one_or_the_new_one(monkeypatch, tmp_path):
    path = tmp_path / "new" / "folder" / "k.txt"
    files.write(path, "δ\r\n\n")
    files.write(path, "δ\n")
    assert path.read_bytes() == "δ\n".encode() and list(path.parent.iterdir()) == [path]

    def killed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        files.write(path, "a text that is longer")
    assert path.read_bytes() == "δ\n".encode()
    (beside,) = (name for name in path.parent.iterdir() if name != path)
    assert cells.OURS.fullmatch(beside.name), "what is left of it is deleted after a month"


@pytest.mark.parametrize("encoding, told", [("ascii", "\\u2713 "), ("utf-8", "✓ "), (None, "✓ ")])
def test_a_verdict_can_be_printed_anywhere(monkeypatch, encoding, told):
    monkeypatch.setattr(terminal.sys, "stdout", type("Stream", (), {"encoding": encoding})())
    right = type("Right", (terminal.Printable,), {"__repr__": lambda self: "✓ "})()
    assert str(right) == told and repr(right) == "✓ "


def test_a_command_prints_what_its_terminal_lacks(monkeypatch):
    out = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(terminal.sys, "stdout", out)
    monkeypatch.setattr(terminal.sys, "stderr", object())  # somebody's own, which cannot be told
    terminal.tolerate()
    print("✓", file=out, flush=True)
    assert out.buffer.getvalue() == b"\\u2713\n"


# ---- questions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: lab.quiz(), ValueError, "at least one id"),
        (lambda: lab.quiz("99-q1"), ValueError, "no questions for chapter '99'; there are some for 0"),
        (lambda: lab.quiz("09-q99"), ValueError, "no question '09-q99'; this chapter has 09-"),
        (lambda: lab.quiz(9), TypeError, "id: a text such as '04-q1' is needed, int came"),
        (lambda: lab.predict("09-q1"), ValueError, "predict is needed"),
        (lambda: lab.quiz("09-p1"), ValueError, "is of kind 'predict'"),
        (lambda: lab.exam("part99"), ValueError, "name: there is no test 'part99'; there are final, part1, part2"),
        (lambda: lab.exam("04"), ValueError, "name: there is no test '04'"),
        (lambda: lab.exam(1), ValueError, "name: there is no test 1; there are final"),
        (lambda: lab.exam("part1", form=3), ValueError, "form: the test 'part1' has forms 1 to 2, 3 came"),
        (lambda: lab.exam("part1", form=0), ValueError, "form: the test 'part1' has forms 1 to 2, 0 came"),
        (lambda: lab.exam("placing", form=2), ValueError, "form: the test 'placing' has only form 1, 2 came"),
        (lambda: lab.exam("part1", form="2"), TypeError, "form: a whole number is needed, str came"),
        (lambda: lab.exam("part1", form=True), TypeError, "form: a whole number is needed, bool came"),
        (lambda: lab.exam("part1", form=1.0), TypeError, "form: a whole number is needed, float came"),
        (lambda: lab.check("99-c1", 1), ValueError, "no exercises for chapter '99'"),
        (lambda: lab.check("09-c99", 1), ValueError, "no exercise '09-c99'; this chapter has 09-c1"),
    ],
)
def test_asked_for_wrongly(call, error, says):
    with pytest.raises(error, match=re.escape(says)):
        call()


GOOD = {"id": "00-q1", "goal": "g", "question": "?", "tags": [], "section": "s"}
TWO = [{"text": "a", "feedback": "fa"}, {"text": "b", "feedback": "fb"}]
RIGHT = {"text": "c", "feedback": "fc", "correct": True}


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ({"kind": "riddle"}, "kind 'riddle' is none of"),
        ({"kind": "choice"}, "choices missing"),
        ({"kind": "choice", "choices": TWO}, "2 choices with 0 correct"),
        ({"kind": "choice", "choices": [*TWO, RIGHT, {**RIGHT, "text": "d"}]}, "4 choices with 2 correct"),
        ({"kind": "many", "choices": TWO}, "no choice is correct"),
        ({"kind": "choice", "choices": [*TWO, {"text": "c", "correct": True}]}, "a feedback of its own"),
        ({"kind": "number", "answer": 1, "tolerance": -1, "right": "r", "wrong": "w"}, "not a number ≥ 0"),
    ],
)
def test_malformed_questions(question, says):
    assert says in quiz.fault(GOOD | question)
    assert quiz.fault(GOOD | {"kind": "choice", "choices": [*TWO, RIGHT]}) is None


def test_a_malformed_file_names_the_question(tmp_path, monkeypatch):
    (tmp_path / "quiz").mkdir()
    (tmp_path / "quiz/77.json").write_text(json.dumps([GOOD | {"id": "77-q1", "kind": "choice"}]), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=re.escape("77.json, question 77-q1: choices missing")):
        lab.quiz("77-q1")


@pytest.mark.parametrize(
    "low_closed, high_closed, told", [(1, 1, "[0, 2.5]"), (1, 0, "[0, 2.5)"), (0, 1, "(0, 2.5]"), (0, 0, "(0, 2.5)")]
)
def test_what_is_printed_as_the_answer(low_closed, high_closed, told):
    interval = GOOD | dict(kind="interval", low=0, high=2.5, low_closed=low_closed, high_closed=high_closed, right="R.")
    assert quiz.key(interval) == f"{told}. R."
    assert quiz.key(GOOD | dict(kind="number", answer=2.5, right="R.", unit="m")) == "2.5 m. R."
    assert quiz.key(GOOD | dict(kind="order", items=["b", "a"], right="R.")) == "b → a. R."
    assert quiz.key(GOOD | dict(kind="choice", choices=[*TWO, RIGHT])) == "c. fc"
    both = [*TWO, RIGHT, {**RIGHT, "text": "d!"}]
    assert quiz.key(GOOD | dict(kind="many", choices=both)) == "c. fc\nd! fc"


def test_a_question_shows_no_markup_of_its_own():
    html = quiz.render(GOOD | {"kind": "order", "items": ["<b>", "&", "</script>"], "right": "r", "wrong": "w"})
    assert "&lt;b&gt;" in html and html.count("</script>") == 2
    assert "<b>" not in html.replace("<b></b>", "")
    order = [int(i) for i in re.findall(r'data-i="(\d)"', html)]
    assert sorted(order) == [0, 1, 2] and order != [0, 1, 2], "an order question must not start solved"


# ---- what a page is given --------------------------------------------------------------------------------------------

NASTY = """a"b<c>'d&"""  # as an id
TRAPS = ["<!--<script", "</script>", "<script>", "]]>", "<!-- -->", NASTY, "\u2028"]


class Elements(HTMLParser):
    """What HTML says, as a browser reads it: each element's name with its attributes, and the texts of scripts."""

    def __init__(self, text):
        super().__init__()
        self.found, self.scripts, self.texts = [], [], {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def handle_data(self, data):
        if self.found and self.found[-1][0] == "script":
            self.scripts.append(data)
        elif self.found:
            self.texts.setdefault(self.found[-1][0], []).append(data)

    def ids(self, name):
        return {given[name] for _, given in self.found if name in given}


@pytest.mark.parametrize("text", TRAPS)
def test_data_in_a_page_ends_where_it_should(text):
    value = {"text": text, text: [text, 1.5, None, True]}
    element = page.data(value)
    assert element.count("<") == 2 and element.endswith("</script>")
    begin = '<script type="application/json">'
    assert json.loads(element.removeprefix(begin).removesuffix("</script>")) == value


@pytest.mark.parametrize("kind", ["choice", "many", "predict", "number", "interval", "order"])
def test_an_id_may_be_any_text(kind):
    """And so may all that a question says; what a browser finds is what was given."""
    choices = [{**c, "text": t, "feedback": f} for c, t, f in zip([*TWO, RIGHT], TRAPS, TRAPS[1:], strict=False)]
    question = GOOD | {
        "id": NASTY,
        "kind": kind,
        "question": TRAPS[0],
        "right": TRAPS[1],
        "wrong": TRAPS[2],
        "unit": NASTY,
    }
    question |= {"choices": choices} if kind in ("choice", "many", "predict") else {"items": TRAPS}
    question |= {"answer": 1, "tolerance": 0, "low": 0, "high": 1, "low_closed": True, "high_closed": False}
    seen = Elements(quiz.render(question))
    assert seen.ids("id") == {f"q-{NASTY}"} and seen.ids("name") <= {NASTY}
    assert bool(seen.ids("name")) == (kind not in ("interval", "order"))
    told = json.loads(seen.scripts[0])
    assert told == quiz.told(question) and len(seen.scripts) == 2
    assert seen.scripts[1].startswith(f"{quiz.KINDS[kind].call}(")

    def texts(value):
        """All texts of what a question says, in their order."""
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return [value] if isinstance(value, str) else [text for one in inner for text in texts(one)]

    for field in told.keys() & {"right", "wrong", "items", "choices"}:
        bare = [re.sub("</?var>", "", text) for text in texts(told[field])]
        assert [unescape(text) for text in bare] == texts(question[field])
        assert not any(set("<>") & set(text) for text in bare), "the page shows it, and runs nothing of it"
    assert {tag for tag, _ in seen.found} <= {
        *("div", "form", "p", "fieldset", "legend", "label", "input", "span", "select", "option", "b", "button"),
        *("output", "details", "summary", "script", "ol", "li", "var"),
    }


def test_the_id_of_a_recall_and_of_a_test_may_be_any_text(monkeypatch, tmp_path):
    prediction = GOOD | {"id": NASTY, "kind": "predict", "choices": [*TWO, RIGHT]}
    monkeypatch.setattr(recall, "find", lambda id, *kinds: prediction)
    html = lab.recall(NASTY)._repr_mimebundle_()["text/html"].split("<!--/nn:recall-->")[1]
    assert Elements(html).ids("data-id") == {NASTY}
    (tmp_path / "quiz").mkdir()
    bank = [asked(1, id='t-"<1')]
    (tmp_path / "quiz/t.json").write_text(json.dumps(bank), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    html = lab.exam("t")._repr_mimebundle_()["text/html"].split("<!--/nn:exam-->")[1]
    assert Elements(html).ids("id") == {"t-t-form1", 'q-t-"<1'} and Elements(html).ids("data-of") == {'t-"<1'}


def test_an_explorers_words_may_be_any_text():
    html = lab.explore(
        lambda fig, kind, k: None, alt=lambda **_: NASTY, k=np.arange(2), kind=TRAPS[:3], labels={"k": NASTY}
    ).to_html()
    seen = Elements(html.split("<!--/nn:explore-->")[1])
    assert seen.ids("alt") == {NASTY} and {NASTY, f"next {NASTY}"} <= seen.ids("aria-label")
    assert (
        json.loads(next(s for s in seen.scripts if s.startswith("{")))["labels"][1] == TRAPS[:3] == seen.texts["option"]
    )


KITS = {"quiz": "nnQuiz", "recall": "nnRecall", "exam": "nnExam", "explore": "nnExplore", "playground": "nnPlayground"}
KITS |= {"builder": "nnBuilder", "planes": "nnPlanes", "digit": "nnDigit"}
KITS |= {"picture": "nnPicture", "order": "nnOrder", "formula": "nnFormula", "parsons": "nnParsons"}
# The others are kinds of questions.
ROOMS = {"explore": "explore/explore", "playground": "playground/playground", "picture": "picture"}
ROOMS |= {name: f"{name}/{name}" for name in ("builder", "planes", "digit")}


@pytest.mark.parametrize("name", KITS)
def test_a_script_on_a_page_is_its_module_and_what_that_imports(name, tmp_path):
    file = ROOMS.get(name, f"questions/{name}")
    text = page.script(file)
    assert not re.search("(?m)^(import|export) |</script|<!--", text)
    assert f"const {KITS[name]} = " in text
    # A text of several lines would lose its indentation. (One backtick is a mark that people type.)
    assert all(line.replace("ʼ`´", "").count("`") % 2 == 0 for line in text.splitlines())
    assert not re.search(r"(?m)^(//|/\*|\*| )|@type", text)
    source = (ROOT / f"nnlib/lab/{file}.js").read_text(encoding="utf-8")
    for imported in re.findall(r"(?m)^import \{ (\w+)", source):
        assert 0 < text.index(f"const {imported} = ") < text.index(f"const {KITS[name]} = "), imported
    if node := shutil.which("node"):  # which would find a name that two modules give
        (tmp_path / "script.cjs").write_text(f"(() => {{\n{text}}})()", encoding="utf-8")
        assert subprocess.run([node, "--check", tmp_path / "script.cjs"]).returncode == 0


def test_a_page_has_each_kit_once_where_it_is_needed_first():
    quizzes, recalls = page.kit("questions/quiz", "nnQuiz"), page.kit("questions/recall", "nnRecall")
    assert page.once("<p>none</p>") == "<p>none</p>" and page.once(quizzes) == quizzes
    assert page.once(f"a{quizzes}b{recalls}c{quizzes}d{recalls}e{quizzes}f") == f"a{quizzes}b{recalls}cdef"


def test_every_output_of_questions_has_its_kit():
    """In JupyterLab it may be the only one that was run."""
    for shown, *kits in (
        (lab.quiz("04-q1", "04-q2"), "quiz"),
        (lab.quiz("09-q1", "09-f1"), "quiz", "formula"),
        (lab.predict("04-p1"), "quiz"),
        (lab.recall("04-p1"), "recall"),
        (lab.quiz("06-q1", "06-l1"), "quiz", "parsons"),
        (lab.quiz("01-q1", "01-m1"), "quiz", "order"),
        (lab.exam("placing"), "quiz", "exam"),
    ):
        html = shown._repr_mimebundle_()["text/html"]
        assert re.findall(r"<!--nn:(\w+)-->", html) == kits
        for name in kits:
            assert html.index(f"window.{KITS[name]} = ") < html.index(f"<script>{KITS[name]}(")
        assert page.once(html) == html


# ---- tests that deal questions ---------------------------------------------------------------------------------------

LINK = "../notebooks/{}_x.ipynb#s"


def asked(slot, twin="a", chapter="00", **fields):
    question = GOOD | {"kind": "choice", "choices": [*TWO, RIGHT], "slot": slot, "link": LINK.format(chapter)}
    return question | {"id": f"t-{slot}{twin}"} | fields


@pytest.mark.parametrize(
    ("bank", "says"),
    [
        ([{k: v for k, v in asked(1).items() if k != "link"}], "t.json, question t-1a: link missing"),
        ([asked(1, id="u-1a")], "question u-1a: its id must begin with t-"),
        ([asked(1, kind="predict")], "a prediction has no place in a test"),
        ([asked(1, link="02_neuron.ipynb")], "link '02_neuron.ipynb' is not of the form ../notebooks/NN_name.ipynb#"),
        ([asked(1), asked(1, "b"), asked(2)], "every slot needs the same number of twins; found {1: 2, 2: 1}"),
        ([asked(1), asked(2), asked(3), asked(4, chapter="01")], "no order was found in which neighbors come from"),
        ([asked(1, answer=1, kind="number")], "t.json, question t-1a: right, tolerance, wrong missing"),
    ],
)
def test_malformed_banks(tmp_path, monkeypatch, bank, says):
    (tmp_path / "quiz").mkdir()
    (tmp_path / "quiz/t.json").write_text(json.dumps(bank), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=re.escape(says)):
        lab.exam("t")


def test_a_question_comes_from_a_chapter_or_from_a_section_of_the_only_one():
    links = [f"../notebooks/{name}.ipynb#{at}" for name, at in (("04_a", "x"), ("04_a", "y"), ("05_b", "x"))]
    one, same, other = (dict(link=link) for link in links)
    assert exam.places([one, other, same, one]) == ["04", "05", "04", "04"]
    assert len(set(exam.places([one, same, one]))) == 2


def test_the_bank_says_how_long_a_test_is(tmp_path, monkeypatch):
    (tmp_path / "quiz").mkdir()
    bank = [asked(n, twin, f"{n % 15:02d}") for n in range(1, 31) for twin in "abc"]
    (tmp_path / "quiz/t.json").write_text(json.dumps(bank), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    forms = [lab.exam("t", form) for form in (1, 2, 3)]
    assert all(len(f.questions) == 30 for f in forms)
    assert len({q["id"] for f in forms for q in f.questions}) == 90
    assert "Question 30 of 30" in forms[2]._repr_mimebundle_()["text/html"]


def test_a_test_links_to_pages_in_the_book_and_to_notebooks_elsewhere(monkeypatch):
    shown = lab.exam("placing", clear="Go [on](../notebooks/01_orientation.ipynb) & <be> glad.")
    monkeypatch.delenv("NNLIB_STATIC", raising=False)
    html = shown._repr_mimebundle_()["text/html"]
    assert 'href="../notebooks/00_toolkit.ipynb#a-slope-is-a-nudge-ratio"' in html and ".html" not in html
    assert "A slope is a nudge ratio (chapter 0)</a>" in html, "the chapter's number, not the file's"
    assert 'Go <a href="../notebooks/01_orientation.ipynb">on</a> &amp; &lt;be&gt; glad.' in html
    monkeypatch.setenv("NNLIB_STATIC", "1")
    html = shown._repr_mimebundle_()["text/html"]
    assert (
        'href="../notebooks/00_toolkit.html#a-slope-is-a-nudge-ratio"' in html
        and ".ipynb#" not in html.split("<script")[0]
    )
    assert 'href="../notebooks/01_orientation.html"' in html
    assert all(f"Question {n} of 8" in html for n in range(1, 9))
    assert html.count("<form>") == 8 and html.count("<li ") == 4


@pytest.mark.parametrize(
    ("title", "id"),
    [
        ("The loss's slope, twice", "the-loss-s-slope-twice"),
        ("2 × 3 is not 3 × 2", "is-not-3-2"),
        ("Café: e^x – and ½", "cafe-e-x-and-12"),
        ("7", "s"),
    ],
)
def test_in_the_book_an_anchor_is_the_one_that_sphinx_makes(monkeypatch, title, id):
    link = "../notebooks/04_x.ipynb#s"
    monkeypatch.delenv("NNLIB_STATIC", raising=False)
    assert exam.address(link, title) == link
    monkeypatch.setenv("NNLIB_STATIC", "1")
    assert exam.address(link, title) == f"../notebooks/04_x.html#{id}"


# ---- exercises -------------------------------------------------------------------------------------------------------


def double():
    def inputs(rng):
        yield (rng.normal(size=3),)
        yield (np.array([1.0, -2.0]),)

    return Exercise(
        reference=lambda x: 2 * x, inputs=inputs, mistakes=[(lambda x: x, "Not doubled."), (lambda x: -2 * x, "Sign.")]
    )


def spoil(x):
    x *= 2
    return x


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (lambda x: x + x, "right", "Right"),
        (lambda x: x, "mistake", "Not doubled."),
        (lambda x: -x - x, "mistake", "Sign."),
        (lambda x: (2 * x)[:1], "wrong", "shape (1,), shape (3,) is needed"),
        (lambda x: 3 * x, "wrong", "Not yet: for the input"),
        (lambda x: 2 * x * (1 + 1e-10), "right", "Right"),
        (lambda x: 2 * x * (1 + 1e-8), "wrong", "Not yet: for the input"),
        (lambda x: x / 0 * 0, "wrong", "not finite"),
        (lambda x: "two", "wrong", "shape"),
        (lambda x: np.array(["a"] * len(x)), "wrong", "numbers are needed"),
        (lambda x: None, "open", "Not yet"),
        (lambda: 1, "error", "TypeError"),
        (spoil, "error", "changes its own arguments"),
        (3.0, "error", "A function is needed here, a float came"),
        (..., "open", "Not yet"),
    ],
)
def test_verdicts(answer, state, says):
    verdict = double().judge(answer)
    assert verdict.state == state and says in verdict.text


def test_a_reply_shows_an_argument_that_is_a_list_of_arrays():
    """As the gradients of layers are, which have shapes of their own."""
    layers = [np.ones(2), np.ones((1, 3))]
    doubled = Exercise(reference=lambda given: [2 * g for g in given], inputs=lambda rng: [(layers,)])
    verdict = doubled.judge(lambda given: [3 * g for g in given])
    assert verdict.state == "wrong" and "Not yet: for the input [[1. 1.], [[1. 1. 1.]]] you give" in verdict.text


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (4, "right", "Right"),
        (5, "mistake", "too many"),
        (7, "wrong", "7 is not it"),
        (4 + 1e-10, "right", "Right"),
        (4 - 1e-8, "wrong", "3.99999999 is not it"),
        ("x", "error", "the text 'x' came. Leave the quotes out."),
        ("4", "error", "the text '4' came. Leave the quotes out."),
        (np.float32(4), "right", "Right"),
        (np.array(4), "right", "Right"),
        (Fraction(4), "right", "Right"),
        (True, "error", "a bool came"),
        (4j, "error", "a complex came"),
        (np.complex128(4), "error", "a complex128 came"),
        ([4], "error", "One number is needed here, an array of shape (1,) came"),
        ([[4], [4, 4]], "error", "a list came"),
        (len, "error", "a builtin_function_or_method came"),
        (np.nan, "error", "A finite number is needed here, nan came"),
        (10**400, "error", "A finite number is needed here, inf came"),
    ],
)
def test_number_verdicts(answer, state, says):
    verdict = Exercise(answer=4.0, mistakes=[(5.0, "One too many: too many.")]).judge(answer)
    assert verdict.state == state and says in verdict.text


FOUR = "Right so far: give three digits after the point."


@pytest.mark.parametrize(
    ("answer", "state", "says"),
    [
        (-6.9, "open", FOUR),
        (-7, "open", FOUR),
        (np.float64(-6.9), "open", FOUR),
        (np.float32(-6.9), "open", FOUR),
        (np.int8(-7), "open", FOUR),
        (Fraction(-69, 10), "open", FOUR),
        (-6.91, "open", FOUR + " If you have not rounded: Two decimals."),
        (-6.907999, "right", "Right"),
        (-7.0, "wrong", "-7 is not it yet."),
        (-6.8, "wrong", "-6.8 is not it yet."),
        (6.9, "wrong", "6.9 is not it yet."),
        (0, "wrong", "0 is not it yet."),
        (-10, "wrong", "-10 is not it yet."),
        (-6.900001, "wrong", "-6.900001 is not it yet."),
        (Fraction(-27, 4), "wrong", "-6.75 is not it yet."),
    ],
)
def test_a_rounded_number_is_right_so_far(answer, state, says):
    exercise = Exercise(answer=-6.908, tolerance=0.0006, mistakes=[(-6.91, "Two decimals.")])
    verdict = exercise.judge(answer)
    assert verdict.state == state and verdict.text.startswith(says)
    assert verdict.mark == {"open": "○", "right": "✓"}.get(state, "✗")


@given(st.floats(1e-9, 1e9) | st.integers(1, 10**9).map(float), st.integers(1, 9), st.booleans())
def test_a_number_rounded_by_python_is_right_so_far(right, digits, negative):
    """To n digits of it, it is right or right so far; and told as many digits as it needs, it is right."""
    right = -right if negative else right
    exercise = Exercise(answer=right, tolerance=1e-6 * abs(right))
    short = float(f"{right:.{digits - 1}e}")
    whole = short % 1 == 0
    verdict = exercise.judge(int(short) if whole else short)
    if not whole or abs(short - right) <= 0.5:
        assert verdict.state in ("right", "open")
    needed = verdict.text.removeprefix("Right so far: give ").split()[0]
    if verdict.state == "open":
        n = (
            ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine").index(needed) + 1
            if needed.isalpha()
            else int(needed)
        )
        full = float(f"{right:.{n}f}" if "after the point" in verdict.text else f"{right:.{n - 1}e}")
        assert exercise.judge(full).state == "right"


# ---- the notebook tool -----------------------------------------------------------------------------------------------


def test_execute_stores_what_the_book_keeps(tmp_path, capsys):
    notebook = v4.new_notebook(
        cells=[
            v4.new_markdown_cell("# T\n\n**Core** 0 min · **Exercises** 0 min · **Deeper** 0 min\n\n" + "word " * 540),
            v4.new_code_cell("import ipywidgets\nipywidgets.IntSlider()"),
            v4.new_code_cell("print(1)", metadata={"tags": ["solution"], "ExecuteTime": "now"}),
            v4.new_code_cell('lab.quiz("x")  ', metadata={"tags": ["skip"]}),
            v4.new_markdown_cell("### Deeper: d (1 minute)"),
            v4.new_markdown_cell("### Exercise 1 · pencil: e\n\nAsked.\n\n#### Solution\n\nTold."),
            v4.new_code_cell("3"),
            v4.new_markdown_cell("So three.\n\n### Exercise 2 · pencil: f\n\nAsked."),
        ],
        metadata={"widgets": {"a": 1}, "language_info": {"name": "python", "version": "3.1"}},
    )
    notebook.cells[3].source = "2"
    path = tmp_path / "04_x.ipynb"

    nbformat.write(notebook, path)
    assert command.main([str(path)]) == 1
    assert "04_x.ipynb: **Core** 3 min" in capsys.readouterr().out
    kept = reading.read(path)
    assert "**Core** 3 min · **Exercises** 0 min · **Deeper** 0 min" in kept.cells[0].source
    assert kept.cells.pop(1).source == colab.elsewhere("04_x.ipynb"), "the line on Colab comes after the opening"
    assert "widgets" not in kept.metadata and "version" not in kept.metadata.language_info
    assert "application/vnd.jupyter.widget-view+json" not in str(kept.cells[1].outputs)
    assert kept.cells[2].metadata == {
        "tags": ["solution"],
        "jupyter": {"source_hidden": True, "outputs_hidden": True},
        "cellView": "form",
    }
    assert kept.cells[4].metadata == {"heading_collapsed": True}
    # A solution has cells of its own, tagged: a version without solutions is a matter of the tag.
    assert [c.source for c in kept.cells[5:]] == [
        "### Exercise 4.1 · pencil: e\n\nAsked.",
        "#### Solution\n\nTold.",
        "3",
        "So three.",
        "### Exercise 4.2 · pencil: f\n\nAsked.",
    ]
    assert ["solution" in c.metadata.get("tags", []) for c in kept.cells[5:]] == [False, True, True, True, False]


def test_the_command_s_exit_code_says_that_something_is_left_to_mend(tmp_path, monkeypatch, capsys):
    nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell("# T")]), tmp_path / "04_x.ipynb")
    monkeypatch.setattr(sys, "argv", ["notebook.py", "--check", str(tmp_path / "04_x.ipynb")])
    with pytest.raises(SystemExit, match="1"):
        runpy.run_path(command.__file__, run_name="__main__")
    assert "04_x.ipynb" in capsys.readouterr().out


def test_the_line_on_colab_is_put_into_stored_notebooks(tmp_path, capsys):
    """Once, after the opening, with the notebook's own name; outputs and minutes stay, and nothing is run."""
    output = v4.new_output("stream", text="5\n")
    opening = "# T\n\n**Core** 1 min · **Exercises** 0 min · **Deeper** 0 min\n\n" + "word " * 180
    notebook = v4.new_notebook(
        cells=[v4.new_markdown_cell(opening), v4.new_code_cell("1/0", outputs=[output], execution_count=7)]
    )
    path = tmp_path / "04_x.ipynb"
    nbformat.write(notebook, path)
    line = "the line on Colab is missing or old"
    assert line in "\n".join(lint.faults(path))
    command.main(["--restamp", str(path)])
    assert line not in capsys.readouterr().out and line not in "\n".join(lint.faults(path))
    first = reading.read(path)
    assert [c.cell_type for c in first.cells] == ["markdown", "markdown", "code"]
    assert first.cells[2].outputs == [output] and first.cells[2].execution_count == 7
    assert "04_x.ipynb" in first.cells[1].source and reading.minutes(first) == reading.minutes(notebook) == (1, 0, 0)
    once = path.read_bytes()
    colab.restamp(path)
    assert path.read_bytes() == once
    first.cells[1].source = "another line"
    nbformat.write(first, path)
    assert line in "\n".join(lint.faults(path))
    colab.restamp(path)
    assert path.read_bytes() == once


def test_the_line_on_colab():
    """Without an address it has no link; with one, it has nothing to fill in."""
    stored, known = (
        colab.elsewhere("04_x.ipynb"),
        colab.elsewhere("04_x.ipynb", "https://github.com/acme/course", "trunk"),
    )
    assert "<a" not in stored and f"For {colab.UNKNOWN} put" in stored
    assert colab.UNKNOWN not in known and known.count("<a href=") == 1
    for line in (stored, known):
        assert "\n\n" not in line, "an empty line ends the HTML where there is no MyST"
        assert line.startswith("<details") and line.endswith("</details>") and line.count("<summary>") == 1
        assert "/notebooks/04_x.ipynb" in line


def test_faults_are_found(tmp_path):
    (tmp_path / "quiz").mkdir()
    (tmp_path / "quiz/04.json").write_text(json.dumps([GOOD | {"id": "04-q9", "kind": "choice"}]), encoding="utf-8")
    fault = v4.new_output("error", ename="ZeroDivisionError", evalue="", traceback=[])
    notebook = v4.new_notebook(
        cells=[
            v4.new_markdown_cell("$$ x = 1 $$\n\n$$ y = 2 $$ (name)\n\na $$ z $$ [l](nowhere.ipynb)"),
            v4.new_code_cell("x = 1;\n" + "y" * 80),
            v4.new_code_cell('lab.quiz("04-q1")\nlab.quiz("04-q1");'),
            v4.new_code_cell("1 / 0", outputs=[fault], execution_count=1),
            v4.new_code_cell("1 / 0", outputs=[fault], execution_count=2, metadata={"tags": ["raises-exception"]}),
        ],
        metadata={"widgets": {}},
    )

    nbformat.write(notebook, tmp_path / "04_x.ipynb")
    found = "\n".join(lint.faults(tmp_path / "04_x.ipynb"))
    for words in (
        *("metadata.widgets is stored", "cell 1 was not executed", "a line of 80 characters", "ends with a semicolon"),
        *("an equation has no label: 'x = 1'", "label 'name' does not start with eq-", "lines of its own"),
        *("no 'You will be able to'", "the opening must say", "question 04-q9: choices missing"),
        *("question 04-q1 is not in 04.json", "question 04-q9 is in 04.json but not on the page"),
        *("question 04-q1 is shown twice", "link to nowhere.ipynb, which does not exist"),
    ):
        assert words in found
    assert re.findall(r"cell (\d+) stores an error", found) == ["3"], "the fourth means to raise it"

"""Three half-planes and their sum: the page's numbers in node against nnlib, wrong calls, the still picture."""

import os
import re

import numpy as np
import pytest

import nnlib as nn
from nnlib import lab
from nnlib.lab import page
from nnlib.lab.planes.planes import START, parameters
from tests.chapters import ROOT
from tests.node import asking

pytestmark = pytest.mark.book


DOES = """import * as sums from 'FOLDER/sums.js';
const does = {
  all: (setting, X) => X.map(([a, b]) => [...setting.turn.map((_, k) => sums.unitOf(setting, k)(a, b)),
    sums.sumOf(setting)(a, b)]),
  right: (setting, points) => sums.rightOf(setting, points),
  line: (x1, x2, before) => sums.lineOf(x1, x2, before),
  foot: (turn, shift) => sums.footOf(turn, shift),
  most: setting => sums.mostOf(setting),
  kept: (places, setting) => sums.settingOf(places, setting),
  asked: (text, places, setting, counts) => sums.stateOf(text, places, setting, counts),
  spelled: (setting, x1, x2) => sums.spelled(setting, x1, x2),
};""".replace("FOLDER", (ROOT / "nnlib" / "lab" / "planes").as_uri())
DATA = {"ring": nn.data.circles(40, noise=0.1, seed=1)}


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    with asking(tmp_path_factory.mktemp("planes"), DOES) as asked:
        yield asked


def settings(count=40):
    rng = np.random.default_rng(3)
    for k in range(count):
        yield dict(
            turn=rng.integers(0, 360, 3).tolist(), shift=rng.uniform(-1.5, 1.5, 3).round(2).tolist(),
            weight=rng.uniform(-2, 2, 3).round(1).tolist(), bias=round(rng.uniform(-4, 4), 1),
            unit=("step", "sigmoid")[k % 2], steep=int(rng.integers(1, 21)),
        )  # fmt: skip


def test_the_page_computes_what_nnlib_computes(ask):
    X = np.random.default_rng(4).uniform(-1.5, 1.5, (30, 2))
    labels = np.arange(30) % 2
    points = dict(x=X[:, 0].tolist(), y=X[:, 1].tolist(), label=labels.tolist())
    for setting in settings():
        net, theta = parameters(setting)
        work = nn.trace(net, theta, X)
        [found] = ask("all", [[setting, X.tolist()]])
        np.testing.assert_allclose(found, np.hstack([work.H[1], work.H[2]]), rtol=0, atol=1e-12)
        assert ask("right", [[setting, points]]) == [((nn.forward(net, theta, X)[:, 0] >= 0) == labels).sum()]


def test_a_units_arrow_stands_across_its_line_and_points_to_the_lit_side(ask):
    for setting in settings(10):
        for turn, shift in zip(setting["turn"], setting["shift"], strict=True):
            one = START | dict(turn=[turn] * 3, shift=[shift] * 3)
            foot, arrow = np.array(ask("foot", [[turn, shift], [turn, 1]]))
            net, theta = parameters(one)
            along = np.array([-arrow[1], arrow[0]])
            z = nn.trace(net, theta, [foot, foot + 2 * along, foot + 0.1 * arrow, foot - 0.1 * arrow]).Z[1][:, 0]
            np.testing.assert_allclose(z, [0, 0, 0.1 * one["steep"], -0.1 * one["steep"]], atol=1e-12)


def test_a_line_that_is_dragged_lies_where_its_handle_is_and_keeps_its_lit_side(ask):
    rng = np.random.default_rng(5)
    cases = [(x1, x2, before) for x1, x2, before in zip(*rng.uniform(-1, 1, (2, 50)), range(0, 350, 7), strict=True)]
    for (x1, x2, before), line in zip(cases, ask("line", cases), strict=True):
        [foot] = ask("foot", [[line["turn"], line["shift"]]])
        assert np.hypot(foot[0] - x1, foot[1] - x2) < 0.02  # whole degrees and hundredths
        assert abs((line["turn"] - before + 540) % 360 - 180) <= 90.5
        assert 0 <= line["turn"] < 360 and abs(line["shift"]) <= 1.5
    below, above = ask("line", [[0.0, -0.1, 90], [0.0, 0.1, 90]])  # across the origin
    assert (below, above) == ({"turn": 90, "shift": -0.1}, {"turn": 90, "shift": 0.1})
    assert ask("line", [[0.01, 0.0, 77], [9.0, 0.0, 0]]) == [{"turn": 77, "shift": 0}, {"turn": 0, "shift": 1.5}]


def test_the_sum_is_spelled_as_it_is_added(ask):
    for setting in settings(20):
        [text] = ask("spelled", [[setting, 0.3, -0.7]])
        left, right = (part.replace("−", "-").replace("·", "*") for part in text.split("="))
        assert abs(eval(left) - float(right)) < 0.04 and not re.match(r"\s*[+]", text)
        net, theta = parameters(setting)
        assert abs(float(right) - nn.forward(net, theta, [[0.3, -0.7]])[0, 0]) < 0.0051
    assert ask("spelled", [[START, 0, 0]]) == ["1.0 · 1 + 1.0 · 1 + 1.0 · 1 − 2.5 = 0.50"]


def test_a_setting_survives_the_address(ask):
    for k, setting in enumerate(settings(20)):
        [text] = ask("kept", [[[k % 3, k % 2], setting]])
        assert re.fullmatch(r"[\d.-]+", text)
        [back] = ask("asked", [[text, [0, 0], START, [3, 2]]])
        assert back["places"] == [k % 3, k % 2]
        for name in ("turn", "shift", "weight", "bias", "steep"):
            np.testing.assert_allclose(back["setting"][name], setting[name], atol=1e-12)


def test_an_absurd_address_is_brought_back(ask):
    for text in ("", "x.y", "9.9.99.999.9999", "-1.-1.0.-99", "NaN.Infinity", "0.0.5.-25.90"):
        [back] = ask("asked", [[text, [0, 0], START, [2, 2]]])
        found = back["setting"]
        assert all(0 <= place <= 1 for place in back["places"])
        assert 1 <= found["steep"] <= 20 and abs(found["bias"]) <= 4 and all(0 <= t < 360 for t in found["turn"])
        assert found["weight"] == START["weight"] and found["unit"] == START["unit"]
    assert found["turn"] == [90, 50, 130] and found["bias"] == -2.5


def test_the_color_is_full_at_the_largest_sum(ask):
    for setting in settings(20):
        on = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
        assert abs(ask("most", [[setting]])[0] - np.abs(on @ setting["weight"] + setting["bias"]).max()) < 1e-12


def test_the_still_picture_says_what_it_shows(monkeypatch):
    shown = lab.planes(DATA, turn=[90, 210, 330], shift=[-0.6] * 3)
    net, theta = parameters(shown.start)
    right = ((nn.forward(net, theta, DATA["ring"][0])[:, 0] >= 0) == DATA["ring"][1]).sum()
    assert f"“ring” {right} of 40 are right" in repr(shown)
    html = shown.to_html()
    assert html.count("<!--nn:planes-->") == 1 and 'class="nn-planes"' in html and html == shown.to_html()
    assert len(page.once(html)) < 60_000, "a page pays for it"
    data = shown._repr_mimebundle_()
    assert {"image/png", "application/vnd.jupyter.widget-view+json"} <= set(data)
    monkeypatch.setitem(os.environ, "NNLIB_STATIC", "1")
    assert set(shown._repr_mimebundle_()) == {"text/plain", "text/html"}


@pytest.mark.parametrize(
    ("data", "start", "error", "says"),
    [
        ([], {}, TypeError, "data: needs a dict"),
        ({}, {}, TypeError, "data: needs a dict"),
        ({"a": ([[0, 0]], [0, 1])}, {}, ValueError, "data['a']: needs X of shape (m, 2) and m labels"),
        ({"a": ([[0, 2.0]], [0])}, {}, ValueError, "data['a']: needs points between -1.5 and 1.5, got 2"),
        ({"a": ([[0, np.nan]], [0])}, {}, ValueError, "data['a']: needs points between"),
        ({"a": ([[0, 1.0]], [2])}, {}, ValueError, "data['a']: needs labels 0 and 1, got [2]"),
        (DATA, dict(turns=[1, 2, 3]), ValueError, "start"),
        (DATA, dict(turn=[1, 2]), ValueError, "turn: needs 3 finite numbers, got [1.0, 2.0]"),
        (DATA, dict(weight=[1, 2, np.inf]), ValueError, "weight: needs 3 finite numbers"),
        (DATA, dict(unit="relu"), ValueError, "unit"),
        (DATA, dict(bias="much"), TypeError, "bias: needs a finite number"),
        (DATA, dict(steep=0), ValueError, "steep: "),
        (DATA, dict(name="a b"), ValueError, "name: needs a word"),
    ],
)
def test_wrong_calls(data, start, error, says):
    with pytest.raises(error, match=re.escape(says)):
        lab.planes(data, **start)

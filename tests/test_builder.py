"""The builder: its boxes are the network they say they are, in Python and in node; the chapter's scores are theirs."""

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlib as nn
from nnlib import lab
from nnlib.lab.builder.builder import HIGHEST, NARROWEST, REACH, START, STEEP, X, network
from tests.chapters import ROOT, questions, text
from tests.node import asking

pytestmark = pytest.mark.book
CURVES = {"sin πx": lambda x: np.sin(np.pi * x), "|x|": np.abs}
SINE = np.sin(np.pi * X).round(6)
DOES = f"""
import {{ leastSquares, meanSquare, outputAt, unitsOf }} from '{(ROOT / "nnlib/lab/builder/boxes.js").as_uri()}';
const does = {{
  outputs: (boxes, w, xs) => xs.map(x => outputAt(unitsOf(boxes, w), x)),
  theta: (boxes, w) => {{ const u = unitsOf(boxes, w);
    return [...u.map(k => k.w), ...u.map(k => k.b), ...u.map(k => k.v), 0] }},
  least: (boxes, w, xs, targets) => leastSquares(boxes, w, xs, targets),
  score: (outputs, targets) => meanSquare(outputs, targets),
}};"""


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    with asking(tmp_path_factory.mktemp("node"), DOES) as asked:
        yield asked


def told(boxes):
    return [dict(left=a, right=b, height=h) for a, b, h in boxes]


def columns(boxes, w):
    """What each box of height 1 adds, for least squares by NumPy."""
    return np.stack([nn.forward(*network([(a, b, 1.0)], w), X[:, None])[:, 0] for a, b, _ in boxes], axis=1)


def fitted(boxes, w, targets=SINE):
    """The mean squared gap with the heights of least squares, and these."""
    V = columns(boxes, w)
    heights = np.linalg.lstsq(V, targets, rcond=None)[0]
    return np.mean((V @ heights - targets) ** 2), heights


def score(boxes, w, targets=SINE):
    return np.mean((nn.forward(*network(boxes, w), X[:, None])[:, 0] - targets) ** 2)


def test_boxes_are_a_network():
    net, theta = network([(-0.2, 0.2, 1.0), (0.3, 0.5, -0.4)], 50)
    (W_1, b_1), (W_2, b_2) = nn.unpack(net, theta)
    assert net.sizes.tolist() == [1, 4, 1]
    np.testing.assert_allclose(W_1, [[50] * 4])
    np.testing.assert_allclose(b_1, [10, -10, -15, -25])
    np.testing.assert_allclose(W_2, [[1], [-1], [-0.4], [0.4]])
    assert b_2 == [0]
    x = np.array([[0.0], [0.4], [-0.7]])
    s = nn.activations.sigmoid
    byhand = s(50 * x + 10) - s(50 * x - 10) - 0.4 * s(50 * x - 15) + 0.4 * s(50 * x - 25)
    np.testing.assert_allclose(nn.forward(net, theta, x), byhand, atol=1e-14)


EDGE = st.floats(-1.2, 1.2)
HEIGHT = st.floats(-1.3, 1.3)
BOX = st.tuples(EDGE, EDGE, HEIGHT).map(lambda b: (min(b[:2]), max(min(b[:2]) + 0.02, *b[:2]), b[2]))
BOXES = st.lists(BOX, min_size=1, max_size=5)


@settings(deadline=None, max_examples=60)
@given(boxes=BOXES, w=st.sampled_from(STEEP))
def test_the_page_computes_what_nn_forward_computes(ask, boxes, w):
    net, theta = network(boxes, w)
    [found] = ask("theta", [[told(boxes), w]])
    np.testing.assert_allclose(found, theta, atol=1e-12)
    [outputs] = ask("outputs", [[told(boxes), w, X.tolist()]])
    np.testing.assert_allclose(outputs, nn.forward(net, theta, X[:, None])[:, 0], atol=1e-12)
    [mean] = ask("score", [[outputs, SINE.tolist()]])
    assert abs(mean - score(boxes, w)) < 1e-12


@settings(deadline=None, max_examples=60)
@given(boxes=BOXES, w=st.sampled_from(STEEP))
def test_least_squares_on_the_page_is_not_worse_than_numpys(ask, boxes, w):
    [heights] = ask("least", [[told(boxes), w, X.tolist(), SINE.tolist()]])
    least, _ = fitted(boxes, w)
    assert np.mean((columns(boxes, w) @ heights - SINE) ** 2) <= least * (1 + 1e-6) + 1e-9


# ---- what the chapter says of it -------------------------------------------------------------------------------------

STACKS = [(0.08, 0.92, 0.5), (0.26, 0.74, 0.4), (-0.92, -0.08, -0.5), (-0.74, -0.26, -0.4), (-0.2, 0.2, 0.0)]
EQUAL = [(-1 + 0.4 * k, -0.6 + 0.4 * k, 0.0) for k in range(5)]
# The best five boxes side by side that a search from 40 starts found, to hundredths.
SIDE_BY_SIDE = [(-0.92, -0.76, 0), (-0.75, -0.29, 0), (-0.29, -0.1, 0), (0.08, 0.25, 0), (0.25, 0.85, 0)]


def test_the_scores_of_the_chapter():
    page, p5 = text(ROOT / "notebooks/05_capacity.ipynb"), json.dumps(questions("05"), ensure_ascii=False)
    for said, value in (
        ("0.462", 2 * nn.activations.sigmoid(5 * 0.2) - 1),
        ("0.0403", fitted(EQUAL, 50)[0]),
        ("0.0033", score(STACKS, 50)),
        ("0.0026", fitted(STACKS[:4], 50)[0]),
    ):
        assert said in page and abs(float(said) - value) <= 0.5 * 10 ** -len(said.partition(".")[2]), (said, value)
    assert {"0.0403", "0.0072", "0.0033"} <= set(re.findall(r"\d\.\d+", p5))
    found = fitted(SIDE_BY_SIDE, 50)[0]
    assert 0.00715 < found < 0.0074
    assert score(STACKS, 50) < found / 2, "four boxes in stacks are better than any five side by side that were found"


def test_no_better_layout_side_by_side_is_near():
    """Moves of every edge by up to a twentieth, one and all, find nothing much better than what the chapter says."""
    rng, best = np.random.default_rng(0), fitted(SIDE_BY_SIDE, 50)[0]
    edges = np.array(SIDE_BY_SIDE)[:, :2].ravel()
    for _ in range(300):
        moved = np.sort(edges + 0.05 * rng.normal(size=10)).reshape(5, 2)
        assert fitted([(*pair, 0) for pair in moved], 50)[0] > best - 0.0002


def test_the_tower_of_the_chapter():
    """Two crossed boxes and a threshold, as steps and as the sigmoids that the explorer draws."""
    net = nn.mlp([2, 4, 1], "step", "step")
    W_1, b_1 = np.array([[1.0, 1, 0, 0], [0, 0, 1, 1]]), np.array([0.5, -0.5, 0.5, -0.5])
    P = np.random.default_rng(1).uniform(-1, 1, size=(500, 2))
    inside = (P >= -0.5) & (P < 0.5)
    for c, wanted in ((0.5, inside.any(axis=1)), (1.5, inside.all(axis=1)), (2.1, np.zeros(500, bool))):
        theta = nn.pack(net, [(W_1, b_1), (np.array([[1.0], [-1], [1], [-1]]), np.array([-c]))])
        np.testing.assert_array_equal(nn.forward(net, theta, P)[:, 0], wanted)
    soft = 2 * (2 * nn.activations.sigmoid(5 * 0.5) - 1)
    assert round(float(soft), 2) == 1.70


# ---- the component ---------------------------------------------------------------------------------------------------


def test_it_shows_a_picture_and_becomes_live():
    built = lab.builder(CURVES)
    bundle = built._repr_mimebundle_()
    assert "image/png" in bundle and "text/html" not in bundle
    assert 'class="nn-build"' in built.widget.outputs[0]["data"]["text/html"]
    assert repr(built) == bundle["text/plain"] and "10 sigmoid units of steepness 50" in repr(built)
    assert f"gap is {score(START, 50):.3g}" in repr(built)
    assert abs(built.gap("sin πx") - score(START, 50)) < 1e-15


def test_what_the_page_is_told(monkeypatch):
    monkeypatch.setenv("NNLIB_STATIC", "1")
    html = lab.builder(CURVES, w=100, name="mine")._repr_mimebundle_()["text/html"]
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.S)[1])
    assert data["steep"][data["place"]] == 100 and 'id="x-mine"' in html
    assert data["boxes"] == told(START) and list(data["curves"]) == list(CURVES)
    np.testing.assert_allclose(data["curves"]["sin πx"], SINE, atol=1e-12)
    assert 'alt="The curve sin πx and 5 boxes' in html and len(html) < 120_000


def test_python_and_page_agree_on_limits():
    script = (ROOT / "nnlib/lab/builder/boxes.js").read_text(encoding="utf-8")
    for name, limit in dict(REACH=REACH, HIGHEST=HIGHEST, NARROWEST=NARROWEST).items():
        assert float(re.search(rf"const {name} = ([\d.]+);", script)[1]) == limit


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (dict(curves=[np.sin]), TypeError, "curves: needs a dict of functions by their names"),
        (dict(curves={}), TypeError, "curves: needs a dict of functions by their names"),
        (dict(curves={"two": 2}), TypeError, "curves: 'two' needs a function"),
        (dict(curves={"far": lambda x: 2 * x}), ValueError, "curves: 'far' needs 201 numbers from -1.3 to 1.3"),
        (dict(curves={"one": lambda x: 1.0}), ValueError, "curves: 'one' needs 201 numbers"),
        (dict(curves={"nan": lambda x: x / 0 * 0}), ValueError, "curves: 'nan' needs 201 numbers"),
        (dict(boxes=[]), ValueError, "boxes: needs 1 to 9 rows"),
        (dict(boxes=[(0, 1)]), ValueError, "boxes: needs 1 to 9 rows"),
        (dict(boxes=[(0, 1, 0), (0.5, 0.2, 1)]), ValueError, r"boxes: \[0.5, 0.2, 1.0\] is no box"),
        (dict(boxes=[(0, 1, 2)]), ValueError, "is no box"),
        (dict(boxes=[(-3, 1, 1)]), ValueError, "is no box"),
        (dict(w=51), ValueError, "w: needs one of"),
        (dict(name="a b"), ValueError, "name: needs a word"),
        (dict(name=3), ValueError, "name: needs a word"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_wrong_calls(call, error, says):
    with pytest.raises(error, match=says):
        lab.builder(**{"curves": CURVES, **call})

"""A digit through a network on the page: its forward pass in node against nnlib.forward, its page, wrong calls."""

import base64
import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nnlib as nn
from nnlib import lab
from nnlib.lab import page, picture
from tests.chapters import ROOT
from tests.node import asking

pytestmark = pytest.mark.book

SERVER = """
import { passOf, numbersOf } from 'FOLDER/forward.js';
import { blank, graysOf, shifted, stroke, boardOf } from 'FOLDER/bitmap.js';

const does = {
  pass: (sizes, activations, theta, x) => passOf({ sizes, activations, theta: numbersOf(theta) }, x),
  shift: (grays, right, down) => graysOf(shifted(boardOf(grays), right, down)),
  draw: (strokes) => {
    const board = blank();
    for (const s of strokes) s.slice(1).forEach((to, k) => stroke(board, s[k], to));
    return graysOf(board);
  },
};
"""
HIDDEN = ["sigmoid", "tanh", "relu", "leaky_relu", "identity", "step"]


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    folder = (ROOT / "nnlib" / "lab" / "digit").as_uri()
    with asking(tmp_path_factory.mktemp("digit"), SERVER.replace("FOLDER", folder)) as asked:
        yield asked


def packed(theta):
    return base64.b64encode(np.asarray(theta, "<f8").tobytes()).decode()


def net_of(hidden=("sigmoid", "sigmoid"), widths=(16, 16)):
    return nn.mlp([64, *widths, 10], hidden=list(hidden), output="softmax")


@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_the_page_computes_what_nnlib_does(ask, data):
    """Any hidden layers, any weights, many inputs: every layer to 1e-12."""
    widths = data.draw(st.lists(st.integers(1, 20), max_size=3))
    hidden = [data.draw(st.sampled_from(HIDDEN)) for _ in widths]
    net = nn.mlp([64, *widths, 10], hidden=hidden, output="softmax") if widths else nn.mlp([64, 10], output="softmax")
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    theta = data.draw(st.sampled_from([0.1, 1.0, 10.0])) * rng.normal(size=net.size)
    X = rng.integers(0, 17, size=(5, 64)) / 16
    X[0] = 0
    found = ask("pass", [[net.sizes.tolist(), net.names, packed(theta), x.tolist()] for x in X])
    work = nn.trace(net, theta, X)
    for x, y, one in zip(range(5), nn.forward(net, theta, X), found, strict=True):
        np.testing.assert_allclose(one["H"][-1], y, rtol=0, atol=1e-12)
        for l in range(len(net.sizes)):
            if "step" in hidden[:l] or l < 1:  # a sum that differs in its last digit may lie on the other side of 0
                continue
            scale = max(1, np.abs(work.Z[l][x]).max())
            np.testing.assert_allclose(one["Z"][l], work.Z[l][x], rtol=0, atol=1e-12 * scale)
            np.testing.assert_allclose(one["H"][l], work.H[l][x], rtol=0, atol=1e-12 * scale)


def shift(X, right, down):
    """All digits moved by whole pixels, as the chapter does it."""
    return nn_shift(X.reshape(-1, 8, 8), right, down).reshape(-1, 64)


def nn_shift(squares, right, down):
    moved = np.zeros_like(squares)
    for y in range(8):
        for x in range(8):
            if 0 <= y - down < 8 and 0 <= x - right < 8:
                moved[:, y, x] = squares[:, y - down, x - right]
    return moved


def test_the_page_shifts_as_the_chapter_does(ask):
    X = (16 * nn.data.digits()[0][:20]).astype(int)
    for way in ((1, 0), (-1, 0), (0, 1), (0, -1), (2, 0), (-3, 2)):
        found = ask("shift", [[x.tolist(), *way] for x in X])
        assert np.array_equal(found, shift(X, *way)), way


# ---- drawn digits look like those of the data ------------------------------------------------------------------------


def arc(x, y, rx, ry, start, end):
    angles = np.radians(np.linspace(start, end, 25))
    return np.column_stack([x + rx * np.cos(angles), y + ry * np.sin(angles)]).tolist()


STROKES = {
    0: [arc(16, 16, 8, 13, 0, 360)],
    1: [[[11, 8], [17, 3], [17, 30]]],
    2: [[*arc(16, 9, 7, 6, 180, 380), [9, 29], [24, 29]]],
    3: [arc(15, 9, 7, 6, 200, 440), arc(15, 22, 8, 7, 270, 520)],
    4: [[[18, 3], [7, 20], [26, 20]], [[20, 10], [20, 30]]],
    5: [[[23, 3], [10, 3], [9, 14], *arc(15, 21, 8, 8, 220, 500)]],
    6: [[[19, 2], *arc(15, 21, 7, 8, 200, 560)]],
    7: [[[8, 4], [24, 4], [14, 30]], [[10, 16], [21, 16]]],
    8: [arc(16, 9, 6, 6, 0, 360), arc(16, 22, 7, 7, 0, 360)],
    9: [[*arc(16, 10, 7, 7, 0, 360), [22, 14], [19, 30]]],
}


def test_drawn_digits_are_read(ask):
    """Ten digits drawn on the page's board, read by networks from ten starts that never saw a drawn one."""
    X, labels = nn.data.digits()
    drawn = np.array(ask("draw", [[STROKES[d]] for d in range(10)])) / 16
    assert abs(drawn.sum(axis=1).mean() - X.sum(axis=1).mean()) < 1.5, "as much ink as in the data"
    soft = np.mean((drawn > 0) & (drawn < 1)) / np.mean(drawn > 0)
    assert abs(soft - np.mean((X > 0) & (X < 1)) / np.mean(X > 0)) < 0.15, "edges as soft"
    net, right = net_of(), []
    for start in range(10):
        theta = nn.initialize(net, seed=start)
        run = nn.train(net, theta, X[:1200], labels[:1200], "cross_entropy", nn.sgd(1.0), 60, 10, seed=start)
        right.append(np.sum(nn.predict(net, run.theta, drawn) == np.arange(10)))
    assert np.mean(right) > 9 and min(right) >= 8, right


# ---- the page --------------------------------------------------------------------------------------------------------


def shown(**more):
    X, labels = nn.data.digits()
    net = net_of()
    return lab.digit(net, nn.initialize(net, seed=1), X[:5], labels[:5], **more)


def told(html):
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.S)[1])


def test_what_the_page_is_told():
    X, labels = nn.data.digits()
    one = shown(layer=0, caption="A <digit>.")
    html = one.to_html()
    given = told(html)
    assert np.array_equal(np.frombuffer(base64.b64decode(given["theta"]), "<f8"), one.theta)
    assert given["sizes"] == [64, 16, 16, 10] and given["activations"] == ["sigmoid", "sigmoid", "softmax"]
    assert given["layer"] == 0 and given["labels"] == labels[:5].tolist()
    pixels = [[int(letter, 17) / 16 for letter in text] for text in given["samples"]]
    assert np.array_equal(pixels, X[:5])
    assert "A &lt;digit&gt;." in html and f'alt="{one!r}"' in html and len(html) < 60_000
    assert "labels" not in told(lab.digit(one.net, one.theta.astype(np.float32), X[:1]).to_html())
    assert told(shown().to_html())["layer"] == 3
    assert page.once(html + html).count("<!--nn:digit-->") == 1


def test_the_picture_and_its_words_are_of_the_first_digit(monkeypatch):
    made = []
    monkeypatch.setattr(picture, "png", lambda fig, **_: made.append(fig) or b"")
    for hidden, widths in ((["tanh", "relu"], (5, 9)), (["sigmoid"], (12,)), ([], ())):
        X, labels = nn.data.digits()
        net = nn.mlp([64, *widths, 10], **({"hidden": hidden} if hidden else {}), output="softmax")
        theta = nn.initialize(net, seed=4)
        one = lab.digit(net, theta, X[7:9], labels[7:9])
        one.to_html()
        y = nn.forward(net, theta, X[7:8])[0]
        texts = [text.get_text() for text in made[-1].axes[0].texts]
        assert texts[-19::2] == [f"{p:.3f}" for p in y] and {*"0123456789"} <= set(texts)
        assert [t for t in texts if t.startswith("layer")] == [
            f"layer {k + 1}: {w} units" for k, w in enumerate(widths)
        ]
        assert repr(one).endswith(f"It answers {y.argmax()}, with probability {y.max():.3f}.")
        assert f"and a {labels[7]} of" in repr(one)


def test_a_saved_notebook_keeps_the_picture(monkeypatch):
    one = shown()
    bundle = one._repr_mimebundle_()
    assert {"text/plain", "image/png", "application/vnd.jupyter.widget-view+json"} <= set(bundle)
    assert "text/html" not in bundle and "nn-digit" in one.widget.outputs[0]["data"]["text/html"]
    monkeypatch.setenv("NNLIB_STATIC", "1")
    assert set(one._repr_mimebundle_()) == {"text/plain", "text/html"}


NET = net_of()
THETA = np.zeros(NET.size)
X1 = np.zeros((1, 64))


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (("net", THETA, X1), TypeError, "^net: "),
        ((nn.mlp([64, 10]), np.zeros(650), X1), ValueError, "^net: needs 64 inputs and 10 outputs with softmax"),
        ((nn.mlp([4, 10], output="softmax"), np.zeros(50), X1), ValueError, "^net: needs 64 inputs"),
        ((NET, THETA[1:], X1), ValueError, "^theta: "),
        ((NET, THETA, X1[:, 1:]), ValueError, "^X: needs shape"),
        ((NET, THETA, np.zeros((31, 64))), ValueError, "^X: needs at most 30 digits, got 31; X"),
        ((NET, THETA, X1 + 0.01), ValueError, "^X: needs gray values 0, 1/16 ... 1, got 0.01 at X.0, 0."),
        ((NET, THETA, X1 + 2), ValueError, "^X: needs gray values"),
        ((NET, THETA, X1 - 1), ValueError, "^X: needs gray values"),
        ((NET, THETA, X1, [10]), ValueError, "^labels: "),
        ((NET, THETA, X1, [1, 2]), ValueError, "^labels: "),
    ],
)  # fmt: skip
def test_wrong_calls(call, kind, message):
    with pytest.raises(kind, match=message):
        lab.digit(*call)


def test_wrong_words():
    with pytest.raises(ValueError, match="^layer: "):
        lab.digit(NET, THETA, X1, layer=4)
    with pytest.raises(TypeError, match="^caption: needs a sentence"):
        lab.digit(NET, THETA, X1, caption=3)

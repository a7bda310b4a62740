"""Explorers: every corner of every grid draws without a warning, both lives work, bad calls say why."""

import base64
import gzip
import importlib
import itertools
import json
import re

import numpy as np
import pytest

from nnlib import lab
from tests.chapters import NAMES, NOTEBOOKS, run

module = importlib.import_module("nnlib.lab.explore")  # nnlib.lab.explore itself is the class
pytestmark = pytest.mark.book


def wave(fig, k=1.0, kind="sin", phase=0.0):
    x = np.linspace(0, 1, 20)
    fig.subplots().plot(x, getattr(np, kind)(k * x + phase))


def words(k=1.0, kind="sin", phase=0.0):
    return f"{kind} of {k:.2f} x + {phase}"


def small(**options):
    return lab.explore(wave, alt=words, **{"k": np.linspace(1, 5, 5), "kind": ["sin", "cos"], **options})


def unpacked(html):
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.S)[1])
    return data, json.loads(gzip.decompress(base64.b64decode(data["packed"])))


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_every_corner_of_every_explorer(path):
    explorers, _ = run(path)
    assert explorers
    names = [e.id for e in explorers]
    assert len(set(names)) == len(names), "two explorers share a name, and so a URL"
    for explorer in explorers:
        grids = explorer.grids.values()
        sliders = [g for g in grids if isinstance(g, np.ndarray)]
        assert 1 <= len(sliders) <= 2 and len(explorer.grids) <= 3
        assert max(map(len, sliders)) >= 15, f"{explorer.id}: one slider needs 15 positions"
        assert 60 <= len(explorer.points) <= 160, f"{explorer.id}: {len(explorer.points)} frames"
        corners = [(g[0], g[-1]) if isinstance(g, np.ndarray) else g for g in grids]
        for corner in itertools.product(*corners):
            setting = dict(zip(explorer.grids, corner, strict=True))
            assert len(explorer.alt(**setting)) > 30
            assert explorer.render(**setting)
        for name, (grid, default) in explorer.live.items():
            for value in (grid[0], grid[-1], default):
                explorer.render(**explorer.start, **{name: value})
                explorer.alt(**explorer.start, **{name: value})


def test_the_page_holds_every_frame():
    explorer = small()
    data, frames = unpacked(explorer.to_html())
    assert data["labels"] == [["1", "2", "3", "4", "5"], ["sin", "cos"]]
    assert len(frames["frames"]) == len(data["alts"]) == 10
    for n, point in enumerate(explorer.points):
        svg = "\n".join(frames["lines"][i] for i in frames["frames"][n])
        assert svg == explorer.render(**point)
        assert data["alts"][n] == words(**point)
    assert sum(len((module._HERE / f"explore.{kind}").read_text(encoding="utf-8")) for kind in ("js", "css")) <= 3000


def test_builds_are_reproducible():
    assert small().to_html() == small().to_html()


def test_raster_pictures():
    data, frames = unpacked(small(raster=True).to_html())
    assert [base64.b64decode(f)[:4] for f in frames["png"]] == [b"\x89PNG"] * 10


def test_static_or_live(monkeypatch):
    monkeypatch.setenv("NNLIB_STATIC", "1")
    assert set(small()._repr_mimebundle_()) == {"text/plain", "text/html"}
    monkeypatch.delenv("NNLIB_STATIC")
    assert {"image/png", "text/plain", "application/vnd.jupyter.widget-view+json"} <= set(small()._repr_mimebundle_())


def test_live_controls_move_the_picture():
    explorer = small(live={"phase": np.linspace(0, 1, 11)})
    *controls, image, caption = explorer.to_widget().children
    assert [type(c).__name__ for c in controls] == ["FloatSlider", "Dropdown", "FloatSlider"]
    for control, value in zip(controls, (1.23, "cos", 0.5), strict=True):
        before = image.value
        control.value = value
        assert image.value != before
    assert "cos of 1.23 x + 0.5" in caption.value


def test_logarithmic_and_whole_sliders():
    explorer = lab.explore(wave, alt=words, k=np.geomspace(0.01, 1, 7), phase=np.arange(3))
    assert [type(c).__name__ for c in explorer.to_widget().children[:2]] == ["FloatLogSlider", "IntSlider"]


def test_a_setting_that_cannot_be_drawn_keeps_the_sliders():
    def fragile(fig, k):
        if k > 4:
            raise ValueError("k is too large")
        wave(fig, k)

    widget = lab.explore(fragile, alt=lambda k: words(k), k=np.linspace(1, 5, 5)).to_widget()
    widget.children[0].value = 5
    assert "cannot be drawn" in widget.children[-1].value and "k is too large" in widget.children[-1].value
    widget.children[0].value = 2
    assert "cannot be drawn" not in widget.children[-1].value


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        (dict(k=np.array([1.0, 1.0])), ValueError, "increasing"),
        (dict(k=np.array([1.0, np.nan])), ValueError, "finite"),
        (dict(k=np.ones((2, 2))), ValueError, "1-D"),
        (dict(k=np.array(["a", "b"])), ValueError, "numbers"),
        (dict(k=3), ValueError, "k: an increasing"),
        (dict(kind=["sin"]), ValueError, "two entries"),
        (dict(other=np.arange(3)), TypeError, "no parameter 'other'"),
        (dict(k=np.linspace(0, 1, 500)), ValueError, "1000 pictures"),
        (dict(start={"k": 99}), ValueError, "outside"),
        (dict(start={"kind": "tan"}), ValueError, "'tan' is not among"),
        (dict(start={"q": 1}), ValueError, "'q' is not a knob"),
        (dict(alt="a text"), TypeError, "alt: a function"),
    ],
)
def test_bad_calls_say_why(options, error, says):
    with pytest.raises(error, match=re.escape(says)):
        lab.explore(wave, **{"alt": words, "k": np.linspace(1, 5, 5), "kind": ["sin", "cos"], **options})


def test_bad_drawings_say_why():
    with pytest.raises(TypeError, match="draw: a function"):
        lab.explore("wave", alt=words, k=np.arange(3))
    with pytest.raises(ValueError, match="at least one knob"):
        lab.explore(wave, alt=words)
    with pytest.raises(ValueError, match="needs a default"):
        lab.explore(lambda fig, k, w: None, alt=words, k=np.arange(3), live={"w": np.arange(3)})
    with pytest.raises(TypeError, match="fig: a Matplotlib figure"):
        lab.show("picture", alt="words")
    with pytest.raises(ValueError, match="alt: a sentence"):
        lab.show(lab.figure(), alt=" ")


SCALE = 1.0


def helper(x):
    return SCALE * x


def drawing(fig, k):
    fig.subplots().plot([helper(k)])


def test_the_cache_of_frames_sees_what_a_drawing_uses(monkeypatch, tmp_path):
    first = module.fingerprint(drawing, [{"k": 1.0}])
    assert first == module.fingerprint(drawing, [{"k": 1.0}])
    assert first != module.fingerprint(drawing, [{"k": 2.0}])
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    assert first != module.fingerprint(drawing, [{"k": 1.0}])
    monkeypatch.setitem(globals(), "SCALE", open)
    assert module.fingerprint(drawing, [{"k": 1.0}]) is not None
    monkeypatch.setitem(globals(), "SCALE", object())
    assert module.fingerprint(drawing, [{"k": 1.0}]) is None
    monkeypatch.setenv("NNLIB_FRAMES", str(tmp_path))
    explorer = small()
    html = explorer.to_html()
    assert len(list(tmp_path.iterdir())) == 1
    monkeypatch.setattr(explorer, "render", lambda **p: "<svg/>")
    assert unpacked(explorer.to_html())[1] == unpacked(html)[1]

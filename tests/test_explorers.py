"""Explorers: every corner of every grid draws without a warning, both lives work, bad calls say why."""

import base64
import contextlib
import gzip
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import warnings
from itertools import combinations
from types import SimpleNamespace

import matplotlib
import numpy as np
import pytest
from cycler import cycler
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgb

from nnlib import lab
from nnlib.lab import picture, style
from nnlib.lab.explore.fingerprint import fingerprint
from tests.chapters import NAMES, NOTEBOOKS, ROOT, run
from tests.test_book import extension
from tests.test_lab import contrast, in_the_dark

pytestmark = pytest.mark.book


def wave(fig, k=1.0, kind="sin", phase=0.0):
    x = np.linspace(0, 1, 20)
    fig.subplots().plot(x, getattr(np, kind)(k * x + phase))


def words(k=1.0, kind="sin", phase=0.0):
    return f"{kind} of {k:.2f} x + {phase}"


def small(**options):
    return lab.explore(wave, alt=words, **{"k": np.linspace(1, 5, 5), "kind": ["sin", "cos"], **options})


def test_an_explorer_begins_where_it_is_told_to():
    """At the place of a slider that is nearest, so that the page has a picture of it."""
    begun = small(start={"k": 3.9, "kind": "cos"}).start
    assert begun == {"k": 4.0, "kind": "cos"}
    assert small(start={"kind": "cos"}).start == {"k": 3.0, "kind": "cos"}, "else in the middle, or at the first entry"
    assert small().start == {"k": 3.0, "kind": "sin"}
    html = lab.explore(
        wave, alt=words, k=np.linspace(1, 3, 3), kind=["sin", "cos"], start={"k": 3, "kind": "cos"}
    ).to_html()
    assert re.findall('<option value="(.)"(.*?)>(.*?)<', html) == [("0", "", "sin"), ("1", " selected", "cos")]
    assert (
        re.search(r'<input type="range"[^>]* max="2" value="2" aria-valuetext="3"', html)
        and '<output aria-live="off">3</output>' in html
    )


def unpacked(html):
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html, re.S)[1])
    return data, json.loads(gzip.decompress(base64.b64decode(data["packed"])))


def corners(explorer):
    """The settings at the ends of all sliders, with every entry of a menu."""
    ends = [(g[0], g[-1]) if isinstance(g, np.ndarray) else g for g in explorer.grids.values()]
    return [dict(zip(explorer.grids, corner, strict=True)) for corner in itertools.product(*ends)]


# A search tries rates that do not learn, and the estimator says so of each: that is no fault of the chapter.
@pytest.mark.filterwarnings("ignore:the loss came from", "ignore:training stopped early")
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
        for setting in corners(explorer):
            assert len(explorer.alt(**setting)) > 30
        for name, (grid, default) in explorer.live.items():
            for value in (grid[0], grid[-1], default):
                explorer.render(**explorer.start, **{name: value})
                explorer.alt(**explorer.start, **{name: value})


# The build draws every corner with every other picture, and a warning or an error there ends it: see the next two.
@pytest.mark.filterwarnings("ignore:the loss came from", "ignore:training stopped early")
@pytest.mark.filterwarnings("error")
@pytest.mark.drawn
@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_every_corner_is_drawn(path):
    for explorer in run(path)[0]:
        for setting in corners(explorer):
            assert explorer.render(**setting)


@pytest.mark.parametrize("fault", ["warning", "error"])
def test_the_page_is_not_made_of_a_drawing_with_a_fault(fault):
    """In a corner that nobody looks at. What comes of it in the build, tests/test_build.py says."""

    def fragile(fig, k):
        if k == 5 and fault == "warning":
            warnings.warn("more figures are open than one can see", stacklevel=1)
        elif k == 5:
            raise ValueError("k is too large")
        wave(fig, k)

    explorer = lab.explore(fragile, alt=words, k=np.linspace(1, 5, 5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as a kernel does after the first of a kind
        with pytest.raises(UserWarning if fault == "warning" else ValueError):
            explorer.to_html()


def test_the_page_holds_every_frame():
    explorer = small()
    data, frames = unpacked(explorer.to_html())
    assert data["labels"] == [["1", "2", "3", "4", "5"], ["sin", "cos"]]
    assert len(frames["frames"]) == len(data["alts"]) == 10
    for n, point in enumerate(explorer.points):
        svg = "\n".join(frames["lines"][i] for i in frames["frames"][n])
        assert svg == explorer.render(**point)
        assert data["alts"][n] == words(**point)


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
    first = fingerprint(drawing, [{"k": 1.0}])
    assert first == fingerprint(drawing, [{"k": 1.0}])
    assert first != fingerprint(drawing, [{"k": 2.0}])
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    assert first != fingerprint(drawing, [{"k": 1.0}])
    monkeypatch.setitem(globals(), "SCALE", open)
    foreign = fingerprint(drawing, [{"k": 1.0}])
    monkeypatch.setitem(globals(), "SCALE", print)
    assert foreign is not None and foreign != fingerprint(drawing, [{"k": 1.0}])
    monkeypatch.setitem(globals(), "SCALE", object())
    assert fingerprint(drawing, [{"k": 1.0}]) is None
    monkeypatch.setenv("NNLIB_FRAMES", str(tmp_path))
    explorer = small()
    html = explorer.to_html()
    assert len(list(tmp_path.iterdir())) == 1
    monkeypatch.setattr(explorer, "render", lambda **p: "<svg/>")
    assert unpacked(explorer.to_html())[1] == unpacked(html)[1]


# ---- a reader's own settings -----------------------------------------------------------------------------------------

HOSTILE = """
text.usetex: True
axes.grid: True
axes.xmargin: 0.4
axes.titlesize: 30
axes.unicode_minus: False
axes.formatter.use_locale: True
axes.formatter.limits: -1, 1
axes.spines.bottom: False
axes.prop_cycle: cycler('color', 'rgb')
lines.linestyle: --
lines.dash_capstyle: round
lines.markeredgewidth: 5
legend.loc: lower left
legend.facecolor: black
font.size: 23
font.family: serif
text.hinting: none
figure.facecolor: yellow
figure.dpi: 31
figure.subplot.left: 0.4
figure.constrained_layout.h_pad: 0.6
figure.autolayout: True
savefig.bbox: tight
savefig.pad_inches: 2
savefig.facecolor: black
savefig.transparent: True
savefig.dpi: 13
svg.image_inline: False
svg.id: mine
path.sketch: 4, 90, 2
path.snap: False
path.simplify_threshold: 0.9
patch.linewidth: 6
scatter.marker: x
hatch.linewidth: 5
image.interpolation: bicubic
image.origin: lower
contour.linewidth: 7
xtick.direction: in
xtick.minor.visible: True
ytick.left: False
timezone: Asia/Tokyo
"""

# Everything a chapter draws with: an explorer as vectors and as pixels, its widget, a cell's own picture, a shared one.
DRAWN = """
import hashlib, json, sys
import numpy as np
if "-v" in sys.argv:
    np.seterr(all="raise")
    np.set_printoptions(precision=2, sign="+", floatmode="fixed")
from nnlib import lab
from nnlib.lab import picture

def draw(fig, k=1.0):
    left, right = fig.subplots(1, 2)
    x = np.linspace(-1, 1, 9)
    left.plot(x, k * x, label="k x")
    left.scatter(x, np.exp(-900 * x * x))
    left.set_title(f"at {np.array([k, -0.00012345])} it is")
    left.fill_between(x, x, hatch="/")
    left.legend()
    right.imshow(np.outer(x, x) * k)
    right.contour(np.outer(x, x))
    fig.suptitle("−½ $x^2$")
    lab.figures.arrow(left, (0, 0), (1, 1))

def alt(k):
    return f"the array {np.array([k, -0.00012345])}"

said = {}
for raster in (False, True):
    x = lab.explore(draw, alt=alt, k=np.linspace(1, 2, 3), raster=raster)
    said[f"explorer {raster}"] = x.render(k=1.5)
said["alt"] = repr(x)
said["widget"] = x.to_widget().children[-2].value
fig = lab.figure(4, 2)
ax = fig.subplots()
ax.plot([-3, 1000000, 2], [1, -2, 3], "o-", label="cell")
ax.bar([1, 2], [-3, 2])
ax.legend()
ax.set_title("a cell's own")
shown = lab.show(fig, alt="alt")
said["cell, pixels"] = picture.png(shown.fig)
said["cell, vectors"] = picture.svg(shown.fig)
said["loop"] = picture.svg(lab.loop("forward").fig)
print(json.dumps({k: hashlib.sha256(v.encode() if isinstance(v, str) else v).hexdigest() for k, v in said.items()}))
"""


def drawn(*flags, **environment):
    """The digests of `DRAWN` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-", *flags],
        input=DRAWN,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **environment},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_matplotlibrc_changes_no_picture(tmp_path):
    """Neither the file, nor a locale with a decimal comma, another backend, or what NumPy was told to print."""
    (tmp_path / "matplotlibrc").write_text(HOSTILE, encoding="utf-8")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty/matplotlibrc").write_text("", encoding="utf-8")
    plain = drawn(MATPLOTLIBRC=str(tmp_path / "empty"))
    assert len(set(plain.values())) == len(plain) == 7
    there = {"MATPLOTLIBRC": str(tmp_path), "MPLBACKEND": "pdf", "TZ": "Asia/Tokyo"}
    if found := shutil.which("localedef"):
        made = subprocess.run([found, "-i", "de_DE", "-f", "UTF-8", str(tmp_path / "de_DE.UTF-8")], capture_output=True)
        there |= {"LOCPATH": str(tmp_path), "LC_ALL": "de_DE.UTF-8"} if made.returncode == 0 else {}
    assert drawn("-v", **there) == plain


def settings_of_matplotlib():
    """What a reader may set, valid by Matplotlib's own validators, near its default or far from it."""
    choices = {}
    for name, value in style.STYLE.items():
        if isinstance(value, bool):
            choices[name] = st.booleans()
        elif isinstance(value, float):
            choices[name] = st.floats(0.25, 4).map(lambda factor, value=value: value * factor)
        elif isinstance(value, str) and name.endswith("color"):
            choices[name] = st.sampled_from(["red", "black", "#123456"])
    choices["text.usetex"] = choices["figure.autolayout"] = st.just(True)
    choices["font.family"] = st.sampled_from(["serif", "monospace"])
    choices["legend.loc"] = st.sampled_from(["lower left", "center"])
    choices["savefig.bbox"] = st.just("tight")
    choices["path.sketch"] = st.just((3, 80, 2))
    choices["lines.linestyle"] = st.sampled_from(["--", ":"])
    choices["axes.prop_cycle"] = st.just(cycler(color="rgb"))
    return st.fixed_dictionaries({}, optional=choices)


def spectacle(fig, k=1.0):
    ax, x = fig.subplots(), np.linspace(-1, 1, 5)
    ax.plot(x, k * x, "o-", label="k x")
    ax.contour(x, x, np.outer(x, x), levels=2)
    ax.legend()
    lab.figures.arrow(ax, (0, 0), (1, 1))


def spectacles():
    """Pictures of the book: an explorer as vectors and as pixels, its widget, a shared drawing."""
    explorers = [
        lab.explore(spectacle, alt=lambda k: "alt", k=np.arange(1, 4), raster=raster, size=(2.5, 1.5))
        for raster in (False, True)
    ]
    return [
        *(explorer.render(k=2) for explorer in explorers),
        explorers[0].to_widget().children[-2].value,
        picture.svg(lab.loop("loss").fig),
    ]


PLAIN = []


@settings(max_examples=20)
@given(settings_of_matplotlib())
def test_settings_around_change_no_picture_and_are_not_changed(given_settings):
    """Whatever is set where an explorer is made, drawn and saved: the same bytes, and the settings are as before."""
    if not PLAIN:
        PLAIN.extend(spectacles())
    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore", matplotlib.MatplotlibDeprecationWarning)
        matplotlib.rcParams.update(given_settings)
        before = dict(matplotlib.rcParams.items())
        assert spectacles() == PLAIN
        assert dict(matplotlib.rcParams.items()) == before


def test_a_figure_is_saved_in_the_style_it_was_made_in():
    """Between `figure` and `show` a reader's settings may change; what was drawn is saved as ever, and they stay."""

    def shown(**changed):
        with matplotlib.rc_context():
            fig = lab.figure(3, 2)
            fig.subplots().plot([1, -2, 3], label="a")
            matplotlib.rcParams.update(changed)
            before = dict(matplotlib.rcParams.items())
            found = picture.png(fig), picture.svg(fig)
            assert dict(matplotlib.rcParams.items()) == before
            return found

    plain = shown()
    for changed in (
        {"savefig.bbox": "tight", "savefig.facecolor": "black", "savefig.dpi": 20},
        {"text.usetex": True, "axes.unicode_minus": False, "font.size": 30},
        {"axes.formatter.use_locale": True, "path.simplify_threshold": 1.0, "svg.fonttype": "none", "svg.id": "mine"},
        {"figure.constrained_layout.use": False, "figure.autolayout": True, "lines.dashed_pattern": [1, 9]},
    ):
        assert shown(**changed) == plain, changed


def test_settings_that_are_no_looks_stay(monkeypatch):
    for name, value in {
        "interactive": True,
        "keymap.save": ["z"],
        "savefig.directory": "here",
        "toolbar": "None",
    }.items():
        monkeypatch.setitem(matplotlib.rcParams, name, value)
    with style.styled():
        assert matplotlib.rcParams["interactive"] and matplotlib.rcParams["keymap.save"] == ["z"]
    looks = set(style.STYLE)
    assert {"text.usetex", "axes.grid", "savefig.bbox", "path.sketch", "timezone", "svg.id", "legend.loc"} <= looks
    assert not {"backend", "backend_fallback", "interactive", "toolbar", "savefig.directory", "date.epoch"} & looks


def test_a_list_in_the_settings_is_the_reader_s_own():
    before = list(style.STYLE["font.sans-serif"])
    with matplotlib.rc_context():
        matplotlib.rcParams["font.sans-serif"].insert(0, "Mine")
        with style.styled():
            assert matplotlib.rcParams["font.sans-serif"] == before
        assert matplotlib.rcParams["font.sans-serif"].pop(0) == "Mine"


@pytest.mark.parametrize("raised", [False, True])
def test_a_style_is_taken_off_again(raised):
    """Also after an error, and only by whoever put it on."""
    with matplotlib.rc_context({"font.size": 40.0}), np.errstate(all="raise"), np.printoptions(precision=2):
        with contextlib.suppress(KeyError), style.styled():
            with style.styled():
                assert matplotlib.rcParams["font.size"] == style.STYLE["font.size"]
            assert matplotlib.rcParams["font.size"] == style.STYLE["font.size"]
            assert str(np.array([0.123456])) == "[0.123456]"
            with matplotlib.rc_context({"font.size": 8}), style.styled():
                assert matplotlib.rcParams["font.size"] == 8, "what a drawing chooses for itself stays"
            if raised:
                raise KeyError
        assert matplotlib.rcParams["font.size"] == 40 and str(np.array([0.123456])) == "[0.12]"
        assert np.geterr()["over"] == "raise"


def test_an_overflow_in_a_drawing_is_no_error_whatever_numpy_was_told():
    def wild(fig, k):
        fig.subplots().plot(np.minimum(np.exp(np.array([1.0, 1000.0 * k])), 2))

    with np.errstate(all="raise"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        widget = lab.explore(wild, alt=lambda k: f"{np.array([k])}", k=np.linspace(1, 5, 5)).to_widget()
    assert "cannot be drawn" not in widget.children[-1].value and widget.children[-2].value


def test_pictures_are_drawn_anew_for_another_python_but_not_for_its_repairs(monkeypatch):
    told = []
    for version in ((3, 99, 1), (3, 99, 2), (3, 98, 1), (4, 99, 1)):
        monkeypatch.setattr(style, "sys", SimpleNamespace(version_info=version))
        told.append(style.surroundings())
    assert told[0] == told[1] and all(a != b for a, b in combinations(told[1:], 2))


def test_the_cache_of_frames_knows_what_draws(monkeypatch, tmp_path):
    """Another Matplotlib, another font, another style: other frames; a reader's matplotlibrc: the same."""
    monkeypatch.setenv("NNLIB_FRAMES", str(tmp_path))
    explorer = small()

    def files():
        explorer.to_html()
        return {path.name for path in tmp_path.iterdir()}

    first = files()
    assert len(first) == 1
    with matplotlib.rc_context({"axes.grid": True, "font.family": "serif"}):
        assert files() == first
    for module, name, value in (
        (style, "version", lambda name: "3.99"),
        (style.font_manager, "findfont", lambda *_, **__: __file__),
        (style, "STYLE", {**style.STYLE, "font.size": 1 + style.STYLE["font.size"]}),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, value)
            monkeypatch.setattr(explorer, "render", lambda **_: "<svg/>")
            grown = files()
        assert len(grown - first) == 1, name
        first = grown
    monkeypatch.setattr(style, "version", lambda name: (_ for _ in ()).throw(style.PackageNotFoundError(name)))
    assert "no contourpy" in style.surroundings()


def test_the_cache_of_pages_knows_what_draws(monkeypatch):
    course = extension()
    first = course.cells.ground()
    course.cells.forget()
    assert first == course.cells.ground()
    monkeypatch.setattr(style, "version", lambda name: "3.99")
    course.cells.forget()
    assert first != course.cells.ground()
    course.cells.forget()


CHAPTER_2 = NOTEBOOKS[NAMES.index("02_neuron")]


def test_letters_on_the_corners_of_chapter_2_can_be_read():
    """White on orange had a contrast of 3.9."""
    _, scope = run(CHAPTER_2)
    ax = lab.figure(3, 3).subplots()
    scope["corners_on"](ax, [0, 1, 1, 0])
    letters = {text.get_position(): text for text in ax.texts}
    assert len(letters) == 4
    for dot in ax.lines:
        x, y = dot.get_xydata()[0]
        colors = to_rgb(letters[x, y - 0.01].get_color()), to_rgb(dot.get_markerfacecolor())
        assert contrast(*colors) >= 4.5 and contrast(*map(in_the_dark, colors)) >= 4.5


def test_the_name_of_w_in_chapter_2_stands_clear_of_boundary_and_corners():
    """At 45 degrees and b = -6 it stood on the line."""
    explorers, scope = run(CHAPTER_2)
    (explorer,) = (e for e in explorers if "angle" in e.grids)
    for angle, b in itertools.product(explorer.grids["angle"], explorer.grids["b"]):
        w, _, _ = scope["place"](angle, b, "step")
        spot = np.array(scope["label_spot"](w, b))
        assert abs(spot @ w + b) / np.hypot(*w) > 0.09, (angle, b)
        assert np.hypot(*(scope["CORNERS"] - spot).T).min() > 0.2, (angle, b)


CHAPTER_9 = next(p for p in NOTEBOOKS if p.stem.startswith("09"))


@pytest.fixture(scope="module")
def chapter_9():
    return run(CHAPTER_9)


def test_the_slopes_on_chapter_9s_wires_are_what_nudges_say(chapter_9):
    explorers, scope = chapter_9
    circuit = next(e for e in explorers if e.id == "circuit")
    for setting in circuit.points:
        value, slope = scope["backward"](**setting)
        for name in "abc":
            up, down = (scope["backward"](**{**setting, name: setting[name] + step})[0]["f"] for step in (1e-4, -1e-4))
            assert abs((up - down) / 2e-4 - slope[name]) < 1e-6, (setting, name)
        assert value["f"] == (setting["a"] + setting["b"]) * max(setting["c"], 3.5)
        # what max does not let through gets nothing, and no setting is a tie
        assert (slope["c"] == 0 or slope["k"] == 0) and value["c"] != value["k"]


def test_chapter_9s_stepper_takes_a_step_of_gradient_descent(chapter_9):
    """Its biases learn unless the reader freezes them, and a color says one thing in every step."""
    explorers, scope = chapter_9
    stepper = next(e for e in explorers if e.id == "stepper")
    assert stepper.start == {"step": 1, "biases": "per unit", "update": "simultaneous"}
    assert "= 0.280471447" in stepper.alt(step=18, biases="per unit", update="simultaneous")
    assert "= 0.291027774" in stepper.alt(step=18, biases="frozen", update="simultaneous")
    assert "= 0.291027924" in stepper.alt(step=18, biases="frozen", update="sequential")
    slopes = {f"{abs(v):.3g}" for v in scope["work"].dW[2].ravel()} | {
        f"{abs(v):.3g}" for v in scope["work"].dW[1].ravel()
    }
    for setting in stepper.points:
        for text in (t for ax in stepper.paint(**setting).axes for t in ax.texts):
            said, framed = text.get_text(), text.get_bbox_patch() is not None
            color = text.get_color()
            assert framed == (color in (scope["SENT_BACK"], scope["RESULT"]) and said not in scope["PHASE"].values()), (
                said
            )
            if setting["update"] == "simultaneous" and framed and color == scope["RESULT"]:
                assert said.lstrip("−") in {f"{float(s):#.3g}" for s in slopes}, (setting, said)

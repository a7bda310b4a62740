"""The playground on the built page, network cut: it learns as nnlib does, from the keyboard, and is shared by URL."""

import re

import numpy as np
import pytest

from nnlib import wasm
from nnlib.lab.page import once
from nnlib.lab.playground import experiment
from tests.test_playground import STABLE, apart, assert_same, here
from tests.test_playground import loops as loops  # a fixture

from .conftest import ROOT, go

PAGE = "book/playground.html"
FULL = "x.play1."
START = {"data": "spirals", "lr": 0.02}  # as book/playground.md begins
FOUND = """P => ({X: P.run.train.points, V: P.run.val.points, theta: [...P.run.theta()], loss: P.run.losses,
  val_loss: P.run.valLosses, updates: P.run.updates()})"""


def address(**state):
    """The page's address for a state."""
    text = {
        k: ".".join(map(str, v)) if isinstance(v, list) else "all" if v is None else str(v) for k, v in state.items()
    }
    return "#" + "&".join(f"{FULL}{k}={v}" for k, v in text.items())


@pytest.fixture
def play(desk, open_page, html):
    """``play(name, hash, **context)``: (page, playground), ready. The page is a context's own if one is described."""

    def opened(name=PAGE, hash="", **options):
        page = open_page(name, hash, **options) if options else go(desk, html, name, hash)
        root = page.locator(".nn-play").first
        page.wait_for_function("document.querySelector('.nn-play').dataset.ready")
        return page, root

    return opened


def has(root, expression):
    """Something of the running experiment."""
    return root.evaluate(f"e => {{ const P = e.playground; return {expression} }}")


def trained(page, root, speed="fast"):
    """Press Train and wait until it pauses; (accuracy, validation accuracy)."""
    root.locator(".speed select").select_option(speed)
    root.locator(".go").click()
    page.wait_for_function("!document.querySelector('.nn-play').playground.playing", timeout=60_000)
    measured = has(root, "P.run.measure()")
    return measured["accuracy"], measured["valAccuracy"]


@pytest.mark.parametrize(
    ("state", "share"),
    [
        (dict(data="xor", hidden=[8], noise=0.5, epochs=500), 0.99),
        (dict(data="spirals", hidden=[8, 8], epochs=500), 0.97),
    ],
)
def test_it_learns(play, state, share):
    page, root = play(hash=address(**state))
    found = trained(page, root)
    print(state, found)
    assert min(found) >= share
    assert f"epoch {state['epochs']}" in root.locator(".status").inner_text().replace("\n", " ")
    assert page.faults == []


@pytest.mark.parametrize("name", STABLE)
def test_the_page_learns_what_the_test_build_learns_and_nearly_what_train_learns(play, loops, name):  # noqa: F811
    state = STABLE[name] | {"epochs": 200}
    page, root = play(
        hash=address(**{"data": "moons", "noise": experiment.NOISE[state.get("data", "moons")], "lr": 0.01} | state)
    )
    assert root.locator(".words").inner_text() == ""
    start = has(root, "[...P.run.theta()]")
    trained(page, root)
    found = root.evaluate(f"e => ({FOUND})(e.playground)") | {"first": start, "stopped": ""}
    assert_same(found, loops["stable"][list(STABLE).index(name)])
    native = here(state)
    print(f"{name}: {apart(found, native):.1e}")
    assert apart(found, native) <= 1e-12 and found["updates"] == native["updates"]
    scope = {"print": lambda *_: None}
    exec(has(root, "P.code()"), scope)  # "Show the code", run as it stands
    np.testing.assert_allclose(scope["run"].theta, found["theta"], atol=1e-12)


def test_it_is_fast_and_never_holds_the_page_up(play):
    """20,000 steps a second are wanted; half of that is the limit. What else the machine does counts, too: the
    longest task is that of the best of three rounds."""
    page, root = play(hash=address(data="moons", noise=0.1, hidden=[8, 8], epochs=5000))
    page.evaluate(WATCH)
    root.locator(".speed select").select_option("fast")

    def rounds(epochs, *networks):
        """Steps per second, and the longest task, of each of three rounds: `networks` after one another."""
        for _ in range(3):
            rates = [root.evaluate(RATE, {**state, "epochs": epochs}) for state in networks]
            yield min(rates), page.evaluate("longestTask()")

    rates, longest = zip(*rounds(2000, {}), strict=True)
    print(f"{max(rates):,.0f} steps/s, longest task {min(longest):.0f} ms")
    assert max(rates) >= 10_000 and min(longest) <= 100  # 50 on a machine of its own
    large = ([16] * 4, 1), ([16] * 4, None), ([], 32)
    states = (dict(hidden=hidden, batch_size=batch, n=1000) for hidden, batch in large)
    _, longest = zip(*rounds(10, *states), strict=True)
    print(f"largest networks: longest task {min(longest):.0f} ms")
    assert min(longest) <= 200


# `longestTask()` is that since it was asked last, in milliseconds; 0 if none took 50.
WATCH = """() => { const longest = entries => Math.max(0, ...entries.map(e => e.duration)); let most = 0;
  const observer = new PerformanceObserver(list => { most = Math.max(most, longest(list.getEntries())) });
  observer.observe({type: 'longtask'});
  window.longestTask = async () => { await new Promise(r => setTimeout(r, 100));
    const found = Math.max(most, longest(observer.takeRecords())); most = 0; return found } }"""
# Trains a state to its end: how many steps a second.
RATE = """async (e, state) => { const P = e.playground; P.set(state);
  const t = performance.now(), before = P.run.updates(); e.querySelector('.go').click();
  while (P.playing) await new Promise(r => setTimeout(r, 20));
  return (P.run.updates() - before) / (performance.now() - t) * 1000 }"""


def test_its_weight(html):
    assert len(wasm.build(wasm.COURSE)) <= 40 * 1024
    for name in (PAGE, "book/index.html"):
        text = (html / name).read_text(encoding="utf-8")
        begin = text.index("<!--nn:playground-->")
        weight = text.index("</script></div>", begin) - begin
        print(f"{name}: {weight:,} characters")
        assert weight <= 150_000
        assert text.count("KERNELS=") == 1


# ---- every control, from the keyboard --------------------------------------------------------------------------------


def press(root, selector, key="Enter"):
    control = root.locator(selector)
    control.focus()
    control.press(key)


def test_every_knob_from_the_keyboard(play):
    page, root = play()
    assert root.locator(".knobs details:not([open])").count() == 0  # on a desk all can be seen
    knobs = root.locator(".knobs .r:visible")
    # hidden is the number of layers and a slider for each, and features are a box for each
    assert knobs.count() == len(experiment.CONTROLS) + len(experiment.START["hidden"])
    before = has(root, "P.state")
    boxes = 0
    for i in range(knobs.count()):
        for knob in knobs.nth(i).locator("select, input").all():
            label = knob.evaluate("e => e.ariaLabel ?? e.parentElement.textContent")
            was = has(root, "JSON.stringify(P.state)")
            knob.focus()
            kind = knob.evaluate("e => e.type")
            if kind == "number":
                knob.fill("17")
                knob.press("Enter")
            elif kind == "checkbox":
                boxes += 1
                knob.press("Space")
            else:
                places = knob.locator("option").count() - 1 if kind == "select-one" else int(knob.get_attribute("max"))
                for _ in range(places):
                    knob.press("ArrowDown" if kind == "select-one" else "ArrowRight")
                knob.press("ArrowUp" if kind == "select-one" else "ArrowLeft")
                if has(root, "JSON.stringify(P.state)") == was:  # it began there
                    knob.press("ArrowUp" if kind == "select-one" else "ArrowLeft")
                if kind == "range":
                    assert knob.get_attribute("aria-valuetext") == knobs.nth(i).locator("b").inner_text()
            assert has(root, "JSON.stringify(P.state)") != was, label
            assert knob.evaluate("e => e === document.activeElement"), f"{label} lost the focus"
            page.evaluate("s => document.querySelector('.nn-play').playground.set(s)", before)
    assert boxes == len(experiment.FEATURES)
    assert page.faults == []


def test_train_pause_step_reset_and_a_new_seed(play):
    page, root = play(hash=address(epochs=100_000))
    words, status, aloud = root.locator(".words"), root.locator(".status"), root.locator(".aloud")
    press(root, ".go")
    page.wait_for_function("document.querySelector('.nn-play').playground.run.losses.length > 5")
    assert has(root, "P.playing") and "Pause" in root.locator(".go").inner_text()
    assert aloud.inner_text() == "Training."  # nothing for ten seconds: it does not chatter
    press(root, ".go")
    epochs = has(root, "P.run.losses.length")
    assert not has(root, "P.playing") and f"epoch {epochs}," in aloud.inner_text()
    for word in ("loss", "validation loss", "accuracy", "validation accuracy"):
        assert f"{word} " in aloud.inner_text()
    press(root, "button:has-text('Step')")
    assert has(root, "P.run.waiting()") == 32 and "32 of 160 samples" in status.inner_text()
    updates = has(root, "P.run.updates()")
    for _ in range(4):
        press(root, "button:has-text('Step')")
    assert has(root, "[P.run.waiting(), P.run.losses.length, P.run.updates()]") == [0, epochs + 1, updates + 4]
    first = has(root, "P.run.train.points[0]")
    press(root, "button:has-text('Reset')")
    assert has(root, "[P.run.losses.length, P.run.updates(), P.state.seed]") == [0, 0, 1]
    assert has(root, "P.run.train.points[0]") == first
    press(root, "button:has-text('New seed')")
    assert has(root, "P.state.seed") == 2 and has(root, "P.run.train.points[0]") != first
    assert words.inner_text() == "" and page.faults == []


def test_numbers_code_and_a_weight_under_the_pointer(play):
    page, root = play(hash=address(hidden=[3]))
    for summary in root.locator("summary").all():
        summary.focus()
        summary.press("Enter")
    shown = root.locator("details .pre").first.inner_text()
    W = has(root, "[...P.run.weights()[0].W]")
    assert "W₁" in shown and "b₂" in shown and f"{W[0]:.4f}".replace("-", "−") in shown
    assert root.locator("details .pre").nth(1).inner_text() == has(root, "P.code()")
    root.locator(".wires").scroll_into_view_if_needed()
    box = root.locator(".wires").bounding_box()
    seen = set()
    for x in range(20, int(box["width"]) - 10, 7):
        page.mouse.move(box["x"] + x, box["y"] + box["height"] * 0.44)
        seen.add(root.locator(".hint").inner_text())
    assert any(re.match(r"W[₁₂]\[\d, \d\] = .+: from .+ to ", text) for text in seen)
    page.mouse.move(0, 0)
    log = root.locator(".loss input[type=checkbox]")
    log.focus()
    log.press("Space")
    assert log.is_checked() and page.faults == []


def test_points_of_ones_own(play):
    page, root = play()
    root.locator(".knobs select").first.select_option("drawn")
    words = root.locator(".words")
    assert "at least three of each class" in words.inner_text()
    press(root, ".go")
    assert not has(root, "P.playing") and "at least three of each class" in words.inner_text()
    box = root.locator(".board").bounding_box()
    for x in (0.2, 0.3, 0.4):
        page.mouse.click(box["x"] + x * box["width"], box["y"] + 0.5 * box["height"])
    assert has(root, "P.state.points.length") == 3 and has(root, "P.state.points[0][2]") == 0
    kind, x, y = root.locator(".pen select"), *root.locator(".pen input").all()
    kind.focus()
    kind.press("ArrowDown")
    for value in (0.5, 0.75, 1):
        x.fill(str(value))
        y.fill("-0.5")
        press(root, ".pen button:has-text('Add')")
    assert has(root, "P.state.points.slice(3)") == [[0.5, -0.5, 1], [0.75, -0.5, 1], [1, -0.5, 1]]
    assert words.inner_text() == ""
    points = has(root, "P.state.points")
    trained(page, root)
    assert has(root, "P.run.measure().accuracy") == 1
    page.reload()
    page.wait_for_function("document.querySelector('.nn-play').dataset.ready")
    assert has(root, "P.state.points") == points
    press(root, ".pen button:has-text('Undo')")
    assert has(root, "P.state.points.length") == 5
    press(root, ".pen button:has-text('Clear')")
    assert has(root, "P.state.points.length") == 0 and page.faults == []


# ---- one screen ------------------------------------------------------------------------------------------------------

SCREENS = [(1280, 720), (390, 844)]
# Which of the parts are wholly in sight, below what sticks to the top of the page, and not under each other.
IN_SIGHT = """parts => { const head = document.querySelector('.bd-header-article').getBoundingClientRect().bottom;
  return parts.filter(part => { const r = document.querySelector('.nn-play ' + part).getBoundingClientRect();
    return r.width > 0 && r.top >= head - 1 && r.bottom <= innerHeight && r.left >= 0 && r.right <= innerWidth }) }"""
PARTS = [".go", ".status", ".board", ".scale"]


@pytest.mark.parametrize(("width", "height"), SCREENS)
def test_train_numbers_and_plane_are_on_one_screen(play, width, height):
    page, root = play(width=width, height=height, hash=address(data="xor"))
    page.wait_for_function("Math.abs(document.querySelector('.nn-play').getBoundingClientRect().top - 60) < 14")
    assert page.evaluate(IN_SIGHT, PARTS) == PARTS
    figures = root.locator(".status .figure").all_inner_texts()
    assert [text.split()[0] for text in figures] == ["epoch", "loss", "validation", "accuracy", "validation"]
    if width > 1000:  # and the network, and the knobs that may be turned while it runs
        assert page.evaluate(IN_SIGHT, [".net", ".hint", ".group"]) == [".net", ".hint", ".group"]
    links = page.locator(".nn-tries a")
    for i in range(links.count()):
        links.nth(i).scroll_into_view_if_needed()
        links.nth(i).click()
        page.wait_for_function(f"({IN_SIGHT})({PARTS}).length === {len(PARTS)}")
        assert "x.play1." in page.url and root.locator(".words").inner_text() == ""
        root.evaluate("e => e.playground.run.epoch()")
    assert page.faults == []


def test_on_a_phone_train_and_the_numbers_stay_in_sight(play):
    page, root = play(width=390, height=844, hash=address(data="xor"))
    knob = root.locator(".knobs input[type=range]").first
    knob.evaluate("e => e.scrollIntoView({block: 'center'})")
    top = [".go", ".status", ".knobs input[type=range]"]
    page.wait_for_function(f"({IN_SIGHT})({top}).length === 3")
    over = "s => { const r = document.querySelector(s).getBoundingClientRect(); "
    over += "return document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2).closest(s) !== null }"
    assert page.evaluate(over, ".nn-play .go")
    root.locator(".go").click()
    page.wait_for_function("document.querySelector('.nn-play').playground.run.losses.length > 5")
    assert page.faults == []


@pytest.mark.parametrize("name", [PAGE, "book/index.html"])
def test_nothing_is_small_or_cut_at_any_width(play, name):
    page, root = play(name, width=360, height=800)
    for fold in root.locator(".knobs details").all():
        fold.evaluate("e => { e.open = true }")
    for width in (320, 360, 390, 600, 768, 1000, 1199, 1200, 1280, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        page.wait_for_timeout(150)
        found = root.evaluate(SMALL)
        assert found == [], f"{width}: {found}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width or width == 320
    assert page.faults == []


# Letters below 11 pixels; controls below 24; what sticks out of the panel. A label counts for the box in it.
SMALL = """e => { const frame = e.getBoundingClientRect(), found = [];
  const seen = [...e.querySelectorAll('.app *')].filter(x => x.checkVisibility() && !x.closest('.aloud, option'));
  for (const x of seen) { const r = x.getBoundingClientRect();
    const name = `${x.tagName}.${x.className} ${x.textContent.slice(0, 20)}`;
    if ([...x.childNodes].some(n => n.nodeType === 3 && n.data.trim()) && parseFloat(getComputedStyle(x).fontSize) < 11)
      found.push(`letters of ${name}`);
    const hit = x.matches('[type=checkbox]') ? x.parentElement.getBoundingClientRect() : r;
    if (x.matches('button, select, input, summary') && (hit.height < 24 || hit.width < 24))
      found.push(`${hit.width} x ${hit.height} of ${name}`);
    const out = r.right > frame.right + 0.5 || r.left < frame.left - 0.5;
    if (out && !x.closest('.pre')) found.push(`${name} sticks out`) }
  return found }"""


def test_pictures_are_written_in_the_face_of_the_course(play, browser, html):
    context = browser.new_context(viewport={"width": 390, "height": 844}, offline=True)
    page = context.new_page()
    page.add_init_script("""window.fonts = new Set(); const write = CanvasRenderingContext2D.prototype.fillText;
      CanvasRenderingContext2D.prototype.fillText = function (...given) {
        fonts.add(this.font); return write.apply(this, given) }""")
    page.goto((html / PAGE).as_uri())
    page.wait_for_function("document.querySelector('.nn-play').dataset.ready && fonts.size")
    page.wait_for_function("document.fonts.check('12px \"Course Sans\"')")
    for font in page.evaluate("[...fonts]"):
        size, face = re.match(r"([\d.]+)px \"?([^,\"]+)", font).groups()
        assert float(size) >= 11 and face == "Course Sans"
    context.close()


# ---- a unit large on the plane ---------------------------------------------------------------------------------------

PIXELS = "e => { const c = e.querySelector('.board'); return c.toDataURL() }"


def unit(root, name):
    return root.locator(f'.units button[aria-label="{name}"]')


def formula(root, layer, index):
    """The numbers that the formula of a unit must have, in its order: its weights and its bias."""
    its = has(root, f"P.run.unit({layer}, {index})")
    return [f"{abs(w):.2f}" for w in (*its["weights"], its["bias"]) if abs(w) >= 0.01]


def test_the_unit_under_the_pointer_is_shown_large_with_its_formula(play):
    page, root = play(hash=address(hidden=[3, 2], data="circles", noise=0.1))
    trained(page, root)
    output = root.evaluate(PIXELS)
    hint, whose = root.locator(".hint"), root.locator(".whose")
    unit(root, "h₂ of layer 1").hover()
    assert whose.inner_text() == "h₂ of layer 1" and root.evaluate(PIXELS) != output
    said = hint.inner_text()
    assert re.fullmatch(r"h₂ of layer 1 = tanh\(−?[\d.]+ x₁ [−+] [\d.]+ x₂ [−+] [\d.]+\)", said)
    assert re.findall(r"\d+\.\d+", said) == formula(root, 1, 1)
    page.wait_for_function("document.querySelector('.nn-play .aloud').textContent.startsWith('h₂ of layer 1 = tanh')")
    assert root.locator(".aloud").inner_text() == said + "."
    # Its colors are its own: at each end of the scale stands its largest value.
    most = has(root, "Math.max(...P.run.look()[1].filter((v, k) => k % 3 === 1).map(Math.abs))")
    assert abs(float(root.locator(".scale b").last.inner_text()) - most) < 0.01
    unit(root, "h₁ of layer 2").hover()
    assert hint.inner_text().endswith(", with h of layer 1") and "h₃" in hint.inner_text()
    page.mouse.move(0, 0)
    assert whose.inner_text() == "output" and root.evaluate(PIXELS) == output
    assert "unit 0" not in root.inner_text() and page.faults == []


def test_a_unit_by_finger(play):
    page, root = play(width=390, height=844, has_touch=True, hash=address(hidden=[8, 16]))
    whose = root.locator(".whose")
    unit(root, "h₄ of layer 1").tap()
    assert whose.inner_text() == "h₄ of layer 1"
    # Both are on the screen: what was tapped, and the plane that shows it.
    assert page.evaluate(IN_SIGHT, [".board", ".hint", ".units button.shown"])
    assert unit(root, "h₄ of layer 1").get_attribute("aria-pressed") == "true"
    unit(root, "h₁₆ of layer 2").tap()
    assert whose.inner_text() == "h₁₆ of layer 2" and "(5 more)" in root.locator(".hint").inner_text()
    unit(root, "h₁₆ of layer 2").tap()
    assert whose.inner_text() == "output"
    unit(root, "x₁").tap()
    assert root.locator(".hint").inner_text() == "x₁, an input"
    root.locator("text=Back to the output").tap()
    assert whose.inner_text() == "output" and page.faults == []


def test_each_unit_from_the_keyboard(play):
    page, root = play(hash=address(hidden=[3, 4]))
    focused = "document.activeElement.ariaLabel"
    root.locator(".speed select").focus()
    page.keyboard.press("Tab")
    assert page.evaluate(focused) == "h₁ of layer 1" == root.locator(".whose").inner_text()
    seen = []
    for layer, n in enumerate(has(root, "P.run.sizes")):
        page.keyboard.press("Home")
        for _ in range(n):
            assert root.locator(".whose").inner_text() == page.evaluate(focused)
            assert root.locator(".hint").inner_text().startswith(page.evaluate(focused))
            seen.append(page.evaluate(focused))
            page.keyboard.press("ArrowDown")
        if layer == 0:
            assert seen[0].startswith("h₁")
            seen.clear()
            page.keyboard.press("ArrowLeft")
            page.keyboard.press("Home")
            for _ in range(2):
                seen.append(page.evaluate(focused))
                page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowRight")
    assert set(seen) == {"x₁", "x₂", "y", *(f"h{'₁₂₃₄'[i]} of layer 1" for i in range(3))} | {
        f"h{'₁₂₃₄'[i]} of layer 2" for i in range(4)
    }
    assert page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    page.keyboard.press("Enter")  # held: the focus may go, and the unit stays
    page.keyboard.press("Escape")
    assert root.locator(".whose").inner_text() == "output" and page.evaluate(focused) == "y"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    name = page.evaluate(focused)
    page.keyboard.press("Tab")
    assert root.locator(".whose").inner_text() == name and page.faults == []


def test_the_focus_survives_another_network(play):
    page, root = play(hash=address(hidden=[8, 8]))
    unit(root, "h₂ of layer 2").focus()
    root.evaluate("e => e.playground.set({hidden: [8, 3]})")
    assert page.evaluate("document.activeElement.ariaLabel") == "h₂ of layer 2"
    unit(root, "h₃ of layer 2").focus()
    root.evaluate("e => e.playground.set({hidden: [8]})")
    assert page.evaluate("!!document.activeElement.closest('.units')")
    slider = root.get_by_label("units of layer 1")
    slider.focus()
    slider.press("ArrowLeft")
    assert has(root, "P.state.hidden") == [7] and slider.evaluate("e => e === document.activeElement")
    assert root.locator(".units button").count() == 2 + 7 + 1 and page.faults == []


# ---- what is turned while it runs ------------------------------------------------------------------------------------


def test_some_knobs_turn_while_it_runs_and_the_page_says_which(play):
    page, root = play(hash=address(data="moons", noise=0.1, epochs=100_000, optimizer="momentum", lr=0.01))
    groups = root.locator(".knobs .group")
    live = groups.first.locator("input").evaluate_all("all => all.map(e => e.ariaLabel)")
    assert groups.first.locator("summary").inner_text().strip() == "Change while it runs"
    assert [name.split()[0] for name in live] == ["learning", "batch", "momentum", "weight", "L1"]
    assert groups.locator("summary small").all_inner_texts() == ["begins anew"] * 3
    press(root, ".go")
    page.wait_for_function("document.querySelector('.nn-play').playground.run.losses.length > 20")
    values = {"lr": 0.02, "batch_size": 64, "beta": 0.95, "l2": 1e-5, "l1": 1e-5}
    for label, name in zip(live, values, strict=True):
        root.get_by_label(label, exact=True).focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(f"document.querySelector('.nn-play').playground.run.now().{name} === {values[name]}")
        assert has(root, "P.playing && P.run.losses.length > 20"), f"{label} began anew"
        assert page.evaluate("document.activeElement.ariaLabel") == label
    page.wait_for_function(
        f"document.querySelector('.nn-play').playground.run.losses.length > {has(root, 'P.run.losses.length')}"
    )
    press(root, ".go")
    changes = has(root, "P.state.changes")
    assert [change[1:] for change in changes] == [list(pair) for pair in values.items()]
    assert has(root, "P.state.lr") == 0.01 and "x.play1.changes=" in page.url
    assert (
        root.locator(".notes").inner_text().startswith(f"Turned during the run: η = 0.02 after epoch {changes[0][0]}, ")
    )
    assert "lr in [" in has(root, "P.code()") or "for epochs, lr" in has(root, "P.code()")
    # Whoever follows the address trains the same run, whose knobs turn by themselves.
    theta, epochs = has(root, "[...P.run.theta()]"), has(root, "P.run.losses.length")
    page.reload()
    page.wait_for_function("document.querySelector('.nn-play').dataset.ready")
    rate = root.locator(".knobs .r", has_text="learning rate").locator("b")
    assert rate.inner_text() == "0.01"
    root.evaluate(f"e => {{ for (let i = 0; i < {epochs}; i++) e.playground.run.epoch() }}")
    assert has(root, "[...P.run.theta()]") == theta
    press(root, "button:has-text('Step')")
    assert rate.inner_text() == "0.02"
    press(root, "button:has-text('Reset')")  # begins with what the knobs show
    assert has(root, "[P.run.losses.length, P.state.lr, P.state.batch_size, P.state.changes.length]") == [
        0,
        0.02,
        64,
        0,
    ]
    assert "changes" not in page.url and root.locator(".notes").inner_text() == ""
    # A knob of another group begins anew, with the turned settings.
    root.evaluate("e => { e.playground.run.epoch(); e.playground.turn('lr', 0.05) }")
    root.get_by_label("units of layer 1").focus()
    page.keyboard.press("ArrowLeft")
    assert has(root, "[P.run.losses.length, P.state.lr, P.state.changes.length]") == [0, 0.05, 0]
    assert page.faults == []


def test_a_slider_drawn_past_many_places_turns_once(play):
    page, root = play(hash=address(data="moons", noise=0.1, epochs=100_000))
    press(root, ".go")
    page.wait_for_function("document.querySelector('.nn-play').playground.run.losses.length > 5")
    rate = root.get_by_label("learning rate η")
    rate.evaluate("""e => { for (let k = 0; k < 4; k++) {
      e.value = String(Number(e.value) + 1); e.dispatchEvent(new Event('input')) } }""")
    assert root.locator(".knobs .r", has_text="learning rate").locator("b").inner_text() == "0.5"
    page.wait_for_function("document.querySelector('.nn-play').playground.state.changes.length")
    page.wait_for_timeout(300)
    assert [change[1:] for change in has(root, "P.state.changes")] == [["lr", 0.5]]
    # Reset at once: what the knob shows counts.
    rate.evaluate("""e => { e.value = String(Number(e.value) - 1); e.dispatchEvent(new Event('input'));
      [...document.querySelectorAll('.nn-play .bar button')].find(b => b.textContent === 'Reset').click() }""")
    page.wait_for_timeout(300)
    assert has(root, "[P.state.lr, P.state.changes.length]") == [0.2, 0]
    assert page.faults == []


def test_a_run_that_diverged_goes_on_with_a_smaller_rate(play):
    diverging = dict(data="circles", optimizer="sgd", activation="identity", batch_size=1)
    page, root = play(hash=address(**diverging, lr=0.01, epochs=50))
    root.evaluate("e => { e.playground.run.epoch(); e.playground.turn('lr', 1000) }")
    trained(page, root)
    assert root.locator(".words").inner_text().startswith("Diverged")
    epochs = has(root, "P.run.losses.length")
    root.evaluate("e => e.playground.turn('lr', 0.0001)")
    assert root.locator(".words").inner_text() == "" and has(root, "P.run.losses.length") == epochs > 0
    trained(page, root)
    assert has(root, "P.run.losses.length") == 50 and page.faults == []


def test_a_knob_without_use_can_be_reached_and_says_so(play):
    page, root = play(hash=address(optimizer="sgd"))
    beta = root.get_by_label("momentum β")
    beta.focus()
    assert beta.get_attribute("aria-valuetext") == "not used" and beta.get_attribute("aria-disabled") == "true"
    beta.press("ArrowRight")
    assert has(root, "P.state.beta") == 0.9 and beta.evaluate("e => e === document.activeElement")
    root.get_by_label("optimizer").select_option("momentum")
    assert beta.get_attribute("aria-valuetext") == "0.9"


# ---- other settings --------------------------------------------------------------------------------------------------


def test_each_layer_has_its_own_width(play):
    page, root = play()
    for layer, places in ((1, 3), (2, 5)):
        slider = root.get_by_label(f"units of layer {layer}")
        slider.focus()
        for _ in range(places):
            page.keyboard.press("ArrowLeft")
    assert has(root, "P.state.hidden") == [5, 3] and "x.play1.hidden=5.3" in page.url
    assert not root.get_by_label("units of layer 3").is_visible()
    root.get_by_label("hidden layers").focus()
    page.keyboard.press("ArrowRight")
    assert has(root, "P.state.hidden") == [5, 3, 3] and root.get_by_label("units of layer 3").is_visible()
    assert "sizes = [2, 5, 3, 3, 1]" in has(root, "P.code()") and page.faults == []


def test_inputs_are_switched_and_one_of_them_stays(play):
    page, root = play(hash=address(data="circles", noise=0.1, hidden=""))
    box = lambda name: root.locator(".inputs").get_by_label(name, exact=True)  # noqa: E731
    assert root.locator(".inputs label").all_inner_texts() == [words for words, _ in experiment.FEATURES.values()]
    for name in ("x₁²", "x₂²"):
        box(name).press("Space")
    for name in ("x₁", "x₂"):
        box(name).press("Space")
    assert has(root, "P.state.features") == ["x1^2", "x2^2"]
    assert unit(root, "x₁²").count() == 1 and unit(root, "x₁").count() == 0
    box("x₁²").press("Space")
    box("x₂²").press("Space")
    assert box("x₂²").is_checked() and root.locator(".words").inner_text() == "One input must stay."
    box("x₁²").press("Space")
    assert min(trained(page, root)) > 0.95  # no hidden unit is needed
    unit(root, "y").hover()
    assert re.fullmatch(r"y = sigmoid\(−?[\d.]+ x₁² − [\d.]+ x₂² \+ [\d.]+\)", root.locator(".hint").inner_text())
    assert page.faults == []


def test_a_regression_has_heights_and_no_classes(play):
    page, root = play()
    losses = root.get_by_label("loss", exact=True)
    root.get_by_label("data", exact=True).select_option("hills")
    assert has(root, "[P.state.data, P.state.loss, P.run.isRegression]") == ["hills", "l2", True]
    assert losses.locator("option:not([disabled])").all_inner_texts() == ["squared error", "absolute error"]
    assert root.locator(".words").inner_text() == ""
    status = root.locator(".status").inner_text().replace("\n", " ")
    assert "accuracy" not in status and re.search(r"R² −?[\d.]+ validation R² −?[\d.]+ RMSE [\d.]+", status)
    assert root.locator(".keys").inner_text().split() == ["training", "validation"]
    low, high = (float(b.inner_text().replace("−", "-")) for b in root.locator(".scale b").all())
    targets = has(root, "[...P.run.train.points, ...P.run.val.points].map(p => p[2])")
    assert abs(low - min(targets)) < 0.01 and abs(high - max(targets)) < 0.01
    trained(page, root)
    found = has(root, "P.run.measure()")
    assert found["r2"] > 0.8
    status = root.locator(".status").inner_text().replace("\n", " ")
    assert f"RMSE {found['rmse']:.3g}" in status
    root.get_by_label("data", exact=True).select_option("moons")
    assert has(root, "[P.state.loss, P.run.isRegression]") == ["bce", False]
    assert "accuracy" in root.locator(".status").inner_text() and page.faults == []


def test_l1_and_the_share_of_training_points(play):
    page, root = play(hash=address(data="moons", noise=0.1))
    root.get_by_label("training share").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    assert has(root, "[P.state.train_share, P.run.train.n, P.run.val.n]") == [0.5, 100, 100]
    root.get_by_label("L1 penalty λ₁").focus()
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    assert has(root, "P.state.l1") == 0.01 and "l1=0.01" in has(root, "P.code()")
    assert page.faults == []


# Where η is far too large, ReLUs die.
DEAD = dict(data="circles", noise=0.1, activation="relu", hidden=[8], optimizer="sgd", lr=5, epochs=20)


def test_a_dead_relu_is_crossed_out_and_named(play):
    page, root = play(hash=address(**DEAD))
    assert root.locator(".notes").inner_text() == ""
    trained(page, root)
    dead = has(root, "P.run.dead()")
    assert dead
    count = f"{len(dead)} of 8 units of layer 1 {'are' if len(dead) > 1 else 'is'} dead: 0 for every training point."
    assert root.locator(".notes").inner_text() == count
    assert count in root.locator(".aloud").inner_text() and count in root.locator(".wires").get_attribute("aria-label")
    layer, index = dead[0]
    unit(root, f"h{'₁₂₃₄₅₆₇₈'[index]} of layer {layer}").hover()
    assert root.locator(".hint").inner_text().endswith(". It is dead: 0 for every training point")
    page.mouse.move(0, 0)
    # Crossed out: ink on both of its diagonals, a quarter in from its corners, where a living unit has none.
    inks = root.evaluate("""(e, dead) => { const c = e.querySelector('.wires'), g = c.getContext('2d');
      const ratio = c.width / c.clientWidth, frame = c.getBoundingClientRect();
      const p = g.getImageData(0, 0, c.width, c.height).data;
      return [...e.querySelectorAll('.units button')].filter(b => /layer/.test(b.ariaLabel)).map(b => {
        const r = b.getBoundingClientRect(), x = r.x + r.width / 2 - frame.x, y = r.y + r.height / 2 - frame.y;
        return [[-6, -6], [6, 6], [-6, 6], [6, -6]].every(([a, b]) => {
          const [column, row] = [x + a, y + b].map(v => Math.round(v * ratio));
          return [-1, 0, 1].some(i => [-1, 0, 1].some(j => { const k = 4 * ((row + i) * c.width + column + j);
            return p[k] + p[k + 1] + p[k + 2] < 300 })) }) }) }""")
    assert [i for i, crossed in enumerate(inks) if crossed] == [i for _, i in dead]
    assert page.faults == []


# ---- the pace --------------------------------------------------------------------------------------------------------

# A clock and frames of the test's own: `frames(hertz, seconds, keep)` runs the page's callbacks, but for skipped ones.
CLOCK = """(() => { let now = 1000, asked = [], id = 0;
  performance.now = () => now;
  window.requestAnimationFrame = f => { asked.push([++id, f]); return id };
  window.cancelAnimationFrame = k => { asked = asked.filter(([i]) => i !== k) };
  window.frames_ = (hertz, seconds, skip) => { for (let i = 1; i <= hertz * seconds; i++) { now += 1000 / hertz;
    if (skip && i % skip) continue;
    const run = asked; asked = []; run.forEach(([, f]) => f(now)) } } })()"""


def test_the_pace_does_not_depend_on_the_screen(browser, html):
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = context.new_page()
    page.add_init_script(CLOCK)
    page.goto((html / PAGE).as_uri() + address(data="xor", hidden=[2], epochs=100_000))
    page.wait_for_timeout(1500)  # the page's frames are the test's, so nothing that waits for one would answer
    assert page.evaluate("document.querySelector('.nn-play').dataset.ready") == "1"
    train = """([pace, hertz, skip]) => { const e = document.querySelector('.nn-play'), P = e.playground;
      P.reset(); e.querySelector('.speed select').value = pace; e.querySelector('.go').click();
      frames_(hertz, 3, skip); e.querySelector('.go').click(); return P.run.losses.length }"""
    for pace, rate in (("slow", 10), ("normal", 100)):
        found = [page.evaluate(train, [pace, *how]) for how in ((30, 0), (60, 0), (120, 0), (60, 20), (120, 7))]
        print(pace, found)
        assert all(abs(epochs - 3 * rate) <= max(1, 0.04 * 3 * rate) for epochs in found[:4]) and found[0] == found[1]
        assert found[1] == found[2] == 3 * rate
    words = page.evaluate("[...document.querySelectorAll('.nn-play .speed option')].map(e => e.textContent)")
    assert words == ["10 epochs/s", "100 epochs/s", "fastest"]
    context.close()


# ---- forbidden, forced -----------------------------------------------------------------------------------------------


def test_a_page_that_may_store_nothing_loses_nothing(browser, html):
    context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page, faults = context.new_page(), []
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.add_init_script("""history.replaceState = () => { throw new DOMException('no', 'SecurityError') };
      Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('no', 'SecurityError') }})""")
    page.goto((html / PAGE).as_uri())
    page.wait_for_function("document.querySelector('.nn-play').dataset.ready")
    root = page.locator(".nn-play").first
    root.get_by_label("data", exact=True).select_option("xor")
    trained(page, root)
    root.evaluate("e => e.playground.turn('lr', 0.05)")
    assert has(root, "[P.state.data, P.run.losses.length, P.run.now().lr]") == ["xor", 500, 0.05]
    assert [f for f in faults if "play" in f] == []
    context.close()


def test_in_forced_colors_what_means_something_keeps_its_color(play):
    page, root = play(forced_colors="active", hash=address(data="xor"))
    trained(page, root)
    background = "e => getComputedStyle(e, '::before').backgroundColor"
    zero, one = (root.locator(f".key.{kind}").evaluate(background) for kind in ("zero", "one"))
    assert zero != one and "rgba(0, 0, 0, 0)" not in (zero, one)
    bar = root.locator(".bars i").first
    assert bar.evaluate("e => getComputedStyle(e).backgroundColor") == one and bar.bounding_box()["width"] > 5
    assert "gradient" in root.locator(".scale i").evaluate("e => getComputedStyle(e).backgroundImage")
    assert page.faults == []


# ---- the book's bits -------------------------------------------------------------------------------------------------


def asked(page, root):
    """The answer of the page's check, asked for with the keyboard."""
    fold = root.locator("details", has_text="Does this browser compute the book’s bits?")
    if not fold.evaluate("e => e.open"):
        fold.locator("summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == f"Train {len(experiment.BITS)} small networks"
    page.keyboard.press("Enter")
    answer = fold.locator("p[aria-live=polite]")
    page.wait_for_function("p => / computes | does not | could not /.test(p.textContent)", arg=answer.element_handle())
    assert (
        page.evaluate("document.activeElement.textContent") == f"Train {len(experiment.BITS)} small networks"
    )  # the focus stays
    return answer.inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_this_browser_computes_the_book_s_bits(play, browser, theme):
    page, root = play(color_scheme=theme)
    answer = root.locator(".bits")
    assert not answer.is_visible()
    said = asked(page, root)
    assert re.fullmatch(
        rf"(Headless)?Chrome {browser.version.split('.')[0]} \(.+\) computes the book’s bits: "
        rf"{len(experiment.BITS)} small networks, one for each optimizer, ended at the book’s parameters, the same in "
        "every bit.",
        said,
    )
    assert answer.is_visible() and asked(page, root) == said and page.faults == []
    page.emulate_media(media="print")
    assert not root.locator("details").last.is_visible()


def test_a_browser_with_other_bits_is_told_so(browser, tmp_path):
    """One digest changed; then the square roots of the page; then no memory to train in."""
    from nnlib import lab

    text = lab.playground(size="small", data="xor", check=True).to_html()
    changed = text.replace(experiment.BITS["nadam"][0], "0" * 16)
    assert changed != text
    roots = "{ const root = Math.sqrt; Math.sqrt = x => root(x) * (1 + 2 ** -52) }"
    full = """{ const Memory = WebAssembly.Memory, made = [];
      WebAssembly.Memory = function (given) { if (made.push(1) > 1) throw new RangeError('no memory');
        return new Memory(given) } }"""
    count = len(experiment.BITS)
    drawn = [name for name, (_, s) in experiment.BITS.items() if s["scheme"] not in ("normal", "uniform")]

    def elsewhere(names):
        ended = rf"{len(names)} of {count} small networks ended elsewhere \({', '.join(names)}\)"
        return rf"does not compute the book’s bits: {ended}. Please report it"

    for page_text, first, sentence in (
        (changed, "", elsewhere(["nadam"])),
        (text, roots, elsewhere(drawn)),
        (text, full, r"could not train them: no memory\."),
    ):
        (tmp_path / "page.html").write_text(f"<meta charset=utf-8><article>{page_text}</article>", encoding="utf-8")
        context = browser.new_context(offline=True)
        page = context.new_page()
        page.add_init_script(first)
        page.goto((tmp_path / "page.html").as_uri())
        page.wait_for_function("document.querySelector('.nn-play').dataset.ready")
        assert re.search(sentence, asked(page, page.locator(".nn-play")))
        context.close()


def test_the_check_leaves_a_training_alone(play):
    """It has memory of its own, and lets the page draw."""
    page, root = play(hash=address(data="moons", noise=0.1, epochs=100_000))
    page.evaluate("""() => { window.longest = 0;
      const seen = list => list.getEntries().forEach(e => { longest = Math.max(longest, e.duration) });
      new PerformanceObserver(seen).observe({type: 'longtask'}) }""")
    press(root, ".go")
    longest = []
    for _ in range(3):  # the best of three: other work on the machine makes a task longer, never shorter
        page.evaluate("longest = 0")
        assert " computes " in asked(page, root) and has(root, "P.playing")
        longest.append(page.evaluate("longest"))
        if longest[-1] <= 200:  # 50 on a machine of its own
            break
    press(root, ".go")
    print(f"longest tasks {longest} ms")
    assert min(longest) <= 200
    found = root.evaluate("""e => { const P = e.playground, theta = [...P.run.theta()], n = P.run.losses.length;
      P.reset();
      for (let k = 0; k < n; k++) P.run.epoch();
      return {n, theta, alone: [...P.run.theta()]} }""")
    assert found["n"] > 20 and found["theta"] == found["alone"] and page.faults == []


# ---- the address -----------------------------------------------------------------------------------------------------


def test_an_experiment_is_shared_by_its_address(play, open_page):
    page, root = play()
    root.evaluate(
        "e => e.playground.set({data: 'circles', noise: 0.2, hidden: [5, 5, 5], batch_size: null, l2: 0.003, seed: 9})"
    )
    state = has(root, "P.state")
    trained(page, root)
    theta = has(root, "[...P.run.theta()]")
    url = page.url
    page.goto("about:blank")
    page.goto(url)
    page.wait_for_function("document.querySelector('.nn-play').dataset.ready")
    assert has(root, "P.state") == state
    trained(page, root)
    assert has(root, "[...P.run.theta()]") == theta  # to the last bit
    root.evaluate("(e, start) => e.playground.set(start)", {**experiment.checked(START), "noise": 0.05})
    assert "#" not in page.url and page.faults == []


def test_the_links_of_the_page_set_it(play):
    page, root = play()
    links = page.locator(".nn-tries a")
    assert links.count() == 9
    for link in links.all():
        page.evaluate("() => { window.before = document.querySelector('.nn-play').playground.run }")
        link.focus()
        link.press("Enter")
        wanted = dict(pair.split("=") for pair in link.get_attribute("href").lstrip("#").replace(FULL, "").split("&"))
        page.wait_for_function("document.querySelector('.nn-play').playground.run !== before")
        state = has(root, "P.state")
        for name, text in wanted.items():
            if name == "features":
                assert len(state[name]) == len(text.split("."))
            else:
                assert (".".join(map(str, state[name])) if name == "hidden" else f"{state[name]}") == text
        assert root.locator(".words").inner_text() == ""
    assert page.faults == []


@pytest.mark.parametrize(
    ("hash", "sentence"),
    [
        (address(hidden="99.99.99.99.99.99"), "[16, 16, 16, 16] is taken."),
        (address(n="1e12", lr="-3"), "1000 is taken."),
        (address(data="cats"), "data: “cats” is none of"),
        (address(data="drawn"), "at least three of each class"),
        (address(data="drawn", points="200.200.0.210.200.0.220.200.0.230.230.0"), "at least three of each class"),
        (address(data="drawn", points="junk"), "points: 0 of them could be read."),
        ("#x.play1.=&x.play1.%=%%&x.play1", "There is no setting"),
        (address(optimizer="sgd", lr="1000", activation="identity"), ""),
    ],
)
def test_an_edited_address_is_answered_with_a_sentence(play, hash, sentence):
    page, root = play(hash=hash)
    assert sentence in root.locator(".words").inner_text()
    root.locator(".speed select").select_option("fast")
    press(root, ".go")
    page.wait_for_timeout(300)
    assert root.locator(".board").is_visible() and page.faults == []


def test_a_run_that_diverges_says_so(play):
    page, root = play(hash=address(data="circles", optimizer="sgd", lr=10, activation="identity"))
    trained(page, root)
    assert root.locator(".words").inner_text().startswith("Diverged: the loss was no longer finite in epoch 2;")
    assert np.isfinite(has(root, "[...P.run.theta()]")).all()
    press(root, ".go")  # begins anew
    assert page.faults == []


# ---- two on a page, other places -------------------------------------------------------------------------------------


def test_several_on_a_page_do_not_meet(browser, tmp_path, monkeypatch):
    from nnlib import lab

    monkeypatch.chdir(ROOT)
    parts = [lab.playground(size="small", data=data, controls=["lr", "hidden"]).to_html() for data in ("xor", "moons")]
    both = once("".join(parts))
    assert both.count("KERNELS=") == 1
    (tmp_path / "two.html").write_text(f"<meta charset=utf-8><article>{both}</article>", encoding="utf-8")
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.goto((tmp_path / "two.html").as_uri())
    page.wait_for_function("[...document.querySelectorAll('.nn-play')].every(e => e.dataset.ready)")
    one, other = page.locator(".nn-play").all()
    one.evaluate("e => e.playground.set({lr: 0.5})")
    other.evaluate("e => e.playground.set({lr: 0.1})")
    assert has(one, "[P.state.lr, P.state.data]") == [0.5, "xor"] and has(other, "P.state.lr") == 0.1
    assert "x.play1.lr=0.5" in page.url and "x.play2.lr=0.1" in page.url
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(set(ids)) == len(ids)
    for box in (one, other):
        assert box.locator(".knobs .r:visible").count() == 4  # η, the layers, the units of both
    page.reload()
    page.wait_for_function("[...document.querySelectorAll('.nn-play')].every(e => e.dataset.ready)")
    assert has(one, "P.state.lr") == 0.5 and has(other, "P.state.lr") == 0.1
    context.close()


def test_folded_away_it_waits(browser, tmp_path):
    """Behind a prediction nothing has a size: it begins all the same, and is drawn when it is shown."""
    from nnlib import lab

    hidden = '<div id="lock" style="content-visibility:hidden;height:0;overflow:hidden">'
    page_text = f"<meta charset=utf-8><article>{hidden}{lab.playground(size='small').to_html()}</div></article>"
    (tmp_path / "locked.html").write_text(page_text, encoding="utf-8")
    context = browser.new_context(offline=True)
    page, faults = context.new_page(), []
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.goto((tmp_path / "locked.html").as_uri())
    page.wait_for_function("document.querySelector('.nn-play').dataset.ready")
    page.evaluate("document.querySelector('#lock').removeAttribute('style')")
    painted = "c => { const p = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; return p.some(v => v) }"
    board = page.locator(".board")
    page.wait_for_function(f"(c => c.width > 100 && ({painted})(c))(document.querySelector('.board'))")
    assert board.evaluate(painted) and faults == []
    context.close()


def test_beside_an_explorer_both_keep_their_address(play):
    page, root = play("book/index.html")
    root.evaluate("e => e.playground.set({data: 'xor'})")
    slider = page.locator(".nn-explore input").first
    page.wait_for_function("document.querySelector('.nn-explore').dataset.ready")
    slider.focus()
    slider.press("ArrowRight")
    assert "x.play1.data=xor" in page.url and "-learns=" in page.url
    place = slider.input_value()
    page.reload()
    page.wait_for_function(
        "document.querySelector('.nn-play').dataset.ready && document.querySelector('.nn-explore').dataset.ready"
    )
    assert has(root, "P.state.data") == "xor" and slider.input_value() == place
    assert page.faults == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_whatever_is_open(play, theme, width):
    from axe_playwright_python.sync_playwright import Axe

    page, root = play(color_scheme=theme, width=width, hash=address(data="drawn"))
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    root.locator(".go").click()
    found = Axe().run(page, context="article", options={"resultTypes": ["violations"]}).response["violations"]
    assert [(rule["id"], node["html"][:150]) for rule in found for node in rule["nodes"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert root.evaluate("e => e.classList.contains('dark')") == (theme == "dark")


def test_large_enough_to_touch(play):
    page, root = play(width=390, has_touch=True)
    folds = root.locator(".knobs details:not([open]) summary")
    while folds.count():
        folds.first.tap()
    for control in root.locator(
        ":is(button, select, summary, input:not([type=checkbox]), label:has([type=checkbox])):visible"
    ).all():
        unit = control.evaluate("e => !!e.closest('.units, .title')")
        assert control.bounding_box()["height"] >= (24 if unit else 32)
    page.wait_for_function("document.querySelector('.nn-play .board').clientWidth > 250")
    root.locator(".knobs select").first.select_option("drawn")
    root.locator(".board").tap()
    assert has(root, "P.state.points.length") == 1


def test_reduced_motion(play):
    page, root = play(reduced_motion="reduce", hash=address(epochs=100_000))
    pictures = root.evaluate("""async e => { let n = 0; const seen = new MutationObserver(() => n++);
      seen.observe(e.querySelector('.status'), {childList: true});
      e.querySelector('.go').click();
      await new Promise(r => setTimeout(r, 2500));
      return n }""")
    assert pictures <= 3 and has(root, "P.run.losses.length") > 100


@pytest.mark.parametrize("how", ["no JavaScript", "no WebAssembly", "forbidden"])
def test_without_it_a_picture_and_a_sentence(browser, html, how):
    context = browser.new_context(offline=True, java_script_enabled=how != "no JavaScript")
    if how == "no WebAssembly":
        context.add_init_script("delete window.WebAssembly")
    elif how == "forbidden":
        context.add_init_script(
            "WebAssembly.compile = () => Promise.reject(new WebAssembly.CompileError('blocked by CSP'))"
        )
    page, faults = context.new_page(), []
    page.on("console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: faults.append(str(e)))
    page.goto((html / PAGE).as_uri())
    page.wait_for_timeout(300)
    still = page.locator(".nn-play .still")
    assert still.locator("img").is_visible() and len(still.locator("img").get_attribute("alt")) > 60
    assert ("stays a picture" if how != "no JavaScript" else "Without them, the picture") in still.inner_text()
    assert faults == []
    context.close()

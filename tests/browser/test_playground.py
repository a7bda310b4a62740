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


# ---- the book's bits -------------------------------------------------------------------------------------------------


def asked(page, root):
    """The answer of the page's check, asked for with the keyboard."""
    fold = root.locator("details", has_text="Does this browser compute the book’s bits?")
    if not fold.evaluate("e => e.open"):
        fold.locator("summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Train 9 small networks"
    page.keyboard.press("Enter")
    answer = fold.locator("p[aria-live=polite]")
    page.wait_for_function("p => / computes | does not | could not /.test(p.textContent)", arg=answer.element_handle())
    assert page.evaluate("document.activeElement.textContent") == "Train 9 small networks"  # the focus stays
    return answer.inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_this_browser_computes_the_book_s_bits(play, browser, theme):
    page, root = play(color_scheme=theme)
    answer = root.locator(".bits")
    assert not answer.is_visible()
    said = asked(page, root)
    assert re.fullmatch(
        rf"(Headless)?Chrome {browser.version.split('.')[0]} \(.+\) computes the book’s bits: 9 small networks, one "
        "for each optimizer, ended at the book’s parameters, the same in every bit.",
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
    drawn = ", ".join(name for name, (_, s) in experiment.BITS.items() if s["scheme"] not in ("normal", "uniform"))
    for page_text, first, sentence in (
        (
            changed,
            "",
            r"does not compute the book’s bits: 1 of 9 small networks ended elsewhere \(nadam\). Please report it",
        ),
        (
            text,
            roots,
            rf"does not compute the book’s bits: 7 of 9 small networks ended elsewhere \({drawn}\). Please report it",
        ),
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
        link.focus()
        link.press("Enter")
        wanted = dict(pair.split("=") for pair in link.get_attribute("href").lstrip("#").replace(FULL, "").split("&"))
        page.wait_for_function(
            "d => document.querySelector('.nn-play').playground.state.data === d", arg=wanted["data"]
        )
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

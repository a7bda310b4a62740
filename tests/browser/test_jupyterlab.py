"""One chapter in a real JupyterLab: run, a slider moved, the picture changing, a question answered."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import numpy as np
import pytest

import nnlib as nn
from tests.chapters import questions
from tests.test_playground import here

from .conftest import ROOT
from .test_playground import has, trained
from .test_questions import exam, give

CHAPTER = "09_backprop_by_hand.ipynb"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A JupyterLab on a copy of the notebooks, so that a test never edits the book."""
    work = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", work / "notebooks", ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if k != "NNLIB_STATIC"}
    environment |= {"JUPYTER_CONFIG_DIR": str(work / "config"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--ServerApp.port={port}",
               "--ServerApp.ip=127.0.0.1", "--IdentityProvider.token=", f"--ServerApp.root_dir={work}",
               f"--LabApp.app_settings_dir={ROOT / 'book/jupyter'}", "--LabApp.news_url=",
               "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"]  # fmt: skip
    log = (work / "log.txt").open("w", encoding="utf-8")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT, cwd=work)
    url = f"http://127.0.0.1:{port}"
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{url}/api", timeout=2)
            break
        except OSError:
            time.sleep(0.5)
    else:
        server.terminate()
        pytest.fail("JupyterLab did not start:\n" + (work / "log.txt").read_text(encoding="utf-8")[-2000:])
    yield url
    server.terminate()
    server.wait(20)
    log.close()


def run_all(page):
    """Run every cell of the notebook that is open."""
    page.locator(".jp-NotebookPanel .jp-Cell").first.click()
    page.wait_for_timeout(3000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def scroll_to(page, what):
    """From the top of the notebook on, until `what` is there: JupyterLab draws only the cells in view."""
    scroll = "document.querySelector('.jp-NotebookPanel .jp-WindowedPanel-outer').scrollTop"
    page.evaluate(f"{scroll} = 0")
    for _ in range(200):
        if what.count():
            break
        page.evaluate(f"{scroll} += 400")
        page.wait_for_timeout(250)


def open_cells(page, url, name, *sources):
    """Make a notebook of these cells beside the chapters, and open it. To make it, JupyterLab need not be drawn."""
    new = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": []}
    cells = [{**new, "id": f"cell{k}", "source": source} for k, source in enumerate(sources)]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    ask = page.context.request
    ask.get(f"{url}/lab")  # brings the cookie
    (token,) = (cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "_xsrf")
    made = ask.put(
        f"{url}/api/contents/notebooks/{name}",
        headers={"X-XSRFToken": token},
        data={"type": "notebook", "content": notebook},
    )
    assert made.status == 201, made.text()
    page.goto(f"{url}/lab/tree/notebooks/{name}?reset")


def run_cell(page, url, name, source):
    """Make a notebook of one cell, open it and run it."""
    open_cells(page, url, name, source)
    run_all(page)


def test_extensions_are_sound():
    report = subprocess.run(
        [sys.executable, "-m", "jupyter", "labextension", "list"],
        capture_output=True,
        encoding="utf-8",
    )
    text = report.stdout + report.stderr
    assert "jupyterlab_widgets" in text.replace("-", "_")
    assert not re.search(r"\b(X|error|incompatible|not compatible)\b", text), text


def test_run_slide_answer(lab, browser):
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    away = []
    page.on(
        "request",
        lambda r: (
            away.append(r.url) if not r.url.startswith((lab, lab.replace("http", "ws"), "data:", "blob:")) else None
        ),
    )
    page.set_default_timeout(60_000)
    page.goto(f"{lab}/lab/tree/notebooks/{CHAPTER}?reset")
    page.locator(".jp-NotebookPanel .jp-Cell").first.wait_for()
    run_all(page)
    slider = page.locator(".jp-NotebookPanel .widget-slider .noUi-handle").first
    scroll_to(page, slider)
    slider.scroll_into_view_if_needed()
    picture = page.locator(".jp-NotebookPanel .widget-image, .jp-NotebookPanel img.jupyter-widgets").first
    before = picture.get_attribute("src")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("([e, old]) => e.src !== old", arg=[picture.element_handle(), before])
    cells = page.locator(".jp-NotebookPanel .jp-Cell").count()

    form = page.locator(".jp-NotebookPanel .nn-choice").first
    scroll_to(page, form)
    # JupyterLab draws a cell anew when it scrolls into view or its run ends: an answer to the old drawing is lost.
    said = "[...document.querySelectorAll('.nn-choice output')].some(e => /^[✓✗]/.test(e.textContent))"
    for _ in range(6):
        form.scroll_into_view_if_needed()
        form.locator("input").first.focus()
        page.keyboard.press("Space")
        form.locator("button[type=submit]").click()
        page.wait_for_timeout(2000)
        if page.evaluate(said):
            break
    assert page.evaluate(said)
    assert cells > 0 and away == []
    context.close()


def test_in_jupyterlab_what_folds_folds_and_references_arrive(lab, browser):
    """With JupyterLab's own Markdown, as all other viewers have it."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{lab}/lab/tree/notebooks/{CHAPTER}?reset")
    panel = page.locator(".jp-NotebookPanel")
    panel.locator("h1", has_text=re.compile(r"^9 Backpropagation by hand")).wait_for()
    fold = panel.locator("details", has_text="Refresher: where it comes from").first
    inside = fold.locator("a", has_text="Activations (chapter 4)")
    assert inside.count() == 1 and not inside.is_visible()
    fold.locator("summary").click()
    assert inside.is_visible()
    reference = panel.locator("a[href='#eq-delta-hidden']").first
    scroll_to(page, reference)
    reference.wait_for(state="attached")
    assert re.fullmatch(r"\(9\.\d+\)", reference.text_content())
    anchor = panel.locator("[id='eq-delta-hidden']")
    # A reference leads to its formula, however far it is: book/jupyter lets Markdown keep its anchors.
    reference.scroll_into_view_if_needed()
    reference.click()
    page.wait_for_function("e => e.getBoundingClientRect().top > 0", arg=anchor.element_handle())
    page.wait_for_function("e => e.getBoundingClientRect().top < innerHeight", arg=anchor.element_handle())
    equation = anchor.locator("xpath=ancestor::*[contains(@class, 'jp-RenderedMarkdown')]")
    assert equation.locator("mjx-labels").count() >= 1, "the number stands beside the formula"
    assert ":::" not in panel.inner_text() and "(eq-" not in panel.inner_text()
    context.close()


def test_in_jupyterlab_each_output_works_alone(lab, browser):
    """Run from the last to the first: none needs what another has brought."""
    context = browser.new_context(viewport={"width": 1300, "height": 2000})  # all cells are in view
    page = context.new_page()
    page.set_default_timeout(60_000)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    asked = {"04-p1": "predict", "04-q2": "quiz"}
    sources = [f"from nnlib import lab\nlab.{call}('{id}')" for id, call in [*asked.items(), ("04-p1", "recall")]]
    open_cells(page, lab, "alone.ipynb", *sources)
    cells = page.locator(".jp-NotebookPanel .jp-CodeCell")
    forms = {id: page.locator(f".jp-NotebookPanel [id='q-{id}']") for id in asked}
    recalled = page.locator(".jp-NotebookPanel .nn-recall")

    def answer(id):
        forms[id].locator("input").first.check()
        forms[id].locator("button[type=submit]").click()
        reply = forms[id].locator("output")
        page.wait_for_function("e => /^(✓|✗|Noted)/.test(e.textContent)", arg=reply.element_handle())

    page.locator(".jp-NotebookPanel .jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for()
    page.wait_for_timeout(3000)  # as in run_all
    for k, shown in ((2, recalled), (1, forms["04-q2"]), (0, forms["04-p1"])):
        assert shown.count() == 0
        cells.nth(k).locator(".jp-InputArea-editor").click()
        page.keyboard.press("Control+Enter")
        shown.wait_for()
        if k < 2:
            answer(list(asked)[k])
    assert recalled.inner_text().startswith("You predicted: ")
    assert faults == []
    context.close()


def test_in_jupyterlab_numbers_and_formulas_are_typed_and_judged(lab, browser):
    """Keys of JupyterLab itself, such as x and d, are letters in a line, and Enter sends it; one output has all."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    run_cell(page, lab, "formula.ipynb", "from nnlib import lab\nlab.quiz('09-r2', '10-f3')")
    form = page.locator(".jp-NotebookPanel [id='q-10-f3']")
    form.wait_for()
    number = page.locator(".jp-NotebookPanel [id='q-09-r2']")
    number.locator("input").click()
    page.keyboard.type("0,6")
    page.keyboard.press("Enter")
    page.wait_for_function("e => e.textContent.startsWith('✓')", arg=number.locator("output").element_handle())
    form.scroll_into_view_if_needed()
    form.locator("input").click()
    page.keyboard.type("x^T ((d2 W2^T)*(1-H^2")
    for _ in range(2):
        form.get_by_role("button", name="close bracket").click()
    assert form.locator("math").count() == 1
    page.keyboard.press("Enter")
    page.wait_for_function("e => e.textContent.startsWith('✓')", arg=form.locator("output").element_handle())
    assert form.locator("input").input_value() == "x^T ((d2 W2^T)*(1-H^2))" and faults == []
    assert page.locator(".jp-NotebookPanel .jp-Cell").count() == 1, "no key made or deleted a cell"
    context.close()


def test_in_jupyterlab_several_choices_and_the_ends_of_an_interval_are_given(lab, browser):
    """From the keyboard, wrongly and rightly."""
    context = browser.new_context(viewport={"width": 1300, "height": 2000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    asked = {}
    for question in questions("02"):
        if question["kind"] in ("many", "interval"):
            asked.setdefault(question["kind"], question)
    ids = ", ".join(repr(question["id"]) for question in asked.values())
    run_cell(page, lab, "kinds.ipynb", f"from nnlib import lab\nlab.quiz({ids})")
    forms = {kind: page.locator(f".jp-NotebookPanel [id='q-{q['id']}']") for kind, q in asked.items()}
    forms["many"].wait_for()
    page.wait_for_timeout(3000)  # the output may be drawn anew when the run ends
    for kind, question in asked.items():
        for right in (False, True):
            give(forms[kind], question, right)
    assert page.locator(".jp-NotebookPanel .jp-Cell").count() == 1, "no key made or deleted a cell"
    context.close()


def test_in_jupyterlab_lines_and_rows_are_moved(lab, browser):
    """By keys, which JupyterLab leaves alone there, and by the mouse."""
    context = browser.new_context(viewport={"width": 1300, "height": 2000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    faults = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    run_cell(page, lab, "moves.ipynb", "from nnlib import lab\nlab.quiz('01-m1', '06-l1')")
    rows, lines = (page.locator(f".jp-NotebookPanel [id='q-{id}']") for id in ("01-m1", "06-l1"))
    rows.wait_for()
    page.wait_for_timeout(3000)  # the output may be drawn anew when the run ends

    def order():
        return rows.locator(".o").evaluate_all("all => all.map(e => +e.dataset.i)")

    def program():
        return lines.locator(".program li").evaluate_all("all => all.map(e => +e.dataset.i)")

    was = order()
    rows.locator(".grip").first.focus()
    for key in ("Alt+ArrowDown", "Space", "ArrowDown", "Space", "Alt+ArrowDown"):
        page.keyboard.press(key)
    assert order() == [*was[1:4], was[0], *was[4:]]
    box, last = rows.locator(".grip").first.bounding_box(), rows.locator(".o").last.bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.mouse.move(box["x"] + 5, box["y"] + 50)
    page.mouse.move(last["x"] + 5, last["y"] + last["height"] - 4)
    page.mouse.up()
    assert order() == [*was[2:4], was[0], *was[4:], was[1]]

    lines.locator(".pool .line").first.focus()
    for _ in range(2):
        page.keyboard.press("Enter")
    built = program()
    page.keyboard.press("Tab")
    page.keyboard.press("Alt+ArrowUp")
    assert program() == built[::-1] and len(built) == 2
    page.keyboard.press("Delete")
    assert program() == built[:1]
    lines.locator(".pool .line").nth(3).click()
    lines.locator("button[type=submit]").click()
    assert lines.locator("output").inner_text().startswith("✗") and faults == []
    assert page.locator(".jp-NotebookPanel .jp-CodeCell").count() == 1, "no key was a command of JupyterLab"
    context.close()


def test_in_jupyterlab_a_link_opens_the_notebook(lab, browser):
    """The test in a notebook of the reader's own: answered with a running kernel, its link opens the chapter."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    run_cell(page, lab, "mine.ipynb", "from nnlib import lab\nlab.exam('placing')")
    first = exam.deal("placing")[0]
    form = page.locator(f".jp-NotebookPanel #q-{first['id']}")
    form.wait_for()
    form.scroll_into_view_if_needed()
    give(form, first, right=False)
    link = form.locator("output a")
    assert link.is_visible() and first["section"] in link.inner_text()
    link.click()
    page.locator(".lm-TabBar-tab", has_text="00_toolkit.ipynb").first.wait_for()
    page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) h1", has_text="Toolkit").first.wait_for()
    assert page.url.split("#")[0].split("?")[0].endswith("00_toolkit.ipynb")
    context.close()


def test_in_jupyterlab_the_playground_trains(lab, browser):
    """The same object with a running kernel: trained there."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    source = "from nnlib import lab\nlab.playground(data='xor', hidden=[8], epochs=100)"
    run_cell(page, lab, "play.ipynb", source)
    page.wait_for_function("document.querySelector('.jp-NotebookPanel .nn-play')?.dataset.ready")
    root = page.locator(".jp-NotebookPanel .nn-play")
    trained(page, root)
    native = here(dict(data="xor", hidden=[8]), 100)
    np.testing.assert_allclose(has(root, "[...P.run.theta()]"), native["theta"], atol=1e-12)
    assert "#x." not in page.url
    context.close()


def test_in_jupyterlab_a_digit_goes_through_a_network(lab, browser):
    """The keys that draw are not taken for the notebook's own."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    source = """import nnlib as nn
from nnlib import lab
net = nn.mlp([64, 5, 10], output="softmax")
lab.digit(net, nn.initialize(net), nn.data.digits()[0][:3])"""
    run_cell(page, lab, "digit.ipynb", source)
    page.wait_for_function("document.querySelector('.jp-NotebookPanel .nn-digit')?.dataset.ready")
    root = page.locator(".jp-NotebookPanel .nn-digit")
    net = nn.mlp([64, 5, 10], output="softmax")
    expected = nn.forward(net, nn.initialize(net), nn.data.digits()[0][:1])[0]
    found = root.evaluate("e => e.digit.pass().H[2]")
    np.testing.assert_allclose(found, expected, atol=1e-12)
    before = sum(root.evaluate("e => e.digit.grays()"))
    root.locator(".pad").focus()
    for key in ("ArrowLeft", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    assert sum(root.evaluate("e => e.digit.grays()")) > before
    assert page.locator(".jp-NotebookPanel .jp-Cell").count() == 1
    context.close()


def test_in_jupyterlab_boxes_and_half_planes_are_moved_by_keys(lab, browser):
    """Arrow keys move what has the focus, and not the notebook's cells; nothing is written into the address."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    source = """import numpy as np
import nnlib as nn
from IPython.display import display
from nnlib import lab
display(lab.builder({"|x|": np.abs}))
display(lab.planes({"ring": nn.data.circles(40, noise=0.1, seed=1)}))"""
    run_cell(page, lab, "live.ipynb", source)
    for kind in ("nn-build", "nn-planes"):
        page.wait_for_function(f"document.querySelector('.jp-NotebookPanel .{kind}')?.dataset.ready")
    address = page.url
    box = page.locator(".jp-NotebookPanel .nn-build .handle").nth(7)
    box.focus()
    page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-valuenow") == "0.98"
    shift = page.locator(".jp-NotebookPanel .nn-planes").get_by_label("shift of unit 1", exact=True)
    page.locator(".jp-NotebookPanel .nn-planes .grip").first.focus()
    page.keyboard.press("ArrowUp")
    assert shift.input_value() == "-0.55"
    page.wait_for_timeout(600)
    assert page.url == address and page.locator(".jp-NotebookPanel .jp-Cell").count() == 1
    context.close()

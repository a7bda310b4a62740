"""Every question on the built page: answered right and wrong from the keyboard, remembered, asked before it unfolds."""

import importlib
import json
import re
from urllib.parse import unquote, urlparse

import pytest

from nnlib.lab.checks.exercise import right_so_far

from .conftest import ROOT, reload, unfold
from .test_jupyterlab import lab as jupyterlab  # noqa: F401 - a fixture
from .test_jupyterlab import run_cell

exam = importlib.import_module("nnlib.lab.exam")  # nnlib.lab.exam itself is the class
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGE_OF = {
    name: f"book/{path.stem}"
    for path in sorted((ROOT / "book").glob("*.md"))
    for name in re.findall(r"""lab\.exam\(["'](\w+)["']""", path.read_text(encoding="utf-8"))
}
FORMS = [(name, form) for name in PAGE_OF for form in range(1, 1 + len(exam.slots(name)[1]))]
QUESTIONS = [
    (page, q)
    for page, file in [*((f"notebooks/{p.stem}", p.stem[:2]) for p in NOTEBOOKS), *((v, k) for k, v in PAGE_OF.items())]
    for q in json.loads((ROOT / f"notebooks/quiz/{file}.json").read_text(encoding="utf-8"))
]
NAMES = [q["id"] for _, q in QUESTIONS]


@pytest.fixture(scope="module")
def pages(browser, html):
    """The page of a chapter or a test, every section unfolded. One is open at a time: many are slow."""
    opened = {}

    def of(name):
        if name not in opened:
            while opened:
                opened.popitem()[1].context.close()
            context = browser.new_context(offline=True)
            context.route("**/tex-chtml.js", lambda route: route.abort())  # questions have no formulas: no typesetting
            page = context.new_page()
            page.set_default_timeout(10_000)
            page.goto((html / f"{name}.html").as_uri())
            unfold(page)
            opened[name] = page
        return opened[name]

    yield of
    for page in opened.values():
        page.context.close()


def said(form):
    """The reply, without the link that a test adds."""
    return form.locator("output").inner_text().split("\nExplained in: ")[0]


def submit(form):
    form.locator("button[type=submit]").focus()
    form.page.keyboard.press("Enter")
    return said(form)


def pick(form, index):
    """Choose an entry by its number in the file, from the keyboard."""
    box = form.locator(f"input[value='{index}']")
    box.focus()
    form.page.keyboard.press("Space")
    assert box.is_checked()


@pytest.mark.parametrize(("name", "question"), QUESTIONS, ids=NAMES)
def test_answered_right_and_wrong(pages, name, question):
    page = pages(name)
    form = page.locator(f"#q-{question['id']}")
    assert form.count() == 1
    globals()[f"answer_{question['kind']}"](form, question)


def answer_choice(form, question):
    assert "Choose one" in submit(form)
    for wanted in (False, True):
        for i, choice in enumerate(question["choices"]):
            if bool(choice.get("correct")) is wanted:
                pick(form, i)
                assert submit(form) == ("✓ " if wanted else "✗ ") + choice["feedback"]


def answer_predict(form, question):
    page = form.page
    for i, choice in enumerate(question["choices"]):
        pick(form, i)
        assert choice["text"] in submit(form)
        recall = page.locator(f".nn-recall[data-id='{question['id']}']")
        if recall.count():
            assert choice["feedback"] in recall.first.inner_text()


def answer_many(form, question):
    right = {i for i, c in enumerate(question["choices"]) if c.get("correct")}
    for i in right:
        pick(form, i)
    assert submit(form).startswith("✓")
    for i, choice in enumerate(question["choices"]):
        form.locator(f"input[value='{i}']").click()
        reply = submit(form)
        assert reply.startswith("✗") and choice["feedback"] in reply
        form.locator(f"input[value='{i}']").click()


def answer_number(form, question):
    box = form.locator("input")
    for text, start in (("", "Type a number"), ("many", "“many” is not a number")):
        box.fill(text)
        assert submit(form).startswith(start)
    wrong = [(m["value"], m["feedback"]) for m in question.get("mistakes", [])]
    wrong.append((question["answer"] * 1.7 + 12345.678, question["wrong"]))
    for value, feedback in wrong:
        box.fill(repr(value))
        if right_so_far(value, question["answer"], question["tolerance"]):
            reply = submit(form)
            assert reply.startswith("Right so far: give ") and reply.endswith("If you have not rounded: " + feedback)
        else:
            assert submit(form) == "✗ " + feedback
    for text in (f"{question['answer']:.12g}", f"{question['answer']:.12g}".replace("-", "−").replace(".", ",")):
        box.fill(text)
        assert submit(form) == "✓ " + question["right"]


def answer_interval(form, question):
    ends, boxes = form.locator("select"), form.locator("input")

    def give(low, high, left, right):
        boxes.nth(0).fill(repr(low))
        boxes.nth(1).fill(repr(high))
        ends.nth(0).select_option("[" if left else "(")
        ends.nth(1).select_option("]" if right else ")")
        return submit(form)

    low, high, left, right = (question[k] for k in ("low", "high", "low_closed", "high_closed"))
    assert give(low, high, not left, right).startswith("✗ The numbers are right")
    assert give(low - 5, high, left, right).startswith("✗")
    assert give("low", high, left, right).startswith("“'low'” is not a number here")
    for mistake in question.get("mistakes", []):
        assert give(mistake["low"], mistake["high"], left, right) == "✗ " + mistake["feedback"]
    assert give(low, high, left, right) == "✓ " + question["right"]


def answer_order(form, question):
    assert submit(form) == "✗ " + question["wrong"]
    n = len(question["items"])
    for place in range(n):
        while int(form.locator(".o").nth(place).get_attribute("data-i")) != place:
            row = form.locator(f".o[data-i='{place}']")
            row.locator("button[value='-1']").focus()
            form.page.keyboard.press("Enter")
    assert submit(form) == "✓ " + question["right"]


def print_shows_everything_and_folds_the_answers(page):
    page.emulate_media(media="print")
    assert page.locator(".nn-locked").first.evaluate("e => e.getBoundingClientRect().height") > 0
    key = page.locator(".nn-key").first
    assert key.is_visible() and not key.evaluate("d => d.open")
    page.emulate_media(media="screen")


@pytest.mark.parametrize("stem", [p.stem for p in NOTEBOOKS])
def test_a_prediction_comes_first_and_is_remembered(open_page, stem):
    page = open_page(f"notebooks/{stem}.html")
    print_shows_everything_and_folds_the_answers(page)
    first = page.locator(".nn-predict").first
    hidden = page.locator(".nn-locked")
    before = hidden.count()
    assert before > 0
    assert first.evaluate("e => !e.closest('.cell').nextElementSibling.checkVisibility({contentVisibilityAuto: true})"
                          " || e.closest('.cell').nextElementSibling.classList.contains('nn-locked')")  # fmt: skip
    first.locator("input").first.check()
    first.locator("button[type=submit]").click()
    assert hidden.count() < before
    text = said(first)
    reload(page)
    assert said(page.locator(".nn-predict").first) == text
    assert hidden.count() < before


# ---- tests that deal questions ---------------------------------------------------------------------------------------


def give(form, question, right):
    """Answer one question of a test, rightly or with its first listed mistake, from the keyboard."""
    kind = question["kind"]
    if kind == "choice":
        pick(form, next(i for i, c in enumerate(question["choices"]) if bool(c.get("correct")) is right))
    elif kind == "many":
        for i, choice in enumerate(question["choices"]):
            box = form.locator(f"input[value='{i}']")
            if box.is_checked() is not (bool(choice.get("correct")) is right):
                box.focus()
                form.page.keyboard.press("Space")
    elif kind == "number":
        # A listed mistake that is the right number rounded is told so, and is not wrong before it is typed in full.
        listed = [m["value"] for m in question["mistakes"]]
        clear = (v for v in listed if not right_so_far(v, question["answer"], question["tolerance"]))
        value = question["answer"] if right else next(clear)
        form.locator("input").focus()
        form.page.keyboard.press("Control+a")
        form.page.keyboard.type(str(value).replace("-", "−"))
    else:
        ends = question if right else question["mistakes"][0]
        for box, end in zip(form.locator("input").all(), ("low", "high"), strict=True):
            box.fill(str(ends[end]))
        for box, end, marks in zip(
            form.locator("select").all(), ("low_closed", "high_closed"), ("([", ")]"), strict=True
        ):
            box.select_option(marks[question[end]])
    reply = submit(form)
    assert reply.startswith("✓" if right else "✗"), (question["id"], reply)


def the_test(page, name, form):
    box = page.locator(f"#t-{name}-form{form}")
    return box, [(box.locator(f"#q-{q['id']}"), q) for q in exam.deal(name, form)]


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_a_test_answered_wrongly_links_to_what_explains_it(open_page, html, name, form):
    page = open_page(f"{PAGE_OF[name]}.html")
    unfold(page)
    box, asked = the_test(page, name, form)
    assert box.locator(".nn-quiz").evaluate_all("all => all.map(e => e.id)") == [f"q-{q['id']}" for _, q in asked]
    assert "hapter" not in box.inner_text()
    score, misses = box.locator("[role=status]"), box.locator(".nn-misses li:visible")
    assert score.inner_text() == "" and misses.count() == 0
    for question, entry in asked:
        assert question.locator("a:visible").count() == 0
        give(question, entry, right=False)
        link = question.locator("output a")
        assert link.is_visible() and entry["section"] in link.inner_text()
        url = urlparse(link.evaluate("a => a.href"))
        assert url.scheme == "file"
        target = (html / unquote(url.path)).read_text(encoding="utf-8")
        assert f'id="{unquote(url.fragment)}"' in target, link.inner_text()
    sections = {q["link"] for _, q in asked}
    n = len(asked)
    assert score.inner_text() == f"0 of {n} right at the first answer. {len(sections)} sections to read:"
    assert misses.count() == len(sections) and not box.locator(".nn-clear").is_visible()
    replies = [said(q) for q, _ in asked]
    reload(page)
    unfold(page)
    assert [said(q) for q, _ in asked] == replies and all(q.locator("output a").is_visible() for q, _ in asked)
    assert score.inner_text().startswith(f"0 of {n} right") and misses.count() == len(sections)
    # Right answers after the first are for learning: the reply changes, its link goes, the score stays.
    give(*asked[0], right=True)
    assert asked[0][0].locator("a:visible").count() == 0 and score.inner_text().startswith(f"0 of {n} right")
    # And a link really leads there, out of the test and past any prediction that hides its section.
    link = asked[1][0].locator("output a")
    title, anchor = asked[1][1]["section"], urlparse(link.evaluate("a => a.href")).fragment
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**#{anchor}")
    heading = page.locator(f"[id='{anchor}'] :is(h2, h3)").first
    heading.wait_for()
    assert title in heading.inner_text()
    page.wait_for_function("h => Math.abs(h.getBoundingClientRect().top) < innerHeight", arg=heading.element_handle())
    assert page.faults == []


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_a_test_answered_rightly_and_begun_again(open_page, name, form):
    page = open_page(f"{PAGE_OF[name]}.html")
    unfold(page)
    box, asked = the_test(page, name, form)
    score, misses, n = box.locator("[role=status]"), box.locator(".nn-misses li:visible"), len(asked)
    for question, entry in asked:
        give(question, entry, right=True)
    assert score.inner_text() == f"{n} of {n} right at the first answer."
    assert misses.count() == 0 and box.locator(".nn-clear").is_visible()
    other = page.locator(".nn-exam .nn-count").all_inner_texts()
    assert sum(text.startswith(f"{n} of {n}") for text in other) == 1, "the other form is untouched"
    box.locator("[data-again]").focus()
    page.keyboard.press("Enter")
    assert asked[0][0].locator(":focus").count() == 1, "the first question has the focus"
    assert score.inner_text() == "" and all(said(q) == "" for q, _ in asked)
    assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('nn:'))") == []
    # One wrong, one right, the others open: the result on demand.
    give(*asked[0], right=False)
    give(*asked[1], right=True)
    give(*asked[0], right=True)
    box.locator("[data-show]").focus()
    page.keyboard.press("Enter")
    assert score.inner_text().startswith(f"1 of {n} right at the first answer. {n - 2} not answered. ")
    assert misses.count() == len({q["link"] for _, q in [asked[0], *asked[2:]]})
    reload(page)
    unfold(page)
    assert score.inner_text().startswith(f"1 of {n} right")
    assert page.faults == []


def test_forgetting_begins_every_test_again(open_page):
    page = open_page("book/how_to_use.html")
    box, asked = the_test(page, "placing", 1)
    for question, entry in asked[:3]:
        give(question, entry, right=True)
    page.locator("#nn-forget").click()
    assert page.locator("#nn-forgot").inner_text() == "3 answers forgotten."
    assert all(said(q) == "" for q, _ in asked) and box.locator(".nn-count").inner_text() == "0 of 8 answered"
    assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('nn:'))") == []


@pytest.mark.parametrize("name", PAGE_OF)
def test_a_test_on_paper_and_without_javascript(open_page, name):
    page = open_page(f"{PAGE_OF[name]}.html")
    unfold(page)
    page.evaluate("document.querySelectorAll('.nn-key').forEach(d => d.open = false)")
    page.emulate_media(media="print")
    assert page.locator(".nn-quiz").count() == page.locator(".nn-key:visible").count()
    assert page.locator(".nn-result:visible").count() == page.locator(".nn-key a:visible").count() == 0
    plain = open_page(f"{PAGE_OF[name]}.html", java_script_enabled=False)
    first = plain.locator(".nn-quiz").first
    first.locator("summary").click()
    assert first.locator(".nn-key a").is_visible() and plain.locator(".nn-score").first.inner_text() == ""


def test_in_jupyterlab_a_link_opens_the_notebook(jupyterlab, browser):  # noqa: F811
    """The test in a notebook of the reader's own: answered with a running kernel, its link opens the chapter."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(60_000)
    run_cell(page, jupyterlab, "mine.ipynb", "from nnlib import lab\nlab.exam('placing')")
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

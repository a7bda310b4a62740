"""Every question on the built page: answered right and wrong from the keyboard, remembered, asked before it unfolds."""

import json

import pytest

from .conftest import ROOT, unfold

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
QUESTIONS = [
    (path.stem, q)
    for path in NOTEBOOKS
    for q in json.loads((ROOT / f"notebooks/quiz/{path.stem[:2]}.json").read_text(encoding="utf-8"))
]
NAMES = [q["id"] for _, q in QUESTIONS]


@pytest.fixture(scope="module")
def pages(browser, html):
    """One open page for each chapter, every section unfolded."""
    opened = {}

    def of(stem):
        if stem not in opened:
            context = browser.new_context(offline=True)
            page = context.new_page()
            page.set_default_timeout(10_000)
            page.goto((html / f"notebooks/{stem}.html").as_uri())
            unfold(page)
            opened[stem] = page
        return opened[stem]

    yield of
    for page in opened.values():
        page.context.close()


def said(form):
    return form.locator("output").inner_text()


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


@pytest.mark.parametrize(("stem", "question"), QUESTIONS, ids=NAMES)
def test_answered_right_and_wrong(pages, stem, question):
    page = pages(stem)
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
        assert submit(form) == "✗ " + feedback
    box.fill(f"{question['answer']:.12g}")
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


@pytest.mark.parametrize("stem", [p.stem for p in NOTEBOOKS])
def test_a_prediction_comes_first_and_is_remembered(open_page, stem):
    page = open_page(f"notebooks/{stem}.html")
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
    page.reload()
    assert said(page.locator(".nn-predict").first) == text
    assert hidden.count() < before


@pytest.mark.parametrize("stem", [p.stem for p in NOTEBOOKS])
def test_print_shows_everything_and_folds_the_answers(open_page, stem):
    page = open_page(f"notebooks/{stem}.html")
    page.emulate_media(media="print")
    assert page.locator(".nn-locked").first.evaluate("e => e.getBoundingClientRect().height") > 0
    key = page.locator(".nn-key").first
    assert key.is_visible() and not key.evaluate("d => d.open")

"""Every question on the built page: answered right and wrong, remembered, asked before it unfolds."""

import importlib
import json
import re
from html import unescape
from urllib.parse import unquote, urlparse

import pytest

from nnlib.lab.checks.exercise import right_so_far
from nnlib.lab.questions.kinds import reason
from nnlib.lab.symbols import html_of
from tests.test_lab import KITS

from .conftest import CHAPTERS, PAGES, ROOT, STORED, go, reload, remembers, unfold, whole

exam = importlib.import_module("nnlib.lab.questions.exam")  # the name exam itself is the class
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
PAGE_OF = {
    name: f"book/{path.stem}"
    for path in sorted((ROOT / "book").glob("*.md"))
    for name in re.findall(r"""lab\.exam\(["'](\w+)["']""", path.read_text(encoding="utf-8"))
}
FORMS = [(name, form) for name in PAGE_OF for form in range(1, 1 + len(exam.slots(name)[1]))]
QUESTIONS = [
    (f"{page}.html", q)
    for page, file in [*((f"notebooks/{p.stem}", p.stem[:2]) for p in NOTEBOOKS), *((v, k) for k, v in PAGE_OF.items())]
    for q in json.loads((ROOT / f"notebooks/quiz/{file}.json").read_text(encoding="utf-8"))
]
NAMES = [q["id"] for _, q in QUESTIONS]


def said(form):
    """The reply, without the link that a test adds."""
    return form.locator("output").inner_text().split("\nExplained in: ")[0]


def shown(text):
    """What a text of a question's file looks like on a page, where its symbols are set."""
    return unescape(re.sub("<[^>]*>", "", html_of(text)))


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


# ---- every question --------------------------------------------------------------------------------------------------

# A turn: what to pick, to type, to choose and to move, in this order, before the answer is sent; then what is said.
ANSWER = """([id, turns]) => {
const form = document.getElementById(id), all = s => [...form.querySelectorAll(s)];
const put = (e, v, kind) => { e.focus(); e.value = v; e.dispatchEvent(new Event(kind, {bubbles: true})) };
form.querySelector('form').reset();
return turns.map(turn => {
  for (const i of turn.pick ?? []) form.querySelector(`input[value="${i}"]`).click();
  const picked = all('input:checked').map(e => +e.value).sort((a, b) => a - b);
  (turn.type ?? []).forEach((text, i) => put(all('input')[i], text, 'input'));
  (turn.choose ?? []).forEach((mark, i) => put(all('select')[i], mark, 'change'));
  const rows = () => all('.o').map(e => +e.dataset.i);
  const button = i => form.querySelector(`.o[data-i="${i}"] button[value="-1"]`);
  if (turn.sort) for (let place = 0; place < rows().length; place++)
    for (let k = 0; rows()[place] !== place && k < 99; k++) button(place).click();
  const line = i => form.querySelector(`li[data-i="${i}"] .line`);
  for (const [i, indent] of turn.build ?? []) { line(i).click(); // below the one before, indented as an editor does
    const deep = () => line(i).querySelectorAll('.guides i').length;
    const press = v => form.querySelector(`.tools [value=${v}]`);
    for (let k = 0; k < 9 && deep() !== indent; k++) press(deep() < indent ? 'right' : 'left').click() }
  for (const i of turn.out ?? []) { line(i).focus(); form.querySelector('.tools [value=back]').click() }
  const send = form.querySelector('button[type=submit]');
  if (send.disabled) return {reply: 'cannot be submitted'};
  send.click();
  const recalls = [...document.querySelectorAll('.nn-recall')].filter(e => e.dataset.id === id.slice(2));
  const reply = form.querySelector('output').innerText.split('\\nExplained in: ')[0];
  return {reply, picked, recall: recalls[0]?.innerText ?? null} }) }"""


def answered(page, question, *turns):
    """What is said after each turn."""
    found = page.evaluate(ANSWER, [f"q-{question['id']}", turns])
    for turn, seen in zip(turns, found, strict=True):
        if "pick" in turn and question["kind"] != "many":
            assert seen["picked"] == turn["pick"], (page.name, question["id"], turn)
    return found


@pytest.mark.parametrize(("whole_page", "question"), QUESTIONS, ids=NAMES, indirect=["whole_page"], scope="session")
def test_answered_right_and_wrong(whole_page, question):
    assert whole_page.locator(f"[id='q-{question['id']}']").count() == 1
    globals()[f"answer_{question['kind']}"](whole_page, question)


def answer_choice(page, question):
    order = sorted(range(len(question["choices"])), key=lambda i: bool(question["choices"][i].get("correct")))
    first, *rest = answered(page, question, {}, *({"pick": [i]} for i in order))
    assert "Choose one" in first["reply"]
    for i, seen in zip(order, rest, strict=True):
        choice = question["choices"][i]
        assert seen["reply"] == ("✓ " if choice.get("correct") else "✗ ") + shown(choice["feedback"])


def answer_predict(page, question):
    seen = answered(page, question, *({"pick": [i]} for i in range(len(question["choices"]))))
    for choice, found in zip(question["choices"], seen, strict=True):
        assert found["reply"] == f"Noted. You chose: {shown(choice['text'])}\nRead on, and see whether it holds."
        if found["recall"] is not None:  # in words that fit whoever chose rightly and whoever did not
            assert shown(reason(choice["feedback"])) in found["recall"]
            assert ("That holds." in found["recall"]) == bool(choice.get("correct"))
            assert not re.search(r"(\n|\. )(Yes|Right)[:.] ", found["recall"])


def answer_many(page, question):
    right = [i for i, c in enumerate(question["choices"]) if c.get("correct")]
    places = range(len(question["choices"]))
    # After the right answer, each entry is turned over alone: one click to it, and one back with the next one.
    turns = [{"pick": right}, *({"pick": [i] if i == 0 else [i - 1, i]} for i in places)]
    first, *rest = answered(page, question, *turns)
    assert first["reply"].startswith("✓") and first["picked"] == right
    for i, seen in zip(places, rest, strict=True):
        assert seen["picked"] == sorted({*right} ^ {i})
        assert seen["reply"].startswith("✗") and shown(question["choices"][i]["feedback"]) in seen["reply"]


def answer_number(page, question):
    wrong = [(m["value"], shown(m["feedback"])) for m in question.get("mistakes", [])]
    wrong.append((question["answer"] * 1.7 + 12345.678, shown(question["wrong"])))
    right = f"{question['answer']:.12g}"
    typed = ["", "many", *(repr(value) for value, _ in wrong), right, right.replace("-", "−").replace(".", ",")]
    empty, word, *wrongs, one, other = (
        seen["reply"] for seen in answered(page, question, *({"type": [text]} for text in typed))
    )
    assert empty.startswith("Type a number")
    assert word.startswith("“many” is not a number")
    for (value, feedback), reply in zip(wrong, wrongs, strict=True):
        if right_so_far(value, question["answer"], question["tolerance"]):
            assert reply.startswith("Right so far: give ") and reply.endswith("If you have not rounded: " + feedback)
        else:
            assert reply == "✗ " + feedback
    assert one == other == "✓ " + shown(question["right"])


def answer_interval(page, question):
    def given(low, high, left, right):
        return {"type": [repr(low), repr(high)], "choose": ["[" if left else "(", "]" if right else ")"]}

    low, high, left, right = (question[k] for k in ("low", "high", "low_closed", "high_closed"))
    mistakes = question.get("mistakes", [])
    replies = [
        seen["reply"]
        for seen in answered(
            page,
            question,
            given(low, high, not left, right),
            given(low - 5, high, left, right),
            given("low", high, left, right),
            *(given(m["low"], m["high"], left, right) for m in mistakes),
            given(low, high, left, right),
        )
    ]
    assert replies[0].startswith("✗ The numbers are right")
    assert replies[1].startswith("✗")
    assert replies[2].startswith("“'low'” is not a number here")
    for mistake, reply in zip(mistakes, replies[3:-1], strict=True):
        assert reply == "✗ " + shown(mistake["feedback"])
    assert replies[-1] == "✓ " + shown(question["right"])


def answer_order(page, question):
    first, last = answered(page, question, {}, {"sort": True})
    assert first["reply"] == "✗ " + shown(question["wrong"])
    assert last["reply"] == "✓ " + shown(question["right"])


def answer_parsons(page, question):
    lines, decoys = question["lines"], question["decoys"]
    build = [[i, line["indent"]] for i, line in enumerate(lines)]
    turns = [{}, {"build": build[:-1]}, {"build": build[-1:]}]
    for n in range(len(lines), len(lines) + len(decoys)):
        turns += [{"build": [[n, 0]]}, {"out": [n]}]
    first, short, right, *rest = (seen["reply"] for seen in answered(page, question, *turns))
    assert first == "Put lines into your program first."
    assert short.startswith("✗ One line is still missing")
    assert right == "✓ " + shown(question["right"])
    for decoy, (tempted, again) in zip(decoys, zip(rest[::2], rest[1::2], strict=True), strict=True):
        assert tempted == f"✗ Line {len(lines) + 1}, {decoy['code']}: {shown(decoy['feedback'])}"
        assert again == right


def answer_formula(page, question):
    """The right one as a reader types it and as it is printed, every mistake, and what cannot be read."""
    right, mistakes = "✓ " + shown(question["right"]), question["mistakes"]
    typed = ["", "(", question["answer"], *(mistake["formula"] for mistake in mistakes), question["shown"]]
    empty, open_, first, *wrongs, last = (
        seen["reply"] for seen in answered(page, question, *({"type": [text]} for text in typed))
    )
    assert empty == "Type a formula first."
    assert open_.startswith("After “(” something is missing.") and "\nWrite it like " in open_
    assert first == last == right
    assert wrongs == ["✗ " + shown(mistake["feedback"]) for mistake in mistakes]


@whole(dict.fromkeys(page for page, _ in QUESTIONS))
def test_one_question_of_each_kind_from_the_keyboard(whole_page):
    """Real keys on a question of each kind that the page has: the browser makes the events."""
    page, kinds = whole_page, {}
    for name, question in QUESTIONS:
        if name == page.name:
            kinds.setdefault(question["kind"], question)
    assert kinds
    for kind, question in kinds.items():
        form = page.locator(f"[id='q-{question['id']}']")
        page.evaluate("id => document.getElementById(id).querySelector('form').reset()", f"q-{question['id']}")
        if kind == "predict":
            pick(form, 0)
            assert shown(question["choices"][0]["text"]) in submit(form), question["id"]
        elif kind == "order":
            place = int(form.locator(".o").last.get_attribute("data-i"))
            form.locator(f".o[data-i='{place}'] button[value='-1']").focus()
            page.keyboard.press("Enter")
            rows = form.locator(".o").evaluate_all("all => all.map(e => +e.dataset.i)")
            assert rows.index(place) == len(rows) - 2, question["id"]
            assert submit(form)[0] in "✓✗", question["id"]
        elif kind == "parsons":
            for k in range(2):
                form.locator(".pool .line").nth(k).focus()
                page.keyboard.press("Enter")
            assert submit(form).startswith("✗"), question["id"]
        else:
            give(form, question, right=True)


@whole(CHAPTERS)
def test_a_prediction_comes_first_and_is_remembered(whole_page):
    """It was made when the page was new, and the page then opened again."""
    new, made, again = (whole_page.seen[k] for k in ("new", "prediction", "again"))
    assert new["locked"] > 0 and new["hides"]
    # Print shows everything, and the answers at the end (test_paper.py).
    assert made["printed"]["height"] > 0
    assert not made["printed"]["key"]
    assert made["locked"] < new["locked"]
    assert made["said"] and again["said"] == made["said"]
    assert again["locked"] < new["locked"]


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_copy_of_what_its_parts_share(html, name):
    text = (html / name).read_text(encoding="utf-8")
    kits = re.findall(r"<!--nn:(\w+)-->", text)
    assert sorted(kits) == sorted(set(kits)) and kits == re.findall(r"<!--/nn:(\w+)-->", text)
    for kit, call in KITS.items():
        asks = text.find(f"<script>{call}(")
        assert (kit in kits) == (asks >= 0) and text.count(f"window.{call} = ") == (kit in kits)
        assert asks < 0 or text.index(f"<!--/nn:{kit}-->") < asks, f"{kit} comes too late"


# ---- a formula -------------------------------------------------------------------------------------------------------

FORMULAS = {page: question["id"] for page, question in reversed(QUESTIONS) if question["kind"] == "formula"}
# The line, where its caret is and whether it has the focus; what is set below it, and what is said aloud.
LINE = """e => { const line = e.querySelector('input');
return {text: line.value, caret: line.selectionStart, focus: document.activeElement === line,
  set: e.querySelector('.nn-set').innerHTML, aloud: e.querySelector('.aloud').textContent} }"""


def formula(page, html, name):
    """The first formula of a page that was just opened, and what is seen of it."""
    go(page, html, name)
    unfold(page)
    form = page.locator(f"[id='q-{FORMULAS[name]}']")
    form.scroll_into_view_if_needed()
    return form, lambda: form.evaluate(LINE)


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_is_set_while_it_is_typed_and_said_when_the_keys_rest(desk, html, name):
    form, seen = formula(desk, html, name)
    form.locator("input").focus()
    desk.keyboard.type("2(1-")
    early = seen()
    assert early["aloud"] == "", "not while keys are pressed"
    desk.wait_for_timeout(900)
    assert "something is missing" in seen()["aloud"] and "<mark>" in seen()["set"]
    desk.keyboard.type(".5)/3")
    assert seen()["set"].startswith("<math") and "<mfrac>" in seen()["set"]
    assert form.locator("math").bounding_box()["height"] > 20, "set, and not a line of text"
    desk.wait_for_timeout(900)
    assert seen()["aloud"] == "2 open 1 minus .5 close over 3"
    desk.keyboard.press("Enter")
    stored = f"localStorage.getItem('nn:{FORMULAS[name]}')"
    assert said(form)[0] == "✗" and desk.evaluate(stored) == '"2(1-.5)/3"'
    reload(desk)
    unfold(desk)
    again = seen()
    assert again["text"] == "2(1-.5)/3" and again["set"].startswith("<math") and again["aloud"] == ""
    assert said(form)[0] == "✗", "the answer is remembered"
    form.locator("form").evaluate("e => e.reset()")
    assert (seen()["text"], seen()["set"], said(form)) == ("", "", "")
    assert desk.evaluate(stored) is None and desk.faults == []


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formulas_keys_keep_the_focus_and_the_caret(desk, html, name):
    form, seen = formula(desk, html, name)
    keys = form.locator(".nn-keys button")
    names = keys.evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    assert all(names) and len(set(names)) == len(names)
    assert all(min(box["width"], box["height"]) >= 24 for box in (key.bounding_box() for key in keys.all()))
    value = keys.first.get_attribute("value")
    keys.first.click()
    now = seen()
    assert (now["text"], now["caret"], now["focus"]) == (value, len(value), True)
    desk.keyboard.type("+1")
    desk.keyboard.press("Home")
    form.get_by_role("button", name="open bracket").click()
    assert seen()["text"] == f"({value}+1" and seen()["caret"] == 1 and seen()["focus"]
    last = form.get_by_role("button", name="close bracket")
    form.locator("input").press("End")
    last.focus()
    desk.keyboard.press("Enter")
    assert seen()["text"] == f"({value}+1)" and form.locator("button:focus").count() == 1, "a key pressed keeps it"
    assert said(form) == "", "a key does not send the answer"


@pytest.mark.parametrize("name", FORMULAS)
def test_a_formula_by_finger(open_page, html, name):
    page = open_page(name, width=390, height=844, has_touch=True, is_mobile=True)
    page.name = name
    form, seen = formula(page, html, name)
    for label in ("open bracket", "close bracket"):
        form.get_by_role("button", name=label).tap()
    assert seen()["text"] == "()" and seen()["focus"], "the phone's keyboard stays"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    form.locator("input").fill(next(q["answer"] for _, q in QUESTIONS if q["id"] == FORMULAS[name]))
    form.locator("button[type=submit]").tap()
    assert said(form).startswith("✓")


# ---- tests that deal questions ---------------------------------------------------------------------------------------


def listed_mistake(question):
    """A number that is wrong, as it is listed: one that is the right number rounded is told so, and is not wrong."""
    listed = [m["value"] for m in question["mistakes"]]
    return next(v for v in listed if not right_so_far(v, question["answer"], question["tolerance"]))


def give(form, question, right):
    """Answer one question, rightly or with its first listed mistake, from the keyboard."""
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
        value = question["answer"] if right else listed_mistake(question)
        form.locator("input").focus()
        form.page.keyboard.press("Control+a")
        form.page.keyboard.type(str(value).replace("-", "−"))
    elif kind == "formula":
        form.locator("input").focus()
        form.page.keyboard.press("Control+a")
        form.page.keyboard.type(question["answer"] if right else question["mistakes"][0]["formula"])
    elif kind == "parsons":  # its keys have tests of their own, in test_moving.py
        form.page.evaluate(ANSWER, [f"q-{question['id']}", [turn(question, right)]])
        assert said(form).startswith("✓" if right else "✗"), question["id"]
        return
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


def turn(question, right):
    """The same, as a turn."""
    kind = question["kind"]
    if kind == "choice":
        return {"pick": [next(i for i, c in enumerate(question["choices"]) if bool(c.get("correct")) is right)]}
    if kind == "many":
        return {"pick": [i for i, c in enumerate(question["choices"]) if bool(c.get("correct")) is right]}
    if kind == "number":
        value = question["answer"] if right else listed_mistake(question)
        return {"type": [str(value).replace("-", "−")]}
    if kind == "formula":
        return {"type": [question["answer"] if right else question["mistakes"][0]["formula"]]}
    if kind == "parsons":
        build = [[i, line["indent"]] for i, line in enumerate(question["lines"])]
        return {"build": build if right else build[:-1]}
    ends = question if right else question["mistakes"][0]
    marks = ["(["[question["low_closed"]], ")]"[question["high_closed"]]]
    return {"type": [str(ends["low"]), str(ends["high"])], "choose": marks}


# All that a test shows.
TEST = """id => { const box = document.getElementById(id), all = s => [...box.querySelectorAll(s)];
const seen = e => e.checkVisibility({visibilityProperty: true});
const text = (e, s) => e.querySelector(s)?.innerText;
return {text: box.innerText, score: text(box, '.nn-score'), misses: all('.nn-misses li').filter(seen).length,
  clear: seen(box.querySelector('.nn-clear')), count: text(box, '.nn-count'),
  counts: [...document.querySelectorAll('.nn-exam .nn-count')].map(e => e.innerText),
  questions: all('.nn-quiz').map(q => { const link = q.querySelector('output a');
    return {id: q.id, said: text(q, 'output').split('\\nExplained in: ')[0],
      links: [...q.querySelectorAll('a')].filter(seen).length,
      link: link && seen(link) ? {text: link.innerText, href: link.href} : null} })} }"""


class Exam:
    """One form of a test on an open page."""

    def __init__(self, page, name, form):
        self.page, self.where, self.questions = page, f"{name}-form{form}", exam.deal(name, form)
        self.box = page.locator(f"#t-{self.where}")

    def form(self, k):
        return self.box.locator(f"#q-{self.questions[k]['id']}")

    def seen(self):
        return self.page.evaluate(TEST, f"t-{self.where}")

    def answer(self, right, which=None):
        """The first by real keys, the others by a script; what is said to each."""
        for k in range(len(self.questions)) if which is None else which:
            question = self.questions[k]
            if k == 0:
                give(self.form(0), question, right)
            else:
                reply = self.page.evaluate(ANSWER, [f"q-{question['id']}", [turn(question, right)]])[0]["reply"]
                assert reply.startswith("✓" if right else "✗"), (self.where, question["id"], reply)

    def press(self, button):
        self.box.locator(button).focus()
        self.page.keyboard.press("Enter")


def forms(page, name):
    return [Exam(page, name, form) for n, form in FORMS if n == name]


@pytest.mark.parametrize("name", PAGE_OF)
def test_a_test_answered_wrongly_links_to_what_explains_it(desk, html, name):
    page = go(desk, html, f"{PAGE_OF[name]}.html")
    unfold(page)
    replies = {}
    for test in forms(page, name):
        seen, n = test.seen(), len(test.questions)
        assert [q["id"] for q in seen["questions"]] == [f"q-{q['id']}" for q in test.questions], test.where
        assert "hapter" not in seen["text"], test.where
        assert seen["score"] == "" and seen["misses"] == 0, test.where
        assert [q["links"] for q in seen["questions"]] == [0] * n, test.where
        test.answer(right=False)
        seen = test.seen()
        for shown, entry in zip(seen["questions"], test.questions, strict=True):
            link = shown["link"]
            assert link and entry["section"] in link["text"], (test.where, entry["id"])
            url = urlparse(link["href"])
            assert url.scheme == "file"
            target = (html / unquote(url.path)).read_text(encoding="utf-8")
            assert f'id="{unquote(url.fragment)}"' in target, link["text"]
        sections = {q["link"] for q in test.questions}
        assert seen["score"] == f"0 of {n} right at the first answer. {len(sections)} sections to read:", test.where
        assert seen["misses"] == len(sections) and not seen["clear"], test.where
        replies[test.where] = [q["said"] for q in seen["questions"]]
    reload(page)
    unfold(page)
    for test in forms(page, name):
        seen, n, sections = test.seen(), len(test.questions), {q["link"] for q in test.questions}
        assert [q["said"] for q in seen["questions"]] == replies[test.where], test.where
        assert all(q["link"] for q in seen["questions"]), test.where
        assert seen["score"].startswith(f"0 of {n} right") and seen["misses"] == len(sections), test.where
        # Right answers after the first are for learning: the reply changes, its link goes, the score stays.
        test.answer(right=True, which=[0])
        seen = test.seen()
        assert seen["questions"][0]["links"] == 0 and seen["score"].startswith(f"0 of {n} right"), test.where
    # And a link really leads there, out of the test and past any prediction that hides its section.
    stored = page.evaluate(STORED)
    for k, test in enumerate(forms(page, name)):
        if k:
            page.go_back()
            remembers(page, stored)
            unfold(page)
        link = test.form(1).locator("output a")
        title, anchor = test.questions[1]["section"], urlparse(link.evaluate("a => a.href")).fragment
        link.focus()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**#{anchor}", wait_until="commit")
        heading = page.locator(f"[id='{anchor}'] :is(h2, h3)").first
        heading.wait_for()
        assert title in heading.inner_text(), test.where
        page.wait_for_function(
            "h => Math.abs(h.getBoundingClientRect().top) < innerHeight", arg=heading.element_handle()
        )
    assert page.faults == []


@pytest.mark.parametrize("name", PAGE_OF)
def test_a_test_answered_rightly_and_begun_again(desk, html, name):
    page = go(desk, html, f"{PAGE_OF[name]}.html")
    unfold(page)
    tests = forms(page, name)
    for test in tests:
        n = len(test.questions)
        test.answer(right=True)
        seen = test.seen()
        assert seen["score"] == f"{n} of {n} right at the first answer.", test.where
        assert seen["misses"] == 0 and seen["clear"], test.where
        assert sum(text.startswith(f"{n} of {n}") for text in seen["counts"]) == 1, "the other form is untouched"
        test.press("[data-again]")
        assert test.form(0).locator(":focus").count() == 1, f"{test.where}: the first question has the focus"
        seen = test.seen()
        assert seen["score"] == "" and all(q["said"] == "" for q in seen["questions"]), test.where
        assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('nn:'))") == [], test.where
    for test in tests:
        # One wrong, one right, the others open: the result on demand.
        test.answer(right=False, which=[0])
        test.answer(right=True, which=[1, 0])
        test.press("[data-show]")
        seen, n = test.seen(), len(test.questions)
        assert seen["score"].startswith(f"1 of {n} right at the first answer. {n - 2} not answered. "), test.where
        assert seen["misses"] == 1 and not seen["clear"], f"{test.where}: the section of the wrong answer"
    reload(page)
    unfold(page)
    for test in tests:
        assert test.seen()["score"].startswith(f"1 of {len(test.questions)} right"), test.where
    assert page.faults == []


def test_forgetting_begins_every_test_again(desk, html):
    page = go(desk, html, "book/how_to_use.html")
    test = Exam(page, "placing", 1)
    test.answer(right=True, which=[0, 1, 2])
    page.locator("#nn-forget").click()
    assert page.locator("#nn-forgot").inner_text() == "3 answers forgotten."
    seen = test.seen()
    assert all(q["said"] == "" for q in seen["questions"]) and seen["count"] == "0 of 8 answered"
    assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('nn:'))") == []


@pytest.mark.parametrize("name", PAGE_OF)
def test_a_test_on_paper_and_without_javascript(desk, plain, html, name):
    page = go(desk, html, f"{PAGE_OF[name]}.html")
    unfold(page)
    page.emulate_media(media="print")
    assert page.locator(".nn-key:visible").count() == page.locator(".nn-result:visible").count() == 0
    assert page.locator(".nn-answer:visible").count() == page.locator(".nn-quiz").count()
    plain.goto((html / f"{PAGE_OF[name]}.html").as_uri())
    first = plain.locator(".nn-quiz").first
    first.locator("summary").click()
    assert first.locator(".nn-key a").is_visible() and plain.locator(".nn-score").first.inner_text() == ""

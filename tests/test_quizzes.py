"""Questions: well-formed, not to be guessed, every number recomputed. Exercises: every mistake has its own answer."""

import importlib
import importlib.util

import numpy as np
import pytest

import nnlib as nn
from nnlib import lab
from nnlib.lab import exam as make_exam
from nnlib.lab import notebook as nb
from nnlib.lab.checks import exercises
from tests.chapters import NOTEBOOKS, ROOT, cells, questions
from tests.test_book import anchors, slug

quiz = importlib.import_module("nnlib.lab.quiz")  # nnlib.lab.quiz itself is the function
exam = importlib.import_module("nnlib.lab.exam")  # nnlib.lab.exam itself is the class
pytestmark = pytest.mark.book

NUMBERS = [p.stem[:2] for p in NOTEBOOKS]
TESTS = exam.names()
DEALT = {name: questions(name) for name in TESTS}
FORMS = [(name, form) for name in TESTS for form in range(1, 1 + len(next(iter(exam.slots(name).values()))))]
ALL = [q for n in [*NUMBERS, *TESTS] for q in questions(n)]
IDS = [q["id"] for q in ALL]
EXERCISES = [
    (id, exercise)
    for n in NUMBERS
    if (ROOT / f"nnlib/lab/checks/ch{n}.py").exists()
    for id, exercise in exercises(n).items()
]


def compute(question):
    """What a question's own expression gives."""
    scope = {"nn": nn, "np": np}
    chapter = question["id"].split("-")[0]
    if importlib.util.find_spec(f"tests.quizzes.ch{chapter}"):
        scope |= vars(importlib.import_module(f"tests.quizzes.ch{chapter}"))
    return eval(question["compute"], scope)


def test_ids_are_unique():
    assert sorted(IDS) == sorted(set(IDS))


@pytest.mark.parametrize("question", ALL, ids=IDS)
def test_form(question):
    assert quiz.fault(question) is None
    assert "$" not in str(question), "questions use Unicode mathematics"


@pytest.mark.parametrize("question", [q for q in ALL if "choices" in q], ids=[q["id"] for q in ALL if "choices" in q])
def test_not_answerable_by_length_or_place(question):
    lengths = [len(c["text"]) for c in question["choices"]]
    right = [len(c["text"]) for c in question["choices"] if c.get("correct")]
    if question["kind"] != "many":
        assert right[0] < max(lengths) or lengths.count(max(lengths)) > 1, "the correct choice is the longest"
    texts = [c["feedback"] for c in question["choices"]]
    assert len(set(texts)) == len(texts), "two choices share a feedback"


def test_places_of_right_answers_are_spread():
    places = [
        [i for i, _ in quiz._shuffled(q, q["choices"])].index(
            next(i for i, c in enumerate(q["choices"]) if c.get("correct"))
        )
        for q in ALL
        if q["kind"] in ("choice", "predict")
    ]
    assert max(places.count(k) for k in range(4)) <= 0.5 * len(places)


NUMERIC = [q for q in ALL if q["kind"] in ("number", "interval") or "compute" in q]


@pytest.mark.parametrize("question", NUMERIC, ids=[q["id"] for q in NUMERIC])
def test_every_number_is_recomputed(question):
    assert "compute" in question, "a numeric question needs an expression that recomputes it"
    value = compute(question)
    if question["kind"] == "interval":
        assert np.allclose(value, (question["low"], question["high"]), rtol=0, atol=1e-12)
    elif question["kind"] == "number":
        assert abs(value - question["answer"]) <= min(question["tolerance"], 1e-6 + 1e-3 * abs(value))
        listed = [(m["value"], m.get("tolerance", question["tolerance"])) for m in question.get("mistakes", [])]
        for i, (wrong, _) in enumerate(listed):
            assert abs(wrong - question["answer"]) > question["tolerance"], "a listed mistake is right"
            # With a margin: at exactly the tolerance the last bit would decide, and it differs on the page.
            assert all(abs(wrong - w) > 1.001 * t for w, t in listed[:i]), "two mistakes are not told apart"
    else:
        assert abs(value - question["value"]) <= question["tolerance"]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_chapter_asks_enough(number):
    path = next(p for p in NOTEBOOKS if p.stem.startswith(number))
    mixed = [
        id
        for cell, titles, _ in nb.blocks(cells(path))
        if "Mixed quiz" in titles and cell.cell_type == "code"
        for id in nb.asked(cell.source)
    ]
    review = [q for q in questions(number) if "review" in q["tags"]]
    assert len(mixed) >= 5
    assert len([q for q in review if q["id"] in mixed]) >= 2, "two questions of the mixed quiz need an earlier chapter"
    assert sum(q["id"].startswith(f"{number}-r") for q in questions(number)) == 3


# ---- tests that deal questions ---------------------------------------------------------------------------------------


def test_the_tests_are_there():
    """Slots × twins: what a test asks for, and in how many forms."""
    size = {name: (len(exam.slots(name)), sum(name == n for n, _ in FORMS)) for name in TESTS}
    parts = {f"part{k}": (12, 2) for k in (1, 2, 3, 4)}
    assert size == {**parts, "placing": (8, 1), "final": (30, 1)}


@pytest.mark.parametrize("name", TESTS)
def test_twins_ask_for_one_skill(name):
    found = exam.slots(name)
    assert list(found) == list(range(1, len(found) + 1))
    for slot, twins in found.items():
        assert [q["id"] for q in twins] == [f"{name}-{slot}{letter}" for letter in "abcdef"[: len(twins)]]
        for key in ("goal", "kind", "section", "link"):
            assert len({q[key] for q in twins}) == 1, (slot, key)
        assert len({q["question"] + str(q.get("choices")) for q in twins}) == len(twins)


@pytest.mark.parametrize("name", TESTS)
def test_forms_share_no_question_and_cover_every_slot(name):
    dealt = [exam.deal(n, form) for n, form in FORMS if n == name]
    ids = [q["id"] for form in dealt for q in form]
    assert sorted(ids) == sorted(q["id"] for q in DEALT[name])
    for form in dealt:
        assert sorted(q["slot"] for q in form) == sorted(exam.slots(name))
    orders = [[q["slot"] for q in form] for form in dealt]
    assert len({tuple(order) for order in orders}) == len(orders), "another form, another order"


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_neighbors_come_from_different_places(name, form):
    dealt = exam.deal(name, form)
    where = exam.places(dealt)
    assert all(a != b for a, b in zip(where, where[1:], strict=False))
    assert [q["id"] for q in dealt] == [q["id"] for q in exam.deal(name, form)], "dealt the same every time"
    shown = repr(make_exam(name, form)).lower()
    assert "chapter" not in shown, "a question of a test does not say where it comes from"
    for question in dealt:
        assert question["question"].lower() in shown


@pytest.mark.parametrize(
    "question", [q for t in DEALT.values() for q in t], ids=[q["id"] for t in DEALT.values() for q in t]
)
def test_a_link_leads_to_the_section_it_names(question):
    file, _, anchor = question["link"].partition("#")
    path = (ROOT / "book" / file).resolve()
    assert path.exists()
    assert anchor == slug(question["section"])
    assert anchor in anchors(path), f"{path.name} has no section {question['section']!r}"


def test_parts_cover_their_chapters():
    def chapters(name):
        return [exam.LINK.fullmatch(q["link"])[2] for slot in exam.slots(name).values() for q in slot[:1]]

    assert set(chapters("part1")) == {"00", "01", "02", "03", "04", "05"}
    second = chapters("part2")
    assert all(second.count(n) >= 3 for n in ("06", "07", "08")) and sum(n < "06" for n in second) in (2, 3)
    third, fourth = chapters("part3"), chapters("part4")
    assert all(third.count(n) >= 2 for n in ("09", "10", "11")) and sum(n < "09" for n in third) == 2
    assert all(fourth.count(n) >= 2 for n in ("12", "13", "14", "15")) and sum(n < "12" for n in fourth) == 1
    assert set(chapters("final")) == {f"{n:02}" for n in range(1, 18)}
    sections = [q["section"] for q in DEALT["placing"]]
    assert chapters("placing") == ["00"] * 8 and all(sections.count(s) == 2 for s in sections)


def test_no_question_is_asked_twice_in_the_same_words():
    said = [q["question"] + str(sorted(c["text"] for c in q.get("choices", []))) for q in ALL]
    assert len(set(said)) == len(said)


# ---- exercises -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("id", "exercise"), EXERCISES, ids=[i for i, _ in EXERCISES])
def test_exercise(id, exercise):
    assert lab.check(id, None).verdict.state == "open"
    if exercise.reference is None:
        assert exercise.judge(exercise.answer).state == "right"
        for wrong, sentence in exercise.mistakes:
            assert exercise.judge(wrong) == ("mistake", sentence)
        return

    def stub(*_): ...

    def unfinished(*_):
        raise NotImplementedError

    def broken(*_):
        raise ZeroDivisionError("division by zero")

    assert exercise.judge(stub).state == exercise.judge(unfinished).state == "open"
    assert "ZeroDivisionError" in exercise.judge(broken).text
    assert exercise.judge(exercise.reference).state == "right"
    assert len(exercise.mistakes) >= 2
    for wrong, sentence in exercise.mistakes:
        assert exercise.judge(wrong) == ("mistake", sentence), wrong.__name__


@pytest.mark.parametrize("number", NUMBERS)
def test_solutions_pass_and_stubs_are_open(number):
    path = next(p for p in NOTEBOOKS if p.stem.startswith(number))
    checked = {"solution": [], "": []}
    for cell, _, folded in nb.blocks(cells(path)):
        if cell.cell_type == "code" and "lab.check(" in cell.source:
            said = [o["data"]["text/plain"] for o in cell.outputs if "data" in o]
            checked[folded].append(said[-1])
    assert checked["solution"] and all(s.startswith("✓") for s in checked["solution"]), checked
    assert checked[""] and all(s.startswith("○") for s in checked[""]), checked

"""Questions: well-formed, not to be guessed, every number recomputed. Exercises: every mistake has its own answer."""

import importlib
import importlib.util

import numpy as np
import pytest

import nnlib as nn
from nnlib import lab
from nnlib.lab import notebook as nb
from nnlib.lab.checks import exercises
from tests.chapters import NOTEBOOKS, ROOT, cells, questions

quiz = importlib.import_module("nnlib.lab.quiz")  # nnlib.lab.quiz itself is the function
pytestmark = pytest.mark.book

NUMBERS = [p.stem[:2] for p in NOTEBOOKS]
ALL = [q for n in NUMBERS for q in questions(n)]
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
    chapter = question["id"][:2]
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
            assert all(abs(wrong - w) > t for w, t in listed[:i]), "two mistakes are not told apart"
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

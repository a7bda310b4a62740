"""Questions: well-formed, not to be guessed, every number recomputed. Exercises: every mistake has its own answer."""

import ast
import contextlib
import importlib
import importlib.util
import io
import re
from decimal import ROUND_HALF_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlib as nn
import reading
from nnlib import lab
from nnlib.lab import exam as make_exam
from nnlib.lab.checks import exercises
from nnlib.lab.checks.exercise import right_so_far
from nnlib.lab.questions.kinds import SAID
from nnlib.lab.symbols import html_of
from tests.chapters import NOTEBOOKS, ROOT, cells, questions
from tests.node import asking
from tests.test_book import anchors

quiz = importlib.import_module("nnlib.lab.questions.quiz")  # the name quiz itself is the function
exam = importlib.import_module("nnlib.lab.questions.exam")  # the name exam itself is the class
pytestmark = pytest.mark.book

NUMBERS = [p.stem[:2] for p in NOTEBOOKS]
TESTS = exam.names()
DEALT = {name: questions(name) for name in TESTS}
FORMS = [(name, form) for name in TESTS for form in range(1, 1 + len(next(iter(exam.slots(name).values()))))]
ALL = [q for n in [*NUMBERS, *TESTS] for q in questions(n)]
IDS = [q["id"] for q in ALL]
EXERCISES = [
    (id, exercise)
    for n in [*NUMBERS, *TESTS]
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


@pytest.mark.parametrize("question", ALL, ids=IDS)
def test_every_symbol_is_set_as_mathematics(question):
    """Of all that a page says of a question, no index and no power stays as it was typed; names in code do."""

    def shown(value, name=""):
        """All texts that are shown, and are neither code nor a formula as it is typed."""
        if isinstance(value, (dict, list)):
            inner = value.items() if isinstance(value, dict) else ((name, one) for one in value)
            return " ".join(shown(one, field) for field, one in inner)
        return value if name in SAID and isinstance(value, str) else ""

    text = shown(quiz.told(question)) + " " + html_of(question["question"])
    bare = re.sub(r"<su([bp])>.*?</su\1>|</?var>", "", text)
    names = r"np\.\S+|nn\.\S+|\S+\(seed=0\)|0\.9\*\*10_000"
    assert re.findall(r"\S*[^\W_]_[\w{]\S*|\S*\^\S*|\S*\\[a-z]\S*", re.sub(names, "", bare)) == []


@pytest.mark.parametrize("question", [q for q in ALL if "choices" in q], ids=[q["id"] for q in ALL if "choices" in q])
def test_each_choice_has_its_own_feedback(question):
    texts = [c["feedback"] for c in question["choices"]]
    assert len(set(texts)) == len(texts), "two choices share a feedback"


def test_places_of_right_answers_are_spread():
    places = []
    for question in ALL:
        if question["kind"] in ("choice", "predict"):
            shown = re.findall(r'<input type="radio" name="[^"]+" value="(\d+)"', quiz.render(question))
            places.append(shown.index(str([bool(c.get("correct")) for c in question["choices"]].index(True))))
    assert max(places.count(k) for k in range(4)) <= 0.5 * len(places)


# Formulas have a module of their own, test_formulas.py.
NUMERIC = [q for q in ALL if q["kind"] != "formula" and (q["kind"] in ("number", "interval") or "compute" in q)]


@pytest.mark.parametrize("question", NUMERIC, ids=[q["id"] for q in NUMERIC])
def test_every_number_is_recomputed(question):
    assert "compute" in question, "a numeric question needs an expression that recomputes it"
    value = compute(question)
    if question["kind"] == "interval":
        assert np.allclose(value, (question["low"], question["high"]), rtol=0, atol=1e-12)
        listed = [(m["low"], m["high"]) for m in question.get("mistakes", [])]
        assert (question["low"], question["high"]) not in listed, (
            "of right numbers with wrong ends the page has its words"
        )
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
        for cell, titles, _ in reading.blocks(cells(path))
        if "Mixed quiz" in titles and cell.cell_type == "code"
        for id in reading.asked(cell.source)
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
    assert anchor == reading.slug(question["section"])
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


# ---- numbers that are typed ------------------------------------------------------------------------------------------

# The page's own reader of numbers.
DOES = """
import {nnNumbers, nnJudge as judge} from 'ROOM/number.js';
const does = {judge, read: text => nnNumbers(text).map(reading => reading.x)};
"""


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    """``page("read", texts)``: the numbers each can be read as; ``page("judge", [(question, typed), …])``."""
    with asking(tmp_path_factory.mktemp("number"), DOES) as ask:
        yield lambda name, cases: ask(name, [[text] for text in cases] if name == "read" else cases)


SPELLINGS = {
    "12,289": [12.289, 12289], "12.289": [12.289, 12289], "1,234,567": [1234567], "1.234.567": [1234567],
    "12 289": [12289], "12\u00a0289": [12289], "12\u2009289": [12289], "12\u202f289": [12289], "12’289": [12289],
    "12'289": [12289], "12_289": [12289], "12.289,5": [12289.5], "12,289.5": [12289.5], "12 289,5": [12289.5],
    "1,60,000": [160000], "12,289.": [12289], "0,25": [0.25], "0,250": [0.25], "00,250": [0.25], "12,2891": [12.2891],
    "−12,288": [-12288, -12.288], "1,000/4": [0.25, 250], "2,5e-6": [2.5e-6], "−2.5e−6": [-2.5e-6], "2.5E+6": [2.5e6],
    "2.5 e −6": [2.5e-6], "2.5·10⁻⁶": [2.5e-6], "2.5 × 10^-6": [2.5e-6], "2.5x10^{-6}": [2.5e-6], "10⁻⁶": [1e-6],
    "−10^−6": [-1e-6], "2,5*10**-6": [2.5e-6], "2.5×10−6": [2.5e-6], "3·10²": [300], "+1/4": [0.25], "−1/−4": [0.25],
    "-1 / 4": [-0.25], "1⁄4": [0.25], "1÷4": [0.25], "0,5/2": [0.25], "½": [0.5], "−¾": [-0.75], "25%": [0.25],
    "97.5 %": [0.975], "7 %": [0.07], ".5": [0.5], "-.5": [-0.5], ",5": [0.5], "5.": [5], "+3": [3], "- 3": [-3],
    "007": [7], "０．２５": [0.25], "－３": [-3], "0.014 584": [0.014584], " 5\u200b\n": [5],
    "0": [0], "0.0": [0], "0e9": [0],
    **{f"{dash}2.5e{dash}6": [-2.5e-6] for dash in "-−–—‐‑‒―﹣－¯"},
}  # fmt: skip
NO_NUMBERS = [
    "", " ", "x", "many", "Infinity", "−∞", "NaN", "nan", "1e999", "-1e999", "1e-999", "0x10", "0b1", "1e", "e5",
    "--3", "+-3", "1-2", "1+1", "1 2", "12 28", "0 250", "1,2,3", "1,234,5", "1.2.3", "0,250,000", "12,,289",
    "1/0", "0/0", "1/2/3", "/4", "1/", "2²", "3½", "1/4%", "%", ".", ",", "-", "2.5×6", "10-6", "2^10", "√2",
    "1 000 00", "[1]", "1/1e-300e9", "1e300/1e-300", "٣",
]  # fmt: skip


def test_numbers_are_read_as_people_write_them(page):
    read = dict(zip(SPELLINGS, page("read", SPELLINGS), strict=True))
    assert {text: sorted(values) for text, values in read.items()} == SPELLINGS
    refused = dict(zip(NO_NUMBERS, page("read", NO_NUMBERS), strict=True))
    assert refused == dict.fromkeys(NO_NUMBERS, [])


SUPERSCRIPT = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


def spellings(value):
    """A decimal number in every way that keeps its value. The digits are those of the number: none is added or lost."""
    value = Decimal(value)
    sign, plain, point = ("−" if value < 0 else ""), f"{abs(value):f}", -value.as_tuple().exponent
    whole, _, decimals = plain.partition(".")
    number = f"{abs(value):e}".lower().replace("e+0", "") if value else "0"
    digits, _, power = number.partition("e")
    found = [plain, plain.replace(".", ","), f"{plain}/1", f"{digits}e{power or 0}", f"{digits} × 10^{power or 0}"]
    found += [f"{digits}·10{(power or '0').translate(SUPERSCRIPT)}".replace(".", ",", 1), f"{abs(value) * 100:f} %"]
    found += [f"{int(abs(value).scaleb(point)) if point > 0 else plain}/{10 ** max(point, 0)}"]
    if whole == "0" and decimals:
        found += [f".{decimals}", f",{decimals}"]
    if not decimals:
        found += [f"{plain}."]
    for mark, point in (",.", ".,", " .", " ,", "\u00a0.", "\u202f,", "’.", "_."):
        groups = f"{int(whole):,}".replace(",", mark)
        if decimals or groups != whole:
            found.append(groups + (point + decimals if decimals else ""))
    return [sign + text for text in found] + [f"+{plain}"] * (not sign) + [f"–{t}" for t in found] * (sign != "")


@given(st.lists(st.decimals(-(10**9), 10**9, places=7).map(Decimal.normalize) | st.integers(-(10**8), 10**8)))
def test_every_spelling_of_a_number_is_read_as_that_number(page, values):
    asked = [(text, float(value)) for value in values for text in spellings(value)]
    for (text, value), read in zip(asked, page("read", [text for text, _ in asked]), strict=True):
        assert any(abs(x - value) <= 1e-15 * abs(value) for x in read), (text, value, read)


@given(st.lists(st.text("0123456789.,-−+eE/% x×^10⁻’_")))
def test_what_is_read_is_a_number_and_told_apart_from_what_is_not(page, texts):
    question = {"kind": "number", "answer": 3.0, "tolerance": 0.1, "right": "yes", "wrong": "no"}
    for text, read, (ok, said, *was) in zip(
        texts, page("read", texts), page("judge", [[question, text] for text in texts]), strict=True
    ):
        assert len(read) <= 4 and all(np.isfinite(read))
        assert bool(read) == bool(was) and (ok is not None or not was or said.startswith("Right so far"))
        assert read or said == ("Type a number first." if not text.strip() else NOT_ONE.format(text))


NOT_ONE = "“{}” is not a number here. Write it like 0.25, 1/4, −3 or 2.5e−6."
TYPED = [q for q in ALL if q["kind"] == "number"]
ENDS = [q for q in ALL if q["kind"] == "interval"]


def rounded(text, right):
    """Is this text the right number rounded, to one digit of it or more? A half goes where the reader likes."""
    typed, right = Decimal(text), Decimal(repr(right))
    place = min(typed.as_tuple().exponent, right.adjusted())
    return typed != 0 and any(
        typed == right.quantize(Decimal(1).scaleb(place), mode) for mode in (ROUND_HALF_UP, ROUND_HALF_DOWN)
    )


def test_a_right_number_is_right_in_every_spelling(page):
    cases = [(q, text) for q in TYPED for text in spellings(repr(q["answer"]))]
    for (question, text), said in zip(cases, page("judge", cases), strict=True):
        assert said == [True, question["right"], True], (question["id"], text)
    cases = [
        (q, ["[" if q["low_closed"] else "(", "]" if q["high_closed"] else ")", low, high])
        for q in ENDS
        for low in spellings(repr(q["low"]))
        for high in spellings(repr(q["high"]))
    ]
    for (question, text), said in zip(cases, page("judge", cases), strict=True):
        assert said == [True, question["right"], True], (question["id"], text)


def test_a_rounded_right_number_is_never_called_wrong(page):
    cases = []
    for question in TYPED:
        right = Decimal(repr(question["answer"])).normalize()
        for place in range(right.as_tuple().exponent, right.adjusted() + 1):
            for mode in (ROUND_HALF_UP, ROUND_HALF_EVEN):
                short = right.quantize(Decimal(1).scaleb(place), mode)
                texts = [f"{short:e}"] if place > 0 else [f"{short:f}", f"{short:e}"]
                cases += [(question, text.replace("-", "−")) for text in texts]
    told = page("judge", cases)
    assert sum(said[0] is None for said in told) > 100
    for (question, text), (ok, said, was) in zip(cases, told, strict=True):
        assert was and (said == question["right"] if ok else ok is None), (question["id"], text, said)
        if ok is None:
            short, _, mistake = said.partition("\nIf you have not rounded: ")
            assert re.fullmatch(r"Right so far: give \w+ digits?( after the point)?\.", short)
            assert not mistake or mistake in [m["feedback"] for m in question["mistakes"]]


def test_digits_that_are_asked_for_are_enough(page):
    """Whoever rounds to the digits that the reply asks for is right, and one digit less would not be."""
    words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    for question in TYPED:
        right = Decimal(repr(question["answer"])).normalize()
        lengths = range(1, len(right.as_tuple().digits) + 1)
        texts = [f"{right:.{n - 1}e}" for n in lengths]
        told = page("judge", [(question, text) for text in texts])
        enough = next(n for n, said in zip(lengths, told, strict=True) if said[0])
        for n, (ok, said, _) in zip(lengths, told, strict=True):
            assert ok is (True if n >= enough else None)
            if not ok:
                assert said.startswith(f"Right so far: give {words[enough - 1]} digit{'s' * (enough > 1)}.")


def test_a_listed_mistake_is_right_so_far_only_where_it_is_the_right_number_rounded(page):
    cases = [
        (q, m, text)
        for q in TYPED
        for m in q.get("mistakes", [])
        for text in dict.fromkeys((repr(m["value"]), f"{m['value']:.12g}"))
    ]
    also = set()
    for (question, mistake, text), said in zip(cases, page("judge", [(q, t) for q, _, t in cases]), strict=True):
        if rounded(text, question["answer"]):
            also.add((question["id"], text))
            assert said[0] is None and said[1].endswith(".\nIf you have not rounded: " + mistake["feedback"])
        else:
            assert said == [False, mistake["feedback"], True], (question["id"], text)
    assert ("15-t3", "0.9") in also and ("16-m2", "1.8") in also and len(also) < 20


def test_what_a_rounded_number_is_told(page):
    question = {"kind": "number", "answer": -6.908, "tolerance": 0.0006, "right": "yes", "wrong": "no"}
    question |= {"mistakes": [{"value": -3, "feedback": "m"}, {"value": -6.91, "feedback": "n"}]}
    four = "Right so far: give three digits after the point."
    for text, said in {
        "-6.9": [None, four, True],
        "−7": [None, four, True],
        "-6,9": [None, four, True],
        "-6.91": [None, four + "\nIf you have not rounded: n", True],
        "-6.9e0": [None, "Right so far: give four digits.", True],
        "-690%": [False, "no", True],
        "-691%": [None, "Right so far: give one digit after the point.\nIf you have not rounded: n", True],
        "-6.8": [False, "no", True],
        "-10": [False, "no", True],
        "-1e1": [False, "no", True],
        "0": [False, "no", True],
        "6.9": [False, "no", True],
        "−3": [False, "m", True],
        "−6.9080": [True, "yes", True],
    }.items():
        assert page("judge", [[question, text]]) == [said], text
    whole = question | {"answer": 12289, "tolerance": 0.4, "mistakes": []}
    small = question | {"answer": 0.0272, "tolerance": 6e-5, "mistakes": []}
    for asked, text, says in (
        (whole, "1.2e4", "Right so far: give five digits."),
        (whole, "12,300", "no"),
        (whole, "1.23e4", "Right so far: give five digits."),
        (small, "0.03", "Right so far: give four digits after the point."),
        (small, "2.7 %", "Right so far: give two digits after the point."),
        (small, "0.0", "no"),
        (small, "0.1", "no"),
    ):
        assert page("judge", [[asked, text]])[0][1] == says, text


def test_what_the_ends_of_an_interval_are_told(page):
    question = {"kind": "interval", "low": -1, "high": 1250.25, "low_closed": True, "high_closed": False}
    question |= {"right": "yes", "wrong": "no", "mistakes": [{"low": 0, "high": 1250, "feedback": "m"}]}
    question |= {"mistakes": [{"low": -1, "high": 1250, "feedback": "m"}, {"low": 0, "high": 1, "feedback": "n"}]}
    upper = "Right so far: give the upper end with two digits after the point."
    for (low, high), said in {
        ("−1", "1,250.25"): [True, "yes", True],
        ("–1.0", "1.250,25"): [True, "yes", True],
        ("-1", "1250,3"): [None, upper, True],
        ("-1", "1,250"): [None, upper + "\nIf you have not rounded: m", True],
        ("0", "1"): [False, "n", True],
        ("0", "1250.3"): [False, "no", True],
        ("−1", ""): [None, "Type two numbers, for example −0.5 and 1/4."],
        ("one", ""): [None, NOT_ONE.format("one")],
    }.items():
        assert page("judge", [[question, ["[", ")", low, high]]]) == [said], (low, high)
    same = "The numbers are right. Look at the ends again: does each belong to the interval?"
    assert page("judge", [[question, ["(", ")", "-1", "1250.25"]]]) == [[False, same, True]]
    near = question | {"low": 0.6, "high": 0.9}
    assert page("judge", [[near, ["[", ")", "1", "1"]]])[0][:2] == [False, "no"], "no interval at all"


def test_no_reply_writes_a_number_that_the_reader_would_refuse(page):
    """What a question says in digits can be typed as it stands."""
    said = [
        text
        for q in [*TYPED, *ENDS]
        for text in [q["right"], q["wrong"], quiz.key(q), *(m["feedback"] for m in q.get("mistakes", []))]
    ]
    number = r"(?<![\w.^⁻/,·(])[−-]?\d[\d.,]*(?: ?[·×] ?10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|e[-+−]?\d+)?(?<=[\d⁰¹²³⁴-⁹])(?![\w^/,·)])"
    found = sorted({token for text in said for token in re.findall(number, text + " " + NOT_ONE)})
    assert len(found) > 300 and "12,288" in found and "2.5e−6" in found
    assert [token for token, read in zip(found, page("read", found), strict=True) if not read] == []


# ---- exercises -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("id", "exercise"), EXERCISES, ids=[i for i, _ in EXERCISES])
def test_exercise(id, exercise):
    assert lab.check(id, None).verdict.state == "open"
    if exercise.reference is None:
        assert exercise.judge(exercise.answer).state == "right"
        for wrong, sentence in exercise.mistakes:
            short = right_so_far(wrong, exercise.answer, exercise.tolerance)
            both = ("open", f"{short} If you have not rounded: {sentence}")
            assert exercise.judge(wrong) == (both if short else ("mistake", sentence))
            assert bool(short) == (isinstance(wrong, float) and rounded(repr(wrong), exercise.answer))
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


def names(code):
    """The names that a cell gives, and all that it uses."""
    gives, uses = set(), set()
    for node in ast.walk(code):
        if isinstance(node, ast.Name):
            (uses if isinstance(node.ctx, ast.Load) else gives).add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            gives.add(node.name)
        elif isinstance(node, ast.alias):
            gives.add((node.asname or node.name).partition(".")[0])
    return gives, uses


@pytest.mark.drawn  # `make test` executes the chapters and compares what each cell says; here each solution is alone
@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.filterwarnings("ignore")  # of a chapter that shows what goes wrong
def test_the_solutions_that_chapters_show_are_right(number):
    """Each runs after those cells alone that give what it uses."""
    path = next(p for p in NOTEBOOKS if p.stem.startswith(number))
    earlier, told = [], []

    def wanted(code, upto, found):
        """The numbers of the cells that `code` stands on, added to those found."""
        for name in names(code)[1] - {"lab"}:
            k = next((k for k in range(upto - 1, -1, -1) if name in names(earlier[k])[0]), None)
            if k is not None and k not in found:
                found.add(k)
                wanted(earlier[k], k, found)
        return found

    for cell, _, folded in reading.blocks(cells(path)):
        if cell.cell_type != "code":
            continue
        code = ast.parse(cell.source)
        if folded == "solution" and "lab.check(" in cell.source:
            last, scope = code.body.pop(), {"lab": lab}
            with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
                for k in sorted(wanted(ast.Module([*code.body, last], []), len(earlier), set())):
                    exec(compile(earlier[k], "cell", "exec"), scope)
                exec(compile(code, "solution", "exec"), scope)
                told.append(eval(compile(ast.Expression(last.value), "solution", "eval"), scope))
        elif not folded:
            earlier.append(code)
    assert told and all(shown.verdict.state == "right" for shown in told), told


@pytest.mark.parametrize("number", NUMBERS)
def test_solutions_pass_and_stubs_are_open(number):
    path = next(p for p in NOTEBOOKS if p.stem.startswith(number))
    checked = {"solution": [], "": []}
    for cell, _, folded in reading.blocks(cells(path)):
        if cell.cell_type == "code" and "lab.check(" in cell.source:
            said = [o["data"]["text/plain"] for o in cell.outputs if "data" in o]
            checked[folded].append(said[-1])
    assert checked["solution"] and all(s.startswith("✓") for s in checked["solution"]), checked
    assert checked[""] and all(s.startswith("○") for s in checked[""]), checked


@pytest.mark.parametrize("number", NUMBERS)
def test_every_exercise_of_code_has_a_twin_right_after_its_stub(number):
    """Whoever has no kernel puts its lines in order."""
    path = next(p for p in NOTEBOOKS if p.stem.startswith(number))
    twins = {q["exercise"]: q for q in questions(number) if q["kind"] == "parsons"}
    assert sorted(twins) == [id for id, exercise in EXERCISES if id.startswith(number) and exercise.reference]
    stored, after = cells(path).cells, {}
    for n, cell in enumerate(stored):
        found = re.search(r'lab\.check\("([^"]+)"', cell.source)
        if cell.cell_type == "code" and found and "solution" not in cell.metadata.get("tags", []):
            after[found[1]] = [c.source for c in stored[n + 1 : n + 3]]
    for id, twin in twins.items():
        assert after[id] == [NO_KERNEL, f'lab.quiz("{twin["id"]}")']
        assert len(twin["decoys"]) == 3 and all(len(line["code"]) <= 60 for line in [*twin["lines"], *twin["decoys"]])


NO_KERNEL = (
    "**No kernel at hand?** The same function lies below in lines, and three of them are wrong. "
    "Put the right ones in order, and indent them."
)

"""Questions cannot be guessed by the looks of their choices, and nothing beside them on their page tells the answer."""

import itertools
import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reading
from nnlib.lab.questions.exam import deal, names, slots
from tests import guessing
from tests.chapters import NOTEBOOKS, cells, questions

pytestmark = pytest.mark.book

CHAPTERS = [path.stem[:2] for path in NOTEBOOKS]
FILES = [*CHAPTERS, *names()]
LEVEL = 0.05

# What still gives questions away. These lists only get shorter: a test fails when something that is not on them is
# found, and also when something on them is no longer true.

OPEN = {  # where a strategy that knows nothing scores better than chance
    "15": {"not the longest"},
    "17": {"not the longest"},
    "final": {"not the longest"},
    "the book": {"not the longest"},
}
TOLD = {  # the question, and the other one on its page that tells its answer
    ("17-r3", "17-q1"): "sigmoids and binary cross-entropy for yes-or-no questions are given there",
}
ABOVE = {  # the prediction, and what above it tells its right choice or that a wrong one is wrong
    "12-p1": "Ten units that stay one",
}


# ---- the looks of the choices ----------------------------------------------------------------------------------------


def paying(asked):
    """The strategies with which that many right answers, or more, come by chance in fewer than one case in twenty.

    The level is not lowered for the many tests, five strategies (alike, besides) on two dozen files. Lowered, it would
    see nothing: with ten questions the shortest choice would have to be right eight times. Of files without any fault
    one in twenty fails a test nevertheless; what it costs is one choice said in other words, once, since texts are no
    dice that are thrown anew. Questions with several right choices are left out: how many to take is not said by looks.
    """
    return {name for name, strategy in guessing.STRATEGIES.items() if guessing.score(asked, strategy)[2] < LEVEL}


@pytest.mark.parametrize("name", [*FILES, "the book"])
def test_no_strategy_pays(name):
    asked = [q for file in FILES for q in questions(file)] if name == "the book" else questions(name)
    found, known = paying(asked), OPEN.get(name, set())
    scores = {
        strategy: "{:.1f} right, {:.1f} by chance, p = {:.3g}".format(*guessing.score(asked, how))
        for strategy, how in guessing.STRATEGIES.items()
    }
    assert not found - known, f"{name} can be guessed: { ({s: scores[s] for s in found - known}) }"
    assert not known - found, f"well done; take {known - found} of {name} off the list OPEN"


def asking(*choices, right=0, kind="choice", **more):
    """A made-up question."""
    listed = [
        {"text": text, "feedback": "…"} | ({"correct": True} if k == right else {}) for k, text in enumerate(choices)
    ]
    return {"id": "x", "kind": kind, "question": "Which?", "choices": listed} | more


THIRD = Fraction(1, 3)


def test_what_the_strategies_take():
    texts = ["four", "as four", "because of it", "fo r"]
    assert guessing.take_the_shortest(texts) == [0.5, 0, 0, 0.5]
    assert guessing.take_the_longest(texts) == [0, 0, 1, 0]
    assert guessing.strike_the_longest(texts) == [THIRD, THIRD, 0, THIRD]
    assert guessing.distrust_because(texts) == [0.5, 0, 0, 0.5]
    assert guessing.distrust_because(["Since a", "As b", "because c"]) == [THIRD, THIRD, THIRD]
    assert guessing.distrust_because(["basin", "assume", "sincerely", "as"]) == [THIRD, THIRD, THIRD, 0]
    assert guessing.all_three(texts) == [0.5, 0, 0, 0.5]
    assert guessing.all_three(["as", "long", "longer", "longest"]) == [0, 1, 0, 0]
    assert guessing.all_three(["ab", "as of it", "as of me"]) == [1, 0, 0]
    assert guessing.all_three(["as of", "as me", "as it"]) == [THIRD, THIRD, THIRD], "one of three longest is struck"


TEXTS = st.lists(st.sampled_from(["a", "bb", "cc", "as d", "since eee", "ffff ffff"]), min_size=3, max_size=4)


@given(st.lists(TEXTS, min_size=1, max_size=4), st.sampled_from(sorted(guessing.STRATEGIES)))
def test_a_strategy_takes_one_choice_and_pays_by_chance_as_rarely_as_it_says(pages, name):
    """Over all ways in which the right choices can lie: what chance gets, and that one way in twenty fails at most."""
    strategy = guessing.STRATEGIES[name]
    assert all(sum(strategy(texts)) == 1 and min(strategy(texts)) >= 0 for texts in pages)
    ways = list(itertools.product(*(range(len(texts)) for texts in pages)))
    told = [guessing.score([asking(*t, right=k) for t, k in zip(pages, way, strict=True)], strategy) for way in ways]
    chance = sum(1 / len(texts) for texts in pages)
    assert all(abs(expected - chance) < 1e-12 for _, expected, _ in told)
    assert abs(sum(got for got, _, _ in told) / len(ways) - chance) < 1e-12
    for got, _, often in told:
        assert abs(often - sum(other >= got - 1e-9 for other, _, _ in told) / len(ways)) < 1e-9
    assert sum(often < LEVEL for _, _, often in told) <= LEVEL * len(ways)


def test_the_score_is_binomial_without_ties():
    page = [asking("one", "four", "twelve", "thirteen")] * 10
    got, chance, often = guessing.score(page, guessing.take_the_shortest)
    assert (got, chance) == (10, 2.5) and abs(often - 0.25**10) < 1e-15
    some = [asking("one", "four", "twelve", "thirteen", right=k % 4) for k in range(10)]
    got, _, often = guessing.score(some, guessing.take_the_shortest)
    assert got == 3 and abs(often - 0.4744072) < 1e-6, "1 − (0.75¹⁰ + 10 · 0.25 · 0.75⁹ + 45 · 0.25² · 0.75⁸)"


def test_a_chapter_whose_right_choices_have_a_look_is_found():
    looks = {
        "shortest": ["No", "Some do", "All of them", "The odd ones do"],
        "longest": ["The odd ones do", "Some do", "All of them", "No"],
        "no because": ["Yes", "No, as b", "No: because c", "No, since d"],
        "all three": ["Yes, a", "No, as", "Never mind what", "Yes, all"],
        "not the longest": ["Some do", "No", "Some say", "The odd ones do"],
    }
    for name, texts in looks.items():
        assert name in paying([asking(*texts)] * 12), name
    fair = [asking(*looks["shortest"], right=k % 4) for k in range(12)]
    assert paying(fair) == set()
    many = [asking(*looks["shortest"], kind="many")] * 12
    assert paying([*fair, *many]) == set()
    chapter = [q | {"choices": [c | {"text": c["text"][:2]} if c.get("correct") else c for c in q["choices"]]}
               for q in questions("13") if q["kind"] in ("choice", "predict")]  # fmt: skip
    assert "shortest" in paying(chapter)


# ---- what else stands on the page ------------------------------------------------------------------------------------


def asked_on(path):
    """(question, headings above it) in the order of a chapter's page."""
    known = {q["id"]: q for q in questions(path.stem[:2])}
    for cell, titles, _ in reading.blocks(cells(path)):
        for id in reading.asked(cell.source) if cell.cell_type == "code" else []:
            yield known[id], [re.sub(r"^\d+(\.\d+)? |^Deeper: | \(\d+ minutes?\)$", "", title) for title in titles[1:]]


def told(page):
    return {(id, other): where for id, other, where in guessing.told_by_others(page)}


def only_known(found, known):
    new = {pair: where for pair, where in found.items() if pair not in known}
    assert not new, f"gives an answer away: {new}"
    assert not set(known) - set(found), f"well done; take it off the list: {set(known) - set(found)}"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=CHAPTERS)
def test_no_question_of_a_page_tells_the_answer_of_another(path):
    page = [question for question, _ in asked_on(path)]
    assert len(page) > 10
    only_known(told(page), {pair for pair in TOLD if pair[0][:2] == path.stem[:2]})


@pytest.mark.parametrize("name", names())
def test_no_question_of_a_test_tells_the_answer_of_another(name):
    for form in range(1, 1 + len(next(iter(slots(name).values())))):
        page = deal(name, form)
        ids = {q["id"] for q in page}
        only_known(told(page), {pair for pair in TOLD if set(pair) <= ids})


@pytest.mark.parametrize("path", NOTEBOOKS, ids=CHAPTERS)
def test_nothing_above_a_prediction_tells_what_holds(path):
    opening = cells(path).cells[0].source
    goals = re.findall(r"(?m)^- (.+)$", opening.partition("**You will be able to**")[2].partition("**You need**")[0])
    assert len(goals) >= 3
    found, earlier = {}, []
    for question, headings in asked_on(path):
        if question["kind"] == "predict":
            where = guessing.told_by_heading(question, headings, goals) or guessing.asked_before(question, earlier)
            found |= {question["id"]: where} if where else {}
        earlier.append(question)
    only_known(found, {id for id in ABOVE if id[:2] == path.stem[:2]})
    assert all(ABOVE[id] == where for id, where in found.items())


def test_the_lists_name_what_there_is():
    ids = {q["id"] for file in FILES for q in questions(file)}
    assert {id for pair in TOLD for id in pair} | set(ABOVE) <= ids
    assert set(OPEN) <= {*FILES, "the book"} and all(OPEN.values())


# ---- the measure, on made-up questions -------------------------------------------------------------------------------


def typed(answer, prompt="How many updates does the ravine take?", tolerance=0.0):
    return {"id": "n", "kind": "number", "question": prompt, "answer": answer, "tolerance": tolerance}


def other(prompt, **more):
    return {"id": "o", "kind": "number", "question": prompt, "answer": 1, "tolerance": 0} | more


def found(question, *others):
    return [id for id, _, _ in guessing.told_by_others([question, *others]) if id == question["id"]] != []


@pytest.mark.parametrize(
    "text",
    ["12,288", "12288", "It is 12,288: why?", "12288.0", "1.2288 · 10⁴", "1.2288e4", "24576/2", "about 12,290"],
)
def test_a_number_is_seen_however_it_is_written(text):
    question = typed(12288, tolerance=5)
    assert found(question, other(text))
    assert found(question, asking("a", text, "c")), "in a choice"
    assert found(question, other("What does it print?", code=f"print(n)\n{text}")), "in code"
    assert not found(question | {"question": f"How many more than {text}?"}, other(text)), "it is data"


@pytest.mark.parametrize("text", ["12,289", "1228", "122,880", "w12288", "−12,288", "0.12288", "v1.12288"])
def test_another_number_is_none(text):
    assert not found(typed(12288), other(text))


def test_numbers_that_say_little():
    assert not any(found(typed(x), other(f"{x} and {x}")) for x in (0, 1, 2, 0.5, 5000, -1))
    assert not found(typed(56), other("A network 56-3-1 has 56 inputs."))
    assert found(typed(56), other("The 56 updates that the ravine takes: from which loss?"))
    assert found(typed(-0.173, tolerance=0.0005), other("The slope is −0.1731. Which way?"))
    assert found(
        typed(0.17, "How probable is it that a person is ill?"), other("That a person is ill is probable by 17%. Why?")
    )
    assert guessing.numbers("1.97·10⁴³⁴, 3/0, 10⁻³, 2¹⁰, −½ of 1,000.5%") == [3, 0.001, 1024, 1000.5, 10.005]


@pytest.mark.parametrize("digits, value", [(1, 5000), (3, 0.0316), (3, -121), (0, 0), (5, 12288), (2, 0.25)])
def test_how_many_digits_a_number_has(digits, value):
    assert guessing.digits(value) == digits


def test_an_interval_and_an_order():
    interval = {"id": "i", "kind": "interval", "question": "Where?", "low": -0.7, "high": 1.25}
    assert found(interval, other("From −0.7 up to 1.25 it is quiet."))
    assert not found(interval, other("From −0.7 on. Up to 1.25.")), "each in a sentence of its own"
    assert not found(interval | {"low": 0, "high": 1}, other("From 0 to 1."))
    order = {"id": "s", "kind": "order", "question": "Which first?", "items": ["forward", "loss", "backward"]}
    assert found(order, other("Forward, then the loss, then backward: what follows?"))
    assert not found(order, other("backward, loss, forward?"))
    assert not found(order, asking("forward", "loss", "backward"))


def test_a_choice_is_seen_in_other_words_around_it():
    question = asking("There is always a gap without bound", "Any gap can be reached", "No gap", question="How small?")
    assert found(question, other("Every net has a gap without bounds. Why?"))
    assert found(question, asking("Some gap, without bound", "b", "c")), "in a choice"
    assert not found(question, other("A bound, without a gap. Why?"))
    assert not found(question, other("A gap. Without bound is what?")), "not in one sentence"
    listed = asking("falls at first slowly", "rises at last fast", "stays", question="What does the loss do?")
    assert found(listed, other("It falls first slowly: why?"))
    assert not found(listed, other("It falls first slowly, or it rises last fast: why?")), "both are named"


def test_two_words_of_a_choice_tell_where_the_questions_share_three():
    shape = asking("(5, 7)", "(7, 5)", "(32, 32)", question="A has shape (5, 32), B has shape (32, 7). Shape of A @ B?")
    assert found(shape, other("H is (32, 5), δ is (32, 7), the slope must be (5, 7). Which product?"))
    assert not found(shape, other("A table of shape (5, 7) has how many entries?"))
    assert not found(shape, other("H is (32, 5), δ is (32, 7), the slope is (5, 7) or (7, 5). Which?"))
    several = shape | {"kind": "many"}
    assert not found(several, other("H is (32, 5), δ is (32, 7), the slope must be (5, 7). Which product?"))


def test_a_number_of_three_digits_and_a_formula_of_a_choice():
    assert found(asking("1024", "32", "1"), other("The 1,024 copies: of what?"))
    assert not found(asking("1024", "32", "1", question="Is it 1024 or less?"), other("The 1,024 copies: of what?"))
    assert not found(asking("1024", "32", "1"), other("The 32 copies: of what?"))
    formula = asking("Hᵀ δ", "H δᵀ", "δ H")
    assert found(formula, other("Why is H transposed in ∂W = Hᵀδ?"))
    assert not found(formula, other("How many multiplications does Hᵀδ take?"))
    assert found(asking("h(1 - h)", "h", "1 - h"), other("Which line?", code="slope = h * (1 - h)"))


def test_a_formula_that_is_asked_for():
    formula = {"id": "f", "kind": "formula", "question": "Write ∂J/∂W₁.", "answer": "X^T ((δ_2 W_2^T)*(1-H^2))"}
    assert found(formula, other("Why is X transposed in ∂W₁ = Xᵀ((δ₂ W₂ᵀ) * (1 − H²))?"))
    assert not found(formula, other("How many multiplications does Xᵀ((δ₂ W₂ᵀ) * (1 − H²)) take?"))
    assert not found(formula, other("Is ∂W₁ = Xᵀ((δ₂ W₂) * (1 − H²))?"))
    shape = {"id": "f", "kind": "formula", "question": "Which shape?", "answer": "(m, n_in)"}
    assert found(shape, other("H.shape = (m, n_in), W.shape = (n_in, S). Which product runs?"))
    assert not found(shape, other("Of the shape (m, n_in), what is m?"))


def test_a_program_to_be_put_in_order():
    lines = [{"code": "H = forward(X)", "indent": 0}, {"code": "J = loss(H, T)", "indent": 0}]
    program = {
        "id": "p",
        "kind": "parsons",
        "question": "Which order?",
        "lines": lines,
        "decoys": [{"code": "J = 1024"}],
    }
    assert found(program, other("What does it print?", code="H = forward(X)\nJ = loss(H, T)\nprint(J)"))
    assert not found(program, other("What does it print?", code="J = loss(H, T)\nH = forward(X)"))
    assert found(typed(1024), program), "its lines are read, too"


def test_what_stands_below_a_prediction_does_not_tell_it():
    prediction = asking("A gap without bound", "None", "Any", kind="predict", question="How small?")
    teller = other("Every net has a gap without bound. Why?")
    assert guessing.told_by_others([prediction, teller]) == []
    assert guessing.told_by_others([teller, prediction]) == [("x", "o", "Every net has a gap without bound.")]


def test_a_heading_that_tells():
    ten = asking("1", "10", "100", kind="predict", question="Ten layers without a bend: how many pieces?")
    assert guessing.told_by_heading(ten, ["Ten layers, one line"], []) == "Ten layers, one line"
    assert not guessing.told_by_heading(ten, ["How many pieces?", "One line or a hundred?"], ["count ten or one"])
    falls = asking("It gets worse", "It explodes", "It stays", kind="predict", question="What happens?")
    assert guessing.told_by_heading(falls, [], ["say why it gets worse"])
    assert not guessing.told_by_heading(falls, [], ["say whether it gets worse or explodes"])
    assert not guessing.told_by_heading(falls, ["What happens"], ["say what happens"])
    why = asking("It adds over the samples", "The sizes fit", "δ lies down", kind="predict", question="Why transposed?")
    assert guessing.told_by_heading(why, ["What the transposed one adds"], [])
    assert not guessing.told_by_heading(why, [], ["say what is added"])
    way = asking("By 40°", "0°: toward the bottom", "90°", kind="predict", question="By which angle?")
    assert guessing.told_by_heading(way, ["Downhill, and not toward the bottom"], []) is None
    assert guessing.told_by_heading(way, ["Not toward the bottom"], [])


def test_a_product_that_was_asked_for_before():
    prediction = other("H is (32, 5), δ (32, 7), and the slope must be (5, 7). Which?", kind="predict")
    review = asking("(5, 7)", "(7, 5)", "(1, 1)", question="A has the shape (5, 32), B (32, 7). The shape of A @ B?")
    assert guessing.asked_before(prediction, [other("No numbers"), review]) == "x"
    assert guessing.asked_before(prediction, [other("5 and 32?")]) is None
    assert guessing.asked_before(prediction, [other("5 and 32?", answer=7)]) == "o"


def test_the_gates_of_chapter_2_have_numbers_of_their_own():
    """The mixed quiz asked for the interval that a prediction had given, digit for digit; so would an exercise's."""
    asked = {q["id"]: q for q in questions("02")}
    texts = {id: " ".join(guessing.statements(asked[id])) for id in ("02-p2", "02-q2", "02-m1")}
    figures = {id: {x for x in guessing.numbers(text) if x not in (0, 1)} for id, text in texts.items()}
    assert all(len(a & b) < 2 for a, b in itertools.combinations(figures.values(), 2)), figures
    ends = {(q["low"], q["high"]) for q in asked.values() if q["kind"] == "interval"}
    assert len(ends) == 2 and not any(set(pair) <= figures["02-p2"] for pair in ends)

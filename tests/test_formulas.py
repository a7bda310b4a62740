"""Formulas that are typed: read in every legal spelling, judged as NumPy judges, set without loss.

Every question's right formula is true, and every mistake has its own reply. The page's own scripts do it, in node.
"""

import functools
import importlib
import json
import random
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnlib as nn
from nnlib import lab
from nnlib.lab import page as pages
from nnlib.lab.questions import formula
from nnlib.lab.questions.exam import names
from tests.chapters import NOTEBOOKS, questions
from tests.node import asking

quiz = importlib.import_module("nnlib.lab.questions.quiz")  # the name quiz itself is the function
pytestmark = pytest.mark.book

FILES = [*(path.stem[:2] for path in NOTEBOOKS), *names()]
ALL = [q for name in FILES for q in questions(name) if q["kind"] == "formula"]
IDS = [q["id"] for q in ALL]
MISTAKES = [(q, m) for q in ALL for m in q["mistakes"]]

# What is asked of the scripts.
DOES = """
import {treeOf, Unread} from 'ROOM/grammar.js';
import {valueOf} from 'ROOM/evaluate.js';
import {exampleFor, judgeFormula, pointOf, pointsFor} from 'ROOM/judging.js';
import {sayFormula, setFormula} from 'ROOM/typeset.js';
const read = ({symbols, form}, typed) => treeOf(typed, symbols, Boolean(form));
const orPlace = work => { try { return work() } catch (e) { if (!(e instanceof Unread)) throw e;
  return {words: e.message, from: e.from, to: e.to} } };
const does = {
  judge: judgeFormula, example: exampleFor,
  say: ({symbols, form}, typed) => sayFormula(typed, symbols, Boolean(form)),
  value: (question, typed, seed) => orPlace(() => valueOf(read(question, typed), pointOf(question, seed), typed)),
  set: (question, typed) => setFormula(read(question, typed), pointOf(question, 1)),
  point: (question, seed) => pointOf(question, seed),
  points: (question, typed) => pointsFor(question, read(question, typed)),
};
"""


@pytest.fixture(scope="session")
def ask(tmp_path_factory):
    """``ask("judge", [(question, typed), …])``: what the page's scripts answer, case by case."""
    with asking(tmp_path_factory.mktemp("formula"), DOES) as answer:
        yield answer


def array(value, sizes):
    """A value of the page as NumPy's."""
    data = np.array([float(x) for x in value["data"]])
    return data.reshape([1 if size == "1" else sizes[size] for size in value["shape"]])


# ---- the grammar -----------------------------------------------------------------------------------------------------

SYMBOLS = {
    "x": {}, "y1": {}, "δ_o1": {"also": ["d"]}, "η": {}, "m": {"size": True},
    "H": {"shape": ["m", "n"]}, "G": {"shape": ["m", "n"]}, "W": {"shape": ["n", "k"]}, "v": {"shape": ["n"]},
}  # fmt: skip
QUESTION = {"id": "t", "kind": "formula", "symbols": SYMBOLS, "answer": "x", "right": "yes", "wrong": "no"}
SPELLED = {
    "x": ["x"], "y1": ["y1", "y_1", "y₁", "y_{1}"], "δ_o1": ["δ_o1", "delta_o1", "δ_{o1}", "δo1", "d"],
    "η": ["η", "eta", "\\eta"], "m": ["m"], "H": ["H"], "G": ["G"], "W": ["W"], "v": ["v"],
}  # fmt: skip
NUMBERS = {"2": ["2", "2.", "2.0"], "3": ["3"], "0.5": ["0.5", ".5", "½", "5e-1", "0,5"], "0.25": ["0.25", "¼", ",25"]}
CALLS = {
    "exp": np.exp, "tanh": np.tanh, "abs": np.abs, "sqrt": np.sqrt, "ln": np.log,
    "σ": lambda z: 1 / (1 + np.exp(-z)),
}  # fmt: skip
CALLED = {"σ": ["σ", "sigma", "sigmoid", "\\sigma"], "ln": ["ln", "log"]}
SCALAR, MATRIX = (), ("m", "n")

# A tree: (operation, parts …). What it is worth NumPy says here, by itself.
WORTH = {
    "+": np.add, "-": np.subtract, "each": np.multiply, "/": np.divide, "neg": np.negative, "^": np.power,
    "T": np.transpose, "max": np.maximum, "sum": lambda a: a.sum(axis=0), "mean": lambda a: a.mean(axis=0),
    "times": lambda a, b: a @ b if np.ndim(a) and np.ndim(b) else a * b,
    "abs1": lambda a: np.abs(a) + 1,
}  # fmt: skip


def worth(tree, values):
    op, *parts = tree
    if op == "num":
        return float(parts[0])
    if op == "sym":
        return values[parts[0]]
    with np.errstate(all="ignore"):
        return (WORTH | CALLS)[op](*(worth(part, values) for part in parts))


def leaves(shape):
    names = [n for n, s in SYMBOLS.items() if tuple(s.get("shape", [])) == shape]
    found = st.sampled_from(names).map(lambda n: ("sym", n))
    return found | st.sampled_from(list(NUMBERS)).map(lambda n: ("num", n)) if shape == SCALAR else found


@functools.cache
def trees(shape, depth=4):
    """Trees of a shape: a number, a vector (n,), or a matrix with sizes m, n, k in any order that symbols give."""
    if depth == 0 and shape in (SCALAR, MATRIX, ("n", "k"), ("n",)):
        return leaves(shape)
    if depth == 0:  # (n, m), (m, k), (k,), …: the shortest that has it
        return {
            ("n", "m"): leaves(MATRIX).map(lambda a: ("T", a)),
            ("m", "k"): leaves(MATRIX).map(lambda a: ("times", a, ("sym", "W"))),
        }[shape]
    same, number = trees(shape, depth - 1), trees(SCALAR, depth - 1)
    power = st.sampled_from([("num", "2"), ("num", "3"), ("neg", ("num", "2"))])
    found = [
        st.tuples(st.sampled_from(["+", "-", "each", "max"]), same, same),
        st.tuples(st.sampled_from(["times", "each"]), number, same),
        st.tuples(st.just("/"), same, number),
        st.tuples(st.just("^"), same, power),
        st.tuples(st.sampled_from(["neg", "tanh", "σ", "exp", "abs", "ln", "sqrt"]), same),
    ]
    if shape == ("n",):
        found.append(st.tuples(st.sampled_from(["sum", "mean"]), trees(MATRIX, depth - 1)))
    if shape == SCALAR:
        found.append(st.tuples(st.just("times"), trees(("n",), depth - 1), trees(("n",), depth - 1)))
    if len(shape) == 2 and set(shape) == {"m", "n"}:
        found.append(trees(shape[::-1], depth - 1).map(lambda a: ("T", a)))
    if shape == ("m", "k"):
        found.append(st.tuples(st.just("times"), trees(MATRIX, depth - 1), trees(("n", "k"), depth - 1)))
    return same | st.one_of(found)


class Spelling:
    """Writes a tree in one of its many legal spellings."""

    LEVEL = {"+": 1, "-": 1, "neg": 2, "each": 3, "times": 3, "/": 3, "^": 4, "T": 4}

    def __init__(self, seed):
        self.pick = random.Random(seed).choice

    def part(self, tree, allowed, in_list=False):
        """A part whose operation holds together tightly enough, else in brackets; some are in brackets anyway."""
        level = self.LEVEL.get(tree[0], 5)
        if level in allowed and self.pick([True, True, True, False]):
            return self.write(tree, in_list)
        left, right = self.pick(["()", "()", "[]", "{}"])
        space = self.pick(["", "", " "])
        return left + space + self.write(tree) + space + right

    def write(self, tree, in_list=False):
        op, *parts = tree
        space = self.pick(["", " "])
        if op == "num":
            return self.pick([t for t in NUMBERS[parts[0]] if not (in_list and "," in t)])
        if op == "sym":
            return self.pick(SPELLED[parts[0]])
        if op == "neg":
            return self.pick("-−–") + space + self.part(parts[0], {2, 4, 5}, in_list)
        if op == "T":
            return self.part(parts[0], {4, 5}) + self.pick(["^T", "^⊤", "ᵀ", "'", ".T", "^{T}", " ^T", "^\\top "])
        if op == "^":
            base = self.part(parts[0], {4, 5} if parts[0][0] == "T" else {5})
            sign, *number = parts[1]
            power = ("−" if sign == "neg" else "") + (number[0][1] if sign == "neg" else number[0])
            raised = power.translate(str.maketrans("23−", "²³⁻"))
            return base + self.pick([raised, f"^{power}", f"**{power}", f"^({power})", f"^{{{power}}}"])
        if op in ("max", "sum", "mean", *CALLS):
            return self.call(op, parts, space)
        left = self.part(parts[0], {1, 2, 3, 4, 5} if op in "+-" else {2, 3, 4, 5}, in_list)
        right = self.part(parts[1], {2, 3, 4, 5} if op in "+-" else {2, 4, 5}, in_list)
        signs = {"+": "+＋", "-": "-−–", "each": ["*", "⊙", "∘"], "times": ["@", "·", "×"], "/": "/∕÷"}[op]
        if op == "times" and not re.match(r"[\d.,½¼\-−–]", right) and self.pick([True, False]):
            apart = " " if re.search(r"[\w₁½¼]$", left) and not re.match(r"[(\[{]", right) else space
            return left + apart + right
        return left + space + self.pick(signs) + space + right

    def call(self, op, parts, space):
        name = self.pick(CALLED.get(op, [op]))
        if op in ("sum", "mean") and self.pick([True, False]):
            return self.part(parts[0], {5}) + f".{op}({self.pick(['', '0', 'axis=0'])})"
        inside = ", ".join(self.write(part, op in ("max", "sum", "mean")) for part in parts)
        end = self.pick(["", "", ", axis=0"]) if op in ("sum", "mean") else ""
        return f"{name}({space}{inside}{end})"


MANY = st.sampled_from([SCALAR, MATRIX, ("n", "m"), ("m", "k"), ("n",)]).flatmap(trees)


def agree(a, b):
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)


@pytest.fixture(scope="session")
def values(ask):
    """The symbols' values at the page's first point, and its sizes."""
    (point,) = ask("point", [(QUESTION, 1)])
    return {name: array(value, point["sizes"]) for name, value in point["values"].items()}, point["sizes"]


@given(st.lists(st.tuples(MANY, st.integers(0, 2**32)), max_size=12))
def test_a_tree_in_any_legal_spelling_is_worth_what_numpy_says(ask, values, cases):
    texts = [Spelling(seed).write(tree) for tree, seed in cases]
    kept = [(tree, text) for (tree, _), text in zip(cases, texts, strict=True) if len(text) <= 300]
    for (tree, text), value in zip(kept, ask("value", [(QUESTION, text, 1) for _, text in kept]), strict=True):
        assert "words" not in value, (text, value)
        assert agree(array(value, values[1]), worth(tree, values[0])), (text, value)


# ---- typesetting -----------------------------------------------------------------------------------------------------


def flat(element):
    """The children of a row, without the rows among them: what the eye sees."""
    for child in element:
        if child.tag == "mrow":
            yield from flat(child)
        else:
            yield child


class Seen:
    """Reads MathML as a reader does: what stands side by side multiplies, from left to right."""

    def __init__(self, values):
        self.values, self.names = values, {n.replace("_", "").replace("'", "′"): n for n in values}

    def row(self, element):
        items = list(flat(element)) if element.tag == "mrow" else [element]
        value = self.sum(items)
        assert not items, [ET.tostring(i) for i in items]
        return value

    def sum(self, items):
        value = self.product(items)
        while items and items[0].text in ("+", "−"):
            value = WORTH["+" if items.pop(0).text == "+" else "-"](value, self.product(items))
        return value

    def product(self, items):
        value = self.signed(items)
        while items and items[0].text in ("⊙", "·", "\u2062"):
            sign = items.pop(0).text
            value = WORTH["each" if sign == "⊙" else "times"](value, self.signed(items))
        return value

    def signed(self, items):
        if items[0].get("form") == "prefix":
            items.pop(0)
            return -self.signed(items)
        return self.atom(items)

    def bracket(self, items):
        found = [self.sum(items)]
        while items[0].text == ",":
            items.pop(0)
            found.append(self.sum(items))
        assert items.pop(0).text == ")"
        return found

    def atom(self, items):
        item = items.pop(0)
        if item.text == "(":
            return self.bracket(items)[0]
        if item.tag == "mn":
            return {"½": 0.5, "¼": 0.25}.get(item.text) or float(item.text)
        if item.tag == "mi" and items and items[0].text == "(" and item.text in {*CALLS, "max", "sum", "mean"}:
            items.pop(0)
            return (WORTH | CALLS)[item.text](*self.bracket(items))
        if item.tag in ("mi", "msub"):
            return self.values[self.names["".join(item.itertext())]]
        if item.tag == "mfrac":
            return np.divide(*(self.row(part) for part in item))
        if item.tag == "msqrt":
            return np.sqrt(self.row(ET.fromstring("<mrow>" + "".join(map(str_of, item)) + "</mrow>")))
        base, above = item
        assert item.tag == "msup" and len(list(flat(base)) if base.tag == "mrow" else [0]) > 0
        one = list(flat(base))
        assert len(one) == 1 or (one[0].text == "(" and one[-1].text == ")") or one[0].tag == "mi", "an open base"
        return np.transpose(self.row(base)) if above.text == "⊤" else np.power(self.row(base), self.row(above))


def str_of(element):
    return ET.tostring(element, encoding="unicode")


@given(st.lists(st.tuples(MANY, st.integers(0, 2**32)), max_size=8))
def test_typesetting_loses_nothing(ask, values, cases):
    texts = [Spelling(seed).write(tree) for tree, seed in cases]
    kept = [(tree, text) for (tree, _), text in zip(cases, texts, strict=True) if len(text) <= 300]
    for (tree, text), math in zip(kept, ask("set", [(QUESTION, text) for _, text in kept]), strict=True):
        with np.errstate(all="ignore"):
            seen = Seen(values[0]).row(ET.fromstring(f"<mrow>{math}</mrow>"))
        assert agree(seen, worth(tree, values[0])), (text, math)


# ---- what cannot be read ---------------------------------------------------------------------------------------------

ODD = st.text("xyHW1η2.,+-−*·⊙/^()[]{}'ᵀT_ ²½=@%√Σ\\sumexpl𝛿<&\n", max_size=24) | st.text(max_size=12)


@given(st.lists(st.tuples(ODD, st.booleans()), max_size=30))
def test_any_text_is_read_or_has_a_place_where_it_fails(ask, cases):
    asked = [({**QUESTION, **({"form": "shape"} if shape else {})}, text) for text, shape in cases]
    judged = [({**q, "answer": "(m, m)" if "form" in q else "x"}, text) for q, text in asked]
    for (_, text), value, said in zip(
        asked, ask("value", [(q, t, 1) for q, t in asked]), ask("judge", judged), strict=True
    ):
        if "words" in value:
            units = len(text.encode("utf-16-le", "surrogatepass")) // 2
            assert value["words"] and 0 <= value["from"] <= value["to"] <= units, (text, value)
        assert said["reply"] and (said["kept"] or "<code>" in said["reply"] or not text.strip()), text
        assert not re.search(r"<(?!/?(code|mark|var|sub)>)", said["reply"]), "what was typed is a text"


FAILS = {
    "x(": "After “x(” something is missing.", "x +": "After “x +” something is missing.",
    "(x": "A “)” is missing", "x)": "This “)” closes nothing.", "[x)": "“)” cannot close “[”",
    "2 3": "Before “3” a sign",
    "x+*2": "After “x+” a symbol or a number is missing, “*” came.", "*2": "At the beginning a symbol",
    "x%": "“%” means",
    "max(x)": "max needs 2 in its brackets, 1 came.", "x1": "“x1” is none",
    "q7": "“q7” is none of the symbols here: x, y1, δ_o1, η, m, H",
    "x" * 301: "300 signs",
}  # fmt: skip


def test_a_failure_is_said_in_words(ask):
    said = dict(zip(FAILS, ask("value", [(QUESTION, text, 1) for text in FAILS]), strict=True))
    assert {text: words for text, words in FAILS.items() if words not in said[text]["words"]} == {}
    (reply,) = ask("judge", [(QUESTION, "x*(2 - <b>")])
    assert reply["kept"] is False and "&lt;" in reply["reply"] and "Write it like" in reply["reply"]


MISFITS = {
    "H G": "“H” is (m, n) and “G” is (m, n): their product needs n = m. Transpose one of them",
    "H * W": "⊙ goes entry by entry, and “H” is (m, n) and “W” is (n, k). The product of matrices is @.",
    "W + H": "+ goes entry by entry", "sum(x)": "sum adds over the samples, and “x” is one number.",
    "W H": "“W” is (n, k) and “H” is (m, n): their product needs k = m.",
}  # fmt: skip


def test_shapes_that_do_not_fit_are_named(ask):
    said = dict(zip(MISFITS, ask("value", [(QUESTION, text, 1) for text in MISFITS]), strict=True))
    assert {text: words for text, words in MISFITS.items() if words not in said[text]["words"]} == {}
    (reply,) = ask("judge", [({**QUESTION, "answer": "H"}, "H G")])
    assert reply["right"] is False and "<mark>H G</mark>" in reply["reply"]


SAYS = {"(x − y_1)^2 η/m": "open x minus y 1 close to 2 eta over m", "H^T δ_o1²": "H transposed delta o1 squared"}


def test_a_formula_is_said_in_words(ask):
    said = {text: ask("say", [(QUESTION, text)])[0] for text in SAYS}
    assert said == SAYS


# ---- the six usual mistakes ------------------------------------------------------------------------------------------

MATRICES = {"H": {"shape": ["m", "n"]}, "D": {"shape": ["m", "k"]}, "m": {"size": True}}
USUAL = [
    ("H^T D", "-H^T D", "the sign is not"), ("H^T D", "D^T H", "they lie the other way"),
    ("H^T D", "H^T D / m", "one 1/m too many"), ("H^T D", "m H^T D", "a 1/m is missing"),
    ("H^T D", "H D", "needs n = m"), ("sum(D)", "mean(D)", "the mean over the samples; asked is their sum"),
    ("mean(D)", "sum(D)", "the sum over the samples; asked is their mean"), ("sum(D)", "D", "a row for each sample"),
    ("H^T (D*(1-D^2))", "H^T (D/1)", "no"), ("D*(1-D)/m", "D/m", "A factor is missing: the slope"),
    ("D*(1-D)/m", "-D/m", "the slope of the activation. And the sign"), ("sum(D)", "H", "The shape does not fit"),
    ("sum(D)", "ln(sum(D))", "At some values it"), ("D", "1^T D", "The shape does not fit"),
]  # fmt: skip


@pytest.mark.parametrize(("answer", "typed", "words"), USUAL)
def test_a_usual_mistake_is_recognized(ask, answer, typed, words):
    question = {**QUESTION, "symbols": MATRICES, "answer": answer, "slopes": ["1-D"] if "(1-D)/" in answer else []}
    (reply,) = ask("judge", [(question, typed)])
    assert reply["right"] is False and reply["kept"] and words in reply["reply"], reply


def test_equal_values_are_right_however_they_are_written(ask):
    for answer, typed in (
        ("H^T D", "(D^T H)^T"), ("sum(D)", "1^T D"), ("mean(D)", "sum(D)/m"), ("D*(1-D)", "D - D²"),
        ("sum(D)", "m mean(D)"),
    ):  # fmt: skip
        (reply,) = ask("judge", [({**QUESTION, "symbols": MATRICES, "answer": answer}, typed)])
        assert reply == {"right": True, "reply": "yes", "kept": True}, (answer, typed)


def test_points_without_a_value_are_drawn_anew(ask):
    question = {**QUESTION, "symbols": {"x": {}, "k": {"whole": [2, 4]}, "z": {"is": "x*k"}}, "answer": "ln(x)/k"}
    (points,) = ask("points", [(question, "ln(x)/k")])
    values = [p["point"]["values"] for p in points]
    assert len(points) == 12 and all(v["x"]["data"][0] > 0 for v in values)
    assert {v["k"]["data"][0] for v in values} == {2, 3, 4}
    assert all(np.isclose(v["z"]["data"][0], v["x"]["data"][0] * v["k"]["data"][0]) for v in values)


# ---- the questions ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", ALL, ids=IDS)
def test_the_right_formula_is_true(ask, question):
    """Against what nnlib computes, or nudging: tests/quizzes/chNN.py."""
    chapter = importlib.import_module(f"tests.quizzes.ch{question['id'].partition('-')[0]}")
    (points,) = ask("points", [(question, question["answer"])])
    assert len(points) == 12
    for found in points:
        sizes = found["point"]["sizes"]
        assert len(set(sizes.values())) == len(sizes), "sizes that are equal hide a transpose"
        scope = {name: array(value, sizes)[()] for name, value in found["point"]["values"].items()}
        scope |= {name: size for name, size in sizes.items() if name in question["symbols"]}
        true = np.array(eval(question["compute"], {**vars(chapter), "nn": nn, "np": np, **scope}))
        value = np.array(found["value"]["data"]) if "form" in question else array(found["value"], sizes)
        assert true.shape == value.shape and np.allclose(value, true, rtol=1e-6, atol=1e-8), question["id"]


@pytest.mark.parametrize("question", ALL, ids=IDS)
def test_the_right_formula_is_right_and_so_is_what_is_printed(ask, question):
    for typed in (question["answer"], question["shown"], question["answer"].replace("*", " * ").replace("-", "–")):
        assert ask("judge", [(question, typed)]) == [{"right": True, "reply": question["right"], "kept": True}], typed
    assert quiz.key(question).startswith(question["shown"])


@pytest.mark.parametrize(("question", "mistake"), MISTAKES, ids=[f"{q['id']}: {m['formula']}" for q, m in MISTAKES])
def test_every_mistake_has_its_own_reply(ask, question, mistake):
    """So it is not right, and none that is listed before it is the same."""
    (reply,) = ask("judge", [(question, mistake["formula"])])
    assert reply == {"right": False, "reply": mistake["feedback"], "kept": True}


@pytest.mark.parametrize("question", ALL, ids=IDS)
def test_the_usual_mistakes_of_a_question_are_not_just_wrong(ask, question):
    if "form" in question:
        return
    right = question["answer"]
    typed = [f"-({right})", *([f"m*({right})", f"({right})/m"] if "m" in question["symbols"] else [])]
    typed += [f"({right})/({slope})" for slope in question.get("slopes", [])]
    for text, reply in zip(typed, ask("judge", [(question, t) for t in typed]), strict=True):
        assert reply["right"] is False and question["wrong"] not in reply["reply"], text


@pytest.mark.parametrize("question", ALL, ids=IDS)
def test_the_example_can_be_read_and_gives_nothing_away(ask, question):
    (example,) = ask("example", [(question,)])
    (reply,) = ask("judge", [(question, example)])
    said = {question["right"], *(m["feedback"] for m in question["mistakes"])}
    assert reply["right"] is False and reply["reply"] not in said


# ---- on the page -----------------------------------------------------------------------------------------------------


def test_a_formula_has_keys_with_names_and_a_line_for_phones():
    html = quiz.render(ALL[0])
    assert re.search(r'<input [^>]*autocapitalize="off" autocorrect="off" spellcheck="false"', html)
    assert '<button type="button" value="²" aria-label="squared" disabled>' in html
    named = re.findall(r'<button type="button" value="([^"]*)" aria-label="([^"]+)"', html)
    assert [value for value, _ in named][: len(ALL[0]["symbols"])] == list(ALL[0]["symbols"])
    assert len({name for _, name in named}) == len(named)
    told = json.loads(re.search(r'<script type="application/json">(.*?)</script>', html)[1])
    assert "compute" not in told and "shown" not in told and told["answer"] == ALL[0]["answer"]


def test_a_page_with_a_formula_has_its_script_and_another_has_not():
    with_one, without = (lab.quiz(id)._repr_mimebundle_()["text/html"] for id in ("09-f1", "09-q1"))
    assert re.findall(r"<!--nn:(\w+)-->", with_one) == ["quiz", "formula"]
    assert "nnFormula" not in without


def test_the_script_is_light():
    assert len(pages.script("questions/formula").encode()) <= 25 * 1024


FAULTY = [
    ({"symbols": {}}, "a formula needs symbols"), ({"symbols": {"x": {"rank": 2}}}, "a symbol has no field rank"),
    ({"mistakes": [{"formula": "x"}]}, "every mistake needs a formula and a feedback"),
    ({"shown": ""}, "shown missing"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "words"), FAULTY)
def test_a_malformed_question_is_refused(change, words):
    assert formula.KIND.fault(ALL[0]) is None
    assert words in formula.KIND.fault({**ALL[0], **change})

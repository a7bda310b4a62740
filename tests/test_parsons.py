"""Parsons problems, run: every order that "before" allows is right, every other one and every decoy is wrong."""

import importlib
import re

import pytest

from nnlib.lab.questions import parsons
from tests.chapters import NOTEBOOKS, ROOT, questions, text
from tests.parsons import Endless, Problem, main

quiz = importlib.import_module("nnlib.lab.questions.quiz")  # the name quiz itself is the function
FILES = sorted(path.stem for path in (ROOT / "notebooks" / "quiz").glob("*.json"))
PROBLEMS = [q for name in FILES for q in questions(name) if q["kind"] == "parsons"]
IDS = [q["id"] for q in PROBLEMS]
BASE = {
    "id": "04-l1",
    "kind": "parsons",
    "goal": "g",
    "section": "s",
    "question": "?",
    "tags": [],
    "exercise": "04-c1",
    "lines": [
        {"code": "def sigmoid(z):", "indent": 0},
        {"code": "small = np.exp(-np.abs(z))", "indent": 1},
        {"code": "left = small / (1 + small)", "indent": 1},
        {"code": "right = 1 / (1 + small)", "indent": 1},
        {"code": "return np.where(z >= 0, right, left)", "indent": 1},
    ],
    "before": [[1, 2], [1, 3], [2, 4], [3, 4]],
    "decoys": [
        {"code": "small = np.exp(z)", "instead": 1, "feedback": "It overflows."},
        {"code": "return np.where(z < 0, right, left)", "instead": [4], "feedback": "Turned round."},
    ],
    "right": "Yes: so it is.",
    "wrong": "No.",
}


@pytest.mark.book
@pytest.mark.parametrize("question", PROBLEMS, ids=IDS)
def test_what_is_judged_is_what_runs(question):
    assert Problem(question).faults() == []


@pytest.mark.book
@pytest.mark.parametrize("question", PROBLEMS, ids=IDS)
def test_a_problem_is_the_twin_of_an_exercise_of_its_chapter(question):
    number = question["id"][:2]
    if number.isdigit():
        assert question["exercise"].startswith(number)
        path = next(p for p in NOTEBOOKS if p.stem.startswith(number))
        assert f'lab.check("{question["exercise"]}"' in text(path)


# ---- what running finds ----------------------------------------------------------------------------------------------


def changed(**fields):
    return BASE | fields


def lines(*given):
    return [{"code": code, "indent": indent} for indent, code in given]


def test_what_depends_on_what_is_found_by_running():
    assert [list(pair) for pair in Problem(BASE).found()] == BASE["before"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"before": [[1, 2], [1, 3], [2, 4]]}, "before allows"),
        ({"before": [[1, 2], [1, 3], [2, 3], [2, 4], [3, 4]]}, "before: [2, 3] is not needed"),
        ({"before": [[1, 2], [1, 3], [2, 3], [3, 4]]}, "before: [2, 3] is not needed"),
        ({"before": [*BASE["before"], [1, 4]]}, "before: [1, 4] is not needed, the others imply it"),
        ({"before": [*BASE["before"], [0, 4]]}, "before: [0, 4] says nothing"),
        ({"before": [[1, 2], [2, 3], [3, 4]]}, "which is right"),
        ({"lines": BASE["lines"][:-1]}, "the lines as they are listed are not right: open: Not yet"),
        (
            {"decoys": [{"code": "right = 1 - left", "instead": 3, "feedback": "f"}]},
            "decoy “right = 1 - left” is right instead of line 3",
        ),
    ],
)
def test_a_fault_of_a_problem_is_told(fields, says):
    assert any(says in fault for fault in Problem(changed(**fields)).faults()), Problem(changed(**fields)).faults()


BRANCHES = changed(
    lines=lines(
        (0, "def sigmoid(z):"),
        (1, "shape = z.shape"),
        (1, "found = np.empty(shape)"),
        (1, "for place in np.ndindex(shape):"),
        (2, "small = np.exp(-abs(z[place]))"),
        (2, "if z[place] >= 0:"),
        (3, "found[place] = 1 / (1 + small)"),
        (2, "else:"),
        (3, "found[place] = small / (1 + small)"),
        (1, "return found"),
    )
)


def test_a_clause_follows_its_statement_and_blocks_stay_whole():
    problem = Problem(BRANCHES)
    assert problem.found() == [(1, 2), (2, 3), (3, 9), (4, 5)]
    assert problem.pair(6, 8) is None, "two clauses of one statement"
    assert problem.pair(2, 8) == (2, 3)
    assert problem.elsewhere() == [], problem.elsewhere()


def test_a_line_that_runs_in_another_block_too_is_told():
    given = lines(*[(line["indent"], line["code"]) for line in BRANCHES["lines"]])
    given.insert(3, {"code": "one = 1.0", "indent": 1})
    given[7]["code"] = "found[place] = one / (1 + small)"
    assert any("one = 1.0" in note and "indent 2" in note for note in Problem(changed(lines=given)).elsewhere())


def test_a_program_that_does_not_end_is_stopped():
    problem = Problem(
        changed(
            lines=lines(
                (0, "def sigmoid(z):"),
                (1, "k = 0"),
                (1, "while k < 3:"),
                (2, "k = k + 1"),
                (1, "return nn.activations.sigmoid(z)"),
            )
        )
    )
    assert problem.is_right([0, 1, 2, 3, 4]) and problem.rounds < 2000
    assert "Endless" in problem.judge(problem.program([0, 1, 2, 3, 4], {3: "k = k"})) and Endless
    assert problem.judge("1 +").startswith("error: SyntaxError")


def test_a_number_is_judged_by_its_name():
    exercise = {"exercise": "13-c2", "result": "layers", "setup": "limit = np.float32(0)"}
    problem = Problem(
        changed(
            **exercise,
            lines=lines(
                (0, "share = np.float32(1)"),
                (0, "layers = 0"),
                (0, "while share > limit:"),
                (1, "share = share * np.float32(0.25)"),
                (1, "layers = layers + 1"),
            ),
            before=[[0, 2], [1, 2]],
            decoys=[],
        )
    )
    assert [list(pair) for pair in problem.found()] == [[0, 2], [1, 2]]
    assert problem.faults() == []


def test_the_tool_prints_what_it_finds(capsys):
    assert main("06") == 0
    assert "06-l1" in capsys.readouterr().out
    assert main("06", "none") == 0 and capsys.readouterr().out == ""


# ---- its form --------------------------------------------------------------------------------------------------------

TWO = BASE["decoys"]


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"lines": [{"code": "a"}, *BASE["lines"]]}, "line 0 needs a code and an indent"),
        ({"lines": lines((0, "a"), (1, "b"), (0, "c"))}, "line 1 “b” stands at indent 1"),
        ({"lines": lines((1, "a"), (1, "b"), (1, "c"))}, "line 0 “a” stands at indent 1"),
        ({"lines": lines((0, "if a:"), (0, "b"), (0, "c"))}, "line 1 “b” stands at indent 0"),
        ({"lines": lines((0, "a"), (0, "b"))}, "at least three lines are needed"),
        ({"lines": lines((0, "a"), (0, "b"), (0, "if c:"))}, "the last one opens no block"),
        ({"decoys": [TWO[0], {**TWO[1], "feedback": ""}]}, "a feedback of its own"),
        ({"decoys": [TWO[0], {**TWO[1], "instead": [9]}]}, "needs “instead”"),
        ({"decoys": [TWO[0], {"code": "x", "feedback": "f"}]}, "needs “instead”"),
        ({"decoys": [TWO[0], TWO[0]]}, "two lines are the same: small = np.exp(z)"),
        ({"decoys": TWO[:1]}, "1 decoys; two or three are needed"),
        ({"before": [[3, 2]]}, "[3, 2] is no pair"),
        ({"before": [[3, 9]]}, "[3, 9] is no pair"),
        ({"before": [[0, 2]]}, "[0, 2] says nothing, line 2 is in the block of line 0"),
    ],
)
def test_malformed_problems(fields, says):
    assert says in quiz.fault(changed(**fields))
    assert quiz.fault(BASE) is None


def test_the_key_is_the_program():
    program = "def sigmoid(z):\n    small = np.exp(-np.abs(z))\n"
    assert quiz.key(BASE).startswith(program) and quiz.key(BASE).endswith("\nSo it is.")
    long = changed(lines=lines((0, "if a:"), (1, "b = [1,\n     2]"), (0, "c")))
    assert parsons.program(long) == "if a:\n    b = [1,\n         2]\nc"
    assert f"<pre><code>{program}".replace(">", "&gt;").replace("<pre&gt;<code&gt;", "<pre><code>") in quiz.render(BASE)


def test_all_lines_are_shown_shuffled_and_the_same_every_day():
    html = quiz.render(changed(id="04-l2"))
    places = [int(n) for n in re.findall(r'data-i="(\d+)"', html)]
    assert sorted(places) == list(range(7)) != places
    assert html == quiz.render(changed(id="04-l2"))
    assert re.findall(r"<!--nn:(\w+)-->", quiz.kits([BASE])) == ["quiz", "parsons"]

"""The mutation run: what it changes and what it leaves alone, and that it tells what was noticed from what was not."""

import pytest

from tests import mutants

CODE = '''\
"""A text."""
import os

__all__ = ["a_name"]
WORK = 0.5  # seconds between two looks
# Ablation: wide. More is slower.
WIDE = 8


@cached(1)
def f(a: int = 3, *, b=True) -> "int":
    """Another."""
    assert a > 0
    if a < 2 and not b:
        raise ValueError(f"{a + 1}: no")
    a.x = "["
    a += 1
    for i in list(b):
        if i:
            continue
        g(i, key="left out")
    return -h(a)


def only_compiled():  # pragma: no cover
    return 1
'''


def changes(text):
    return [mutant.told for mutant in mutants.Mutator("a.py", text).found]


def test_what_is_changed():
    found = changes(CODE)
    for wanted in (
        *("`3` -> `(4)`", "`3` -> `(2)`", "`True` -> `(False)`"),
        *("`a < 2` -> `(a <= 2)`", "`a < 2` -> `(a >= 2)`", "`not b` -> `(b)`"),
        *("`a < 2 and not b` -> `(a < 2 or not b)`", "`a < 2 and not b` -> `(not (a < 2 and (not b)))`"),
        *("`f\"{a + 1}: no\"` -> `(f'{a - 1}: no')`", "`f\"{a + 1}: no\"` -> `(f'{a + 2}: no')`"),
        *('`raise ValueError(f"{a + 1}: no")` -> `pass`', "`continue` -> `pass`", "`a += 1` -> `a -= 1`"),
        *("`\"[\"` -> `('(')`", '`a.x = "["` -> `pass`', "`a += 1` -> `pass`", "`i` -> `(not i)`"),
        *('`g(i, key="left out")` -> `pass`', '`g(i, key="left out")` -> `(g(i))`'),
        *("`return -h(a)` -> `return None`", "`-h(a)` -> `(h(a))`", "`h(a)` -> `(a)`"),
    ):
        assert wanted in found, wanted
    for left_out in (
        "A text",
        "a_name",
        "0.5",
        "8",
        "cached",
        "int",
        "assert",
        "a > 0",
        "list",
        "'left out",
        "return 1",
    ):
        assert not any(told.startswith(f"`{left_out}") for told in found), left_out


def test_a_mutant_stands_in_place_of_what_it_changes():
    text = "δ = 'θ', (1 +\n  2)  # both\nx = 3\n"
    mutant = next(m for m in mutants.Mutator("a.py", text).found if m.kind == "arithmetic")
    assert mutants.applied(text, mutant) == "δ = 'θ', ((1 - 2\n))  # both\nx = 3\n"
    assert mutants.applied(text, mutant._replace(new="(1 + 2)")) is None, "that means the same"
    assert mutants.applied(text, mutant._replace(new=")")) is None, "that means nothing"


def test_a_sample_repeats(tmp_path):
    (tmp_path / "a.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "b.py").write_text("x = 1 + y\n", encoding="utf-8")
    one, same, other = (mutants.sample(tmp_path, ["a.py", "b.py"], 8, seed) for seed in (1, 1, 2))
    assert one == same != other and len(one) == 8
    every = mutants.sample(tmp_path, ["a.py", "b.py"], 1000, 1)
    assert {mutant.file for mutant in every} == {"a.py", "b.py"}
    assert len({(mutant.file, mutant.begin, mutant.end) for mutant in every}) == len(every), "one of each place"


ROOM = """\
def larger(a, b):
    return a if a > b else b  # that a >= b makes no difference, no test can tell


def count(n):
    while n != 0:
        n += -1
    return "done"


def alone(a):
    return not a
"""
TESTS = """\
from room import count, larger


def test_larger():
    assert larger(1, 2) == larger(2, 1) == 2


def test_count():
    assert count(1) == "done"


def test_other():
    pass
"""


def part(**more):
    fields = dict(
        name="a room", files=("*.py",), count=99, least=50, tests={"*": ("{stem}",)}, select=(), environment={}
    )
    return mutants.Part(**fields | more)


def tree(folder, tests=TESTS):
    (folder / "tests").mkdir(parents=True)
    (folder / "room.py").write_text(ROOM, encoding="utf-8")
    (folder / "tests/test_room.py").write_text(tests, encoding="utf-8")
    return folder


@pytest.mark.once
def test_a_tiny_room(tmp_path, monkeypatch):
    monkeypatch.setattr(mutants, "PATIENCE", 3)
    wanted = {
        "`a > b` -> `(a >= b)`": "survived",
        "`a > b` -> `(a <= b)`": "killed",
        "`n += -1` -> `pass`": "by the clock",
        "`return not a` -> `return None`": "not entered",
    }
    every = [m for m in mutants.Mutator("room.py", ROOM).found if m.told in wanted]
    monkeypatch.setattr(mutants, "sample", lambda root, files, count, seed: every)
    said = []
    root = tree(tmp_path / "root")
    verdicts = mutants.survey(root, part(), 99, 1, say=said.append)
    assert {v.mutant.told: v.said for v in verdicts} == wanted
    assert len(said) == 2 and mutants.share(verdicts) == 50
    assert "room.py" in mutants.table(verdicts) and mutants.table(verdicts).splitlines()[-1].split() == [
        *"all 4 1 1 1 1".split()
    ]
    assert (root / "room.py").read_text(encoding="utf-8") == ROOM, "a mutant is never made in the tree itself"


@pytest.mark.once
def test_tests_that_fail_without_a_mutant_end_it(tmp_path):
    root = tree(tmp_path / "root", TESTS + "\n\ndef test_red():\n    assert not 'green'\n")
    with pytest.raises(SystemExit, match="(?s)without a mutant the tests fail.*test_red"):
        mutants.survey(root, part(), 1, 1)


def test_the_fastest_tests_come_first_and_the_slowest_not_at_all():
    mutant = mutants.Mutant("a.py", 3, "", 0, 0, "", "")
    seconds = {"t.py::a": 3.0, "t.py::b": 1.0, "t.py::c": 90.0, "t.py::d": 0.1, "u.py::e": 0.1}
    entered = {"a.py": {3: ["t.py::a", "t.py::b", "t.py::c", "u.py::e"], 4: [""], 5: []}}
    assert mutants.chosen(mutant, ["t.py"], entered, seconds)[0] == ["t.py::b", "t.py::a"]
    assert mutants.chosen(mutant._replace(line=4), ["t.py"], entered, seconds)[0] == ["t.py::d", "t.py::b", "t.py::a"]
    assert mutants.chosen(mutant._replace(line=9), ["t.py"], entered, seconds)[0] == []


def test_every_room_has_tests():
    for p in mutants.PARTS:
        files = {f.relative_to(mutants.ROOT).as_posix() for pattern in p.files for f in mutants.ROOT.glob(pattern)}
        bare = [f for f in files if mutants.Mutator(f, (mutants.ROOT / f).read_text(encoding="utf-8")).found]
        assert len(files) > 10 and all(mutants.tests_of(f, p, mutants.ROOT) for f in bare)

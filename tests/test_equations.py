"""Every labeled equation of the book has a check, every check an equation, every tag in nnlib a label."""

import importlib.util
import re

import pytest

from nnlib.lab import notebook as nb
from tests import equations
from tests.chapters import NOTEBOOKS, ROOT, cells

CHECKS = equations.load()


def labels():
    return [label for path in NOTEBOOKS for label, _ in nb.equations(cells(path)) if label]


@pytest.mark.slow
@pytest.mark.parametrize(("label", "check"), equations.equation.cases())
def test_printed_formula(label, check):
    check()


@pytest.mark.book
def test_every_label_once():
    found = labels()
    assert sorted(found) == sorted(set(found))


@pytest.mark.book
def test_every_label_has_a_check_and_every_check_a_label():
    assert set(labels()) == set(CHECKS)


@pytest.mark.book
def test_every_tag_in_nnlib_is_a_label_and_stands_once():
    tags = [
        tag
        for path in sorted((ROOT / "nnlib").glob("*.py"))
        for line in path.read_text(encoding="utf-8").split("\n")
        for tag in re.findall(r"\((eq-[a-z0-9-]+)\)", line.partition("#")[2])
    ]
    assert len(tags) >= 12
    assert sorted(tags) == sorted(set(tags))
    assert set(tags) <= set(labels())


@pytest.mark.book
def test_the_page_links_labels_to_lines_that_carry_them():
    spec = importlib.util.spec_from_file_location("course", ROOT / "book/_ext/course.py")
    course = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(course)
    code, checks = course.places()
    assert set(checks) == set(CHECKS)
    for label, (file, line) in code.items():
        assert label in (ROOT / file).read_text(encoding="utf-8").split("\n")[line - 1]

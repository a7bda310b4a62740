"""Every labeled equation of the book has a check that restates what is printed, every tag in nnlib is a label."""

import inspect
import re
from types import SimpleNamespace

import pytest

import reading
from course import places, rooms
from tests import equations
from tests.chapters import NAMES, NOTEBOOKS, ROOT, cells

CHECKS = equations.load()


def labels():
    return [label for path in NOTEBOOKS for label, _ in reading.equations(cells(path)) if label]


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


# ---- a formula and its check --------------------------------------------------------------------------------------

TOKEN = re.compile(r"\\text\{[^{}]*\}|\\[A-Za-z]+|\\.|\S", re.S)
DISAGREEMENT = """\
({label}) is printed as
    {printed}
and {checks} restates in its docstring
    {restated}
Look whether the check still tests what is printed; if it does, or does again, take the printed text over.
"""


def tokens(latex):
    r"""LaTeX without the white space between its tokens, which sets nothing; that inside \text{…} stays."""
    return TOKEN.findall(latex)


def disagreements(notebook):
    """Label → what is to be done, for each labeled formula that is not printed as one check's docstring restates it."""
    found = {}
    for label, printed in reading.equations(notebook):
        checks = CHECKS.get(label, [])
        restated = [check.__doc__ for check in checks if check.__doc__]
        if label and [tokens(text) for text in restated] != [tokens(printed)]:
            found[label] = DISAGREEMENT.format(
                label=label,
                printed=printed,
                checks=" or ".join(f"{check.__module__}.{check.__name__}" for check in checks) or "no check",
                restated="\nand\n".join(map(inspect.cleandoc, restated)) or "nothing",
            )
    return found


@pytest.mark.book
@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_every_formula_is_printed_as_its_check_restates_it(path):
    found = disagreements(cells(path))
    assert not found, "\n".join(found.values())


def end_of_script(latex, start):
    """Where the token, or the group in braces, that begins at `start` ends."""
    depth = 0
    for token in TOKEN.finditer(latex, start):
        depth += {"{": 1, "}": -1}.get(token[0], 0)
        if depth == 0:
            return token.end()


def mutants(latex):
    """The formula without each token, each exponent (⊤ is one) and each index in turn, and with each sign turned."""
    spans = [(m.span(), "") for m in re.finditer(r"\\[A-Za-z]+|\S", latex)]
    spans += [((m.start(), end_of_script(latex, m.end())), "") for m in re.finditer(r"[_^]", latex)]
    spans += [(m.span(), "") for m in re.finditer(r"(?<=[\w}])\[[^][]*\]", latex)]  # W[i, j]
    spans += [(m.span(), "+" if m[0] == "-" else "-") for m in re.finditer(r"[-+]", latex)]
    return [latex[:start] + put + latex[end:] for (start, end), put in spans]


def test_mutants():
    assert mutants(r"-W_{l}^\top") == [
        r"W_{l}^\top",
        r"-_{l}^\top",
        r"-W{l}^\top",
        r"-W_l}^\top",
        r"-W_{}^\top",
        r"-W_{l^\top",
        r"-W_{l}\top",
        r"-W_{l}^",
        r"-W^\top",
        r"-W_{l}",
        r"+W_{l}^\top",
    ]
    # An index in an index, one that is a word, one in brackets.
    assert mutants(r"h_{z_{k}}n_\text{in}W_l[i, j]\\[4pt]")[-5:] == [
        r"hn_\text{in}W_l[i, j]\\[4pt]",
        r"h_{z}n_\text{in}W_l[i, j]\\[4pt]",
        r"h_{z_{k}}nW_l[i, j]\\[4pt]",
        r"h_{z_{k}}n_\text{in}W[i, j]\\[4pt]",
        r"h_{z_{k}}n_\text{in}W_l\\[4pt]",
    ]


@pytest.mark.book
@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_no_transpose_sign_or_index_is_lost_unseen(path):
    """Each mutant of each formula, put into its cell as an edit would put it, is found."""
    for cell in cells(path).cells:
        for label, printed in reading.equations(SimpleNamespace(cells=[cell])):
            for mutant in mutants(printed) if label else ():
                edited = SimpleNamespace(cell_type="markdown", source=cell.source.replace(printed, mutant))
                assert label in disagreements(SimpleNamespace(cells=[edited])), mutant


# ---- tags and links -----------------------------------------------------------------------------------------------


@pytest.mark.book
def test_every_tag_in_nnlib_is_a_label_and_stands_once():
    tags = [
        tag
        for path in rooms()
        for line in path.read_text(encoding="utf-8").split("\n")
        for tag in re.findall(r"\((eq-[a-z0-9-]+)\)", line.partition("#")[2])
    ]
    assert len(tags) >= 12
    assert sorted(tags) == sorted(set(tags))
    assert set(tags) <= set(labels())


@pytest.mark.book
def test_the_page_links_labels_to_lines_that_carry_them():
    code, checks = places()
    assert set(checks) == set(CHECKS)
    for label, (file, line) in code.items():
        assert label in (ROOT / file).read_text(encoding="utf-8").split("\n")[line - 1]

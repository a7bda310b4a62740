"""Tests that deal questions: no chapter label, no two neighbors from one place, and a link to reread for every miss.

The questions of a test lie in ``notebooks/quiz/<name>.json``. They have the form of all questions and two fields more:
``slot``, the number of the skill that is asked for, and ``link``, the section to reread. A slot holds one question for
each form, its twins; how many slots and how many forms there are is for the file to say.
"""

from __future__ import annotations

import html
import random
import re
from collections.abc import Sequence

from .. import page
from ..picture import is_static
from ..terminal import Printable
from .kinds import Question
from .quiz import files, kits, looked, plain, read, render
from .quiz import names as _names

LINK = re.compile(r"(\.\./notebooks/(\d\d)_\w+)\.ipynb#([\w-]+)")


def names() -> list[str]:
    """The tests there are."""
    return [name for name in _names() if not name.isdigit()]


def slots(name: str) -> dict[int, list[Question]]:
    """The questions of a test: slot → its twins, in the order of the file.

    Raises
    ------
    ValueError
        If there is no such test, or its file does not hold the same number of twins for every slot.
    """
    if name not in names():
        raise ValueError(f"name: there is no test {name!r}; there are {', '.join(names())} ({looked()})")
    found: dict[int, list[Question]] = {}
    for question in read(files(name)[0]).values():
        wrong = _fault(question, name)
        if wrong:
            raise ValueError(f"{name}.json, question {question['id']}: {wrong}")
        found.setdefault(question["slot"], []).append(question)
    counts = {slot: len(twins) for slot, twins in found.items()}
    if len(set(counts.values())) != 1:
        raise ValueError(f"{name}.json: every slot needs the same number of twins; found {counts}")
    return found


def _fault(question, name):
    """What keeps a question from being one of a test; None if nothing does."""
    missing = {"slot", "link"} - question.keys()
    if missing:
        return f"{', '.join(sorted(missing))} missing"
    if not question["id"].startswith(f"{name}-"):
        return f"its id must begin with {name}-"
    if question["kind"] == "predict":
        return "a prediction has no place in a test"
    if not LINK.fullmatch(question["link"]):
        return f"link {question['link']!r} is not of the form ../notebooks/NN_name.ipynb#section-heading"
    return None


def places(questions: Sequence[Question]) -> list[str]:
    """Where each question comes from: its chapter, or its section if all are from one chapter."""
    chapters = [found[2] for q in questions if (found := LINK.fullmatch(q["link"]))]
    return chapters if len(set(chapters)) > 1 else [q["link"] for q in questions]


def deal(name: str, form: int = 1) -> list[Question]:
    """The questions of one form, in the order in which they are asked: the same everywhere, every day.

    Parameters
    ----------
    name : str
        The test, such as ``"part1"``.
    form : int
        Which of its forms, from 1.

    Raises
    ------
    TypeError, ValueError
        If there is no such test or no such form, or no order keeps questions from one chapter apart.
    """
    found = slots(name)
    forms = len(next(iter(found.values())))
    if isinstance(form, bool) or not isinstance(form, int):
        raise TypeError(f"form: a whole number is needed, {type(form).__name__} came")
    if not 1 <= form <= forms:
        known = "only form 1" if forms == 1 else f"forms 1 to {forms}"
        raise ValueError(f"form: the test {name!r} has {known}, {form} came")
    twins, order = random.Random(name), random.Random(f"{name} {form}")
    dealt = [twins.sample(slot, forms)[form - 1] for slot in found.values()]
    for _ in range(20_000):
        order.shuffle(dealt)
        where = places(dealt)
        if all(a != b for a, b in zip(where, where[1:], strict=False)):
            return dealt
    raise ValueError(f"{name}.json: no order was found in which neighbors come from different places: {where}")


def address(link: str, title: str = "") -> str:
    """Where a link leads from here: a page of the built book, or a notebook in JupyterLab."""
    file, _, anchor = link.partition("#")
    if is_static():
        from docutils.nodes import make_id  # what Sphinx gives a heading; whoever builds the book has it

        file = re.sub(r"\.(ipynb|md)$", ".html", file)
        anchor = anchor and (make_id(title) or anchor)
    return file + (f"#{anchor}" if anchor else "")


def _anchor(question):
    chapter = LINK.fullmatch(question["link"])[2]
    url = html.escape(address(question["link"], question["section"]))
    return f'<a href="{url}">{html.escape(question["section"])} (chapter {int(chapter)})</a>'


def _linked(text):
    """A text with links as in Markdown, as HTML."""
    return re.sub(r"\[([^]]+)\]\(([^)]+)\)", lambda m: f'<a href="{address(m[2])}">{m[1]}</a>', html.escape(text))


class exam(Printable):
    """Show a test: questions from several chapters, each answered with a reply, and a score at the end.

    Parameters
    ----------
    name : str
        The test, such as ``"part1"``; its questions lie in ``notebooks/quiz/part1.json``.
    form : int
        Which of its forms. Two forms ask for the same skills and share no question.
    clear : str
        What the result says when no question was missed; links are written as in Markdown.

    Raises
    ------
    TypeError, ValueError
        If there is no such test or no such form.
    """

    def __init__(self, name: str, form: int = 1, *, clear: str = "Nothing to reread.") -> None:
        self.questions = deal(name, form)
        self.name, self.form, self.clear = name, form, clear

    def __repr__(self):
        return "\n\n".join(f"{n}. {plain(q)}" for n, q in enumerate(self.questions, 1))

    def _repr_mimebundle_(self, include=None, exclude=None):
        count, sections = len(self.questions), {}
        for question in sorted(self.questions, key=lambda q: (LINK.fullmatch(q["link"])[2], q["slot"])):
            sections.setdefault(_anchor(question), []).append(question["id"])
        asked = "".join(render(q, f"Question {n} of {count} · ", _anchor(q)) for n, q in enumerate(self.questions, 1))
        misses = "".join(f'<li data-of="{html.escape(" ".join(ids))}" hidden>{a}</li>' for a, ids in sections.items())
        return {
            "text/plain": repr(self),
            "text/html": f"{kits(self.questions)}{page.kit('questions/exam', 'nnExam')}"
            f'<div class="nn-exam" id="t-{html.escape(self.name)}-form{self.form}" role="group" '
            f'data-lm-suppress-shortcuts="true" '
            f'aria-label="Test of {count} questions, form {self.form}">{asked}'
            f'<div class="nn-result"><p class="nn-count">{count} questions</p>'
            f'<button type="button" data-show disabled>Show my result</button>'
            f'<p class="nn-score" role="status"></p><p class="nn-clear" hidden>{_linked(self.clear)}</p>'
            f'<ul class="nn-misses" aria-label="Sections to read">{misses}</ul>'
            f'<button type="button" data-again disabled>Start again</button></div>'
            f"{page.live('nnExam')}</div>",
        }

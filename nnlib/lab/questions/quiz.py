"""Questions that answer back: with no kernel, from the keyboard, in JupyterLab, and on paper.

The questions of a chapter lie in ``notebooks/quiz/NN.json``; their ids begin with the chapter's number. Every wrong
answer in them is a mistake people make, and every one has its own reply. An installed nnlib carries these files along,
so that a notebook finds its questions wherever it lies.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from .. import page
from ..symbols import html_of
from ..terminal import Printable
from . import formula, parsons
from .kinds import EVERY, SAID, Question, shuffled
from .kinds import KINDS as _KINDS

_HERE = Path(__file__).parent
_FORMS = ("questions/quiz", "nnQuiz")  # the form that every kind has
KINDS = {**_KINDS, "formula": formula.KIND, "parsons": parsons.KIND}


def folders() -> list[Path]:
    """Where questions are looked for: beside the notebook first, so that an edit shows, then among nnlib's own.

    Its own lie in the installed package (pyproject.toml puts them there), or beside the chapters of a checkout.
    """
    own = _HERE / "banks"
    if not own.is_dir():
        own = _HERE.parents[2] / "notebooks" / "quiz"
    return list(dict.fromkeys([(Path.cwd() / "quiz").resolve(), own.resolve()]))


def files(name: str) -> list[Path]:
    """The files of that name that there are, the one that wins first."""
    return [path for folder in folders() if (path := folder / f"{name}.json").is_file()]


def names() -> list[str]:
    """What has questions: the chapters, by number, and the tests that mix them."""
    return sorted({path.stem for folder in folders() for path in folder.glob("*.json")})


def looked() -> str:
    """Where was looked in vain, as the end of a message."""
    return f"looked in {' and in '.join(map(str, folders()))}"


def fault(question: Question) -> str | None:
    """What is wrong with a question's form, in one sentence; None if nothing is."""
    kind = question.get("kind")
    if kind not in KINDS:
        return f"kind {kind!r} is none of {', '.join(KINDS)}"
    missing = (EVERY | KINDS[kind].fields) - question.keys()
    return f"{', '.join(sorted(missing))} missing" if missing else KINDS[kind].fault(question)


@cache
def _read(path, stamp):
    questions = json.loads(Path(path).read_text(encoding="utf-8"))
    for question in questions:
        wrong = fault(question)
        if wrong:
            raise ValueError(f"{Path(path).name}, question {question.get('id')}: {wrong}")
    return {question["id"]: question for question in questions}


def chapter(number: str) -> dict[str, Question]:
    """All questions of one chapter, by id: those beside the notebook, and nnlib's own where these are silent.

    Parameters
    ----------
    number : str
        Two digits, such as ``"04"``.

    Raises
    ------
    ValueError
        If there is no such chapter, or one of its questions is malformed.
    """
    found = files(number)
    if not found:
        known = ", ".join(name for name in names() if name.isdigit()) or "none"
        raise ValueError(f"there are no questions for chapter {number!r}; there are some for {known} ({looked()})")
    return {id: question for path in reversed(found) for id, question in read(path).items()}


def read(path: Path) -> dict[str, Question]:
    """The questions of one file, by id; a ValueError names the one that is malformed."""
    return _read(str(path), path.stat().st_mtime_ns)


def find(id: str, *kinds: str) -> Question:
    """One question by its id, of one of the kinds given."""
    if not isinstance(id, str):
        raise TypeError(f"id: a text such as '04-q1' is needed, {type(id).__name__} came")
    questions = chapter(id.split("-")[0])
    if id not in questions:
        raise ValueError(f"no question {id!r}; this chapter has {', '.join(questions)} ({looked()})")
    question = questions[id]
    if kinds and question["kind"] not in kinds:
        raise ValueError(f"question {id!r} is of kind {question['kind']!r}, {' or '.join(kinds)} is needed")
    return question


def key(question: Question) -> str:
    """The right answer and the reason, as text: what print and a page without JavaScript show, folded."""
    return KINDS[question["kind"]].key(question)


def told(question: Question) -> Question:
    """What the page's script is told of a question: no more than it needs, with all symbols set."""
    kind = KINDS[question["kind"]]

    def set_in(value, name):
        if isinstance(value, dict):
            return {field: set_in(inner, field) for field, inner in value.items()}
        if isinstance(value, list):
            return [set_in(inner, name) for inner in value]
        return html_of(value) if name in SAID else value

    known = {"id", "kind"} | kind.fields | kind.more
    return {field: set_in(value, field) for field, value in question.items() if field in known}


def render(question: Question, place: str = "", link: str = "") -> str:
    """One question as a form that needs nothing but a browser and, before it, the `kit`.

    ``place`` is said before the kind of the question. ``link``, an element ``a``, joins the reply to a wrong answer; it
    is in the page from the start, as JupyterLab resolves only the links it finds there.
    """
    kind, id = KINDS[question["kind"]], html.escape(question["id"])
    more = f'<span class="nn-reread" hidden>Explained in: {link}</span>' if link else ""
    also = f"<p>Explained in: {link}</p>" if link else ""
    code = f"<pre><code>{html.escape(question['code'])}</code></pre>" if question.get("code") else ""
    answer = kind.answer(question) if kind.answer else f"<p>{html_of(key(question))}</p>"
    skip = '<button type="button" data-skip disabled>Just show me</button>' if question["kind"] == "predict" else ""
    return (
        f'<div class="nn-quiz nn-{question["kind"]}" id="q-{id}" data-lm-suppress-shortcuts="true">'
        f'<form><p class="k">{place}{kind.title}</p><fieldset><legend>{html_of(question["question"])}</legend>{code}'
        f'{kind.body(question)}<button type="submit" disabled>{kind.button}</button>{skip}</fieldset>'
        f'<output aria-live="off"></output>{more}</form>'
        f'<details class="nn-key"><summary>Answer</summary>{answer}{also}</details>'
        f"{page.data(told(question))}{page.live(kind.call)}</div>"
    )


def kits(questions: Iterable[Question]) -> str:
    """What questions share on a page: the scripts and styles of their kinds, each once."""
    kinds = (KINDS[question["kind"]] for question in questions)
    needed = dict.fromkeys([_FORMS, *((kind.kit, kind.call) for kind in kinds)])
    return "".join(page.kit(*each) for each in needed)


def plain(question: Question) -> str:
    """A question for a terminal: no answer in it."""
    lines = [question["question"]]
    lines += [f"  ○ {c['text']}" for _, c in shuffled(question, question.get("choices", []))]
    return "\n".join(lines)


class _Form(Printable):
    """Questions as a notebook shows them."""

    def __init__(self, questions):
        self.questions = questions

    def __repr__(self):
        return "\n\n".join(plain(q) for q in self.questions)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {
            "text/plain": repr(self),
            "text/html": kits(self.questions) + "".join(render(q) for q in self.questions),
        }


def predict(id: str) -> Printable:
    """Ask before anything unfolds: what follows on the page appears when the reader has chosen.

    Parameters
    ----------
    id : str
        A question of kind ``predict`` in the chapter's file, such as ``"04-p1"``.
    """
    return _Form([find(id, "predict")])


def quiz(*ids: str) -> Printable:
    """Show questions; every answer, right or wrong, gets a reply of its own.

    Parameters
    ----------
    *ids : str
        Ids of the chapter's file, such as ``"04-q1"``.
    """
    if not ids:
        raise ValueError("quiz needs at least one id, such as '04-q1'")
    return _Form([find(id, *(k for k in KINDS if k != "predict")) for id in ids])

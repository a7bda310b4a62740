"""Questions that answer back: with no kernel, from the keyboard, in JupyterLab, and on paper.

The questions of a chapter lie in ``notebooks/quiz/NN.json``; their ids begin with the chapter's number. Every wrong
answer in them is a mistake people make, and every one has its own reply. An installed nnlib carries these files along,
so that a notebook finds its questions wherever it lies.
"""

from __future__ import annotations

import html
import json
import random
from functools import cache
from pathlib import Path
from typing import Any

from .. import page
from ..terminal import Printable

Question = dict[str, Any]  # as in its file: the fields that KINDS and EVERY name
KINDS = {
    "predict": {"choices"},
    "choice": {"choices"},
    "many": {"choices"},
    "number": {"answer", "tolerance", "right", "wrong"},
    "interval": {"low", "high", "low_closed", "high_closed", "right", "wrong"},
    "order": {"items", "right", "wrong"},
}
EVERY = {"id", "goal", "kind", "question", "tags", "section"}
_HERE = Path(__file__).parent


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
    missing = (EVERY | KINDS[kind]) - question.keys()
    if missing:
        return f"{', '.join(sorted(missing))} missing"
    choices = question.get("choices", [])
    right = [c for c in choices if c.get("correct")]
    if any(not c.get("text") or not c.get("feedback") for c in choices):
        return "every choice needs a text and a feedback of its own"
    if kind in ("predict", "choice") and (len(right) != 1 or len(choices) < 3):
        return f"{len(choices)} choices with {len(right)} correct; at least 3 with exactly 1 are needed"
    if kind == "many" and not right:
        return "no choice is correct"
    if kind == "number" and not question["tolerance"] >= 0:
        return f"tolerance {question['tolerance']} is not a number ≥ 0"
    return None


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


def _shuffled(question, entries):
    """The entries with their numbers, in an order that is the same on every machine and every day."""
    order = list(enumerate(entries))
    random.Random(question["id"]).shuffle(order)
    if question["kind"] == "order" and [i for i, _ in order] == list(range(len(order))):
        order.reverse()
    return order


def _body(question):
    """The controls of a question."""
    kind, id = question["kind"], html.escape(question["id"])
    if "choices" in question:
        box = "checkbox" if kind == "many" else "radio"
        return "".join(
            f'<label><input type="{box}" name="{id}" value="{i}" disabled><span>{html.escape(c["text"])}</span></label>'
            for i, c in _shuffled(question, question["choices"])
        )
    if kind == "number":
        unit = html.escape(question.get("unit", ""))
        return (
            f'<label class="n">Your number <input type="text" inputmode="text" name="{id}" autocomplete="off" '
            f"disabled> {unit}</label>"
        )
    if kind == "interval":
        ends = {
            "lower": '<option value="[">from, included [</option><option value="(">from, excluded (</option>',
            "upper": '<option value="]">to, included ]</option><option value=")">to, excluded )</option>',
        }
        return "".join(
            f'<div class="o n"><select aria-label="is the {end} end included?" disabled>{options}</select>'
            f'<input type="text" aria-label="{end} end" autocomplete="off" disabled></div>'
            for end, options in ends.items()
        )
    rows = "".join(_row(i, item) for i, item in _shuffled(question, question["items"]))
    return f'<ol class="items" role="list">{rows}</ol>'


def _row(i, item):
    """An item of an order question; its buttons say what they move."""
    item = html.escape(item)
    buttons = "".join(
        f'<button type="button" value="{step}" aria-label="move ‘{item}’ {word}" disabled>{sign}</button>'
        for step, word, sign in ((-1, "up", "↑"), (1, "down", "↓"))
    )
    return f'<li class="o" data-i="{i}"><b></b><span>{item}</span>{buttons}</li>'


def _ended(text):
    """A text that ends like a sentence, whatever it is."""
    return text if text[-1] in ".!?" else text + "."


def key(question: Question) -> str:
    """The right answer and the reason, as text: what print and a page without JavaScript show, folded."""
    kind = question["kind"]
    if "choices" in question:
        return "\n".join(f"{_ended(c['text'])} {c['feedback']}" for c in question["choices"] if c.get("correct"))
    if kind == "number":
        return f"{question['answer']:.12g} {question.get('unit', '')}. {question['right']}"
    if kind == "interval":
        left, right = "[" if question["low_closed"] else "(", "]" if question["high_closed"] else ")"
        return f"{left}{question['low']:g}, {question['high']:g}{right}. {question['right']}"
    return " → ".join(question["items"]) + f". {question['right']}"


_WORDS = {
    "predict": ("Predict, before you read on", "Commit"),
    "choice": ("One is right", "Check"),
    "many": ("Choose all that are right", "Check"),
    "number": ("A number", "Check"),
    "interval": ("An interval", "Check"),
    "order": ("Put in order", "Check"),
}


def render(question: Question, place: str = "", link: str = "") -> str:
    """One question as a form that needs nothing but a browser and, before it, the `kit`.

    ``place`` is said before the kind of the question. ``link``, an element ``a``, joins the reply to a wrong answer; it
    is in the page from the start, as JupyterLab resolves only the links it finds there.
    """
    kind, id = question["kind"], html.escape(question["id"])
    title, button = _WORDS[kind]
    more = f'<span class="nn-reread" hidden>Explained in: {link}</span>' if link else ""
    also = f"<p>Explained in: {link}</p>" if link else ""
    code = f"<pre><code>{html.escape(question['code'])}</code></pre>" if question.get("code") else ""
    skip = '<button type="button" data-skip disabled>Just show me</button>' if kind == "predict" else ""
    return (
        f'<div class="nn-quiz nn-{kind}" id="q-{id}" data-lm-suppress-shortcuts="true">'
        f'<form><p class="k">{place}{title}</p><fieldset><legend>{html.escape(question["question"])}</legend>{code}'
        f'{_body(question)}<button type="submit" disabled>{button}</button>{skip}</fieldset>'
        f'<output aria-live="off"></output>{more}</form>'
        f'<details class="nn-key"><summary>Answer</summary><p>{html.escape(key(question))}</p>{also}</details>'
        f"{page.data(question)}{page.live('nnQuiz')}</div>"
    )


def kit() -> str:
    """What questions share on a page."""
    return page.kit("questions/quiz", "nnQuiz")


def _plain(question):
    """A question for a terminal: no answer in it."""
    lines = [question["question"]]
    lines += [f"  ○ {c['text']}" for _, c in _shuffled(question, question.get("choices", []))]
    return "\n".join(lines)


class _Form(Printable):
    """Questions as a notebook shows them."""

    def __init__(self, questions):
        self.questions = questions

    def __repr__(self):
        return "\n\n".join(_plain(q) for q in self.questions)

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": repr(self), "text/html": kit() + "".join(render(q) for q in self.questions)}


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

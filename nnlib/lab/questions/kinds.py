"""The kinds of questions: what each needs in its file, its controls as HTML, its answer for print, and its faults.

What is said stands in a file as people type it, w₁ and n_in and e^(−2); on a page its symbols are set as mathematics.
"""

from __future__ import annotations

import html
import random
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..symbols import html_of

Question = dict[str, Any]  # as in its file: the fields that its kind and EVERY name
EVERY = {"id", "goal", "kind", "question", "tags", "section"}
SAID = {"text", "feedback", "right", "wrong", "items"}  # the fields whose texts the page shows when it answers


class Kind(NamedTuple):
    """What makes the questions of one kind.

    ``fields`` are those that a question needs beside EVERY, ``more`` those that it may have: the page's script is told
    these, and nothing else of a file. ``body`` gives the controls as HTML, ``key`` the right answer as text, ``fault``
    what is wrong with a question that has all its fields, or None. ``call`` is the function of the script ``kit`` that
    makes a question live. ``answer`` is the key as HTML, where it is more than sentences.
    """

    title: str
    button: str
    fields: frozenset[str]
    body: Callable[[Question], str]
    key: Callable[[Question], str]
    fault: Callable[[Question], str | None] = lambda question: None
    more: frozenset[str] = frozenset()
    call: str = "nnQuiz"
    kit: str = "questions/quiz"
    answer: Callable[[Question], str] | None = None


def shuffled(question: Question, entries: Sequence[Any]) -> list[tuple[int, Any]]:
    """The entries with their numbers, in an order that is the same on every machine and every day."""
    order = list(enumerate(entries))
    random.Random(question["id"]).shuffle(order)
    if question["kind"] == "order" and [i for i, _ in order] == list(range(len(order))):
        order.reverse()
    return order


def reason(feedback: str) -> str:
    """The reply to a right answer as a sentence for who did not give it: without its "Yes:" or "Right."."""
    said = re.sub(r"^(?:Yes|Right)[,:.] (?=\S)", "", feedback)
    word = re.match(r"[a-z]+(?=[ ,’'-])", said)
    return said[0].upper() + said[1:] if said != feedback and word and len(word[0]) > 1 else said


# ---- choices ---------------------------------------------------------------------------------------------------------


def _choices(question):
    box = "checkbox" if question["kind"] == "many" else "radio"
    return "".join(
        f'<label><input type="{box}" name="{html.escape(question["id"])}" value="{i}" disabled>'
        f"<span>{html_of(choice['text'])}</span></label>"
        for i, choice in shuffled(question, question["choices"])
    )


def _chosen(question):
    """The right choices, each with its reason, a line each."""
    right = [choice for choice in question["choices"] if choice.get("correct")]
    return "\n".join(f"{_ended(choice['text'])} {reason(choice['feedback'])}" for choice in right)


def _ended(text):
    """A text that ends like a sentence, whatever it is."""
    return text if text[-1] in ".!?" else text + "."


def _fault_of_choices(question):
    choices = question["choices"]
    right = sum(bool(choice.get("correct")) for choice in choices)
    if any(not choice.get("text") or not choice.get("feedback") for choice in choices):
        return "every choice needs a text and a feedback of its own"
    if question["kind"] != "many" and (right != 1 or len(choices) < 3):
        return f"{len(choices)} choices with {right} correct; at least 3 with exactly 1 are needed"
    if not right:
        return "no choice is correct"
    return None


# ---- numbers ---------------------------------------------------------------------------------------------------------


def _number(question):
    unit = html_of(question.get("unit", ""))
    return (
        f'<label class="n">Your number <input type="text" inputmode="text" name="{html.escape(question["id"])}" '
        f'autocomplete="off" disabled> {unit}</label>'
    )


def _number_key(question):
    value = f"{question['answer']:.12g} {question.get('unit', '')}".strip()
    return f"{value}. {reason(question['right'])}"


def _fault_of_number(question):
    return None if question["tolerance"] >= 0 else f"tolerance {question['tolerance']} is not a number ≥ 0"


_ENDS = {
    "lower": '<option value="[">from, included [</option><option value="(">from, excluded (</option>',
    "upper": '<option value="]">to, included ]</option><option value=")">to, excluded )</option>',
}


def _interval(question):
    return "".join(
        f'<div class="o n"><select aria-label="is the {end} end included?" disabled>{options}</select>'
        f'<input type="text" aria-label="{end} end" autocomplete="off" disabled></div>'
        for end, options in _ENDS.items()
    )


def _interval_key(question):
    left, right = "[" if question["low_closed"] else "(", "]" if question["high_closed"] else ")"
    return f"{left}{question['low']:g}, {question['high']:g}{right}. {reason(question['right'])}"


# ---- an order --------------------------------------------------------------------------------------------------------


def _order(question):
    rows = "".join(_row(i, item) for i, item in shuffled(question, question["items"]))
    return (
        f'<ol class="items" role="list">{rows}</ol>'
        '<p class="k how">Drag a row by its dots, or use its arrows. Keys: Alt+↑ and Alt+↓; '
        "or Space to grab, arrows to move, Space to drop.</p>"
    )


def _row(i, item):
    """An item of an order question; its buttons say what they move."""
    buttons = "".join(
        f'<button type="button" value="{step}" aria-label="move ‘{html.escape(item)}’ {word}" disabled>{sign}</button>'
        for step, word, sign in ((-1, "up", "↑"), (1, "down", "↓"))
    )
    grip = f'<button type="button" class="grip" aria-pressed="false" aria-label="move ‘{html.escape(item)}’" disabled>'
    return f'<li class="o" data-i="{i}">{grip}⋮⋮</button><b></b><span>{html_of(item)}</span>{buttons}</li>'


def _order_key(question):
    return " → ".join(question["items"]) + f". {reason(question['right'])}"


KINDS = {
    "predict": Kind(
        "Predict, before you read on", "Commit", frozenset({"choices"}), _choices, _chosen, _fault_of_choices
    ),
    "choice": Kind("One is right", "Check", frozenset({"choices"}), _choices, _chosen, _fault_of_choices),
    "many": Kind("Choose all that are right", "Check", frozenset({"choices"}), _choices, _chosen, _fault_of_choices),
    "number": Kind(
        "A number",
        "Check",
        frozenset({"answer", "tolerance", "right", "wrong"}),
        _number,
        _number_key,
        _fault_of_number,
        more=frozenset({"mistakes"}),
    ),
    "interval": Kind(
        "An interval",
        "Check",
        frozenset({"low", "high", "low_closed", "high_closed", "right", "wrong"}),
        _interval,
        _interval_key,
        more=frozenset({"mistakes", "tolerance"}),
    ),
    "order": Kind(
        "Put in order",
        "Check",
        frozenset({"items", "right", "wrong"}),
        _order,
        _order_key,
        call="nnOrder",
        kit="questions/order",
    ),
}

"""Lines of a program, to be put in order and indented; some are wrong and stay out.

What makes an order right was found by running: ``before`` lists the pairs of lines of which one must stand somewhere
before the other (``python -m tests.parsons`` finds it, tests/test_parsons.py holds it). A line must stand in its block:
the block that the nearest line above it with less indentation opens.
"""

from __future__ import annotations

import html
import re

from ..symbols import html_of
from .kinds import Kind, Question, reason, shuffled

CLAUSE = re.compile(r"(else|elif|except|finally)\b")  # they follow what they belong to at once
STEP = "    "


def parents(indents: list[int]) -> list[int]:
    """For each line the line that opens its block, −1 outside of all blocks."""
    found: list[int] = []
    open_: list[int] = []
    for n, indent in enumerate(indents):
        open_ = [*open_[:indent], n]
        found.append(open_[indent - 1] if indent else -1)
    return found


def program(question: Question) -> str:
    """The program, as its lines are listed."""
    lines = [(line["indent"] * STEP, line["code"].split("\n")) for line in question["lines"]]
    return "\n".join(indent + text for indent, texts in lines for text in texts)


def _body(question):
    """All lines in a list, none in the program: with scripts they move there, without they are there to be read."""
    entries = [*question["lines"], *question["decoys"]]
    rows = "".join(
        f'<li data-i="{i}"><button type="button" class="line" disabled><code>{html.escape(entry["code"])}</code>'
        f"</button></li>"
        for i, entry in shuffled(question, entries)
    )
    name = html.escape(question["id"])
    return (
        f'<div class="both"><div class="two"><div><p class="h" id="pool-{name}">Lines to use</p>'
        f'<ol class="pool" role="list" aria-labelledby="pool-{name}">{rows}</ol></div>'
        f'<div hidden><p class="h" id="program-{name}">Your program</p>'
        f'<ol class="program" role="list" aria-labelledby="program-{name}"></ol></div></div></div>'
        '<p class="k how">A press on a line puts it below the chosen one. Drag it by its dots, sideways to indent it, '
        "or use its arrows. Keys: Alt+↑ and Alt+↓ move it, ← and → indent it, Delete puts it back.</p>"
    )


def _answer(question):
    """The program and the reason, as HTML."""
    code = html.escape(program(question))
    return f"<pre><code>{code}</code></pre><p>{html_of(reason(question['right']))}</p>"


def _key(question):
    return f"{program(question)}\n{reason(question['right'])}"


def _fault(question):
    lines, decoys = question["lines"], question["decoys"]
    return _fault_of_lines(lines) or _fault_of_decoys(lines, decoys) or _fault_of_pairs(lines, question["before"])


def _fault_of_lines(lines):
    deep = 0
    for n, line in enumerate(lines):
        if not isinstance(line.get("code"), str) or not line["code"].strip() or type(line.get("indent")) is not int:
            return f"line {n} needs a code and an indent, a whole number"
        if line["indent"] < 0 or (line["indent"] != deep if not n or _opens(lines[n - 1]) else line["indent"] > deep):
            return f"line {n} “{line['code']}” stands at indent {line['indent']}, which Python does not take there"
        deep = line["indent"] + _opens(line)
    if len(lines) < 3 or _opens(lines[-1]):
        return "at least three lines are needed, and the last one opens no block"
    return None


def _opens(line):
    return line["code"].endswith(":")


def _fault_of_decoys(lines, decoys):
    for decoy in decoys:
        places = decoy.get("instead")
        places = places if isinstance(places, list) else [places]
        if not decoy.get("code") or not decoy.get("feedback"):
            return "every decoy needs a code and a feedback of its own"
        if not places or not all(type(n) is int and 0 <= n < len(lines) for n in places):
            return f"decoy “{decoy['code']}” needs “instead”: the number of the line that it tempts to replace, from 0"
    codes = [entry["code"] for entry in [*lines, *decoys]]
    if len(set(codes)) < len(codes):
        return f"two lines are the same: {next(code for code in codes if codes.count(code) > 1)}"
    return None if 2 <= len(decoys) <= 4 else f"{len(decoys)} decoys; two or three are needed"


def _fault_of_pairs(lines, pairs):
    above = parents([line["indent"] for line in lines])

    def holds(i, j):
        while j >= 0 and j != i:
            j = above[j]
        return j == i

    for pair in pairs:
        if len(pair) != 2 or not all(type(n) is int and 0 <= n < len(lines) for n in pair) or pair[0] >= pair[1]:
            return f"before: {pair} is no pair of lines [i, j] with i listed before j"
        if holds(*pair):
            return f"before: {pair} says nothing, line {pair[1]} is in the block of line {pair[0]}"
    return None


KIND = Kind(
    "Build the program",
    "Check",
    frozenset({"exercise", "lines", "before", "decoys", "right", "wrong"}),
    _body,
    _key,
    _fault,
    answer=_answer,
    call="nnParsons",
    kit="questions/parsons",
)

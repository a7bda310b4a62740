"""Questions that are answered by a formula: typed, set as mathematics, and judged at random points on the page.

A question declares its symbols in the order in which its keys show them: ``{"y": {"range": [0.1, 0.9]}}`` a number,
``{"H": {"shape": ["m", "n"]}}`` a matrix, ``{"m": {"size": true}}`` a size, ``{"k": {"whole": [2, 9]}}`` a whole
number, ``{"y": {"is": "σ(z)"}}`` what follows from symbols before it; ``also`` lists other spellings. Its ``answer``
and the formulas of its ``mistakes`` are written as a reader would write them (grammar.js). ``lead`` stands before the
line, ``slopes`` are factors of the answer that people forget, ``form: "shape"`` asks for a shape, ``shown`` is the
answer as it is printed. ``compute`` is an expression of Python that gives the true value; the tests compare.
"""

from __future__ import annotations

import html

from ..symbols import html_of
from .kinds import Kind, reason

_SYMBOL = {"also", "shape", "range", "whole", "size", "is"}
_NAMES = {"δ": "delta", "η": "eta", "σ": "sigma", "θ": "theta", "(": "open bracket", ")": "close bracket"}
_NAMES |= {"^": "to the power", "²": "squared", "/": "divided by", "ᵀ": "transposed", "⊙": "times, entry by entry"}
_NAMES |= {"−": "minus", "·": "times", ", ": "comma", "sum(": "sum of"}


def _signs(question):
    """What a phone's keyboard lacks, or hides."""
    if question.get("form") == "shape":
        return ["(", ", ", ")"]
    shapes = [symbol.get("shape", []) for symbol in question["symbols"].values()]
    if any(len(shape) > 1 for shape in shapes):
        return ["(", ")", "−", "⊙", "/", "²", "ᵀ", "sum("]
    return ["(", ")", "−", "·", "/", "²"]


def _key_button(text):
    shown = html_of(text.rstrip(" (") or text)
    name = _NAMES.get(text) or "".join(_NAMES.get(sign, sign) for sign in text).replace("_", " ")
    return (
        f'<button type="button" value="{html.escape(text)}" aria-label="{html.escape(name)}" disabled>{shown}</button>'
    )


def _body(question):
    id = html.escape(question["id"])
    keys = "".join(_key_button(text) for text in [*question["symbols"], *_signs(question)])
    return (
        f'<label class="n"><span>{html_of(question["lead"])}</span><input class="nn-typed" type="text" '
        f'inputmode="text" name="{id}" autocomplete="off" autocapitalize="off" autocorrect="off" spellcheck="false" '
        f'enterkeyhint="done" disabled></label><div class="nn-set"></div>'
        f'<div class="nn-keys" role="group" aria-label="Symbols to insert">{keys}</div>'
    )


def _key(question):
    return f"{question['shown']}. {reason(question['right'])}"


def _fault(question):
    symbols = question["symbols"]
    odd = {field for symbol in symbols.values() for field in symbol} - _SYMBOL
    if not symbols or odd:
        return f"a symbol has no field {', '.join(sorted(odd))}" if odd else "a formula needs symbols"
    if any(not mistake.get("formula") or not mistake.get("feedback") for mistake in question.get("mistakes", [])):
        return "every mistake needs a formula and a feedback"
    return None if question.get("shown") else "shown missing: the answer as it is printed"


KIND = Kind(
    "A formula",
    "Check",
    frozenset({"lead", "symbols", "answer", "right", "wrong"}),
    _body,
    _key,
    _fault,
    more=frozenset({"mistakes", "slopes", "form"}),
    call="nnFormula",
    kit="questions/formula",
)

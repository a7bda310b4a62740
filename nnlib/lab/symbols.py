"""A symbol in a sentence is set as mathematics: the w of "w moves", the δ_o1 of "δ_o1 = −0.013", e^(−0.8).

Authors write symbols in a sentence as they write words, since this reads well in a notebook and a terminal, too, and is
light: a page has hundreds. On it they stand in the same italics as in the formulas beside them, with real indices.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

GREEK = "α-ωΑ-Ω"
LETTER = f"[b-zB-HJ-Z{GREEK}]"  # a and I are words, and the book has no such symbols
MARKS = "₀-₉₊₋₌ₐₑₒₓₖₗₘₙₚₛₜⱼᵢ⁰¹²³⁴-⁹⁺⁻ⁿⁱᵀᴸᴹᵈᵏᵗᵐˣʲʳʸᶻᵟʲ′″̂̃̄"
INDEX = r"_(?:\{[^{}]*\}|[A-Za-z]?\d+|[A-Za-z]{1,3})"
POWER = r"\^\([^()]*\)"
# A run of letters, digits and marks, as long as it goes: what it is, is decided of all of it.
RUN = re.compile(rf"(?:[^\W_]|[{MARKS}]|(?:(?<=[^\W_]){INDEX}(?![^\W_]))|{POWER})+")
ATOM = re.compile(rf"(\d+)|([A-Za-z{GREEK}])|({INDEX})|({POWER})|([{MARKS}]+)")
# One symbol, or several of which each but the last has a mark or is Greek, as in 2x, w₁x₁, λW and δ_o1.
MARKED = rf"(?:[{MARKS}]|{INDEX}|{POWER})"
SYMBOLS = re.compile(rf"(?:\d+(?=[a-z{GREEK}]))?(?:[A-Za-z]{MARKED}+|[{GREEK}]{MARKED}*)*(?:{LETTER}{MARKED}*)?")
# What looks like one and is none: initials, e.g., the (c) of a list, 5 s, the s of it's.
BEFORE = re.compile(r"(?:['’°&#$\\^]|[A-Za-z]{2}/|\d |\w-|\w\.)$")
AFTER = re.compile(r"['’](?=\w)|\.[A-Za-z]|\. [A-Z][a-z]|-\w")
UPRIGHT = ("Σ", "Π")


def is_symbol(run: str, before: str, after: str) -> bool:
    """Whether a run of letters is made of symbols, by itself and by what stands around it."""
    if not SYMBOLS.fullmatch(run) or not re.search(f"[A-Za-z{GREEK}]", run):
        return False
    if len(run) > 1 or re.match(f"[{GREEK}]", run):
        return run not in UPRIGHT
    listed = run in "abcdefgh" and before.endswith("(") and after.startswith(")")
    return not listed and not BEFORE.search(before) and not AFTER.match(after)


def typeset(run: str) -> str:
    """HTML of a run of symbols."""
    found = []
    for number, letter, index, power, marks in ATOM.findall(run):
        if letter and letter not in UPRIGHT:
            found.append(f"<var>{letter}</var>")
        elif index:
            inside = index[1:].strip("{}")
            found.append(f"<sub>{html_of(inside)}</sub>")
        elif power:
            found.append(f"<sup>{html_of(power[2:-1])}</sup>")
        else:
            found.append(html.escape(letter or number or marks))
    return "".join(found)


def pieces(text: str) -> Iterator[tuple[bool, str]]:
    """A text in pieces, in order: (whether it is symbols, the piece)."""
    at = 0
    for match in RUN.finditer(text):
        if is_symbol(match[0], text[: match.start()][-3:], text[match.end() :][:24]):
            if at < match.start():
                yield False, text[at : match.start()]
            yield True, match[0]
            at = match.end()
    if at < len(text):
        yield False, text[at:]


def html_of(text: str) -> str:
    """A text with its symbols set, as HTML."""
    return "".join(typeset(piece) if symbol else html.escape(piece) for symbol, piece in pieces(text))

"""What number a thing of the book has, a chapter, a section, an equation, a figure, an exercise: all counting is here.

A chapter has the number of its file, ``09_backprop_by_hand.ipynb`` is chapter 9. In it the sections, the labeled
equations, the figures and the exercises are counted, each from 1. The frame that all chapters share, as "Summary", has
no numbers, nor has what folds inside a section. A figure is whatever a cell draws: a still, an explorer or a
playground, folded or not; the strip at the head of a chapter is none.

`stamp` writes the numbers into a notebook, where every viewer shows them; those of the figures `course` puts on the
page, below the figure.
"""

from __future__ import annotations

import functools
import itertools
import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import portable

FRAME = {"Three from before", "Mixed quiz", "Exercises", "Summary", "Without looking", "What comes next"}
FOLDED = ("Deeper", "Solution")
DRAWS = re.compile(r"lab\.(?:show|explore|playground|builder|planes|digit)\(")

_HEADING = re.compile(r"^(#{1,6}) +(.+?) *$", re.M)
_TARGET = re.compile(r"^\([\w-]+\)=\n", re.M)  # MyST's name for a heading, which has an address without it
_NAMED = re.compile(r"\b([Ee]xercise) (\d+)\b(?!\.\d)")  # in a sentence, of this chapter
_EXERCISE = re.compile(r"^Exercise \d+(?:\.\d+)?(?= ·|$)")
_CHAPTER = r"(?:\.\./notebooks/|notebooks/)?\d\d_\w+\.ipynb"
_LINK = re.compile(rf"\[([^][\n]+)\]\((({_CHAPTER})?(?:#([^)\s]+))?)\)")
_SAID = re.compile(r" \((?:chapter \d+|section [\d.]+)\)$")


def plain(title: str) -> str:
    """A heading without its number: what links, errata and questions name it by."""
    title = re.sub(r"^\d+(?:\.\d+)* +(?=\S)", "", title)
    return re.sub(r"^(Exercise )\d+\.(\d+)", r"\1\2", title)


def slug(title: str) -> str:
    """The anchor that a heading has in links: it does not change when a section moves."""
    return re.sub(r"[^\w\- ]", "", plain(title).lower()).strip().replace(" ", "-")


class Chapter(NamedTuple):
    """The numbers in a chapter: of headings by slug, of equations by label, of figures by the index of their cell."""

    number: int
    sections: dict[str, str]
    equations: dict[str, str]
    figures: dict[int, str]


def count(notebook: Any, number: int) -> Chapter:
    """Count what a notebook, as nbformat or JSON gives it, holds."""
    found, sections = Chapter(number, {}, {}, {}), itertools.count(1)
    for n, cell in enumerate(notebook["cells"]):
        text = "".join(cell["source"])
        if cell["cell_type"] == "code":
            if DRAWS.search(text):
                found.figures[n] = f"{number}.{len(found.figures) + 1}"
        elif cell["cell_type"] == "markdown":
            for marks, title in _HEADING.findall(text):
                if len(marks) == 1:
                    found.sections[slug(title)] = str(number)
                elif len(marks) == 2 and plain(title) not in FRAME and not plain(title).startswith(FOLDED):
                    found.sections[slug(title)] = f"{number}.{next(sections)}"
            for _, _, label in portable.EQUATION.findall(portable.myst(text)):
                if label:
                    found.equations[label] = f"{number}.{len(found.equations) + 1}"
    return found


def chapter(path: Path) -> Chapter:
    """The numbers in a stored chapter."""
    there = path.stat()
    return _chapter(path, there.st_mtime_ns, there.st_size)


@functools.lru_cache(maxsize=64)
def _chapter(path, *changed):
    return count(json.loads(path.read_text(encoding="utf-8")), int(path.name[:2]))


def equations(folder: Path) -> dict[str, tuple[str, str]]:
    """Label → (file, number) of every labeled equation in the chapters that lie in a folder."""
    return {
        label: (path.name, number)
        for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))
        for label, number in chapter(path).equations.items()
    }


def stamp(notebook: Any, path: Path) -> None:
    """Write the numbers into the Markdown of a chapter, and store it as every viewer reads it."""
    if not re.match(r"\d\d_", path.name):
        return
    here, others, exercises = count(notebook, int(path.name[:2])), equations(path.parent), itertools.count(1)
    others |= {label: (path.name, number) for label, number in here.equations.items()}

    def headed(match):
        marks, title = match[1], plain(match[2])
        if len(marks) < 3 and slug(title) in here.sections:
            title = f"{here.sections[slug(title)]} {title}"
        elif len(marks) == 3 and _EXERCISE.match(title):
            title = _EXERCISE.sub(f"Exercise {here.number}.{next(exercises)}", title)
        return f"{marks} {title}"

    def reference(label):
        file, number = others[label]
        return number, f"{'' if file == path.name else file}#{label}"

    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = _TARGET.sub("", portable.myst("".join(cell["source"])))
            text = _NAMED.sub(rf"\1 {here.number}.\2", _HEADING.sub(headed, text))
            cell["source"] = portable.stored(links(text, path, here), reference)


def links(text: str, path: Path, here: Chapter | None = None) -> str:
    """Markdown whose links to chapters and their sections say the numbers.

    At the end, ``[Losses (chapter 7)](07_losses.ipynb)``; in a table at the front, ``[7 Losses](…)``, where one who
    looks for a number finds it. A text that ends in one already, as "chapter 15", ends in the right one.
    """

    def numbered(match):
        text, address, file, anchor = match.groups()
        if not file or not (target := path.parent / file).exists():
            return match[0]
        known = here if here and target.name == path.name else chapter(target)
        number = known.sections.get(anchor or "", str(known.number))
        if re.search(r"\b(?:chapter|section) [\d.]+$", text):
            text = re.sub(r"\S+$", number, text)
        elif not re.match(r"(?:the )?next chapter$", text):
            table = line(match).startswith("|")
            text = _SAID.sub("", plain(text))
            text = f"{number} {text}" if table else f"{text} ({'section' if '.' in number else 'chapter'} {number})"
        return f"[{text}]({address})"

    def line(match):
        return match.string[match.string.rfind("\n", 0, match.start()) + 1 : match.start() + 1]

    return _LINK.sub(numbered, text)


def unsaid(text: str) -> str:
    """Markdown without the numbers that `stamp` wrote into headings and links: words that nobody reads as words."""
    text = _HEADING.sub(lambda m: f"{m[1]} {plain(m[2])}", text)
    return _LINK.sub(lambda m: f"[{_SAID.sub('', plain(m[1]))}]({m[2]})" if m[3] else m[0], text)

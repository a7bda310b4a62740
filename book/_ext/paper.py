"""What a page needs on paper and shows on no screen: numbered questions, their key at its end, words under explorers.

It is made when a page is written, so it is there without scripts, too; print.css shows it, and puts away what it
replaces. A student who holds the sheet does not see an answer beside its question.
"""

from __future__ import annotations

import re
from pathlib import Path

WHOLE = "forward-and-backward.pdf"  # the book as one file; the others bear the names of their pages
_QUESTION = re.compile(r'<div class="nn-exam"|<div class="nn-quiz nn-(\w+)[^"]*" id="q-([^"]+)"')
_LABEL = re.compile(r'<p class="k">(?:Question (\d+) of \d+)?')
_KEY = re.compile(r'<details class="nn-key"[^>]*>\s*<summary[^>]*>.*?</summary>(.*?)</details>', re.S)
_SOLUTION = re.compile(r'<details class="nn-fold"[^>]*>\s*<summary[^>]*>Solution.*?</summary>', re.S)
_SOLVED = re.compile(r'<section class="nn-folded(?=" id="[^"]*">\s*<h[1-6][^>]*>Solution)')
_DRAWING = re.compile(r'<details class="admonition hide above-input">.*?<pre[^>]*>(.*?)</pre>', re.S)
_HEADING = re.compile(r"<h([1-6])[^>]*>(.*?)(?:<a class=\"headerlink\".*?)?</h\1>", re.S)
_EXPLORER = re.compile(
    r'<div class="nn-explore.*?<img [^>]*?alt="([^"]*)".*?(?=<script type="application/json">)', re.S
)
_TAG = re.compile(r"<[^>]*>")


def papered(body: str, name: str) -> str:
    """The body of a page with all this, and with the links that `offer` shows."""
    own = f"{name.rpartition('/')[2]}.pdf"
    links = f'<a href="../pdf/{own}">this page</a> · <a href="../pdf/{WHOLE}">the whole book</a>'
    body = body.replace("</h1>", f'</h1><p class="nn-pdf" hidden>On paper: {links} (PDF)</p>', 1)
    body = _EXPLORER.sub(r'\g<0><p class="nn-said" hidden>\1</p>', body)
    headings = [(found.start(), _plain(found[2])) for found in _HEADING.finditer(body)]
    marked, answers = numbered(body)
    parts = {
        "Answers": answers,
        "Solutions": solutions(body, headings),
        "The code of the pictures": drawings(body, headings),
    }
    said = "".join(f"<h3>{title}</h3>{text}" for title, text in parts.items() if text)
    marked = _SOLVED.sub(r"\g<0> nn-solved", marked)
    return f'{marked}<section class="nn-paper" hidden><h2>Key</h2>{said}</section>' if said else marked


def numbered(body: str) -> tuple[str, str]:
    """The body with a number at each question, and the answers under these numbers.

    A test has numbered its own already; its answers follow as a list of their own.
    """
    made, answers, number, form, end = [], [], 0, 0, 0
    for found in _QUESTION.finditer(body):
        if not found[2]:
            form += 1
            answers.append(f"<h4>Form {form}</h4>")
            continue
        label, key = _LABEL.search(body, found.end()), _KEY.search(body, found.end())
        assert label and key, found[0]
        own, name = label[1], found[2]
        number += not own
        made += [body[end : label.end()]]
        if not own:
            made.append(f'<a class="nn-no" href="#key-{name}" hidden>Question {number}</a>')
        end = label.end()
        link = f'<a href="#q-{name}">{own or number}</a>'
        answers.append(f'<div class="nn-answer" id="key-{name}"><b>{link}</b><div>{key[1]}</div></div>')
    return "".join(made) + body[end:], "".join(answers)


def solutions(body: str, headings: list[tuple[int, str]]) -> str:
    """Every folded solution under the name of its exercise."""
    found = []
    for fold in _SOLUTION.finditer(body):
        inside = body[fold.end() : _closing(body, fold.end())]
        # A second element of the same name would draw links away from the first.
        inside = re.sub(r'<script.*?</script>| id="[^"]*"', "", inside, flags=re.S)
        title = _above(headings, fold.start())
        found.append(f'<h4>{title}</h4><div class="nn-solution">{inside}</div>')
    return "".join(found)


def drawings(body: str, headings: list[tuple[int, str]]) -> str:
    """The code of the cells whose input the page folds, as plain text, under the heading above each."""
    return "".join(
        f"<h4>{_above(headings, cell.start())}</h4><pre>{_plain(cell[1])}</pre>" for cell in _DRAWING.finditer(body)
    )


def _closing(body: str, start: int) -> int:
    """Where a ``details`` ends whose content begins at `start`."""
    depth = 1
    for tag in re.finditer(r"<(/?)details\b", body[start:]):
        depth += -1 if tag[1] else 1
        if not depth:
            return start + tag.start()
    raise ValueError(f"a fold has no end: {body[start : start + 80]}")


def _above(headings: list[tuple[int, str]], place: int) -> str:
    """The last heading before a place that is not the heading of a solution."""
    return next((text for at, text in reversed(headings) if at < place and not text.startswith("Solution")), "")


def _plain(text: str) -> str:
    """A text without its tags, still as HTML."""
    return _TAG.sub("", text).strip("\n")


# ---- the links to what `make pdf` printed --------------------------------------------------------------------------

_OFFER = re.compile(r'(<p class="nn-pdf")( hidden)?(>.*?</p>)')


def offer(folder: Path) -> None:
    """Show on each built page the links to PDF files if they are there, and hide them if not."""
    for path in [*folder.glob("book/*.html"), *folder.glob("notebooks/*.html")]:
        text = path.read_text(encoding="utf-8")
        if (line := _OFFER.search(text)) is None:
            continue
        there = all((path.parent / link).is_file() for link in re.findall(r'href="([^"]*)"', line[3]))
        if there == bool(line[2]):
            shown = line[1] + ("" if there else " hidden") + line[3]
            path.write_text(text[: line.start()] + shown + text[line.end() :], encoding="utf-8", newline="\n")

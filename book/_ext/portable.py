r"""A notebook's Markdown as it is stored, which every viewer reads, and as MyST, which the pages are built from.

An author may write either; `notebook` stores the first, and `course` gives Sphinx the second.

===========================================  ==========================================================================
in MyST                                      as it is stored
===========================================  ==========================================================================
``$$ … $$ (eq-sgd)``                         ``<a id="eq-sgd"></a>`` above ``$$ … \tag{9.6}$$``
``{eq}`eq-sgd` ``                            ``[(9.6)](#eq-sgd)``, elsewhere ``[(9.6)](09_backprop….ipynb#eq-sgd)``
``{cite}`key` ``, ``{cite:t}`key` ``         ``([Kelley, 1960](…#key))``, ``[Kelley (1960)](…#key)``, into references.md
``:::{dropdown} Hint``                       ``<details>`` with ``<summary>Hint</summary>``
``:::{admonition} In the sources``           ``> **In the sources**`` above a quotation
===========================================  ==========================================================================
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REFERENCES = "../book/references.md"
EQUATION = re.compile(r"^\$\$(.+?)\$\$[ \t]*(\(([^)\s]+)\))?[ \t]*$", re.S | re.M)
FENCE = re.compile(r"^:::\{(dropdown|admonition)\} ([^\n]+)\n(?::class: note\n)?(.*?)\n:::[ \t]*$", re.S | re.M)

_TAGGED = re.compile(r'^<a id="([^"\n]+)"></a>\n\$\$((?:(?!\$\$).)+?)\\tag\{[\d.]+\}(\s*)\$\$[ \t]*$', re.S | re.M)
_DETAILS = re.compile(r"^<details>\n<summary>([^\n]+)</summary>\n\n(.*?)\n\n</details>[ \t]*$", re.S | re.M)
_QUOTED = re.compile(r"^> \*\*([^*\n]+)\*\*\n>\n((?:>[^\n]*(?:\n|\Z))+)", re.M)
_REFERENCE = re.compile(r"\[\([\d.]+\)\]\([^)\s#]*#(eq-[^)\s]+)\)")
_SOURCE = rf"\[[^][\n]+\]\({re.escape(REFERENCES)}#[^)\s]+\)"
_CITED = re.compile(rf"\({_SOURCE}(?:; {_SOURCE})*\)")
_NAMED = re.compile(rf"\[[^][\n]+ \(\d{{4}}\)\]\({re.escape(REFERENCES)}#([^)\s]+)\)")


def myst(text: str) -> str:
    """The Markdown of a cell as MyST; what is MyST already stays."""
    text = _TAGGED.sub(lambda m: f"$${m[2]}{m[3]}$$ ({m[1]})", text)
    text = _REFERENCE.sub(r"{eq}`\1`", text)
    text = _CITED.sub(lambda m: "{cite}`" + ",".join(re.findall(r"#([^)\s]+)", m[0])) + "`", text)
    text = _NAMED.sub(r"{cite:t}`\1`", text)
    text = _DETAILS.sub(lambda m: f":::{{dropdown}} {m[1]}\n{m[2]}\n:::", text)
    return _QUOTED.sub(_unquoted, text)


def _unquoted(match):
    body = re.sub(r"^> ?", "", match[2].rstrip("\n"), flags=re.M)
    return f":::{{admonition}} {match[1]}\n:class: note\n{body}\n:::" + "\n" * match[2].endswith("\n")


def stored(text: str, reference: Callable[[str], tuple[str, str]]) -> str:
    """The MyST of a cell as it is stored.

    Parameters
    ----------
    text : str
        Markdown as `myst` gives it.
    reference : callable
        Label of an equation → its number, ``"9.6"``, and the address that a link needs, ``"#eq-sgd"``.
    """

    def tagged(match):
        if not match[3]:
            return match[0]
        body = match[1].rstrip()
        return f'<a id="{match[3]}"></a>\n$${body}\\tag{{{reference(match[3])[0]}}}{match[1][len(body) :]}$$'

    def referred(match):
        number, address = reference(match[1])
        return f"[({number})]({address})"

    def fenced(match):
        kind, title, body = match.groups()
        if kind == "dropdown":
            return f"<details>\n<summary>{title}</summary>\n\n{body.strip()}\n\n</details>"
        return "\n".join(f"> {line}".rstrip() for line in [f"**{title}**", "", *body.split("\n")])

    text = FENCE.sub(fenced, text)
    text = EQUATION.sub(tagged, text)
    text = re.sub(r"\{eq\}`([^`]+)`", referred, text)
    text = re.sub(r"\{cite\}`([^`]+)`", lambda m: "(" + "; ".join(map(_cited, m[1].split(","))) + ")", text)
    return re.sub(r"\{cite:t\}`([^`]+)`", lambda m: _cited(m[1], "{} ({})"), text)


def _cited(key, form="{}, {}"):
    key = key.strip()
    return f"[{form.format(*source(key))}]({REFERENCES}#{key})"


@functools.cache
def sources(root: Path = ROOT) -> dict[str, tuple[str, str]]:
    """Key → names as one cites them, and year, of every source in references.bib."""
    from pybtex.database import parse_file
    from pybtex.richtext import Text

    found = {}
    for key, entry in parse_file(str(root / "book/references.bib"), encoding="utf-8").entries.items():
        names = [str(Text.from_latex(" ".join(p.prelast_names + p.last_names))) for p in entry.persons["author"]]
        said = f"{names[0]} et al." if len(names) > 2 or names[-1] == "others" else " and ".join(names)
        found[key] = said, str(entry.fields["year"])
    return found


def source(key: str) -> tuple[str, str]:
    """Names and year of one source."""
    return sources()[key]


# ---- the page of references ----------------------------------------------------------------------------------------

LISTED = "<!-- From here on made from references.bib: python book/_ext/notebook.py --restamp writes it anew. -->"


def listed(text: str, root: Path = ROOT) -> str:
    """references.md with all sources in it, as every viewer reads them: the links of the notebooks lead there."""
    from pybtex.database import parse_file
    from pybtex.plugin import find_plugin

    entries = parse_file(str(root / "book/references.bib"), encoding="utf-8").entries.values()
    shown = find_plugin("pybtex.style.formatting", "plain")().format_entries(entries)
    markdown = find_plugin("pybtex.backends", "markdown")()
    lines = []
    for entry in shown:
        said = re.sub(r"\\\\url (?=http)", "", entry.text.render(markdown).replace("\n", " "))
        said = re.sub(r"\\([.()#!+-])", r"\1", said)  # what Markdown takes for itself nowhere inside a line
        lines.append(f'* <a id="{entry.key}"></a>{said}')
    return "\n".join([text.partition(LISTED)[0] + LISTED, "", *lines]) + "\n"


def unlisted(text: str) -> str:
    """references.md as MyST, where a directive lists them."""
    before, mark, _ = text.partition(LISTED)
    return before + "```{bibliography}\n:all:\n```\n" if mark else text

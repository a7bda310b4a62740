"""What a page of the book is given: data that is safe inside HTML, and scripts and styles, each once.

An output carries all that makes it live, since in JupyterLab it may be the only one that was run. A built page has many
outputs and needs one copy: `once` keeps the first. A kit stands before what it is for, which calls its function at
once: two versions of it in one window of JupyterLab do not meet.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent
_IMPORT = re.compile(r"^import [^;]*? from '(\.[\w./]+)\.js';\n", re.M)
_COMMENT = r"/\*(?:[^*]|\*(?!/))*\*/"
_FOR_READERS = re.compile(rf"^ *(?://.*|{_COMMENT})\n|/\*\* @type [^\n]*?\*/ |^ +", re.M)
_KIT = re.compile(r"<!--nn:(\w+)-->.*?<!--/nn:\1-->", re.S)


def data(value: Any) -> str:
    """A value as JSON in an element that no script runs: whatever its texts say, the element ends where it should."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json">{text}</script>'


@functools.cache
def kit(name: str, call: str, **constants: str) -> str:
    """The style and the script of ``name``.css and ``name``.js, from which a page can then make a `live` call.

    Read once a process: who edits one of these files starts the kernel anew, as after an edit of Python.

    Parameters
    ----------
    name : str
        Room and name of the two files, such as ``"questions/quiz"``.
    call : str
        The function of the script that the page calls.
    **constants
        Texts that the script finds as constants of these names.
    """
    style, kind = _bare((_HERE / f"{name}.css").read_text(encoding="utf-8")), name.rpartition("/")[2]
    style = re.sub(r"(?<=[{;,])\n", "", style)  # a rule a line: notebooks store each line by itself
    given = "".join(f'const {key}="{value}";\n' for key, value in constants.items())
    return (
        f"<!--nn:{kind}--><style>{style}</style>"
        f"<script>window.{call} = (() => {{\n{given}{script(name)}return {call};\n}})();</script><!--/nn:{kind}-->"
    )


def live(call: str) -> str:
    """What makes the element around it live, as its last child."""
    return f"<script>{call}(document.currentScript.parentElement)</script>"


def script(name: str) -> str:
    """A module, by its room and name, and all that it imports, each once, as the body of one function."""
    there = {}

    def add(path):
        if path not in there:
            text = path.read_text(encoding="utf-8")
            there[path] = ""  # its place is behind those it imports
            for other in _IMPORT.findall(text):
                add((path.parent / f"{other}.js").resolve())
            del there[path]
            there[path] = re.sub(r"^export ", "", _IMPORT.sub("", text), flags=re.M)

    add((_HERE / f"{name}.js").resolve())
    return _bare("".join(there.values()))


def _bare(text):
    """A script or a style without what is for its readers: comments and indentation stay in the files.

    A page pays for it, and a stored chapter once for each of its outputs.
    """
    return _FOR_READERS.sub("", text).replace("\n\n", "\n")


def once(body: str) -> str:
    """A page on which every kit stands once: where it is needed first."""
    seen = set()

    def first(match):
        new = match[1] not in seen
        seen.add(match[1])
        return match[0] if new else ""

    return _KIT.sub(first, body)

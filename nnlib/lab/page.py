"""What a page of the book is given: data that is safe inside HTML, and scripts and styles, each once.

An output carries all that makes it live, since in JupyterLab it may be the only one that was run. A built page has many
outputs and needs one copy: `once` keeps the first. A kit stands before what it is for, which calls its function at
once: two versions of it in one window of JupyterLab do not meet.
"""

import json
import re
from pathlib import Path

_HERE = Path(__file__).parent
_IMPORT = re.compile(r"^import [^;]*? from '\./(\w+)\.js';\n", re.M)
_COMMENT = r"/\*(?:[^*]|\*(?!/))*\*/"
_FOR_READERS = re.compile(rf"^ *(?://.*|{_COMMENT})\n|/\*\* @type [^\n]*?\*/ |^ +", re.M)
_KIT = re.compile(r"<!--nn:(\w+)-->.*?<!--/nn:\1-->", re.S)


def data(value):
    """A value as JSON in an element that no script runs: whatever its texts say, the element ends where it should."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json">{text}</script>'


def kit(name, call, **constants):
    """The style and the script of ``name``.css and ``name``.js, from which a page can then make a `live` call.

    Parameters
    ----------
    name : str
        Of the two files beside this one.
    call : str
        The function of the script that the page calls.
    **constants
        Texts that the script finds as constants of these names.
    """
    style = (_HERE / f"{name}.css").read_text(encoding="utf-8")
    given = "".join(f'const {key}="{value}";\n' for key, value in constants.items())
    return (
        f"<!--nn:{name}--><style>{style}</style>"
        f"<script>window.{call} = (() => {{\n{given}{script(name)}return {call};\n}})();</script><!--/nn:{name}-->"
    )


def live(call):
    """What makes the element around it live, as its last child."""
    return f"<script>{call}(document.currentScript.parentElement)</script>"


def script(name):
    """A module and all that it imports, each once, as the body of one function.

    A page pays for it, and a stored chapter once for each of its outputs: comments and indentation stay in the files.
    """
    there = {}

    def add(name):
        if name not in there:
            text = (_HERE / f"{name}.js").read_text(encoding="utf-8")
            there[name] = ""  # its place is behind those it imports
            for other in _IMPORT.findall(text):
                add(other)
            del there[name]
            there[name] = re.sub(r"^export ", "", _IMPORT.sub("", text), flags=re.M)

    add(name)
    return _FOR_READERS.sub("", "".join(there.values())).replace("\n\n", "\n")


def once(body):
    """A page on which every kit stands once: where it is needed first."""
    seen = set()

    def first(match):
        new = match[1] not in seen
        seen.add(match[1])
        return match[0] if new else ""

    return _KIT.sub(first, body)

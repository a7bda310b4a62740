"""Symbols in the sentences of a page are set as mathematics (nnlib/lab/symbols.py), and no line begins with a comma."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

from nnlib.lab.symbols import pieces, typeset

SKIPPED = (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw, nodes.title, nodes.comment)


def set_symbols(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the symbols of a page's sentences into its HTML; code, formulas and headings stay as they are."""
    if app.builder.format != "html":
        return
    for node in list(doctree.findall(nodes.Text)):
        above = node.parent
        while above is not None and not isinstance(above, SKIPPED):
            above = above.parent
        found = list(pieces(str(node))) if above is None else []
        if any(symbol for symbol, _ in found):
            new = [nodes.raw("", typeset(p), format="html") if symbol else nodes.Text(p) for symbol, p in found]
            node.parent.replace(node, new)


CLOSING = re.compile(r"[,.;:!?)’”]+")


def keep_together(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """No line begins with the comma after a formula: a browser may break a line behind each formula."""
    for formula in list(doctree.findall(nodes.math)):
        parent = formula.parent
        place = parent.index(formula)
        after = parent[place + 1] if place + 1 < len(parent) else None
        if isinstance(after, nodes.Text) and (found := CLOSING.match(str(after))):
            box = nodes.inline("", "", formula, nodes.Text(found[0]), classes=["nn-together"])
            parent[place : place + 2] = [box, nodes.Text(str(after)[found.end() :])]


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.connect("doctree-resolved", set_symbols)
    app.connect("doctree-resolved", keep_together)
    return {"parallel_read_safe": True, "parallel_write_safe": True}

"""Symbols in running text: what is set as mathematics, and what only looks like it."""

import re

import pytest
from docutils import nodes
from hypothesis import given
from hypothesis import strategies as st

import symbols as page_symbols
from nnlib.lab import symbols

pytestmark = pytest.mark.book


def shown(text):
    """As a page shows it, a symbol between ‹ and ›, an index after _, a power after ^."""
    for old, new in (("<var>", "‹"), ("</var>", "›"), ("<sub>", "_"), ("<sup>", "^")):
        text = text.replace(old, new)
    return re.sub("</su[bp]>", "", text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("A unit computes z = w₁x₁ + … + b.", "A unit computes ‹z› = ‹w›₁‹x›₁ + … + ‹b›."),
        ("∂J/∂W and θ ← θ − ηv", "∂‹J›/∂‹W› and ‹θ› ← ‹θ› − ‹η›‹v›"),
        ("1/K of w/n, and/or", "1/‹K› of ‹w›/‹n›, and/or"),
        ("2x, 3w², λW, eˣ, vⱼwⱼ", "2‹x›, 3‹w›², ‹λ›‹W›, ‹e›ˣ, ‹v›ⱼ‹w›ⱼ"),
        ("n_{l+1}, n_in, δ_o1, w_jk", "‹n›_‹l›+1, ‹n›_in, ‹δ›_o1, ‹w›_jk"),
        ("y_k(1 − y_k), W_l[i, j]", "‹y›_‹k›(1 − ‹y›_‹k›), ‹W›_‹l›[‹i›, ‹j›]"),
        ("e^(−0.8) of c^(t−1)", "‹e›^−0.8 of ‹c›^‹t›−1"),
        ("½Σ(y − t)², Σⱼ wⱼhⱼ", "½Σ(‹y› − ‹t›)², Σⱼ ‹w›ⱼ‹h›ⱼ"),
    ],
)
def test_symbols_are_set(text, wanted):
    assert shown(symbols.html_of(text)) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "It's a fact that I saw, e.g. this or that, i.e. so.",
        "(a) The first. (c) The third, as A. Ng and G. Hinton say.",
        "after 5 s, at 11 °C, in 3D, the 2nd, 28×28, 10⁻⁵, 16E",
        "snake_case, lr^t, h1 and w5, an x-axis, don’t",
    ],
)
def test_words_stay_words(text):
    assert not any(symbol for symbol, _ in symbols.pieces(text))


@given(st.text("ab xw₁²_{}()^.’-αΣ1", max_size=12))
def test_nothing_is_lost(text):
    assert "".join(piece for _, piece in symbols.pieces(text)) == text


def test_code_formulas_and_headings_stay():
    """In a page's tree only sentences change."""
    doctree = nodes.section("", nodes.title("", "The w"))
    doctree += nodes.paragraph("", "", nodes.Text("Move w < 1: "), nodes.literal("", "w"), nodes.math("", "w"))

    class App:
        class builder:
            format = "html"

    page_symbols.set_symbols(App, doctree, "page")
    assert [node.astext() for node in doctree.findall(nodes.raw)] == ["<var>w</var>"]
    assert doctree.astext().replace("<var>w</var>", "w") == "The w\n\nMove w < 1: ww"


def test_no_line_begins_with_what_closes_a_formula():
    doctree = nodes.paragraph(
        "", "", nodes.math("", "w"), nodes.Text(", and "), nodes.math("", "b"), nodes.Text(" too")
    )
    page_symbols.keep_together(None, doctree, "page")
    (box,) = doctree.findall(nodes.inline)
    assert box["classes"] == ["nn-together"] and box.astext() == "w,"
    assert doctree.astext() == "w, and b too"

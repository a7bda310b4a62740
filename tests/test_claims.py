"""What a chapter says of a training run holds for nine of ten starts, and is said there in these words."""

import re

import pytest

from tests import claims
from tests.chapters import NOTEBOOKS, ROOT, cells, questions, text

CLAIMS = claims.load()


def words(chapter):
    """All that a chapter says: its text, its code, which draws words into pictures, and its questions; or a page."""
    if not chapter.isdigit():
        return plain((ROOT / f"book/{chapter}.md").read_text(encoding="utf-8"))
    path = next(p for p in NOTEBOOKS if p.stem.startswith(chapter))
    return plain(text(path) + " " + " ".join(strings(questions(chapter))))


def strings(x):
    if isinstance(x, str):
        yield x
    elif isinstance(x, (dict, list)):
        for part in x.values() if isinstance(x, dict) else x:
            yield from strings(part)


def plain(text):
    """One line, however it was wrapped."""
    return re.sub(r"\s+", " ", text)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:the loss came from")  # a search tries rates that are too large, and says so
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
@pytest.mark.long
def test_claim(claim):
    failures = claim.failures()
    allowed = len(claims.STARTS) - claims.NEEDED
    assert len(failures) <= allowed, f"not true for the starts {failures}: {claim.sentences}"


@pytest.mark.book
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_it_stands_on_the_page(claim):
    said = words(claim.chapter)
    assert claim.sentences
    for sentence in claim.sentences:
        assert plain(sentence) in said, sentence


@pytest.mark.book
def test_each_chapter_that_trains_has_claims():
    training = {
        p.stem[:2] for p in NOTEBOOKS for c in cells(p).cells if c.cell_type == "code" and "nn.train(" in c.source
    }
    assert training <= {claim.chapter for claim in CLAIMS}

"""The errata page: well-formed rows, each numeric one demonstrated, each pointing to a section that exists."""

import json
import re

import pytest

from tests import errata
from tests.chapters import NOTEBOOKS, ROOT, text

ROWS = [row for p in sorted((ROOT / "book/errata").glob("*.json")) for row in json.loads(p.read_text(encoding="utf-8"))]
CHECKS = errata.load()


@pytest.mark.slow
@pytest.mark.parametrize(("id", "check"), errata.erratum.cases())
def test_demonstration(id, check):
    check()


@pytest.mark.book
def test_rows_are_whole_and_unique():
    for row in ROWS:
        assert {"id", "where", "says", "correct", "section"} <= row.keys(), row.get("id")
        assert all(str(row[k]).strip() for k in ("where", "says", "correct", "section")), row["id"]
    ids = [row["id"] for row in ROWS]
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.book
def test_sections_exist():
    chapters = {p.stem[:2]: text(p) for p in NOTEBOOKS}
    for row in ROWS:
        for section in row["section"].split("; "):
            number, title = section.split(" ", 1)
            heading = rf"^#+ (\d+(\.\d+)? )?{re.escape(title)}( \(\d+ minutes?\))?$"
            assert re.search(heading, chapters[number], flags=re.M), (row["id"], section)


@pytest.mark.book
def test_what_is_called_tested_is_tested():
    assert {row["id"] for row in ROWS if row.get("tested")} == set(CHECKS)

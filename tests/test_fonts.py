"""The faces of the book: what `make fonts` cuts, under which names, and that the stored ones have what is written."""

import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

import fonts
from tests.chapters import NOTEBOOKS, ROOT

pytestmark = pytest.mark.book
STORED = {(family, style): fonts.file_of(family, style) for f in fonts.FACES.values() for family, style in f.values()}
# What another face lends: rare signs, which no line is made of.
LENT = set("⊤⊙∇⋅⌊⌋❚ᵟᵢⱼₖₙₜℝ‴↔ϕ")


def packed(files):
    """An archive as npm's, with files by their names."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return data.getvalue()


def test_what_is_cut(tmp_path, monkeypatch, capsys):
    """From whole faces, here the stored ones, come files with the course's names, and the license once."""

    def pack(command, cwd, **options):
        assert command[:2] == ["npm", "pack"]
        files = {f"TTF/{name}.ttf": STORED[face].read_bytes() for name, face in fonts.FACES[command[-1]].items()}
        (Path(cwd) / "face.tgz").write_bytes(packed(files | {"LICENSE.md": b"OFL\r\nwords"}))

    monkeypatch.setattr(fonts, "FOLDER", tmp_path / "fonts")
    monkeypatch.setattr(subprocess, "run", pack)
    fonts.main()
    for (family, style), stored in STORED.items():
        path = fonts.file_of(family, style)
        assert path.parent == tmp_path / "fonts" and path.name == stored.name
        with TTFont(path) as font, TTFont(stored) as before:
            assert font["name"].getDebugName(1) == family and font["name"].getDebugName(2) == style
            assert font.getBestCmap().keys() == before.getBestCmap().keys()
            assert font["OS/2"].usWeightClass == (700 if style == "Bold" else 400)
    assert (tmp_path / "fonts/OFL.txt").read_bytes() == b"OFL\nwords\n"
    assert "Course Sans Bold: " in capsys.readouterr().out


def test_a_package_without_the_face_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(fonts, "FOLDER", tmp_path / "fonts")
    monkeypatch.setattr(subprocess, "run", lambda c, cwd, **_: (Path(cwd) / "x.tgz").write_bytes(packed({"a": b""})))
    with pytest.raises(KeyError, match="SourceSans3-Regular"):
        fonts.main()


def test_the_stored_faces_are_free_light_and_not_called_by_the_reserved_name():
    assert "SIL OPEN FONT LICENSE" in (fonts.FOLDER / "OFL.txt").read_text(encoding="utf-8")
    assert {path.name for path in fonts.FOLDER.glob("*.ttf")} == {path.name for path in STORED.values()}
    for path in STORED.values():
        assert path.stat().st_size < 100_000
        with TTFont(path) as font:
            names = {record.toUnicode() for record in font["name"].names if record.nameID in (1, 3, 4, 6, 16)}
        assert not any("Source" in name for name in names)


def test_the_stored_faces_have_what_the_chapters_say():
    """Signs of sentences in Course Sans, but for those that are named here."""
    with TTFont(STORED["Course Sans", "Regular"]) as font:
        there = font.getBestCmap()
    for path in NOTEBOOKS:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        lacking = {sign for sign in text if ord(sign) > 126 and ord(sign) not in there}
        assert lacking <= LENT, (path.name, lacking - LENT)
    assert ROOT in fonts.FOLDER.parents

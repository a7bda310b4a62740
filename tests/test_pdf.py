"""The book as PDF: which pages, under which numbers, where links lead; and what is said where it cannot be made."""

import os
import re
import signal
import subprocess
import sys

import pytest

import pdf
from pdf import Page, Sheets
from tests.chapters import ROOT

pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed: make .venv/pdf")


# ---- what is printed -------------------------------------------------------------------------------------------------


def test_every_page_of_the_book_is_printed_once_in_order():
    pages = pdf.pages()
    listed = re.findall(r"(?:file|root): (\S+)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))
    assert [page.name for page in pages] == listed
    assert len({page.file for page in pages}) == len(pages)
    assert pages[0].part == "" and pages[1].part == "Start here" and pages[-1].file == "references.pdf"


def test_titles_are_headings_as_text():
    heading = '<h1 id="x">Losses &amp; <em>pushes</em><a class="headerlink" href="#x">#</a></h1><h1>no</h1>'
    assert pdf.title(heading) == "Losses & pushes"
    assert pdf.title("<p>none</p>") == ""


def test_places_are_of_the_book(tmp_path):
    page = (tmp_path / "notebooks" / "09_by hand.html").as_uri()
    assert pdf.place(f"{page}#%C3%A9", tmp_path) == ("notebooks/09_by hand", "é")
    assert pdf.place(page, tmp_path / "book") is None
    assert pdf.place((tmp_path / "x.ipynb").as_uri(), tmp_path) is None
    assert pdf.place("https://example.org/x.html", tmp_path) is None


def test_pages_know_where_others_aim(tmp_path):
    a, b = Page("", "book/a"), Page("", "notebooks/b")
    texts = {
        a: '<a href="../notebooks/b.html#two"></a><a href="#own"></a><a href="http://x.org/b.html#no"></a>',
        b: '<a href="../book/a.html#x&amp;y"></a><a href="../source/c.html#L1"></a><a href="b.html#own"></a>',
    }
    assert pdf.aims(texts, tmp_path) == {"book/a": ["x&y"], "notebooks/b": ["two"]}


def test_contents_name_parts_pages_and_numbers(tmp_path):
    printed = [(Page("", "book/index", "Both <ways>"), 1), (Page("One", "a", "A"), 3), (Page("One", "b", "B"), 40)]
    config = {"author": "We & you", "copyright": "2026", "html": {"extra_footer": "Free <b>text</b>"}}
    text = pdf.front(printed, tmp_path, config)
    said = re.sub(r"<[^>]*>", "|", text[text.index("<header>") :])
    who = ["Both &lt;ways&gt;", "An interactive course on neural networks", "We &amp; you", "2026 · Free text"]
    what = ["Contents", "Both &lt;ways&gt;", "1", "One", "A", "3", "B", "40"]
    assert re.findall(r"[^|]+", said) == who + what
    assert (tmp_path / "b.html").as_uri() in text


# ---- binding ---------------------------------------------------------------------------------------------------------


def link(writer, sheet, address, high=20):
    """A link as Chromium writes it: by name inside a page, by address else."""
    from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, TextStringObject

    entry = DictionaryObject({NameObject("/Subtype"): NameObject("/Link"), NameObject("/Type"): NameObject("/Annot")})
    entry[NameObject("/Rect")] = ArrayObject(map(FloatObject, (10, 10, 60, 10 + high)))
    if address.startswith("#"):
        entry[NameObject("/Dest")] = NameObject("/" + address[1:])
    else:
        action = {NameObject("/S"): NameObject("/URI"), NameObject("/URI"): TextStringObject(address)}
        entry[NameObject("/A")] = DictionaryObject(action)
    sheet.setdefault(NameObject("/Annots"), ArrayObject()).append(writer._add_object(entry))


@pytest.fixture
def printed(tmp_path):
    """Two pages of a book, of two sheets each, and its front."""

    def sheets(name, *addresses, outline=()):
        writer = pypdf.PdfWriter()
        for _ in range(2):
            writer.add_blank_page(595, 842)
        for address in addresses:
            link(writer, writer.pages[0], address)
        link(writer, writer.pages[0], "#section", high=1)
        fit = pypdf.generic.Fit.xyz(top=700)
        writer.add_named_destination_object(
            pypdf.generic.Destination("/section", writer.pages[1].indirect_reference, fit)
        )
        above = []
        for depth, words in outline:
            above = [
                *above[:depth],
                writer.add_outline_item(title=words, page_number=1, parent=(above[:depth] or [None])[-1]),
            ]
        writer.write(tmp_path / f"{name}.pdf")
        return tmp_path / f"{name}.pdf"

    uri = {name: (tmp_path / f"{name}.html").as_uri() for name in "abc"}
    outline = [(0, "A"), (1, "First"), (2, "Inside"), (1, "Second")]
    a = sheets("a", "#section", f"{uri['b']}#section", uri["c"], "https://x.org/", outline=outline)
    b = sheets("b", f"{uri['a']}#nowhere", "file:///home/me/secret.html")
    front = sheets("front", uri["b"])
    return [Sheets(Page("One", "a", "A"), a, 0), Sheets(Page("Two", "b", "B"), b, 2)], front


def aims(reader, sheet):
    """Where the links of a sheet lead: a sheet and a height, a file, or an address."""
    found = []
    for entry in reader.pages[sheet].get("/Annots", ()):
        entry = entry.get_object()
        assert not ("/Dest" in entry and "/A" in entry)
        if "/Dest" in entry:
            numbers = {page.indirect_reference.idnum: k for k, page in enumerate(reader.pages)}
            found.append((numbers[list.__getitem__(entry["/Dest"], 0).idnum], float(entry["/Dest"][3])))
        else:
            found.append(str(entry["/A"].get("/URI") or entry["/A"]["/F"]))
    return found


def outline(items, depth=0):
    return [
        row for item in items for row in (outline(item, depth + 1) if isinstance(item, list) else [(depth, item.title)])
    ]


def test_links_of_the_whole_lead_inside_it(printed, tmp_path):
    sheets, front = printed
    assert pdf.bind(sheets, tmp_path / "whole.pdf", tmp_path, front, author="We") == 6
    reader = pypdf.PdfReader(tmp_path / "whole.pdf")
    assert aims(reader, 0) == [(4, 842.0)]  # from the contents to the second page
    assert aims(reader, 2) == [(3, 700.0), (5, 700.0), "https://x.org/"]  # c is no page of the book
    assert aims(reader, 4) == [(2, 842.0)]  # a place that is not there: the page
    assert reader.page_labels == ["i", "ii", "1", "2", "3", "4"]
    assert outline(reader.outline) == [
        (0, "One"), (1, "A"), (2, "First"), (3, "Inside"), (2, "Second"), (0, "Two"), (1, "B")]  # fmt: skip
    assert reader.metadata.title == "A" and reader.metadata.author == "We"
    assert b"secret" not in (tmp_path / "whole.pdf").read_bytes()


def test_links_of_a_single_page_lead_to_the_other_files(printed, tmp_path):
    sheets, _ = printed
    others = {"a": "a.pdf", "b": "b.pdf"}
    assert pdf.bind(sheets[1:], tmp_path / "single.pdf", tmp_path, others=others) == 2
    reader = pypdf.PdfReader(tmp_path / "single.pdf")
    assert aims(reader, 0) == ["a.pdf"]
    assert reader.page_labels == ["3", "4"]
    pdf.bind(sheets[:1], tmp_path / "single.pdf", tmp_path, others=others)
    reader = pypdf.PdfReader(tmp_path / "single.pdf")
    assert outline(reader.outline) == [(0, "A"), (1, "First"), (2, "Inside"), (1, "Second")]


def test_files_are_replaced_as_wholes(tmp_path):
    new, target = tmp_path / "new", tmp_path / "pdf"
    for folder, names in ((new, ["a.pdf"]), (target, ["a.pdf", "old.pdf", "b.pdf.new"])):
        folder.mkdir()
        for name in names:
            (folder / name).write_text(folder.name, encoding="utf-8")
    pdf.put(new, target, everything=False)
    assert sorted(path.name for path in target.iterdir()) == ["a.pdf", "old.pdf"]
    pdf.put(new, target, everything=True)
    assert [path.read_text(encoding="utf-8") for path in target.iterdir()] == ["new"]


# ---- what is said ----------------------------------------------------------------------------------------------------


def said(capsys, monkeypatch, tmp_path, *words):
    for name in ("_toc.yml", "_config.yml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    make = pdf.make
    monkeypatch.setattr(pdf, "make", lambda line, paper, only: make(line, paper, only, tmp_path))
    assert pdf.main(words) == 1
    return capsys.readouterr().out


def test_a_book_that_is_not_built_is_told_of(capsys, monkeypatch, tmp_path):
    assert said(capsys, monkeypatch, tmp_path) == "book/index is not built: run make book first\n"


def test_an_unknown_page_is_told_of(capsys, monkeypatch, tmp_path):
    words = said(capsys, monkeypatch, tmp_path, "99_more")
    assert words.startswith("there is no page 99_more; there are index, how_to_use, ") and words.count("\n") == 1


def test_a_missing_browser_is_told_of(tmp_path):
    pytest.importorskip("playwright")
    for page in pdf.pages():
        path = tmp_path / "_build" / "html" / f"{page.name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for name in ("_toc.yml", "_config.yml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    program = "import pathlib, pdf; make = pdf.make; pdf.make = lambda *words: make(*words, pathlib.Path.cwd())"
    # A process of its own: where a browser of other tests is open, no second one is begun.
    paths = os.pathsep.join([str(ROOT / "book"), *sys.path])
    environment = {**os.environ, "CHROMIUM": str(tmp_path / "none"), "PYTHONPATH": paths}
    command = [sys.executable, "-c", f"{program}; raise SystemExit(pdf.main([]))"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8")
    assert done.stdout.startswith("there is no browser that prints: install chromium or Chrome"), done.stderr
    assert done.stdout.count("\n") == 1 and done.returncode == 1
    assert [path.name for path in (tmp_path / "_build").iterdir()] == ["html"]  # nothing is left behind


def test_ctrl_c_is_one_sentence(tmp_path):
    program = """
import sys, time; sys.path.insert(0, {book!r})
import pdf
def make(*words): print('begun', flush=True); time.sleep(60)
pdf.make = make
sys.exit(pdf.main([]))
""".format(book=str(ROOT / "book"))
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               encoding="utf-8")  # fmt: skip
    assert process.stdout.readline() == "begun\n"
    if os.name == "nt":
        process.kill()
        pytest.skip("Windows sends Ctrl-C to a whole console")
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20)[0] == "Stopped. The files that were there are as they were.\n"
    assert process.returncode == pdf.INTERRUPTED


@pytest.mark.parametrize(
    ("told", "said"), [("SummarySummary", "Summary"), ("Summary", "Summary"), ("2 + 2", "2 + 2"), ("", ""), ("aa", "a")]
)
def test_a_heading_that_moved_is_named_once(told, said):
    assert pdf.once(told) == said

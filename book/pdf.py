"""`make pdf`: the pages that `make book` built as PDF, each as a file of its own and all as one book.

A browser prints them (book/_static/print.css says how), pypdf binds them. The pages carry the numbers of the book, in
the files of single chapters, too, so that a class may hold either and find page 143. Chapters are printed in their
order, so each knows its first number; title and contents, which need all numbers, come last and have Roman ones.

``.venv/bin/python book/pdf.py`` makes all; ``--paper Letter`` on American paper; with names, such as ``04_activations
glossary``, only these pages, each from 1.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import unquote, urlparse

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "book" / "_ext"))

from line import Line, duration  # noqa: E402
from paper import WHOLE, offer  # noqa: E402

PAPERS = ("A4", "Letter")
INTERRUPTED = 130  # the code by which a shell knows
PATIENCE = 120_000  # milliseconds for one page on a busy machine


class Failed(Exception):
    """Words for whoever waits; nothing else is printed."""


class Page(NamedTuple):
    """A page of the book: the part it belongs to, its name in _toc.yml, its title."""

    part: str
    name: str
    title: str = ""

    @property
    def file(self) -> str:
        """The name of its PDF."""
        return f"{self.name.rpartition('/')[2]}.pdf"


# ---- what is to be printed -----------------------------------------------------------------------------------------


def pages(root: Path = ROOT) -> list[Page]:
    """Every page of _toc.yml, in order."""
    import yaml

    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    found = [Page("", toc["root"])]
    return found + [Page(part["caption"], chapter["file"]) for part in toc["parts"] for chapter in part["chapters"]]


def built(wanted: Iterable[Page], folder: Path) -> dict[Page, str]:
    """Each page with its title, and its HTML; `Failed` if the book is not there."""
    found = {}
    for page in wanted:
        path = folder / f"{page.name}.html"
        if not path.is_file():
            raise Failed(f"{page.name} is not built: run make book first")
        text = path.read_text(encoding="utf-8")
        found[page._replace(title=title(text))] = text
    return found


def title(text: str) -> str:
    """The first heading of a page, as text."""
    heading = re.search(r'<h1[^>]*>(.*?)(?:<a class="headerlink".*?)?</h1>', text, re.S)
    return html.unescape(re.sub(r"<[^>]*>", "", heading[1])).strip() if heading else ""


def place(address: str, folder: Path) -> tuple[str, str] | None:
    """The page of the book and the place on it that an address of a file leads to; None if it leads elsewhere."""
    url = urlparse(address)
    path = Path(unquote(url.path))
    if url.scheme != "file" or path.suffix != ".html" or not path.is_relative_to(folder):
        return None
    return path.relative_to(folder).with_suffix("").as_posix(), unquote(url.fragment)


def aims(texts: dict[Page, str], folder: Path) -> dict[str, list[str]]:
    """For each page the places on it that the others link to."""
    found: dict[str, set[str]] = {page.name: set() for page in texts}
    for page, text in texts.items():
        here = (folder / page.name).parent
        for link in re.findall(r'href="([^":]*#[^"]+)"', text):
            path, _, fragment = html.unescape(link).partition("#")
            where = os.path.normpath(here / unquote(path)) if path else ""
            name = os.path.relpath(where, folder).removesuffix(".html").replace(os.sep, "/") if where else page.name
            if name != page.name and name in found:
                found[name].add(unquote(fragment))
    return {name: sorted(fragments) for name, fragments in found.items()}


# ---- the browser ---------------------------------------------------------------------------------------------------


TYPESET = """() => document.fonts.status === 'loaded' && [...document.images].every(i => i.complete)
  && [...document.querySelectorAll('article .math')].every(e => e.querySelector('mjx-container'))"""
# A browser remembers the places of a page that the page itself links to: these links, which nobody sees, are to all
# places that others link to. `bind` takes them away again.
AIM = """ids => { const box = document.createElement('nav');
box.style.cssText = 'position:absolute;top:0;left:0;width:1px;height:1px;font-size:1px;line-height:1px;opacity:0';
for (const id of ids) if (document.getElementById(id)) {
  const a = document.createElement('a'); a.href = '#' + encodeURIComponent(id); a.textContent = '.'; box.append(a) }
document.querySelector('article').prepend(box) }"""
TINY = 3  # points: no link that can be hit is less high
STYLE = """html { counter-reset: page %d }
@page { @bottom-left { content: %s; font: 9pt 'Course Sans', system-ui, sans-serif; color: #444 } }
@page sheet { @bottom-left { content: none } }"""


# A browser that asks nobody for anything.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def executable() -> str | None:
    """The browser: $CHROMIUM, or what is on the PATH, or None for Playwright's own."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


class Printer:
    """A browser that prints pages."""

    def __init__(self, browser: Any, paper: str = PAPERS[0]) -> None:
        self.browser, self.paper = browser, paper

    def print(self, source: Path, target: Path, before: int = 0, foot: str = "", ids: Sequence[str] = ()) -> None:
        """Print a built page. `before` pages are in front of it; `foot` stands at the bottom of each."""
        context = self.browser.new_context(offline=True, color_scheme="light", viewport={"width": 680, "height": 960})
        try:
            page = context.new_page()
            page.set_default_timeout(PATIENCE)
            page.goto(source.as_uri())
            page.wait_for_function(TYPESET)
            page.add_style_tag(content=STYLE % (before, json.dumps(foot, ensure_ascii=False)))
            if ids:
                page.evaluate(AIM, list(ids))
            page.pdf(path=target, format=self.paper, prefer_css_page_size=True, print_background=True, outline=True,
                     tagged=True)  # fmt: skip
        finally:
            context.close()


@contextlib.contextmanager
def printer(paper: str = PAPERS[0]) -> Iterator[Printer]:
    """A browser that prints; `Failed` if there is none."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            # Ctrl-C is heard here alone: a browser that hears it, too, ends in the middle of an answer.
            browser = playwright.chromium.launch(executable_path=executable(), args=QUIET, handle_sigint=False)
        except Error:
            raise Failed(
                "there is no browser that prints: install chromium or Chrome, name one in CHROMIUM, or run "
                f"{sys.executable} -m playwright install chromium"
            ) from None
        yield Printer(browser, paper)
        browser.close()


def front(printed: Sequence[tuple[Page, int]], folder: Path, config: dict[str, Any]) -> str:
    """Title and contents as a page of HTML: each page of the book with the number of its first page."""
    rows, part = [], ""
    for page, number in printed:
        if page.part != part:
            part = page.part
            rows.append(f"<h2>{html.escape(part)}</h2>")
        uri = (folder / f"{page.name}.html").as_uri()
        rows.append(f'<a href="{uri}"><span>{html.escape(page.title)}</span><i></i><b>{number}</b></a>')
    *styles, logo = ((folder / "_static" / name).as_uri() for name in ("type.css", "print.css", "logo.svg"))
    linked = "".join(f'<link rel="stylesheet" href="{style}">' for style in styles)
    look = """
    html { font: 10pt/1.3 'Course Sans', system-ui, sans-serif; counter-reset: page 0 }
    @page { @bottom-right { content: counter(page, lower-roman) } }
    @page title { @bottom-right { content: none } }
    header { page: title; break-after: page; height: 225mm; display: flex; flex-direction: column; text-align: center }
    header img { width: 30mm; margin: 55mm auto 14mm }
    header h1 { font-size: 34pt; font-weight: 500; margin: 0 0 4mm }
    header p { font-size: 13pt; color: #444; margin: 2mm }
    header small { margin-top: auto; color: #444 }
    main > h1 { font-size: 22pt; font-weight: 500; margin: 0 0 2mm }
    main > h2 { font-size: 10.5pt; margin: 3mm 0 .6mm; break-after: avoid }
    main > a { display: flex; gap: 1.5mm; color: #111; text-decoration: none; break-inside: avoid; padding: .25mm 0 }
    main > a > i { flex: 1; border-bottom: 1px dotted #888; margin-bottom: 1.2mm }
    main > a > b { font-weight: 400; min-width: 2em; text-align: right }"""
    name, about = printed[0][0].title, [html.escape(config[key]) for key in ("author", "copyright")]
    footer = re.sub(r"<[^>]*>", "", config["html"]["extra_footer"])
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(name)}</title>'
        f"{linked}<style>{look}</style></head><body><article>"
        f'<header><img src="{logo}" alt=""><h1>{html.escape(name)}</h1><p>An interactive course on neural networks</p>'
        f"<p>{about[0]}</p><small>{about[1]} · {html.escape(footer)}</small></header>"
        f"<main><h1>Contents</h1>{''.join(rows)}</main></article></body></html>"
    )


# ---- binding -------------------------------------------------------------------------------------------------------


class Sheets(NamedTuple):
    """A printed page of the book: its PDF, and how many sheets come before it in the book, the front not counted."""

    page: Page
    path: Path
    before: int


def places(reader: Any) -> dict[str, tuple[int, float]]:
    """Each place that a PDF names: the sheet, from 0, and how high it lies."""
    found = {}
    for name, aim in reader.named_destinations.items():
        sheet = reader.get_destination_page_number(aim)
        if sheet is not None:
            found[unquote(name.removeprefix("/"))] = (sheet, float(aim.top or 0))
    return found


def rows(reader: Any) -> list[tuple[int, str, int, float]]:
    """The outline of a PDF: depth, words, sheet, height."""
    found = []

    def walk(items, depth):
        for item in items:
            if isinstance(item, list):
                walk(item, depth + 1)
            elif (sheet := reader.get_destination_page_number(item)) is not None:
                found.append((depth, once(str(item.title).strip()), sheet, float(item.top or 0)))

    walk(reader.outline, 0)
    return found


def once(words: str) -> str:
    """Words that Chromium says twice, of a heading that it had to move to the next sheet, said once."""
    half = len(words) // 2
    return words[:half] if half and words[:half] == words[half:] else words


def relink(writer: Any, first: int, count: int, lead: Any) -> None:
    """Let the links of some sheets lead where `lead` says, which turns an address into entries; None: no link."""
    from pypdf.generic import ArrayObject, NameObject

    for sheet in writer.pages[first : first + count]:
        kept = ArrayObject()
        for reference in sheet.get("/Annots", ()):
            link = reference.get_object()
            if link.get("/Subtype") == "/Link":
                rectangle = [float(x) for x in link["/Rect"]]
                if abs(rectangle[3] - rectangle[1]) < TINY:
                    continue
                named, action = link.get("/Dest"), link.get("/A", {})
                if isinstance(named, str):
                    address = "#" + unquote(named.removeprefix("/"))
                else:
                    address = str(action.get("/URI", ""))
                entries = lead(address)
                if entries is None:
                    continue
                for key in ("/Dest", "/A"):
                    link.pop(key, None)
                link.update(entries)
            kept.append(reference)
        if "/Annots" in sheet:
            del sheet["/Annots"]
        if kept:
            sheet[NameObject("/Annots")] = kept


def to(sheet: Any, top: float) -> dict[Any, Any]:
    """A link to a place in the same file."""
    from pypdf.generic import ArrayObject, FloatObject, NameObject, NullObject

    aim = [sheet.indirect_reference, NameObject("/XYZ"), NullObject(), FloatObject(top), NullObject()]
    return {NameObject("/Dest"): ArrayObject(aim)}


def to_file(name: str, sheet: int) -> dict[Any, Any]:
    """A link to a sheet of another file in the same folder."""
    from pypdf.generic import ArrayObject, DictionaryObject, NameObject, NumberObject, TextStringObject

    aim = ArrayObject([NumberObject(sheet), NameObject("/Fit")])
    action = {"/Type": NameObject("/Action"), "/S": NameObject("/GoToR"), "/F": TextStringObject(name), "/D": aim}
    return {NameObject("/A"): DictionaryObject({NameObject(key): value for key, value in action.items()})}


def to_web(address: str) -> dict[Any, Any]:
    """A link out of the book."""
    from pypdf.generic import DictionaryObject, NameObject, TextStringObject

    action = {"/Type": NameObject("/Action"), "/S": NameObject("/URI"), "/URI": TextStringObject(address)}
    return {NameObject("/A"): DictionaryObject({NameObject(key): value for key, value in action.items()})}


def bind(
    sheets: Sequence[Sheets],
    target: Path,
    folder: Path,
    front: Path | None = None,
    others: Mapping[str, str] = MappingProxyType({}),
    author: str = "",
) -> int:
    """Put printed pages together; how many sheets that makes.

    With `front`, title and contents come first, and the outline names parts. A link to a page that is not in this file
    leads to that page's own, by its name in `others`.
    """
    from pypdf import PdfReader, PdfWriter
    from pypdf.constants import PageLabelStyle
    from pypdf.generic import Fit, NameObject, TextStringObject

    readers = {item.page.name: PdfReader(item.path) for item in sheets}
    known = {name: places(reader) for name, reader in readers.items()}
    writer, ahead = PdfWriter(), 0
    if front:
        opening = PdfReader(front)
        ahead = len(opening.pages)
        for leaf in opening.pages:
            writer.add_page(leaf)
    start = {}
    for item in sheets:
        start[item.page.name] = len(writer.pages)
        for leaf in readers[item.page.name].pages:
            writer.add_page(leaf)

    def lead(here):
        def entries(address):
            if address.startswith("#"):
                name, fragment = here, address[1:]
            elif (found := place(address, folder)) is not None:
                name, fragment = found
            else:
                return to_web(address) if address.startswith(("http:", "https:", "mailto:")) else None
            if name in start:
                sheet, top = known[name].get(fragment, (0, 842.0))
                return to(writer.pages[start[name] + sheet], top)
            return to_file(others[name], 0) if name in others else None

        return entries

    if front:
        relink(writer, 0, ahead, lead(""))
    part, inside = "", None
    for item in sheets:
        reader, first = readers[item.page.name], start[item.page.name]
        relink(writer, first, len(reader.pages), lead(item.page.name))
        above = []  # entries of the outline, each inside the one before it
        if front:
            if item.page.part and item.page.part != part:
                part = item.page.part
                inside = writer.add_outline_item(title=part, page_number=first)
            above = [writer.add_outline_item(title=item.page.title, page_number=first, parent=inside)]
        for depth, words, sheet, top in rows(reader):
            if depth or not front:  # in the book the first is the title, which is there
                del above[depth:]
                under, fit = above[-1] if above else None, Fit.xyz(top=top)
                above.append(writer.add_outline_item(title=words, page_number=first + sheet, parent=under, fit=fit))
    if ahead:
        writer.set_page_label(0, ahead - 1, style=PageLabelStyle.LOWERCASE_ROMAN)
    writer.set_page_label(ahead, len(writer.pages) - 1, style=PageLabelStyle.DECIMAL, start=sheets[0].before + 1)
    name = sheets[0].page.title
    writer.add_metadata({"/Title": name, "/Author": author})
    writer.root_object[NameObject("/Lang")] = TextStringObject("en")
    writer.page_mode = "/UseOutlines" if front else "/UseNone"
    writer.compress_identical_objects()
    writer.write(target)
    return len(writer.pages)


# ---- the command ---------------------------------------------------------------------------------------------------


def make(line: Line, paper: str = PAPERS[0], only: Sequence[str] = (), root: Path = ROOT) -> None:
    """Print all, bind all, and put it in place once it is whole."""
    import yaml

    config = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    author = config["author"]
    folder, target = root / "_build" / "html", root / "_build" / "pdf"
    everything = pages(root)
    names = [page.name.rpartition("/")[2] for page in everything]
    if unknown := [name for name in only if name not in names]:
        raise Failed(f"there is no page {', '.join(unknown)}; there are {', '.join(names)}")
    texts = built(everything, folder)
    others = {page.name: page.file for page in texts}
    links, count = aims(texts, folder), 0
    target.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="pdf-") as scratch, printer(paper) as browser:
        made, new = [], Path(scratch) / "new"
        new.mkdir()
        wanted = [page for page in texts if not only or page.name.rpartition("/")[2] in only]
        for number, page in enumerate(wanted):
            line.step("printing", f": {number} of {len(wanted)} pages, {page.title}, {count} sheets")
            raw = Path(scratch) / page.file
            before = 0 if only else count
            browser.print(folder / f"{page.name}.html", raw, before, page.title, links[page.name])
            made.append(Sheets(page, raw, before))
            count += bind(made[-1:], new / page.file, folder, others=others, author=author)
        if not only:
            line.step("binding", f" {count} sheets")
            opening, numbered = Path(scratch) / "front.html", [(item.page, item.before + 1) for item in made]
            opening.write_text(front(numbered, folder, config), encoding="utf-8")
            browser.print(opening, opening.with_suffix(".pdf"))
            bind(made, new / WHOLE, folder, opening.with_suffix(".pdf"), author=author)
        put(new, target, everything=not only)
        put(new, folder / "pdf", everything=not only)
    offer(folder)


def put(new: Path, target: Path, everything: bool) -> None:
    """Copy files into a folder, each as a whole; what else was there goes if these are all."""
    target.mkdir(exist_ok=True)
    there = {path.name for path in new.iterdir()}
    for name in sorted(there):
        beside = target / f"{name}.new"
        shutil.copyfile(new / name, beside)
        os.replace(beside, target / name)
    for path in target.iterdir():
        if (everything and path.suffix == ".pdf" and path.name not in there) or path.suffix == ".new":
            path.unlink()


def main(words: Sequence[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="book/pdf.py", description="Print the built book into _build/pdf.")
    parser.add_argument("page", nargs="*", help="pages to print, such as 04_activations; all and the book if none")
    parser.add_argument("--paper", choices=PAPERS, default=PAPERS[0])
    wanted = parser.parse_args(words)
    line, begun = Line(), time.monotonic()
    try:
        make(line, wanted.paper, wanted.page)
    except Failed as fault:
        line.say(str(fault))
        return 1
    except KeyboardInterrupt:
        line.say("Stopped. The files that were there are as they were.")
        sys.stdout.flush()
        os._exit(INTERRUPTED)
    line.say(f"printed in {duration(time.monotonic() - begun)}")
    line.say(f"Open _build/pdf/{f'{wanted.page[0]}.pdf' if wanted.page else WHOLE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

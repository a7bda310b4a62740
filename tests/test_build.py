"""The build of the book: what decides that a page runs again, faults in few words, Ctrl-C, the line of progress."""

import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from tests.chapters import ROOT

pytestmark = pytest.mark.book
EXT = ROOT / "book" / "_ext"


def load(path):
    """A module of the build, which is no package; each test has its own."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def cells(monkeypatch):
    module = load(EXT / "cells.py")
    monkeypatch.setattr(module, "surroundings", lambda: ["fonts"])
    return module


def chapter(root, name, *code, prose="Words."):
    """A notebook of that code in a book at `root`."""
    made = [{"cell_type": "markdown", "metadata": {}, "source": prose, "id": "p"}]
    empty = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    made += [{**empty, "metadata": {}, "source": source, "id": f"c{k}"} for k, source in enumerate(code)]
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    path = root / f"notebooks/{name}.ipynb"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"cells": made, "metadata": spec, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


@pytest.fixture
def book(tmp_path, cells):
    """A book of two chapters that never ran; nnlib is one line, so that its kernels start at once."""
    chapter(tmp_path, "01_one", "x = 1", "print(x)")
    chapter(tmp_path, "02_two", "x = 2", "print(x, end='')\nprint(x)")
    files = {"nnlib/a.py": "1", "nnlib/lab/b.css": "1", "requirements.txt": "1"}
    files |= {"notebooks/quiz/01.json": "[]", "notebooks/quiz/02.json": "[]", "notebooks/quiz/part1.json": "[]"}
    files["_toc.yml"] = "root: notebooks/01_one\nparts:\n- chapters:\n  - file: notebooks/02_two\n"
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def keys(cells, root):
    cells.forget()
    return [page.key for page in cells.pages(root)]


# ---- keys ------------------------------------------------------------------------------------------------------------


def test_a_word_of_prose_and_a_stored_output_run_nothing(cells, book):
    before = keys(cells, book)
    chapter(book, "01_one", "x = 1", "print(x)", prose="Other words.")
    assert keys(cells, book) == before


@pytest.mark.parametrize("name", ["nnlib/a.py", "nnlib/lab/b.css", "requirements.txt"])
def test_what_all_stand_on_runs_all(cells, book, name):
    before = keys(cells, book)
    (book / name).write_text("2", encoding="utf-8")
    assert all(new != old for new, old in zip(keys(cells, book), before, strict=True))
    (book / name).write_text("1", encoding="utf-8")
    assert keys(cells, book) == before, "an edit that is taken back finds the old entry"


def test_other_fonts_or_versions_run_all(cells, book, monkeypatch):
    before = keys(cells, book)
    monkeypatch.setattr(cells, "surroundings", lambda: ["other fonts"])
    assert not set(before) & set(keys(cells, book))


def test_questions_run_the_pages_that_ask_them(cells, book):
    before = keys(cells, book)
    (book / "notebooks/quiz/01.json").write_text("[1]", encoding="utf-8")
    after = keys(cells, book)
    assert after[0] != before[0] and after[1] == before[1]


def test_code_and_the_tags_that_change_what_it_means(cells, book):
    seen = {keys(cells, book)[0]}
    chapter(book, "01_one", "x = 1", "print(x + 0)")
    seen.add(keys(cells, book)[0])
    path = book / "notebooks/01_one.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    for tags, new in ((["hide-input"], False), (["raises-exception"], True)):
        notebook["cells"][1]["metadata"]["tags"] = tags
        path.write_text(json.dumps(notebook), encoding="utf-8")
        count = len(seen)
        seen.add(keys(cells, book)[0])
        assert (len(seen) > count) == new


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("x = 1", "01"),
        ('lab.recall("02-q3")', "01 02"),
        ('lab.exam("part1")', "01 part1"),
        ("lab.quiz(*ids)", "01 02 part1"),
        ("nn.predict(net, theta, X)", "01"),
        ("%time x\nlab.quiz('02-a')", "01 02"),
        ("x = [", "01 02 part1"),
    ],
)
def test_the_questions_that_a_page_reads(cells, book, code, wanted):
    assert [path.stem for path in cells.banks("notebooks/01_one", code, book)] == wanted.split()


def test_every_page_of_this_book_reads_few_questions(cells):
    pages = cells.pages()
    assert len(pages) >= 20
    for page in pages:
        read = cells.banks(page.name, "\n".join(map(cells.source, page.code)))
        assert len(read) <= 2, page.name


# ---- the store -------------------------------------------------------------------------------------------------------


def test_what_nobody_used_for_a_month_goes_and_nothing_else(cells, tmp_path):
    folder, month = cells.folder(tmp_path), 31 * 24 * 3600
    old = [folder / "executed/notebooks.01-0123456789abcdef.json", folder / "frames/k/draw-0123456789abcdef0123.txt"]
    kept = [folder / "executed/mine.json", folder / "frames/k/mine.txt", folder / "other/x-0123456789abcdef.json"]
    new = folder / "executed/notebooks.02-0123456789abcdef.json"
    for path in (*old, *kept, new):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    for path in (*old, *kept):
        os.utime(path, (time.time() - month,) * 2)
    assert set(cells.forget_old(tmp_path)) == set(old)
    assert all(path.exists() for path in (*kept, new)) and not any(path.exists() for path in old)


def test_memory_bounds_how_many_run(cells):
    assert [cells.workers(8, gb * 1e9) for gb in (0.1, 2, 100)] == [1, 2, 8]


# ---- running ---------------------------------------------------------------------------------------------------------


def test_pages_run_side_by_side_and_only_once(cells, book):
    wait = """if True:
        import pathlib, time
        pathlib.Path({mine!r}).touch()
        for _ in range(600):  # until the other page runs, too
            if pathlib.Path({other!r}).exists():
                break
            time.sleep(0.1)
        else:
            raise TimeoutError"""
    chapter(book, "01_one", wait.format(mine="one", other="two"))
    static = "import os\nprint(os.environ['NNLIB_STATIC'], end='')\nprint()"
    chapter(book, "02_two", wait.format(mine="two", other="one"), static)
    pages = cells.pages(book)
    state = cells.run(cells.missing(pages, book), book, limit=2)
    assert state.faults == [] and len(state.done) == 2
    assert [o["text"] for o in cells.stored(pages[1], book)["cells"][1]["outputs"]] == ["1\n"], "one stream, one text"
    import psutil

    assert not [p for p in psutil.Process().children() if "ipykernel_launcher" in " ".join(p.cmdline())]
    assert cells.missing(pages, book) == [] and set(cells.times(book)) == {p.name for p in pages}


def test_two_that_fail_are_told_and_the_others_stay(cells, book):
    chapter(book, "03_three", "import os\nos._exit(3)")
    chapter(book, "02_two", "x = 1", "\n".join(["y = 2"] * 40) + "\nx / 0\ny = 3")
    pages = [*cells.pages(book), cells.read("notebooks/03_three", book)]
    state = cells.run(pages, book, limit=3)
    assert state.done == ["notebooks/01_one"] and cells.missing(pages, book) != pages
    told = cells.report(state.faults, len(pages))
    text = "\n".join(told)
    assert len(told) <= 20
    assert "notebooks/02_two, code cell 2" in text and "ZeroDivisionError: division by zero" in text
    assert "> x / 0" in text and "the kernel died" in text
    assert told[-1] == "1 of 3 pages with cells ran without an error."


@pytest.mark.parametrize("shown", ["Explorer()", "display(Explorer())"])
def test_what_cannot_be_shown_is_a_fault(cells, book, shown):
    """IPython goes on after an error in what an object shows of itself; so an explorer without pictures would pass."""
    made = "class Explorer:\n    def _repr_mimebundle_(self, **_):\n        raise UserWarning('overflow in exp')"
    chapter(book, "02_two", made, shown, "print('goes on')")
    state = cells.run(cells.pages(book), book, limit=2)
    (fault,) = state.faults
    assert state.done == ["notebooks/01_one"] and fault.page == "notebooks/02_two" and fault.cell == 2
    assert fault.message == "UserWarning: overflow in exp" and fault.source == shown


@pytest.mark.parametrize("count", [1, 2, 5, 9, 26])
def test_a_report_is_short(cells, count):
    long = "\n".join(f"line {k} " + "x" * 200 for k in range(60))
    faults = [cells.Fault(f"notebooks/{k:02}", 7, long, 30, long, "nnlib/network.py, line 3") for k in range(count)]
    told = cells.report(faults, 26)
    assert len(told) <= 20 and max(map(len, told)) <= 140
    assert f"{26 - count} of 26" in told[-1] and "notebooks/00, code cell 7" in told[0]


@pytest.mark.skipif(os.name == "nt", reason="signals to a group of processes are another thing there")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_ends_at_once_and_no_kernel_stays(book, sent):
    import psutil

    chapter(book, "02_two", "import time\ntime.sleep(60)")
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'book')!r})\n"
        "import build, cells\nfrom pathlib import Path\n"
        "cells.surroundings = lambda: []\n"
        "build.compile_nnlib = lambda line: None\n"
        f"build.build.__defaults__ = (False, Path({str(book)!r}))\n"
        "sys.exit(build.main([]))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, encoding="utf-8", start_new_session=True
    )
    try:
        assert "1 of 2  notebooks/01_one" in process.stdout.readline()
        kernels = psutil.Process(process.pid).children(recursive=True)
        assert kernels
        os.killpg(process.pid, sent)
        said = process.stdout.read()
        assert process.wait(30) == 130  # the cell that runs takes a minute
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
    assert said.startswith("Stopped. ") and said.count("\n") == 1
    psutil.wait_procs(kernels, 20)
    assert not [k for k in kernels if k.is_running() and k.status() != psutil.STATUS_ZOMBIE]
    assert len(list((book / "_build/.cells/executed").glob("*.json"))) == 1


# ---- the line of progress --------------------------------------------------------------------------------------------


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def build(monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setenv("PYTHONPATH", os.environ.get("PYTHONPATH", ""))
    return load(ROOT / "book" / "build.py")


def test_a_pipe_gets_a_line_for_each_page_and_a_terminal_one_line(build, cells, book):
    pages = cells.pages(book)
    state = cells.State(pages)
    for stream in (io.StringIO(), Terminal()):
        line = build.Line(stream)
        tell = build.teller(line)
        state.done, state.seconds, state.counted = [], {}, {}
        tell(state)
        state.done, state.seconds = ["notebooks/01_one"], {"notebooks/01_one": 3.0}
        state.counted = {"notebooks/01_one": 70}
        line.shown = 0
        tell(state)
        line.say("the end")
        said = stream.getvalue()
        if isinstance(stream, Terminal):
            assert "\rcells: 1 of 2 pages, 70 pictures" in said and said.endswith("the end\n")
            assert said.count("\n") == 1
        else:
            assert said == "1 of 2  notebooks/01_one: 3 s, 70 pictures\nthe end\n"


def test_sphinx_speaks_in_the_same_line_and_warns_once(build):
    stream = io.StringIO()
    line = build.Line(stream)
    print("\x1b[1mreading sources... \x1b[0m[ 45%] book/index", file=build.Sphinx(line))
    warnings = build.Warnings(line)
    for _ in range(2):
        print(f"{ROOT}{os.sep}book/index.md:3: \x1b[91mWARNING: no such thing\x1b[0m", file=warnings)
    assert stream.getvalue() == "reading pages\nbook/index.md:3: WARNING: no such thing\n"


def test_one_build_at_a_time(cells, tmp_path):
    waited = []
    with cells.alone(tmp_path), pytest.raises(TimeoutError), cells.alone(tmp_path, lambda: waited.append(_raise())):
        pass
    with cells.alone(tmp_path, lambda: waited.append("again")):
        pass
    assert waited == []


def _raise():
    raise TimeoutError

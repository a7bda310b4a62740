"""What comes before everything: the set-up, the page that names the chapters, and the table of how long all takes."""

import ast
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import types

import pytest

from tests import times
from tests.chapters import ROOT

pytestmark = pytest.mark.book


def loaded(name):
    """A program of book/ as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "book" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


environment, lab = loaded("environment"), loaded("lab")


# --- the set-up


def test_an_older_python_is_told_so(capsys):
    assert environment.main(["lab"], version=(3, 10, 4, "final", 0)) == 1
    assert capsys.readouterr().out == "Python 3.11 or later is needed, this is 3.10.4\n"
    tree = ast.parse((ROOT / "book/environment.py").read_text(encoding="utf-8"), feature_version=(3, 8))
    imported = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert "tomllib" not in imported, "3.8 can read this file, to say that it is too old"


@pytest.mark.parametrize("words", [[], ["everything"], ["lab", "book"]])
def test_a_set_is_named(words, capsys):
    assert environment.main(words) == 2
    assert "takes one of lab, book, pdf, ready" in capsys.readouterr().out


def test_each_set_contains_the_one_before():
    sets = [set(environment.names(extras)) for extras in environment.SETS.values()]
    assert sets[0] < sets[1] < sets[2] < sets[3]
    readers = " ".join(sets[0])
    assert "jupyterlab" in readers and "numba" in readers
    assert not re.search("playwright|distributed|ruff|pandas|sympy|nbval|jupyter-book|pypdf", readers)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert all(f".venv/{name}" in makefile for name in environment.SETS)


def test_binder_installs_what_a_reader_needs():
    first, *names = (ROOT / ".binder" / "requirements.txt").read_text(encoding="utf-8").split("\n")[:-1]
    assert first == "-c ../requirements.txt"
    assert names == [re.match(r"[\w-]+", name)[0] for name in environment.names(["chapters"])]


SAID = """Collecting numpy>=2.1 (from -r x)
  Downloading numpy-2.4.6-cp311-manylinux.whl.metadata (6.6 kB)
Processing /srv/wheels/scipy-1.17.1-cp311-cp311-linux_x86_64.whl
Requirement already satisfied: six in ./.venv/lib/python3.11/site-packages
Collecting jupyterlab<4.6,>=4.4
  Using cached jupyterlab-4.5.11-py3-none-any.whl (12.5 MB)
Collecting jupyterlab-myst>=2.7
  Downloading numpy-2.4.6-cp311-manylinux.whl (16.4 MB)
Installing collected packages: numpy, scipy, jupyterlab
Successfully installed jupyterlab-4.5.11 numpy-2.4.6 scipy-1.17.1"""


def test_what_pip_does_is_read_from_what_it_says(tmp_path):
    pip = environment.Pip(tmp_path)
    (tmp_path / "six-1.dist-info").mkdir()
    (tmp_path / "six-1.dist-info" / "RECORD").touch()
    pip.there = len(pip.installed())
    told = []
    for line in SAID.split("\n"):
        pip.hear(line + "\n")
        told.append(pip.what + pip.more())
    assert told[0] == "collecting packages: numpy, number 1"
    assert told[2] == "collecting packages: scipy, number 2"
    assert told[3] == "collecting packages: six, number 3"
    assert told[5] == "collecting packages: jupyterlab, number 4, 13 MB"
    assert told[6] == "collecting packages: jupyterlab-myst, number 5, 13 MB"
    assert told[8] == "installing packages: 0 of 3, 29 MB"
    for name in ("numpy", "scipy"):
        (tmp_path / f"{name}-1.dist-info").mkdir()
    (tmp_path / "numpy-1.dist-info" / "RECORD").touch()
    assert pip.more() == ": 1 of 3, 29 MB"


def test_a_package_that_pip_was_killed_at_is_installed_anew(tmp_path):
    for name in ("whole", "half"):
        (tmp_path / f"{name}-1.dist-info").mkdir()
        (tmp_path / f"{name}-1.dist-info" / "METADATA").touch()
    (tmp_path / "whole-1.dist-info" / "RECORD").touch()
    environment.mend(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["whole-1.dist-info"]


FAILING = """
import sys
for k in range(40):
    print("word", k)
sys.exit(3)
"""


def test_what_fails_is_shown_with_its_last_words():
    with pytest.raises(environment.Failed) as failed:
        environment.run([sys.executable, "-c", FAILING], environment.Line(io.StringIO()), what="trying")
    lines = str(failed.value).split("\n")
    assert lines[0] == "word 28" and lines[11] == "word 39" and len(lines) < 25
    assert "This command failed" in str(failed.value) and sys.executable in str(failed.value)


@pytest.fixture
def sham(tmp_path, monkeypatch):
    """A set-up whose commands are only noted. `sham.fails` is a word of the one that fails."""
    noted = types.SimpleNamespace(commands=[], fails=None, venv=tmp_path / ".venv")

    def run(command, line, pip=None, what=""):
        noted.commands.append(" ".join(map(str, command)))
        if noted.fails and noted.fails in noted.commands[-1]:
            raise environment.Failed("no")

    def subprocess_run(command, **options):
        noted.commands.append(" ".join(map(str, command)))
        return types.SimpleNamespace(returncode=int(bool(noted.fails and noted.fails in noted.commands[-1])))

    monkeypatch.setattr(environment, "run", run)
    monkeypatch.setattr(environment.subprocess, "run", subprocess_run)
    monkeypatch.setattr(environment, "has_pip", lambda venv: len(noted.commands) > 0)
    monkeypatch.setattr(environment.shutil, "which", lambda name: f"/bin/{name}")
    noted.lock, noted.modules = tmp_path / "package-lock.json", tmp_path / "node_modules"
    noted.lock.write_text("one", encoding="utf-8")
    noted.modules.mkdir()  # which npm makes
    noted.set_up = lambda name: environment.set_up(name, environment.Line(io.StringIO()), noted.venv)
    noted.stamps = lambda: sorted(path.name for path in noted.venv.iterdir())
    return noted


def test_a_larger_set_only_adds(sham):
    sham.set_up("lab")
    assert sham.stamps() == ["lab"]
    assert "venv --clear" in sham.commands[0] and sham.commands[-1].endswith("-m nnlib")
    assert "-c requirements.txt numpy" in sham.commands[1] and "playwright" not in sham.commands[1]
    sham.set_up("ready")
    assert sham.stamps() == ["book", "lab", "pdf", "ready"]
    assert not any("venv --clear" in command for command in sham.commands[1:])
    assert "playwright" in sham.commands[-4] and sham.commands[-2].endswith("npm ci")
    assert sum(command.endswith("npm ci") for command in sham.commands) == 1, "a reader needs no npm"


def test_npm_runs_when_its_lock_has_changed(sham):
    def runs():
        before = len(sham.commands)
        sham.set_up("ready")
        return sum(command.endswith("npm ci") for command in sham.commands[before:])

    assert runs() == 1 and runs() == 0
    sham.lock.write_text("two", encoding="utf-8")
    assert runs() == 1 and runs() == 0
    sham.lock.write_text("three", encoding="utf-8")
    sham.fails = "npm ci"
    assert runs() == 1 and runs() == 1, "what failed is tried again"


@pytest.mark.parametrize("how", ["no npm", "npm fails"])
def test_without_npm_all_else_is_ready(sham, monkeypatch, how):
    if how == "no npm":
        monkeypatch.setattr(environment.shutil, "which", lambda name: None if name == "npm" else name)
    sham.fails = "npm ci"
    said = io.StringIO()
    environment.set_up("ready", environment.Line(said), sham.venv)
    assert sham.stamps() == ["book", "lab", "pdf", "ready"] and not list(sham.modules.iterdir())
    assert "The tests skip the step javascript." in said.getvalue()
    assert ("no npm" in said.getvalue()) == (how == "no npm")


def test_the_lock_of_npm_names_versions_and_no_place():
    """Each package by version and digest: where it comes from is for the machine to say."""
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    wanted = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert wanted["private"] and "dependencies" not in wanted
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted["devDependencies"].values())
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert len(packages) > 10 and lock["packages"][""]["devDependencies"] == wanted["devDependencies"]
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert not any("resolved" in package for package in packages.values())


@pytest.mark.parametrize("fails", ["-c requirements.txt", "--editable", "-m nnlib"])
def test_a_set_up_that_fails_leaves_no_stamp(sham, fails):
    sham.set_up("lab")
    sham.fails = fails
    with pytest.raises(environment.Failed):
        sham.set_up("book")
    assert sham.stamps() == ["lab"]
    with pytest.raises(environment.Failed):
        sham.set_up("lab")
    assert sham.stamps() == []


def test_faults_and_interruptions_are_one_sentence(monkeypatch, capsys):
    def set_up(name, line):
        raise fault

    monkeypatch.setattr(environment, "set_up", set_up)
    fault = environment.Failed("words")
    assert environment.main(["lab"]) == 1 and capsys.readouterr().out == "words\n"
    fault = KeyboardInterrupt()
    assert environment.main(["lab"]) == 130 and "goes on where this one was" in capsys.readouterr().out


def test_a_folder_that_cannot_be_written_is_told_of(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(environment.Failed, match="cannot be written .*copy the repository"):
        environment.set_up("lab", environment.Line(io.StringIO()), tmp_path / "file" / ".venv")


def test_make_says_what_it_would_do(tmp_path):
    """Each target names its set; an edit of the pins renews it."""
    if os.name == "nt":
        pytest.skip("Windows has no make")
    for name in ("requirements.txt", "pyproject.toml", "package-lock.json", "Makefile"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / ".venv").mkdir()

    def would(target):
        asked = ["make", "--no-print-directory", "-n", target]
        return subprocess.run(asked, cwd=tmp_path, capture_output=True, check=True, encoding="utf-8").stdout

    assert would("lab").split("\n")[0].endswith("book/environment.py lab")
    (tmp_path / ".venv" / "lab").touch()
    assert "environment" not in would("lab") and "environment.py book" in would("book")
    assert would("pdf").split("\n")[0].endswith("book/environment.py pdf")
    os.utime(tmp_path / ".venv" / "lab", (1, 1))
    assert "environment.py lab" in would("lab")
    (tmp_path / ".venv" / "ready").touch()
    assert "environment.py ready" not in would("check")
    os.utime(tmp_path / ".venv" / "ready", (1, 1))
    for target in ("test", "check", "notebooks", "times", "format"):
        assert "environment.py ready" in would(target)


# --- make lab


def test_the_page_of_the_chapters_is_the_books():
    page = (ROOT / "notebooks" / "README.md").read_text(encoding="utf-8")
    assert page == lab.page(), "python book/lab.py --list writes it anew"
    notebooks = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert re.findall(r"\]\((\d\d_\w+\.ipynb)\)", page) == notebooks
    for link in re.findall(r"\]\((\.\./[^)]+)\)", page):
        assert (ROOT / "notebooks" / link).exists()


def test_lab_is_told_the_root_the_page_and_to_be_quiet():
    told = " ".join(lab.arguments(["--no-browser"]))
    assert f"--ServerApp.root_dir={ROOT}" in told and "/lab/tree/notebooks/README.md" in told
    assert "log_level=ERROR" in told and told.endswith("--no-browser")
    for name in ("overrides", "page_config"):
        json.loads((lab.SETTINGS / f"{name}.json").read_text(encoding="utf-8"))


def test_what_was_changed_is_not_trusted(tmp_path):
    """Of a repository's notebooks those that are as they were committed; all where there is no git."""
    (tmp_path / "notebooks").mkdir()
    for name in ("a", "b"):
        (tmp_path / "notebooks" / f"{name}.ipynb").write_text("{}", encoding="utf-8")
    assert len(lab.unchanged(tmp_path)) == 2 or lab.unchanged(tmp_path) == []  # a folder above may be a repository

    def git(*words):
        who = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    git("add", ".")
    git("commit", "-m", "a")
    assert len(lab.unchanged(tmp_path)) == 2
    (tmp_path / "notebooks" / "a.ipynb").write_text('{"a": 1}', encoding="utf-8")
    (tmp_path / "notebooks" / "c.ipynb").write_text("{}", encoding="utf-8")
    assert [path.name for path in lab.unchanged(tmp_path)] == ["b.ipynb"]
    git("add", ".")
    assert [path.name for path in lab.unchanged(tmp_path)] == ["b.ipynb"]


def test_trust_is_given_once(tmp_path):
    import nbformat
    from nbformat.sign import NotebookNotary

    path = ROOT / "notebooks" / "09_backprop_by_hand.ipynb"
    for _ in range(2):
        lab.trust([path], tmp_path)
    notary = NotebookNotary(data_dir=str(tmp_path / "data"))
    notebook = nbformat.read(path, as_version=4)
    assert notary.check_signature(notebook)
    notebook.cells[0].source += " changed"
    assert not notary.check_signature(notebook)


def test_no_stored_output_says_that_it_compiles():
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        outputs = [cell.get("outputs") for cell in notebook["cells"]]
        assert "compiling nnlib" not in json.dumps(outputs), path.name


# --- make times


def test_readme_shows_what_was_measured():
    stored = json.loads(times.STORED.read_text(encoding="utf-8"))
    text = times.README.read_text(encoding="utf-8")
    assert text == times.shown(text, stored), "python -m tests.times --write"
    assert set(stored["rows"]) <= set(times.ROWS)


def test_rows_come_after_what_they_need():
    assert times.with_needed([]) == list(times.ROWS)
    assert times.with_needed(["word"]) == ["developer", "book", "word"]
    assert times.with_needed(["check", "lab"]) == ["reader", "lab", "developer", "check"]


def test_one_word_and_one_answer_change(tmp_path):
    for change, source in (
        (times.change_word, ROOT / "notebooks" / times.CHAPTER),
        (times.change_answer, ROOT / "notebooks" / "quiz" / f"{times.CHAPTER[:2]}.json"),
    ):
        path = tmp_path / source.name
        path.write_bytes(source.read_bytes())
        change(path)
        before, after = (json.loads(p.read_text(encoding="utf-8")) for p in (source, path))
        assert before != after
        if "cells" in before:  # a list of lines becomes one text
            before, after = ("".join("".join(cell["source"]) for cell in n["cells"]) for n in (before, after))
        assert before != after and 0 < len(str(after)) - len(str(before)) < 9


def test_an_unknown_row_is_told_of(capsys):
    assert times.main(["everything"]) == 2
    assert "no row everything; there are reader, lab" in capsys.readouterr().out

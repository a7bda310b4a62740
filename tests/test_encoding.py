"""Any locale, any code page: text is UTF-8 by name, what is said can be printed, and a checkout has the same bytes."""

import ast
import os
import re
import subprocess
import sys

import pytest

from nnlib.engine.jit import sources
from tests import code_page, run
from tests.chapters import NOTEBOOKS, ROOT, cells

pytestmark = pytest.mark.book

FILES = sorted(
    path
    for folder in ("nnlib", "book", "tests", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
    if "__pycache__" not in path.parts
)
RUNS = {"run", "Popen", "call", "check_call", "check_output"}


def opens_without_encoding(source):
    """The lines of calls that open a text in the locale's encoding. Ruff sees those only where it knows the type."""
    found = []
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        given = {k.arg: k.value for k in call.keywords}
        method = isinstance(call.func, ast.Attribute)
        name = call.func.attr if method else getattr(call.func, "id", "")
        owner = getattr(call.func.value, "id", "") if method else ""
        first = 1 if name != "NamedTemporaryFile" and (not method or owner in ("io", "os")) else 0
        mode = given.get("mode") or next(iter(call.args[first:]), None)
        binary = isinstance(mode, ast.Constant) and isinstance(mode.value, str) and "b" in mode.value
        text = {
            "read_text": not call.args,
            "write_text": len(call.args) < 2,
            "open": not binary and owner not in ("Image", "os", "tarfile", "webbrowser"),
            "fdopen": not binary,
            "TextIOWrapper": len(call.args) < 2,
            "NamedTemporaryFile": mode is not None and not binary,
        }
        runs = name in RUNS and {"text", "universal_newlines"} & set(given)
        if "encoding" not in given and None not in given and (runs or text.get(name)):
            found.append(call.lineno)
    return found


@pytest.mark.parametrize("path", FILES, ids=[path.relative_to(ROOT).as_posix() for path in FILES])
def test_every_text_names_its_encoding(path):
    assert opens_without_encoding(path.read_text(encoding="utf-8")) == []


def test_so_do_the_chapters():
    for path in NOTEBOOKS:
        for cell in cells(path).cells:
            if cell.cell_type == "code":
                assert opens_without_encoding(cell.source) == [], (path.name, cell.source)


def test_what_names_none_is_found():
    bad = ["open('a')", "p.open()", "p.open('w')", "(p / 'a').read_text()", "p.write_text('x')", "os.fdopen(1, 'w')"]
    bad += ["subprocess.run(x, text=True)", "Popen(x, universal_newlines=True)", "NamedTemporaryFile('w')"]
    good = ["open('a', 'rb')", "open('a', encoding='utf-8')", "p.open('rb')", "p.open(mode='wb')", "p.read_bytes()"]
    good += ["p.read_text('utf-8')", "subprocess.run(x, encoding='utf-8')", "subprocess.run(x)", "p.read_text(**how)"]
    good += ["os.open('a', os.O_RDONLY)", "NamedTemporaryFile()"]
    assert [source for source in bad if not opens_without_encoding(source)] == []
    assert [source for source in good if opens_without_encoding(source)] == []


# ---- what is printed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_nnlib_says_is_ascii(path):
    """Its docstrings and its names may have θ; a message, a repr or a hint is printed, and who knows where."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}  # docstrings
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in texts:
            # What begins with a line break is a part of several docstrings.
            assert node.value.startswith("\n") or node.value.isascii(), f"line {node.lineno}: {node.value!r}"


PRINTED = """
import sys
import nnlib as nn
from nnlib import lab
from nnlib.lab.checks import exercises

X, T = nn.data.xor()
net = nn.mlp([2, 3, 2, 1], hidden="tanh", output="sigmoid")
theta = nn.initialize(net)
run = nn.train(net, theta, X, T, "bce", nn.adam(nn.schedules.exponential(0.1, 0.5, 9)), epochs=3, validation=(X, T))
J, g = nn.backprop(net, theta, X, T, "bce")
print(net, run, run.state, run.theta, nn.adam(0.1), nn.schedules.exponential(0.1, 0.5, 9))
for wrong in (g, -g, 2 * g, 4 * g, g / 4, 0 * g, g + 1, g + (g == g[0]), g + (g == g[9])):
    report = nn.gradient_check(net, theta, X, T, "bce", gradient=wrong)
    print(report, report.hint)
print(nn.gradient_check(net, theta, X, T, "bce", gradient=g, l2=1.0))
for number in range(18):
    for question in lab.quiz.__globals__["chapter"](f"{number:02}").values():
        print((lab.predict if question["kind"] == "predict" else lab.quiz)(question["id"]))
        if question["kind"] == "predict":
            print(lab.recall(question["id"]))
    for id in exercises(f"{number:02}"):
        print(lab.check(id, "no answer"))
small = nn.mlp([64, 10], output="softmax")
DIGIT = lab.digit(small, nn.initialize(small), nn.data.digits()[0][:2])
print(lab.loop(), lab.exam("final"), lab.playground(), DIGIT, lab.show(lab.figure(), alt="θ → ∞"))
print(f"{lab.quiz('04-q1')}")
"""


def printed(page, *command, **options):
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONUTF8", "PYTHONIOENCODING")}
    environment |= {"PYTHONIOENCODING": page, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, *command], env=environment, cwd=ROOT, capture_output=True, **options)


@pytest.mark.parametrize("page", ["cp1252", "ascii", "utf-8"])
def test_everything_can_be_printed(page):
    done = printed(page, "-c", PRINTED)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-2000:]
    said = done.stdout.decode(page)
    assert "relative difference" in said and "History(3 epochs" in said
    # A sign that cannot be printed is its number; where all can, they stand as they are.
    assert ("θ → ∞" in said) == (page == "utf-8")
    assert (r"\u03b8 \u2192 \u221e" in said) == (page != "utf-8")


@pytest.mark.parametrize("page", ["cp1252", "ascii"])
def test_commands_can_print(tmp_path, page):
    """What a command prints here has signs in it that the code page lacks, whatever else it says."""
    bad = tmp_path / "04_β.ipynb"
    bad.write_text(NOTEBOOKS[4].read_text(encoding="utf-8").replace("Summary", "Σ"), encoding="utf-8")
    done = printed(page, str(ROOT / "book/_ext/notebook.py"), "--check", str(bad))
    assert b"Traceback" not in done.stderr and rb"04_\u03b2.ipynb: **Core**" in done.stdout
    done = printed(page, "-m", "tests.run", "no-such-step-θ")
    assert done.returncode == 2 and rb"no step no-such-step-\u03b8" in done.stdout
    measured = {"contenders": {"numpy": {"ratio": {"median": 1e9}}}}
    code = f"import benchmarks.harness as h, runpy; h.measure = lambda *a, **k: {measured}; "
    done = printed(page, "-c", code + "runpy.run_module('benchmarks', run_name='__main__')", "gate")
    assert done.returncode == 0, done.stderr
    assert re.search(rb"W1: 1000000000.0(\xd7|\\xd7) NumPy", done.stdout)


# ---- the same bytes everywhere ---------------------------------------------------------------------------------------


def test_every_text_ends_its_lines_with_lf():
    said = subprocess.run(["git", "ls-files", "--eol"], cwd=ROOT, capture_output=True, encoding="utf-8")
    if said.returncode or not said.stdout.strip():
        pytest.skip("not a git checkout")
    for line in said.stdout.splitlines():
        about, _, name = line.partition("\t")
        stored, here, *rule = about.split()
        assert stored in ("i/lf", "i/none", "i/-text") and here in ("w/lf", "w/none", "w/-text", "w/"), line
        assert name.endswith(".png") or rule == ["attr/text=auto", "eol=lf"], line


# ---- the suite's own words -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "last", "outcome"),
    [
        (0, "All checks passed!", "ok"),
        (0, "171 passed in 55.47s", "ok"),
        (0, "5 passed, 3 skipped, 1 warning in 2.5s", "ok, 3 tests skipped"),
        (0, "260 skipped in 3.21s", "skipped: all 260 tests: they do not say why"),
        (run.SKIPPED, "there is no localedef", "skipped: there is no localedef"),
        (1, "1 failed, 3 skipped in 1.0s", "FAILED"),
        (-11, "", "FAILED"),
    ],
)
def test_what_was_skipped_is_not_passed(code, last, outcome):
    assert run.outcome(code, f"something\n{last}\n") == outcome


def test_a_missing_locale_is_skipped_but_not_by_ci(monkeypatch, capsys):
    def missing(folder):
        raise code_page.Missing("no such locale")

    monkeypatch.setattr(code_page, "make_locale", missing)
    monkeypatch.delenv("CI", raising=False)
    assert code_page.main() == run.SKIPPED and capsys.readouterr().out == "no such locale\n"
    monkeypatch.setenv("CI", "true")
    assert code_page.main() == 1
    # A locale of another encoding is none either.
    monkeypatch.setattr(code_page, "make_locale", lambda folder: {"PYTHONUTF8": "1"})
    assert code_page.main() == 1 and "takes it for utf-8" in capsys.readouterr().out

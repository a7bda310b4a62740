"""The suite's own machinery: which step begins when, what is said meanwhile and at the end, what a change needs."""

import io
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

from tests import code_page, conftest, covered, javascript, run, test_jit
from tests.chapters import ROOT

NO_BROWSER = "no browser: set CHROMIUM, or install chromium"
PYTEST_SKIPPED = f"""ss
=== short test summary info ===
SKIPPED [31] tests/browser/conftest.py:42: {NO_BROWSER} (BrowserType.launch: no such file)
31 skipped in 3.21s"""


def step(name, code="", seconds=1, **more):
    return run.Step(name, [sys.executable, "-c", code], seconds, **more)


def says(text, code=0):
    return f"import sys; print({text!r}); sys.exit({code})"


def suite(*steps, **options):
    """A suite that has run, and the lines that it said."""
    made = run.Suite(steps, stream=io.StringIO(), **options)
    made.run()
    return made, made.line.stream.getvalue().splitlines()


# ---- which step begins -----------------------------------------------------------------------------------------------


def test_the_longest_comes_first_and_with_it_what_waits_for_it():
    made = run.Suite(
        [
            step("short", seconds=20),
            step("long", seconds=50),
            step("first", seconds=21),
            step("then", seconds=40, after=("first",)),
            step("moment", seconds=2),
        ]
    )
    order = []
    while chosen := made.next():
        made.waiting.remove(chosen)
        order.append(chosen.name)
    assert order == ["moment", "first", "long", "then", "short"], "a fault of a moment is told at once"


def test_what_waits_does_not_begin_before():
    made = run.Suite([step("first", seconds=20), step("then", seconds=90, after=("first",)), step("other", seconds=20)])
    first = made.next()
    made.waiting.remove(first)
    made.running["first"] = None
    assert first.name == "first" and made.next().name == "other"
    del made.running["first"]
    assert made.next().name == "then"


def test_what_waits_for_a_step_that_nobody_wants_begins():
    assert run.Suite([step("pages", after=("book",))]).next().name == "pages"


@pytest.mark.once
def test_two_at_a_time(tmp_path):
    """A step ends when another one is there with it, and after a while in which a third one could come."""
    code = f"""
import os, pathlib, time
room = pathlib.Path({str(tmp_path)!r})
(room / str(os.getpid())).touch()
seen = []
for _ in range(400):
    seen.append(len(list(room.glob("*[0-9]"))))
    if len(seen) > 20 and max(seen) > 1:
        break
    time.sleep(0.02)
(room / f"{{os.getpid()}}.saw").write_text(str(max(seen)), "utf-8")
(room / str(os.getpid())).unlink()
"""
    suite(*(step(str(k), code) for k in range(4)))
    saw = [path.read_text(encoding="utf-8") for path in tmp_path.glob("*.saw")]
    assert saw == ["2"] * 4


# ---- what it says ----------------------------------------------------------------------------------------------------


@pytest.mark.once
def test_a_run_with_everything_in_it():
    made, said = suite(
        step("lint", says("fine")),
        step("units", says("3 passed in 1.0s")),
        step("cp1252", says("all words\nno localedef", run.SKIPPED)),
        step("pages", says(PYTEST_SKIPPED)),
        step("questions", says(PYTEST_SKIPPED)),
        step("chapters", why="no chapter differs"),
    )
    assert made.summary() == (
        f"2 passed, 0 failed, 4 skipped: cp1252: no localedef; pages, questions: {NO_BROWSER}; "
        "chapters: no chapter differs"
    )
    head, *rows = made.table().splitlines()
    assert head.split() == ["step", "clock", "processor"]
    assert [row.split()[0] for row in rows] == ["lint", "units", "cp1252", "pages", "questions", "chapters"]
    assert all(re.match(r"\w+ +\d+ s .*(ok|skipped: .+)$", row) for row in rows)
    assert rows[3].endswith(f"skipped: all 31 tests: {NO_BROWSER}")
    # What goes well has one line, and what it said is not printed.
    assert "fine" not in said and "3 passed in 1.0s" not in said
    assert any(re.fullmatch(r"units: \d s, ok", line) for line in said) and "units begins" in said


@pytest.mark.once
def test_a_fault_ends_it_and_is_printed():
    made, said = suite(step("units", says("line 7 is wrong", 1), seconds=9), step("pages"), lanes=1)
    assert "line 7 is wrong" in said and any(line.endswith("FAILED with 1") for line in said)
    assert made.table().splitlines()[-1].endswith("not run: units failed")
    assert made.summary() == "0 passed, 1 failed, 1 not run, 0 skipped"


@pytest.mark.once
def test_verbose_prints_all_and_the_environment_is_that_of_the_step():
    code = "import os; print(os.environ['OPENBLAS_NUM_THREADS'], os.environ['MINE'])"
    _, said = suite(step("units", code, extra={"MINE": "θ"}), verbose=True)
    assert "1 θ" in said


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SKIPPED [3] tests/test_a.py:9: no node", "no node"),
        ("SKIPPED [3] tests/test_a.py: loops\nSKIPPED [4] tests/test_b.py:1: no avx (as told)", "no avx; loops"),
        ("".join(f"SKIPPED [1] t.py:{k}: r{k}\n" for k in range(5)), "r0; r1; r2; and 2 reasons more"),
        ("nothing", ""),
    ],
)
def test_reasons(text, why):
    assert run.why_skipped(text) == why


@pytest.mark.once
def test_ctrl_c_ends_what_runs():
    made = run.Suite([step("long", "import time; time.sleep(60)")], stream=io.StringIO())

    def interrupt(words):
        raise KeyboardInterrupt

    made.line.tell = interrupt
    with pytest.raises(KeyboardInterrupt):
        made.run()
    ((_, process, _, _),) = made.running.values()
    assert process.poll() is not None


def test_the_steps_are_whole():
    """Every test of the browser is in one step, every step that waits waits for one there is."""
    steps = {s.name: s for s in run.steps()}
    words = " ".join(word for s in steps.values() for word in s.command)
    for path in (ROOT / "tests/browser").glob("test_*.py"):
        assert words.count(f"tests/browser/{path.name}") == 1, path.name
    assert all(name in steps for s in steps.values() for name in s.after)
    assert steps["notebooks-afar"].command[-2:] == ["tests.executed", "anew"]  # all chapters, in one process
    assert any(name.endswith(".ipynb") for name in code_page.WANTED)  # one in a kernel, by nbval


def test_a_mark_that_a_step_looks_for_stands_in_the_text(monkeypatch):
    """Some steps read only the modules in which their mark stands; from elsewhere nobody would run such a test."""

    class Item:
        path, nodeid = ROOT / "tests/test_run.py", "a test"

        def get_closest_marker(self, name):
            return name == "bounds"

    monkeypatch.setattr(conftest, "UNJITTED", False)
    with pytest.raises(pytest.UsageError, match="a test has the mark bounds, which does not stand in its module"):
        conftest.pytest_collection_modifyitems([Item()])
    Item.path = ROOT / "tests/test_network.py"
    conftest.pytest_collection_modifyitems([Item()])


# ---- make check ------------------------------------------------------------------------------------------------------


def test_halves_have_every_module_once_and_take_as_long():
    names = [f"tests/test_{k}.py" for k in range(9)]
    known = {name: float(k) for k, name in enumerate(names)}
    one, two = run.split(names, known)
    assert sorted(one + two) == names
    assert abs(sum(known[n] for n in one) - sum(known[n] for n in two)) <= 2
    assert sorted(sum(run.split(run.modules(), {}), [])) == run.modules()  # nothing known, nothing lost


@pytest.fixture
def repository(tmp_path):
    """A repository with a main branch of three chapters, and a way to call git in it."""

    def git(*words):
        mine = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *mine, *words], cwd=tmp_path, check=True, capture_output=True)

    for name in ("04_a.ipynb", "05_b.ipynb", "06_c.ipynb", "quiz/04.json", "quiz/05.json"):
        (tmp_path / "notebooks" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "notebooks" / name).write_text("{}", encoding="utf-8")
    (tmp_path / "tests/claims").mkdir(parents=True)
    (tmp_path / "tests/claims/ch06.py").write_text("", encoding="utf-8")
    git("init", "-b", "main")
    git("add", ".")
    git("commit", "-m", "x")
    return tmp_path, git


@pytest.mark.once
@pytest.mark.parametrize("how", ["edited", "staged", "committed"])
@pytest.mark.parametrize(
    ("file", "chapter"),
    [("notebooks/05_b.ipynb", "05_b"), ("notebooks/quiz/04.json", "04_a"), ("tests/claims/ch06.py", "06_c")],
)
def test_changed_chapters(repository, file, chapter, how):
    folder, git = repository
    assert run.changed_chapters(folder) == ([], "the last commit")
    git("checkout", "-b", "mine")
    (folder / file).write_text("changed", encoding="utf-8")
    if how != "edited":
        git("add", ".")
    if how == "committed":
        git("commit", "-m", "y")
    (found,), against = run.changed_chapters(folder)
    assert found.stem == chapter and against == (
        "where this branch left main" if how == "committed" else "the last commit"
    )


@pytest.mark.once
def test_a_new_chapter_is_a_changed_one_and_no_git_is_said(repository, tmp_path_factory):
    folder, _ = repository
    (folder / "notebooks/07_d.ipynb").write_text("{}", encoding="utf-8")
    assert [path.stem for path in run.changed_chapters(folder)[0]] == ["07_d"]
    assert run.changed_chapters(tmp_path_factory.mktemp("bare")) == ([], "a commit (there is no git here)")


def test_check_says_what_it_leaves_out(monkeypatch, capsys):
    with pytest.raises(SystemExit):
        run.main(["--help"])
    said = capsys.readouterr().out
    markers = re.findall(r"not (\w+)", run.QUICK)
    said = " ".join(said.split())  # as wide as the terminal is
    assert "leaves out" in said and markers and all(name in said for name in ("browser", "count lines", *markers))
    monkeypatch.setattr(run, "changed_chapters", lambda: ([], "the last commit"))
    steps = {s.name: s for s in run.check_steps()}
    assert steps["chapters"].why == "no chapter differs from the last commit" and "claims" not in steps
    changed = [ROOT / "notebooks/04_activations.ipynb"]
    monkeypatch.setattr(run, "changed_chapters", lambda: (changed, "the last commit"))
    steps = {s.name: s for s in run.check_steps()}
    assert steps["chapters"].command[-1] == str(changed[0]) and "tests/test_claims.py" in steps["claims"].command


# ---- steps of their own ----------------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("name", "text", "fails"),
    [
        ("nnlib/lab/room/a.js", "export const one = 1;\n", ""),
        ("nnlib/lab/room/a.js", "export const one=1\n", "format"),
        ("nnlib/lab/room/a.js", "export const one = () => {\n  let two = 2;\n  return two;\n};\n", "lint"),
        ("nnlib/lab/room/a.js", "/** @type {string} */\nexport const one = 1;\n", "types"),
        ("nnlib/lab/room/a.js", "export const one = nowhere;\n", "types"),
        ("nnlib/lab/room/a.css", "a { color: red }\n", "format"),
        ("tests/javascript/a.test.js", "import assert from 'node:assert';\n\nassert.equal(1, 2);\n", "tests"),
    ],
)
def test_each_tool_sees_what_it_is_for(tmp_path, capfd, name, text, fails):
    """One file with one fault, and the settings of the repository."""
    if reason := javascript.lacks() or os.name == "nt" and "Windows makes no link to a folder for everyone":
        pytest.skip(reason)
    for folder in ("nnlib/lab/room", "book/_static", "tests/javascript"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("package.json", "package-lock.json", "tsconfig.json", "eslint.config.js"):
        (tmp_path / file).write_bytes((ROOT / file).read_bytes())
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules", target_is_directory=True)
    whole = dict.fromkeys(
        ("nnlib/lab/room/a.js", "book/_static/a.js", "tests/javascript/a.test.js"), "export const one = 1;\n"
    )
    whole |= dict.fromkeys(("nnlib/lab/room/a.css", "book/_static/a.css"), "a {\n  color: red;\n}\n")
    for part, good in whole.items():
        (tmp_path / part).write_text(text if part == name else good, encoding="utf-8")
    assert javascript.main(root=tmp_path) == int(bool(fails))
    said = capfd.readouterr().out.splitlines()[-1]
    assert said == (f"JavaScript: {fails} failed" if fails else "JavaScript: format, lint, types, tests passed")


def test_without_its_tools_the_step_is_skipped(tmp_path, monkeypatch, capsys):
    (tmp_path / "package-lock.json").write_text("one", encoding="utf-8")
    monkeypatch.delenv("CI", raising=False)
    for there, reason in ((["node", "npm"], "node_modules is not"), (["node"], "no npm: "), ([], "no node: ")):
        monkeypatch.setattr(shutil, "which", lambda name, there=there: name if name in there else None)
        assert javascript.main(root=tmp_path) == run.SKIPPED
        assert capsys.readouterr().out.splitlines()[-1].startswith(reason)
    monkeypatch.setenv("CI", "true")
    assert javascript.main(root=tmp_path) == 1


KERNELS = """
@jit
def one(x):
    return x

def maker():
    @jit.kernel
    def two(x):
        return x

class Three:
    @compiled(inline="always")
    def not_ours(self): ...

@pasted
def four(x):
    return x
"""


def test_a_line_of_a_kernel_that_no_bounds_checked_test_enters(tmp_path):
    (tmp_path / "a.py").write_text(KERNELS, encoding="utf-8")
    functions = {name: {"missing_lines": [], "missing_branches": []} for name in ("one", "maker.two")}
    functions["Three.not_ours"] = functions["maker"] = {"missing_lines": [7]}
    found, count = covered.left_out({"files": {"a.py": {"functions": functions}}}, tmp_path)
    assert count == 3 and found == ["a.py: four is not in the report"]
    functions["four"] = {"missing_lines": [17], "missing_branches": [[16, 17]]}
    found, _ = covered.left_out({"files": {"a.py": {"functions": functions}}}, tmp_path)
    assert found == ["a.py:17, in four, is not entered", "a.py:16, in four, never goes on to 17"]


def test_what_sees_that_bounds_are_checked_runs_there():
    for test in (test_jit.test_bounds_checks_are_alive, test_jit.test_a_view_that_reaches_outside_is_caught):
        assert "bounds" in {mark.name for mark in test.pytestmark}


@pytest.mark.once
@pytest.mark.skipif(os.name != "posix", reason="only a POSIX shell takes Ctrl-C from what it starts")
def test_in_the_background_its_steps_hear_ctrl_c():
    asked = "import signal, subprocess, sys; from tests.run import hear_ctrl_c; hear_ctrl_c();"
    asked += "subprocess.run([sys.executable, '-c', 'import signal; print(signal.getsignal(2))'])"
    deaf = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )
    assert "default_int_handler" in deaf.stdout

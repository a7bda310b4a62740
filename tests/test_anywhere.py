"""nnlib outside its repository: it is installed whole, a notebook alone finds its questions, and what lacks is said."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.chapters import NAMES, NOTEBOOKS, ROOT, cells

pytestmark = pytest.mark.book

QUIZ = ROOT / "notebooks/quiz"


def build(what, folder, out):
    """Build a distribution from a folder, as pip would, without a network; where it lies."""
    code = (
        f"import sys; from setuptools import build_meta; print(build_meta.build_{what}(sys.argv[1]), file=sys.stderr)"
    )
    command = [sys.executable, "-W", "ignore", "-c", code, str(out)]
    said = subprocess.run(command, cwd=folder, check=True, capture_output=True, encoding="utf-8")
    return out / said.stderr.split()[-1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder that an installation would fill: the wheel of the source distribution of this checkout, unpacked."""
    work = tmp_path_factory.mktemp("package")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (work / "source").mkdir(exist_ok=True)
        shutil.copy(ROOT / name, work / "source" / name)
    for name in ("nnlib", "notebooks/quiz"):
        shutil.copytree(ROOT / name, work / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.unpack_archive(build("sdist", work / "source", work), work / "unpacked", filter="data")
    wheel = build("wheel", next((work / "unpacked").iterdir()), work)
    zipfile.ZipFile(wheel).extractall(work / "installed")
    return work / "installed"


def python(code, package, folder, *arguments):
    """Run code with one nnlib and in one folder; what it prints, and its error."""
    environment = {k: v for k, v in os.environ.items() if k not in ("NNLIB_STATIC", "NNLIB_FRAMES")}
    environment |= {"PYTHONPATH": str(package), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")


def test_all_of_it_is_installed(installed):
    def files(folder, pattern="**/*"):
        found = (p for p in folder.glob(pattern) if p.is_file() and "__pycache__" not in p.parts)
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}

    shipped = files(installed / "nnlib")
    questions = {name: shipped.pop(name) for name in list(shipped) if name.startswith("lab/questions/banks/")}
    assert shipped == files(ROOT / "nnlib")
    assert questions == {f"lab/questions/banks/{name}": data for name, data in files(QUIZ, "*.json").items()}
    assert len(questions) > len(NOTEBOOKS)


EVERYTHING = """
import importlib, json, sys
import nnlib
from nnlib import lab

quiz, exam = (importlib.import_module(f"nnlib.lab.questions.{name}") for name in ("quiz", "exam"))
shown = exams = exercises = 0
for name in quiz.names():
    if name.isdigit():
        for id, question in quiz.chapter(name).items():
            forms = [lab.predict(id), lab.recall(id)] if question["kind"] == "predict" else [lab.quiz(id)]
            shown += all(form._repr_mimebundle_()["text/html"] for form in forms)
        for id in lab.checks.exercises(name):
            exercises += "Not yet" in repr(lab.check(id, ...))
    else:
        for form in range(1, 1 + len(exam.slots(name)[1])):
            shown += len(lab.exam(name, form).questions)
            exams += "Question 1 of" in lab.exam(name, form)._repr_mimebundle_()["text/html"]
right = str(lab.check("04-c1", lab.checks.exercises("04")["04-c1"].reference))
print(json.dumps([nnlib.__file__, [str(p) for p in quiz.folders()], shown, exams, exercises, right]))
"""


def test_a_notebook_alone_finds_its_questions_and_checks(installed, tmp_path):
    said = python(EVERYTHING, installed, tmp_path)
    assert not said.stderr
    file, folders, shown, exams, exercises, right = json.loads(said.stdout)
    assert Path(file) == installed / "nnlib/__init__.py"
    assert folders == [str(tmp_path / "quiz"), str(installed / "nnlib/lab/questions/banks")]
    assert shown == sum(len(json.loads(p.read_text(encoding="utf-8"))) for p in QUIZ.glob("*.json"))
    assert exams == 10 and exercises >= len(NOTEBOOKS) and right.startswith("✓ Right")


ASK = """
import sys
from nnlib import lab
for id in sys.argv[1:]:
    try:
        print(repr(lab.quiz(id)).split("\\n")[0])
    except ValueError as error:
        print(error)
"""


def test_questions_beside_the_notebook_win(installed, tmp_path):
    (tmp_path / "quiz").mkdir()
    mine = next(q for q in json.loads((QUIZ / "04.json").read_text(encoding="utf-8")) if q["id"] == "04-q1")
    (tmp_path / "quiz/04.json").write_text(json.dumps([mine | {"question": "Edited?"}]), encoding="utf-8")
    said = python(ASK, installed, tmp_path, "04-q1", "04-q2", "04-q99", "99-q1").stdout.splitlines()
    assert said[0] == "Edited?" and len(said) == 4
    assert "no question" not in said[1] and said[1] != "Edited?", "what is not beside the notebook is nnlib's own"
    both = f"(looked in {tmp_path / 'quiz'} and in {installed / 'nnlib/lab/questions/banks'})"
    assert said[2].startswith("no question '04-q99'; this chapter has 04-") and said[2].endswith(both)
    assert said[3].startswith("there are no questions for chapter '99'; there are some for 00") and both in said[3]


LACKING = """
import json, sys
import nnlib

said = [len(nnlib.mlp([2, 3, 1]).sizes)]
for missing in ["matplotlib"], ["ipywidgets"], ["IPython"], ["matplotlib", "ipywidgets", "IPython"]:
    sys.modules.update(dict.fromkeys(missing))
    try:
        from nnlib import lab
    except ModuleNotFoundError as error:
        said.append([error.name, str(error)])
    for name in missing:
        del sys.modules[name]
print(json.dumps(said))
"""


def test_nnlib_alone_says_what_the_chapters_need(installed, tmp_path):
    for package, how in ((ROOT, f'-e ".[chapters]" in the folder {ROOT}'), (installed, '"nnlib[chapters]"')):
        sizes, *said = json.loads(python(LACKING, package, tmp_path).stdout)
        assert sizes == 3, "nnlib itself needs none of it"
        assert said == [
            ["matplotlib", f"nnlib.lab needs matplotlib: pip install {how}"],
            ["ipywidgets", f"nnlib.lab needs ipywidgets: pip install {how}"],
            ["IPython", f"nnlib.lab needs IPython: pip install {how}"],
            ["matplotlib", f"nnlib.lab needs matplotlib and ipywidgets and IPython: pip install {how}"],
        ]


WITHOUT_SKLEARN = """
import sys
sys.modules["sklearn"] = None
import nnlib
from nnlib import lab

for wanted in (nnlib.data.digits, lambda: __import__("nnlib.estimator")):
    try:
        wanted()
    except ImportError as error:
        print(error)
"""


def test_scikit_learn_is_asked_for_where_it_is_needed(tmp_path):
    assert python(WITHOUT_SKLEARN, ROOT, tmp_path).stdout.splitlines() == [
        "nnlib.data.digits needs scikit-learn: pip install scikit-learn",
        "nnlib.estimator needs scikit-learn: pip install scikit-learn",
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_chapter_reads_no_file(path):
    """A notebook may lie anywhere: nothing that its code needs lies beside it but what nnlib brings, too."""
    for cell in cells(path).cells:
        if cell.cell_type == "code":
            found = re.search(
                r"\bopen\(|\bPath\(|\bread_\w+\(|\bnp\.(?:load|genfromtxt|fromfile)\w*\(|\.\./", cell.source
            )
            assert not found, f"{found and found[0]!r} in cell {cell.id}"

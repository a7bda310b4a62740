"""The same parameters, bit for bit, on every processor with fused multiply-adds, and on every one without."""

import functools
import json
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError

import numpy as np
import pytest

import nnlib as nn
from nnlib import check
from nnlib.__main__ import main
from nnlib.engine import jit
from tests import bits, processors
from tests.chapters import ROOT
from tests.conftest import UNJITTED

STORED = json.loads(bits.STORED.read_text(encoding="utf-8"))


@functools.cache
def said_on(name):
    """(kind, digests) of all runs on that processor. Each compiles for itself, once: the cache keys by processor."""
    command = [sys.executable, "-W", "ignore::ImportWarning", "-m", "tests.bits"]
    done = subprocess.run(
        command, env=processors.pretending(name), cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.processors
@pytest.mark.parametrize("name", processors.PROCESSORS)
def test_bits_on(name):
    if why := processors.why_not(name):
        pytest.skip(why)
    kind, found = said_on(name)
    assert kind == ("fused" if name in processors.FUSES or (name == "as it is" and jit.FUSED) else "apart")
    assert found.keys() == {" ".join(run) for run in check.RUNS}
    assert found == STORED[kind]


def test_runs_cover_what_is_promised():
    """All optimizers, five networks, two precisions; odd widths; batches of 1, 7, 32 and all."""
    count = 5 * 2 * len(nn.optimizers.ROWS)
    assert len(check.RUNS) == len(set(check.RUNS)) == count
    assert {run[0] for run in check.RUNS} == set(nn.optimizers.BY_NAME)
    widths = {n for task in check.TASKS.values() for n in task.sizes}
    assert {1, 3, 10, 17, 30} <= widths
    assert {task.options["batch_size"] for task in check.TASKS.values()} == {1, 7, 32, None}
    assert {task.loss for task in check.TASKS.values()} >= {"l2", "mae", "bce", "cross_entropy"}
    digests = [*STORED["fused"].values(), *STORED["apart"].values()]
    assert len(set(digests)) == len(digests) == 2 * count  # no two runs end alike, and fusing changes each


@pytest.mark.bounds
def test_a_changed_bit_changes_the_digest(monkeypatch):
    run = check.RUNS[0]
    before, train = check.digest(*run), nn.train

    def disturbed(*args, **options):
        history = train(*args, **options)
        history.theta[3] = np.nextafter(history.theta[3], 1)
        return history

    monkeypatch.setattr(nn, "train", disturbed)
    assert check.digest(*run) != before == STORED["fused" if jit.FUSED else "apart"][" ".join(run)]


def test_the_check_holds_the_book_s_digests():
    assert len({run[0] for run in check.BOOK}) == len(check.BOOK) == len(nn.optimizers.ROWS)
    for run, digest in check.BOOK.items():
        assert digest == STORED["fused"][" ".join(run)]


@pytest.mark.bounds
@pytest.mark.slow
def test_the_check_says_what_it_found(capsys, monkeypatch):
    code = main(["check"])
    *machine, answer = capsys.readouterr().out.strip().split("\n")
    assert any(line.startswith("processor: ") for line in machine) and any("numpy" in line for line in machine)
    if jit.FUSED:
        assert code == 0 and answer.startswith("This machine computes the book's bits: 11 small networks")
    else:
        assert code == 1 and "Without fused multiply-adds" in answer and "11 of 11" in answer
    run = ("adam", "sigmoid", "float64")
    monkeypatch.setattr(check, "BOOK", {**check.BOOK, run: "0" * 16})
    monkeypatch.setattr(jit, "FUSED", True)
    code = main(["check"])
    answer = capsys.readouterr().out.strip().split("\n")[-1]
    assert code == 1 and "does not compute the book's bits" in answer and "adam on sigmoid in float64" in answer
    assert main(["chekc"]) == 2 and "got chekc" in capsys.readouterr().out


@pytest.mark.parametrize("fused", [True, False])
def test_the_check_answers_for_one_network_as_for_nine(capsys, monkeypatch, fused):
    """Where nothing is compiled nine take long, and what is said of them is the same."""
    monkeypatch.setattr(check, "BOOK", {("adam", "sigmoid", "float64"): "0" * 16})
    monkeypatch.setattr(check, "digest", lambda *run: "1" * 16)
    monkeypatch.setattr(jit, "FUSED", fused)
    assert main(["check"]) == 1 and main(["chekc"]) == 2
    *machine, said, refused = capsys.readouterr().out.splitlines()
    assert machine == list(check.machine()), "each on a line of its own"
    assert "1 of 1 small networks" in said and "got chekc" in refused
    assert ("ended elsewhere (adam on sigmoid in float64)" in said) == fused
    assert ("Without fused multiply-adds" in said) != fused


@pytest.mark.parametrize("task", check.TASKS)
def test_each_task_of_the_check_ends_where_the_book_says(task):
    assert check.digest("sgd", task, "float64") == STORED["fused" if jit.FUSED else "apart"][f"sgd {task} float64"]
    assert any(run[1] == task for run in check.BOOK) and check.BOOK.keys() <= set(check.RUNS)


def test_data_without_a_meaning_have_their_shapes_and_repeat():
    X, T = check.noise(7, 3, 2)
    assert X.shape == (7, 3) and T.shape == (7, 2) and len(np.unique([*X.flat, *T.flat])) == 35
    assert all(map(np.array_equal, check.noise(7, 3, 2), (X, T)))


def test_machine_code_is_asked_for_what_it_fuses():
    """A name with its own features, not the host's; and this processor's own."""
    assert jit.fused_parts() == jit.PARTS or UNJITTED or jit.LOOPS
    assert "multiply-add" in jit.instructions() or jit.PARTS in (1, 4)
    if platform.machine() not in ("x86_64", "AMD64"):
        pytest.skip("LLVM knows no x86 processors here")
    names = "skylake-avx512", "znver3", "nehalem", "sandybridge"
    assert [jit.instructions_of(name, "") for name in names] == [1, 2, 0, 0]


def test_the_check_says_that_all_is_well(monkeypatch):
    """Also where nothing is fused, if only the digests agree."""
    monkeypatch.setattr(check, "digest", lambda *run: check.BOOK[run])
    (*_, answer), same = check.check()
    assert same and answer.startswith("This machine computes the book's bits: 11 small networks")


def test_the_check_names_what_it_can(monkeypatch):
    def missing(*_, **__):
        raise OSError

    def unknown(name):
        raise PackageNotFoundError

    monkeypatch.setattr(check, "version", unknown)
    assert "numpy, not installed as a package" in list(check.machine())
    monkeypatch.setattr("builtins.open", missing)
    assert check.processor() == (platform.processor() or platform.machine())

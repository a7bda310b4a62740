"""The benchmark: everyone trains the same, the tricks are where they are said to be, the page types no number."""

import importlib.util
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nnlib as nn
from benchmarks import __main__ as program
from benchmarks import ablations, contenders, harness, problems
from tests.chapters import ROOT

pytestmark = pytest.mark.book

RESULTS = json.loads((ROOT / "benchmarks/results.json").read_text(encoding="utf-8"))


# ---- problems and contenders -----------------------------------------------------------------------------------------


def test_the_order_is_the_one_train_draws():
    """One sample an update, each with a weight of its own and a common bias: θ remembers who came when."""
    n, epochs = 5, 3
    net = nn.mlp([n, 1])
    seen = []
    order = problems.epoch_orders(n, epochs)
    for e in range(1, epochs + 1):
        run = nn.train(net, np.zeros(net.size), np.eye(n), np.ones(n), optimizer=nn.sgd(0.5), epochs=e, batch_size=1)
        seen.append(run.theta)
    W, b = np.zeros(n), 0.0
    for e in range(epochs):
        for i in order[e]:
            d = 0.5 * (W[i] + b - 1)
            W[i], b = W[i] - d, b - d
        np.testing.assert_allclose(seen[e], [*W, b], rtol=1e-15)
    assert len({tuple(o) for o in order}) == epochs


SMALL = {"W1": dict(epochs=20), "W2": dict(epochs=3), "W3": dict(epochs=2, samples=300), "W7": {}}
SMALL |= {name: dict(samples=samples) for name, samples in dict(W4=150, W5=300, W6b1=20, W6b10=55).items()}


@pytest.mark.parametrize("name", problems.WORKLOADS)
@pytest.mark.parametrize("who", ["numpy", "sklearn"])
def test_numpy_and_scikit_learn_agree_with_nnlib(name, who):
    if name not in contenders.CONTENDERS[who].workloads:
        pytest.skip("does not take part")
    p = problems.problem(name, "float64", **SMALL[name])
    with np.errstate(over="ignore"):
        losses, base = contenders.CONTENDERS[who].prepare(p)(), contenders.nnlib(p)()
    assert len(base) == (len(p.nets) or p.epochs)
    allowed = harness.tolerance(name, who, "float64")
    assert harness.disagreement(name, who, losses, base, allowed) is None
    assert losses == contenders.CONTENDERS[who].prepare(p)()


def test_problems_are_what_their_sentences_say():
    for w in problems.WORKLOADS.values():
        p = problems.problem(w.name, samples=None if w.samples <= 10_000 else w.batch)
        assert p.theta.dtype == p.X.dtype == w.dtype
        assert w.name == "W7" or "-".join(map(str, w.sizes)) in w.sentence or w.name == "W4"
    assert problems.problem("W1").steps == 10_000
    assert problems.problem("W3").steps == 100 * 57
    assert problems.problem("W6b1").flops == 2 * 2000 * (2 * 784 * 30 + 3 * 300)
    assert len(problems.problem("W7").nets) == 24


def test_the_products_alone_are_those_of_a_step():
    assert contenders.gemms(problems.problem("W4", samples=150))() == []


# ---- ablations -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ablation", ablations.ABLATIONS, ids=lambda a: a.key)
def test_every_ablation_applies_once(ablation, tmp_path):
    copy = Path(ablations.without(ablation, tmp_path / "copy")) / "nnlib"
    for file, _, new in ablation.edits:
        text = (copy / file).read_text(encoding="utf-8")
        assert new in text and text != (ROOT / "nnlib" / file).read_text(encoding="utf-8")
        compile(text, file, "exec")
    assert set(ablation.workloads) <= set(problems.WORKLOADS)


def test_an_ablation_that_does_not_apply_says_so():
    some = ablations.ABLATIONS[0]
    with pytest.raises(harness.Trouble, match="no longer applies.* 0 times in nnlib/a.py"):
        ablations.replaced("b", some, "a.py", "a", "c")
    with pytest.raises(harness.Trouble, match="2 times"):
        ablations.replaced("aa", some, "a.py", "a", "c")


# ---- the harness -----------------------------------------------------------------------------------------------------


def test_ratios_are_taken_within_a_round():
    """A round slow for everyone changes no ratio; one that disturbs a single contender changes no median."""
    rounds = [{"nnlib": (1, 1), "x": (3, 2)}, {"nnlib": (2, 2), "x": (6, 4)}, {"nnlib": (1, 1), "x": (30, 2)}]
    rounds = [{n: dict(wall=w, cpu=c) for n, (w, c) in r.items()} for r in rounds]
    summary = harness.summarize(rounds)
    assert summary["nnlib"]["ratio"] == dict(median=1, q1=1, q3=1)
    assert summary["x"]["ratio"] == dict(median=3, q1=3, q3=16.5)
    assert summary["x"]["cpu_ratio"]["median"] == 2 and summary["x"]["wall"]["median"] == 6
    assert harness.spread([4.0]) == dict(median=4.0, q1=4.0, q3=4.0)


def test_a_disagreement_is_a_sentence():
    good, allowed = [0.5, 0.4, 0.3, 0.2, 0.1], (1e-4, 0.1)
    assert harness.disagreement("W2", "x", good, good, allowed) is None
    assert harness.disagreement("W2", "x", [*good[:3], 9.0, 0.105], good, allowed) is None
    for bad in ([0.5, 0.4001, *good[2:]], [*good[:4], 0.12], [float("nan"), *good[1:]]):
        assert "x and nnlib disagree" in harness.disagreement("W2", "x", bad, good, allowed)
    assert "returned 4 numbers, nnlib 5" in harness.disagreement("W2", "x", good[:4], good, allowed)


def test_a_worker_that_dies_says_what_it_left():
    command = [sys.executable, "-c", "import sys; sys.exit('a bus went by')"]
    with harness.Worker("numpy", command=command) as worker:
        with pytest.raises(harness.Trouble, match="NumPy: its process ended with code 1.*a bus went by"):
            worker.ask("train")


@pytest.mark.parametrize(
    ("answer", "message"),
    [('{"missing": "torch"}', "needs torch, which is not installed"), ('{"error": "Oops: 1"}', "NumPy: Oops: 1")],
)
def test_a_worker_that_cannot_says_why(answer, message):
    with harness.Worker("numpy", command=[sys.executable, "-c", f"input(); print('{answer}')"]) as worker:
        with pytest.raises(harness.Trouble, match=message):
            worker.ask("train")


def test_a_worker_trains_and_keeps_time():
    with harness.Worker("numpy") as worker:
        hello = worker.ask("hello", packages=["numpy"])
        assert hello["versions"] == {"numpy": np.__version__}
        said = worker.ask("train", problem=dict(name="W2", epochs=2))
        assert len(said["losses"]) == 2 and said["setup"] > 0 and said["first"] > 0
        assert worker.ask("clock", repeat=2)["wall"] > 0


def test_one_thread_and_no_debugging_switches(monkeypatch):
    monkeypatch.setenv("NUMBA_BOUNDSCHECK", "1")
    environment = harness.environment("somewhere")
    assert "NUMBA_BOUNDSCHECK" not in environment
    assert environment["OPENBLAS_NUM_THREADS"] == environment["NUMBA_NUM_THREADS"] == "1"
    assert environment["PYTHONPATH"].startswith("somewhere")


# ---- the gate --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("ratios", "code"), [([40] * 3, 0), ([1, 2, 40, 40, 40], 0), ([1] * 9, 1)])
def test_the_gate_takes_the_best_of_three(monkeypatch, capsys, ratios, code):
    ratios = iter(ratios)

    def measured(workload, wanted, rounds, exact):
        return {"contenders": {"numpy": {"ratio": {"median": next(ratios)}}}}

    monkeypatch.setattr(harness, "measure", measured)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "gate"])
    assert program.main() == code
    said = capsys.readouterr()
    assert ("W1: 1.0 times as fast as NumPy, 30 needed" in said.err) == bool(code)


def test_an_update_keeps_what_was_not_measured():
    again = {"workloads": {"W4": "new"}, "ablations": [{"workload": "W4", "key": "a"}], "date": "today"}
    known = {"W9": 0} | {name: name for name in problems.WORKLOADS}
    before = {"workloads": known, "ablations": [{"workload": w, "key": "b"} for w in ("W5", "W4", "W1")]}
    now = program.updated(before, again)
    assert now["workloads"] == {name: name for name in problems.WORKLOADS} | {"W4": "new"}
    assert [(a["workload"], a["key"]) for a in now["ablations"]] == [("W1", "b"), ("W4", "a"), ("W5", "b")]
    assert now["date"] == "today"


def test_unknown_names_are_refused(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--workloads", "W9"])
    with pytest.raises(SystemExit):
        program.main()
    assert "W9: needs some of W1" in capsys.readouterr().err


# ---- the page --------------------------------------------------------------------------------------------------------


def extension():
    spec = importlib.util.spec_from_file_location("speed", ROOT / "book/_ext/speed.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_results_are_complete():
    assert RESULTS["schema"] == program.SCHEMA == extension().SCHEMA
    assert RESULTS["required"] == harness.REQUIRED
    assert RESULTS["titles"] == {key: c.title for key, c in contenders.CONTENDERS.items()}
    assert list(RESULTS["kinds"]) == ["AVX-512", "AVX2"]


@pytest.mark.parametrize("kind", RESULTS["kinds"])
def test_results_of_each_kind_are_complete(kind):
    found = RESULTS["kinds"][kind]
    assert list(found["workloads"]) == list(problems.WORKLOADS)
    assert set(harness.REQUIRED[kind]) <= set(problems.WORKLOADS)
    for name, w in found["workloads"].items():
        assert w["sentence"] == problems.WORKLOADS[name].sentence
        assert set(w["contenders"]) == {c for c, x in contenders.CONTENDERS.items() if name in x.workloads}
        assert set(harness.REQUIRED[kind].get(name, {})) <= set(w["contenders"])
        for m in w["contenders"].values():
            for kept in ("wall", "cpu", "ratio", "cpu_ratio"):
                assert 0 < m[kept]["q1"] <= m[kept]["median"] <= m[kept]["q3"]
    measured = [(a["key"], a["workload"], a["trick"], a["instead"]) for a in found["ablations"]]
    assert sorted(measured) == sorted((a.key, w, a.trick, a.instead) for a in ablations.ABLATIONS for w in a.workloads)
    assert found["machine"]["versions"]["torch"].startswith("2.13.0")


@pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"), reason="the names are those of x86 processors")
def test_a_pretended_processor_is_one(tmp_path):
    """Every process of the benchmark then computes with AVX2 alone."""
    code = "from benchmarks import harness, __main__ as m; print(m.kind(), 'XLA_FLAGS' in harness.environment())"
    environment = os.environ | harness.PRETENDED["AVX2"] | {"NUMBA_CACHE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.split() == ["AVX2", "True"]
    assert harness.environment()["XLA_FLAGS"].startswith("--xla_cpu_multi_thread")


def test_pretending_begins_anew(monkeypatch):
    """NumPy and Numba have made their choice when the option is read."""
    asked = []

    def run(command, env, cwd):
        asked.append((command, env["NUMBA_CPU_NAME"]))
        return subprocess.CompletedProcess(command, 7)

    monkeypatch.setattr(program, "kind", lambda: "AVX-512")
    monkeypatch.setattr(program.subprocess, "run", run)
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--pretend", "AVX2", "--workloads", "W1"])
    assert program.main() == 7
    assert asked == [([sys.executable, "-m", "benchmarks", "--pretend", "AVX2", "--workloads", "W1"], "haswell")]


def test_results_name_no_machine():
    text = json.dumps(RESULTS)
    assert not re.search(r'"(/|[A-Za-z]:)|\\\\', text)
    assert f'"{platform.node()}"' not in text


def test_the_page_types_no_measurement():
    """Digits in its prose are names: of workloads, of number formats, of chapters and of what is in a role."""
    body = (ROOT / "book/speed.md").read_text(encoding="utf-8")
    prose = re.sub(r"```.*?```|\{speed\}`[^`]*`|\[[^\]]*\]\([^)]*\)", "", body, flags=re.S)
    prose = re.sub(r"\bW\d(b10?)?\b|\bfloat(32|64)\b|\b1×|\bAVX(2|-512)\b", "", prose)
    assert re.findall(r"[^\n]*\d[^\n]*", prose) == []


def test_every_number_on_the_page_exists():
    speed = extension()
    roles = re.findall(r"\{speed\}`([^`]*)`", (ROOT / "book/speed.md").read_text(encoding="utf-8"))
    assert len(roles) >= 10
    assert all(speed.number(RESULTS, role) for role in roles)
    for wrong in ("W9 jax", "W1 tinygrad", "W1 jax colour", "ablation exp W5", "machine name", "AVX2: W9 jax"):
        with pytest.raises(LookupError, match=wrong):
            speed.number(RESULTS, wrong)


def test_what_the_prose_praises_is_worth_a_tenth_at_least():
    """Each trick that a sentence names, and what sentences say without a number; measured anew, they may have to go."""
    speed = extension()
    body = (ROOT / "book/speed.md").read_text(encoding="utf-8")
    praised = re.findall(r"\{speed\}`((?:AVX2: )?ablation [^`]*)`", body)
    assert len(praised) >= 10
    small = {role: said for role in praised if float((said := speed.number(RESULTS, role)).rstrip("×")) < 1.1}
    assert small == {}
    assert "In the other it gained nothing." in body
    assert float(speed.number(RESULTS, "ablation again W7").rstrip("×")) <= 1.02


def test_old_or_missing_results_stop_the_build(tmp_path):
    speed = extension()
    with pytest.raises(speed.ExtensionError, match="make bench"):
        speed.load(tmp_path / "results.json")
    (tmp_path / "results.json").write_text('{"schema": 0}', encoding="utf-8")
    with pytest.raises(speed.ExtensionError, match="schema 0.*make bench"):
        speed.load(tmp_path / "results.json")


@pytest.mark.parametrize("kind", RESULTS["kinds"])
def test_every_table_and_list_can_be_written(kind):
    speed = extension()
    results = speed.of(RESULTS, kind)
    for write in (speed.plot, speed.table, speed.ablations, speed.slower):
        assert write(results).startswith("<")
    for name in problems.WORKLOADS:
        assert f"{name}: " in speed.table(results)
    with pytest.raises(LookupError, match="no processors of the kind 'AVX3', only AVX-512, AVX2"):
        speed.of(RESULTS, "AVX3")


def test_the_plot_has_every_ratio_and_words_for_it():
    speed = extension()
    results = speed.of(RESULTS)
    svg = speed.plot(results)
    assert svg.startswith("<svg") and "currentColor" in svg and 'role="img"' in svg
    words = speed.alt(results)
    for name, w in results["workloads"].items():
        for key, m in w["contenders"].items():
            if key != "nnlib":
                assert f"{results['titles'][key]} {speed.times(m['ratio']['median'])}" in words, (name, key)

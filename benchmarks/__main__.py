"""`python -m benchmarks` measures everything, and writes what the book's page is made of.

python -m benchmarks --workloads W2,W3 --contenders numpy,jax --rounds 5    a part of it, printed only
python -m benchmarks --ablations exp,small --contenders none                what two tricks are worth
python -m benchmarks --workloads W4 --update                                measure one anew, keep the others
python -m benchmarks --pretend AVX2                                         as if the processor had no AVX-512
python -m benchmarks --beside FOLDER --contenders none --ablations none     against nnlib of another checkout
python -m benchmarks gate                                                   the quick check of every test run
"""

import argparse
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

from nnlib import check

from . import ablations, harness
from .contenders import CONTENDERS
from .harness import BASE, KINDS, PRETENDED, REQUIRED, Trouble
from .problems import WORKLOADS

RESULTS = harness.ROOT / "benchmarks" / "results.json"
SCHEMA = 2
PACKAGES = ("numpy", "scipy", "numba", "llvmlite", "scikit-learn", "torch", "jax", "jaxlib")
GATE = ("W1", "W2", "W3")
TRIES = 3


def kind():
    """The kind of processor, by the widest of its vectors that can multiply and add at once."""
    from nnlib.engine import jit

    return KINDS.get(jit.PARTS, "other")


def machine():
    """The machine and the versions, without anything that names this one computer."""
    import numpy as np
    from threadpoolctl import threadpool_info

    np.dot(np.eye(2), np.eye(2))
    blas = sorted({f"{p['internal_api']} {p['version']}" for p in threadpool_info() if p["user_api"] == "blas"})
    return {
        "processor": check.processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "blas": ", ".join(blas),
        "threads": 1,
        "pinned": hasattr(os, "sched_setaffinity"),
        "pretended": "NUMBA_CPU_NAME" in os.environ,
        "versions": {name: version(name) for name in PACKAGES},
    }


def table(workload, measured):
    """One workload as lines of text: the required ratio beside the measured one."""
    yield f"{workload}: {measured['sentence']}, {measured['dtype']}, {measured['rounds']} rounds"
    for name, m in measured["contenders"].items():
        need = REQUIRED.get(kind(), {}).get(workload, {}).get(name)
        ratio = m["ratio"]
        verdict = "" if need is None else f"needs {need:g}" + ("" if ratio["median"] >= need else "  MISSED")
        yield (
            f"  {name:12}{m['wall']['median'] * 1e3:11.3f} ms {m['cpu']['median'] * 1e3:11.3f} ms cpu "
            f"{ratio['median']:8.2f}×  ({ratio['q1']:.2f} … {ratio['q3']:.2f})  "
            f"set-up {m['setup']:4.1f} s, first {m['first']:5.2f} s  {verdict}"
        )


def everything(arguments):
    """Measure, print, and if nothing was left out write results.json."""
    names = list(CONTENDERS) if arguments.contenders is None else arguments.contenders
    tricks = [a for a in ablations.ABLATIONS if arguments.ablations is None or a.key in arguments.ablations]
    found = {"date": datetime.date.today().isoformat(), "rounds": arguments.rounds, "workloads": {}, "ablations": []}
    for workload in arguments.workloads if names or arguments.beside else []:
        wanted = {n: (n, None) for n in CONTENDERS if n in {BASE, *names} and workload in CONTENDERS[n].workloads}
        if arguments.beside:
            wanted["beside"] = BASE, arguments.beside
        found["workloads"][workload] = measured = harness.measure(workload, wanted, arguments.rounds)
        print("\n".join(table(workload, measured)), flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for workload in arguments.workloads:
            measured = ablations.measure(workload, tricks, folder, arguments.rounds)
            found["ablations"] += measured
            for a in measured:
                print(f"{workload} without {a['key']:10}{a['ratio']['median']:8.2f}×  {a['trick']}", flush=True)
    whole = {*names, BASE} == {*CONTENDERS} and tricks == [*ablations.ABLATIONS] and not arguments.beside
    if not whole or (len(found["workloads"]) < len(WORKLOADS) and not arguments.update):
        print("A part of the benchmark: the book's numbers stay as they are.")
        return
    before = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    kinds = before["kinds"] if before.get("schema") == SCHEMA else {}
    if arguments.update:
        found = updated(kinds[kind()], found)
    kinds[kind()] = rounded(found | {"machine": machine()})
    titles = {key: contender.title for key, contender in CONTENDERS.items()}
    results = {"schema": SCHEMA, "required": REQUIRED, "titles": titles, "kinds": dict(sorted(kinds.items()))}
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"Written: {RESULTS.relative_to(harness.ROOT)}")


def updated(before, found):
    """Earlier results, with the workloads that were measured again, and their ablations, replaced."""
    workloads = before["workloads"] | found["workloads"]
    kept = [a for a in before["ablations"] if a["workload"] not in found["workloads"]]
    by_place = sorted(kept + found["ablations"], key=lambda a: list(WORKLOADS).index(a["workload"]))
    return found | {"workloads": {name: workloads[name] for name in WORKLOADS}, "ablations": by_place}


def rounded(x):
    """Floats to six digits: the rest is noise, and noise makes long diffs."""
    if isinstance(x, dict):
        return {k: rounded(v) for k, v in x.items()}
    if isinstance(x, list):
        return [rounded(v) for v in x]
    return float(f"{x:.6g}") if isinstance(x, float) else x


def gate():
    """Against NumPy alone, half of what is required with AVX-512, best of three tries: slower is a fault, not noise."""
    missed = []
    for workload in GATE:
        need, best = REQUIRED["AVX-512"][workload]["numpy"] / 2, 0.0
        for _ in range(TRIES):
            wanted = {BASE: (BASE, None), "numpy": ("numpy", None)}
            measured = harness.measure(workload, wanted, rounds=3, exact=False)
            best = max(best, measured["contenders"]["numpy"]["ratio"]["median"])
            if best >= need:
                break
        else:
            missed.append(f"{workload}: {best:.1f} times as fast as NumPy, {need:g} needed")
        print(f"{workload}: {best:.1f}× NumPy, needs {need:g}×", flush=True)
    if missed:
        raise Trouble("nnlib became slow. " + "; ".join(missed))


def known(names):
    """A type for argparse: a comma-separated list of some of these names, or "none"."""

    def parse(text):
        asked = [] if text == "none" else text.split(",")
        if unknown := [a for a in asked if a not in names]:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: needs some of {', '.join(names)}, or none")
        return [n for n in names if n in asked]

    return parse


def main():
    """The command line. Returns the exit code."""
    parser = argparse.ArgumentParser("python -m benchmarks", description="How fast nnlib trains, beside others.")
    parser.add_argument("what", nargs="?", choices=["all", "gate"], default="all")
    parser.add_argument("--workloads", type=known(list(WORKLOADS)), default=list(WORKLOADS))
    parser.add_argument("--contenders", type=known(list(CONTENDERS)))
    parser.add_argument("--ablations", type=known([a.key for a in ablations.ABLATIONS]))
    parser.add_argument("--update", action="store_true", help="put whole workloads into results.json, keep the others")
    parser.add_argument("--pretend", choices=list(PRETENDED), help="measure as on a processor of this kind")
    parser.add_argument("--beside", metavar="FOLDER", help="a checkout whose nnlib takes its turns, too; printed only")
    parser.add_argument("--rounds", type=int, default=harness.ROUNDS)
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error("--rounds: needs a number ≥ 1")
    if arguments.pretend and kind() != arguments.pretend:  # what is imported already has made its choice
        again = [sys.executable, "-m", "benchmarks", *sys.argv[1:]]
        return subprocess.run(again, env=os.environ | PRETENDED[arguments.pretend], cwd=harness.ROOT).returncode
    begun = time.monotonic()
    try:
        gate() if arguments.what == "gate" else everything(arguments)
    except Trouble as trouble:
        print(f"benchmark: {trouble}", file=sys.stderr)
        return 1
    print(f"{time.monotonic() - begun:.0f} s")
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="backslashreplace")  # a pipe in another code page may have no ×
    sys.exit(main())

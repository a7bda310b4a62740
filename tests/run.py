"""`make test`: every step of the suite, one after the other, each with its time.

Any step by its name: ``.venv/bin/python tests/run.py units browser``.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
UNITS = ["-m", "pytest", "-q", "-x", "tests", "--ignore=tests/browser"]
# Whole-book checks read files and run notebooks' drawings: once is enough, and the jitted pass is the fast one.
KERNELS = [*UNITS, "-m", "not book"]


def steps():
    """(name, command, extra environment) in the order they run."""
    python = str(BIN / "python")
    scratch = tempfile.mkdtemp(prefix="nnlib-cache-")
    notebooks = sorted(str(p) for p in (ROOT / "notebooks").glob("*.ipynb"))
    coverage = ["--branch", "--source=nnlib", "--omit=nnlib/lab/*"]
    yield "lint", [python, "-m", "ruff", "check", "."], {}
    yield "format", [python, "-m", "ruff", "format", "--check", "."], {}
    yield "units", [python, *UNITS], {}
    yield "bounds-checked", [python, *KERNELS], {"NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": scratch}
    yield "unjitted", [python, "-m", "coverage", "run", *coverage, *KERNELS], {"NUMBA_DISABLE_JIT": "1"}
    yield "coverage", [python, "-m", "coverage", "report", "--show-missing", "--skip-covered", "--fail-under=100"], {}
    yield "speed", [python, "-m", "benchmarks", "gate"], {}
    nbval = ["-m", "pytest", "-q", "--nbval", "--nbval-cell-timeout=120", "-p", "no:cacheprovider", *notebooks]
    yield "notebooks", [python, *nbval], {}
    yield "book", ["make", "book", f"PYTHON={python}"], {}
    yield "browser", [python, "-m", "pytest", "-q", "-rs", "tests/browser"], {}


def main(wanted):
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    environment["PATH"] = f"{BIN}{os.pathsep}{environment['PATH']}"
    environment.pop("NNLIB_STATIC", None)
    table, begun = [], time.monotonic()
    for name, command, extra in steps():
        if wanted and name not in wanted:
            continue
        print(f"\n=== {name}", flush=True)
        start = time.monotonic()
        code = subprocess.run(command, cwd=ROOT, env={**environment, **extra}).returncode
        table.append((name, time.monotonic() - start, code))
        print(f"=== {name}: {table[-1][1]:.0f} s{'' if code == 0 else f', FAILED with {code}'}", flush=True)
        if code:
            break
    print("\n" + "\n".join(f"{n:15}{s:6.0f} s  {'ok' if c == 0 else 'FAILED'}" for n, s, c in table))
    passed = sum(c == 0 for *_, c in table)
    print(f"all steps: {time.monotonic() - begun:.0f} s")
    print(f"{passed} passed, {len(table) - passed} failed")
    return max((c for *_, c in table), key=abs, default=0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

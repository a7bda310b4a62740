"""How it is measured: contenders that agree, in processes of their own, timed in turns.

The clock of a shared machine tells you about its neighbors. So no time is compared with a time from another minute:
the contenders run one after the other, round after round, and what is kept is the ratio *within* a round, of which
the median over the rounds is taken. Before the first round everyone has to show the same losses.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .contenders import CONTENDERS
from .problems import WORKLOADS, problem

ROOT = Path(__file__).resolve().parents[1]
BASE = "nnlib"
ROUNDS = 9
ROUND_SECONDS = 0.05  # a round lasts at least that long: the clock and a task switch then do not matter
FEWEST_ROUNDS, BUDGET = 5, 40  # a workload that has taken so many seconds gets no more than so many rounds
CHECKED_EPOCHS, CHECKED_SAMPLES = 10, 3000  # in float64

# What this project asks of nnlib on each kind of processor: how many times as long the others take, one thread.
REQUIRED = {
    "AVX-512": {
        "W1": {"torch": 450, "numpy": 60},
        "W2": {"torch": 80, "jax": 3, "numpy": 15},
        "W3": {"torch": 28, "jax": 1.5, "numpy": 7, "sklearn": 12},
        "W4": {"torch": 2.4, "jax": 1.0, "numpy": 1.4, "gemms": 0.80},
        "W5": {"torch": 1.0, "jax": 1.0, "numpy": 1.25, "gemms": 0.90},
        "W6b1": {"torch": 40, "jax": 1.4, "numpy": 11},
        "W6b10": {"torch": 12.5, "jax": 2.2, "numpy": 2.5},
        "W7": {"torch": 5, "jax": 2.2, "numpy": 2},
    },
    "AVX2": {name: {"jax": 1.0} for name in ("W2", "W3", "W4", "W6b1", "W6b10", "W7")},
}
KINDS = {1: "AVX-512", 2: "AVX2", 4: "NEON"}  # by nnlib's jit.PARTS
# How all contenders are told to leave AVX-512 alone, where there is no other processor at hand.
PRETENDED = {
    "AVX2": {
        "OPENBLAS_CORETYPE": "Haswell",
        "NUMBA_CPU_NAME": "haswell",
        "NUMBA_CPU_FEATURES": "",  # the name's own; without this Numba goes on using the host's
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",
        "ATEN_CPU_CAPABILITY": "avx2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
        "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",
    }
}

# Agreement, as relative differences: (first three epochs, last epoch).
#
# One step rounds differently in every library: sums in another order, another exp. That is some ten units in the last
# place, 1e-15 in float64 and 1e-6 in float32, and the step after starts from there. Two runs so drift apart, faster
# the longer they are and the more ReLUs and the Adam step (which divides by the root of a tiny number) magnify. The
# first three epochs leave two to three digits for this; a wrong sign, factor or order of samples is off by percents
# there. In a last epoch in float32 a loss near 0 may have one digit left.
TOLERANCE = {"float64": (1e-12, 1e-9), "float32": (1e-4, 0.1)}
# scikit-learn adds Adam's ε before the correction of the second moment, not after: another formula, by about 1e-8/|g|.
OTHER_ADAM = (1e-3, 0.1)
# W7's numbers are no losses but gradients behind 50 layers. Where tanh layers start with weights of variance 1, each of
# them magnifies a rounding error, the fifty together a million million times: half the digits and more are gone.
GRADIENTS = (1e-9, 0.05)
CHAOTIC = 7  # the place of that net: tanh is the second activation, normal(1) the second start


class Trouble(Exception):
    """The benchmark cannot go on, for a reason in one sentence."""


class Worker:
    """A contender's process. `folder` holds the nnlib it imports; None is the repository's own."""

    def __init__(self, contender, folder=None, command=None):
        self.contender, title = contender, CONTENDERS[contender].title
        self.title = title if folder is None else f"{title}, changed,"
        self.said = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command or [sys.executable, "-P", "-m", "benchmarks.worker", contender],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            env=environment(folder),
            cwd=ROOT,
            text=True,
            encoding="utf-8",
        )

    def ask(self, do, **what):
        """The answer to a command."""
        try:
            print(json.dumps({"do": do, **what}), file=self.process.stdin, flush=True)
            line = self.process.stdout.readline()
        except OSError:  # a pipe that is closed at the other end; Windows calls it an invalid argument
            line = ""
        if not line:
            code = self.process.wait()
            self.said.seek(0)
            last = self.said.read().decode(errors="replace").strip().rpartition("\n")[2] or "no word"
            raise Trouble(f"{self.title}: its process ended with code {code} when asked to {do!r}; it left: {last}")
        answer = json.loads(line)
        if "missing" in answer:
            raise Trouble(
                f"{self.title}: needs {answer['missing']}, which is not installed; `make bench` installs it, or name "
                "the others with --contenders"
            )
        if "error" in answer:
            raise Trouble(f"{self.title}: {answer['error']}")
        return answer

    def close(self):
        """End the process."""
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
        self.said.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.close()
        except OSError:
            self.process.wait()


KEPT = ("NUMBA_CACHE_DIR", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")  # a processor may be pretended


def environment(folder=None):
    """One thread everywhere, nnlib compiled as usual, and imported from `folder`."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("NUMBA_") or k in KEPT}
    for name in ("OPENBLAS", "OMP", "MKL", "NUMBA", "VECLIB_MAXIMUM", "BLIS"):
        env[f"{name}_NUM_THREADS"] = "1"
    env["JAX_PLATFORMS"] = "cpu"
    single = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    env["XLA_FLAGS"] = f"{env.get('XLA_FLAGS', '')} {single}".strip()
    env["PYTHONPATH"] = os.pathsep.join(str(place) for place in (folder, ROOT) if place)
    return env


# ---- agreement ----


def tolerance(workload, contender, dtype):
    """How far apart two contenders' (first epochs, last epoch) may be."""
    if contender == "sklearn" and WORKLOADS[workload].optimizer.name == "adam":
        return OTHER_ADAM
    return TOLERANCE[dtype]


def disagreement(workload, who, losses, base, allowed):
    """A sentence that says where the losses differ, or None. `base` are those of nnlib, `allowed` a `tolerance`."""
    if len(losses) != len(base):
        return f"{workload}: {who} returned {len(losses)} numbers, nnlib {len(base)}"
    what = "net" if workload == "W7" else "epoch"
    for i, (a, b) in enumerate(zip(losses, base, strict=True)):
        if workload == "W7":
            limit = GRADIENTS[i == CHAOTIC]
        elif i < 3:
            limit = allowed[0]
        elif i == len(base) - 1:
            limit = allowed[1]
        else:
            continue
        if not abs(a - b) <= limit * max(abs(a), abs(b)):
            return (
                f"{workload}: {who} and nnlib disagree, so there is nothing to time: {what} {i + 1} of {len(base)} "
                f"gives {a:.10g} and {b:.10g}; allowed is a relative difference of {limit:g}"
            )
    return None


def train(workers, workload, dtype, **smaller):
    """Let everyone train, and compare: name → answer."""
    problem = dict(name=workload, dtype=dtype, **smaller)
    answers = {name: worker.ask("train", problem=problem) for name, worker in workers.items()}
    for name, worker in workers.items():
        if worker.contender != "gemms":
            allowed = tolerance(workload, worker.contender, dtype)
            told = disagreement(workload, name, answers[name]["losses"], answers[BASE]["losses"], allowed)
            if told:
                raise Trouble(f"{told} ({dtype})")
    return answers


# ---- rounds ----


def spread(values):
    """Median and quartiles."""
    if len(values) == 1:
        return {"median": values[0], "q1": values[0], "q3": values[0]}
    q1, median, q3 = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": median, "q1": q1, "q3": q3}


def summarize(rounds):
    """From rounds, each name → {"wall", "cpu"}, to name → spreads of seconds and of ratios to nnlib's time."""
    summary = {}
    for name in rounds[0]:
        summary[name] = {clock: spread([r[name][clock] for r in rounds]) for clock in ("wall", "cpu")}
        summary[name] |= {
            "ratio": spread([r[name]["wall"] / r[BASE]["wall"] for r in rounds]),
            "cpu_ratio": spread([r[name]["cpu"] / r[BASE]["cpu"] for r in rounds]),
        }
    return summary


def take_turns(workers, rounds):
    """A B C, A B C, …: the summary, how often each ran within a round, and how many rounds there were."""
    repeats = {}
    for name, worker in workers.items():  # the second call of each; the first one compiled
        repeats[name] = max(1, int(-(-ROUND_SECONDS // worker.ask("clock", repeat=1)["wall"])))
    taken, begun = [], time.monotonic()
    while len(taken) < rounds and (len(taken) < FEWEST_ROUNDS or time.monotonic() - begun < BUDGET):
        taken.append({name: worker.ask("clock", repeat=repeats[name]) for name, worker in workers.items()})
    return summarize(taken), repeats, len(taken)


def measure(workload, wanted, rounds=ROUNDS, exact=True):
    """One workload: what results.json keeps of it. `wanted`: name → (contender, folder of its nnlib or None)."""
    w = WORKLOADS[workload]
    with Workers(wanted) as workers:
        setup = None
        if exact and w.dtype != "float64":
            smaller = dict(epochs=min(w.epochs, CHECKED_EPOCHS), samples=min(w.samples, CHECKED_SAMPLES))
            setup = train(workers, workload, "float64", **smaller)
        native = train(workers, workload, w.dtype)
        setup = setup or native
        summary, repeats, taken = take_turns(workers, rounds)
    for name in workers:
        losses = native[name]["losses"]
        summary[name] |= {
            "setup": setup[name]["setup"],
            "first": native[name]["first"],
            "repeat": repeats[name],
            "losses": [losses[0], losses[-1]] if losses else [],
        }
    p = problem(workload)
    facts = {"sentence": w.sentence, "dtype": w.dtype, "steps": p.steps, "flops": p.flops, "rounds": taken}
    return facts | {"contenders": summary}


class Workers(dict):
    """Several workers, closed together. `wanted`: name → (contender, folder)."""

    def __init__(self, wanted):
        super().__init__()
        try:
            for name, (contender, folder) in wanted.items():
                self[name] = Worker(contender, folder)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for worker in self.values():
            worker.__exit__()

"""What each trick is worth: nnlib with the trick removed against nnlib as it is.

nnlib carries no switches for this. A trick is removed from a *copy* of the package by replacing a piece of its text,
and a worker imports the copy. A piece that is no longer there, or is there twice, is an error, and a test looks for
all of them: who rewrites a kernel rewrites its ablation.
"""

import shutil
from pathlib import Path
from typing import NamedTuple

from . import harness


class Ablation(NamedTuple):
    """A trick: what the page calls it, what is put in its place, and where one should notice.

    `edits` are triples (file of nnlib, old text, new text).
    """

    key: str
    trick: str
    instead: str
    workloads: tuple
    edits: tuple


ABLATIONS = (
    Ablation(
        *("epochs", "many epochs in one compiled call", "one epoch in each call"),
        ("W1", "W2"),
        (("training.py", "together = max(1, min(int(together * WORK / spent), 4 * together))", "together = 1"),),
    ),
    Ablation(
        *("exp", "exp, sigmoid and tanh as polynomials", "those of the C library"),
        ("W1", "W2", "W7"),
        (
            ("_exp.py", "    s, e, one = split(x)\n    return s * e + s\n", "    return np.exp(x)\n"),
            ("_exp.py", "one / (one + (s * e + s))", "one / (one + np.exp(-x))"),
            ("_exp.py", "return m / (m + (one + one))", "return np.tanh(x)"),
        ),
    ),
    Ablation(
        *("small", "loops for the smallest matrix products", "BLAS for all of them"),
        ("W1", "W2"),
        (("_blas.py", "SMALL = 256 ", "SMALL = 0 "),),
    ),
    Ablation(
        *("direct", "the step taken inside the matrix product", "the gradient stored, then applied"),
        ("W1", "W5", "W6b1"),
        (("training.py", "direct = optimizer == SGD and ", "direct = optimizer < SGD and "),),
    ),
    Ablation(
        *("counting", "no counting of references", "Numba's, as it comes"),
        ("W1", "W2"),
        (("_jit.py", ', "_nrt": False}', "}"),),
    ),
    Ablation(
        *("turn", "a small W turned before δ Wᵀ", "BLAS told to transpose"),
        ("W2", "W3", "W7"),
        (("_blas.py", "elif W.size <= SCRATCH and m >= 4:", "elif m < 0:"),),
    ),
    Ablation(
        *("narrow", "products of a few samples in registers", "BLAS for these too"),
        ("W6b1", "W6b10"),
        (
            ("_blas.py", "NARROW = 16 ", "NARROW = 0 "),
            ("_blas.py", "elif m == 1 and is_narrow(dW)", "elif m == -1 and is_narrow(dW)"),
        ),
    ),
    Ablation(
        *("rows", "as many rows in registers as there are registers", "two where four fit, four where two do"),
        ("W6b1", "W6b10"),
        (
            (
                "_blas.py",
                'ROWS = 4 if get_host_cpu_features().get("avx512f") else 2',
                'ROWS = 2 if get_host_cpu_features().get("avx512f") else 4',
            ),
        ),
    ),
    Ablation(
        *("log", "one logarithm for many samples", "one for each"),
        ("W2", "W3"),
        (("losses.py", "if product > 1e200:", "if i > 0:"),),
    ),
    Ablation(
        *("kept", "working memory kept between calls", "new memory in each"),
        ("W7",),
        (("_memory.py", "if kept is None or ", "if True or "),),
    ),
    Ablation(
        *("again", "a gradient written where one was that nobody holds", "new memory for each"),
        ("W7",),
        (("_memory.py", "if like.nbytes < WORTH:", "if True:"),),
    ),
    Ablation(
        *("view", "layers as borrowed views of one vector", "a slice and a reshape each time"),
        ("W1", "W2"),
        (
            (
                "_jit.py",
                "@instead_of(_view)\ndef view(typing, a, start, shape):",
                "def view(a, start, shape):\n    return _view(a, start, shape)\n\n\n"
                "@overload(view)\ndef _sliced(a, start, shape):\n"
                "    return lambda a, start, shape: _slice(a, start, shape)\n\n\n"
                "_slice = kernel(_view)\n\n\n@intrinsic\ndef _unused(typing, a, start, shape):",
            ),
            ("_jit.py", ', "_nrt": False}', "}"),  # a slice is counted
        ),
    ),
    Ablation(
        *("flush", "Adam's smallest means set to 0 in float32", "kept as denormal numbers"),
        ("W3",),
        (("optimizers.py", "m[i] = zero if abs(mean) < tiny else mean", "m[i] = mean"),),
    ),
    Ablation(
        *("division", "1/0 is inf", "every division asks whether it divides by 0, as Python does"),
        ("W2", "W3"),
        (("_jit.py", '"error_model": "numpy"', '"error_model": "python"'),),
    ),
    Ablation(
        *("fusing", "a · b + c of a polynomial in one instruction", "two instructions, rounded twice"),
        ("W2", "W7"),
        (("_jit.py", 'fastmath={"contract", "nsz"}', 'fastmath={"nsz"}'),),
    ),
)


def replaced(text, ablation, file, old, new):
    """`text` with `old` replaced, which has to be there exactly once."""
    if text.count(old) != 1:
        where = f"{text.count(old)} times in nnlib/{file}, not once"
        raise harness.Trouble(f"the ablation {ablation.key!r} no longer applies: it finds {old.strip()!r} {where}")
    return text.replace(old, new)


def without(ablation, folder, source=harness.ROOT / "nnlib"):
    """A copy of nnlib without the trick, in `folder`, which is what a worker's path then starts with."""
    copy = Path(folder) / "nnlib"
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__", "lab"))
    for file, old, new in ablation.edits:
        path = copy / file
        path.write_text(replaced(path.read_text(encoding="utf-8"), ablation, file, old, new), encoding="utf-8")
    return str(folder)


def measure(workload, wanted, folder, rounds):
    """Every ablation of one workload, in turns with nnlib as it is: a list of what results.json keeps."""
    taking_part = [a for a in wanted if workload in a.workloads]
    if not taking_part:
        return []
    workers = {harness.BASE: (harness.BASE, None)}
    for ablation in taking_part:
        place = Path(folder) / ablation.key
        workers[ablation.key] = (harness.BASE, str(place) if place.exists() else without(ablation, place))
    measured = harness.measure(workload, workers, rounds, exact=False)["contenders"]
    kept = []
    for a in taking_part:
        said = dict(key=a.key, workload=workload, trick=a.trick, instead=a.instead)
        kept.append(said | {clock: measured[a.key][clock] for clock in ("ratio", "cpu_ratio")})
    return kept

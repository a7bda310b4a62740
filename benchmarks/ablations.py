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
            ("engine/exp.py", "    s, e, one = split(x)\n    return fma(s, e, s)\n", "    return np.exp(x)\n"),
            ("engine/exp.py", "one / (one + fma(s, e, s))", "one / (one + np.exp(-x))"),
            ("engine/exp.py", "return m / (m + (one + one))", "return np.tanh(x)"),
        ),
    ),
    Ablation(
        *("small", "plain loops for the smallest matrix products", "registers for all of them"),
        ("W1", "W2"),
        (("engine/products.py", "SMALL = 256 ", "SMALL = 0 "),),
    ),
    Ablation(
        *("direct", "the step taken inside the matrix product", "the gradient stored, then applied"),
        ("W1", "W5", "W6b1"),
        (("training.py", "simple = plan.optimizer == SGD and ", "simple = plan.optimizer < SGD and "),),
    ),
    Ablation(
        *("counting", "no counting of references", "Numba's, as it comes"),
        ("W1", "W2"),
        (("engine/jit.py", ', "_nrt": False, ', ", "),),
    ),
    Ablation(
        *("ordered", "products in one written order, in registers", "BLAS for all but the smallest"),
        ("W2", "W3", "W4", "W6b1", "W6b10", "W7"),
        (("engine/products.py", "LARGEST = 2**17 ", "LARGEST = 0 "),),
    ),
    Ablation(
        *("rows", "as many sums at a time as there are registers", "half as many"),
        ("W3", "W4", "W7"),
        (("engine/products.py", "{1: (8, 4), 2: (6, 2), 4: (6, 2)}", "{1: (4, 4), 2: (3, 2), 4: (3, 2)}"),),
    ),
    Ablation(
        *("turn", "W turned for δ Wᵀ eight rows at a time, in registers", "number by number"),
        ("W2", "W3", "W7"),
        (("engine/products.py", "    if width >= 8 and n >= 8:", "    if width < 0:"),),
    ),
    Ablation(
        *("outer", "a single sample's step added row by row", "by strips, as for many samples"),
        ("W6b1",),
        (("engine/products.py", "if add and K == 1 and tx == T", "if add and K < 0 and tx == T"),),
    ),
    Ablation(
        *("log", "one logarithm for many samples", "one for each"),
        ("W2", "W3"),
        (("losses.py", "if product > 1e200:", "if i > 0:"),),
    ),
    Ablation(
        *("again", "a gradient written where one was that nobody holds", "new memory for each"),
        ("W7",),
        (("engine/memory.py", "if like.nbytes < WORTH:", "if True:"),),
    ),
    Ablation(
        *("view", "layers as borrowed views of one vector", "a slice and a reshape each time"),
        ("W1", "W2"),
        (
            (
                "engine/jit.py",
                "@instead_of(_view)\ndef view(typing, a, start, shape):",
                "def view(a, start, shape):\n    return _view(a, start, shape)\n\n\n"
                "@overload(view)\ndef _sliced(a, start, shape):\n"
                "    return lambda a, start, shape: _slice(a, start, shape)\n\n\n"
                "_slice = kernel(_view)\n\n\n@intrinsic\ndef _unused(typing, a, start, shape):",
            ),
            ("engine/jit.py", ', "_nrt": False, ', ", "),  # a slice is counted
        ),
    ),
    Ablation(
        *("flush", "Adam's smallest means set to 0 in float32", "kept as denormal numbers"),
        ("W3",),
        (("optimizers.py", "return tiny - tiny if abs(x) < tiny else x", "return x"),),
    ),
    Ablation(
        *("division", "1/0 is inf", "every division asks whether it divides by 0, as Python does"),
        ("W2", "W3"),
        (("engine/jit.py", '"error_model": "numpy"', '"error_model": "python"'),),
    ),
    Ablation(
        *("fusing", "a · b + c in one instruction", "two instructions, rounded twice"),
        ("W2", "W3", "W7"),
        (("engine/jit.py", "FUSED = PARTS > 0", "FUSED = False"),),
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

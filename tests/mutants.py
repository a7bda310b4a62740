"""`make mutants`: break a copy of the code in hundreds of small ways and see whether the tests of the place notice.

    python -m tests.mutants                          # the sample: 200 in front rooms and engine, 100 in lab and pages
    python -m tests.mutants nnlib/losses.py          # 60 in one file, or in all files below a folder
    python -m tests.mutants --seed 7 --count 40 nnlib/lab

Each mutant is one change: a comparison, an operator, a number, a name, a condition, a call or statement left out. It is
made in a private copy of the tree, never here, and run against the tests of its module that execute its line, the
fastest first, until one fails. A mutant that takes far longer than the tests do is killed by the clock.

mutmut cannot serve: it leaves out functions with decorators, and here every kernel has one. cosmic-ray starts a whole
test run for each mutant and has no operator for strings, defaults, keywords or statements; so the operators are here.
What is not mutated, as no test can or should notice it, `Mutator` says in `left_out`.
"""

import argparse
import ast
import contextlib
import fnmatch
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

try:
    import resource
except ImportError:  # Windows, where only the clock counts
    resource = None

ROOT = Path(__file__).resolve().parents[1]
SEED = 1
AT_ONCE = 2  # processes
PATIENCE, SLOWER = 30, 10  # a mutant may take so many seconds, and so many times what the tests take
MOST = 40  # seconds of tests for one mutant; those that are left out are the slowest
NOT_COPIED = (".git", ".venv", "_build", "node_modules", "__pycache__", ".*_cache", ".hypothesis", ".coverage*")


class Part(NamedTuple):
    """Files that are sampled together: which, how many mutants, how much must be killed, and what tests a file has."""

    name: str
    files: tuple  # patterns
    count: int
    least: float  # percent
    tests: dict  # pattern of a file → the modules of its tests
    select: tuple  # what pytest is told of the tests that are quick enough to run for a mutant
    environment: dict


LAB = ("lab", "digit", "quizzes", "explorers", "frames", "playground", "book", "course")
PARTS = (
    Part(
        "front rooms and engine",
        ("nnlib/*.py", "nnlib/engine/*.py"),
        200,
        90,
        {
            "nnlib/network.py": ("network", "border", "gradcheck", "training"),
            "nnlib/architecture.py": ("network", "border", "storage"),
            "nnlib/activations.py": ("activations", "network", "gradcheck"),
            "nnlib/losses.py": ("losses", "network", "gradcheck"),
            "nnlib/optimizers.py": ("optimizers", "training"),
            "nnlib/__main__.py": ("jit", "bits"),
            "nnlib/check.py": ("bits",),
            "nnlib/engine/memory.py": ("network",),
            "nnlib/*": ("{stem}",),
        },
        ("-m", "not processors and not long"),
        {"NUMBA_DISABLE_JIT": "1"},  # a compiled kernel is seconds of waiting and shows no line to coverage
    ),
    Part(
        "lab and pages",
        (
            "nnlib/lab/**/*.py",
            "book/_ext/course.py",
            "book/_ext/notebook.py",
            "book/_ext/lint.py",
            "book/_ext/reading.py",
        ),
        100,
        80,
        {"nnlib/lab/checks/*": ("quizzes", "lab"), "*": LAB},
        ("-k", "not every_corner_of_every and not every_picture_of_the_book"),
        {},  # nnlib itself is not changed, so what is compiled already serves
    ),
)


# ---- mutants ---------------------------------------------------------------------------------------------------------


class Mutant(NamedTuple):
    """One change: in place of what stands from `begin` to `end` stands `new`."""

    file: str
    line: int
    kind: str
    begin: int
    end: int
    new: str
    told: str

    def __str__(self):
        return f"{self.file}:{self.line}, {self.kind}: {self.told}"


COMPARED = {
    ast.Lt: (ast.LtE, ast.GtE), ast.LtE: (ast.Lt, ast.Gt), ast.Gt: (ast.GtE, ast.LtE), ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}  # fmt: skip
SWAPPED = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
BRACKETS = dict(zip("[](){}<>", "()[]<>{}", strict=True))
A_NAME = re.compile(r"[\w.:/*-]+")  # a key, a name, a suffix: no prose, no markup
# Calls that only change the form of what they are given.
CONVERSIONS = {
    *("str", "repr", "int", "float", "bool", "list", "tuple", "set", "dict", "frozenset", "iter", "Path", "cast"),
    *(
        "asarray",
        "f",
        "ascontiguousarray",
        "array",
        "jit",
        "inlined",
        "kernel",
        "pasted",
        "fspath",
        "super",
        "type",
        "print",
    ),
}


# Exercises are content: of the wrong versions that people write, changed ones are wrong versions, too.
CONTENT = re.compile(r"nnlib/lab/checks/ch\w+\.py")
SPEED = re.compile(r"#.*(Ablation:|\bseconds\b|\ba second\b|\bbytes\b|\blanes\b)")


class Mutator(ast.NodeVisitor):
    """Collects the mutants of one file.

    Left out are names, types, decorators, docstrings, prose, assertions and imports; what a test without compiled code
    cannot enter (`pragma: no cover`); a number whose comment names an ablation or counts in seconds, bytes or lanes, as
    it decides about speed alone; and calls that only change the form of what they are given.
    """

    def __init__(self, file, text):
        self.file, self.text, self.found, self.formatted = file, text, [], None
        self.lines, self.starts = text.split("\n"), [0]
        for line in self.lines:
            self.starts.append(self.starts[-1] + len(line.encode()) + 1)
        tree = ast.parse(text)
        self.visit(tree)
        if CONTENT.fullmatch(file):
            right = answers(tree)
            self.found = [mutant for mutant in self.found if any(a <= mutant.line <= b for a, b in right)]

    def visit(self, node):
        line = self.lines[node.lineno - 1] if hasattr(node, "lineno") else ""
        if not (
            "pragma: no cover" in line or isinstance(node, ast.Assign) and SPEED.search(f"{self.above(node)}\n{line}")
        ):
            super().visit(node)

    def above(self, node):
        """The line above, if it is a comment."""
        line = self.lines[node.lineno - 2].strip() if node.lineno > 1 else ""
        return line if line.startswith("#") else ""

    def visit_FunctionDef(self, node):
        for part in (*node.args.defaults, *filter(None, node.args.kw_defaults), *node.body):
            self.visit(part)

    def visit_ClassDef(self, node):
        for part in node.body:
            self.visit(part)

    def visit_Nothing(self, node):
        pass

    visit_Import = visit_ImportFrom = visit_Assert = visit_Nothing

    def visit_Assign(self, node):
        target = node.targets[0]
        if isinstance(target, ast.Name) and target.id in ("__all__", "__version__"):
            return
        if isinstance(target, (ast.Attribute, ast.Subscript)):
            self.leave_out(node)
        self.generic_visit(node)

    def visit_AnnAssign(self, node):
        if node.value:
            self.visit(node.value)

    def visit_AugAssign(self, node):
        self.leave_out(node)
        self.swap(node)
        self.generic_visit(node)

    def visit_If(self, node):
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self.visit_IfExp(node)

    def visit_IfExp(self, node):
        self.change(node.test, "condition", node, "test", ast.UnaryOp(ast.Not(), node.test))
        self.generic_visit(node)

    visit_While = visit_IfExp

    def visit_comprehension(self, node):
        for k, test in enumerate(node.ifs):
            self.change(test, "condition", node.ifs, k, ast.UnaryOp(ast.Not(), test))
        self.generic_visit(node)

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):  # a docstring
            self.leave_out(node)
            self.generic_visit(node)

    def visit_Return(self, node):
        if node.value and not (isinstance(node.value, ast.Constant) and not node.value.value):  # None is as false
            self.replace(node, "return", "return None")
        self.generic_visit(node)

    def visit_Raise(self, node):
        self.leave_out(node)
        self.generic_visit(node)

    def visit_Break(self, node):
        self.leave_out(node)

    visit_Continue = visit_Break

    def visit_Compare(self, node):
        for k, op in enumerate(node.ops):
            for other in COMPARED[type(op)]:
                self.change(node, "comparison", node.ops, k, other())
        self.generic_visit(node)

    def visit_BinOp(self, node):
        self.swap(node)
        self.generic_visit(node)

    def visit_BoolOp(self, node):
        self.change(node, "and/or", node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
        self.generic_visit(node)

    def visit_UnaryOp(self, node):
        if isinstance(node.op, (ast.Not, ast.USub)):
            self.replace(node, "sign", ast.unparse(node.operand))
        self.generic_visit(node)

    def visit_Constant(self, node):
        value = node.value
        if isinstance(value, bool):
            self.change(node, "flag", node, "value", not value)
        elif isinstance(value, int):
            self.change(node, "number", node, "value", value + 1)
            self.change(node, "number", node, "value", value - 1)
        elif isinstance(value, float):
            self.change(node, "number", node, "value", 2 * value if value else 1.0)
        elif isinstance(value, str) and value in BRACKETS:
            self.change(node, "bracket", node, "value", BRACKETS[value])
        elif isinstance(value, str) and A_NAME.fullmatch(value):
            self.change(node, "text", node, "value", value + "_x")

    def visit_Call(self, node):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        for k, keyword in enumerate(node.keywords):
            if keyword.arg and keyword.arg not in ("encoding", "dtype", "strict"):
                self.change(node, "keyword", node, "keywords", node.keywords[:k] + node.keywords[k + 1 :])
        one = (
            len(node.args) == 1 and not node.keywords and not isinstance(node.args[0], (ast.Starred, ast.GeneratorExp))
        )
        if one and name not in CONVERSIONS and not name[:1].isupper():
            self.replace(node, "call", ast.unparse(node.args[0]))
        for part in (node.func, *node.args, *(k.value for k in node.keywords if k.arg not in ("encoding", "strict"))):
            self.visit(part)

    def visit_JoinedStr(self, node):
        """Before Python 3.12 what stands inside has no places of its own, so it is written anew as a whole."""
        before, self.formatted = self.formatted, self.formatted or node
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)
        self.formatted = before

    # ---- how a mutant is made

    def swap(self, node):
        words = isinstance(node, ast.BinOp) and any(
            isinstance(part, ast.JoinedStr) or isinstance(part, ast.Constant) and isinstance(part.value, str)
            for part in (node.left, node.right)
        )
        if type(node.op) in SWAPPED and not words:
            self.change(node, "arithmetic", node, "op", SWAPPED[type(node.op)]())

    def leave_out(self, node):
        self.replace(node, "left out", "pass")

    def change(self, node, kind, holder, place, value):
        """`holder` has `value` at `place`; `node`, or the text that it is part of, is written anew."""
        if isinstance(value, ast.UnaryOp):  # it stands in place of the node
            self.replace(node, kind, ast.unparse(value))
            return
        whole = self.formatted or node
        old = getattr(holder, place) if isinstance(place, str) else holder[place]
        put = setattr if isinstance(place, str) else list.__setitem__
        put(holder, place, value)
        with contextlib.suppress(ValueError):  # quotes inside quotes inside quotes
            self.replace(whole, kind, ast.unparse(whole), inside=True)
        put(holder, place, old)

    def replace(self, node, kind, new, inside=False):
        if self.formatted and not inside:
            return
        begin = self.starts[node.lineno - 1] + node.col_offset
        end = self.starts[node.end_lineno - 1] + node.end_col_offset
        old = self.text.encode()[begin:end].decode()
        if isinstance(node, ast.expr):
            new = f"({new}{chr(10) * (node.end_lineno - node.lineno)})"
        told = " -> ".join(f"`{' '.join(text.split())[:90]}`" for text in (old, new))
        self.found.append(Mutant(self.file, node.lineno, kind, begin, end, new, told))


def answers(tree):
    """The lines of what a file of exercises holds to be right: of functions, numbers and tolerances."""
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    given = [node for node in ast.walk(tree) if isinstance(node, ast.keyword)]
    right = [k.value for k in given if k.arg in ("reference", "answer", "tolerance")]
    right = [functions.get(getattr(node, "id", None), node) for node in right]
    return [(node.lineno, node.end_lineno) for node in right]


def applied(text, mutant):
    """The text of a file with a mutant in it; None if it would mean the same, or nothing."""
    raw = text.encode()
    new = (raw[: mutant.begin] + mutant.new.encode() + raw[mutant.end :]).decode()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a number that is called, or compared with `is`
        try:
            return new if ast.dump(ast.parse(new)) != ast.dump(ast.parse(text)) else None
        except SyntaxError:
            return None


def sample(root, files, count, seed):
    """`count` mutants of these files, or fewer: from places drawn at random, one of each place."""
    places = defaultdict(list)
    for file in files:
        for mutant in Mutator(file, (root / file).read_text(encoding="utf-8")).found:
            places[file, mutant.begin, mutant.end].append(mutant)
    draw, found = random.Random(seed), []
    for place in draw.sample(sorted(places), len(places)):
        mutant = draw.choice(places[place])
        if len(found) < count and applied((root / mutant.file).read_text(encoding="utf-8"), mutant):
            found.append(mutant)
    return found


# ---- tests -----------------------------------------------------------------------------------------------------------

# In a process of pytest (-p tests.mutants) that the environment tells: either to write down which test enters which
# lines in what time, or to run some tests in an order.
NOTES, ORDER, LIMIT = (os.environ.get(f"MUTANTS_{name}") for name in ("NOTES", "ORDER", "LIMIT"))
if LIMIT and resource:
    resource.setrlimit(resource.RLIMIT_CPU, (int(LIMIT), int(LIMIT) + 5))  # seconds of the processor, not of the clock
took = Counter()


def pytest_runtest_logstart(nodeid):
    counting = sys.modules["coverage"].Coverage.current() if NOTES and "coverage" in sys.modules else None
    if counting:
        counting.switch_context(nodeid)


def pytest_runtest_logreport(report):
    took[report.nodeid] += report.duration


def pytest_collection_modifyitems(items):
    if ORDER:
        rank = {name: k for k, name in enumerate(Path(ORDER).read_text(encoding="utf-8").split("\n"))}
        items[:] = sorted((item for item in items if item.nodeid in rank), key=lambda item: rank[item.nodeid])


def pytest_sessionfinish():
    if NOTES:
        Path(NOTES).write_text(json.dumps(took), encoding="utf-8")


class Copy:
    """A private copy of the tree, in which one mutant after the other stands."""

    def __init__(self, root, folder, environment):
        self.root, self.folder = root, folder
        shutil.copytree(root, folder, ignore=shutil.ignore_patterns(*NOT_COPIED))
        if (root / "node_modules").is_dir():
            (folder / "node_modules").symlink_to(root / "node_modules", target_is_directory=True)
        paths = os.pathsep.join(map(str, (folder, ROOT)))
        self.environment = {**os.environ, **environment, "PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"}
        self.environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # to load them takes longer than most tests
        self.process = None

    def run(self, words, limit=None, **environment):
        """The exit code of Python with these words, None if it ran for too long; and what it said.

        It may take `limit` seconds of processor time, and on the clock ten times as long, since others compute, too.
        """
        environment = {**self.environment, **environment, **({"MUTANTS_LIMIT": f"{limit:.0f}"} if limit else {})}
        with tempfile.TemporaryFile() as said:
            self.process = subprocess.Popen(
                [sys.executable, *map(str, words)],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=os.name == "posix",
            )
            try:
                code = self.process.wait(limit and 10 * limit)
                code = None if limit and -code == getattr(signal, "SIGXCPU", 0) else code
            except subprocess.TimeoutExpired:
                code = None
            finally:
                self.kill()
            said.seek(0)
            return code, said.read().decode("utf-8", errors="replace")

    def kill(self):
        """End what runs here, and what that began."""
        if self.process:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                if os.name == "posix":
                    os.killpg(self.process.pid, 9)
                else:
                    self.process.kill()
            self.process.wait()

    def judge(self, mutant, tests, seconds):
        """ "killed", "by the clock" or "survived"."""
        path = self.folder / mutant.file
        text = path.read_text(encoding="utf-8")
        order = self.folder.with_suffix(".order")
        order.write_text("\n".join(tests), encoding="utf-8")
        modules = sorted({name.partition("::")[0] for name in tests})
        words = ["-m", "pytest", "-p", "tests.mutants", "-p", "no:cacheprovider", "-x", "-q", *modules]
        try:
            path.write_text(applied(text, mutant), encoding="utf-8")
            for old in path.parent.glob(f"__pycache__/{path.stem}.*"):
                old.unlink()  # a file of the same length, changed in the same second, is taken for the same
            code, _ = self.run(
                words, PATIENCE + SLOWER * seconds, MUTANTS_ORDER=str(order), PYTHONDONTWRITEBYTECODE="1"
            )
        finally:
            path.write_text(text, encoding="utf-8")
        return "by the clock" if code is None else "survived" if code == 0 else "killed"


def watch(copy, modules, select):
    """Which test enters which line of which file, and in what seconds."""
    import coverage

    data, notes = (copy.folder.with_suffix(end) for end in (".data", ".notes"))
    words = [
        "-m",
        "coverage",
        "run",
        f"--data-file={data}",
        "--source=.",
        "--omit=tests/*",
        "-m",
        "pytest",
        "-p",
        "tests.mutants",
        "-q",
    ]
    code, said = copy.run([*words, *select, *modules], MUTANTS_NOTES=str(notes))
    if code:
        sys.exit(f"without a mutant the tests fail:\n{said}")
    measured = coverage.CoverageData(basename=str(data))
    measured.read()
    entered = {}
    for file in measured.measured_files():
        with contextlib.suppress(ValueError):
            name = Path(file).resolve().relative_to(copy.folder.resolve()).as_posix()
            entered[name] = measured.contexts_by_lineno(file)
    return entered, json.loads(notes.read_text(encoding="utf-8"))


def tests_of(file, part, root):
    """The modules of the tests of a file."""
    for pattern, names in part.tests.items():
        if fnmatch.fnmatch(file, pattern):
            there = [f"tests/test_{name.format(stem=Path(file).stem)}.py" for name in names]
            return [name for name in there if (root / name).is_file()]
    return []


def chosen(mutant, modules, entered, seconds):
    """The tests for a mutant, the fastest first: those that enter its line, or all if it runs when they are read.

    And the seconds they take; of what takes too long the slowest are left out.
    """
    mine = {name: s for name, s in seconds.items() if name.partition("::")[0] in modules}
    lines = entered.get(mutant.file, {})
    those = set(lines.get(mutant.line, ())) - {""}
    if not those and mutant.line in lines:
        those = set(mine)
    total, found = 0.0, []
    for name in sorted(those & set(mine), key=lambda name: (mine[name], name)):
        total += mine[name]
        if total > MOST:
            break
        found.append(name)
    return found, min(total, MOST)


# ---- the run ---------------------------------------------------------------------------------------------------------


class Verdict(NamedTuple):
    mutant: Mutant
    said: str  # killed, by the clock, survived, not entered


def survey(root, part, count, seed, at_once=AT_ONCE, say=print):
    """The verdict on each mutant of a sample of one part."""
    files = sorted({p.relative_to(root).as_posix() for pattern in part.files for p in root.glob(pattern)})
    mutants = sample(root, files, count, seed)
    with tempfile.TemporaryDirectory(prefix="nnlib-mutants-") as folder:
        copies = [Copy(root, Path(folder).resolve() / f"{k}", part.environment) for k in range(at_once)]
        modules = sorted({name for mutant in mutants for name in tests_of(mutant.file, part, root)})
        entered, seconds = watch(copies[0], modules, part.select)
        waiting, verdicts, lock = list(reversed(mutants)), [], threading.Lock()

        def work(copy):
            while True:
                with lock:
                    if not waiting:
                        return
                    mutant = waiting.pop()
                tests, cost = chosen(mutant, tests_of(mutant.file, part, root), entered, seconds)
                said = copy.judge(mutant, tests, cost) if tests else "not entered"
                with lock:
                    verdicts.append(Verdict(mutant, said))
                    if not said.startswith(("killed", "by")):
                        say(f"{len(verdicts)} of {len(mutants)}: {said}: {mutant}")

        threads = [threading.Thread(target=work, args=[copy]) for copy in copies]
        try:
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            waiting.clear()
            for copy in copies:
                copy.kill()
            for thread in threads:
                thread.join()
    return sorted(verdicts)


def share(verdicts):
    """How many percent were killed."""
    return 100 * sum(v.said in ("killed", "by the clock") for v in verdicts) / max(len(verdicts), 1)


def table(verdicts):
    """A row for each file."""
    columns = ("killed", "by the clock", "survived", "not entered")
    counts = defaultdict(Counter)
    for verdict in verdicts:
        counts[verdict.mutant.file][verdict.said] += 1
    rows = [f"{'':34}{'mutants':>9}" + "".join(f"{name:>14}" for name in columns)]
    total = Counter(v.said for v in verdicts)
    for file, said in [*sorted(counts.items()), ("all", total)]:
        rows.append(f"{file:34}{sum(said.values()):9}" + "".join(f"{said[name]:14}" for name in columns))
    return "\n".join(rows)


def main(words):
    """The exit code: 0 if of each part as many were killed as should be."""
    parser = argparse.ArgumentParser(prog="tests/mutants.py", description=__doc__.split("\n")[0])
    parser.add_argument("place", nargs="*", help="a file or a folder; else the whole sample")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, help="mutants of each part; 60 of a place that is named")
    told = parser.parse_args(words)
    good = True
    for part in PARTS:
        if told.place:
            named = [f"{p.rstrip('/')}/*.py" if (ROOT / p).is_dir() else p for p in told.place]
            there = {p for pattern in part.files for p in ROOT.glob(pattern)}
            files = [p.relative_to(ROOT).as_posix() for name in named for p in ROOT.glob(name) if p in there]
            if not files:
                continue
            part = part._replace(files=tuple(files), count=60)
        begun = time.monotonic()
        verdicts = survey(ROOT, part, told.count or part.count, told.seed)
        good &= share(verdicts) >= part.least
        print(f"\n{part.name}, seed {told.seed}, {(time.monotonic() - begun) / 60:.0f} min\n\n{table(verdicts)}\n")
        print(f"killed: {share(verdicts):.1f} %; {part.least} % are needed. Left:")
        for verdict in verdicts:
            if verdict.said in ("survived", "not entered"):
                print(f"  {verdict.said}: {verdict.mutant}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Running the cells of the book: pages side by side, each in a kernel of its own, and only those that changed.

What a page's cells gave is stored under a digest of all that can change it: its code (not its prose), its own
questions, nnlib, the pins. Sphinx takes the outputs from there; `course` asks for them, `book/build.py` runs what is
missing before Sphinx begins, and a plain ``jupyter-book build .`` runs it when Sphinx knows its pages.

Everything lies in ``_build/.cells``: ``executed``, one file a page; ``frames``, the pictures of the explorers, which
outlive an edit of a page that does not change their drawing; ``times.json``, what a page took the last time. An entry
that nobody used for a month is forgotten.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import functools
import hashlib
import inspect
import json
import os
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # imported where they are needed, which is not in every run
    from myst_nb.core.execute.base import NotebookClientBase
    from nbformat import NotebookNode
    from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 300  # seconds a cell may take
MEMORY = 0.8e9  # bytes that a kernel needs, with a chapter's arrays and pictures
MONTH = 30 * 24 * 3600
LINES = 20  # that a report of what went wrong may have
CHANGE = {"raises-exception", "skip-execution"}  # the tags that change what running a cell means
DRAWS = {".py", ".mplstyle"}  # what of nnlib can change a picture
SHOWS = DRAWS | {".js", ".css"}  # what of nnlib can change an output
OURS = re.compile(r"[\w.-]+-[0-9a-f]{16}\.json|[\w-]+-[0-9a-f]{20}\.txt|[\w.-]+\.\d+\.new")


# ---- what a page is made of ----------------------------------------------------------------------------------------


class Page(NamedTuple):
    """A page with cells. `name` is Sphinx's: the path without its suffix; `notebook` has no outputs."""

    name: str
    path: Path
    notebook: dict
    key: str

    @property
    def code(self) -> list[dict[str, Any]]:
        return [cell for cell in self.notebook["cells"] if cell["cell_type"] == "code"]


def names(root: Path = ROOT) -> list[str]:
    """The pages of the book in their order, as the table of contents lists them."""
    import yaml

    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    return [toc["root"], *(page["file"] for part in toc.get("parts", [toc]) for page in part.get("chapters", []))]


def read(name: str, root: Path = ROOT) -> Page | None:
    """A page, or None if it has no cells (or is not there, which is for Sphinx to say)."""
    path = root / f"{name}.ipynb"
    if path.is_file():
        notebook = json.loads(path.read_text(encoding="utf-8"))
    elif (path := root / f"{name}.md").is_file():
        from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook

        text = path.read_text(encoding="utf-8")
        if not is_myst_markdown_notebook(text):
            return None
        notebook = read_myst_markdown_notebook(text, _syntax(), add_source_map=True, path=path)
    else:
        return None
    page = Page(name, path, notebook, key(name, notebook, root))
    return page if page.code else None


@functools.cache
def _syntax():
    from myst_parser.config.main import MdParserConfig

    return MdParserConfig(enable_extensions={"amsmath", "colon_fence", "deflist", "dollarmath"})


def pages(root: Path = ROOT) -> list[Page]:
    """All pages with cells."""
    return [page for name in names(root) if (page := read(name, root))]


def source(cell: Mapping[str, Any]) -> str:
    return "".join(cell["source"])


def key(name: str, notebook: dict[str, Any], root: Path = ROOT) -> str:
    """Sixteen letters that change when anything does that the outputs of a page depend on."""
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    metadata, told = notebook["metadata"], hashlib.sha256(ground(root).encode())
    about = [name, metadata.get("kernelspec", {}).get("name"), metadata.get("execution")]
    about += [(source(cell), sorted(CHANGE & set(cell["metadata"].get("tags", [])))) for cell in code]
    told.update(json.dumps(about).encode())
    for path in banks(name, "\n".join(source(cell) for cell in code), root):
        told.update(path.name.encode() + path.read_bytes())
    return told.hexdigest()[:16]


def banks(name: str, code: str, root: Path = ROOT) -> list[Path]:
    """The files of questions that a page reads: those that a text in its code names, and its chapter's own.

    All of them if it asks for questions whose ids are no texts, as a loop would.
    """
    there = {path.stem: path for path in sorted((root / "notebooks" / "quiz").glob("*.json"))}
    try:
        tree = ast.parse(re.sub(r"(?m)^[ \t]*[%!].*$", "", code))  # without IPython's magic
    except SyntaxError:
        return list(there.values())
    found = {Path(name).name[:2]} if name.startswith("notebooks/") else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            stem, dash, _ = node.value.partition("-")  # "04-q1" is in 04.json, "part1" is part1.json
            if dash or not stem.isdigit():
                found.add(stem)
        elif isinstance(node, ast.Call) and _asks(node.func):
            if not all(isinstance(given, ast.Constant) for given in node.args):
                return list(there.values())
    return [path for stem, path in there.items() if stem in found]


def _asks(called):
    """Whether a call shows questions: lab.quiz and its like, not nn.predict."""
    asks = {"quiz", "predict", "recall", "exam"}
    if isinstance(called, ast.Attribute):
        return called.attr in asks and getattr(called.value, "id", "") == "lab"
    return isinstance(called, ast.Name) and called.id in asks


@functools.cache
def ground(root: Path = ROOT) -> str:
    """A digest of what all pages stand on: nnlib, the pins, what is installed to draw with, and how cells are run."""
    how = inspect.getsource(environment) + inspect.getsource(execute)
    told = hashlib.sha256(_digest(root, SHOWS).encode() + how.encode())
    told.update("\n".join(surroundings()).encode())
    return told.hexdigest()


@functools.cache
def drawing(root: Path = ROOT) -> str:
    """A digest of what a picture depends on besides its explorer, which has a fingerprint of its own."""
    return _digest(root, DRAWS)[:16]


def _digest(root, kinds):
    told = hashlib.sha256()
    files = [path for path in root.glob("nnlib/**/*") if path.suffix in kinds]
    for path in sorted([*files, *root.glob("requirements.txt")]):
        told.update(path.relative_to(root).as_posix().encode() + b"\n" + path.read_bytes())
    return told.hexdigest()


def surroundings() -> list[str]:
    """Versions, style and fonts, as nnlib tells them."""
    from nnlib.lab import style

    return style.surroundings()


def forget() -> None:
    """Read files anew: nnlib was edited while this process runs."""
    ground.cache_clear()
    drawing.cache_clear()


# ---- the store -----------------------------------------------------------------------------------------------------


def folder(root: Path = ROOT) -> Path:
    return root / "_build" / ".cells"


def place(page: Page, root: Path = ROOT) -> Path:
    """Where the outputs of a page are stored."""
    return folder(root) / "executed" / f"{page.name.replace('/', '.')}-{page.key}.json"


def stored(page: Page, root: Path = ROOT) -> dict[str, Any] | None:
    """What running the page gave, or None."""
    path = place(page, root)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        os.utime(path)
    except (OSError, ValueError):
        return None
    return found if len(found["cells"]) == len(page.code) else None


def missing(wanted: Iterable[Page], root: Path = ROOT) -> list[Page]:
    """The pages that have to run, the longest first."""
    known = times(root)
    return sorted((p for p in wanted if not place(p, root).is_file()), key=lambda p: -expected(p, known))


def times(root: Path = ROOT) -> dict[str, dict[str, float]]:
    """Page → the seconds it took and the pictures it made when it ran last."""
    try:
        return json.loads((folder(root) / "times.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def expected(page: Page, known: dict[str, dict[str, float]]) -> float:
    """Seconds that a page may take: those of the last time, or else a guess from the explorers in it."""
    if page.name in known:
        return known[page.name]["seconds"]
    return 3 + 6 * sum(source(cell).count("lab.explore(") for cell in page.code)


def forget_old(root: Path = ROOT, now: float | None = None) -> list[Path]:
    """Delete what nobody used for a month. A file whose name is not of ours stays."""
    now, gone = now or time.time(), []
    for path in [*folder(root).glob("executed/*"), *folder(root).glob("frames/*/*"), *folder(root).glob("*.new")]:
        with contextlib.suppress(OSError):
            if OURS.fullmatch(path.name) and path.is_file() and now - path.stat().st_mtime > MONTH:
                path.unlink()
                gone.append(path)
    for path in folder(root).glob("frames/*"):
        with contextlib.suppress(OSError):  # not empty, or no folder
            path.rmdir()
    return gone


@contextlib.contextmanager
def alone(root: Path = ROOT, waiting: Callable[[], object] = lambda: None) -> Iterator[None]:
    """One build at a time in a folder: a second one waits. The system frees the lock when its holder dies."""
    path = folder(root) / "lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        if not _lock(file):
            waiting()
            while not _lock(file):
                time.sleep(0.3)
        yield


def _lock(file):
    try:
        if os.name == "nt":  # pragma: no cover
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


# ---- running -------------------------------------------------------------------------------------------------------


class Fault(NamedTuple):
    """Why a page failed. `cell` counts code cells from 1, as In [1] does; `line` is of the cell; 0 where unknown."""

    page: str
    cell: int
    source: str
    line: int
    message: str
    raised: str = ""


class State:
    """How far a run has come; what draws the line of progress reads it."""

    def __init__(self, pages: Sequence[Page], known: dict[str, dict[str, float]] | None = None) -> None:
        known = known or {}
        self.total, self.begun = len(pages), time.monotonic()
        self.running: dict[str, tuple[float, Path]] = {}
        self.done: list[str] = []
        self.faults: list[Fault] = []
        self.seconds: dict[str, float] = {}
        self.expected = {page.name: expected(page, known) for page in pages}
        self.known = {page.name: known.get(page.name, {}).get("pictures", 0) for page in pages}
        self.counted: dict[str, int] = {}
        self.stopped = False

    def pictures(self, name: str | None = None) -> int:
        """Pictures that are there by now, of a page or of all."""
        if name is None:
            return sum(map(self.pictures, self.expected))
        if name in self.running:
            with contextlib.suppress(OSError):
                return self.running[name][1].stat().st_size
        return self.counted.get(name, 0)

    def share(self) -> float:
        """The part of the work that is done, from 0 to 1."""
        finished = {*self.done, *(fault.page for fault in self.faults)}
        done = sum(self.expected[name] for name in finished)
        now = time.monotonic()
        for name, (begun, _) in list(self.running.items()):
            if all_ := self.known[name]:
                part = self.pictures(name) / all_
            else:
                part = (now - begun) / max(self.expected[name], 1)
            done += self.expected[name] * min(part, 0.95)
        return done / max(sum(self.expected.values()), 1e-9)

    def left(self) -> float | None:
        """Seconds still to come, or None while nobody can know."""
        share, spent = self.share(), time.monotonic() - self.begun
        return spent * (1 - share) / share if share > 0.02 and spent > 2 else None


def workers(cores: int | None = None, available: float | None = None) -> int:
    """How many kernels run at once: one for each core, as far as the memory goes."""
    if cores is None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if available is None:
        import psutil

        available = psutil.virtual_memory().available
    return max(1, min(cores, int(available / MEMORY)))


def environment(root: Path = ROOT, count: Path | None = None) -> dict[str, str]:
    """What a kernel of the book finds in its environment."""
    inherited = {**os.environ, "NNLIB_STATIC": "1", "NNLIB_FRAMES": str(folder(root) / "frames" / drawing(root))}
    inherited["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH", "")]))
    # Kernels beside one another share the cores; each of them is one thread.
    inherited |= dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    # Every kernel loads a debugger, and it warns that Python's own modules are frozen. Nobody debugs here: it need not
    # look at the files.
    inherited["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    if count:
        inherited["NNLIB_COUNT"] = str(count)
    return inherited


def run(
    wanted: Sequence[Page],
    root: Path = ROOT,
    tell: Callable[[State], object] = lambda state: None,
    limit: int | None = None,
    timeout: float = TIMEOUT,
) -> State:
    """Run pages and store what they give; the state of it all, with its `faults`.

    The kernels are watched from a thread of their own, so that Ctrl-C comes here at once: it kills them and goes on.
    """
    state = State(wanted, times(root))
    if not wanted:
        return state
    with tempfile.TemporaryDirectory(prefix="cells-", ignore_cleanup_errors=True) as scratch:
        jobs = _Jobs(wanted, root, state, Path(scratch), min(limit or workers(), len(wanted)), timeout)
        thread = threading.Thread(target=jobs.main, daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(0.2)
                tell(state)
        except BaseException:
            state.stopped = True
            _kill(state)
            raise
    if jobs.broken:
        raise jobs.broken
    from nnlib.lab import files

    known = times(root)
    known |= {name: {"seconds": s, "pictures": state.counted.get(name, 0)} for name, s in state.seconds.items()}
    files.write(folder(root) / "times.json", json.dumps(known, indent=1, sort_keys=True) + "\n")
    return state


def _kill(state):
    """End every kernel now, also one that is being started."""
    import psutil

    ours = [child for child in psutil.Process().children() if "ipykernel_launcher" in _words(child)]
    for child in ours:
        with contextlib.suppress(psutil.Error, OSError):
            if os.name == "posix" and os.getpgid(child.pid) == child.pid:
                os.killpg(child.pid, signal.SIGKILL)  # with what its cells have started
            else:
                child.kill()


def _words(process):
    import psutil

    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


class _Jobs:
    """The pages of a run and the thread that watches their kernels."""

    def __init__(self, wanted, root, state, scratch, limit, timeout):
        self.wanted, self.root, self.state, self.scratch = list(wanted), root, state, scratch
        self.limit, self.timeout, self.broken = limit, timeout, None

    def main(self):
        try:
            # Not the default loop of Windows, which pyzmq cannot use.
            loop = asyncio.SelectorEventLoop()
            loop.run_until_complete(self.all())
            loop.close()
        except BaseException as error:
            self.broken = error

    async def all(self):
        await asyncio.gather(*(self.worker() for _ in range(self.limit)))

    async def worker(self):
        while self.wanted and not self.state.stopped:
            await self.page(self.wanted.pop(0))

    async def page(self, page):
        state, count = self.state, self.scratch / page.name.replace("/", ".")
        count.touch()
        begun = time.monotonic()
        state.running[page.name] = begun, count
        try:
            outcome = await execute(page, self.root, count, self.timeout, state)
        finally:
            del state.running[page.name]
            state.counted[page.name] = count.stat().st_size if count.exists() else 0
        if state.stopped:
            return
        if isinstance(outcome, Fault):
            state.faults.append(outcome)
        else:
            from nnlib.lab import files

            state.seconds[page.name] = round(time.monotonic() - begun, 1)
            files.write(place(page, self.root), json.dumps(outcome, ensure_ascii=False))
            state.done.append(page.name)


@functools.cache
def _client():
    from nbclient import NotebookClient

    class Client(NotebookClient):
        """Knows in which cell it is."""

        at = None

        async def async_execute_cell(self, cell, cell_index, **more):
            self.at = cell_index
            return await super().async_execute_cell(cell, cell_index, **more)

    return Client


def said_kernel(notebook: NotebookNode) -> str:
    return notebook.metadata.get("kernelspec", {}).get("name") or "python3"


def _manager(kernel, path):
    """A kernel that talks through sockets in the scratch folder, which nobody else can read; it warns of open ports.

    Where there are no such sockets, or the folder's name is too long for them, what goes through ports is encrypted.
    """
    from jupyter_client import AsyncKernelManager

    base = str(path.with_name(f"k{abs(hash(path.name)) % 10**6}"))
    ways = {"transport_encryption": "auto"}
    if os.name == "posix" and len(base) < 90:
        ways = {"transport": "ipc", "ip": base}
    return AsyncKernelManager(kernel_name=kernel, connection_file=f"{base}.json", **ways)


async def execute(page: Page, root: Path, count: Path, timeout: float, state: State) -> dict[str, Any] | Fault:
    """Run one page in a kernel: what is stored of it, or a Fault."""
    import nbformat
    from nbclient import exceptions

    notebook = nbformat.from_dict(json.loads(json.dumps(page.notebook)))
    for cell in notebook.cells:
        cell.source = source(cell)
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    said = notebook.metadata.get("execution", {})
    client = _client()(
        notebook,
        km=_manager(said_kernel(notebook), count),
        timeout=said.get("timeout", timeout),
        allow_errors=said.get("allow_errors", False),
        coalesce_streams=True,
        store_widget_state=False,
        shutdown_kernel="immediate",
        resources={"metadata": {"path": str(page.path.parent)}},
    )
    client.log.setLevel("CRITICAL")  # what goes wrong comes as an exception
    try:
        await client.async_execute(env=environment(root, count), cleanup_kc=True)  # the manager is ours, and new
    except exceptions.CellExecutionError as error:
        # An error in what a result shows of itself is sent, and the kernel's answer then does not know its name.
        return _fault(page, client.at, notebook, next(_errors(notebook.cells[client.at]), error))
    except exceptions.CellTimeoutError:
        return _sentence(page, client.at, notebook, f"the cell was stopped, it took more than {client.timeout} seconds")
    except exceptions.DeadKernelError:
        return _sentence(page, client.at, notebook, "the kernel died (a crash, or too little memory)")
    except RuntimeError as error:
        return _sentence(page, client.at, notebook, f"no kernel could be started: {error}")
    for at, cell in enumerate(notebook.cells):
        if not CHANGE & set(cell.metadata.get("tags", [])) and not client.allow_errors:
            for told in _errors(cell):  # the cell ran to its end, and a display in it failed
                return _fault(page, at, notebook, told)
    kept = [{"execution_count": c.execution_count, "outputs": c.outputs} for c in notebook.cells if "outputs" in c]
    return {"language_info": notebook.metadata.get("language_info", {}), "cells": kept}


# ---- what went wrong -----------------------------------------------------------------------------------------------


def _errors(cell):
    """The errors that a cell's outputs tell of."""
    return (output for output in cell.get("outputs", ()) if output.output_type == "error")


def _sentence(page, at, notebook, words):
    number = 0 if at is None else sum(cell.cell_type == "code" for cell in notebook.cells[: at + 1])
    return Fault(page.name, number, notebook.cells[at].source if number else "", 0, words)


def _fault(page, at, notebook, error):
    told = error.traceback if isinstance(error.traceback, str) else "\n".join(error.traceback)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", told)
    fault = _sentence(page, at, notebook, f"{error.ename}: {error.evalue}" if error.evalue else error.ename)
    lines = re.findall(r"Cell In\s*\[\d+\], line (\d+)", plain)
    files = re.findall(r"File ([^\n]+?):(\d+), in ", plain)
    raised = f"{Path(files[-1][0]).parent.name}/{Path(files[-1][0]).name}, line {files[-1][1]}" if files else ""
    return fault._replace(line=int(lines[-1]) if lines else 0, raised=raised)


def short(text: str, most: int) -> list[str]:
    """The first lines of a text, none of them longer than a line of a terminal."""
    lines = [line if len(line) <= 110 else line[:109] + "…" for line in text.rstrip().split("\n")]
    return lines if len(lines) <= most else [*lines[: most - 1], "…"]


def report(faults: Sequence[Fault], total: int, most: int = LINES) -> list[str]:
    """What went wrong, in at most `most` lines: each page, its cell, source and message; and how many were fine.

    Where many pages fail, which is when they fail for one reason, each has one line.
    """
    fine = total - len(faults)
    last = f"{fine} of {total} pages with cells ran without an error" if total > 1 else "the only page with cells"
    room = (most - 1) // max(len(faults), 1)
    if room < 4:
        told = []
        for fault in faults[: most - 1 - (len(faults) > most - 1)]:
            told += short(f"{_where(fault)}: {fault.message.partition(chr(10))[0]}", 1)
        if len(told) < len(faults):
            told.append(f"and {len(faults) - len(told)} pages more")
        return [*told, last + "."]
    told = []
    for fault in faults:
        message = short(fault.message, min(3, room - 2))
        rows = room - 1 - len(message) - bool(fault.raised)
        told += [_where(fault), *_listing(fault, rows), *message]
        if fault.raised and rows >= 1:
            told.append(f"raised in {fault.raised}")
    return [*told, last + "."]


def _where(fault):
    return f"{fault.page}, code cell {fault.cell}" if fault.cell else fault.page


def _listing(fault, rows):
    """A few lines of the cell around the one that failed, which has a mark."""
    lines = fault.source.rstrip().split("\n")
    if not fault.source or rows < 1:
        return []
    first = 0
    if len(lines) > rows:
        first = min(max(fault.line - 1 - rows // 2, 0), len(lines) - rows)
    shown = lines[first : first + rows]
    marks = ["> " if fault.line == first + n else "  " for n in range(1, len(shown) + 1)]
    return [mark + short(line, 1)[0] for mark, line in zip(marks, shown, strict=True)]


# ---- what Sphinx gets ----------------------------------------------------------------------------------------------


def client(
    notebook: NotebookNode, source: str, nb_config: Any, logger: Any, read_fmt: Any = None
) -> NotebookClientBase:
    """What MyST-NB asks for outputs (its `create_client`): a client that has them all from the store."""
    from myst_nb.core.execute.base import NotebookClientBase

    path = Path(source)
    name = path.relative_to(ROOT).with_suffix("").as_posix()
    page = Page(name, path, notebook, key(name, notebook))
    if page.code:
        found = stored(page)
        if found is None:  # a page that was edited after Sphinx began
            if faults := run([page]).faults:
                raise failure(faults, 1)
            found = stored(page)
        assert found is not None
        notebook.metadata["language_info"] = found["language_info"]
        import nbformat

        for cell, kept in zip(page.code, found["cells"], strict=True):
            cell["execution_count"] = kept["execution_count"]
            cell["outputs"] = nbformat.from_dict(kept["outputs"])
    return NotebookClientBase(notebook, path, nb_config, logger)


def failure(faults: Sequence[Fault], total: int) -> ExtensionError:
    """The report as Sphinx's own kind of error, which it prints without a traceback."""
    from sphinx.errors import ExtensionError

    return ExtensionError("\n".join(["cells of the book failed:", *report(faults, total)]))


if __name__ == "__main__":
    sys.exit("python book/build.py runs the cells")

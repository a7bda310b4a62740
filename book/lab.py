"""`make lab`: JupyterLab on the whole repository, opened at the page that names the chapters.

Its settings are in book/jupyter and what it remembers is in .venv/jupyter, so it neither reads nor changes a reader's
own Jupyter. Words after ``python book/lab.py`` go to JupyterLab, such as ``--no-browser`` or ``--port=8900``.

``python book/lab.py --list`` writes the page with the chapters, notebooks/README.md.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "notebooks" / "README.md"
HOME = ROOT / ".venv" / "jupyter"
SETTINGS = ROOT / "book" / "jupyter"
# What nothing here uses: language servers, of which there are none, and a line of the log for each.
LEFT_OUT = ("jupyter_lsp",)


def chapters(root: Path = ROOT) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The parts of the book that hold chapters: (caption, [(file, title), …]), from _toc.yml and the notebooks."""
    import yaml

    for part in yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))["parts"]:
        files = [root / f"{entry['file']}.ipynb" for entry in part["chapters"]]
        found = [(path.name, title(path)) for path in files if path.exists()]
        if found:
            yield part["caption"], found


def title(path: Path) -> str:
    """The heading of a notebook."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    lines = "".join("".join(cell["source"]) + "\n" for cell in cells if cell["cell_type"] == "markdown").splitlines()
    return next(line for line in lines if line.startswith("# ")).removeprefix("# ").strip()


def page(root: Path = ROOT) -> str:
    """The page that names the chapters, as Markdown."""
    lines = ["# The chapters", ""]
    lines += ["Click on one to open it, and run it from the top: *Run*, then *Run All Cells*. A slider moves once its"]
    lines += ["cell has run. Every cell is yours to change; `git checkout notebooks` brings back what was there.", ""]
    for caption, found in chapters(root):
        lines += [f"**{caption}**", ""]
        lines += [f"* [{title}]({name})" for name, title in found] + [""]
    lines += ["The [glossary](../book/glossary.md), the [notation](../book/notation.md) and [how to use the"]
    lines += ["course](../book/how_to_use.md) lie beside them; `make book` builds all of it as pages."]
    return "\n".join(lines) + "\n"


def unchanged(root: Path = ROOT) -> list[Path]:
    """The notebooks that are as they were committed; all of them where there is no git.

    A repository's own notebooks are its code, and whoever types `make lab` runs its code. One that was changed since,
    by whomever, is trusted once it has been run here.
    """
    everything = sorted((root / "notebooks").glob("*.ipynb"))
    git = ["git", "-C", str(root), "-c", "core.quotePath=false", "diff", "--name-only", "--relative", "HEAD", "--"]
    try:
        asked = subprocess.run([*git, "notebooks"], capture_output=True, encoding="utf-8", check=True).stdout
        known = subprocess.run(
            ["git", "-C", str(root), "ls-files", "notebooks"], capture_output=True, encoding="utf-8", check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return everything
    names = set(known.splitlines()) - set(asked.splitlines())
    return [path for path in everything if f"notebooks/{path.name}" in names]


def trust(paths: Iterable[Path], home: Path) -> None:
    """Sign what changed on the disk since the last time, so that its stored questions and pictures show at once."""
    import nbformat
    from nbformat.sign import NotebookNotary

    (home / "data").mkdir(exist_ok=True)
    stamp = home / "trusted"
    since = stamp.stat().st_mtime if stamp.exists() else 0
    notary = None
    for path in paths:
        if path.stat().st_mtime >= since:
            notary = notary or NotebookNotary(data_dir=str(home / "data"))
            notary.sign(nbformat.read(path, as_version=4))
    stamp.touch()


def arguments(words: Sequence[str] = ()) -> list[str]:
    """What JupyterLab is told."""
    import zmq

    mine = {
        "ServerApp.root_dir": ROOT,
        "ServerApp.answer_yes": True,  # one Ctrl-C ends it
        "ServerApp.allow_root": True,
        "ServerApp.log_level": "ERROR",
        "LabApp.log_level": "ERROR",
        "LabApp.default_url": f"/lab/tree/{PAGE.relative_to(ROOT).as_posix()}",
        "LabApp.app_settings_dir": SETTINGS,
        "LabApp.extension_manager": "readonly",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        # Without it every kernel warns in three lines that others on this machine may listen.
        "KernelManager.transport_encryption": "auto" if zmq.has("curve") else "disabled",
    }
    left_out = [f"--ServerApp.jpserver_extensions={name}=False" for name in LEFT_OUT]
    return [*(f"--{name}={value}" for name, value in mine.items()), *left_out, *words]


def is_writable(folder: Path) -> bool:
    """Whether a folder is there, or can be made, and takes files."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError:
        return False
    return True


def serve(words: Sequence[str], home: Path = HOME) -> int:
    """Start the server, say its address, and serve until Ctrl-C."""
    if not is_writable(ROOT / "notebooks"):
        print("This folder cannot be written, so what you change is lost. To keep it, work on a copy of the folder.")
    if is_writable(home):
        os.environ |= {"JUPYTER_CONFIG_DIR": str(home / "config"), "JUPYTER_DATA_DIR": str(home / "data")}
        trust(unchanged(), home)
    os.chdir(ROOT)
    from jupyterlab.labapp import LabApp

    server = LabApp.initialize_server(argv=arguments(words))
    server.log.addFilter(lambda record: record.levelno < logging.CRITICAL)  # its own words on the address: ten lines
    print("The chapters are at", (getattr(server, "connect_url", "") or server.display_url).split()[0])
    print("Ctrl-C ends this.", flush=True)
    server.start()
    return 0


def main(words: Sequence[str]) -> int:
    """The exit code."""
    if words == ["--list"]:
        PAGE.write_text(page(), encoding="utf-8", newline="\n")
        return 0
    return serve(words)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

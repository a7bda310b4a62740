"""The page's own scripts, asked from Python: a line with cases goes to node, a line with its answers comes."""

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.chapters import ROOT

ANSWER = """
import readline from 'node:readline';
const plain = (key, x) => typeof x === 'number' && !Number.isFinite(x) ? String(x) : x;
readline.createInterface({input: process.stdin}).on('line', line => {
  const [name, cases] = JSON.parse(line);
  console.log(JSON.stringify(cases.map(c => does[name](...c)), plain));
});"""


@contextlib.contextmanager
def asking(folder: Path, does: str) -> Iterator[Callable[[str, Iterable[list]], list]]:
    """``ask(name, cases)``: what the function of that name answers, case by case.

    ``does`` is a module that gives an object of that name with the functions; ROOM in it is the questions' folder.
    Without node the tests are skipped, and fail where CI promises it.
    """
    found = shutil.which("node")
    if not found:
        if os.environ.get("CI"):
            pytest.fail("no node: the page's own scripts cannot be tested")
        pytest.skip("no node")
    # In a file: a code page of a command line need not have every minus sign.
    script = folder / "serve.mjs"
    room = (ROOT / "nnlib" / "lab" / "questions").as_uri()
    script.write_text(does.replace("ROOM", room) + ANSWER, encoding="utf-8")
    pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    with subprocess.Popen([found, str(script)], **pipes) as process:

        def ask(name, cases):
            process.stdin.write(json.dumps([name, list(cases)]) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()

"""The questions, the lab and a chapter where text is not UTF-8 unless one says so: in code page 1252, as in Windows.

    python -m tests.code_page

On Linux glibc's `localedef` makes such a locale, in a folder that is gone afterwards.
"""

import os
import shutil
import subprocess
import sys
import tempfile

from tests.run import ROOT, SKIPPED

WANTED = ["tests/test_quizzes.py", "tests/test_lab.py", "notebooks/04_activations.ipynb"]
ENCODING = "import locale; print(locale.getpreferredencoding(False).lower())"


class Missing(Exception):
    """There is no such locale here, for a reason in one line."""


def make_locale(folder):
    """A locale with code page 1252 inside the folder, and the environment in which a program runs in it."""
    environment = {"PYTHONUTF8": "0", "PYTHONIOENCODING": ""}
    if os.name == "nt":
        return environment
    if not shutil.which("localedef"):
        raise Missing("localedef is missing, which makes the locale; Debian's package libc-bin has it")
    command = ["localedef", "-i", "en_US", "-f", "CP1252", f"{folder}/en_US.CP1252"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace")
    if done.returncode > 1:  # 1: made, with warnings
        reason = (done.stdout.strip().splitlines() or ["no word"])[-1]
        raise Missing(f"localedef makes no locale ({reason}); its sources are in Debian's package locales")
    return environment | {"LOCPATH": str(folder), "LC_ALL": "en_US.CP1252", "LANG": "", "LANGUAGE": ""}


def main():
    """The exit code: pytest's, or SKIPPED with the reason on the last line."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            environment = {**os.environ, **make_locale(folder)}
            command = [sys.executable, "-c", ENCODING]
            found = subprocess.run(command, env=environment, capture_output=True, encoding="ascii").stdout.strip()
            if found != "cp1252":
                raise Missing(f"no locale of cp1252 is to be had: Python takes it for {found}")
        except Missing as reason:
            print(reason)
            return 1 if os.environ.get("CI") else SKIPPED
        print(f"Python's own encoding: {found}", flush=True)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "nbval", "--nbval", *WANTED]
        return subprocess.run(command, env=environment, cwd=ROOT).returncode


if __name__ == "__main__":
    sys.exit(main())

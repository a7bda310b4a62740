"""Whether the scripts of the pages can be read at all, by node: ``python -m tests.javascript``. What they do is tested
in tests/test_quizzes.py, tests/test_playground.py and in the browser.
"""

import os
import shutil
import subprocess
import sys

from tests.run import ROOT, SKIPPED

SCRIPTS = sorted(path for folder in ("nnlib", "book") for path in (ROOT / folder).rglob("*.js"))


def main(scripts=SCRIPTS):
    """The exit code: 0, 1, or SKIPPED with the reason on the last line."""
    node = shutil.which("node")
    if not node:
        print("no node: it reads the scripts of the pages")
        return 1 if os.environ.get("CI") else SKIPPED
    bad = [path for path in scripts if subprocess.run([node, "--check", str(path)]).returncode]
    print(f"{len(scripts) - len(bad)} of {len(scripts)} scripts can be read")
    return 1 if bad or not scripts else 0


if __name__ == "__main__":
    sys.exit(main())

"""The JavaScript of the pages by its own tools: ``python -m tests.javascript``; the word ``format`` formats it.

Is it formatted (Prettier), likely right (ESLint), do its types fit (tsc, by its comments), and does it what it should:
tests/javascript/*.test.js, which node runs. What the scripts make of a page is tested in the browser.
"""

import os
import shutil
import subprocess
import sys

from environment import lacks
from tests.run import ROOT, SKIPPED

FILES = ["nnlib/lab/**/*.js", "book/_static/*.js", "tests/javascript/*.js", "eslint.config.js"]
STYLES = ["nnlib/lab/**/*.css", "book/_static/*.css"]
# Each by the program that npm has put into node_modules, beside node.
TOOLS = {
    "format": ["prettier/bin/prettier.cjs", "--check", "--log-level=warn", *FILES, *STYLES],
    "lint": ["eslint/bin/eslint.js", "--max-warnings=0", *FILES],
    "types": ["typescript/bin/tsc", "--project", "."],
}


def commands(root=ROOT):
    """Name → command of each check."""
    node = shutil.which("node")
    tools = {name: [node, str(root / "node_modules" / tool), *words] for name, (tool, *words) in TOOLS.items()}
    tests = sorted(str(path) for path in (root / "tests" / "javascript").glob("*.test.js"))
    return {**tools, "tests": [node, "--test", "--test-reporter=dot", *tests]}


def main(words=(), root=ROOT):
    """The exit code: 0, 1, or SKIPPED with the reason on the last line."""
    if reason := lacks(root):
        print(reason)
        return 1 if os.environ.get("CI") else SKIPPED
    if "format" in words:
        command = [word.replace("--check", "--write") for word in commands(root)["format"]]
        return subprocess.run(command, cwd=root).returncode
    failed = [name for name, command in commands(root).items() if subprocess.run(command, cwd=root).returncode]
    print(f"JavaScript: {' and '.join(failed)} failed" if failed else f"JavaScript: {', '.join(commands(root))} passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

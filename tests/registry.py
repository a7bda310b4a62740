"""A decorator that remembers: checks are registered under names, chapter by chapter, and found again by name."""

import importlib
from pathlib import Path


class Registry:
    """``@registry("name", …)`` on a function of ``chNN.py``; ``load()`` gives {name: [functions]}."""

    def __init__(self, package, file):
        self.package, self.folder, self.checks = package, Path(file).parent, {}

    def __call__(self, *names):
        def register(function):
            for name in names:
                self.checks.setdefault(name, []).append(function)
            return function

        return register

    def load(self):
        """All checks, by name."""
        for path in sorted(self.folder.glob("ch*.py")):
            importlib.import_module(f"{self.package}.{path.stem}")
        return self.checks

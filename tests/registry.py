"""A decorator that remembers: checks are registered under names, chapter by chapter, and found again by name."""

import importlib
from pathlib import Path

import pytest


class Registry:
    """``@registry("name", …)`` on a function of ``chNN.py``; ``load()`` gives {name: [functions]}.

    With ``slow=True`` the check trains for long, and runs only where loops are compiled.
    """

    def __init__(self, package, file):
        self.package, self.folder, self.checks = package, Path(file).parent, {}

    def __call__(self, *names, slow=False):
        def register(function):
            function.marks = [pytest.mark.slow] if slow else []
            for name in names:
                self.checks.setdefault(name, []).append(function)
            return function

        return register

    def load(self):
        """All checks, by name."""
        for path in sorted(self.folder.glob("ch*.py")):
            importlib.import_module(f"{self.package}.{path.stem}")
        return self.checks

    def cases(self):
        """Parameters of a test that runs each check: (name, function), slow ones marked."""
        return [
            pytest.param(name, check, id=f"{name}-{check.__name__}", marks=check.marks)
            for name, checks in sorted(self.load().items())
            for check in checks
        ]

"""At least one check for every labelled equation of the book; each chapter's checks lie in ``chNN.py``."""

import importlib
from pathlib import Path

CHECKS = {}


def equation(*labels):
    """Register a function that asserts what the equations with these labels say."""

    def register(function):
        for label in labels:
            CHECKS.setdefault(label, []).append(function)
        return function

    return register


def load():
    """All checks, by label."""
    for path in sorted(Path(__file__).parent.glob("ch*.py")):
        importlib.import_module(f"{__name__}.{path.stem}")
    return CHECKS

"""The demonstration of every numeric erratum, asserted; each chapter's lie in ``chNN.py``."""

import importlib
from pathlib import Path

CHECKS = {}


def erratum(*ids):
    """Register a function that asserts the demonstration of the errata with these ids."""

    def register(function):
        for id in ids:
            CHECKS.setdefault(id, []).append(function)
        return function

    return register


def load():
    """All checks, by id."""
    for path in sorted(Path(__file__).parent.glob("ch*.py")):
        importlib.import_module(f"{__name__}.{path.stem}")
    return CHECKS

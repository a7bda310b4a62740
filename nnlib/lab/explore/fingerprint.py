"""Whether a drawing has changed: a digest of its source and of all that it reads, the same in every process.

No pickler gives that: what cloudpickle makes of a function names the file of its cell, which is the kernel's own.
"""

from __future__ import annotations

import hashlib
import inspect
import types
from collections.abc import Callable
from typing import Any

import numpy as np


def fingerprint(function: Callable[..., Any], *settings: Any) -> str | None:
    """A digest of a function's source and of all it reads from its notebook; None where that cannot be told."""
    digest, seen = hashlib.sha256(), set()

    def add(thing):
        if isinstance(thing, types.FunctionType) and thing.__module__ == function.__module__:
            if id(thing) in seen:
                return
            seen.add(id(thing))
            digest.update(inspect.getsource(thing).encode())
            names = [*_names(thing.__code__)]
            scope = {**thing.__globals__, **inspect.getclosurevars(thing).nonlocals}
            for name in sorted(set(names) & scope.keys()):
                digest.update(name.encode())
                add(scope[name])
            add([*(thing.__defaults__ or ()), *sorted((thing.__kwdefaults__ or {}).items())])
        elif isinstance(thing, types.ModuleType):
            digest.update(f"{thing.__name__}{getattr(thing, '__version__', '')}".encode())
        elif isinstance(thing, np.ndarray) and thing.dtype.kind in "biufU":
            digest.update(f"{thing.dtype}{thing.shape}".encode() + thing.tobytes())
        elif isinstance(thing, dict):
            add([x for item in thing.items() for x in item])
        elif isinstance(thing, (list, tuple)):
            digest.update(f"{type(thing).__name__}{len(thing)}".encode())
            for item in thing:
                add(item)
        elif isinstance(thing, (str, bytes, int, float, complex, bool, type(None), np.number)):
            digest.update(repr(thing).encode())
        elif hasattr(thing, "__wrapped__") and thing.__module__ == function.__module__:
            add(thing.__wrapped__)
        elif hasattr(thing, "__qualname__") and thing.__module__ != function.__module__:
            digest.update(f"{thing.__module__}.{thing.__qualname__}".encode())
        else:
            raise TypeError(f"cannot tell whether {type(thing).__name__} has changed")

    try:
        add(function)
        add([list(setting.items()) if isinstance(setting, dict) else setting for setting in settings])
    except (TypeError, OSError):
        return None
    return digest.hexdigest()[:20]


def _names(code):
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _names(constant)

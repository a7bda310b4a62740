"""Words for a terminal or a pipe whose code page may not have all our signs.

In Windows a pipe has the code page of the country, and `print` raises where a sign is not in it. What nnlib itself says
is ASCII. The lab and its commands say what stands on a page, with its θ and its arrows: there a sign that cannot be
written becomes its number, as in Python's own tracebacks.
"""

from __future__ import annotations

import sys


class Printable:
    """What has it for a base can be printed anywhere; its `repr` stays as it is."""

    def __str__(self):
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        return repr(self).encode(encoding, "backslashreplace").decode(encoding)


def tolerate() -> None:
    """Let this program print signs that its terminal does not have. For a command, never for an import."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")

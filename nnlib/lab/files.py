"""Files that a build stores and another one, or the next, reads."""

import os
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Written beside and renamed: whoever reads meanwhile, or kills this process, finds the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.new")  # two builds may write it at once
    beside.write_text(text, encoding="utf-8", newline="\n")
    os.replace(beside, path)

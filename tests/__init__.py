"""The tests. The tools that make the book are modules of a folder and of no package; here is where tests find them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "book" / "_ext"))

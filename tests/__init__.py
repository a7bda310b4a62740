"""The tests. The programs of book/ are modules of a folder and of no package; here is where tests find them."""

import sys
from pathlib import Path

BOOK = Path(__file__).resolve().parents[1] / "book"
sys.path[:] = [str(BOOK / "_ext"), *sys.path, str(BOOK)]  # at the end, as a package may be called build or lab

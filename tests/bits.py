"""All digests of nnlib.check, of this process: what tests/test_bits.py runs under pretended processors.

``python -m tests.bits`` prints them; ``python -m tests.bits --store`` writes this machine's into tests/digests.json,
under "fused", or, where nothing is fused, "apart".
"""

import json
import sys
from pathlib import Path

STORED = Path(__file__).with_name("digests.json")


def digests():
    """{"optimizer task dtype": digest} of every run, and whether multiply-adds are fused here."""
    from nnlib import check
    from nnlib.engine import jit

    found = {" ".join(run): check.digest(*run) for run in check.RUNS}
    return found, "fused" if jit.FUSED else "apart"


if __name__ == "__main__":
    found, kind = digests()
    if "--store" in sys.argv:
        stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
        STORED.write_text(json.dumps(stored | {kind: found}, indent=1) + "\n", encoding="utf-8")
    print(json.dumps([kind, found]))

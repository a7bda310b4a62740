"""One contender in a process of its own: commands come in as lines of JSON, answers go out as lines of JSON.

A process that has imported PyTorch has other threads, another allocator and other flags than one that has not. So
nobody shares one.
"""

import json
import os
import sys
import time


def pin():
    """Stay on one core, where the system can do that: some libraries use more whatever they are told. Whether it could.

    The core is the first one we are allowed to use, and so the same for all.
    """
    if not hasattr(os, "sched_setaffinity"):
        return False
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    return True


def clock(run, repeat):
    """Wall and processor seconds of one run, averaged over `repeat` of them."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(repeat):
        run()
    return {"wall": (time.perf_counter() - wall) / repeat, "cpu": (time.process_time() - cpu) / repeat}


def versions(packages):
    """What is installed of the given packages, and which sources nnlib was compiled from."""
    from importlib.metadata import version

    from nnlib.engine import jit

    return {"versions": {name: version(name) for name in packages}, "digest": jit.digest()}


def main(contender, answer):
    """Answer commands until there are no more."""
    pinned = pin()
    begun = time.perf_counter()
    from . import contenders, problems

    setup, run = time.perf_counter() - begun, None
    for line in sys.stdin:
        command = json.loads(line)
        try:
            if command["do"] == "hello":
                said = versions(command["packages"]) | {"pinned": pinned}
            elif command["do"] == "train":
                problem = problems.problem(**command["problem"])
                begun = time.perf_counter()
                run = contenders.CONTENDERS[contender].prepare(problem)
                prepared = time.perf_counter()
                losses = run()
                first = time.perf_counter() - prepared
                said = {"losses": losses, "setup": setup + prepared - begun, "first": first}
                setup = 0.0  # what was imported stays so
            elif command["do"] == "clock":
                said = clock(run, command["repeat"])
        except ImportError as error:
            said = {"missing": error.name or str(error)}
        except Exception as error:
            said = {"error": f"{type(error).__name__}: {error}"}
        answer(said)


if __name__ == "__main__":
    # Answers have a pipe of their own; whatever a library prints goes where errors go.
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    main(sys.argv[1], lambda said: print(json.dumps(said), file=out, flush=True))

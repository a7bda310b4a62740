"""The page that sends a search to a cluster: its own code, on a real cluster, with a worker killed on the way."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[1] / "book" / "many_machines.md"
# What the test adds: it waits until both workers have done what they were given first, and so have what the search
# shares, and are busy again; then it kills one the hard way.
KILLER = """
import os, signal, threading, time

def kill_one(client, cluster):
    begun, first = time.monotonic(), {}
    while time.monotonic() - begun < 60:
        busy = {address: set(calls) for address, calls in client.processing().items() if calls}
        for address, calls in busy.items():
            first.setdefault(address, calls)
        if len(busy) == 2 and not any(first[address] & calls for address, calls in busy.items()):
            victim = cluster.workers[0].process.pid
            os.kill(victim, getattr(signal, "SIGKILL", signal.SIGTERM))  # Windows has the one, and means the other
            print("killed", victim in [w.process.pid for w in cluster.workers.values()])
            return
        time.sleep(0.005)
    print("never busy")

killer = threading.Thread(target=kill_one, args=(client, cluster))
killer.start()
"""


def blocks():
    return re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)


@pytest.mark.slow
@pytest.mark.once
def test_the_table_is_the_same_though_a_worker_dies(tmp_path):
    alone, cluster = blocks()
    start, work = cluster.split("\nshared ")
    script = "\n".join(
        [
            alone,
            "if __name__ == '__main__':",  # worker processes import this file anew
            *("    " + line for line in (start + KILLER + "\nshared " + work).splitlines()),
            "    killer.join()",
            "    print(len(client.scheduler_info()['workers']), 'workers')",
            "    client.close(); cluster.close()",
        ]
    )
    (tmp_path / "sweep.py").write_text(script, encoding="utf-8")
    # Dask looks for copies to take away every two seconds. Here it looks so often that it would have had all of them.
    often = {"DASK_DISTRIBUTED__SCHEDULER__ACTIVE_MEMORY_MANAGER__INTERVAL": "20ms"}
    quiet = {"PYTHONWARNINGS": "ignore"}  # of a rate that is too large, which the search tries: an error is to be read
    environment = {**os.environ, **often, **quiet, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(PAGE.parents[1])}
    done = subprocess.run(
        [sys.executable, "sweep.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        timeout=240,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr[-3000:]
    words = done.stdout.split("\n")
    assert "True" in words, done.stdout
    assert "killed True" in words, done.stdout


def test_the_page_says_what_the_line_is():
    alone, cluster = blocks()
    assert "dask" not in alone and cluster.count('backend="dask"') == 1

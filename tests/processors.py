"""Other processors, pretended: the same machine told to look like one that computes with other instructions.

``python -m tests.processors Nehalem -m pytest …`` runs this Python with those arguments on a pretended processor;
``farthest`` is the one that has least in common with this one. Alone it lists the names.
"""

import os
import platform
import subprocess
import sys

from llvmlite.binding import get_host_cpu_features

from tests.chapters import ROOT

# What a process is told to make it look like another processor: OpenBLAS' kernels, Numba's instructions (a name alone
# leaves those of the host in), and what NumPy must not use.
NO_AVX512, NO_AVX = "X86_V4 AVX512_ICL AVX512_SPR", "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"
PROCESSORS = {
    "as it is": {},
    "SkylakeX": {"OPENBLAS_CORETYPE": "SkylakeX", "NUMBA_CPU_NAME": "skylake-avx512", "NUMBA_CPU_FEATURES": ""},
    "Haswell": {
        **{"OPENBLAS_CORETYPE": "Haswell", "NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": ""},
        **{"NPY_DISABLE_CPU_FEATURES": NO_AVX512},
    },
    "Zen": {
        **{"OPENBLAS_CORETYPE": "Zen", "NUMBA_CPU_NAME": "znver3", "NUMBA_CPU_FEATURES": ""},
        **{"NPY_DISABLE_CPU_FEATURES": NO_AVX512},
    },
    "Sandybridge": {
        **{"OPENBLAS_CORETYPE": "Sandybridge", "NUMBA_CPU_NAME": "sandybridge", "NUMBA_CPU_FEATURES": ""},
        **{"NPY_DISABLE_CPU_FEATURES": NO_AVX},
    },
    "Nehalem": {
        **{"OPENBLAS_CORETYPE": "Nehalem", "NUMBA_CPU_NAME": "nehalem", "NUMBA_CPU_FEATURES": ""},
        **{"NPY_DISABLE_CPU_FEATURES": NO_AVX},
    },
    "generic": {"NUMBA_CPU_NAME": "generic"},
    "loops": {"NNLIB_LOOPS": "1"},
}
FUSES = {"Haswell", "SkylakeX", "Zen"}
NEEDS = {"SkylakeX": "avx512f", "Haswell": "avx2", "Zen": "avx2", "Sandybridge": "avx"}  # of the real processor


FARTHEST = "Nehalem" if platform.machine() in ("x86_64", "AMD64") else "generic"


def why_not(name):
    """Why this machine cannot look like that processor, or None."""
    if "OPENBLAS_CORETYPE" in PROCESSORS[name] and platform.machine() not in ("x86_64", "AMD64"):
        return f"only an x86 processor can look like {name}"
    if name in NEEDS and not get_host_cpu_features().get(NEEDS[name]):
        return f"this processor has no {NEEDS[name]}, so it cannot look like {name}"
    return None


def pretending(name):
    """The environment of a process on another processor; nothing of this one's settings is left."""
    ours = ("NUMBA_", "OPENBLAS_CORETYPE", "NPY_DISABLE_CPU_FEATURES", "NNLIB_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    cache = {key: os.environ[key] for key in ("NUMBA_CACHE_DIR",) if key in os.environ}
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    return kept | cache | {"PYTHONPATH": path} | PROCESSORS[name]


def main(words):
    """The exit code of what was run."""
    if not words:
        print("\n".join(f"{name}: {why_not(name) or 'can be pretended here'}" for name in PROCESSORS))
        return 0
    name = FARTHEST if words[0] == "farthest" else words[0]
    if name not in PROCESSORS:
        print(f"no processor {name}; there are farthest, {', '.join(PROCESSORS)}")
        return 2
    if why := why_not(name):
        print(why)
        return 2
    print(f"as on {name}: {PROCESSORS[name]}", flush=True)
    return subprocess.run([sys.executable, *words[1:]], env=pretending(name)).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

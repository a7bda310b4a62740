"""What `build` starts as a process of its own: kernels come in, a module goes out."""

import pickle
import sys

from .builder import module_of

if __name__ == "__main__":  # pragma: no cover - in the subprocess only
    sys.stdout.buffer.write(module_of(pickle.load(sys.stdin.buffer)))

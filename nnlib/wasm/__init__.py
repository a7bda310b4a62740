"""nnlib's own kernels as WebAssembly, so that a network trains on a page that has no Python. Build time only."""

from .builder import COURSE, BuildError, build, manifest

__all__ = ["COURSE", "BuildError", "build", "manifest"]

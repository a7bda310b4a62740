"""From Numba's code to machine code: what a kernel calls is linked into it, and optimized once, there.

Numba by itself optimizes every function and makes machine code of it, links it into each of its callers, and does both
again with the whole. Of most of our functions nobody but other compiled code ever calls the machine code. So a function
without a wrapper for Python is a `Part`, which stays as it came, and one with a wrapper is a `Whole`. This takes a
fifth of the first call's time away. LLVM is told that nobody else calls the parts: it drops arguments that they do not
use, and pastes those in that are called once.

Fragile: the classes that Numba's own libraries are made of are not documented. `is_known` looks whether they are what
they were; where they are not, Numba's own do the work, as slowly as they do.
"""

from __future__ import annotations

from typing import Any

import llvmlite.binding as llvm
from numba.core import codegen, compiler, config

METHODS = ("_optimize_functions", "_optimize_final_module", "_finalize_final_module", "_finalize_dynamic_globals")


def is_known(library: type = codegen.JITCodeLibrary) -> bool:
    """Whether Numba's libraries have the steps that ours leave out or do in their own way."""
    return all(hasattr(library, name) for name in METHODS) and hasattr(llvm, "create_pipeline_tuning_options")


class Library(codegen.JITCodeLibrary):  # pragma: no cover - the unjitted pass compiles nothing
    """What both have in common: no function is optimized by itself."""

    def _optimize_functions(self, module):
        module.data_layout = self._codegen._data_layout


class Part(Library):  # pragma: no cover - the unjitted pass compiles nothing
    """A function that only compiled code calls: LLVM's code of it, for its callers, and no machine code."""

    def _optimize_final_module(self):
        pass

    def _finalize_final_module(self):
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        self._ensure_finalized()
        return 0

    @property
    def codegen(self) -> Part:
        """Whom Numba tells where the function's environment is. It has none, since it has no machine code."""
        return self

    def set_env(self, name: str, environment: Any) -> None:
        pass


class Apart(Part):  # pragma: no cover - the unjitted pass compiles nothing
    """A part that is optimized by itself before it is in its callers."""

    def _optimize_final_module(self):
        codegen.JITCodeLibrary._optimize_final_module(self)


class Whole(Library):  # pragma: no cover - the unjitted pass compiles nothing
    """A function that Python calls, with all that it calls."""

    def _optimize_final_module(self):
        module = self._final_module
        for function in module.functions:
            if not function.is_declaration and function.linkage == llvm.Linkage.linkonce_odr:
                function.linkage = "internal"
        # Loops are not unrolled: their code is a third shorter.
        options = llvm.create_pipeline_tuning_options(speed_level=min(int(config.OPT), 2))
        options.loop_vectorization = bool(config.LOOP_VECTORIZE)
        options.slp_vectorization = bool(config.SLP_VECTORIZE)
        options.loop_unrolling = False
        passes = llvm.create_pass_builder(self._codegen._tm, options)
        passes.getModulePassManager().run(module, passes)


class Compiler(compiler.Compiler):  # pragma: no cover - the unjitted pass compiles nothing
    """Numba's compiler, but for the library that a function's code goes to."""

    part: type[Part] = Part

    def define_pipelines(self) -> Any:
        state = self.state
        if state.library is None and is_known():
            kind = self.part if state.flags.no_cpython_wrapper else Whole
            state.library = kind(state.targetctx.codegen(), state.func_id.func_qualname)
            state.library.enable_object_caching()
        return super().define_pipelines()


class ApartCompiler(Compiler):  # pragma: no cover - the unjitted pass compiles nothing
    """The same, for a function that is to be `Apart`."""

    part = Apart

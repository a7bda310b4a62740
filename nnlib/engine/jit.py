"""Numba's options, set once.

Every compiled function of the package is decorated here: `jit` for what Python calls, `kernel` for what only
compiled code calls. The room also holds two tricks the kernels lean on (`view` and `by_precision`) and keeps
the compiled code on disk honest: Numba's own cache does not notice an edit in *another* file, and readers
edit.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import os
import pickle
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import llvmlite.binding as llvm
import numba
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import caching, cgutils, codegen, config
from numba.extending import intrinsic, overload
from numba.np import arrayobj

from .libraries import ApartCompiler, Compiler
from .progress import Wait

HERE = Path(__file__).resolve().parents[1]  # the package
KEEP_DAYS = 30
# A cache has a file of this name in it. What has none is not ours, whatever its name, and is never deleted.
MARK = "made-by-nnlib.txt"
# The settings of Numba (NUMBA_BOUNDSCHECK and so on) that change the code it writes.
CHANGE_CODE = (
    *("BOUNDSCHECK", "CPU_NAME", "CPU_FEATURES", "OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "ENABLE_AVX"),
    *("DEBUGINFO_DEFAULT", "EXTEND_VARIABLE_LIFETIMES", "LLVM_REFPRUNE_PASS", "LLVM_REFPRUNE_FLAGS"),
    *("DISABLE_INTEL_SVML", "DEBUG_NRT", "JIT_COVERAGE"),
)


def sources(folder: Path = HERE) -> list[Path]:
    """The package's files, without those of the lab: what is compiled, and what compiles."""
    return sorted(path for path in folder.rglob("*.py") if path.relative_to(folder).parts[0] != "lab")


def digest(folder: Path = HERE) -> str:
    """Sixteen letters that change when the sources, Numba, NumPy or a setting that changes code do."""
    told = hashlib.sha256(f"{numba.__version__} {np.__version__} {LOOPS}".encode())
    for name in CHANGE_CODE:
        told.update(f"{name}={getattr(config, name, None)}\n".encode())
    for path in sources(folder):
        told.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return told.hexdigest()[:16]


def cache_roots(environ: Mapping[str, str] = os.environ) -> list[Path]:
    """Where compiled code may live, best first: NUMBA_CACHE_DIR if set, else here; then what is this user's own."""
    wanted = environ.get("NUMBA_CACHE_DIR")
    homes = environ.get("XDG_CACHE_HOME"), environ.get("LOCALAPPDATA"), os.path.expanduser("~/.cache")
    # A path that begins where one happens to be is no home: XDG says to ignore it, and ~ stays ~ where there is none.
    own = [Path(home) / "nnlib" for home in homes if home and Path(home).is_absolute()][:1]
    first = Path(os.path.expanduser(wanted)) if wanted else HERE / "__pycache__"
    return own if str(first).startswith("~") else [first, *own]


def open_cache(roots: Iterable[Path], key: str) -> Path | None:
    """The first `root/nnlib-key` one can write to, or None; forgets old caches beside it.

    One that is warm and can only be read is copied to the next root, for whoever installs for a class has warmed it.
    Where no root can be written it is read where it is. A cache that is there already is not refreshed from a warmer
    one: that would save one compilation, once.
    """
    warm = None
    for root in roots:
        with contextlib.suppress(OSError):
            folder = root.absolute() / f"nnlib-{key}"
            if warm and not folder.exists():
                copy(warm, folder)
            if can_write(folder):
                clean_beside(folder)
                return folder
            if not warm and is_warm(folder):
                warm = folder
    return warm


def can_write(folder: Path) -> bool:
    """Whether a folder, made if need be, is a cache that this process can write to and may trust."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if is_foreign(folder):
            return False
        if not any(folder.iterdir()):  # new, or its maker was killed before the mark was written
            mark(folder)
        for place in (folder, *folder.glob("*/")):
            tempfile.TemporaryFile(dir=place).close()
    except OSError:
        return False
    return True


def is_warm(folder: Path) -> bool:
    """Whether a folder is a cache of ours with compiled code in it that may be trusted."""
    return (folder / MARK).is_file() and any(folder.glob("*/*.nbi")) and not is_foreign(folder)


def is_foreign(path: Any) -> bool:
    """Whether anybody may have written a file or a folder, or put it into its place.

    What is in a cache is run. So it is taken from where this user's settings or the installed package point, and only
    if not everybody can write there: in a place open to all, such as /tmp, only what is this user's own will do.
    """
    return not is_ours(path.stat()) and any(place.stat().st_mode & stat.S_IWOTH for place in (path, path.parent))


def is_ours(status: os.stat_result) -> bool:
    """Whether a file belongs to this user. Windows has no owners of this kind: there the place decides."""
    return not hasattr(os, "geteuid") or status.st_uid == os.geteuid()


def mark(folder: Path) -> None:
    told = f"Compiled code of nnlib, which deletes this folder once it was not used for {KEEP_DAYS} days.\n"
    (folder / MARK).write_text(told, encoding="utf-8")


def copy(warm: Path, folder: Path) -> None:
    """Copy what can be read of a warm cache. Made beside and renamed, so that others see nothing or all of it.

    What a killed process leaves bears the mark and is forgotten like a cache.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    try:
        mark(beside)
        for path in (*warm.glob("*/*.nbi"), *warm.glob("*/*.nbc")):
            if not is_foreign(path):
                (beside / path.parent.name).mkdir(exist_ok=True)
                with contextlib.suppress(PermissionError):  # what this user may not read is compiled anew
                    (beside / path.parent.name / path.name).write_bytes(path.read_bytes())
        beside.rename(folder)
    except OSError:  # a full disk, or another process was first
        remove(beside)


def clean_beside(folder: Path) -> None:
    """Note that a cache is used, and remove the forgotten ones beside it."""
    with contextlib.suppress(OSError):
        os.utime(folder)
        for old in folder.parent.glob("nnlib-*"):
            if is_forgotten(old):
                remove(old)


def is_forgotten(folder: Path) -> bool:
    """Whether a folder is a cache of this user's that was not used for KEEP_DAYS. It may vanish while one asks."""
    try:
        told = folder.lstat()  # of a link, not of where it leads
        old = stat.S_ISDIR(told.st_mode) and is_ours(told) and told.st_mtime < time.time() - KEEP_DAYS * 86400
        return old and (folder / MARK).is_file()
    except OSError:
        return False


def remove(folder: Path) -> None:
    """Delete a cache of ours, its mark last: if another process holds a file or deletes too, a later import goes on."""
    with contextlib.suppress(OSError):
        for path in sorted(folder.iterdir(), key=lambda path: path.name == MARK):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        folder.rmdir()


# NNLIB_LOOPS=1 says that no kernel may lean on BLAS or on this processor's vectors. `nnlib.wasm` sets it to "module" in
# the process in which it compiles for the page. That one keeps nothing: what is cached has no LLVM code to show.
LOOPS = os.environ.get("NNLIB_LOOPS") in ("1", "module")
MODULE = os.environ.get("NNLIB_LOOPS") == "module"
CACHE = None if config.DISABLE_JIT or MODULE else open_cache(cache_roots(), digest())


class Locator(caching.UserProvidedCacheLocator):
    """Where a function's compiled code lies: in CACHE, and nowhere else.

    Numba's own locator asks whether it can write there, and if not Numba takes places whose names know nothing of an
    edit in another file.
    """

    @classmethod
    def from_function(cls, function: Any, path: Any) -> Locator | None:
        return cls(function, path)


class Results(caching.CompileResultCacheImpl):
    _locator_classes = [Locator]


# What reading half a file says: a power cut, or a disk that was full.
HALF = EOFError, pickle.UnpicklingError


class Files(caching.IndexDataCacheFile):
    """Numba's files of one function, with a name of its own for each signature.

    Numba counts: two processes that store two signatures at once both call theirs 1, and the index of one may then
    name the code of the other. So named, the worst is that one of them is compiled again.
    """

    def save(self, key: Any, data: Any) -> None:
        name = self._data_name(int(hashlib.sha256(repr(key).encode()).hexdigest()[:12], 16))
        self._save_data(name, data)
        self._save_index(self._load_index() | {key: name})

    def _load_index(self):
        with contextlib.suppress(*HALF):
            return super()._load_index()
        return {}


class Cache(caching.FunctionCache):
    """Numba's cache of one function. What it cannot read is compiled, and what it cannot write is not kept."""

    _impl_class = Results

    def __init__(self, function: Any) -> None:
        super().__init__(function)
        self._cache_file = Files(self.cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp())

    def _guard_against_spurious_io_errors(self):
        return contextlib.suppress(OSError, *HALF)

    def load_overload(self, signature: Any, target: Any) -> Any:
        found = super().load_overload(signature, target)
        if found is None:
            WAIT.begin(self._py_func.__name__)
        return found


# Only what the cache does not have begins it: where all is compiled it costs nothing.
WAIT = Wait()


_LANES = """
declare <16 x float> @llvm.fma.v16f32(<16 x float>, <16 x float>, <16 x float>)
define <16 x float> @f(<16 x float> %a, <16 x float> %b, <16 x float> %c) {
  %d = call <16 x float> @llvm.fma.v16f32(<16 x float> %a, <16 x float> %b, <16 x float> %c)
  ret <16 x float> %d
}
"""


def fused_parts() -> int:
    """Into how many instructions this processor, real or pretended, cuts 64 bytes of fused multiply-adds; 0: none."""
    features = codegen.get_host_cpu_features() if config.CPU_FEATURES is None else config.CPU_FEATURES
    return instructions_of(config.CPU_NAME or llvm.get_host_cpu_name(), features)


def instructions_of(name: str, features: Any) -> int:
    """The same of any processor that LLVM knows: it is asked for the machine code of one such line."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(cpu=name, features=features, opt=2)
    text = machine.emit_assembly(llvm.parse_assembly(_LANES))
    return len(re.findall(r"^\s+(?:vfmadd|fmla)", text, re.M))


# Whether a · b + c is one instruction, rounded once, everywhere in nnlib, or two everywhere. WebAssembly has only two.
PARTS = 0 if config.DISABLE_JIT or LOOPS else fused_parts()
FUSED = PARTS > 0


def instructions() -> str:
    """What PARTS stands for, in words."""
    known = {0: "no fused multiply-add", 1: "AVX-512", 2: "AVX2 with fused multiply-add", 4: "NEON"}
    return known.get(PARTS, f"a fused multiply-add of 64 bytes in {PARTS} parts")


# Of fastmath only that -0 may be 0: the rest loses NaN, or lets two compilations of one line round differently. What is
# to be fused is so in words, by `fma`.
# error_model: 1/0 is inf, and nobody asks before a division (ablation: division). _nrt takes Numba's reference
# counting out: a kernel then cannot allocate an array, since it would not compile, and the counting of arrays it was
# lent, atomic and half of a tiny network's time, is gone (ablation: counting).
HOUSE = {"error_model": "numpy", "nogil": True, "fastmath": {"nsz"}, "_nrt": False, "pipeline_class": Compiler}
# Called from compiled code only: no wrapper for Python.
PART = {**HOUSE, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def compiled(**options: Any) -> Callable[..., Any]:
    """A decorator: njit with the house's options and the house's cache."""

    def decorate(function):
        dispatcher = unhindered(njit(**{**HOUSE, **options})(function))
        if CACHE and not {"inline", "no_cpython_wrapper"} & options.keys():  # the rest is in its callers' code
            before, config.CACHE_DIR = config.CACHE_DIR, str(CACHE)
            try:
                dispatcher._cache = Cache(function)
            finally:
                config.CACHE_DIR = before
        return dispatcher

    return decorate


def unhindered(dispatcher: Any) -> Any:
    """Let a function compile without two things in Python that take two fifths of the first call's time.

    The garbage collector walks Numba's many objects in vain. And Python keeps the frames of its functions in pieces of
    16 KB, and asks the system for the next piece, and gives it back, with every call that happens to cross an edge.
    Numba's hundred frames cross six, each of which may be under a loop. A frame that says it needs much room gets a
    piece to which a thousand others fit. Here, too, ends the wait for what the outermost call had to compile.
    """
    compile = getattr(dispatcher, "compile", None)  # None: unjitted, a plain function

    def compile_unhindered(signature):
        collecting, outermost = gc.isenabled(), not WAIT.is_on
        gc.disable()
        try:
            return compile(signature)
        finally:
            if collecting:
                gc.enable()
            if outermost:
                WAIT.end()

    if compile is not None:
        compile_unhindered.__code__ = compile_unhindered.__code__.replace(co_stacksize=2**14)
        dispatcher.compile = compile_unhindered
    return dispatcher


kernel = compiled(**PART)
# The same, for loops over many arrays at once: LLVM vectorizes them before it pastes them into an epoch. Afterwards, it
# asks so much first that an epoch with Adam takes a quarter longer, or not, by where the arrays lie.
apart = compiled(**{**PART, "pipeline_class": ApartCompiler})
# A kernel that is pasted into its caller: for what has few callers this saves a sixth of the compile time.
inlined = compiled(inline="always")
# A kernel that LLVM pastes in: for what has so many arguments that a call would cost as much as the work.
pasted = compiled(**PART, forceinline=True)
# Called from Python. Unjitted, NumPy would warn where compiled code carries inf and NaN on in silence.
jit = np.errstate(all="ignore") if config.DISABLE_JIT else compiled(no_cfunc_wrapper=True)


def instead_of(twin: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator for Numba's intrinsics: LLVM code where it is compiled, `twin`, plain NumPy, where it is not."""
    return lambda generator: twin if config.DISABLE_JIT else intrinsic(generator)


@instead_of(lambda a, b, c: a * b + c)
def fma(typing, a, b, c):  # pragma: no cover
    """a · b + c, rounded once where the processor can (FUSED), else twice. Ablation: fusing."""

    def generate(context, builder, signature, args):
        return multiplied_added(builder, *args)

    return a(a, a, a), generate


def multiplied_added(builder: Any, a: Any, b: Any, c: Any) -> Any:  # pragma: no cover
    """LLVM code for a · b + c, of numbers or of vectors."""
    if not FUSED:
        return builder.fadd(builder.fmul(a, b), c)
    kind = f"v{a.type.count}f" if isinstance(a.type, ir.VectorType) else "f"
    bits = 32 if "float" in str(a.type) else 64
    name = f"llvm.fma.{kind}{bits}"
    call = cgutils.get_or_insert_function(builder.module, ir.FunctionType(a.type, [a.type] * 3), name)
    return builder.call(call, [a, b, c])


def _view(a, start, shape):
    size = 1
    for n in shape:
        size *= n
    return a.reshape(-1)[start : start + size].reshape(shape)


# view(a, start, shape) is a.ravel()[start : start + prod(shape)].reshape(shape), a view. It lets θ stay one vector
# while W_l is a matrix. Compiled, it costs nothing: borrowed memory, no reference count. Ablation: view.
@instead_of(_view)
def view(typing, a, start, shape):  # pragma: no cover
    result = types.Array(a.dtype, len(shape), "C")

    def generate(context, builder, signature, args):
        source = arrayobj.make_array(signature.args[0])(context, builder, args[0])
        target = arrayobj.make_array(result)(context, builder)
        itemsize = context.get_constant(types.intp, a.dtype.bitwidth // 8)
        sizes = [builder.extract_value(args[2], i) for i in range(len(shape))]
        strides = [itemsize]
        for n in sizes[:0:-1]:
            strides.insert(0, builder.mul(strides[0], n))
        if config.BOUNDSCHECK:
            end = builder.add(args[1], builder.sdiv(builder.mul(strides[0], sizes[0]), itemsize))
            before = builder.icmp_signed("<", args[1], args[1].type(0))
            with builder.if_then(builder.or_(before, builder.icmp_signed(">", end, source.nitems)), likely=False):
                context.call_conv.return_user_exc(builder, IndexError, ("a view reaches outside its array",))
        data = builder.gep(source.data, [args[1]])
        place = {"shape": sizes, "strides": strides, "itemsize": itemsize, "meminfo": None}
        arrayobj.populate_array(target, data=data, **place)
        return target._getvalue()

    return result(a, types.intp, types.UniTuple(types.intp, len(shape))), generate


# All entries of A as one vector, a view. An intrinsic: to paste a function that calls `view` takes long to compile.
@instead_of(lambda A: A.reshape(-1))
def flat(typing, A):  # pragma: no cover
    result = types.Array(A.dtype, 1, "C")

    def generate(context, builder, signature, args):
        source = arrayobj.make_array(signature.args[0])(context, builder, args[0])
        target = arrayobj.make_array(result)(context, builder)
        itemsize = context.get_constant(types.intp, A.dtype.bitwidth // 8)
        place = {"shape": [source.nitems], "strides": [itemsize], "itemsize": itemsize, "meminfo": None}
        arrayobj.populate_array(target, data=source.data, **place)
        return target._getvalue()

    return result(A), generate


def by_precision(single: Callable[..., Any], double: Callable[..., Any]) -> Callable[..., Any]:
    """One name for two kernels of a scalar: `single` for float32, `double` for float64."""

    def chosen(x):
        return single(x) if x.dtype == np.float32 else double(x)

    @overload(chosen, jit_options=PART)
    def _chosen(x):  # pragma: no cover
        pick = single if x == types.float32 else double
        return lambda x: pick(x)

    return chosen


def among(codes: Iterable[int]) -> Callable[..., Any]:
    """A function of a code, for `inlined`, that says whether it is one of these."""
    return _written("among", "code", f"    return {' or '.join(f'code == {code}' for code in codes)}\n", {})


def dispatch(
    name: str, kernels: Sequence[Callable[..., Any]], unknown: Callable[..., Any], parameters: str
) -> Callable[..., Any]:
    """A function of (code, *parameters), for `kernel` or `inlined`, that calls kernels[code] with the parameters.

    `unknown` is called for a code that has no kernel, since a kernel raises nothing; it makes NaN of what it is given.
    """
    asked = (f"    if code == {k}:\n        return kernel_{k}({parameters})\n" for k in range(len(kernels)))
    names = {f"kernel_{k}": kernel for k, kernel in enumerate(kernels)} | {"unknown": unknown}
    return _written(name, f"code, {parameters}", f"{''.join(asked)}    return unknown({parameters})\n", names)


def _written(name, parameters, body, names):
    """A function whose source is made of rows. So the questions, `code == 0` and so on, stand nowhere else.

    Compiled, it is said to stand in this file, for a cache asks when that changed.
    """
    file = "<rows>" if config.DISABLE_JIT else __file__
    names = {"__name__": __name__, **names}
    exec(compile(f"def {name}({parameters}):\n{body}", file, "exec"), names)
    return names[name]

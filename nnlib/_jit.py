"""Numba's options, set once.

Every compiled function of the package is decorated here: `jit` for what Python calls, `kernel` for what only
compiled code calls. The room also holds two tricks the kernels lean on (`view` and `by_precision`) and keeps
the compiled code on disk honest: Numba's own cache does not notice an edit in *another* file, and readers
edit.
"""

import contextlib
import gc
import hashlib
import os
import re
import shutil
import tempfile
import time
from pathlib import Path

import llvmlite.binding as llvm
import numba
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils, codegen, config
from numba.extending import intrinsic, overload
from numba.np import arrayobj

HERE = Path(__file__).resolve().parent
KEEP_DAYS = 30
# A cache has a file of this name in it. What has none is not ours, whatever its name, and is never deleted.
MARK = "made-by-nnlib.txt"
# The settings of Numba (NUMBA_BOUNDSCHECK and so on) that change the code it writes.
CHANGE_CODE = (
    *("BOUNDSCHECK", "CPU_NAME", "CPU_FEATURES", "OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "ENABLE_AVX"),
    *("DEBUGINFO_DEFAULT", "EXTEND_VARIABLE_LIFETIMES", "LLVM_REFPRUNE_PASS", "LLVM_REFPRUNE_FLAGS"),
    *("DISABLE_INTEL_SVML", "DEBUG_NRT", "JIT_COVERAGE"),
)


def digest(folder=HERE):
    """Sixteen letters that change when the sources, Numba, NumPy or a setting that changes code do."""
    told = hashlib.sha256(f"{numba.__version__} {np.__version__}".encode())
    for name in CHANGE_CODE:
        told.update(f"{name}={getattr(config, name, None)}\n".encode())
    for path in sorted(folder.glob("*.py")):
        told.update(path.name.encode() + path.read_bytes())
    return told.hexdigest()[:16]


def cache_roots(environ=os.environ):
    """Where compiled code may live, best first: NUMBA_CACHE_DIR alone if set, else here, else home."""
    if environ.get("NUMBA_CACHE_DIR"):
        return [Path(environ["NUMBA_CACHE_DIR"])]
    home = environ.get("XDG_CACHE_HOME") or environ.get("LOCALAPPDATA") or os.path.expanduser("~/.cache")
    return [HERE / "__pycache__", Path(home) / "nnlib"]


def open_cache(roots, key):
    """The first `root/nnlib-key` one can write to, or None. Removes caches beside it that nobody used for KEEP_DAYS."""
    for root in roots:
        folder = root / f"nnlib-{key}"
        try:
            if not folder.is_dir():
                folder.mkdir(parents=True, exist_ok=True)
                told = f"Compiled code of nnlib, which deletes this folder once it was not used for {KEEP_DAYS} days.\n"
                (folder / MARK).write_text(told, encoding="utf-8")
            tempfile.TemporaryFile(dir=folder).close()
            os.utime(folder)
        except OSError:
            continue
        for old in root.glob("nnlib-*"):
            if is_forgotten(old):
                remove(old)
        return folder
    return None


def is_forgotten(folder):
    """Whether a folder is a cache of ours that nobody used for KEEP_DAYS. It may vanish while one asks."""
    try:
        used = folder.stat().st_mtime
    except OSError:
        return False
    return used < time.time() - KEEP_DAYS * 86400 and (folder / MARK).is_file()


def remove(folder):
    """Delete a cache of ours, its mark last: if another process holds a file or deletes too, a later import goes on."""
    with contextlib.suppress(OSError):
        for path in sorted(folder.iterdir(), key=lambda path: path.name == MARK):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        folder.rmdir()


# NNLIB_LOOPS=1 says that no kernel may lean on BLAS or on this processor's vectors. `nnlib.wasm` sets it in the process
# in which it compiles for the page. Such a process keeps nothing: what comes from the cache has no LLVM code to show.
LOOPS = os.environ.get("NNLIB_LOOPS") == "1"
CACHE = None if config.DISABLE_JIT or LOOPS else open_cache(cache_roots(), digest())


_LANES = """
declare <16 x float> @llvm.fma.v16f32(<16 x float>, <16 x float>, <16 x float>)
define <16 x float> @f(<16 x float> %a, <16 x float> %b, <16 x float> %c) {
  %d = call <16 x float> @llvm.fma.v16f32(<16 x float> %a, <16 x float> %b, <16 x float> %c)
  ret <16 x float> %d
}
"""


def fused_parts():
    """Into how many instructions this processor, real or pretended, cuts 64 bytes of fused multiply-adds; 0: none."""
    features = codegen.get_host_cpu_features() if config.CPU_FEATURES is None else config.CPU_FEATURES
    return instructions_of(config.CPU_NAME or llvm.get_host_cpu_name(), features)


def instructions_of(name, features):
    """The same of any processor that LLVM knows: it is asked for the machine code of one such line."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(cpu=name, features=features, opt=2)
    text = machine.emit_assembly(llvm.parse_assembly(_LANES))
    return len(re.findall(r"^\s+(?:vfmadd|fmla)", text, re.M))


# Whether a · b + c is one instruction, rounded once, everywhere in nnlib, or two everywhere. WebAssembly has only two.
PARTS = 0 if config.DISABLE_JIT or LOOPS else fused_parts()
FUSED = PARTS > 0


def instructions():
    """What PARTS stands for, in words."""
    known = {0: "no fused multiply-add", 1: "AVX-512", 2: "AVX2 with fused multiply-add", 4: "NEON"}
    return known.get(PARTS, f"a fused multiply-add of 64 bytes in {PARTS} parts")


# Of fastmath only that -0 may be 0: the rest loses NaN, or lets two compilations of one line round differently. What is
# to be fused is so in words, by `fma`.
# error_model: 1/0 is inf, and nobody asks before a division (ablation: division). _nrt takes Numba's reference
# counting out: a kernel then cannot allocate an array, since it would not compile, and the counting of arrays it was
# lent, atomic and half of a tiny network's time, is gone (ablation: counting).
HOUSE = {"error_model": "numpy", "nogil": True, "fastmath": {"nsz"}, "_nrt": False}


def compiled(**options):
    """A decorator: njit with the house's options and the house's cache."""

    def decorate(function):
        before, config.CACHE_DIR = config.CACHE_DIR, str(CACHE or "")
        try:
            return uncollected(njit(cache=CACHE is not None, **{**HOUSE, **options})(function))
        finally:
            config.CACHE_DIR = before

    return decorate


def uncollected(dispatcher):
    """Let a function compile without Python's garbage collector, which walks Numba's many objects in vain.

    It takes a tenth of the first call's time.
    """
    compile = getattr(dispatcher, "compile", None)  # None: unjitted, a plain function

    def compile_uncollected(signature):
        collecting = gc.isenabled()
        gc.disable()
        try:
            return compile(signature)
        finally:
            if collecting:
                gc.enable()

    if compile is not None:
        dispatcher.compile = compile_uncollected
    return dispatcher


# Called from compiled code only: no wrapper for Python, which is a good part of the compile time.
kernel = compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True)
# A kernel that is pasted into its caller: for what has few callers this saves a sixth of the compile time.
inlined = compiled(inline="always")
# A kernel that LLVM pastes in: for what has so many arguments that a call would cost as much as the work.
pasted = compiled(no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)
# Called from Python. Unjitted, NumPy would warn where compiled code carries inf and NaN on in silence.
jit = np.errstate(all="ignore") if config.DISABLE_JIT else compiled(no_cfunc_wrapper=True)


def instead_of(twin):
    """A decorator for Numba's intrinsics: LLVM code where it is compiled, `twin`, plain NumPy, where it is not."""
    return lambda generator: twin if config.DISABLE_JIT else intrinsic(generator)


@instead_of(lambda a, b, c: a * b + c)
def fma(typing, a, b, c):  # pragma: no cover
    """a · b + c, rounded once where the processor can (FUSED), else twice. Ablation: fusing."""

    def generate(context, builder, signature, args):
        return multiplied_added(builder, *args)

    return a(a, a, a), generate


def multiplied_added(builder, a, b, c):  # pragma: no cover
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
        itemsize = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(a.dtype)))
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


@inlined
def flat(A):
    """All entries of A as one vector, a view. Inlined, as all that returns an array must be without counting."""
    return view(A, 0, (A.size,))


def by_precision(single, double):
    """One name for two kernels of a scalar: `single` for float32, `double` for float64."""

    def chosen(x):
        return single(x) if x.dtype == np.float32 else double(x)

    @overload(chosen)
    def _chosen(x):  # pragma: no cover
        pick = single if x == types.float32 else double
        return lambda x: pick(x)

    return chosen

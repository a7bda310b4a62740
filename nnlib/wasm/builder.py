"""nnlib's kernels made into a WebAssembly module, by LLVM and by hand.

Numba hands its LLVM code to LLVM's other back end, wasm32, and the object that comes out is made a module by hand: no
linker, no Emscripten. What carries this, and may move when Numba or LLVM does, is said where it stands, under
"Fragile"; `tests/test_wasm.py` and `tests/browser/test_wasm.py` hold it.

An error inside LLVM ends a process. So `build` compiles in one of its own, `nnlib.wasm.__main__`.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import inspect
import json
import os
import pickle
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, get_type_hints

import llvmlite.binding as llvm
from numba.core import sigutils, types

from .. import network, training
from ..architecture import Net
from ..engine import jit, random
from ..optimizers import Settings
from ..training import Data, Frozen, Memory, Plan, Work

# What wasm.js gives a module: JavaScript's mathematics under its names in C. Nothing else may be asked for. The first
# three are for the value of a loss alone, so that a browser's last digit in them never reaches θ; fmod is exact.
MATH = ("exp", "log", "log1p", "fmod")
LINKER = ("__linear_memory", "__stack_pointer", "__indirect_function_table")
TRIPLE = "wasm32-unknown-unknown"
# Every browser since 2023 has these; of the rest LLVM must make no use.
FEATURES = "+simd128,+bulk-memory,+nontrapping-fptoint,+sign-ext,-multivalue,-reference-types"
SECTION = "nnlib"  # the custom section that holds the manifest
NUMBERS = (types.float64, types.float32, types.int64, types.uint64, types.int32)

_f, _F, _i = "f8[::1]", "f8[:, ::1]", "i8[::1]"
_net, _work = Net(_i, _i, _i, _i), Work(_f, _f, _f, _f, _f, _i, "u8[::1]", _i, _f)
_settings = Settings(*("i8" if kind is int else "f8" for kind in get_type_hints(Settings).values()))
_plan = Plan("i8", "i8", _settings, "f8", "f8", "i8", "i8", "u8")
# What a page needs to draw a network's parameters, to train it, and to show what it does.
COURSE = {
    "run_epochs": (
        training.run_epochs,
        (_net, _f, Data(_F, _F, _f), _plan, Frozen("b1[::1]", _f), Memory(_f, _f, _f), _work, _f),
    ),
    "propagate": (network.propagate, (_net, _f, _F, _F, "i8", "f8", "f8", _f, _f, _f, _f)),
    "key": (random._key, ("u8", "u8")),
    "enter": (random.enter, ("u8[::1]", "u8", "i8")),
    "fill_uniform": (random.fill_uniform, ("u8[::1]", _f)),
    "fill_normal": (random.fill_normal, ("u8[::1]", _f)),
    "fill_permutation": (random.fill_permutation, ("u8[::1]", _i)),
}


class BuildError(RuntimeError):
    """The kernels did not become a module; the message says why."""


# ---- what the book calls ----


def build(kernels: dict[str, tuple]) -> bytes:
    """Compile kernels to one WebAssembly module.

    Parameters
    ----------
    kernels : dict of str to (function, signature)
        The name under which the page calls a kernel; the kernel, a function of an importable module, decorated with
        `engine.jit.jit`; and its signature, a tuple with an entry for each parameter: a type as Numba writes it ("f8",
        "i8", "f8[:, ::1]"; arrays must be C-contiguous), or, for a NamedTuple, one of its kind with types for values.
        `COURSE` holds those of the course.

    Returns
    -------
    bytes
        A module for `nnlib/lab/playground/wasm.js`. Its manifest is inside: see `manifest`. Built once: the next call
        with the same sources, settings, Numba and LLVM reads it from nnlib's cache.

    Raises
    ------
    BuildError
        If something does not compile, if the code needs a function that the page does not have (it is named), or if
        the compiler dies.
    """
    asked = {name: (f.__module__, f.__qualname__, signature) for name, (f, signature) in kernels.items()}
    request = pickle.dumps(asked, protocol=5)
    folder = jit.open_cache(jit.cache_roots(), jit.digest())
    kept = folder and folder / f"{_fingerprint(asked)}.wasm"
    if kept and kept.exists():
        return kept.read_bytes()
    # Fragile: optimized for this processor, Numba's code has calls in it that only this processor has; so it is
    # optimized once, for wasm32. Other settings (bounds checks, for one) would add calls of their own.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    environment |= {"NUMBA_OPT": "0", "NUMBA_CPU_NAME": "generic", "NUMBA_CPU_FEATURES": "", "NNLIB_LOOPS": "module"}
    environment["PYTHONPATH"] = os.pathsep.join(path or os.getcwd() for path in sys.path)
    done = subprocess.run([sys.executable, "-m", __package__], input=request, capture_output=True, env=environment)
    words = done.stderr.decode(errors="replace").strip()
    if done.returncode:
        how = "failed" if done.returncode == 1 else f"died (exit status {done.returncode})"
        raise BuildError(f"compiling {', '.join(kernels)} to WebAssembly {how}:\n{words[-3000:]}")
    if kept:
        begun = kept.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):  # only a cache; and Windows replaces no file that somebody is reading
            begun.write_bytes(done.stdout)
            begun.replace(kept)
    return done.stdout


def manifest(module: bytes) -> dict[str, Any]:
    """What a module offers and needs.

    Parameters
    ----------
    module : bytes
        From `build`.

    Returns
    -------
    dict
        "kernels": for each name its "arguments", in order, each with "name" and either "type" and "ndim" (0 for a
        number) or, for a NamedTuple, "fields", and what it "returns" (a type or None). "imports": what it asks of the
        page. "data": how many bytes of memory its constants fill, from address 0.
    """
    for kind, body in _sections(module):
        if kind == 0:
            name, at = _text(body, 0)
            if name == SECTION:
                return json.loads(body[at:])
    raise ValueError(f"module: needs one that build made, with a section {SECTION!r}")


def _fingerprint(asked):
    """Letters that change with what is asked for and with the sources it is in. (Those of nnlib name the folder.)"""
    told = hashlib.sha256(f"{json.dumps(asked)} {llvm.llvm_version_info} {sys.version_info[:2]}".encode())
    for module in sorted({module for module, _, _ in asked.values()}):
        path = getattr(sys.modules.get(module), "__file__", None)
        if path is None or module == "__main__":
            raise BuildError(f"a kernel of {module} cannot be compiled: it needs to live in a module with a file")
        told.update(Path(path).read_bytes())
    return told.hexdigest()[:16]


# ---- the format: numbers in groups of seven bits, texts with their length before them, sections likewise ----


def _number(code, at):
    """The unsigned number that starts at `at`, and where it ends."""
    value = shift = 0
    while True:
        byte, at = code[at], at + 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def _text(code, at):
    n, at = _number(code, at)
    return code[at : at + n].decode(), at + n


def _sections(code):
    """(kind, body) of each section."""
    at = 8
    while at < len(code):
        kind = code[at]
        n, at = _number(code, at + 1)
        yield kind, code[at : at + n]
        at += n


def _written(n):  # pragma: no cover (in the subprocess only, as all below)
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes([*out, n])


def _sized(body):  # pragma: no cover
    return _written(len(body)) + body


# ---- the subprocess ----


def _numba_type(entry):  # pragma: no cover
    """The Numba type of one entry of a signature."""
    if isinstance(entry, tuple):
        return types.NamedTuple([_numba_type(field) for field in entry], type(entry))
    return sigutils.normalize_signature(f"({entry},)")[0][0]


def _described(name, kind):  # pragma: no cover
    """An argument, as the manifest tells it.

    Fragile: a compiled function takes, after where to put its result and its exception, each argument taken apart. A
    tuple is its fields; an array is (meminfo, parent, items, bytes of an item, data, shape…, strides…).
    """
    if isinstance(kind, types.NamedTuple):
        fields = zip(kind.fields, kind.types, strict=True)
        return {"name": name, "fields": [_described(*field) for field in fields]}
    if isinstance(kind, types.Array) and kind.layout == "C" and kind.dtype in (*NUMBERS, types.boolean):
        return {"name": name, "type": str(kind.dtype), "ndim": kind.ndim}
    if kind in NUMBERS:
        return {"name": name, "type": str(kind), "ndim": 0}
    raise TypeError(f"{name}: a kernel for the page takes numbers and C-contiguous arrays of them, not {kind}")


def _lowered(name, function, signature):  # pragma: no cover
    """One kernel, with all it calls, as an LLVM module for wasm32, and its entry in the manifest."""
    args = tuple(_numba_type(entry) for entry in signature)
    names = list(inspect.signature(function.py_func).parameters)
    arguments = [_described(*pair) for pair in zip(names, args, strict=True)]
    function.compile(args)
    found = function.overloads[args]
    returned = found.signature.return_type
    if returned not in (*NUMBERS, types.none):
        raise TypeError(f"{name}: a kernel for the page returns a number or nothing, not {returned}")
    code = function.inspect_llvm(args)
    code = re.sub(r"^target (triple|datalayout) = .*\n", "", code, flags=re.M)
    code = re.sub(r'"(target-cpu|target-features|tune-cpu)"="[^"]*"', "", code)
    # Fragile: an exception is a pickled Python object and addresses of helpers that unpack it. The page has a status.
    payload = r"^(@\.const\.picklebuf\.\w+ = .*?\{ ptr, i32, ptr, ptr, i32 \}) \{.*\}$"
    module = llvm.parse_assembly(re.sub(payload, r"\1 zeroinitializer", code, flags=re.M))
    # Hide all but the kernel, so that what it does not use goes. Fragile: the name of its function.
    for value in (*module.functions, *module.global_variables):
        if not value.is_declaration:
            value.linkage = "internal"
    entry = module.get_function(found.fndesc.llvm_func_name)
    entry.name, entry.linkage = name, "external"
    return module, {"arguments": arguments, "returns": None if returned == types.none else str(returned)}


def _object(kernels):  # pragma: no cover
    """All kernels in one WebAssembly object, and the manifest's entries."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    machine = llvm.Target.from_triple(TRIPLE).create_target_machine(opt=3, features=FEATURES, reloc="static")
    whole, told = llvm.parse_assembly(""), {}
    whole.triple, whole.data_layout = TRIPLE, str(machine.target_data)
    for name, (module, qualname, signature) in kernels.items():
        print(name, file=sys.stderr, flush=True)  # the last words, should LLVM end this process
        function = importlib.import_module(module)
        for part in qualname.split("."):
            function = getattr(function, part)
        module, told[name] = _lowered(name, function, signature)
        module.triple, module.data_layout = whole.triple, whole.data_layout
        whole.link_in(module)
    whole.verify()
    for function in whole.functions:  # without it the module is two and a half times as long: unrolled loops
        if not function.is_declaration:
            function.add_function_attribute("optsize")
    passes = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=3))
    passes.getModulePassManager().run(whole, passes)
    return machine.emit_object(whole), told


def _functions(body):  # pragma: no cover
    """name → number, of the functions an object defines and shows, from its section "linking".

    Fragile: a format of LLVM's own, version 2 ("WebAssembly Object File Linking").
    """
    found = {}
    version, at = _number(body, _text(body, 0)[1])
    if version != 2:
        raise ValueError(f"LLVM wrote version {version} of its linking section; this reads version 2")
    while at < len(body):
        kind, (size, at) = body[at], _number(body, at + 1)
        end = at + size
        if kind == 8:  # the table of symbols
            count, at = _number(body, at)
            for _ in range(count):
                kind, (flags, at) = body[at], _number(body, at + 1)
                defined, local = not flags & 0x10, flags & 0x02
                if kind == 1:  # data: a name, and where it is
                    _, at = _text(body, at)
                    for _ in range(3 if defined else 0):
                        _, at = _number(body, at)
                else:  # a function, global or table has a number, and a name if it is ours; a section has no name
                    number, at = _number(body, at)
                    if kind != 3 and (defined or flags & 0x40):
                        name, at = _text(body, at)
                        if kind == 0 and defined and not local:
                            found[name] = number
        at = end
    return found


def _imports(body):  # pragma: no cover
    """The names an object asks for."""
    count, at = _number(body, 0)
    for _ in range(count):
        _, at = _text(body, at)
        name, at = _text(body, at)
        kind, at = body[at], at + 1
        if kind in (1, 3):  # a table's type, a global's type
            at += 1
        if kind in (1, 2):  # limits
            flags, at = _number(body, at)
            _, at = _number(body, at)
            at = _number(body, at)[1] if flags & 1 else at
        elif kind == 0:
            _, at = _number(body, at)
        else:
            at += 1 if kind == 3 else 0
        yield name


def _data_end(body):  # pragma: no cover
    """Where an object's constants end in memory."""
    end = 0
    count, at = _number(body, 0)
    for _ in range(count):
        if body[at : at + 2] != b"\0\x41":  # a segment at a fixed place: i32.const, end
            raise ValueError("LLVM wrote data without a fixed place")
        place, at = _number(body, at + 2)
        size, at = _number(body, at + 1)
        end, at = max(end, place + size), at + size
    return end


def module_of(kernels: dict[str, tuple]) -> bytes:  # pragma: no cover
    """A module: the object with its kernels exported, its own notes left out, and the manifest.

    An object of LLVM's is valid as it is, its addresses counted from 0; it only exports nothing.
    """
    code, told = _object(kernels)
    sections = list(_sections(code))
    functions, imports, data = {}, [], 0
    for kind, body in sections:
        if kind == 0 and _text(body, 0)[0] == "linking":
            functions = _functions(body)
        elif kind == 2:
            imports = list(_imports(body))
        elif kind == 11:
            data = _data_end(body)
    unknown = sorted({*imports} - {*MATH, *LINKER})
    if unknown:
        raise ValueError(f"the page has no {', '.join(unknown)}; a kernel may use {', '.join(MATH)}")
    if functions.keys() != kernels.keys():
        raise ValueError(f"asked for {sorted(kernels)}, LLVM gave {sorted(functions)}")
    told = {"kernels": told, "imports": sorted(imports), "data": data}
    exports = b"".join(_sized(name.encode()) + b"\0" + _written(n) for name, n in functions.items())
    sections = [section for section in sections if section[0]]
    at = sum(kind <= 7 or kind == 13 for kind, _ in sections)  # exports, 7, come after globals and before code
    sections.insert(at, (7, _written(len(functions)) + exports))
    sections.append((0, _sized(SECTION.encode()) + json.dumps(told, ensure_ascii=False).encode()))
    return code[:8] + b"".join(bytes([kind]) + _sized(body) for kind, body in sections)

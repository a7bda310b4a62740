"""Matrix products for compiled code, summed in one written order.

Every entry of a product A X is summed over k = 0, 1, 2, …, one fused multiply-add a term, and nothing else: no width of
a vector, no blocking and no processor changes a bit of it. What a processor decides is only how many of these sums run
side by side. They stay in registers: some rows at a time, and of each row a strip of columns, one to four lanes wide (a
lane is 32 bytes). So the same training run ends at the same θ on every machine that has fused multiply-adds, and at the
size of this book it is faster than BLAS, which chooses its kernels, and with them its order, by the processor.

Large layers go to BLAS all the same (`gemm`): see `is_ordered`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model
from numba.np import arrayobj

from .jit import LOOPS, PART, PARTS, flat, fma, inlined, instead_of, kernel, multiplied_added, pasted, view

LARGEST = 2**17  # entries of W: up to here a product keeps its order. Ablation: ordered
WIDEST = 512  # columns of W, likewise: as many rows of Wᵀ as find room on the stack
NEAR = 2**14  # bytes of a transposed matrix, as many as stay in the nearest cache beside the rest
BLOCK = 256  # samples that are summed before their sum is added to what is there
GROUP = 2**14  # samples of float32 whose sum is kept apart: a sum of a million equal terms would lose three digits
SMALL = 256  # multiplications; up to here plain loops win over the start of the lanes. Ablation: small
if LOOPS:  # pragma: no cover (set in nnlib.wasm's subprocess only)
    # No product is larger than the largest integer. LLVM sees that, and drops gemm and all vectors from the code.
    SMALL = LARGEST = WIDEST = np.iinfo(np.int64).max
# Rows at a time, and the widest strip of columns, in lanes: as many sums as stay in registers beside a row of it.
# With AVX-512 there are 32 registers of two lanes, with AVX2 16 of one, on arm64 32 of a half. Ablation: rows.
ROWS, WIDE = {1: (8, 4), 2: (6, 2), 4: (6, 2)}.get(PARTS, (2, 2))
ALONE = 4  # lanes, of a row by itself: as few as keep a processor busy while each sum waits for the one before it
TURNED = ALONE * WIDEST if not LOOPS else 1  # lanes on the stack, for a strip of Wᵀ
# NumPy's numbers, because Numba compiles a function anew for every literal of Python's.
ZERO, ONE = np.int64(0), np.int64(1)

# ---- BLAS, for large layers ----

# Characters, as BLAS wants them.
N, T = np.int8(ord("n")), np.int8(ord("t"))
_FLOAT, _DOUBLE = np.int8(ord("s")), np.int8(ord("d"))
_char, _size, _pointer = types.int8, types.intp, types.voidptr
_xxgemm = types.ExternalFunction(
    "numba_xxgemm",
    types.intc(
        *(_char, _char, _char, _size, _size, _size),
        *(_pointer, _pointer, _size, _pointer, _size, _pointer, _pointer, _size),
    ),
)


def gemm(tx: bool, ty: bool, alpha: float, X: np.ndarray, Y: np.ndarray, k: int, beta: float, C: np.ndarray) -> None:
    """C ← alpha op(X) op(Y) + beta C, where op transposes if its flag is T and k is the inner size.

    beta = 0 writes C without reading it, so that C may hold anything before, NaN included.
    """
    f = C.dtype.type
    product = f(alpha) * ((X.T if tx == T else X) @ (Y.T if ty == T else Y))
    C[...] = product if beta == 0 else product + f(beta) * C


@intrinsic
def _address(typing, x):  # pragma: no cover
    def generate(context, builder, signature, args):
        return builder.bitcast(cgutils.alloca_once_value(builder, args[0]), context.get_value_type(_pointer))

    return _pointer(x), generate


@overload(gemm, jit_options=PART)
def _gemm(tx, ty, alpha, X, Y, k, beta, C):  # pragma: no cover
    kind = _FLOAT if C.dtype == types.float32 else _DOUBLE

    def call(tx, ty, alpha, X, Y, k, beta, C):  # BLAS counts by columns, so it is asked for C' = op(Y)' op(X)'
        m, n = C.shape
        f = C.dtype.type
        _xxgemm(
            *(kind, ty, tx, n, m, k, _address(f(alpha)), Y.ctypes, Y.shape[1]),
            *(X.ctypes, X.shape[1], _address(f(beta)), C.ctypes, n),
        )

    return call


# ---- lanes: 32 bytes of numbers side by side ----


class Lanes(types.Type):
    """`rows` rows of `lanes` · 32 bytes of numbers, in registers. LLVM cuts or joins them to what there is."""

    def __init__(self, dtype: Any, rows: int, lanes: int) -> None:  # pragma: no cover
        self.dtype, self.rows, self.count = dtype, rows, lanes * 256 // dtype.bitwidth
        super().__init__(f"Lanes({dtype}, {rows}, {lanes})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, lanes):  # pragma: no cover
        row = ir.VectorType(manager.lookup(lanes.dtype).get_value_type(), lanes.count)
        super().__init__(manager, lanes, ir.ArrayType(row, lanes.rows))


def _spots(context, builder, signature, args, rows):  # pragma: no cover
    """The addresses of a[i], a[i + n], … for a signature that begins with a, i, n."""
    a = arrayobj.make_array(signature.args[0])(context, builder, args[0])
    for r in range(rows):
        yield builder.gep(a.data, [builder.add(args[1], builder.mul(args[2], args[2].type(r)))])


def _all_lanes(builder, x, count):  # pragma: no cover
    one = builder.insert_element(ir.Constant(ir.VectorType(x.type, count), ir.Undefined), x, ir.IntType(32)(0))
    return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(ir.IntType(32), count), None))


def _loaded(builder, place, kind, align):  # pragma: no cover
    return builder.load(builder.bitcast(place, kind.as_pointer()), align=align)


@intrinsic
def load(typing, a, i, n, rows, lanes):  # pragma: no cover
    """A lane, or `lanes` of them, from each of a[i], a[i + n], … of a flat array."""
    if not (isinstance(rows, types.IntegerLiteral) and isinstance(lanes, types.IntegerLiteral)):
        return None  # Numba asks again, with the numbers
    result = Lanes(a.dtype, rows.literal_value, lanes.literal_value)

    def generate(context, builder, signature, args):
        kind = context.get_value_type(result)
        found = ir.Constant(kind, ir.Undefined)
        for r, place in enumerate(_spots(context, builder, signature, args, result.rows)):
            found = builder.insert_value(found, _loaded(builder, place, kind.element, a.dtype.bitwidth // 8), r)
        return found

    return result(a, types.intp, types.intp, rows, lanes), generate


@intrinsic
def store(typing, a, i, n, s):  # pragma: no cover
    """The reverse of load."""

    def generate(context, builder, signature, args):
        for r, place in enumerate(_spots(context, builder, signature, args, s.rows)):
            row = builder.extract_value(args[3], r)
            builder.store(row, builder.bitcast(place, row.type.as_pointer()), align=a.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(a, types.intp, types.intp, s), generate


@intrinsic
def times_plus(typing, a, i, n, x, s):  # pragma: no cover
    """Row by row, a[i + r n] x + s_r, for one row x."""

    def generate(context, builder, signature, args):
        row, found = builder.extract_value(args[3], 0), args[4]
        for r, place in enumerate(_spots(context, builder, signature, args, s.rows)):
            number = _all_lanes(builder, builder.load(place), s.count)
            sum = multiplied_added(builder, number, row, builder.extract_value(found, r))
            found = builder.insert_value(found, sum, r)
        return found

    return s(a, types.intp, types.intp, x, s), generate


@intrinsic
def load_first(typing, a, i, width, rows, lanes):  # pragma: no cover
    """The same lanes in each row: a[i], … a[i + width - 1], and 0 to the right of these, where nothing is read."""
    if not (isinstance(rows, types.IntegerLiteral) and isinstance(lanes, types.IntegerLiteral)):
        return None
    result = Lanes(a.dtype, rows.literal_value, lanes.literal_value)

    def generate(context, builder, signature, args):
        row = context.get_value_type(result).element
        place = builder.gep(arrayobj.make_array(a)(context, builder, args[0]).data, [args[1]])
        one = _masked_load(builder, place, row, _columns(builder, "<", args[2], row))
        found = ir.Constant(context.get_value_type(result), ir.Undefined)
        for r in range(result.rows):
            found = builder.insert_value(found, one, r)
        return found

    return result(a, types.intp, types.intp, rows, lanes), generate


def _columns(builder, how, width, row):  # pragma: no cover
    """A mask over the columns of a row: those that are < width, or >=. Integers of the row's own length fit best."""
    kind = ir.IntType(32 if isinstance(row.element, ir.FloatType) else 64)
    columns = ir.Constant(ir.VectorType(kind, row.count), list(range(row.count)))
    return builder.icmp_signed(how, columns, _all_lanes(builder, builder.trunc(width, kind), row.count))


def _masked(builder, do, result, row, args):  # pragma: no cover
    bits = 32 if isinstance(row.element, ir.FloatType) else 64
    kind = ir.FunctionType(result, [a.type for a in args])
    name = f"llvm.masked.{do}.v{row.count}f{bits}.p0"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), args)


def _masked_load(builder, place, row, mask):  # pragma: no cover
    align = ir.IntType(32)(4 if isinstance(row.element, ir.FloatType) else 8)
    place = builder.bitcast(place, row.as_pointer())
    return _masked(builder, "load", row, row, [place, align, mask, ir.Constant(row, None)])


@intrinsic
def sum_up(typing, A, at, down, along, X, x, step, whole, K, width, s):  # pragma: no cover
    """Row by row, s_r + Σ_k A[at + r down + k along] X[x + k step …], over k = 0 … K - 1.

    From k = `whole` on, only `width` numbers of X are read. Not unrolled: LLVM would make it four times as long, no
    faster, and would need half a second for it, in each of the kernels that it ends up in.
    """

    def generate(context, builder, signature, args):
        first, down, along, x, step = args[1], args[2], args[3], args[5], args[6]
        data_A, data_X = (arrayobj.make_array(signature.args[i])(context, builder, args[i]).data for i in (0, 4))
        kind = context.get_value_type(s).element
        mask = _columns(builder, "<", args[9], kind)
        rows = [builder.extract_value(args[10], r) for r in range(s.rows)]

        def loop(start, end, rows, load_row):
            before = builder.block
            body, after = builder.append_basic_block("terms"), builder.append_basic_block("summed")
            builder.cbranch(builder.icmp_signed("<", start, end), body, after)
            builder.position_at_end(body)
            k, *sums = (builder.phi(value.type) for value in (start, *rows))
            row = load_row(builder.gep(data_X, [builder.add(x, builder.mul(k, step))]))
            at, new = builder.add(first, builder.mul(k, along)), []
            for r, sum in enumerate(sums):
                place = builder.gep(data_A, [builder.add(at, builder.mul(down, down.type(r)))])
                number = _all_lanes(builder, builder.load(place), s.count)
                new.append(multiplied_added(builder, number, row, sum))
            following = builder.add(k, k.type(1))
            again = builder.cbranch(builder.icmp_signed("<", following, end), body, after)
            again.set_metadata("llvm.loop", _not_unrolled(builder.module))
            for phi, begun, went_on in zip((k, *sums), (start, *rows), (following, *new), strict=True):
                phi.add_incoming(begun, before)
                phi.add_incoming(went_on, builder.block)
            last = builder.block
            builder.position_at_end(after)
            found = [builder.phi(kind) for _ in rows]
            for phi, begun, went_on in zip(found, rows, new, strict=True):
                phi.add_incoming(begun, before)
                phi.add_incoming(went_on, last)
            return found

        align = A.dtype.bitwidth // 8
        rows = loop(args[7].type(0), args[7], rows, lambda place: _loaded(builder, place, kind, align))
        rows = loop(args[7], args[8], rows, lambda place: _masked_load(builder, place, kind, mask))
        found = ir.Constant(context.get_value_type(s), ir.Undefined)
        for r, row in enumerate(rows):
            found = builder.insert_value(found, row, r)
        return found

    where = (types.intp,) * 3
    return s(A, *where, X, *where, types.intp, types.intp, s), generate


def _not_unrolled(module):  # pragma: no cover
    """What LLVM wants to read at a loop's end to leave it as it is: a node that begins with itself."""
    node = module.add_metadata([module.add_metadata(["llvm.loop.unroll.disable"])])
    if node.operands[0] is not node:
        node.operands = (node, *node.operands)
    return node


@intrinsic
def put(typing, a, i, n, s, skip, width, done, scale, add):  # pragma: no cover
    """Row by row, from the row `done` on, a ← s, or a + scale s if `add`, in columns skip … width - 1, and in no other.

    All is loaded before anything is stored: rows lie closer than a register is wide, and a load that overlaps a store
    of a moment ago waits for it.
    """

    def generate(context, builder, signature, args):
        row, align = context.get_value_type(s).element, ir.IntType(32)(a.dtype.bitwidth // 8)
        ours = builder.and_(_columns(builder, ">=", args[4], row), _columns(builder, "<", args[5], row))
        scale = _all_lanes(builder, args[7], s.count)
        none, todo = ir.Constant(ours.type, None), []
        for r, place in enumerate(_spots(context, builder, signature, args, s.rows)):
            mask = builder.select(builder.icmp_signed("<=", args[6], args[6].type(r)), ours, none)
            new = builder.extract_value(args[3], r)
            old = _masked_load(builder, place, row, builder.select(args[8], mask, none))
            new = builder.select(args[8], multiplied_added(builder, scale, new, old), new)
            todo.append([new, builder.bitcast(place, row.as_pointer()), align, mask])
        for given in todo:
            _masked(builder, "store", ir.VoidType(), row, given)
        return context.get_dummy_value()

    integers = (types.intp, types.intp)
    return types.void(a, *integers, s, types.intp, *integers, a.dtype, types.boolean), generate


def _added(typing, a, i, n, s, scale, *skip):  # pragma: no cover
    def generate(context, builder, signature, args):
        kind, align = context.get_value_type(s).element, a.dtype.bitwidth // 8
        scale = _all_lanes(builder, args[4], s.count)
        if skip:  # scale · naught is -0, and x + (-0) is x, whatever x is, -0 included
            ours, zero = _columns(builder, ">=", args[5], kind), ir.Constant(kind, None)
            naught = builder.select(builder.fcmp_ordered("<", scale, zero), zero, builder.fneg(zero))
        for r, place in enumerate(_spots(context, builder, signature, args, s.rows)):
            old, new = _loaded(builder, place, kind, align), builder.extract_value(args[3], r)
            new = multiplied_added(builder, scale, builder.select(ours, new, naught) if skip else new, old)
            builder.store(new, builder.bitcast(place, kind.as_pointer()), align=align)
        return context.get_dummy_value()

    return types.void(a, types.intp, types.intp, s, a.dtype, *skip), generate


@intrinsic
def add_to(typing, a, i, n, s, scale):  # pragma: no cover
    """Row by row, a ← a + scale s."""
    return _added(typing, a, i, n, s, scale)


@intrinsic
def add_some_to(typing, a, i, n, s, scale, skip):  # pragma: no cover
    """The same, but for the first `skip` columns, which stay as they are."""
    return _added(typing, a, i, n, s, scale, types.intp)


@intrinsic
def zeros(typing, a, rows, lanes):  # pragma: no cover
    """Lanes of 0, of a's kind."""
    if not (isinstance(rows, types.IntegerLiteral) and isinstance(lanes, types.IntegerLiteral)):
        return None
    result = Lanes(a.dtype, rows.literal_value, lanes.literal_value)
    return result(a, rows, lanes), lambda context, builder, signature, args: ir.Constant(
        context.get_value_type(result), None
    )


@instead_of(lambda a, lanes: np.empty(lanes * 32 // a.itemsize, a.dtype))
def scratch(typing, a, lanes):  # pragma: no cover
    """`lanes` lanes of a's numbers on the stack: room that needs no allocation and does not outlive its kernel."""
    if not isinstance(lanes, types.IntegerLiteral):
        return None
    result = types.Array(a.dtype, 1, "C")

    def generate(context, builder, signature, args):
        kind = context.get_data_type(a.dtype)
        target = arrayobj.make_array(result)(context, builder)
        size = 256 * lanes.literal_value // a.dtype.bitwidth
        data = cgutils.alloca_once(builder, kind, size)
        data.align = 64  # a line of the cache: a register that lies across two is read twice
        itemsize = context.get_constant(types.intp, a.dtype.bitwidth // 8)
        place = {"shape": [context.get_constant(types.intp, size)], "strides": [itemsize], "itemsize": itemsize}
        arrayobj.populate_array(target, data=data, meminfo=None, **place)
        return target._getvalue()

    return result(a, lanes), generate


@intrinsic
def turn(typing, W, i, j, V, w, k):  # pragma: no cover
    """V[w (j + k') …] = the 8 × 8 block of W at (i, j), transposed, at column k of rows of w numbers.

    Within eight registers: swap halves, quarters, neighbors.
    """

    def generate(context, builder, signature, args):
        eight, align = ir.VectorType(context.get_data_type(W.dtype), 8), W.dtype.bitwidth // 8
        source = arrayobj.make_array(W)(context, builder, args[0])
        n = builder.extract_value(source.shape, 1)
        start = builder.add(builder.mul(args[1], n), args[2])
        r = [
            _loaded(builder, builder.gep(source.data, [builder.add(start, builder.mul(n, n.type(q)))]), eight, align)
            for q in range(8)
        ]
        for s in (4, 2, 1):
            low = [q if not q & s else 8 + q - s for q in range(8)]
            high = [q + s if not q & s else 8 + q for q in range(8)]
            for q in range(8):
                if not q & s:
                    pair = r[q], r[q + s]
                    r[q], r[q + s] = (
                        builder.shuffle_vector(*pair, ir.Constant(ir.VectorType(ir.IntType(32), 8), chosen))
                        for chosen in (low, high)
                    )
        target = arrayobj.make_array(V)(context, builder, args[3])
        for q, row in enumerate(r):
            at = builder.add(builder.mul(builder.add(args[2], n.type(q)), args[4]), args[5])
            builder.store(row, builder.bitcast(builder.gep(target.data, [at]), eight.as_pointer()), align=align)
        return context.get_dummy_value()

    return types.void(W, types.intp, types.intp, V, types.intp, types.intp), generate


@inlined
def lane(a):  # pragma: no cover
    """How many numbers of a's kind fit in 32 bytes."""
    return 32 // a.itemsize


def strip_of(rows: int, lanes: int) -> Callable[..., Any]:
    """A kernel for a strip of C, `lanes` lanes wide, and `rows` rows at a time."""

    @pasted
    def strip(i, end, A, down, along, X, x, step, whole, K, b, scale, add, C, j, skip):  # pragma: no cover
        """Rows i to end of C's columns j, j + 1, … ← b + A X, or, if `add`, C + scale A X but for `skip` columns.

        A[i, k] is A.ravel()[i down + k along]; row k of X begins at X[x + k step]. If C is less than a strip wide, X
        and C are read and written beyond their right: there are the next rows, in C those still to come. From its row
        `whole` on, X may end there.
        """
        m, n = C.shape
        w = lanes * lane(C)
        width = min(w, n)
        while i < end:
            done = max(i - (m - rows), 0)  # too few rows are left: some are summed again
            i -= done
            at, c = i * down, i * n + j
            s = load_first(b, j, width, rows, lanes) if b.size else zeros(C, rows, lanes)
            s = sum_up(A, at, down, along, X, x, step, whole, K, width, s)
            if add and w <= n and skip == 0 and done == 0:
                add_to(C, c, n, s, scale)
            elif add and w <= n and done == 0:
                add_some_to(C, c, n, s, scale, skip)
            elif not add and c + (rows - 1) * n + w <= C.size:
                store(C, c, n, s)
            else:
                put(C, c, n, s, skip, width, done, scale, add)
            i += rows

    return strip


_of_4, _of_2, _of_1 = strip_of(ROWS, 4), strip_of(ROWS, 2), strip_of(ROWS, 1)
_row = strip_of(1, ALONE)


@pasted
def turn_strip(W, j, width, w, V):  # pragma: no cover
    """V, rows of w numbers, ← the transpose of rows j … j + width - 1 of W, 0 to the right of it. Ablation: turn."""
    n = W.shape[1]
    if width >= 8 and n >= 8:
        for k in range(0, n, 8):
            for i in range(0, width, 8):
                turn(W, j + min(i, width - 8), min(k, n - 8), V, w, min(i, width - 8))  # the last go over some again
    else:
        for k in range(n):
            for i in range(width):
                V[k * w + i] = W[j + i, k]
    for k in range(n if width < w else 0):
        for i in range(width, w):
            V[k * w + i] = 0


def outer_of(lanes: int) -> Callable[..., Any]:
    """A kernel for C ← C + scale hᵀ δ of one sample, with a C at least `lanes` lanes wide.

    It goes row by row, so that C is walked through once. The last lanes of a row overlap those before them: both are
    loaded before either is stored.
    """

    @kernel
    def add_outer(scale, h, δ, C):  # pragma: no cover
        n, w = C.shape[1], lanes * lane(C)
        last, end = (n // w - 1) * w, n - w
        factor, none = scratch(C, 1), zeros(C, 1, lanes)
        factor[0] = scale
        x, y = load(δ, last, 0, 1, lanes), load(δ, end, 0, 1, lanes)
        for k in range(C.shape[0]):
            c = k * n
            for j in range(0, last, w):
                s = times_plus(h, k, ZERO, load(δ, j, 0, 1, lanes), none)
                store(C, c + j, 0, times_plus(factor, 0, 0, s, load(C, c + j, 0, 1, lanes)))
            u, v = times_plus(h, k, ZERO, x, none), times_plus(h, k, ZERO, y, none)
            u = times_plus(factor, 0, 0, u, load(C, c + last, 0, 1, lanes))
            v = times_plus(factor, 0, 0, v, load(C, c + end, 0, 1, lanes))
            store(C, c + last, 0, u)
            store(C, c + end, 0, v)

    return add_outer


_outer_of_2, _outer_of_1 = outer_of(2), outer_of(1)


def _sums(tx, ty, A, X, b, scale, add, C):  # pragma: no cover
    """`ordered`, one strip of columns after the other, first in blocks of rows, then what is left row by row."""
    turned, K, down, along = ty == T, A.shape[1], A.shape[1], ONE
    if tx == T:
        K, down, along = A.shape[0], ONE, A.shape[1]
    if add and K == 1 and tx == T and C.shape[1] >= lane(C):  # ablation: outer
        if C.shape[1] >= 2 * lane(C):
            _outer_of_2(scale, A, X, C)
        else:
            _outer_of_1(scale, A, X, C)
        return
    V = scratch(C, TURNED)
    m, n = C.shape
    left = m % ROWS
    blocks = m - left if left <= 2 or m < ROWS else m  # more than two rows left are a block that goes back a little
    for single in range(blocks == 0, 1 + (blocks < m)):
        i, end = (blocks, m) if single else (0, blocks)
        most = ALONE if single else WIDE
        if add and not single:  # no strip is wider than C, so that each stays within its rows
            most = min(most, 4 if n >= 4 * lane(C) else (2 if n >= 2 * lane(C) else 1))
        # Of a transposed A, so many rows at a time that they stay near while all strips pass by. (A gradient of
        # 784 × 128 in float64, 64 samples, with AVX2: 1.40 times as long as by BLAS without this, 1.10 with it.)
        near = max(NEAR // (K * C.itemsize) // ROWS, 1) * ROWS if tx == T else end - i
        while i < end:
            right = n
            while right > 0:
                width = (right - 1) % (most * lane(C)) + 1
                lanes = most if single or width > 2 * lane(C) else min(most, 2 if width > lane(C) else 1)
                w = lanes * lane(C)
                j = max(min(right - width, n - w), 0)  # a strip that is wider than what is left goes back a little, too
                Y, y, step, whole = flat(X), j, n, K
                if turned:
                    turn_strip(X, j, min(w, n), w, V)
                    Y, y, step = V, 0, w
                elif n < w:
                    whole = max(0, min(K, (K * n - w) // n + 1))
                skip = right - width - j
                if single:
                    _row(i, min(i + near, end), A, down, along, Y, y, step, whole, K, b, scale, add, C, j, skip)
                elif lanes == 4 and WIDE == 4:
                    _of_4(i, min(i + near, end), A, down, along, Y, y, step, whole, K, b, scale, add, C, j, skip)
                elif lanes == 2:
                    _of_2(i, min(i + near, end), A, down, along, Y, y, step, whole, K, b, scale, add, C, j, skip)
                else:
                    _of_1(i, min(i + near, end), A, down, along, Y, y, step, whole, K, b, scale, add, C, j, skip)
                right -= width
            i += near


# ---- in one written order: plain, and compiled ----


def ordered(
    tx: bool, ty: bool, A: np.ndarray, X: np.ndarray, b: np.ndarray, scale: float, add: bool, C: np.ndarray
) -> None:
    """C ← b + op(A) op(X) in each row, or C + scale op(A) op(X) if `add`: each entry one sum over k, in order, from b.

    `op` transposes if its flag is T; b is a vector, or empty for 0. Compiled, every term is one fused multiply-add.
    """
    A, X = A.T if tx == T else A, X.T if ty == T else X
    s = np.zeros_like(C) + (b if b.size else C.dtype.type(0))
    for k in range(len(X)):
        s = fma(A[:, k, None], X[k], s)
    C[...] = fma(scale, s, C) if add else s


@overload(ordered, jit_options={**PART, "forceinline": True})
def _ordered(tx, ty, A, X, b, scale, add, C):  # pragma: no cover
    return _sums


# ---- what network.py calls ----


@inlined
def is_ordered(W):
    """Whether products with this W, or with a gradient like it, keep their order on every machine.

    Up to LARGEST entries and WIDEST columns. Above, BLAS has room to be faster and is used.
    """
    return W.size <= LARGEST and W.shape[1] <= WIDEST


@kernel
def multiply(tx, ty, X, Y, b, scale, keep, C):
    """C ← b + op(X) op(Y) in each row if keep is 0, C + scale op(X) op(Y) if it is 1; `op` transposes if its flag is T.

    Which way is taken depends on the sizes alone, and the first two lead to the same bits.
    """
    m, n = C.shape
    K = X.shape[0] if tx == T else X.shape[1]
    if C.size * K <= SMALL:
        for i in range(m):
            for j in range(n):
                s = b[j] if b.size else C.dtype.type(0)
                if tx == T:
                    for k in range(K):
                        s = fma(X[k, i], Y[k, j], s)
                elif ty == T:
                    for k in range(K):
                        s = fma(X[i, k], Y[j, k], s)
                else:
                    for k in range(K):
                        s = fma(X[i, k], Y[k, j], s)
                C[i, j] = s if keep == 0 else fma(scale, s, C[i, j])
    elif is_ordered(C) if tx == T else is_ordered(Y):
        ordered(tx, ty, X, Y, b, scale, keep != 0, C)
    else:
        if b.size:
            repeat(b, flat(C))
        gemm(tx, ty, scale, X, Y, K, 1.0 if b.size else keep, C)


@kernel
def repeat(b, z):
    """z = b, b, b … by doubling what is there: a few long copies instead of many short ones."""
    for j in range(b.size):
        z[j] = b[j]
    done = b.size
    while done < z.size:
        new = view(z, done, (min(done, z.size - done),))
        for i in range(new.size):
            new[i] = z[i]
        done += done


@inlined
def times_W(H, W, b, Z):
    """Z = H W + b: each row of Z starts from b, and the product is added to it."""
    multiply(N, N, H, W, b, Z.dtype.type(1), 0.0, Z)


@inlined
def times_W_transposed(δ, W, dH):
    """dH = δ Wᵀ."""
    multiply(N, T, δ, W, view(flat(W), 0, (0,)), δ.dtype.type(1), 0.0, dH)


@inlined
def add_transposed_times(scale, H, δ, keep, dW, spare):
    """dW = keep dW + scale Hᵀ δ; keep is 0, and then scale 1 and what dW held, NaN included, not read, or keep is 1.

    The sum over the samples comes first and is added once, so that no step is lost, sample by sample, in rounding.
    After BLOCK samples a new sum begins, and in float32 another after GROUP, if `spare`, any memory that nobody needs,
    has room for it: one after the other, a million terms would keep three digits.
    """
    if not add_groups(scale, H, δ, keep, dW, spare):
        add_blocks(scale, H, δ, keep, dW)


@kernel
def _add_groups(scale, H, δ, keep, dW, spare):
    m, n, k = δ.shape[0], H.shape[1], δ.shape[1]
    if m <= GROUP or dW.size > spare.size:
        return False
    c, out, sums = δ.dtype.type(scale), flat(dW), flat(spare)
    for done in range(0, m, GROUP):
        end = min(done + GROUP, m)
        for i in range(done, end, BLOCK):
            rows = min(BLOCK, end - i)
            H_i, δ_i, b = view(H, i * n, (rows, n)), view(δ, i * k, (rows, k)), view(spare, 0, (0,))
            multiply(T, N, H_i, δ_i, b, δ.dtype.type(1), 0.0 if i == done else 1.0, view(spare, 0, (n, k)))
        for i in range(out.size):
            out[i] = fma(c, sums[i], out[i]) if keep != 0 or done > 0 else c * sums[i]
    return True


def add_groups(scale: float, H: np.ndarray, δ: np.ndarray, keep: float, dW: np.ndarray, spare: np.ndarray) -> bool:
    """Whether it was done in groups: in float32, for many samples. A million terms of float64 keep ten digits."""
    return δ.itemsize == 4 and _add_groups(scale, H, δ, keep, dW, spare)


@overload(add_groups, jit_options=PART)
def _choose_groups(scale, H, δ, keep, dW, spare):  # pragma: no cover - so float64 compiles nothing for it
    if δ.dtype == types.float32:
        return lambda scale, H, δ, keep, dW, spare: _add_groups(scale, H, δ, keep, dW, spare)
    return lambda scale, H, δ, keep, dW, spare: False


@inlined
def add_blocks(scale, H, δ, keep, dW):
    m, n, c = δ.shape[0], δ.shape[1], δ.dtype.type(scale)
    done, together = 0, BLOCK if is_ordered(dW) else m
    while done < m:  # (a range with this step would divide, which takes longer than the smallest products)
        rows = min(together, m - done)
        H_i, δ_i = view(H, done * H.shape[1], (rows, H.shape[1])), view(δ, done * n, (rows, n))
        multiply(T, N, H_i, δ_i, view(flat(δ), 0, (0,)), c, keep if done == 0 else 1.0, dW)
        done += rows


@kernel
def add_column_sums(scale, δ, keep, db):
    """db = keep db + scale 1ᵀ δ, in the same way: each column summed in the order of the samples, BLOCK at a time."""
    m, n = δ.shape
    c = δ.dtype.type(scale)
    if m == 1:
        for j in range(n):
            db[j] = c * δ[0, j] if keep == 0 else fma(c, δ[0, j], db[j])
        return
    s, total = scratch(db, 32), scratch(db, 32)
    group = GROUP if δ.itemsize == 4 and m > GROUP else BLOCK
    for j in range(0, n, s.size):
        width = min(s.size, n - j)
        out = view(db, j, (width,))
        for i in range(0, m, BLOCK):
            for a in range(width):
                s[a] = 0
            for k in range(i, min(i + BLOCK, m)):
                row = view(δ, k * n + j, (width,))
                for a in range(width):
                    s[a] += row[a]
            if group > BLOCK:
                for a in range(width):
                    total[a] = s[a] + (total[a] if i % GROUP > 0 else s.dtype.type(0))
            if group == BLOCK or (i + BLOCK) % GROUP == 0 or i + BLOCK >= m:
                for a in range(width):
                    sum = s[a] if group == BLOCK else total[a]
                    out[a] = fma(c, sum, out[a]) if keep != 0 or i >= group else c * sum

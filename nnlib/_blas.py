"""Matrix products for compiled code.

`gemm` is BLAS with everything BLAS offers (transposes, alpha, beta, so that a sum can start from what is
there), beside the same thing in plain NumPy. It is what a product should be left to, with three exceptions, for
which BLAS was not written: a product so small that the call costs more than the sum (SMALL), a small W that is
needed transposed (`transpose`), and a few samples against a tall, narrow W (`add_narrow`). What each of them
saves is measured by the ablation named beside it; the page "How fast, and why" has the numbers.
"""

import numpy as np
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_model
from numba.np import arrayobj

from ._jit import LOOPS, flat, inlined, instead_of, kernel, view

SMALL = 256  # multiplications; up to here loops win over the call. Ablation: small
SCRATCH = 4096  # numbers on the stack: the largest W that is transposed there
NARROW = 16  # samples; above, BLAS has rows enough to be at its best. Ablation: narrow
if LOOPS:  # pragma: no cover (set in nnlib.wasm's subprocess only)
    # No product is larger than the largest integer. LLVM sees that, and drops gemm and all vectors from the code.
    SMALL = np.iinfo(np.int64).max
# Its rows at a time. 128 bytes of each stay in registers: four rows are 8 of the 32 that AVX-512 has, two rows 8 of the
# 16, half as long, of its elders; with four these overflow. Ablation: rows.
ROWS = 4 if get_host_cpu_features().get("avx512f") else 2
ONE = np.int64(1)
# Characters, as BLAS wants them. NumPy integers, because Numba compiles a function anew for every literal.
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


def gemm(tx, ty, alpha, X, Y, k, beta, C):
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


@overload(gemm)
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


def _scratch(a):
    return np.empty(SCRATCH, a.dtype)


@instead_of(_scratch)
def scratch(typing, a):  # pragma: no cover
    """SCRATCH numbers of a's kind on the stack: room that needs no allocation and does not outlive its kernel."""
    result = types.Array(a.dtype, 1, "C")

    def generate(context, builder, signature, args):
        kind = context.get_data_type(a.dtype)
        target = arrayobj.make_array(result)(context, builder)
        data = cgutils.alloca_once(builder, kind, SCRATCH)
        itemsize = context.get_constant(types.intp, context.get_abi_sizeof(kind))
        size = context.get_constant(types.intp, SCRATCH)
        place = {"shape": [size], "strides": [itemsize], "itemsize": itemsize, "meminfo": None}
        arrayobj.populate_array(target, data=data, **place)
        return target._getvalue()

    return result(a), generate


def _turn(W, i, j, V):
    V[j : j + 8, i : i + 8] = W[i : i + 8, j : j + 8].T


@instead_of(_turn)
def turn(typing, W, i, j, V):  # pragma: no cover
    """V[j : j+8, i : i+8] = W[i : i+8, j : j+8]ᵀ, within eight registers: swap halves, quarters, neighbors."""

    def generate(context, builder, signature, args):
        eight = ir.VectorType(context.get_data_type(W.dtype), 8)

        def rows(matrix, value, i, j):
            a = arrayobj.make_array(matrix)(context, builder, value)
            n = builder.extract_value(a.shape, 1)
            for k in range(8):
                row = builder.mul(builder.add(i, i.type(k)), n)
                yield builder.bitcast(builder.gep(a.data, [builder.add(row, j)]), eight.as_pointer())

        r = [builder.load(place, align=W.dtype.bitwidth // 8) for place in rows(W, args[0], args[1], args[2])]
        for s in (4, 2, 1):
            low = [k if not k & s else 8 + k - s for k in range(8)]
            high = [k + s if not k & s else 8 + k for k in range(8)]
            for k in range(8):
                if not k & s:
                    pair = r[k], r[k + s]
                    r[k], r[k + s] = (
                        builder.shuffle_vector(*pair, ir.Constant(ir.VectorType(ir.IntType(32), 8), lanes))
                        for lanes in (low, high)
                    )
        for row, place in zip(r, rows(signature.args[3], args[3], args[2], args[1]), strict=True):
            builder.store(row, place, align=W.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(W, types.intp, types.intp, V), generate


@kernel
def transpose(W, V):
    """V = Wᵀ, by blocks of eight.

    OpenBLAS has short cuts for small products, but not for δ Wᵀ. With W turned first, that is a product like any
    other, in about half the time. Ablation: turn.
    """
    m, n = W.shape
    p, q = m // 8 * 8, n // 8 * 8
    for i in range(0, p, 8):
        for j in range(0, q, 8):
            turn(W, i, j, V)
    for i in range(m):
        for j in range(q if i < p else 0, n):
            V[j, i] = W[i, j]


class Lanes(types.Type):
    """`rows` times 64 bytes of numbers in registers: 16 float32 or 8 float64. LLVM cuts them to what there is."""

    def __init__(self, dtype, rows):  # pragma: no cover
        self.dtype, self.rows, self.count = dtype, rows, 512 // dtype.bitwidth
        super().__init__(f"Lanes({dtype}, {rows})")


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


@inlined
def lanes(a):
    """How many numbers of a's kind fit."""
    return 64 // a.itemsize


@instead_of(lambda a, i, n, rows: np.array([a.reshape(-1)[i + r * n :][: lanes(a)] for r in range(rows)]))
def load(typing, a, i, n, rows):  # pragma: no cover
    if not isinstance(rows, types.IntegerLiteral):
        return None  # Numba asks again, with the number
    result = Lanes(a.dtype, rows.literal_value)

    def generate(context, builder, signature, args):
        kind, align = context.get_value_type(result), a.dtype.bitwidth // 8
        found = ir.Constant(kind, ir.Undefined)
        for r, place in enumerate(_spots(context, builder, signature, args, result.rows)):
            row = builder.load(builder.bitcast(place, kind.element.as_pointer()), align=align)
            found = builder.insert_value(found, row, r)
        return found

    return result(a, types.intp, types.intp, rows), generate


def _store(a, i, n, x):
    for r in range(len(x)):
        a.reshape(-1)[i + r * n :][: lanes(a)] = x[r]


@instead_of(_store)
def store(typing, a, i, n, x):  # pragma: no cover
    def generate(context, builder, signature, args):
        for r, place in enumerate(_spots(context, builder, signature, args, x.rows)):
            row = builder.extract_value(args[3], r)
            builder.store(row, builder.bitcast(place, row.type.as_pointer()), align=a.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(a, types.intp, types.intp, x), generate


@instead_of(lambda a, i, n, x, y: np.array([a.reshape(-1)[i + r * n] * x[0] + y[r] for r in range(len(y))]))
def times_plus(typing, a, i, n, x, y):  # pragma: no cover
    """Row by row, a[i + r n] x + y_r, for one row x."""

    def generate(context, builder, signature, args):
        row, found = builder.extract_value(args[3], 0), args[4]
        name = f"llvm.fma.v{y.count}f{y.dtype.bitwidth}"
        fma = cgutils.get_or_insert_function(builder.module, ir.FunctionType(row.type, [row.type] * 3), name)
        for r, place in enumerate(_spots(context, builder, signature, args, y.rows)):
            number = _all_lanes(builder, builder.load(place), y.count)
            found = builder.insert_value(found, builder.call(fma, [number, row, builder.extract_value(found, r)]), r)
        return found

    return y(a, types.intp, types.intp, x, y), generate


@kernel
def add_narrow(A, down, along, X, C):
    """C += A X for a C of one to two lanes width, where A[i, k] is A.ravel()[i * down + k * along]: also a transpose.

    ROWS rows at a time. The second lanes of a row end where it does. They may overlap the first: both are loaded
    before either is stored, so what is stored twice is the same. For one sample, or a few, BLAS spends most of its time
    preparing; this starts at once. (Wider, BLAS is as good or better.) Ablation: narrow.
    """
    m, n = C.shape
    right = n - lanes(C)
    for i in range(0, m - ROWS + 1, ROWS):
        u, v = load(C, i * n, n, ROWS), load(C, i * n + right, n, ROWS)
        for k in range(X.shape[0]):
            at = i * down + k * along
            u = times_plus(A, at, down, load(X, k * n, n, 1), u)
            v = times_plus(A, at, down, load(X, k * n + right, n, 1), v)
        store(C, i * n, n, u)
        store(C, i * n + right, n, v)
    for i in range(m // ROWS * ROWS, m):
        x, y = load(C, i * n, n, 1), load(C, i * n + right, n, 1)
        for k in range(X.shape[0]):
            at = i * down + k * along
            x = times_plus(A, at, down, load(X, k * n, n, 1), x)
            y = times_plus(A, at, down, load(X, k * n + right, n, 1), y)
        store(C, i * n, n, x)
        store(C, i * n + right, n, y)


@inlined
def is_narrow(C):
    """Whether the width of C is one to two lanes."""
    return lanes(C) <= C.shape[1] <= 2 * lanes(C)


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


@kernel
def times_W(H, W, b, Z):
    """Z = H W + b: each row of Z starts from b, and the product is added to it."""
    m, n = Z.shape
    if Z.size * W.shape[0] <= SMALL:
        for i in range(m):
            for j in range(n):
                z = b[j]
                for k in range(W.shape[0]):
                    z += H[i, k] * W[k, j]
                Z[i, j] = z
    elif m <= NARROW and is_narrow(Z):
        repeat(b, flat(Z))
        add_narrow(H, W.shape[0], ONE, W, Z)
    else:
        repeat(b, flat(Z))
        gemm(N, N, 1.0, H, W, W.shape[0], 1.0, Z)


@kernel
def times_W_transposed(δ, W, dH):
    """dH = δ Wᵀ."""
    m, n = δ.shape
    if dH.size * n <= SMALL:
        for i in range(m):
            for k in range(W.shape[0]):
                s = W[k, 0] * δ[i, 0]
                for j in range(1, n):
                    s += W[k, j] * δ[i, j]
                dH[i, k] = s
    elif W.size <= SCRATCH and m >= 4:
        V = view(scratch(W), 0, (n, W.shape[0]))
        transpose(W, V)
        gemm(N, N, 1.0, δ, V, n, 0.0, dH)
    else:
        gemm(N, T, 1.0, δ, W, n, 0.0, dH)


@kernel
def add_transposed_times(scale, H, δ, keep, dW):
    """dW = keep dW + scale Hᵀ δ. With keep = 0 whatever dW held, NaN included, is not read."""
    m, n = δ.shape
    if dW.size * m <= SMALL:
        c, before, zero = δ.dtype.type(scale), δ.dtype.type(keep), δ.dtype.type(0)
        for k in range(dW.shape[0]):
            for j in range(n):
                s = zero if keep == 0 else before * dW[k, j]
                for i in range(m):
                    s += c * H[i, k] * δ[i, j]
                dW[k, j] = s
    elif m == 1 and is_narrow(dW) and keep == 1:
        d, c = view(scratch(δ), 0, (1, n)), δ.dtype.type(scale)
        for j in range(n):
            d[0, j] = c * δ[0, j]
        add_narrow(H, ONE, dW.shape[0], d, dW)
    else:
        gemm(T, N, scale, H, δ, m, keep, dW)


@kernel
def add_column_sums(scale, δ, keep, db):
    """db = keep db + scale 1ᵀ δ, in the same way."""
    m, n = δ.shape
    c, before, zero = δ.dtype.type(scale), δ.dtype.type(keep), δ.dtype.type(0)
    for j in range(n):
        db[j] = zero if keep == 0 else before * db[j]
    for i in range(m):
        for j in range(n):
            db[j] += c * δ[i, j]

"""Matrix products for compiled code.

`gemm` is BLAS with everything BLAS offers (transposes, alpha, beta, so that a sum can start from what is
there), beside the same thing in plain NumPy. The three products of a layer follow. Below SMALL
multiplications a call into BLAS costs more than the sum itself, so those are loops.
"""

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload

from ._jit import kernel

SMALL = 256
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
    else:
        for i in range(m):
            for j in range(n):
                Z[i, j] = b[j]
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
    else:
        gemm(N, T, 1.0, δ, W, n, 0.0, dH)


@kernel
def add_transposed_times(scale, H, δ, dW):
    """dW += scale Hᵀ δ."""
    m, n = δ.shape
    if dW.size * m <= SMALL:
        c = δ.dtype.type(scale)
        for i in range(m):
            for k in range(dW.shape[0]):
                h = c * H[i, k]
                for j in range(n):
                    dW[k, j] += h * δ[i, j]
    else:
        gemm(T, N, scale, H, δ, m, 1.0, dW)


@kernel
def add_column_sums(scale, δ, db):
    """db += scale 1ᵀ δ."""
    m, n = δ.shape
    c = δ.dtype.type(scale)
    for i in range(m):
        for j in range(n):
            db[j] += c * δ[i, j]

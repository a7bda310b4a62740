"""exp, sigmoid and tanh as polynomials: the compiler can do eight of these at once, a call into libm it
cannot. Ablation: exp. And log and powers, because every libm has its own last digit, and θ is to have one.

eˣ = 2ⁿ eʳ with n = round(x / ln 2) and |r| ≤ ln(2)/2, and eʳ - 1 = r + r²/2! + r³/3! + … (7 terms reach
float32's precision, 13 float64's). Adding 1.5·2⁵² to a number below 2⁵¹ rounds it to an integer and leaves
that integer in the low bits, which then only have to be shifted to where a double keeps its exponent: no
conversion to int, so NaN stays NaN. Beyond ±708 (±87 in float32) exp stays where it is there: enough for
sigmoid, tanh and softmax, not for a public exp.
"""

from __future__ import annotations

from math import factorial, pi, sqrt
from math import log as _log

import numpy as np

from .jit import by_precision, fma, kernel

F4, F8, I4, I8 = np.float32, np.float64, np.int32, np.int64
_ROUND4, _ROUND8 = F4(1.5 * 2**23), F8(1.5 * 2**52)
_LOG2E4, _LOG2E8 = F4(1 / _log(2)), F8(1 / _log(2))
_HIGH4, _LOW4 = F4(0.693359375), F4(-2.12194440e-4)  # ln 2 in two parts: n times the first is exact
_HIGH8, _LOW8 = F8(6.93147180369123816490e-01), F8(1.90821492927058770002e-10)
_TOP4, _TOP8 = F4(87), F8(708)
_BIAS4, _BIAS8, _BITS4, _BITS8 = I4(127), I8(1023), I4(23), I8(52)
_a2, _a3, _a4, _a5, _a6, _a7 = (F4(1 / factorial(k)) for k in range(2, 8))
_c2, _c3, _c4, _c5, _c6, _c7, _c8, _c9, _c10, _c11, _c12, _c13 = (F8(1 / factorial(k)) for k in range(2, 14))
_ONE4, _ONE8 = F4(1), F8(1)
_ROOT_HALF = I8(F8(sqrt(0.5)).view(I8))
_l3, _l5, _l7, _l9, _l11, _l13, _l15, _l17, _l19, _l21, _l23 = (F8(1 / k) for k in range(3, 25, 2))
_PI = F8(pi)
_s3, _s5, _s7, _s9, _s11, _s13, _s15, _s17, _s19, _s21 = (F8((-1) ** (k // 2) / factorial(k)) for k in range(3, 23, 2))
_HALF_PI = 1.57079632673412561417, 6.07710050630396597660e-11, 2.02226624879595063154e-21  # 33 bits, 33 bits, the rest


@kernel
def _split4(x):
    x = _TOP4 if x > _TOP4 else x
    x = -_TOP4 if x < -_TOP4 else x
    t = fma(x, _LOG2E4, _ROUND4)
    n = _ROUND4 - t
    r = fma(n, _LOW4, fma(n, _HIGH4, x))
    p = fma(fma(fma(fma(fma(_a7, r, _a6), r, _a5), r, _a4), r, _a3), r, _a2)
    return I4((F4(t).view(I4) + _BIAS4) << _BITS4).view(F4), fma(p * r, r, r), _ONE4


@kernel
def _split8(x):
    x = _TOP8 if x > _TOP8 else x
    x = -_TOP8 if x < -_TOP8 else x
    t = fma(x, _LOG2E8, _ROUND8)
    n = _ROUND8 - t
    r = fma(n, _LOW8, fma(n, _HIGH8, x))
    p = fma(fma(fma(fma(fma(fma(_c13, r, _c12), r, _c11), r, _c10), r, _c9), r, _c8), r, _c7)
    p = fma(fma(fma(fma(fma(p, r, _c6), r, _c5), r, _c4), r, _c3), r, _c2)
    return I8((F8(t).view(I8) + _BIAS8) << _BITS8).view(F8), fma(p * r, r, r), _ONE8


# (2ⁿ, eʳ - 1, 1). The third is there because a literal 1 would turn float32 arithmetic into float64.
split = by_precision(_split4, _split8)


@kernel
def exp(x):
    s, e, one = split(x)
    return fma(s, e, s)


@kernel
def sigmoid(x):
    s, e, one = split(-x)
    return one / (one + fma(s, e, s))


@kernel
def tanh(x):
    """(e²ˣ - 1) / (e²ˣ + 1), with e²ˣ - 1 put together from eʳ - 1: near 0 every digit stays."""
    s, e, one = split(x + x)
    m = fma(s, e, s - one)
    return m / (m + (one + one))


# ---- float64 only, in plain arithmetic that fuses nothing: the same bits everywhere, on the page too ----


@kernel
def log(x):
    """The natural logarithm of a normal number > 0, to about one unit in the last place.

    x = 2ᵏ f with f between √½ and √2; log f = 2 artanh s = 2 (s + s³/3 + s⁵/5 + …), s = (f - 1) / (f + 1).
    """
    k = (F8(x).view(I8) - _ROOT_HALF) >> _BITS8
    f = I8(F8(x).view(I8) - (k << _BITS8)).view(F8)
    s = (f - _ONE8) / (f + _ONE8)
    z = s * s
    p = ((((_l23 * z + _l21) * z + _l19) * z + _l17) * z + _l15) * z + _l13
    p = ((((p * z + _l11) * z + _l9) * z + _l7) * z + _l5) * z + _l3
    n = F8(k)
    return n * _HIGH8 + (n * _LOW8 + ((s + s) * (z * p) + (s + s)))


@kernel
def whole_power(x, n):
    """xⁿ for a whole n ≥ 0, by squaring: x itself for n = 1."""
    result = 1.0
    while n > 0:
        if n & 1:
            result *= x
        x *= x
        n >>= 1
    return result


@kernel
def power(x, y):
    """xʸ for x > 0 and y ≥ 0; what is whole in y by squaring, so that x¹ is x."""
    whole = np.floor(y)
    result = whole_power(x, np.int64(whole))
    return result if y == whole else result * exp((y - whole) * log(x))


@kernel
def cos_half_turn(x):
    """cos πx for 0 ≤ x ≤ 1, to about one unit in the last place of 1: sin y, with y = π (½ - x), a short series."""
    y = _PI * (0.5 - x)
    z = y * y
    p = (((_s21 * z + _s19) * z + _s17) * z + _s15) * z + _s13
    p = ((((p * z + _s11) * z + _s9) * z + _s7) * z + _s5) * z + _s3
    return y + y * (z * p)


def cos_sin(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """cos x and sin x of an array, |x| up to a million, to about one unit in the last place.

    NumPy's own differ in the last digit from processor to processor. These are sums and products only: x = n π/2 + r,
    π/2 in three parts of which n times the first two is exact, and the two series in r.
    """
    n = np.rint(x * (2 / pi))
    r = ((x - n * _HALF_PI[0]) - n * _HALF_PI[1]) - n * _HALF_PI[2]
    z = r * r
    c, s = np.zeros_like(z), np.zeros_like(z)
    for k in range(9, 0, -1):
        c = (c + 1 / factorial(2 * k)) * -z
        s = (s + 1 / factorial(2 * k + 1)) * -z
    c, s = 1 + c, r + r * s
    q = n.astype(np.int64) & 3
    return np.choose(q, [c, -s, -c, s]), np.choose(q, [s, c, -s, -c])

"""exp, sigmoid and tanh as polynomials: the compiler can do eight of these at once, a call into libm it
cannot. Ablation: exp.

eˣ = 2ⁿ eʳ with n = round(x / ln 2) and |r| ≤ ln(2)/2, and eʳ - 1 = r + r²/2! + r³/3! + … (7 terms reach
float32's precision, 13 float64's). Adding 1.5·2⁵² to a number below 2⁵¹ rounds it to an integer and leaves
that integer in the low bits, which then only have to be shifted to where a double keeps its exponent: no
conversion to int, so NaN stays NaN. Beyond ±708 (±87 in float32) exp stays where it is there: enough for
sigmoid, tanh and softmax, not for a public exp.
"""

from math import factorial, log

import numpy as np

from ._jit import by_precision, polynomial

F4, F8, I4, I8 = np.float32, np.float64, np.int32, np.int64
_ROUND4, _ROUND8 = F4(1.5 * 2**23), F8(1.5 * 2**52)
_LOG2E4, _LOG2E8 = F4(1 / log(2)), F8(1 / log(2))
_HIGH4, _LOW4 = F4(0.693359375), F4(-2.12194440e-4)  # ln 2 in two parts: n times the first is exact
_HIGH8, _LOW8 = F8(6.93147180369123816490e-01), F8(1.90821492927058770002e-10)
_TOP4, _TOP8 = F4(87), F8(708)
_BIAS4, _BIAS8, _BITS4, _BITS8 = I4(127), I8(1023), I4(23), I8(52)
_a2, _a3, _a4, _a5, _a6, _a7 = (F4(1 / factorial(k)) for k in range(2, 8))
_c2, _c3, _c4, _c5, _c6, _c7, _c8, _c9, _c10, _c11, _c12, _c13 = (F8(1 / factorial(k)) for k in range(2, 14))
_ONE4, _ONE8 = F4(1), F8(1)


@polynomial
def _split4(x):
    x = _TOP4 if x > _TOP4 else x
    x = -_TOP4 if x < -_TOP4 else x
    t = x * _LOG2E4 + _ROUND4
    n = t - _ROUND4
    r = (x - n * _HIGH4) - n * _LOW4
    p = ((((_a7 * r + _a6) * r + _a5) * r + _a4) * r + _a3) * r + _a2
    return I4((F4(t).view(I4) + _BIAS4) << _BITS4).view(F4), p * r * r + r, _ONE4


@polynomial
def _split8(x):
    x = _TOP8 if x > _TOP8 else x
    x = -_TOP8 if x < -_TOP8 else x
    t = x * _LOG2E8 + _ROUND8
    n = t - _ROUND8
    r = (x - n * _HIGH8) - n * _LOW8
    p = (((((_c13 * r + _c12) * r + _c11) * r + _c10) * r + _c9) * r + _c8) * r + _c7
    p = ((((p * r + _c6) * r + _c5) * r + _c4) * r + _c3) * r + _c2
    return I8((F8(t).view(I8) + _BIAS8) << _BITS8).view(F8), p * r * r + r, _ONE8


# (2ⁿ, eʳ - 1, 1). The third is there because a literal 1 would turn float32 arithmetic into float64.
split = by_precision(_split4, _split8)


@polynomial
def exp(x):
    s, e, one = split(x)
    return s * e + s


@polynomial
def sigmoid(x):
    s, e, one = split(-x)
    return one / (one + (s * e + s))


@polynomial
def tanh(x):
    """(e²ˣ - 1) / (e²ˣ + 1), with e²ˣ - 1 put together from eʳ - 1: near 0 every digit stays."""
    s, e, one = split(x + x)
    m = s * e + (s - one)
    return m / (m + (one + one))

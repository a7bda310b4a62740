"""How θ is born.

Biases start at 0. For the weights what counts is their variance: too small and the signal dies on its way
through the layers, too large and it explodes. n_in and n_out are the sizes of the layer before and after W.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from .architecture import Net, checked_net, unpack
from .engine import border, random

SCALED = dict(constant=0.1, uniform=0.1, normal=0.1, orthogonal=1.0)
VARIANCE = dict(
    lecun=lambda n_in, n_out: 1 / n_in,  # (eq-init-forward)
    glorot=lambda n_in, n_out: 2 / (n_in + n_out),  # (eq-init-glorot)
    he=lambda n_in, n_out: 2 / n_in,  # (eq-init-he)
)
NAMES = ["zeros", *SCALED, *(f"{who}_{how}" for who in VARIANCE for how in ("normal", "uniform"))]


def initialize(
    net: Net, scheme: str = "glorot_uniform", seed: int = 0, dtype: DTypeLike = np.float64, scale: float | None = None
) -> np.ndarray:
    """Draw the parameters of a network.

    Parameters
    ----------
    net : Net
    scheme : str
        "zeros"; "constant" (every weight is `scale`); "uniform" (between ±`scale`); "normal" (standard
        deviation `scale`); "lecun_normal", "lecun_uniform" (variance 1/n_in: LeCun et al., 1998);
        "glorot_normal", "glorot_uniform" (2/(n_in + n_out): Glorot and Bengio, 2010); "he_normal",
        "he_uniform" (2/n_in: He et al., 2015); "orthogonal" (orthonormal rows or columns, times `scale`:
        Saxe, McClelland and Ganguli, 2014).
    seed : int ≥ 0
        The same seed gives the same numbers on every machine.
    dtype : float64 or float32
        Drawn in float64, then rounded.
    scale : float > 0, optional
        For the four schemes that have one; default 0.1, and 1 for "orthogonal".

    Returns
    -------
    vector, shape (net.size,)
    """
    net = checked_net(net)
    border.choice("scheme", scheme, NAMES)
    stream = random.Stream(border.seed(seed), random.WEIGHTS)
    dtype = border.precision("dtype", dtype)
    if scale is not None and scheme not in SCALED:
        raise ValueError(f"scale: {scheme!r} has none; only {', '.join(SCALED)} do, got {scale!r}")
    scale = SCALED.get(scheme) if scale is None else border.number("scale", scale, 0, open_low=True)
    θ = np.zeros(net.size)
    for W, _ in unpack(net, θ):
        W[:] = _weights(scheme, scale, stream, *W.shape)
    return θ.astype(dtype)


def _weights(scheme, scale, stream, n_in, n_out):
    if scheme == "zeros":
        return 0
    if scheme == "constant":
        return scale
    if scheme == "orthogonal":
        Q = orthonormal(stream.normal((max(n_in, n_out), min(n_in, n_out))))
        return scale * (Q if n_in >= n_out else Q.T)
    who, _, how = scheme.rpartition("_")
    deviation = np.sqrt(VARIANCE[who](n_in, n_out)) if who else scale
    if how == "normal":
        return deviation * stream.normal((n_in, n_out))
    limit = np.sqrt(3) * deviation if who else scale  # a uniform number between ±c has variance c²/3
    return limit * (2 * stream.uniform((n_in, n_out)) - 1)


def orthonormal(A: np.ndarray) -> np.ndarray:
    """Q of A = Q R with a positive diagonal of R, which makes Q uniformly distributed among such matrices.

    By Householder's reflections, in sums and products only: LAPACK's last digit is another one on each processor.
    """
    m, n = A.shape
    R, Q, signs, reflections = A.copy(), np.eye(m, n), np.ones(n), []
    for k in range(n):
        v = R[k:, k].copy()
        length = np.sqrt((v * v).sum())
        signs[k] = -1.0 if v[0] > 0 else 1.0  # of R's diagonal: the choice that cancels nothing
        v[0] -= signs[k] * length
        reflections.append(v / np.sqrt((v * v).sum()))
        _reflect(R[k:, k:], reflections[k])
    for k in reversed(range(n)):
        _reflect(Q[k:, k:], reflections[k])
    return Q * signs


def _reflect(A, v):
    """A ← A - 2 v vᵀ A, for a v of length 1."""
    A -= 2 * v[:, None] * (v[:, None] * A).sum(0)

r"""Cost of the fit of one voxel with the amplitudes eliminated, and its exact derivatives by the rates.

For given rates the amplitudes follow by linear least squares, not below zero: variable projection. With
:math:`F = \tfrac12 \sum_i w_i r_i^2` the gradient by the rates is that at fixed amplitudes, and the Hessian is the
Schur complement :math:`F_{\lambda\lambda} - F_{\lambda c} F_{cc}^{-1} F_{c\lambda}` (*h* below). Without the terms in
the residuals it is the positive Gauss-Newton matrix after Kaufman (*k*).

References
----------
.. [1] G. H. Golub, V. Pereyra, Inverse Probl. 19 (2003) R1, doi:10.1088/0266-5611/19/2/201
.. [2] L. Kaufman, BIT 15 (1975) 49, doi:10.1007/BF01932995
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import inlined
from hevesy.numerics.voxel_fit_problem import MONO, UPTAKE_MONO

Floats = NDArray[np.float64]


class Cost(NamedTuple):
    """Cost at one pair of rate steps, derivatives by the steps, and the amplitudes."""

    value: float
    g1: float
    g2: float
    h11: float
    h12: float
    h22: float
    k11: float
    k12: float
    k22: float
    amplitude1: float
    amplitude2: float
    """Negative for uptake; 0 for a phase that vanished."""


@inlined
def cost_at(kind: int, points: Floats, decays: Floats, rate1: float, rate2: float) -> Cost:
    """Cost of one voxel.

    Parameters
    ----------
    kind
        Number of the model.
    points
        Times, values and weights. Shape ``(3, scan)``.
    decays
        Room for the decays of both phases. Shape ``(2, scan)``.
    rate1, rate2
        The second is not used by the mono-exponential.
    """
    if kind == MONO:
        return _one(points, decays, rate1)
    return _two(kind, points, decays, rate1, rate2)


@inlined
def _one(points: Floats, decays: Floats, rate: float) -> Cost:
    s, y = 0.0, 0.0
    for i in range(points.shape[1]):
        e = math.exp(-rate * points[0, i])
        decays[0, i] = e
        s += points[2, i] * e * e
        y += points[2, i] * e * points[1, i]
    a = max(y / s, 0.0)
    value, r1, r2, a1, a2 = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(points.shape[1]):
        t, e = points[0, i], decays[0, i]
        r = points[1, i] - a * e
        value += 0.5 * points[2, i] * r * r
        we = points[2, i] * e
        r1 += we * t * r
        r2 += we * t * t * r
        a1 += we * t * e
        a2 += we * t * t * e
    mixed = r1 - a * a1
    h = a * a * a2 - a * r2 - mixed * mixed / s
    k = a * a * (a2 - a1 * a1 / s)
    return Cost(value, a * r1, 0.0, h, 0.0, 1.0, k, 0.0, 1.0, a, 0.0)


@inlined
def amplitudes(kind: int, s11: float, s12: float, s22: float, y1: float, y2: float) -> tuple[float, float]:
    """Amplitudes of two phases by non-negative least squares, from the sums of the normal equations."""
    if kind == UPTAKE_MONO:
        c = max((y1 - y2) / (s11 - 2.0 * s12 + s22), 0.0)
        return c, -c
    determinant = s11 * s22 - s12 * s12
    c1 = (y1 * s22 - y2 * s12) / determinant
    c2 = (y2 * s11 - y1 * s12) / determinant
    if c1 > 0.0 and c2 > 0.0:
        return c1, c2
    c1, c2 = max(y1 / s11, 0.0), max(y2 / s22, 0.0)
    if c1 * y1 >= c2 * y2:
        return c1, 0.0
    return 0.0, c2


@inlined
def _two(  # noqa: PLR0915 - one pass over the scans for all sums
    kind: int, points: Floats, decays: Floats, rate1: float, rate2: float
) -> Cost:
    n = points.shape[1]
    s11, s12, s22, y1, y2 = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        t, y, w = points[0, i], points[1, i], points[2, i]
        e1, e2 = math.exp(-rate1 * t), math.exp(-rate2 * t)
        decays[0, i], decays[1, i] = e1, e2
        s11 += w * e1 * e1
        s12 += w * e1 * e2
        s22 += w * e2 * e2
        y1 += w * e1 * y
        y2 += w * e2 * y
    a1, a2 = amplitudes(kind, s11, s12, s22, y1, y2)
    value, r1t, r2t, r1tt, r2tt = 0.0, 0.0, 0.0, 0.0, 0.0
    t11, t12, t22, tt11, tt12, tt22 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(n):
        t, w, e1, e2 = points[0, i], points[2, i], decays[0, i], decays[1, i]
        r = points[1, i] - a1 * e1 - a2 * e2
        value += 0.5 * w * r * r
        wt1, wt2 = w * t * e1, w * t * e2
        r1t += wt1 * r
        r2t += wt2 * r
        r1tt += t * wt1 * r
        r2tt += t * wt2 * r
        t11 += wt1 * e1
        t12 += wt1 * e2
        t22 += wt2 * e2
        tt11 += t * wt1 * e1
        tt12 += t * wt1 * e2
        tt22 += t * wt2 * e2
    # By the rates, at fixed amplitudes.
    k11, k12, k22 = a1 * a1 * tt11, a1 * a2 * tt12, a2 * a2 * tt22
    h11, h12, h22 = k11 - a1 * r1tt, k12, k22 - a2 * r2tt
    # Less what the amplitudes give way.
    if kind == UPTAKE_MONO:
        s = s11 - 2.0 * s12 + s22
        m1, m2 = -a1 * (t11 - t12), -a2 * (t12 - t22)
        k11, k12, k22 = k11 - m1 * m1 / s, k12 - m1 * m2 / s, k22 - m2 * m2 / s
        m1, m2 = m1 + r1t, m2 - r2t
        h11, h12, h22 = h11 - m1 * m1 / s, h12 - m1 * m2 / s, h22 - m2 * m2 / s
    else:
        d = s11 * s22 - s12 * s12
        m11, m12, m21, m22 = -a1 * t11, -a1 * t12, -a2 * t12, -a2 * t22
        k11 -= (m11 * m11 * s22 - 2.0 * m11 * m12 * s12 + m12 * m12 * s11) / d
        k12 -= (m11 * m21 * s22 - (m11 * m22 + m12 * m21) * s12 + m12 * m22 * s11) / d
        k22 -= (m21 * m21 * s22 - 2.0 * m21 * m22 * s12 + m22 * m22 * s11) / d
        m11, m22 = m11 + r1t, m22 + r2t
        h11 -= (m11 * m11 * s22 - 2.0 * m11 * m12 * s12 + m12 * m12 * s11) / d
        h12 -= (m11 * m21 * s22 - (m11 * m22 + m12 * m21) * s12 + m12 * m22 * s11) / d
        h22 -= (m21 * m21 * s22 - 2.0 * m21 * m22 * s12 + m22 * m22 * s11) / d
    g1, g2 = a1 * r1t, a2 * r2t
    # By the steps: the first one moves both rates.
    return Cost(
        value, g1 + g2, g2, h11 + 2.0 * h12 + h22, h12 + h22, h22, k11 + 2.0 * k12 + k22, k12 + k22, k22, a1, a2
    )

"""The best rates of one voxel: a start from the shared grid, then Newton steps within the bounds."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled
from hevesy.numerics.voxel_fit_cost import Cost, amplitudes, cost_at
from hevesy.numerics.voxel_fit_problem import BI, MONO, Problem

Floats = NDArray[np.float64]

_MAX_STEPS = 200
_QUADRATIC = 1e-7
"""A Newton step this small leaves an error of its square. [rate]"""
_SMALL = 1e-11
_ROUNDING = 1e-15
"""Of the cost against that of fitting nothing."""
_DAMPING, _UNDAMPED, _STUCK = 1e-3, 1e-9, 1e12
_POSITIVE = 1e-10


class Found(NamedTuple):
    """A minimum of the cost."""

    step1: float
    step2: float
    cost: Cost
    converged: bool


class Step(NamedTuple):
    """A step of the search, and whether it is Newton's."""

    d1: float
    d2: float
    exact: bool


@compiled
def start_single(shared: Problem, points: Floats) -> int:
    """Number of the grid's rate that fits one phase best."""
    best, chosen = -1.0, 0
    for p in range(shared.single_steps.size):
        s, y = 0.0, 0.0
        for i in range(points.shape[1]):
            we = points[2, i] * shared.single_decays[i, p]
            s += we * shared.single_decays[i, p]
            y += we * points[1, i]
        gain = y * y / s
        if y > 0.0 and gain > best:
            best, chosen = gain, p
    return chosen


@compiled
def start_pair(shared: Problem, points: Floats, sums: Floats) -> int:
    """Number of the grid's pair of rates that fits two phases best; -1 where none of them has both.

    ``sums`` is room of shape ``(5, start)``.
    """
    n_starts = shared.pair_steps.shape[1]
    sums[:] = 0.0
    for i in range(points.shape[1]):
        w, wy = points[2, i], points[2, i] * points[1, i]
        for p in range(n_starts):
            e1, e2 = shared.pair_decays[0, i, p], shared.pair_decays[1, i, p]
            sums[0, p] += w * e1 * e1
            sums[1, p] += w * e1 * e2
            sums[2, p] += w * e2 * e2
            sums[3, p] += wy * e1
            sums[4, p] += wy * e2
    best, chosen = 0.0, -1
    for p in range(n_starts):
        y1, y2 = sums[3, p], sums[4, p]
        a1, a2 = amplitudes(shared.kind, sums[0, p], sums[1, p], sums[2, p], y1, y2)
        gain = a1 * y1 + a2 * y2
        if a1 > 0.0 and a2 != 0.0 and gain > best:
            best, chosen = gain, p
    return chosen


@compiled
def descend(shared: Problem, kind: int, points: Floats, decays: Floats, begin: tuple[float, float]) -> Found:
    """Go down from a start until the steps are small; the steps stay within the bounds."""
    rate0, low, high = shared.physical_rate, shared.lower, shared.upper
    b1, b2 = begin
    scale = 0.0
    for i in range(points.shape[1]):
        scale += 0.5 * points[2, i] * points[1, i] * points[1, i]
    here = cost_at(kind, points, decays, rate0 + b1, rate0 + b1 + b2)
    damping = 0.0
    for _ in range(_MAX_STEPS):
        step = _step(kind, here, damping, (b1 <= low[0], b1 >= high[0], b2 <= low[1], b2 >= high[1]))
        n1 = min(max(b1 + step.d1, low[0]), high[0])
        n2 = min(max(b2 + step.d2, low[1]), high[1])
        moved = max(abs(n1 - b1) / (rate0 + b1), abs(n2 - b2) / (rate0 + b1 + b2))
        there = cost_at(kind, points, decays, rate0 + n1, rate0 + n1 + n2)
        if there.value <= here.value + _ROUNDING * scale:
            b1, b2, here = n1, n2, there
            damping = damping / 10.0 if damping > _UNDAMPED else 0.0
            if moved <= (_QUADRATIC if step.exact else _SMALL):
                return Found(b1, b2, here, True)
        else:
            damping = max(10.0 * damping, _DAMPING)
            if damping > _STUCK:
                break
    return Found(b1, b2, here, False)


@compiled
def _step(kind: int, at: Cost, damping: float, held: tuple[bool, bool, bool, bool]) -> Step:
    """Newton's step where the cost is convex, else that of Gauss and Newton, on what no bound holds."""
    free1 = not ((held[0] and at.g1 >= 0.0) or (held[1] and at.g1 <= 0.0))
    free2 = kind != MONO and not ((held[2] and at.g2 >= 0.0) or (held[3] and at.g2 <= 0.0))
    free2 = free2 and at.amplitude2 != 0.0
    h11, h12, h22 = at.h11, at.h12, at.h22
    if free1 and free2:
        exact = h11 > 0.0 and h11 * h22 - h12 * h12 > _POSITIVE * h11 * h22
    else:
        exact = (not free1 or h11 > 0.0) and (not free2 or h22 > 0.0)
    if not exact:
        h11, h12, h22 = at.k11, at.k12, at.k22
    more = damping if exact else max(damping, _POSITIVE)
    h11, h22 = h11 * (1.0 + more), h22 * (1.0 + more)
    exact = exact and damping == 0.0
    if free1 and free2:
        d = h11 * h22 - h12 * h12
        if d > 0.0:
            return Step((h12 * at.g2 - h22 * at.g1) / d, (h12 * at.g1 - h11 * at.g2) / d, exact)
    d1 = -at.g1 / h11 if free1 and h11 > 0.0 else 0.0
    d2 = -at.g2 / h22 if free2 and h22 > 0.0 else 0.0
    return Step(d1, d2, exact)


@compiled
def splits(shared: Problem, points: Floats, single: Found) -> bool:
    r"""Whether a second phase of positive amplitude can improve on one phase.

    It cannot where :math:`\sum_i w_i r_i e^{-\lambda t_i} \le 0` for all rates: the fit of a positive mixture is convex.
    """
    rate, a = shared.physical_rate + single.step1, single.cost.amplitude1
    curvature, largest = 0.0, 0.0
    residuals = np.empty(points.shape[1])
    for i in range(points.shape[1]):
        e = np.exp(-rate * points[0, i])
        residuals[i] = points[2, i] * (points[1, i] - a * e)
        curvature += residuals[i] * e * points[0, i] ** 2
    for p in range(shared.single_steps.size):
        slope = 0.0
        for i in range(points.shape[1]):
            slope += residuals[i] * shared.single_decays[i, p]
        largest = max(largest, slope)
    return curvature > 0.0 or largest > 0.0


@compiled
def search(shared: Problem, points: Floats, decays: Floats, sums: Floats) -> tuple[Found, bool]:
    """The best fit of one voxel, and whether it is one phase only.

    Parameters
    ----------
    shared
        What all voxels share.
    points
        Times, values and weights. Shape ``(3, scan)``.
    decays, sums
        Room, see :func:`hevesy.numerics.voxel_fit_cost.cost_at` and :func:`start_pair`.
    """
    begin = shared.single_steps[start_single(shared, points)]
    single = descend(shared, MONO, points, decays, (begin, shared.lower[1]))
    if shared.kind == MONO or (shared.kind == BI and not splits(shared, points, single)):
        return single, True
    chosen = start_pair(shared, points, sums)
    if chosen < 0:
        return single, True
    at = (shared.pair_steps[0, chosen], shared.pair_steps[1, chosen])
    double = descend(shared, shared.kind, points, decays, at)
    whole = double.cost.amplitude1 > 0.0 and double.cost.amplitude2 != 0.0
    if whole and (double.cost.value < single.cost.value or not single.converged):
        return double, False
    return single, True

"""The best rates of one voxel: a start from the shared grid, then Newton steps within the bounds."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled, inlined
from hevesy.numerics.voxel_fit_cost import Cost, amplitudes, cost_at
from hevesy.numerics.voxel_fit_problem import BI, MONO, Problem

Floats = NDArray[np.float64]

_MAX_STEPS = 200
_QUADRATIC = 1e-6
"""A Newton step this small leaves an error of its square. [rate]"""
_SMALL = 1e-11
_ROUNDING = 1e-15
"""Of the cost against that of fitting nothing."""
_DAMPING, _UNDAMPED, _STUCK = 1e-3, 1e-9, 1e12
_POSITIVE = 1e-10
_ONE_MINIMUM = 4
"""With so many scans, or fewer, starts from elsewhere never found a better fit."""


class Found(NamedTuple):
    """A minimum of the cost."""

    step1: float
    step2: float
    cost: Cost
    converged: int
    """1 or 0."""


class Step(NamedTuple):
    """A step of the search, and whether it is Newton's."""

    d1: float
    d2: float
    exact: bool


@inlined
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


@inlined
def pair_gains(shared: Problem, points: Floats, sums: Floats) -> None:
    """How much every pair of rates of the grid explains, into the first row of the room; 0 without both phases."""
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
    for p in range(n_starts):
        a1, a2 = amplitudes(shared.kind, sums[0, p], sums[1, p], sums[2, p], sums[3, p], sums[4, p])
        sums[0, p] = a1 * sums[3, p] + a2 * sums[4, p] if a1 > 0.0 and a2 != 0.0 else 0.0


@inlined
def start_pairs(shared: Problem, points: Floats, sums: Floats) -> tuple[int, int, int, int]:
    """Numbers of the grid's pairs of rates that fit two phases best, -1 where no pair has both phases.

    Of all; then, as they may lead to different minima, of those with both steps free, with the fast phase at its upper
    bound, and without biological decay of the slow one. ``sums`` is room of shape ``(5, start)``.
    """
    pair_gains(shared, points, sums)
    free, fast, still = -1, -1, -1
    for p in range(sums.shape[1]):
        if not sums[0, p] > 0.0:
            continue
        if shared.pair_steps[0, p] == 0.0:
            still = _higher(sums[0], still, p)
        elif shared.pair_steps[1, p] == shared.upper[1]:
            fast = _higher(sums[0], fast, p)
        else:
            free = _higher(sums[0], free, p)
    return _higher(sums[0], _higher(sums[0], free, fast), still), free, fast, still


@inlined
def _higher(gains: Floats, one: int, other: int) -> int:
    """Which of two starts gains more; -1 is none."""
    if other < 0 or (one >= 0 and gains[one] >= gains[other]):
        return one
    return other


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
                return Found(b1, b2, here, 1)
        else:
            damping = max(10.0 * damping, _DAMPING)
            if damping > _STUCK:
                break
    return Found(b1, b2, here, 0)


@inlined
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


@inlined
def split(shared: Problem, points: Floats, room: Floats, single: Found) -> tuple[bool, float, float]:
    r"""Whether a second phase of positive amplitude improves on one phase, and two phases to begin with.

    It does not where :math:`\sum_i w_i r_i e^{-\lambda t_i} \le 0` for all rates: the fit of a positive mixture is
    convex.
    """
    rate, a = shared.physical_rate + single.step1, single.cost.amplitude1
    curvature, largest, other = 0.0, 0.0, single.step1
    for i in range(points.shape[1]):
        e = math.exp(-rate * points[0, i])
        room[0, i] = points[2, i] * (points[1, i] - a * e)
        curvature += room[0, i] * e * points[0, i] ** 2
    for p in range(shared.single_steps.size):
        slope, norm = 0.0, 0.0
        for i in range(points.shape[1]):
            e = shared.single_decays[i, p]
            slope += room[0, i] * e
            norm += points[2, i] * e * e
        if slope > largest * math.sqrt(norm):
            largest, other = slope / math.sqrt(norm), shared.single_steps[p]
    slow, fast = min(single.step1, other), max(single.step1, other)
    if fast - slow < shared.lower[1]:
        slow, fast = max(slow - shared.lower[1], 0.0), fast + shared.lower[1]
    return curvature > 0.0 or largest > 0.0, slow, min(fast - slow, shared.upper[1])


@inlined
def _better(one: Found, other: Found) -> bool:
    """Whether a fit has both phases and is better than another one."""
    whole = one.cost.amplitude1 > 0.0 and one.cost.amplitude2 != 0.0
    return whole and (one.cost.value < other.cost.value or not other.converged)


@compiled
def search(shared: Problem, points: Floats, decays: Floats, sums: Floats) -> tuple[Found, int]:
    """The best fit of one voxel, and 1 if it is one phase only.

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
    if shared.kind == MONO:
        return single, 1
    may, slow, step = split(shared, points, decays, single)
    if shared.kind == BI and not may:
        return single, 1
    pairs = start_pairs(shared, points, sums)
    double = _from_pair(shared, points, decays, pairs[0], single)
    if points.shape[1] > _ONE_MINIMUM:
        for pair in pairs[1:]:
            further = _from_pair(shared, points, decays, pair, single) if pair != pairs[0] else double
            double = further if _better(further, double) else double
    if shared.kind == BI and not _better(double, single):
        double = descend(shared, shared.kind, points, decays, (slow, step))
    if _better(double, single):
        return double, 0
    return single, 1


@compiled
def _from_pair(shared: Problem, points: Floats, decays: Floats, pair: int, single: Found) -> Found:
    """Where a pair of the grid leads; one phase without a pair."""
    if pair < 0:
        return single
    return descend(shared, shared.kind, points, decays, (shared.pair_steps[0, pair], shared.pair_steps[1, pair]))

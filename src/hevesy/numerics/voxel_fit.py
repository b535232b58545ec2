"""Fits of one, or two, exponential phases to every voxel of a series of images, in machine code."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled, inlined
from hevesy.numerics.voxel_fit_problem import MONO, UPTAKE_MONO, Problem, problem
from hevesy.numerics.voxel_fit_search import Found, search
from hevesy.numerics.voxel_status import VoxelStatus

Floats = NDArray[np.float64]

RISING_BEYOND = 2.0
"""The last value may exceed the one before by this many standard uncertainties of their difference."""
_SINGULAR = 1e-13

_FITTED, _PHYSICAL = int(VoxelStatus.FITTED), int(VoxelStatus.PHYSICAL_DECAY)
_ONE_PHASE, _UNRESOLVED = int(VoxelStatus.ONE_PHASE), int(VoxelStatus.UNRESOLVED_PHASE)
_EMPTY, _NOT_FINITE, _NOT_POSITIVE = int(VoxelStatus.EMPTY), int(VoxelStatus.NOT_FINITE), int(VoxelStatus.NOT_POSITIVE)
_RISING, _LOST = int(VoxelStatus.RISING), int(VoxelStatus.LOST)
_NOT_CONVERGED, _UNDETERMINED = int(VoxelStatus.NOT_CONVERGED), int(VoxelStatus.UNDETERMINED)


@dataclass(frozen=True)
class VoxelFits:
    """What the fits found; NaN where a voxel has no value. Shape ``(voxel,)`` each."""

    integral: Floats
    """From 0 to infinity. [unit of the values times that of the times]"""
    standard_uncertainty: Floats
    """Of the integral, from that of the values. [the same]"""
    chi_square: Floats
    terminal_rate: Floats
    """Of the slowest phase. [inverse unit of the times]"""
    status: NDArray[np.uint8]
    """A :class:`VoxelStatus`."""


def fit_voxels(
    model: str, times: Floats, values: Floats, standard_uncertainties: Floats, physical_rate: float
) -> VoxelFits:
    r"""Fit every voxel on its own by weighted least squares.

    The same numbers come out bit by bit however the voxels are divided among calls.

    Parameters
    ----------
    model
        ``mono``, ``uptake-mono`` or ``bi``, with the parameters and bounds of
        :func:`hevesy.numerics.exponential_fit.fit_exponentials`.
    times
        Increasing, positive. Shape ``(scan,)``.
    values
        Shape ``(scan, voxel)``.
    standard_uncertainties
        Independent of each other; they weigh the values. Shape ``(scan, voxel)``.
    physical_rate
        Decay constant, the lower bound of every rate.

    Raises
    ------
    ValueError
        If the model is unknown, the times do not fit it, or the shapes differ.
    """
    shared = problem(model, times, physical_rate)
    if values.shape != standard_uncertainties.shape or values.shape[0] != times.size:
        raise ValueError(
            f"expected values and uncertainties at {times.size} times, but shapes {values.shape} and "
            f"{standard_uncertainties.shape} came"
        )
    results = np.full((4, values.shape[1]), np.nan)
    status = np.zeros(values.shape[1], dtype=np.uint8)
    _fit_all(shared, np.ascontiguousarray(values), np.ascontiguousarray(standard_uncertainties), results, status)
    unit = float(times[-1])
    return VoxelFits(results[0] * unit, results[1] * unit, results[2], results[3] / unit, status)


@compiled
def _fit_all(
    shared: Problem, values: Floats, uncertainties: Floats, results: Floats, status: NDArray[np.uint8]
) -> None:
    n = shared.times.size
    points, decays, sums = np.empty((3, n)), np.empty((2, n)), np.empty((5, shared.pair_steps.shape[1]))
    slopes, gradient = np.empty((4, n)), np.empty(4)
    points[0] = shared.times
    for v in range(values.shape[1]):
        for i in range(n):
            points[1, i] = values[i, v]
            points[2, i] = 1.0 / (uncertainties[i, v] * uncertainties[i, v])
        status[v] = _unfit(points)
        if status[v] == 0:
            found, one_phase = search(shared, points, decays, sums)
            status[v] = _outcome(shared, found, one_phase)
            if status[v] < _EMPTY:
                size = _slopes(shared, points, found, one_phase, (slopes, gradient))
                a1, a2 = found.cost.amplitude1, found.cost.amplitude2
                rate1 = shared.physical_rate + found.step1
                results[0, v] = a1 / rate1 + (0.0 if one_phase else a2 / (rate1 + found.step2))
                results[1, v] = math.sqrt(_variance(slopes[:size], gradient))
                results[2, v], results[3, v] = 2.0 * found.cost.value, rate1
                if not results[1, v] > 0.0:
                    status[v] = _UNDETERMINED
                    results[:, v] = np.nan


@inlined
def _unfit(points: Floats) -> int:
    """What speaks against a fit; 0 for nothing."""
    n = points.shape[1]
    empty, positive, finite = True, True, True
    for i in range(n):
        y, w = points[1, i], points[2, i]
        finite = finite and np.isfinite(y) and (y <= 0.0 or (np.isfinite(w) and w > 0.0))
        positive = positive and y > 0.0
        empty = empty and y == 0.0
    if empty:
        return _EMPTY
    if not finite:
        return _NOT_FINITE
    if not positive:
        return _NOT_POSITIVE
    rise = points[1, n - 1] - points[1, n - 2]
    noise = 1.0 / points[2, n - 1] + 1.0 / points[2, n - 2]
    return _RISING if rise > 0.0 and rise * rise > RISING_BEYOND * RISING_BEYOND * noise else 0


@inlined
def _outcome(shared: Problem, found: Found, one_phase: int) -> int:
    result = _FITTED
    if not found.converged:
        result = _NOT_CONVERGED
    elif found.step1 >= shared.upper[0]:
        result = _LOST
    elif found.step1 <= 0.0:
        result = _PHYSICAL
    elif shared.kind != MONO:
        result = _second_phase(shared, found, one_phase)
    return result


@inlined
def _second_phase(shared: Problem, found: Found, one_phase: int) -> int:
    if one_phase or found.step2 <= shared.lower[1]:
        return _ONE_PHASE
    if found.step2 >= shared.upper[1]:
        return _ONE_PHASE if shared.kind == UPTAKE_MONO else _UNRESOLVED
    return _FITTED


@inlined
def _slopes(shared: Problem, points: Floats, found: Found, one_phase: int, into: tuple[Floats, Floats]) -> int:
    """Derivatives of the weighted values, and of the integral, by the parameters that no bound holds, and their number.

    A biological rate at its bound of zero counts as free.
    """
    slopes, gradient = into
    a1, a2 = found.cost.amplitude1, found.cost.amplitude2
    rate1 = shared.physical_rate + found.step1
    gradient[0], gradient[1] = 1.0 / rate1, -a1 / rate1**2
    for i in range(points.shape[1]):
        e1 = math.sqrt(points[2, i]) * math.exp(-rate1 * points[0, i])
        slopes[0, i], slopes[1, i] = e1, -points[0, i] * a1 * e1
    if one_phase:
        return 2
    rate2, size = rate1 + found.step2, 2
    uptake, resolved = a2 < 0.0, shared.lower[1] < found.step2 < shared.upper[1]
    gradient[1] -= a2 / rate2**2
    if uptake:
        gradient[0] -= 1.0 / rate2
    else:
        gradient[size] = 1.0 / rate2
        size += 1
    if resolved:
        gradient[size] = -a2 / rate2**2
    for i in range(points.shape[1]):
        e2 = math.sqrt(points[2, i]) * math.exp(-rate2 * points[0, i])
        slopes[1, i] -= points[0, i] * a2 * e2
        slopes[size, i] = -points[0, i] * a2 * e2
        if uptake:
            slopes[0, i] -= e2
        else:
            slopes[2, i] = e2
    return size + 1 if resolved else size


@inlined
def _dot(one: Floats, other: Floats) -> float:
    total = 0.0
    for i in range(one.size):
        total += one[i] * other[i]
    return total


@inlined
def _variance(slopes: Floats, gradient: Floats) -> float:
    """Quadratic form of a gradient with the inverse normal matrix, by Gram and Schmidt; NaN where that is singular."""
    total = 0.0
    for p in range(slopes.shape[0]):
        before = _dot(slopes[p], slopes[p])
        for _ in range(2):
            for q in range(p):
                along = _dot(slopes[p], slopes[q])
                gradient[p] -= along * gradient[q]
                for i in range(slopes.shape[1]):
                    slopes[p, i] -= along * slopes[q, i]
        after = _dot(slopes[p], slopes[p])
        if not after > _SINGULAR * before:
            return math.nan
        gradient[p] /= math.sqrt(after)
        total += gradient[p] ** 2
        for i in range(slopes.shape[1]):
            slopes[p, i] /= math.sqrt(after)
    return total

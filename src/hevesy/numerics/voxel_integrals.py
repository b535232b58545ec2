r"""Time integrals of noisy values, one per voxel.

Two ways, both without a fit per voxel that could run away:

*By shape.* Every voxel follows the time course *s(t)* of the region it lies in; only its amplitude is its own, by
weighted least squares, so the integral is linear in the voxel's values:

.. math:: I_v = \frac{\sum_i w_i s_i r_{v,i}}{\sum_i w_i s_i^2} \int_0^\infty s\, dt

With the weights of the region's own fit the mean over the region is the integral of the region's curve.

*By voxel.* From its maximum on, a voxel falls exponentially, never more slowly than the radionuclide decays; before
it, straight lines from zero at t = 0. The rate follows each voxel's noise, which biases the mean upward where counts
are few.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def shape_coefficients(shape_values: Floats, shape_integrals: Floats, weights: Floats | None = None) -> Floats:
    """How much each scan counts for the integral of a voxel.

    Parameters
    ----------
    shape_values
        The regions' curves at the scans; any unit. Shape ``(region, scan)``.
    shape_integrals
        Their integrals from 0 to infinity, in the same unit times time. Shape ``(region,)``.
    weights
        Of each scan; inverse squares of the curve (equal relative uncertainties) where None. Shape
        ``(region, scan)``.

    Returns
    -------
    Shape ``(region, scan)``. [time]

    Raises
    ------
    ValueError
        If a curve is not positive at every scan, a weight is negative, or a region has no weight.
    """
    if not (np.isfinite(shape_values).all() and (shape_values > 0).all() and np.isfinite(shape_integrals).all()):
        raise ValueError("expected curves that are positive at every scan and have an integral")
    used = 1.0 / shape_values**2 if weights is None else weights
    norm = np.sum(used * shape_values**2, axis=1)
    if not ((used >= 0).all() and (norm > 0).all()):
        raise ValueError("expected weights that are not negative, and at least one scan that counts in each region")
    return np.asarray(used * shape_values * (shape_integrals / norm)[:, None])


def integrate_by_shape(values: Floats, region_index: NDArray[np.intp], coefficients: Floats) -> Floats:
    """Integral of every voxel along the course of its region.

    Parameters
    ----------
    values
        Shape ``(scan, ...)``.
    region_index
        Row of ``coefficients`` that belongs to each voxel. Shape ``(...)``.
    coefficients
        From :func:`shape_coefficients`. Shape ``(region, scan)``.

    Returns
    -------
    Shape ``(...)``. [unit of the values times time]
    """
    total = np.zeros(values.shape[1:])
    for scan, value in enumerate(values):
        total += coefficients[:, scan][region_index] * value
    return total


def integrate_by_voxel(times: Floats, values: Floats, decay_constant: float) -> Floats:
    """Integral of every voxel from 0 to infinity by its own course.

    Parameters
    ----------
    times
        Increasing, not negative. Shape ``(scan,)``.
    values
        Shape ``(scan, ...)``; negative ones count as zero.
    decay_constant
        Physical decay constant. [1/time]

    Returns
    -------
    Shape ``(...)``.
    """
    if not (np.diff(times) > 0).all() or times[0] < 0 or not decay_constant > 0:
        raise ValueError("expected increasing times that are not negative and a positive decay constant")
    flat = np.clip(values.reshape(len(times), -1), 0.0, None)
    filled = np.flatnonzero(flat.any(axis=0))
    result = np.zeros(flat.shape[1])
    result[filled] = _integrals(times, flat[:, filled], decay_constant)
    return result.reshape(values.shape[1:])


def _integrals(times: Floats, values: Floats, decay_constant: float) -> Floats:
    peak = np.argmax(values, axis=0)
    falling = np.arange(len(times))[:, None] >= peak
    since = times[:, None] - times[peak]
    rate = _rate(since, values * falling, decay_constant)
    level = np.sum(values * falling, axis=0) / np.sum(np.exp(-rate * since) * falling, axis=0, where=falling)
    first = 0.5 * times[0] * values[0]
    steps = 0.5 * np.diff(times)[:, None] * (values[1:] + values[:-1])
    rising = np.concatenate([first[None], first + np.cumsum(steps, axis=0)])[peak, np.arange(values.shape[1])]
    before = np.where(peak == 0, level * np.expm1(rate * times[0]) / rate, rising)
    return np.asarray(before + level / rate)


def _rate(since: Floats, weights: Floats, decay_constant: float) -> Floats:
    """Slope of the logarithm of the values from the maximum on, weighted by them (their variance grows with them)."""
    logs = np.log(np.where(weights > 0, weights, 1.0))
    total = weights.sum(axis=0)
    centre, mean = (weights * since).sum(axis=0) / total, (weights * logs).sum(axis=0) / total
    spread = (weights * (since - centre) ** 2).sum(axis=0)
    slope = (weights * (since - centre) * (logs - mean)).sum(axis=0)
    fitted = np.divide(-slope, spread, out=np.zeros_like(slope), where=spread > 0)
    return np.asarray(np.maximum(fitted, decay_constant))

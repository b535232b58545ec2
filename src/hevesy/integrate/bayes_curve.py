"""A kinetic model's curve as a sum of exponentials in SI units."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.kinetic_model import KineticModel

Floats = NDArray[np.float64]


def curve_parameters(
    model: KineticModel, theta: Floats, covariance: Floats, physical_rate_per_h: float
) -> tuple[Floats, Floats, Floats]:
    """Amplitudes and rates of the exponentials, and their covariance.

    Parameters
    ----------
    model, theta, covariance
        Unconstrained parameters and their covariance. Shapes ``(parameter,)`` and ``(parameter, parameter)``.
    physical_rate_per_h
        Physical decay constant. [1/h]

    Returns
    -------
    Amplitudes ``(rate,)`` in the unit of the amplitude, rates ``(rate,)`` [1/s], and the covariance of both ``(2 rate,
    2 rate)``.
    """
    both, slope = _both(model, theta, physical_rate_per_h)
    size = both.size // 2
    unit = np.concatenate([np.ones(size), np.full(size, 1.0 / 3600.0)])
    slope *= unit[:, None]
    moved: Floats = slope @ covariance @ slope.T
    return both[:size], both[size:] / 3600.0, moved


def _both(model: KineticModel, theta: Floats, physical: float) -> tuple[Floats, Floats]:
    """Amplitudes then rates [1/h], and their derivative by the parameters."""
    amplitude, washout = np.exp(theta[:2])
    shares, by_logit = [1.0], [0.0]
    steps = [washout]
    if model.has_fast:
        fast = 1.0 / (1.0 + np.exp(-theta[3]))
        shares, by_logit = [1.0 - fast, fast], [-fast * (1.0 - fast), fast * (1.0 - fast)]
        steps.append(float(np.exp(theta[2])))
    if model.has_uptake:
        shares, by_logit = [*shares, -1.0], [*by_logit, 0.0]
        steps.append(float(np.exp(theta[-1])))
    size = len(shares)
    slope = np.zeros((2 * size, theta.size))
    amplitudes = amplitude * np.array(shares)
    slope[:size, 0] = amplitudes
    if model.has_fast:
        slope[:size, 3] = amplitude * np.array(by_logit)
    columns = [1, *([2] if model.has_fast else []), *([theta.size - 1] if model.has_uptake else [])]
    for k, (column, step) in enumerate(zip(columns, steps, strict=True)):
        slope[size + k :, column] = step
    return np.concatenate([amplitudes, physical + np.cumsum(steps)]), slope

"""Least squares with every parameter within bounds that are reached exactly, not only approached."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_MAX_STEPS = 300
_STEP_TOLERANCE = 1e-15
_COST_TOLERANCE = 1e-12
_PATIENCE = 2


def minimise(
    residuals_of: Callable[[Floats], Floats],
    jacobian_of: Callable[[Floats], Floats],
    start: Floats,
    lower: Floats,
    upper: Floats,
) -> Floats:
    """Levenberg-Marquardt steps on the parameters that no bound holds.

    Parameters
    ----------
    residuals_of
        Measured minus modelled, weighted. Shape ``(point,)``.
    jacobian_of
        Derivative of the weighted model by the parameters. Shape ``(point, parameter)``.
    start, lower, upper
        First parameters, within their bounds. Shape ``(parameter,)``.

    Returns
    -------
    The parameters of a local minimum. Shape ``(parameter,)``.
    """
    x, damping, idle = start, 1e-3, 0
    cost = _cost(residuals_of(x))
    for _ in range(_MAX_STEPS):
        residuals, slope = residuals_of(x), jacobian_of(x)
        descent = slope.T @ residuals
        free = ~(((x <= lower) & (descent <= 0)) | ((x >= upper) & (descent >= 0)))
        step = np.zeros_like(x)
        step[free] = _damped_step(slope[:, free], residuals, damping)
        trial = np.clip(x + step, lower, upper)
        trial_cost = _cost(residuals_of(trial))
        small = bool(np.all(np.abs(trial - x) <= _STEP_TOLERANCE * (1.0 + np.abs(x))))
        idle = idle + 1 if 0.0 <= cost - trial_cost <= _COST_TOLERANCE * cost else 0
        if trial_cost <= cost:
            x, cost, damping = trial, trial_cost, max(damping / 10.0, 1e-15)
        else:
            damping *= 10.0
        if small or damping > 1e12 or idle == _PATIENCE:
            break
    return x


def _cost(residuals: Floats) -> float:
    return float(residuals @ residuals)


def _damped_step(slope: Floats, residuals: Floats, damping: float) -> Floats:
    norms = np.linalg.norm(slope, axis=0)
    norms = np.where(norms > 0, norms, 1.0)
    stacked = np.vstack([slope / norms, np.sqrt(damping) * np.eye(norms.size)])
    target = np.concatenate([residuals, np.zeros(norms.size)])
    step: Floats = np.linalg.lstsq(stacked, target, rcond=None)[0] / norms
    return step

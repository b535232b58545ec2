"""Many small fits of kinetic models at once: Levenberg-Marquardt on logarithms of activity, with or without a prior.

Every subject has the same number of scans of the same regions; all step together, each with its own damping. The
regions of a subject share a normal prior of their joined parameters, and so inform each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.kinetic_model import KineticModel, log_values

Floats = NDArray[np.float64]

_STEPS = 60
_LONGEST_STEP = 1.5
"""Of one parameter, a logarithm or logit."""
_TOLERANCE = 1e-7
_DAMPING = (1e-2, 1e-9, 1e8)


@dataclass(frozen=True)
class KineticData:
    """What was measured in many subjects."""

    log_activity: Floats
    """Shape ``(subject, region, time)``."""
    times_h: Floats
    """Shape ``(subject, time)``. [h]"""
    standard_deviation: Floats
    """Of the logarithms, that is relative. Shape ``(region,)``."""
    physical_rate_per_h: float
    """[1/h]"""


def fit_kinetics(
    models: Sequence[KineticModel], data: KineticData, mean: Floats, precision: Floats, start: Floats
) -> Floats:
    r"""Most probable parameters of every subject.

    Minimises :math:`\sum (\ln y - \ln A(t; \theta))^2 / s^2 + (\theta - \mu)^T P (\theta - \mu)`.

    Parameters
    ----------
    models
        One for each region.
    data
        Measured activities; at least as many as parameters that the prior says nothing about.
    mean, precision
        Of the prior; a precision of zero is none. Shapes ``(parameter,)`` and ``(parameter, parameter)``.
    start
        Where to begin. Shape ``(subject, parameter)``.

    Returns
    -------
    Shape ``(subject, parameter)``.
    """
    theta = np.array(start)
    cost, residuals, jacobian = _linearised(models, data, theta, mean, precision)
    damping = np.full(theta.shape[0], _DAMPING[0])
    active = np.arange(theta.shape[0])
    eye = np.eye(theta.shape[1])
    for _ in range(_STEPS):
        normal = jacobian.swapaxes(-1, -2) @ jacobian + precision
        slope = np.einsum("nkp,nk->np", jacobian, residuals) - (theta[active] - mean) @ precision
        scale = np.maximum(np.diagonal(normal, axis1=-2, axis2=-1), 1e-8)
        damped = normal + (damping[active, None] * scale)[..., None] * eye
        step = np.linalg.solve(damped, slope[..., None])[..., 0]
        step = np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
        tried = theta[active] + step
        new_cost, new_residuals, new_jacobian = _linearised(models, _part(data, active), tried, mean, precision)
        better = new_cost <= cost
        done = better & (cost - new_cost <= _TOLERANCE * (1.0 + cost)) & (np.abs(step).max(axis=-1) < 1e-3)
        done |= damping[active] >= _DAMPING[2]
        theta[active[better]] = tried[better]
        damping[active] = np.clip(np.where(better, damping[active] / 4.0, damping[active] * 6.0), *_DAMPING[1:])
        cost = np.where(better, new_cost, cost)[~done]
        residuals = np.where(better[:, None], new_residuals, residuals)[~done]
        jacobian = np.where(better[:, None, None], new_jacobian, jacobian)[~done]
        active = active[~done]
        if active.size == 0:
            break
    return theta


def _part(data: KineticData, subjects: NDArray[np.intp]) -> KineticData:
    return KineticData(
        data.log_activity[subjects], data.times_h[subjects], data.standard_deviation, data.physical_rate_per_h
    )


def _linearised(
    models: Sequence[KineticModel], data: KineticData, theta: Floats, mean: Floats, precision: Floats
) -> tuple[Floats, Floats, Floats]:
    """Cost ``(subject,)``, weighted residuals ``(subject, point)`` and their slope ``(subject, point, parameter)``."""
    n_times = data.times_h.shape[-1]
    residuals = np.empty((theta.shape[0], len(models) * n_times))
    jacobian = np.zeros((theta.shape[0], len(models) * n_times, theta.shape[-1]))
    first = 0
    for k, model in enumerate(models):
        own = slice(first, first + model.n_parameters)
        rows = slice(k * n_times, (k + 1) * n_times)
        expected, gradient, _ = log_values(model, theta[:, own], data.times_h, data.physical_rate_per_h)
        residuals[:, rows] = (data.log_activity[:, k] - expected) / data.standard_deviation[k]
        jacobian[:, rows, own] = gradient / data.standard_deviation[k]
        first += model.n_parameters
    off = theta - mean
    cost = np.einsum("nk,nk->n", residuals, residuals) + np.einsum("np,pq,nq->n", off, precision, off)
    return np.where(np.isfinite(cost), cost, np.inf), residuals, jacobian

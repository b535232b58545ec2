"""The dead time that a measured curve of count rates shows."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from hevesy.numerics.dead_time import DeadTimeModel, observed_rate, observed_slope

Floats = NDArray[np.float64]

_TELLING = 3.0
"""Standard uncertainties that a dead time must be away from zero to be determined."""
_ROUNDS = 30
_SETTLED = 1e-9


@dataclass(frozen=True)
class CurvePoints:
    """Measured points; each uncertainty is that of its point alone. Shapes ``(point,)``."""

    x: Floats
    """True rate [1/s], or a quantity proportional to it."""
    x_u: Floats
    observed: Floats
    """[1/s]"""
    observed_u: Floats


@dataclass(frozen=True)
class DeadTimeFit:
    """Dead time and how well the model describes the curve."""

    dead_time_s: float
    standard_uncertainty_s: float
    """Scaled up where the points scatter more than they state (Birge). [s]"""
    sensitivity: float
    """True rate per unit of ``x``; 1 where ``x`` is the true rate."""
    chi_square: float
    degrees_of_freedom: int


def fit_dead_time(points: CurvePoints, model: DeadTimeModel, *, free_sensitivity: bool) -> DeadTimeFit:
    r"""Fit the observed over the true rates by least squares with errors in both.

    .. math:: \chi^2 = \sum_i \frac{(m_i - f(k x_i; \tau))^2}{u^2(m_i) + (k f'(k x_i))^2 u^2(x_i)}

    where *k* is 1 or, for a source whose activity or decay is known but not its rate without losses, fitted along.
    The variances are those of the last round, until the dead time settles.

    Parameters
    ----------
    points
        The curve.
    model
        ``paralysable`` or ``non-paralysable``.
    free_sensitivity
        Whether *k* is fitted.

    Raises
    ------
    ValueError
        If there are no more points than parameters plus one, a value is not positive, the fit does not settle, or the
        dead time lies less than three standard uncertainties above zero.
    """
    n_free = 2 if free_sensitivity else 1
    _check(points, n_free)
    start = _start(points, free_sensitivity=free_sensitivity)
    scale = np.array([1.0 / float(np.max(points.x) * start[1]), start[1]])
    z = np.array([start[0] / scale[0], 1.0])
    for _ in range(_ROUNDS):
        new, jacobian = _round(points, z, scale, model, n_free)
        settled, z = abs(new[0] - z[0]) <= _SETTLED * (1.0 + abs(new[0])), new
        if settled:
            return _fit(points, z, scale, jacobian, model)
    raise ValueError("the fit does not settle")


def _check(points: CurvePoints, n_free: int) -> None:
    if points.x.size < n_free + 2:
        raise ValueError(f"{points.x.size} points are too few for {n_free} parameters")
    positive = (points.x, points.observed, points.observed_u)
    if not (all(np.all(v > 0) & np.all(np.isfinite(v)) for v in positive) and np.all(points.x_u >= 0)):
        raise ValueError("rates and uncertainties must be positive and finite")


def _start(points: CurvePoints, *, free_sensitivity: bool) -> tuple[float, float]:
    """Sensitivity from the point with the least losses, dead time from the one with the most."""
    sensitivity = float(np.max(points.observed / points.x)) if free_sensitivity else 1.0
    last = int(np.argmax(points.x))
    rate = sensitivity * float(points.x[last])
    return max(math.log(rate / float(points.observed[last])), 1e-3) / rate, sensitivity


def _round(points: CurvePoints, z: Floats, scale: Floats, model: DeadTimeModel, n_free: int) -> tuple[Floats, Floats]:
    """Least squares with the variances at ``z``: the new parameters and the Jacobian of the residuals there."""
    u = _effective_u(points, z * scale, model)

    def residuals(free: Floats) -> Floats:
        return _residuals(points, _full(free, z) * scale, u, model)

    found = least_squares(residuals, z[:n_free], xtol=1e-14)
    return _full(found.x, z), np.asarray(found.jac, dtype=np.float64)


def _full(free: Floats, last: Floats) -> Floats:
    return np.array([free[0], free[1] if free.size > 1 else last[1]])


def _effective_u(points: CurvePoints, parameters: Floats, model: DeadTimeModel) -> Floats:
    dead_time, sensitivity = parameters
    slope = sensitivity * observed_slope(sensitivity * points.x, dead_time, model)
    u: Floats = np.hypot(points.observed_u, slope * points.x_u)
    return u


def _residuals(points: CurvePoints, parameters: Floats, u: Floats, model: DeadTimeModel) -> Floats:
    dead_time, sensitivity = parameters
    expected = observed_rate(sensitivity * points.x, dead_time, model)
    residuals: Floats = (points.observed - expected) / u
    return residuals


def _fit(points: CurvePoints, z: Floats, scale: Floats, jacobian: Floats, model: DeadTimeModel) -> DeadTimeFit:
    residuals = _residuals(points, z * scale, _effective_u(points, z * scale, model), model)
    chi_square, degrees = float(residuals @ residuals), int(residuals.size - jacobian.shape[1])
    try:
        variance = float(np.linalg.inv(jacobian.T @ jacobian)[0, 0]) * max(1.0, chi_square / degrees)
    except np.linalg.LinAlgError as error:
        raise ValueError("the points determine no dead time") from error
    value, u = float(z[0] * scale[0]), math.sqrt(max(variance, 0.0)) * float(scale[0])
    if not (math.isfinite(u) and value >= _TELLING * u):
        raise ValueError(f"the losses do not stand out: {value * 1e6:.3g} ± {u * 1e6:.2g} µs")
    return DeadTimeFit(value, u, float(z[1] * scale[1]), chi_square, degrees)

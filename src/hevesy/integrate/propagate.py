"""Carrying the uncertainty of the points through a fit, source by source."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import TimeActivityCurve
from hevesy.numerics.exponential_fit import ExponentialFit, jacobian
from hevesy.numerics.exponentials import parameter_map
from hevesy.numerics.fit_uncertainty import (
    Scatter,
    Sensitivity,
    between_scan_scatter,
    coverage_factor,
    sensitivity,
)
from hevesy.quantities import Uncertain, combine

Floats = NDArray[np.float64]

EXPECTED_SCATTER = Scatter(relative=0.05, degrees_of_freedom=4.0)
"""Scatter between scans that counting does not show (repositioning, attenuation and scatter correction, delineation).

A working assumption, not a measured value: 5 %, known to about a third of itself (four degrees of freedom)."""


def independent_u(curve: TimeActivityCurve) -> Floats:
    """Standard uncertainty of each point from the sources that no other point shares. Shape ``(point,)``. [Bq]"""
    uses = Counter(name for point in curve.points for name in point.activity.components)
    own = [[u for name, u in p.activity.components.items() if uses[name] == 1] for p in curve.points]
    return np.array([math.hypot(*parts) for parts in own])


def weights_u(curve: TimeActivityCurve, expected: Scatter) -> Floats:
    """Standard uncertainties that weigh the points: the independent ones, at least the expected scatter. [Bq]"""
    return np.maximum(independent_u(curve), expected.relative * curve.activities_bq)


@dataclass(frozen=True)
class FitErrors:
    """How the errors of the points move one fit."""

    curve: TimeActivityCurve
    sensitivity: Sensitivity
    known_u: Floats
    """Independent standard uncertainty of each point. [Bq]"""
    scatter: Scatter

    @property
    def scatter_u(self) -> Floats:
        """Standard uncertainty of each point from the scatter between scans. [Bq]"""
        return self.scatter.relative * self.curve.activities_bq


def fit_errors(curve: TimeActivityCurve, fit: ExponentialFit, expected: Scatter) -> FitErrors:
    """Linearise a fit and estimate the scatter between scans."""
    used, known = weights_u(curve, expected), independent_u(curve)
    releasable = np.zeros(fit.free.size, dtype=np.bool_)
    releasable[fit.model.n_washout] = True
    linear = sensitivity(jacobian(fit, curve.times_s), used, fit.free, releasable)
    activities = curve.activities_bq
    scatter = between_scan_scatter(
        fit.weighted_residuals, linear.leverage, used, known / activities, activities, expected=expected
    )
    return FitErrors(curve, linear, known, scatter)


def carry(errors: FitErrors, value: float, gradient: Floats, extra_u: float = 0.0) -> Uncertain:
    """A function of the parameters with the uncertainty of the points.

    Sources of the points stay what they are, so that shared ones stay shared. The source ``fit:<region>`` holds the
    scatter between scans, the small number of scans, a biological rate held at zero by its bound, and ``extra_u``.

    Parameters
    ----------
    errors
        Of the fit.
    value, gradient
        The function and its derivative by the parameters.
    extra_u
        Standard uncertainty of the model itself, in the unit of the value.
    """
    weights = gradient @ errors.sensitivity.within_bounds
    released = gradient @ errors.sensitivity.unbounded
    variances = errors.known_u**2 + errors.scatter_u**2
    known, scatter = float(weights**2 @ errors.known_u**2), float(weights**2 @ errors.scatter_u**2)
    factor = coverage_factor(known, scatter, errors.scatter.degrees_of_freedom)
    bound = max(0.0, float((released**2 - weights**2) @ variances))
    fit_variance = max(0.0, factor**2 * (known + scatter) - known) + bound + extra_u**2
    points = combine(value, zip((p.activity for p in errors.curve.points), weights.tolist(), strict=True))
    return Uncertain(value, {**points.components, f"fit:{errors.curve.region}": math.sqrt(fit_variance)})


def parameter_covariance(errors: FitErrors, fit: ExponentialFit) -> Floats:
    """Covariance of (amplitudes, rates) from every source. Shape ``(2 rate, 2 rate)``."""
    names = sorted({name for p in errors.curve.points for name in p.activity.components})
    components = np.array([[p.activity.components.get(name, 0.0) for name in names] for p in errors.curve.points])
    known, scatter = float(errors.known_u @ errors.known_u), float(errors.scatter_u @ errors.scatter_u)
    factor = coverage_factor(known, scatter, errors.scatter.degrees_of_freedom)
    widened = (factor**2 - 1.0) * errors.known_u**2 + factor**2 * errors.scatter_u**2
    of_points = components @ components.T + np.diag(widened)
    slope = parameter_map(fit.model) @ errors.sensitivity.unbounded
    covariance: Floats = slope @ of_points @ slope.T
    return covariance


def unseen_uptake_u(at_zero_bq: float, first_time_s: float, scatter: Scatter) -> float:
    r"""Standard uncertainty of an integral from an uptake phase that no scan could show. [Bq s]

    A curve without uptake starts at its full value. An uptake that leaves the first scan short by no more than the
    scatter *s* is not seen; it takes at most :math:`A_0 t_1 / \ln(1/s)` off the integral. Taken as most probably
    nothing and linearly less probable up to that, its root mean square is that most over the square root of 6.
    """
    return at_zero_bq * first_time_s / math.log(1.0 / scatter.relative) / math.sqrt(6.0)

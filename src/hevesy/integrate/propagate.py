"""Carrying the uncertainty of the points through a fit, source by source."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import TimeActivityCurve
from hevesy.numerics.exponential_fit import ExponentialFit, fit_again, jacobian
from hevesy.numerics.exponentials import parameter_map
from hevesy.numerics.fit_uncertainty import (
    Scatter,
    Sensitivity,
    between_scan_scatter,
    coverage_factor,
    sensitivity,
)
from hevesy.quantities import Uncertain

Floats = NDArray[np.float64]

EXPECTED_SCATTER = Scatter(relative=0.05, degrees_of_freedom=4.0)
"""Scatter between scans that counting does not show (repositioning, attenuation and scatter correction, delineation).

A working assumption, not a measured value: 5 %, known to about a third of itself (four degrees of freedom)."""


def _own_sources(curve: TimeActivityCurve) -> frozenset[str]:
    """Sources of one point only."""
    uses = Counter(name for point in curve.points for name in point.activity.components)
    return frozenset(name for name, n in uses.items() if n == 1)


def independent_u(curve: TimeActivityCurve) -> Floats:
    """Standard uncertainty of each point from the sources that no other point shares. Shape ``(point,)``. [Bq]"""
    own = _own_sources(curve)
    parts = [[u for name, u in p.activity.components.items() if name in own] for p in curve.points]
    return np.array([math.hypot(*part) for part in parts])


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
    fit: ExponentialFit
    higher: tuple[ExponentialFit, ...]
    """The fit with each point in turn higher by its uncertainty."""
    lower: tuple[ExponentialFit, ...]
    """And lower."""

    @property
    def scatter_u(self) -> Floats:
        """Standard uncertainty of each point from the scatter between scans. [Bq]"""
        return self.scatter.relative * self.curve.activities_bq

    @property
    def point_u(self) -> Floats:
        """Standard uncertainty of each point from all that it does not share. [Bq]"""
        return np.hypot(self.known_u, self.scatter_u)


def fit_errors(
    curve: TimeActivityCurve, fit: ExponentialFit, expected: Scatter, physical_rate_per_s: float
) -> FitErrors:
    """Linearise a fit, estimate the scatter between scans, and repeat the fit with every point moved by its own."""
    used, known = weights_u(curve, expected), independent_u(curve)
    releasable = np.zeros(fit.free.size, dtype=np.bool_)
    releasable[fit.model.n_washout] = True
    linear = sensitivity(jacobian(fit, curve.times_s), used, fit.free, releasable)
    activities = curve.activities_bq
    scatter = between_scan_scatter(
        fit.weighted_residuals, linear.leverage, used, known / activities, activities, expected=expected
    )
    steps = np.diag(np.hypot(known, scatter.relative * activities))
    # No point is moved to zero or below, where no exponential follows.
    steps = np.minimum(steps, 0.9 * np.diag(activities))

    def again(moved: Floats) -> ExponentialFit:
        return fit_again(fit, curve.times_s, moved, used, physical_rate_per_s)

    higher, lower = (tuple(again(activities + sign * step) for step in steps) for sign in (1.0, -1.0))
    return FitErrors(curve, linear, known, scatter, fit, higher, lower)


def carry(
    errors: FitErrors, value_of: Callable[[ExponentialFit], float], gradient: Floats, extra_u: float = 0.0
) -> Uncertain:
    """A function of a fit with the uncertainty of the points.

    Sources of the points stay what they are, so that shared ones stay shared; these are carried by the derivative. What
    a point does not share moves the fit within its bounds by a finite step, as a phase that the scans hardly resolve
    does not follow its derivative far. The source ``fit:<region>`` holds the scatter between scans, the small number of
    scans, the second order of those steps, a biological rate held at zero by its bound, and ``extra_u``.

    Parameters
    ----------
    errors
        Of the fit.
    value_of, gradient
        The function, and its derivative by the parameters.
    extra_u
        Standard uncertainty of the model itself, in the unit of the value.

    References
    ----------
    .. [1] JCGM 100:2008, Guide to the expression of uncertainty in measurement, 5.1.2 and 5.1.3 (finite steps, second
       order)
    """
    value = value_of(errors.fit)
    slopes, curvature = _finite(errors, value_of, value)
    known, scatter = float(slopes**2 @ errors.known_u**2), float(slopes**2 @ errors.scatter_u**2)
    factor = coverage_factor(known, scatter, errors.scatter.degrees_of_freedom)
    derivatives = gradient @ errors.sensitivity.within_bounds
    released = gradient @ errors.sensitivity.unbounded
    bound = max(0.0, float((released**2 - derivatives**2) @ errors.point_u**2))
    fit_variance = max(0.0, factor**2 * (known + scatter) - known) + bound + curvature + extra_u**2
    components = _components(errors.curve, derivatives, slopes)
    return Uncertain(value, {**components, f"fit:{errors.curve.region}": math.sqrt(fit_variance)})


def _finite(errors: FitErrors, value_of: Callable[[ExponentialFit], float], value: float) -> tuple[Floats, float]:
    """Change of a function by each point over the point's step, and the mean square of the second order."""
    higher, lower = (np.array([value_of(fit) for fit in fits]) for fits in (errors.higher, errors.lower))
    second = (higher + lower) / 2.0 - value
    steps = np.minimum(errors.point_u, 0.9 * errors.curve.activities_bq)
    slopes: Floats = np.divide(higher - lower, 2.0 * steps, out=np.zeros_like(steps), where=steps > 0)
    return slopes, float(2.0 * second @ second + second.sum() ** 2)


def _components(curve: TimeActivityCurve, derivatives: Floats, slopes: Floats) -> dict[str, float]:
    """What every source of the points does: a shared one by the derivatives, others by finite steps."""
    own = _own_sources(curve)
    found: dict[str, float] = {}
    for point, derivative, slope in zip(curve.points, derivatives.tolist(), slopes.tolist(), strict=True):
        for name, u in point.activity.components.items():
            found[name] = found.get(name, 0.0) + u * (slope if name in own else derivative)
    return found


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


def visible_scatter(curve: TimeActivityCurve, expected: Scatter) -> Scatter:
    """The scatter that hides an uptake: the expected one, or that of the first point where none is expected."""
    if expected.relative > 0.0:
        return expected
    own = float(independent_u(curve)[0]) / float(curve.activities_bq[0])
    return Scatter(min(own, 0.9), expected.degrees_of_freedom)


def unseen_uptake_u(at_zero_bq: float, first_time_s: float, scatter: Scatter) -> float:
    r"""Standard uncertainty of an integral from an uptake phase that no scan could show. [Bq s]

    A curve without uptake starts at its full value. An uptake that leaves the first scan short by no more than the
    scatter *s* is not seen; it takes at most :math:`A_0 t_1 / \ln(1/s)` off the integral. Taken as most probably
    nothing and linearly less probable up to that, its root mean square is that most over the square root of 6.
    """
    return at_zero_bq * first_time_s / math.log(1.0 / scatter.relative) / math.sqrt(6.0)

"""The uncertainty of an integral once more, by drawing the points anew and fitting each draw."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Progress, TimeActivityCurve, silent
from hevesy.integrate.exponential_curve import PeriodIntegral, points_of
from hevesy.integrate.joint import Share, choose_together, joint_errors
from hevesy.integrate.propagate import fit_errors
from hevesy.integrate.settings import FitSettings
from hevesy.numerics import exponentials as ex
from hevesy.numerics.exponential_fit import fit_again, fit_exponentials
from hevesy.numerics.exponentials import MODELS
from hevesy.numerics.joint_fit import JointFit, fit_jointly_again

Floats = NDArray[np.float64]

_ALLOWED = 0.1
"""Relative difference that first order and finite steps may make, beyond that of the number of draws."""


@dataclass(frozen=True)
class UncertaintyCheck:
    """What the errors of the points do to an integral, propagated and drawn."""

    samples: int
    seed: int
    propagated_u_bq_s: float
    """Standard uncertainty from the points' own errors and the scatter between scans, as propagated. [Bq s]"""
    drawn_u_bq_s: float
    """Standard deviation of the integrals of the draws. [Bq s]"""
    drawn_interval95_bq_s: tuple[float, float]
    """Central 95 % of them. [Bq s]"""
    drawn_bias_fraction: float
    """Mean of them over the integral, less one."""
    at_bound: bool
    """Whether a parameter is at a bound: the propagated value is an upper estimate then."""

    @property
    def ratio(self) -> float:
        """Drawn over propagated."""
        return self.drawn_u_bq_s / self.propagated_u_bq_s

    @property
    def tolerance(self) -> float:
        """By how much the ratio may differ from 1, which is 10 % and three standard deviations of the draws."""
        return _ALLOWED + 3.0 / math.sqrt(2.0 * self.samples)

    @property
    def agrees(self) -> bool:
        """Whether the two are the same within the tolerance, or the drawn one is smaller at a bound."""
        return self.ratio <= 1.0 + self.tolerance and (self.at_bound or self.ratio >= 1.0 - self.tolerance)


def check_uncertainty(
    curve: TimeActivityCurve, settings: FitSettings, samples: int, seed: int, progress: Progress = silent
) -> UncertaintyCheck:
    r"""Parametric bootstrap: points drawn about the fitted curve, each draw fitted with the same model and weights.

    Drawn are the errors that no two points share and the scatter between scans as found from the misfit, as normal
    deviates. What the propagated uncertainty holds beyond them - few degrees of freedom, an unseen uptake, sources that
    points share - is in neither of the two values compared.

    Parameters
    ----------
    curve
        Measured activities of one region.
    settings
        Their model is a sum of exponentials, by name.
    samples
        Number of draws, two at least.
    seed
        Of the random numbers.
    progress
        Told how far the draws are.

    Raises
    ------
    ValueError
        If the model is no sum of exponentials, or there are fewer than two draws.

    References
    ----------
    .. [1] B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, Chapman & Hall (1993), chapter 6.
    """
    model = next((m for m in MODELS if m.name == settings.model), None)
    if model is None or samples < 2:
        raise ValueError(f"expected a sum of exponentials and two draws or more, but {settings.model}, {samples} came")
    points = points_of(curve, settings)
    rate = settings.physical_rate_per_s
    fit = fit_exponentials(model, points.times_s, points.activities_bq, points.weights_u_bq, rate)
    errors = fit_errors(curve, fit, settings.scatter, rate)
    period = PeriodIntegral(float(curve.times_s[-1]), settings.end_s, settings.tail)
    modelled = ex.values(fit.amplitudes, fit.rates, points.times_s)
    generator = np.random.default_rng(seed)

    def drawn() -> float:
        activities = modelled + errors.point_u * generator.standard_normal(modelled.size)
        if fit.without_washout:
            other = fit_exponentials(model, points.times_s, activities, points.weights_u_bq, rate)
        else:
            other = fit_again(fit, points.times_s, activities, points.weights_u_bq, rate)
        return period.value(other.amplitudes, other.rates)

    values = _collect(drawn, samples, progress)
    value = period.value(fit.amplitudes, fit.rates)
    higher, lower = (
        np.array([period.value(f.amplitudes, f.rates) for f in fits]) for fits in (errors.higher, errors.lower)
    )
    propagated = _propagated(higher, lower, value, errors.point_u, curve.activities_bq)
    return _compared(values, value, propagated, seed, at_bound=not bool(fit.free.all()))


def check_together(
    curves: Sequence[TimeActivityCurve],
    settings: Sequence[FitSettings],
    shares: Sequence[Share],
    draws: tuple[int, int],
    progress: Progress = silent,
) -> tuple[tuple[UncertaintyCheck, ...], Floats]:
    """The same for regions that share rates, all their points drawn at once.

    Parameters
    ----------
    curves, settings, shares
        As they were fitted together; the model by name.
    draws
        Number of draws, and the seed of the random numbers.
    progress
        Told how far the draws are.

    Returns
    -------
    One check for each region, and the covariance of the drawn integrals. Shape ``(region, region)``. [Bq² s²]
    """
    fit = choose_together(curves, settings[0], shares).fit
    errors = joint_errors(curves, fit, settings[0])
    periods = [
        PeriodIntegral(float(c.times_s[-1]), own.end_s, own.tail) for c, own in zip(curves, settings, strict=True)
    ]
    modelled = [ex.values(*fit.amplitudes_and_rates(n), c.times_s) for n, c in enumerate(curves)]
    ends = np.cumsum([c.times_s.size for c in curves])[:-1]
    generator = np.random.default_rng(draws[1])

    def integrals(found: JointFit) -> Floats:
        return np.array([p.value(*found.amplitudes_and_rates(n)) for n, p in enumerate(periods)])

    def drawn() -> Floats:
        moved = np.split(errors.point_u * generator.standard_normal(errors.point_u.size), ends)
        return integrals(fit_jointly_again(fit, [m + d for m, d in zip(modelled, moved, strict=True)]))

    values, value = _collect(drawn, draws[0], progress), integrals(fit)
    higher, lower = (np.array([integrals(f) for f in fits]) for fits in (errors.higher, errors.lower))
    checks = []
    for n in range(len(curves)):
        propagated = _propagated(higher[:, n], lower[:, n], float(value[n]), errors.point_u, errors.activities)
        at_bound = not bool(fit.free.all())
        checks.append(_compared(values[:, n], float(value[n]), propagated, draws[1], at_bound=at_bound))
    return tuple(checks), np.atleast_2d(np.cov(values.T))


def _collect(draw: Callable[[], float | Floats], samples: int, progress: Progress) -> Floats:
    found = []
    for n in range(samples):
        found.append(draw())
        progress("draw the points anew", n + 1, samples)
    return np.array(found)


def _compared(values: Floats, value: float, propagated: float, seed: int, *, at_bound: bool) -> UncertaintyCheck:
    low, high = np.percentile(values, [2.5, 97.5])
    return UncertaintyCheck(
        samples=values.size,
        seed=seed,
        propagated_u_bq_s=propagated,
        drawn_u_bq_s=float(values.std(ddof=1)),
        drawn_interval95_bq_s=(float(low), float(high)),
        drawn_bias_fraction=float(values.mean()) / value - 1.0,
        at_bound=at_bound,
    )


def _propagated(higher: Floats, lower: Floats, value: float, point_u: Floats, activities: Floats) -> float:
    """First and second order of the finite steps."""
    steps = np.minimum(point_u, 0.9 * activities)
    first, second = (higher - lower) / (2.0 * steps) * point_u, (higher + lower) / 2.0 - value
    return math.sqrt(float(first @ first + 2.0 * second @ second))

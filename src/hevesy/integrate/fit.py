"""From measured activities to the time-integrated activity of one region."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import FittedCurve, Tail, TimeActivityCurve
from hevesy.errors import InputError, RegionFinding
from hevesy.integrate.choose import Choice, Points, choose_model
from hevesy.integrate.propagate import (
    EXPECTED_SCATTER,
    FitErrors,
    carry,
    fit_errors,
    parameter_covariance,
    unseen_uptake_u,
    weights_u,
)
from hevesy.integrate.single_time import single_time_curve
from hevesy.integrate.trapezoid import trapezoid_tail_curve
from hevesy.numerics import exponentials as ex
from hevesy.numerics.exponential_fit import ExponentialFit
from hevesy.numerics.fit_uncertainty import Scatter
from hevesy.quantities import Uncertain, combine

Floats = NDArray[np.float64]

_HALF_LIFE_ROUNDING = 1e-3
"""A stated half-life may differ from the tabulated physical one by rounding."""


def fit_curve(
    curve: TimeActivityCurve,
    *,
    physical_half_life_s: float,
    model: str,
    tail: Tail | None = None,
    fixed_half_life_s: Uncertain | None = None,
    scatter: Scatter = EXPECTED_SCATTER,
) -> FittedCurve:
    r"""Fit a time-activity curve and integrate it from 0 to infinity.

    One point needs a stated half-life (mono-exponential through the point). Two points or more are fitted
    with a sum of exponentials whose effective half-lives cannot be longer than the physical one. Activity that still
    rises at the last scan has no integral to infinity unless the tail is stated; the curve is then made of straight
    lines from zero at t = 0 through the points, and the tail. A stated tail takes over at the last scan in either case.

    Parameters
    ----------
    curve
        Measured activities at scan time, not corrected for decay.
    physical_half_life_s
        Of the radionuclide. [s]
    model
        ``auto``, ``mono``, ``bi``, ``uptake-mono`` or ``uptake-bi``.
    tail
        How the study says activity goes on after the last scan.
    fixed_half_life_s
        Effective half-life for a single time point; several time points do not use it, which the candidates say. [s]
    scatter
        Relative scatter between scans expected beyond what the points state; it also bounds their weights.

    Raises
    ------
    InputError
        If the model is unknown or a stated half-life is longer than the physical one.
    RegionFinding
        If the points cannot support an integral: no positive activity, one point without a half-life, activity still
        rising without a tail, fewer points than parameters.
    ValueError
        If the scatter does not lie between 0 and 1.

    References
    ----------
    .. [1] D. Hardiansyah et al., EJNMMI Phys. 8 (2021), doi:10.1186/s40658-021-00427-x (rates bounded by decay)
    .. [2] J. I. Gear et al., Eur. J. Nucl. Med. Mol. Imaging 45 (2018) 2456, doi:10.1007/s00259-018-4136-7
    """
    if not (0.0 < scatter.relative < 1.0 and scatter.degrees_of_freedom > 0.0):
        raise ValueError(f"expected a scatter between 0 and 1 with degrees of freedom, but {scatter} came")
    _check_points(curve)
    for what, stated in (("tail", tail.half_life_s if tail else None), ("half-life", fixed_half_life_s)):
        _check_half_life(curve.region, what, stated, physical_half_life_s)
    if len(curve.points) == 1:
        if fixed_half_life_s is None:
            raise RegionFinding("one time point and no stated half-life")
        if tail is not None:
            raise RegionFinding("one time point with a stated tail: state its half-life alone")
        return single_time_curve(curve, fixed_half_life_s, scatter, longest_s=physical_half_life_s)
    if curve.activities_bq[-1] >= curve.activities_bq[-2]:
        if tail is None:
            raise RegionFinding("activity still rising at the last scan: state the tail")
        return trapezoid_tail_curve(curve, tail, math.log(2.0) / physical_half_life_s)
    return _fitted(curve, physical_half_life_s, model, tail, fixed_half_life_s, scatter)


def _check_points(curve: TimeActivityCurve) -> None:
    if not curve.points:
        raise RegionFinding("no time point")
    for n, point in enumerate(curve.points, start=1):
        value = point.activity.value
        if not (math.isfinite(value) and value > 0):
            raise RegionFinding(f"activity at time point {n} ({point.time_s / 3600.0:.4g} h) is {value:.4g} Bq")
        if not point.time_s > 0:
            raise RegionFinding(f"time point {n} lies {point.time_s / 3600.0:.4g} h after the administration")


def _check_half_life(region: str, what: str, stated: Uncertain | None, physical_s: float) -> None:
    if stated is None:
        return
    if not 0 < stated.value <= physical_s * (1.0 + _HALF_LIFE_ROUNDING):
        raise InputError(
            f"an effective half-life of at most the physical {physical_s / 3600.0:.4g} h",
            f"{stated.value / 3600.0:.4g} h came",
            f"{what} of {region}",
        )


def _fitted(
    curve: TimeActivityCurve,
    physical_half_life_s: float,
    model: str,
    tail: Tail | None,
    fixed_half_life_s: Uncertain | None,
    scatter: Scatter,
) -> FittedCurve:
    points = Points(curve.times_s, curve.activities_bq, weights_u(curve, scatter), math.log(2.0) / physical_half_life_s)
    choice = choose_model(points, model)
    fit = choice.fit
    errors = fit_errors(curve, fit, scatter, points.physical_rate_per_s)
    last = float(curve.times_s[-1])
    to_last = _integral(errors, fit, last, scatter)
    whole = _integral(errors, fit, np.inf, scatter) if tail is None else _with_tail(errors, fit, tail, scatter)
    terminal = carry(errors, _half_life, _rate_step(fit) * -math.log(2.0) / fit.rates[0] ** 2)
    return FittedCurve(
        region=curve.region,
        model=fit.model.name,
        amplitudes_bq=tuple(fit.amplitudes.tolist()),
        rates_per_s=tuple(fit.rates.tolist()),
        parameter_covariance=parameter_covariance(errors, fit),
        time_integrated_activity=whole,
        effective_half_life=terminal if tail is None else tail.half_life_s,
        aicc=choice.aicc,
        candidates=_rows(choice, unused=fixed_half_life_s is not None),
        chi_square=fit.chi_square,
        degrees_of_freedom=fit.degrees_of_freedom,
        tail=tail,
        tail_from_s=None if tail is None else last,
        integral_to_last_scan=to_last,
        extrapolated_fraction=max(0.0, 1.0 - to_last.value / whole.value),
    )


def _rows(choice: Choice, *, unused: bool) -> tuple[tuple[str, float | None, str], ...]:
    note = ("stated-half-life", None, "used for a single time point only")
    return (*choice.candidates, note) if unused else choice.candidates


def _half_life(fit: ExponentialFit) -> float:
    return math.log(2.0) / float(fit.rates[0])


def _rate_step(fit: ExponentialFit) -> Floats:
    step = np.zeros(fit.parameters.size)
    step[fit.model.n_washout] = 1.0
    return step


def _integral(errors: FitErrors, fit: ExponentialFit, until: float, scatter: Scatter) -> Uncertain:
    def value_of(other: ExponentialFit) -> float:
        return ex.integral(other.amplitudes, other.rates, until)

    gradient = ex.integral_gradient(fit.amplitudes, fit.rates, until) @ ex.parameter_map(fit.model)
    return carry(errors, value_of, gradient, _unseen_uptake(errors, fit, scatter))


def _unseen_uptake(errors: FitErrors, fit: ExponentialFit, scatter: Scatter) -> float:
    if fit.model.has_uptake:
        return 0.0
    return unseen_uptake_u(float(fit.amplitudes.sum()), float(errors.curve.times_s[0]), scatter)


def _with_tail(errors: FitErrors, fit: ExponentialFit, tail: Tail, scatter: Scatter) -> Uncertain:
    last = errors.curve.times_s[-1:]
    at_last = float(ex.values(fit.amplitudes, fit.rates, last)[0])
    slope = ex.value_gradient(fit.amplitudes, fit.rates, last)[0]
    mean_life = tail.half_life_s.value / math.log(2.0)
    gradient = ex.integral_gradient(fit.amplitudes, fit.rates, float(last[0])) + slope * mean_life

    def value_of(other: ExponentialFit) -> float:
        tail_bq_s = float(ex.values(other.amplitudes, other.rates, last)[0]) * mean_life
        return ex.integral(other.amplitudes, other.rates, float(last[0])) + tail_bq_s

    together = carry(
        errors,
        value_of,
        gradient @ ex.parameter_map(fit.model),
        _unseen_uptake(errors, fit, scatter),
    )
    return combine(together.value, [(together, 1.0), (tail.half_life_s, at_last / math.log(2.0))])

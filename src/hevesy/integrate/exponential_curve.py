"""A sum of exponentials through the points of one region, with its integral and what both are uncertain by."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import FittedCurve, Tail, TimeActivityCurve
from hevesy.integrate.choose import Choice, Points, choose_model, freed_fit
from hevesy.integrate.propagate import (
    FitErrors,
    carry,
    fit_errors,
    parameter_covariance,
    unseen_uptake_u,
    visible_scatter,
    weights_u,
)
from hevesy.integrate.settings import FitSettings
from hevesy.numerics import exponentials as ex
from hevesy.numerics.exponential_fit import ExponentialFit
from hevesy.numerics.fit_uncertainty import Scatter
from hevesy.quantities import Uncertain, combine

Floats = NDArray[np.float64]


def points_of(curve: TimeActivityCurve, settings: FitSettings) -> Points:
    """The points of a region as a fit sees them."""
    spare = 2 if settings.robust else 0
    used = weights_u(curve, settings.scatter)
    return Points(curve.times_s, curve.activities_bq, used, settings.physical_rate_per_s, spare)


def exponential_curve(
    curve: TimeActivityCurve, settings: FitSettings, *, half_life_unused: bool = False
) -> FittedCurve:
    """Choose or take the model, fit it, and integrate."""
    points = points_of(curve, settings)
    choice = choose_model(points, settings.model)
    rows = choice.candidates
    if half_life_unused:
        rows = (*rows, ("stated-half-life", None, "used for a single time point only"))
    return curve_of_choice(curve, settings, points, Choice(choice.fit, choice.aicc, rows, choice.reason))


def curve_of_choice(curve: TimeActivityCurve, settings: FitSettings, points: Points, choice: Choice) -> FittedCurve:
    """Carry the uncertainty of the points through a fit to its integral and its terminal half-life."""
    fit, tail, last = choice.fit, settings.tail, float(curve.times_s[-1])
    errors = fit_errors(curve, fit, settings.scatter, settings.physical_rate_per_s)
    whole = _integral(errors, settings, settings.end_s)
    to_last = whole if settings.end_s <= last else _integral(errors, settings, last)
    step = rate_step(fit) * -math.log(2.0) / fit.rates[0] ** 2
    return FittedCurve(
        region=curve.region,
        model=fit.model.name,
        amplitudes_bq=tuple(fit.amplitudes.tolist()),
        rates_per_s=tuple(fit.rates.tolist()),
        parameter_covariance=parameter_covariance(errors, fit),
        time_integrated_activity=whole,
        effective_half_life=carry(errors, _half_life, step) if tail is None else tail.half_life_s,
        aicc=choice.aicc,
        candidates=choice.candidates,
        chi_square=fit.chi_square,
        degrees_of_freedom=fit.degrees_of_freedom,
        tail=tail,
        tail_from_s=None if tail is None else last,
        integral_to_last_scan=to_last,
        extrapolated_fraction=max(0.0, 1.0 - to_last.value / whole.value),
        until_s=settings.until_s,
        reason=choice.reason,
        free_half_life_s=_free_half_life_s(fit, points),
        scatter_between_scans=errors.scatter.relative,
    )


def _free_half_life_s(fit: ExponentialFit, points: Points) -> float | None:
    if not fit.without_washout:
        return None
    freed = freed_fit(fit, points)
    return math.inf if freed.without_washout else _half_life(freed)


def _half_life(fit: ExponentialFit) -> float:
    return math.log(2.0) / float(fit.rates[0])


def rate_step(fit: ExponentialFit) -> Floats:
    """Derivative of the terminal rate by the parameters. Shape ``(parameter,)``."""
    step = np.zeros(fit.parameters.size)
    step[fit.model.n_washout] = 1.0
    return step


def _integral(errors: FitErrors, settings: FitSettings, until: float) -> Uncertain:
    fit, last = errors.fit, float(errors.curve.times_s[-1])
    unseen = _unseen_uptake(errors, fit, visible_scatter(errors.curve, settings.scatter))
    if settings.tail is None or until <= last:
        gradient = ex.integral_gradient(fit.amplitudes, fit.rates, until) @ ex.parameter_map(fit.model)
        return carry(errors, _integral_of(until), gradient, unseen)
    life, by_half_life = tail_life_s(settings.tail, until - last)
    slope = ex.value_gradient(fit.amplitudes, fit.rates, np.array([last]))[0]
    gradient = ex.integral_gradient(fit.amplitudes, fit.rates, last) + slope * life

    def value_of(other: ExponentialFit) -> float:
        at_last = float(ex.values(other.amplitudes, other.rates, np.array([last]))[0])
        return ex.integral(other.amplitudes, other.rates, last) + at_last * life

    together = carry(errors, value_of, gradient @ ex.parameter_map(fit.model), unseen)
    at_last = float(ex.values(fit.amplitudes, fit.rates, np.array([last]))[0])
    return combine(together.value, [(together, 1.0), (settings.tail.half_life_s, at_last * by_half_life)])


def _integral_of(until: float) -> Callable[[ExponentialFit], float]:
    return lambda fit: ex.integral(fit.amplitudes, fit.rates, until)


def tail_life_s(tail: Tail, period_s: float) -> tuple[float, float]:
    r"""Integral of a tail over its first value, :math:`\tau (1 - e^{-p / \tau})`, and its derivative by the half-life.

    Parameters
    ----------
    tail
        Falls by half every half-life.
    period_s
        Length of the tail, infinity included. [s]

    Returns
    -------
    The integral [s], and its derivative by the half-life [1].
    """
    life = tail.half_life_s.value / math.log(2.0)
    if math.isinf(period_s):
        return life, 1.0 / math.log(2.0)
    x = period_s / life
    return life * -math.expm1(-x), (-math.expm1(-x) - x * math.exp(-x)) / math.log(2.0)


def _unseen_uptake(errors: FitErrors, fit: ExponentialFit, scatter: Scatter) -> float:
    if fit.model.has_uptake:
        return 0.0
    return unseen_uptake_u(float(fit.amplitudes.sum()), float(errors.curve.times_s[0]), scatter)

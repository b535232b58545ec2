"""A sum of exponentials through the points of one region, with its integral and what both are uncertain by."""

from __future__ import annotations

import math
from dataclasses import dataclass

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
from hevesy.quantities import Uncertain, combine

Floats = NDArray[np.float64]

_ROUNDING = 1.001
"""A half-life longer than the physical one by less is that one, rounded."""


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
    by_rate = rate_step(fit) * -math.log(2.0) / fit.rates[terminal_phase(fit)] ** 2
    return FittedCurve(
        region=curve.region,
        model=fit.model.name,
        amplitudes_bq=tuple(fit.amplitudes.tolist()),
        rates_per_s=tuple(fit.rates.tolist()),
        parameter_covariance=parameter_covariance(errors, fit),
        time_integrated_activity=whole,
        effective_half_life=carry(errors, _half_life, by_rate) if tail is None else tail.half_life_s,
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
    free = math.inf if freed.without_washout else _half_life(freed)
    return free if free > _ROUNDING * _half_life(fit) else None


def _half_life(fit: ExponentialFit) -> float:
    return math.log(2.0) / float(fit.rates[terminal_phase(fit)])


def terminal_phase(fit: ExponentialFit) -> int:
    """Place of the slowest phase that did not vanish; the others' places are by rate."""
    there = np.flatnonzero(fit.amplitudes[: fit.model.n_washout] > 0.0)
    return int(there[0]) if there.size else 0


def rate_step(fit: ExponentialFit) -> Floats:
    """Derivative of the terminal rate by the parameters. Shape ``(parameter,)``."""
    step = np.zeros(fit.parameters.size)
    first = fit.model.n_washout
    step[first : first + terminal_phase(fit) + 1] = 1.0
    return step


@dataclass(frozen=True)
class PeriodIntegral:
    """The integral of a sum of exponentials over a period, with a tail that takes over at the last scan if stated."""

    last_s: float
    """Last scan. [s]"""
    end_s: float
    """End of the period, infinity included. [s]"""
    tail: Tail | None

    @property
    def _in_tail(self) -> Tail | None:
        return self.tail if self.end_s > self.last_s else None

    def value(self, amplitudes: Floats, rates: Floats) -> float:
        """The integral. [Bq s]"""
        tail = self._in_tail
        if tail is None:
            return ex.integral(amplitudes, rates, self.end_s)
        return ex.integral(amplitudes, rates, self.last_s) + self._at_last(amplitudes, rates) * self._life(tail)[0]

    def gradient(self, amplitudes: Floats, rates: Floats) -> Floats:
        """Its derivative by (amplitudes, rates). Shape ``(2 rate,)``."""
        tail = self._in_tail
        if tail is None:
            return ex.integral_gradient(amplitudes, rates, self.end_s)
        slope = ex.value_gradient(amplitudes, rates, np.array([self.last_s]))[0]
        gradient: Floats = ex.integral_gradient(amplitudes, rates, self.last_s) + slope * self._life(tail)[0]
        return gradient

    def with_tail(self, integral: Uncertain, amplitudes: Floats, rates: Floats) -> Uncertain:
        """An integral with the uncertainty of the half-life of its tail as well."""
        tail = self._in_tail
        if tail is None:
            return integral
        by_half_life = self._at_last(amplitudes, rates) * self._life(tail)[1]
        return combine(integral.value, [(integral, 1.0), (tail.half_life_s, by_half_life)])

    def _at_last(self, amplitudes: Floats, rates: Floats) -> float:
        return float(ex.values(amplitudes, rates, np.array([self.last_s]))[0])

    def _life(self, tail: Tail) -> tuple[float, float]:
        return tail_life_s(tail, self.end_s - self.last_s)


def _integral(errors: FitErrors, settings: FitSettings, until: float) -> Uncertain:
    fit = errors.fit
    unseen = 0.0 if fit.model.has_uptake else unseen_uptake(errors.curve, settings, float(fit.amplitudes.sum()))
    period = PeriodIntegral(float(errors.curve.times_s[-1]), until, settings.tail)
    gradient = period.gradient(fit.amplitudes, fit.rates) @ ex.parameter_map(fit.model)
    together = carry(errors, lambda other: period.value(other.amplitudes, other.rates), gradient, unseen)
    return period.with_tail(together, fit.amplitudes, fit.rates)


def unseen_uptake(curve: TimeActivityCurve, settings: FitSettings, at_zero_bq: float) -> float:
    """Standard uncertainty of an integral from an uptake phase that no scan could show. [Bq s]"""
    return unseen_uptake_u(at_zero_bq, float(curve.times_s[0]), visible_scatter(curve, settings.scatter))


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

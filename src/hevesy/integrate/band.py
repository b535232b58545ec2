"""A fitted curve at any time, with its confidence band."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import FittedCurve, TimeActivityCurve
from hevesy.numerics import exponentials as ex

Floats = NDArray[np.float64]

_Z95 = 1.959963984540054


def evaluate(fitted: FittedCurve, times_s: Floats) -> Floats:
    """Activity at the given times. Shape ``(time,)``. [Bq]

    Parameters
    ----------
    fitted
        Any fitted curve.
    times_s
        From the start of the administration, not negative. Shape ``(time,)``. [s]
    """
    times = np.asarray(times_s, dtype=np.float64)
    if fitted.tail is None or fitted.tail_from_s is None:
        return _before_tail(fitted, times)
    start = fitted.tail_from_s
    within = _before_tail(fitted, np.minimum(times, start))
    beyond = np.maximum(times - start, 0.0)
    result: Floats = within * np.exp2(-beyond / fitted.tail.half_life_s.value)
    return result


def _before_tail(fitted: FittedCurve, times: Floats) -> Floats:
    if fitted.times_s:
        return np.interp(times, fitted.times_s, fitted.activities_bq)
    return ex.values(np.array(fitted.amplitudes_bq), np.array(fitted.rates_per_s), times)


def confidence_band(
    fitted: FittedCurve, times_s: Floats, measured: TimeActivityCurve | None = None
) -> tuple[Floats, Floats, Floats]:
    r"""Activity with its 95 % confidence band, log-normal at each time so that it never falls below zero.

    The band holds every source of the points, those shared by all of them included. That of straight lines needs the
    measured points: their relative uncertainty is carried along linearly. The tail adds that of its half-life.

    Returns
    -------
    Value, lower and upper limit. Shape ``(time,)`` each. [Bq]
    """
    times = np.asarray(times_s, dtype=np.float64)
    value = evaluate(fitted, times)
    relative = _relative_u(fitted, times, measured)
    if fitted.tail is not None and fitted.tail_from_s is not None:
        period = fitted.tail.half_life_s
        exponent = math.log(2.0) * np.maximum(times - fitted.tail_from_s, 0.0) / period.value
        relative = np.hypot(relative, exponent * period.relative_standard_uncertainty)
    factor = np.exp(_Z95 * np.sqrt(np.log1p(relative**2)))
    return value, value / factor, value * factor


def _relative_u(fitted: FittedCurve, times: Floats, measured: TimeActivityCurve | None) -> Floats:
    if fitted.times_s:
        if measured is None:
            return np.zeros_like(times)
        known = [p.activity.relative_standard_uncertainty for p in measured.points]
        return np.interp(times, measured.times_s, known)
    within = np.minimum(times, np.inf if fitted.tail_from_s is None else fitted.tail_from_s)
    slope = ex.value_gradient(np.array(fitted.amplitudes_bq), np.array(fitted.rates_per_s), within)
    variance = np.einsum("tp,pq,tq->t", slope, fitted.parameter_covariance, slope)
    reference = _before_tail(fitted, within)
    safe = np.where(reference > 0, reference, 1.0)
    return np.where(reference > 0, np.sqrt(np.maximum(variance, 0.0)) / safe, 0.0)

"""The protraction factor G of a region's curve, with the uncertainty of the repair half-time."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.domain import FittedCurve
from hevesy.errors import InputError
from hevesy.numerics.repair import protraction_factor, protraction_factor_of_curve, uptake_protraction_factor
from hevesy.quantities import Uncertain, combine

_STEP = 1e-4
_KNOTS_TO_LAST_SCAN = 4001


def _repair_rate(half_time_s: float) -> float:
    if not (math.isfinite(half_time_s) and half_time_s > 0):
        raise InputError("a positive repair half-time", f"{half_time_s} s came")
    return math.log(2.0) / half_time_s


def g_factor(amplitudes: ArrayLike, rates_per_s: ArrayLike, repair_half_time_s: float) -> float:
    """G of a sum of exponentials, in closed form.

    Parameters
    ----------
    amplitudes
        Of each exponential (dose rate or activity, any unit), those of uptake negative. Shape ``(term,)``.
    rates_per_s
        Effective decay constants. Shape ``(term,)``. [1/s]
    repair_half_time_s
        [s]

    Raises
    ------
    InputError
        If the repair half-time is not positive.
    ValueError
        If a rate or the integral is not positive.
    """
    return protraction_factor(amplitudes, rates_per_s, _repair_rate(repair_half_time_s))


def uptake_g_factor(half_life_s: float, uptake_half_life_s: float | None, repair_half_time_s: float) -> float:
    """G of one effective half-life, with or without an exponential uptake.

    Parameters
    ----------
    half_life_s
        Effective half-life of clearance. [s]
    uptake_half_life_s
        Effective half-life of uptake, at most that of clearance (equal ones are the limit t exp(-t)); None for
        uptake at once. [s]
    repair_half_time_s
        [s]

    Raises
    ------
    InputError
        If a half-life is not positive, or uptake is slower than clearance: the curve is then the one with the two
        exchanged, and which was meant is not for the program to guess.
    """
    repair = _repair_rate(repair_half_time_s)
    if not half_life_s > 0:
        raise InputError("a positive half-life", f"{half_life_s} s came")
    clearance = math.log(2.0) / half_life_s
    if uptake_half_life_s is None:
        return clearance / (clearance + repair)
    if not uptake_half_life_s > 0:
        raise InputError("a positive uptake half-life", f"{uptake_half_life_s} s came")
    if uptake_half_life_s > half_life_s:
        raise InputError(
            "an uptake half-life no longer than the half-life of clearance",
            f"{uptake_half_life_s / 3600:.6g} h against {half_life_s / 3600:.6g} h came",
        )
    return uptake_protraction_factor(clearance, math.log(2.0) / uptake_half_life_s, repair)


def g_factor_numeric(
    times_s: ArrayLike, dose_rate: ArrayLike, repair_half_time_s: float, *, tail_rate_per_s: float | None = None
) -> float:
    """G of any curve: straight between its knots, with an exponential tail after the last one.

    Parameters
    ----------
    times_s
        Knots, increasing. Shape ``(knot,)``. [s]
    dose_rate
        Dose rate or activity at the knots; any unit. Shape ``(knot,)``.
    repair_half_time_s
        [s]
    tail_rate_per_s
        Effective decay constant after the last knot; irradiation ends there without it. [1/s]
    """
    return protraction_factor_of_curve(times_s, dose_rate, _repair_rate(repair_half_time_s), tail_rate=tail_rate_per_s)


def _knots(curve: FittedCurve, end_s: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The curve up to ``end_s`` as knots: its own, or fine samples of its exponentials."""
    if curve.times_s:
        return np.array(curve.times_s), np.array(curve.activities_bq)
    times = np.linspace(0.0, end_s, _KNOTS_TO_LAST_SCAN)
    values = np.exp(-np.outer(times, np.array(curve.rates_per_s))) @ np.array(curve.amplitudes_bq)
    return times, np.clip(values, 0.0, None)


def _curve_g(curve: FittedCurve, repair_half_time_s: float) -> float:
    if curve.tail is None or curve.tail_from_s is None:
        if curve.rates_per_s:
            return g_factor(curve.amplitudes_bq, curve.rates_per_s, repair_half_time_s)
        raise InputError("a curve with a tail", f"the curve of {curve.region} ends at its last scan")
    times, values = _knots(curve, curve.tail_from_s)
    tail_rate = math.log(2.0) / curve.tail.half_life_s.value
    return g_factor_numeric(times, values, repair_half_time_s, tail_rate_per_s=tail_rate)


def curve_g_factor(curve: FittedCurve, repair_half_time: Uncertain) -> Uncertain:
    """G of a region's own fitted curve, with the uncertainty of the repair half-time.

    Sums of exponentials go through the closed form, curves with a stated tail through the numerical one. The
    uncertainty of the curve's shape is not propagated into G: that of the repair half-time outweighs it.

    Parameters
    ----------
    curve
        The region's curve; its amplitudes cancel.
    repair_half_time
        With its stated uncertainty under a source such as ``repair:REGION``. [s]
    """
    return _with_slope(lambda half_time: _curve_g(curve, half_time), repair_half_time)


def _with_slope(function: Callable[[float], float], argument: Uncertain) -> Uncertain:
    """Value at the argument, and its uncertainty through the central difference."""
    value = function(argument.value)
    if not argument.components:
        return Uncertain(value)
    step = _STEP * argument.value
    slope = (function(argument.value + step) - function(argument.value - step)) / (2 * step)
    return combine(value, [(argument, slope)])

"""One scan and a known half-life."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import FittedCurve, TimeActivityCurve
from hevesy.errors import RegionFinding
from hevesy.integrate.propagate import unseen_uptake_u
from hevesy.numerics.fit_uncertainty import Scatter
from hevesy.numerics.log_normal import even_points, log_deviation
from hevesy.quantities import Uncertain, combine, interval95, scaled

Floats = NDArray[np.float64]

_Z95 = 1.959963984540054
_VAGUE = 100.0
"""Upper over lower limit above which an interval is no answer."""


def half_life_factor(time_s: float, half_life_s: float | Floats) -> Floats:
    r"""Time-integrated activity over the activity at one time, of a mono-exponential. [s]

    .. math:: f(T) = 2^{t/T}\, T / \ln 2

    It has its minimum, :math:`e\, t`, at :math:`T = t \ln 2`: there a half-life known to 20 % hardly matters.
    """
    period = np.asarray(half_life_s, dtype=np.float64)
    result: Floats = np.exp2(time_s / period) * period / math.log(2.0)
    return result


def half_life_spread(time_s: float, half_life_s: Uncertain, *, longest_s: float = math.inf) -> float:
    """Relative standard uncertainty of :func:`half_life_factor` by that of the half-life.

    The half-life is log-normal about the stated one and no longer than ``longest_s`` (the physical one). The
    uncertainty is the one whose log-normal 95 % interval holds 95 % of the half-lives (:func:`log_normal_u`). To first
    order this is the derivative times the standard uncertainty; at a scan after 1.44 half-lives the derivative vanishes
    and the second order is all there is.
    """
    points = even_points(half_life_s.value, log_deviation(half_life_s.relative_standard_uncertainty), upper=longest_s)
    return log_normal_u(half_life_factor(time_s, points) / half_life_factor(time_s, half_life_s.value))


def log_normal_u(ratios: Floats) -> float:
    """Relative standard uncertainty of a value from draws of the truth over it.

    95 % of the draws lie in its log-normal 95 % interval. The root mean square would not do: of a half-life that is
    log-normal, or a rate, the mean of what an exponential makes of it is infinite.
    """
    spread = float(np.quantile(np.abs(np.log(ratios)), 0.95)) / _Z95
    return math.sqrt(math.expm1(spread**2))


def single_time_curve(
    curve: TimeActivityCurve, half_life_s: Uncertain, scatter: Scatter, *, longest_s: float = math.inf
) -> FittedCurve:
    r"""Mono-exponential through one point with a stated effective half-life.

    .. math:: \tilde A = A(t)\, 2^{t/T}\, T / \ln 2

    What the derivative by the half-life does not hold (:func:`half_life_spread`), the scatter between scans, which one
    point cannot show, and an uptake that it cannot show are part of ``fit:<region>``.

    Parameters
    ----------
    curve
        One point.
    half_life_s
        From a population or from an earlier cycle of the patient. [s]
    scatter
        Expected between scans.
    longest_s
        Physical half-life. [s]

    Raises
    ------
    RegionFinding
        If the half-life is known so badly that the integral is not known at all.

    References
    ----------
    .. [1] D. Hardiansyah et al., EJNMMI Phys. (2023), doi:10.1186/s40658-023-00530-1 (compares it with other methods)
    """
    (point,) = curve.points
    t, period = point.time_s, half_life_s.value
    at_zero = point.activity.value * 2.0 ** (t / period)
    value = at_zero * period / math.log(2.0)
    by_period = value * (1.0 / period - math.log(2.0) * t / period**2)
    carried = combine(value, [(point.activity, value / point.activity.value), (half_life_s, by_period)])
    whole_u = value * half_life_spread(t, half_life_s, longest_s=longest_s)
    unheld = beyond_first_order(whole_u, by_period * half_life_s.standard_uncertainty)
    model_u = math.hypot(unheld, unseen_scatter(point.activity, scatter) * value, unseen_uptake_u(at_zero, t, scatter))
    whole = Uncertain(value, {**carried.components, f"fit:{curve.region}": model_u})
    refuse_vague(*interval95(whole))
    rate = math.log(2.0) / period
    relative = point.activity.relative_standard_uncertainty
    u_rate = rate * half_life_s.relative_standard_uncertainty
    slope = np.array([[at_zero * relative, at_zero * t * u_rate], [0.0, u_rate]])
    last = at_zero * (1.0 - 2.0 ** (-t / period)) * period / math.log(2.0)
    return FittedCurve(
        region=curve.region,
        model="mono",
        amplitudes_bq=(at_zero,),
        rates_per_s=(rate,),
        parameter_covariance=slope @ slope.T,
        time_integrated_activity=whole,
        effective_half_life=half_life_s,
        candidates=(("mono", None, ""),),
        integral_to_last_scan=_to_scan(curve, half_life_s, last, model_u),
        extrapolated_fraction=1.0 - last / value,
    )


def scaled_activity(
    curve: TimeActivityCurve,
    method: str,
    factor_s: float,
    sources: Mapping[str, float],
    half_life_s: Uncertain,
    notices: tuple[tuple[str, str], ...] = (),
) -> FittedCurve:
    """A time-integrated activity that is a factor times one activity, as the mono-exponential of that integral.

    Parameters
    ----------
    curve
        One point.
    method
        Name shown as the model.
    factor_s
        Time-integrated activity over activity. [s]
    sources
        Relative standard uncertainty of the factor, by source.
    half_life_s
        Of the mono-exponential, which need not pass through the point. [s]
    notices
        Code and sentence of what is doubtful.

    Raises
    ------
    RegionFinding
        If the sources leave the integral open.
    """
    (point,) = curve.points
    value = factor_s * point.activity.value
    carried = combine(value, [(point.activity, factor_s)])
    whole = Uncertain(value, {**carried.components, **{name: u * value for name, u in sources.items()}})
    refuse_vague(*interval95(whole))
    rate = math.log(2.0) / half_life_s.value
    relative = np.array([whole.relative_standard_uncertainty, half_life_s.relative_standard_uncertainty])
    share = -math.expm1(-rate * point.time_s)
    return FittedCurve(
        region=curve.region,
        model=method,
        amplitudes_bq=(value * rate,),
        rates_per_s=(rate,),
        parameter_covariance=np.diag((relative * [value * rate, rate]) ** 2),
        time_integrated_activity=whole,
        effective_half_life=half_life_s,
        candidates=((method, None, ""), *((code, None, why) for code, why in notices)),
        integral_to_last_scan=scaled(whole, share),
        extrapolated_fraction=1.0 - share,
    )


def refuse_vague(low: float, high: float) -> None:
    """Refuse an integral of which a 95 % interval says next to nothing.

    Raises
    ------
    RegionFinding
        If the upper limit is more than a hundred times the lower one.
    """
    if not high <= _VAGUE * low:
        ends = f"{low / 3.6e12:.2g} to {high / 3.6e12:.2g} GBq h"
        raise RegionFinding(f"too little is known: the integral lies anywhere from {ends} (95 %)")


def beyond_first_order(whole_u: float, first_order_u: float) -> float:
    """Standard uncertainty that the derivative does not hold."""
    return math.sqrt(max(0.0, whole_u**2 - first_order_u**2))


def unseen_scatter(activity: Uncertain, scatter: Scatter) -> float:
    """Relative scatter between scans beyond what the point states itself."""
    return math.sqrt(max(0.0, scatter.relative**2 - activity.relative_standard_uncertainty**2))


def _to_scan(curve: TimeActivityCurve, half_life_s: Uncertain, value: float, model_u: float) -> Uncertain:
    r"""Integral from 0 to the scan, :math:`A (e^{\lambda t} - 1) / \lambda`."""
    (point,) = curve.points
    rate = math.log(2.0) / half_life_s.value
    x = rate * point.time_s
    by_rate = value * (x * math.exp(x) / math.expm1(x) - 1.0) / rate
    by_period = -by_rate * rate / half_life_s.value
    carried = combine(value, [(point.activity, value / point.activity.value), (half_life_s, by_period)])
    return Uncertain(value, {**carried.components, f"fit:{curve.region}": model_u})

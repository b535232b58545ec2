"""One scan and a stated half-life."""

from __future__ import annotations

import math

import numpy as np

from hevesy.domain import FittedCurve, TimeActivityCurve
from hevesy.integrate.propagate import unseen_uptake_u
from hevesy.numerics.fit_uncertainty import Scatter
from hevesy.quantities import Uncertain, combine


def single_time_curve(curve: TimeActivityCurve, half_life_s: Uncertain, scatter: Scatter) -> FittedCurve:
    r"""Mono-exponential through one point with a stated effective half-life.

    .. math:: \tilde A = A(t)\, 2^{t/T}\, T / \ln 2

    The scatter between scans, which one point cannot show, is part of ``fit:<region>``.

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
    own = point.activity.relative_standard_uncertainty
    unseen = math.sqrt(max(0.0, scatter.relative**2 - own**2)) * value
    model_u = math.hypot(unseen, unseen_uptake_u(at_zero, t, scatter))
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
        time_integrated_activity=Uncertain(value, {**carried.components, f"fit:{curve.region}": model_u}),
        effective_half_life=half_life_s,
        candidates=(("mono", None, ""),),
        integral_to_last_scan=_to_scan(curve, half_life_s, last, model_u),
        extrapolated_fraction=1.0 - last / value,
    )


def _to_scan(curve: TimeActivityCurve, half_life_s: Uncertain, value: float, model_u: float) -> Uncertain:
    r"""Integral from 0 to the scan, :math:`A (e^{\lambda t} - 1) / \lambda`."""
    (point,) = curve.points
    rate = math.log(2.0) / half_life_s.value
    x = rate * point.time_s
    by_rate = value * (x * math.exp(x) / math.expm1(x) - 1.0) / rate
    by_period = -by_rate * rate / half_life_s.value
    carried = combine(value, [(point.activity, value / point.activity.value), (half_life_s, by_period)])
    return Uncertain(value, {**carried.components, f"fit:{curve.region}": model_u})

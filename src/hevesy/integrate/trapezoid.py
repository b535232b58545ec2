"""Activity that still rises at the last scan: straight lines through the scans and a stated tail."""

from __future__ import annotations

import itertools
import math

import numpy as np

from hevesy.domain import FittedCurve, MeasuredActivity, Tail, TimeActivityCurve
from hevesy.quantities import Uncertain, combine


def trapezoid_tail_curve(curve: TimeActivityCurve, tail: Tail, physical_rate_per_s: float) -> FittedCurve:
    r"""Integrate straight lines from zero at t = 0 through the points, then the tail :math:`A_n T / \ln 2`.

    What the lines do not know enters ``fit:<region>``, interval by interval. Before the first scan the activity may
    have been reached at once: the integral lies between that of the line and twice that. Between scans, with uptake
    over early or late, the activity lies between physical decay from the earlier scan and physical decay towards the
    later one. Both are taken as rectangular distributions.

    Parameters
    ----------
    curve
        At least two points, still rising.
    tail
        Half-life after the last scan, with its uncertainty and source.
    physical_rate_per_s
        Decay constant of the radionuclide. [1/s]
    """
    times = [0.0, *curve.times_s.tolist()]
    knots = [0.0, *curve.activities_bq.tolist()]
    widths = np.diff(times)
    lines = 0.5 * np.append(widths, 0.0) + 0.5 * np.insert(widths, 0, 0.0)
    to_last = combine(
        float(lines @ knots), [(p.activity, float(w)) for p, w in zip(curve.points, lines[1:], strict=True)]
    )
    u = math.sqrt(math.fsum(v**2 for v in _interval_u(curve.points, physical_rate_per_s)))
    to_last = Uncertain(to_last.value, {**to_last.components, f"fit:{curve.region}": u})
    last, mean_life = curve.points[-1].activity, tail.half_life_s.value / math.log(2.0)
    whole = combine(
        to_last.value + last.value * mean_life,
        [(to_last, 1.0), (last, mean_life), (tail.half_life_s, last.value / math.log(2.0))],
    )
    return FittedCurve(
        region=curve.region,
        model="trapezoid-tail",
        amplitudes_bq=(),
        rates_per_s=(),
        parameter_covariance=np.zeros((0, 0)),
        time_integrated_activity=whole,
        effective_half_life=tail.half_life_s,
        candidates=(("trapezoid-tail", None, ""),),
        tail=tail,
        tail_from_s=times[-1],
        integral_to_last_scan=to_last,
        extrapolated_fraction=1.0 - to_last.value / whole.value,
        times_s=tuple(times),
        activities_bq=tuple(knots),
    )


def _interval_u(points: tuple[MeasuredActivity, ...], rate: float) -> list[float]:
    first = points[0]
    before = 0.5 * first.activity.value * first.time_s / math.sqrt(3.0)
    return [before, *(_between_u(a, b, rate) for a, b in itertools.pairwise(points))]


def _between_u(earlier: MeasuredActivity, later: MeasuredActivity, rate: float) -> float:
    x = rate * (later.time_s - earlier.time_s)
    late = earlier.activity.value * -math.expm1(-x) / rate
    early = later.activity.value * math.expm1(x) / rate
    return abs(early - late) / 2.0 / math.sqrt(3.0)

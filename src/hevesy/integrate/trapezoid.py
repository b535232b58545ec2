"""Straight lines through the scans and a tail: for activity that still rises, and where it is asked for by name."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import FittedCurve, MeasuredActivity, Tail, TimeActivityCurve
from hevesy.errors import RegionFinding
from hevesy.integrate.choose import TRAPEZOID
from hevesy.integrate.exponential_curve import tail_life_s
from hevesy.integrate.propagate import independent_u, weights_u
from hevesy.integrate.settings import FitSettings
from hevesy.numerics.fit_uncertainty import coverage_factor
from hevesy.quantities import Uncertain, combine

Floats = NDArray[np.float64]


def trapezoid_tail_curve(curve: TimeActivityCurve, settings: FitSettings) -> FittedCurve:
    r"""Integrate straight lines through the points, then the tail :math:`A_n T / \ln 2`.

    The lines begin at zero at t = 0 where the second scan shows more than the first, else at the first scan's activity.
    What the lines do not know enters ``fit:<region>``, interval by interval. Before the first scan the integral may be
    off by half of :math:`A_1 t_1` either way. Between scans, with uptake over early or late, the activity lies between
    physical decay from the earlier scan and physical decay towards the later one. Both are taken as rectangular
    distributions. Each point carries the scatter between scans as a source ``fit:<region>@<n>`` of its own.

    Parameters
    ----------
    curve
        At least two points.
    settings
        Their tail is needed unless the period ends by the last scan.

    Raises
    ------
    RegionFinding
        If the period goes on after the last scan and there is no tail, or a fitted one does not fall.
    """
    points = _scattered(curve, settings).points
    tail = _tail(curve, points, settings)
    times = [0.0, *curve.times_s.tolist()]
    falls = curve.activities_bq[0] >= curve.activities_bq[1]
    knots = [float(curve.activities_bq[0]) if falls else 0.0, *curve.activities_bq.tolist()]
    last = min(times[-1], settings.end_s)
    to_last = _lines(points, _line_weights(times, last, held=bool(falls)))
    u = math.sqrt(math.fsum(v**2 for v in _interval_u(points, settings.physical_rate_per_s, last)))
    to_last = Uncertain(to_last.value, {**to_last.components, f"fit:{curve.region}": u})
    whole = to_last if tail is None else _with_tail(to_last, points[-1].activity, tail, settings.end_s - last)
    return FittedCurve(
        region=curve.region,
        model="trapezoid-tail" if tail else TRAPEZOID,
        amplitudes_bq=(),
        rates_per_s=(),
        parameter_covariance=np.zeros((0, 0)),
        time_integrated_activity=whole,
        effective_half_life=tail.half_life_s if tail else Uncertain(math.nan),
        candidates=(("trapezoid-tail" if tail else TRAPEZOID, None, ""),),
        tail=tail,
        tail_from_s=times[-1] if tail else None,
        integral_to_last_scan=to_last,
        extrapolated_fraction=1.0 - to_last.value / whole.value,
        times_s=tuple(times),
        activities_bq=tuple(knots),
        until_s=settings.until_s,
        reason="straight lines were asked for" if settings.model == TRAPEZOID else "activity rises at the last scan",
    )


def _tail(curve: TimeActivityCurve, points: tuple[MeasuredActivity, ...], settings: FitSettings) -> Tail | None:
    if settings.end_s <= curve.times_s[-1]:
        return None
    if settings.tail is not None:
        return settings.tail
    if curve.activities_bq[-1] >= curve.activities_bq[-2]:
        raise RegionFinding("activity still rising at the last scan: state the tail")
    if not settings.fitted_tail:
        raise RegionFinding("straight lines end at the last scan: state the tail")
    return _fitted_tail(points, weights_u(curve, settings.scatter), settings.physical_rate_per_s)


def _fitted_tail(points: tuple[MeasuredActivity, ...], used_u: Floats, physical_rate: float) -> Tail:
    """Tail with the slope of the logarithms over the second half of the scans, two at least.

    Where they fall more slowly than the radionuclide decays, the tail is physical decay with their uncertainty.
    """
    n = max(2, len(points) // 2)
    activities = np.array([p.activity.value for p in points[-n:]])
    times = np.array([p.time_s for p in points[-n:]])
    weights = (activities / used_u[-n:]) ** 2
    centred = times - weights @ times / weights.sum()
    share = -weights * centred / (weights @ centred**2)
    rate = max(float(share @ np.log(activities)), physical_rate)
    by_point = -math.log(2.0) / rate**2 * share / activities
    half_life = combine(
        math.log(2.0) / rate, [(p.activity, float(d)) for p, d in zip(points[-n:], by_point, strict=True)]
    )
    bound = ", bounded by physical decay" if rate == physical_rate else ""
    return Tail(half_life, f"fitted to the last {n} scans{bound}")


def _scattered(curve: TimeActivityCurve, settings: FitSettings) -> TimeActivityCurve:
    """The points with the scatter between scans that no single one states, as a source of each."""
    expected, found = settings.scatter, []
    for n, (point, own) in enumerate(zip(curve.points, independent_u(curve), strict=True), start=1):
        value = point.activity.value
        excess = max(0.0, (expected.relative * value) ** 2 - own**2)
        factor = coverage_factor(own**2, excess, expected.degrees_of_freedom)
        u = math.sqrt(max(0.0, factor**2 * (own**2 + excess) - own**2))
        components = {**point.activity.components, f"fit:{curve.region}@{n}": u}
        found.append(replace(point, activity=Uncertain(value, components)))
    return replace(curve, points=tuple(found))


def _lines(points: tuple[MeasuredActivity, ...], weights: list[float]) -> Uncertain:
    terms = [(p.activity, w) for p, w in zip(points, weights, strict=True)]
    return combine(math.fsum(p.value * w for p, w in terms), terms)


def _line_weights(times: list[float], end: float, *, held: bool) -> list[float]:
    """How much each point counts for the integral from 0 to the end. Shape ``(point,)``. [s]"""
    weights = [0.0] * len(times)
    for n, (a, b) in enumerate(itertools.pairwise(times)):
        width, x = b - a, min(1.0, max(0.0, (end - a) / (b - a)))
        weights[n] += width * (x - x * x / 2.0)
        weights[n + 1] += width * x * x / 2.0
    return [weights[1] + (weights[0] if held else 0.0), *weights[2:]]


def _with_tail(to_last: Uncertain, last: Uncertain, tail: Tail, period_s: float) -> Uncertain:
    life, by_half_life = tail_life_s(tail, period_s)
    return combine(
        to_last.value + last.value * life, [(to_last, 1.0), (last, life), (tail.half_life_s, last.value * by_half_life)]
    )


def _interval_u(points: tuple[MeasuredActivity, ...], rate: float, end: float) -> list[float]:
    first = points[0]
    before = 0.5 * first.activity.value * min(first.time_s, end) / math.sqrt(3.0)
    pairs = [(a, b) for a, b in itertools.pairwise(points) if a.time_s < end]
    return [before, *(_between_u(a, b, rate) for a, b in pairs)]


def _between_u(earlier: MeasuredActivity, later: MeasuredActivity, rate: float) -> float:
    x = rate * (later.time_s - earlier.time_s)
    late = earlier.activity.value * -math.expm1(-x) / rate
    early = later.activity.value * math.expm1(x) / rate
    return abs(early - late) / 2.0 / math.sqrt(3.0)

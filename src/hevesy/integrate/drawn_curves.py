"""A region's curve for many draws of its measured activities: fitted again and integrated, one by one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import FittedCurve, TimeActivityCurve
from hevesy.integrate.propagate import independent_u, weights_u
from hevesy.numerics import exponentials as ex
from hevesy.numerics.exponential_refit import refit
from hevesy.numerics.fit_uncertainty import Scatter, between_scan_scatter, sensitivity
from hevesy.quantities import Draws, Uncertain, drawn

Floats = NDArray[np.float64]

_SAME = 1e-6


@dataclass(frozen=True)
class DrawnCurves:
    """What the draws of one region's activities give."""

    time_integrated_activity: Floats
    """From 0 to infinity. Shape ``(sample,)``. [Bq s]"""
    amplitudes_bq: Floats | None = None
    """Of the exponentials that hold to infinity; None for a curve with a tail. Shape ``(sample, rate)``. [Bq]"""
    rates_per_s: Floats | None = None
    """Shape ``(sample, rate)``. [1/s]"""
    refitted: bool = True
    """False where the integral itself was drawn, from its own uncertainty."""


@dataclass(frozen=True)
class _Redrawn:
    """The points of one region, drawn, and what fitting them again needs."""

    curve: TimeActivityCurve
    fitted: FittedCurve
    activities: Floats
    scatter: Scatter
    physical_rate: float
    draws: Draws


def draw_curves(  # noqa: PLR0913 - the arguments of a fit, and the draws
    curve: TimeActivityCurve,
    fitted: FittedCurve,
    activities_bq: Floats,
    draws: Draws,
    *,
    physical_half_life_s: float,
    scatter: Scatter,
    fixed_half_life_s: Uncertain | None = None,
) -> DrawnCurves:
    r"""Fit the chosen model again to every draw of the points, and integrate each curve.

    Added to what the points state is the scatter between scans, estimated as for the fit itself and drawn from
    Student's distribution with its degrees of freedom. What an uptake that no scan shows may take off an integral is
    drawn from its triangular distribution. A curve that this module cannot fit again, or whose integral it does not
    reproduce (another period, an average of models), has its integral drawn from its own uncertainty, and says so.

    Parameters
    ----------
    curve, fitted
        The measured points and the curve through them.
    activities_bq
        Draws of the points. Shape ``(sample, point)``. [Bq]
    draws
        Of all other sources.
    physical_half_life_s
        Of the radionuclide. [s]
    scatter
        Relative scatter expected between scans, as given to the fit.
    fixed_half_life_s
        Effective half-life for a single time point. [s]

    References
    ----------
    .. [1] JCGM 101:2008, Propagation of distributions using a Monte Carlo method
    """
    model = next((m for m in ex.MODELS if m.name == fitted.model), None)
    job = _Redrawn(curve, fitted, activities_bq, scatter, math.log(2.0) / physical_half_life_s, draws)
    if not math.isclose(_nominal(job), fitted.time_integrated_activity.value, rel_tol=_SAME):
        return _not_refitted(job)
    if fitted.times_s:
        return _straight(job)
    if len(curve.points) == 1 and fixed_half_life_s is not None and fitted.effective_half_life == fixed_half_life_s:
        return _single(job, fixed_half_life_s)
    if model is None or len(curve.points) < model.n_parameters:
        return _not_refitted(job)
    return _exponentials(job, model)


def _not_refitted(job: _Redrawn) -> DrawnCurves:
    return DrawnCurves(drawn(job.fitted.time_integrated_activity, job.draws), refitted=False)


def _nominal(job: _Redrawn) -> float:
    """The integral as this module computes it, without any error: it must be that of the fit. [Bq s]"""
    fitted, last = job.fitted, float(job.curve.times_s[-1])
    tail = fitted.tail.half_life_s.value / math.log(2.0) if fitted.tail is not None else 0.0
    if fitted.times_s:
        knots = np.concatenate([[0.0], job.curve.activities_bq])
        same = len(fitted.times_s) == knots.size and fitted.tail is not None
        return float(np.trapezoid(knots, np.array(fitted.times_s)) + knots[-1] * tail) if same else math.nan
    amplitudes, rates = np.array(fitted.amplitudes_bq), np.array(fitted.rates_per_s)
    if fitted.tail is None:
        return ex.integral(amplitudes, rates)
    at_last = float(ex.values(amplitudes, rates, np.array([last]))[0])
    return ex.integral(amplitudes, rates, last) + at_last * tail


def _exponentials(job: _Redrawn, model: ex.ExponentialModel) -> DrawnCurves:
    times, curve = job.curve.times_s, job.curve
    steps = np.diff(np.array([job.physical_rate, *job.fitted.rates_per_s]))
    start = np.concatenate([np.array(job.fitted.amplitudes_bq)[: model.n_washout], steps])
    weights = weights_u(curve, job.scatter)
    scatter = _scatter(job, model, start, weights)
    points = job.activities * np.exp(scatter.relative * _errors(job, scatter.degrees_of_freedom))
    found = refit(model, times, points, weights, job.physical_rate, start=start)
    unseen = 0.0 if model.has_uptake else _unseen(job, found.amplitudes.sum(axis=1))
    if job.fitted.tail is None:
        whole = np.sum(found.amplitudes / found.rates, axis=1) - unseen
        return DrawnCurves(whole, found.amplitudes, found.rates)
    last = float(times[-1])
    decays = np.exp(-found.rates * last)
    to_last = np.sum(found.amplitudes * (1.0 - decays) / found.rates, axis=1)
    at_last = np.sum(found.amplitudes * decays, axis=1)
    tail = drawn(job.fitted.tail.half_life_s, job.draws) / math.log(2.0)
    return DrawnCurves(to_last + at_last * tail - unseen)


def _scatter(job: _Redrawn, model: ex.ExponentialModel, parameters: Floats, weights: Floats) -> Scatter:
    """The scatter between scans that the fit itself found."""
    curve, amplitudes = job.curve, np.array(job.fitted.amplitudes_bq)
    rates, activities = np.array(job.fitted.rates_per_s), curve.activities_bq
    slope = ex.value_gradient(amplitudes, rates, curve.times_s) @ ex.parameter_map(model)
    free = parameters > 0.0
    linear = sensitivity(slope, weights, free, free)
    residuals = (activities - ex.values(amplitudes, rates, curve.times_s)) / weights
    known = independent_u(curve) / activities
    return between_scan_scatter(residuals, linear.leverage, weights, known, activities, expected=job.scatter)


def _errors(job: _Redrawn, degrees_of_freedom: float) -> Floats:
    """Student's numbers, one for each draw and point. Shape ``(sample, point)``."""
    region = job.curve.region
    scale = job.draws.student(f"scatter:{region}", degrees_of_freedom)
    normal = [job.draws.normal(f"scatter:{region}@{n}") for n in range(len(job.curve.points))]
    return np.stack(normal, axis=1) * scale[:, None]


def _unseen(job: _Redrawn, at_zero: Floats) -> Floats:
    """What an uptake before the first scan takes off the integral. Shape ``(sample,)``. [Bq s]"""
    most = at_zero * float(job.curve.times_s[0]) / math.log(1.0 / job.scatter.relative)
    result: Floats = most * (1.0 - np.sqrt(job.draws.uniform(f"unseen-uptake:{job.curve.region}")))
    return result


def _single(job: _Redrawn, half_life_s: Uncertain) -> DrawnCurves:
    """One point and a stated half-life; a drawn one cannot outlive the radionuclide."""
    (point,) = job.curve.points
    own = point.activity.relative_standard_uncertainty
    spread = math.sqrt(max(0.0, job.scatter.relative**2 - own**2))
    activity = job.activities[:, 0] * np.exp(spread * job.draws.normal(f"scatter:{job.curve.region}@0"))
    rate = np.maximum(math.log(2.0) / drawn(half_life_s, job.draws), job.physical_rate)
    at_zero = activity * np.exp(rate * point.time_s)
    return DrawnCurves(at_zero / rate - _unseen(job, at_zero), at_zero[:, None], rate[:, None])


def _straight(job: _Redrawn) -> DrawnCurves:
    """Straight lines and a tail; what the lines do not know is drawn as one normal error of its size."""
    fitted, tail = job.fitted, job.fitted.tail
    if tail is None:
        return _not_refitted(job)
    knots = np.concatenate([np.zeros((job.draws.samples, 1)), job.activities], axis=1)
    lines = np.trapezoid(knots, np.array(fitted.times_s), axis=1)
    source = f"fit:{job.curve.region}"
    unknown = fitted.time_integrated_activity.components.get(source, 0.0) * job.draws.normal(source)
    mean_life = drawn(tail.half_life_s, job.draws) / math.log(2.0)
    return DrawnCurves(lines + job.activities[:, -1] * mean_life + unknown)

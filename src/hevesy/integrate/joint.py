"""Regions that share rates, fitted together: one uptake rate, or the left and the right of one organ."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import FittedCurve, TimeActivityCurve
from hevesy.errors import InputError, RegionFinding
from hevesy.integrate.choose import AVERAGE, SIGNIFICANCE, TRAPEZOID
from hevesy.integrate.exponential_curve import PeriodIntegral, unseen_uptake
from hevesy.integrate.propagate import independent_u, weights_u
from hevesy.integrate.settings import FitSettings
from hevesy.numerics.exponentials import MODELS, ExponentialModel
from hevesy.numerics.fit_uncertainty import Scatter, Sensitivity, between_scan_scatter, coverage_factor, sensitivity
from hevesy.numerics.joint_fit import (
    JointFit,
    JointProblem,
    RegionPoints,
    fit_jointly,
    fit_jointly_again,
    joint_jacobian,
)
from hevesy.numerics.model_choice import aicc, significantly_better
from hevesy.quantities import Uncertain

Floats = NDArray[np.float64]
Functional = Callable[[Floats, Floats], float]

UPTAKE, WASHOUT = "uptake", "washout"
SHARED = (UPTAKE, WASHOUT)
"""What regions can share: the rate of the uptake, or all rates of the washout."""


@dataclass(frozen=True)
class Share:
    """Regions that have a rate in common."""

    what: str
    """``uptake`` or ``washout``; biological rates."""
    regions: tuple[str, ...]


@dataclass(frozen=True)
class JointChoice:
    """The chosen joint fit, and why."""

    fit: JointFit
    aicc: float | None
    rows: tuple[tuple[str, float | None, str], ...]
    reason: str


@dataclass(frozen=True)
class JointErrors:
    """How the errors of all points move the joint fit."""

    curves: Sequence[TimeActivityCurve]
    fit: JointFit
    linear: Sensitivity
    known_u: Floats
    scatter: Scatter
    activities: Floats
    higher: tuple[JointFit, ...]
    lower: tuple[JointFit, ...]

    @property
    def point_u(self) -> Floats:
        """Standard uncertainty of each point from all that it does not share. [Bq]"""
        return np.hypot(self.known_u, self.scatter.relative * self.activities)

    @property
    def steps(self) -> Floats:
        """By how much each point was moved. [Bq]"""
        return np.minimum(self.point_u, 0.9 * self.activities)


def fit_together(
    curves: Sequence[TimeActivityCurve], settings: Sequence[FitSettings], shares: Sequence[Share]
) -> tuple[FittedCurve, ...]:
    r"""Fit one model to several regions that share biological rates, and integrate each.

    All regions get the same model; ``auto`` chooses it for all of them together, by the rules for one region. The
    integrals are correlated through the points of the other regions: each point is a source in all of them. Scatter
    between scans is the source ``fit:<region>@<n>`` of each point.

    Parameters
    ----------
    curves
        Points of each region; every one must fall at the end and be positive.
    settings
        Of each region; they may differ by tail and period. Neither an average nor straight lines.
    shares
        Which regions share which rates.

    Raises
    ------
    InputError
        If the model cannot be shared.
    RegionFinding
        If the points of all regions together cannot support the model.
    """
    common = settings[0]
    if common.model in {AVERAGE, TRAPEZOID} or common.robust:
        what = "a robust fit" if common.robust else common.model
        raise InputError("a sum of exponentials or auto for regions that share rates", f"{what} came", "--share")
    choice = choose_together(curves, common, shares)
    errors = joint_errors(curves, choice.fit, common)
    return tuple(_curve(errors, n, own, choice) for n, own in enumerate(settings))


def choose_together(curves: Sequence[TimeActivityCurve], settings: FitSettings, shares: Sequence[Share]) -> JointChoice:
    """Fit the named model, or choose among those that the points of all regions support."""
    named = [m for m in MODELS if settings.model in {"auto", m.name}]
    if any(share.what == UPTAKE for share in shares):
        named = [m for m in named if m.has_uptake]
    if not named:
        raise InputError("a model with uptake for regions that share its rate", f"{settings.model} came", "--share")
    problems = [_problem(model, curves, settings, shares) for model in named]
    try:
        fits = {p.model.name: fit_jointly(p) for p in problems if _supported(p)}
    except ValueError as error:
        raise RegionFinding("no rates that the scans of all regions resolve could be shared") from error
    if not fits:
        fewest = problems[0]
        raise RegionFinding(
            f"{fewest.model.name} has {fewest.n_parameters} parameters in the regions that share rates: "
            f"{fewest.n_points} points cannot support it"
        )
    sound = {name: f for name, f in fits.items() if not f.degenerate} or dict(list(fits.items())[:1])
    return _best(fits, sound, named=settings.model != "auto")


def _supported(problem: JointProblem) -> bool:
    own = problem.model.n_washout
    return problem.n_points >= problem.n_parameters and all(r.times.size >= own for r in problem.regions)


def _best(fits: Mapping[str, JointFit], sound: Mapping[str, JointFit], *, named: bool) -> JointChoice:
    scores = {name: aicc(f.chi_square, f.problem.n_points, f.problem.n_parameters) for name, f in fits.items()}
    chosen = next(iter(sound))
    for name, fit in sound.items():
        extra = fit.problem.n_parameters - sound[chosen].problem.n_parameters
        if extra > 0 and significantly_better(sound[chosen].chi_square, fit.chi_square, extra, SIGNIFICANCE):
            chosen = name
    pool = {name: score for name in sound if (score := scores[name]) is not None}
    by_aicc = chosen in pool and len(pool) > 1
    if by_aicc:
        chosen = min(pool, key=pool.__getitem__)
    why = "has the lowest AICc" if by_aicc else "fits as well as chance allows at the 1 % level"
    reason = f"{chosen} was named" if named else f"{chosen} {why} for the regions that share rates, taken together"
    rows = tuple((n, scores[n], "" if n == chosen else f"{chosen} was chosen for all regions together") for n in fits)
    return JointChoice(fits[chosen], scores[chosen], rows, reason)


def _problem(
    model: ExponentialModel, curves: Sequence[TimeActivityCurve], settings: FitSettings, shares: Sequence[Share]
) -> JointProblem:
    regions = tuple(
        RegionPoints(c.times_s, c.activities_bq, weights_u(c, settings.scatter), tuple(_keys(model, c.region, shares)))
        for c in curves
    )
    return JointProblem(model, regions, settings.physical_rate_per_s)


def _keys(model: ExponentialModel, region: str, shares: Sequence[Share]) -> list[str]:
    owner = {share.what: f"share {n}" for n, share in enumerate(shares) if region in share.regions}
    keys = [f"{owner.get(WASHOUT, region)}, washout {n}" for n in range(model.n_washout)]
    return [*keys, f"{owner.get(UPTAKE, region)}, uptake"] if model.has_uptake else keys


def joint_errors(curves: Sequence[TimeActivityCurve], fit: JointFit, settings: FitSettings) -> JointErrors:
    """Linearise a joint fit, estimate the scatter, and repeat the fit with every point moved by its own."""
    used = np.concatenate([r.weights_u for r in fit.problem.regions])
    known = np.concatenate([independent_u(c) for c in curves])
    activities = np.concatenate([c.activities_bq for c in curves])
    linear = sensitivity(joint_jacobian(fit), used, fit.free, fit.problem.slowest)
    scatter = between_scan_scatter(
        fit.weighted_residuals, linear.leverage, used, known / activities, activities, expected=settings.scatter
    )
    bare = JointErrors(curves, fit, linear, known, scatter, activities, (), ())
    ends = np.cumsum([c.times_s.size for c in curves])[:-1]

    def moved(step: Floats) -> JointFit:
        return fit_jointly_again(fit, np.split(activities + step, ends))

    steps = np.diag(bare.steps)
    higher, lower = (tuple(moved(sign * step) for step in steps) for sign in (1.0, -1.0))
    return JointErrors(curves, fit, linear, known, scatter, activities, higher, lower)


def _carry(errors: JointErrors, region: int, value_of: Functional, gradient: Floats, extra_u: float = 0.0) -> Uncertain:
    """A function of one region's amplitudes and rates with the uncertainty of all points."""
    value = value_of(*errors.fit.amplitudes_and_rates(region))
    higher, lower = (
        np.array([value_of(*f.amplitudes_and_rates(region)) for f in fits]) for fits in (errors.higher, errors.lower)
    )
    second = (higher + lower) / 2.0 - value
    slopes = (higher - lower) / (2.0 * errors.steps)
    by_parameters = gradient @ errors.fit.problem.maps[region]
    derivatives = by_parameters @ errors.linear.within_bounds
    released = by_parameters @ errors.linear.unbounded
    known = float(slopes**2 @ errors.known_u**2)
    whole = float(slopes**2 @ errors.point_u**2)
    factor = coverage_factor(known, whole - known, errors.scatter.degrees_of_freedom)
    widened = slopes * np.sqrt(np.maximum(0.0, factor**2 * errors.point_u**2 - errors.known_u**2))
    bound = max(0.0, float((released**2 - derivatives**2) @ errors.point_u**2))
    rest = math.sqrt(bound + float(2.0 * second @ second + second.sum() ** 2) + extra_u**2)
    return Uncertain(value, _components(errors, derivatives, slopes, widened) | {_own(errors, region): rest})


def _own(errors: JointErrors, region: int) -> str:
    return f"fit:{errors.curves[region].region}"


def _components(errors: JointErrors, derivatives: Floats, slopes: Floats, widened: Floats) -> dict[str, float]:
    points = [(c.region, n, p) for c in errors.curves for n, p in enumerate(c.points, start=1)]
    uses: dict[str, int] = {}
    for _, _, point in points:
        for name in point.activity.components:
            uses[name] = uses.get(name, 0) + 1
    found: dict[str, float] = {}
    for k, (owner, n, point) in enumerate(points):
        for name, u in point.activity.components.items():
            found[name] = found.get(name, 0.0) + u * float(slopes[k] if uses[name] == 1 else derivatives[k])
        found[f"fit:{owner}@{n}"] = float(widened[k])
    return found


def _curve(errors: JointErrors, region: int, settings: FitSettings, choice: JointChoice) -> FittedCurve:
    curve, fit = errors.curves[region], errors.fit
    amplitudes, rates = fit.amplitudes_and_rates(region)
    last = float(curve.times_s[-1])
    whole = _integral(errors, region, settings, settings.end_s)
    to_last = whole if settings.end_s <= last else _integral(errors, region, settings, last)
    by_rate = np.zeros(2 * rates.size)
    slowest = int(np.argmin(rates))
    by_rate[rates.size + slowest] = -math.log(2.0) / rates[slowest] ** 2
    half_life = _carry(errors, region, lambda _, other: math.log(2.0) / float(other.min()), by_rate)
    return FittedCurve(
        region=curve.region,
        model=fit.problem.model.name,
        amplitudes_bq=tuple(amplitudes.tolist()),
        rates_per_s=tuple(rates.tolist()),
        parameter_covariance=_covariance(errors, region),
        time_integrated_activity=whole,
        effective_half_life=half_life if settings.tail is None else settings.tail.half_life_s,
        aicc=choice.aicc,
        candidates=choice.rows,
        chi_square=fit.chi_square,
        degrees_of_freedom=max(0, fit.weighted_residuals.size - int(np.count_nonzero(fit.free))),
        tail=settings.tail,
        tail_from_s=None if settings.tail is None else last,
        integral_to_last_scan=to_last,
        extrapolated_fraction=max(0.0, 1.0 - to_last.value / whole.value),
        until_s=settings.until_s,
        reason=choice.reason,
        free_half_life_s=_free_half_life_s(fit, region),
        scatter_between_scans=errors.scatter.relative,
    )


def _free_half_life_s(fit: JointFit, region: int) -> float | None:
    if fit.amplitudes_and_rates(region)[1].min() > fit.problem.physical_rate:
        return None
    slow = 1e-3 / fit.problem.last
    freed = fit_jointly(replace(fit.problem, physical_rate=slow)).amplitudes_and_rates(region)[1].min()
    return math.log(2.0) / float(freed) if freed > slow else math.inf


def _integral(errors: JointErrors, region: int, settings: FitSettings, until: float) -> Uncertain:
    curve, model = errors.curves[region], errors.fit.problem.model
    amplitudes, rates = errors.fit.amplitudes_and_rates(region)
    period = PeriodIntegral(float(curve.times_s[-1]), until, settings.tail)
    unseen = 0.0 if model.has_uptake else unseen_uptake(curve, settings, float(amplitudes.sum()))
    together = _carry(errors, region, period.value, period.gradient(amplitudes, rates), unseen)
    return period.with_tail(together, amplitudes, rates)


def _covariance(errors: JointErrors, region: int) -> Floats:
    """Covariance of (amplitudes, rates) of a region from every source. Shape ``(2 rate, 2 rate)``."""
    points = [p for c in errors.curves for p in c.points]
    names = sorted({name for p in points for name in p.activity.components})
    shared = np.array([[p.activity.components.get(name, 0.0) for name in names] for p in points])
    known, scatter = float(errors.known_u @ errors.known_u), errors.scatter.relative * errors.activities
    factor = coverage_factor(known, float(scatter @ scatter), errors.scatter.degrees_of_freedom)
    widened = (factor**2 - 1.0) * errors.known_u**2 + factor**2 * scatter**2
    of_points = shared.reshape(len(points), -1) @ shared.reshape(len(points), -1).T + np.diag(widened)
    slope = errors.fit.problem.maps[region] @ errors.linear.unbounded
    covariance: Floats = slope @ of_points @ slope.T
    return covariance

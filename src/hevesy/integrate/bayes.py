"""Curves from one scan or more and a population prior."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import FittedCurve, TimeActivityCurve
from hevesy.errors import RegionFinding
from hevesy.integrate.bayes_coordinates import AtScan
from hevesy.integrate.bayes_curve import curve_parameters
from hevesy.integrate.bayes_errors import CENTRAL, PosteriorErrors
from hevesy.integrate.bayes_problem import PriorUse, Problem, RegionPart, pose
from hevesy.integrate.prior_conflict import conflict_probability
from hevesy.integrate.single_time import refuse_vague
from hevesy.numerics.kinetic_model import integral
from hevesy.numerics.log_normal_posterior import Sample, laplace, sample_posterior, weighted_quantiles
from hevesy.quantities import Uncertain

Floats = NDArray[np.float64]

PRIOR_CONFLICT = "prior-conflict"
PRIOR_WITHOUT_UPTAKE = "prior-without-uptake"
POSTERIOR_POORLY_SAMPLED = "posterior-poorly-sampled"
PRIOR_DOUBTS = (PRIOR_CONFLICT, PRIOR_WITHOUT_UPTAKE, POSTERIOR_POORLY_SAMPLED)
"""Names of the rows that say what is doubtful about a posterior."""
_CONFLICT = 0.01
_FEW_DRAWS = 100.0


@dataclass(frozen=True)
class PosteriorCurve:
    """A curve of one region and what the posterior says beyond it."""

    fitted: FittedCurve
    """Its time-integrated activity is the posterior median."""
    interval95_bq_s: tuple[float, float]
    """2.5 % and 97.5 % of the time-integrated activity. [Bq s]"""
    mean_bq_s: float
    """Posterior mean of the time-integrated activity. [Bq s]"""
    laplace_bq_s: tuple[float, float]
    """Time-integrated activity at the mode, and its standard uncertainty by the normal approximation. [Bq s]"""
    effective_draws: float
    """Draws that the importance sampling is worth."""
    conflict_probability: float | None
    """Of data at least as strange to the prior as these; None where nothing in the prior could be contradicted."""


def posterior_curves(
    curves: Sequence[TimeActivityCurve], use: PriorUse, *, physical_half_life_s: float, until_s: float = math.inf
) -> tuple[PosteriorCurve | RegionFinding, ...]:
    r"""Posterior of every region's curve, regions of one patient together.

    The parameters are those of the prior's models (logarithms and logits); the logarithms of the activities are normal
    about the curve with the stated standard uncertainties, at least the residual scatter of the population, and what
    scans and regions share is shared. Mode and normal approximation come from Gauss-Newton steps, median and interval
    from importance sampling about it. Each named source of the points keeps its name and correlations; what the prior
    leaves open is ``prior:<region>``, correlated between regions as the prior is. Two measured regions with the same
    region of the prior are estimated each alone, and the prior does not speak about their uptake.

    Parameters
    ----------
    curves
        Measured activities, one curve a region.
    use
        The prior and what belongs to this patient.
    physical_half_life_s
        Of the radionuclide. [s]
    until_s
        End of the period to integrate over. [s]

    Returns
    -------
    A curve, or why there is none, for every region in order.

    Raises
    ------
    InputError
        If a covariate of the prior is not given.

    References
    ----------
    .. [1] D. Hardiansyah et al., EJNMMI Phys. (2023), doi:10.1186/s40658-023-00530-1 (one scan and a population)
    """
    rate = math.log(2.0) / physical_half_life_s * 3600.0
    findings = {curve.region: why for curve in curves if (why := _unusable(curve, use)) is not None}
    usable = [curve for curve in curves if curve.region not in findings]
    uses = Counter(use.region(curve.region).name for curve in usable)
    together = [curve for curve in usable if uses[use.region(curve.region).name] == 1]
    alone = [curve for curve in usable if uses[use.region(curve.region).name] > 1]
    without_uptake = replace(use, with_uptake=False)
    found: dict[str, PosteriorCurve | RegionFinding] = dict(findings)
    for group, how in ((together, use), *(([curve], without_uptake) for curve in alone)):
        if group:
            found.update(
                zip((c.region for c in group), _solve(pose(group, how, rate), how, until_s / 3600.0), strict=True)
            )
    return tuple(found[curve.region] for curve in curves)


def _unusable(curve: TimeActivityCurve, use: PriorUse) -> RegionFinding | None:
    try:
        use.region(curve.region)
    except RegionFinding as finding:
        return finding
    for n, point in enumerate(curve.points, start=1):
        value = point.activity.value
        if not (math.isfinite(value) and value > 0 and point.time_s > 0):
            return RegionFinding(f"activity at time point {n} ({point.time_s / 3600.0:.4g} h) is {value:.4g} Bq")
    return None if curve.points else RegionFinding("no time point")


def _solve(problem: Problem, use: PriorUse, until_h: float) -> tuple[PosteriorCurve | RegionFinding, ...]:
    mode = laplace(problem.log_model, problem.data, problem.prior)
    sample = sample_posterior(problem.log_model, problem.data, problem.prior, mode, coordinates=AtScan(problem))
    errors = PosteriorErrors(problem, mode, sample)
    return tuple(_curve_or_finding(index, errors, use, until_h) for index in range(len(problem.parts)))


def _curve_or_finding(
    index: int, errors: PosteriorErrors, use: PriorUse, until_h: float
) -> PosteriorCurve | RegionFinding:
    try:
        return _curve(index, errors, use, until_h)
    except RegionFinding as finding:
        return finding


def _curve(index: int, errors: PosteriorErrors, use: PriorUse, until_h: float) -> PosteriorCurve:
    problem, mode, sample = errors.problem, errors.mode, errors.sample
    part = problem.parts[index]
    here, rate = part.parameters, problem.physical_rate_per_h
    whole, integrals = _integral(index, errors, until_h)
    to_last, _ = _integral(index, errors, min(until_h, float(part.curve.times_s[-1]) / 3600.0))
    at_mode, slope = integral(part.model, mode.mode[here], rate, until_h)
    amplitudes, rates, covariance = curve_parameters(part.model, mode.mode[here], mode.covariance[here, here], rate)
    low, _, high = weighted_quantiles(integrals, sample.weights, CENTRAL).tolist()
    refuse_vague(low, high)
    conflict = conflict_probability(problem, part)
    fitted = FittedCurve(
        region=part.curve.region,
        model=part.model.name,
        amplitudes_bq=tuple((amplitudes * whole.value / (3600.0 * float(at_mode))).tolist()),
        rates_per_s=tuple(rates.tolist()),
        parameter_covariance=covariance,
        time_integrated_activity=whole,
        effective_half_life=_half_life(index, errors),
        candidates=((part.model.name, None, ""), *_notices(problem, part, use, conflict, sample)),
        integral_to_last_scan=to_last,
        extrapolated_fraction=max(0.0, 1.0 - to_last.value / whole.value),
        until_s=None if math.isinf(until_h) else 3600.0 * until_h,
        reason=(
            f"posterior of {part.prior.name} of the prior {use.name} ({use.prior.patients} patients), "
            f"a scan scattering by at least {part.prior.residual_relative_standard_deviation:.1%} about its curve"
        ),
    )
    laplace_u = 3600.0 * math.sqrt(float(slope @ mode.covariance[here, here] @ slope))
    return PosteriorCurve(
        fitted=fitted,
        interval95_bq_s=(low, high),
        mean_bq_s=float(sample.weights @ integrals),
        laplace_bq_s=(3600.0 * float(at_mode), laplace_u),
        effective_draws=sample.effective_size,
        conflict_probability=conflict,
    )


def _integral(index: int, errors: PosteriorErrors, until_h: float) -> tuple[Uncertain, Floats]:
    """Time-integrated activity up to a time, and that of every draw. [Bq s]"""
    problem, mode = errors.problem, errors.mode.mode
    slopes = np.zeros((len(problem.parts), mode.size))
    for row, part in zip(slopes, problem.parts, strict=True):
        value, gradient = integral(part.model, mode[part.parameters], problem.physical_rate_per_h, until_h)
        row[part.parameters] = gradient / value
    part = problem.parts[index]
    drawn = (
        3600.0 * integral(part.model, errors.sample.draws[:, part.parameters], problem.physical_rate_per_h, until_h)[0]
    )
    return errors.carry(index, drawn, slopes), drawn


def _half_life(index: int, errors: PosteriorErrors) -> Uncertain:
    """Effective half-life of the terminal phase. [s]"""
    problem, mode = errors.problem, errors.mode.mode
    slopes = np.zeros((len(problem.parts), mode.size))
    for row, part in zip(slopes, problem.parts, strict=True):
        washout = math.exp(mode[part.parameters.start + 1])
        row[part.parameters.start + 1] = -washout / (washout + problem.physical_rate_per_h)
    washout_drawn = np.exp(errors.sample.draws[:, problem.parts[index].parameters.start + 1])
    drawn = 3600.0 * math.log(2.0) / (problem.physical_rate_per_h + washout_drawn)
    return errors.carry(index, drawn, slopes)


def _notices(
    problem: Problem, part: RegionPart, use: PriorUse, conflict: float | None, sample: Sample
) -> tuple[tuple[str, None, str], ...]:
    """What is doubtful, as rows of candidates."""
    told: list[tuple[str, None, str]] = []
    if conflict is not None and conflict < _CONFLICT:
        why = (
            f"the scans are strange to the prior {use.name} (p = {conflict:.2g}): another population, or another scale?"
        )
        told.append((PRIOR_CONFLICT, None, why))
    if problem.flat[part.parameters.start]:
        told.append((PRIOR_WITHOUT_UPTAKE, None, f"the prior {use.name} says how activity goes, not how much there is"))
    if sample.effective_size < _FEW_DRAWS:
        why = f"the posterior was sampled with {sample.effective_size:.0f} effective draws only: its interval is rough"
        told.append((POSTERIOR_POORLY_SAMPLED, None, why))
    return tuple(told)

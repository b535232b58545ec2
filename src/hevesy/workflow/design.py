"""What ``hevesy design`` tells: the best times for every number of visits, and what others lose against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import PopulationPrior, Progress, silent
from hevesy.errors import InputError
from hevesy.physdata import decay_data
from hevesy.population.design import DesignProblem, Plan, ScanErrors, plans_of
from hevesy.population.design_information import expected_uncertainty
from hevesy.population.design_search import best_plans, criterion
from hevesy.population.design_simulation import BAYES, check_fit, simulated_errors

_HOUR = 3600.0
_MOST_SIMULATED = 5000
_SHORTLIST = 40
_MOST_NUMBERS = 60_000_000
"""Of the information of all patients at all times."""

Floats = NDArray[np.float64]
Method = Literal["fisher", "simulate", "both"]


@dataclass(frozen=True)
class DesignRequest:
    """What is asked for."""

    name: str
    """Of the population."""
    prior: PopulationPrior
    regions: tuple[str, ...]
    """Empty for all of the population."""
    visits: tuple[int, ...]
    candidates_h: Floats
    """Times that are allowed, increasing. Shape ``(candidate,)``. [h]"""
    minimum_gap_h: float
    noise: float | None
    """Relative standard deviation of one scan; None for the population's own scatter. Fraction."""
    scale_noise: float
    """Relative standard deviation of what all scans of a patient share. Fraction."""
    timing_spread_h: float
    hybrid: bool
    method: Method
    fit: str
    stated: tuple[Plan, ...]
    """Plans to judge in any case. [h]"""
    n_patients: int
    seed: int
    shown: int
    """Plans to tell for every number of visits."""


@dataclass(frozen=True)
class Judged:
    """Plans of one number of visits; what was not asked for is None."""

    plans: tuple[Plan, ...]
    expected: Floats | None
    """Shape ``(plan, region)``. Fraction."""
    rmse: Floats | None
    bias: Floats | None
    p95: Floats | None
    exhaustive: bool

    @property
    def value(self) -> Floats:
        """What plans are ranked by. Shape ``(plan,)``. Fraction."""
        per_region = self.expected if self.rmse is None else self.rmse
        if per_region is None:
            raise ValueError("expected an uncertainty or an error of the plans")
        return criterion(per_region)


def problem_of(request: DesignRequest) -> DesignProblem:
    """The population with the errors of the scans.

    Raises
    ------
    InputError
        If a region is not the population's, or the scale is to come from one scan without a simulation.
    """
    known = [region.name for region in request.prior.regions]
    regions = request.regions or tuple(known)
    for region in regions:
        if region not in known:
            raise InputError(f"regions among {', '.join(known)}", f"{region!r} came", "--regions")
    if request.hybrid and request.method != "simulate":
        raise InputError("--method simulate with --hybrid", f"{request.method} came", "--method")
    numbers = request.n_patients * request.candidates_h.size * request.prior.mean.size**2
    if request.method != "simulate" and numbers > _MOST_NUMBERS:
        times = request.candidates_h.size
        raise InputError("fewer patients or times", f"{request.n_patients} and {times} came", "--patients")
    own = np.array([region.residual_relative_standard_deviation for region in request.prior.regions])
    noise = own if request.noise is None else np.full(own.size, request.noise)
    errors = ScanErrors(noise, request.scale_noise, request.hybrid, request.timing_spread_h)
    rate = decay_data(request.prior.nuclide, "prior").decay_constant_per_s * _HOUR
    return DesignProblem(request.prior, regions, rate, errors, request.n_patients, request.seed)


def judge(request: DesignRequest, visits: int) -> Judged:
    """Judge the plans of one number of visits, best first; the stated ones are among them.

    Raises
    ------
    InputError
        If there is no plan, or there are too many to simulate.
    """
    problem = problem_of(request)
    stated = tuple(plan for plan in request.stated if len(plan) == visits)
    exhaustive = True
    if request.method == "simulate":
        plans = tuple(plans_of(request.candidates_h, visits, request.minimum_gap_h))
        if len(plans) > _MOST_SIMULATED:
            raise InputError(
                f"at most {_MOST_SIMULATED} plans to simulate (fewer times, or --method both)",
                f"{len(plans)} came for {visits} visits",
                "--method",
            )
        expected = None
    else:
        try:
            best = best_plans(
                problem, request.candidates_h, visits, minimum_gap_h=request.minimum_gap_h, keep=_SHORTLIST
            )
        except ValueError as error:
            raise InputError("times that allow the visits", str(error), "--minimum-gap") from error
        plans, exhaustive = best.plans, best.exhaustive
        expected = best.uncertainty
    plans, expected = _with_stated(problem, plans, expected, stated)
    if not plans:
        raise InputError(f"times that allow {visits} visits", "there are none", "--allowed")
    judged = Judged(plans, expected, None, None, None, exhaustive)
    if request.method != "fisher":
        found = simulated_errors(problem, plans, request.fit)
        judged = Judged(plans, expected, found.rmse, found.bias, found.p95, exhaustive)
    return judged


def _with_stated(
    problem: DesignProblem, plans: tuple[Plan, ...], expected: Floats | None, stated: Sequence[Plan]
) -> tuple[tuple[Plan, ...], Floats | None]:
    further = tuple(plan for plan in stated if plan not in plans)
    if further and expected is not None:
        times = np.unique(np.concatenate([np.array(plan) for plan in further]))
        expected = np.concatenate([expected, expected_uncertainty(problem, further, times)])
    return (*plans, *further), expected


def design_document(request: DesignRequest, progress: Progress = silent) -> tuple[dict[str, Any], dict[int, Judged]]:
    """The design as a document, and what it rests on, to draw.

    Raises
    ------
    InputError
        If something of the request does not fit together.
    """
    problem = problem_of(request)
    judged: dict[int, Judged] = {}
    entries = []
    for k, visits in enumerate(request.visits):
        progress("judge plans", k, len(request.visits))
        reason = _reason_against(request, visits)
        if reason is None:
            judged[visits] = judge(request, visits)
            entries.append(_entry(request, problem, visits, judged[visits]))
        else:
            entries.append({"visits": visits, "plans": None, "stated_plans": None, "reason": reason})
    progress("judge plans", len(request.visits), len(request.visits))
    document = {
        "population": _described(request.name, request.prior),
        "regions": list(problem.regions),
        "method": request.method,
        "fit": None if request.method == "fisher" else request.fit,
        "ranked_by": "root mean square over the regions of the "
        + ("expected relative standard uncertainty" if request.method == "fisher" else "simulated relative error"),
        "errors": {
            "scan_relative": problem.errors.relative_sd.tolist(),
            "scale_relative": problem.errors.scale_sd,
            "hybrid": problem.errors.hybrid,
            "timing_spread_h": problem.errors.timing_sd_h,
        },
        "candidate_times_h": request.candidates_h.tolist(),
        "minimum_gap_h": request.minimum_gap_h,
        "patients_drawn": request.n_patients,
        "seed": request.seed,
        "visits": entries,
    }
    return document, judged


def _reason_against(request: DesignRequest, visits: int) -> str | None:
    if request.method == "fisher":
        return None
    try:
        check_fit(request.fit, visits)
    except ValueError as error:
        return str(error)
    return None


def _entry(request: DesignRequest, problem: DesignProblem, visits: int, judged: Judged) -> dict[str, Any]:
    value = judged.value
    order = np.argsort(value, kind="stable")
    best = float(value[order[0]])
    stated = [k for k, plan in enumerate(judged.plans) if plan in request.stated]

    def told(k: int) -> dict[str, Any]:
        return {
            "times_h": list(judged.plans[k]),
            "ranked_by_value": float(value[k]),
            "loss_against_best": float(value[k]) / best - 1.0,
            "regions": [_region(problem, judged, k, r) for r in range(len(problem.regions))],
        }

    return {
        "visits": visits,
        "plans": [told(int(k)) for k in order[: request.shown]],
        "stated_plans": [told(k) for k in stated],
        "all_plans_judged": judged.exhaustive,
        "reason": None,
    }


def _region(problem: DesignProblem, judged: Judged, plan: int, region: int) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": problem.regions[region]}
    for key, values in (
        ("expected_relative_standard_uncertainty", judged.expected),
        ("root_mean_square_error", judged.rmse),
        ("bias", judged.bias),
        ("percentile95_of_error", judged.p95),
    ):
        entry[key] = None if values is None else float(values[plan, region])
    return entry


def _described(name: str, prior: PopulationPrior) -> dict[str, Any]:
    citation = prior.citation
    return {
        "name": name,
        "ligand": prior.ligand,
        "nuclide": prior.nuclide,
        "models": {region.name: region.model for region in prior.regions},
        "source": prior.source,
        "citation": None if citation is None else {"text": citation.text, "doi": citation.doi},
    }


def pair_map(request: DesignRequest, judged: Judged) -> tuple[Floats, Floats, Plan]:
    """Ranking value of all choices of the last two times, the ones before as in the best plan.

    Returns
    -------
    Times ``(candidate,)`` [h], values ``(candidate, candidate)`` (earlier, later; not a number where there is no plan),
    and the times that are held [h].
    """
    best = judged.plans[int(np.argmin(judged.value))]
    held = best[:-2]
    after = request.candidates_h[request.candidates_h > (held[-1] if held else -1.0)]
    plans = [
        (*held, *pair)
        for pair in plans_of(after, 2, request.minimum_gap_h)
        if not held or pair[0] - held[-1] >= request.minimum_gap_h
    ]
    problem = problem_of(request)
    if request.method == "fisher" or (request.method == "both" and request.fit == BAYES):
        values = criterion(expected_uncertainty(problem, plans, np.union1d(after, np.array(held))))
    else:
        values = criterion(simulated_errors(problem, plans, request.fit).rmse)
    grid = np.full((after.size, after.size), np.nan)
    place = {time: k for k, time in enumerate(after.tolist())}
    for plan, value in zip(plans, values.tolist(), strict=True):
        grid[place[plan[-2]], place[plan[-1]]] = value
    return after, grid, held

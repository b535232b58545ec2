"""Limits held against the results of a run: each in its own kind, over its own scope."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hevesy.biology import Dose, DoseLimit, no_dose
from hevesy.errors import RegionFinding
from hevesy.quantities import AbsorbedDose, Draws, Eqd2, Uncertain, density, exact, multiply_powers, total
from hevesy.quantities.settings_file import read_yaml, validate_settings
from hevesy.report.limits_model import DistributionModel, LimitModel
from hevesy.report.model import RegionResult, Results
from hevesy.workflow.config import EarlierCycles, LimitChoice, LimitsFile, MaxActivity
from hevesy.workflow.drawn_doses import RegionDraws, earlier_draws
from hevesy.workflow.limits_earlier import (
    UNKNOWN,
    Earlier,
    earlier_doses,
    kind_of,
    read_earlier,
    read_results,
    region_dose_of_kind,
    uncertain_of,
)
from hevesy.workflow.limits_room import DrawnRoom, Room, further

_POINTS = 121
_WIDEST = 3.5
_BINS = 32


@dataclass(frozen=True)
class Judging:
    """The limits of a study or of a file, and what they need."""

    limits: Sequence[LimitChoice]
    earlier_cycles: EarlierCycles | None
    max_activity_for: MaxActivity | None
    folder: Path
    """Start of the paths of earlier results."""
    drawn: Mapping[str, RegionDraws] = field(default_factory=dict)
    draws: Draws | None = None
    """Of the Monte Carlo propagation, where there was one."""


def judge_limits(results: Results, judging: Judging) -> list[LimitModel]:
    """Hold every limit against the dose to its region.

    A limit of a course counts what was given before, and is evaluated only if that is stated, were it as ``none``. The
    probability of exceeding a limit is that of the drawn doses where there are any, else of the log-normal distribution
    of the dose.

    Parameters
    ----------
    results
        Of this cycle.
    judging
        The limits.

    Raises
    ------
    InputError
        If kinds or alpha/beta of a limit and a dose differ, or earlier results do not go with these.
    """
    if not judging.limits:
        return []
    earlier = read_earlier(judging.earlier_cycles, judging.folder, results)
    return [_judge(choice, results, earlier, judging) for choice in judging.limits]


def limits_of_folder(folder: Path, limits_path: Path) -> list[LimitModel]:
    """Hold the limits of a file against the results in a folder, without running anything again.

    Raises
    ------
    InputError
        As :func:`judge_limits`, and if the file names a region that the results do not have.
    StudyFileError
        If the file is not what its schema says.
    ReadError
        If the folder has no results.
    """
    file = validate_settings(LimitsFile, read_yaml(limits_path, "file of limits"), limits_path.name)
    judging = Judging(file.limits, file.earlier_cycles, file.max_activity_for, limits_path.resolve().parent)
    return judge_limits(read_results(folder), judging)


def _judge(choice: LimitChoice, results: Results, earlier: Earlier | None, judging: Judging) -> LimitModel:
    kind = kind_of(choice.quantity)
    limit = DoseLimit(kind(exact(choice.value)), choice.alpha_beta, choice.region, choice.scope, choice.source)
    entry = LimitModel(
        quantity=choice.quantity,
        region=choice.region,
        scope=choice.scope,
        value_gy=choice.value,
        alpha_beta_gy=choice.alpha_beta,
        source=choice.source,
        evaluated=False,
    )
    try:
        region = _region(results, limit)
        dose = region_dose_of_kind(region, limit)
        before = _before(earlier, limit, results)
        linear = _linear(region, dose)
    except RegionFinding as finding:
        return entry.model_copy(update={"reason": finding.reason})
    room = Room(total([d.estimate for _, d in before]) if before else no_dose(dose).estimate, dose.estimate, linear)
    return entry.model_copy(update=_found(room, _drawn_room(room, limit, judging), limit, results, judging, before))


def _region(results: Results, limit: DoseLimit) -> RegionResult:
    region = next((r for r in results.regions if r.name == limit.region), None)
    if region is None:
        raise RegionFinding(f"not evaluated: the results have no region {limit.region}")
    return region


def _before(earlier: Earlier | None, limit: DoseLimit, results: Results) -> list[tuple[str, Dose]]:
    if limit.scope == "cycle":
        return []
    if earlier is None:
        raise RegionFinding(UNKNOWN)
    return earlier_doses(earlier, limit, results)


def _linear(region: RegionResult, dose: Dose) -> Uncertain:
    """The part of a dose that is linear in the activity: the absorbed dose, as EQD2 where the dose is one. [Gy]"""
    if isinstance(dose, AbsorbedDose):
        return dose.estimate
    absorbed = uncertain_of(region.absorbed_dose_gy, region.name)
    if not isinstance(dose, Eqd2):
        return absorbed
    return multiply_powers((absorbed, 1.0), (dose.estimate, 1.0), (uncertain_of(region.bed_gy, region.name), -1.0))


def _drawn_room(room: Room, limit: DoseLimit, judging: Judging) -> DrawnRoom | None:
    drawn = judging.drawn.get(limit.region)
    if drawn is None or judging.draws is None or drawn.absorbed_dose is None:
        return None
    earlier = earlier_draws(room.earlier, judging.draws)
    if isinstance(limit.value, AbsorbedDose):
        return DrawnRoom(earlier, drawn.absorbed_dose, drawn.absorbed_dose)
    if drawn.bed is None or drawn.eqd2 is None:
        return None
    if isinstance(limit.value, Eqd2):
        return DrawnRoom(earlier, drawn.eqd2, drawn.absorbed_dose * drawn.eqd2 / drawn.bed)
    return DrawnRoom(earlier, drawn.bed, drawn.absorbed_dose)


def _found(
    room: Room,
    drawn: DrawnRoom | None,
    limit: DoseLimit,
    results: Results,
    judging: Judging,
    before: Sequence[tuple[str, Dose]],
) -> dict[str, object]:
    dose, used, value = room.dose(1.0, 0.0), drawn or room, limit.value.value
    asked = judging.max_activity_for
    return {
        "evaluated": True,
        "dose_gy": dose.value,
        "standard_uncertainty_gy": dose.standard_uncertainty,
        "earlier_gy": room.earlier.value if limit.scope == "course" else None,
        "earlier_sources": [source for source, _ in before],
        "probability_of_exceeding": used.probability(value, 1.0, 0.0),
        "distribution": _distribution(dose, None if drawn is None else drawn.dose(1.0, 0.0)),
        "further": None
        if asked is None
        else further(
            used,
            value,
            asked.risk,
            course=limit.scope == "course",
            net_activity_bq=results.administration.net_activity_bq.value,
        ),
    }


def _distribution(dose: Uncertain, drawn: np.ndarray[tuple[int], np.dtype[np.float64]] | None) -> DistributionModel:
    if drawn is not None:
        heights, edges = np.histogram(
            drawn, bins=_BINS, range=tuple(np.quantile(drawn, [0.0005, 0.9995])), density=True
        )
        centres = 0.5 * (edges[1:] + edges[:-1])
        return DistributionModel(kind="monte-carlo", dose_gy=centres.tolist(), density_per_gy=heights.tolist())
    if not dose.components:
        return DistributionModel(kind="exact")
    spread = math.sqrt(math.log1p(dose.relative_standard_uncertainty**2))
    points = dose.value * np.exp(np.linspace(-_WIDEST * spread, _WIDEST * spread, _POINTS))
    return DistributionModel(
        kind="log-normal", dose_gy=points.tolist(), density_per_gy=[density(dose, float(at)) for at in points]
    )


def limit_findings(limits: Sequence[LimitModel]) -> list[str]:
    """What could not be evaluated, for the top of the report."""
    words = {"absorbed-dose": "absorbed dose", "bed": "BED", "eqd2": "EQD2"}
    return [
        f"limit of {one.value_gy:g} Gy {words[one.quantity]} to {one.region} per {one.scope}: {one.reason}"
        for one in limits
        if not one.evaluated
    ]

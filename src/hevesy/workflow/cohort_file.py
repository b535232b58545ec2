"""A cohort of patients from a file of comma-separated values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from hevesy.errors import InputError, ReadError
from hevesy.physdata import decay_data
from hevesy.population import Cohort, Observation
from hevesy.workflow.table_file import Table, read_table

REQUIRED = ("patient", "region", "time_h", "activity")
OPTIONAL = ("standard_uncertainty", "cycle", "ligand")

Curve = tuple[str, str, str]
"""Patient, region and cycle."""


@dataclass(frozen=True)
class CohortRequest:
    """How a file is to be read."""

    nuclide: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    """Header in the file of a column."""
    ignored: Sequence[str] = ()
    covariates: Sequence[str] = ()
    ligand: str | None = None
    """Which one, where the file has several; or what its ligand is, where it has no such column."""
    decay_corrected: bool = False
    """Whether activities are given as at the administration."""
    activity_unit: str | None = None


@dataclass(frozen=True)
class CohortFile:
    """A cohort as read, and what of it cannot be used."""

    cohort: Cohort
    curves: tuple[Curve, ...]
    """All that the file has, in its order."""
    unusable: Mapping[Curve, str]
    """Curves that are left out, with the reason."""
    ligand: str | None
    name: str
    sha256: str
    has_uncertainties: bool
    has_cycles: bool


def read_cohort(path: Path, request: CohortRequest) -> CohortFile:
    """Read a cohort.

    A curve with an activity, time or uncertainty that is not positive, or with two activities at one time, is left out
    with the reason; the others are used.

    Parameters
    ----------
    path
        File with a header line and the columns ``patient, region, time_h, activity``, optionally
        ``standard_uncertainty, cycle, ligand``, and those of covariates.
    request
        How to read it.

    Raises
    ------
    InputError
        If the file is not as asked for, ligands are mixed without a choice, a covariate is missing or differs within a
        patient, or no curve can be used.
    """
    nuclide = decay_data(request.nuclide, "--nuclide")
    table = read_table(path, REQUIRED, (*OPTIONAL, *request.covariates), request.mapping, request.ignored)
    for name in request.covariates:
        if name not in table:
            raise ReadError(f"a column {name} for --covariate", "none came", f"{path.name}, header")
    rows, ligand = _rows_of_ligand(table, request)
    half_life_h = nuclide.half_life_s / 3600.0
    rate = math.log(2.0) / half_life_h if request.decay_corrected else 0.0
    observations = _observations(table, rows, rate)
    unusable = _unusable(observations)
    usable = [o for o in observations if (o.patient, o.region, o.cycle) not in unusable]
    if not usable:
        reason = next(iter(unusable.values()))
        raise InputError("at least one usable curve", f"none came ({reason})", path.name)
    cohort = Cohort(
        nuclide.name,
        half_life_h,
        request.activity_unit or "",
        tuple(usable),
        {name: _covariate(table, rows, name) for name in request.covariates},
    )
    curves = tuple(dict.fromkeys((o.patient, o.region, o.cycle) for o in observations))
    cycles = {p: {c for q, _, c in curves if q == p} for p, _, _ in curves}
    return CohortFile(
        cohort,
        curves,
        unusable,
        ligand,
        table.name,
        table.sha256,
        "standard_uncertainty" in table,
        any(len(found) > 1 for found in cycles.values()),
    )


def _rows_of_ligand(table: Table, request: CohortRequest) -> tuple[list[int], str | None]:
    every = list(range(len(table)))
    if "ligand" not in table:
        return every, request.ligand
    found = table.texts("ligand")
    known = tuple(dict.fromkeys(found))
    if request.ligand is None and len(known) > 1:
        raise InputError("one ligand, chosen by --ligand", f"{', '.join(known)} came", table.name)
    chosen = request.ligand or known[0]
    if chosen not in known:
        raise InputError(f"a ligand among {', '.join(known)}", f"{chosen!r} came", "--ligand")
    return [row for row in every if found[row] == chosen], chosen


def _observations(table: Table, rows: Sequence[int], rate_per_h: float) -> list[Observation]:
    patients, regions = table.texts("patient"), table.texts("region")
    cycles = table.texts("cycle") if "cycle" in table else ("",) * len(table)
    times, activities = table.numbers("time_h"), table.numbers("activity", finite=False)
    stated = table.numbers("standard_uncertainty", finite=False) if "standard_uncertainty" in table else None
    found = []
    for row in rows:
        decayed = math.exp(-rate_per_h * float(times[row]))
        uncertainty = None if stated is None else float(stated[row]) * decayed
        found.append(
            Observation(
                patients[row],
                regions[row],
                float(times[row]),
                float(activities[row]) * decayed,
                uncertainty,
                cycles[row],
            )
        )
    return found


def _unusable(observations: Sequence[Observation]) -> dict[Curve, str]:
    reasons: dict[Curve, str] = {}
    seen: set[tuple[Curve, float]] = set()
    for o in observations:
        curve = (o.patient, o.region, o.cycle)
        reason = _reason(o)
        if reason is None and (curve, o.time_h) in seen:
            reason = f"two activities at {o.time_h:.6g} h; cycles are told apart by a column cycle"
        seen.add((curve, o.time_h))
        if reason is not None:
            reasons.setdefault(curve, reason)
    return reasons


def _reason(o: Observation) -> str | None:
    if not o.time_h > 0:
        return f"a time of {o.time_h:.6g} h is not after the administration"
    if not (math.isfinite(o.activity) and o.activity > 0):
        return f"the activity at {o.time_h:.6g} h is {o.activity:.6g}, not positive"
    if o.standard_uncertainty is not None and not (0 < o.standard_uncertainty < math.inf):
        return f"the standard uncertainty at {o.time_h:.6g} h is {o.standard_uncertainty:.6g}, not positive"
    return None


def _covariate(table: Table, rows: Sequence[int], name: str) -> dict[str, float]:
    patients, values = table.texts("patient"), table.numbers(name, gaps=True)
    known: dict[str, float] = {}
    for row in rows:
        patient, value = patients[row], float(values[row])
        if np.isnan(value):
            raise ReadError(f"{name} of every patient", "none came", table.where(row, name))
        if known.setdefault(patient, value) != value:
            raise ReadError(f"one {name} for each patient", "several came", table.where(row, name))
    return known

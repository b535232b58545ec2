"""From the rows of a table to the time-activity curve of each region."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import MeasuredActivity, TimeActivityCurve
from hevesy.errors import InputError, ReadError, RegionFinding
from hevesy.physdata import Nuclide
from hevesy.quantities import Uncertain
from hevesy.workflow.fit_request import FitRequest, is_finite_positive, ratio
from hevesy.workflow.table_file import Table, parse_mapping, read_table

Floats = NDArray[np.float64]

REQUIRED = ("region", "time_h", "activity_mbq")
STANDARD_UNCERTAINTY = "standard_uncertainty_mbq"
_HOUR, _MBQ = 3600.0, 1e6
_ACTIVITIES_BQ = (1e-6, 1e15)
_LEAST_RELATIVE, _MOST_RELATIVE = 1e-9, 1e3
"""Of a standard uncertainty over its activity."""
_LONGEST_H = 1e5
_SAME_TIME_S = 1e-3


@dataclass(frozen=True)
class MeasuredTable:
    """The curves of all regions, in the order of the file; a finding where the points of one are no curve."""

    table: Table
    curves: dict[str, TimeActivityCurve | RegionFinding]
    stated: bool
    """Whether every activity has a standard uncertainty."""
    uncertainty_source: str
    """Where the standard uncertainties come from, in words."""


def read_curves(request: FitRequest, nuclide: Nuclide) -> MeasuredTable:
    """Read the table, undo a correction for decay if it is said to be there, and sort the points of each region.

    Raises
    ------
    InputError
        If the table is malformed or the uncertainty is stated twice.
    """
    mapping = parse_mapping(request.columns, (*REQUIRED, STANDARD_UNCERTAINTY))
    table = read_table(request.table, REQUIRED, (STANDARD_UNCERTAINTY,), mapping, request.ignored)
    times = _times_s(table)
    present = np.exp2(-times / nuclide.half_life_s) if request.decay_corrected else np.ones_like(times)
    activities = _becquerel(table, "activity_mbq") * present
    spread, source = _standard_uncertainties(request, table, activities, present)
    curves = {
        region: _curve(region, times[rows], activities[rows], None if spread is None else spread[rows])
        for (region,), rows in table.groups("region").items()
    }
    return MeasuredTable(table, curves, spread is not None, source)


def _times_s(table: Table) -> Floats:
    hours = table.numbers("time_h")
    for row, value in enumerate(hours.tolist()):
        if abs(value) > _LONGEST_H:
            raise ReadError(f"a time of at most {_LONGEST_H:g} h", "a longer one came", table.where(row, "time_h"))
    return hours * _HOUR


def _becquerel(table: Table, column: str) -> Floats:
    """Numbers of a column in MBq, as Bq; what is too large for that is infinite."""
    with np.errstate(over="ignore"):
        result: Floats = table.numbers(column, finite=False) * _MBQ
    return result


def _standard_uncertainties(
    request: FitRequest, table: Table, activities: Floats, present: Floats
) -> tuple[Floats | None, str]:
    text = request.relative_standard_uncertainty
    if STANDARD_UNCERTAINTY in table:
        if text is not None:
            raise InputError(
                f"either the column {STANDARD_UNCERTAINTY} or the option",
                "both came",
                "--relative-standard-uncertainty",
            )
        return _becquerel(table, STANDARD_UNCERTAINTY) * present, f"column {STANDARD_UNCERTAINTY}"
    if text is not None:
        relative = ratio(text, "--relative-standard-uncertainty")
        return relative * activities, f"{relative:.3g} of every activity, as given"
    if request.scatter_between_scans is not None:
        return None, "not stated: scatter between scans as given, and what the misfit shows"
    return (
        None,
        "not stated: scatter between scans of 5 % assumed (known to a third of itself), and what the misfit shows",
    )


def _curve(region: str, times: Floats, activities: Floats, spread: Floats | None) -> TimeActivityCurve | RegionFinding:
    order = np.argsort(times, kind="stable")
    times, activities = times[order], activities[order]
    spread = None if spread is None else spread[order]
    try:
        _check(times, activities, spread)
    except RegionFinding as finding:
        return finding
    points = tuple(
        MeasuredActivity(
            float(t), Uncertain(float(a), {} if spread is None else {f"activity:{region}@{n + 1}": float(spread[n])})
        )
        for n, (t, a) in enumerate(zip(times, activities, strict=True))
    )
    return TimeActivityCurve(region, points)


def _check(times: Floats, activities: Floats, spread: Floats | None) -> None:
    for n, (t, a) in enumerate(zip(times.tolist(), activities.tolist(), strict=True), start=1):
        at = f"at time point {n} ({t / _HOUR:.4g} h)"
        if n > 1 and t - times[n - 2] < _SAME_TIME_S:
            raise RegionFinding(f"two activities at the same time, {t / _HOUR:.4g} h")
        if t < _SAME_TIME_S:
            raise RegionFinding(f"time point {n} lies {t / _HOUR:.4g} h after the administration")
        _check_size("activity", at, a, *_ACTIVITIES_BQ)
        if spread is not None:
            _check_size("standard uncertainty", at, float(spread[n - 1]), a * _LEAST_RELATIVE, a * _MOST_RELATIVE)


def _check_size(what: str, at: str, value: float, least: float, most: float) -> None:
    if math.isnan(value):
        raise RegionFinding(f"{what} {at} is not a number")
    if not is_finite_positive(value):
        raise RegionFinding(f"{what} {at} is {value / _MBQ:.4g} MBq")
    if not least <= value <= most:
        raise RegionFinding(f"{what} {at} is {value / _MBQ:.4g} MBq, beyond what a measurement can be")

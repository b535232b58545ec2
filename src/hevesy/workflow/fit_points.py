"""From the rows of a table to the time-activity curve of each region."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import MeasuredActivity, TimeActivityCurve
from hevesy.errors import InputError, RegionFinding
from hevesy.physdata import Nuclide
from hevesy.quantities import Uncertain
from hevesy.workflow.fit_request import FitRequest, is_finite_positive, ratio
from hevesy.workflow.table_file import Table, parse_mapping, read_table

Floats = NDArray[np.float64]

REQUIRED = ("region", "time_h", "activity_mbq")
STANDARD_UNCERTAINTY = "standard_uncertainty_mbq"
_HOUR, _MBQ = 3600.0, 1e6


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
    times = table.numbers("time_h") * _HOUR
    present = np.exp2(-times / nuclide.half_life_s) if request.decay_corrected else np.ones_like(times)
    activities = table.numbers("activity_mbq", finite=False) * _MBQ * present
    spread, source = _standard_uncertainties(request, table, activities, present)
    curves = {
        region: _curve(region, times[rows], activities[rows], None if spread is None else spread[rows])
        for (region,), rows in table.groups("region").items()
    }
    return MeasuredTable(table, curves, spread is not None, source)


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
        return table.numbers(STANDARD_UNCERTAINTY, finite=False) * _MBQ * present, f"column {STANDARD_UNCERTAINTY}"
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
        if n > 1 and t == times[n - 2]:
            raise RegionFinding(f"two activities at the same time, {t / _HOUR:.4g} h")
        if not is_finite_positive(a):
            shown = "not a number" if math.isnan(a) else f"{a / _MBQ:.4g} MBq"
            raise RegionFinding(f"activity {at} is {shown}")
        if spread is not None and not is_finite_positive(u := float(spread[n - 1])):
            shown = "not a number" if math.isnan(u) else f"{u / _MBQ:.4g} MBq"
            raise RegionFinding(f"standard uncertainty {at} is {shown}")

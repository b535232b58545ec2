"""Results as CSV tables, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from hevesy.report.estimate_model import EstimateModel
from hevesy.report.files import write_atomically
from hevesy.report.model import RegionResult, RegionTimePoint, Results

_Cell = str | float | None
_Row = Mapping[str, _Cell]

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

_REGION_ESTIMATES = {
    "mass_g": "mass [g]",
    "volume_ml": "volume [ml]",
    "time_integrated_activity_bq_s": "time-integrated activity [Bq s]",
    "time_integrated_activity_to_last_scan_bq_s": "time-integrated activity to the last scan [Bq s]",
    "time_integrated_activity_tail_bq_s": "time-integrated activity after the last scan [Bq s]",
    "effective_half_life_h": "effective half-life [h]",
    "absorbed_dose_gy": "absorbed dose [Gy]",
    "absorbed_dose_per_administered_activity_gy_per_gbq": "absorbed dose per administered activity [Gy/GBq]",
    "absorbed_dose_map_mean_gy": "mean absorbed dose of the map [Gy]",
    "bed_gy": "BED [Gy]",
}

_TIME_POINT_ESTIMATES = {
    "volume_ml": "volume [ml]",
    "recovery_coefficient": "recovery coefficient [1]",
    "activity_bq": "activity at scan time [Bq]",
    "activity_concentration_bq_ml": "activity concentration at scan time [Bq/ml]",
    "activity_concentration_as_stored_bq_ml": "activity concentration as stored [Bq/ml]",
}


def _estimate_cells(title: str, estimate: EstimateModel) -> dict[str, _Cell]:
    name, _, unit = title.rpartition(" ")
    low, high = estimate.interval95 or (None, None)
    return {
        title: estimate.value,
        f"{name}: standard uncertainty {unit}": estimate.standard_uncertainty,
        f"{name}: 95 % interval, lower end {unit}": low,
        f"{name}: 95 % interval, upper end {unit}": high,
        f"{name}: reason for no value": estimate.reason,
    }


def _estimates(source: RegionResult | RegionTimePoint, titles: Mapping[str, str]) -> dict[str, _Cell]:
    cells: dict[str, _Cell] = {}
    for field, title in titles.items():
        cells.update(_estimate_cells(title, getattr(source, field)))
    return cells


def _region_row(region: RegionResult) -> _Row:
    return {
        "region": region.name,
        "kind": region.kind,
        "side": region.side,
        "status": region.status,
        "findings": "; ".join(region.findings),
        **_estimates(region, _REGION_ESTIMATES),
        "ratio of region dose to map mean [1]": region.ratio_region_to_map,
        "BED model": region.bed_model,
        "recovery applied": "yes" if region.recovery_applied else "no",
        "curve model": region.curve.model if region.curve else None,
        "share of the integral after the last scan [1]": region.curve.extrapolated_fraction if region.curve else None,
    }


def _time_point_row(region: RegionResult, point: RegionTimePoint) -> _Row:
    return {
        "region": region.name,
        "time point": point.time_point,
        "time after start of administration [h]": point.time_h,
        **_estimates(point, _TIME_POINT_ESTIMATES),
    }


def _budget_rows(region: RegionResult) -> Iterable[_Row]:
    dose = region.absorbed_dose_gy
    for kind, component in (dose.budget or {}).items():
        yield {
            "region": region.name,
            "source of uncertainty": kind,
            "standard uncertainty of the absorbed dose [Gy]": component,
            "relative standard uncertainty [%]": 100.0 * component / dose.value if dose.value else None,
        }


_BUDGET_TITLES = (
    "region",
    "source of uncertainty",
    "standard uncertainty of the absorbed dose [Gy]",
    "relative standard uncertainty [%]",
)


def _guarded(cell: _Cell) -> _Cell:
    # a spreadsheet would run such a text as a formula; results.json holds every name unchanged
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def _csv_bytes(rows: Sequence[_Row], titles: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=titles, lineterminator="\n")
    writer.writeheader()
    writer.writerows({title: _guarded(cell) for title, cell in row.items()} for row in rows)
    return text.getvalue().encode("utf-8")


def _titles(titles: Mapping[str, str], before: Sequence[str], after: Sequence[str]) -> list[str]:
    blank = EstimateModel(value=None, unit="")
    return [*before, *(cell for title in titles.values() for cell in _estimate_cells(title, blank)), *after]


def write_csv(results: Results, folder: Path) -> dict[str, Path]:
    """Write ``regions.csv``, ``time_points.csv`` and ``budget.csv``: UTF-8, comma, one header row with units.

    Text that a spreadsheet would run as a formula gets a leading apostrophe; ``results.json`` keeps every name
    unchanged.

    Parameters
    ----------
    results
        The results.
    folder
        Where to write.

    Returns
    -------
    Path of each table by its file name.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    regions = [_region_row(region) for region in results.regions]
    points = [_time_point_row(region, point) for region in results.regions for point in region.time_points]
    budgets = [row for region in results.regions for row in _budget_rows(region)]
    tables = {
        "regions.csv": _csv_bytes(
            regions,
            _titles(
                _REGION_ESTIMATES,
                ("region", "kind", "side", "status", "findings"),
                (
                    "ratio of region dose to map mean [1]",
                    "BED model",
                    "recovery applied",
                    "curve model",
                    "share of the integral after the last scan [1]",
                ),
            ),
        ),
        "time_points.csv": _csv_bytes(
            points,
            _titles(_TIME_POINT_ESTIMATES, ("region", "time point", "time after start of administration [h]"), ()),
        ),
        "budget.csv": _csv_bytes(budgets, _BUDGET_TITLES),
    }
    return {name: write_atomically(folder / name, data) for name, data in tables.items()}

"""Files that the marrow dose is made from: blood samples, probe readings, organs of a fit."""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hevesy.errors import InputError, ReadError, ScaleError
from hevesy.quantify import BloodSample, ProbeReading, decayed
from hevesy.quantities import Uncertain, parse_quantity
from hevesy.workflow.table_file import Table, read_table

BLOOD_REQUIRED = ("time_h", "concentration")
BLOOD_OPTIONAL = ("standard_uncertainty",)
COUNT_COLUMNS = ("anterior_counts", "posterior_counts", "background_counts")
RATE_COLUMNS = ("anterior_usv_h", "posterior_usv_h", "background_usv_h")
_PROBE_ALWAYS = ("time_h", "voided")
_PROBE_SPREAD = "relative_standard_uncertainty"
PROBE_COLUMNS = (*_PROBE_ALWAYS, *COUNT_COLUMNS, *RATE_COLUMNS, _PROBE_SPREAD)
_ML_PER_L = 1000.0
_LARGEST_JSON = 16 * 1024**2
_OF_ACTIVITY = ("%IA/l", "%IA/L")


@dataclass(frozen=True)
class ConcentrationUnit:
    """What a number in the column of concentrations means."""

    text: str
    bq_ml: float
    """Of a number of one. [Bq/ml]"""
    of_activity: bool
    """Whether the number is a share of the administered activity."""


def concentration_unit(text: str, administered: Uncertain | None, where: str) -> ConcentrationUnit:
    """Read ``kBq/ml`` or ``%IA/l``.

    Raises
    ------
    InputError
        If it is no unit of activity concentration, or a share of an administered activity that is not stated.
    """
    plain = text.strip()
    if plain not in _OF_ACTIVITY:
        return ConcentrationUnit(
            plain, parse_quantity(f"1 {plain}", "activity concentration", where), of_activity=False
        )
    if administered is None:
        raise InputError("the administered activity for concentrations in %IA/l", "it is not stated", where)
    return ConcentrationUnit(plain, administered.value / 100.0 / _ML_PER_L, of_activity=True)


@dataclass(frozen=True)
class BloodTable:
    """The samples of a file, and its hash."""

    samples: tuple[BloodSample, ...]
    name: str
    sha256: str


def read_blood(
    path: Path,
    unit: ConcentrationUnit,
    mapping: Mapping[str, str] | None = None,
    *,
    decay_corrected_half_life_s: float | None = None,
) -> BloodTable:
    """Read blood samples: ``time_h,concentration[,standard_uncertainty]``.

    Parameters
    ----------
    path
        The file.
    unit
        Of the concentrations and their uncertainties.
    mapping
        Headers in the file of columns that have others.
    decay_corrected_half_life_s
        Physical half-life where the concentrations are corrected for decay to the administration; None where they are
        those at the time of each sample. [s]

    Raises
    ------
    ReadError
        If the file is not such a table, or a time is not after the administration or not after the one before.
    ScaleError
        If a concentration or an uncertainty is not positive.
    """
    table = read_table(path, BLOOD_REQUIRED, BLOOD_OPTIONAL, mapping)
    times = _times(table)
    values = _positive(table, "concentration")
    spreads: Sequence[float | None] = [None] * len(table)
    if "standard_uncertainty" in table:
        spreads = _positive(table, "standard_uncertainty")
    samples = []
    for time_s, value, spread in zip(times, values, spreads, strict=True):
        factor = unit.bq_ml
        if decay_corrected_half_life_s is not None:
            factor = decayed(factor, time_s, decay_corrected_half_life_s)
        samples.append(BloodSample(time_s, value * factor, None if spread is None else spread * factor))
    return BloodTable(tuple(samples), table.name, table.sha256)


def _times(table: Table) -> list[float]:
    """Times after the administration, increasing. [s]"""
    hours = table.numbers("time_h").tolist()
    for row, (earlier, later) in enumerate(itertools.pairwise([0.0, *hours])):
        if not later > earlier:
            words = "the administration" if row == 0 else f"{earlier:g} h, the time before"
            raise ReadError(f"a time after {words}", f"{later:g} h came", table.where(row, "time_h"))
    return [hour * 3600.0 for hour in hours]


def _positive(table: Table, column: str) -> list[float]:
    values: list[float] = table.numbers(column).tolist()
    for row, value in enumerate(values):
        if not value > 0:
            raise ScaleError("a positive number", f"{value:g} came", table.where(row, column))
    return values


@dataclass(frozen=True)
class ProbeTable:
    """The readings of a file, and its hash."""

    readings: tuple[ProbeReading, ...]
    name: str
    sha256: str


def read_probe(path: Path, spread: float | None, mapping: Mapping[str, str] | None = None) -> ProbeTable:
    """Read probe readings.

    Columns: ``time_h``, ``voided`` (yes or no: since the administration), and either counts of one counting time
    (``anterior_counts``, ``posterior_counts``, ``background_counts``) or dose rates (``anterior_usv_h`` and so on). The
    posterior one may be absent. ``relative_standard_uncertainty`` of every reading may be a column.

    Parameters
    ----------
    path
        The file.
    spread
        Relative standard uncertainty of every reading from position and from where in the body the activity is; None
        where the file has it as a column.
    mapping
        Headers in the file of columns that have others.

    Raises
    ------
    ReadError
        If the file is not such a table.
    InputError
        If the uncertainty of the readings is stated nowhere, or twice.
    """
    table = read_table(path, _PROBE_ALWAYS, (*COUNT_COLUMNS, *RATE_COLUMNS, _PROBE_SPREAD), mapping)
    counted, (front, back, ground) = _views(table)
    views = [table.numbers(column).tolist() for column in (front, back) if column in table]
    grounds = table.numbers(ground).tolist()
    spreads = _spreads(table, spread)
    readings = [
        ProbeReading(
            time_s,
            tuple(view[row] for view in views),
            _ground(table, ground, row, grounds[row]),
            _voided(table, row),
            spreads[row],
            counted,
            table.where(row, front),
        )
        for row, time_s in enumerate(_times(table))
    ]
    return ProbeTable(tuple(readings), table.name, table.sha256)


def _views(table: Table) -> tuple[bool, tuple[str, str, str]]:
    counts, rates = (any(name in table for name in columns) for columns in (COUNT_COLUMNS, RATE_COLUMNS))
    if counts == rates:
        came = "both came" if counts else "neither came"
        raise ReadError(
            "counts (anterior_counts ...) or dose rates (anterior_usv_h ...)", came, f"{table.name}, header"
        )
    columns = COUNT_COLUMNS if counts else RATE_COLUMNS
    for column in (columns[0], columns[2]):
        if column not in table:
            raise ReadError(f"the column {column}", "none came", f"{table.name}, header")
    return counts, columns


def _spreads(table: Table, stated: float | None) -> list[float]:
    own = _PROBE_SPREAD in table
    if own == (stated is not None):
        came = "both came" if own else "neither came"
        raise InputError(
            f"the uncertainty of a reading from position and redistribution, as the column {_PROBE_SPREAD} or for all "
            "of them (--probe-uncertainty)",
            came,
            table.name,
        )
    spreads = _positive(table, _PROBE_SPREAD) if own else [float(stated or 0.0)] * len(table)
    for row, value in enumerate(spreads):
        if not 0 < value < 1:
            raise ReadError(
                "a relative standard uncertainty between 0 and 1", f"{value:g} came", table.where(row, "time_h")
            )
    return spreads


def _ground(table: Table, column: str, row: int, value: float) -> float:
    if value < 0:
        raise ScaleError("a background of zero or more", f"{value:g} came", table.where(row, column))
    return value


def _voided(table: Table, row: int) -> bool:
    text = table.texts("voided")[row]
    if text not in ("yes", "no"):
        raise ReadError("'yes' or 'no'", "something else came", table.where(row, "voided"))
    return text == "yes"


@dataclass(frozen=True)
class FittedRegions:
    """Time-integrated activities of regions as a fit wrote them; None with a reason where it had none."""

    activity_bq_s: Mapping[str, Uncertain | None]
    name: str


def read_fit(path: Path, nuclide: str) -> FittedRegions:
    """Read the regions of a document of ``hevesy fit``.

    Raises
    ------
    ReadError
        If it is no such document, is for another nuclide, or names a region twice.
    """
    document = _json(path)
    named = document.get("nuclide")
    if named is not None and named != nuclide:
        raise ReadError(f"a fit for {nuclide}", "one for another nuclide came", f"{path.name}, nuclide")
    settings = document.get("settings")
    if isinstance(settings, dict) and settings.get("until") is not None:
        raise ReadError("integrals to infinity", "those over a period came", f"{path.name}, settings.until")
    regions = document.get("regions")
    if not isinstance(regions, list) or not regions:
        raise ReadError("a document of hevesy fit with 'regions'", "none came", path.name)
    found: dict[str, Uncertain | None] = {}
    for number, region in enumerate(regions, start=1):
        where = f"{path.name}, region {number}"
        name = region.get("name") if isinstance(region, dict) else None
        if not isinstance(name, str) or not name or name in found:
            raise ReadError("a region with a name of its own", "none came", where)
        found[name] = _fitted(name, region.get("time_integrated_activity_bq_s"), where)
    return FittedRegions(found, path.name)


def _json(path: Path) -> Mapping[str, object]:
    try:
        if path.stat().st_size > _LARGEST_JSON:
            raise ReadError("a document of at most 16 MiB", "a larger one came", path.name)
        document = json.loads(path.read_text(encoding="utf-8"), parse_constant=lambda _: math.nan)
    except (OSError, ValueError, RecursionError) as error:
        raise ReadError("a JSON document", "something else came", path.name) from error
    if not isinstance(document, dict):
        raise ReadError("a JSON document with keys", "something else came", path.name)
    return document


def _fitted(name: str, given: object, where: str) -> Uncertain | None:
    if not isinstance(given, dict):
        raise ReadError("time_integrated_activity_bq_s", "none came", where)
    if given.get("value") is None:
        return None
    value, spread = (_number(given.get(key)) for key in ("value", "standard_uncertainty"))
    if not (value > 0 and spread >= 0):
        raise ReadError("a positive value with its standard uncertainty", "something else came", where)
    return Uncertain(value, {f"time-integrated-activity:{name}": spread})


def _number(given: object) -> float:
    """A finite number; NaN for anything else."""
    number = isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given)
    return float(given) if number and isinstance(given, int | float) else math.nan

"""Count-rate curves: what a camera recorded of a known activity or rate."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError, ReadError
from hevesy.numerics.dead_time_fit import CurvePoints
from hevesy.numerics.decay import remaining

_OBSERVED = ("observed_cps", "observed_standard_uncertainty")
COLUMNS = (
    ("true_cps", "true_standard_uncertainty", *_OBSERVED),
    ("activity_mbq", "activity_standard_uncertainty", *_OBSERVED),
    ("time_h", *_OBSERVED),
)
"""The columns of a curve: true rates; activities; or times of one decaying source. Each uncertainty is that of its
point alone: an error of all activities together is found by the fit."""


@dataclass(frozen=True)
class CountRateCurve:
    """A measured curve."""

    points: CurvePoints
    relative: bool
    """Whether ``points.x`` is only proportional to the true rate."""


def read_count_rate_curve(path: Path, half_life_s: float) -> CountRateCurve:
    """Read a CSV file with one of the three sets of ``COLUMNS``: true rates, activities, or times of a decaying source.

    Parameters
    ----------
    path
        The file.
    half_life_s
        Of the nuclide; turns times of a decaying source into relative activities. [s]

    Raises
    ------
    InputError
        If columns are missing or unknown, or a value is no finite number or not positive (a time may be zero).
    ReadError
        If the file cannot be read as text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError("a CSV file in UTF-8", f"{type(error).__name__}", path.name) from error
    rows = list(csv.reader(text.splitlines()))
    header = tuple(cell.strip() for cell in rows[0]) if rows else ()
    columns = next((known for known in COLUMNS if sorted(known) == sorted(header)), None)
    if columns is None:
        wanted = " or ".join(",".join(known) for known in COLUMNS)
        raise InputError(f"the columns {wanted}", f"{','.join(header) or 'none'} came", f"{path.name}:1")
    numbered = [(n, row) for n, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)]
    table = np.array([_numbers(header, columns, row, f"{path.name}:{n}") for n, row in numbered])
    if not numbered:
        raise InputError("points of a curve", "none came", path.name)
    return CountRateCurve(_points(table, half_life_s), relative=columns[0] != "true_cps")


def _points(table: NDArray[np.float64], half_life_s: float) -> CurvePoints:
    observed, observed_u = table[:, -2], table[:, -1]
    if table.shape[1] == len(COLUMNS[0]):
        return CurvePoints(table[:, 0], table[:, 1], observed, observed_u)
    activity = np.array([remaining(half_life_s, time * 3600.0) for time in table[:, 0]])
    return CurvePoints(activity, np.zeros_like(activity), observed, observed_u)


def _numbers(header: tuple[str, ...], columns: tuple[str, ...], row: list[str], where: str) -> list[float]:
    if len(row) != len(header):
        raise InputError(f"{len(header)} values", f"{len(row)} came", where)
    cells = dict(zip(header, row, strict=True))
    return [_number(name, cells[name], where) for name in columns]


def _number(name: str, cell: str, where: str) -> float:
    try:
        value = float(cell)
    except ValueError as error:
        raise InputError(f"a number in {name}", f"{cell.strip()!r} came", where) from error
    lowest_is_zero = name == "time_h"
    if not math.isfinite(value) or value < 0 or (value == 0 and not lowest_is_zero):
        raise InputError(f"a positive finite number in {name}", f"{cell.strip()!r} came", where)
    return value

"""Sphere tables: recovery coefficients measured with spheres of known volume."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

from hevesy.errors import InputError, ReadError

COLUMNS = ("volume_ml", "recovery_coefficient", "standard_uncertainty")
LARGEST_COEFFICIENT = 1.2
"""Above this a coefficient is an error of the table, not an edge artefact."""
_FEWEST = 3


@dataclass(frozen=True)
class Sphere:
    """One measured sphere."""

    volume_ml: float
    recovery_coefficient: float
    standard_uncertainty: float
    """Of the coefficient."""


def read_sphere_table(path: Path) -> tuple[Sphere, ...]:
    """Read a CSV file with the columns ``volume_ml,recovery_coefficient,standard_uncertainty``.

    Raises
    ------
    InputError
        If columns are missing or unknown, a value is no positive finite number, a coefficient is above 1.2, a volume
        comes twice or there are fewer than three spheres.
    ReadError
        If the file cannot be read as text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ReadError("a CSV file in UTF-8", f"{type(error).__name__}", path.name) from error
    rows = list(csv.reader(text.splitlines()))
    header = tuple(cell.strip() for cell in rows[0]) if rows else ()
    if sorted(header) != sorted(COLUMNS):
        raise InputError(f"the columns {', '.join(COLUMNS)}", f"{', '.join(header) or 'none'} came", f"{path.name}:1")
    numbered = [(n, row) for n, row in enumerate(rows[1:], start=2) if any(cell.strip() for cell in row)]
    spheres = tuple(_sphere(header, row, f"{path.name}:{n}") for n, row in numbered)
    volumes = [s.volume_ml for s in spheres]
    if len(set(volumes)) < len(volumes):
        raise InputError("each volume once", "one comes twice", path.name)
    if len(spheres) < _FEWEST:
        raise InputError(f"at least {_FEWEST} spheres", f"{len(spheres)} came", path.name)
    return tuple(sorted(spheres, key=lambda s: s.volume_ml))


def _sphere(header: tuple[str, ...], row: list[str], where: str) -> Sphere:
    if len(row) != len(header):
        raise InputError(f"{len(header)} values", f"{len(row)} came", where)
    values = {name: _positive(name, cell, where) for name, cell in zip(header, row, strict=True)}
    if values["recovery_coefficient"] > LARGEST_COEFFICIENT:
        raise InputError(
            f"a recovery coefficient of at most {LARGEST_COEFFICIENT}",
            f"{values['recovery_coefficient']:g} came",
            where,
        )
    return Sphere(**values)


def _positive(name: str, cell: str, where: str) -> float:
    try:
        value = float(cell)
    except ValueError as error:
        raise InputError(f"a number in {name}", f"{cell.strip()!r} came", where) from error
    if not (math.isfinite(value) and value > 0):
        raise InputError(f"a positive finite number in {name}", f"{cell.strip()!r} came", where)
    return value

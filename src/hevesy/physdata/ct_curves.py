"""CT numbers to mass density: the curve of a scanner, or one that comes with Hevesy and is asked for by name."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Citation
from hevesy.errors import InputError, ReadError
from hevesy.physdata.tables_reader import read_toml, source_citation

SCHNEIDER = "schneider-2000"
CT_SOURCE = "schneider_2000"
LARGEST_DENSITY = 25.0
"""Denser than any metal in a patient. [g/ml]"""


@dataclass(frozen=True)
class CtCurve:
    """Mass density over CT number, straight between the knots."""

    name: str
    ct_numbers_hu: tuple[float, ...]
    """Increasing. [HU]"""
    densities_g_ml: tuple[float, ...]
    """[g/ml]"""
    source: Citation

    def __post_init__(self) -> None:
        numbers, densities = np.array(self.ct_numbers_hu), np.array(self.densities_g_ml)
        if len(numbers) < 2 or numbers.shape != densities.shape or not (np.diff(numbers) > 0).all():
            raise InputError("two or more increasing CT numbers, each with a density", "others came", self.name)
        if not ((densities >= 0) & (densities <= LARGEST_DENSITY)).all():
            came = f"{densities.min():g} to {densities.max():g} g/ml came"
            raise InputError(f"densities from 0 to {LARGEST_DENSITY:g} g/ml", came, self.name)

    def density_g_ml(self, ct_numbers_hu: NDArray[Any]) -> NDArray[np.float64]:
        """Density of CT numbers; beyond the upper end the last straight line goes on. [g/ml]"""
        numbers, densities = np.array(self.ct_numbers_hu), np.array(self.densities_g_ml)
        values = np.asarray(ct_numbers_hu, dtype=np.float64)
        slope = (densities[-1] - densities[-2]) / (numbers[-1] - numbers[-2])
        beyond = np.maximum(values - numbers[-1], 0.0) * slope
        return np.asarray(np.interp(values, numbers, densities) + beyond)


def known_ct_curves() -> tuple[str, ...]:
    """Names of the curves that come with Hevesy."""
    return (SCHNEIDER,)


def ct_curve(name: str, where: str = "") -> CtCurve:
    """A curve that comes with Hevesy; a scanner's own (:func:`read_ct_curve`) is always the better choice.

    Raises
    ------
    InputError
        If there is none of this name; the known ones are listed.

    References
    ----------
    .. [1] W. Schneider et al., Phys. Med. Biol. 45 (2000) 459, doi:10.1088/0031-9155/45/2/314
    """
    if name != SCHNEIDER:
        raise InputError(f"one of the CT curves {', '.join(known_ct_curves())}, or a file", f"{name!r} came", where)
    numbers, densities = zip(*read_toml(CT_SOURCE, "ct_numbers.toml")["densities"], strict=True)
    return CtCurve(SCHNEIDER, numbers, densities, source_citation(CT_SOURCE))


def read_ct_curve(path: Path) -> CtCurve:
    """The curve of a scanner: a CSV file with the columns ``ct_number_hu`` and ``density_g_ml``.

    Raises
    ------
    ReadError
        If the file is not that.
    InputError
        If CT numbers do not increase, or a density is negative or above 25 g/ml.
    """
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        pairs = [(float(row["ct_number_hu"]), float(row["density_g_ml"])) for row in rows]
    except (OSError, UnicodeDecodeError, csv.Error, KeyError, TypeError, ValueError) as error:
        raise ReadError("a CSV with the columns ct_number_hu and density_g_ml", f"{error} came", path.name) from error
    numbers, densities = (tuple(column) for column in zip(*pairs, strict=True)) if pairs else ((), ())
    return CtCurve(path.name, numbers, densities, Citation("ct-curve", f"CT curve of the scanner, {path.name}"))

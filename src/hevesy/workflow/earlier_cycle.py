"""Effective half-lives of an earlier cycle of the same patient, from its results."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hevesy.errors import InputError, ReadError, RegionFinding
from hevesy.quantities import Uncertain

_RESULTS = "results.json"
_LARGEST = 200_000_000
_HOUR = 3600.0


@dataclass(frozen=True)
class EarlierCycle:
    """What an earlier result says about the half-lives of the patient."""

    name: str
    """Of the file, for the reader."""
    half_lives_s: Mapping[str, tuple[float, float]]
    """Value and standard uncertainty of every region that has one. [s]"""
    between_cycles: float
    """Relative standard uncertainty of taking the half-life of one cycle for that of another."""

    def half_life(self, region: str, named: str | None = None) -> Uncertain:
        """Half-life to expect in another cycle, of the source ``half-life:<region>``. [s]

        Parameters
        ----------
        region
            The region now.
        named
            Its name in the earlier result, where it is another one.

        Raises
        ------
        RegionFinding
            If the earlier result has none for it.
        """
        found = self.half_lives_s.get(named or region)
        if found is None:
            raise RegionFinding(f"the earlier result {self.name} has no effective half-life of {named or region}")
        value, u = found
        return Uncertain(value, {f"half-life:{region}": math.hypot(u, self.between_cycles * value)})


def read_earlier_cycle(path: Path, *, nuclide: str, between_cycles: float) -> EarlierCycle:
    """Read ``results.json`` of ``hevesy run`` (or its folder), or what ``hevesy fit --json`` wrote.

    Parameters
    ----------
    path
        File or folder.
    nuclide
        Of this cycle.
    between_cycles
        Relative standard uncertainty between cycles, which no single earlier result can tell.

    Raises
    ------
    ReadError
        If the file is no such result.
    InputError
        If it is one of another radionuclide.
    """
    file = path / _RESULTS if path.is_dir() else path
    content = _content(file)
    came = _nuclide(content)
    if came is None:
        raise ReadError("a result of hevesy run or hevesy fit --json", "one without its radionuclide came", file.name)
    if came != nuclide:
        raise InputError(f"an earlier result of {nuclide}", f"one of {came} came", file.name)
    regions = content.get("regions")
    if not isinstance(regions, list):
        raise ReadError("a result of hevesy run or hevesy fit --json", "one without regions came", file.name)
    known = dict(entry for region in regions if (entry := _half_life(region, file.name)) is not None)
    return EarlierCycle(file.name, known, between_cycles)


def _content(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > _LARGEST:
            raise ReadError(f"a result of at most {_LARGEST} bytes", "a larger file came", file.name)
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadError("an earlier result", f"{error.strerror or error} came", file.name) from error
    except (ValueError, RecursionError) as error:
        raise ReadError("an earlier result in JSON", "something else came", file.name) from error
    if not isinstance(content, dict):
        raise ReadError("a result of hevesy run or hevesy fit --json", "something else came", file.name)
    return content


def _nuclide(content: Mapping[str, Any]) -> str | None:
    administration = content.get("administration")
    of_run = administration.get("radionuclide") if isinstance(administration, dict) else None
    found = content.get("nuclide", of_run)
    return found if isinstance(found, str) else None


def _half_life(region: object, where: str) -> tuple[str, tuple[float, float]] | None:
    """Name, value and standard uncertainty; None for a region without a half-life.

    The estimate is ``effective_half_life`` in a document of ``hevesy fit``, ``effective_half_life_h`` in a result.
    """
    known = region.get("effective_half_life", region.get("effective_half_life_h")) if isinstance(region, dict) else None
    if not isinstance(region, dict) or not isinstance(region.get("name"), str) or not isinstance(known, dict):
        raise ReadError("regions with name and effective_half_life_h", "another entry came", where)
    value, u = known.get("value"), known.get("standard_uncertainty")
    if value is None:
        return None
    if not _number(value) or value <= 0 or not (u is None or (_number(u) and u >= 0)):
        raise ReadError(f"a positive half-life of {region['name']}", f"{value!r} came", where)
    if u is None:
        return None
    return region["name"], (float(value) * _HOUR, float(u) * _HOUR)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)

"""Emissions from a file instead of a radionuclide."""

from __future__ import annotations

import csv
import hashlib
import math
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hevesy.domain import Citation
from hevesy.errors import ReadError
from hevesy.physdata.emissions import Emissions, EmissionSpectrum, Particle

_LINES = ("particle", "energy_mev", "yield")
_BINS = ("particle", "low_mev", "high_mev", "yield")
_HIGHEST_MEV = 20.0
_WANTED = f"a header {','.join(_LINES)} or {','.join(_BINS)}"


class _Row(NamedTuple):
    particle: Particle
    low: float
    high: float
    per_decay: float


def read_spectrum_file(path: Path) -> Emissions:
    """Read emissions per decay from a text file of comma-separated values.

    The first line that is neither empty nor begins with ``#`` is the header: ``particle,energy_mev,yield`` for lines,
    or ``particle,low_mev,high_mev,yield`` for bins, within which every energy is as likely (equal bounds: a line).
    Particles are ``electron``, ``positron``, ``photon``, ``alpha`` and ``recoil``; energies are kinetic, in MeV; yields
    are particles per decay. Annihilation photons of positrons are rows of their own.

    Raises
    ------
    ReadError
        If the file cannot be read, is no such table, or holds nothing; with the number of the line.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise ReadError("a spectrum file", f"{error.strerror or error} came", path.name) from error
    except UnicodeDecodeError as error:
        raise ReadError("a spectrum file in UTF-8", "other bytes came", path.name) from error
    rows = _rows(text, path.name)
    if not any(row.per_decay > 0.0 for row in rows):
        raise ReadError("at least one yield above zero", "none came", path.name)
    digest = hashlib.sha256(content).hexdigest()
    citation = Citation("spectrum-file", f"Spectrum file {path.name} (SHA-256 {digest})")
    note = "emissions are those of the file, per decay of whatever it stands for; nothing is added to them"
    return Emissions(path.name, _spectra(rows), (), (note,), (citation,))


def _rows(text: str, name: str) -> list[_Row]:
    header: tuple[str, ...] | None = None
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = tuple(cell.strip() for cell in next(csv.reader([line])))
        where = f"{name}, line {number}"
        if header is None:
            header = _header(cells, where)
        else:
            rows.append(_row(dict(zip(header, cells, strict=False)), len(cells) == len(header), where))
    if header is None:
        raise ReadError(_WANTED, "an empty file came", name)
    return rows


def _header(cells: tuple[str, ...], where: str) -> tuple[str, ...]:
    header = tuple(cell.lower() for cell in cells)
    if header not in {_LINES, _BINS}:
        raise ReadError(_WANTED, f"{','.join(cells)!r} came", where)
    return header


def _row(cells: dict[str, str], complete: bool, where: str) -> _Row:  # noqa: FBT001 - one fact about the line
    if not complete:
        raise ReadError("as many values as the header has", "fewer or more came", where)
    if cells["particle"] not in set(Particle):
        raise ReadError(f"one of the particles {', '.join(Particle)}", f"{cells['particle']!r} came", where)
    single = cells.get("energy_mev")
    low = _number(single if single is not None else cells["low_mev"], where)
    high = low if single is not None else _number(cells["high_mev"], where)
    if high < low or high <= 0.0 or high > _HIGHEST_MEV:
        raise ReadError(
            f"energies above zero and up to {_HIGHEST_MEV:g} MeV, the upper bound not below the lower",
            f"{low:g} to {high:g} MeV came",
            where,
        )
    return _Row(Particle(cells["particle"]), low, high, _number(cells["yield"], where))


def _number(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError as error:
        raise ReadError("a number", f"{text!r} came", where) from error
    if not math.isfinite(value) or value < 0.0:
        raise ReadError("a finite number from zero on", f"{text!r} came", where)
    return value


def _spectra(rows: list[_Row]) -> tuple[EmissionSpectrum, ...]:
    parts: dict[Particle, list[_Row]] = defaultdict(list)
    for row in rows:
        if row.per_decay > 0.0:
            parts[row.particle].append(row)
    return tuple(
        EmissionSpectrum(particle, "given", *(np.array(column) for column in list(zip(*found, strict=True))[1:]))
        for particle, found in parts.items()
    )

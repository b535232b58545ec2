"""Specific absorbed fractions in the files of ICRP Publication 133, as a user brings them; none is shipped."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import ReadError

Floats = NDArray[np.float64]

_HEADER_LINES = 5
_NAMES = 22
_FIELD = 10
_LAYOUTS = {315: 28, 270: 24}
"""Energies in a file by the length of its records: electrons and photons, alpha particles."""


@dataclass(frozen=True)
class SafTable:
    """Specific absorbed fractions of one particle in one reference adult."""

    file: str
    energies_mev: Floats
    """Increasing. Shape ``(n,)``. [MeV]"""
    targets: tuple[str, ...]
    """Acronyms of ICRP 133, in the order of the file."""
    sources: tuple[str, ...]
    values: Mapping[tuple[str, str], Floats]
    """By target and source. Shape ``(n,)``. [1/kg]"""


def read_saf_file(path: Path) -> SafTable:
    """Read ``rcp-am_photon_*.SAF`` and the like.

    Five lines of heading, the fourth with the numbers of targets and sources (I4, I4), 14 blanks and the energies in
    MeV (F10.5 each); then one record for each pair: target (A10), ``<-``, source (A10), the fractions per kg (E10.0
    each), and the lowest energy with a value other than zero, which is not used. Records have 315 characters with 28
    energies, or 270 with 24 (alpha particles).

    Raises
    ------
    ReadError
        If the file has another layout; nothing is guessed.
    """
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except UnicodeDecodeError as error:
        raise ReadError("a text file of ICRP 133 specific absorbed fractions", "other bytes came", path.name) from error
    while lines and not lines[-1].strip():
        lines.pop()
    if len(lines) <= _HEADER_LINES:
        raise ReadError("five lines of heading and records", f"{len(lines)} lines came", path.name)
    records = lines[_HEADER_LINES:]
    count = _LAYOUTS.get(len(records[0].rstrip("\r")))
    if count is None:
        raise ReadError("records of 315 or 270 characters", f"{len(records[0])} came", path.name)
    n_targets, n_sources = (_whole(lines[3][a : a + 4], path.name) for a in (0, 4))
    energies = np.array(_numbers(lines[3][_NAMES:], count, path.name))
    if not (energies[0] > 0 and (np.diff(energies) > 0).all()):
        raise ReadError("energies that increase from above zero", "others came", path.name)
    if len(records) != n_targets * n_sources:
        raise ReadError(f"{n_targets} x {n_sources} records", f"{len(records)} came", path.name)
    values = _values(records, count, path.name)
    targets, sources = (tuple(dict.fromkeys(pair[side] for pair in values)) for side in (0, 1))
    if (len(targets), len(sources)) != (n_targets, n_sources) or len(values) != len(records):
        raise ReadError("each pair of target and source once", "pairs are missing or double", path.name)
    return SafTable(path.name, energies, targets, sources, values)


def _values(records: Sequence[str], count: int, where: str) -> dict[tuple[str, str], Floats]:
    values: dict[tuple[str, str], Floats] = {}
    for record in records:
        target, arrow, source = record[:10].strip(), record[10:12], record[12:_NAMES].strip()
        if arrow != "<-" or not target or not source:
            raise ReadError("records that begin with TARGET<-SOURCE", f"{record[:_NAMES]!r} came", where)
        fractions = np.array(_numbers(record[_NAMES:], count, where))
        if (fractions < 0).any():
            raise ReadError("fractions from zero on", f"a negative one came for {target}<-{source}", where)
        values[target, source] = fractions
    return values


def _numbers(text: str, count: int, where: str) -> list[float]:
    fields = [text[_FIELD * n : _FIELD * (n + 1)] for n in range(count)]
    try:
        numbers = [float(field) for field in fields]
    except ValueError as error:
        raise ReadError(f"{count} numbers in columns of ten characters", f"{text[:60]!r} came", where) from error
    if not all(map(math.isfinite, numbers)):
        raise ReadError("finite numbers", f"{text[:60]!r} came", where)
    return numbers


def _whole(text: str, where: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise ReadError("a number of regions in the fourth line", f"{text!r} came", where) from error

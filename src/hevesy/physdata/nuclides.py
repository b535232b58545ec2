"""Radionuclides: half-life, energy per decay by type of radiation, lines and beta branches."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from hevesy.domain import Citation
from hevesy.errors import AdministrationError
from hevesy.physdata.tables_reader import read_table, source_citation
from hevesy.quantities import Uncertain

_SOURCE = "endfb81"


@dataclass(frozen=True)
class Line:
    """One discrete energy."""

    energy_mev: float
    yield_per_decay: float
    yield_uncertainty: float
    kind: str
    """``conversion-auger``, ``gamma``, ``x``, ``annihilation`` or ``alpha``."""


@dataclass(frozen=True)
class BetaBranch:
    """One beta transition."""

    endpoint_mev: float
    yield_per_decay: float
    yield_uncertainty: float
    unique_order: int
    """0 for allowed and non-unique transitions, 1 for first forbidden unique, 2 for second forbidden unique."""
    positron: bool


@dataclass(frozen=True)
class DecayMode:
    """One way of decaying."""

    mode: str
    daughter: str
    branching: float


@dataclass(frozen=True)
class EnergyPart:
    """Mean energy per decay of one type of radiation. [MeV]"""

    value_mev: float
    uncertainty_mev: float


@dataclass(frozen=True)
class Nuclide:
    """Decay data of one radionuclide without its progeny; all values are per decay."""

    name: str
    """Standard name such as ``Lu-177``."""
    z: int
    a: int
    half_life_s: float
    """[s]"""
    half_life_uncertainty_s: float
    """Standard uncertainty. [s]"""
    electron_energy_mev: float
    """Beta particles (of either sign), conversion and Auger electrons. [MeV]"""
    electron_energy_uncertainty_mev: float
    photon_energy_mev: float
    """Gamma rays, X-rays and annihilation photons. [MeV]"""
    photon_energy_uncertainty_mev: float
    energy_by_type: dict[str, EnergyPart]
    """``beta_minus``, ``beta_plus``, ``conversion_auger``, ``gamma``, ``x`` (with annihilation) and ``alpha`` (without
    recoils), where present."""
    electron_lines: tuple[Line, ...]
    photon_lines: tuple[Line, ...]
    alpha_lines: tuple[Line, ...]
    beta_branches: tuple[BetaBranch, ...]
    modes: tuple[DecayMode, ...]
    note: str
    """What is not included, in words; empty where nothing matters."""
    source: Citation

    @property
    def decay_constant_per_s(self) -> float:
        """Physical decay constant. [1/s]"""
        return math.log(2.0) / self.half_life_s

    @property
    def half_life(self) -> Uncertain:
        """Half-life, its uncertainty under the source ``half-life:NAME``. [s]"""
        return Uncertain(self.half_life_s, {f"half-life:{self.name}": self.half_life_uncertainty_s})

    @property
    def electron_energy(self) -> Uncertain:
        """Electron energy per decay, its uncertainty under the source ``energy:NAME``. [MeV]"""
        return Uncertain(self.electron_energy_mev, {f"energy:{self.name}": self.electron_energy_uncertainty_mev})


def _lines(rows: list[list[Any]], kind: str | None = None) -> tuple[Line, ...]:
    return tuple(Line(row[0], row[1], row[2], kind or row[3]) for row in rows)


def _branches(entry: dict[str, Any]) -> tuple[BetaBranch, ...]:
    return tuple(
        BetaBranch(row[0], row[1], row[2], row[3], positron)
        for kind, positron in (("beta_minus", False), ("beta_plus", True))
        for row in entry[kind]
    )


@cache
def known_nuclides() -> tuple[str, ...]:
    """Names of the radionuclides whose own emissions suffice within a therapy, in order of element."""
    return tuple(name for name, entry in read_table(_SOURCE, "nuclides.json").items() if entry["alone"])


def known_decay_data() -> tuple[str, ...]:
    """Names of all radionuclides with decay data, members of chains too, in order of element."""
    return tuple(read_table(_SOURCE, "nuclides.json"))


def standard_name(name: str) -> str | None:
    """``Lu-177`` for ``177Lu``, ``lu177`` and ``^177^Lu``; None for what is no name of a nuclide."""
    text = name.strip().replace("^", "")
    match = re.fullmatch(r"([A-Za-z]{1,2})[ -]?(\d{1,3})([mn]?)", text)
    mirrored = re.fullmatch(r"(\d{1,3})([mn]?)[ -]?([A-Za-z]{1,2})", text)
    if match:
        element, mass, isomer = match.groups()
    elif mirrored:
        mass, isomer, element = mirrored.groups()
    else:
        return None
    return f"{element.capitalize()}-{int(mass)}{isomer}"


@cache
def _build(name: str) -> Nuclide:
    entry = read_table(_SOURCE, "nuclides.json")[name]
    return Nuclide(
        name=name,
        z=entry["z"],
        a=entry["a"],
        half_life_s=entry["half_life_s"][0],
        half_life_uncertainty_s=entry["half_life_s"][1],
        electron_energy_mev=entry["electron_energy_mev"][0],
        electron_energy_uncertainty_mev=entry["electron_energy_mev"][1],
        photon_energy_mev=entry["photon_energy_mev"][0],
        photon_energy_uncertainty_mev=entry["photon_energy_mev"][1],
        energy_by_type={kind: EnergyPart(*pair) for kind, pair in entry["energy_by_type_mev"].items()},
        electron_lines=_lines(entry["electrons"], "conversion-auger"),
        photon_lines=_lines(entry["photons"]),
        alpha_lines=_lines(entry["alphas"], "alpha"),
        beta_branches=_branches(entry),
        modes=tuple(DecayMode(m["mode"], m["daughter"], m["branching"]) for m in entry["modes"]),
        note=entry["note"],
        source=source_citation(_SOURCE),
    )


def nuclide(name: str, where: str = "") -> Nuclide:
    """Decay data of a radionuclide whose own emissions suffice within a therapy.

    Parameters
    ----------
    name
        ``Lu-177``; ``177Lu`` and ``Lu177`` are understood as well.
    where
        File or key, named in the error.

    Raises
    ------
    AdministrationError
        If the table does not hold it; the known ones are listed.
    """
    return _known(name, known_nuclides(), where)


def decay_data(name: str, where: str = "") -> Nuclide:
    """Decay data of any radionuclide in the table, whether its progeny matters or not.

    Raises
    ------
    AdministrationError
        If the table does not hold it; the known ones are listed.
    """
    return _known(name, known_decay_data(), where)


def _known(name: str, known: tuple[str, ...], where: str) -> Nuclide:
    standard = standard_name(name)
    if standard is None or standard not in known:
        raise AdministrationError(f"one of the radionuclides {', '.join(known)}", f"{name!r} came", where)
    return _build(standard)

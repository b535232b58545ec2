"""What is perfused from where, and what is known about it: the patient as the partition model sees her."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hevesy.errors import InputError
from hevesy.quantities import Uncertain

SHARES_TOLERANCE = 1e-6
FRACTIONS = ("shunt", "delivered")
"""Quantities between 0 and 1; all others are positive."""


@dataclass(frozen=True)
class TumourPart:
    """The part of a tumour that one territory holds."""

    name: str
    mass_kg: Uncertain
    """[kg]"""
    concentration_ratio: Uncertain | None
    """Activity per mass over that of the territory's normal tissue; None where it could not be measured. [1]"""


@dataclass(frozen=True)
class Territory:
    """What one injection position perfuses."""

    position: str
    session: str
    activity_share: float
    """Of the activity of the whole plan. [1]"""
    normal_mass_kg: Uncertain
    """Normal tissue in the perfused volume. [kg]"""
    tumours: tuple[TumourPart, ...]


@dataclass(frozen=True)
class Anatomy:
    """Every territory of a plan, the rest of the liver, and the lungs."""

    territories: tuple[Territory, ...]
    unperfused_normal_kg: Uncertain
    """Normal liver outside every territory. [kg]"""
    lung_mass_kg: Uncertain
    """[kg]"""
    lung_shunt_fraction: Uncertain
    """[1]"""
    delivered_fraction: Uncertain
    """Of the activity in the vial or syringe at the time of treatment. [1]"""

    def __post_init__(self) -> None:
        shares = sum(territory.activity_share for territory in self.territories)
        if abs(shares - 1.0) > SHARES_TOLERANCE:
            raise InputError("activity shares of the territories that sum to 1", f"{shares:g} came", "territories")

    @property
    def sessions(self) -> tuple[str, ...]:
        """Names of the sessions, in order."""
        return tuple(dict.fromkeys(territory.session for territory in self.territories))

    @property
    def tumours(self) -> tuple[str, ...]:
        """Names of the tumours, in order."""
        return tuple(dict.fromkeys(part.name for territory in self.territories for part in territory.tumours))

    @property
    def has_ratios(self) -> bool:
        """Whether every tumour has a ratio: the partition model can be used."""
        return all(part.concentration_ratio for territory in self.territories for part in territory.tumours)

    @property
    def hepatic_reserve(self) -> float:
        """Normal liver outside every territory over all normal liver. [1]"""
        perfused = sum(territory.normal_mass_kg.value for territory in self.territories)
        return self.unperfused_normal_kg.value / (self.unperfused_normal_kg.value + perfused)


def inputs(anatomy: Anatomy, dose_factor: Uncertain) -> dict[str, Uncertain]:
    """Every uncertain number under its name; ratios that are not known are left out."""
    found = dict(_territory_inputs(anatomy))
    return {
        **found,
        "unperfused": anatomy.unperfused_normal_kg,
        "lung mass": anatomy.lung_mass_kg,
        "shunt": anatomy.lung_shunt_fraction,
        "delivered": anatomy.delivered_fraction,
        "dose factor": dose_factor,
    }


def _territory_inputs(anatomy: Anatomy) -> Iterator[tuple[str, Uncertain]]:
    for territory in anatomy.territories:
        yield f"normal:{territory.position}", territory.normal_mass_kg
        for part in territory.tumours:
            yield f"mass:{part.name}:{territory.position}", part.mass_kg
            if part.concentration_ratio is not None:
                yield f"ratio:{part.name}:{territory.position}", part.concentration_ratio

"""The virtual patient: phantom, lesions, and the regions that hold activity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import RegionKind, Side
from hevesy.errors import InputError
from hevesy.physdata import nuclide
from hevesy.physdata.phantoms import (
    AbstractSolid,
    Ellipsoid,
    Medium,
    Organ,
    Phantom,
    centroid,
    reference_adult,
    volume,
)
from hevesy.simulate.kinetics import Exponential, exponentials, share_at
from hevesy.simulate.scenario import Lesion, Scenario

_LESION_DENSITY = {"Spine": 1.12}
_LESION_DENSITY_ELSEWHERE = 1.04
"""Densities of tumours: bone metastases as spongiosa, others as soft tissue. [g/ml]"""

_MOBILITY = {"Liver": 1.0, "Spleen": 0.8, "Kidney_L": 0.6, "Kidney_R": 0.6, "Pancreas": 0.5, "Stomach": 0.5}
"""Share of the diaphragm's excursion that an organ follows: own choice."""


@dataclass(frozen=True)
class SourceRegion:
    """A region with activity."""

    name: str
    kind: RegionKind
    side: Side
    drawn: AbstractSolid
    """What is drawn: the whole organ, lesions included. [cm]"""
    owned: AbstractSolid
    """What holds the region's activity: without its lesions. [cm]"""
    volume_ml: float
    """Of what it owns. [ml]"""
    density_g_ml: float
    parts: tuple[Exponential, ...]
    excludes: tuple[str, ...]
    """Other regions inside the drawn one."""
    mobility: float
    """Share of the breathing excursion that it follows."""
    source: str

    @property
    def mass_g(self) -> float:
        """Mass of what it owns. [g]"""
        return self.volume_ml * self.density_g_ml


@dataclass(frozen=True)
class VirtualPatient:
    """Anatomy and kinetics, in the phantom's frame."""

    scenario: Scenario
    phantom: Phantom
    """Lesions first."""
    regions: tuple[SourceRegion, ...]
    remainder: tuple[Exponential, ...]
    net_activity_bq: float
    """At the start of the administration. [Bq]"""
    half_life_s: float
    """Physical. [s]"""

    def mobility(self, organ: str) -> float:
        """Share of the breathing excursion that an organ or lesion follows."""
        for lesion in self.scenario.lesions:
            if lesion.name == organ:
                return _MOBILITY.get(lesion.within, 0.0)
        return _MOBILITY.get(organ, 0.0)


def build_patient(scenario: Scenario) -> VirtualPatient:
    """Place the lesions and collect the regions.

    Raises
    ------
    InputError
        If a lesion lies outside its organ or meets another one, a region is unknown, or the regions hold more
        activity than was administered.
    """
    adult = reference_adult(scenario.sex)
    lesions = place_lesions(scenario.lesions, adult)
    phantom = adult.with_first(lesions)
    half_life = nuclide(scenario.radionuclide).half_life_s
    patient = VirtualPatient(
        scenario,
        phantom,
        (),
        exponentials(scenario.remainder.terms, half_life),
        scenario.administration.net_activity_bq(half_life),
        half_life,
    )
    regions = tuple(_region(patient, r.name, exponentials(r.terms, half_life), r.source) for r in scenario.regions)
    _check_activity([*(r.parts for r in regions), patient.remainder], half_life)
    return VirtualPatient(scenario, phantom, regions, patient.remainder, patient.net_activity_bq, patient.half_life_s)


def _region(patient: VirtualPatient, name: str, parts: tuple[Exponential, ...], source: str) -> SourceRegion:
    phantom = patient.phantom
    organ = _organ(phantom, name, "regions")
    lesions = {lesion.name: lesion for lesion in patient.scenario.lesions}
    owned = phantom.exclusive(name)
    excludes = tuple(n for n, lesion in lesions.items() if lesion.within == name)
    if name in lesions:
        volume_ml = lesions[name].volume
    elif excludes:
        volume_ml = volume(organ.solid) - sum(lesions[n].volume for n in excludes)
    else:
        volume_ml = volume(owned)
    return SourceRegion(
        name,
        RegionKind.LESION if name in lesions else RegionKind.ORGAN,
        organ.side,
        organ.solid,
        owned,
        volume_ml,
        organ.density_g_ml,
        parts,
        excludes,
        patient.mobility(name),
        source,
    )


def _organ(phantom: Phantom, name: str, where: str) -> Organ:
    try:
        return phantom.organ(name)
    except KeyError as error:
        raise InputError("an organ of the phantom or a lesion", str(error.args[0]), where) from error


def place_lesions(lesions: Sequence[Lesion], phantom: Phantom) -> tuple[Organ, ...]:
    """Lesions as organs, each wholly inside its host and apart from the others.

    Raises
    ------
    InputError
        If that is not so.
    """
    placed: list[tuple[Organ, NDArray[np.float64]]] = []
    for lesion in lesions:
        organ = _lesion(lesion, phantom)
        surface = _surface(organ.solid)
        for other, other_surface in placed:
            if other.solid.contains(surface).any() or organ.solid.contains(other_surface).any():
                raise InputError("lesions apart from each other", f"{lesion.name} meets {other.name}", "lesions")
        placed.append((organ, surface))
    return tuple(organ for organ, _ in placed)


def _lesion(lesion: Lesion, phantom: Phantom) -> Organ:
    host = _organ(phantom, lesion.within, f"lesions: {lesion.name}")
    start = np.zeros(3) if lesion.center is not None else np.array(centroid(host.solid))
    center = start + np.array(lesion.center or lesion.offset) / 10.0
    ratios = np.array(lesion.axis_ratios)
    semi = ratios * (3 * lesion.volume / (4 * np.pi * ratios.prod())) ** (1 / 3)
    solid = Ellipsoid(
        (float(center[0]), float(center[1]), float(center[2])), (float(semi[0]), float(semi[1]), float(semi[2]))
    )
    outside = np.count_nonzero(~host.solid.contains(_surface(solid)))
    if outside:
        raise InputError(
            f"{lesion.name} wholly inside {lesion.within}",
            f"a part of its surface ({outside} of {len(_surface(solid))} points) lies outside",
            "lesions",
        )
    density = _LESION_DENSITY.get(lesion.within, _LESION_DENSITY_ELSEWHERE)
    return Organ(lesion.name, solid, Medium.SOFT_TISSUE, density)


def _surface(solid: AbstractSolid) -> NDArray[np.float64]:
    """Points spread over an ellipsoid's surface by the golden angle."""
    low, high = np.array(solid.bounds)
    n = 400
    z = 1 - (2 * np.arange(n) + 1) / n
    angle = np.pi * (3 - np.sqrt(5)) * np.arange(n)
    radius = np.sqrt(1 - z**2)
    unit = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), z])
    points: NDArray[np.float64] = (low + high) / 2 + unit * (high - low) / 2 * (1 - 1e-9)
    return points


def _check_activity(regions: Sequence[tuple[Exponential, ...]], half_life_s: float) -> None:
    for hours in (0.0, 0.5, 1, 2, 4, 8, 16, 24, 48, 96, 168, 336):
        total = sum(share_at(parts, hours * 3600) for parts in regions)
        left = 2.0 ** (-hours * 3600 / half_life_s)
        if total > left * (1 + 1e-9):
            raise InputError(
                f"at most {left:.3f} of the administered activity in all regions {hours} h after the start",
                f"{total:.3f} came",
                "regions",
            )

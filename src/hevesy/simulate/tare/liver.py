"""The virtual liver: tumours, arterial territories, and what each of them is made of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from hevesy.errors import InputError
from hevesy.physdata.phantoms import (
    LPS_MM_FROM_PHANTOM_CM,
    AbstractSolid,
    Ellipsoid,
    HalfSpace,
    Intersection,
    Phantom,
    Union,
    reference_adult,
    transformed,
    without,
)
from hevesy.simulate.patient import place_lesions
from hevesy.simulate.tare.scenario import TareScenario, Territory

ORGANS = ("Liver", "Lung_L", "Lung_R", "Spleen", "Stomach")
"""What is drawn besides tumours and territories."""
_DEPOSIT_SEMI_AXES_MM = (14.0, 8.0, 14.0)
"""Of the extrahepatic deposition: about 6.6 ml."""


@dataclass(frozen=True)
class VirtualLiver:
    """Anatomy in patient coordinates. [mm]"""

    scenario: TareScenario
    phantom: Phantom
    """Tumours first, in its own frame. [cm]"""
    drawn: dict[str, AbstractSolid]
    """Outline of each region by name: an organ with what lies in it, tumours, perfused territories. [mm]"""

    def density_g_ml(self, name: str) -> float:
        """Density of an organ or tumour; that of the liver for a territory. [g/ml]"""
        return self.phantom.organ("Liver" if name.startswith("Territory_") else name).density_g_ml


@dataclass(frozen=True)
class Compartment:
    """A volume of one tissue, supplied from one position."""

    name: str
    """Of the tumour, ``normal``, ``Lung_L``, ``Lung_R`` or ``extrahepatic``."""
    position: str | None
    """None for lungs and extrahepatic tissue."""
    solid: AbstractSolid
    """[mm]"""
    density_g_ml: float


def build_liver(scenario: TareScenario) -> VirtualLiver:
    """Place tumours and part the liver.

    Raises
    ------
    InputError
        If a tumour leaves the liver, meets another one, or lies where nothing is injected.
    """
    adult = reference_adult(scenario.sex)
    density = adult.organ("Liver").density_g_ml
    tumours = place_lesions([tumour.lesion for tumour in scenario.tumours], adult)
    phantom = adult.with_first([replace(tumour, density_g_ml=density) for tumour in tumours])
    names = (*(tumour.name for tumour in scenario.tumours), *ORGANS)
    drawn = {name: transformed(phantom.organ(name).solid, LPS_MM_FROM_PHANTOM_CM) for name in names}
    cells = {t.region: Intersection((drawn["Liver"], _cell(scenario, t))) for t in scenario.perfused}
    liver = VirtualLiver(scenario, phantom, {**drawn, **cells})
    for tumour in tumours:
        _check_supplied(liver, tumour.name)
    return liver


def compartments(liver: VirtualLiver) -> Iterator[Compartment]:
    """Parts of tumours and normal tissue by position, lungs, a deposit."""
    scenario = liver.scenario
    tumours = [liver.drawn[tumour.name] for tumour in scenario.tumours]
    density = liver.density_g_ml("Liver")
    for territory in scenario.territories:
        cell, place = _cell(scenario, territory), territory.position
        yield Compartment("normal", place, without(Intersection((liver.drawn["Liver"], cell)), tumours), density)
        for tumour, solid in zip(scenario.tumours, tumours, strict=True):
            yield Compartment(tumour.name, place, Intersection((solid, cell)), density)
    for lung in ("Lung_L", "Lung_R"):
        yield Compartment(lung, None, liver.drawn[lung], liver.density_g_ml(lung))
    yield Compartment("extrahepatic", None, deposit(liver), liver.density_g_ml("Stomach"))


def deposit(liver: VirtualLiver) -> AbstractSolid:
    """Where an extrahepatic deposition lies: on the inside of the front wall of the stomach. [mm]"""
    low, high = np.array(liver.drawn["Stomach"].bounds)
    x, _, z = (low + high) / 2
    centre = (float(x), float(low[1] + 1.6 * _DEPOSIT_SEMI_AXES_MM[1]), float(z))
    return Intersection((Ellipsoid(centre, _DEPOSIT_SEMI_AXES_MM), liver.drawn["Stomach"]))


def clump(liver: VirtualLiver) -> AbstractSolid | None:
    """A ball of tumour where microspheres lie so dense that MR has no signal; None without holmium. [mm]"""
    holmium = liver.scenario.holmium
    if holmium is None:
        return None
    low, high = np.array(liver.drawn[holmium.clump_tumour].bounds)
    x, y, z = (low + high) / 2 + (high - low) * np.array([0.2, -0.1, 0.0])
    radius = float((3.0 * holmium.clump_volume * 1e3 / (4.0 * np.pi)) ** (1.0 / 3.0))
    return Ellipsoid((float(x), float(y), float(z)), (radius,) * 3)


def _cell(scenario: TareScenario, territory: Territory) -> AbstractSolid:
    """Points that are nearer to this position than to any other. [mm]"""
    own = np.array(territory.at)
    planes = []
    for other in scenario.territories:
        if other.position != territory.position:
            towards = np.array(other.at) - own
            x, y, z = (float(v) for v in towards)
            planes.append(HalfSpace((x, y, z), float(towards @ (own + towards / 2))))
    return Intersection(tuple(planes))


def _check_supplied(liver: VirtualLiver, tumour: str) -> None:
    low, high = np.array(liver.drawn[tumour].bounds)
    points = np.stack(np.meshgrid(*np.linspace(low, high, 21).T, indexing="ij"), axis=-1).reshape(-1, 3)
    points = points[liver.drawn[tumour].contains(points)]
    perfused = Union(tuple(liver.drawn[t.region] for t in liver.scenario.perfused))
    if not perfused.contains(points).all():
        raise InputError("tumours inside territories that are injected", f"{tumour} leaves them", "tumours")

"""What a plan can take from its images: volumes, shares and ratios of tumours, lung shunt, lung mass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from hevesy.decide.tare import Compartment, tomographic_lung_shunt
from hevesy.errors import InputError, RegionFinding
from hevesy.physdata import CtCurve, checked_ct_numbers, ct_curve, known_ct_curves, read_ct_curve
from hevesy.quantify import volume_from_boundary
from hevesy.quantities import Uncertain, combine, scaled, total
from hevesy.workflow.tare.images.read import regions_on, shares_of
from hevesy.workflow.tare.images.scout_concentrations import LUNGS, ScoutConcentrations, normal_key, seen_by, tumour_key
from hevesy.workflow.tare.images.scout_maps import ScoutMaps

Pair = tuple[str, str]
"""Tumour and injection position."""
_WHOLE = 0.98
LARGEST_RELATIVE = 0.99


@dataclass(frozen=True)
class Measured:
    """What the images say, by the names of the plan."""

    liver_ml: Uncertain
    """[ml]"""
    tumours_ml: Mapping[str, Uncertain]
    territories_ml: Mapping[str, Uncertain]
    shares: Mapping[Pair, float]
    """Of a tumour's volume, what a territory perfuses; those of a tumour sum to 1."""
    ratios: Mapping[Pair, Uncertain]
    """Of concentrations, tumour over the territory's normal tissue, corrected or not as the plan says."""
    ratios_as_imaged: Mapping[Pair, Uncertain]
    lung_shunt: Uncertain | None
    """None where the scouts do not show the lungs."""
    lung_reason: str | None
    """Why there is no shunt."""
    tissues: tuple[Compartment, ...]
    """Of the liver with their counts, each by the scout of its position."""
    variance_per_value: tuple[float, ...]
    """Noise of the scouts: variance of a voxel over its value."""
    lung_kg: Uncertain | None
    """None without lungs or a CT curve. [kg]"""


def measure(maps: ScoutMaps) -> Measured:
    """Measure volumes, ratios, shunt and lungs.

    Ratios and shunt have these sources of uncertainty: the noise of the scout, its place on the CT, the resolution (its
    standard uncertainty; where nothing is corrected the whole difference to what is), and for ratios the boundary of
    the tumour, beyond which tissue is taken to show the mean of both concentrations.

    Raises
    ------
    InputError
        If compartments are smaller than a voxel or cannot be told apart, or one shows nothing.
    """
    volumes = {name: _volume(maps, name) for name in maps.regions}
    tumours = {tumour.name: volumes[tumour.drawn_as] for tumour in maps.outline.tumours}
    shares = _shares(maps)
    seen = [seen_by(maps, number) for number in range(len(maps.scouts))]
    corrected = maps.outline.images.resolution.partial_volume == "corrected"
    imaged = {pair: _ratio(seen[maps.scout_of[pair[1]]], pair, tumours, corrected=False) for pair in shares}
    reason = _no_shunt(maps)
    shunt = None if reason else _shunt(maps, seen, corrected=corrected)
    return Measured(
        liver_ml=volumes[maps.outline.images.liver],
        tumours_ml=tumours,
        territories_ml={t.position: volumes[t.region] for t in maps.outline.territories},
        shares=shares,
        ratios={pair: _ratio(seen[maps.scout_of[pair[1]]], pair, tumours, corrected=True) for pair in shares}
        if corrected
        else imaged,
        ratios_as_imaged=imaged,
        lung_shunt=shunt,
        lung_reason=reason or (None if shunt else "the lungs show no activity beside what spills from the liver"),
        tissues=_tissues(maps, seen),
        variance_per_value=tuple(one.variance_per_value for one in seen),
        lung_kg=_lung_mass(maps, volumes),
    )


def _tissues(maps: ScoutMaps, seen: list[ScoutConcentrations]) -> tuple[Compartment, ...]:
    """Every territory by its own scout, and the liver that none perfuses."""
    perfused = [part for one in seen for part in one.tissues if part.position is not None]
    share = np.maximum(maps.shares.liver - maps.shares.perfused(), 0.0).ravel()
    index = np.flatnonzero(share > 0.0)
    return (*perfused, Compartment(None, None, index, share[index], np.zeros(index.size)))


def _volume(maps: ScoutMaps, name: str) -> Uncertain:
    try:
        return volume_from_boundary(
            maps.regions[name].exact_volume_ml,
            region=name,
            boundary_standard_uncertainty_mm=maps.outline.images.boundary_standard_uncertainty,
        )
    except RegionFinding as error:
        raise InputError("regions with a volume", error.reason, f"images.regions, {name}") from error


def _shares(maps: ScoutMaps) -> dict[Pair, float]:
    found: dict[Pair, float] = {}
    positions = [territory.position for territory in maps.outline.territories]
    for tumour in maps.outline.tumours:
        parts = {position: maps.shares.share_of_tumour(tumour.name, position) for position in positions}
        whole = sum(parts.values())
        found |= {(tumour.name, position): part / whole for position, part in parts.items() if part}
    return found


def _ratio(seen: ScoutConcentrations, pair: Pair, tumours: Mapping[str, Uncertain], *, corrected: bool) -> Uncertain:
    tumour, normal = (seen.concentration(key, corrected=corrected) for key in (tumour_key(*pair), normal_key(pair[1])))
    if not (tumour.value > 0.0 and normal.value > 0.0):
        raise InputError("scout activity in every tumour and its normal tissue", "none came", f"{pair[0]}, {pair[1]}")
    ratio = tumour.value / normal.value
    volume = tumours[pair[0]]
    edge = 0.5 * (1.0 + 1.0 / ratio)
    slope = -ratio * (1.0 - edge) / volume.value
    return combine(ratio, [(tumour, 1.0 / normal.value), (normal, -ratio / normal.value), (volume, slope)])


def _no_shunt(maps: ScoutMaps) -> str | None:
    lungs = maps.outline.images.lungs
    if not lungs:
        return "no lungs are named (images.lungs)"
    drawn = sum(maps.regions[name].exact_volume_ml for name in lungs)
    seen = sum(float(shares_of(maps.regions[name]).sum()) for name in lungs) * maps.grid.voxel_volume_ml
    return None if seen >= _WHOLE * drawn else f"the scout shows only {seen / drawn:.0%} of the lungs"


def _shunt(maps: ScoutMaps, seen: list[ScoutConcentrations], *, corrected: bool) -> Uncertain | None:
    """Of every scout, weighted with the planned activity of its positions."""
    weights = [0.0] * len(seen)
    for territory in maps.outline.territories:
        weights[maps.scout_of[territory.position]] += territory.activity_share
    found = []
    for one, weight in zip(seen, weights, strict=True):
        parts = {key: one.content(key, corrected=corrected) for key in one.keys}
        lung, liver = parts.pop(LUNGS), total(list(parts.values()))
        found.append(scaled(tomographic_lung_shunt(lung, liver), weight / sum(weights)))
    shunt = total(found)
    return shunt if shunt.value > 0.0 else None


def _lung_mass(maps: ScoutMaps, volumes: Mapping[str, Uncertain]) -> Uncertain | None:
    """Mean density of the CT's voxels inside times the volume as drawn. [kg]"""
    settings = maps.outline.images
    if settings.ct_curve is None or not settings.lungs:
        return None
    curve = _curve(maps, settings.ct_curve)
    found = []
    for name, region in regions_on(maps.images.ct.grid, maps.images, settings.lungs, shares=False).items():
        numbers, _ = checked_ct_numbers(maps.images.ct.values[region.mask], curve, where="images.ct")
        found.append(scaled(volumes[name], float(curve.density_g_ml(numbers).mean()) / 1000.0))
    return total(found)


def _curve(maps: ScoutMaps, name: str) -> CtCurve:
    path = maps.folder / name
    if name not in known_ct_curves() and path.is_file():
        return read_ct_curve(path)
    return ct_curve(name, "images.ct_curve")


def relative(estimate: Uncertain) -> float:
    """Relative standard uncertainty, for the plan; one that a plan cannot hold is capped, and a finding says so."""
    return min(estimate.relative_standard_uncertainty, LARGEST_RELATIVE)

"""Absorbed doses of a verification: the mean of every volume with its uncertainty, the map, and its histograms."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare import DoseVolume
from hevesy.domain import Finding, Image, Quantity
from hevesy.errors import RegionFinding
from hevesy.physdata import nuclide, parent_emissions, reference_density
from hevesy.quantities import AbsorbedDose, Uncertain, combine, multiply_powers, scaled, total
from hevesy.transport import absorbed_dose, engine
from hevesy.workflow.matter import TISSUE, matter_of_regions
from hevesy.workflow.tare.plan.rows import estimate
from hevesy.workflow.tare.verify.regions import DrawnParts, SeenPart, SeenParts
from hevesy.workflow.tare.verify.settings import NUCLIDES, Densities, TareVerification

Floats = NDArray[np.float64]
LUNG = "lung"
_HALF = 0.5
_LEVELS = (98, 95, 70, 50, 20, 2)
_POINTS = 100
_KG_PER_G = 1e-3
_LN2 = math.log(2.0)
_TELLING = 0.01


@dataclass(frozen=True)
class DoseMaps:
    """The map by self-calibration, and what crossfire adds to the mean of a volume."""

    dose_gy: Floats
    """By the engine that was chosen. Shape ``(z, y, x)``. [Gy]"""
    local_gy: Floats
    """All energy of charged particles left on the spot. Shape ``(z, y, x)``. [Gy]"""
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class VolumeDose:
    """Mean of one volume by one scale."""

    activity_bq: Uncertain
    """At the administration. [Bq]"""
    dose: AbsorbedDose
    """[Gy]"""


def volume_shares(drawn: DrawnParts) -> dict[str, Floats]:
    """Share of every voxel in each volume that doses are given for; the lungs only where the image shows them whole."""
    shares = drawn.shares
    found = {f"tumour:{name}": part for name, part in shares.tumours.items()}
    for position, territory in shares.territories.items():
        found |= {
            f"normal_perfused:{position}": drawn.of(f"normal_perfused:{position}"),
            f"perfused:{position}": territory,
        }
    found |= {"whole_normal": drawn.normal, "whole_liver": shares.liver}
    found = {key: part for key, part in found.items() if part.sum() > 0}
    return {**found, LUNG: drawn.lung} if drawn.lungs and not drawn.cut_lungs else found


def volume_parts(drawn: DrawnParts) -> dict[str, dict[str, float]]:
    """What each volume is made of: the fraction of every part that lies in it."""
    shares, names = drawn.shares, drawn.names
    normal = {name: 1.0 for name in names if name.startswith("normal")}
    tumours = {f"tumour:{name}": 1.0 for name in shares.tumours}
    found = {key: {key: 1.0} for key in tumours}
    for position in shares.territories:
        own = {key: 1.0 for key in (f"normal_perfused:{position}",) if key in names}
        parts = {f"tumour:{name}": shares.share_of_tumour(name, position) for name in shares.tumours}
        found |= {key: {key: 1.0} for key in own}
        found[f"perfused:{position}"] = {**own, **{key: share for key, share in parts.items() if share}}
    found |= {"whole_normal": normal, "whole_liver": {**normal, **tumours}}
    lungs = {f"lung:{name}": 1.0 for name in drawn.lungs}
    return {**found, LUNG: lungs} if lungs and not drawn.cut_lungs else found


def make_dose_maps(settings: TareVerification, drawn: DrawnParts, seen: SeenParts, own: Uncertain) -> DoseMaps:
    """Maps of the engine and of local deposition, by self-calibration.

    Values below zero by noise are zero in the maps; how much that is, is told.
    """
    data = nuclide(NUCLIDES[settings.therapy.modality])
    activity = np.maximum(seen.image, 0.0) * own.value
    decays = Image(drawn.grid, activity * (data.half_life_s / _LN2), Quantity.TIME_INTEGRATED_ACTIVITY_CONCENTRATION)
    geometry = matter_of_regions(drawn.grid, _density(settings.density, drawn)).geometry
    emissions = parent_emissions(data)
    maps = {
        name: np.asarray(engine(name, "engine").dose_map(emissions, decays, geometry).image.values, dtype=np.float64)
        for name in dict.fromkeys((settings.engine, "local"))
    }
    lost = float(-seen.image[seen.image < 0].sum() / seen.image[seen.image > 0].sum())
    told = [Finding("negative-values", f"values below zero by noise are zero in the map: {lost:.2%} of what is above")]
    return DoseMaps(maps[settings.engine], maps["local"], tuple(told) if lost > _TELLING else ())


def _density(densities: Densities, drawn: DrawnParts) -> Floats:
    density = np.full(drawn.grid.shape, reference_density(TISSUE))
    if densities.lungs is not None:
        density[drawn.lung >= _HALF] = densities.lungs.value
    density[drawn.shares.liver >= _HALF] = densities.liver.value
    return density


def volume_dose(
    key: str, parts: Mapping[str, float], settings: TareVerification, seen: SeenParts, maps: tuple[DoseMaps, Floats],
    scale: Uncertain,
) -> VolumeDose:  # fmt: skip
    r"""Mean absorbed dose to a volume by one scale.

    .. math:: D = \frac{A_0\, T_{1/2}}{\ln 2}\; S(m)\; \frac{\bar D_\mathrm{engine}}{\bar D_\mathrm{local}}

    with the activity that the parts show, S of local deposition in their mass, and the means of two maps of the same
    image: what radiation carries in and out.

    Parameters
    ----------
    key, parts
        Name of the volume and what it is made of.
    settings, seen
        The file, and what the image shows.
    maps
        Dose maps, and the share of every voxel in the volume.
    scale
        [Bq/(unit ml)]

    Raises
    ------
    RegionFinding
        If a part has no value.
    """
    found = [(_part(seen, name), share) for name, share in parts.items()]
    shown = total([scaled(part.shown, share) for part, share in found])
    volume = total([scaled(part.volume_ml, share) for part, share in found])
    activity = combine(shown.value * scale.value, [(shown, scale.value), (scale, shown.value)])
    data = nuclide(NUCLIDES[settings.therapy.modality])
    decays = combine(activity.value * data.half_life_s / _LN2, [
        (activity, data.half_life_s / _LN2), (data.half_life, activity.value / _LN2)])  # fmt: skip
    s_value = engine("local").region_s_value(data, _mass(key, settings.density, volume))
    dose = absorbed_dose(decays, s_value)
    crossfire = _crossfire(*maps)
    return VolumeDose(activity, AbsorbedDose(scaled(dose.estimate, crossfire)))


def with_scout(found: VolumeDose, scout_bq: Uncertain, share_here: float) -> tuple[Uncertain, Uncertain]:
    """Mean absorbed dose that a scout of the therapy's nuclide left in a volume, and the sum with the therapy's. [Gy]

    Parameters
    ----------
    found
        Of the therapy.
    scout_bq
        Activity of the scout at its administration. [Bq]
    share_here
        Of it, what lies in the volume.
    """
    activity = found.activity_bq.value
    factor = share_here / activity if activity > 0 else 0.0
    dose = found.dose.estimate
    scout = combine(dose.value * factor * scout_bq.value, [
        (dose, factor * scout_bq.value), (scout_bq, factor * dose.value)])  # fmt: skip
    return scout, total([dose, scout])


def _part(seen: SeenParts, name: str) -> SeenPart:
    found = seen.parts[name]
    if isinstance(found, RegionFinding):
        raise RegionFinding(f"{name}: {found.reason}")
    return found


def _mass(key: str, densities: Densities, volume: Uncertain) -> Uncertain:
    """[kg]"""
    lungs = densities.lungs
    chosen, name = (lungs, "lungs") if key == LUNG and lungs is not None else (densities.liver, "liver")
    unsure = chosen.value * chosen.relative_standard_uncertainty
    return scaled(
        multiply_powers((volume, 1.0), (Uncertain(chosen.value, {f"density:{name}": unsure}), 1.0)), _KG_PER_G
    )


def _crossfire(maps: DoseMaps, share: Floats) -> float:
    local = float((maps.local_gy * share).sum())
    return float((maps.dose_gy * share).sum()) / local if local > 0 else 1.0


def histogram(maps: DoseMaps, share: Floats, levels_gy: tuple[float, ...], mean: Uncertain) -> dict[str, Any]:
    """Histogram of a volume on the map by self-calibration, its doses in proportion so that their mean is the volume's.

    Voxels on a boundary mix what lies on both sides, so that the mean of the map is nearer to that of the neighbours.

    Parameters
    ----------
    maps, share
        The map, and the share of every voxel in the volume.
    levels_gy
        Doses whose volume fraction is wanted. [Gy]
    mean
        Absorbed dose of the volume; its relative uncertainty is that of every dose level. [Gy]
    """
    volume = dose_volume(maps.dose_gy, share)
    of_map = volume.mean_gy
    factor = mean.value / of_map if of_map > 0 and mean.value > 0 else 1.0
    relative = mean.relative_standard_uncertainty if mean.value > 0 else 0.0
    levels = {f"D{level}": factor * volume.at_least(level / 100.0) for level in _LEVELS}
    axis = np.linspace(0.0, float(volume.dose_gy[-1]), _POINTS)
    return {
        "map_mean_gy": of_map,
        "levels_gy": {name: {"value": gray, "standard_uncertainty": gray * relative} for name, gray in levels.items()},
        "volume_fraction_above": {f"{gray:g} Gy": volume.fraction_above(gray / factor) for gray in levels_gy},
        "absorbed_dose_gy": (factor * axis).tolist(),
        "volume_fraction": [volume.fraction_above(gray) for gray in axis],
    }


def dose_volume(dose_gy: Floats, share: Floats) -> DoseVolume:
    """The histogram of a volume; voxels count by their share in it.

    Parameters
    ----------
    dose_gy, share
        Map, and share of every voxel in the volume. Shapes ``(z, y, x)``.
    """
    inside = share > 0
    order = np.argsort(dose_gy[inside], kind="stable")
    weight = share[inside][order]
    return DoseVolume(dose_gy[inside][order], weight / weight.sum())


def told_dose(found: VolumeDose) -> dict[str, Any]:
    """Activity and dose for the document."""
    return {
        "activity_gbq": estimate(scaled(found.activity_bq, 1e-9)),
        "absorbed_dose_gy": estimate(found.dose.estimate),
    }

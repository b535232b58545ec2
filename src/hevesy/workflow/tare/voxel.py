"""The voxel model of a plan: one dose map per activity and nuclide, and what every volume gets of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare import (
    Anatomy,
    DoseVolume,
    activity_for_coverage,
    distribution,
    dose_coefficients,
    dose_volume,
    local_dose,
    mean_doses,
    sampled_coefficients,
    volumes,
)
from hevesy.domain import Finding, Image, Quantity
from hevesy.errors import InputError
from hevesy.physdata import decay_dose_factor, nuclide, parent_emissions
from hevesy.quantities import scaled
from hevesy.transport import engine
from hevesy.workflow.matter import matter_of_regions
from hevesy.workflow.tare.completion import of_images
from hevesy.workflow.tare.patient import anatomy_of
from hevesy.workflow.tare.product import Case
from hevesy.workflow.tare.scout_maps import ScoutMaps
from hevesy.workflow.tare.scout_measures import Measured
from hevesy.workflow.tare.settings import TarePlan

Floats = NDArray[np.float64]
_SCOUT_NUCLIDE = {"166Ho": "Ho-166", "90Y-resin": "Y-90"}
_LEVELS = (98, 95, 70, 50, 20, 2)
_POINTS = 100


@dataclass(frozen=True)
class VoxelModel:
    """What is the same for all products."""

    maps: ScoutMaps
    plan: TarePlan
    """As the voxels see it."""
    anatomy: Anatomy
    share: Floats
    """Of the liver's activity in every voxel. Shape ``(z, y, x)``."""
    per_liver_activity: Mapping[str, Floats]
    """Dose per activity in the liver, by product as named in the plan. Shapes ``(z, y, x)``. [Gy/Bq]"""
    scout_gy: Floats | None
    """Dose of a radioactive scout. Shape ``(z, y, x)``. [Gy]"""
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class VoxelCase:
    """One product in the voxel model."""

    case: Case
    per_activity: Floats
    """Dose per activity drawn. Shape ``(z, y, x)``. [Gy/Bq]"""
    model: VoxelModel

    def map_gy(self, drawn_bq: float) -> Floats:
        """Dose of an activity and of the scout. Shape ``(z, y, x)``. [Gy]"""
        dose = self.per_activity * drawn_bq
        return dose if self.model.scout_gy is None else dose + self.model.scout_gy


def voxel_model(plan: TarePlan, maps: ScoutMaps, measured: Measured, cases: Mapping[str, Case]) -> VoxelModel:
    """Distribute the activity as the scouts were, and compute the dose maps.

    Parameters
    ----------
    plan
        Complete and checked.
    maps, measured
        Images, and what they say.
    cases
        The products by their name in the plan.

    Raises
    ------
    InputError
        If a territory holds nothing of its scout, or negative values are much of it.
    """
    shares = maps.shares
    voxels = {"liver": shares.ml(shares.liver)}
    voxels |= {f"tumour:{name}": shares.ml(part) for name, part in shares.tumours.items()}
    voxels |= {f"territory:{position}": shares.ml(part) for position, part in shares.territories.items()}
    seen = of_images(plan, measured, voxels)
    scouts, findings = _not_negative(maps)
    by_position = {position: scouts[number] for position, number in maps.scout_of.items()}
    activity = {territory.position: territory.activity_share for territory in plan.territories}
    share = distribution(by_position, shares, activity)
    return VoxelModel(
        maps, seen, anatomy_of(seen), share,
        {name: _dose_map(maps, share, plan, case) for name, case in cases.items()},
        _scout_map(maps, plan, scouts, share), findings,
    )  # fmt: skip


def _not_negative(maps: ScoutMaps) -> tuple[list[Floats], tuple[Finding, ...]]:
    """Scouts with negative values of the liver at zero, and how much that was."""
    found, findings = [], []
    for number, scout in enumerate(maps.scouts):
        inside = scout * maps.shares.liver
        lost = float(-inside[inside < 0.0].sum() / inside[inside > 0.0].sum()) if (inside > 0.0).any() else 0.0
        where = f"images.scouts.{number}"
        if lost > 0.02:
            raise InputError("a scout from zero on", f"negative values of {lost:.1%} of it came", where)
        if lost > 0.0:
            told = f"{where}: expected a scout from zero on, but negative values came: set to zero, {lost:.2%} of it"
            findings.append(Finding("negative-scout-values", told))
        found.append(np.maximum(scout, 0.0))
    return found, tuple(findings)


def _voxel_kg(maps: ScoutMaps, plan: TarePlan) -> float:
    return maps.grid.voxel_volume_ml * plan.liver.density / 1000.0


def _dose_map(maps: ScoutMaps, share: Floats, plan: TarePlan, case: Case) -> Floats:
    """Dose per activity in the liver. [Gy/Bq]"""
    if maps.outline.images.dose_engine == "kernel":
        return _kernel(maps, share, plan, case.product.nuclide)
    return local_dose(share, _voxel_kg(maps, plan), case.dose_factor.value)


def _kernel(maps: ScoutMaps, share: Floats, plan: TarePlan, name: str) -> Floats:
    data = nuclide(name)
    decays = share * (data.half_life_s / np.log(2.0) / maps.grid.voxel_volume_ml)
    source = Image(maps.grid, decays, Quantity.TIME_INTEGRATED_ACTIVITY_CONCENTRATION)
    density = np.full(maps.grid.shape, plan.liver.density)
    made = engine("kernel").dose_map(parent_emissions(data), source, matter_of_regions(maps.grid, density).geometry)
    return np.asarray(made.image.values, dtype=np.float64)


def _scout_map(maps: ScoutMaps, plan: TarePlan, scouts: list[Floats], share: Floats) -> Floats | None:
    """Dose of a radioactive scout: one scout as it lies in the territories, several as the plan is. [Gy]"""
    activity = plan.scout.delivered_activity
    if activity is None:
        return None
    if len(scouts) == 1:
        inside = scouts[0] * maps.shares.perfused()
        share = inside / inside.sum()
    factor = decay_dose_factor(_SCOUT_NUCLIDE[plan.scout.tracer]).value
    stays = 1.0 - anatomy_of(plan).lung_shunt_fraction.value
    return local_dose(share, _voxel_kg(maps, plan), factor) * (activity * stays)


def voxel_case(case: Case, model: VoxelModel) -> VoxelCase:
    """One product with the mean doses of its map.

    Uncertainties are those of the compartments that the scout shows (as imaged), scaled to the means of the map.

    Parameters
    ----------
    case
        The product with the plan's compartments.
    model
        The maps.
    """
    anatomy, plan = model.anatomy, case.plan
    per_liver = model.per_liver_activity[case.stated.name]
    reaching = anatomy.delivered_fraction.value * (1.0 - anatomy.lung_shunt_fraction.value)
    means = {key: mean * reaching for key, mean in mean_doses(per_liver, model.maps.shares).items()}
    parts = dose_coefficients(anatomy, case.dose_factor)
    sampling = plan.sampling
    drawn = sampled_coefficients(anatomy, case.dose_factor, samples=sampling.samples, seed=sampling.seed)
    scale = {key: means.get(key, part.value) / part.value if part.value else 1.0 for key, part in parts.items()}
    found = replace(
        case,
        anatomy=anatomy,
        per_activity={key: scaled(part, scale[key]) for key, part in parts.items()},
        drawn={key: values * scale[key] for key, values in drawn.items()},
        scout_map_doses=_scout_doses(case, model),
    )
    return VoxelCase(found, per_liver * reaching, model)


def _scout_doses(case: Case, model: VoxelModel) -> dict[str, float]:
    if model.scout_gy is None:
        return {}
    return {**case.scout_doses, **mean_doses(model.scout_gy, model.maps.shares)}


def histograms(found: VoxelCase, drawn_bq: float) -> dict[str, Any]:
    """Dose-volume histograms of tumours and normal tissue at an activity, the dose of a radioactive scout in them.

    Dose levels have the relative standard uncertainty of the volume's mean: what all voxels share. Noise and resolution
    of the scout change the shape and are not in it.
    """
    dose = found.map_gy(drawn_bq)
    return {
        key: _histogram(dose_volume(dose, part), found, key)
        for key, part in volumes(found.model.maps.shares).items()
        if key.startswith(("tumour", "normal_perfused", "whole_normal")) and part.sum() > 0.0
    }


def _histogram(volume: DoseVolume, found: VoxelCase, key: str) -> dict[str, Any]:
    relative = found.case.per_activity[key].relative_standard_uncertainty if key in found.case.per_activity else 0.0
    levels = {f"D{level}": volume.at_least(level / 100.0) for level in _LEVELS}
    target = found.case.stated.tumour_target
    above = sorted({100.0, *([target] if target else [])})
    axis = np.linspace(0.0, float(volume.dose_gy[-1]), _POINTS)
    return {
        "mean_gy": volume.mean_gy,
        "levels_gy": {
            name: {"value": value, "standard_uncertainty": value * relative} for name, value in levels.items()
        },
        "volume_fraction_above": {f"{gray:g} Gy": volume.fraction_above(gray) for gray in above},
        "absorbed_dose_gy": axis.tolist(),
        "volume_fraction": [volume.fraction_above(gray) for gray in axis],
    }


def coverage_activity(found: VoxelCase) -> tuple[float, str] | None:
    """Least activity to draw that covers every tumour as the plan asks, and the tumour that needs it. [Bq]

    Raises
    ------
    InputError
        If a tumour cannot be covered.
    """
    wanted = found.case.stated.coverage
    if wanted is None:
        return None
    already = found.model.scout_gy
    start = np.zeros_like(found.per_activity) if already is None else already
    needed = {
        name: activity_for_coverage(found.per_activity, start, part, wanted.fraction, wanted.absorbed_dose)
        for name, part in found.model.maps.shares.tumours.items()
    }
    hardest = max(needed, key=needed.__getitem__)
    return needed[hardest], f"tumour:{hardest}"


def activity_by_compartment(found: VoxelCase, delivered_bq: float) -> dict[str, float]:
    """Activity in tumours, normal liver and lungs; it sums to what is delivered. [GBq]"""
    shunt = found.case.anatomy.lung_shunt_fraction.value
    liver = delivered_bq * (1.0 - shunt) / 1e9
    share, shares = found.model.share, found.model.maps.shares
    tumours = {f"tumour:{name}": liver * float((share * part).sum()) for name, part in shares.tumours.items()}
    return {**tumours, "normal_liver": liver - sum(tumours.values()), "lung": delivered_bq * shunt / 1e9}

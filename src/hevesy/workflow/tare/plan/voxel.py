"""The voxel model of a plan: one dose map per activity and nuclide, and what every volume gets of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare import (
    Anatomy,
    Compartment,
    DoseVolume,
    activity_for_coverage,
    distribute,
    dose_coefficients,
    dose_volume,
    doses_of_map,
    local_doses,
    mean_doses,
    on_grid,
    sampled_coefficients,
    volumes,
)
from hevesy.domain import Finding, Image, Quantity
from hevesy.errors import InputError
from hevesy.physdata import decay_dose_factor, nuclide, parent_emissions
from hevesy.quantities import scaled
from hevesy.transport import engine
from hevesy.workflow.matter import matter_of_regions
from hevesy.workflow.tare.images.scout_maps import ScoutMaps
from hevesy.workflow.tare.images.scout_measures import Measured
from hevesy.workflow.tare.plan.completion import of_images
from hevesy.workflow.tare.plan.patient import anatomy_of
from hevesy.workflow.tare.plan.product import Case
from hevesy.workflow.tare.plan.settings import TarePlan

Floats = NDArray[np.float64]
_SCOUT_NUCLIDE = {"166Ho": "Ho-166", "90Y-resin": "Y-90"}
_LEVELS = (98, 95, 70, 50, 20, 2)
_POINTS = 100
_ORDER = ("tumour", "normal_perfused", "whole_normal", "all_tumours", "perfused", "whole_liver")
_MOST_NEGATIVE = 0.02


@dataclass(frozen=True)
class Doses:
    """Absorbed doses by compartment, and of whole voxels."""

    parts: tuple[Floats, ...]
    """Of the voxels of each compartment. Shapes ``(voxel,)``."""
    whole: Floats
    """Shape ``(z, y, x)``."""

    def times(self, factor: float) -> Doses:
        """All of them times a factor."""
        return Doses(tuple(part * factor for part in self.parts), self.whole * factor)

    def plus(self, other: Doses | None) -> Doses:
        """Both together."""
        if other is None:
            return self
        parts = tuple(a + b for a, b in zip(self.parts, other.parts, strict=True))
        return Doses(parts, self.whole + other.whole)


@dataclass(frozen=True)
class VoxelModel:
    """What is the same for all products."""

    maps: ScoutMaps
    plan: TarePlan
    """As the voxels see it."""
    anatomy: Anatomy
    tissues: tuple[Compartment, ...]
    """With shares of the liver's activity."""
    per_liver_activity: Mapping[str, Doses]
    """By product as named in the plan. [Gy/Bq]"""
    scout: Doses | None
    """Of a radioactive scout. [Gy]"""
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class VoxelCase:
    """One product in the voxel model."""

    case: Case
    per_activity: Doses
    """Per activity drawn. [Gy/Bq]"""
    model: VoxelModel

    def doses(self, drawn_bq: float) -> Doses:
        """Of an activity and of the scout. [Gy]"""
        return self.per_activity.times(drawn_bq).plus(self.model.scout)


def voxel_model(plan: TarePlan, maps: ScoutMaps, measured: Measured, cases: Mapping[str, Case]) -> VoxelModel:
    """Distribute the activity as the scouts were, and compute the doses.

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
    findings = _negative(maps)
    activity = {territory.position: territory.activity_share for territory in plan.territories}
    tissues = distribute(measured.tissues, activity)
    seen = of_images(plan, measured, _voxels_ml(maps, tissues))
    return VoxelModel(
        maps, seen, anatomy_of(seen), tissues,
        {name: _doses(maps, tissues, plan, case) for name, case in cases.items()},
        _scout(maps, plan, measured.tissues, tissues), findings,
    )  # fmt: skip


def _voxels_ml(maps: ScoutMaps, tissues: tuple[Compartment, ...]) -> dict[str, float]:
    places = volumes(tissues)
    names = {key: key.replace("perfused:", "territory:") for key in places if key.startswith(("perfused", "tumour"))}
    names["whole_liver"] = "liver"
    voxel = maps.grid.voxel_volume_ml
    return {new: voxel * sum(float(tissues[k].share.sum()) for k in places[old]) for old, new in names.items()}


def _negative(maps: ScoutMaps) -> tuple[Finding, ...]:
    """How much of the liver's scout is negative and counts as zero."""
    findings = []
    for number, scout in enumerate(maps.scouts):
        inside = scout * maps.shares.liver
        lost = float(-inside[inside < 0.0].sum() / inside[inside > 0.0].sum()) if (inside > 0.0).any() else 0.0
        where = f"images.scouts.{number}"
        if lost > _MOST_NEGATIVE:
            raise InputError("a scout from zero on", f"negative values of {lost:.1%} of it came", where)
        if lost > 0.0:
            told = f"{where}: expected a scout from zero on, but negative values came: set to zero, {lost:.2%} of it"
            findings.append(Finding("negative-scout-values", told))
    return tuple(findings)


def _voxel_kg(maps: ScoutMaps, plan: TarePlan) -> float:
    return maps.grid.voxel_volume_ml * plan.liver.density / 1000.0


def _doses(maps: ScoutMaps, tissues: tuple[Compartment, ...], plan: TarePlan, case: Case) -> Doses:
    """Dose per activity in the liver. [Gy/Bq]"""
    share = on_grid(tissues, [one.activity for one in tissues], maps.grid.shape)
    if maps.outline.images.dose_engine == "kernel":
        whole = _kernel(maps, share, plan, case.product.nuclide)
        return Doses(doses_of_map(tissues, whole), whole)
    voxel = _voxel_kg(maps, plan)
    factor = case.dose_factor.value
    return Doses(local_doses(tissues, voxel, factor), share * (factor / voxel))


def _kernel(maps: ScoutMaps, share: Floats, plan: TarePlan, name: str) -> Floats:
    data = nuclide(name)
    decays = share * (data.half_life_s / np.log(2.0) / maps.grid.voxel_volume_ml)
    source = Image(maps.grid, decays, Quantity.TIME_INTEGRATED_ACTIVITY_CONCENTRATION)
    density = np.full(maps.grid.shape, plan.liver.density)
    made = engine("kernel").dose_map(parent_emissions(data), source, matter_of_regions(maps.grid, density).geometry)
    return np.asarray(made.image.values, dtype=np.float64)


def _scout(
    maps: ScoutMaps, plan: TarePlan, counts: tuple[Compartment, ...], tissues: tuple[Compartment, ...]
) -> Doses | None:
    """Dose of a radioactive scout: one scout as it lies in the territories, several as the plan is. [Gy]"""
    activity = plan.scout.delivered_activity
    if activity is None:
        return None
    if len(maps.scouts) == 1:
        whole = sum(float(one.activity.sum()) for one in counts)
        tissues = tuple(replace(one, activity=one.activity / whole) for one in counts)
    factor = decay_dose_factor(_SCOUT_NUCLIDE[plan.scout.tracer]).value
    voxel, share = _voxel_kg(maps, plan), on_grid(tissues, [one.activity for one in tissues], maps.grid.shape)
    stays = 1.0 - anatomy_of(plan).lung_shunt_fraction.value
    found = Doses(local_doses(tissues, voxel, factor), share * (factor / voxel))
    return found.times(activity * stays)


def voxel_case(case: Case, model: VoxelModel) -> VoxelCase:
    """One product with the mean doses of its voxels.

    Uncertainties are those of the compartments that the scout shows, scaled to the means of the voxels.

    Parameters
    ----------
    case
        The product with the plan's compartments.
    model
        The doses.
    """
    anatomy, plan = model.anatomy, case.plan
    per_liver = model.per_liver_activity[case.stated.name]
    reaching = anatomy.delivered_fraction.value * (1.0 - anatomy.lung_shunt_fraction.value)
    means = {key: mean * reaching for key, mean in mean_doses(model.tissues, per_liver.parts).items()}
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
    return VoxelCase(found, per_liver.times(reaching), model)


def _scout_doses(case: Case, model: VoxelModel) -> dict[str, float]:
    if model.scout is None:
        return {}
    return {**case.scout_doses, **mean_doses(model.tissues, model.scout.parts)}


def histograms(found: VoxelCase, drawn_bq: float) -> dict[str, Any]:
    """Dose-volume histograms of tumours and normal tissue at an activity, the dose of a radioactive scout in them.

    Dose levels have the relative standard uncertainty of the volume's mean: what all voxels share. Noise and resolution
    of the scout change the shape and are not in it.
    """
    tissues, doses = found.model.tissues, found.doses(drawn_bq).parts
    return {
        key: _histogram(dose_volume(tissues, doses, places), found, key)
        for key, places in sorted(volumes(tissues).items(), key=lambda item: _ORDER.index(item[0].partition(":")[0]))
        if key.startswith(("tumour", "normal_perfused", "whole_normal"))
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
    tissues, slopes = found.model.tissues, found.per_activity.parts
    start = found.model.scout.parts if found.model.scout else tuple(np.zeros_like(one) for one in slopes)
    asked = (wanted.fraction, wanted.absorbed_dose)
    needed = {
        key: activity_for_coverage(tissues, slopes, start, places, asked)
        for key, places in volumes(tissues).items()
        if key.startswith("tumour")
    }
    hardest = max(needed, key=needed.__getitem__)
    return needed[hardest], hardest


def activity_by_compartment(found: VoxelCase, delivered_bq: float) -> dict[str, float]:
    """Activity in tumours, normal liver and lungs; it sums to what is delivered. [GBq]"""
    shunt = found.case.anatomy.lung_shunt_fraction.value
    liver = delivered_bq * (1.0 - shunt) / 1e9
    tumours: dict[str, float] = {}
    for one in found.model.tissues:
        if one.tumour is not None:
            key = f"tumour:{one.tumour}"
            tumours[key] = tumours.get(key, 0.0) + liver * float(one.activity.sum())
    return {**tumours, "normal_liver": liver - sum(tumours.values()), "lung": delivered_bq * shunt / 1e9}

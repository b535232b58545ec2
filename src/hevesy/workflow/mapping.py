"""The absorbed-dose maps on the reference's grid, and what they say about every region."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.align import resample_activity
from hevesy.domain import Grid, Image, PointTransform, Quantity, Region
from hevesy.integrate import evaluate
from hevesy.physdata import Emissions, Nuclide, reference_density
from hevesy.quantities import Uncertain
from hevesy.transport import AbstractDoseEngine, RegionShape, integrate_by_region_shape, integrate_voxelwise
from hevesy.workflow.courses import RegionCourse
from hevesy.workflow.matter import TISSUE, MapMatter
from hevesy.workflow.quantified import QuantifiedScan

_HISTOGRAM_POINTS = 201
_METRICS = (98, 70, 50, 2)
_NOT_IN_MAP = ("recovery", "resolution", "absorbed-fraction")
"""Sources of the region route that the map does not have."""
_TELLING_SHARE = 0.01
"""Share of the activity outside a scan's field of view above which the report says so."""


@dataclass(frozen=True)
class RegionMap:
    """The dose map within one region."""

    mean: Uncertain
    """[Gy]"""
    histogram: dict[str, list[float]]
    metrics_gy: dict[str, float]


@dataclass(frozen=True)
class MapInputs:
    """What the map is made from."""

    scans: Sequence[QuantifiedScan]
    transforms: Mapping[int, PointTransform]
    """From points of the reference to points of each time point."""
    regions: Mapping[str, Region]
    """On the reference's grid."""
    courses: Sequence[RegionCourse]
    half_life_s: float | None
    """Stated for a single scan. [s]"""
    recovery_corrected: bool


@dataclass(frozen=True)
class DecayMap:
    """Where the decays are, and what is odd about it."""

    image: Image
    """Time-integrated activity concentration. [Bq s/ml]"""
    density_g_ml: NDArray[np.float64]
    """Of every region as the study states it, of average soft tissue elsewhere. Shape ``(z, y, x)``. [g/ml]"""
    findings: tuple[str, ...]


@dataclass(frozen=True)
class EngineMap:
    """The dose map of one engine."""

    engine: str
    image: Image
    """[Gy]"""
    statistical: Image | None
    """Standard uncertainty from the engine's statistics. [Gy]"""
    notes: tuple[str, ...]


@dataclass(frozen=True)
class DoseMaps:
    """The dose maps of a study: that of its engine first, then those it is compared with."""

    maps: tuple[EngineMap, ...]
    findings: tuple[str, ...]


def decay_map(inputs: MapInputs, grid: Grid, nuclide: Nuclide) -> DecayMap:
    """Activity concentrations of all scans on one grid, integrated over time.

    A voxel in a region follows the region's fitted curve with its own amplitude; any other voxel its own course. Where
    a scan does not reach, its activity counts as zero, and a finding says so.
    """
    labels = _labels(inputs, grid)
    recovery = _recovery(inputs, labels)
    activities, covered = [], []
    for scan in inputs.scans:
        moved = resample_activity(scan.activity, grid, inputs.transforms[scan.point.index])
        covered.append(moved.coverage)
        corrected = np.maximum(moved.image.values, 0.0) / recovery
        activities.append(Image(grid, corrected, Quantity.ACTIVITY_CONCENTRATION))
    findings = tuple(_not_covered(inputs.scans, activities, covered))
    return DecayMap(_integrated(inputs, activities, labels, nuclide), _density(inputs, labels), findings)


def _integrated(inputs: MapInputs, activities: Sequence[Image], labels: NDArray[np.intp], nuclide: Nuclide) -> Image:
    shapes = {n: _shape(course, inputs.scans) for n, course in _numbered(inputs)}
    if len(inputs.scans) == 1:
        shapes[0] = _single(inputs, nuclide)
        return integrate_by_region_shape(activities, labels, shapes)
    times = [scan.point.time_s for scan in inputs.scans]
    elsewhere = integrate_voxelwise(times, activities, nuclide.decay_constant_per_s)
    shapes[0] = RegionShape(tuple(1.0 for _ in times), 0.0)
    within = integrate_by_region_shape(activities, labels, shapes)
    return replace(within, values=np.where(labels == 0, elsewhere.values, within.values))


def engine_map(engine: AbstractDoseEngine, emissions: Emissions, decays: DecayMap, matter: MapMatter) -> EngineMap:
    """The dose map of one engine."""
    made = engine.dose_map(emissions, decays.image, matter.geometry)
    return EngineMap(engine.name, made.image, made.statistical, made.notes)


def _not_covered(
    scans: Sequence[QuantifiedScan], activities: Sequence[Image], covered: Sequence[NDArray[np.bool_]]
) -> Iterator[str]:
    """Scans that do not reach where the others show activity."""
    shown = np.mean([activity.values for activity in activities], axis=0)
    for scan, coverage in zip(scans, covered, strict=True):
        lost = float(shown[~coverage].sum() / total) if (total := float(shown.sum())) > 0 else 0.0
        if lost > _TELLING_SHARE:
            yield (
                f"the scan of time point {scan.point.index} does not reach where {lost:.0%} of the activity is: the "
                "dose map reads wrong there"
            )


def _numbered(inputs: MapInputs) -> list[tuple[int, RegionCourse]]:
    """Regions with a curve, numbered from 1."""
    fitted = [c for c in inputs.courses if c.fitted is not None and c.settings.name in inputs.regions]
    return list(enumerate(fitted, start=1))


def _labels(inputs: MapInputs, grid: Grid) -> NDArray[np.intp]:
    labels = np.zeros(grid.shape, dtype=np.intp)
    for number, course in _numbered(inputs):
        labels[inputs.regions[course.settings.name].mask] = number
    return labels


def _density(inputs: MapInputs, labels: NDArray[np.intp]) -> NDArray[np.float64]:
    values = [reference_density(TISSUE), *(c.settings.density_g_ml for _, c in _numbered(inputs))]
    density: NDArray[np.float64] = np.array(values)[labels]
    return density


def _recovery(inputs: MapInputs, labels: NDArray[np.intp]) -> NDArray[np.float64]:
    values = [1.0]
    for _, course in _numbered(inputs):
        known = [scan.recovery.value for scan in course.scans if scan.recovery is not None]
        values.append(known[0] if inputs.recovery_corrected and known else 1.0)
    recovery: NDArray[np.float64] = np.array(values)[labels]
    return recovery


def _shape(course: RegionCourse, scans: Sequence[QuantifiedScan]) -> RegionShape:
    if course.fitted is None:
        raise ValueError(f"expected a fitted curve of {course.settings.name}, but there is none")
    times = np.array([scan.point.time_s for scan in scans])
    at_scans = evaluate(course.fitted, times)
    return RegionShape(tuple(at_scans.tolist()), course.fitted.time_integrated_activity.value)


def _single(inputs: MapInputs, nuclide: Nuclide) -> RegionShape:
    half_life = inputs.half_life_s or nuclide.half_life_s
    at_scan = math.exp2(-inputs.scans[0].point.time_s / half_life)
    return RegionShape((at_scan,), half_life / math.log(2))


def map_of_region(dose: EngineMap, region: Region, absorbed_dose: Uncertain | None) -> RegionMap:
    """Mean, histogram and dose levels of the map within a region.

    The mean's uncertainty is that of the region route without what the map does not have (recovery and absorbed
    fractions), and the engine's statistics as if voxels erred together, which is an upper bound; without a region dose
    it is not stated.
    """
    values = np.sort(np.asarray(dose.image.values[region.mask], dtype=np.float64))
    mean = float(values.mean())
    levels = np.linspace(0.0, float(values[-1]), _HISTOGRAM_POINTS)
    above = 1.0 - np.searchsorted(values, levels, side="left") / values.size
    components = _components(mean, absorbed_dose)
    if components and dose.statistical is not None:
        components[f"transport-statistics:{region.name}"] = float(dose.statistical.values[region.mask].mean())
    return RegionMap(
        mean=Uncertain(mean, components),
        histogram={"absorbed_dose_gy": levels.tolist(), "volume_fraction": above.tolist()},
        metrics_gy={f"D{p}": float(np.percentile(values, 100 - p)) for p in _METRICS},
    )


def _components(mean: float, absorbed_dose: Uncertain | None) -> dict[str, float]:
    if absorbed_dose is None or not absorbed_dose.value > 0:
        return {}
    kept = {n: u for n, u in absorbed_dose.components.items() if n.partition(":")[0] not in _NOT_IN_MAP}
    return {name: u * mean / absorbed_dose.value for name, u in kept.items()}

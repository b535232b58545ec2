"""The voxels of a dose map around a tumour: fine enough for electrons, with the activity of the map conserved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire import available_bytes
from hevesy.delineate import check_region
from hevesy.delineate.stack import extent_points
from hevesy.domain import Finding, Grid, Image, Quantity, Region
from hevesy.errors import GeometryError, InputError, RegionFinding, StudyFileError
from hevesy.physdata import material
from hevesy.transport.mc import VoxelGeometry
from hevesy.workflow.drawn import roi_named
from hevesy.workflow.engines import UsedCtCurve
from hevesy.workflow.matter import TISSUE, MapMatter, matter_of_ct, matter_of_regions
from hevesy.workflow.tare.images.read import PatientImages, regions_on
from hevesy.workflow.tare.intratumoural.activity import Deposition
from hevesy.workflow.tare.intratumoural.settings import StatedMatter, TumourCtMatter

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Factors = tuple[int, int, int]
_T = TypeVar("_T", bound=np.generic)

_MARGIN_MM = 12.0
"""Around tumour and activity: farther than the electrons of 166Ho and 90Y go in soft tissue."""
_VOXEL_BYTES = 320.0
"""Dose maps, transforms and masks, as measured. [byte/voxel]"""
_GIB = float(1 << 30)
_TISSUE_HU = 40.0
"""Instead of what holmium makes of the tumour's CT numbers, so that none of it is blurred into its surroundings."""


@dataclass(frozen=True)
class WorkingVoxels:
    """Everything on the voxels of the dose map. Arrays of shape ``(z, y, x)``."""

    grid: Grid
    concentration: Floats
    """As the map has it, in every part of a voxel the same. [Bq/ml]"""
    noise: Floats
    """On the voxels of the map, see ``factors``. [Bq/ml]"""
    factors: Factors
    """Parts of a voxel of the map along ``(z, y, x)``."""
    deposited: Mask
    tumour: Region
    organs: dict[str, Region]
    findings: tuple[Finding, ...]

    @property
    def organ_mask(self) -> Mask:
        """Voxels of any organ at risk."""
        found = np.zeros(self.grid.shape, dtype=bool)
        for organ in self.organs.values():
            found |= organ.mask
        return found


def working_voxels(
    deposition: Deposition, images: PatientImages, tumour: str, organs: Sequence[str], voxel_mm: float
) -> WorkingVoxels:
    """Cut out and subdivide the map's voxels, so that they hold tumour, activity and organs; nothing is interpolated.

    Parameters
    ----------
    deposition
        Activity.
    images
        CT and regions.
    tumour, organs
        Names of regions.
    voxel_mm
        Largest edge of a voxel. [mm]

    Raises
    ------
    InputError
        If a region is missing, empty or outside the CT, the tumour is cut by the CT or the map of activity, or the
        voxels do not fit into the memory.
    """
    findings = _checked_regions(images, tumour, organs)
    first, last = _box(deposition, images, tumour, organs)
    coarse = _moved(deposition.grid, first, last)
    z, y, x = (max(1, math.ceil(edge / voxel_mm - 1e-6)) for edge in reversed(coarse.spacing_mm))
    grid = subdivided(coarse, (z, y, x))
    _require_memory(grid)
    regions = regions_on(grid, images, (tumour, *organs))
    for name, region in regions.items():
        if not region.mask.any():
            raise StudyFileError("voxels in every region", "none came", f"images.regions, {name}")
    kept, shared = _apart(regions, tumour)
    return WorkingVoxels(
        grid=grid,
        concentration=repeated(_cut(deposition.concentration, first, last), (z, y, x)),
        noise=_cut(deposition.noise, first, last),
        factors=(z, y, x),
        deposited=repeated(_cut(deposition.deposited, first, last), (z, y, x)),
        tumour=regions[tumour],
        organs=kept,
        findings=(*findings, *shared),
    )


def _apart(regions: dict[str, Region], tumour: str) -> tuple[dict[str, Region], list[Finding]]:
    """Organs without what they share with the tumour, and what that was."""
    kept, findings = {}, []
    for name, region in regions.items():
        if name == tumour:
            continue
        mask = region.mask & ~regions[tumour].mask
        shared = (region.n_voxels - int(np.count_nonzero(mask))) * region.grid.voxel_volume_ml
        if not mask.any():
            raise StudyFileError("an organ beside the tumour", "all of it lies in the tumour", f"organs, {name}")
        if shared > 0:
            words = f"{name} and {tumour} share {shared:.3g} ml, which count as tumour"
            findings.append(Finding("organ-overlaps-tumour", words))
        kept[name] = replace(region, mask=mask)
    return kept, findings


def subdivided(grid: Grid, factors: Factors) -> Grid:
    """The grid with every voxel cut into ``factors`` parts along ``(z, y, x)``."""
    fz, fy, fx = factors
    nz, ny, nx = grid.shape
    sx, sy, sz = grid.spacing_mm
    x, y, z = (float(v) for v in grid.points(np.array([0.5 / fx - 0.5, 0.5 / fy - 0.5, 0.5 / fz - 0.5])))
    return replace(grid, shape=(nz * fz, ny * fy, nx * fx), spacing_mm=(sx / fx, sy / fy, sz / fz), origin_mm=(x, y, z))


def repeated(values: NDArray[_T], factors: Factors) -> NDArray[_T]:
    """Every voxel's value in each of its parts."""
    for axis, factor in enumerate(factors):
        values = np.repeat(values, factor, axis=axis)
    return values


def matter_on(
    voxels: WorkingVoxels, images: PatientImages, stated: StatedMatter | TumourCtMatter, curve: UsedCtCurve | None
) -> MapMatter:
    """Density and medium of the voxels; in the tumour and where there is activity as stated, of average soft tissue.

    Raises
    ------
    InputError
        If CT numbers lie outside the curve and are not accepted.
    """
    if isinstance(stated, StatedMatter) or curve is None:
        density = stated.density if isinstance(stated, StatedMatter) else stated.tumour_density
        return matter_of_regions(voxels.grid, np.full(voxels.grid.shape, density))
    tumour = regions_on(images.ct.grid, images, (voxels.tumour.name,))[voxels.tumour.name]
    plain = np.where(tumour.mask, np.float32(_TISSUE_HU), images.ct.values)
    source = Image(voxels.grid, voxels.concentration, Quantity.ACTIVITY_CONCENTRATION)
    found = matter_of_ct(replace(images.ct, values=plain), voxels.grid, curve, source)
    known = voxels.tumour.mask | voxels.deposited
    return replace(found, geometry=_with_tissue(found.geometry, known, stated.tumour_density))


def _with_tissue(geometry: VoxelGeometry, where: Mask, density_g_ml: float) -> VoxelGeometry:
    materials = geometry.materials
    names = [item.name for item in materials]
    if TISSUE not in names:
        materials, names = (*materials, material(TISSUE)), [*names, TISSUE]
    media = np.where(where, np.uint8(names.index(TISSUE)), geometry.media)
    density = np.where(where, np.float32(density_g_ml), geometry.density_g_ml)
    return replace(geometry, media=media, density_g_ml=density, materials=materials)


def _checked_regions(images: PatientImages, tumour: str, organs: Sequence[str]) -> tuple[Finding, ...]:
    """Refuse a tumour that the CT cuts; tell of an organ that it cuts."""
    found = []
    for name, region in regions_on(images.ct.grid, images, (tumour, *organs)).items():
        try:
            check_region(region, roi_named(images.rois, name))
        except RegionFinding as error:
            if name == tumour or not error.reason.startswith("cut"):
                raise GeometryError("a region within the CT", error.reason, f"images.regions, {name}") from error
            found.append(Finding("organ-cut-by-the-image", f"{error.reason}: its dose is that of the part within"))
    return tuple(found)


def _box(
    deposition: Deposition, images: PatientImages, tumour: str, organs: Sequence[str]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First voxel of the map along ``(x, y, z)``, and the one after the last; it may go beyond the map."""
    grid, size = deposition.grid, np.array(deposition.grid.shape[::-1])
    margin = _MARGIN_MM / np.array(grid.spacing_mm)
    within = _extent(grid, images, tumour)
    if (within[0] < -0.5 - 1e-6).any() or (within[1] > size - 0.5 + 1e-6).any():
        raise GeometryError("a tumour within the map of activity", "part of it lies outside", f"deposits, {tumour}")
    active = np.argwhere(deposition.concentration != 0)[:, ::-1]
    low = np.minimum(within[0], active.min(axis=0)) - margin
    high = np.maximum(within[1], active.max(axis=0)) + margin
    for name in organs:
        ends = _extent(grid, images, name)
        low, high = np.minimum(low, ends[0]), np.maximum(high, ends[1])
    return np.floor(low).astype(np.int64), np.ceil(high).astype(np.int64) + 1


def _extent(grid: Grid, images: PatientImages, name: str) -> tuple[Floats, Floats]:
    roi = roi_named(images.rois, name)
    if roi is None:
        known = ", ".join(sorted(one.name for one in images.rois.rois))
        raise StudyFileError(f"one of the regions {known}", f"{name!r} came", "images.regions")
    points = grid.indices(extent_points(roi))
    return points.min(axis=0), points.max(axis=0)


def _moved(grid: Grid, first: NDArray[np.int64], last: NDArray[np.int64]) -> Grid:
    nx, ny, nz = (int(n) for n in last - first)
    x, y, z = (float(v) for v in grid.points(first.astype(np.float64)))
    return replace(grid, shape=(nz, ny, nx), origin_mm=(x, y, z))


def _cut(values: NDArray[_T], first: NDArray[np.int64], last: NDArray[np.int64]) -> NDArray[_T]:
    """Values in a box, zero beyond the array."""
    low, high = first[::-1], last[::-1]
    result = np.zeros(tuple(high - low), dtype=values.dtype)
    size = np.array(values.shape)
    start, stop = np.clip(low, 0, size), np.clip(high, 0, size)
    inner = tuple(slice(int(a), int(b)) for a, b in zip(start - low, stop - low, strict=True))
    result[inner] = values[tuple(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True))]
    return result


def _require_memory(grid: Grid) -> None:
    available, needed = available_bytes(), _VOXEL_BYTES * math.prod(grid.shape)
    if available is not None and needed > available:
        came = f"{available / _GIB:.1f} GiB are there (smaller organ regions or a map cut to the tumour need less)"
        raise InputError(f"{needed / _GIB:.1f} GiB of memory for {math.prod(grid.shape)} voxels", came, "voxel")

"""The CT of one time point, and what is drawn on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import measure as skimage_measure

from hevesy.domain import Contour, Grid, Region, RegionKind, Roi
from hevesy.physdata.phantoms import AbstractSolid, Medium, Organ, Transformed, label_map, transformed, volume, without
from hevesy.simulate.displaced import Displaced
from hevesy.simulate.movement import Pose
from hevesy.simulate.patient import SourceRegion, VirtualPatient
from hevesy.simulate.seeds import generator

_AIR = -1000.0
_CT_NUMBERS = {
    Medium.SOFT_TISSUE: 40.0,
    Medium.ADIPOSE: -100.0,
    Medium.LUNG: -700.0,
    Medium.BONE: 800.0,
    Medium.SPONGIOSA: 220.0,
    Medium.WATER: 8.0,
}
_CT_NUMBERS_OF = {"Liver": 58.0, "Spleen": 48.0, "Kidney_L": 32.0, "Kidney_R": 32.0, "Pancreas": 38.0, "Brain": 36.0}
"""CT numbers as they are usual without contrast medium: own choice. [HU]"""
_NOISE_HU = 25.0
_BLUR_MM = 1.2
"""Noise before the blur of the reconstruction kernel, which lowers it, and the kernel's standard deviation."""
_VOLUME_POINTS = 100_000
_CONTOUR_STEPS = 250
_CONTOUR_STEP_LIMITS_MM = (0.2, 0.8)
"""Points along the shorter side of an outline, within limits: how finely outlines are traced."""


def ct_image(patient: VirtualPatient, pose: Pose, grid: Grid, *, index: int, seed: int) -> NDArray[np.int16]:
    """CT numbers with noise. Shape ``(z, y, x)``. [HU]"""
    organs = patient.phantom.organs
    placed = [pose.place(o.solid, patient.mobility(o.name) * pose.ct_breathing_mm) for o in organs]
    return scanned(ct_numbers(organs)[label_map(placed, grid)], grid, generator(seed, "noise", "ct", index))


def ct_numbers(organs: Sequence[Organ]) -> NDArray[np.float32]:
    """CT number of air and of each organ: index it with a map of labels from 0. Shape ``(1 + organ,)``. [HU]"""
    return np.array([_AIR, *(_CT_NUMBERS_OF.get(o.name, _CT_NUMBERS[o.medium]) for o in organs)], dtype=np.float32)


def scanned(values: NDArray[np.float32], grid: Grid, rng: np.random.Generator) -> NDArray[np.int16]:
    """CT numbers with noise, blurred as by a reconstruction. Shape ``(z, y, x)``. [HU]"""
    values = values + rng.standard_normal(grid.shape, dtype=np.float32) * np.float32(_NOISE_HU)
    blurred = ndimage.gaussian_filter(values, [_BLUR_MM / s for s in grid.spacing_mm[::-1]], truncate=3.0)
    stored: NDArray[np.int16] = np.clip(np.rint(blurred), -1024, 3071).astype(np.int16)
    return stored


def drawn_solid(region: SourceRegion, pose: Pose, outward_mm: float = 0.0) -> AbstractSolid:
    """The region's outline as the CT shows it, drawn too far out by a distance. [mm]"""
    solid = pose.place(region.drawn, region.mobility * pose.ct_breathing_mm)
    return Displaced(solid, outward_mm) if outward_mm else solid


def drawn_solids(
    regions: Sequence[SourceRegion], pose: Pose, outward_mm: Mapping[str, float]
) -> tuple[AbstractSolid, ...]:
    """The outlines of all regions, each drawn too far out by its distance. [mm]

    Organs that touch would overlap then, and where the CT shows them in another phase of breathing: the drawing tool
    leaves what they share to the one that comes first.
    """
    solids = [drawn_solid(region, pose, outward_mm.get(region.name, 0.0)) for region in regions]
    organs = [region.kind is not RegionKind.LESION for region in regions]
    return tuple(
        without(solid, (solids[j] for j in range(i) if organs[j])) if organs[i] else solid
        for i, solid in enumerate(solids)
    )


def drawn_roi(name: str, solid: AbstractSolid, grid: Grid, *, number: int, slice_uids: Sequence[str | None]) -> Roi:
    """A drawn solid as contours on the slices of a CT."""
    contours: list[Contour] = []
    turn = grid.direction_matrix
    oblique = not np.array_equal(turn, np.eye(3))
    level = _level(solid, turn) if oblique else solid
    lowest = float((turn.T @ np.array(grid.origin_mm))[2])
    for k, slice_uid in enumerate(slice_uids):
        polygons = outlines(level, lowest + grid.spacing_mm[2] * k)
        contours += [Contour(points @ turn.T if oblique else points, slice_uid) for points in polygons]
    return Roi(number, name, tuple(contours))


def _level(solid: AbstractSolid, turn: NDArray[np.float64]) -> AbstractSolid:
    """The solid turned back, so that the planes of an oblique grid are axial."""
    back = np.eye(4)
    back[:3, :3] = turn.T
    return transformed(solid, back)


def drawn_region(region: SourceRegion, solid: AbstractSolid, grid: Grid) -> Region:
    """A drawn solid as the CT's voxels whose centre lies inside."""
    mask = label_map([solid], grid) > 0
    as_it_is = isinstance(solid, Transformed)
    drawn_ml = volume(region.drawn) if as_it_is else volume(solid, _VOLUME_POINTS) / 1000.0
    return Region(region.name, region.kind, region.side, mask, grid, drawn_ml)


def outlines(solid: AbstractSolid, z_mm: float) -> list[NDArray[np.float64]]:
    """Closed polygons where a solid meets an axial plane: outer borders and holes. Each of shape ``(n, 3)``. [mm]"""
    low, high = np.array(solid.bounds)
    if not low[2] < z_mm < high[2]:
        return []
    step = float(np.clip((high - low)[:2].min() / _CONTOUR_STEPS, *_CONTOUR_STEP_LIMITS_MM))
    x, y = (np.arange(low[k] - 2 * step, high[k] + 3 * step, step) for k in (0, 1))
    plane = np.stack([*np.meshgrid(x, y), np.full((len(y), len(x)), z_mm)], axis=-1)
    inside = solid.contains(plane.reshape(-1, 3)).reshape(plane.shape[:2])
    polygons = []
    for border in skimage_measure.find_contours(inside.astype(np.float64), 0.5):  # type: ignore[no-untyped-call]
        rows, columns = _thinned(border[:-1]).T
        polygons.append(np.column_stack([x[0] + columns * step, y[0] + rows * step, np.full(len(rows), z_mm)]))
    return polygons


def _thinned(polygon: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without the vertices that lie on the line between their neighbours."""
    before, after = polygon - np.roll(polygon, 1, axis=0), np.roll(polygon, -1, axis=0) - polygon
    bends = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]) > 1e-9
    kept: NDArray[np.float64] = polygon[bends] if np.count_nonzero(bends) >= 3 else polygon
    return kept

"""The contours of a region as a stack of parallel planes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Contour, Roi
from hevesy.errors import GeometryError, RegionFinding
from hevesy.numerics.polygon import even_odd_area

Floats = NDArray[np.float64]

PLANE_TOLERANCE_MM = 0.1
"""How far the vertices of one contour may lie off their plane, and two contours of one plane from each other. [mm]"""


@dataclass(frozen=True)
class ContourStack:
    """Parallel planes, each with its polygons; a plane stands for the slab from ``lower`` to ``upper``."""

    frame: Floats
    """From patient point to (u, v, height): in the plane and along its normal. Shape ``(4, 4)``. [mm]"""
    heights_mm: Floats
    """Of the planes, increasing. Shape ``(plane,)``. [mm]"""
    lower_mm: Floats
    """Lower face of each slab. Shape ``(plane,)``. [mm]"""
    upper_mm: Floats
    """Upper face of each slab. Shape ``(plane,)``. [mm]"""
    polygons: tuple[tuple[Floats, ...], ...]
    """Vertices (u, v) of the polygons of each plane; even-odd. [mm]"""


def stack_contours(roi: Roi, slice_spacing_mm: float | None = None) -> ContourStack:
    """Sort a region's contours into planes.

    Every plane reaches half-way to its neighbours, but no further than half the plane spacing, the median distance of
    neighbouring planes (of two, the smaller): a gap between planes stays a gap.

    Parameters
    ----------
    roi
        A region drawn as contours, in any number of parallel planes of any orientation.
    slice_spacing_mm
        Distance of the slices it was drawn on; needed for a region on a single plane. [mm]

    Raises
    ------
    RegionFinding
        If there is no contour with an area, or a single plane and no slice spacing.
    GeometryError
        If the contours are not planar and parallel.
    """
    contours = [np.asarray(c.points_mm, dtype=np.float64) for c in roi.contours if len(c.points_mm) >= 3]
    frame = _plane_frame(contours, roi.name)
    local = [points @ frame[:3, :3].T for points in contours]
    spread = max(float(np.ptp(points[:, 2])) for points in local)
    if spread > PLANE_TOLERANCE_MM:
        raise GeometryError("planar contours in parallel planes", f"points lie {spread:.2f} mm off", roi.name)
    groups = _group_planes(local)
    heights = np.array([np.mean([points[:, 2].mean() for points in group]) for group in groups])
    lower, upper = _slabs(heights, slice_spacing_mm, roi.name)
    polygons = tuple(tuple(points[:, :2] for points in group) for group in groups)
    return ContourStack(frame, heights, lower, upper, polygons)


def exact_volume_ml(roi: Roi, slice_spacing_mm: float | None = None) -> float:
    """Volume of the drawn shape: area of each plane (even-odd, holes subtract) times the thickness of its slab. [ml]

    For a mask, the sum of its voxels.

    Raises
    ------
    RegionFinding, GeometryError
        As :func:`stack_contours`.
    """
    if roi.mask is not None and roi.mask_grid is not None:
        return int(np.count_nonzero(roi.mask)) * roi.mask_grid.voxel_volume_ml
    stack = stack_contours(roi, slice_spacing_mm)
    areas = np.array([even_odd_area(polygons) for polygons in stack.polygons])
    return float(areas @ (stack.upper_mm - stack.lower_mm)) / 1000.0


def contour_gaps(roi: Roi) -> int:
    """How many planes seem to be left out between the first and the last one (0 for a mask).

    Two separate parts leave a gap on purpose, a forgotten slice by mistake: the report tells the reader.
    """
    if roi.mask is not None:
        return 0
    groups = stack_contours(roi, slice_spacing_mm=1.0).heights_mm
    if len(groups) < 2:
        return 0
    return int(np.sum(np.round(np.diff(groups) / _plane_spacing(groups)).clip(min=1) - 1))


def _plane_spacing(heights: Floats) -> float:
    """Lower median of the distances of neighbouring planes: one of them, so that it is no average with a gap. [mm]"""
    steps = np.sort(np.diff(heights))
    return float(steps[(steps.size - 1) // 2])


def _plane_frame(contours: Sequence[Floats], name: str) -> Floats:
    """Rotation with rows u, v and normal; the normal is the area vectors' common direction. Axial: u, v are x, y."""
    if not all(np.isfinite(points).all() for points in contours):
        raise GeometryError("finite contour points", "not-a-number came", name)
    vectors = np.array([_area_vector(points) for points in contours]).reshape(-1, 3)
    sizes = np.linalg.norm(vectors, axis=1)
    if not sizes.size or sizes.max() < 1e-6:
        raise RegionFinding("empty: no contour encloses an area")
    largest = vectors[int(np.argmax(sizes))]
    normal = np.sum(vectors * np.sign(vectors @ largest)[:, None], axis=0)
    axis = int(np.argmax(np.abs(normal)))
    normal = normal / np.linalg.norm(normal) * np.sign(normal[axis])
    if np.abs(normal - np.eye(3)[axis]).max() < 1e-4:  # drawn on the axes; the rest is rounding in the file
        normal = np.eye(3)[axis]
    first = np.eye(3)[(axis + 1) % 3]
    u = first - normal * (first @ normal)
    u = u / np.linalg.norm(u)
    frame = np.eye(4)
    frame[:3, :3] = [u, np.cross(normal, u), normal]
    return frame


def _area_vector(points: Floats) -> Floats:
    """Normal times area of a planar polygon. Shape ``(3,)``. [mm²]"""
    centred = points - points.mean(axis=0)
    vector: Floats = np.cross(centred, np.roll(centred, -1, axis=0)).sum(axis=0) / 2.0
    return vector


def _group_planes(local: Sequence[Floats]) -> list[list[Floats]]:
    ordered = sorted(local, key=lambda points: float(points[:, 2].mean()))
    groups = [[ordered[0]]]
    for points in ordered[1:]:
        if points[:, 2].mean() - groups[-1][-1][:, 2].mean() <= PLANE_TOLERANCE_MM:
            groups[-1].append(points)
        else:
            groups.append([points])
    return groups


def _slabs(heights: Floats, slice_spacing_mm: float | None, name: str) -> tuple[Floats, Floats]:
    if len(heights) > 1:
        spacing = _plane_spacing(heights)
    elif slice_spacing_mm is not None:
        spacing = slice_spacing_mm
    else:
        raise RegionFinding(f"drawn on a single plane: the thickness of {name} is not known without its slices")
    reach = np.minimum(np.diff(heights), spacing) / 2.0
    below = np.concatenate([[spacing / 2.0], reach])
    above = np.concatenate([reach, [spacing / 2.0]])
    return heights - below, heights + above


def contour_points(contours: Sequence[Contour]) -> Floats:
    """All vertices. Shape ``(n, 3)``. [mm]"""
    return np.concatenate([np.empty((0, 3))] + [np.asarray(c.points_mm, dtype=np.float64) for c in contours])


def extent_points(drawn: Roi) -> NDArray[np.float64]:
    """Contour vertices, or the centres of the mask's voxels. Shape ``(n, 3)``. [mm]"""
    if drawn.mask is not None and drawn.mask_grid is not None:
        return drawn.mask_grid.points(np.argwhere(drawn.mask)[:, ::-1].astype(np.float64))
    return contour_points(drawn.contours)

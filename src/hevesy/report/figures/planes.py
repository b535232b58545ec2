"""Slices and projections of images in patient coordinates, whatever way their voxels run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.domain import Grid, Image, Region
from hevesy.report.images import Plane

_AXES: dict[str, tuple[int, int, int]] = {"axial": (0, 1, 2), "coronal": (0, 2, 1), "sagittal": (1, 2, 0)}
"""Patient axes (0 to the left, 1 posterior, 2 superior): across the picture, up or down it, through it."""


@dataclass(frozen=True)
class Box:
    """A box along the patient axes. [mm]"""

    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @property
    def size(self) -> NDArray[np.float64]:
        """Edge lengths. Shape ``(3,)``. [mm]"""
        return self.high - self.low

    def joined(self, other: Box) -> Box:
        """The smallest box around both."""
        return Box(np.minimum(self.low, other.low), np.maximum(self.high, other.high))

    def within(self, other: Box) -> Box:
        """The part inside another box."""
        return Box(np.maximum(self.low, other.low), np.minimum(self.high, other.high))

    def grown(self, margin_mm: float) -> Box:
        """With a margin on every side."""
        return Box(self.low - margin_mm, self.high + margin_mm)


@dataclass(frozen=True)
class View:
    """A rectangle of one plane, as it is looked at."""

    plane: Plane
    box: Box
    position_mm: float

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, first row, last row in patient coordinates. [mm]"""
        across, along, _ = _AXES[self.plane]
        low, high = self.box.low, self.box.high
        return float(low[across]), float(high[across]), float(low[along]), float(high[along])

    def points(self, pitch_mm: float) -> NDArray[np.float64]:
        """Patient points of the picture's pixels. Shape ``(row, column, 3)``. [mm]"""
        across, along, through = _AXES[self.plane]
        left, right, first, last = self.extent
        columns = np.arange(left + pitch_mm / 2, right, pitch_mm)
        rows = np.arange(first + pitch_mm / 2, last, pitch_mm)
        points = np.empty((len(rows), len(columns), 3))
        points[..., across] = columns
        points[..., along] = rows[:, None]
        points[..., through] = self.position_mm
        return points


def sampled(values: NDArray[Any], grid: Grid, points_mm: NDArray[np.float64], outside: float) -> NDArray[np.float32]:
    """Values at patient points by linear interpolation.

    Parameters
    ----------
    values
        Shape ``(z, y, x)``.
    grid
        Their grid.
    points_mm
        Shape ``(..., 3)``. [mm]
    outside
        What to give outside the grid.

    Returns
    -------
    Values. Shape ``(...)``.
    """
    indices = np.moveaxis(grid.indices(points_mm)[..., ::-1], -1, 0)
    source = np.asarray(values.view(np.uint8) if values.dtype == bool else values)
    result = np.empty(indices.shape[1:], dtype=np.float32)
    ndimage.map_coordinates(
        source, indices, output=result, order=1, mode="nearest" if outside else "grid-constant", prefilter=False
    )
    if outside != 0:
        limit = np.array(grid.shape).reshape(3, *[1] * (indices.ndim - 1))
        result[((indices < -0.5) | (indices > limit - 0.5)).any(axis=0)] = outside
    return result


def box_of(grid: Grid) -> Box:
    """Box around all voxels of a grid."""
    z, y, x = grid.shape
    corners = np.array([[i, j, k] for i in (-0.5, x - 0.5) for j in (-0.5, y - 0.5) for k in (-0.5, z - 0.5)])
    points = grid.points(corners)
    return Box(points.min(axis=0), points.max(axis=0))


def box_where(mask: NDArray[np.bool_], grid: Grid) -> Box | None:
    """Box around the voxels of a mask; None for an empty one."""
    ranges = []
    for axis in range(3):
        found = np.flatnonzero(mask.any(axis=tuple(other for other in range(3) if other != axis)))
        if found.size == 0:
            return None
        ranges.append((found[0] - 0.5, found[-1] + 0.5))
    corners = np.array([[i, j, k] for i in ranges[2] for j in ranges[1] for k in ranges[0]])
    points = grid.points(corners)
    return Box(points.min(axis=0), points.max(axis=0))


def field_slices(grid: Grid, box: Box) -> tuple[slice, slice, slice]:
    """The part of an array ``(z, y, x)`` on a grid that a box along the patient axes touches."""
    corners = np.array([[x, y, z] for x in _ends(box, 0) for y in _ends(box, 1) for z in _ends(box, 2)])
    indices = grid.indices(corners)[:, ::-1]
    low = np.clip(np.floor(indices.min(axis=0)), 0, None).astype(int)
    high = np.clip(np.ceil(indices.max(axis=0)) + 1, 0, None).astype(int)
    return slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2])


def _ends(box: Box, axis: int) -> tuple[float, float]:
    return float(box.low[axis]), float(box.high[axis])


def middle_of(region: Region) -> NDArray[np.float64] | None:
    """Centre of the region's voxel that lies nearest to its centroid; None for an empty region. Shape ``(3,)``. [mm]"""
    voxels = np.argwhere(region.mask)
    if len(voxels) == 0:
        return None
    spacing = np.array(region.grid.spacing_mm)[::-1]
    nearest = np.argmin((((voxels - voxels.mean(axis=0)) * spacing) ** 2).sum(axis=1))
    return region.grid.points(voxels[nearest][::-1].astype(float))


def place_of_maximum(image: Image) -> NDArray[np.float64]:
    """Centre of the voxel with the largest value. Shape ``(3,)``. [mm]"""
    z, y, x = np.unravel_index(int(np.argmax(image.values)), image.grid.shape)
    return image.grid.points(np.array([x, y, z], dtype=float))


def _along_patient_axes(direction: NDArray[np.float64]) -> bool:
    return bool(np.allclose(np.abs(direction).max(axis=0), 1.0, atol=1e-4))


def upright(values: NDArray[Any], grid: Grid) -> tuple[NDArray[Any], Grid]:
    """The same values on voxels that run to the left, posterior and superior.

    Turned and mirrored without interpolation where the voxels run along the patient axes, otherwise interpolated
    linearly on a grid of the finest spacing.

    Returns
    -------
    Values. Shape ``(z, y, x)``; and their grid, with identity direction.
    """
    direction = grid.direction_matrix
    box = box_of(grid)
    if _along_patient_axes(direction):
        index_axis = [int(np.argmax(np.abs(direction[patient]))) for patient in range(3)]
        turned = values.transpose([2 - index_axis[patient] for patient in (2, 1, 0)])
        backwards = [direction[patient, index_axis[patient]] < 0 for patient in (2, 1, 0)]
        turned = turned[tuple(slice(None, None, -1 if flip else 1) for flip in backwards)]
        spacing = np.array([grid.spacing_mm[axis] for axis in index_axis])
    else:
        spacing = np.full(3, min(grid.spacing_mm))
        ticks = [np.arange(low + s / 2, high, s) for low, high, s in zip(box.low, box.high, spacing, strict=True)]
        z, y, x = np.meshgrid(ticks[2], ticks[1], ticks[0], indexing="ij")
        turned = sampled(np.asarray(values), grid, np.stack([x, y, z], axis=-1), 0.0)
    origin = box.low + spacing / 2
    return turned, Grid(
        shape=(turned.shape[0], turned.shape[1], turned.shape[2]),
        spacing_mm=(float(spacing[0]), float(spacing[1]), float(spacing[2])),
        origin_mm=(float(origin[0]), float(origin[1]), float(origin[2])),
        frame_of_reference=grid.frame_of_reference,
    )


def same_voxels(a: Grid, b: Grid) -> bool:
    """Whether two grids have the same voxels in the same frame of reference."""
    return a.same_geometry(b) and a.frame_of_reference == b.frame_of_reference

"""Slices of two CTs before and after alignment, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.align.resample import resample_ct
from hevesy.align.working import AIR_HU
from hevesy.domain import Grid, Image, PointTransform

_PIXEL_MM = 2.0
_AXES = {
    "axial": (0, 1, (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    "coronal": (0, 2, (1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
}


@dataclass(frozen=True)
class OverlaySlice:
    """One slice of the fixed CT, and of the moving one before and after; the patient's left is on the right."""

    fixed: NDArray[np.float64]
    """Shape ``(row, column)``, square pixels. [HU]"""
    before: NDArray[np.float64]
    """The moving CT at the same patient coordinates. [HU]"""
    after: NDArray[np.float64]
    """The moving CT through the transform. [HU]"""
    pixel_mm: float
    position_mm: float
    """Of the slice along the patient axis across it. [mm]"""


def overlay_slices(fixed: Image, moving: Image, transform: PointTransform) -> dict[str, OverlaySlice]:
    """An axial and a coronal slice through the middle of the fixed CT's field of view.

    Rows run from front to back (axial) and from head to feet (coronal), columns from the patient's right to the left.

    Parameters
    ----------
    transform
        From points of the fixed frame to points of the moving frame.
    """
    slices = {}
    for name in _AXES:
        grid, position = _slice_grid(fixed.grid, name)
        shown = [
            resample_ct(image, grid, move, outside_hu=AIR_HU).values[0]
            for image, move in ((fixed, None), (moving, None), (moving, transform))
        ]
        slices[name] = OverlaySlice(shown[0], shown[1], shown[2], _PIXEL_MM, position)
    return slices


def _slice_grid(grid: Grid, name: str) -> tuple[Grid, float]:
    """A grid of one slice along the patient's axes through the middle of the field of view."""
    column_axis, row_axis, columns, rows = _AXES[name]
    z, y, x = grid.shape
    corners = grid.points(np.array([[i, j, k] for i in (0.0, x - 1) for j in (0.0, y - 1) for k in (0.0, z - 1)]))
    middle, size = (corners.min(axis=0) + corners.max(axis=0)) / 2, np.ptp(corners, axis=0)
    n_columns, n_rows = (int(size[axis] / _PIXEL_MM) + 1 for axis in (column_axis, row_axis))
    origin = middle - (
        np.array(columns) * (n_columns - 1) / 2 * _PIXEL_MM + np.array(rows) * (n_rows - 1) / 2 * _PIXEL_MM
    )
    direction = np.column_stack([columns, rows, np.cross(columns, rows)])
    axes = [(float(r[0]), float(r[1]), float(r[2])) for r in direction]
    slice_grid = Grid(
        (1, n_rows, n_columns),
        (_PIXEL_MM, _PIXEL_MM, _PIXEL_MM),
        (float(origin[0]), float(origin[1]), float(origin[2])),
        (axes[0], axes[1], axes[2]),
    )
    return slice_grid, float(middle[({0, 1, 2} - {column_axis, row_axis}).pop()])

"""Share of every voxel that lies inside a drawn region, and where its boundary runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hevesy.delineate.rasterise import rasterise
from hevesy.delineate.stack import extent_points
from hevesy.domain import Grid, PointTransform, Region, Roi
from hevesy.numerics.resample import block_mean
from hevesy.numerics.response import Box, part_at, trimmed
from hevesy.numerics.surface import area_density

SUBDIVISION = 3
"""Points per voxel along each axis."""
_FINE, _FINEST = 5, 8
_SMALL_ML = 20.0
"""The same where the shares are to be kept, and in small regions, whose surface is much of them."""


def voxel_shares(
    roi: Roi,
    grid: Grid,
    transform: PointTransform | None = None,
    *,
    slice_spacing_mm: float | None = None,
    subdivision: int = SUBDIVISION,
) -> NDArray[np.float32]:
    """Share of every voxel inside a region, from evenly spread points, each inside or not as a voxel's centre is.

    Parameters
    ----------
    roi
        Contours or a mask.
    grid
        Voxels to be filled.
    transform
        From points of the grid to points of the region; None where both are in one frame of reference.
    slice_spacing_mm
        Distance of the slices the region was drawn on; needed for contours on a single plane. [mm]
    subdivision
        Points per voxel along each axis.

    Returns
    -------
    0 to 1. Shape ``(z, y, x)``.

    Raises
    ------
    RegionFinding
        If nothing is drawn.
    GeometryError
        If contours are not planar and parallel.
    """
    shares = np.zeros(grid.shape, dtype=np.float32)
    box, inside = _points(roi, grid, transform, slice_spacing_mm, subdivision)
    shares[box] = block_mean(inside, (subdivision, subdivision, subdivision))
    return shares


def with_share(
    region: Region, roi: Roi, *, transform: PointTransform | None = None, slice_spacing_mm: float | None = None
) -> Region:
    """A region with the share of every voxel that lies inside, and the area of its boundary there.

    Parameters
    ----------
    region
        From :func:`hevesy.delineate.draw_region`.
    roi, transform, slice_spacing_mm
        As it was drawn with.

    Raises
    ------
    RegionFinding
        If nothing is drawn.
    GeometryError
        If contours are not planar and parallel.
    """
    n = _FINE if region.exact_volume_ml > _SMALL_ML else _FINEST
    box, inside = _points(roi, region.grid, transform, slice_spacing_mm, n)
    sx, sy, sz = region.grid.spacing_mm
    share = trimmed(part_at(box, block_mean(inside, (n, n, n)).astype(np.float32)))
    return replace(region, share=share, surface=trimmed(part_at(box, area_density(inside, n, (sz, sy, sx)))))


def _points(
    roi: Roi, grid: Grid, transform: PointTransform | None, slice_spacing_mm: float | None, n: int
) -> tuple[Box, NDArray[np.bool_]]:
    """A box of voxels that holds the region, and which of the points in it, ``n`` along each axis, lie inside."""
    first, last = _reached(roi, grid, transform)
    if (last <= first).any():
        return (slice(0, 1), slice(0, 1), slice(0, 1)), np.zeros((n, n, n), dtype=np.bool_)
    z, y, x = (slice(int(a), int(b)) for a, b in zip(first[::-1], last[::-1], strict=True))
    fine = _subdivided(grid, first, last, n)
    return (z, y, x), rasterise(roi, fine, transform, slice_spacing_mm=slice_spacing_mm)


def _reached(roi: Roi, grid: Grid, transform: PointTransform | None) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """First voxel and the one after the last, along x, y, z, of the box that may hold the region."""
    points = extent_points(roi)
    if len(points) == 0:
        return np.zeros(3, dtype=int), np.zeros(3, dtype=int)
    position = grid.indices(points if transform is None else transform.inverse().apply(points))
    slack = 2.0 if roi.mask_grid is None else 2.0 + max(roi.mask_grid.spacing_mm) / min(grid.spacing_mm)
    size = np.array(grid.shape[::-1])
    first = np.clip(np.floor(position.min(axis=0) - slack), 0, size).astype(int)
    last = np.clip(np.ceil(position.max(axis=0) + slack) + 1, 0, size).astype(int)
    return first, last


def _subdivided(grid: Grid, first: NDArray[np.int_], last: NDArray[np.int_], n: int) -> Grid:
    """A part of the grid with every voxel cut into equal ones."""
    x, y, z = (int(k) for k in (last - first) * n)
    sx, sy, sz = grid.spacing_mm
    origin = grid.points(first.astype(np.float64) - 0.5 + 0.5 / n)
    return replace(
        grid,
        shape=(z, y, x),
        spacing_mm=(sx / n, sy / n, sz / n),
        origin_mm=(float(origin[0]), float(origin[1]), float(origin[2])),
    )

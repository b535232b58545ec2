"""Values of an image at the points of another grid, through any transform."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.domain import Deformation, Grid, PointTransform, RigidTransform
from hevesy.numerics.deformation import lattice_jacobian
from hevesy.numerics.resample import inverse, sample

Floats = NDArray[np.float64]
_EDGE = 1e-6


def index_map(grid: Grid, source: Grid, transform: RigidTransform | None) -> Floats:
    """From index on a grid to index on the source. Shape ``(4, 4)``."""
    to_source = np.eye(4) if transform is None else transform.array
    result: Floats = inverse(source.affine) @ to_source @ grid.affine
    return result


def sample_through(
    values: NDArray[Any],
    source: Grid,
    grid: Grid,
    transform: PointTransform | None,
    *,
    subsamples: tuple[int, int, int] = (1, 1, 1),
) -> tuple[Floats, NDArray[np.bool_]]:
    """Values at the voxels of a grid, linear between those of the source.

    Parameters
    ----------
    values
        On the source. Shape ``(z, y, x)``.
    transform
        From points of the grid to points of the source; None where both are in one frame of reference.
    subsamples
        Evenly spread points per voxel along ``(z, y, x)``, averaged.

    Returns
    -------
    Values, 0 outside the source, and whether all points of the voxel were inside. Both ``(z, y, x)``.
    """
    if not isinstance(transform, Deformation):
        return sample(values, index_map(grid, source, transform), grid.shape, subsamples=subsamples)
    total, covered = np.zeros(grid.shape), np.ones(grid.shape, dtype=bool)
    offsets = list(itertools.product(*((np.arange(n) + 0.5) / n - 0.5 for n in subsamples)))
    for dz, dy, dx in offsets:
        indices = source.indices(transform.apply(lattice_points(grid, (dx, dy, dz))))
        within = ((indices >= -0.5 - _EDGE) & (indices <= np.array(source.shape[::-1]) - 0.5 + _EDGE)).all(axis=-1)
        coordinates = np.moveaxis(indices, -1, 0)[::-1]
        total += within * ndimage.map_coordinates(values, coordinates, output=np.float64, order=1, mode="nearest")
        covered &= within
    return total / len(offsets), covered


def lattice_points(grid: Grid, offset_xyz: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Floats:
    """Patient points of all voxels. Shape ``(z, y, x, 3)``. [mm]"""
    z, y, x = (np.arange(n, dtype=np.float64) for n in grid.shape)
    k, j, i = np.meshgrid(z, y, x, indexing="ij")
    return grid.points(np.stack([i, j, k], axis=-1) + np.array(offset_xyz))


def jacobian_on(grid: Grid, transform: Deformation) -> Floats:
    """How much the transform swells every voxel of a grid: volume after over before. Shape ``(z, y, x)``."""
    handed = float(np.sign(np.linalg.det(grid.direction_matrix)))
    return lattice_jacobian(transform.apply(lattice_points(grid)), handed * grid.voxel_volume_ml * 1000.0)

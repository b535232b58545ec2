"""What the voxels of the dose map consist of."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.align import resample_ct
from hevesy.domain import Grid, Image, Quantity
from hevesy.numerics.resample import block_mean
from hevesy.physdata import checked_ct_numbers, density_and_media, material
from hevesy.transport.mc import Outside, VoxelGeometry
from hevesy.workflow.engines import UsedCtCurve

TISSUE = "average soft tissue"
"""Medium of what no CT tells."""
_AIR_HU = -1000.0
_TELLING_SHARE = 0.01
_FINER = 2.0
"""A CT is averaged to voxels of at most the map's over this before it is interpolated."""


@dataclass(frozen=True)
class MapMatter:
    """Density and medium of the voxels of the map."""

    geometry: VoxelGeometry
    findings: tuple[str, ...]


def _voxels(grid: Grid, density: NDArray[np.floating]) -> VoxelGeometry:
    x, y, z = grid.spacing_mm
    media = np.zeros(grid.shape, dtype=np.uint8)
    edges = (x / 10.0, y / 10.0, z / 10.0)
    return VoxelGeometry(edges, media, density.astype(np.float32), (material(TISSUE),), Outside.VACUUM)


def matter_of_regions(grid: Grid, density_g_ml: NDArray[np.float64]) -> MapMatter:
    """Average soft tissue of the densities that the study states. Shape ``(z, y, x)``. [g/ml]"""
    return MapMatter(_voxels(grid, density_g_ml), ())


def matter_of_ct(ct: Image, grid: Grid, used: UsedCtCurve, source: Image) -> MapMatter:
    """Density and medium from a CT in the frame of reference of the map.

    CT numbers are averaged over the voxels of the map. Where the CT does not reach is air; a finding says so where the
    activity there tells.

    Parameters
    ----------
    ct
        [HU]
    grid
        Of the map.
    used
        Density over CT number.
    source
        Time-integrated activity on the grid. [Bq s/ml]

    Raises
    ------
    InputError
        If CT numbers lie outside the curve and are not accepted.
    """
    numbers, notes = checked_ct_numbers(ct.values, used.curve, accepted=used.accepted)
    moved = resample_ct(_coarser(replace(ct, values=numbers), grid), grid, outside_hu=np.nan).values
    outside = np.isnan(moved)
    matter = density_and_media(np.where(outside, _AIR_HU, moved), used.curve, accepted=used.accepted)
    geometry = replace(
        _voxels(grid, matter.density_g_ml),
        media=matter.media,
        materials=matter.materials,
    )
    total = float(source.values.sum())
    beyond = float(source.values[outside].sum()) / total if total > 0 else 0.0
    if beyond > _TELLING_SHARE:
        notes += (f"the CT does not reach where {beyond:.0%} of the decays are: the dose map takes air there",)
    return MapMatter(geometry, notes)


def _coarser(ct: Image, grid: Grid) -> Image:
    """Blocks of voxels averaged, still finer than the grid; the last ones filled up with their neighbours."""
    wanted = min(grid.spacing_mm) / _FINER
    fz, fy, fx = (max(1, int(wanted / spacing)) for spacing in reversed(ct.grid.spacing_mm))
    if (fz, fy, fx) == (1, 1, 1):
        return ct
    missing = [-n % f for n, f in zip(ct.grid.shape, (fz, fy, fx), strict=True)]
    values = np.pad(ct.values, [(0, more) for more in missing], mode="edge")
    z, y, x = values.shape
    coarse = replace(ct.grid, shape=(z, y, x)).coarsened((fz, fy, fx))
    return Image(coarse, block_mean(values, (fz, fy, fx)), Quantity.CT_NUMBER)

"""Phantoms on voxels: labels at voxel centres and the share of each voxel that a solid fills."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.domain import Grid
from hevesy.physdata.phantoms.phantom import LPS_MM_FROM_PHANTOM_CM, Phantom
from hevesy.physdata.phantoms.solids import AbstractSolid, transformed

_Slices = tuple[slice, slice, slice]
_WHOLLY_SAMPLED = 40_000
"""Blocks of at most this many voxels are sampled throughout: a small solid may miss every voxel centre."""
_POINTS_AT_ONCE = 200_000


@dataclass(frozen=True)
class VoxelPhantom:
    """A phantom on a grid."""

    grid: Grid
    names: tuple[str, ...]
    """Organs; label n is ``names[n - 1]``, 0 is outside."""
    labels: NDArray[np.int16]
    """Organ at each voxel centre. Shape ``(z, y, x)``."""
    fractions: dict[str, NDArray[np.float32]]
    """Share of each voxel that an organ owns; they add up to at most 1. Shape ``(z, y, x)``."""


def voxelise(
    phantom: Phantom, grid: Grid, supersample: int, placement: NDArray[np.float64] = LPS_MM_FROM_PHANTOM_CM
) -> VoxelPhantom:
    """Put a phantom on voxels.

    Parameters
    ----------
    phantom
        Where organs overlap, the earlier one owns the place.
    grid
        Voxels in patient coordinates. [mm]
    supersample
        Points per axis in voxels at a boundary.
    placement
        From phantom [cm] to patient [mm] coordinates. Shape ``(4, 4)``.
    """
    placed = [transformed(organ.solid, placement) for organ in phantom.organs]
    owned = {o.name: transformed(phantom.exclusive(o.name), placement) for o in phantom.organs}
    return VoxelPhantom(
        grid,
        tuple(owned),
        label_map(placed, grid),
        {name: fractions(solid, grid, supersample=supersample) for name, solid in owned.items()},
    )


def label_map(solids: Sequence[AbstractSolid], grid: Grid) -> NDArray[np.int16]:
    """Number of the first solid (1, 2, ...) that holds each voxel centre, 0 for none. Shape ``(z, y, x)``."""
    labels = np.zeros(grid.shape, dtype=np.int16)
    for number, solid in enumerate(solids, start=1):
        block = block_of(solid, grid)
        if block is not None:
            view = labels[block]
            free = np.argwhere(view == 0)
            view[tuple(free[_contained(solid, grid, free, block)].T)] = number
    return labels


def fractions(solid: AbstractSolid, grid: Grid, *, supersample: int) -> NDArray[np.float32]:
    """Share of each voxel that a solid fills. Shape ``(z, y, x)``.

    Voxels whose centre and whose six neighbours' centres agree are taken as full or empty; the others are sampled at
    ``supersample`` points per axis.
    """
    shares = np.zeros(grid.shape, dtype=np.float32)
    block = block_of(solid, grid)
    if block is None:
        return shares
    size = tuple(s.stop - s.start for s in block)
    view = shares[block]
    if int(np.prod(size)) <= _WHOLLY_SAMPLED:
        open_voxels = np.argwhere(np.ones(size, dtype=bool))
    else:
        everywhere = np.argwhere(np.ones(size, dtype=bool))
        inside = _contained(solid, grid, everywhere, block).reshape(size)
        view[...] = inside
        mixed = ndimage.binary_dilation(inside) & ~ndimage.binary_erosion(inside, border_value=1)
        open_voxels = np.argwhere(mixed)
    view[tuple(open_voxels.T)] = _sampled(solid, grid, open_voxels, block, supersample)
    return shares


def block_of(solid: AbstractSolid, grid: Grid) -> _Slices | None:
    """Voxels that a solid can touch, as slices ``(z, y, x)``; None if it lies outside the grid."""
    low, high = np.array(solid.bounds)
    corners = np.array(list(itertools.product(*zip(low, high, strict=True))))
    indices = grid.indices(corners)
    first = np.maximum(np.floor(indices.min(axis=0) - 0.5).astype(int), 0)
    last = np.minimum(np.ceil(indices.max(axis=0) + 0.5).astype(int) + 1, grid.shape[::-1])
    if (last <= first).any():
        return None
    x, y, z = (slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
    return z, y, x


def _contained(
    solid: AbstractSolid,
    grid: Grid,
    voxels_zyx: NDArray[Any],
    block: _Slices,
) -> NDArray[np.bool_]:
    start = np.array([s.start for s in block])
    return solid.contains(grid.points((voxels_zyx + start)[:, ::-1]))


def _sampled(
    solid: AbstractSolid, grid: Grid, voxels_zyx: NDArray[Any], block: _Slices, supersample: int
) -> NDArray[np.float32]:
    offsets = (np.arange(supersample) + 0.5) / supersample - 0.5
    shifts = np.array(list(itertools.product(offsets, repeat=3)))
    hits = np.zeros(len(voxels_zyx), dtype=np.int64)
    at_once = max(_POINTS_AT_ONCE // max(len(voxels_zyx), 1), 1)
    for first in range(0, len(shifts), at_once):
        some = shifts[first : first + at_once, np.newaxis]
        inside = _contained(solid, grid, (voxels_zyx + some).reshape(-1, 3), block)
        hits += inside.reshape(len(some), -1).sum(axis=0)
    return (hits / len(shifts)).astype(np.float32)

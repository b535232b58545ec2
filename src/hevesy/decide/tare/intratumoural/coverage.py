"""How well a dose map covers a tumour after an injection into it: volume histogram, and where it stays cold."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.domain import Grid
from hevesy.errors import InputError

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Point = tuple[float, float, float]


@dataclass(frozen=True)
class ColdSpot:
    """Neighbouring voxels of a tumour below the prescribed dose."""

    volume_ml: float
    """[ml]"""
    centre_mm: Point
    """Centre of its volume in patient coordinates (LPS). [mm]"""
    lowest_gy: float
    """[Gy]"""
    lowest_at_mm: Point
    """Where that is (LPS). [mm]"""
    to_deposition_mm: float | None
    """From there to the nearest voxel with activity; None where there is none. [mm]"""


def share_covered(doses_gy: Floats, prescribed_gy: float) -> float:
    """Share of the voxels that get at least a dose; V100 as a ratio.

    Raises
    ------
    InputError
        If there are no voxels.
    """
    _require(doses_gy)
    return float(np.count_nonzero(doses_gy >= prescribed_gy)) / doses_gy.size


def dose_covering(doses_gy: Floats, share: float) -> float:
    """Largest dose that at least a share of the voxels get: D90 for 0.9. [Gy]

    Raises
    ------
    InputError
        If there are no voxels.
    ValueError
        If the share is not above zero and at most one.
    """
    _require(doses_gy)
    if not 0.0 < share <= 1.0:
        raise ValueError(f"expected a share above 0 and up to 1, but {share:g} came")
    rank = doses_gy.size - math.ceil(share * doses_gy.size - 1e-9)
    return float(np.partition(doses_gy, rank)[rank])


def volume_histogram(doses_gy: Floats, levels_gy: Floats) -> Floats:
    """Cumulative dose-volume histogram.

    Parameters
    ----------
    doses_gy
        Of the voxels. Shape ``(n,)``. [Gy]
    levels_gy
        Where it is wanted. Shape ``(level,)``. [Gy]

    Returns
    -------
    Share of the volume that gets at least as much. Shape ``(level,)``.

    Raises
    ------
    InputError
        If there are no voxels.
    """
    _require(doses_gy)
    above: Floats = 1.0 - np.searchsorted(np.sort(doses_gy), levels_gy, side="left") / doses_gy.size
    return above


def cold_spots(dose_gy: Floats, tumour: Mask, prescribed_gy: float, deposited: Mask, grid: Grid) -> list[ColdSpot]:
    """Parts of a tumour below the prescribed dose, the largest first; voxels that share a face belong together.

    Parameters
    ----------
    dose_gy
        Shape ``(z, y, x)``. [Gy]
    tumour
        Shape ``(z, y, x)``.
    prescribed_gy
        [Gy]
    deposited
        Voxels with activity. Shape ``(z, y, x)``.
    grid
        Of all of them.
    """
    parts, _ = ndimage.label(tumour & (dose_gy < prescribed_gy))
    spacing = grid.spacing_mm[::-1]
    distance = ndimage.distance_transform_edt(~deposited, sampling=spacing) if deposited.any() else None
    found = []
    for number, box in enumerate(ndimage.find_objects(parts), start=1):
        inside = parts[box] == number
        voxels = np.argwhere(inside) + [part.start for part in box]
        lowest = voxels[int(np.argmin(dose_gy[tuple(voxels.T)]))]
        found.append(
            ColdSpot(
                volume_ml=len(voxels) * grid.voxel_volume_ml,
                centre_mm=_point(grid, voxels.mean(axis=0)),
                lowest_gy=max(float(dose_gy[tuple(lowest)]), 0.0),
                lowest_at_mm=_point(grid, lowest),
                to_deposition_mm=None if distance is None else float(distance[tuple(lowest)]),
            )
        )
    return sorted(found, key=lambda spot: (-spot.volume_ml, spot.lowest_gy, spot.centre_mm))


def _point(grid: Grid, voxel_zyx: NDArray[np.floating] | NDArray[np.integer]) -> Point:
    x, y, z = grid.points(np.asarray(voxel_zyx, dtype=np.float64)[::-1])
    return float(x), float(y), float(z)


def _require(doses_gy: Floats) -> None:
    if not doses_gy.size:
        raise InputError("voxels of a tumour", "none came", "coverage")

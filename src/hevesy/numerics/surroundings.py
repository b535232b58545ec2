"""What lies around shapes: near each of them, and the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.numerics.response import Part, part_of


def surroundings(
    shares: Sequence[Part], body: NDArray[np.bool_], spacing: tuple[float, float, float], reach_mm: float
) -> tuple[tuple[Part, ...], Part]:
    """Divide what no shape covers.

    Parameters
    ----------
    shares
        Share of each voxel in each shape.
    body
        Voxels that can hold activity. Shape ``(z, y, x)``.
    spacing
        Along ``(z, y, x)``. [mm]
    reach_mm
        A voxel within this distance belongs to the surroundings of the nearest shape. [mm]

    Returns
    -------
    The surroundings of every shape (perhaps empty), and the rest of the body.
    """
    free = np.where(body, np.float32(1.0), np.float32(0.0))
    nearest = np.full(body.shape, -1, dtype=np.int32)
    most = np.zeros(body.shape, dtype=np.float32)
    for n, share in enumerate(shares):
        free[share.box] -= share.values
        here = share.values > np.maximum(most[share.box], 0.5)
        nearest[share.box][here] = n
        most[share.box] = np.maximum(most[share.box], share.values)
    np.clip(free, 0.0, 1.0, out=free)
    if (nearest < 0).all():
        return tuple(part_of(np.zeros_like(free)) for _ in shares), part_of(free)
    found: tuple[NDArray[np.float64], NDArray[np.int32]] = ndimage.distance_transform_edt(
        nearest < 0, sampling=spacing, return_indices=True
    )
    distance, indices = found
    owner = np.where(distance <= reach_mm, nearest[tuple(indices)], -1)
    return tuple(part_of(free * (owner == n)) for n in range(len(shares))), part_of(free * (owner < 0))

"""Where the medium is uniform within the range of electrons."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled

Floats = NDArray[np.float64]

TOLERANCE = 0.05
"""Stopping power per length that counts as the same, relative to the source voxel's."""
FARTHEST = 6
"""Voxels along an axis within which the range must end."""


def uniform_within(
    stopping: Floats, sources: NDArray[np.bool_], spacing_cm: tuple[float, float, float], range_g_cm2: float
) -> NDArray[np.bool_]:
    """The source voxels from which electrons reach nothing of another stopping power than their own voxel's.

    Parameters
    ----------
    stopping
        Water-equivalent density: the density times the mass stopping power relative to water's; zero in vacuum.
        Shape ``(z, y, x)``. [g/ml]
    sources
        Voxels to judge. Shape ``(z, y, x)``.
    spacing_cm
        Edges of a voxel ``(x, y, z)``. [cm]
    range_g_cm2
        Range in water. [g/cm2]

    Returns
    -------
    True where every voxel nearer than the range has a stopping power within ``TOLERANCE`` of the source voxel's, and
    none lies outside the grid. A range of more than ``FARTHEST`` voxels counts as not uniform. Shape ``(z, y, x)``.
    """
    out = np.zeros(stopping.shape, dtype=np.bool_)
    _judge(stopping, sources, np.array(spacing_cm), range_g_cm2, out)
    return out


def reach(spacing_cm: tuple[float, float, float], range_cm: float) -> tuple[int, int, int]:
    """Voxels ``(x, y, z)`` that a distance can lead away from a voxel."""
    x, y, z = (math.ceil(range_cm / spacing) for spacing in spacing_cm)
    return x, y, z


@compiled
def _judge(
    stopping: Floats, sources: NDArray[np.bool_], spacing: Floats, range_g_cm2: float, out: NDArray[np.bool_]
) -> None:
    n_z, n_y, n_x = stopping.shape
    for z in range(n_z):
        for y in range(n_y):
            for x in range(n_x):
                if sources[z, y, x] and stopping[z, y, x] > 0.0:
                    out[z, y, x] = _same(stopping, (x, y, z), spacing, range_g_cm2 / stopping[z, y, x])


@compiled
def _same(stopping: Floats, place: tuple[int, int, int], spacing: Floats, distance: float) -> bool:
    n_z, n_y, n_x = stopping.shape
    x, y, z = place
    if distance > FARTHEST * min(spacing[0], spacing[1], spacing[2]):
        return False
    k_x, k_y, k_z = math.ceil(distance / spacing[0]), math.ceil(distance / spacing[1]), math.ceil(distance / spacing[2])
    if x < k_x or y < k_y or z < k_z or x + k_x >= n_x or y + k_y >= n_y or z + k_z >= n_z:
        return False
    own = stopping[z, y, x]
    for k in range(-k_z, k_z + 1):
        gap_z = max(abs(k) - 1, 0) * spacing[2]
        for j in range(-k_y, k_y + 1):
            gap_y = max(abs(j) - 1, 0) * spacing[1]
            for i in range(-k_x, k_x + 1):
                gap_x = max(abs(i) - 1, 0) * spacing[0]
                near = gap_x * gap_x + gap_y * gap_y + gap_z * gap_z < distance * distance
                if near and abs(stopping[z + k, y + j, x + i] - own) > TOLERANCE * own:
                    return False
    return True

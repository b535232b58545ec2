"""Share of what a shell around a point receives that falls into each voxel, where the point is anywhere in a voxel."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled

Floats = NDArray[np.float64]

_STEPS = np.array([1.2207440846057596**-k for k in (1, 2, 3)])
"""Even fillings of the cube: the root is that of x**4 = x + 1."""


def shell_shares(
    edges: Floats, spacing: tuple[float, float, float], reach: tuple[int, int, int], points: int
) -> Floats:
    """Shares of spherical shells in the voxels around a source that is uniform in its voxel.

    A displacement of a certain vector takes a uniform voxel into eight voxels at most, with shares that are exact; the
    mean is taken over directions and over radii within each shell, evenly in volume, at points that fill both evenly.

    Parameters
    ----------
    edges
        Radii of the shells. Shape ``(shell + 1,)``.
    spacing
        Edges of a voxel ``(x, y, z)``, in the unit of the radii.
    reach
        Voxels away ``(x, y, z)`` that are counted; what falls beyond is lost.
    points
        Points per shell.

    Returns
    -------
    Shares of one octant, of which the others are mirror images: the share of one voxel. Shape ``(shell, z, y, x)``.
    """
    out = np.zeros((len(edges) - 1, reach[2] + 1, reach[1] + 1, reach[0] + 1))
    _fill(edges, np.array(spacing), points, _STEPS, out)
    for axis in (1, 2, 3):
        mirrored: list[slice] = [slice(None)] * 4
        mirrored[axis] = slice(1, None)
        out[tuple(mirrored)] *= 0.5
    return out


@compiled
def _fill(edges: Floats, spacing: Floats, points: int, steps: Floats, out: Floats) -> None:
    for shell in range(edges.size - 1):
        inner, outer = edges[shell] ** 3, edges[shell + 1] ** 3
        for i in range(points):
            u, v, w = (i + 0.5) * steps[0] % 1.0, (i + 0.5) * steps[1] % 1.0, (i + 0.5) * steps[2] % 1.0
            radius = (inner + u * (outer - inner)) ** (1.0 / 3.0)
            sine = math.sqrt(1.0 - v * v)
            x = radius * sine * math.cos(0.5 * math.pi * w) / spacing[0]
            y = radius * sine * math.sin(0.5 * math.pi * w) / spacing[1]
            z = radius * v / spacing[2]
            i_x, i_y, i_z = int(x), int(y), int(z)
            for d in range(8):
                j_x, j_y, j_z = i_x + (d & 1), i_y + (d >> 1 & 1), i_z + (d >> 2 & 1)
                share = (1.0 - abs(x - j_x)) * (1.0 - abs(y - j_y)) * (1.0 - abs(z - j_z)) / points
                if j_z < out.shape[1] and j_y < out.shape[2] and j_x < out.shape[3]:
                    out[shell, j_z, j_y, j_x] += share

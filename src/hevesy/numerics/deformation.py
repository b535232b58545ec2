"""Displacement fields on a regular lattice: values between its points, and how much they swell space.

Fields have shape ``(z, y, x, 3)``; their vectors, like points, are ``(x, y, z)``.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def field_at(field: Floats, indices_xyz: Floats) -> Floats:
    """Vectors of a field at fractional indices, linear between its points; beyond its border it goes on as it ends.

    Parameters
    ----------
    field
        Shape ``(z, y, x, 3)``.
    indices_xyz
        Shape ``(..., 3)``.

    Returns
    -------
    Shape ``(..., 3)``.
    """
    coordinates = np.moveaxis(indices_xyz, -1, 0)[::-1]
    parts = [scipy.ndimage.map_coordinates(field[..., n], coordinates, order=1, mode="nearest") for n in range(3)]
    return np.stack(parts, axis=-1)


def lattice_jacobian(points: Floats, voxel_volume: float) -> Floats:
    """Determinant of the derivative of a map, from where it carries the points of a lattice (central differences).

    Parameters
    ----------
    points
        Images of the lattice's points. Shape ``(z, y, x, 3)``, at least two along each axis. [mm]
    voxel_volume
        Of the lattice. [mm³]

    Returns
    -------
    Volume after over volume before; negative where the map folds. Right-handed lattices only. Shape ``(z, y, x)``.
    """
    along = [np.gradient(points, axis=axis) for axis in (2, 1, 0)]
    determinant: Floats = np.linalg.det(np.stack(along, axis=-1)) / voxel_volume
    return determinant


def inverted(field: Floats, start: Floats, index_matrix: Floats, *, iterations: int = 30) -> Floats:
    r"""The field that leads back, by fixed-point iteration of :math:`v(q) = -u(q + v(q))`.

    It converges where the field's derivatives are smaller than 1.

    Parameters
    ----------
    field
        Shape ``(z, y, x, 3)``. [mm]
    start
        Points of the lattice. Shape ``(z, y, x, 3)``. [mm]
    index_matrix
        From point to index ``(x, y, z)`` of the lattice. Shape ``(4, 4)``.
    iterations
        How many.
    """
    back = -field
    for _ in range(iterations):
        indices = (start + back) @ index_matrix[:3, :3].T + index_matrix[:3, 3]
        back = -field_at(field, indices)
    return back

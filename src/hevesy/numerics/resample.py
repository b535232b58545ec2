"""Values of one regular lattice at the points of another, related by an affine map of indices.

Arrays are ``(z, y, x)``; index maps are homogeneous 4 x 4 matrices of indices ``(x, y, z)``. A lattice covers its
voxels entirely: indices from -1/2 to n - 1/2 along each axis are inside.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]
Shape = tuple[int, int, int]

_EDGE = 1e-6  # a centre this close to the face of a lattice is inside [voxels]


def block_mean(values: NDArray[Any], factors: Shape) -> Floats:
    """Average blocks of voxels; incomplete blocks at the far ends are left out.

    Parameters
    ----------
    values
        Shape ``(z, y, x)``.
    factors
        Voxels per block along ``(z, y, x)``.

    Returns
    -------
    Shape ``(z // fz, y // fy, x // fx)``.
    """
    fz, fy, fx = factors
    z, y, x = (n // f for n, f in zip(values.shape, factors, strict=True))
    blocks = values[: z * fz, : y * fy, : x * fx].reshape(z, fz, y, fy, x, fx)
    means: Floats = blocks.mean(axis=(1, 3, 5), dtype=np.float64)
    return means


def sample(
    values: NDArray[Any], index_map: Floats, shape: Shape, *, nearest: bool = False, subsamples: Shape = (1, 1, 1)
) -> tuple[Floats, NDArray[np.bool_]]:
    """Values at the points of a target lattice.

    Parameters
    ----------
    values
        On the source lattice. Shape ``(z, y, x)``.
    index_map
        From target index to source index. Shape ``(4, 4)``.
    shape
        Of the target lattice ``(z, y, x)``.
    nearest
        Take the nearest voxel; linear interpolation otherwise.
    subsamples
        Evenly spread points per target voxel along ``(z, y, x)``, averaged: for targets coarser than the source.

    Returns
    -------
    Values, 0 outside the source lattice, and whether all points of the target voxel were inside. Both ``(z, y, x)``.
    """
    total = np.zeros(shape)
    covered = np.ones(shape, dtype=bool)
    offsets = list(itertools.product(*((np.arange(n) + 0.5) / n - 0.5 for n in subsamples)))
    for dz, dy, dx in offsets:
        shifted = index_map @ _translation(dx, dy, dz)
        matrix, offset = shifted[:3, :3][::-1, ::-1], shifted[:3, 3][::-1]
        within = contained(values.shape, shifted, shape)
        total += within * ndimage.affine_transform(
            values, matrix, offset, output_shape=shape, output=np.float64, order=0 if nearest else 1, mode="nearest"
        )
        covered &= within
    return total / len(offsets), covered


def contained(source_shape: tuple[int, ...], index_map: Floats, shape: Shape) -> NDArray[np.bool_]:
    """Whether the points of a target lattice lie within the source lattice. Shape ``(z, y, x)``."""
    within = np.ones(shape, dtype=bool)
    for axis, size in enumerate(reversed(source_shape)):
        position = lattice_coordinate(index_map[axis], shape)
        within &= (position >= -0.5 - _EDGE) & (position <= size - 0.5 + _EDGE)
    return within


def overlap_fraction(other_shape: Shape, index_map: Floats, shape: Shape) -> Floats:
    """Share of each voxel that lies within another lattice, exact where the axes are parallel and the spacings equal.

    Parameters
    ----------
    other_shape
        Of the other lattice ``(z, y, x)``.
    index_map
        From index on this lattice to index on the other.
    shape
        Of this lattice ``(z, y, x)``.
    """
    fraction = np.ones(shape)
    for axis, size in enumerate(reversed(other_shape)):
        position = lattice_coordinate(index_map[axis], shape)
        width = float(np.abs(index_map[axis, :3]).sum())
        low, high = position - width / 2, position + width / 2
        fraction *= np.clip((np.minimum(high, size - 0.5) - np.maximum(low, -0.5)) / width, 0.0, 1.0)
    return fraction


def lattice_coordinate(row: Floats, shape: Shape) -> Floats:
    """One affine coordinate ``row @ (x, y, z, 1)`` at every voxel. Shape ``(z, y, x)``."""
    z, y, x = (np.arange(n, dtype=np.float64) for n in shape)
    result: Floats = (row[2] * z)[:, None, None] + (row[1] * y)[None, :, None] + (row[0] * x + row[3])[None, None, :]
    return result


def inverse(matrix: Floats) -> Floats:
    """Inverse of a homogeneous matrix. Shape ``(4, 4)``."""
    return np.linalg.inv(matrix).astype(np.float64)


def _translation(x: float, y: float, z: float) -> Floats:
    matrix = np.eye(4)
    matrix[:3, 3] = (x, y, z)
    return matrix

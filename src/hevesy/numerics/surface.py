"""The area of a shape's boundary, from points inside and outside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def area_density(inside: NDArray[np.bool_], factor: int, spacing: tuple[float, float, float]) -> Floats:
    r"""Area of the boundary in each block of points over the block's volume.

    Along every axis the number of changes between inside and outside is the projected area, :math:`\int |n_k|\, dS`,
    whatever the steps in which the shape was drawn, and both faces of a thin part count. The area is the length of the
    three projections in each block: right where the boundary is flat within it, too small where it bends (4 % for a
    ball of 6 mm in blocks of 5 mm), too large where the shape's steps are as wide as the block (up to 6 %).

    Parameters
    ----------
    inside
        Points evenly spread, ``factor`` along each axis of a block; none inside in the outermost blocks. Shape
        ``(z, y, x)``.
    factor
        Points per block along each axis.
    spacing
        Of the blocks along ``(z, y, x)``. [mm]

    Returns
    -------
    Shape ``(z, y, x) // factor``. [1/mm]
    """
    projections = [_changes(inside, factor, axis, step) for axis, step in enumerate(spacing)]
    length: Floats = np.linalg.norm(projections, axis=0).astype(np.float32)
    return length


def _changes(inside: NDArray[np.bool_], factor: int, axis: int, step: float) -> Floats:
    """Changes along an axis in each block, half of each on either side of it, as a projected area. [1/mm]"""
    changed = np.diff(inside, axis=axis)
    before, after = [(0, 0)] * 3, [(0, 0)] * 3
    before[axis], after[axis] = (1, 0), (0, 1)
    counts = _block_sum(np.pad(changed, before), factor) + _block_sum(np.pad(changed, after), factor)
    area: Floats = (counts / (2.0 * factor**2 * step)).astype(np.float32)
    return area


def _block_sum(values: NDArray[np.bool_], factor: int) -> NDArray[np.int32]:
    z, y, x = (n // factor for n in values.shape)
    blocks = values.reshape(z, factor, y, factor, x, factor)
    counts: NDArray[np.int32] = blocks.sum(axis=5, dtype=np.uint8).sum(axis=(1, 3), dtype=np.int32)
    return counts

"""The outline of a mask of pixels, along the edges of the pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_Corner = tuple[int, int]
_STEPS = ((1, 0), (0, 1), (-1, 0), (0, -1))
"""Directions of edges, each a left turn from the one before."""


def voxel_outlines(mask: NDArray[np.bool_]) -> list[NDArray[np.float64]]:
    """Closed polygons along pixel edges that enclose exactly the pixels of a mask (even-odd, holes are polygons too).

    Pixels that only share a corner get polygons of their own. The area of the polygons, holes subtracted, is the number
    of pixels, and a pixel centre lies inside exactly where the mask is true.

    Parameters
    ----------
    mask
        Shape ``(row, column)``.

    Returns
    -------
    Corners of each polygon as ``(column, row)`` indices, pixel centres at whole numbers. Shapes ``(corner, 2)``.
    """
    edges = _edges(np.pad(mask, 1))
    found = []
    while edges:
        found.append(np.array(_loop(edges), dtype=np.float64) - 1.5)
    return found


def _edges(padded: NDArray[np.bool_]) -> dict[_Corner, set[int]]:
    """Directions of the boundary edges that leave each corner, pixels of the mask on their left."""
    leaving: dict[_Corner, set[int]] = {}
    offsets = ((0, 0), (1, 0), (1, 1), (0, 1))
    for direction, ((di, dj), (dx, dy)) in enumerate(zip(offsets, _STEPS, strict=True)):
        outside = np.roll(padded, (dx, -dy), axis=(0, 1))
        rows, columns = np.nonzero(padded & ~outside)
        for i, j in zip((columns + di).tolist(), (rows + dj).tolist(), strict=True):
            leaving.setdefault((i, j), set()).add(direction)
    return leaving


def _loop(edges: dict[_Corner, set[int]]) -> list[_Corner]:
    """Take one closed polygon out of the edges; corners only where it turns."""
    start = min(edges)
    corner, direction = start, min(edges[start])
    first, corners = direction, [start]
    while True:
        _remove(edges, corner, direction)
        corner = corner[0] + _STEPS[direction][0], corner[1] + _STEPS[direction][1]
        if corner == start and first not in edges.get(start, set()):
            return corners
        turned = next(d % 4 for d in (direction + 1, direction, direction + 3) if d % 4 in edges[corner])
        if turned != direction:
            corners.append(corner)
        direction = turned


def _remove(edges: dict[_Corner, set[int]], corner: _Corner, direction: int) -> None:
    edges[corner].remove(direction)
    if not edges[corner]:
        del edges[corner]

"""Planar polygons under the even-odd rule: which points lie inside, and the exact area.

A set of polygons is one shape: a point is inside when a ray from it crosses the outlines an odd number of times, so
that holes, islands in holes and keyhole outlines need no orientation. A point on an outline belongs to exactly one of
two shapes that share it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_Indices = NDArray[np.intp]


def outline_edges(polygons: Sequence[Floats]) -> Floats:
    """Edges of closed polygons as ``(x0, y0, x1, y1)`` with ``y0 < y1``; horizontal edges play no part.

    Parameters
    ----------
    polygons
        Vertices of each polygon, without repeating the first one. Shapes ``(n, 2)``.

    Returns
    -------
    Shape ``(edge, 4)``.
    """
    edges = np.concatenate([np.hstack([p, np.roll(p, -1, axis=0)]) for p in polygons] or [np.empty((0, 4))])
    edges = np.where((edges[:, 1] > edges[:, 3])[:, None], edges[:, [2, 3, 0, 1]], edges)
    rising: Floats = edges[edges[:, 1] < edges[:, 3]]
    return rising


def inside(points: Floats, edges: Floats) -> NDArray[np.bool_]:
    """Whether points lie inside a shape, by the even-odd rule.

    Parameters
    ----------
    points
        Shape ``(n, 2)``.
    edges
        From :func:`outline_edges`.

    Returns
    -------
    Shape ``(n,)``.
    """
    order = np.argsort(points[:, 1], kind="stable")
    x, y = points[order].T
    edge, point = _ranges(np.searchsorted(y, edges[:, 1]), np.searchsorted(y, edges[:, 3]))
    crossed = x[point] < _x_at(edges[edge], y[point])
    odd = np.bincount(point[crossed], minlength=len(points)) % 2 == 1
    result = np.empty(len(points), dtype=bool)
    result[order] = odd
    return result


def even_odd_area(polygons: Sequence[Floats]) -> float:
    """Exact area of a shape under the even-odd rule, in the squared unit of the vertices.

    The plane is cut at every vertex and every crossing of two edges; between two cuts the width of the shape is linear,
    so that its value half-way times the height is exact.
    """
    edges = outline_edges(polygons)
    if len(edges) == 0:
        return 0.0
    cuts = np.unique(edges[:, [1, 3]])
    while True:
        edge, slab = _ranges(np.searchsorted(cuts, edges[:, 1]), np.searchsorted(cuts, edges[:, 3]))
        middle = (cuts[:-1] + cuts[1:]) / 2.0
        x = _x_at(edges[edge], middle[slab])
        order = np.lexsort((x, slab))
        crossings = _crossings(edges[edge[order]], slab[order], cuts)
        if len(crossings) == 0:
            break
        cuts = np.union1d(cuts, crossings)
    # Every slab holds an even number of edges, so that left and right edges alternate all through.
    width_times_height = (x * np.diff(cuts)[slab])[order]
    return float(width_times_height[1::2].sum() - width_times_height[0::2].sum())


def _crossings(edges: Floats, slab: _Indices, cuts: Floats) -> Floats:
    """Heights at which neighbouring edges cross strictly within their slab; edges ordered half-way up each slab."""
    neighbours = slab[1:] == slab[:-1]
    low, high = cuts[slab[1:]][neighbours], cuts[slab[1:] + 1][neighbours]
    left, right = edges[:-1][neighbours], edges[1:][neighbours]
    gap_low = _x_at(right, low) - _x_at(left, low)
    gap_high = _x_at(right, high) - _x_at(left, high)
    change = gap_low - gap_high
    share = np.divide(gap_low, change, out=np.zeros_like(change), where=change != 0)
    margin = 1e-9
    crossed = (gap_low * gap_high < 0) & (share > margin) & (share < 1 - margin)
    heights: Floats = (low + share * (high - low))[crossed]
    strictly: Floats = heights[(heights > low[crossed]) & (heights < high[crossed])]
    return strictly


def _x_at(edges: Floats, y: Floats) -> Floats:
    x0, y0, x1, y1 = edges.T
    result: Floats = x0 + (y - y0) * ((x1 - x0) / (y1 - y0))
    return result


def _ranges(first: _Indices, last: _Indices) -> tuple[_Indices, _Indices]:
    """Spell out ranges ``first[i] : last[i]``: the pairs (i, member)."""
    counts = last - first
    which = np.repeat(np.arange(len(counts)), counts)
    member = np.arange(len(which)) + np.repeat(first - np.cumsum(counts) + counts, counts)
    return which, member

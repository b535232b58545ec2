"""Volume and centroid of a solid by quadrature."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.phantoms.solids import AbstractSolid, Triple

_N_POINTS = 500_000


def midpoints(solid: AbstractSolid, n_points: int) -> tuple[list[NDArray[np.float64]], float]:
    """Midpoints of about ``n_points`` equal cells of the solid's box, by axis, and the volume of one cell."""
    low, high = np.array(solid.bounds)
    size = high - low
    if not (np.isfinite(size).all() and (size > 0).all()):
        raise ValueError(f"expected a solid with a finite box, but {solid.bounds} came")
    step = (size.prod() / n_points) ** (1 / 3)
    numbers = np.maximum(np.ceil(size / step).astype(int), 4)
    cell = size / numbers
    return [low[k] + (np.arange(numbers[k]) + 0.5) * cell[k] for k in range(3)], float(cell.prod())


def volume(solid: AbstractSolid, n_points: int = _N_POINTS) -> float:
    """Volume in the cube of the solid's own unit: ml for a solid in cm. Exact to about 0.2 % for a compact solid."""
    return _moments(solid, n_points)[0]


def centroid(solid: AbstractSolid) -> Triple:
    """Centre of volume, in the solid's own unit."""
    return _moments(solid, _N_POINTS)[1]


@lru_cache(maxsize=512)
def _moments(solid: AbstractSolid, n_points: int) -> tuple[float, Triple]:
    axes, cell = midpoints(solid, n_points)
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    inside = points[solid.contains(points)]
    count = len(inside)
    if count == 0:
        raise ValueError(f"expected a solid with a volume, but {solid} is empty")
    x, y, z = inside.mean(axis=0)
    return count * cell, (float(x), float(y), float(z))

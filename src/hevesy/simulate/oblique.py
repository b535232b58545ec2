"""Grids that do not follow the patient's axes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from hevesy.domain import Grid
from hevesy.simulate.movement import rotation

_TURN_DEG = (3.0, -2.0, 4.0)
"""About x, then y, then z: as a patient may lie on the couch."""


def tilted(grid: Grid, centre_mm: tuple[float, float, float]) -> Grid:
    """The grid turned about a point. [mm]"""
    turn = rotation(np.radians(_TURN_DEG))
    centre = np.array(centre_mm)
    origin = np.round(centre + turn @ (np.array(grid.origin_mm) - centre), 6)
    rows = [(float(r[0]), float(r[1]), float(r[2])) for r in turn @ grid.direction_matrix]
    return replace(
        grid,
        origin_mm=(float(origin[0]), float(origin[1]), float(origin[2])),
        direction=(rows[0], rows[1], rows[2]),
    )


def position(grid: Grid, k: int) -> list[float]:
    """Centre of the first voxel of slice ``k``, as an image position. [mm]"""
    return [float(v) for v in np.round(grid.points(np.array([0.0, 0.0, float(k)])), 6)]


def cosines(grid: Grid) -> list[float]:
    """Direction of rows and columns, as an image orientation."""
    return [float(v) for v in grid.direction_matrix[:, :2].T.ravel()]

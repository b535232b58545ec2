"""The part of a grid that particles meet anything in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hevesy.transport.mc.geometry import Outside
from hevesy.transport.mc.problem import Problem

Floats = NDArray[np.float64]
Box = tuple[slice, slice, slice]


def box_of(problem: Problem) -> Box:
    """The smallest box of voxels with matter or decays, where vacuum surrounds the grid; otherwise the whole grid.

    What is left out is vacuum in vacuum, through which particles leave for good: nothing is neglected. Air is matter.
    """
    geometry = problem.geometry
    if geometry.outside is not Outside.VACUUM:
        return slice(None), slice(None), slice(None)
    something = (geometry.density_g_ml > 0) | (problem.decays > 0)
    z, y, x = (_extent(something.any(axis=others)) for others in ((1, 2), (0, 2), (0, 1)))
    return z, y, x


def _extent(occupied: NDArray[np.bool_]) -> slice:
    (found,) = np.nonzero(occupied)
    return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(None)


def within_box(problem: Problem, box: Box) -> Problem:
    """The same problem on the voxels of a box, with the corner of the box as its origin."""
    geometry = problem.geometry
    media, density = (np.ascontiguousarray(each[box]) for each in (geometry.media, geometry.density_g_ml))
    return replace(
        problem,
        geometry=replace(geometry, media=media, density_g_ml=density),
        decays=np.ascontiguousarray(problem.decays[box]),
    )


def around_box(values: Floats, box: Box, shape: tuple[int, ...]) -> Floats:
    """Values of a box in the whole grid, zero around it."""
    out = np.zeros(shape)
    out[box] = values
    return out

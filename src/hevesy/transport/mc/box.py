"""The part of a grid, and of its media, that particles meet."""

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
    z, y, x = np.nonzero((geometry.density_g_ml > 0) | (problem.decays > 0))
    return _extent(z), _extent(y), _extent(x)


def _extent(indices: NDArray[np.intp]) -> slice:
    return slice(int(indices.min()), int(indices.max()) + 1) if len(indices) else slice(None)


def within_box(problem: Problem, box: Box) -> Problem:
    """The same problem on the voxels of a box, with its corner as the origin and the media that are in it."""
    geometry = problem.geometry
    media = np.ascontiguousarray(geometry.media[box])
    present = np.flatnonzero(np.bincount(media.reshape(-1), minlength=len(geometry.materials)))
    renumbered = np.zeros(len(geometry.materials), dtype=np.uint8)
    renumbered[present] = np.arange(len(present))
    inner = replace(
        geometry,
        media=renumbered[media],
        density_g_ml=np.ascontiguousarray(geometry.density_g_ml[box]),
        materials=tuple(geometry.materials[k] for k in present),
    )
    return replace(problem, geometry=inner, decays=np.ascontiguousarray(problem.decays[box]))


def around_box(values: Floats, box: Box, shape: tuple[int, ...]) -> Floats:
    """Values of a box in the whole grid, zero around it."""
    out = np.zeros(shape)
    out[box] = values
    return out

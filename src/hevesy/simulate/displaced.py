"""A solid whose boundary was drawn too far out or in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.phantoms import AbstractSolid

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
_N_DIRECTIONS = 48
_AXES = np.concatenate([np.eye(3), -np.eye(3)])
_AXES_REACH = 1.05 * np.sqrt(3.0)
"""A plane at distance 1 is met along one of the axes within the square root of 3."""


@dataclass(frozen=True)
class Displaced(AbstractSolid):
    """A solid with its boundary moved along its normal: grown by a ball, or shrunk by it.

    The ball is sampled in 48 directions, which makes the displacement true to about 1 % on a smooth boundary. Valid
    where the solid is flat over the displacement: details finer than it may be lost.
    """

    solid: AbstractSolid
    outward: float
    """In the solid's unit; below zero for inward."""

    def contains(self, points: Floats) -> Bools:
        """Outward: points with some of the ball inside; inward: with all of it inside."""
        inside = self.solid.contains(points)
        if self.outward == 0.0:
            return inside
        grows = self.outward > 0.0
        near = self._flipped(points, np.flatnonzero(inside != grows), _AXES * _AXES_REACH, grows=grows)
        moved = self._flipped(points, near, _directions(), grows=grows)
        inside[moved] = grows
        return inside

    @cached_property
    def bounds(self) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
        """Box of the solid, moved by the displacement if that is outward."""
        reach = max(self.outward, 0.0)
        (x0, y0, z0), (x1, y1, z1) = self.solid.bounds
        return (x0 - reach, y0 - reach, z0 - reach), (x1 + reach, y1 + reach, z1 + reach)

    def _flipped(self, points: Floats, some: NDArray[np.intp], directions: Floats, *, grows: bool) -> NDArray[np.intp]:
        """Those of some points that reach the other side of the boundary in at least one direction."""
        found = []
        for step in directions * abs(self.outward):
            other = self.solid.contains(points[some] + step) == grows
            found.append(some[other])
            some = some[~other]
        return np.concatenate(found)


def _directions() -> Floats:
    """Unit vectors by the golden angle, lengthened so that their reach along any normal is 1 on average."""
    n = np.arange(_N_DIRECTIONS)
    z = 1.0 - (2.0 * n + 1.0) / _N_DIRECTIONS
    angle = np.pi * (3.0 - np.sqrt(5.0)) * n
    radius = np.sqrt(1.0 - z**2)
    unit = np.column_stack([radius * np.cos(angle), radius * np.sin(angle), z])
    lengthened: Floats = unit * (1.0 + 1.0 / _N_DIRECTIONS)
    return lengthened

"""Solids given by equations: primitives, their set operations, and affine copies.

Every solid answers two questions: which points lie inside, and in which box it lies. Coordinates are in whatever
frame the solid was stated in; :class:`Transformed` carries it to another one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Triple = tuple[float, float, float]
Pair = tuple[float, float]
Row = tuple[float, float, float, float]
Bounds = tuple[Triple, Triple]

_INFINITE: Bounds = ((-np.inf,) * 3, (np.inf,) * 3)


class AbstractSolid(ABC):
    """A set of points in space."""

    @abstractmethod
    def contains(self, points: Floats) -> Bools:
        """Which points lie inside. Shape ``(n, 3)`` to ``(n,)``."""

    @property
    @abstractmethod
    def bounds(self) -> Bounds:
        """Lowest and highest corner of a box that holds the solid."""


@dataclass(frozen=True)
class Ellipsoid(AbstractSolid):
    """Ellipsoid with axes along x, y, z."""

    center: Triple
    semi_axes: Triple

    def contains(self, points: Floats) -> Bools:
        """Points with a scaled distance of at most 1."""
        scaled = (points - np.array(self.center)) / np.array(self.semi_axes)
        inside: Bools = np.einsum("ij,ij->i", scaled, scaled) <= 1.0
        return inside

    @property
    def bounds(self) -> Bounds:
        """Centre plus and minus the semi-axes."""
        return _corners(np.subtract(self.center, self.semi_axes), np.add(self.center, self.semi_axes))


@dataclass(frozen=True)
class TaperedCylinder(AbstractSolid):
    """Elliptic cross-sections along one axis whose centre and semi-axes change linearly: cylinders, cones, frusta.

    The coordinates of a cross-section are the two other axes in order, for example (x, y) along z.
    """

    axis: int
    """0, 1 or 2."""
    span: Pair
    """Lowest and highest coordinate along the axis."""
    centers: tuple[Pair, Pair]
    """Of the cross-section at the low and at the high end."""
    semi_axes: tuple[Pair, Pair]
    """At the low and at the high end."""

    def contains(self, points: Floats) -> Bools:
        """Points between the ends and inside the cross-section there."""
        low, high = self.span
        along = points[:, self.axis]
        share = np.clip((along - low) / (high - low), 0.0, 1.0)[:, np.newaxis]
        centre, semi = (np.array(a) + share * np.subtract(b, a) for a, b in (self.centers, self.semi_axes))
        scaled = (np.delete(points, self.axis, axis=1) - centre) / semi
        inside: Bools = (along >= low) & (along <= high) & (np.einsum("ij,ij->i", scaled, scaled) <= 1.0)
        return inside

    @property
    def bounds(self) -> Bounds:
        """Box around both ends."""
        low = np.min(np.subtract(self.centers, self.semi_axes), axis=0)
        high = np.max(np.add(self.centers, self.semi_axes), axis=0)
        return _corners(np.insert(low, self.axis, self.span[0]), np.insert(high, self.axis, self.span[1]))


def elliptic_cylinder(span: Pair, semi_axes: Pair, center: Pair = (0.0, 0.0), axis: int = 2) -> TaperedCylinder:
    """A right elliptic cylinder along an axis."""
    return TaperedCylinder(axis, span, (center, center), (semi_axes, semi_axes))


@dataclass(frozen=True)
class Torus(AbstractSolid):
    """Torus around an axis through its centre."""

    center: Triple
    axis: int
    ring_radius: float
    tube_radius: float

    def contains(self, points: Floats) -> Bools:
        """Points no farther from the ring than the tube's radius."""
        offset = points - np.array(self.center)
        from_axis = np.linalg.norm(np.delete(offset, self.axis, axis=1), axis=1)
        inside: Bools = (from_axis - self.ring_radius) ** 2 + offset[:, self.axis] ** 2 <= self.tube_radius**2
        return inside

    @property
    def bounds(self) -> Bounds:
        """Box around the whole ring."""
        reach = np.full(3, self.ring_radius + self.tube_radius)
        reach[self.axis] = self.tube_radius
        return _corners(np.subtract(self.center, reach), np.add(self.center, reach))


@dataclass(frozen=True)
class Box(AbstractSolid):
    """Box along the axes; infinite limits are allowed, so it also cuts."""

    low: Triple
    high: Triple

    def contains(self, points: Floats) -> Bools:
        """Points within all limits."""
        return _within(points, self.bounds)

    @property
    def bounds(self) -> Bounds:
        """The box itself."""
        return self.low, self.high


@dataclass(frozen=True)
class HalfSpace(AbstractSolid):
    """Points with ``normal . p <= offset``."""

    normal: Triple
    offset: float

    def contains(self, points: Floats) -> Bools:
        """Points on the inner side of the plane."""
        inside: Bools = np.asarray(points @ np.array(self.normal) <= self.offset)
        return inside

    @property
    def bounds(self) -> Bounds:
        """Everywhere."""
        return _INFINITE


@dataclass(frozen=True)
class Union(AbstractSolid):
    """Points in at least one part."""

    parts: tuple[AbstractSolid, ...]

    def contains(self, points: Floats) -> Bools:
        """Ask each part only for the points that no earlier one holds."""
        inside = np.zeros(len(points), dtype=bool)
        for part in self.parts:
            open_points = np.flatnonzero(~inside & _within(points, part.bounds))
            inside[open_points] = part.contains(points[open_points])
        return inside

    @cached_property
    def bounds(self) -> Bounds:
        """Box around all parts."""
        return _corners(
            np.min([p.bounds[0] for p in self.parts], axis=0), np.max([p.bounds[1] for p in self.parts], axis=0)
        )


@dataclass(frozen=True)
class Intersection(AbstractSolid):
    """Points in every part."""

    parts: tuple[AbstractSolid, ...]

    def contains(self, points: Floats) -> Bools:
        """Ask each part only for the points that every earlier one holds."""
        inside = np.ones(len(points), dtype=bool)
        for part in self.parts:
            left = np.flatnonzero(inside)
            inside[left] = part.contains(points[left])
        return inside

    @cached_property
    def bounds(self) -> Bounds:
        """Where the boxes of all parts overlap."""
        return _corners(
            np.max([p.bounds[0] for p in self.parts], axis=0), np.min([p.bounds[1] for p in self.parts], axis=0)
        )


@dataclass(frozen=True)
class Difference(AbstractSolid):
    """Points of one solid that are not in another."""

    whole: AbstractSolid
    removed: AbstractSolid

    def contains(self, points: Floats) -> Bools:
        """Ask the removed solid only for points of the whole."""
        inside = self.whole.contains(points)
        held = np.flatnonzero(inside)
        inside[held] = ~self.removed.contains(points[held])
        return inside

    @cached_property
    def bounds(self) -> Bounds:
        """Box of the whole."""
        return self.whole.bounds


@dataclass(frozen=True)
class Transformed(AbstractSolid):
    """An affine copy of a solid."""

    solid: AbstractSolid
    matrix: tuple[Row, Row, Row, Row]
    """Homogeneous matrix from the solid's own frame to the new one."""

    def contains(self, points: Floats) -> Bools:
        """Carry the points back into the solid's own frame."""
        inverse = np.linalg.inv(np.array(self.matrix))
        return self.solid.contains(points @ inverse[:3, :3].T + inverse[:3, 3])

    @cached_property
    def bounds(self) -> Bounds:
        """Box around the carried corners (infinite where the solid's box is)."""
        low, high = np.array(self.solid.bounds)
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            return _INFINITE
        corners = np.array([[(low, high)[i >> k & 1][k] for k in range(3)] for i in range(8)])
        matrix = np.array(self.matrix)
        carried = corners @ matrix[:3, :3].T + matrix[:3, 3]
        return _corners(carried.min(axis=0), carried.max(axis=0))


def transformed(solid: AbstractSolid, matrix: Floats) -> Transformed:
    """Carry a solid by a homogeneous matrix of shape ``(4, 4)``; chained copies become one."""
    if isinstance(solid, Transformed):
        return transformed(solid.solid, matrix @ np.array(solid.matrix))
    rows = [(float(r[0]), float(r[1]), float(r[2]), float(r[3])) for r in np.asarray(matrix)]
    return Transformed(solid, (rows[0], rows[1], rows[2], rows[3]))


def scaled(solid: AbstractSolid, factors: Triple, about: Triple = (0.0, 0.0, 0.0)) -> Transformed:
    """Scale a solid along the axes about a point."""
    matrix = np.diag([*factors, 1.0])
    matrix[:3, 3] = np.array(about) * (1.0 - np.array(factors))
    return transformed(solid, matrix)


def mirrored(solid: AbstractSolid) -> Transformed:
    """The mirror image at the plane x = 0: the same organ on the other side."""
    return scaled(solid, (-1.0, 1.0, 1.0))


def _within(points: Floats, box: Bounds) -> Bools:
    inside = np.ones(len(points), dtype=bool)
    for axis, (low, high) in enumerate(zip(*box, strict=True)):
        coordinate = points[:, axis]
        inside &= (coordinate >= low) & (coordinate <= high)
    return inside


def _corners(low: Floats, high: Floats) -> Bounds:
    return (float(low[0]), float(low[1]), float(low[2])), (float(high[0]), float(high[1]), float(high[2]))

"""Which organ holds a point, and points that an organ holds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import final

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.phantoms import AbstractSolid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
OUTSIDE = -1


class AbstractPlaces(ABC):
    """Organs, by number, in the coordinates of the voxels: from the corner of the first voxel. [cm]"""

    @abstractmethod
    def locate(self, points_cm: Floats) -> Ints:
        """Number of the organ at every point, -1 outside. Shape ``(n, 3)`` to ``(n,)``."""

    @abstractmethod
    def sample(self, organ: int, number: int, rng: np.random.Generator) -> Floats:
        """Points spread evenly over an organ's volume. Shape ``(number, 3)``. [cm]"""


@final
@dataclass(frozen=True)
class SolidPlaces(AbstractPlaces):
    """Organs as solids, exact whatever the voxels are; the first that holds a point owns it."""

    solids: tuple[AbstractSolid, ...]
    """In order of precedence, in their own frame. [cm]"""
    corner_cm: tuple[float, float, float]
    """Corner of the first voxel in that frame. [cm]"""

    @cached_property
    def _bounds(self) -> Floats:
        return np.array([solid.bounds for solid in self.solids])

    def locate(self, points_cm: Floats) -> Ints:
        """Ask the organs in order, each only for the points that no earlier one holds."""
        points = points_cm + np.array(self.corner_cm)
        numbers = np.full(len(points), OUTSIDE, dtype=np.int64)
        if not len(points):
            return numbers
        low, high = points.min(axis=0), points.max(axis=0)
        meeting = (self._bounds[:, 0] <= high).all(axis=1) & (self._bounds[:, 1] >= low).all(axis=1)
        for organ in np.flatnonzero(meeting):
            first, last = self._bounds[organ]
            near = (numbers == OUTSIDE) & (points >= first).all(axis=1) & (points <= last).all(axis=1)
            open_points = np.flatnonzero(near)
            numbers[open_points[self.solids[organ].contains(points[open_points])]] = organ
        return numbers

    def sample(self, organ: int, number: int, rng: np.random.Generator) -> Floats:
        """Points of the organ's box that the organ owns."""
        low, high = self._bounds[organ] - np.array(self.corner_cm)
        found, missing = [], number
        while missing > 0:
            points = low + (high - low) * rng.random((max(4 * missing, 1000), 3))
            held = points[self.locate(points) == organ][:missing]
            found.append(held)
            missing -= len(held)
        return np.concatenate(found)


@final
@dataclass(frozen=True)
class VoxelPlaces(AbstractPlaces):
    """Organs as labelled voxels."""

    labels: NDArray[np.int16]
    """Number of the organ, -1 outside. Shape ``(z, y, x)``."""
    spacing_cm: tuple[float, float, float]
    """Edges of a voxel ``(x, y, z)``. [cm]"""

    def locate(self, points_cm: Floats) -> Ints:
        """The voxel that holds the point."""
        index = np.floor(points_cm / np.array(self.spacing_cm)).astype(np.int64)
        inside = ((index >= 0) & (index < np.array(self.labels.shape[::-1]))).all(axis=1)
        numbers = np.full(len(points_cm), OUTSIDE, dtype=np.int64)
        x, y, z = index[inside].T
        numbers[inside] = self.labels[z, y, x]
        return numbers

    @cached_property
    def voxels(self) -> dict[int, Ints]:
        """Flat indices of the voxels of every organ."""
        order = np.argsort(self.labels, axis=None, kind="stable")
        numbers, starts = np.unique(self.labels.ravel()[order], return_index=True)
        return {int(n): part for n, part in zip(numbers, np.split(order, starts[1:]), strict=True)}

    def sample(self, organ: int, number: int, rng: np.random.Generator) -> Floats:
        """Voxels of the organ in turn, a place drawn within each."""
        voxels = self.voxels[organ]
        places = ((np.arange(number) + rng.random()) / number * len(voxels)).astype(np.int64)
        z, y, x = np.unravel_index(voxels[places], self.labels.shape)
        corners = np.stack([x, y, z], axis=1)
        return np.asarray((corners + rng.random((number, 3))) * np.array(self.spacing_cm))

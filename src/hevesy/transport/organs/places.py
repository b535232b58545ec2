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
_OUTSIDE_BIT = np.uint64(1 << 63)


class AbstractPlaces(ABC):
    """Organs, by number, in the coordinates of the voxels: from the corner of the first voxel. [cm]"""

    @abstractmethod
    def locate(self, points_cm: Floats) -> Ints:
        """Number of the organ at every point, -1 outside. Shape ``(n, 3)`` to ``(n,)``."""

    @abstractmethod
    def clear(self, points_cm: Floats, reach_cm: Floats) -> NDArray[np.bool_]:
        """Whether everything within reach of a point surely lies in the point's own organ. Shape ``(n,)``."""

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
    voxel_cm: float
    """Edge of a voxel. [cm]"""
    near: NDArray[np.uint64]
    """Organs in or next to a voxel, one bit each, the last bit for the outside. Shape ``(z, y, x)``."""

    def _near(self, points_cm: Floats) -> NDArray[np.uint64]:
        index = np.floor(points_cm / self.voxel_cm).astype(np.int64)
        inside = ((index >= 0) & (index < np.array(self.near.shape[::-1]))).all(axis=1)
        near = np.full(len(points_cm), _OUTSIDE_BIT, dtype=np.uint64)
        x, y, z = index[inside].T
        near[inside] = self.near[z, y, x]
        return near

    def locate(self, points_cm: Floats) -> Ints:
        """Ask the organs in order, each only for the points near it that no earlier one holds."""
        near = self._near(points_cm)
        numbers = np.full(len(points_cm), OUTSIDE, dtype=np.int64)
        single = np.zeros(len(points_cm), dtype=bool)
        for organ, solid in enumerate(self.solids):
            bit = np.uint64(1 << organ)
            sure = near == bit
            numbers[sure] = organ
            single |= sure
            asked = np.flatnonzero((near & bit != 0) & (numbers == OUTSIDE) & ~single)
            if len(asked):
                held = solid.contains(points_cm[asked] + np.array(self.corner_cm))
                numbers[asked[held]] = organ
        return numbers

    def clear(self, points_cm: Floats, reach_cm: Floats) -> NDArray[np.bool_]:
        """Within half a voxel where only one organ is near."""
        near = self._near(points_cm)
        return np.asarray((near & (near - np.uint64(1)) == 0) & (reach_cm <= 0.5 * self.voxel_cm))

    def sample(self, organ: int, number: int, rng: np.random.Generator) -> Floats:
        """Points of the voxels near the organ that the organ owns."""
        voxels = np.flatnonzero(self.near & np.uint64(1 << organ))
        found, missing = [], number
        while missing > 0:
            z, y, x = np.unravel_index(rng.choice(voxels, 2 * missing + 100), self.near.shape)
            corners = np.stack([x, y, z], axis=1)
            points = (corners + rng.random(corners.shape)) * self.voxel_cm
            held = points[self.locate(points) == organ][:missing]
            found.append(held)
            missing -= len(held)
        return np.concatenate(found)


def near_organs(labels: NDArray[np.int16]) -> NDArray[np.uint64]:
    """Bits of the organs of every voxel and its 26 neighbours.

    Parameters
    ----------
    labels
        Number of the organ at the centre of every voxel, below 63, or -1. Shape ``(z, y, x)``.
    """
    bits = np.where(labels == OUTSIDE, _OUTSIDE_BIT, np.uint64(1) << np.maximum(labels, 0).astype(np.uint64))
    for axis in range(3):
        padded = np.pad(bits, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        first, middle, last = (np.take(padded, np.arange(k, k + bits.shape[axis]), axis=axis) for k in range(3))
        bits = first | middle | last
    return np.asarray(bits)


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

    def clear(self, points_cm: Floats, reach_cm: Floats) -> NDArray[np.bool_]:
        """Nowhere: a look at the label costs as little."""
        del reach_cm
        return np.zeros(len(points_cm), dtype=bool)

    def sample(self, organ: int, number: int, rng: np.random.Generator) -> Floats:
        """Voxels of the organ in turn, a place drawn within each."""
        voxels = self.voxels[organ]
        places = ((np.arange(number) + rng.random()) / number * len(voxels)).astype(np.int64)
        z, y, x = np.unravel_index(voxels[places], self.labels.shape)
        corners = np.stack([x, y, z], axis=1)
        return np.asarray((corners + rng.random((number, 3))) * np.array(self.spacing_cm))

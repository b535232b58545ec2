"""The voxels that particles move in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata import Material


class Outside(StrEnum):
    """What surrounds the voxels."""

    VACUUM = "vacuum"
    """A particle that leaves does not come back."""
    WATER = "water"
    """Water of 1 g/ml, wide enough that nothing of note comes back from beyond."""


@dataclass(frozen=True)
class VoxelGeometry:
    """Media and densities on a regular grid whose corner is the origin; particles have coordinates in cm."""

    spacing_cm: tuple[float, float, float]
    """Edges of a voxel ``(x, y, z)``. [cm]"""
    media: NDArray[np.uint8]
    """Index into ``materials``. Shape ``(z, y, x)``."""
    density_g_ml: NDArray[np.float32]
    """Shape ``(z, y, x)``; zero is vacuum. [g/ml]"""
    materials: tuple[Material, ...]
    """Compositions; their own densities are not used, except for the density effect of the stopping power."""
    outside: Outside

    def __post_init__(self) -> None:
        if self.media.shape != self.density_g_ml.shape or self.media.ndim != 3:
            raise ValueError(f"expected media and densities of one shape, but {self.media.shape} came")
        if self.media.size and int(self.media.max()) >= len(self.materials):
            raise ValueError(f"expected media below {len(self.materials)}, but {int(self.media.max())} came")

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel. [ml]"""
        x, y, z = self.spacing_cm
        return x * y * z

    @property
    def mass_g(self) -> NDArray[np.float64]:
        """Mass of every voxel. Shape ``(z, y, x)``. [g]"""
        return self.density_g_ml.astype(np.float64) * self.voxel_volume_ml

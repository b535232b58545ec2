"""A rigid transform between frames of reference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_Row = tuple[float, float, float, float]


@dataclass(frozen=True)
class RigidTransform:
    """Maps patient points of the source frame to the target frame: ``target = matrix @ source`` (DICOM REG, mm)."""

    matrix: tuple[_Row, _Row, _Row, _Row]
    """Homogeneous 4 x 4 matrix, rotation and translation only. [mm]"""
    source_frame: str | None = None
    """Frame of Reference UID that points come from."""
    target_frame: str | None = None
    """Frame of Reference UID that points go to."""

    def __post_init__(self) -> None:
        rotation = self.array[:3, :3]
        proper = np.allclose(rotation.T @ rotation, np.eye(3), atol=1e-3) and np.linalg.det(rotation) > 0
        if not (proper and np.allclose(self.array[3], (0, 0, 0, 1)) and np.isfinite(self.array).all()):
            raise ValueError("expected a rotation and a translation, but the matrix is none")

    @classmethod
    def identity(cls, source_frame: str | None = None, target_frame: str | None = None) -> RigidTransform:
        """The transform that moves nothing."""
        return cls.from_array(np.eye(4), source_frame, target_frame)

    @classmethod
    def from_array(
        cls, array: NDArray[np.float64], source_frame: str | None = None, target_frame: str | None = None
    ) -> RigidTransform:
        """Build from an array of shape ``(4, 4)``. [mm]"""
        rows = [(float(r[0]), float(r[1]), float(r[2]), float(r[3])) for r in np.asarray(array)]
        return cls((rows[0], rows[1], rows[2], rows[3]), source_frame, target_frame)

    @property
    def array(self) -> NDArray[np.float64]:
        """The matrix as an array. Shape ``(4, 4)``. [mm]"""
        return np.array(self.matrix, dtype=np.float64)

    def apply(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move points. Shape ``(..., 3)`` to ``(..., 3)``. [mm]"""
        return np.asarray(points_mm) @ self.array[:3, :3].T + self.array[:3, 3]

    def inverse(self) -> RigidTransform:
        """The way back."""
        inverse: NDArray[np.float64] = np.linalg.inv(self.array).astype(np.float64)
        return RigidTransform.from_array(inverse, self.target_frame, self.source_frame)

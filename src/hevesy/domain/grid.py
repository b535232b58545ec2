"""The geometry of an image in patient coordinates."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Grid:
    """A regular grid of voxels in DICOM patient coordinates (LPS, mm).

    Arrays on the grid are ``(z, y, x)``; points and vectors are ``(x, y, z)``. The point of voxel index ``(i, j, k)``
    along x, y, z is ``origin + direction @ (spacing * (i, j, k))``.
    """

    shape: tuple[int, int, int]
    """Number of voxels ``(z, y, x)``."""
    spacing_mm: Vector
    """Distance of voxel centres along the index axes ``(x, y, z)``, positive. [mm]"""
    origin_mm: Vector
    """Centre of the first voxel. [mm]"""
    direction: tuple[Vector, Vector, Vector] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    """Rows of the 3 x 3 matrix whose columns are the unit vectors of the index axes x, y, z."""
    frame_of_reference: str | None = None
    """DICOM Frame of Reference UID; None where the file names none."""

    def __post_init__(self) -> None:
        if len(self.shape) != 3 or min(self.shape) < 1:
            raise ValueError(f"expected three positive numbers of voxels, but {self.shape} came")
        if not all(np.isfinite(s) and s > 0 for s in self.spacing_mm):
            raise ValueError(f"expected positive spacings, but {self.spacing_mm} came")
        matrix = self.direction_matrix
        if not np.allclose(matrix.T @ matrix, np.eye(3), atol=1e-4):
            raise ValueError(f"expected orthonormal axes, but {self.direction} came")

    @property
    def direction_matrix(self) -> NDArray[np.float64]:
        """Direction cosines, columns are the index axes. Shape ``(3, 3)``."""
        return np.array(self.direction, dtype=np.float64)

    @property
    def affine(self) -> NDArray[np.float64]:
        """Homogeneous matrix from index ``(x, y, z)`` to LPS point. Shape ``(4, 4)``. [mm]"""
        matrix = np.eye(4)
        matrix[:3, :3] = self.direction_matrix * np.array(self.spacing_mm)
        matrix[:3, 3] = self.origin_mm
        return matrix

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of one voxel. [ml]"""
        return float(np.prod(self.spacing_mm)) / 1000.0

    def points(self, indices_xyz: NDArray[np.float64]) -> NDArray[np.float64]:
        """Patient points of (fractional) voxel indices. Shape ``(..., 3)`` to ``(..., 3)``. [mm]"""
        return np.asarray(indices_xyz) @ self.affine[:3, :3].T + self.affine[:3, 3]

    def indices(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Fractional voxel indices ``(x, y, z)`` of patient points. Shape ``(..., 3)`` to ``(..., 3)``."""
        inverse = np.linalg.inv(self.affine)
        indices: NDArray[np.float64] = np.asarray(points_mm) @ inverse[:3, :3].T + inverse[:3, 3]
        return indices

    def coarsened(self, factors: tuple[int, int, int]) -> Grid:
        """The grid of blocks of ``factors`` voxels along ``(z, y, x)``; incomplete blocks at the far ends fall away."""
        shape = (self.shape[0] // factors[0], self.shape[1] // factors[1], self.shape[2] // factors[2])
        fz, fy, fx = factors
        sx, sy, sz = self.spacing_mm
        origin = self.points((np.array([fx, fy, fz]) - 1.0) / 2.0)
        return replace(
            self,
            shape=shape,
            spacing_mm=(sx * fx, sy * fy, sz * fz),
            origin_mm=(float(origin[0]), float(origin[1]), float(origin[2])),
        )

    def same_geometry(self, other: Grid, tolerance_mm: float = 1e-3) -> bool:
        """Whether two grids have the same voxels: equal shape, corners within the tolerance."""
        if self.shape != other.shape:
            return False
        z, y, x = self.shape
        corners = np.array([[i, j, k] for i in (0, x - 1) for j in (0, y - 1) for k in (0, z - 1)], dtype=float)
        return bool(np.abs(self.points(corners) - other.points(corners)).max() <= tolerance_mm)

"""Transforms that bend: a displacement field, alone or in a chain with rigid transforms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain.grid import Grid
from hevesy.domain.transform import RigidTransform
from hevesy.numerics.deformation import field_at


@dataclass(frozen=True, eq=False)
class DisplacementField:
    """Moves points of one frame within it: ``p`` to ``p + u(p)``; the arrays are read-only."""

    grid: Grid
    """Where the displacements are known; linear between, and as at the border beyond."""
    displacement_mm: NDArray[np.float64]
    """Vectors (x, y, z), LPS. Shape ``(z, y, x, 3)``. [mm]"""
    inverse_mm: NDArray[np.float64]
    """Those of the way back. Shape ``(z, y, x, 3)``. [mm]"""

    def __post_init__(self) -> None:
        for name in ("displacement_mm", "inverse_mm"):
            field = getattr(self, name)
            if field.shape != (*self.grid.shape, 3) or not np.isfinite(field).all():
                raise ValueError(f"expected finite vectors of shape {(*self.grid.shape, 3)}, but {field.shape} came")
            view = np.asarray(field, dtype=np.float64).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    def apply(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move points. Shape ``(..., 3)`` to ``(..., 3)``. [mm]"""
        points = np.asarray(points_mm, dtype=np.float64)
        return points + field_at(self.displacement_mm, self.grid.indices(points))

    def inverse(self) -> DisplacementField:
        """The way back."""
        return DisplacementField(self.grid, self.inverse_mm, self.displacement_mm)


@dataclass(frozen=True, eq=False)
class Deformation:
    """Maps patient points of the source frame to the target frame, step by step."""

    steps: tuple[RigidTransform | DisplacementField, ...]
    source_frame: str | None = None
    """Frame of Reference UID that points come from."""
    target_frame: str | None = None
    """Frame of Reference UID that points go to."""

    def apply(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move points. Shape ``(..., 3)`` to ``(..., 3)``. [mm]"""
        points = np.asarray(points_mm, dtype=np.float64)
        for step in self.steps:
            points = step.apply(points)
        return points

    def inverse(self) -> Deformation:
        """The way back, as exact as the inverses of its fields are."""
        return Deformation(tuple(s.inverse() for s in reversed(self.steps)), self.target_frame, self.source_frame)

    @property
    def rigid(self) -> RigidTransform:
        """Its rigid steps alone."""
        matrix = np.eye(4)
        for step in self.steps:
            if isinstance(step, RigidTransform):
                matrix = step.array @ matrix
        return RigidTransform.from_array(matrix, self.source_frame, self.target_frame)


PointTransform = RigidTransform | Deformation
"""Anything that maps patient points of one frame to another."""

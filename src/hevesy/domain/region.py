"""Regions: what was drawn, and the voxels it covers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.domain.grid import Grid
from hevesy.numerics.response import Part


class RegionKind(StrEnum):
    """What a region is to dosimetry."""

    ORGAN = "organ"
    LESION = "lesion"
    REMAINDER = "remainder"


class Side(StrEnum):
    """Laterality of a region."""

    LEFT = "left"
    RIGHT = "right"
    NONE = "none"


@dataclass(frozen=True)
class Contour:
    """One closed planar polygon of an RT structure."""

    points_mm: NDArray[np.float64]
    """Vertices in LPS. Shape ``(n, 3)``. [mm]"""
    image_uid: str | None = None
    """SOP Instance UID of the slice it was drawn on, where the file names it."""


@dataclass(frozen=True)
class Roi:
    """A region as drawn: contours (RTSTRUCT) or a voxel mask (SEG, NIfTI labels), never both."""

    number: int
    name: str
    """The source object's name, unchanged."""
    contours: tuple[Contour, ...] = ()
    mask: NDArray[np.bool_] | None = None
    """Shape ``(z, y, x)`` on ``mask_grid``."""
    mask_grid: Grid | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    """Codes and types as in the source object (interpreted type, segmented property codes)."""


@dataclass(frozen=True)
class RoiSet:
    """The regions of one RTSTRUCT, SEG or label image."""

    rois: tuple[Roi, ...]
    frame_of_reference: str | None
    source: str
    """Series UID or file name, for messages and provenance."""
    referenced_series_uids: tuple[str, ...] = ()
    """Image series it was drawn on, where the object names them."""


@dataclass(frozen=True)
class Region:
    """A region on the voxels of an image."""

    name: str
    """The source object's name, unchanged."""
    kind: RegionKind
    side: Side
    mask: NDArray[np.bool_]
    """Voxels whose centre lies inside. Shape ``(z, y, x)``."""
    grid: Grid
    exact_volume_ml: float
    """Volume of the drawn shape: contour area times slice spacing, or the voxels of the source mask. [ml]"""
    code: tuple[str, str, str] | None = None
    """Standard code (value, scheme, meaning), where the name is known."""
    share: Part | None = None
    """Share of each voxel inside, where it is known."""
    surface: Part | None = None
    """Area of the boundary as drawn, before other regions took their share, in each voxel over its volume. [1/mm]"""

    @property
    def n_voxels(self) -> int:
        """Number of voxels."""
        return int(np.count_nonzero(self.mask))

    @property
    def volume_ml(self) -> float:
        """Volume of the voxels. [ml]"""
        return self.n_voxels * self.grid.voxel_volume_ml

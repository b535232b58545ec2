"""Planar views and projections: counts on a detector, not in a volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.domain.kind import ImageKind
from hevesy.domain.series import EnergyWindow, Finding


@dataclass(frozen=True)
class PlanarFrame:
    """One view of one detector in one energy window; the array is read-only."""

    counts: NDArray[Any]
    """Shape ``(row, column)``."""
    view: str = ""
    """``ANT``, ``POST``, ``LLAT``, ``RLAT``, ``LAO``, ``RAO``, ``LPO`` or ``RPO``; empty where unknown."""
    view_source: str = ""
    """Attribute that the view was read from."""
    orientation: tuple[str, str] | None = None
    """Where columns and rows lead in the patient (``L``, ``R``, ``A``, ``P``, ``H``, ``F``); None where unknown."""
    detector: int | None = None
    """Number of the detector, from 1; None where the file numbers none."""
    windows: tuple[EnergyWindow, ...] = ()
    """Ranges of the frame's energy window."""
    duration_s: float | None = None
    """Of this frame; None where the file does not say. [s]"""
    angle_deg: float | None = None
    """Angle of a projection, from the patient's back to the left side. [degree]"""
    position_mm: tuple[float, float, float] | None = None
    """Centre of the first pixel in patient coordinates (LPS); None where the file does not say. [mm]"""
    numbers: tuple[tuple[str, int], ...] = ()
    """Value of each frame vector of the file, from 1, such as ``("EnergyWindowVector", 2)``."""

    def __post_init__(self) -> None:
        if self.counts.ndim != 2:
            raise ValueError(f"expected counts of shape (row, column), but {self.counts.shape} came")
        view = np.asarray(self.counts).view()
        view.flags.writeable = False
        object.__setattr__(self, "counts", view)


@dataclass(frozen=True)
class PlanarImage:
    """All frames of one planar or projection object."""

    kind: ImageKind
    frames: tuple[PlanarFrame, ...]
    spacing_mm: tuple[float, float] | None
    """Between rows and between columns; None where the file does not say. [mm]"""
    counts_accumulated: int | None = None
    """As the file states them."""
    scan_velocity_mm_s: float | None = None
    """Of a whole-body scan; None where the file does not say. [mm/s]"""
    transmission: bool = False
    """Whether an external source was seen, not the patient's activity."""
    findings: tuple[Finding, ...] = ()
    """What contradicts in the object."""

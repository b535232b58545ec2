"""Magnitude images at several echo times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.domain.grid import Grid


@dataclass(frozen=True)
class Echoes:
    """One multi-echo gradient-echo acquisition; the array is read-only."""

    grid: Grid
    magnitudes: NDArray[Any]
    """Arbitrary units, the same for all echoes. Shape ``(echo, z, y, x)``."""
    echo_times_s: tuple[float, ...]
    """Increasing. [s]"""
    field_t: float
    """Magnetic field strength. [T]"""
    start: datetime | None = None
    """Of the acquisition, in the scanner's local time, with its offset from UTC where the files state one."""
    patient: str = ""
    """Patient ID, to be compared and never told; empty where the files have none."""

    def __post_init__(self) -> None:
        expected = (len(self.echo_times_s), *self.grid.shape)
        if self.magnitudes.shape != expected:
            raise ValueError(f"expected magnitudes of shape {expected}, but {self.magnitudes.shape} came")
        view = np.asarray(self.magnitudes).view()
        view.flags.writeable = False
        object.__setattr__(self, "magnitudes", view)

"""An image: values of one quantity on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.domain.grid import Grid


class Quantity(StrEnum):
    """What the values of an image are, with the unit."""

    COUNTS = "counts"
    ACTIVITY_CONCENTRATION = "Bq/ml"
    CT_NUMBER = "HU"
    TIME_INTEGRATED_ACTIVITY = "Bq s"
    """Of each voxel."""
    TIME_INTEGRATED_ACTIVITY_CONCENTRATION = "Bq s/ml"
    ABSORBED_DOSE_RATE = "Gy/s"
    ABSORBED_DOSE = "Gy"
    BIOLOGICALLY_EFFECTIVE_DOSE = "Gy BED"
    """Of another kind than absorbed dose, though its unit is named gray too."""
    LABELS = "labels"
    ARBITRARY = "arbitrary units"
    """A picture, such as an MR: only its shapes mean something."""


@dataclass(frozen=True)
class Image:
    """Values of one quantity on a grid; the array is read-only."""

    grid: Grid
    values: NDArray[Any]
    """Shape ``(z, y, x)``, in the unit of the quantity."""
    quantity: Quantity

    def __post_init__(self) -> None:
        if self.values.shape != self.grid.shape:
            raise ValueError(f"expected values of shape {self.grid.shape}, but {self.values.shape} came")
        view = np.asarray(self.values).view()
        view.flags.writeable = False
        object.__setattr__(self, "values", view)

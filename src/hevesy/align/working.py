"""The CT as the registration sees it: coarse voxels, the patient alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import AlignmentError
from hevesy.numerics.outline import body_outline
from hevesy.numerics.resample import block_mean

VOXEL_MM = 4.0
AIR_HU = -1000.0
_CEILING_HU = 1000.0


@dataclass(frozen=True)
class WorkingImage:
    """A CT on voxels of about 4 mm, air around the patient set to -1000 HU."""

    grid: Grid
    values: NDArray[np.float64]
    """Between -1000 and 1000. Shape ``(z, y, x)``. [HU]"""
    body: NDArray[np.bool_]
    """The patient without table. Shape ``(z, y, x)``."""

    @property
    def centre_mm(self) -> NDArray[np.float64]:
        """Centroid of the body. Shape ``(3,)``. [mm]"""
        return self.grid.points(np.argwhere(self.body).mean(axis=0)[::-1])


def prepare(ct: Image, name: str) -> WorkingImage:
    """Coarsen a CT and take away the table.

    Raises
    ------
    ValueError
        If the image is no CT.
    AlignmentError
        If it shows no body.
    """
    if ct.quantity != Quantity.CT_NUMBER:
        raise ValueError(f"expected an image in HU, but {ct.quantity.value} came")
    sx, sy, sz = ct.grid.spacing_mm
    factors = _factor(sz), _factor(sy), _factor(sx)
    values = block_mean(ct.values, factors)
    body = body_outline(values, 2 - int(np.argmax(np.abs(ct.grid.direction_matrix[2]))))
    if not body.any():
        raise AlignmentError("a CT that shows the patient", "it has no tissue above -500 HU", name)
    patient = np.where(body, np.clip(values, AIR_HU, _CEILING_HU), AIR_HU)
    return WorkingImage(ct.grid.coarsened(factors), patient, body)


def _factor(spacing_mm: float) -> int:
    return max(1, round(VOXEL_MM / spacing_mm))

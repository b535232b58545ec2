"""The body outline from a CT, as a region."""

from __future__ import annotations

import numpy as np

from hevesy.domain import Image, Quantity, Roi
from hevesy.errors import RegionFinding
from hevesy.numerics.outline import body_outline
from hevesy.numerics.resample import block_mean

_VOXEL_MM = 4.0


def body_roi(ct: Image, name: str = "body") -> Roi:
    """Outline the patient on a CT: above -500 HU, largest connected part, cavities filled, on voxels of about 4 mm.

    The mask can be brought onto any grid with :func:`hevesy.delineate.rasterise`. It ends where the CT ends.

    Raises
    ------
    ValueError
        If the image is no CT.
    RegionFinding
        If there is no tissue.
    """
    if ct.quantity != Quantity.CT_NUMBER:
        raise ValueError(f"expected an image in HU, but {ct.quantity.value} came")
    sx, sy, sz = ct.grid.spacing_mm
    factors = _factor(sz), _factor(sy), _factor(sx)
    axial_axis = 2 - int(np.argmax(np.abs(ct.grid.direction_matrix[2])))
    mask = body_outline(block_mean(ct.values, factors), axial_axis)
    if not mask.any():
        raise RegionFinding("empty: the CT shows no body")
    return Roi(0, name, mask=mask, mask_grid=ct.grid.coarsened(factors))


def _factor(spacing_mm: float) -> int:
    return max(1, round(_VOXEL_MM / spacing_mm))

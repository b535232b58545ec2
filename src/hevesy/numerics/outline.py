"""The outline of the body on a CT."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

TISSUE_HU = -500.0
"""Half-way between air and soft tissue, so that the outline is unbiased where a voxel holds both. [HU]"""


def body_outline(ct_numbers: NDArray[Any], axial_axis: int = 0) -> NDArray[np.bool_]:
    """The patient without table and air around, cavities filled.

    Above -500 HU, opened by one voxel (thin table tops and wires fall away), the largest connected part, holes filled
    within each axial slice (lungs and gas, which reach the ends of the scan along the body).

    Parameters
    ----------
    ct_numbers
        Shape ``(z, y, x)``, voxels of about 4 mm: the opening is one voxel. [HU]
    axial_axis
        Array axis that runs along the body.

    Returns
    -------
    Shape ``(z, y, x)``; all false where no tissue is found.
    """
    tissue = ndimage.binary_opening(ct_numbers > TISSUE_HU)
    labels, n_parts = ndimage.label(tissue)
    if n_parts == 0:
        return np.zeros(ct_numbers.shape, dtype=bool)
    body = labels == 1 + int(np.argmax(np.bincount(labels.ravel())[1:]))
    filled = [ndimage.binary_fill_holes(part) for part in np.moveaxis(body, axial_axis, 0)]
    return np.ascontiguousarray(np.moveaxis(np.array(filled, dtype=bool), 0, axial_axis))

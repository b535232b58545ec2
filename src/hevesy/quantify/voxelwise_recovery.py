"""An image with its resolution corrected region by region, voxel by voxel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Image
from hevesy.errors import RegionFinding
from hevesy.numerics.geometric_transfer import collected, concentrations, transfer
from hevesy.numerics.response import Part, blur
from hevesy.quantify.resolution import Resolution
from hevesy.quantify.shape_recovery import Compartment

Floats = NDArray[np.float64]
_LEAST = 1e-6
"""Where the blurred model shows less than this share of its largest value, the image is left as it is."""


def recovered_image(image: Image, compartments: Sequence[Compartment], resolution: Resolution) -> Image:
    r"""Region-based voxel-wise correction: what a uniform region lost to blur, every voxel gets back in proportion.

    .. math:: I_c(x) = I(x)\, \frac{\sum_i c_i s_i(x)}{\sum_i c_i b_i(x)}

    with the concentrations *c* of the geometric transfer matrix, the shares *s* of every voxel in each compartment and
    their blurred images *b*. Compartments that show nothing count as empty. Noise is kept, and unevenness within a
    region stays blurred.

    Parameters
    ----------
    image
        Any density. Shape ``(z, y, x)``.
    compartments
        Together they cover all activity.
    resolution
        Of the image.

    Raises
    ------
    RegionFinding
        If the resolution is finer than the voxels, or the compartments cannot be told apart.

    References
    ----------
    .. [1] B. A. Thomas et al., Eur. J. Nucl. Med. Mol. Imaging 38 (2011) 1104,
           doi:10.1007/s00259-011-1745-9 (DOI unconfirmed)
    """
    response = resolution.response(image.grid)
    shares = [one.share for one in compartments]
    try:
        seen = [blur(one.share, image.grid.shape, response, one.breathing_mm**2) for one in compartments]
        found = transfer(shares, seen)
        values = np.maximum(concentrations(found.matrix, collected(shares, image.values)), 0.0)
    except ValueError as error:
        raise RegionFinding(f"recovery by shape is not possible: {error}") from error
    sharp, blurred = (_mixed(parts, values, image.grid.shape) for parts in (shares, seen))
    telling = blurred > _LEAST * float(blurred.max())
    factor = np.divide(sharp, blurred, out=np.ones_like(sharp), where=telling)
    return Image(image.grid, np.asarray(image.values, dtype=np.float64) * factor, image.quantity)


def _mixed(parts: Sequence[Part], values: Floats, shape: tuple[int, int, int]) -> Floats:
    total = np.zeros(shape)
    for part, value in zip(parts, values, strict=True):
        total[part.box] += float(value) * part.values
    return total

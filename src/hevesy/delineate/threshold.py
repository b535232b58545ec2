"""Regions found by a threshold within a drawn one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.domain import Image
from hevesy.errors import RegionFinding


def threshold_region(
    image: Image, *, seed_mask: NDArray[np.bool_], fixed: float | None = None, relative: float | None = None
) -> NDArray[np.bool_]:
    """Voxels at or above a threshold, connected by their faces to the maximum within a bounding region.

    Parameters
    ----------
    image
        Usually an activity concentration.
    seed_mask
        The bounding region; nothing outside is taken. Shape ``(z, y, x)``.
    fixed
        Threshold in the unit of the image.
    relative
        Threshold as share of the maximum within the bounding region. [1]

    Returns
    -------
    Shape ``(z, y, x)``.

    Raises
    ------
    ValueError
        If not exactly one threshold is given.
    RegionFinding
        If the bounding region is empty or nothing in it reaches the threshold.
    """
    if not seed_mask.any():
        raise RegionFinding("empty: the bounding region of the threshold has no voxel")
    bounded = np.where(seed_mask, image.values, -np.inf)
    peak = np.unravel_index(int(np.argmax(bounded)), bounded.shape)
    maximum = float(bounded[peak])
    threshold = _threshold(maximum, fixed, relative)
    if not (maximum >= threshold and maximum > 0):
        unit = image.quantity.value
        raise RegionFinding(f"empty: the maximum, {maximum:.4g} {unit}, is below the threshold, {threshold:.4g} {unit}")
    labels, _ = ndimage.label(bounded >= threshold)
    connected: NDArray[np.bool_] = labels == labels[peak]
    return connected


def _threshold(maximum: float, fixed: float | None, relative: float | None) -> float:
    if fixed is not None and relative is None:
        return fixed
    if relative is not None and fixed is None:
        return relative * maximum
    raise ValueError("expected exactly one of fixed and relative")

r"""Extrahepatic deposition on a scout: activity outside liver, lungs and regions with uptake of their own.

The image outside those regions is background with noise; a voxel stands out where it is above

.. math:: t = m + z\sqrt{s^2 + 2 k b} + \frac{z^2 k}{4} + 2\,b

with the mean *m* and the standard deviation *s* of the background (what stands out is left out until nothing does),
*z* the quantile at which of so many voxels at most the stated share of scouts would show one by Gaussian noise
(Bonferroni; noise with longer tails shows more), and *b* the activity within the regions blurred once more by the
resolution: what spills out of them is below twice that where the boundary is drawn right, with the noise of the scout,
whose variance over its value is *k* (the third term is the skewness of counts). What lies within half a resolution of a
region is not told from it. Neighbouring voxels make a spot; one with less than the stated share of the scout's activity
is left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats

Floats = NDArray[np.float64]
_SIGMA_PER_FWHM = 1.0 / math.sqrt(8.0 * math.log(2.0))
_SPILL = 2.0
_ROUNDS = 50


@dataclass(frozen=True)
class SearchSettings:
    """What is told."""

    spacing_mm: tuple[float, float, float]
    """Of the voxels along ``(z, y, x)``. [mm]"""
    fwhm_mm: float
    """Resolution of the scout. [mm]"""
    variance_per_value: float
    """Noise where the scout shows activity: variance of a voxel over its value."""
    smallest_share: float
    """Of all activity of the scout."""
    false_positives: float
    """Of scouts without deposition."""


@dataclass(frozen=True)
class Deposit:
    """A spot outside the liver."""

    centre_zyx: tuple[float, float, float]
    """Indices of its centre of activity."""
    volume_ml: float
    """[ml]"""
    activity_share: float
    """Of all activity of the scout, above background."""
    mask: NDArray[np.bool_]
    """Shape ``(z, y, x)``."""


def find_deposits(scout: Floats, allowed: NDArray[np.bool_], settings: SearchSettings) -> tuple[Deposit, ...]:
    """Spots outside the allowed regions, the largest first.

    Parameters
    ----------
    scout
        Any linear scale. Shape ``(z, y, x)``.
    allowed
        Liver, lungs and regions with uptake of their own. Shape ``(z, y, x)``.
    settings
        Resolution and what is told.
    """
    reach = settings.fwhm_mm / 2.0
    far = ndimage.distance_transform_edt(~allowed, sampling=settings.spacing_mm)
    outside = np.asarray(far > reach)
    if not outside.any():
        return ()
    quantile = float(stats.norm.isf(settings.false_positives / int(outside.sum())))
    level, spread = _background(scout[far > 3.0 * reach], quantile)
    sigma = [settings.fwhm_mm * _SIGMA_PER_FWHM / step for step in settings.spacing_mm]
    spill = ndimage.gaussian_filter(np.where(far <= reach, scout - level, 0.0), sigma, mode="nearest")
    spilled = _SPILL * np.maximum(spill, 0.0)
    noise = settings.variance_per_value
    threshold = level + quantile * np.sqrt(spread**2 + noise * spilled) + 0.25 * quantile**2 * noise + spilled
    labels, number = ndimage.label(outside & (scout > threshold), structure=np.ones((3, 3, 3)))
    whole = float(np.maximum(scout, 0.0).sum())
    net = scout - level - np.maximum(spill, 0.0)
    told = _worth(labels, number, net / whole if whole > 0.0 else net, settings.smallest_share)
    found = [_deposit(np.asarray(labels == one), net / whole, settings) for one in told]
    return tuple(sorted(found, key=lambda spot: -spot.activity_share))


def _background(values: Floats, quantile: float) -> tuple[float, float]:
    """Mean and standard deviation without what stands out."""
    if values.size == 0:
        return 0.0, 0.0
    for _ in range(_ROUNDS):
        middle, spread = float(values.mean()), float(values.std())
        kept = values[np.abs(values - middle) <= quantile * spread]
        if kept.size in {values.size, 0}:
            break
        values = kept
    return middle, spread


def _worth(labels: NDArray[Any], number: int, shares: Floats, smallest: float) -> list[int]:
    if number == 0:
        return []
    sums = np.asarray(ndimage.sum_labels(shares, labels, np.arange(1, number + 1)))
    return [int(one) for one in np.flatnonzero(sums >= smallest) + 1]


def _deposit(mask: NDArray[np.bool_], shares: Floats, settings: SearchSettings) -> Deposit:
    z, y, x = (float(c) for c in ndimage.center_of_mass(np.where(mask, np.maximum(shares, 0.0), 0.0)))
    volume = int(mask.sum()) * math.prod(settings.spacing_mm) / 1000.0
    return Deposit((z, y, x), volume, float(shares[mask].sum()), mask)

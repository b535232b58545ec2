"""The activity of a region on one scan."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Image, Quantity
from hevesy.errors import RegionFinding
from hevesy.numerics.counting import correlated_mean_relative_u, poisson_relative_u
from hevesy.numerics.partial_volume import edge_value, sigma_of_fwhm, sphere_radius, sphere_recovery
from hevesy.quantities import Uncertain, combine, multiply_powers


@dataclass(frozen=True)
class CountingNoise:
    """What is known about the noise of a scan; leave out what is not known."""

    counts_per_bq: float | None = None
    """Reconstructed counts per becquerel in the field: calibration factor times duration. [1/Bq]"""
    fwhm_mm: float | None = None
    """Resolution of the image; used where the counts are not known. [mm]"""
    repeatability: float = 0.0
    """Relative standard uncertainty between repeated scans that the site has measured."""


@dataclass(frozen=True)
class RegionMeasurement:
    """What one scan shows in one region."""

    region: str
    time_point: int
    n_voxels: int
    mean_concentration: Uncertain
    """Mean over the voxels; the source ``counts:<region>@<time point>``. [Bq/ml]"""
    activity_in_mask_bq: float
    """Sum over the voxels times their volume. [Bq]"""
    basis: str
    """What the counting uncertainty rests on: ``counts``, ``image statistics`` or ``unknown``."""


def measure_region(
    image: Image, mask: NDArray[np.bool_], *, region: str, time_point: int, noise: CountingNoise
) -> RegionMeasurement:
    """Mean activity concentration within a region, with its counting uncertainty.

    With known counts it is that of a Poisson number. Attenuation and resolution correction make the reconstructed
    counts noisier than that, so it is a lower limit; the scatter of the points about the fitted curve shows the rest.
    Without counts it comes from the spread of the voxels and the smoothness of the image, an upper limit because it
    holds the region's own heterogeneity. Without either it is left out.

    Parameters
    ----------
    image
        In Bq/ml.
    mask
        Voxels of the region. Shape ``(z, y, x)``.
    region, time_point
        Names, for the source.
    noise
        What is known about the noise.

    Raises
    ------
    RegionFinding
        If the region is empty, or its mean is not positive and finite.
    ValueError
        If the image is not in Bq/ml or the shapes differ.
    """
    if image.quantity is not Quantity.ACTIVITY_CONCENTRATION or mask.shape != image.values.shape:
        raise ValueError(f"expected Bq/ml on the mask's grid, but {image.quantity} {image.values.shape} came")
    inside = image.values[mask]
    if inside.size == 0:
        raise RegionFinding(f"empty region at time point {time_point}")
    mean = float(np.mean(inside, dtype=np.float64))
    if not (math.isfinite(mean) and mean > 0):
        raise RegionFinding(f"mean activity concentration at time point {time_point} is {mean:.4g} Bq/ml")
    activity = mean * inside.size * image.grid.voxel_volume_ml
    relative, basis = _counting(image, mask, activity, noise)
    relative = math.hypot(relative, noise.repeatability)
    estimate = Uncertain(mean, {f"counts:{region}@{time_point}": relative * mean})
    return RegionMeasurement(region, time_point, int(inside.size), estimate, activity, basis)


def _counting(image: Image, mask: NDArray[np.bool_], activity_bq: float, noise: CountingNoise) -> tuple[float, str]:
    if noise.counts_per_bq is not None:
        return poisson_relative_u(activity_bq * noise.counts_per_bq), "counts"
    if noise.fwhm_mm is not None:
        voxel_mm3 = image.grid.voxel_volume_ml * 1000.0
        return correlated_mean_relative_u(image.values, mask, voxel_mm3, noise.fwhm_mm), "image statistics"
    return 0.0, "unknown"


def region_concentration(
    measurement: RegionMeasurement,
    *,
    volume: Uncertain,
    recovery: Uncertain | None,
    scale: Uncertain,
    fwhm_mm: float | None,
) -> Uncertain:
    r"""Mean activity concentration as measured (not recovery-corrected), with volume and calibration. [Bq/ml]

    A contour drawn larger gathers more counts, but fewer per volume, since the blurred edge is fainter than the mean:

    .. math:: \frac{u(C)}{C} = \frac{\varphi}{2 R} \frac{u(v)}{v}

    for the counts *C* within the contour, so that their mean changes by :math:`\varphi / 2R - 1`. Here
    :math:`\varphi / 2` is the blurred value at the edge of a sphere, and *R* the recovery coefficient; without one,
    that of the blurred sphere. Without a resolution, the edge of a large sphere (1/2) is taken.

    Parameters
    ----------
    measurement
        Of the region.
    volume
        Of the region. [ml]
    recovery
        Recovery coefficient, or None where none is applied.
    scale
        1 with the sources of the calibration.
    fwhm_mm
        Resolution of the emission image, where it is known. [mm]

    References
    ----------
    .. [1] J. I. Gear et al., Eur. J. Nucl. Med. Mol. Imaging 45 (2018) 2456, doi:10.1007/s00259-018-4136-7
    """
    radius = sphere_radius(volume.value * 1000.0)
    sigma = 0.0 if fwhm_mm is None else sigma_of_fwhm(fwhm_mm)
    recovered = sphere_recovery(radius, sigma) if recovery is None else recovery.value
    slope = edge_value(radius, sigma) / recovered - 1.0
    mean = measurement.mean_concentration
    drawn = combine(mean.value, [(mean, 1.0), (volume, slope * mean.value / volume.value)])
    return multiply_powers((drawn, 1.0), (scale, 1.0))


def region_activity(
    measurement: RegionMeasurement,
    *,
    volume: Uncertain,
    recovery: Uncertain | None,
    scale: Uncertain,
    fwhm_mm: float | None,
) -> Uncertain:
    """Activity of the region at scan time, mean concentration times volume over the recovery coefficient. [Bq]

    Parameters and correlations are those of :func:`region_concentration`; without a recovery coefficient the activity
    stays uncorrected.
    """
    concentration = region_concentration(measurement, volume=volume, recovery=recovery, scale=scale, fwhm_mm=fwhm_mm)
    uncorrected = multiply_powers((concentration, 1.0), (volume, 1.0))
    return uncorrected if recovery is None else multiply_powers((uncorrected, 1.0), (recovery, -1.0))

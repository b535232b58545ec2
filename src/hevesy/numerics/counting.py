"""How well the mean of a region is known from counting."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion

from hevesy.numerics.partial_volume import sigma_of_fwhm

_FEW = 8


def poisson_relative_u(counts: float) -> float:
    """Relative standard uncertainty of a number of counts.

    Raises
    ------
    ValueError
        If the counts are not positive.
    """
    if not counts > 0:
        raise ValueError(f"expected positive counts, but {counts} came")
    return 1.0 / math.sqrt(counts)


def correlated_mean_relative_u(
    values: NDArray[np.float64], mask: NDArray[np.bool_], voxel_mm3: float, fwhm_mm: float
) -> float:
    r"""Relative standard uncertainty of a mean whose noise is as smooth as the image.

    Noise that passed a Gaussian of standard deviation :math:`\sigma` has the autocorrelation
    :math:`e^{-d^2/4\sigma^2}`, so a volume *V* holds :math:`V / (4\pi\sigma^2)^{3/2}` independent samples. The spread
    of the voxels (of the interior, where the region has one) is an upper limit: it holds the region's own
    heterogeneity.

    Parameters
    ----------
    values, mask
        Image and region. Shape ``(z, y, x)``.
    voxel_mm3, fwhm_mm
        Volume of a voxel; full width at half maximum of the image.
    """
    n = int(np.count_nonzero(mask))
    inner = binary_erosion(mask)
    sample = values[inner] if np.count_nonzero(inner) >= _FEW else values[mask]
    correlated_mm3 = max(voxel_mm3, (4.0 * math.pi * sigma_of_fwhm(fwhm_mm) ** 2) ** 1.5)
    spread = float(np.std(sample, ddof=1)) if sample.size > 1 else 0.0
    mean = float(np.mean(values[mask]))
    if not mean > 0:
        raise ValueError(f"expected a positive mean, but {mean} came")
    return spread / mean * math.sqrt(min(1.0, correlated_mm3 / (n * voxel_mm3)))

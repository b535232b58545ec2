"""How far one planar image lies from another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.errors import AlignmentError

Floats = NDArray[np.float64]
_BLUR_MM = 8.0
_FINE = 20
"""Steps of a pixel."""


def planar_shift(
    fixed: Floats, moving: Floats, pixels_mm: tuple[float, float], *, maximum_mm: float, where: str = ""
) -> tuple[float, float]:
    """Shift that brings one picture of counts onto another, by the peak of their correlation.

    The roots of the counts are compared, so that hot organs do not outweigh the rest of the body. Turns are not
    looked for.

    Parameters
    ----------
    fixed, moving
        Counts. Shape ``(row, column)``.
    pixels_mm
        Between rows and between columns. [mm]
    maximum_mm
        Largest shift that is believed. [mm]
    where
        The moving image, for the message.

    Returns
    -------
    Along rows and columns. [mm]

    Raises
    ------
    AlignmentError
        If the pictures are farther apart.

    References
    ----------
    .. [1] M. Guizar-Sicairos et al., Opt. Lett. 33 (2008) 156, doi:10.1364/OL.33.000156
    """
    from skimage import registration

    sigma = [_BLUR_MM / pixel for pixel in pixels_mm]
    pictures = [ndimage.gaussian_filter(np.sqrt(np.maximum(image, 0.0)), sigma) for image in (fixed, moving)]
    shift, _, _ = registration.phase_cross_correlation(  # type: ignore[no-untyped-call]
        *pictures, upsample_factor=_FINE, normalization=None
    )
    rows, columns = (float(step * pixel) for step, pixel in zip(shift, pixels_mm, strict=True))
    if max(abs(rows), abs(columns)) > maximum_mm:
        came = f"{rows:.0f} mm along and {columns:.0f} mm across came"
        raise AlignmentError(f"planar images at most {maximum_mm:g} mm apart", came, where)
    return rows, columns


def shifted(images: Floats, shift_mm: tuple[float, float], pixels_mm: tuple[float, float]) -> Floats:
    """Images moved along their last two axes by linear interpolation, which keeps their sums. [mm]"""
    steps = [0.0] * (images.ndim - 2) + [s / p for s, p in zip(shift_mm, pixels_mm, strict=True)]
    moved: Floats = ndimage.shift(images, steps, order=1, mode="constant")
    return moved

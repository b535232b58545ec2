"""Point and line sources in a reconstructed image: where they are and how wide they look."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.optimize import least_squares

from hevesy.domain import Image
from hevesy.errors import InputError
from hevesy.numerics.partial_volume import sigma_of_fwhm
from hevesy.quantify.resolution import MeasuredPoint

Floats = NDArray[np.float64]
_FWHM_PER_SIGMA = 1.0 / sigma_of_fwhm(1.0)
_OF_MAXIMUM = 0.15
"""Sources fainter than this share of the brightest voxel are not looked at."""
_HALF_WIDTH_MM = 20.0
"""What is fitted around each source. [mm]"""
_APART_MM = 30.0


def measure_sources(
    image: Image, *, kind: Literal["points", "lines"], source_diameter_mm: float, where: str
) -> tuple[MeasuredPoint, ...]:
    """Fit a Gaussian to every small source of an image.

    A point is fitted in all three directions, with one width across the axis and one along it; a line along the axis in
    every third slice of its middle half. The source's own width (a uniform sphere or cylinder) is subtracted in
    quadrature.

    Parameters
    ----------
    image
        Reconstructed sources in air or water, nothing else in the field.
    kind
        ``points`` or ``lines`` (along the axis).
    source_diameter_mm
        Inner diameter of the sources. [mm]
    where
        Series, for messages.

    Raises
    ------
    InputError
        If there is no source, sources are less than 30 mm apart or at the border, or one is not Gaussian.

    References
    ----------
    .. [1] NEMA NU 1-2018, Performance measurements of gamma cameras (unconfirmed: the subtraction and the numbers of
       slices are choices of this implementation)
    """
    values = np.asarray(image.values, dtype=np.float64)
    found = _points(values, image, where) if kind == "points" else _lines(values, image, where)
    measured = tuple(_measured(fit, image, source_diameter_mm, kind, where) for fit in found)
    if not measured:
        raise InputError(f"{kind} of activity", "none stands out", where)
    return measured


def _points(values: Floats, image: Image, where: str) -> Iterator[Floats]:
    peaks = _peaks(values, image, where)
    for peak in peaks:
        yield _fitted(values, peak, image, (True, True, True), where)


def _lines(values: Floats, image: Image, where: str) -> Iterator[Floats]:
    profile = values.sum(axis=0)
    peaks = _peaks(profile[None], image, where)
    along = np.flatnonzero(values.sum(axis=(1, 2)) > 0.5 * values.sum(axis=(1, 2)).max())
    quarter = len(along) // 4
    for k in along[quarter : len(along) - quarter : 3]:
        for _, y, x in peaks:
            yield _fitted(values, (int(k), y, x), image, (False, True, True), where)


def _peaks(values: Floats, image: Image, where: str) -> list[tuple[int, int, int]]:
    steps = image.grid.spacing_mm[::-1]
    size = [max(1, round(_HALF_WIDTH_MM / s)) | 1 if n > 1 else 1 for s, n in zip(steps, values.shape, strict=True)]
    smooth = ndimage.gaussian_filter(
        values, [2.0 / s if n > 1 else 0 for s, n in zip(steps, values.shape, strict=True)]
    )
    top = (smooth == ndimage.maximum_filter(smooth, size)) & (smooth > _OF_MAXIMUM * smooth.max())
    labels, n_peaks = ndimage.label(top, np.ones((3, 3, 3)))  # equal neighbours are one peak
    first = [np.argwhere(labels == n)[0] for n in range(1, n_peaks + 1)]
    peaks = [(int(z), int(y), int(x)) for z, y, x in first]
    for n, peak in enumerate(peaks):
        for other in peaks[n + 1 :]:
            apart = math.dist(np.multiply(peak, steps), np.multiply(other, steps))
            if apart < _APART_MM:
                raise InputError(f"sources at least {_APART_MM:g} mm apart", f"two are {apart:.0f} mm apart", where)
    return peaks


def _fitted(
    values: Floats, peak: tuple[int, int, int], image: Image, along: tuple[bool, bool, bool], where: str
) -> Floats:
    """Amplitude, background, centre (z, y, x in mm from the first voxel), sigma across and along, u of sigma across."""
    steps = np.array(image.grid.spacing_mm[::-1])
    half = [round(_HALF_WIDTH_MM / s) if wanted else 0 for s, wanted in zip(steps, along, strict=True)]
    low = [p - h for p, h in zip(peak, half, strict=True)]
    high = [p + h + 1 for p, h in zip(peak, half, strict=True)]
    if min(low) < 0 or any(h > n for h, n in zip(high, values.shape, strict=True)):
        raise InputError(f"sources at least {_HALF_WIDTH_MM:g} mm from the border", "one is nearer", where)
    window = values[tuple(slice(a, b) for a, b in zip(low, high, strict=True))]
    axes = [np.arange(a, b) * s for a, b, s in zip(low, high, steps, strict=True)]
    start = np.array([window.max(), 0.0, *(np.array(peak) * steps), 4.0, 4.0])

    def model(p: Floats) -> Floats:
        across = np.exp(-0.5 * (((axes[1] - p[3])[:, None] / p[5]) ** 2 + ((axes[2] - p[4])[None, :] / p[5]) ** 2))
        length = np.exp(-0.5 * ((axes[0] - p[2]) / p[6]) ** 2) if along[0] else np.ones(1)
        shape: Floats = p[0] * length[:, None, None] * across[None] + p[1]
        return shape

    def residuals(p: Floats) -> Floats:
        return (model(p) - window).ravel()

    fit = least_squares(residuals, start, x_scale=np.maximum(np.abs(start), 1e-3 * start[0]))
    misfit = math.sqrt(2.0 * float(fit.cost) / window.size) / float(fit.x[0])
    if not fit.success or misfit > 0.1 or min(fit.x[5:]) <= 0:
        raise InputError("a Gaussian response to every source", f"the fit leaves {misfit:.0%} of the peak", where)
    free = [0, 1, 3, 4, 5, *([2, 6] if along[0] else [])]
    jacobian = np.asarray(fit.jac, dtype=np.float64)[:, free]
    scatter = np.asarray(fit.fun, dtype=np.float64) ** 2 * (window.size / max(window.size - len(free), 1))
    inverse = np.linalg.inv(jacobian.T @ jacobian)
    covariance = inverse @ (jacobian.T * scatter) @ jacobian @ inverse  # noise is larger where the source is brighter
    result: Floats = np.append(fit.x, math.sqrt(covariance[4, 4]))
    return result


def _measured(fit: Floats, image: Image, diameter_mm: float, kind: str, where: str) -> MeasuredPoint:
    _, _, _, y, x, across, along, u = fit
    sx, sy, _ = image.grid.spacing_mm
    _, ny, nx = image.grid.shape
    radius = math.hypot(y - (ny - 1) / 2 * sy, x - (nx - 1) / 2 * sx)
    own = diameter_mm**2 / (20.0 if kind == "points" else 16.0)
    if across**2 <= own:
        raise InputError("sources narrower than the resolution", f"a diameter of {diameter_mm:g} mm came", where)
    length = math.sqrt(max(along**2 - own, 0.0)) * _FWHM_PER_SIGMA if kind == "points" else None
    return MeasuredPoint(radius, math.sqrt(across**2 - own) * _FWHM_PER_SIGMA, length, max(u, 1e-3) * _FWHM_PER_SIGMA)

"""Regions grown from a point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.domain import Image
from hevesy.errors import RegionFinding

NEIGHBOURHOOD_MM = 6.0
"""Radius of the neighbourhood of the seed, whose mean a relative threshold refers to. [mm]"""


@dataclass(frozen=True)
class GrowingThreshold:
    """The lower threshold, in exactly one way."""

    fixed: float | None = None
    """In the unit of the image."""
    relative_to_seed: float | None = None
    """Share of the mean within 6 mm of the seed. [1]"""
    relative_to_maximum: float | None = None
    """Share of the maximum within the bounding region. [1]"""

    def __post_init__(self) -> None:
        given = [v for v in (self.fixed, self.relative_to_seed, self.relative_to_maximum) if v is not None]
        if len(given) != 1:
            raise ValueError(f"expected exactly one threshold, but {len(given)} came")


def grow_region(
    image: Image,
    *,
    seed_mm: tuple[float, float, float],
    bound: NDArray[np.bool_],
    threshold: GrowingThreshold,
    maximum_volume_ml: float,
) -> NDArray[np.bool_]:
    """Voxels at or above a threshold that are connected, by their faces, to the voxel of a seed.

    Parameters
    ----------
    image
        An activity concentration or a CT.
    seed_mm
        Patient point (x, y, z), LPS. [mm]
    bound
        The bounding region: where growth may go. Shape ``(z, y, x)``.
    threshold
        Lower limit of the values.
    maximum_volume_ml
        Above it the region is taken to have leaked. [ml]

    Returns
    -------
    Shape ``(z, y, x)``.

    Raises
    ------
    RegionFinding
        If the seed lies outside the image or the bounding region or below the threshold; if growth would go on beyond
        the bounding region or the image's border; or if the volume is above the maximum. Nothing is cut off.
    """
    seed = _voxel(image, seed_mm)
    if not bound[seed]:
        raise RegionFinding("outside the bounding region: the seed does not lie in it")
    limit = _limit(image, seed_mm, bound, threshold)
    unit = image.quantity.value
    if not image.values[seed] >= limit:
        raise RegionFinding(
            f"empty: the seed's voxel, {image.values[seed]:.4g} {unit}, is below the threshold, {limit:.4g} {unit}"
        )
    above = image.values >= limit
    labels, _ = ndimage.label(above & bound)
    grown: NDArray[np.bool_] = labels == labels[seed]
    _check_leak(grown, above & ~bound)
    volume = int(np.count_nonzero(grown)) * image.grid.voxel_volume_ml
    if volume > maximum_volume_ml:
        raise RegionFinding(
            f"leaked: {volume:.3g} ml grew from the seed, at most {maximum_volume_ml:.3g} ml are stated"
        )
    return grown


def _voxel(image: Image, point_mm: tuple[float, float, float]) -> tuple[int, int, int]:
    x, y, z = (int(n) for n in np.floor(image.grid.indices(np.array(point_mm)) + 0.5))
    if not all(0 <= n < size for n, size in zip((z, y, x), image.grid.shape, strict=True)):
        raise RegionFinding("outside the image: the seed lies beyond its field of view")
    return z, y, x


def _limit(
    image: Image, seed_mm: tuple[float, float, float], bound: NDArray[np.bool_], threshold: GrowingThreshold
) -> float:
    if threshold.fixed is not None:
        return threshold.fixed
    if threshold.relative_to_maximum is not None:
        reference, share = float(image.values[bound].max()), threshold.relative_to_maximum
    else:
        reference, share = _seed_mean(image, seed_mm), threshold.relative_to_seed or 0.0
    if not reference > 0:
        unit = image.quantity.value
        raise RegionFinding(f"empty: a share of {reference:.4g} {unit} is no threshold")
    return share * reference


def _seed_mean(image: Image, seed_mm: tuple[float, float, float]) -> float:
    """Mean over the voxels whose centre lies within 6 mm of the seed, the seed's own voxel among them."""
    seed = np.array(_voxel(image, seed_mm))
    reach = np.ceil(NEIGHBOURHOOD_MM / np.array(image.grid.spacing_mm[::-1])).astype(int)
    low = np.maximum(seed - reach, 0)
    high = np.minimum(seed + reach + 1, image.grid.shape)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    indices = np.stack(np.meshgrid(*(np.arange(a, b) for a, b in zip(low, high, strict=True)), indexing="ij"), axis=-1)
    points = image.grid.points(indices[..., ::-1].astype(np.float64))
    near = np.linalg.norm(points - np.array(seed_mm), axis=-1) <= NEIGHBOURHOOD_MM
    near[tuple(seed - low)] = True
    return float(image.values[box][near].mean())


def _check_leak(grown: NDArray[np.bool_], beyond: NDArray[np.bool_]) -> None:
    """Refuse where growth would go on through a face: beyond the bounding region, or beyond the image."""
    if (ndimage.binary_dilation(grown) & beyond).any():
        raise RegionFinding("leaked: the region goes on beyond the bounding region")
    if any(grown.take([0, -1], axis=axis).any() for axis in range(3) if grown.shape[axis] > 1):
        raise RegionFinding("leaked: the region reaches the border of the image")

"""Images on another grid, through a rigid transform."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Grid, Image, Quantity, RigidTransform, Roi, RoiSet
from hevesy.numerics.resample import inverse, overlap_fraction, sample

_DENSITIES = (
    Quantity.ACTIVITY_CONCENTRATION,
    Quantity.TIME_INTEGRATED_ACTIVITY_CONCENTRATION,
    Quantity.ABSORBED_DOSE_RATE,
    Quantity.ABSORBED_DOSE,
    Quantity.CT_NUMBER,
)


@dataclass(frozen=True)
class Resampled:
    """An image on another grid, and how well its total was kept."""

    image: Image
    coverage: NDArray[np.bool_]
    """Voxels that lie wholly within the original field of view; the others hold 0 or a part. Shape ``(z, y, x)``."""
    conserved: float | None
    """Total within the common field of view, after over before; None where the total is not positive."""


def resample_activity(image: Image, grid: Grid, transform: RigidTransform | None = None) -> Resampled:
    """Bring an activity concentration onto another grid with its activity conserved.

    Linear interpolation of the concentration; a target voxel coarser than the image's averages evenly spread points.
    The weights of every original voxel add up to its volume for a shift, and to within about 0.1 % for a rotation; the
    totals within the common field of view are compared and nothing is rescaled.

    Parameters
    ----------
    image
        A concentration or another density; counts per voxel are none.
    grid
        Target.
    transform
        From points of the grid to points of the image; None where both are in one frame of reference.

    Raises
    ------
    ValueError
        If the image's values are not densities.
    """
    if image.quantity not in _DENSITIES:
        raise ValueError(f"expected an image of a density such as Bq/ml, but {image.quantity.value} came")
    index_map = _index_map(grid, image.grid, transform)
    values, coverage = _averaged(image, index_map, grid)
    after = float(np.sum(values * overlap_fraction(image.grid.shape, index_map, grid.shape))) * grid.voxel_volume_ml
    within = overlap_fraction(grid.shape, inverse(index_map), image.grid.shape)
    before = float(np.sum(image.values * within)) * image.grid.voxel_volume_ml
    conserved = after / before if before > 0 else None
    return Resampled(Image(grid, values, image.quantity), coverage, conserved)


def resample_ct(ct: Image, grid: Grid, transform: RigidTransform | None = None, *, outside_hu: float) -> Image:
    """Bring a CT onto another grid by linear interpolation (average where the grid is coarser).

    Parameters
    ----------
    transform
        From points of the grid to points of the CT.
    outside_hu
        Value where the CT has none. [HU]
    """
    values, coverage = _averaged(ct, _index_map(grid, ct.grid, transform), grid)
    return Image(grid, np.where(coverage, values, outside_hu), Quantity.CT_NUMBER)


def _averaged(
    image: Image, index_map: NDArray[np.float64], grid: Grid
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values, averaged over evenly spread points where the grid is coarser, and where all points were inside."""
    steps = np.abs(index_map[:3, :3]).max(axis=0)  # source voxels per step along target x, y, z
    subsamples = (_n_points(steps[2]), _n_points(steps[1]), _n_points(steps[0]))
    return sample(image.values, index_map, grid.shape, subsamples=subsamples)


def resample_mask(
    mask: NDArray[np.bool_], mask_grid: Grid, grid: Grid, transform: RigidTransform | None = None
) -> NDArray[np.bool_]:
    """Bring a mask onto another grid: the nearest voxel decides; false outside. Shape ``(z, y, x)``.

    ``transform`` maps points of ``grid`` to points of ``mask_grid``.
    """
    values, _ = sample(mask.astype(np.uint8), _index_map(grid, mask_grid, transform), grid.shape, nearest=True)
    moved: NDArray[np.bool_] = values > 0.5
    return moved


def resample_labels(image: Image, grid: Grid, transform: RigidTransform | None = None) -> Image:
    """Bring a label image onto another grid: the nearest voxel decides; 0 outside.

    Raises
    ------
    ValueError
        If the image holds no labels.
    """
    if image.quantity != Quantity.LABELS:
        raise ValueError(f"expected labels, but {image.quantity.value} came")
    values, _ = sample(image.values, _index_map(grid, image.grid, transform), grid.shape, nearest=True)
    return Image(grid, values.astype(image.values.dtype), Quantity.LABELS)


def transform_roi_set(rois: RoiSet, transform: RigidTransform) -> RoiSet:
    """Move drawn regions to another frame of reference: contour points, or the grid of a mask; nothing is resampled.

    Parameters
    ----------
    transform
        From points of the regions to points of the new frame.
    """
    moved = tuple(_move_roi(roi, transform) for roi in rois.rois)
    return replace(rois, rois=moved, frame_of_reference=transform.target_frame)


def move_grid(grid: Grid, transform: RigidTransform) -> Grid:
    """The same voxels in another frame of reference."""
    origin = transform.apply(np.array(grid.origin_mm))
    u, _, vt = np.linalg.svd(transform.array[:3, :3] @ grid.direction_matrix)
    axes = u @ vt  # exactly orthonormal, whatever the rounding of the matrix
    rows = [(float(r[0]), float(r[1]), float(r[2])) for r in axes]
    return replace(
        grid,
        origin_mm=(float(origin[0]), float(origin[1]), float(origin[2])),
        direction=(rows[0], rows[1], rows[2]),
        frame_of_reference=transform.target_frame,
    )


def _move_roi(roi: Roi, transform: RigidTransform) -> Roi:
    contours = tuple(replace(c, points_mm=transform.apply(c.points_mm)) for c in roi.contours)
    mask_grid = None if roi.mask_grid is None else move_grid(roi.mask_grid, transform)
    return replace(roi, contours=contours, mask_grid=mask_grid)


def _index_map(grid: Grid, source: Grid, transform: RigidTransform | None) -> NDArray[np.float64]:
    to_source = np.eye(4) if transform is None else transform.array
    index_map: NDArray[np.float64] = inverse(source.affine) @ to_source @ grid.affine
    return index_map


def _n_points(step: float) -> int:
    """Points per target voxel so that no original voxel is skipped."""
    return max(1, math.ceil(step - 0.05))

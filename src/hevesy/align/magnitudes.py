"""Rigid registration of two MR acquisitions of one patient in one session, and maps brought from one to the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.align.across import prepared
from hevesy.align.optimise import refine
from hevesy.align.through import index_map, sample_through
from hevesy.align.working import WorkingImage
from hevesy.domain import Grid, Image, Progress, RigidTransform, silent
from hevesy.errors import AlignmentError
from hevesy.numerics.resample import sample

_KNOWN = 0.5
"""Weight of the voxels with a value from which on an interpolated one is known."""
_SHRINK = (2, 1)
_ROUNDING = 1e-3


@dataclass(frozen=True)
class MagnitudeRegistration:
    """How points of one acquisition map to another's, and how alike the images are."""

    transform: RigidTransform
    """From points of the fixed image to points of the moving one. [mm]"""
    likeness_before: float
    """Correlation of the images as they lay, in and around the body. [1]"""
    likeness_after: float
    """Through the transform. [1]"""
    translation_mm: float
    """How far the centre of the body moves. [mm]"""
    rotation_deg: float
    """[degree]"""


def register_magnitudes(fixed: Image, moving: Image, *, progress: Progress = silent) -> MagnitudeRegistration:
    """Find the rigid transform from points of one magnitude image to points of another, near no movement at all.

    Mattes mutual information on voxels of about 4 mm, from the identity: both were taken with the patient on the same
    table, and what moved is breathing and posture. For images far apart see
    :func:`~hevesy.align.register_across`. A transform that makes the images less alike than they lay is refused.

    Parameters
    ----------
    fixed, moving
        Magnitudes of the same sequence, best the first echoes. [arbitrary units]
    progress
        Told every iteration.

    Raises
    ------
    AlignmentError
        If an image shows nothing, the two have no part in common, or the transform made them less alike.

    References
    ----------
    .. [1] D. Mattes et al., IEEE Trans. Med. Imaging 22 (2003) 120, doi:10.1109/TMI.2003.809072
    """
    target, source = prepared(fixed, "fixed image"), prepared(moving, "moving image")
    frames = fixed.grid.frame_of_reference, moving.grid.frame_of_reference
    transform = RigidTransform.from_array(refine(target, source, np.zeros(3), progress, shrink=_SHRINK), *frames)
    before = _likeness(target, source, RigidTransform.identity(*frames))
    after = _likeness(target, source, transform)
    if after < before - _ROUNDING:
        came = f"their correlation fell from {before:.3f} to {after:.3f}"
        raise AlignmentError("a registration that makes the images more alike", came, "registration")
    return MagnitudeRegistration(transform, before, after, *_movement(target, transform))


def _likeness(target: WorkingImage, source: WorkingImage, transform: RigidTransform) -> float:
    """Correlation in and around the body of the fixed image, where both have values."""
    moved, common = sample_through(source.values, source.grid, target.grid, transform)
    near = ndimage.binary_dilation(target.body, iterations=2) & common
    if not near.any():
        raise AlignmentError("images of the same part of the body", "they have none in common", "registration")
    return float(np.corrcoef(target.values[near], moved[near])[0, 1])


def _movement(target: WorkingImage, transform: RigidTransform) -> tuple[float, float]:
    """How far the centre of the body moves [mm], and the angle of the rotation [degree]."""
    shift = float(np.linalg.norm(transform.apply(target.centre_mm) - target.centre_mm))
    cosine = (np.trace(transform.array[:3, :3]) - 1.0) / 2.0
    return shift, float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))


def resample_map(
    values: NDArray[np.float64], source: Grid, grid: Grid, transform: RigidTransform
) -> NDArray[np.float64]:
    """Bring a map that lacks values in places onto another grid; linear, NaN where too little is known.

    Parameters
    ----------
    values
        NaN where there is none. Shape ``(z, y, x)`` of the source.
    transform
        From points of the grid to points of the source. [mm]

    Returns
    -------
    The mean of the known neighbours by their weights, in the unit of the map. Shape ``(z, y, x)`` of the grid.
    """
    known = np.isfinite(values)
    to_source = index_map(grid, source, transform)
    total, _ = sample(np.where(known, values, 0.0), to_source, grid.shape)
    weight, _ = sample(known.astype(np.float64), to_source, grid.shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight >= _KNOWN, total / weight, np.nan)

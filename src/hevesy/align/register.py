"""Rigid registration of two CTs by mutual information."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.align.optimise import refine
from hevesy.align.quality import AlignmentQuality, assess
from hevesy.align.working import AIR_HU, WorkingImage, prepare
from hevesy.domain import Grid, Image, Progress, RigidTransform, silent
from hevesy.numerics.resample import inverse, sample

_START_MM = 16.0


@dataclass(frozen=True)
class Registration:
    """How points of one CT's frame map to another's, and how well."""

    transform: RigidTransform
    """From points of the fixed frame to points of the moving frame."""
    quality: AlignmentQuality


def register_rigid(fixed: Image, moving: Image, *, progress: Progress = silent) -> Registration:
    """Find the rigid transform from points of the fixed CT to points of the moving CT.

    Mattes mutual information on voxels of about 4 mm in three levels, from the best translation by masked correlation
    of the whole bodies. Table and air are taken away first. The same images give the same bits: one thread, fixed
    sampling.

    Parameters
    ----------
    fixed, moving
        CTs. [HU]
    progress
        Told every iteration.

    Raises
    ------
    AlignmentError
        If a CT shows no body.

    References
    ----------
    .. [1] D. Mattes et al., IEEE Trans. Med. Imaging 22 (2003) 120, doi:10.1109/TMI.2003.809072
    .. [2] D. Padfield, IEEE Trans. Image Process. 21 (2012) 2706, doi:10.1109/TIP.2011.2181402
    """
    target, source = prepare(fixed, "fixed CT"), prepare(moving, "moving CT")
    matrix = refine(target, source, _start_shift(target, source), progress)
    transform = RigidTransform.from_array(matrix, fixed.grid.frame_of_reference, moving.grid.frame_of_reference)
    return Registration(transform, assess(target, source, transform))


def _start_shift(target: WorkingImage, source: WorkingImage) -> NDArray[np.float64]:
    """Translation (x, y, z) from target to source points with the best correlation where both have values. [mm]"""
    from skimage import registration

    (fixed, fixed_grid), (moving, moving_grid) = (_lattice(image) for image in (target, source))
    correlate: Any = registration.phase_cross_correlation  # the library is not typed
    shift, _, _ = correlate(
        fixed,
        moving,
        reference_mask=np.ones(fixed.shape, dtype=bool),
        moving_mask=np.ones(moving.shape, dtype=bool),
        overlap_ratio=0.3,
    )
    steps = -np.asarray(shift, dtype=np.float64)[::-1] * _START_MM
    translation: NDArray[np.float64] = steps + np.array(moving_grid.origin_mm) - np.array(fixed_grid.origin_mm)
    return translation


def _lattice(image: WorkingImage) -> tuple[NDArray[np.float64], Grid]:
    """The image on voxels of 16 mm along the patient's axes, around its field of view."""
    z, y, x = image.grid.shape
    corners = image.grid.points(
        np.array([[i, j, k] for i in (-0.5, x - 0.5) for j in (-0.5, y - 0.5) for k in (-0.5, z - 0.5)])
    )
    low, high = corners.min(axis=0), corners.max(axis=0)
    count = np.maximum(np.floor((high - low) / _START_MM + 1e-6).astype(int), 1)
    origin = (low + high) / 2 - (count - 1) * _START_MM / 2
    grid = Grid(
        (int(count[2]), int(count[1]), int(count[0])),
        (_START_MM, _START_MM, _START_MM),
        (float(origin[0]), float(origin[1]), float(origin[2])),
    )
    smooth = ndimage.gaussian_filter(image.values - AIR_HU, [_START_MM / 2 / s for s in image.grid.spacing_mm[::-1]])
    values, _ = sample(smooth, inverse(image.grid.affine) @ grid.affine, grid.shape)
    return values, grid

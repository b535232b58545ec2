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
_OVERLAP = 0.3


@dataclass(frozen=True)
class Registration:
    """How points of one CT's frame map to another's, and how well."""

    transform: RigidTransform
    """From points of the fixed frame to points of the moving frame."""
    quality: AlignmentQuality


def register_rigid(fixed: Image, moving: Image, *, progress: Progress = silent) -> Registration:
    """Find the rigid transform from points of the fixed CT to points of the moving CT.

    Mattes mutual information on voxels of about 4 mm in three levels, from the best translation by masked correlation
    of the whole bodies. Table and air are taken away first. The same images give the same bits: one thread, a
    fixed seed for the sampled points.

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
    matrix = refine(target, source, start_shift(target, source), progress)
    transform = RigidTransform.from_array(matrix, fixed.grid.frame_of_reference, moving.grid.frame_of_reference)
    return Registration(transform, assess(target, source, transform))


def start_shift(target: WorkingImage, source: WorkingImage) -> NDArray[np.float64]:
    """Translation (x, y, z) from target to source points with the best correlation where both have values. [mm]"""
    from skimage import registration

    correlate: Any = registration.phase_cross_correlation  # the library is not typed
    shape = tuple(np.maximum(_lattice_shape(target.grid), _lattice_shape(source.grid)))
    fixed, moving = _lattice(target, shape), _lattice(source, shape)
    shift, _, _ = correlate(
        fixed.values, moving.values, reference_mask=fixed.body, moving_mask=moving.body, overlap_ratio=_OVERLAP
    )
    steps = -np.asarray(shift, dtype=np.float64)[::-1] * _START_MM
    translation: NDArray[np.float64] = steps + np.array(moving.grid.origin_mm) - np.array(fixed.grid.origin_mm)
    return translation


def _corners(grid: Grid) -> NDArray[np.float64]:
    z, y, x = grid.shape
    return grid.points(np.array([[i, j, k] for i in (-0.5, x - 0.5) for j in (-0.5, y - 0.5) for k in (-0.5, z - 0.5)]))


def _lattice_shape(grid: Grid) -> NDArray[np.int_]:
    """Voxels (z, y, x) of 16 mm along the patient's axes that hold the field of view."""
    counts: NDArray[np.int_] = np.ceil(np.ptp(_corners(grid), axis=0)[::-1] / _START_MM).astype(np.int_)
    return counts


def _lattice(image: WorkingImage, shape: tuple[int, ...]) -> WorkingImage:
    """The image on 16 mm voxels along the patient's axes; ``body`` is where it has values."""
    corners = _corners(image.grid)
    z, y, x = (int(n) for n in shape)
    origin = (corners.min(axis=0) + corners.max(axis=0)) / 2 - (np.array([x, y, z]) - 1) * _START_MM / 2
    spacing = (_START_MM, _START_MM, _START_MM)
    grid = Grid((z, y, x), spacing, (float(origin[0]), float(origin[1]), float(origin[2])))
    smooth = ndimage.gaussian_filter(image.values - AIR_HU, [_START_MM / 2 / s for s in image.grid.spacing_mm[::-1]])
    values, covered = sample(smooth, inverse(image.grid.affine) @ grid.affine, grid.shape)
    return WorkingImage(grid, values, covered)

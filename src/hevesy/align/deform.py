"""Deformable registration of two CTs, after the rigid one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.align.optimise import one_thread
from hevesy.align.quality import AlignmentQuality, assess
from hevesy.align.register import register_rigid
from hevesy.align.through import index_map, jacobian_on, lattice_points
from hevesy.align.working import WorkingImage, prepare
from hevesy.domain import Deformation, DisplacementField, Grid, Image, Progress, RigidTransform, silent
from hevesy.errors import AlignmentError
from hevesy.numerics.deformation import field_at, inverted
from hevesy.numerics.resample import block_mean, inverse, sample

Floats = NDArray[np.float64]

_WINDOW_HU = (-200.0, 300.0)
"""Lung, gas and air look alike, and so do metal and dense bone."""
_LEVELS = ((2, 80), (1, 25))
"""Voxels of 4 mm per voxel of the level, and its iterations."""
_SMOOTHING = 2.0
"""Standard deviation of the Gaussian that smooths the field after each step. [voxels of the level]"""


@dataclass(frozen=True)
class DeformationQuality:
    """How a deformation bends the body of the fixed CT."""

    jacobian_minimum: float
    jacobian_p5: float
    jacobian_p95: float
    jacobian_maximum: float
    """Volume after over volume before, over the voxels of the body."""
    mean_displacement_mm: float
    """Beside the rigid part, over the body. [mm]"""
    largest_displacement_mm: float
    """Beside the rigid part, in the body. [mm]"""
    inverse_consistency_mm: float
    """Largest distance, in the body, of a point that went there and back from where it was. [mm]"""


@dataclass(frozen=True)
class DeformableRegistration:
    """How points of one CT's frame map to another's, and how well, before and after the deformation."""

    transform: Deformation
    """From points of the fixed frame to points of the moving frame."""
    quality: AlignmentQuality
    rigid_quality: AlignmentQuality
    """Of the rigid registration that it starts from."""
    deformation: DeformationQuality


def register_deformable(fixed: Image, moving: Image, *, progress: Progress = silent) -> DeformableRegistration:
    """Find a smooth deformation from points of the fixed CT to points of the moving CT.

    Rigid registration first, then diffeomorphic demons on voxels of about 8 and 4 mm over CT numbers from -200 to 300,
    the field smoothed by a Gaussian of two voxels after each step. One thread: the same images give the same bits.

    It follows borders that the CT shows. Within an organ of one CT number it only interpolates, and sliding along the
    pleura or an organ's surface is smoothed. What it does to a volume is part of the result and must be looked at.

    Parameters
    ----------
    fixed, moving
        CTs. [HU]
    progress
        Told every iteration.

    Raises
    ------
    AlignmentError
        If a CT shows no body, or the deformation folds within the body.

    References
    ----------
    .. [1] T. Vercauteren et al., NeuroImage 45 (2009) S61, doi:10.1016/j.neuroimage.2008.10.040
    """
    rigid = register_rigid(fixed, moving, progress=progress)
    target, source = prepare(fixed, "fixed CT"), prepare(moving, "moving CT")
    field = _field(target, _brought(source, target.grid, rigid.transform), progress)
    transform = Deformation((field, rigid.transform), rigid.transform.source_frame, rigid.transform.target_frame)
    quality = check_deformation(transform, target.grid, target.body)
    return DeformableRegistration(transform, assess(target, source, transform), rigid.quality, quality)


def check_deformation(transform: Deformation, grid: Grid, body: NDArray[np.bool_]) -> DeformationQuality:
    """Measure a deformation over the body, and refuse one that folds.

    Parameters
    ----------
    grid
        Of the fixed frame.
    body
        Voxels of the body. Shape ``(z, y, x)``.

    Raises
    ------
    AlignmentError
        If the Jacobian determinant is not positive everywhere in the body.
    """
    jacobian = jacobian_on(grid, transform)[body]
    if not jacobian.min() > 0:
        raise AlignmentError(
            "a deformation without folds",
            f"its Jacobian determinant falls to {jacobian.min():.2f} within the body, "
            f"and {np.mean(jacobian <= 0):.2%} of it is folded",
        )
    points = lattice_points(grid)[body]
    there = transform.apply(points)
    bent = np.linalg.norm(there - transform.rigid.apply(points), axis=1)
    apart = np.linalg.norm(transform.inverse().apply(there) - points, axis=1)
    low, high = np.percentile(jacobian, [5, 95])
    return DeformationQuality(
        jacobian_minimum=float(jacobian.min()),
        jacobian_p5=float(low),
        jacobian_p95=float(high),
        jacobian_maximum=float(jacobian.max()),
        mean_displacement_mm=float(bent.mean()),
        largest_displacement_mm=float(bent.max()),
        inverse_consistency_mm=float(apart.max()),
    )


def _brought(source: WorkingImage, grid: Grid, transform: RigidTransform) -> tuple[Floats, NDArray[np.bool_]]:
    """The moving CT on the fixed one's voxels, and where it has values. [HU]"""
    above, covered = sample(source.values - _WINDOW_HU[0], index_map(grid, source.grid, transform), grid.shape)
    return above + _WINDOW_HU[0], covered


def _field(target: WorkingImage, moved: tuple[Floats, NDArray[np.bool_]], progress: Progress) -> DisplacementField:
    """Displacements from the fixed CT to the moving one that already lies on its grid."""
    values, covered = moved
    images = [np.where(covered, np.clip(v, *_WINDOW_HU), _WINDOW_HU[0]) for v in (target.values, values)]
    field = np.zeros((1, 1, 1, 3))
    at = Grid((1, 1, 1), target.grid.spacing_mm, target.grid.origin_mm, target.grid.direction)
    done, total = 0, sum(n for _, n in _LEVELS)
    for factor, iterations in _LEVELS:
        factors = tuple(min(factor, n) for n in target.grid.shape)
        grid = target.grid.coarsened((factors[0], factors[1], factors[2]))
        start = field_at(field, at.indices(lattice_points(grid)))
        level = [block_mean(image, (factors[0], factors[1], factors[2])) for image in images]
        field = _demons((level[0], level[1]), start, grid, iterations, _counted(progress, done, total))
        at, done = grid, done + iterations
    field = field @ target.grid.direction_matrix.T  # from the index axes to the patient's
    return DisplacementField(at, field, inverted(field, lattice_points(at), inverse(at.affine)))


def _counted(progress: Progress, before: int, whole: int) -> Progress:
    def report(task: str, done: int, total: int) -> None:
        progress(task, before + min(done, total), whole)

    return report


def _demons(images: tuple[Floats, Floats], start: Floats, grid: Grid, iterations: int, progress: Progress) -> Floats:
    """Displacements along the index axes x, y, z. Shape ``(z, y, x, 3)``. [mm]"""
    sitk: Any = import_module("SimpleITK")
    demons = sitk.DiffeomorphicDemonsRegistrationFilter()
    demons.SetNumberOfThreads(1)
    demons.SetNumberOfIterations(iterations)
    demons.SetStandardDeviations(_SMOOTHING)
    demons.AddCommand(
        sitk.sitkIterationEvent,
        lambda: progress("deforming CT", int(demons.GetElapsedIterations()), iterations),
    )
    plain = replace(grid, origin_mm=(0.0, 0.0, 0.0), direction=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)))
    fixed, moving = (_to_sitk(sitk, image.astype(np.float32), plain) for image in images)
    initial = _to_sitk(sitk, start, plain, vectors=True)
    with one_thread():
        field = sitk.GetArrayFromImage(demons.Execute(fixed, moving, initial))
    result: Floats = np.asarray(field, dtype=np.float64)
    return result


def _to_sitk(sitk: Any, values: NDArray[Any], grid: Grid, *, vectors: bool = False) -> Any:  # noqa: ANN401 - not typed
    image = sitk.GetImageFromArray(np.ascontiguousarray(values), isVector=vectors)
    image.SetSpacing(grid.spacing_mm)
    return image

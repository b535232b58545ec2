"""How well two CTs lie on each other, judged without the measure that the registration optimised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.align.through import sample_through
from hevesy.align.working import AIR_HU, WorkingImage, prepare
from hevesy.domain import Deformation, Image, PointTransform, RigidTransform
from hevesy.errors import AlignmentError
from hevesy.numerics.block_match import block_shifts


@dataclass(frozen=True)
class AlignmentQuality:
    """How well a transform aligns two CTs, and how far it moves the patient."""

    residual_shift_mm: float
    """Median length of the shift that blocks of the patient still need; infinite where most find no match. [mm]"""
    matched_fraction: float
    """Share of the blocks that found a match within the search range."""
    body_overlap: float
    """Dice coefficient of the body outlines within the common field of view."""
    outline_distance_mm: float
    """Mean distance of the body outlines, both ways, within the common field of view. [mm]"""
    translation_mm: float
    """How far the transform moves the centre of the body. [mm]"""
    rotation_deg: float
    """Angle of its rotation. [degree]"""


def assess_alignment(fixed: Image, moving: Image, transform: PointTransform) -> AlignmentQuality:
    """Judge a transform, wherever it comes from, by the CTs.

    Blocks of about 5 cm with structure in all directions are searched for within 2 cm on the moved CT by normalised
    cross-correlation; the median length of what they still need is the residual shift, to within about 0.7 mm. It
    judges the body as a whole: an organ that breathing moved within it does not show, only the pictures tell.

    Parameters
    ----------
    fixed, moving
        CTs. [HU]
    transform
        From points of the fixed frame to points of the moving frame.

    Raises
    ------
    AlignmentError
        If a CT shows no body or the two have no part in common.
    """
    return assess(prepare(fixed, "fixed CT"), prepare(moving, "moving CT"), transform)


def check_alignment(quality: AlignmentQuality, maximum_residual_mm: float, where: str = "") -> None:
    """Refuse an alignment above the stated residual.

    Raises
    ------
    AlignmentError
        With the numbers.
    """
    if not quality.residual_shift_mm <= maximum_residual_mm:
        raise AlignmentError(
            f"a residual shift of at most {maximum_residual_mm:.1f} mm after alignment",
            f"{quality.residual_shift_mm:.1f} mm remain (body overlap {quality.body_overlap:.3f}, "
            f"{quality.matched_fraction:.0%} of the blocks matched)",
            where,
        )


def assess(target: WorkingImage, source: WorkingImage, transform: PointTransform) -> AlignmentQuality:
    """Judge a transform between two prepared CTs; see :func:`assess_alignment`."""
    above_air, common = sample_through(source.values - AIR_HU, source.grid, target.grid, transform)
    body_share, _ = sample_through(source.body.astype(np.float64), source.grid, target.grid, transform)
    rigid = transform.rigid if isinstance(transform, Deformation) else transform
    body = body_share >= 0.5
    if not (target.body & common).any() or not (body & common).any():
        raise AlignmentError("CTs that show the same part of the body", "their fields of view have none in common")
    spacing = np.array(target.grid.spacing_mm[::-1])
    shifts = block_shifts(target.values - AIR_HU, above_air, target.body & common, common, spacing)
    lengths = np.linalg.norm(shifts, axis=1) if len(shifts) else np.array([np.inf])
    return AlignmentQuality(
        residual_shift_mm=float(np.median(lengths)),
        matched_fraction=float(np.isfinite(lengths).mean()),
        body_overlap=_dice(target.body & common, body & common),
        outline_distance_mm=_outline_distance(target.body, body, common, spacing),
        translation_mm=float(np.linalg.norm(rigid.apply(target.centre_mm) - target.centre_mm)),
        rotation_deg=_angle_deg(rigid),
    )


def _dice(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    return 2.0 * int(np.count_nonzero(a & b)) / (int(np.count_nonzero(a)) + int(np.count_nonzero(b)))


def _outline_distance(
    a: NDArray[np.bool_], b: NDArray[np.bool_], common: NDArray[np.bool_], spacing: NDArray[np.float64]
) -> float:
    """Mean distance of the outlines in the common field of view, where neither is cut by its end. [mm]"""
    outlines = [body & common & ~ndimage.binary_erosion(body | ~common, border_value=1) for body in (a, b)]
    if not all(outline.any() for outline in outlines):
        return float("inf")
    distances = [ndimage.distance_transform_edt(~outline, sampling=spacing) for outline in outlines]
    return float((distances[1][outlines[0]].mean() + distances[0][outlines[1]].mean()) / 2.0)


def _angle_deg(transform: RigidTransform) -> float:
    cosine = (np.trace(transform.array[:3, :3]) - 1.0) / 2.0
    return float(np.degrees(np.arccos(np.clip(cosine, -1.0, 1.0))))

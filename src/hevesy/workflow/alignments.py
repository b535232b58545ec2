"""Bringing the time points together: one transform each, with the proof that it fits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hevesy.acquire import inspect_folder, load_transforms
from hevesy.align import (
    AlignmentQuality,
    OverlaySlice,
    check_alignment,
    resample_activity,
    transform_between,
)
from hevesy.domain import Deformation, Image, PointTransform, RigidTransform
from hevesy.errors import AlignmentError, GeometryError, StudyFileError
from hevesy.report import AlignmentPictures, AlignmentView
from hevesy.report.model import AlignmentModel, DeformationModel, DrawnElsewhereModel
from hevesy.workflow.config import Alignment
from hevesy.workflow.ct_images import CtImages
from hevesy.workflow.means import Means
from hevesy.workflow.pairs import AlignedPair, PairTask, align_pairs
from hevesy.workflow.plan import PlannedTimePoint


@dataclass(frozen=True)
class Alignments:
    """How every time point lies to the reference."""

    to_time_point: Mapping[int, PointTransform] | None
    """From points of the reference to points of each time point; None where nothing was aligned."""
    entries: tuple[AlignmentModel, ...]
    pictures: tuple[AlignmentPictures, ...]
    elsewhere: DrawnElsewhereModel | None = None
    """How the image that the regions were drawn on was brought here, where it is none of the scans."""


def align_time_points(
    section: Alignment,
    study_folder: Path,
    plan: Sequence[PlannedTimePoint],
    cts: CtImages,
    means: Means,
) -> Alignments:
    """Find the transform of every time point.

    Parameters
    ----------
    section
        The study's choice.
    cts
        CT of each time point that has one. [HU]
    means
        Progress, stored stages and processes.

    Raises
    ------
    StudyFileError
        If the reference is no time point.
    GeometryError
        If the frames of reference do not allow the method.
    AlignmentError
        If CTs are missing, or a residual shift is above the stated one.
    """
    if section.reference > len(plan):
        raise StudyFileError(f"a time point from 1 to {len(plan)}", f"{section.reference} came", "alignment.reference")
    reference = plan[section.reference - 1]
    if section.method == "none":
        return Alignments(None, (), ())
    stated = _stated(section, study_folder, plan, reference)
    pairs = align_pairs(_tasks(section, plan, reference, stated, cts), cts, means)
    entries, pictures = [], []
    for point in plan:
        entry, picture = _judged(section, point, reference, stated.get(point.index), pairs.get(point.index))
        entries.append(entry)
        pictures.extend(picture)
    transforms = {**stated, **{index: pair.transform for index, pair in pairs.items()}}
    return Alignments({p.index: transforms[p.index] for p in plan}, tuple(entries), tuple(pictures))


def seen_from_reference(aligned: Alignments, images: Mapping[int, Image], reference: int) -> tuple[Image, ...]:
    """Activity at each time point, on the voxels of the reference; as it came where nothing was aligned. [Bq/ml]"""
    if aligned.to_time_point is None:
        return tuple(images.values())
    grid = images[reference].grid
    return tuple(
        image if index == reference else resample_activity(image, grid, aligned.to_time_point[index]).image
        for index, image in images.items()
    )


def _stated(
    section: Alignment,
    study_folder: Path,
    plan: Sequence[PlannedTimePoint],
    reference: PlannedTimePoint,
) -> dict[int, RigidTransform]:
    """Transforms that need no search, by time point."""
    known: tuple[RigidTransform, ...] = ()
    if section.method == "rigid-ct":
        plan = [p for p in plan if p.index == reference.index or _frame(p) == _frame(reference) is not None]
    elif section.method == "deformable-ct":
        plan = [reference]
    elif section.method == "reg":
        known = _read_transforms(study_folder / (section.transforms or ""))
    elif len({_frame(p) for p in plan}) > 1:
        raise GeometryError(
            "one frame of reference for alignment by identity",
            "the time points have different ones",
            "alignment.method",
        )
    return {p.index: transform_between(known, _frame(reference), _frame(p)) for p in plan}


def _tasks(
    section: Alignment,
    plan: Sequence[PlannedTimePoint],
    reference: PlannedTimePoint,
    stated: Mapping[int, RigidTransform],
    cts: CtImages,
) -> list[PairTask]:
    """Pairs of CTs to register, and those that show how well a stated transform fits."""
    tasks = []
    for point in plan:
        for needed in (reference, point):
            if point.index not in stated and needed.index not in cts:
                raise AlignmentError("a CT for registration", f"time point {needed.index} has none", "alignment.method")
        if point.index != reference.index and {point.index, reference.index} <= set(cts):
            fixed, moving = cts.record(reference.index), cts.record(point.index)
            bend = section.method == "deformable-ct"
            tasks.append(PairTask(point.index, reference.index, fixed, moving, stated.get(point.index), bend))
    return tasks


def _frame(point: PlannedTimePoint) -> str | None:
    return point.emission.grid.frame_of_reference if point.emission.grid else None


def _read_transforms(folder: Path) -> tuple[RigidTransform, ...]:
    found = [load_transforms(s) for s in inspect_folder([folder]).series if s.modality == "REG"]
    if not found:
        raise AlignmentError("a folder with registration objects", "it holds none", "alignment.transforms")
    return tuple(transform for transforms in found for transform in transforms)


def _judged(
    section: Alignment,
    point: PlannedTimePoint,
    reference: PlannedTimePoint,
    stated: RigidTransform | None,
    pair: AlignedPair | None,
) -> tuple[AlignmentModel, list[AlignmentPictures]]:
    if point.index == reference.index:
        return _entry(point, section.method, stated, None, "the reference"), []
    if pair is None:
        return _entry(point, section.method, stated, None, "not verified: needs a CT of both time points"), []
    if section.maximum_residual is not None:
        check_alignment(pair.quality, section.maximum_residual, f"time point {point.index}")
    views = (view("axial", pair.slices["axial"]), view("coronal", pair.slices["coronal"]))
    rigid = pair.transform.rigid if isinstance(pair.transform, Deformation) else pair.transform
    entry = _entry(point, section.method, rigid, pair.quality, _note(pair), _deformation(pair))
    return entry, [AlignmentPictures(point.index, views)]


def _note(pair: AlignedPair) -> str:
    before, after = pair.rigid_quality, pair.quality
    if before is None:
        return ""
    told = f"residual shift {before.residual_shift_mm:.1f} mm before the deformation"
    return told if after.residual_shift_mm < before.residual_shift_mm else f"{told}, which did not lower it"


def view(plane: str, shown: OverlaySlice) -> AlignmentView:
    """An overlay as the report takes it."""
    return AlignmentView(
        plane="axial" if plane == "axial" else "coronal",
        fixed=shown.fixed,
        before=shown.before,
        after=shown.after,
        spacing_mm=(shown.pixel_mm, shown.pixel_mm),
        position_mm=shown.position_mm,
        window=(-200.0, 300.0),
    )


def _entry(
    point: PlannedTimePoint,
    method: str,
    transform: RigidTransform | None,
    quality: AlignmentQuality | None,
    note: str,
    deformation: DeformationModel | None = None,
) -> AlignmentModel:
    return AlignmentModel(
        time_point=point.index,
        method=method,
        matrix=None if transform is None else transform.array.tolist(),
        residual_shift_mm=_finite(quality.residual_shift_mm) if quality else None,
        body_overlap=quality.body_overlap if quality else None,
        translation_mm=quality.translation_mm if quality else None,
        rotation_deg=quality.rotation_deg if quality else None,
        note=note,
        deformation=deformation,
    )


def _deformation(pair: AlignedPair) -> DeformationModel | None:
    bent, before = pair.deformation, pair.rigid_quality
    if bent is None or before is None:
        return None
    return DeformationModel(
        rigid_residual_shift_mm=_finite(before.residual_shift_mm),
        rigid_body_overlap=before.body_overlap,
        jacobian_minimum=bent.jacobian_minimum,
        jacobian_p5=bent.jacobian_p5,
        jacobian_p95=bent.jacobian_p95,
        jacobian_maximum=bent.jacobian_maximum,
        mean_displacement_mm=bent.mean_displacement_mm,
        largest_displacement_mm=bent.largest_displacement_mm,
        inverse_consistency_mm=bent.inverse_consistency_mm,
    )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None

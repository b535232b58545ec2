"""Bringing the time points together: one transform each, with the proof that it fits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hevesy.acquire import inspect_folder, load_transforms
from hevesy.align import (
    AlignmentQuality,
    DeformationQuality,
    OverlaySlice,
    assess_alignment,
    check_alignment,
    overlay_slices,
    register_deformable,
    register_rigid,
    resample_activity,
    transform_between,
)
from hevesy.domain import Deformation, Image, PointTransform, Progress, RigidTransform
from hevesy.errors import AlignmentError, GeometryError, StudyFileError
from hevesy.report import AlignmentPictures, AlignmentView
from hevesy.report.model import AlignmentModel, DeformationModel, DrawnElsewhereModel
from hevesy.workflow.config import Alignment
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
    cts: Mapping[int, Image],
    progress: Progress,
) -> Alignments:
    """Find the transform of every time point.

    Parameters
    ----------
    section
        The study's choice.
    cts
        CT of each time point that has one. [HU]

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
    found = _registrations(section, study_folder, plan, reference, cts, progress)
    entries, pictures = [], []
    for point in plan:
        entry, picture = _judged(section, point, reference, found[point.index], cts)
        entries.append(entry)
        pictures.extend(picture)
    return Alignments({n: item.transform for n, item in found.items()}, tuple(entries), tuple(pictures))


@dataclass(frozen=True)
class _Found:
    """The transform of one time point; its quality where two CTs showed it."""

    transform: PointTransform
    quality: AlignmentQuality | None
    rigid_quality: AlignmentQuality | None = None
    """Before a deformation."""
    deformation: DeformationQuality | None = None


def seen_from_reference(aligned: Alignments, images: Mapping[int, Image], reference: int) -> tuple[Image, ...]:
    """Activity at each time point, on the voxels of the reference; as it came where nothing was aligned. [Bq/ml]"""
    if aligned.to_time_point is None:
        return tuple(images.values())
    grid = images[reference].grid
    return tuple(
        image if index == reference else resample_activity(image, grid, aligned.to_time_point[index]).image
        for index, image in images.items()
    )


def _registrations(
    section: Alignment,
    study_folder: Path,
    plan: Sequence[PlannedTimePoint],
    reference: PlannedTimePoint,
    cts: Mapping[int, Image],
    progress: Progress,
) -> dict[int, _Found]:
    if section.method in ("rigid-ct", "deformable-ct"):
        bend = section.method == "deformable-ct"
        return {p.index: _registered(p, reference, cts, progress, bend=bend) for p in plan}
    known: tuple[RigidTransform, ...] = ()
    if section.method == "reg":
        known = _read_transforms(study_folder / (section.transforms or ""))
    elif len({_frame(p) for p in plan}) > 1:
        raise GeometryError(
            "one frame of reference for alignment by identity",
            "the time points have different ones",
            "alignment.method",
        )
    return {p.index: _stated(p, reference, known, cts) for p in plan}


def _frame(point: PlannedTimePoint) -> str | None:
    return point.emission.grid.frame_of_reference if point.emission.grid else None


def _read_transforms(folder: Path) -> tuple[RigidTransform, ...]:
    found = [load_transforms(s) for s in inspect_folder([folder]).series if s.modality == "REG"]
    if not found:
        raise AlignmentError("a folder with registration objects", "it holds none", "alignment.transforms")
    return tuple(transform for transforms in found for transform in transforms)


def _stated(
    point: PlannedTimePoint,
    reference: PlannedTimePoint,
    known: Sequence[RigidTransform],
    cts: Mapping[int, Image],
) -> _Found:
    transform = transform_between(known, _frame(reference), _frame(point))
    if point.index == reference.index or not {point.index, reference.index} <= set(cts):
        return _Found(transform, None)
    return _Found(transform, assess_alignment(cts[reference.index], cts[point.index], transform))


def _registered(
    point: PlannedTimePoint,
    reference: PlannedTimePoint,
    cts: Mapping[int, Image],
    progress: Progress,
    *,
    bend: bool,
) -> _Found:
    frame = _frame(point)
    if point.index == reference.index or (not bend and frame is not None and frame == _frame(reference)):
        return _stated(point, reference, (), cts)
    for needed in (reference, point):
        if needed.index not in cts:
            raise AlignmentError("a CT for registration", f"time point {needed.index} has none", "alignment.method")

    def report(task: str, done: int, total: int) -> None:
        del task
        progress(f"register time point {point.index}", done, total)

    if bend:
        bent = register_deformable(cts[reference.index], cts[point.index], progress=report)
        return _Found(bent.transform, bent.quality, bent.rigid_quality, bent.deformation)
    registration = register_rigid(cts[reference.index], cts[point.index], progress=report)
    return _Found(registration.transform, registration.quality)


def _judged(
    section: Alignment,
    point: PlannedTimePoint,
    reference: PlannedTimePoint,
    found: _Found,
    cts: Mapping[int, Image],
) -> tuple[AlignmentModel, list[AlignmentPictures]]:
    quality = found.quality
    transform = found.transform.rigid if isinstance(found.transform, Deformation) else found.transform
    if point.index == reference.index:
        return _entry(point, section.method, transform, None, "the reference"), []
    if quality is None:
        return _entry(point, section.method, transform, None, "not verified: needs a CT of both time points"), []
    if section.maximum_residual is not None:
        check_alignment(quality, section.maximum_residual, f"time point {point.index}")
    slices = overlay_slices(cts[reference.index], cts[point.index], found.transform)
    views = (view("axial", slices["axial"]), view("coronal", slices["coronal"]))
    entry = _entry(point, section.method, transform, quality, _note(found), _deformation(found))
    return entry, [AlignmentPictures(point.index, views)]


def _note(found: _Found) -> str:
    before, after = found.rigid_quality, found.quality
    if before is None or after is None:
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


def _deformation(found: _Found) -> DeformationModel | None:
    bent, before = found.deformation, found.rigid_quality
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

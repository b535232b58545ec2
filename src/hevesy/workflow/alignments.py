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
    assess_alignment,
    check_alignment,
    overlay_slices,
    register_rigid,
    transform_between,
)
from hevesy.domain import Image, Progress, RigidTransform
from hevesy.errors import AlignmentError, GeometryError, StudyFileError
from hevesy.report import AlignmentPictures, AlignmentView
from hevesy.report.model import AlignmentModel
from hevesy.workflow.config import Alignment
from hevesy.workflow.plan import PlannedTimePoint


@dataclass(frozen=True)
class Alignments:
    """How every time point lies to the reference."""

    to_time_point: Mapping[int, RigidTransform] | None
    """From points of the reference to points of each time point; None where nothing was aligned."""
    entries: tuple[AlignmentModel, ...]
    pictures: tuple[AlignmentPictures, ...]


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
    transforms = _transforms(section, study_folder, plan, reference, cts, progress)
    entries, pictures = [], []
    for point in plan:
        entry, picture = _judged(section, point, reference, transforms[point.index], cts)
        entries.append(entry)
        pictures.extend(picture)
    return Alignments(transforms, tuple(entries), tuple(pictures))


def _transforms(
    section: Alignment,
    study_folder: Path,
    plan: Sequence[PlannedTimePoint],
    reference: PlannedTimePoint,
    cts: Mapping[int, Image],
    progress: Progress,
) -> dict[int, RigidTransform]:
    if section.method == "rigid-ct":
        return {p.index: _registered(p, reference, cts, progress) for p in plan}
    known: tuple[RigidTransform, ...] = ()
    if section.method == "reg":
        known = _registrations(study_folder / (section.transforms or ""))
    elif len({_frame(p) for p in plan}) > 1:
        raise GeometryError(
            "one frame of reference for alignment by identity",
            "the time points have different ones",
            "alignment.method",
        )
    return {p.index: transform_between(known, _frame(reference), _frame(p)) for p in plan}


def _frame(point: PlannedTimePoint) -> str | None:
    return point.emission.grid.frame_of_reference if point.emission.grid else None


def _registrations(folder: Path) -> tuple[RigidTransform, ...]:
    found = [load_transforms(s) for s in inspect_folder([folder]).series if s.modality == "REG"]
    if not found:
        raise AlignmentError("a folder with registration objects", "it holds none", "alignment.transforms")
    return tuple(transform for transforms in found for transform in transforms)


def _registered(
    point: PlannedTimePoint, reference: PlannedTimePoint, cts: Mapping[int, Image], progress: Progress
) -> RigidTransform:
    frame = _frame(point)
    if point.index == reference.index or (frame is not None and frame == _frame(reference)):
        return RigidTransform.identity(_frame(reference), frame)
    for needed in (reference, point):
        if needed.index not in cts:
            raise AlignmentError("a CT for registration", f"time point {needed.index} has none", "alignment.method")

    def report(task: str, done: int, total: int) -> None:
        del task
        progress(f"register time point {point.index}", done, total)

    return register_rigid(cts[reference.index], cts[point.index], progress=report).transform


def _judged(
    section: Alignment,
    point: PlannedTimePoint,
    reference: PlannedTimePoint,
    transform: RigidTransform,
    cts: Mapping[int, Image],
) -> tuple[AlignmentModel, list[AlignmentPictures]]:
    if point.index == reference.index:
        return _entry(point, section.method, transform, None, "the reference"), []
    if point.index not in cts or reference.index not in cts:
        return _entry(point, section.method, transform, None, "not verified: needs a CT of both time points"), []
    quality = assess_alignment(cts[reference.index], cts[point.index], transform)
    if section.maximum_residual is not None:
        check_alignment(quality, section.maximum_residual, f"time point {point.index}")
    slices = overlay_slices(cts[reference.index], cts[point.index], transform)
    views = (_view("axial", slices["axial"]), _view("coronal", slices["coronal"]))
    return _entry(point, section.method, transform, quality, ""), [AlignmentPictures(point.index, views)]


def _view(plane: str, shown: OverlaySlice) -> AlignmentView:
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
    point: PlannedTimePoint, method: str, transform: RigidTransform | None, quality: AlignmentQuality | None, note: str
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
    )


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None

"""Regions drawn on another image than the therapy scans, brought to one of their time points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hevesy.acquire import load_image, load_picture
from hevesy.align import (
    AlignmentQuality,
    as_shown,
    check_alignment,
    overlay_slices,
    register_across,
    transform_roi_set,
)
from hevesy.domain import Image, Progress, RigidTransform, RoiSet, SeriesRecord
from hevesy.errors import AlignmentError
from hevesy.report import AlignmentPictures
from hevesy.report.model import DrawnElsewhereModel
from hevesy.workflow.alignments import view
from hevesy.workflow.config import DrawnElsewhere
from hevesy.workflow.drawn import series_named
from hevesy.workflow.job import Job


@dataclass(frozen=True)
class BroughtHere:
    """The drawn regions in the frames of the time points, and how they came there."""

    drawn: Mapping[int, RoiSet]
    entry: DrawnElsewhereModel | None = None
    """None where they were drawn on the therapy scans."""
    pictures: tuple[AlignmentPictures, ...] = ()


def bring_here(job: Job, cts: Mapping[int, Image], progress: Progress) -> BroughtHere:
    """Register the image that the regions were drawn on to its time point, and carry them over.

    A PET is registered through the CT of its own frame of reference, where there is one. Contours are moved as they
    are; nothing is resampled.

    Raises
    ------
    StudyFileError
        If the study names no such image.
    AlignmentError
        If what remains cannot be measured and the study does not accept that, or is above the stated residual.
    """
    choice = job.study.regions.drawn_on
    if not isinstance(choice, DrawnElsewhere):
        return BroughtHere(job.drawn)
    point = job.plan[choice.time_point - 1]
    record = series_named(job.report, choice.series)
    through = _through(job, record)
    here = cts[point.index] if point.index in cts else load_image(point.emission)
    there = load_picture(through)

    def report(task: str, done: int, total: int) -> None:
        del task
        progress("register the image that was drawn on", done, total)

    transform, registration = register_across(here, there, progress=report)
    quality = None if registration is None else registration.quality
    judge(choice, quality, through)
    rois = transform_roi_set(job.drawn[point.index], transform.inverse())
    slices = overlay_slices(as_shown(here), as_shown(there), transform)
    pictures = AlignmentPictures(
        point.index,
        (view("axial", slices["axial"]), view("coronal", slices["coronal"])),
        f"{through.modality} the regions were drawn on, to time point {point.index}",
    )
    return BroughtHere({point.index: rois}, _entry(choice, through, transform, quality), (pictures,))


def drawn_on(job: Job) -> tuple[SeriesRecord, ...]:
    """The image that the regions were drawn on and the one it was registered through; empty for the therapy scans."""
    choice = job.study.regions.drawn_on
    if not isinstance(choice, DrawnElsewhere):
        return ()
    record = series_named(job.report, choice.series)
    return (record, _through(job, record))


def _through(job: Job, record: SeriesRecord) -> SeriesRecord:
    """The CT of a PET's own frame of reference; any other image itself."""
    if record.modality != "PT":
        return record
    frames = set(record.frames_of_reference)
    cts = [s for s in job.report.series if s.modality == "CT" and frames & set(s.frames_of_reference)]
    return cts[0] if len(cts) == 1 else record


def judge(choice: DrawnElsewhere, quality: AlignmentQuality | None, through: SeriesRecord) -> None:
    """Hold what a registration left against what the study states.

    Raises
    ------
    AlignmentError
        If it is above the stated residual, or a residual is stated that nothing measures.
    """
    where = "regions.drawn_on"
    if choice.maximum_residual is None:
        return
    if quality is None:
        raise AlignmentError(
            "two CTs to measure the residual shift, or 'unverified' with a reason",
            f"a registration of {through.modality} came, which nothing measures",
            where,
        )
    check_alignment(quality, choice.maximum_residual, where)


def _entry(
    choice: DrawnElsewhere, through: SeriesRecord, transform: RigidTransform, quality: AlignmentQuality | None
) -> DrawnElsewhereModel:
    finite = quality is not None and quality.residual_shift_mm < float("inf")
    return DrawnElsewhereModel(
        series=through.series_uid,
        modality=through.modality,
        time_point=choice.time_point,
        matrix=transform.array.tolist(),
        residual_shift_mm=quality.residual_shift_mm if quality is not None and finite else None,
        body_overlap=None if quality is None else quality.body_overlap,
        unverified=choice.unverified,
    )

"""The regions as drawn, for every time point."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hevesy.acquire import inspect_file, inspect_folder, load_nifti_labels, load_roi_set
from hevesy.domain import ImportReport, Roi, RoiSet, SeriesRecord
from hevesy.errors import GeometryError, StudyFileError
from hevesy.workflow.config import DrawnElsewhere, Regions
from hevesy.workflow.plan import PlannedTimePoint

_KEY = "regions.from"


def load_drawn(
    regions: Regions, study_folder: Path, report: ImportReport, plan: Sequence[PlannedTimePoint]
) -> tuple[dict[int, RoiSet], tuple[SeriesRecord, ...]]:
    """Load the regions of the study.

    Returns
    -------
    The regions by the index of the time point they were drawn on (one entry, or one for every time point), and the
    series they came from.

    Raises
    ------
    StudyFileError
        If the study's source is ambiguous or does not fit its time points.
    GeometryError
        If a region object belongs to another frame of reference than its time point.
    """
    wanted = [p for p in plan if regions.home in (None, p.index)]
    if not wanted:
        raise StudyFileError(f"a time point from 1 to {len(plan)}, or each", f"{regions.home} came", "regions.drawn_on")
    if regions.labels is not None:
        return _from_labels(regions, study_folder, wanted)
    available = region_objects(regions, study_folder, report)
    if isinstance(regions.drawn_on, DrawnElsewhere):
        record = _object_in(
            set(series_named(report, regions.drawn_on.series).frames_of_reference), "the image", available
        )
        return {wanted[0].index: load_roi_set(record)}, (record,)
    chosen = {p.index: _object_in(_frames(p), f"time point {p.index}", available) for p in wanted}
    return {index: load_roi_set(record) for index, record in chosen.items()}, tuple(chosen.values())


def _from_labels(
    regions: Regions, study_folder: Path, wanted: Sequence[PlannedTimePoint]
) -> tuple[dict[int, RoiSet], tuple[SeriesRecord, ...]]:
    if regions.source is None:
        raise StudyFileError("the label image", "labels without it came", _KEY)
    if len(wanted) != 1:
        raise StudyFileError("the time point of the label image", f"{regions.drawn_on} came", "regions.drawn_on")
    return {wanted[0].index: load_nifti_labels(study_folder / regions.source, regions.labels or {})}, ()


def region_objects(regions: Regions, study_folder: Path, report: ImportReport) -> list[SeriesRecord]:
    """The RTSTRUCT and SEG that ``regions.from`` names; those among the images otherwise.

    Raises
    ------
    StudyFileError
        If it names nothing of the kind.
    """
    among = [s for s in report.series if s.modality in {"RTSTRUCT", "SEG"}]
    if regions.source is None:
        return among
    named = [s for s in among if s.series_uid == regions.source]
    if named:
        return named
    path = study_folder / regions.source
    if not path.exists():
        raise StudyFileError("a file, folder or series UID that exists", f"{regions.source} came", _KEY)
    inside = inspect_folder([path]).series if path.is_dir() else [inspect_file(path)]
    found = [s for s in inside if s.modality in {"RTSTRUCT", "SEG"}]
    if not found:
        raise StudyFileError("an RTSTRUCT or SEG, or NIfTI with 'labels'", f"{regions.source} holds none", _KEY)
    return found


def _frames(point: PlannedTimePoint) -> set[str]:
    grids = [point.emission.grid, point.ct.grid if point.ct else None]
    return {g.frame_of_reference for g in grids if g is not None and g.frame_of_reference}


def series_named(report: ImportReport, uid: str) -> SeriesRecord:
    """The image that the regions were drawn on.

    Raises
    ------
    StudyFileError
        If no CT, MR or PET among the images has this series UID.
    """
    for series in report.series:
        if series.series_uid == uid and series.modality in {"CT", "MR", "PT"}:
            return series
    raise StudyFileError("the series UID of a CT, MR or PET among the images", f"{uid} came", "regions.drawn_on")


def _object_in(frames: set[str], where: str, available: Sequence[SeriesRecord]) -> SeriesRecord:
    fitting = [s for s in available if frames & set(s.frames_of_reference)]
    if not fitting:
        came = "; ".join(", ".join(s.frames_of_reference) or "none" for s in available) or "no region object"
        raise GeometryError(f"regions in the frame of reference of {where}", f"{came} came", _KEY)
    if len(fitting) > 1:
        uids = ", ".join(s.series_uid for s in fitting)
        raise StudyFileError(f"regions.from naming one region object of {where}", f"{len(fitting)} fit: {uids}", _KEY)
    return fitting[0]


def roi_named(rois: RoiSet, name: str) -> Roi | None:
    """The region with this name, None where there is none.

    Raises
    ------
    StudyFileError
        If two regions carry the name.
    """
    fitting = [roi for roi in rois.rois if roi.name == name]
    if len(fitting) > 1:
        raise StudyFileError(f"one region named {name!r}", f"{len(fitting)} came", rois.source)
    return fitting[0] if fitting else None

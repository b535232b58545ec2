"""The job: from a study file to a folder of results. Here, and only here, the stages meet in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hevesy.acquire import load_image
from hevesy.align import compose as chain
from hevesy.domain import (
    Image,
    PointTransform,
    Progress,
    RegionKind,
    RigidTransform,
    RoiSet,
    silent,
)
from hevesy.report import Results
from hevesy.workflow.alignments import Alignments, align_time_points
from hevesy.workflow.assemble import Computed, assemble
from hevesy.workflow.courses import Measuring, RegionCourse, follow_region, follow_remainder
from hevesy.workflow.doses import region_dose
from hevesy.workflow.elsewhere import bring_here
from hevesy.workflow.found import with_found_regions
from hevesy.workflow.job import Job, prepare_job
from hevesy.workflow.local_shifts import shift_settings, with_local_shifts
from hevesy.workflow.mapping import DoseMap, MapInputs, dose_map
from hevesy.workflow.outputs import RunOutput, check_output, write_output
from hevesy.workflow.place import Drawing, PlacedRegions, place_regions
from hevesy.workflow.plan import PlannedTimePoint
from hevesy.workflow.quantified import (
    QuantifiedScan,
    quantify_scan,
)
from hevesy.workflow.recovered import recover_scans
from hevesy.workflow.study_file import image_folders, read_study


def run_study(study_path: Path, out: Path, *, progress: Progress = silent) -> Results:
    """Do what a study file says and write the results.

    Parameters
    ----------
    study_path
        The study file; its folder is the start of every relative path in it.
    out
        Folder of the results: new, empty, or an earlier result, which is replaced when all is done.
    progress
        Told how far the work is.

    Raises
    ------
    InputError
        If anything in the study file or the images is not as it must be; nothing is written then.
    OutputError
        If the results cannot be written; an earlier result stays as it was.
    """
    check_output(out, image_folders(read_study(study_path), study_path))
    output = compute_study(study_path, progress=progress)
    return write_output(output, out, progress)


def compute_study(study_path: Path, *, progress: Progress = silent) -> RunOutput:
    """Compute everything that :func:`run_study` writes, without writing."""
    job = prepare_job(study_path, progress)
    cts = _cts(job, progress)
    aligned = align_time_points(job.study.alignment, job.folder, job.plan, cts, progress)
    scans = _quantify(job, progress)
    brought = bring_here(job, cts, progress)
    job = replace(job, drawn=brought.drawn)
    aligned = replace(aligned, pictures=(*brought.pictures, *aligned.pictures), elsewhere=brought.entry)
    placed = _place(job, scans, aligned, cts)
    measuring = Measuring(
        calibration=job.calibration,
        recovery=job.recovery,
        nuclide=job.administration.nuclide,
        boundary_standard_uncertainty_mm=job.study.regions.boundary_standard_uncertainty,
        scatter_between_scans=job.study.curves.scatter_between_scans,
        recovered=recover_scans(job.recovery, job.study.regions, scans, placed),
    )
    courses: list[RegionCourse] = []
    for done, settings in enumerate(job.settings, start=1):
        if settings.kind is RegionKind.REMAINDER:
            courses.append(follow_remainder(settings, courses, scans, placed, measuring))
        else:
            courses.append(follow_region(settings, scans, placed, measuring))
        progress("fit the regions", done, len(job.settings))
    nuclide = job.administration.nuclide
    doses = [region_dose(course, job.region_engine, nuclide, job.administration) for course in courses]
    made = _map(job, scans, aligned, placed, courses)
    if isinstance(made, str):
        return assemble(job, Computed(cts, aligned, scans, placed, doses, None, made))
    return assemble(job, Computed(cts, aligned, scans, placed, doses, made.image, "", made.findings))


def _cts(job: Job, progress: Progress) -> dict[int, Image]:
    images = {}
    for point in job.plan:
        if point.ct is not None:
            images[point.index] = load_image(point.ct)
        progress("read CT", point.index, len(job.plan))
    return images


def _quantify(job: Job, progress: Progress) -> list[QuantifiedScan]:
    scans = []
    for point in job.plan:
        scans.append(quantify_scan(point, job.calibration, job.recovery, job.administration.nuclide))
        progress("quantify", point.index, len(job.plan))
    return scans


def _place(
    job: Job, scans: Sequence[QuantifiedScan], aligned: Alignments, cts: Mapping[int, Image]
) -> dict[int, PlacedRegions]:
    section = job.study.regions
    rois = {
        scan.point.index: with_found_regions(
            section, job.drawn[scan.point.index], scan.activity, cts.get(scan.point.index)
        )
        for scan in scans
        if scan.point.index in job.drawn
    }
    placed = {}
    for scan in scans:
        index = scan.point.index
        home = section.home or index
        drawing = Drawing(
            to_drawn=None if home == index else _to_drawn(aligned, index, home),
            slice_spacing_mm=_slice_spacing(job.plan[home - 1], rois[home]),
            optional=section.home is None,
            with_shares=job.recovery.resolution is not None,
        )
        drawing = with_local_shifts(
            shift_settings(job.study.alignment, job.recovery),
            section,
            rois[home],
            scan.activity,
            drawing,
            home=home == index,
        )
        placed[index] = place_regions(section, rois[home], scan.activity, drawing, ct=cts.get(index))
    return placed


def _slice_spacing(point: PlannedTimePoint, rois: RoiSet) -> float | None:
    """Distance of the slices that the regions were drawn on, where the object names them. [mm]"""
    for series in (point.ct, point.emission):
        if series is None or series.grid is None:
            continue
        if series.series_uid.partition("#")[0] in rois.referenced_series_uids:
            return series.grid.spacing_mm[2]
    return None


def _to_drawn(aligned: Alignments, index: int, drawn_on: int) -> PointTransform | None:
    """From points of a time point to points of the one the regions were drawn on."""
    if aligned.to_time_point is None:
        return None
    return chain(aligned.to_time_point[index].inverse(), aligned.to_time_point[drawn_on])


def _map(
    job: Job,
    scans: Sequence[QuantifiedScan],
    aligned: Alignments,
    placed: Mapping[int, PlacedRegions],
    courses: Sequence[RegionCourse],
) -> DoseMap | str:
    """The map, or why there is none."""
    if aligned.to_time_point is None and len(scans) > 1:
        return "the time points were not aligned"
    stated = job.study.curves.half_life
    if len(scans) == 1 and stated is None:
        return "one time point and no half-life for all regions (curves.half_life)"
    reference = job.reference.index
    inputs = MapInputs(
        scans=scans,
        transforms=aligned.to_time_point or {reference: RigidTransform.identity()},
        regions=placed[reference].regions,
        courses=courses,
        half_life_s=stated.half_life if stated else None,
        recovery_corrected=job.study.dose_map.recovery_corrected,
    )
    grid = scans[reference - 1].activity.grid
    return dose_map(inputs, grid, job.map_engine, job.administration.nuclide)

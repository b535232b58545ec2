"""The job: from a study file to a folder of results. Here, and only here, the stages meet in order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from hevesy.acquire import available_bytes, series_sha256
from hevesy.align import compose as chain
from hevesy.domain import (
    PointTransform,
    Progress,
    RegionKind,
    RigidTransform,
    RoiSet,
    silent,
)
from hevesy.quantities import Draws
from hevesy.report import Results
from hevesy.workflow.alignments import Alignments, align_time_points
from hevesy.workflow.assemble import Computed, assemble
from hevesy.workflow.courses import Measuring, RegionCourse, follow_region, follow_remainder
from hevesy.workflow.ct_images import CtImages
from hevesy.workflow.curve_prior import with_prior
from hevesy.workflow.dose_maps import make_dose_maps
from hevesy.workflow.doses import Depositing, RegionDose, region_dose
from hevesy.workflow.drawn_doses import RegionDraws, UncertaintyDrawing, draw_doses
from hevesy.workflow.elsewhere import bring_here
from hevesy.workflow.folder import leftovers, staged_folder
from hevesy.workflow.found import with_found_regions
from hevesy.workflow.job import Job, prepare_job
from hevesy.workflow.local_shifts import registration_residuals, shift_settings, with_local_shifts
from hevesy.workflow.mapping import DoseMaps, MapInputs
from hevesy.workflow.marrow_study import study_marrow
from hevesy.workflow.means import Means
from hevesy.workflow.memory import expected_disk, expected_map_memory, expected_memory, require_disk, require_memory
from hevesy.workflow.outputs import RESULTS, RunOutput, check_output, check_source, write_output
from hevesy.workflow.place import Drawing, PlacedRegions, place_regions
from hevesy.workflow.plan import PlannedTimePoint
from hevesy.workflow.planar_bodies import whole_body_course
from hevesy.workflow.planar_courses import HybridCurves
from hevesy.workflow.planar_hybrid import measure_hybrid
from hevesy.workflow.planar_study import run_planar_study
from hevesy.workflow.quantified import (
    QuantifiedScan,
    quantify_scan,
)
from hevesy.workflow.recovered import recover_scans
from hevesy.workflow.stage_contents import PLACED, placing_settings
from hevesy.workflow.stage_store import STAGES, StageStore, StageUse, tell_nobody
from hevesy.workflow.study_file import image_folders, read_planar_study, read_study


@dataclass(frozen=True)
class RunOptions:
    """How a run goes about it; none of it changes a number."""

    fresh: bool = False
    """Make every stage again, whatever an earlier run stored."""
    memory_bytes: int | None = None
    """Memory that the run may take; what the system has to give if None. [byte]"""
    workers: int = 1
    """Processes at a time."""
    tell: Callable[[StageUse], None] = tell_nobody
    """Told of every stage, whether it was reused."""


def run_study(
    study_path: Path, out: Path, *, progress: Progress = silent, options: RunOptions | None = None
) -> Results:
    """Do what a study file says and write the results.

    Parameters
    ----------
    study_path
        The study file; its folder is the start of every relative path in it.
    out
        Folder of the results: new, empty, or an earlier result, which is replaced when all is done.
    progress
        Told how far the work is.
    options
        How the run goes about it.

    Raises
    ------
    InputError
        If anything in the study file or the images is not as it must be; nothing is written then.
    OutputError
        If the results cannot be written; an earlier result stays as it was.
    """
    options = options or RunOptions()
    planar = read_planar_study(study_path)
    if planar is not None:
        return run_planar_study(planar, study_path, out, progress)
    study = read_study(study_path)
    check_output(out, image_folders(study, study_path))
    check_source(out, study, study_path)
    with staged_folder(out, marker=RESULTS) as stage:
        earlier = () if options.fresh else tuple(folder / STAGES for folder in (out, *leftovers(out)))
        store = StageStore(stage / STAGES, earlier, options.tell)
        output = compute_study(study_path, means=Means(progress, store, options.workers, options.memory_bytes, out))
        return write_output(output, stage, out, progress)


def compute_study(study_path: Path, *, means: Means | None = None) -> RunOutput:
    """Compute everything that :func:`run_study` writes, without writing."""
    means = means or Means()
    progress = means.progress
    job = prepare_job(study_path, progress, means.workers)
    means = _within_limits(job, means)
    cts = CtImages(job.plan, progress)
    aligned = align_time_points(job.study.alignment, job.folder, job.plan, cts, means)
    scans = _quantify(job, progress)
    brought = bring_here(job, cts, progress)
    job = replace(job, drawn=brought.drawn)
    aligned = replace(aligned, pictures=(*brought.pictures, *aligned.pictures), elsewhere=brought.entry)
    placed = _place(job, scans, aligned, cts, means)
    planar = measure_hybrid(job, scans, cts)
    measuring = Measuring(
        calibration=job.calibration,
        recovery=job.recovery,
        nuclide=job.administration.nuclide,
        boundary_standard_uncertainty_mm=job.study.regions.boundary_standard_uncertainty,
        scatter_between_scans=job.study.curves.scatter_between_scans,
        recovered=recover_scans(job.recovery, job.study.regions, scans, placed),
        residuals_mm=registration_residuals(aligned.entries, job.study.regions.home),
        planar=None if planar is None else HybridCurves(planar, job.administration.nuclide.half_life_s),
    )
    courses: list[RegionCourse] = []
    for done, settings in enumerate(job.settings, start=1):
        if settings.kind is RegionKind.REMAINDER:
            courses.append(follow_remainder(settings, courses, scans, placed, measuring))
        else:
            courses.append(follow_region(settings, scans, placed, measuring))
        progress("fit the regions", done, len(job.settings))
    nuclide = job.administration.nuclide
    courses = with_prior(courses, job.prior, nuclide)
    depositing = Depositing(job.engines.region, nuclide, job.study.uncertainty.s_value)
    doses = [region_dose(course, depositing, job.administration) for course in courses]
    made = _map(job, scans, aligned, placed, courses, cts, means)
    drawn = _drawn(job, depositing, doses, means)
    progress("assemble", 0, 1)
    maps, reason = (None, made) if isinstance(made, str) else (made, "")
    whole = None if planar is None else whole_body_course(planar, job.study.curves, nuclide, scans[0])
    if whole is not None:
        doses.append(region_dose(whole, depositing, job.administration))
    marrow = None if job.marrow is None else study_marrow(job.marrow, job.study, courses, progress)
    output = assemble(job, Computed(cts, aligned, scans, placed, doses, maps, reason, drawn, planar, marrow))
    progress("assemble", 1, 1)
    return _with_reused(output, means.store)


def _drawn(job: Job, depositing: Depositing, doses: Sequence[RegionDose], means: Means) -> Mapping[str, RegionDraws]:
    section = job.study.uncertainty
    if section.propagation == "analytic":
        return {}
    by_volume = job.recovery.by_volume is not None
    drawing = UncertaintyDrawing(
        draws=Draws(section.seed, section.samples),
        depositing=depositing,
        scatter_between_scans=job.study.curves.scatter_between_scans,
        recovery_curve=job.recovery.curve if by_volume else None,
    )
    return draw_doses(doses, drawing, means.progress)


def _within_limits(job: Job, means: Means) -> Means:
    """Refuse a run that memory or disk cannot hold; with fewer processes where that helps."""
    n_regions = len(job.settings)
    available = available_bytes() if means.memory_bytes is None else means.memory_bytes
    maps = expected_map_memory(job.engines.maps, job.reference.emission)
    needed = {n: maps + expected_memory(job.plan, job.drawn.values(), n_regions, n) for n in (means.workers, 1)}
    workers = means.workers if available is None or needed[means.workers] <= available else 1
    require_memory(needed[workers], available)
    if means.folder is not None:
        written = job.study.output.activity_images
        disk = expected_disk(job.plan, job.reference.emission, n_regions, activity_images=written)
        require_disk(disk, means.folder)
    return replace(means, workers=workers)


def _with_reused(output: RunOutput, store: StageStore) -> RunOutput:
    provenance = output.results.provenance.model_copy(update={"reused": store.reused})
    return replace(output, results=output.results.model_copy(update={"provenance": provenance}))


def _quantify(job: Job, progress: Progress) -> list[QuantifiedScan]:
    scans = []
    stated = job.study.uncertainty.reconstruction
    repeatability = stated.relative_standard_uncertainty if stated else 0.0
    for point in job.plan:
        scans.append(quantify_scan(point, job.calibration, job.recovery, job.administration.nuclide, repeatability))
        progress("quantify", point.index, len(job.plan))
    return scans


def _place(
    job: Job, scans: Sequence[QuantifiedScan], aligned: Alignments, cts: CtImages, means: Means
) -> dict[int, PlacedRegions]:
    section = job.study.regions
    shifts = shift_settings(job.study.alignment, job.recovery)
    outlined = section.remainder is not None or job.recovery.resolution is not None
    rois = {
        scan.point.index: with_found_regions(
            section, job.drawn[scan.point.index], scan.activity, partial(cts.get, scan.point.index)
        )
        for scan in scans
        if scan.point.index in job.drawn
    }
    placed = {}
    for done, scan in enumerate(scans):
        means.progress("place the regions", done, len(scans))
        index = scan.point.index
        home = section.home or index
        drawing = Drawing(
            to_drawn=None if home == index else _to_drawn(aligned, index, home),
            slice_spacing_mm=_slice_spacing(job.plan[home - 1], rois[home]),
            optional=section.home is None,
            with_shares=job.recovery.resolution is not None,
        )

        def place(scan: QuantifiedScan = scan, home: int = home, drawing: Drawing = drawing) -> PlacedRegions:
            here = scan.point.index
            moved = with_local_shifts(shifts, section, rois[home], scan.activity, drawing, home=home == here)
            return place_regions(section, rois[home], scan.activity, moved, ct=cts.get(here) if outlined else None)

        parts = {
            "section": placing_settings(section),
            "drawn": rois[home],
            "activity": scan.activity,
            "drawing": drawing,
            "shifts": shifts,
            "home": home == index,
            "ct": series_sha256(cts.record(index)) if index in cts and outlined else None,
        }
        placed[index] = means.store.get_or_make(f"regions on time point {index}", parts, place, PLACED)
    means.progress("place the regions", len(scans), len(scans))
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


def _map(  # noqa: PLR0913, PLR0917 - where all that was measured meets
    job: Job,
    scans: Sequence[QuantifiedScan],
    aligned: Alignments,
    placed: Mapping[int, PlacedRegions],
    courses: Sequence[RegionCourse],
    cts: CtImages,
    means: Means,
) -> DoseMaps | str:
    """The maps, or why there are none."""
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
    return make_dose_maps(job, inputs, cts, means)

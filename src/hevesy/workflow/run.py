"""The job: from a study file to a folder of results. Here, and only here, the stages meet in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hevesy.acquire import inspect_folder, load_image, read_headers, series_sha256
from hevesy.align import compose as chain
from hevesy.domain import (
    Image,
    ImportReport,
    InputFile,
    Progress,
    RegionKind,
    RigidTransform,
    RoiSet,
    SeriesRecord,
    silent,
)
from hevesy.errors import GeometryError
from hevesy.report import ReportImages, Results
from hevesy.report.model import DoseMapModel, ProvenanceModel
from hevesy.transport import AbstractDoseEngine, engine
from hevesy.workflow.administration import UsedAdministration, use_administration
from hevesy.workflow.alignments import Alignments, align_time_points, seen_from_reference
from hevesy.workflow.cite import citations
from hevesy.workflow.config import Study
from hevesy.workflow.courses import Measuring, RegionCourse, follow_region, follow_remainder
from hevesy.workflow.doses import RegionDose, region_dose
from hevesy.workflow.drawn import load_drawn
from hevesy.workflow.entries import (
    administration_entry,
    calibration_entry,
    recovery_entry,
    region_entry,
    time_point_entry,
)
from hevesy.workflow.mapping import DoseMap, MapInputs, RegionMap, dose_map, map_of_region
from hevesy.workflow.outputs import RunOutput, check_output, write_output
from hevesy.workflow.place import Drawing, PlacedRegions, place_regions, with_threshold_regions
from hevesy.workflow.plan import PlannedTimePoint, plan_time_points, refuse_blocking
from hevesy.workflow.provenance import file_sha256, result_key, versions
from hevesy.workflow.quantified import (
    QuantifiedScan,
    UsedCalibration,
    UsedRecovery,
    quantify_scan,
    recovery_limits,
    use_calibration,
    use_recovery,
)
from hevesy.workflow.settings import RegionSettings, region_settings
from hevesy.workflow.study_file import image_folders, read_study

STATEMENT = "For research and quality assurance only. Hevesy is not a certified medical device."


@dataclass(frozen=True)
class _Job:
    """What the study file and the headers settle before any voxel is touched."""

    study: Study
    folder: Path
    report: ImportReport
    administration: UsedAdministration
    plan: tuple[PlannedTimePoint, ...]
    settings: tuple[RegionSettings, ...]
    calibration: UsedCalibration
    recovery: UsedRecovery
    region_engine: AbstractDoseEngine
    map_engine: AbstractDoseEngine
    drawn: Mapping[int, RoiSet]
    drawn_series: tuple[SeriesRecord, ...]

    @property
    def reference(self) -> PlannedTimePoint:
        """The time point that the map is made on."""
        return self.plan[self.study.alignment.reference - 1]


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
    job = _prepare(study_path, progress)
    cts = _cts(job, progress)
    aligned = align_time_points(job.study.alignment, job.folder, job.plan, cts, progress)
    scans = _quantify(job, progress)
    placed = _place(job, scans, aligned, cts)
    measuring = Measuring(
        calibration=job.calibration,
        recovery=job.recovery,
        nuclide=job.administration.nuclide,
        boundary_standard_uncertainty_mm=job.study.regions.boundary_standard_uncertainty,
        scatter_between_scans=job.study.curves.scatter_between_scans,
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
        return _output(job, _Computed(cts, aligned, scans, placed, doses, None, made))
    return _output(job, _Computed(cts, aligned, scans, placed, doses, made.image, "", made.findings))


def _prepare(study_path: Path, progress: Progress) -> _Job:
    study = read_study(study_path)
    folder = study_path.resolve().parent
    region_engine = engine(study.transport.region_engine, "transport.region_engine")
    map_engine = engine(study.transport.map_engine, "transport.map_engine")
    report = inspect_folder(image_folders(study, study_path), progress=progress)
    refuse_blocking(report.contradictions, study.administration)
    administration = use_administration(study.administration, report.administration)
    plan = plan_time_points(report, study, administration)
    drawn, drawn_series = load_drawn(study.regions, folder, report, plan)
    _check_alignment_possible(study, plan)
    return _Job(
        study=study,
        folder=folder,
        report=report,
        administration=administration,
        plan=plan,
        settings=region_settings(study.regions, study.curves, administration.nuclide),
        calibration=use_calibration(study.calibration, folder, administration.nuclide),
        recovery=use_recovery(study.recovery, folder),
        region_engine=region_engine,
        map_engine=map_engine,
        drawn=drawn,
        drawn_series=drawn_series,
    )


def _check_alignment_possible(study: Study, plan: Sequence[PlannedTimePoint]) -> None:
    if study.alignment.method == "none" and study.regions.drawn_on != "each" and len(plan) > 1:
        raise GeometryError(
            "an alignment of the time points, or regions drawn on each",
            f"method none with regions drawn on time point {study.regions.drawn_on} came",
            "alignment.method",
        )


def _cts(job: _Job, progress: Progress) -> dict[int, Image]:
    images = {}
    for point in job.plan:
        if point.ct is not None:
            images[point.index] = load_image(point.ct)
        progress("read CT", point.index, len(job.plan))
    return images


def _quantify(job: _Job, progress: Progress) -> list[QuantifiedScan]:
    scans = []
    for point in job.plan:
        scans.append(quantify_scan(point, job.calibration, job.recovery, job.administration.nuclide))
        progress("quantify", point.index, len(job.plan))
    return scans


def _place(
    job: _Job, scans: Sequence[QuantifiedScan], aligned: Alignments, cts: Mapping[int, Image]
) -> dict[int, PlacedRegions]:
    section = job.study.regions
    drawn_on = section.drawn_on
    rois = {
        scan.point.index: with_threshold_regions(section, job.drawn[scan.point.index], scan.activity)
        for scan in scans
        if scan.point.index in job.drawn
    }
    placed = {}
    for scan in scans:
        index = scan.point.index
        home = index if drawn_on == "each" else drawn_on
        placed[index] = place_regions(
            section,
            rois[home],
            scan.activity,
            Drawing(
                to_drawn=None if home == index else _to_drawn(aligned, index, home),
                slice_spacing_mm=_slice_spacing(job.plan[home - 1], rois[home]),
                optional=drawn_on == "each",
            ),
            ct=cts.get(index),
        )
    return placed


def _slice_spacing(point: PlannedTimePoint, rois: RoiSet) -> float | None:
    """Distance of the slices that the regions were drawn on, where the object names them. [mm]"""
    for series in (point.ct, point.emission):
        if series is None or series.grid is None:
            continue
        if series.series_uid.partition("#")[0] in rois.referenced_series_uids:
            return series.grid.spacing_mm[2]
    return None


def _to_drawn(aligned: Alignments, index: int, drawn_on: int) -> RigidTransform | None:
    """From points of a time point to points of the one the regions were drawn on."""
    if aligned.to_time_point is None:
        return None
    return chain(aligned.to_time_point[index].inverse(), aligned.to_time_point[drawn_on])


def _map(
    job: _Job,
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


@dataclass(frozen=True)
class _Computed:
    """Everything computed from the voxels."""

    cts: Mapping[int, Image]
    aligned: Alignments
    scans: Sequence[QuantifiedScan]
    placed: Mapping[int, PlacedRegions]
    doses: Sequence[RegionDose]
    dose: Image | None
    no_map: str
    map_findings: tuple[str, ...] = ()


def _output(job: _Job, computed: _Computed) -> RunOutput:
    reference = job.reference.index
    regions = computed.placed[reference].regions
    mapped = _region_maps(computed, reference)
    results = _results(job, computed, mapped)
    images = ReportImages(
        ct=computed.cts.get(reference),
        spect=seen_from_reference(computed.aligned, {s.point.index: s.activity for s in computed.scans}, reference),
        dose=computed.dose,
        reference=reference - 1,
        regions=tuple(region for placed in computed.placed.values() for region in placed.regions.values())
        if computed.aligned.to_time_point is None
        else tuple(regions.values()),
        alignment=computed.aligned.pictures,
    )
    return RunOutput(
        results=results,
        images=images,
        dose=computed.dose,
        dose_comment=_dose_comment(job),
        segmented=tuple(regions.values()),
        reference_headers=read_headers(job.reference.emission),
    )


def _dose_comment(job: _Job) -> str:
    corrected = "recovery-corrected" if job.study.dose_map.recovery_corrected else "not recovery-corrected"
    return f"Hevesy, {job.map_engine.name}, {corrected}, no crossfire; research only"


def _region_maps(computed: _Computed, reference: int) -> dict[str, RegionMap]:
    if computed.dose is None:
        return {}
    found = {}
    for dose in computed.doses:
        region = computed.placed[reference].regions.get(dose.course.settings.name)
        if region is not None and dose.course.fitted is not None:
            estimate = dose.absorbed_dose.estimate if dose.absorbed_dose else None
            found[region.name] = map_of_region(computed.dose, region, estimate)
    return found


def _results(job: _Job, computed: _Computed, mapped: Mapping[str, RegionMap]) -> Results:
    made = computed.dose is not None
    return Results(
        statement=STATEMENT,
        patient_label=job.study.patient.label,
        regions=[region_entry(dose, mapped.get(dose.course.settings.name), computed.no_map) for dose in computed.doses],
        time_points=[time_point_entry(point) for point in job.plan],
        administration=administration_entry(job.administration),
        calibration=calibration_entry(job.calibration, job.plan),
        recovery=recovery_entry(job.recovery),
        alignment=list(computed.aligned.entries),
        dose_map=DoseMapModel(
            made=made,
            reason=None if made else computed.no_map,
            recovery_corrected=job.study.dose_map.recovery_corrected,
            file="dose.nii.gz" if made else None,
            maximum_gy=float(computed.dose.values.max()) if computed.dose is not None else None,
        ),
        engine={
            "region": f"{job.region_engine.name}: {job.region_engine.description}",
            "map": f"{job.map_engine.name}: {job.map_engine.description}",
            "limits": " ".join((*job.region_engine.validity, *recovery_limits(job.recovery))),
        },
        findings=_findings(job, computed),
        files={},
        provenance=_provenance(job, biology=any(dose.bed is not None for dose in computed.doses)),
    )


def _findings(job: _Job, computed: _Computed) -> list[str]:
    used = {roi.name for rois in job.drawn.values() for roi in rois.rois}
    used -= {settings.name for settings in job.settings}
    used -= {item.threshold.within for item in job.study.regions.items if item.threshold}
    settled = computed.aligned.to_time_point is not None or job.study.regions.drawn_on == "each"
    found = list(job.administration.findings)
    found += [f.message for f in job.report.contradictions if not (settled and f.code == "frames-of-reference-differ")]
    if used:
        found.append(f"drawn but not in the study: {', '.join(sorted(used))}")
    found += computed.map_findings
    found += [f"no dose map: {computed.no_map}"] if computed.no_map else []
    found += [f"time point {p.index} has no CT" for p in job.plan if p.ct is None]
    return found


def _provenance(job: _Job, *, biology: bool) -> ProvenanceModel:
    inputs = _inputs(job)
    settings = job.study.model_dump(mode="json")
    used = versions()
    engines = (job.region_engine, job.map_engine)
    return ProvenanceModel(
        key=result_key(inputs, settings, used),
        inputs=[{"name": item.name, "sha256": item.sha256} for item in inputs],
        settings=settings,
        versions=used,
        seed=None,
        citations=citations(job.study, job.administration.nuclide, engines, biology=biology),
        created=None,
    )


def _inputs(job: _Job) -> tuple[InputFile, ...]:
    series = {s.series_uid: s for p in job.plan for s in (p.emission, p.ct) if s is not None}
    series |= {s.series_uid: s for s in (*job.drawn_series, *job.calibration.series)}
    found = [InputFile(f"{s.modality} series {uid}", series_sha256(s)) for uid, s in series.items()]
    if job.recovery.file is not None:
        found.append(InputFile(job.recovery.file.name, file_sha256(job.recovery.file)))
    if job.study.regions.labels is not None and job.study.regions.source is not None:
        labels = job.folder / job.study.regions.source
        found.append(InputFile(labels.name, file_sha256(labels)))
    return tuple(found)

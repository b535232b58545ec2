"""A study of planar images alone: from its file to a folder of results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from hevesy.acquire import agreed_administration, inspect_folder, load_image, load_roi_set
from hevesy.delineate import exact_volume_ml
from hevesy.domain import Image, ImportReport, Progress, RoiSet, SeriesRecord, silent
from hevesy.errors import RegionFinding, StudyFileError
from hevesy.quantify import volume_from_boundary
from hevesy.quantities import Uncertain, scaled
from hevesy.report import Results
from hevesy.transport import AbstractDoseEngine, Capability, EngineSettings, engine, refuse
from hevesy.workflow.administration import UsedAdministration, use_administration
from hevesy.workflow.config import PlanarCt, PlanarStudy, ProjectedRois
from hevesy.workflow.courses import RegionCourse, fit_course
from hevesy.workflow.doses import Depositing, RegionDose, region_dose
from hevesy.workflow.drawn import region_objects, roi_named
from hevesy.workflow.folder import staged_folder
from hevesy.workflow.outputs import RESULTS, RunOutput, check_output, check_source, write_output
from hevesy.workflow.plan import refuse_blocking
from hevesy.workflow.planar_bodies import whole_body_course
from hevesy.workflow.planar_courses import planar_curve, stated_volume
from hevesy.workflow.planar_measured import PlanarInputs, PlanarMeasured, measure_planar
from hevesy.workflow.planar_results import planar_output
from hevesy.workflow.planar_scans import planar_records
from hevesy.workflow.settings import RegionSettings, region_settings
from hevesy.workflow.study_file import image_folders


@dataclass(frozen=True)
class PlanarJob:
    """What a study of planar images settles before its counts are measured."""

    study: PlanarStudy
    folder: Path
    report: ImportReport
    administration: UsedAdministration
    engine: AbstractDoseEngine
    settings: tuple[RegionSettings, ...]
    drawn: RoiSet | None
    ct: Image | None
    series: tuple[SeriesRecord, ...]
    """CT and region object."""


def run_planar_study(study: PlanarStudy, study_path: Path, out: Path, progress: Progress) -> Results:
    """Do what a study file of planar images says and write the results.

    Raises
    ------
    InputError
        If anything in the study file or the images is not as it must be; nothing is written then.
    OutputError
        If the results cannot be written; an earlier result stays as it was.
    """
    check_output(out, image_folders(study, study_path))
    check_source(out, study, study_path)
    with staged_folder(out, marker=RESULTS) as stage:
        return write_output(compute_planar_study(study, study_path, progress), stage, out, progress)


def compute_planar_study(study: PlanarStudy, study_path: Path, progress: Progress = silent) -> RunOutput:
    """Compute everything that :func:`run_planar_study` writes, without writing.

    Raises
    ------
    InputError
        If anything in the study file or the images is not as it must be.
    """
    job = prepare_planar(study, study_path, progress)
    names = [settings.name for settings in job.settings]
    inputs = PlanarInputs(job.report, job.administration, job.folder, names, job.drawn, job.ct)
    measured = measure_planar(study.planar, inputs)
    return planar_output(job, measured, follow_planar(job, measured, progress))


def prepare_planar(study: PlanarStudy, study_path: Path, progress: Progress) -> PlanarJob:
    """Read the headers and settle all that can be settled before any count is looked at.

    Raises
    ------
    InputError
        If anything in the study file or the headers is not as it must be.
    """
    folder = study_path.resolve().parent
    report = inspect_folder(image_folders(study, study_path), progress=progress)
    refuse_blocking(report.contradictions, study)
    filed = report.administration or agreed_administration(planar_records(study.planar, report))
    administration = use_administration(study.administration, filed)
    used = engine(study.transport.region_engine, "transport.region_engine", settings=EngineSettings())
    if Capability.REGIONS not in used.capabilities:
        raise refuse(used, Capability.REGIONS)
    objects = _region_object(study, folder, report)
    drawn = None if objects is None else load_roi_set(objects)
    ct = _ct(study, report, drawn)
    settings = region_settings(study.regions, study.curves, administration.nuclide)
    image = None if ct is None else load_image(ct)
    series = tuple(s for s in (ct, objects) if s is not None)
    return PlanarJob(study, folder, report, administration, used, settings, drawn, image, series)


def _region_object(study: PlanarStudy, folder: Path, report: ImportReport) -> SeriesRecord | None:
    if not isinstance(study.planar.rois, ProjectedRois):
        return None
    found = region_objects(study.regions, folder, report)
    if len(found) != 1:
        came = f"{len(found)} came"
        raise StudyFileError("regions.from naming one RTSTRUCT or SEG that is projected", came, "regions.from")
    return found[0]


def _ct(study: PlanarStudy, report: ImportReport, drawn: RoiSet | None) -> SeriesRecord | None:
    section = study.planar.attenuation
    if not isinstance(section, PlanarCt):
        return None
    cts = [s for s in report.series if s.modality == "CT" and s.grid is not None]
    if section.series is not None:
        fitting = [s for s in cts if s.series_uid == section.series]
    elif drawn is not None:
        fitting = [s for s in cts if drawn.frame_of_reference in s.frames_of_reference]
    else:
        fitting = cts
    if len(fitting) != 1:
        came = f"{len(fitting)} came"
        raise StudyFileError("one CT that attenuation is computed from", came, "planar.attenuation.series")
    return fitting[0]


def follow_planar(job: PlanarJob, measured: PlanarMeasured, progress: Progress) -> list[RegionDose]:
    """Fit every region's curve and give its dose; what its data cannot support becomes a reason."""
    nuclide, curves = job.administration.nuclide, job.study.curves
    courses = []
    for done, settings in enumerate(job.settings, start=1):
        courses.append(_course(job, measured, settings))
        progress("fit the regions", done, len(job.settings))
    whole = whole_body_course(measured, curves, nuclide)
    every = [*courses, *([] if whole is None else [whole])]
    return [region_dose(course, Depositing(job.engine, nuclide), job.administration) for course in every]


def _course(job: PlanarJob, measured: PlanarMeasured, settings: RegionSettings) -> RegionCourse:
    name = settings.name
    empty = RegionCourse(settings, (), None, None, None, None, ())
    try:
        sized = replace(empty, volume_ml=_volume(job, measured, settings))
        curve = planar_curve(measured, name)
    except RegionFinding as finding:
        return replace(empty, reason=finding.reason, findings=(finding.reason,))
    return fit_course(
        replace(sized, measured=curve), job.administration.nuclide, job.study.curves.scatter_between_scans
    )


def _volume(job: PlanarJob, measured: PlanarMeasured, settings: RegionSettings) -> Uncertain:
    """Of the stated mass, or of the region as drawn on the CT. [ml]"""
    name, stated = settings.name, job.study.planar.masses.get(settings.name)
    if stated is not None:
        return stated_volume(name, stated.mass, stated.relative_standard_uncertainty, settings.density_g_ml)
    roi = None if job.drawn is None else roi_named(job.drawn, name)
    if roi is None:
        raise StudyFileError("the mass of a region that is not drawn on a CT", "none came", f"planar.masses.{name}")
    volume = volume_from_boundary(
        exact_volume_ml(roi),
        region=name,
        boundary_standard_uncertainty_mm=job.study.regions.boundary_standard_uncertainty,
    )
    return scaled(volume, measured.kept.get(name, 1.0))

"""What the study file and the headers settle before any voxel is touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hevesy.acquire import inspect_folder
from hevesy.domain import (
    ImportReport,
    Progress,
    RoiSet,
    SeriesRecord,
)
from hevesy.errors import GeometryError
from hevesy.integrate import PriorUse
from hevesy.physdata import Emissions, source_term
from hevesy.workflow.administration import UsedAdministration, use_administration
from hevesy.workflow.calibrated import settle_calibration
from hevesy.workflow.config import Study
from hevesy.workflow.corrected import correction_findings
from hevesy.workflow.curve_prior import use_prior
from hevesy.workflow.drawn import load_drawn
from hevesy.workflow.engines import UsedEngines, check_ct_of, use_engines
from hevesy.workflow.limits_earlier import earlier_files, read_results
from hevesy.workflow.marrow_inputs import MarrowInputs
from hevesy.workflow.marrow_study import settle_marrow
from hevesy.workflow.plan import PlannedTimePoint, plan_time_points, refuse_blocking
from hevesy.workflow.quantified import (
    UsedCalibration,
)
from hevesy.workflow.recovery import UsedRecovery, use_recovery
from hevesy.workflow.settings import RegionSettings, region_settings
from hevesy.workflow.study_file import image_folders, read_study


@dataclass(frozen=True)
class Job:
    """What the study file and the headers settle before any voxel is touched."""

    study: Study
    folder: Path
    report: ImportReport
    administration: UsedAdministration
    plan: tuple[PlannedTimePoint, ...]
    settings: tuple[RegionSettings, ...]
    calibration: UsedCalibration
    recovery: UsedRecovery
    corrections: tuple[str, ...]
    """What the report says about corrections that rest on the study file's word."""
    prior: PriorUse | None
    """The population prior that some regions' curves are estimated with."""
    engines: UsedEngines
    emissions: Emissions
    drawn: Mapping[int, RoiSet]
    drawn_series: tuple[SeriesRecord, ...]
    marrow: MarrowInputs | None = None
    """What was measured of blood and whole body, where the study asks for it."""

    @property
    def reference(self) -> PlannedTimePoint:
        """The time point that the map is made on."""
        return self.plan[self.study.alignment.reference - 1]


def prepare_job(study_path: Path, progress: Progress, threads: int = 1) -> Job:
    """Read the study file and the headers, and settle all that can be settled before any voxel is touched.

    Parameters
    ----------
    study_path
        The study file.
    progress
        Told how far reading is.
    threads
        That an engine may use at a time.

    Raises
    ------
    InputError
        If anything in the study file or the headers is not as it must be.
    """
    study = read_study(study_path)
    folder = study_path.resolve().parent
    for path in earlier_files(study.earlier_cycles, folder):
        read_results(path.parent)
    engines = use_engines(study.transport, folder, threads)
    report = inspect_folder(image_folders(study, study_path), progress=progress)
    refuse_blocking(report.contradictions, study)
    administration = use_administration(study.administration, report.administration)
    plan = plan_time_points(report, study, administration)
    drawn, drawn_series = load_drawn(study.regions, folder, report, plan)
    _check_alignment_possible(study, plan)
    if study.alignment.reference <= len(plan):
        check_ct_of(plan[study.alignment.reference - 1], engines)
    calibration = settle_calibration(study, folder, administration, plan)
    return Job(
        study=study,
        folder=folder,
        report=report,
        administration=administration,
        plan=plan,
        settings=region_settings(study.regions, study.curves, administration.nuclide, folder),
        calibration=calibration,
        recovery=use_recovery(study.recovery, folder),
        corrections=correction_findings(study.corrections, _emissions(plan, calibration)),
        prior=use_prior(study, folder, administration),
        engines=engines,
        emissions=source_term(administration.nuclide.name),
        drawn=drawn,
        drawn_series=drawn_series,
        marrow=settle_marrow(study, folder, administration),
    )


def _emissions(plan: Sequence[PlannedTimePoint], calibration: UsedCalibration) -> dict[str, SeriesRecord]:
    """Every emission series that is used, by what the report calls it."""
    scans = {f"scan of time point {point.index}": point.emission for point in plan}
    return scans | {f"calibration acquisition {n}": record for n, record in enumerate(calibration.series, start=1)}


def _check_alignment_possible(study: Study, plan: Sequence[PlannedTimePoint]) -> None:
    if study.alignment.method == "none" and study.regions.home is not None and len(plan) > 1:
        raise GeometryError(
            "an alignment of the time points, or regions drawn on each",
            f"method none with regions drawn on time point {study.regions.home} came",
            "alignment.method",
        )

"""From a scenario to the folder a scanner would have left, with the truth beside it."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from hevesy.domain import Grid, Progress, RoiSet, silent
from hevesy.errors import InputError, OutputError
from hevesy.physdata.phantoms import REFERENCE
from hevesy.simulate.calibration import (
    CalibrationPhantom,
    measure_spheres,
    misfilled,
    phantom_grid,
    scan_phantom,
    sphere_table,
)
from hevesy.simulate.ct import ct_image, drawn_region, drawn_roi, drawn_solid
from hevesy.simulate.dicom_base import Series, Subject
from hevesy.simulate.dicom_tracer import EmissionSeries, Tracer
from hevesy.simulate.drawn_errors import (
    EXACT,
    SPHERES_RELATIVE_STANDARD_UNCERTAINTY,
    DrawnErrors,
    as_stated,
    draw_errors,
)
from hevesy.simulate.emission import RemainderInView, scan
from hevesy.simulate.movement import Pose, draw_poses
from hevesy.simulate.options import MATRICES, Matrices, Options
from hevesy.simulate.patient import VirtualPatient, build_patient
from hevesy.simulate.scanner import Images, Scanner
from hevesy.simulate.scenario import Scenario
from hevesy.simulate.seeds import uid
from hevesy.simulate.store import SpectCalibration, counts_scale, stored_counts, write_ct, write_phantom, write_spect
from hevesy.simulate.study import study_text
from hevesy.simulate.truth import as_json, truth_document

_BEFORE_CT = timedelta(minutes=1)


@dataclass(frozen=True)
class _Session:
    """Everything that the steps share."""

    patient: VirtualPatient
    scanner: Scanner
    options: Options
    matrices: Matrices
    poses: tuple[Pose, ...]
    errors: DrawnErrors
    folder: Path

    def frame(self, k: int) -> str:
        return uid(self.options.seed, "frame of reference", k)

    def spect_grid(self, k: int) -> Grid:
        scans = self.patient.scenario.scans
        return self.matrices.spect_grid(scans.lowest, scans.length, self.frame(k))

    def ct_grid(self, k: int) -> Grid:
        scans = self.patient.scenario.scans
        return self.matrices.ct_grid(scans.lowest, scans.length, self.frame(k))

    @property
    def stated(self) -> VirtualPatient:
        """The patient as the site's readings tell."""
        return as_stated(self.patient, self.errors)

    def as_assayed(self, phantom: CalibrationPhantom) -> CalibrationPhantom:
        return replace(phantom, activity_bq=phantom.activity_bq * self.errors.phantom)

    def start(self, k: int) -> datetime:
        scenario = self.patient.scenario
        return scenario.administration.start + timedelta(seconds=scenario.scans.times[k])


def simulate(scenario: Scenario, out: Path, options: Options, progress: Progress = silent) -> Path:
    """Simulate a patient and write it to a new or empty folder.

    The same scenario, seed and options give the same bytes.

    Parameters
    ----------
    scenario
        Who, what, when.
    out
        The folder; it appears only when it is complete.
    options
        Seed, units, quirks and size.
    progress
        Told how far the work is.

    Returns
    -------
    The folder.

    Raises
    ------
    InputError
        If the folder is not empty, or scenario or options contradict themselves.
    OutputError
        If the folder cannot be written.
    """
    options.check()
    _check_free(out)
    patient = build_patient(scenario)
    matrices = MATRICES[options.size]
    centre = np.array([0.0, 0.0, scenario.scans.lowest + scenario.scans.length / 2])
    poses = draw_poses(options.seed, len(scenario.scans.times), centre)
    errors = draw_errors(options.seed, [r.name for r in patient.regions]) if options.draw_errors else EXACT
    temporary = out.parent / f".{out.name}.{secrets.token_hex(4)}"
    try:
        temporary.mkdir(parents=True)
        _write_all(_Session(patient, Scanner(), options, matrices, poses, errors, temporary), progress)
        if out.exists():
            out.rmdir()
        temporary.rename(out)
    except OSError as error:
        raise OutputError(f"{out}: expected to write the folder, but {error.strerror or error} came") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return out


def _check_free(out: Path) -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError("a new or empty folder", "it holds something already", str(out))


def _write_all(session: _Session, progress: Progress) -> None:
    n = len(session.poses)
    phantom = CalibrationPhantom()
    scans: list[Images] = []
    views: list[RemainderInView] = []
    for k, pose in enumerate(session.poses):
        progress("SPECT", k, n)
        counts, view = scan(
            session.patient, pose, session.spect_grid(k), session.scanner, index=k, seed=session.options.seed
        )
        scans.append(counts)
        views.append(view)
    progress("SPECT", n, n)
    calibration = _calibrate(session, phantom, scans, progress)
    headers: tuple[Dataset, ...] = ()
    for k, counts in enumerate(scans):
        progress("DICOM", k, n)
        _write_emission(session, k, counts, calibration)
        written = _write_ct(session, k)
        headers = headers or written
    progress("DICOM", n, n)
    _write_regions(session, headers, progress)
    document = truth_document(
        session.patient,
        session.poses,
        views[0],
        scanner=session.scanner,
        calibration=calibration,
        options=session.options,
    )
    if session.options.draw_errors:
        document["drawn_errors"] = session.errors.as_truth()
    (session.folder / "truth.json").write_text(as_json(document), encoding="utf-8")
    study = study_text(
        session.stated, views[0], scanner=session.scanner, phantom=session.as_assayed(phantom), options=session.options
    )
    (session.folder / "study.yaml").write_text(study, encoding="utf-8")


def _calibrate(
    session: _Session, phantom: CalibrationPhantom, scans: Sequence[Images], progress: Progress
) -> SpectCalibration:
    """Measure phantom and spheres; the phantom gives the factor that also makes Bq/ml."""
    progress("calibration", 0, 2)
    seed, half_life = session.options.seed, session.patient.half_life_s
    frame = uid(seed, "frame of reference", "phantom")
    grid = phantom_grid(session.matrices, phantom, frame)
    counts = scan_phantom(phantom, grid, session.scanner, half_life_s=half_life, seed=seed)
    scale = counts_scale([counts, *scans])
    stored = stored_counts(counts, scale)
    factor = float(stored.sum(dtype=np.float64)) / (phantom.duration_s * phantom.mean_activity_bq(half_life))
    progress("calibration", 1, 2)
    folder = session.folder / "calibration"
    emission = _phantom_emission(session, session.as_assayed(phantom), frame)
    write_phantom(stored, grid, emission, folder / "phantom", seed)
    spheres = measure_spheres(session.matrices, session.scanner, seed=seed)
    if session.options.draw_errors:
        spheres = misfilled(spheres, session.errors.spheres, SPHERES_RELATIVE_STANDARD_UNCERTAINTY)
    (folder / "spheres.csv").write_text(sphere_table(spheres), encoding="utf-8")
    progress("calibration", 2, 2)
    return SpectCalibration(scale, factor)


def _write_emission(session: _Session, k: int, counts: Images, calibration: SpectCalibration) -> None:
    scans = session.patient.scenario.scans
    write_spect(
        counts,
        session.spect_grid(k),
        EmissionSeries(_series(session, k, "SPECT", 2), _tracer(session), scans.duration),
        session.folder / "dicom" / f"spect_{k + 1}",
        calibration=replace(calibration, factor=calibration.factor / session.errors.phantom),
        options=session.options,
    )


def _write_ct(session: _Session, k: int) -> tuple[Dataset, ...]:
    grid = session.ct_grid(k)
    values = ct_image(session.patient, session.poses[k], grid, index=k, seed=session.options.seed)
    series = _series(session, k, "CT", 1)
    duration = timedelta(seconds=session.patient.scenario.scans.duration)
    series = replace(series, start=series.start + duration + _BEFORE_CT)
    return write_ct(values, grid, series, session.folder / "dicom" / f"ct_{k + 1}", session.options)


def _write_regions(session: _Session, headers: Sequence[Dataset], progress: Progress) -> None:
    """RTSTRUCT and SEG of every region, drawn on the first CT."""
    from hevesy.report.dicom import write_segmentation, write_structure_set

    grid, pose = session.ct_grid(0), session.poses[0]
    uids = [str(h.SOPInstanceUID) for h in headers]
    regions = session.patient.regions
    rois, solids = [], []
    for number, region in enumerate(regions, start=1):
        progress("regions", number - 1, len(regions))
        solids.append(drawn_solid(region, pose, session.errors.boundary_mm.get(region.name, 0.0)))
        rois.append(drawn_roi(region.name, solids[-1], grid, number=number, slice_uids=uids))
    progress("regions", len(regions), len(regions))
    drawn = RoiSet(tuple(rois), session.frame(0), "simulated regions", (str(headers[0].SeriesInstanceUID),))
    folder = session.folder / "dicom"
    write_structure_set(drawn, headers, folder / "rtstruct" / "rtstruct.dcm", label="Simulated regions")
    masks = [drawn_region(region, solid, grid) for region, solid in zip(regions, solids, strict=True)]
    write_segmentation(masks, headers, folder / "seg" / "seg.dcm", label="Simulated regions")


def _series(session: _Session, k: int, kind: str, number: int) -> Series:
    seed, scenario = session.options.seed, session.patient.scenario
    subject = Subject(
        "SIMULATED^PATIENT",
        f"SIM-{seed}",
        "19600101",
        "M" if scenario.sex == "male" else "F",
        REFERENCE[scenario.sex].body_mass_g / 1000,
    )
    return Series(
        subject,
        session.scanner,
        uid(seed, "study", k),
        uid(seed, "series", kind, k),
        session.frame(k),
        session.start(k),
        session.start(k),
        number,
        f"{kind} {k + 1}",
        f"{scenario.radiopharmaceutical} scan {k + 1}",
    )


def _phantom_emission(session: _Session, phantom: CalibrationPhantom, frame: str) -> EmissionSeries:
    seed, nuclide = session.options.seed, session.patient.scenario.radionuclide
    half_life = session.patient.half_life_s
    subject = Subject("SIMULATED^PHANTOM", "PHANTOM-CYLINDER", "", "O", None)
    study, series = uid(seed, "study", "phantom"), uid(seed, "series", "phantom")
    times = (phantom.start, phantom.start)
    words = ("Water cylinder 20 cm", "Calibration")
    filled = Tracer(nuclide, f"{nuclide} chloride", None, phantom.activity_bq, phantom.assayed, None, half_life)
    return EmissionSeries(
        Series(subject, session.scanner, study, series, frame, *times, 2, *words),
        filled,
        phantom.duration_s,
        phantom=True,
    )


def _tracer(session: _Session) -> Tracer:
    patient = session.stated
    scenario = patient.scenario
    return Tracer(
        scenario.radionuclide,
        scenario.radiopharmaceutical,
        scenario.radiopharmaceutical_code,
        round(patient.net_activity_bq, -3),
        scenario.administration.start,
        scenario.administration.end,
        patient.half_life_s,
    )

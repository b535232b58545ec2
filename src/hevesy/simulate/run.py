"""From a scenario to the folder a scanner would have left, with the truth beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset

from hevesy.domain import Progress, RoiSet, silent
from hevesy.simulate.calibration import CalibrationPhantom
from hevesy.simulate.ct import ct_image, drawn_region, drawn_roi, drawn_solids
from hevesy.simulate.dicom_tracer import EmissionSeries
from hevesy.simulate.drawn_errors import EXACT, draw_errors
from hevesy.simulate.emission import RemainderInView, scan
from hevesy.simulate.folder import new_folder
from hevesy.simulate.movement import draw_poses
from hevesy.simulate.options import MATRICES, Options
from hevesy.simulate.patient import build_patient
from hevesy.simulate.planar_drawn import ROIS_FILE, draw_on_view, polygons_text
from hevesy.simulate.planar_scans import whole_body_scan, write_planar
from hevesy.simulate.planar_site import stated_standard_bq, write_planar_site
from hevesy.simulate.planar_study import drawn_study_text, hybrid_study_text, planar_study_text
from hevesy.simulate.quirks import Quirk
from hevesy.simulate.samples import check_samples, write_samples
from hevesy.simulate.scanner import Images, Scanner
from hevesy.simulate.scenario import Scenario, over_midnight
from hevesy.simulate.session import Session, series, tracer
from hevesy.simulate.site import measure_resolution, measure_site
from hevesy.simulate.store import SpectCalibration, write_ct, write_spect
from hevesy.simulate.study import study_text
from hevesy.simulate.truth import as_json, truth_document

_BEFORE_CT = timedelta(minutes=1)


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
    if options.samples:
        check_samples(scenario)
    if Quirk.MIDNIGHT in options.quirks:
        scenario = over_midnight(scenario)
    patient = build_patient(scenario)
    matrices = MATRICES[options.size]
    centre = np.array([0.0, 0.0, scenario.scans.lowest + scenario.scans.length / 2])
    poses = draw_poses(options.seed, len(scenario.scans.times), centre)
    errors = draw_errors(options.seed, [r.name for r in patient.regions]) if options.draw_errors else EXACT
    with new_folder(out) as temporary:
        _write_all(Session(patient, Scanner(), options, matrices, poses, errors, temporary), progress)
    return out


def _write_all(session: Session, progress: Progress) -> None:
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
    calibration = measure_site(session, phantom, scans, progress)
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
    document["resolution_phantom"] = measure_resolution(session)
    if session.options.samples:
        document["samples"] = write_samples(session)
    if session.options.planar:
        document["planar"] = [write_planar(session, k) for k in range(n)]
        document["planar_site"] = write_planar_site(session)
    if session.options.draw_errors:
        document["drawn_errors"] = session.errors.as_truth()
    (session.folder / "truth.json").write_text(as_json(document), encoding="utf-8")
    study = study_text(
        session.stated, views[0], scanner=session.scanner, phantom=session.as_assayed(phantom), options=session.options
    )
    (session.folder / "study.yaml").write_text(study, encoding="utf-8")
    if session.options.planar:
        _write_planar_studies(session, phantom)


def _write_planar_studies(session: Session, phantom: CalibrationPhantom) -> None:
    standard, scanner = stated_standard_bq(session), session.scanner
    alone = planar_study_text(session.stated, scanner, standard_bq=standard)
    hybrid = hybrid_study_text(
        session.stated, scanner, session.as_assayed(phantom), session.options, standard_bq=standard
    )
    drawn = draw_on_view(session.patient, session.poses[0], whole_body_scan(session, 0).grid)
    (session.folder / ROIS_FILE).write_text(polygons_text(drawn), encoding="utf-8")
    without_ct = drawn_study_text(session.stated, scanner, drawn, standard_bq=standard)
    (session.folder / "study_drawn.yaml").write_text(without_ct, encoding="utf-8")
    (session.folder / "study_planar.yaml").write_text(alone, encoding="utf-8")
    (session.folder / "study_hybrid.yaml").write_text(hybrid, encoding="utf-8")


def _write_emission(session: Session, k: int, counts: Images, calibration: SpectCalibration) -> None:
    scans = session.patient.scenario.scans
    write_spect(
        counts,
        session.spect_grid(k),
        EmissionSeries(series(session, k, "SPECT", 2), tracer(session), scans.duration),
        session.folder / "dicom" / f"spect_{k + 1}",
        calibration=replace(calibration, factor=calibration.factor / session.errors.phantom),
        options=session.options,
    )


def _write_ct(session: Session, k: int) -> tuple[Dataset, ...]:
    grid = session.ct_grid(k)
    values = ct_image(session.patient, session.poses[k], grid, index=k, seed=session.options.seed)
    plan = series(session, k, "CT", 1)
    after = timedelta(seconds=session.patient.scenario.scans.duration) + _BEFORE_CT
    plan = replace(plan, start=plan.start + after)
    return write_ct(values, grid, plan, session.folder / "dicom" / f"ct_{k + 1}", session.options)


def _write_regions(session: Session, headers: Sequence[Dataset], progress: Progress) -> None:
    """RTSTRUCT and SEG of every region, drawn on the first CT."""
    from hevesy.report.dicom import write_segmentation, write_structure_set

    grid, pose = session.ct_grid(0), session.poses[0]
    slices = [None if "NumberOfFrames" in h else str(h.SOPInstanceUID) for h in headers]
    slices *= grid.shape[0] // len(slices)
    regions = session.patient.regions
    solids = drawn_solids(regions, pose, session.errors.boundary_mm)
    rois = []
    for number, (region, solid) in enumerate(zip(regions, solids, strict=True), start=1):
        progress("regions", number - 1, len(regions))
        rois.append(drawn_roi(region.name, solid, grid, number=number, slice_uids=slices))
    progress("regions", len(regions), len(regions))
    drawn = RoiSet(tuple(rois), session.frame(0), "simulated regions", (str(headers[0].SeriesInstanceUID),))
    folder = session.folder / "dicom"
    masks = [drawn_region(region, solid, grid) for region, solid in zip(regions, solids, strict=True)]
    write_segmentation(masks, headers, folder / "seg" / "seg.dcm", label="Simulated regions")
    if None in slices:
        del headers[0].ImagePositionPatient  # contours can name no frame of it
    write_structure_set(drawn, headers, folder / "rtstruct" / "rtstruct.dcm", label="Simulated regions")

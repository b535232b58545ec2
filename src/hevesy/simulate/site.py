"""What the site measured before it treated, as files: calibration phantom, spheres, point sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from hevesy.domain import Progress, silent
from hevesy.simulate.calibration import (
    CalibrationPhantom,
    measure_spheres,
    misfilled,
    phantom_grid,
    scan_phantom,
    sphere_table,
)
from hevesy.simulate.dicom_base import Series, Subject
from hevesy.simulate.dicom_tracer import EmissionSeries, Tracer
from hevesy.simulate.drawn_errors import SPHERES_RELATIVE_STANDARD_UNCERTAINTY
from hevesy.simulate.resolution import PointSources, place_sources, resolution_grid, resolution_truth, scan_sources
from hevesy.simulate.scanner import Images
from hevesy.simulate.seeds import uid
from hevesy.simulate.session import Session
from hevesy.simulate.store import SpectCalibration, counts_scale, stored_counts, write_phantom


def measure_site(
    session: Session, phantom: CalibrationPhantom, scans: Sequence[Images], progress: Progress = silent
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
    write_phantom(stored, grid, _cylinder(session, session.as_assayed(phantom), frame), folder / "phantom", seed)
    spheres = measure_spheres(session.matrices, session.scanner, seed=seed)
    if session.options.draw_errors:
        spheres = misfilled(spheres, session.errors.spheres, SPHERES_RELATIVE_STANDARD_UNCERTAINTY)
    (folder / "spheres.csv").write_text(sphere_table(spheres), encoding="utf-8")
    progress("calibration", 2, 2)
    return SpectCalibration(scale, factor)


def measure_resolution(session: Session) -> dict[str, Any]:
    """Scan and write the point sources; gives their truth."""
    seed, phantom = session.options.seed, PointSources()
    frame = uid(seed, "frame of reference", "resolution")
    grid = resolution_grid(session.matrices, frame)
    sources = place_sources(phantom, grid, seed=seed)
    counts = scan_sources(phantom, sources, grid, session.scanner, seed=seed)
    acquisition = _Acquisition(
        "resolution",
        "PHANTOM-POINTS",
        ("Point sources in air", "Resolution"),
        phantom.activity_bq * len(sources),
        phantom.start,
        phantom.start,
        phantom.duration_s,
    )
    stored = stored_counts(counts, counts_scale([counts]))
    write_phantom(stored, grid, _emission(session, acquisition, frame), session.folder / "calibration/resolution", seed)
    return resolution_truth(phantom, sources, session.scanner)


@dataclass(frozen=True)
class _Acquisition:
    """What the headers of a phantom's acquisition say."""

    role: str
    identifier: str
    words: tuple[str, str]
    """Series and study description."""
    activity_bq: float
    """At ``assayed``. [Bq]"""
    assayed: datetime
    start: datetime
    duration_s: float
    """[s]"""


def _cylinder(session: Session, phantom: CalibrationPhantom, frame: str) -> EmissionSeries:
    acquisition = _Acquisition(
        "phantom",
        "PHANTOM-CYLINDER",
        ("Water cylinder 20 cm", "Calibration"),
        phantom.activity_bq,
        phantom.assayed,
        phantom.start,
        phantom.duration_s,
    )
    return _emission(session, acquisition, frame)


def _emission(session: Session, acquisition: _Acquisition, frame: str) -> EmissionSeries:
    seed, nuclide, role = session.options.seed, session.patient.scenario.radionuclide, acquisition.role
    series = Series(
        Subject("SIMULATED^PHANTOM", acquisition.identifier, "", "O", None),
        session.scanner,
        uid(seed, "study", role),
        uid(seed, "series", role),
        frame,
        acquisition.start,
        acquisition.start,
        2,
        *acquisition.words,
    )
    activity, assayed = acquisition.activity_bq, acquisition.assayed
    filled = Tracer(nuclide, f"{nuclide} chloride", None, activity, assayed, None, session.patient.half_life_s)
    return EmissionSeries(series, filled, acquisition.duration_s, phantom=True)

"""What the site measures for its planar images: a standard in air, and a flood source without and with the patient."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from scipy import ndimage

from hevesy.numerics.decay import mean_over_start, remaining
from hevesy.simulate.dicom_base import Series, Subject, write
from hevesy.simulate.dicom_tracer import EmissionSeries, Tracer
from hevesy.simulate.nm_planar import flood_object, planar_object
from hevesy.simulate.planar import FWHM_MM, PlanarScan, Projections, counted, scatter_windows
from hevesy.simulate.planar_matter import FLOOD_MEV, attenuation_map
from hevesy.simulate.planar_scans import whole_body_scan
from hevesy.simulate.scanner import FWHM_PER_SD
from hevesy.simulate.seeds import generator, uid
from hevesy.simulate.session import Session, series

FOLDER = "calibration/planar"
_FLOOD_COUNTS_PER_MM2 = 20.0
"""What a detector counts of the flood source with nothing before it. [1/mm2]"""
_FLOOD_WINDOW_KEV = (110.0, 134.0)
_FLOOD_HALF_LIFE_S = 271.8 * 86400.0
"""Of Co-57; nothing is computed from it but what the header states. [s]"""


@dataclass(frozen=True)
class Standard:
    """A vial in air, of known activity."""

    activity_bq: float = 20.0e6
    """At ``assayed``. [Bq]"""
    assayed: datetime = datetime(2024, 2, 26, 14, 0)  # noqa: DTZ001 - the scanner's local time
    start: datetime = datetime(2024, 2, 26, 14, 30)  # noqa: DTZ001 - the scanner's local time
    duration_s: float = 300.0
    """[s]"""


STANDARD = Standard()


def stated_standard_bq(session: Session) -> float:
    """Activity of the standard as the site's activity meter tells. [Bq]"""
    return STANDARD.activity_bq * session.errors.planar_standard


def write_planar_site(session: Session) -> dict[str, Any]:
    """Write standard, blank and transmission scan; gives what was behind them."""
    _write_standard(session)
    _write_floods(session)
    return {
        "standard_activity_bq": STANDARD.activity_bq,
        "sensitivity_cps_per_bq": session.scanner.sensitivity_cps_per_bq,
        "flood_energy_kev": 1000 * FLOOD_MEV,
    }


def _write_standard(session: Session) -> None:
    seed, half_life = session.options.seed, session.patient.half_life_s
    grid = session.matrices.spect_grid(-150.0, 300.0, uid(seed, "frame of reference", "planar standard"))
    scan = PlanarScan("STATIC", 0.0, STANDARD.duration_s, STANDARD.duration_s, grid)
    started = remaining(half_life, (STANDARD.start - STANDARD.assayed).total_seconds())
    mean = STANDARD.activity_bq * started * mean_over_start(half_life, STANDARD.duration_s)
    point = np.zeros((grid.shape[0], grid.shape[2]))
    point[grid.shape[0] // 2, grid.shape[2] // 2] = mean
    pixel = np.array([grid.spacing_mm[2], grid.spacing_mm[0]])
    shown = ndimage.gaussian_filter(point, FWHM_MM / FWHM_PER_SD / pixel, mode="constant")
    rng = generator(seed, "noise", "planar standard")
    per_bq = session.scanner.sensitivity_cps_per_bq * STANDARD.duration_s
    frames = np.zeros((2, 3, *point.shape), dtype=np.uint16)
    for view in frames:
        view[1] = counted(shown * per_bq, rng)
    projections = Projections(frames[0], frames[1][:, :, ::-1], mean, 0.0, 0.0)
    stated = replace(_tracer(session), activity_bq=stated_standard_bq(session))
    emission = EmissionSeries(
        _series(session, "planar standard", STANDARD.start), stated, scan.duration_s, phantom=True
    )
    windows = scatter_windows(session.scanner.window_kev)
    ds = planar_object(projections, scan, emission, windows=windows, sop_uid=uid(seed, "planar standard", "nm"))
    write(ds, session.folder / FOLDER / "standard.dcm")


def _write_floods(session: Session) -> None:
    """The blank, and the transmission through the patient as it lay at the first time point, without activity."""
    seed, scan = session.options.seed, whole_body_scan(session, 0)
    administered = session.patient.scenario.administration.start
    matter = attenuation_map(session.patient, session.poses[0], scan.grid, FLOOD_MEV)
    through = np.exp(-matter.sum(axis=1, dtype=np.float64) * scan.grid.spacing_mm[1])
    pixel = np.array([scan.grid.spacing_mm[2], scan.grid.spacing_mm[0]])
    seen = ndimage.gaussian_filter(through, FWHM_MM / FWHM_PER_SD / pixel, mode="nearest")
    counts = _FLOOD_COUNTS_PER_MM2 * float(pixel.prod())
    for role, passed in (("blank", np.ones_like(seen)), ("transmission", seen)):
        rng = generator(seed, "noise", "planar", role)
        frame = counted(counts * passed, rng)
        own = _series(session, f"planar {role}", administered - timedelta(hours=1))
        if role == "transmission":
            own = replace(series(session, 0, "TRANSMISSION", 5), start=own.start)
        flood = Tracer("Co-57", "Co-57 flood source", None, 370e6, own.start, None, _FLOOD_HALF_LIFE_S)
        emission = EmissionSeries(own, flood, scan.duration_s, phantom=role == "blank")
        sop_uid = uid(seed, own.series_uid, "nm")
        ds = flood_object(frame, scan, emission, window=_FLOOD_WINDOW_KEV, sop_uid=sop_uid)
        write(ds, session.folder / FOLDER / f"{role}.dcm")


def _tracer(session: Session) -> Tracer:
    nuclide = session.patient.scenario.radionuclide
    half_life = session.patient.half_life_s
    return Tracer(nuclide, f"{nuclide} chloride", None, STANDARD.activity_bq, STANDARD.assayed, None, half_life)


def _series(session: Session, role: str, start: datetime) -> Series:
    seed = session.options.seed
    frame = uid(seed, "frame of reference", role)
    subject = Subject("SIMULATED^PHANTOM", "PHANTOM-PLANAR", "", "O", None)
    identifiers = (uid(seed, "study", role), uid(seed, "series", role), frame)
    return Series(subject, session.scanner, *identifiers, start, start, 2, role.capitalize(), "Planar calibration")

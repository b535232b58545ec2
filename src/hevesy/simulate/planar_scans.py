"""The planar images of each time point: when they are taken, over what, and as which files."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hevesy.simulate.dicom_base import write
from hevesy.simulate.dicom_tracer import EmissionSeries
from hevesy.simulate.habits import Facts, rewritten
from hevesy.simulate.nm_planar import planar_object
from hevesy.simulate.planar import (
    DEAD_TIME_S,
    DETECTOR_LENGTH_MM,
    PlanarScan,
    project,
    scatter_windows,
)
from hevesy.simulate.planar_matter import EMISSION_MEV
from hevesy.simulate.seeds import uid
from hevesy.simulate.session import Session, series, tracer

_WHOLE_BODY_AFTER_S, _STATIC_AFTER_S = 1800.0, 3600.0
"""Start of the SPECT to that of the planar images, which come after the CT. [s]"""
_BODY_LOWEST_MM, _BODY_LENGTH_MM = -828.0, 1795.2
SECONDS_PER_POINT = 120.0
"""How long a detector sees each point. [s]"""


def whole_body_scan(session: Session, k: int) -> PlanarScan:
    """The scan of the whole body at a time point (from 0)."""
    grid = session.matrices.spect_grid(_BODY_LOWEST_MM, _BODY_LENGTH_MM, session.frame(k))
    length = grid.shape[0] * grid.spacing_mm[2]
    duration = (length + DETECTOR_LENGTH_MM) / DETECTOR_LENGTH_MM * SECONDS_PER_POINT
    start = session.patient.scenario.scans.times[k] + _WHOLE_BODY_AFTER_S
    return PlanarScan("WHOLE BODY", start, duration, SECONDS_PER_POINT, grid)


def _static_scan(session: Session, k: int) -> PlanarScan:
    scans = session.patient.scenario.scans
    trunk = session.matrices.spect_grid(scans.lowest, scans.length, session.frame(k))
    return PlanarScan("STATIC", scans.times[k] + _STATIC_AFTER_S, SECONDS_PER_POINT, SECONDS_PER_POINT, trunk)


def write_planar(session: Session, k: int) -> list[dict[str, Any]]:
    """Write a whole-body scan and a static image of the trunk; gives their truth."""
    scans = ((whole_body_scan(session, k), "whole_body"), (_static_scan(session, k), "static"))
    return [_write(session, k, scan, name) for scan, name in scans]


def _write(session: Session, k: int, scan: PlanarScan, name: str) -> dict[str, Any]:
    seed, filled = session.options.seed, tracer(session)
    projections = project(
        session.patient,
        session.poses[k],
        scan,
        session.scanner,
        seed=seed,
        scatter_error=session.errors.planar_scatter,
    )
    own = series(session, k, scan.kind, 3 if scan.kind == "STATIC" else 4)
    own = replace(own, start=own.start + timedelta(seconds=scan.start_s - session.patient.scenario.scans.times[k]))
    emission = EmissionSeries(own, filled, scan.duration_s)
    windows = scatter_windows(session.scanner.window_kev)
    ds = planar_object(projections, scan, emission, windows=windows, sop_uid=uid(seed, own.series_uid, "nm"))
    file = f"dicom/planar_{k + 1}/{name}.dcm"
    write(rewritten(ds, session.options.quirks, Facts(seed, filled.half_life_s)), session.folder / file)
    return {
        "file": file,
        "kind": scan.kind,
        "time_h": scan.start_s / 3600,
        "duration_s": scan.duration_s,
        "seconds_per_point": scan.seconds_per_point,
        "activity_in_view_bq": projections.activity_bq,
        "counts": [[int(frame.sum()) for frame in view] for view in (projections.anterior, projections.posterior)],
        "attenuation": f"the phantom's media at {1000 * EMISSION_MEV:g} keV, narrow beam",
        "scatter_share_of_photopeak": projections.scatter_share,
        "dead_time_s": DEAD_TIME_S,
        "largest_loss": projections.largest_loss,
    }

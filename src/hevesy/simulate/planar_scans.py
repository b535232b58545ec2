"""The planar images of each time point: when they are taken, over what, and as which files."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hevesy.simulate.dicom_base import write
from hevesy.simulate.dicom_tracer import EmissionSeries
from hevesy.simulate.habits import Facts, rewritten
from hevesy.simulate.nm_planar import planar_object
from hevesy.simulate.planar import ATTENUATION_PER_MM, PlanarScan, project
from hevesy.simulate.seeds import uid
from hevesy.simulate.session import Session, series, tracer

_WHOLE_BODY_AFTER_S, _STATIC_AFTER_S = 1800.0, 3600.0
"""Start of the SPECT to that of the planar images, which come after the CT. [s]"""
_BODY_LOWEST_MM, _BODY_LENGTH_MM = -828.0, 1795.2
_SECONDS_PER_POINT = 120.0
_WHOLE_BODY_S = (_BODY_LENGTH_MM + 400.0) / 400.0 * _SECONDS_PER_POINT


def write_planar(session: Session, k: int) -> list[dict[str, Any]]:
    """Write a whole-body scan and a static image of the trunk; gives their truth."""
    return [_write(session, k, scan, name) for scan, name in _scans(session, k)]


def _scans(session: Session, k: int) -> list[tuple[PlanarScan, str]]:
    scans, matrices = session.patient.scenario.scans, session.matrices
    start, frame, point = scans.times[k], session.frame(k), _SECONDS_PER_POINT
    body = matrices.spect_grid(_BODY_LOWEST_MM, _BODY_LENGTH_MM, frame)
    trunk = matrices.spect_grid(scans.lowest, scans.length, frame)
    return [
        (PlanarScan("WHOLE BODY", start + _WHOLE_BODY_AFTER_S, _WHOLE_BODY_S, point, body), "whole_body"),
        (PlanarScan("STATIC", start + _STATIC_AFTER_S, point, point, trunk), "static"),
    ]


def _write(session: Session, k: int, scan: PlanarScan, name: str) -> dict[str, Any]:
    seed, filled = session.options.seed, tracer(session)
    projections = project(session.patient, session.poses[k], scan, session.scanner, seed=seed)
    own = series(session, k, scan.kind, 3 if scan.kind == "STATIC" else 4)
    own = replace(own, start=own.start + timedelta(seconds=scan.start_s - session.patient.scenario.scans.times[k]))
    emission = EmissionSeries(own, filled, scan.duration_s)
    ds = planar_object(projections, scan, emission, sop_uid=uid(seed, own.series_uid, "nm"))
    file = f"dicom/planar_{k + 1}/{name}.dcm"
    write(rewritten(ds, session.options.quirks, Facts(seed, filled.half_life_s)), session.folder / file)
    return {
        "file": file,
        "kind": scan.kind,
        "time_h": scan.start_s / 3600,
        "duration_s": scan.duration_s,
        "seconds_per_point": scan.seconds_per_point,
        "activity_in_view_bq": projections.activity_bq,
        "counts": [int(view.sum()) for view in (projections.anterior, projections.posterior)],
        "attenuation": f"the body as water, {ATTENUATION_PER_MM * 10:g} per cm, narrow beam",
        "scatter": "none",
    }

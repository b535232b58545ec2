"""truth.json: what a measurement of the virtual patient should find."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hevesy._version import __version__
from hevesy.physdata.phantoms import red_marrow_share
from hevesy.simulate.emission import RemainderInView
from hevesy.simulate.kinetics import Exponential, biological_half_life_s, share_at, time_integrated_share
from hevesy.simulate.movement import Pose
from hevesy.simulate.options import Options
from hevesy.simulate.patient import SourceRegion, VirtualPatient
from hevesy.simulate.scanner import Scanner
from hevesy.simulate.store import SpectCalibration


def truth_document(
    patient: VirtualPatient,
    poses: Sequence[Pose],
    view: RemainderInView,
    *,
    scanner: Scanner,
    calibration: SpectCalibration,
    options: Options,
) -> dict[str, Any]:
    """The whole document; see the reference page of the simulator."""
    scenario = patient.scenario
    return {
        "hevesy_truth": 1,
        "hevesy_version": __version__,
        "seed": options.seed,
        "therapy": scenario.therapy,
        "units": str(options.units),
        "quirks": sorted(map(str, options.quirks)),
        "size": str(options.size),
        "phantom": patient.phantom.name,
        "red_marrow_mass_share_of_spongiosa": red_marrow_share(scenario.sex),
        "administration": _administration(patient),
        "time_points": [_time_point(patient, k, pose) for k, pose in enumerate(poses)],
        "regions": [*(_region(patient, r) for r in patient.regions), _remainder(patient, view)],
        "scanner": {
            **scanner.as_truth(),
            "image_scale": calibration.scale,
            "calibration_factor_cps_per_bq": calibration.factor,
        },
    }


def as_json(document: dict[str, Any]) -> str:
    """Strict JSON text."""
    return json.dumps(document, allow_nan=False, indent=2, ensure_ascii=False) + "\n"


def _administration(patient: VirtualPatient) -> dict[str, Any]:
    stated = patient.scenario.administration
    return {
        "radionuclide": patient.scenario.radionuclide,
        "half_life_s": patient.half_life_s,
        "radiopharmaceutical": patient.scenario.radiopharmaceutical,
        "measured": {"activity_bq": stated.measured.activity, "at": stated.measured.at.isoformat()},
        "residual": {"activity_bq": stated.residual.activity, "at": stated.residual.at.isoformat()},
        "net_activity_bq": patient.net_activity_bq,
        "start": stated.start.isoformat(),
        "end": stated.end.isoformat(),
    }


def _time_point(patient: VirtualPatient, k: int, pose: Pose) -> dict[str, Any]:
    scans = patient.scenario.scans
    return {
        "index": k + 1,
        "time_h": scans.times[k] / 3600,
        "duration_s": scans.duration,
        "transform": pose.transform.array.tolist(),
        "ct_breathing_mm": pose.ct_breathing_mm,
    }


def _region(patient: VirtualPatient, region: SourceRegion) -> dict[str, Any]:
    return {
        "name": region.name,
        "kind": str(region.kind),
        "side": str(region.side),
        "volume_ml": region.volume_ml,
        "mass_g": region.mass_g,
        "density_g_ml": region.density_g_ml,
        "excludes": list(region.excludes),
        **_activity(patient, region.parts, 1.0),
        "source": region.source,
    }


def _remainder(patient: VirtualPatient, view: RemainderInView) -> dict[str, Any]:
    """What lies in the field of view comes first; the whole body's values beside it."""
    return {
        "name": "Remainder",
        "kind": "remainder",
        "side": "none",
        "volume_ml": view.volume_ml,
        "mass_g": view.mass_g,
        "density_g_ml": view.mass_g / view.volume_ml,
        "excludes": [r.name for r in patient.regions],
        **_activity(patient, patient.remainder, view.share),
        "share_in_field_of_view": view.share,
        "whole_body": _activity(patient, patient.remainder, 1.0),
        "source": patient.scenario.remainder.source,
    }


def _activity(patient: VirtualPatient, parts: tuple[Exponential, ...], share: float) -> dict[str, Any]:
    activity = patient.net_activity_bq * share
    return {
        "time_integrated_activity_bq_s": activity * time_integrated_share(parts),
        "activity_bq": [activity * share_at(parts, t) for t in patient.scenario.scans.times],
        "kinetics": [_exponential(part, patient.half_life_s) for part in parts],
    }


def _exponential(part: Exponential, physical_s: float) -> dict[str, Any]:
    biological = biological_half_life_s(part.half_life_s, physical_s)
    return {
        "amplitude": part.amplitude,
        "effective_half_life_h": part.half_life_s / 3600,
        "biological_half_life_h": None if biological is None else biological / 3600,
    }

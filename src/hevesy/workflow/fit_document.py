"""The JSON document of ``hevesy fit``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import FittedCurve, InputFile, TimeActivityCurve
from hevesy.errors import RegionFinding
from hevesy.integrate import BEYOND_PHYSICAL_DECAY, DOUBTS, FitSettings, UncertaintyCheck, evaluate
from hevesy.physdata import Nuclide
from hevesy.quantities import Uncertain, correlation, scaled
from hevesy.workflow.estimates import estimate, missing
from hevesy.workflow.fit_methods import Integrated
from hevesy.workflow.fit_points import MeasuredTable
from hevesy.workflow.fit_request import FitRequest
from hevesy.workflow.provenance import result_key, versions

Floats = NDArray[np.float64]
CheckModel = dict[str, Any]

_HOUR, _MBQ = 3600.0, 1e6
_REFERENCES = (
    {"text": "D. Hardiansyah et al., EJNMMI Phys. 8 (2021)", "doi": "10.1186/s40658-021-00427-x"},
    {"text": "J. I. Gear et al., Eur. J. Nucl. Med. Mol. Imaging 45 (2018) 2456", "doi": "10.1007/s00259-018-4136-7"},
    {"text": "C. M. Hurvich, C.-L. Tsai, Biometrika 76 (1989) 297", "doi": "10.1093/biomet/76.2.297"},
)


def document(
    request: FitRequest,
    nuclide: Nuclide,
    table: MeasuredTable,
    settings: FitSettings,
    regions: Sequence[dict[str, Any]],
    groups: Sequence[dict[str, Any]],
) -> dict[str, Any]:
    """The whole document."""
    source = InputFile(table.table.name, table.table.sha256)
    used, asked = versions(), _asked(request, settings)
    return {
        "nuclide": nuclide.name,
        "physical_half_life_h": nuclide.half_life_s / _HOUR,
        "settings": asked,
        "standard_uncertainty_of_points": table.uncertainty_source,
        "regions": list(regions),
        "groups": list(groups),
        "provenance": {
            "key": result_key((source,), asked | {"nuclide": nuclide.name}, used),
            "input": {"name": source.name, "sha256": source.sha256},
            "decay_data": nuclide.source.text,
            "versions": used,
            "references": list(_REFERENCES),
        },
    }


def _asked(request: FitRequest, settings: FitSettings) -> dict[str, Any]:
    asked = {key: value for key, value in asdict(request).items() if key not in {"table", "nuclide"}}
    return asked | {
        "ignored": list(request.ignored),
        "expected_scatter_between_scans": settings.scatter.relative,
        "activity": "decay-corrected to the start of the administration" if request.decay_corrected else "at scan time",
    }


def region_entry(
    name: str,
    measured: TimeActivityCurve | None,
    found: Integrated | RegionFinding,
    check: CheckModel | None,
) -> dict[str, Any]:
    """Everything about one region; values are null with the reason where there are none."""
    if isinstance(found, RegionFinding):
        return _without_value(name, measured, found.reason)
    fitted = found.curve
    integral = fitted.time_integrated_activity
    to_last = fitted.integral_to_last_scan
    return {
        "name": name,
        "reason": None,
        "model": fitted.model,
        "choice": fitted.reason,
        "effective_half_life_h": _half_life(fitted.effective_half_life),
        "time_integrated_activity_bq_s": estimate(integral, "Bq s", with_budget=True).model_dump(),
        "until_h": None if fitted.until_s is None else fitted.until_s / _HOUR,
        "time_integrated_activity_to_last_scan_bq_s": estimate(to_last, "Bq s").model_dump() if to_last else None,
        "extrapolated_fraction": fitted.extrapolated_fraction,
        "longer_than_physical": _longer(fitted),
        "findings": [why for row, _, why in fitted.candidates if row in DOUBTS],
        "parameters": _parameters(fitted),
        "tail": _tail(fitted),
        "scatter_between_scans": fitted.scatter_between_scans,
        "chi_square": fitted.chi_square,
        "degrees_of_freedom": fitted.degrees_of_freedom,
        "aicc": fitted.aicc,
        "akaike_weights": dict(fitted.weights) or None,
        "candidates": [{"model": m, "aicc": a, "reason": why or None} for m, a, why in fitted.candidates],
        "time_points": _time_points(measured, fitted),
        "uncertainty_check": check,
        **found.details,
    }


def _without_value(name: str, measured: TimeActivityCurve | None, reason: str) -> dict[str, Any]:
    return {
        "name": name,
        "reason": reason,
        "model": None,
        "effective_half_life_h": missing("h", reason).model_dump(),
        "time_integrated_activity_bq_s": missing("Bq s", reason).model_dump(),
        "extrapolated_fraction": None,
        "findings": [reason],
        "time_points": _time_points(measured, None),
    }


def _half_life(half_life_s: Uncertain) -> dict[str, Any]:
    if not math.isfinite(half_life_s.value):
        return missing("h", "straight lines up to the last scan have none").model_dump()
    return estimate(scaled(half_life_s, 1.0 / _HOUR), "h").model_dump()


def _longer(fitted: FittedCurve) -> dict[str, Any] | None:
    """What the data say without the bound of physical decay, where the fit is at that bound."""
    free = fitted.free_half_life_s
    if free is None:
        return None
    return {
        "free_effective_half_life_h": free / _HOUR if math.isfinite(free) else None,
        "significant": any(row == BEYOND_PHYSICAL_DECAY for row, _, _ in fitted.candidates),
        "used": "the fit bounded by physical decay",
    }


def _parameters(fitted: FittedCurve) -> dict[str, Any] | None:
    if not fitted.rates_per_s:
        return None
    n = len(fitted.rates_per_s)
    names = [f"amplitude_{k}_bq" for k in range(1, n + 1)] + [f"rate_{k}_per_s" for k in range(1, n + 1)]
    return {
        "names": names,
        "values": [*fitted.amplitudes_bq, *fitted.rates_per_s],
        "covariance": fitted.parameter_covariance.tolist(),
        "effective_half_lives_h": [math.log(2.0) / rate / _HOUR for rate in fitted.rates_per_s],
    }


def _tail(fitted: FittedCurve) -> dict[str, Any] | None:
    if fitted.tail is None or fitted.tail_from_s is None:
        return None
    half_life = scaled(fitted.tail.half_life_s, 1.0 / _HOUR)
    return {
        "from_h": fitted.tail_from_s / _HOUR,
        "half_life_h": {"value": half_life.value, "standard_uncertainty": half_life.standard_uncertainty},
        "source": fitted.tail.source,
    }


def _time_points(measured: TimeActivityCurve | None, fitted: FittedCurve | None) -> list[dict[str, Any]]:
    if measured is None:
        return []
    modelled = None if fitted is None else evaluate(fitted, measured.times_s)
    return [
        {
            "time_h": point.time_s / _HOUR,
            "activity_mbq": point.activity.value / _MBQ,
            "standard_uncertainty_mbq": point.activity.standard_uncertainty / _MBQ or None,
            "fitted_mbq": None if modelled is None else float(modelled[n]) / _MBQ,
        }
        for n, point in enumerate(measured.points)
    ]


def check_entry(check: UncertaintyCheck) -> CheckModel:
    """The uncertainty as propagated and as drawn."""
    return {
        "method": "parametric bootstrap",
        "samples": check.samples,
        "seed": check.seed,
        "propagated_standard_uncertainty_bq_s": check.propagated_u_bq_s,
        "drawn_standard_uncertainty_bq_s": check.drawn_u_bq_s,
        "ratio": check.ratio,
        "tolerance": check.tolerance,
        "agrees": check.agrees,
        "at_bound": check.at_bound,
        "drawn_interval95_bq_s": list(check.drawn_interval95_bq_s),
        "drawn_bias_fraction": check.drawn_bias_fraction,
    }


def group_entry(fitted: Sequence[FittedCurve], drawn: Floats | None) -> dict[str, Any]:
    """Covariance of the integrals of regions that share rates, as propagated and as drawn."""
    integrals = [curve.time_integrated_activity for curve in fitted]
    return {
        "regions": [curve.region for curve in fitted],
        "covariance_bq2_s2": [[_covariance(a, b) for b in integrals] for a in integrals],
        "correlation": [[correlation(a, b) for b in integrals] for a in integrals],
        "drawn_covariance_bq2_s2": None if drawn is None else drawn.tolist(),
    }


def _covariance(a: Uncertain, b: Uncertain) -> float:
    return math.fsum(u * b.components.get(name, 0.0) for name, u in a.components.items())

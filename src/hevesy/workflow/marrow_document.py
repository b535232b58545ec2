"""The document of ``hevesy marrow``."""

from __future__ import annotations

from typing import Any

import numpy as np

from hevesy.domain import FittedCurve
from hevesy.errors import InputError
from hevesy.integrate import confidence_band
from hevesy.quantify import ProbeReading, excreted_fractions
from hevesy.quantities import Uncertain, scaled
from hevesy.workflow.estimates import estimate, missing, unstated
from hevesy.workflow.marrow import BloodMarrow, Course, MarrowDose, MarrowResult, Way, per_activity

_HOUR = 3600.0
_BAND_POINTS = 61
LIMITS = (
    "Absorbed dose, not weighted by radiation quality: alpha particles count by their energy.",
    "Red marrow is that of the phantom, as large as stated, and its activity even; bone surfaces are no source.",
    "The rest of the body is every other organ of the phantom, evenly; fat and bone between the marrow hold no activity.",
    "The uncertainty does not hold how the patient's skeleton differs from the phantom's.",
)


def course_document(course: Course, unit: str, scale: float = 1.0) -> dict[str, Any]:
    """A fitted time course. ``unit`` is that of its activity, ``scale`` what to multiply Bq with for it."""
    fitted, reason = course.fitted, course.reason or ""
    return {
        "model": fitted.model if fitted else None,
        "reason": course.reason,
        "time_integrated": _entry(
            None if fitted is None else scaled(fitted.time_integrated_activity, scale), f"{unit} s", reason, budget=True
        ),
        "effective_half_life_h": _entry(
            None if fitted is None else scaled(fitted.effective_half_life, 1 / _HOUR), "h", reason
        ),
        "extrapolated_fraction": fitted.extrapolated_fraction if fitted else None,
        "candidates": [
            {"model": name, "aicc": aicc, "reason": why or None}
            for name, aicc, why in (fitted.candidates if fitted else ())
        ],
        "points": [
            {"time_h": p.time_s / _HOUR, "value": p.activity.value * scale,
             "standard_uncertainty": p.activity.standard_uncertainty * scale, "unit": unit}
            for p in course.measured.points
        ],
        "curve": None if fitted is None else _curve(fitted, course, unit, scale),
    }  # fmt: skip


def _curve(fitted: FittedCurve, course: Course, unit: str, scale: float) -> dict[str, Any]:
    times = np.linspace(0.0, 1.2 * float(course.measured.times_s[-1]), _BAND_POINTS)
    value, lower, upper = confidence_band(fitted, times, course.measured)
    return {
        "unit": unit,
        "time_h": (times / _HOUR).tolist(),
        "value": (value * scale).tolist(),
        "lower95": (lower * scale).tolist(),
        "upper95": (upper * scale).tolist(),
    }


def _entry(value: Uncertain | None, unit: str, reason: str, *, budget: bool = False) -> dict[str, Any]:
    model = missing(unit, reason) if value is None else estimate(value, unit, with_budget=budget)
    return model.model_dump()


def whole_body_document(
    course: Course, readings: tuple[ProbeReading, ...], administered: Uncertain, half_life_s: float
) -> dict[str, Any]:
    """The whole body: its curve, and what had left it at each reading."""
    fractions = excreted_fractions(course.measured, administered, half_life_s)
    return {
        **course_document(course, "Bq"),
        "excreted_fraction": [
            {
                "time_h": reading.time_s / _HOUR,
                "value": fraction.value,
                "standard_uncertainty": fraction.standard_uncertainty,
            }
            for reading, fraction in zip(readings, fractions, strict=True)
        ],
    }


def blood_document(blood: BloodMarrow) -> dict[str, Any]:
    """The blood, and the ratio of marrow to it."""
    return {**course_document(blood.course, "Bq/ml"), "marrow_to_blood_ratio": estimate(blood.ratio, "1").model_dump()}


def marrow_document(result: MarrowResult, administered: Uncertain | None) -> dict[str, Any]:
    """Absorbed doses to red marrow by every way, and how they compare."""
    ways: tuple[Way, ...] = ("blood", "image")
    return {
        "mass_g": estimate(scaled(result.mass_kg, 1000.0), "g").model_dump(),
        "phantom_mass_g": 1000.0 * result.s_values.marrow_kg,
        **{f"{way}_based": _way(result, way, administered) for way in ways},
        "image_over_blood": None if result.ratio is None else estimate(result.ratio, "1").model_dump(),
        "s_values": {
            "unit": "Gy/(Bq s)",
            "self": _value(result.s_values.self_dose.value),
            **{name: _value(value.value) for name, value in result.s_values.cross.items()},
        },
    }


def _value(value: Uncertain) -> dict[str, float]:
    return {"value": float(value.value), "standard_uncertainty": value.standard_uncertainty}


def _way(result: MarrowResult, way: Way, administered: Uncertain | None) -> dict[str, Any] | None:
    dose = result.doses.get(way)
    if dose is None:
        reason = result.reasons.get(way)
        return None if reason is None else {"absorbed_dose_gy": missing("Gy", reason).model_dump()}
    return {
        "absorbed_dose_gy": estimate(dose.absorbed_dose.estimate, "Gy", with_budget=True).model_dump(),
        "absorbed_dose_per_administered_activity_gy_per_gbq": _per_activity(dose, administered),
        "time_integrated_activity_bq_s": estimate(dose.activity_bq_s, "Bq s").model_dump(),
        "self_dose_gy": estimate(dose.own["all"], "Gy").model_dump(),
        "self_dose_by_radiation_gy": {name: part.value for name, part in dose.own.items() if name != "all"},
        "cross_dose_gy": {name: estimate(part, "Gy").model_dump() for name, part in dose.cross.items()},
        "remainder_time_integrated_activity_bq_s": _entry(dose.remainder_bq_s, "Bq s", "no whole-body curve"),
    }


def _per_activity(dose: MarrowDose, administered: Uncertain | None) -> dict[str, Any]:
    if administered is None:
        return missing("Gy/GBq", "the administered activity is not stated").model_dump()
    value = per_activity(dose.absorbed_dose.estimate, administered)
    if administered.components:
        return estimate(value, "Gy/GBq").model_dump()
    reason = "the uncertainty of the administered activity is not stated"
    return unstated(value.value, "Gy/GBq", reason).model_dump()


def checked_mapping(text: str | None, option: str) -> dict[str, str]:
    """Read ``"Lesion=Liver,Tumour=remainder"``: region of the study, and what it is on the phantom.

    Raises
    ------
    InputError
        If it is no such list or names a region twice.
    """
    found: dict[str, str] = {}
    for part in text.split(",") if text else ():
        name, equals, target = (piece.strip() for piece in part.partition("="))
        if not (name and equals and target):
            raise InputError('a list such as "Lesion=Liver,Tumour=remainder"', f"{part.strip()!r} came", option)
        if name in found:
            raise InputError("every region once", f"{name!r} came again", option)
        found[name] = target
    return found

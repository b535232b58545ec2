"""Blood, whole body and red marrow as entries of ``results.json`` and of the document of ``hevesy marrow``."""

from __future__ import annotations

import numpy as np

from hevesy.errors import InputError
from hevesy.integrate import confidence_band
from hevesy.quantify import BLOOD, WHOLE_BODY, excreted_fractions
from hevesy.quantities import AbsorbedDose, Uncertain, scaled
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.marrow_model import CourseModel, MarrowModel, MarrowWayModel, SampleModel
from hevesy.workflow.estimates import estimate, missing, unstated
from hevesy.workflow.marrow import Body, Course, MarrowDose, MarrowResult, per_activity

_HOUR = 3600.0
_BAND_POINTS = 121
_BEYOND = 1.2
LIMITS = (
    "Absorbed dose, not weighted by radiation quality: alpha particles count by their energy.",
    "Red marrow is that of the phantom, as large as stated, and its activity even; bone surfaces are no source.",
    "The rest of the body is every other organ of the phantom, evenly; fat and bone between marrow hold no activity.",
    "The uncertainty does not hold how the patient's skeleton differs from the phantom's.",
)


def blood_entry(course: Course) -> CourseModel:
    """The blood's course. [Bq/ml]"""
    samples = [
        SampleModel(time_h=p.time_s / _HOUR, value=estimate(p.activity, "Bq/ml")) for p in course.measured.points
    ]
    return _course_entry(course, samples, "Bq/ml")


def whole_body_entry(
    course: Course, administered: Uncertain, half_life_s: float, dose: AbsorbedDose | None
) -> CourseModel:
    """The whole body's course, what had left it at each reading, and its mean absorbed dose. [Bq]"""
    fractions = excreted_fractions(course.measured, administered, half_life_s)
    samples = [
        SampleModel(
            time_h=p.time_s / _HOUR, value=estimate(p.activity, "Bq"), excreted_fraction=estimate(fraction, "1")
        )
        for p, fraction in zip(course.measured.points, fractions, strict=True)
    ]
    entry = _course_entry(course, samples, "Bq")
    given = missing("Gy", course.reason or "not computed") if dose is None else estimate(dose.estimate, "Gy")
    return entry.model_copy(update={"absorbed_dose_gy": given})


def _course_entry(course: Course, samples: list[SampleModel], unit: str) -> CourseModel:
    fitted, reason = course.fitted, course.reason or ""
    times = np.linspace(0.0, _BEYOND * float(course.measured.times_s[-1]), _BAND_POINTS)
    band = confidence_band(fitted, times, course.measured) if fitted else (np.array([]),) * 3
    value, lower, upper = (part.tolist() for part in band)
    return CourseModel.model_validate(
        {
            "name": BLOOD if unit == "Bq/ml" else WHOLE_BODY,
            "unit": unit,
            "model": fitted.model if fitted else None,
            "time_integrated": _or_missing(
                fitted.time_integrated_activity if fitted else None, f"{unit} s", reason, budget=True
            ),
            "effective_half_life_h": _or_missing(
                scaled(fitted.effective_half_life, 1 / _HOUR) if fitted else None, "h", reason
            ),
            "extrapolated_fraction": fitted.extrapolated_fraction if fitted else None,
            "samples": samples,
            "candidates": [
                {"model": name, "aicc": aicc, "reason": why or None}
                for name, aicc, why in (fitted.candidates if fitted else ())
            ],
            "band_time_h": (times / _HOUR).tolist() if fitted else [],
            "band_value": value,
            "band_lower": lower,
            "band_upper": upper,
        }
    )


def _or_missing(value: Uncertain | None, unit: str, reason: str, *, budget: bool = False) -> EstimateModel:
    return missing(unit, reason) if value is None else estimate(value, unit, with_budget=budget)


def marrow_entry(
    result: MarrowResult, body: Body, ratio: Uncertain | None, administered: Uncertain | None
) -> MarrowModel:
    """Absorbed doses to red marrow by every way, and how they compare."""
    ways = [_way(dose, administered) for dose in result.doses.values()]
    ways += [_no_way(way, reason) for way, reason in result.reasons.items()]
    s_values = {"self": result.s_values.self_dose, **result.s_values.cross}
    return MarrowModel(
        phantom=body.phantom,
        body_mass_kg=body.body_kg,
        mass_g=_mass(scaled(result.mass_kg, 1000.0)),
        phantom_mass_g=1000.0 * result.s_values.marrow_kg,
        marrow_to_blood_ratio=_or_missing(ratio, "1", "no blood samples"),
        ways=ways,
        image_over_blood=_or_missing(result.ratio, "1", "not both ways gave a dose"),
        s_values={name: estimate(value.value, "Gy/(Bq s)") for name, value in s_values.items()},
        limits=list(LIMITS),
    )


def _mass(mass_g: Uncertain) -> EstimateModel:
    if mass_g.components:
        return estimate(mass_g, "g")
    return unstated(mass_g.value, "g", "its uncertainty is not stated")


def _way(dose: MarrowDose, administered: Uncertain | None) -> MarrowWayModel:
    return MarrowWayModel(
        way=dose.way,
        absorbed_dose_gy=estimate(dose.absorbed_dose.estimate, "Gy", with_budget=True),
        absorbed_dose_per_administered_activity_gy_per_gbq=_per_activity(dose, administered),
        time_integrated_activity_bq_s=estimate(dose.activity_bq_s, "Bq s"),
        self_dose_gy=estimate(dose.own["all"], "Gy"),
        self_dose_by_radiation_gy={name: part.value for name, part in dose.own.items() if name != "all"},
        cross_dose_gy={name: estimate(part, "Gy") for name, part in dose.cross.items()},
        remainder_time_integrated_activity_bq_s=_or_missing(dose.remainder_bq_s, "Bq s", "no whole-body curve"),
    )


def _no_way(way: str, reason: str) -> MarrowWayModel:
    return MarrowWayModel.model_validate(
        {
            "way": way,
            "absorbed_dose_gy": missing("Gy", reason),
            "absorbed_dose_per_administered_activity_gy_per_gbq": missing("Gy/GBq", reason),
            "time_integrated_activity_bq_s": missing("Bq s", reason),
            "self_dose_gy": missing("Gy", reason),
            "self_dose_by_radiation_gy": {},
            "cross_dose_gy": {},
            "remainder_time_integrated_activity_bq_s": missing("Bq s", reason),
        }
    )


def _per_activity(dose: MarrowDose, administered: Uncertain | None) -> EstimateModel:
    if administered is None:
        return missing("Gy/GBq", "the administered activity is not stated")
    value = per_activity(dose.absorbed_dose.estimate, administered)
    if administered.components:
        return estimate(value, "Gy/GBq")
    return unstated(value.value, "Gy/GBq", "the uncertainty of the administered activity is not stated")


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

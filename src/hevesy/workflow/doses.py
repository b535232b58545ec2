"""Absorbed dose and BED of every region."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.biology import bed, curve_g_factor
from hevesy.errors import RegionFinding
from hevesy.physdata import Nuclide
from hevesy.quantities import AbsorbedDose, Bed, Uncertain, multiply_powers, scaled
from hevesy.transport import AbstractDoseEngine, absorbed_dose
from hevesy.workflow.administration import UsedAdministration
from hevesy.workflow.courses import RegionCourse


@dataclass(frozen=True)
class RegionDose:
    """What one region received; a value that cannot be given has a reason."""

    course: RegionCourse
    absorbed_dose: AbsorbedDose | None
    absorbed_dose_reason: str | None
    per_activity_gy_gbq: Uncertain | None
    per_activity_reason: str | None
    bed: Bed | None
    bed_reason: str | None
    doubts: tuple[str, ...] = ()
    """Where the region is outside what the engine is taken to hold for."""


def region_dose(
    course: RegionCourse, engine: AbstractDoseEngine, nuclide: Nuclide, administration: UsedAdministration
) -> RegionDose:
    """Time-integrated activity times S, per administered activity, and BED by the region's own curve."""
    dose, reason = _absorbed_dose(course, engine, nuclide)
    per_activity, per_activity_reason = _per_activity(dose, reason, administration)
    effect, effect_reason = _bed(course, dose, reason)
    doubts = engine.doubts(course.mass_kg.value) if dose is not None and course.mass_kg is not None else ()
    return RegionDose(course, dose, reason, per_activity, per_activity_reason, effect, effect_reason, doubts)


def _absorbed_dose(
    course: RegionCourse, engine: AbstractDoseEngine, nuclide: Nuclide
) -> tuple[AbsorbedDose | None, str | None]:
    if course.fitted is None or course.mass_kg is None:
        return None, course.reason
    try:
        s_value = engine.region_s_value(nuclide, course.mass_kg)
    except RegionFinding as finding:
        return None, finding.reason
    return absorbed_dose(course.fitted.time_integrated_activity, s_value), None


def _per_activity(
    dose: AbsorbedDose | None, reason: str | None, administration: UsedAdministration
) -> tuple[Uncertain | None, str | None]:
    net = administration.net_activity
    if dose is None:
        return None, reason
    if net is None:
        return None, "the administered activity is not stated"
    if not administration.uncertainty_stated:
        return None, "the uncertainty of the administered activity is not stated"
    return scaled(multiply_powers((dose.estimate, 1.0), (net, -1.0)), 1e9), None


def _bed(course: RegionCourse, dose: AbsorbedDose | None, reason: str | None) -> tuple[Bed | None, str | None]:
    alpha_beta, repair = course.settings.alpha_beta_gy, course.settings.repair_half_time_s
    if alpha_beta is None or repair is None:
        absent = " and ".join(
            name for name, value in (("alpha/beta", alpha_beta), ("repair half-time", repair)) if value is None
        )
        return None, f"the study states no {absent}"
    if dose is None or course.fitted is None:
        return None, reason
    return bed(dose, curve_g_factor(course.fitted, repair), alpha_beta), None

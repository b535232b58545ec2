"""Absorbed dose and BED of every region."""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.biology import bed, curve_g_factor, eqd2
from hevesy.domain import RegionKind
from hevesy.errors import RegionFinding
from hevesy.physdata import Nuclide
from hevesy.quantities import AbsorbedDose, Bed, Eqd2, Uncertain, multiply_powers, scaled
from hevesy.transport import AbstractDoseEngine, absorbed_dose
from hevesy.workflow.administration import UsedAdministration
from hevesy.workflow.config import SValueSpread
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
    s_value: Uncertain | None = None
    """[Gy/(Bq s)]"""
    g: Uncertain | None = None
    """Protraction factor of the region's own curve."""
    eqd2: Eqd2 | None = None


@dataclass(frozen=True)
class Depositing:
    """What turns a time-integrated activity into an absorbed dose."""

    engine: AbstractDoseEngine
    nuclide: Nuclide
    spread: SValueSpread | None = None
    """How far the engine's S value may lie off for what a region is, where the study states it."""

    def s_value(self, course: RegionCourse, mass_kg: Uncertain) -> Uncertain:
        """S value of a region with every source; ``s-value:<region>`` is the stated one. [Gy/(Bq s)]

        Raises
        ------
        RegionFinding
            If the engine has none for such a region.
        """
        found = self.engine.region_s_value(self.nuclide, mass_kg)
        if self.spread is None:
            return found
        settings = course.settings
        relative = self.spread.lesion if settings.kind is RegionKind.LESION else self.spread.organ
        return multiply_powers((found, 1.0), (Uncertain(1.0, {f"s-value:{settings.name}": relative}), 1.0))


def region_dose(course: RegionCourse, depositing: Depositing, administration: UsedAdministration) -> RegionDose:
    """Time-integrated activity times S, per administered activity, and BED and EQD2 by the region's own curve."""
    s_value, reason = _s_value(course, depositing)
    tia = course.fitted.time_integrated_activity if course.fitted else None
    dose = absorbed_dose(tia, s_value) if tia is not None and s_value is not None else None
    per_activity, per_activity_reason = _per_activity(dose, reason, administration)
    g, effect, effect_reason = _bed(course, dose, reason)
    mass = course.mass_kg
    return RegionDose(
        course=course,
        absorbed_dose=dose,
        absorbed_dose_reason=reason,
        per_activity_gy_gbq=per_activity,
        per_activity_reason=per_activity_reason,
        bed=effect,
        bed_reason=effect_reason,
        doubts=depositing.engine.doubts(mass.value) if dose is not None and mass is not None else (),
        s_value=s_value,
        g=g,
        eqd2=eqd2(effect, course.settings.alpha_beta_gy) if effect and course.settings.alpha_beta_gy else None,
    )


def _s_value(course: RegionCourse, depositing: Depositing) -> tuple[Uncertain | None, str | None]:
    if course.fitted is None or course.mass_kg is None:
        return None, course.reason
    try:
        return depositing.s_value(course, course.mass_kg), None
    except RegionFinding as finding:
        return None, finding.reason


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


def _bed(
    course: RegionCourse, dose: AbsorbedDose | None, reason: str | None
) -> tuple[Uncertain | None, Bed | None, str | None]:
    alpha_beta, repair = course.settings.alpha_beta_gy, course.settings.repair_half_time_s
    if alpha_beta is None or repair is None:
        absent = " and ".join(
            name for name, value in (("alpha/beta", alpha_beta), ("repair half-time", repair)) if value is None
        )
        return None, None, f"the study states no {absent}"
    if dose is None or course.fitted is None:
        return None, None, reason
    g = curve_g_factor(course.fitted, repair)
    return g, bed(dose, g, alpha_beta), None

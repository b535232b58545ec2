"""From what was computed to the entries of ``results.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from hevesy.domain import FittedCurve, RegionKind, TimeActivityCurve
from hevesy.integrate import confidence_band
from hevesy.quantities import Uncertain, combine, scaled
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.model import (
    AdministrationModel,
    CalibrationModel,
    CurveModel,
    DeadTimeOut,
    RecoveryModelOut,
    RegionResult,
    RegionTimePoint,
    TimePointModel,
)
from hevesy.workflow.administration import UsedAdministration
from hevesy.workflow.courses import RegionCourse, RegionScan
from hevesy.workflow.doses import RegionDose
from hevesy.workflow.estimates import estimate, missing, unstated
from hevesy.workflow.mapping import RegionMap
from hevesy.workflow.plan import PlannedTimePoint
from hevesy.workflow.quantified import QuantifiedScan, UsedCalibration, UsedDeadTime
from hevesy.workflow.recovery import UsedRecovery
from hevesy.workflow.uncertainties import budget_terms

_BAND_POINTS = 121
_HOUR = 3600.0


def region_entry(dose: RegionDose, mapped: RegionMap | None, no_map: str) -> RegionResult:
    """Everything about one region."""
    course, fitted = dose.course, dose.course.fitted
    settings = course.settings
    reason = course.reason or "not computed"
    findings = [*course.findings, *dose.doubts]
    if dose.absorbed_dose is None and dose.absorbed_dose_reason and dose.absorbed_dose_reason not in findings:
        findings.append(dose.absorbed_dose_reason)
    absorbed = dose.absorbed_dose.estimate if dose.absorbed_dose else None
    return RegionResult(
        name=settings.name,
        kind=settings.kind.value,
        side=settings.side.value,
        code=dict(zip(("value", "scheme", "meaning"), settings.code, strict=True)) if settings.code else None,
        status="complete" if absorbed is not None else "partial",
        findings=findings,
        mass_g=_or_missing(_grams(course), "g", reason),
        volume_ml=_or_missing(course.volume_ml, "ml", reason),
        exact_volume_ml=course.scans[0].region.exact_volume_ml if course.scans else None,
        time_integrated_activity_bq_s=_or_missing(
            fitted.time_integrated_activity if fitted else None, "Bq s", reason, with_budget=True
        ),
        time_integrated_activity_to_last_scan_bq_s=_or_missing(
            fitted.integral_to_last_scan if fitted else None, "Bq s", reason
        ),
        time_integrated_activity_tail_bq_s=_or_missing(_tail(fitted), "Bq s", reason),
        effective_half_life_h=_or_missing(
            scaled(fitted.effective_half_life, 1 / _HOUR) if fitted else None, "h", reason
        ),
        absorbed_dose_gy=_or_missing(absorbed, "Gy", dose.absorbed_dose_reason or reason, with_budget=True),
        absorbed_dose_per_administered_activity_gy_per_gbq=_or_missing(
            dose.per_activity_gy_gbq, "Gy/GBq", dose.per_activity_reason or reason
        ),
        absorbed_dose_map_mean_gy=_or_missing(mapped.mean if mapped else None, "Gy", no_map or reason),
        ratio_region_to_map=absorbed.value / mapped.mean.value
        if absorbed and mapped and mapped.mean.value > 0
        else None,
        bed_gy=_or_missing(dose.bed.estimate if dose.bed else None, "Gy", dose.bed_reason or reason, with_budget=True),
        bed_model=_bed_model(dose),
        eqd2_gy=_or_missing(
            dose.eqd2.estimate if dose.eqd2 else None, "Gy", dose.bed_reason or reason, with_budget=True
        ),
        alpha_beta_gy=_or_missing(settings.alpha_beta_gy, "Gy", "not stated", with_budget=True),
        protraction_factor=_or_missing(dose.g, "1", dose.bed_reason or reason, with_budget=True),
        uncertainty_budget=budget_terms(fitted.time_integrated_activity, dose.s_value)
        if fitted and dose.s_value
        else [],
        recovery_applied=course.recovery_applied,
        time_points=[_time_point(scan) for scan in course.scans],
        curve=curve_entry(fitted, course.measured),
        dose_volume_histogram=mapped.histogram if mapped else None,
        dose_volume_metrics_gy=mapped.metrics_gy if mapped else None,
    )


def _bed_model(dose: RegionDose) -> str | None:
    alpha_beta, repair = dose.course.settings.alpha_beta_gy, dose.course.settings.repair_half_time_s
    if dose.bed is None or alpha_beta is None or repair is None:
        return None
    return f"linear-quadratic, α/β = {alpha_beta.value:g} Gy, repair half-time {repair.value / _HOUR:g} h"


def _or_missing(value: Uncertain | None, unit: str, reason: str, *, with_budget: bool = False) -> EstimateModel:
    return missing(unit, reason) if value is None else estimate(value, unit, with_budget=with_budget)


def _grams(course: RegionCourse) -> Uncertain | None:
    return None if course.mass_kg is None else scaled(course.mass_kg, 1000.0)


def _tail(fitted: FittedCurve | None) -> Uncertain | None:
    if fitted is None or fitted.integral_to_last_scan is None:
        return None
    whole, part = fitted.time_integrated_activity, fitted.integral_to_last_scan
    return combine(whole.value - part.value, [(whole, 1.0), (part, -1.0)])


def _time_point(scan: RegionScan) -> RegionTimePoint:
    volume = scan.region.volume_ml
    drawn = scaled(scan.volume_ml, volume / scan.volume_ml.value)
    return RegionTimePoint(
        time_point=scan.scan.point.index,
        time_h=scan.scan.point.time_s / _HOUR,
        volume_ml=estimate(drawn, "ml"),
        recovery_coefficient=_or_missing(scan.recovery, "1", _no_recovery(scan)),
        own_recovery=scan.by_shape.own_recovery if scan.by_shape else None,
        spilled_in=scan.by_shape.spilled_in if scan.by_shape else None,
        activity_bq=estimate(scan.activity_bq, "Bq"),
        activity_concentration_bq_ml=estimate(scan.concentration_bq_ml, "Bq/ml"),
        activity_concentration_as_stored_bq_ml=estimate(
            scaled(scan.concentration_bq_ml, 1.0 / scan.scan.from_stored), "Bq/ml"
        ),
    )


def _no_recovery(scan: RegionScan) -> str:
    if scan.region.kind is RegionKind.REMAINDER:
        return "the remainder is what the other regions leave of the body's activity"
    return "not recovery-corrected"


def curve_entry(fitted: FittedCurve | None, measured: TimeActivityCurve | None) -> CurveModel | None:
    """The fitted curve, enough to draw it again; None where there is none."""
    if fitted is None or measured is None:
        return None
    times = np.linspace(0.0, _drawn_until(fitted, float(measured.times_s[-1])), _BAND_POINTS)
    value, lower, upper = confidence_band(fitted, times, measured)
    return CurveModel(
        model=fitted.model,
        choice=fitted.reason or None,
        amplitudes_bq=list(fitted.amplitudes_bq),
        rates_per_s=list(fitted.rates_per_s),
        knots_h=[t / _HOUR for t in fitted.times_s],
        knots_bq=list(fitted.activities_bq),
        tail_half_life_h=fitted.tail.half_life_s.value / _HOUR if fitted.tail else None,
        tail_from_h=fitted.tail_from_s / _HOUR if fitted.tail_from_s is not None else None,
        tail_source=fitted.tail.source if fitted.tail else None,
        band_time_h=(times / _HOUR).tolist(),
        band_value_bq=value.tolist(),
        band_lower_bq=lower.tolist(),
        band_upper_bq=upper.tolist(),
        aicc=fitted.aicc,
        candidates=[{"model": name, "aicc": aicc, "reason": why or None} for name, aicc, why in fitted.candidates],
        extrapolated_fraction=fitted.extrapolated_fraction,
    )


def _drawn_until(fitted: FittedCurve, last_s: float) -> float:
    """Where the plotted curve ends: a stated tail is shown over three of its half-lives, lines alone end. [s]"""
    if fitted.times_s and fitted.tail is None:
        return last_s
    if fitted.tail is None or fitted.tail_from_s is None:
        return 1.6 * last_s
    return max(1.6 * last_s, fitted.tail_from_s + 3.0 * fitted.tail.half_life_s.value)


def administration_entry(used: UsedAdministration) -> AdministrationModel:
    """The administration as used."""
    net = used.net_activity
    nothing = "not stated"
    if net is None:
        net_entry = missing("Bq", nothing)
    elif used.uncertainty_stated:
        net_entry = estimate(net, "Bq")
    else:
        net_entry = unstated(net.value, "Bq", "its uncertainty is not stated")
    return AdministrationModel(
        radionuclide=used.nuclide.name,
        radiopharmaceutical=used.radiopharmaceutical,
        half_life_h=used.nuclide.half_life_s / _HOUR,
        half_life_source=used.nuclide.source.text,
        measured_activity_bq=_reading(used),
        measured_at=used.measured.at.isoformat() if used.measured else None,
        residual_activity_bq=unstated(used.residual.activity, "Bq", "uncertainty shared with the measured activity")
        if used.residual
        else missing("Bq", "none" if used.measured else nothing),
        residual_measured_at=used.residual.at.isoformat() if used.residual else None,
        net_activity_bq=net_entry,
        start=used.start.isoformat(),
        end=used.end.isoformat() if used.end else None,
        source=used.source,
    )


def _reading(used: UsedAdministration) -> EstimateModel:
    if used.measured is None:
        return missing("Bq", "not stated")
    activity = used.measured.activity
    spread = activity * used.measured.relative_standard_uncertainty
    return estimate(Uncertain(activity, {"administered-activity:meter": spread}), "Bq")


def time_point_entry(point: PlannedTimePoint) -> TimePointModel:
    """One scan as used."""
    record = point.emission
    return TimePointModel(
        index=point.index,
        time_h=point.time_s / _HOUR,
        start=point.start.isoformat(),
        duration_s=record.acquisition_duration_s,
        emission_series=record.series_uid,
        ct_series=point.ct.series_uid if point.ct else None,
        units=record.units or "unknown",
        scale_source=record.scale_source,
        decay_corrected_to=record.decay_corrected_to.value,
        contradictions=[finding.message for finding in record.contradictions],
        missing=list(record.missing),
    )


def calibration_entry(used: UsedCalibration, scans: Sequence[QuantifiedScan]) -> CalibrationModel:
    """Calibration as used."""
    measured_with = used.factor or used.belongs_to
    camera = measured_with.belongs_to if measured_with else scans[0].point.emission.camera
    shown: Mapping[str, Any] = (
        {}
        if camera is None
        else {
            "manufacturer": camera.manufacturer,
            "model": camera.model,
            "serial": camera.serial,
            "collimator": camera.collimator,
            "energy windows": ", ".join(f"{w.lower_kev:g} to {w.upper_kev:g} keV" for w in camera.windows),
            "reconstruction": camera.reconstruction,
            "corrections": ", ".join(camera.corrections),
        }
    )
    relative = used.scale.relative_standard_uncertainty
    changed = "" if used.multiplier == 1.0 else f" and were multiplied with {used.multiplier:.4g}"
    return CalibrationModel(
        method=used.method,
        factor_cps_per_bq=estimate(used.factor.factor, "1/(s Bq)")
        if used.factor
        else missing("1/(s Bq)", f"the images are in Bq/ml{changed}; relative standard uncertainty {relative:.2%}"),
        source=used.source,
        camera={key: value for key, value in shown.items() if value},
        multiplier=used.multiplier,
        whole_body_check=estimate(used.check.ratio, "1", with_budget=True) if used.check else None,
        whole_body_check_source=used.check.words if used.check else None,
        dead_time=_dead_time(used.dead_time) if used.dead_time else None,
        decay_while_counting=[scan.decay for scan in scans],
    )


def _dead_time(used: UsedDeadTime) -> DeadTimeOut:
    dead_time, own = used.dead_time, used.calibration
    return DeadTimeOut(
        model=dead_time.model,
        dead_time_us=estimate(scaled(dead_time.dead_time, 1e6), "µs"),
        events=used.events,
        source=dead_time.source,
        chi_square=dead_time.chi_square,
        degrees_of_freedom=dead_time.degrees_of_freedom,
        loss_factors=[estimate(used.scans[n], "1") for n in sorted(used.scans)],
        calibration_loss_factor=None if own is None else estimate(own, "1"),
    )


def recovery_entry(used: UsedRecovery) -> RecoveryModelOut:
    """Recovery as used."""
    curve, resolution = used.curve, used.resolution
    tables = ", ".join(file.name for file in used.files)
    sources = [resolution.source if resolution else "", f"spheres of {tables}" if curve else ""]
    return RecoveryModelOut(
        method=used.section.method,
        b1_ml=curve.b1_ml if curve else None,
        b2=curve.b2 if curve else None,
        covariance=curve.covariance.tolist() if curve else None,
        smallest_sphere_ml=curve.smallest_ml if curve else None,
        largest_sphere_ml=curve.largest_ml if curve else None,
        fwhm_mm=list(resolution.fwhm_mm) if resolution else None,
        fwhm_standard_uncertainty_mm=np.sqrt(np.diag(resolution.covariance)).tolist() if resolution else None,
        fwhm_reach_mm=resolution.reach_mm if resolution else None,
        source="; ".join(text for text in sources if text) or getattr(used.section, "reason", ""),
    )

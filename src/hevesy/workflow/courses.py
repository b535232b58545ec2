"""The course of activity in every region: measured on each scan, fitted, integrated."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from hevesy.domain import FittedCurve, MeasuredActivity, Region, RegionKind, TimeActivityCurve
from hevesy.errors import RegionFinding
from hevesy.integrate import DOUBTS, EXPECTED_SCATTER, Scatter, fit_curve
from hevesy.physdata import Nuclide
from hevesy.quantify import (
    RecoveredRegion,
    measure_region,
    recovery_coefficient,
    region_activity,
    region_concentration,
    volume_from_boundary,
)
from hevesy.quantities import Uncertain, combine, multiply_powers, scaled
from hevesy.workflow.bends import bend_findings
from hevesy.workflow.left_open import left_open
from hevesy.workflow.local_shifts import position_factor, shift_findings, with_position
from hevesy.workflow.place import PlacedRegions
from hevesy.workflow.planar_courses import HybridCurves
from hevesy.workflow.quantified import QuantifiedScan, UsedCalibration
from hevesy.workflow.recovered import Recovered
from hevesy.workflow.recovery import UsedRecovery
from hevesy.workflow.settings import RegionSettings

_SAME_BODY = 0.1
"""Relative difference of the remainder's volume between scans above which they show different parts of the body."""


@dataclass(frozen=True)
class Measuring:
    """What measuring a region needs beside the scans."""

    calibration: UsedCalibration
    recovery: UsedRecovery
    nuclide: Nuclide
    boundary_standard_uncertainty_mm: float
    scatter_between_scans: float
    recovered: Recovered
    """What recovery by shape found; empty with any other method."""
    residuals_mm: Mapping[int, float] = field(default_factory=dict)
    """What the registration leaves between the drawing and each time point, where that is known. [mm]"""
    planar: HybridCurves | None = None
    """Planar scans at all times, where one SPECT scales them."""


@dataclass(frozen=True)
class RegionScan:
    """One region on one scan."""

    scan: QuantifiedScan
    region: Region
    volume_ml: Uncertain
    recovery: Uncertain | None
    concentration_bq_ml: Uncertain
    """Mean at scan time, not recovery-corrected. [Bq/ml]"""
    activity_bq: Uncertain
    """At scan time, recovery-corrected where there is a coefficient. [Bq]"""
    by_shape: RecoveredRegion | None = None
    """What recovery by shape found, where it was used."""


@dataclass(frozen=True)
class RegionCourse:
    """One region over all scans; where ``fitted`` is None, ``reason`` says why."""

    settings: RegionSettings
    scans: tuple[RegionScan, ...]
    volume_ml: Uncertain | None
    measured: TimeActivityCurve | None
    fitted: FittedCurve | None
    reason: str | None
    findings: tuple[str, ...]
    less_corrected: bool = False
    """Whether recovery-corrected regions were subtracted (the remainder)."""

    @property
    def recovery_applied(self) -> bool:
        """Whether every scan was corrected, by a coefficient or by what was subtracted."""
        by_coefficient = bool(self.scans) and all(scan.recovery is not None for scan in self.scans)
        return by_coefficient or self.less_corrected

    @property
    def mass_kg(self) -> Uncertain | None:
        """Mass of the region. [kg]"""
        return None if self.volume_ml is None else scaled(self.volume_ml, self.settings.density_g_ml / 1000.0)


def follow_region(
    settings: RegionSettings,
    scans: Sequence[QuantifiedScan],
    placed: Mapping[int, PlacedRegions],
    measuring: Measuring,
) -> RegionCourse:
    """Measure a region on every scan and fit its curve.

    What the data of the region cannot support becomes the ``reason``; nothing is raised for it.
    """
    reason = _missing(settings.name, scans, placed)
    if reason is not None:
        return RegionCourse(settings, (), None, None, None, reason, (reason,))
    findings = list(dict.fromkeys(n for p in placed.values() if (n := p.notes.get(settings.name)) is not None))
    findings += bend_findings(settings.name, placed) + shift_findings(settings.name, placed)
    try:
        measured = _measure(settings, scans, placed, measuring, findings)
    except RegionFinding as finding:
        return RegionCourse(settings, (), None, None, None, finding.reason, (*findings, finding.reason))
    return _fitted(settings, measured, measuring, findings)


def follow_remainder(
    settings: RegionSettings,
    others: Sequence[RegionCourse],
    scans: Sequence[QuantifiedScan],
    placed: Mapping[int, PlacedRegions],
    measuring: Measuring,
) -> RegionCourse:
    """The rest of the body: all activity in it less that of the regions, recovery-corrected as they are.

    What blur carries out of the regions is theirs, not the remainder's, so no activity counts twice. The activity of a
    region that could not be measured stays in the remainder, and a finding says so.
    """
    reason = _missing(settings.name, scans, placed) or _other_part(settings.name, placed)
    if reason is not None:
        return RegionCourse(settings, (), None, None, None, reason, (reason,))
    measured_others = [course for course in others if course.scans]
    unmeasured = [course.settings.name for course in others if not course.scans]
    findings = [f"holds the activity of {name}, which could not be measured" for name in unmeasured]
    try:
        measured = tuple(
            _rest(settings, scan, placed[scan.point.index], [course.scans[n] for course in measured_others], measuring)
            for n, scan in enumerate(scans)
        )
    except RegionFinding as finding:
        return RegionCourse(settings, (), None, None, None, finding.reason, (*findings, finding.reason))
    corrected = any(course.recovery_applied for course in measured_others)
    return replace(_fitted(settings, measured, measuring, findings), less_corrected=corrected)


def _rest(
    settings: RegionSettings,
    scan: QuantifiedScan,
    placed: PlacedRegions,
    others: Sequence[RegionScan],
    measuring: Measuring,
) -> RegionScan:
    within = _region_scan(scan, placed.regions[settings.name], None, measuring)
    if placed.whole is None:
        return within
    index = scan.point.index
    found = measure_region(scan.activity, placed.whole, region="whole body", time_point=index, noise=scan.noise)
    all_ml = found.n_voxels * scan.activity.grid.voxel_volume_ml
    whole = multiply_powers((scaled(found.mean_concentration, all_ml), 1.0), (scan.scale, 1.0))
    parts = [(other.activity_bq, -1.0) for other in others]
    rest = combine(whole.value + math.fsum(-part.value for part, _ in parts), [(whole, 1.0), *parts])
    return replace(within, activity_bq=rest)


def _fitted(
    settings: RegionSettings, measured: tuple[RegionScan, ...], measuring: Measuring, findings: list[str]
) -> RegionCourse:
    volume = _mean([scan.volume_ml for scan in measured])
    shown = RegionCourse(settings, measured, volume, None, None, None, ())
    try:
        curve = _curve(settings.name, measured, measuring)
    except RegionFinding as finding:
        return replace(shown, reason=finding.reason, findings=(*findings, finding.reason))
    return fit_course(
        replace(shown, measured=curve), measuring.nuclide, measuring.scatter_between_scans, findings=findings
    )


def _curve(name: str, measured: tuple[RegionScan, ...], measuring: Measuring) -> TimeActivityCurve:
    """What the scans show, or planar scans that the only one scales."""
    first = measured[0]
    hybrid = measuring.planar and measuring.planar.curve(name, first.scan.point.time_s, first.activity_bq)
    points = tuple(MeasuredActivity(s.scan.point.time_s, s.activity_bq) for s in measured)
    return hybrid or TimeActivityCurve(name, points)


def fit_course(
    course: RegionCourse, nuclide: Nuclide, scatter_between_scans: float, *, findings: Sequence[str] = ()
) -> RegionCourse:
    """Fit the measured activities of a region; what they cannot support becomes the ``reason``."""
    curve, settings = course.measured, course.settings
    if curve is None:
        raise ValueError(f"expected measured activities of {settings.name}, but none came")
    try:
        fitted = fit_curve(
            curve,
            physical_half_life_s=nuclide.half_life_s,
            model=settings.model,
            tail=settings.tail,
            fixed_half_life_s=settings.half_life_s,
            scatter=Scatter(scatter_between_scans, EXPECTED_SCATTER.degrees_of_freedom),
        )
    except RegionFinding as finding:
        return replace(course, reason=finding.reason, findings=(*findings, finding.reason))
    if len(curve.points) == 1 and settings.half_life_source is not None:
        fitted = replace(fitted, reason=f"known half-life, {settings.half_life_source}; {left_open(fitted)}")
    doubts = [why for name, _, why in fitted.candidates if name in DOUBTS]
    return replace(course, fitted=fitted, findings=(*findings, *doubts))


def _missing(name: str, scans: Sequence[QuantifiedScan], placed: Mapping[int, PlacedRegions]) -> str | None:
    for scan in scans:
        reason = placed[scan.point.index].reasons.get(name)
        if reason is not None:
            return f"time point {scan.point.index}: {reason}"
    return None


def _other_part(remainder: str, placed: Mapping[int, PlacedRegions]) -> str | None:
    """Whether the scans show parts of the body too different for one time course."""
    volumes = [regions.regions[remainder].volume_ml for regions in placed.values()]
    if min(volumes) >= (1.0 - _SAME_BODY) * max(volumes):
        return None
    return f"the scans show different parts of the body: {min(volumes):.0f} to {max(volumes):.0f} ml of the remainder"


def _measure(
    settings: RegionSettings,
    scans: Sequence[QuantifiedScan],
    placed: Mapping[int, PlacedRegions],
    measuring: Measuring,
    findings: list[str],
) -> tuple[RegionScan, ...]:
    regions = [placed[scan.point.index].regions[settings.name] for scan in scans]
    try:
        if measuring.recovered and settings.recovery is None:
            return tuple(
                _with_position(_by_shape(scan, region, measuring), placed[scan.point.index], measuring)
                for scan, region in zip(scans, regions, strict=True)
            )
        recoveries = [_recovery(settings, region, measuring) for region in regions]
    except RegionFinding as finding:
        findings.append(f"{finding.reason}; shown without recovery correction, so it reads too low")
        recoveries = [None for _ in regions]
    return tuple(
        _with_position(_region_scan(scan, region, recovery, measuring), placed[scan.point.index], measuring)
        for scan, region, recovery in zip(scans, regions, recoveries, strict=True)
    )


def _by_shape(scan: QuantifiedScan, region: Region, measuring: Measuring) -> RegionScan:
    """A region whose activity recovery by shape has found."""
    found = measuring.recovered[scan.point.index][region.name]
    if isinstance(found, RegionFinding):
        raise found
    shown = _region_scan(scan, region, None, measuring)
    activity = multiply_powers((found.activity_bq, 1.0), (scan.scale, 1.0))
    recovery = multiply_powers((shown.activity_bq, 1.0), (activity, -1.0))
    return replace(shown, volume_ml=found.volume_ml, recovery=recovery, activity_bq=activity, by_shape=found)


def _with_position(measured: RegionScan, placed: PlacedRegions, measuring: Measuring) -> RegionScan:
    """The same with the uncertainty of the region's position on the scan."""
    index = measured.scan.point.index
    residual = measuring.residuals_mm.get(index, 0.0)
    position = position_factor(measured.scan.activity, placed, measured.region.name, index, residual)
    return replace(
        measured,
        concentration_bq_ml=with_position(measured.concentration_bq_ml, position),
        activity_bq=with_position(measured.activity_bq, position),
    )


def _volume(region: Region, measuring: Measuring) -> Uncertain:
    return volume_from_boundary(
        region.exact_volume_ml,
        region=region.name,
        boundary_standard_uncertainty_mm=measuring.boundary_standard_uncertainty_mm,
    )


def _recovery(settings: RegionSettings, region: Region, measuring: Measuring) -> Uncertain | None:
    section, curve = measuring.recovery.by_volume, measuring.recovery.curve
    if curve is None or section is None or settings.kind is RegionKind.REMAINDER or settings.recovery == "none":
        return None
    shape = section.shape_relative_standard_uncertainty
    return recovery_coefficient(
        curve,
        _volume(region, measuring),
        shape_relative_standard_uncertainty=shape.lesion if settings.kind is RegionKind.LESION else shape.organ,
        region=region.name,
    )


def _region_scan(scan: QuantifiedScan, region: Region, recovery: Uncertain | None, measuring: Measuring) -> RegionScan:
    measurement = measure_region(
        scan.activity, region.mask, region=region.name, time_point=scan.point.index, noise=scan.noise
    )
    volume, scale = _volume(region, measuring), scan.scale
    concentration = region_concentration(measurement, volume=volume, recovery=recovery, scale=scale, fwhm_mm=None)
    activity = region_activity(measurement, volume=volume, recovery=recovery, scale=scale, fwhm_mm=None)
    return RegionScan(scan, region, volume, recovery, concentration, activity)


def _mean(volumes: Sequence[Uncertain]) -> Uncertain:
    share = 1.0 / len(volumes)
    return combine(math.fsum(v.value for v in volumes) * share, [(v, share) for v in volumes])

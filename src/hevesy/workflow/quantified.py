"""Every emission scan as activity concentration, with the calibration and the recovery curve that the study names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from hevesy.acquire import load_image, slice_times
from hevesy.domain import Camera, Image, Quantity, SeriesRecord
from hevesy.errors import ScaleError
from hevesy.physdata import Nuclide
from hevesy.quantify import (
    CalibrationFactor,
    CountingNoise,
    DeadTime,
    DuringAcquisition,
    calibrate_from_phantom,
    calibration_scale,
    check_belongs,
    scaled_concentration,
    stated_scale,
)
from hevesy.quantities import Uncertain, exact, multiply_powers, scaled
from hevesy.workflow.config import (
    Corrections,
    FileCalibration,
    PhantomCalibration,
    StatedCalibration,
)
from hevesy.workflow.corrected import by_the_studys_word
from hevesy.workflow.plan import PlannedTimePoint
from hevesy.workflow.recovery import UsedRecovery, check_recovery
from hevesy.workflow.scan_decay import scan_decay
from hevesy.workflow.site import camera_of, only_phantom

_NAME = "site"
CALIBRATION_NAME = _NAME
"""Scope of the calibration's uncertainty source."""
_SAME_TIME = 0.01
"""Relative difference of counting times that are the same."""


@dataclass(frozen=True)
class UsedDeadTime:
    """The dead time of all scans: one source of uncertainty."""

    dead_time: DeadTime
    scans: Mapping[int, Uncertain]
    """True over observed counts of each time point."""
    calibration: Uncertain | None
    """The same of the acquisition that the calibration was measured with; None where it was free of losses."""
    file: Path | None
    """The count-rate curve."""
    events: str
    """What curve and rates count: ``all-energies`` or ``window``."""


@dataclass(frozen=True)
class WholeBodyCheck:
    """What a calibrated scan shows in all, over what has to be there."""

    ratio: Uncertain
    words: str
    """Where, and what has to be there."""


@dataclass(frozen=True)
class UsedCalibration:
    """The calibration of all scans: one source of uncertainty."""

    method: str
    factor: CalibrationFactor | None
    """None for images that are in Bq/ml."""
    scale: Uncertain
    """1, with what the calibration's uncertainty does to an activity."""
    source: str
    series: tuple[SeriesRecord, ...] = ()
    """Series it was measured with."""
    multiplier: float = 1.0
    """What images in Bq/ml are multiplied with."""
    belongs_to: CalibrationFactor | None = None
    """What ``multiplier`` was measured with, where that has to be compared with every scan."""
    dead_time: UsedDeadTime | None = None
    during: DuringAcquisition | None = None
    """What the study says about decay while counting."""
    check: WholeBodyCheck | None = None
    stated: Corrections | None = None
    """What the study says about corrections that the images do not tell."""


@dataclass(frozen=True)
class QuantifiedScan:
    """One emission scan as activity concentration."""

    point: PlannedTimePoint
    activity: Image
    """At the start of the acquisition. [Bq/ml]"""
    from_stored: float
    """Factor for decay, losses and renormalisation that made it from the stored concentration; mean over the slices."""
    noise: CountingNoise
    scale: Uncertain
    """1, with what the uncertainties of calibration and dead time do to an activity on this scan."""
    decay: str
    """How the decay while counting was dealt with."""


def use_calibration(
    section: PhantomCalibration | StatedCalibration | FileCalibration,
    study_folder: Path,
    nuclide: Nuclide,
    during: DuringAcquisition | None = None,
    *,
    settled: Collection[str] = (),
) -> UsedCalibration:
    """Settle the calibration; ``settled`` are codes of findings that the study file settles for all images.

    Raises
    ------
    ScaleError
        If the phantom acquisition cannot give a factor or is of another nuclide.
    InputError
        If there is not exactly one phantom acquisition in the folder named.
    """
    relative = section.relative_standard_uncertainty
    if isinstance(section, FileCalibration):
        return UsedCalibration("file", None, stated_scale(relative, _NAME), section.source)
    if isinstance(section, StatedCalibration):
        factor = Uncertain(section.factor, {f"calibration:{_NAME}": relative * section.factor})
        camera, name = camera_of(section.belongs_to)
        calibration = CalibrationFactor(factor, camera, name, section.source)
        return UsedCalibration("factor", calibration, calibration_scale(calibration), section.source)
    record = only_phantom(study_folder / section.images, "calibration.images", settled)
    if record.radionuclide and record.radionuclide != nuclide.name:
        raise ScaleError(f"a phantom of {nuclide.name}", f"{record.radionuclide} came", "calibration.images")
    calibration = calibrate_from_phantom(
        load_image(record),
        record,
        activity=Uncertain(section.activity, {f"calibration:{_NAME}": relative * section.activity}),
        at=section.at,
        half_life_s=nuclide.half_life_s,
        name=_NAME,
        during=during,
    )
    return UsedCalibration("phantom", calibration, calibration_scale(calibration), calibration.source, (record,))


def quantify_scan(
    point: PlannedTimePoint,
    calibration: UsedCalibration,
    recovery: UsedRecovery,
    nuclide: Nuclide,
    repeatability: float = 0.0,
) -> QuantifiedScan:
    """Load one scan and scale it; ``repeatability`` is what the study states for repeated reconstructions.

    Raises
    ------
    ScaleError
        If its units are unknown or do not fit the calibration, or calibration or recovery belong to another way of
        scanning.
    """
    _check_calibration(point, calibration, nuclide)
    check_recovery(point, recovery, nuclide)
    image = load_image(point.emission)
    _check_units(point, image, calibration)
    record = point.emission
    losses = calibration.dead_time.scans[point.index] if calibration.dead_time else exact(1.0)
    decay = scan_decay(record, nuclide.half_life_s, point.time_s, calibration.during)
    factors = decay.factors * (losses.value * calibration.multiplier)
    try:
        activity = scaled_concentration(
            image, calibration.factor, duration_s=record.acquisition_duration_s, factors=factors
        )
    except ScaleError as error:
        raise ScaleError(error.expected, error.came, f"series {record.id}") from error
    scale = scaled(multiply_powers((calibration.scale, 1.0), (losses, 1.0)), 1.0 / losses.value)
    noise = replace(_noise(point, calibration, losses.value), repeatability=repeatability)
    return QuantifiedScan(point, activity, float(factors.mean()), noise, scale, decay.words)


def _noise(point: PlannedTimePoint, calibration: UsedCalibration, losses: float) -> CountingNoise:
    duration = point.emission.acquisition_duration_s
    if calibration.factor is None or duration is None:
        return CountingNoise()
    return CountingNoise(counts_per_bq=calibration.factor.factor.value * duration / losses)


def _check_units(point: PlannedTimePoint, image: Image, calibration: UsedCalibration) -> None:
    where = f"series {point.emission.id}"
    if calibration.factor is None and image.quantity is Quantity.COUNTS:
        raise ScaleError("a calibration (method phantom or factor) for an image in counts", "method file came", where)
    if calibration.factor is not None and image.quantity is not Quantity.COUNTS:
        raise ScaleError(
            f"calibration method file for an image in {image.quantity}", f"method {calibration.method} came", where
        )
    if image.quantity is Quantity.COUNTS:
        _refuse_bed_positions(point.emission, where)


def _refuse_bed_positions(record: SeriesRecord, where: str) -> None:
    """Counts are divided by the duration of the acquisition: it must be that of every slice."""
    times, whole = slice_times(record), record.acquisition_duration_s
    if times is not None and whole is not None and times.durations_s.min() < (1.0 - _SAME_TIME) * whole:
        raise ScaleError(
            "counts of one bed position",
            f"slices were counted {times.durations_s.min():g} s of an acquisition of {whole:g} s",
            where,
        )


def _check_calibration(point: PlannedTimePoint, calibration: UsedCalibration, nuclide: Nuclide) -> None:
    scan = point.emission.camera or Camera()
    scan_nuclide = point.emission.radionuclide or nuclide.name
    where = f"series {point.emission.id}"
    factor = calibration.belongs_to or calibration.factor
    if factor is not None:
        measured, scan = by_the_studys_word(factor.belongs_to, scan, calibration.stated)
        check_belongs(
            "calibration factor",
            measured,
            scan,
            radionuclide=factor.radionuclide,
            scan_radionuclide=scan_nuclide,
            scan_name=where,
        )

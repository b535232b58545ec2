"""Every emission scan as activity concentration, with the calibration and the recovery curve that the study names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hevesy.acquire import inspect_folder, load_image
from hevesy.domain import Camera, EnergyWindow, Image, ImageKind, Quantity, SeriesRecord
from hevesy.errors import InputError, ScaleError
from hevesy.physdata import Nuclide
from hevesy.quantify import (
    CalibrationFactor,
    CountingNoise,
    RecoveryCurve,
    calibrate_from_phantom,
    calibration_scale,
    check_belongs,
    decay_factor,
    fit_recovery,
    read_sphere_table,
    stated_scale,
    to_activity_concentration,
)
from hevesy.quantities import Uncertain
from hevesy.workflow.config import (
    BelongsTo,
    FileCalibration,
    NoRecovery,
    PhantomCalibration,
    StatedCalibration,
    VolumeRecovery,
)
from hevesy.workflow.plan import PlannedTimePoint

_NAME = "site"


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


@dataclass(frozen=True)
class UsedRecovery:
    """The recovery curve of all scans, or the reason why there is none."""

    curve: RecoveryCurve | None
    section: VolumeRecovery | NoRecovery
    file: Path | None


@dataclass(frozen=True)
class QuantifiedScan:
    """One emission scan as activity concentration."""

    point: PlannedTimePoint
    activity: Image
    """At the start of the acquisition. [Bq/ml]"""
    from_stored: float
    """Factor for decay that made it from the stored concentration."""
    noise: CountingNoise


def use_calibration(
    section: PhantomCalibration | StatedCalibration | FileCalibration, study_folder: Path, nuclide: Nuclide
) -> UsedCalibration:
    """Settle the calibration.

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
        camera, name = _camera(section.belongs_to)
        calibration = CalibrationFactor(factor, camera, name, section.source)
        return UsedCalibration("factor", calibration, calibration_scale(calibration), section.source)
    record = _phantom(study_folder / section.images)
    if record.radionuclide and record.radionuclide != nuclide.name:
        raise ScaleError(f"a phantom of {nuclide.name}", f"{record.radionuclide} came", "calibration.images")
    calibration = calibrate_from_phantom(
        load_image(record),
        record,
        activity=Uncertain(section.activity, {f"calibration:{_NAME}": relative * section.activity}),
        at=section.at,
        half_life_s=nuclide.half_life_s,
        name=_NAME,
    )
    return UsedCalibration("phantom", calibration, calibration_scale(calibration), calibration.source, (record,))


def _phantom(folder: Path) -> SeriesRecord:
    found = [s for s in inspect_folder([folder]).series if s.modality in {"NM", "PT"} and s.kind is ImageKind.TOMOGRAM]
    if len(found) != 1:
        told = "; ".join(f"{s.id} ({s.distinction})" if s.distinction else s.id for s in found)
        raise InputError(
            "one phantom acquisition", f"{len(found)} came{f': {told}' if told else ''}", "calibration.images"
        )
    blocking = [f for f in found[0].contradictions if f.blocking and "activity" not in f.code]
    if blocking:
        raise ScaleError("a phantom acquisition without contradictions", blocking[0].message, "calibration.images")
    return found[0]


def _camera(belongs_to: BelongsTo) -> tuple[Camera, str]:
    windows = tuple(EnergyWindow(lower, upper) for lower, upper in belongs_to.windows_kev)
    camera = Camera(
        manufacturer=belongs_to.manufacturer,
        model=belongs_to.model,
        serial=belongs_to.serial or "",
        collimator=belongs_to.collimator,
        windows=windows,
        reconstruction=belongs_to.reconstruction,
    )
    return camera, belongs_to.radionuclide


def use_recovery(section: VolumeRecovery | NoRecovery, study_folder: Path) -> UsedRecovery:
    """Fit the recovery curve.

    Raises
    ------
    InputError
        If the sphere table is not as documented.
    """
    if isinstance(section, NoRecovery):
        return UsedRecovery(None, section, None)
    path = study_folder / section.spheres
    return UsedRecovery(fit_recovery(read_sphere_table(path), _NAME), section, path)


def quantify_scan(
    point: PlannedTimePoint, calibration: UsedCalibration, recovery: UsedRecovery, nuclide: Nuclide
) -> QuantifiedScan:
    """Load one scan and scale it.

    Raises
    ------
    ScaleError
        If its units are unknown or do not fit the calibration, or calibration or recovery belong to another way of
        scanning.
    """
    _check_tables(point, calibration, recovery, nuclide)
    image = load_image(point.emission)
    _check_units(point, image, calibration)
    record = point.emission
    try:
        factor = decay_factor(
            record.decay_corrected_to,
            duration_s=record.acquisition_duration_s,
            half_life_s=nuclide.half_life_s,
            administration_to_scan_s=point.time_s,
        )
        activity = to_activity_concentration(
            image,
            calibration.factor,
            duration_s=record.acquisition_duration_s,
            half_life_s=nuclide.half_life_s,
            decay_reference=record.decay_corrected_to,
            administration_to_scan_s=point.time_s,
        )
    except ScaleError as error:
        raise ScaleError(error.expected, error.came, f"series {record.id}") from error
    return QuantifiedScan(point, activity, factor, _noise(point, calibration))


def _noise(point: PlannedTimePoint, calibration: UsedCalibration) -> CountingNoise:
    duration = point.emission.acquisition_duration_s
    if calibration.factor is None or duration is None:
        return CountingNoise()
    return CountingNoise(counts_per_bq=calibration.factor.factor.value * duration)


def _check_units(point: PlannedTimePoint, image: Image, calibration: UsedCalibration) -> None:
    where = f"series {point.emission.id}"
    if calibration.factor is None and image.quantity is Quantity.COUNTS:
        raise ScaleError("a calibration (method phantom or factor) for an image in counts", "method file came", where)
    if calibration.factor is not None and image.quantity is not Quantity.COUNTS:
        raise ScaleError(
            f"calibration method file for an image in {image.quantity}", f"method {calibration.method} came", where
        )


def _check_tables(
    point: PlannedTimePoint, calibration: UsedCalibration, recovery: UsedRecovery, nuclide: Nuclide
) -> None:
    scan = point.emission.camera or Camera()
    scan_nuclide = point.emission.radionuclide or nuclide.name
    where = f"series {point.emission.id}"
    if calibration.factor is not None:
        check_belongs(
            "calibration factor",
            calibration.factor.belongs_to,
            scan,
            radionuclide=calibration.factor.radionuclide,
            scan_radionuclide=scan_nuclide,
            scan_name=where,
        )
    if isinstance(recovery.section, VolumeRecovery):
        camera, name = _camera(recovery.section.belongs_to)
        check_belongs(
            "recovery table", camera, scan, radionuclide=name, scan_radionuclide=scan_nuclide, scan_name=where
        )


def recovery_limits(recovery: UsedRecovery) -> tuple[str, ...]:
    """What the report says about the limits of the recovery correction."""
    if recovery.curve is None:
        return ("Without recovery correction small regions read too low.",)
    return (
        "Recovery by volume is that of a sphere without activity around it: a small lesion in a warm organ reads too "
        "high by what spills in, an organ that holds hot lesions by what spills out of them, a flat or elongated organ "
        "too high or too low by its shape.",
    )

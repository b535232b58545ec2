"""The absolute scale of a SPECT in counts: calibration factor, duration, and what dead time took."""

from __future__ import annotations

from pathlib import Path

from hevesy.domain import Camera, EnergyWindow, Finding, Grid, SeriesRecord
from hevesy.errors import ScaleError
from hevesy.physdata import nuclide
from hevesy.quantify import CountRate, DeadTime, check_belongs, loss_factor, measured_dead_time, read_count_rate_curve
from hevesy.quantities import Uncertain, exact, multiply_powers, scaled
from hevesy.workflow.config.calibration import StatedCalibration
from hevesy.workflow.config.dead_time import DetectedRate
from hevesy.workflow.site import camera_of
from hevesy.workflow.tare.verify.settings import NUCLIDES, ScanLosses, TherapyImage

_NAME = "camera"
_WHERE = "therapy.absolute"


def counted_scale(
    therapy: TherapyImage, chosen: StatedCalibration, record: SeriesRecord | None, grid: Grid, folder: Path
) -> tuple[Uncertain, tuple[Finding, ...]]:
    """Activity concentration at the start of the acquisition for a count in a voxel. [Bq/ml]

    Parameters
    ----------
    therapy, chosen
        The image and its calibration factor.
    record, grid
        What its headers say.
    folder
        Of the file, the start of its paths.

    Raises
    ------
    ScaleError
        If the image is not in counts, or the factor or the dead time belongs to another way of scanning.
    """
    if record is None or record.units != "counts" or not record.acquisition_duration_s:
        raise ScaleError("a DICOM series in counts with its duration for a calibration factor", "another came", _WHERE)
    name = NUCLIDES[therapy.modality]
    camera, measured = camera_of(chosen.belongs_to)
    check_belongs(
        "calibration factor", camera, record.camera or Camera(), radionuclide=measured,
        scan_radionuclide=record.radionuclide or name, scan_name="therapy.series",
    )  # fmt: skip
    relative = chosen.relative_standard_uncertainty
    factor = Uncertain(chosen.factor, {"calibration:therapy": relative * chosen.factor})
    losses, findings = _losses(therapy, record, folder)
    per_count = multiply_powers((factor, -1.0), (losses, 1.0))
    return scaled(per_count, 1.0 / (record.acquisition_duration_s * grid.voxel_volume_ml)), findings


def _losses(therapy: TherapyImage, record: SeriesRecord, folder: Path) -> tuple[Uncertain, tuple[Finding, ...]]:
    """True over shown counts, less what the calibration's own acquisition lost."""
    stated, said = therapy.dead_time, "DTIM" in {word.upper() for word in (record.camera or Camera()).corrections}
    if isinstance(stated, ScanLosses):
        if said:
            raise ScaleError("a scan not corrected for dead time", "Corrected Image has DTIM", "therapy.dead_time")
        return _corrected(stated, record, therapy, folder), ()
    if stated == "not-corrected":
        words = "dead time is not corrected: the absolute calibration reads low by what the camera lost"
        return exact(1.0), (Finding("dead-time-not-corrected", words),)
    return exact(1.0), ()


def _corrected(stated: ScanLosses, record: SeriesRecord, therapy: TherapyImage, folder: Path) -> Uncertain:
    name = NUCLIDES[therapy.modality]
    belongs = stated.belongs_to
    camera = Camera(
        manufacturer=belongs.manufacturer, model=belongs.model, serial=belongs.serial or "",
        collimator=belongs.collimator or "",
        windows=tuple(EnergyWindow(low, high) for low, high in belongs.windows_kev or ()),
    )  # fmt: skip
    check_belongs(
        "dead time", camera, record.camera or Camera(), radionuclide=belongs.radionuclide,
        scan_radionuclide=record.radionuclide or name, scan_name="therapy.series",
    )  # fmt: skip
    dead_time = _dead_time(stated, folder, nuclide(name).half_life_s)
    lost = loss_factor(dead_time, _rate(stated.rate), scan="therapy")
    if isinstance(stated.calibration, DetectedRate):
        own = loss_factor(dead_time, _rate(stated.calibration), scan="calibration")
        return multiply_powers((lost, 1.0), (own, -1.0))
    return lost


def _dead_time(stated: ScanLosses, folder: Path, half_life_s: float) -> DeadTime:
    if stated.curve is not None:
        path = folder / stated.curve
        curve = read_count_rate_curve(path, half_life_s)
        return measured_dead_time(curve, stated.model, name=_NAME, source=path.name)
    tau = Uncertain(stated.tau or 0.0, {f"dead-time:{_NAME}": stated.standard_uncertainty or 0.0})
    return DeadTime(stated.model, tau, _NAME, stated.source or "")


def _rate(stated: DetectedRate) -> CountRate:
    return CountRate(stated.mean, stated.lowest, stated.highest, stated.relative_standard_uncertainty)

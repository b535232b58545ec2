"""The image of a verification: values at one moment, and the activity at the administration that they stand for."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire import load_nifti_image, positron_fraction, slice_times
from hevesy.domain import DecayReference, Finding, Grid, Image, Quantity, RigidTransform, SeriesRecord
from hevesy.errors import AdministrationError, ReadError, ScaleError
from hevesy.numerics.decay import remaining
from hevesy.physdata import nuclide
from hevesy.physdata.pair_branch import PAIR_BRANCH_Y90
from hevesy.quantify import DuringAcquisition, Frames, pair_branch_scale, start_factors, stated_scale
from hevesy.quantities import Uncertain, multiply_powers, scaled
from hevesy.workflow.config.calibration import FileCalibration, StatedCalibration
from hevesy.workflow.scan_decay import scan_decay
from hevesy.workflow.tare.images.read import EmissionSettings, PatientImages, Values, check_frames, load_emission
from hevesy.workflow.tare.verify.counts import counted_scale
from hevesy.workflow.tare.verify.settings import NUCLIDES, TareVerification, TherapyImage

Floats = NDArray[np.float64]
_SAME_MOMENT_S = 60.0
_SAME_FRACTION = 0.05
_CONCENTRATION = "activity_concentration.nii.gz"
_DECAYS = "time_integrated_activity.nii.gz"
_MRI = "holmium_mri.json"


@dataclass(frozen=True)
class ShownActivity:
    """What the therapy image shows, at the start of its acquisition."""

    grid: Grid
    values: Floats
    """In any unit; for voids the least that they hold. Shape ``(z, y, x)``."""
    to_ct: RigidTransform
    """From points of the image to points of the CT. [mm]"""
    elapsed_s: float
    """Administration to start. [s]"""
    absolute: Uncertain | None
    """Activity at the administration by the image's own calibration; None where it has none. [Bq/(unit ml)]"""
    voids: NDArray[np.bool_] | None
    """Voxels of an MRI that hold more than it can tell. Shape ``(z, y, x)``."""
    words: str
    """What was made of the stored values."""
    inputs: tuple[Path, ...]
    findings: tuple[Finding, ...]


def show_activity(settings: TareVerification, images: PatientImages, folder: Path) -> ShownActivity:
    """Read the therapy image and settle its moment and its absolute scale.

    Raises
    ------
    AdministrationError
        If radionuclide or times do not fit the treatment.
    ScaleError
        If the values cannot be told.
    """
    therapy = settings.therapy
    half_life = nuclide(NUCLIDES[therapy.modality]).half_life_s
    elapsed = (therapy.start - settings.treatment.at).total_seconds()
    if elapsed < 0:
        came = f"{therapy.start.isoformat()} came, before the treatment at {settings.treatment.at.isoformat()}"
        raise AdministrationError("an image after the treatment", came, "therapy.start")
    if therapy.modality == "ho166-mri":
        return _by_mri(therapy, images, folder, elapsed)
    values: Values = "concentration" if isinstance(therapy.absolute, FileCalibration) else "relative"
    asked = EmissionSettings(series=therapy.series, values=values)
    shown = load_emission(asked, images, folder, "therapy.series")
    scan = _Scan(therapy, half_life, elapsed)
    factors, words = (np.ones(1), "values as stored") if shown.record is None else _to_start(shown.record, scan)
    absolute, findings = _absolute(scan, shown.record, shown.image, folder)
    return ShownActivity(
        grid=shown.image.grid,
        values=np.asarray(shown.image.values, dtype=np.float64) * factors[:, None, None],
        to_ct=shown.to_ct,
        elapsed_s=elapsed,
        absolute=None if absolute is None else scaled(absolute, 1.0 / remaining(half_life, elapsed)),
        voids=None,
        words=words,
        inputs=shown.inputs,
        findings=(*shown.findings, *findings),
    )


@dataclass(frozen=True)
class _Scan:
    therapy: TherapyImage
    half_life_s: float
    elapsed_s: float


def _to_start(record: SeriesRecord, scan: _Scan) -> tuple[Floats, str]:
    """Factors that bring each slice to the start of the acquisition, and what was done."""
    _check_moment(record, scan.therapy.start)
    known, recorded, filed = NUCLIDES[scan.therapy.modality], scan.therapy.recorded_as, record.radionuclide
    if filed is None and (recorded == known or scan.therapy.modality != "y90-pet"):
        return _decayed(record, scan)
    said = filed or "no radionuclide"
    if recorded is not None and recorded != filed:
        came = f"it says {said}"
        raise AdministrationError(f"{recorded} in the header, as 'recorded_as' says", came, "therapy.recorded_as")
    if recorded is None and filed != known:
        came = f"the header says {said}"
        raise AdministrationError(f"{known}, or 'recorded_as' with what the scanner was told", came, "therapy.series")
    plain = recorded in {None, known} or record.decay_corrected_to is DecayReference.NONE
    return _decayed(record, scan) if plain else _undone(record, scan)


def _check_moment(record: SeriesRecord, start: datetime) -> None:
    stated = record.acquisition_start
    if stated is None:
        raise AdministrationError("an acquisition time in the header", "it has none", "therapy.series")
    local = start if stated.tzinfo is not None else start.replace(tzinfo=None)
    if abs((local - stated).total_seconds()) > _SAME_MOMENT_S:
        raise AdministrationError(f"the start in the header, {stated.isoformat()}", f"{start.isoformat()} came",
                                  "therapy.start")  # fmt: skip


def _decayed(record: SeriesRecord, scan: _Scan) -> tuple[Floats, str]:
    stated = scan.therapy.decay_during_acquisition
    during = None if stated is None else DuringAcquisition(stated)
    found = scan_decay(record, scan.half_life_s, scan.elapsed_s, during)
    return found.factors, found.words


def _undone(record: SeriesRecord, scan: _Scan) -> tuple[Floats, str]:
    """Take the decay correction of the other radionuclide away by its own factors, then put the right one."""
    times = slice_times(record)
    if times is None:
        raise ScaleError("frame durations and starts in every file", "some lack them", "therapy.recorded_as")
    frames = Frames(times.starts_s[:, None], times.durations_s[:, None])
    if record.decay_corrected_to is not DecayReference.ACQUISITION:
        came = f"decay-corrected to: {record.decay_corrected_to}"
        raise ScaleError("values corrected to the start of the acquisition or not at all", came, "therapy.recorded_as")
    if times.decay_factors is None:
        came = "a file lacks it"
        raise ScaleError("a Decay Factor, to undo the wrong decay correction", came, "therapy.recorded_as")
    right = start_factors(DecayReference.NONE, DuringAcquisition.NOT_CORRECTED, frames, scan.half_life_s,
                          administration_to_scan_s=0.0)  # fmt: skip
    return right / times.decay_factors, f"decay correction of {record.radionuclide} undone by its Decay Factor"


def _absolute(
    scan: _Scan, record: SeriesRecord | None, image: Image, folder: Path
) -> tuple[Uncertain | None, tuple[Finding, ...]]:
    """Activity concentration at the start for a unit of the image, by the camera's calibration."""
    chosen = scan.therapy.absolute
    if chosen == "none":
        return None, ()
    if isinstance(chosen, StatedCalibration):
        return counted_scale(scan.therapy, chosen, record, image.grid, folder)
    scale = stated_scale(chosen.relative_standard_uncertainty, "therapy")
    if scan.therapy.modality != "y90-pet":
        return scale, ()
    fraction, finding = _positrons(scan.therapy, record)
    return multiply_powers((scale, 1.0), (pair_branch_scale(fraction), 1.0)), (finding,)


def _positrons(therapy: TherapyImage, record: SeriesRecord | None) -> tuple[float, Finding]:
    filed = None if record is None else positron_fraction(record)
    stated = therapy.positron_fraction
    if filed is not None and stated is not None and abs(filed / stated - 1.0) > 1e-3:
        raise ScaleError(f"the header's positron fraction, {filed:g}", f"{stated:g} came", "therapy.positron_fraction")
    used = filed if filed is not None else stated
    if used is None:
        expected = "the positron fraction that the scanner divided by ('positron_fraction')"
        raise ScaleError(expected, "neither header nor file says it", "therapy.positron_fraction")
    if stated is None and abs(used / PAIR_BRANCH_Y90 - 1.0) > _SAME_FRACTION:
        expected = f"a positron fraction near {PAIR_BRANCH_Y90:g}, or 'positron_fraction' to confirm another"
        raise ScaleError(expected, f"{used:g} came", "therapy.series")
    words = f"values are divided by a positron fraction of {used:g}; brought to {PAIR_BRANCH_Y90:g} of Y-90"
    return used, Finding("pair-branch", words)


def _by_mri(therapy: TherapyImage, images: PatientImages, folder: Path, elapsed_s: float) -> ShownActivity:
    """The map of ``hevesy tare holmium-mri``; voids at the least that they hold."""
    place = folder / therapy.series
    document = _mri_document(place / _MRI)
    moment = _moment_of(document, _MRI)
    if abs((moment - therapy.start).total_seconds()) > _SAME_MOMENT_S:
        raise AdministrationError(f"the moment of the map, {document['at']}", f"{therapy.start.isoformat()} came",
                                  "therapy.start")  # fmt: skip
    path = place / _CONCENTRATION
    shown = load_nifti_image(path, Quantity.ACTIVITY_CONCENTRATION, may_lack_values=True)
    decays = load_nifti_image(place / _DECAYS, Quantity.TIME_INTEGRATED_ACTIVITY)
    half_life = nuclide("Ho-166").half_life_s
    least = np.asarray(decays.values, dtype=np.float64) * np.log(2.0) / half_life / shown.grid.voxel_volume_ml
    lacking = ~np.isfinite(shown.values)
    values = np.where(lacking, least, shown.values)
    frame = images.ct.grid.frame_of_reference
    to_ct = check_frames(images.settings, images.transforms, shown.grid.frame_of_reference, frame, "therapy.series")
    absolute = None
    if isinstance(therapy.absolute, FileCalibration):
        stated = stated_scale(therapy.absolute.relative_standard_uncertainty, "therapy")
        absolute = scaled(stated, 1.0 / remaining(half_life, elapsed_s))
    return ShownActivity(
        grid=replace(shown.grid, frame_of_reference=frame),
        values=np.asarray(values, dtype=np.float64),
        to_ct=to_ct,
        elapsed_s=elapsed_s,
        absolute=absolute,
        voids=lacking & (least > 0),
        words=f"activity concentration by MRI at {document['at']}",
        inputs=(place / _MRI, path, place / _DECAYS),
        findings=(),
    )


def _moment_of(document: dict[str, Any], name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(document["at"])
    except (TypeError, ValueError) as error:
        raise ReadError("the moment of the map", f"{document['at']!r} came", name) from error
    if moment.tzinfo is None:
        raise ReadError("the moment of the map with its zone", f"{document['at']!r} came", name)
    return moment


def _mri_document(path: Path) -> dict[str, Any]:
    where = f"therapy.series, {path.parent.name}/{path.name}"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReadError("the document of 'hevesy tare holmium-mri'", "it cannot be read", where) from error
    if not isinstance(document, dict) or "at" not in document:
        raise ReadError("the document of 'hevesy tare holmium-mri'", "another one came", where)
    return document

"""The calibration of all scans, with what the camera lost to dead time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from hevesy.domain import Camera, EnergyWindow, SeriesRecord
from hevesy.errors import InputError, ScaleError
from hevesy.quantify import (
    CountRate,
    DeadTime,
    DuringAcquisition,
    calibration_scale,
    check_belongs,
    loss_factor,
    measured_dead_time,
    read_count_rate_curve,
)
from hevesy.quantities import Uncertain, multiply_powers, scaled
from hevesy.workflow.administration import UsedAdministration
from hevesy.workflow.config import CountedWith, DeadTimeCorrection, DetectedRate, Study, WholeBody, WholeBodyCalibration
from hevesy.workflow.corrected import settled_by_corrections
from hevesy.workflow.plan import PlannedTimePoint
from hevesy.workflow.quantified import UsedCalibration, UsedDeadTime, use_calibration
from hevesy.workflow.whole_body import calibrate_whole_body, check_whole_body

_NAME = "camera"
_TELLING = 3.0
"""Standard uncertainties from 1 at which a whole-body check does not hold."""


@dataclass(frozen=True)
class _Losses:
    dead_time: DeadTime
    file: Path | None
    scans: Mapping[int, Uncertain]
    calibration: Uncertain | None
    events: str


def settle_calibration(
    study: Study, folder: Path, administration: UsedAdministration, plan: Sequence[PlannedTimePoint]
) -> UsedCalibration:
    """Settle calibration, dead time and what the study says about decay while counting.

    Dead time makes the counts of every scan, and those of the acquisition that the calibration was measured with, a
    little larger; the dead time's own error moves all of them together.

    Parameters
    ----------
    study
        The study file.
    folder
        Its folder, the start of its paths.
    administration, plan
        As settled before.

    Raises
    ------
    InputError
        If the count-rate curve is not as documented, or time points and rates do not fit each other.
    ScaleError
        If the dead time belongs to another camera, was corrected already, or the rates are too high; or the
        calibration itself cannot be settled.
    """
    during = DuringAcquisition(study.decay_during_acquisition) if study.decay_during_acquisition else None
    losses = None if study.dead_time is None else _losses(study, study.dead_time, folder, administration, plan)
    if isinstance(study.calibration, WholeBodyCalibration):
        scans = losses.scans if losses else {}
        calibration = calibrate_whole_body(study.calibration, administration, plan, scans, during)
    else:
        words = settled_by_corrections(study.corrections)
        calibration = use_calibration(study.calibration, folder, administration.nuclide, during, settled=words)
    settled = replace(calibration, during=during, stated=study.corrections)
    if losses is not None:
        used = UsedDeadTime(losses.dead_time, losses.scans, losses.calibration, losses.file, losses.events)
        settled = replace(_with_own_losses(settled, losses.calibration), dead_time=used)
    return (
        settled if study.whole_body_check is None else _checked(study.whole_body_check, settled, administration, plan)
    )


def _checked(
    section: WholeBody, used: UsedCalibration, administration: UsedAdministration, plan: Sequence[PlannedTimePoint]
) -> UsedCalibration:
    return replace(used, check=check_whole_body(section, used, administration, plan))


def calibration_limits(used: UsedCalibration) -> tuple[str, ...]:
    """What the report says about the limits of calibration and dead time."""
    told = []
    if used.method == "whole-body":
        told.append(
            "The calibration rests on the activity stated to be in the field of view: an error of the fraction "
            "retained or in the field moves all doses alike."
        )
    if used.dead_time is not None:
        told.append(
            "Dead time is corrected by the mean count rate of a scan: what is seen mostly in the views with the most "
            "counts reads too low, what is seen mostly in the others too high."
        )
        if used.dead_time.events == "window":
            told.append(
                "The dead time of an energy window holds only for the scatter that it was measured with, since all "
                "events of the detector cause the losses."
            )
    return tuple(told)


def calibration_findings(used: UsedCalibration) -> tuple[str, ...]:
    """A whole-body check that does not hold."""
    if used.check is None or abs(used.check.ratio.value - 1.0) <= _TELLING * used.check.ratio.standard_uncertainty:
        return ()
    ratio = used.check.ratio
    return (
        f"the calibrated images show {ratio.value:.3g} ± {ratio.standard_uncertainty:.2g} times the activity that "
        f"has to be there: {used.check.words}",
    )


def _with_own_losses(calibration: UsedCalibration, losses: Uncertain | None) -> UsedCalibration:
    """The calibration, had its own acquisition lost nothing."""
    if losses is None:
        return calibration
    if calibration.factor is None:
        scale = multiply_powers((calibration.scale, 1.0), (losses, -1.0))
        return replace(calibration, scale=scaled(scale, 1.0 / scale.value), multiplier=1.0 / losses.value)
    factor = replace(calibration.factor, factor=multiply_powers((calibration.factor.factor, 1.0), (losses, 1.0)))
    return replace(calibration, factor=factor, scale=calibration_scale(factor))


def _losses(
    study: Study,
    section: DeadTimeCorrection,
    folder: Path,
    administration: UsedAdministration,
    plan: Sequence[PlannedTimePoint],
) -> _Losses:
    _check_rates(study, section, plan)
    for point in plan:
        _check_scan(section, point.emission, administration.nuclide.name)
    file = None if section.curve is None else folder / section.curve
    dead_time = _dead_time(section, file, administration.nuclide.half_life_s)
    scans = {
        rate.time_point: loss_factor(dead_time, _rate(rate), scan=f"time point {rate.time_point}")
        for rate in section.rates
    }
    own = section.calibration
    calibration = None if own is None or own == "free-of-losses" else loss_factor(dead_time, _rate(own), scan="phantom")
    return _Losses(dead_time, file, scans, calibration, section.events)


def _dead_time(section: DeadTimeCorrection, file: Path | None, half_life_s: float) -> DeadTime:
    if file is not None:
        curve = read_count_rate_curve(file, half_life_s)
        return measured_dead_time(curve, section.model, name=_NAME, source=file.name)
    if section.tau is None or section.standard_uncertainty is None or section.source is None:
        raise ValueError("expected a dead time with its uncertainty and source, but one is missing")
    stated = Uncertain(section.tau, {f"dead-time:{_NAME}": section.standard_uncertainty})
    return DeadTime(section.model, stated, _NAME, section.source)


def _rate(stated: DetectedRate) -> CountRate:
    return CountRate(stated.mean, stated.lowest, stated.highest, stated.relative_standard_uncertainty)


def _check_rates(study: Study, section: DeadTimeCorrection, plan: Sequence[PlannedTimePoint]) -> None:
    stated = {rate.time_point for rate in section.rates}
    if stated != {point.index for point in plan}:
        came = ", ".join(str(n) for n in sorted(stated))
        raise InputError(f"the count rate of each of the {len(plan)} time points", f"{came} came", "dead_time.rates")
    whole_body = study.calibration.method == "whole-body"
    if whole_body == (section.calibration is not None):
        raise InputError(
            "the count rate of the calibration or 'free-of-losses' (none with method whole-body)",
            f"method {study.calibration.method} {'with' if section.calibration else 'without'} it came",
            "dead_time.calibration",
        )


def _check_scan(section: DeadTimeCorrection, record: SeriesRecord, nuclide: str) -> None:
    scan = record.camera or Camera()
    where = f"series {record.id}"
    if "DTIM" in {word.upper() for word in scan.corrections}:
        raise ScaleError("a scan not corrected for dead time", "Corrected Image has DTIM", where)
    check_belongs(
        "dead time",
        _camera(section.belongs_to),
        scan,
        radionuclide=section.belongs_to.radionuclide,
        scan_radionuclide=record.radionuclide or nuclide,
        scan_name=where,
    )


def _camera(belongs_to: CountedWith) -> Camera:
    return Camera(
        manufacturer=belongs_to.manufacturer,
        model=belongs_to.model,
        serial=belongs_to.serial or "",
        collimator=belongs_to.collimator or "",
        windows=tuple(EnergyWindow(lower, upper) for lower, upper in belongs_to.windows_kev or ()),
    )

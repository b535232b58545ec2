"""The calibration with the patient's own activity, from one of the time points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.acquire import load_image
from hevesy.delineate import body_roi, rasterise
from hevesy.domain import Image, Quantity
from hevesy.errors import AdministrationError, InputError, RegionFinding, ScaleError
from hevesy.quantify import (
    CalibrationFactor,
    DuringAcquisition,
    WholeBodyScan,
    calibration_scale,
    retained_in_field,
    whole_body_factor,
)
from hevesy.quantities import Uncertain, exact, multiply_powers, scaled
from hevesy.workflow.administration import UsedAdministration
from hevesy.workflow.config import NoRecovery, StatedFraction, WholeBody, WholeBodyCalibration
from hevesy.workflow.plan import PlannedTimePoint
from hevesy.workflow.quantified import (
    CALIBRATION_NAME,
    UsedCalibration,
    WholeBodyCheck,
    quantify_scan,
)
from hevesy.workflow.recovery import UsedRecovery
from hevesy.workflow.scan_decay import scan_decay

_IN = {"counts": Quantity.COUNTS, "Bq/ml": Quantity.ACTIVITY_CONCENTRATION}


def calibrate_whole_body(
    section: WholeBodyCalibration,
    administration: UsedAdministration,
    plan: Sequence[PlannedTimePoint],
    losses: Mapping[int, Uncertain],
    during: DuringAcquisition | None,
) -> UsedCalibration:
    """Calibrate with all that one scan shows.

    Parameters
    ----------
    section
        Of the study file.
    administration
        As used; its sources of uncertainty become those of the factor.
    plan
        The time points.
    losses
        Factor for dead time of each time point; empty where none is corrected.
    during
        What the study says about decay while counting.

    Raises
    ------
    InputError
        If there is no such time point, or no CT for the outline of the body.
    ScaleError
        If the images are in another unit than stated, the headers lack the camera or the duration, or nothing is shown.
    AdministrationError
        If the administered activity or its uncertainty is not stated.
    """
    point = _point(section, plan, "calibration.time_point")
    where = f"series {point.emission.id}"
    image = load_image(point.emission)
    if image.quantity is not _IN[section.images_in]:
        raise ScaleError(f"images in {section.images_in}", f"the scan is in {image.quantity}", where)
    camera, duration = point.emission.camera, point.emission.acquisition_duration_s
    if camera is None or (duration is None and image.quantity is Quantity.COUNTS):
        raise ScaleError("camera and duration of the acquisition", "the headers lack them", where)
    decay = scan_decay(point.emission, administration.nuclide.half_life_s, point.time_s, during)
    activity, words = _activity(section, administration, point)
    counted = image.quantity is Quantity.COUNTS
    scan = WholeBodyScan(
        at_start=_sum(section, point, image, decay.factors),
        counting_time_s=duration if counted else None,
        losses=losses.get(point.index, exact(1.0)),
    )
    factor = whole_body_factor(scan, activity, name=CALIBRATION_NAME, where=where)
    source = f"all activity in the {_summed(section)} at time point {point.index}, {words}"
    calibration = CalibrationFactor(factor, camera, administration.nuclide.name, source)
    return UsedCalibration(
        "whole-body",
        calibration if counted else None,
        calibration_scale(calibration),
        source,
        multiplier=1.0 if counted else 1.0 / factor.value,
        belongs_to=calibration,
    )


def check_whole_body(
    section: WholeBody,
    calibration: UsedCalibration,
    administration: UsedAdministration,
    plan: Sequence[PlannedTimePoint],
) -> WholeBodyCheck:
    """Compare what a calibrated scan shows in all with what has to be there.

    Parameters
    ----------
    section
        Of the study file.
    calibration
        As used, with dead time.
    administration, plan
        As used.

    Raises
    ------
    InputError
        If there is no such time point, or no CT for the outline of the body.
    ScaleError
        If the units of the scan do not fit the calibration, the headers lack the duration, or nothing is shown.
    AdministrationError
        If the administered activity or its uncertainty is not stated.
    """
    point = _point(section, plan, "whole_body_check.time_point")
    no_recovery = UsedRecovery(NoRecovery(method="none", reason="check"), None)
    scan = quantify_scan(point, calibration, no_recovery, administration.nuclide)
    activity, words = _activity(section, administration, point)
    shown = _sum(section, point, scan.activity, np.ones(1))
    if not shown > 0:
        raise ScaleError("a positive sum over the field", f"{shown:g} came", f"series {point.emission.id}")
    ratio = multiply_powers((scaled(scan.scale, shown), 1.0), (activity, -1.0))
    return WholeBodyCheck(ratio, f"in the {_summed(section)} at time point {point.index}, {words}")


def _point(section: WholeBody, plan: Sequence[PlannedTimePoint], where: str) -> PlannedTimePoint:
    if section.time_point > len(plan):
        raise InputError(f"a time point from 1 to {len(plan)}", f"{section.time_point} came", where)
    return plan[section.time_point - 1]


def _activity(section: WholeBody, administration: UsedAdministration, point: PlannedTimePoint) -> tuple[Uncertain, str]:
    stated = section.activity_in_field
    if stated is not None:
        u = {f"calibration:{CALIBRATION_NAME}.activity": stated.relative_standard_uncertainty * stated.activity}
        return Uncertain(stated.activity, u), f"stated as {stated.activity / 1e6:.4g} MBq ({stated.source})"
    retained, in_field = section.retained_fraction, section.fraction_in_field
    net = administration.net_activity
    if net is None or not administration.uncertainty_stated:
        raise AdministrationError(
            "the administered activity with its uncertainty for a whole-body calibration",
            "it is not stated",
            "administration",
        )
    if retained is None or in_field is None:
        raise ValueError("expected both fractions, but one is missing")
    activity = retained_in_field(
        net,
        _fraction(retained, "retained"),
        _fraction(in_field, "in-field"),
        half_life_s=administration.nuclide.half_life_s,
        administration_to_scan_s=point.time_s,
    )
    words = (
        f"{activity.value / 1e6:.4g} MBq: the net administered activity decayed to the start of the scan, "
        f"{retained.value:.4g} of it retained ({retained.source}), {in_field.value:.4g} of that in the field "
        f"({in_field.source})"
    )
    return activity, words


def _fraction(stated: StatedFraction, scope: str) -> Uncertain:
    u = stated.relative_standard_uncertainty * stated.value
    return Uncertain(stated.value, {f"calibration:{CALIBRATION_NAME}.{scope}": u})


def _summed(section: WholeBody) -> str:
    if section.body_margin is None:
        return "field of view"
    return f"outline of the body and {section.body_margin:g} mm around it"


def _sum(section: WholeBody, point: PlannedTimePoint, image: Image, factors: NDArray[np.float64]) -> float:
    """Counts or becquerels in all, at the decay state of the start."""
    values = np.asarray(image.values, dtype=np.float64)
    if section.body_margin is not None:
        values = np.where(_body(point, image, section.body_margin), values, 0.0)
    slices = values.sum(axis=(1, 2)) * factors
    per_value = 1.0 if image.quantity is Quantity.COUNTS else image.grid.voxel_volume_ml
    return float(slices.sum()) * per_value


def _body(point: PlannedTimePoint, image: Image, margin_mm: float) -> NDArray[np.bool_]:
    where = f"time point {point.index}"
    if point.ct is None:
        raise InputError("a CT for the outline of the body", "none belongs to the scan", where)
    try:
        body = rasterise(body_roi(load_image(point.ct)), image.grid)
    except RegionFinding as finding:
        raise InputError("a CT that shows the body", finding.reason, where) from finding
    distance = ndimage.distance_transform_edt(~body, sampling=image.grid.spacing_mm[::-1])
    near: NDArray[np.bool_] = distance <= margin_mm
    return near

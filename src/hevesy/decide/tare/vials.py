"""From an activity at the treatment to what is ordered or drawn up, and from what is left to what was delivered."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hevesy.domain import Finding
from hevesy.errors import InputError
from hevesy.physdata import Microspheres, nuclide

_HALF_LIVES = 100.0
_MINUTE_S = 60.0
_DAY_S = 86400.0
_LEAST_LEFT = 0.02


@dataclass(frozen=True)
class VialChoice:
    """One vial that could be used."""

    activity_at_calibration_bq: float
    """[Bq]"""
    activity_at_treatment_bq: float
    """[Bq]"""
    best_time: datetime | None
    """When it holds the wanted activity, to the minute, in the zone of the treatment; None outside its shelf life."""
    week: int | None
    """Of its shelf life at the treatment, the first week being 1."""


def elapsed_s(start: datetime, end: datetime) -> float:
    """Seconds that pass from one moment to another, also across the change to summer time. [s]"""
    return (end.astimezone(UTC) - start.astimezone(UTC)).total_seconds()


def decay_to(activity_bq: float, name: str, start: datetime, end: datetime) -> float:
    """Activity at another time, whole minutes. [Bq]

    Parameters
    ----------
    activity_bq
        At the start. [Bq]
    name
        Radionuclide.
    start, end
        With their time zones; the end may lie before the start.

    Raises
    ------
    InputError
        If a time has no zone, or the two are more than a hundred half-lives apart.
    """
    for moment in (start, end):
        if moment.tzinfo is None:
            raise InputError("a time with its zone, such as 2026-03-04T10:00:00+01:00", f"{moment.isoformat()} came")
    if abs(elapsed_s(start, end)) > _HALF_LIVES * nuclide(name).half_life_s:
        came = f"{start.isoformat()} and {end.isoformat()} came"
        raise InputError(f"times within {_HALF_LIVES:g} half-lives of {name}", came)
    minutes = round(elapsed_s(start, end) / _MINUTE_S)
    return activity_bq * math.exp(-nuclide(name).decay_constant_per_s * _MINUTE_S * minutes)


def check_calibration(product: Microspheres, vial: str, calibration: datetime, treatment: datetime) -> None:
    """Refuse a calibration that does not belong to the treatment.

    Parameters
    ----------
    product, vial
        The product and the name of its vial; one that is meant for use before calibration may be.
    calibration, treatment
        With their time zones.

    Raises
    ------
    InputError
        If the vial is calibrated after the treatment, or is past its shelf life.
    """
    early = next((v.days_before_calibration for v in product.vials if v.name == vial), 0.0)
    age_s = elapsed_s(calibration, treatment)
    if age_s < -early * _DAY_S:
        came = f"calibration {calibration.isoformat()} after treatment {treatment.isoformat()} came"
        raise InputError("a calibration before the treatment", came, product.name)
    if product.shelf_life_s is not None and age_s > product.shelf_life_s:
        days = product.shelf_life_s / _DAY_S
        raise InputError(f"a treatment within {days:g} d of calibration", f"{treatment.isoformat()} came", product.name)


def calibration_findings(product: Microspheres, calibration: datetime, treatment: datetime) -> tuple[Finding, ...]:
    """What is unusual about a calibration: not at the manufacturer's day and hour, or very long before the treatment.

    Parameters
    ----------
    product
        With its rule and time zone.
    calibration, treatment
        With their time zones.
    """
    found = []
    local = calibration.astimezone(ZoneInfo(product.time_zone))
    if product.calibration_moment is not None:
        weekday, hour = product.calibration_moment
        if (local.strftime("%A"), local.hour, local.minute) != (weekday, hour, 0):
            unsure = " (zone unconfirmed)" if product.sources["time_zone"].status == "MEM" else ""
            wanted = f"a calibration on {weekday} at {hour}:00 in {product.time_zone}{unsure}"
            came = f"{local.strftime('%A %H:%M')} there came"
            found.append(Finding("calibration-time-unusual", f"{product.name}: expected {wanted}, but {came}"))
    left = decay_to(1.0, product.nuclide, calibration, treatment)
    if left < _LEAST_LEFT:
        told = f"{product.name}: only {100 * left:.2g} % of the activity at calibration is left at the treatment"
        found.append(Finding("calibration-long-before", told))
    return tuple(found)


def glass_vials(
    product: Microspheres, wanted_bq: float, calibration: datetime, treatment: datetime
) -> tuple[VialChoice, ...]:
    """The vials next to a wanted activity at the treatment, the one below and the one above.

    Parameters
    ----------
    product
        With vials by size.
    wanted_bq
        In the vial at the treatment. [Bq]
    calibration, treatment
        With their time zones.
    """
    rate = nuclide(product.nuclide).decay_constant_per_s
    sizes = [activity for vial in product.vials for activity in vial.activities_bq]
    there = [(decay_to(size, product.nuclide, calibration, treatment), size) for size in sizes]
    below = [pair for pair in there if pair[0] < wanted_bq][-1:]
    above = [pair for pair in there if pair[0] >= wanted_bq][:1]
    return tuple(_choice(product, size, now, wanted_bq, (calibration, treatment, rate)) for now, size in below + above)


def _choice(
    product: Microspheres, size: float, now: float, wanted_bq: float, when: tuple[datetime, datetime, float]
) -> VialChoice:
    calibration, treatment, rate = when
    minutes = round(math.log(size / wanted_bq) / rate / _MINUTE_S)
    shelf = (product.shelf_life_s or math.inf) / _MINUTE_S
    best = (calibration.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(treatment.tzinfo)
    week = int(elapsed_s(calibration, treatment) // (7 * _DAY_S)) + 1
    return VialChoice(size, now, best if 0 <= minutes <= shelf else None, week)


def drawn_volume_ml(wanted_bq: float, vial_bq: float, vial_ml: float) -> float:
    """Volume of a well mixed vial that holds a wanted activity. [ml]

    Parameters
    ----------
    wanted_bq, vial_bq
        At the same time. [Bq]
    vial_ml
        [ml]

    Raises
    ------
    InputError
        If the vial holds less than wanted.
    """
    if wanted_bq > vial_bq:
        raise InputError("a vial with at least the wanted activity", f"{vial_bq / 1e9:.3g} GBq of it came")
    return vial_ml * wanted_bq / vial_bq


def delivered_activity(
    name: str, assayed: tuple[float, datetime], residual: tuple[float, datetime], treatment: datetime
) -> float:
    """Activity that reached the patient, at the time of treatment. [Bq]

    Parameters
    ----------
    name
        Radionuclide.
    assayed, residual
        Before, and left in vial, syringe and tubing afterwards, each with its time. [Bq]
    treatment
        With its time zone.

    Raises
    ------
    InputError
        If more was left than there was.
    """
    before, left = (decay_to(activity, name, at, treatment) for activity, at in (assayed, residual))
    if left > before:
        raise InputError("less residual than assayed activity", f"{left:.4g} of {before:.4g} Bq came", "residual")
    return before - left

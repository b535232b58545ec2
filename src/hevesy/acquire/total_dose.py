"""The administered activity that a file states, in Bq.

Radionuclide Total Dose is in MBq in the NM and enhanced PET modules and in Bq in the classic PET module. It is
converted here and nowhere else. Files get the unit wrong, so what no patient is given in the module's own unit is a
blocking finding that names the other reading; only the study file settles it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from pydicom.dataset import Dataset

from hevesy.acquire.findings import blocking
from hevesy.acquire.values import number, text, written
from hevesy.domain import Finding

_ENHANCED_PET = "1.2.840.10008.5.1.4.1.1.130"
_MBQ = 1e6
_ALPHA = frozenset({"At-211", "Bi-212", "Bi-213", "Pb-212", "Ra-223", "Ra-224", "Ac-225", "Th-227", "Tb-149"})
_TRACER = frozenset({
    "C-11", "N-13", "O-15", "F-18", "Sc-43", "Sc-44", "Cu-61", "Cu-62", "Ga-66", "Ga-68", "Br-76", "Rb-82", "Y-86",
    "Zr-89", "Tc-99m", "I-123", "I-124", "Tb-152", "Ga-67", "Tl-201", "Pb-203",
})  # fmt: skip


@dataclass(frozen=True)
class TotalDose:
    """The administered activity of a file."""

    activity_bq: float | None
    """Also where it is implausible, which a blocking finding says; None where the file states none. [Bq]"""
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()


def plausible_activity_bq(radionuclide: str | None) -> tuple[float, float]:
    """What a patient may have been given, wide on purpose: these are limits of reading, not of treatment. [Bq]

    Alpha emitters 10 kBq to 1 GBq; tracers that only image 100 kBq to 10 GBq; all else, from tracer amounts to the
    largest therapies, 1 MBq to 100 GBq. Each spans less than the million between Bq and MBq, so that never both
    readings of one number are plausible.
    """
    if radionuclide in _ALPHA:
        return 1e4, 1e9
    return (1e5, 1e10) if radionuclide in _TRACER else (1e6, 1e11)


def total_dose(dataset: Dataset, item: Dataset | None, radionuclide: str | None, *, plausible: bool) -> TotalDose:
    """Read Radionuclide Total Dose as the module means it.

    Parameters
    ----------
    dataset
        Header of an NM or PET file.
    item
        Its radiopharmaceutical.
    radionuclide
        Standard name, where it is known.
    plausible
        Whether to compare with what a patient may be given.
    """
    words = written(item, "RadionuclideTotalDose")
    stated = number(item, "RadionuclideTotalDose")
    unit, factor = _unit(dataset)
    if not words or stated == 0:
        why = "RadionuclideTotalDose is 0: not stated" if words else "RadionuclideTotalDose"
        return TotalDose(None, (), (f"administered activity ({why})",))
    if stated is None or stated < 0 or not math.isfinite(stated * factor):
        expected = f"a positive number of {unit} in Radionuclide Total Dose"
        finding = blocking("implausible-activity", expected, f"{', '.join(words)!r} came")
        return TotalDose(None, (finding,), ("administered activity (RadionuclideTotalDose)",))
    activity = stated * factor
    return TotalDose(activity, _implausible(stated, unit, radionuclide) if plausible else ())


def _unit(dataset: Dataset) -> tuple[str, float]:
    classic_pet = text(dataset, "Modality").upper() == "PT" and text(dataset, "SOPClassUID") != _ENHANCED_PET
    return ("Bq", 1.0) if classic_pet else ("MBq", _MBQ)


def _implausible(stated: float, unit: str, radionuclide: str | None) -> tuple[Finding, ...]:
    low, high = plausible_activity_bq(radionuclide)
    factors = {"Bq": 1.0, "MBq": _MBQ}
    if low <= stated * factors.pop(unit) <= high:
        return ()
    ((other, factor),) = factors.items()
    of = f" of {radionuclide}" if radionuclide else ""
    expected = f"Radionuclide Total Dose in {unit}, for an activity{of} between {_shown(low)} and {_shown(high)}"
    came = f"{stated:.10g} came"
    if low <= stated * factor <= high:
        came += f"; read as {other} it would be {_shown(stated * factor)}"
    return (blocking("implausible-activity", expected, came),)


def _shown(activity_bq: float) -> str:
    for factor, unit in ((1e9, "GBq"), (1e6, "MBq"), (1e3, "kBq")):
        if activity_bq >= factor:
            return f"{activity_bq / factor:.6g} {unit}"
    return f"{activity_bq:.6g} Bq"

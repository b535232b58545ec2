"""The administration as one series states it: nuclide, half-life, activity and start.

Radionuclide Total Dose is in MBq in the NM and the Enhanced PET Isotope module and in Bq in the PET module. All are
converted here and nowhere else; what is implausible for a patient's administration in the module's own unit is a
blocking finding.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydicom.dataset import Dataset

from hevesy.acquire.findings import blocking, notice
from hevesy.acquire.moments import Moment, moment_of, parse_moment
from hevesy.acquire.radionuclide import named_nuclide
from hevesy.acquire.values import first, items, number, text
from hevesy.domain import Finding
from hevesy.physdata import known_nuclides, nuclide

PLAUSIBLE_ACTIVITY_BQ = (1e6, 1e11)
"""A patient's administration, from tracer amounts to the largest therapies. [Bq]"""
_BQ_PER_UNIT = {"NM": (1e6, "MBq"), "PT": (1.0, "Bq")}
_ENHANCED_PET = "1.2.840.10008.5.1.4.1.1.130"
_SAME_CLOCK_S = 60.0
_HALF_LIFE_AGREEMENT = 0.01


@dataclass(frozen=True)
class Radiopharmaceutical:
    """What one series says about the administration."""

    radionuclide: str | None = None
    radionuclide_source: str = ""
    name: str | None = None
    half_life_s: float | None = None
    activity_bq: float | None = None
    start: datetime | None = None
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()


def radiopharmaceutical_of(dataset: Dataset, *, plausible_for_patient: bool) -> Radiopharmaceutical:
    """Read the Radiopharmaceutical Information Sequence.

    Parameters
    ----------
    dataset
        Header of an NM or PET file.
    plausible_for_patient
        Whether to compare the activity with what a patient may be given (not so for a phantom).
    """
    several = items(dataset, "RadiopharmaceuticalInformationSequence")
    item = several[0] if several else None
    named = named_nuclide(item)
    activity, activity_findings = _activity(dataset, item, plausible=plausible_for_patient)
    start, start_findings, start_missing = _start(dataset, item)
    half_life = number(item, "RadionuclideHalfLife")
    half_life = half_life if half_life is not None and half_life > 0 else None
    findings = [*_nuclides(several, named.contradiction), *activity_findings, *start_findings]
    missing = [
        *([] if named.name else [f"radionuclide ({named.source})"]),
        *([] if activity is not None else ["administered activity (RadionuclideTotalDose)"]),
        *start_missing,
    ]
    return Radiopharmaceutical(
        radionuclide=named.name,
        radionuclide_source=named.source,
        name=_name(item),
        half_life_s=half_life,
        activity_bq=activity,
        start=start,
        findings=tuple(findings),
        missing=tuple(missing),
    )


def _name(item: Dataset | None) -> str | None:
    code = first(item, "RadiopharmaceuticalCodeSequence")
    return text(item, "Radiopharmaceutical") or text(code, "CodeMeaning") or None


def _nuclides(several: tuple[Dataset, ...], contradiction: str) -> list[Finding]:
    found = []
    if contradiction:
        found.append(blocking("nuclide-contradiction", "one radionuclide in code and meaning", contradiction))
    names = {name for item in several if (name := named_nuclide(item).name)}
    if len(names) > 1:
        found.append(blocking("two-nuclides", "one radionuclide in a series", f"{', '.join(sorted(names))} came"))
    return found


def total_dose_bq(dataset: Dataset, item: Dataset | None) -> float | None:
    """Radionuclide Total Dose as the module of the modality means it. [Bq]"""
    stated = number(item, "RadionuclideTotalDose")
    return stated * _bq_per_unit(dataset)[0] if stated is not None else None


def _bq_per_unit(dataset: Dataset) -> tuple[float, str]:
    if text(dataset, "SOPClassUID") == _ENHANCED_PET:
        return 1e6, "MBq"
    return _BQ_PER_UNIT.get(text(dataset, "Modality").upper(), (1.0, "Bq"))


def _activity(dataset: Dataset, item: Dataset | None, *, plausible: bool) -> tuple[float | None, list[Finding]]:
    activity = total_dose_bq(dataset, item)
    if activity is None or not plausible or activity == 0:
        return activity, []
    low, high = PLAUSIBLE_ACTIVITY_BQ
    if low <= activity <= high:
        return activity, []
    unit = _bq_per_unit(dataset)[1]
    expected = f"an administered activity between {low / 1e6:g} MBq and {high / 1e9:g} GBq"
    came = f"Radionuclide Total Dose says {number(item, 'RadionuclideTotalDose'):g} {unit}"
    return activity, [blocking("implausible-activity", expected, came)]


def _start(dataset: Dataset, item: Dataset | None) -> tuple[datetime | None, list[Finding], list[str]]:
    offset = text(dataset, "TimezoneOffsetFromUTC")
    start = moment_of(item, "RadiopharmaceuticalStartDateTime", offset)
    clock = text(item, "RadiopharmaceuticalStartTime")
    if start is None:
        only = f"; only the time {clock} is there, without a date" if clock else ""
        return None, [], [f"injection time (RadiopharmaceuticalStartDateTime){only}"]
    return start.value, _clock_contradiction(start, clock), []


def _clock_contradiction(start: Moment, clock: str) -> list[Finding]:
    same_day = parse_moment(f"{start.value:%Y%m%d}", clock)
    if same_day is None or abs((same_day.value - start.value).total_seconds()) <= _SAME_CLOCK_S:
        return []
    came = f"Radiopharmaceutical Start Time says {same_day.value:%H:%M:%S}"
    return [blocking("injection-time-contradiction", f"one start of the administration, {start.value}", came)]


def half_life_findings(found: Radiopharmaceutical, *, decay_corrected: bool) -> list[Finding]:
    """Compare the file's half-life with that of its nuclide; blocking where the scanner decayed values with it."""
    if found.half_life_s is None or found.radionuclide not in known_nuclides():
        return []
    known = nuclide(found.radionuclide).half_life_s
    if abs(found.half_life_s / known - 1) <= _HALF_LIFE_AGREEMENT:
        return []
    tell = blocking if decay_corrected else notice
    expected = f"the half-life of {found.radionuclide}, {known:.6g} s"
    return [tell("half-life-contradiction", expected, f"Radionuclide Half Life says {found.half_life_s:.6g} s")]

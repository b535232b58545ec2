"""When and how long a series was acquired.

Start: the earliest Acquisition Date and Time (or Acquisition DateTime) of its files. The date and time of series,
study or content are none of the acquisition and never stand in for it.

Duration of an NM tomogram: over all rotations, Number of Frames in Rotation (angular views of one detector) times
Actual Frame Duration from the Rotation Information Sequence; without one, the root's Actual Frame Duration. Views that
do not cover the arc give no duration. Of a PET series: from the first start to the last start plus Actual Frame
Duration. Actual Frame Duration is in ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydicom.dataset import Dataset

from hevesy.acquire.findings import blocking, notice
from hevesy.acquire.moments import Moment, local_offset, moment, moment_of, parse_moment, zone_of
from hevesy.acquire.values import integer, items, number, text, unique
from hevesy.domain import Finding

_TELLING_S = 1.0
_STUDY_DAY = timedelta(hours=12)
_ONE_ACQUISITION = timedelta(hours=12)
"""Files of one series that start further apart were not acquired together, or a date did not change at midnight."""


@dataclass(frozen=True)
class Acquisition:
    """Start and duration of a series."""

    start: datetime | None
    duration_s: float | None
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()


def acquisition_of(datasets: Sequence[Dataset]) -> Acquisition:
    """Start and duration of the acquisition that the files of one series came from."""
    head = datasets[0]
    starts = [started(dataset) for dataset in datasets]
    known = [found.value for found in starts if found is not None]
    start = min(known) if known and len(known) == len(datasets) else None
    duration = _duration(datasets, known)
    findings = [*_notation(starts), *_two_starts(head), *_study_date(head, start), *_views(head), *_apart(known)]
    missing = [
        *([] if start else ["acquisition date and time (AcquisitionDate, AcquisitionTime)"]),
        *([] if duration is not None else ["acquisition duration (ActualFrameDuration)"]),
    ]
    if start is None:
        without = next(dataset for dataset, found in zip(datasets, starts, strict=True) if found is None)
        findings.append(blocking("missing-acquisition-time", "an acquisition date and time", _instead(without)))
    return Acquisition(start, duration, tuple(findings), tuple(missing))


def started(dataset: Dataset) -> Moment | None:
    """Start of the acquisition of one file."""
    separate = moment(dataset, "AcquisitionDate", "AcquisitionTime")
    return separate or moment_of(dataset, "AcquisitionDateTime", local_offset(dataset))


def zoned_start(dataset: Dataset) -> datetime | None:
    """Start of the acquisition of one file, with its offset from UTC where the file states one."""
    found, zone = started(dataset), zone_of(local_offset(dataset))
    return None if found is None else found.value.replace(tzinfo=zone)


def _instead(dataset: Dataset) -> str:
    """What stands where the start of the acquisition should."""
    names = ("AcquisitionDate", "AcquisitionTime", "AcquisitionDateTime")
    said = [f"{name} {words!r}" for name in names if (words := text(dataset, name))]
    return f"{', '.join(said)} came" if said else "none is there"


def _apart(starts: Sequence[datetime]) -> list[Finding]:
    if not starts or max(starts) - min(starts) <= _ONE_ACQUISITION:
        return []
    came = f"starts from {min(starts)} to {max(starts)} came; a date that did not change at midnight would explain it"
    return [blocking("acquisition-times-apart", "the files of one acquisition to start within 12 hours", came)]


def _two_starts(head: Dataset) -> list[Finding]:
    separate = moment(head, "AcquisitionDate", "AcquisitionTime")
    joined = moment_of(head, "AcquisitionDateTime", local_offset(head))
    if separate is None or joined is None or abs((separate.value - joined.value).total_seconds()) <= _TELLING_S:
        return []
    came = f"AcquisitionDate and AcquisitionTime say {separate.value}"
    return [blocking("acquisition-time-contradiction", f"AcquisitionDateTime, {joined.value}", came)]


def _notation(starts: Sequence[Moment | None]) -> list[Finding]:
    if all(found is None or found.standard for found in starts):
        return []
    came = "an older notation with dots or colons came and is understood"
    return [notice("date-notation", "dates as 19931124 and times as 095300", came)]


def _study_date(head: Dataset, start: datetime | None) -> list[Finding]:
    """An acquisition in the night after the study's start is no contradiction; one a day later is."""
    stated = text(head, "StudyDate")
    study = moment(head, "StudyDate", "StudyTime") or parse_moment(stated, "000000")
    if study is None or start is None or study.value.date() == start.date():
        return []
    if timedelta(0) <= start - study.value <= _STUDY_DAY:
        return []
    came = f"StudyDate says {stated}; the acquisition date is used"
    return [notice("study-date-contradiction", f"the study date of the acquisition, {start.date()}", came)]


def _duration(datasets: Sequence[Dataset], starts: Sequence[datetime]) -> float | None:
    head = datasets[0]
    if text(head, "Modality").upper() == "NM":
        turning = items(head, "RotationInformationSequence")
        return _rotations(head) if turning else _milliseconds(head)
    lengths = [length for dataset in datasets if (length := _milliseconds(dataset)) is not None]
    if len(lengths) < len(datasets) or len(starts) < len(datasets):
        return None
    first = min(starts)
    return max((s - first).total_seconds() + d for s, d in zip(starts, lengths, strict=True))


def _milliseconds(dataset: Dataset) -> float | None:
    duration = number(dataset, "ActualFrameDuration")
    return duration / 1000.0 if duration is not None and duration > 0 else None


def _rotations(head: Dataset) -> float | None:
    if _views(head):
        return None
    parts = []
    for rotation in items(head, "RotationInformationSequence"):
        views, each = integer(rotation, "NumberOfFramesInRotation"), _milliseconds(rotation)
        if not views or each is None:
            return None
        parts.append(views * each)
    return sum(parts) if parts else None


def _views(head: Dataset) -> list[Finding]:
    """Views times angular step must cover the arc, alone or together with the other detectors."""
    found = []
    n_detectors = integer(head, "NumberOfDetectors") or 1
    for rotation in items(head, "RotationInformationSequence"):
        views = integer(rotation, "NumberOfFramesInRotation")
        step, arc = number(rotation, "AngularStep"), number(rotation, "ScanArc")
        if not views or not step or not arc:
            continue
        covered = [abs(views * step) * share for share in (1.0, float(n_detectors), 1.0 / n_detectors)]
        if all(abs(c - abs(arc)) > abs(step) * 1.5 for c in covered):
            came = f"{views} frames in the rotation came, so the duration is not known"
            expected = f"{abs(arc / step):.0f} views of {step:g} degrees over {arc:g} degrees"
            found.append(notice("rotation-contradiction", expected, came))
    return found


def timezone_offsets(datasets: Sequence[Dataset]) -> tuple[str, ...]:
    """Every offset from UTC that the files state for their times."""
    return unique(local_offset(dataset) for dataset in datasets)

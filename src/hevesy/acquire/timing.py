"""When and how long a series was acquired.

Start: the earliest Acquisition Date and Time (or Acquisition DateTime) of its files.

Duration of an NM tomogram: over all rotations, Number of Frames in Rotation (angular views of one detector) times
Actual Frame Duration from the Rotation Information Sequence; without one, the root's Actual Frame Duration. Of a PET
series: from the first start to the last start plus Actual Frame Duration. Actual Frame Duration is in ms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydicom.dataset import Dataset

from hevesy.acquire.findings import blocking, notice
from hevesy.acquire.moments import Moment, moment, moment_of, parse_moment
from hevesy.acquire.values import integer, items, number, text, unique
from hevesy.domain import Finding

_TELLING_S = 1.0
_STUDY_DAY = timedelta(hours=12)


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
    duration = _duration(datasets, known) if start else _duration(datasets[:1], [])
    findings = [*_notation(starts), *_two_starts(head), *_study_date(head, start), *_views(head)]
    missing = [
        *([] if start else ["acquisition date and time (AcquisitionDate, AcquisitionTime)"]),
        *([] if duration is not None else ["acquisition duration (ActualFrameDuration)"]),
    ]
    if start is None:
        findings.append(blocking("missing-acquisition-time", "an acquisition date and time", "none is there"))
    return Acquisition(start, duration, tuple(findings), tuple(missing))


def started(dataset: Dataset) -> Moment | None:
    """Start of the acquisition of one file."""
    separate = moment(dataset, "AcquisitionDate", "AcquisitionTime")
    return separate or moment_of(dataset, "AcquisitionDateTime", text(dataset, "TimezoneOffsetFromUTC"))


def _two_starts(head: Dataset) -> list[Finding]:
    separate = moment(head, "AcquisitionDate", "AcquisitionTime")
    joined = moment_of(head, "AcquisitionDateTime", text(head, "TimezoneOffsetFromUTC"))
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
        return _rotations(head) or _milliseconds(head)
    lengths = [_milliseconds(dataset) for dataset in datasets]
    if any(length is None for length in lengths) or not starts:
        return _milliseconds(head)
    first = min(starts)
    ends = [(s - first).total_seconds() + (d or 0.0) for s, d in zip(starts, lengths, strict=True)]
    return max(ends)


def _milliseconds(dataset: Dataset) -> float | None:
    duration = number(dataset, "ActualFrameDuration")
    return duration / 1000.0 if duration is not None and duration > 0 else None


def _rotations(head: Dataset) -> float | None:
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
            came = f"{views} frames in the rotation came; the duration counts those"
            expected = f"{abs(arc / step):.0f} views of {step:g} degrees over {arc:g} degrees"
            found.append(notice("rotation-contradiction", expected, came))
    return found


def timezone_offsets(datasets: Sequence[Dataset]) -> tuple[str, ...]:
    """Every Timezone Offset From UTC that the files state."""
    return unique(text(dataset, "TimezoneOffsetFromUTC") for dataset in datasets)

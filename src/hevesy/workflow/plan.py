"""Which series become which time point, and whether anything forbids it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hevesy.domain import DecayReference, Finding, ImportReport, SeriesRecord, TimePointRecord
from hevesy.errors import AdministrationError, GeometryError, InputError, ScaleError
from hevesy.workflow.administration import UsedAdministration
from hevesy.workflow.config import PlanarStudy, Study
from hevesy.workflow.corrected import settled_by_corrections

_SETTLED_BY_ACTIVITY = frozenset({"implausible-activity", "missing-activity"})
_SETTLED_BY_START = frozenset({
    "missing-injection-time", "injection-time-contradiction", "injection-time-zone", "acquisition-before-injection"
})  # fmt: skip
_SETTLED_BY_NUCLIDE = frozenset({"unknown-nuclide", "nuclide-contradiction", "ambiguous-nuclide"})


_SAME_HALF_LIFE = 0.01
_LOST = frozenset({"truncated-file", "zero-byte-file", "unreadable-file"})


@dataclass(frozen=True)
class PlannedTimePoint:
    """One scan with what belongs to it."""

    index: int
    emission: SeriesRecord
    ct: SeriesRecord | None
    structures: tuple[SeriesRecord, ...]
    start: datetime
    time_s: float
    """Start of the administration to the start of the acquisition. [s]"""


def plan_time_points(
    report: ImportReport, study: Study, administration: UsedAdministration
) -> tuple[PlannedTimePoint, ...]:
    """Choose the series of every time point, in time order.

    Raises
    ------
    InputError
        If a blocking finding stands, a scan has several reconstructions and the study names none, or times are not
        increasing after the start of the administration.
    """
    _refuse_lost_files(report)
    chosen = _chosen(report, study)
    planned = [_planned(report, record, administration) for record in chosen]
    planned.sort(key=lambda p: p.time_s)
    refuse_blocking(
        [*report.contradictions, *(f for p in planned for s in _series(p) for f in s.contradictions)],
        study,
    )
    for earlier, later in itertools.pairwise(planned):
        if later.time_s <= earlier.time_s:
            raise InputError("time points at different times", f"two start at {later.start}", later.emission.id)
    return tuple(
        PlannedTimePoint(n, p.emission, p.ct, p.structures, p.start, p.time_s) for n, p in enumerate(planned, start=1)
    )


def _refuse_lost_files(report: ImportReport) -> None:
    """A damaged file may be a lost slice; one that never was an image is not missed."""
    for finding in report.unreadable:
        named_dicom = re.match(r"[^:]+\.(dcm|ima|dicom)\b", finding.message, re.IGNORECASE)
        if finding.code in _LOST or (finding.code == "not-dicom-or-nifti" and named_dicom):
            raise _error(finding)


def _series(point: PlannedTimePoint) -> list[SeriesRecord]:
    return [point.emission, *([point.ct] if point.ct else []), *point.structures]


def _chosen(report: ImportReport, study: Study) -> list[TimePointRecord]:
    if study.time_points is None:
        for record in report.time_points:
            _refuse_ambiguous(report, record)
        if not report.time_points:
            raise InputError("at least one NM or PT tomogram", "none was found", "images")
        return list(report.time_points)
    return [_named(report, choice.emission, choice.ct) for choice in study.time_points]


def _refuse_ambiguous(report: ImportReport, record: TimePointRecord) -> None:
    if record.alternatives:
        uids = ", ".join(_told(report.by_id(i)) for i in (record.emission, *record.alternatives))
        raise InputError(
            "time_points naming one reconstruction of each scan",
            f"time point {record.index} has {1 + len(record.alternatives)}: {uids}",
            "time_points",
        )


def _told(series: SeriesRecord) -> str:
    return f"{series.series_uid} ({series.distinction})" if series.distinction else series.series_uid


def _named(report: ImportReport, emission_uid: str, ct_uid: str | None) -> TimePointRecord:
    emission = _by_uid(report, emission_uid)
    for record in report.time_points:
        if emission.id in (record.emission, *record.alternatives):
            ct = _ct(report, ct_uid).id if ct_uid else record.ct
            return TimePointRecord(record.index, emission.id, (), ct, record.structures, record.start, record.time_h)
    raise InputError("an NM or PT tomogram", f"{emission_uid} is {emission.modality}", "time_points")


def _ct(report: ImportReport, uid: str) -> SeriesRecord:
    series = _by_uid(report, uid)
    if series.modality != "CT":
        raise InputError("a CT", f"{uid} is {series.modality}", "time_points")
    return series


def _by_uid(report: ImportReport, uid: str) -> SeriesRecord:
    for series in report.series:
        if series.series_uid == uid:
            return series
    raise InputError("the UID of a series among the images", f"{uid} is not there", "time_points")


def _planned(report: ImportReport, record: TimePointRecord, administration: UsedAdministration) -> PlannedTimePoint:
    emission = report.by_id(record.emission)
    start = emission.acquisition_start
    if start is None:
        raise InputError("an acquisition date and time", "none is there", f"series {emission.id}")
    time_s = (start - administration.start).total_seconds()
    if time_s <= 0:
        raise AdministrationError(
            f"acquisitions after the start of the administration at {administration.start}",
            f"{start} came",
            f"series {emission.id}",
        )
    if emission.radionuclide and emission.radionuclide != administration.nuclide.name:
        raise AdministrationError(
            f"{administration.nuclide.name} in every series", f"{emission.radionuclide} came", f"series {emission.id}"
        )
    _refuse_other_half_life(emission, administration)
    if emission.grid is None:
        raise GeometryError("position and orientation of the slices", "they are missing", f"series {emission.id}")
    ct = report.by_id(record.ct) if record.ct else None
    structures = tuple(report.by_id(i) for i in record.structures)
    return PlannedTimePoint(record.index, emission, ct, structures, start, time_s)


def _refuse_other_half_life(emission: SeriesRecord, administration: UsedAdministration) -> None:
    """Values that were decay-corrected with another half-life cannot be brought back."""
    stated, used = emission.half_life_s, administration.nuclide
    if stated is None or emission.decay_corrected_to is DecayReference.NONE:
        return
    if abs(stated / used.half_life_s - 1) > _SAME_HALF_LIFE:
        raise ScaleError(
            f"values decay-corrected with the half-life of {used.name}, {used.half_life_s:.6g} s",
            f"Radionuclide Half Life says {stated:.6g} s",
            f"series {emission.id}",
        )


def refuse_blocking(findings: Sequence[Finding], study: Study | PlanarStudy) -> None:
    """Refuse a blocking finding that the study file does not settle.

    Raises
    ------
    InputError
        Of the kind of the first such finding.
    """
    settled = set(settled_by_corrections(study.corrections if isinstance(study, Study) else None))
    stated = study.administration
    if stated.measured is not None or stated.activity is not None:
        settled |= _SETTLED_BY_ACTIVITY
    if stated.start is not None:
        settled |= _SETTLED_BY_START
    if stated.radionuclide is not None:
        settled |= _SETTLED_BY_NUCLIDE
    for finding in findings:
        if finding.blocking and finding.code not in settled:
            raise _error(finding)


_KINDS: tuple[tuple[tuple[str, ...], type[InputError]], ...] = (
    (("activity", "injection", "nuclide", "administration"), AdministrationError),
    (("scale", "units", "decay", "correction"), ScaleError),
    (("slice", "geometry", "orientation"), GeometryError),
)


def _error(finding: Finding) -> InputError:
    kind = next((k for words, k in _KINDS if any(word in finding.code for word in words)), InputError)
    parts = re.match(r"^(?:(?P<where>[^:]+): )?expected (?P<expected>.+?), but (?P<came>.+)$", finding.message)
    if parts:
        return kind(parts["expected"], parts["came"], parts["where"] or "")
    where, _, message = finding.message.partition(": ")
    return kind("an image that can be read", message, where) if message else kind("consistent images", where)

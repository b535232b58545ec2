"""What the series of a folder say together: the administration, and where they contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import combinations

from hevesy.acquire.findings import blocking, notice
from hevesy.domain import Administration, Finding, SeriesRecord, TimePointRecord

_SAME_START_S = 60.0
_SAME_ACTIVITY = 0.01


def agreed_administration(scans: Sequence[SeriesRecord]) -> Administration | None:
    """What emission series agree on, activity in Bq; a value on which they differ is None."""
    nuclides = {s.radionuclide for s in scans if s.radionuclide}
    drugs = {s.radiopharmaceutical for s in scans if s.radiopharmaceutical}
    activities = [s.administered_activity_bq for s in scans if s.administered_activity_bq and not _in_doubt(s)]
    starts = [s.administration_start for s in scans if s.administration_start]
    found = Administration(
        radionuclide=nuclides.pop() if len(nuclides) == 1 else None,
        radiopharmaceutical=drugs.pop() if len(drugs) == 1 else None,
        activity_bq=activities[0] if activities and _one_activity(activities) else None,
        start=min(starts) if starts and _one_start(starts) else None,
    )
    return found if found != Administration() else None


def _in_doubt(series: SeriesRecord) -> bool:
    """Whether a finding says that the activity as read is none that a patient is given."""
    return any(finding.code == "implausible-activity" for finding in series.contradictions)


def _one_activity(activities: Sequence[float]) -> bool:
    return max(activities) <= min(activities) * (1 + _SAME_ACTIVITY)


def _one_start(starts: Sequence[datetime]) -> bool:
    return (max(starts) - min(starts)).total_seconds() <= _SAME_START_S


def administration_findings(scans: Sequence[SeriesRecord], *, same_clock: bool = False) -> list[Finding]:
    """What is missing from, or contradictory in, the administration of the emission series.

    Parameters
    ----------
    scans
        The emission series of the patient.
    same_clock
        Whether all files write one start of the administration, at different offsets from UTC.
    """
    if not scans:
        return []
    return [*_nuclide(scans), *_activity(scans), *_start(scans, same_clock=same_clock), *_before(scans)]


def _nuclide(scans: Sequence[SeriesRecord]) -> list[Finding]:
    named = sorted({s.radionuclide for s in scans if s.radionuclide})
    if len(named) > 1:
        came = "; ".join(f"{name} in {_ids(s for s in scans if s.radionuclide == name)}" for name in named)
        return [blocking("two-nuclides", "one radionuclide", f"{came} came")]
    if not named:
        return [blocking("unknown-nuclide", "a known radionuclide", f"{scans[0].radionuclide_source} came")]
    return []


def _activity(scans: Sequence[SeriesRecord]) -> list[Finding]:
    stated = {s.id: s.administered_activity_bq for s in scans if s.administered_activity_bq and not _in_doubt(s)}
    if not stated:
        doubtful = [s.id for s in scans if _in_doubt(s)]
        came = f"that of {', '.join(doubtful)} is implausible" if doubtful else "no series states one"
        return [blocking("missing-activity", "an administered activity", came)]
    if _one_activity(list(stated.values())):
        return []
    came = "; ".join(f"{activity / 1e6:.6g} MBq in {i}" for i, activity in stated.items())
    return [blocking("two-administrations", "one administered activity", f"{came} came")]


def _start(scans: Sequence[SeriesRecord], *, same_clock: bool) -> list[Finding]:
    stated = {s.id: s.administration_start for s in scans if s.administration_start is not None}
    if not stated:
        return [blocking("missing-injection-time", "a date and time of injection", "no series states one")]
    if not _one_start(list(stated.values())):
        came = "; ".join(f"{start} in {i}" for i, start in stated.items())
        if same_clock:
            came += ": one clock time beside different offsets from UTC"
            return [blocking("injection-time-zone", "one start of the administration", came)]
        return [blocking("two-administrations", "one start of the administration", f"{came} came")]
    return []


def _before(scans: Sequence[SeriesRecord]) -> list[Finding]:
    return [
        blocking(
            "acquisition-before-injection",
            f"an acquisition after the injection at {s.administration_start}",
            f"{s.acquisition_start} came",
            f"series {s.id}",
        )
        for s in scans
        if s.acquisition_start and s.administration_start and s.acquisition_start <= s.administration_start
    ]


def patient_findings(series: Sequence[SeriesRecord]) -> list[Finding]:
    """Two patients in one folder; the values themselves are never told."""
    people = [s for s in series if not s.is_phantom and s.modality != "NIFTI"]
    names = ("identifiers", "birth dates", "sexes")
    for which, name in enumerate(names):
        for a, b in combinations(people, 2):
            values = a.patient_key[which], b.patient_key[which]
            if all(values) and values[0] != values[1]:
                return [blocking("two-patients", "one patient", f"the {name} of {a.id} and {b.id} differ")]
    return []


def time_point_findings(
    points: Sequence[TimePointRecord], by_id: Callable[[str], SeriesRecord]
) -> tuple[list[Finding], list[str]]:
    """Reconstructions to choose from, frames of reference that differ, and scans without CT."""
    found, missing = [], []
    for point in points:
        if point.alternatives:
            ids = "; ".join(_which(by_id(i)) for i in (point.emission, *point.alternatives))
            expected = f"one reconstruction of the scan of time point {point.index}"
            found.append(notice("several-reconstructions", expected, f"{ids} came; the study must name one"))
        if point.ct is None:
            missing.append(
                f"CT of time point {point.index} ({point.emission}): none in its frame of reference and session"
            )
    if points and not any(point.structures for point in points):
        missing.append("regions (RTSTRUCT or SEG)")
    frames = {frozenset(by_id(point.emission).frames_of_reference) for point in points}
    if len(frames) > 1:
        came = f"{len(frames)} came; the time points need alignment or regions drawn on each"
        found.append(notice("frames-of-reference-differ", "one frame of reference for all time points", came))
    return found, missing


def _which(series: SeriesRecord) -> str:
    return f"{series.id} ({series.distinction})" if series.distinction else series.id


def _ids(series: Iterable[SeriesRecord]) -> str:
    return ", ".join(s.id for s in series)

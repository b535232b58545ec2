"""Series to time points: one scan of the patient each, with its CT and its regions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from hevesy.domain import ImageKind, SeriesRecord, TimePointRecord

_SESSION = timedelta(hours=12)
"""A CT further away than this belongs to another session."""
_SAME_START_S = 1.0
LATEST = datetime(9999, 1, 1)  # noqa: DTZ001 - local by design
"""Sorts what has no time behind everything that has one."""


def emissions(series: Sequence[SeriesRecord]) -> tuple[SeriesRecord, ...]:
    """The emission tomograms of the patient: NM RECON TOMO and PET, without phantoms, in time order."""
    chosen = [s for s in series if not s.is_phantom and _is_tomogram(s)]
    return tuple(sorted(chosen, key=lambda s: (s.acquisition_start or LATEST, s.id)))


def _is_tomogram(series: SeriesRecord) -> bool:
    """Planar images, reprojections and attenuation maps are no emission scans."""
    return series.modality in {"NM", "PT"} and series.kind is ImageKind.TOMOGRAM


def same_scan(a: SeriesRecord, b: SeriesRecord) -> bool:
    """Whether two series are reconstructions of one scan: one frame of reference, starts within its duration.

    Where a file names no frame of reference, equal starts.
    """
    if a.acquisition_start is None or b.acquisition_start is None:
        return False
    apart = abs((a.acquisition_start - b.acquisition_start).total_seconds())
    if apart <= _SAME_START_S:
        return not a.frames_of_reference or not b.frames_of_reference or _shared(a, b)
    durations = [d for d in (a.acquisition_duration_s, b.acquisition_duration_s) if d is not None]
    return _shared(a, b) and bool(durations) and apart < min(durations)


def _shared(a: SeriesRecord, b: SeriesRecord) -> bool:
    return bool(set(a.frames_of_reference) & set(b.frames_of_reference))


def find_time_points(
    series: Sequence[SeriesRecord], administration_start: datetime | None
) -> tuple[TimePointRecord, ...]:
    """Group emission series into scans and find what belongs to each."""
    scans: list[list[SeriesRecord]] = []
    for emission in emissions(series):
        scan = next((s for s in scans if same_scan(s[0], emission)), None)
        if scan is None:
            scans.append([emission])
        else:
            scan.append(emission)
    cts = [nearest_ct(scan[0], series) for scan in scans]
    return tuple(
        TimePointRecord(
            index=number,
            emission=scan[0].id,
            alternatives=tuple(other.id for other in scan[1:]),
            ct=ct.id if ct else None,
            structures=tuple(s.id for s in _structures(number - 1, scans, cts, series)),
            start=scan[0].acquisition_start,
            time_h=_hours(scan[0].acquisition_start, administration_start),
        )
        for number, (scan, ct) in enumerate(zip(scans, cts, strict=True), start=1)
    )


def _hours(start: datetime | None, zero: datetime | None) -> float | None:
    return None if start is None or zero is None else (start - zero).total_seconds() / 3600.0


def nearest_ct(emission: SeriesRecord, series: Sequence[SeriesRecord]) -> SeriesRecord | None:
    """The CT in the frame of reference of an emission scan, closest in time and of the same session."""
    found = []
    for ct in series:
        if ct.modality != "CT" or ct.grid is None or not _shared(ct, emission):
            continue
        if ct.acquisition_start is None or emission.acquisition_start is None:
            apart = timedelta(0) if ct.study_uid and ct.study_uid == emission.study_uid else None
        else:
            apart = abs(ct.acquisition_start - emission.acquisition_start)
        if apart is not None and apart <= _SESSION:
            found.append((apart, ct.id, ct))
    return min(found, key=lambda f: f[:2])[2] if found else None


def _structures(
    at: int,
    scans: Sequence[Sequence[SeriesRecord]],
    cts: Sequence[SeriesRecord | None],
    series: Sequence[SeriesRecord],
) -> list[SeriesRecord]:
    """Regions drawn on this scan or its CT; those that name no series of the folder, by frame of reference."""
    own = [_uids(scan, ct) for scan, ct in zip(scans, cts, strict=True)]
    found = []
    for structure in series:
        if structure.modality not in {"RTSTRUCT", "SEG"}:
            continue
        named = set(structure.referenced_series)
        drawn_on = [index for index, uids in enumerate(own) if uids & named]
        frames = {f for s in (*scans[at], cts[at]) if s is not None for f in s.frames_of_reference}
        if at in drawn_on or (not drawn_on and frames & set(structure.frames_of_reference)):
            found.append(structure)
    return found


def _uids(scan: Sequence[SeriesRecord], ct: SeriesRecord | None) -> set[str]:
    members = [*scan, ct] if ct else list(scan)
    return {member.series_uid.partition("#")[0] for member in members}

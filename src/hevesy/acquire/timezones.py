"""Local times of files that state different offsets from UTC, brought to one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hevesy.acquire.findings import blocking, notice
from hevesy.acquire.moments import offset_difference
from hevesy.acquire.time_points import LATEST
from hevesy.domain import Finding, SeriesRecord

_CODE = "timezone-offsets-differ"
_EXPECTED = "one Timezone Offset From UTC"


@dataclass(frozen=True)
class OffsetRecord:
    """A series with every offset from UTC that its files state, none where they state none."""

    record: SeriesRecord
    offsets: tuple[str, ...]


@dataclass(frozen=True)
class AtOneOffset:
    """Series whose local times compare."""

    records: tuple[SeriesRecord, ...]
    findings: tuple[Finding, ...] = ()
    same_clock: bool = False
    """Whether times were shifted and the starts of the administration were written alike before."""


def at_one_offset(series: Sequence[OffsetRecord]) -> AtOneOffset:
    """Bring the times of the patient's images to one offset from UTC, that of the first emission scan.

    Between the scans of one therapy the clocks may go to or from daylight saving time. Phantoms stand by themselves.
    Two offsets within one series, or scans of which only some state an offset while these differ, do not compare:
    blocking.
    """
    plain = tuple(one.record for one in series)
    scans = [one for one in series if one.record.modality in {"NM", "PT"} and not one.record.is_phantom]
    mixed = [one for one in scans if len(one.offsets) > 1]
    if mixed:
        came = f"{', '.join(mixed[0].offsets)} came within one series, so its local times do not compare"
        return AtOneOffset(plain, (blocking(_CODE, _EXPECTED, came),))
    stated = sorted({offset for one in scans for offset in one.offsets})
    if not stated or all(_shift(one, stated[0]) in {None, timedelta(0)} for one in series):
        return AtOneOffset(plain)
    if len(stated) > 1 and any(not one.offsets for one in scans):
        came = f"{', '.join(stated)} and series without one came, so local times do not compare"
        return AtOneOffset(plain, (blocking(_CODE, _EXPECTED, came),))
    first = min((one for one in scans if one.offsets), key=lambda one: _universal(one, stated[0]))
    return _shifted(series, first.offsets[0])


def _universal(one: OffsetRecord, offset: str) -> tuple[datetime, str]:
    start = one.record.acquisition_start or LATEST
    return start + (_shift(one, offset) or timedelta(0)), one.record.series_uid


def _shift(one: OffsetRecord, offset: str) -> timedelta | None:
    """What the times of a series need; None where they stay as they are."""
    image = one.record.modality in {"NM", "PT", "CT", "MR"} and not one.record.is_phantom
    return offset_difference(one.offsets[0], offset) if image and len(one.offsets) == 1 else None


def _shifted(series: Sequence[OffsetRecord], offset: str) -> AtOneOffset:
    records = tuple(_moved(one.record, _shift(one, offset) or timedelta(0)) for one in series)
    others = sorted({one.offsets[0] for one in series if _shift(one, offset) not in {None, timedelta(0)}})
    came = (
        f"{', '.join(others)} came as well; all times are told and compared at {offset}, also those of the study file"
    )
    starts = {one.record.administration_start for one in series if one.record.administration_start is not None}
    return AtOneOffset(records, (notice(_CODE, f"{_EXPECTED}, {offset}", came),), same_clock=len(starts) == 1)


def _moved(record: SeriesRecord, by: timedelta) -> SeriesRecord:
    start, given = record.acquisition_start, record.administration_start
    return replace(
        record,
        acquisition_start=start + by if start is not None else None,
        administration_start=given + by if given is not None else None,
    )

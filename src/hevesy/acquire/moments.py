"""DICOM dates and times as naive local datetimes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from pydicom.dataset import Dataset

from hevesy.acquire.values import text

_YEARS = range(1850, 9000)
_DATE = re.compile(r"(\d{4})([.\-/]?)(\d{2})\2(\d{2})", re.ASCII)
_TIME = re.compile(r"(\d{2})(:?)(\d{2})(?:\2(\d{2})(?:\.(\d+))?)?", re.ASCII)
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})", re.ASCII)


@dataclass(frozen=True)
class Moment:
    """A date and time as the file writes it."""

    value: datetime
    """In the scanner's local time, without a zone."""
    standard: bool = True
    """Whether it was written as DICOM says (``19931124``, not ``1993.11.24``)."""


def parse_moment(date: str, time: str) -> Moment | None:
    """Combine a DICOM date and time.

    The old notations ``1993.11.24`` and ``09:53:00`` are understood as well; a fraction of a second may have any length
    (what is finer than a microsecond is cut). A year, a date without a time, and a time without minutes are no moment.
    """
    day, hour = _DATE.fullmatch(date.strip()), _TIME.fullmatch(time.strip())
    if day is None or hour is None or int(day[1]) not in _YEARS:
        return None
    seconds = int(hour[4] or "0")
    leap = seconds == 60  # DICOM allows the leap second
    fraction = int((hour[5] or "").ljust(6, "0")[:6])
    parts = (int(day[1]), int(day[3]), int(day[4]), int(hour[1]), int(hour[3]), 59 if leap else seconds, fraction)
    try:
        value = datetime(*parts) + timedelta(seconds=leap)  # noqa: DTZ001 - local by design
    except ValueError:
        return None
    return Moment(value, standard=not (day[2] or hour[2]))


def parse_day(words: str) -> date | None:
    """The day of a DICOM date; None for a year, zeros, or what is no date."""
    found = parse_moment(words, "0000")
    return found.value.date() if found else None


def moment(dataset: Dataset | None, date_keyword: str, time_keyword: str) -> Moment | None:
    """The moment of a pair of date and time attributes."""
    return parse_moment(text(dataset, date_keyword), text(dataset, time_keyword))


def own_offset(words: str) -> str:
    """The offset from UTC that a date-time value ends with, such as ``+0100``; empty where it has none."""
    return words[-5:] if len(words) > 8 and _OFFSET.fullmatch(words[-5:]) else ""


def local_offset(dataset: Dataset) -> str:
    """The offset from UTC of a file's times: Timezone Offset From UTC, or what Acquisition DateTime ends with."""
    stated = text(dataset, "TimezoneOffsetFromUTC")
    return stated if _OFFSET.fullmatch(stated) else own_offset(text(dataset, "AcquisitionDateTime"))


def moment_of(dataset: Dataset | None, keyword: str, offset: str) -> Moment | None:
    """The moment of one date-time attribute, in the local time of the file.

    Parameters
    ----------
    dataset
        Where the attribute is.
    keyword
        Of the date-time attribute. Without at least hours and minutes it is no moment.
    offset
        Of the file's times, see :func:`local_offset`; empty where it has none. A value with an offset of its own is
        brought to it.
    """
    words = text(dataset, keyword)
    own = own_offset(words)
    bare = words[: len(words) - len(own)]
    found = parse_moment(bare[:8], bare[8:])
    if found is None or not own or not offset:
        return found
    later = offset_difference(own, offset)
    return found if later is None else Moment(found.value + later, found.standard)


def offset_difference(there: str, here: str) -> timedelta | None:
    """What to add to a local time at one offset from UTC for that at another; None where one is no offset."""
    from_zone, to_zone = zone_of(there), zone_of(here)
    if from_zone is None or to_zone is None:
        return None
    return to_zone.utcoffset(None) - from_zone.utcoffset(None)


def zone_of(offset: str) -> timezone | None:
    """The zone of an offset such as ``+0100``; None where it is none."""
    parts = _OFFSET.fullmatch(offset)
    if parts is None:
        return None
    shift = timedelta(hours=int(parts[2]), minutes=int(parts[3]))
    return timezone(-shift if parts[1] == "-" else shift) if shift < timedelta(hours=24) else None

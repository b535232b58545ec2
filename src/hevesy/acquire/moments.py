"""DICOM dates and times as naive local datetimes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from pydicom.dataset import Dataset

from hevesy.acquire.values import text

_DATE = re.compile(r"^(\d{4})([.\-/]?)(\d{2})\2(\d{2})$")
_TIME = re.compile(r"^(\d{2})(:?)(\d{2})(?:\2(\d{2})(?:\.(\d{1,6}))?)?$")
_OFFSET = re.compile(r"^([+-])(\d{2})(\d{2})$")


@dataclass(frozen=True)
class Moment:
    """A date and time as the file writes it."""

    value: datetime
    """In the scanner's local time, without a zone."""
    standard: bool = True
    """Whether it was written as DICOM says (``19931124``, not ``1993.11.24``)."""


def parse_moment(date: str, time: str) -> Moment | None:
    """Combine a DICOM date and time; the old notations ``1993.11.24`` and ``09:53:00`` are understood as well."""
    day, hour = _DATE.match(date.strip()), _TIME.match(time.strip())
    if day is None or hour is None:
        return None
    fraction = (hour[5] or "").ljust(6, "0")
    parts = (day[1], day[3], day[4], hour[1], hour[3], hour[4] or "0", fraction)
    try:
        value = datetime(*(int(part) for part in parts))  # type: ignore[arg-type]  # noqa: DTZ001 - local by design
    except ValueError:
        return None
    return Moment(value, standard=not (day[2] or hour[2]))


def moment(dataset: Dataset | None, date_keyword: str, time_keyword: str) -> Moment | None:
    """The moment of a pair of date and time attributes."""
    return parse_moment(text(dataset, date_keyword), text(dataset, time_keyword))


def moment_of(dataset: Dataset | None, keyword: str, offset: str) -> Moment | None:
    """The moment of one date-time attribute, in the local time of the file.

    Parameters
    ----------
    dataset
        Where the attribute is.
    keyword
        Of the date-time attribute. Without at least hours and minutes it is no moment.
    offset
        The file's Timezone Offset From UTC, empty where it has none. A value with an offset of its own is brought to
        it.
    """
    words = text(dataset, keyword)
    own = words[-5:] if _OFFSET.match(words[-5:]) else ""
    bare = words[: len(words) - len(own)]
    found = parse_moment(bare[:8], bare[8:])
    if found is None or not own or not offset or own == offset:
        return found
    there, here = _zone(own), _zone(offset)
    if there is None or here is None:
        return found
    local = found.value.replace(tzinfo=there).astimezone(here).replace(tzinfo=None)
    return Moment(local, found.standard)


def _zone(offset: str) -> timezone | None:
    parts = _OFFSET.match(offset)
    if parts is None:
        return None
    shift = timedelta(hours=int(parts[2]), minutes=int(parts[3]))
    return timezone(-shift if parts[1] == "-" else shift) if shift < timedelta(hours=24) else None

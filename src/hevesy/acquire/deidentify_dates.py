"""Dates moved by whole days: times of day and the distances of all moments stay."""

from __future__ import annotations

import re
from datetime import date, timedelta

_DATE = re.compile(r"^(\d{4})([.\-/]?)(\d{2})\2(\d{2})$")
_MOMENT = re.compile(r"^(\d{8})((?:\d{2}){0,3}(?:\.\d{1,6})?(?:[+-]\d{4})?)$")
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
_TIME = re.compile(r"^\d{2}(:?\d{2}){0,2}(\.\d{1,6})?$")


def shifted_date(text: str, days: int) -> str | None:
    """A DICOM date, moved; in the notation it came in. None for what is no date."""
    parts = _DATE.match(text.strip())
    if parts is None:
        return None
    try:
        moved = date(int(parts[1]), int(parts[3]), int(parts[4])) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
    return parts[2].join((f"{moved.year:04d}", f"{moved.month:02d}", f"{moved.day:02d}"))


def shifted_moment(text: str, days: int) -> str | None:
    """A DICOM date-time, moved; its time of day and zone as they were. None for what is none, or has no day."""
    parts = _MOMENT.match(text.strip())
    moved = shifted_date(parts[1], days) if parts else None
    return None if parts is None or moved is None else moved + parts[2]


def shifted_text(text: str, days: int) -> str:
    """A text with every date in it such as 2024-03-04, moved."""
    return _ISO.sub(lambda found: shifted_date(found[0], days) or "", text)


def is_time(text: str) -> bool:
    """Whether a text is a time of day."""
    return _TIME.match(text.strip()) is not None

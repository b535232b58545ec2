"""Times after an administration that fall within working hours: ``Mon-Fri 08:00-17:00``."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_START = re.compile(r"^\s*([A-Za-z]{3})\s+(\d{1,2}):(\d{2})\s*$")
_HOURS = re.compile(r"^\s*([A-Za-z]{3})\s*-\s*([A-Za-z]{3})\s+(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*$")
_WEEK_H = 168.0


def within_working_hours(times_h: NDArray[np.float64], administration: str, hours: str) -> NDArray[np.bool_]:
    """Which times are within working hours.

    Parameters
    ----------
    times_h
        After the administration. [h]
    administration
        Day and time, as ``Tue 10:00``.
    hours
        Days and times, as ``Mon-Fri 08:00-17:00``.

    Raises
    ------
    InputError
        If one of the texts is not of this form.
    """
    start = _START.match(administration)
    if start is None:
        raise InputError("a day and time such as 'Tue 10:00'", f"{administration!r} came", "--administration")
    match = _HOURS.match(hours)
    if match is None:
        raise InputError("days and times such as 'Mon-Fri 08:00-17:00'", f"{hours!r} came", "--working-hours")
    begin = 24.0 * _day(start[1], "--administration") + _hour(start[2], start[3], "--administration")
    first, last = (_day(text, "--working-hours") for text in match.group(1, 2))
    opens, closes = (_hour(match[k], match[k + 1], "--working-hours") for k in (3, 5))
    if first > last or opens >= closes:
        raise InputError("days and hours in order", f"{hours!r} came", "--working-hours")
    day, hour = np.divmod((begin + times_h) % _WEEK_H, 24.0)
    result: NDArray[np.bool_] = (first <= day) & (day <= last) & (opens <= hour) & (hour <= closes)
    return result


def _day(text: str, option: str) -> int:
    if text.lower() not in _DAYS:
        raise InputError("a day among Mon, Tue, Wed, Thu, Fri, Sat, Sun", f"{text!r} came", option)
    return _DAYS.index(text.lower())


def _hour(hours: str, minutes: str, option: str) -> float:
    value = int(hours) + int(minutes) / 60.0
    if not (0.0 <= value <= 24.0 and int(minutes) < 60):
        raise InputError("a time of the day", f"{hours}:{minutes} came", option)
    return value

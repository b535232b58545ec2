"""Times and windows of time as text: ``4 h``, ``1-6 h``, ``0 h..200 h``."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.quantities import parse_quantity

_HOUR = 3600.0
_MOST = 1000
_RANGE = re.compile(r"^\s*([\d.]+)\s*([A-Za-z]*)\s*(?:-|–|\.\.|to)\s*([\d.]+)\s*([A-Za-z]+)\s*$")

Window = tuple[float, float]
"""First and last time. [h]"""


def parse_times(text: str, option: str) -> tuple[float, ...]:
    """Increasing times such as ``4 h, 24 h`` or ``4, 24 h`` (the unit of the last holds for those without). [h]

    Raises
    ------
    InputError
        If a time has no unit, is negative, or does not follow the one before.
    """
    parts = [part.strip() for part in text.split(",")]
    unit = re.search(r"[A-Za-z]+$", parts[-1])
    if unit is not None:
        parts = [part if re.search(r"[A-Za-z]$", part) else f"{part} {unit.group()}" for part in parts]
    times = tuple(parse_quantity(part, "time", option) / _HOUR for part in parts)
    if min(times) < 0 or any(b <= a for a, b in itertools.pairwise(times)):
        raise InputError("increasing times that are not negative", f"{text!r} came", option)
    return times


def parse_windows(text: str, option: str) -> tuple[Window, ...]:
    """Windows such as ``1-6 h, 20-28 h`` or ``0 h..200 h``; a single time is a window of no length. [h]

    Raises
    ------
    InputError
        If a window has no unit, ends before it begins, or overlaps the one before.
    """
    found = tuple(_window(part, option) for part in text.split(","))
    if any(later[0] <= earlier[1] for earlier, later in itertools.pairwise(found)):
        raise InputError("windows in order that do not overlap", f"{text!r} came", option)
    return found


def _window(text: str, option: str) -> Window:
    match = _RANGE.match(text)
    if match is None:
        at = parse_quantity(text, "time", option) / _HOUR
        start, end = at, at
    else:
        first, unit, last, last_unit = match.groups()
        start = parse_quantity(f"{first} {unit or last_unit}", "time", option) / _HOUR
        end = parse_quantity(f"{last} {last_unit}", "time", option) / _HOUR
    if not 0.0 <= start <= end:
        raise InputError("a window such as 1-6 h that begins at 0 or later", f"{text.strip()!r} came", option)
    return start, end


def times_within(windows: Sequence[Window], step_h: float, option: str) -> NDArray[np.float64]:
    """Times from the start of every window in equal steps, its end included. Shape ``(time,)``. [h]

    Raises
    ------
    InputError
        If there would be more than a thousand.
    """
    lengths = [end - start for start, end in windows]
    if sum(lengths) / step_h + 2 * len(windows) > _MOST:
        raise InputError(
            f"at most {_MOST} times", f"windows of {sum(lengths):g} h in steps of {step_h:g} h came", option
        )
    parts = [np.append(np.arange(start, end - 1e-9, step_h), end) for start, end in windows]
    return np.concatenate(parts)

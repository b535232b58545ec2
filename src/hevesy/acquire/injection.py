"""The start of the administration that a file states.

Radiopharmaceutical Start DateTime goes before Radiopharmaceutical Start Time, which has no date. A time without a date
is dated only where the physical half-life leaves one day: the latest such time before the acquisition, where a day
earlier would be more than ten half-lives before it. For a nuclide that lives for days every day before is possible.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydicom.dataset import Dataset

from hevesy.acquire.findings import blocking, notice
from hevesy.acquire.moments import Moment, local_offset, moment_of, own_offset, parse_day, parse_moment
from hevesy.acquire.values import text
from hevesy.domain import Finding

_SAME_CLOCK_S = 60.0
_DAY = timedelta(days=1)
_HALF_LIVES = 10.0
_NAME = "injection time (RadiopharmaceuticalStartDateTime)"


@dataclass(frozen=True)
class Injection:
    """When the administration started, as one file says."""

    start: datetime | None
    findings: tuple[Finding, ...] = ()
    missing: tuple[str, ...] = ()


def injection_start(
    dataset: Dataset, item: Dataset | None, acquired: datetime | None, half_life_s: float | None
) -> Injection:
    """Settle the start of the administration.

    Parameters
    ----------
    dataset
        Header of the file.
    item
        Its radiopharmaceutical.
    acquired
        Start of the acquisition in the file's local time, where it is known.
    half_life_s
        Physical half-life, where it is known. [s]
    """
    words, clock = text(item, "RadiopharmaceuticalStartDateTime"), text(item, "RadiopharmaceuticalStartTime")
    start = moment_of(item, "RadiopharmaceuticalStartDateTime", local_offset(dataset))
    if start is not None:
        as_written = moment_of(item, "RadiopharmaceuticalStartDateTime", "") or start
        told = _contradiction(start, clock) if _contradiction(as_written, clock) else []
        return Injection(start.value, (*_zone(dataset, words, start, clock), *told))
    if clock and parse_day(words[:8]) and len(words) == 8:
        dated = parse_moment(words, clock)
        if dated is not None:
            return Injection(dated.value)
    if words:
        return Injection(None, (), (f"{_NAME}: {words!r} is no date and time",))
    return _undated(clock, acquired, half_life_s) if clock else Injection(None, (), (_NAME,))


def _zone(dataset: Dataset, words: str, start: Moment, clock: str) -> list[Finding]:
    """A moment with an offset beside an acquisition without one: comparable only if the local clock says the same."""
    own = own_offset(words)
    if not own or local_offset(dataset) or (clock and not _contradiction(start, clock)):
        return []
    expected = f"a Timezone Offset From UTC beside the start of the administration, {start.value}{own}"
    return [blocking("injection-time-zone", expected, "none is there, so it does not compare with the acquisition")]


def _contradiction(start: Moment, clock: str) -> list[Finding]:
    same_day = parse_moment(f"{start.value:%Y%m%d}", clock)
    if same_day is None:
        return []
    apart = abs((same_day.value - start.value).total_seconds())
    if min(apart, _DAY.total_seconds() - apart) <= _SAME_CLOCK_S:
        return []
    came = f"Radiopharmaceutical Start Time says {same_day.value:%H:%M:%S}"
    return [blocking("injection-time-contradiction", f"one start of the administration, {start.value}", came)]


def _undated(clock: str, acquired: datetime | None, half_life_s: float | None) -> Injection:
    only = f"{_NAME}; only the time {clock} is there, without a date"
    found = parse_moment(f"{acquired:%Y%m%d}", clock) if acquired else None
    if found is None or acquired is None:
        return Injection(None, (), (only,))
    latest = found.value if found.value < acquired else found.value - _DAY
    earlier_s = (acquired - (latest - _DAY)).total_seconds()
    if half_life_s is None or earlier_s <= _HALF_LIVES * half_life_s:
        return Injection(None, (), (f"{only}; {latest} is possible, and so are days before",))
    came = f"only the time {clock} is there; {latest} is the only one before the acquisition that decay leaves possible"
    return Injection(latest, (notice("injection-date-derived", "Radiopharmaceutical Start DateTime", came),))

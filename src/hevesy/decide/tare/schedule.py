"""Days between scout, sessions and treatment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import pairwise

from hevesy.decide.tare.vials import elapsed_s
from hevesy.domain import Finding
from hevesy.errors import InputError
from hevesy.physdata import scout_interval

_DAY_S = 86400.0


def days_between(start: datetime, end: datetime) -> float:
    """Days from one moment to another, whatever their zones. [d]"""
    return elapsed_s(start, end) / _DAY_S


def session_order(sessions: Mapping[str, datetime]) -> tuple[tuple[str, float], ...]:
    """Sessions by time, each with the days since the one before (0 for the first). [d]

    Raises
    ------
    InputError
        If two are at the same time.
    """
    ordered = sorted(sessions.items(), key=lambda item: item[1].astimezone(UTC))
    found = [(ordered[0][0], 0.0)]
    for (before, start), (name, end) in pairwise(ordered):
        if elapsed_s(start, end) == 0.0:
            raise InputError(
                "sessions at different times", f"{before!r} and {name!r} came at the same time", "sessions"
            )
        found.append((name, days_between(start, end)))
    return tuple(found)


def scout_findings(scout: datetime | None, sessions: Mapping[str, datetime]) -> tuple[Finding, ...]:
    """Whether the scout lies as long before the first session as recommended.

    Parameters
    ----------
    scout
        With its time zone; None where it was not stated.
    sessions
        Treatments by name.

    Raises
    ------
    InputError
        If the scout comes after a treatment that rests on it.
    """
    rule = scout_interval()
    wanted = f"{rule.days_from:g} to {rule.days_to:g} d from scout to treatment ({rule.source.text})"
    if scout is None:
        return (Finding("scout-time-not-stated", f"expected {wanted}, but the time of the scout was not stated"),)
    first = session_order(sessions)[0][0]
    days = days_between(scout, sessions[first])
    if days <= 0.0:
        came = f"{scout.isoformat()} came, and session {first!r} at {sessions[first].isoformat()}"
        raise InputError("a scout before the treatment", came, "scout.at")
    if rule.days_from <= days <= rule.days_to:
        return ()
    return (Finding("scout-interval", f"expected {wanted}, but {days:.1f} d came"),)

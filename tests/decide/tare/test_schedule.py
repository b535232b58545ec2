"""Scout, sessions and calibrations in time, across zones and the change to summer time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hevesy.decide.tare import (
    calibration_findings,
    check_calibration,
    days_between,
    decay_to,
    glass_vials,
    scout_findings,
    session_order,
)
from hevesy.errors import InputError
from hevesy.physdata import microspheres, nuclide

GLASS, RESIN, HOLMIUM = (microspheres(name) for name in ("glass", "resin", "holmium"))
TORONTO, AMSTERDAM = ZoneInfo("America/Toronto"), ZoneInfo("Europe/Amsterdam")
FIRST = datetime(2026, 3, 4, 10, tzinfo=AMSTERDAM)


@pytest.mark.parametrize(("days", "told"), [(7, False), (14, False), (6.9, True), (14.1, True), (0.2, True)])
def test_one_to_two_weeks_from_scout_to_treatment(days, told):
    found = scout_findings(FIRST - timedelta(days=days), {"first": FIRST})
    assert [one.code for one in found] == (["scout-interval"] if told else [])


def test_a_scout_without_time_is_told_and_one_after_the_first_session_refused():
    assert [one.code for one in scout_findings(None, {"first": FIRST})] == ["scout-time-not-stated"]
    later = {"second": FIRST + timedelta(days=20), "first": FIRST}
    with pytest.raises(InputError, match="a scout before the treatment"):
        scout_findings(FIRST + timedelta(days=1), later)


def test_sessions_are_told_by_time_whatever_their_order():
    later = FIRST + timedelta(days=28)
    expected = [("a", 0.0), ("b", 28.0 - 1 / 24)]
    for sessions in ({"a": FIRST, "b": later}, {"b": later, "a": FIRST}):
        found = session_order(sessions)
        assert [name for name, _ in found] == ["a", "b"]
        assert found[1][1] == pytest.approx(expected[1][1])
    with pytest.raises(InputError, match="at the same time"):
        session_order({"a": FIRST, "b": FIRST.astimezone(TORONTO)})


def test_an_hour_is_lost_in_spring_and_gained_in_autumn():
    """Same zone on both sides: wall clocks would say 7 and 7 days."""
    spring = datetime(2026, 3, 1, 12, tzinfo=TORONTO), datetime(2026, 3, 8, 12, tzinfo=TORONTO)
    autumn = datetime(2026, 10, 25, 12, tzinfo=TORONTO), datetime(2026, 11, 1, 12, tzinfo=TORONTO)
    assert days_between(*spring) == pytest.approx(7.0 - 1 / 24)
    assert days_between(*autumn) == pytest.approx(7.0 + 1 / 24)
    for start, end in (spring, autumn):
        utc = decay_to(1e9, "Y-90", start.astimezone(UTC), end.astimezone(UTC))
        assert decay_to(1e9, "Y-90", start, end) == utc


def test_glass_by_hand_to_the_minute():
    """10 GBq on Sunday noon in Toronto, Wednesday 10:07 in Amsterdam: 64 h 7 min later, before the zones change."""
    half_life_h = nuclide("Y-90").half_life_s / 3600.0
    assert half_life_h == pytest.approx(64.1, abs=0.1)
    sunday, there = datetime(2026, 3, 1, 12, tzinfo=TORONTO), datetime(2026, 3, 4, 10, 7, tzinfo=AMSTERDAM)
    by_hand = 10e9 * 2.0 ** (-(64.0 + 7.0 / 60.0) / half_life_h)
    assert decay_to(10e9, "Y-90", sunday, there) == pytest.approx(by_hand, rel=1e-12)
    assert by_hand == pytest.approx(5.00e9, rel=2e-3)


def test_glass_in_its_second_week_across_the_american_change():
    """Calibrated on 1 March, clocks change on 8 March, treated on 10 March in the second week of its shelf life."""
    sunday, tuesday = datetime(2026, 3, 1, 12, tzinfo=TORONTO), datetime(2026, 3, 10, 14, tzinfo=AMSTERDAM)
    low, high = glass_vials(GLASS, 1.2e9, sunday, tuesday)
    assert (low.week, high.week) == (2, 2)
    hours = (tuesday.astimezone(UTC) - sunday.astimezone(UTC)).total_seconds() / 3600.0
    assert hours == pytest.approx(212.0)
    assert high.activity_at_treatment_bq >= 1.2e9 > low.activity_at_treatment_bq
    left = decay_to(high.activity_at_calibration_bq, "Y-90", sunday, high.best_time)
    assert left == pytest.approx(1.2e9, rel=2e-4)
    assert high.best_time.tzinfo is AMSTERDAM


def test_the_last_minute_of_the_shelf_life_holds_across_the_change():
    start = datetime(2026, 3, 1, 12, tzinfo=TORONTO)
    last = start.astimezone(UTC) + timedelta(days=12)
    check_calibration(GLASS, "standard", start, last.astimezone(TORONTO))
    with pytest.raises(InputError, match="within 12 d"):
        check_calibration(GLASS, "standard", start, (last + timedelta(minutes=1)).astimezone(TORONTO))


@pytest.mark.parametrize(
    ("product", "calibration", "codes"),
    [
        (GLASS, datetime(2026, 3, 1, 12, tzinfo=TORONTO), []),
        (GLASS, datetime(2026, 3, 1, 18, tzinfo=AMSTERDAM), []),
        (GLASS, datetime(2026, 3, 1, 12, tzinfo=AMSTERDAM), ["calibration-time-unusual"]),
        (GLASS, datetime(2026, 3, 2, 12, tzinfo=TORONTO), ["calibration-time-unusual"]),
        (RESIN, datetime(2026, 3, 3, 12, tzinfo=TORONTO), []),
        (HOLMIUM, datetime(2026, 2, 22, 12, tzinfo=TORONTO), ["calibration-long-before"]),
    ],
)
def test_unusual_calibrations_are_told(product, calibration, codes):
    assert [one.code for one in calibration_findings(product, calibration, FIRST)] == codes

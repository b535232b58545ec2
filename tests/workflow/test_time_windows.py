"""Times, windows and working hours as text."""

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.workflow.time_windows import parse_times, parse_windows, times_within
from hevesy.workflow.working_hours import within_working_hours


@pytest.mark.parametrize(
    ("text", "expected"),
    [("4 h", (4.0,)), ("4, 96, 192 h", (4.0, 96.0, 192.0)), ("90 min, 1 d", (1.5, 24.0)), ("4 h,24 h", (4.0, 24.0))],
)
def test_times(text, expected):
    assert parse_times(text, "--plan") == pytest.approx(expected)


@pytest.mark.parametrize("text", ["4", "4, 4 h", "24 h, 4 h", "-4 h", "4 Gy", "", "4 h,,24 h"])
def test_times_that_are_none(text):
    with pytest.raises(InputError, match="--plan"):
        parse_times(text, "--plan")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 h..200 h", ((0.0, 200.0),)),
        ("1-6 h, 20-28 h", ((1.0, 6.0), (20.0, 28.0))),
        ("30 min to 2 h", ((0.5, 2.0),)),
        ("4 h, 1-2 d", ((4.0, 4.0), (24.0, 48.0))),
    ],
)
def test_windows(text, expected):
    assert parse_windows(text, "--allowed") == tuple(pytest.approx(window) for window in expected)


@pytest.mark.parametrize("text", ["6-1 h", "1-6", "1-6 h, 5-8 h", "20-28 h, 1-6 h", "soon", "1-6 kg"])
def test_windows_that_are_none(text):
    with pytest.raises(InputError, match="--allowed"):
        parse_windows(text, "--allowed")


def test_times_within_windows_have_both_ends():
    found = times_within(((1.0, 6.0), (24.0, 24.0)), 2.0, "--step")
    assert found.tolist() == [1.0, 3.0, 5.0, 6.0, 24.0]


def test_too_many_times():
    with pytest.raises(InputError, match="1000"):
        times_within(((0.0, 200.0),), 0.01, "--step")


def test_working_hours():
    """Given on Tuesday at ten: 4 h is 14:00, 24 h Wednesday, 72 h Friday, 96 h Saturday, 10 h 20:00."""
    times = np.array([4.0, 10.0, 24.0, 72.0, 96.0, 144.0, 168.0])
    found = within_working_hours(times, "Tue 10:00", "Mon-Fri 08:00-17:00")
    assert times[found].tolist() == [4.0, 24.0, 72.0, 144.0, 168.0]


@pytest.mark.parametrize(
    ("administration", "hours"),
    [
        ("10:00", "Mon-Fri 08:00-17:00"),
        ("Xyz 10:00", "Mon-Fri 08:00-17:00"),
        ("Tue 25:00", "Mon-Fri 08:00-17:00"),
        ("Tue 10:00", "weekdays"),
        ("Tue 10:00", "Fri-Mon 08:00-17:00"),
        ("Tue 10:00", "Mon-Fri 17:00-08:00"),
    ],
)
def test_hours_that_are_none(administration, hours):
    with pytest.raises(InputError, match=r"--administration|--working-hours"):
        within_working_hours(np.array([4.0]), administration, hours)

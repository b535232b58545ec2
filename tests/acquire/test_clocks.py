"""Time zones, midnight, and injections without a date."""

from __future__ import annotations

from datetime import datetime

import pytest

from hevesy.acquire.moments import local_offset, parse_day, parse_moment

AT = datetime.fromisoformat


def codes(report, *, blocking=True):
    return {f.code for f in report.contradictions if f.blocking is blocking}


def fluorine(build, **changes):
    known = {
        "RadionuclideCodeSequence": build.code("77004003", "SCT", "^18^Fluorine"),
        "RadionuclideHalfLife": "6586.2",
        "RadionuclideTotalDose": "300",
        "RadiopharmaceuticalStartDateTime": None,
    }
    return build.drug(**(known | changes))


@pytest.mark.parametrize(
    ("date", "time", "moment"),
    [
        ("19931124", "095300.1234567890", AT("1993-11-24T09:53:00.123456")),
        ("19931124", "095300.1", AT("1993-11-24T09:53:00.1")),
        ("1993.11.24", "09:53", AT("1993-11-24T09:53:00")),
        ("19931231", "235960", AT("1994-01-01T00:00:00")),
    ],
)
def test_more_moments(date, time, moment):
    assert parse_moment(date, time).value == moment


@pytest.mark.parametrize(
    ("date", "time"),
    [("1993", "0953"), ("19931124", "09"), ("19931124", "9:53"), ("24.11.1993", "0953"), ("00010101", "0953")],
)
def test_more_that_is_no_moment(date, time):
    assert parse_moment(date, time) is None


@pytest.mark.parametrize("words", ["00000000", "1960", "", "19601399", "unknown"])
def test_no_day(words):
    assert parse_day(words) is None


@pytest.mark.parametrize("birth", ["00000000", "1960", "1960.01.02", None])
def test_birth_date_that_says_less_is_no_other_patient(build, read, birth):
    slices = build.ct(PatientBirthDate=None)
    if birth is not None:
        slices = [build.raw_words(ds, PatientBirthDate=birth) for ds in slices]
    assert codes(read(build.nm(), *slices)) == set()


def test_content_and_series_time_are_no_acquisition_time(build, read):
    changes = {"AcquisitionDate": None, "AcquisitionTime": None, "ContentDate": "20240305", "ContentTime": "100000"}
    series = read(build.nm(SeriesDate="20240305", SeriesTime="100000", **changes)).series[0]
    assert series.acquisition_start is None
    assert "acquisition date and time (AcquisitionDate, AcquisitionTime)" in series.missing


def test_what_is_no_date_is_named(build, read):
    series = read(build.raw_words(build.nm(), AcquisitionDate="2024")).series[0]
    (finding,) = [f for f in series.contradictions if f.code == "missing-acquisition-time"]
    assert finding.message.endswith("but AcquisitionDate '2024', AcquisitionTime '100000' came")


def test_acquisition_in_the_night_after_the_series_began(build, read):
    changes = {"StudyTime": "233000", "SeriesDate": "20240305", "SeriesTime": "235000", "AcquisitionDate": "20240306"}
    series = read(build.nm(AcquisitionTime="000500", **changes)).series[0]
    assert series.acquisition_start == AT("2024-03-06T00:05:00")
    assert series.contradictions == ()


def test_beds_across_midnight(build, read):
    slices = build.pt(AcquisitionTime="235500")
    for ds in slices[3:]:
        ds.AcquisitionDate, ds.AcquisitionTime = "20240306", "001500"
    series = read(*slices).series[0]
    assert series.acquisition_start == AT("2024-03-05T23:55:00")
    assert series.acquisition_duration_s == 2400.0
    assert series.contradictions == ()


def test_a_date_that_did_not_change_at_midnight_is_refused(build, read):
    slices = build.pt(AcquisitionTime="235500")
    for ds in slices[3:]:
        ds.AcquisitionTime = "001500"
    assert "acquisition-times-apart" in {f.code for f in read(*slices).series[0].contradictions if f.blocking}


@pytest.mark.parametrize(
    ("clock", "acquired", "start"),
    [
        ("083000", "100000", AT("2024-03-05T08:30:00")),
        ("233000", "003000", AT("2024-03-04T23:30:00")),
    ],
)
def test_time_without_date_of_a_nuclide_that_lives_for_hours(build, read, clock, acquired, start):
    drug = fluorine(build, RadiopharmaceuticalStartTime=clock)
    series = read(build.nm(RadiopharmaceuticalInformationSequence=drug, AcquisitionTime=acquired)).series[0]
    assert series.administration_start == start
    assert ("injection-date-derived", False) in {(f.code, f.blocking) for f in series.contradictions}


def test_time_without_date_of_a_nuclide_that_lives_for_days(build, read):
    drug = build.drug(RadiopharmaceuticalStartDateTime=None, RadiopharmaceuticalStartTime="233000")
    report = read(build.nm(RadiopharmaceuticalInformationSequence=drug))
    assert report.series[0].administration_start is None
    assert any("2024-03-04 23:30:00 is possible, and so are days before" in name for name in report.series[0].missing)
    assert codes(report) == {"missing-injection-time"}


def test_date_in_one_attribute_and_time_in_the_other(build, read):
    drug = build.drug(RadiopharmaceuticalStartDateTime="20240304", RadiopharmaceuticalStartTime="090000")
    assert read(build.nm(RadiopharmaceuticalInformationSequence=drug)).administration.start == AT("2024-03-04T09:00")


def test_two_clocks_around_midnight_agree(build, read):
    drug = build.drug(RadiopharmaceuticalStartDateTime="20240303235950", RadiopharmaceuticalStartTime="000010")
    report = read(build.nm(RadiopharmaceuticalInformationSequence=drug))
    assert codes(report) == set()
    assert report.series[0].contradictions == ()


@pytest.mark.parametrize(
    ("changes", "clock", "found"),
    [
        ({}, None, {"injection-time-zone"}),
        ({}, "090000", set()),
        ({"TimezoneOffsetFromUTC": "+0100"}, None, set()),
        ({"AcquisitionDateTime": "20240305100000+0100"}, None, set()),
    ],
)
def test_injection_with_an_offset_needs_that_of_the_acquisition(build, read, changes, clock, found):
    drug = build.drug(RadiopharmaceuticalStartDateTime="20240304090000+0100", RadiopharmaceuticalStartTime=clock)
    series = read(build.nm(RadiopharmaceuticalInformationSequence=drug, **changes)).series[0]
    assert {f.code for f in series.contradictions if f.blocking} == found
    assert series.administration_start == AT("2024-03-04T09:00:00")


@pytest.mark.parametrize(("clock", "contradicts"), [("090000", False), ("100000", False), ("110000", True)])
def test_clock_of_the_injection_day_or_of_the_scan_day(build, read, clock, contradicts):
    """Injected at 9:00 winter time, scanned in summer time: the time alone may be of either clock."""
    drug = build.drug(RadiopharmaceuticalStartDateTime="20240304090000+0100", RadiopharmaceuticalStartTime=clock)
    series = read(build.nm(RadiopharmaceuticalInformationSequence=drug, TimezoneOffsetFromUTC="+0200")).series[0]
    assert series.administration_start == AT("2024-03-04T10:00:00")
    assert ("injection-time-contradiction" in {f.code for f in series.contradictions}) == contradicts


def test_offset_of_acquisition_date_time_is_that_of_the_file(build):
    assert local_offset(build.item(AcquisitionDateTime="20240305100000.5-0500")) == "-0500"
    assert local_offset(build.item(AcquisitionDateTime="20240305100000-0500", TimezoneOffsetFromUTC="+0100")) == "+0100"
    assert local_offset(build.item(AcquisitionDateTime="20240305")) == ""


def two(build, first, second):
    """Scans before and after the clocks went forward on 31 March 2024, both written in the offset of their day."""
    drug = {"RadiopharmaceuticalInformationSequence": build.drug(RadiopharmaceuticalStartDateTime=first)}
    later = {"RadiopharmaceuticalInformationSequence": build.drug(RadiopharmaceuticalStartDateTime=second)}
    day = {"StudyDate": None, "StudyTime": None}
    return (
        build.nm(AcquisitionDate="20240330", TimezoneOffsetFromUTC="+0100", **drug, **day),
        build.nm(AcquisitionDate="20240401", TimezoneOffsetFromUTC="+0200", **later, **day),
    )


def test_change_of_the_clocks_between_scans(build, read):
    report = read(*two(build, "20240329090000", "20240329100000"))
    assert [p.time_h for p in report.time_points] == [25.0, 72.0]  # three days and an hour by the clock, less that hour
    assert codes(report) == set()
    assert codes(report, blocking=False) == {"timezone-offsets-differ", "not-cubic"}
    (finding,) = [f for f in report.contradictions if f.code == "timezone-offsets-differ"]
    assert "+0200 came as well; all times are told and compared at +0100" in finding.message
    assert report.administration.start == AT("2024-03-29T09:00:00")


def test_one_clock_time_at_two_offsets_is_refused(build, read):
    report = read(*two(build, "20240329090000", "20240329090000"))
    assert codes(report) == {"injection-time-zone"}
    assert report.administration.start is None


def test_offset_of_only_some_scans_is_refused(build, read):
    third = build.nm(AcquisitionDate="20240402", StudyDate=None)
    report = read(*two(build, "20240329090000", "20240329100000"), third)
    assert "timezone-offsets-differ" in codes(report)


def test_two_offsets_within_a_series_are_refused(build, read):
    slices = build.pt(TimezoneOffsetFromUTC="+0100")
    slices[2].TimezoneOffsetFromUTC = "+0200"
    assert codes(read(*slices)) == {"timezone-offsets-differ"}


def test_a_phantom_of_another_season_stands_by_itself(build, read):
    phantom = build.nm(QualityControlImage="YES", TimezoneOffsetFromUTC="+0200", AcquisitionDate="20230705")
    report = read(build.nm(TimezoneOffsetFromUTC="+0100"), phantom)
    assert codes(report) == set()
    assert codes(report, blocking=False) == {"not-cubic"}
    assert report.series[0].acquisition_start == AT("2023-07-05T10:00:00")


def test_ct_in_universal_time_is_brought_to_the_scans(build, read):
    report = read(build.nm(TimezoneOffsetFromUTC="+0100"), *build.ct(TimezoneOffsetFromUTC="+0000"))
    assert report.series[1].acquisition_start == AT("2024-03-05T11:30:00")
    assert codes(report, blocking=False) == {"timezone-offsets-differ", "not-cubic"}

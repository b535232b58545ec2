from __future__ import annotations

from datetime import datetime

import pytest

from hevesy.acquire.moments import parse_moment
from hevesy.domain import DecayReference

AT = datetime.fromisoformat

DECY = ["ATTN", "SCAT", "DECY"]


def told(series):
    """Findings, without those of attenuation and scatter, which have their own tests."""
    return {f.code: f.blocking for f in series.contradictions if not f.code.startswith(("attenuation", "scatter"))}


@pytest.mark.parametrize(
    ("stated", "corrected", "reference"),
    [
        ("START", DECY, DecayReference.ACQUISITION),
        ("ADMIN", DECY, DecayReference.ADMINISTRATION),
        ("NONE", ["ATTN"], DecayReference.NONE),
        ("START", None, DecayReference.ACQUISITION),
    ],
)
def test_pet_states(build, read, stated, corrected, reference):
    series = read(*build.pt(DecayCorrection=stated, CorrectedImage=corrected)).series[0]
    assert series.decay_corrected_to is reference
    assert told(series) == {}
    assert ("CorrectedImage" in series.missing) == (corrected is None)


@pytest.mark.parametrize(("stated", "corrected"), [("START", ["ATTN"]), ("ADMIN", ["ATTN"]), ("NONE", DECY)])
def test_corrected_image_against_decay_correction(build, read, stated, corrected):
    series = read(*build.pt(DecayCorrection=stated, CorrectedImage=corrected)).series[0]
    assert told(series) == {"decay-correction-contradiction": True}


# 25 h after injection and 20 min long with a half-life of 574300 s: 2**(90000/574300) = 1.1148, at the end 1.1164.
@pytest.mark.parametrize(
    ("stated", "factor", "found"),
    [
        ("ADMIN", "1.115", {}),
        ("ADMIN", "1", {"decay-factor-contradiction": False}),
        ("ADMIN", "1.0007", {"decay-factor-contradiction": True}),
        ("START", "1.0007", {}),
        ("START", "1", {}),
        ("START", "1.115", {"decay-factor-contradiction": True}),
        ("NONE", "1", {}),
        ("NONE", "1.115", {"decay-factor-contradiction": True}),
    ],
)
def test_decay_factor(build, read, stated, factor, found):
    corrected = ["ATTN"] if stated == "NONE" else DECY
    series = read(*build.pt(DecayCorrection=stated, CorrectedImage=corrected, DecayFactor=factor)).series[0]
    assert told(series) == found


def test_admin_with_factor_one_says_what_is_followed(build, read):
    series = read(*build.pt(DecayCorrection="ADMIN", CorrectedImage=DECY, DecayFactor="1")).series[0]
    assert "values already decay-corrected to the administration" in series.contradictions[0].message
    assert "Decay Factor says 1" in series.contradictions[0].message


@pytest.mark.parametrize("stated", [None, "SOMETIMES"])
def test_pet_without_a_state_is_unknown(build, read, stated):
    series = read(*build.pt(DecayCorrection=stated)).series[0]
    assert series.decay_corrected_to is DecayReference.UNKNOWN
    assert told(series) == {"decay-state-unknown": True}


@pytest.mark.parametrize(
    ("changes", "reference", "found"),
    [
        ({}, DecayReference.NONE, {}),
        ({"CorrectedImage": None}, DecayReference.NONE, {}),
        ({"CorrectedImage": DECY}, DecayReference.UNKNOWN, {"decay-state-unknown": True}),
        ({"CorrectedImage": DECY, "DecayCorrection": "ADMIN"}, DecayReference.ADMINISTRATION, {}),
        ({"CorrectedImage": DECY, "DecayCorrection": "START"}, DecayReference.ACQUISITION, {}),
        (
            {"CorrectedImage": None, "Units": "BQML", "RescaleSlope": "2", "RescaleIntercept": "0"},
            DecayReference.UNKNOWN,
            {"decay-state-unknown": True},
        ),
    ],
)
def test_nm_states(build, read, changes, reference, found):
    series = read(build.nm(**changes)).series[0]
    assert series.decay_corrected_to is reference
    assert told(series) == found
    assert ("CorrectedImage" in series.missing) == ("CorrectedImage" in changes and not changes["CorrectedImage"])


def test_nm_duration_is_frames_of_one_detector_times_frame_duration(build, read):
    assert read(build.nm()).series[0].acquisition_duration_s == 60 * 20.0


def test_nm_duration_without_rotation(build, read):
    series = read(build.nm(RotationInformationSequence=None, ActualFrameDuration="900000")).series[0]
    assert series.acquisition_duration_s == 900.0


def test_nm_duration_that_is_not_there(build, read):
    series = read(build.nm(RotationInformationSequence=None)).series[0]
    assert series.acquisition_duration_s is None
    assert "acquisition duration (ActualFrameDuration)" in series.missing


@pytest.mark.parametrize(("views", "contradicts"), [(60, False), (120, False), (30, False), (45, True)])
def test_views_must_cover_the_arc_alone_or_with_the_other_detector(build, read, views, contradicts):
    ds = build.nm()
    ds.RotationInformationSequence[0].NumberOfFramesInRotation = views
    series = read(ds).series[0]
    assert ("rotation-contradiction" in told(series)) == contradicts
    assert (series.acquisition_duration_s is None) == contradicts


def test_pet_in_beds_lasts_from_the_first_to_the_end_of_the_last(build, read):
    slices = build.pt()
    for ds in slices[3:]:
        ds.AcquisitionTime = "102000"
    series = read(*slices).series[0]
    assert series.acquisition_start == AT("2024-03-05T10:00:00")
    assert series.acquisition_duration_s == 2400.0


def test_acquisition_date_time_serves_where_date_and_time_are_absent(build, read):
    changes = {"AcquisitionDate": None, "AcquisitionTime": None, "AcquisitionDateTime": "20240305100000.5"}
    assert read(build.nm(**changes)).series[0].acquisition_start == AT("2024-03-05T10:00:00.500000")


def test_two_acquisition_times_contradict(build, read):
    assert told(read(build.nm(AcquisitionDateTime="20240305110000")).series[0]) == {
        "acquisition-time-contradiction": True
    }


def test_no_acquisition_time(build, read):
    report = read(build.nm(AcquisitionTime=None))
    assert told(report.series[0]) == {"missing-acquisition-time": True}
    assert report.time_points[0].time_h is None


@pytest.mark.parametrize(
    ("study", "time", "contradicts"),
    [
        ("20240305", "093000", False),
        ("20240304", "230000", False),
        ("20240304", "093000", True),
        ("20240306", "", True),
    ],
)
def test_study_date(build, read, study, time, contradicts):
    series = read(build.nm(StudyDate=study, StudyTime=time)).series[0]
    # a study that began the evening before holds a scan of the next morning; one of a day before does not
    assert ("study-date-contradiction" in told(series)) == contradicts


@pytest.mark.parametrize(
    ("date", "time", "moment", "standard"),
    [
        ("19931124", "095300", AT("1993-11-24T09:53:00"), True),
        ("1993.11.24", "09:53:00", AT("1993-11-24T09:53:00"), False),
        ("19931124", "0953", AT("1993-11-24T09:53:00"), True),
        ("19931124", "095300.25", AT("1993-11-24T09:53:00.250000"), True),
    ],
)
def test_moments(date, time, moment, standard):
    found = parse_moment(date, time)
    assert (found.value, found.standard) == (moment, standard)


@pytest.mark.parametrize(("date", "time"), [("", ""), ("19931324", "0953"), ("19931124", ""), ("1993", "09")])
def test_no_moments(date, time):
    assert parse_moment(date, time) is None


def test_two_decay_states_in_one_series(build, read):
    slices = build.pt(DecayCorrection="START", CorrectedImage=DECY)
    slices[2].DecayCorrection = "ADMIN"
    assert told(read(*slices).series[0]) == {"decay-correction-contradiction": True}

from __future__ import annotations

from datetime import datetime

import pytest

AT = datetime.fromisoformat

START = AT("2024-03-04T09:00:00")


def codes(report):
    return {f.code for f in report.contradictions if f.blocking}


def test_activity_is_mbq_in_nm_and_bq_in_pet(build, read):
    report = read(build.nm(), *build.pt(AcquisitionTime="200000"))
    assert [s.administered_activity_bq for s in report.series] == [7.4e9, 7.4e9]
    assert report.administration.activity_bq == 7.4e9
    assert report.administration.start == START
    assert report.administration.radionuclide == "Lu-177"
    assert codes(report) == set()
    assert [p.time_h for p in report.time_points] == [25.0, 35.0]


@pytest.mark.parametrize(("modality", "stated"), [("nm", "7.4e9"), ("nm", "0.0074"), ("pt", "7400"), ("pt", "7.4e15")])
def test_activity_off_by_a_million_is_implausible(build, read, modality, stated):
    changes = {"RadiopharmaceuticalInformationSequence": build.drug(RadionuclideTotalDose=stated)}
    report = read(build.nm(**changes)) if modality == "nm" else read(*build.pt(**changes))
    (finding,) = [f for f in report.series[0].contradictions if f.blocking]
    assert finding.code == "implausible-activity"
    assert finding.message.startswith("series S1: expected an administered activity between 1 MBq and 100 GBq, but ")


def test_a_phantom_may_hold_little(build, read):
    drug = build.drug(RadionuclideTotalDose="0.5")
    report = read(build.nm(RadiopharmaceuticalInformationSequence=drug, QualityControlImage="YES"))
    assert report.series[0].is_phantom
    assert report.series[0].contradictions == ()
    assert report.time_points == ()
    assert report.series[0].administered_activity_bq == 5e5


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"RadiopharmaceuticalStartDateTime": None}, "missing-injection-time"),
        ({"RadiopharmaceuticalStartDateTime": "20240304"}, "missing-injection-time"),
        ({"RadiopharmaceuticalStartDateTime": "20240306090000"}, "acquisition-before-injection"),
        ({"RadionuclideTotalDose": None}, "missing-activity"),
        ({"RadionuclideTotalDose": "0"}, "zero-activity"),
        ({"RadionuclideTotalDose": "-3"}, "zero-activity"),
        ({"RadionuclideCodeSequence": None}, "unknown-nuclide"),
    ],
)
def test_what_is_missing_or_impossible(build, read, changes, code):
    report = read(build.nm(RadiopharmaceuticalInformationSequence=build.drug(**changes)))
    assert code in codes(report)
    assert all(f.message.partition(": ")[2] or f.message.startswith("expected ") for f in report.contradictions)


def test_no_radiopharmaceutical_at_all(build, read):
    report = read(build.nm(RadiopharmaceuticalInformationSequence=None))
    assert codes(report) == {"missing-injection-time", "missing-activity", "unknown-nuclide"}
    assert report.administration is None
    assert any("injection time" in name for name in report.series[0].missing)


def test_time_without_date_is_told(build, read):
    drug = build.drug(RadiopharmaceuticalStartDateTime=None, RadiopharmaceuticalStartTime="090000")
    series = read(build.nm(RadiopharmaceuticalInformationSequence=drug)).series[0]
    assert any("only the time 090000 is there" in name for name in series.missing)
    assert series.administration_start is None


def test_two_start_times_contradict(build, read):
    drug = build.drug(RadiopharmaceuticalStartTime="093000")
    series = read(build.nm(RadiopharmaceuticalInformationSequence=drug)).series[0]
    assert [f.code for f in series.contradictions if f.blocking] == ["injection-time-contradiction"]


def test_two_nuclides(build, read):
    iodine = build.drug(RadionuclideCodeSequence=build.code("1368003", "SCT", "^131^Iodine"), RadionuclideHalfLife=None)
    report = read(build.nm(), build.nm(RadiopharmaceuticalInformationSequence=iodine, AcquisitionDate="20240306"))
    assert codes(report) == {"two-nuclides"}
    assert report.administration.radionuclide is None


@pytest.mark.parametrize(
    "changes", [{"RadiopharmaceuticalStartDateTime": "20240101090000"}, {"RadionuclideTotalDose": "7300"}]
)
def test_two_administrations(build, read, changes):
    other = build.nm(RadiopharmaceuticalInformationSequence=build.drug(**changes), AcquisitionDate="20240306")
    assert codes(read(build.nm(), other)) == {"two-administrations"}


@pytest.mark.parametrize("changes", [{"PatientID": "OTHER-ID"}, {"PatientBirthDate": "19700102"}, {"PatientSex": "M"}])
def test_two_patients(build, read, changes):
    report = read(build.nm(), *build.ct(**changes))
    assert codes(report) == {"two-patients"}
    told = " ".join(f.message for f in report.contradictions)
    assert not any(secret in told for secret in ("SECRET", "OTHER", "1960", "1970"))


def test_an_empty_identity_is_no_other_patient(build, read):
    assert codes(read(build.nm(), *build.ct(PatientBirthDate=None, PatientSex=None))) == set()


def test_a_phantom_is_no_other_patient(build, read):
    phantom = build.nm(PatientID="PHANTOM", QualityControlImage="YES", AcquisitionDate="20240201")
    assert codes(read(build.nm(), phantom)) == set()


def test_half_life_of_another_nuclide_forbids_decayed_values(build, read):
    drug = build.drug(RadionuclideTotalDose="7400000000", RadionuclideHalfLife="21672")
    report = read(
        *build.pt(RadiopharmaceuticalInformationSequence=drug, DecayCorrection="START", CorrectedImage=["ATTN", "DECY"])
    )
    assert "half-life-contradiction" in {f.code for f in report.series[0].contradictions if f.blocking}


def test_half_life_of_another_nuclide_is_told_for_uncorrected_values(build, read):
    drug = build.drug(RadionuclideHalfLife="21672")
    (finding,) = read(build.nm(RadiopharmaceuticalInformationSequence=drug)).series[0].contradictions
    assert (finding.code, finding.blocking) == ("half-life-contradiction", False)


def test_injection_in_another_zone_is_brought_to_the_files_own(build, read):
    drug = build.drug(RadiopharmaceuticalStartDateTime="20240304080000+0000")
    report = read(build.nm(RadiopharmaceuticalInformationSequence=drug, TimezoneOffsetFromUTC="+0100"))
    assert report.administration.start == START


def test_two_zones_are_refused(build, read):
    report = read(
        build.nm(TimezoneOffsetFromUTC="+0100"), build.nm(TimezoneOffsetFromUTC="+0200", AcquisitionDate="20240306")
    )
    assert codes(report) == {"timezone-offsets-differ"}


def test_two_nuclides_in_one_series(build, read):
    iodine = build.drug(RadionuclideCodeSequence=build.code("1368003", "SCT", "^131^Iodine"))
    both = build.sequence(build.drug()[0], iodine[0])
    series = read(build.nm(RadiopharmaceuticalInformationSequence=both)).series[0]
    assert [f.code for f in series.contradictions if f.blocking] == ["two-nuclides"]


def test_code_against_words_is_refused(build, read):
    drug = build.drug(RadionuclideCodeSequence=build.code("447553000", "SCT", "^131^Iodine"))
    report = read(build.nm(RadiopharmaceuticalInformationSequence=drug))
    assert [f.code for f in report.series[0].contradictions if f.blocking] == ["nuclide-contradiction"]
    assert "unknown-nuclide" in codes(report)

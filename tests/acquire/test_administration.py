from __future__ import annotations

from datetime import datetime

import pytest

from hevesy.acquire.total_dose import plausible_activity_bq

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


@pytest.mark.parametrize(
    ("modality", "stated", "message"),
    [
        ("nm", "7.4e9", "in MBq, for an activity of Lu-177 between 1 MBq and 100 GBq, but 7400000000 came; read as Bq"),
        ("nm", "0.0074", "in MBq, for an activity of Lu-177 between 1 MBq and 100 GBq, but 0.0074 came"),
        ("pt", "7400", "in Bq, for an activity of Lu-177 between 1 MBq and 100 GBq, but 7400 came; read as MBq"),
        ("pt", "7.4e15", "in Bq, for an activity of Lu-177 between 1 MBq and 100 GBq, but 7.4e+15 came"),
    ],
)
def test_activity_off_by_a_million_is_implausible(build, read, modality, stated, message):
    changes = {"RadiopharmaceuticalInformationSequence": build.drug(RadionuclideTotalDose=stated)}
    report = read(build.nm(**changes)) if modality == "nm" else read(*build.pt(**changes))
    (finding,) = [f for f in report.series[0].contradictions if f.blocking]
    assert finding.code == "implausible-activity"
    told = f"series S1: expected Radionuclide Total Dose {message}"
    assert finding.message == (f"{told} it would be 7.4 GBq" if "read as" in told else told)
    assert report.administration.activity_bq is None
    assert codes(report) == {"missing-activity"}


def test_enhanced_pet_states_mbq(build, read):
    slices = build.pt(SOPClassUID="1.2.840.10008.5.1.4.1.1.130", RadiopharmaceuticalInformationSequence=build.drug())
    assert read(*slices).series[0].administered_activity_bq == 7.4e9


# Radium-223 dichloride is given as 55 kBq/kg, [68Ga]Ga-DOTATOC as 100 to 200 MBq (their product information).
@pytest.mark.parametrize(
    ("name", "activity_bq", "plausible"),
    [
        ("Ra-223", 4e6, True),
        ("Ra-223", 4e12, False),
        ("Ra-223", 4.0, False),
        ("Ga-68", 1.5e8, True),
        ("Ga-68", 1.5e14, False),
        ("Ga-68", 150.0, False),
        ("Lu-177", 7.4e9, True),
        (None, 7.4e9, True),
        (None, 7.4e3, False),
    ],
)
def test_what_a_patient_may_have_been_given(name, activity_bq, plausible):
    low, high = plausible_activity_bq(name)
    assert (low <= activity_bq <= high) is plausible
    assert high / low < 1e6  # otherwise Bq and MBq could both be plausible


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
        ({"RadionuclideTotalDose": "0"}, "missing-activity"),
        ({"RadionuclideTotalDose": ""}, "missing-activity"),
        ({"RadionuclideTotalDose": "-3"}, "missing-activity"),
        ({"RadionuclideCodeSequence": None, "RadionuclideHalfLife": None}, "unknown-nuclide"),
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


@pytest.mark.parametrize(
    ("half_life", "code"), [("581800", "half-life-contradiction"), ("21672", "nuclide-contradiction")]
)
def test_half_life_of_decayed_values_must_be_that_of_the_nuclide(build, read, half_life, code):
    drug = build.drug(RadionuclideTotalDose="7400000000", RadionuclideHalfLife=half_life)
    corrected = {"DecayCorrection": "START", "CorrectedImage": ["ATTN", "SCAT", "DECY"]}
    series = read(*build.pt(RadiopharmaceuticalInformationSequence=drug, **corrected)).series[0]
    assert [f.code for f in series.contradictions if f.blocking] == [code]


def test_half_life_of_another_nuclide_is_a_contradiction(build, read):
    drug = build.drug(RadionuclideHalfLife="21672")
    report = read(build.nm(RadiopharmaceuticalInformationSequence=drug))
    (finding,) = report.series[0].contradictions
    assert (finding.code, finding.blocking) == ("nuclide-contradiction", True)
    assert "means Lu-177 (574301 s) and Radionuclide Half Life says 21672 s, that of Tc-99m" in finding.message
    assert report.series[0].radionuclide is None
    assert "unknown-nuclide" in codes(report)


def test_half_life_of_an_older_evaluation_is_told(build, read):
    drug = build.drug(RadionuclideHalfLife="581800")  # 6.734 d, 1.3 % above the present value
    (finding,) = read(build.nm(RadiopharmaceuticalInformationSequence=drug)).series[0].contradictions
    assert (finding.code, finding.blocking) == ("half-life-contradiction", False)


@pytest.mark.parametrize(
    ("stated", "came"),
    [
        ("1e308", "'1e308' came"),
        ("NaN", "'NaN' came"),
        ("7,4", "'7,4' came"),
        ("-3", "'-3' came"),
        ("7400 MBq", "'7400 MBq'"),
    ],
)
def test_activity_that_is_no_positive_number(build, read, stated, came):
    drug = build.raw(build.drug(), RadionuclideTotalDose=stated)
    series = read(build.nm(RadiopharmaceuticalInformationSequence=drug)).series[0]
    (finding,) = [f for f in series.contradictions if f.blocking]
    assert finding.code == "implausible-activity"
    assert f"expected a positive number of MBq in Radionuclide Total Dose, but {came}" in finding.message
    assert series.administered_activity_bq is None


@pytest.mark.parametrize("stated", ["0", "0.0", " 0 "])
def test_a_total_dose_of_zero_is_not_stated(build, read, stated):
    drug = build.drug(RadionuclideTotalDose=stated)
    series = read(build.nm(RadiopharmaceuticalInformationSequence=drug)).series[0]
    assert series.administered_activity_bq is None
    assert "administered activity (RadionuclideTotalDose is 0: not stated)" in series.missing


def test_injection_in_another_zone_is_brought_to_the_files_own(build, read):
    drug = build.drug(RadiopharmaceuticalStartDateTime="20240304080000+0000")
    report = read(build.nm(RadiopharmaceuticalInformationSequence=drug, TimezoneOffsetFromUTC="+0100"))
    assert report.administration.start == START


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

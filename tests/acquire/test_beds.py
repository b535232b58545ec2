"""PET in several beds: what decay factors and times say about the moment of the values."""

from __future__ import annotations

import math

import pytest

from hevesy.acquire.values import quiet

HALF_LIFE_S = 6586.2  # F-18
BED_S, APART_S = 120.0, 600.0
CORRECTED = ["ATTN", "SCAT", "DECY"]


def told(series):
    return {f.code: f.blocking for f in series.contradictions}


def decay(seconds):
    return 2.0 ** (seconds / HALF_LIFE_S)


@pytest.fixture
def beds(build):
    """Two beds of three slices of F-18, ten minutes apart."""

    def make(factors=(None, None), references=(None, None), **changes):
        drug = build.drug(
            RadionuclideCodeSequence=build.code("77004003", "SCT", "^18^Fluorine"),
            RadionuclideHalfLife=str(HALF_LIFE_S),
            RadionuclideTotalDose="300000000",
            RadiopharmaceuticalStartDateTime="20240305090000",
        )
        options = {"DecayCorrection": "START", "CorrectedImage": CORRECTED, "ActualFrameDuration": int(BED_S * 1000)}
        slices = build.pt(RadiopharmaceuticalInformationSequence=drug, **(options | changes))
        for k, ds in enumerate(slices):
            bed = k // 3
            ds.AcquisitionTime = ("100000", "101000")[bed]
            if factors[bed] is not None:
                ds.DecayFactor = f"{factors[bed]:.6g}"
            if references[bed] is not None:
                ds.FrameReferenceTime = f"{references[bed] * 1000:.0f}"
        return slices

    return make


def middle(offset):
    return decay(offset + BED_S / 2)


@pytest.mark.parametrize(
    ("stated", "factors", "found"),
    [
        ("START", (middle(0), middle(APART_S)), {}),
        ("START", (middle(0), middle(0)), {"decay-reference-of-beds": True}),
        ("START", (1.0, 1.0), {"decay-reference-of-beds": True}),
        ("START", (None, None), {}),
        ("START", (middle(0), middle(APART_S) * 1.02), {"decay-factor-contradiction": True}),
        ("START", (middle(3600), middle(3600 + APART_S)), {"decay-factor-contradiction": True}),
        ("ADMIN", (middle(3600), middle(3600 + APART_S)), {}),
        ("ADMIN", (middle(3600), middle(3600)), {"decay-factor-contradiction": True}),
        ("ADMIN", (1.0, 1.0), {"decay-factor-contradiction": False}),
    ],
)
def test_decay_factor_of_each_bed(read, beds, stated, factors, found):
    series = read(*beds(factors, DecayCorrection=stated)).series[0]
    assert told(series) == found
    assert series.acquisition_duration_s == APART_S + BED_S


def test_uncorrected_beds_are_of_different_moments(read, beds):
    series = read(*beds(DecayCorrection="NONE", CorrectedImage=["ATTN", "SCAT"])).series[0]
    assert told(series) == {"decay-between-beds": True}
    assert "600 s apart" in series.contradictions[0].message


def test_uncorrected_beds_of_a_nuclide_that_lives_for_days(build, read):
    slices = build.pt()
    for ds in slices[3:]:
        ds.AcquisitionTime = "102000"
    assert told(read(*slices).series[0]) == {}


@pytest.mark.parametrize(
    ("factors", "references", "found"),
    [
        ((None, None), (BED_S / 2, APART_S + BED_S / 2), {}),
        ((None, None), (3600 + BED_S / 2, 3600 + APART_S + BED_S / 2), {}),
        ((None, None), (BED_S / 2, BED_S / 2), {"frame-reference-time-contradiction": True}),
        ((middle(0), middle(APART_S)), (BED_S / 2, BED_S / 2), {"frame-reference-time-contradiction": False}),
    ],
)
def test_frame_reference_time_grows_as_acquisition_time(read, beds, factors, references, found):
    assert told(read(*beds(factors, references)).series[0]) == found


def test_a_factor_of_one_in_every_bed_is_named(read, beds):
    (finding,) = read(*beds((1.0, 1.0))).series[0].contradictions
    assert finding.message.endswith("but Decay Factor says 1 in every bed, which leaves open whose start is meant")


@pytest.mark.parametrize("keyword", ["FrameReferenceTime", "ActualFrameDuration", "DecayFactor"])
def test_absurd_numbers_are_no_crash(build, read, beds, keyword):
    slices = beds((middle(0), middle(APART_S)), (60.0, 660.0))
    build.raw_words(slices[0], **{keyword: "1e308"})
    with quiet():
        assert read(*slices).series[0].units == "Bq/ml"


def test_one_slice_that_is_listed_as_uncorrected(read, beds):
    slices = beds()
    slices[2].CorrectedImage = ["ATTN", "SCAT"]
    assert "decay-correction-contradiction" in told(read(*slices).series[0])


def test_no_half_life_no_comparison(build, read, beds):
    slices = beds((9.0, 9.0))
    for ds in slices:
        ds.RadiopharmaceuticalInformationSequence = build.drug(RadionuclideCodeSequence=None, RadionuclideHalfLife=None)
    assert "decay-factor-contradiction" not in told(read(*slices).series[0])


def test_the_limits_are_those_of_decay():
    assert middle(APART_S) == pytest.approx(math.exp(math.log(2) * 660 / HALF_LIFE_S))

"""Numbers as scanners write them, and what is none."""

from __future__ import annotations

import numpy as np
import pytest

from hevesy.acquire import load_image
from hevesy.acquire.values import integer, number, numbers, quiet, written
from hevesy.errors import ScaleError


@pytest.fixture(autouse=True)
def _quiet():
    """As reading does: odd values are told as findings, not as warnings of pydicom."""
    with quiet():
        yield


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("1.5e-004", 1.5e-4),
        ("1E+03", 1000.0),
        ("+25", 25.0),
        ("  2.5 ", 2.5),
        ("2.5\0", 2.5),
        (" 2.5\0\0\0", 2.5),
        ("12345678901234567890.5", 12345678901234567890.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("-0.00000000000000000000001", -1e-23),
    ],
)
def test_numbers_as_files_write_them(build, words, value):
    for keyword in ("RescaleSlope", "ActualFrameDuration"):
        assert number(build.raw_words(build.item(), **{keyword: words}), keyword) == value


@pytest.mark.parametrize("words", ["1,5", "1_000", "NaN", "inf", "1e400", "0x10", "1.5 mm", "one", "1 5", "１"])
def test_what_is_no_number(build, words):
    ds = build.item()
    ds.add(build.raw_words(build.item(), RescaleSlope=words.encode("utf-8").decode("latin-1")).get_item(0x00281053))
    assert number(ds, "RescaleSlope") is None
    assert written(ds, "RescaleSlope")


def test_whole_numbers_with_a_point_and_several_values(build):
    assert integer(build.raw_words(build.item(), NumberOfFrames="12.0"), "NumberOfFrames") == 12
    assert integer(build.raw_words(build.item(), NumberOfFrames="12.5"), "NumberOfFrames") is None
    assert numbers(build.raw_words(build.item(), PixelSpacing="1.5\0\\ 2e0"), "PixelSpacing") == (1.5, 2.0)
    assert numbers(build.raw_words(build.item(), PixelSpacing="1,5\\1.5"), "PixelSpacing") == ()


def test_exponents_in_a_whole_series_are_read_exactly(build, read):
    slices = [build.raw_words(ds, RescaleSlope="1.25e-004", RescaleIntercept="0E+00") for ds in build.pt()]
    assert np.array_equal(load_image(read(*slices).series[0]).values, (build.counts() * 1.25e-4).astype(np.float32))


@pytest.mark.parametrize("keyword", ["RescaleSlope", "RescaleIntercept"])
@pytest.mark.parametrize("modality", ["pt", "ct"])
def test_decimal_comma_is_refused_by_name(build, read, keyword, modality):
    slices = [build.raw_words(ds, **{keyword: "1,5"}) for ds in getattr(build, modality)()]
    series = read(*slices).series[0]
    (finding,) = [f for f in series.contradictions if f.blocking]
    assert finding.code == "missing-scale"
    assert finding.message == f"series S1: expected a number in {keyword}, with a decimal point, but '1,5' came"
    with pytest.raises(ScaleError, match="'1,5' came"):
        load_image(series)


def test_half_life_that_is_no_number_is_named(build, read):
    drug = build.raw(build.drug(), RadionuclideHalfLife="574300,8")
    series = read(build.nm(RadiopharmaceuticalInformationSequence=drug)).series[0]
    assert series.half_life_s is None
    assert "half-life (RadionuclideHalfLife says '574300,8')" in series.missing


@pytest.mark.parametrize("modality", ["pt", "ct"])
@pytest.mark.parametrize("keyword", ["RescaleSlope", "RescaleIntercept"])
def test_scale_missing_on_some_slices_is_refused(build, read, modality, keyword):
    slices = getattr(build, modality)()
    delattr(slices[2], keyword)
    series = read(*slices).series[0]
    assert {f.code for f in series.contradictions if f.blocking} & {"missing-scale", "mixed-scale"}
    with pytest.raises(ScaleError):
        load_image(series)


def test_how_many_slices_have_no_scale_is_told(build, read):
    slices = build.pt()
    del slices[2].RescaleSlope
    messages = [f.message for f in read(*slices).series[0].contradictions]
    assert any("Bq/ml by rescale in 5; no unit by none in 1 of 6 files came" in message for message in messages)


def test_intercept_that_no_slice_has_is_zero_in_pet_and_told(build, read):
    series = read(*build.pt(RescaleIntercept=None)).series[0]
    assert [(f.code, f.blocking) for f in series.contradictions] == [("missing-intercept", False)]
    assert np.array_equal(load_image(series).values, build.counts() * 25.0)


def test_intercept_that_nm_does_not_have_is_not_guessed(build, read):
    series = read(build.nm(Units="BQML", RescaleSlope="25")).series[0]
    assert [(f.code, f.blocking) for f in series.contradictions] == [("missing-scale", True)]


def test_ct_slope_and_intercept_of_each_slice_are_its_own(build, read):
    slices = build.ct()
    for k, ds in enumerate(slices):
        ds.RescaleSlope, ds.RescaleIntercept = str(k + 1), str(-1024 - k)
    k = np.arange(6)[:, None, None]
    assert np.array_equal(load_image(read(*slices).series[0]).values, build.counts() * (k + 1.0) - 1024 - k)


@pytest.mark.parametrize("slope", ["0", "-1"])
def test_ct_with_a_slope_that_is_none(build, read, slope):
    series = read(*build.ct(RescaleSlope=slope)).series[0]
    assert [f.code for f in series.contradictions if f.blocking] == ["missing-scale"]


def test_a_window_whose_limit_is_no_number_leaves_none(build, read):
    """One window of two would match a calibration of that one."""
    ds = build.nm()
    lower = build.item(EnergyWindowLowerLimit="101", EnergyWindowUpperLimit="125")
    build.raw_words(lower, EnergyWindowUpperLimit="125,5")
    ds.EnergyWindowInformationSequence.append(build.item(EnergyWindowRangeSequence=build.sequence(lower)))
    series = read(ds).series[0]
    assert series.camera.windows == ()
    assert "energy windows (EnergyWindowRangeSequence)" in series.missing


def test_a_segmentation_with_one_pixel_spacing_is_refused(build, read):
    seg = build.seg({"Liver": np.ones(build.SHAPE, dtype=bool)})
    seg.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].PixelSpacing = [3.0]
    (finding,) = [f for f in read(seg).series[0].contradictions if f.code == "segmentation-geometry"]
    assert finding.blocking
    assert "two numbers in PixelSpacing, but 1 came" in finding.message

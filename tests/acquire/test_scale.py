from __future__ import annotations

import numpy as np
import pytest

from hevesy.acquire import load_image
from hevesy.domain import Quantity
from hevesy.errors import ScaleError


def blocking(series):
    return {finding.code for finding in series.contradictions if finding.blocking}


def scale(series):
    return series.units, series.scale_source


def test_stored_counts_of_nm(build, read):
    series = read(build.nm()).series[0]
    image = load_image(series)
    assert scale(series) == ("counts", "stored-counts")
    assert image.quantity is Quantity.COUNTS
    assert image.values.sum(dtype=np.float64) == build.counts().sum()


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        ({"RealWorldValueMappingSequence": "map"}, "real-world-value-mapping"),
        ({"Units": "BQML", "RescaleSlope": "25", "RescaleIntercept": "0"}, "rescale"),
        (
            {"RealWorldValueMappingSequence": "map", "Units": "BQML", "RescaleSlope": "25", "RescaleIntercept": "0"},
            "real-world-value-mapping",
        ),
    ],
)
def test_nm_in_bq_per_ml_either_way_is_one_image(build, read, changes, source):
    if "RealWorldValueMappingSequence" in changes:
        changes = changes | {"RealWorldValueMappingSequence": build.mapping()}
    series = read(build.nm(**changes)).series[0]
    image = load_image(series)
    assert scale(series) == ("Bq/ml", source)
    assert image.quantity is Quantity.ACTIVITY_CONCENTRATION
    assert np.array_equal(image.values, build.counts() * 25.0)
    assert blocking(series) == set()


@pytest.mark.parametrize(("unit", "factor"), [("Bq/mL", 1.0), ("kBq/ml", 1e3), ("MBq/ml", 1e6), ("Bq/cm3", 1.0)])
def test_ucum_units(build, read, unit, factor):
    series = read(build.nm(RealWorldValueMappingSequence=build.mapping(2.0, unit))).series[0]
    assert series.units == "Bq/ml"
    assert np.allclose(load_image(series).values, build.counts() * 2.0 * factor, rtol=1e-6)


@pytest.mark.parametrize(("unit", "scheme"), [("g/ml{SUVbw}", "UCUM"), ("Bq/ml", "99LOCAL"), ("1", "UCUM")])
def test_mapping_in_another_unit_is_not_used(build, read, unit, scheme):
    series = read(build.nm(RealWorldValueMappingSequence=build.mapping(unit=unit, scheme=scheme))).series[0]
    assert scale(series) == ("counts", "stored-counts")


def test_mapping_that_is_not_used_is_told(build, read):
    series = read(build.nm(RealWorldValueMappingSequence=build.mapping(unit="g/ml{SUVbw}"))).series[0]
    (finding,) = series.contradictions
    assert (finding.code, finding.blocking) == ("unused-mapping", False)
    assert "g/ml{SUVbw} came: not used" in finding.message


@pytest.mark.parametrize("missing", ["RealWorldValueSlope", "RealWorldValueIntercept"])
def test_mapping_without_its_numbers_is_refused_and_not_skipped(build, read, missing):
    mapping = build.mapping()
    delattr(mapping[0], missing)
    series = read(build.nm(RealWorldValueMappingSequence=mapping)).series[0]
    assert blocking(series) == {"missing-scale"}
    assert series.units is None
    with pytest.raises(ScaleError):
        load_image(series)


@pytest.mark.parametrize("slope", [0.0, -1.0, float("nan"), float("inf")])
def test_mapping_with_a_slope_that_is_none(build, read, slope):
    series = read(build.nm(RealWorldValueMappingSequence=build.mapping(slope))).series[0]
    assert blocking(series) == {"missing-scale"}


@pytest.mark.parametrize(("slope", "contradicts"), [("25.02", False), ("25.03", True), ("50", True)])
def test_mapping_against_rescale(build, read, slope, contradicts):
    series = read(
        build.nm(RealWorldValueMappingSequence=build.mapping(), Units="BQML", RescaleSlope=slope, RescaleIntercept="0")
    ).series[0]
    assert ("scale-contradiction" in blocking(series)) == contradicts
    if contradicts:
        with pytest.raises(ScaleError, match=f"Rescale Slope says {slope}"):
            load_image(series)


def test_several_different_mappings_are_refused(build, read):
    both = build.sequence(build.mapping()[0], build.mapping(30.0)[0])
    series = read(build.nm(RealWorldValueMappingSequence=both)).series[0]
    assert blocking(series) == {"ambiguous-scale"}
    with pytest.raises(ScaleError):
        load_image(series)


def test_stored_values_outside_the_mapping_are_refused(build, read):
    series = read(build.nm(RealWorldValueMappingSequence=build.mapping(last=100))).series[0]
    with pytest.raises(ScaleError, match="stored values from 0 to 100"):
        load_image(series)


def test_rescale_without_units_in_nm_is_refused(build, read):
    series = read(build.nm(RescaleSlope="0.5", RescaleIntercept="0")).series[0]
    assert blocking(series) == {"rescale-without-units"}
    assert series.units is None
    with pytest.raises(ScaleError):
        load_image(series)


def test_unit_rescale_without_units_in_nm_is_plain_counts(build, read):
    assert scale(read(build.nm(RescaleSlope="1", RescaleIntercept="0")).series[0]) == ("counts", "stored-counts")


def test_pet_slope_of_each_slice_is_its_own(build, read):
    slices = build.pt()
    for k, ds in enumerate(slices):
        ds.RescaleSlope, ds.RescaleIntercept = str(k + 1), str(10 * k)
    image = load_image(read(*slices).series[0])
    k = np.arange(6)[:, None, None]
    assert np.array_equal(image.values, build.counts() * (k + 1.0) + 10 * k)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"Units": "GML"}, "unsupported-units"),
        ({"Units": "CPS"}, "unsupported-units"),
        ({"Units": None}, "missing-scale"),
        ({"RescaleSlope": None}, "missing-scale"),
        ({"RescaleSlope": "-1"}, "missing-scale"),
    ],
)
def test_pet_without_a_usable_scale_is_refused(build, read, changes, code):
    series = read(*build.pt(**changes)).series[0]
    assert blocking(series) == {code}
    assert scale(series) == (None, "none")
    with pytest.raises(ScaleError):
        load_image(series)


def test_pet_counts(build, read):
    series = read(*build.pt(Units="CNTS", RescaleSlope="2")).series[0]
    assert scale(series) == ("counts", "rescale")
    assert np.array_equal(load_image(series).values, build.counts() * 2.0)


def test_philips_private_factor(build, read):
    slices = build.pt(Units="CNTS", RescaleSlope="2")
    for ds in slices:
        ds.private_block(0x7053, "Philips PET Private Group", create=True).add_new(0x09, "DS", "3")
    series = read(*slices).series[0]
    assert scale(series) == ("Bq/ml", "vendor-private")
    assert np.array_equal(load_image(series).values, build.counts() * 6.0)


def test_mixed_units_in_one_series_are_refused(build, read):
    slices = build.pt()
    slices[1].Units = "CNTS"
    assert blocking(read(*slices).series[0]) == {"mixed-scale"}


def test_ct_in_hounsfield_units(build, read):
    series = read(*build.ct()).series[0]
    image = load_image(series)
    assert scale(series) == ("HU", "rescale")
    assert image.quantity is Quantity.CT_NUMBER
    assert np.array_equal(image.values, build.counts() - 1024.0)


@pytest.mark.parametrize("changes", [{"RescaleSlope": None}, {"RescaleType": "US"}])
def test_ct_without_hounsfield_units_is_refused(build, read, changes):
    assert blocking(read(*build.ct(**changes)).series[0]) == {"missing-scale"}


def test_signed_and_wide_values(build, read):
    values = build.counts().astype(np.int32) * 100_000 - 7
    image = load_image(read(build.nm(values)).series[0])
    assert image.values.dtype == np.float64
    assert np.array_equal(image.values, values)

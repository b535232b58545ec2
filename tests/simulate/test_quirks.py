"""Each quirk in the files, read with pydicom alone: what is written, that it is valid, and that the picture stays."""

import json
from datetime import datetime, timedelta

import numpy as np
import pydicom
import pytest

from hevesy.cli.simulate import command
from hevesy.errors import InputError
from hevesy.physdata import nuclide
from hevesy.simulate import Options, Quirk, Size, Units, default_scenario, simulate
from hevesy.workflow.study_file import read_study

LU177_S = nuclide("Lu-177").half_life_s


@pytest.fixture(scope="module")
def make(tmp_path_factory):
    """Simulate one scan (or two) without drawing regions, which no quirk of headers touches."""

    def simulated(units, *quirks, times=(24 * 3600.0,), regions=False):
        scenario = default_scenario("lu177-dotatate")
        scenario = scenario.model_copy(update={"scans": scenario.scans.model_copy(update={"times": list(times)})})
        with pytest.MonkeyPatch.context() as patch:
            if not regions:
                patch.setattr("hevesy.simulate.run._write_regions", lambda *_: None)
            out = tmp_path_factory.mktemp("quirk") / "p"
            return simulate(scenario, out, Options(3, units, frozenset(quirks), Size.SMALL))

    return simulated


@pytest.fixture(scope="module")
def plain_nm(make):
    return make(Units.COUNTS)


@pytest.fixture(scope="module")
def plain_pt(make):
    return make(Units.RESCALE)


def read(folder, kind):
    return [pydicom.dcmread(p) for p in sorted((folder / "dicom" / kind).rglob("*.dcm"))]


def frames(datasets):
    """Position and values of every slice, scaled, from feet to head."""
    found = []
    for ds in datasets:
        if "PerFrameFunctionalGroupsSequence" in ds:
            shared = ds.SharedFunctionalGroupsSequence[0]
            for pixels, group in zip(ds.pixel_array, ds.PerFrameFunctionalGroupsSequence, strict=True):
                item = (
                    group if "PixelValueTransformationSequence" in group else shared
                ).PixelValueTransformationSequence[0]
                position = group.PlanePositionSequence[0].ImagePositionPatient
                found.append((position, pixels * float(item.RescaleSlope) + float(item.RescaleIntercept)))
        else:
            found.append(
                (ds.ImagePositionPatient, ds.pixel_array * float(ds.RescaleSlope) + float(ds.RescaleIntercept))
            )
    found.sort(key=lambda pair: float(pair[0][2]))
    return np.array([p for p, _ in found], dtype=float), np.array([v for _, v in found])


def tracer(ds):
    return ds.RadiopharmaceuticalInformationSequence[0]


def without_picture(truth, *more):
    return {k: v for k, v in truth.items() if k not in ("quirks", *more)}


def told(folder):
    return json.loads((folder / "truth.json").read_text())


def assert_valid(dciodvfy, folder, expected=()):
    """One object of each kind is valid, but for Laterality and for what the quirk is about."""
    for kind in ("spect_1", "ct_1", "rtstruct", "seg"):
        for path in sorted((folder / "dicom" / kind).rglob("*.dcm"))[:1]:
            errors = [line for line in dciodvfy(path) if "Laterality" not in line]
            assert [line for line in errors if not any(part in line for part in expected)] == [], kind
            assert not expected or errors or kind != "spect_1"


def test_command_offers_every_quirk():
    offered = next(p for p in command.params if p.name == "quirks").type.choices
    assert set(offered) == set(map(str, Quirk))
    assert len(offered) == len(Quirk)


# ---------------------------------------------------------------- attributes


def test_minimal_has_no_optional_attribute(make, plain_nm, dciodvfy):
    for units in (Units.COUNTS, Units.RESCALE):
        out = make(units, Quirk.MINIMAL)
        ds = read(out, "spect_1")[0]
        for keyword in ("ManufacturerModelName", "SeriesDescription", "ReconstructionMethod", "PatientWeight"):
            assert keyword not in ds
        assert set(tracer(ds).dir()) <= {"RadionuclideCodeSequence"}
        assert ("AcquisitionTime" in ds) == (units is Units.RESCALE)
        assert_valid(dciodvfy, out)
        assert without_picture(told(out), "units") == without_picture(told(plain_nm), "units")


@pytest.mark.parametrize(("units", "factor"), [(Units.COUNTS, 1.0), (Units.RESCALE, 1e-6)])
def test_activity_in_the_wrong_unit(make, dciodvfy, units, factor):
    out = make(units, Quirk.WRONG_ACTIVITY_UNIT, Quirk.OLD_DATES)
    ds = read(out, "spect_1")[0]
    net = told(out)["administration"]["net_activity_bq"]
    assert float(tracer(ds).RadionuclideTotalDose) == pytest.approx(net * factor, rel=1e-6)
    assert ds.StudyDate == "2024.03.05"
    assert ds.AcquisitionTime == "09:00:00"
    assert str(ds["PatientBirthDate"].value) == "00000000"
    assert tracer(ds).RadiopharmaceuticalStartTime == "09:00:00"
    assert_valid(dciodvfy, out, ("invalid for this VR", "invalid data values"))


def test_zero_activity_corrections_and_exponents(make, plain_nm, dciodvfy):
    out = make(Units.COUNTS, Quirk.ZERO_ACTIVITY, Quirk.CORRECTIONS_ABSENT, Quirk.EXPONENTS, Quirk.NUCLIDE_99SDM)
    [ds], [plain] = read(out, "spect_1"), read(plain_nm, "spect_1")
    assert float(tracer(ds).RadionuclideTotalDose) == 0
    assert ds.CorrectedImage == "UNIF"
    code = tracer(ds).RadionuclideCodeSequence[0]
    assert (code.CodeValue, code.CodingSchemeDesignator) == ("C-101ED", "99SDM")
    assert ds.PixelSpacing[0].original_string == "9.6000000e+000"
    for keyword in ("PixelSpacing", "ImagePositionPatient", "SliceThickness"):
        assert np.allclose(np.array(ds[keyword].value, float), np.array(plain[keyword].value, float), rtol=1e-7)
    assert ds.PixelData == plain.PixelData
    assert_valid(dciodvfy, out)
    read_study(out / "study.yaml")


@pytest.mark.parametrize("units", [Units.COUNTS, Units.RESCALE])
def test_nuclide_by_half_life_and_no_corrections(make, dciodvfy, units):
    out = make(units, Quirk.NUCLIDE_HALF_LIFE, Quirk.CORRECTIONS_MISSING, Quirk.INJECTION_TIME_ONLY)
    for ds in read(out, "spect_1"):
        assert len(tracer(ds).RadionuclideCodeSequence) == 0
        assert float(tracer(ds).RadionuclideHalfLife) == pytest.approx(LU177_S)
        assert "177" not in "".join(str(e.value) for e in ds if e.VR in ("LO", "SH", "PN"))
        assert not ds.get("CorrectedImage")
        assert "RadiopharmaceuticalStartDateTime" not in tracer(ds)
        assert tracer(ds).RadiopharmaceuticalStartTime == "090000.000000"
    assert_valid(dciodvfy, out)
    assert read_study(out / "study.yaml").administration.radionuclide == "Lu-177"


def moment(date, time, zone):
    assert zone[0] in "+-"
    return datetime.strptime(f"{date}{time}{zone}", "%Y%m%d%H%M%S.%f%z")


def test_time_zones_state_the_same_instants(make, dciodvfy):
    out = make(Units.RESCALE, Quirk.TIME_ZONES, times=(4 * 3600.0, 96 * 3600.0))
    for k, hours, zone in ((1, 4, "+0100"), (2, 96, "+0200")):
        ds = read(out, f"spect_{k}")[0]
        assert ds.TimezoneOffsetFromUTC == zone
        item = tracer(ds)
        injected = datetime.strptime(item.RadiopharmaceuticalStartDateTime, "%Y%m%d%H%M%S.%f%z")
        acquired = moment(ds.AcquisitionDate, ds.AcquisitionTime, zone)
        assert acquired - injected == timedelta(hours=hours)
        alone = moment(f"{injected:%Y%m%d}", item.RadiopharmaceuticalStartTime, zone)
        assert alone == injected
        assert read(out, f"ct_{k}")[0].TimezoneOffsetFromUTC == zone
    assert_valid(dciodvfy, out)


def test_scan_over_midnight(make, plain_nm):
    out = make(Units.COUNTS, Quirk.MIDNIGHT)
    [ds], ct = read(out, "spect_1"), read(out, "ct_1")[0]
    assert ds.AcquisitionTime == "234730.000000"
    assert (int(ct.AcquisitionDate) - int(ds.AcquisitionDate), ct.StudyDate) == (1, ds.StudyDate)
    truth, plain = told(out), told(plain_nm)
    assert truth["regions"] == plain["regions"]
    assert truth["administration"]["net_activity_bq"] == pytest.approx(
        plain["administration"]["net_activity_bq"], rel=1e-12
    )
    assert read_study(out / "study.yaml").administration.start.isoformat() == truth["administration"]["start"]
    assert ds.PixelData == read(plain_nm, "spect_1")[0].PixelData


# ---------------------------------------------------------------- windows, beds, decay


def test_energy_windows_surround_the_same_photopeak(make, plain_nm, dciodvfy):
    out = make(Units.COUNTS, Quirk.ENERGY_WINDOWS, Quirk.UNSORTED)
    [ds], [plain] = read(out, "spect_1"), read(plain_nm, "spect_1")
    assert (ds.NumberOfEnergyWindows, ds.NumberOfFrames) == (3, 3 * plain.NumberOfFrames)
    windows = [w.EnergyWindowRangeSequence[0] for w in ds.EnergyWindowInformationSequence]
    edges = [float(v) for w in windows for v in (w.EnergyWindowLowerLimit, w.EnergyWindowUpperLimit)]
    assert edges == sorted(edges)
    assert edges[2:4] == [187.6, 229.2]
    window, number = np.array(ds.EnergyWindowVector), np.array(ds.SliceVector)
    for k, share in ((1, 0.35), (2, 1.0), (3, 0.12)):
        chosen = ds.pixel_array[window == k][np.argsort(number[window == k])].astype(float)
        assert chosen.sum() == pytest.approx(share * plain.pixel_array.sum(dtype=float), rel=0.03)
        assert (chosen == plain.pixel_array).all() == (k == 2)
    assert_valid(dciodvfy, out, ("Frame Increment Pointer",))


def factors(folder, plain):
    """Stored value over that of the plain series in every slice, in its bright voxels."""
    (_, own), (_, values) = frames(read(folder, "spect_1")), frames(read(plain, "spect_1"))
    bright = values > 0.2 * values.max(axis=(1, 2), keepdims=True)
    return np.array([np.sum(a[b]) / np.sum(v[b]) for a, v, b in zip(own, values, bright, strict=True)])


def test_two_beds_decay_between_them(make, plain_pt, dciodvfy):
    """To 0.1 %: rounding of slopes up to ten times too large."""
    out = make(Units.RESCALE, Quirk.TWO_BEDS, Quirk.VARYING_SLOPES, Quirk.ROUNDED_POSITIONS)
    slices = sorted(read(out, "spect_1"), key=lambda ds: float(ds.ImagePositionPatient[2]))
    n = len(slices)
    starts = {moment(ds.AcquisitionDate, ds.AcquisitionTime, "+0000") for ds in slices}
    assert max(starts) - min(starts) == timedelta(seconds=1520)
    ratio = factors(out, plain_pt)
    assert ratio[: n // 2] == pytest.approx(1.0, abs=1e-3)
    assert ratio[n // 2 :] == pytest.approx(2 ** (-1520 / LU177_S), abs=1e-3)
    assert abs(ratio[n // 2 :].mean() / ratio[: n // 2].mean() / 2 ** (-1520 / LU177_S) - 1) < 2e-4
    slopes = np.array([float(ds.RescaleSlope) for ds in slices])
    plain = np.array([float(ds.RescaleSlope) for ds in read(plain_pt, "spect_1")])
    assert 1.0 <= (slopes / plain).min() < 2.0
    assert 5.0 < (slopes / plain).max() <= 10.0
    steps = np.diff([float(ds.ImagePositionPatient[2]) for ds in slices])
    assert 0.01 <= np.ptp(steps) <= 0.1
    assert steps.mean() == pytest.approx(9.6, abs=0.01)
    assert_valid(dciodvfy, out)


@pytest.mark.parametrize("quirk", [Quirk.DECAY_START, Quirk.DECAY_ADMIN])
def test_decay_factor_is_what_values_were_multiplied_by(make, plain_pt, dciodvfy, quirk):
    """Value over factor, brought back by the bed's delay, is the plain mean over the scan: to 2e-4."""
    out = make(Units.RESCALE, quirk, Quirk.TWO_BEDS)
    slices = sorted(read(out, "spect_1"), key=lambda ds: float(ds.ImagePositionPatient[2]))
    written = np.array([float(ds.DecayFactor) for ds in slices])
    assert {ds.DecayCorrection for ds in slices} == {"START" if quirk is Quirk.DECAY_START else "ADMIN"}
    assert all("DECY" in ds.CorrectedImage for ds in slices)
    x = np.log(2) * 1500 / LU177_S
    to_start = x / (1 - np.exp(-x))
    whole = to_start * (1.0 if quirk is Quirk.DECAY_START else 2 ** (24 * 3600 / LU177_S))
    assert factors(out, plain_pt) == pytest.approx(whole, rel=2e-4)
    n = len(slices)
    assert written[: n // 2] == pytest.approx(whole, rel=1e-9)
    assert written[n // 2 :] == pytest.approx(whole * 2 ** (1520 / LU177_S), rel=1e-9)
    for ds, delay in ((slices[0], 0), (slices[-1], 1520)):
        assert float(ds.FrameReferenceTime) == pytest.approx(1000 * (delay + 750), abs=1000)
    assert_valid(dciodvfy, out)


# ---------------------------------------------------------------- geometry, enhanced


def test_oblique_grid_shows_the_patient_where_it_is(make, plain_pt, dciodvfy):
    """Activity in the field to 1 %, its centroid in patient coordinates to 2 mm, contours in the planes of the CT."""
    out = make(Units.RESCALE, Quirk.OBLIQUE, regions=True)
    centroids, totals = [], []
    for folder in (out, plain_pt):
        slices = read(folder, "spect_1")
        cosines = np.array(slices[0].ImageOrientationPatient, float).reshape(2, 3)
        positions, values = frames(slices)
        x = np.arange(values.shape[2])[:, np.newaxis] * cosines[0] * 9.6
        y = np.arange(values.shape[1])[:, np.newaxis] * cosines[1] * 9.6
        points = positions[:, np.newaxis, np.newaxis] + y[np.newaxis, :, np.newaxis] + x[np.newaxis, np.newaxis]
        hot = np.where(values > 0.5 * values.max(), values, 0.0)
        centroids.append(np.tensordot(hot, points, 3) / hot.sum())
        totals.append(values.sum())
    assert totals[0] == pytest.approx(totals[1], rel=0.01)
    assert np.abs(centroids[0] - centroids[1]).max() < 5.0
    assert np.abs(cosines - np.eye(3)[:2]).max() == 0  # the plain one
    turned = np.array(read(out, "ct_1")[0].ImageOrientationPatient, float).reshape(2, 3)
    assert np.allclose(turned @ turned.T, np.eye(2), atol=1e-9)
    normal = np.cross(*turned)
    assert 2.0 < np.degrees(np.arccos(normal[2])) < 6.0
    depths = {round(float(np.dot(ds.ImagePositionPatient, normal)), 2) for ds in read(out, "ct_1")}
    for roi in read(out, "rtstruct")[0].ROIContourSequence:
        for contour in roi.get("ContourSequence", []):
            along = np.array(contour.ContourData, float).reshape(-1, 3) @ normal
            assert np.ptp(along) < 0.01
            assert min(abs(along[0] - d) for d in depths) < 0.02
    assert_valid(dciodvfy, out)


@pytest.mark.parametrize(
    "quirks", [(), (Quirk.UNSORTED, Quirk.DECAY_ADMIN, Quirk.TWO_BEDS, Quirk.TIME_ZONES)], ids=["", "more"]
)
def test_enhanced_objects_hold_the_same_picture(make, plain_pt, dciodvfy, quirks):
    out = make(Units.RESCALE, Quirk.ENHANCED, *quirks, regions=True)
    [pt], [ct] = read(out, "spect_1"), read(out, "ct_1")
    assert (pt.SOPClassUID.name, ct.SOPClassUID.name) == ("Enhanced PET Image Storage", "Enhanced CT Image Storage")
    for kind in ("ct_1",) if quirks else ("ct_1", "spect_1"):
        (own_positions, own), (positions, values) = frames(read(out, kind)), frames(read(plain_pt, kind))
        assert np.allclose(own_positions, positions)
        assert np.allclose(own, values)
    group = pt.PerFrameFunctionalGroupsSequence[0]
    slope = float(group.PixelValueTransformationSequence[0].RescaleSlope)
    assert group.RealWorldValueMappingSequence[0].RealWorldValueSlope == pytest.approx(slope)
    net = told(out)["administration"]["net_activity_bq"]
    assert float(tracer(pt).RadionuclideTotalDose) == pytest.approx(net / 1e6, rel=1e-6)
    assert (pt.AttenuationCorrected, pt.ScatterCorrected) == ("YES", "YES")
    assert pt.DecayCorrected == ("YES" if quirks else "NO")
    if quirks:
        factors_ = {g.PETFrameCorrectionFactorsSequence[0].DecayFactor for g in pt.PerFrameFunctionalGroupsSequence}
        assert len(factors_) == 2
        assert str(pt.DecayCorrectionDateTime).startswith("20240304090000")
    referenced = read(out, "seg")[0].ReferencedSeriesSequence[0].ReferencedInstanceSequence[0].ReferencedSOPInstanceUID
    assert referenced == ct.SOPInstanceUID
    assert_valid(dciodvfy, out)


def test_enhanced_object_that_is_decay_corrected_only(make, dciodvfy):
    out = make(Units.RESCALE, Quirk.ENHANCED, Quirk.CORRECTIONS_ABSENT, Quirk.DECAY_START, Quirk.ZERO_ACTIVITY)
    [pt] = read(out, "spect_1")
    assert (pt.AttenuationCorrected, pt.ScatterCorrected, pt.DecayCorrected) == ("NO", "NO", "YES")
    assert float(tracer(pt).RadionuclideTotalDose) == 0
    assert str(pt.DecayCorrectionDateTime) == "20240305090000.000000"
    assert_valid(dciodvfy, out)


# ---------------------------------------------------------------- combinations


@pytest.mark.parametrize(
    ("units", "quirks", "named"),
    [
        (Units.COUNTS, {Quirk.TWO_BEDS}, "PT images"),
        (Units.RWVM, {Quirk.DECAY_START}, "PT images"),
        (Units.RESCALE, {Quirk.ENERGY_WINDOWS}, "NM images"),
        (Units.RWVM, {Quirk.ENERGY_WINDOWS}, "counts"),
        (Units.RESCALE, {Quirk.DECAY_START, Quirk.DECAY_ADMIN}, "decay-admin and decay-start"),
        (Units.COUNTS, {Quirk.MINIMAL, Quirk.ZERO_ACTIVITY}, "minimal and zero-activity"),
        (Units.COUNTS, {Quirk.OLD_DATES, Quirk.ENHANCED}, "enhanced and old-dates"),
        (Units.COUNTS, {Quirk.NUCLIDE_99SDM, Quirk.NUCLIDE_HALF_LIFE}, "nuclide-99sdm and nuclide-half-life"),
    ],
)
def test_what_no_scanner_writes_is_refused(units, quirks, named):
    with pytest.raises(InputError, match=named):
        Options(1, units, frozenset(quirks)).check()

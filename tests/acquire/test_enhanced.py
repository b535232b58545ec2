"""Enhanced multi-frame objects are read as the classic series that they stand for."""

from __future__ import annotations

import numpy as np
import pytest
from highdicom.legacy import LegacyConvertedEnhancedCTImage, LegacyConvertedEnhancedPETImage
from pydicom import dcmread
from pydicom.uid import generate_uid

from hevesy.acquire import inspect_folder, load_image, read_headers
from hevesy.domain import DecayReference, ImageKind, Quantity, Region, RegionKind, Side
from hevesy.errors import GeometryError, InputError, ScaleError
from hevesy.report.dicom import write_segmentation

TILTED = (0.936293364, 0.289629478, -0.198669331, -0.275095847, 0.956425085, 0.097843395)


def codes(series):
    return {finding.code for finding in series.contradictions if finding.blocking}


def assert_is_the_volume(build, image, values):
    assert image.grid.shape == build.SHAPE
    assert image.grid.spacing_mm == (build.SPACING[2], build.SPACING[1], build.SPACING[0])
    assert image.grid.origin_mm == build.ORIGIN
    assert np.array_equal(image.grid.direction_matrix, np.eye(3))
    assert image.grid.frame_of_reference == build.FRAME
    assert np.array_equal(image.values, values)


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0, 5, 1, 4, 2]])
def test_enhanced_pet_is_one_image(build, multiframe, read, order):
    report = read(multiframe.enhanced(build, "PT", order=order))
    (series,) = report.series
    image = load_image(series)
    assert image.quantity is Quantity.ACTIVITY_CONCENTRATION
    assert_is_the_volume(build, image, build.counts() * 25.0)
    assert (series.units, series.scale_source) == ("Bq/ml", "real-world-value-mapping")
    assert codes(series) == set()
    assert not any(finding.blocking for finding in report.contradictions)


def test_what_enhanced_pet_says_about_the_scan(build, multiframe, read):
    series = read(multiframe.enhanced(build, "PT")).series[0]
    classic = read(*build.pt(DecayCorrection="START", CorrectedImage=["DECY", "ATTN", "SCAT"])).by_id("S1")
    assert series.decay_corrected_to is classic.decay_corrected_to is DecayReference.ACQUISITION
    assert series.acquisition_start == classic.acquisition_start
    assert series.acquisition_duration_s == classic.acquisition_duration_s == 1200.0
    assert series.camera.corrections == ("DECY", "ATTN", "SCAT")
    assert series.camera.reconstruction == "3D MLEM 4 iterations 21 subsets"
    assert (series.radionuclide, series.kind) == ("Lu-177", ImageKind.TOMOGRAM)


def test_activity_is_in_mbq_in_enhanced_and_in_bq_in_classic_pet(build, multiframe, read):
    # PS3.3 C.8.22.4 against C.8.9.2
    assert read(multiframe.enhanced(build, "PT")).series[0].administered_activity_bq == 7.4e9
    assert read(*build.pt()).series[0].administered_activity_bq == 7.4e9


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"DecayCorrected": "NO"}, DecayReference.NONE),
        ({"DecayCorrectionDateTime": "20240304090000"}, DecayReference.ADMINISTRATION),
        ({"DecayCorrectionDateTime": "20240305070000"}, DecayReference.UNKNOWN),
        ({"DecayCorrectionDateTime": None}, DecayReference.UNKNOWN),
    ],
)
def test_moment_of_the_decay_correction(build, multiframe, read, changes, state):
    series = read(multiframe.enhanced(build, "PT", **changes)).series[0]
    assert series.decay_corrected_to is state
    assert ("decay-state-unknown" in codes(series)) == (state is DecayReference.UNKNOWN)


def test_every_frame_has_its_own_slope(build, multiframe, read):
    slopes = [25.0, 1.5, 2.0, 30.25, 4.0, 0.5]
    series = read(multiframe.enhanced(build, "PT", slopes=slopes)).series[0]
    assert np.array_equal(load_image(series).values, build.counts() * np.array(slopes)[:, None, None])


def test_mapping_shared_by_all_frames(build, multiframe, read):
    ds = multiframe.enhanced(build, "PT")
    for group in ds.PerFrameFunctionalGroupsSequence:
        del group.RealWorldValueMappingSequence
    assert "missing-scale" in codes(read(ds).series[0])
    ds.SharedFunctionalGroupsSequence[0].RealWorldValueMappingSequence = build.mapping(3.0)
    assert np.array_equal(load_image(read(ds).series[0]).values, build.counts() * 3.0)


def test_the_agent_that_the_frames_use_is_the_radiopharmaceutical(build, multiframe, read):
    ds = multiframe.enhanced(build, "PT")
    other = build.drug(
        RadiopharmaceuticalAgentNumber=2, RadionuclideCodeSequence=build.code("77004003", "SCT", "^68^Gallium")
    )
    ds.RadiopharmaceuticalInformationSequence.append(other[0])
    assert read(ds).series[0].radionuclide == "Lu-177"


def test_enhanced_ct_oblique_in_any_order(build, multiframe, read):
    series = read(multiframe.enhanced(build, "CT", orientation=TILTED, order=[3, 0, 5, 1, 4, 2])).series[0]
    image = load_image(series)
    assert (image.quantity, series.units) == (Quantity.CT_NUMBER, "HU")
    assert np.array_equal(image.values, build.counts() - 1024.0)
    row, column = np.array(TILTED[:3]), np.array(TILTED[3:])
    point = np.array(build.ORIGIN) + 3 * 2.0 * row + 2 * 3.0 * column + 5 * 4.0 * np.cross(row, column)
    assert np.allclose(image.grid.points(np.array([3.0, 2.0, 5.0])), point, atol=1e-4)


@pytest.mark.parametrize("modality", ["PT", "CT"])
def test_legacy_converted_object_is_the_series_that_it_was_converted_from(build, tmp_path, modality):
    slices = getattr(build, modality.lower())()
    for ds in slices:
        ds.Laterality, ds.PatientPosition, ds.SeriesNumber, ds.StudyID, ds.AccessionNumber = "", "HFS", 1, "", ""
        ds.PositionReferenceIndicator, ds.BurnedInAnnotation = "", "NO"
        ds.ReferringPhysicianName = ds.Manufacturer = ""
    kind = LegacyConvertedEnhancedPETImage if modality == "PT" else LegacyConvertedEnhancedCTImage
    build.write_all(slices, tmp_path / "classic")
    build.write(kind(slices, generate_uid(), 1, generate_uid(), 1), tmp_path / "converted" / "one")
    (original,) = inspect_folder([tmp_path / "classic"]).series
    (series,) = inspect_folder([tmp_path / "converted"]).series
    assert np.array_equal(load_image(series).values, load_image(original).values)
    assert load_image(series).grid == load_image(original).grid
    same = ("units", "decay_corrected_to", "radionuclide", "administered_activity_bq", "acquisition_start")
    assert [getattr(series, name) for name in same] == [getattr(original, name) for name in same]
    assert codes(series) == codes(original) == set()


def doubled(build, multiframe, modality, content, **changes):
    """Two volumes in one object: the slices of the second say the content."""
    values = np.concatenate([build.counts(), build.counts(1)])
    ds = multiframe.enhanced(build, modality, values, content=dict.fromkeys(range(6, 12), content), **changes)
    for first, second in zip(
        ds.PerFrameFunctionalGroupsSequence[:6], ds.PerFrameFunctionalGroupsSequence[6:], strict=True
    ):
        second.PlanePositionSequence = first.PlanePositionSequence
    return ds


@pytest.mark.parametrize(
    ("content", "part", "uid"),
    [
        ({"StackID": "2"}, "stack 2", "#stack-2"),
        ({"TemporalPositionIndex": 2}, "temporal position 2", "#temporal-position-2"),
        ({"FrameType": ["DERIVED", "PRIMARY", "VOLUME", "NONE"]}, "image type DERIVED, PRIMARY", "#image-type-1"),
    ],
)
def test_two_volumes_in_one_object_are_two_images(build, multiframe, read, content, part, uid):
    report = read(doubled(build, multiframe, "PT", content))
    assert len(report.series) == 2
    (second,) = [s for s in report.series if s.part.startswith(part)]
    (first,) = [s for s in report.series if s is not second]
    assert second.series_uid.endswith(uid)
    assert np.array_equal(load_image(first).values, build.counts() * 25.0)
    assert np.array_equal(load_image(second).values, build.counts(1) * 25.0)
    assert report.time_points[0].alternatives == ("S2",)


def test_time_frames_of_a_dynamic_object_are_scans_of_their_own(build, multiframe, read):
    later = {"TemporalPositionIndex": 2, "FrameAcquisitionDateTime": "20240305102000"}
    report = read(doubled(build, multiframe, "PT", later, DecayCorrected="NO"))
    assert [(p.emission, p.alternatives) for p in report.time_points] == [("S1", ()), ("S2", ())]
    assert [p.time_h for p in report.time_points] == pytest.approx([25.0, 25 + 1 / 3])


def test_a_later_time_frame_corrected_to_the_first_is_refused(build, multiframe, read):
    later = {"TemporalPositionIndex": 2, "FrameAcquisitionDateTime": "20240305102000"}
    first, second = sorted(read(doubled(build, multiframe, "PT", later)).series, key=lambda s: s.acquisition_start)
    assert first.decay_corrected_to is DecayReference.ACQUISITION
    assert codes(first) == set()
    assert second.decay_corrected_to is DecayReference.UNKNOWN
    assert codes(second) == {"decay-state-unknown"}


def test_volumes_that_nothing_tells_apart_are_refused(build, multiframe, read):
    series = read(doubled(build, multiframe, "CT", {})).series[0]
    assert codes(series) == {"duplicate-slice"}
    with pytest.raises(GeometryError, match=r"6 came twice, first at 100\.00 mm"):
        load_image(series)


def test_a_localizer_frame_is_left_aside(build, multiframe, read):
    values = np.concatenate([build.counts(), build.counts(1)[:1]])
    scout = {6: {"FrameType": ["ORIGINAL", "PRIMARY", "LOCALIZER", "NONE"]}}
    ds = multiframe.enhanced(build, "CT", values, content=scout)
    axial, scout = read(ds).series
    if axial.kind is ImageKind.LOCALIZER:
        axial, scout = scout, axial
    assert scout.grid is None
    assert scout.series_uid == f"{axial.series_uid}#localizer"
    assert np.array_equal(load_image(axial).values, build.counts() - 1024.0)


@pytest.mark.parametrize("missing", ["PlanePositionSequence", "PixelValueTransformationSequence"])
def test_a_frame_without_what_it_needs_is_refused(build, multiframe, read, missing):
    ds = multiframe.enhanced(build, "CT")
    delattr(ds.PerFrameFunctionalGroupsSequence[2], missing)
    series = read(ds).series[0]
    assert codes(series)
    with pytest.raises(InputError):
        load_image(series)


def test_fewer_groups_than_frames_are_refused(build, multiframe, read):
    ds = multiframe.enhanced(build, "PT")
    del ds.PerFrameFunctionalGroupsSequence[-1]
    assert "unsupported-geometry" in codes(read(ds).series[0])


def test_a_segmentation_refers_to_the_frames_of_an_enhanced_object(build, multiframe, read, tmp_path):
    series = read(multiframe.enhanced(build, "PT", order=[3, 0, 5, 1, 4, 2])).series[0]
    mask = np.zeros(build.SHAPE, dtype=bool)
    mask[4, 2, 1] = True
    region = Region("Spleen", RegionKind.ORGAN, Side.NONE, mask, series.grid, 0.024)
    path = write_segmentation([region], read_headers(series), tmp_path / "seg.dcm", label="x")
    (group,) = dcmread(path).PerFrameFunctionalGroupsSequence
    assert [float(v) for v in group.PlanePositionSequence[0].ImagePositionPatient] == [-10.0, -20.0, 116.0]
    assert group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedFrameNumber == 5


def test_enhanced_mr_has_its_geometry_and_no_quantity(build, multiframe, read):
    ds = multiframe.enhanced(build, "CT", Modality="MR", SOPClassUID="1.2.840.10008.5.1.4.1.1.4.1", orientation=TILTED)
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    series = read(ds).series[0]
    assert (series.modality, series.kind, series.units) == ("MR", ImageKind.TOMOGRAM, None)
    assert series.grid.shape == build.SHAPE
    assert np.allclose(series.grid.direction_matrix[:, 0], TILTED[:3], atol=1e-6)
    with pytest.raises(ScaleError, match="no unit"):
        load_image(series)

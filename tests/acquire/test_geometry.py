from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.acquire import inspect_folder, load_image
from hevesy.acquire.planes import planes_of
from hevesy.acquire.stack import stack_planes
from hevesy.errors import GeometryError


def load(folder):
    report = inspect_folder([folder])
    assert len(report.series) == 1
    return report.series[0], load_image(report.series[0])


def codes(series):
    return {finding.code for finding in series.contradictions if finding.blocking}


def expected_grid(build, image):
    assert image.grid.shape == build.SHAPE
    assert image.grid.spacing_mm == (build.SPACING[2], build.SPACING[1], build.SPACING[0])
    assert image.grid.origin_mm == build.ORIGIN
    assert np.array_equal(image.grid.direction_matrix, np.eye(3))
    assert image.grid.frame_of_reference == build.FRAME


NM_WAYS = {
    "plain": {},
    "negative": {"negative": True},
    "in-detector": {"in_detector": True},
    "both": {"negative": True, "in_detector": True},
    "slice-vector": {"order": [3, 1, 6, 2, 5, 4]},
    "slice-vector-negative": {"order": [6, 5, 4, 3, 2, 1], "negative": True},
}


@pytest.mark.parametrize("way", NM_WAYS)
def test_nm_written_any_way_is_one_image(build, tmp_path, way):
    build.write(build.nm(**NM_WAYS[way]), tmp_path / "in" / "nm")
    series, image = load(tmp_path / "in")
    expected_grid(build, image)
    assert np.array_equal(image.values, build.counts())
    assert codes(series) == set()
    where = "DetectorInformationSequence[0].ImagePositionPatient" if "detector" in way or way == "both" else ""
    assert series.grid_source.startswith(where or "ImagePositionPatient")


def test_nm_split_into_two_objects_is_one_series(build, tmp_path):
    values, uid = build.counts(), "1.2.3.4"
    upper = (build.ORIGIN[0], build.ORIGIN[1], build.ORIGIN[2] + 4 * build.SPACING[0])
    build.write(build.nm(values[4:], origin=upper, negative=True, SeriesInstanceUID=uid), tmp_path / "in" / "a" / "x")
    build.write(build.nm(values[:4], SeriesInstanceUID=uid), tmp_path / "in" / "b" / "x")
    series, image = load(tmp_path / "in")
    expected_grid(build, image)
    assert np.array_equal(image.values, values)
    assert [path.parent.name for path in series.files] == ["b", "a"]


def test_two_reconstructions_in_one_nm_series_stay_apart(build, read):
    report = read(build.nm(SeriesInstanceUID="1.2.3"), build.nm(build.counts(1), SeriesInstanceUID="1.2.3"))
    assert len(report.series) == 2
    assert all(series.series_uid.startswith("1.2.3#") for series in report.series)
    assert report.time_points[0].alternatives == ("S2",)
    assert "several-reconstructions" in {f.code for f in report.contradictions}


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [3, 0, 5, 1, 4, 2]])
def test_slices_in_any_order_and_folder_are_one_image(build, tmp_path, order):
    slices = build.pt()
    build.write_all([slices[k] for k in order[:3]], tmp_path / "in" / "one")
    build.write_all([slices[k] for k in order[3:]], tmp_path / "in" / "two" / "deeper")
    _, image = load(tmp_path / "in")
    expected_grid(build, image)
    assert np.array_equal(image.values, build.counts() * 25.0)


@settings(max_examples=25, deadline=None)
@given(angles=st.tuples(*[st.floats(-3, 3)] * 3), negative=st.booleans(), order=st.permutations(range(1, 7)))
def test_every_voxel_keeps_its_patient_point(build, angles, negative, order):
    (a, b, c) = angles
    turn_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    turn_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    turn_y = np.array([[np.cos(c), 0, np.sin(c)], [0, 1, 0], [-np.sin(c), 0, np.cos(c)]])
    turned = np.round(turn_z @ turn_x @ turn_y, 9)
    ds = build.nm(order=order, negative=negative, orientation=tuple(float(v) for v in turned[:, :2].T.ravel()))
    located = planes_of(ds, 0)
    stack = stack_planes(located.planes, ["nm"])
    stored = ds.pixel_array
    values = build.counts()
    for k, plane in enumerate(stack.order):
        assert np.array_equal(stored[plane.frame], values[k])
    dz, dy, dx = build.SPACING
    i, j, k = 3, 2, 5
    point = np.array(build.ORIGIN) + turned @ (np.array([i * dx, j * dy, k * dz]))
    assert np.allclose(stack.grid.points(np.array([i, j, k])), point, atol=1e-4)
    assert np.linalg.det(stack.grid.direction_matrix) == pytest.approx(1.0)


@pytest.mark.parametrize(("index", "between"), [(2, "104.00 and 112.00"), (4, "112.00 and 120.00")])
def test_missing_slice_is_named(build, read, index, between):
    slices = build.pt()
    del slices[index]
    report = read(*slices)
    (finding,) = [f for f in report.series[0].contradictions if f.blocking]
    assert finding.code == "missing-slice"
    assert between in finding.message
    assert report.series[0].grid is None
    with pytest.raises(GeometryError, match="1 slice is missing between"):
        load_image(report.series[0])


def test_missing_last_slice_is_found_by_the_stated_number(build, read):
    slices = build.pt(NumberOfSlices=6)
    series = read(*slices[:-1]).series[0]
    assert codes(series) == {"missing-slice"}
    with pytest.raises(GeometryError, match="6 slices"):
        load_image(series)


def test_missing_slice_among_three(build, read):
    slices = build.pt()
    assert codes(read(slices[0], slices[1], slices[3]).series[0]) == {"missing-slice"}


def test_two_slices_at_one_position_are_refused(build, read):
    slices = build.pt()
    slices[3].ImagePositionPatient = slices[2].ImagePositionPatient
    assert codes(read(*slices).series[0]) == {"duplicate-slice"}


def shifted(ds, axis, by):
    position = [float(p) for p in ds.ImagePositionPatient]
    position[axis] += by
    ds.ImagePositionPatient = position


def test_uneven_spacing_is_refused(build, read):
    slices = build.pt()
    shifted(slices[-1], 2, 1.3)
    assert codes(read(*slices).series[0]) == {"irregular-slices"}


def test_sideways_drift_is_refused(build, read):
    slices = build.pt()
    for k, ds in enumerate(slices):
        shifted(ds, 1, 0.2 * k)
    assert codes(read(*slices).series[0]) == {"sheared-geometry"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"PixelSpacing": [3.0, 2.5]}, "mixed-geometry"),
        ({"ImageOrientationPatient": [0, 1, 0, 1, 0, 0]}, "mixed-orientation"),
        ({"FrameOfReferenceUID": "1.2.3"}, "mixed-frame-of-reference"),
        ({"ImagePositionPatient": None}, "missing-orientation"),
        ({"ImageOrientationPatient": [1, 0, 0, 1, 0, 0]}, "missing-orientation"),
    ],
)
def test_one_odd_slice_is_refused(build, read, changes, code):
    slices = build.pt()
    build.update(slices[2], changes)
    series = read(*slices).series[0]
    assert codes(series) == {code}
    assert series.grid is None
    with pytest.raises(GeometryError):
        load_image(series)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"ImageOrientationPatient": None}, "missing-orientation"),
        ({"SpacingBetweenSlices": None}, "missing-slice-spacing"),
        ({"SliceVector": [1, 1, 2, 3, 4, 5]}, "slice-vector"),
        ({"SliceVector": None, "FrameIncrementPointer": 0x00540020}, "slice-vector"),
        (
            {"FrameIncrementPointer": [0x00540070, 0x00540080], "TimeSlotVector": [1, 1, 1, 2, 2, 2]},
            "several-frame-dimensions",
        ),
        ({"NumberOfSlices": 7}, "missing-slice"),
    ],
)
def test_nm_without_full_geometry_is_refused(build, read, changes, code):
    series = read(build.nm(**changes)).series[0]
    assert codes(series) == {code}
    with pytest.raises(GeometryError):
        load_image(series)


def test_nm_with_two_different_positions_is_refused(build, read):
    ds = build.nm()
    ds.DetectorInformationSequence[0].ImagePositionPatient = [0, 0, 0]
    assert codes(read(ds).series[0]) == {"geometry-contradiction"}


def test_slice_vector_may_be_absent(build, read):
    series = read(build.nm(SliceVector=None)).series[0]
    assert np.array_equal(load_image(series).values, build.counts())


def test_single_slice_takes_its_thickness(build, read):
    series = read(build.pt()[0]).series[0]
    assert series.grid.shape == (1, 5, 4)
    assert series.grid.spacing_mm[2] == build.SPACING[0]


def test_planar_nm_has_no_volume_and_no_blocking_finding(build, read):
    series = read(build.nm(ImageType=["ORIGINAL", "PRIMARY", "STATIC", "EMISSION"])).series[0]
    assert series.grid is None
    assert codes(series) == set()
    with pytest.raises(GeometryError, match="reconstructed"):
        load_image(series)


def test_enhanced_object_is_refused(build, read):
    series = read(build.pt(SharedFunctionalGroupsSequence=build.sequence(build.item(FrameType="X")))[0]).series[0]
    assert codes(series) == {"unsupported-geometry"}


def test_findings_of_a_planar_image_forbid_nothing(build, read):
    planar = ["ORIGINAL", "PRIMARY", "STATIC", "EMISSION"]
    series = read(build.nm(ImageType=planar, Units="GML", AcquisitionTime=None)).series[0]
    assert {f.code for f in series.contradictions} == {"unsupported-units", "missing-acquisition-time"}
    assert codes(series) == set()
    assert series.contradictions[0].message == "series S1: expected Units BQML or CNTS, but GML came"

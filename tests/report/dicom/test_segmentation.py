import highdicom
import numpy as np
import pydicom
import pytest

from hevesy.domain import Grid, RegionKind
from hevesy.errors import GeometryError
from hevesy.report.dicom import write_segmentation

from .conftest import FRAME, ct_headers, nm_header, oblique, region


def masks_in_patient(path):
    """Segment label to the patient points of its voxels, from the file's own frame positions."""
    seg = pydicom.dcmread(path)
    shared = seg.SharedFunctionalGroupsSequence[0]
    cosines = np.array(shared.PlaneOrientationSequence[0].ImageOrientationPatient, dtype=float)
    dy, dx = (float(v) for v in shared.PixelMeasuresSequence[0].PixelSpacing)
    points = {item.SegmentNumber: [] for item in seg.SegmentSequence}
    for frame, group in zip(
        seg.pixel_array.reshape(-1, seg.Rows, seg.Columns), seg.PerFrameFunctionalGroupsSequence, strict=True
    ):
        segment = (group if "SegmentIdentificationSequence" in group else shared).SegmentIdentificationSequence[0]
        number = segment.ReferencedSegmentNumber
        origin = np.array(group.PlanePositionSequence[0].ImagePositionPatient, dtype=float)
        rows, columns = np.nonzero(frame)
        points[number].extend(origin + np.outer(columns * dx, cosines[:3]) + np.outer(rows * dy, cosines[3:]))
    return [np.array(points[item.SegmentNumber]) for item in seg.SegmentSequence]


def assert_same_points(path, regions):
    for found, one in zip(masks_in_patient(path), regions, strict=True):
        k, j, i = np.nonzero(one.mask)
        expected = one.grid.points(np.stack([i, j, k], axis=-1).astype(float))
        assert len(found) == len(expected)
        np.testing.assert_allclose(np.sort(found, axis=0), np.sort(expected, axis=0), atol=2e-5)


def test_voxels_lie_where_they_were(regions, grid, tmp_path):
    headers = ct_headers(grid)
    path = write_segmentation(regions, headers[::2] + headers[1::2][::-1], tmp_path / "seg.dcm", label="Regions")
    assert_same_points(path, regions)
    seg = highdicom.seg.segread(path)
    assert seg.SegmentationType == "BINARY"


@pytest.mark.parametrize("last_slice_first", [False, True])
def test_on_a_multi_frame_image_each_frame_is_referenced(regions, grid, tmp_path, last_slice_first):
    header = nm_header(grid, last_slice_first=last_slice_first)
    path = write_segmentation(regions, [header], tmp_path / "seg.dcm", label="Regions")
    assert_same_points(path, regions)
    group = pydicom.dcmread(path).PerFrameFunctionalGroupsSequence[0]
    z = float(group.PlanePositionSequence[0].ImagePositionPatient[2])
    source = group.DerivationImageSequence[0].SourceImageSequence[0]
    k = round((z - grid.origin_mm[2]) / grid.spacing_mm[2])
    assert source.ReferencedFrameNumber == (grid.shape[0] - k if last_slice_first else k + 1)


def test_oblique_and_left_handed_grids(tmp_path):
    tilted = oblique()
    mirrored = tuple((r[0], r[1], -r[2]) for r in tilted)
    for direction in (tilted, mirrored):
        grid = Grid((8, 9, 10), (3.0, 4.0, 5.0), (-12.5, 3.25, 40.0), direction, FRAME)
        ball = region(grid, "Spleen", grid.points(np.array([4.0, 4.0, 3.0])), 9)
        path = write_segmentation([ball], ct_headers(grid), tmp_path / "seg.dcm", label="x")
        assert_same_points(path, [ball])


def test_regions_on_another_grid_than_the_images(grid, tmp_path):
    finer = Grid((9, 30, 31), (2.0, 2.0, 4.0), (-25.0, -35.0, -190.0), frame_of_reference=FRAME)
    ball = region(finer, "Spleen", finer.points(np.array([15.0, 15.0, 4.0])), 12)
    path = write_segmentation([ball], ct_headers(grid), tmp_path / "seg.dcm", label="x")
    assert_same_points(path, [ball])


def test_names_codes_and_sides(regions, grid, tmp_path):
    seg = pydicom.dcmread(write_segmentation(regions, ct_headers(grid), tmp_path / "seg.dcm", label="x"))
    kidney, lesion, rest = seg.SegmentSequence
    assert kidney.SegmentLabel == "Kidney_L"
    kind = kidney.SegmentedPropertyTypeCodeSequence[0]
    assert (kind.CodeValue, kind.CodeMeaning) == ("64033007", "Kidney")
    assert kind.SegmentedPropertyTypeModifierCodeSequence[0].CodeMeaning == "Left"
    assert len(lesion.SegmentLabel) <= 64
    assert lesion.SegmentDescription == regions[1].name
    assert lesion.SegmentedPropertyTypeCodeSequence[0].CodeMeaning == "Neoplasm"
    assert lesion.SegmentedPropertyCategoryCodeSequence[0].CodeValue == "49755003"
    assert rest.SegmentedPropertyTypeCodeSequence[0].CodeMeaning == "Entire body"
    assert str(seg.PatientName) == "Ångström^Ada"
    assert (0x0009, 0x1001) not in seg


def test_same_regions_give_the_same_bytes(regions, grid, tmp_path):
    one = write_segmentation(regions, ct_headers(grid), tmp_path / "a.dcm", label="x")
    two = write_segmentation(regions, ct_headers(grid), tmp_path / "b.dcm", label="x")
    assert one.read_bytes() == two.read_bytes()
    three = write_segmentation(regions[:1], ct_headers(grid), tmp_path / "c.dcm", label="x")
    assert pydicom.dcmread(three).SOPInstanceUID != pydicom.dcmread(one).SOPInstanceUID


def test_an_empty_region_keeps_its_segment(regions, grid, tmp_path):
    empty = region(grid, "Too small", (0.0, 0.0, 900.0), 1, RegionKind.LESION)
    path = write_segmentation([regions[0], empty], ct_headers(grid), tmp_path / "seg.dcm", label="x")
    assert [s.SegmentLabel for s in pydicom.dcmread(path).SegmentSequence] == ["Kidney_L", "Too small"]


def test_what_does_not_fit_is_refused(regions, grid, tmp_path):
    path = tmp_path / "seg.dcm"
    with pytest.raises(GeometryError, match="at least one region"):
        write_segmentation([], ct_headers(grid), path, label="x")
    elsewhere = Grid(grid.shape, grid.spacing_mm, (0.0, 0.0, 0.0), frame_of_reference="1.2.3")
    ball = region(elsewhere, "Spleen", (9.0, 9.0, 9.0), 9)
    with pytest.raises(GeometryError, match="regions on one grid"):
        write_segmentation([regions[0], ball], ct_headers(grid), path, label="x")
    with pytest.raises(GeometryError, match="one frame of reference"):
        write_segmentation([ball], ct_headers(grid), path, label="x")
    header = nm_header(grid)
    header.DetectorInformationSequence[0].ImagePositionPatient = [0, 0, 0]
    with pytest.raises(GeometryError, match="elsewhere"):
        write_segmentation(regions, [header], path, label="x")
    assert not path.exists()


@pytest.mark.peer
@pytest.mark.parametrize("on", ["CT", "NM"])
def test_dciodvfy_finds_no_error(regions, grid, tmp_path, dciodvfy, on):
    reference = ct_headers(grid) if on == "CT" else [nm_header(grid)]
    assert dciodvfy(write_segmentation(regions, reference, tmp_path / "seg.dcm", label="Regions")) == []


@pytest.mark.peer
def test_an_archive_stores_and_returns_it(regions, grid, tmp_path, assert_returned):
    path = write_segmentation(regions, [nm_header(grid)], tmp_path / "seg.dcm", label="Regions")
    assert_returned(path)

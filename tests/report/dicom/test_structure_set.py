import numpy as np
import pydicom
import pytest

from hevesy.domain import Roi, RoiSet
from hevesy.errors import GeometryError
from hevesy.report.dicom import write_structure_set

from .conftest import FRAME, ct_headers


@pytest.fixture
def written(roi_set, grid, tmp_path):
    return write_structure_set(roi_set, ct_headers(grid), tmp_path / "rs.dcm", label="Demo regions of a patient")


def test_contours_come_back_with_every_digit(written, roi_set):
    dataset = pydicom.dcmread(written)
    for item, roi in zip(dataset.ROIContourSequence, roi_set.rois, strict=True):
        assert item.ReferencedROINumber == roi.number
        for contour, drawn in zip(item.get("ContourSequence", []), roi.contours, strict=True):
            points = np.array(contour.ContourData, dtype=float).reshape(-1, 3)
            np.testing.assert_allclose(points, drawn.points_mm, rtol=0, atol=1e-10)
            assert contour.NumberOfContourPoints == len(points)
            assert contour.ContourGeometricType == "CLOSED_PLANAR"


def test_decimal_strings_are_at_most_16_characters(written):
    dataset = pydicom.dcmread(written)
    raw = [str(v) for c in dataset.ROIContourSequence[:2] for p in c.ContourSequence for v in p.ContourData]
    assert max(map(len, raw)) <= 16


def test_names_and_types(written):
    dataset = pydicom.dcmread(written)
    assert [roi.ROIName for roi in dataset.StructureSetROISequence] == ["Liver", "Läsion 2", "Nothing drawn"]
    assert dataset.StructureSetROISequence[1].ROIDescription == "Läsion\\2"
    assert dataset.RTROIObservationsSequence[0].RTROIInterpretedType == "ORGAN"
    assert str(dataset.PatientName) == "Ångström^Ada"
    assert dataset.StructureSetLabel == "Demo regions of"
    assert dataset.StructureSetName == "Demo regions of a patient"
    assert (0x0009, 0x1001) not in dataset


def test_each_contour_names_the_slice_it_lies_on(written, grid):
    dataset = pydicom.dcmread(written)
    contours = dataset.ROIContourSequence[0].ContourSequence
    named = [c.ContourImageSequence[0].ReferencedSOPInstanceUID for c in contours]
    assert named == [h.SOPInstanceUID for h in ct_headers(grid)[3:6]]
    referenced = dataset.ReferencedFrameOfReferenceSequence[0]
    assert referenced.FrameOfReferenceUID == FRAME
    series = referenced.RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]
    assert len(series.ContourImageSequence) == grid.shape[0]


def test_same_regions_give_the_same_bytes_and_others_give_others(written, roi_set, grid, tmp_path):
    again = write_structure_set(roi_set, ct_headers(grid), tmp_path / "b.dcm", label="Demo regions of a patient")
    assert again.read_bytes() == written.read_bytes()
    other = RoiSet(roi_set.rois[:1], FRAME, "test")
    third = write_structure_set(other, ct_headers(grid), tmp_path / "c.dcm", label="Demo regions of a patient")
    assert pydicom.dcmread(third).SOPInstanceUID != pydicom.dcmread(written).SOPInstanceUID


def test_another_frame_of_reference_is_refused(roi_set, grid, tmp_path):
    moved = RoiSet(roi_set.rois, "1.2.3", "test")
    with pytest.raises(GeometryError, match="one frame of reference"):
        write_structure_set(moved, ct_headers(grid), tmp_path / "rs.dcm", label="x")
    assert not (tmp_path / "rs.dcm").exists()


def test_a_mask_is_refused(grid, tmp_path):
    masked = RoiSet((Roi(1, "Liver", mask=np.ones(grid.shape, bool), mask_grid=grid),), FRAME, "test")
    with pytest.raises(GeometryError, match="'Liver' is a voxel mask"):
        write_structure_set(masked, ct_headers(grid), tmp_path / "rs.dcm", label="x")


@pytest.mark.peer
def test_dciodvfy_finds_no_error(written, dciodvfy):
    assert dciodvfy(written) == []


@pytest.mark.peer
def test_an_archive_stores_and_returns_it(written, assert_returned):
    assert_returned(written)

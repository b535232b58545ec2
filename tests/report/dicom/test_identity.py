from datetime import datetime

import numpy as np
import pydicom
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.domain import Contour, Roi, RoiSet
from hevesy.errors import GeometryError, ReadError
from hevesy.report.dicom import write_rtdose, write_segmentation, write_structure_set
from hevesy.report.dicom.values import decimal, long_string, parse_moment

from .conftest import FRAME, circle, ct_headers, nm_header
from .test_dose import dose_map


def written(header, folder, **options):
    return pydicom.dcmread(write_rtdose(dose_map(), header, folder / "d.dcm", comment="c", label="l", **options))


@given(st.floats(-1e6, 1e6))
def test_decimal_strings_keep_what_fits(number):
    text = str(decimal(number))
    assert len(text) <= 16
    assert float(text) == pytest.approx(number, rel=1e-9, abs=1e-14)


@given(st.text(max_size=100))
def test_names_become_legal_and_stay_where_they_are(text):
    legal = long_string(text)
    assert len(legal) <= 64
    assert "\\" not in legal
    if legal != text:
        assert len(text) > 64 or text != text.strip() or any(c == "\\" or ord(c) < 32 or ord(c) == 127 for c in text)


@pytest.mark.parametrize(
    ("date", "time", "expected"),
    [
        ("20260106", "", datetime.fromisoformat("2026-01-06T00:00:00")),
        ("20260106", "0915", datetime.fromisoformat("2026-01-06T09:15:00")),
        ("20260106", "091500.5", datetime.fromisoformat("2026-01-06T09:15:00.500000")),
        ("20260106", "091500.000001", datetime.fromisoformat("2026-01-06T09:15:00.000001")),
    ],
)
def test_moments(date, time, expected):
    assert parse_moment(date, time, "header") == expected


@pytest.mark.parametrize(("date", "time"), [("2026", ""), ("20261301", ""), ("20260106", "99")])
def test_what_is_no_moment_is_refused(date, time):
    with pytest.raises(ReadError, match="header: expected a DICOM date and time"):
        parse_moment(date, time, "header")


def test_date_is_that_of_the_acquisition_or_the_given_one(grid, roi_set, tmp_path):
    header = ct_headers(grid)[0]
    assert written(header, tmp_path).InstanceCreationDate == "20260106"
    created = datetime.fromisoformat("2027-02-03T04:05:06")
    path = write_structure_set(roi_set, ct_headers(grid), tmp_path / "rs.dcm", label="l", created=created)
    given = pydicom.dcmread(path)
    assert (given.StructureSetDate, given.StructureSetTime) == ("20270203", "040506.000000")
    del header.AcquisitionDate
    assert written(header, tmp_path).SeriesDate == "20260105"


def test_a_header_without_study_or_date_is_refused(grid, tmp_path):
    header = ct_headers(grid)[0]
    del header.AcquisitionDate, header.StudyDate
    with pytest.raises(ReadError, match="CT header: expected an acquisition, series or study date"):
        written(header, tmp_path)
    header = ct_headers(grid)[0]
    del header.StudyInstanceUID
    with pytest.raises(ReadError, match="CT header: expected a Study Instance UID"):
        written(header, tmp_path)


def test_patient_goes_along_and_nothing_invalid(grid, tmp_path):
    header = ct_headers(grid)[0]
    header.PatientIdentityRemoved, header.DeidentificationMethod = "YES", "by hand"
    header.PatientSex = "U"
    dataset = written(header, tmp_path)
    assert (dataset.PatientIdentityRemoved, dataset.DeidentificationMethod) == ("YES", "by hand")
    assert dataset.PatientSex == ""
    assert dataset.PatientID == "P1"


def test_images_without_geometry_are_refused_for_a_segmentation(regions, grid, tmp_path):
    headers = ct_headers(grid)
    del headers[3].ImagePositionPatient
    with pytest.raises(GeometryError, match="ImagePositionPatient in every slice"):
        write_segmentation(regions, headers, tmp_path / "s.dcm", label="x")
    header = nm_header(grid)
    header.NumberOfFrames = 3
    with pytest.raises(GeometryError, match="shapes differ"):
        write_segmentation(regions, [header], tmp_path / "s.dcm", label="x")
    header = nm_header(grid)
    header.SliceVector = [1] * grid.shape[0]
    with pytest.raises(GeometryError, match="each slice once"):
        write_segmentation(regions, [header], tmp_path / "s.dcm", label="x")


def test_contours_name_their_image_where_there_is_one(grid, tmp_path):
    headers = ct_headers(grid)
    z = [float(header.ImagePositionPatient[2]) for header in headers]
    ring = circle((0.0, 0.0), 5.0, z[2])
    drawn = (Contour(ring, headers[5].SOPInstanceUID), Contour(ring), Contour(ring + np.array([0, 0, 500.0])))
    rois = RoiSet((Roi(1, "Liver", drawn),), None, "test")
    read = pydicom.dcmread(write_structure_set(rois, headers, tmp_path / "r.dcm", label="x"))
    first, second, outside = read.ROIContourSequence[0].ContourSequence
    assert first.ContourImageSequence[0].ReferencedSOPInstanceUID == headers[5].SOPInstanceUID
    assert second.ContourImageSequence[0].ReferencedSOPInstanceUID == headers[2].SOPInstanceUID
    assert "ContourImageSequence" not in outside
    assert read.FrameOfReferenceUID == FRAME
    on_nm = pydicom.dcmread(write_structure_set(rois, [nm_header(grid)], tmp_path / "n.dcm", label="x"))
    assert "ContourImageSequence" not in on_nm.ROIContourSequence[0].ContourSequence[1]

"""On the headers of a real scanner: SPECT stored as PT, positions with three decimals."""

import tarfile
from io import BytesIO

import numpy as np
import pydicom
import pytest

from hevesy.domain import Grid, Image, Quantity, RegionKind
from hevesy.report.dicom import write_rtdose, write_segmentation

from .conftest import region
from .test_dose import from_pydicom
from .test_segmentation import assert_same_points

pytestmark = [pytest.mark.shared, pytest.mark.peer]


@pytest.fixture(scope="module")
def headers(shared_folder):
    with tarfile.open(shared_folder / "real" / "lu177_two_scans.tar.xz") as archive:
        members = [m for m in archive if m.isfile() and "SCAN_001/image/" in m.name]
        files = [archive.extractfile(m).read() for m in members]
    read = [pydicom.dcmread(BytesIO(data), stop_before_pixels=True) for data in files]
    return sorted(read, key=lambda header: header.ImagePositionPatient[2])


@pytest.fixture
def grid(headers):
    first, second = headers[:2]
    dy, dx = (float(v) for v in first.PixelSpacing)
    dz = float(second.ImagePositionPatient[2] - first.ImagePositionPatient[2])
    origin = tuple(float(v) for v in first.ImagePositionPatient)
    return Grid(
        (len(headers), first.Rows, first.Columns), (dx, dy, dz), origin, frame_of_reference=first.FrameOfReferenceUID
    )


def test_segmentation(headers, grid, tmp_path, dciodvfy):
    lesion = region(grid, "lesion1 liver R lobe", grid.points(np.array([100.0, 120.0, 110.0])), 20, RegionKind.LESION)
    path = write_segmentation([lesion], headers, tmp_path / "seg.dcm", label="Regions")
    assert dciodvfy(path) == []
    assert_same_points(path, [lesion])
    seg = pydicom.dcmread(path)
    for group in seg.PerFrameFunctionalGroupsSequence:
        named = group.DerivationImageSequence[0].SourceImageSequence[0].ReferencedSOPInstanceUID
        (source,) = [header for header in headers if header.SOPInstanceUID == named]
        z = group.PlanePositionSequence[0].ImagePositionPatient[2]
        assert float(z) == pytest.approx(float(source.ImagePositionPatient[2]), abs=0.01)


def test_dose(headers, grid, tmp_path, dciodvfy):
    values = np.random.default_rng(1).random(grid.shape, dtype=np.float32)
    dose = Image(grid, values, Quantity.ABSORBED_DOSE)
    path = write_rtdose(dose, headers[0], tmp_path / "dose.dcm", comment="test", label="Dose")
    assert dciodvfy(path) == []
    coarse = (slice(None, None, 20), slice(None, None, 25), slice(None, None, 25))
    read, points = from_pydicom(path)
    indices = np.rint(grid.indices(points[coarse])).astype(int)
    expected = values[indices[..., 2], indices[..., 1], indices[..., 0]]
    np.testing.assert_allclose(read[coarse], expected, rtol=0, atol=0.51 / 65535)
    assert np.abs(grid.points(indices.astype(float)) - points[coarse]).max() < 1e-6

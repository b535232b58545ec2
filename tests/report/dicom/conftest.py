"""Synthetic headers and regions."""

import numpy as np
import pytest
from pydicom import Dataset
from pydicom.uid import CTImageStorage, NuclearMedicineImageStorage

from hevesy.domain import Contour, Grid, Region, RegionKind, Roi, RoiSet, Side

FRAME = "1.2.826.0.1.3680043.10.1.1"


def patient():
    header = Dataset()
    header.SpecificCharacterSet = "ISO_IR 100"
    header.PatientName = "Ångström^Ada"
    header.PatientID = "P1"
    header.PatientBirthDate = "19600102"
    header.PatientSex = "F"
    header.StudyInstanceUID = "1.2.826.0.1.3680043.10.1.2"
    header.StudyDate, header.StudyTime = "20260105", "080000"
    header.AccessionNumber, header.StudyID, header.ReferringPhysicianName = "", "1", ""
    header.AcquisitionDate, header.AcquisitionTime = "20260106", "091500.5"
    header.FrameOfReferenceUID = FRAME
    header.add_new(0x00090010, "LO", "SOME VENDOR")
    header.add_new(0x00091001, "LO", "private")
    return header


def ct_headers(grid):
    headers = []
    for k in range(grid.shape[0]):
        header = patient()
        header.SOPClassUID, header.SOPInstanceUID = CTImageStorage, f"1.2.826.0.1.3680043.10.1.3.{k + 1}"
        header.SeriesInstanceUID, header.Modality = "1.2.826.0.1.3680043.10.1.3", "CT"
        header.Rows, header.Columns = grid.shape[1:]
        x, y, z = grid.spacing_mm
        header.PixelSpacing, header.SliceThickness = [y, x], z
        header.ImagePositionPatient = [round(float(v), 6) for v in grid.points(np.array([0.0, 0.0, k]))]
        header.ImageOrientationPatient = [float(v) for v in grid.direction_matrix[:, :2].T.ravel()]
        headers.append(header)
    return headers


def nm_header(grid, *, last_slice_first=False):
    header = patient()
    header.SOPClassUID, header.SOPInstanceUID = NuclearMedicineImageStorage, "1.2.826.0.1.3680043.10.1.4.1"
    header.SeriesInstanceUID, header.Modality = "1.2.826.0.1.3680043.10.1.4", "NM"
    header.NumberOfFrames, header.Rows, header.Columns = grid.shape
    header.SliceVector = list(range(1, grid.shape[0] + 1))
    x, y, z = grid.spacing_mm
    header.PixelSpacing, header.SpacingBetweenSlices = [y, x], -z if last_slice_first else z
    detector = Dataset()
    first = grid.shape[0] - 1 if last_slice_first else 0
    detector.ImagePositionPatient = [float(v) for v in grid.points(np.array([0.0, 0.0, first]))]
    detector.ImageOrientationPatient = [float(v) for v in grid.direction_matrix[:, :2].T.ravel()]
    header.DetectorInformationSequence = [detector]
    return header


def oblique(angle_deg=20.0):
    c, s = np.cos(np.radians(angle_deg)), np.sin(np.radians(angle_deg))
    return ((c, 0.0, s), (0.0, 1.0, 0.0), (-s, 0.0, c))


def ball(grid, centre, radius):
    k, j, i = np.indices(grid.shape)
    points = grid.points(np.stack([i, j, k], axis=-1).astype(float))
    return ((points - np.array(centre)) ** 2).sum(-1) <= radius**2


def region(grid, name, centre, radius, kind=RegionKind.ORGAN, side=Side.NONE, code=None):
    mask = ball(grid, centre, radius)
    return Region(name, kind, side, mask, grid, float(mask.sum()) * grid.voxel_volume_ml, code)


def circle(centre, radius, z, n=24):
    angle = np.linspace(0, 2 * np.pi, n, endpoint=False)
    x, y = centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)
    return np.stack([x, y, np.full(n, z)], axis=-1)


@pytest.fixture
def grid():
    return Grid((12, 20, 24), (3.0, 4.0, 5.0), (-30.3, -40.7, -200.1), frame_of_reference=FRAME)


@pytest.fixture
def regions(grid):
    middle = grid.points(np.array([10.0, 9.0, 6.0]))
    return [
        region(grid, "Kidney_L", middle + np.array([8, 0, 0]), 9, side=Side.LEFT, code=("64033007", "SCT", "Kidney")),
        region(grid, "Läsion 1, " + "very " * 15 + "long", middle - np.array([9, 4, 5]), 8, RegionKind.LESION),
        region(grid, "Remainder of the body", middle, 25, RegionKind.REMAINDER),
    ]


@pytest.fixture
def roi_set(grid):
    zs = [float(grid.points(np.array([0.0, 0.0, k]))[2]) for k in (3, 4, 5)]
    liver = tuple(Contour(circle((2.0, -3.0), 11.123456789012, z)) for z in zs)
    lesion = (Contour(circle((-8.0, 5.0), 4.0, zs[1])), Contour(circle((12.0, 5.0), 3.0, zs[1], n=3000)))
    rois = (
        Roi(1, "Liver", liver, attributes={"interpreted_type": "ORGAN"}),
        Roi(7, "Läsion\\2", lesion),
        Roi(9, "Nothing drawn"),
    )
    return RoiSet(rois, FRAME, "test")

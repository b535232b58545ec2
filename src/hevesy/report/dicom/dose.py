"""The absorbed-dose map as RT Dose."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.tag import Tag
from pydicom.uid import RTDoseStorage

from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import GeometryError, OutputError
from hevesy.report.dicom.identity import (
    acquisition_moment,
    add_equipment,
    add_moment,
    patient_and_study,
    write_instance,
)
from hevesy.report.dicom.values import decimal, decimals, long_string

_LARGEST = 2**16 - 1
_GRID_FRAME_OFFSET_VECTOR = Tag(0x3004, 0x000C)


def write_rtdose(
    dose: Image, reference: Dataset, path: Path, *, comment: str, label: str, created: datetime | None = None
) -> Path:
    """Write an absorbed-dose map as RT Dose: Gy, PHYSICAL, PLAN_OVERVIEW, 16 bits unsigned.

    The doses are rounded to 1/65535 of the maximum, so each is within 0.0008 % of the maximum. Planes are written in
    the order in which their offsets rise along the normal of the rows and columns, whatever the order of the grid.

    Parameters
    ----------
    dose
        Absorbed dose. Shape ``(z, y, x)``. [Gy]
    reference
        Any image header of the patient's study.
    path
        Where the file shall lie.
    comment
        What the doses are and are not (for example whether they are corrected for recovery). The Dose Comment holds
        the first 64 characters, the Derivation Description all of it.
    label
        Name of the series and of the plan overview.
    created
        Date and time in the file; those of the reference's acquisition unless given, so that the same map gives the
        same bytes.

    Raises
    ------
    GeometryError
        If neither the map nor the reference names a frame of reference.
    OutputError
        If a dose is negative or not finite.
    ReadError
        If the reference names no study or date.
    ValueError
        If the image is no absorbed dose.
    """
    if dose.quantity is not Quantity.ABSORBED_DOSE:
        raise ValueError(f"expected an absorbed dose, but {dose.quantity.name} came")
    frame = dose.grid.frame_of_reference or str(reference.get("FrameOfReferenceUID") or "")
    if not frame:
        raise GeometryError("a frame of reference", "neither the dose map nor the header names one", "RT Dose")
    moment = created or acquisition_moment(reference)
    dataset = patient_and_study(reference)
    add_equipment(dataset)
    add_moment(dataset, moment, "InstanceCreation", "Series", "Content")
    dataset.SOPClassUID = RTDoseStorage
    dataset.Modality = "RTDOSE"
    dataset.OperatorsName = ""
    dataset.SeriesNumber = 903
    dataset.SeriesDescription = long_string(label)
    dataset.InstanceNumber = 1
    dataset.FrameOfReferenceUID = frame
    dataset.PositionReferenceIndicator = ""
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.DerivationDescription = comment[:1024]
    grid, values = _right_handed(dose)
    _add_geometry(dataset, grid)
    _add_doses(dataset, values)
    _add_kind(dataset, comment, label)
    return write_instance(dataset, path)


def _right_handed(dose: Image) -> tuple[Grid, NDArray[np.float64]]:
    """The same voxels with the third axis along the normal of the first two."""
    grid, values = dose.grid, np.asarray(dose.values, dtype=np.float64)
    matrix = grid.direction_matrix
    if np.linalg.det(matrix) > 0:
        return grid, values
    origin = grid.points(np.array([0.0, 0.0, grid.shape[0] - 1.0]))
    a, b, c = ((float(row[0]), float(row[1]), -float(row[2])) for row in matrix)
    start = (float(origin[0]), float(origin[1]), float(origin[2]))
    return Grid(grid.shape, grid.spacing_mm, start, (a, b, c), grid.frame_of_reference), values[::-1]


def _add_geometry(dataset: Dataset, grid: Grid) -> None:
    x, y, z = grid.spacing_mm
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = grid.shape
    dataset.FrameIncrementPointer = _GRID_FRAME_OFFSET_VECTOR
    dataset.PixelSpacing = decimals([y, x])
    dataset.SliceThickness = decimal(z)
    dataset.ImageOrientationPatient = decimals(grid.direction_matrix[:, :2].T)
    dataset.ImagePositionPatient = decimals(grid.origin_mm)
    dataset.GridFrameOffsetVector = decimals(np.arange(grid.shape[0]) * z)


def _add_doses(dataset: Dataset, values: NDArray[np.float64]) -> None:
    if not (np.isfinite(values).all() and values.min() >= 0):
        raise OutputError("RT Dose: expected finite absorbed doses of at least 0 Gy, but others came")
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    dataset.DoseGridScaling = decimal(float(values.max()) / _LARGEST or 1.0)
    steps = np.rint(values / float(dataset.DoseGridScaling)).clip(0, _LARGEST)
    pixels = steps.astype("<u2").tobytes()
    dataset.add_new("PixelData", "OW", pixels + b"\0" * (len(pixels) % 2))


def _add_kind(dataset: Dataset, comment: str, label: str) -> None:
    """What the numbers are; the overview stands for a plan, which radionuclide therapy has not."""
    dataset.DoseUnits = "GY"
    dataset.DoseType = "PHYSICAL"
    dataset.DoseComment = long_string(comment)
    dataset.DoseSummationType = "PLAN_OVERVIEW"
    overview = Dataset()
    overview.PlanOverviewIndex = 1
    overview.RTPlanLabel = long_string(label, 16)
    overview.NumberOfFractionsIncluded = 1
    overview.TreatmentSite = ""
    overview.TreatmentSiteCodeSequence = []
    overview.PrescriptionOverviewSequence = []
    dataset.PlanOverviewSequence = [overview]

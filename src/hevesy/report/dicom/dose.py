"""Maps of absorbed or biologically effective dose as RT Dose."""

from __future__ import annotations

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
    reference_to,
    write_instance,
)
from hevesy.report.dicom.values import decimal, decimals, long_string

_LARGEST = 2**16 - 1
_SHORT_TEXT, _LONG_TEXT = 1024, 10240
_GRID_FRAME_OFFSET_VECTOR = Tag(0x3004, 0x000C)


_TYPES = {Quantity.ABSORBED_DOSE: "PHYSICAL", Quantity.BIOLOGICALLY_EFFECTIVE_DOSE: "EFFECTIVE"}
_NUMBERS = {Quantity.ABSORBED_DOSE: 903, Quantity.BIOLOGICALLY_EFFECTIVE_DOSE: 904}


def write_rtdose(
    dose: Image, reference: Dataset, path: Path, *, comment: str, label: str, plan: Dataset | None = None
) -> Path:
    """Write a dose map as RT Dose: Gy, 16 bits unsigned; absorbed dose is PHYSICAL, BED is EFFECTIVE.

    The quantity of the map decides the Dose Type, so neither can be written as the other. The doses are rounded to
    1/65535 of the maximum, so each is within 0.0008 % of the maximum. Planes are written in the order in which their
    offsets rise along the normal of the rows and columns, whatever the order of the grid.

    Parameters
    ----------
    dose
        Absorbed dose or biologically effective dose. Shape ``(z, y, x)``. [Gy]
    reference
        Any image header of the patient's study.
    path
        Where the file shall lie.
    comment
        What the doses are and are not (for example whether they are corrected for recovery, or the model of the BED).
        The Dose Comment holds the first 64 characters, the Derivation Description 1024, the Image Comments all of it
        where that is longer.
    label
        Name of the series and of the plan overview.
    plan
        The RT Plan that the dose refers to (see :func:`write_plan_stub`); without one the dose is a plan overview.

    Raises
    ------
    GeometryError
        If neither the map nor the reference names a frame of reference.
    OutputError
        If a dose is negative or not finite.
    ReadError
        If the reference names no study or date.
    ValueError
        If the image is neither.
    """
    if dose.quantity not in _TYPES:
        raise ValueError(f"expected an absorbed dose or a biologically effective dose, but {dose.quantity.name} came")
    frame = dose.grid.frame_of_reference or str(reference.get("FrameOfReferenceUID") or "")
    if not frame:
        raise GeometryError("a frame of reference", "neither the dose map nor the header names one", "RT Dose")
    dataset = patient_and_study(reference)
    add_equipment(dataset)
    add_moment(dataset, acquisition_moment(reference), "InstanceCreation", "Series", "Content")
    dataset.SOPClassUID = RTDoseStorage
    dataset.Modality = "RTDOSE"
    dataset.OperatorsName = ""
    dataset.SeriesNumber = _NUMBERS[dose.quantity]
    dataset.SeriesDescription = long_string(label)
    dataset.InstanceNumber = 1
    dataset.FrameOfReferenceUID = frame
    dataset.PositionReferenceIndicator = ""
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    grid, values = _right_handed(dose)
    _add_geometry(dataset, grid)
    _add_doses(dataset, values)
    _add_words(dataset, comment)
    dataset.DoseUnits = "GY"
    dataset.DoseType = _TYPES[dose.quantity]
    _add_plan(dataset, label, plan)
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


def _add_words(dataset: Dataset, comment: str) -> None:
    dataset.DoseComment = long_string(comment)
    dataset.DerivationDescription = comment[:_SHORT_TEXT]
    if len(comment) > _SHORT_TEXT:
        dataset.ImageComments = comment[:_LONG_TEXT]


def _add_plan(dataset: Dataset, label: str, plan: Dataset | None) -> None:
    """Refer to the plan; without one an overview stands for it, which radionuclide therapy has not."""
    if plan is not None:
        dataset.DoseSummationType = "PLAN"
        dataset.ReferencedRTPlanSequence = [reference_to(plan)]
        return
    dataset.DoseSummationType = "PLAN_OVERVIEW"
    overview = Dataset()
    overview.PlanOverviewIndex = 1
    overview.RTPlanLabel = long_string(label, 16)
    overview.NumberOfFractionsIncluded = 1
    overview.TreatmentSite = ""
    overview.TreatmentSiteCodeSequence = []
    overview.PrescriptionOverviewSequence = []
    dataset.PlanOverviewSequence = [overview]

"""A reconstructed SPECT as a multi-frame NM object."""

from __future__ import annotations

from collections.abc import Sequence as Items
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import NuclearMedicineImageStorage

from hevesy.domain import Grid
from hevesy.simulate.dicom_base import base_dataset, decimal
from hevesy.simulate.dicom_tracer import EmissionSeries, concentration_mapping, energy_windows, supine, tracer_item
from hevesy.simulate.oblique import cosines, position
from hevesy.simulate.scanner import Scanner

N_VIEWS = 60
"""Views of each of the two detectors in a rotation."""


@dataclass(frozen=True)
class NmLayout:
    """How the slices are stored."""

    descending: bool = False
    """From head to feet, with a negative Spacing Between Slices."""
    position_in_detector_only: bool = False
    """No Image Position and Orientation outside the Detector Information Sequence."""
    frame_order: tuple[int, ...] | None = None
    """Order of the slices in the file, as the Slice Vector tells; None for in order."""


def nm_object(
    stored: NDArray[np.uint16],
    grid: Grid,
    emission: EmissionSeries,
    *,
    sop_uid: str,
    layout: NmLayout,
    slope_bq_ml: float | None,
) -> Dataset:
    """Build the object.

    Parameters
    ----------
    stored
        Stored values, slices from feet to head. Shape ``(z, y, x)``.
    grid
        Of the slices given.
    emission, sop_uid
        What the object belongs to.
    layout
        How slices are laid out.
    slope_bq_ml
        Activity concentration of a stored unit, written as Real World Value Mapping; None for counts. [Bq/ml]
    """
    series = emission.series
    ds = base_dataset(series, sop_class=NuclearMedicineImageStorage, sop_uid=sop_uid, modality="NM")
    ds.ImageType = ["DERIVED", "PRIMARY", "RECON TOMO", "EMISSION"]
    ds.InstanceNumber = 1
    ds.QualityControlImage = "YES" if emission.phantom else "NO"
    ds.CorrectedImage = ["ATTN", "SCAT", "UNIF"]
    supine(ds)
    _isotope(ds, emission)
    _geometry(ds, grid, series.scanner, layout)
    _acquisition(ds, series.scanner, emission.duration_s)
    if slope_bq_ml is not None:
        ds.RealWorldValueMappingSequence = Sequence([concentration_mapping(slope_bq_ml)])
    _pixels(ds, _ordered(stored, layout))
    return ds


def _ordered(stored: NDArray[np.uint16], layout: NmLayout) -> NDArray[np.uint16]:
    slices = stored[::-1] if layout.descending else stored
    return slices if layout.frame_order is None else slices[list(layout.frame_order)]


def _isotope(ds: Dataset, emission: EmissionSeries) -> None:
    tracer, series = emission.tracer, emission.series
    ds.NumberOfEnergyWindows = 1
    ds.EnergyWindowInformationSequence = energy_windows(series.scanner)
    item = tracer_item(tracer, activity=decimal(tracer.activity_bq / 1e6), utc_offset_h=series.utc_offset_h)
    ds.RadiopharmaceuticalInformationSequence = Sequence([item])


def _geometry(ds: Dataset, grid: Grid, scanner: Scanner, layout: NmLayout) -> None:
    n = grid.shape[0]
    step = grid.spacing_mm[2]
    first = [decimal(v) for v in position(grid, n - 1 if layout.descending else 0)]
    orientation = [decimal(v) for v in cosines(grid)]
    detector = Dataset()
    detector.CollimatorGridName, detector.CollimatorType = scanner.collimator, "PARA"
    detector.FieldOfViewShape = "RECTANGLE"
    detector.RotationAngle = None
    detector.ImagePositionPatient, detector.ImageOrientationPatient = first, orientation
    ds.NumberOfDetectors = 1
    ds.DetectorInformationSequence = Sequence([detector])
    if not layout.position_in_detector_only:
        ds.ImagePositionPatient, ds.ImageOrientationPatient = first, orientation
    ds.SliceThickness = decimal(step)
    ds.SpacingBetweenSlices = decimal(-step if layout.descending else step)
    ds.PixelSpacing = [decimal(grid.spacing_mm[1]), decimal(grid.spacing_mm[0])]
    ds.NumberOfSlices = n
    order: Items[int] = layout.frame_order or range(n)
    ds.SliceVector = [k + 1 for k in order]
    ds.FrameIncrementPointer = [0x00540080]


def _acquisition(ds: Dataset, scanner: Scanner, duration_s: float) -> None:
    rotation = Dataset()
    rotation.StartAngle, rotation.AngularStep, rotation.RotationDirection = "0", decimal(360 / N_VIEWS), "CW"
    rotation.ScanArc, rotation.RadialPosition = "360", ["250"]
    rotation.ActualFrameDuration = round(duration_s * 1000 / N_VIEWS)
    rotation.NumberOfFramesInRotation = N_VIEWS
    ds.NumberOfRotations = 1
    ds.RotationInformationSequence = Sequence([rotation])
    ds.TypeOfDetectorMotion = "STEP AND SHOOT"
    ds.ReconstructionMethod = scanner.reconstruction
    ds.CountsAccumulated = None


def _pixels(ds: Dataset, frames: NDArray[np.uint16]) -> None:
    ds.NumberOfFrames, ds.Rows, ds.Columns = frames.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.PixelData = np.ascontiguousarray(frames, dtype="<u2").tobytes()

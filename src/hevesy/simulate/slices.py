"""CT and PT as one file per slice."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, PositronEmissionTomographyImageStorage

from hevesy.domain import Grid
from hevesy.simulate.beds import SliceTiming
from hevesy.simulate.dicom_base import Series, base_dataset, date, decimal, time
from hevesy.simulate.dicom_tracer import EmissionSeries, energy_windows, supine, tracer_item
from hevesy.simulate.oblique import cosines, position


@dataclass(frozen=True)
class Slice:
    """Where one slice stands in its series."""

    index: int
    """From feet to head."""
    instance_number: int
    sop_uid: str


def ct_slice(values: NDArray[np.int16], grid: Grid, series: Series, place: Slice) -> Dataset:
    """One axial CT slice; stored values are CT numbers plus 1024. Shape of ``values``: ``(y, x)``. [HU]"""
    ds = base_dataset(series, sop_class=CTImageStorage, sop_uid=place.sop_uid, modality="CT")
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    ds.KVP, ds.RescaleIntercept, ds.RescaleSlope, ds.RescaleType = "120", "-1024", "1", "HU"
    ds.AcquisitionNumber, ds.PatientPosition = 1, "HFS"
    _plane(ds, grid, place)
    _pixels(ds, (values.astype(np.int32) + 1024).astype(np.uint16), bits_stored=12)
    return ds


def pt_slice(
    activity_concentration: NDArray[np.float32],
    grid: Grid,
    emission: EmissionSeries,
    place: Slice,
    timing: SliceTiming,
) -> Dataset:
    """One slice of a SPECT stored as PT in Bq/ml, with its own rescale slope. Shape ``(y, x)``. [Bq/ml]"""
    series, tracer = emission.series, emission.tracer
    ds = base_dataset(series, sop_class=PositronEmissionTomographyImageStorage, sop_uid=place.sop_uid, modality="PT")
    ds.ImageType = ["ORIGINAL", "PRIMARY"]
    ds.SeriesType, ds.Units, ds.CountsSource = ["WHOLE BODY", "IMAGE"], "BQML", "EMISSION"
    ds.CorrectedImage, ds.DecayCorrection = ["ATTN", "SCAT"], timing.decay_correction
    ds.AcquisitionDate, ds.AcquisitionTime = date(timing.start), time(timing.start)
    if timing.decay_factor is not None:
        ds.CorrectedImage, ds.DecayFactor = ["ATTN", "SCAT", "DECY"], decimal(timing.decay_factor)
    ds.CollimatorGridName, ds.CollimatorType = series.scanner.collimator, "NONE"
    ds.EnergyWindowRangeSequence = energy_windows(series.scanner)[0].EnergyWindowRangeSequence
    ds.ReconstructionMethod = series.scanner.reconstruction
    ds.ActualFrameDuration, ds.FrameReferenceTime = (
        round(emission.duration_s * 1000),
        decimal(timing.reference_s * 1000),
    )
    ds.NumberOfSlices, ds.ImageIndex = grid.shape[0], place.index + 1
    item = tracer_item(tracer, activity=decimal(tracer.activity_bq), utc_offset_h=series.utc_offset_h)
    item.RadionuclideHalfLife = decimal(tracer.half_life_s)
    ds.RadiopharmaceuticalInformationSequence = Sequence([item])
    supine(ds)
    _plane(ds, grid, place)
    values = activity_concentration * np.float32(timing.value_factor)
    slope = decimal(timing.slope_factor * max(float(values.max()), 1.0) / 32767)
    ds.RescaleIntercept, ds.RescaleSlope = "0", slope
    stored = np.clip(np.rint(values / float(slope)), 0, 32767).astype(np.uint16)
    _pixels(ds, stored, bits_stored=16)
    return ds


def _plane(ds: Dataset, grid: Grid, place: Slice) -> None:
    ds.InstanceNumber = place.instance_number
    ds.ImagePositionPatient = [decimal(v) for v in position(grid, place.index)]
    ds.ImageOrientationPatient = [decimal(v) for v in cosines(grid)]
    ds.SliceLocation = decimal(round(grid.origin_mm[2] + grid.spacing_mm[2] * place.index, 6))
    ds.SliceThickness = decimal(grid.spacing_mm[2])
    ds.PixelSpacing = [decimal(grid.spacing_mm[1]), decimal(grid.spacing_mm[0])]


def _pixels(ds: Dataset, values: NDArray[np.uint16], *, bits_stored: int) -> None:
    ds.Rows, ds.Columns = values.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, bits_stored, bits_stored - 1, 0
    ds.PixelData = np.ascontiguousarray(values, dtype="<u2").tobytes()

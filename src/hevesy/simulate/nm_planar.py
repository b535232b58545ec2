"""Planar images as a two-frame NM object: anterior, then posterior."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import NuclearMedicineImageStorage

from hevesy.domain import Grid
from hevesy.simulate.dicom_base import base_dataset, code, decimal
from hevesy.simulate.dicom_tracer import EmissionSeries, energy_windows, supine, tracer_item
from hevesy.simulate.planar import PlanarScan, Projections
from hevesy.simulate.scanner import Scanner

_ANTERIOR, _POSTERIOR = ("255549009", "SCT", "Anterior"), ("255551008", "SCT", "Posterior")
"""DICOM PS3.16 CID 26."""
_DETECTOR_LENGTH_MM = 400.0
"""Along the body, which sets the speed of the scan. [mm]"""


def planar_object(projections: Projections, scan: PlanarScan, emission: EmissionSeries, *, sop_uid: str) -> Dataset:
    """Build the object."""
    series = emission.series
    ds = base_dataset(series, sop_class=NuclearMedicineImageStorage, sop_uid=sop_uid, modality="NM")
    ds.ImageType = ["ORIGINAL", "PRIMARY", scan.kind, "EMISSION"]
    ds.InstanceNumber, ds.CorrectedImage = 1, "UNIF"
    supine(ds)
    ds.NumberOfEnergyWindows, ds.NumberOfDetectors = 1, 2
    ds.EnergyWindowInformationSequence = energy_windows(series.scanner)
    activity = decimal(emission.tracer.activity_bq / 1e6)
    item = tracer_item(emission.tracer, activity=activity, utc_offset_h=series.utc_offset_h)
    ds.RadiopharmaceuticalInformationSequence = Sequence([item])
    ds.DetectorInformationSequence = Sequence(_detectors(scan.grid, series.scanner))
    ds.FrameIncrementPointer = [0x00540010, 0x00540020]
    ds.EnergyWindowVector, ds.DetectorVector = [1, 1], [1, 2]
    ds.ActualFrameDuration = round(scan.duration_s * 1000)
    if scan.kind == "WHOLE BODY":
        ds.ScanVelocity = decimal(_DETECTOR_LENGTH_MM / scan.seconds_per_point)
        ds.ScanLength, ds.WholeBodyTechnique = round(scan.grid.shape[0] * scan.grid.spacing_mm[2]), "1PS"
    _pixels(ds, projections, scan.grid)
    return ds


def _detectors(grid: Grid, scanner: Scanner) -> list[Dataset]:
    """Anterior and posterior: position of the first pixel, head at the top, the patient's right or left on the left."""
    nz, _, nx = grid.shape
    items = []
    for view, first, cosine, angle in ((_ANTERIOR, 0, "1", "0"), (_POSTERIOR, nx - 1, "-1", "180")):
        item = Dataset()
        item.CollimatorGridName, item.CollimatorType = scanner.collimator, "PARA"
        item.FieldOfViewShape, item.FocalDistance, item.StartAngle = "RECTANGLE", None, angle
        item.ViewCodeSequence = Sequence([code(*view)])
        corner = grid.points(np.array([first, 0.0, nz - 1]))
        item.ImagePositionPatient = [decimal(round(float(v), 6)) for v in corner]
        item.ImageOrientationPatient = [cosine, "0", "0", "0", "0", "-1"]
        items.append(item)
    return items


def _pixels(ds: Dataset, projections: Projections, grid: Grid) -> None:
    frames = np.stack([projections.anterior, projections.posterior])
    ds.NumberOfFrames, ds.Rows, ds.Columns = frames.shape
    ds.CountsAccumulated = int(frames.sum(dtype=np.int64))
    ds.PixelSpacing = [decimal(grid.spacing_mm[2]), decimal(grid.spacing_mm[0])]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.PixelData = np.ascontiguousarray(frames, dtype="<u2").tobytes()

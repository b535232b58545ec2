"""Planar images as NM objects: frames by energy window and detector."""

from __future__ import annotations

from collections.abc import Sequence as Items

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import NuclearMedicineImageStorage

from hevesy.domain import Grid
from hevesy.simulate.dicom_base import base_dataset, code, decimal
from hevesy.simulate.dicom_tracer import EmissionSeries, energy_window, supine, tracer_item
from hevesy.simulate.planar import DETECTOR_LENGTH_MM, PlanarScan, Projections, Windows
from hevesy.simulate.scanner import Scanner

_ANTERIOR, _POSTERIOR = ("255549009", "SCT", "Anterior"), ("255551008", "SCT", "Posterior")
"""DICOM PS3.16 CID 26."""
_WINDOW_NAMES = ("lower scatter", "Lu-177 208 keV", "upper scatter")


def planar_object(
    projections: Projections, scan: PlanarScan, emission: EmissionSeries, *, windows: Windows, sop_uid: str
) -> Dataset:
    """Both views in three energy windows: frames run over the windows, and in each over anterior and posterior."""
    ds = _object(scan, emission, "EMISSION", sop_uid)
    named = zip(_WINDOW_NAMES, windows.all, strict=True)
    ds.NumberOfEnergyWindows, ds.NumberOfDetectors = len(windows.all), 2
    ds.EnergyWindowInformationSequence = Sequence([energy_window(name, *limits) for name, limits in named])
    ds.DetectorInformationSequence = Sequence(_detectors(scan.grid, emission.series.scanner))
    ds.EnergyWindowVector = [number for number in range(1, len(windows.all) + 1) for _ in (1, 2)]
    ds.DetectorVector = [1, 2] * len(windows.all)
    views = zip(projections.anterior, projections.posterior, strict=True)
    _pixels(ds, [frame for both in views for frame in both], scan.grid)
    return ds


def flood_object(
    counts: NDArray[np.uint16], scan: PlanarScan, emission: EmissionSeries, *, window: tuple[float, float], sop_uid: str
) -> Dataset:
    """A flood source seen by the anterior detector, with or without the patient before it. Counts ``(z, x)``."""
    ds = _object(scan, emission, "TRANSMISSION", sop_uid)
    ds.NumberOfEnergyWindows, ds.NumberOfDetectors = 1, 1
    ds.EnergyWindowInformationSequence = Sequence([energy_window("Co-57 122 keV", *window)])
    ds.DetectorInformationSequence = Sequence(_detectors(scan.grid, emission.series.scanner)[:1])
    ds.EnergyWindowVector, ds.DetectorVector = [1], [1]
    _pixels(ds, [counts], scan.grid)
    return ds


def _object(scan: PlanarScan, emission: EmissionSeries, source: str, sop_uid: str) -> Dataset:
    series = emission.series
    ds = base_dataset(series, sop_class=NuclearMedicineImageStorage, sop_uid=sop_uid, modality="NM")
    ds.ImageType = ["ORIGINAL", "PRIMARY", scan.kind, source]
    ds.InstanceNumber, ds.CorrectedImage = 1, "UNIF"
    ds.QualityControlImage = "YES" if emission.phantom else "NO"
    supine(ds)
    activity = decimal(emission.tracer.activity_bq / 1e6)
    item = tracer_item(emission.tracer, activity=activity, utc_offset_h=series.utc_offset_h)
    ds.RadiopharmaceuticalInformationSequence = Sequence([item])
    ds.FrameIncrementPointer = [0x00540010, 0x00540020]
    ds.ActualFrameDuration = round(scan.duration_s * 1000)
    if scan.kind == "WHOLE BODY":
        ds.ScanVelocity = decimal(DETECTOR_LENGTH_MM / scan.seconds_per_point)
        ds.ScanLength, ds.WholeBodyTechnique = round(scan.grid.shape[0] * scan.grid.spacing_mm[2]), "1PS"
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


def _pixels(ds: Dataset, images: Items[NDArray[np.uint16]], grid: Grid) -> None:
    frames = np.stack(images)
    ds.NumberOfFrames, ds.Rows, ds.Columns = frames.shape
    ds.CountsAccumulated = int(frames.sum(dtype=np.int64))
    ds.PixelSpacing = [decimal(grid.spacing_mm[2]), decimal(grid.spacing_mm[0])]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.PixelData = np.ascontiguousarray(frames, dtype="<u2").tobytes()

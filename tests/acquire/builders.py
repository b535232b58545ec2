"""Tiny DICOM objects with known voxels, written the ways that scanners write them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels import pack_bits
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

CLASSES = {
    "NM": "1.2.840.10008.5.1.4.1.1.20",
    "PT": "1.2.840.10008.5.1.4.1.1.128",
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "RTSTRUCT": "1.2.840.10008.5.1.4.1.1.481.3",
    "SEG": "1.2.840.10008.5.1.4.1.1.66.4",
    "REG": "1.2.840.10008.5.1.4.1.1.66.1",
}
FRAME = "1.2.826.0.1.3680043.8.498.1"
STUDY = "1.2.826.0.1.3680043.8.498.2"
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SHAPE = (6, 5, 4)
SPACING = (4.0, 3.0, 2.0)
"""Along z, y, x. [mm]"""
ORIGIN = (-10.0, -20.0, 100.0)


def counts(seed: int = 0, shape=SHAPE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 5000, shape).astype(np.uint16)


def item(**attributes) -> Dataset:
    ds = Dataset()
    for name, value in attributes.items():
        setattr(ds, name, value)
    return ds


def sequence(*items) -> Sequence:
    return Sequence(list(items))


def code(value, scheme, meaning) -> Sequence:
    return sequence(item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning))


def base(modality: str, **changes) -> Dataset:
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = CLASSES[modality]
    ds.SOPClassUID = CLASSES[modality]
    ds.SOPInstanceUID = generate_uid()
    ds.StudyInstanceUID = STUDY
    ds.SeriesInstanceUID = generate_uid()
    ds.Modality = modality
    ds.PatientName = "Secret^Person"
    ds.PatientID = "SECRET-ID"
    ds.PatientBirthDate = "19600102"
    ds.PatientSex = "F"
    ds.StudyDate, ds.StudyTime = "20240305", "093000"
    ds.SeriesDescription = f"{modality} series"
    return update(ds, changes)


def update(ds: Dataset, changes: dict) -> Dataset:
    """Set attributes; None removes one."""
    for name, value in changes.items():
        if value is not None:
            setattr(ds, name, value)
        elif name in ds:
            delattr(ds, name)
    return ds


def raw(items: Sequence, **words: str) -> Sequence:
    """Items of a sequence whose decimal or integer strings hold any words, as files do."""
    for ds in items:
        raw_words(ds, **words)
    return items


def raw_words(ds: Dataset, **words: str) -> Dataset:
    """A data set whose decimal or integer strings hold any words, also such that pydicom does not write."""
    for name, value in words.items():
        tag = Tag(tag_for_keyword(name))
        padded = value.encode("latin-1") + b" " * (len(value) % 2)
        ds._dict[tag] = RawDataElement(tag, dictionary_VR(tag), len(padded), padded, 0, False, True)
    return ds


def pixels(ds: Dataset, values: np.ndarray) -> Dataset:
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = values.shape[-2:]
    ds.BitsAllocated = ds.BitsStored = values.dtype.itemsize * 8
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(values.dtype.kind == "i")
    data = np.ascontiguousarray(values).tobytes()
    ds.add_new("PixelData", "OB" if values.dtype.itemsize == 1 else "OW", data + b"\0" * (len(data) % 2))
    return ds


def drug(**changes) -> Sequence:
    one = item(
        RadiopharmaceuticalStartDateTime="20240304090000",
        RadionuclideTotalDose="7400",
        RadionuclideHalfLife="574300",
        RadionuclideCodeSequence=code("447553000", "SCT", "^177^Lutetium"),
    )
    return sequence(update(one, changes))


def mapping(slope=25.0, unit="Bq/ml", scheme="UCUM", last=65535) -> Sequence:
    return sequence(
        item(
            MeasurementUnitsCodeSequence=code(unit, scheme, unit),
            LUTLabel="map",
            RealWorldValueFirstValueMapped=0,
            RealWorldValueLastValueMapped=last,
            RealWorldValueSlope=slope,
            RealWorldValueIntercept=0.0,
        )
    )


def nm(values=None, *, negative=False, in_detector=False, order=None, origin=ORIGIN, orientation=AXIAL, **changes):
    """A reconstructed NM object whose voxels have the same patient points however it is written."""
    values = counts() if values is None else values
    n = len(values)
    ds = base("NM", ImageType=["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"])
    ds.AcquisitionDate, ds.AcquisitionTime = "20240305", "100000"
    ds.Manufacturer, ds.ManufacturerModelName, ds.DeviceSerialNumber = "ACME", "Gamma", "7"
    ds.CorrectedImage = ["ATTN", "SCAT"]
    ds.ReconstructionMethod = "OSEM 8i10s"
    ds.FrameOfReferenceUID = FRAME
    dz, dy, dx = SPACING
    ds.PixelSpacing, ds.SliceThickness = [dy, dx], dz
    normal = np.cross(orientation[:3], orientation[3:])
    position = np.array(origin)
    if negative:
        position, values = position + normal * dz * (n - 1), values[::-1]
    ds.SpacingBetweenSlices = -dz if negative else dz
    detector = item(CollimatorGridName="MEGP", CollimatorType="PARA")
    place = detector if in_detector else ds
    place.ImagePositionPatient = [round(float(p), 6) for p in position]
    place.ImageOrientationPatient = list(orientation)
    ds.DetectorInformationSequence = sequence(detector)
    ds.NumberOfDetectors = 2
    window = item(EnergyWindowLowerLimit="187", EnergyWindowUpperLimit="229")
    ds.EnergyWindowInformationSequence = sequence(item(EnergyWindowRangeSequence=sequence(window)))
    ds.RotationInformationSequence = sequence(
        item(NumberOfFramesInRotation=60, ActualFrameDuration="20000", AngularStep="3", ScanArc="180")
    )
    ds.RadiopharmaceuticalInformationSequence = drug()
    ds.NumberOfFrames, ds.NumberOfSlices, ds.FrameIncrementPointer = n, n, 0x00540080
    order = list(range(1, n + 1)) if order is None else order
    ds.SliceVector = order
    pixels(ds, np.stack([values[number - 1] for number in order]))
    return update(ds, changes)


def pt(values=None, **changes) -> list[Dataset]:
    """One data set for each slice, in ascending order."""
    values = counts() if values is None else values
    series, dz = generate_uid(), SPACING[0]
    slices = []
    for k, plane in enumerate(values):
        ds = base("PT", ImageType=["ORIGINAL", "PRIMARY"], SeriesInstanceUID=series)
        ds.AcquisitionDate, ds.AcquisitionTime = "20240305", "100000"
        ds.FrameOfReferenceUID = FRAME
        ds.ImagePositionPatient = [ORIGIN[0], ORIGIN[1], ORIGIN[2] + k * dz]
        ds.ImageOrientationPatient = list(AXIAL)
        ds.PixelSpacing, ds.SliceThickness = list(SPACING[1:]), dz
        ds.InstanceNumber = k + 1
        ds.Units, ds.DecayCorrection, ds.CorrectedImage = "BQML", "NONE", ["ATTN", "SCAT"]
        ds.RescaleSlope, ds.RescaleIntercept = "25", "0"
        ds.ActualFrameDuration = "1200000"
        ds.RadiopharmaceuticalInformationSequence = drug(RadionuclideTotalDose="7400000000")
        pixels(ds, plane)
        slices.append(update(ds, changes))
    return slices


def ct(values=None, **changes) -> list[Dataset]:
    values = counts() if values is None else values
    series, dz = generate_uid(), SPACING[0]
    slices = []
    for k, plane in enumerate(values):
        ds = base("CT", ImageType=["ORIGINAL", "PRIMARY", "AXIAL"], SeriesInstanceUID=series)
        ds.AcquisitionDate, ds.AcquisitionTime = "20240305", "103000"
        ds.FrameOfReferenceUID = FRAME
        ds.ImagePositionPatient = [ORIGIN[0], ORIGIN[1], ORIGIN[2] + k * dz]
        ds.ImageOrientationPatient = list(AXIAL)
        ds.PixelSpacing, ds.SliceThickness = list(SPACING[1:]), dz
        ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = "1", "-1024", "HU"
        pixels(ds, plane)
        slices.append(update(ds, changes))
    return slices


def rtstruct(regions: dict[str, list[np.ndarray]], *, kind="CLOSED_PLANAR", series=(), **changes) -> Dataset:
    """Regions by name, each a list of contours of shape (n, 3)."""
    ds = base("RTSTRUCT", StructureSetLabel="regions")
    referenced = item(FrameOfReferenceUID=FRAME)
    if series:
        uids = [item(SeriesInstanceUID=uid) for uid in series]
        referenced.RTReferencedStudySequence = sequence(item(RTReferencedSeriesSequence=sequence(*uids)))
    ds.ReferencedFrameOfReferenceSequence = sequence(referenced)
    ds.StructureSetROISequence, ds.ROIContourSequence, ds.RTROIObservationsSequence = Sequence(), Sequence(), Sequence()
    for number, (name, contours) in enumerate(regions.items(), start=1):
        ds.StructureSetROISequence.append(
            item(ROINumber=number, ROIName=name, ReferencedFrameOfReferenceUID=FRAME, ROIGenerationAlgorithm="MANUAL")
        )
        parts = [
            item(ContourGeometricType=kind, NumberOfContourPoints=len(c), ContourData=[float(v) for v in c.ravel()])
            for c in contours
        ]
        ds.ROIContourSequence.append(item(ReferencedROINumber=number, ContourSequence=sequence(*parts)))
        ds.RTROIObservationsSequence.append(
            item(ObservationNumber=number, ReferencedROINumber=number, RTROIInterpretedType="ORGAN")
        )
    return update(ds, changes)


def seg(masks: dict[str, np.ndarray], *, kind="BINARY", full=255, spacing=SPACING[0], skip_empty=True, **changes):
    """Masks of shape SHAPE by label; empty slices are left out unless told."""
    ds = base("SEG", SegmentationType=kind, FrameOfReferenceUID=FRAME)
    ds.ReferencedSeriesSequence = sequence(item(SeriesInstanceUID="1.2.3"))
    measures = item(PixelSpacing=list(SPACING[1:]), SliceThickness=SPACING[0])
    if spacing is not None:
        measures.SpacingBetweenSlices = spacing
    ds.SharedFunctionalGroupsSequence = sequence(
        item(
            PixelMeasuresSequence=sequence(measures),
            PlaneOrientationSequence=sequence(item(ImageOrientationPatient=list(AXIAL))),
        )
    )
    ds.SegmentSequence = sequence(
        *(
            item(
                SegmentNumber=n,
                SegmentLabel=label,
                SegmentAlgorithmType="MANUAL",
                SegmentedPropertyTypeCodeSequence=code("10200004", "SCT", "Liver"),
            )
            for n, label in enumerate(masks, start=1)
        )
    )
    frames, planes = [], []
    for n, mask in enumerate(masks.values(), start=1):
        for k, plane in enumerate(mask):
            if skip_empty and not plane.any():
                continue
            planes.append(plane)
            place = item(ImagePositionPatient=[ORIGIN[0], ORIGIN[1], ORIGIN[2] + k * SPACING[0]])
            frame = item(PlanePositionSequence=sequence(place))
            if kind != "LABELMAP":
                frame.SegmentIdentificationSequence = sequence(item(ReferencedSegmentNumber=n))
            frames.append(frame)
    ds.PerFrameFunctionalGroupsSequence = sequence(*frames)
    ds.NumberOfFrames = len(frames)
    stacked = np.stack(planes)
    if kind == "BINARY":
        pixels(ds, stacked.astype(np.uint8))
        ds.BitsAllocated = ds.BitsStored = 1
        ds.HighBit = 0
        ds.PixelData = pack_bits(stacked.astype(np.uint8).ravel(), pad=True)
    else:
        pixels(ds, (stacked * (full if kind == "FRACTIONAL" else 1)).astype(np.uint8))
        ds.MaximumFractionalValue = full
    return update(ds, changes)


def reg(matrix: np.ndarray, source: str, *, kind="RIGID", target=FRAME) -> Dataset:
    ds = base("REG", FrameOfReferenceUID=target)

    def registration(frame, values, name):
        step = item(
            FrameOfReferenceTransformationMatrixType=name,
            FrameOfReferenceTransformationMatrix=[round(float(v), 9) for v in np.ravel(values)],
        )
        return item(FrameOfReferenceUID=frame, MatrixRegistrationSequence=sequence(item(MatrixSequence=sequence(step))))

    ds.RegistrationSequence = sequence(registration(target, np.eye(4), "RIGID"), registration(source, matrix, kind))
    return ds


def write(ds: Dataset, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.save_as(path, enforce_file_format=True)
    return path


def write_all(datasets, folder: Path, *, order=None) -> list[Path]:
    order = range(len(datasets)) if order is None else order
    return [write(datasets[k], folder / f"IM{n:04d}") for n, k in enumerate(order)]

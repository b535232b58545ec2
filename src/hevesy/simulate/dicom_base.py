"""What every simulated DICOM object shares: who, when, which machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from hevesy.simulate.scanner import Scanner

IMPLEMENTATION_UID = "2.25.309413853829451623473264217834527364011"


@dataclass(frozen=True)
class Subject:
    """The patient or phantom of an object."""

    name: str
    identifier: str
    birth_date: str
    sex: str
    weight_kg: float | None
    """[kg]"""


@dataclass(frozen=True)
class Series:
    """Where an object belongs."""

    subject: Subject
    scanner: Scanner
    study_uid: str
    series_uid: str
    frame_uid: str
    study_start: datetime
    start: datetime
    """Of the acquisition."""
    number: int
    description: str
    study_description: str
    utc_offset_h: int | None = None
    """Of its clock, where the files state one. [h]"""


def base_dataset(series: Series, *, sop_class: str, sop_uid: str, modality: str) -> Dataset:
    """Patient, study, series, equipment and SOP modules, with file meta information."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = UID(sop_class)
    ds.file_meta.MediaStorageSOPInstanceUID = UID(sop_uid)
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.ImplementationClassUID = UID(IMPLEMENTATION_UID)
    ds.file_meta.ImplementationVersionName = "HEVESY"
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = sop_class, sop_uid, modality
    _patient(ds, series.subject)
    _study(ds, series)
    _equipment(ds, series.scanner)
    return ds


def write(ds: Dataset, path: Path) -> None:
    """Write one object as a DICOM file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(path, enforce_file_format=True)


def date(moment: datetime) -> str:
    """DICOM date."""
    return moment.strftime("%Y%m%d")


def time(moment: datetime) -> str:
    """DICOM time."""
    return moment.strftime("%H%M%S.%f")


def offset(utc_offset_h: int) -> str:
    """Offset from UTC as DICOM writes it."""
    return f"{utc_offset_h:+03d}00"


def decimal(value: float) -> str:
    """DICOM decimal string of at most 16 characters, as exact as fits."""
    for digits in range(15, 4, -1):
        text = f"{value:.{digits}g}"
        if len(text) <= 16:
            return text
    raise ValueError(f"expected a number that fits 16 characters, but {value} came")


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """An item of a code sequence."""
    ds = Dataset()
    ds.CodeValue, ds.CodingSchemeDesignator, ds.CodeMeaning = value, scheme, meaning
    return ds


def _patient(ds: Dataset, subject: Subject) -> None:
    ds.PatientName, ds.PatientID = subject.name, subject.identifier
    ds.PatientBirthDate, ds.PatientSex = subject.birth_date, subject.sex
    if subject.weight_kg is not None:
        ds.PatientWeight = decimal(subject.weight_kg)


def _study(ds: Dataset, series: Series) -> None:
    ds.StudyInstanceUID, ds.SeriesInstanceUID = series.study_uid, series.series_uid
    ds.FrameOfReferenceUID, ds.PositionReferenceIndicator = series.frame_uid, ""
    ds.StudyDate, ds.StudyTime = date(series.study_start), time(series.study_start)
    for prefix in ("Series", "Acquisition", "Content"):
        setattr(ds, f"{prefix}Date", date(series.start))
        setattr(ds, f"{prefix}Time", time(series.start))
    ds.SeriesNumber, ds.SeriesDescription, ds.StudyDescription = (
        series.number,
        series.description,
        series.study_description,
    )
    if series.utc_offset_h is not None:
        ds.TimezoneOffsetFromUTC = offset(series.utc_offset_h)
    ds.StudyID, ds.AccessionNumber, ds.ReferringPhysicianName = "1", "", ""


def _equipment(ds: Dataset, scanner: Scanner) -> None:
    ds.Manufacturer, ds.ManufacturerModelName = scanner.manufacturer, scanner.model
    ds.DeviceSerialNumber, ds.SoftwareVersions = scanner.serial, scanner.software
    ds.InstitutionName, ds.StationName = "Simulated", "SIMULATED"

"""What every DICOM instance of Hevesy shares: patient, study, equipment, dates, identifiers, the file."""

from __future__ import annotations

import hashlib
import uuid
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from io import BytesIO
from pathlib import Path

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ImplicitVRLittleEndian

from hevesy._version import __version__
from hevesy.errors import ReadError
from hevesy.report.dicom.values import parse_moment
from hevesy.report.files import write_atomically

MANUFACTURER = "Hevesy"
MODEL = "Hevesy"
SERIAL_NUMBER = "0"
UTF8 = "ISO_IR 192"
PLACEHOLDER_UID = "2.25.1"
"""Stands for an identifier until the content is known that it is derived from."""

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://dicom.hevesy")
_IMPLEMENTATION_CLASS = f"2.25.{uuid.uuid5(_NAMESPACE, 'implementation').int}"
_ALWAYS = (
    *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "StudyInstanceUID", "StudyDate", "StudyTime"),
    *("ReferringPhysicianName", "StudyID", "AccessionNumber"),
)
_WHERE_PRESENT = (
    *("IssuerOfPatientID", "PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence"),
    *("StudyDescription", "PatientAge", "PatientSize", "PatientWeight"),
)
_MOMENTS = (
    *(("AcquisitionDate", "AcquisitionTime"), ("SeriesDate", "SeriesTime"), ("StudyDate", "StudyTime")),
    ("ContentDate", "ContentTime"),
)


def patient_and_study(reference: Dataset) -> Dataset:
    """Patient and study of a header, as a new dataset that says its text is UTF-8; nothing private, nothing else.

    Raises
    ------
    ReadError
        If the header names no study.
    """
    if not reference.get("StudyInstanceUID"):
        raise ReadError("a Study Instance UID in the reference header", "none came", _name(reference))
    dataset = Dataset()
    dataset.SpecificCharacterSet = UTF8
    for keyword in _ALWAYS:
        value = reference.get(keyword)
        setattr(dataset, keyword, "" if value is None else str(value))
    if dataset.PatientSex not in ("M", "F", "O", ""):
        dataset.PatientSex = ""
    for keyword in _WHERE_PRESENT:
        if keyword in reference:
            setattr(dataset, keyword, deepcopy(reference[keyword].value))
    return dataset


def add_equipment(dataset: Dataset) -> None:
    """Say which software made the instance."""
    dataset.Manufacturer = MANUFACTURER
    dataset.ManufacturerModelName = MODEL
    dataset.DeviceSerialNumber = SERIAL_NUMBER
    dataset.SoftwareVersions = __version__


def acquisition_moment(reference: Dataset) -> datetime:
    """When the reference was acquired: its acquisition, else series, study or content date and time.

    Raises
    ------
    ReadError
        If the header holds none of them.
    """
    for date, time in _MOMENTS:
        if reference.get(date):
            return parse_moment(str(reference.get(date)), str(reference.get(time) or ""), f"{_name(reference)} {date}")
    raise ReadError("an acquisition, series or study date in the reference header", "none came", _name(reference))


def add_moment(dataset: Dataset, moment: datetime, *prefixes: str) -> None:
    """Write date and time of each prefix (``Content`` gives ``ContentDate`` and ``ContentTime``) and contribution."""
    for prefix in prefixes:
        setattr(dataset, f"{prefix}Date", moment.strftime("%Y%m%d"))
        setattr(dataset, f"{prefix}Time", moment.strftime("%H%M%S.%f"))
    for equipment in dataset.get("ContributingEquipmentSequence", []):
        equipment.ContributionDateTime = moment.strftime("%Y%m%d%H%M%S.%f")


def derived_uid(*parts: str) -> str:
    """An identifier under the UUID root 2.25 that the parts determine: the same parts give the same identifier."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()
    return f"2.25.{uuid.uuid5(_NAMESPACE, digest).int}"


@contextmanager
def unspoken_names() -> Iterator[None]:
    """Keep inside what a library has to say about the form of the patient's name: a warning would quote it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The string .* is unlikely to represent", category=UserWarning)
        yield


def reference_to(instance: Dataset) -> Dataset:
    """An item that refers to an instance by its class and its own identifier."""
    item = Dataset()
    item.ReferencedSOPClassUID = str(instance.SOPClassUID)
    item.ReferencedSOPInstanceUID = str(instance.SOPInstanceUID)
    return item


def write_instance(dataset: Dataset, path: Path, *, organizations: Sequence[Dataset] = ()) -> Path:
    """Give the dataset identifiers derived from its own content and write it as a DICOM file.

    The same content gives the same identifiers and so the same bytes; another content gives others.

    Parameters
    ----------
    dataset
        Complete but for its series and instance UID.
    path
        Where the file shall lie.
    organizations
        Items inside the dataset whose Dimension Organization UID is derived too.
    """
    _set_uids(dataset, organizations, PLACEHOLDER_UID, PLACEHOLDER_UID, PLACEHOLDER_UID)
    content = hashlib.sha256(_encoded(dataset)).hexdigest()
    uids = [derived_uid(content, role) for role in ("series", "instance", "dimensions")]
    _set_uids(dataset, organizations, *uids)
    return write_atomically(path, _encoded(dataset))


def _set_uids(dataset: Dataset, organizations: Sequence[Dataset], *uids: str) -> None:
    dataset.SeriesInstanceUID, dataset.SOPInstanceUID = uids[:2]
    for item in organizations:
        item.DimensionOrganizationUID = uids[2]


def _encoded(dataset: Dataset) -> bytes:
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = UID(dataset.SOPClassUID)
    meta.MediaStorageSOPInstanceUID = UID(dataset.SOPInstanceUID)
    # Implicit, because an explicit length field is too short for the points of a long contour.
    meta.TransferSyntaxUID = ImplicitVRLittleEndian
    meta.ImplementationClassUID = UID(_IMPLEMENTATION_CLASS)
    meta.ImplementationVersionName = f"HEVESY_{__version__}"[:16]
    dataset.file_meta = meta
    buffer = BytesIO()
    dataset.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def _name(reference: Dataset) -> str:
    return f"{reference.get('Modality') or 'DICOM'} header"

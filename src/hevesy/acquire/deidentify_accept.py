"""Which files may be pseudonymised: known kinds of object whose pixels hold no writing; anything else is left out."""

from __future__ import annotations

from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    DeflatedExplicitVRLittleEndian,
    EnhancedCTImageStorage,
    EnhancedMRImageStorage,
    EnhancedPETImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    MRImageStorage,
    NuclearMedicineImageStorage,
    PositronEmissionTomographyImageStorage,
    RLELossless,
    RTDoseStorage,
    RTStructureSetStorage,
    SegmentationStorage,
    SpatialRegistrationStorage,
)

from hevesy.acquire.headers import Header, probe
from hevesy.acquire.nifti import is_nifti
from hevesy.acquire.values import PARSE_ERRORS, text, texts
from hevesy.domain import Finding
from hevesy.errors import ReadError

_KINDS = frozenset(
    {
        *(NuclearMedicineImageStorage, PositronEmissionTomographyImageStorage, EnhancedPETImageStorage, CTImageStorage),
        *(EnhancedCTImageStorage, MRImageStorage, EnhancedMRImageStorage, RTStructureSetStorage, RTDoseStorage),
        *(SegmentationStorage, SpatialRegistrationStorage),
    }
)
_SYNTAXES = frozenset(
    {
        *(ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian),
        RLELossless,
    }
)
"""Those whose pixels cannot carry a comment."""


def accepted(path: Path) -> Header | str:
    """The header of a file that may be pseudonymised, or in short why it is left out."""
    if is_nifti(path):
        return "nifti"
    header = probe(path, "file")
    if isinstance(header, Finding):
        return header.code
    return _obstacle(header) or header


def _obstacle(header: Header) -> str:
    dataset = header.dataset
    obstacles = {
        "kind-of-object": text(dataset, "SOPClassUID") not in _KINDS,
        "no-identifier": not text(dataset, "SOPInstanceUID"),
        "burned-in-annotation": text(dataset, "BurnedInAnnotation").upper() == "YES",
        "screen-capture": "SCREEN SAVE" in texts(dataset, "ImageType"),
        "compressed-pixels": transfer_syntax(dataset) not in _SYNTAXES,
        "truncated-file": header.pixel_problem is not None,
    }
    return next((reason for reason, stands in obstacles.items() if stands), "")


def transfer_syntax(dataset: Dataset) -> UID:
    """How a file that was read is encoded, also where it does not say so."""
    stated = text(getattr(dataset, "file_meta", None), "TransferSyntaxUID")
    if stated:
        return UID(stated)
    implicit, little = dataset.original_encoding
    if little is False:
        return ExplicitVRBigEndian
    return ExplicitVRLittleEndian if implicit is False else ImplicitVRLittleEndian


def read_whole(path: Path) -> Dataset:
    """A file with its pixels.

    Raises
    ------
    ReadError
        If it cannot be read any more.
    """
    try:
        return dcmread(path, force=True)
    except (*PARSE_ERRORS, OSError) as error:
        raise ReadError("a DICOM file", f"it cannot be read ({type(error).__name__})") from error

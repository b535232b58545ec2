"""One file: its header, and whether all of its pixels are there."""

from __future__ import annotations

import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from pydicom import dcmread
from pydicom.dataset import Dataset

from hevesy.acquire.extent import pixel_findings
from hevesy.acquire.files import ClippedStream, opened, stamp
from hevesy.acquire.findings import notice
from hevesy.acquire.structure import TooMuchError
from hevesy.acquire.survey import Survey, survey
from hevesy.acquire.values import PARSE_ERRORS, quiet, text
from hevesy.domain import FileStamp, Finding
from hevesy.errors import ReadError, printable

_DEFER_BYTES = 1 << 20


@dataclass(frozen=True)
class Header:
    """The attributes of one DICOM file, without pixels."""

    path: Path
    dataset: Dataset
    pixel_problem: str | None = None
    """Why the pixels are not all there; None where they are, or where the object has none."""
    findings: tuple[Finding, ...] = ()
    """What is wrong with the structure and the values of the file."""
    stamp: FileStamp | None = None
    """What the file was when it was read."""


class _UnreadableError(Exception):
    """Why a file is not read."""

    def __init__(self, code: str, expected: str, came: str) -> None:
        self.code, self.expected, self.came = code, expected, came
        super().__init__(came)


def read_header(path: Path, known: FileStamp | None = None) -> Header:
    """Read the header of a DICOM file, with or without preamble, and compare the length of its pixels.

    Parameters
    ----------
    path
        The file.
    known
        What it was when it was inspected; None for a file that is read for the first time.

    Raises
    ------
    ReadError
        If it is no DICOM file, is empty, its header is cut, or it is not the file that was inspected.
    """
    try:
        return _opened(path, known)
    except _UnreadableError as error:
        raise ReadError(error.expected, error.came, printable(path.name)) from error


def probe(path: Path, name: str) -> Header | Finding:
    """Read a header, or say why the file is skipped.

    Parameters
    ----------
    path
        The file.
    name
        What to call it in the message.
    """
    try:
        return _opened(path, None)
    except _UnreadableError as error:
        if error.code == "not-dicom-or-nifti":
            return Finding(error.code, f"{name}: not DICOM or NIfTI")
        return notice(error.code, error.expected, error.came, name)


def _opened(path: Path, known: FileStamp | None) -> Header:
    try:
        with opened(path, known) as stream, quiet():
            return _read(path, stream)
    except ReadError as error:
        raise _UnreadableError("unreadable-file", error.expected, error.came) from error
    except OSError as error:
        raise _UnreadableError("unreadable-file", "a readable file", f"{error.strerror or error} came") from error
    except TooMuchError as error:
        raise _UnreadableError("oversized-file", "a DICOM file of ordinary size", str(error)) from error
    except PARSE_ERRORS as error:
        came = f"its header cannot be decoded ({type(error).__name__})"
        raise _UnreadableError("unreadable-file", "a DICOM file", came) from error


def _read(path: Path, stream: BinaryIO) -> Header:
    start = stream.read(132)
    if not start:
        raise _UnreadableError("zero-byte-file", "a DICOM file", "it is empty (zero bytes)")
    with_preamble = start[128:] == b"DICM"
    if not with_preamble and start[:2] not in {b"\x02\x00", b"\x08\x00", b"\x00\x08"}:
        raise _UnreadableError("not-dicom-or-nifti", "DICOM or NIfTI", "it is neither")
    stream.seek(0)
    mark = stamp(stream)
    found = survey(stream, os.fstat(stream.fileno()).st_size)
    dataset = _decoded(stream, found, force=not with_preamble)
    if "DirectoryRecordSequence" in dataset:
        raise _UnreadableError("dicom-directory", "an image or object", "it is an index (DICOMDIR)")
    if not text(dataset, "SOPClassUID") or not text(dataset, "SeriesInstanceUID"):
        if not with_preamble and not text(dataset, "SOPClassUID"):
            raise _UnreadableError("not-dicom-or-nifti", "DICOM or NIfTI", "it is neither")
        came = "they are missing: the header is truncated or incomplete"
        raise _UnreadableError("truncated-header", "SOP Class UID and Series Instance UID", came)
    problem, told = pixel_findings(dataset, found)
    return Header(path, dataset, problem, (*found.findings, *told), mark)


def _decoded(stream: BinaryIO, found: Survey, *, force: bool) -> Dataset:
    """The attributes, of the very bytes that were walked where those are few."""
    stream.seek(0)
    if isinstance(found.content, BytesIO):
        source: BinaryIO = BytesIO(stream.read())
    elif len(found.head) <= _DEFER_BYTES:
        source = BytesIO(found.head)
    else:
        source = ClippedStream(stream)  # type: ignore[assignment]
    return dcmread(source, stop_before_pixels=True, force=force, defer_size=_DEFER_BYTES)

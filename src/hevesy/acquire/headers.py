"""One file: its header, and whether all of its pixels are there."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian

from hevesy.acquire.findings import notice
from hevesy.acquire.values import PARSE_ERRORS, get, integer, quiet, text
from hevesy.domain import Finding
from hevesy.errors import ReadError

_DEFER_BYTES = 1 << 20
_PIXEL_TAGS = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}
_UNDEFINED = 0xFFFFFFFF
_DELIMITER = b"\xfe\xff\xdd\xe0"


@dataclass(frozen=True)
class Header:
    """The attributes of one DICOM file, without pixels."""

    path: Path
    dataset: Dataset
    pixel_problem: str | None = None
    """Why the pixels are not all there; None where they are, or where the object has none."""


class _UnreadableError(Exception):
    """Why a file is not read."""

    def __init__(self, code: str, expected: str, came: str) -> None:
        self.code, self.expected, self.came = code, expected, came
        super().__init__(came)


def read_header(path: Path) -> Header:
    """Read the header of a DICOM file, with or without preamble, and compare the length of its pixels.

    Raises
    ------
    ReadError
        If it is no DICOM file, is empty, or its header is cut.
    """
    try:
        return _opened(path)
    except _UnreadableError as error:
        raise ReadError(error.expected, error.came, path.name) from error


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
        return _opened(path)
    except _UnreadableError as error:
        if error.code == "not-dicom-or-nifti":
            return Finding(error.code, f"{name}: not DICOM or NIfTI")
        return notice(error.code, error.expected, error.came, name)


def _opened(path: Path) -> Header:
    try:
        with path.open("rb") as stream, quiet():
            return _read(path, stream)
    except OSError as error:
        raise _UnreadableError("unreadable-file", "a readable file", f"{error.strerror or error} came") from error
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
    dataset = dcmread(stream, stop_before_pixels=True, force=not with_preamble, defer_size=_DEFER_BYTES)
    if "DirectoryRecordSequence" in dataset:
        raise _UnreadableError("dicom-directory", "an image or object", "it is an index (DICOMDIR)")
    if not text(dataset, "SOPClassUID") or not text(dataset, "SeriesInstanceUID"):
        if not with_preamble and not text(dataset, "SOPClassUID"):
            raise _UnreadableError("not-dicom-or-nifti", "DICOM or NIfTI", "it is neither")
        came = "they are missing: the header is truncated or incomplete"
        raise _UnreadableError("truncated-header", "SOP Class UID and Series Instance UID", came)
    return Header(path, dataset, _pixel_problem(dataset, stream))


def expected_pixel_bytes(dataset: Dataset) -> int | None:
    """Length of the uncompressed pixels that the header promises; None where it promises none. [byte]"""
    rows, columns, bits = (integer(dataset, k) for k in ("Rows", "Columns", "BitsAllocated"))
    if not rows or not columns:
        return None
    frames, samples = integer(dataset, "NumberOfFrames") or 1, integer(dataset, "SamplesPerPixel") or 1
    return (rows * columns * frames * samples * (bits or 8) + 7) // 8


def _pixel_problem(dataset: Dataset, stream: BinaryIO) -> str | None:
    expected = expected_pixel_bytes(dataset)
    if expected is None:
        return None
    syntax = get(getattr(dataset, "file_meta", None), "TransferSyntaxUID")
    if syntax == DeflatedExplicitVRLittleEndian:
        return None  # one compressed stream: a cut one does not inflate, which ends reading before this
    available = os.fstat(stream.fileno()).st_size
    little = bool(dataset.original_encoding[1] if dataset.original_encoding[1] is not None else True)
    position = stream.tell()
    declared = _pixel_element(stream, little=little, implicit=bool(dataset.original_encoding[0]))
    if declared is None:
        return f"expected {expected} bytes of pixels, but the file ends at byte {available} without them"
    there = available - stream.tell()
    if declared == _UNDEFINED:
        return _encapsulation_problem(stream, position, available)
    if declared < expected or there < expected:
        return f"expected {expected} bytes of pixels, but {min(declared, there)} are there: the file is truncated"
    return None


def _pixel_element(stream: BinaryIO, *, little: bool, implicit: bool) -> int | None:
    """Declared length of the pixel element at the stream's position, leaving the stream at its value."""
    order = "<" if little else ">"
    head = stream.read(8)
    if len(head) < 8:
        return None
    group, element = struct.unpack(f"{order}HH", head[:4])
    if (group << 16 | element) not in _PIXEL_TAGS:
        return None
    if implicit:
        return int(struct.unpack(f"{order}L", head[4:])[0])
    if head[4:6] not in (b"OB", b"OW", b"OF", b"OD", b"UN"):
        return int(struct.unpack(f"{order}H", head[6:])[0])
    length = stream.read(4)
    return int(struct.unpack(f"{order}L", length)[0]) if len(length) == 4 else None


def _encapsulation_problem(stream: BinaryIO, position: int, available: int) -> str | None:
    stream.seek(max(position, available - 4096))
    if _DELIMITER in stream.read():
        return None
    return "expected a closed sequence of compressed frames, but the file ends within it: the file is truncated"

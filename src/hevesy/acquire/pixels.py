"""Stored pixel values of one file, verified."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from hevesy.acquire.extent import expected_pixel_bytes
from hevesy.acquire.files import read_whole
from hevesy.acquire.headers import read_header
from hevesy.acquire.memory import require_memory
from hevesy.acquire.values import PARSE_ERRORS, integer, quiet
from hevesy.domain import FileStamp
from hevesy.errors import ReadError, printable

_DECODED_COPIES = 3
"""Stored values as decoded, as an array, and put together. [-]"""


def read_with_pixels(path: Path, known: FileStamp | None = None, *, available: int | None = None) -> Dataset:
    """Read a whole file, refusing one whose pixels are not all there.

    Parameters
    ----------
    path
        The file.
    known
        What it was when it was inspected.
    available
        Memory that may be used; None for what the machine has. [byte]

    Raises
    ------
    ReadError
        If it cannot be read, is truncated, is not the file that was inspected, or is too large for the memory.
    """
    name = printable(path.name)
    header = read_header(path, known)
    if header.pixel_problem:
        expected, _, came = header.pixel_problem.partition(", but ")
        raise ReadError(expected.removeprefix("expected "), came, name)
    require_memory(_DECODED_COPIES * (expected_pixel_bytes(header.dataset) or 0), name, available)
    return _decoded(read_whole(path, known or header.stamp), name)


def read_whole_dataset(path: Path, known: FileStamp | None = None) -> Dataset:
    """Read a whole file that has no pixels.

    Raises
    ------
    ReadError
        If it cannot be read or is not the file that was inspected.
    """
    header = read_header(path, known)
    return _decoded(read_whole(path, known or header.stamp), printable(path.name))


def _decoded(data: bytes, name: str) -> Dataset:
    try:
        with quiet():
            return _with_syntax(dcmread(BytesIO(data), force=True))
    except (*PARSE_ERRORS, OSError) as error:
        raise ReadError("a DICOM file", f"it cannot be decoded ({type(error).__name__})", name) from error


def _with_syntax(dataset: Dataset) -> Dataset:
    """A file without meta header is read by trial; name the transfer syntax that was found."""
    meta = getattr(dataset, "file_meta", None) or FileMetaDataset()
    if "TransferSyntaxUID" not in meta:
        implicit, little = dataset.original_encoding
        explicit = ExplicitVRLittleEndian if little else ExplicitVRBigEndian
        meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit else explicit
        dataset.file_meta = meta
    return dataset


def stored_frames(dataset: Dataset, where: str) -> NDArray[Any]:
    """Stored values of every frame. Shape ``(frame, row, column)``.

    Raises
    ------
    ReadError
        If the pixels cannot be decoded or are no single-valued image.
    """
    try:
        with quiet():
            values: NDArray[Any] = np.asarray(dataset.pixel_array)
    except (*PARSE_ERRORS, RuntimeError, OSError) as error:
        came = f"they cannot be decoded ({' '.join(str(error).split())[:160]})"
        raise ReadError("pixels", came, where) from error
    if (integer(dataset, "SamplesPerPixel") or 1) != 1:
        raise ReadError("one value for each pixel", "a colour image came", where)
    if values.ndim == 2:
        values = values[np.newaxis]
    if values.ndim != 3 or expected_pixel_bytes(dataset) is None:
        raise ReadError("frames of rows and columns", f"an array of shape {values.shape} came", where)
    return values

"""Content and headers of a series, for provenance and for the objects written about it."""

from __future__ import annotations

import hashlib
from contextlib import suppress

from pydicom.dataset import Dataset

from hevesy.acquire.files import file_sha256, stamps_of
from hevesy.acquire.headers import read_header
from hevesy.acquire.values import PARSE_ERRORS, quiet
from hevesy.domain import SeriesRecord


def series_sha256(record: SeriesRecord) -> str:
    """SHA-256 of the sorted hashes of a series' files, so that neither names nor order matter.

    Raises
    ------
    ReadError
        If a file is not the one that was inspected, so that the hash is always of the bytes that were used.
    """
    known = stamps_of(record)
    hashes = sorted(file_sha256(path, known.get(path)) for path in record.files)
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def read_headers(record: SeriesRecord) -> tuple[Dataset, ...]:
    """Headers of a series' files without pixels, in slice order.

    Raises
    ------
    ReadError
        If a file is no DICOM file any more, or not the one that was inspected.
    """
    known = stamps_of(record)
    return tuple(_decoded(read_header(path, known.get(path)).dataset) for path in record.files)


def _decoded(dataset: Dataset) -> Dataset:
    """Decode every attribute now, so that odd values warn nobody later."""
    with quiet(), suppress(*PARSE_ERRORS, OSError):
        for _ in dataset.iterall():
            pass
    return dataset

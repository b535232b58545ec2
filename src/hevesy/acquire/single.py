"""One named file, whatever lies beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hevesy.acquire.grouping import group_files
from hevesy.acquire.headers import read_header
from hevesy.acquire.series import describe
from hevesy.acquire.values import quiet
from hevesy.domain import SeriesRecord


def inspect_file(path: Path) -> SeriesRecord:
    """Read the header of one DICOM object that is a series of its own, such as an RTSTRUCT or SEG.

    Raises
    ------
    ReadError
        If it is no DICOM file, is empty, or its header is cut.
    """
    with quiet():
        (group,) = group_files([read_header(path)])
        return replace(describe(group).record, id=path.name)

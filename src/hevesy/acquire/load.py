"""Regions and transforms of a series, whatever object they came as."""

from __future__ import annotations

from hevesy.acquire.contours import contour_rois
from hevesy.acquire.files import stamps_of
from hevesy.acquire.findings import refuse_unreadable
from hevesy.acquire.headers import read_header
from hevesy.acquire.masks import mask_rois
from hevesy.acquire.memory import expected_bytes, require_memory
from hevesy.acquire.pixels import read_whole_dataset, read_with_pixels
from hevesy.acquire.registration import rigid_transforms
from hevesy.acquire.values import quiet
from hevesy.domain import RigidTransform, RoiSet, SeriesRecord
from hevesy.errors import ReadError


def load_roi_set(record: SeriesRecord, *, available: int | None = None) -> RoiSet:
    """Load the regions of an RTSTRUCT (contours) or SEG (masks).

    Parameters
    ----------
    record
        The series as inspected.
    available
        Memory that may be used; None for what the machine has. [byte]

    Raises
    ------
    ReadError
        If the series is neither, is damaged, is not the file that was inspected, or the memory does not suffice. For
        NIfTI labels see :func:`load_nifti_labels`.
    GeometryError
        If the regions lie in several frames of reference, or masks on no regular grid.
    """
    path = record.files[0]
    known = stamps_of(record).get(path)
    if record.modality not in {"RTSTRUCT", "SEG"}:
        raise ReadError("an RTSTRUCT or SEG", f"series {record.id} is {record.modality}", path.name)
    refuse_unreadable(record.contradictions, f"series {record.id}")
    require_memory(expected_bytes(record), path.name, available)
    with quiet():
        if record.modality == "RTSTRUCT":
            return contour_rois(read_whole_dataset(path, known), record.series_uid, path.name)
        dataset = read_with_pixels(path, known, available=available)
        return mask_rois(dataset, record.series_uid, path.name, available=available)


def load_transforms(record: SeriesRecord) -> tuple[RigidTransform, ...]:
    """Load the transforms of a REG: each maps the source frame of reference to the registered one.

    Raises
    ------
    ReadError
        If the series is no REG.
    GeometryError
        If a transform is not rigid or names no frame of reference.
    """
    path = record.files[0]
    if record.modality != "REG":
        raise ReadError("a REG", f"series {record.id} is {record.modality}", path.name)
    with quiet():
        return rigid_transforms(read_header(path, stamps_of(record).get(path)).dataset, path.name)

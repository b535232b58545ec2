"""Regions and transforms of a series, whatever object they came as."""

from __future__ import annotations

from hevesy.acquire.contours import contour_rois
from hevesy.acquire.headers import read_header
from hevesy.acquire.masks import mask_rois
from hevesy.acquire.pixels import read_with_pixels
from hevesy.acquire.registration import rigid_transforms
from hevesy.acquire.values import quiet
from hevesy.domain import RigidTransform, RoiSet, SeriesRecord
from hevesy.errors import ReadError


def load_roi_set(record: SeriesRecord) -> RoiSet:
    """Load the regions of an RTSTRUCT (contours) or SEG (masks).

    Raises
    ------
    ReadError
        If the series is neither, or is damaged. For NIfTI labels see :func:`load_nifti_labels`.
    GeometryError
        If the regions lie in several frames of reference, or masks on no regular grid.
    """
    path = record.files[0]
    if record.modality == "RTSTRUCT":
        with quiet():
            return contour_rois(read_header(path).dataset, record.series_uid, path.name)
    if record.modality == "SEG":
        with quiet():
            return mask_rois(read_with_pixels(path), record.series_uid, path.name)
    raise ReadError("an RTSTRUCT or SEG", f"series {record.id} is {record.modality}", path.name)


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
        return rigid_transforms(read_header(path).dataset, path.name)

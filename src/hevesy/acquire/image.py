"""An image with the values that its headers say, on the grid that its headers say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.acquire.files import stamps_of
from hevesy.acquire.findings import refuse_unreadable
from hevesy.acquire.headers import Header, read_header
from hevesy.acquire.memory import expected_bytes, require_memory
from hevesy.acquire.pixels import read_with_pixels, stored_frames
from hevesy.acquire.planes import Plane, planes_of
from hevesy.acquire.scale import Scale, common_scale, scale_of
from hevesy.acquire.stack import Stack, stack_planes
from hevesy.acquire.values import integer, number, quiet
from hevesy.acquire.views import View, views_of
from hevesy.domain import Finding, Image, Quantity, SeriesRecord
from hevesy.errors import GeometryError, ReadError, ScaleError

_QUANTITIES = {
    "counts": Quantity.COUNTS,
    "Bq/ml": Quantity.ACTIVITY_CONCENTRATION,
    "HU": Quantity.CT_NUMBER,
}


def stack_of(datasets: Sequence[Dataset], names: Sequence[str]) -> tuple[Stack, str, tuple[Finding, ...]]:
    """Geometry of the classic images of one series: its stack, the attributes it came from, and what forbids it.

    The file of every plane is the index of its data set.
    """
    located = [planes_of(dataset, index) for index, dataset in enumerate(datasets)]
    source = next((file.source for file in located if file.source), "")
    findings = tuple({f.code: f for file in reversed(located) for f in file.findings}.values())
    if findings:
        return Stack(None, ()), source, findings
    stack = stack_planes([plane for file in located for plane in file.planes], names, _thickness(datasets[0]))
    return stack, source, stack.findings


def _thickness(dataset: Dataset) -> float | None:
    return number(dataset, "SliceThickness")


def load_image(record: SeriesRecord, *, available: int | None = None) -> Image:
    """Load the voxels of an NM, PET or CT series.

    Values are scaled as each file's header says (counts, Bq/ml or HU) and stay at the decay reference they are stored
    with. Slices are sorted along their normal; every voxel keeps its patient point.

    Parameters
    ----------
    record
        The series as inspected.
    available
        Memory that may be used; None for what the machine has. [byte]

    Returns
    -------
    The image, float32 where the stored values fit exactly, float64 otherwise. Shape ``(z, y, x)``.

    Raises
    ------
    GeometryError
        If the slices make no regular grid in patient coordinates.
    ScaleError
        If the unit is not known or the scale contradicts itself.
    ReadError
        If a file is truncated, cannot be decoded or is not the one that was inspected, or the memory does not suffice.
    """
    if record.modality == "NIFTI":
        raise ScaleError("a stated quantity of a NIfTI image", "its header states none", f"series {record.id}")
    refuse_unreadable(record.contradictions, f"series {record.id}")
    if record.grid is None:
        raise GeometryError("a reconstructed image with position and orientation", "it has none", f"series {record.id}")
    require_memory(expected_bytes(record), f"series {record.id}", available)
    with quiet():
        return _load(record, f"series {record.id}", available)


def load_picture(record: SeriesRecord) -> Image:
    """Load the voxels of a series for their shapes only, whatever their unit: MR beside NM, PET and CT.

    A CT is loaded as :func:`load_image` does. The values of others are scaled as each file says and in arbitrary units.

    Raises
    ------
    GeometryError
        If the slices make no regular grid in patient coordinates.
    ReadError
        If a file is truncated or cannot be decoded.
    """
    if record.modality == "CT":
        return load_image(record)
    if record.grid is None:
        raise GeometryError("a reconstructed image with position and orientation", "it has none", f"series {record.id}")
    require_memory(expected_bytes(record), f"series {record.id}", None)
    with quiet():
        read = _headers(record)
        views = views_of([header.dataset for header in read], record.frames)
        stack, _, _ = stack_of([view.dataset for view in views], [record.files[view.file].name for view in views])
        if stack.grid is None:
            raise GeometryError("slices on a regular grid", "they make none", f"series {record.id}")
        values = _filled(read, views, [scale_of(view.dataset) for view in views], stack, None)
    return Image(stack.grid, values, Quantity.ARBITRARY)


def _headers(record: SeriesRecord) -> list[Header]:
    """Headers of the files that were inspected, and of no others."""
    known = stamps_of(record)
    return [read_header(path, known.get(path)) for path in record.files]


def _load(record: SeriesRecord, where: str, available: int | None) -> Image:
    read = _headers(record)
    views = views_of([header.dataset for header in read], record.frames)
    datasets = [view.dataset for view in views]
    stack, _, findings = stack_of(datasets, [record.files[view.file].name for view in views])
    scales = [scale_of(dataset) for dataset in datasets]
    common = common_scale(scales)
    refuse_unreadable((*findings, *common.findings), where)
    if stack.grid is None:
        raise GeometryError("the files as they were inspected", "they have no geometry any more", where)
    if common.units is None:
        raise ScaleError("values in counts, Bq/ml or HU", "no unit is stated", where)
    values = _filled(read, views, scales, stack, available)
    return Image(stack.grid, values, _QUANTITIES[common.units])


def _filled(
    read: Sequence[Header], views: Sequence[View], scales: Sequence[Scale], stack: Stack, available: int | None
) -> NDArray[Any]:
    places: dict[int, list[tuple[Plane, int]]] = {}
    for index, plane in enumerate(stack.order):
        places.setdefault(views[plane.file].file, []).append((plane, index))
    shape = (len(stack.order), *stack.order[0].shape)
    values: NDArray[Any] = np.empty(shape, dtype=np.float32)
    for file, planes in places.items():
        path = read[file].path
        name = path.name
        stored = verified_frames(read_with_pixels(path, read[file].stamp, available=available), shape[1:], name)
        if stored.dtype.itemsize > 2 and values.dtype == np.float32:
            values = values.astype(np.float64)
        for plane, index in planes:
            frame = views[plane.file].frames[plane.frame]
            values[index] = _scaled(stored[frame], scales[plane.file], name)
    return values


def verified_frames(dataset: Dataset, shape: tuple[int, ...], name: str) -> NDArray[Any]:
    """Stored values of a file, of as many and as large frames as its header says. Shape ``(frame, row, column)``.

    Raises
    ------
    ReadError
        If there are other ones, or they cannot be decoded.
    """
    stored = stored_frames(dataset, name)
    promised = (integer(dataset, "NumberOfFrames") or 1, *shape)
    if stored.shape != promised:
        raise ReadError(f"{promised[0]} frames of {promised[1:]}", f"{stored.shape} came", name)
    return stored


def _scaled(stored: NDArray[Any], scale: Scale, where: str) -> NDArray[np.float64]:
    if scale.valid is not None:
        low, high = scale.valid
        if stored.min() < low or stored.max() > high:
            came = f"stored values from {stored.min()} to {stored.max()} came"
            raise ScaleError(
                f"stored values from {low:g} to {high:g} as the Real World Value Mapping says", came, where
            )
    scaled: NDArray[np.float64] = stored.astype(np.float64) * scale.slope + scale.intercept
    if not np.isfinite(scaled).all():
        raise ReadError("finite values", "others came", where)
    return scaled

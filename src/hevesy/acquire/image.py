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
from hevesy.acquire.values import number, quiet
from hevesy.domain import Finding, Image, Quantity, SeriesRecord
from hevesy.errors import GeometryError, ReadError, ScaleError

_QUANTITIES = {
    "counts": Quantity.COUNTS,
    "Bq/ml": Quantity.ACTIVITY_CONCENTRATION,
    "HU": Quantity.CT_NUMBER,
}


def stack_of(datasets: Sequence[Dataset], names: Sequence[str]) -> tuple[Stack, str, tuple[Finding, ...]]:
    """Geometry of the files of one series: its stack, the attributes it came from, and what forbids it."""
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


def _load(record: SeriesRecord, where: str, available: int | None) -> Image:
    known = stamps_of(record)
    read = [read_header(path, known.get(path)) for path in record.files]
    headers = [header.dataset for header in read]
    stack, _, findings = stack_of(headers, [path.name for path in record.files])
    scales = [scale_of(header) for header in headers]
    common = common_scale(scales)
    refuse_unreadable((*findings, *common.findings), where)
    if stack.grid is None:
        raise GeometryError("the files as they were inspected", "they have no geometry any more", where)
    if common.units is None:
        raise ScaleError("values in counts, Bq/ml or HU", "no unit is stated", where)
    values = _filled(read, stack.order, scales, stack.grid.shape, available)
    return Image(stack.grid, values, _QUANTITIES[common.units])


def _filled(
    read: Sequence[Header],
    order: Sequence[Plane],
    scales: Sequence[Scale],
    shape: tuple[int, int, int],
    available: int | None,
) -> NDArray[Any]:
    places: dict[int, list[tuple[int, int]]] = {}
    for index, plane in enumerate(order):
        places.setdefault(plane.file, []).append((plane.frame, index))
    values: NDArray[Any] = np.empty(shape, dtype=np.float32)
    for file, frames in places.items():
        path = read[file].path
        stored = stored_frames(read_with_pixels(path, read[file].stamp, available=available), path.name)
        if stored.dtype.itemsize > 2 and values.dtype == np.float32:
            values = values.astype(np.float64)
        if stored.shape[0] != len(frames) or stored.shape[1:] != shape[1:]:
            raise ReadError(f"{len(frames)} frames of {shape[1:]}", f"{stored.shape} came", path.name)
        scaled = _scaled(stored, scales[file], path.name)
        for frame, index in frames:
            values[index] = scaled[frame]
    return values


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

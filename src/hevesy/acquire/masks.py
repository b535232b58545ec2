"""SEG: regions as voxel masks, in the geometry of the object's own functional groups."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.acquire.memory import require_memory
from hevesy.acquire.pixels import stored_frames
from hevesy.acquire.planes import axes, vector
from hevesy.acquire.values import first, integer, items, number, numbers, text, unique
from hevesy.domain import Grid, Roi, RoiSet
from hevesy.errors import GeometryError, ReadError

_WHOLE_TOLERANCE = 0.02
_DECIMALS = 9
_MAX_SLICES = 65536
"""As many as a 16-bit number counts. [-]"""


@dataclass(frozen=True)
class SegmentFrames:
    """The frames of a segmentation on one grid; slices without any segment may be absent from the file."""

    grid: Grid
    slices: tuple[int, ...]
    """Slice of the grid, for every frame."""
    segments: tuple[int | None, ...]
    """Segment number of every frame; None in a label map."""


def segment_names(dataset: Dataset) -> tuple[str, ...]:
    """Labels of the segments, unchanged, in the order of the file."""
    return tuple(text(segment, "SegmentLabel") for segment in items(dataset, "SegmentSequence"))


def segment_series(dataset: Dataset) -> tuple[str, ...]:
    """Series that a segmentation was made on."""
    return unique(text(series, "SeriesInstanceUID") for series in items(dataset, "ReferencedSeriesSequence"))


def segment_frames(dataset: Dataset, where: str) -> SegmentFrames:
    """Locate every frame from the functional groups.

    Raises
    ------
    GeometryError
        If position, orientation or spacing are missing, mixed, or not on one regular grid.
    """
    shared = first(dataset, "SharedFunctionalGroupsSequence")
    frames = items(dataset, "PerFrameFunctionalGroupsSequence")
    rows, columns = integer(dataset, "Rows"), integer(dataset, "Columns")
    if not frames or not rows or not columns:
        raise GeometryError("frames with functional groups", "none came", where)
    measures = _same(frames, shared, ("PixelMeasuresSequence", "PixelSpacing"), where)
    if len(measures) != 2:
        raise GeometryError("two numbers in PixelSpacing", f"{len(measures)} came", where)
    row, column = _axes(_same(frames, shared, ("PlaneOrientationSequence", "ImageOrientationPatient"), where), where)
    normal = np.cross(row, column)
    positions = np.array([_position(frame, where) for frame in frames])
    along = positions @ normal
    lowest = positions[int(np.argmin(along))]
    if np.abs((positions - lowest) - np.outer(along - along.min(), normal)).max() > 0.1:
        raise GeometryError("frames stacked along their normal", "they drift sideways", where)
    spacing = _slice_spacing(frames, shared, along, where)
    slices = _slices(along, spacing, where)
    segments = tuple(_segment(frame, shared) for frame in frames)
    if len(set(zip(slices.tolist(), segments, strict=True))) < len(segments):
        raise GeometryError("each slice of a segment once", "some came again", where)
    direction = np.column_stack([row, column, normal])
    grid = Grid(
        shape=(int(slices.max()) + 1, rows, columns),
        spacing_mm=(measures[1], measures[0], spacing),
        origin_mm=vector(np.round(lowest, _DECIMALS)),
        direction=(vector(direction[0]), vector(direction[1]), vector(direction[2])),
        frame_of_reference=text(dataset, "FrameOfReferenceUID") or None,
    )
    return SegmentFrames(grid, tuple(int(s) for s in slices), segments)


def _slices(along: NDArray[np.float64], spacing: float, where: str) -> NDArray[np.int64]:
    steps = (along - along.min()) / spacing
    if not steps.max() < _MAX_SLICES:
        raise GeometryError(f"fewer than {_MAX_SLICES} slices", f"{steps.max():.3g} came", where)
    slices: NDArray[np.int64] = np.rint(steps).astype(np.int64)
    if np.abs(steps - slices).max() > _WHOLE_TOLERANCE:
        raise GeometryError(f"frames at multiples of {spacing:g} mm", "others came", where)
    return slices


def _group(frame: Dataset, shared: Dataset | None, sequence: str) -> Dataset | None:
    return first(frame, sequence) or first(shared, sequence)


def _same(frames: Sequence[Dataset], shared: Dataset | None, path: tuple[str, str], where: str) -> tuple[float, ...]:
    sequence, keyword = path
    values = {tuple(round(v, 6) for v in numbers(_group(frame, shared, sequence), keyword)) for frame in frames}
    one = next(iter(values))
    if len(values) != 1 or not one:
        raise GeometryError(f"one {keyword} for all frames", f"{len(values) if one else 'none'} came", where)
    return one


def _axes(orientation: tuple[float, ...], where: str) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    pair = axes(orientation)
    if pair is None:
        raise GeometryError("perpendicular unit direction cosines", f"{list(orientation)} came", where)
    return pair


def _position(frame: Dataset, where: str) -> tuple[float, ...]:
    position = numbers(first(frame, "PlanePositionSequence"), "ImagePositionPatient")
    if len(position) != 3:
        raise GeometryError("a position for every frame", "one is missing", where)
    return position


def _slice_spacing(frames: Sequence[Dataset], shared: Dataset | None, along: NDArray[np.float64], where: str) -> float:
    """Spacing Between Slices; else the smallest distance of two frames; else, for one slice, its thickness."""
    measures = _group(frames[0], shared, "PixelMeasuresSequence")
    stated = number(measures, "SpacingBetweenSlices")
    if stated:
        return abs(stated)
    different = np.unique(np.round(along, 3))
    spacing = float(np.diff(different).min()) if different.size > 1 else number(measures, "SliceThickness")
    if not spacing:
        raise GeometryError("the spacing of slices", "none is there", where)
    return spacing


def _segment(frame: Dataset, shared: Dataset | None) -> int | None:
    return integer(_group(frame, shared, "SegmentIdentificationSequence"), "ReferencedSegmentNumber")


def mask_rois(dataset: Dataset, source: str, where: str, *, available: int | None = None) -> RoiSet:
    """Read a segmentation: binary, label map, or fractional with nothing between empty and full.

    Parameters
    ----------
    dataset
        With pixels.
    source
        Series UID, for provenance.
    where
        File name, for messages.
    available
        Memory that may be used; None for what the machine has. [byte]

    Raises
    ------
    GeometryError
        If the frames are on no regular grid.
    ReadError
        If fractions between 0 and the maximum occur, a frame names no segment, or the memory does not suffice.
    """
    located = segment_frames(dataset, where)
    n_segments = len(items(dataset, "SegmentSequence"))
    require_memory(n_segments * math.prod(located.grid.shape), f"{where}, {n_segments} segments", available)
    values = stored_frames(dataset, where)
    if len(values) != len(located.slices):
        raise ReadError(f"{len(located.slices)} frames", f"{len(values)} came", where)
    kind = text(dataset, "SegmentationType").upper()
    if kind == "FRACTIONAL":
        values = _full_or_empty(dataset, values, where)
    labels = {label: segment for segment in items(dataset, "SegmentSequence") if (label := _number(segment))}
    masks = _label_masks(values, located, labels) if kind == "LABELMAP" else _masks(values, located, labels, where)
    return RoiSet(
        rois=tuple(_roi(n, labels[n], masks[n], located.grid) for n in sorted(labels)),
        frame_of_reference=located.grid.frame_of_reference,
        source=source,
        referenced_series_uids=segment_series(dataset),
    )


def _number(segment: Dataset) -> int | None:
    return integer(segment, "SegmentNumber")


def _full_or_empty(dataset: Dataset, values: NDArray[Any], where: str) -> NDArray[Any]:
    full = integer(dataset, "MaximumFractionalValue") or 255
    between = int(np.count_nonzero((values != 0) & (values != full)))
    if between:
        raise ReadError("a binary segmentation", f"{between} voxels lie between empty and full", where)
    nonzero: NDArray[Any] = values != 0
    return nonzero


def _label_masks(
    values: NDArray[Any], located: SegmentFrames, labels: Mapping[int, Dataset]
) -> dict[int, NDArray[np.bool_]]:
    volume = np.zeros(located.grid.shape, dtype=values.dtype)
    for frame, index in enumerate(located.slices):
        volume[index] = values[frame]
    return {label: volume == label for label in labels}


def _masks(
    values: NDArray[Any], located: SegmentFrames, labels: Mapping[int, Dataset], where: str
) -> dict[int, NDArray[np.bool_]]:
    masks = {label: np.zeros(located.grid.shape, dtype=np.bool_) for label in labels}
    for frame, (index, segment) in enumerate(zip(located.slices, located.segments, strict=True)):
        if segment not in masks or segment is None:
            raise ReadError("a segment of the Segment Sequence for every frame", f"frame {frame + 1} has none", where)
        masks[segment][index] |= values[frame] != 0
    return masks


def _roi(label: int, segment: Dataset, mask: NDArray[np.bool_], grid: Grid) -> Roi:
    attributes = {
        "category": _code(segment, "SegmentedPropertyCategoryCodeSequence"),
        "type": _code(segment, "SegmentedPropertyTypeCodeSequence"),
        "algorithm": text(segment, "SegmentAlgorithmType"),
    }
    return Roi(label, text(segment, "SegmentLabel"), mask=mask, mask_grid=grid, attributes=attributes)


def _code(segment: Dataset, sequence: str) -> tuple[str, str, str] | None:
    code = first(segment, sequence)
    found = tuple(text(code, k) for k in ("CodeValue", "CodingSchemeDesignator", "CodeMeaning"))
    return (found[0], found[1], found[2]) if found[0] else None

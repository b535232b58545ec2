"""Where every image plane of a file lies in the patient, as its header says.

Positions and orientations are read from the root of the data set or, for NM, from the Detector Information Sequence.
Spacing Between Slices of an NM object is signed: slice *k* (counted from 1 by the Slice Vector) lies at
``position + (k - 1) * spacing * normal`` with ``normal = row x column``; a negative spacing goes against the normal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from pydicom.dataset import Dataset

from hevesy.acquire.findings import blocking
from hevesy.acquire.frame_vectors import FRAME_VECTORS, MAX_FRAMES, pointers, varies
from hevesy.acquire.values import first, integer, numbers, text
from hevesy.domain import Finding
from hevesy.domain.grid import Vector

_SLICE_VECTOR = 0x00540080
_COSINE_TOLERANCE = 2e-3
"""Of lengths and of the right angle: what three decimals of each cosine may leave."""


@dataclass(frozen=True)
class Plane:
    """One frame of one file."""

    file: int
    """Index of the file within its series."""
    frame: int
    shape: tuple[int, int]
    """Rows and columns."""
    spacing_mm: tuple[float, float]
    """Between rows and between columns. [mm]"""
    row: Vector
    """Unit vector along which the column index grows."""
    column: Vector
    """Unit vector along which the row index grows."""
    position_mm: Vector
    """Centre of the first voxel. [mm]"""
    frame_of_reference: str | None = None

    @property
    def normal(self) -> Vector:
        """Unit vector ``row x column``."""
        return vector(np.cross(self.row, self.column))


@dataclass(frozen=True)
class FilePlanes:
    """The planes of one file, or why there are none."""

    planes: tuple[Plane, ...]
    source: str = ""
    """Attributes that position and orientation came from."""
    findings: tuple[Finding, ...] = ()


def vector(values: Sequence[float] | np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Vector:
    """Three floats."""
    x, y, z = (float(v) for v in values)
    return x, y, z


def axes(orientation: Sequence[float]) -> tuple[Vector, Vector] | None:
    """Unit row and column vectors of an Image Orientation (Patient); None if they are no right angle.

    Direction cosines rounded to three decimals are accepted and made exactly orthonormal.
    """
    if len(orientation) != 6:
        return None
    row, column = np.array(orientation[:3]), np.array(orientation[3:])
    errors = np.abs([np.linalg.norm(row) - 1, np.linalg.norm(column) - 1, row @ column])
    if errors.max() > _COSINE_TOLERANCE:
        return None
    row = row / np.linalg.norm(row)
    column = column - row * (row @ column)
    return vector(row), vector(column / np.linalg.norm(column))


def planes_of(dataset: Dataset, file: int) -> FilePlanes:
    """Locate every frame of a file.

    Parameters
    ----------
    dataset
        The header.
    file
        Index of the file within its series.
    """
    n_frames = integer(dataset, "NumberOfFrames") or 1
    if not 0 < n_frames <= MAX_FRAMES:
        return _none("absurd-dimensions", f"up to {MAX_FRAMES} frames", f"NumberOfFrames says {n_frames}")
    if "SharedFunctionalGroupsSequence" in dataset or "PerFrameFunctionalGroupsSequence" in dataset:
        return _none("unsupported-geometry", "functional groups for every frame of an enhanced object", "others came")
    common, source, finding = _common(dataset, file)
    if common is None:
        return FilePlanes((), source, (finding,) if finding else ())
    if text(dataset, "Modality").upper() != "NM":
        frames = integer(dataset, "NumberOfFrames") or 1
        if frames > 1:
            return _none("unsupported-geometry", "one slice in each file", f"{frames} frames came")
        return FilePlanes((common,), source, (finding,) if finding else ())
    placed = _placed(dataset, common)
    return FilePlanes(placed.planes, source, (*((finding,) if finding else ()), *placed.findings))


def _none(code: str, expected: str, came: str, source: str = "") -> FilePlanes:
    return FilePlanes((), source, (blocking(code, expected, came),))


def _located(dataset: Dataset, keyword: str, length: int) -> tuple[tuple[float, ...], str, bool]:
    """The attribute at the root or in the detector item: its numbers, where from, and whether both disagree."""
    root = numbers(dataset, keyword)
    nested = numbers(first(dataset, "DetectorInformationSequence"), keyword)
    root, nested = (root if len(root) == length else ()), (nested if len(nested) == length else ())
    if root:
        return root, keyword, bool(nested) and not np.allclose(root, nested, atol=1e-3)
    return nested, f"DetectorInformationSequence[0].{keyword}" if nested else "", False


def _common(dataset: Dataset, file: int) -> tuple[Plane | None, str, Finding | None]:
    position, position_source, position_twice = _located(dataset, "ImagePositionPatient", 3)
    orientation, orientation_source, orientation_twice = _located(dataset, "ImageOrientationPatient", 6)
    source = ", ".join(s for s in (position_source, orientation_source) if s)
    rows, columns = integer(dataset, "Rows"), integer(dataset, "Columns")
    spacing = numbers(dataset, "PixelSpacing")
    needed = {
        "ImagePositionPatient": bool(position),
        "ImageOrientationPatient": bool(orientation),
        "PixelSpacing": len(spacing) == 2 and min(spacing, default=0.0) > 0,
        "Rows and Columns": bool(rows and columns),
    }
    absent = [name for name, there in needed.items() if not there]
    if absent or not rows or not columns:
        return None, source, blocking("missing-orientation", ", ".join(needed), f"{', '.join(absent)} is missing")
    if position_twice or orientation_twice:
        came = "root and Detector Information Sequence differ"
        return None, source, blocking("geometry-contradiction", "one position and orientation", came)
    pair = axes(orientation)
    if pair is None:
        came = f"{list(orientation)} came"
        return None, source, blocking("missing-orientation", "perpendicular unit direction cosines", came)
    frame = text(dataset, "FrameOfReferenceUID") or None
    return Plane(file, 0, (rows, columns), (spacing[0], spacing[1]), *pair, vector(position), frame), source, None


def _placed(dataset: Dataset, start: Plane) -> FilePlanes:
    """Frames of an NM object along the normal."""
    frames = integer(dataset, "NumberOfFrames") or 1
    order = slice_order(dataset, frames)
    if isinstance(order, Finding):
        return FilePlanes((), findings=(order,))
    spacing = numbers(dataset, "SpacingBetweenSlices")
    if frames > 1 and (len(spacing) != 1 or spacing[0] == 0):
        return _none("missing-slice-spacing", "Spacing Between Slices", f"{list(spacing) or 'none'} came")
    step = np.array(start.normal) * (spacing[0] if frames > 1 else 0.0)
    origin = np.array(start.position_mm)
    placed = [
        Plane(
            start.file, frame, start.shape, start.spacing_mm, start.row, start.column,
            vector(origin + (slice_number - 1) * step), start.frame_of_reference,
        )
        for frame, slice_number in enumerate(order)
    ]  # fmt: skip
    return FilePlanes(tuple(placed))


def slice_order(dataset: Dataset, frames: int) -> tuple[int, ...] | Finding:
    """Slice number (from 1) of every frame, as Frame Increment Pointer and Slice Vector say."""
    others = [name for tag, name in FRAME_VECTORS.items() if tag != _SLICE_VECTOR and varies(dataset, tag)]
    if others:
        return blocking("several-frame-dimensions", "slices as the only dimension", f"{', '.join(others)} varies")
    stored = numbers(dataset, "SliceVector")
    if not stored:
        if frames > 1 and _SLICE_VECTOR not in pointers(dataset):
            return blocking("slice-vector", "a Frame Increment Pointer to slices", "it names no slices")
        return tuple(range(1, frames + 1))
    if sorted(stored) != list(range(1, frames + 1)):
        return blocking("slice-vector", f"a Slice Vector with every slice from 1 to {frames} once", "it has not")
    return tuple(int(s) for s in stored)

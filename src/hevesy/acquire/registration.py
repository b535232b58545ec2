"""REG: rigid transforms between frames of reference."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.acquire.values import first, items, numbers, text, unique
from hevesy.domain import RigidTransform
from hevesy.errors import GeometryError


def registration_frames(dataset: Dataset) -> tuple[str, ...]:
    """Every Frame of Reference UID that a registration names, the registered one first."""
    own = text(dataset, "FrameOfReferenceUID")
    return unique((own, *(text(item, "FrameOfReferenceUID") for item in items(dataset, "RegistrationSequence"))))


def registration_series(dataset: Dataset) -> tuple[str, ...]:
    """Series that a registration names."""
    return unique(text(series, "SeriesInstanceUID") for series in items(dataset, "ReferencedSeriesSequence"))


def rigid_transforms(dataset: Dataset, where: str) -> tuple[RigidTransform, ...]:
    """Read every transform to the registered frame of reference; the registered frame's own identity is left out.

    Raises
    ------
    GeometryError
        If a frame of reference is not named or a matrix is not rigid.
    """
    target = text(dataset, "FrameOfReferenceUID")
    if not target:
        raise GeometryError("the registered Frame of Reference UID", "none is there", where)
    found = [_transform(item, target, where) for item in items(dataset, "RegistrationSequence")]
    return tuple(transform for transform in found if transform is not None)


def _transform(item: Dataset, target: str, where: str) -> RigidTransform | None:
    source = text(item, "FrameOfReferenceUID")
    if not source:
        raise GeometryError("a Frame of Reference UID for every transform", "one is missing", where)
    matrix: NDArray[np.float64] = np.eye(4)
    for step in items(first(item, "MatrixRegistrationSequence"), "MatrixSequence"):
        matrix = _matrix(step, where) @ matrix
    if source == target:
        if not np.allclose(matrix, np.eye(4), atol=1e-6):
            raise GeometryError("no motion of the registered frame against itself", "another matrix came", where)
        return None
    try:
        return RigidTransform.from_array(matrix, source, target)
    except ValueError as error:
        raise GeometryError("a rotation and a translation", "another matrix came", where) from error


def _matrix(step: Dataset, where: str) -> NDArray[np.float64]:
    kind = text(step, "FrameOfReferenceTransformationMatrixType").upper()
    values = numbers(step, "FrameOfReferenceTransformationMatrix")
    if kind != "RIGID" or len(values) != 16:
        raise GeometryError("a RIGID matrix of 16 numbers", f"{kind or 'no type'} with {len(values)} came", where)
    return np.array(values).reshape(4, 4)

"""NIfTI images and labels: RAS to LPS exactly, millimetres only, never flipped silently."""

from __future__ import annotations

import gzip
import math
import os
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire.extent import MAX_EXPANSION
from hevesy.acquire.files import opened
from hevesy.acquire.memory import NIFTI_BYTES, require_memory
from hevesy.acquire.planes import vector
from hevesy.acquire.values import PARSE_ERRORS
from hevesy.domain import FileStamp, Grid, Image, Quantity, Roi, RoiSet
from hevesy.errors import GeometryError, ReadError

_SAME_FORM_MM = 1e-2
_HEADER_BYTES = 540
_FARTHEST_VOXELS = 1 << 24
"""Extensions before the voxels take kilobytes. [byte]"""
_RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def is_nifti(path: Path) -> bool:
    """Whether the name says NIfTI."""
    return path.name.lower().endswith((".nii", ".nii.gz"))


def nifti_grid(path: Path) -> Grid:
    """The grid of a NIfTI image in LPS.

    Raises
    ------
    ReadError
        If it is no readable 3D NIfTI image.
    GeometryError
        If its units are not mm, its two forms disagree or are absent, or its axes are not perpendicular.
    """
    with _sound(path, None):
        return _grid(_open(path), path)[0]


def nifti_shape(path: Path) -> tuple[int, ...]:
    """Number of voxels ``(x, y, z)`` of a NIfTI image, from its header alone.

    Raises
    ------
    ReadError
        If it is no readable 3D NIfTI image.
    """
    with _sound(path, None):
        return tuple(int(n) for n in _open(path).shape[:3])


def load_nifti_image(
    path: Path,
    quantity: Quantity,
    *,
    known: FileStamp | None = None,
    available: int | None = None,
    unit_unstated: str | None = None,
    may_lack_values: bool = False,
) -> Image:
    """Load a NIfTI image of a stated quantity.

    Where the voxel axes are left-handed the slices are reordered; every voxel keeps its patient point.

    Parameters
    ----------
    path, quantity
        The file, and what its values are.
    known
        What the file was when it was inspected; None for a file that is read for the first time.
    available
        Memory that may be used; None for what the machine has. [byte]
    unit_unstated
        ``mm`` where a header that states no unit of length means it; None refuses such a header.
    may_lack_values
        Whether NaN is taken for voxels without a value; infinite values are refused all the same.

    Raises
    ------
    ReadError
        If it cannot be read, holds values that are not finite, is not the file that was inspected, changes while it
        is read, or is too large for the memory.
    GeometryError
        As :func:`nifti_grid`.
    """
    with _sound(path, known):
        image = _open(path)
        grid, flipped = _grid(image, path, unit_unstated)
        require_memory(NIFTI_BYTES * math.prod(grid.shape), path.name, available)
        try:
            values = np.asarray(image.dataobj)
        except (*PARSE_ERRORS, OSError) as error:
            raise ReadError("the voxels of a NIfTI image", "they are truncated or damaged", path.name) from error
    values = values.reshape(values.shape[:3]).transpose(2, 1, 0)
    if not (np.isfinite(values) | (np.isnan(values) & may_lack_values)).all():
        raise ReadError("finite values", "others came", path.name)
    return Image(grid, np.ascontiguousarray(values[::-1] if flipped else values), quantity)


def load_nifti_labels(path: Path, names: Mapping[int, str], *, available: int | None = None) -> RoiSet:
    """Load the named labels of a NIfTI label image; labels without a name are left out.

    Parameters
    ----------
    path
        The label image.
    names
        Region name of each label; 0 is no region.
    available
        Memory that may be used; None for what the machine has. [byte]

    Raises
    ------
    ReadError
        If values are not whole numbers, or label 0 is named.
    GeometryError
        As :func:`nifti_grid`.
    """
    image = load_nifti_image(path, Quantity.LABELS, available=available)
    if 0 in names:
        raise ReadError("labels from 1 on", "label 0, the background, is named", path.name)
    whole: NDArray[Any] = np.rint(image.values)
    if not np.array_equal(whole, image.values):
        raise ReadError("whole numbers as labels", "others came", path.name)
    rois = tuple(Roi(n, name, mask=whole == n, mask_grid=image.grid) for n, name in sorted(names.items()))
    return RoiSet(rois, None, path.name)


@contextmanager
def _sound(path: Path, known: FileStamp | None) -> Iterator[None]:
    """Hold the file while it is read, with a header that promises no more than the file can hold."""
    try:
        with opened(path, known) as stream:
            _check_promises(stream, path)
            yield
    except FileNotFoundError as error:
        raise ReadError("a NIfTI image", "there is no file of this name", path.name) from error
    except (OSError, EOFError, zlib.error) as error:
        raise ReadError("a NIfTI image", "it cannot be read", path.name) from error


def _check_promises(stream: BinaryIO, path: Path) -> None:
    packed = path.name.lower().endswith(".gz")
    size = os.fstat(stream.fileno()).st_size
    head = gzip.GzipFile(fileobj=stream).read(_HEADER_BYTES) if packed else stream.read(_HEADER_BYTES)
    promised = _promised(head)
    if promised is None:
        return  # nibabel says what is wrong
    offset, shape, itemsize = promised
    if not 0 <= offset <= _FARTHEST_VOXELS:
        raise ReadError("voxels soon after the header", f"their offset is {offset:g} bytes", path.name)
    needed = math.prod(shape) * itemsize + (0 if packed else int(offset))
    if needed > size * (MAX_EXPANSION if packed else 1):
        raise ReadError(
            f"a file that holds {shape} voxels", f"{size} bytes cannot: it is truncated or damaged", path.name
        )


def _promised(head: bytes) -> tuple[float, tuple[int, ...], int] | None:
    """Where the voxels begin, how many there are, and their size. [byte]"""
    import nibabel
    from nibabel.spatialimages import HeaderDataError
    from nibabel.wrapstruct import WrapStructError

    kinds: tuple[tuple[Any, int], ...] = ((nibabel.Nifti1Header, 348), (nibabel.Nifti2Header, 540))
    for kind, length in kinds:
        try:
            header = kind(head[:length], check=False)
            if int(header["sizeof_hdr"]) == length:
                shape = tuple(int(n) for n in header.get_data_shape())
                return float(header["vox_offset"]), shape, int(header.get_data_dtype().itemsize)
        except (*PARSE_ERRORS, HeaderDataError, WrapStructError):
            continue
    return None


def _open(path: Path) -> Any:  # noqa: ANN401 - nibabel is untyped
    import nibabel  # takes long to import
    from nibabel.filebasedimages import ImageFileError
    from nibabel.spatialimages import HeaderDataError
    from nibabel.wrapstruct import WrapStructError

    try:
        image = nibabel.load(path)
    except (*PARSE_ERRORS, OSError, ImageFileError, HeaderDataError, WrapStructError) as error:
        raise ReadError("a NIfTI image", "it cannot be read", path.name) from error
    if not isinstance(image, nibabel.Nifti1Image | nibabel.Nifti2Image):
        raise ReadError("a NIfTI image", f"{type(image).__name__} came", path.name)
    shape = image.shape
    if len(shape) < 3 or any(n != 1 for n in shape[3:]):
        raise ReadError("one volume", f"shape {shape} came", path.name)
    return image


def _grid(
    image: Any,  # noqa: ANN401 - nibabel is untyped
    path: Path,
    unit_unstated: str | None = None,
) -> tuple[Grid, bool]:
    """The grid with right-handed axes, and whether the slices have to be reordered for it."""
    units = image.header.get_xyzt_units()[0]
    if units == "unknown" and unit_unstated is not None:
        units = unit_unstated
    if units != "mm":
        raise GeometryError("spatial units mm", f"{units} came", path.name)
    affine = _RAS_TO_LPS @ _affine(image, path)
    nx, ny, nz = image.shape[:3]
    spacing = np.linalg.norm(affine[:3, :3], axis=0)
    if not np.isfinite(affine).all() or spacing.min() <= 0:
        raise GeometryError("a finite affine with positive spacings", "another came", path.name)
    direction, origin = affine[:3, :3] / spacing, affine[:3, 3]
    flipped = bool(np.linalg.det(direction) < 0)
    if flipped:
        origin = origin + affine[:3, 2] * (nz - 1)
        direction = direction * np.array([1.0, 1.0, -1.0])
    try:
        rows = (vector(direction[0]), vector(direction[1]), vector(direction[2]))
        return Grid((nz, ny, nx), vector(spacing), vector(origin), rows), flipped
    except ValueError as error:
        raise GeometryError("perpendicular axes", "a sheared affine came", path.name) from error


def _affine(image: Any, path: Path) -> NDArray[np.float64]:  # noqa: ANN401 - nibabel is untyped
    (qform, q_code), (sform, s_code) = image.get_qform(coded=True), image.get_sform(coded=True)
    if not q_code and not s_code:
        raise GeometryError("a qform or sform", "neither is set", path.name)
    if q_code and s_code:
        corners = np.array([[i, j, k, 1] for i in (0, 1) for j in (0, 1) for k in (0, 1)], dtype=float)
        corners[:, :3] *= np.array(image.shape[:3]) - 1
        difference = float(np.abs(corners @ (qform - sform).T).max())
        if difference > _SAME_FORM_MM:
            raise GeometryError("qform and sform to agree", f"they differ by {difference:.3g} mm", path.name)
    chosen: NDArray[np.float64] = np.asarray(sform if s_code else qform, dtype=np.float64)
    return chosen

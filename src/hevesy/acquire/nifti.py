"""NIfTI images and labels: RAS to LPS exactly, millimetres only, never flipped silently."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire.planes import vector
from hevesy.domain import Grid, Image, Quantity, Roi, RoiSet
from hevesy.errors import GeometryError, ReadError

_SAME_FORM_MM = 1e-2
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
    return _grid(_open(path), path)[0]


def load_nifti_image(path: Path, quantity: Quantity) -> Image:
    """Load a NIfTI image of a stated quantity.

    Where the voxel axes are left-handed the slices are reordered; every voxel keeps its patient point.

    Raises
    ------
    ReadError
        If it cannot be read or holds values that are not finite.
    GeometryError
        As :func:`nifti_grid`.
    """
    image = _open(path)
    grid, flipped = _grid(image, path)
    try:
        values = np.asarray(image.dataobj)
    except (OSError, ValueError, EOFError, zlib.error) as error:
        raise ReadError("the voxels of a NIfTI image", "they are truncated or damaged", path.name) from error
    values = values.reshape(values.shape[:3]).transpose(2, 1, 0)
    if not np.isfinite(values).all():
        raise ReadError("finite values", "others came", path.name)
    return Image(grid, np.ascontiguousarray(values[::-1] if flipped else values), quantity)


def load_nifti_labels(path: Path, names: Mapping[int, str]) -> RoiSet:
    """Load the named labels of a NIfTI label image; labels without a name are left out.

    Parameters
    ----------
    path
        The label image.
    names
        Region name of each label; 0 is no region.

    Raises
    ------
    ReadError
        If values are not whole numbers, or label 0 is named.
    GeometryError
        As :func:`nifti_grid`.
    """
    image = load_nifti_image(path, Quantity.LABELS)
    if 0 in names:
        raise ReadError("labels from 1 on", "label 0, the background, is named", path.name)
    whole: NDArray[Any] = np.rint(image.values)
    if not np.array_equal(whole, image.values):
        raise ReadError("whole numbers as labels", "others came", path.name)
    rois = tuple(Roi(n, name, mask=whole == n, mask_grid=image.grid) for n, name in sorted(names.items()))
    return RoiSet(rois, None, path.name)


def _open(path: Path) -> Any:  # noqa: ANN401 - nibabel is untyped
    import nibabel  # takes long to import
    from nibabel.filebasedimages import ImageFileError
    from nibabel.spatialimages import HeaderDataError

    try:
        image = nibabel.load(path)
    except (OSError, ImageFileError, HeaderDataError, ValueError, EOFError, zlib.error) as error:
        raise ReadError("a NIfTI image", "it cannot be read", path.name) from error
    if not isinstance(image, nibabel.Nifti1Image | nibabel.Nifti2Image):
        raise ReadError("a NIfTI image", f"{type(image).__name__} came", path.name)
    shape = image.shape
    if len(shape) < 3 or any(n != 1 for n in shape[3:]):
        raise ReadError("one volume", f"shape {shape} came", path.name)
    return image


def _grid(image: Any, path: Path) -> tuple[Grid, bool]:  # noqa: ANN401 - nibabel is untyped
    """The grid with right-handed axes, and whether the slices have to be reordered for it."""
    units = image.header.get_xyzt_units()[0]
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

"""Rigid registration of images of two kinds: CT, MR, PET, SPECT."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.align.optimise import refine
from hevesy.align.register import Registration, register_rigid, start_shift
from hevesy.align.working import AIR_HU, VOXEL_MM, WorkingImage, prepare
from hevesy.domain import Image, Progress, Quantity, RigidTransform, silent
from hevesy.errors import AlignmentError
from hevesy.numerics.resample import block_mean

_WINDOW_HU = (-200.0, 300.0)
_SEEN = 0.03
"""Share of the brightness of the 99th percentile above which an image other than a CT shows the patient."""


def register_across(
    fixed: Image, moving: Image, *, progress: Progress = silent
) -> tuple[RigidTransform, Registration | None]:
    """Find the rigid transform from points of one image to points of another, whatever their kinds.

    Two CTs are registered as :func:`register_rigid` does, which tells what remains. Any other pair by the Mattes mutual
    information of their brightness, from the best overlap; nothing then measures what remains, because blocks of images
    of two kinds do not correlate.

    Parameters
    ----------
    fixed, moving
        CT numbers, activity concentrations, counts or pictures in arbitrary units.
    progress
        Told every iteration.

    Returns
    -------
    The transform, and the registration with its quality for two CTs (None otherwise).

    Raises
    ------
    AlignmentError
        If an image shows nothing.

    References
    ----------
    .. [1] D. Mattes et al., IEEE Trans. Med. Imaging 22 (2003) 120, doi:10.1109/TMI.2003.809072
    """
    if fixed.quantity is Quantity.CT_NUMBER and moving.quantity is Quantity.CT_NUMBER:
        registration = register_rigid(fixed, moving, progress=progress)
        return registration.transform, registration
    target, source = prepared(fixed, "fixed image"), prepared(moving, "moving image")
    matrix = refine(target, source, start_shift(target, source), progress)
    return RigidTransform.from_array(matrix, fixed.grid.frame_of_reference, moving.grid.frame_of_reference), None


def as_shown(image: Image) -> Image:
    """An image in the range of the window that CTs are shown with, for overlays; a CT as it is. [HU]"""
    if image.quantity is Quantity.CT_NUMBER:
        return image
    low, high = _WINDOW_HU
    values = low + _brightness(image.values) * (high - low)
    return Image(image.grid, values, Quantity.CT_NUMBER)


def _brightness(values: NDArray[np.generic]) -> NDArray[np.float64]:
    """0 for nothing to 1 for the 99th percentile of what is there, clipped."""
    numbers = np.asarray(values, dtype=np.float64)
    positive = numbers[numbers > 0]
    top = float(np.percentile(positive, 99)) if positive.size else 0.0
    return np.clip(numbers / top, 0.0, 1.0) if top > 0 else np.zeros(numbers.shape)


def prepared(image: Image, name: str) -> WorkingImage:
    """On voxels of about 4 mm; other images than CTs by the root of their brightness, from -1000 to 1000."""
    if image.quantity is Quantity.CT_NUMBER:
        return prepare(image, name)
    sx, sy, sz = (max(1, round(VOXEL_MM / spacing)) for spacing in image.grid.spacing_mm)
    brightness = _brightness(block_mean(image.values, (sz, sy, sx)))
    seen, _ = ndimage.label(ndimage.binary_opening(brightness > _SEEN))
    if not seen.any():
        raise AlignmentError("an image that shows the patient", "nothing in it stands out", name)
    body = ndimage.binary_fill_holes(seen == 1 + int(np.argmax(np.bincount(seen.ravel())[1:])))
    values = AIR_HU + 2000.0 * np.sqrt(brightness)
    return WorkingImage(image.grid.coarsened((sz, sy, sx)), values, np.asarray(body, dtype=bool))

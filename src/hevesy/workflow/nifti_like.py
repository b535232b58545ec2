"""Maps as NIfTI images in the place, and in the order of voxels, of an image that was read."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from hevesy.report import write_atomically


def write_like(values: NDArray[Any], like: Path, out: Path, description: str, dtype: DTypeLike = np.float32) -> Path:
    """Write values with the affine and the order of voxels of a NIfTI image.

    Parameters
    ----------
    values
        Shape ``(z, y, x)``, as they were read.
    like
        The image that was read.
    out
        Name ending in ``.nii.gz``.
    description
        Quantity and unit, which NIfTI has no field for.
    dtype
        Of the file.
    """
    import nibabel

    source: Any = nibabel.load(like)
    flipped = np.linalg.det(source.affine[:3, :3]) < 0
    ordered = np.ascontiguousarray((values[::-1] if flipped else values).T, dtype=dtype)
    image: Any = nibabel.Nifti1Image(ordered, source.affine)  # type: ignore[no-untyped-call]
    image.header.set_xyzt_units("mm")
    image.header["descrip"] = description.encode()
    image.set_sform(source.affine, code=int(source.header["sform_code"]) or 1)
    image.set_qform(source.affine, code=int(source.header["qform_code"]) or 1)
    return write_atomically(out, gzip.compress(image.to_bytes(), compresslevel=1, mtime=0))

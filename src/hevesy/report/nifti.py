"""Images as NIfTI-1 files."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.domain import Image
from hevesy.report.files import write_atomically

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SCANNER = 1


def write_nifti(image: Image, path: Path) -> Path:
    """Write an image as compressed NIfTI-1: float32, millimetres, both transforms in scanner coordinates.

    The affine is the grid's, turned from LPS (DICOM) to RAS (NIfTI); the header's description names quantity and
    unit, which NIfTI has no field for. The same image gives the same bytes.

    Parameters
    ----------
    image
        Any image. Shape ``(z, y, x)``.
    path
        Name ending in ``.nii.gz``.

    References
    ----------
    .. [1] R. W. Cox et al., NIfTI-1 data format, https://nifti.nimh.nih.gov/nifti-1
    """
    import nibabel

    volume = np.ascontiguousarray(image.values.T, dtype=np.float32)
    nifti: Any = nibabel.Nifti1Image(volume, _LPS_TO_RAS @ image.grid.affine)  # type: ignore[no-untyped-call]
    nifti.header.set_xyzt_units("mm")
    nifti.header["descrip"] = f"{image.quantity.name.lower().replace('_', ' ')} [{image.quantity.value}]".encode()
    nifti.set_sform(nifti.affine, code=_SCANNER)
    nifti.set_qform(nifti.affine, code=_SCANNER)
    return write_atomically(path, gzip.compress(nifti.to_bytes(), compresslevel=6, mtime=0))

"""Reading: DICOM and NIfTI to images, regions and transforms, with an account of geometry and scale."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hevesy.acquire.agreement import agreed_administration
    from hevesy.acquire.echoes import load_echoes
    from hevesy.acquire.fingerprint import read_headers, series_sha256
    from hevesy.acquire.frames import SliceTimes, slice_times
    from hevesy.acquire.image import load_image, load_picture
    from hevesy.acquire.inspect import inspect_folder
    from hevesy.acquire.load import load_roi_set, load_transforms
    from hevesy.acquire.memory import available_bytes
    from hevesy.acquire.nifti import load_nifti_image, load_nifti_labels, nifti_shape
    from hevesy.acquire.planar import load_planar
    from hevesy.acquire.positrons import positron_fraction
    from hevesy.acquire.single import inspect_file
    from hevesy.acquire.timing import zoned_start

_PLACES = {
    "SliceTimes": "frames",
    "agreed_administration": "agreement",
    "available_bytes": "memory",
    "inspect_file": "single",
    "inspect_folder": "inspect",
    "load_echoes": "echoes",
    "zoned_start": "timing",
    "load_image": "image",
    "load_nifti_image": "nifti",
    "load_nifti_labels": "nifti",
    "load_picture": "image",
    "load_planar": "planar",
    "load_roi_set": "load",
    "load_transforms": "load",
    "nifti_shape": "nifti",
    "positron_fraction": "positrons",
    "read_headers": "fingerprint",
    "series_sha256": "fingerprint",
    "slice_times": "frames",
}
"""Module of each name: loaded when it is asked for, as the whole takes a second."""


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)


__all__ = [
    "SliceTimes",
    "agreed_administration",
    "available_bytes",
    "inspect_file",
    "inspect_folder",
    "load_echoes",
    "load_image",
    "load_nifti_image",
    "load_nifti_labels",
    "load_picture",
    "load_planar",
    "load_roi_set",
    "load_transforms",
    "nifti_shape",
    "positron_fraction",
    "read_headers",
    "series_sha256",
    "slice_times",
    "zoned_start",
]

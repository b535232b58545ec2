"""Reading: DICOM and NIfTI to images, regions and transforms, with an account of geometry and scale."""

from hevesy.acquire.fingerprint import read_headers, series_sha256
from hevesy.acquire.frames import SliceTimes, slice_times
from hevesy.acquire.image import load_image, load_picture
from hevesy.acquire.inspect import inspect_folder
from hevesy.acquire.load import load_roi_set, load_transforms
from hevesy.acquire.memory import available_bytes
from hevesy.acquire.nifti import load_nifti_image, load_nifti_labels, nifti_shape
from hevesy.acquire.planar import load_planar
from hevesy.acquire.single import inspect_file

__all__ = [
    "SliceTimes",
    "available_bytes",
    "inspect_file",
    "inspect_folder",
    "load_image",
    "load_nifti_image",
    "load_nifti_labels",
    "load_picture",
    "load_planar",
    "load_roi_set",
    "load_transforms",
    "nifti_shape",
    "read_headers",
    "series_sha256",
    "slice_times",
]

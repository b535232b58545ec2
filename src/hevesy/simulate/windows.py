"""Several energy windows in one NM object: the photopeak between two windows of scatter."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from scipy import ndimage

from hevesy.simulate.dicom_base import decimal

_SCATTER_SHARES = (0.35, 0.12)
"""Counts of the lower and the upper window over those of the photopeak: own choice."""
_SCATTER_BLUR_MM = 30.0
"""Standard deviation of the blur of scattered counts, in the plane of the slice. [mm]"""
_SCATTER_WIDTH = 0.1
"""Width of a scatter window over the photopeak's middle."""
_ENERGY_WINDOW_VECTOR, _SLICE_VECTOR = 0x00540010, 0x00540080


def add_scatter_windows(ds: Dataset) -> Dataset:
    """Put the frames of a lower window before, and those of an upper window after the frames of the photopeak.

    The standard names no energy windows for reconstructed tomograms: dciodvfy finds an error in the Frame Increment
    Pointer.
    """
    n = int(ds.NumberOfFrames)
    photopeak = np.frombuffer(ds.PixelData, dtype="<u2").reshape(n, ds.Rows, ds.Columns)
    low, high = (_scatter(photopeak, share, float(ds.PixelSpacing[0])) for share in _SCATTER_SHARES)
    ds.NumberOfFrames, ds.NumberOfEnergyWindows = 3 * n, 3
    ds.EnergyWindowInformationSequence = Sequence(_windows(ds.EnergyWindowInformationSequence[0]))
    ds.EnergyWindowVector = [window for window in (1, 2, 3) for _ in range(n)]
    ds.SliceVector = 3 * list(ds.SliceVector)
    ds.FrameIncrementPointer = [_ENERGY_WINDOW_VECTOR, _SLICE_VECTOR]
    ds.PixelData = b"".join(frames.tobytes() for frames in (low, photopeak, high))
    return ds


def _scatter(photopeak: NDArray[np.uint16], share: float, pixel_mm: float) -> NDArray[np.uint16]:
    sigma = _SCATTER_BLUR_MM / pixel_mm
    blurred = ndimage.gaussian_filter(share * photopeak.astype(np.float32), (0.0, sigma, sigma), mode="constant")
    frames: NDArray[np.uint16] = np.rint(blurred).astype("<u2")
    return frames


def _windows(photopeak: Dataset) -> list[Dataset]:
    limits = photopeak.EnergyWindowRangeSequence[0]
    low, high = float(limits.EnergyWindowLowerLimit), float(limits.EnergyWindowUpperLimit)
    width = _SCATTER_WIDTH * (low + high) / 2
    return [
        _window(photopeak, "lower scatter", low - width, low),
        photopeak,
        _window(photopeak, "upper scatter", high, high + width),
    ]


def _window(photopeak: Dataset, name: str, low: float, high: float) -> Dataset:
    window = deepcopy(photopeak)
    window.EnergyWindowName = name
    limits = window.EnergyWindowRangeSequence[0]
    limits.EnergyWindowLowerLimit, limits.EnergyWindowUpperLimit = (decimal(round(v, 1)) for v in (low, high))
    return window

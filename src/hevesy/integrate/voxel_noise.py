"""How uncertain the activity of a voxel is, by a stated model of the noise of an image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from hevesy.domain import Image

_NEIGHBOURS = 3
"""Edge of the cube whose mean stands for the expected activity. [voxel]"""


@dataclass(frozen=True)
class VoxelNoise:
    r"""Noise of one image: :math:`u^2 = f^2 + c A + (r A)^2` at the expected activity concentration *A* of a voxel."""

    counting: float = 0.0
    """Variance that grows with the activity, as that of counts does: *c*. [Bq/ml]"""
    relative: float = 0.0
    """Standard uncertainty in proportion to the activity: *r*."""
    floor: float = 0.0
    """Standard uncertainty without activity: *f*. [Bq/ml]"""

    def __post_init__(self) -> None:
        parts = np.array([self.counting, self.relative, self.floor])
        if not (np.isfinite(parts).all() and (parts >= 0).all() and parts.any()):
            raise ValueError(f"expected a noise above zero, but {self} came")


def noise_uncertainty(activity: Image, noise: VoxelNoise) -> NDArray[np.float32]:
    r"""Standard uncertainty of every voxel. Shape ``(z, y, x)``. [Bq/ml]

    The model is evaluated at the mean of the voxel and its 26 neighbours, not at the voxel's own value: a voxel that
    came out low by chance would otherwise weigh more than one that came out high, and the fit would follow the low
    ones: at 30 % noise the mean of a region would read a tenth low, instead of a twentieth.

    Parameters
    ----------
    activity
        Activity concentration at the scan. [Bq/ml]
    noise
        Of the image.
    """
    expected = uniform_filter(np.asarray(activity.values, dtype=np.float32), _NEIGHBOURS, mode="nearest")
    np.maximum(expected, 0.0, out=expected)
    variance = noise.floor**2 + expected * (noise.counting + noise.relative**2 * expected)
    return np.sqrt(variance, dtype=np.float32)

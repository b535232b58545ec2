"""What an error of a region's position does to its activity."""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Image


def position_relative_u(image: Image, mask: NDArray[np.bool_], covariance_mm2: NDArray[np.float64]) -> float:
    r"""Relative standard uncertainty of a region's mean from that of its position.

    With the first and second derivatives *g* and *H* of the mean by the shift, and the covariance *C* of the shift,

    .. math:: u^2 = g^T C g + \tfrac12 \operatorname{tr}(HC)^2_\circ + \tfrac14 (\operatorname{tr} HC)^2,
       \qquad \operatorname{tr}(HC)^2_\circ = \operatorname{tr}(HCHC),

    the mean square of the second-order error for a normal shift. The second order is what is left where the region lies
    best. A region at the border of the image has no derivative there: the nearest voxel stands for what is beyond.

    Parameters
    ----------
    image
        Activity concentration, or another density.
    mask
        Voxels of the region. Shape ``(z, y, x)``.
    covariance_mm2
        Of the shift along x, y, z. Shape ``(3, 3)``. [mm²]

    Returns
    -------
    Relative standard uncertainty; 0 where the mean is not positive.
    """
    mean = float(image.values[mask].mean()) if mask.any() else 0.0
    if mean <= 0 or not covariance_mm2.any():
        return 0.0
    first, second = _derivatives(image, mask)
    turn = image.grid.direction_matrix
    covariance = turn.T @ covariance_mm2 @ turn
    product = second @ covariance
    variance = first @ covariance @ first + np.trace(product @ product) / 2.0 + np.trace(product) ** 2 / 4.0
    return math.sqrt(float(variance)) / mean


def _derivatives(image: Image, mask: NDArray[np.bool_]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gradient and second derivatives of the mean over the region by its shift along the index axes x, y, z."""
    means: dict[tuple[int, ...], float] = {}
    inside = np.argwhere(mask)
    values = np.asarray(image.values)
    for step in itertools.product((-1, 0, 1), repeat=3):
        at = np.clip(inside + np.array(step[::-1]), 0, np.array(values.shape) - 1)
        means[step] = float(values[tuple(at.T)].mean(dtype=np.float64))
    spacing = np.array(image.grid.spacing_mm)
    steps = np.eye(3, dtype=int)
    first = np.array([means[tuple(s)] - means[tuple(-s)] for s in steps]) / (2.0 * spacing)
    second = np.empty((3, 3))
    for i, j in itertools.product(range(3), repeat=2):
        a, b = steps[i], steps[j]
        if i == j:
            second[i, j] = (means[tuple(a)] - 2.0 * means[0, 0, 0] + means[tuple(-a)]) / spacing[i] ** 2
        else:
            mixed = means[tuple(a + b)] - means[tuple(a - b)] - means[tuple(b - a)] + means[tuple(-a - b)]
            second[i, j] = mixed / (4.0 * spacing[i] * spacing[j])
    return first, second

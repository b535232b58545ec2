"""Two opposite views through an absorber: what leaves it, and what the geometric mean needs to be put right."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_SMALL = 1e-6


def self_attenuation(optical_thickness: Floats) -> Floats:
    r"""Factor for a source of its own thickness, evenly filled.

    .. math:: f = \frac{x/2}{\sinh(x/2)}, \qquad x = \mu t

    Parameters
    ----------
    optical_thickness
        Attenuation coefficient times the thickness of the source.

    References
    ----------
    .. [1] J. A. Siegel et al., J. Nucl. Med. 40 (1999) 37S (MIRD Pamphlet No. 16)
    """
    half = np.abs(np.asarray(optical_thickness, dtype=np.float64)) / 2.0
    safe = np.maximum(half, _SMALL)
    return np.where(half < _SMALL, 1.0, safe / np.sinh(safe))


def even_body_factor(optical_thickness: Floats) -> Floats:
    r"""Emitted over counted photons for a body that is evenly filled along the line of view, :math:`x/(1 - e^{-x})`."""
    x = np.asarray(optical_thickness, dtype=np.float64)
    return np.exp(x / 2.0) * self_attenuation(x)


def opposite_projections(source: Floats, matter: Floats, step_mm: float) -> Floats:
    r"""What leaves an absorber unscattered towards both ends of the second axis.

    .. math:: p(z, x) = \sum_y s(y)\, e^{-d(y)}, \qquad d = \int \mu\, \mathrm{d}y

    Parameters
    ----------
    source
        Shape ``(z, y, x)``.
    matter
        Attenuation coefficients. Shape ``(z, y, x)``. [1/mm]
    step_mm
        Between voxels along y. [mm]

    Returns
    -------
    Towards low and towards high y. Shape ``(2, z, x)``.
    """
    before = (np.cumsum(matter, axis=1, dtype=np.float64) - matter / 2.0) * step_mm
    whole = matter.sum(axis=1, dtype=np.float64, keepdims=True) * step_mm
    return np.stack([(source * np.exp(-before)).sum(axis=1), (source * np.exp(before - whole)).sum(axis=1)])

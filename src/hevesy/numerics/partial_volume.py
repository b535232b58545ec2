r"""A uniform sphere seen through a Gaussian blur.

With radius *r* and standard deviation :math:`\sigma`, :math:`x = r / \sigma`.
"""

from __future__ import annotations

import math

_SIGMA_PER_FWHM = 1.0 / math.sqrt(8.0 * math.log(2.0))


def sphere_radius(volume: float) -> float:
    """Radius of the sphere of this volume, in the cube root of its unit."""
    return math.cbrt(3.0 * volume / (4.0 * math.pi))


def sigma_of_fwhm(fwhm: float) -> float:
    """Standard deviation of a Gaussian from its full width at half maximum."""
    return fwhm * _SIGMA_PER_FWHM


def edge_value(radius: float, sigma: float) -> float:
    r"""Blurred concentration at the surface of the sphere over the true one.

    .. math:: \frac{\varphi}{2}, \qquad
       \varphi = \operatorname{erf}(\sqrt 2 x) - \frac{2}{x \sqrt{2\pi}} \left(1 - e^{-2 x^2}\right)

    It tends to 1/2 for large spheres.
    """
    if sigma <= 0.0:
        return 0.5
    x = radius / sigma
    return 0.5 * math.erf(math.sqrt(2.0) * x) + math.expm1(-2.0 * x * x) / (x * math.sqrt(2.0 * math.pi))


def sphere_recovery(radius: float, sigma: float) -> float:
    r"""Mean blurred concentration within the sphere over the true one.

    .. math:: R = \operatorname{erf}(\sqrt 2 x) - \frac{1}{\sqrt{2\pi}}
       \left[\frac{3 - E}{x} - \frac{1 - E}{x^3}\right], \qquad E = e^{-2 x^2},

    the overlap of the sphere with itself shifted by a distance, averaged over the distances of the blur. Rounding makes
    it useless below about x = 0.01.
    """
    if sigma <= 0.0:
        return 1.0
    x = radius / sigma
    gone = -math.expm1(-2.0 * x * x)
    return math.erf(math.sqrt(2.0) * x) - ((2.0 + gone) / x - gone / x**3) / math.sqrt(2.0 * math.pi)

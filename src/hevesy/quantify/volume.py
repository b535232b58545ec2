"""How well the volume of a drawn region is known."""

from __future__ import annotations

import math

from hevesy.errors import RegionFinding
from hevesy.numerics.partial_volume import sigma_of_fwhm, sphere_radius
from hevesy.quantities import Uncertain


def volume_from_boundary(volume_ml: float, *, region: str, boundary_standard_uncertainty_mm: float) -> Uncertain:
    r"""Volume whose whole boundary may lie further in or out.

    .. math:: \frac{u(v)}{v} = 3\, \frac{u(r)}{r}

    with *r* the radius of the sphere of this volume; a region of another shape has more surface and a larger
    uncertainty. The source is ``volume:<region>``.

    Parameters
    ----------
    volume_ml
        Volume of the region. [ml]
    region
        Name, for the source.
    boundary_standard_uncertainty_mm
        Standard uncertainty of the mean position of the boundary along its normal, for example between observers. [mm]

    Raises
    ------
    RegionFinding
        If the region is empty.
    """
    return _volume(volume_ml, region, 2.0 * boundary_standard_uncertainty_mm)


def volume_from_resolution(volume_ml: float, *, region: str, voxel_mm: float, fwhm_mm: float) -> Uncertain:
    r"""Volume drawn on an image of finite voxels and resolution.

    Each end of the mean diameter *d* is known to a voxel (rectangular, width *a*) and to the resolution (Gaussian):

    .. math:: u^2(d) = \frac{a^2}{6} + \frac{\mathrm{FWHM}^2}{4 \ln 2}, \qquad \frac{u(v)}{v} = 3\, \frac{u(d)}{d}

    Parameters
    ----------
    volume_ml
        Volume of the region. [ml]
    region
        Name, for the source ``volume:<region>``.
    voxel_mm, fwhm_mm
        Voxel size and resolution of the image on which it was drawn. [mm]

    Raises
    ------
    RegionFinding
        If the region is empty.

    References
    ----------
    .. [1] J. I. Gear et al., Eur. J. Nucl. Med. Mol. Imaging 45 (2018) 2456, doi:10.1007/s00259-018-4136-7 (the chain;
       the two terms are derived here from the distributions named)
    """
    return _volume(volume_ml, region, math.sqrt(voxel_mm**2 / 6.0 + 2.0 * sigma_of_fwhm(fwhm_mm) ** 2))


def _volume(volume_ml: float, region: str, diameter_u_mm: float) -> Uncertain:
    if not volume_ml > 0:
        raise RegionFinding("empty region")
    diameter_mm = 2.0 * sphere_radius(volume_ml * 1000.0)
    return Uncertain(volume_ml, {f"volume:{region}": 3.0 * diameter_u_mm / diameter_mm * volume_ml})

r"""The resolution of the reconstructed image, by distance from the axis of rotation.

The FWHM is linear in the distance up to the largest one measured and constant beyond. What is measured is the response
of the *image* at its voxels' centres, so it holds the voxels' own width and belongs to one matrix.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from hevesy.domain import Grid
from hevesy.errors import InputError
from hevesy.numerics.partial_volume import sigma_of_fwhm, sphere_radius, sphere_recovery
from hevesy.numerics.response import Response
from hevesy.quantify.spheres import Sphere

Floats = NDArray[np.float64]
_FEWEST_FOR_SLOPE = 3


@dataclass(frozen=True)
class Resolution:
    """FWHM across and along the axis, at the axis and at ``reach_mm``."""

    name: str
    fwhm_mm: tuple[float, float, float, float]
    """Across at the axis, across at ``reach_mm``, along at the axis, along at ``reach_mm``. [mm]"""
    covariance: Floats
    """Of ``fwhm_mm``. Shape ``(4, 4)``. [mm2]"""
    reach_mm: float
    """Largest distance measured; beyond it the FWHM is that of this distance. 0: the same everywhere. [mm]"""
    source: str

    def response(self, grid: Grid) -> Response:
        """The response of an image whose axis of rotation is the centre of its matrix."""
        across = (sigma_of_fwhm(self.fwhm_mm[0]), sigma_of_fwhm(self.fwhm_mm[1]))
        along = (sigma_of_fwhm(self.fwhm_mm[2]), sigma_of_fwhm(self.fwhm_mm[3]))
        sx, sy, sz = grid.spacing_mm
        _, ny, nx = grid.shape
        return Response((sz, sy, sx), ((ny - 1) / 2.0, (nx - 1) / 2.0), across, along, self.reach_mm)

    def directions(self) -> tuple[Floats, ...]:
        """Independent changes of ``fwhm_mm`` by one standard uncertainty each. Shape ``(4,)`` each. [mm]"""
        values, vectors = np.linalg.eigh(self.covariance)
        kept = values > 1e-12 * max(float(values.max()), 1e-30)
        return tuple(math.sqrt(v) * vector for v, vector in zip(values[kept], vectors.T[kept], strict=True))


def stated_resolution(
    centre_mm: float, edge_mm: float, reach_mm: float, *, standard_uncertainty_mm: float, name: str, source: str
) -> Resolution:
    """The same FWHM in all directions, with one uncertainty common to all distances. [mm]"""
    fwhm = (centre_mm, edge_mm, centre_mm, edge_mm)
    return Resolution(name, fwhm, np.full((4, 4), standard_uncertainty_mm**2), reach_mm, source)


@dataclass(frozen=True)
class MeasuredPoint:
    """The response to one small source."""

    radius_mm: float
    """Distance from the axis. [mm]"""
    across_mm: float
    """FWHM across the axis, without the source's own width. [mm]"""
    along_mm: float | None
    """FWHM along the axis; None for a line along it. [mm]"""
    standard_uncertainty_mm: float
    """Of each FWHM. [mm]"""


def resolution_of_points(points: Sequence[MeasuredPoint], *, name: str, source: str) -> Resolution:
    """Fit the FWHM of small sources at several distances from the axis.

    With three distances or more a straight line is fitted, otherwise the mean is taken for all distances. Where the
    points scatter more than they state, the covariance grows with chi-square per degree of freedom. Lines along the
    axis tell nothing along it: the FWHM across is taken there as well.

    Raises
    ------
    InputError
        If there is no point.
    """
    if not points:
        raise InputError("at least one point or line source", "none was found", source)
    radii = np.array([p.radius_mm for p in points])
    u = np.array([p.standard_uncertainty_mm for p in points])
    sloped = np.unique(np.round(radii, 0)).size >= _FEWEST_FOR_SLOPE
    reach = float(radii.max()) if sloped else 0.0
    across, across_cov = _line(radii, np.array([p.across_mm for p in points]), u, reach)
    lengths = [p.along_mm for p in points]
    if any(length is None for length in lengths):
        covariance = np.tile(across_cov, (2, 2))
        return Resolution(name, (*across, *across), covariance, reach, source)
    along, along_cov = _line(radii, np.array(lengths, dtype=np.float64), u, reach)
    covariance = np.zeros((4, 4))
    covariance[:2, :2], covariance[2:, 2:] = across_cov, along_cov
    return Resolution(name, (*across, *along), covariance, reach, source)


def resolution_of_spheres(spheres: Sequence[Sphere], *, name: str, source: str) -> Resolution:
    """The FWHM, the same everywhere, that gives a sphere table's recovery coefficients.

    Each sphere's coefficient is that of a uniform sphere without activity around it behind a Gaussian; the weighted
    mean of the FWHM of all spheres is taken, its uncertainty scaled up where they disagree. Spheres whose coefficient
    no Gaussian gives (1 or more) are left out.

    Raises
    ------
    InputError
        If no sphere tells a FWHM.
    """
    found = [one for sphere in spheres if (one := _of_sphere(sphere)) is not None]
    if not found:
        raise InputError("spheres with recovery coefficients below 1", "none is there", source)
    values, u = (np.array(column) for column in zip(*found, strict=True))
    weights = 1.0 / u**2
    mean = float(np.sum(weights * values) / np.sum(weights))
    chi_square = float(np.sum(weights * (values - mean) ** 2))
    scatter = max(1.0, chi_square / max(len(found) - 1, 1))
    variance = scatter / float(np.sum(weights))
    return Resolution(name, (mean,) * 4, np.full((4, 4), variance), 0.0, source)


def _line(radii: Floats, fwhm: Floats, u: Floats, reach: float) -> tuple[tuple[float, float], Floats]:
    """FWHM at the axis and at ``reach``, with their covariance."""
    outward = radii / reach if reach > 0 else np.zeros_like(radii)
    design = np.stack([1.0 - outward, outward], axis=1) if reach > 0 else np.ones((radii.size, 1))
    information = design.T @ (design / u[:, None] ** 2)
    covariance = np.linalg.inv(information)
    values = covariance @ design.T @ (fwhm / u**2)
    freedom = radii.size - design.shape[1]
    chi_square = float(np.sum(((fwhm - design @ values) / u) ** 2))
    scatter = max(1.0, chi_square / freedom) if freedom > 0 else 1.0
    covariance = covariance * scatter
    if reach > 0:
        return (float(values[0]), float(values[1])), np.asarray(covariance, dtype=np.float64)
    return (float(values[0]),) * 2, np.full((2, 2), float(covariance[0, 0]))


def _of_sphere(sphere: Sphere) -> tuple[float, float] | None:
    """FWHM that gives a sphere's coefficient and its standard uncertainty. [mm]"""
    radius = sphere_radius(sphere.volume_ml * 1000.0)

    def short(fwhm: float) -> float:
        return sphere_recovery(radius, sigma_of_fwhm(fwhm)) - sphere.recovery_coefficient

    narrow, wide = 0.05 * radius, 10.0 * radius
    if not short(narrow) > 0 > short(wide):
        return None
    fwhm = float(brentq(short, narrow, wide, xtol=1e-6))
    slope = (short(1.01 * fwhm) - short(0.99 * fwhm)) / (0.02 * fwhm)
    return fwhm, sphere.standard_uncertainty / abs(slope)

"""Voxel S values: the absorbed dose to every voxel around one that is filled evenly with decays."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.numerics.box_pairs import far_pairs, near_pairs
from hevesy.physdata import JOULE_PER_MEV
from hevesy.transport.kernels.point_kernel import (
    BREMSSTRAHLUNG_UNCERTAINTY,
    PHOTON_UNCERTAINTY,
    RANGE_UNCERTAINTY,
    SCATTERING_UNCERTAINTY,
    PointKernel,
    RadialPart,
    stretched,
)

Floats = NDArray[np.float64]

_NEAR_VOXELS = 5
"""Pairs of voxels nearer than this are shared out exactly, for photons."""
_FAR_STEPS = 20000
"""Radii between zero and the farthest voxel at which the density of photon energy is tabulated."""


@dataclass(frozen=True)
class VoxelKernel:
    """Absorbed dose per decay in the central voxel, for one octant of voxels; the others are its mirror images."""

    spacing_mm: tuple[float, float, float]
    """``(x, y, z)`` [mm]"""
    electron: Floats
    """From emitted electrons and positrons, with their bremsstrahlung. Shape ``(z, y, x)``. [Gy/(Bq s)]"""
    photon: Floats
    """From emitted photons. Shape ``(z, y, x)``. [Gy/(Bq s)]"""
    heavy: Floats
    """From alpha particles and recoils. Shape ``(z, y, x)``. [Gy/(Bq s)]"""
    standard_uncertainty: Floats
    """Of the sum, from statistics, ranges and cross sections. Shape ``(z, y, x)``. [Gy/(Bq s)]"""

    @property
    def value(self) -> Floats:
        """S value. Shape ``(z, y, x)``. [Gy/(Bq s)]"""
        return self.electron + self.photon + self.heavy


def octant_shape(radius_mm: float, spacing_mm: tuple[float, float, float]) -> tuple[int, int, int]:
    """Shape ``(z, y, x)`` of the octant that holds every voxel with its centre within a radius."""
    x, y, z = (int(radius_mm / edge + 1e-9) + 1 for edge in spacing_mm)
    return z, y, x


def octant_memory_bytes(shape: tuple[int, int, int]) -> int:
    """Estimate of the memory that voxel S values of an octant take at their highest. [bytes]"""
    return 8 * 16 * math.prod(shape)


def _inner(reach_cm: float, edges: tuple[float, float, float], shape: tuple[int, int, int]) -> tuple[int, int, int]:
    """The part of the octant within reach."""
    counts = [min(n, math.ceil(reach_cm / edge) + 1) for n, edge in zip(shape[::-1], edges, strict=True)]
    return counts[2], counts[1], counts[0]


class _Pairs:
    """Boxes of one octant."""

    def __init__(self, kernel: PointKernel, edges: tuple[float, float, float], shape: tuple[int, int, int]) -> None:
        self.shells, self.edges, self.shape = kernel.edges_cm, edges, shape

    def short(self, part: RadialPart) -> tuple[Floats, Floats]:
        """Energy where nothing goes far, and its variance by statistics and range; the part of the octant in reach."""
        filled = np.flatnonzero((part.energy_mev > 0) | (part.variance_mev2 > 0))
        reach = (1.0 + RANGE_UNCERTAINTY) * float(self.shells[filled[-1] + 1]) if filled.size else 0.0
        inner = _inner(reach, self.edges, self.shape)
        value, variance = near_pairs(self.shells, part.energy_mev, part.variance_mev2, self.edges, inner)
        longer = stretched(part, self.shells, 1.0 + RANGE_UNCERTAINTY)
        moved, _ = near_pairs(self.shells, longer.energy_mev, np.zeros_like(longer.energy_mev), self.edges, inner)
        return value, variance + (moved - value) ** 2

    def long(self, *parts: RadialPart) -> tuple[Floats, Floats]:
        """Energy of each part, and the statistical variance of all, where photons go far. Whole octants."""
        found = np.zeros((len(parts) + 1, *self.shape))
        inner = _inner(_NEAR_VOXELS * max(self.edges), self.edges, self.shape)
        z, y, x = inner
        for row, part in enumerate(parts):
            if part.total_mev > 0:
                near = near_pairs(self.shells, part.energy_mev, part.variance_mev2, self.edges, inner)
                found[row, :z, :y, :x] = near[0]
                found[-1, :z, :y, :x] += near[1]
        reach = math.dist((0, 0, 0), [n * edge for n, edge in zip(self.shape[::-1], self.edges, strict=True)])
        radii = np.linspace(0.0, min(reach, float(self.shells[-1])), _FAR_STEPS + 1)
        far_pairs(float(radii[1]), self._strengths(parts, radii), self.edges, inner, found)
        return found[:-1], found[-1]

    def _strengths(self, parts: tuple[RadialPart, ...], radii: Floats) -> Floats:
        """Energy per volume times the squared radius of every part, and the same for the variance within a voxel.

        A voxel holds the shells within its edge, which are independent. Shape ``(radius, part + 1)``.
        """
        thickness = np.diff(self.shells)
        centres = np.sqrt(self.shells[1:] * np.maximum(self.shells[:-1], 1e-3 * self.shells[1]))
        lines = [part.energy_mev / thickness for part in parts]
        variance = sum(part.variance_mev2 for part in parts) / thickness
        area = 4.0 * math.pi * np.maximum(radii, radii[1]) ** 2
        share = math.prod(self.edges) / (max(self.edges) * area)
        columns = [np.interp(radii, centres, line) / (4.0 * math.pi) for line in lines]
        columns.append(np.interp(radii, centres, variance) * share / (4.0 * math.pi))
        return np.ascontiguousarray(np.stack(columns, axis=1))


def voxel_kernel_of(
    kernel: PointKernel,
    spacing_mm: tuple[float, float, float],
    shape: tuple[int, int, int],
    density_g_ml: float | None = None,
) -> VoxelKernel:
    """Voxel S values from a point kernel.

    The medium is unbounded and of one density; the decays are spread evenly over the central voxel.

    Parameters
    ----------
    kernel
        Energy per decay around a point.
    spacing_mm
        ``(x, y, z)`` [mm]
    shape
        Of the octant ``(z, y, x)``, the central voxel included.
    density_g_ml
        Of the medium; that of the kernel without it. Lengths then count by mass per area. [g/ml]
    """
    density = kernel.density_g_ml if density_g_ml is None else density_g_ml
    scale = 0.1 * density / kernel.density_g_ml
    edges = (spacing_mm[0] * scale, spacing_mm[1] * scale, spacing_mm[2] * scale)
    pairs = _Pairs(kernel, edges, shape)
    (electron, photon), variance = pairs.long(kernel.bremsstrahlung, kernel.photon)
    _add_squares(variance, (BREMSSTRAHLUNG_UNCERTAINTY, electron), (PHOTON_UNCERTAINTY, photon))
    heavy = np.zeros(shape)
    collisions, spread = pairs.short(kernel.electron)
    scattered = SCATTERING_UNCERTAINTY * collisions
    scattered[0, 0, 0] = 0.0
    _add_inner(electron, collisions)
    _add_inner(variance, spread + scattered**2)
    for whole, inner in zip((heavy, variance), pairs.short(kernel.heavy), strict=True):
        _add_inner(whole, inner)
    gray = JOULE_PER_MEV / (math.prod(spacing_mm) * density * 1e-6)
    uncertainty = np.sqrt(variance, out=variance)
    for octant in (electron, photon, heavy, uncertainty):
        np.multiply(octant, gray, out=octant)
    return VoxelKernel(spacing_mm, electron, photon, heavy, uncertainty)


def _add_inner(whole: Floats, inner: Floats) -> None:
    """Add to the part of an octant near the centre."""
    z, y, x = inner.shape
    whole[:z, :y, :x] += inner


def _add_squares(variance: Floats, *terms: tuple[float, Floats]) -> None:
    """Add the squares of relative uncertainties times values, plane by plane to spare memory."""
    for plane in range(len(variance)):
        for relative, values in terms:
            variance[plane] += (relative * values[plane]) ** 2


def checked_radius(kernel: PointKernel, radius_mm: float) -> float:
    """The radius, if the electrons stay within it. [mm]

    Raises
    ------
    InputError
        If it is smaller than the largest electron range.
    """
    needed = 10.0 * kernel.electron_range_cm
    if not (math.isfinite(radius_mm) and radius_mm >= needed and radius_mm > 0):
        raise InputError(
            f"a finite kernel radius of at least {needed:.3g} mm, the range of the electrons in {kernel.medium}",
            f"{radius_mm:g} mm came",
            "--radius-mm",
        )
    return radius_mm

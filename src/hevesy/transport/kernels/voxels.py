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
    PointKernel,
    RadialPart,
    stretched,
)

Floats = NDArray[np.float64]

_NEAR_VOXELS = 5
"""Pairs of voxels nearer than this are shared out exactly, for photons."""
_FLOOR = 1e-300


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


def _placed(inner: Floats, shape: tuple[int, int, int]) -> Floats:
    whole = np.zeros(shape)
    z, y, x = inner.shape
    whole[:z, :y, :x] = inner
    return whole


class _Pairs:
    """Boxes of one octant."""

    def __init__(self, kernel: PointKernel, edges: tuple[float, float, float], shape: tuple[int, int, int]) -> None:
        self.shells, self.edges, self.shape = kernel.edges_cm, edges, shape

    def short(self, part: RadialPart) -> tuple[Floats, Floats]:
        """Energy and its variance where nothing goes far."""
        filled = np.flatnonzero((part.energy_mev > 0) | (part.variance_mev2 > 0))
        reach = float(self.shells[filled[-1] + 1]) if filled.size else 0.0
        inner = _inner(reach, self.edges, self.shape)
        value, variance = near_pairs(self.shells, part.energy_mev, part.variance_mev2, self.edges, inner)
        return _placed(value, self.shape), _placed(variance, self.shape)

    def long(self, part: RadialPart) -> tuple[Floats, Floats]:
        """Energy and its variance where photons go far."""
        if not part.total_mev > 0:
            return np.zeros(self.shape), np.zeros(self.shape)
        inner = _inner(_NEAR_VOXELS * max(self.edges), self.edges, self.shape)
        near = near_pairs(self.shells, part.energy_mev, part.variance_mev2, self.edges, inner)
        value, variance = _placed(near[0], self.shape), _placed(near[1], self.shape)
        volumes = 4.0 / 3.0 * math.pi * np.diff(self.shells**3)[1:]
        logs = 0.5 * (np.log(self.shells[1:-1]) + np.log(self.shells[2:]))
        far_pairs(logs, np.log(np.maximum(part.energy_mev[1:] / volumes, _FLOOR)), self.edges, inner, value)
        spread = part.variance_mev2[1:] / volumes / max(self.edges)
        widths = np.diff(self.shells)[1:]
        far_pairs(logs, np.log(np.maximum(spread * widths / volumes, _FLOOR)), self.edges, inner, variance)
        far = np.ones(self.shape, dtype=bool)
        far[: inner[0], : inner[1], : inner[2]] = False
        variance[far] *= math.prod(self.edges)
        return value, variance


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
    electron, heavy = pairs.short(kernel.electron), pairs.short(kernel.heavy)
    brems, photon = pairs.long(kernel.bremsstrahlung), pairs.long(kernel.photon)
    factor = 1.0 + RANGE_UNCERTAINTY
    moved = [
        pairs.short(stretched(part, kernel.edges_cm, factor))[0] - value
        for part, (value, _) in ((kernel.electron, electron), (kernel.heavy, heavy))
    ]
    variance = electron[1] + heavy[1] + brems[1] + photon[1] + moved[0] ** 2 + moved[1] ** 2
    variance += (BREMSSTRAHLUNG_UNCERTAINTY * brems[0]) ** 2 + (PHOTON_UNCERTAINTY * photon[0]) ** 2
    gray = JOULE_PER_MEV / (math.prod(spacing_mm) * density * 1e-6)
    return VoxelKernel(
        spacing_mm, (electron[0] + brems[0]) * gray, photon[0] * gray, heavy[0] * gray, np.sqrt(variance) * gray
    )


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
            f"a kernel radius of at least {needed:.3g} mm, the range of the electrons in {kernel.medium}",
            f"{radius_mm:g} mm came",
        )
    return radius_mm

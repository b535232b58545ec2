"""Electrons by kernel: what sources leave around them where the medium is uniform over the electrons' range.

The energy around a point source comes from this package's own transport in an unbounded medium, once per medium and
group of energies; the shares of its shells in the voxels around a source voxel are geometry alone, at the density of
the place. So a kernel of one medium serves every density, as path lengths scale with one over it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled
from hevesy.numerics.voxel_shells import shell_shares
from hevesy.physdata import EmissionSpectrum, Material, Particle, merged
from hevesy.transport.mc.electron_radial import electron_point_source
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.uniform import reach

Floats = NDArray[np.float64]

REPLICATES = 4
HISTORIES = 4096
"""Per replicate."""
_SHELLS = 64
_POINTS = 128
"""Per shell."""
_FEW_DENSITIES = 12
"""So many are served exactly; more are rounded."""
_DENSITY_STEP = 0.02
"""Relative, of rounded densities."""
BEYOND = 1.1
"""Last shell, in ranges."""


@dataclass(frozen=True)
class PointKernel:
    """Energy around a point source of a group of electrons in one medium, in several independent estimates."""

    edges_g_cm2: Floats
    """Shape ``(shell + 1,)``. [g/cm2]"""
    energy_mev: Floats
    """Per decay; with ``photons`` the energy emitted. Shape ``(replicate, shell)``. [MeV]"""
    photons: EmissionSpectrum
    """Bremsstrahlung per decay."""


def point_kernel(spectrum: EmissionSpectrum, medium: Material, range_g_cm2: float, seed: int) -> PointKernel:
    """Transport a group of electrons from a point in an unbounded medium."""
    low, high, yields = merged((spectrum,))
    edges = BEYOND * range_g_cm2 * np.linspace(0.0, 1.0, _SHELLS + 1) ** 1.5
    lines, edges_cm = 0.5 * (low + high), edges / medium.density_g_ml
    runs = [
        electron_point_source(lines, yields, edges_cm, HISTORIES, seed + number, medium) for number in range(REPLICATES)
    ]
    each, photon_low, photon_high = zip(*(merged((run.bremsstrahlung,))[::-1] for run in runs), strict=True)
    photons = EmissionSpectrum(
        Particle.PHOTON,
        "given",
        np.concatenate(photon_low),
        np.concatenate(photon_high),
        np.concatenate(each) * (yields.sum() / REPLICATES),
    )
    wanted = spectrum.energy_mev - photons.energy_mev
    energies = np.array([run.kernel.energy_mev for run in runs])
    return PointKernel(edges, energies * (wanted / energies.sum(axis=1, keepdims=True)), photons)


def spread(kernel: PointKernel, decays: Floats, geometry: VoxelGeometry, out: Floats, variance: Floats) -> None:
    """Add what decays in uniform surroundings leave in the voxels around.

    Parameters
    ----------
    kernel
        Of the medium of these decays.
    decays
        Shape ``(z, y, x)``.
    geometry
        Densities and edges of the voxels.
    out
        Added to. Shape ``(z, y, x)``. [MeV]
    variance
        The kernel's statistics, added to; the scatter of different shares counts as independent. [MeV2]
    """
    for density, voxels in _classes(geometry.density_g_ml, decays):
        edges_cm = kernel.edges_g_cm2 / density
        x, y, z = reach(geometry.spacing_cm, float(edges_cm[-1]))
        shares = shell_shares(edges_cm, geometry.spacing_cm, (x, y, z), _POINTS)
        each = np.tensordot(kernel.energy_mev, shares, axes=1)
        mean, spread_ = each.mean(axis=0), each.var(axis=0, ddof=1) / len(each)
        _scatter(decays.reshape(-1), voxels, mean, spread_, out, variance)


def _classes(density: NDArray[np.float32], decays: Floats) -> Iterator[tuple[float, NDArray[np.int64]]]:
    """Densities, and the flat indices of the voxels with decays that they serve."""
    (voxels,) = np.nonzero(decays.reshape(-1))
    own = density.reshape(-1)[voxels].astype(np.float64)
    unique = np.unique(own)
    if len(unique) > _FEW_DENSITIES:
        own = np.exp(np.rint(np.log(own) / _DENSITY_STEP) * _DENSITY_STEP)
        unique = np.unique(own)
    for value in unique:
        yield float(value), voxels[own == value]


@compiled
def _scatter(
    decays: Floats, voxels: NDArray[np.int64], mean: Floats, spread_: Floats, out: Floats, variance: Floats
) -> None:
    n_z, n_y, n_x = out.shape
    for voxel in voxels:
        amount = decays[voxel]
        x, y, z = voxel % n_x, voxel // n_x % n_y, voxel // (n_x * n_y)
        for k in range(1 - mean.shape[0], mean.shape[0]):
            for j in range(1 - mean.shape[1], mean.shape[1]):
                for i in range(1 - mean.shape[2], mean.shape[2]):
                    t_z = min(max(z + k, 0), n_z - 1)
                    t_y = min(max(y + j, 0), n_y - 1)
                    t_x = min(max(x + i, 0), n_x - 1)
                    out[t_z, t_y, t_x] += amount * mean[abs(k), abs(j), abs(i)]
                    variance[t_z, t_y, t_x] += amount * amount * spread_[abs(k), abs(j), abs(i)]

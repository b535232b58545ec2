"""Electrons by kernel: what sources leave around them where the medium is uniform over the electrons' range.

The energy around a point source comes from this package's own transport in water. In another medium its radii, in mass
per area, are scaled by the range of each energy there over that in water, and the part that leaves as bremsstrahlung by
the radiation yields. The shares of its shells in the voxels around a source voxel are geometry alone, at the density of
the place, as path lengths scale with one over it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled
from hevesy.numerics.voxel_shells import shell_shares
from hevesy.physdata import EmissionSpectrum, Material, Particle, material, merged
from hevesy.physdata.matter.electrons import csda_range_g_cm2, radiation_yield
from hevesy.transport.kernels import point_kernel_table
from hevesy.transport.kernels.point_table import ElectronKernels
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.uniform import reach

Floats = NDArray[np.float64]

_SHELLS = 64
_POINTS = 128
"""Per shell."""
_FEW_DENSITIES = 12
"""So many are served exactly; more are rounded."""
_DENSITY_STEP = 0.02
"""Relative, of rounded densities."""
_BEYOND = 1.2
"""Last shell, in ranges."""
_PHOTONS_PER_DECADE = 16
_WATER = "water"


@dataclass(frozen=True)
class GroupKernel:
    """Energy around a point source of a group of electrons in one medium."""

    edges_g_cm2: Floats
    """Shape ``(shell + 1,)``. [g/cm2]"""
    energy_mev: Floats
    """Per decay; with ``photons`` the energy emitted. Shape ``(shell,)``. [MeV]"""
    variance_mev2: Floats
    """From the statistics of the point kernels. Shape ``(shell,)``. [MeV2]"""
    photons: EmissionSpectrum
    """Bremsstrahlung per decay."""


def group_kernel(spectrum: EmissionSpectrum, medium: Material) -> GroupKernel:
    """The kernel of a group of electrons in an unbounded medium, from that of single energies in water."""
    table = point_kernel_table(_WATER).electrons
    low, high, yields = merged((spectrum,))
    kept = yields > 0
    energies, yields = (0.5 * (low + high))[kept], yields[kept]
    ranges = np.asarray(csda_range_g_cm2(medium, energies), dtype=np.float64)
    edges = _BEYOND * float(ranges.max()) * np.linspace(0.0, 1.0, _SHELLS + 1) ** 1.5
    row = np.clip(np.searchsorted(table.energies_mev, energies, side="right") - 1, 0, len(table.energies_mev) - 2)
    step = np.log(table.energies_mev[row + 1] / table.energies_mev[row])
    share = np.clip(np.log(energies / table.energies_mev[row]) / step, 0.0, 1.0)
    radiated = _relative_yield(medium, energies)
    photons = _photons(table, (energies, yields * radiated), row, share)
    weights = np.zeros((len(table.energies_mev), len(energies)))
    weights[row, np.arange(len(row))] = (1.0 - share) * yields * energies
    weights[row + 1, np.arange(len(row))] += share * yields * energies
    energy, variance = _shells(table, weights, ranges, edges)
    return GroupKernel(edges, *_scaled(energy, variance, float(energies @ yields) - photons.energy_mev), photons)


def _relative_yield(medium: Material, energies: Floats) -> Floats:
    """Radiation yield over that of water."""
    if medium.name == _WATER:
        return np.ones(len(energies))
    water = np.asarray(radiation_yield(material(_WATER), energies), dtype=np.float64)
    return np.asarray(radiation_yield(medium, energies), dtype=np.float64) / np.maximum(water, 1e-12)


def _photons(
    table: ElectronKernels, lines: tuple[Floats, Floats], row: NDArray[np.intp], share: Floats
) -> EmissionSpectrum:
    """Bremsstrahlung of electron lines, gathered in bins: lines at the mean energy of each."""
    energies, yields = lines
    per_electron = table.photon_yields[row] * (1.0 - share[:, None]) + table.photon_yields[row + 1] * share[:, None]
    photon = np.outer(energies, table.photon_shares).ravel()
    number = (per_electron * yields[:, None]).ravel()
    bins = np.floor(np.log10(photon / photon.min()) * _PHOTONS_PER_DECADE).astype(int)
    numbers, carried = np.bincount(bins, number), np.bincount(bins, number * photon)
    kept = numbers > 0
    means = carried[kept] / numbers[kept]
    return EmissionSpectrum(Particle.PHOTON, "given", means, means, numbers[kept])


def _shells(table: ElectronKernels, weights: Floats, ranges: Floats, edges: Floats) -> tuple[Floats, Floats]:
    """Energy in every shell, and its variance; lines next to one energy of the table share its statistics."""
    energy, variance = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1)
    for fractions, errors, weight in zip(table.fractions, table.uncertainties, weights, strict=True):
        (lines,) = np.nonzero(weight)
        if not len(lines):
            continue
        cumulative = np.concatenate([[0.0], np.cumsum(fractions)])
        reached = np.interp(edges[:, None] / ranges[lines], table.edges, cumulative)
        energy += np.diff(reached, axis=0) @ weight[lines]
        scale = float(weight[lines] @ ranges[lines] / weight[lines].sum())
        squares = np.concatenate([[0.0], np.cumsum(errors**2)])
        variance += weight[lines].sum() ** 2 * np.diff(np.interp(edges / scale, table.edges, squares))
    return energy, variance


def _scaled(energy: Floats, variance: Floats, wanted_mev: float) -> tuple[Floats, Floats]:
    """Energies with the wanted sum: bremsstrahlung and the last shells' remainder excepted."""
    factor = wanted_mev / energy.sum()
    return energy * factor, variance * factor**2


def spread(kernel: GroupKernel, decays: Floats, geometry: VoxelGeometry, out: Floats, variance: Floats) -> None:
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
        mean = np.tensordot(kernel.energy_mev, shares, axes=1)
        variances = np.tensordot(kernel.variance_mev2, shares**2, axes=1)
        _scatter(decays.reshape(-1), voxels, mean, variances, out, variance)


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
    decays: Floats, voxels: NDArray[np.int64], mean: Floats, variances: Floats, out: Floats, variance: Floats
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
                    variance[t_z, t_y, t_x] += amount * amount * variances[abs(k), abs(j), abs(i)]

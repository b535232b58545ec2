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
from hevesy.physdata import Emissions, EmissionSpectrum, Material, Particle, material, merged
from hevesy.physdata.matter.alphas import alpha_ranges
from hevesy.physdata.matter.electrons import csda_range_g_cm2, radiation_yield
from hevesy.transport.kernels import point_kernel_table
from hevesy.transport.kernels.heavy import heavy_energy
from hevesy.transport.kernels.point_table import ElectronKernels
from hevesy.transport.mc.fixed import Fixed
from hevesy.transport.mc.geometry import VoxelGeometry
from hevesy.transport.mc.problem import Places
from hevesy.transport.mc.uniform import reach

Floats = NDArray[np.float64]

_SHELLS = 64
_POINTS = 256
"""Per shell."""
_FEW_DENSITIES = 12
"""So many are served exactly; more are rounded."""
_DENSITY_STEP = 0.02
"""Relative, of rounded densities."""
_BEYOND = 1.2
"""Last shell, in ranges."""
_PHOTONS_PER_DECADE = 16
_WATER = "water"
_LEAST_RANGE = 1e-5
"""For recoils alone, which stay. [g/cm2]"""


@dataclass(frozen=True)
class GroupKernel:
    """Energy around a point source of a group of particles in one medium."""

    edges_g_cm2: Floats
    """Shape ``(shell + 1,)``. [g/cm2]"""
    energy_mev: Floats
    """Per decay; with ``photons`` the energy emitted. Shape ``(shell,)``. [MeV]"""
    variance_mev2: Floats
    """From the statistics of the point kernels. Shape ``(shell,)``. [MeV2]"""
    photons: EmissionSpectrum | None
    """Bremsstrahlung per decay."""


@dataclass(frozen=True)
class ElectronMedium:
    """Electrons of single energies in one medium."""

    energies_mev: Floats
    """Shape ``(n,)``. [MeV]"""
    ranges_g_cm2: Floats
    """Shape ``(n,)``. [g/cm2]"""
    relative_yields: Floats
    """Radiation yields over those of water. Shape ``(n,)``."""

    def at(self, energies_mev: Floats) -> tuple[Floats, Floats]:
        """Ranges [g/cm2] and relative radiation yields of some energies. [MeV]"""
        x, grid = np.log(energies_mev), np.log(self.energies_mev)
        return np.exp(np.interp(x, grid, np.log(self.ranges_g_cm2))), np.interp(x, grid, self.relative_yields)


_GRID_MEV = np.geomspace(1e-4, 10.0, 121)


def electron_medium(medium: Material) -> ElectronMedium:
    """What kernels need to know about a medium."""
    ranges = np.asarray(csda_range_g_cm2(medium, _GRID_MEV), dtype=np.float64)
    yields, water = (
        np.asarray(radiation_yield(each, _GRID_MEV), dtype=np.float64) for each in (medium, material(_WATER))
    )
    return ElectronMedium(_GRID_MEV, ranges, yields / np.maximum(water, 1e-12))


def alpha_kernel(emissions: Emissions, medium: Material) -> GroupKernel:
    """The kernel of alpha particles and recoils in an unbounded medium."""
    _, high, _ = merged(emissions.of(Particle.ALPHA))
    longest = float(alpha_ranges((medium,)).of(0, high).max()) if high.size else _LEAST_RANGE
    edges = longest * np.linspace(0.0, 1.0, _SHELLS + 1)
    energy = heavy_energy(emissions, medium, edges / medium.density_g_ml)
    return GroupKernel(edges, energy, np.zeros(_SHELLS), None)


def group_kernel(spectrum: EmissionSpectrum, medium: ElectronMedium) -> GroupKernel:
    """The kernel of a group of electrons in an unbounded medium, from that of single energies in water."""
    table = point_kernel_table(_WATER).electrons
    low, high, yields = merged((spectrum,))
    kept = yields > 0
    energies, yields = (0.5 * (low + high))[kept], yields[kept]
    ranges, radiated = medium.at(energies)
    edges = _BEYOND * float(ranges.max()) * np.linspace(0.0, 1.0, _SHELLS + 1) ** 1.5
    row = np.clip(np.searchsorted(table.energies_mev, energies, side="right") - 1, 0, len(table.energies_mev) - 2)
    step = np.log(table.energies_mev[row + 1] / table.energies_mev[row])
    share = np.clip(np.log(energies / table.energies_mev[row]) / step, 0.0, 1.0)
    photons = _photons(table, (energies, yields * radiated), row, share)
    weights = np.zeros((len(table.energies_mev), len(energies)))
    weights[row, np.arange(len(row))] = (1.0 - share) * yields * energies
    weights[row + 1, np.arange(len(row))] += share * yields * energies
    energy, variance = _shells(table, weights, ranges, edges)
    return GroupKernel(edges, *_scaled(energy, variance, float(energies @ yields) - photons.energy_mev), photons)


def _photons(
    table: ElectronKernels, lines: tuple[Floats, Floats], row: NDArray[np.intp], share: Floats
) -> EmissionSpectrum:
    """Bremsstrahlung of electron lines, gathered in bins: lines at the mean energy of each."""
    energies, yields = lines
    per_electron = table.photon_yields[row] * (1.0 - share[:, None]) + table.photon_yields[row + 1] * share[:, None]
    photon = np.outer(energies, table.photon_shares).ravel()
    number = (per_electron * yields[:, None]).ravel()
    bins = np.floor(np.log10(photon / photon.min()) * _PHOTONS_PER_DECADE).astype(int)
    numbers, carried = (np.bincount(bins, each).astype(np.float64) for each in (number, number * photon))
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


def spread(kernel: GroupKernel, places: Places, geometry: VoxelGeometry, fixed: Fixed) -> None:
    """Add what decays in uniform surroundings leave in the voxels around.

    Parameters
    ----------
    kernel
        Of the medium of these places. Its statistics count as independent for different voxels around a source.
    places
        Voxels with decays.
    geometry
        Edges of the voxels.
    fixed
        Added to.
    """
    for density, chosen in _classes(places.density_g_ml):
        edges_cm = kernel.edges_g_cm2 / density
        x, y, z = reach(geometry.spacing_cm, float(edges_cm[-1]))
        shares = shell_shares(edges_cm, geometry.spacing_cm, (x, y, z), _POINTS)
        mean = np.tensordot(kernel.energy_mev, shares, axes=1)
        variances = np.tensordot(kernel.variance_mev2, shares**2, axes=1)
        _scatter(places.decays[chosen], places.voxels[chosen], mean, variances, fixed.energy_mev, fixed.variance_mev2)
    fixed.emitted_mev += float(places.decays.sum() * kernel.energy_mev.sum())


def _classes(density: Floats) -> Iterator[tuple[float, NDArray[np.bool_]]]:
    """Densities, and the places that they serve."""
    unique = np.unique(density)
    if len(unique) > _FEW_DENSITIES:
        density = np.exp(np.rint(np.log(density) / _DENSITY_STEP) * _DENSITY_STEP)
        unique = np.unique(density)
    for value in unique:
        yield float(value), density == value


@compiled
def _scatter(
    decays: Floats, voxels: NDArray[np.int64], mean: Floats, variances: Floats, out: Floats, variance: Floats
) -> None:
    n_z, n_y, n_x = out.shape
    for s in range(voxels.size):
        voxel, amount = voxels[s], decays[s]
        x, y, z = voxel % n_x, voxel // n_x % n_y, voxel // (n_x * n_y)
        for k in range(1 - mean.shape[0], mean.shape[0]):
            for j in range(1 - mean.shape[1], mean.shape[1]):
                for i in range(1 - mean.shape[2], mean.shape[2]):
                    t_z = min(max(z + k, 0), n_z - 1)
                    t_y = min(max(y + j, 0), n_y - 1)
                    t_x = min(max(x + i, 0), n_x - 1)
                    out[t_z, t_y, t_x] += amount * mean[abs(k), abs(j), abs(i)]
                    variance[t_z, t_y, t_x] += amount * amount * variances[abs(k), abs(j), abs(i)]

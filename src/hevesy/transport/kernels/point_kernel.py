"""The point kernel of a decay: energy in shells around a point, summed over the spectra of everything emitted."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.physdata import Emissions, EmissionSpectrum, Particle, material, merged
from hevesy.transport.kernels.heavy import heavy_energy
from hevesy.transport.kernels.point_table import ElectronKernels, PhotonKernels, PointKernelTable

Floats = NDArray[np.float64]

SHELLS_CM = np.concatenate([[0.0], np.geomspace(1e-6, 200.0, 831)])
"""Edges of the shells of every kernel, a hundred per decade. [cm]"""
_NODE_RATIO = 1.01
"""Of neighbouring energies that a spectrum is gathered on."""
_PIECES = 64
_CHUNK = 256

RANGE_UNCERTAINTY = 0.005
"""Relative standard uncertainty of electron and alpha ranges (mean excitation energy, method)."""
SCATTERING_UNCERTAINTY = 0.003
"""Relative standard uncertainty, beside that of ranges, of what electrons leave in other voxels than their own."""
PHOTON_UNCERTAINTY = 0.01
"""Relative standard uncertainty of what photons leave (cross sections, method)."""
BREMSSTRAHLUNG_UNCERTAINTY = 0.07
"""Relative standard uncertainty of what bremsstrahlung leaves: 5 % of the radiative stopping power below 2 MeV (ICRU
Report 37), and as much of its spectrum."""


@dataclass(frozen=True)
class RadialPart:
    """Energy per decay in shells around a point, by one way of getting there."""

    energy_mev: Floats
    """In every shell. Shape ``(shell,)``. [MeV]"""
    variance_mev2: Floats
    """Of the energy in every shell, from statistics. Shape ``(shell,)``. [MeV2]"""

    @property
    def total_mev(self) -> float:
        """Energy in all shells. [MeV]"""
        return float(self.energy_mev.sum())


@dataclass(frozen=True)
class PointKernel:
    """Energy per decay around a point in an unbounded medium."""

    medium: str
    density_g_ml: float
    """[g/ml]"""
    edges_cm: Floats
    """Shape ``(shell + 1,)``. [cm]"""
    electron: RadialPart
    """Collisions of the emitted electrons and positrons, and of the electrons they set free."""
    bremsstrahlung: RadialPart
    """Bremsstrahlung of the emitted electrons, taken to start at the decay."""
    photon: RadialPart
    """Emitted photons and the electrons they set free."""
    heavy: RadialPart
    """Alpha particles and recoils."""
    electron_range_cm: float
    """Largest range of an emitted electron, continuous slowing down. [cm]"""

    @property
    def photon_reach_cm(self) -> float:
        """Radius that holds 99.9 % of the energy of all photons; the electron range where that is more. [cm]"""
        cumulative = np.cumsum(self.photon.energy_mev + self.bremsstrahlung.energy_mev)
        if not cumulative[-1] > 0:
            return self.electron_range_cm
        index = int(np.searchsorted(cumulative, 0.999 * cumulative[-1]))
        return max(float(self.edges_cm[index + 1]), self.electron_range_cm)


def stretched(part: RadialPart, edges_cm: Floats, factor: float) -> RadialPart:
    """The part with every radius multiplied."""
    cumulative = np.concatenate([[0.0], np.cumsum(part.energy_mev)])
    return replace(part, energy_mev=np.diff(np.interp(edges_cm / factor, edges_cm, cumulative)))


def _none(n: int) -> RadialPart:
    return RadialPart(np.zeros(n), np.zeros(n))


def _pieces(low: Floats, high: Floats, yields: Floats) -> tuple[Floats, Floats]:
    """Every bin as lines of equal yield."""
    ratio = np.log(high / np.maximum(low, 1e-3 * np.maximum(high, 1e-30)), where=high > low, out=np.zeros_like(high))
    counts = np.clip(np.ceil(ratio / math.log(_NODE_RATIO)), 1, _PIECES).astype(int)
    row = np.repeat(np.arange(len(counts)), counts)
    within = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
    return low[row] + (within + 0.5) / counts[row] * (high - low)[row], yields[row] / counts[row]


def _lines(spectra: tuple[EmissionSpectrum, ...], highest_mev: float) -> tuple[Floats, Floats]:
    energies, yields = _pieces(*merged(spectra))
    if energies.size and energies[yields > 0].max(initial=0.0) > highest_mev:
        kind = spectra[0].particle
        raise InputError(
            f"{kind} energies up to {highest_mev:g} MeV, the end of the point kernels", f"{energies.max():g} MeV came"
        )
    kept = (yields > 0) & (energies > 0)
    return energies[kept], yields[kept]


def _gathered(energies: Floats, yields: Floats, lowest: float, highest: float) -> tuple[Floats, Floats]:
    """Many lines on neighbouring nodes, number and energy kept; few stay as they are."""
    if len(energies) <= _CHUNK:
        return energies, yields
    n = math.ceil(math.log(highest / lowest) / math.log(_NODE_RATIO))
    nodes = np.geomspace(lowest, highest, n + 1)
    index = np.clip(np.searchsorted(nodes, energies, side="right") - 1, 0, n - 1)
    part = (energies - nodes[index]) / (nodes[index + 1] - nodes[index])
    sums: Floats = np.bincount(index, yields * (1.0 - part), n + 1).astype(np.float64)
    sums += np.bincount(index + 1, yields * part, n + 1)
    used = sums > 0
    return nodes[used], sums[used]


def _shares(values: Floats, grid: Floats) -> tuple[NDArray[np.intp], Floats]:
    """Index of the grid energy below each value, and how far it is on the way to the next, in logarithms."""
    index = np.clip(np.searchsorted(grid, values, side="right") - 1, 0, len(grid) - 2)
    return index, np.clip(np.log(values / grid[index]) / np.log(grid[index + 1] / grid[index]), 0.0, 1.0)


def _log_interpolated(x: Floats, grid: Floats, values: Floats) -> Floats:
    return np.asarray(np.exp(np.interp(np.log(x), np.log(grid), np.log(values))))


def _cumulative(fractions: Floats) -> Floats:
    return np.concatenate([np.zeros((len(fractions), 1)), np.cumsum(fractions, axis=1)], axis=1)


def _summed(
    lines: tuple[Floats, Floats], scale_cm: Floats, table: tuple[Floats, Floats, Floats], radii: Floats
) -> Floats:
    """Energy per shell of lines whose radii scale with a length each. [MeV]"""
    energies, yields = lines
    grid, edges, cumulative = table
    index, share = _shares(energies, grid)
    within = np.zeros(len(radii))
    for start in range(0, len(energies), _CHUNK):
        rows = slice(start, start + _CHUNK)
        x = radii[None, :] / scale_cm[rows, None]
        column, part = _column(x, edges)
        low, high = (_between(cumulative, index[rows] + step, column, part) for step in (0, 1))
        weight = (energies * yields)[rows, None]
        within += (weight * (low + share[rows, None] * (high - low))).sum(axis=0)
    return np.diff(within)


def _column(x: Floats, edges: Floats) -> tuple[NDArray[np.intp], Floats]:
    column = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
    part = np.clip((x - edges[column]) / (edges[column + 1] - edges[column]), 0.0, 1.0)
    return column, part


def _between(cumulative: Floats, row: NDArray[np.intp], column: NDArray[np.intp], part: Floats) -> Floats:
    low = cumulative[row[:, None], column]
    return low + part * (cumulative[row[:, None], column + 1] - low)


def _variance(
    lines: tuple[Floats, Floats], kernels: ElectronKernels | PhotonKernels, scale_cm: Floats, radii: Floats
) -> Floats:
    """Variance per shell; lines between the same grid energies share their statistics. [MeV2]"""
    energies, yields = lines
    grid = kernels.energies_mev
    index, share = _shares(energies, grid)
    weight = np.bincount(index, energies * yields * (1.0 - share), len(grid))
    weight += np.bincount(index + 1, energies * yields * share, len(grid))
    total = np.zeros(len(radii) - 1)
    for j in np.flatnonzero(weight):
        cumulative = np.concatenate([[0.0], np.cumsum(kernels.uncertainties[j] ** 2)])
        total += weight[j] ** 2 * np.diff(np.interp(radii, kernels.edges * scale_cm[j], cumulative))
    return total


def _electrons(kernels: ElectronKernels, lines: tuple[Floats, Floats], radii: Floats) -> RadialPart:
    table = (kernels.energies_mev, kernels.edges, _cumulative(kernels.fractions))
    ranges = _log_interpolated(lines[0], kernels.energies_mev, kernels.range_cm)
    return RadialPart(_summed(lines, ranges, table, radii), _variance(lines, kernels, kernels.range_cm, radii))


def _photons(kernels: PhotonKernels, lines: tuple[Floats, Floats], radii: Floats) -> RadialPart:
    """Photons; those below the table leave their energy on the spot."""
    above = lines[0] >= kernels.energies_mev[0]
    spot = float(lines[0][~above] @ lines[1][~above])
    energies, yields = lines[0][above], lines[1][above]
    if not len(energies):
        return _with_spot(_none(len(radii) - 1), spot)
    table = (kernels.energies_mev, kernels.edges, _cumulative(kernels.fractions))
    variance = _variance((energies, yields), kernels, kernels.paths_cm, radii)
    return _with_spot(RadialPart(_summed((energies, yields), kernels.path_cm(energies), table, radii), variance), spot)


def _bremsstrahlung(kernels: ElectronKernels, lines: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Photon lines of the bremsstrahlung of electron lines."""
    index, share = _shares(lines[0], kernels.energies_mev)
    per_electron = kernels.photon_yields[index] * (1.0 - share[:, None])
    per_electron += kernels.photon_yields[index + 1] * share[:, None]
    energies = np.outer(lines[0], kernels.photon_shares).ravel()
    yields = (per_electron * lines[1][:, None]).ravel()
    return energies[yields > 0], yields[yields > 0]


def _with_spot(part: RadialPart, energy_mev: float) -> RadialPart:
    energy = part.energy_mev.copy()
    energy[0] += energy_mev
    return replace(part, energy_mev=energy)


def _charged(
    lines: tuple[Floats, Floats], table: PointKernelTable, radii: Floats
) -> tuple[RadialPart, RadialPart, float]:
    """Collisions and bremsstrahlung of electrons, and their largest range. [cm]"""
    e, p = table.electrons, table.photons
    low, high = float(e.energies_mev[0]), float(e.energies_mev[-1])
    above = lines[0] >= low
    spot = float(lines[0][~above] @ lines[1][~above])
    kept = _gathered(lines[0][above], lines[1][above], low, high)
    n = len(radii) - 1
    if not len(kept[0]):
        return _with_spot(_none(n), spot), _none(n), 0.0
    photons = _bremsstrahlung(e, kept)
    on_nodes = _gathered(*photons, 1e-3 * low, float(p.energies_mev[-1]))
    longest = float(_log_interpolated(kept[0].max(keepdims=True), e.energies_mev, e.range_cm)[0])
    return _with_spot(_electrons(e, kept, radii), spot), _photons(p, on_nodes, radii), longest


def point_kernel(emissions: Emissions, table: PointKernelTable, edges_cm: Floats = SHELLS_CM) -> PointKernel:
    """Energy around a point per decay, for everything that a decay emits.

    Electrons and photons below the lowest energy of the table (1 keV) leave their energy on the spot.

    Parameters
    ----------
    emissions
        Per decay of the parent.
    table
        Kernels of single energies in the medium.
    edges_cm
        Of the shells, from zero on. Shape ``(shell + 1,)``. [cm]

    Raises
    ------
    InputError
        If an energy lies above the table.
    """
    highest = float(table.electrons.energies_mev[-1]), float(table.photons.energies_mev[-1])
    charged = _lines(emissions.of(Particle.ELECTRON, Particle.POSITRON), highest[0])
    electron, bremsstrahlung, longest = _charged(charged, table, edges_cm)
    photon = _photons(table.photons, _lines(emissions.of(Particle.PHOTON), highest[1]), edges_cm)
    heavy = RadialPart(heavy_energy(emissions, material(table.medium), edges_cm), np.zeros(len(edges_cm) - 1))
    return PointKernel(table.medium, table.density_g_ml, edges_cm, electron, bremsstrahlung, photon, heavy, longest)

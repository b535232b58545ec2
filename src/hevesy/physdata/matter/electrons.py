"""Electrons in matter: stopping, scattering and bremsstrahlung, as transport needs them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.elements import element
from hevesy.physdata.materials import Material, material
from hevesy.physdata.matter.atoms import SOURCE, atoms_per_gram, electrons_per_gram
from hevesy.physdata.matter.collisions import (
    knock_on_cross_section,
    knock_on_loss,
    soft_electron_scattering,
    soft_straggling,
)
from hevesy.physdata.matter.stopping import collision_stopping_power
from hevesy.physdata.tables_reader import read_arrays

Floats = NDArray[np.float64]

ENERGY_LIMITS_MEV = (1e-4, 100.0)
_N_ENERGIES = 640
HARD_SHARE = 0.05
"""Knock-on electrons above this share of the energy are followed."""
HARD_MINIMUM_MEV = 2e-4
"""And above this energy: below it, binding matters. [MeV]"""
PHOTON_THRESHOLD_MEV = 0.01
"""Bremsstrahlung photons above this energy are handed on; what softer ones carry stays on the track. [MeV]"""

SOFT_LOSS, KNOCK_ON, BREMSSTRAHLUNG, FIRST, SECOND, RANGE, PHOTON_YIELD, HARD_BOUND, STRAGGLING = range(9)
"""Columns of :attr:`ElectronTables.rates`."""


@dataclass(frozen=True)
class ElectronTables:
    """What electrons do in some materials, per mass, at energies that are evenly spaced in their logarithm."""

    materials: tuple[Material, ...]
    """In the order asked for, and water at the end."""
    energies_mev: Floats
    """Shape ``(energy,)``. [MeV]"""
    rates: Floats
    """Loss in soft events [MeV cm2/g], cross sections of knock-ons and of bremsstrahlung above the thresholds [cm2/g],
    first and second transport coefficient of soft scattering [cm2/g], range in the continuous-slowing-down
    approximation [g/cm2], bremsstrahlung photons until rest, an upper bound of the hard cross sections within the next
    step [cm2/g], and the variance of the soft loss per path [MeV2 cm2/g]. Shape ``(material, energy, 9)``."""
    photon_energies_mev: Floats
    """Electron energies of the bremsstrahlung spectra. Shape ``(row,)``. [MeV]"""
    photon_spectra: Floats
    """Photon energy times differential cross section, over its largest value at each electron energy, for photon
    energies that are evenly spaced shares of the electron's. Shape ``(material, row, share)``."""
    hard_share: float
    photon_threshold_mev: float

    @property
    def grid(self) -> tuple[float, float]:
        """Logarithm of the first energy, and energies per unit of the logarithm."""
        logs = np.log(self.energies_mev[[0, -1]])
        return float(logs[0]), float((len(self.energies_mev) - 1) / (logs[1] - logs[0]))

    @property
    def photon_grid(self) -> tuple[float, float]:
        """The same of the bremsstrahlung spectra."""
        logs = np.log(self.photon_energies_mev[[0, -1]])
        return float(logs[0]), float((len(self.photon_energies_mev) - 1) / (logs[1] - logs[0]))


def _atoms(material: Material, key: str) -> NDArray[np.float64]:
    """A table of the elements, summed over the atoms of a gram."""
    table = read_arrays(SOURCE, "electrons.npz")
    numbers = list(table["atomic_number"])
    atoms = atoms_per_gram(material)
    rows = [
        n * table[key][numbers.index(element(symbol).atomic_number)].astype(np.float64) for symbol, n in atoms.items()
    ]
    return np.asarray(np.sum(rows, axis=0))


def _on_energies(material: Material, key: str, energy_mev: Floats) -> Floats:
    tabulated = read_arrays(SOURCE, "electrons.npz")["energy_mev"]
    return np.exp(np.interp(np.log(energy_mev), np.log(tabulated), np.log(_atoms(material, key))))


def radiative_stopping_power(material: Material, energy_mev: Floats) -> Floats:
    """Mass stopping power by bremsstrahlung. [MeV cm2/g]"""
    return _on_energies(material, "radiative_mev_barn", energy_mev)


def stopping_power(material: Material, energy_mev: Floats) -> Floats:
    """Total mass stopping power, by collisions and bremsstrahlung. [MeV cm2/g]"""
    return collision_stopping_power(material, energy_mev) + radiative_stopping_power(material, energy_mev)


def _integral(energies: Floats, values: Floats) -> Floats:
    """Integral over the energy from the first one, on evenly spaced logarithms."""
    product = values * energies * np.log(energies[1] / energies[0])
    return np.concatenate([[0.0], np.cumsum(0.5 * (product[1:] + product[:-1]))])


def _range_table(material: Material) -> tuple[Floats, Floats, Floats]:
    energies = np.geomspace(*ENERGY_LIMITS_MEV, _N_ENERGIES)
    total = stopping_power(material, energies)
    radiated = _integral(energies, radiative_stopping_power(material, energies) / total)
    return energies, _ranges(energies, total), radiated


def _ranges(energies: Floats, stopping: Floats) -> Floats:
    return np.asarray(_integral(energies, 1.0 / stopping) + 0.5 * energies[0] / stopping[0])


def csda_range_g_cm2(material: Material, energy_mev: Floats | float) -> Floats:
    """Range in the continuous-slowing-down approximation, from 0.1 keV to 100 MeV. [g/cm2]"""
    energies, ranges, _ = _range_table(material)
    logs = np.interp(np.log(energy_mev), np.log(energies), np.log(ranges))
    return np.asarray(np.exp(logs))


def radiation_yield(material: Material, energy_mev: Floats | float) -> Floats:
    """Share of the energy that becomes bremsstrahlung until the electron rests."""
    energies, _, radiated = _range_table(material)
    return np.asarray(np.interp(np.log(energy_mev), np.log(energies), radiated / energies))


_SHARES = np.linspace(0.0, 1.0, 41)


def _spectra(material: Material) -> tuple[Floats, Floats]:
    """Electron energies [MeV], and photon energy times differential cross section [cm2/g] on them and ``_SHARES``."""
    table = read_arrays(SOURCE, "electrons.npz")
    shares = table["spectrum_share"]
    rows = [np.interp(_SHARES, shares, row) for row in _atoms(material, "spectrum_barn")]
    energies = table["spectrum_energy_mev"]
    spectra = np.array(rows)
    taken = np.trapezoid(spectra, _SHARES, axis=1) * energies
    return energies, spectra * (radiative_stopping_power(material, energies) / taken)[:, None]


def _soft_and_hard_photons(material: Material, energies: Floats, threshold: float) -> tuple[Floats, Floats]:
    """Energy taken by photons below the threshold [MeV cm2/g], and cross section of those above it [cm2/g].

    Exact integrals of spectra that are straight between ``_SHARES``, as they are sampled.
    """
    grid, spectra = _spectra(material)
    rows = np.stack([np.interp(np.log(energies), np.log(grid), column) for column in spectra.T], axis=1)
    slope = np.diff(rows, axis=1) / np.diff(_SHARES)
    start = rows[:, :-1] - slope * _SHARES[:-1]
    edge = np.minimum(threshold / energies, 1.0)[:, None]
    low, high = np.minimum(_SHARES[:-1], edge), np.minimum(_SHARES[1:], edge)
    soft = (start * (high - low) + 0.5 * slope * (high**2 - low**2)).sum(axis=1)
    low, high = np.maximum(_SHARES[:-1], edge), np.maximum(_SHARES[1:], edge)
    hard = (start * np.log(high / low) + slope * (high - low)).sum(axis=1)
    return energies * soft, hard


def _bound(energies: Floats, hard: Floats) -> Floats:
    """Largest cross section between each energy and 75 % of it."""
    reach = int(np.ceil(np.log(1.0 / 0.75) / np.log(energies[1] / energies[0]))) + 1
    padded = np.concatenate([np.full(reach, hard[0]), hard, hard[-1:]])
    return np.asarray(np.lib.stride_tricks.sliding_window_view(padded, reach + 2).max(axis=1))


def _rates(material: Material, energies: Floats, hard_share: float, threshold: float) -> Floats:
    limits = np.maximum(hard_share * energies, HARD_MINIMUM_MEV)
    density = electrons_per_gram(material)
    knock_on = knock_on_cross_section(energies, limits) * density
    soft_photons, photons = _soft_and_hard_photons(material, energies, threshold)
    collision = collision_stopping_power(material, energies)
    total = collision + radiative_stopping_power(material, energies)
    soft = collision - knock_on_loss(energies, limits) * density + soft_photons
    first, second = (coefficient * density for coefficient in soft_electron_scattering(energies, limits, material))
    first = first + _on_energies(material, "first_transport_barn", energies)
    second = second + _on_energies(material, "second_transport_barn", energies)
    yields = _integral(energies, photons / total)
    bound = _bound(energies, knock_on + photons)
    ranges = _ranges(energies, total)
    spread = soft_straggling(energies, limits) * density
    return np.stack([soft, knock_on, photons, first, second, ranges, yields, bound, spread], axis=1)


def electron_tables(
    materials: tuple[Material, ...],
    *,
    hard_share: float = HARD_SHARE,
    photon_threshold_mev: float = PHOTON_THRESHOLD_MEV,
) -> ElectronTables:
    """Tables of some materials and of water, from 0.1 keV to 100 MeV.

    Parameters
    ----------
    materials
        In the order of the media.
    hard_share
        Knock-on electrons above this share of the energy, and above 0.2 keV, are followed.
    photon_threshold_mev
        Bremsstrahlung photons above it are handed on. [MeV]

    Raises
    ------
    InputError
        If a material has an element that the table lacks.
    ValueError
        If the share is not between 0.001 and 0.5, or the threshold below 1 keV.
    """
    if not (1e-3 <= hard_share <= 0.5 and photon_threshold_mev >= 1e-3):
        raise ValueError("expected a hard share from 0.001 to 0.5 and a photon threshold from 0.001 MeV on")
    materials = (*materials, material("water"))
    energies = np.geomspace(*ENERGY_LIMITS_MEV, _N_ENERGIES)
    rates = [_rates(m, energies, hard_share, photon_threshold_mev) for m in materials]
    spectra = [_spectra(m) for m in materials]
    scaled = [rows / rows.max(axis=1, keepdims=True) for _, rows in spectra]
    return ElectronTables(
        materials, energies, np.array(rates), spectra[0][0], np.array(scaled), hard_share, photon_threshold_mev
    )

"""Collisions of electrons with electrons: hard ones by Moller's cross section, the angles of soft ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.constants import CLASSICAL_AREA_BARN, ELECTRON_MASS_MEV
from hevesy.physdata.elements import element
from hevesy.physdata.materials import Material
from hevesy.physdata.matter.atoms import SOURCE, atoms_per_gram
from hevesy.physdata.tables_reader import read_arrays

Floats = NDArray[np.float64]

_HC = 0.01239842  # MeV angstrom


def _scale(energy: Floats) -> Floats:
    """Prefactor of the Moller cross section. [MeV barn]"""
    beta2 = 1.0 - (ELECTRON_MASS_MEV / (energy + ELECTRON_MASS_MEV)) ** 2
    return 2.0 * np.pi * CLASSICAL_AREA_BARN * ELECTRON_MASS_MEV / beta2


def _moller(energy: Floats) -> tuple[Floats, Floats]:
    tau = energy / ELECTRON_MASS_MEV
    return (tau / (tau + 1.0)) ** 2, (2.0 * tau + 1.0) / (tau + 1.0) ** 2


def knock_on_cross_section(energy_mev: Floats, threshold_mev: Floats) -> Floats:
    """Moller cross section of an electron for energies given to another above a threshold, up to the half. [barn]"""
    b, c = _moller(energy_mev)
    low = np.minimum(threshold_mev / energy_mev, 0.5)
    number = 1.0 / low - 1.0 / (1.0 - low) + b * (0.5 - low) - c * np.log((1.0 - low) / low)
    return np.asarray(_scale(energy_mev) * number / energy_mev)


def knock_on_loss(energy_mev: Floats, threshold_mev: Floats) -> Floats:
    """Energy that these collisions take, times their cross section. [MeV barn]"""
    b, c = _moller(energy_mev)
    low = np.minimum(threshold_mev / energy_mev, 0.5)
    taken = np.log(0.5 / low) + 2.0 + np.log(0.5) - 1.0 / (1.0 - low) - np.log(1.0 - low)
    taken += b * (0.25 - low**2) / 2.0 + c * (np.log(0.5) - np.log(1.0 - low))
    return np.asarray(_scale(energy_mev) * taken)


def soft_straggling(energy_mev: Floats, threshold_mev: Floats) -> Floats:
    """Square of the energy given in collisions below a threshold, times their cross section. [MeV2 barn]"""
    b, c = _moller(energy_mev)
    low = np.minimum(threshold_mev / energy_mev, 0.5)
    squares = low + low / (1.0 - low) + 2.0 * np.log(1.0 - low) + low
    squares += b * low**3 / 3.0 + c * (low + np.log(1.0 - low))
    return np.asarray(_scale(energy_mev) * energy_mev * squares)


def soft_electron_scattering(energy_mev: Floats, threshold_mev: Floats, material: Material) -> tuple[Floats, Floats]:
    """First two transport cross sections of the collisions below a threshold, per electron. [barn]

    Rutherford scattering times the incoherent scattering function, up to the angle that goes with the threshold: softer
    collisions turn electrons at smaller angles than the screening of the nucleus would let one think [1]_.

    References
    ----------
    .. [1] U. Fano, Phys. Rev. 93 (1954) 117, doi:10.1103/PhysRev.93.117
    """
    beta2 = 1.0 - (ELECTRON_MASS_MEV / (energy_mev + ELECTRON_MASS_MEV)) ** 2
    momentum2 = energy_mev * (energy_mev + 2.0 * ELECTRON_MASS_MEV)
    kept = np.clip(energy_mev - np.minimum(threshold_mev, 0.5 * energy_mev), 0.0, None)
    whole = energy_mev + 2.0 * ELECTRON_MASS_MEV
    limit = 0.5 * (1.0 - np.sqrt(kept * whole / (energy_mev * (kept + 2.0 * ELECTRON_MASS_MEV))))
    strength = 2.0 * np.pi * CLASSICAL_AREA_BARN * ELECTRON_MASS_MEV**2 / (momentum2 * beta2)
    transfer = np.log(np.sqrt(limit * momentum2) / _HC)
    table = read_arrays(SOURCE, "electrons.npz")
    numbers, grid = list(table["atomic_number"]), np.log(table["transfer_per_angstrom"])
    first, electrons = np.zeros_like(energy_mev), 0.0
    for symbol, n in atoms_per_gram(material).items():
        z = element(symbol).atomic_number
        first = first + n * z * np.interp(transfer, grid, table["electron_scattering"][numbers.index(z)])
        electrons += n * z
    first = first * strength / electrons
    return first, 3.0 * first

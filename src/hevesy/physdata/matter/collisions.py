"""Collisions of electrons with electrons: hard ones by Moller's cross section, the angles of soft ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.materials import Material
from hevesy.physdata.matter.elements import atoms_per_gram, element
from hevesy.physdata.matter.stopping import CLASSICAL_AREA_BARN, ELECTRON_MASS_MEV

Floats = NDArray[np.float64]

_FINE_STRUCTURE = 1 / 137.035999


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


def soft_electron_scattering(energy_mev: Floats, threshold_mev: Floats, material: Material) -> tuple[Floats, Floats]:
    """First two transport cross sections of the collisions below a threshold, per electron. [barn]

    Rutherford scattering with the screening of the atoms, up to the angle that goes with the threshold.
    """
    beta2 = 1.0 - (ELECTRON_MASS_MEV / (energy_mev + ELECTRON_MASS_MEV)) ** 2
    momentum2 = energy_mev * (energy_mev + 2.0 * ELECTRON_MASS_MEV)
    kept = np.clip(energy_mev - np.minimum(threshold_mev, 0.5 * energy_mev), 0.0, None)
    whole = energy_mev + 2.0 * ELECTRON_MASS_MEV
    limit = 0.5 * (1.0 - np.sqrt(kept * whole / (energy_mev * (kept + 2.0 * ELECTRON_MASS_MEV))))
    strength = 2.0 * np.pi * CLASSICAL_AREA_BARN * ELECTRON_MASS_MEV**2 / (momentum2 * beta2)
    first, electrons = np.zeros_like(energy_mev), 0.0
    for symbol, n in atoms_per_gram(material).items():
        z = element(symbol).z
        radius = 0.88534 / (_FINE_STRUCTURE * z ** (1 / 3))
        born = 1.13 + 3.76 * (_FINE_STRUCTURE * z) ** 2 / beta2
        screen = 0.25 * ELECTRON_MASS_MEV**2 / (momentum2 * radius**2) * born
        first = first + n * z * strength * (np.log1p(limit / screen) - limit / (screen + limit))
        electrons += n * z
    return first / electrons, 3.0 * first / electrons

"""Collision stopping power of electrons, and the density effect."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.materials import Material
from hevesy.physdata.matter.elements import atoms_per_gram, element

Floats = NDArray[np.float64]

ELECTRON_MASS_MEV = 0.51099895
CLASSICAL_AREA_BARN = 0.079407877
"""Square of the classical electron radius. [barn]"""
_EXTENDED_BELOW_MEV = 0.01
_JOY_LUO = 0.85


@dataclass(frozen=True)
class DensityEffect:
    """Sternheimer's parameters: ``delta = 2 ln(10) x - c + a (x1 - x)**m`` for x0 < x < x1."""

    c: float
    x0: float
    x1: float
    a: float
    m: float


_KNOWN = {
    "water": (75.0, DensityEffect(3.5017, 0.2400, 2.8004, 0.09116, 3.4773)),
    "air": (85.7, DensityEffect(10.5961, 1.7418, 4.2759, 0.10914, 3.3994)),
    "soft tissue, four-component": (74.9, DensityEffect(3.5087, 0.2377, 2.7908, 0.09629, 3.4371)),
    "lung": (75.3, DensityEffect(3.4708, 0.2261, 2.8001, 0.08588, 3.5353)),
    "muscle": (75.3, DensityEffect(3.4809, 0.2282, 2.7999, 0.08636, 3.5330)),
    "blood": (75.2, DensityEffect(3.4581, 0.2239, 2.8017, 0.08492, 3.5406)),
}
"""Mean excitation energy [eV] and density effect: R. M. Sternheimer, M. J. Berger, S. M. Seltzer, At. Data Nucl. Data
Tables 30 (1984) 261, doi:10.1016/0092-640X(84)90002-0. Lung is its tissue (1.05 g/ml), not the inflated organ."""


def electrons_per_gram(material: Material) -> float:
    """Electrons in a gram. [1e24/g]"""
    return math.fsum(n * element(symbol).z for symbol, n in atoms_per_gram(material).items())


def mean_excitation_energy(material: Material) -> float:
    """Mean excitation energy: tabulated where the tissue is, else by Bragg's additivity rule. [eV]"""
    if material.name in _KNOWN:
        return _KNOWN[material.name][0]
    weights = {symbol: n * element(symbol).z for symbol, n in atoms_per_gram(material).items()}
    logs = math.fsum(w * math.log(element(symbol).excitation_ev) for symbol, w in weights.items())
    return math.exp(logs / math.fsum(weights.values()))


def general_density_effect(excitation_ev: float, electrons_per_ml: float) -> DensityEffect:
    """Parameters for a liquid or solid without tabulated ones.

    Parameters
    ----------
    excitation_ev
        Mean excitation energy. [eV]
    electrons_per_ml
        [1e24/ml]

    References
    ----------
    .. [1] R. M. Sternheimer, R. F. Peierls, Phys. Rev. B 3 (1971) 3681, doi:10.1103/PhysRevB.3.3681
    """
    plasma_ev = 28.816 * math.sqrt(electrons_per_ml / 0.602214076)
    c = 2.0 * math.log(excitation_ev / plasma_ev) + 1.0
    x1, limit = (2.0, 3.681) if excitation_ev < 100.0 else (3.0, 5.215)
    x0 = 0.2 if c < limit else 0.326 * c - 0.5 * x1
    return DensityEffect(c, x0, x1, (c - 2.0 * math.log(10.0) * x0) / (x1 - x0) ** 3, 3.0)


def density_effect(material: Material) -> DensityEffect:
    """Parameters of a tissue at its own density."""
    if material.name in _KNOWN:
        return _KNOWN[material.name][1]
    per_ml = electrons_per_gram(material) * material.density_g_ml
    return general_density_effect(mean_excitation_energy(material), per_ml)


def density_correction(effect: DensityEffect, energy_mev: Floats) -> Floats:
    """The density-effect correction delta."""
    tau = energy_mev / ELECTRON_MASS_MEV
    x = np.log10(np.sqrt(tau * (tau + 2.0)))
    tail = effect.a * np.clip(effect.x1 - x, 0.0, None) ** effect.m
    return np.where(x > effect.x0, 2.0 * np.log(10.0) * x - effect.c + tail, 0.0)


def collision_stopping_power(material: Material, energy_mev: Floats) -> Floats:
    r"""Mass collision stopping power of electrons by Bethe's theory.

    Below 10 keV, where the theory without shell corrections fails, the mean excitation energy is replaced by
    :math:`I/(1 + 0.85\,(I/E - I/10\,\mathrm{keV}))` [2]_, which keeps it positive down to any energy.

    Parameters
    ----------
    material
        Its own density counts for the density effect only.
    energy_mev
        Kinetic energies. [MeV]

    Returns
    -------
    Of the shape of the energies. [MeV cm2/g]

    References
    ----------
    .. [1] ICRU Report 37, Stopping Powers for Electrons and Positrons (1984)
    .. [2] D. C. Joy, S. Luo, Scanning 11 (1989) 176, doi:10.1002/sca.4950110404
    """
    tau = energy_mev / ELECTRON_MASS_MEV
    beta2 = tau * (tau + 2.0) / (tau + 1.0) ** 2
    tabulated = mean_excitation_energy(material) * 1e-6
    lower = np.clip(1.0 / energy_mev - 1.0 / _EXTENDED_BELOW_MEV, 0.0, None)
    excitation = tabulated / (1.0 + _JOY_LUO * tabulated * lower)
    f = 1.0 - beta2 + (tau**2 / 8.0 - (2.0 * tau + 1.0) * np.log(2.0)) / (tau + 1.0) ** 2
    bracket = np.log(tau**2 * (tau + 2.0) / 2.0) - 2.0 * np.log(excitation / ELECTRON_MASS_MEV) + f
    bracket -= density_correction(density_effect(material), energy_mev)
    scale = 2.0 * np.pi * CLASSICAL_AREA_BARN * ELECTRON_MASS_MEV * electrons_per_gram(material)
    return np.asarray(scale / beta2 * bracket)

"""Collision stopping power of electrons, and the density effect."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.elements import element
from hevesy.physdata.materials import Material

Floats = NDArray[np.float64]

_AVOGADRO = 0.602214076  # 1e24/mol
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
    "water": DensityEffect(3.5017, 0.2400, 2.8004, 0.09116, 3.4773),
    "air": DensityEffect(10.5961, 1.7418, 4.2759, 0.10914, 3.3994),
    "soft tissue": DensityEffect(3.5087, 0.2377, 2.7908, 0.09629, 3.4371),
    "lung": DensityEffect(3.4708, 0.2261, 2.8001, 0.08588, 3.5353),
}
"""R. M. Sternheimer, M. J. Berger, S. M. Seltzer, At. Data Nucl. Data Tables 30 (1984) 261,
doi:10.1016/0092-640X(84)90002-0. Lung is its tissue (1.05 g/ml), not the inflated organ."""


def atoms_per_gram(material: Material) -> dict[str, float]:
    """Atoms of every element in a gram; times barn it is cm2/g. [1e24/g]"""
    return {
        symbol: share * _AVOGADRO / element(symbol).atomic_weight_g_mol
        for symbol, share in material.mass_fractions.items()
    }


def electrons_per_gram(material: Material) -> float:
    """Electrons in a gram. [1e24/g]"""
    return math.fsum(n * element(symbol).atomic_number for symbol, n in atoms_per_gram(material).items())


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
    plasma_ev = 28.816 * math.sqrt(electrons_per_ml / _AVOGADRO)
    c = 2.0 * math.log(excitation_ev / plasma_ev) + 1.0
    x1, limit = (2.0, 3.681) if excitation_ev < 100.0 else (3.0, 5.215)
    x0 = 0.2 if c < limit else 0.326 * c - 0.5 * x1
    return DensityEffect(c, x0, x1, (c - 2.0 * math.log(10.0) * x0) / (x1 - x0) ** 3, 3.0)


def density_effect(material: Material) -> DensityEffect:
    """Parameters of a medium at its own density; none for vacuum."""
    if material.density_g_ml <= 0.0:
        return DensityEffect(0.0, math.inf, math.inf, 0.0, 1.0)
    if material.name in _KNOWN:
        return _KNOWN[material.name]
    return general_density_effect(material.mean_excitation_ev, electrons_per_gram(material) * material.density_g_ml)


def density_correction(effect: DensityEffect, energy_mev: Floats) -> Floats:
    """The density-effect correction delta."""
    tau = energy_mev / ELECTRON_MASS_MEV
    x = np.log10(np.sqrt(tau * (tau + 2.0)))
    if not math.isfinite(effect.x0):
        return np.zeros_like(x)
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
    tabulated = material.mean_excitation_ev * 1e-6
    lower = np.clip(1.0 / energy_mev - 1.0 / _EXTENDED_BELOW_MEV, 0.0, None)
    excitation = tabulated / (1.0 + _JOY_LUO * tabulated * lower)
    f = 1.0 - beta2 + (tau**2 / 8.0 - (2.0 * tau + 1.0) * np.log(2.0)) / (tau + 1.0) ** 2
    bracket = np.log(tau**2 * (tau + 2.0) / 2.0) - 2.0 * np.log(excitation / ELECTRON_MASS_MEV) + f
    bracket -= density_correction(density_effect(material), energy_mev)
    scale = 2.0 * np.pi * CLASSICAL_AREA_BARN * ELECTRON_MASS_MEV * electrons_per_gram(material)
    return np.asarray(scale / beta2 * bracket)

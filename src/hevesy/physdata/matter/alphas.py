"""Stopping and range of alpha particles, and the range of the nuclei that recoil from them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Citation
from hevesy.errors import InputError
from hevesy.physdata.constants import AVOGADRO
from hevesy.physdata.elements import Element, element
from hevesy.physdata.materials import Material
from hevesy.physdata.tables_reader import read_toml, source_citation

Floats = NDArray[np.float64]

LARGEST_ALPHA_MEV = 10.0
"""End of the table. [MeV]"""
_SOURCE = "alphas_icru49"
_LOWEST_MEV = 1e-3
_CROSS_SECTION = 1e3
"""1 eV per 1e15 atoms/cm2, in MeV cm2 per 1e24 atoms."""
_ALPHA = (2, 4.0026)
_N_ENERGIES, _N_STEPS = 600, 20


def alpha_citation() -> Citation:
    """Where the coefficients come from."""
    return source_citation(_SOURCE)


def _electronic(target: Element, energies_mev: Floats) -> Floats:
    """Electronic stopping cross section of alpha particles; a square root below 1 keV. [eV per 1e15 atoms/cm2]"""
    a1, a2, a3, a4, a5 = read_toml(_SOURCE, "stopping.toml")["coefficients"][target.symbol]
    energy = np.maximum(energies_mev, _LOWEST_MEV)
    low = a1 * (1e3 * energy) ** a2
    high = a3 / energy * np.log(1.0 + a4 / energy + a5 * energy)
    return np.asarray(low * high / (low + high) * np.sqrt(np.minimum(energies_mev / _LOWEST_MEV, 1.0)))


def _nuclear(projectile: tuple[int, float], target: Element, energies_mev: Floats) -> Floats:
    """Stopping cross section by elastic collisions, universal screening. [eV per 1e15 atoms/cm2]"""
    (z1, m1), z2, m2 = projectile, target.atomic_number, target.atomic_weight_g_mol
    screening = (m1 + m2) * (z1**0.23 + z2**0.23)
    reduced = 32.53 * m2 * 1e3 * energies_mev / (z1 * z2 * screening)
    slow = np.log1p(1.1383 * reduced) / (2.0 * (reduced + 0.01321 * reduced**0.21226 + 0.19593 * np.sqrt(reduced)))
    fast = np.log(np.maximum(reduced, 30.0)) / (2.0 * np.maximum(reduced, 30.0))
    return np.asarray(8.462 * z1 * z2 * m1 / screening * np.where(reduced <= 30.0, slow, fast))


def _additive(material: Material, of_element: dict[str, Floats]) -> Floats:
    """Stopping power by Bragg's rule. [MeV cm2/g]"""
    terms = [
        fraction * AVOGADRO / element(symbol).atomic_weight_g_mol * _CROSS_SECTION * of_element[symbol]
        for symbol, fraction in material.mass_fractions.items()
    ]
    return np.asarray(sum(terms))


def alpha_stopping_power(material: Material, energies_mev: Floats) -> Floats:
    """Mass stopping power for alpha particles, electronic and nuclear, additive over the elements.

    Parameters
    ----------
    material
        Its density does not matter.
    energies_mev
        Kinetic, above zero up to 10 MeV. [MeV]

    Returns
    -------
    [MeV cm2/g]

    Raises
    ------
    InputError
        If an energy is outside.

    References
    ----------
    .. [1] ICRU Report 49, Stopping Powers and Ranges for Protons and Alpha Particles (1993).
    .. [2] J. F. Ziegler, J. P. Biersack, U. Littmark, The Stopping and Range of Ions in Solids (1985), nuclear part.
    """
    energies = np.asarray(energies_mev, dtype=np.float64)
    if not ((energies > 0) & (energies <= LARGEST_ALPHA_MEV)).all():
        came = f"{energies.min():g} to {energies.max():g} MeV came"
        raise InputError(f"alpha particles above 0 up to {LARGEST_ALPHA_MEV:g} MeV", came)
    elements = [element(symbol) for symbol in material.mass_fractions]
    both = {e.symbol: _electronic(e, energies) + _nuclear(_ALPHA, e, energies) for e in elements}
    return _additive(material, both)


@dataclass(frozen=True)
class AlphaRanges:
    """Ranges of alpha particles in some media, in the continuous slowing-down approximation."""

    energies_mev: Floats
    """From zero to 10 MeV, equal steps of the square root. Shape ``(n,)``. [MeV]"""
    ranges_g_cm2: Floats
    """Increasing along each row. Shape ``(medium, n)``. [g/cm2]"""

    def of(self, medium: int, energies_mev: Floats | float) -> Floats:
        """Range in one medium. [g/cm2]"""
        roots = np.sqrt(np.asarray(energies_mev, dtype=np.float64))
        return np.asarray(np.interp(roots, np.sqrt(self.energies_mev), self.ranges_g_cm2[medium]))


def alpha_ranges(materials: tuple[Material, ...]) -> AlphaRanges:
    """Ranges in several media up to 10 MeV.

    Straggling, about 1.5 % of the range, and the small detour are neglected, and so is that liquids stop slow particles
    less than gases. Against NIST ASTAR: within 3 % from 5 to 8.4 MeV in water, air, muscle, adipose tissue and bone (1
    micrometre in tissue); at 1 MeV up to 11 % short in water (0.6 micrometres), 0.1 % in air.
    """
    energies = LARGEST_ALPHA_MEV * (np.arange(_N_ENERGIES) / (_N_ENERGIES - 1.0)) ** 2
    return AlphaRanges(energies, np.stack([_integrated(alpha_stopping_power(m, _middles())) for m in materials]))


def recoil_range_g_cm2(material: Material, atomic_number: int, mass_number: int, energy_mev: float) -> float:
    """Range of a recoiling nucleus, from elastic collisions alone: electronic losses shorten it further.

    About 0.1 micrometres in tissue for 0.1 MeV: recoils are deposited where they arise.

    Parameters
    ----------
    material
        Its density does not matter.
    atomic_number, mass_number
        Of the nucleus.
    energy_mev
        Kinetic, up to 10 MeV. [MeV]
    """
    projectile = (atomic_number, float(mass_number))
    elements = [element(symbol) for symbol in material.mass_fractions]
    losses = {e.symbol: _nuclear(projectile, e, _middles()) for e in elements}
    energies = LARGEST_ALPHA_MEV * (np.arange(_N_ENERGIES) / (_N_ENERGIES - 1.0)) ** 2
    return float(np.interp(energy_mev, energies, _integrated(_additive(material, losses))))


@cache
def _middles() -> Floats:
    """Middles of the steps of integration, equal steps of the square root of the energy. [MeV]"""
    n = (_N_ENERGIES - 1) * _N_STEPS
    return np.asarray(LARGEST_ALPHA_MEV * ((np.arange(n) + 0.5) / n) ** 2)


def _integrated(stopping_mev_cm2_g: Floats) -> Floats:
    """Range at the energies of the table, from the stopping power at the middles. [g/cm2]"""
    middles = _middles()
    widths = 2.0 * np.sqrt(LARGEST_ALPHA_MEV * middles) / len(middles)
    steps = (widths / stopping_mev_cm2_g).reshape(-1, _N_STEPS).sum(axis=1)
    return np.concatenate([np.zeros(1), np.cumsum(steps)])

"""Dose rates at a distance from a small source, from its photon spectrum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import scipy
from numpy.typing import NDArray

from hevesy.domain import Citation
from hevesy.errors import InputError
from hevesy.physdata.constants import JOULE_PER_MEV
from hevesy.physdata.emissions import Emissions, Particle, merged
from hevesy.physdata.tables_reader import read_toml, source_citation
from hevesy.quantities import Uncertain

Floats = NDArray[np.float64]

_AMBIENT = "photon_conversion_icrp74"
_AIR = "air_nist5632"
_CM2_PER_G = 0.1
"""In m2/kg."""
_PSV_CM2 = 1e-12 * 1e-4
"""In Sv m2."""
_CONVERSION_UNCERTAINTY = 0.02
"""Relative standard uncertainty of the coefficients and of interpolating them."""
PHOTON_CUTOFF_MEV = 0.020
"""Photons of lower energy do not count: capsules, walls and air stop them. [MeV]"""


@dataclass(frozen=True)
class DoseRateConstants:
    """Dose rates in vacuum at 1 m from a point source, per decay of the parent and second."""

    air_kerma: Uncertain
    """Air kerma rate constant. [Gy m2/(Bq s)]"""
    ambient_dose_equivalent: Uncertain
    """Of H*(10). [Sv m2/(Bq s)]"""
    cutoff_mev: float
    """Photons below it are left out. [MeV]"""
    sources: tuple[Citation, ...]


@cache
def _curve(source: str, name: str, column: str) -> tuple[Floats, scipy.interpolate.CubicSpline]:
    """Energies and a cubic in logarithms through one column."""
    table = read_toml(source, name)
    energies = np.array(table["energy_mev"])
    return energies, scipy.interpolate.CubicSpline(np.log(energies), np.log(table[column]))


def _at(curve: tuple[Floats, scipy.interpolate.CubicSpline], energies_mev: Floats) -> Floats:
    known, spline = curve
    if energies_mev.size and not (known[0] <= energies_mev.min() and energies_mev.max() <= known[-1]):
        raise InputError(
            f"photons between {known[0]:g} and {known[-1]:g} MeV, for which there are coefficients",
            f"{energies_mev.min():g} to {energies_mev.max():g} MeV came",
        )
    return np.asarray(np.exp(spline(np.log(energies_mev))))


def air_kerma_per_fluence(energies_mev: Floats) -> Floats:
    """Collision kerma in dry air per fluence of photons; up to 3 MeV within 1 % of the whole kerma.

    Parameters
    ----------
    energies_mev
        From 0.01 to 10 MeV. Shape ``(n,)``. [MeV]

    Returns
    -------
    Shape ``(n,)``. [Gy m2]

    Raises
    ------
    InputError
        If an energy lies outside.

    References
    ----------
    .. [1] J. H. Hubbell, S. M. Seltzer, NISTIR 5632 (1995)
    """
    absorption = _at(_curve(_AIR, "air.toml", "mass_energy_absorption"), energies_mev) * _CM2_PER_G
    return np.asarray(absorption * energies_mev * JOULE_PER_MEV)


def ambient_dose_equivalent_per_fluence(energies_mev: Floats) -> Floats:
    """Ambient dose equivalent H*(10) per fluence of photons.

    Parameters
    ----------
    energies_mev
        From 0.01 to 10 MeV. Shape ``(n,)``. [MeV]

    Returns
    -------
    Shape ``(n,)``. [Sv m2]

    Raises
    ------
    InputError
        If an energy lies outside.

    References
    ----------
    .. [1] ICRP Publication 74, Ann. ICRP 26 (3-4) (1996), Table A.21
    """
    return np.asarray(_at(_curve(_AMBIENT, "photons.toml", "ambient_dose_equivalent"), energies_mev) * _PSV_CM2)


def dose_rate_constants(
    emissions: Emissions, relative_yield_uncertainty: float = 0.0, cutoff_mev: float = PHOTON_CUTOFF_MEV
) -> DoseRateConstants:
    r"""Air kerma and ambient dose equivalent rate at 1 m from a point source per activity of the parent.

    .. math:: \Gamma = \frac{1}{4 \pi} \sum_{E_i \ge \delta} Y_i\, k(E_i)

    Nothing attenuates or scatters: neither the source, nor air, nor walls; bremsstrahlung is left out. A patient's dose
    rate is lower. Progeny counts as often as it decays per decay of the parent.

    Parameters
    ----------
    emissions
        Lines or bins of photons.
    relative_yield_uncertainty
        Relative standard uncertainty of the photon yields as a whole.
    cutoff_mev
        Photons below it do not count. [MeV]

    References
    ----------
    .. [1] ICRU Report 85a, Fundamental Quantities and Units for Ionizing Radiation (2011), air-kerma-rate constant
    """
    low, high, yields = merged(emissions.of(Particle.PHOTON))
    middles = 0.5 * (low + high)
    counts = middles >= cutoff_mev

    def constant(per_fluence: Floats, coefficients: str) -> Uncertain:
        value = float(yields[counts] @ per_fluence) / (4.0 * math.pi)
        sources = {
            f"photon-yields:{emissions.name}": relative_yield_uncertainty * value,
            f"photon-coefficients:{coefficients}": _CONVERSION_UNCERTAINTY * value,
        }
        return Uncertain(value, sources)

    return DoseRateConstants(
        constant(air_kerma_per_fluence(middles[counts]), _AIR),
        constant(ambient_dose_equivalent_per_fluence(middles[counts]), _AMBIENT),
        cutoff_mev,
        (source_citation(_AIR), source_citation(_AMBIENT)),
    )

"""Dose rates at a distance from a small source, from its photon spectrum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from hevesy.domain import Citation
from hevesy.errors import InputError
from hevesy.physdata.emissions import Emissions, Particle, merged
from hevesy.physdata.tables_reader import read_toml, source_citation
from hevesy.quantities import Uncertain

Floats = NDArray[np.float64]
Quantity = Literal["air_kerma", "ambient_dose_equivalent"]

_SOURCE = "photon_conversion_icrp74"
_PER_FLUENCE = 1e-12 * 1e-4
"""pGy cm2 in Gy m2."""
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
    source: Citation


@cache
def _curve(quantity: Quantity) -> CubicSpline:
    table = read_toml(_SOURCE, "photons.toml")
    return CubicSpline(np.log(table["energy_mev"]), np.log(table[quantity]))


def per_fluence(quantity: Quantity, energies_mev: Floats) -> Floats:
    """Air kerma [Gy m2] or ambient dose equivalent [Sv m2] per fluence of photons, by a cubic in logarithms.

    Parameters
    ----------
    quantity
        ``air_kerma`` or ``ambient_dose_equivalent``.
    energies_mev
        From 0.01 to 10 MeV. Shape ``(n,)``. [MeV]

    Raises
    ------
    InputError
        If an energy lies outside.

    References
    ----------
    .. [1] ICRP Publication 74, Ann. ICRP 26 (3-4) (1996)
    """
    table = read_toml(_SOURCE, "photons.toml")["energy_mev"]
    if energies_mev.size and not (table[0] <= energies_mev.min() and energies_mev.max() <= table[-1]):
        raise InputError(
            f"photons between {table[0]:g} and {table[-1]:g} MeV, for which there are conversion coefficients",
            f"{energies_mev.min():g} to {energies_mev.max():g} MeV came",
        )
    return np.asarray(np.exp(_curve(quantity)(np.log(energies_mev))) * _PER_FLUENCE)


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
    values = {
        quantity: float(yields[counts] @ per_fluence(quantity, middles[counts])) / (4.0 * math.pi)
        for quantity in ("air_kerma", "ambient_dose_equivalent")
    }
    estimates = {
        quantity: Uncertain(
            value,
            {
                f"photon-yields:{emissions.name}": relative_yield_uncertainty * value,
                "photon-conversion:icrp74": _CONVERSION_UNCERTAINTY * value,
            },
        )
        for quantity, value in values.items()
    }
    return DoseRateConstants(
        estimates["air_kerma"], estimates["ambient_dose_equivalent"], cutoff_mev, source_citation(_SOURCE)
    )

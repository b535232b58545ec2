"""Narrow-beam attenuation of photons of one energy in tissues."""

from __future__ import annotations

import numpy as np

from hevesy.errors import InputError
from hevesy.physdata.constants import AVOGADRO
from hevesy.physdata.materials import Material
from hevesy.physdata.matter.photon_elements import photon_element

_CURVES = ("coherent", "incoherent", "pair", "photoelectric")
_LIMITS_MEV = (0.001, 20.0)


def mass_attenuation_cm2_g(medium: Material, energy_mev: float) -> float:
    r"""Mass attenuation coefficient with coherent scattering, by the mixture rule. [cm2/g]

    .. math:: \frac{\mu}{\rho} = N_A \sum_i \frac{w_i}{M_i}\, \sigma_i(E)

    Of independent free atoms. It holds for a narrow beam: every photon that scatters is lost.

    Parameters
    ----------
    medium
        Its composition; its density plays no part.
    energy_mev
        Between 1 keV and 20 MeV. [MeV]

    Raises
    ------
    InputError
        If the energy lies outside.

    References
    ----------
    .. [1] D. E. Cullen et al., EPDL, in ENDF/B-VIII.1 (``photon_citation`` of the elements' photon data)
    """
    low, high = _LIMITS_MEV
    if not low <= energy_mev <= high:
        raise InputError(f"a photon energy of {low:g} to {high:g} MeV", f"{energy_mev:g} MeV came", "attenuation")
    at = np.array([energy_mev])
    total = 0.0
    for symbol, share in medium.mass_fractions.items():
        element = photon_element(symbol)
        total += share / element.atomic_mass * sum(float(element.at(curve, at)[0]) for curve in _CURVES)
    return AVOGADRO * total


def attenuation_per_mm(medium: Material, energy_mev: float, density_g_ml: float | None = None) -> float:
    """Linear attenuation coefficient at the medium's density, or another one. [1/mm]"""
    density = medium.density_g_ml if density_g_ml is None else density_g_ml
    return mass_attenuation_cm2_g(medium, energy_mev) * density / 10.0

"""Collision stopping power of electrons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.physdata.constants import CLASSICAL_AREA_BARN, ELECTRON_MASS_MEV
from hevesy.physdata.materials import Material
from hevesy.physdata.matter.atoms import electrons_per_gram
from hevesy.physdata.matter.density_effect import density_correction

Floats = NDArray[np.float64]

_EXTENDED_BELOW_MEV = 0.01
_JOY_LUO = 0.85


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
    .. [2] D. C. Joy, S. Luo, Scanning 11 (1989) 176, doi:10.1002/sca.4950110404 (DOI unconfirmed)
    """
    tau = energy_mev / ELECTRON_MASS_MEV
    beta2 = tau * (tau + 2.0) / (tau + 1.0) ** 2
    tabulated = material.mean_excitation_ev * 1e-6
    lower = np.clip(1.0 / energy_mev - 1.0 / _EXTENDED_BELOW_MEV, 0.0, None)
    excitation = tabulated / (1.0 + _JOY_LUO * tabulated * lower)
    f = 1.0 - beta2 + (tau**2 / 8.0 - (2.0 * tau + 1.0) * np.log(2.0)) / (tau + 1.0) ** 2
    bracket = np.log(tau**2 * (tau + 2.0) / 2.0) - 2.0 * np.log(excitation / ELECTRON_MASS_MEV) + f
    bracket -= density_correction(material, energy_mev)
    scale = 2.0 * np.pi * CLASSICAL_AREA_BARN * ELECTRON_MASS_MEV * electrons_per_gram(material)
    return np.asarray(scale / beta2 * bracket)

"""The density effect: how the polarisation of a medium lowers the stopping power of fast electrons."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from hevesy.physdata.constants import AVOGADRO, ELECTRON_MASS_MEV
from hevesy.physdata.elements import element
from hevesy.physdata.materials import Material
from hevesy.physdata.matter.atoms import SOURCE, atoms_per_gram
from hevesy.physdata.tables_reader import read_arrays

Floats = NDArray[np.float64]

_HALVINGS = 48
_PLASMA_EV = 28.816
"""Plasma energy of one mole of electrons per ml. [eV]"""


def _oscillators(material: Material) -> tuple[Floats, Floats]:
    """Share of the electrons in every subshell, and its binding energy [eV]."""
    table = read_arrays(SOURCE, "electrons.npz")
    electrons, bindings = [], []
    for symbol, atoms in atoms_per_gram(material).items():
        own = table["shell_atomic_number"] == element(symbol).atomic_number
        electrons.append(atoms * table["shell_electrons"][own])
        bindings.append(table["shell_binding_ev"][own])
    shares = np.concatenate(electrons)
    return shares / shares.sum(), np.concatenate(bindings)


def _frequency(squared: Floats, shares: Floats, demand: Floats) -> Floats:
    """Squared L with ``sum f/(nu**2 + L**2) = demand``, where the sum is larger at zero. Shape of the demand."""
    low, high = np.full_like(demand, 1e-12), 1.0 / demand
    for _ in range(_HALVINGS):
        middle = np.sqrt(low * high)
        above = (1.0 / (squared + middle[:, None])) @ shares > demand
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return low


def density_correction(material: Material, energy_mev: Floats) -> Floats:
    r"""The density-effect correction delta of Bethe's formula, by Sternheimer's model.

    Every subshell is an oscillator at its binding energy times a factor, the same for all, that makes the mean
    excitation energy right. With :math:`\nu_i` these frequencies, in units of the plasma energy, and :math:`f_i` the
    shares of the electrons,

    .. math::
        \delta = \sum_i f_i \ln\frac{l_i^2 + L^2}{l_i^2} - L^2 (1-\beta^2), \qquad
        \frac1{\beta^2} - 1 = \sum_i \frac{f_i}{\nu_i^2 + L^2}, \qquad l_i^2 = \nu_i^2 + \tfrac23 f_i .

    Parameters
    ----------
    material
        Taken at its own density; vacuum has no density effect.
    energy_mev
        Kinetic energies. Shape ``(n,)``. [MeV]

    Returns
    -------
    Shape ``(n,)``.

    References
    ----------
    .. [1] R. M. Sternheimer, S. M. Seltzer, M. J. Berger, Phys. Rev. B 26 (1982) 6067, doi:10.1103/PhysRevB.26.6067
    """
    if material.density_g_ml <= 0.0:
        return np.zeros_like(energy_mev)
    shares, bindings = _oscillators(material)
    per_ml = sum(n * element(s).atomic_number for s, n in atoms_per_gram(material).items()) * material.density_g_ml
    plasma = _PLASMA_EV * np.sqrt(per_ml / AVOGADRO)

    def excess(factor: float) -> float:
        levels = (factor * bindings / plasma) ** 2 + 2.0 / 3.0 * shares
        return float(0.5 * shares @ np.log(levels) - np.log(material.mean_excitation_ev / plasma))

    squared = (brentq(excess, 1e-3, 1e3) * bindings / plasma) ** 2
    levels = squared + 2.0 / 3.0 * shares
    inverse_gamma2 = (ELECTRON_MASS_MEV / (energy_mev + ELECTRON_MASS_MEV)) ** 2
    demand = inverse_gamma2 / (1.0 - inverse_gamma2)
    fast = float(np.sum(shares / squared)) > demand
    frequency = _frequency(squared, shares, demand[fast])
    delta = np.zeros_like(energy_mev)
    delta[fast] = np.log1p(frequency[:, None] / levels) @ shares - frequency * inverse_gamma2[fast]
    return delta

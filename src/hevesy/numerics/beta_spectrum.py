r"""Shape of beta spectra after Fermi.

.. math:: N(T)\, dT \propto F(Z, W)\, p W (W_0 - W)^2\, C(W)\, dT

in units of the electron mass: total energy *W*, momentum *p*, endpoint :math:`W_0`, Fermi function *F* of a point
nucleus, and the shape factor of unique transitions of order *n*

.. math:: C = \sum_{k} \frac{(2n+1)!}{(2k+1)!\,(2(n-k)+1)!}\, \lambda_{k+1} p^{2k} q^{2(n-k)}, \qquad q = W_0 - W

which is :math:`\lambda_2 p^2 + q^2` for the first order, with the Coulomb functions :math:`\lambda_k` of a point
nucleus. Allowed and non-unique transitions have C = 1. Screening, radiative and finite-size corrections are left out,
and the users of this shape bring it to the evaluated mean energy.

References
----------
.. [1] H. Behrens, J. Jänecke, Numerical Tables for Beta-Decay and Electron Capture, Landolt-Börnstein I/4 (1969)
"""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import NDArray
from scipy.special import loggamma

Floats = NDArray[np.float64]

ELECTRON_MASS_MEV = 0.51099895069
_ALPHA = 1.0 / 137.035999
_RADIUS = 1.2 / 386.159
"""Nuclear radius unit of A**(1/3), in reduced Compton wavelengths."""


def fermi_function(total_energy: Floats, z_daughter: int, mass_number: int) -> Floats:
    """Enhancement by the Coulomb field of a point nucleus; ``z_daughter`` is negative for positrons."""
    momentum = np.sqrt(total_energy**2 - 1.0)
    gamma = np.sqrt(1.0 - (_ALPHA * z_daughter) ** 2)
    eta = _ALPHA * z_daughter * total_energy / momentum
    radius = _RADIUS * mass_number ** (1.0 / 3.0)
    log = 2.0 * np.real(loggamma(gamma + 1j * eta)) - 2.0 * np.real(loggamma(2.0 * gamma + 1.0))
    log += np.pi * eta + 2.0 * (gamma - 1.0) * np.log(2.0 * momentum * radius)
    return np.asarray(2.0 * (1.0 + gamma) * np.exp(log))


def _wave_growth(total_energy: Floats, z_daughter: int, mass_number: int, k: int) -> Floats:
    """F of partial wave k over that of the first, in the limit without charge one; logarithms keep it finite."""
    momentum = np.sqrt(total_energy**2 - 1.0)
    eta = _ALPHA * z_daughter * total_energy / momentum
    radius = _RADIUS * mass_number ** (1.0 / 3.0)

    def log_wave(order: int) -> Floats:
        gamma = np.sqrt(order**2 - (_ALPHA * z_daughter) ** 2)
        log = 2.0 * np.real(loggamma(gamma + 1j * eta)) - 2.0 * np.real(loggamma(1.0 + 2.0 * gamma))
        odd = factorial(2 * order) / (2**order * factorial(order))
        scale = 2.0 * np.log(order * odd) + order * np.log(4.0)
        return np.asarray(log + scale + 2.0 * (gamma - order) * np.log(2.0 * momentum * radius))

    return np.asarray(np.exp(log_wave(k) - log_wave(1)))


def coulomb_function(total_energy: Floats, z_daughter: int, mass_number: int, k: int) -> Floats:
    r"""Coulomb function of unique transitions, :math:`\lambda_k`, for a point nucleus; one without charge."""
    gammas = [np.sqrt(order**2 - (_ALPHA * z_daughter) ** 2) for order in (1, k)]
    growth = _wave_growth(total_energy, z_daughter, mass_number, k)
    return np.asarray(growth * (k + gammas[1]) / (k * (1.0 + gammas[0])))


def beta_spectrum(energies: Floats, endpoint: float, z_daughter: int, mass_number: int, unique_order: int) -> Floats:
    """Spectrum of one transition, normalised to one particle on the grid.

    Parameters
    ----------
    energies
        Kinetic energies, increasing from above zero. Shape ``(n,)``. [MeV]
    endpoint
        [MeV]
    z_daughter
        Atomic number of the daughter, negative for positrons.
    mass_number
        A.
    unique_order
        0 for allowed and non-unique transitions, 1 or 2 for unique ones.

    Returns
    -------
    Particles per energy; zero above the endpoint. Shape ``(n,)``. [1/MeV]
    """
    w, w0 = energies / ELECTRON_MASS_MEV + 1.0, endpoint / ELECTRON_MASS_MEV + 1.0
    p2, q = w**2 - 1.0, np.clip(w0 - w, 0.0, None)
    n = unique_order
    shape = sum(
        factorial(2 * n + 1)
        / (factorial(2 * k + 1) * factorial(2 * (n - k) + 1))
        * coulomb_function(w, z_daughter, mass_number, k + 1)
        * p2**k
        * q ** (2 * (n - k))
        for k in range(n + 1)
    )
    spectrum = fermi_function(w, z_daughter, mass_number) * np.sqrt(p2) * w * q**2 * shape
    return np.asarray(spectrum / np.trapezoid(spectrum, energies))

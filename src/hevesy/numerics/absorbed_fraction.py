r"""Interpolation of absorbed fractions between energies and masses.

An absorbed fraction behaves as a power of the mass both where it is small and where it is close to one, so its logit
:math:`\ln(\phi / (1 - \phi))` is nearly straight over the logarithms of mass and energy. The interpolation is monotone
between neighbouring entries (piecewise cubic Hermite).
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def logit(fraction: Floats) -> Floats:
    """ln(phi / (1 - phi)), kept finite for fractions that are one to the last digit."""
    clipped = np.clip(fraction, 1e-12, 1.0 - 1e-9)
    return np.asarray(np.log(clipped) - np.log1p(-clipped))


def expit(value: Floats) -> Floats:
    """Inverse of :func:`logit`."""
    return np.asarray(1.0 / (1.0 + np.exp(-value)))


class FractionTable:
    """Absorbed fractions over energy and mass.

    Parameters
    ----------
    energies, masses
        Increasing. Shapes ``(energy,)`` and ``(mass,)``.
    fractions
        Shape ``(energy, mass)``.
    """

    def __init__(self, energies: Floats, masses: Floats, fractions: Floats) -> None:
        self.energies, self.masses = energies, masses
        self._over_mass = scipy.interpolate.PchipInterpolator(np.log(masses), logit(fractions), axis=1)

    def at(self, energies: Floats, mass: float) -> tuple[Floats, Floats]:
        r"""Fractions at some energies and one mass, and their slopes over the logarithm of the mass.

        Parameters
        ----------
        energies
            Within the table. Shape ``(n,)``.
        mass
            Within the table.

        Returns
        -------
        :math:`\phi` and :math:`\partial \phi / \partial \ln m`. Shapes ``(n,)``.
        """
        x, knots = np.log(energies), np.log(self.energies)
        column, slope = self._over_mass(np.log(mass)), self._over_mass(np.log(mass), nu=1)
        fraction = expit(scipy.interpolate.PchipInterpolator(knots, column)(x))
        return fraction, fraction * (1.0 - fraction) * np.interp(x, knots, slope)
